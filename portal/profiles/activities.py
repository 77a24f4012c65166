"""What partners plan for certain days, and what came of it: the calendar that the strategy wants of its JATAC meeting."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import session, utcnow
from portal.partnership.awareness import AwarenessDay, current_awareness
from portal.partnership.file import current_partnership
from portal.profiles.models import About, ActivityState, Direction, PlannedActivity
from portal.profiles.scopes import Scope, seasons_of
from portal.profiles.services import ChangedMeanwhile
from portal.profiles.volt import Season, surges
from portal.reporting.figures import Figures
from portal.small_counts import month_after

# What came of it is written within two weeks, while people still know.
TIME_TO_RECORD = timedelta(days=14)
SEASONAL_THEME = "neighbourhoods"
"""Days of the awareness year that serve a priority of this theme are offered as days to plan for."""


@dataclass(frozen=True)
class Plan:
    """What is to be done, when and where, by whom, and what it is meant to change."""

    title: str
    first_on: date
    last_on: date
    scope: Scope
    direction: Direction
    agencies: str
    owner_id: uuid.UUID
    profile_id: uuid.UUID | None = None
    priority: str = ""


def plan_activity(db: Session, activity_id: uuid.UUID, plan: Plan, by: str) -> None:
    """Raises ChangedMeanwhile where it is there already: the same page was sent twice."""
    if db.get(PlannedActivity, activity_id) is not None:
        raise ChangedMeanwhile
    activity = PlannedActivity(id=activity_id, state=ActivityState.PLANNED, changed_by=by)
    _fill(activity, plan)
    db.add(activity)


def change_activity(db: Session, activity_id: uuid.UUID, seen: int, plan: Plan, by: str) -> None:
    """Raises ChangedMeanwhile; also where what came of it is recorded already, for that was said of the plan as it is."""
    activity = _locked(db, activity_id, seen)
    if activity.state is not ActivityState.PLANNED:
        raise ChangedMeanwhile
    _fill(activity, plan)
    _touch(activity, by)


def record_activity(
    db: Session, activity_id: uuid.UUID, seen: int, state: ActivityState, said: str, came: str, by: str
) -> None:
    """What was done and what came of it; or why it was not done. It may be mended later. Raises ChangedMeanwhile."""
    activity = _locked(db, activity_id, seen)
    activity.state, activity.said, activity.came = state, said, came
    _touch(activity, by)


def _locked(db: Session, activity_id: uuid.UUID, seen: int) -> PlannedActivity:
    activity = db.get(PlannedActivity, activity_id, with_for_update=True, populate_existing=True)
    if activity is None or activity.edition != seen:
        raise ChangedMeanwhile
    return activity


def _fill(activity: PlannedActivity, plan: Plan) -> None:
    activity.title, activity.first_on, activity.last_on = plan.title, plan.first_on, plan.last_on
    activity.about, activity.place_group, activity.direction = (
        plan.scope.about, plan.scope.place_group, plan.direction,
    )  # fmt: skip
    activity.agencies, activity.owner_id = plan.agencies, plan.owner_id
    activity.profile_id, activity.priority = plan.profile_id, plan.priority


def _touch(activity: PlannedActivity, by: str) -> None:
    activity.edition += 1
    activity.changed_at, activity.changed_by = utcnow(), by


def find_activity(activity_id: uuid.UUID) -> PlannedActivity | None:
    return session.get(PlannedActivity, activity_id)


def activities_between(first: date, last: date) -> list[PlannedActivity]:
    """Those of which some day lies between these, both with it; in the order in which they begin."""
    found = select(PlannedActivity).where(PlannedActivity.first_on <= last, PlannedActivity.last_on >= first)
    return list(session.scalars(found.order_by(PlannedActivity.first_on, PlannedActivity.id)))


def activities_for(profile_id: uuid.UUID) -> list[PlannedActivity]:
    found = select(PlannedActivity).where(PlannedActivity.profile_id == profile_id)
    return list(session.scalars(found.order_by(PlannedActivity.first_on, PlannedActivity.id)))


def is_over(activity: PlannedActivity, day: date) -> bool:
    """Whether it waits for somebody to say what came of it."""
    return activity.state is ActivityState.PLANNED and activity.last_on < day


def is_overdue(activity: PlannedActivity, day: date) -> bool:
    return is_over(activity, day) and activity.last_on + TIME_TO_RECORD < day


def seasonal_days(first: date, last: date) -> Iterator[tuple[AwarenessDay, date, date]]:
    """Days of the awareness year between these for which activity is usual, such as Halloween."""
    served = {one.code for one in current_partnership().priorities if one.theme == SEASONAL_THEME}
    for day in current_awareness().days:
        if not served & {*day.priorities} or day.is_confirmed_by_staff:
            continue
        for year in range(first.year - 1, last.year + 1):
            for begins, ends in day.spans(year):
                if begins <= last and ends >= first:
                    yield day, begins, ends


def last_surges(figures: Figures) -> list[tuple[About, Season]]:
    """Of the last twelve months those in which more was reported than usual, of each kind in the whole area."""
    if figures.first is None:
        return []
    first = month_after(figures.last, -11)
    return [
        (about, season)
        for about in (About.HATE, About.ASB)
        for season in surges(seasons_of(figures, Scope(about), first, figures.last))
    ]
