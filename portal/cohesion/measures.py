"""What a closed wave's answers say of each indicator, before anything is hidden: computed, never stored as it is."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from portal.cohesion.earlier_weighting import rake_unbounded
from portal.cohesion.estimates import Estimate, estimate, outcomes
from portal.cohesion.weighting import Weighting, rake
from portal.surveys import answers, versions, waves
from portal.surveys.columns import Value
from portal.surveys.definition import Indicator, Instrument
from portal.surveys.demographics import demographics

# Of the arithmetic: since 2 weights stay within bounds, and answers are worth no more than they are.
VERSION = 2


@dataclass(frozen=True)
class Measure:
    """One indicator. `answers`: how many people in the base gave each; `shares`: the same, weighted."""

    indicator: Indicator
    definition: str
    found: Estimate | None
    answers: dict[str, int]
    shares: dict[str, float]
    left_out: dict[str, int]


@dataclass(frozen=True)
class Measured:
    """One wave. Its newest version says what is measured."""

    instrument: Instrument
    size: int
    weighting: Weighting
    measures: tuple[Measure, ...]
    version: int


def measure_wave(wave_id: uuid.UUID, leave_out: Collection[str] = (), version: int = VERSION) -> Measured:
    """Without the responses that have one of the signals in `leave_out`; by an earlier `version` to make its release again.

    Raises NotConverged where the answers cannot be weighted to the population.
    """
    wave = waves.find_wave(wave_id)
    assert wave is not None
    coded = answers.without(answers.coded_answers(wave), leave_out)
    instruments = versions.instruments_of(wave_id)
    margins = wave.recipe.get("margins", [])
    weigh = rake if version > 1 else rake_unbounded
    weighting = weigh(demographics(instruments, coded.values, coded.size), margins, coded.size)
    measures = tuple(
        _measure(instruments[0], indicator, coded.values, weighting.weights, is_capped=version > 1)
        for indicator in instruments[0].questionnaire.indicators
    )
    return Measured(instruments[0], coded.size, weighting, measures, version)


def _measure(
    instrument: Instrument,
    indicator: Indicator,
    values: Mapping[str, Sequence[Value]],
    weights: Sequence[float],
    *,
    is_capped: bool,
) -> Measure:
    in_base = outcomes(indicator, values, len(weights))
    counts: dict[str, int] = {}
    shares: dict[str, float] = {}
    left_out: dict[str, int] = {}
    if indicator.kind == "share":
        (question,) = indicator.questions
        given = values.get(question) or [None] * len(weights)
        tally = Counter(zip(given, weights, strict=True))
        options = instrument.codes_of(instrument.questionnaire.questions[question])
        people = {code: sum(count for (answer, _), count in tally.items() if answer == code) for code in options}
        heavy = {
            code: sum(weight * count for (answer, weight), count in tally.items() if answer == code) for code in options
        }
        left_out = {code: people[code] for code in options if code in indicator.left_out}
        counts = {code: people[code] for code in options if code not in indicator.left_out}
        total = sum(heavy[code] for code in counts) or 1.0
        shares = {code: heavy[code] / total for code in counts}
    found = estimate(weights, in_base, is_capped=is_capped)
    return Measure(indicator, definition_of(instrument, indicator), found, counts, shares, left_out)


def definition_of(instrument: Instrument, indicator: Indicator) -> str:
    """What two waves must have in common for a figure to be compared: the questions, the options and the formula."""
    questionnaire = instrument.questionnaire
    asked: list[Any] = [
        (code, questionnaire.questions[code].text["en"], instrument.codes_of(questionnaire.questions[code]))
        for code in indicator.questions
    ]
    formula = (
        indicator.kind,
        sorted(indicator.positive),
        sorted(indicator.left_out),
        sorted((indicator.points or {}).items()),
        indicator.at_least,
    )
    return sha256(json.dumps([asked, formula]).encode()).hexdigest()[:16]
