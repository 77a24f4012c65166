"""A referral, sealed and opened: for the agency, for officers and for the reporter, each what is theirs; and how it ends."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import session, today, transaction
from portal.files.store import Kept
from portal.reporting import agency_mail
from portal.reporting.deleted_list import list_deleted
from portal.reporting.files import SentFile
from portal.reporting.models import Report, State
from portal.reporting.questions.contact import HOW_TO_REACH, NOTHING
from portal.reporting.referral_models import OPEN_REFERRALS, Referral, ReferralPart, ReferralState, ReferralWay
from portal.vault import agencies, keyholders, sealing
from portal.vault.sealing import SealError

SENT, CONTACT, CAME_BACK = "referral.sent/1", "referral.contact/1", "referral.came_back/1"
NOTICE, OWN, TOLD, TOLD_KEY = "referral.notice/1", "referral.own/1", "referral.told/1", "referral.told_key"
# What is ticked, 4,000 letters of words in any script and the addresses of eight files: mostly one length.
SENT_PAD, CAME_BACK_PAD = 32 * 1024, 16 * 1024
CONTACT_PAD, SMALL_PAD = 8 * 1024, 4 * 1024
MAX_REPLIES, MAX_REPLY, MAX_REFERENCE, MAX_NOTE, MAX_WHY = 20, 2_000, 60, 1_000, 1_000

Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sent:
    """What an agency is told: all that it ever sees of the report, but for how to reach the reporter."""

    agency: str
    way: ReferralWay
    facts: Rows = ()
    words: str = ""
    files: tuple[SentFile, ...] = ()
    note: str = ""
    by: str = ""
    told_key: bytes = b""

    def as_content(self) -> dict[str, Any]:
        files = [vars(each.kept) | {"position": each.position} for each in self.files]
        return vars(self) | {"facts": list(self.facts), "files": files, "told_key": self.told_key.hex()}

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Sent:
        return cls(
            content["agency"],
            ReferralWay(content["way"]),
            tuple((title, words) for title, words in content["facts"]),
            content["words"],
            tuple(SentFile(Kept.read(each), each["position"]) for each in content["files"]),
            content["note"],
            content["by"],
            bytes.fromhex(content["told_key"]),
        )


@dataclass(frozen=True)
class Reply:
    """What an agency said, or an officer wrote down of what it said on the telephone or on paper."""

    id: str
    act: ReferralState
    on: date
    by: str
    text: str


@dataclass(frozen=True)
class CameBack:
    """Oldest first; their own number for it, and what they say became of it."""

    replies: tuple[Reply, ...] = ()
    reference: str = ""
    disposition: str = ""

    def as_content(self) -> dict[str, Any]:
        replies = [vars(each) | {"on": each.on.isoformat()} for each in self.replies]
        return {"replies": replies, "reference": self.reference, "disposition": self.disposition}

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> CameBack:
        replies = tuple(
            Reply(each["id"], ReferralState(each["act"]), date.fromisoformat(each["on"]), each["by"], each["text"])
            for each in content["replies"]
        )
        return cls(replies, content["reference"], content["disposition"])


@dataclass(frozen=True)
class Basis:
    """On which consent it went: what was agreed, in which text and language, since when; or for which reason of law."""

    told: str = ""
    text: int = 0
    language: str = ""
    on: str = ""
    override: str = ""
    why: str = ""


@dataclass(frozen=True)
class OpenReferral:
    """A referral that an officer, or its agency, has opened; what is damaged, or not theirs, is None."""

    id: uuid.UUID
    report_id: uuid.UUID
    state: ReferralState
    made_on: date
    answer_due_on: date
    answered_on: date | None
    ended_on: date | None
    is_news: bool
    agency: str
    sent: Sent | None = None
    contact: Rows | None = None
    """None as well where the reporter has taken it out since."""
    came_back: CameBack | None = None
    basis: Basis | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_REFERRALS

    @property
    def is_late(self) -> bool:
        """Whether the agency should have said by now if it takes it."""
        return self.state is ReferralState.SENT and self.answer_due_on < today()


@dataclass(frozen=True)
class Told:
    """A referral as its reporter reads it."""

    state: ReferralState
    made_on: date
    answered_on: date | None
    ended_on: date | None
    agency: str | None
    """None where it is damaged."""
    parts: tuple[ReferralPart, ...] = ()
    reference: str = ""
    is_override: bool | None = None
    """Whether it went for a reason of law; None where nobody can tell: of rows from before this was written down."""


@dataclass(frozen=True)
class Keys:
    """The keys by which a new referral is sealed: its own, the agency's notice, the report's, the conversation's."""

    report_id: uuid.UUID
    report: bytes
    conversation: bytes
    own: bytes = field(default_factory=sealing.new_key)
    notice: bytes = field(default_factory=sealing.new_key)
    told: bytes = field(default_factory=sealing.new_key)


def seal_new(row: Referral, keys: Keys, sent: Sent, contact: Rows, basis: Basis, parts: list[ReferralPart]) -> None:
    """Seal all of a new referral into its row."""
    content = {"rows": list(contact)}
    row.sealed = sealing.seal(sent.as_content(), keys.own, row.id, SENT, row.id, SENT_PAD)
    row.contact = sealing.seal(content, keys.own, row.id, CONTACT, row.id, CONTACT_PAD)
    seal_came_back(row, keys.own, CameBack())
    row.notice = sealing.seal({"agency": sent.agency}, keys.notice, row.notice_id, NOTICE, row.id, SMALL_PAD)
    own = vars(basis) | {"agency": sent.agency}
    row.own = sealing.seal(own, keys.report, keys.report_id, OWN, row.id, SMALL_PAD)
    row.told_key = sealing.lock(keys.told, keys.conversation, TOLD_KEY, row.id.bytes)
    told = {"agency": sent.agency, "parts": [part.value for part in parts], "reference": ""}
    # That consent does not end it must be known where the reporter's key is all there is; the reason is not for them.
    seal_told(row, keys.told, told | {"override": bool(basis.override)})


def seal_came_back(row: Referral, key: bytes, came_back: CameBack) -> None:
    row.came_back = sealing.seal(came_back.as_content(), key, row.id, CAME_BACK, row.id, CAME_BACK_PAD)


def seal_told(row: Referral, key: bytes, told: dict[str, Any]) -> None:
    row.told = sealing.seal(told, key, row.id, TOLD, row.id, SMALL_PAD)


def say_reference(row: Referral, key: bytes, reference: str) -> None:
    """The reporter reads the agency's own number; where what they read is damaged it stays as it is."""
    content = _unsealed(row.told, key, TOLD, row.id)
    if content is not None:
        seal_told(row, key, content | {"reference": reference})


def opened(row: Referral, key: bytes | None, *, report_key: bytes | None = None, agency: str = "") -> OpenReferral:
    """One damaged part hides no other."""
    sent = _unsealed(row.sealed, key, SENT, row.id)
    contact = _unsealed(row.contact, key, CONTACT, row.id)
    came_back = _unsealed(row.came_back, key, CAME_BACK, row.id)
    own = _unsealed(row.own, report_key, OWN, row.id)
    return OpenReferral(
        row.id,
        row.report_id,
        row.state,
        row.made_on,
        row.answer_due_on,
        row.answered_on,
        row.ended_on,
        row.is_news,
        (own or sent or {}).get("agency", agency),
        Sent.read(sent) if sent else None,
        tuple((title, words) for title, words in contact["rows"]) if contact else None,
        CameBack.read(came_back) if came_back else None,
        Basis(**{name: given for name, given in own.items() if name in Basis.__dataclass_fields__}) if own else None,
    )


def told_referrals(report_id: uuid.UUID, conversation_key: bytes) -> list[Told]:
    """What its reporter reads of each, the oldest first; of a damaged one that it is there."""
    return [_told(row, conversation_key) for row in rows_of(session, report_id)]


def _told(row: Referral, conversation_key: bytes) -> Told:
    days = row.state, row.made_on, row.answered_on, row.ended_on
    try:
        key = sealing.unlock(row.told_key, conversation_key, TOLD_KEY, row.id.bytes)
    except SealError:
        return Told(*days, None)
    content = _unsealed(row.told, key, TOLD, row.id)
    if content is None:
        return Told(*days, None)
    parts = tuple(map(ReferralPart, content["parts"]))
    return Told(*days, content["agency"], parts, content["reference"], content.get("override"))


def notice_agency(row: Referral, key: bytes) -> str:
    """The agency whose notice it is; empty where it is damaged."""
    return (_unsealed(row.notice, key, NOTICE, row.id) or {}).get("agency", "")


def _unsealed(blob: bytes | None, key: bytes | None, label: str, row_id: uuid.UUID) -> dict[str, Any] | None:
    if blob is None or key is None:
        return None
    try:
        return sealing.unseal(blob, key, label, row_id)
    except SealError:
        return None


def rows_of(db: Session, report_id: uuid.UUID, *, lock: bool = False) -> list[Referral]:
    """By day, and within a day in no order that tells anything."""
    wanted = select(Referral).where(Referral.report_id == report_id).order_by(Referral.made_on, Referral.id)
    return list(db.scalars(wanted.with_for_update() if lock else wanted))


def end(db: Session, row: Referral, state: ReferralState) -> None:
    """Nothing of it is open to an agency any more, inside the caller's transaction, also not from a database put back.

    An agency that did not end it itself hears that something waits: it must stop, and reads why.
    """
    if state in (ReferralState.TAKEN_BACK, ReferralState.CLOSED):
        agency_mail.tell_holders(db, (row.id,))
    row.state, row.ended_on = state, today()
    list_deleted(row.id)
    agencies.end_access(db, (row.id,))


def stop_referrals(db: Session, report: Report) -> None:
    """Its reporter has stopped work, inside the caller's transaction, which has locked the report: all are taken back."""
    stopped = [row for row in rows_of(db, report.id, lock=True) if row.state in OPEN_REFERRALS]
    for row in stopped:
        end(db, row, ReferralState.TAKEN_BACK)
        row.is_news = True
    if stopped and report.state is State.REFERRED:
        report.state = State.LOOKED_AT


def follow_consent(db: Session, report: Report, conversation_key: bytes, given: Mapping[str, str]) -> None:
    """Its reporter has chosen anew, inside the caller's transaction, which has locked the report.

    What an agency may not be told any more it opens no more; what went for a reason of law stays. Where nobody can tell on
    what it went (a row that is damaged, or from before that was written down) it stays and officers are told: they know.
    """
    has_ended = False
    for row in rows_of(db, report.id, lock=True):
        told = _told(row, conversation_key)
        may_be_told = given.get(told.agency or "", NOTHING)
        has_contact = ReferralPart.CONTACT in told.parts and row.contact is not None
        is_too_much = may_be_told == NOTHING or (has_contact and may_be_told != HOW_TO_REACH)
        if row.state not in OPEN_REFERRALS or told.is_override or not is_too_much:
            continue
        row.is_news = True
        if told.is_override is None:
            continue
        if may_be_told == NOTHING:
            end(db, row, ReferralState.TAKEN_BACK)
            has_ended = True
        else:
            row.contact = None
            list_deleted(_contact_id(row.id))
    if has_ended and report.state is State.REFERRED and not has_open(db, report.id):
        report.state = State.LOOKED_AT


def _contact_id(referral_id: uuid.UUID) -> uuid.UUID:
    """Under which it is listed that how to reach its reporter was taken out of it."""
    return uuid.uuid5(referral_id, ReferralPart.CONTACT)


def drop_referral_keys(db: Session, report_id: uuid.UUID) -> None:
    """Nobody opens any of them, inside the transaction that deletes the report; the rows go with it."""
    rows = rows_of(db, report_id)
    keyholders.drop_grants(db, [one for row in rows for one in (row.id, row.notice_id)])


def owners_of_listed_referrals(listed: list[uuid.UUID]) -> list[uuid.UUID]:
    """The reports of those of which an agency opens again in an older database, which was put back, what it may not."""
    gone = set(listed)
    columns = Referral.id, Referral.report_id, Referral.contact.is_not(None).label("has_contact")
    rows = session.execute(select(*columns)).all()
    still = agencies.are_open(each.id for each in rows if each.id in gone)
    return [each.report_id for each in rows if each.id in still or (each.has_contact and _contact_id(each.id) in gone)]


def end_listed_referrals_of(report_id: uuid.UUID, listed: list[uuid.UUID]) -> bool:
    """End again those of a report that had ended when the backup was older than that, and how to reach its reporter."""
    gone = set(listed)
    with transaction() as db:
        report = db.get(Report, report_id, with_for_update=True)
        for row in rows_of(db, report_id, lock=True):
            if _contact_id(row.id) in gone:
                row.contact = None
            if row.id in gone:
                agencies.end_access(db, (row.id,))
                if row.state in OPEN_REFERRALS:
                    row.state, row.ended_on = ReferralState.ENDED, today()
        if report is not None and report.state is State.REFERRED and not has_open(db, report_id):
            report.state = State.LOOKED_AT
    return True


def has_open(db: Session, report_id: uuid.UUID) -> bool:
    """Whether any is with its agency."""
    return any(row.state in OPEN_REFERRALS for row in rows_of(db, report_id))
