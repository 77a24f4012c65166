"""Surveys made by chance of a town whose areas are known, to see how often the model's range holds the true share.

`python -m tests.support.modelled` prints what `portal/cohesion/modelled_coverage.py` records.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from itertools import product
from math import exp, log

from portal.cohesion.areas import Side, hidden_areas
from portal.cohesion.calibration import Cell
from portal.cohesion.modelled_areas import modelled_table
from portal.cohesion.modelled_coverage import CHECKED, SURVEYS, Checked

SEXES, AGES = 2, 6
# Residents of Milton Keynes aged 16 and over by sex and age, Census 2021, TS009.
PEOPLE = dict(
    zip(
        product(range(SEXES), range(AGES)),
        (13287, 21055, 33435, 25840, 12329, 9290, 14439, 19989, 32160, 25038, 11073, 6896),
        strict=True,
    )
)
# Of the log-odds: how far areas differ in a made survey is drawn from between these, as nobody knows it of a real one.
LEAST, GREATEST = 0.1, 0.6
BY_SEX, BY_AGE = 0.15, 0.4
# Others than those by which it was found how much wider the ranges must be.
FIRST = 100_000


def covered(checked: Checked, surveys: int) -> float:
    """In how many of a hundred areas that are told of the range as it is told holds the true share."""
    holds = total = 0
    for seed in range(FIRST, FIRST + surveys):
        for low, high, true in _one_survey(checked, random.Random(seed)):
            holds += low <= 100 * true <= high
            total += 1
    return 100 * holds / total


def _one_survey(checked: Checked, drawn: random.Random) -> list[tuple[float, float, float]]:
    sex, age = ([drawn.gauss(0, apart) for _ in range(kinds)] for apart, kinds in ((BY_SEX, SEXES), (BY_AGE, AGES)))
    spread = drawn.uniform(LEAST, GREATEST)
    by_kind: dict[tuple[str, Cell], Side] = {}
    sides: dict[str, Side] = {}
    population: dict[str, dict[Cell, float]] = {}
    true = {}
    for at in range(checked.areas):
        area, lives = f"{at:02}", drawn.gauss(0, spread)
        older = [exp(drawn.gauss(0, 0.25)) for _ in range(AGES)]
        own = {kind: people * older[kind[1]] for kind, people in PEOPLE.items()}
        odds = log(checked.share / (1 - checked.share)) + lives
        likely = {kind: 1 / (1 + exp(-odds - sex[kind[0]] - age[kind[1]])) for kind in own}
        # Women answer more readily, and whoever is of one age in one area more or less so by chance.
        ready = [people * (1.3, 0.8)[kind[0]] * drawn.uniform(0.4, 1.6) for kind, people in own.items()]
        size = round(checked.answers * drawn.uniform(0.4, 1.6))
        people, yes = Counter[Cell](), Counter[Cell]()
        for kind in drawn.choices(list(own), ready, k=size):
            people[kind] += 1
            yes[kind] += drawn.random() < likely[kind]
        by_kind |= {(area, kind): (people[kind], yes[kind]) for kind in people}
        sides[area] = (size, yes.total())
        population[area] = own if checked.is_counted else dict(PEOPLE)
        true[area] = sum(own[kind] * likely[kind] for kind in own) / sum(own.values())
    whys = {area: why.value for area, why in hidden_areas(sides, (0, 0)).items()}
    found = modelled_table(
        by_kind, sides, (0, 0), whys, [SEXES + 1, AGES + 1], population, is_counted=checked.is_counted
    )
    return [(each["low"], each["high"], true[area]) for area, each in found.items()]


if __name__ == "__main__":
    for one in CHECKED:
        sys.stdout.write(f"{one} {covered(one, SURVEYS):.1f}\n")
        sys.stdout.flush()
