"""Working days: what a promise is counted in, and by how many a pause puts it off."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal import db, outbox
from portal.partnership.file import EXAMPLE, load
from portal.partnership.working_days import is_working_day, working_days_after, working_days_between

HOLIDAYS = load(EXAMPLE).bank_holidays
DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))
A_FEW = st.integers(0, 40)


@given(day=DAYS, n=st.integers(0, 60))
def test_so_many_working_days_after_a_day_lie_so_many_between(day: date, n: int) -> None:
    due = working_days_after(day, n, HOLIDAYS)
    assert working_days_between(day, due, HOLIDAYS) == n
    assert n == 0 or is_working_day(due, HOLIDAYS)


@given(start=DAYS, n=st.integers(1, 30), before=A_FEW, waited=A_FEW)
def test_a_pause_puts_a_day_off_by_exactly_the_working_days_it_took_and_never_earlier(
    start: date, n: int, before: int, waited: int
) -> None:
    due = working_days_after(start, n, HOLIDAYS)
    paused = start + timedelta(before)
    took = working_days_between(paused, paused + timedelta(waited), HOLIDAYS)
    later = working_days_after(due, took, HOLIDAYS)
    assert later >= due
    assert working_days_between(due, later, HOLIDAYS) == took
    # What was left of the promise when it was paused is left when it runs again.
    if before <= (due - start).days:
        left = working_days_between(paused, due, HOLIDAYS)
        assert working_days_between(paused + timedelta(waited), later, HOLIDAYS) == left


@given(day=DAYS, first=A_FEW, second=A_FEW)
def test_a_pause_in_two_parts_takes_as_long_as_the_whole(day: date, first: int, second: int) -> None:
    middle, end = day + timedelta(first), day + timedelta(first + second)
    whole = working_days_between(day, end, HOLIDAYS)
    assert whole == working_days_between(day, middle, HOLIDAYS) + working_days_between(middle, end, HOLIDAYS)


@pytest.mark.parametrize(
    ("paused", "again", "took"),
    [
        (date(2026, 12, 24), date(2026, 12, 29), 1),  # Christmas, a weekend and a substitute day
        (date(2026, 12, 31), date(2027, 1, 4), 1),  # the year's end
        (date(2026, 12, 18), date(2027, 1, 8), 12),
        (date(2027, 3, 25), date(2027, 3, 30), 1),  # Easter, in which the clocks go forward
        (date(2026, 10, 23), date(2026, 10, 26), 1),  # the clocks go back
        (date(2026, 11, 21), date(2026, 11, 22), 0),  # a weekend
        (date(2026, 11, 27), date(2026, 11, 27), 0),
        (date(2026, 11, 27), date(2026, 11, 20), 0),
    ],
)
def test_holidays_weekends_and_nights_on_which_the_clocks_change_take_no_working_day(
    paused: date, again: date, took: int
) -> None:
    assert working_days_between(paused, again, HOLIDAYS) == took


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), date(2026, 10, 25)),  # summer: past midnight here
        (datetime(2026, 10, 25, 23, 30, tzinfo=UTC), date(2026, 10, 25)),  # the clocks went back in that night
        (datetime(2027, 3, 27, 23, 30, tzinfo=UTC), date(2027, 3, 27)),
        (datetime(2027, 3, 28, 23, 30, tzinfo=UTC), date(2027, 3, 29)),  # the clocks went forward
    ],
)
def test_a_day_begins_at_midnight_here_on_both_sides_of_a_clock_change(
    moment: datetime, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Then(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return moment.astimezone(tz)  # type: ignore[arg-type]

    monkeypatch.setattr(db, "datetime", Then)
    assert db.today() == day


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        (datetime(2026, 11, 27, 8, 29, tzinfo=UTC), datetime(2026, 11, 27, 8, 30, tzinfo=UTC)),
        (datetime(2026, 11, 27, 8, 30, tzinfo=UTC), datetime(2026, 11, 30, 8, 30, tzinfo=UTC)),
        (datetime(2026, 10, 23, 12, 0, tzinfo=UTC), datetime(2026, 10, 26, 8, 30, tzinfo=UTC)),
        (datetime(2027, 3, 25, 12, 0, tzinfo=UTC), datetime(2027, 3, 30, 7, 30, tzinfo=UTC)),
        (datetime(2026, 12, 31, 12, 0, tzinfo=UTC), datetime(2027, 1, 4, 8, 30, tzinfo=UTC)),
    ],
)
@pytest.mark.same_on_both
def test_reminders_go_on_working_mornings_at_half_past_eight_here(
    bare_app: Flask, now: datetime, morning: datetime
) -> None:
    with bare_app.app_context():
        assert outbox.next_morning(now) == morning
