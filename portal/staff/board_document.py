"""The quarterly report to the partnership's board in words: one page first, then priority by priority, then what is behind it.

Every word and number is said here once and kept with the report: what was frozen does not change with a later program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.cohesion import finding_lists
from portal.cohesion.board_reports import FORMAT, BoardAction, Written
from portal.db import session
from portal.events.held import held_events
from portal.languages.i18n import current_language, full_day, name_for_staff
from portal.partnership.file import current_partnership
from portal.reporting.durations import kept_promises, waiting_times
from portal.reporting.figures import last_day, report_figures
from portal.staff.activity_figures import help_shown
from portal.staff.board_caveats import caveats
from portal.staff.board_figures import Section, SurveyPart, as_section, as_table, percent
from portal.staff.figure_words import KEPT, WAITED, Row, quarter_in_words, received, span_in_words, tables, told
from portal.staff.marac_board import marac_sections
from portal.staff.spans import Span


def board_document(span: Span, written: Written, by: str, day: date, number: int) -> dict[str, Any]:
    """All that the board sees, in the language of the page: sections of paragraphs and tables, and what is asked."""
    language, partnership = current_language(), current_partnership()
    figures = SurveyPart(span)
    reports = report_figures()
    of_reports = list(tables(reports, span))
    priorities = partnership.localised(language.code).priorities
    return {
        "format": FORMAT,
        "quarter": span.quarter,
        "number": number,
        "lang": language.tag,
        "dir": language.dir,
        "title": _("%(name)s: report for %(quarter)s", name=partnership.name, quarter=quarter_in_words(span)),
        "made": _(
            "%(period)s. Version %(number)s, made on %(day)s by %(name)s",
            period=span_in_words(span),
            day=full_day(day),
            name=by,
            number=number,
        ),
        "first": [
            figures.leading(),
            _reports(received(reports, span), of_reports),
            figures.unheard(),
            _actions(written.actions, day),
            _asked(written.asked),
        ],
        "more": [
            *(_priority(one, written, span, figures, of_reports) for one in priorities),
            _promises(span),
            _events(span),
            _findings(span, priorities),
            *marac_sections(span),
            caveats(figures),
            _made_of(figures),
        ],
        "say": {
            "check": _("Check number (SHA-256) of its JSON file:"),
            "missing": _("This computer has no font for some letters. They stand as numbers, such as [U+6F22]."),
        },
    }


def _reports(all_reports: Row, found: Sequence[Any]) -> Section:
    kinds = next(table for table in found if table.code == "kind")
    rows = [[_("All reports"), *map(told, (all_reports.now, all_reports.before, all_reports.year_ago))]]
    return as_section(
        "reports",
        _("What was reported to the portal"),
        [_("What was told to the police or the council directly is not in it, and nobody has proved what was told.")],
        [as_table("reports", _("Reports"), _months_head(), [*rows, *map(_months_row, kinds.rows)])],
    )


def _months_head() -> list[str]:
    return [_("What it was about"), _("This quarter"), _("The quarter before"), _("A year ago")]


def _months_row(row: Row) -> list[str]:
    return [str(row.words), *map(told, (row.now, row.before, row.year_ago))]


def action_state(action: BoardAction, day: date) -> str:
    """What became of it, in words."""
    if action.state == "done":
        return _("Done: %(what)s", what=action.said)
    if action.state == "dropped":
        return _("Not done, because: %(why)s", why=action.said)
    return _("Late") if action.is_late(day) else _("To do")


def _actions(actions: Sequence[BoardAction], day: date) -> Section:
    title = _("Actions")
    if not actions:
        return as_section("actions", title, [_("None is agreed.")])
    late = sum(one.is_late(day) for one in actions)
    rows = [
        [one.what, one.owner, full_day(date.fromisoformat(one.due)), action_state(one, day)]
        for one in sorted(actions, key=lambda one: (one.state != "open", one.due))
    ]
    says = [ngettext("%(num)s action is late.", "%(num)s actions are late.", late)] if late else []
    head = [_("What"), _("Who"), _("By"), _("What came of it")]
    return as_section("actions", title, says, [as_table("actions", _("Actions"), head, rows)])


def _asked(asked: str) -> Section:
    return as_section("asked", _("What is asked of the partners"), _paragraphs(asked) or [_("Nothing is asked.")])


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def _priority(priority: Any, written: Written, span: Span, figures: SurveyPart, found: Sequence[Any]) -> Section:
    """What the partnership's file says was done for it, in the page's language; the owner's words; what the portal counts."""
    said = _paragraphs(written.priorities.get(priority.code, ""))
    done = [
        _("%(what)s (from %(day)s)", what=work.what, day=full_day(work.began_on))
        for work in priority.work
        if span.first <= work.said_on <= last_day(span.last)
    ]
    return as_section(
        priority.code,
        f"{priority.code}: {priority.title}",
        [
            priority.official,
            *done,
            *(said or [_("Its owner has written nothing for this quarter.")]),
        ],
        list(_known(priority, figures, found)),
    )


def _known(priority: Any, figures: SurveyPart, found: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """What the partnership's file says that the portal counts for it."""
    for code in priority.figures:
        yield from figures.of_priority(code)
        for table in found:
            if table.code == code and table.rows:
                yield as_table(table.code, str(table.title), _months_head(), list(map(_months_row, table.rows)))


def _promises(span: Span) -> Section:
    first, last = span.first, last_day(span.last)
    waited, kept = waiting_times(first, last, outside=True), kept_promises(first, last, outside=True)
    few = _("not shown")
    waiting = [
        [str(words), str(one.median), str(one.nine_in_ten), str(one.base)] if one else [str(words), few, "", ""]
        for code, words in WAITED.items()
        for one in [waited.get(code)]
    ]
    in_time = [
        [str(words), percent((100 - one.missed) / 100), str(one.base)] if one else [str(words), few, ""]
        for code, words in KEPT.items()
        for one in [kept.get(code)]
    ]
    return as_section(
        "promises",
        _("How the promises to reporters were kept"),
        [
            _("Working days. Numbers of reports are rounded to 5."),
            _("Not shown: fewer than 30 reports, or 1 to 4 of them late or in time."),
        ],
        [
            as_table(
                "waited",
                _("How long reporters waited"),
                [_("What for"), _("Half waited at most"), _("Nine in ten at most"), _("Reports")],
                waiting,
            ),
            as_table("kept", _("Kept in time"), [_("Promise"), _("In time"), _("Fell due")], in_time),
        ],
    )


def _events(span: Span) -> Section:
    held = held_events(span.first, last_day(span.last))
    rows = [
        [_("Held"), str(held.held)],
        [_("Cancelled"), str(held.cancelled)],
        [
            _("Parishes with an event"),
            _("%(number)s of %(all)s", number=held.parishes, all=held.all_parishes),
        ],
        [_("With a step-free way in"), str(held.step_free)],
        [_("With a BSL interpreter"), str(held.sign_language)],
        [_("In another language than English"), str(held.other_languages)],
        [_("In Hate Crime Awareness Week"), str(held.awareness_week)],
        [_("Days of action"), str(held.days_of_action)],
        [
            _("Groups of people with an event of their own"),
            _("%(number)s of %(all)s", number=held.groups, all=held.all_groups),
        ],
        [
            _("People who came, to the nearest 5"),
            _("not shown") if held.attendance is None else str(held.attendance),
        ],
        [
            _("Events where 10 people or more were counted"),
            _("%(number)s of %(all)s", number=held.counted, all=held.held),
        ],
    ]
    if needs := help_shown(span):
        rows += [
            [_("Help that people asked for, like an interpreter"), told(needs["made"])],
            [_("Help that people asked for and had"), told(needs["met"])],
        ]
    spoken = ", ".join(name_for_staff(code) for code in held.languages)
    return as_section(
        "events",
        _("Events in the calendar"),
        [_("Other languages: %(languages)s.", languages=spoken) if spoken else ""],
        [as_table("events", _("Events of the quarter"), [_("What"), _("Number")], rows)],
    )


def _findings(span: Span, priorities: Sequence[Any]) -> Section:
    """What people said and what came of it, as it stood at the end of the quarter."""
    found = finding_lists.summary(session, span.first, last_day(span.last))
    rows = [
        [_("People said it in the quarter"), str(len(found.found))],
        [_("Answered in the quarter"), str(len(found.answered))],
        [
            _("Answered of all so far"),
            _("%(number)s of %(all)s", number=found.all_answered, all=found.all_found),
        ],
        [_("Late at the end of the quarter"), str(len(found.late))],
    ]
    tables = [as_table("findings", _("Findings and answers"), [_("What"), _("Number")], rows)]
    if found.late:
        # Without the words: a finding can be deleted for good, and what is frozen here stays.
        titles = {one.code: one.title for one in priorities}
        owed = [
            [titles.get(each.priority) or _("Other things"), each.owner, full_day(each.due_on) if each.due_on else ""]
            for each in found.late
        ]
        tables.append(as_table("late_findings", _("Late"), [_("Priority"), _("Who"), _("By")], owed))
    return as_section("findings", _("You said, we did"), tables=tables)


def _made_of(figures: SurveyPart) -> Section:
    release = figures.release
    return as_section(
        "made",
        _("How it was made"),
        [
            _("Counts below 10 of reports are not shown, and none is shown that would give such a one away."),
            _("The survey’s figures are those of the release with the check number %(hash)s.", hash=release.hash)
            if release is not None
            else "",
            _("A number tells what was counted. What to do about it, people decide."),
        ],
    )


def rows_of(document: Mapping[str, Any]) -> list[list[str | int]]:
    """Its tables for a spreadsheet: section, table, row, column, value."""
    found: list[list[str | int]] = [["quarter", "version", "section", "table", "row", "column", "value"]]
    for section in (*document["first"], *document["more"]):
        for table in section["tables"]:
            for row in table["rows"]:
                for column, value in zip(table["head"][1:], row[1:], strict=True):
                    found.append(
                        [document["quarter"], document["number"], section["code"], table["code"], row[0], column, value]
                    )
    return found
