"""Batches of sheets of paper: made for an open wave, put aside and taken up again, and how far each has come."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.db import existing, session, today
from portal.surveys.definition import Instrument
from portal.surveys.models import SurveyVersion, Wave, WaveVersion
from portal.surveys.paper_models import PaperBatch, PaperEntry, SheetState
from portal.surveys.sheet import asked_since
from portal.surveys.versions import instrument_of
from portal.vault import keyholders

MOST_SHEETS = 500
ENTRIES = 2
FIRST, SECOND = 1, 2


class PaperError(Exception):
    """What was asked for cannot be done with sheets of paper now."""


class NotYetAsked(PaperError):
    """The wave has not begun, or does not ask this version: nobody can have filled in such a sheet."""


class SheetsNotStored(PaperError):
    """More sheets are typed in and not stored than whoever closes the wave was told."""


class SheetsInUse(PaperError):
    """A sheet with a higher number was typed in already; the text is that number."""


@dataclass(frozen=True)
class Batch:
    """A batch with who typed in which of its sheets; nothing of what stands on them."""

    row: PaperBatch
    typists: dict[int, list[str]]
    """By the sheet's number, in the order of the two entries; of a sheet that is stored, nobody."""

    @cached_property
    def states(self) -> dict[int, SheetState]:
        return {int(sheet): SheetState(state) for sheet, state in self.row.states.items()}

    @property
    def wanted(self) -> int:
        """How many entries a sheet needs."""
        return 1 if self.row.is_single else ENTRIES

    def is_ready(self, sheet: int) -> bool:
        """Whether its entries can be compared now."""
        return sheet not in self.states and len(self.typists.get(sheet, ())) >= self.wanted

    @property
    def ready(self) -> list[int]:
        return [sheet for sheet in range(1, self.row.sheets + 1) if self.is_ready(sheet)]

    @property
    def half(self) -> list[int]:
        """Those that wait for a second person."""
        return [sheet for sheet in sorted(self.typists) if sheet not in self.states and not self.is_ready(sheet)]

    @property
    def untouched(self) -> int:
        return self.row.sheets - len(self.states.keys() | self.typists.keys())

    def in_state(self, state: SheetState) -> list[int]:
        return sorted(sheet for sheet, found in self.states.items() if found is state)

    @property
    def is_done(self) -> bool:
        return len(self.in_state(SheetState.STORED)) + len(self.in_state(SheetState.BLANK)) == self.row.sheets

    def may_type(self, sheet: int, by: str) -> bool:
        """Whether it needs an entry, and from this person: nobody types a sheet in for two."""
        typists = self.typists.get(sheet, [])
        return sheet not in self.states and by not in typists and len(typists) < self.wanted

    def next_sheet(self, by: str, after: int = 0) -> int | None:
        """The next on the pile that this person may type in; behind the last one it begins at the first again."""
        pile = [*range(after + 1, self.row.sheets + 1), *range(1, after + 1)]
        return next((sheet for sheet in pile if self.may_type(sheet, by)), None)


def make_batch(
    db: Session,
    wave: Wave,
    batch_id: uuid.UUID,
    version_id: uuid.UUID,
    language: str,
    sheets: int,
    by: str,
    single_because: str = "",
) -> PaperBatch:
    """A batch of a locked wave; the same id twice is one batch. `single_because`: why one entry is enough, else empty.

    Raises NotYetAsked.
    """
    made = db.get(PaperBatch, batch_id)
    if made is not None:
        return made
    if wave.opens_on > today() or db.get(WaveVersion, (wave.id, version_id)) is None:
        raise NotYetAsked
    highest = db.scalar(select(func.max(PaperBatch.number)).where(PaperBatch.wave_id == wave.id)) or 0
    made = PaperBatch(
        id=batch_id,
        wave_id=wave.id,
        version_id=version_id,
        number=highest + 1,
        language=language,
        sheets=sheets,
        made_by=by,
        is_single=bool(single_because),
        note=single_because,
        states={},
        counted={},
    )
    db.add(made)
    return made


def change_batch(db: Session, batch_id: uuid.UUID, sheets: int, single_because: str) -> None:
    """Of a locked wave: other sheets lie on the pile, or one person is enough. Raises SheetsInUse."""
    row = lock_batch(db, batch_id)
    entered = db.scalar(select(func.max(PaperEntry.sheet)).where(PaperEntry.batch_id == batch_id)) or 0
    highest = max([entered, *map(int, row.states)])
    if sheets < highest:
        raise SheetsInUse(str(highest))
    row.sheets, row.is_single, row.note = sheets, bool(single_because), single_because


def lock_batch(db: Session, batch_id: uuid.UUID) -> PaperBatch:
    return existing(db, PaperBatch, batch_id, with_for_update=True, populate_existing=True)


def instrument_on_sheets(row: PaperBatch) -> Instrument:
    """The version as it was asked from the wave's first day on: a date that was right when it was written stays right."""
    return asked_since(instrument_of(row.version_id), session.get_one(Wave, row.wave_id).opens_on)


def find_batch(wave_id: uuid.UUID, number: int) -> Batch | None:
    return next((batch for batch in batches_of(wave_id) if batch.row.number == number), None)


def batches_of(wave_id: uuid.UUID) -> list[Batch]:
    """The newest first."""
    rows = list(
        session.scalars(select(PaperBatch).where(PaperBatch.wave_id == wave_id).order_by(PaperBatch.number.desc()))
    )
    typists = typists_of(session, [row.id for row in rows])
    return [Batch(row, typists[row.id]) for row in rows]


def typists_of(db: Session, batch_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[int, list[str]]]:
    found: dict[uuid.UUID, dict[int, list[str]]] = {batch_id: {} for batch_id in batch_ids}
    entries = db.execute(
        select(PaperEntry.batch_id, PaperEntry.sheet, PaperEntry.entered_by)
        .where(PaperEntry.batch_id.in_(list(found)))
        .order_by(PaperEntry.sheet, PaperEntry.place)
    )
    for batch_id, sheet, by in entries:
        found[batch_id].setdefault(sheet, []).append(by)
    return found


def version_numbers(wave_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """The versions that sheets of this wave may be of, the newest first."""
    rows = session.execute(
        select(SurveyVersion.id, SurveyVersion.number)
        .join(WaveVersion, WaveVersion.version_id == SurveyVersion.id)
        .where(WaveVersion.wave_id == wave_id)
        .order_by(WaveVersion.position.desc())
    )
    return dict(rows.all())


def count_unsettled(wave_id: uuid.UUID) -> int:
    """How many sheets were typed in, once or twice, and are not stored."""
    sheets = select(PaperEntry.batch_id, PaperEntry.sheet).join(PaperBatch).where(PaperBatch.wave_id == wave_id)
    return len(session.execute(sheets.distinct()).all())


def check_unsettled(wave_id: uuid.UUID, told: int) -> None:
    """Before a locked wave is closed. Raises SheetsNotStored where more would be lost than was `told`."""
    if count_unsettled(wave_id) > told:
        raise SheetsNotStored


def drop_unsettled(db: Session, wave_id: uuid.UUID) -> None:
    """With the closing of a wave, inside its transaction: what was typed in and not stored goes, and its number stays."""
    for row in db.scalars(select(PaperBatch).where(PaperBatch.wave_id == wave_id).with_for_update()):
        entries = db.execute(select(PaperEntry.id, PaperEntry.sheet).where(PaperEntry.batch_id == row.id)).all()
        row.unsettled = len({sheet for _id, sheet in entries})
        row.states = {sheet: state for sheet, state in row.states.items() if state != SheetState.TO_SETTLE}
        drop_entries(db, [entry_id for entry_id, _sheet in entries])


def drop_entries(db: Session, ids: list[uuid.UUID]) -> None:
    """With the keys that open them."""
    keyholders.drop_grants(db, ids)
    db.execute(delete(PaperEntry).where(PaperEntry.id.in_(ids)))
