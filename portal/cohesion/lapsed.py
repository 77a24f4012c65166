"""Comparisons that a release made and nobody is shown any more, because the earlier figures are public otherwise now, or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from portal.cohesion.changes import public_figures, still_stands
from portal.cohesion.models import Release, ReleaseState
from portal.cohesion.released_means import public_means
from portal.cohesion.services import read_document
from portal.db import session


@dataclass(frozen=True)
class Lapsed:
    """The earlier wave by its last day (ISO 8601), and whether all its figures were taken back and not corrected."""

    closes_on: str
    is_taken_back: bool


def lapsed_comparisons(document: Mapping[str, Any], public: Iterable[Mapping[str, Any]]) -> list[Lapsed]:
    """Of one release held against what is `public` now; the newest earlier wave first."""
    documents = list(public)
    figures, means = public_figures(documents), public_means(documents)
    there = {one["wave"]["id"] for one in documents}
    found = {
        Lapsed(change["closes_on"], change["wave"] not in there)
        for each in document["indicators"]
        if each["shown"]
        # A release of before there were several comparisons has one.
        for change in each.get("changes") or filter(None, [each.get("change")])
        if not still_stands(each, change, figures)
    } | {
        Lapsed(change["closes_on"], change["wave"] not in there)
        for each in document.get("means", ())
        for change in each.get("changes", ())
        if (change["wave"], each["code"], change["mean"]) not in means
    }
    return sorted(found, key=lambda one: one.closes_on, reverse=True)


def waves_to_draft_anew() -> dict[uuid.UUID, list[Lapsed]]:
    """The waves whose public figures say less than they could, until they are drafted and published again."""
    return _lapsed_of(
        tuple(
            session.scalars(select(Release.hash).where(Release.state == ReleaseState.PUBLISHED).order_by(Release.hash))
        )
    )


@lru_cache(maxsize=8)
def _lapsed_of(hashes: Sequence[str]) -> dict[uuid.UUID, list[Lapsed]]:
    """Kept, because every page of a survey manager asks it; a document never changes under its hash."""
    found = session.scalars(
        select(Release.document).where(Release.hash.in_(hashes), Release.state == ReleaseState.PUBLISHED)
    )
    documents = [read_document(one) for one in found]
    lapsed = {uuid.UUID(one["wave"]["id"]): lapsed_comparisons(one, documents) for one in documents}
    return {wave: comparisons for wave, comparisons in lapsed.items() if comparisons}


def would_lapse(document: Mapping[str, Any]) -> int:
    """How many later waves would have to be drafted anew if this took its wave's place in public."""
    wave = document["wave"]["id"]
    found = session.scalars(select(Release.document).where(Release.state == ReleaseState.PUBLISHED))
    documents = [read_document(one) for one in found]
    others = [one for one in documents if one["wave"]["id"] != wave]
    return sum(
        len(lapsed_comparisons(one, [*others, document])) > len(lapsed_comparisons(one, documents)) for one in others
    )
