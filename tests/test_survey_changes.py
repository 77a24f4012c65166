"""Someone goes back in a survey and changes an answer: what no longer applies is not sent, and the next page says so."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select, update

from portal.db import session, transaction, utcnow
from portal.surveys import completion, saving, services, waves
from portal.surveys.models import SurveyResponse
from portal.vault.drafts import Draft, SealedDraft
from tests.support.browsers import Browse
from tests.support.people import Resident
from tests.support.surveying import ANSWERS, QUESTIONNAIRES, begin_survey, open_survey
from tests.support.walking import Walk

GONE = "You changed an answer, so 2 other answers no longer apply. We will not send them. If you change back, they will be there again."
BACK = "You changed an answer, so 2 other answers apply again. They are there as you left them."


@pytest.fixture
def wave_id(app: Flask) -> uuid.UUID:
    return open_survey(app)


def answer(resident: Resident, *numbers: int) -> None:
    for number in numbers:
        resident.post(f"/surveys/every-type/{number}", ANSWERS[number])
        resident.follow()


def stored(app: Flask) -> dict[str, object]:
    with app.app_context():
        (response,) = session.scalars(select(SurveyResponse))
        return response.answers


def test_answers_that_no_longer_apply_are_counted_on_the_next_page_and_not_sent(
    app: Flask, wave_id: uuid.UUID, resident: Resident
) -> None:
    begin_survey(resident)
    answer(resident, 1, 2, 3, 4)
    resident.not_see("You changed an answer")
    resident.get("/surveys/every-type/2")
    resident.post("/surveys/every-type/2", {"answer_seen": ["noise"]})
    resident.follow()
    # Whom they told, and why they told nobody.
    assert resident.path == "/surveys/every-type/4"
    resident.see(GONE)
    resident.get("/ur/surveys/every-type/4")
    resident.see("You changed an answer, so 2 other answers no longer apply. We will not send them.")
    resident.get("/surveys/every-type/4")
    resident.see(GONE)
    resident.post("/surveys/every-type/4", {"written_good": "The lake"})
    resident.follow()
    resident.not_see("You changed an answer")
    resident.get("/surveys/every-type/send")
    resident.post("/surveys/every-type/send")
    resident.follow()
    assert stored(app) == {"together": "agree_a_bit", "belong": "disagree", "seen": ["noise"]}


def test_whoever_changes_back_finds_the_answers_again_and_is_told(
    app: Flask, wave_id: uuid.UUID, resident: Resident
) -> None:
    begin_survey(resident)
    answer(resident, 1, 2, 3, 4)
    resident.get("/surveys/every-type/2")
    resident.post("/surveys/every-type/2", skip="1")
    resident.follow()
    resident.see(GONE)
    resident.get("/surveys/every-type/2")
    resident.post("/surveys/every-type/2", ANSWERS[2])
    resident.follow()
    assert resident.path == "/surveys/every-type/3"
    resident.see(BACK)
    resident.not_see("no longer appl")
    assert 'value="no" checked' in " ".join(resident.page.split())
    resident.get("/surveys/every-type/send")
    resident.post("/surveys/every-type/send")
    resident.follow()
    assert stored(app)["told"] == "no"


def test_the_last_page_says_it_too(app: Flask, wave_id: uuid.UUID, resident: Resident) -> None:
    begin_survey(resident)
    answer(resident, 1, 2, 3, 4)
    resident.get("/surveys/every-type/2")
    resident.post("/surveys/every-type/2", {"answer_seen": ["litter"]})
    resident.get("/surveys/every-type/send")
    resident.see(GONE, "You answered 4 questions of")


def test_one_answer_is_one_answer_and_a_changed_page_counts_none_of_its_own(
    app: Flask, wave_id: uuid.UUID, resident: Resident
) -> None:
    begin_survey(resident)
    answer(resident, 1, 2, 3)
    resident.get("/surveys/every-type/1")
    resident.post("/surveys/every-type/1", skip="1")
    resident.follow()
    resident.not_see("You changed an answer")
    resident.post("/surveys/every-type/2", {"answer_seen": ["litter"]})
    resident.follow()
    resident.see("You changed an answer, so 1 other answer no longer applies. We will not send it.")


def test_a_question_is_read_in_the_words_that_fit_what_was_answered(
    app: Flask, resident: Resident, tmp_path: Path
) -> None:
    open_survey(app, QUESTIONNAIRES / "ways.toml")
    resident.get("/surveys/ways")
    resident.post("/surveys/ways")
    resident.follow()
    resident.post("/surveys/ways/1", {"answer_tenure": "rent", "answer_people": "3", "answer_seen": ["noise"]})
    resident.follow()
    for number in (2, 3):
        resident.post(f"/surveys/ways/{number}", skip="1")
        resident.follow()
    resident.see("Did you tell your landlord of the noise?", "By any means.")
    resident.get("/surveys/ways/1")
    resident.post("/surveys/ways/1", {"answer_tenure": "rent", "answer_people": "3"})
    resident.get("/surveys/ways/4")
    resident.see("Did you tell your landlord?")
    resident.not_see("of the noise", "By any means.")


@pytest.mark.dear
@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.long), "ur"])
def test_on_a_phone_the_notice_stands_first_fits_and_is_right_for_a_screen_reader(
    browse: Browse, axe: Callable[[Page], list[str]], app: Flask, wave_id: uuid.UUID, live_server: str, language: str
) -> None:
    prefix = "" if language == "en" else f"/{language}"
    page = browse(f"{prefix}/surveys/every-type")
    page.set_viewport_size({"width": 320, "height": 640})
    walk = Walk(page, app, language)
    walk.press("Start the survey").press("Continue")
    page.locator("[value=hate]").check()
    walk.press("Continue")
    page.locator("[name=answer_told][value=no]").check()
    walk.press("Continue").go("Back").go("Back")
    page.locator("[value=hate]").uncheck()
    walk.press("Continue").at("/surveys/every-type/4")
    notice = page.get_by_role("status").filter(has_text="1")
    assert notice.bounding_box()["y"] < page.locator("h1").bounding_box()["y"]  # type: ignore[index]
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert axe(page) == []


def test_two_windows_that_read_the_same_draft_both_keep_their_page_and_each_is_counted_once(
    app: Flask, wave_id: uuid.UUID
) -> None:
    with app.app_context():
        survey = waves.find_open_survey("every-type")
        assert survey
        begun = services.answering_with(services.begin_answers(survey))
        one, other = (services.answering_with(find(begun.draft.token)) for _ in range(2))
        assert services.keep_answers(one, "area", {"together": "disagree", "belong": None})
        late = services.keep_answers(other, "seen", {"seen": ["hate"]})
        assert late
        assert late.draft.content["left"] == ["area", "seen"]
        assert late.counting == {"together": "disagree", "seen": ["hate"]}
        assert list(late.asked) == list(services.answering_with(find(begun.draft.token)).asked)
        assert services.keep_answers(one, "area", {"together": "agree_a_bit", "belong": None})
        kept = find(begun.draft.token).content
        assert kept["answers"] == {"together": "agree_a_bit", "belong": None, "seen": ["hate"]}
        assert completion.completion_of(wave_id).left == {"area": 1, "seen": 1}


def test_a_page_read_before_its_draft_was_sent_saved_or_gone_changes_nothing_any_more(
    app: Flask, wave_id: uuid.UUID
) -> None:
    with app.app_context(), app.test_request_context():
        survey = waves.find_open_survey("every-type")
        assert survey
        sent, saved, gone, ended = (services.answering_with(services.begin_answers(survey)) for _ in range(4))
        services.record_response(sent.draft.token, "en", "203.0.113.1")
        saving.save_answers(saved.draft.token)
        services.forget_draft(gone.draft.token)
        with transaction() as db:
            db.execute(update(SealedDraft).where(SealedDraft.id == ended.draft.row_id).values(ends_at=utcnow()))
        for over in (sent, saved):
            now = services.keep_answers(over, "area", {"together": "disagree"})
            assert now
            assert saving.is_over(now.draft)
            assert now.draft.content == find(over.draft.token).content
        assert services.keep_answers(gone, "area", {"together": "disagree"}) is None
        assert services.keep_answers(ended, "area", {"together": "disagree"}) is None
    assert stored(app) == {}


def find(token: str) -> Draft:
    """The draft as another window finds it now."""
    draft = services.find_survey_draft(token)
    assert draft
    return draft
