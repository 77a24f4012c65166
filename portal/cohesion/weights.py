"""The weights of a published release, for whoever opens the answers: made again, and used only if the same figures come out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.cohesion.measures import Measured, measure_wave
from portal.cohesion.models import Release
from portal.cohesion.releases import canonical, document_of, exact_counts
from portal.cohesion.services import published_of, read_document
from portal.cohesion.weighting import OUTSIDE, Combination, NotConverged
from portal.surveys import waves
from portal.surveys.answers import DamagedAnswers


@dataclass(frozen=True)
class ReleaseWeights:
    """Of each person, in the order of the wave's packed answers, the weight and the weighting cell, numbered from 1."""

    release: Release
    measured: Measured
    weights: Sequence[float]
    strata: Sequence[int]
    cells: Mapping[int, str]
    """What each cell holds, by the codes of the answers; empty where nobody is weighted."""

    @property
    def document(self) -> dict[str, Any]:
        return read_document(self.release.document)


class NotReproduced(Exception):
    """The answers do not give the published figures any more."""


def weights_of(wave_id: uuid.UUID) -> ReleaseWeights | None:
    """None where nothing of the wave is published. Raises NotReproduced."""
    release = published_of(wave_id)
    wave = waves.find_wave(wave_id)
    if release is None or wave is None:
        return None
    try:
        measured = measure_wave(wave_id)
    except (DamagedAnswers, NotConverged) as problem:
        raise NotReproduced from problem
    is_same = _figures(read_document(release.document)) == _figures(document_of(wave_id, measured, None))
    if not is_same or canonical(release.exact) != canonical(exact_counts(measured)):
        raise NotReproduced
    combinations = measured.weighting.combinations or ((),) * measured.size
    numbers = {each: number for number, each in enumerate(sorted(set(combinations)), 1)}
    margins = wave.recipe.get("margins", [])
    return ReleaseWeights(
        release,
        measured,
        measured.weighting.weights,
        [numbers[each] for each in combinations],
        {number: _described(each, margins, measured) for each, number in numbers.items() if each},
    )


def _figures(document: Mapping[str, Any]) -> str:
    """All numbers of a release; not what moved, which hangs on another wave."""
    shown = ("percent", "low", "high", "base", "shown", "enough", "left_out", "answers")
    figures = {each["code"]: [each.get(name) for name in shown] for each in document["indicators"]}
    return canonical([document["answered"], document["recipe"].get("weighting"), figures])


def _described(combination: Combination, margins: Sequence[Mapping[str, Any]], measured: Measured) -> str:
    """Like "sex: female; age_band: 75_84, 85_over"."""
    parts = []
    for place, margin, joined in zip(combination, margins, measured.weighting.joined, strict=True):
        to = dict(joined)
        held = [cell["of"] for at, cell in enumerate(margin["cells"]) if to.get(at, at) == place]
        for at, name in enumerate(margin["by"]):
            codes = dict.fromkeys(code for of in held for code in of[at])
            parts.append(f"{name}: {', '.join(codes) if place != OUTSIDE else '?'}")
    return "; ".join(parts)
