"""The talk between a reporter and the officers: found by receipt, sealed message by message."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import random_id, session, today, transaction
from portal.files.store import Kept
from portal.reporting import clocks, deletions
from portal.reporting.deletions import Deletion, lock_for_work
from portal.reporting.files import SentFile, attach_to_message, files_in, files_of_messages
from portal.reporting.models import Author, Kind, Message, Report, State
from portal.reporting.nudges import mark_due
from portal.vault import receipts, sealing
from portal.vault.drafts import Draft, Purpose, find_draft, new_draft
from portal.vault.keyholders import find_vault
from portal.vault.sealing import SealError

MESSAGE = "report.message/1"
CONVERSATION_KEY = "report.conversation_key"
MAX_TEXT = 4_000
# What 4,000 characters of any script take: a long text and a short one are one length.
LONG_TEXT_PAD = 16 * 1024


@dataclass(frozen=True)
class Conversation:
    """A report as the holder of its receipt may see it: its state and messages, not what was first told."""

    report_id: uuid.UUID
    conversation_id: uuid.UUID
    key: bytes
    state: State
    received_on: date
    told_if_it_helped: bool
    is_request: bool


@dataclass(frozen=True)
class OpenMessage:
    """A message that has been opened."""

    id: uuid.UUID
    author: Author
    text: str | None
    """None where it is damaged."""
    language: str
    sent_on: date
    new: bool
    by: str = ""
    read_in: str = ""
    """The language in which its reporter asked to have everything read to them."""
    files: Sequence[SentFile] = ()
    again: dict[str, Any] | None = None
    """What was told of one more time, where that is what it is: see portal/reporting/again.py."""
    merged: bool | None = None
    """True where it tells that the report goes on together with another, False that it no longer does."""


def seal_message(
    db: Session,
    message: Message,
    conversation_id: uuid.UUID,
    key: bytes,
    text: str,
    language: str,
    sent_on: date,
    by: str = "",
    read_in: str = "",
    again: dict[str, Any] | None = None,
    merged: bool | None = None,
) -> None:
    """Seal the text into the message, inside the caller's transaction."""
    message.language, message.sent_on = language, sent_on
    content: dict[str, Any] = {"text": text, "by": by, "read_in": read_in}
    if again is not None:
        content["again"] = again
    if merged is not None:
        content["merged"] = merged
    message.sealed = sealing.seal(content, key, conversation_id, MESSAGE, message.id, LONG_TEXT_PAD)
    db.add(message)


def open_with_receipt(digits: str) -> Draft | None:
    """A come-back visit for whoever holds these digits, or None where they open nothing."""
    if find_vault() is None:
        return None
    keys = receipts.derive(digits)
    report = session.scalar(select(Report).where(Report.receipt_lookup == keys.lookup))
    if report is None:
        return None
    key = unlock_conversation(report, keys)
    draft = new_draft(Purpose.COME_BACK, {"report": report.id.hex, "key": key.hex(), "typed": "", "reading": {}})
    with transaction() as db:
        draft.save(db)
    return draft


def lock_conversation(report_id: uuid.UUID, key: bytes, keys: receipts.ReceiptKeys) -> bytes:
    """The conversation's key, for whoever holds the receipt."""
    return sealing.lock(key, keys.key, CONVERSATION_KEY, report_id.bytes)


def unlock_conversation(report: Report, keys: receipts.ReceiptKeys) -> bytes:
    """Raises SealError."""
    return sealing.unlock(report.conversation_key, keys.key, CONVERSATION_KEY, report.id.bytes)


def find_conversation(token: str | None) -> tuple[Draft, Conversation] | None:
    """The report that this visit opened, or None where the visit has ended."""
    draft = find_draft(token, Purpose.COME_BACK)
    report = session.get(Report, uuid.UUID(draft.content["report"])) if draft else None
    if draft is None or report is None:
        return None
    return draft, conversation_about(report, bytes.fromhex(draft.content["key"]))


def conversation_about(report: Report, key: bytes) -> Conversation:
    return Conversation(
        report_id=report.id,
        conversation_id=report.conversation_id,
        key=key,
        state=report.state,
        received_on=report.received_on,
        told_if_it_helped=report.told_if_it_helped,
        is_request=report.kind is Kind.REQUEST,
    )


def is_stopped(talk: Conversation, deletion: Deletion | None) -> bool:
    """Whether the officers must not answer any more."""
    return talk.state is State.WITHDRAWN or (deletion is not None and deletion.is_standing)


def keep_typed(token: str | None, **typed: Any) -> None:
    """Keep what the boxes of a page hold, while its language is changed."""
    with transaction(durable=False) as db:
        draft = find_draft(token, Purpose.COME_BACK, lock=True)
        if draft is not None:
            draft.content |= typed
            draft.save(db)


def messages_of(talk: Conversation, reader: Author) -> list[OpenMessage]:
    """Both sides' messages, oldest first; `new` to this reader."""
    rows = session.scalars(select(Message).where(Message.report_id == talk.report_id).order_by(Message.position))
    files = files_of_messages(talk.report_id, talk.key, talk.conversation_id)
    opened = []
    for row in rows:
        try:
            content = sealing.unseal(row.sealed, talk.key, MESSAGE, row.id)
        except SealError:
            # One damaged message must not hide the others.
            content = {"text": None}
        is_new = not row.seen and row.author is not reader
        opened.append(
            OpenMessage(
                row.id,
                row.author,
                content["text"],
                row.language,
                row.sent_on,
                is_new,
                content.get("by", ""),
                content.get("read_in", ""),
                files.get(row.id, ()),
                content.get("again"),
                content.get("merged"),
            )
        )
    return opened


def mark_seen(report_id: uuid.UUID, reader: Author) -> None:
    with transaction() as db:
        set_seen(db, report_id, reader)


def set_seen(db: Session, report_id: uuid.UUID, reader: Author) -> None:
    """What the other side wrote is no longer new, inside the caller's transaction."""
    unseen = select(Message).where(Message.report_id == report_id, Message.author != reader, Message.seen.is_(False))
    for row in db.scalars(unseen):
        row.seen = True


def message_id(once: str | None, text: str) -> uuid.UUID:
    """The same page's same words are one message; other words, from a page that was gone back to, are another."""
    try:
        return uuid.uuid5(uuid.UUID(once or ""), text)
    except ValueError:
        return random_id()


def has_message(db: Session, message_id: uuid.UUID) -> bool:
    return db.get(Message, message_id) is not None


def write_message(
    conversation: Conversation, author: Author, text: str, language: str, once: uuid.UUID, read_in: str = ""
) -> None:
    """Add a message; the same `once` is stored once, however often the button was pressed."""
    with transaction() as db:
        add_message(db, conversation, author, text, language, once, read_in=read_in)


def write_from_visit(token: str, conversation: Conversation, text: str, language: str, once: uuid.UUID) -> None:
    """Send what a visit holds: these words, and the files that were added to them."""
    with transaction() as db:
        visit = find_draft(token, Purpose.COME_BACK, lock=True)
        if visit is None:
            return
        send_visit(db, visit, conversation, text, language, once)
        visit.content["typed"] = ""
        visit.save(db)


def send_visit(
    db: Session,
    visit: Draft,
    conversation: Conversation,
    text: str,
    language: str,
    once: uuid.UUID,
    again: dict[str, Any] | None = None,
) -> bool:
    """Send these words and the visit's files inside the caller's transaction; False where what they tell is there already."""
    files = [each.kept for each in files_in(visit)]
    is_there = db.get(Message, once) is not None
    if files and is_there:
        # The page was gone back to, and other files were added: they are a message of their own, and no further time.
        once, again = uuid.uuid5(once, "".join(each.id for each in files)), None
    if add_message(db, conversation, Author.REPORTER, text, language, once, files=files, again=again):
        visit.content["files"] = []
        return not is_there
    return False


def add_message(
    db: Session,
    conversation: Conversation,
    author: Author,
    text: str,
    language: str,
    once: uuid.UUID,
    by: str = "",
    read_in: str = "",
    files: Sequence[Kept] = (),
    again: dict[str, Any] | None = None,
    merged: bool | None = None,
) -> bool:
    """False where this message is there already."""
    # The report's row is the queue in which two writers number their messages.
    report = db.get(Report, conversation.report_id, with_for_update=True)
    if report is None or db.get(Message, once) is not None:
        return False
    last = db.scalar(select(func.max(Message.position)).where(Message.report_id == conversation.report_id)) or 0
    message = Message(id=once, report_id=conversation.report_id, position=last + 1, author=author, seen=False)
    seal_message(
        db, message, conversation.conversation_id, conversation.key, text, language, today(), by, read_in, again, merged
    )
    attach_to_message(db, files, report.id, conversation.key, conversation.conversation_id, once)
    if author is Author.REPORTER:
        is_worked_on = report.state is not State.CLOSED and not deletions.is_stopped(db, report)
        clocks.reporter_wrote(db, report, today(), is_worked_on=is_worked_on)
    return True


def answer_report(
    db: Session,
    conversation: Conversation,
    text: str,
    language: str,
    once: uuid.UUID,
    by: str,
    files: Sequence[Kept] = (),
    merged: bool | None = None,
    *,
    waits: bool = False,
    formats_told: bool = False,
) -> None:
    """An officer's message, inside the caller's transaction; report and messages are thereby read.

    `waits` where it asks the reporter something, `formats_told` where it says that a request is met, or by when it will be.
    Raises WorkHasStopped.
    """
    report = lock_for_work(db, conversation.report_id)  # before its messages, as everywhere else
    set_seen(db, conversation.report_id, Author.OFFICER)
    if add_message(db, conversation, Author.OFFICER, text, language, once, by, files=files, merged=merged):
        clocks.officer_wrote(db, report, today(), waits=waits, formats_told=formats_told)
        if report.state in clocks.NOT_READ:
            report.state = State.LOOKED_AT
        mark_due(db, conversation.report_id)


def ask_reporter(db: Session, conversation: Conversation, text: str, language: str, once: uuid.UUID, by: str) -> None:
    """An officer's question from a page that shows no messages, inside the caller's transaction: none of them is seen by it.

    Raises WorkHasStopped.
    """
    report = lock_for_work(db, conversation.report_id)
    if add_message(db, conversation, Author.OFFICER, text, language, once, by):
        clocks.officer_asked(db, report, today())
        if report.state in clocks.NOT_READ:
            report.state = State.LOOKED_AT
        mark_due(db, conversation.report_id)
