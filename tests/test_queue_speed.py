"""Ten thousand open reports do not make an officer wait."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.flooding import store_many
from tests.support.people import Officer


def measured(act: Callable[[], object], times: int) -> tuple[list[float], list[float]]:
    """Seconds of the wall's clock and of the processor, each from the quickest to the slowest."""
    wall, processor = [], []
    for _ in range(times):
        began, used = time.perf_counter(), time.process_time()
        act()
        wall.append(time.perf_counter() - began)
        processor.append(time.process_time() - used)
    return sorted(wall), sorted(processor)


def look(officer: Officer, address: str = "/staff/reports") -> None:
    assert officer.client.get(address).status_code == 200


@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.long)])
def test_a_list_of_many_open_reports_comes_at_once(app: Flask, officer: Officer, count: int) -> None:
    import cProfile, pstats
    t=time.time()
    with app.app_context():
        store_many(count)
    print("\nfilled", time.time()-t)
    for _ in range(12):
        t=time.time(); look(officer); print("first", time.time()-t)
        if "still to be sorted" not in officer.client.get("/staff/reports").text: break
    wall, processor = measured(lambda: look(officer), 30)
    print("wall", wall[15], wall[-1], "cpu", processor[15], processor[-1])
    pr=cProfile.Profile(); pr.enable(); look(officer); pr.disable(); pstats.Stats(pr).sort_stats("cumtime").print_stats(45)
