"""What reporters of closed reports said of it: whether they felt listened to, and whether they feel safer; as counts from 10 on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.db import session, today
from portal.reporting.count_models import ReportCount
from portal.reporting.counts import of_kind
from portal.reporting.models import INCIDENTS, Kind
from portal.reporting.questions.helped import HELPED as HELPED
from portal.reporting.questions.helped import HELPED_QUESTIONS as HELPED_QUESTIONS
from portal.reporting.unsafe_places import MIN_SHOWN, rounded


@dataclass(frozen=True)
class Verdict:
    """Of a kind of report, or (None) of all together: `answered` and what is in `times`, by answer, are rounded to 5.

    An answer that fewer than 10 gave is not in `times`; where fewer than 10 answered at all, `answered` is None.
    """

    kind: Kind | None
    answered: int | None
    times: Mapping[str, int]


def quarters() -> list[date]:
    """The first days of the quarters that have answers and are over, newest first.

    In a quarter that still runs, each look would tell what came since the last.
    """
    wanted = select(ReportCount.month).where(ReportCount.question.in_(HELPED_QUESTIONS)).distinct()
    begun = {_quarter(month) for month in session.scalars(wanted)}
    return sorted((each for each in begun if each < _quarter(today())), reverse=True)


def _quarter(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def verdicts_of(quarter: date) -> dict[str, list[Verdict]]:
    """By question, all reports first and then each kind."""
    ends = date(quarter.year + quarter.month // 10, (quarter.month + 2) % 12 + 1, 1)
    rows = select(ReportCount.question, ReportCount.answer, ReportCount.times).where(
        ReportCount.month >= quarter, ReportCount.month < ends
    )
    counted: dict[str, Counter[str]] = {}
    for question, answer, times in session.execute(rows):
        counted.setdefault(question, Counter())[answer] += times
    nobody: Counter[str] = Counter()
    return {
        question: [
            _verdict(None, counted.get(question, nobody)),
            *(_verdict(kind, counted.get(of_kind(question, kind), nobody)) for kind in INCIDENTS),
        ]
        for question in HELPED_QUESTIONS
    }


def _verdict(kind: Kind | None, counts: Mapping[str, int]) -> Verdict:
    total = sum(counts.values())
    if total < MIN_SHOWN:
        return Verdict(kind, None, {})
    return Verdict(
        kind, rounded(total), {answer: rounded(times) for answer, times in counts.items() if times >= MIN_SHOWN}
    )
