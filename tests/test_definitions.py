"""What a survey's file can say: whom it asks, in which words, with questions of the bank; and what is warned of in it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.db import transaction
from portal.languages.i18n import ENGLISH, LANGUAGES
from portal.languages.words import Words
from portal.partnership.file import EXAMPLE, load
from portal.partnership.toml_records import Wrong
from portal.questions.types.age_band import AGE_BANDS
from portal.server import cli, cli_surveys
from portal.staff import rule_words
from portal.staff.export_words import said_in
from portal.surveys import bank, codebook, reading
from portal.surveys.cautions import cautions
from portal.surveys.comparing import changes
from portal.surveys.definition import (
    ALWAYS,
    Instrument,
    Option,
    Page,
    Question,
    Questionnaire,
    Rule,
    freeze,
    hash_of,
    thaw,
)
from portal.surveys.expressions import Answered, Between, Compares, Includes, Is
from portal.surveys.reading import FOLDER, DefinitionError, read_definition
from portal.surveys.routing import asked_of
from portal.surveys.rules import check_reach
from portal.surveys.variables import Frame, variables_of
from portal.surveys.versions import document_of, publish_version
from portal.surveys.wording import age_words
from tests.support.people import Officer
from tests.support.surveying import EVERY_TYPE, QUESTIONNAIRES
from tests.test_expressions import joined

WAYS = QUESTIONNAIRES / "ways.toml"
TEXT = WAYS.read_text(encoding="utf-8")
SHIPPED = FOLDER / "community-safety.toml"
AGES = {code: Words({"en": code}) for code in AGE_BANDS}


@pytest.fixture(scope="module")
def ways() -> Instrument:
    return thaw(freeze(read_definition(WAYS), AGES, load(EXAMPLE).places))


def changed(tmp_path: Path, *edits: tuple[str, str], text: str = TEXT, name: str = WAYS.name) -> Path:
    """The file with something else in it."""
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def asked(instrument: Instrument, **answers: Any) -> dict[str, Question]:
    return {question.code: question for _, questions in asked_of(instrument, answers) for question in questions}


# Whom it asks, and in which words


@pytest.mark.parametrize(
    ("answers", "is_asked"),
    [
        ({"told": "no", "walks": "daily"}, True),
        ({"told": "no", "walks": "weekly", "age": "85_over"}, True),
        ({"told": "no", "walks": "never", "age": "25_34"}, True),
        ({"told": "no", "walks": "never", "age": "35_49"}, False),
        ({"told": "no", "walks": "dont_know"}, False),
        ({"told": "no"}, False),
        ({"told": "no", "walks": "daily", "parish": "e-fishermead"}, False),
        ({"walks": "daily"}, False),
    ],
)
def test_a_condition_in_words_decides_what_is_asked(ways: Instrument, answers: dict[str, Any], is_asked: bool) -> None:
    assert ("why" in asked(ways, tenure="rent", people=2, **answers)) is is_asked
    # The page before it is asked only of tenants who do not live alone, and an answer there counts only then.
    assert "why" not in asked(ways, tenure="own", people=2, **answers)
    assert "why" not in asked(ways, tenure="rent", people=1, **answers)


@pytest.mark.parametrize(
    ("seen", "text", "hint"),
    [
        (["litter", "noise"], "Did you tell your landlord of the litter and the noise?", ""),
        (["noise", "hate"], "Did you tell your landlord of the noise?", "By any means."),
        (["litter"], "Did you tell your landlord?", ""),
        (None, "Did you tell your landlord?", ""),
    ],
)
def test_a_question_is_asked_in_the_first_words_that_fit(
    ways: Instrument, seen: list[str] | None, text: str, hint: str
) -> None:
    question = asked(ways, tenure="rent", people=2, seen=seen)["told"]
    assert (question.text[ENGLISH], question.hint[ENGLISH]) == (text, hint)


@given(st.data())
def test_what_no_rule_looks_at_changes_nothing_of_what_is_asked(ways: Instrument, data: st.DataObject) -> None:
    questions = ways.questionnaire.questions
    assert ways.questionnaire.looked_at == {
        "tenure",
        "people",
        "walks",
        "seen",
        "told",
        "age",
        "parish",
    }

    def answer_to(code: str) -> st.SearchStrategy[Any]:
        options = st.sampled_from(ways.codes_of(questions[code]) or ["x"])
        by_type: dict[str, st.SearchStrategy[Any]] = {
            "number": st.integers(1, 20),
            "several": st.lists(options, max_size=3),
        }
        return st.none() | by_type.get(questions[code].type, options)

    answers = data.draw(st.fixed_dictionaries({}, optional={code: answer_to(code) for code in questions}))
    others = sorted(questions.keys() - ways.questionnaire.looked_at)
    changes = data.draw(st.fixed_dictionaries({}, optional={code: answer_to(code) for code in others}))
    assert list(asked_of(ways, answers | changes)) == list(asked_of(ways, answers))


def test_a_version_keeps_conditions_and_other_words_as_text(ways: Instrument) -> None:
    document = freeze(read_definition(WAYS), AGES, load(EXAMPLE).places)
    page = next(page for page in json.loads(document)["questionnaire"]["pages"] if page["code"] == "landlord")
    assert page["only_if"] == "tenure is rent and people is at least 2"
    assert page["questions"][0]["variants"][1] == {
        "when": "seen includes noise",
        "text": {"en": "Did you tell your landlord of the noise?"},
        "hint": {"en": "By any means."},
    }
    assert ways.questionnaire.pages[2] == read_definition(WAYS).pages[2]


def test_how_a_condition_is_spelt_makes_no_other_version(tmp_path: Path) -> None:
    spelt = changed(tmp_path, ("tenure is rent and people is at least 2", "(Tenure = rent)  AND people >= 2"))
    places = load(EXAMPLE).places
    assert freeze(read_definition(spelt), AGES, places) == freeze(read_definition(WAYS), AGES, places)


def test_a_list_of_conditions_means_what_it_meant_and_stays_a_list(tmp_path: Path) -> None:
    by_list = '[{question = "tenure", any_of = ["rent", "other"]}, {question = "seen", any_of = ["noise", "hate"]}]'
    path = changed(tmp_path, ('"tenure is rent and people is at least 2"', by_list))
    document = freeze(read_definition(path), AGES, load(EXAMPLE).places)
    page = next(page for page in json.loads(document)["questionnaire"]["pages"] if page["code"] == "landlord")
    assert page["only_if"] == [
        {"question": "tenure", "any_of": ["rent", "other"]},
        {"question": "seen", "any_of": ["noise", "hate"]},
    ]
    opened = thaw(document)
    assert "told" in asked(opened, tenure="other", seen=["litter", "hate"])
    assert "told" not in asked(opened, tenure="other", seen=["litter"])
    assert "told" not in asked(opened, tenure="own", seen=["hate"])


@pytest.mark.parametrize(
    "condition", ["answered(words)", "not answered(words)", "words is rent", "tenure is rent or answered(words)"]
)
def test_no_rule_looks_at_what_is_written(tmp_path: Path, condition: str) -> None:
    """A question that is asked of those who wrote would tell, among the ticks, who they are."""
    path = changed(tmp_path, ("tenure is rent and people is at least 2", condition))
    with pytest.raises(DefinitionError, match="where people write; what is written is kept apart"):
        read_definition(path)


# What nobody can be asked


def survey_of(rules: tuple[Rule, ...]) -> Questionnaire:
    """Three questions, each on a page of its own and asked by a rule of its own, and a last page that has one too."""
    options = tuple(Option(code=code, text=Words({"en": code})) for code in ("low", "middle", "high"))
    words = Words({"en": "?"})
    questions = [
        Question(code="one", type="single", options=options, only_if=rules[0], text=words),
        Question(code="ticks", type="several", options=options, only_if=rules[1], text=words),
        Question(code="count", type="number", least=0, most=3, only_if=rules[2], text=words),
        Question(code="last", type="long_text", only_if=rules[3], text=words),
    ]
    pages = tuple(Page(code=question.code, title=words, questions=(question,)) for question in questions)
    return Questionnaire(code="x", title=words, about=words, minutes=1, pages=pages)


OPTION = st.sampled_from(["low", "middle", "high"])
SOME = st.lists(OPTION, min_size=1, max_size=2, unique=True).map(tuple)
NUMBER = st.integers(0, 3).map(str)
ATOMS: dict[str, st.SearchStrategy[Any]] = {
    "one": st.builds(Is, st.just("one"), SOME) | st.just(Between("one", "middle", "high")) | st.just(Answered("one")),
    "ticks": st.builds(Includes, st.just("ticks"), SOME, st.booleans()) | st.just(Answered("ticks")),
    "count": st.builds(Compares, st.just("count"), st.sampled_from([">=", "<=", ">", "<"]), NUMBER)
    | st.builds(Is, st.just("count"), NUMBER.map(lambda number: (number,))),
}


def rules_on(*questions: str) -> st.SearchStrategy[Rule]:
    """Any that look at these questions; half of them ask more than one thing."""
    conditions = joined(st.one_of(*(ATOMS[question] for question in questions)), max_leaves=6)
    return conditions.map(Rule)


RULES = st.tuples(
    st.just(ALWAYS), rules_on("one") | st.just(ALWAYS), rules_on("one", "ticks"), rules_on("one", "ticks", "count")
)


def everything() -> Iterator[dict[str, Any]]:
    ticks = [[code for code, is_in in zip(("low", "middle", "high"), one, strict=True) if is_in]
             for one in product([True, False], repeat=3)]  # fmt: skip
    for one, some, count in product([None, "low", "middle", "high"], ticks, [None, 0, 1, 2, 3]):
        yield {"one": one, "ticks": some, "count": count}


@settings(max_examples=60, deadline=None)
@given(RULES)
def test_what_nobody_can_be_asked_is_found_and_nothing_else(rules: tuple[Rule, ...]) -> None:
    survey = survey_of(rules)
    instrument = Instrument(questionnaire=survey, geography="g", geography_version="1", places=())
    reached = {code for answers in everything() for code in asked(instrument, **answers)}
    never = [code for code in survey.questions if code not in reached]
    if never:
        with pytest.raises(Wrong, match=f"{never[0]}.only_if can never hold, whatever was answered before"):
            check_reach(survey)
    else:
        assert check_reach(survey) == []


def test_a_rule_with_too_many_answers_before_it_is_said_to_be_unchecked(tmp_path: Path) -> None:
    many = "".join(
        f"""
        [[pages.questions]]
        code = "q{number}"
        type = "single"
        text = "?"
        options = [{{code = "a", text = "A"}}, {{code = "b", text = "B"}}, {{code = "c", text = "C"}}]
        """
        for number in range(12)
    )
    by_all = " and ".join(f"(q{number} is a or q{number} is b)" for number in range(12))
    path = changed(
        tmp_path, ('[[pages]]\ncode = "area"', f'{many}\n[[pages]]\ncode = "area"'), ("told is no and", f"{by_all} and")
    )
    found = [one for one in cautions(read_definition(path)) if "could not be checked" in one]
    assert found == [
        "pages.last.questions.why.only_if could not be checked: more than 20000 combinations of answers lead to it; "
        "try the survey and see that it is asked"
    ]


# The question bank


def test_the_shipped_survey_is_the_same_to_the_byte_as_when_it_held_every_question_itself() -> None:
    document = json.loads(freeze(read_definition(SHIPPED), AGES, load(EXAMPLE).places))
    # Of places, which are the partnership's: as many as the hash was worked out with.
    document["places"] = document["places"][:1]
    # What has come since: two questions, three figures, the reporting gap, which figures are primary, what to hold them against,
    # and by which answers people are told apart.
    asked = document["questionnaire"]
    del asked["reporting_gap"]
    for page in asked["pages"]:
        page["questions"] = [one for one in page["questions"] if one["code"] not in {"chat", "lonely"}]
        for question in page["questions"]:
            if question["code"] not in ("age", "sex"):
                question.pop("demographic", None)
    asked["indicators"] = [
        {name: value for name, value in one.items() if name not in {"primary", "comparator"}}
        for one in asked["indicators"]
        if one["code"] not in {"chatting", "loneliness", "would_report"}
    ]
    canonical = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hash_of(canonical) == "2586d24e6000716a98571106c76954dc8ec384bcdab7d1591b8fe1a3bc42ffa5"
    named = re.findall(r'^from = "(\w+)"$', SHIPPED.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(named) == 33 + 4


def test_every_banked_question_can_be_named_and_comes_with_its_scale_and_its_beginning(tmp_path: Path) -> None:
    known = bank.read_bank()
    for code, raw in known.questions.items():
        text = f'code = "one"\ntitle = "One"\nabout = "One"\nminutes = 1\n[[pages]]\ncode = "page"\ntitle = "Page"\n[[pages.questions]]\nfrom = "{code}"\n'
        survey = read_definition(changed(tmp_path, text=text, name="one.toml"))
        question, page = survey.questions[code], survey.pages[0]
        assert dict(question.text) == raw["text"]
        assert page.intro[ENGLISH] == (known.intros[raw["intro"]]["text"][ENGLISH] if "intro" in raw else "")
        if question.type != "age_band":
            assert len(survey.options_of(question)) >= 2


def test_the_bank_says_of_every_question_where_its_words_come_from_in_every_language() -> None:
    known = bank.read_bank()
    for part in (known.questions, known.intros, known.scales):
        for code, raw in part.items():
            for at, texts in words_in(raw, code):
                assert list(texts) == [language.code for language in LANGUAGES], at
                assert not re.search("[şţŞŢ]", texts["ro"]), at
                assert not re.search("[يكه]", texts["ur"]), at
                assert not re.search(r"\w(?:łeś|łaś|łem|łam|łbyś|łabyś|łbym|łabym)\b", texts["pl"]), at
    for code, raw in known.questions.items():
        assert raw["source"], code
        assert raw["wording"] in {"verified", "to_check"} or code == "age"
        # Of some nobody has found yet in which year they were asked so; they are all to be checked.
        assert raw["year"] or code in {"health_condition", "police_confidence"} or code.startswith("mixed_"), code


def words_in(raw: Any, at: str) -> Iterator[tuple[str, dict[str, str]]]:
    if isinstance(raw, list):
        for one in raw:
            yield from words_in(one, at)
    elif isinstance(raw, dict) and ENGLISH in raw:
        yield at, raw
    elif isinstance(raw, dict):
        for name, one in raw.items():
            yield from words_in(one, f"{at}.{name}")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('year = "2021"', 'year = "last year"', "must be a year like"),
        ('year = "2021"\n', "", "questions.age.year is missing"),
        ('code = "sex"', 'code = "age"', "questions has the code age twice"),
        ('code = "sex"', 'code = "sex"\nonly_if = "age is 16_24"', "questions.sex has only_if or variants"),
        ('year = "2021"', 'year = "2021"\nintro = "so"', "questions.age.intro names so, which intros does not have"),
        ('code = "sex"', 'code = "belong"', "questions has the code belong twice"),
        ("[[questions]]", "[[questions]", "is not fine: about-you.toml: "),
    ],
)
def test_a_mistake_in_the_bank_is_named_with_its_place(tmp_path: Path, old: str, new: str, says: str) -> None:
    for file in bank.FOLDER.glob("*.toml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    changed(tmp_path, (old, new), text=(tmp_path / "about-you.toml").read_text(encoding="utf-8"), name="about-you.toml")
    with pytest.raises(Wrong, match="the question bank") as refused:
        bank.read_bank(tmp_path)
    assert says in str(refused.value)


def test_a_bank_that_was_changed_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text(
        '[[questions]]\ncode = "a"\ntype = "long_text"\ntext = "A"\nsource = "S"\nyear = ""\n', encoding="utf-8"
    )
    assert [*bank.read_bank(tmp_path).questions] == ["a"]
    path.unlink()
    assert [*bank.read_bank(tmp_path).questions] == []


# What is warned of


def check(*given: object) -> tuple[int, list[str]]:
    said = CliRunner().invoke(cli.portal, ["survey", "check", *map(str, given)])
    return said.exit_code, said.output.splitlines()


def test_each_text_that_a_language_lacks_is_named_and_a_silent_language_once() -> None:
    code, said = check(EVERY_TYPE)
    assert code == 0
    begin = f"{EVERY_TYPE}: warning: "
    assert said[0] == f"{begin}nothing is written in Română (ro); English is shown in its place."
    assert (
        f"{begin}pages.seen.questions.seen.options.noise.text is missing in Polski (pl); English is shown in its place."
        in said
    )
    assert not [line for line in said if "every-type.toml: warning: title" in line]
    assert said[-1] == f"{EVERY_TYPE}: can be used; see the warnings."


@pytest.mark.parametrize("alike", ["own ", "O\\u200bwn", "Own\\u2060", "\\u00a0Own"])
def test_options_that_read_alike_are_warned_of(tmp_path: Path, alike: str) -> None:
    path = changed(tmp_path, ('text = "Rent"', f'text = {{en = "{alike}", pl = "Najem"}}'))
    assert (
        "pages.home.questions.tenure.options.rent.text.en reads like own; write another text or take one out"
        in cautions(read_definition(path))
    )


@pytest.mark.parametrize(
    ("asks", "is_telling"),
    [
        ("What is your e-mail address?", True), ("Your full name", True), ("Date of birth", True),
        ("In which postcode do you live?", True), ("Is it hard to address the council?", False), ("Which number of buses?", False),
    ],
)  # fmt: skip
def test_a_question_in_which_people_would_write_who_they_are_is_warned_of(
    tmp_path: Path, asks: str, is_telling: bool
) -> None:
    path = changed(tmp_path, ('text = "What do you call this area?"', f'text = "{asks}"'))
    assert any("tells who somebody is" in one for one in cautions(read_definition(path))) is is_telling


CHANGES = [
    ('text = "Do you own or rent?"', 'text = "Do you rent?"',
     'pages.home.questions.tenure.text was "Do you own or rent?" in the earlier one and is "Do you rent?" under the same code; '
     "give the new question a code of its own"),
    ('text = "Did you tell your landlord of the noise?"', 'text = "Did you speak of the noise?"',
     'pages.landlord.questions.told.text was "Did you tell your landlord of the noise?" in the earlier one and is '
     '"Did you speak of the noise?" under the same code; give the new question a code of its own'),
    ('text = "Every day"', 'text = "Daily"',
     'pages.home.questions.walks.options.daily.text was "Every day" in the earlier one and is "Daily" under the same code; '
     "give the new option a code of its own"),
    ('  {code = "other", text = "Something else"},\n', "",
     'pages.home.questions.tenure.options.other was "Something else" in the earlier one and is gone; '
     "put it back, or give the question without it a code of its own"),
    ('type = "long_text"', 'type = "short_text"',
     "pages.last.questions.why.type was \"long_text\" in the earlier one and is short_text; give the new question a code of its own"),
    ('positive = ["yes"]', 'positive = ["no"]',
     "indicators.telling counts otherwise than in the earlier one; give the new indicator a code of its own"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "says"), CHANGES)
def test_what_changed_under_an_old_code_is_warned_of(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = changed(tmp_path, (old, new))
    assert [one.sentence for one in changes(read_definition(WAYS), read_definition(path))] == [says]
    code, said = check("--against", WAYS, path)
    assert code == 0
    assert f"{path}: warning: {says}." in said


def test_a_corrected_translation_and_another_apostrophe_are_no_change(tmp_path: Path) -> None:
    path = changed(
        tmp_path,
        ('text = "Do you own or rent?"', 'text = {en = "Do you  own or rent?", pl = "Czy to Twoje?"}'),
        ('text = "Don\'t know"', 'text = "Don’t know"'),
        ('code = "again"', 'code = "once_more"'),
    )
    assert changes(read_definition(WAYS), read_definition(path)) == []


def test_a_file_is_held_against_a_version_that_was_published(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_surveys, "open_app", lambda: app)
    path = changed(tmp_path, CHANGES[0][:2])
    # Nothing was published yet: nothing can have changed.
    assert not [line for line in check("--published", path)[1] if "earlier" in line]
    with app.app_context(), transaction() as db:
        publish_version(db, read_definition(WAYS), age_words(), "A survey manager")
        document = document_of(read_definition(WAYS), age_words())
    assert f"{path}: warning: {CHANGES[0][2]}." in check("--published", path)[1]
    assert not [line for line in check("--published", WAYS)[1] if "earlier" in line]
    frozen = tmp_path / "version-1.json"
    frozen.write_text(document, encoding="utf-8")
    assert f"{path}: warning: {CHANGES[0][2]}." in check("--against", frozen, path)[1]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"questionnaire": {}}', '"x"'])
def test_what_is_no_earlier_survey_is_refused(tmp_path: Path, content: str) -> None:
    wrong = tmp_path / "old.json"
    wrong.write_text(content, encoding="utf-8")
    code, said = check("--against", wrong, WAYS)
    assert code == 1
    assert said[0].startswith(f"{wrong} is not a version's document; name one, or an earlier .toml file: ")
    code, said = check("--against", tmp_path / "gone.toml", WAYS)
    assert (code, said) == (
        1,
        [f"{tmp_path / 'gone.toml'} cannot be read; put the file there or mend its permissions."],
    )


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--against", WAYS], "--against compares one file"),
        (["--against", WAYS, WAYS, EVERY_TYPE], "--against compares one file"),
        (["--published", "--against", WAYS, WAYS], "not with both"),
    ],
)
def test_one_file_is_held_against_one_earlier_one(given: list[object], says: str) -> None:
    code, said = check(*given)
    assert code == 2
    assert says in said[-1]


def test_a_file_that_says_nothing_of_conditions_or_other_words_has_neither() -> None:
    survey = read_definition(EVERY_TYPE)
    bare = replace(survey.questions["good"], source="x")
    assert not bare.only_if
    assert not bare.variants
    assert survey.questions["why_not"].only_if
    assert tomllib.loads(TEXT)["pages"][1]["questions"][0] == {"from": "belong"}


# What staff read


def said_of(instrument: Instrument, code: str) -> str:
    page, question = next((p, q) for p in instrument.questionnaire.pages for q in p.questions if q.code == code)
    return rule_words.asked_if(instrument, page, question, ENGLISH)


@pytest.mark.same_on_both
def test_staff_read_a_condition_as_a_sentence_with_the_words_of_the_survey(app: Flask, tmp_path: Path) -> None:
    said = {
        "tenure in rent, other": "Only if “Do you own or rent?” was answered: Rent / Something else.",
        "tenure is not own": "Only if “Do you own or rent?” was not answered with: Own.",
        "answered(parish)": "Only if “Where do you live?” was answered.",
        "not answered(parish)": "Only if “Where do you live?” was skipped or not asked.",
        "seen includes noise": "Only if “What did you see?” was answered: Noise.",
        "seen includes all of noise, hate": "Only if all of these were chosen for “What did you see?”: Noise / Hate.",
        "walks in daily to weekly": "Only if the answer to “How often do you walk here?” was from Every day to Every week.",
        "people is more than 3": "Only if the answer to “How many people live with you?” was more than 3.",
        "people is at most 3": "Only if the answer to “How many people live with you?” was 3 or less.",
        "people in 2 to 4 and tenure is rent": "Only if the answer to “How many people live with you?” was from 2 to 4. "
        "Only if “Do you own or rent?” was answered: Rent.",
        "tenure is rent or (people is 2 and not answered(parish))": "Only if “Do you own or rent?” was answered: Rent, or "
        "(“How many people live with you?” was answered: 2, and “Where do you live?” was skipped or not asked).",
        "not (tenure is rent and people is at least 2)": "Only if it is not so that "
        "(“Do you own or rent?” was answered: Rent, and the answer to “How many people live with you?” was 2 or more).",
    }
    with app.test_request_context():
        for condition, sentence in said.items():
            edits = (" and not answered(parish)", ""), ("tenure is rent and people is at least 2", condition)
            path = changed(tmp_path, *edits)
            instrument = thaw(freeze(read_definition(path), AGES, load(EXAMPLE).places))
            assert said_of(instrument, "told") == sentence


@pytest.mark.same_on_both
def test_staff_read_other_words_and_what_a_change_would_end_before_they_publish(
    app: Flask, survey_manager: Officer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "FOLDER", tmp_path)
    changed(tmp_path)
    survey_manager.get("/staff/surveys/ways/preview")
    survey_manager.see(
        "Asked as “Did you tell your landlord of the noise?” if “What did you see?” was answered: Noise.",
        "Only if the answer to “How many people live with you?” was 2 or more.",
    )
    survey_manager.not_see("This ends a series")
    survey_manager.post("/staff/surveys/ways/publish", partial=["pl", "ro", "ur"])
    survey_manager.follow()
    changed(
        tmp_path,
        ('text = "Do you own or rent?"', 'text = "Do you rent?"'),
        ('text = "Every day"', 'text = "Daily"'),
        ('  {code = "other", text = "Something else"},\n', ""),
        ('type = "long_text"', 'type = "short_text"'),
        ('positive = ["yes"]', 'positive = ["no"]'),
    )
    survey_manager.get("/staff/surveys/ways/preview")
    survey_manager.see(
        "This ends a series",
        "tenure: “Do you own or rent?” is now “Do you rent?”.",
        "walks: the answer “Every day” is now “Daily”.",
        "tenure: the answer “Something else” is gone.",
        "why: it is answered in another way.",
        "telling: the figure counts other answers.",
        "Publish this version",
    )


@pytest.mark.same_on_both
def test_the_codebook_names_the_other_words(app: Flask, ways: Instrument) -> None:
    with app.test_request_context():
        said = said_in(ENGLISH)
        made = Frame(tuple(column for _parts, column in variables_of("told", [None], [ways], said)), range(1))
        told = next(codebook.entries(made, [ways], said))
    assert told.text == "Did you tell your landlord?"
    assert told.asked_as == (
        "Asked as “Did you tell your landlord of the litter and the noise?” if all of these were chosen for "
        "“What did you see?”: Litter / Noise. "
        "Asked as “Did you tell your landlord of the noise?” if “What did you see?” was answered: Noise."
    )
