"""Published figures as a page takes them: texts in the reader's language, places of bars and dots in percent of the width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.cohesion.change_words import Comparison
from portal.languages.i18n import ENGLISH, Language, current_language, language_of


@dataclass(frozen=True)
class Said:
    """A text of the survey in the reader's language, or in English where it has none; `language` is what it is in."""

    text: str
    language: Language

    @property
    def is_foreign(self) -> bool:
        return self.language != current_language()


def said(words: Mapping[str, str]) -> Said:
    code = current_language().code
    if words.get(code):
        return Said(words[code], current_language())
    return Said(words[ENGLISH], language_of(ENGLISH))


@dataclass(frozen=True)
class Span:
    """A bar or a line from `start` to `start` + `length`, in percent of the width, in the reader's direction."""

    start: float
    length: float


@dataclass(frozen=True)
class Row:
    """One wave of an indicator: a row of the chart and of the table beneath it."""

    wave: str
    percent: str
    low: str
    high: str
    base: int
    unreliable: bool
    dot: float
    line: Span
    is_random: bool
    if_more: str
    if_less: str
    """What the figure would be if those of whom it is true answered more readily than others, or less; empty if random."""


@dataclass(frozen=True)
class Answer:
    """How many gave one answer; `percent` is empty where it is not shown."""

    text: Said
    percent: str
    bar: Span
    shade: str


@dataclass(frozen=True)
class Figure:
    """One indicator of a release. Of one that is not shown there are only the title and the questions."""

    code: str
    title: Said
    questions: list[Said]
    shown: bool
    sentence: Said
    rows: list[Row]
    is_score: bool = False
    enough: bool = True
    """False: fewer than 30 answers. A figure may be kept back all the same: 1 to 4 people would be all of one side."""
    in_words: str = ""
    change: str = ""
    comparisons: Sequence[Comparison] = ()
    is_primary: bool | None = None
    """None in a release of before there were primary figures."""
    partly: int | None = 0
    """Of a score, about how many answered some of its questions and are not counted; None for 1 to 4."""
    left_out: list[tuple[Said, int | None]] | None = None
    answers: list[Answer] | None = None
    sure: Span = Span(0, 0)
    unsure: Span = Span(0, 0)

    @property
    def now(self) -> Row:
        return self.rows[0]

    @property
    def are_all_random(self) -> bool:
        return all(row.is_random for row in self.rows)


@dataclass(frozen=True)
class CodedWords:
    """How often codes were given to what people wrote in answer to one question; `base` is None where they are too few.

    `codes`: what each is called, how many percent got it, and the kappa of the two coders; empty where it is not shown.
    """

    code: str
    question: Said
    base: int | None
    both: int
    counted_on: date
    codes: Sequence[tuple[Said, str, str]]


@dataclass(frozen=True)
class Group:
    """Kinds of people of whom too few answered; `wanted` is their part of the population, where they count for less."""

    texts: Sequence[Said]
    wanted: str = ""


@dataclass(frozen=True)
class GroupRow:
    """One group beside everyone else; `low` to `high`: the difference in points that chance alone leaves open."""

    texts: Sequence[Said]
    percent: str
    others: str
    low: str
    high: str
    word: str
    unreliable: bool


@dataclass(frozen=True)
class GroupTable:
    """Groups of one kind in one figure, and those of which nothing is shown: for want of answers, or kept back."""

    title: Said
    rows: Sequence[GroupRow]
    too_few: Sequence[Sequence[Said]]
    kept_back: Sequence[Sequence[Said]]


@dataclass(frozen=True)
class FigureByGroup:
    """One figure by every kind of group."""

    code: str
    title: Said
    percent: str
    """Of everybody."""
    sentence: Said
    tables: Sequence[GroupTable]

    @property
    def shown(self) -> list[GroupTable]:
        """Those of which something is shown."""
        return [table for table in self.tables if table.rows]

    @property
    def not_shown(self) -> list[GroupTable]:
        return [table for table in self.tables if not table.rows]


@dataclass(frozen=True)
class FiguresByGroup:
    """`least`: so many answers a group needs to be shown."""

    least: int
    figures: Sequence[FigureByGroup]

    @property
    def is_anything_shown(self) -> bool:
        return any(figure.shown for figure in self.figures)


@dataclass(frozen=True)
class HeardRow:
    """How a group was heard; of one that is not told `percent` and `ratio` are empty. `more` answers would bring it to 0.8."""

    by: str
    code: str
    texts: Sequence[Said]
    percent: str
    expected: str
    ratio: str
    more: int
    order: tuple[float, float] = (0.0, 0.0)
    """The least heard first; of those heard alike, the one of whom there are most."""


@dataclass(frozen=True)
class HeardTable:
    """Groups of one kind; `variation`: how unevenly they were heard, empty where it is not known."""

    title: Said
    source: str
    rows: Sequence[HeardRow]
    variation: str


@dataclass(frozen=True)
class Heard:
    """Who was heard. `behind`: the groups below 0.8 of their share, the least heard first."""

    tables: Sequence[HeardTable]
    behind: Sequence[HeardRow]
    representativity: Mapping[str, Any] | None


@dataclass(frozen=True)
class SurveyFigures:
    """The newest release of a survey: a figure to lead with and the others."""

    title: Said
    wave: str
    opens_on: date
    closes_on: date
    answered: int | None
    is_random: bool
    source: str
    weighting: Mapping[str, Any]
    """Empty where everyone counts the same."""
    published_on: date
    hash: str
    file_name: str
    replaced: str
    """Why these took the place of earlier figures of the wave; empty where they are the first."""
    lead: Figure | None
    primary: list[Figure]
    """Those by which the survey is judged, without the one that leads."""
    others: list[Figure]
    is_tested_apart: bool
    """Whether primary and other figures were judged apart; not so in a release of before there were primary ones."""
    left_out: int | None = None
    """About how many answers somebody chose to leave out; None for 1 to 4."""
    left_out_signals: Sequence[str] = ()
    flagged: int | None = 0
    """About how many answers have a signal, counted or not; None for 1 to 4."""
    is_flagged_known: bool = False
    coded: Sequence[CodedWords] = ()
    scarce: Sequence[Group] = ()
    short: Sequence[Group] = ()
    groups: FiguresByGroup | None = None
    """None where no group is told apart, as in a release of before this was done."""
    heard: Heard | None = None
