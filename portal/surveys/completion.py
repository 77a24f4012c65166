"""How far people come in a survey and how long they take, kept as sums from the first moment: no row and no time of anyone."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from portal.db import session, upsert, utcnow
from portal.surveys.definition import Instrument
from portal.surveys.models import Counted, WaveCount

# From so many minutes on, and less than the next.
BANDS = {"0": 0, "3": 3, "5": 5, "10": 10, "20": 20}
# Of fewer not even the band in the middle is told.
MIN_TIMES = 30


def count_begun(db: Session, wave_id: uuid.UUID, content: dict[str, Any]) -> None:
    """Someone begins; the sealed draft alone knows when, and forgets it when it is sent."""
    content["began"] = utcnow().timestamp()
    content["left"] = []
    add(db, wave_id, Counted.BEGUN, "")


def pages_left(content: dict[str, Any], instrument: Instrument, step: str, asked: Iterable[int]) -> list[str]:
    """The pages that someone went on from, now that they go on from this step, which may be the last of its page.

    `asked`: the numbers of the steps that they are asked, from 1.
    """
    left: list[str] = content.get("left", [])
    steps = [instrument.questionnaire.steps[number - 1] for number in asked]
    place = next((place for place, one in enumerate(steps) if one.code == step), None)
    if place is None or (place + 1 < len(steps) and steps[place + 1].page.code == steps[place].page.code):
        return left
    page = steps[place].page.code
    return left if page in left else [*left, page]


def count_left(db: Connection, before: dict[str, Any], now: dict[str, Any]) -> None:
    """Each page is counted the first time that someone goes on from it."""
    earlier = before.get("left", [])
    for page in now.get("left", []):
        if page not in earlier:
            add(db, uuid.UUID(now["wave"]), Counted.LEFT, page)


def count_sent(db: Session, content: dict[str, Any]) -> None:
    """Someone sends; of the time it took the band of minutes is kept."""
    wave_id = uuid.UUID(content["wave"])
    add(db, wave_id, Counted.SENT, "")
    if "began" in content:
        minutes = (utcnow().timestamp() - content["began"]) / 60
        add(
            db,
            wave_id,
            Counted.MINUTES,
            max((c for c, least in BANDS.items() if least <= minutes), key=int, default="0"),
        )


def add(db: Session | Connection, wave_id: uuid.UUID, what: Counted, of: str, times: int = 1) -> None:
    key = {"wave_id": wave_id, "what": what, "of": of}
    upsert(db, WaveCount, key, {"times": times}, add={"times": times})


@dataclass(frozen=True)
class Completion:
    """Exact numbers of a wave; not all are shown."""

    begun: int
    sent: int
    left: dict[str, int]
    """By page: how many went on from it."""
    minutes: dict[str, int]
    """By band, all of them: how many took so long."""


def completion_of(wave_id: uuid.UUID) -> Completion:
    rows = session.execute(
        select(WaveCount.what, WaveCount.of, WaveCount.times).where(WaveCount.wave_id == wave_id)
    ).all()
    found: dict[Counted, dict[str, int]] = {what: {} for what in Counted}
    for what, of, times in rows:
        found[what][of] = times
    return Completion(
        found[Counted.BEGUN].get("", 0),
        found[Counted.SENT].get("", 0),
        found[Counted.LEFT],
        {band: found[Counted.MINUTES].get(band, 0) for band in BANDS},
    )


def middle_band(minutes: Iterable[tuple[str, int | None]]) -> str | None:
    """The band in which the one in the middle stands; None below 30 of them. Hidden counts are left out."""
    bands = [(band, times or 0) for band, times in minutes]
    sums = list(accumulate(times for _, times in bands))
    if not sums or sums[-1] < MIN_TIMES:
        return None
    return next(band for (band, _), upto in zip(bands, sums, strict=True) if 2 * upto >= sums[-1])
