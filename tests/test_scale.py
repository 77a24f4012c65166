"""The simulation of England holds together, and docs/scale.md says what it prints."""

from __future__ import annotations

import math
import re
from copy import deepcopy
from functools import cache
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench import england, scale


@cache
def inputs() -> dict[str, dict[str, Any]]:
    return england.read_inputs(scale.INPUTS.read_text(encoding="utf-8"))


def few(partnerships: int = 12) -> dict[str, dict[str, Any]]:
    """As many people in fewer places, to be quick."""
    changed = deepcopy(inputs())
    changed["england"] |= {"partnerships": partnerships, "population": 2_000_000}
    return changed


COSTS = {
    f"{name}_{where}_ms": 10.0
    for name in ("report", "survey_page", "page_made", "page_given_out", "staff_page")
    for where in ("web", "database")
} | {"memory_mb": 300.0, "postgresql_report_kb": 50.0, "postgresql_answer_kb": 1.0}


def test_the_page_says_what_the_simulation_prints() -> None:
    document = scale.DOCUMENT.read_text(encoding="utf-8")
    blocks = scale.blocks()
    assert scale.with_blocks(document, blocks) == document, "run `python -m tests.bench scale --keep`"
    assert {name for name, _block in scale.BLOCK.findall(document)} == set(blocks)
    # So no number is written by hand, where nothing holds it against anything.
    by_hand = re.sub(r"`[^`]*`", "", scale.BLOCK.sub("", document))
    assert not re.findall(r"[^\n]*\d[^\n]*", by_hand)


@given(st.integers(0, 2**32), st.floats(0.0, 1.2))
@settings(max_examples=30, deadline=None)
def test_the_people_of_all_partnerships_are_englands(seed: int, spread: float) -> None:
    changed = few(300)
    changed["england"]["spread"] = spread
    people = england.populations(changed, seed)
    assert len(people) == 300
    assert math.isclose(people.sum(), changed["england"]["population"])
    assert (numpy.diff(people) <= 0).all()
    assert people.min() > 0


@given(st.integers(0, 2**32))
@settings(max_examples=5, deadline=None)
def test_a_year_has_as_many_reports_and_answers_as_are_expected(seed: int) -> None:
    of, people = england.year(few(), seed), few()["england"]["population"]
    for drawn, expected in (
        (of.reports.sum(), people * england.reports_a_head(inputs())),
        (of.answers.sum(), people * inputs()["volumes"]["answers_per_resident"]),
        (of.pages.sum(), people * inputs()["volumes"]["pages_per_resident"]),
    ):
        assert abs(drawn - expected) < 6 * math.sqrt(expected)
    assert all((each >= 0).all() for each in (of.reports, of.answers, of.pages))
    again = england.year(few(), seed)
    assert (of.reports == again.reports).all()
    assert (of.answers == again.answers).all()


def test_the_hours_of_a_day_and_the_days_of_a_wave_are_all_of_it() -> None:
    assert math.isclose(england.hour_shares().sum(), 1)
    days = england.day_shares(0.25)
    assert math.isclose(days.sum(), 1)
    assert days[0] == pytest.approx(0.25)


@given(st.integers(1, 16), st.floats(0.0, 40.0), st.floats(0.001, 0.5), st.floats(0.01, 5.0))
@settings(deadline=None)
def test_more_visitors_wait_longer_and_more_cores_wait_less(
    servers: int, arriving: float, seconds: float, more: float
) -> None:
    wait = england.waits(servers, arriving, seconds)
    assert wait >= 0
    assert england.waits(servers, arriving + more, seconds) >= wait or math.isinf(wait)
    assert england.waits(servers + 1, arriving, seconds) <= wait
    assert math.isinf(wait) == (arriving * seconds >= servers)


def test_one_core_waits_as_the_textbook_says() -> None:
    # M/M/1: at half its capacity a visitor waits as long as one takes.
    assert england.waits(1, 5.0, 0.1) == pytest.approx(0.1)


@given(st.floats(1.0, 20.0))
@settings(max_examples=5, deadline=None)
def test_a_plan_never_takes_less_for_more_work(times: float) -> None:
    of = england.year(few(), 1)
    dearer = COSTS | {name: cost * times for name, cost in COSTS.items() if name.endswith("_ms")}
    usual, more = england.plan(few(), COSTS, of), england.plan(few(), dearer, of)
    assert more.web_cores == pytest.approx(usual.web_cores * times)
    assert more.web_hosts >= usual.web_hosts >= max(2, usual.hosts_by_memory)
    assert more.clusters >= usual.clusters >= usual.clusters_by_cores
    assert more.stored_gb == usual.stored_gb


def test_the_scottish_week_is_the_whole_of_what_was_published() -> None:
    assert sum(inputs()["surge"]["days"]) == 7152
    people = inputs()["surge"]["population"]
    hour, cores = england.surge(inputs(), COSTS, people)
    assert hour == pytest.approx(max(inputs()["surge"]["days"]) * england.hour_shares().max())
    assert england.surge(inputs(), COSTS, people, times=2)[1] == pytest.approx(2 * cores)


def test_a_price_that_a_reader_changes_changes_what_it_costs() -> None:
    found = england.plan(few(), COSTS, england.year(few(), 1))
    dearer = few()
    dearer["prices"]["hour"] *= 2
    assert (
        england.costs_of(dearer, found)["an operator's time"][0]
        == 2 * england.costs_of(few(), found)["an operator's time"][0]
    )
    assert england.costs_of(dearer, found)["web hosts"] == england.costs_of(few(), found)["web hosts"]


def test_sqlite_is_enough_while_a_writer_waits_little_and_no_further_than_was_measured() -> None:
    def measured(*waits: float) -> dict[str, Any]:
        sizes = {str(10**power): {england.HELD_UP: {"wall": wait}} for power, wait in enumerate(waits)}
        return {"growth": {"sqlite": sizes}}

    assert england.held_up(measured(0.2, 0.4), 500) == pytest.approx(0.1)
    assert england.held_up(measured(0.2, 3.8), 5500) == pytest.approx(2)
    assert england.most_reports(inputs(), measured(0.2, 3.8)) == 5500
    assert england.most_reports(inputs(), measured(0.2, 0.4)) == 10_000
