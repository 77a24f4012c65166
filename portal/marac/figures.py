"""The MARAC in numbers: counts of months that are over, without a name, through the rules of small counts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.db import session, today
from portal.marac.models import ActionState, MaracAction, MaracCase, MaracItem, MaracMeeting
from portal.partnership.file import current_partnership
from portal.small_counts import Period, Shown, ShownCounts, month_after

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

    period: Period
    told: dict[str, Shown]


def quarterly() -> list[Quarter]:
    """The newest quarters that are over, the newest first; none before the first in which something was counted."""
    last = _last_over()
    whole, parts, months = _tables(last)
    found: list[Quarter] = []
    quarter = _quarter_of(last)
    while months and quarter.next > min(months) and len(found) < QUARTERS:
        ends = month_after(quarter.first, 2)
        if ends <= last:
            found.append(Quarter(quarter, _over(whole, parts, quarter.first, ends)))
        quarter = Period(month_after(quarter.first, -3), 3)
    return found


def told_over(first: date, last: date) -> dict[str, Shown]:
    """What may be told of these months, by figure."""
    whole, parts, _months = _tables(_last_over())
    return _over(whole, parts, first, last)


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


def _quarter_of(month: date) -> Period:
    return Period(date(month.year, (month.month - 1) // 3 * 3 + 1, 1), 3)


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
    """By the risk before and after, of meetings whose minutes are agreed."""
    counts: Counts = defaultdict(dict)
    height = current_partnership().marac.height
    heard = select(MaracMeeting.held_on, MaracItem.risk_before, MaracItem.risk_after)
    heard = heard.join(MaracItem, MaracItem.meeting_id == MaracMeeting.id)
    for day, before, after in session.execute(heard.where(MaracMeeting.agreed_on.is_not(None), MaracItem.is_heard)):
        change = height(after) - height(before)
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
