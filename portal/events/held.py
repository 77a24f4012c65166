"""Events that are over: how many were held, in how many places, and for whom they were easy to come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import aliased

from portal.db import LOCAL_TIME, session, utcnow
from portal.events.afterwards_models import EventOutcome
from portal.events.models import AccessFact, Event, EventKind, EventState, ForWhom, Occurrence
from portal.events.services import places
from portal.partnership.awareness import hate_crime_week
from portal.small_counts import is_small, rounded


@dataclass(frozen=True)
class Held:
    """`parishes` of `all_parishes` had an event; the counts after them are of the events held."""

    held: int
    cancelled: int
    parishes: int
    all_parishes: int
    step_free: int
    sign_language: int
    languages: Sequence[str]
    """In which there was one beside English, BCP 47."""
    other_languages: int
    """Events with such a language."""
    interpreted_or_step_free: int
    awareness_week: int
    """Events in National Hate Crime Awareness Week."""
    days_of_action: int
    groups: int
    """Of `all_groups`, those for whom there was one."""
    all_groups: int
    counted: int
    """Events to which ten people or more came, as somebody said: the base of the attendance."""
    attendance: int | None
    """As `attendance_of` tells it."""

    @property
    def planned(self) -> int:
        return self.held + self.cancelled


def held_events(first: date, last: date) -> Held:
    """Of the days from the first to the last, as far as they are over; each time of an event counts, on the day on which it ends."""
    start = datetime.combine(first, time(), LOCAL_TIME)
    end = min(datetime.combine(last + timedelta(days=1), time(), LOCAL_TIME), utcnow())
    found = session.execute(
        select(
            Event.place_code,
            Event.languages,
            Event.access,
            Event.kind,
            Event.for_whom,
            Occurrence.starts_at,
            EventOutcome.came,
            took_place().label("takes_place"),
        )
        .join(Occurrence)
        .outerjoin(
            EventOutcome,
            and_(EventOutcome.event_id == Occurrence.event_id, EventOutcome.planned_on == Occurrence.planned_on),
        )
        .where(Event.state != EventState.DRAFT, Occurrence.ends_at >= start, Occurrence.ends_at < end)
    ).all()
    held = [event for event in found if event.takes_place]
    with_others = [set(event.languages) - {"en"} for event in held]
    came = [event.came for event in held if event.came is not None]
    parishes = {parish.code for parish in places().parishes if not parish.retired}
    return Held(
        len(held),
        len(found) - len(held),
        len({_parish(event.place_code) for event in held} & parishes),
        len(parishes),
        sum(event.access.get(AccessFact.STEP_FREE) == "yes" for event in held),
        sum(event.access.get(AccessFact.SIGN_LANGUAGE) == "yes" for event in held),
        sorted(set().union(*with_others)),
        sum(map(bool, with_others)),
        sum(
            bool(others)
            or any(event.access.get(fact) == "yes" for fact in (AccessFact.STEP_FREE, AccessFact.SIGN_LANGUAGE))
            for event, others in zip(held, with_others, strict=True)
        ),
        sum(is_in_awareness_week(event.starts_at.astimezone(LOCAL_TIME).date()) for event in held),
        sum(event.kind is EventKind.ACTION for event in held),
        len({group for event in held for group in event.for_whom} & set(ForWhom)),
        len(ForWhom),
        sum(not is_small(each) for each in came),
        attendance_of(came),
    )


def attendance_of(came: Sequence[int]) -> int | None:
    """How many came to dates of ten people or more, to the nearest 5; None where there is none.

    The page of a date with fewer says no number, and a sum with them could: of two such dates 18 people would be 9 and 9.
    """
    return rounded(sum(each for each in came if not is_small(each))) or None


def took_place() -> Any:
    """Whoever cancels an event that comes again does not undo the times that were over: nothing changes it afterwards."""
    other = aliased(Occurrence)
    comes_again = exists().where(other.event_id == Event.id, other.planned_on != Occurrence.planned_on)
    was_over = and_(comes_again, Occurrence.ends_at < Event.changed_at)
    return and_(~Occurrence.is_cancelled, or_(Event.state == EventState.PUBLISHED, was_over))


def is_in_awareness_week(day: date) -> bool:
    """National Hate Crime Awareness Week: the second Saturday of October to the third, both with it (17-24-30)."""
    first, last = hate_crime_week(day.year)
    return first <= day <= last


def _parish(place_code: str | None) -> str | None:
    """An estate counts for the parish it lies in."""
    place = places().find(place_code) if place_code else None
    return place.parish if place is not None else None
