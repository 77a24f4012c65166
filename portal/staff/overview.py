"""All at a glance: what needs doing first, then how surveys, people, reports, promises, events and findings stand.

Each line leads to the page behind it and is shown to whoever may open that page, and to nobody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.cohesion import finding_lists, services
from portal.cohesion.activity import kept_quarters
from portal.cohesion.activity_words import PROMISES, told
from portal.cohesion.models import ReleaseState
from portal.db import today
from portal.events.afterwards_lists import count_told, count_uncounted
from portal.events.help_answers import count_overdue, count_requests
from portal.events.proposal_decisions import count_waiting_proposals
from portal.events.services import count_events
from portal.languages.i18n import current_language, in_percent, short_day
from portal.reporting.figures import last_month
from portal.reporting.referrals import count_waiting_for
from portal.reporting.second_looks import count_waiting
from portal.reporting.tasks import count_open_tasks
from portal.reporting.workload import workload
from portal.staff.access import blueprint, officer, only
from portal.staff.activity_figures import Document, activity_document, tells_anything
from portal.staff.figure_words import quarter_in_words
from portal.staff.models import Role
from portal.staff.result_words import how_many, next_steps, reach_tables
from portal.staff.spans import last_quarter
from portal.surveys import archive, waves
from portal.surveys.models import WaveState
from portal.surveys.versions import instruments_of
from portal.surveys.wave_results import Told, shown_size

LOOK = (Role.SURVEY_MANAGER, Role.ANALYST)
SEES = (Role.OFFICER, Role.SUPERVISOR, Role.CALENDAR_EDITOR, *LOOK)
MOST_WAVES = 20
SOON = 7
"""Days before its last one from which a wave is said to end soon."""


@dataclass(frozen=True)
class Line:
    """`is_first`: it needs doing before all else; `number` may be a word."""

    words: str
    number: str
    address: str
    is_first: bool = False


@dataclass(frozen=True)
class Part:
    title: str
    lines: Sequence[Line]
    nothing: str
    note: str = ""


@blueprint.get("/figures/overview", endpoint="overview")
@only(*SEES)
def overview() -> str:
    span = last_quarter(last_month())
    before = kept_quarters().get(span.quarter)
    done: Document = dict(before.document) if before else activity_document(span)
    parts = list(_parts(done, quarter_in_words(span), is_kept=before is not None))
    return render_template(
        "staff/overview.html",
        first=[line for part in parts for line in part.lines if line.is_first],
        parts=parts,
        day=today(),
        has_tabs=officer().may(*LOOK),
    )


def _parts(done: Document, quarter: str, *, is_kept: bool) -> Iterator[Part]:
    may = officer().may
    if may(Role.OFFICER, Role.SUPERVISOR, Role.ANALYST):
        yield Part(
            _("Reports"),
            [*_reports_now(), *_reports_of(done, quarter)],
            _("Nothing waits."),
            _("More reports can mean more trust. They do not measure crime."),
        )
    if may(Role.OFFICER, Role.ANALYST):
        yield Part(
            _("Promises kept in time, %(quarter)s", quarter=quarter),
            _promises(done),
            _("Fewer than 30 promises fell due, or almost none was missed or kept: no figure."),
        )
    if may(*LOOK):
        closed = services.closed_waves()
        yield Part(_("Waves"), list(_waves(closed)), _("No wave is open, and none waits for its figures."))
        yield Part(
            _("Places and groups to ask next"),
            list(_unheard(closed)),
            _("Nothing to compare before a wave’s figures are public."),
        )
    if may(Role.CALENDAR_EDITOR, *LOOK):
        yield Part(_("Events"), list(_events(done, quarter)), _("No event is in the calendar."))
    if may(*LOOK):
        yield Part(
            _("You said, we did"), list(_findings(done, quarter)), _("Nobody has told us anything that is public yet.")
        )
    if may(Role.SURVEY_MANAGER) and not is_kept and tells_anything(done):
        yield Part(
            _("What the public sees"),
            [
                Line(
                    _("Look at what was done and publish it"),
                    quarter,
                    url_for(".year_figures", _anchor="public"),
                    is_first=True,
                )
            ],
            "",
        )  # fmt: skip


def _reports_now() -> Iterator[Line]:
    """What waits today, exactly: whoever sees it may open the list of it."""
    if officer().may(Role.OFFICER):
        load, staff = workload(), officer().staff
        yield from (
            Line(words, str(number), address, is_first=number > 0 and comes_first)
            for words, number, address, comes_first in [
                (_("Reports that are overdue"), load.overdue, url_for(".reports", view="overdue"), True),
                (_("Reports not read yet"), load.unread, url_for(".reports", view="new"), True),
                (_("Reports with new messages"), load.new_messages, url_for(".reports", view="messages"), True),
                (_("Reports without an officer"), load.unassigned, url_for(".reports", view="unassigned"), False),
                (_("Reports that wait for the reporter"), load.waiting, url_for(".reports", view="waiting"), False),
                (_("My tasks"), count_open_tasks([staff.id]), url_for(".tasks"), True),
                (_("Referrals that wait for me"), count_waiting_for(staff.member_id), url_for(".referrals"), True),
            ]
        )
    if officer().may(Role.OFFICER, Role.SUPERVISOR):
        looks = count_waiting()
        yield Line(_("Closings that wait for a second look"), str(looks), url_for(".second_looks"), is_first=looks > 0)


def _reports_of(done: Document, quarter: str) -> Iterator[Line]:
    if officer().may(Role.OFFICER, Role.ANALYST):
        number = told(done["reports"]["all"]) if done["reports"] else _("not shown")
        yield Line(_("Reports received in %(quarter)s", quarter=quarter), number, url_for(".report_figures"))


def _promises(done: Document) -> list[Line]:
    clocks = done["clocks"] or {}
    return [
        Line(str(words), in_percent(clocks[code]["in_time"]), url_for(".report_figures"))
        for code, words in PROMISES.items()
        if "in_time" in clocks.get(code, {})
    ]


def _waves(closed: Sequence[services.ClosedWave]) -> Iterator[Line]:
    """Those that are past their last day first, then as they end; then those that ended and have no public figures."""
    away, day = archive.archived_surveys(), today()
    found = [wave for code in waves.survey_codes() if code not in away for wave in waves.waves_of(code)]
    still_open = sorted((wave for wave in found if wave.state is WaveState.OPEN), key=lambda wave: wave.closes_on)
    for wave in still_open[:MOST_WAVES]:
        title = instruments_of(wave.id)[0].questionnaire.title.in_(current_language().code)
        name = _("%(survey)s, wave %(number)s", survey=title, number=wave.number)
        address = url_for(".wave", wave_id=wave.id)
        if wave.closes_on < day:
            yield Line(
                _("%(wave)s: its last day is over, close it", wave=name),
                short_day(wave.closes_on),
                address,
                is_first=True,
            )
        else:
            words = (
                _("%(wave)s: ends soon, on %(day)s", wave=name, day=short_day(wave.closes_on))
                if (wave.closes_on - day).days <= SOON
                else _("%(wave)s: open until %(day)s", wave=name, day=short_day(wave.closes_on))
            )
            yield Line(words, how_many(wave, shown_size(wave)), address)
    more = len(still_open) - MOST_WAVES
    if more > 0:
        yield Line(ngettext("%(num)s more open wave", "%(num)s more open waves", more), str(more), url_for(".surveys"))
    waiting = [one for one in closed if one.survey not in away and not _has_figures(one)]
    if waiting:
        yield Line(_("Waves that ended without public figures"), str(len(waiting)), url_for(".releases"), is_first=True)  # fmt: skip


def _has_figures(wave: services.ClosedWave) -> bool:
    return any(release.state is ReleaseState.PUBLISHED for release in wave.releases)


def _unheard(closed: Sequence[services.ClosedWave]) -> Iterator[Line]:
    """Of the newest wave with public figures: rounded, as its results tell it."""
    newest = next((one for one in closed if _has_figures(one)), None)
    wave = waves.find_wave(newest.wave_id) if newest else None
    if wave is None:
        return
    instruments = instruments_of(wave.id)
    found = Told(wave, instruments).results({})
    for step in next_steps(reach_tables(wave, instruments, found.languages, found.margins)):
        yield Line(step, "", url_for(".results", wave_id=wave.id))


def _events(done: Document, quarter: str) -> Iterator[Line]:
    if officer().may(Role.CALENDAR_EDITOR):
        waiting = count_waiting_proposals()
        if waiting:
            yield Line(_("Events from groups that wait"), str(waiting), url_for(".event_proposals"), is_first=True)
        late, asked = count_overdue(), count_requests()
        if late:
            yield Line(
                _("Requests for help at events that are overdue"),
                str(late),
                url_for(".event_help_requests"),
                is_first=True,
            )
        if asked["waiting"] or asked["held"]:
            waits = asked["waiting"] + asked["held"]
            yield Line(_("Requests for help at events that wait"), str(waits), url_for(".event_help_requests"))
        drafts = count_events("drafts")
        yield Line(_("Event drafts to look at"), str(drafts), url_for(".events", view="drafts"), is_first=drafts > 0)
        told, uncounted = count_told(), count_uncounted()
        if told:
            yield Line(_("Dates of which groups told us"), str(told), url_for(".events_afterwards"), is_first=True)
        if uncounted:
            yield Line(_("Past events without a count"), str(uncounted), url_for(".events_afterwards"), is_first=True)
        yield Line(_("Events coming up"), str(count_events("upcoming")), url_for(".events"))
    held = done["events"]
    if held:
        address = url_for(".year_figures") if officer().may(*LOOK) else url_for(".events", view="past")
        of_all = _("%(number)s of %(all)s", number=held["held"], all=held["planned"])
        yield Line(_("Events held in %(quarter)s, of those planned", quarter=quarter), of_all, address)
        of_parishes = _("%(number)s of %(all)s", number=held["parishes"], all=held["all_parishes"])
        yield Line(_("Parishes with an event in %(quarter)s", quarter=quarter), of_parishes, address)


def _findings(done: Document, quarter: str) -> Iterator[Line]:
    if officer().may(Role.SURVEY_MANAGER):
        late, lost = finding_lists.count_findings("late"), finding_lists.count_findings("figure")
        if late:
            yield Line(_("Plans that are late"), str(late), url_for(".findings", view="late"), is_first=True)
        if lost:
            yield Line(
                _("Entries whose figure was taken back"), str(lost), url_for(".findings", view="figure"), is_first=True
            )
    if done["findings"]:
        # Analysts may not open the list of findings; the year's page has the same numbers.
        address = url_for(".findings") if officer().may(Role.SURVEY_MANAGER) else url_for(".year_figures")
        numbers = done["findings"]
        of_all = _("%(number)s of %(all)s", number=numbers["answered"], all=numbers["all"])
        yield Line(_("Answered of all, by the end of %(quarter)s", quarter=quarter), of_all, address)
