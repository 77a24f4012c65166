"""A wave's figures with everybody, and without the answers that have a signal: what these change, before anybody publishes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.cohesion import disclosure
from portal.cohesion.measures import Measured, measure_wave
from portal.cohesion.releases import exact_counts
from portal.cohesion.weighting import NotConverged
from portal.surveys.answers import CodedAnswers
from portal.surveys.signals import Signal, kept_rows

ALL_SIGNALS = [signal.value for signal in Signal]
Told = tuple[float, int]
"""Percent, and how many it is of, to the nearest 5."""


@dataclass(frozen=True)
class Beside:
    """One figure with everybody and without some; None where it is not shown.

    `is_close`: the two differ by so few people that side by side they would tell what these said, so neither is here.
    """

    all: Told | None = None
    without: Told | None = None
    is_close: bool = False


def count_flagged(coded: CodedAnswers) -> int:
    """How many of a closed wave's answers have any signal."""
    return coded.size - len(kept_rows(coded.values, coded.size, ALL_SIGNALS))


def beside(everybody: Measured, without: Measured, *others: Measured) -> dict[str, Beside]:
    """By the indicators' codes. `others` are on the same page and count when it is asked what a difference tells."""
    exact = [exact_counts(measured) for measured in (everybody, without, *others)]
    found = [
        conflict
        for place, one in enumerate(exact)
        for conflict in disclosure.conflicts(one, dict(enumerate(exact[:place])))
    ]
    close = {conflict.indicator for conflict in found if conflict.what in ("base", "positive", "beside")}
    if any(conflict.what == "answered" for conflict in found):
        close.update(measure.indicator.code for measure in everybody.measures)
    one, other = _told(everybody), _told(without)
    return {code: Beside(is_close=True) if code in close else Beside(one[code], other[code]) for code in one}


def _told(measured: Measured) -> dict[str, Told | None]:
    return {
        measure.indicator.code: (
            disclosure.percent(measure.found.share, measure.found.base),
            disclosure.rounded(measure.found.base),
        )
        if measure.found and measure.indicator.code in measured.shown
        else None
        for measure in measured.measures
    }


def compare_flagged(
    wave_id: uuid.UUID, coded: CodedAnswers, drafted: Measured, leave_out: Sequence[str], flagged: int
) -> dict[str, Any]:
    """What a draft keeps for staff. `figures` is None where the answers without signals cannot be weighted."""
    try:
        everybody = measure_wave(wave_id, everybody=coded) if leave_out and flagged else drafted
        is_without = not flagged or set(leave_out) == set(ALL_SIGNALS)
        without = drafted if is_without else measure_wave(wave_id, ALL_SIGNALS, everybody=coded)
    except NotConverged:
        return {"figures": None}
    compared = beside(everybody, without, drafted)
    return {"figures": {code: [each.all, each.without, each.is_close] for code, each in compared.items()}}


def read_flagged(kept: Mapping[str, Any] | None) -> dict[str, Beside] | None:
    """What `compare_flagged` kept; None where there is nothing to compare."""
    if not kept or kept["figures"] is None:
        return None
    return {
        code: Beside(everybody and tuple(everybody), without and tuple(without), is_close)
        for code, (everybody, without, is_close) in kept["figures"].items()
    }
