"""Conditions of a survey as XPath, in the part of it that XLSForms use, and back: a small parser, nothing is ever run.

XLSForm: https://xlsform.org/en/ ; the functions: ODK XForms Specification, "XPath Functions".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from portal.surveys.expressions import (
    All,
    Answered,
    AnyOf,
    Between,
    Compares,
    Expression,
    Includes,
    Is,
    Not,
)

MAX_LETTERS = 4000
MAX_DEPTH = 30

_TOKENS = re.compile(
    r"\s*(?:(?P<ref>\$\{\s*[^{}]{1,200}?\s*\})|(?P<text>'[^']*'|\"[^\"]*\"|‘[^’]*’|“[^”]*”)"
    r"|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z][A-Za-z0-9:_-]*)|(?P<sign>!=|<=|>=|[=<>(),.+-]))"
)
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
DOT = "."


class NotTranslated(ValueError):
    """What of an XPath has no counterpart: the end of a sentence."""


@dataclass(frozen=True)
class Node:
    """A part of an XPath. `kind`: and, or, call, compare, ref, text, number, plus, minus; `value`: its name, sign or text."""

    kind: str
    value: str = ""
    parts: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A question to which an XPath may look: `kind` as the type packs it, and its options in order, by their names there."""

    code: str
    kind: str
    options: Mapping[str, str]


# Out


def to_xpath(expression: Expression, orders: Mapping[str, Sequence[str]], kinds: Mapping[str, str]) -> str:
    """The condition with `${question}`; `kinds`: how each question is packed. Empty for what always holds."""

    def said(part: Expression) -> str:
        match part:
            case All(parts):
                return " and ".join(map(within, parts))
            case AnyOf(parts):
                return " or ".join(map(within, parts))
            case Not(Answered(question)):
                return f"${{{question}}} = ''"
            case Not(Is(question, (code,))) if kinds.get(question) != "several":
                return f"${{{question}}} != {value(question, code)}"
            case Not(inner):
                return f"not({said(inner)})"
            case Answered(question):
                return f"${{{question}}} != ''"
            case Is(question, codes) if kinds.get(question) == "several":
                return " or ".join(f"selected(${{{question}}}, '{code}')" for code in codes)
            case Is(question, codes):
                return " or ".join(f"${{{question}}} = {value(question, code)}" for code in codes)
            case Includes(question, codes, every):
                return (" and " if every else " or ").join(f"selected(${{{question}}}, '{code}')" for code in codes)
            case Compares(question, sign, number):
                return f"${{{question}}} {sign} {number}"
            case Between(question, low, high) if kinds.get(question) == "number":
                return f"${{{question}}} >= {low} and ${{{question}}} <= {high}"
            case Between(question, low, high):
                return said(Is(question, between(orders.get(question, ()), low, high)))

    def within(part: Expression) -> str:
        text = said(part)
        return f"({text})" if " and " in text or " or " in text else text

    def value(question: str, code: str) -> str:
        return code if kinds.get(question) == "number" else f"'{code}'"

    return said(expression)


def between(order: Sequence[str], low: str, high: str) -> tuple[str, ...]:
    """The codes of a range, both ends included."""
    return tuple(order[order.index(low) : order.index(high) + 1])


# In


def parsed(text: str) -> Node:
    """Raises NotTranslated."""
    if len(text) > MAX_LETTERS:
        raise NotTranslated(f"is longer than {MAX_LETTERS} letters")
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.words: list[tuple[str, str]] = []
        place, text = 0, text.strip()
        while place < len(text):
            found = _TOKENS.match(text, place)
            if found is None:
                raise NotTranslated(f"holds “{text[place : place + 12]}”, which conditions here do not know")
            self.words.append((str(found.lastgroup), found[str(found.lastgroup)]))
            place = found.end()
        self.place = 0

    def now(self) -> tuple[str, str]:
        return self.words[self.place] if self.place < len(self.words) else ("", "")

    def take(self, kind: str, *values: str) -> bool:
        is_here = self.now()[0] == kind and self.now()[1] in values
        self.place += is_here
        return is_here

    def whole(self) -> Node:
        if not self.words:
            raise NotTranslated("is empty")
        found = self.joined(0)
        if self.now()[0]:
            raise NotTranslated(f"goes wrong at “{self.now()[1]}”")
        return found

    def joined(self, depth: int) -> Node:
        """`and` binds more closely than `or`."""
        if depth > MAX_DEPTH:
            raise NotTranslated(f"has more than {MAX_DEPTH} parentheses in one another")
        parts = [self.all_of(depth)]
        while self.take("name", "or"):
            parts.append(self.all_of(depth))
        return parts[0] if len(parts) == 1 else Node("or", "", tuple(parts))

    def all_of(self, depth: int) -> Node:
        parts = [self.compared(depth)]
        while self.take("name", "and"):
            parts.append(self.compared(depth))
        return parts[0] if len(parts) == 1 else Node("and", "", tuple(parts))

    def compared(self, depth: int) -> Node:
        left = self.summed(depth)
        kind, sign = self.now()
        if kind == "sign" and sign in _MIRRORED:
            self.place += 1
            return Node("compare", sign, (left, self.summed(depth)))
        return left

    def summed(self, depth: int) -> Node:
        found = self.value(depth)
        while self.now() in (("sign", "+"), ("sign", "-")):
            kind = "plus" if self.now()[1] == "+" else "minus"
            self.place += 1
            found = Node(kind, "", (found, self.value(depth)))
        return found

    def value(self, depth: int) -> Node:
        kind, word = self.now()
        self.place += 1
        match kind, word:
            case "sign", "(":
                found = self.joined(depth + 1)
                if not self.take("sign", ")"):
                    raise NotTranslated("has a parenthesis that is never closed")
                return Node("group", "", (found,)) if found.kind in ("and", "or") else found
            case "sign", ".":
                return Node("ref", DOT)
            case "ref", _:
                return Node("ref", word[2:-1].strip())
            case "text", _:
                return Node("text", word[1:-1])
            case "number", _:
                return Node("number", word)
            case "name", _ if self.take("sign", "("):
                return Node("call", word, tuple(self.arguments(depth)))
        raise NotTranslated(f"goes wrong at “{word}”" if word else "ends too early")

    def arguments(self, depth: int) -> list[Node]:
        if self.take("sign", ")"):
            return []
        found = [self.joined(depth + 1)]
        while self.take("sign", ","):
            found.append(self.joined(depth + 1))
        if not self.take("sign", ")"):
            raise NotTranslated("has a parenthesis that is never closed")
        return found


def from_xpath(text: str, asked: Callable[[str], Asked]) -> Expression:
    """The same as one of our conditions. `asked` may raise NotTranslated, as this does."""
    return _expression(parsed(text), asked)


def _expression(node: Node, asked: Callable[[str], Asked]) -> Expression:
    match node:
        case Node("group", _, (part,)):
            return _expression(part, asked)
        case Node("and", _, parts):
            return _all_of(tuple(_expression(part, asked) for part in parts))
        case Node("or", _, parts):
            return _any_of(tuple(_expression(part, asked) for part in parts))
        case Node("call", "not", (part,)):
            return Not(_expression(part, asked))
        case Node("call", "selected", (Node("ref", name), Node("text" | "number", code))):
            return _chosen(asked(name), code)
        case Node("compare", sign, (Node("text" | "number") as left, right)):
            return _compared(_MIRRORED[sign], right, left, asked)
        case Node("compare", sign, (left, Node("text" | "number") as right)):
            return _compared(sign, left, right, asked)
        case Node("call", name):
            raise NotTranslated(f"uses {name}(), which conditions here do not know")
    raise NotTranslated("compares what conditions here cannot compare")


def _compared(sign: str, left: Node, right: Node, asked: Callable[[str], Asked]) -> Expression:
    match left:
        case Node("ref", name):
            question = asked(name)
            if right.value == "":
                return _answered(question, sign == "!=") if sign in ("=", "!=") else _no_counterpart(sign)
            if question.kind == "number":
                return _number(question, sign, right)
            return _option(question, sign, right)
        case Node("call", "string-length" | "count-selected", (Node("ref", name),)):
            if (sign, right.value) in ((">", "0"), ("!=", "0"), (">=", "1")):
                return _answered(asked(name), True)
            if (sign, right.value) in (("=", "0"), ("<", "1"), ("<=", "0")):
                return _answered(asked(name), False)
            raise NotTranslated(f"counts with {left.value}(), which conditions here cannot")
        case Node("call", name):
            raise NotTranslated(f"uses {name}(), which conditions here do not know")
    raise NotTranslated("compares what conditions here cannot compare")


def _no_counterpart(sign: str) -> Expression:
    raise NotTranslated(f"uses {sign} where conditions here cannot")


def _answered(question: Asked, is_so: bool) -> Expression:
    if not question.kind:
        raise NotTranslated(f"looks at {question.code}, where people write, which decides nothing here")
    return Answered(question.code) if is_so else Not(Answered(question.code))


def _number(question: Asked, sign: str, right: Node) -> Expression:
    if not right.value.isdecimal():
        raise NotTranslated(f"compares {question.code} with {right.value}, which is no whole number")
    number = str(int(right.value))
    if sign in ("=", "!="):
        found = Is(question.code, (number,))
        return found if sign == "=" else Not(found)
    return Compares(question.code, sign, number)


def _option(question: Asked, sign: str, right: Node) -> Expression:
    if sign in ("=", "!="):
        found = _chosen(question, right.value)
        if question.kind == "several":
            # "=" of several answers holds where this one alone was ticked.
            others = tuple(code for code in question.options.values() if code not in _codes(found))
            found = All((found, Not(Includes(question.code, others)))) if others else found
        return found if sign == "=" else Not(found)
    held = {"<": float.__lt__, ">": float.__gt__, "<=": float.__le__, ">=": float.__ge__}[sign]
    if question.kind != "one" or right.kind != "number" or not all(name.isdecimal() for name in question.options):
        raise NotTranslated(f"uses {sign} with {question.code}, which is no number")
    codes = tuple(code for name, code in question.options.items() if held(float(name), float(right.value)))
    if not codes:
        raise NotTranslated("can never hold")
    return Is(question.code, codes)


def _codes(found: Expression) -> tuple[str, ...]:
    return found.codes if isinstance(found, Is | Includes) else ()


def _chosen(question: Asked, name: str) -> Expression:
    if question.kind not in ("one", "several"):
        raise NotTranslated(f"looks at {question.code} as if it had options, which it has not")
    if name not in question.options:
        raise NotTranslated(f"names “{name}”, which {question.code} does not have")
    code = question.options[name]
    return Includes(question.code, (code,)) if question.kind == "several" else Is(question.code, (code,))


def _all_of(parts: tuple[Expression, ...]) -> Expression:
    match parts:
        case (Compares(one, ">=", low), Compares(two, "<=", high)) if one == two and int(low) < int(high):
            return Between(one, low, high)
    return _merged(parts, every=True) or All(parts)


def _any_of(parts: tuple[Expression, ...]) -> Expression:
    return _merged(parts, every=False) or AnyOf(parts)


def _merged(parts: tuple[Expression, ...], *, every: bool) -> Expression | None:
    """One part in place of several that look at the same question in the same way."""
    codes: list[str] = []
    for part in parts:
        if not isinstance(part, Is | Includes) or len(part.codes) != 1:
            return None
        codes += part.codes
    first = parts[0]
    if not isinstance(first, Is | Includes) or {(type(part), _question(part)) for part in parts} != {
        (type(first), first.question)
    }:
        return None
    if isinstance(first, Includes):
        return Includes(first.question, tuple(codes), every)
    return None if every else Is(first.question, tuple(codes))


def _question(part: Expression) -> str:
    return part.question if isinstance(part, Is | Includes) else ""
