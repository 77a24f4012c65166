"""Answers that were given without a line: sealed on a tablet to the wave's key, opened here, each stored once.

No time, order or address comes with them, and none is looked at: a tablet's clock may say what it likes.
"""

from __future__ import annotations

import enum
import json
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.config import secrets
from portal.db import session, today, transaction, utcnow
from portal.questions.shuffling import DRAWS, UNKNOWN
from portal.surveys import sheet
from portal.surveys.definition import Instrument
from portal.surveys.models import Kiosk, Mode, OfflineKey, SurveyResponse, Wave, WaveState, WaveVersion
from portal.surveys.services import store_response
from portal.surveys.versions import instrument_of, instruments_of
from portal.vault import hpke, sealing
from portal.vault.sealing import SealError

INFO = b"survey.offline/1"
KEY = "survey.offline_key"
# After the last day a wave stays open so long for what tablets still hold, unless they have all been ended.
GRACE = timedelta(days=7)
MAX_ATTEMPTS = 3


class NotOffline(Exception):
    """This server cannot open what is sealed on a tablet."""


class TabletsHoldAnswers(Exception):
    """Tablets that work without a line were not ended yet, and may hold answers of this wave."""


class Taken(enum.StrEnum):
    """What became of a sealed answer. The tablet drops each, and counts those that were not stored for staff to see."""

    STORED = "stored"
    CLOSED = "closed"
    REFUSED = "refused"
    DAMAGED = "damaged"


def prepare(db: Session, wave: Wave, token: str) -> uuid.UUID:
    """Let the tablet with this token work without a line; gives what its answers are known by. Raises NotOffline."""
    if not hpke.is_available():
        raise NotOffline
    if db.get(OfflineKey, wave.id) is None:
        private, public = sealing.new_pair()
        sealed = sealing.lock(private, _pepper(wave.id), KEY, wave.id.bytes)
        db.add(OfflineKey(wave_id=wave.id, public=public, sealed=sealed))
    return _known_by(ticket_of(token))


def ticket_of(token: str) -> str:
    """What the tablet seals into each answer: it alone knows it, and the database only something derived of it."""
    return sealing.derive(secrets().pepper, "kiosk ticket", token.encode()).hex()


def public_key(wave_id: uuid.UUID) -> bytes | None:
    return session.scalar(select(OfflineKey.public).where(OfflineKey.wave_id == wave_id))


def last_day_to_send(wave: Wave) -> date:
    return wave.closes_on + GRACE


def check_all_sent(db: Session, wave: Wave) -> None:
    """Before a locked wave is closed. Raises TabletsHoldAnswers."""
    waits = db.scalar(select(Kiosk.id).where(Kiosk.wave_id == wave.id, Kiosk.ticket.is_not(None)).limit(1))
    if waits is not None and today() <= last_day_to_send(wave):
        raise TabletsHoldAnswers


@dataclass(frozen=True)
class Opened:
    """One person's answers as they left the tablet: nothing of it is trusted but that it was sealed to this wave."""

    id: str
    ticket: str
    version: uuid.UUID
    language: str
    fields: dict[str, list[str]]
    draw: int
    """In which order shuffled options stood; UNKNOWN where it says none that can be."""


def open_sealed(wave_id: uuid.UUID, sealed: bytes) -> Opened | Taken:
    """What the tablet sent; or why it cannot be taken."""
    kept = session.get(OfflineKey, wave_id)
    if kept is None:
        wave = session.get(Wave, wave_id)
        return Taken.CLOSED if wave is not None and wave.state is WaveState.CLOSED else Taken.DAMAGED
    try:
        private = sealing.unlock(kept.sealed, _pepper(wave_id), KEY, wave_id.bytes)
        return _read(hpke.unseal(sealed, private, INFO, wave_id.bytes))
    except (SealError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Taken.DAMAGED


def _read(padded: bytes) -> Opened:
    found = json.loads(padded[4 : 4 + int.from_bytes(padded[:4], "big")])
    fields = {
        str(name): [one for one in texts if isinstance(one, str)]
        for name, texts in found["fields"].items()
        if isinstance(texts, list)
    }
    return Opened(
        id=uuid.UUID(found["id"]).hex,
        ticket=str(found["ticket"]),
        version=uuid.UUID(found["version"]),
        language=str(found["language"]),
        fields=fields,
        draw=draw if type(draw := found.get("draw")) is int and 0 <= draw < DRAWS else UNKNOWN,
    )


def largest(wave_id: uuid.UUID) -> int:
    """Bytes of the largest sealed answer that a tablet can send of this wave."""
    sizes = [sheet.size(instrument.questionnaire) for instrument in instruments_of(wave_id)]
    return max(sizes, default=0) + hpke.OVERHEAD


def asked_in(wave_id: uuid.UUID, version_id: uuid.UUID) -> Instrument | None:
    """The version as it was asked in the wave, from its first day on; None where it was not."""
    if session.get(WaveVersion, (wave_id, version_id)) is None:
        return None
    return sheet.asked_since(instrument_of(version_id), session.get_one(Wave, wave_id).opens_on)


def store(
    wave_id: uuid.UUID, opened: Opened, instrument: Instrument, answers: dict[str, Any], left_out: int = 0
) -> Taken:
    """Store the answers once, however often they come; `left_out`: how many parts were none, which staff see as a count."""
    for attempt in range(MAX_ATTEMPTS):
        try:
            with transaction() as db:
                taken, is_new = _store(db, wave_id, opened, instrument, answers)
            if is_new and left_out:
                _count_left_out(wave_id, left_out)
            return taken
        except IntegrityError:
            # The same answer came twice in the same moment: look again.
            if attempt == MAX_ATTEMPTS - 1:
                raise
    return Taken.DAMAGED


def _count_left_out(wave_id: uuid.UUID, parts: int) -> None:
    """Apart from the response: stored in one transaction with it, the count would lead to it."""
    with transaction() as db:
        db.execute(
            update(Wave)
            .where(Wave.id == wave_id)
            .values(tablet_parts_left_out=Wave.tablet_parts_left_out + parts)
            .execution_options(synchronize_session=False)
        )


def _store(
    db: Session, wave_id: uuid.UUID, opened: Opened, instrument: Instrument, answers: dict[str, Any]
) -> tuple[Taken, bool]:
    """What became of it, and whether it came for the first time."""
    # Locked, so that no answer slips in behind the wave's closing and is never counted.
    wave = db.get(Wave, wave_id, with_for_update={"read": True}, populate_existing=True)
    if wave is None or wave.state is WaveState.CLOSED:
        return Taken.CLOSED, False
    response_id = uuid.UUID(bytes=_derived(b"answer", wave_id.bytes, opened.id.encode())[:16])
    if db.get(SurveyResponse, response_id) is not None:
        return Taken.STORED, False
    kiosk = _find(wave_id, opened.ticket)
    if kiosk is None or opened.language not in kiosk.languages:
        return Taken.REFUSED, False
    store_response(
        db,
        wave,
        opened.version,
        answers,
        opened.language,
        response_id=response_id,
        mode=Mode.OFFLINE,
        instrument=instrument,
        draw=opened.draw,
    )
    return Taken.STORED, True


def is_known(wave_id: uuid.UUID, ticket: str) -> bool:
    """Whether the tablet is still lent for this wave."""
    return _find(wave_id, ticket) is not None


def is_taking(wave_id: uuid.UUID, ticket: str) -> bool:
    """Whether it may go on asking people."""
    kiosk = _find(wave_id, ticket)
    return kiosk is not None and utcnow() < kiosk.ends_at and today() <= session.get_one(Wave, wave_id).closes_on


def _find(wave_id: uuid.UUID, ticket: str) -> Kiosk | None:
    return session.scalar(select(Kiosk).where(Kiosk.ticket == _known_by(ticket), Kiosk.wave_id == wave_id))


def _known_by(ticket: str) -> uuid.UUID:
    # It is said by whoever sends: JSON can hold half of a letter, which is no UTF-8.
    return uuid.UUID(bytes=_derived(b"ticket", ticket.encode(errors="surrogatepass"))[:16])


def _pepper(wave_id: uuid.UUID) -> bytes:
    return _derived(b"key", wave_id.bytes)


def _derived(*parts: bytes) -> bytes:
    return sealing.derive(secrets().pepper, "survey offline", *parts)
