"""What the reporter and the officers wrote to each other, and the form that answers."""

from __future__ import annotations

import uuid
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from portal.files import uploads
from portal.languages.i18n import long_day
from portal.reporting import conversations, deletions
from portal.reporting.again import Happening
from portal.reporting.case import OpenReport
from portal.reporting.conversations import OpenMessage
from portal.reporting.models import Author
from portal.reporting.pages.series_wording import happening_in_words
from portal.reporting.pages.wording import shown_translations
from portal.staff.forms import ReplyForm
from portal.staff.panels.files import links
from portal.web.forms import Form


def panel(found: OpenReport, sent: Form | None) -> dict[str, Any]:
    is_stopped = conversations.is_stopped(found.conversation, deletions.find_deletion(found.report.id))
    return {
        "form": sent if isinstance(sent, ReplyForm) else ReplyForm(formdata=None, once=uuid.uuid4().hex),
        "thread": [
            shown_message(found, message, may_translate=not (is_stopped and message.author is Author.OFFICER))
            for message in found.messages
        ],
        "ready": None,
        "accept": uploads.ACCEPT,
        "text_limit": conversations.MAX_TEXT,
    }


def shown_message(found: OpenReport, message: OpenMessage, *, may_translate: bool) -> dict[str, Any]:
    is_officer = message.author is Author.OFFICER
    return {
        "anchor": f"m-{message.id}",
        "mine": is_officer,
        "author": message.by if is_officer else _("The reporter"),
        "day": long_day(message.sent_on),
        "new": message.new,
        "language_tag": message.language,
        "dir": "auto",
        "translations": shown_translations(found.translations.get(message.id, []), for_staff=True),
        "translate_url": url_for("staff.translate", report_id=found.report.id, original_id=message.id)
        if may_translate and message.text
        else None,
        "text": message.text if message.text is not None else _("This message cannot be read."),
        "files": links(found.report.id, message.files),
        "for_staff": True,
        "files_note": "",
        "again": happening_in_words(happened) if (happened := Happening.read(message)) else [],
    }
