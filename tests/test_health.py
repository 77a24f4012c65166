"""What an operator, a monitor and a load balancer are told of the portal's state."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from portal import audit, outbox
from portal.audit import Action
from portal.db import transaction, utcnow
from portal.languages import i18n
from portal.server import cli, health, worker


def test_a_load_balancer_is_told_that_this_machine_answers_and_nothing_else(client: FlaskClient) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.data, answer.headers.getlist("Set-Cookie")) == (200, b"ok\n", [])
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.same_on_both
def test_a_machine_without_its_database_is_to_be_left_out(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    answer = make_app(database_url=f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}").test_client().get("/health")
    assert (answer.status_code, answer.data) == (503, b"not ok\n")


@pytest.mark.same_on_both
def test_a_monitor_reads_the_same_as_a_person(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "open_app", lambda **_: app)
    said = CliRunner().invoke(cli.portal, ["health", "--json"])
    assert (said.exit_code, json.loads(said.output)) == (0, {"well": True, "problems": []})
    monkeypatch.setattr(i18n, "TRANSLATIONS", Path("/nowhere"))
    said = CliRunner().invoke(cli.portal, ["health", "--json"])
    found = json.loads(said.output)
    assert (said.exit_code, found["well"]) == (1, False)
    assert "The words in اردو are not there: run `portal translate compile`." in found["problems"]
    assert CliRunner().invoke(cli.portal, ["health"]).output.splitlines() == found["problems"]


def test_a_clock_that_was_set_back_is_found_out(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        with monkeypatch.context() as ahead, transaction() as db:
            ahead.setattr(audit, "utcnow", lambda: utcnow() + timedelta(hours=1))
            audit.record(db, "sam", Action.SIGNED_IN)
        (said,) = health.problems()
        assert said.startswith("This machine's clock was ahead or was set back")


def test_a_database_with_another_clock_is_found_out(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "utcnow", lambda: utcnow() + timedelta(minutes=5))
    with app.app_context():
        found = health.problems()
    apart = [line for line in found if "seconds apart" in line]
    assert bool(apart) is not app.extensions["database"].is_sqlite


@pytest.mark.same_on_both
def test_an_operator_is_told_when_no_worker_is_at_work(app: Flask) -> None:
    sign = app.extensions["settings"].data / "worker-looked"
    with app.app_context():
        assert "No worker was ever at work here: `portal serve` starts one." in health.problems(live=True)
        assert health.problems() == []
        sign.touch()
        assert health.problems() == []
        os.utime(sign, (time.time() - 3600, time.time() - 3600))
        (said,) = health.problems()
        assert said.startswith("No worker has been at work since ")


@pytest.mark.same_on_both
def test_a_worker_signs_each_look(app: Flask) -> None:
    with app.app_context():
        assert worker.last_look() is None
    worker.work(app, parent=-1)
    with app.app_context():
        assert worker.last_look() is None
        worker.look_once(worker.Shift())
        seen = worker.last_look()
        assert seen is not None
        assert utcnow() - seen < timedelta(minutes=1)


@pytest.mark.same_on_both
def test_a_mail_server_that_is_away_or_speaks_no_tls_is_named(make_app: Callable[..., Flask]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for address in (f"smtp://127.0.0.1:{port}", f"smtps://127.0.0.1:{port}"):
        with make_app(smtp_url=address).app_context():
            assert outbox.mail_server_problem() == (
                "The mail server in PORTAL_SMTP_URL does not answer as one within five seconds."
            )
    with make_app().app_context():
        assert outbox.mail_server_problem() is None
