"""A demonstration's records: a year of them, each marked, openable by the officers whose sign-in is said, never beside real ones."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import migrations, sample
from portal.db import session, today, transaction
from portal.outbox import OutboxMail
from portal.reporting.count_models import EqualityCount
from portal.reporting.models import INCIDENTS, Clock, Promise, Report, Source, State
from portal.reporting.promises import running_clocks
from portal.reporting.queue_entries import OPEN_STATES
from portal.reporting.storing import TEAMS
from portal.sample.told import AND, IN_FULL, MARK, REPLIES, SHORT
from portal.vault import keyholders
from portal.vault.keyholders import Mode, VaultError
from tests.support.people import Officer, Resident

ROOT = Path(__file__).parent.parent


def details(app: Flask) -> dict[str, list[dict[str, str]]]:
    path = app.extensions["settings"].data / "secrets" / sample.SIGN_IN
    assert path.stat().st_mode & 0o777 == 0o600
    found: dict[str, list[dict[str, str]]] = json.loads(path.read_text(encoding="utf-8"))
    return found


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
    amina, _dev, nadia, grace, tomasz, orchid, harriet = (at_work(bare_app, each) for each in found["officers"])
    assert all(each["password"] in "\n".join(once) for each in found["officers"])
    amina.get(f"/staff/reports/{amina.page.split('/staff/reports/')[1].split(chr(34))[0]}")
    amina.see(MARK)
    nadia.see("No closing waits for a second look.")
    grace.see("Community safety survey", "Taking answers")
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
    visitor.get("/ur/cohesion")
    visitor.see("%")
    visitor.get("/cohesion")
    visitor.see("Sample figures", "Getting on well together", "Indicative, not a random sample", "Census 2021")
    visitor.get("/surveys")
    visitor.see("Community safety survey")
    visitor.get("/events")
    visitor.see("Tea and talk for neighbours", "Cancelled:")


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
        answers = [key, "robin", "Robin P.", *["a long password"] * 2, *["a long passphrase"] * 2]
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
    robin.password, robin.passphrase = "a long password", "a long passphrase"
    robin.sign_in()
    robin.unlock()
    robin.see("No report waits.")
