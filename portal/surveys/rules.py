"""Whether a rule fits the questions it looks at, and whether there are answers with which anyone is asked by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import chain, combinations, product
from math import prod
from typing import Any

from portal.partnership.toml_records import Wrong
from portal.questions.types import type_of
from portal.questions.types.age_band import AGE_BANDS
from portal.surveys.definition import Page, Question, Questionnaire, Rule
from portal.surveys.expression_parser import Word
from portal.surveys.expressions import Answered, Atom, Between, Compares, Includes, Is, atoms
from portal.surveys.routing import is_met

# Combinations of answers that are tried for one rule, and ticks of one question that are told apart.
MAX_COMBINATIONS = 20_000
MAX_TICKS = 10


def check_rule(questionnaire: Questionnaire, rule: Rule, asked: Mapping[str, Question], at: str) -> None:
    """That each question it looks at is asked on an earlier page and can be answered so. Raises Wrong."""
    for condition in rule.conditions:
        if not condition.any_of:
            raise Wrong(f"{at}.any_of must hold at least one option of {condition.question}")
    for atom in atoms(rule.expression):
        found = asked.get(atom.question)
        if found is None:
            raise Wrong(_not_asked(questionnaire, atom.question, asked, at))
        if rule.conditions and isinstance(atom, Is) and _has_options(found):
            _known(atom.codes, questionnaire.orders[found.code], questionnaire, found, f"{at}.any_of")
        else:
            _check_atom(questionnaire, atom, found, at)


def _not_asked(questionnaire: Questionnaire, code: str, asked: Iterable[str], at: str) -> str:
    near = [] if code in questionnaire.questions else get_close_matches(code, asked, 1)
    mend = f", perhaps to {near[0]}" if near else ""
    return f"{at} names {_pointed(code)}, which no earlier page asks; move it there or mend the code{mend}"


def _pointed(word: str) -> str:
    """The word with the letter of the text at which it stands."""
    return f"{word} (letter {word.at})" if isinstance(word, Word) and word.at else word


def _has_options(question: Question) -> bool:
    kind = type_of(question)
    return kind.packed in ("one", "several") and bool(kind.takes & {"options", "scale"})


def _check_atom(questionnaire: Questionnaire, atom: Atom, found: Question, at: str) -> None:
    kind, here = type_of(found), f"{at} looks at {_pointed(atom.question)}"
    if kind.is_written:
        # A page that is asked because something was written would tell, beside the ticks, who wrote.
        raise Wrong(f"{here}, where people write; what is written is kept apart, so name a question with options")
    match atom:
        case Answered():
            return
        case Is() | Between() | Compares() if kind.packed == "number":
            _check_numbers(atom, found, at)
        case Compares():
            raise Wrong(
                f"{here}, which is no number; name its options with in, or the first and the last of them with to"
            )
        case _ if kind.packed == "ranking":
            raise Wrong(
                f"{here}, where people put options in order; write answered({found.code}), or name another question"
            )
        case _ if not _has_options(found):
            raise Wrong(
                f"{here}, which has no options to compare; name another question, or write answered({found.code})"
            )
        case Is() | Between() if kind.packed == "several":
            raise Wrong(f"{here}, which can have several answers; write includes in place of is or in")
        case Includes() if kind.packed != "several":
            raise Wrong(f"{here}, which has one answer; write is or in, in place of includes")
        case Is() | Includes():
            _known(atom.codes, questionnaire.orders[found.code], questionnaire, found, at)
        case Between():
            _check_range(atom, questionnaire, found, at)


def _known(
    codes: Iterable[str], order: Sequence[str], questionnaire: Questionnaire, question: Question, at: str
) -> None:
    offered = {*order, *(option.code for option in questionnaire.options_of(question))}
    for code in codes:
        if code not in offered:
            near = get_close_matches(code, offered, 1)
            mend = f", perhaps to {near[0]}" if near else ""
            raise Wrong(
                f"{at} names {_pointed(code)}, which {question.code} does not have; add it there or mend the code{mend}"
            )


def _check_range(atom: Between, questionnaire: Questionnaire, question: Question, at: str) -> None:
    order = questionnaire.orders[question.code]
    _known((atom.low, atom.high), order, questionnaire, question, at)
    for code in (atom.low, atom.high):
        if code not in order:
            raise Wrong(f"{at} has {_pointed(code)} in a range, but it stands apart from the others; name it by itself")
    if order.index(atom.low) >= order.index(atom.high):
        raise Wrong(
            f"{at} has a range that ends with {_pointed(atom.high)}, which comes before {atom.low}; turn it round"
        )


def _check_numbers(atom: Is | Between | Compares, question: Question, at: str) -> None:
    match atom:
        case Is(_, codes):
            numbers: tuple[str, ...] = codes
        case Between(_, low, high):
            numbers = (low, high)
        case Compares(_, _, number):
            numbers = (number,)
    for number in numbers:
        if not number.isdecimal() or str(int(number)) != number:
            raise Wrong(f"{at} holds {question.code} against {_pointed(number)}; write a number in digits, like 18")
        if not question.least <= int(number) <= question.most:
            raise Wrong(
                f"{at} holds {question.code} against {_pointed(number)}, which nobody can answer; "
                f"write a number from {question.least} to {question.most}"
            )
    if isinstance(atom, Between) and int(atom.low) >= int(atom.high):
        raise Wrong(
            f"{at} has a range that ends with {_pointed(atom.high)}, which is not above {atom.low}; turn it round"
        )


class TooMany(Exception):
    """There are more combinations of answers than are tried."""


def check_reach(questionnaire: Questionnaire) -> list[str]:
    """That each page, question and variant is met by some answers. Raises Wrong; returns the places that could not be tried."""
    trying, untried = _Trying(questionnaire), []
    for page in questionnaire.pages:
        at = f"pages.{page.code}"
        tried: list[tuple[str, list[Rule], list[Rule]]] = []
        if page.only_if:
            tried.append((f"{at}.only_if", [page.only_if], []))
        for question in page.questions:
            here = f"{at}.questions.{question.code}"
            if question.only_if:
                tried.append((f"{here}.only_if", [page.only_if, question.only_if], []))
            earlier: list[Rule] = []
            for number, variant in enumerate(question.variants, 1):
                all_of = [page.only_if, question.only_if, variant.when]
                tried.append((f"{here}.variants number {number}.when", all_of, [*earlier]))
                earlier.append(variant.when)
        for place, all_of, none_of in tried:
            try:
                is_reached = trying.can_be_met(all_of, none_of)
            except TooMany:
                untried.append(place)
                continue
            if not is_reached:
                raise Wrong(
                    f"{place} can never hold, whatever was answered before; mend it or take out what hangs on it"
                )
    return untried


class _Trying:
    """Answers tried for a rule: of each question on which it hangs, one of every kind that its rules tell apart."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire
        self.page_of: dict[str, Page] = {q.code: page for page in questionnaire.pages for q in page.questions}

    def can_be_met(self, all_of: Sequence[Rule], none_of: Sequence[Rule]) -> bool:
        """Whether some answers meet all of the first rules and none of the others. Raises TooMany."""
        needed, looked_at = self._needed([*all_of, *none_of])
        kinds = [self._kinds(code, looked_at[code]) for code in needed]
        if prod(map(len, kinds)) > MAX_COMBINATIONS:
            raise TooMany
        for answers in product(*kinds):
            counting = self._counting(dict(zip(needed, answers, strict=True)))
            if all(self._met(rule, counting) for rule in all_of) and not any(self._met(r, counting) for r in none_of):
                return True
        return False

    def _met(self, rule: Rule, counting: Mapping[str, Any]) -> bool:
        return is_met(self.questionnaire, rule, counting)

    def _needed(self, rules: Sequence[Rule]) -> tuple[list[str], dict[str, set[Atom]]]:
        """The questions on which the rules hang, in the order in which they are asked, and all that looks at each."""
        looked_at: dict[str, set[Atom]] = {}
        waiting = list(rules)
        while waiting:
            for atom in atoms(waiting.pop().expression):
                if atom.question not in looked_at:
                    looked_at[atom.question] = set()
                    waiting += [
                        self.page_of[atom.question].only_if,
                        self.questionnaire.questions[atom.question].only_if,
                    ]
                looked_at[atom.question].add(atom)
        return [code for code in self.page_of if code in looked_at], looked_at

    def _counting(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the answers whose questions are asked; rules look at earlier pages only, so that order is enough."""
        counting: dict[str, Any] = {}
        for code, answer in answers.items():
            rules = (self.page_of[code].only_if, self.questionnaire.questions[code].only_if)
            if all(self._met(rule, counting) for rule in rules):
                counting[code] = answer
        return counting

    def _kinds(self, code: str, looked_at: set[Atom]) -> list[Any]:
        """One answer of every kind that these parts of rules tell apart."""
        rules = [Rule(atom) for atom in looked_at]
        found: dict[tuple[bool, ...], Any] = {}
        for answer in self._answers(self.questionnaire.questions[code], looked_at):
            found.setdefault(tuple(self._met(rule, {code: answer}) for rule in rules), answer)
        return list(found.values())

    def _answers(self, question: Question, looked_at: set[Atom]) -> Iterator[Any]:
        kind = type_of(question)
        yield None
        if kind.packed == "number":
            yield from _numbers(question, looked_at)
        elif not _has_options(question):
            yield "answered"
        elif kind.packed == "several":
            yield from self._ticks(question, looked_at)
        else:
            bands = AGE_BANDS if question.type == "age_band" else ()
            yield from dict.fromkeys([*bands, *(option.code for option in self.questionnaire.options_of(question))])

    def _ticks(self, question: Question, looked_at: set[Atom]) -> Iterator[list[str]]:
        """Every choice among the options that are named, beside one that is not. Raises TooMany."""
        named = {code for atom in looked_at if isinstance(atom, Is | Includes) for code in atom.codes}
        options = self.questionnaire.options_of(question)
        alone = [[option.code] for option in options if option.alone]
        others = [option.code for option in options if option.code not in named and not option.alone][:1]
        free = [option.code for option in options if option.code in named and not option.alone] + others
        if len(free) > MAX_TICKS:
            raise TooMany
        yield from alone
        for chosen in chain.from_iterable(combinations(free, size) for size in range(1, len(free) + 1)):
            yield list(chosen)


def _numbers(question: Question, looked_at: set[Atom]) -> Iterator[int]:
    """Both ends, and what stands on and beside each number that is named."""
    named = {question.least, question.most}
    for atom in looked_at:
        match atom:
            case Is(_, codes):
                named |= {*map(int, codes)}
            case Between(_, low, high):
                named |= {int(low), int(high)}
            case Compares(_, _, number):
                named.add(int(number))
    beside = sorted({near for number in named for near in (number - 1, number, number + 1)})
    return (number for number in beside if question.least <= number <= question.most)
