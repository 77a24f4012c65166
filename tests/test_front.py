"""The web server before several machines: it is told which of them are well, and has a page of ours for when none answers."""

from __future__ import annotations

from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask

from portal.server import watch_machines
from portal.server.away import write_pages
from portal.web.errors import ERROR_STATUS


class Machine(BaseHTTPRequestHandler):
    """Says of itself what its class says."""

    status = 200

    def do_GET(self) -> None:
        assert self.path == "/health"
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        pass


def test_the_watcher_puts_a_machine_last_that_twice_says_it_is_not_well_and_never_all_of_them(tmp_path: Path) -> None:
    file, told = tmp_path / "machines.conf", tmp_path / "told"
    states: list[Any] = [type(f"Machine{number}", (Machine,), {}) for number in range(2)]
    with ExitStack() as servers_there:
        machines = []
        for state in states:
            server = servers_there.enter_context(HTTPServer(("127.0.0.1", 0), state))
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
            servers_there.callback(server.shutdown)
            machines.append(watch_machines.Machine(f"127.0.0.1:{server.server_port}"))

        def look() -> str:
            for machine in machines:
                machine.hear(well=watch_machines.is_well(machine.address, 5.0))
            return watch_machines.lines(machines)

        both = "".join(f"server {machine.address} max_fails=0;\n" for machine in machines)
        first, second = both.splitlines(keepends=True)
        assert look() == both
        states[0].status = 503
        assert look() == both
        assert look() == first.replace(";", " backup;") + second
        states[1].status = 503
        assert look() == first.replace(";", " backup;") + second
        assert look() == both
        states[0].status = 200
        assert [look(), look()] == [both, first + second.replace(";", " backup;")]
        assert watch_machines.tell(file, look(), ["touch", str(told)])
        assert file.read_text() == first + second.replace(";", " backup;")
        assert told.exists()
        # What nginx was not told is told it again.
        assert not watch_machines.tell(file, both, ["false"])
    assert not watch_machines.is_well(machines[0].address, 1.0)


@pytest.mark.same_on_both
def test_the_page_for_when_no_machine_answers_is_ours_in_each_language_and_holds_nothing_of_anyone(
    app: Flask, tmp_path: Path
) -> None:
    pages = {path.name: path.read_text() for path in write_pages(app, tmp_path / "away")}
    assert sorted(pages) == ["away.html", "away.pl.html", "away.ro.html", "away.ur.html"]
    assert "We cannot save anything just now" in pages["away.html"]
    assert "W tej chwili nie możemy nic zapisać" in pages["away.pl.html"]
    for page in pages.values():
        assert "999" in page
        assert "csrf_token" not in page
        assert "nonce=" not in page
    answer = app.test_client().get("/", environ_overrides={ERROR_STATUS: 503})
    assert answer.headers["Retry-After"] == "10"
