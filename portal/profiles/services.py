"""Problem profiles: written, frozen with their figures, and begun again where they were wrong."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db import session, utcnow
from portal.profiles.models import ProblemProfile
from portal.profiles.scopes import Scope

FORMAT = 1
MOST_MONTHS = 36
NEW = "0.0"
"""What a page of a profile that is not there yet was made on."""


class ChangedMeanwhile(Exception):
    """Somebody else saved, froze or began this after the page was made."""


@dataclass(frozen=True)
class Written:
    """The words of a profile. `victim`, `offender`, `location` and `time` are judgements of whoever wrote them, not counts."""

    title: str
    problem: str
    victim: str = ""
    offender: str = ""
    location: str = ""
    time: str = ""
    gaps: str = ""
    priority: str = ""


@dataclass(frozen=True)
class Content:
    """All that a draft says: which reports, of which months, and the words."""

    scope: Scope
    first: date
    last: date
    written: Written


def content_of(profile: ProblemProfile) -> Content:
    return Content(Scope(profile.about, profile.place_group), profile.first, profile.last, Written(**profile.written))


def all_profiles() -> list[list[ProblemProfile]]:
    """The versions of each, newest first; the profile that was changed last stands first."""
    found: dict[uuid.UUID, list[ProblemProfile]] = {}
    for one in session.scalars(select(ProblemProfile).order_by(ProblemProfile.number.desc())):
        found.setdefault(one.profile_id, []).append(one)
    return sorted(found.values(), key=lambda versions: (versions[0].changed_at, versions[0].id), reverse=True)


def titles() -> dict[uuid.UUID, str]:
    """What the newest version of each profile is called, by name."""
    found = {versions[0].profile_id: versions[0].written["title"] for versions in all_profiles()}
    return dict(sorted(found.items(), key=lambda one: (one[1].casefold(), one[0])))


def versions_of(profile_id: uuid.UUID) -> list[ProblemProfile]:
    """The newest first."""
    rows = select(ProblemProfile).where(ProblemProfile.profile_id == profile_id)
    return list(session.scalars(rows.order_by(ProblemProfile.number.desc())))


def edition_of(versions: Sequence[ProblemProfile]) -> str:
    """What a page was made on: version and edition."""
    return f"{versions[0].number}.{versions[0].edition}" if versions else NEW


def write_profile(db: Session, profile_id: uuid.UUID, seen: str, content: Content, by: str) -> None:
    """Keep it as the draft, which begins with the first words. Raises ChangedMeanwhile."""
    versions = _locked(db, profile_id, seen)
    if not versions:
        draft = ProblemProfile(profile_id=profile_id, number=1, edition=0)
        db.add(draft)
    elif versions[0].is_frozen:
        raise ChangedMeanwhile
    else:
        draft = versions[0]
    draft.about, draft.place_group = content.scope.about, content.scope.place_group
    draft.first, draft.last = content.first, content.last
    draft.written = asdict(content.written)
    draft.edition += 1
    draft.changed_at, draft.changed_by = utcnow(), by
    _flushed(db)


def freeze_profile(
    db: Session, profile_id: uuid.UUID, seen: str, document: Mapping[str, Any], by: str
) -> ProblemProfile:
    """Keep the document to the byte: nothing in it is computed again. Raises ChangedMeanwhile."""
    versions = _locked(db, profile_id, seen)
    if not versions or versions[0].is_frozen:
        raise ChangedMeanwhile
    draft = versions[0]
    draft.document = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    draft.hash = sha256(draft.document.encode()).hexdigest()
    draft.frozen_at, draft.frozen_by = utcnow(), by
    return draft


def begin_again(db: Session, profile_id: uuid.UUID, seen: str, reason: str, by: str) -> None:
    """A draft of the next version with the same words; the frozen one stays. Raises ChangedMeanwhile."""
    versions = _locked(db, profile_id, seen)
    if not versions or not versions[0].is_frozen:
        raise ChangedMeanwhile
    last = versions[0]
    db.add(
        ProblemProfile(
            profile_id=profile_id, number=last.number + 1, about=last.about, place_group=last.place_group,
            first=last.first, last=last.last, written=last.written, reason=reason, changed_by=by,
        )
    )  # fmt: skip
    _flushed(db)


def _locked(db: Session, profile_id: uuid.UUID, seen: str) -> list[ProblemProfile]:
    """The versions, newest first, as nobody else changes them. Raises ChangedMeanwhile where the page was of others."""
    rows = select(ProblemProfile).where(ProblemProfile.profile_id == profile_id)
    rows = rows.order_by(ProblemProfile.number.desc()).with_for_update()
    versions = list(db.scalars(rows.execution_options(populate_existing=True)))
    if edition_of(versions) != seen:
        raise ChangedMeanwhile
    return versions


def _flushed(db: Session) -> None:
    try:
        db.flush()
    except IntegrityError as two_at_once:
        raise ChangedMeanwhile from two_at_once


@lru_cache(maxsize=16)
def read_document(document: str) -> dict[str, Any]:
    """A frozen profile, opened; nobody changes what this returns."""
    found: dict[str, Any] = json.loads(document)
    return found
