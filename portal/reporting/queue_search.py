"""Looking for words in what was written: opened in memory, newest reports first, so many at a time; nothing is kept of it."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, select

from portal.db import session
from portal.reporting import newest_first
from portal.reporting.models import Report
from portal.reporting.queue_facts import batches
from portal.reporting.spelled_alike import alike_among
from portal.reporting.texts import Text, Where, all_texts, folded
from portal.vault.keyholders import Grant, Keyring

# Reports that one search opens; the next goes on behind them. About a millisecond each, more with long conversations.
OPENED_AT_ONCE = 300
MAX_TYPED = 100
# Of the words that are spelled another way so many are shown.
MOST_SPELLED = 6
# With the signs inside a word of scripts that need them.
_WORD = re.compile(r"[\w\u0300-\u036f\u064b-\u0670\u0900-\u0dff\u200c\u200d]+")


@dataclass(frozen=True)
class Searched:
    """What was found: by report in which of its texts; those that say it as it was typed, then the others, the newest first."""

    found: dict[uuid.UUID, list[Where]]
    spelled: dict[uuid.UUID, list[str]]
    """By report that says it in another spelling only: the words that it has instead."""
    looked_at: int
    back_to: date | None
    """The day on which the last that was looked at came; None where there was none."""
    after: str
    """Where the next search goes on; empty where all were looked at."""


def find_reference(held: Keyring, reference: str) -> tuple[uuid.UUID, bool] | None:
    """The report that has it, and whether this keyring may open it."""
    granted = exists().where(Grant.content_id == Report.id, Grant.keyholder_id.in_(list(held.keys)))
    row = session.execute(select(Report.id, granted).where(Report.reference == reference)).first()
    return (row[0], bool(row[1])) if row else None


def search(held: Keyring, typed: str, after: str = "") -> Searched:
    """The reports in whose texts each of these words stands, as a part of a word too, or in another spelling.

    `after` as an earlier search gave it.
    """
    words = folded(typed[:MAX_TYPED]).split()
    rows = session.execute(_newest(held, after)).all() if words else []
    exact: dict[uuid.UUID, list[Where]] = {}
    alike: dict[uuid.UUID, list[Where]] = {}
    spelled: dict[uuid.UUID, list[str]] = {}
    for some in batches([row.id for row in rows]):
        texts = all_texts(held, some)
        compared = {one: [(text.where, folded(text.words)) for text in texts[one]] for one in some if one in texts}
        not_there = {one: [word for word in words if not _where(parts, [word])] for one, parts in compared.items()}
        exact |= {one: _where(compared[one], words) for one, missing in not_there.items() if not missing}
        for one, said in _in_other_spelling(compared, not_there).items():
            alike[one] = _where(compared[one], (*words, *said))
            spelled[one] = _as_spelled(texts[one], said)
    last = rows[-1] if rows else None
    goes_on = newest_first.mark(last.received_on, last.id) if last and len(rows) == OPENED_AT_ONCE else ""
    return Searched(exact | alike, spelled, len(rows), last.received_on if last else None, goes_on)


# The texts of a report, folded.
_Compared = list[tuple[Where, str]]


def _where(parts: _Compared, words: Iterable[str]) -> list[Where]:
    """In which texts one of these words stands."""
    return list(dict.fromkeys(where for where, text in parts if any(word in text for word in words)))


def _in_other_spelling(
    compared: Mapping[uuid.UUID, _Compared], not_there: Mapping[uuid.UUID, list[str]]
) -> dict[uuid.UUID, set[str]]:
    """By report that says all of its words that are not there in another spelling: what it says instead, folded."""
    said = {
        one: {word for _where, text in compared[one] for word in _WORD.findall(text)}
        for one, missing in not_there.items()
        if missing
    }
    # Each is compared with all that these reports say, once.
    vocabulary = set[str]().union(*said.values())
    alike = {word: alike_among(word, vocabulary) for word in set[str]().union(*not_there.values())}
    instead = {one: [alike[word] & said[one] for word in not_there[one]] for one in said}
    return {one: set[str]().union(*found) for one, found in instead.items() if all(found)}


def _as_spelled(texts: Iterable[Text], said: Collection[str]) -> list[str]:
    """These folded words as they stand in the texts, each once."""
    found: dict[str, str] = {}
    for text in texts:
        for word in _WORD.findall(unicodedata.normalize("NFC", text.words)):
            flat = folded(word)
            if flat in said:
                found.setdefault(flat, word)
    return list(found.values())[:MOST_SPELLED]


def _newest(held: Keyring, after: str) -> Any:
    granted = exists().where(Grant.content_id == Report.id, Grant.keyholder_id.in_(list(held.keys)))
    rows = select(Report.id, Report.received_on).where(granted, newest_first.behind(after))
    return rows.order_by(*newest_first.ORDER).limit(OPENED_AT_ONCE)
