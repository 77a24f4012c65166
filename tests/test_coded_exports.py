"""How often codes were given to what people wrote, in every file that can hold it, under the rule of every figure."""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from portal.staff.models import Role
from portal.surveys.versions import SURVEY_TEAM
from tests.support.coding import code_all, draft_codes, written_wave
from tests.support.exporting import entries, fetch
from tests.support.people import Officer, Resident, forms_of
from tests.test_export_descriptions import all_of, mistakes, read

WORDS = [f"The bus stop is dark {n}" for n in range(31)] + [f"The family next door {n}" for n in range(3)]


@pytest.fixture
def coded_id(app: Flask, survey_file: Path, analyst: Officer, hire: Callable[..., Officer]) -> uuid.UUID:
    """A closed wave in which 31 wrote of buses and 3 of neighbours, as two people say who agree."""
    second = hire("bea", teams=(SURVEY_TEAM,), roles=(Role.ANALYST,))
    second.sign_in()
    second.unlock()
    wave_id = written_wave(app, survey_file, WORDS)
    page = draft_codes(analyst, wave_id)
    for coder in (analyst, second):
        code_all(coder, page, lambda said: ["bus_stops"] if "bus" in said else ["neighbours"])
    analyst.post(f"{page}/count")
    return wave_id


def test_the_file_of_coded_words_is_offered_where_codes_are_counted_and_asks_of_no_row(
    app: Flask, coded_id: uuid.UUID, thirteen: uuid.UUID, analyst: Officer
) -> None:
    analyst.get(f"/staff/waves/{thirteen}/export")
    assert 'value="coded"' not in analyst.page
    analyst.post(f"/staff/waves/{thirteen}/answers", {"file": "coded", "purpose": "figures", "audience": "analyst"})
    analyst.see("Choose one of the answers on this page.")
    # Columns that would show somebody do not matter: no row is a person, and a partner may have it of a small wave.
    table = fetch(analyst, coded_id, file="coded", columns=["sex", "age"], audience="partner")
    assert analyst.response is not None
    assert analyst.response.headers["Content-Disposition"].endswith('filename="tiny-wave-1-coded-words.csv"')
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline="")))
    assert [(row["code"], row["label"], row["shown"], row["answers"], row["base"]) for row in rows] == [
        ("bus_stops", "Bus stops", "no", "", "35"), ("neighbours", "Neighbours", "no", "", "35"),
        ("other", "Other", "yes", "0", "35"), ("nothing_codeable", "Nothing that can be coded", "yes", "0", "35"),
    ]  # fmt: skip
    assert entries(app) == ["coded codes en 4 rows partner figures"]


def test_a_package_reads_its_coded_words_in_r_and_spss_and_describes_them(
    coded_id: uuid.UUID, analyst: Officer
) -> None:
    package = zipfile.ZipFile(io.BytesIO(fetch(analyst, coded_id, file="zip")))
    metadata = json.loads(package.read("csv-metadata.json"))
    table = package.read("coded-words.csv")
    rows = read(metadata, "coded-words.csv", table)
    assert [(row["code"], row["shown"], row["answers"]) for row in rows] == [
        ("bus_stops", False, None), ("neighbours", False, None), ("other", True, 0), ("nothing_codeable", True, 0),
    ]  # fmt: skip
    book = package.read("ddi-codebook.xml")
    assert mistakes(book) == []
    assert "coded-words.csv" in [each.text for each in all_of(book, "fileDscr/fileTxt/fileName")]
    assert 'coded_words <- read.csv("coded-words.csv"' in package.read("tiny-wave-1.R").decode("ascii")
    syntax = package.read("tiny-wave-1.sps").decode("utf-8-sig")
    own = syntax.split("/FILE='coded-words.csv'")[1]
    assert re.findall(r"^  (\w+) ([AF][\d.]+)\r?$", own, re.MULTILINE) == [
        ("question", "A3"), ("wording", "A8"), ("version", "F10.2"), ("counted_on", "A10"), ("code", "A16"),
        ("label", "A25"), ("about", "A24"), ("shown", "A3"), ("answers", "F10.2"), ("percent", "F10.2"),
        ("base", "F10.2"), ("coded_by_both", "F10.2"), ("kappa", "F10.2"), ("kappa_low", "F10.2"), ("kappa_high", "F10.2"),
    ]  # fmt: skip
    assert own.rstrip().endswith("DATASET ACTIVATE answers.")


@pytest.mark.dear
def test_an_spss_file_says_in_its_documents_what_its_one_table_cannot_hold(
    coded_id: uuid.UUID, analyst: Officer, tmp_path: Path
) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    (tmp_path / "x.sav").write_bytes(fetch(analyst, coded_id, file="sav", language="ur"))
    _table, meta = pyreadstat.read_sav(tmp_path / "x.sav", metadataonly=True)
    assert max(len(line.encode()) for line in meta.notes) <= 80
    said = " ".join(" ".join(line.split()) for line in meta.notes)
    assert "why |" in said
    assert "bus_stops | Bus stops |" in said
    assert "| 31 |" not in said


def test_the_public_file_has_what_a_release_says_of_coded_words(
    coded_id: uuid.UUID, survey_manager: Officer, resident: Resident
) -> None:
    survey_manager.get(f"/staff/figures/waves/{coded_id}")
    form = [fields for _action, fields in forms_of(survey_manager.page) if "csrf_token" in fields][-1]
    survey_manager.post(f"/staff/figures/waves/{coded_id}", form | {"coded": ["why"]})
    survey_manager.follow()
    survey_manager.post(f"{survey_manager.path}/publish")
    for path, other in (("/cohesion.csv", "Something else"), ("/ur/cohesion.csv", "")):
        rows = list(csv.DictReader(io.StringIO(resident.get(path).text.lstrip("\ufeff"), newline="")))
        coded = [row for row in rows if row["code"]]
        assert [(row["indicator"], row["code"], row["shown"], row["percent"], row["base"]) for row in coded] == [
            ("why", "bus_stops", "no", "", "35"), ("why", "neighbours", "no", "", "35"),
            ("why", "other", "yes", "0", "35"), ("why", "nothing_codeable", "yes", "0", "35"),
        ]  # fmt: skip
        assert coded[0]["label"] == "Bus stops"
        assert not other or coded[2]["label"] == other
        assert {row["release"] for row in coded} == {row["release"] for row in rows}
    written = csv.DictReader(io.StringIO(resident.get("/cohesion/data/written.csv").text.lstrip("\ufeff"), newline=""))
    assert [(row["question"], row["code"], row["label"], row["percent"], row["base"]) for row in written] == [
        ("why", "bus_stops", "Bus stops", "[c]", "35"), ("why", "neighbours", "Neighbours", "[c]", "35"),
        ("why", "other", "", "0", "35"), ("why", "nothing_codeable", "", "0", "35"),
    ]  # fmt: skip
