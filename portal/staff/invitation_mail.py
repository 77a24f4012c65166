"""The mail with the link with which someone chooses how they sign in, at first or anew: sent at once, and nothing of it is kept.

It does not go through portal/outbox.py's table: the link would lie there in the clear, and whoever has it comes in first.
"""

from __future__ import annotations

import smtplib
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import urlsplit

from flask_babel import force_locale
from flask_babel import gettext as _

from portal import outbox
from portal.config import settings
from portal.db import utcnow
from portal.partnership.file import current_partnership


def is_possible() -> bool:
    """Whether there is a mail server, and an address that mails come from."""
    return bool(settings().smtp_url and _sender())


def send(address: str, link: str) -> bool:
    """Never within a transaction: the mail server may take its time. False where it does not take the mail."""
    mail = EmailMessage()
    mail["From"], mail["To"] = _sender(), Address(addr_spec=address)
    mail["Date"] = format_datetime(utcnow())
    mail["Message-ID"] = make_msgid(domain=urlsplit(settings().public_url).hostname)
    with force_locale("en_GB"):
        mail["Subject"] = _("Choose how you sign in")
        mail.set_content(
            _(
                "Open this link and choose how you sign in: %(link)s\n\nIt works once, for 72 hours. If you do not know why "
                "you get this, tell whoever invites people where you work, and do not open it.",
                link=link,
            )
        )
    try:
        outbox.hand_over(mail)
    except (OSError, ValueError, smtplib.SMTPException):
        return False
    return True


def _sender() -> str:
    return settings().mail_from or current_partnership().duty_address
