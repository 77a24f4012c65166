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


def span(low: float, high: float) -> Span:
    start = 100 - high if current_language().dir == "rtl" else low
    return Span(round(start, 1), round(high - low, 1))


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
class Elsewhere:
    """The same figure of another area: how much, of which survey and year, and how that survey asked."""

    area: Said
    value: str
    source: str
    when: str
    how: str


@dataclass(frozen=True)
class GapLine:
    """How many told one kind of people."""

    whom: str
    percent: str
    low: str
    high: str
    bar: Span
    shade: str


@dataclass(frozen=True)
class GapFigures:
    """The reporting gap. Of one that is not shown there are only the questions."""

    questions: list[Said]
    shown: bool
    enough: bool
    base: int = 0
    unreliable: bool = False
    nobody: str = ""
    lines: tuple[GapLine, ...] = ()
    reasons: tuple[tuple[Said, str], ...] = ()
    """From the most given to the least."""
    are_all_reasons: bool = True


@dataclass(frozen=True)
class MeanFigure:
    """Points that people give on average. Of one that is not shown there are only the title and the questions."""

    code: str
    title: Said
    sentence: Said
    questions: list[Said]
    shown: bool
    enough: bool
    least_base: int
    value: str = ""
    low: str = ""
    high: str = ""
    least: str = ""
    most: str = ""
    base: int = 0
    unreliable: bool = False
    change: str = ""
    """Since the wave before."""
    changes: Sequence[str] = ()
    """Since the wave before and the first one."""
    elsewhere: Elsewhere | None = None


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
    """Since the wave before."""
    changes: Sequence[str] = ()
    """Since the wave before and the first one."""
    comparisons: Sequence[Comparison] = ()
    is_primary: bool | None = None
    """None in a release of before there were primary figures."""
    partly: int | None = 0
    """Of a score, about how many answered some of its questions and are not counted; None for 1 to 4."""
    left_out: list[tuple[Said, int | None]] | None = None
    answers: list[Answer] | None = None
    sure: Span = Span(0, 0)
    unsure: Span = Span(0, 0)
    kind: str = "share"
    least_base: int = 30
    elsewhere: Elsewhere | None = None
    asked_of: tuple[Said, Sequence[Said]] | None = None
    """The question, and the answers to it without which nobody is counted."""

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
    """Why these came after earlier figures of the wave; empty where they are the first."""
    takes_place: bool
    """Whether they took the place of figures that were public until then, and those had not been taken back before."""
    lead: Figure | None
    primary: list[Figure]
    """Those by which the survey is judged, without the one that leads."""
    others: list[Figure]
    is_tested_apart: bool
    """Whether primary and other figures were judged apart; not so in a release of before there were primary ones."""
    lapsed: Sequence[tuple[str, bool]] = ()
    """The months of earlier figures that these are compared with no more, and whether those were taken back."""
    left_out: int | None = None
    """About how many answers somebody chose to leave out; None for 1 to 4."""
    left_out_signals: Sequence[str] = ()
    flagged: int | None = 0
    """About how many answers have a signal, counted or not; None for 1 to 4."""
    is_flagged_known: bool = False
    coded: Sequence[CodedWords] = ()
    scarce: Sequence[Group] = ()
    short: Sequence[Group] = ()
    gap: GapFigures | None = None
    means: Sequence[MeanFigure] = ()
    areas: Any = None
    """By group of parishes, as area_words says them; None where there are none."""
    groups: FiguresByGroup | None = None
    """None where no group is told apart, as in a release of before this was done."""
    heard: Heard | None = None

    @property
    def not_shown(self) -> list[Figure]:
        """Without the reporting gap and the averages, which say it themselves."""
        return [figure for figure in (*self.primary, *self.others) if not figure.shown]
