"""Whoever knows the rules and puts every published number into one linear program finds no small group of people."""

from __future__ import annotations

import json
import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import pytest
from flask import Flask
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from portal.cohesion import differencing, disclosure, services
from portal.cohesion.changes import newcombe
from portal.cohesion.estimates import Estimate, outcomes
from portal.cohesion.measures import Measured, measure
from portal.cohesion.models import Release
from portal.cohesion.releases import canonical, exact_counts, weighting_facts
from portal.db import transaction
from portal.surveys import columns
from portal.surveys.answers import CodedAnswers, without
from portal.surveys.columns import Value
from portal.surveys.definition import Indicator, Instrument
from portal.surveys.models import AnswerColumn
from tests import test_differencing
from tests.support import waves
from tests.support.attacking import Attack, Told, fitting, going_together, leaks, told
from tests.support.people import Resident

Answers = Mapping[str, Sequence[Value]]
OPTIONS = (*waves.AGREE, "tend_disagree", "definitely_disagree", *waves.NOT_COUNTED)
SEXES = [{"by": ["sex"], "cells": [{"of": [["female"]], "count": 115236}, {"of": [["male"]], "count": 109595}]}]
NOISE = Indicator(
    code="noise", title=waves.said("Noise"), sentence=waves.said("of people see noise as a big problem."),
    questions=("noise",), positive=("big",),
)  # fmt: skip
VERY = Indicator(
    code="very", title=waves.said("Very"), sentence=waves.said("of people agree very much."),
    questions=("getting_on",), positive=("definitely_agree",), left_out=waves.NOT_COUNTED,
)  # fmt: skip
WIDER = Indicator(
    code="wider", title=waves.said("Wider"), sentence=waves.said("of people agree."),
    questions=("getting_on",), positive=waves.AGREE, left_out=("dont_know", "too_few"),
)  # fmt: skip


def instrument(*more: Indicator) -> Instrument:
    asked = waves.questionnaire(indicators=(*waves.questionnaire().indicators, *more))
    return Instrument(questionnaire=asked, geography="parishes", geography_version="2026", places=())


def spread(**given: Mapping[str | None, int]) -> dict[str, list[Value]]:
    """Each column with so many of each answer, as long as the longest; blank beyond, and mixed, the same every time."""
    size = max(sum(counts.values()) for counts in given.values())
    values: dict[str, list[Value]] = {name: [None] * size for name in ("getting_on", "knows_where", "noise", "litter")}
    for name, counts in given.items():
        column: list[Value] = [code for code, number in counts.items() for _ in range(number)]
        column += [None] * (size - len(column))
        random.Random(name).shuffle(column)
        values[name] = column
    return values


def measured(
    asked: Instrument, values: Answers, margins: Sequence[Any] = (), leave_out: Sequence[str] = ()
) -> Measured:
    coded = CodedAnswers(len(values["getting_on"]), {name: list(column) for name, column in values.items()})
    return measure([asked], without(coded, leave_out), margins)


def truth(asked: Instrument, values: Answers, leave_out: Sequence[str] = ()) -> dict[str, Counter[str]]:
    """Of every question how many gave each answer, of every score how many have it and how many answered a part of it."""
    coded = without(CodedAnswers(len(values["getting_on"]), {n: list(c) for n, c in values.items()}), leave_out)
    people: dict[str, Counter[str]] = defaultdict(Counter)
    for name, column in coded.values.items():
        people[name].update(each for each in column if isinstance(each, str))
    for each in asked.questionnaire.indicators:
        if each.kind == "score":
            rows = zip(*(coded.values[question] for question in each.questions), strict=True)
            answered = sum(any(given is not None for given in row) for row in rows)
            base = sum(one is not None for one in outcomes(each, coded.values, coded.size))
            people[each.code] = Counter(base=base, partly=answered - base)
    return people


def found_in(asked: Instrument, values: Answers, margins: Sequence[Any] = ()) -> list[str]:
    return leaks(Attack(asked, [told(measured(asked, values, margins))]), [truth(asked, values)])


FEW_OR_MANY = st.one_of(st.integers(0, 7), st.integers(0, 60))


@st.composite
def made_waves(draw: st.DrawFn) -> dict[str, dict[str | None, int]]:
    counts: dict[str | None, int] = {code: draw(FEW_OR_MANY) for code in OPTIONS}
    counts["tend_agree"] += 20
    counts[None] = draw(FEW_OR_MANY)
    size = sum(counts.values())
    yes, big, loud = (draw(st.integers(0, size)) for _ in range(3))
    blank = draw(st.integers(0, min(6, size - max(yes, big, loud))))
    out = draw(st.integers(0, 4))
    flagged = draw(st.sampled_from([0, 3, 12, 15]))
    women = draw(st.integers(0, size - out))
    return {
        "getting_on": counts,
        "knows_where": {"yes": yes, "no": size - yes - blank},
        "noise": {"big": big, "small": size - big - blank},
        "litter": {"big": loud, "small": size - loud - blank},
        "sex": {"female": women, "male": size - women - out, "rather_not": out},
        "_signals": {None: size - min(flagged, size), "fast": min(flagged, size)},
    }


def test_three_or_four_left_out_answers_told_apart_do_not_tell_of_one_of_them() -> None:
    """Of 102 answers 93 count; were it told that 5 to 7 do not know, at most 4 would be left for the two others."""
    values = spread(
        getting_on={
            "definitely_agree": 6, "tend_agree": 49, "tend_disagree": 33, "definitely_disagree": 5,
            "dont_know": 6, "too_few": 1, "same_background": 1, None: 1,
        },
    )  # fmt: skip
    assert found_in(instrument(), values) == []


def test_two_figures_that_leave_out_different_answers_do_not_stand_together() -> None:
    """Of 41 answers 36 and 31 would count: who is in one base alone is told by both, and leaves at most two for the others."""
    values = spread(
        getting_on={
            "definitely_agree": 1, "tend_agree": 22, "tend_disagree": 3, "definitely_disagree": 5, "dont_know": 1,
            "too_few": 1, "same_background": 5, None: 3,
        },
    )  # fmt: skip
    assert found_in(instrument(WIDER), values) == []


@pytest.mark.dear
@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    st.lists(made_waves(), min_size=3, max_size=3),
    st.booleans(),
    st.sampled_from([(), (VERY,), (VERY, NOISE), (WIDER,)]),
)
def test_three_waves_with_changes_and_publications_again_tell_no_count_more_closely_than_1_to_4(
    made: list[dict[str, dict[str | None, int]]], is_weighted: bool, more: tuple[Indicator, ...]
) -> None:
    asked, margins = instrument(*more), SEXES if is_weighted else []
    before: tuple[Told, Measured] | None = None
    for each in made:
        values = spread(**each)
        first = measured(asked, values, margins)
        releases, people = [told(first, before)], [truth(asked, values)]
        again = measured(asked, values, margins, ["fast"])
        if not disclosure.conflicts(exact_counts(again), {1: exact_counts(first)}):
            releases.append(told(again, before, ["fast"]))
            people.append(truth(asked, values, ["fast"]))
        assert leaks(Attack(asked, releases), people) == []
        before = releases[0], first


AGREEING = {"definitely_agree": 60, "tend_agree": 3, "tend_disagree": 57}


def test_planted_two_indicators_on_one_question_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """{very} and {very, fairly} with three people between them, and no rule that holds them against each other."""
    values = spread(getting_on=AGREEING)
    assert found_in(instrument(VERY), values) == []
    monkeypatch.setattr(differencing.Sums, "tells_of_few", False)
    assert "0 getting_on tend_agree" in found_in(instrument(VERY), values)


def test_planted_subset_of_a_scores_questions_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """All but three of those who answered about noise answered about litter too; the rounding of bases would hide them."""
    values = spread(getting_on={"tend_agree": 103}, noise={"big": 40, "small": 63}, litter={"big": 30, "small": 70})
    assert found_in(instrument(NOISE), values) == []
    monkeypatch.setattr(differencing, "tell_of_few", lambda *_: False)
    print_exactly(monkeypatch)
    assert "0 +1 noise big +1 noise small -1 disorder base" in found_in(instrument(NOISE), values)


def print_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disclosure, "rounded", lambda number: number)


def test_planted_bases_of_a_weighted_wave_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 101 answers 98 count, whatever their weights are: one of the three others cannot be four."""
    values = spread(getting_on=ALMOST_ALL, knows_where={"yes": 51, "no": 50}, sex={"female": 70, "male": 31})
    assert told(measured(instrument(), values, SEXES)).is_weighted
    assert found_in(instrument(), values, SEXES) == []
    print_exactly(monkeypatch)
    assert "0 getting_on dont_know" in found_in(instrument(), values, SEXES)


ALMOST_ALL = {"definitely_agree": 50, "tend_disagree": 48, "dont_know": 3, "too_few": 0}


def test_planted_bases_printed_exactly_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 101 answers 98 count: one of the three others cannot be four."""
    values = spread(getting_on=ALMOST_ALL, knows_where={"yes": 51, "no": 50})
    assert found_in(instrument(), values) == []
    print_exactly(monkeypatch)
    assert "0 getting_on dont_know" in found_in(instrument(), values)


def test_planted_interval_that_gives_the_exact_base_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both bases are told to the nearest 5, and to the person by intervals with all their places."""
    values = spread(getting_on=ALMOST_ALL | {"tend_agree": 1}, knows_where={"yes": 51, "no": 51})
    assert found_in(instrument(), values) == []
    rounded = disclosure.shown_figure

    def exactly(found: Estimate) -> dict[str, Any]:
        return rounded(found) | {"low": 100 * found.low, "high": 100 * found.high}

    monkeypatch.setattr(disclosure, "shown_figure", exactly)
    assert "0 getting_on dont_know" in found_in(instrument(), values)


@pytest.mark.parametrize("size", [30, 100, 1000])
def test_planted_tell_tale_thresholds_are_found(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """How a figure is written, and whether it is called unreliable, once told 998 of 1,000; of 30 the number of all answers did."""
    values = spread(getting_on={"definitely_agree": size // 2, "tend_disagree": size // 2, "dont_know": 1})
    assert found_in(instrument(), values) == []
    monkeypatch.setattr(disclosure, "percent", lambda share, base: round(100 * share, 1 if base >= 1000 else None))
    monkeypatch.setattr(disclosure, "is_unreliable", lambda found: found.base < 100)
    monkeypatch.setattr(disclosure, "answered", lambda number: disclosure.rounded(number) if number >= 30 else None)
    assert "0 getting_on dont_know" in found_in(instrument(), values)


def test_planted_sort_order_is_found() -> None:
    """Hidden answers by their size, the largest first: of five people who disagree the fewer cannot be four."""
    values = spread(getting_on={"definitely_agree": 40, "tend_agree": 30, "tend_disagree": 2, "definitely_disagree": 3})
    release, people = told(measured(instrument(), values)), [truth(instrument(), values)]
    assert leaks(Attack(instrument(), [release]), people) == []
    answers = release.figures[0]["answers"]
    answers.append(answers.pop(2))
    assert "0 getting_on tend_disagree" in leaks(Attack(instrument(), [release]), people)


def test_planted_change_from_a_figure_that_was_hidden_is_found() -> None:
    """Three of 1,000 said yes and were not shown; the interval of a change says which of 1 to 4 it were."""
    asked = instrument()
    then = measured(asked, spread(getting_on={"definitely_agree": 1000}, knows_where={"yes": 3, "no": 997}))
    now = measured(asked, spread(getting_on={"definitely_agree": 1000}, knows_where={"yes": 400, "no": 600}))
    before = told(then)
    release = told(now, (before, then))
    hidden, figure = before.figures[1], release.figures[1]
    assert (figure["shown"], hidden["shown"], "changes" in figure) == (True, False, False)
    low, high = newcombe(now.measures[1].found, then.measures[1].found)  # type: ignore[arg-type]
    change = {"low": disclosure.percent(low, 1000), "high": disclosure.percent(high, 1000)}
    pairs = going_together(list(fitting(figure)), list(fitting(hidden, most=1002)), change)
    assert {min(true, base - true) for _, (base, true) in pairs} == {3}


def test_planted_rule_that_hides_as_few_answers_as_it_can_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which others are hidden with one, and that no fewer would do, says how many that one is."""
    one = test_differencing.share("one", "a")
    monkeypatch.setattr(test_differencing, "hidden_answers", as_few_as_can_be)
    assert test_differencing.closely_told(test_differencing.tables(31), one) != []


def as_few_as_can_be(counts: Mapping[str, int], lines: Iterable[Collection[str]]) -> set[str]:
    """Besides those of 1 to 4 people the fewest that leave each of them open, or all where none do."""
    hidden: set[str] = set()
    for line in lines:
        few = {code for code in line if 0 < counts[code] < 5}
        others = sorted((code for code in line if code not in few and counts[code]), key=counts.__getitem__)
        gone = set(few)
        while few and others and (len(gone) == 1 or sum(counts[code] for code in gone) < 5):
            gone.add(others.pop(0))
        is_open = len(gone) > 1 and 5 <= sum(counts[code] for code in gone) < 4 * len(gone)
        hidden |= gone if not few or is_open else set(line)
    return hidden


def weighting_told(women: int, men: int, others: int) -> tuple[Any, ...]:
    """What a release says of its weights, with how many answered."""
    values = spread(
        getting_on={"tend_agree": women + men + others}, sex={"female": women, "male": men, "rather_not": others}
    )
    found = measured(instrument(), values, SEXES)
    facts = {name: fact for name, fact in weighting_facts(found).items() if name != "version"}
    return disclosure.answered(found.size), json.dumps(facts)


def others_open(women: int, men: int, others: int) -> set[int]:
    """How many people can be outside a margin, of everyone that would be told alike."""
    told = weighting_told(women, men, others)
    near = range(-6, 7)
    return {
        few
        for few in range(1, 5)
        if any(
            weighting_told(women + more, men + most, few) == told
            for more in near
            for most in near
            if abs(more + most + few - others) < 5 and women + more >= 0 and men + most >= 0
        )
    }


@pytest.mark.parametrize(("women", "men", "others"), [(30, 22, 3), (70, 50, 1), (400, 190, 4), (60, 20, 2)])
def test_the_weights_do_not_tell_how_few_did_not_say_their_sex(
    women: int, men: int, others: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert others_open(women, men, others) == {1, 2, 3, 4}
    exactly = {"least": "least", "most": "most", "design_effect": "design_effect"}
    rounded = weighting_facts

    def to_four_places(found: Measured) -> dict[str, Any]:
        return rounded(found) | {name: round(getattr(found.weighting, of), 4) for name, of in exactly.items()}

    monkeypatch.setitem(globals(), "weighting_facts", to_four_places)
    assert others_open(women, men, others) == {others}


@settings(max_examples=30, deadline=None)
@given(st.integers(10, 60), st.integers(1, 4), st.integers(6, 60), st.integers(0, 7))
def test_of_two_waves_that_differ_in_one_hidden_person_everything_published_is_the_same_to_the_byte(
    agree: int, few: int, more: int, unsure: int
) -> None:
    """Someone moves from one hidden answer to another: no size, no order, no chart, nothing that is made of the document."""

    def published(fewer: int, others: int) -> str:
        counts: dict[str | None, int] = {
            "definitely_agree": agree + 20, "tend_disagree": fewer, "definitely_disagree": others, "dont_know": unsure,
        }  # fmt: skip
        release = told(measured(instrument(VERY), spread(getting_on=counts)))
        return canonical([release.figures, release.answered])

    other = few + 1 if few < 4 else few - 1
    assert published(few, more) == published(other, more + few - other)


def test_four_releases_do_not_tell_of_the_few_that_two_signals_share() -> None:
    """100 people, 87 without one signal, 77 without the other, 67 without both: three have both, told by no two releases."""
    found = [
        {"answered": size + 60, "figures": {"one": test_differencing.figure("a", a=size, b=60)}}
        for size in (100, 87, 77, 67)
    ]
    for at in range(3):
        assert disclosure.conflicts(found[at], dict(enumerate(found[:at]))) == []
    assert disclosure.conflicts(found[3], dict(enumerate(found[:3]))) != []


def seen(app: Flask, resident: Resident, wave_id: uuid.UUID, values: Sequence[Value]) -> list[tuple[bytes, str | None]]:
    """Every public page and file of the wave, were these the answers to its question, with what a cache is told of it."""
    with app.app_context(), transaction() as db:
        column = db.get_one(AnswerColumn, (wave_id, "getting_on"))
        column.packed = columns.pack("one", list(OPTIONS), list(values))
        db.execute(delete(Release))
    with app.app_context(), transaction() as db:
        release = services.draft_release(db, wave_id, "sam")
        services.publish_release(db, release.id, "sam")
        number = release.hash
    pages = ["/cohesion", "/ur/cohesion", "/cohesion.csv", f"/cohesion/releases/{number}.json"]
    answers = [resident.get(page) for page in pages]
    assert [answer.status_code for answer in answers] == [200] * 4
    return [(answer.data, answer.headers["ETag"]) for answer in answers]


def test_two_databases_that_differ_in_one_hidden_person_give_out_the_same_bytes(app: Flask, resident: Resident) -> None:
    given = ["definitely_agree"] * 60 + ["tend_disagree"] * 30 + ["definitely_disagree"] * 3 + ["dont_know"] * 2
    with app.app_context(), transaction() as db:
        wave_id = waves.closed_wave(db, [{"getting_on": code} for code in given], ended=3)
    first = seen(app, resident, wave_id, given)
    given[given.index("tend_disagree")] = "definitely_disagree"
    assert seen(app, resident, wave_id, given) == first
    given[given.index("dont_know")] = "too_few"
    assert seen(app, resident, wave_id, given) == first
    given[:10] = ["tend_disagree"] * 10
    assert [one == other for one, other in zip(seen(app, resident, wave_id, given), first, strict=True)] == [False] * 4
