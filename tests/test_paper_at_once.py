"""Several people work on the same sheets of paper in the same moment: each sheet is stored once, none is lost unsaid."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.db import session, transaction
from portal.staff.models import Role, StaffMember, StaffRole
from portal.surveys.models import SurveyResponse, Wave, WaveState
from portal.surveys.paper_models import PaperBatch, PaperEntry
from portal.surveys.reading import read_definition
from portal.surveys.versions import SURVEY_TEAM
from portal.vault.keyholders import Grant
from tests.support.asking import open_a_wave
from tests.support.people import Fields, Officer
from tests.support.typing_in import SHEET, compare, make_batch, type_in


@pytest.fixture
def wave_id(app: Flask, survey_file: Path) -> uuid.UUID:
    return open_a_wave(app, read_definition(survey_file))


@pytest.fixture
def batch(wave_id: uuid.UUID, survey_manager: Officer) -> str:
    return make_batch(survey_manager, wave_id, sheets=3)


@pytest.fixture
def second_analyst(hire: Callable[..., Officer]) -> Officer:
    bea = hire("bea", teams=(SURVEY_TEAM,), roles=(Role.ANALYST,))
    bea.sign_in()
    bea.unlock()
    return bea


def at_once(*presses: tuple[Officer, str, Fields]) -> list[int]:
    """What each is answered when all press in the same moment."""
    together = Barrier(len(presses))

    def press(one: tuple[Officer, str, Fields]) -> int:
        who, where, fields = one
        together.wait()
        return who.post(where, fields).status_code

    with ThreadPoolExecutor(len(presses)) as pool:
        return list(pool.map(press, presses))


def in_two_windows(app: Flask, officer: Officer) -> Officer:
    """The same session once more, on the same page."""
    window = Officer(app.test_client(), officer.name, officer.totp.secret)
    cookie = officer.client.get_cookie("work")
    assert cookie
    window.client.set_cookie("work", cookie.value)
    window.page, window.path = officer.page, officer.path
    return window


def counted(app: Flask, *models: type) -> list[int]:
    with app.app_context():
        return [session.scalar(select(func.count()).select_from(model)) or 0 for model in models]


def test_the_same_press_twice_and_two_typists_at_once_leave_one_entry_each(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    sheet = f"{batch}/1"
    for typist in (survey_manager, analyst):
        typist.get(sheet)
    presses: Sequence[Officer] = (
        survey_manager,
        in_two_windows(app, survey_manager),
        analyst,
        in_two_windows(app, analyst),
    )
    assert set(at_once(*((typist, sheet, SHEET) for typist in presses))) == {303}
    assert counted(app, PaperEntry, Grant) == [2, 2]
    with app.app_context():
        assert set(session.scalars(select(PaperEntry.entered_by))) == {"mo", "ana"}


def test_three_people_at_once_on_a_sheet_that_needs_two(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer, second_analyst: Officer
) -> None:
    sheet, typists = f"{batch}/1", (survey_manager, analyst, second_analyst)
    for typist in typists:
        typist.get(sheet)
    answers = at_once(*((typist, sheet, SHEET) for typist in typists))
    assert sorted(answers) == [303, 303, 409]
    typists[answers.index(409)].see("Others have typed it in already. Nothing was changed.", "Nobody talks.")
    assert counted(app, PaperEntry) == [2]


def test_two_analysts_who_compare_and_settle_at_once_store_each_sheet_once(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer, second_analyst: Officer
) -> None:
    for sheet in (1, 2):
        type_in(survey_manager, batch, sheet)
        type_in(analyst, batch, sheet, answer_years="8" if sheet == 2 else "7")
    analysts = (analyst, second_analyst)
    for one in analysts:
        one.get(batch)
    assert at_once(*((one, f"{batch}/compare", {}) for one in analysts)) == [200, 200]
    assert counted(app, SurveyResponse, PaperEntry) == [1, 2]
    for one in analysts:
        one.get(f"{batch}/2/settle")
    choices: Fields = {"right_years": "first"}
    # Who came second finds it settled, or is back at the batch.
    assert set(at_once(*((one, f"{batch}/2/settle", choices) for one in analysts))) <= {303, 409}
    assert counted(app, SurveyResponse, PaperEntry) == [2, 0]
    with app.app_context():
        assert session.scalars(select(PaperBatch.states)).one() == {"1": "stored", "2": "stored"}
        # Counted once: two sheets of seven questions.
        assert session.scalars(select(PaperBatch.counted)).one()["fields"] == 14


def test_a_wave_that_is_closed_while_sheets_are_compared_counts_what_was_stored_and_says_what_was_not(
    app: Flask, wave_id: uuid.UUID, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    for typist in (survey_manager, analyst):
        type_in(typist, batch, 1)
    analyst.get(batch)
    close = f"/staff/waves/{wave_id}/close"
    survey_manager.get(close)
    survey_manager.see("1 sheet of paper is typed in and not stored.")
    answers = at_once((analyst, f"{batch}/compare", {}), (survey_manager, close, {}))
    assert answers[1] == 303
    with app.app_context():
        wave, row = session.get_one(Wave, wave_id), session.scalars(select(PaperBatch)).one()
        assert wave.state is WaveState.CLOSED
        # Whichever came first: the sheet is in the wave's figures, or the batch says that it is not.
        assert (wave.answered, row.unsettled) == ((1, 0) if answers[0] == 200 else (0, 1))
    # The answers of a closed wave stand in its columns.
    assert counted(app, PaperEntry, Grant)[0] == 0


def test_who_closes_a_wave_is_asked_again_where_more_sheets_would_be_lost_than_was_said(
    app: Flask, wave_id: uuid.UUID, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    close = f"/staff/waves/{wave_id}/close"
    survey_manager.get(close)
    survey_manager.not_see("typed in and not stored")
    type_in(analyst, batch, 1)
    survey_manager.post(close)
    survey_manager.see("1 sheet of paper is typed in and not stored.", "Close the wave for good")
    assert counted(app, PaperEntry) == [1]
    survey_manager.post(close)
    assert counted(app, PaperEntry, Grant) == [0, 0]
    with app.app_context():
        assert session.get_one(Wave, wave_id).state is WaveState.CLOSED
        assert session.scalars(select(PaperBatch.unsettled)).one() == 1


def test_a_permission_that_was_taken_back_opens_no_sheet(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    for typist in (survey_manager, analyst):
        type_in(typist, batch, 1, answer_sex="male" if typist is analyst else "female")
    compare(analyst, batch)
    analyst.get(f"{batch}/1/settle")
    with app.app_context(), transaction() as db:
        db.scalars(select(StaffMember).where(StaffMember.name == "ana")).one().roles = [
            StaffRole(role=Role.CALENDAR_EDITOR)
        ]
    page = analyst.page
    for where in (f"{batch}/1/settle", f"{batch}/compare", f"{batch}/1/again", f"{batch}/2"):
        analyst.page = page
        assert analyst.post(where, right_sex="first").status_code == 403
    for where in (batch, f"{batch}/1/settle", f"{batch}/2"):
        assert analyst.get(where).status_code == 403
    assert counted(app, SurveyResponse, PaperEntry) == [0, 2]
