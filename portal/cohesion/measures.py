"""What a closed wave's answers say of each indicator, before anything is hidden: computed, never stored as it is."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from itertools import combinations
from operator import and_
from typing import Any

from portal.cohesion import differencing, disclosure, means
from portal.cohesion.areas import Areas, measure_areas
from portal.cohesion.differencing import Sides
from portal.cohesion.earlier_weighting import rake_unbounded
from portal.cohesion.estimates import Estimate, asked, estimate, outcomes
from portal.cohesion.means import Mean, mean_of
from portal.cohesion.modelled_areas import kinds_of
from portal.cohesion.reporting_gap import Gap, measure_gap
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
    mean: Mean | None = None
    """Of an indicator that is a mean, which has no share."""

    @property
    def is_by_answers(self) -> bool:
        """Whether it is made of the answers to one question that everybody was asked, and not of what these add up to."""
        return self.indicator.kind in ("share", "mean") and self.indicator.base is None

    @property
    def base(self) -> int:
        found = self.mean if self.indicator.kind == "mean" else self.found
        return found.base if found else 0

    @property
    def may_stand_alone(self) -> bool:
        if self.indicator.kind == "mean":
            return means.is_shown(self.mean, self.indicator.least_base)
        return disclosure.is_shown(self.found) and self.base >= self.indicator.least_base

    @property
    def sides(self) -> Sides:
        """What it is made of, for other figures to be held against it."""
        indicator = self.indicator
        questions = {*indicator.questions, *([indicator.base.question] if indicator.base else [])}
        if indicator.kind == "mean":
            each = tuple(frozenset([code]) for code in self.answers)
            return Sides(
                indicator.code, frozenset(questions), frozenset(self.answers), frozenset(), self.is_by_answers, each
            )
        base, true = (self.answers, indicator.positive) if self.is_by_answers else ((True, False), (True,))
        return Sides(indicator.code, frozenset(questions), frozenset(base), frozenset(true), self.is_by_answers)


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
    means: tuple[Measure, ...] = ()
    """Those of the indicators that are no shares of people."""
    gap: Gap | None = None
    areas: Areas | None = None

    @cached_property
    def shown(self) -> dict[str, Sides]:
        """The figures that are shown, by their codes: a primary one goes before one that would tell on it."""
        all_of_them = sorted((*self.measures, *self.means), key=lambda each: each.indicator.code not in self.primary)
        sides = [each.sides for each in all_of_them]
        alone = {each.indicator.code for each in all_of_them if each.may_stand_alone}
        counts = {each.indicator.code: each.answers | each.left_out for each in all_of_them}
        shown = differencing.shown_together(sides, alone, counts, self.together)
        return {each.code: each for each in sides if each.code in shown}

    def hidden(self, measure: Measure) -> set[str]:
        """The answers to a share's question of which nothing is shown."""
        if measure.indicator.code not in self.shown:
            return set(measure.answers)
        counts = measure.answers | measure.left_out
        lines = differencing.lines_of(measure.sides, self.shown.values(), counts)
        return set(measure.answers) if lines is None else disclosure.hidden_answers(counts, lines)


def measure_wave(
    wave_id: uuid.UUID,
    leave_out: Collection[str] = (),
    version: int = VERSION,
    everybody: CodedAnswers | None = None,
) -> Measured:
    """Without the responses that have one of the signals in `leave_out`; by an earlier `version` to make its release again.

    `everybody`: the wave's answers, where they are at hand: to read them takes as long as some figures. Raises NotConverged where the answers cannot be weighted to the population.
    """
    wave = waves.find_wave(wave_id)
    assert wave is not None
    coded = answers.without(everybody or answers.coded_answers(wave), leave_out)
    return measure(versions.instruments_of(wave_id), coded, wave.recipe.get("margins", []), version)


def measure(
    instruments: Sequence[Instrument], coded: CodedAnswers, margins: Sequence[Margin], version: int = VERSION
) -> Measured:
    """Of answers that are at hand; `instruments`: the questionnaire's versions, newest first. Raises NotConverged."""
    weigh = rake if version > 1 else rake_unbounded
    who = demographics(instruments, coded.values, coded.size)
    weighting = weigh(who, margins, coded.size)
    found = [
        _measure(instruments[0], indicator, coded.values, weighting.weights, is_capped=version > 1)
        for indicator in instruments[0].questionnaire.indicators
    ]
    primary = (frozenset(each.code for each in i.questionnaire.indicators if each.primary) for i in instruments)
    main = frozenset.intersection(*primary)
    by_area = {
        each.code: outcomes(each, coded.values, coded.size)
        for each in instruments[0].questionnaire.indicators
        if each.code in main
    }
    return Measured(
        instruments[0],
        coded.size,
        weighting,
        tuple(each for each in found if each.indicator.kind != "mean"),
        version,
        main,
        _together(found, coded.values, coded.size),
        tuple(each for each in found if each.indicator.kind == "mean"),
        measure_gap(
            instruments[0],
            coded.values,
            weighting.weights,
            ((each.sides, partial(_where, each, coded.values, coded.size)) for each in found),
        ),
        measure_areas(
            instruments,
            coded.values,
            weighting.weights,
            by_area,
            kinds_of(margins, who, coded.size),
            is_capped=version > 1,
        ),
    )


def _together(
    measures: Sequence[Measure], values: Mapping[str, Sequence[Value]], size: int
) -> dict[tuple[str, str], Counter[tuple[Any, Any]]]:
    found = {}
    for one, other in combinations(measures, 2):
        if one.sides.questions & other.sides.questions and not differencing.is_same_question(one.sides, other.sides):
            pairs = zip(_where(one, values, size), _where(other, values, size), strict=True)
            people = Counter(pairs)
            found[one.indicator.code, other.indicator.code] = people
            found[other.indicator.code, one.indicator.code] = Counter({(b, a): n for (a, b), n in people.items()})
    return found


def _where(measure: Measure, values: Mapping[str, Sequence[Value]], size: int) -> Sequence[Any]:
    """Of each person, in which of the figure's groups they are; None, or what it does not count, for those in none."""
    indicator = measure.indicator
    if indicator.kind not in ("share", "mean") or (indicator.kind == "share" and indicator.base):
        return outcomes(indicator, values, size)
    return _given(indicator, values, size)


def _given(indicator: Indicator, values: Mapping[str, Sequence[Value]], size: int) -> Sequence[Value]:
    """The answers to its question of those who are in its base."""
    given = values.get(indicator.questions[0]) or [None] * size
    if indicator.base is None:
        return given
    return [each if is_in else None for each, is_in in zip(given, asked(indicator, values, size), strict=True)]


def _measure(
    instrument: Instrument,
    indicator: Indicator,
    values: Mapping[str, Sequence[Value]],
    weights: Sequence[float],
    *,
    is_capped: bool,
) -> Measure:
    size = len(weights)
    in_base = outcomes(indicator, values, size)
    counts: dict[str, int] = {}
    shares: dict[str, float] = {}
    left_out: dict[str, int] = {}
    partly = 0
    mean = None
    if indicator.kind == "mean" or (indicator.kind == "share" and indicator.base is None):
        (question,) = indicator.questions
        given = _given(indicator, values, size)
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
    if indicator.kind == "mean":
        points = indicator.points or {}
        mean = mean_of(weights, [points.get(str(each)) for each in given], min(points.values()), max(points.values()))
    if indicator.kind == "score":
        columns = [values.get(code) or [None] * size for code in indicator.questions]
        nothing = (None,) * len(columns)
        said = map(nothing.__ne__, zip(*columns, strict=True))
        answered = sum(map(and_, asked(indicator, values, size), said))
        partly = answered - sum(outcome is not None for outcome in in_base)
    found = None if indicator.kind == "mean" else estimate(weights, in_base, is_capped=is_capped)
    return Measure(indicator, definition_of(instrument, indicator), found, counts, shares, left_out, partly, mean)


def definition_of(instrument: Instrument, indicator: Indicator) -> str:
    """What two waves must have in common for a figure to be compared: the questions, the options and the formula."""
    questionnaire = instrument.questionnaire
    routed = [indicator.base.question] if indicator.base else []
    wording: list[Any] = [
        (code, questionnaire.questions[code].text["en"], instrument.codes_of(questionnaire.questions[code]))
        for code in (*indicator.questions, *routed)
    ]
    formula = (
        indicator.kind,
        sorted(indicator.positive),
        sorted(indicator.left_out),
        sorted((indicator.points or {}).items()),
        indicator.at_least,
        # Without a base of its own it is to the byte what it was before there were such.
        *([sorted(indicator.base.any_of)] if indicator.base else []),
    )
    return sha256(json.dumps([wording, formula]).encode()).hexdigest()[:16]
