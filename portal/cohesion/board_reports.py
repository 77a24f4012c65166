"""The quarterly report to the partnership's board: written, frozen, and begun again where it was wrong."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.cohesion.board_models import BoardReport
from portal.cohesion.releases import canonical
from portal.db import session, utcnow

FORMAT = 1
MOST_ACTIONS = 40


class ChangedMeanwhile(Exception):
    """Somebody else saved, froze or began this report after the page was made."""


@dataclass(frozen=True)
class BoardAction:
    """What was agreed: who does it, by which day (ISO 8601), and what came of it. `state`: open, done or dropped."""

    id: str
    what: str
    owner: str
    due: str
    state: str = "open"
    said: str = ""
    """What was done, or why nothing is done."""

    def is_late(self, day: date) -> bool:
        return self.state == "open" and date.fromisoformat(self.due) < day


@dataclass(frozen=True)
class Written:
    """The words of a report. `priorities`: what each priority's owner says, by its code."""

    priorities: Mapping[str, str] = field(default_factory=dict)
    asked: str = ""
    """What is asked of the partners."""
    actions: Sequence[BoardAction] = ()

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Written:
        return cls(stored["priorities"], stored["asked"], tuple(BoardAction(**one) for one in stored["actions"]))

    def stored(self) -> dict[str, Any]:
        return {
            "priorities": {code: said for code, said in self.priorities.items() if said},
            "asked": self.asked,
            "actions": [asdict(one) for one in self.actions],
        }


def versions_of(quarter: str) -> list[BoardReport]:
    """The newest first."""
    found = select(BoardReport).where(BoardReport.quarter == quarter).order_by(BoardReport.number.desc())
    return list(session.scalars(found))


def versions_by_quarter() -> dict[str, list[BoardReport]]:
    """Of each quarter for which something was written, the newest first."""
    found: dict[str, list[BoardReport]] = {}
    for one in session.scalars(select(BoardReport).order_by(BoardReport.quarter.desc(), BoardReport.number.desc())):
        found.setdefault(one.quarter, []).append(one)
    return found


def find_version(quarter: str, number: int) -> BoardReport | None:
    return session.scalar(select(BoardReport).where(BoardReport.quarter == quarter, BoardReport.number == number))


def frozen_before(quarter: str) -> BoardReport | None:
    """The newest frozen report of an earlier quarter."""
    return session.scalar(
        select(BoardReport)
        .where(BoardReport.quarter < quarter, BoardReport.frozen_at.is_not(None))
        .order_by(BoardReport.quarter.desc(), BoardReport.number.desc())
        .limit(1)
    )


def written_of(quarter: str, versions: Sequence[BoardReport]) -> Written:
    """What the newest version says; of a quarter that nobody has written on, the actions that the report before left open."""
    if versions:
        return Written.of(versions[0].written)
    before = frozen_before(quarter)
    left = Written.of(before.written).actions if before is not None else ()
    return Written(actions=tuple(one for one in left if one.state == "open"))


def edition_of(versions: Sequence[BoardReport]) -> str:
    """What a page was made on: version and edition."""
    return f"{versions[0].number}.{versions[0].edition}" if versions else "0.0"


def write(db: Session, quarter: str, seen: str, written: Written, by: str) -> None:
    """Keep the words in the draft, which begins with the first of them. Raises ChangedMeanwhile."""
    versions = _locked(db, quarter, seen)
    if not versions:
        draft = BoardReport(quarter=quarter, number=1, edition=0, written={}, changed_by=by)
        db.add(draft)
    elif versions[0].is_frozen:
        raise ChangedMeanwhile
    else:
        draft = versions[0]
    draft.written = written.stored()
    draft.edition += 1
    draft.changed_at, draft.changed_by = utcnow(), by
    try:
        db.flush()
    except IntegrityError as two_at_once:
        raise ChangedMeanwhile from two_at_once


def freeze(db: Session, quarter: str, seen: str, document: Mapping[str, Any], by: str) -> BoardReport:
    """Keep the document to the byte: nothing in it is computed again. Raises ChangedMeanwhile.

    What it leaves open goes into the draft that comes after it, if somebody has begun that already: see `written_of`.
    """
    versions = _locked(db, quarter, seen)
    if not versions or versions[0].is_frozen:
        raise ChangedMeanwhile
    draft = versions[0]
    draft.document = canonical(document)
    draft.hash = sha256(draft.document.encode()).hexdigest()
    draft.frozen_at, draft.frozen_by = utcnow(), by
    _pass_on(db, draft)
    return draft


def _pass_on(db: Session, frozen: BoardReport) -> None:
    later = db.scalar(
        select(BoardReport)
        .where(BoardReport.quarter > frozen.quarter)
        .order_by(BoardReport.quarter, BoardReport.number.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if later is None or later.is_frozen:
        return
    written, known = Written.of(later.written), {one["id"] for one in later.written["actions"]}
    left = [one for one in Written.of(frozen.written).actions if one.state == "open" and one.id not in known]
    if left:
        later.written = replace(written, actions=(*written.actions, *left)).stored()
        later.edition += 1


def begin_again(db: Session, quarter: str, seen: str, reason: str, by: str) -> None:
    """A draft of the next version with the same words; the frozen one stays. Raises ChangedMeanwhile."""
    versions = _locked(db, quarter, seen)
    if not versions or not versions[0].is_frozen:
        raise ChangedMeanwhile
    last = versions[0]
    db.add(BoardReport(quarter=quarter, number=last.number + 1, written=last.written, reason=reason, changed_by=by))
    try:
        db.flush()
    except IntegrityError as two_at_once:
        raise ChangedMeanwhile from two_at_once


def _locked(db: Session, quarter: str, seen: str) -> list[BoardReport]:
    """The versions, newest first, as nobody else changes them. Raises ChangedMeanwhile where the page was of others."""
    rows = select(BoardReport).where(BoardReport.quarter == quarter).order_by(BoardReport.number.desc())
    versions = list(db.scalars(rows.with_for_update().execution_options(populate_existing=True)))
    if edition_of(versions) != seen:
        raise ChangedMeanwhile
    return versions


@lru_cache(maxsize=16)
def read_document(document: str) -> dict[str, Any]:
    """A frozen report, opened; nobody changes what this returns."""
    found: dict[str, Any] = json.loads(document)
    return found


def new_action_id() -> str:
    return uuid.uuid4().hex
