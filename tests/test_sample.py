"""A demonstration's records: a year of them, each marked, openable by the officers whose sign-in is said, never beside real ones."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import migrations, sample
from portal.db import session, today, transaction
from portal.outbox import OutboxMail
from portal.partnership.file import current_partnership
from portal.partnership.outcomes import BLANK
from portal.partnership.working_days import is_working_day
from portal.reporting.closing import ending_of, needs_second_look
from portal.reporting.conversations import conversation_about, messages_of, unlock_conversation
from portal.reporting.count_models import EqualityCount, ReportCount
from portal.reporting.decisions import Step, decisions_of
from portal.reporting.links import links_in
from portal.reporting.models import INCIDENTS, Author, Clock, Message, Promise, Report, Source, State
from portal.reporting.promises import running_clocks
from portal.reporting.queue_entries import OPEN_STATES
from portal.reporting.queue_views import View
from portal.reporting.referral_models import Referral
from portal.reporting.storing import TEAMS
from portal.sample.endings import FILLED, message_of
from portal.sample.told import AND, IN_FULL, MARK, REPLIES, SHORT
from portal.surveys.coding_models import CodingFrame
from portal.surveys.models import Wave, WaveState
from portal.vault import keyholders, receipts
from portal.vault.keyholders import Mode, VaultError
from tests.support.people import Officer, Resident

ROOT = Path(__file__).parent.parent


def details(app: Flask) -> dict[str, list[dict[str, str]]]:
    path = app.extensions["settings"].data / "secrets" / sample.SIGN_IN
    assert path.stat().st_mode & 0o777 == 0o600
    found: dict[str, list[dict[str, str]]] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.dear
@pytest.mark.same_on_both
def test_there_is_a_year_of_everything_once_for_those_whose_sign_in_is_said(bare_app: Flask) -> None:
    with bare_app.app_context():
        once = list(sample.fill(again=True))
        days = session.scalars(select(Report.received_on)).all()
        assert 400 < len(days) < 700
        assert max(days) - min(days) > timedelta(days=17 * 30)
        assert max(days) <= today()
        at_work_on = session.scalars(select(Report.id).where(Report.state.in_(OPEN_STATES))).all()
        assert running_clocks(at_work_on).keys() == set(at_work_on)
        assert list(sample.fill(again=True)) == once
        with pytest.raises(VaultError, match="an empty database only"):
            list(sample.fill(again=False))
        assert session.scalar(select(func.count()).select_from(Report)) == len(days)
        look_whether_it_is_true_to_life()
    found = details(bare_app)
    amina, _dev, nadia, grace, tomasz, orchid, omar, _priya, _edith, harriet = (
        at_work(bare_app, each) for each in found["officers"]
    )
    assert all(each["password"] in "\n".join(once) for each in found["officers"])
    amina.get(f"/staff/reports/{amina.page.split('/staff/reports/')[1].split(chr(34))[0]}")
    amina.see(MARK)
    nadia.see("1 second look", "We spoke to the people who did it", "Amina K.")
    look_at_casework(amina)
    grace.see("Community safety survey", "Taking answers", "How was the event?", "Needs a safeguarding lead")
    omar.get(coding_page(omar))
    omar.see("What people wrote, in codes", "Better lighting", "of them by two people", "almost perfect")
    tomasz.see("Tea and talk for neighbours")
    orchid.see("Take a report for someone")
    harriet.get("/staff/referred")
    harriet.see("Please say by")
    amina.get("/staff/referrals")
    amina.see("Late: no answer")
    visitor = Resident(bare_app.test_client())
    visitor.get("/return")
    visitor.post("/return", receipt=str(found["receipts"][0]))
    visitor.follow()
    visitor.see("Your report", MARK)
    closed = Resident(bare_app.test_client())
    closed.get("/return")
    closed.post("/return", receipt=str(found["receipts"][-1]))
    closed.follow()
    closed.see(*printed_ending(bare_app, found["receipts"][-1]), "Did you feel listened to?")
    visitor.get("/ur/cohesion")
    visitor.see("%")
    visitor.get("/cohesion")
    visitor.see("Sample figures", "Getting on well together", "Indicative, not a random sample", "Census 2021")
    visitor.see("What people wrote, in numbers", "Better lighting", "By area")
    with bare_app.app_context():
        assert session.scalars(select(CodingFrame.counted_at)).one() == session.scalar(select(func.max(Wave.closed_at)))
    visitor.get("/surveys")
    visitor.see("Community safety survey", "Five questions about your area", "How was the event?")
    visitor.get("/events")
    visitor.see("Tea and talk for neighbours", "Cancelled:")


def coding_page(analyst: Officer) -> str:
    """Of the newest closed wave of the community survey, where what people wrote is coded."""
    with analyst.client.application.app_context():
        closed = select(Wave).where(Wave.state == WaveState.CLOSED).order_by(Wave.opens_on.desc()).limit(1)
        return f"/staff/waves/{session.scalars(closed).one().id}/coding"


def look_whether_it_is_true_to_life() -> None:
    """States, owners, languages, promises kept and missed, and who answered the questions about themselves."""
    reports = session.scalars(select(Report)).all()
    waiting = {report.state for report in reports}
    assert waiting == set(State)
    assert {report.language for report in reports} == {"en", "pl", "ro", "ur"}
    assert {report.source for report in reports} == set(Source)
    assert {report.kind for report in reports} == set(INCIDENTS)
    closed = sum(report.state is State.CLOSED for report in reports)
    assert 0.7 < closed / len(reports) < 0.97
    assert len({report.assignee_id for report in reports if report.assignee_id}) == 2
    assert all(report.assignee_id is None for report in reports if report.state is State.NEW)
    assert session.scalar(select(func.count()).select_from(OutboxMail)) <= sum(
        report.state in (State.NEW, State.HELD) for report in reports
    )
    clocks = session.scalars(select(Clock)).all()
    read = [clock for clock in clocks if clock.promise is Promise.READ and clock.met_on]
    late = sum(clock.met_on > clock.due_on for clock in read)
    assert 0.03 < late / len(read) < 0.25
    assert all(
        day is None or clock.started_on <= day <= today() for clock in clocks for day in (clock.met_on, clock.ended_on)
    )
    owed = [clock for clock in clocks if not clock.met_on and not clock.ended_on]
    assert len({(clock.report_id, clock.promise) for clock in owed if clock.promise is not Promise.ANSWER}) == len(
        [clock for clock in owed if clock.promise is not Promise.ANSWER]
    )
    shares = {
        option: sum(one.times for one in session.scalars(select(EqualityCount)) if one.option == option)
        for option in ("white_british", "asian_indian", "black_african")
    }
    assert shares["white_british"] > 5 * shares["black_african"] > 0
    assert shares["asian_indian"] > 0


def look_at_casework(amina: Officer) -> None:
    """Each list has something in it, and what belongs together is found from either side."""
    amina.get("/staff/tasks")
    amina.see("Ask the caretaker for his list of dates.", "Tell the reporter who visits and when.")
    amina.get("/staff/reports")
    amina.see("Mine, overdue", "Hate reports")
    with amina.client.application.app_context():
        is_day_off = not is_working_day(today(), current_partnership().bank_holidays)
    for view in View:
        amina.get(f"/staff/reports?view={view.value}")
        is_empty = re.search(r"/staff/reports/[0-9a-f-]{36}", amina.page) is None
        # On a day off nothing falls due.
        assert not is_empty or (view is View.TODAY and is_day_off), view


def printed_ending(app: Flask, receipt: str) -> tuple[str, str]:
    """What the holder of this receipt must read: the outcome that was decided, and its message."""
    with app.app_context():
        report = session.scalars(select(Report).where(Report.receipt_lookup == receipts.derive(receipt).lookup)).one()
        talk = conversation_about(report, unlock_conversation(report, receipts.derive(receipt)))
        ending = ending_of(talk)
        assert ending is not None
        outcome = current_partnership().find_outcome(ending.outcome)
        message = next(one for one in messages_of(talk, Author.REPORTER) if one.id == ending.message_id)
        assert outcome is not None
        assert message.text == message_of(outcome, report.language)[0]
        return outcome.name.in_("en"), message.text


@pytest.mark.dear
@pytest.mark.same_on_both
def test_each_closed_report_has_an_ending_and_the_figures_count_the_same(bare_app: Flask) -> None:
    with bare_app.app_context():
        list(sample.fill(again=False))
        held = keyholders.open_recovery(str(details(bare_app)["recovery"]))
        closed = session.scalars(select(Report).where(Report.state == State.CLOSED)).all()
        keys = keyholders.content_keys(held, [each.conversation_id for each in closed] + [each.id for each in closed])
        sealed: Counter[str] = Counter()
        for report in closed:
            ending = ending_of(conversation_about(report, keys[report.conversation_id]))
            assert ending is not None
            assert ending.on == report.closed_on
            assert session.get_one(Message, ending.message_id).sent_on == ending.on
            last = decisions_of(report.id, keys[report.id])[-1]
            is_merged = links_in(report.id, keys[report.id]).led_by is not None
            wants_second = needs_second_look(report.kind, immediate_risk=report.immediate_risk) and not is_merged
            assert (last.step, last.outcome, last.on) == (Step.CLOSED, ending.outcome, ending.on)
            assert last.by != last.second
            assert bool(last.second) == wants_second
            sealed[ending.outcome] += 1
        counted = select(ReportCount.answer, func.sum(ReportCount.times)).where(ReportCount.question == "outcome")
        assert dict(session.execute(counted.group_by(ReportCount.answer)).all()) == sealed
        is_closed = Clock.report_id.in_([each.id for each in closed])
        ids = session.scalars(select(Report.id)).all()
        own = keyholders.content_keys(held, ids)
        linked = {each: links_in(each, own[each]) for each in ids}
        # A merged report's reporter is owed a word for as long as the leading one is worked on.
        owed = session.scalars(
            select(Clock.report_id).where(is_closed, Clock.met_on.is_(None), Clock.ended_on.is_(None))
        ).all()
        assert [linked[each].led_by is not None for each in owed] == [True]
        assert sorted(len(each.links) for each in linked.values() if each.links) == [1, 1, 1, 3]
        assert sum(len(each.leads) for each in linked.values()) == 1
        steps = [[one.step for one in decisions_of(each, own[each])] for each in ids]
        assert steps.count([Step.PROPOSED]) == steps.count([Step.PROPOSED, Step.SENT_BACK]) == 1
        referred = set(session.scalars(select(Referral.report_id)))
        assert referred == set(session.scalars(select(Report.id).where(Report.state == State.REFERRED)))
        asked = session.scalars(select(Clock).where(Clock.paused_on.is_not(None))).all()
        assert len(asked) == 2
        alerts = set(session.scalars(select(OutboxMail.subject_id)))
        at_risk = session.scalars(select(Report).where(Report.immediate_risk, Report.state != State.CLOSED)).all()
        assert len({report.id for report in at_risk} - alerts) >= 2
        assert [report.state for report in at_risk if report.id in alerts] == [State.NEW]


@pytest.mark.same_on_both
def test_what_closes_a_sample_leaves_nothing_to_fill_in(bare_app: Flask) -> None:
    with bare_app.app_context():
        outcomes = current_partnership().outcomes
    assert len(outcomes) > 10
    for outcome in outcomes:
        for language, text in outcome.text.items():
            told, written_in = message_of(outcome, language)
            assert written_in == language
            assert BLANK.findall(told) == [MARK]
            assert len(FILLED.get(outcome.code, {}).get(language, ())) == len(BLANK.findall(text))


def test_no_two_tell_the_same_and_each_is_marked() -> None:
    texts = [one.text for one in (*IN_FULL, *SHORT)]
    assert len(set(texts)) == len(texts)
    assert {one.language for one in SHORT} == set(AND)
    for kind in ("hate", "asb", "not_sure"):
        assert REPLIES[kind]


def at_work(app: Flask, account: dict[str, str]) -> Officer:
    person = Officer(app.test_client(), account["name"], account["totp"])
    person.password = person.passphrase = account["password"]
    person.sign_in()
    person.unlock()
    return person


def test_beside_a_live_vault_it_does_nothing(bare_app: Flask) -> None:
    with bare_app.app_context():
        with transaction() as db:
            keyholders.create_vault(db, Mode.LIVE, TEAMS)
        assert list(sample.fill(again=True)) == []
        with pytest.raises(VaultError):
            list(sample.fill(again=False))
        assert session.scalar(select(func.count()).select_from(Report)) == 0
        assert sample.sample_code("amina") is None


@pytest.mark.dear
def test_an_officer_is_added_at_the_command_line_with_the_recovery_key_only(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    if not make_app().extensions["database"].is_sqlite:
        return
    app = make_app(data=tmp_path / "own", database_url="")
    migrations.migrate(app.extensions["database"].engine)
    with app.app_context(), transaction() as db:
        recovery = keyholders.create_vault(db, Mode.DEMONSTRATION, TEAMS)

    def add(key: str) -> subprocess.CompletedProcess[str]:
        answers = [key, "robin", "Robin P.", *["nine otters by a canal"] * 2, *["a lamp above the old bridge"] * 2]
        return subprocess.run(
            [sys.executable, "-m", "portal", "staff", "add", "--team", "asb_team"],
            input="\n".join(answers) + "\n", env={"PORTAL_DATA": str(tmp_path / "own"), "PATH": "/usr/bin:/bin"},
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip

    refused = add(keyholders.new_recovery()[1])
    assert refused.returncode == 2
    assert refused.stderr.strip() == "portal: That recovery key does not open this vault."
    added = add(recovery)
    assert added.returncode == 0, added.stderr
    secret = added.stdout.split("secret=")[1].split("&")[0].split()[0]
    robin = Officer(app.test_client(), "robin", secret)
    robin.password, robin.passphrase = "nine otters by a canal", "a lamp above the old bridge"
    robin.sign_in()
    robin.unlock()
    robin.see("No report waits.")
