"""A made wave of answers weighted and estimated, beside numpy and R: the processor's time, which others at work do not lengthen."""

from __future__ import annotations

import random
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy

from portal.cohesion import disclosure
from portal.cohesion.data_file import BLANK, NO, YES, DataFile
from portal.cohesion.file_estimates import estimates_of
from portal.cohesion.measures import measure
from portal.cohesion.releases import canonical, exact_counts, figures_of
from portal.surveys.answers import CodedAnswers
from portal.surveys.columns import Value
from portal.surveys.definition import Instrument
from tests.bench.released import seconds_of_a_release
from tests.bench.survey import seconds_of_r
from tests.support import waves

QUESTIONS, PLACES = 20, 20
# Of a million R wants more memory and time than anybody waits for.
R_MOST = 100_000
SEXES, AGES = ("female", "male"), ("16_24", "25_34", "35_49", "50_64", "65_over")
PEOPLE = {f"{sex} {age}": 9000 + 700 * at for at, (sex, age) in enumerate(product(SEXES, AGES))}


@dataclass(frozen=True)
class Wave:
    """`size` people: what is known of each, and their answers to every question, a byte each as a closed wave keeps them."""

    size: int
    known: dict[str, list[str]]
    answers: list[bytes]


def made_wave(size: int) -> Wave:
    drawn = random.Random(size)
    known = {
        "sex": drawn.choices(SEXES, (6, 4), k=size),
        "age_band": drawn.choices(AGES, (2, 2, 3, 3, 2), k=size),
        "place": drawn.choices(list(map(str, range(PLACES))), k=size),
    }
    answers = [bytes(drawn.choices((YES, NO, BLANK), (at + 4, 20, 2), k=size)) for at in range(QUESTIONS)]
    return Wave(size, known, answers)


def ours(wave: Wave) -> Mapping[tuple[int, str | None], float]:
    """Of each question and place the share; and that of everyone, by None. The arithmetic of `portal estimate`."""
    pairs: dict[tuple[tuple[int, ...], int], int] = {}
    place_of: dict[tuple[str, ...], int] = {}
    groups = sorted(map(str, range(PLACES)))

    def pair_of(said: tuple[str, ...]) -> int:
        cell = (SEXES.index(said[0]) * len(AGES) + AGES.index(said[1]), groups.index(said[2]))
        return pairs.setdefault((cell, cell[1]), len(pairs))

    rows = []
    for said in zip(*wave.known.values(), strict=True):
        if said not in place_of:
            place_of[said] = pair_of(said)
        rows.append(place_of[said])
    data = DataFile(list(pairs), rows, groups, {str(at): given for at, given in enumerate(wave.answers)}, None)
    found = estimates_of(data, shares_of_margins(groups))
    return {(int(each["question"]), each["by"]): each["share"] for each in found["estimates"]}


def shares_of_margins(groups: Sequence[str]) -> dict[str, dict[str, float]]:
    counts = {"sex and age": {key: float(count) for key, count in PEOPLE.items()}}
    counts["place"] = {place: 8000.0 + 300 * int(place) for place in groups}
    return {name: {key: n / sum(each.values()) for key, n in each.items()} for name, each in counts.items()}


def with_numpy(wave: Wave) -> Mapping[tuple[int, str | None], float]:
    """The same shares, and the variance of each as if weights were given, in whole columns; weights by raking in turns."""
    sex, age, place = (numpy.unique(numpy.asarray(each), return_inverse=True)[1] for each in wave.known.values())
    groups = sorted(map(str, range(PLACES)))
    cell, weight = sex * len(AGES) + age, numpy.ones(wave.size)
    wanted = [numpy.asarray(list(each.values())) * wave.size for each in shares_of_margins(groups).values()]
    for _round in range(100):
        before = weight
        for kinds, target in zip((cell, place), wanted, strict=True):
            weight = weight * (target / numpy.bincount(kinds, weight))[kinds]
        if abs(weight - before).max() < 1e-10:
            break
    found = {}
    for question, given in enumerate(wave.answers):
        column = numpy.frombuffer(given, dtype=numpy.int8)
        for at, group in ((None, None), *enumerate(groups)):
            held = column != BLANK if at is None else (column != BLANK) & (place == at)
            said, some = column[held] == YES, weight[held]
            share = float((some * said).sum() / some.sum())
            _variance = float(((some * (said - share)) ** 2).sum() / some.sum() ** 2)
            found[question, group] = share
    return found


def processor_time(what: Callable[[Wave], Any], wave: Wave, rounds: int) -> tuple[float, Any]:
    """The best of several, in seconds."""
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        found = what(wave)
        times.append(time.process_time() - begun)
    return min(times), found


def release(wave: Wave) -> str:
    """A whole release of the wave, with what is hidden in it, held against everything of it that is already public."""
    asked = waves.questionnaire()
    words = {"getting_on": ("definitely_agree", "tend_disagree"), "knows_where": ("yes", "no")}
    words |= {"noise": ("big", "small"), "litter": ("big", "small")}
    values: dict[str, list[Value]] = {
        name: [{YES: yes, NO: no}.get(said) for said in given]
        for (name, (yes, no)), given in zip(words.items(), wave.answers, strict=False)
    }
    values["sex"] = list(wave.known["sex"])
    margins = [{"by": ["sex"], "cells": [{"of": [[sex]], "count": 110000} for sex in SEXES]}]
    instrument = Instrument(questionnaire=asked, geography="parishes", geography_version="2026", places=())
    found = measure([instrument], CodedAnswers(wave.size, values), margins)
    exact = exact_counts(found)
    assert disclosure.conflicts(exact, {1: exact}) == []
    return canonical(figures_of(found))


def measured(sizes: Sequence[int] = (100_000, 1_000_000)) -> list[tuple[str, str, str]]:
    """What was measured, what it came to and what is wanted."""
    said = []
    for size, wanted in zip(sizes, ("under 0.5 s", "under 4 s, 500 MB"), strict=True):
        wave = made_wave(size)
        rounds = 3 if size < 500_000 else 1
        mine, found = processor_time(ours, wave, rounds)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        said.append((f"Figures of {size:,} answers", f"{mine:.2f} s of processor; {most} MB at most so far", wanted))
        other, expected = processor_time(with_numpy, wave, rounds)
        whole, _document = processor_time(release, wave, 1)
        said.append(("  a release of three indicators", f"{whole:.2f} s of processor", "under 5 s"))
        drafted, again = seconds_of_a_release(size)
        said.append(
            ("  a release of the shipped survey", f"{drafted:.2f} s of processor; 20 groups of parishes", "under 5 s")
        )
        said.append(("  a second one beside it, some left out", f"{again:.2f} s of processor", ""))
        apart = max(abs(found[name] - expected[name]) for name in found)
        said.append(("  the same with numpy", f"{other:.2f} s; shares {apart:.0e} apart at most", ""))
        said += with_r(wave, mine)
    return said


def with_r(wave: Wave, mine: float) -> list[tuple[str, str, str]]:
    """R's package survey, where it is: raking once, and one question's time for every question."""
    if wave.size > R_MOST:
        return []
    cells = [f"{sex} {age}" for sex, age in zip(wave.known["sex"], wave.known["age_band"], strict=True)]
    said = [{YES: 1, NO: 0}.get(answer, "") for answer in wave.answers[0]]
    margins = shares_of_margins(sorted(map(str, range(PLACES))))
    counts = [{key: share * wave.size for key, share in each.items()} for each in margins.values()]
    taken = seconds_of_r([cells, wave.known["place"], said], counts)
    if taken is None:
        return [("  the same with R survey", "not measured: Rscript or its package survey is not installed", "")]
    return [
        (f"  the same with R survey, {name}", f"{whole:.0f} s of processor, {whole / mine:.0f} times as long", wanted)
        for name, wanted in (("svymean", "100 times"), ("svyciprop", ""))
        for whole in [taken["rake"] + QUESTIONS * taken[name]]
    ]
