"""The columns of an export in every form: legal names, numbers that stack, kinds of missing, workbook, SPSS file, scripts."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
import time
import tracemalloc
import zipfile
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.languages.words import Words
from portal.questions.types.age_band import AGE_BANDS
from portal.surveys import anonymity, codebook, export, scripts, spss, workbooks
from portal.surveys.anonymity import K, blank_small_cells, risk
from portal.surveys.columns import Value
from portal.surveys.definition import FrozenPlace, Instrument, Option, Page, Question, Questionnaire, Rule
from portal.surveys.expressions import Is
from portal.surveys.variable_names import MAX_NAME, RESERVED, legal_names
from portal.surveys.variables import AGE_GROUPS, Frame, Missing, Raw, family, levels_of, place_levels, with_routing
from tests.test_export import SAID, frame_of, instrument, options

CODE = st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True)
AGREE = Question(
    code="agree",
    type="single",
    text=Words({"en": "Do you agree?", "ur": "کیا آپ متفق ہیں؟"}),
    options=(
        Option(code="yes", text=Words({"en": "Yes, I do", "ur": "جی ہاں"})),
        Option(code="dont_know", text=Words({"en": "Don't know"}), apart=True),
        Option(code="no", text=Words({"en": "No"})),
        Option(code="not_said", text=Words({"en": "Prefer not to say"}), apart=True),
    ),
)


def choice(code: str, *codes: str, **more: Any) -> Question:
    made = tuple(Option(code=each, text=Words({"en": f"{each} \"x\" 'y' ć"})) for each in codes)
    return Question(code=code, type="single", text=Words({"en": f"What of {code}?"}), options=made, **more)


@pytest.mark.dear
@settings(max_examples=200)
@given(st.lists(st.one_of(CODE, st.tuples(CODE, CODE).map(".".join)), unique=True, max_size=12))
def test_names_are_legal_in_spss_and_r_and_unlike(parts: list[str]) -> None:
    names = legal_names([*parts, "all", "weight", "a.b__c", "a__b.c", "ends_"])
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)
        assert len(name.encode()) <= MAX_NAME
        assert name not in RESERVED | {"weight"}
        assert not name.endswith("_")


def test_a_name_hangs_on_its_own_codes_only_and_says_them_where_it_can() -> None:
    assert legal_names(["worries.noise", "sex"]) == ["worries__noise", "sex"]
    long = f"{'q' * 40}.{'o' * 40}"
    assert legal_names([long, "x"])[0] == legal_names(["y", long])[1]


def test_numbers_of_answers_stack_over_versions_and_missing_ones_are_apart() -> None:
    first = choice("q", "low", "high", "dont_know", "too_few")
    second = choice("q", "low", "middle", "high", "dont_know", "too_few")
    numbers = {level.code: level.number for level in levels_of("q", [instrument(second), instrument(first)])}
    assert {level.code: level.number for level in levels_of("q", [instrument(first)])} == {
        "low": 1, "high": 2, "dont_know": -1, "too_few": 3,
    }  # fmt: skip
    assert numbers == {"low": 1, "middle": 4, "high": 2, "dont_know": -1, "too_few": 3}
    assert list(numbers) == ["low", "middle", "high", "dont_know", "too_few"], "in the published order all the same"
    two = choice("q", "a", "dont_know", "not_sure")
    assert [level.number for level in levels_of("q", [instrument(two)])] == [1, -1, 2], "no number twice"


@pytest.mark.parametrize(
    ("code", "says", "kind"),
    [
        ("dont_know", "", Missing.DONT_KNOW), ("not_sure", "", Missing.DONT_KNOW), ("not_said", "", Missing.NOT_SAID),
        ("prefer_not_to_say", "", Missing.NOT_SAID), ("rather_not", "", Missing.NOT_SAID), ("nobody", "", None),
        ("dont_know_them", "no", None), ("x", "dont_know", Missing.DONT_KNOW), ("x", "not_said", Missing.NOT_SAID),
    ],
)  # fmt: skip
def test_an_option_is_no_answer_by_its_code_or_as_it_says(code: str, says: str, kind: Missing | None) -> None:
    assert family(Option(code=code, text=Words({"en": "T"}), missing=says)) is kind


def routed(*, later: bool = True) -> Instrument:
    asked = choice("a", "yes", "no")
    hangs = Question(
        code="b", type="several", text=Words({"en": "B"}), options=options(["x", "y"]).options,
        only_if=Rule(Is("a", ("yes",))),
    )  # fmt: skip
    deeper = choice("c", "u", "v", only_if=Rule(Is("b", ("o1",))))
    title = Words({"en": "T"})
    pages = tuple(
        Page(code=q.code, title=title, questions=(q,)) for q in ([asked, hangs, deeper] if later else [asked])
    )
    whole = Questionnaire(code="q", title=title, about=title, minutes=1, pages=pages)
    return Instrument(questionnaire=whole, geography="g", geography_version="1", places=())


def test_not_asked_and_skipped_are_apart_by_routing_and_by_version() -> None:
    values: dict[str, list[Value]] = {
        "a": ["yes", "yes", "no", None, "yes", "no"],
        "b": [("o0", "o1"), None, None, None, None, None],
        "c": ["u", None, None, None, None, None],
    }
    numbers: list[Value] = ["2", "2", "2", "2", "2", "1"]
    versions = {"2": routed(), "1": routed(later=False)}
    not_asked = Missing.NOT_ASKED
    assert with_routing("a", values, versions, numbers) == values["a"]
    assert with_routing("b", values, versions, numbers) == [("o0", "o1"), None, *[not_asked] * 2, None, not_asked]
    assert with_routing("c", values, versions, numbers) == ["u", *[not_asked] * 5]


def test_each_kind_of_missing_has_its_number_and_its_word() -> None:
    values: dict[str, list[Value]] = {
        "a": ["yes", "no", None],
        "b": [("o1",), None, None],
        "agree": ["yes", "dont_know", "not_said"],
    }
    frame = frame_of(values, instrument(*routed().questionnaire.questions.values(), AGREE), chosen=["agree"])
    rows = {
        form: b"".join(export.table(frame, form, SAID).blocks).decode().split("\r\n")[1:-1]
        for form in ("numbers", "labels", "codes")
    }
    after = {form: [row.split(",", 11)[-1] for row in each] for form, each in rows.items()}
    assert after["numbers"] == ["1,0,1,1", "2,-8,-8,-1", "-9,-8,-8,-2"]
    assert after["labels"][1].endswith('"NOT_ASKED","NOT_ASKED","Don\'t know"')
    assert after["codes"][1] == '"no",-8,-8,"dont_know"'


def test_json_lines_hold_the_same_as_the_table() -> None:
    frame = frame_of({"agree": ["yes", None, "no"]}, instrument(AGREE), chosen=["agree", "language"])
    for form in ("numbers", "labels"):
        made = export.json_lines(frame, form, SAID)  # type: ignore[arg-type]
        whole = b"".join(made.blocks)
        assert len(whole) == made.size
        found = [json.loads(line) for line in whole.decode().splitlines()]
        assert [row["agree"] for row in found] == ([1, -9, 2] if form == "numbers" else ["Yes, I do", "SKIPPED", "No"])
        assert {row["language"] for row in found} == {None}, "fewer than ten used it"
        assert [list(row) for row in found] == [[variable.name for variable in frame.variables]] * 3


# ---- Who could be found ----

CELLS = st.sampled_from(["a", "b", "c", None, Missing.NOT_ASKED])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, st.integers(1, 3)), min_size=K, max_size=60))
def test_after_blanking_each_row_is_like_four_others_and_no_other_row_has_changed(rows: list[tuple[Raw, ...]]) -> None:
    columns: dict[str, Any] = {name: [row[at] for row in rows] for at, name in enumerate(("x", "y", "stratum"))}
    blanked = blank_small_cells(columns, last="stratum")
    after = list(zip(*blanked.columns.values(), strict=True))
    assert risk(blanked.columns, len(rows)).few == 0
    changed = [(one, other) for one, other in zip(rows, after, strict=True) if one != other]
    assert len(changed) == blanked.rows
    assert all(one == other or other is Missing.WITHHELD for pair in changed for one, other in zip(*pair, strict=True))
    assert blanked.last_rows == sum(row[-1] is Missing.WITHHELD for row in after)
    strata = Counter(row[-1] for row in rows)
    if min(strata.values()) >= K:
        assert blanked.last_rows == 0, "no weight is lost where there is another way"
    if risk(columns, len(rows)).few == 0:
        assert not changed


def test_blank_rows_are_never_few_themselves() -> None:
    columns: dict[str, Any] = {"x": ["a"] * 9 + ["b"] * 6 + ["rare"]}
    blanked = blank_small_cells(columns)
    assert Counter(blanked.columns["x"]) == {"a": 9, Missing.WITHHELD: 7}
    assert (risk(columns, 16).unique, risk(columns, 16).few) == (1, 1)


def test_what_identifies_is_found_by_type_by_what_may_be_declined_and_by_what_hangs_on_it() -> None:
    title = Words({"en": "T"})
    first = Page(code="p", title=title, questions=(
        choice("plain", "a", "b"), AGREE, Question(code="home", type="place", text=title),
        choice("age", "16_24", "not"), choice("opted", "a", "b", identifying="yes"),
        choice("cleared", "a", "not_said", identifying="no"), choice("weighted", "a", "b", demographic="sex"),
        Question(code="words", type="long_text", text=title),
    ))  # fmt: skip
    second = Page(
        code="r",
        title=title,
        questions=(choice("hangs", "a", "b", only_if=Rule(Is("opted", ("a",)))),),
    )
    third = Page(
        code="s",
        title=title,
        questions=(choice("deeper", "a", "b", only_if=Rule(Is("hangs", ("a",)))),),
    )
    whole = Questionnaire(code="q", title=title, about=title, minutes=1, pages=(first, second, third))
    made = Instrument(questionnaire=whole, geography="g", geography_version="1", places=())
    assert anonymity.identifying([made]) == ["agree", "home", "opted", "weighted", "hangs", "deeper"]
    assert [name for name, _ in anonymity.choices([made])][:3] == ["agree", "home.group", "home"]


def test_a_place_becomes_its_group_and_an_age_a_wider_band() -> None:
    place = FrozenPlace(code="e-one", name="One", group="g-all", group_name="All")
    made = Instrument(
        questionnaire=instrument(AGREE).questionnaire, geography="g", geography_version="1", places=(place,)
    )
    assert anonymity.coarsened("home.group", ["e-one", None, Missing.NOT_ASKED], [made]) == [
        "g-all",
        None,
        Missing.NOT_ASKED,
    ]
    assert anonymity.coarsened("age.band", ["16_24", "85_over", "not_said"], [made]) == ["16_34", "65_over", "not_said"]
    assert [level.code for level in place_levels([made], groups=True)] == ["g-all"]
    assert [band for bands in AGE_GROUPS.values() for band in bands] == list(AGE_BANDS)


# ---- Files ----


def cells_of(workbook: bytes, number: int) -> list[list[tuple[str, str]]]:
    """(type, value) of every cell of a sheet."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        sheet = ElementTree.fromstring(parts.read(f"xl/worksheets/sheet{number}.xml"))
    return [
        [(cell.get("t", "n"), "".join(cell.itertext())) for cell in row.iter(f"{space}c")]
        for row in sheet.iter(f"{space}row")
    ]


def workbook_of(frame: Frame, folder: Path) -> bytes:
    file = io.BytesIO()
    found = [codebook.HEAD, *codebook.rows(codebook.entries(frame, [instrument(AGREE)], SAID_WITH_TYPES))]
    workbooks.write_workbook(
        file, frame, "labels", SAID, names=("Data", "Codebook", "Notes"), codebook=found, notes=[("Rows", "2")],
        folder=str(folder),
    )  # fmt: skip
    return file.getvalue()


SAID_WITH_TYPES = type(SAID)(**SAID.__dict__ | {"types": {"single": "One answer"}, "wordings": {"own": "Own"}})


def test_a_workbook_has_data_codebook_and_notes_and_no_text_in_it_is_anything_else(tmp_path: Path) -> None:
    hostile = choice("agree", "x1", "x2", "x3", "x4")
    texts = ["=1+1", "https://x.example", "007", "-5 or less"]
    made = tuple(
        Option(code=option.code, text=Words({"en": text})) for option, text in zip(hostile.options, texts, strict=True)
    )
    question = Question(code="agree", type="single", text=Words({"en": "Q"}), options=made)
    written = workbook_of(frame_of({"agree": ["x1", "x2", "x3", "x4", None]}, instrument(question)), tmp_path)
    rows = cells_of(written, 1)
    assert [cell for _, cell in rows[0]][-1] == "agree"
    assert [row[-1] for row in rows[1:]] == [*(("inlineStr", text) for text in texts), ("inlineStr", "SKIPPED")]
    assert all(kind == "n" for kind, _ in [row[0] for row in rows[1:]])
    book = cells_of(written, 2)
    assert [cell for _, cell in book[0]] == list(codebook.HEAD)
    assert {kind for row in book for kind, _ in row} == {"inlineStr"}
    assert [cell for _, cell in cells_of(written, 3)[0]] == ["Rows", "2"]
    assert b"<f>" not in written
    assert not list(tmp_path.iterdir())


def test_an_spss_file_comes_back_with_its_labels_and_its_missing_values(tmp_path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    long = Question(
        code="agree", type="scale", text=Words({"en": "ü" * 200}), scale="s",
    )  # fmt: skip
    whole = instrument(AGREE)
    frame = frame_of({"agree": ["yes", "dont_know", "not_said", None, "no"]}, whole, chosen=["agree", "language"])
    path = tmp_path / "x.sav"
    spss.write_sav(str(path), frame, SAID, "A survey")
    raw, meta = pyreadstat.read_sav(path, user_missing=True)
    assert list(raw["agree"]) == [1, -1, -2, -9, 2]
    assert list(pyreadstat.read_sav(path)[0]["agree"].isna()) == [False, True, True, True, False]
    assert meta.column_names_to_labels["agree"] == "Do you agree?"
    assert meta.variable_value_labels["agree"] == {
        1.0: "Yes, I do", 2.0: "No", -1.0: "Don't know", -2.0: "Prefer not to say", -7.0: "WITHHELD", -8.0: "NOT_ASKED",
        -9.0: "SKIPPED",
    }  # fmt: skip
    assert meta.missing_ranges["agree"] == [{"lo": -9.0, "hi": -1.0}]
    assert "row" not in meta.missing_ranges
    assert meta.variable_measure["agree"] == "nominal"
    assert list(raw["sample"]) == ["open_link"] * 5
    assert list(raw["mode"]) == ["web"] * 5
    assert len(spss.short(long.text["en"], spss.MAX_VARIABLE_LABEL).encode()) <= spss.MAX_VARIABLE_LABEL
    assert spss.short("ü" * 130, 120) == "ü" * 58 + "..."


def test_the_scripts_say_every_column_its_labels_and_what_is_missing() -> None:
    question = choice("agree", "a", "b", "not_said")
    frame = frame_of({"agree": ["a", "b", None]}, instrument(question), chosen=["agree", "language"])
    r = scripts.r_script(frame, SAID, [], "x.csv")
    assert r.isascii(), "read alike in whatever encoding it is opened"
    assert 'factor(raw$agree, levels = c(1, 2), labels = c("a \\"x\\" \'y\' \\u0107", "b \\"x\\" \'y\' \\u0107")' in r
    assert all(f'attr(answers${variable.name}, "label")' in r for variable in frame.variables)
    assert r.count("(") == r.count(")")
    syntax = scripts.spss_syntax(frame, SAID, [], "it's.csv")
    assert "/FILE='it''s.csv'" in syntax
    assert "  1 'a \"x\" ''y'' ć'" in syntax
    assert "  -2 'not_said \"x\" ''y'' ć'" in syntax
    assert "MISSING VALUES agree (-9 THRU -1)." in syntax
    assert "MISSING VALUES row" not in syntax
    declared = re.findall(r"^  (\w+) [AF][\d.]+\r?$", syntax, re.MULTILINE)
    assert declared == [variable.name for variable in frame.variables]
    assert "WEIGHT" not in syntax


def test_rows_stand_in_another_order_and_under_other_numbers_each_time() -> None:
    years = Question(code="years", type="number", text=Words({"en": "Q"}), least=0, most=99)
    files = [
        b"".join(
            export.table(frame_of({"years": [*range(60)]}, instrument(years), is_shuffled=True), "codes", SAID).blocks
        )
        for _ in range(2)
    ]
    rows = [[line.split(",") for line in file.decode("utf-8-sig").splitlines()[1:]] for file in files]
    one, other = ([cells[-1] for cells in each] for each in rows)
    assert sorted(one) == sorted(other)
    assert one != other
    assert sorted(one, key=int) not in (one, other)
    ids, others = ([int(cells[0]) for cells in each] for each in rows)
    assert ids == [*range(ids[0], ids[0] + 60)], "counted down the file, whoever is where"
    assert not set(ids) & set(others)


def large(people: int, questions: int) -> Frame:
    random = Random(5)
    asked = [choice(f"q{n}", *(f"o{option}" for option in range(7))) for n in range(questions)]
    values: dict[str, list[Value]] = {
        question.code: [f"o{random.randrange(7)}" for _ in range(people)] for question in asked
    }
    return frame_of(values, instrument(*asked))


@pytest.mark.long
def test_a_million_answers_are_written_without_growing_memory() -> None:
    frame = large(25_000, 40)
    tracemalloc.start()
    made = export.table(frame, "labels", SAID)
    before, _ = tracemalloc.get_traced_memory()
    size = sum(map(len, made.blocks))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size == made.size > 10**7
    assert peak - before < 20 * 10**6, "some blocks and never the table"


@pytest.mark.long
def test_large_files_are_made_in_good_time(tmp_path: Path) -> None:
    frame = large(100_000, 40)
    begun = time.process_time()
    spss.write_sav(str(tmp_path / "x.sav"), frame, SAID, "A survey")
    middle = time.process_time()
    with (tmp_path / "x.xlsx").open("wb") as file:
        workbooks.write_workbook(
            file, frame, "labels", SAID, names=("A", "B", "C"), codebook=[], notes=[], folder=str(tmp_path)
        )  # fmt: skip
    assert middle - begun < 10
    assert time.process_time() - middle < 40


def test_a_question_with_several_answers_is_one_set_in_spss_and_numbers_have_a_point_everywhere() -> None:
    several = Question(
        code="some", type="several", text=Words({"en": "It's some?"}), options=options(["a", "b"]).options
    )
    single = Question(code="sole", type="several", text=Words({"en": "S"}), options=options(["a"]).options)
    frame = frame_of({"some": [("o0",), None], "sole": [None, ("o0",)]}, instrument(several, single))
    syntax = scripts.spss_syntax(frame, SAID, [], "x.csv")
    assert (
        "MRSETS /MDGROUP NAME=$some VARIABLES=\r\n  some__o0\r\n  some__o1\r\n"
        "  VALUE=1 CATEGORYLABELS=VARLABELS LABEL='It''s some?'.\r\n"
    ) in syntax
    assert "$sole" not in syntax, "a set has two columns at least"
    assert syntax.index("SET DECIMAL=DOT.") < syntax.index("GET DATA")


def test_a_note_of_an_spss_file_is_cut_between_words_into_lines_that_spss_keeps() -> None:
    lines = list(spss.document_lines(f"{'word ' * 40}{'ü' * 100}\nand the end"))
    assert max(len(line.encode()) for line in lines) <= spss.MAX_DOCUMENT_LINE
    assert "".join(lines).replace(" ", "") == f"{'word' * 40}{'ü' * 100}andtheend"
    assert all(len(line.encode()) > 60 for line in lines[:2])
    assert list(spss.document_lines(" ")) == []


def test_rankings_and_dates_say_apart_who_skipped_and_who_was_not_asked(tmp_path: Path) -> None:
    pd, pyreadstat = pytest.importorskip("pandas"), pytest.importorskip("pyreadstat")
    told = options(["no", "yes"])
    first = dataclasses.replace(options(["a", "b"]), code="first", type="ranking", only_if=Rule(Is("q", ("o1",))))
    when = dataclasses.replace(first, code="when", type="date", options=())
    page = Page(code="p", title=Words({"en": "P"}), questions=(told,))
    later = dataclasses.replace(page, code="later", questions=(first, when))
    one = instrument(told)
    asked = dataclasses.replace(one, questionnaire=dataclasses.replace(one.questionnaire, pages=(page, later)))
    values: dict[str, list[Value]] = {
        "q": ["o1", "o1", "o1", "o0"],
        "first": [("o1", "o0"), ("o0",), None, None],
        "when": ["2024-11-07", None, "1999-02", None],
    }
    frame = frame_of(values, asked)
    columns = {each.name: [each.cells("numbers", SAID)[raw] for raw in each.values] for each in frame.variables}
    assert columns["first__o0"] == [2, 1, -9, -8]
    assert columns["first__o1"] == [1, "", -9, -8]
    assert columns["when"] == ["2024-11-07", "-9", "1999-02", "-8"]
    table = b"".join(export.table(frame, "numbers", SAID, mark="").blocks)
    whens = [row[-1] for row in csv.reader(io.StringIO(table.decode(), newline=""))]
    assert whens == ["when", *columns["when"]], "as it is, without the apostrophe that a formula would get"
    assert list(pd.read_csv(io.BytesIO(table), na_values={"when": ["-9", "-8"]})["when"].isna()) == [False, True] * 2
    named = {each.name: [each.cells("labels", SAID)[raw] for raw in each.values] for each in frame.variables}
    assert named["when"] == ["2024-11-07", "SKIPPED", "1999-02", "NOT_ASKED"]
    assert named["first__o1"] == [1, "", "SKIPPED", "NOT_ASKED"]
    script = scripts.r_script(frame, SAID, [], "x.csv")
    assert 'answers$when[answers$when %in% c("-7", "-8", "-9")] <- NA' in script
    assert "answers$first__o0[!is.na(answers$first__o0) & answers$first__o0 < 0] <- NA" in script
    syntax = scripts.spss_syntax(frame, SAID, [], "x.csv")
    assert "  when A10\r\n" in syntax
    assert "MISSING VALUES when ('-7', '-8', '-9')." in syntax
    assert "MISSING VALUES first__o1 (-9 THRU -1)." in syntax
    spss.write_sav(str(tmp_path / "x.sav"), frame, SAID, "T")
    read, meta = pyreadstat.read_sav(str(tmp_path / "x.sav"))
    assert [text if isinstance(text, str) else None for text in read["when"]] == ["2024-11-07", None, "1999-02", None]
    assert meta.variable_measure["first__o0"] == "ordinal"
    kept, _meta = pyreadstat.read_sav(str(tmp_path / "x.sav"), user_missing=True)
    assert list(kept["when"]) == columns["when"]
    assert list(kept["first__o0"]) == columns["first__o0"]
