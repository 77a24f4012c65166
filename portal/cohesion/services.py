"""Figures are drafted from a closed wave, published by a person, and may be taken back."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.cohesion import disclosure, group_releases
from portal.cohesion.area_releases import area_conflicts, area_figures
from portal.cohesion.changes import comparators
from portal.cohesion.coded_releases import exact_codes, for_release
from portal.cohesion.disclosure import Conflict
from portal.cohesion.flagged import compare_flagged, count_flagged
from portal.cohesion.measures import measure_wave
from portal.cohesion.modelled_areas import modelled_figures
from portal.cohesion.models import Reason, Release, ReleaseState
from portal.cohesion.releases import Earlier, are_alike, canonical, document_of, exact_counts, version_of
from portal.cohesion.weighting import NotConverged
from portal.db import LOCAL_TIME, session, utcnow
from portal.partnership.file import current_partnership
from portal.surveys import answers, coding, versions, waves
from portal.surveys.answers import DamagedAnswers
from portal.web import caching


class ReleaseError(Exception):
    """What was asked for cannot be done with figures now."""


class WaveNotClosed(ReleaseError):
    """Nothing is drafted while people are answering."""


class NotADraft(ReleaseError):
    """Somebody has published or replaced it meanwhile."""


class NotPublished(ReleaseError):
    """Somebody has taken it back meanwhile."""


class NeedsReason(ReleaseError):
    """Figures of a wave that had some before need a word why, and take the place of no others than were looked at."""


class NeedsSecondPerson(ReleaseError):
    """Whoever drafted figures does not publish them where the partnership wants a second person."""


class TellsTooMuch(ReleaseError):
    """Held against an earlier release of its wave it tells of fewer than 10 people; `conflicts` says where."""

    def __init__(self, conflicts: list[Conflict]) -> None:
        super().__init__("the release tells of fewer than 10 people")
        self.conflicts = conflicts


def draft_release(
    db: Session, wave_id: uuid.UUID, by: str, leave_out: Sequence[str] = (), coded_questions: Collection[str] = ()
) -> Release:
    """Compute the figures of a closed wave; an older draft of it goes. Raises WaveNotClosed or NotConverged.

    `leave_out`: the signals of responses that do not count; `coded_questions`: those whose coded words are in it.
    """
    wave = waves.lock_wave(db, wave_id)
    if wave is None or wave.closed_at is None:
        raise WaveNotClosed
    coded = answers.coded_answers(wave)
    measured = measure_wave(wave_id, leave_out, everybody=coded)
    frames = [frame for code, frame in coding.counted_frames(wave_id).items() if code in coded_questions]
    told = [for_release(frame, versions.instruments_of(wave_id)) for frame in frames]
    flagged = count_flagged(coded)
    before = _ever_public(wave_id).values()
    areas, area_counts = area_figures(wave_id, measured, before)
    groups, group_counts = group_releases.for_release(
        wave_id, answers.without(coded, leave_out), measured, list(before), area_counts
    )
    document = canonical(document_of(wave_id, measured, _earlier(wave_id), leave_out, told, flagged, areas) | groups)
    newest = db.scalar(select(func.max(Release.number)).where(Release.wave_id == wave_id)) or 0
    db.execute(delete(Release).where(Release.wave_id == wave_id, Release.state == ReleaseState.DRAFT))
    release = Release(
        wave_id=wave_id,
        number=newest + 1,
        state=ReleaseState.DRAFT,
        document=document,
        hash=sha256(document.encode()).hexdigest(),
        exact=exact_counts(measured, {frame.question: exact_codes(frame) for frame in frames}, area_counts)
        | group_counts,
        flagged=compare_flagged(wave_id, coded, measured, leave_out, flagged),
        modelled=modelled_figures(measured.areas, area_counts, wave.recipe),
        drafted_by=by,
    )
    db.add(release)
    db.flush()
    return release


def _earlier(wave_id: uuid.UUID) -> list[Earlier]:
    """The published waves that this one is held against, each measured again."""
    wave = waves.find_wave(wave_id)
    assert wave is not None
    alike: dict[str, dict[str, Any]] = {}
    for other in waves.waves_of(waves.survey_code_of(wave)):
        release = published_of(other.id) if other.number < wave.number else None
        if release is not None and are_alike(wave, document := read_document(release.document)):
            alike[other.id.hex] = document
    found = []
    for one, against in comparators(wave.closes_on, alike.values()).items():
        # An older wave that cannot be read any more costs the comparison, not the figures.
        with suppress(DamagedAnswers, NotConverged):
            measured = measure_wave(uuid.UUID(one), left_out_of(alike[one]), version_of(alike[one]))
            found.append(Earlier(alike[one], measured, against))
    return found


def published_of(wave_id: uuid.UUID) -> Release | None:
    return session.scalar(select(Release).where(Release.wave_id == wave_id, Release.state == ReleaseState.PUBLISHED))


def conflicts_of(release: Release) -> list[Conflict]:
    """What keeps it from being published: every release of the wave that ever was public counts, withdrawn ones too."""
    earlier = _ever_public(release.wave_id, but=release.number)
    return [
        *disclosure.conflicts(release.exact, earlier),
        *area_conflicts(release.exact, earlier),
        *group_releases.conflicts(release.exact, earlier),
    ]


def _ever_public(wave_id: uuid.UUID, but: int = 0) -> dict[int, dict[str, Any]]:
    """The counts behind each release of the wave that ever was public, by its number."""
    ever = (Release.wave_id == wave_id, Release.published_at.is_not(None), Release.number != but)
    return dict(session.execute(select(Release.number, Release.exact).where(*ever)).all())


def publish_release(
    db: Session,
    release_id: uuid.UUID,
    by: str,
    reason: Reason | None = None,
    note: str = "",
    instead_of: int | None = None,
) -> Release | None:
    """Make it public in place of the wave's earlier one, which is returned.

    `reason` must say why where the wave ever had public figures, also where all were taken back; `instead_of` is the number of
    those that are public, None without: nobody replaces what they have not seen. Raises NotADraft, TellsTooMuch,
    NeedsSecondPerson or NeedsReason.
    """
    release = _locked(db, release_id)
    if release is None or release.state is not ReleaseState.DRAFT:
        raise NotADraft
    if found := conflicts_of(release):
        raise TellsTooMuch(found)
    if needs_second_person(release, by):
        raise NeedsSecondPerson
    now, replaced = utcnow(), published_of(release.wave_id)
    number = replaced.number if replaced is not None else None
    if had_figures(release.wave_id):
        if reason is None or number != instead_of:
            raise NeedsReason
        release.takes_place_of, release.reason, release.note = number, reason, note
    if replaced is not None:
        replaced.state, replaced.ended_at = ReleaseState.WITHDRAWN, now
    release.state, release.published_at, release.published_by = ReleaseState.PUBLISHED, now, by
    caching.publish(db)
    return replaced


def had_figures(wave_id: uuid.UUID) -> bool:
    """Whether any of the wave ever were public."""
    ever = select(Release.id).where(Release.wave_id == wave_id, Release.published_at.is_not(None)).limit(1)
    return session.scalar(ever) is not None


def needs_second_person(release: Release, by: str) -> bool:
    """Whether the partnership wants figures published by another than the one who drafted them, and this is that one."""
    return current_partnership().figures.second_person and release.drafted_by == by


def earlier_of(release: Release) -> Release | None:
    """What was public of its wave until it took its place, and can be so again."""
    if release.takes_place_of is None:
        return None
    return session.scalar(
        select(Release).where(
            Release.wave_id == release.wave_id,
            Release.number == release.takes_place_of,
            Release.state == ReleaseState.WITHDRAWN,
        )
    )


def withdraw_release(db: Session, release_id: uuid.UUID, note: str = "", *, shows_earlier: bool) -> Release | None:
    """Take it from public view; the one that it took the place of comes back and is returned, unless that is not wanted.

    Raises NotPublished.
    """
    release = _locked(db, release_id)
    if release is None or release.state is not ReleaseState.PUBLISHED:
        raise NotPublished
    earlier = earlier_of(release) if shows_earlier else None
    release.state, release.ended_at = ReleaseState.WITHDRAWN, utcnow()
    release.note = "\n\n".join(filter(None, (release.note, note)))
    if earlier is not None:
        earlier.state, earlier.ended_at = ReleaseState.PUBLISHED, None
    caching.publish(db)
    return earlier


def _locked(db: Session, release_id: uuid.UUID) -> Release | None:
    """The release as it is once nobody else works on its wave; a draft may be gone by then."""
    wave_id = db.scalar(select(Release.wave_id).where(Release.id == release_id))
    if wave_id is None:
        return None
    waves.lock_wave(db, wave_id)
    return db.get(Release, release_id, populate_existing=True)


def find_release(release_id: uuid.UUID) -> Release | None:
    return session.get(Release, release_id)


def left_out_of(document: Mapping[str, Any]) -> list[str]:
    """The signals of the responses that do not count in a release."""
    return list(document.get("left_out", {}).get("signals", ()))


@lru_cache(maxsize=32)
def read_document(document: str) -> dict[str, Any]:
    """A release's document, opened; nobody changes what this returns."""
    found: dict[str, Any] = json.loads(document)
    return found


@dataclass(frozen=True)
class Published:
    """A release that the public may see."""

    document: dict[str, Any]
    hash: str
    published_on: date
    number: int
    reason: Reason | None
    """Why it took the place of an earlier one of its wave; None where it is the first, or that was not kept."""
    takes_place: bool = True
    """False where it came after all earlier ones had been taken back."""


def published_releases() -> list[Published]:
    """Those of every survey, the newest wave first."""
    found = session.scalars(select(Release).where(Release.state == ReleaseState.PUBLISHED))
    return sorted(map(as_published, found), key=_age, reverse=True)


def _age(release: Published) -> tuple[str, int]:
    wave = release.document["wave"]
    return wave["closes_on"], wave["number"]


def as_published(release: Release) -> Published:
    """The release as the public sees it, or would see it."""
    moment = release.published_at or release.drafted_at
    return Published(
        read_document(release.document),
        release.hash,
        moment.astimezone(LOCAL_TIME).date(),
        release.number,
        release.reason,
        release.takes_place_of is not None,
    )


def find_document(check_number: str) -> Release | None:
    """The release with this check number, public or taken back; of the same document the one that is public."""
    found = session.scalars(
        select(Release)
        .where(Release.hash == check_number, Release.published_at.is_not(None))
        .order_by(Release.number.desc())
    ).all()
    return min(found, key=lambda release: release.state is not ReleaseState.PUBLISHED, default=None)


def is_anything_published() -> bool:
    return session.scalar(select(Release.id).where(Release.state == ReleaseState.PUBLISHED).limit(1)) is not None


@dataclass(frozen=True)
class ClosedWave:
    """A wave that figures can be drafted from, with its releases, newest first."""

    wave_id: uuid.UUID
    survey: str
    number: int
    opens_on: date
    closes_on: date
    answered: int
    releases: list[Release]


def closed_waves() -> list[ClosedWave]:
    """Every closed wave, the newest first."""
    found = []
    for code in waves.survey_codes():
        for wave in waves.waves_of(code):
            if wave.closed_at is not None:
                rows = select(Release).where(Release.wave_id == wave.id).order_by(Release.number.desc())
                releases = list(session.scalars(rows))
                found.append(
                    ClosedWave(wave.id, code, wave.number, wave.opens_on, wave.closes_on, wave.answered or 0, releases)
                )
    return sorted(found, key=lambda each: each.closes_on, reverse=True)
