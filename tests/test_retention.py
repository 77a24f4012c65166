"""What ends by itself: reports and survey answers whose years are over, and what a legal hold keeps."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal.audit import Action, AuditEntry
from portal.db import session, today, transaction, utcnow
from portal.languages.i18n import long_day
from portal.outbox import OutboxMail
from portal.partnership.retention import RULES, Retention, years_after
from portal.reporting import deletions, scheduled_ends
from portal.reporting.deleted_list import ids_in, list_deleted, listed_as_deleted
from portal.reporting.hold_models import LegalHold
from portal.reporting.models import Clock, DeletionRequest, Message, Refusal, Report, State
from portal.server import cli, health, worker
from portal.server import retention as ending
from portal.server.retention import hold_problems
from portal.staff import export_jobs, export_making
from portal.staff.export_making import Order
from portal.staff.models import Role, StaffMember
from portal.surveys.models import AnswerColumn, SurveyResponse, Wave, WrittenAnswer
from portal.surveys.versions import SURVEY_TEAM
from portal.vault import keyholders
from tests.support.asking import survey_file as survey_file
from tests.support.coding import written_wave
from tests.support.loot import stolen
from tests.support.people import Officer, Resident
from tests.support.sending import send_report
from tests.test_deletions import ask_for_deletion, come_back

SIX_YEARS = today() - timedelta(days=6 * 366 + 1)
REASON = "The county court asked for it on Monday."


def agree(app: Flask, **rules: object) -> None:
    partnership = app.extensions["partnership"]
    agreed = replace(partnership.retention, agreed_by="The board", **rules)
    app.extensions["partnership"] = replace(partnership, retention=agreed)


def rest_since(app: Flask, day: date, only: uuid.UUID | None = None) -> list[uuid.UUID]:
    """All reports were closed on this day and nothing was heard of them since; their ids."""
    with app.app_context(), transaction() as db:
        reports = [each for each in db.scalars(select(Report)) if only in (None, each.id)]
        for report in reports:
            report.state, report.closed_on, report.received_on = State.CLOSED, day, day
            for message in db.scalars(select(Message).where(Message.report_id == report.id)):
                message.sent_on = day
            for clock in db.scalars(select(Clock).where(Clock.report_id == report.id)):
                clock.ended_on = day
        for mail in db.scalars(select(OutboxMail)):
            db.delete(mail)
        return [report.id for report in reports]


def night(app: Flask) -> None:
    with app.app_context():
        shift = worker.Shift()
        worker.tidy(shift)
        worker.scatter()


def hold(officer: Officer, at: str, day: object = None, reason: str = REASON) -> None:
    officer.get(at)
    officer.post(f"{at}/hold", hold_reason=reason, review_on=str(day or today() + timedelta(days=90)))


@pytest.fixture
def digits(resident: Resident) -> str:
    return send_report(resident)


@pytest.fixture
def at(app: Flask, digits: str) -> str:
    with app.app_context():
        return f"/staff/reports/{session.scalars(select(Report.id)).one()}"


def id_in(at: str) -> uuid.UUID:
    return uuid.UUID(at.rsplit("/", 1)[1])


def test_past_its_years_a_report_is_unreadable_in_the_files_and_a_count_is_left(
    app: Flask, resident: Resident, at: str
) -> None:
    agree(app)
    with app.app_context():
        row = session.scalars(select(Report)).one()
        traces = [row.conversation_key, row.receipt_lookup, row.submission_token.bytes]
    rest_since(app, SIX_YEARS)
    loot = stolen(app)
    assert [trace for trace in traces if trace not in loot] == []
    night(app)
    loot = stolen(app)
    assert [trace for trace in traces if trace in loot] == []
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Report)) == 0
        assert scheduled_ends.ended_counts() == {(SIX_YEARS.replace(day=1), "asb"): 1}
        assert listed_as_deleted() == [id_in(at)]
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == Action.ENDED_BY_SCHEDULE)).one()
        assert (entry.actor, entry.subject) == ("retention", str(id_in(at)))


def test_nothing_ends_before_its_day_nor_while_nobody_has_agreed_the_years(app: Flask, at: str) -> None:
    rest_since(app, SIX_YEARS)
    night(app)
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Report)) == 1
    agree(app)
    rest_since(app, years_after(today(), -6) + timedelta(days=2))
    night(app)
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Report)) == 1
        assert ending.reports.count_ending([today(), today() + timedelta(days=30)])["reports_years"] == [0, 1]


def test_a_report_that_is_open_again_does_not_end(app: Flask, at: str) -> None:
    agree(app)
    rest_since(app, SIX_YEARS)
    with app.app_context(), transaction() as db:
        db.get_one(Report, id_in(at)).state = State.LOOKED_AT
    night(app)
    with app.app_context():
        assert session.get(Report, id_in(at)) is not None


def test_what_ended_is_deleted_again_from_an_older_database(app: Flask, at: str) -> None:
    agree(app)
    rest_since(app, SIX_YEARS)
    with app.app_context():
        list_deleted(id_in(at))  # as the night did after that backup
        assert deletions.reapply_deletions() == 1
        assert session.get(Report, id_in(at)) is None


def test_a_held_report_that_was_deleted_after_the_backup_stays_until_the_hold_ends(
    app: Flask, officer: Officer, at: str
) -> None:
    officer.come_to_work()
    hold(officer, at)
    with app.app_context():
        list_deleted(id_in(at))
        assert deletions.reapply_deletions() == 0
        assert session.get(Report, id_in(at)) is not None
        assert any("under a legal hold in it: 1" in line for line in hold_problems())
        shift = worker.Shift()
        shift.look()
        assert session.get(Report, id_in(at)) is not None
    officer.get(at)
    officer.post(f"{at}/end-hold", end_reason="The court is done.")
    with app.app_context():
        shift.look()
        assert session.get(Report, id_in(at)) is None
        assert hold_problems() == []


@pytest.mark.parametrize("broken", ["before", "after"])
def test_what_breaks_off_a_deletion_leaves_it_undone_or_listed(
    broken: str, app: Flask, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is on the list that is not gone: it would be deleted at the next start, whatever came of it meanwhile."""
    agree(app)
    rest_since(app, SIX_YEARS)
    with monkeypatch.context() as patch:
        where = (keyholders, "drop_grants") if broken == "before" else (deletions, "list_deleted")
        patch.setattr(*where, lambda *_: 1 / 0)
        night(app)
    with app.app_context():
        is_gone = session.get(Report, id_in(at)) is None
        assert is_gone is (broken == "after")
        assert (id_in(at) in listed_as_deleted()) is is_gone
        deletions.reapply_deletions()
        assert (id_in(at) in ids_in(app.extensions["settings"].data / "deleted-reports")) is is_gone
        assert (session.get(Report, id_in(at)) is None) is is_gone


def test_a_held_report_does_not_end_and_its_reason_lies_under_the_seal(app: Flask, officer: Officer, at: str) -> None:
    agree(app)
    officer.come_to_work()
    hold(officer, at)
    officer.get(at)
    officer.see(REASON, "Nothing of this report ends by itself.")
    rest_since(app, SIX_YEARS)
    night(app)
    with app.app_context():
        assert session.get(Report, id_in(at)) is not None
    assert REASON.encode() not in stolen(app)
    officer.get("/staff/holds")
    officer.see("Legal holds", "Sam")
    officer.not_see(REASON)
    officer.get(at)
    officer.post(f"{at}/end-hold", end_reason="The court is done.")
    night(app)
    with app.app_context():
        assert session.get(Report, id_in(at)) is None


def test_who_wants_a_held_report_deleted_is_told_that_it_is_kept_and_not_why(
    app: Flask, resident: Resident, officer: Officer, at: str, digits: str
) -> None:
    officer.come_to_work()
    hold(officer, at)
    come_back(resident, digits)
    ask_for_deletion(resident)
    come_back(resident, digits)
    resident.see("The law says that we must keep it for now.")
    resident.not_see(REASON)
    with app.app_context():
        asked = session.get_one(DeletionRequest, id_in(at))
        assert asked.refused_for is Refusal.LEGAL_HOLD
    officer.get(at)
    officer.post(f"{at}/end-hold", end_reason="The court is done.")
    with app.app_context():
        asked = session.get_one(DeletionRequest, id_in(at))
        assert (asked.refused_on, asked.due_on) == (None, today() + timedelta(days=14))


def test_a_hold_meets_a_deletion_that_waits_but_not_one_that_is_carried_out_today(
    app: Flask, resident: Resident, officer: Officer, at: str, digits: str
) -> None:
    come_back(resident, digits)
    ask_for_deletion(resident)
    with app.app_context(), transaction() as db:
        db.get_one(DeletionRequest, id_in(at)).due_on = today()
    officer.come_to_work()
    hold(officer, at)
    officer.see("it is too late to keep this report", REASON)
    with app.app_context(), transaction() as db:
        assert db.get(LegalHold, id_in(at)) is None
        db.get_one(DeletionRequest, id_in(at)).due_on = today() + timedelta(days=1)
    hold(officer, at)
    with app.app_context():
        assert session.get_one(DeletionRequest, id_in(at)).refused_for is Refusal.LEGAL_HOLD


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("soon", "Choose the day, or write it like 2026-11-30."),
        ("", "Choose the day, or write it like 2026-11-30."),
        ("0001-01-01", "This day is over. Choose a later day."),
        ("9999-12-31", "Choose one within the next 12 months."),
    ],
)
def test_a_day_of_review_that_is_none_is_said_and_what_was_typed_is_kept(
    officer: Officer, at: str, day: str, said: str
) -> None:
    officer.come_to_work()
    officer.get(at)
    officer.post(f"{at}/hold", hold_reason="\u202eWhy\u200b", review_on=day)
    officer.see(said, "Why")


def test_what_concerns_a_child_is_kept_until_the_end_of_the_year_in_which_they_are_25(
    app: Flask, officer: Officer, at: str
) -> None:
    agree(app)
    officer.come_to_work()
    officer.get(at)
    officer.see("A child is concerned: until they are 25")
    born = today().year - 9
    for typed, said in {
        "12": "Write the year with four numbers, like 2012.",
        "٢٠١٢": "Write the year with four numbers, like 2012.",
        "\u200b\u202e": "Write the year with four numbers, like 2012.",
        str(today().year + 1): "This year has not come yet.",
        str(today().year - 26): "Whoever was born then is 25 or older.",
        "0000": "Whoever was born then is 25 or older.",
    }.items():
        officer.get(at)
        officer.post(f"{at}/hold", hold_reason=REASON, how_long="child", review_on="soon", born_in=typed)
        officer.see(said, REASON)
        officer.not_see("Choose the day, or write it like")
    officer.post(f"{at}/hold", hold_reason=REASON, how_long="child", review_on="", born_in=f" {born} ")
    with app.app_context():
        assert session.get_one(LegalHold, id_in(at)).review_on == date(born + 25, 12, 31)
    rest_since(app, SIX_YEARS)
    night(app)
    with app.app_context():
        assert session.get(Report, id_in(at)) is not None
    officer.get("/staff/holds")
    officer.see(str(born + 25))


def test_a_hold_whose_review_has_come_still_holds_and_health_says_so(app: Flask, officer: Officer, at: str) -> None:
    agree(app)
    officer.come_to_work()
    hold(officer, at)
    rest_since(app, SIX_YEARS)
    with app.app_context(), transaction() as db:
        db.get_one(LegalHold, id_in(at)).review_on = today()
    night(app)
    officer.get("/staff/holds")
    officer.see("Late:")
    with app.app_context():
        assert session.get(Report, id_in(at)) is not None
        assert any("Legal holds whose day of review has come: 1." in each for each in health.problems())


def test_words_and_answers_of_an_old_wave_end_and_its_count_stays(app: Flask, survey_file: Path) -> None:
    closed_wave = written_wave(app, survey_file, ["The first words.", "The second words."])
    agree(app)
    with app.app_context(), transaction() as db:
        wave = db.get_one(Wave, closed_wave)
        answered = wave.answered
        wave.closed_at = utcnow() - timedelta(days=3 * 366)
    night(app)
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(WrittenAnswer)) == 0
        assert session.scalar(select(func.count()).select_from(AnswerColumn)) > 0
        with transaction() as db:
            db.get_one(Wave, closed_wave).closed_at = utcnow() - timedelta(days=7 * 366)
    night(app)
    with app.app_context():
        for table in (AnswerColumn, SurveyResponse):
            assert session.scalar(select(func.count()).select_from(table)) == 0
        assert session.get_one(Wave, closed_wave).answered == answered


def test_whoever_wants_a_file_of_answers_that_have_ended_is_told_when_and_not_that_they_are_damaged(
    app: Flask, hire: Callable[..., Officer], survey_file: Path
) -> None:
    wave_id = written_wave(app, survey_file, ["The first words.", "The second words."])
    analyst = hire("tom", roles=(Role.ANALYST, Role.SURVEY_MANAGER), teams=(SURVEY_TEAM,))
    analyst.come_to_work()
    chosen = asdict(Order(file="sav", cells="numbers", language="en", columns=(), audience="analyst", purpose="check"))
    with app.app_context(), transaction() as db:
        staff_id = db.scalars(select(StaffMember.id).where(StaffMember.name == "tom")).one()
        export_jobs.ask(db, staff_id, wave_id, json.loads(json.dumps(chosen)))
        wave = db.get_one(Wave, wave_id)
        wave.closed_at = utcnow() - timedelta(days=7 * 366)
    agree(app)
    night(app)
    with app.test_request_context():
        said = f"They ended on {long_day(today())} by the schedule.".replace("\u00a0", " ")
    for address in (f"waves/{wave_id}/export", f"waves/{wave_id}/results", f"figures/waves/{wave_id}"):
        assert analyst.get(f"/staff/{address}").status_code == 410
        analyst.see(said)
        analyst.not_see("damaged")
    analyst.get("/staff/exports")
    assert analyst.post(f"/staff/waves/{wave_id}/answers", analyst.token, file="csv").status_code == 410
    analyst.get("/staff/exports")
    assert analyst.post(f"/staff/figures/waves/{wave_id}", analyst.token).status_code == 410
    with app.app_context():
        assert export_making.make_due_exports()
    analyst.get("/staff/exports")
    analyst.see(said)
    analyst.not_see("It could not be made.")


def test_the_dry_run_counts_and_changes_nothing(app: Flask, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rest_since(app, SIX_YEARS)
    monkeypatch.setattr("portal.server.cli_retention.open_app", lambda: app)
    said = CliRunner().invoke(cli.portal, ["retention", "--dry-run"])
    assert said.exit_code == 0, said.output
    assert "Nobody has agreed how long things are kept" in said.output
    assert "tonight 1, within 30 days 1, within 90 days 1" in said.output
    assert "(to be checked)" in said.output
    assert [rule.key for rule in RULES if f"\n{rule.key} = " not in said.output] == []
    assert str(id_in(at)) not in said.output
    agree(app)
    said = CliRunner().invoke(cli.portal, ["retention"])
    assert "Ended, reports: 1" in said.output


@pytest.mark.same_on_both
@given(st.dates(date(1970, 1, 1), date(2100, 1, 1)), st.integers(1, 50))
def test_years_later_is_never_earlier_than_promised(day: date, years: int) -> None:
    later = years_after(day, years)
    assert later.year == day.year + years
    assert (later.month, later.day) >= (day.month, day.day)
    assert (later.month, later.day) <= (3, 1) or (later.month, later.day) == (day.month, day.day)


@pytest.mark.same_on_both
def test_a_rule_for_some_reports_keeps_an_urgent_one_longer_and_never_shorter() -> None:
    rules = Retention(reports_years=6, staff_log_years=6, hate_years=2, high_risk_years=7)
    assert rules.years_of(is_hate=False, is_high_risk=False) == 6
    assert rules.years_of(is_hate=True, is_high_risk=False) == 2
    assert rules.years_of(is_hate=True, is_high_risk=True) == 7
    old = Retention(reports_years=6, staff_log_years=6)
    assert old.years_of(is_hate=True, is_high_risk=True) == 6
