"""The blind nudge: a mail that says only "there is something new", to an address that the worker alone can open."""

from __future__ import annotations

import json
import re
import secrets
import smtplib
import uuid
from datetime import datetime, time, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.config import settings
from portal.db import LOCAL_TIME, random_id, session, today, transaction, utcnow
from portal.languages.i18n import language_of
from portal.outbox import hand_over
from portal.partnership.file import current_partnership
from portal.reporting.contacts import end_of_contact
from portal.reporting.deleted_list import delete_each, list_deleted
from portal.reporting.held import is_held
from portal.reporting.models import Nudge, Report, State
from portal.vault import worker_key
from portal.vault.sealing import SealError

# Mails in a row that nobody follows: after them it stops, so that an address given by a stranger is left in peace.
MOST_UNREAD = 3
# By how much a mail waits at most, so that its moment does not tell what an officer did just then.
MOST_DELAY = timedelta(minutes=15)
# The earliest hour of a mail that waited for the next day.
MORNING = time(9)
SEND_WITHIN = timedelta(minutes=5)
TRY_AGAIN_AFTER = timedelta(minutes=15)
# "Not now" so often in a row, half a week long, means never: the news is given up and the address stays.
MOST_REFUSALS = 300
MOST_AT_ONCE = 20
LONGEST = 254
# What stands in the place of an address that was taken out on a day on which it was mailed: the day's mail is spent.
TAKEN_OUT = b""
PAD = 512
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.IGNORECASE)


class Status(StrEnum):
    """What a reporter is told of the address of their report; the address itself is shown to nobody."""

    NONE = "none"
    LEFT = "left"
    REFUSED = "refused"


class _Sent(StrEnum):
    YES = "yes"
    NOT_NOW = "not_now"
    NEVER = "never"
    SERVER_AWAY = "server_away"


def is_offered() -> bool:
    """Only where the operator has named a neutral sender and a mail server, and a worker is there to open the address."""
    return bool(settings().smtp_url and settings().nudge_from and worker_key.is_ready())


def usable_address(typed: str) -> str | None:
    """The one address as mail servers take it (RFC 5321, the domain in Punycode), or None where it is none."""
    if len(typed) > LONGEST:
        return None
    local, _at, domain = typed.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    labels = domain.split(".")
    is_right = (
        len(local) <= 64
        and _LOCAL.fullmatch(local)
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
        and len(local) + len(domain) < LONGEST
    )
    return f"{local}@{domain}" if is_right else None


def status_of(report_id: uuid.UUID) -> Status:
    row = session.scalar(select(Nudge).where(Nudge.report_id == report_id))
    if row is None or row.sealed == TAKEN_OUT:
        return Status.NONE
    return Status.LEFT if row.sealed else Status.REFUSED


def leave_address(report_id: uuid.UUID, address: str, language: str) -> None:
    """Seal the address for the worker in the place of the one before. Raises SealError where no worker was started yet.

    How much was mailed today and unread stays as it is: another address is no way to more mail.
    """
    with transaction() as db:
        report = db.get(Report, report_id, with_for_update=True)
        if report is None or report.state is State.WITHDRAWN:
            return
        before = _row_of(db, report_id)
        row = Nudge(id=random_id(), report_id=report_id, sent_unread=0, refusals=0)
        if before is not None:
            row.sent_on, row.sent_unread = before.sent_on, before.sent_unread
        content = json.dumps({"address": address, "language": language}).encode()
        row.sealed = worker_key.seal_for_worker(content, row.id.bytes, PAD)
        drop_nudge(db, report_id)
        db.flush()
        db.add(row)
        follow_state(db, report)


def take_out_address(report_id: uuid.UUID) -> None:
    """Delete it. That a mail went today is kept until the day ends, so that leaving it again brings no second one."""
    with transaction() as db:
        report = db.get(Report, report_id, with_for_update=True)
        before = _row_of(db, report_id)
        drop_nudge(db, report_id)
        db.flush()
        if report is not None and before is not None and before.sent_on == today():
            ends = today() + timedelta(days=1)
            db.add(Nudge(id=random_id(), report_id=report_id, sealed=TAKEN_OUT, sent_on=before.sent_on, delete_on=ends))


def look(report_id: uuid.UUID) -> None:
    """The reporter looks at their report: what waits to be mailed is no news any more. Before the news is read."""
    row = session.scalar(select(Nudge).where(Nudge.report_id == report_id))
    if row is None or not (row.due_at or row.sent_unread):
        return
    with transaction() as db:
        found = _row_of(db, report_id)
        if found is not None:
            found.due_at, found.sent_unread, found.refusals = None, 0, 0


def mark_due(db: Session, report_id: uuid.UUID) -> None:
    """There is news, inside the transaction that makes it."""
    row = _row_of(db, report_id)
    if row is None or not row.sealed or row.due_at is not None or row.sent_unread >= MOST_UNREAD:
        return
    begin = utcnow()
    if row.sent_on is not None and row.sent_on >= today():
        begin = datetime.combine(row.sent_on + timedelta(days=1), MORNING, LOCAL_TIME)
    row.due_at = begin + timedelta(seconds=secrets.randbelow(int(MOST_DELAY.total_seconds())))


def follow_state(db: Session, report: Report) -> None:
    """A closed report's address lives as long as its reporter's contact details would."""
    row = _row_of(db, report.id)
    if row is not None and row.sealed != TAKEN_OUT:
        row.delete_on = end_of_contact(db, row.delete_on, report)


def drop_nudge(db: Session, report_id: uuid.UUID) -> None:
    """Inside the caller's transaction; from a database that is put back it goes again."""
    row = _row_of(db, report_id)
    if row is not None:
        list_deleted(row.id)
        db.delete(row)


def drop_nudge_of(report_id: uuid.UUID) -> bool:
    with transaction() as db:
        db.get(Report, report_id, with_for_update=True)
        drop_nudge(db, report_id)
    return True


def owners_of_listed_nudges(listed: list[uuid.UUID]) -> list[uuid.UUID]:
    """The reports whose address was deleted and that an older database, which was put back, still holds."""
    gone = set(listed)
    held = session.execute(select(Nudge.id, Nudge.report_id)).all()
    return [report_id for nudge_id, report_id in held if nudge_id in gone]


def delete_due_nudges() -> int:
    """Delete those whose report was closed long enough ago; returns how many. The worker does it."""
    due = session.scalars(select(Nudge.report_id).where(Nudge.delete_on <= today())).all()
    return delete_each(due, _delete_if_due)


def _delete_if_due(report_id: uuid.UUID) -> bool:
    with transaction() as db:
        db.get(Report, report_id, with_for_update=True)
        row = _row_of(db, report_id)
        is_due = row is not None and row.delete_on is not None and row.delete_on <= today()
        is_due = is_due and not is_held(db, report_id)
        if is_due:
            drop_nudge(db, report_id)
    return is_due


def send_due_nudges() -> int:
    """Mail what is due; returns how many were handed over.

    Each is claimed before it is sent, so two workers do not both send it; one that dies in between leaves it to be sent
    again after SEND_WITHIN. Where the server is away the others wait: each would cost the worker its patience.
    """
    sent = 0
    for _turn in range(MOST_AT_ONCE if is_offered() else 0):
        claimed = _claim()
        if claimed is None:
            break
        nudge_id, sealed = claimed
        outcome = _send(nudge_id, sealed)
        sent += outcome is _Sent.YES
        _record(nudge_id, outcome)
        if outcome is _Sent.SERVER_AWAY:
            break
    return sent


def _claim() -> tuple[uuid.UUID, bytes] | None:
    now = utcnow()
    due = (
        select(Nudge)
        .where(Nudge.due_at <= now, Nudge.sealed.is_not(None), Nudge.sealed != TAKEN_OUT)
        .order_by(Nudge.due_at)
        .limit(1)
    )
    with transaction() as db:
        row = db.scalar(due.with_for_update(skip_locked=True))
        if row is None or row.sealed is None:
            return None
        row.due_at = now + SEND_WITHIN
        return row.id, row.sealed


def _record(nudge_id: uuid.UUID, outcome: _Sent) -> None:
    with transaction() as db:
        row = db.get(Nudge, nudge_id, with_for_update=True, populate_existing=True)
        if row is None:  # taken out in the meantime
            return
        match outcome:
            case _Sent.YES:
                row.sent_on, row.refusals = today(), 0
                row.sent_unread += row.due_at is not None
                row.due_at = None
            case _Sent.NEVER:
                row.sealed = row.due_at = None
            case _Sent.NOT_NOW if row.refusals + 1 >= MOST_REFUSALS:
                row.due_at, row.refusals = None, 0
            case _:
                row.refusals += outcome is _Sent.NOT_NOW
                if row.due_at is not None:  # else the reporter has looked meanwhile
                    row.due_at = utcnow() + TRY_AGAIN_AFTER


def _send(nudge_id: uuid.UUID, sealed: bytes) -> _Sent:
    try:
        content = json.loads(worker_key.open_as_worker(sealed, nudge_id.bytes))
    except SealError:
        return _Sent.NEVER  # sealed for a worker whose key is lost: the reporter is asked for it again
    try:
        hand_over(_mail(content["address"], content["language"]))
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _said in refused.recipients.values()]
        return _Sent.NEVER if all(500 <= code < 600 for code in codes) else _Sent.NOT_NOW
    except smtplib.SMTPDataError:
        return _Sent.NOT_NOW  # this mail is refused, not its address: it may be the words, or a grey list
    except (OSError, ValueError, smtplib.SMTPException):
        return _Sent.SERVER_AWAY
    return _Sent.YES


def _mail(address: str, language: str) -> EmailMessage:
    """No word and no header of it tells what it is about, whose it is, or when the news came."""
    sender = settings().nudge_from
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = Address(addr_spec=address)
    mail["Date"] = format_datetime(utcnow())
    mail["Message-ID"] = f"<{secrets.token_hex(16)}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    with force_locale(language_of(language).locale):
        mail["Subject"] = _("Something new")
        news = _("There is something new for you. Go to %(address)s", address=current_partnership().card_address)
        stop = _("To stop these emails, take out your address there.")
        stranger = ngettext(
            "Did you not ask for this? You need do nothing: it stops after %(num)s email.",
            "Did you not ask for this? You need do nothing: it stops after %(num)s emails.",
            MOST_UNREAD,
        )
    mail.set_content(f"{news}\n\n{stop}\n\n{stranger}\n")
    return mail


def _row_of(db: Session, report_id: uuid.UUID) -> Nudge | None:
    return db.scalar(
        select(Nudge).where(Nudge.report_id == report_id).with_for_update().execution_options(populate_existing=True)
    )
