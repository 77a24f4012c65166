"""How a report ends: an outcome and a message that says what was done, a second look where it is wanted, and what comes after."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal import audit
from portal.db import session, today, transaction
from portal.languages.i18n import LANGUAGES
from portal.languages.words import Words
from portal.partnership.outcomes import ClosingRules, Outcome, check_outcomes, outcome_problems
from portal.partnership.toml_records import Wrong
from portal.reporting import case, deletions, second_looks, verdicts
from portal.reporting.closing import CannotClose
from portal.reporting.count_models import ReportCount
from portal.reporting.models import Author, Message, Nudge, Part, Report, ReportPart, State
from portal.reporting.second_look_models import SecondLook
from portal.staff.models import Role, StaffMember
from portal.vault import keyholders
from tests.support.closing import SAID, agree, close_report, set_rules
from tests.support.loot import stolen
from tests.support.people import Officer, Resident
from tests.support.sending import send_report

REASON = "No camera covers that corner."


def come_back(resident: Resident, digits: str) -> Resident:
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    return resident


def at_report(officer: Officer) -> str:
    officer.get("/staff/reports")
    found = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert found, officer.text
    return found[0]


def the_report(app: Flask) -> Report:
    with app.app_context():
        return session.scalars(select(Report)).one()


def officer_wrote(app: Flask) -> int:
    with app.app_context():
        return len(session.scalars(select(Message).where(Message.author == Author.OFFICER)).all())


def outcomes_counted(app: Flask) -> dict[str, int]:
    with app.app_context():
        rows = session.scalars(select(ReportCount).where(ReportCount.question == "outcome"))
        return {row.answer: row.times for row in rows}


def test_the_reporter_reads_the_outcome_the_message_and_whom_to_complain_to(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    digits = send_report(resident)
    at = at_report(officer)
    close_report(officer, at, outcome="not-known-who", why=REASON)
    officer.follow()
    officer.see("Closed", "We could not find out who did it", REASON, "Sam closed it on")
    come_back(resident, digits)
    resident.see("Closed", "We could not find out who did it", "We closed it on", "Our answer", SAID)
    resident.see(
        "If you are unhappy with this", "complain to the council", "Local Government and Social Care Ombudsman"
    )
    resident.see("Was it any help?")
    resident.not_see(REASON, "Sam", "What happens next")
    assert the_report(app).closed_on == today()
    assert outcomes_counted(app) == {"not-known-who": 1}


def test_a_stolen_database_tells_that_it_is_closed_and_since_when_and_no_more(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    send_report(resident)
    at = at_report(officer)
    close_report(officer, at, outcome="no-power", why=REASON)
    loot = stolen(app)
    for secret in (SAID, REASON):
        assert secret.encode() not in loot
    with app.app_context():
        parts = {part.part: len(part.sealed) for part in session.scalars(select(ReportPart))}
        counted = session.scalars(select(ReportCount).where(ReportCount.question == "outcome")).one()
    assert counted.month == today().replace(day=1)
    officer.get(at)
    officer.post(f"{at}/reopen", written_why="x")
    close_report(officer, at, outcome="asked-to-stop", why="x" * 900)
    with app.app_context():
        again = {part.part: len(part.sealed) for part in session.scalars(select(ReportPart))}
    assert again == parts, "neither the outcome nor how much was written shows in a length"


@pytest.mark.same_on_both
def test_what_is_missing_is_said_and_what_was_typed_is_kept(app: Flask, resident: Resident, officer: Officer) -> None:
    send_report(resident)
    at = at_report(officer)
    close_report(officer, at, outcome="", message="", why=REASON)
    officer.see("Choose how it ends.", "Write to the reporter what was done.", REASON)
    close_report(officer, at, outcome="no-power", why="")
    officer.see("Write why: this outcome needs a reason.", SAID)
    close_report(officer, at, outcome="nothing-like-it")
    officer.see("Choose how it ends.", SAID)
    close_report(officer, at, message="x" * 4001)
    officer.see("This is 1 letter too long.")
    assert the_report(app).state is not State.CLOSED
    assert officer_wrote(app) == 0


@pytest.mark.same_on_both
@pytest.mark.parametrize("language", ["en", "ur"])
def test_a_ready_text_is_a_beginning_and_its_brackets_must_be_filled(
    app: Flask, resident: Resident, officer: Officer, language: str
) -> None:
    send_report(resident)
    with app.app_context(), transaction() as db:
        db.execute(update(Report).values(language=language))
    at = at_report(officer)
    officer.get(f"{at}/close")
    officer.post(f"{at}/close", fill="1", outcome="spoke", message="Hello.")
    box = re.search(r'<textarea[^>]*name="message"[^>]*>\n(.*?)</textarea>', officer.page, re.DOTALL)
    assert box
    text = app.extensions["partnership"].find_outcome("spoke").text
    is_reviewed = next(each.reviewed for each in LANGUAGES if each.code == language)
    assert text[language] in box[1]
    assert box[1].startswith("Hello.")
    assert (text["en"] in box[1]) == (language == "en" or not is_reviewed)
    for message in (text[language], text["en"]):
        officer.post(f"{at}/close", outcome="spoke", message=message, language=language)
        officer.see("square brackets")
    assert the_report(app).state is not State.CLOSED
    filled = re.sub(r"\[[^\]]*\]", "Tuesday", text[language])
    officer.post(f"{at}/close", outcome="spoke", message=filled, language=language)
    assert the_report(app).state is State.CLOSED


@pytest.mark.same_on_both
def test_another_ready_text_takes_the_place_of_one_that_nobody_has_edited(
    resident: Resident, officer: Officer, app: Flask
) -> None:
    send_report(resident)
    at = at_report(officer)
    outcomes = app.extensions["partnership"].find_outcome
    officer.get(f"{at}/close")
    officer.post(f"{at}/close", fill="1", outcome="duplicate", message=outcomes("spoke").text["en"])
    officer.see("We already work on this, and what you told us helps.")
    officer.not_see("We told them that it must stop.")


def test_an_alert_that_waits_and_new_words_of_the_reporter_keep_it_open(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    set_rules(app, second_look=())
    digits = send_report(resident, risk="yes")
    at = at_report(officer)
    close_report(officer, at)
    officer.see("Someone must look now.", SAID)
    officer.get(at)
    officer.post(f"{at}/alert")
    come_back(resident, digits).post("/return/report", message="They are back.")
    officer.get(f"{at}/close")
    officer.see("The reporter wrote, and nobody has answered", "They are back.")
    officer.post(f"{at}/close", outcome="spoke", message=SAID, language="en")
    officer.see("Read what the reporter wrote, answer it in your message, and tick this.", SAID)
    resident.get("/return/report")
    resident.post("/return/report", message="And again.")
    officer.post(f"{at}/close", outcome="spoke", message=SAID, language="en", answered="y")
    officer.see("The reporter has written meanwhile. Read it below first.", "And again.", SAID)
    assert the_report(app).state is not State.CLOSED
    officer.post(f"{at}/close", outcome="spoke", message=SAID, language="en", answered="y")
    assert the_report(app).state is State.CLOSED
    officer.get("/staff/reports")
    officer.see("No report waits.")


def test_the_button_pressed_twice_closes_once(app: Flask, resident: Resident, officer: Officer) -> None:
    send_report(resident)
    at = at_report(officer)
    officer.get(f"{at}/close")
    fields = officer._hidden(f"{at}/close") | {"outcome": "spoke", "message": SAID, "language": "en"}
    for _ in range(2):
        assert officer.client.post(f"{at}/close", data=fields).location == at
    assert officer_wrote(app) == 1
    assert outcomes_counted(app) == {"spoke": 1}


def test_of_two_officers_who_close_it_at_once_the_second_keeps_what_was_typed(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    send_report(resident)
    at = at_report(officer)
    other = hire("fatima")
    other.sign_in()
    other.unlock()
    other.get(f"{at}/close")
    close_report(officer, at)
    other.post(f"{at}/close", outcome="formal", message="We wrote to them.", language="en", why=REASON)
    other.see("Somebody else has closed this report meanwhile.", "We wrote to them.", REASON, "It was not sent.")
    assert officer_wrote(app) == 1
    assert outcomes_counted(app) == {"spoke": 1}


def test_a_message_and_a_closing_in_the_same_moment_lose_nothing(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    """Either the closing sees that there is more to read, or the message reaches a closed report and lists it again."""
    digits = send_report(resident)
    at = at_report(officer)
    come_back(resident, digits)
    officer.get(f"{at}/close")
    closing = officer._hidden(f"{at}/close") | {"outcome": "spoke", "message": SAID, "language": "en"}
    writing = resident._hidden("/return/report") | {"message": "They came back just now."}
    start = Barrier(2)

    def press(person: Resident, path: str, fields: dict[str, object]) -> None:
        start.wait()
        person.client.post(path, data=fields)

    threads = [
        Thread(target=press, args=given)
        for given in ((officer, f"{at}/close", closing), (resident, "/return/report", writing))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    officer.get("/staff/reports")
    officer.see("New message")
    assert officer_wrote(app) == (the_report(app).state is State.CLOSED)


@pytest.mark.parametrize("end", ["withdraw", "delete"])
def test_a_report_that_was_taken_back_or_is_to_be_deleted_is_not_closed(
    app: Flask, resident: Resident, officer: Officer, end: str
) -> None:
    digits = send_report(resident)
    at = at_report(officer)
    officer.get(f"{at}/close")
    come_back(resident, digits)
    resident.get("/return/ending")
    resident.post(f"/return/{end}")
    officer.post(f"{at}/close", outcome="spoke", message=SAID, language="en", why=REASON)
    officer.see("The reporter has stopped work on this report. It was not closed, and nothing was sent.", SAID, REASON)
    assert officer_wrote(app) == 0
    assert officer.get(f"{at}/close").location == at
    officer.get(at)
    officer.not_see("Close this report")


def test_hate_waits_for_a_supervisor_and_its_reporter_sees_nothing_of_it(
    app: Flask, resident: Resident, officer: Officer, supervisor: Officer, hire: Callable[..., Officer]
) -> None:
    digits = send_report(resident, kind="hate")
    at = at_report(officer)
    looks = at.replace("/reports/", "/second-looks/")
    officer.get(f"{at}/close")
    officer.see("A supervisor looks at it first.", "Ask for the second look")
    close_report(officer, at, why=REASON)
    officer.follow()
    officer.see("A closing waits for a second look.", "asked for a second look at closing it")
    come_back(resident, digits)
    resident.not_see("Closed", SAID)
    assert SAID.encode() not in stolen(app)
    assert the_report(app).state is State.LOOKED_AT
    officer.get("/staff/second-looks")
    officer.see("1 second look", "A supervisor must look")
    agree(officer, at)
    officer.see("You have closed this report yourself")
    other = hire("fatima")
    other.sign_in()
    other.unlock()
    other.get(looks)
    other.see("A supervisor must look.", SAID)
    other.not_see("Agree")
    other.post(looks)
    assert the_report(app).state is State.LOOKED_AT
    supervisor.get(looks)
    supervisor.see("What happened", SAID, REASON, "Proposed by Sam on")
    supervisor.not_see("Open the whole report", "Add a translation")
    agree(supervisor, at)
    resident.get("/return/report")
    resident.see("Closed", SAID)
    officer.get(at)
    officer.see("Sam closed it. Uma agreed on")
    with app.app_context():
        assert session.scalars(select(SecondLook)).all() == []
        acts = [(each.actor, each.action) for each in audit.entries_about(at[-36:], most=99)]
    assert ("sam", audit.Action.PROPOSED_CLOSING) in acts
    assert ("uma", audit.Action.CLOSED_REPORT) in acts
    assert officer_wrote(app) == 1
    assert outcomes_counted(app) == {"spoke": 1}


@pytest.mark.same_on_both
def test_where_the_file_says_officer_another_officer_agrees_and_never_the_same(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    set_rules(app, second_look=("immediate_risk",), second_look_by="officer")
    send_report(resident, risk="yes")
    at = at_report(officer)
    officer.get(at)
    officer.post(f"{at}/alert")
    close_report(officer, at)
    agree(officer, at)
    assert the_report(app).state is not State.CLOSED
    other = hire("fatima")
    other.sign_in()
    other.unlock()
    agree(other, at)
    assert the_report(app).state is State.CLOSED


@pytest.mark.same_on_both
def test_a_supervisor_who_closes_it_as_an_officer_cannot_agree_to_that(
    app: Flask, resident: Resident, hire: Callable[..., Officer]
) -> None:
    both = hire("bo", roles=(Role.OFFICER, Role.SUPERVISOR))
    both.sign_in()
    both.unlock()
    send_report(resident, kind="hate")
    at = at_report(both)
    close_report(both, at)
    agree(both, at)
    both.see("You have closed this report yourself: somebody else must look.")
    with app.app_context():
        member = session.scalars(select(StaffMember).where(StaffMember.name == "bo")).one()
        held = keyholders.keyring(member.member_id, keyholders.open_member(member.member_id, both.passphrase) or b"")
        found = case.find_report(uuid.UUID(at[-36:]), held)
        assert found
        waiting = second_looks.waiting_closing(found.report.id, found.key)
        assert waiting
        assert waiting.closing
        once = waiting.closing.once
        with pytest.raises(CannotClose, match="own_closing"), transaction() as db:
            second_looks.agree(db, held, found.conversation, found.key, once, by="Bo", by_id=member.id, read=0)
    assert the_report(app).state is not State.CLOSED


@pytest.mark.same_on_both
def test_what_is_sent_back_is_in_the_form_again_with_the_note(
    app: Flask, resident: Resident, officer: Officer, supervisor: Officer
) -> None:
    send_report(resident, kind="hate")
    at = at_report(officer)
    looks = at.replace("/reports/", "/second-looks/")
    close_report(officer, at, outcome="formal")
    supervisor.get(looks)
    supervisor.post(looks, send_back="1")
    supervisor.see("Write what must change before it can be closed.")
    supervisor.post(looks, send_back="1", why="Say which letter.")
    officer.get(at)
    officer.see("Uma sent the closing back on", "Say which letter.", "Close this report")
    officer.get(f"{at}/close")
    officer.see("Say which letter.", SAID)
    assert '<option value="formal" selected>' in officer.page
    supervisor.get("/staff/second-looks")
    supervisor.post(looks)
    supervisor.see("This closing does not wait any more. Nothing was done.")
    assert the_report(app).state is not State.CLOSED


def test_an_officer_takes_a_closing_back_and_a_closing_that_was_changed_is_not_agreed_to_unseen(
    app: Flask, resident: Resident, officer: Officer, supervisor: Officer
) -> None:
    send_report(resident, kind="hate")
    at = at_report(officer)
    looks = at.replace("/reports/", "/second-looks/")
    close_report(officer, at)
    supervisor.get(looks)
    old = supervisor._hidden(looks)
    officer.get(looks)
    officer.post(f"{at}/close/take-back")
    officer.follow()
    officer.see(SAID)
    close_report(officer, at, message="Nothing at all was done.")
    supervisor.client.post(looks, data=old)
    assert the_report(app).state is not State.CLOSED
    assert officer_wrote(app) == 0


def test_when_the_reporter_writes_meanwhile_it_is_read_before_anyone_agrees(
    app: Flask, resident: Resident, officer: Officer, supervisor: Officer
) -> None:
    digits = send_report(resident, kind="hate")
    at = at_report(officer)
    looks = at.replace("/reports/", "/second-looks/")
    close_report(officer, at)
    supervisor.get(looks)
    come_back(resident, digits).post("/return/report", message="It was my cousin.")
    supervisor.post(looks)
    supervisor.see("The reporter has written meanwhile. Read it below first.", "It was my cousin.")
    supervisor.post(looks)
    supervisor.see("Read what the reporter has written since, and tick this; or send it back.")
    supervisor.get("/staff/second-looks")
    supervisor.see("The reporter has written since")
    assert the_report(app).state is not State.CLOSED
    agree(supervisor, at, answered="y")
    assert the_report(app).state is State.CLOSED


@pytest.mark.parametrize("end", ["withdraw", "delete"])
def test_a_closing_that_waits_ends_with_the_work(
    app: Flask, resident: Resident, officer: Officer, supervisor: Officer, end: str
) -> None:
    digits = send_report(resident, kind="hate")
    at = at_report(officer)
    looks = at.replace("/reports/", "/second-looks/")
    close_report(officer, at)
    supervisor.get(looks)
    held = supervisor._hidden(looks)
    come_back(resident, digits)
    resident.get("/return/ending")
    resident.post(f"/return/{end}")
    supervisor.client.post(looks, data=held)
    assert officer_wrote(app) == 0
    assert the_report(app).state is not State.CLOSED
    supervisor.get("/staff/second-looks")
    supervisor.see("No closing waits for a second look.")
    if end == "withdraw":
        with app.app_context():
            assert session.scalars(select(SecondLook)).all() == []
    if end == "delete":
        with app.app_context(), transaction() as db:
            db.execute(update(deletions.DeletionRequest).values(due_on=today()))
        with app.app_context():
            assert deletions.delete_due_reports() == 1
            assert session.scalars(select(SecondLook)).all() == []


def test_a_closing_waits_for_the_team_it_was_sealed_to(
    resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    send_report(resident, kind="hate")
    close_report(officer, at_report(officer))
    other = hire("vic", teams=("asb_team",), roles=(Role.SUPERVISOR,))
    other.sign_in()
    other.unlock()
    other.get("/staff/second-looks")
    other.see("1 more waits that is sealed to another team.")
    other.not_see("Fishermead")


def test_it_is_opened_again_with_a_reason_and_closed_again(app: Flask, resident: Resident, officer: Officer) -> None:
    digits = send_report(resident)
    at = at_report(officer)
    close_report(officer, at)
    come_back(resident, digits).post("/return/report", message="It is not true.")
    officer.get("/staff/reports")
    officer.see("New message", "Closed")
    officer.get(at)
    officer.see("The reporter has written since.")
    officer.not_see("Change the state")
    officer.post(f"{at}/state", state="looked_at")
    assert the_report(app).state is State.CLOSED, "not without a reason"
    officer.get(at)
    officer.post(f"{at}/reopen", written_why="")
    officer.see("Write why you open it again.")
    officer.post(f"{at}/reopen", written_why="They were right.")
    officer.follow()
    officer.see("Sam opened it again on", "They were right.", "Being looked at")
    assert b"They were right." not in stolen(app)
    assert the_report(app).closed_on is None
    resident.get("/return/report")
    resident.see("Being looked at", SAID)
    resident.not_see("Our answer", "If you are unhappy with this", "Was it any help?")
    close_report(officer, at, outcome="formal", message="We wrote to them today.", answered="y")
    resident.get("/return/report")
    resident.see("We used our powers", "We wrote to them today.")
    assert outcomes_counted(app) == {"spoke": 1, "formal": 1}


def test_what_happens_again_opens_a_closed_report_without_its_old_outcome(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    digits = send_report(resident)
    close_report(officer, at_report(officer))
    come_back(resident, digits)
    resident.get("/return/again")
    resident.post("/return/again", {"when": "today"})
    report = the_report(app)
    assert (report.state, report.closed_on) == (State.NEW, None)
    with app.app_context():
        assert Part.OUTCOME not in set(session.scalars(select(ReportPart.part)))


@pytest.mark.same_on_both
def test_an_outcome_that_was_retired_or_taken_out_stays_readable(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    digits = send_report(resident)
    at = at_report(officer)
    close_report(officer, at)
    partnership = app.extensions["partnership"]
    retired = tuple(replace(each, retired=each.code == "spoke") for each in partnership.outcomes)
    app.extensions["partnership"] = replace(partnership, outcomes=retired)
    come_back(resident, digits).see("We spoke to the people who did it")
    officer.get(at)
    officer.see("We spoke to the people who did it")
    officer.post(f"{at}/reopen", written_why="x")
    officer.get(f"{at}/close")
    officer.not_see("We spoke to the people who did it")
    officer.post(f"{at}/close", outcome="spoke", message=SAID, language="en")
    officer.see("Choose how it ends.")
    close_report(officer, at, outcome="formal")
    left = tuple(each for each in partnership.outcomes if each.code not in ("spoke", "formal"))
    app.extensions["partnership"] = replace(partnership, outcomes=left)
    resident.get("/return/report")
    resident.see("Closed", "Something was done about what you told us", SAID)
    officer.get(at)
    officer.see("An outcome that is no longer in the list (formal)")


def test_a_report_closed_before_there_were_outcomes_reads_as_it_did(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    digits = send_report(resident)
    at = at_report(officer)
    with app.app_context(), transaction() as db:
        db.execute(update(Report).values(state=State.CLOSED))
    come_back(resident, digits)
    resident.see("Closed", "We have finished with this report. You can still write to us here.", "Was it any help?")
    resident.not_see("Our answer", "If you are unhappy")
    officer.get(at)
    officer.see("It was closed before outcomes were kept.")


def test_closing_is_news_and_is_mailed_once(app: Flask, resident: Resident, officer: Officer) -> None:
    send_report(resident)
    at = at_report(officer)
    officer.get(at)
    with app.app_context(), transaction() as db:
        report = db.scalars(select(Report)).one()
        db.add(Nudge(report_id=report.id, sealed=b"x", sent_unread=0, refusals=0))
    close_report(officer, at)
    with app.app_context():
        row = session.scalars(select(Nudge)).one()
        assert row.due_at
        assert row.delete_on


def test_a_closing_that_is_damaged_can_be_sent_back_and_not_agreed_to(
    app: Flask, resident: Resident, officer: Officer, supervisor: Officer
) -> None:
    send_report(resident, kind="hate")
    at = at_report(officer)
    looks = at.replace("/reports/", "/second-looks/")
    close_report(officer, at)
    assert officer.get(f"{at}/close").location == looks
    with app.app_context(), transaction() as db:
        db.execute(update(SecondLook).values(sealed=b"x" * 99))
    supervisor.get("/staff/second-looks")
    supervisor.see("Damaged: cannot be read")
    supervisor.get(looks)
    supervisor.see("The closing cannot be opened. Send it back, so that it is written anew.")
    supervisor.post(looks)
    supervisor.see("This closing does not wait any more. Nothing was done.")
    supervisor.post(looks, send_back="1", why="It cannot be opened.")
    officer.get(at)
    officer.see("It cannot be opened.", "Close this report")
    assert officer_wrote(app) == 0


@pytest.mark.same_on_both
def test_a_tampered_page_closes_nothing(app: Flask, resident: Resident, officer: Officer) -> None:
    digits = send_report(resident)
    at = at_report(officer)
    come_back(resident, digits).post("/return/report", message="Wait.")
    for read in ("", "x", "-5", "9" * 30):
        officer.get(f"{at}/close")
        officer.post(f"{at}/close", outcome="spoke", message=SAID, language="en", read=read)
        assert the_report(app).state is not State.CLOSED, read


def verdict(app: Flask, day: date, question: str, answer: str, times: int) -> None:
    with app.app_context(), transaction() as db:
        key = {"month": day.replace(day=1), "place_group": "everywhere", "question": question, "answer": answer}
        db.add(ReportCount(**key, times=times))


def test_verdicts_are_shown_from_ten_on_rounded_by_kind_once_their_quarter_is_over(
    app: Flask, analyst: Officer
) -> None:
    analyst.get("/staff/verdicts")
    analyst.see("No quarter in which somebody answered is over yet.")
    long_ago = today() - timedelta(100)
    for question, answer, times in (
        ("listened", "yes", 13), ("listened", "no", 9), ("listened.hate", "yes", 12), ("listened.asb", "no", 9),
    ):  # fmt: skip
        verdict(app, long_ago, question, answer, times)
    verdict(app, today(), "listened", "a_little", 40)
    analyst.get("/staff/verdicts")
    analyst.see("Did you feel listened to?", "All reports 20 15 fewer than 10 fewer than 10")
    analyst.see("Hate incident 10 10", "Anti-social behaviour fewer than 10 Not sure")
    analyst.not_see("13", "40", " 9 ")


def test_a_verdict_is_counted_by_place_and_by_kind_and_the_two_are_not_tied(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    digits = send_report(resident)
    close_report(officer, at_report(officer))
    come_back(resident, digits)
    resident.post("/return/helped", listened="yes")
    with app.app_context():
        rows = session.scalars(select(ReportCount).where(ReportCount.question.like("listened%"))).all()
        assert {(row.question, row.answer, row.times) for row in rows} == {
            ("listened", "yes", 1), ("listened.asb", "yes", 1),
        }  # fmt: skip
        assert {row.place_group for row in rows if "." in row.question} == {"everywhere"}
        found = verdicts.verdicts_of(today().replace(month=(today().month - 1) // 3 * 3 + 1, day=1))
    assert found["listened"][0].answered is None


def test_nothing_but_the_closing_service_and_the_invented_sample_closes_a_report() -> None:
    closes = re.compile(r"(?<![=!<>])=\s*State\.CLOSED|change_state\([^)]*State\.CLOSED")
    found = {path.as_posix() for path in Path("portal").rglob("*.py") if closes.search(path.read_text())}
    assert found == {"portal/reporting/closing.py"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ({"en": "Done [what"}, "must close each square bracket"),
        ({"en": "Done [what].", "pl": "Gotowe."}, "text.pl must have what to fill in"),
        ({"en": "x" * 1501}, "must be at most 1500 letters"),
        ({"en": "Done.", "ur": " "}, "text.ur must not be empty"),
    ],
)
def test_an_outcome_that_could_not_be_sent_is_named(text: dict[str, str], says: str) -> None:
    outcome = Outcome(code="x", group="done", name=Words({"en": "Done"}), text=Words(text))
    with pytest.raises(Wrong, match=re.escape(says)):
        check_outcomes([outcome])
    with pytest.raises(Wrong, match="all retired"):
        check_outcomes([replace(outcome, text=Words({"en": "Done."}), retired=True)])


def test_health_says_what_keeps_reports_from_being_closed() -> None:
    rules = ClosingRules(second_look=("hate",))
    assert [problem.split(":")[0] for problem in outcome_problems((), rules, has_supervisor=False)] == [
        "No report can be closed",
        "Nobody can take the second look at a closing",
        "Reporters do not read to whom they can complain",
    ]
    assert len(outcome_problems((), rules, has_supervisor=True)) == 2
