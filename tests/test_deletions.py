"""How a report ends when its reporter wants it to: taken back, deleted after fourteen days, or asked whether it helped."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select, text

from portal import db, outbox
from portal.audit import Action, AuditEntry
from portal.db import Base, session, transaction
from portal.outbox import OutboxMail
from portal.reporting import counts, deletions, promises
from portal.reporting.case_models import CaseNote, CaseTask
from portal.reporting.count_models import ReportCount
from portal.reporting.models import (
    DeletedReport,
    DeletionRequest,
    Message,
    Refusal,
    Report,
    ReportPart,
    State,
    Translation,
)
from portal.reporting.pages import wording
from portal.server import cli, worker
from portal.vault import receipts
from portal.vault.keyholders import Grant
from tests.support.closing import close_report, set_rules
from tests.support.loot import shapes, stolen
from tests.support.people import Officer, Resident
from tests.support.sending import NARRATIVE, send_report
from tests.test_db import in_threads
from tests.test_journeys import said_day

OF_A_REPORT = (Report, ReportPart, Message, Translation, CaseNote, CaseTask, Grant, DeletionRequest)
FIRST = db.today()
DAYS_14 = timedelta(days=14)


@pytest.fixture
def days_pass(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`days_pass(14)`: it is fourteen days after the test began."""

    def days_pass(days: int) -> None:
        for module in (deletions, promises, wording):
            monkeypatch.setattr(module, "today", lambda: FIRST + timedelta(days=days))

    return days_pass


def come_back(resident: Resident, digits: str) -> None:
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    assert resident.path == "/return/report"


@pytest.fixture
def digits(resident: Resident) -> str:
    """The number of a report that its reporter has open, with a message of theirs in it."""
    digits = send_report(resident, risk="yes")
    come_back(resident, digits)
    resident.post("/return/report", message="Anyone there?")
    resident.follow()
    return digits


@pytest.fixture
def at(app: Flask, digits: str) -> str:
    """The address of its page for officers."""
    with app.app_context():
        return f"/staff/reports/{session.scalars(select(Report.id)).one()}"


@pytest.fixture
def alert_answered(app: Flask, at: str) -> None:
    """An officer has seen that someone may be badly hurt."""
    with app.app_context(), transaction() as db:
        assert outbox.acknowledge(db, id_of(at))


def press(resident: Resident, path: str, **fields: object) -> None:
    resident.post(path, fields)
    assert resident.response
    assert resident.response.location == "/return/report"
    resident.follow()


def ask_for_deletion(resident: Resident) -> None:
    resident.get("/return/ending")
    press(resident, "/return/delete")


def id_of(at: str) -> uuid.UUID:
    return uuid.UUID(at.rsplit("/", 1)[1])


def rows_of(app: Flask) -> dict[str, int]:
    with app.app_context():
        return {
            model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0 for model in OF_A_REPORT
        }


def listed(app: Flask) -> list[str]:
    path: Path = app.extensions["settings"].data / "deleted-reports"
    return path.read_text(encoding="ascii").splitlines() if path.exists() else []


def acts(app: Flask, *wanted: Action) -> list[str]:
    with app.app_context():
        return list(session.scalars(select(AuditEntry.action).where(AuditEntry.action.in_(wanted))))


def test_a_reporter_takes_a_report_back_and_all_work_stops(resident: Resident, officer: Officer, at: str) -> None:
    officer.get(at)
    resident.get("/return/report")
    resident.see("Take back or delete my report")
    resident.get("/return/ending")
    resident.see("These are two different things.", "Take back my report", "Delete my report", "Do neither")
    resident.see("We stop all work on your report at once.", "You cannot undo this.", "we must tell the police")
    press(resident, "/return/withdraw")
    resident.see("You took it back", "You took this report back. We have stopped work on it.")
    resident.not_see("We will tell you more by")
    resident.get("/return/ending")
    resident.see("Delete my report")
    resident.not_see("Take back my report")

    officer.get(at)
    officer.see("The reporter took this report back.", NARRATIVE, "You cannot write to the reporter.")
    officer.not_see("Change the state", "Write to the reporter")
    officer.see("Immediate risk: someone must look now.")  # the danger is not taken back
    officer.get("/staff/reports?view=withdrawn")
    officer.see("Anti-social behaviour", "Reporter took it back")


def test_nobody_writes_to_someone_who_took_a_report_back_while_the_page_was_open(
    app: Flask, resident: Resident, officer: Officer, at: str
) -> None:
    officer.get(at)
    press(resident, "/return/withdraw")
    officer.post(at, message="Which bus was it?")
    officer.see("This message was not sent.", "Which bus was it?")
    officer.post(f"{at}/state", state="action")
    with app.app_context():
        assert session.scalars(select(Report.state)).one() is State.WITHDRAWN
    resident.get("/return/report")
    resident.not_see("Which bus was it?")
    assert acts(app, Action.WROTE_MESSAGE, Action.CHANGED_STATE) == []


def test_what_a_reporter_writes_after_taking_it_back_is_seen(resident: Resident, officer: Officer, at: str) -> None:
    officer.get(at)
    officer.post(f"{at}/alert")
    press(resident, "/return/withdraw")
    officer.get(at)
    officer.post(f"{at}/read")
    officer.get("/staff/reports")
    officer.see("No report waits.")
    resident.post("/return/report", message="I am safe now.")
    resident.follow()
    resident.see("I am safe now.")
    officer.get("/staff/reports")
    officer.see("New message", "Reporter took it back")
    officer.get(at)
    officer.see("I am safe now.")
    officer.get("/staff/reports")
    officer.see("New message")
    officer.get(at)
    officer.post(f"{at}/read")
    officer.get("/staff/reports")
    officer.see("No report waits.")


def test_taking_back_twice_is_taking_back_once(app: Flask, resident: Resident, at: str) -> None:
    for _ in range(2):
        press(resident, "/return/withdraw")
    in_threads(app, lambda: deletions.withdraw_report(id_of(at)), count=4)
    resident.get("/return/report")
    resident.see("You took this report back.")


@pytest.mark.usefixtures("alert_answered")
def test_a_deletion_is_asked_for_and_carried_out_on_the_fourteenth_day(
    app: Flask, resident: Resident, officer: Officer, at: str, days_pass: Callable[[int], None]
) -> None:
    with app.app_context():
        before = session.scalars(select(ReportCount.times)).all()
    last = said_day(FIRST + DAYS_14)
    resident.get("/return/ending")
    resident.see(f"We delete it on {last}", "up to 30 more days", "your receipt number no longer works")
    press(resident, "/return/delete")
    resident.see("To be deleted", f"We delete it on {last}.", "Until then you can change your mind.", "Keep my report")
    resident.not_see("Take back or delete", "We will tell you more by")
    officer.get("/staff/reports")
    officer.see("Deleted on")
    officer.get(at)
    officer.see(f"It is deleted on {last}. Until then nobody works on it or contacts them.")
    officer.not_see("Change the state", "Write to the reporter")

    days_pass(13)
    with app.app_context():
        assert deletions.delete_due_reports() == 0
    resident.get("/return/report")
    resident.see("Keep my report")
    days_pass(14)
    resident.get("/return/report")
    resident.see("We are deleting this report today.")
    resident.not_see("Keep my report")
    officer.get(at)
    officer.not_see("Refuse the deletion")
    with app.app_context():
        assert deletions.delete_due_reports() == 1
        assert deletions.delete_due_reports() == 0
        assert session.scalars(select(ReportCount.times)).all() == before
        assert session.scalar(select(func.count()).select_from(OutboxMail)) == 0
        assert session.scalars(select(DeletedReport.report_id)).all() == [id_of(at)]
    assert set(rows_of(app).values()) == {0}
    assert listed(app) == [str(id_of(at))]
    assert (app.extensions["settings"].data / "deleted-reports").stat().st_mode & 0o777 == 0o600
    assert officer.get(at).status_code == 404
    for path in ("/return/report", "/return/delete", "/return/withdraw"):
        assert resident.get(path).status_code == 410
    resident.get("/return")
    assert resident.post("/return/keep").status_code == 410


def test_asking_twice_does_not_begin_the_fourteen_days_anew(
    app: Flask, resident: Resident, at: str, days_pass: Callable[[int], None]
) -> None:
    in_threads(app, lambda: deletions.ask_for_deletion(id_of(at)), count=4)
    days_pass(5)
    press(resident, "/return/delete")
    resident.see(f"We delete it on {said_day(FIRST + DAYS_14)}.")
    assert rows_of(app)["deletion_request"] == 1


def test_two_workers_delete_a_report_once(app: Flask, resident: Resident, days_pass: Callable[[int], None]) -> None:
    for _ in range(3):
        come_back(resident, send_report(resident))
        ask_for_deletion(resident)
    days_pass(20)
    deleted: list[int] = []
    in_threads(app, lambda: deleted.append(deletions.delete_due_reports()), count=4)
    assert sum(deleted) == 3
    assert len(listed(app)) == len(set(listed(app))) == 3


def test_a_reporter_keeps_the_report_after_all(
    app: Flask, resident: Resident, officer: Officer, at: str, days_pass: Callable[[int], None]
) -> None:
    officer.get(at)
    officer.post(f"{at}/read")
    ask_for_deletion(resident)
    days_pass(13)
    resident.get("/return/report")
    for _ in range(2):
        press(resident, "/return/keep")
    resident.see("Being looked at", "Take back or delete my report", "Anyone there?")
    officer.get(at)
    officer.see("Change the state", "Write to the reporter")
    days_pass(40)
    with app.app_context():
        assert deletions.delete_due_reports() == 0
    come_back(resident, send_report(resident))


def test_on_the_last_day_nobody_changes_what_may_be_in_the_list_already(
    app: Flask, resident: Resident, officer: Officer, at: str, days_pass: Callable[[int], None]
) -> None:
    ask_for_deletion(resident)
    days_pass(14)
    press(resident, "/return/keep")
    officer.get(at)
    officer.post(f"{at}/refuse-deletion", reason="at_risk")
    with app.app_context():
        assert deletions.find_deletion(id_of(at)).is_standing  # type: ignore[union-attr]
    assert acts(app, Action.REFUSED_DELETION) == []


def test_the_worker_looks_again_before_it_deletes_what_it_found_due(
    app: Flask, resident: Resident, at: str, days_pass: Callable[[int], None]
) -> None:
    """Between finding it and deleting it, its reporter may have kept it and asked anew, or an officer refused."""
    with app.app_context():
        assert not deletions.delete_report(id_of(at), deletions.is_asked_for)
        deletions.ask_for_deletion(id_of(at))
        days_pass(13)
        assert not deletions.delete_report(id_of(at), deletions.is_asked_for)
        with transaction() as written:
            deletions.refuse_deletion(written, id_of(at), Refusal.AT_RISK, "Sam")
        days_pass(14)
        assert not deletions.delete_report(id_of(at), deletions.is_asked_for)
    assert rows_of(app)["report"] == 1
    assert listed(app) == []


@pytest.mark.usefixtures("alert_answered")
def test_a_deletion_that_could_not_be_listed_is_listed_the_next_time(
    app: Flask, resident: Resident, digits: str, days_pass: Callable[[int], None]
) -> None:
    ask_for_deletion(resident)
    days_pass(14)
    listed_in = app.extensions["settings"].data / "deleted-reports"
    listed_in.mkdir()
    with app.app_context():
        assert deletions.delete_due_reports() == 0
    listed_in.rmdir()
    assert rows_of(app)["report"] == 0
    with app.app_context():
        assert deletions.reapply_deletions() == 0
        assert listed(app) == [str(each) for each in session.scalars(select(DeletedReport.report_id))] != []


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (Refusal.LEGAL_HOLD, "The law says that we must keep it for now."),
        (Refusal.REFERRED, "We have already passed it to another service."),
        (Refusal.AT_RISK, "Someone may be badly hurt."),
    ],
)
def test_an_officer_refuses_for_one_of_three_reasons_and_the_reporter_reads_which(
    app: Flask,
    resident: Resident,
    officer: Officer,
    at: str,
    days_pass: Callable[[int], None],
    reason: Refusal,
    told: str,
) -> None:
    ask_for_deletion(resident)
    officer.get(at)
    officer.see("The reporter asked us to delete this report.", "Refuse the deletion")
    for wrong in ("", "because"):
        officer.post(f"{at}/refuse-deletion", reason=wrong)
        officer.see("There is a problem", "The reporter asked us to delete this report.")
    assert acts(app, Action.REFUSED_DELETION) == []
    for _ in range(2):
        officer.post(f"{at}/refuse-deletion", reason=reason.value)
        officer.follow()
    officer.see(f"Sam refused on {said_day(FIRST)}", "refused to delete it", "Write to the reporter")
    assert len(acts(app, Action.REFUSED_DELETION)) == 1
    resident.get("/return/report")
    resident.see(
        f"A reporting officer decided on {said_day(FIRST)} that we must keep it.", told, "Take back or delete my report"
    )
    resident.not_see("Sam", "To be deleted", "Keep my report")
    days_pass(14)
    with app.app_context():
        assert deletions.delete_due_reports() == 0
    ask_for_deletion(resident)
    resident.see(f"We delete it on {said_day(FIRST + 2 * DAYS_14)}.")
    resident.not_see(told)


def test_another_team_cannot_refuse(resident: Resident, hire: Callable[..., Officer], app: Flask, at: str) -> None:
    ask_for_deletion(resident)
    other = hire("other", teams=("hate_team",))
    other.sign_in()
    other.unlock()
    other.get("/staff/reports")
    assert other.post(f"{at}/refuse-deletion", reason="at_risk").status_code == 404
    with app.app_context():
        assert deletions.find_deletion(id_of(at)).is_standing  # type: ignore[union-attr]


@pytest.mark.usefixtures("alert_answered")
def test_nothing_of_a_deleted_report_stays_in_the_files_once_the_worker_has_been_by(
    app: Flask, resident: Resident, at: str, days_pass: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_for_deletion(resident)
    with app.app_context(), transaction() as db:
        db.add(CaseNote(report_id=id_of(at), position=1, sealed=b"sealed"))
    send_report(resident, narrative="Another that stays.")
    with app.app_context():
        report = session.get_one(Report, id_of(at))
        keys = session.scalars(select(Grant).where(Grant.content_id.in_([report.id, report.conversation_id])))
        parts = session.scalars(select(ReportPart).where(ReportPart.report_id == report.id)).all()
        messages = session.scalars(select(Message).where(Message.report_id == report.id)).all()
        traces = [report.conversation_id.bytes, report.receipt_lookup, report.conversation_key]
        traces += [report.submission_token.bytes, *(key.sealed_key for key in keys)]
        traces += [sealed for row in (*parts, *messages) for sealed in (row.id.bytes, row.sealed[200:264])]
    loot = stolen(app)
    assert len(traces) == 4 + 2 + 2 * 7
    assert [trace for trace in traces if trace not in loot] == []
    work_past_midnight(app, monkeypatch, lambda: days_pass(14))
    loot = stolen(app)
    for trace in traces:
        assert not any(shape in loot for shape in shapes(trace))
    assert rows_of(app)["report"] == 1


def work_past_midnight(app: Flask, monkeypatch: pytest.MonkeyPatch, midnight: Callable[[], None]) -> None:
    """Let the worker look around before midnight, when the day's rewriting of the tables is done, and after it."""
    looks = iter([1, midnight, 0])

    def parent() -> int:
        look = next(looks)
        if callable(look):
            look()
            return 1
        return look

    with monkeypatch.context() as patch:
        patch.setattr(worker.signal, "signal", lambda *_: None)
        patch.setattr(worker.os, "getppid", parent)
        patch.setattr(worker, "POLL_INTERVAL", 0.0)
        patch.setattr(worker, "SWEEP_INTERVAL", 0.0)
        worker.work(app, parent=1)


@pytest.mark.usefixtures("alert_answered")
def test_a_receipt_of_a_deleted_report_is_like_one_that_never_was(
    app: Flask, resident: Resident, digits: str, days_pass: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_for_deletion(resident)
    days_pass(14)
    with app.app_context():
        deletions.delete_due_reports()
    derived: list[str] = []
    derive = receipts.derive
    monkeypatch.setattr(receipts, "derive", lambda digits: derived.append(digits) or derive(digits))
    answers = set()
    for typed in (digits, "1234567890123456"):
        visitor = Resident(app.test_client())
        visitor.get("/return")
        answer = visitor.post("/return", receipt=typed)
        visitor.see("That number does not open a report.")
        page = re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text.replace(typed, "DIGITS"))
        answers.add((answer.status_code, page, len(answer.data)))
    assert derived == [digits, "1234567890123456"]
    assert len(answers) == 1


@pytest.mark.usefixtures("alert_answered")
def test_a_database_that_was_put_back_loses_again_what_was_deleted(
    app: Flask, resident: Resident, at: str, days_pass: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_for_deletion(resident)
    send_report(resident, narrative="Another that stays.")
    tables = [Base.metadata.tables[model.__tablename__] for model in OF_A_REPORT]
    with app.app_context():
        backup: list[tuple[Any, list[dict[str, Any]]]] = [
            (table, [dict(row) for row in session.execute(select(table)).mappings()]) for table in tables
        ]
    days_pass(14)
    with app.app_context():
        assert deletions.delete_due_reports() == 1
        with transaction() as written:
            for table in (DeletedReport.__table__, *reversed(tables)):
                written.execute(text(f"DELETE FROM {table.name}"))
            for table, rows in backup:
                if rows:
                    written.execute(table.insert(), rows)
    assert rows_of(app)["report"] == 2
    monkeypatch.setattr(cli, "open_app", lambda **_: app)
    done = CliRunner().invoke(cli.portal, ["migrate"])
    assert (done.exit_code, done.output) == (
        0,
        "Reports deleted again, because their reporters had asked for it: 1\n",
    )
    assert rows_of(app) == {
        "report": 1,
        "report_part": 6,
        "message": 0,
        "translation": 0,
        "case_note": 0,
        "case_task": 0,
        "key_grant": 2,
        "deletion_request": 0,
    }
    assert CliRunner().invoke(cli.portal, ["migrate"]).output == ""
    with app.app_context():
        assert session.scalars(select(DeletedReport.report_id)).all() == [id_of(at)]
    assert listed(app) == [str(id_of(at))]


def test_a_list_whose_last_line_was_cut_off_is_still_read(app: Flask, at: str) -> None:
    path = app.extensions["settings"].data / "deleted-reports"
    path.write_text(f"{uuid.uuid4()}\n{str(uuid.uuid4())[:20]}{id_of(at)}\n", encoding="ascii")
    with app.app_context():
        assert deletions.reapply_deletions() == 1


def close(officer: Officer, at: str) -> None:
    """Also of a report that somebody is at risk: without a second look."""
    set_rules(officer.client.application, second_look=())
    officer.get(at)
    officer.post(f"{at}/alert")
    close_report(officer, at, answered="y")


def helped(app: Flask) -> dict[tuple[str, str], int]:
    with app.app_context():
        rows = session.scalars(select(ReportCount).where(ReportCount.question.in_(["listened", "safer"])))
        return {(row.question, row.answer): row.times for row in rows}


def test_whoever_reported_is_asked_once_whether_it_helped(
    app: Flask, resident: Resident, officer: Officer, at: str
) -> None:
    resident.get("/return/report")
    resident.not_see("Was it any help?")
    press(resident, "/return/helped", listened="yes", safer="no")
    assert helped(app) == {}, "only a closed report"
    close(officer, at)
    resident.get("/return/report")
    resident.see("Was it any help?", "Did you feel listened to?", "Do you feel safer now?", "Prefer not to say")
    press(resident, "/return/helped", listened="a_little", safer="no")
    resident.not_see("Was it any help?")
    press(resident, "/return/helped", listened="yes", safer="yes")
    in_threads(app, lambda: counts.tell_if_it_helped(id_of(at), {"listened": "yes", "safer": "yes"}), count=4)
    assert helped(app) == {("listened", "a_little"): 1, ("safer", "no"): 1}


def test_a_question_left_open_or_answered_with_something_else_is_not_counted(
    app: Flask, resident: Resident, officer: Officer, at: str
) -> None:
    close(officer, at)
    press(resident, "/return/helped", listened="perhaps", safer="not_said")
    assert helped(app) == {("safer", "not_said"): 1}
    assert b"perhaps" not in stolen(app)


def test_a_closed_report_leaves_the_open_list_and_comes_back_with_a_new_message(
    app: Flask, resident: Resident, officer: Officer, at: str
) -> None:
    officer.get(at)
    officer.post(f"{at}/alert")
    close(officer, at)
    officer.get("/staff/reports")
    officer.see("No report waits.")
    resident.post("/return/report", message="It began again.")
    officer.get("/staff/reports")
    officer.see("New message", "Closed")
    officer.get("/staff/reports?view=messages")
    officer.see("Showing 1 to 1 of 1.")


@pytest.mark.same_on_both
def test_someone_who_wants_it_read_to_them_sends_a_ready_message_that_the_officer_understands(
    resident: Resident, officer: Officer, at: str
) -> None:
    resident.get("/return/read-aloud")
    for fields, says in (
        ({}, "Choose a language."),
        ({"language": "other"}, "Write the name of the language."),
        ({"language": "xx"}, "Choose one of the answers on this page."),
    ):
        resident.post("/return/read-aloud", fields)
        resident.see("There is a problem", says)
    resident.post("/ur/return/read-aloud", switch="ur", language="other", other="Tamil")
    resident.follow()
    assert 'value="Tamil"' in resident.page
    assert re.search(r'value="other"\s+checked', resident.page)
    for _ in range(2):
        resident.client.post("/ur/return/read-aloud", data=resident._hidden(resident.path) | {"other": "Tamil"})
    resident.get("/return/read-aloud")
    press_and_read(resident, language="pl")
    officer.get(at)
    officer.see("Please read my report and your messages to me in this language: Polish.")
    assert officer.text.count("Please read my report and your messages to me in this language: Tamil.") == 1
    ask_for_deletion(resident)
    resident.not_see("Have this read to me")
    assert resident.get("/return/read-aloud").location == "/return/report"


def press_and_read(resident: Resident, **fields: object) -> None:
    resident.post("/return/read-aloud", fields)
    resident.follow()
    resident.see("in this language: Polish.")


def test_whoever_found_the_receipt_cannot_silence_an_alert_by_a_deletion(
    app: Flask, resident: Resident, officer: Officer, at: str, days_pass: Callable[[int], None]
) -> None:
    ask_for_deletion(resident)
    days_pass(14)
    with app.app_context():
        assert deletions.delete_due_reports() == 0
        assert outbox.waiting_alert(id_of(at))
        with transaction() as db:
            outbox.acknowledge(db, id_of(at))
        assert deletions.delete_due_reports() == 1


def test_a_message_on_a_report_that_is_to_be_deleted_is_seen_by_being_read(
    resident: Resident, officer: Officer, at: str
) -> None:
    resident.get("/return/report")
    resident.post("/return/report", message="One more thing.")
    ask_for_deletion(resident)
    officer.get("/staff/reports")
    officer.see("New message")
    officer.get(at)
    officer.get("/staff/reports")
    officer.see("New message")
    officer.get(at)
    officer.post(f"{at}/read")
    officer.get("/staff/reports")
    officer.not_see("New message")
