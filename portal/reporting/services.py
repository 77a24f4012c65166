"""A report is begun, kept answer by answer, and sent once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from portal import disk, limits
from portal.db import has_given_up, random_id, today, transaction, utcnow
from portal.reporting import equality
from portal.reporting.desk_offers import chosen_desks
from portal.reporting.models import Kind, Source, State
from portal.reporting.questions.asked import still_asked
from portal.reporting.questions.contact import told_of_contact
from portal.reporting.storing import store_report, taken_by
from portal.reporting.suspicion import looks_automatic
from portal.vault import receipts
from portal.vault.drafts import Draft, Purpose, drop_draft, find_draft, new_draft

RECEIPT_SHOWN_FOR = timedelta(minutes=15)
MAX_REPORTS_PER_HOUR = 5
MAX_SEND_ATTEMPTS = 3


@dataclass(frozen=True)
class Receipt:
    """What the page after sending shows."""

    digits: str
    received_on: date
    immediate_risk: bool
    has_contact: bool
    files: int
    """How many photos, recordings and papers came with it."""
    is_request: bool
    taken: Source | None
    """How the report was told, where someone at work wrote it down."""
    desks: dict[str, bool]
    """By code those that mend it, and whether it is handed over to them."""

    @property
    def groups(self) -> list[str]:
        return receipts.groups(self.digits)


def begin_report() -> Draft:
    """A new draft; its receipt is drawn now, so that sending twice cannot give two. Raises NoRoom."""
    disk.check_room_for_draft()
    with transaction(durable=False) as db:
        return _begin(db, {})


def begin_request() -> Draft:
    """A draft of a request for another format or an interpreter; it tells no story. Raises NoRoom."""
    disk.check_room_for_draft()
    with transaction(durable=False) as db:
        return _begin(db, {"kind": {"kind": Kind.REQUEST.value}, "narrative": {"narrative": ""}})


def take_report(db: Session, source: Source, centre: str) -> Draft:
    """A new draft for what someone tells by telephone or in person, inside the caller's transaction.

    `centre` is the reporting centre that writes it down; empty where an officer does.
    """
    return _begin(db, {"taken": {"source": source.value, "centre": centre}})


def _begin(db: Session, answers: dict[str, Any]) -> Draft:
    content = {
        "token": random_id().hex,
        "receipt": receipts.draw(),
        "answers": answers,
        "typed": {},
        "begun_at": utcnow().timestamp(),
    }
    draft = new_draft(Purpose.REPORT, content)
    draft.save(db)
    return draft


def find_report_draft(token: str | None) -> Draft | None:
    return find_draft(token, Purpose.REPORT)


def keep_answer(
    token: str | None, question: str, answer: dict[str, Any] | None, stale: Iterable[str] = ()
) -> Draft | None:
    """Keep an answer (None: skipped) and forget what was half typed, and the `stale` answers. None where the draft has ended."""

    def change(content: dict[str, Any]) -> None:
        content["answers"][question] = answer
        for code in stale:
            content["answers"].pop(code, None)

    return _change_draft(token, question, change)


def keep_typed(token: str | None, question: str, typed: dict[str, list[str]]) -> Draft | None:
    """Keep what was typed but not yet checked, while the language is changed."""
    return _change_draft(token, question, lambda content: content["typed"].__setitem__(question, typed))


def _change_draft(token: str | None, question: str, change: Any) -> Draft | None:
    # Nobody was told that anything has arrived. Waiting for the disk on each page would hold up those who are.
    with transaction(durable=False) as db:
        draft = find_draft(token, Purpose.REPORT, lock=True)
        if draft is None or "sent" in draft.content:
            return draft
        draft.content["typed"].pop(question, None)
        change(draft.content)
        draft.save(db)
    return draft


def sent_receipt(draft: Draft | None) -> Receipt | None:
    """The receipt of a draft that was sent, as long as it may be shown."""
    if draft is None or "sent" not in draft.content:
        return None
    sent = draft.content["sent"]
    return Receipt(
        sent["receipt"],
        date.fromisoformat(sent["received_on"]),
        immediate_risk=sent["immediate_risk"],
        has_contact=sent["has_contact"],
        files=sent.get("files", 0),
        is_request=sent["kind"] == Kind.REQUEST,
        taken=taken_by(sent),
        desks=sent.get("desks", {}),
    )


def leave_receipt(token: str) -> Draft | None:
    """Forget the receipt and give the right to answer the equality questions; None where no report was sent."""
    with transaction() as db:
        draft = find_draft(token, Purpose.REPORT, lock=True)
        if draft is None or "sent" not in draft.content:
            return None
        drop_draft(db, token)
        return equality.give_right(db, draft.content["sent"]["kind"])


def forget_draft(token: str) -> None:
    with transaction() as db:
        drop_draft(db, token)


def looks_like_a_program(draft: Draft, *, is_trapped: bool) -> bool:
    """Whether a person would look at this draft's report first, if it were sent now by the visitor who asks."""
    is_one_of_many = not taken_by(draft.content["answers"]) and limits.visits("report") >= MAX_REPORTS_PER_HOUR
    return is_one_of_many or _looks_automatic(draft.content, is_trapped)


def _looks_automatic(content: dict[str, Any], is_trapped: bool) -> bool:
    seconds = utcnow().timestamp() - content.get("begun_at", 0.0)
    text = (content["answers"].get("narrative") or {}).get("narrative", "")
    return looks_automatic(seconds=seconds, is_trapped=is_trapped or content.get("doubted", False), text=text)


def doubt(token: str, checked: dict[str, Any] | None) -> Draft | None:
    """Keep what was answered on the page that sends, and that a program may have pressed its button."""

    def change(content: dict[str, Any]) -> None:
        content["answers"]["check"], content["doubted"] = checked, True

    return _change_draft(token, "check", change)


def submit_report(
    token: str,
    checked: dict[str, Any] | None,
    language: str,
    visitor: str,
    *,
    is_trapped: bool = False,
    is_person: bool = False,
) -> Receipt | None:
    """Seal, store, count and acknowledge the draft's report, once, however often it is sent.

    `checked` is what was answered on the page that sends it; `is_trapped` where a box was filled in that no person sees;
    `is_person` where the bot check said so.

    None where the draft has ended. When this returns a receipt the report is on disk.
    """
    draft = find_draft(token, Purpose.REPORT)
    if draft is None or "sent" in draft.content:
        return sent_receipt(draft)
    keys = receipts.derive(draft.content["receipt"])
    for attempt in range(MAX_SEND_ATTEMPTS):
        try:
            return _submit(token, checked, keys, language, visitor, is_trapped, is_person)
        except (IntegrityError, OperationalError) as problem:
            # Two server processes stored the same thing in the same moment, or waited for each other: look again, never
            # lose it. Where a table is closed for longer than that, whoever sends is told while they still wait.
            if attempt == MAX_SEND_ATTEMPTS - 1 or has_given_up(problem):
                raise
    return None


def _submit(
    token: str,
    checked: dict[str, Any] | None,
    keys: receipts.ReceiptKeys,
    language: str,
    visitor: str,
    is_trapped: bool,
    is_person: bool,
) -> Receipt | None:
    with transaction() as db:
        draft = find_draft(token, Purpose.REPORT, lock=True)
        if draft is None or "sent" in draft.content:
            return sent_receipt(draft)
        content = draft.content
        content["answers"]["check"] = checked
        # Whoever takes reports for others sends many from one address.
        is_one_of_many = not taken_by(content["answers"]) and limits.count(db, "report", visitor) > MAX_REPORTS_PER_HOUR
        is_held = not is_person and (is_one_of_many or _looks_automatic(content, is_trapped))
        report = store_report(db, content, keys, language, State.HELD if is_held else State.NEW, today())
        draft.content = {
            "sent": {
                "receipt": content["receipt"],
                "kind": report.kind.value,
                "received_on": report.received_on.isoformat(),
                "immediate_risk": report.immediate_risk,
                "taken": content["answers"].get("taken"),
                "files": len(content.get("files", [])),
                "has_contact": told_of_contact(content["answers"]) is not None,
                "desks": chosen_desks(still_asked(content["answers"])),
            }
        }
        draft.save(db, idle=RECEIPT_SHOWN_FOR)
    return sent_receipt(draft)
