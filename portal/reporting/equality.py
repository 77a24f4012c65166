"""Who reports, as counts: answers are added to a month's count and kept nowhere else, and each sender answers once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import session, today, transaction, upsert
from portal.questions.question import Question
from portal.reporting.count_models import EqualityCount
from portal.reporting.models import INCIDENTS, Kind
from portal.reporting.questions.equality import EQUALITY_QUESTIONS, fitting
from portal.small_counts import LEAST
from portal.vault.drafts import Draft, Purpose, drop_draft, find_draft, new_draft

RIGHT_LASTS = timedelta(minutes=15)
MIN_SHOWN = LEAST
"""A smaller count is not shown: it could be about someone whom a reader knows."""


@dataclass(frozen=True)
class CountedQuestion:
    """A question with its options' words and, by kind of report, how often each was given; None below MIN_SHOWN."""

    question: Question
    options: list[tuple[Any, list[int | None]]]


def give_right(db: Session, kind: str) -> Draft:
    """The right to answer once, inside the caller's transaction: of the report it knows the kind and nothing else."""
    right = new_draft(Purpose.EQUALITY, {"kind": kind})
    right.save(db, idle=RIGHT_LASTS)
    return right


def has_right(token: str | None) -> bool:
    return find_draft(token, Purpose.EQUALITY) is not None


def count_answers(token: str | None, answers: Mapping[str, str]) -> None:
    """Add 1 for each answer and end the right; nothing where there is none: it is over, or the answers were sent twice."""
    with transaction() as db:
        right = find_draft(token, Purpose.EQUALITY, lock=True)
        if right is None:
            return
        drop_draft(db, right.token)
        key = {"month": today().replace(day=1), "kind": Kind(right.content["kind"])}
        for question, option in fitting(answers).items():
            row = key | {"question": question, "option": option}
            upsert(db, EqualityCount, row, {"times": 1}, add={"times": 1})


def counted_months() -> list[date]:
    """The months that have counts and are over, newest first.

    In a month that still runs, whoever looks before and after a report would see what its sender answered.
    """
    ended = select(EqualityCount.month).where(EqualityCount.month < today().replace(day=1)).distinct()
    return list(session.scalars(ended.order_by(EqualityCount.month.desc())))


def counts_of(month: date) -> list[CountedQuestion]:
    """What was answered in this month, question by question, in the order of INCIDENTS."""
    rows = session.scalars(select(EqualityCount).where(EqualityCount.month == month))
    times = {(row.kind, row.question, row.option): row.times for row in rows if row.times >= MIN_SHOWN}
    return [
        CountedQuestion(
            question,
            [
                (words, [times.get((kind, question.code, option)) for kind in INCIDENTS])
                for option, words in question.texts.items()
            ],
        )
        for question in EQUALITY_QUESTIONS
    ]
