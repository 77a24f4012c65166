"""What is asked, as data: pages of questions, the options of each, and the answers on which a page or a question hangs.

A text is whatever `portal.languages.words.in_words` can say: a lazy sentence of the catalogues, or a file's own Words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.partnership.toml_records import NOT_IN_FILES


@dataclass(frozen=True, kw_only=True)
class Option:
    """`apart`: one of the "don't know" family, shown last and below a divider. `alone`: chosen, it excludes the others."""

    code: str
    text: Any
    apart: bool = False
    alone: bool = False
    hint: Any = field(default=None, metadata=NOT_IN_FILES)
    group: Any = field(default=None, metadata=NOT_IN_FILES)
    """The heading under which it stands in a list."""
    lang: str = field(default="", metadata=NOT_IN_FILES)
    """The language tag of a text that stands in a language of its own, like the name of a language."""
    missing: str = field(default="", metadata=NOT_IN_FILES)
    """Whether an analyst takes it for no answer: see missing_of()."""


# What the codes of "don't know" and "prefer not to say" look like in the questionnaires of the field.
_MISSING = {
    "dont_know": re.compile("dont_know.*|do_not_know|not_sure|unsure|no_opinion|cannot_say"),
    "not_said": re.compile("not_sa(id|y)|prefer_not.*|rather_not.*|refused"),
}


def missing_of(option: Option) -> str:
    """The kind of no answer that an option is: "dont_know" or "not_said"; "" of one that is an answer.

    As the option says itself by `missing`, where "no" is an answer whatever its code; else as its code says.
    """
    if option.missing:
        return "" if option.missing == "no" else option.missing
    return next((kind for kind, pattern in _MISSING.items() if pattern.fullmatch(option.code)), "")


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Holds where the question was answered with one of these options; with `is_not`, where it was not."""

    question: str
    any_of: tuple[str, ...]
    is_not: bool = field(default=False, metadata=NOT_IN_FILES)


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question; what its `type` means stands in portal/questions/types."""

    code: str
    type: str
    text: Any
    hint: Any = None
    options: tuple[Option, ...] = ()
    least: int = 0
    most: int = 0
    only_if: Any = ()
    """Conditions, all of which must hold, or what a feature has in their place, like a survey's rules."""
    limit: int = field(default=0, metadata=NOT_IN_FILES)
    """Of what is written: at most so many letters, where not the type's own limit."""
    required: Any = field(default=None, metadata=NOT_IN_FILES)
    """The sentence that asks for an answer, of a question that cannot be skipped."""
    is_ltr: bool = field(default=False, metadata=NOT_IN_FILES)
    """Whether what is written reads from left to right in every language, as a telephone number does."""
    shuffle: bool = field(default=False, metadata=NOT_IN_FILES)
    """Whether each person finds the options in an order of their own: see shuffling.py."""
    ends: tuple[Any, ...] = field(default=(), metadata=NOT_IN_FILES)
    """Of points: what the first and the last of them mean."""
    grain: str = field(default="", metadata=NOT_IN_FILES)
    """Of a date: "month" where no day is asked for."""
    earliest: str = field(default="", metadata=NOT_IN_FILES)
    latest: str = field(default="", metadata=NOT_IN_FILES)
    """Of a date, both included: a day like 2026-11-30, or "today", "today-30", "today+30"."""
    grid: str = field(default="", metadata=NOT_IN_FILES)
    """The grid of the page whose row it is."""

    @property
    def texts(self) -> dict[str, Any]:
        """Each option's words, by its code."""
        return {option.code: option.text for option in self.options}

    @property
    def hints(self) -> dict[str, Any]:
        return {option.code: option.hint for option in self.options if option.hint}

    @property
    def langs(self) -> dict[str, str]:
        return {option.code: option.lang for option in self.options if option.lang}

    @property
    def apart(self) -> list[str]:
        return [option.code for option in self.options if option.apart]


@dataclass(frozen=True, kw_only=True, eq=False)
class Page:
    """One page: a question, or several that belong together. `title` names it.

    Of a report, a question's `only_if` looks at the page's own answers, by their codes, and the page's at earlier ones, as "page.question".
    """

    code: str
    title: Any
    questions: tuple[Question, ...] = ()
    only_if: Any = ()
    heading: Any = field(default=None, metadata=NOT_IN_FILES)
    """Of a page whose first question is not the heading."""
    lead: Any = field(default=None, metadata=NOT_IN_FILES)
    """A sentence above the question: why it is asked."""
    aside: tuple[Any, tuple[Any, ...]] | None = field(default=None, metadata=NOT_IN_FILES)
    """A closed note on the page: its heading and its sentences."""
    shows_help: bool = field(default=False, metadata=NOT_IN_FILES)
    """Whether an answer can tell of danger or of a child, so that the page after this one shows who helps."""
    makes_stale: tuple[str, ...] = field(default=(), metadata=NOT_IN_FILES)
    """The pages whose answers no longer fit once this one is answered differently."""
    keeps_language: bool = field(default=False, metadata=NOT_IN_FILES)
    """Whether the answer is kept with the language in which the page was read."""
    opens_with: Callable[[Mapping[str, Any]], dict[str, Any]] | None = field(default=None, metadata=NOT_IN_FILES)
    """What its form shows as answered, of all answers, where that is not just what was kept."""

    def __getitem__(self, code: str) -> Question:
        return next(question for question in self.questions if question.code == code)


def holds(conditions: Sequence[Condition], answers: Mapping[str, Any]) -> bool:
    """Whether all conditions hold for these answers, by the names that the conditions use."""
    return all(_is_met(each, answers.get(each.question)) for each in conditions)


def _is_met(condition: Condition, answer: Any) -> bool:
    given = answer in condition.any_of if isinstance(answer, str) else bool(answer) and _is_any(condition, answer)
    return given is not condition.is_not


def _is_any(condition: Condition, answer: Any) -> bool:
    return isinstance(answer, list) and not set(condition.any_of).isdisjoint(answer)


def when(question: str, *any_of: str) -> tuple[Condition, ...]:
    """The condition that the question was answered with one of these options."""
    return (Condition(question=question, any_of=any_of),)


def unless(question: str, *any_of: str) -> tuple[Condition, ...]:
    """The condition that the question was not answered with any of these options: skipped or not yet asked, it holds."""
    return (Condition(question=question, any_of=any_of, is_not=True),)


def options(
    texts: Mapping[str, Any], *, apart: Sequence[str] = (), alone: Sequence[str] = (), hints: Mapping[str, Any] = {}
) -> tuple[Option, ...]:
    return tuple(
        Option(code=code, text=text, apart=code in apart, alone=code in alone, hint=hints.get(code))
        for code, text in texts.items()
    )


def one(
    code: str, text: Any, texts: Mapping[str, Any], *, apart: str = "", hints: Mapping[str, Any] = {}, **more: Any
) -> Question:
    """A question with one answer; the option `apart` stands below the others."""
    return Question(code=code, type="single", text=text, options=options(texts, apart=[apart], hints=hints), **more)


def several(
    code: str, text: Any, texts: Mapping[str, Any], *, apart: str = "", hints: Mapping[str, Any] = {}, **more: Any
) -> Question:
    """A question with several answers; the option `apart` stands below the others and excludes them."""
    offered = options(texts, apart=[apart], alone=[apart], hints=hints)
    return Question(code=code, type="several", text=text, options=offered, **more)


def line(code: str, text: Any, limit: int, hint: Any = None, **more: Any) -> Question:
    """A few words on one line."""
    return Question(code=code, type="short_text", text=text, limit=limit, hint=hint, **more)


def box(code: str, text: Any, limit: int, hint: Any = None, **more: Any) -> Question:
    """Words of the person's own, on several lines."""
    return Question(code=code, type="long_text", text=text, limit=limit, hint=hint, **more)
