"""The open data's tables: one function for each kind of figure, each with its columns and what they mean.

A number that is not there has a marker in its place, as the Government Statistical Service writes them: MARKS. A new kind of
figure is one more entry of TABLES: files, metadata, catalogue and page follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.cohesion import data_rows
from portal.cohesion.data_rows import BREAK, HIDDEN, NOT_HERE, UNKNOWN, UNSURE, Beside, Row
from portal.cohesion.release_history import Version
from portal.languages.i18n import ENGLISH

FORMAT = 1
MARKS: dict[str, Any] = {
    HIDDEN: _l("Not shown, so that nobody can be found in it, or because fewer than 30 people answered."),
    UNSURE: _l("Read with care: about 100 answers or fewer, or a range wider than 20 points."),
    UNKNOWN: _l("Not available: taken back, corrected since, or not kept then."),
    NOT_HERE: _l("Does not apply here."),
    BREAK: _l("Break in the series: the wave before measured it in another way."),
}
"""What each says, beside a number (UNSURE, BREAK) or in its place (the others)."""


@dataclass(frozen=True)
class Column:
    """`datatype`: of CSV on the Web. `by_language`: one column for each language of the survey, such as `title_en`."""

    name: str
    about: Any
    datatype: str = "string"
    by_language: bool = False
    marks: Sequence[str] = ()
    """What may stand in place of a number."""

    def names(self, languages: Iterable[str]) -> list[str]:
        return [f"{self.name}_{code}" for code in languages] if self.by_language else [self.name]


@dataclass(frozen=True)
class Table:
    """`rows` are those of one release, without the columns of WHICH; `is_of_all`: also of releases that were taken back."""

    name: str
    title: Any
    columns: Sequence[Column]
    rows: Callable[[Version, Beside], Iterator[Row]]
    is_of_all: bool = False

    def header(self, languages: Sequence[str]) -> list[str]:
        return [name for column in (*WHICH, *self.columns) for name in column.names(languages)]

    def table(self, versions: Iterable[Version], beside: Beside, languages: Sequence[str]) -> list[list[Any]]:
        """With its header, a row for each figure."""
        found: list[list[Any]] = [self.header(languages)]
        for version in versions:
            if version.document is None and not self.is_of_all:
                continue
            which = {
                "survey": version.survey,
                "wave": version.wave["number"],
                "closes_on": version.wave["closes_on"],
                "version": version.number,
                "check_number": version.hash or UNKNOWN,
            }
            for row in self.rows(version, beside):
                cells = which | row
                found.append([_cell(cells.get(name)) for name in found[0]])
        return found


def languages_of(versions: Iterable[Version]) -> list[str]:
    """English first: of which languages the surveys have words."""
    found = {code for one in versions for code in one.title}
    return [ENGLISH, *sorted(found - {ENGLISH})]


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value


WHICH = (
    Column("survey", _l("Code of the survey.")),
    Column("wave", _l("Number of the wave: each time the survey was asked."), "integer"),
    Column("closes_on", _l("Last day of the wave."), "date"),
    Column("version", _l("1 for the first figures of the wave that were published, 2 for those that came after."), "integer"),
    Column("check_number", _l("SHA-256 of the release’s JSON file."), marks=(UNKNOWN,)),
)  # fmt: skip


_INDICATOR = Column("indicator", _l("Code of the figure."))
_PERCENT = Column(
    "percent", _l("Share in percent, weighted: whole, with one decimal from 1,000 answers."), "decimal", marks=(HIDDEN,)
)
_TITLE = Column("title", _l("Name of the figure, a column for each language."), by_language=True)
_MADE_OF = (
    Column("source", _l("Where the wording comes from.")),
    Column("definition", _l("Changes whenever questions, answers or counting do.")),
)
_LOW = Column("low", _l("Low end of the 95% range."), "decimal", marks=(HIDDEN,))
_HIGH = Column("high", _l("High end of the range."), "decimal", marks=(HIDDEN,))
_MARKS = Column("marks", _l("Markers that say how to read the figure."))
_GROUP = (
    Column("group_by", _l("What people are told apart by.")),
    Column("group", _l("Code of the group of people.")),
    Column("group_name", _l("Its name, a column for each language."), by_language=True),
)
_BASE = Column("base", _l("How many people it is a share of, to the nearest 5."), "integer", marks=(HIDDEN,))

TABLES: tuple[Table, ...] = (
    Table(
        "releases",
        _l("Releases: every version of every wave, also those taken back"),
        (
            Column("title", _l("Name of the survey, a column for each language."), by_language=True),
            Column("opens_on", _l("First day of the wave."), "date"),
            Column("sample_type", _l("How people came to answer: invited is a random sample, all else is not. Of people invited_together, whole streets or groups were asked.")),
            Column("standing", _l("current, replaced (others stand in its place) or taken_back.")),
            Column("published_on", _l("Day on which it became public."), "date"),
            Column("ended_on", _l("Day on which it stopped being public."), "date", marks=(NOT_HERE, UNKNOWN)),
            Column("reason", _l("Why it came after earlier figures of its wave: choice of answers, mistake, method, or written words."), marks=(NOT_HERE, UNKNOWN)),
            Column("answered", _l("How many people answered, to the nearest 5."), "integer", marks=(HIDDEN, UNKNOWN)),
            Column("weighted_to", _l("Code of the population that the answers are weighted to."), marks=(NOT_HERE, UNKNOWN)),
            Column("weight_least", _l("Least that an answer counts for; the mean is 1."), "decimal", marks=(NOT_HERE, UNKNOWN)),
            Column("weight_most", _l("Most that an answer counts for."), "decimal", marks=(NOT_HERE, UNKNOWN)),
            Column("design_effect", _l("Kish’s design effect of the weights."), "decimal", marks=(NOT_HERE, UNKNOWN)),
            Column("left_out", _l("How many answers somebody chose to leave out by their signals, to the nearest 5."), "integer", marks=(HIDDEN, UNKNOWN)),
            Column("left_out_signals", _l("By which signals, with spaces between."), marks=(UNKNOWN,)),
            Column("flagged", _l("How many answers have any signal, counted or not, to the nearest 5."), "integer", marks=(HIDDEN, UNKNOWN)),
            Column("arithmetic", _l("Version of the arithmetic of the weights."), "integer", marks=(NOT_HERE, UNKNOWN)),
        ),
        data_rows.releases,
        is_of_all=True,
    ),
    Table(
        "figures",
        _l("Figures: one row for each figure and wave"),
        (
            _INDICATOR,
            _TITLE,
            Column("kind", _l("share: of those who gave certain answers; score: of those with enough points over several questions; any_of: of those who gave one of the answers to any of several questions.")),
            Column("better", _l("Whether higher or lower is better.")),
            Column("primary", _l("Whether it was chosen before anybody answered (yes) or is exploratory (no)."), marks=(UNKNOWN,)),
            _PERCENT,
            Column("low", _l("Low end of the 95% range (Wilson, on the effective number of answers)."), "decimal", marks=(HIDDEN,)),
            Column("high", _l("High end of the range."), "decimal", marks=(HIDDEN,)),
            _BASE,
            _MARKS,
            Column("hidden_because", _l("Why it is not shown: fewer_than_30 answers, or few_on_one_side (1 to 4 people)."), marks=(NOT_HERE,)),
            Column("range", _l("likely_19_in_20 for a random sample, chance_alone for any other."), marks=(NOT_HERE,)),
            Column("if_more_likely_to_answer", _l("The figure if 5 of those it is true of answer for every 4 others."), "decimal", marks=(HIDDEN, NOT_HERE)),
            Column("if_less_likely_to_answer", _l("The figure if 4 of those it is true of answer for every 5 others."), "decimal", marks=(HIDDEN, NOT_HERE)),
            Column("partly_answered", _l("Of a score: how many answered only some of its questions and are not counted, to the nearest 5."), "integer", marks=(HIDDEN, NOT_HERE, UNKNOWN)),
            *_MADE_OF,
        ),
        data_rows.figures,
    ),
    Table(
        "means",
        _l("Means: figures in points, not percent"),
        (
            _INDICATOR,
            _TITLE,
            Column("mean", _l("Weighted mean, to a tenth of a point."), "decimal", marks=(HIDDEN,)),
            _LOW,
            _HIGH,
            Column("scale_least", _l("Least that an answer can be."), "decimal", marks=(HIDDEN,)),
            Column("scale_most", _l("Most that an answer can be."), "decimal", marks=(HIDDEN,)),
            Column("base", _l("How many people it is a mean of, to the nearest 5."), "integer", marks=(HIDDEN,)),
            _MARKS,
            *_MADE_OF,
        ),
        data_rows.means,
    ),
    Table(
        "reporting-gap",
        _l("The reporting gap: whom people told of hate, and why not"),
        (
            Column("of", _l("everyone who faced hate in 12 months, or nobody: of those who told nobody.")),
            Column("code", _l("police, organisation or nobody; or code of a reason.")),
            Column("reason", _l("The reason, a column for each language."), by_language=True),
            Column("percent", _l("Share in percent, weighted. What is not shown has no row."), "decimal"),
            Column("low", _l("Low end of the 95% range."), "decimal", marks=(NOT_HERE,)),
            Column("high", _l("High end of the range."), "decimal", marks=(NOT_HERE,)),
            Column("base", _l("How many people it is a share of, to the nearest 5."), "integer", marks=(NOT_HERE,)),
            _MARKS,
        ),
        data_rows.reporting_gap,
    ),
    Table(
        "groups",
        _l("Groups: main figures of a group of people beside everyone else"),
        (
            _INDICATOR,
            *_GROUP,
            _PERCENT,
            _LOW,
            _HIGH,
            _BASE,
            Column("everyone_else", _l("The figure of everyone else who answered."), "decimal", marks=(HIDDEN,)),
            Column("difference_low", _l("Least difference in points (Newcombe, 95%)."), "decimal", marks=(HIDDEN,)),
            Column("difference_high", _l("Greatest difference in points."), "decimal", marks=(HIDDEN,)),
            Column("difference", _l("higher, lower or no_clear_change than everyone else; a hint only."), marks=(HIDDEN,)),
            _MARKS,
        ),
        data_rows.groups,
    ),
    Table(
        "heard",
        _l("Who was heard: groups of people among the answers and among the population"),
        (
            *_GROUP,
            Column("percent", _l("Of those who said their group, how many are in it, in percent, not weighted."), "decimal", marks=(HIDDEN,)),
            Column("population_percent", _l("Their share of the population in percent."), "decimal"),
            Column("ratio", _l("One divided by the other: 1 is a fair share, below 0.8 too few were heard."), "decimal", marks=(HIDDEN,)),
            Column("more_answers_needed", _l("So many more answers would bring the group to 0.8."), "integer"),
        ),
        data_rows.heard,
    ),
    Table(
        "areas",
        _l("By area: main figures by group of parishes"),
        (
            _INDICATOR,
            Column("area", _l("Code of the group of parishes.")),
            Column("area_name", _l("Its name.")),
            _PERCENT,
            _LOW,
            _HIGH,
            _BASE,
            _MARKS,
        ),
        data_rows.areas,
    ),
    Table(
        "answers",
        _l("Answers: how people answered the question of a figure"),
        (
            _INDICATOR,
            Column("place", _l("Place of the answer in the questionnaire."), "integer"),
            Column("answer", _l("The answer, a column for each language."), by_language=True),
            Column("counts", _l("Whether the figure is the share of this answer and others like it.")),
            _PERCENT,
        ),
        data_rows.answers,
    ),
    Table(
        "not-counted",
        _l("Not counted: answers that a figure leaves out"),
        (
            _INDICATOR,
            Column("answer", _l("The answer, a column for each language."), by_language=True),
            Column("count", _l("How many gave it, to the nearest 5."), "integer", marks=(HIDDEN,)),
        ),
        data_rows.not_counted,
    ),
    Table(
        "changes",
        _l("Changes: each figure compared with earlier waves"),
        (
            _INDICATOR,
            Column("against", _l("before: the wave before; season: a year before; baseline: the first wave.")),
            Column("earlier_closes_on", _l("Last day of the earlier wave."), "date"),
            Column("stands", _l("Whether the comparison stands (yes), or the earlier figure was corrected or taken back since (no).")),
            Column("earlier_percent", _l("The earlier figure."), "decimal", marks=(UNKNOWN,)),
            Column("low", _l("Least difference in points (Newcombe, 95%)."), "decimal", marks=(UNKNOWN,)),
            Column("high", _l("Greatest difference in points."), "decimal", marks=(UNKNOWN,)),
            Column("change", _l("higher, lower or no_clear_change, after allowing for many comparisons."), marks=(UNKNOWN,)),
            Column("allowed_for", _l("holm over the primary figures, benjamini_hochberg over the others."), marks=(UNKNOWN,)),
        ),
        data_rows.changes,
    ),
    Table(
        "weighting",
        _l("Weighting: what weights could not mend"),
        (
            Column("problem", _l("fewer_than_20 people in a group, or at_the_bound: no answer counts for more than 3 or less than 0.3.")),
            Column("group", _l("Which people, in the codes of the questionnaire.")),
            Column("wanted", _l("Their share of the population in percent."), "decimal", marks=(NOT_HERE,)),
            Column("reached", _l("About what share they count for."), "decimal", marks=(NOT_HERE,)),
        ),
        data_rows.weighting,
    ),
    Table(
        "written",
        _l("Written answers: what two people sorted them into"),
        (
            Column("question", _l("Code of the question. The columns with a language hold its words.")),
            Column("question", _l("The question, a column for each language."), by_language=True),
            Column("code", _l("Code that was given.")),
            Column("label", _l("What the code stands for, in English.")),
            Column("percent", _l("Share of the written answers with this code, not weighted."), "decimal", marks=(HIDDEN,)),
            Column("base", _l("How many written answers were sorted, to the nearest 5."), "integer", marks=(HIDDEN,)),
            Column("kappa", _l("How far two readers agree (Cohen’s kappa)."), "decimal", marks=(HIDDEN, UNKNOWN)),
        ),
        data_rows.written,
    ),
)  # fmt: skip


def find_table(name: str) -> Table | None:
    return next((one for one in TABLES if one.name == name), None)
