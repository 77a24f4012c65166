"""Calendar editors plan the year: awareness days and festivals by month, what serves them, and where nothing is planned."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from itertools import groupby

from flask import abort, redirect, render_template, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import today, transaction, utcnow
from portal.events import planning
from portal.events.awareness_words import cautions, month_of, when
from portal.events.services import ChangedMeanwhile
from portal.languages.i18n import current_language
from portal.partnership.awareness import current_awareness
from portal.partnership.file import current_partnership
from portal.staff.access import blueprint, officer, only
from portal.staff.models import Role
from portal.staff.planning_forms import AwarenessDatesForm, boxes

MONTHS = 18
# Of more events that serve one day, the rest are counted.
MOST_EVENTS = 6
YEARS_AHEAD = 3
ONE_DATE = "/events/planning/<code>/<int:year>"


@blueprint.get("/events/planning", endpoint="event_planning")
@only(Role.CALENDAR_EDITOR)
def event_planning() -> str:
    partnership, first = current_partnership(), today()
    chosen = request.args.get("priority", "")
    chosen = chosen if partnership.find_priority(chosen) else ""
    last = _months_later(first.replace(day=1), MONTHS) - timedelta(days=1)
    times = planning.planned_times(first.replace(day=1), last)
    found = planning.coming(first, last, chosen)
    dated = [one for one in found if one.span or one.usual_month]
    plan = planning.served(dated, times, MOST_EVENTS)
    language = current_language().code
    return render_template(
        "staff/event_planning.html",
        months=[(month, list(of_month)) for month, of_month in groupby(plan, lambda one: month_of(one.coming, first))],
        open_ended=[one for one in found if not (one.span or one.usual_month)],
        most=MOST_EVENTS,
        counts=[one for one in planning.by_priority(times, first, language) if not chosen or one.code == chosen],
        chosen=chosen,
        priorities=[(one.code, one.title.in_(language)) for one in partnership.priorities],
        ending_tables=current_awareness().ending_tables(last),
        meetings=[_meeting(first.year), _meeting(first.year + 1)],
        when=when,
        cautions=cautions,
        today=first,
    )


def _meeting(year: int) -> tuple[int, tuple[uuid.UUID, datetime] | None, bool]:
    """The year, the one event in it at which people have their say, and whether that is over."""
    found = planning.public_meeting(year)
    return year, found, found is not None and found[1] < utcnow()


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return day.replace(year=day.year + years, month=month + 1)


@blueprint.route(ONE_DATE, methods=["GET", "POST"], endpoint="awareness_dates")
@only(Role.CALENDAR_EDITOR)
def awareness_dates(code: str, year: int) -> Response | str:
    """Write down what an organiser announced. Whoever saves second sees what is stored, and decides."""
    day = current_awareness().find(code)
    if day is None or not day.is_confirmed_by_staff or not today().year - 1 <= year <= today().year + YEARS_AHEAD:
        abort(404)
    stored = planning.find_date(code, year)
    suggested = (stored.first, stored.last) if stored else next(iter(day.spans(year)), None)
    form = AwarenessDatesForm(
        data={
            "first": boxes(suggested[0]) if suggested else {},
            "last": boxes(suggested[1]) if suggested else {},
            "seen": stored.sequence if stored else -1,
        }
    )
    is_changed_meanwhile = False
    if form.validate_on_submit() and form.is_right_for(year):
        try:
            with transaction() as db:
                if planning.confirm_dates(db, code, form.span, officer().staff.name, form.seen.data):
                    audit.record(db, officer().staff.name, Action.CONFIRMED_AWARENESS_DATE, f"{code}/{year}")
            return redirect(url_for(".event_planning"), 303)
        except (ChangedMeanwhile, IntegrityError):  # or both were the first to save
            stored = planning.find_date(code, year)
            form.seen.show(stored.sequence if stored else -1)
            is_changed_meanwhile = True
    return render_template(
        "staff/awareness_dates.html",
        form=form,
        one=planning.Coming(day=day, year=year, span=(stored.first, stored.last) if stored else None, confirmed=stored),
        is_changed_meanwhile=is_changed_meanwhile,
        when=when,
    )
