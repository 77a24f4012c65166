"""What is published of the log: it tells nothing, it changes unseen by nobody, and a partner's keeper notices."""

from __future__ import annotations

import copy
import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from portal import audit, audit_checking, audit_checkpoint, audit_days, audit_proof, keeper
from portal.audit import Action, AuditEntry, AuditHead
from portal.audit_checking import Kind
from portal.audit_days import AuditDay, Standing
from portal.audit_proof import NoProof
from portal.db import session, today, transaction
from portal.server import cli, cli_audit, retention, worker
from tests.support.people import Resident
from tests.test_retention import agree

ACTS = (5, 0, 3, 300)
DAYS = [today() - timedelta(days=len(ACTS) - 1 - back) for back in range(len(ACTS))]


def act(times: int) -> None:
    for number in range(times):
        with transaction() as db:
            audit.record(db, "sam", Action.LOCKED, f"thing {number}")


def draw(day: date) -> None:
    found = audit_days.due(day)
    with transaction() as db:
        audit_days.publish(db, found, day)


@pytest.fixture
def days(app: Flask) -> Flask:
    """Four days, on one of which nothing was done and on one very much."""
    with app.app_context():
        for times, day in zip(ACTS, DAYS, strict=True):
            act(times)
            draw(day)
    return app


def kept() -> dict[date, list[str]]:
    return {each.day: [each.shown] for each in audit_days.published(today())}


def test_everyone_sees_a_value_a_day_and_programs_have_a_list_with_a_tag(days: Flask, resident: Resident) -> None:
    resident.get("/log")
    resident.see("Nobody can change the log later without somebody outside seeing it.")
    answer = resident.get("/log.txt")
    assert answer.mimetype == "text/plain"
    found = keeper.read_list(answer.get_data(as_text=True))
    assert list(found) == DAYS
    again = resident.client.get("/log.txt", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    program = resident.get("/log/keeper.py").get_data(as_text=True)
    assert program == Path(keeper.__file__).read_text("utf-8")


def test_the_list_in_json_says_the_same_as_the_one_in_lines(days: Flask, resident: Resident) -> None:
    with days.app_context(), transaction() as db:
        db.execute(update(AuditDay).where(AuditDay.day == DAYS[1]).values(standing=Standing.MISSED, value=None))
    lines = keeper.read_list(resident.get("/log.txt").get_data(as_text=True))
    answer = resident.get("/log.json")
    assert answer.mimetype == "application/json"
    assert "Set-Cookie" not in answer.headers
    said = json.loads(answer.get_data())
    assert said.keys() == {"format", "address", "days"}
    assert said["format"] == keeper.LIST_FORMAT
    assert said["address"].endswith("/log.json")
    shown = {each["day"]: each["value"] or f"none {each['none']}" for each in said["days"]}
    assert shown == {day.isoformat(): value for day, value in lines.items()}
    assert shown[DAYS[1].isoformat()] == "none missed"
    again = resident.client.get("/log.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_quiet_day_looks_like_a_busy_one_and_a_proof_tells_no_count(days: Flask) -> None:
    with days.app_context():
        assert len({len(each.shown) for each in audit_days.published(today())}) == 1
        drawn = session.scalars(select(AuditDay).order_by(AuditDay.day)).all()
        assert drawn[0].last_id == drawn[1].last_id
        assert drawn[0].root != drawn[1].root
        quiet, some = (json.dumps(audit_proof.proof_of(day)["heads"][0]) for day in (DAYS[1], DAYS[2]))
        assert len(quiet) == len(some)


def test_the_worker_draws_once_a_day_and_says_on_which_days_nobody_did(app: Flask) -> None:
    with app.app_context():
        draw(today() - timedelta(days=3))
        act(2)
        for _ in range(2):
            worker.tidy()
        assert [each.standing for each in audit_days.published(today())] == [
            Standing.DRAWN, Standing.MISSED, Standing.MISSED, Standing.DRAWN,
        ]  # fmt: skip
        assert audit_checking.breaks() == []


def test_days_drawn_while_the_clock_was_ahead_go_when_it_is_right_again(app: Flask) -> None:
    with app.app_context():
        draw(today() - timedelta(days=1))
        draw(today() + timedelta(days=365))
        assert [each.day for each in audit_days.published(today() - timedelta(days=1))] == [today() - timedelta(days=1)]
        with transaction() as db:
            db.execute(delete(AuditDay).where(AuditDay.day == today()))
        worker.publish_log()
        assert session.scalar(select(func.max(AuditDay.day))) == today()
        assert audit_checking.breaks() == []


def test_after_a_restore_the_lost_days_are_said_and_the_keeper_asks(app: Flask) -> None:
    with app.app_context():
        draw(today() - timedelta(days=3))
        seen = kept() | {today() - timedelta(days=2): ["a" * 64]}  # of what the backup did not hold
        with transaction() as db:
            audit.record(db, "command line", Action.RESTORED, "2026-11-01")
        draw(today())
        shown = {each.day: each.shown for each in audit_days.published(today())}
        assert shown[today()] == "none restored"
        assert keeper.compare(seen, shown, today()) == [
            f"The value of {today() - timedelta(days=2)} is gone: the portal says that a backup was put back. "
            "Ask what was lost with it."
        ]
        draw(today() + timedelta(days=1))
        assert session.get_one(AuditDay, today() + timedelta(days=1)).standing is Standing.DRAWN


def tampered(app: Flask, tamper: Callable[[], object]) -> list[Kind]:
    with app.app_context():
        tamper()
        session.expire_all()
        try:
            return [each.kind for each in audit_checking.breaks()]
        finally:
            session.rollback()


def rewrite() -> None:
    """All made to fit, as whoever writes to the database can."""
    before = audit.BEGINNING
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
        entry.actor = "somebody else"
        entry.hash = before = audit._link(before, entry)
    session.get_one(AuditHead, 1).hash = before
    session.flush()


def test_a_log_or_a_day_written_anew_is_found_out(days: Flask) -> None:
    assert tampered(days, lambda: None) == []
    assert Kind.DAY in tampered(days, rewrite)
    assert tampered(
        days, lambda: session.execute(update(AuditDay).where(AuditDay.day == DAYS[1]).values(value="0" * 64))
    )
    assert tampered(days, lambda: session.execute(delete(AuditDay).where(AuditDay.day == DAYS[1])))


def test_a_proof_holds_and_none_that_was_changed_does(days: Flask) -> None:
    with days.app_context():
        seen = kept()
        for day, acts in zip(DAYS, ([1, 5], [], [7], [308]), strict=True):
            said, status = keeper.check(audit_proof.proof_of(day, acts), seen)
            assert status == keeper.WELL, said
            assert len(said) == 1 + len(acts)
        proof = audit_proof.proof_of(DAYS[0], [3])
        with pytest.raises(NoProof, match="not among those"):
            audit_proof.proof_of(DAYS[1], [3])
        with pytest.raises(NoProof, match="No value"):
            audit_proof.proof_of(today() + timedelta(days=1))
    changes: list[Callable[[Any], object]] = [
        lambda one: one["acts"][0]["entry"].__setitem__(2, "nobody"),
        lambda one: one["acts"][0].__setitem__("place", 4),
        lambda one: one["heads"][0].__setitem__("said", "00" * 32),
        lambda one: one["heads"].pop(),
        lambda one: one["days"].pop(1),
        lambda one: one["days"][2].__setitem__("root", "00" * 32),
        lambda one: one.__setitem__("before", "11" * 32),
        lambda one: one.__setitem__("day", DAYS[1].isoformat()),
        lambda one: one["days"].clear(),
    ]
    for change in changes:
        changed = copy.deepcopy(proof)
        change(changed)
        assert keeper.check(changed, seen)[1] == keeper.CHANGED, change
    for broken in ({}, [], None, {"format": 1}, proof | {"heads": 3}, proof | {"acts": [{"entry": []}]}):
        with pytest.raises(keeper.Trouble):
            keeper.check(broken, seen)


def test_the_commands_verify_and_prove_and_name_where_it_breaks(
    days: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def run(*words: str) -> Result:
        monkeypatch.setattr(cli_audit, "open_app", lambda: days)
        return CliRunner().invoke(cli.portal, ["audit", *words])

    held = run("verify")
    assert (held.exit_code, held.output.split(":")[0]) == (0, "The log holds")
    proved = run("prove", DAYS[2].isoformat(), "--act", "7")
    with days.app_context():
        (tmp_path / "kept.txt").write_text(
            "kept of x\n" + "".join(f"{day} {each[0]}\n" for day, each in kept().items())
        )
    (tmp_path / "proof.json").write_text(proved.stdout)
    said, status = keep("check", str(tmp_path / "proof.json"), str(tmp_path / "kept.txt"))
    assert (status, "Act 7" in said) == (keeper.WELL, True)
    elsewhere = run("prove", DAYS[2].isoformat(), "--act", "1")
    assert elsewhere.exit_code == 1
    assert f"Act 1 was published on {DAYS[0]}." in elsewhere.output
    for number in ("0", "999999", str(2**31), str(10**24), "x"):
        refused = run("prove", DAYS[2].isoformat(), "--act", number)
        assert refused.exit_code in (1, 2)
        assert refused.output.splitlines()[-1].startswith("Error: ")
    with days.app_context(), transaction() as db:
        db.execute(update(AuditEntry).where(AuditEntry.id == 3).values(actor="nobody"))
    broken = run("verify")
    assert broken.exit_code == 1
    assert broken.output == "The log does not hold at entry 3: it was changed, taken out or put in.\n"


def test_the_schedule_cuts_the_log_once_somebody_has_agreed_it(days: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "today", lambda: DAYS[1])
    with days.app_context():
        assert retention.cut_staff_log() == 0
        agree(days, staff_log_years=0)
        assert retention.cut_staff_log() == 5
        assert retention.cut_staff_log() == 0
        assert list(audit.broken_links()) == []


def test_old_entries_are_cut_at_a_published_day_and_the_rest_still_holds(days: Flask) -> None:
    with days.app_context():
        seen = kept()
        assert audit_checkpoint.would_be_cut(DAYS[1]) == 5
        with transaction() as db:
            assert audit_checkpoint.cut_before(db, DAYS[0] - timedelta(days=1)) == 0
            assert audit_checkpoint.cut_before(db, DAYS[1]) == 5
            assert audit_checkpoint.cut_before(db, DAYS[1]) == 0
        assert session.scalar(select(func.min(AuditEntry.id))) == 6
        assert audit_checking.breaks() == []
        assert keeper.check(audit_proof.proof_of(DAYS[2], [6]), seen)[1] == keeper.WELL
        with pytest.raises(NoProof, match="had their time"):
            audit_proof.proof_of(DAYS[1])
    assert tampered(days, lambda: session.execute(delete(AuditEntry).where(AuditEntry.id == 6)))
    assert tampered(days, lambda: session.execute(update(audit.AuditCheckpoint).values(last_id=6)))
    assert tampered(days, lambda: session.execute(delete(audit.AuditCheckpoint)))


VALUES = st.lists(st.sampled_from(["a" * 64, "b" * 64, "none missed"]), min_size=1, max_size=8)


@given(values=VALUES, at=st.integers(0, 7), other=st.sampled_from(["c" * 64, "none missed", None]))
@settings(max_examples=60, deadline=None)
def test_the_keeper_notices_each_change_and_keeps_what_it_saw(values: list[str], at: int, other: str | None) -> None:
    at %= len(values)
    first = date(2026, 10, 20)  # over the night on which the clocks go back
    shown = {first + timedelta(days=day): value for day, value in enumerate(values)}
    known: dict[date, list[str]] = {}
    assert keeper.compare(known, shown, first + timedelta(days=9)) == []
    changed = {day: value for day, value in shown.items() if day != first + timedelta(days=at)}
    if other is not None:
        changed[first + timedelta(days=at)] = other
    is_same = other == values[at]
    assert bool(keeper.compare(known, dict(sorted(changed.items())), first + timedelta(days=9))) is not is_same
    # Back to what it was: it is still said that another value was seen.
    was_other_value = other is not None and not is_same
    assert bool(keeper.compare(known, shown, first + timedelta(days=9))) is was_other_value


@pytest.fixture
def portal_of_lists() -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers with the last of these; where it is empty it leads elsewhere."""
    answers: list[bytes] = []

    class Answering(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if answers else 302)
            if not answers:
                self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()
            if answers:
                self.wfile.write(answers[-1])

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/log.txt", answers
    server.shutdown()
    thread.join()
    server.server_close()


def keep(*arguments: str) -> tuple[str, int]:
    """Run as a partner runs it: the file alone, with nothing of ours beside it."""
    run = subprocess.run(
        [sys.executable, "-I", str(Path(keeper.__file__)), *arguments], capture_output=True, text=True, timeout=60
    )
    assert run.stderr == ""
    return run.stdout, run.returncode


def test_the_keeper_says_in_a_sentence_what_it_found(portal_of_lists: tuple[str, list[bytes]], tmp_path: Path) -> None:
    address, answers = portal_of_lists
    file = tmp_path / "kept.txt"
    assert keep(address, str(file)) == (
        "The portal's address leads to another one; give that one, if you trust it.\n",
        2,
    )
    lines = [f"{today() - timedelta(days=back)} {str(back) * 64}" for back in (2, 1, 0)]
    listed = "\n".join(["portal-log/1 https://x", *lines, ""])
    answers.append(listed.encode())
    for _ in range(2):
        said, status = keep(address, str(file))
        assert (said.startswith("All is as it was: 3 days are kept"), status) == (True, 0)
    whole = file.read_bytes()
    answers.append(listed.replace("1" * 64, "f" * 64).encode())
    assert keep(address, str(file)) == (
        f"The value of {today() - timedelta(days=1)} was changed after it was shown.\n",
        1,
    )
    assert whole.splitlines()[1] in file.read_bytes()
    file.write_bytes(whole)
    answers.append(listed.replace(f"{lines[1]}\n", "").encode())
    assert "is missing" in keep(address, str(file))[0]
    for damaged in (b"<html>", b"\xff\xfe", b"portal-log/1\n2026-13-45 00", b"x" * 9_000_000, b""):
        answers.append(damaged)
        said, status = keep(address, str(file))
        assert (status, said.count("\n")) == (2, 1)
    assert keep("http://portal.example/log.txt", str(file))[1] == 2
    assert keep(address.replace("log.txt", "else.txt"), str(file))[0].startswith(f"{file} holds the values of another")
    assert keep()[1] == 3
    old = f"portal-log/1 x\n{today() - timedelta(days=9)} {'0' * 64}\n"
    answers.append(old.encode())
    assert keep(address, str(tmp_path / "other.txt"))[0].startswith("The portal is silent")
