"""Invitations to a survey: codes on cards, each of which buys one right to answer that nothing leads back from."""

from __future__ import annotations

import unicodedata
import uuid
from secrets import choice

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from portal.config import secrets
from portal.db import session, transaction
from portal.surveys import batches
from portal.surveys.models import Audience, InvitationBatch, InvitationCode, InvitationCount, SampleType, Wave
from portal.surveys.services import begin_answers, forget_draft
from portal.surveys.waves import OpenSurvey, find_wave
from portal.vault import sealing
from portal.vault.drafts import Draft

# Without vowels, so that no code is a word, and without what is taken for something else: 0 O, 1 I L, 2 Z, 5 S, 8 B.
LETTERS = "34679CDFGHJKMNPQRTVWX"
LENGTH = 9
GROUP = 3
# Fewer would say of so few homes how many of them answered; more are several batches, of which each can be printed.
LEAST, MOST = 10, 500
# Letters that look the same on a Cyrillic or Greek keyboard's keys.
_ALIKE = str.maketrans(
    "\u0421\u041a\u041c\u041d\u0420\u0422\u0425\u03a7\u039c\u039d\u03a1\u03a4\u0397\u039a", "CKMHPTXXMNPTHK"
)


class NotACode(ValueError):
    """What was typed cannot be a code; `typed` is how many letters and digits it has."""

    def __init__(self, typed: int) -> None:
        super().__init__(f"{typed} letters and digits")
        self.typed = typed


class UnknownCode(LookupError):
    """It is no code of this wave's."""


class UsedCode(LookupError):
    """Someone has begun to answer with it."""


class NoInvitations(Exception):
    """The wave is not one to which people are invited, or the batch was made before."""


def draw() -> str:
    return "".join(choice(LETTERS) for _ in range(LENGTH))


def groups(code: str) -> list[str]:
    return [code[i : i + GROUP] for i in range(0, len(code), GROUP)]


def read(typed: str) -> str:
    """The code of what a person typed, in small letters or large, with whatever stands between. Raises NotACode."""
    letters = "".join(_folded(each) for each in typed).upper().translate(_ALIKE)
    found = "".join(letter for letter in letters if letter.isalnum())
    if len(found) != LENGTH or not found.isascii():
        raise NotACode(len(found))
    return found


def _folded(letter: str) -> str:
    digit = unicodedata.decimal(letter, None)
    return unicodedata.normalize("NFKC", letter) if digit is None else str(digit)


def make_batch(db: Session, wave: Wave, batch_id: uuid.UUID, audience: Audience, place: str, size: int) -> list[str]:
    """Make a locked wave's next batch; gives its codes, which are kept nowhere. Raises NoInvitations."""
    if wave.sample_type is not SampleType.INVITED or db.get(InvitationBatch, batch_id) is not None:
        raise NoInvitations
    newest = db.scalar(select(func.max(InvitationBatch.number)).where(InvitationBatch.wave_id == wave.id)) or 0
    db.add(
        InvitationBatch(
            id=batch_id,
            wave_id=wave.id,
            number=newest + 1,
            audience=audience,
            place=place,
            made=size,
            is_withdrawn=False,
        )
    )
    db.flush()
    db.add(InvitationCount(batch_id=batch_id, used=0, sent=0))
    codes = _unused_codes(db, size)
    # In the order of the hashes: the order of the cards lies nowhere.
    for row_id in sorted(codes):
        db.add(InvitationCode(id=row_id, batch_id=batch_id, is_used=False))
    return list(codes.values())


def _unused_codes(db: Session, size: int) -> dict[uuid.UUID, str]:
    drawn: dict[uuid.UUID, str] = {}
    while len(drawn) < size:
        code = draw()
        drawn[_hash(code)] = code
        if len(drawn) == size:
            for known in db.scalars(select(InvitationCode.id).where(InvitationCode.id.in_(list(drawn)))):
                del drawn[known]
    return drawn


def _hash(code: str) -> uuid.UUID:
    return uuid.UUID(bytes=sealing.derive(secrets().pepper, "invitation code", code.encode())[:16])


def withdraw_batch(db: Session, batch_id: uuid.UUID) -> None:
    """Its cards that nobody used open nothing any more."""
    db.execute(delete(InvitationCode).where(InvitationCode.batch_id == batch_id, InvitationCode.is_used.is_(False)))
    db.execute(update(InvitationBatch).where(InvitationBatch.id == batch_id).values(is_withdrawn=True))


def find_invited_wave(wave_id: uuid.UUID) -> Wave | None:
    """The wave, where people are invited to it."""
    wave = find_wave(wave_id)
    return wave if wave is not None and wave.sample_type is SampleType.INVITED else None


def find_batch(wave_id: uuid.UUID, batch_id: uuid.UUID) -> InvitationBatch | None:
    found = session.get(InvitationBatch, batch_id)
    return found if found is not None and found.wave_id == wave_id else None


def redeem(survey: OpenSurvey, typed: str) -> Draft:
    """The right to answer once, for a code: the draft knows the batch and not the card.

    Two transactions on purpose: no row that is written with the code's belongs to what is answered. The draft comes
    first, so that whoever finds no room for it still has the card. Raises NotACode, UnknownCode, UsedCode, NoRoom.
    """
    code_id = _hash(read(typed))
    found = session.execute(
        select(InvitationCode.is_used, InvitationCode.batch_id)
        .join(InvitationBatch, InvitationBatch.id == InvitationCode.batch_id)
        .where(InvitationCode.id == code_id, InvitationBatch.wave_id == survey.wave.id)
    ).one_or_none()
    if found is None:
        raise UnknownCode
    if found.is_used:
        raise UsedCode
    draft = begin_answers(survey, found.batch_id)
    with transaction() as db:
        used = db.scalar(
            update(InvitationCode)
            .where(InvitationCode.id == code_id, InvitationCode.is_used.is_(False))
            .values(is_used=True)
            .returning(InvitationCode.id)
        )
        if used is not None:
            batches.count_used(db, found.batch_id)
    if used is None:
        # Someone was quicker, or the batch was withdrawn meanwhile.
        forget_draft(draft.token)
        raise UsedCode
    return draft
