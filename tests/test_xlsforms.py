"""A questionnaire goes out as an XLSForm and comes back the same but for what was said; a stranger's form is read line by line."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from portal.languages.words import Words
from portal.partnership.toml_records import Wrong
from portal.server import cli, cli_xlsforms
from portal.surveys import xlsform_opening, xlsform_sheets
from portal.surveys.definition import Option, Question
from portal.surveys.expressions import (
    All,
    Answered,
    AnyOf,
    Between,
    Compares,
    Expression,
    Includes,
    Is,
    Not,
    atoms,
    holds,
)
from portal.surveys.reading import definition_files, read_definition
from portal.surveys.xlsform_conditions import Asked, NotTranslated, from_xpath, to_xpath
from portal.surveys.xlsform_file import judged
from portal.surveys.xlsform_opening import NotAnXlsForm, open_xlsform
from portal.surveys.xlsform_reading import read_xlsform
from portal.surveys.xlsform_sheets import Refused
from portal.surveys.xlsform_words import legal_code
from portal.surveys.xlsform_writing import xlsform_of
from tests.support.people import Officer
from tests.support.surveying import QUESTIONNAIRES, open_survey
from tests.support.xlsforms import (
    as_workbook,
    instrument_in,
    questionnaire_in,
    read_rows,
    said,
    workbook,
)

pytest.importorskip("pyxform")
from pyxform.xls2xform import convert

pytestmark = pytest.mark.same_on_both

SHIPPED = definition_files()
TYPES = sorted((QUESTIONNAIRES / "types").glob("*.toml"))
YES_NO = [
    {"list_name": "yes_no", "name": "yes", "label::English (en)": "Yes", "label::Urdu (ur)": "ہاں"},
    {"list_name": "yes_no", "name": "no", "label::English (en)": "No", "label::Urdu (ur)": "نہیں"},
]


def asked(kind: str, name: str, label: str = "A question?", **more: str) -> dict[str, str]:
    return {"type": kind, "name": name, "label": label} | more


# Out


@pytest.mark.parametrize("path", [*SHIPPED, *TYPES, *QUESTIONNAIRES.glob("*.toml")], ids=lambda path: path.stem)
def test_pyxform_takes_every_questionnaire(path: Path) -> None:
    warnings: list[str] = []
    made = convert(io.BytesIO(as_workbook(path)), warnings=warnings)
    assert not warnings
    for code in instrument_in(path).questionnaire.questions:
        assert f"/{code}" in made.xform


def test_what_has_no_counterpart_is_said_with_its_row_and_stands_in_the_workbook() -> None:
    ways = QUESTIONNAIRES / "ways.toml"
    form = xlsform_of(instrument_in(ways))
    book = load_workbook(io.BytesIO(as_workbook(ways)))
    survey, notes = book["survey"], list(book["notes"].iter_rows(min_row=2, values_only=True))
    assert [tuple(filter(None, row)) for row in notes] == [
        tuple(filter(None, (str(note.row or ""), note.name, note.says))) for note in form.notes
    ]
    for note in form.notes:
        if note.row:
            assert survey.cell(note.row, 2).value == note.name
    everything = "\n".join(map(str, form.notes))
    assert "told: other words 1, “Did you tell your landlord of the litter and the noise?”" in everything
    assert "the indicator telling is not in it" in everything
    assert "36 texts are missing in Polski (pl); the English stands there" in everything


def test_routing_and_bounds_are_written_as_xpath() -> None:
    rows = {row["name"]: row for row in xlsform_of(instrument_in(QUESTIONNAIRES / "ways.toml")).survey if "name" in row}
    assert rows["page_landlord"]["relevant"] == "${tenure} = 'rent' and ${people} >= 2"
    assert rows["why"]["relevant"] == (
        "${told} = 'no' and ((${walks} = 'daily' or ${walks} = 'weekly') or (${age} = '16_24' or ${age} = '25_34'))"
        " and ${parish} = ''"
    )
    several = xlsform_of(instrument_in(QUESTIONNAIRES / "types" / "several.toml")).survey
    assert several[2]["constraint"] == ("count-selected(.) <= 2 and not(selected(., 'none') and count-selected(.) > 1)")
    dates = xlsform_of(instrument_in(QUESTIONNAIRES / "types" / "date.toml")).survey
    assert dates[2]["constraint"] == ". >= date('2020-01-01') and . <= today()"


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "short-text.toml"
    text = (QUESTIONNAIRES / "types" / "short-text.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("What is good here?", "=1+1 is what?"), encoding="utf-8")
    book = load_workbook(io.BytesIO(as_workbook(path)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert "=1+1 is what?" in {cell.value for cell in cells}
    archive = zipfile.ZipFile(io.BytesIO(as_workbook(path)))
    assert not any(b"<f>" in archive.read(name) for name in archive.namelist())


# Out and in


def spaced(words: Words) -> dict[str, str]:
    """pyxform makes spaces of spaces at which no line may break."""
    return {code: text.replace("\u00a0", " ") for code, text in words.items()}


def spaced_options(options: Sequence[Option]) -> list[tuple[str, dict[str, str], bool]]:
    return [(option.code, spaced(option.text), option.alone) for option in options]


def comparable(question: Question) -> dict[str, Any]:
    """All of a question that an XLSForm holds."""
    return {
        "code": question.code,
        "type": question.type,
        "text": spaced(question.text),
        "hint": spaced(question.hint),
        "options": spaced_options(question.options),
        "scale": question.scale,
        "grid": question.grid,
        "ends": [spaced(end) for end in question.ends],
        "bounds": (question.least, question.most, question.grain, question.earliest, question.latest),
        "shuffle": question.shuffle,
        "asked": {(atom.question, str(type(atom))) for atom in atoms(question.only_if.expression)},
    }


@pytest.mark.dear
@pytest.mark.parametrize("path", [*SHIPPED, *TYPES], ids=lambda path: path.stem)
def test_out_and_in_again_a_questionnaire_is_the_same_but_for_what_was_said(path: Path) -> None:
    sent, notes = read_definition(path), [str(note) for note in xlsform_of(instrument_in(path)).notes]
    made = read_xlsform(open_xlsform(as_workbook(path)))
    back = questionnaire_in(made)
    assert (back.code, [page.code for page in back.pages]) == (sent.code, [page.code for page in sent.pages])
    assert spaced(back.about) == spaced(sent.about)
    assert [dict(page.title) for page in back.pages] == [dict(page.title) for page in sent.pages]
    used = {question.scale for question in sent.questions.values()}
    assert {scale.code: spaced_options(scale.options) for scale in back.scales} == {
        scale.code: spaced_options(scale.options) for scale in sent.scales if scale.code in used
    }
    for before, after in zip(sent.questions.values(), back.questions.values(), strict=True):
        was, is_now = comparable(before), comparable(after)
        if before.type == "ranking" and before.most:
            assert any(f"not the first {before.most} of them" in note for note in notes)
            was["bounds"] = (0, 0, "", "", "")
        assert is_now == was
        told = [note for note in [*notes, *said(made)] if before.code in note]
        for option, found in zip(before.options, after.options, strict=True):
            said_so = any(option.code in note and ("stands among" in note or "stands apart" in note) for note in told)
            assert option.apart == found.apart or said_so, (before.code, option.code)
            assert not option.missing or any(f"{option.code}: missing" in note for note in notes)
    for key in ("source", "demographic", "identifying"):
        for question in sent.questions.values():
            if getattr(question, key) and not question.grid:
                assert any(f"{question.code}: {key} = " in note for note in notes)


OPTION = st.sampled_from(["low", "middle", "high"])
SOME = st.lists(OPTION, min_size=1, max_size=3, unique=True).map(tuple)
NUMBER = st.integers(0, 5).map(str)
ATOM: st.SearchStrategy[Expression] = st.one_of(
    st.sampled_from([Answered("one"), Answered("ticks"), Answered("count"), Between("one", "low", "middle")]),
    st.builds(Is, st.just("one"), SOME),
    st.builds(Includes, st.just("ticks"), SOME, st.booleans()),
    st.builds(Compares, st.just("count"), st.sampled_from(["<", ">", "<=", ">="]), NUMBER),
    st.builds(Is, st.just("count"), st.lists(NUMBER, min_size=1, max_size=2, unique=True).map(tuple)),
    st.builds(Between, st.just("count"), st.just("1"), st.just("3")),
)
EXPRESSION = st.recursive(
    ATOM,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
    ),
    max_leaves=6,
)
ORDERS = {"one": ["low", "middle", "high"], "ticks": ["low", "middle", "high"], "count": []}
KINDS = {"one": "one", "ticks": "several", "count": "number"}


def look(name: str) -> Asked:
    return Asked(name, KINDS[name], {code: code for code in ORDERS[name]})


@given(
    EXPRESSION,
    st.one_of(st.none(), OPTION),
    st.one_of(st.none(), st.lists(OPTION, min_size=1, max_size=3, unique=True)),
    st.one_of(st.none(), st.integers(0, 6)),
)
def test_a_condition_out_and_in_asks_the_same_people(
    expression: Expression, one: str | None, ticks: list[str] | None, count: int | None
) -> None:
    answers = {"one": one, "ticks": ticks, "count": count}
    back = from_xpath(to_xpath(expression, ORDERS, KINDS), look)
    assert holds(back, answers, ORDERS) == holds(expression, answers, ORDERS)


# In: what a stranger's form says


@pytest.mark.parametrize(
    ("xpath", "ours"),
    [
        ("${one} = 'low'", "one is low"),
        ('"low"=${one}', "one is low"),
        ("selected(${one}, 'low')", "one is low"),
        ("selected(${ticks}, 'low') or selected(${ticks}, 'high')", "ticks includes any of low, high"),
        ("${one} != ''", "answered(one)"),
        ("string-length(${one}) > 0 and ${count} > 2", "answered(one) and count is more than 2"),
        ("count-selected(${ticks}) >= 1", "answered(ticks)"),
        ("not(selected(${ticks},'low')) and (${one}='low' or ${count}=3)", "not (ticks includes low) and (one is low or count is 3)"),
        ("3 <= ${count}", "count is at least 3"),
        ("${count} >= 1 and ${count} <= 3", "count in 1 to 3"),
        ("${one}='low' or ${one}='high' and ${count}=1", "one is low or (one is high and count is 1)"),
        ("${ticks} = 'low'", "ticks includes low and not (ticks includes any of middle, high)"),
    ],
)  # fmt: skip
def test_the_xpath_that_forms_use_is_read(xpath: str, ours: str) -> None:
    assert str(from_xpath(xpath, look)) == ours


@pytest.mark.parametrize(
    "xpath",
    [
        "", "${one}", "${one} =", "(${one} = 'low'", "${one} = 'low')", "${one} = 'gone'", "${count} = 1.5", "${count} = 'x'",
        "count-selected(${ticks}) > 2", "if(${one}='low', 1, 0)", "regex(${one}, 'a')", "${one} = ${count}", "${one} < 'low'",
        "string(1) = 1", "${one} = 'low' and", "@x = 1", "//a", "(" * 200 + "${one}='low'" + ")" * 200, "${one}='low'" * 900,
        "today() > ${count}", "${count} > -1", "true()='x'",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_and_never_guessed(xpath: str) -> None:
    with pytest.raises(NotTranslated):
        from_xpath(xpath, look)


def test_a_question_whose_condition_cannot_be_read_is_asked_of_nobody() -> None:
    made = read_rows(
        [
            asked("select_one yes_no", "hit", "Were you hit?"),
            asked("text", "how", "How?", relevant="regex(${hit}, 'y')"),
            asked("select_one yes_no", "told", "Told?", relevant="${hit} = 'yes'"),
        ],
        YES_NO,
    )
    back = questionnaire_in(made)
    assert list(back.questions) == ["hit", "told"]
    assert "row 3, how: its condition “regex(${hit}, 'y')” uses regex(), which conditions here do not know" in "\n".join(said(made))  # fmt: skip
    # Nothing of it is lost: without its # it is a question again.
    kept = made.text.replace("# code", "code")
    assert '# code = "how"' in made.text
    assert kept != made.text


def test_conditions_in_a_circle_ask_nobody_and_what_hangs_on_them_neither() -> None:
    made = read_rows(
        [
            asked("select_one yes_no", "a", "A?", relevant="${b} = 'yes'"),
            asked("select_one yes_no", "b", "B?", relevant="${a} = 'yes'"),
            asked("select_one yes_no", "self", "Me?", relevant="${self} = 'yes'"),
            {"type": "begin_group", "name": "round", "label": "Round", "relevant": "${inner} = 'yes'"},
            asked("select_one yes_no", "inner", "Inner?"),
            {"type": "end_group"},
            asked("text", "last", "Last?"),
        ],
        YES_NO,
    )
    assert list(questionnaire_in(made).questions) == ["last"]
    everything = "\n".join(said(made))
    assert "row 2, a: its condition “${b} = 'yes'” looks at b, which is asked later or in a circle" in everything
    assert "row 3, b: its condition “${a} = 'yes'” looks at a, which is left out" in everything
    assert (
        "row 4, self: its condition “${self} = 'yes'” looks at self, which is asked later or in a circle" in everything
    )
    assert "row 5, round: its condition “${inner} = 'yes'” looks at inner" in everything


def test_a_form_that_asks_nobody_anything_is_said_to_be_unusable() -> None:
    made = read_rows([asked("text", "a", "A?", relevant="${b} = '1'"), asked("geopoint", "b", "Where?")])
    with pytest.raises(Wrong):
        questionnaire_in(made)
    assert judged(made.text)[0].startswith("pages")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (asked("geopoint", "x"), "it is left out: a position on a map tells where somebody is"),
        (asked("image", "x"), "it is left out: a survey takes no pictures"),
        (asked("calculate", "x", calculation="1+1"), "it is left out: nothing is calculated"),
        (asked("deviceid", "x"), "it is left out: what a device tells of itself is never kept here"),
        (asked("dateTime", "x"), "it is left out: a time of day is not asked here"),
        (asked("select_one_from_file a.csv", "x"), "options from another file, or of no list, are not read"),
        (asked("select_one gone", "x"), "it is left out: the list gone is not in the sheet choices"),
        (asked("select_one one", "x"), "it is left out: it has 1 options; a question here has 2 to 60"),
        (asked("range", "x", parameters="start=0 end=1 step=0.1"), "it is left out: a range here has whole numbers"),
        (asked("nonsense", "x"), "it is left out: the type nonsense is not known here"),
        (asked("decimal", "x"), "only whole numbers are asked here"),
        (asked("integer", "x"), "it has no bounds: numbers from 0 to 1000000 fit"),
        (asked("integer", "x", constraint=". mod 2 = 0"), "the constraint “. mod 2 = 0” is left out"),
        (asked("select_one yes_no", "x", choice_filter="a=1"), "choice_filter is left out"),
        (asked("select_one yes_no or_other", "x"), "“Other” is an option here"),
        (asked("text", "x", required="yes"), "required is left out: every question can be skipped"),
        (asked("text", "x", **{"media::image": "a.png"}), "the column media::image is left out"),
        (asked("text", "x", **{"label::Klingon (tlh)": "nuq"}), "the portal does not have this language"),
        (asked("text", "Größe des Hauses!"), "the code here is große_des_hauses".replace("ß", "")),
        (asked("text", "x", "You said ${y}. Why?"), "an earlier answer is named in the words"),
        (asked("text", "x", ""), "it has no words: its hint or its name stands in their place"),
    ],
)  # fmt: skip
def test_what_has_no_counterpart_is_said_with_its_row(row: dict[str, str], says: str) -> None:
    only = [{"list_name": "one", "name": "a", "label": "A"}]
    made = read_rows([asked("text", "first", "First?"), row, asked("text", "last", "Last?")], [*YES_NO, *only])
    found = [line for line in said(made) if says in line]
    assert found, said(made)
    assert "row 3" in found[0] or "column label" in found[0]
    back = questionnaire_in(made)
    assert next(iter(back.questions)) == "first"
    assert [*back.questions][-1] == "last"


def test_a_repeat_is_left_out_whole() -> None:
    made = read_rows(
        [
            asked("text", "first", "First?"),
            {"type": "begin_repeat", "name": "again", "label": "Again"},
            {"type": "begin_group", "name": "g", "label": "G"},
            asked("text", "inner", "Inner?"),
            {"type": "end_group"},
            {"type": "end_repeat"},
            asked("text", "last", "Last?"),
        ]
    )
    assert list(questionnaire_in(made).questions) == ["first", "last"]
    assert "row 3, again: a repeat has no counterpart: it and the 2 rows in it are left out" in said(made)


def test_groups_are_pages_and_what_hangs_on_a_question_of_its_page_begins_another() -> None:
    made = read_rows(
        [
            {"type": "begin_group", "name": "Home", "label": "Home"},
            asked("note", "hello", "Think of your home."),
            asked("select_one yes_no", "own", "Own?"),
            asked("integer", "years", "Years?", relevant="${own} = 'yes'", constraint=". >= 0 and . < 120"),
            {"type": "begin_group", "name": "inner", "label": "Inside", "relevant": "${years} > 3"},
            asked("text", "why", "Why?"),
            {"type": "end_group"},
            asked("text", "more", "More?"),
            {"type": "end_group"},
        ],
        YES_NO,
    )
    back = questionnaire_in(made)
    assert [
        (page.code, page.title["en"], page.intro["en"], [q.code for q in page.questions]) for page in back.pages
    ] == [
        ("home", "Home", "Think of your home.", ["own"]),
        ("home_2", "Home", "", ["years"]),
        ("inner", "Inside", "", ["why"]),
        ("home_3", "Home", "", ["more"]),
    ]
    assert str(back.pages[2].only_if.expression) == "years is more than 3"
    assert (back.questions["years"].least, back.questions["years"].most) == (0, 119)


def test_languages_are_known_by_their_codes_and_by_their_names() -> None:
    row = {
        "type": "text", "name": "x", "label::English": "Why?", "label::Polski": "Dlaczego?", "label::ro": "De ce?",
        "label::Urdu (ur)": "کیوں؟", "hint::English (en)": "Say.",
    }  # fmt: skip
    text = questionnaire_in(read_rows([row])).questions["x"].text
    assert dict(text) == {"en": "Why?", "pl": "Dlaczego?", "ro": "De ce?", "ur": "کیوں؟"}
    polish = read_rows([{"type": "text", "name": "x", "label": "Dlaczego?"}], default_language="Polski (pl)")
    assert dict(questionnaire_in(polish).questions["x"].text) == {"en": "Dlaczego?", "pl": "Dlaczego?"}
    assert "row 2: there is no English: the words in pl stand in its place" in said(polish)
    german = read_rows([{"type": "text", "name": "x", "label": "Warum?"}], default_language="de")
    assert "the portal does not have the language de: its words stand as the English ones" in said(german)


def test_columns_as_older_forms_name_them_are_read_and_a_condition_in_one_is_never_lost() -> None:
    rows = [
        {"type": "select one from yes_no", "name": "hit", "caption": "Were you hit?", "control:appearance": "minimal"},
        {"type": "integer", "name": "years", "caption": "For how many years?", "bind:constraint": ". < 10",
         "bind::relevant": "${hit} = 'yes'", "bind:required": "yes"},
        {"type": "text", "name": "how", "caption": "How?", "body::appearance": "multiline",
         "Bind:Relevant": "regex(${hit}, 'y')"},
    ]  # fmt: skip
    made = read_xlsform(open_xlsform(workbook(survey=rows, choices=[*YES_NO])))
    asked_of = questionnaire_in(made).questions
    assert [(code, one.type, one.text["en"]) for code, one in asked_of.items()] == [
        ("hit", "list", "Were you hit?"), ("years", "number", "For how many years?"),
    ]  # fmt: skip
    assert (str(asked_of["years"].only_if.expression), asked_of["years"].most) == ("hit is yes", 9)
    assert '# type = "long_text"' in made.text


def test_a_row_that_shows_the_options_above_statements_makes_them_a_grid() -> None:
    scale = [{"list_name": "skill", "name": code, "label": code.title()} for code in ("none", "basic", "expert")]
    rows = [
        {"type": "begin_group", "name": "skills", "label": "Programming", "appearance": "field-list"},
        asked(
            "select_one skill", "head", "How well can you do this?", appearance="label", hint="Tick one in each row."
        ),
        asked("select_one skill", "python", "Python", appearance="list-nolabel"),
        asked("select_one skill", "sql", "SQL", appearance="list-nolabel"),
        {"type": "end_group"},
    ]
    made = read_rows(rows, scale)
    back = questionnaire_in(made)
    (grid,) = back.pages[0].grids
    assert (grid.text["en"], grid.hint["en"]) == ("How well can you do this?", "Tick one in each row.")
    assert {code: one.text["en"] for code, one in back.questions.items()} == {"python": "Python", "sql": "SQL"}
    assert "row 2, skills: its words are left out: the statements stand under those of the next row" in said(made)
    # Whoever hides the row above hides what is asked: it is no grid then.
    rows[1] |= {"relevant": "${earlier} = 'yes'"}
    assert (
        not questionnaire_in(read_rows([asked("select_one yes_no", "earlier"), *rows], [*scale, *YES_NO]))
        .pages[1]
        .grids
    )


@given(st.lists(st.text(max_size=60), max_size=8))
def test_any_name_becomes_a_code_of_its_own(names: list[str]) -> None:
    codes: list[str] = []
    for name in names:
        codes.append(legal_code(name, codes))
    made = read_rows([asked("text", code, name or "?") for code, name in zip(codes, names, strict=True)])
    if names:
        assert list(questionnaire_in(made).questions) == codes


@pytest.mark.parametrize("name", ["and", "not", "in", "to", "includes"])
def test_a_name_that_conditions_use_as_a_word_is_another_code(name: str) -> None:
    assert legal_code(name, ()) == f"{name}_1"


# In: a workbook as it comes


def refused(content: bytes) -> str:
    with pytest.raises(Refused) as problem:
        xlsform_sheets.read(content)
    return str(problem.value)


def with_entry(name: str, content: bytes) -> bytes:
    file = io.BytesIO(workbook(survey=[asked("text", "x")]))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


BOMB = with_entry("xl/media/big.bin", bytes(41 * 1024 * 1024))
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is not an Excel workbook"),
        (b"type,name,label\n", "it is not an Excel workbook"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "an older Excel workbook (.xls) or has a password"),
        (workbook(survey=[asked("text", "x")])[:900], "it is not an Excel workbook"),
        (bytes(2 * 1024 * 1024 + 1), "it is larger than 2 MB"),
        (BOMB, "unpacked it is far too large"),
        (with_entry("xl/vbaProject.bin", b"x"), "it holds macros"),
        (with_entry("xl/evil.xml", LAUGHS), "it holds a document type"),
        (with_entry("xl/evil.xml", LAUGHS.decode().encode("utf-16")), "it holds a document type"),
        (workbook(questions=[asked("text", "x")], other=[{"a": "b"}]), "it has no sheet called survey"),
        (workbook(survey=[{"name": "x", "label": "X"}]), "its sheet survey has no column called type"),
        (workbook(survey=[asked("text", "x"), asked("text", "x")]), "pyxform, which checks XLSForms, says:"),
        (workbook(survey=[{"type": "begin_group", "name": "g", "label": "G"}]), "pyxform, which checks XLSForms, says:"),
        (workbook(survey=[asked("text", "x", relevant="${gone} = 1")]), "pyxform, which checks XLSForms, says:"),
        (workbook(survey=[asked("text", f"q{number}") for number in range(2001)]), "more than 2000 rows"),
    ],
    ids=[
        "nothing", "text", "xls", "cut", "large", "bomb", "macros", "entities", "entities in UTF-16", "no survey", "no type",
        "twice", "open group", "unknown name", "long",
    ],
)  # fmt: skip
def test_what_is_no_xlsform_is_refused_with_a_sentence(content: bytes, says: str) -> None:
    assert says in refused(content)


def test_an_archive_that_lies_about_its_size_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsform_sheets, "MAX_UNPACKED", 40_000)
    content = with_entry("xl/media/big.bin", bytes(30_000))
    # The directory at the end says that the entry is small.
    lying = content.replace((30_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != content
    assert refused(lying)


def test_a_formula_is_never_worked_out_and_is_said() -> None:
    sheets = open_xlsform(workbook(survey=[asked("text", "x", "=1+1"), asked("text", "y", "Why?")]))
    made = read_xlsform(sheets)
    assert sheets.formulas == ["survey C2"]
    assert "survey C2: it holds a formula, which is never worked out: the text it was saved with is taken" in said(made)
    assert "y" in questionnaire_in(made).questions


def test_a_million_empty_rows_and_merged_cells_are_read_in_their_time() -> None:
    file = io.BytesIO()
    import xlsxwriter

    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet("survey")
    for place, column in enumerate(("type", "name", "label")):
        sheet.write(0, place, column)
    sheet.write_row(1, 0, ("text", "x", "Why?"))
    sheet.write(1_048_575, 0, "text")
    choices = book.add_worksheet("choices")
    choices.merge_range(0, 0, 0, 2, "list_name")
    book.close()
    made = read_xlsform(open_xlsform(file.getvalue()))
    assert list(questionnaire_in(made).questions) == ["x"]


def test_a_workbook_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsform_opening, "MAX_SECONDS", 0.05)
    with pytest.raises(NotAnXlsForm, match="it takes too long to read"):
        open_xlsform(workbook(survey=[asked("text", "x")]))


def test_a_program_that_breaks_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit(9)")
    monkeypatch.setattr(xlsform_opening, "PROGRAM", str(broken))
    with pytest.raises(NotAnXlsForm, match="it cannot be read; copy the three sheets"):
        open_xlsform(workbook(survey=[asked("text", "x")]))


# By command


def run(*words: object) -> tuple[int, str]:
    ended = CliRunner().invoke(cli.portal, ["survey", *map(str, words)])
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return ended.exit_code, ended.output


def test_the_commands_write_and_read_a_form(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_xlsforms, "open_app", lambda: app)
    monkeypatch.chdir(tmp_path)
    code, output = run("to-xlsform", "ward-pulse")
    assert (code, "ward-pulse.xlsx: written." in output) == (0, True)
    assert "ward-pulse.xlsx: the indicator belonging is not in it" in output
    assert run("to-xlsform", "ward-pulse") == (1, "ward-pulse.xlsx is there already; name another file with --to.\n")
    code, output = run("from-xlsform", "ward-pulse.xlsx")
    assert code == 0, output
    assert read_definition(tmp_path / "ward-pulse.toml").code == "ward-pulse"
    assert "ward-pulse.xlsx: minutes = " in output


def test_the_commands_say_what_is_not_there(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_xlsforms, "open_app", lambda: app)
    monkeypatch.chdir(tmp_path)
    assert "surveys/gone.toml is not there; name one of: " in run("to-xlsform", "gone")[1]
    assert "ward-pulse has no version 7 that was published" in run("to-xlsform", "ward-pulse", "--version", 7)[1]
    assert (
        run("from-xlsform", "gone.xlsx")[1] == "gone.xlsx cannot be read; put the file there or mend its permissions.\n"
    )
    Path("x.xlsx").write_bytes(b"x")
    assert run("from-xlsform", "x.xlsx") == (1, "x.xlsx: it is not an Excel workbook (.xlsx); save the form as one.\n")


# On the staff pages


def send(manager: Officer, content: bytes, name: str = "A form.xlsx") -> None:
    manager.get("/staff/survey-xlsform")
    manager.post("/staff/survey-xlsform", workbook=(io.BytesIO(content), name))


def test_a_manager_takes_a_version_away_and_reads_first_what_it_cannot_hold(
    app: Flask, survey_manager: Officer
) -> None:
    open_survey(app)
    survey_manager.get("/staff/surveys/every-type")
    survey_manager.see("As an XLSForm Version 1")
    survey_manager.get("/staff/surveys/every-type/xlsform/version")
    survey_manager.see("things that it cannot hold", "none stands among the others there, not apart")
    got = survey_manager.get("/staff/surveys/every-type/xlsform/version/file")
    assert got.headers["Content-Disposition"] == 'attachment; filename="every-type-version-1.xlsx"'
    assert convert(io.BytesIO(got.data)).xform
    assert load_workbook(io.BytesIO(got.data))["settings"].cell(2, 3).value == "1"


@pytest.mark.parametrize("path", ["gone/xlsform/file", "every-type/xlsform/version", "ward-pulse/xlsform/other/file"])
def test_where_there_is_none_the_page_is_not_found(survey_manager: Officer, path: str) -> None:
    assert survey_manager.get(f"/staff/surveys/{path}").status_code == 404


def test_a_manager_reads_a_form_and_gets_the_questionnaire(survey_manager: Officer) -> None:
    rows = [asked("select_one yes_no", "hit", "Were you hit?"), asked("geopoint", "place", "Where?")]
    send(
        survey_manager,
        workbook(survey=rows, choices=YES_NO, settings=[{"form_id": "Street life", "form_title": "Street"}]),
    )
    survey_manager.see(
        "Download street-life.toml", "it is left out: a position on a map", "The file is made and can be used."
    )
    made = read_rows(rows, YES_NO, form_id="Street life", form_title="Street")
    survey_manager.post("/staff/survey-xlsform/definition", text=made.text)
    got = survey_manager.response
    assert got is not None
    assert got.headers["Content-Disposition"] == 'attachment; filename="street-life.toml"'
    assert got.get_data(as_text=True).replace("\r\n", "\n").strip() == made.text.strip()


@pytest.mark.dear
def test_what_was_made_of_a_form_is_kept_as_a_draft(survey_manager: Officer) -> None:
    rows = [asked("select_one yes_no", "hit", "Were you hit?")]
    send(
        survey_manager,
        workbook(survey=rows, choices=YES_NO, settings=[{"form_id": "Street life", "form_title": "Street"}]),
    )
    made = read_rows(rows, YES_NO, form_id="Street life", form_title="Street")
    survey_manager.post("/staff/survey-xlsform/definition", text=made.text, code="street-life", keep="1")
    survey_manager.follow()
    assert survey_manager.path.startswith("/staff/surveys/street-life/drafts/")
    survey_manager.see("Were you hit?")
    send(survey_manager, workbook(survey=rows, choices=YES_NO))
    broken = {"text": made.text.replace("single", "sngle"), "code": "street-life", "keep": "1"}
    survey_manager.post("/staff/survey-xlsform/definition", broken)
    survey_manager.see("must be one of age_band")


def test_a_form_that_cannot_be_read_is_a_sentence_on_the_page(
    survey_manager: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(survey_manager, b"no workbook", "<b>.xlsx")
    survey_manager.see("“<b>.xlsx” was not read: it is not an Excel workbook (.xlsx); save the form as one.")
    monkeypatch.setattr("portal.staff.xlsforms.MAX_BYTES", 1000)
    send(survey_manager, bytes(1001))
    survey_manager.see("it is larger than 2 MB")
    survey_manager.get("/staff/survey-xlsform")
    survey_manager.post("/staff/survey-xlsform")
    survey_manager.see("Choose one file.")


def test_a_form_that_asks_nobody_says_what_to_mend(survey_manager: Officer) -> None:
    send(survey_manager, workbook(survey=[asked("geopoint", "x")]))
    survey_manager.see("The file was made, but cannot be used until this is mended:", "pages")


def test_without_the_extra_the_page_says_so(survey_manager: Officer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.staff.xlsforms.is_installed", lambda: False)
    survey_manager.get("/staff/survey-xlsform")
    survey_manager.see("XLSForms cannot be read here yet.")
