"""Means, any of several questions, and figures of only some people: counted, shown, hidden, compared, and held against elsewhere."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from math import isclose, sqrt
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.cohesion import means, services
from portal.cohesion.estimates import Z, outcomes
from portal.cohesion.models import Release
from portal.db import session, transaction
from portal.languages.i18n import LANGUAGES
from portal.staff.models import Role
from portal.surveys import bank
from portal.surveys.comparing import changes
from portal.surveys.definition import Indicator, Page, Question, Questionnaire
from portal.surveys.differences import Effect, What, differences
from portal.surveys.indicators import Base, Baseline, Comparator, ReportingGap, Target
from portal.surveys.reading import read_definition
from portal.surveys.versions import publish_version
from tests.support import waves
from tests.support.people import Officer, Resident
from tests.support.waves import options, said

pytestmark = pytest.mark.same_on_both

QUESTIONS = (
    Question(
        code="mood", type="single", text=said("How good is life here?"),
        options=options(bad="Bad", fair="Fair", good="Good", unsure="Not sure"),
    ),
    Question(code="groups", type="several", text=said("Which groups?"), options=options(crime="Crime", health="Health", none="None")),
    Question(code="council", type="single", text=said("A councillor?"), options=options(yes="Yes", no="No")),
)  # fmt: skip
MOOD = Indicator(
    code="mood", kind="mean", title=said("Life here"), sentence=said("points for life here"), questions=("mood",),
    points={"bad": 1, "fair": 2, "good": 3}, left_out=("unsure",),
)  # fmt: skip
JOINED = Indicator(
    code="joined", kind="any_of", title=said("Joining in"), sentence=said("of people join in"),
    questions=("groups", "council"), positive=("crime", "health", "yes"),
)  # fmt: skip
OF_COUNCILLORS = Indicator(
    code="good_for_councillors", title=said("Good for councillors"), sentence=said("of councillors find life good"),
    questions=("mood",), positive=("good",), left_out=("unsure",), base=Base(question="council", any_of=("yes",)),
)  # fmt: skip


def survey(*indicators: Indicator) -> Questionnaire:
    whole = waves.questionnaire()
    page = Page(code="more", title=said("More"), questions=QUESTIONS)
    return replace(whole, pages=(page, *whole.pages), indicators=(*whole.indicators, *indicators))


def wave_of(app: Flask, given: list[dict[str, Any]], *indicators: Indicator, ended: int = 3) -> dict[str, Any]:
    """The document of a published release of a closed wave with these answers."""
    whole = survey(*indicators)
    with app.app_context(), transaction() as db:
        wave_id = waves.closed_wave(db, given, ended=ended, pages=whole.pages, indicators=whole.indicators)
        release = services.draft_release(db, wave_id, "sam")
        services.publish_release(db, release.id, "sam")
        found: dict[str, Any] = json.loads(release.document)
    return found


def figure(document: dict[str, Any], code: str) -> dict[str, Any]:
    return next(each for each in (*document["indicators"], *document.get("means", ())) if each["code"] == code)


@pytest.fixture
def analyst(hire: Callable[..., Officer]) -> Officer:
    person = hire("ada", roles=(Role.ANALYST,), teams=())
    person.sign_in()
    return person


def test_a_mean_and_its_range_are_those_of_the_textbook() -> None:
    """1, 2, 3 by 10, 20, 30 people: mean 7/3, variance of the sample 1/n sum of squares with n - 1, over n."""
    given = [1] * 10 + [2] * 20 + [3] * 30
    found = means.mean_of([1.0] * 60, given, 1, 3)
    assert found is not None
    mean = 140 / 60
    error = sqrt(sum((each - mean) ** 2 for each in given) / 59 / 60)
    assert isclose(found.value, mean)
    assert isclose(found.error, error)
    assert isclose(found.low, mean - Z * error)
    assert isclose(found.high, mean + Z * error)


def test_a_weighted_mean_counts_each_person_by_their_weight() -> None:
    found = means.mean_of([1.0] * 30 + [3.0] * 10, [1] * 30 + [2] * 10, 1, 3)
    assert found is not None
    assert isclose(found.value, (30 * 1 + 30 * 2) / 60)


@given(st.lists(st.tuples(st.floats(0.3, 3), st.one_of(st.none(), st.integers(0, 4))), max_size=60))
def test_a_mean_lies_in_its_range_and_the_range_on_the_scale(people: list[tuple[float, int | None]]) -> None:
    found = means.mean_of([weight for weight, _ in people], [points for _, points in people], 0, 4)
    if found is None:
        assert all(points is None for _, points in people)
        return
    assert -1e-9 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= 4 + 1e-9
    assert found.low < found.high


@pytest.mark.parametrize(
    ("given", "is_shown"),
    [([1] * 10 + [2] * 20, True), ([1] * 10 + [2] * 19, False), ([1] * 4 + [2] * 60, False), ([1] * 5 + [2] * 60, True), ([2] * 30, True)],
)  # fmt: skip
def test_a_mean_is_shown_from_30_answers_where_nobody_stands_nearly_alone(given: list[int], is_shown: bool) -> None:
    assert means.is_shown(means.mean_of([1.0] * len(given), given, 1, 3), 30) == is_shown


@pytest.mark.parametrize(
    ("groups", "council", "is_true"),
    [
        (("crime",), None, True), (("none",), "yes", True), (("none",), "no", False), (("none",), None, False),
        (None, None, None), (None, "no", False), (("none", "health"), "no", True),
    ],
)  # fmt: skip
def test_any_of_is_true_of_whoever_gave_one_positive_answer_and_of_whoever_gave_none_at_all_it_says_nothing(
    groups: tuple[str, ...] | None, council: str | None, is_true: bool | None
) -> None:
    assert outcomes(JOINED, {"groups": [groups], "council": [council]}, 1) == [is_true]


def test_what_is_told_of_a_mean_does_not_say_which_of_the_bases_that_round_alike_it_has() -> None:
    told = []
    for base in range(98, 103):
        found = means.mean_of([1.0] * base, [1] * (base // 2) + [3] * (base - base // 2), 1, 3)
        assert found is not None
        told.append(means.shown_mean(found))
    assert all(each == told[0] for each in told)
    assert told[0]["unreliable"]


def test_only_who_gave_the_answer_is_in_a_routed_base() -> None:
    values = {"council": ["yes", "yes", "no", None, "yes"], "mood": ["good", "bad", "good", "good", "unsure"]}
    assert outcomes(OF_COUNCILLORS, values, 5) == [True, False, None, None, None]


def test_each_kind_is_in_the_release_on_the_page_and_in_the_file(app: Flask, resident: Resident) -> None:
    given: list[dict[str, Any]] = [{"mood": "good", "groups": ["crime"], "council": "yes"}] * 40
    given += [{"mood": "bad", "groups": ["none"], "council": "yes"}] * 10
    given += [{"mood": "fair", "council": "no"}] * 50 + [{"mood": "unsure"}] * 7
    document = wave_of(app, given, MOOD, JOINED, OF_COUNCILLORS)
    mood = figure(document, "mood")
    assert (mood["mean"], mood["base"], mood["least"], mood["most"]) == (2.3, 100, 1, 3)
    assert mood["low"] < 2.3 < mood["high"]
    assert "mood" not in {each["code"] for each in document["indicators"]}, "points among percentages"
    # 50 of the 100 who answered either question: those with a tick in a group, and 10 councillors in none.
    assert (figure(document, "joined")["percent"], figure(document, "joined")["base"]) == (50, 100)
    assert (figure(document, "good_for_councillors")["percent"], figure(document, "good_for_councillors")["base"]) == (
        80,
        50,
    )
    resident.get("/cohesion")
    resident.see(
        "Points out of a scale", "2.3 on a scale from 1 to 3", "points for life here", "50%", "of people join in",
        "Everyone who answered at least one of these questions is counted.",
        "Only people who gave one of these answers are counted: A councillor? Yes",
    )  # fmt: skip
    rows = {
        row["indicator"]: row
        for row in csv.DictReader(io.StringIO(resident.get("/cohesion.csv").text.lstrip("\ufeff")))
    }
    assert [rows["mood"][name] for name in ("percent", "mean", "scale_least", "scale_most", "base")] == [
        "",
        "2.3",
        "1",
        "3",
        "100",
    ]
    assert [rows["joined"][name] for name in ("percent", "mean")] == ["50", ""]


def test_a_mean_that_would_tell_of_few_is_not_shown_and_neither_is_one_beside_a_share_that_gives_them_away(
    app: Flask, resident: Resident
) -> None:
    given: list[dict[str, Any]] = [{"mood": "good"}] * 40 + [{"mood": "bad"}] * 3 + [{"mood": "fair"}] * 50
    assert not figure(wave_of(app, given, MOOD), "mood")["shown"]
    resident.get("/cohesion")
    resident.see("Life here Not shown Too few people gave one of the answers.")
    # Alone each may be shown; together 3 people who are not sure would follow from the two bases.
    sure = Indicator(
        code="not_bad", title=said("Not bad"), sentence=said("of people"), questions=("mood",), positive=("good", "fair", "unsure"),
    )  # fmt: skip
    given = [{"mood": "good"}] * 40 + [{"mood": "bad"}] * 9 + [{"mood": "fair"}] * 50 + [{"mood": "unsure"}] * 3
    assert figure(wave_of(app, given, MOOD, ended=40), "mood")["shown"]
    document = wave_of(app, given, sure, MOOD, ended=80)
    assert figure(document, "not_bad")["shown"]
    assert not figure(document, "mood")["shown"]


def test_a_mean_is_held_against_the_wave_before_and_called_a_hint(app: Flask, resident: Resident) -> None:
    wave_of(app, [{"mood": "bad"}] * 60 + [{"mood": "good"}] * 40, MOOD, ended=200)
    document = wave_of(app, [{"mood": "bad"}] * 20 + [{"mood": "good"}] * 80, MOOD)
    (change,) = figure(document, "mood")["changes"]
    assert (change["word"], change["mean"], change["allowed_for"]) == ("higher", 1.8, "benjamini_hochberg")
    assert 0 < change["low"] < 0.8 < change["high"]
    resident.get("/cohesion")
    resident.see("Perhaps higher than at the start (", ": 1.8)")
    resident.not_see("Those were taken back since")
    # Taken back, the earlier mean is compared with no more, and that is said.
    with app.app_context(), transaction() as db:
        earlier = db.scalars(select(Release).order_by(Release.drafted_at)).first()
        assert earlier
        services.withdraw_release(db, earlier.id, shows_earlier=False)
    resident.get("/cohesion")
    resident.see("Those were taken back since, so we do not show that comparison.")
    resident.not_see("Perhaps higher than")


def test_a_second_release_that_moves_a_mean_by_a_few_people_is_refused() -> None:
    """What a mean may tell is how many gave each answer, so these are held against each other."""
    from portal.cohesion.disclosure import conflicts

    def exact(bad: int) -> dict[str, Any]:
        mood = {
            "questions": ["mood"], "base": 100, "positive": 0, "answers": {"bad": bad, "good": 100 - bad}, "hidden": [],
            "shown": True, "partly": 0, "counted": ["bad", "good"], "true": [], "alone": ["bad", "good"],
        }  # fmt: skip
        return {"answered": 100, "figures": {"mood": mood}}

    def share(bad: int) -> dict[str, Any]:
        not_good = {
            "questions": ["mood"], "base": 106, "positive": bad, "answers": {"bad": bad, "good": 100 - bad, "unsure": 6},
            "hidden": [], "shown": True, "partly": 0, "counted": ["bad", "good", "unsure"], "true": ["bad"],
        }  # fmt: skip
        return {"answered": 106, "figures": {"not_good": not_good}}

    assert {each.what for each in conflicts(exact(33), {1: exact(30)})} == {"answers"}
    # Also where the earlier release had a share of the same question in its place.
    assert "beside" in {each.what for each in conflicts(exact(33), {1: share(30)})}
    assert "beside" not in {each.what for each in conflicts(exact(45), {1: share(30)})}
    assert conflicts(exact(40), {1: exact(30)}) == []


def test_more_answers_than_thirty_may_be_asked_for_and_the_page_says_how_many(app: Flask, resident: Resident) -> None:
    careful = replace(JOINED, least_base=200)
    document = wave_of(app, [{"council": "yes"}] * 60 + [{"council": "no"}] * 60, careful)
    assert not figure(document, "joined")["shown"]
    resident.get("/cohesion")
    resident.see("Joining in Not shown Fewer than 200 answers. A figure could mislead, or give someone away.")


ENGLAND = Comparator(value=62, area=said("England", "انگلینڈ"), when="2024/25", source="Community Life Survey", mode="web_or_paper", wording="verified")  # fmt: skip


def test_a_figure_stands_beside_the_one_of_england_with_a_warning(app: Flask, resident: Resident) -> None:
    given = [{"council": "yes"}] * 60 + [{"council": "no"}] * 60
    document = wave_of(app, given, replace(JOINED, comparator=ENGLAND))
    assert figure(document, "joined")["comparator"]["value"] == 62
    resident.get("/cohesion")
    resident.see(
        "From about 120 answers. England: 62% (2024/25), asked another way.",
        "England: Community Life Survey, 2024/25.",
        "asked them online or on paper. It was asked another way: compare with care.",
    )
    row = next(
        row for row in csv.DictReader(io.StringIO(resident.get("/cohesion.csv").text.lstrip("\ufeff"))) if row["indicator"] == "joined"
    )  # fmt: skip
    assert [row[f"elsewhere_{name}"] for name in ("area", "value", "when", "source", "mode")] == [
        "England", "62", "2024/25", "Community Life Survey", "web_or_paper",
    ]  # fmt: skip


def test_a_mean_stands_beside_the_points_elsewhere(app: Flask, resident: Resident) -> None:
    wave_of(
        app, [{"mood": "good"}] * 60 + [{"mood": "bad"}] * 60, replace(MOOD, comparator=replace(ENGLAND, value=2.5))
    )
    resident.get("/cohesion")
    resident.see("2 on a scale from 1 to 3", "England: 2.5 (Community Life Survey, 2024/25), asked another way.")


def test_what_nobody_has_read_in_its_source_is_for_staff_alone(
    app: Flask, resident: Resident, analyst: Officer
) -> None:
    unread = replace(ENGLAND, wording="to_check")
    document = wave_of(app, [{"council": "yes"}] * 60 + [{"council": "no"}] * 60, replace(JOINED, comparator=unread))
    assert "comparator" not in figure(document, "joined")
    resident.get("/cohesion")
    resident.not_see("England: 62%")
    analyst.get("/staff/figures/register")
    analyst.see("England: 62% in 2024/25", "To be checked")


def test_another_owner_and_target_leave_a_published_document_as_it_is_and_staff_see_them(
    app: Flask, analyst: Officer
) -> None:
    given = [{"council": "yes"}] * 60 + [{"council": "no"}] * 60
    wave_of(app, given, JOINED)
    with app.app_context(), transaction() as db:
        before = session.scalars(select(Release.document)).one()
        decided = replace(
            JOINED,
            owner="Community <safety> team",
            target=Target(value=70, year=2028),
            baseline=Baseline(value=40.5, when="2023", source="Residents' survey"),
            valid_from="2026-05",
        )
        whole = survey(decided)
        assert changes(survey(JOINED), whole) == [], "an owner is no other way to count"
        publish_version(db, whole, waves.AGE_WORDS, "sam")
    analyst.get("/staff/figures/register")
    analyst.see(
        "Safety survey, version 2", "Community <safety> team", "70% by the end of 2028", "40.5% in 2023", "Residents' survey",
        "Measured so since 2026-05.", "Share of people, any of several questions", "Not decided",
    )  # fmt: skip
    with app.app_context():
        release = session.scalars(select(Release)).one()
        assert release.document == before
        assert "Community <safety>" not in before
        # Drafted again it is still the same to the byte: neither owner nor target is in it.
        with transaction() as db:
            assert services.draft_release(db, release.wave_id, "sam").document == before


def test_another_base_is_another_figure() -> None:
    other = replace(OF_COUNCILLORS, base=Base(question="council", any_of=("no",)))
    assert [each.code for each in changes(survey(OF_COUNCILLORS), survey(other))] == ["good_for_councillors"]


def test_the_register_says_that_nothing_is_published_yet(analyst: Officer) -> None:
    analyst.get("/staff/figures/register")
    analyst.see("No survey that measures something is published yet.")


def test_whoever_publishes_a_survey_anew_reads_that_the_register_and_the_reporting_gap_are_others() -> None:
    told = ReportingGap(
        faced=Base(question="council", any_of=("yes",)),
        told="groups",
        police=("crime",),
        organisations=("health",),
        nobody=("none",),
    )
    old, new = survey(JOINED), replace(survey(replace(JOINED, owner="Us", least_base=50)), reporting_gap=told)
    assert [(each.what, each.code, each.effect) for each in differences(old, new)] == [
        (What.REPORTING_GAP, "", Effect.CARE), (What.REGISTER, "joined", Effect.KEEPS),
    ]  # fmt: skip
    assert differences(new, new) == []


# The question bank


def test_every_banked_figure_can_be_named_and_says_all_in_every_language(tmp_path: Path) -> None:
    known = bank.read_bank()
    assert {"chatting", "loneliness", "loneliness_score", "mixing", "civic_participation", "influence_2008", "volunteering",
            "treated_with_respect", "police_good_job", "police_confidence", "police_council_dealing"} <= {*known.indicators}  # fmt: skip
    for code, raw in known.indicators.items():
        pages = "".join(
            f'[[pages]]\ncode = "p{at}"\ntitle = "P"\n[[pages.questions]]\nfrom = "{question}"\n'
            for at, question in enumerate(raw["questions"])
        )
        path = tmp_path / "one.toml"
        path.write_text(
            f'code = "one"\ntitle = "One"\nabout = "One"\nminutes = 1\n{pages}[[indicators]]\nfrom = "{code}"\nprimary = true\nowner = "Us"\n',
            encoding="utf-8",
        )
        (found,) = read_definition(path).indicators
        assert (found.code, found.owner, found.primary, found.source != "") == (code, "Us", True, True)
        texts = [found.title, found.sentence, *([found.comparator.area] if found.comparator else [])]
        assert all([*text] == [language.code for language in LANGUAGES] for text in texts), code
