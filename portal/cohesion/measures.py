"""What a closed wave's answers say of each indicator, before anything is hidden: computed, never stored as it is."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import permutations
from typing import Any

from portal.cohesion import differencing, disclosure
from portal.cohesion.differencing import Sides
from portal.cohesion.earlier_weighting import rake_unbounded
from portal.cohesion.estimates import Estimate, estimate, outcomes
from portal.cohesion.weighting import Margin, Weighting, rake
from portal.surveys import answers, versions, waves
from portal.surveys.answers import CodedAnswers
from portal.surveys.columns import Value
from portal.surveys.definition import Indicator, Instrument
from portal.surveys.demographics import demographics

# Of the arithmetic: since 2 weights stay within bounds, and answers are worth no more than they are; since 3 intervals are
# of the share and the base as they are told, and weights are told to a tenth.
VERSION = 3


@dataclass(frozen=True)
class Measure:
    """One indicator. `answers`: how many people in the base gave each; `shares`: the same, weighted.

    `partly`: of a score, how many answered some of its questions and are not in its base.
    """

    indicator: Indicator
    definition: str
    found: Estimate | None
    answers: dict[str, int]
    shares: dict[str, float]
    left_out: dict[str, int]
    partly: int = 0

    @property
    def sides(self) -> Sides:
        """What it is made of, for other figures to be held against it."""
        indicator, is_share = self.indicator, self.indicator.kind == "share"
        base, true = (self.answers, indicator.positive) if is_share else ((True, False), (True,))
        return Sides(indicator.code, frozenset(indicator.questions), frozenset(base), frozenset(true), is_share)


@dataclass(frozen=True)
class Measured:
    """One wave. Its newest version says what is measured."""

    instrument: Instrument
    size: int
    weighting: Weighting
    measures: tuple[Measure, ...]
    version: int
    primary: frozenset[str]
    """The indicators that every version of the wave names as such: none becomes so once answers are known."""
    together: Mapping[tuple[str, str], Mapping[tuple[Any, Any], int]]
    """Of two indicators that share a question, unless both are shares of it: how many are where in both."""

    @cached_property
    def shown(self) -> dict[str, Sides]:
        """The figures that are shown, by their codes: a primary one goes before one that would tell on it."""
        sides = [each.sides for each in sorted(self.measures, key=lambda each: each.indicator.code not in self.primary)]
        alone = {each.indicator.code for each in self.measures if disclosure.is_shown(each.found)}
        counts = {each.indicator.code: each.answers | each.left_out for each in self.measures}
        shown = differencing.shown_together(sides, alone, counts, self.together)
        return {each.code: each for each in sides if each.code in shown}

    def hidden(self, measure: Measure) -> set[str]:
        """The answers to a share's question of which nothing is shown."""
        if measure.indicator.code not in self.shown:
            return set(measure.answers)
        counts = measure.answers | measure.left_out
        lines = differencing.lines_of(measure.sides, self.shown.values(), counts)
        return set(measure.answers) if lines is None else disclosure.hidden_answers(counts, lines)


def measure_wave(wave_id: uuid.UUID, leave_out: Collection[str] = (), version: int = VERSION) -> Measured:
    """Without the responses that have one of the signals in `leave_out`; by an earlier `version` to make its release again.

    Raises NotConverged where the answers cannot be weighted to the population.
    """
    wave = waves.find_wave(wave_id)
    assert wave is not None
    coded = answers.without(answers.coded_answers(wave), leave_out)
    return measure(versions.instruments_of(wave_id), coded, wave.recipe.get("margins", []), version)


def measure(
    instruments: Sequence[Instrument], coded: CodedAnswers, margins: Sequence[Margin], version: int = VERSION
) -> Measured:
    """Of answers that are at hand; `instruments`: the questionnaire's versions, newest first. Raises NotConverged."""
    weigh = rake if version > 1 else rake_unbounded
    weighting = weigh(demographics(instruments, coded.values, coded.size), margins, coded.size)
    measures = tuple(
        _measure(instruments[0], indicator, coded.values, weighting.weights, is_capped=version > 1)
        for indicator in instruments[0].questionnaire.indicators
    )
    primary = (frozenset(each.code for each in i.questionnaire.indicators if each.primary) for i in instruments)
    together = _together(measures, coded.values, coded.size)
    return Measured(
        instruments[0], coded.size, weighting, measures, version, frozenset.intersection(*primary), together
    )


def _together(
    measures: Sequence[Measure], values: Mapping[str, Sequence[Value]], size: int
) -> dict[tuple[str, str], Counter[tuple[Any, Any]]]:
    def where(indicator: Indicator) -> Sequence[Any]:
        if indicator.kind == "share":
            return values.get(indicator.questions[0]) or [None] * size
        return outcomes(indicator, values, size)

    found = {}
    for one, other in permutations(measures, 2):
        if one.sides.questions & other.sides.questions and not differencing.is_same_question(one.sides, other.sides):
            pairs = zip(where(one.indicator), where(other.indicator), strict=True)
            found[one.indicator.code, other.indicator.code] = Counter(pairs)
    return found


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
    partly = 0
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
    else:
        columns = [values.get(code) or [None] * len(weights) for code in indicator.questions]
        answered = sum(any(answer is not None for answer in given) for given in zip(*columns, strict=True))
        partly = answered - sum(outcome is not None for outcome in in_base)
    found = estimate(weights, in_base, is_capped=is_capped)
    return Measure(indicator, definition_of(instrument, indicator), found, counts, shares, left_out, partly)


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
