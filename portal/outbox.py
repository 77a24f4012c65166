"""Mail that must not be lost: written with the report it is about, sent by the worker, repeated until someone answers."""

from __future__ import annotations

import enum
import smtplib
import ssl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import unquote, urlsplit

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.config import settings
from portal.db import LOCAL_TIME, UNORDERED, Base, Word, random_id, session, transaction, upsert, utcnow
from portal.partnership.file import current_partnership
from portal.partnership.working_days import is_working_day

REPEAT_AFTER = timedelta(minutes=30)
TRY_AGAIN_AFTER = timedelta(minutes=2)
SEND_WITHIN = timedelta(minutes=5)
OVERDUE_AFTER = timedelta(minutes=15)
CERTIFICATE_NOTICE = timedelta(days=14)
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


# When the day's reminder goes, whenever its reason came up: the hour tells nothing.
MORNING = time(8, 30)
# A partner's address that does not take a mail is tried again after so long.
AGENCY_AGAIN_AFTER = timedelta(minutes=30)
# What the letters are about that are about no report: one of each is enough.
NO_REPORT = uuid.UUID(int=0)


class Letter(enum.StrEnum):
    """LATE goes once each working day, WAITED once; an immediate risk again and again until somebody answers.

    REFERRED goes to a partner agency, all others to the duty address.
    """

    IMMEDIATE_RISK = "immediate_risk"
    LATE = "late"
    WAITED = "waited"
    REFERRED = "referred"


ONCE = (Letter.WAITED, Letter.REFERRED)
"""Sent, they are gone."""


class Problem(enum.StrEnum):
    NO_MAIL_SERVER = "no_mail_server"
    NO_DUTY_ADDRESS = "no_duty_address"
    NOT_ACCEPTED = "not_accepted"


class OutboxMail(Base):
    """One alert or reminder to the duty address. It says that something waits, and nothing of what.

    The row goes once someone has answered: its moment would tell when the report came.
    """

    __tablename__ = "outbox_mail"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    letter: Mapped[Letter] = mapped_column(Word(Letter))
    subject_id: Mapped[uuid.UUID] = mapped_column(index=True)
    due_at: Mapped[datetime] = mapped_column(index=True)
    times_sent: Mapped[int] = mapped_column(default=0)
    problem: Mapped[Problem | None] = mapped_column(Word(Problem))


def alert(db: Session, letter: Letter, subject_id: uuid.UUID) -> None:
    """Queue an alert inside the transaction that gives cause for it."""
    db.add(OutboxMail(letter=letter, subject_id=subject_id, due_at=utcnow()))


def remind(db: Session, letter: Letter) -> None:
    """Queue a reminder about no report in particular for the next working morning, if none waits."""
    if db.scalar(_reminders(letter).with_for_update()) is None:
        db.add(OutboxMail(letter=letter, subject_id=NO_REPORT, due_at=next_morning(utcnow())))


def agency_subject(agency: str) -> uuid.UUID:
    """What a mail to this partner agency is about: that something waits for it."""
    return uuid.uuid5(NO_REPORT, agency)


def has_address(agency: str) -> bool:
    """Whether the partnership file has an address of this partner agency."""
    found = current_partnership().find_agency(agency)
    return bool(found and found.mail)


def is_mailed(agency: str) -> bool:
    """Whether this partner agency gets mails: it has an address, and there is a mail server."""
    return has_address(agency) and bool(settings().smtp_url)


def tell_agency(db: Session, agency: str) -> None:
    """Queue a mail for the next working morning that something waits for the agency, if it has an address and none waits."""
    if not has_address(agency):
        return
    subject = agency_subject(agency)
    mail = {
        "letter": Letter.REFERRED,
        "subject_id": subject,
        "due_at": next_morning(utcnow()),
        "times_sent": 0,
        "problem": None,
    }
    # One row for each agency: two who refer at once do not make two mails of one morning.
    upsert(db, OutboxMail, {"id": subject}, mail, add={"times_sent": 0})


def keep_reminder(letter: Letter, *, is_needed: bool) -> None:
    """Have one as long as there is reason for it.

    One that went today stays until its next morning, needed or not: a reason that comes up meanwhile waits for that.
    """
    waiting = session.scalar(_reminders(letter))
    if is_needed and waiting is None:
        with transaction() as db:
            remind(db, letter)
    elif not is_needed and waiting is not None and waiting.due_at <= utcnow():
        with transaction() as db:
            for mail in db.scalars(_reminders(letter).with_for_update()):
                db.delete(mail)


def _reminders(letter: Letter) -> Select[OutboxMail]:
    return select(OutboxMail).where(OutboxMail.subject_id == NO_REPORT, OutboxMail.letter == letter)


def next_morning(now: datetime) -> datetime:
    """The next moment at which reminders go: on a working day of the partnership, by its own clock."""
    day = now.astimezone(LOCAL_TIME).date()
    while not is_working_day(day, current_partnership().bank_holidays) or _morning_of(day) <= now:
        day += timedelta(days=1)
    return _morning_of(day)


def _morning_of(day: date) -> datetime:
    return datetime.combine(day, MORNING, LOCAL_TIME)


def waiting_alert(subject_id: uuid.UUID) -> OutboxMail | None:
    """The alert about this thing that nobody has answered yet."""
    return session.scalar(select(OutboxMail).where(OutboxMail.subject_id == subject_id))


def failing_alerts() -> list[OutboxMail]:
    """Alerts that could not be mailed, or that no worker has taken up: staff must see them instead."""
    return [mail for mail in failing_mail() if mail.letter is Letter.IMMEDIATE_RISK]


def failing_mail() -> list[OutboxMail]:
    """The same, with the reminders."""
    overdue = OutboxMail.due_at < utcnow() - OVERDUE_AFTER
    return list(session.scalars(select(OutboxMail).where(OutboxMail.problem.is_not(None) | overdue)))


def acknowledge(db: Session, subject_id: uuid.UUID) -> bool:
    """Stop repeating the alert; False where there is none to stop."""
    waiting = list(db.scalars(select(OutboxMail).where(OutboxMail.subject_id == subject_id).with_for_update()))
    for mail in waiting:
        db.delete(mail)
    return bool(waiting)


def send_due_mail() -> int:
    """Send what is due; returns how many were handed over.

    A mail is claimed before it is sent, so two workers do not both send it; one that dies in between leaves it to be
    sent again after SEND_WITHIN: rather twice than never.
    """
    now = utcnow()
    with transaction() as db:
        due = list(
            db.scalars(select(OutboxMail).where(OutboxMail.due_at <= now).limit(20).with_for_update(skip_locked=True))
        )
        claimed = [(mail.id, mail.letter, mail.subject_id) for mail in due]
        for mail in due:
            mail.due_at = now + SEND_WITHIN
    sent = 0
    for mail_id, letter, subject_id in claimed:
        problem = _send(letter, subject_id)
        sent += problem is None
        with transaction() as db:
            stored = db.get(OutboxMail, mail_id, with_for_update=True)
            if stored is None:  # answered in the meantime
                continue
            if problem is None and letter in ONCE:
                db.delete(stored)
                continue
            stored.problem = problem
            stored.times_sent += problem is None
            stored.due_at = _again_at(letter) if problem is None else utcnow() + _patience(letter)
    return sent


def _again_at(letter: Letter) -> datetime:
    return utcnow() + REPEAT_AFTER if letter is Letter.IMMEDIATE_RISK else next_morning(utcnow())


def _patience(letter: Letter) -> timedelta:
    return AGENCY_AGAIN_AFTER if letter is Letter.REFERRED else TRY_AGAIN_AFTER


def _send(letter: Letter, subject_id: uuid.UUID) -> Problem | None:
    duty_address = current_partnership().duty_address
    sender = settings().mail_from or duty_address
    to = _agency_address(subject_id) if letter is Letter.REFERRED else duty_address
    if letter is Letter.REFERRED and not to:  # taken out of the file meanwhile
        return None
    if not (sender and to):
        return Problem.NO_DUTY_ADDRESS
    if not settings().smtp_url:
        return Problem.NO_MAIL_SERVER
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    mail["Date"] = format_datetime(utcnow())
    mail["Message-ID"] = make_msgid(domain=urlsplit(settings().public_url).hostname)
    with force_locale("en_GB"):
        page = "/staff/" if letter is Letter.REFERRED else "/staff/reports"
        mail["Subject"], body = _words(letter, f"{settings().public_url}{page}")
    mail.set_content(body)
    try:
        hand_over(mail)
    except (OSError, ValueError, smtplib.SMTPException):
        return Problem.NOT_ACCEPTED
    return None


def _agency_address(subject_id: uuid.UUID) -> str:
    """Of the agency that this subject stands for; empty where the partnership file has none."""
    agencies = current_partnership().agencies
    return next((each.mail for each in agencies if agency_subject(each.code) == subject_id), "")


def _words(letter: Letter, address: str) -> tuple[str, str]:
    match letter:
        case Letter.IMMEDIATE_RISK:
            return _("Something needs a person now"), _(
                "Something has come in that needs a person to look now. Sign in and open it: %(address)s\n\n"
                "This message comes again every 30 minutes until someone says they have seen it.",
                address=address,
            )
        case Letter.LATE:
            return _("Something is late"), _(
                "Something is late. Sign in: %(address)s\n\nThis message comes each working day while something is late.",
                address=address,
            )
        case Letter.WAITED:
            return _("Something goes on"), _(
                "Something has waited long enough and goes on. Sign in: %(address)s", address=address
            )
        case Letter.REFERRED:
            return _("Something waits for you"), _(
                "Something waits for you. Sign in: %(address)s\n\nThis message comes at most once each working day.",
                address=address,
            )


def hand_over(mail: EmailMessage) -> None:
    """Give it to the mail server, its sender and receiver as its headers name them.

    Raises OSError, ValueError, smtplib.SMTPException.
    """
    with _connected(timeout=20) as connection:
        connection.send_message(mail)


def mail_server_problem() -> str | None:
    """Why the mail server would take nothing now, for the operator; it is given five seconds. None where all is well."""
    if not settings().smtp_url:
        return None
    try:
        with _connected(timeout=5) as connection:
            certificate = connection.sock.getpeercert() if isinstance(connection.sock, ssl.SSLSocket) else None
    except ssl.SSLCertVerificationError as problem:
        return f"The mail server's certificate is not accepted: {problem.verify_message}."
    except smtplib.SMTPAuthenticationError:
        return "The mail server does not take the name and password in PORTAL_SMTP_URL."
    except (OSError, ValueError, smtplib.SMTPException):
        return "The mail server in PORTAL_SMTP_URL does not answer as one within five seconds."
    ends_at = ssl.cert_time_to_seconds(str(certificate["notAfter"])) if certificate else None
    if ends_at is not None and ends_at - utcnow().timestamp() < CERTIFICATE_NOTICE.total_seconds():
        return f"The mail server's certificate ends on {datetime.fromtimestamp(ends_at, LOCAL_TIME):%d %B %Y}."
    return None


@contextmanager
def _connected(timeout: float) -> Iterator[smtplib.SMTP]:
    """Signed in at the mail server, by TLS wherever it can."""
    server = urlsplit(settings().smtp_url)
    host = server.hostname or ""
    secure = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(host, server.port or 465, timeout=timeout, context=secure)
        if server.scheme == "smtps"
        else smtplib.SMTP(host, server.port or 25, timeout=timeout)
    ) as connection:
        connection.ehlo_or_helo_if_needed()  # before it, no server is known to have STARTTLS
        is_private = server.scheme == "smtps" or host in LOOPBACK
        if server.scheme == "smtp" and connection.has_extn("starttls"):
            connection.starttls(context=secure)
            is_private = True
        if server.username:
            if not is_private:
                raise smtplib.SMTPNotSupportedError("a password does not travel in the clear")
            connection.login(unquote(server.username), unquote(server.password or ""))
        yield connection
