"""No answer counts for more than 3 or less than 0.3; what that cannot mend is said; and older releases are made again as they were."""

from __future__ import annotations

import csv
import io
import json
import random
import uuid
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.cohesion import measures, services
from portal.cohesion.calibration import NotConverged, calibrate, nearest
from portal.cohesion.caveats import in_steps
from portal.cohesion.earlier_weighting import rake_unbounded
from portal.cohesion.estimates import estimate
from portal.cohesion.models import Reason, Release
from portal.cohesion.weighting import MAX_WEIGHT, MIN_PEOPLE, MIN_WEIGHT, Scarce, Weighting, rake
from portal.cohesion.weights import weights_of
from portal.db import session, transaction
from portal.staff.models import Role
from portal.surveys.models import Wave
from tests.support import waves
from tests.support.people import Officer, Resident

BOUNDS = (MIN_WEIGHT, MAX_WEIGHT)


def margin(by: tuple[str, ...], **counts: int) -> dict[str, Any]:
    """A crossed cell is named by its answers with two underlines between them."""
    cells = [{"of": [[part] for part in name.split("__")], "count": count} for name, count in counts.items()]
    return {"by": list(by), "cells": cells}


def answered(people: dict[tuple[str | None, ...], int], *names: str) -> tuple[dict[str, list[str | None]], int]:
    rows = [each for each, count in people.items() for _ in range(count)]
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}, len(rows)


def held(answers: dict[str, list[str | None]], found: Weighting, name: str) -> Counter[str | None]:
    sums: Counter[str | None] = Counter()
    for said, weight in zip(answers[name], found.weights, strict=True):
        sums[said] += weight  # type: ignore[assignment]
    return sums


def test_where_raking_leaves_the_bounds_calibration_keeps_them_and_meets_every_margin() -> None:
    people: dict[tuple[str | None, ...], int] = {
        ("female", "young"): 90,
        ("female", "middle"): 60,
        ("female", "old"): 25,
    }
    people |= {("male", "young"): 70, ("male", "middle"): 40, ("male", "old"): 30, (None, "young"): 20}
    answers, size = answered(people, "sex", "age")
    margins = [margin(("sex",), female=600, male=400), margin(("age",), young=250, middle=300, old=450)]
    assert rake_unbounded(answers, margins, size).most > 3.1
    found = rake(answers, margins, size)
    assert found.trimmed == 25
    assert MIN_WEIGHT <= found.least <= found.most <= MAX_WEIGHT
    assert found.missed == ()
    sexes, ages = held(answers, found, "sex"), held(answers, found, "age")
    assert sexes["female"] / (size - 20) == pytest.approx(0.6)
    assert ages["old"] / size == pytest.approx(0.45)
    assert sum(found.weights) == pytest.approx(size)


def test_weights_that_raking_keeps_within_the_bounds_are_those_of_raking() -> None:
    answers, size = answered(
        {("female", "young"): 50, ("female", "old"): 40, ("male", "young"): 60, ("male", "old"): 30}, "sex", "age"
    )
    margins = [margin(("sex",), female=500, male=500), margin(("age",), young=450, old=550)]
    found = rake(answers, margins, size)
    assert found.weights == pytest.approx(rake_unbounded(answers, margins, size).weights, abs=1e-5)
    assert (found.trimmed, found.missed, found.scarce) == (0, (), ())


def test_what_is_missed_is_missed_by_as_little_as_can_be() -> None:
    """One of three groups stays at 3; what it lacks is spread evenly over the others: least squares in closed form."""
    found = nearest([(0,), (1,), (2,)], [140, 40, 20], [[45.0, 80.0, 75.0]], BOUNDS)
    shares = [size * factor for size, factor in zip([140, 40, 20], found.factors, strict=True)]
    assert shares == pytest.approx([52.5, 87.5, 60], abs=0.02)


def test_the_nearest_weights_are_those_of_a_search_over_all_weights() -> None:
    """Projected gradients over the weights themselves: no part of Newton's method, and no logistic function."""
    rng = np.random.default_rng(3)
    cells = [(sex, age) for sex in range(2) for age in range(4)]
    sizes = np.array([60, 5, 30, 2, 50, 20, 10, 3], float)
    targets = [[40.0, 140.0], [20.0, 60.0, 40.0, 60.0]]
    columns = np.array([[cell[0] == 0, cell[0] == 1, *(cell[1] == age for age in range(4))] for cell in cells], float)
    wanted = np.array(targets[0] + targets[1])

    def missed(factors: Any) -> float:
        return float((((columns.T @ (sizes * factors)) - wanted) ** 2).sum())

    found = np.array(nearest(cells, list(sizes), targets, BOUNDS).factors)
    assert found.min() >= MIN_WEIGHT
    assert found.max() <= MAX_WEIGHT
    assert (sizes * found).sum() == pytest.approx(180, abs=1e-4)
    best = found.copy()
    for _ in range(20_000):
        step = rng.normal(size=8) * rng.choice([0.3, 0.03, 0.003])
        tried = np.clip(best + step - (sizes @ step) / (sizes @ sizes) * sizes, *BOUNDS)
        if abs((sizes * tried).sum() - 180) < 1e-3 and missed(tried) < missed(best):
            best = tried
    assert missed(found) <= missed(best) * 1.001 + 0.01


@pytest.mark.parametrize("few", [0, 1, 8, 19])
def test_a_sex_that_hardly_anyone_is_of_is_not_joined_to_the_other(few: int) -> None:
    """The cells of the men were joined to the oldest women, who then stood for every man: a weight of many times the mean."""
    people: dict[tuple[str | None, ...], int] = {
        ("female", "young"): 100,
        ("female", "old"): 60,
        ("male", "young"): few,
    }
    answers, size = answered(people, "sex", "age")
    margins = [margin(("sex", "age"), female__young=200, female__old=300, male__young=200, male__old=300)]
    assert rake_unbounded(answers, margins, size).most > 1.75
    found = rake(answers, margins, size)
    # The women are weighed to the women, and the few men count as they came.
    assert found.weights[:160] == pytest.approx([64 / 100] * 100 + [96 / 60] * 60)
    assert found.weights[160:] == pytest.approx([1.0] * few)
    assert found.scarce == (Scarce("sex", (("male",),)),)
    assert {to for _, to in found.joined[0]} == {-1}


def test_an_age_that_nobody_is_of_is_joined_to_its_neighbour_and_said() -> None:
    people: dict[tuple[str | None, ...], int] = {
        (sex, age): 30 for sex in ("female", "male") for age in ("young", "middle")
    }
    answers, size = answered(people, "sex", "age")
    counts = {f"{sex}__{age}": 100 for sex in ("female", "male") for age in ("young", "middle", "old")}
    found = rake(answers, [margin(("sex", "age"), **counts)], size)
    assert found.joined == (((2, 1), (5, 4)),)
    assert found.scarce == (Scarce("age", (("old",),)),)
    assert held(answers, found, "age") == pytest.approx({"young": 40, "middle": 80})


def test_nobody_in_any_margin_leaves_everyone_alike() -> None:
    found = rake({"sex": [None] * 40}, [margin(("sex",), female=5, male=5)], 40)
    assert found.weights == [1.0] * 40
    few = rake(
        {"sex": ["female"] * 5 + ["male"] * 5, "age": ["old"] * 10},
        [margin(("sex", "age"), female__old=5, male__old=5)],
        10,
    )
    assert few.weights == pytest.approx([1.0] * 10)


PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(["female"] * 5 + ["male", None]), st.sampled_from(["16_24", "25_34", "25_34", "50_over", None]), st.integers(1, 60)
    ),
    min_size=1, max_size=14,
)  # fmt: skip
COUNTS = st.lists(st.integers(1, 900), min_size=8, max_size=8)


def many(people: list[tuple[str | None, str | None, int]]) -> tuple[dict[str, list[str | None]], int]:
    rows = [(sex, age) for sex, age, count in people for _ in range(count)]
    return {"sex": [sex for sex, _ in rows], "age": [age for _, age in rows]}, len(rows)


def two_margins(counts: list[int], scale: int = 1) -> list[dict[str, Any]]:
    crossed = [
        {"of": [[sex], [age]], "count": count * scale}
        for (sex, age), count in zip([(s, a) for s in ("female", "male") for a in ("16_24", "25_34", "50_over")], counts, strict=False)
    ]  # fmt: skip
    # A margin over the same ages from other figures, as a wave may have.
    ages = [
        {"of": [[age]], "count": sum(counts[at::3][:2]) * scale + counts[6]}
        for at, age in enumerate(("16_24", "25_34", "50_over"))
    ]
    return [{"by": ["sex", "age"], "cells": crossed}, {"by": ["age"], "cells": ages}]


@settings(max_examples=120, deadline=None)
@given(PEOPLE, COUNTS, st.randoms())
def test_weights_stay_in_their_bounds_whoever_answers(
    people: list[tuple[str | None, str | None, int]], counts: list[int], rng: random.Random
) -> None:
    answers, size = many(people)
    margins = two_margins(counts)
    try:
        found = rake(answers, margins, size)
    except NotConverged:
        return
    assert all(MIN_WEIGHT <= weight <= MAX_WEIGHT for weight in found.weights)
    assert sum(found.weights) == pytest.approx(size, rel=1e-7)
    # Whatever is not met is told, and nothing else.
    told = {(each.by, each.kinds): each for each in found.missed}
    for at, each in enumerate(margins):
        sums: Counter[int] = Counter()
        for combination, weight in zip(found.combinations, found.weights, strict=True):
            sums[combination[at]] += weight  # type: ignore[assignment]
        join = dict(found.joined[at])
        population = sum(c["count"] for place, c in enumerate(each["cells"]) if join.get(place, place) != -1)
        reached = sum(sums[cell] for cell in sums.keys() - {-1})
        for cell in sums.keys() - {-1}:
            joined = [c for place, c in enumerate(each["cells"]) if join.get(place, place) == cell]
            wanted = sum(c["count"] for c in joined) / population
            kinds = tuple(
                tuple(dict.fromkeys(code for c in joined for code in c["of"][at])) for at in range(len(each["by"]))
            )
            assert ((tuple(each["by"]), kinds) in told) == (abs(sums[cell] / reached - wanted) > 0.001)
    # The order of the people changes nothing, nor does how many there are of everyone.
    order = list(range(size))
    rng.shuffle(order)
    again = rake({name: [said[at] for at in order] for name, said in answers.items()}, margins, size)
    assert again.weights == pytest.approx([found.weights[at] for at in order], abs=1e-6)


@given(st.lists(st.tuples(st.floats(0.01, 50), st.booleans()), min_size=1, max_size=40))
def test_answers_are_never_worth_more_than_they_are(answers: list[tuple[float, bool]]) -> None:
    found = estimate([weight for weight, _ in answers], [said for _, said in answers])
    assert found is not None
    assert found.effective <= found.base * (1 + 1e-9)


@pytest.mark.parametrize("size", [60, 149, 150, 299, 300, 1499, 1500, 4000])
def test_a_share_at_the_bound_is_told_in_steps_of_five_people_or_more(size: int) -> None:
    """20 people at 3 are all of 60: in a smaller wave no group is at its upper bound."""
    told = Counter(in_steps(100 * MAX_WEIGHT * people / size, size) for people in range(MIN_PEOPLE, size))
    _, *between, _ = [told[share] for share in sorted(told)]
    assert all(people >= 5 for people in between)


@pytest.mark.parametrize("runs", [300, pytest.param(1000, marks=pytest.mark.long)])
@pytest.mark.parametrize(("size", "likely"), [(800, (0.6, 0.5)), (800, (0.12, 0.2))])
def test_the_range_of_a_random_sample_holds_the_true_figure_19_times_in_20(
    runs: int, size: int, likely: tuple[float, float]
) -> None:
    """Young people answer a third as often and say something else: weighted, the range is what it says it is."""
    rng = np.random.default_rng(12)
    margins = [margin(("sex",), female=520, male=480), margin(("age",), young=400, old=600)]
    true = 0.4 * likely[0] + 0.6 * likely[1]
    inside = 0
    for _ in range(runs):
        sex = np.where(rng.random(size) < 0.52, "female", "male")
        young = rng.random(size) < 0.2
        said = rng.random(size) < np.where(young, *likely)
        answers = {"sex": list(map(str, sex)), "age": ["young" if one else "old" for one in young]}
        found = estimate(rake(answers, margins, size).weights, list(map(bool, said)))
        assert found is not None
        inside += found.low <= true <= found.high
    # By chance alone 95% of so many is off by up to two and a half of its own errors.
    chance = 2.5 * (0.95 * 0.05 / runs) ** 0.5
    low, high = (0.94, 0.96) if runs == 1000 else (0.95 - chance, 0.95 + chance)
    assert low <= inside / runs <= high, inside / runs


@pytest.fixture
def manager(hire: Callable[..., Officer]) -> Officer:
    found = hire("mira", teams=(), roles=(Role.SURVEY_MANAGER,))
    found.sign_in()
    return found


def answers_of(count: int, **said: str) -> list[dict[str, str]]:
    """Every third disagrees."""
    return [{"getting_on": "tend_disagree" if at % 3 == 0 else "tend_agree", **said} for at in range(count)]


@pytest.fixture
def uneven(app: Flask) -> uuid.UUID:
    """A closed wave that 150 women and 25 men answered, half and half in the population, and hardly anyone who is old."""
    given_answers = answers_of(150, sex="female", age="35_49") + answers_of(25, sex="male", age="35_49")
    given_answers += answers_of(6, sex="female", age="85_over")
    with app.app_context(), transaction() as db:
        wave = waves.closed_wave(db, given_answers, ended=3, population=waves.POPULATION)
        db.get_one(Wave, wave).recipe = {
            "population": "residents-16-plus", "source": "Census 2021",
            "margins": [
                {"by": ["sex"], "cells": [{"of": [["female"]], "count": 500}, {"of": [["male"]], "count": 500}]},
                {"by": ["age_band"], "cells": [{"of": [["35_49"]], "count": 900}, {"of": [["75_84", "85_over"]], "count": 100}]},
            ],
        }  # fmt: skip
    return wave


def test_whom_the_weights_miss_is_said_beside_the_figures_in_the_document_and_in_the_file(
    resident: Resident, manager: Officer, app: Flask, uneven: uuid.UUID
) -> None:
    manager.get("/staff/figures")
    manager.post(f"/staff/figures/waves/{uneven}")
    manager.follow()
    manager.see(
        "No answer counts for more than 3 or less than 0.3",
        "Too few of these people answered.",
        "Male: 50% of people here",
    )
    at = manager.path
    manager.get(f"{at}/publish")
    manager.post(f"{at}/publish")
    resident.get("/cohesion")
    resident.see(
        "Fewer than 20 people said they are one of these. The figures say little about them:", "75_84; 85_over",
        "Too few of these people answered. They count for less than they should:", "Male: 50% of people here",
    )  # fmt: skip
    resident.not_see("Female: 50%")
    with app.app_context():
        weighting = json.loads(session.scalars(select(Release.document)).one())["recipe"]["weighting"]
    assert weighting["version"] == 3
    assert (weighting["least"], weighting["most"]) == (0.7, 3.0)
    assert [(each["kinds"], each["is_short"], each["wanted"], each["reached"]) for each in weighting["missed"]] == [
        ([["female"]], False, 50.0, 60), ([["male"]], True, 50.0, 40),
    ]  # fmt: skip
    row = next(csv.DictReader(io.StringIO(resident.get("/cohesion.csv").text.lstrip("\ufeff"))))
    assert row["weighting"] == (
        "fewer than 20: age_band=75_84|85_over; at the bound: sex=female counts for too much (about 60% for 50%); at the bound: sex=male counts for too little (about 40% for 50%)"
    )


def test_a_release_from_before_weights_had_bounds_opens_and_its_weights_are_made_again(
    resident: Resident, manager: Officer, app: Flask, uneven: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), transaction() as db:
        # As services drafted it then: weights cut and fitted again, and no version.
        with monkeypatch.context() as then:
            then.setattr(services, "measure_wave", partial(measures.measure_wave, version=1))
            release = services.draft_release(db, uneven, "sam")
        services.publish_release(db, release.id, "sam")
        weighting = json.loads(release.document)["recipe"]["weighting"]
        assert not weighting.keys() & {"version", "missed", "scarce"}
        assert weighting["most"] == pytest.approx(181 / 2 / 25, abs=1e-4)
        address = f"/staff/figures/{release.id}"
    with app.app_context():
        found = weights_of(uneven)
        assert found is not None
        assert max(weight for weight in found.weights if weight) == pytest.approx(181 / 2 / 25)
    resident.get("/cohesion")
    resident.see("65%")
    resident.not_see("Too few of these people answered.")
    manager.get(address)
    manager.see("Some answers count for more than 3 or less than 0.3.")
    # A new release of the same answers is made in the new way, and its weights as well.
    with app.app_context(), transaction() as db:
        newer = services.draft_release(db, uneven, "sam")
        services.publish_release(db, newer.id, "sam", Reason.METHOD, instead_of=release.number)
    with app.app_context():
        again = weights_of(uneven)
        assert again is not None
        assert max(weight for weight in again.weights if weight) == pytest.approx(3)


def test_the_first_arithmetic_is_what_it_was() -> None:
    """Figures of its last release before weights had bounds."""
    answers, size = answered({("female",): 180, ("male",): 20}, "sex")
    found = rake_unbounded(answers, [margin(("sex",), female=500, male=500)], size)
    assert (found.trimmed, found.least, found.most) == (20, pytest.approx(100 / 180), pytest.approx(5))
    with pytest.raises(NotConverged):
        calibrate([(0,), (1,)], [180, 20], [[100, 100]], BOUNDS)


@pytest.mark.same_on_both
def test_a_sex_that_nobody_is_of_is_said_even_where_no_weight_differs(resident: Resident, app: Flask) -> None:
    with app.app_context(), transaction() as db:
        wave = waves.closed_wave(db, answers_of(60, sex="female", age="35_49"), ended=3, population=waves.POPULATION)
        services.publish_release(db, services.draft_release(db, wave, "sam").id, "sam")
    resident.get("/cohesion")
    resident.see(
        "We count the answers as they came.",
        "Fewer than 20 people said they are one of these.",
        "Male",
        "16_24; 25_34; 50_64",
    )
