"""How often something has happened again: sealed beside the messages, so that the officers' list need not open them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Self

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.db import random_id, session
from portal.reporting.models import Author, Message, Part, Report, ReportPart
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError

SERIES = "report.series/1"
# All that is kept takes less: a long series and none are one length.
SERIES_PAD = 1024
KEPT_DAYS = 50
WINDOW = timedelta(days=30)
MANY = 3


@dataclass(frozen=True)
class Series:
    """The further times that a reporter told of, after the first."""

    times: int = 0
    days: tuple[date, ...] = ()
    """Of the last of them, in the order of the calendar; where the day is not known, the day on which it was told."""
    hurt_on: date | None = None
    """The last day on which somebody was hurt."""

    @classmethod
    def read(cls, content: dict[str, Any]) -> Self:
        hurt_on = content["hurt_on"]
        days = tuple(date.fromisoformat(day) for day in content["days"])
        return cls(content["times"], days, date.fromisoformat(hurt_on) if hurt_on else None)

    def as_content(self) -> dict[str, Any]:
        days = [day.isoformat() for day in self.days]
        return {"times": self.times, "days": days, "hurt_on": self.hurt_on.isoformat() if self.hurt_on else None}

    def with_one_more(self, on: date, *, is_hurt: bool) -> Self:
        days = tuple(sorted((*self.days, on))[-KEPT_DAYS:])
        hurt_on = max(on, self.hurt_on or on) if is_hurt else self.hurt_on
        return replace(self, times=self.times + 1, days=days, hurt_on=hurt_on)

    def is_pressing(self, day: date) -> bool:
        """Whether it stands one band higher in the officers' list: it orders, and a person decides.

        Three further times within thirty days, or somebody was hurt in them.
        """
        recent = [one for one in self.days if one > day - WINDOW]
        return len(recent) >= MANY or (self.hurt_on is not None and self.hurt_on > day - WINDOW)


def begin_series(db: Session, report: Report, key: bytes) -> None:
    """Every report has one from the beginning: that there is one tells nothing. Inside the caller's transaction."""
    _seal(db, ReportPart(id=random_id(), report_id=report.id, part=Part.SERIES), report, key, Series())


def add_to_series(db: Session, report: Report, key: bytes, on: date, *, is_hurt: bool) -> None:
    """Inside the caller's transaction, which has locked the report. Those that came before there were series have none yet."""
    of_this = select(ReportPart).where(ReportPart.report_id == report.id, ReportPart.part == Part.SERIES)
    row = db.scalar(of_this) or ReportPart(id=random_id(), report_id=report.id, part=Part.SERIES)
    try:
        series = Series.read(sealing.unseal(row.sealed, key, SERIES, row.id)) if row.sealed else Series()
    except SealError:
        series = (
            Series()
        )  # what was told is in the messages: a damaged count must not keep another time from being told
    _seal(db, row, report, key, series.with_one_more(on, is_hurt=is_hurt))


def _seal(db: Session, row: ReportPart, report: Report, key: bytes, series: Series) -> None:
    row.sealed = sealing.seal(series.as_content(), key, report.conversation_id, SERIES, row.id, SERIES_PAD)
    db.add(row)


def series_of(held: Keyring, report_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Series]:
    """Of these reports, those of which more was told and that this keyring opens.

    A reporter who wrote nothing since has told of nothing: that lies in the clear, and spares opening most of them.
    """
    has_written = exists().where(Message.report_id == Report.id, Message.author == Author.REPORTER)
    rows = session.execute(
        select(Report.id, Report.conversation_id, ReportPart.id.label("row"), ReportPart.sealed)
        .join(ReportPart, ReportPart.report_id == Report.id)
        .where(Report.id.in_(report_ids), ReportPart.part == Part.SERIES, has_written)
    ).all()
    keys = keyholders.content_keys(held, [row.conversation_id for row in rows])
    found = {}
    for row in rows:
        key = keys.get(row.conversation_id)
        try:
            series = Series.read(sealing.unseal(row.sealed, key, SERIES, row.row)) if key else Series()
        except SealError:
            continue  # the messages have it
        if series.times:
            found[row.id] = series
    return found
