"""What moved: how far at least and at most, against which earlier waves, and which of many figures may be called higher."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.cohesion.change_words import changes_beside
from portal.cohesion.changes import Against, benjamini_hochberg, comparators, moved, newcombe
from portal.cohesion.estimates import Change, Estimate, wilson
from portal.cohesion.models import Release
from portal.db import session, transaction
from portal.staff.models import Role
from portal.surveys.differences import differences
from portal.surveys.models import Wave
from portal.surveys.reading import read_definition
from portal.surveys.services import store_response
from portal.surveys.versions import publish_version
from portal.surveys.waves import ask_version, close_wave
from portal.web import caching
from tests.support import waves
from tests.support.people import Officer, Resident


def told(share: float, size: float) -> Estimate:
    return Estimate(round(size), round(share * size), share, size, *wilson(share, size))


@pytest.mark.parametrize(
    ("now", "size", "before", "other", "low", "high"),
    [(56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (10, 10, 0, 20, 0.6791, 1.0)],
)
def test_newcombes_interval_is_the_published_one(
    now: int, size: int, before: int, other: int, low: float, high: float
) -> None:
    """Newcombe, Statistics in Medicine 17 (1998) 873, table II, method 10."""
    found = newcombe(told(now / size, size), told(before / other, other))
    assert found == pytest.approx((low, high), abs=5e-5)


@given(st.floats(0, 1), st.floats(1, 1e5), st.floats(0, 1), st.floats(1, 1e5))
def test_a_difference_lies_in_its_range_and_turned_round_is_its_opposite(
    a: float, n: float, b: float, m: float
) -> None:
    one, other = told(a, n), told(b, m)
    low, high = newcombe(one, other)
    assert -1 <= low <= a - b + 1e-12
    assert a - b - 1e-12 <= high <= 1
    assert newcombe(other, one) == pytest.approx((-high, -low))


def test_benjamini_and_hochberg_is_what_r_gives() -> None:
    """R: p.adjust(c(.01, .04, .03, .005), "BH")"""
    found = benjamini_hochberg({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert found == pytest.approx({"a": 0.02, "b": 0.04, "c": 0.04, "d": 0.02})
    assert benjamini_hochberg({}) == {}


def test_a_change_is_named_only_where_chance_is_unlikely_among_so_many() -> None:
    def words(pairs: dict[str, tuple[Estimate, Estimate]], *primary: str) -> dict[str, Change]:
        return {code: each.word for code, each in moved(pairs, primary).items()}

    up, still = (told(0.60, 400), told(0.50, 400)), (told(0.565, 400), told(0.50, 400))
    assert words({"a": up}, "a") == {"a": Change.HIGHER}
    assert words({"a": (up[1], up[0])}) == {"a": Change.LOWER}
    assert words({"a": still}, "a") == {"a": Change.NO_CLEAR_CHANGE}
    # z = 2.3, p = 0.02: clear alone, not among five primary ones, however many others there are besides.
    close, same = (told(0.58, 400), told(0.50, 400)), (still[1], still[1])
    assert words({"a": close} | {str(n): same for n in range(14)}, "a")["a"] is Change.HIGHER
    assert words({str(n): close if not n else same for n in range(5)}, *"01234")["0"] is Change.NO_CLEAR_CHANGE
    # Seven points, found in eight of ten: Holm among all would have none.
    eight = {str(n): close for n in range(8)} | {"8": same, "9": same}
    assert list(words(eight).values()).count(Change.HIGHER) == 8
    assert set(words(eight, *eight).values()) == {Change.NO_CLEAR_CHANGE}
    assert words({"a": (told(1.0, 50), told(0.0, 50)), "b": (told(1.0, 50), told(1.0, 50))}) == {
        "a": Change.HIGHER,
        "b": Change.NO_CLEAR_CHANGE,
    }


def test_a_wave_is_held_against_the_one_before_the_same_season_and_the_first() -> None:
    def document(number: int, day: date) -> dict[str, object]:
        return {"wave": {"id": str(number), "number": number, "closes_on": day.isoformat()}}

    now = date(2026, 10, 20)
    earlier = [document(1, date(2024, 10, 1)), document(2, date(2025, 10, 25)), document(3, date(2026, 4, 20))]
    assert comparators(now, earlier) == {"3": [Against.BEFORE], "2": [Against.SEASON], "1": [Against.BASELINE]}
    assert comparators(now, earlier[:2]) == {"2": [Against.BEFORE, Against.SEASON], "1": [Against.BASELINE]}
    assert comparators(now, earlier[2:]) == {"3": [Against.BEFORE, Against.BASELINE]}
    assert comparators(now, []) == {}


@pytest.mark.parametrize(
    ("file", "count"),
    [
        ("community-safety", 5),
        ("ward-pulse", 4),
        ("days-of-action", 3),
        ("event-feedback", 4),
        ("young-people-11-15", 4),
        ("taking-part", 5),
    ],
)
def test_each_shipped_questionnaire_names_five_primary_figures_at_most(file: str, count: int) -> None:
    from portal.surveys.reading import FOLDER

    found = read_definition(FOLDER / f"{file}.toml")
    assert sum(indicator.primary for indicator in found.indicators) == count


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([], []),
        (
            [("2026-05-31", ["before", "season"], "no_clear_change"), ("2025-11-30", ["baseline"], "no_clear_change")],
            ["No clear change since May 2026 or the start (November 2025)"],
        ),
        (
            [("2026-05-31", ["before"], "no_clear_change"), ("2025-11-30", ["season", "baseline"], "higher")],
            ["No clear change since May 2026", "Higher than at the start (November 2025: 50%)"],
        ),
        ([("2026-05-31", ["before", "baseline"], "lower")], ["Lower than at the start (May 2026: 50%)"]),
        ([("2025-11-30", ["baseline"], "no_clear_change")], ["No clear change since the start (November 2025)"]),
    ],
)
def test_beside_a_figure_stands_what_moved_since_the_last_wave_and_since_the_first(
    app: Flask, changes: list[tuple[str, list[str], str]], said: list[str]
) -> None:
    then = [
        {"wave": day, "closes_on": day, "against": against, "word": word, "percent": 50}
        for day, against, word in changes
    ]
    with app.test_request_context(environ_overrides={"portal.language": "en"}):
        found = changes_beside(
            {"code": "a", "primary": True, "changes": then}, {(each["wave"], "a"): 50 for each in then}
        )
        # What the first wave says now is something else: then nothing is said of it.
        fewer = changes_beside(
            {"code": "a", "primary": True, "changes": then}, {(each["wave"], "a"): 50 for each in then[:-1]}
        )
    # Without what keeps a date and a percentage together.
    assert [each.translate({0xA0: " ", 0x2066: "", 0x2069: ""}) for each in found] == said
    assert not any("start" in each for each in fewer)


def test_whoever_compares_two_versions_reads_which_figures_became_primary() -> None:
    old = waves.questionnaire()
    first, second, third = old.indicators
    new = waves.questionnaire(indicators=(replace(first, primary=False), replace(second, primary=True), third))
    assert [(one.what.value, one.code, one.effect.value) for one in differences(old, new)] == [
        ("not_primary", "getting_on", "care"), ("primary", "knows_where", "care"),
    ]  # fmt: skip


@pytest.fixture
def manager(hire: Callable[..., Officer]) -> Officer:
    found = hire("mira", teams=(), roles=(Role.SURVEY_MANAGER,))
    found.sign_in()
    return found


def publish(app: Flask, manager: Officer, agree: int, disagree: int, ended: int) -> None:
    given = [{"getting_on": "tend_agree", "knows_where": "yes"}] * agree
    given += [{"getting_on": "tend_disagree", "knows_where": "no"}] * disagree
    with app.app_context(), transaction() as db:
        wave = waves.closed_wave(db, given, ended=ended)
    manager.get("/staff/figures")
    manager.post(f"/staff/figures/waves/{wave}")
    manager.follow()
    manager.post(f"{manager.path}/publish")


def test_the_page_and_the_file_tell_three_comparisons_with_ranges_and_call_a_hint_a_hint(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    for agree, disagree, ended in ((100, 100, 770), (110, 90, 369), (120, 80, 190), (150, 50, 3)):
        publish(app, manager, agree, disagree, ended)
    resident.get("/cohesion")
    # 0.75 - 0.60 of 200 each: Newcombe 0.058 to 0.239; then 55% and 50%.
    resident.see(
        "Higher than in", "(60%)", "Higher than at the start (", ": 50%)", "the survey before 60% +6 to +24 Higher now",
        "the same season a year before 55% +11 to +29 Higher now", "our first figures 50% +16 to +34 Higher now",
        "Know where to report hate", "Perhaps higher than in", "Perhaps higher now", "take it as a hint",
    )  # fmt: skip
    with app.app_context():
        newest = json.loads(session.scalars(select(Release.document).order_by(Release.drafted_at.desc())).first() or "")
    first, second, _third = newest["indicators"]
    assert [each["against"] for each in first["changes"]] == [["before"], ["season"], ["baseline"]]
    assert (first["primary"], first["changes"][0]["allowed_for"]) == (True, "holm")
    assert (second["primary"], second["changes"][0]["allowed_for"]) == (False, "benjamini_hochberg")
    row = next(csv.DictReader(io.StringIO(resident.get("/cohesion.csv").text.lstrip("\ufeff"))))
    assert [row[f"season_{name}"] for name in ("change", "change_low", "change_high")] == ["higher", "11", "29"]
    assert (row["primary"], row["baseline_change"], row["before_change_low"]) == ("yes", "higher", "6")
    resident.get("/ur/cohesion")
    assert "\u2066+6\u2069" in resident.page


def test_after_an_earlier_wave_is_published_again_nothing_is_compared_with_what_it_said_before(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    """Else the page would say 60% of a wave in one line and 50% in the next."""
    for agree, disagree, ended in ((120, 80, 190), (150, 50, 3)):
        publish(app, manager, agree, disagree, ended)
    resident.get("/cohesion")
    resident.see("Higher than at the start", "the survey before and our first figures 60% +6 to +24 Higher now")
    with app.app_context(), transaction() as db:
        first = db.scalars(select(Release).order_by(Release.drafted_at)).first()
        assert first
        document = json.loads(first.document)
        document["indicators"][0] |= {"percent": 50, "low": 43, "high": 57}
        first.document = json.dumps(document)
        caching.publish(db)
    resident.get("/cohesion")
    resident.see("50%", "Know where to report hate", "Perhaps higher than at the start")
    resident.not_see("60% +6 to +24 Higher now", "Higher than")
    resident.see("Those were corrected since, so we do not show that comparison until we have worked it out again.")
    row = next(csv.DictReader(io.StringIO(resident.get("/cohesion.csv").text.lstrip("\ufeff"))))
    assert (row["indicator"], row["before_change"], row["baseline_change_low"]) == ("getting_on", "", "")


def test_a_figure_that_a_later_version_makes_primary_while_people_answer_is_not(app: Flask) -> None:
    with app.app_context(), transaction() as db:
        wave = waves.begin_wave(db)
        waves.answer(db, wave, [{"getting_on": "tend_agree", "knows_where": "yes"}] * 40)
        indicators = tuple(
            type(each)(**{**each.__dict__, "primary": True}) for each in waves.questionnaire().indicators
        )
        later = publish_version(db, waves.questionnaire(indicators=indicators), waves.AGE_WORDS, "sam")
        ask_version(db, wave, later)
        store_response(db, wave, later.id, {"getting_on": "tend_agree"}, "en")
        db.flush()
        close_wave(db, wave.id)
        from portal.cohesion.measures import measure_wave

        assert wave.closes_on + timedelta(days=1) > wave.opens_on
        assert isinstance(wave, Wave)
        assert measure_wave(wave.id).primary == {"getting_on"}
