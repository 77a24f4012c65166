"""A problem profile in words: counts of what the portal keeps, judgements marked as such, and what is not known.

Every word and number is said here once and kept with the profile: what was frozen does not change with a later program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext

from portal.languages.i18n import current_language, full_day, isolated, month_name
from portal.partnership.file import current_partnership
from portal.profiles.models import About
from portal.profiles.scopes import Scope, by_group, counted, seasons_of
from portal.profiles.services import FORMAT, Content
from portal.profiles.volt import Season, surges
from portal.reporting.figures import Figures
from portal.small_counts import LEAST
from portal.staff.board_figures import Section, as_section, as_table
from portal.staff.figure_words import Table, answer_words, span_in_words, tables, told
from portal.staff.profile_forms import ABOUT
from portal.staff.profile_words import STATES, area_words, days_words, scope_words
from portal.staff.spans import Span

# Tables that are about these reports and no others; a category has none of its own.
ABOUT_VICTIMS = {
    About.ALL: ("strand", "strand_extra", "asb_category", "course"),
    About.HATE: ("strand", "strand_extra"),
    About.ASB: ("asb_category",),
}
ABOUT_THE_PROBLEM = {About.ALL: ("kind",), About.HATE: ("hate_type",), About.ASB: ("asb_type",)}


def profile_document(
    content: Content, figures: Figures, planned: Sequence[Any], by: str, day: date, number: int
) -> dict[str, Any]:
    """All of it in the language of the page: sections of paragraphs and tables."""
    language, span, written = current_language(), Span(content.first, content.last), content.written
    found = list(tables(figures, span))
    return {
        "format": FORMAT,
        "number": number,
        "about": content.scope.about.value,
        "place_group": content.scope.place_group,
        "from": span.address["from"],
        "to": span.address["to"],
        "lang": language.tag,
        "dir": language.dir,
        "title": written.title,
        "made": _(
            "%(period)s. Version %(number)s, made on %(day)s by %(name)s",
            period=span_in_words(span), day=full_day(day), name=isolated(by), number=number,
        ),
        "sections": [
            _problem(content, figures, span, found),
            _victim(content, found),
            as_section(
                "offender",
                _("Offender"),
                [_("Not known: what people told us about who did it is sealed. It is not opened for this."),
                 *_judged(written.offender)],
            ),
            _location(content, figures, span),
            _time(content, figures, span),
            _gaps(content),
            _activity(planned),
        ],
        "say": {"check": _("Check number (SHA-256) of its JSON file:")},
    }  # fmt: skip


def _problem(content: Content, figures: Figures, span: Span, found: Sequence[Table]) -> Section:
    spans = (span, span.before, span.year_ago)
    numbers = [told(counted(figures, content.scope, each.first, each.last)) for each in spans]
    priority = current_partnership().localised(current_language().code).find_priority(content.written.priority)
    says = [content.written.problem]
    if priority:
        says.append(_("Priority: %(code)s, %(title)s", code=priority.code, title=priority.title))
    says.append(
        _(
            "These are counts of what people told this website. Nobody has proved it, and much is never told. "
            "Numbers under %(least)s are not shown.",
            least=LEAST,
        )
    )
    head = [_("Reports"), _("These months"), _("As many months before"), _("A year ago")]
    rows = [[scope_words(content.scope), *numbers]]
    more = _tables_of(ABOUT_THE_PROBLEM, content, found)
    says += _of_whole_area(content, more)
    return as_section("problem", _("The problem"), says, [as_table("reports", _("All of it"), head, rows), *more])


def _judged(text: str) -> list[str]:
    """What somebody thinks, said to be that."""
    return [_("Judgement, not a count: %(words)s", words=isolated(text))] if text else []


def _victim(content: Content, found: Sequence[Table]) -> Section:
    says = [_("Who they are is not known: names, ages and homes are sealed. They are not opened for this.")]
    if content.scope.about is not About.ALL:
        says.append(_("Not known: if it happened to them before. That is counted for all reports together only."))
    shown = _tables_of(ABOUT_VICTIMS, content, found)
    return as_section(
        "victim", _("Victim"), [*says, *_of_whole_area(content, shown), *_judged(content.written.victim)], shown
    )


def _tables_of(codes: Mapping[About, Sequence[str]], content: Content, found: Sequence[Table]) -> list[dict[str, Any]]:
    wanted = codes.get(content.scope.about, ())
    return list(_shown([table for table in found if table.code in wanted]))


def _of_whole_area(content: Content, shown: Sequence[Any]) -> list[str]:
    if not shown or not content.scope.place_group:
        return []
    return [_("These tables are about the whole area: they are not counted for a part of it.")]


def _shown(found: Sequence[Table]) -> Iterator[dict[str, Any]]:
    """Rows of which something may be told; all others in one."""
    head = [_("What"), _("These months"), _("As many months before"), _("A year ago")]
    for table in found:
        rows = [[str(row.words), *map(told, (row.now, row.before, row.year_ago))] for row in table.rows]
        if table.not_shown:
            rows.append([_("All others") if rows else _("All"), *[_("not shown")] * 3])
        yield as_table(table.code, str(table.title), head, rows)


def _location(content: Content, figures: Figures, span: Span) -> Section:
    says = [
        _("Streets and homes are not known: where exactly it was is sealed. Parishes are too small to count alone.")
    ]
    shown = []
    places = by_group(figures, content.scope.about)
    if content.scope.place_group:
        says.append(_("Only this area: %(area)s.", area=area_words(content.scope.place_group)))
    elif places is None:
        says.append(
            _("By area not known: all anti-social behaviour together is not counted by area. Choose a category.")
        )
    else:
        numbers = {code: places.over(span.first, span.last, code) for code in places.answers}
        rows = [[str(answer_words("place_group", code)), told(now)] for code, now in numbers.items() if now.is_known]
        if len(rows) < len(numbers):
            rows.append([_("All others") if rows else _("All"), _("not shown")])
        shown.append(as_table("place_group", str(ABOUT[content.scope.about]), [_("Area"), _("These months")], rows))
    return as_section("location", _("Location"), [*says, *_judged(content.written.location)], shown)


def _time(content: Content, figures: Figures, span: Span) -> Section:
    found = seasons_of(figures, content.scope, span.first, span.last)
    says = [_("Day of the week and hour are not known: only the month is counted.")]
    says += [_surge(season) for season in surges(found)] or [
        _("In no month can it be said that more came than usual. Two earlier years must be shown to say so.")
    ]
    says.append(
        _(
            "Usual is the mean of the same month in up to three years before. Of 40 quiet months, one looks busy by chance."
        )
    )
    years = [_("One year before"), _("Two years before"), _("Three years before")]
    rows = [[month_name(season.month), *map(told, (season.now, *season.earlier))] for season in found]
    table = as_table("months", _("Month by month"), [_("Month"), _("Reports"), *years], rows)
    return as_section("time", pgettext("VOLT", "Time"), [*says, *_judged(content.written.time)], [table])


def _surge(season: Season) -> str:
    return _(
        "%(month)s: more than usual. Counted: %(number)s; usual: about %(usual)s. Chance alone brings so many less than once in %(times)s times.",
        month=month_name(season.month), number=season.now.number, usual=round(season.usual or 0), times=200 // (100 - (season.surge or 0)),
    )  # fmt: skip


def _gaps(content: Content) -> Section:
    says = [content.written.gaps] if content.written.gaps else [_("Nobody has written here yet.")]
    return as_section("gaps", _("What we do not know"), says)


def _activity(planned: Sequence[Any]) -> Section:
    title = _("Planned activity")
    if not planned:
        return as_section("activity", title, [_("Nothing is planned yet.")])
    rows = [
        [isolated(one.title), days_words(one.first_on, one.last_on), isolated(one.agencies), str(STATES[one.state])]
        for one in planned
    ]
    head = [_("What"), _("When"), _("Who"), _("State")]
    return as_section("activity", title, [], [as_table("activity", title, head, rows)])


def around_rows(figures: Figures, scope: Scope, spans: Sequence[tuple[str, tuple[date, date]]]) -> list[list[str]]:
    """Of each span of months: what it is, which months, how many reports; not over yet where it is not."""
    return [
        [words, span_in_words(Span(first, last)), _("not over yet") if last > figures.last else told(counted(figures, scope, first, last))]
        for words, (first, last) in spans
    ]  # fmt: skip
