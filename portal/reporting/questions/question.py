"""A question as data: what can be chosen, what belongs to it, a few words of the person's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

NOT_SURE = "not_sure"
NONE = "none"
YES_NO = {"yes": _l("Yes"), "no": _l("No")}


@dataclass(frozen=True)
class Choice:
    """Radios, or ticks where `several`. `alone` are options that exclude the others; from `divider` on, options stand apart."""

    code: str
    text: Any
    options: Mapping[str, Any]
    several: bool = False
    hint: Any = None
    hints: Mapping[str, Any] = field(default_factory=dict)
    alone: tuple[str, ...] = ()
    divider: str | None = None
    divider_text: Any = None
    after: str | None = None
    """The option of the question's first choice after which this one matters."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Of the options that stand in a language of their own, which."""


@dataclass(frozen=True)
class Box:
    """A few words of the person's own: sealed with the narrative, not with what was ticked."""

    code: str
    text: Any
    limit: int
    hint: Any = None
    is_line: bool = False
    after: str | None = None
    is_ltr: bool = False
    """Whether it reads from left to right in every language, as a telephone number does."""


@dataclass(frozen=True, eq=False)
class Question:
    """A page: one thing asked, sometimes with what belongs to it. Without a heading of its own it has the first choice's text."""

    code: str
    title: Any
    choices: tuple[Choice, ...]
    boxes: tuple[Box, ...] = ()
    aside: tuple[Any, tuple[Any, ...]] | None = None
    """A closed note on the page: its heading and its sentences."""
    heading: Any = None
    lead: Any = None
    """A sentence above the question: why it is asked."""

    @property
    def parts(self) -> tuple[Choice | Box, ...]:
        return (*self.choices, *self.boxes)
