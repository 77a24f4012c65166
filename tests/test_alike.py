"""A number that never was and the number of a report that was deleted are alike: in bytes, in headers and in time."""

from __future__ import annotations

import random
import re
import time
from datetime import timedelta
from statistics import median

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.db import session, today, transaction
from portal.reporting import deletions
from portal.reporting.models import DeletionRequest, Report
from portal.vault import receipts
from tests.support.people import Resident
from tests.support.sending import send_report

pytestmark = pytest.mark.same_on_both

OF_ITS_OWN = re.compile(rb'name="csrf_token" value="[^"]+"|value="[\d ]+"|<!--\s*-->|visit=[^;]+')


@pytest.fixture
def deleted(resident: Resident, app: Flask) -> str:
    """The number of a report that was deleted as its reporter wished."""
    digits = send_report(resident)
    with app.app_context():
        report_id = session.scalars(select(Report.id)).one()
        deletions.ask_for_deletion(report_id)
        with transaction() as db:
            db.execute(update(DeletionRequest).values(due_on=today() - timedelta(days=1)))
        assert deletions.delete_due_reports() == 1
    return digits


def area_under_the_curve(one: list[float], other: list[float]) -> float:
    """The share of all pairs in which the first is the smaller (Mann and Whitney's U): 0.5 where they cannot be told apart."""
    smaller = ones_before = 0
    for _value, is_other in sorted([(value, False) for value in one] + [(value, True) for value in other]):
        smaller += ones_before * is_other
        ones_before += not is_other
    return smaller / (len(one) * len(other))


@pytest.fixture(params=[150, pytest.param(3_000, marks=pytest.mark.long)])
def times(request: pytest.FixtureRequest) -> int:
    given: int = request.param
    return given


@pytest.mark.dear
def test_a_number_that_never_was_and_one_of_a_deleted_report_take_the_same_time(
    deleted: str, app: Flask, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """Source of the bounds: for two samples of n from one distribution the AUC has a deviation of sqrt(1 / 6n)."""
    # Processor time: what others do on this machine does not count. The stretching takes 23 ms, varies by more than all the rest together, and does not know what it stretches.
    monkeypatch.setattr(receipts, "OPS", 1)
    monkeypatch.setattr(receipts, "MEMORY", 8192)
    guesser = Resident(app.test_client())
    guesser.get("/return")
    taken: dict[str, list[float]] = {"never": [], "deleted": []}
    answers = set()
    # In no order: what comes back at every second turn, as the collector's rounds do, counts for neither.
    for turn, kind in enumerate(random.sample(["never", "deleted"] * times, 2 * times)):
        digits = deleted if kind == "deleted" else f"{random.randrange(10**16):016d}"
        guesser.client.environ_base["REMOTE_ADDR"] = f"10.{turn >> 16}.{turn >> 8 & 255}.{turn & 255}"
        began = time.thread_time()
        answer = guesser.post("/return", receipt=digits)
        taken[kind].append(time.thread_time() - began)
        seen = re.sub(OF_ITS_OWN, b"", answer.data), re.sub(OF_ITS_OWN, b"", repr(sorted(answer.headers)).encode())
        answers.add((answer.status_code, *seen))
    assert len(answers) == 1
    assert abs(area_under_the_curve(taken["never"], taken["deleted"]) - 0.5) < max(0.02, 3.5 * (1 / (6 * times)) ** 0.5)
    assert abs(median(taken["never"]) - median(taken["deleted"])) < (0.0002 if times >= 1000 else 0.001)
