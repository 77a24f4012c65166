"""What stands on a sheet of paper either counts or is said not to, whatever was ticked; and what two people typed is compared fairly."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.questions.types import type_of
from portal.surveys.definition import Question
from portal.surveys.paper_marks import SEVERAL_TICKED, UNREADABLE, Lost, answers_of, differences, lost_of
from portal.surveys.routing import counting_answers
from tests.support.surveying import EVERY_TYPE, QUESTIONNAIRES
from tests.support.xlsforms import instrument_in

EVERYTHING = instrument_in(EVERY_TYPE)


def marks_on(question: Question) -> st.SearchStrategy[Any]:
    """What a pen may have left: also what no page would offer."""
    codes = [*EVERYTHING.codes_of(question), "forged"]
    odd = st.sampled_from([UNREADABLE, SEVERAL_TICKED])
    if type_of(question).is_written:
        return odd | st.sampled_from(["Fix the lights", "x" * 4000, "🚌"])
    if question.type in ("several", "ranking"):
        return odd | st.lists(st.sampled_from(codes), min_size=1, unique=True)
    if question.type in ("number", "points"):
        return odd | st.integers(-5, 500)
    if question.type == "date":
        return odd | st.sampled_from(["2024-02-29", "2024-13", "1999-05"])
    return odd | st.sampled_from(codes)


SHEETS = st.fixed_dictionaries(
    {},
    optional={code: marks_on(question) for code, question in EVERYTHING.questionnaire.questions.items()},
)


@given(SHEETS)
def test_whatever_stands_on_a_sheet_counts_or_is_said_not_to(sheet: dict[str, Any]) -> None:
    answers, lost = answers_of(EVERYTHING, sheet), lost_of(EVERYTHING, sheet)
    assert answers.keys() | lost.keys() == sheet.keys()
    assert answers.keys().isdisjoint(lost)
    assert all(isinstance(why, Lost) for why in lost.values())
    assert all(answers[code] == sheet[code] for code in answers)
    # Stored, it is what a page would have taken: nothing more is left out on the way.
    assert counting_answers(EVERYTHING, answers) == answers
    for code, answer in answers.items():
        question = EVERYTHING.questionnaire.questions[code]
        assert type_of(question).is_written or EVERYTHING.accepts(question, answer)


@given(SHEETS, SHEETS)
def test_two_entries_are_compared_the_same_from_both_sides(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert differences(EVERYTHING, first, first) == []
    found = differences(EVERYTHING, first, second)
    assert found == differences(EVERYTHING, second, first)
    assert set(found) <= first.keys() | second.keys()
    assert first.keys() ^ second.keys() <= set(found), "an answer that one of them has not"


@pytest.mark.parametrize(
    ("ticked", "why"),
    [
        (["litter", "noise"], None),
        (["litter", "noise", "hate"], Lost.TOO_MANY),
        (["litter", "none"], Lost.ALONE),
        (["none"], None),
        (["forged"], Lost.UNFIT),
        (UNREADABLE, Lost.UNREADABLE),
    ],
)
def test_where_two_may_be_ticked_more_do_not_count(ticked: Any, why: Lost | None) -> None:
    instrument = instrument_in(QUESTIONNAIRES / "types" / "several.toml")
    assert lost_of(instrument, {"worries": ticked}) == ({} if why is None else {"worries": why})


def test_words_are_alike_but_for_spaces_and_capitals_and_boxes_in_any_order() -> None:
    several = instrument_in(QUESTIONNAIRES / "types" / "several.toml")
    assert differences(several, {"worries": ["litter", "noise"]}, {"worries": ["noise", "litter"]}) == []
    assert differences(several, {"worries": ["litter"]}, {"worries": ["litter", "noise"]}) == ["worries"]
    ranking = instrument_in(QUESTIONNAIRES / "types" / "ranking.toml")
    ((code, question),) = ranking.questionnaire.questions.items()
    first, second = (option.code for option in question.options[:2])
    assert differences(ranking, {code: [first, second]}, {code: [second, first]}) == [code], "the order is the answer"
    written = next(code for code, one in EVERYTHING.questionnaire.questions.items() if type_of(one).is_written)
    assert differences(EVERYTHING, {written: "Fix  the\nlights"}, {written: "fix the LIGHTS "}) == []
    assert differences(EVERYTHING, {written: "Fix the lights"}, {written: "Fix the light"}) == [written]
