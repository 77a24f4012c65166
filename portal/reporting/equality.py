"""Who reports, as counts: answers are added to a month's count and kept nowhere else, and each sender answers once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import session, today, transaction, upsert
from portal.questions.question import Question
from portal.reporting.count_models import EqualityCount
from portal.reporting.figures import last_month
from portal.reporting.models import INCIDENTS, Kind
from portal.reporting.questions.equality import EQUALITY_QUESTIONS, fitting
from portal.small_counts import Shown, ShownCounts
from portal.vault.drafts import Draft, Purpose, drop_draft, find_draft, new_draft

RIGHT_LASTS = timedelta(minutes=15)


@dataclass(frozen=True)
class CountedQuestion:
    """A question with its options' words and, by kind of report, what may be told of how often each was given."""

    question: Question
    options: list[tuple[Any, list[Shown]]]

    @property
    def shown(self) -> list[tuple[Any, list[Shown]]]:
        """Those of which something is told."""
        return [option for option in self.options if any(one.is_known for one in option[1])]

    @property
    def not_shown(self) -> list[Any]:
        return [words for words, times in self.options if not any(one.is_known for one in times)]


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


def first_month() -> date | None:
    """The first month that has counts and is over."""
    return session.scalar(select(func.min(EqualityCount.month)).where(EqualityCount.month <= last_month()))


def counts_of(first: date, last: date) -> list[CountedQuestion]:
    """What was answered from the first of these months to the last, question by question, in the order of INCIDENTS.

    In a month that still runs, whoever looks before and after a report would see what its sender answered. Months were shown
    one by one before quarters were, so a month of ten or more counts as known: see portal/small_counts.py.
    """
    over = last_month()
    counted: defaultdict[tuple[Kind, str], dict[date, dict[str, int]]] = defaultdict(dict)
    for row in session.scalars(select(EqualityCount).where(EqualityCount.month <= over)):
        counted[row.kind, row.question].setdefault(row.month, {})[row.option] = row.times
    found = []
    for question in EQUALITY_QUESTIONS:
        tables = [ShownCounts(counted[kind, question.code], list(question.texts), over) for kind in INCIDENTS]
        options = [
            (words, [table.over(first, last, code) for table in tables]) for code, words in question.texts.items()
        ]
        found.append(CountedQuestion(question, options))
    return found
