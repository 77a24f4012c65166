"""Figures by group of parishes: from a hundred answers on, beside the figure for everyone, and nothing hidden follows."""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.cohesion.area_releases import area_conflicts
from portal.cohesion.areas import Side, Why, hidden_areas, measure_areas, tells_beside
from portal.cohesion.models import Release, ReleaseState
from portal.db import session, transaction
from portal.partnership.file import EXAMPLE, PartnershipError, current_partnership, load
from portal.surveys.definition import Page, Question
from portal.surveys.versions import instruments_of
from tests.support import waves
from tests.support.people import Officer, Resident
from tests.test_cohesion import close, draft, manager, people, publish

__all__ = ["manager"]

LARGE = 1000


def compositions(total: int, parts: int) -> Iterator[list[int]]:
    """Every way to spread so many people over so many groups."""
    for bars in combinations(range(total + parts - 1), parts - 1):
        yield [end - start - 1 for start, end in pairwise((-1, *bars, total + parts - 1))]


@pytest.mark.parametrize(("groups", "most"), [(2, 30), (3, 28), (4, 20)])
@pytest.mark.parametrize("has_rest", [True, False])
def test_whoever_knows_every_rule_and_every_base_leaves_a_hidden_count_any_number_from_1_to_4(
    groups: int, most: int, has_rest: bool
) -> None:
    """Each table of so many people is made, and all that look alike from outside are held against each other."""
    for total in range(5, most + 1):
        alike: dict[object, list[list[int]]] = {}
        for each in compositions(total, groups + has_rest):
            counts = {str(at): (LARGE, positive) for at, positive in enumerate(each[:groups])}
            rest = (LARGE, each[groups]) if has_rest else (0, 0)
            hidden = hidden_areas(counts, rest)
            seen = tuple((code, positive) for code, (_, positive) in counts.items() if code not in hidden)
            alike.setdefault((seen, *hidden), []).append(each)
        for tables in alike.values():
            for values in zip(*tables, strict=True):
                few = {value for value in values if 0 < value < 5}
                assert not few or few == {1, 2, 3, 4}, (total, tables)


SIDES = st.tuples(st.integers(0, 400), st.integers(0, 400)).map(lambda each: (sum(each), each[0]))
FEW_SIDES = st.tuples(st.integers(0, 400), st.integers(0, 9)).map(lambda each: (sum(each), each[1]))


@settings(max_examples=400)
@given(st.lists(SIDES | FEW_SIDES, min_size=1, max_size=9), SIDES | FEW_SIDES)
def test_nothing_hidden_follows_from_what_stands_beside_it(listed: list[Side], rest: Side) -> None:
    counts = {f"g-{at}": side for at, side in enumerate(listed)}
    hidden = hidden_areas(counts, rest)
    for code, (base, positive) in counts.items():
        if code not in hidden:
            assert base >= 100
            assert all(side == 0 or side >= 5 for side in (positive, base - positive))
    if hidden.keys() == counts.keys():
        return
    # What anybody can work out: everyone less all that are shown.
    left = [rest, *(counts[code] for code in hidden)]
    base, positive = (sum(side[at] for side in left) for at in (0, 1))
    if hidden:
        assert len(hidden) > 1
        assert min(positive, base - positive) >= 8 * len(hidden)
    else:
        assert all(side == 0 or side >= 5 for side in (positive, base - positive))


def test_why_a_group_is_hidden_is_told_to_staff() -> None:
    counts = {"a": (200, 90), "b": (99, 50), "c": (150, 3), "d": (300, 150)}
    assert hidden_areas(counts, (20, 10)) == {"b": Why.FEW, "c": Why.SIDE}
    assert hidden_areas(counts | {"c": (150, 75)}, (0, 0)) == {"a": Why.BESIDE, "b": Why.FEW}
    assert hidden_areas({"a": (200, 90), "d": (300, 150)}, (20, 3)) == {"a": Why.BESIDE, "d": Why.BESIDE}
    assert not hidden_areas({"a": (200, 90), "d": (300, 150)}, (20, 5))


def table(rest: tuple[int, int] = (50, 25), **groups: tuple[int, int, str]) -> dict[str, object]:
    return {"groups": {code: list(each) for code, each in groups.items()}, "rest": list(rest)}


@pytest.mark.parametrize(
    ("then", "tells"),
    [
        pytest.param(table(a=(200, 100, ""), b=(150, 60, "few"), c=(120, 50, "few")), False, id="the same"),
        pytest.param(table(a=(209, 105, ""), b=(150, 60, "few"), c=(120, 50, "few")), True, id="shown, nine people more"),
        pytest.param(table(a=(220, 110, ""), b=(150, 60, "few"), c=(120, 50, "few")), False, id="shown, twenty people more"),
        pytest.param(table(a=(200, 100, "beside"), b=(150, 60, "few"), c=(120, 50, "")), True, id="another beside it"),
        pytest.param(table(a=(200, 100, ""), b=(150, 60, "few"), c=(123, 50, "few")), True, id="what is hidden, three more"),
        pytest.param(table((52, 25), a=(200, 100, ""), b=(150, 60, "few"), c=(120, 50, "few")), True, id="the rest, two more"),
        pytest.param(table(a=(200, 100, "few"), b=(150, 60, "few"), c=(120, 50, "few")), False, id="hidden whole"),
        pytest.param(table((0, 0)), False, id="none"),
    ],
)  # fmt: skip
def test_two_releases_of_a_wave_tell_nothing_of_few_by_area(then: dict[str, object], tells: bool) -> None:
    now = table(a=(200, 100, ""), b=(150, 60, "few"), c=(120, 50, "few"))
    assert tells_beside(now, then) is tells
    assert tells_beside(then, now) is tells


@pytest.mark.parametrize(("both", "found"), [(3, {3}), (0, set()), (5, set())])
def test_four_releases_of_a_wave_tell_of_no_few_people_of_an_area_who_have_two_signals(
    both: int, found: set[int]
) -> None:
    whole, one, other, neither = (
        {
            "figures": {"getting_on": {"questions": ["getting_on"]}},
            "areas": {"figures": {"getting_on": {"groups": {"n": [200 - gone, 100 - gone, ""]}, "rest": [0, 0]}}},
        }
        for gone in (0, 20, 20, 40 - both)
    )
    assert {each.release for each in area_conflicts(neither, {1: whole, 2: one, 3: other})} == found


def with_place() -> tuple[Page, ...]:
    place = Question(code="place", type="place", text=waves.said("Where do you live?"))
    return (*waves.questionnaire().pages, Page(code="where", title=waves.said("Where"), questions=(place,)))


def living_in(place: str, agree: int, disagree: int) -> list[dict[str, str]]:
    return people(agree, disagree, place=place)


IN_PLACES = (
    living_in("p-olney", 90, 60)
    + living_in("p-newport-pagnell", 30, 20)
    + living_in("p-wolverton-greenleys", 80, 120)
    + living_in("p-great-linford", 60, 39)
    + living_in("e-fishermead", 50, 70)
    + people(30, 20)
)  # fmt: skip


def test_a_main_figure_is_shown_by_group_of_parishes_from_a_hundred_answers_on(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    wave = close(app, IN_PLACES, ended=3, pages=with_place(), population=waves.POPULATION)
    draft(manager, wave)
    manager.see(
        "By area: what is not shown", "Great Linford, Stantonbury and Bradwell: fewer than 100 answers",
        "Bletchley and Fenny Stratford: fewer than 100 answers",
    )  # fmt: skip
    publish(manager, wave)
    resident.get("/cohesion")
    resident.see(
        "By area", "What people said in different parts of Milton Keynes.",
        # 120 of the 200 of two parishes; 80 of 200; 50 of 120 in an estate of Campbell Park.
        "1. Newport Pagnell, Olney and the northern villages 60% 53% to 67% 200",
        "2. Wolverton, New Bradwell and Stony Stratford 40% 33% to 47% 200",
        "3. Great Linford, Stantonbury and Bradwell Not shown",
        "4. Central Milton Keynes, Campbell Park and Woughton 42% 34% to 51% 120",
    )  # fmt: skip
    assert "Map of squares: Getting on well together" in resident.page
    # No figure of a parish or an estate alone.
    resident.not_see("Fishermead", "Greenleys")
    rows = list(csv.DictReader(io.StringIO(resident.get("/cohesion.csv").text.lstrip("\ufeff"))))
    found = {row["area"]: (row["shown"], row["percent"], row["base"]) for row in rows if row["area"]}
    assert found["g-north"] == ("yes", "60", "200")
    assert found["g-linford"] == ("no", "", "")
    assert list(found) == [
        "g-north", "g-wolverton", "g-linford", "g-centre", "g-east", "g-bletchley", "g-shenley",
    ]  # fmt: skip
    with app.app_context():
        release = session.scalars(select(Release).where(Release.state == ReleaseState.PUBLISHED)).one()
        document = json.loads(release.document)
    assert [each["indicator"] for each in document["areas"]["figures"]] == ["getting_on"]
    linford = document["areas"]["figures"][0]["groups"][2]
    assert linford == {"code": "g-linford", "shown": False}


def test_on_the_map_west_is_on_the_left_also_where_people_read_from_the_right(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    publish(manager, close(app, IN_PLACES, ended=3, pages=with_place()))
    for address in ("/cohesion", "/ur/cohesion"):
        resident.get(address)
        squares = re.findall(r'translate\((\d+) \d+\).*?<text x="18"[^>]*>(\d)</text>', resident.page, re.S)
        assert [at for at, _ in squares] == ["216", "0", "108", "108", "216", "108", "0"]
        assert re.search(r'<text x="50" y="\d+">[^<]+</text><text x="266" y="\d+">', resident.page)


def test_where_every_group_is_small_the_page_says_so_and_shows_none(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    publish(manager, close(app, living_in("p-olney", 60, 39), ended=3, pages=with_place()))
    resident.get("/cohesion")
    resident.see("We show no figures by area. We need 100 answers from a group of parishes.")
    resident.not_see("See the figures by area", "Newport Pagnell")


def test_a_place_that_changed_its_group_costs_the_map_and_is_said_to_staff(
    app: Flask, manager: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    wave = close(app, IN_PLACES, ended=3, pages=with_place())
    with app.app_context():
        now = current_partnership()
    parishes = tuple(replace(each, group="g-east") if each.code == "p-olney" else each for each in now.places.parishes)
    changed = replace(now, places=replace(now.places, version="2026-parishes", parishes=parishes))
    monkeypatch.setattr("portal.cohesion.area_releases.current_partnership", lambda: changed)
    draft(manager, wave)
    manager.see("Since then these places were put in another group, so there is no map: Olney.", "60% 53% to 67% 200")
    assert "Map of squares" not in manager.page


def test_a_place_in_two_groups_within_one_wave_gives_no_figure(app: Flask, manager: Officer) -> None:
    wave = close(app, IN_PLACES, ended=3, pages=with_place())
    with app.app_context():
        instrument = instruments_of(uuid.UUID(wave))[0]
    moved = replace(
        instrument,
        places=tuple(replace(each, group="g-east") if each.code == "p-olney" else each for each in instrument.places),
    )
    found = measure_areas(
        [moved, instrument], {"place": ["p-olney"]}, [1.0], {"getting_on": [True]}, [()], is_capped=True
    )
    assert found is not None
    assert found.moved == ("Olney",)
    assert not found.tables


def test_a_later_release_that_would_tell_of_few_by_area_hides_them_whole(app: Flask, manager: Officer) -> None:
    wave = close(app, IN_PLACES, ended=3, pages=with_place())
    publish(manager, wave)
    with app.app_context(), transaction() as db:
        release = db.scalars(select(Release)).one()
        exact = json.loads(json.dumps(release.exact))
        exact["areas"]["figures"]["getting_on"]["groups"]["g-north"] = [203, 123, ""]
        release.exact = exact
    draft(manager, wave)
    manager.see("too close to an earlier release of this wave", "We show no figures by area.")
    manager.not_see("This release cannot be published.")


def test_of_two_main_figures_on_one_question_only_the_first_is_shown_by_area_also_in_a_later_release(
    app: Flask, manager: Officer
) -> None:
    first = waves.questionnaire().indicators[0]
    definitely = replace(first, code="definitely", positive=("definitely_agree",))
    given = IN_PLACES + [{"getting_on": "definitely_agree", "place": "p-olney"}] * 100
    wave = close(app, given, ended=3, pages=with_place(), indicators=(first, definitely))
    publish(manager, wave)
    with app.app_context(), transaction() as db:
        release = db.scalars(select(Release)).one()
        shown = [each["code"] for each in json.loads(release.document)["indicators"] if each["shown"]]
        assert shown == ["getting_on", "definitely"]
        assert [each["indicator"] for each in json.loads(release.document)["areas"]["figures"]] == ["getting_on"]
        exact = json.loads(json.dumps(release.exact))
        exact["areas"]["figures"] = {"definitely": exact["areas"]["figures"]["getting_on"]}
        release.exact = exact
    draft(manager, wave)
    manager.see("too close to an earlier release of this wave", "We show no figures by area.")


def test_a_release_without_places_has_no_figures_by_area(app: Flask, resident: Resident, manager: Officer) -> None:
    publish(manager, close(app, people(150, 50), ended=3))
    resident.get("/cohesion")
    resident.not_see("By area")
    with app.app_context():
        assert "areas" not in json.loads(session.scalars(select(Release.document)).one())


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        pytest.param(", tile = [3, 1]", "", "places.groups must all have a tile, or none", id="one without a tile"),
        pytest.param("tile = [3, 1]", "tile = [1, 1]", "two groups on the tile [1, 1]", id="two on one tile"),
        pytest.param("tile = [3, 1]", "tile = [3]", "must be a column and a row", id="half a tile"),
        pytest.param(
            "groups = [\n  { code", 'groups = [\n  { code = "g-moon", name = "The Moon", tile = [9, 9] },\n  { code',
            "places.groups.g-moon has no parish", id="a group of nothing",
        ),
    ],
)  # fmt: skip
def test_groups_of_parishes_are_checked_when_they_are_read(tmp_path: Path, before: str, after: str, says: str) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert before in text
    file = tmp_path / "partnership.toml"
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(PartnershipError, match=re.escape(says)):
        load(file)


def test_each_parish_of_the_example_is_in_one_group() -> None:
    places = load(EXAMPLE).places
    assert len(places.parishes) == 48
    assert {parish.group for parish in places.parishes} == {group.code for group in places.groups}
