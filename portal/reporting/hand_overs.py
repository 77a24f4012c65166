"""A report handed over to the desk that mends it: what is sent by its reporter's choice, and what came of it.

GeoReport has no key by which a server knows a request that came before. Where an answer was lost, the request is therefore
posted again, three times at most: a desk that has two with one reference closes one, and one that has none mends nothing.
The reference is drawn for this alone and stands in no other place.
"""

from __future__ import annotations

import secrets
import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.config import settings
from portal.db import existing, random_id, session, today, transaction, utcnow
from portal.languages.i18n import language_of
from portal.partnership.desks import Desk, find_desk
from portal.partnership.file import current_partnership
from portal.reporting import open311
from portal.reporting.desk_offers import Offer, desks_of, offer_of
from portal.reporting.models import HandOver, HandOverProblem, HandOverState, Report, State
from portal.reporting.open311 import NotTaken, Taken
from portal.vault import sealing, worker_key
from portal.vault.sealing import SealError

LABEL, KEY_LABEL = "report.hand_over/1", "report.hand_over_key"
# All that is ticked and all that comes back takes less; their own words go apart, and no length tells whether they do.
PAD = 4 * 1024
WORDS_PAD = 20 * 1024
# Of the words by which a reporter chooses it. Raise it whenever their meaning is changed.
CONSENT_TEXT = 1
GIVE_UP_AFTER = timedelta(days=7)
MAX_UNCLEAR = 3
OVERDUE_AFTER = timedelta(days=1)
AT_ONCE = 20
# One that is held waits for an officer; nothing more is done about one that is closed.
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
    _seal(row, key, content)
    _wait(row, key, offer.words if has_words else "")
    db.add(row)


def _seal(row: HandOver, key: bytes, content: dict[str, Any]) -> None:
    row.sealed = sealing.seal(content, key, row.id, LABEL, row.id, PAD)


def _wait(row: HandOver, key: bytes, words: str) -> None:
    """Due at once: since midnight, which tells no hour. Their own words are for the worker only, not for the receipt."""
    row.for_worker = worker_key.seal_for_worker(key + words.encode(), row.id.bytes, WORDS_PAD)
    row.state, row.problem = HandOverState.WAITING, None
    row.due_at = utcnow().replace(hour=0, minute=0, second=0, microsecond=0)


def _end(row: HandOver, state: HandOverState, problem: HandOverProblem | None = None) -> None:
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
        _end(row, HandOverState.STOPPED)


def stop_hand_over(db: Session, report_id: uuid.UUID, hand_over_id: uuid.UUID) -> bool:
    """One that has not gone is not sent, or has been dealt with; False where it has gone. Raises NotThere."""
    row = _locked(db, report_id, hand_over_id)
    if row is None or row.state not in (HandOverState.WAITING, HandOverState.GIVEN_UP):
        return False
    _end(row, HandOverState.STOPPED)
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
    _seal(row, key, content | {"unclear_tries": 0})
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


@dataclass(frozen=True)
class _Claimed:
    key: bytes
    content: dict[str, Any]
    words: str
    received_on: date


def send_due_hand_overs() -> int:
    """Send what is due; returns how many were taken. The worker does it.

    Each is claimed right before it is sent, by the hour at which it would be tried again: rather twice than never. After
    one that fails the others wait for the next time: alerts must not wait for a system that answers nobody.
    """
    due = session.scalars(
        select(HandOver.id)
        .join(Report, Report.id == HandOver.report_id)
        .where(HandOver.state == HandOverState.WAITING, HandOver.due_at <= utcnow(), Report.state.in_(GOES_IN))
        .order_by(HandOver.id)
        .limit(AT_ONCE)
    ).all()
    session.rollback()
    taken = 0
    for hand_over_id in due:
        claimed = _claim(hand_over_id)
        if claimed is None:
            continue
        answer = _send(claimed.content, claimed.words)
        _keep(hand_over_id, claimed, answer)
        if isinstance(answer, NotTaken):
            break
        taken += 1
    return taken


def _claim(hand_over_id: uuid.UUID) -> _Claimed | None:
    with transaction() as db:
        report_id = db.scalar(select(HandOver.report_id).where(HandOver.id == hand_over_id))
        report = db.get(Report, report_id, with_for_update=True) if report_id else None
        row = db.get(HandOver, hand_over_id, with_for_update=True, populate_existing=True) if report else None
        if row is None or report is None or report.state not in GOES_IN:
            return None
        if row.state is not HandOverState.WAITING or row.due_at is None or row.due_at > utcnow():
            return None  # stopped, or claimed by another worker
        row.due_at = next_try(report.received_on, utcnow())
        try:
            opened = worker_key.open_as_worker(row.for_worker or b"", row.id.bytes)
            key, words = opened[: sealing.KEY_SIZE], opened[sealing.KEY_SIZE :].decode()
            content = sealing.unseal(row.sealed, key, LABEL, row.id)
        except SealError:
            _end(row, HandOverState.GIVEN_UP, HandOverProblem.UNREADABLE)
            return None
        return _Claimed(key, content, words, report.received_on)


def next_try(received_on: date, now: datetime) -> datetime:
    """The next hour of a timetable that all of one day share: it tells nothing of when a report came.

    On the first day every hour, on the second every four, later every twelve.
    """
    age = (now.date() - received_on).days
    hours = 1 if age <= 0 else 4 if age == 1 else 12
    earliest = now + timedelta(minutes=2)  # not while it is still being sent
    midnight = earliest.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(hours=(earliest - midnight) // timedelta(hours=hours) * hours + hours)


def _send(content: Mapping[str, Any], words: str) -> Taken | NotTaken:
    """Outside of any transaction: it takes as long as the other side likes, up to PATIENCE."""
    desk = find_desk(current_partnership().desks, content["desk"])
    service = desk.open311.service_codes.get(content["type"]) if desk else None
    if desk is None or service is None:
        return NotTaken(HandOverProblem.NOT_SET_UP)
    if content.get("token"):
        return open311.ask_token(desk.open311, content["token"])
    try:
        api_key = api_keys().get(desk.code, "")
    except (OSError, ValueError):
        return NotTaken(HandOverProblem.NOT_SET_UP)
    with force_locale("en_GB"):
        lines = [content["told"], *([_("In their own words:"), words] if words else [])]
        lines.append(
            _("Reference: %(reference)s. The same reference twice is one report.", reference=content["reference"])
        )
    fields = {
        "service_code": service,
        "address_string": content["address"],
        "description": "\n".join(lines),
    }
    return open311.post_request(desk.open311, api_key, fields)


def api_keys() -> dict[str, str]:
    """By the desk's code, from the file that PORTAL_OPEN311_KEYS names. Raises OSError, ValueError."""
    path = settings().open311_keys
    keys = tomllib.loads(path.read_text(encoding="utf-8")) if path else {}
    if not all(isinstance(key, str) for key in keys.values()):
        raise ValueError("each API key is text in quotation marks")
    return keys


def _keep(hand_over_id: uuid.UUID, claimed: _Claimed, answer: Taken | NotTaken) -> None:
    """What came of it: also of one that was stopped in that moment, for it may have gone all the same."""
    content = claimed.content
    is_asked = bool(content.get("token"))
    with transaction() as db:
        row = db.get(HandOver, hand_over_id, with_for_update=True)
        if row is None:  # deleted in the meantime
            return
        is_old = today() - claimed.received_on >= GIVE_UP_AFTER
        if isinstance(answer, Taken):
            sent_on = content.get("sent_on") or today().isoformat()
            content = content | {"sent_on": sent_on, "number": answer.number, "token": answer.token, "said": ""}
            row.problem = None
            if answer.number or is_old:
                _end(row, HandOverState.SENT)
        elif is_asked:
            # It has gone; only its number is not there yet, and may never be.
            if is_old:
                _end(row, HandOverState.SENT)
        else:
            unclear = answer.problem is HandOverProblem.UNCLEAR
            tries = content.get("unclear_tries", 0) + unclear
            may_have_arrived = unclear or content.get("may_have_arrived", False)
            content = content | {"said": answer.said, "unclear_tries": tries, "may_have_arrived": may_have_arrived}
            if row.state is HandOverState.WAITING:
                row.problem = answer.problem
                if is_old or tries >= MAX_UNCLEAR:
                    _end(row, HandOverState.GIVEN_UP, answer.problem)
        _seal(row, claimed.key, content)
