"""What stands in the way of a step of a panel, and until when a second look can be asked for."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from portal.partnership.working_days import working_days_after


class Obstacle(enum.StrEnum):
    NOT_ACCEPTED = "not_accepted"
    """Only an accepted review has a panel at work."""
    NO_MEETING = "no_meeting"
    NOT_YET = "not_yet"
    """Its day is still to come."""
    NO_CHAIR = "no_chair"
    CHAIR_ABSENT = "chair_absent"
    NOBODY_ELSE = "nobody_else"
    """A chair alone is no panel."""
    NOT_INVITED = "not_invited"
    IN_CONFLICT = "in_conflict"
    IS_MEMBER = "is_member"
    HELD = "held"
    NOT_HELD = "not_held"
    AGREED = "agreed"
    CHANGED = "changed"
    """Somebody else wrote meanwhile."""
    TOLD = "told"
    NOT_TOLD = "not_told"
    OWNER_LEFT = "owner_left"
    SWITCHED_OFF = "switched_off"
    TOO_LATE = "too_late"
    ASKED = "asked"
    NOT_ASKED = "not_asked"
    TOO_MUCH = "too_much"


class CannotDo(Exception):
    """The step cannot be done; nothing was stored."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle.value)
        self.obstacle = obstacle


@dataclass(frozen=True)
class Seat:
    """A member as far as counting goes."""

    id: object
    sits: bool
    is_chair: bool


def why_not_held(
    seats: Collection[Seat], attended: Collection[object], *, meets_on: date | None, is_invited: bool, on: date
) -> Obstacle | None:
    """What keeps a meeting from being closed as held on this day, the gravest first; None where nothing does.

    `is_invited` also where a written reason says why the applicant was not.
    """
    here = [seat for seat in seats if seat.id in attended]
    if meets_on is None:
        return Obstacle.NO_MEETING
    if meets_on > on:
        return Obstacle.NOT_YET
    if not all(seat.sits for seat in here) or len(here) != len(set(attended)):
        return Obstacle.IN_CONFLICT
    if not any(seat.is_chair and seat.sits for seat in seats):
        return Obstacle.NO_CHAIR
    if not any(seat.is_chair for seat in here):
        return Obstacle.CHAIR_ABSENT
    if len(here) == 1:
        return Obstacle.NOBODY_ELSE
    return None if is_invited else Obstacle.NOT_INVITED


def last_day_to_ask(told_on: date, working_days: int, holidays: Iterable[date]) -> date:
    """On which a second look can be asked for; the day on which the outcome was told is not counted."""
    return working_days_after(told_on, working_days, holidays)
