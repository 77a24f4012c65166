"""The published figure that a finding points at: read from its release's document, and gone when that is taken back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from portal.cohesion.finding_models import Finding
from portal.cohesion.models import Release, ReleaseState
from portal.cohesion.services import as_published
from portal.db import session


@dataclass(frozen=True)
class PublishedFigure:
    """An indicator as its release shows it: shares in percent, `base` rounded as published; texts by language."""

    release_id: uuid.UUID
    indicator: str
    survey: Mapping[str, str]
    title: Mapping[str, str]
    percent: float
    low: float
    high: float
    base: int
    is_unreliable: bool
    is_random: bool
    """Whether people were picked by chance; else they chose to answer."""
    closed_on: date
    """The last day of the survey."""
    published_on: date
    hash: str


def figures_of(findings: Iterable[Finding]) -> dict[uuid.UUID, PublishedFigure]:
    """By the finding's id; those that point at none, or at one that is not public any more, are left out."""
    pointing = [each for each in findings if each.release_id is not None]
    if not pointing:
        return {}
    figures = {
        (figure.release_id, figure.indicator): figure
        for figure in _figures(Release.id.in_({each.release_id for each in pointing}))
    }
    return {
        each.id: figure
        for each in pointing
        if each.release_id and (figure := figures.get((each.release_id, each.indicator)))
    }


def offered_figures() -> list[PublishedFigure]:
    """Every figure that is public now, of the newest survey first."""
    return sorted(_figures(), key=lambda each: each.closed_on, reverse=True)


def _figures(*which: Any) -> list[PublishedFigure]:
    releases = session.scalars(select(Release).where(Release.state == ReleaseState.PUBLISHED, *which))
    return [
        _figure(release, indicator)
        for release in releases
        for indicator in as_published(release).document["indicators"]
        if indicator["shown"]
    ]


def _figure(release: Release, indicator: Mapping[str, Any]) -> PublishedFigure:
    published = as_published(release)
    document = published.document
    return PublishedFigure(
        release_id=release.id,
        indicator=indicator["code"],
        survey=document["title"],
        title=indicator["title"],
        percent=indicator["percent"],
        low=indicator["low"],
        high=indicator["high"],
        base=indicator["base"],
        is_unreliable=indicator["unreliable"],
        is_random=document["wave"]["sample_type"] == "invited",
        closed_on=date.fromisoformat(document["wave"]["closes_on"]),
        published_on=published.published_on,
        hash=published.hash,
    )
