"""Conditions of a survey, like `tenure is rent and not (age in 16_24, 25_34)`, as records: said in words, and judged.

They are data: nothing of them is ever run as code. `str` gives a condition's text in one spelling; reading one is the work of
expression_parser.py. docs/surveys.md explains the words to whoever writes a survey.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any

COMPARED = {"at least": ">=", "at most": "<=", "more than": ">", "less than": "<"}
_SAID = {sign: words for words, sign in COMPARED.items()}
_COMPARE = {">=": ge, "<=": le, ">": gt, "<": lt}


@dataclass(frozen=True)
class Answered:
    """It was answered at all: not skipped, and asked."""

    question: str

    def __str__(self) -> str:
        return f"answered({self.question})"


@dataclass(frozen=True)
class Is:
    """The answer is one of these options, or one of these numbers."""

    question: str
    codes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.question} {'is' if len(self.codes) == 1 else 'in'} {', '.join(self.codes)}"


@dataclass(frozen=True)
class Between:
    """A number, or an option by the order in which options stand on the page, from `low` to `high`, both included."""

    question: str
    low: str
    high: str

    def __str__(self) -> str:
        return f"{self.question} in {self.low} to {self.high}"


@dataclass(frozen=True)
class Compares:
    """The number is `sign` than this one: >=, <=, > or <."""

    question: str
    sign: str
    number: str

    def __str__(self) -> str:
        return f"{self.question} is {_SAID[self.sign]} {self.number}"


@dataclass(frozen=True)
class Includes:
    """Any of these options was ticked; with `every`, each of them."""

    question: str
    codes: tuple[str, ...]
    every: bool = False

    def __str__(self) -> str:
        many = "" if len(self.codes) == 1 else "all of " if self.every else "any of "
        return f"{self.question} includes {many}{', '.join(self.codes)}"


@dataclass(frozen=True)
class Not:
    part: Expression

    def __str__(self) -> str:
        match self.part:
            case Answered():
                return f"not {self.part}"
            case Is(question, (code,)):
                return f"{question} is not {code}"
            case Is() | Between():
                return str(self.part).replace(" in ", " not in ", 1)
        return f"not ({self.part})"


@dataclass(frozen=True)
class All:
    """Every part holds; of none, always."""

    parts: tuple[Expression, ...]

    def __str__(self) -> str:
        return " and ".join(map(_within, self.parts))


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Expression, ...]

    def __str__(self) -> str:
        return " or ".join(map(_within, self.parts))


Atom = Answered | Is | Between | Compares | Includes
Expression = Atom | Not | All | AnyOf


def _within(part: Expression) -> str:
    return f"({part})" if isinstance(part, All | AnyOf) else str(part)


def atoms(expression: Expression) -> Iterator[Atom]:
    """The parts that look at one question each, from left to right."""
    match expression:
        case Not(part):
            yield from atoms(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from atoms(part)
        case _:
            yield expression


def holds(expression: Expression, answers: Mapping[str, Any], orders: Mapping[str, Sequence[str]]) -> bool:
    """Whether it holds for these answers; of a question that was skipped or is not asked, nothing holds but `not`.

    `orders` are the codes of the options of each question that have an order, in it.
    """
    match expression:
        case All(parts):
            return all(holds(part, answers, orders) for part in parts)
        case AnyOf(parts):
            return any(holds(part, answers, orders) for part in parts)
        case Not(part):
            return not holds(part, answers, orders)
    answer = answers.get(expression.question)
    return is_answer(answer) and _is_met(expression, answer, orders.get(expression.question, ()))


def is_answer(answer: Any) -> bool:
    return answer is not None and answer not in ("", [])


def _is_met(atom: Atom, answer: Any, order: Sequence[str]) -> bool:
    match atom:
        case Answered():
            return True
        case Is(_, codes):
            return not set(codes).isdisjoint(_given(answer))
        case Includes(_, codes, every):
            given = _given(answer)
            return given.issuperset(codes) if every else not given.isdisjoint(codes)
        case Compares(_, sign, number):
            return type(answer) is int and bool(_COMPARE[sign](answer, int(number)))
        case Between(_, low, high) if type(answer) is int:
            return low.isdecimal() and high.isdecimal() and int(low) <= answer <= int(high)
        case Between(_, low, high):
            if not {low, high} <= {*order}:
                return False
            return isinstance(answer, str) and answer in order[order.index(low) : order.index(high) + 1]


def _given(answer: Any) -> set[str]:
    return {str(one) for one in answer} if isinstance(answer, list) else {str(answer)}
