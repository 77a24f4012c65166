"""The table by itself: no cell of it is ever a formula, and a reader gets back what was answered."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.languages.words import Words
from portal.surveys import columns, export, tallies
from portal.surveys.columns import Value
from portal.surveys.definition import Instrument, Option, Page, Question, Questionnaire
from portal.text import no_formula
from tests.test_setup import ROOT

HOSTILE = [
    '=HYPERLINK("http://x","y")', "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1", "＋1", "－1", "＠SUM(A1)",
    "\ufeff=1+1", "  =1+1", "\u200b\u202e=1+1", '"=1+1', "=1+1\0", "\0=1+1", "x;=1+1", "x\t@y", "x\n=1+1", "x; +1", "\x0b=1", "\u3000=1",
]  # fmt: skip


def instrument(question: Question) -> Instrument:
    page = Page(code="p", title=Words({"en": "P"}), questions=(question,))
    words = Words({"en": "T"})
    whole = Questionnaire(code="q", title=words, about=words, minutes=1, pages=(page,))
    return Instrument(questionnaire=whole, geography="g", geography_version="1", places=())


def options(texts: list[str]) -> Question:
    made = tuple(Option(code=f"o{n}", text=Words({"en": text})) for n, text in enumerate(texts))
    return Question(code="q", type="single", text=Words({"en": "Q"}), options=made)


def read(values: dict[str, list[Value]], asked: Question, language: str) -> list[list[str]]:
    size = len(next(iter(values.values())))
    made = export.table(size, values, [instrument(asked)], export.Say(language, "Yes", "No"))
    whole = b"".join(made.blocks)
    assert len(whole) == made.size
    return list(csv.reader(io.StringIO(whole.decode("utf-8-sig"), newline=""), strict=True))[1:]


def is_evaluated(cell: str) -> bool:
    """As a spreadsheet that splits at commas, semicolons, tabs and lines takes it."""
    return any(
        re.match(r"[\s\ufeff\u200b-\u200f\u202a-\u202e]*[=+\-@＝＋－＠]", part) for part in re.split("[;\t\r\n]", cell)
    )


def test_no_file_for_a_spreadsheet_is_written_without_the_guard() -> None:
    """Only whoever quotes cells itself or imports csv can write one."""
    writers = {
        path.name: path.read_text(encoding="utf-8")
        for path in (ROOT / "portal").rglob("*.py")
        if re.search(r"^import csv|\\ufeff\"$|text/csv", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {"export.py", "views.py", "results.py"} == writers.keys()
    assert all("no_formula(" in text or "export.table(" in text for text in writers.values())


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_cell_is_a_formula(text: str) -> None:
    assert not is_evaluated(no_formula(text))
    assert no_formula(no_formula(text)) == no_formula(text)


def test_the_check_notices_a_formula() -> None:
    assert all(is_evaluated(text.replace("\0", "").lstrip('"')) for text in HOSTILE)
    assert not any(map(is_evaluated, ["16 to 24", "don't know", "a - b", "5", ""]))


def test_no_label_is_a_formula_and_the_rest_of_it_stays() -> None:
    rows = read({"q": [f"o{n}" for n in range(len(HOSTILE))]}, options(HOSTILE), "en")
    for (cell,), text in zip(rows, HOSTILE, strict=True):
        assert not is_evaluated(cell)
        assert cell.replace("'", "") == text.replace("\0", "")


@settings(max_examples=30)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1, max_size=5))
def test_any_label_is_read_back_as_text(texts: list[str]) -> None:
    rows = read({"q": [f"o{n}" for n in range(len(texts))]}, options(texts), "en")
    assert not any(is_evaluated(cell) for (cell,) in rows)
    assert [cell.replace("'", "") for (cell,) in rows] == [text.replace("'", "") for text in texts]


def test_a_hostile_code_is_no_formula_either() -> None:
    place = Question(code="q", type="place", text=Words({"en": "Q"}))
    assert read({"q": ["-1-1", None, "e-x"]}, place, "") == [["'-1-1", ""], ["", ""], ["e-x", ""]]


@given(st.lists(st.none() | st.integers(0, 10**6), max_size=50))
def test_numbers_stay_numbers(values: list[Value]) -> None:
    number = Question(code="q", type="number", text=Words({"en": "Q"}), least=0, most=10**6)
    made = export.table(len(values), {"q": values}, [instrument(number)], export.Say("en"))
    lines = b"".join(made.blocks).decode("utf-8-sig").split("\r\n")[1:-1]
    assert lines == ["" if value is None else str(value) for value in values]


@given(st.lists(st.none() | st.lists(st.sampled_from(["o0", "o1", "o2"]), min_size=1, unique=True).map(tuple)))
def test_several_answers_are_a_column_each(values: list[Value]) -> None:
    several = Question(code="q", type="several", text=Words({"en": "Q"}), options=options(["a", "b", "c"]).options)
    rows = read({"q": values}, several, "en")
    wanted = [["" if v is None else str(int(code in v)) for code in ("o0", "o1", "o2")] for v in values]  # type: ignore[operator]
    assert rows == wanted


def test_a_percentage_is_rounded_by_halves_upwards_and_nobody_is_no_mistake() -> None:
    found = tallies.tally(["a", "b"], ["a", None, "b", "gone", ("a", "b")])
    assert (found.base, found.counts) == (4, (("a", 2), ("b", 2), ("gone", 1)))
    assert [tallies.Tally(8).percent(n) for n in (0, 1, 3, 8)] == [0, 13, 38, 100]
    assert tallies.Tally(0).percent(0) == 0
    assert tallies.spread([None, 3, 1, 2, 10]) == tallies.Spread(4, 1, 2.5, 10)


def test_a_column_with_a_code_that_it_does_not_know_is_damaged() -> None:

    head, _, body = zlib.decompress(columns.pack("one", ["a", "b"], ["a", "b", None])).partition(b"\n")
    for wrong in ({"codes": ["a"]}, {"size": 4}, {"kind": "two"}):
        packed = zlib.compress(json.dumps(json.loads(head) | wrong).encode() + b"\n" + body)
        with pytest.raises(ValueError, match="a packed column is damaged"):
            columns.unpack(packed)


def test_libreoffice_opens_it_and_evaluates_nothing(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed (on Debian and Ubuntu: apt install libreoffice-calc).")
    number = Question(code="n", type="number", text=Words({"en": "N"}), least=0, most=9)
    labels = {"q": [f"o{n}" for n in range(len(HOSTILE))], "n": [5] * len(HOSTILE)}
    asked = [instrument(options(HOSTILE)), instrument(number)]
    made = export.table(len(HOSTILE), labels, asked, export.Say("en"))
    (tmp_path / "ours.csv").write_bytes(b"".join(made.blocks))
    (tmp_path / "naive.csv").write_text('q\n"=1+1"\n', encoding="utf-8")
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    to = ["--headless", "--convert-to", "fods", "--outdir", str(tmp_path)]
    files = [str(tmp_path / name) for name in ("ours.csv", "naive.csv")]
    subprocess.run([office, profile, *to, *files], check=True, capture_output=True, timeout=120)
    ours, naive = ((tmp_path / name).read_text(encoding="utf-8") for name in ("ours.fods", "naive.fods"))
    assert "table:formula=" in naive
    assert "table:formula=" not in ours
    assert ours.count('office:value-type="float"') == len(HOSTILE)
