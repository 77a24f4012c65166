"""The MARAC in numbers, without a name, through the rules of small counts: by quarter, counted once when it is over.

What ends later, is corrected or is deleted changes no quarter that was: only what may be told is kept, and nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal.db import session, today, transaction
from portal.marac.models import ActionState, MaracAction, MaracCase, MaracItem, MaracMeeting, MaracQuarter
from portal.partnership.file import current_partnership
from portal.small_counts import Shown, ShownCounts, month_after

ALL = "all"
FIRST, REPEAT = "first", "repeat"
LOWER, SAME, HIGHER = "lower", "same", "higher"
IN_TIME, NOT_IN_TIME = "in_time", "not_in_time"
QUARTERS = 8
Counts = defaultdict[date, dict[str, int]]
Tables = dict[str, ShownCounts]


@dataclass(frozen=True)
class Quarter:
    """What may be told of one quarter, by figure."""

    first: date
    frozen_on: date
    told: Mapping[str, Shown]


def quarterly() -> list[Quarter]:
    """The newest quarters that are over, the newest first; none before the first in which something was counted."""
    freeze_quarters()
    rows = session.scalars(select(MaracQuarter).order_by(MaracQuarter.first.desc()).limit(QUARTERS))
    return [Quarter(row.first, row.frozen_on, _told(row)) for row in rows]


def told_in(first: date) -> Mapping[str, Shown]:
    """What may be told of the quarter that begins then, by figure; nothing of one that is not over."""
    freeze_quarters()
    row = session.get(MaracQuarter, first)
    return _told(row) if row is not None else {}


def freeze_quarters() -> None:
    """Keep what may be told of each quarter that is over and not kept yet, in a transaction of its own.

    By the worker before anything ends, or by whoever looks first: nobody has seen other numbers before.
    """
    last = _last_over()
    if session.scalar(select(func.max(MaracQuarter.first))) == _last_quarter(last):
        return
    # Of two at once one is quicker; both have counted the same.
    with suppress(IntegrityError), transaction() as db:
        kept = db.scalar(select(func.max(MaracQuarter.first)))
        whole, parts, months = _tables(last)
        quarter = month_after(kept, 3) if kept is not None else _quarter_of(min(months)) if months else None
        while quarter is not None and quarter <= _last_quarter(last):
            told = _over(whole, parts, quarter, month_after(quarter, 2))
            numbers = {figure: [shown.number, int(shown.is_all)] for figure, shown in told.items()}
            db.add(MaracQuarter(first=quarter, frozen_on=today(), told=numbers))
            quarter = month_after(quarter, 3)


def _told(row: MaracQuarter) -> defaultdict[str, Shown]:
    """A figure that was not counted yet is not known."""
    known = {figure: Shown(number, bool(is_all)) for figure, (number, is_all) in row.told.items()}
    return defaultdict(lambda: Shown(0, is_all=False), known)


def _last_over() -> date:
    return month_after(today().replace(day=1), -1)


def _over(whole: Tables, parts: Tables, first: date, last: date) -> dict[str, Shown]:
    told = {name: table.over(first, last, ALL) for name, table in whole.items()}
    return told | {answer: table.over(first, last, answer) for table in parts.values() for answer in table.answers}


def _tables(last: date) -> tuple[Tables, Tables, list[date]]:
    """The totals, their parts, and the months in which something was counted."""
    referred, heard, actions = _referred(), _heard(), _actions()
    whole = {
        "referred": ShownCounts(_sums(referred), [ALL], last),
        "heard": ShownCounts(_sums(heard), [ALL], last),
        "actions": ShownCounts(_sums(actions), [ALL], last),
    }
    parts = {
        "referred": ShownCounts(referred, [FIRST, REPEAT], last, (whole["referred"], ALL)),
        "heard": ShownCounts(heard, [LOWER, SAME, HIGHER], last, (whole["heard"], ALL)),
        "actions": ShownCounts(actions, [IN_TIME, NOT_IN_TIME], last, (whole["actions"], ALL)),
    }
    return whole, parts, [month for counted in (referred, heard, actions) for month in counted if month <= last]


def _quarter_of(month: date) -> date:
    """Its first day."""
    return date(month.year, (month.month - 1) // 3 * 3 + 1, 1)


def _last_quarter(last: date) -> date:
    """The newest one whose last month is over."""
    return _quarter_of(month_after(last, -2))


def _sums(counts: Counts) -> dict[date, dict[str, int]]:
    return {month: {ALL: sum(found.values())} for month, found in counts.items()}


def _add(counts: Counts, day: date, answer: str) -> None:
    month = counts[day.replace(day=1)]
    month[answer] = month.get(answer, 0) + 1


def _referred() -> Counts:
    counts: Counts = defaultdict(dict)
    for day, is_repeat in session.execute(select(MaracCase.referred_on, MaracCase.is_repeat)):
        _add(counts, day, REPEAT if is_repeat else FIRST)
    return counts


def _heard() -> Counts:
    """By the risk before and after, by the day on which the minutes were agreed: none comes once a quarter is over."""
    counts: Counts = defaultdict(dict)
    height = current_partnership().marac.height
    heard = select(MaracMeeting.agreed_on, MaracItem.risk_before, MaracItem.risk_after)
    heard = heard.join(MaracItem, MaracItem.meeting_id == MaracMeeting.id)
    for day, before, after in session.execute(heard.where(MaracMeeting.agreed_on.is_not(None), MaracItem.is_heard)):
        change = height(after) - height(before)
        assert day is not None
        _add(counts, day, LOWER if change < 0 else HIGHER if change > 0 else SAME)
    return counts


def _actions() -> Counts:
    """By the month in which they were to be done."""
    counts: Counts = defaultdict(dict)
    asked = select(MaracAction.due_on, MaracAction.state, MaracAction.settled_on)
    for due_on, state, settled_on in session.execute(asked.where(MaracAction.due_on < today())):
        is_in_time = state is ActionState.DONE and settled_on is not None and settled_on <= due_on
        _add(counts, due_on, IN_TIME if is_in_time else NOT_IN_TIME)
    return counts
