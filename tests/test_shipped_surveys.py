"""The shorter surveys that ship: what they share with the Community safety survey, and what children are not asked."""

from __future__ import annotations

import re

import pytest

from portal.languages.i18n import LANGUAGES
from portal.partnership.file import EXAMPLE, load
from portal.questions.types import type_of
from portal.surveys.definition import Questionnaire
from portal.surveys.reading import FOLDER, definition_files, read_definition

COMMUNITY = read_definition(FOLDER / "community-safety.toml")
YOUNG = read_definition(FOLDER / "young-people-11-15.toml")
SHORT = ("ward-pulse", "event-feedback", "days-of-action", "young-people-11-15", "taking-part")


@pytest.fixture(params=SHORT)
def short(request: pytest.FixtureRequest) -> Questionnaire:
    return read_definition(FOLDER / f"{request.param}.toml")


def test_what_two_surveys_ask_or_measure_under_one_code_is_the_same_in_every_word(short: Questionnaire) -> None:
    for code in short.questions.keys() & COMMUNITY.questions.keys():
        ours, theirs = short.questions[code], COMMUNITY.questions[code]
        assert ours == theirs, code
        assert short.options_of(ours) == COMMUNITY.options_of(theirs), code
    known = {indicator.code: indicator for indicator in COMMUNITY.indicators}
    for indicator in short.indicators:
        assert known.get(indicator.code, indicator) == indicator, indicator.code


def test_no_code_of_a_figure_means_two_things() -> None:
    """Across all that ships: figures of two surveys under one code are held side by side."""
    found = [indicator for path in definition_files() for indicator in read_definition(path).indicators]
    by_code = {indicator.code: indicator for indicator in found}
    assert all(by_code[indicator.code] == indicator for indicator in found)


def test_the_pulse_asks_five_questions_in_the_order_of_the_whole_survey_on_the_same_beginnings() -> None:
    pulse = read_definition(FOLDER / "ward-pulse.toml")
    assert list(pulse.questions) == ["belong", "get_on_well", "dealt_with", "safe_dark", "place"]
    assert pulse.minutes <= 2
    order = [code for code in COMMUNITY.questions if code in pulse.questions]
    assert order == list(pulse.questions)
    lead = {page.code: page.intro for page in COMMUNITY.pages}
    assert all(page.intro == lead[page.code] for page in pulse.pages)
    measured = {indicator.code for indicator in pulse.indicators}
    assert measured == {"getting_on", "belonging", "dealing_with_problems", "safe_after_dark"}


def test_whoever_does_not_know_leaves_the_base_of_every_figure(short: Questionnaire) -> None:
    for indicator in short.indicators:
        asked = [short.options_of(short.questions[code]) for code in indicator.questions]
        apart = {option.code for options in asked for option in options if option.apart}
        assert apart == set(indicator.left_out), indicator.code


@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("getting_on", "National Indicator 1"),
        ("belonging", "National Indicator 2"),
        ("civic_participation", "National Indicator 3"),
        ("influence_2008", "National Indicator 4"),
        ("satisfaction", "National Indicator 5"),
        ("volunteering", "National Indicator 6"),
        ("high_asb", "National Indicator 17"),
        ("dealing_with_problems", "National Indicator 21"),
        ("lack_of_respect", "National Indicator 23"),
        ("being_asked", "National Indicator 27"),
        ("treated_with_respect", "National Indicator 140"),
        ("belonging", "Community Life Survey B1"),
        ("pulling_together", "Community Life Survey B3"),
        ("trust", "Community Life Survey B4"),
        ("influence", "Community Life Survey B5"),
        ("getting_on", "Community Life Survey B6"),
        ("satisfaction", "Community Life Survey B15"),
        ("loneliness", "Community Life Survey A1"),
        ("chatting", "Community Life Survey C6"),
        ("mixing", "Citizenship Survey"),
        ("safe_after_dark", "Place Survey"),
        ("safe_by_day", "Place Survey"),
        ("knowing_where", None),
        ("would_report", None),
        ("police_confidence", "Crime Survey"),
        ("police_council_dealing", "British Crime Survey"),
    ],
)
def test_a_survey_that_ships_measures_each_official_figure(code: str, source: str | None) -> None:
    """A figure that is only in the bank is measured by nobody who does not write a definition."""
    shipped = [read_definition(path) for path in definition_files()]
    found = [(one, figure) for one in shipped for figure in one.indicators if figure.code == code]
    assert found
    for survey, figure in found:
        numbered = re.split(r"; ", figure.source or "")
        assert source is None or any(re.match(rf"{re.escape(source)}\b", name) for name in numbered)
        assert figure.comparator is None or figure.comparator.mode
        assert all(survey.questions[asked].wording in ("verified", "to_check", "own") for asked in figure.questions)


def test_who_answers_is_asked_last_and_can_be_kept_back(short: Questionnaire) -> None:
    asked_last = {"age", "place", "years_old"} & short.questions.keys()
    assert set(list(short.questions)[-len(asked_last) :]) == asked_last
    for code in asked_last - {"place"}:
        assert short.options_of(short.questions[code])[-1].code == "not_said"


def test_only_the_one_for_11_to_15_needs_a_safeguarding_lead() -> None:
    found = [read_definition(path) for path in definition_files()]
    assert [one.code for one in found if one.needs_safeguarding_lead] == [YOUNG.code]


def test_children_write_nothing_and_say_neither_where_they_live_nor_what_happened() -> None:
    assert YOUNG.least_age == 11
    for question in YOUNG.questions.values():
        assert not type_of(question).is_written, question.code
        assert question.type in ("single", "several", "scale"), question.code
        assert not question.demographic, question.code


def test_children_read_whom_to_call_before_they_begin_and_beside_the_question_about_help() -> None:
    partnership = load(EXAMPLE)
    (childline,) = (line for line in partnership.help_lines if line.code == "childline")
    help_page = next(page for page in YOUNG.pages if page.code == "help")
    safety_page = next(page for page in YOUNG.pages if page.code == "out")
    for language in LANGUAGES:
        about = YOUNG.about[language.code]
        assert "999" in about, language.code
        assert "999" in safety_page.intro[language.code], language.code
        for text in (about, help_page.intro[language.code]):
            number = re.search(r"Childline\W[^0-9]*([0-9\u00a0]+)", text)
            assert number is not None, language.code
            # No break: on a line's end, or beside Urdu, a space would put its halves the wrong way round.
            assert number[1].replace("\u00a0", " ") in childline.numbers, language.code
