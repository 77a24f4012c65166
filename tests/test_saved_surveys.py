"""Someone saves a survey and comes back with a code: on another device, in another language, within thirty days, once."""

from __future__ import annotations

import re
import threading
import uuid
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from portal.db import session, today, transaction, utcnow
from portal.server import worker
from portal.surveys import saving, services
from portal.surveys.models import SavedAnswers, SurveyResponse, Wave
from portal.surveys.waves import find_open_survey
from portal.vault import receipts, sealing
from portal.vault.drafts import SealedDraft
from tests.support.browsers import Browse
from tests.support.loot import spellings, stolen
from tests.support.people import Resident
from tests.support.surveying import ANSWERS, answer_pages, begin_survey, open_survey
from tests.support.walking import Walk
from tests.test_retention import agree

START, SAVE, SAVED, SEND = (f"/surveys/every-type{end}" for end in ("", "/save", "/saved", "/send"))
OPENS_NOTHING = "That code opens no saved answers. Check each digit and try again."
SENDERS = 6
URDU = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@pytest.fixture
def wave_id(app: Flask) -> uuid.UUID:
    return open_survey(app, closes_on=today() + timedelta(days=60))


def copies(app: Flask) -> list[SavedAnswers]:
    with app.app_context():
        return list(session.scalars(select(SavedAnswers)))


def responses(app: Flask) -> list[SurveyResponse]:
    with app.app_context():
        return list(session.scalars(select(SurveyResponse)))


def code_on(resident: Resident) -> str:
    found = re.search(r'class="app-receipt__digits">(.*?)</bdi>', resident.page)
    assert found, resident.text
    return re.sub(r"\D", "", found[1])


def save_on_page(resident: Resident, **fields: object) -> str:
    """Press "Save and come back later" on the open page, then save; gives the code."""
    resident.post(resident.path, {"save": "1"} | fields)
    resident.follow()
    resident.post(resident.path)
    resident.follow()
    assert resident.path.endswith(SAVED)
    return code_on(resident)


def come_back(resident: Resident, typed: str, prefix: str = "") -> None:
    resident.get(f"{prefix}/saved-survey")
    resident.post(f"{prefix}/saved-survey", code=typed)


def test_someone_saves_and_goes_on_elsewhere_in_another_language(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    begin_survey(resident)
    resident.post(resident.path, ANSWERS[1])
    resident.follow()
    code = save_on_page(resident, answer_seen=["noise"])
    assert len(code) == 12
    resident.see("Your answers are saved", "Nothing has been sent yet.", f"{code[:4]} {code[4:8]} {code[8:]}")
    resident.post(SAVED)
    resident.follow()
    assert resident.path == "/"
    resident.get("/surveys/every-type/2")
    resident.see("Your answers have been cleared")

    other = Resident(app.test_client())
    come_back(other, code.translate(URDU), "/ur")
    other.follow()
    assert other.path == "/ur/surveys/every-type/2"
    assert re.search(r'value="noise"\s+checked', other.page)
    other.get("/ur/surveys/every-type/1")
    assert re.search(r'value="agree_a_bit"\s+checked', other.page)
    assert responses(app) == []
    other.get(f"/ur{SEND}")
    other.post(f"/ur{SEND}")
    (stored,) = responses(app)
    assert (stored.answers["seen"], stored.language) == (["noise"], "ur")
    assert copies(app) == []


@given(digits=st.text("0123456789", min_size=12, max_size=12), between=st.sampled_from(["", " ", "-", " – ", "\u00a0"]))
@settings(deadline=None)
def test_the_code_is_read_in_any_grouping_and_in_the_digits_of_any_script(digits: str, between: str) -> None:
    for size in (1, 3, 4, 6):
        grouped = between.join(digits[at : at + size] for at in range(0, 12, size))
        for typed in (grouped, grouped.translate(URDU), grouped.translate(ARABIC)):
            assert receipts.read(typed, saving.DIGITS) == digits


def test_whoever_mistypes_the_code_is_told_how_many_digits_they_typed(resident: Resident) -> None:
    for typed, says in (
        ("1234 5678", "You typed 8 digits. The code has 12."),
        ("1", "You typed 1 digit. The code has 12."),
        ("1234 5678 9012 3456", "You typed 16 digits. The code has 12."),
        ("1234 5678 901O 2", "Type the 12 digits only, without letters."),
        ("", "You typed 0 digits. The code has 12."),
        ("9" * 5_000, "4900 letters too long"),
    ):
        come_back(resident, typed)
        resident.see(says)


def test_a_page_half_filled_and_a_wrong_answer_are_saved_as_they_stand(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    begin_survey(resident)
    resident.get("/surveys/every-type/5")
    code = save_on_page(resident, answer_years="a lot", **{"answer_place-chosen": "e-fishermead"})
    other = Resident(app.test_client())
    come_back(other, code)
    other.follow()
    assert other.path == "/surveys/every-type/5"
    assert 'value="a lot"' in other.page
    assert re.search(r'value="e-fishermead"\s+selected', other.page)
    # What is too long is on the page at once, with the sentence that says so, and nothing is saved.
    other.get("/surveys/every-type/4")
    other.post("/surveys/every-type/4", save="1", written_good="x" * 300)
    other.see("This is 100 letters too long.")
    assert "x" * 300 in other.page


def test_saving_again_keeps_the_code_and_renews_the_days_of_the_schedule(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    agree(app, saved_answers_days=14)
    begin_survey(resident)
    code = save_on_page(resident)
    (first,) = copies(app)
    assert first.last_day == today() + timedelta(days=14)
    with app.app_context(), transaction() as db:
        db.execute(update(SavedAnswers).values(last_day=today() + timedelta(days=1)))
    come_back(resident, code)
    resident.follow()
    resident.post(resident.path, ANSWERS[1])
    resident.follow()
    resident.post(resident.path, save="1")
    resident.follow()
    resident.see("Your code stays the same.")
    resident.post(resident.path)
    resident.follow()
    assert code_on(resident) == code
    (again,) = copies(app)
    assert (again.id, again.last_day) == (first.id, today() + timedelta(days=14))
    with app.app_context():
        assert [saving.count_expired(today() + timedelta(days=later)) for later in (15, 16)] == [0, 1]
    assert again.sealed != first.sealed
    resident.post(SAVED, go_on="1")
    resident.follow()
    assert resident.path == "/surveys/every-type/2"


def test_what_expired_was_never_there_or_was_sent_is_told_alike(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    codes = []
    for _ in range(2):
        begin_survey(resident)
        resident.post(resident.path, ANSWERS[1])
        resident.follow()
        codes.append(save_on_page(resident))
    sent, expired = codes
    come_back(resident, sent)
    resident.follow()
    resident.get(SEND)
    resident.post(SEND)
    with app.app_context(), transaction() as db:
        db.execute(update(SavedAnswers).values(last_day=today() - timedelta(days=1)))
    pages = set()
    for code in (sent, expired, "123456789012"):
        stranger = Resident(app.test_client())
        come_back(stranger, code)
        stranger.see(OPENS_NOTHING)
        pages.add(re.sub(r'name="csrf_token" value="[^"]+"', "", stranger.page).replace(code, "").strip())
    assert len(pages) == 1


def test_the_worker_deletes_what_nobody_came_back_to(app: Flask, resident: Resident, wave_id: uuid.UUID) -> None:
    begin_survey(resident)
    save_on_page(resident)
    for days, left in ((0, 1), (-1, 1), (-2, 0)):  # a day longer: who opened it on the last may send on the next
        with app.app_context():
            with transaction() as db:
                db.execute(update(SavedAnswers).values(last_day=today() + timedelta(days=days)))
            worker.tidy()
        assert len(copies(app)) == left


def test_a_stolen_database_opens_nothing_that_was_saved_and_no_row_leads_to_the_response(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    begin_survey(resident)
    answer_pages(resident, {4: {"written_good": "canarylake"}})
    resident.post(SEND, save="1")
    resident.follow()
    resident.post(SAVE)
    resident.follow()
    code = code_on(resident)
    with app.app_context():
        before = session.scalars(select(SealedDraft.id)).all()
    resident.post(SAVED)
    loot = stolen(app)
    for trace in ("canarylake", code, f"{code[:4]} {code[4:8]} {code[8:]}"):
        for spelling in spellings(trace):
            assert spelling not in loot
    assert {column.name for column in SavedAnswers.__table__.columns} == {"id", "sealed", "last_day"}
    (kept,) = copies(app)
    come_back(resident, code)
    resident.follow()
    assert resident.path == SEND
    resident.post(SEND)
    (stored,) = responses(app)
    assert stored.id not in {kept.id, *before}
    assert stored.id.bytes not in kept.sealed


def test_each_time_they_are_opened_saved_answers_are_a_response_of_their_own(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    with app.app_context():
        survey = find_open_survey("every-type")
        assert survey
        first = services.begin_answers(survey)
        services.keep_answers(services.answering_with(first), "your_area", {"together": "disagree"})
        saved = saving.save_answers(first.token)
        assert saved
        opened = [saving.open_saved(saved.content["saved"]["code"]) for _ in range(2)]
        tokens = {first.content["token"], *(one.content["token"] for one in opened if one)}
        assert len(tokens) == 3
        assert all(one and one.content["answers"] == {"together": "disagree"} for one in opened)
        assert not {"token", "answers", "typed"} & saved.content.keys()
        keys, kept = (
            receipts.derive(saved.content["saved"]["code"], saving.USE),
            session.scalars(select(SavedAnswers)).one(),
        )
        assert "token" not in sealing.unseal(kept.sealed, keys.key, saving.LABEL, kept.id)


def test_a_long_answer_and_none_are_saved_to_one_length(app: Flask, wave_id: uuid.UUID) -> None:
    for words in ("", "They shout. " * 300):
        resident = Resident(app.test_client())
        begin_survey(resident)
        for number in (2, 3):  # so that they are asked why not
            resident.get(f"/surveys/every-type/{number}")
            resident.post(f"/surveys/every-type/{number}", ANSWERS[number])
        resident.get("/surveys/every-type/4")
        code = save_on_page(resident, written_good="", written_why_not=words)
        come_back(resident, code)
        resident.follow()
        assert words.strip() in resident.page
    assert len({len(one.sealed) for one in copies(app)}) == 1


def test_saved_answers_opened_twice_are_sent_once(app: Flask, resident: Resident, wave_id: uuid.UUID) -> None:
    begin_survey(resident)
    resident.post(resident.path, ANSWERS[1])
    resident.follow()
    code = save_on_page(resident)
    people = [Resident(app.test_client()) for _ in range(SENDERS)]
    for one in people:
        come_back(one, code)
        one.get("/surveys/every-type/4")
        one.post("/surveys/every-type/4", written_good="The lake")
        one.get(SEND)
    ready = threading.Barrier(SENDERS)

    def send(one: Resident) -> None:
        ready.wait()
        one.post(SEND)

    threads = [threading.Thread(target=send, args=(one,)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(responses(app)) == 1
    assert copies(app) == []
    late = [one for one in people if one.response is not None and one.response.status_code == 410]
    assert len(late) == SENDERS - 1
    late[0].see("These answers were sent already", "Nothing was sent a second time.", "The lake")


def test_saving_after_they_were_sent_elsewhere_saves_nothing(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    begin_survey(resident)
    resident.post(resident.path, ANSWERS[1])
    resident.follow()
    code = save_on_page(resident)
    other = Resident(app.test_client())
    for one in (resident, other):
        come_back(one, code)
        one.follow()
    other.get(SEND)
    other.post(SEND)
    resident.post(resident.path, save="1")
    resident.follow()
    resident.post(SAVE)
    resident.see("These answers were sent already")
    assert copies(app) == []


def test_what_was_opened_on_its_last_day_is_sent_on_the_next(
    app: Flask, resident: Resident, wave_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_survey(resident)
    resident.post(resident.path, ANSWERS[1])
    resident.follow()
    code = save_on_page(resident)
    with app.app_context(), transaction() as db:
        db.execute(update(SavedAnswers).values(last_day=today()))
    come_back(resident, code)
    monkeypatch.setattr(saving, "today", lambda: today() + timedelta(days=1))
    with app.app_context():
        assert saving.delete_expired() == 0
    resident.get(SEND)
    resident.post(SEND)
    assert len(responses(app)) == 1


def test_two_presses_and_a_second_tab_save_once_under_one_code(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    begin_survey(resident)
    tab = Resident(resident.client)
    tab.get("/surveys/every-type/1")
    resident.post(resident.path, save="1")
    resident.follow()
    page, codes = resident.page, set()
    for _ in range(2):
        resident.page = page
        resident.post(SAVE)
        resident.follow()
        codes.add(code_on(resident))
    assert len(codes) == len(copies(app)) == 1
    tab.post("/surveys/every-type/1", ANSWERS[1])
    tab.follow()
    tab.see("Your answers are saved")
    tab.get(SEND)
    tab.follow()
    assert code_on(tab) in codes


def test_a_wave_that_closed_meanwhile_gives_back_what_was_written(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    begin_survey(resident)
    answer_pages(resident)
    resident.post(SEND, save="1")
    resident.follow()
    resident.post(SAVE)
    resident.follow()
    code = code_on(resident)
    with app.app_context(), transaction() as db:
        db.execute(update(Wave).values(opens_on=today() - timedelta(days=9), closes_on=today() - timedelta(days=2)))
    for _ in range(2):
        other = Resident(app.test_client())
        come_back(other, code)
        other.follow()
        other.see("This survey has ended", "Your answers were not sent.", "Nobody would have listened.", "The lake")
    assert responses(app) == []


def test_the_code_is_shown_for_a_quarter_of_an_hour(app: Flask, resident: Resident, wave_id: uuid.UUID) -> None:
    begin_survey(resident)
    code = save_on_page(resident)
    resident.get(SAVED)
    assert code_on(resident) == code
    with app.app_context(), transaction() as db:
        (ends_at,) = db.scalars(select(SealedDraft.ends_at))
        assert ends_at <= utcnow() + timedelta(minutes=15)
    resident.post("/keep-open/3")  # from a page of questions that is still open beside it
    with app.app_context(), transaction() as db:
        assert db.scalars(select(SealedDraft.ends_at)).one() == ends_at
        db.execute(update(SealedDraft).values(ends_at=utcnow()))
    resident.get(SAVED)
    resident.see("This page is closed", "If you wrote your code down, your answers are saved.")
    assert code not in resident.page


def test_opening_saved_answers_says_before_that_it_deletes_what_was_begun_here(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    begin_survey(resident)
    code = save_on_page(resident)
    resident.get("/saved-survey")
    resident.not_see("Someone has begun a survey on this device.")
    begin_survey(resident)
    resident.get("/saved-survey")
    resident.see("Someone has begun a survey on this device.")
    come_back(resident, code)
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(SealedDraft)) == 1


def test_guessing_codes_ends_after_twenty_and_locks_nobody_else_out(
    app: Flask, resident: Resident, wave_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.surveys.coming_back.MAX_GUESSES_PER_HOUR", 2)
    begin_survey(resident)
    code = save_on_page(resident)
    for number in range(3):
        come_back(resident, f"00000000000{number}")
    assert resident.response is not None
    assert resident.response.status_code == 429
    come_back(resident, code)
    assert resident.response.status_code == 429
    other = Resident(app.test_client())
    other.client.environ_base |= {"REMOTE_ADDR": "203.0.113.5"}
    come_back(other, code)
    other.follow()
    assert other.path == "/surveys/every-type/1"


def test_the_code_stands_in_no_address_or_header_and_its_page_is_private(
    resident: Resident, wave_id: uuid.UUID
) -> None:
    begin_survey(resident)
    code = save_on_page(resident)
    assert resident.response is not None
    assert resident.response.headers["Cache-Control"] == "no-store"
    assert len(resident.response.data) % 4096 == 0
    come_back(resident, code)
    for _ in range(2):
        assert code not in str(resident.response.headers)
        assert code not in resident.path
        resident.follow() if resident.response.location else None


def test_on_a_phone_without_a_script_someone_saves_in_urdu_and_comes_back(
    browse: Browse, app: Flask, wave_id: uuid.UUID
) -> None:
    page = browse("/ur/surveys/every-type", javascript=False, viewport={"width": 320, "height": 640})
    walk = Walk(page, app, "ur")
    walk.press("Start the survey").at("/surveys/every-type/1")
    page.locator('[name=answer_together][value="disagree"]').check()
    walk.press("Save and come back later").at("/surveys/every-type/save")
    walk.press("Save and show my code").at(SAVED).see("Your answers are saved")
    code = page.locator(".app-receipt .app-receipt__digits").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    walk.press("I have written the code down").at("/")
    page.goto(page.url.rstrip("/") + "/saved-survey")
    page.locator("#code").fill(code.replace("\n", " "))
    walk.press("Open my answers").at("/surveys/every-type/1")
    assert page.locator("input:checked").get_attribute("value") == "disagree"
