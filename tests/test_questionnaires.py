"""Questionnaires: what is wrong in a file is said in one sentence, and what someone is asked follows from what they said."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.languages.i18n import LANGUAGES
from portal.languages.words import Words
from portal.partnership.file import EXAMPLE, load
from portal.questions.types import MAX_OPTIONS
from portal.questions.types.age_band import AGE_BANDS
from portal.server import cli
from portal.surveys import columns
from portal.surveys.definition import freeze, hash_of, thaw
from portal.surveys.reading import DefinitionError, definition_files, read_definition
from portal.surveys.routing import asked_of, counting_answers
from portal.surveys.wording import age_words
from tests.support.surveying import EVERY_TYPE

TEXT = EVERY_TYPE.read_text(encoding="utf-8")
AGES = {code: Words({"en": code}) for code in AGE_BANDS}
TOLD = '''code = "told"
type = "single"'''
SCALE = '''code = "belong"
type = "scale"
scale = "agree"'''
MANY = "\n".join(f'  {{ code = "o{number}", text = "x" }},' for number in range(MAX_OPTIONS + 1))

MISTAKES = [
    ("a line without a value", "minutes = 5", "minutes =", "is not a TOML file; mend this"),
    ("another code than the file's", 'code = "every-type"', 'code = "other"', "code must be every-type, as the file is called"),
    ("a code with spaces", 'code = "every-type"', 'code = "every type"', "code must be a short code of small letters, digits and hyphens"),
    ("a forgotten title", "title = { en = \"A survey of every kind\"", "titel = { en = \"A survey of every kind\"", "titel is not a key of this file; take it out or write title"),
    ("minutes in words", "minutes = 5", 'minutes = "five"', "minutes must be a whole number"),
    ("no minutes at all", "minutes = 5", "minutes = 0", "minutes must be a whole number of minutes from 1 to 60"),
    ("an age of nobody", "least_age = 16", "least_age = 160", "least_age must be a whole number of years from 0 to 99"),
    ("a language nobody speaks here", 'en = "Your area"', 'en = "Your area", xx = "?"', "pages.area.title.xx is not a language of the portal; use en, pl, ro, ur"),
    ("a text without English", 'title = { en = "What you saw"', 'title = { ro = "Ce ai văzut"', "pages.seen.title.en is missing"),
    ("two pages of one code", 'code = "seen"\ntitle', 'code = "area"\ntitle', "pages has the code area twice; give one of them another code"),
    ("two questions of one code", 'code = "belong"', 'code = "together"', "questions has the code together twice"),
    ("two options of one code", 'code = "noise"', 'code = "litter"', "pages.seen.questions.seen.options has the code litter twice"),
    ("an unknown type", TOLD, 'code = "told"\ntype = "radio"', "pages.hate.questions.told.type must be one of age_band, date, grid, list, long_text, number, place, points"),
    ("a scale that is not there", SCALE, SCALE.replace('"agree"', '"agreement"'), "pages.area.questions.belong.scale names agreement, which scales does not have"),
    ("a scale on another type", TOLD, f'{TOLD}\nscale = "agree"', "pages.hate.questions.told.scale does not go with the type single"),
    ("options on a scale", SCALE, f'{SCALE}\noptions = [{{ code = "a", text = "a" }}]', "belong.options does not go with the type scale"),
    ("a single option", '  { code = "no", text = { en = "No", ur = "نہیں" } },\n', "", f"told.options must hold 2 to {MAX_OPTIONS} options"),
    ("too many options", '  { code = "walk"', MANY + '\n  { code = "walk"', f"pages.way.questions.way.options must hold 2 to {MAX_OPTIONS} options"),
    ("an option alone among single ones", 'ur = "ہاں" } }', 'ur = "ہاں" }, alone = true }', "told.options has alone, which goes with the type several only"),
    ("a number without bounds", "least = 0\nmost = 120\n", "", "pages.home.questions.years needs least and most"),
    ("bounds the wrong way round", "least = 0", "least = 130", "pages.home.questions.years needs least and most, from 0 to 1000000, and least must be smaller"),
    ("bounds on a text", 'type = "short_text"', 'type = "short_text"\nmost = 3', "good.most does not go with the type short_text; take it out or write number, points, several or ranking"),
    ("an age band said twice", 'options = [{ code = "not_said"', 'options = [{ code = "16_24"', "age.options repeats an age band; the bands come by themselves"),
    ("a condition on nothing", 'question = "seen"', 'question = "saw"', "pages.hate.only_if names saw, which no earlier page asks; move it there or mend the code"),
    ("a condition on the same page", 'question = "told"', 'question = "good"', "pages.why.questions.why_not.only_if names good, which no earlier page asks"),
    ("a condition on an unknown option", 'any_of = ["hate"]', 'any_of = ["hat"]', "pages.hate.only_if.any_of names hat, which seen does not have"),
    ("a condition on no option", 'any_of = ["hate"]', "any_of = []", "pages.hate.only_if.any_of must hold at least one option of seen"),
    ("two questions for one demographic", 'demographic = "sex"', 'demographic = "age_band"', "questions.sex.demographic is age_band, as age is already"),
    ("a demographic that is a text", 'type = "short_text"', 'type = "short_text"\ndemographic = "trade"', "questions.good.demographic needs the type single or age_band"),
    ("verified against nothing", 'type = "short_text"', 'type = "short_text"\nwording = "verified"', "good.source must say what the wording was held against"),
    ("a figure of nothing", 'questions = ["together"]', 'questions = ["togeter"]', "indicators.together.questions names togeter, which the questionnaire does not have"),
    ("a share of two questions", 'questions = ["together"]', 'questions = ["together", "belong"]', "indicators.together.questions must name one question; only a score adds up several"),
    ("a share of nobody", 'positive = ["agree_strongly", "agree_a_bit"]\n', "", "indicators.together.positive must hold at least one option"),
    ("an answer that counts and is left out", 'left_out = ["unsure"]', 'left_out = ["agree_a_bit"]', "indicators.together.left_out holds an option that counts as well"),
    ("points that are missing", "agree_a_bit = 1, ", "", "indicators.feeling.points must give points to each option of together"),
    ("a score that everyone reaches", "at_least = 3", "", "indicators.feeling.at_least must be the points from which someone counts"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "says"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES])
def test_a_mistake_is_named_with_its_file_its_place_and_its_mend(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in TEXT
    path = tmp_path / EVERY_TYPE.name
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        read_definition(path)
    sentence = str(refused.value)
    assert sentence.startswith(str(path))
    assert says in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize("content", [None, b"\xff\xfe code"], ids=["not there", "not text"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / EVERY_TYPE.name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DefinitionError, match=re.escape(str(path))):
        read_definition(path)


def test_the_command_says_of_each_file_that_it_is_fine_or_what_to_mend(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("code = 1", encoding="utf-8")
    fine = definition_files()[0]
    said = CliRunner().invoke(cli.portal, ["survey", "check", str(fine), str(wrong)])
    assert said.output.splitlines() == [f"{fine}: fine.", f"{wrong}: code must be text in quotation marks."]
    assert said.exit_code == 1
    everything = CliRunner().invoke(cli.portal, ["survey", "check"])
    assert everything.output.splitlines() == [f"{path}: fine." for path in definition_files()]
    assert everything.exit_code == 0


def test_codes_and_labels_that_a_spreadsheet_would_change_are_warned_of_with_place_and_mend(tmp_path: Path) -> None:
    path = tmp_path / "seen.toml"
    text = (
        EVERY_TYPE.read_text(encoding="utf-8").replace(f'code = "{EVERY_TYPE.stem}"', 'code = "seen"')
        + """
        [[pages]]
        code = "last"
        title = "Last"
        [[pages.questions]]
        code = "often"
        type = "single"
        text = "How often?"
        options = [{code = "01", text = "1 to 2"}, {code = "o_2", text = {en = "3-5", pl = "Od 3 do 5", ur = "3-5"}}]
        [[pages.questions]]
        code = "mar1"
        type = "several"
        text = "What?"
        options = [{code = "1e5", text = "1/2"}, {code = "no", text = "No"}]
        """
    )
    path.write_text(text, encoding="utf-8")
    said = CliRunner().invoke(cli.portal, ["survey", "check", str(path)])
    begin = f"{path}: warning: pages.last.questions"
    words = 'write it in words, like "1 to 2".'
    spreadsheet = [
        line for line in said.output.splitlines() if "is missing in" not in line and "nothing is" not in line
    ]
    assert spreadsheet == [
        f'{begin}.often.options.01.code is "01", which a spreadsheet takes for the number 1; '
        'write letters that are no month, like "o_01".',
        f'{begin}.often.options.o_2.text.en is "3-5", which a spreadsheet takes for a date; {words}',
        f'{begin}.often.options.o_2.text.ur is "3-5", which a spreadsheet takes for a date; {words}',
        f'{begin}.mar1.code is "mar1", which a spreadsheet takes for a date; '
        'write letters that are no month, like "o_mar1".',
        f"{path}: can be used; see the warnings.",
    ]
    assert said.exit_code == 0
    told = " ".join(CliRunner().invoke(cli.portal, ["survey", "check", "--help"]).output.split())
    assert "the exit code of warnings alone is 0" in told


@pytest.mark.same_on_both
def test_every_language_has_its_words_for_every_age(app: Flask) -> None:
    with app.app_context():
        said = age_words()
    assert list(said) == list(AGE_BANDS)
    assert all(list(words) == [language.code for language in LANGUAGES] for words in said.values())
    assert said["85_over"]["en"] == "85 or over"


@cache
def frozen() -> str:
    return freeze(read_definition(EVERY_TYPE), AGES, load(EXAMPLE).places)


def test_a_questionnaire_has_the_document_it_has_always_had() -> None:
    """Versions are known by their hash: what the code adds to a question must not find its way into them."""
    document = json.loads(frozen())
    # Of places, which are the partnership's: as many as the hash was worked out with.
    document["places"] = document["places"][:1]
    canonical = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hash_of(canonical) == "c349536fde8388aa62d470de8afef9ede990e3b2c9d7f222c4b412c94f6a2832"


def test_what_is_frozen_opens_as_it_was_and_the_same_file_has_the_same_hash() -> None:
    places, read = load(EXAMPLE).places, read_definition(EVERY_TYPE)
    document, opened = frozen(), thaw(frozen())
    assert hash_of(freeze(read, AGES, places)) == hash_of(document)
    assert opened.questionnaire.pages[0] == read.pages[0]
    assert opened.codes_of(opened.questionnaire.questions["age"]) == [*AGE_BANDS, "not_said"]
    assert "e-fishermead" in opened.codes_of(opened.questionnaire.questions["place"])
    assert json.loads(document)["geography"] == places.geography


ANSWER = st.one_of(
    st.none(),
    st.just(""),
    st.integers(0, 120),
    st.sampled_from(["hate", "noise", "yes", "no", "agree_a_bit", "16_24", "<script>"]),
    st.lists(st.sampled_from(["hate", "noise", "none", "yes", "no"]), max_size=3),
)
CODES = ["together", "belong", "seen", "told", "why_not", "good", "place", "years", "age", "sex", "way", "gone"]


def gave(answers: dict[str, Any], question: str, option: str) -> bool:
    answer = answers.get(question)
    return answer == option or (isinstance(answer, list) and option in answer)


@given(answers=st.dictionaries(st.sampled_from(CODES), ANSWER))
def test_an_answer_counts_only_while_its_question_is_asked(answers: dict[str, Any]) -> None:
    instrument = thaw(frozen())
    counting = counting_answers(instrument, answers)
    asked = {question.code for _, questions in asked_of(instrument, answers) for question in questions}
    assert counting.keys() <= asked & answers.keys()
    assert all(counting[code] == answers[code] for code in counting)
    assert all(answer not in (None, "", []) for answer in counting.values())
    assert counting_answers(instrument, counting) == counting
    assert list(asked_of(instrument, counting)) == list(asked_of(instrument, answers))
    assert ("told" in asked) is gave(answers, "seen", "hate")
    assert ("why_not" in asked) is (gave(answers, "seen", "hate") and gave(answers, "told", "no"))


@st.composite
def packed(draw: st.DrawFn) -> tuple[Any, list[str], list[columns.Value]]:
    kind = draw(st.sampled_from(["one", "several", "number"]))
    codes = [f"o{number}" for number in range(draw(st.integers(1, MAX_OPTIONS)))]
    one: st.SearchStrategy[Any] = st.integers(0, 2**63 - 1)
    if kind == "one":
        one = st.sampled_from(codes)
    elif kind == "several":
        one = st.sets(st.sampled_from(codes), max_size=len(codes)).map(
            lambda chosen: tuple(code for code in codes if code in chosen)
        )
    return kind, [] if kind == "number" else codes, draw(st.lists(st.none() | one, max_size=50))


@given(packed())
def test_what_is_packed_is_unpacked_as_it_was(column: tuple[Any, list[str], list[columns.Value]]) -> None:
    kind, codes, values = column
    assert columns.unpack(columns.pack(kind, codes, values)) == values


def test_whoever_ticked_everything_is_not_taken_for_whoever_ticked_nothing() -> None:
    codes = [f"o{number}" for number in range(MAX_OPTIONS)]
    values: list[columns.Value] = [tuple(codes), None, ()]
    assert columns.unpack(columns.pack("several", codes, values)) == values


@pytest.mark.parametrize(("kind", "value"), [("one", "none such"), ("several", ("none such",)), ("number", -1)])
def test_what_does_not_belong_in_a_column_is_refused(kind: Any, value: columns.Value) -> None:
    with pytest.raises((KeyError, OverflowError)):
        columns.pack(kind, ["a"], [value])


def test_a_damaged_column_is_known_as_damaged() -> None:
    whole = columns.pack("one", ["a", "b"], ["a", "b", None])
    for damaged in (whole[:-3], b"", b"x" * 40, whole[:10] + b"\x00" + whole[11:]):
        with pytest.raises(ValueError, match="damaged"):
            columns.unpack(damaged)
