"""Somebody without an account asks for an interpreter or other help at an event, comes back by a number, takes it back.

What they asked for lies sealed under a key of the installation's pepper, as proposals do: editors hold no keys of their own.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.config import secrets
from portal.db import existing, session, today, transaction
from portal.events.help_dates import MeantDate, can_ask, dates_to_ask, meant_dates
from portal.events.help_models import HelpMessage, HelpRequest, HelpState, Need, Outcome
from portal.events.models import Event
from portal.events.occurrences import occurrences_of
from portal.languages.i18n import ENGLISH
from portal.vault import receipts, sealing
from portal.vault.drafts import Draft, Purpose, drop_draft, find_draft, new_draft
from portal.vault.keyholders import find_vault
from portal.vault.sealing import SealError

CONTENT, MESSAGE = "event.help/1", "event.help.message/1"
# A long text and a short one are one length.
PAD = 4096
MAX_MESSAGES = 10


class DateClosed(Exception):
    """This cannot be asked for on this date any more: it is too late, over or called off."""


class IsEnded(Exception):
    """It was taken back, or its date is over or called off: nothing more is written."""


class TooManyMessages(Exception):
    """The editors answer first."""


@dataclass(frozen=True)
class Asked:
    """What somebody sends: needs, the language of an interpreter, their own words, and the language they read."""

    needs: tuple[Need, ...]
    language: str
    note: str
    reads: str

    def as_stored(self) -> dict[str, Any]:
        return vars(self) | {"needs": dict.fromkeys(self.needs, Outcome.OPEN)}


@dataclass(frozen=True)
class OpenRequest:
    """A request that has been opened."""

    id: uuid.UUID
    meant: MeantDate
    state: HelpState
    version: int
    waits_since: date | None
    is_held: bool
    needs: Mapping[Need, Outcome]
    language: str
    note: str
    reads: str
    is_damaged: bool = False
    """What it asks for cannot be opened any more: an editor sees that it is there, and it ends with its date."""

    @property
    def is_open(self) -> bool:
        """Whether either side still does something with it."""
        return self.state is not HelpState.WITHDRAWN and not self.meant.is_over and not self.meant.is_called_off

    def is_told(self, need: Need) -> bool:
        """Whether the person reads the place or the link now."""
        return self.is_open and self.needs.get(need) is Outcome.MET


@dataclass(frozen=True)
class SaidMessage:
    is_from_person: bool
    text: str | None
    """None: it cannot be opened."""
    sent_on: date


def _key(request_id: uuid.UUID) -> bytes:
    return sealing.derive(secrets().pepper, "event help", request_id.bytes)


def seal_request(content: Mapping[str, Any], request_id: uuid.UUID) -> bytes:
    return sealing.seal(dict(content), _key(request_id), request_id, CONTENT, request_id, PAD)


def unseal_request(row: HelpRequest) -> dict[str, Any]:
    return sealing.unseal(row.sealed, _key(row.id), CONTENT, row.id)


def opened(rows: Iterable[HelpRequest]) -> list[OpenRequest]:
    rows = list(rows)
    meant = meant_dates([(row.event_id, row.planned_on) for row in rows])
    return [_opened(row, meant[row.event_id, row.planned_on]) for row in rows]


def _opened(row: HelpRequest, meant: MeantDate) -> OpenRequest:
    """One that is damaged keeps nobody from the others."""
    try:
        content, is_damaged = unseal_request(row), False
    except SealError:
        content, is_damaged = {"needs": {}, "language": "", "note": "", "reads": ENGLISH}, True
    return OpenRequest(
        id=row.id,
        meant=meant,
        state=row.state,
        version=row.version,
        waits_since=row.waits_since,
        is_held=row.is_held,
        needs=needs_of(content),
        language=content["language"],
        note=content["note"],
        reads=content["reads"],
        is_damaged=is_damaged,
    )


def needs_of(content: Mapping[str, Any]) -> dict[Need, Outcome]:
    return {Need(need): Outcome(outcome) for need, outcome in content["needs"].items()}


def code_of(once: uuid.UUID, event_id: uuid.UUID, planned_on: date, asked: Asked) -> str:
    """The digits that lead back to what this page sends: the same page sent twice has one code, and nothing stores it.

    Only the page itself knows `once`, so whoever reads all that is stored cannot work them out.
    """
    spelled = _spelled(event_id, planned_on, asked).encode()
    drawn = sealing.derive(secrets().pepper, "event help code", once.bytes, spelled)
    return receipts.digits_of(drawn)


def id_of(once: uuid.UUID, event_id: uuid.UUID, planned_on: date, asked: Asked) -> uuid.UUID:
    return uuid.uuid5(once, _spelled(event_id, planned_on, asked))


def _spelled(event_id: uuid.UUID, planned_on: date, asked: Asked) -> str:
    # Read in another language it is still the same request.
    said = [event_id.hex, planned_on.isoformat(), *sorted(asked.needs), asked.language, asked.note]
    return json.dumps(said)


def ask_for_help(once: uuid.UUID, event_id: uuid.UUID, planned_on: date, asked: Asked, *, held: bool) -> str:
    """Store it where it is not there already; gives its number. `held`: it is one of very many. Raises DateClosed."""
    digits = code_of(once, event_id, planned_on, asked)
    lookup = receipts.derive(digits, "event help").lookup
    request_id = id_of(once, event_id, planned_on, asked)
    with transaction() as db:
        if db.get(HelpRequest, request_id) is not None:
            return digits
        event = existing(db, Event, event_id, with_for_update=True)
        dates = dates_to_ask(event, occurrences_of([event_id]).get(event_id, []))
        if not can_ask(dates, planned_on, asked.needs):
            raise DateClosed
        sealed = seal_request(asked.as_stored(), request_id)
        row = HelpRequest(
            id=request_id, lookup=lookup, event_id=event_id, planned_on=planned_on, is_held=held, sealed=sealed
        )
        db.add(row)
    return digits


def open_with_code(digits: str) -> Draft | None:
    """A visit for whoever holds these digits, or None where they open nothing."""
    if find_vault() is None:
        return None
    lookup = receipts.derive(digits, "event help").lookup
    request_id = session.scalar(select(HelpRequest.id).where(HelpRequest.lookup == lookup))
    if request_id is None:
        return None
    visit = new_draft(Purpose.HELP, {"request": request_id.hex})
    with transaction() as db:
        visit.save(db)
    return visit


def find_visited(token: str | None) -> OpenRequest | None:
    """The request that this visit opened, or None where the visit has ended."""
    visit = find_draft(token, Purpose.HELP)
    return find_request(uuid.UUID(visit.content["request"])) if visit else None


def end_visit(token: str) -> None:
    """Whoever kept a copy of the cookie opens nothing with it."""
    with transaction() as db:
        drop_draft(db, token)


def find_request(request_id: uuid.UUID) -> OpenRequest | None:
    row = session.get(HelpRequest, request_id)
    return opened([row])[0] if row else None


def messages_of(request_id: uuid.UUID) -> list[SaidMessage]:
    rows = session.scalars(
        select(HelpMessage).where(HelpMessage.request_id == request_id).order_by(HelpMessage.position)
    )
    key = _key(request_id)
    return [SaidMessage(row.is_from_person, _text_of(row, key), row.sent_on) for row in rows]


def _text_of(row: HelpMessage, key: bytes) -> str | None:
    try:
        return str(sealing.unseal(row.sealed, key, MESSAGE, row.id)["text"])
    except SealError:
        return None


def write_to_editors(db: Session, request_id: uuid.UUID, text: str, once: uuid.UUID) -> None:
    """The same `once` is stored once. Raises IsEnded, TooManyMessages."""
    row = existing(db, HelpRequest, request_id, with_for_update=True)
    if not opened([row])[0].is_open:
        raise IsEnded
    if add_message(db, row, text, once, is_from_person=True):
        row.version += 1
        row.changed_on = today()
        row.waits_since = row.waits_since or today()


def take_back(db: Session, request_id: uuid.UUID) -> None:
    """Nothing that was written stays. Where something was arranged already, an editor has to look. Twice is once."""
    row = existing(db, HelpRequest, request_id, with_for_update=True)
    if row.state is HelpState.WITHDRAWN:
        return
    found = opened([row])[0]
    was_arranged = Outcome.MET in found.needs.values()
    if not found.is_damaged:
        row.sealed = seal_request(unseal_request(row) | {"note": ""}, row.id)
    for message in db.scalars(select(HelpMessage).where(HelpMessage.request_id == row.id)):
        db.delete(message)
    row.state = HelpState.WITHDRAWN
    row.version += 1
    row.changed_on = today()
    row.waits_since = today() if was_arranged else None


def add_message(db: Session, row: HelpRequest, text: str, once: uuid.UUID, *, is_from_person: bool) -> bool:
    """Inside the caller's transaction, with the request's row locked; False where it is there. Raises TooManyMessages."""
    if db.get(HelpMessage, once) is not None:
        return False
    of_this = HelpMessage.request_id == row.id
    own = of_this & HelpMessage.is_from_person
    if is_from_person and (db.scalar(select(func.count()).select_from(HelpMessage).where(own)) or 0) >= MAX_MESSAGES:
        raise TooManyMessages
    last = db.scalar(select(func.max(HelpMessage.position)).where(of_this)) or 0
    sealed = sealing.seal({"text": text}, _key(row.id), row.id, MESSAGE, once, PAD)
    message = HelpMessage(id=once, request_id=row.id, position=last + 1, is_from_person=is_from_person)
    message.sealed = sealed
    db.add(message)
    return True
