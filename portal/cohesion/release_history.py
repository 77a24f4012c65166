"""Every release that ever was public: which stand now, which others took the place of, which were taken back.

Of a release that is public no more nobody is given its document, nor its check number: a figure that was mended could be
guessed until the number came out.
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal.cohesion.models import Reason, Release, ReleaseState
from portal.cohesion.services import read_document
from portal.db import LOCAL_TIME, session


class Standing(enum.StrEnum):
    CURRENT = "current"
    REPLACED = "replaced"
    """Others stand in its place now."""
    TAKEN_BACK = "taken_back"
    """Nothing newer of its wave is public."""


@dataclass(frozen=True)
class Version:
    """One release that is or was public."""

    survey: str
    title: Mapping[str, str]
    wave: Mapping[str, Any]
    """Number, days and sample, as the release says."""
    number: int
    """1 for the first of its wave that was public: a release's own number would tell how many drafts there were."""
    standing: Standing
    published_at: datetime
    ended_at: datetime | None
    """None while it is public, and where it was not kept."""
    reason: Reason | None
    document: Mapping[str, Any] | None
    """Of a current one only, as is `hash`."""
    hash: str

    @property
    def published_on(self) -> date:
        return self.published_at.astimezone(LOCAL_TIME).date()

    @property
    def ended_on(self) -> date | None:
        return self.ended_at.astimezone(LOCAL_TIME).date() if self.ended_at else None

    @property
    def is_current(self) -> bool:
        return self.standing is Standing.CURRENT


def public_history() -> list[Version]:
    """The newest wave first, and of a wave the newest version."""
    ever = select(Release).where(Release.published_at.is_not(None)).order_by(Release.published_at, Release.number)
    by_wave: dict[uuid.UUID, list[Release]] = {}
    for release in session.scalars(ever):
        by_wave.setdefault(release.wave_id, []).append(release)
    found = [
        _version(release, number, current)
        for releases in by_wave.values()
        for current in [next((n for n, one in enumerate(releases, 1) if one.state is ReleaseState.PUBLISHED), None)]
        for number, release in enumerate(releases, 1)
    ]
    return sorted(
        found, key=lambda one: (one.wave["closes_on"], one.survey, one.wave["number"], one.number), reverse=True
    )


def _version(release: Release, number: int, current: int | None) -> Version:
    document = read_document(release.document)
    is_current = number == current
    replaced = Standing.REPLACED if current is not None and number < current else Standing.TAKEN_BACK
    assert release.published_at is not None
    return Version(
        survey=document["survey"],
        title=document["title"],
        wave={name: document["wave"][name] for name in ("number", "opens_on", "closes_on", "sample_type")},
        number=number,
        standing=Standing.CURRENT if is_current else replaced,
        published_at=release.published_at,
        ended_at=None if is_current else release.ended_at,
        reason=release.reason,
        document=document if is_current else None,
        hash=release.hash if is_current else "",
    )


def last_change(history: Sequence[Version]) -> datetime | None:
    """When a release became public or stopped being so last; None where none ever was."""
    return max((moment for one in history for moment in (one.published_at, one.ended_at) if moment), default=None)
