"""Before rows leave it is said what for and for whom; whoever opens a file gets the published figures back."""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.audit import AuditEntry
from portal.cohesion.models import Release, ReleaseState
from portal.cohesion.services import read_document
from portal.config import settings
from portal.db import session, transaction
from portal.staff import exports
from portal.surveys import spss
from portal.surveys.definition import Instrument
from portal.surveys.models import AnswerColumn
from portal.surveys.reading import read_definition
from portal.surveys.versions import instruments_of
from tests.support.asking import answer, close_a_wave, open_a_wave
from tests.support.browsers import Browse
from tests.support.exporting import ASKED, entries, fetch
from tests.support.people import Officer


def as_rows(table: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline="")))


def published(app: Flask, wave_id: uuid.UUID) -> tuple[dict[str, dict[str, Any]], Instrument]:
    with app.app_context():
        document = session.scalars(
            select(Release.document).where(Release.wave_id == wave_id, Release.state == ReleaseState.PUBLISHED)
        ).one()
        return {each["code"]: each for each in read_document(document)["indicators"]}, instruments_of(wave_id)[0]


def figure(frame: Any, indicator: Any, codes: Callable[[str], dict[Any, str]]) -> tuple[float, int]:
    """The share in percent and the base, as the definition has it. `codes`: what each cell of a column stands for."""
    answers = frame[list(indicator.questions)].copy()
    for name in indicator.questions:
        answers[name] = answers[name].map(codes(name))
    if indicator.kind == "share":
        given = answers[indicator.questions[0]]
        in_base = given.notna() & ~given.isin(indicator.left_out)
        is_true = given.isin(indicator.positive)
    else:
        points = answers.apply(lambda column: column.map(indicator.points))
        in_base = points.notna().all(axis=1)
        is_true = points.sum(axis=1) >= indicator.at_least
    weight = frame["weight"][in_base]
    return 100 * weight[is_true[in_base]].sum() / weight.sum(), int(in_base.sum())


@pytest.mark.dear
def test_whoever_opens_a_file_gets_the_published_figures(
    app: Flask, published_id: uuid.UUID, analyst: Officer, tmp_path: Path
) -> None:
    """From the CSV, from the SPSS file, and by what the R script says, for each share and each score."""
    pd, pyreadstat = pytest.importorskip("pandas"), pytest.importorskip("pyreadstat")
    figures, instrument = published(app, published_id)
    analyst.get(f"/staff/waves/{published_id}/export")
    analyst.see("612 rows, one for each person.", "Weights: those of release 1, published on")
    table = pd.read_csv(io.BytesIO(fetch(analyst, published_id)))
    (tmp_path / "x.sav").write_bytes(fetch(analyst, published_id, file="sav"))
    numbers, meta = pyreadstat.read_sav(tmp_path / "x.sav", user_missing=True)
    package = zipfile.ZipFile(io.BytesIO(fetch(analyst, published_id, file="zip")))
    plain = pd.read_csv(package.open("community-safety-wave-1.csv"))
    script = package.read("community-safety-wave-1.R").decode("ascii")
    assert len(figures) == len(instrument.questionnaire.indicators) > 10
    assert {each.kind for each in instrument.questionnaire.indicators} == {"share", "score"}

    def by_code(name: str) -> dict[Any, str]:
        return {code: code for code in instrument.codes_of(instrument.questionnaire.questions[name])}

    def by_label(name: str) -> dict[Any, str]:
        words = {
            option.text["en"]: option.code
            for option in instrument.questionnaire.options_of(instrument.questionnaire.questions[name])
        }
        return {number: words[label] for number, label in meta.variable_value_labels[name].items() if label in words}

    for indicator in instrument.questionnaire.indicators:
        told = figures[indicator.code]
        assert told["shown"], indicator.code
        for frame, codes in ((table, by_code), (numbers, by_label)):
            share, base = figure(frame, indicator, codes)
            assert round(share) == told["percent"], indicator.code
            assert 5 * round(base / 5) == told["base"], indicator.code
        said = re.search(
            rf'# {indicator.code}, published: (\d+)%\ncat\("{indicator.code}", figure\(list\((.*)\), (\d+)\)', script
        )
        assert said, indicator.code
        points = {
            name: {int(n): int(worth) for n, worth in re.findall(r"`(-?\d+)` = (\d+)", each)}
            for name, each in re.findall(r"(\w+) = list\(([^)]*)\)", said[2])
        }
        sums = sum(plain[name].map(worth) for name, worth in points.items())
        weight = plain["weight"][sums.notna()]
        share = 100 * weight[sums[sums.notna()] >= int(said[3])].sum() / weight.sum()
        assert round(share) == told["percent"] == int(said[1])
    assert set(package.namelist()) == {
        "community-safety-wave-1.csv", "community-safety-wave-1.R", "community-safety-wave-1.sps", "codebook.csv", "notes.txt",
        "csv-metadata.json", "ddi-codebook.xml",
    }  # fmt: skip
    assert "Published: " in package.read("notes.txt").decode()
    assert not [*settings_of(app).glob("export-*")], "nothing of a file stays behind"


def settings_of(app: Flask) -> Path:
    with app.app_context():
        return settings().data


def test_a_file_without_published_figures_says_so_and_has_no_weights(thirteen: uuid.UUID, analyst: Officer) -> None:
    analyst.get(f"/staff/waves/{thirteen}/export")
    analyst.see("No figures of this wave are published, so the file has no weights.")
    rows = as_rows(fetch(analyst, thirteen))
    assert not {"weight", "stratum", "release", "sex", "age", "home", "language"} & set(rows[0])
    notes = zipfile.ZipFile(io.BytesIO(fetch(analyst, thirteen, file="zip"))).read("notes.txt").decode()
    assert "No figures of this wave are published" in notes


def test_weights_that_no_longer_give_the_published_figures_are_not_given_out(
    app: Flask, published_id: uuid.UUID, analyst: Officer
) -> None:
    """As after a restored backup of answers that are not the published ones."""
    with app.app_context(), transaction() as db:
        mine = select(AnswerColumn).where(AnswerColumn.wave_id == published_id)
        safe, day = (db.scalars(mine.where(AnswerColumn.question == code)).one() for code in ("safe_dark", "safe_day"))
        safe.packed, day.packed = day.packed, safe.packed
    analyst.get(f"/staff/waves/{published_id}/export")
    analyst.see("These answers no longer give the published figures, so the file has no weights.")
    assert "weight" not in as_rows(fetch(analyst, published_id))[0]


def test_nothing_leaves_without_a_purpose(app: Flask, thirteen: uuid.UUID, analyst: Officer) -> None:
    analyst.get(f"/staff/waves/{thirteen}/export")
    analyst.post(f"/staff/waves/{thirteen}/answers", ASKED | {"purpose": "", "columns": "sex", "rare": "keep"})
    analyst.see("There is a problem", "Choose what the file is for.")
    assert re.search(r'name="columns" type="checkbox" value="sex" checked', analyst.page), "what was chosen is kept"
    assert entries(app) == []


def test_who_could_be_found_is_said_first_and_then_left_or_blanked(
    app: Flask, thirteen: uuid.UUID, analyst: Officer
) -> None:
    path = f"/staff/waves/{thirteen}/answers"
    analyst.get(f"/staff/waves/{thirteen}/export")
    analyst.post(path, ASKED | {"columns": ["sex", "age"]})
    analyst.see(
        "Choose what should happen with those rows.", "1 of 13 rows are like no other.",
        "1 row is in a group of fewer than 5 that are alike.", "Leave those rows as they are",
    )  # fmt: skip
    assert entries(app) == []
    kept = as_rows(fetch(analyst, thirteen, columns=["sex", "age"], rare="keep"))
    assert Counter((row["sex"], row["age"]) for row in kept) == {("female", "25_34"): 12, ("male", "85_over"): 1}
    blank = as_rows(fetch(analyst, thirteen, columns=["sex", "age"], rare="blank"))
    assert Counter((row["sex"], row["age"]) for row in blank) == {("-7", "-7"): 13}, (
        "one blank row would be known by it"
    )
    assert [row["together"] for row in blank].count("dont_know") == 1, "what identifies nobody stays"
    assert entries(app) == [
        "csv codes en 13 rows analyst figures", "with sex,age", "csv codes en 13 rows analyst figures", "with sex,age",
        "blanked 13 rows",
    ]  # fmt: skip


def test_a_partner_gets_no_row_that_few_others_are_like(app: Flask, thirteen: uuid.UUID, analyst: Officer) -> None:
    path = f"/staff/waves/{thirteen}/answers"
    partner = {"audience": "partner", "purpose": "research", "columns": ["sex", "home.group"]}
    for forged in ({}, {"rare": "keep"}, {"rare": "x"}):
        analyst.get(f"/staff/waves/{thirteen}/export")
        analyst.post(path, ASKED | partner | forged)
        analyst.see("Choose what should happen")
        analyst.not_see("Leave those rows as they are")
    rows = as_rows(fetch(analyst, thirteen, **partner, rare="blank"))
    assert min(Counter((row["sex"], row["home__group"]) for row in rows).values()) >= 5
    assert entries(app) == ["csv codes en 13 rows partner research", "with home.group,sex", "blanked 13 rows"]


def test_fewer_than_five_rows_are_never_given_to_a_partner(app: Flask, survey_file: Path, analyst: Officer) -> None:
    wave_id = open_a_wave(app, read_definition(survey_file))
    answer(app, wave_id, times=4)
    close_a_wave(app, wave_id)
    analyst.get(f"/staff/waves/{wave_id}/export")
    analyst.post(f"/staff/waves/{wave_id}/answers", ASKED | {"audience": "partner"})
    analyst.see("The wave has too few rows to be given to a partner.")
    assert entries(app) == []


@pytest.mark.dear
def test_all_columns_of_a_large_survey_are_written_down_and_none_is_cut_off(
    app: Flask, published_id: uuid.UUID, analyst: Officer
) -> None:
    analyst.get(f"/staff/waves/{published_id}/export")
    boxes = re.findall(r'name="columns" type="checkbox" value="([^"]+)"', analyst.page)
    assert len(boxes) > 15
    assert not re.search(r'name="columns"[^>]*checked', analyst.page), "off until they are asked for"
    rows = as_rows(fetch(analyst, published_id, columns=boxes, rare="blank"))
    told = entries(app)
    assert ",".join(each.removeprefix("with ") for each in told if each.startswith("with ")) == ",".join(boxes)
    assert told[0] == "csv codes en 612 rows analyst figures"
    with app.app_context():
        assert max(map(len, session.scalars(select(AuditEntry.subject)))) <= 120
    assert {row["ethnic_group"] for row in rows} == {"-7"}, "nobody is like another in all of them"
    assert min(Counter(row["stratum"] for row in rows).values()) >= 5
    assert all(row["weight"] for row in rows)


@pytest.mark.same_on_both
@pytest.mark.parametrize("file", ["csv", "csv-plain", "xlsx", "sav", "zip", "jsonl"])
def test_each_file_comes_whole_under_its_own_name(thirteen: uuid.UUID, analyst: Officer, file: str) -> None:
    begins = {
        "csv": b'\xef\xbb\xbf"row"',
        "csv-plain": b'"row"',
        "xlsx": b"PK",
        "zip": b"PK",
        "sav": b"$FL",
        "jsonl": b'{"row":',
    }
    data = fetch(analyst, thirteen, file=file, language="ur")
    assert data.startswith(begins[file])
    assert analyst.response is not None
    ending = file.removesuffix("-plain")
    assert analyst.response.headers["Content-Disposition"].endswith(f'filename="tiny-wave-1-answers.{ending}"')
    assert analyst.response.headers["Cache-Control"] == "no-store"
    assert b"Nobody talks" not in data
    if file == "jsonl":
        assert len([json.loads(line) for line in data.decode().splitlines()]) == 13


def test_files_that_cannot_be_made_are_not_offered(
    thirteen: uuid.UUID, analyst: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"/staff/waves/{thirteen}/export"
    monkeypatch.setattr(spss, "find_spec", lambda _name: None)
    analyst.get(page)
    analyst.see("install the extra “spss” on the server")
    assert 'value="sav"' not in analyst.page
    analyst.post(f"/staff/waves/{thirteen}/answers", ASKED | {"file": "sav"})
    analyst.see("Choose one of the answers on this page.")
    monkeypatch.setattr(exports, "MOST_ROWS", 12)
    analyst.get(page)
    analyst.see("Excel and SPSS files are made of 12 rows at most.")
    assert 'value="xlsx"' not in analyst.page


def test_the_codebook_page_says_every_column_in_the_language_that_is_asked_for(
    app: Flask, thirteen: uuid.UUID, analyst: Officer
) -> None:
    page = f"/staff/waves/{thirteen}/codebook"
    analyst.get(page)
    analyst.see(
        "together",
        "Do people get on well together?",
        "worries__noise",
        "home__group",
        "age__band",
        "-9 is skipped",
        "weight",
    )
    analyst.get(f"{page}?language=pl")
    analyst.see("Czy ludzie dobrze żyją ze sobą?", "Kobieta")
    analyst.get(f"{page}?language=../x")
    analyst.see("There is a problem", "Do people get on well together?")


@pytest.mark.dear
@pytest.mark.same_on_both
def test_an_analyst_in_a_browser_downloads_an_spss_file_that_gives_a_published_figure(
    app: Flask, published_id: uuid.UUID, analyst: Officer, browse: Browse, tmp_path: Path
) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    cookie = analyst.client.get_cookie("work")
    assert cookie
    page = browse("/")
    address = page.url.rstrip("/")
    page.context.add_cookies([{"name": "work", "value": cookie.value, "url": address}])
    page.goto(f"{address}/staff/waves/{published_id}/export")
    page.locator("#purpose").select_option("figures")
    page.locator("form[data-download] summary").click()
    page.locator("#file-sav").check()
    with page.expect_download() as got:
        page.get_by_role("button", name="Download the answers").click()
    got.value.save_as(tmp_path / "x.sav")
    assert got.value.suggested_filename == "community-safety-wave-1-answers.sav"
    table, meta = pyreadstat.read_sav(tmp_path / "x.sav")
    assert meta.variable_value_labels["safe_day"][1] == "Very safe"
    answered = table[table["safe_day"].notna()]
    share = 100 * answered["weight"][answered["safe_day"] <= 2].sum() / answered["weight"].sum()
    figures, _instrument = published(app, published_id)
    assert round(share) == figures["safe_by_day"]["percent"]
