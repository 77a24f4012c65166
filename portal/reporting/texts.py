"""All that was written in reports, many reports at once, opened for an officer and forgotten with the page."""

from __future__ import annotations

import enum
import unicodedata
import uuid
from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress
from typing import Any, NamedTuple

from sqlalchemy import select

from portal.db import session
from portal.partnership.place_search import SAME
from portal.reporting.conversations import MESSAGE
from portal.reporting.models import Message, Part, Report, ReportPart, Translation
from portal.reporting.storing import DETAILS, NARRATIVE
from portal.reporting.translations import TRANSLATION
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError

# Arabic-Indic and extended digits: a car's number is written in either.
_LETTERS = SAME | {first + digit: str(digit) for first in (0x660, 0x6F0) for digit in range(10)}


class Where(enum.StrEnum):
    """Which of a report's texts."""

    NARRATIVE = "narrative"
    DETAILS = "details"
    MESSAGE = "message"
    TRANSLATION = "translation"


class Text(NamedTuple):
    where: Where
    words: str


Texts = dict[uuid.UUID, list[Text]]


def folded(text: str) -> str:
    """The text to be compared: without case, accents and marks, alike from every keyboard, one space between words."""
    if text.isascii():
        return " ".join(text.casefold().split())
    apart = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    return " ".join("".join(letter for letter in apart if unicodedata.category(letter) not in ("Mn", "Cf")).split())


def first_texts(held: Keyring, ids: Collection[uuid.UUID]) -> Texts:
    """What was written when the report was sent: of each that this keyring opens and that is not damaged."""
    keys = keyholders.content_keys(held, ids)
    found: Texts = defaultdict(list)
    damaged: set[uuid.UUID] = set()
    rows = select(ReportPart.id, ReportPart.report_id, ReportPart.part, ReportPart.sealed).where(
        ReportPart.report_id.in_(keys), ReportPart.part.in_((Part.NARRATIVE, Part.DETAILS))
    )
    for row in session.execute(rows):
        is_narrative = row.part is Part.NARRATIVE
        try:
            content = sealing.unseal(row.sealed, keys[row.report_id], NARRATIVE if is_narrative else DETAILS, row.id)
        except SealError:
            damaged.add(row.report_id)
            continue
        if is_narrative:
            found[row.report_id].insert(0, Text(Where.NARRATIVE, content["text"]))
        elif words := _in_boxes(content["written"]):
            found[row.report_id].append(Text(Where.DETAILS, words))
    return {one: texts for one, texts in found.items() if one not in damaged}


def all_texts(held: Keyring, ids: Collection[uuid.UUID]) -> Texts:
    """With the messages and the newest translations; what is damaged is left out."""
    found = defaultdict(list, first_texts(held, ids))
    talks = {
        row.id: row.conversation_id
        for row in session.execute(select(Report.id, Report.conversation_id).where(Report.id.in_(ids)))
    }
    keys = keyholders.content_keys(held, [*talks, *talks.values()])
    messages = select(Message.id, Message.report_id, Message.sealed).where(Message.report_id.in_(talks))
    for row in session.execute(messages.order_by(Message.report_id, Message.position)):
        _add(found, Where.MESSAGE, row, keys.get(talks[row.report_id]), MESSAGE)
    translations = select(Translation.id, Translation.report_id, Translation.message_id, Translation.sealed)
    newest = {
        (row.report_id, row.message_id, row.language): row
        for row in session.execute(
            translations.add_columns(Translation.language)
            .where(Translation.report_id.in_(talks))
            .order_by(Translation.report_id, Translation.position)
        )
    }
    for row in newest.values():
        key = keys.get(talks[row.report_id] if row.message_id else row.report_id)
        _add(found, Where.TRANSLATION, row, key, TRANSLATION)
    return dict(found)


def _add(found: Texts, where: Where, row: Any, key: bytes | None, label: str) -> None:
    if key is not None:
        with suppress(SealError):
            found[row.report_id].append(Text(where, sealing.unseal(row.sealed, key, label, row.id)["text"]))


def _in_boxes(written: dict[str, Any]) -> str:
    """What stands in the boxes of all pages, one under the other."""
    return "\n".join(str(given) for answer in written.values() for given in (answer or {}).values() if given)
