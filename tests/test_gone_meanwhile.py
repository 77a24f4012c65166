"""What a page was about is deleted before its button is pressed: an unknown address, and nothing is written down."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select
from werkzeug.datastructures import FileStorage

from portal.audit import AuditEntry
from portal.db import database, session
from portal.events import services as events
from portal.events.models import Event, EventWords
from portal.reporting import case, deletions
from portal.reporting.models import Report
from portal.surveys import waves
from portal.surveys.models import Wave, WaveVersion
from tests.support.announcing import add_event, announce, typed
from tests.support.people import Fields, Officer, Resident
from tests.support.pictures import RECORDING
from tests.support.sending import NARRATIVE, WITH_CONTACT, send_report
from tests.support.surveying import begin_survey, open_survey

Deleted = Callable[[Any, str, Callable[[uuid.UUID], None]], None]


@pytest.fixture
def deleted_after(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Deleted:
    """`deleted_after(module, "find", delete)`: what the module finds is deleted as soon as a page has found it."""

    def after(module: Any, name: str, delete_it: Callable[[uuid.UUID], None]) -> None:
        find = getattr(module, name)

        def find_and_delete(row_id: uuid.UUID, *more: Any) -> Any:
            found = find(row_id, *more)
            if found is not None:
                with app.app_context():
                    delete_it(row_id)
            return found

        monkeypatch.setattr(module, name, find_and_delete)

    return after


def entries(app: Flask) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def delete_rows(*rows: Any) -> None:
    with database().engine.begin() as connection:
        for one in rows:
            connection.execute(one)


WORDS = "We have asked for the gate to be mended."
REPORT_ACTIONS: dict[str, Fields] = {
    "": {"message": WORDS, "language": "en"},
    "/state": {"state": "action"},
    "/contact": {},
    "/refuse-deletion": {"reason": "at_risk"},
    "/risk": {"band": "high", "why": WORDS},
    "/alert": {},
    "/read": {},
    "/hand-over/{id}": {},
    "/translate/{id}": {"translation": WORDS, "language": "pl"},
}


@pytest.fixture
def recordings() -> int:
    return 0


@pytest.fixture
def address(app: Flask, resident: Resident, officer: Officer, recordings: int) -> str:
    """The page of a report in immediate risk, with contact details and so many recordings, that an officer has open."""
    files = [FileStorage(io.BytesIO(RECORDING), f"{number}.mp3") for number in range(recordings)]
    send_report(resident, risk="yes", more={"/report/files": {"narrative": NARRATIVE, "files": files}} | WITH_CONTACT)
    with app.app_context():
        report_id = session.scalars(select(Report.id)).one()
    officer.get(f"/staff/reports/{report_id}")
    return f"/staff/reports/{report_id}"


@pytest.mark.same_on_both
@pytest.mark.parametrize("action", REPORT_ACTIONS)
def test_an_act_on_a_report_that_was_deleted_meanwhile_is_an_unknown_address(
    app: Flask, officer: Officer, address: str, deleted_after: Deleted, action: str
) -> None:
    at = address + action.format(id=address.rpartition("/")[2])
    officer.get(at if "translate" in at else address)
    before = entries(app)
    deleted_after(case, "find_report", lambda report_id: deletions.delete_report(report_id))
    answer = officer.post(at, REPORT_ACTIONS[action])
    assert WORDS not in REPORT_ACTIONS[action].values() or WORDS in officer.text  # to be copied
    if answer.status_code == 303:
        answer = officer.follow()
    assert answer.status_code == 404
    assert entries(app) == before


@pytest.mark.parametrize("recordings", [1])
def test_a_report_deleted_between_opening_and_marking_as_read_is_an_unknown_address(
    app: Flask, officer: Officer, address: str, deleted_after: Deleted
) -> None:
    found = re.search(rf"{address}/files/[0-9a-f-]+", officer.page)
    assert found
    before = entries(app)
    deleted_after(case, "find_report", lambda report_id: deletions.delete_report(report_id))
    assert officer.get(address).status_code == 404
    officer.see("There is no page here")
    assert officer.get(found[0]).status_code == 404
    assert entries(app) == before


@pytest.mark.parametrize("recordings", [1])
def test_a_file_of_a_report_that_was_deleted_meanwhile_is_not_called_damaged(
    app: Flask, officer: Officer, address: str, deleted_after: Deleted
) -> None:
    found = re.search(rf"{address}/files/[0-9a-f-]+", officer.page)
    assert found
    before = entries(app)
    deleted_after(case, "find_report", lambda report_id: deletions.delete_report(report_id))
    assert officer.get(found[0]).status_code == 404
    assert entries(app) == before


EVENT_ACTIONS: dict[str, Fields] = {
    "/change": typed(title="Tea instead"),
    "/publish": {},
    "/cancel": {},
    "/words/pl": {"title": "Spotkanie", "description": "O bezpieczeństwie."},
}


def delete_event(event_id: uuid.UUID) -> None:
    delete_rows(delete(EventWords).where(EventWords.event_id == event_id), delete(Event).where(Event.id == event_id))


@pytest.mark.parametrize("action", EVENT_ACTIONS)
def test_an_act_on_an_event_that_was_deleted_meanwhile_is_an_unknown_address(
    app: Flask, editor: Officer, deleted_after: Deleted, action: str
) -> None:
    address = f"/staff/events/{(announce if action == '/cancel' else add_event)(editor)}"
    editor.get(address if action == "/publish" else address + action)
    before = entries(app)
    deleted_after(events, "find_event", delete_event)
    assert editor.post(address + action, EVENT_ACTIONS[action]).status_code == 404
    assert entries(app) == before


WAVE_ACTIONS: dict[str, Fields] = {"/last-day": {"closes_on": "2030-01-01"}, "/version": {}, "/close": {}}


def delete_wave(wave_id: uuid.UUID) -> None:
    of_it = WaveVersion.wave_id == wave_id
    delete_rows(delete(WaveVersion).where(of_it), delete(Wave).where(Wave.id == wave_id))


@pytest.mark.parametrize("action", WAVE_ACTIONS)
def test_an_act_on_a_wave_that_was_deleted_meanwhile_is_an_unknown_address(
    app: Flask, survey_manager: Officer, deleted_after: Deleted, action: str
) -> None:
    address = f"/staff/waves/{open_survey(app)}"
    survey_manager.get(address)
    before = entries(app)
    deleted_after(waves, "find_wave", delete_wave)
    assert survey_manager.post(address + action, WAVE_ACTIONS[action]).status_code == 404
    assert entries(app) == before


def test_answers_to_a_wave_that_was_deleted_meanwhile_are_given_back(app: Flask, resident: Resident) -> None:
    wave_id = open_survey(app)
    begin_survey(resident)
    with app.app_context():
        delete_wave(wave_id)
    number = resident.path
    assert resident.post(number, {"answer_together": "agree_a_bit", "written_why_not": WORDS}).status_code == 404
    resident.see(WORDS)
