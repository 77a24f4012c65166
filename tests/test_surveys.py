"""A resident answers a survey: page by page, in their language, back and forth, and once; nothing leads back to them."""

from __future__ import annotations

import re
import threading
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from portal.db import session, today, transaction, utcnow
from portal.surveys import services, waves
from portal.surveys.answers import coded_answers, count_written
from portal.surveys.models import SampleType, SurveyResponse, SurveyVersion, Wave, WaveState, WrittenAnswer
from portal.surveys.reading import FOLDER
from portal.surveys.services import store_response
from portal.surveys.waves import close_wave
from portal.vault.drafts import SealedDraft
from tests.support.browsers import PHONE, Browse
from tests.support.loot import spellings, stolen
from tests.support.people import Fields, Resident, go_on
from tests.support.surveying import ANSWERS, EVERY_TYPE, answer_pages, begin_survey, open_survey, send_answers
from tests.support.walking import Walk

LONG = "They shout at us by the shops. "
SENDERS = 10


@pytest.fixture
def wave_id(app: Flask) -> uuid.UUID:
    return open_survey(app)


def responses(app: Flask) -> list[SurveyResponse]:
    with app.app_context():
        return list(session.scalars(select(SurveyResponse)))


def stored_words(app: Flask) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(WrittenAnswer)) or 0


def end_wave(app: Flask) -> None:
    with app.app_context(), transaction() as db:
        db.execute(update(Wave).values(opens_on=today() - timedelta(days=3), closes_on=today() - timedelta(days=2)))


def test_someone_answers_and_only_what_they_ticked_is_kept_beside_it(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    resident.get("/surveys")
    resident.see("A survey of every kind", "About 5 minutes.")
    send_answers(resident)
    resident.see("Thank you. Your answers are sent.", "Talk to someone")
    (stored,) = responses(app)
    assert stored.answers == {
        "together": "agree_a_bit",
        "belong": "disagree",
        "seen": ["noise", "hate"],
        "told": "no",
        "place": "e-fishermead",
        "years": 12,
        "age": "35_49",
        "sex": "female",
        "way": "bus",
    }
    assert (stored.wave_id, stored.language, stored.flagged) == (wave_id, "en", False)
    assert stored_words(app) == 2


def test_nothing_that_was_written_and_no_address_or_time_lies_in_the_clear(app: Flask, wave_id: uuid.UUID) -> None:
    resident = Resident(app.test_client())
    resident.client.environ_base |= {"REMOTE_ADDR": "203.0.113.77", "HTTP_USER_AGENT": "canarybrowser"}
    begin_survey(resident)
    answer_pages(resident, {4: {"written_why_not": "canaryreason", "written_good": "canarygood"}})
    half_way = stolen(app)
    resident.post("/surveys/every-type/send")
    assert stored_words(app) == 2
    for loot in (half_way, stolen(app)):
        for trace in ("canaryreason", "canarygood", "203.0.113.77", "canarybrowser"):
            for spelling in spellings(trace):
                assert spelling not in loot
    for model in (SurveyResponse, WrittenAnswer):
        assert not [column for column in model.__table__.columns if "time" in str(column.type).lower()]


def test_a_tick_that_is_a_space_is_no_answer_and_the_wave_can_be_closed(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    begin_survey(resident)
    for space in (" ", "\u00a0", "\x1c"):
        resident.get("/surveys/every-type/1")
        resident.post("/surveys/every-type/1", answer_together=space)
        assert_mistake(resident, "Choose one of the answers on this page.")
    with app.app_context(), transaction() as db:
        wave = db.get_one(Wave, wave_id)
        version_id = db.scalars(select(SurveyVersion.id)).one()
        store_response(
            db, wave, version_id, {"together": " ", "years": -4, "seen": ["noise", "x"], "belong": "disagree"}, "en"
        )
        db.flush()
        assert close_wave(db, wave_id) == 1
        assert {code for code, (value,) in coded_answers(wave).values.items() if value is not None} == {
            "_language", "_version", "_flagged", "_mode", "_signals", "belong",
        }  # fmt: skip


@pytest.mark.same_on_both
def test_nothing_is_compulsory_but_an_empty_survey_is_not_sent(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    begin_survey(resident)
    for _ in range(6):
        resident.post(resident.path, skip="1")
        resident.follow()
    assert resident.path == "/surveys/every-type/send"
    resident.see("You have not answered any question.")
    resident.post("/surveys/every-type/send")
    assert responses(app) == []
    resident.get("/surveys/every-type/7")
    resident.post("/surveys/every-type/7", ANSWERS[7])
    resident.follow()
    resident.see("You answered 1 question of 9.", "Nothing has been sent yet.")
    resident.post("/surveys/every-type/send")
    assert [one.answers for one in responses(app)] == [{"way": "bus"}]


def test_whoever_changes_an_earlier_answer_sends_nothing_that_hung_on_it(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    begin_survey(resident)
    answer_pages(resident)
    resident.get("/surveys/every-type/2")
    resident.see("Page 2 of about 7")
    assert re.search(r'value="hate"\s+checked', resident.page)
    resident.post("/surveys/every-type/2", {"answer_seen": ["litter"]})
    resident.follow()
    resident.see("Page 3 of about 6", "What is good here?")
    resident.not_see("Did you tell anyone?", "Why did you not tell anyone?")
    resident.get("/surveys/every-type/3")
    assert resident.response is not None
    assert resident.response.location == "/surveys/every-type/4"
    resident.get("/surveys/every-type/send")
    resident.post("/surveys/every-type/send")
    (stored,) = responses(app)
    assert "told" not in stored.answers
    with app.app_context():
        assert count_written(stored.wave_id) == {"good": 1}


@pytest.mark.same_on_both
def test_a_change_of_language_keeps_what_was_typed_right_or_wrong(resident: Resident, wave_id: uuid.UUID) -> None:
    begin_survey(resident)
    answer_pages(resident)
    resident.get("/surveys/every-type/4")
    resident.post("/ur/surveys/every-type/4", switch="ur", written_why_not=LONG * 20, written_good="جھیل")
    resident.follow()
    assert resident.path == "/ur/surveys/every-type/4"
    resident.see("یہاں کیا اچھا ہے؟")
    assert (LONG * 20).strip() in resident.page
    assert 'value="جھیل"' in resident.page
    # What is too long to be kept is on the page at once, with the sentence that says so.
    resident.post("/pl/surveys/every-type/4", switch="pl", written_why_not=LONG * 200, written_good="jezioro")
    assert resident.response
    assert resident.response.status_code == 200
    assert (LONG * 200).strip() in resident.page
    assert 'value="jezioro"' in resident.page
    assert 'aria-invalid="true"' in resident.page or "govuk-textarea--error" in resident.page
    resident.get("/ur/surveys/every-type/2")
    resident.post("/pl/surveys/every-type/2", switch="pl")
    resident.follow()
    assert "checked" not in resident.page
    assert '<span lang="en" dir="ltr">Rubbish</span>' in resident.page
    resident.get("/ur/surveys/every-type/1")
    assert re.search(r'value="agree_a_bit"\s+checked', resident.page)


def test_a_draft_is_carried_on_or_begun_again(resident: Resident, wave_id: uuid.UUID) -> None:
    begin_survey(resident)
    resident.post(resident.path, ANSWERS[1])
    resident.get("/surveys/every-type")
    resident.see("Carry on with your answers")
    begin_survey(resident)
    assert re.search(r'value="agree_a_bit"\s+checked', resident.page)
    resident.get("/surveys/every-type")
    resident.post("/surveys/every-type", again="1")
    resident.follow()
    assert "checked" not in resident.page


def assert_mistake(resident: Resident, sentence: str) -> None:
    assert resident.response is not None
    assert resident.response.status_code == 200
    assert resident.text.count(sentence) == 2, resident.text
    assert "<title>Error: " in resident.page


MISTAKES: list[tuple[int, Fields, str]] = [
    (1, {"answer_together": "very_much"}, "Choose one of the answers on this page."),
    (1, {"answer_together": "agree_a_bit\x00"}, "Choose one of the answers on this page."),
    (2, {"answer_seen": ["noise", "<script>"]}, "Choose from the answers on this page."),
    (2, {"answer_seen": ["none", "noise"]}, "“None of these” does not go with other answers."),
    (5, {"answer_place-chosen": "atlantis"}, "Choose one of the answers on this page."),
    (5, {"answer_years": "121"}, "Write a number from 0 to 120."),
    (5, {"answer_years": "9" * 5_000}, "Write a number from 0 to 120."),
    (5, {"answer_years": "-1"}, "Use digits, like 17."),
    (5, {"answer_years": "a lot"}, "Use digits, like 17."),
    (5, {"answer_years": "1e2"}, "Use digits, like 17."),
    (5, {"answer_years": "²"}, "Use digits, like 17."),
    (6, {"answer_age": "15_16"}, "Choose one of the answers on this page."),
    (4, {"written_good": "x" * 201}, "This is 1 letter too long. Make it shorter."),
]


@pytest.mark.same_on_both
def test_a_mistake_is_said_and_nothing_wrong_is_kept(resident: Resident, wave_id: uuid.UUID) -> None:
    begin_survey(resident)
    for number, fields, sentence in MISTAKES:
        resident.get(f"/surveys/every-type/{number}")
        resident.post(f"/surveys/every-type/{number}", fields)
        assert_mistake(resident, sentence)
        assert "<script>" not in resident.page.replace('<script src="', "")
    resident.get("/pl/surveys/every-type/2")
    resident.post("/pl/surveys/every-type/2", answer_seen=["none", "noise"])
    resident.see("„None of these”")
    assert "&lt;span" not in resident.page
    resident.get("/surveys/every-type/send")
    resident.see("You have not answered any question.")


@pytest.mark.same_on_both
def test_five_thousand_letters_are_given_back_and_four_thousand_are_sent(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    begin_survey(resident)
    answer_pages(resident)
    resident.get("/surveys/every-type/4")
    resident.post("/surveys/every-type/4", written_why_not="அ" * 5_000)
    assert_mistake(resident, "This is 1000 letters too long.")
    assert "அ" * 5_000 in resident.page
    resident.post("/surveys/every-type/4", written_why_not="அ" * 4_000 + "\x00\u202e")
    assert resident.response is not None
    assert resident.response.status_code == 303
    resident.get("/surveys/every-type/send")
    resident.post("/surveys/every-type/send")
    assert stored_words(app) == 1


@pytest.mark.same_on_both
def test_a_number_may_be_typed_in_any_digits(app: Flask, resident: Resident, wave_id: uuid.UUID) -> None:
    send_answers(resident, "/ur", {5: {"answer_years": " ۱۲ "}})
    (stored,) = responses(app)
    assert (stored.answers["years"], stored.language) == (12, "ur")


@pytest.mark.same_on_both
def test_what_is_not_there_is_said_plainly(resident: Resident, wave_id: uuid.UUID) -> None:
    begin_survey(resident)
    wanted = {"/surveys/none": 404, "/surveys/%00": 404, "/surveys/none/1": 404, "/surveys/every-type/99": 404}
    for path, status in wanted.items():
        assert resident.get(path).status_code == status
        resident.see("See which surveys are open", "Talk to someone")


def test_a_wave_that_ends_gives_back_what_was_written(app: Flask, resident: Resident, wave_id: uuid.UUID) -> None:
    begin_survey(resident)
    answer_pages(resident)
    last_page = resident.page
    end_wave(app)
    resident.get("/surveys")
    resident.get("/surveys/every-type")
    resident.see("This survey is not open now")
    for path, fields in (
        ("/surveys/every-type/send", {}),
        ("/surveys/every-type/4", {"written_good": "typed just now"}),
    ):
        resident.page = last_page
        resident.post(path, fields)
        assert resident.response is not None
        assert resident.response.status_code == 410
        resident.see("This survey has ended", "Your answers were not sent.", "Nobody would have listened.")
        assert all(words in resident.text for words in fields.values())
    assert responses(app) == []


@pytest.mark.parametrize(
    ("now", "taken"),
    [
        (datetime(2026, 7, 10, 22, 59, tzinfo=UTC), True),  # 23:59 in Milton Keynes
        (datetime(2026, 7, 10, 23, 59, tzinfo=UTC), True),  # 00:59: who began before midnight has their hour
        (datetime(2026, 7, 11, 0, 1, tzinfo=UTC), False),
    ],
)
def test_whoever_began_before_the_last_midnight_has_an_hour_to_send(
    monkeypatch: pytest.MonkeyPatch, now: datetime, taken: bool
) -> None:
    monkeypatch.setattr(waves, "utcnow", lambda: now)
    monkeypatch.setattr(waves, "today", lambda: date(2026, 7, 11))
    wave = Wave(state=WaveState.OPEN, opens_on=date(2026, 7, 1), closes_on=date(2026, 7, 10))
    assert waves.is_taking_answers(wave) is taken


def test_whoever_sends_in_the_moment_of_closing_is_told_and_nothing_is_half_stored(
    app: Flask, wave_id: uuid.UUID
) -> None:
    with app.app_context():
        survey = waves.find_open_survey("every-type")
        assert survey
        draft = services.begin_answers(survey)
        token = draft.token
        services.keep_answers(services.answering_with(draft), "why", {"good": "The lake"})
        with transaction() as db:
            close_wave(db, wave_id)
        with pytest.raises(services.WaveClosed):
            services.record_response(token, "en", "203.0.113.1")
    assert (responses(app), stored_words(app)) == ([], 0)


def test_a_draft_that_has_ended_gives_back_what_was_typed(app: Flask, resident: Resident, wave_id: uuid.UUID) -> None:
    begin_survey(resident)
    page = resident.page
    with app.app_context(), transaction() as db:
        db.execute(update(SealedDraft).values(ends_at=utcnow()))
    resident.post("/surveys/every-type/4", written_why_not=LONG, written_good="The lake")
    resident.see("Your answers have been cleared", LONG.strip(), "The lake")
    resident.page = page
    resident.post("/surveys/every-type/send")
    resident.see("This page is closed")


def test_a_replay_back_and_a_second_tab_make_one_response(app: Flask, resident: Resident, wave_id: uuid.UUID) -> None:
    begin_survey(resident)
    other = Resident(resident.client)
    other.get("/surveys/every-type/1")
    answer_pages(resident)
    page = resident.page
    for _ in range(2):
        resident.page = page
        resident.post("/surveys/every-type/send")
        assert resident.response is not None
        assert resident.response.location == "/surveys/every-type/thanks"
    other.post("/surveys/every-type/1", ANSWERS[1])
    assert other.response is not None
    assert other.response.location == "/surveys/every-type/thanks"
    assert len(responses(app)) == 1
    resident.get("/surveys/every-type")
    resident.see("Someone else answers now")
    send_answers(resident)
    assert len(responses(app)) == 2


def test_ten_sends_in_one_moment_make_one_response(app: Flask, resident: Resident, wave_id: uuid.UUID) -> None:
    begin_survey(resident)
    answer_pages(resident)
    cookie, page, ready = resident.client.get_cookie("visit"), resident.page, threading.Barrier(SENDERS)
    assert cookie
    ends: list[tuple[int, str | None]] = []

    def send() -> None:
        sender = Resident(app.test_client())
        sender.client.set_cookie("visit", cookie.value)
        sender.page = page
        ready.wait()
        answer = sender.post("/surveys/every-type/send")
        ends.append((answer.status_code, answer.location))

    threads = [threading.Thread(target=send) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends == [(303, "/surveys/every-type/thanks")] * SENDERS
    assert len(responses(app)) == 1
    assert stored_words(app) == 2


def test_many_from_one_address_in_an_hour_are_marked_and_never_refused(
    app: Flask, wave_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_ANSWERS_PER_HOUR", 2)
    for _ in range(3):
        resident = Resident(app.test_client())
        begin_survey(resident)
        resident.post(resident.path, ANSWERS[1])
        resident.get("/surveys/every-type/send")
        resident.post("/surveys/every-type/send")
    assert sorted(one.flagged for one in responses(app)) == [False, False, True]


def test_leaving_forgets_the_answers(app: Flask, resident: Resident, wave_id: uuid.UUID) -> None:
    begin_survey(resident)
    resident.post(resident.path, ANSWERS[1])
    resident.post("/leave")
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(SealedDraft)) == 0
    go_on(resident, "/surveys/every-type/1")
    resident.see("Your answers have been cleared")


def test_a_closed_wave_gives_the_same_answers_as_an_open_one(
    app: Flask, resident: Resident, wave_id: uuid.UUID
) -> None:
    send_answers(resident)
    send_answers(Resident(app.test_client()), "/ur", {2: {"answer_seen": ["none"]}, 5: {}})
    with app.app_context():
        open_answers = coded_answers(session.get_one(Wave, wave_id))
        with transaction() as db:
            assert close_wave(db, wave_id) == 2
        wave = session.get_one(Wave, wave_id)
        assert wave.state is WaveState.CLOSED
        assert coded_answers(wave) == open_answers
    assert sorted(map(str, open_answers.values["seen"])) == ["('noise', 'hate')", "('none',)"]


def test_home_and_menu_lead_to_a_survey_while_one_is_open(app: Flask, resident: Resident) -> None:
    resident.get("/")
    resident.not_see("Answer the survey")
    resident.get("/surveys")
    resident.see("No survey is open now.")
    open_survey(app, opens_on=today() + timedelta(days=1), closes_on=today() + timedelta(days=2))
    resident.get("/")
    resident.not_see("Answer the survey")
    with app.app_context(), transaction() as db:
        db.execute(update(Wave).values(state=WaveState.CLOSED))
    wave_id = open_survey(app)
    resident.get("/")
    resident.see("Answer the survey", "A survey of every kind (5 minutes)")
    resident.not_see("surveys are open")
    with app.app_context(), transaction() as db:
        close_wave(db, wave_id)
    resident.get("/")
    resident.not_see("Answer the survey")


@pytest.mark.same_on_both
def test_where_several_are_open_the_door_leads_to_a_list_of_them(app: Flask, resident: Resident) -> None:
    open_survey(app, closes_on=today() + timedelta(days=9))
    open_survey(app, FOLDER / "event-feedback.toml", closes_on=today() + timedelta(days=2))
    resident.get("/")
    resident.see("Answer a survey", "2 surveys are open, no name needed")
    resident.not_see("Answer the survey")
    resident.get("/surveys")
    resident.see("Choose a survey.", "How was the event?", "About 3 minutes.", "About 5 minutes.")
    assert resident.page.index("/surveys/event-feedback") < resident.page.index("/surveys/every-type")


@pytest.mark.same_on_both
def test_whoever_has_answered_one_is_led_to_the_others_that_are_open(app: Flask, resident: Resident) -> None:
    open_survey(app)
    send_answers(resident)
    resident.see("Thank you. Your answers are sent.")
    resident.not_see("See which surveys are open")
    open_survey(app, FOLDER / "ward-pulse.toml")
    resident.get("/surveys/every-type/thanks")
    resident.see("See which surveys are open")
    resident.get("/surveys/ward-pulse")
    resident.post("/surveys/ward-pulse")
    resident.follow()
    resident.see("How strongly do you feel you belong to your immediate neighbourhood?")


@pytest.mark.same_on_both
def test_what_becomes_of_words_is_said_only_where_words_are_asked(app: Flask, resident: Resident) -> None:
    for path in (EVERY_TYPE, FOLDER / "ward-pulse.toml"):
        open_survey(app, path)
    resident.get("/surveys/every-type")
    resident.see("Only our survey team can open it.")
    resident.get("/surveys/ward-pulse")
    resident.see("What happens with your answers")
    resident.not_see("Only our survey team can open it.")


@pytest.mark.same_on_both
def test_only_an_open_link_is_said_to_stand_for_those_who_answered(app: Flask, resident: Resident) -> None:
    open_survey(app, sample_type=SampleType.INVITED)
    resident.get("/surveys/every-type")
    resident.see("We ask how life is in your area.", "It takes about 5 minutes.", "aged 16 or over")
    resident.not_see("Anyone can answer.")
    with app.app_context(), transaction() as db:
        db.execute(update(Wave).values(sample_type=SampleType.OPEN_LINK))
    resident.get("/surveys/every-type")
    resident.see("Anyone can answer.")


@pytest.mark.dear
@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.long), "ur"])
def test_without_a_script_someone_answers_on_a_phone(
    browse: Browse, app: Flask, language: str, live_server: str
) -> None:
    open_survey(app)
    prefix = "" if language == "en" else f"/{language}"
    page = browse(f"{prefix}/", javascript=False)
    walk = Walk(page, app, language)
    door, banner = page.locator(".app-door").nth(2).bounding_box(), page.locator(".app-demonstration").bounding_box()
    assert door
    assert banner
    # On the first screen of a phone; the banner of a demonstration is not there for residents.
    assert language != "en" or door["y"] + door["height"] - banner["height"] <= PHONE["viewport"]["height"]
    walk.go("Answer the survey").at("/surveys/every-type")
    walk.press("Start the survey").at("/surveys/every-type/1")
    expected = "People here get on well together." if language == "en" else "یہاں لوگ مل جل کر رہتے ہیں۔"
    walk.see_words(expected)
    assert page.locator("input:checked").count() == 0
    page.locator('[name=answer_together][value="disagree"]').check()
    walk.switch_to("pl").switch_to(language)
    assert page.locator("input:checked").get_attribute("value") == "disagree"
    walk.press("Continue").at("/surveys/every-type/2")
    walk.press("Skip this question").at("/surveys/every-type/4")
    page.locator("input[type=text]").fill("The lake")
    walk.press("Continue").at("/surveys/every-type/5").go("Back").at("/surveys/every-type/4")
    assert page.locator("input[type=text]").input_value() == "The lake"
    page.goto(f"{live_server}{prefix}/surveys/every-type/send")
    walk.press("Send my answers").at("/surveys/every-type/thanks").see("Thank you. Your answers are sent.")
    (stored,) = responses(app)
    assert (stored.answers, stored.language) == ({"together": "disagree"}, language)


@pytest.mark.same_on_both
def test_a_page_of_questions_is_private_and_its_length_tells_nothing(resident: Resident, wave_id: uuid.UUID) -> None:
    begin_survey(resident)
    lengths = []
    for chosen in ("agree_strongly", "disagree"):
        resident.post("/surveys/every-type/1", answer_together=chosen)
        answer = resident.get("/surveys/every-type/1", headers={"Accept-Encoding": "gzip"})
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Content-Encoding" not in answer.headers
        lengths.append(len(answer.data))
    assert len(set(lengths)) == 1
    assert lengths[0] % 4096 == 0
    for path in ("/surveys/every-type", "/surveys/every-type/send"):
        assert resident.get(path).headers["Cache-Control"] == "no-store"
        assert "app-exit" in resident.page


def test_before_sending_every_answer_stands_under_its_page_with_a_way_to_change_it(
    resident: Resident, wave_id: uuid.UUID
) -> None:
    begin_survey(resident)
    answer_pages(resident, {2: {"answer_seen": ["noise", "litter"]}, 6: {"answer_age": "35_49"}})
    assert resident.path == "/surveys/every-type/send"
    resident.see(
        "Check before you send", "Nothing has been sent yet.", "You answered 8 questions of 9.", "Tend to agree",
        "Rubbish Noise", "The lake", "Fishermead", "12", "35 to 49", "You skipped this. Answer What is your sex?",
    )  # fmt: skip
    resident.not_see("Did you tell anyone?")
    links = re.findall(r'href="(/surveys/every-type/\d+\?change=1)"', resident.page)
    assert len(links) == 9
    resident.get(links[-1])
    resident.post(links[-1], answer_way="walk")
    resident.follow()
    assert resident.path == "/surveys/every-type/send"


def test_whoever_changes_an_answer_comes_back_by_what_is_asked_because_of_it(
    resident: Resident, wave_id: uuid.UUID
) -> None:
    begin_survey(resident)
    answer_pages(resident, {2: {"answer_seen": ["noise"]}})
    resident.get("/surveys/every-type/2?change=1")
    assert 'class="govuk-back-link" href="/surveys/every-type/send"' in resident.page
    resident.post("/pl/surveys/every-type/2?change=1", switch="pl", answer_seen=["hate"])
    resident.follow()
    resident.post("/pl/surveys/every-type/2?change=1", answer_seen=["hate"])
    resident.follow()
    assert resident.path == "/pl/surveys/every-type/3?change=1"
    resident.post(resident.path, answer_told="no")
    resident.follow()
    assert resident.path == "/pl/surveys/every-type/send"


def test_each_page_says_the_surveys_name_and_about_how_long_is_left(resident: Resident, wave_id: uuid.UUID) -> None:
    begin_survey(resident)
    resident.see("A survey of every kind Page 1 of about 6 · About 5 minutes left")
    resident.get("/surveys/every-type/5")
    resident.see("Page 4 of about 6 · About 3 minutes left")
    resident.get("/surveys/every-type/7")
    resident.see("Page 6 of about 6 · About 1 minute left")


@pytest.mark.same_on_both
def test_a_first_page_on_which_all_others_hang_is_not_said_to_be_the_only_one(
    app: Flask, resident: Resident, tmp_path: Path
) -> None:
    """Many a form from elsewhere begins so, and asks whoever agrees for a quarter of an hour."""
    agrees = """[[pages]]
code = "first"
title = "Before we begin"
[[pages.questions]]
code = "agrees"
type = "single"
text = "Do you want to take part?"
options = [{ code = "yes", text = "Yes" }, { code = "no", text = "No" }]
"""
    later = "".join(
        f'[[pages]]\ncode = "p{n}"\ntitle = "P"\nonly_if = "agrees is yes"\n[[pages.questions]]\ncode = "q{n}"\n'
        f'type = "points"\nleast = 0\nmost = 3\nends = ["0", "3"]\ntext = "How often?"\n'
        for n in range(4)
    )
    path = tmp_path / "gate.toml"
    path.write_text(f'code = "gate"\ntitle = "Gate"\nabout = "A."\nminutes = 5\n{agrees}{later}', encoding="utf-8")
    open_survey(app, path)
    resident.get("/surveys/gate")
    resident.post("/surveys/gate")
    resident.follow()
    resident.see("Page 1 of about 5")
    resident.post(resident.path, answer_agrees="yes")
    resident.follow()
    resident.see("Page 2 of about 5")
    # Ends that say no more than their numbers are not said twice.
    assert 'app-points__end"' not in resident.page


def test_the_end_says_what_becomes_of_the_answers_and_when_to_come_back(resident: Resident, wave_id: uuid.UUID) -> None:
    send_answers(resident)
    resident.see(
        "Nothing says which are yours.", "We count the answers.", "to see the results.", "You do not have to leave an address.",
    )  # fmt: skip
    assert "<input" not in resident.page.split("<main")[1].split("</main")[0].replace('name="csrf_token"', "")
