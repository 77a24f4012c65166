"""A large export is made by the worker, sealed to who asked for it, opened by nobody else, and gone after a day."""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.db import database, session, transaction, utcnow
from portal.files import rows
from portal.server import worker
from portal.staff import export_files, export_jobs, export_making
from portal.staff.export_models import ExportChunk, ExportJob, ExportState
from portal.staff.models import Role, StaffMember
from portal.surveys import spss, workbooks
from portal.surveys.models import AnswerColumn
from portal.surveys.versions import SURVEY_TEAM
from tests.support.exporting import ASKED, entries
from tests.support.people import Officer


@pytest.fixture
def asked(thirteen: uuid.UUID, analyst: Officer, monkeypatch: pytest.MonkeyPatch) -> Officer:
    """An analyst who asked for a workbook of the thirteen, which counts as large here."""
    monkeypatch.setattr(export_files, "AT_ONCE", 12)
    monkeypatch.setattr(workbooks, "_TELLS_EVERY", 5)
    analyst.get(f"/staff/waves/{thirteen}/export")
    analyst.see("Excel and SPSS files of so many rows take some minutes.")
    analyst.post(
        f"/staff/waves/{thirteen}/answers", ASKED | {"file": "xlsx", "columns": "home.group"} | {"rare": "keep"}
    )
    analyst.follow()
    return analyst


def job_of(app: Flask) -> ExportJob:
    with app.app_context():
        return session.scalars(select(ExportJob)).one()


def make(app: Flask) -> bool:
    with app.test_request_context():
        return export_making.make_due_exports()


def lies_sealed(app: Flask, job_id: uuid.UUID) -> bytes:
    """The file as it is stored; nothing where there is none."""
    with app.app_context():
        path = export_jobs.folder() / str(job_id)
        if app.extensions["database"].is_sqlite:
            return path.read_bytes() if path.exists() else b""
        assert not path.exists()
        return b"".join(rows.read(database(), ExportChunk, job_id))


def damage(app: Flask, job_id: uuid.UUID, content: bytes) -> None:
    """Nothing in it: it is gone."""
    with app.app_context():
        path = export_jobs.folder() / str(job_id)
        if app.extensions["database"].is_sqlite:
            path.write_bytes(content) if content else path.unlink()
            return
        with transaction() as db:
            rows.drop(db, ExportChunk, job_id)
            rows.put(db, ExportChunk, job_id, [content] if content else [])


def fetch(person: Officer, job_id: uuid.UUID) -> bytes:
    person.get("/staff/exports")
    person.post(f"/staff/exports/{job_id}/file")
    assert person.response is not None
    return person.response.data if person.response.mimetype != "text/html" else b""


@pytest.mark.both_databases
def test_the_worker_makes_it_and_who_asked_fetches_it(
    app: Flask, asked: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.see("My large files", "tiny-wave-1", "Excel workbook", "Waits to be made.")
    told: list[int] = []
    tell = export_jobs.tell
    monkeypatch.setattr(export_jobs, "tell", lambda job_id, percent: told.append(percent) or tell(job_id, percent))
    with app.app_context():
        worker.Shift().look()
    assert told == [38, 76]
    asked.get("/staff/exports")
    asked.see("Ready:", "Until")
    job = job_of(app)
    data = fetch(asked, job.id)
    assert asked.response is not None
    assert asked.response.headers["Content-Disposition"].endswith('filename="tiny-wave-1-answers.xlsx"')
    assert len(data) == job.size == asked.response.content_length
    assert "xl/worksheets/sheet3.xml" in zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert entries(app) == ["xlsx codes en 13 rows analyst figures", "with home.group", "fetched xlsx"]
    assert not make(app), "it is made once"


def test_what_lies_on_the_disk_opens_for_nobody_else(app: Flask, asked: Officer, hire: Callable[..., Officer]) -> None:
    assert make(app)
    job = job_of(app)
    with app.app_context():
        sealed = lies_sealed(app, job.id)
        if app.extensions["database"].is_sqlite:
            assert export_jobs.folder().stat().st_mode & 0o077 == 0
        assert not [*export_jobs.folder().parent.glob("export-*")]
    assert not sealed.startswith(b"PK")
    assert b"worksheets" not in sealed
    other = hire("eve", teams=(SURVEY_TEAM,), roles=(Role.ANALYST,))
    other.sign_in()
    other.unlock()
    other.get("/staff/exports")
    other.see("There are none.")
    assert fetch(other, job.id) == b""
    assert other.response is not None
    assert other.response.status_code == 404
    other.post(f"/staff/exports/{job.id}/delete")
    with app.app_context(), transaction() as db:
        # Even if the row were given to her.
        eve = db.scalars(select(StaffMember.id).where(StaffMember.name == other.name)).one()
        db.execute(update(ExportJob).values(staff_id=eve))
    assert fetch(other, job.id) == b""
    other.see("This file cannot be opened")


def test_a_damaged_file_is_not_sent_by_half(app: Flask, asked: Officer) -> None:
    assert make(app)
    job = job_of(app)
    damage(app, job.id, lies_sealed(app, job.id)[:-1] + b"x")
    assert fetch(asked, job.id) == b""
    asked.see("This file cannot be opened", "Ask for it again.")
    damage(app, job.id, b"")
    assert fetch(asked, job.id) == b""
    asked.see("This file cannot be opened")


def test_after_a_day_the_file_and_its_link_are_gone(app: Flask, asked: Officer) -> None:
    assert make(app)
    job = job_of(app)
    assert timedelta(hours=23) < job.ends_at - utcnow() <= timedelta(days=1)
    with app.app_context(), transaction() as db:
        db.execute(update(ExportJob).values(ends_at=utcnow() - timedelta(seconds=1)))
    assert fetch(asked, job.id) == b"", "before the worker has come by as well"
    with app.app_context():
        assert export_jobs.sweep_exports() == 1
        assert lies_sealed(app, job.id) == b""
        assert session.scalars(select(ExportJob)).all() == []


def test_it_may_be_deleted_before_and_nothing_of_it_stays(app: Flask, asked: Officer) -> None:
    assert make(app)
    asked.get("/staff/exports")
    job = job_of(app)
    asked.post(f"/staff/exports/{job.id}/delete")
    asked.follow()
    asked.see("There are none.")
    with app.app_context():
        export_jobs.sweep_exports()
    assert lies_sealed(app, job.id) == b""


def test_what_is_deleted_while_it_is_made_leaves_nothing(
    app: Flask, asked: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = export_jobs.keep

    def deleted_meanwhile(job_id: uuid.UUID, content: object) -> None:
        with transaction() as db:
            job = db.get_one(ExportJob, job_id)
            export_jobs.take_back(db, job.staff_id, job_id)
        keep(job_id, content)  # type: ignore[arg-type]

    monkeypatch.setattr(export_jobs, "keep", deleted_meanwhile)
    job = job_of(app)
    assert make(app)
    assert lies_sealed(app, job.id) == b""


def test_one_that_fails_is_said_and_does_not_keep_the_worker_busy(app: Flask, asked: Officer) -> None:
    with app.app_context(), transaction() as db:
        db.execute(update(AnswerColumn).where(AnswerColumn.question == "worries").values(packed=b"x" * 50))
    with app.app_context():
        worker.Shift().look()
    assert job_of(app).state is ExportState.FAILED
    asked.get("/staff/exports")
    asked.see("It could not be made.")
    assert not re.search(r"/staff/exports/[^/]+/file", asked.page)
    assert not make(app)


def test_one_that_a_worker_left_in_the_middle_is_made_again(app: Flask, asked: Officer) -> None:
    with app.app_context():
        assert export_jobs.claim() is not None
        assert export_jobs.claim() is None
    asked.get("/staff/exports")
    asked.see("Being made:", "0%")
    with app.app_context(), transaction() as db:
        db.execute(update(ExportJob).values(begun_at=utcnow() - timedelta(hours=1)))
    assert make(app)
    assert job_of(app).state is ExportState.READY


def test_nobody_has_more_than_five_at_once(
    app: Flask,
    thirteen: uuid.UUID,
    asked: Officer,
) -> None:
    for number in range(2, 7):
        asked.get(f"/staff/waves/{thirteen}/export")
        asked.post(f"/staff/waves/{thirteen}/answers", ASKED | {"file": "sav" if spss.is_installed() else "xlsx"})
        assert asked.response is not None
        assert asked.response.status_code == (303 if number < 6 else 200)
    asked.see("You have five large files already.")
    assert len([each for each in entries(app) if " rows " in each]) == 5
