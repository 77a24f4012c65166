"""The table by itself: no cell of it is ever a formula, and a reader gets back what was answered."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.languages.words import Words
from portal.surveys import columns, export, spreadsheets
from portal.surveys.columns import FLAGGED, LANGUAGE, MODE, VERSION, Value
from portal.surveys.definition import Instrument, Option, Page, Question, Questionnaire
from portal.surveys.tables import MODES, Source, Table
from portal.surveys.variable_names import FACTS
from portal.surveys.variables import AGE_GROUPS, Cells, Frame, Missing, Said
from portal.text import no_formula
from tests.test_setup import ROOT

SAID = Said(
    language="en", facts={name: name for name in FACTS}, missing={kind: kind.name for kind in Missing}, yes="Yes", no="No",
    samples={"open_link": "Open link"}, modes={"web": "Web"}, group="group", order="order", ages={age: age for age in AGE_GROUPS}, types={}, wordings={},
    asked_if=lambda *_of: "", asked_as=lambda *_of: "",
)  # fmt: skip
HOSTILE = [
    '=HYPERLINK("http://x","y")', "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1", "＋1", "－1", "＠SUM(A1)",
    "\ufeff=1+1", "  =1+1", "\u200b\u202e=1+1", '"=1+1', "=1+1\0", "\0=1+1", "x;=1+1", "x\t@y", "x\n=1+1", "x; +1", "\x0b=1", "\u3000=1",
]  # fmt: skip


def instrument(*questions: Question) -> Instrument:
    page = Page(code="p", title=Words({"en": "P"}), questions=questions)
    words = Words({"en": "T"})
    whole = Questionnaire(code="q", title=words, about=words, minutes=1, pages=(page,))
    return Instrument(questionnaire=whole, geography="g", geography_version="1", places=())


def options(texts: list[str]) -> Question:
    made = tuple(Option(code=f"o{n}", text=Words({"en": text})) for n, text in enumerate(texts))
    return Question(code="q", type="single", text=Words({"en": "Q"}), options=made)


def frame_of(
    values: dict[str, list[Value]], *instruments: Instrument, chosen: Iterable[str] = (), is_shuffled: bool = False
) -> Frame:
    """In the order given, unless shuffled; the newest version first, which is the one that everybody was asked."""
    size = len(next(iter(values.values())))
    versions = {str(number): each for number, each in zip(range(len(instruments), 0, -1), instruments, strict=True)}
    facts: dict[str, list[Value]] = {
        LANGUAGE: ["en"] * size,
        VERSION: [str(len(instruments))] * size,
        FLAGGED: ["no"] * size,
        MODE: ["web"] * size,
    }
    source = Source(
        number=1, sample="open_link", versions=versions, instruments=instruments, reviewed={"en"}, language_names={"en": "English"}
    )  # fmt: skip
    made = Table(source, size, facts | values, None, list(chosen)).frame(SAID)
    return made if is_shuffled else Frame(made.variables, range(size))


def read(values: dict[str, list[Value]], asked: Question, form: Cells = "labels", **more: Any) -> list[list[str]]:
    """The cells of the columns that questions ask, as a spreadsheet program reads them."""
    made = export.table(frame_of(values, instrument(asked), **more), form, SAID)
    whole = b"".join(made.blocks)
    assert len(whole) == made.size
    rows = list(csv.reader(io.StringIO(whole.decode("utf-8-sig"), newline=""), strict=True))
    facts = sum(name in FACTS for name in rows[0])
    return [row[facts:] for row in rows[1:]]


def is_evaluated(cell: str) -> bool:
    """As a spreadsheet that splits at commas, semicolons, tabs and lines takes it; a number and plain words are text."""
    if re.fullmatch(r"[-+][0-9]+([.,][0-9]+)?( [^\W0-9_]+)+( [0-9]+)?", cell):
        return False
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
    assert {
        "export.py",
        "views.py",
        "exports.py",
        "export_files.py",
        "unsafe_places.py",
        "audit_log.py",
        "monthly_return.py",
        "text.py",
        "board_reports.py",
        "finding_pages.py",
        "data_pages.py",
        "datasets.py",
        "data_file.py",
        "year_figures.py",
        "figures_pages.py",
    } == writers.keys()
    assert [name for name, text in writers.items() if "csv.writer(" in text] == ["text.py"]
    # `portal estimate` reads one and writes none.
    assert "csv.reader(" in writers.pop("data_file.py")
    # The open data's catalogue names the media type of files that others write.
    assert "Response" not in writers.pop("datasets.py")
    assert all(re.search(r"no_formula\(|as_csv\(|export\.", text) for text in writers.values())


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_cell_is_a_formula(text: str) -> None:
    assert not is_evaluated(no_formula(text))
    assert no_formula(no_formula(text)) == no_formula(text)


def test_the_check_notices_a_formula() -> None:
    assert all(is_evaluated(text.replace("\0", "").lstrip('"')) for text in HOSTILE)
    assert not any(map(is_evaluated, ["-5 or less", "16 to 24", "don't know", "a - b", "5", ""]))


def test_no_label_is_a_formula_and_the_rest_of_it_stays() -> None:
    rows = read({"q": [f"o{n}" for n in range(len(HOSTILE))]}, options(HOSTILE))
    for (cell,), text in zip(rows, HOSTILE, strict=True):
        assert not is_evaluated(cell)
        assert cell.replace("'", "") == text.replace("\0", "")


@settings(max_examples=30)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1, max_size=5))
def test_any_label_is_read_back_as_text(texts: list[str]) -> None:
    rows = read({"q": [f"o{n}" for n in range(len(texts))]}, options(texts))
    assert not any(is_evaluated(cell) for (cell,) in rows)
    assert [cell.replace("'", "") for (cell,) in rows] == [text.replace("'", "") for text in texts]


def test_a_hostile_code_is_no_formula_either() -> None:
    place = Question(code="q", type="place", text=Words({"en": "Q"}))
    rows = read({"q": ["-1-1", None, "e-x"]}, place, "codes", chosen=["q", "q.group"])
    assert rows == [["'-1-1", "'-1-1"], ["-9", "-9"], ["e-x", "e-x"]]


@given(st.lists(st.none() | st.integers(0, 10**6), min_size=1, max_size=50))
def test_numbers_stay_numbers(values: list[Value]) -> None:
    number = Question(code="q", type="number", text=Words({"en": "Q"}), least=0, most=10**6)
    made = export.table(frame_of({"q": values}, instrument(number)), "codes", SAID)
    lines = b"".join(made.blocks).decode("utf-8-sig").split("\r\n")[1:-1]
    assert [line.split(",")[-1] for line in lines] == ["-9" if value is None else str(value) for value in values]


@given(
    st.lists(st.none() | st.lists(st.sampled_from(["o0", "o1", "o2"]), min_size=1, unique=True).map(tuple), min_size=1)
)
def test_several_answers_are_a_column_each(values: list[Value]) -> None:
    several = Question(code="q", type="several", text=Words({"en": "Q"}), options=options(["a", "b", "c"]).options)
    rows = read({"q": values}, several, "numbers")
    wanted = [["-9" if v is None else str(int(code in v)) for code in ("o0", "o1", "o2")] for v in values]  # type: ignore[operator]
    assert rows == wanted


def test_a_column_with_a_code_that_it_does_not_know_is_damaged() -> None:

    head, _, body = zlib.decompress(columns.pack("one", ["a", "b"], ["a", "b", None])).partition(b"\n")
    for wrong in ({"codes": ["a"]}, {"size": 4}, {"kind": "two"}):
        packed = zlib.compress(json.dumps(json.loads(head) | wrong).encode() + b"\n" + body)
        with pytest.raises(ValueError, match="a packed column is damaged"):
            columns.unpack(packed)


@pytest.mark.dear
def test_libreoffice_opens_it_and_evaluates_nothing(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed (on Debian and Ubuntu: apt install libreoffice-calc).")
    number = Question(code="n", type="number", text=Words({"en": "N"}), least=0, most=9)
    values: dict[str, list[Value]] = {"q": [f"o{n}" for n in range(len(HOSTILE))], "n": [5] * len(HOSTILE)}
    made = export.table(frame_of(values, instrument(options(HOSTILE), number)), "labels", SAID)
    (tmp_path / "ours.csv").write_bytes(b"".join(made.blocks))
    (tmp_path / "naive.csv").write_text('q\n"=1+1"\n', encoding="utf-8")
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    to = ["--headless", "--convert-to", "fods", "--outdir", str(tmp_path)]
    files = [str(tmp_path / name) for name in ("ours.csv", "naive.csv")]
    subprocess.run([office, profile, *to, *files], check=True, capture_output=True, timeout=120)
    ours, naive = ((tmp_path / name).read_text(encoding="utf-8") for name in ("ours.fods", "naive.fods"))
    assert "table:formula=" in naive
    assert "table:formula=" not in ours
    # The row, the number itself, and one for the wave and the version, which are alike.
    assert ours.count('office:value-type="float"') == 3 * len(HOSTILE)


# Taken for something else by LibreOffice 7.4 and by Excel, each set to English (UK).
CHANGED = {
    "01": "the number 1", "007": "the number 7", "0800": "the number 800", "00": "the number 0", "1.0": "the number 1",
    "2.50": "the number 2.5", ".5": "the number 0.5", "1,000": "the number 1000", " 5": "the number 5",
    "12345678901234567": "a number with so many digits that some are not shown",
    "1e5": "a number", "1E5": "a number", "65+": "a number", "(5)": "a number", "50%": "a number", "£5.50": "a number",
    "1 1/2": "a number", "true": "true or false", "TRUE": "true or false", "False": "true or false",
    "1-2": "a date", "3-5": "a date", "10-12": "a date", "1/2": "a date", "4/5": "a date", "01/02/2024": "a date",
    "2024-01-02": "a date", "MAR 3": "a date", "3 mar": "a date", "3 March 2024": "a date", "March 2024": "a date",
    "jan-24": "a date", "12 May": "a date", "18:30": "a time", "1:5": "a time", "9 am": "a time", "12pm": "a time",
}  # fmt: skip
# The export's own apostrophe, which every spreadsheet shows.
GUARDED = [
    "-1",
    "+1",
    "=2+5",
    "@a",
    "-5 or -1",
    "-5 -1",
    "+44 7700 900123",
    "-5 cmd|' /C calc'!A0",
    "-5 A1:A9",
    "- 5 or less",
]
# By Excel only: gene names are known to become dates (Ziemann et al. 2016, Genome Biology 17:177).
CHANGED_BY_EXCEL = {
    "MAR1": "a date", "mar3": "a date", "sep2": "a date", "SEPT2": "a date", "dec1": "a date", "2024-01": "a date",
    "3/2024": "a date", "9 a": "a time", "#N/A": "an error", "#REF!": "an error",
    "123456789012": "a number with so many digits that some are not shown",
}  # fmt: skip
UNCHANGED = [
    "5", "17", "100", "99999999999", "1.5", "1_2", "16_24", "o_01", "a1", "e5", "1st", "2d", "0x1f", "yes", "no", "nan",
    "true_", "May", "june", "Q1", "1 to 2", "1–2", "16 to 24", "65 or over", "Under 5", "5 or more", "12 May or later",
    "-5 or less", "-5 to 10", "+1.5 or more", "-5 lub mniej",
    "13/13", "35/40", "99-98", "1,5", "1 000", "1.2", "1.2.2024", "1a", "5 zł", "3 maja", "۱۲", "１２", "½", "Mar", "ہاں",
]  # fmt: skip


def test_what_a_spreadsheet_would_make_of_a_code_or_a_label_is_known_before() -> None:
    for text, made in {**CHANGED, **CHANGED_BY_EXCEL}.items():
        assert spreadsheets.read_as(text) == made, text
    for text in GUARDED:
        assert spreadsheets.read_as(text) == "a formula, so that the export puts an apostrophe before it"
    for text in UNCHANGED:
        assert spreadsheets.read_as(text) is None, text


@pytest.mark.dear
def test_libreoffice_changes_what_is_warned_of_and_nothing_else(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed (on Debian and Ubuntu: apt install libreoffice-calc).")
    random = Random(8)
    pieces = ["0", "1", "2", "12", "31", "2024", "-", "/", ".", ":", " ", "mar", "May", "am", "to", "_", "e2", "+"]
    made = {"".join(random.choices(pieces, k=random.randint(1, 4))).strip() for _ in range(1500)}
    # A label has a sign, or a colon that ends it, where nothing else follows.
    made = {text for text in made if text and not re.search(r"[-+:] *[-+:/.%e]|[-+] *[a-z:]|[-+]$", text)}
    texts = [*CHANGED, *GUARDED, *UNCHANGED, *sorted(made)]
    (tmp_path / "texts.csv").write_text("".join(f"{export.cell(text)}\r\n" for text in texts), encoding="utf-8")
    # Comma, quotation mark, UTF-8, from line 1, English (UK), quoted cells are read too, and special numbers as well.
    how = ["--infilter=CSV:44,34,76,1,,2057,false,true", "--convert-to", "fods", "--outdir", str(tmp_path)]
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    command = [office, profile, "--headless", *how, str(tmp_path / "texts.csv")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    cells = spreadsheet_cells((tmp_path / "texts.fods").read_text(encoding="utf-8"))
    assert len(cells) == len(texts)
    changed = {
        text
        for text, (kind, shown) in zip(texts, cells, strict=True)
        if shown != text or (kind != "string" and not re.fullmatch(r"[\d.]+", text))
    }
    assert {*CHANGED, *GUARDED} <= changed
    assert changed & set(UNCHANGED) == set()
    assert {text for text in changed if spreadsheets.read_as(text) is None} == set()


def spreadsheet_cells(document: str) -> list[tuple[str, str]]:
    """Kind and shown text of the first cell of each row, from a flat OpenDocument file."""
    names = {name: f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("office", "table", "text")}
    found: list[tuple[str, str]] = []
    for row in ElementTree.fromstring(document).iter(f"{names['table']}table-row"):
        cell = row.find(f"{names['table']}table-cell")
        assert cell is not None
        shown = "".join(part for line in cell.iter(f"{names['text']}p") for part in line.itertext())
        times = int(row.get(f"{names['table']}number-rows-repeated", "1"))
        found += [(cell.get(f"{names['office']}value-type", ""), shown)] * times
    return found


def test_a_way_in_which_few_answered_is_blank_and_identifies() -> None:
    """Beside others only: where everybody answered in one way it says nothing of anyone."""
    whole = instrument(options(["Yes", "No"]))
    source = Source(
        number=1, sample="open_link", versions={"1": whole}, instruments=(whole,), reviewed={"en"}, language_names={}
    )  # fmt: skip

    def modes(*given: str) -> tuple[list[object], bool]:
        facts: dict[str, list[Value]] = {
            LANGUAGE: ["en"] * len(given), VERSION: ["1"] * len(given), FLAGGED: ["no"] * len(given), MODE: [*given],
            "q": ["o0"] * len(given),
        }  # fmt: skip
        table = Table(source, len(given), facts, None, [])
        column = next(variable for variable in table.frame(SAID).variables if variable.name == "mode")
        return [*column.values], MODES in table.identifies

    assert modes("web", "web", "web") == (["web"] * 3, False)
    kept, identifies = modes(*["web"] * 30, *["kiosk"] * 12)
    assert (Counter(kept), identifies) == ({"web": 30, "kiosk": 12}, True)
    kept, identifies = modes(*["web"] * 30, *["kiosk"] * 12, *["offline"] * 9)
    assert (Counter(kept), identifies) == ({"web": 30, None: 21}, True)
