"""The questionnaires as they ship: every language whole; of the Community safety survey, official words and figures kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from portal.languages.i18n import ENGLISH, LANGUAGES
from portal.languages.words import NOTHING, Words
from portal.partnership.file import EXAMPLE, Partnership, load
from portal.partnership.toml_records import keys_of
from portal.questions.types import type_of
from portal.surveys.bank import OF_THE_BANK, read_bank
from portal.surveys.definition import (
    AGE_BANDS,
    Condition,
    Indicator,
    Option,
    Page,
    Question,
    Questionnaire,
    Row,
    Scale,
    Variant,
    freeze,
    hash_of,
    thaw,
)
from portal.surveys.indicators import Baseline, Comparator, ReportingGap, Target
from portal.surveys.reading import FOLDER, definition_files, read_definition
from portal.surveys.routing import asked_of

ROOT = Path(__file__).parent.parent
FILE = FOLDER / "community-safety.toml"
OTHERS = [language.code for language in LANGUAGES if language.code != ENGLISH]

# The same word in both languages.
MIN_SIMILARITY = {"Sikh", "Urdu", "Telugu", "Gujarati", "Indian", "African", "Arab"}

EQUALITY = {
    "age", "sex", "gender_identity", "orientation", "ethnic_group", "religion", "main_language", "health_condition",
    "ethnic_white", "ethnic_mixed", "ethnic_asian", "ethnic_black", "ethnic_other", "english_spoken", "health_limits",
}  # fmt: skip
# Read in a source by somebody; every other official wording still wants looking up.
VERIFIED = {
    "satisfied", "belong", "influence", "get_on_well", "pull_together", "trust", "sex", "gender_identity",
    "health_condition", "chat", "lonely",
}  # fmt: skip
SEVEN_STRANDS = (
    "asb_neighbours", "asb_teenagers", "asb_rubbish", "asb_vandalism", "asb_drugs", "asb_drunk", "asb_cars",
)  # fmt: skip
BANDS = {code: Words({language.code: f"{code} {language.code}" for language in LANGUAGES}) for code in AGE_BANDS}


@pytest.fixture(scope="module")
def survey() -> Questionnaire:
    return read_definition(FILE)


@pytest.fixture(scope="module", params=definition_files(), ids=lambda path: path.stem)
def shipped(request: pytest.FixtureRequest) -> Questionnaire:
    return read_definition(request.param)


@pytest.fixture(scope="module")
def partnership() -> Partnership:
    return load(EXAMPLE)


def words_of(record: Any, at: str = "") -> Iterator[tuple[str, Words]]:
    """Every text in a record, with where it stands."""
    if isinstance(record, Words):
        yield at, record
    elif isinstance(record, tuple):
        for each in record:
            yield from words_of(each, f"{at}.{getattr(each, 'code', '')}")
    elif is_dataclass(record):
        for field in fields(record):
            yield from words_of(getattr(record, field.name), f"{at}.{field.name}")


def everything(survey: Questionnaire) -> list[tuple[str, Words]]:
    return [(at, words) for at, words in words_of(survey) if words != NOTHING]


def walk(survey: Questionnaire, partnership: Partnership, answers: dict[str, Any]) -> list[str]:
    """The questions that someone with these answers is asked."""
    instrument = thaw(freeze(survey, BANDS, partnership.places))
    return [question.code for _, questions in asked_of(instrument, answers) for question in questions]


def test_it_is_short_enough_to_finish(survey: Questionnaire) -> None:
    assert 10 <= len(survey.pages) <= 15
    assert survey.minutes == 10
    assert max(len(page.questions) for page in survey.pages) == 7


def test_every_text_is_there_in_every_language_and_none_is_left_in_english(shipped: Questionnaire) -> None:
    for at, words in everything(shipped):
        for code in OTHERS:
            assert words.get(code, "").strip(), f"{at} has no {code}"
            if words[code].casefold() == words[ENGLISH].casefold():
                assert words[ENGLISH] in MIN_SIMILARITY, f"{at} repeats the English in {code}"


def test_no_two_answers_to_a_question_read_the_same(shipped: Questionnaire) -> None:
    for question in shipped.questions.values():
        for code in (ENGLISH, *OTHERS):
            texts = [option.text[code] for option in shipped.options_of(question)]
            assert len(texts) == len(set(texts)), (question.code, code)


def test_a_text_is_written_in_the_letters_of_its_language(shipped: Questionnaire) -> None:
    for at, words in everything(shipped):
        assert not re.search("[şţŞŢ]", words["ro"]), f"{at}: Romanian takes ș and ț with a comma, not a cedilla"
        assert not re.search("[يكه]", words["ur"]), f"{at}: Urdu has ی, ک and ہ of its own"
        assert re.search("[\u0600-\u06ff]", words["ur"]), f"{at} has no Urdu letter"
        for code in OTHERS:
            assert words[code] == words[code].strip(), f"{at} begins or ends with a space in {code}"


def test_no_polish_word_guesses_whether_a_man_or_a_woman_answers(shipped: Questionnaire) -> None:
    for at, words in everything(shipped):
        assert not re.search(r"\w(?:łeś|łaś|łem|łam|łbyś|łabyś|łbym|łabym)\b", words["pl"]), at


def test_hate_and_anti_social_behaviour_are_called_in_urdu_what_the_portal_calls_them(shipped: Questionnaire) -> None:
    for at, words in everything(shipped):
        assert not re.search("نفرت(?! پر مبنی)", words["ur"]), at
        if "anti-social behaviour" in words[ENGLISH].casefold():
            assert re.search("سماج دشمن روی[ہے]", words["ur"]), at


def test_our_own_sentences_are_short(shipped: Questionnaire) -> None:
    official = {"services", "street", "deciding", "mixing"}
    texts = [shipped.about, *(page.intro for page in shipped.pages if page.code not in official)]
    texts += [question.hint for question in shipped.questions.values()]
    texts += [question.text for question in shipped.questions.values() if question.wording == "own"]
    for text in texts:
        for sentence in re.split(r"(?<=[.?!:]) ", text[ENGLISH]):
            assert len(sentence.split()) <= 15, sentence


def test_what_the_survey_calls_the_door_to_a_report_is_what_stands_on_the_door(survey: Questionnaire) -> None:
    intro = next(page.intro for page in survey.pages if page.code == "year")
    assert '"Report what happened"' in intro[ENGLISH]
    for code in OTHERS:
        with (ROOT / "translations" / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
            door = read_po(file, code).get("Report what happened")
        assert door is not None
        assert door.string in intro[code]


def test_every_question_says_where_it_comes_from_and_only_what_was_read_is_called_verified(
    shipped: Questionnaire,
) -> None:
    for question in shipped.questions.values():
        assert question.source, question.code
        assert question.source.startswith("Our own") == (question.wording == "own"), question.code
    verified = {code for code, question in shipped.questions.items() if question.wording == "verified"}
    assert verified == VERIFIED & shipped.questions.keys()
    assert all(indicator.source for indicator in shipped.indicators)


def test_getting_on_well_is_asked_and_counted_as_it_is_published(survey: Questionnaire) -> None:
    question = survey.questions["get_on_well"]
    assert question.text[ENGLISH] == (
        "To what extent do you agree or disagree that this local area is a place where people from different "
        "backgrounds get on well together?"
    )
    assert [(option.text[ENGLISH], option.apart) for option in question.options] == [
        ("Definitely agree", False),
        ("Tend to agree", False),
        ("Tend to disagree", False),
        ("Definitely disagree", False),
        ("Don't know", True),
        ("There are too few people in the local area", True),
        ("People in this area are all of the same background", True),
    ]
    figure = indicator_called(survey, "getting_on")
    assert figure.positive == ("definitely_agree", "tend_to_agree")
    assert figure.left_out == ("dont_know", "too_few_people", "same_background")


def indicator_called(survey: Questionnaire, code: str) -> Indicator:
    return next(indicator for indicator in survey.indicators if indicator.code == code)


def test_every_figure_the_partnership_promised_is_measured(survey: Questionnaire) -> None:
    measured = {indicator.code: indicator.better for indicator in survey.indicators}
    lower_is_better = {"lack_of_respect", "high_asb", "facing_hate", "loneliness"}
    assert measured == {
        code: "lower" if code in lower_is_better else "higher"
        for code in (
            "getting_on", "belonging", "influence", "satisfaction", "pulling_together", "trust",
            "dealing_with_problems", "being_asked", "lack_of_respect", "high_asb", "safe_after_dark", "safe_by_day",
            "knowing_where", "partnership_known", "facing_hate", "chatting", "loneliness", "would_report",
        )
    }  # fmt: skip
    needed = {code for indicator in survey.indicators for code in indicator.questions}
    assert not {code for code in needed if type_of(survey.questions[code]).is_written}


def test_someone_unsure_leaves_the_base_of_every_figure_but_still_counts_where_nothing_needs_improving(
    survey: Questionnaire,
) -> None:
    for indicator in survey.indicators:
        for code in indicator.questions:
            unsure = {option.code for option in survey.options_of(survey.questions[code]) if option.apart}
            # Whoever has no neighbours chats to none: that keeps the figure low, never makes it better than it is.
            assert unsure - {"nothing_needed", "no_neighbours"} == set(indicator.left_out), indicator.code


def test_the_seven_strands_score_from_0_to_21_and_11_is_high(survey: Questionnaire) -> None:
    index = indicator_called(survey, "high_asb")
    assert index.kind == "score"
    assert index.questions == SEVEN_STRANDS
    assert index.points == {"very_big": 3, "fairly_big": 2, "not_very_big": 1, "not_at_all": 0}
    assert (min(index.points.values()) * 7, max(index.points.values()) * 7) == (0, 21)
    assert index.at_least == 11
    assert index.left_out == ("dont_know",)
    page = next(page for page in survey.pages if page.code == "street")
    assert tuple(question.code for question in page.questions) == SEVEN_STRANDS
    assert {question.scale for question in page.questions} == {"problem"}


def test_nobody_has_to_say_who_they_are_and_that_is_asked_last(survey: Questionnaire) -> None:
    for code in EQUALITY:
        last = survey.options_of(survey.questions[code])[-1]
        assert (last.text[ENGLISH], last.apart) == ("Prefer not to say", True), code
    order = list(survey.questions)
    assert set(order[-len(EQUALITY) :]) == EQUALITY
    others = [survey.options_of(question) for code, question in survey.questions.items() if code not in EQUALITY]
    assert not [option for options in others for option in options if option.text[ENGLISH] == "Prefer not to say"]


def test_answers_are_weighted_by_what_the_census_counts(survey: Questionnaire, partnership: Partnership) -> None:
    demographics = {question.demographic: question for question in survey.questions.values() if question.demographic}
    for population in partnership.populations:
        for margin in population.margins:
            for name, answers in zip(margin.by, zip(*(cell.of for cell in margin.cells), strict=True), strict=True):
                question = demographics[name]
                known = {option.code for option in question.options}
                known |= set(AGE_BANDS) if question.type == "age_band" else set()
                assert {one for answer in answers for one in answer.split("|")} | {"not_said"} == known


def test_whoever_faced_no_hate_is_not_asked_whom_they_told(survey: Questionnaire, partnership: Partnership) -> None:
    assert "told" not in walk(survey, partnership, {})
    assert "told" not in walk(survey, partnership, {"faced_hate": "not_sure", "told": ["nobody"]})
    told = walk(survey, partnership, {"faced_hate": "yes", "told": ["police", "family"]})
    assert "told" in told
    assert "why_not_told" not in told
    assert "why_not_told" in walk(survey, partnership, {"faced_hate": "yes", "told": ["nobody"]})
    nobody = next(option for option in survey.questions["told"].options if option.code == "nobody")
    assert nobody.alone


@pytest.mark.parametrize("group", ["white", "mixed", "asian", "black", "other"])
def test_a_closer_answer_is_asked_only_within_the_ethnic_group_that_was_chosen(
    survey: Questionnaire, partnership: Partnership, group: str
) -> None:
    asked = walk(survey, partnership, {"ethnic_group": group})
    assert [code for code in asked if code.startswith("ethnic_")] == ["ethnic_group", f"ethnic_{group}"]


def test_the_last_page_is_left_out_where_nothing_on_it_applies(survey: Questionnaire, partnership: Partnership) -> None:
    plain = {"ethnic_group": "not_said", "main_language": "english", "health_condition": "no"}
    assert walk(survey, partnership, plain)[-1] == "health_condition"
    assert walk(survey, partnership, plain | {"main_language": "sign"})[-1] == "english_spoken"
    assert walk(survey, partnership, plain | {"health_condition": "yes"})[-1] == "health_limits"


def test_a_published_version_holds_all_of_it_and_keeps_its_hash(
    survey: Questionnaire, partnership: Partnership
) -> None:
    document = freeze(survey, BANDS, partnership.places)
    opened = thaw(document).questionnaire
    assert [option.code for option in opened.questions["age"].options] == [*AGE_BANDS, "not_said"]
    assert without_bands(opened) == survey
    assert hash_of(freeze(read_definition(FILE), BANDS, partnership.places)) == hash_of(document)
    # Frozen once more, as it was opened, it is still the same document.
    assert freeze(without_bands(opened), BANDS, partnership.places) == document
    other = replace(survey, minutes=11)
    assert hash_of(freeze(other, BANDS, partnership.places)) != hash_of(document)


def without_bands(survey: Questionnaire) -> Questionnaire:
    """As the file has it: the age bands came in when it was frozen."""

    def plain(question: Question) -> Question:
        return replace(question, options=tuple(o for o in question.options if o.code not in AGE_BANDS))

    pages = tuple(replace(page, questions=tuple(plain(q) for q in page.questions)) for page in survey.pages)
    return replace(survey, pages=pages)


def test_the_guide_explains_every_key() -> None:
    guide = (ROOT / "docs" / "surveys.md").read_text(encoding="utf-8")
    tables = dict(re.findall(r"^\| (\w+) \| \|\n\|---\|---\|\n((?:\|.*\n)+)", guide, re.MULTILINE))
    assert re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in tables["banked"].splitlines())) == OF_THE_BANK
    for code in read_bank().questions:
        assert f"`{code}`" in guide or code.startswith("ethnic_"), code
    for kind in (
        Questionnaire, Scale, Page, Question, Row, Option, Variant, Condition, Indicator, Target, Baseline, Comparator,
        ReportingGap,
    ):  # fmt: skip
        name = {Questionnaire: "survey", ReportingGap: "reporting_gap"}.get(kind, kind.__name__.lower())
        explained = set(re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in tables[name].splitlines())))
        assert explained == {*keys_of(kind)}, name
        must = {field.name for field in fields(kind) if field.default is MISSING}
        assert set(re.findall(r"\*\*`(\w+)`\*\*", tables[name])) == must, name
