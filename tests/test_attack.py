"""Whoever knows the rules and puts every published number into one linear program finds no small group of people."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from portal.cohesion import disclosure
from portal.cohesion.measures import Measured, measure
from portal.cohesion.releases import exact_counts
from portal.surveys.answers import CodedAnswers, without
from portal.surveys.columns import Value
from portal.surveys.definition import Indicator, Instrument
from tests.support import waves
from tests.support.attacking import Attack, Told, leaks, told

Answers = Mapping[str, Sequence[Value]]
OPTIONS = (*waves.AGREE, "tend_disagree", "definitely_disagree", *waves.NOT_COUNTED)
SEXES = [{"by": ["sex"], "cells": [{"of": [["female"]], "count": 115236}, {"of": [["male"]], "count": 109595}]}]
NOISE = Indicator(
    code="noise", title=waves.said("Noise"), sentence=waves.said("of people see noise as a big problem."),
    questions=("noise",), positive=("big",),
)  # fmt: skip
VERY = Indicator(
    code="very", title=waves.said("Very"), sentence=waves.said("of people agree very much."),
    questions=("getting_on",), positive=("definitely_agree",), left_out=waves.NOT_COUNTED,
)  # fmt: skip


def instrument(*more: Indicator) -> Instrument:
    asked = waves.questionnaire(indicators=(*waves.questionnaire().indicators, *more))
    return Instrument(questionnaire=asked, geography="parishes", geography_version="2026", places=())


def spread(**columns: Mapping[str | None, int]) -> dict[str, list[Value]]:
    """Each column with so many of each answer, as long as the longest; blank beyond, and mixed, the same every time."""
    size = max(sum(counts.values()) for counts in columns.values())
    values: dict[str, list[Value]] = {}
    for name, counts in columns.items():
        column: list[Value] = [code for code, number in counts.items() for _ in range(number)]
        column += [None] * (size - len(column))
        random.Random(name).shuffle(column)
        values[name] = column
    return values


def measured(asked: Instrument, values: Answers, margins: Sequence[Any] = (), leave_out: Sequence[str] = ()) -> Measured:
    coded = CodedAnswers(len(values["getting_on"]), {name: list(column) for name, column in values.items()})
    return measure([asked], without(coded, leave_out), margins)


def truth(values: Answers, leave_out: Sequence[str] = ()) -> dict[str, Counter[str]]:
    coded = without(CodedAnswers(len(values["getting_on"]), {n: list(c) for n, c in values.items()}), leave_out)
    return {name: Counter(each for each in column if isinstance(each, str)) for name, column in coded.values.items()}


def found_in(asked: Instrument, values: Answers, margins: Sequence[Any] = ()) -> list[str]:
    return leaks(Attack(asked, [told(measured(asked, values, margins))]), [truth(values)])


FEW_OR_MANY = st.one_of(st.integers(0, 7), st.integers(0, 60))


@st.composite
def made_waves(draw: st.DrawFn) -> dict[str, dict[str | None, int]]:
    counts: dict[str | None, int] = {code: draw(FEW_OR_MANY) for code in OPTIONS}
    counts["tend_agree"] += 20
    counts[None] = draw(FEW_OR_MANY)
    size = sum(counts.values())
    yes, big, loud = (draw(st.integers(0, size)) for _ in range(3))
    blank = draw(st.integers(0, min(6, size - max(yes, big, loud))))
    out = draw(st.integers(0, 4))
    flagged = draw(st.sampled_from([0, 3, 12, 15]))
    women = draw(st.integers(0, size - out))
    return {
        "getting_on": counts,
        "knows_where": {"yes": yes, "no": size - yes - blank},
        "noise": {"big": big, "small": size - big - blank},
        "litter": {"big": loud, "small": size - loud - blank},
        "sex": {"female": women, "male": size - women - out, "rather_not": out},
        "_signals": {None: size - min(flagged, size), "fast": min(flagged, size)},
    }


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(made_waves(), min_size=3, max_size=3), st.booleans(), st.sampled_from([(), (VERY,), (VERY, NOISE)]))
def test_three_waves_with_changes_and_publications_again_tell_no_count_more_closely_than_1_to_4(
    made: list[dict[str, dict[str | None, int]]], is_weighted: bool, more: tuple[Indicator, ...]
) -> None:
    asked, margins = instrument(*more), SEXES if is_weighted else []
    before: tuple[Told, Measured] | None = None
    for columns in made:
        values = spread(**columns)
        first = measured(asked, values, margins)
        releases, people = [told(first, before)], [truth(values)]
        again = measured(asked, values, margins, ["fast"])
        if not disclosure.conflicts(exact_counts(again), {1: exact_counts(first)}):
            releases.append(told(again, before, ["fast"]))
            people.append(truth(values, ["fast"]))
        assert leaks(Attack(asked, releases), people) == []
        before = releases[0], first
