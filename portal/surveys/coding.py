"""Two people code what was written in a closed wave: codes are drafted, given without looking at each other's, settled, counted.

Who got which code is sealed to the survey team, as one for each coder; only what comes of it is counted in the clear.
"""

from __future__ import annotations

import math
import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from random import SystemRandom

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import existing, random_id, session, utcnow
from portal.surveys.answers import written_ids
from portal.surveys.coding_books import FIRST, SECOND, SETTLED, Book, codes_of, key_of, open_coding, opened, seal
from portal.surveys.coding_models import CodingFrame, CodingPart
from portal.surveys.versions import SURVEY_TEAM
from portal.surveys.waves import lock_wave
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Keyring

SHARES = (20, 50, 100)
LEAST_SECOND = 50
"""The second coder codes no fewer, or all where there are fewer. Of so few, a kappa is hardly more than a guess."""
MOST_CODES = 40


class CodingError(Exception):
    """What was asked for cannot be done with the codes now."""


class FrameInUse(CodingError):
    """Somebody has begun to code with it: it is changed by a new version."""


class NoPlace(CodingError):
    """Two people code already, or there are no codes or no answers."""


class HandedIn(CodingError):
    """What was handed in is not changed any more, nor what was counted."""


class NotDone(CodingError):
    """Some answers have no code yet, or a difference is not settled."""


def frames_of(wave_id: uuid.UUID) -> dict[str, list[CodingFrame]]:
    """By question, the newest first."""
    found: dict[str, list[CodingFrame]] = {}
    rows = select(CodingFrame).where(CodingFrame.wave_id == wave_id).order_by(CodingFrame.number.desc())
    for frame in session.scalars(rows):
        found.setdefault(frame.question, []).append(frame)
    return found


def counted_frames(wave_id: uuid.UUID) -> dict[str, CodingFrame]:
    """Of each question the newest whose codes were counted."""
    return {
        question: counted[0]
        for question, frames in frames_of(wave_id).items()
        if (counted := [frame for frame in frames if frame.counted_at is not None])
    }


def newest_frame(wave_id: uuid.UUID, question: str) -> CodingFrame | None:
    return next(iter(frames_of(wave_id).get(question, ())), None)


def is_begun(frame: CodingFrame) -> bool:
    return session.scalar(select(CodingPart.id).where(CodingPart.frame_id == frame.id).limit(1)) is not None


def set_codes(
    db: Session, wave_id: uuid.UUID, question: str, codes: list[dict[str, str]], second_share: int
) -> CodingFrame:
    """Draft the codes, or change them while nobody has coded with them. Raises FrameInUse."""
    lock_wave(db, wave_id)
    frame = newest_frame(wave_id, question)
    if frame is None:
        frame = CodingFrame(wave_id=wave_id, question=question, number=1)
        db.add(frame)
    else:
        frame = _locked(db, frame.id)
        if is_begun(frame):
            raise FrameInUse
    frame.codes, frame.second_share, frame.changed_at = codes, second_share, utcnow()
    db.flush()
    return frame


def make_version(db: Session, frame_id: uuid.UUID) -> CodingFrame:
    """The same codes to be changed: whoever codes with them begins anew. Of an older version, or of one that nobody has
    coded with, none is made: the newest is returned.
    """
    frame = _locked(db, frame_id)
    newest = newest_frame(frame.wave_id, frame.question)
    if newest is None or newest.id != frame.id or not is_begun(frame):
        return newest or frame
    made = CodingFrame(
        wave_id=frame.wave_id,
        question=frame.question,
        number=frame.number + 1,
        codes=frame.codes,
        second_share=frame.second_share,
    )
    db.add(made)
    return made


def _locked(db: Session, frame_id: uuid.UUID) -> CodingFrame:
    return existing(db, CodingFrame, frame_id, with_for_update=True, populate_existing=True)


def _add_part(db: Session, frame: CodingFrame, place: int, coder: str, asked: Sequence[uuid.UUID]) -> CodingPart:
    part, key = CodingPart(id=random_id(), frame_id=frame.id, place=place, coder=coder), sealing.new_key()
    seal(part, key, Book(part, asked))
    db.add(part)
    keyholders.grant(db, part.id, key, (SURVEY_TEAM,))
    return part


def begin_part(db: Session, frame_id: uuid.UUID, coder: str) -> None:
    """Take the first place, with every answer, or the second, with answers drawn at random. Raises NoPlace.

    Whoever has a place keeps it.
    """
    frame = _locked(db, frame_id)
    parts = {part.place: part for part in db.scalars(select(CodingPart).where(CodingPart.frame_id == frame.id))}
    if any(part.coder == coder for part in parts.values()):
        return
    place = next((place for place in (FIRST, SECOND) if place not in parts), None)
    written = written_ids(frame.wave_id, frame.question)
    if place is None or not written or not frame.codes:
        raise NoPlace
    _add_part(db, frame, place, coder, written if place == FIRST else _drawn(written, frame.second_share))


def _drawn(written: Sequence[uuid.UUID], share: int) -> list[uuid.UUID]:
    return sorted(SystemRandom().sample(list(written), second_size(len(written), share)))


def second_size(written: int, share: int) -> int:
    """How many of the written answers the second coder codes."""
    return min(written, max(LEAST_SECOND, math.ceil(written * share / 100)))


def save_codes(
    db: Session,
    held: Keyring,
    frame_id: uuid.UUID,
    coder: str,
    given: Mapping[uuid.UUID, Sequence[str]],
    unreadable: Collection[uuid.UUID] = (),
) -> None:
    """Keep what the coder gave to some answers; one that got no code is open again. Raises HandedIn or NotThere."""
    frame = _locked(db, frame_id)
    part = _part(db, frame, coder)
    if part is None or part.handed_in_at is not None:
        raise HandedIn
    book = opened(part, held)
    _write(part, held, book, frame, given, set(book.asked), unreadable)


def _part(db: Session, frame: CodingFrame, coder: str) -> CodingPart | None:
    return db.scalar(select(CodingPart).where(CodingPart.frame_id == frame.id, CodingPart.coder == coder))


def _write(
    part: CodingPart,
    held: Keyring,
    book: Book,
    frame: CodingFrame,
    given: Mapping[uuid.UUID, Sequence[str]],
    asked: Collection[uuid.UUID],
    unreadable: Collection[uuid.UUID] = (),
) -> None:
    codes, known = dict(book.codes), codes_of(frame)
    for each, chosen in given.items():
        if each in asked:
            codes[each] = [code for code in known if code in chosen]
            if not codes[each]:
                del codes[each]
    damaged = (book.unreadable | set(unreadable)) & set(asked)
    seal(part, key_of(part, held), Book(part, book.asked, codes, frozenset(damaged)))


def hand_in(db: Session, held: Keyring, frame_id: uuid.UUID, coder: str) -> None:
    """What the coder gave stands from now on. Raises NotDone or HandedIn."""
    part = _part(db, _locked(db, frame_id), coder)
    if part is None or part.handed_in_at is not None:
        raise HandedIn
    if not opened(part, held).is_done:
        raise NotDone
    part.handed_in_at = utcnow()


def settle(db: Session, held: Keyring, frame_id: uuid.UUID, given: Mapping[uuid.UUID, Sequence[str]]) -> None:
    """Keep what the coders agreed on for answers that they coded differently. Raises NotDone or HandedIn."""
    frame = _locked(db, frame_id)
    if frame.counted_at is not None:
        raise HandedIn
    coding = open_coding(held, frame)
    if not coding.are_both_in:
        raise NotDone
    part = _part(db, frame, "") or _add_part(db, frame, SETTLED, "", ())
    db.flush()
    # One that is left blank stays as it is: somebody else may have settled it meanwhile.
    agreed = {each: codes for each, codes in given.items() if codes}
    _write(part, held, opened(part, held), frame, agreed, coding.differences)


def count(db: Session, held: Keyring, frame_id: uuid.UUID) -> None:
    """Count the codes once every difference is settled: from here on figures and exports have them. Raises NotDone."""
    frame = _locked(db, frame_id)
    coding = open_coding(held, frame)
    if not coding.are_both_in or coding.unsettled:
        raise NotDone
    if frame.counted_at is not None:
        return
    counts = Counter(code for codes in coding.final.values() for code in codes)
    frame.counted = {
        "base": len(coding.final),
        "both": len(coding.pairs),
        # A list: PostgreSQL keeps no order of names.
        "codes": [
            {
                "code": code,
                "count": counts[code],
                "agreement": [agreed.both, agreed.first, agreed.second, agreed.neither],
            }
            for code, agreed in coding.agreement().items()
        ],
    }
    frame.counted_at = utcnow()
