"""A report handed over to the desk that mends it: what is sent by its reporter's choice, and what came of it.

It is sealed under a key of its own, which the conversation's key opens, and the worker's until it has gone. The reference
by which a desk knows that two are one is drawn for this alone and stands in no other place.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.db import existing, random_id, session, utcnow
from portal.languages.i18n import language_of
from portal.partnership.desks import Desk, find_desk
from portal.partnership.file import current_partnership
from portal.reporting.desk_offers import Offer, desks_of, offer_of
from portal.reporting.models import HandOver, HandOverProblem, HandOverState, Report, State
from portal.vault import sealing, worker_key
from portal.vault.sealing import SealError

LABEL, KEY_LABEL = "report.hand_over/1", "report.hand_over_key"
# All that is ticked and all that comes back takes less; their own words go apart, and no length tells whether they do.
PAD = 4 * 1024
WORDS_PAD = 20 * 1024
# Of the words by which a reporter chooses it. Raise it whenever their meaning is changed.
CONSENT_TEXT = 1
OVERDUE_AFTER = timedelta(days=1)
# What hangs on a report that is held waits for an officer; nothing more is done about one that is closed.
GOES_IN = (State.NEW, State.LOOKED_AT, State.REFERRED, State.ACTION)
# A letter for each digit, none that looks like another.
LETTERS = "BCDFGHJKMPQRTVWXYZ2346789"


def queue_hand_overs(
    db: Session, report: Report, conversation_key: bytes, answers: Mapping[str, Any], read_in: str
) -> None:
    """Queue what its reporter chose, inside the transaction that stores the report."""
    chosen = answers.get("check") or {}
    for desk in desks_of(answers):
        offer = offer_of(desk, answers) if desk.code in chosen.get("send_to", ()) else None
        if offer is not None:
            _queue(db, report, conversation_key, offer, read_in, has_words=desk.code in chosen.get("send_words", ()))


def _queue(
    db: Session, report: Report, conversation_key: bytes, offer: Offer, read_in: str, *, has_words: bool
) -> None:
    key = sealing.new_key()
    row = HandOver(id=random_id(), report_id=report.id, state=HandOverState.WAITING)
    row.locked_key = sealing.lock(key, conversation_key, KEY_LABEL, row.id.bytes)
    reference = "".join(secrets.choice(LETTERS) for _number in range(8))
    content = {
        "desk": offer.desk.code,
        "name": offer.desk.name.in_("en"),
        "type": offer.type,
        "address": offer.address,
        "told": offer.told,
        "reference": f"{reference[:4]}-{reference[4:]}",
        "consent": {"text": CONSENT_TEXT, "language": read_in, "words": has_words},
        "said": "",
        "room": len(offer.words) if has_words else 0,
    }
    seal_content(row, key, content)
    _wait(row, key, offer.words if has_words else "")
    db.add(row)


def seal_content(row: HandOver, key: bytes, content: dict[str, Any]) -> None:
    row.sealed = sealing.seal(content, key, row.id, LABEL, row.id, PAD)


def _wait(row: HandOver, key: bytes, words: str) -> None:
    """Due at once: since midnight, which tells no hour. Their own words are for the worker only, not for the receipt."""
    row.for_worker = worker_key.seal_for_worker(key + words.encode(), row.id.bytes, WORDS_PAD)
    row.state, row.problem = HandOverState.WAITING, None
    row.due_at = utcnow().replace(hour=0, minute=0, second=0, microsecond=0)


def end(row: HandOver, state: HandOverState, problem: HandOverProblem | None = None) -> None:
    """The worker has no more to do with it, and cannot open it any more."""
    row.state, row.problem, row.for_worker, row.due_at = state, problem, None, None


@dataclass(frozen=True)
class HandedOver:
    """A hand-over that whoever has the conversation's key has opened."""

    id: uuid.UUID
    state: HandOverState
    problem: HandOverProblem | None
    content: dict[str, Any] | None
    """None where it is damaged."""

    @property
    def desk(self) -> Desk | None:
        """As the partnership file has it now; None where it was taken out."""
        return find_desk(current_partnership().desks, self.content["desk"]) if self.content else None

    @property
    def name(self) -> Any:
        return self.desk.name if self.desk else self.content["name"] if self.content else ""

    @property
    def number(self) -> str:
        return str((self.content or {}).get("number", ""))

    @property
    def sent_on(self) -> date | None:
        day = (self.content or {}).get("sent_on")
        return date.fromisoformat(day) if day else None

    @property
    def may_have_arrived(self) -> bool:
        return bool((self.content or {}).get("may_have_arrived"))

    @property
    def read_in(self) -> str:
        """The language in which its reporter chose it, by its own name."""
        return language_of(self.content["consent"]["language"]).name if self.content else ""


def handed_over(report_id: uuid.UUID, conversation_key: bytes) -> list[HandedOver]:
    """What went, goes or did not go to desks; those of one report are told apart by desk, never by order."""
    rows = session.scalars(select(HandOver).where(HandOver.report_id == report_id).order_by(HandOver.id))
    return [HandedOver(row.id, row.state, row.problem, _opened(row, conversation_key)) for row in rows]


def _opened(row: HandOver, conversation_key: bytes) -> dict[str, Any] | None:
    try:
        return sealing.unseal(row.sealed, _key(row, conversation_key), LABEL, row.id)
    except SealError:
        # One that is damaged must not hide the report.
        return None


def _key(row: HandOver, conversation_key: bytes) -> bytes:
    return sealing.unlock(row.locked_key, conversation_key, KEY_LABEL, row.id.bytes)


def stop_hand_overs(db: Session, report_id: uuid.UUID) -> None:
    """Nothing of this report goes anywhere any more, inside the caller's transaction, which has locked the report."""
    not_gone = HandOver.state.in_((HandOverState.WAITING, HandOverState.GIVEN_UP))
    for row in db.scalars(select(HandOver).where(HandOver.report_id == report_id, not_gone).with_for_update()):
        end(row, HandOverState.STOPPED)


def stop_hand_over(db: Session, report_id: uuid.UUID, hand_over_id: uuid.UUID) -> bool:
    """One that has not gone is not sent, or has been dealt with; False where it has gone. Raises NotThere."""
    row = _locked(db, report_id, hand_over_id)
    if row is None or row.state not in (HandOverState.WAITING, HandOverState.GIVEN_UP):
        return False
    end(row, HandOverState.STOPPED)
    return True


def try_again(
    db: Session, report_id: uuid.UUID, hand_over_id: uuid.UUID, conversation_key: bytes, narrative: str
) -> bool:
    """Send one after all that was given up; False where it was not. Raises SealError, NotThere."""
    row = _locked(db, report_id, hand_over_id)
    if row is None or row.state is not HandOverState.GIVEN_UP:
        return False
    key = _key(row, conversation_key)
    content = sealing.unseal(row.sealed, key, LABEL, row.id)
    seal_content(row, key, content | {"unclear_tries": 0})
    _wait(row, key, narrative[: content["room"]])
    return True


def _locked(db: Session, report_id: uuid.UUID, hand_over_id: uuid.UUID) -> HandOver | None:
    """The report's row first, as everywhere."""
    existing(db, Report, report_id, with_for_update=True)
    row = db.get(HandOver, hand_over_id, with_for_update=True)
    return row if row is not None and row.report_id == report_id else None


@dataclass(frozen=True)
class Failing:
    report_id: uuid.UUID
    problem: HandOverProblem | None
    """None where no worker has taken it up."""


def failing_hand_overs() -> list[Failing]:
    """Those of reports in work that do not get through, unless it may be better by itself: staff must see them."""
    wants_someone = HandOver.problem.in_((HandOverProblem.REFUSED, HandOverProblem.NOT_SET_UP))
    is_waiting = HandOver.state == HandOverState.WAITING
    found = session.execute(
        select(HandOver.report_id, HandOver.problem)
        .join(Report, Report.id == HandOver.report_id)
        .where(
            Report.state.in_(GOES_IN),
            or_(
                HandOver.state == HandOverState.GIVEN_UP,
                and_(is_waiting, or_(wants_someone, HandOver.due_at < utcnow() - OVERDUE_AFTER)),
            ),
        )
        .order_by(HandOver.report_id)
    )
    return [Failing(report_id, problem) for report_id, problem in found]
