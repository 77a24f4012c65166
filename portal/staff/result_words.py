"""A wave's results as staff read them: each question with its finding, two crossed, how far people come, and whom to ask next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel.lists import format_list
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.cohesion.shown_figures import Heard, HeardRow
from portal.languages.i18n import current_language, formatting_locale, in_percent, isolated, language_of, name_for_staff
from portal.languages.words import Words
from portal.partnership.file import current_partnership
from portal.partnership.populations import LANGUAGE, PLACE_GROUP
from portal.questions.types import type_of
from portal.rounded_tables import ALL, Key
from portal.staff.wave_forms import MODES
from portal.surveys.definition import Instrument, Page, Question
from portal.surveys.reach import Reached, furthest_behind, reached
from portal.surveys.variables import options_of
from portal.surveys.wave_results import ANY_SIGNAL, NO_SIGNAL, Result, share

MINUTES = {
    "0": _l("Under 3 minutes"),
    "3": _l("3 to 5 minutes"),
    "5": _l("5 to 10 minutes"),
    "10": _l("10 to 20 minutes"),
    "20": _l("20 minutes or more"),
}
Label = Words | str
MOST_STEPS = 3


@dataclass(frozen=True)
class Line:
    """A question on the page. `result` is None where it is written, hidden while the wave is open, or damaged."""

    question: Question
    result: Result | None
    finding: str
    options: tuple[tuple[Label, int | None, int | None], ...] = ()
    """Words, count and percent of each answer."""


def labels(question: Question, instruments: Sequence[Instrument]) -> dict[str, Label]:
    """What each code by which the question is counted means, in the words of the first instrument that has it."""
    if question.type == "place":
        return {place.group: place.group_name for i in reversed(instruments) for place in i.places}
    return {code: option.text for code, option in options_of(question.code, instruments).items()}


def say(label: Label) -> str:
    """In the page's language, kept together in a line of another direction."""
    return isolated(label if isinstance(label, str) else label.in_(current_language().code))


def how_many(wave: Any, size: int | None) -> str:
    """How many have answered, as `shown_size` tells it."""
    if wave.answered is not None:
        return str(wave.answered)
    if size is None:
        return _("Fewer than 10 so far")
    return ngettext("About %(num)s so far", "About %(num)s so far", size)


def lines(
    page: Page, results: Mapping[str, Result], instruments: Sequence[Instrument], missing: Mapping[str, str]
) -> Iterator[Line]:
    """The page's questions; `missing` says why one has no result."""
    for question in page.questions:
        result = results.get(question.code)
        if result is None:
            yield Line(question, None, missing.get(question.code, ""))
            continue
        words = labels(question, instruments)
        options = tuple((words.get(code, code), n, result.percent(code)) for code, n in result.counts.items())
        yield Line(question, result, finding(question, result, instruments), options)


def finding(question: Question, result: Result, instruments: Sequence[Instrument]) -> str:
    """A question's result in one line: the share that the survey measures, or else what was answered most."""
    if result.quarters is not None:
        return _("Half said %(number)s or less", number=result.quarters.middle)
    told = {code: count for code, count in result.counts.items() if count is not None}
    words = labels(question, instruments)
    measured = next(
        (
            each
            for each in instruments[0].questionnaire.indicators
            if each.kind == "share"
            and not each.base
            and each.questions == (question.code,)
            and set(each.positive) <= told.keys()
        ),
        None,
    )
    if measured is not None:
        # Who did not know is left out, as in the published figure.
        base = sum(count for code, count in told.items() if code not in measured.left_out)
        codes, part = list(measured.positive), sum(told[code] for code in measured.positive)
    elif told:
        best = max(told, key=lambda code: told[code])
        codes, part, base = [best], told[best], result.base or 0
    else:
        codes, part, base = [], 0, 0
    percent = share(part, base)
    if percent is None:
        return _("Too few answers to say")
    locale = formatting_locale(current_language().locale)
    said = format_list([say(words.get(code, code)) for code in codes], style="or", locale=locale)
    values = {"answers": said, "percent": in_percent(percent), "of": base}
    if measured is not None:
        return _("%(answers)s: %(percent)s of %(of)s", **values)
    return _("Most often: %(answers)s, %(percent)s of %(of)s", **values)


def is_about(question: Question, instruments: Sequence[Instrument], asked: str) -> bool:
    """Whether every word that is looked for stands in the question or in one of its answers."""
    texts = [question.text, *(option.text for option in options_of(question.code, instruments).values())]
    said = " ".join(
        text.in_(code) for text in texts for code in dict.fromkeys((current_language().code, "en"))
    ).casefold()
    return all(word in said for word in asked.casefold().split())


def can_be_crossed(question: Question) -> bool:
    return type_of(question).packed in ("one", "several")


@dataclass(frozen=True)
class CrossLine:
    label: Label | None
    """None for all rows together."""
    base: int | None
    cells: tuple[tuple[int | None, int | None], ...]
    """Count, and percent of the row."""


def cross_lines(
    table: Mapping[Key, int | None], rows: Sequence[str], columns: Sequence[str], words: Mapping[str, Label]
) -> list[CrossLine]:
    return [
        CrossLine(
            None if row == ALL else words.get(row, row),
            base := table[row, ALL],
            tuple((count, share(count, base)) for count in (table[row, column] for column in columns)),
        )
        for row in (*rows, ALL)
    ]


@dataclass(frozen=True)
class ReachTable:
    """One comparison with official figures. `lines`: what the group is called, and how it was heard."""

    by: str
    """language, place_group, or empty for what the wave is weighted to."""
    title: str
    source: str
    lines: tuple[tuple[str, Reached], ...]


def reach_tables(
    wave: Any,
    instruments: Sequence[Instrument],
    languages: Mapping[str, int | None],
    margins: Mapping[str, Mapping[str, int | None]],
) -> list[ReachTable]:
    """Languages and groups of places first, for there people can be found; then what the wave is weighted to."""
    tables = []
    population = current_partnership().find_population(wave.population) if wave.population else None
    for compared in population.compared if population else ():
        told = languages if compared.by == "language" else margins.get("place_group")
        if told is None or compared.is_of_people:
            continue
        names = _language_names(wave) if compared.by == "language" else _group_names(instruments)
        people = {group.code: group.count for group in compared.groups}
        found = reached({code: told.get(code) for code in people}, people)
        shown = tuple((names[each.code], each) for each in found if each.code in names)
        title = _("By language") if compared.by == "language" else _("By group of places")
        tables.append(ReachTable(compared.by, title, compared.source, shown))
    for number, margin in enumerate(wave.recipe.get("margins", ())):
        told = margins.get(f"margin {number}")
        if told is not None:
            cells = {str(place): cell for place, cell in enumerate(margin["cells"])}
            kept = {code: count for code, count in told.items() if code in cells}
            found = reached(kept, {code: cell["count"] for code, cell in cells.items()})
            shown = tuple((_cell_name(margin["by"], cells[each.code]["of"], instruments), each) for each in found)
            tables.append(ReachTable("", _by(margin["by"], instruments), wave.recipe.get("source", ""), shown))
    return tables


def next_steps(tables: Sequence[ReachTable]) -> list[str]:
    """Whom to ask next, three errands at most: the place and the language least heard in one, then the groups least heard."""
    names = {id(each): (table.by, name) for table in tables for name, each in table.lines}
    behind = [(*names[id(each)], each.more) for each in furthest_behind([e for t in tables for _name, e in t.lines])]
    place = next((name for by, name, _more in behind if by == "place_group"), "")
    language = next((name for by, name, _more in behind if by == "language"), "")
    return errands_of(place, language, [(name, more) for by, name, more in behind if not by])


def errands_of(place: str, language: str, others: Sequence[tuple[str, int]]) -> list[str]:
    """`others`: each group with how many more answers are needed of it."""
    steps = []
    if place and language:
        steps.append(_("Go to %(place)s, in %(language)s.", place=place, language=language))
    elif place:
        steps.append(_("Go to %(place)s.", place=place))
    elif language:
        steps.append(_("Ask in %(language)s.", language=language))
    for name, more in others:
        steps.append(
            ngettext(
                "Ask more people who are: %(group)s. %(num)s more answer is needed.",
                "Ask more people who are: %(group)s. About %(num)s more answers are needed.",
                more,
                group=name,
            )
        )
    return steps[:MOST_STEPS]


def called(row: HeardRow) -> str:
    """What staff call a group that a release holds against the population."""
    if row.by == LANGUAGE:
        return isolated(name_for_staff(row.code))
    return "; ".join(isolated(text.text) for text in row.texts)


def errands(heard: Heard) -> list[str]:
    """Whom to ask next, three errands at most: the place and the language least heard in one, then the groups least heard."""
    place = next((called(row) for row in heard.behind if row.by == PLACE_GROUP), "")
    language = next((called(row) for row in heard.behind if row.by == LANGUAGE), "")
    others = [(called(row), row.more) for row in heard.behind if row.by not in (PLACE_GROUP, LANGUAGE)]
    return errands_of(place, language, others)


def _language_names(wave: Any) -> dict[str, str]:
    return {code: isolated(name_for_staff(code)) for code in wave.languages}


def _group_names(instruments: Sequence[Instrument]) -> dict[str, str]:
    return {place.group: isolated(place.group_name) for i in reversed(instruments) for place in i.places}


def _asks(name: str, instruments: Sequence[Instrument]) -> Question | None:
    return next((q for i in instruments for q in i.questionnaire.questions.values() if q.demographic == name), None)


def _by(names: Sequence[str], instruments: Sequence[Instrument]) -> str:
    locale = formatting_locale(current_language().locale)
    asked = [question for name in names if (question := _asks(name, instruments))]
    return format_list([say(question.text) for question in asked], locale=locale)


def _cell_name(names: Sequence[str], of: Sequence[Sequence[str]], instruments: Sequence[Instrument]) -> str:
    parts = []
    for name, codes in zip(names, of, strict=True):
        question = _asks(name, instruments)
        words: Mapping[str, Any] = labels(question, instruments) if question else {}
        parts.append(
            format_list(
                [say(words.get(code, code)) for code in codes],
                style="or",
                locale=formatting_locale(current_language().locale),
            )
        )
    return ", ".join(parts)


def axis_names(
    axis: str, wave: Any, instruments: Sequence[Instrument], versions: Sequence[int]
) -> list[tuple[str, str]]:
    """What can be chosen on an axis: code and words."""
    if axis == "language":
        return [(code, language_of(code).name) for code in wave.languages]
    if axis == "version":
        return [(str(number), _("Version %(number)s", number=number)) for number in versions]
    if axis == "mode":
        return [(mode, str(said)) for mode, said in MODES.items()]
    if axis == "signal":
        return [(NO_SIGNAL, _("Without a signal")), (ANY_SIGNAL, _("With a signal"))]
    return list(_group_names(instruments).items())


def axis_words() -> dict[str, str]:
    return {
        "language": _("Answered in"),
        "version": _("Version"),
        "group": _("Living in"),
        "mode": _("How they answered"),
        "signal": _("Signals"),
    }
