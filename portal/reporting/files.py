"""Files that someone adds to what they tell: held by the draft, then sealed to the report or to the message they came with."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from portal import limits
from portal.db import transaction
from portal.files import store, sweeping, uploads
from portal.files.picture_jobs import Sender
from portal.files.store import Incoming, Kept
from portal.files.uploads import KINDS, MAX_FILES, MAX_FILES_PER_HOUR, Added, Change, Refused
from portal.files.virus_check import Check
from portal.reporting.models import Report
from portal.vault.drafts import Draft, Purpose, find_draft

REPORT_FILE, MESSAGE_FILE = "report.file/1", "message.file/1"


@dataclass(frozen=True)
class SentFile:
    """A file that came with a report, as whoever may open it sees it. Its name stayed with its owner."""

    kept: Kept
    position: int

    @property
    def kind(self) -> uploads.Kind:
        return KINDS[self.kept.kind]

    @property
    def name(self) -> str:
        """Under which it is saved; it tells nothing."""
        return f"{self.position + 1}.{self.kind.ending}"

    @property
    def is_suspect(self) -> bool:
        """Whether the virus check found something in it: staff are warned, and ask for it twice."""
        return self.kept.check_said is Check.FOUND

    @property
    def is_unchecked(self) -> bool:
        return self.kept.check_said is Check.NOT_CHECKED

    @property
    def is_shown(self) -> bool:
        """Whether it was made anew here: nothing else is opened by a page, only given out."""
        return self.kept.kind == uploads.CLEANED


def files_in(draft: Draft) -> list[Added]:
    """What a draft holds, in the order in which it came."""
    return [
        Added(
            Kept.read(each),
            each["name"],
            Change(each["change"]) if each.get("change") else None,
        )
        for each in draft.content.get("files", [])
    ]


def add_files(
    token: str | None,
    purpose: Purpose,
    chosen: Sequence[tuple[str, Incoming]],
    sender: Sender,
    *,
    originals: bool = False,
) -> tuple[Draft | None, list[tuple[str, Refused]]]:
    """Keep what can be kept of what was chosen; why not the rest, each by its name. None where the draft has ended."""
    draft = find_draft(token, purpose)
    if draft is None or "sent" in draft.content or not chosen:
        return draft, []
    tried = draft.content.get("tried", 0)
    with transaction() as db:
        times = [limits.count(db, "file", sender.visitor) for _each in chosen]
    # A draft's own first files are never refused: a whole town may share one address.
    in_time = [
        each
        for number, (each, so_far) in enumerate(zip(chosen, times, strict=True), tried + 1)
        if number <= MAX_FILES or so_far <= MAX_FILES_PER_HOUR
    ]
    added, refused = uploads.take_in(in_time, MAX_FILES - len(files_in(draft)), sender, originals=originals)
    refused += [(name, Refused.TOO_OFTEN) for name, _incoming in chosen[len(in_time) :]]
    with transaction() as db:
        draft = find_draft(token, purpose, lock=True)
        if draft is None or "sent" in draft.content:
            return draft, refused
        draft.content["tried"] = draft.content.get("tried", 0) + len(chosen)
        held = draft.content.setdefault("files", [])
        for each in added:
            if len(held) < MAX_FILES:
                store.add_to_draft(db, each.kept, draft.row_id)
                held.append(asdict(each.kept) | {"name": each.name, "change": each.change})
            else:
                # Another page of this browser was quicker.
                refused.append((each.name, Refused.TOO_MANY))
        draft.save(db)
    return draft, refused


def has_change_since(held: Sequence[Added], draft: Draft) -> bool:
    """Whether a photo came since, of which something is not in its copy: whoever sent it has to be told."""
    known = {each.kept.id for each in held}
    return any(each.change for each in files_in(draft) if each.kept.id not in known)


def take_out(token: str | None, purpose: Purpose, file_id: str) -> None:
    """Forget a file that was added and is not sent."""
    with transaction() as db:
        draft = find_draft(token, purpose, lock=True)
        gone = next((each for each in files_in(draft) if each.kept.id == file_id), None) if draft else None
        if draft is None or gone is None:
            return
        draft.content["files"] = [each for each in draft.content["files"] if each["id"] != file_id]
        store.drop_from_draft(db, gone.kept)
        draft.save(db)
    sweeping.remove_orphans([gone.kept.row_id])


def attach_to_report(db: Session, content: dict[str, Any], report: Report, key: bytes) -> None:
    """What the draft holds is the report's, inside the caller's transaction."""
    for position, each in enumerate(content.get("files", [])):
        kept = Kept.read(each)
        store.attach(db, kept, report.id, key, report.id, REPORT_FILE, position=position)


def attach_to_message(
    db: Session, files: Sequence[Kept], report_id: uuid.UUID, key: bytes, conversation_id: uuid.UUID, message: uuid.UUID
) -> None:
    """They came with this message: who reads it sees them, so the conversation's key opens them."""
    for position, kept in enumerate(files):
        store.attach(db, kept, report_id, key, conversation_id, MESSAGE_FILE, position=position, message=message.hex)


def files_of_report(report_id: uuid.UUID, key: bytes) -> list[SentFile]:
    """What came with the report itself, in the order in which it was added."""
    return _in_order(store.files_of(report_id, key, report_id, REPORT_FILE))


def count_report_files(report_id: uuid.UUID) -> int:
    """How many came with the report itself."""
    return store.count_files(report_id, report_id)


def files_of_messages(report_id: uuid.UUID, key: bytes, conversation_id: uuid.UUID) -> dict[uuid.UUID, list[SentFile]]:
    """What came with its messages, by message."""
    by_message: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for each in store.files_of(report_id, key, conversation_id, MESSAGE_FILE):
        if "message" in each:  # of a damaged one nobody knows with which it came
            by_message.setdefault(uuid.UUID(each["message"]), []).append(each)
    return {message: _in_order(files) for message, files in by_message.items()}


def _in_order(sealed: list[dict[str, Any]]) -> list[SentFile]:
    found = [SentFile(Kept.read(each), each.get("position", uploads.MAX_FILES)) for each in sealed]
    return sorted(found, key=lambda file: file.position)


def find_file(files: Iterable[SentFile], file_id: uuid.UUID) -> SentFile | None:
    """The one of these that is asked for. Raises SealError where it is damaged: none of it is shown then."""
    found = next((each for each in files if each.kept.row_id == file_id), None)
    if found is not None:
        found.kept.check()
    return found
