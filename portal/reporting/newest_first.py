"""Reports with the newest first, so many at a time: where a look through them goes on."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_, select, true

from portal.db import session
from portal.reporting.models import Report

ORDER = (Report.received_on.desc(), Report.id)


def mark(received_on: date, report_id: uuid.UUID) -> str:
    """The place of this report, for an address or a form."""
    return f"{received_on.isoformat()}.{report_id.hex}"


def read_mark(marked: str) -> tuple[date, uuid.UUID] | None:
    """None for whatever `mark` did not give."""
    day, _dot, report_id = marked.partition(".")
    try:
        found = date.fromisoformat(day), uuid.UUID(report_id)
    except ValueError:
        return None
    return found if mark(*found) == marked else None


def behind(marked: str) -> ColumnElement[bool]:
    """Those that come after the marked place; all of them, where there is none."""
    place = read_mark(marked)
    if place is None:
        return true()
    received_on, last = place
    return or_(Report.received_on < received_on, and_(Report.received_on == received_on, Report.id > last))


def received_in(month: str) -> ColumnElement[bool]:
    """Those of a month, as 2026-11; all of them, where it is empty."""
    if not month:
        return true()
    first = date.fromisoformat(f"{month}-01")
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return and_(Report.received_on >= first, Report.received_on < following)


def goes_on(marked: str, *which: ColumnElement[bool]) -> bool:
    """Whether any of those that are asked for come after the marked place."""
    return bool(session.scalar(select(exists().where(*which, behind(marked)))))
