"""The calendar of planned activity: what partners plan for which days, who sees to it, and what came of it."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal import audit
from portal.audit import Action
from portal.db import LOCAL_TIME, random_id, session, today, transaction
from portal.events.feeds import Entry, calendar
from portal.languages.i18n import current_language
from portal.languages.words import in_words
from portal.partnership.file import current_partnership
from portal.profiles import activities, services
from portal.profiles.models import ActivityState
from portal.profiles.scopes import Scope
from portal.profiles.services import ChangedMeanwhile
from portal.profiles.volt import around
from portal.reporting.figures import last_day, report_figures
from portal.staff.access import blueprint, officer, only
from portal.staff.activity_owners import possible_owners
from portal.staff.colleagues import names_of, whose_work_is_free
from portal.staff.profile_document import around_rows
from portal.staff.profile_forms import ABOUT, DIRECTIONS, ActivityForm, RecordForm
from portal.staff.profile_tabs import READS, profile_tabs
from portal.staff.profile_words import (
    STATES,
    area_words,
    areas,
    days_words,
    month_alone,
    priority_choices,
    scope_words,
)
from portal.web import errors

CALENDAR = "/profiles/activity"
ONE = f"{CALENDAR}/<uuid:activity_id>"
FIRST_YEAR = 2020
YEARS_AHEAD = 3


def _year(text: str | None) -> int:
    """The year that an address names; else this one."""
    asked = int(text) if text and text.isascii() and text.isdecimal() and len(text) == len("2026") else 0
    return asked if FIRST_YEAR <= asked <= today().year + YEARS_AHEAD else today().year


@blueprint.get(CALENDAR, endpoint="activity_calendar")
@only(*READS)
def activity_calendar() -> str:
    """A year, `?year=2026`, or one month of it, `&month=10`; with days that are worth a plan."""
    year = _year(request.args.get("year"))
    asked = request.args.get("month", "")
    month = int(asked) if asked in {str(number) for number in range(1, 13)} else 0
    first, last = (date(year, month or 1, 1), last_day(date(year, month or 12, 1)))
    found = activities.activities_between(first, last)
    days = list(activities.seasonal_days(first, last))
    busy = activities.last_surges(report_figures())
    months = []
    for number in [month] if month else range(1, 13):
        begins = date(year, number, 1)
        ends = last_day(begins)
        months.append(
            (
                begins,
                [one for one in found if one.first_on <= ends and one.last_on >= begins],
                [
                    (in_words(day.name), *span, span[1] >= today())
                    for day, *span in days
                    if span[0] <= ends and span[1] >= begins
                ],
                [(ABOUT[about], season) for about, season in busy if season.month.month == number],
            )
        )
    return render_template(
        "staff/activity_calendar.html",
        tab_links=profile_tabs("calendar"),
        year=year,
        month=first if month else None,
        months=months,
        overdue=[one for one in activities.activities_between(date(FIRST_YEAR, 1, 1), today()) if activities.is_overdue(one, today())],
        **_of_people({one.owner_id for one in found}),
        month_of=lambda number: month_alone(date(year, number, 1)),
        area_words=area_words,
        days_words=days_words,
        states=STATES,
        is_over=activities.is_over,
        today=today(),
        can_go_on=year < today().year + YEARS_AHEAD,
        can_go_back=year > FIRST_YEAR,
    )  # fmt: skip


def _of_people(ids: set[uuid.UUID]) -> dict[str, Any]:
    return {"names": names_of(ids), "left": whose_work_is_free().keys()}


@blueprint.get(f"{CALENDAR}/<int:year>.ics", endpoint="activity_calendar_file")
@only(*READS)
def calendar_file(year: int) -> Response:
    """A year for a colleague's own calendar."""
    if not FIRST_YEAR <= year <= today().year + YEARS_AHEAD:
        abort(404)
    found = activities.activities_between(date(year, 1, 1), date(year, 12, 31))
    body = calendar(map(_entry, found), _("Planned activity"), current_language().code)
    return Response(
        body,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="activity-{year}.ics"'},
    )


def _entry(activity: Any) -> Entry:
    """Whole days, from midnight to midnight by the partnership's clock."""
    address = url_for(".activity", activity_id=activity.id, _external=True)
    return Entry(
        uid=str(activity.id),
        starts_at=datetime.combine(activity.first_on, time(), LOCAL_TIME),
        ends_at=datetime.combine(activity.last_on + timedelta(days=1), time(), LOCAL_TIME),
        changed_at=activity.changed_at,
        sequence=activity.edition,
        is_cancelled=activity.state is ActivityState.NOT_DONE,
        title=activity.title,
        text=f"{activity.agencies}\n{address}",
        location=area_words(activity.place_group),
        url=address,
    )


@blueprint.route(f"{CALENDAR}/new", methods=["GET", "POST"], endpoint="plan_activity")
@only(*READS)
def plan_activity() -> AnyResponse | str:
    """Its days, its name and its profile may be in the address: `?day=2026-10-31&title=Halloween&profile=…`."""
    profile = _asked_profile()
    day = _asked_day(request.args.get("day"))
    filled = {
        "first_on": day,
        "last_on": _asked_day(request.args.get("to")) or day,
        "title": request.args.get("title", "")[:100],
        "profile": str(profile.profile_id) if profile else "",
        "about": profile.about.value if profile else "all",
        "place_group": profile.place_group if profile else "",
        "priority": profile.written["priority"] if profile else "",
        "owner": str(officer().staff.id),
        "activity_id": str(random_id()),
    }
    form = ActivityForm(data=filled)
    _offer(form, None)
    if form.validate_on_submit():
        activity_id = form.new_id
        try:
            with transaction() as db:
                activities.plan_activity(db, activity_id, form.plan, officer().display_name)
                audit.record(db, officer().staff.name, Action.PLANNED_ACTIVITY, str(activity_id))
        except ChangedMeanwhile:
            # The same page was sent twice: it is planned.
            session.expire_all()
        return redirect(url_for(".activity", activity_id=activity_id), 303)
    return render_template("staff/activity_form.html", form=form, activity=None)


def _asked_profile() -> Any:
    try:
        found = services.versions_of(uuid.UUID(request.args.get("profile", "")))
    except ValueError:
        return None
    return found[0] if found else None


def _asked_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _offer(form: ActivityForm, activity: Any) -> None:
    """What may be chosen, and what stands there already: a colleague who has left is chosen anew."""
    profiles, priorities, places = services.titles(), priority_choices(), areas()
    if activity is not None:
        places.setdefault(activity.place_group, area_words(activity.place_group))
        if activity.priority:
            priorities.setdefault(activity.priority, activity.priority)
    form.offer(places, possible_owners(), profiles, priorities)


def _found(activity_id: uuid.UUID) -> Any:
    return activities.find_activity(activity_id) or abort(404)


@blueprint.get(ONE, endpoint="activity")
@only(*READS)
def activity(activity_id: uuid.UUID) -> str:
    """The plan, what came of it, and how many reports there were before and after."""
    return _activity_page(_found(activity_id), None)


def _activity_page(found: Any, form: RecordForm | None, *, changed: bool = False) -> str:
    scope, spans = Scope(found.about, found.place_group), around(found.first_on, found.last_on)
    if form is None and found.first_on <= today():
        kept = None if found.state is ActivityState.PLANNED else found.state
        form = RecordForm(formdata=None, seen=str(found.edition), state=kept, said=found.said, came=found.came)
    priority = current_partnership().localised(current_language().code).find_priority(found.priority)
    rows = [
        (_("The same months a year before"), spans.year_before),
        (_("The months of the activity"), spans.during),
        (_("Straight after"), spans.after),
    ]
    return render_template(
        "staff/activity.html",
        activity=found,
        scope_words=scope_words(scope),
        direction=DIRECTIONS[found.direction],
        state=STATES[found.state],
        days=days_words(found.first_on, found.last_on),
        profile=next(iter(services.versions_of(found.profile_id)), None) if found.profile_id else None,
        priority=priority,
        rows=around_rows(report_figures(), scope, rows),
        form=form,
        changed=changed,
        is_over=activities.is_over(found, today()),
        is_overdue=activities.is_overdue(found, today()),
        **_of_people({found.owner_id}),
    )


@blueprint.route(f"{ONE}/change", methods=["GET", "POST"], endpoint="change_activity")
@only(*READS)
def change_activity(activity_id: uuid.UUID) -> AnyResponse | str:
    """Change the plan, until it is said what came of it."""
    found = _found(activity_id)
    if found.state is not ActivityState.PLANNED:
        return errors.page(
            409,
            _("It is said already what came of it"),
            _("The plan stays as it was. Plan another activity."),
            ways_on=[(_("Calendar of activity"), url_for(".activity_calendar"))],
        )
    filled = {
        "title": found.title, "first_on": found.first_on, "last_on": found.last_on, "about": found.about.value,
        "place_group": found.place_group, "direction": found.direction.value, "agencies": found.agencies,
        "owner": str(found.owner_id), "profile": str(found.profile_id or ""), "priority": found.priority,
    }  # fmt: skip
    form = ActivityForm(data=filled | {"seen": str(found.edition)})
    _offer(form, found)
    if form.validate_on_submit():
        try:
            with transaction() as db:
                activities.change_activity(db, activity_id, _seen(form), form.plan, officer().display_name)
                audit.record(db, officer().staff.name, Action.PLANNED_ACTIVITY, f"{activity_id} change")
        except ChangedMeanwhile:
            session.expire_all()
            form.seen.data = str(_found(activity_id).edition)
            form.title.errors = [_("A colleague has changed it meanwhile. Look at theirs in another window, then send yours again.")]  # fmt: skip
        else:
            return redirect(url_for(".activity", activity_id=activity_id), 303)
    return render_template("staff/activity_form.html", form=form, activity=found)


def _seen(form: Any) -> int:
    """The edition that the page was made on; none where somebody wrote what is no number."""
    text = form.seen.data or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < len("1000000000") else -1


@blueprint.post(f"{ONE}/record", endpoint="record_activity")
@only(*READS)
def record_activity(activity_id: uuid.UUID) -> AnyResponse | str:
    """Say what was done and what came of it, or why it was not done."""
    found, form = _found(activity_id), RecordForm()
    if found.first_on > today():
        return redirect(url_for(".activity", activity_id=activity_id), 303)
    if not form.validate_on_submit():
        return _activity_page(found, form)
    state = ActivityState(form.state.data)
    came = (form.came.data or "") if state is ActivityState.DONE else ""
    try:
        with transaction() as db:
            activities.record_activity(
                db, activity_id, _seen(form), state, form.said.data or "", came, officer().display_name
            )
            audit.record(db, officer().staff.name, Action.RECORDED_ACTIVITY, str(activity_id))
    except ChangedMeanwhile:
        session.expire_all()
        now = _found(activity_id)
        form.seen.data = str(now.edition)
        return _activity_page(now, form, changed=True)
    return redirect(url_for(".activity", activity_id=activity_id), 303)
