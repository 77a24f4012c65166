"""How often a range holds the true figure: of people drawn one by one as often as is claimed, of streets much more seldom.

Where streets or groups were asked, nothing is called a random sample, and no page says how often.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter

import pytest
from flask import Flask

from portal.cohesion import services
from portal.cohesion.estimates import estimate, estimate_of
from portal.db import transaction
from portal.surveys.models import Audience, InvitationBatch, InvitationCount, SampleType
from tests.support.people import Officer, Resident
from tests.support.waves import begin_wave, closed_wave

SURVEYS = 1000
ALIKE = 0.1
"""How much of the variation lies between streets."""


def held(estimated: object, truth: float) -> bool:
    return estimated.low <= truth <= estimated.high  # type: ignore[attr-defined]


@pytest.mark.parametrize(("share", "size"), [(0.5, 200), (0.72, 400), (0.15, 600)])
def test_of_people_drawn_one_by_one_the_range_holds_the_true_figure_19_times_in_20(share: float, size: int) -> None:
    drawn = random.Random(f"{share} {size}")
    times = 0
    for _ in range(SURVEYS):
        yes = sum(drawn.random() < share for _ in range(size))
        times += held(estimate_of(Counter({(1.0, True): yes, (1.0, False): size - yes})), share)
    assert 0.94 <= times / SURVEYS <= 0.965


def test_of_people_drawn_one_by_one_and_weighted_it_does_too() -> None:
    """Of two kinds of people one answers half as often and thinks otherwise; each is weighted to what it is of the people."""
    drawn, times = random.Random(12), 0
    for _ in range(SURVEYS):
        kinds = [drawn.random() < 2 / 3 for _ in range(300)]
        many = sum(kinds)
        weights = [150 / many if kind else 150 / (300 - many) for kind in kinds]
        found = [drawn.random() < (0.6 if kind else 0.4) for kind in kinds]
        times += held(estimate(weights, found), 0.5)
    assert 0.94 <= times / SURVEYS <= 0.965


@pytest.mark.parametrize(("streets", "each", "most"), [(20, 20, 0.85), (8, 50, 0.7)])
def test_of_whole_streets_it_does_so_much_more_seldom(streets: int, each: int, most: float) -> None:
    drawn, times, share = random.Random(streets), 0, 0.6
    of_streets = (1 - ALIKE) / ALIKE
    for _ in range(SURVEYS):
        yes = 0
        for _street in range(streets):
            here = drawn.betavariate(share * of_streets, (1 - share) * of_streets)
            yes += sum(drawn.random() < here for _ in range(each))
        size = streets * each
        times += held(estimate_of(Counter({(1.0, True): yes, (1.0, False): size - yes})), share)
    assert times / SURVEYS < most


@pytest.mark.parametrize(
    ("audiences", "withdrawn", "sent", "is_random"),
    [
        ((Audience.LIST, Audience.LIST), False, 40, True),
        ((Audience.LIST, Audience.STREET), False, 0, False),
        ((Audience.GROUP,), False, 40, False),
        ((Audience.STREET,), True, 9, True),
        ((Audience.STREET,), True, 10, False),
    ],
)
@pytest.mark.same_on_both
def test_only_people_drawn_from_a_list_are_called_a_random_sample(
    app: Flask, resident: Resident, audiences: tuple[Audience, ...], withdrawn: bool, sent: int, is_random: bool
) -> None:
    given = [{"getting_on": "tend_agree"}] * 60 + [{"getting_on": "tend_disagree"}] * 40
    with app.app_context(), transaction() as db:
        wave_id = closed_wave(db, given, ended=3, sample_type=SampleType.INVITED)
        for number, audience in enumerate(audiences, 1):
            batch = InvitationBatch(
                id=uuid.uuid4(), wave_id=wave_id, number=number, audience=audience, place="", made=100,
                is_withdrawn=withdrawn,
            )  # fmt: skip
            db.add(batch)
            db.flush()
            db.add(InvitationCount(batch_id=batch.id, used=sent, sent=sent))
    with app.app_context(), transaction() as db:
        services.publish_release(db, services.draft_release(db, wave_id, "sam").id, "sam")
    resident.get("/cohesion")
    if is_random:
        resident.see("A random sample.", "likely between", "each person was picked alone")
    else:
        resident.see("Indicative, not a random sample.", "by chance alone: ")
        resident.not_see("likely between", "19 times out of 20", "A random sample.")
    rows = resident.client.get("/cohesion.csv").text
    assert ("invited_together" in rows, "likely_19_in_20" in rows) == (not is_random, is_random)


def test_staff_read_it_before_they_make_cards(app: Flask, survey_manager: Officer) -> None:
    with app.app_context(), transaction() as db:
        wave_id = begin_wave(db, ended=-5, sample_type=SampleType.INVITED).id
    survey_manager.get(f"/staff/waves/{wave_id}/invitations")
    survey_manager.see("Only people drawn from a list, one by one, are a random sample.")
