"""Local days and times as moments, and back; the two nights on which the clocks change are told apart."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from portal.db import LOCAL_TIME


class NotOnTheClock(Exception):
    """In March the clocks go forward: an hour of that night does not exist."""


class TwiceOnTheClock(Exception):
    """In October the clocks go back: an hour of that night comes twice."""


def moment(day: date, at: time) -> datetime:
    """The moment at which the partnership's clocks show this. Raises NotOnTheClock or TwiceOnTheClock."""
    first, second = (datetime.combine(day, at.replace(fold=fold), LOCAL_TIME) for fold in (0, 1))
    found = first.astimezone(UTC)
    if first.utcoffset() == second.utcoffset():
        return found
    if found.astimezone(LOCAL_TIME).time() != at:
        raise NotOnTheClock
    raise TwiceOnTheClock


def local(at: datetime) -> datetime:
    return at.astimezone(LOCAL_TIME)


def clock(at: datetime) -> str:
    """18:30"""
    return local(at).strftime("%H:%M")


def week_ends(day: date) -> datetime:
    """The midnight after this week's Sunday."""
    return midnight(day + timedelta(days=7 - day.weekday()))


def month_ends(day: date) -> datetime:
    """The midnight after this month's last day."""
    return midnight((day.replace(day=28) + timedelta(days=4)).replace(day=1))


def midnight(day: date) -> datetime:
    """When the day begins."""
    return datetime.combine(day, time(), LOCAL_TIME).astimezone(UTC)
