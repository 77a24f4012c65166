"""Papers and recordings are held against the operator's virus scanner: nothing is lost by it, and officers are warned."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from portal.config import SettingError, read_settings
from portal.files import virus_check
from tests.support.installation_apart import wait_for
from tests.support.people import Officer, Resident
from tests.support.pictures import FILES, begin, choose, photo
from tests.support.scanner import EICAR, Scanner, scanning
from tests.test_evidence import RECORDING, addresses, send

PAPER = b"%PDF-1.7 a letter " + EICAR

pytestmark = pytest.mark.same_on_both


@pytest.fixture
def scanner(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scanner]:
    monkeypatch.setitem(virus_check._silent, "until", float("-inf"))
    monkeypatch.setattr(virus_check, "CONNECT_SECONDS", 0.3)
    with scanning(tmp_path / "clamd") as running:
        use(app, running.address)
        yield running


def use(app: Flask, address: str) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], clamd=address)


def test_what_it_finds_comes_in_and_an_officer_must_ask_for_it_twice(
    scanner: Scanner, resident: Resident, officer: Officer
) -> None:
    begin(resident)
    choose(resident, (PAPER, "letter.pdf"), (RECORDING, "1.mp3"), (photo(), "door.jpg"))
    resident.get(FILES)
    resident.see("letter.pdf")
    resident.not_see("virus")
    assert (scanner.asked, scanner.held) == (2, RECORDING)  # the photo is made anew here
    send(resident)
    paper, *others = addresses(officer)
    officer.see("The virus check found something in it.")
    officer.not_see("Not checked for viruses")
    assert all(officer.get(other).status_code == 200 for other in others)
    answer = officer.get(paper)
    assert EICAR not in answer.data
    officer.see("The virus check found something in this file", "Ask your IT team first.", "Download it anyway")
    answer = officer.post(paper)
    assert answer.data == PAPER
    assert answer.headers["Content-Disposition"] == "attachment; filename=1.pdf"


def test_the_original_of_a_photo_is_checked_and_what_was_made_anew_of_it_is_not(
    scanner: Scanner, resident: Resident
) -> None:
    begin(resident)
    original = photo()
    choose(resident, (original, "door.jpg"), originals="y")
    assert (scanner.asked, scanner.held) == (1, original)


def test_an_officer_sends_no_reporter_what_it_finds_and_keeps_what_they_wrote(
    scanner: Scanner, resident: Resident, officer: Officer
) -> None:
    begin(resident)
    send(resident)
    addresses(officer)
    home = re.findall(r'"(/staff/reports/[0-9a-f-]{36})"', officer.page)[0]
    officer.get(home)
    choose(officer, (PAPER, "form.pdf"), page=home, message="Please sign this.")
    officer.see("“form.pdf” was not added: the virus check found something in it.")
    assert "Please sign this.</textarea>" in officer.page


@pytest.mark.parametrize("how", ["away", "silent", "hangs up", "too long", "babble"])
def test_a_scanner_that_does_not_answer_loses_nothing_and_officers_read_that_the_file_was_not_checked(
    how: str, app: Flask, scanner: Scanner, resident: Resident, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(virus_check, "MAX_SECONDS", 0.5)
    if how == "away":
        use(app, "unix:/nowhere/clamd")
    scanner.is_silent = how == "silent"
    scanner.says = {"hangs up": b"", "too long": b"INSTREAM size limit exceeded. ERROR\0", "babble": b"x" * 9000}.get(
        how
    )
    begin(resident)
    began_at = time.monotonic()
    choose(resident, (PAPER, "letter.pdf"), (RECORDING, "1.mp3"))
    assert time.monotonic() - began_at < 5
    resident.get(FILES)
    resident.see("letter.pdf", "1.mp3")
    resident.not_see("virus")
    send(resident)
    (first, second) = addresses(officer)
    officer.see("Not checked for viruses.")
    assert [officer.get(path).status_code for path in (first, second)] == [200, 200]


def test_a_file_that_takes_too_long_leaves_the_check_on_and_is_asked_about_again_when_it_is_opened(
    scanner: Scanner, resident: Resident, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(virus_check, "_said_again", {})
    begin(resident)
    with monkeypatch.context() as slow:
        slow.setattr(virus_check, "MAX_SECONDS", 0.2)
        scanner.takes = 1.0
        choose(resident, (PAPER, "letter.pdf"))
    scanner.takes = 0.0
    choose(resident, (RECORDING, "1.mp3"))
    assert scanner.held == RECORDING, "one slow file is no silence"
    send(resident)
    paper, _recording = addresses(officer)
    officer.see("Not checked for viruses.")
    scanner.is_silent = True
    monkeypatch.setattr(virus_check, "MAX_SECONDS", 0.2)
    assert officer.get(paper).data == PAPER, "a scanner that is away keeps nobody from it"
    scanner.is_silent = False
    monkeypatch.setitem(virus_check._silent, "until", float("-inf"))
    monkeypatch.setattr(virus_check, "MAX_SECONDS", 20.0)
    assert EICAR not in officer.get(paper).data
    officer.see("The virus check found something in this file")
    asked = scanner.asked
    assert EICAR not in officer.get(paper).data
    assert scanner.asked == asked, "what it said is known"
    assert officer.post(paper).data == PAPER


def test_the_operator_reads_that_it_is_away_or_that_its_signatures_are_old(
    app: Flask, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(virus_check, "HEALTH_SECONDS", 0.3)
    with app.app_context():
        scanner.version = b"ClamAV 1.4.3"
        assert virus_check.problems() == []
        scanner.version = b"ClamAV 1.4.3/27812/Sat Nov 29 08:35:12 2025"
        assert "signatures are of 29 November 2025" in virus_check.problems()[0]
        scanner.is_silent = True
        assert "does not answer" in virus_check.problems()[0]
        use(app, "")
        assert virus_check.problems() == []


@pytest.mark.parametrize(
    "address", ["tcp:10.0.0.1:3310", "tcp:localhost:3310", "unix:relative", "clamd", "tcp:127.0.0.1:0"]
)
def test_what_residents_add_goes_to_no_scanner_on_another_machine(address: str) -> None:
    with pytest.raises(SettingError, match="PORTAL_CLAMD"):
        read_settings(environ={"PORTAL_CLAMD": address})


@pytest.mark.long
def test_a_real_clamd_finds_what_it_has_a_signature_for(
    app: Flask, resident: Resident, officer: Officer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a signature of our own, for its own come over the network."""
    program = shutil.which("clamd") or "/usr/sbin/clamd"
    if not Path(program).exists():
        pytest.skip("clamd is not installed (apt install clamav-daemon)")
    monkeypatch.setitem(virus_check._silent, "until", float("-inf"))
    signatures = tmp_path / "signatures"
    signatures.mkdir()
    (signatures / "own.ndb").write_text(f"Own.Test:0:*:{EICAR.hex()}\n", encoding="ascii")
    place = tmp_path / "clamd.sock"
    (tmp_path / "clamd.conf").write_text(
        f"Foreground yes\nDatabaseDirectory {signatures}\nLocalSocket {place}\nTemporaryDirectory {tmp_path}\n",
        encoding="ascii",
    )
    running = subprocess.Popen([program, f"--config-file={tmp_path / 'clamd.conf'}"], stdout=subprocess.DEVNULL)
    try:
        wait_for(place.exists, 60, "clamd")
        use(app, f"unix:{place}")
        begin(resident)
        choose(resident, (PAPER, "letter.pdf"), (RECORDING, "1.mp3"))
        send(resident)
        paper, recording = addresses(officer)
        officer.see("The virus check found something in it.")
        assert EICAR not in officer.get(paper).data
        assert officer.post(paper).data == PAPER
        assert officer.get(recording).data == RECORDING
        with app.app_context():
            assert virus_check.problems() == []
    finally:
        running.terminate()
        running.wait(20)
