"""Staff lend a tablet on which one person after the other answers a wave: begun for a day, ended by its number or its hour."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import token_urlsafe

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.config import secrets
from portal.db import session, transaction, utcnow
from portal.surveys import offline
from portal.surveys.models import Kiosk, SampleType, Survey, Wave
from portal.surveys.versions import instruments_of
from portal.surveys.waves import OpenSurvey, find_open_survey
from portal.vault import sealing

TOKEN_SIZE = 32
MAX_WRONG_PINS = 10
# Whoever has begun when the hour comes may end.
GRACE = timedelta(minutes=15)
# A wave with invitations is a random sample: whoever walks by is not in it.
SAMPLES = (SampleType.OPEN_LINK, SampleType.ASSISTED)


class NotOnTablets(Exception):
    """People are invited to this wave one by one, or children may answer it: nobody else hands it round."""


class WrongPin(Exception):
    """The digits are not the ones that end this kiosk."""


class TooManyPins(WrongPin):
    """So many were wrong that none is taken any more."""


def may_run(wave: Wave) -> bool:
    """Whether a tablet may be lent for it. Never where children may answer: who else stands around, nobody can say."""
    return wave.sample_type in SAMPLES and not any(
        instrument.questionnaire.needs_safeguarding_lead for instrument in instruments_of(wave.id)
    )


def start_kiosk(
    db: Session, wave: Wave, ends_at: datetime, languages: Sequence[str], pin: str, *, is_offline: bool = False
) -> str:
    """Lend a tablet for a locked wave; gives the token for its cookie. Raises NotOnTablets, NotOffline."""
    if not may_run(wave):
        raise NotOnTablets
    token = token_urlsafe(TOKEN_SIZE)
    highest = db.scalar(select(func.max(Kiosk.number)).where(Kiosk.wave_id == wave.id)) or 0
    row_id = _row_id(token)
    db.add(
        Kiosk(
            id=row_id,
            wave_id=wave.id,
            number=highest + 1,
            languages=list(languages),
            ends_at=ends_at,
            pin=_hashed(row_id, pin),
            ticket=offline.prepare(db, wave, token) if is_offline else None,
        )
    )
    return token


def find_kiosk(token: str | None) -> Kiosk | None:
    """The kiosk of this tablet's cookie, until it is ended or a little after its hour."""
    if not token:
        return None
    kiosk = session.get(Kiosk, _row_id(token))
    return kiosk if kiosk is not None and _is_lent(kiosk) else None


def _is_lent(kiosk: Kiosk) -> bool:
    """One that works without a line may hold answers after its hour, and is lent until somebody ends it."""
    return kiosk.ticket is not None or utcnow() < kiosk.ends_at + GRACE


def is_taking(kiosk: Kiosk) -> bool:
    """Whether the next person may begin."""
    return utcnow() < kiosk.ends_at


def survey_of(kiosk: Kiosk) -> OpenSurvey | None:
    """What it asks, in the newest version; None where the wave takes no answers today."""
    code = session.scalar(select(Survey.code).join(Wave, Wave.survey_id == Survey.id).where(Wave.id == kiosk.wave_id))
    survey = find_open_survey(code) if code else None
    return survey if survey is not None and survey.wave.id == kiosk.wave_id else None


def end_with_pin(token: str, pin: str) -> None:
    """End it where it stands. Raises WrongPin, TooManyPins. One that is over already ends all the same."""
    with transaction() as db:
        kiosk = db.get(Kiosk, _row_id(token), with_for_update=True)
        if kiosk is None:
            return
        if kiosk.wrong_pins >= MAX_WRONG_PINS:
            raise TooManyPins
        is_right = hmac.compare_digest(_hashed(kiosk.id, pin), kiosk.pin)
        if is_right:
            db.delete(kiosk)
        else:
            kiosk.wrong_pins += 1
    if not is_right:
        raise WrongPin


def end_kiosk(db: Session, wave_id: uuid.UUID, number: int) -> None:
    """From afar: the tablet shows nothing more of the survey, and what it still holds is taken no more."""
    kiosk = db.scalar(select(Kiosk).where(Kiosk.wave_id == wave_id, Kiosk.number == number).with_for_update())
    if kiosk is not None:
        db.delete(kiosk)


def kiosks_of(wave_id: uuid.UUID) -> list[Kiosk]:
    """Those that run, and those that may still hold answers."""
    found = session.scalars(select(Kiosk).where(Kiosk.wave_id == wave_id).order_by(Kiosk.number))
    return [kiosk for kiosk in found if _is_lent(kiosk)]


def _row_id(token: str) -> uuid.UUID:
    return uuid.UUID(bytes=sealing.derive(secrets().pepper, "kiosk id", token.encode())[:16])


def _hashed(row_id: uuid.UUID, pin: str) -> bytes:
    return sealing.derive(secrets().pepper, "kiosk pin", row_id.bytes, pin.encode())
