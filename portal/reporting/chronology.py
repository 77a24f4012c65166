"""The times that something happened, one after the other, as officers read and export them: each with its checksum."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from portal.reporting.again import Happening, on_calendar
from portal.reporting.case import OpenReport
from portal.reporting.files import SentFile
from portal.vault.sealing import SealError

FORMAT = "evidence-pack/1"
# What stands before the first checksum of a chain.
BEGINNING = "0" * 64


@dataclass(frozen=True)
class Entry:
    """One time, numbered in the order in which they were told: the report itself is the first."""

    number: int
    told: Happening
    told_on: date
    language: str
    files: Sequence[SentFile]
    message_id: uuid.UUID | None
    """None for the report itself."""
    gap: int | None
    """Days since the time before it on the calendar; None where there is none before, or the day is not known."""


@dataclass(frozen=True)
class FileFact:
    """What stands of one file in an evidence pack. `sha256` is None where it is damaged."""

    name: str
    type: str
    size: int
    sha256: str | None


@dataclass(frozen=True)
class Link:
    """An entry in the chain: what its checksum was taken of, and the checksum."""

    entry: Entry
    content: dict[str, Any]
    checksum: str


def chronology(found: OpenReport) -> list[Entry]:
    """The report, and each time that its reporter told of since."""
    report = found.report
    first = Happening(
        on_calendar(found.answers.get("when") or {}, report.received_on),
        harm=tuple((found.answers.get("harm") or {}).get("harm") or ()),
        words=found.narrative,
    )
    told = [(first, report.received_on, report.language, found.files, None)] + [
        (happened, message.sent_on, message.language, message.files, message.id)
        for message in found.messages
        if (happened := Happening.read(message))
    ]
    days = sorted({happened.day for happened, *_rest in told if happened.day})
    return [
        Entry(number, happened, told_on, language, files, message_id, _gap(happened.day, days))
        for number, (happened, told_on, language, files, message_id) in enumerate(told, 1)
    ]


def _gap(day: date | None, days: Sequence[date]) -> int | None:
    before = [one for one in days if day and one < day]
    return (day - before[-1]).days if day and before else None


def damaged_messages(found: OpenReport) -> int:
    """How many messages cannot be read: each may have told of another time."""
    return sum(message.text is None for message in found.messages)


def chained(report_id: uuid.UUID, entries: Sequence[Entry]) -> list[Link]:
    """Each entry with the checksum over the one before and its own content, its files read to their ends."""
    links: list[Link] = []
    for entry in entries:
        content = {
            "report": str(report_id),
            "number": entry.number,
            "told_on": entry.told_on.isoformat(),
            "when": entry.told.when,
            "lasted": entry.told.lasted,
            "harm": list(entry.told.harm),
            "language": entry.language,
            "words": entry.told.words,
            "files": [vars(_fact(file)) for file in entry.files],
        }
        links.append(Link(entry, content, checksum(content, links[-1].checksum if links else BEGINNING)))
    return links


def canonical(content: dict[str, Any]) -> bytes:
    """The one way to write a content down: RFC 8785, for texts, whole numbers, lists and records with ASCII names."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def checksum(content: dict[str, Any], before: str) -> str:
    """SHA-256, in hexadecimal, of the checksum before, a line break and the canonical content."""
    return sha256(before.encode() + b"\n" + canonical(content)).hexdigest()


def _fact(file: SentFile) -> FileFact:
    state, size = sha256(), 0
    try:
        for chunk in file.kept.chunks():
            state.update(chunk)
            size += len(chunk)
    except SealError:
        return FileFact(file.name, file.kind.mimetype, file.kept.size, None)
    return FileFact(file.name, file.kind.mimetype, size, state.hexdigest())
