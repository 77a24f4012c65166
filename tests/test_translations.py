"""People who have no language in common: replies ready in the reporter's, translations that people made, what happens next."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import func, select, text

from portal.audit import Action, AuditEntry
from portal.db import session, today, transaction
from portal.languages.i18n import ENGLISH, LANGUAGES, language_of
from portal.partnership.working_days import working_days_after
from portal.reporting import deletions, promises
from portal.reporting.models import Message, Report, State, Translation
from portal.staff import replies
from tests.support.loot import spellings, stolen
from tests.support.people import Officer, Resident
from tests.support.sending import NARRATIVE, send_report
from tests.test_deletions import ask_for_deletion, come_back, days_pass, id_of
from tests.test_journeys import said_day

__all__ = ["days_pass"]


@pytest.fixture
def digits(resident: Resident) -> str:
    """The number of a report that its reporter has open, with a message of theirs in it."""
    digits = send_report(resident)
    come_back(resident, digits)
    resident.post("/return/report", message="Czy ktoś to czyta?")
    resident.follow()
    return digits


@pytest.fixture
def at(app: Flask, digits: str) -> str:
    """The address of its page for officers."""
    with app.app_context():
        return f"/staff/reports/{session.scalars(select(Report.id)).one()}"


def translate(officer: Officer, at: str, number: int, **fields: object) -> None:
    """Add a translation: number 0 of the first words, the others of the messages in their order."""
    officer.get(at)
    officer.get(originals(officer)[number])
    page = officer.page
    for _ in range(2):  # whoever presses twice adds one
        officer.page = page
        officer.post(officer.path, {"language": "en"} | fields)


def originals(officer: Officer) -> list[str]:
    """Where each text on the report's page can be translated."""
    return re.findall(r'href="(/staff/reports/[0-9a-f-]{36}/translate/[0-9a-f-]{36})"', officer.page)


def read(officer: Officer, at: str, *texts: str) -> None:
    officer.get(at)
    officer.see(*texts)


def shown(page: str, language: str) -> list[str]:
    return re.findall(rf'<p class="app-message__text" lang="{language}" dir="\w+">(.*?)</p>', page)


def test_what_was_written_stands_above_what_people_made_of_it(
    app: Flask, resident: Resident, officer: Officer, at: str
) -> None:
    officer.get(at)
    officer.post(at, message="We can ring you.", language="en")
    translate(officer, at, 0, language="pl", translation="Rzucali kamieniami.")
    translate(officer, at, 1, translation="Is somebody reading this?")
    for better in ("Możemy dzwonić.", "Możemy do Pani zadzwonić."):
        translate(officer, at, 2, language="pl", translation=better)
    day = said_day(today())
    read(officer, at, NARRATIVE, "Rzucali kamieniami.", "Czy ktoś to czyta?", "Is somebody reading this?")
    officer.see(f"Translated into English by Sam on {day}.", f"Translated into Polish (Polski) by Sam on {day}.")
    resident.get("/return/report")
    resident.see("We can ring you.", f"Translated into Polski by a person on {day}.", "1 older translation")
    resident.not_see("Rzucali", "Sam")
    assert shown(resident.page, "pl") == ["Możemy do Pani zadzwonić.", "Możemy dzwonić."]
    assert "<summary" in resident.page.split("Is somebody reading this?")[0].split("Czy ktoś")[1]
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Translation)) == 4
        entries = session.scalars(select(AuditEntry.action)).all()
        assert entries.count(Action.ADDED_TRANSLATION) == 8


def test_no_translation_lies_in_the_clear_and_the_receipt_does_not_open_that_of_the_first_words(
    app: Flask, resident: Resident, officer: Officer, at: str
) -> None:
    for number, word in enumerate(("firstwordscanary", "messagecanary" * 200)):
        translate(officer, at, number, translation=word)
        read(officer, at, word)
    loot = stolen(app)
    for canary in ("firstwordscanary", "messagecanary"):
        assert not any(spelling in loot for spelling in spellings(canary))
    resident.get("/return/report")
    resident.not_see("firstwordscanary")
    with app.app_context():
        rows = session.scalars(select(Translation).order_by(Translation.position)).all()
        report = session.scalars(select(Report)).one()
        assert [row.sealed[1:17] for row in rows] == [report.id.bytes, report.conversation_id.bytes]
        assert len({len(row.sealed) for row in rows}) == 1
    assert set(Translation.__table__.columns.keys()) == {
        "id", "report_id", "message_id", "position", "language", "made_on", "sealed",
    }  # fmt: skip


def test_a_damaged_translation_hides_nothing_else(app: Flask, officer: Officer, at: str) -> None:
    translate(officer, at, 1, translation="Is somebody reading this?")
    with app.app_context(), transaction() as db:
        row = db.scalars(select(Translation)).one()
        row.sealed = row.sealed[:-1] + bytes([row.sealed[-1] ^ 1])
    read(officer, at, NARRATIVE, "Czy ktoś to czyta?", "This translation cannot be read.")


def test_translations_go_with_the_report(
    app: Flask, resident: Resident, officer: Officer, at: str, days_pass: Callable[[int], None]
) -> None:
    for number in (0, 1):
        translate(officer, at, number, translation="Is somebody reading this?")
    ask_for_deletion(resident)
    days_pass(14)
    with app.app_context():
        assert deletions.delete_due_reports() == 1
        assert session.scalar(select(func.count()).select_from(Translation)) == 0


def test_once_work_has_stopped_words_are_translated_to_be_read_and_not_to_reach_the_reporter(
    app: Flask, resident: Resident, officer: Officer, at: str
) -> None:
    officer.get(at)
    officer.post(at, message="We can ring you.")
    officer.get(at)
    first, theirs, ours = originals(officer)
    officer.get(ours)
    with app.app_context():
        deletions.withdraw_report(id_of(at))
    officer.post(ours, language="pl", translation="Możemy dzwonić.")
    officer.see("The reporter has stopped work on this report. This was not saved.", "Możemy dzwonić.")
    translate(officer, at, 1, translation="Is somebody reading this?")
    read(officer, at, "Is somebody reading this?")
    assert originals(officer) == [first, theirs]
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Translation)) == 1


@pytest.mark.same_on_both
def test_nothing_but_what_is_there_is_translated(officer: Officer, resident: Resident, at: str) -> None:
    assert officer.get(f"{at}/translate/{uuid.uuid4()}").status_code == 404
    officer.get(at)
    officer.get(originals(officer)[0])
    for fields, says in (
        ({"translation": " "}, "Write the translation before you press Save."),
        ({"translation": "x" * 4_001}, "This is 1 letter too long."),
        ({"translation": "x", "language": "xx"}, "Choose one of the answers on this page."),
    ):
        officer.post(officer.path, fields)
        officer.see("There is a problem", says)


@pytest.fixture
def in_urdu(monkeypatch: pytest.MonkeyPatch) -> str:
    """A reply whose words are translated."""
    ours = replies.Reply("A greeting", replies._l("Thank you for telling us."))
    monkeypatch.setitem(replies.REPLIES, "read", ours)
    return "ہمیں بتانے کا شکریہ۔"


@pytest.mark.same_on_both
def test_a_ready_reply_is_put_below_what_was_written_in_the_reporters_language_with_the_english_beneath(
    app: Flask, resident: Resident, officer: Officer, in_urdu: str
) -> None:
    digits = send_report(resident)
    with app.app_context(), transaction() as db:
        db.execute(text("UPDATE report SET language = 'ur'"))
        at = f"/staff/reports/{db.scalars(select(Report.id)).one()}"
    officer.get(at)
    officer.post(at, fill="1", message="Dear neighbour")
    officer.see("Choose a reply first.", "Dear neighbour")
    officer.post(at, fill="1", ready="read", message="Dear neighbour", language="en")
    officer.see("In English: Thank you for telling us.", "Nobody has checked the translation yet")
    box = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", officer.page, re.DOTALL)
    assert box
    assert re.fullmatch(rf"Dear neighbour\n\n{in_urdu}\n\nThank you for telling us.", box[1])
    assert '<option value="ur" selected>' in officer.page
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Message)) == 0
    officer.post(at, message=box[1], language="ur")
    come_back(resident, digits)
    resident.see(in_urdu)
    assert len(re.findall(r'app-message__text" lang="ur"', resident.page)) == 1


@pytest.mark.same_on_both
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_every_ready_reply_is_whole_in_every_language_and_says_truly_which_that_is(
    app: Flask, language: object
) -> None:
    with app.test_request_context():
        for code in replies.REPLIES:
            ready = replies.reply_in(language, code, today())  # type: ignore[arg-type]
            assert not re.search(r"%\(|%[sd]", ready.text)
            assert ready.english in ready.text
            assert (ready.language == ENGLISH) == (ready.text == ready.english)
            assert len(ready.text) < 1_500
            with force_locale(language_of(ENGLISH).locale):
                assert len(str(replies.REPLIES[code].title)) < 60


@pytest.mark.same_on_both
def test_what_happens_next_is_said_with_days_for_as_long_as_something_does(
    app: Flask, resident: Resident, officer: Officer, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    holidays = app.extensions["partnership"].bank_holidays
    in_days = {days: said_day(working_days_after(today(), days, holidays)) for days in (2, 10)}
    resident.get("/return/report")
    resident.see(f"By {in_days[2]} An officer reads it", f"By {in_days[10]} We tell you what we are doing.")
    resident.see("We write to you at least every 10 working days, until we have finished.")
    officer.get(at)
    resident.get("/return/report")
    resident.see("An officer reads it")
    officer.post(f"{at}/read")
    resident.get("/return/report")
    resident.not_see("An officer reads it")
    resident.see(f"By {in_days[10]} We tell you what we are doing.")
    monkeypatch.setattr(promises, "today", lambda: today() + timedelta(days=30))
    resident.get("/return/report")
    resident.see(f"Late: {in_days[10]} We should have done this by now. Write to us here.")
    monkeypatch.undo()
    officer.get(at)
    officer.post(at, message="We are looking for a witness.")
    resident.get("/return/report")
    resident.see(f"By {in_days[10]} We write to you again here, even if there is nothing new.")
    for state in (State.CLOSED, State.WITHDRAWN):
        with app.app_context(), transaction() as db:
            db.scalars(select(Report)).one().state = state
        resident.get("/return/report")
        resident.not_see("What happens next", "working days")


@pytest.mark.same_on_both
def test_whoever_wants_it_read_to_them_is_seen_at_the_top_of_the_report(
    resident: Resident, officer: Officer, at: str
) -> None:
    read(officer, at)
    officer.not_see("They asked to have this read to them")
    resident.get("/return/read-aloud")
    resident.post("/return/read-aloud", language="other", other="Tamil")
    resident.get("/return/report")
    resident.post("/return/report", message="Thank you.")
    read(officer, at, "They asked to have this read to them in: Tamil")
