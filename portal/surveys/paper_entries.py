"""Two people type a sheet in without seeing each other's entry; they are compared, differences settled, a response stored.

Entries are sealed to the survey team. Whoever types needs no key; whoever compares has the team's.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import existing, random_id, session
from portal.surveys.definition import Instrument
from portal.surveys.models import Mode, Wave, WaveState
from portal.surveys.paper_batches import (
    ENTRIES,
    FIRST,
    SECOND,
    Batch,
    PaperError,
    drop_entries,
    instrument_on_sheets,
    lock_batch,
    typists_of,
)
from portal.surveys.paper_marks import TYPED_SO, Sheet, answers_of, differences, lost_of
from portal.surveys.paper_models import PaperBatch, PaperEntry, SheetState
from portal.surveys.services import WaveClosed, store_response
from portal.surveys.versions import SURVEY_TEAM
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError

_LABEL = "survey.paper/1"
_PAD = 16 * 1024
# Whoever writes keeps all others waiting: more sheets than these in one go would be felt.
MOST_AT_ONCE = 100


class NoSuchSheet(PaperError):
    """The batch has fewer sheets."""


class SheetIsCompared(PaperError):
    """Its entries were compared already: it is stored, or its differences are being settled."""


class TwoHaveTyped(PaperError):
    """Two others have typed it in."""


class NotSettled(PaperError):
    """The sheet waits for nobody to settle it, a difference was left open, or it was typed in anew meanwhile."""


def _lock(db: Session, batch_id: uuid.UUID) -> tuple[Wave, PaperBatch]:
    """The batch, and its wave so that nothing slips in behind its closing. Raises WaveClosed, NotThere."""
    wave_id = existing(db, PaperBatch, batch_id).wave_id
    wave = db.get(Wave, wave_id, with_for_update={"read": True}, populate_existing=True)
    if wave is None or wave.state is WaveState.CLOSED:
        raise WaveClosed
    return wave, lock_batch(db, batch_id)


def save_entry(db: Session, batch_id: uuid.UUID, sheet: int, by: str, marks: Sheet) -> None:
    """Keep what this person read on the sheet; typed in once more by the same person, the newer stands.

    Raises WaveClosed, NoSuchSheet, SheetIsCompared, TwoHaveTyped.
    """
    _wave, row = _lock(db, batch_id)
    if not 1 <= sheet <= row.sheets:
        raise NoSuchSheet
    if str(sheet) in row.states:
        raise SheetIsCompared
    entries = {entry.place: entry for entry in _entries(db, batch_id, [sheet])[sheet]}
    mine = next((entry for entry in entries.values() if entry.entered_by == by), None)
    if mine is not None:
        drop_entries(db, [mine.id])
    elif len(entries) >= ENTRIES:
        raise TwoHaveTyped
    place = mine.place if mine is not None else SECOND if FIRST in entries else FIRST
    made, key = (
        PaperEntry(id=random_id(), batch_id=batch_id, sheet=sheet, place=place, entered_by=by),
        sealing.new_key(),
    )
    made.sealed = sealing.seal({"marks": dict(marks)}, key, made.id, _LABEL, made.id, _PAD)
    db.add(made)
    keyholders.grant(db, made.id, key, (SURVEY_TEAM,))


def _entries(db: Session, batch_id: uuid.UUID, sheets: Iterable[int]) -> dict[int, list[PaperEntry]]:
    """By the sheet's number, the first entry before the second."""
    found: dict[int, list[PaperEntry]] = {sheet: [] for sheet in sheets}
    rows = select(PaperEntry).where(PaperEntry.batch_id == batch_id, PaperEntry.sheet.in_(found))
    for entry in db.scalars(rows.order_by(PaperEntry.place)):
        found[entry.sheet].append(entry)
    return found


@dataclass(frozen=True)
class TypedSheet:
    """What one or two people typed in of a sheet, opened."""

    instrument: Instrument
    typists: tuple[str, ...]
    entries: tuple[Sheet, ...]
    known_by: str
    """Which entries these are: a choice between them says nothing of others."""

    @cached_property
    def differences(self) -> list[str]:
        return differences(self.instrument, self.entries[0], self.entries[-1])

    @property
    def agreed(self) -> dict[str, Any]:
        """The first entry without what the second has otherwise."""
        return {code: mark for code, mark in self.entries[0].items() if code not in self.differences}

    def settled(self, choices: Mapping[str, Any]) -> dict[str, Any]:
        """The sheet as it stands in the end; a choice of None is that nothing stands there."""
        chosen = {code: choices[code] for code in self.differences if choices[code] is not None}
        return self.agreed | chosen


def _opened(row: PaperBatch, entries: Sequence[PaperEntry], keys: Mapping[uuid.UUID, bytes]) -> TypedSheet:
    """Raises SealError, also where a key is not among them."""
    if not {entry.id for entry in entries} <= keys.keys():
        raise SealError("sealed to another team")
    sheets = tuple(sealing.unseal(entry.sealed, keys[entry.id], _LABEL, entry.id)["marks"] for entry in entries)
    return TypedSheet(
        instrument_on_sheets(row),
        tuple(entry.entered_by for entry in entries),
        sheets,
        " ".join(entry.id.hex for entry in entries),
    )


def _open_one(db: Session, held: Keyring, row: PaperBatch, sheet: int) -> TypedSheet:
    """Raises SealError."""
    entries = _entries(db, row.id, [sheet])[sheet]
    return _opened(row, entries, keyholders.content_keys(held, [entry.id for entry in entries]))


@dataclass(frozen=True)
class Compared:
    """What came of comparing: how many were stored, how many are to be settled, which could not be opened, how many are left."""

    stored: int
    to_settle: int
    damaged: list[int]
    left: int


def compare(db: Session, held: Keyring, batch_id: uuid.UUID) -> Compared:
    """Compare up to MOST_AT_ONCE sheets that are ready: those that are alike are stored at once. Raises WaveClosed.

    A sheet of which something does not count that a person may not have noticed is looked at first, like one that differs.
    One that cannot be opened waits there too, until somebody has it typed in again.
    All in one transaction: nothing tells in which order they came.
    """
    wave, row = _lock(db, batch_id)
    ready = Batch(row, typists_of(db, [batch_id])[batch_id]).ready
    entries = _entries(db, batch_id, ready[:MOST_AT_ONCE])
    keys = keyholders.content_keys(held, [entry.id for of_one in entries.values() for entry in of_one])
    states, damaged = dict.fromkeys(entries, SheetState.TO_SETTLE), []
    with db.no_autoflush:  # Else what was stored so far goes to the database once more with each sheet.
        for sheet, of_one in entries.items():
            try:
                typed = _opened(row, of_one, keys)
            except SealError:
                damaged.append(sheet)
                continue
            if not typed.differences and set(lost_of(typed.instrument, typed.agreed).values()) <= TYPED_SO:
                states[sheet] = _store(db, wave, row, typed, typed.agreed)
    _move(db, row, states)
    to_settle = sum(state is SheetState.TO_SETTLE for state in states.values()) - len(damaged)
    return Compared(len(states) - to_settle - len(damaged), to_settle, damaged, len(ready) - len(states))


def find_to_settle(held: Keyring, row: PaperBatch, sheet: int) -> TypedSheet | None:
    """A sheet that waits to be settled; None where it does not. Raises SealError."""
    if row.states.get(str(sheet)) != SheetState.TO_SETTLE:
        return None
    return _open_one(session, held, row, sheet)


def settle(
    db: Session, held: Keyring, batch_id: uuid.UUID, sheet: int, choices: Mapping[str, Any], known_by: str
) -> None:
    """Store the sheet with what was chosen for each difference between the entries of which `known_by` tells which.

    Raises WaveClosed, NotSettled, SealError.
    """
    wave, row = _lock(db, batch_id)
    if row.states.get(str(sheet)) != SheetState.TO_SETTLE:
        raise NotSettled
    typed = _open_one(db, held, row, sheet)
    if typed.known_by != known_by or set(typed.differences) - choices.keys():
        raise NotSettled
    _move(db, row, {sheet: _store(db, wave, row, typed, typed.settled(choices))})


def type_again(db: Session, batch_id: uuid.UUID, sheet: int) -> None:
    """Forget both entries, for instance of two different sheets under one number. Raises WaveClosed, NotSettled."""
    _wave, row = _lock(db, batch_id)
    if row.states.get(str(sheet)) != SheetState.TO_SETTLE:
        raise NotSettled
    _move(db, row, {sheet: None})


def _store(db: Session, wave: Wave, row: PaperBatch, typed: TypedSheet, marks: Sheet) -> SheetState:
    """A response of the sheet, or none where nothing on it counts."""
    answers = answers_of(typed.instrument, marks)
    if answers:
        store_response(db, wave, row.version_id, answers, row.language, mode=Mode.PAPER, instrument=typed.instrument)
    if len(typed.entries) == ENTRIES:
        row.counted = _counted(row, typed, marks)
    return SheetState.STORED if answers else SheetState.BLANK


def _counted(row: PaperBatch, typed: TypedSheet, marks: Sheet) -> dict[str, int]:
    first, second = (len(differences(typed.instrument, entry, marks)) for entry in typed.entries)
    more = {
        "fields": len(typed.instrument.questionnaire.questions),
        "different": len(typed.differences),
        "first": first,
        "second": second,
    }
    return {what: row.counted.get(what, 0) + number for what, number in more.items()}


def _move(db: Session, row: PaperBatch, states: Mapping[int, SheetState | None]) -> None:
    """Sheets to these states, or to none, where they are typed in anew; what was typed in goes unless it is to be settled."""
    gone = [sheet for sheet, state in states.items() if state is not SheetState.TO_SETTLE]
    drop_entries(db, [entry.id for of_one in _entries(db, row.id, gone).values() for entry in of_one])
    left = {sheet: state for sheet, state in row.states.items() if int(sheet) not in states}
    row.states = left | {str(sheet): state.value for sheet, state in states.items() if state is not None}
