"""The weights of a published release, for whoever opens the answers: made again, and used only if the same figures come out."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.cohesion.measures import Measured, measure_wave
from portal.cohesion.models import Release
from portal.cohesion.releases import canonical, document_of, exact_counts, version_of
from portal.cohesion.services import left_out_of, published_of, read_document
from portal.cohesion.weighting import OUTSIDE, Combination, NotConverged
from portal.surveys import answers, waves
from portal.surveys.answers import DamagedAnswers
from portal.surveys.signals import kept_rows
from portal.surveys.variables import Missing


@dataclass(frozen=True)
class ReleaseWeights:
    """Of each person, in the order of the wave's packed answers, the weight and the weighting cell, numbered from 1.

    Whoever does not count in the release has neither.
    """

    release: Release
    measured: Measured
    weights: Sequence[float | None]
    strata: Sequence[int | Missing]
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
    leave_out = left_out_of(read_document(release.document))
    try:
        measured = measure_wave(wave_id, leave_out, version_of(read_document(release.document)))
    except (DamagedAnswers, NotConverged) as problem:
        raise NotReproduced from problem
    published, again = read_document(release.document), document_of(wave_id, measured)
    shown = {each["code"] for each in published["indicators"] if each["shown"]}
    shown &= {each["code"] for each in again["indicators"] if each["shown"]}
    is_same = _figures(published, shown) == _figures(again, shown)
    if not is_same or _counts(release.exact) != _counts(exact_counts(measured)):
        raise NotReproduced
    combinations = measured.weighting.combinations or ((),) * measured.size
    numbers = {each: number for number, each in enumerate(sorted(set(combinations)), 1)}
    margins = wave.recipe.get("margins", [])
    coded = answers.coded_answers(wave)
    weights: list[float | None] = [None] * coded.size
    strata: list[int | Missing] = [Missing.NOT_ASKED] * coded.size
    for at, row in enumerate(kept_rows(coded.values, coded.size, leave_out)):
        weights[row], strata[row] = measured.weighting.weights[at], numbers[combinations[at]]
    return ReleaseWeights(
        release,
        measured,
        weights,
        strata,
        {number: _described(each, margins, measured) for each, number in numbers.items() if each},
    )


def _figures(document: Mapping[str, Any], shown: Collection[str]) -> str:
    """The numbers of a release and of those of its figures; not what moved, which hangs on another wave."""
    numbers = ("percent", "low", "high", "base")
    figures = {
        each["code"]: [each[name] for name in numbers] for each in document["indicators"] if each["code"] in shown
    }
    return canonical([document["answered"], document["recipe"].get("weighting"), figures])


def _counts(exact: Mapping[str, Any]) -> str:
    """Without what was coded, in which no weight is, and without what was hidden, whose rules have changed."""
    numbers = ("questions", "base", "positive", "answers")
    figures = {code: [figure[name] for name in numbers] for code, figure in exact["figures"].items()}
    return canonical([exact["answered"], figures])


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
