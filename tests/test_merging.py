"""Two reports of one and the same are worked on as one, and each reporter keeps their receipt and reads what concerns them."""

from __future__ import annotations

import uuid

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from portal.audit import Action, AuditEntry
from portal.db import random_id, session, today, transaction
from portal.reporting import clocks, deletions, promises
from portal.reporting.models import (
    Clock,
    DeletionRequest,
    Message,
    Nudge,
    Promise,
    Report,
    ReportContact,
    RiskBand,
    State,
)
from portal.reporting.promises import PromiseClock
from tests.support.browsers import Browse
from tests.support.closing import SAID, close_report
from tests.support.happening import come_back, tell_again
from tests.support.linking import SCOOTER, Hire, by_receipt, hired, link, merge, page_of, reference, tell
from tests.support.people import Officer, Resident
from tests.support.sending import WITH_CONTACT, send_report
from tests.support.walking import Walk

TOGETHER = "We look at your report together with what else we know of it."


def returned(app: Flask, digits: str) -> Resident:
    resident = Resident(app.test_client())
    come_back(resident, digits)
    return resident


def state_of(app: Flask, report_id: str) -> State:
    with app.app_context():
        return session.get_one(Report, uuid.UUID(report_id)).state


@pytest.fixture
def told(app: Flask) -> list[tuple[str, str]]:
    """The receipt and the id of each of three reports of one scooter."""
    return tell(app)


@pytest.mark.same_on_both
def test_a_merged_report_is_closed_and_its_reporter_told_and_the_receipt_lives(
    app: Flask, officer: Officer, told: list[tuple[str, str]]
) -> None:
    (digits, one), (leading_digits, leading), _third = told
    returned(app, digits).post("/return/report", message="I have seen it again.")
    officer.get(f"{page_of(one)}/merge/{leading}")
    officer.see(
        "This one leads and is worked on", "This one is closed as a duplicate", SCOOTER[0], "The other way round",
        "Read this new message first: merging answers it.", "I have seen it again.",
    )  # fmt: skip
    merge(officer, one, leading)
    officer.follow()
    officer.see("Merged into this report", reference(app, one), "One ride told twice.", "Closed")
    officer.get(page_of(one))
    officer.see("This report is merged.", reference(app, leading), "This report is merged into it")
    assert state_of(app, one) is State.CLOSED
    resident = returned(app, digits)
    resident.see(TOGETHER, "Thank you for telling us.", "I have seen it again.", "We are working on what you told us.")
    # Nothing of the other, and no word that it is finished.
    resident.not_see(
        "We have finished", "Was it any help?", SCOOTER[1], reference(app, leading), "One ride told twice."
    )
    # The other reporter is told nothing: for them nothing has changed.
    returned(app, leading_digits).not_see(TOGETHER, "another report")


@pytest.mark.same_on_both
def test_a_message_that_is_not_there_merges_nothing(app: Flask, officer: Officer, told: list[tuple[str, str]]) -> None:
    (_, one), (_, leading), _third = told
    merge(officer, one, leading, message=" ", why="keptreason")
    officer.see("Write what the reporter is told.")
    assert "keptreason" in officer.page
    merge(officer, one, leading, why="")
    officer.see("Write why they are one and the same.")
    assert state_of(app, one) is State.LOOKED_AT or state_of(app, one) is State.NEW
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Message)) == 0


@pytest.mark.same_on_both
def test_a_message_stands_ready_also_for_a_reporter_of_another_language(
    app: Flask, officer: Officer, told: list[tuple[str, str]]
) -> None:
    (_, one), (_, leading), _third = told
    with app.app_context(), transaction() as db:
        db.execute(update(Report).where(Report.id == uuid.UUID(one)).values(language="ur"))
    officer.get(f"{page_of(one)}/merge/{leading}")
    officer.see("We work on your report together with what else we know about the same thing.")


@pytest.mark.same_on_both
def test_what_comes_to_a_merged_report_shows_at_the_leading_one(
    app: Flask, officer: Officer, told: list[tuple[str, str]]
) -> None:
    (digits, one), (_, leading), _third = told
    merge(officer, one, leading)
    officer.get(page_of(leading))
    officer.not_see("came at")
    resident = returned(app, digits)
    resident.post("/return/report", message="He lives at number nine.")
    officer.get(page_of(leading))
    officer.see(f"A message came at {reference(app, one)}.", f"Read it at {reference(app, one)}")
    officer.not_see("He lives at number nine.")
    resident.get("/return/report")
    tell_again(resident, "today", words="And again.")
    assert state_of(app, one) is State.NEW
    officer.get(page_of(leading))
    officer.see(f"2 messages came at {reference(app, one)}.")
    resident.get("/return/report")
    resident.see("And again.", TOGETHER)


@pytest.mark.same_on_both
def test_a_message_that_comes_while_it_is_merged_is_read_first(
    app: Flask, officer: Officer, told: list[tuple[str, str]]
) -> None:
    (digits, one), (_, leading), _third = told
    path = f"{page_of(one)}/merge/{leading}"
    officer.get(path)
    returned(app, digits).post("/return/report", message="It was another scooter.")
    officer.post(path, why="keptreason", message="x", language="en")
    officer.see("A new message came while you wrote.", "It was another scooter.")
    assert "keptreason" in officer.page
    assert state_of(app, one) is not State.CLOSED
    officer.post(path, why="All the same.", message="x", language="en")
    assert state_of(app, one) is State.CLOSED


@pytest.mark.same_on_both
def test_where_another_team_ended_the_merging_the_leading_one_lets_go_of_it(
    app: Flask, officer: Officer, hire: Hire, told: list[tuple[str, str]]
) -> None:
    (_, leading), *_rest = told
    (_, unsure) = tell(app, SCOOTER[:1], kind="not_sure")[0]
    merge(officer, unsure, leading)
    other = hired(hire, "hana", "hate_team")
    other.get(page_of(unsure))
    other.see("This report is merged into one that you cannot open, or that is gone.")
    other.get(f"{page_of(unsure)}/unmerge")
    other.post(f"{page_of(unsure)}/unmerge", why="Hate after all.", message="We go on.", language="en")
    assert state_of(app, unsure) is State.LOOKED_AT
    officer.get(page_of(leading))
    officer.not_see("Merged into this report", reference(app, unsure))
    assert officer.get(f"{page_of(leading)}/merged").status_code == 404
    merge(officer, leading, told[1][1])
    assert state_of(app, leading) is State.CLOSED


@pytest.mark.same_on_both
def test_what_a_merged_reporter_wrote_stays_new_when_all_are_written_to(
    app: Flask, officer: Officer, told: list[tuple[str, str]]
) -> None:
    (digits, one), (_, leading), _third = told
    merge(officer, one, leading)
    returned(app, digits).post("/return/report", message="He is back.")
    path = f"{page_of(leading)}/merged"
    officer.get(path)
    officer.post(
        path,
        {f"{_raw(app, one)}-{name}": value for name, value in (("send", "y"), ("message", "x"), ("language", "en"))},
    )
    officer.follow()
    officer.see(f"A message came at {reference(app, one)}.")


@pytest.mark.same_on_both
def test_once_the_leading_one_is_closed_the_others_read_that_theirs_is_too(
    app: Flask, officer: Officer, told: list[tuple[str, str]]
) -> None:
    (digits, one), (_, leading), _third = told
    merge(officer, one, leading)
    close_report(officer, page_of(leading))
    path = f"{page_of(leading)}/merged"
    officer.get(path)
    officer.see("This report is closed: with your message they read that theirs is closed too.")
    words = (("send", "y"), ("message", "The rider has a warning."), ("language", "en"))
    officer.post(path, {f"{_raw(app, one)}-{name}": value for name, value in words})
    resident = returned(app, digits)
    resident.see("The rider has a warning.", "We have finished with this report.", "Was it any help?")
    resident.not_see(TOGETHER)


@pytest.mark.same_on_both
def test_an_answer_at_the_leading_one_is_offered_to_each_of_the_others_by_itself(
    app: Flask, officer: Officer, told: list[tuple[str, str]]
) -> None:
    (digits, one), (leading_digits, leading), (third_digits, third) = told
    merge(officer, one, leading)
    merge(officer, third, leading)
    officer.get(page_of(leading))
    officer.post(page_of(leading), message="We spoke to the rider.", language="en")
    officer.follow()
    officer.see("Write to the reporters of the 2 merged reports")
    path = f"{page_of(leading)}/merged"
    officer.get(path)
    officer.see("Write to the reporters of merged reports", reference(app, one), reference(app, third))
    assert officer.page.count("We spoke to the rider.") == 2
    officer.post(path)
    officer.see("Tick at least one message to send.")
    officer.get(path)
    typed = {f"{_raw(app, one)}-send": "y", f"{_raw(app, one)}-message": "", f"{_raw(app, one)}-language": "en"}
    officer.post(path, typed)
    officer.see("Write what the reporter is told.")
    officer.get(path)
    typed = {
        f"{_raw(app, each)}-{name}": value
        for each, words in ((one, "For the first."), (third, "For the third."))
        for name, value in (("send", "y"), ("message", words), ("language", "en"))
    }
    officer.post(path, typed)
    # The same page sent again sends nothing twice.
    officer.get(path)
    assert officer.page
    for number, mine, others in (
        (digits, "For the first.", ("For the third.", "We spoke to the rider.")),
        (third_digits, "For the third.", ("For the first.", "We spoke to the rider.")),
        (leading_digits, "We spoke to the rider.", ("For the first.", "For the third.")),
    ):
        resident = returned(app, number)
        resident.see(mine)
        resident.not_see(*others)
    with app.app_context():
        about = session.scalars(select(AuditEntry.subject).where(AuditEntry.action == Action.WROTE_TO_MERGED)).all()
    assert about == [leading]


def _raw(app: Flask, report_id: str) -> str:
    return reference(app, report_id).replace("-", "")


@pytest.mark.same_on_both
def test_ended_it_goes_on_by_itself_and_its_reporter_is_told(
    app: Flask, officer: Officer, told: list[tuple[str, str]]
) -> None:
    (digits, one), (_, leading), _third = told
    merge(officer, one, leading)
    path = f"{page_of(one)}/unmerge"
    officer.get(path)
    officer.see("It is worked on by itself again", "We looked again.")
    officer.post(path, why="Two rides.", message="We looked again.", language="en")
    officer.follow()
    officer.see("Being looked at", "Links taken away", "Two rides.")
    officer.not_see("This report is merged.")
    officer.get(page_of(leading))
    officer.not_see("Merged into this report")
    resident = returned(app, digits)
    resident.see("We looked again.")
    resident.not_see(TOGETHER)
    assert officer.get(path).status_code == 404
    # It can be merged anew, also the other way round.
    merge(officer, leading, one)
    assert state_of(app, leading) is State.CLOSED


@pytest.mark.same_on_both
def test_nothing_is_merged_in_a_chain_or_a_circle_or_into_itself(
    app: Flask, officer: Officer, told: list[tuple[str, str]]
) -> None:
    (_, one), (_, leading), (_, third) = told
    merge(officer, one, leading)
    for first, second, sentence in (
        (leading, one, "Other reports are merged into this one."),
        (leading, third, "Other reports are merged into this one."),
        (third, one, "That report is itself merged into another."),
        (one, third, "This report is merged already."),
        (one, leading, "This report is merged already."),
    ):
        merge(officer, first, second, why="keptreason")
        officer.see(sentence)
        assert "keptreason" in officer.page
    assert officer.get(f"{page_of(one)}/merge/{one}").status_code == 404
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Message)) == 1


@pytest.mark.same_on_both
def test_what_is_urgent_or_not_for_all_who_read_the_leading_one_is_not_merged_away(
    app: Flask, officer: Officer, told: list[tuple[str, str]]
) -> None:
    (_, one), (_, leading), _third = told
    with app.app_context(), transaction() as db:
        db.execute(update(Report).where(Report.id == uuid.UUID(one)).values(immediate_risk=True))
    merge(officer, one, leading)
    officer.see("This report tells of immediate risk, and the other does not. Let this one lead.")
    (_, hate) = tell(app, SCOOTER[:1], kind="hate")[0]
    merge(officer, hate, leading)
    officer.see("Some who work on the other report may not read this one.")
    assert state_of(app, hate) in (State.NEW, State.LOOKED_AT)


@pytest.mark.same_on_both
def test_an_alert_that_waits_is_answered_first(app: Flask, officer: Officer, told: list[tuple[str, str]]) -> None:
    (_, leading), *_rest = told
    send_report(Resident(app.test_client()), address="10.9.9.9", risk="yes")
    with app.app_context():
        risky = str(session.scalar(select(Report.id).where(Report.immediate_risk.is_(True))))
    merge(officer, risky, leading)
    officer.see("First say on its page that you have seen it.")


@pytest.mark.same_on_both
def test_a_report_that_ended_meanwhile_is_not_merged_and_not_written_to(
    app: Flask, officer: Officer, told: list[tuple[str, str]]
) -> None:
    (_, one), (_, leading), (_, third) = told
    officer.get(f"{page_of(one)}/merge/{leading}")
    with app.app_context():
        deletions.withdraw_report(uuid.UUID(one))
    officer.post(f"{page_of(one)}/merge/{leading}", why="keptreason", message="x", language="en")
    officer.see("The reporter has stopped work on this report.")
    assert "keptreason" in officer.page
    merge(officer, third, leading)
    path = f"{page_of(leading)}/merged"
    officer.get(path)
    typed = {
        f"{_raw(app, third)}-{name}": value for name, value in (("send", "y"), ("message", "x"), ("language", "en"))
    }
    with app.app_context():
        deletions.ask_for_deletion(uuid.UUID(third))
    officer.post(path, typed)
    officer.see("You cannot write to them.")
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Message)) == 1
    # Its reporter can still come back, and is told of the deletion alone.
    resident = returned(app, told[2][0])
    resident.see("You asked us to delete this report.")
    resident.not_see(TOGETHER)


@pytest.mark.same_on_both
def test_where_the_leading_report_is_gone_the_merged_one_says_so_and_goes_on(
    app: Flask, officer: Officer, hire: Hire, told: list[tuple[str, str]]
) -> None:
    (_, one), (_, leading), _third = told
    merge(officer, one, leading)
    with app.app_context(), transaction() as db:
        db.delete(session.get_one(Report, uuid.UUID(leading)))
    officer.get(page_of(one))
    officer.see("This report is merged into one that you cannot open, or that is gone.")
    officer.get(page_of(one))
    officer.see("End the merging, so that it is worked on here.")
    officer.get(f"{page_of(one)}/unmerge")
    officer.post(f"{page_of(one)}/unmerge", why="It is gone.", message="We go on.", language="en")
    officer.follow()
    officer.not_see("This report is merged")
    officer.see("It is gone.")
    assert state_of(app, one) is State.LOOKED_AT


@pytest.mark.same_on_both
def test_a_leading_report_that_ends_says_which_others_have_to_go_on(
    app: Flask, officer: Officer, told: list[tuple[str, str]]
) -> None:
    (_, one), (_, leading), _third = told
    merge(officer, one, leading)
    with app.app_context():
        deletions.ask_for_deletion(uuid.UUID(leading))
    officer.get(page_of(leading))
    officer.see("Work on this report has ended, and others are merged into it.", reference(app, one))
    officer.get(page_of(one))
    officer.see("Work on that report has ended.", "End the merging, so that it is worked on here.")


@pytest.mark.same_on_both
def test_linked_reports_are_merged_and_the_link_becomes_the_merging(
    app: Flask, officer: Officer, told: list[tuple[str, str]]
) -> None:
    (_, one), (_, leading), (_, third) = told
    link(officer, leading, [one, third])
    officer.follow()
    officer.see("Merge it into this report")
    merge(officer, one, leading)
    officer.follow()
    officer.see("Merged into this report", "One series")
    assert officer.get(f"{page_of(leading)}/unlink/{one}").status_code == 404


@pytest.mark.same_on_both
def test_another_team_learns_nothing_of_a_merging(
    app: Flask, officer: Officer, hire: Hire, told: list[tuple[str, str]]
) -> None:
    (_, one), (_, leading), _third = told
    merge(officer, one, leading)
    other = hired(hire, "hana", "hate_team")
    for path in (
        page_of(one),
        f"{page_of(one)}/unmerge",
        f"{page_of(leading)}/merged",
        f"{page_of(one)}/merge/{leading}",
    ):
        assert other.get(path).status_code == 404


def owed(app: Flask, report_id: str) -> list[PromiseClock]:
    with app.app_context():
        return promises.owed_to(uuid.UUID(report_id))


def fall_due(app: Flask, report_id: str) -> None:
    """The next word about it was promised for today."""
    with app.app_context(), transaction() as db:
        db.execute(update(Clock).where(Clock.report_id == uuid.UUID(report_id)).values(due_on=today()))


def is_listed(app: Flask, officer: Officer, report_id: str) -> bool:
    officer.get("/staff/reports")
    return reference(app, report_id) in officer.text


def write_to_merged(app: Flask, officer: Officer, leading: str, merged: str, message: str) -> None:
    path = f"{page_of(leading)}/merged"
    officer.get(path)
    words = (("send", "y"), ("message", message), ("language", "en"))
    officer.post(path, {f"{_raw(app, merged)}-{name}": value for name, value in words})


@pytest.mark.same_on_both
@pytest.mark.parametrize("how", ["closed", "withdrawn", "to be deleted"])
def test_nothing_is_merged_into_a_report_that_has_ended(
    app: Flask, officer: Officer, told: list[tuple[str, str]], how: str
) -> None:
    (_, one), (_, leading), _third = told
    if how == "closed":
        close_report(officer, page_of(leading))
    with app.app_context():
        if how == "withdrawn":
            deletions.withdraw_report(uuid.UUID(leading))
        if how == "to be deleted":
            deletions.ask_for_deletion(uuid.UUID(leading))
    merge(officer, one, leading, why="keptreason")
    officer.see("Work on the other report has ended, so nobody would see this one. Let this one lead.")
    assert "keptreason" in officer.page
    assert state_of(app, one) in (State.NEW, State.LOOKED_AT)


@pytest.mark.same_on_both
def test_a_merged_reporter_is_owed_a_word_until_they_read_that_it_is_over(
    app: Flask, officer: Officer, told: list[tuple[str, str]]
) -> None:
    (digits, one), (_, leading), _third = told
    merge(officer, one, leading)
    (first,) = owed(app, one)
    assert first.promise is Promise.WRITE_AGAIN
    returned(app, digits).see("We write to you again here, even if there is nothing new.")
    assert not is_listed(app, officer, one)
    fall_due(app, one)
    write_to_merged(app, officer, leading, one, "We know who it is.")
    (second,) = owed(app, one)
    assert second.due_on == first.due_on
    # On its own page it is answered like any other, and goes on.
    fall_due(app, one)
    officer.get(page_of(one))
    officer.post(page_of(one), message="We still look.", language="en")
    assert [clock.due_on for clock in owed(app, one)] == [first.due_on]
    officer.get(f"{page_of(leading)}/close")
    officer.see(
        f"Merged into this report: {reference(app, one)}. Once you have closed this one, write to its reporter too."
    )
    close_report(officer, page_of(leading))
    assert owed(app, one)
    write_to_merged(app, officer, leading, one, "It is over.")
    assert not owed(app, one)
    resident = returned(app, digits)
    resident.see("We have finished with this report.")
    resident.not_see("We write to you again here")


@pytest.mark.parametrize("how", ["closed", "withdrawn", "deleted"])
def test_a_merged_report_comes_back_to_the_list_when_its_word_is_due(
    app: Flask, officer: Officer, told: list[tuple[str, str]], how: str
) -> None:
    (_, one), (_, leading), _third = told
    merge(officer, one, leading)
    if how == "closed":
        close_report(officer, page_of(leading))
    with app.app_context():
        if how == "withdrawn":
            deletions.withdraw_report(uuid.UUID(leading))
        if how == "deleted":
            deletions.ask_for_deletion(uuid.UUID(leading))
            with transaction() as db:
                db.execute(update(DeletionRequest).values(due_on=today()))
            assert deletions.delete_due_reports() == 1
    assert not is_listed(app, officer, one)
    fall_due(app, one)
    assert is_listed(app, officer, one)
    assert state_of(app, one) is State.CLOSED
    officer.get(page_of(one))
    officer.see(
        "That report is closed. Tell the reporter of this one too"
        if how == "closed"
        else "End the merging, so that it is worked on here."
    )
    if how == "closed":
        write_to_merged(app, officer, leading, one, "It is over.")
        assert not is_listed(app, officer, one)
        officer.get(page_of(one))
        officer.not_see("Tell the reporter of this one too")


@pytest.mark.same_on_both
def test_a_merged_report_whose_reporter_keeps_it_after_all_is_owed_its_word_again(
    app: Flask, officer: Officer, told: list[tuple[str, str]]
) -> None:
    (_, one), (_, leading), (_, third) = told
    merge(officer, one, leading)
    close_report(officer, page_of(third))
    for each in (one, third):
        with app.app_context():
            deletions.ask_for_deletion(uuid.UUID(each))
        assert not owed(app, each)
        with app.app_context():
            deletions.keep_report(uuid.UUID(each))
    assert [clock.promise for clock in owed(app, one)] == [Promise.WRITE_AGAIN]
    assert not owed(app, third)


@pytest.mark.same_on_both
@pytest.mark.parametrize("by_reporter", [False, True])
def test_a_merged_report_that_is_reopened_and_closed_by_itself_shows_how_it_ended(
    app: Flask, officer: Officer, told: list[tuple[str, str]], *, by_reporter: bool
) -> None:
    (digits, one), (_, leading), _third = told
    merge(officer, one, leading)
    if by_reporter:
        resident = returned(app, digits)
        resident.get("/return/report")
        tell_again(resident, "today", words="And again.")
    else:
        officer.get(page_of(one))
        officer.post(f"{page_of(one)}/reopen", written_why="It is another.")
    close_report(officer, page_of(one), answered="y")
    assert state_of(app, one) is State.CLOSED
    resident = returned(app, digits)
    resident.see("We spoke to the people who did it", SAID, "If you are unhappy with this", "Was it any help?")
    resident.not_see("We are working on what you told us.", "We write to you again here")
    assert not owed(app, one)
    # It is no part of the other any more.
    officer.get(page_of(leading))
    officer.not_see("Merged into this report")
    officer.get(page_of(one))
    officer.not_see("This report is merged")


@pytest.mark.same_on_both
def test_what_its_reporter_wrote_stays_new_when_the_merging_is_ended(
    app: Flask, officer: Officer, told: list[tuple[str, str]]
) -> None:
    (digits, one), (_, leading), _third = told
    merge(officer, one, leading)
    returned(app, digits).post("/return/report", message="He is at my door.")
    officer.get(f"{page_of(one)}/unmerge")
    officer.not_see("He is at my door.")
    officer.post(f"{page_of(one)}/unmerge", why="Two rides.", message="We looked again.", language="en")
    with app.app_context():
        assert session.scalars(select(Message.seen).where(Message.seen.is_(False), Message.author == "reporter")).all()
    assert Promise.READ in {clock.promise for clock in owed(app, one)}
    officer.get("/staff/reports?view=messages")
    officer.see(reference(app, one))


@pytest.mark.same_on_both
@pytest.mark.parametrize("how", ["judged", "reckoned"])
def test_a_report_of_high_risk_is_not_merged_into_one_of_less(
    app: Flask, officer: Officer, told: list[tuple[str, str]], how: str
) -> None:
    (_, one), (_, leading), _third = told
    if how == "judged":
        judge(app, one, RiskBand.HIGH)
    else:
        more = {"risk-before": {"risk-reputation": "now"}}
        one = by_receipt(app, send_report(Resident(app.test_client()), address="10.0.0.9", more=more))
    merge(officer, one, leading)
    officer.see("The risk in this report is high, and in the other it is not. Let this one lead.")
    assert state_of(app, one) is not State.CLOSED
    # What an officer judged counts before what the answers say.
    judge(app, leading, RiskBand.HIGH)
    merge(officer, one, leading)
    assert state_of(app, one) is State.CLOSED


def judge(app: Flask, report_id: str, band: RiskBand) -> None:
    with app.app_context(), transaction() as db:
        db.execute(update(Report).where(Report.id == uuid.UUID(report_id)).values(risk_band=band))


@pytest.mark.same_on_both
def test_how_to_reach_a_merged_reporter_is_kept_until_they_read_that_it_is_over(
    app: Flask, officer: Officer, resident: Resident, told: list[tuple[str, str]]
) -> None:
    (_, leading), *_rest = told
    one = by_receipt(app, send_report(resident, kind="asb", more=WITH_CONTACT))
    with app.app_context(), transaction() as db:
        db.add(Nudge(id=random_id(), report_id=uuid.UUID(one), sealed=b"x"))
    merge(officer, one, leading)
    assert state_of(app, one) is State.CLOSED
    kept = select(ReportContact.delete_on, Nudge.delete_on).where(ReportContact.report_id == Nudge.report_id)
    with app.app_context():
        assert session.execute(kept).one() == (None, None)
    close_report(officer, page_of(leading))
    write_to_merged(app, officer, leading, one, "It is over.")
    with app.app_context():
        assert all(day and day > today() for day in session.execute(kept).one())


@pytest.mark.dear
@pytest.mark.both_databases
def test_three_who_report_one_scooter_become_a_series_and_each_reads_what_concerns_them(
    app: Flask, officer: Officer, browse: Browse, told: list[tuple[str, str]]
) -> None:
    """Without JavaScript: the officer is offered them, links them with a reason, merges one, answers; all three come back."""
    (first_digits, first), (second_digits, second), (third_digits, third) = told
    page = browse("/", phone=False, javascript=False)
    cookie = officer.client.get_cookie("work")
    assert cookie
    page.context.add_cookies([{"name": "work", "value": cookie.value, "domain": "127.0.0.1", "path": "/"}])
    walk, home = Walk(page, app), page.url.rstrip("/")
    page.goto(home + page_of(third))
    walk.go("Find reports that may belong with it").see_words("2 reports may belong with it", "“scooter”")
    for one in (first, second):
        page.locator(f'input[value="{one}"]').check()
    page.get_by_label("How do they belong together?").select_option("series")
    page.get_by_label("Why do you think so?").fill("One rider, one underpass.")
    walk.press("Link them").at(f"{page_of(third)}#belongs")
    walk.see_words("This is the third of one series since", "One rider, one underpass.")
    page.locator(f'a[href$="/merge/{third}"]').filter(has_text=reference(app, second)).click()
    page.get_by_label("Why are they one and the same?").fill("They stood side by side.")
    walk.press("Merge and tell the reporter").at(f"{page_of(third)}#belongs")
    walk.see_words("Merged into this report", "They stood side by side.")
    page.get_by_label("Write to the reporter", exact=True).fill("We spoke to the rider.")
    walk.press("Send")
    page.get_by_role("link", name="Write to the reporter of the merged report").click()
    page.get_by_label("Message to the reporter").fill("We spoke to the rider. Thank you.")
    page.get_by_label("Send this message").check()
    walk.press("Send the ticked messages").see_words("We spoke to the rider.")
    for digits, reads, reads_not in (
        (first_digits, ["Your report"], ["rider", "together"]),
        (second_digits, [TOGETHER, "We spoke to the rider. Thank you."], [SCOOTER[2], "side by side"]),
        (third_digits, ["We spoke to the rider."], ["together", SCOOTER[1], "Thank you."]),
    ):
        visit = browse("/return", javascript=False)
        Walk(visit, app).come_back(digits).see_words(*reads).not_see(*reads_not)
    # What the merged one writes shows where it is worked on.
    visit = browse("/return", javascript=False)
    walk_again = Walk(visit, app).come_back(second_digits)
    visit.locator("#message").fill("He is back.")
    walk_again.press("Send").see_words("He is back.")
    page.goto(home + page_of(third))
    walk.see_words(f"A message came at \u2066{reference(app, second)}\u2069.").not_see("He is back.")


@pytest.mark.parametrize("opened", ["leading", "merged"])
def test_one_that_was_merged_before_that_was_a_promise_is_owed_the_next_word_once_an_officer_opens_it(
    app: Flask, officer: Officer, told: list[tuple[str, str]], opened: str
) -> None:
    (_digits, one), (_, leading), _third = told
    merge(officer, one, leading)
    assert [clock.promise for clock in owed(app, one)] == [Promise.WRITE_AGAIN]
    forget_clocks(app, one)
    for _ in range(2):
        officer.get(page_of(leading if opened == "leading" else one))
    (clock,) = owed(app, one)
    assert clock.promise is Promise.WRITE_AGAIN
    with app.app_context():
        assert clock.due_on == clocks.due_after(today(), Promise.WRITE_AGAIN)


def test_where_its_leading_one_is_closed_or_it_is_merged_no_more_nothing_is_owed_by_opening_it(
    app: Flask, officer: Officer, told: list[tuple[str, str]]
) -> None:
    (_digits, one), (_, leading), (_, third) = told
    merge(officer, one, leading)
    close_report(officer, page_of(leading))
    close_report(officer, page_of(third))
    forget_clocks(app, one)
    for each in (one, leading, third):
        officer.get(page_of(each))
        assert owed(app, one) == []
        assert owed(app, third) == []


def forget_clocks(app: Flask, report_id: str) -> None:
    """As it was of reports that were merged before merged ones had a clock."""
    with app.app_context(), transaction() as db:
        db.execute(delete(Clock).where(Clock.report_id == uuid.UUID(report_id), Clock.met_on.is_(None)))
