"""Two people code what was written: neither sees the other's codes, differences are settled, and the counts enter figures."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal.audit import Action, AuditEntry
from portal.db import session, transaction
from portal.staff import coding as pages
from portal.staff.models import Role
from portal.surveys.coding import second_size
from portal.surveys.coding_models import CodingFrame, CodingPart
from portal.surveys.reading import read_definition
from portal.surveys.versions import SURVEY_TEAM
from tests.support.asking import open_a_wave
from tests.support.coding import CODES, answers_on, code_all, draft_codes, written_wave
from tests.support.people import Officer, forms_of

WORDS = [f"The bus stop is dark {n}" for n in range(30)] + [f"The family next door {n}" for n in range(12)]
WORDS += [f"asdf {n}" for n in range(3)]


def gives(words: str) -> list[str]:
    if "bus" in words:
        return ["bus_stops"]
    return ["neighbours"] if "next door" in words else ["nothing_codeable"]


@pytest.fixture
def second(hire: Callable[..., Officer]) -> Officer:
    """Another analyst of the survey team, signed in and unlocked."""
    second = hire("bea", teams=(SURVEY_TEAM,), roles=(Role.ANALYST,))
    second.sign_in()
    second.unlock()
    return second


@pytest.fixture
def wave_id(app: Flask, survey_file: Path) -> uuid.UUID:
    return written_wave(app, survey_file, WORDS)


def test_two_people_code_settle_what_differs_and_count(
    app: Flask, wave_id: uuid.UUID, analyst: Officer, second: Officer, survey_manager: Officer
) -> None:
    page = draft_codes(analyst, wave_id)
    analyst.see("One person codes all 45 answers.", "Do not copy a person’s words into a code.")
    assert code_all(analyst, page, gives) == 45
    analyst.see("45 of 45 answers, handed in", "Another analyst of the survey team codes the second part.")
    analyst.not_see("How far you agree")
    assert analyst.get(f"{page}/words").status_code == 303, "what was handed in stands"
    second.get(page)
    second.not_see("How far you agree")
    # Of 45 the second codes all, and sees two of them otherwise.
    odd = {"The bus stop is dark 7", "The family next door 3"}
    assert code_all(second, page, lambda words: ["other"] if words in odd else gives(words)) == 45
    second.see("Both coded 45 answers. 2 of them got different codes.", "Settle the differences")
    # Bus stops: 29 both, 1 one of them, 15 neither.
    second.see("Bus stops 29 1 98% 0.95 (likely 0.86 to 1.00) almost perfect")
    second.not_see("hardly more than chance")
    second.post(f"{page}/count")
    second.see("Some differences are not settled.")
    second.get(f"{page}/differences")
    second.see("The bus stop is dark 7", "The family next door 3", "ana", "bea", "2 are not settled.")
    second.post(second.path, {field: ["bus_stops", "other"] for field, words in answers_on(second) if "bus" in words})
    second.get(f"{page}/differences")
    second.see("1 is not settled.")
    second.post(second.path, {field: ["neighbours"] for field, words in answers_on(second) if "door" in words})
    second.follow()
    second.see("Everything is settled.", "0.95")
    second.post(f"{page}/count")
    second.follow()
    second.see("The codes are counted.")
    survey_manager.get(f"/staff/waves/{wave_id}/coding")
    survey_manager.see(
        "Of about 45 written answers that were coded, 45 of them by two people.", "not weighted",
        "Bus stops 30 67% 0.95", "Neighbours 10 27%", "Other Not shown: too few people",
        "Nothing that can be coded Not shown",
    )  # fmt: skip
    survey_manager.not_see("Code them", "Go on coding", "The family next door")
    with app.app_context():
        acts = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    for act in (Action.CHANGED_CODING_FRAME, Action.BEGAN_CODING, Action.HANDED_IN_CODING, Action.COUNTED_CODES):
        assert act in acts
    assert acts.count(Action.HANDED_IN_CODING) == 2


@pytest.mark.same_on_both
def test_codes_on_which_two_people_hardly_agree_are_named_before_anyone_uses_their_counts(
    wave_id: uuid.UUID, analyst: Officer, second: Officer
) -> None:
    page = draft_codes(analyst, wave_id)
    code_all(analyst, page, gives)

    def by_its_number(words: str) -> list[str]:
        return gives(words) if "asdf" in words else [["bus_stops"], ["neighbours"]][int(words.split()[-1]) % 2]

    code_all(second, page, by_its_number)
    second.see("You agree on these codes hardly more than chance would: Bus stops Neighbours Say more plainly")
    assert second.page.count("Kappa says how far") == 1


def test_a_coder_comes_back_to_where_they_stopped_and_nothing_right_is_lost_beside_a_mistake(
    wave_id: uuid.UUID, analyst: Officer
) -> None:
    page = draft_codes(analyst, wave_id)
    analyst.post(f"{page}/begin")
    analyst.follow()
    analyst.see("You have coded 0 of 45 answers.", "Showing 1 to 20 of 45.")
    fields = [field for field, _words in answers_on(analyst)]
    wrong = {fields[0]: ["nothing_codeable", "bus_stops"]} | {field: ["bus_stops"] for field in fields[1:5]}
    analyst.post(analyst.path, wrong)
    analyst.see("“Nothing that can be coded” does not go with other answers.", "You have coded 0 of 45 answers.")
    assert analyst.page.count(" checked>") == 6, "what was ticked stays ticked"
    analyst.get(f"{page}/words")
    analyst.see("You have coded 4 of 45 answers.", "Showing 1 to 20 of 45.")
    analyst.post(analyst.path, {field: ["bus_stops"] for field in fields})
    analyst.follow()
    analyst.see("Showing 21 to 40 of 45.")
    analyst.get(f"{page}/words")
    analyst.see("You have coded 20 of 45 answers.", "Showing 21 to 40 of 45.")
    analyst.get(f"{page}/words?page=1")
    analyst.post(f"{page}/words?page=1", {fields[0]: ["not_a_code"]})
    analyst.see("Choose from the answers on this page.")
    analyst.get(page)
    analyst.post(f"{page}/hand-in")
    analyst.see("Some answers have no code yet.")


def test_what_a_coder_saves_in_another_tab_meanwhile_is_not_lost(
    wave_id: uuid.UUID, analyst: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = draft_codes(analyst, wave_id)
    analyst.post(f"{page}/begin")
    analyst.follow()
    (first, _), (second, _), *_rest = answers_on(analyst)
    token = next(fields["csrf_token"] for _action, fields in forms_of(analyst.page) if "csrf_token" in fields)
    said = pages._said

    def in_the_other_tab(*given: Any) -> Any:
        """Between what this tab has read and what it writes."""
        monkeypatch.setattr(pages, "_said", said)
        form = {"csrf_token": token, second: ["bus_stops"]}
        assert analyst.client.post(f"{page}/words?page=3", data=form | {first: []}).status_code == 303
        assert (
            analyst.client.post(f"{page}/words?page=1", data={"csrf_token": token, second: ["other"]}).status_code
            == 303
        )
        return said(*given)

    analyst.get(f"{page}/words?page=2")
    fields = [field for field, _words in answers_on(analyst)]
    monkeypatch.setattr(pages, "_said", in_the_other_tab)
    analyst.post(f"{page}/words?page=2", {field: ["bus_stops"] for field in fields})
    analyst.get(f"{page}/words")
    analyst.see("You have coded 21 of 45 answers.")


def test_neither_sees_what_the_other_gave_before_both_have_handed_in(
    wave_id: uuid.UUID, analyst: Officer, second: Officer, hire: Callable[..., Officer]
) -> None:
    page = draft_codes(analyst, wave_id)
    code_all(analyst, page, gives)
    second.get(page)
    second.post(f"{page}/begin")
    second.follow()
    assert " checked" not in second.page
    for address in (page, f"{page}/differences"):
        second.get(address)
        second.not_see("How far you agree", "Alike")
    assert second.response is not None
    assert second.response.status_code == 303
    third = hire("cy", teams=(SURVEY_TEAM,), roles=(Role.ANALYST,))
    third.sign_in()
    third.unlock()
    third.get(page)
    third.not_see("Code them")
    third.post(f"{page}/begin")
    third.see("Two people code these answers already")
    assert third.get(f"{page}/words").status_code == 303


def test_codes_in_use_are_changed_by_a_new_version_and_the_old_coding_stays(
    app: Flask, wave_id: uuid.UUID, analyst: Officer
) -> None:
    page = draft_codes(analyst, wave_id)
    analyst.post(page, CODES | {"label_0": "Bus shelters"})
    analyst.follow()
    assert "Bus shelters" in analyst.page
    token = analyst.page
    code_all(analyst, page, gives)
    analyst.page = token  # a form that was open since before
    analyst.post(page, CODES)
    analyst.see("Somebody has begun to code, so the codes were not changed.")
    analyst.get(page)
    analyst.post(f"{page}/version")
    analyst.follow()
    analyst.see("Code all answers", "From then on the codes cannot be changed.")
    analyst.post(f"{page}/version")  # twice makes no third
    with app.app_context():
        assert sorted(session.scalars(select(CodingFrame.number))) == [1, 2]
        assert len(list(session.scalars(select(CodingPart.id)))) == 1


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"code_0": "Bus stops"}, "Use 1 to 30 small letters"),
        ({"code_0": "bus__stops"}, "Use 1 to 30 small letters"),
        ({"code_0": "not"}, "Another program would change this code."),
        ({"code_0": "mar1"}, "Another program would change this code."),
        ({"code_0": "weight"}, "Another program would change this code."),
        ({"code_0": "other"}, "This code is there already."),
        ({"code_1": "bus_stops"}, "Two codes are the same."),
        ({"label_0": ""}, "Write what the code is called."),
        ({"label_0": "1-2"}, "A spreadsheet would change this."),
        ({"about_0": "x" * 301}, "This is 1 letter too long."),
        (dict.fromkeys(CODES, "") | {"second_share": "20"}, "Write one code at least."),
        ({"second_share": "3"}, "Choose one of the answers on this page."),
    ],
)
def test_a_code_that_another_program_would_change_is_refused_and_what_was_typed_stays(
    app: Flask, wave_id: uuid.UUID, analyst: Officer, changed: dict[str, str], sentence: str
) -> None:
    page = f"/staff/waves/{wave_id}/coding/why"
    analyst.get(page)
    analyst.post(page, CODES | changed)
    analyst.see("There is a problem", sentence)
    if "label_1" not in changed:
        assert 'value="Neighbours"' in analyst.page
    with app.app_context():
        assert session.scalar(select(CodingFrame.id)) is None


def test_nothing_in_the_database_tells_the_topic_of_one_answer(
    app: Flask, wave_id: uuid.UUID, analyst: Officer, second: Officer
) -> None:
    """No row belongs to an answer, and what the coders gave does not lie in the clear before it is counted, nor after."""
    page = draft_codes(analyst, wave_id)
    for coder in (analyst, second):
        code_all(coder, page, gives)
    with app.app_context():
        for part in session.scalars(select(CodingPart)):
            assert b"bus_stops" not in part.sealed
            assert len(part.sealed) % (16 * 1024) < 100, "its length tells little of how much was coded"
        assert session.scalar(select(CodingFrame.counted)) == {}
    analyst.post(f"{page}/count")
    with app.app_context():
        counted = session.scalars(select(CodingFrame.counted)).one()
        assert {each["code"]: each["count"] for each in counted["codes"]}["bus_stops"] == 30
        ids = [str(row.hex()) for (row,) in session.execute(text("SELECT id FROM written_answer"))]
        assert not any(each in str(counted) for each in ids)


def test_who_is_not_in_the_survey_team_codes_nothing_and_a_running_wave_is_not_coded(
    app: Flask, survey_file: Path, wave_id: uuid.UUID, hire: Callable[..., Officer], analyst: Officer
) -> None:
    stranger = hire("nia", teams=("asb_team",), roles=(Role.ANALYST,))
    stranger.sign_in()
    stranger.unlock()
    page = draft_codes(analyst, wave_id)
    stranger.get(page)
    stranger.see("These answers are sealed to the survey team")
    for action in ("", "/begin", "/words", "/hand-in", "/differences", "/count", "/version"):
        stranger.get("/staff/unlock")
        assert stranger.post(f"{page}{action}", CODES).status_code == 403
    assert analyst.get(f"/staff/waves/{wave_id}/coding/together").status_code == 404
    running = open_a_wave(app, read_definition(survey_file.with_name("tiny.toml")))
    for address in (f"/staff/waves/{running}/coding", f"/staff/waves/{running}/coding/why"):
        assert analyst.get(address).status_code == 403
        analyst.see("The wave is still open")
    with app.app_context():
        assert session.scalar(select(CodingPart.id)) is None


def test_a_damaged_answer_is_left_out_and_damaged_codes_are_said(
    app: Flask, survey_file: Path, analyst: Officer, second: Officer
) -> None:
    wave_id = written_wave(app, survey_file, ["The bus stop is dark", "The family next door", "The bus"])
    with app.app_context(), transaction() as db:
        db.execute(
            text("UPDATE written_answer SET sealed = :x WHERE id = (SELECT id FROM written_answer LIMIT 1)"),
            {"x": b"x"},
        )
    page = draft_codes(analyst, wave_id)
    for coder in (analyst, second):
        assert code_all(coder, page, gives) == 2
    analyst.get(page)
    analyst.see("Both coded 2 answers.", "3 of 3 answers, handed in")
    analyst.post(f"{page}/count")
    with app.app_context(), transaction() as db:
        assert db.scalars(select(CodingFrame.counted)).one()["base"] == 2
        db.execute(text("UPDATE coding_part SET sealed = :x"), {"x": b"x"})
    analyst.get(page)
    analyst.see("This coding is damaged.", "Make a new version")
    analyst.post(f"{page}/version")
    analyst.follow()
    analyst.see("Code all answers")


@pytest.mark.parametrize(
    ("written", "share", "second"), [(10, 20, 10), (60, 20, 50), (500, 20, 100), (501, 50, 251), (7, 100, 7)]
)
def test_the_second_coder_gets_their_share_and_no_fewer_than_fifty(written: int, share: int, second: int) -> None:
    assert second_size(written, share) == second


def test_the_second_part_is_drawn_from_all_answers(
    app: Flask, survey_file: Path, analyst: Officer, second: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages.coding, "LEAST_SECOND", 4)
    wave_id = written_wave(app, survey_file, [f"The bus {n}" for n in range(30)])
    page = draft_codes(analyst, wave_id)
    analyst.see("A second codes 6, without seeing the codes of the first.")
    code_all(analyst, page, gives)
    assert code_all(second, page, gives) == 6
    second.see("Both coded 6 answers.", "None: both said the same of all")
    second.post(f"{page}/count")
    second.follow()
    second.see("Of about 30 written answers that were coded, 5 of them by two people.")
