"""Reports in numbers as people read them: what each count is called, what is said where one is not shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.cohesion.activity_words import SOURCES
from portal.languages.i18n import month_name, name_for_staff
from portal.languages.words import in_words
from portal.partnership.file import current_partnership
from portal.reporting.durations import CLOSED
from portal.reporting.figures import ALL, NOT_GIVEN, Figures
from portal.reporting.models import Promise
from portal.reporting.pages.counted_wording import counted_words
from portal.small_counts import Shown
from portal.staff.forms import KINDS
from portal.staff.spans import Span

WAITED = {
    Promise.READ.value: _l("Until an officer had read it"),
    Promise.TELL.value: _l("Until we told what we do"),
    Promise.ANSWER.value: _l("Until a message was answered"),
    CLOSED: _l("Until it was closed"),
}
KEPT = {
    Promise.READ.value: _l("An officer reads it"),
    Promise.TELL.value: _l("We tell what we do"),
    Promise.ANSWER.value: _l("A message is answered"),
}
TITLES = {
    "kind": _l("What it was about"),
    "place_group": _l("Where it happened"),
    "strand": _l("Hate: the five monitored strands"),
    "strand_extra": _l("Hate: what else it was about"),
    "hate_type": _l("Hate: what was done"),
    "asb_category": _l("Anti-social behaviour: who is affected"),
    "asb_type": _l("Anti-social behaviour: what it is"),
    "course": _l("What reports had in common"),
    "language": _l("Language of the report"),
    "source": _l("How it came"),
    "outcome": _l("How reports ended"),
}
NOTES = {
    "kind": _l("Some reporters were not sure: they are in neither line."),
    "strand": _l("These are in the Home Office’s tables. One report can be about several."),
    "strand_extra": _l("Not in the Home Office’s tables."),
    "hate_type": _l("One report can tell of several."),
    "asb_category": _l(
        "Categories of the National Standard for Incident Recording. Some reporters skip the question or are not sure."
    ),
    "asb_type": _l("One report can tell of several."),
    "outcome": _l("Of the reports that were closed in these months, whenever they came."),
}


def span_in_words(span: Span) -> str:
    if span.first == span.last:
        return month_name(span.first)
    return _("%(first)s to %(last)s", first=month_name(span.first), last=month_name(span.last))


def quarter_in_words(span: Span) -> str:
    return _("Q%(quarter)s %(year)s", quarter=span.last.month // 3, year=span.first.year)


def told(shown: Shown) -> str:
    """A count as it may be told."""
    if shown.is_all:
        return str(shown.number)
    return _("%(number)s or more", number=shown.number) if shown.number else _("not shown")


def compared(now: Shown, before: Shown, ago: Shown) -> list[str]:
    """How many there were earlier, in words that judge nothing; nothing where nothing is known."""
    sentences = []
    if before.is_known:
        if not (now.is_all and before.is_all):
            said = _("Before, in as many months: %(number)s.", number=told(before))
        elif now.number > before.number:
            said = _("More than before: %(number)s in as many months.", number=told(before))
        elif now.number < before.number:
            said = _("Fewer than before: %(number)s in as many months.", number=told(before))
        else:
            said = _("As many as before.")
        sentences.append(said)
    if ago.is_known:
        sentences.append(_("In the same months a year ago: %(number)s.", number=told(ago)))
    return sentences


def answer_words(question: str, answer: str) -> Any:
    """What an answer is called; its code where nothing is known of it any more."""
    match question:
        case "place_group":
            groups = {group.code: group.name for group in current_partnership().places.groups}
            return groups.get(answer, _("No place given") if answer == NOT_GIVEN else answer)
        case "language":
            return name_for_staff(answer)
        case "outcome":
            outcome = current_partnership().find_outcome(answer)
            return in_words(outcome.name) if outcome else answer
        case "kind":
            return KINDS.get(answer, answer)
        case "source":
            return SOURCES.get(answer, answer)
    return counted_words(question, answer)


@dataclass(frozen=True)
class Row:
    words: Any
    now: Shown
    before: Shown
    year_ago: Shown


@dataclass(frozen=True)
class Table:
    """`not_shown` are the answers of which no number is told for any of the periods."""

    code: str
    title: Any
    note: Any
    rows: list[Row]
    not_shown: list[Any]


def tables(figures: Figures, span: Span) -> Iterator[Table]:
    """One for each question, with the rows of which something may be told."""
    for code, title in TITLES.items():
        questions = ("repeat", "online") if code == "course" else (code,)
        rows, hidden = [], []
        for question in questions:
            for answer in figures.tables[question].answers:
                row = _row(figures, span, question, answer)
                if any(each.is_known for each in (row.now, row.before, row.year_ago)):
                    rows.append(row)
                else:
                    hidden.append(row.words)
        yield Table(code, title, NOTES.get(code, ""), rows, hidden)


def received(figures: Figures, span: Span) -> Row:
    spans = (span, span.before, span.year_ago)
    return Row("", *(figures.received.over(each.first, each.last, ALL) for each in spans))


def _row(figures: Figures, span: Span, question: str, answer: str) -> Row:
    table = figures.tables[question]
    spans = (span, span.before, span.year_ago)
    return Row(answer_words(question, answer), *(table.over(each.first, each.last, answer) for each in spans))
