"""Staff type in sheets of paper twice: neither sees the other's entry, differences are settled, a response comes of each sheet."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from portal.audit import AuditEntry
from portal.db import session, today, transaction
from portal.staff import paper_sheets
from portal.staff.models import Role
from portal.surveys import paper_entries
from portal.surveys.answers import coded_answers, count_written
from portal.surveys.models import Mode, SampleType, SurveyResponse, Wave, WrittenAnswer
from portal.surveys.paper_models import PaperBatch, PaperEntry
from portal.surveys.reading import read_definition
from portal.surveys.versions import instruments_of
from portal.vault.keyholders import Grant
from tests.support.asking import close_a_wave, open_a_wave
from tests.support.people import Officer
from tests.support.surveying import QUESTIONNAIRES, open_survey
from tests.support.typing_in import SHEET, compare, make_batch, type_in


@pytest.fixture
def wave_id(app: Flask, survey_file: Path) -> uuid.UUID:
    return open_a_wave(app, read_definition(survey_file))


@pytest.fixture
def batch(wave_id: uuid.UUID, survey_manager: Officer) -> str:
    return make_batch(survey_manager, wave_id)


def responses(app: Flask) -> list[SurveyResponse]:
    with app.app_context():
        return list(session.scalars(select(SurveyResponse)))


def left(app: Flask) -> tuple[int, int]:
    """How many entries there are, and how many keys to them."""
    with app.app_context():
        ids = list(session.scalars(select(PaperEntry.id)))
        grants = session.scalar(select(func.count()).select_from(Grant)) or 0
        written = session.scalar(select(func.count()).select_from(WrittenAnswer)) or 0
        return len(ids), grants - written


def test_a_sheet_typed_in_alike_by_two_people_is_one_response(
    app: Flask, wave_id: uuid.UUID, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    type_in(survey_manager, batch, 1)
    survey_manager.follow()
    survey_manager.see("Saved: sheet 1.", "Sheet 2")
    compare(analyst, batch)
    analyst.see("There was nothing to compare.", "Type in sheet 1")
    type_in(analyst, batch, 1, written_why="nobody  talks.")
    assert responses(app) == []
    compare(analyst, batch)
    analyst.see("1 sheet was alike and is done.", "0 of 7 answers (0.0%)")
    (stored,) = responses(app)
    assert (stored.mode, stored.language, stored.flagged, stored.signals) == (Mode.PAPER, "en", False, [])
    assert stored.answers == {
        "together": "disagree", "worries": ["noise", "litter"], "years": 7, "home": "e-fishermead",
        "sex": "female", "age": "25_34",
    }  # fmt: skip
    assert left(app) == (0, 0)
    # Pressed again, or by somebody else, it stays one response.
    compare(analyst, batch)
    analyst.see("There was nothing to compare.")
    assert len(responses(app)) == 1
    close_a_wave(app, wave_id)
    with app.app_context():
        wave = session.get_one(Wave, wave_id)
        assert coded_answers(wave).values["_mode"] == ["paper"]
        assert count_written(wave_id) == {"why": 1}


def test_what_was_typed_in_differently_is_settled_by_looking_at_the_sheet(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    type_in(survey_manager, batch, 1, answer_years="17", answer_sex="male")
    type_in(analyst, batch, 1, written_why="Nobody talks to me.")
    compare(analyst, batch)
    analyst.see("1 sheet is to be settled.", "Settle sheet 1")
    assert responses(app) == []
    settle = f"{batch}/1/settle"
    analyst.get(settle)
    analyst.see(
        "3 answers were typed in differently.",
        "First: mo",
        "17",
        "Second: ana",
        "Nobody talks to me.",
        "Male",
        "Female",
    )
    analyst.not_see("Fishermead", "Noise")
    analyst.post(settle, right_years="second", right_sex="first")
    analyst.see("Look at the sheet and choose what it says.")
    assert responses(app) == []
    right = {"right_sex": "first", "right_why": "second"}
    analyst.post(settle, right_years="neither", **right)
    analyst.see("Write what the sheet says instead.")
    analyst.post(settle, right_years="second", answer_years="71", **right)
    analyst.see("You wrote what the sheet says instead. Choose “Something else”, or take it out.")
    analyst.post(settle, right_years="neither", answer_years="700", **right)
    analyst.see("If the sheet says something else, type ?.")
    assert 'value="700"' in analyst.page
    assert responses(app) == []
    analyst.post(settle, right_years="neither", answer_years="71", **right)
    analyst.follow()
    (stored,) = responses(app)
    assert (stored.answers["years"], stored.answers["sex"]) == (71, "male")
    # Of 7 questions three differ; in two of them the first was wrong, in two the second.
    analyst.see(
        "3 of 7 answers (42.9%)", "First entry wrong 2 of 7 answers (28.6%)", "Second entry wrong 2 of 7 answers"
    )
    analyst.get(settle)
    analyst.see("This sheet is not to be settled now", "It is settled already")
    analyst.post(settle, right_years="first", right_sex="first", right_why="first")
    assert len(responses(app)) == 1
    assert left(app) == (0, 0)


def test_where_two_people_read_something_it_can_be_settled_that_nothing_stands_there(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    type_in(survey_manager, batch, 1, answer_years="17", answer_sex=None)
    type_in(analyst, batch, 1)
    compare(analyst, batch)
    analyst.get(f"{batch}/1/settle")
    assert re.findall(r'name="right_(\w+)" type="radio" value="nothing"', analyst.page) == ["years"]
    analyst.post(f"{batch}/1/settle", right_years="nothing", right_sex="nothing")
    analyst.see("Look at the sheet and choose what it says.")
    assert responses(app) == []
    analyst.post(f"{batch}/1/settle", right_years="nothing", right_sex="first")
    (stored,) = responses(app)
    assert {"years", "sex"}.isdisjoint(stored.answers)


def test_a_choice_between_two_entries_says_nothing_of_others(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    for first, second in (("17", "7"), ("40", "41")):
        type_in(survey_manager, batch, 1, answer_years=first)
        type_in(analyst, batch, 1, answer_years=second)
        compare(analyst, batch)
        if first == "17":
            analyst.get(f"{batch}/1/settle")
            looked_at = dict(re.findall(r'name="(seen|known_by)" type="hidden" value="(.*?)"', analyst.page))
            analyst.post(f"{batch}/1/again")
    assert looked_at
    analyst.get(f"{batch}/1/settle")
    analyst.post(f"{batch}/1/settle", looked_at, right_years="first")
    analyst.see("This sheet was typed in again", "Nothing was stored.")
    assert responses(app) == []
    analyst.get(f"{batch}/1/settle")
    analyst.post(f"{batch}/1/settle", right_years="first")
    assert [one.answers["years"] for one in responses(app)] == [40]


def test_whoever_has_a_sheet_in_hand_opens_it_by_its_number_and_goes_on_from_there(
    app: Flask, wave_id: uuid.UUID, survey_manager: Officer
) -> None:
    batch = make_batch(survey_manager, wave_id, sheets=4)
    for wrong in ("", "0", "5", "x", "1" * 30):
        assert survey_manager.get(f"{batch}/open?sheet={wrong}").status_code == 200
        survey_manager.see("Write a number from 1 to 4.")
    survey_manager.get(f"{batch}/open?sheet=٣")
    survey_manager.follow()
    assert survey_manager.path == f"{batch}/3"
    for following in ("4", "1"):
        survey_manager.post(survey_manager.path, SHEET)
        survey_manager.follow()
        assert survey_manager.path.split("?")[0] == f"{batch}/{following}"
    survey_manager.see("Saved: sheet 4.")
    for _ in range(2):
        survey_manager.post(survey_manager.path.split("?")[0], SHEET)
        survey_manager.follow()
    # All four have an entry of this person, so none is offered any more.
    assert survey_manager.path.split("?")[0] == batch
    survey_manager.see("Your entry is saved.", "Nothing here waits for an entry from you.", "Typed in once 4")


def test_nobody_types_a_sheet_in_for_two_and_nobody_sees_the_other_entry(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer, hire: Callable[..., Officer]
) -> None:
    type_in(survey_manager, batch, 1)
    survey_manager.get(f"{batch}/1")
    survey_manager.see("You typed this sheet in before. If you save it again, the new entry stands.")
    survey_manager.not_see("Nobody talks.")
    type_in(survey_manager, batch, 1, answer_years="8")
    compare(analyst, batch)
    analyst.see("There was nothing to compare.")
    analyst.get(f"{batch}/1")
    assert "Nobody talks." not in analyst.page
    assert re.findall(r'value="([^"]*)" checked', analyst.page) == [""] * 3, "nothing is ticked"
    assert 'value="8"' not in analyst.page
    type_in(analyst, batch, 1, answer_years="8")
    third = hire("zed", teams=(), roles=(Role.SURVEY_MANAGER,))
    third.sign_in()
    assert third.get(f"{batch}/1").status_code == 409
    third.see("Others have typed it in already.")
    third.get(batch)
    third.not_see("Compare what was typed in")
    third.see("An analyst of the survey team has to compare what was typed in.")
    third.post(f"{batch}/compare")
    assert third.response is not None
    assert third.response.status_code == 403
    compare(analyst, batch)
    assert [one.answers["years"] for one in responses(app)] == [8]
    assert survey_manager.get(f"{batch}/1").status_code == 409
    survey_manager.see("It was typed in and compared already.")


def test_a_sheet_that_is_sent_twice_or_while_another_compares_it_is_kept_once(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_in(survey_manager, batch, 1)
    survey_manager.post(f"{batch}/1", SHEET)
    assert left(app) == (1, 1)
    type_in(analyst, batch, 1)
    # The manager has the sheet open once more, to correct it; before Save arrives it is compared and stored.
    survey_manager.get(f"{batch}/1")
    find = paper_sheets._sheet_of

    def meanwhile(*given: Any) -> Any:
        found = find(*given)
        monkeypatch.setattr(paper_sheets, "_sheet_of", find)
        with app.app_context():
            compare(analyst, batch)
        return found

    monkeypatch.setattr(paper_sheets, "_sheet_of", meanwhile)
    survey_manager.post(f"{batch}/1", SHEET | {"written_why": "Something else."})
    survey_manager.see("It was typed in and compared already. Nothing was changed.", "Something else.")
    assert len(responses(app)) == 1
    assert left(app) == (0, 0)


def test_what_only_paper_allows_is_typed_in_and_counts_as_missing(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    odd = {
        "answer_together": "*", "answer_worries": ["?"], "answer_years": "؟", "answer_home": "?", "answer_sex": "?",
        "written_why": "?",
    }  # fmt: skip
    for typist in (survey_manager, analyst):
        type_in(typist, batch, 1, **odd)
    compare(analyst, batch)
    analyst.see("1 sheet was alike and is done.")
    (stored,) = responses(app)
    assert stored.answers == {"age": "25_34"}


def test_answers_to_what_was_not_asked_are_left_out_and_staff_see_which(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    odd = {"answer_together": "agree", "answer_worries": ["noise", "nothing"]}
    for typist in (survey_manager, analyst):
        type_in(typist, batch, 1, **odd)
    compare(analyst, batch)
    analyst.see("1 sheet is to be settled.")
    analyst.get(f"{batch}/1/settle")
    analyst.see(
        "This stands on the sheet and will not be stored:",
        "2 What worries you? Noise, Nothing: a box is ticked that goes with no other",
        "3 Why not? Nobody talks.: the question is not for whoever gave the other answers",
        "Nothing was typed in differently.",
    )
    analyst.post(f"{batch}/1/settle")
    (stored,) = responses(app)
    assert "worries" not in stored.answers
    assert stored.answers["together"] == "agree"
    with app.app_context():
        assert session.scalar(select(WrittenAnswer.id)) is None


def test_what_a_choice_takes_out_is_said_before_it_is_left_out(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    type_in(survey_manager, batch, 1)
    type_in(analyst, batch, 1, answer_together="agree")
    compare(analyst, batch)
    analyst.get(f"{batch}/1/settle")
    analyst.not_see("will not be stored")
    analyst.post(f"{batch}/1/settle", right_together="second")
    analyst.see("This stands on the sheet and will not be stored:", "3 Why not? Nobody talks.")
    assert responses(app) == []
    # On second thoughts it is the other: nothing is left out any more.
    analyst.post(f"{batch}/1/settle", right_together="first")
    assert [one.answers["together"] for one in responses(app)] == ["disagree"]


def test_a_large_pile_is_compared_in_parts_so_that_nobody_else_has_to_wait(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper_entries, "MOST_AT_ONCE", 1)
    for sheet in (1, 2):
        for typist in (survey_manager, analyst):
            type_in(typist, batch, sheet)
    compare(analyst, batch)
    analyst.see("1 sheet was alike and is done.", "1 sheet is left. Press Compare again.")
    compare(analyst, batch)
    analyst.see("1 sheet was alike and is done.", "All sheets are done.")
    analyst.not_see("left")
    assert len(responses(app)) == 2


def test_a_blank_sheet_is_no_response(app: Flask, batch: str, survey_manager: Officer, analyst: Officer) -> None:
    for typist in (survey_manager, analyst):
        typist.get(f"{batch}/1")
        typist.post(f"{batch}/1")
    compare(analyst, batch)
    analyst.see("Blank, not stored 1", "1 sheet was alike and is done.")
    assert responses(app) == []
    assert left(app) == (0, 0)


def test_two_different_sheets_under_one_number_are_typed_in_again(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    type_in(survey_manager, batch, 1)
    type_in(analyst, batch, 1, answer_age="85_over", answer_sex="male")
    compare(analyst, batch)
    analyst.get(f"{batch}/1/settle")
    analyst.see("Have this sheet typed in again")
    analyst.post(f"{batch}/1/again")
    analyst.follow()
    analyst.see("Type in sheet 1", "Not typed in yet 2")
    assert left(app) == (0, 0)
    analyst.post(f"{batch}/1/again")
    for typist in (survey_manager, analyst):
        type_in(typist, batch, 1)
    compare(analyst, batch)
    assert len(responses(app)) == 1


def test_mistakes_are_said_and_what_was_typed_stays(app: Flask, batch: str, survey_manager: Officer) -> None:
    type_in(survey_manager, batch, 1, answer_years="700", answer_age="12_15", written_why="x" * 4001)
    survey_manager.see(
        "Write a number from 0 to 120. If the sheet says something else, type ?.",
        "Choose one of the answers on this page.",
        "This is 1 letter too long.",
    )
    assert 'value="700"' in survey_manager.page
    assert "x" * 4001 in survey_manager.page
    assert 'value="disagree" checked' in survey_manager.page
    assert left(app) == (0, 0)
    for nowhere in ("0", "3", "999999999999999999999"):
        assert survey_manager.get(f"{batch}/{nowhere}").status_code == 404
    assert survey_manager.get(batch[:-1] + "7").status_code == 404


def test_codes_are_typed_as_far_as_they_are_told_apart(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    address = f"{batch}/1"
    survey_manager.get(f"{address}?by=codes")
    survey_manager.see("Type the beginning of a code", "25 to 34 25_34")
    typed = SHEET | {"answer_together": "D", "answer_worries": "noi, li", "answer_sex": "f", "answer_age": "25"}
    survey_manager.post(f"{address}?by=codes", typed)
    survey_manager.see("“d” begins more than one code: disagree, dont_know. Type more of it.")
    survey_manager.post(f"{address}?by=codes", typed | {"answer_together": "di", "answer_age": "teen"})
    survey_manager.see("“teen” is no code of this question.")
    survey_manager.post(f"{address}?by=codes", typed | {"answer_together": "di"})
    assert survey_manager.response is not None
    assert survey_manager.response.location.endswith("by=codes&saved=1")
    type_in(analyst, batch, 1)
    compare(analyst, batch)
    analyst.see("1 sheet was alike and is done.")
    (stored,) = responses(app)
    assert (stored.answers["worries"], stored.answers["age"]) == (["noise", "litter"], "25_34")


def test_two_codes_where_one_is_asked_are_more_than_one_ticked(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    for typist in (survey_manager, analyst):
        typist.get(f"{batch}/1?by=codes")
        typist.post(f"{batch}/1?by=codes", answer_sex="female male", answer_age="16", answer_together="*")
    compare(analyst, batch)
    assert [one.answers for one in responses(app)] == [{"age": "16_24"}]


def test_one_person_is_enough_where_a_manager_says_why(
    app: Flask, wave_id: uuid.UUID, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    type_in(survey_manager, batch, 1)
    survey_manager.get(batch)
    survey_manager.post(batch, sheets="2", is_single="y")
    survey_manager.see("Write why one person is enough.")
    survey_manager.post(batch, sheets="2", is_single="y", note="Only one of us is here.")
    survey_manager.follow()
    survey_manager.see("One person is enough: Only one of us is here.", "To compare 1")
    assert analyst.get(f"{batch}/1").status_code == 409
    compare(analyst, batch)
    analyst.see("1 sheet was alike and is done.")
    analyst.not_see("Typing mistakes")
    assert len(responses(app)) == 1


def test_a_batch_has_as_many_sheets_as_there_are_and_no_fewer_than_were_typed_in(
    app: Flask, wave_id: uuid.UUID, batch: str, survey_manager: Officer
) -> None:
    type_in(survey_manager, batch, 2)
    survey_manager.get(batch)
    survey_manager.post(batch, sheets="1")
    survey_manager.see("Typed in already: sheet 2. Write no smaller number.")
    for wrong in ("0", "501", "many", "", "²", "1" * 30):
        survey_manager.post(batch, sheets=wrong)
        survey_manager.see("Write a number from 1 to 500.")
    survey_manager.post(batch, sheets="500")
    survey_manager.follow()
    survey_manager.see("Sheets 500")
    # Pressed twice, the button makes one batch.
    page = f"/staff/waves/{wave_id}/paper"
    survey_manager.get(page)
    fields = {"sheets": "3", "language": "ur", "once": str(uuid.uuid4())}
    fields["version"] = survey_manager.page.split('name="version"')[1].split('value="')[1].split('"')[0]
    for _ in range(2):
        survey_manager.get(page)
        survey_manager.post(page, fields)
        assert survey_manager.response is not None
        assert survey_manager.response.location.endswith("/paper/2")
    survey_manager.get(page)
    survey_manager.post(page, fields | {"version": uuid.uuid4().hex})
    survey_manager.see("Choose one of the answers on this page.")
    survey_manager.get(page)
    survey_manager.see("Batch 2", "اردو")
    assert survey_manager.page.count("/paper/2") == 1


def test_a_closed_wave_takes_no_sheet_and_says_what_became_of_those_typed_in(
    app: Flask, wave_id: uuid.UUID, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    for typist in (survey_manager, analyst):
        type_in(typist, batch, 1)
    compare(analyst, batch)
    type_in(survey_manager, batch, 2)
    survey_manager.get(f"/staff/waves/{wave_id}/close")
    survey_manager.see("1 sheet of paper is typed in and not stored.", "Look at the sheets first")
    analyst.get(f"{batch}/2")
    close_a_wave(app, wave_id)
    analyst.post(f"{batch}/2", SHEET)
    assert analyst.response is not None
    assert analyst.response.status_code == 400
    analyst.see("This wave is closed", "It takes no sheets any more. Nothing was stored.", "Nobody talks.")
    assert left(app) == (0, 0), "what was typed in is gone with the closing"
    survey_manager.get(batch)
    survey_manager.see("1 sheet was typed in and not stored.", "Stored 1")
    survey_manager.not_see("Type in sheet", "Change this batch", "Compare")
    for path in ("compare", "1/again"):
        analyst.get(batch)
        analyst.post(f"{batch}/{path}")
        assert analyst.response.status_code == 400
        analyst.see("This wave is closed", "Nothing was stored.")
    survey_manager.post(f"/staff/waves/{wave_id}/paper", sheets="2")
    with app.app_context():
        assert session.scalar(select(Wave.answered)) == 1
        assert session.scalar(select(PaperBatch.unsettled)) == 1


def test_a_wave_that_is_closed_while_a_sheet_is_on_its_way_keeps_none_of_it(
    app: Flask, wave_id: uuid.UUID, batch: str, survey_manager: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_manager.get(f"{batch}/1")
    find = paper_sheets._sheet_of

    def meanwhile(*given: Any) -> Any:
        found = find(*given)
        close_a_wave(app, wave_id)
        return found

    monkeypatch.setattr(paper_sheets, "_sheet_of", meanwhile)
    survey_manager.post(f"{batch}/1", SHEET)
    survey_manager.see("This wave is closed", "Nothing was stored.", "Nobody talks.")
    assert left(app) == (0, 0)


def test_sheets_are_taken_after_the_last_day_and_not_before_the_first(
    app: Flask, wave_id: uuid.UUID, survey_manager: Officer, batch: str
) -> None:
    with app.app_context(), transaction() as db:
        db.get_one(Wave, wave_id).closes_on = today() - timedelta(days=1)
    type_in(survey_manager, batch, 1)
    assert left(app) == (1, 1)
    with app.app_context(), transaction() as db:
        wave = db.get_one(Wave, wave_id)
        wave.opens_on = wave.closes_on = today() + timedelta(days=1)
    page = f"/staff/waves/{wave_id}/paper"
    survey_manager.get(page)
    survey_manager.see("This wave has not begun.")
    survey_manager.not_see("Make the batch")
    with app.app_context():
        version = instruments_of(wave_id) and session.scalars(select(PaperBatch.version_id)).one().hex
    survey_manager.post(page, sheets="2", language="en", version=version, once=str(uuid.uuid4()))
    survey_manager.see("Nobody can have filled in a sheet of it yet.")


def test_an_invited_wave_says_whose_sheets_may_be_typed_in(
    app: Flask, wave_id: uuid.UUID, survey_manager: Officer
) -> None:
    with app.app_context(), transaction() as db:
        db.get_one(Wave, wave_id).sample_type = SampleType.INVITED
    survey_manager.get(f"/staff/waves/{wave_id}/paper")
    survey_manager.see("Type in only their sheets.")


def test_the_database_tells_who_typed_which_sheet_and_nothing_of_what_stands_on_it(
    app: Flask, wave_id: uuid.UUID, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    type_in(survey_manager, batch, 1)
    type_in(analyst, batch, 1, answer_sex="male", written_why="x" * 4000)
    type_in(analyst, batch, 2)
    with app.app_context():
        entries = list(session.scalars(select(PaperEntry)))
        for entry in entries:
            for word in (b"disagree", b"litter", b"Nobody", b"fishermead", b"female"):
                assert word not in entry.sealed
        assert len({len(entry.sealed) for entry in entries}) == 1, "no length tells what was ticked or written"
        subjects = " ".join(session.scalars(select(AuditEntry.subject)))
    assert f"{wave_id} batch 1 sheet 2" in subjects
    compare(analyst, batch)
    with app.app_context():
        rows = [dict(row._mapping) for row in session.execute(text("SELECT * FROM paper_batch"))]
    assert not re.search("disagree|litter|fishermead|female", str(rows))


def test_who_is_not_in_the_survey_team_opens_no_entry(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer, hire: Callable[..., Officer]
) -> None:
    type_in(survey_manager, batch, 1)
    type_in(analyst, batch, 1, answer_sex="male")
    outsider = hire("olga", teams=("asb_team",), roles=(Role.ANALYST,))
    outsider.sign_in()
    outsider.unlock()
    compare(outsider, batch)
    outsider.see("What was typed in is sealed to the survey team")
    compare(analyst, batch)
    outsider.get(f"{batch}/1/settle")
    outsider.see("What was typed in is sealed to the survey team")
    outsider.not_see("Male")


def test_an_entry_that_is_damaged_is_named_and_typed_in_again(
    app: Flask, batch: str, survey_manager: Officer, analyst: Officer
) -> None:
    for sheet in (1, 2):
        type_in(survey_manager, batch, sheet)
        type_in(analyst, batch, sheet, answer_sex="male" if sheet == 2 else "female")
    with app.app_context(), transaction() as db:
        db.execute(text("UPDATE paper_entry SET sealed = :x WHERE sheet = 1 AND place = 1"), {"x": b"x"})
    compare(analyst, batch)
    analyst.see("These sheets cannot be opened. Have them typed in again: 1.", "1 sheet is to be settled.")
    assert survey_manager.get(f"{batch}/1").status_code == 409
    analyst.get(f"{batch}/1/settle")
    analyst.see("This sheet cannot be opened.", "have it typed in again")
    analyst.not_see("Store this sheet")
    analyst.post(f"{batch}/1/settle")
    analyst.see("This sheet cannot be opened.")
    analyst.post(f"{batch}/1/again")
    assert left(app) == (2, 2)
    # Also by others: whoever typed it in first may have left.
    for typist in (analyst, survey_manager):
        type_in(typist, batch, 1)
    compare(analyst, batch)
    analyst.see("1 sheet was alike and is done.")


@pytest.mark.same_on_both
@pytest.mark.parametrize("kind", ["ranking", "date", "points", "several", "grid", "single"])
def test_every_kind_of_question_is_typed_in_as_it_stands_on_paper(
    app: Flask, survey_manager: Officer, analyst: Officer, kind: str
) -> None:
    wave_id = open_survey(app, QUESTIONNAIRES / "types" / f"{kind}.toml")
    with app.app_context():
        (instrument,) = instruments_of(wave_id)
    batch = make_batch(survey_manager, wave_id)
    fields: dict[str, object] = {}
    wanted: dict[str, object] = {}
    for code, question in instrument.questionnaire.questions.items():
        codes = instrument.codes_of(question)
        match question.type:
            case "ranking":
                fields |= {f"answer_{code}-of_{codes[1]}": "1", f"answer_{code}-of_{codes[0]}": "٢"}
                wanted[code] = [codes[1], codes[0]]
            case "date":
                fields |= {f"answer_{code}-month": "3", f"answer_{code}-year": str(today().year - 1)}
                fields |= {} if question.grain == "month" else {f"answer_{code}-day": "4"}
                wanted[code] = f"{today().year - 1}-03" + ("" if question.grain == "month" else "-04")
            case "points":
                fields[f"answer_{code}"], wanted[code] = str(question.most), question.most
            case "several":
                fields[f"answer_{code}"], wanted[code] = codes[:2], codes[:2]
            case "single" | "scale":
                fields[f"answer_{code}"], wanted[code] = codes[0], codes[0]
    for typist in (survey_manager, analyst):
        typist.get(f"{batch}/1")
        typist.post(f"{batch}/1", fields)
        assert typist.response is not None
        assert typist.response.status_code == 303, typist.text
    compare(analyst, batch)
    (stored,) = responses(app)
    assert {code: stored.answers.get(code) for code in wanted} == wanted
    for code, question in instrument.questionnaire.questions.items():
        if question.shuffle:
            order = [option.code for option in sorted(question.options, key=lambda option: option.apart)]
            assert stored.answers[f"{code}.order"] == " ".join(order), "on paper options stand as in the file"


def test_a_date_that_was_right_when_it_was_written_is_right_when_the_sheet_is_typed_in_weeks_later(
    app: Flask, survey_manager: Officer, analyst: Officer
) -> None:
    began = today() - timedelta(days=40)
    wave_id = open_survey(app, QUESTIONNAIRES / "without-a-line.toml", opens_on=began)
    seen = began - timedelta(days=20)  # Asked is for the last 30 days.
    fields = {f"answer_seen-{part}": str(getattr(seen, part)) for part in ("day", "month", "year")}
    batch = make_batch(survey_manager, wave_id)
    for typist in (survey_manager, analyst):
        typist.get(f"{batch}/1")
        typist.post(f"{batch}/1", fields)
        assert typist.response is not None
        assert typist.response.status_code == 303, typist.text
    compare(analyst, batch)
    analyst.see("1 sheet was alike and is done.")
    (stored,) = responses(app)
    assert stored.answers["seen"] == seen.isoformat()
    close_a_wave(app, wave_id)
    with app.app_context():
        assert coded_answers(session.get_one(Wave, wave_id)).values["seen"] == [seen.isoformat()]


@pytest.mark.parametrize("written", ["about seven", "9" * 5000])
def test_what_is_no_number_is_said_where_a_difference_is_settled(
    batch: str, survey_manager: Officer, analyst: Officer, written: str
) -> None:
    type_in(survey_manager, batch, 1, answer_years="7")
    type_in(analyst, batch, 1, answer_years="8")
    compare(analyst, batch)
    analyst.get(f"{batch}/1/settle")
    analyst.post(f"{batch}/1/settle", right_years="neither", answer_years=written)
    analyst.see("There is a problem", "If the sheet says something else, type ?.")


def test_numbers_that_are_no_order_are_said(app: Flask, survey_manager: Officer) -> None:
    wave_id = open_survey(app, QUESTIONNAIRES / "types" / "ranking.toml")
    with app.app_context():
        (instrument,) = instruments_of(wave_id)
    (question,) = [one for one in instrument.questionnaire.questions.values() if one.type == "ranking"][:1]
    first, second, *_rest = (f"answer_{question.code}-of_{option.code}" for option in question.options)
    batch = make_batch(survey_manager, wave_id)
    for wrong in ({first: "1", second: "1"}, {first: "2"}, {first: "one"}, {first: "1", second: "9" * 10}):
        survey_manager.get(f"{batch}/1")
        survey_manager.post(f"{batch}/1", wrong)
        survey_manager.see("Type 1, 2, 3 and so on, each once")
    survey_manager.post(f"{batch}/1", {first: "?", second: "1"})
    assert survey_manager.response is not None
    assert survey_manager.response.status_code == 303
