"""The four numbers that the Act wants of each reporting period: counted as a draft, and public once a person published them.

Small numbers are not hidden here: section 104(9) and (10) asks for these four as they are. So nothing else is published
beside them: no month, no area, no kind, no case.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action
from portal.case_review.period_models import Correction, PublishedPeriod
from portal.case_review.period_numbers import counted_in
from portal.db import LOCAL_TIME, session, transaction
from portal.partnership.case_review import Period
from portal.web import caching


@dataclass(frozen=True)
class Numbers:
    """In the order of the Act."""

    applications: int
    not_met: int
    reviews: int
    with_recommendations: int

    @property
    def seen(self) -> str:
        """What a form carries, so that nothing is published but what was looked at."""
        return ".".join(map(str, astuple(self)))


NOTHING_LEFT = Numbers(0, 0, 0, 0)


@dataclass(frozen=True)
class Published:
    period: Period
    numbers: Numbers
    version: int
    correction: Correction | None
    published_on: date
    published_by: str


@dataclass(frozen=True)
class Draft:
    """A period that is over: as it counts today, and as it stands in public, if it does."""

    period: Period
    numbers: Numbers
    published: Published | None

    @property
    def is_changed(self) -> bool:
        """Where nothing is left to count its cases had their time, or were never kept here: what was published stays."""
        return self.published is not None and self.numbers != NOTHING_LEFT and self.published.numbers != self.numbers


class CannotPublish(Exception):
    """The numbers of a period stay as they are."""


class NumbersChanged(CannotPublish):
    """They are others than those that were looked at."""


class NeedsCorrection(CannotPublish):
    """It was published before with other numbers, and nobody said why."""


# So many periods are counted again each time; of older ones cases have been deleted, and what was published stays.
RECOUNTED = 3


def numbers_in(period: Period) -> Numbers:
    return Numbers(*counted_in(period.first, period.last))


def published_periods() -> list[Published]:
    """Of each period the version that stands, the newest period first."""
    rows = session.scalars(
        select(PublishedPeriod).order_by(PublishedPeriod.last.desc(), PublishedPeriod.version.desc())
    )
    newest: dict[str, PublishedPeriod] = {}
    for row in rows:
        newest.setdefault(row.code, row)
    return [_published(row) for row in newest.values()]


def drafts(ended: list[Period]) -> list[Draft]:
    """Of the newest periods that are over; `ended` begins with the newest."""
    standing = {one.period.code: one for one in published_periods()}
    return [Draft(period, numbers_in(period), standing.get(period.code)) for period in ended[:RECOUNTED]]


def publish_period(period: Period, seen: str, correction: Correction | None, by: str) -> None:
    """For everyone to see. The same numbers sent twice are published once. Raises CannotPublish."""
    with transaction() as db:
        audit.stand_in_line(db)
        numbers = numbers_in(period)
        if numbers.seen != seen:
            raise NumbersChanged
        before = _newest(db, period)
        if before is not None and numbers in (_numbers(before), NOTHING_LEFT):
            return
        if before is not None and correction is None:
            raise NeedsCorrection
        db.add(
            PublishedPeriod(
                code=period.code,
                version=before.version + 1 if before else 1,
                first=period.first,
                last=period.last,
                applications=numbers.applications,
                not_met=numbers.not_met,
                reviews=numbers.reviews,
                with_recommendations=numbers.with_recommendations,
                correction=correction if before else None,
                published_by=by,
            )
        )
        audit.record(db, by, Action.PUBLISHED_CASE_REVIEW_FIGURES, period.code)
        caching.publish(db)


def _newest(db: Session, period: Period) -> PublishedPeriod | None:
    of_period = select(PublishedPeriod).where(PublishedPeriod.code == period.code)
    return db.scalar(of_period.order_by(PublishedPeriod.version.desc()).limit(1))


def _numbers(row: PublishedPeriod) -> Numbers:
    return Numbers(row.applications, row.not_met, row.reviews, row.with_recommendations)


def _published(row: PublishedPeriod) -> Published:
    return Published(
        Period(first=row.first, last=row.last),
        _numbers(row),
        row.version,
        row.correction,
        row.published_at.astimezone(LOCAL_TIME).date(),
        row.published_by,
    )
