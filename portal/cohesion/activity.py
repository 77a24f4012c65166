"""What was done, quarter by quarter: published by a person, taken back, and given to the public page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.cohesion.activity_models import PublishedActivity
from portal.cohesion.releases import canonical
from portal.db import LOCAL_TIME, session, utcnow
from portal.web import caching

MOST_QUARTERS = 5
"""So many stand on the public page, the newest first: the last has its season of a year ago beside it."""


@dataclass(frozen=True)
class Kept:
    """A quarter that was published once: its document, the day on which it became public last, and whether it still is."""

    document: Mapping[str, Any]
    published_on: date
    is_public: bool


def kept_quarters() -> dict[str, Kept]:
    """By quarter, the newest first."""
    rows = session.scalars(select(PublishedActivity).order_by(PublishedActivity.quarter.desc()))
    return {
        row.quarter: Kept(
            json.loads(row.document), row.published_at.astimezone(LOCAL_TIME).date(), is_public=row.is_public
        )
        for row in rows
    }


def public_quarters() -> list[Kept]:
    return [one for one in kept_quarters().values() if one.is_public][:MOST_QUARTERS]


def is_any_quarter_public() -> bool:
    wanted = select(PublishedActivity.quarter).where(PublishedActivity.is_public).limit(1)
    return session.scalar(wanted) is not None


def publish_quarter(db: Session, document: Mapping[str, Any], by: str) -> None:
    """Make it public. What was kept of the quarter before stays as it was: two looks never show one person."""
    row = db.get(PublishedActivity, document["quarter"], with_for_update=True)
    if row is None:
        row = PublishedActivity(quarter=document["quarter"], document=canonical(document), published_by=by)
        try:
            with db.begin_nested():
                db.add(row)
        except IntegrityError:
            # A colleague was quicker, with the same quarter.
            return
    elif not row.is_public:
        row.is_public, row.published_at, row.published_by = True, utcnow(), by
    caching.publish(db)


def take_quarter_back(db: Session, quarter: str) -> bool:
    """Whether it was public."""
    row = db.get(PublishedActivity, quarter, with_for_update=True)
    if row is None or not row.is_public:
        return False
    row.is_public = False
    caching.publish(db)
    return True
