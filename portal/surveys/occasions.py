"""How many answers came by the code of one occasion, such as an event: a number, and nothing that leads to an answer.

Who scans the code on a sheet sends it along until the answers are sent; then one more is counted, and the answers are
stored without it. What the occasion is only its own feature knows: here it is an id that it gave.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.config import secrets
from portal.db import session, upsert
from portal.small_counts import rounded
from portal.surveys.looks import shown_of
from portal.surveys.models import OccasionCount, SampleType, Wave
from portal.surveys.waves import OpenSurvey, find_open_survey
from portal.vault import sealing

# Fewer are not told: the least base of a published figure.
LEAST_TOLD = 30
_MARK = 8


def code_of(occasion: uuid.UUID) -> str:
    """What stands in the address: the id, and a mark without which nobody could have others counted."""
    return base64.urlsafe_b64encode(occasion.bytes + _mark(occasion)).decode("ascii")


def find_occasion(code: str) -> uuid.UUID | None:
    """The occasion of a code that this portal gave out."""
    try:
        given = base64.b64decode(code.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    if len(given) != 16 + _MARK:
        return None
    occasion = uuid.UUID(bytes=given[:16])
    return occasion if hmac.compare_digest(given[16:], _mark(occasion)) else None


def _mark(occasion: uuid.UUID) -> bytes:
    return sealing.derive(secrets().pepper, "survey occasion", occasion.bytes)[:_MARK]


def find_survey_for_all(code: str) -> OpenSurvey | None:
    """The survey where it takes answers today from anyone who comes."""
    found = find_open_survey(code)
    return found if found is not None and found.wave.sample_type is SampleType.OPEN_LINK else None


def count_sent(db: Session, content: dict[str, Any]) -> None:
    """Count the answers of a draft that an occasion's code began, in the caller's transaction."""
    if "occasion" in content:
        key = {"wave_id": uuid.UUID(content["wave"]), "occasion": uuid.UUID(content["occasion"])}
        upsert(db, OccasionCount, key, {"sent": 1}, add={"sent": 1})


def answers_by_occasion(wanted: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Of those with 30 or more: how many, to the nearest 5; of an open wave as they were when ten more had come."""
    rows = session.execute(
        select(OccasionCount, Wave)
        .join(Wave, Wave.id == OccasionCount.wave_id)
        .where(OccasionCount.occasion.in_(list(wanted)), OccasionCount.sent >= LEAST_TOLD)
    ).all()
    found: dict[uuid.UUID, int] = {}
    for count, wave in rows:
        found[count.occasion] = found.get(count.occasion, 0) + _told(wave, count)
    return {occasion: number for occasion, number in found.items() if number}


def _told(wave: Wave, count: OccasionCount) -> int:
    occasion, sent = count.occasion, count.sent
    if wave.answered is not None:
        return rounded(sent)
    # Else a number that moves from one look to the next would tell when somebody who came to the event has answered.
    kept = shown_of(wave.id, f"at {occasion.hex}", sent, lambda: (sent, {"number": rounded(sent)}))
    return kept["number"] if kept is not None else 0
