"""Signals advise and people choose: figures with and without, the choice recorded in the log, the release and the file; coded words beside them."""

from __future__ import annotations

import csv
import io
import json
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.audit import AuditEntry
from portal.cohesion.coded import shown_counts
from portal.cohesion.disclosure import conflicts
from portal.cohesion.models import Release
from portal.db import session, transaction
from portal.staff.models import Role
from portal.surveys.models import SurveyResponse
from portal.surveys.versions import SURVEY_TEAM
from portal.surveys.waves import close_wave
from tests.support.coding import code_all, draft_codes, written_wave
from tests.support.exporting import ASKED
from tests.support.people import Officer, Resident, forms_of
from tests.support.waves import answer as answer_wave
from tests.support.waves import begin_wave

YES, NO = {"knows_where": "yes"}, {"knows_where": "no"}


@pytest.fixture
def wave_id(app: Flask) -> uuid.UUID:
    """60 who know where to report and 40 who do not; 20 of those who know were sent faster than anybody reads."""
    with app.app_context(), transaction() as db:
        wave = begin_wave(db)
        answer_wave(db, wave, [YES] * 60 + [NO] * 40)
        db.flush()
        said_yes = [one for one in db.scalars(select(SurveyResponse)) if one.answers == YES]
        for one in said_yes[:20]:
            one.signals = ["fast"]
        said_yes[20].signals = ["trap"]
        db.flush()
        close_wave(db, wave.id)
        return wave.id


def draft(manager: Officer, wave_id: uuid.UUID, **chosen: object) -> None:
    """Press the button that drafts; of the two forms with the page's address it is the second."""
    form = [fields for _action, fields in forms_of(manager.page) if "csrf_token" in fields][-1]
    assert form.get("leave_out") == (chosen.get("leave_out") or [None])[0]  # type: ignore[index]
    manager.post(f"/staff/figures/waves/{wave_id}", form | chosen)
    manager.follow()


def test_figures_are_compared_with_and_without_and_drafted_as_chosen(
    app: Flask, wave_id: uuid.UUID, survey_manager: Officer, resident: Resident
) -> None:
    survey_manager.get("/staff/figures")
    survey_manager.see("Choose what goes in")
    page = f"/staff/figures/waves/{wave_id}"
    survey_manager.get(page)
    survey_manager.see("Signals advise. People decide.", "20 answers. Under one second", "1 answer. People cannot see")
    survey_manager.not_see("With everybody")
    survey_manager.get(f"{page}?leave_out=fast")
    survey_manager.see(
        "With everybody: 100 answers. Without: 80 answers.",
        "Know where to report hate 60% of about 100 answers 50% of about 80 answers",
    )
    draft(survey_manager, wave_id, leave_out=["fast"])
    survey_manager.see("Answers with these signals were left out by choice: Sent faster than anybody can read.")
    survey_manager.see("We left out about 20 answers that looked as if a program sent them")
    survey_manager.post(f"{survey_manager.path}/publish")
    resident.get("/cohesion")
    resident.see("50%", "About 80 people answered.", "We left out about 20 answers")
    with app.app_context():
        release = session.scalars(select(Release)).one()
        assert json.loads(release.document)["left_out"] == {"signals": ["fast"], "count": 20}
        said = list(session.scalars(select(AuditEntry.subject)))
        assert f"{release.id} without fast" in said
        assert f"{wave_id} without fast" in said
        assert len(list(session.scalars(select(SurveyResponse.id)))) == 100, "nothing is deleted"


def test_fewer_than_ten_are_not_shown_by_the_difference(wave_id: uuid.UUID, survey_manager: Officer) -> None:
    survey_manager.get(f"/staff/figures/waves/{wave_id}?leave_out=trap")
    survey_manager.see("Fewer than 10 would be left out.")
    survey_manager.not_see("of about 100 answers")
    assert survey_manager.get(f"/staff/figures/waves/{wave_id}?leave_out=nonsense").status_code == 400


def test_a_file_is_without_what_was_left_out_and_says_so_and_its_weights_are_the_releases(
    app: Flask, wave_id: uuid.UUID, survey_manager: Officer, analyst: Officer
) -> None:
    survey_manager.get(f"/staff/figures/waves/{wave_id}?leave_out=fast")
    draft(survey_manager, wave_id, leave_out=["fast"])
    survey_manager.post(f"{survey_manager.path}/publish")

    def package(**chosen: object) -> tuple[list[dict[str, str]], str]:
        analyst.get(f"/staff/waves/{wave_id}/export")
        analyst.post(f"/staff/waves/{wave_id}/answers", ASKED | {"file": "zip", "rare": "keep"} | chosen)
        assert analyst.response is not None
        assert analyst.response.mimetype == "application/zip", analyst.text
        found = zipfile.ZipFile(io.BytesIO(analyst.response.data))
        table = found.read("safety-wave-1.csv").decode()
        return list(csv.DictReader(io.StringIO(table, newline=""))), found.read("notes.txt").decode()

    rows, notes = package()
    assert len(rows) == 100
    assert sum(row["weight"] == "" for row in rows) == 20, "whoever does not count in the release has no weight"
    assert {row["signal_fast"] for row in rows if not row["weight"]} == {"1"}
    assert "Left out by choice" not in notes
    rows, notes = package(leave_out=["fast", "trap"])
    assert len(rows) == 79
    assert {row["signal_fast"] for row in rows} == {"0"}
    assert "21 answers are not in this file" in notes
    assert "Sent faster than anybody can read; An invisible box was filled in" in notes
    weighted = [row for row in rows if row["knows_where"] == "1"]
    assert len(weighted) == 39
    with app.app_context():
        assert f"{wave_id} without fast,trap" in set(session.scalars(select(AuditEntry.subject)))


def test_coded_words_enter_files_and_published_figures_under_their_rules(
    app: Flask,
    survey_file: Path,
    analyst: Officer,
    hire: Callable[..., Officer],
    survey_manager: Officer,
    resident: Resident,
) -> None:
    second = hire("bea", teams=(SURVEY_TEAM,), roles=(Role.ANALYST,))
    second.sign_in()
    second.unlock()
    words = [f"The bus {n}" for n in range(33)] + [f"They shout {n}" for n in range(3)]
    wave_id = written_wave(app, survey_file, words)
    page = draft_codes(analyst, wave_id)
    for coder in (analyst, second):
        code_all(coder, page, lambda said: ["bus_stops"] if "bus" in said else ["neighbours"])
    analyst.post(f"{page}/count")
    survey_manager.get(f"/staff/figures/waves/{wave_id}")
    survey_manager.see("Coded words to put into the figures", "Why not?")
    draft(survey_manager, wave_id, coded=["why"])
    survey_manager.see("What people wrote, in numbers", "Bus stops Not shown: too few people")
    survey_manager.post(f"{survey_manager.path}/publish")
    resident.get("/cohesion")
    resident.see(
        "What people wrote, in numbers",
        "Of about 35 written answers",
        "Something else 0%",
        "We do not know who wrote what",
    )
    with app.app_context():
        release = session.scalars(select(Release)).one()
        assert release.exact["coded"]["why"]["counts"]["neighbours"] == 3
        assert '"count":3' not in release.document
    analyst.get(f"/staff/waves/{wave_id}/export")
    analyst.post(f"/staff/waves/{wave_id}/answers", ASKED | {"file": "zip", "rare": "keep"})
    assert analyst.response is not None
    found = zipfile.ZipFile(io.BytesIO(analyst.response.data))
    table = list(csv.DictReader(io.StringIO(found.read("coded-words.csv").decode("utf-8-sig"), newline="")))
    assert [(row["code"], row["label"], row["shown"], row["answers"], row["base"]) for row in table] == [
        ("bus_stops", "Bus stops", "no", "", "35"), ("neighbours", "Neighbours", "no", "", "35"),
        ("other", "Other", "yes", "0", "35"), ("nothing_codeable", "Nothing that can be coded", "yes", "0", "35"),
    ]  # fmt: skip
    assert "not weighted" in found.read("notes.txt").decode()
    openpyxl = pytest.importorskip("openpyxl")
    analyst.get(f"/staff/waves/{wave_id}/export")
    analyst.post(f"/staff/waves/{wave_id}/answers", ASKED | {"file": "xlsx", "rare": "keep"})
    book = openpyxl.load_workbook(io.BytesIO(analyst.response.data))
    assert book.sheetnames == ["Data", "Codebook", "Coded words", "Notes"]
    assert book["Coded words"]["F2"].value == "Bus stops"


def test_a_count_is_shown_from_thirty_answers_and_not_where_few_stand_on_a_side() -> None:
    def counted(base: int, count: int) -> object:
        agreement = [count, 0, 0, base - count]
        found = shown_counts(
            {"base": base, "both": base, "codes": [{"code": "x", "count": count, "agreement": agreement}]}
        )
        return found.base, found.codes[0].count, found.codes[0].percent

    assert counted(29, 10) == (None, None, None)
    assert counted(30, 4) == (30, None, None)
    assert counted(30, 27) == (30, None, None)
    assert counted(33, 12) == (35, 10, 36)
    assert counted(30, 0) == (30, 0, 0)


def test_other_codes_for_the_same_words_that_differ_by_few_are_not_published() -> None:
    def exact(version: int, bus: int) -> dict[str, object]:
        return {
            "answered": 100,
            "figures": {},
            "coded": {"why": {"version": version, "base": 60, "counts": {"bus": bus}}},
        }

    assert conflicts(exact(1, 30), {1: exact(1, 30)}) == []
    assert [each.what for each in conflicts(exact(2, 27), {1: exact(1, 30)})] == ["coded"]
    assert conflicts(exact(2, 20), {1: exact(1, 30)}) == []
    assert conflicts({"answered": 100, "figures": {}}, {1: exact(1, 30)}) == []
