"""Setting the portal up: what is fetched, what the operator may set, and how the server starts, answers and stops."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest
from flask import Flask

from portal.config import OPERATOR_SETTINGS, SettingError, read_secrets, read_settings
from portal.server import cli, cli_keys
from portal.server.logs import KindAndPlace

ROOT = Path(__file__).parent.parent
LOCKS = ["core", "all", "dev", "node"]


def locked(name: str) -> dict[str, str]:
    """What one lock says, by requirement."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return {entry.split(" ")[0]: entry for entry in re.split(r"\n(?=\S)", text)}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_and_hashes_everything_and_names_no_address(name: str) -> None:
    for requirement, entry in locked(name).items():
        assert re.fullmatch(r"[a-z0-9.-]+==[^ ]+", requirement)
        assert "--hash=sha256:" in entry
        assert "://" not in entry


def test_the_locks_hold_what_the_project_asks_for() -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for requirement in asked["project"]["dependencies"] + asked["dependency-groups"]["build"]:
        assert requirement in locked("core")
    assert locked("core").keys() < locked("all").keys() < locked("dev").keys()


def test_packages_from_npm_are_locked_without_addresses_and_run_no_scripts() -> None:
    rules = (ROOT / ".npmrc").read_text(encoding="utf-8").split()
    assert {"ignore-scripts=true", "omit-lockfile-registry-resolved=true"} <= set(rules)
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, package in packages.items():
        assert "resolved" not in package
        assert name == "" or package["integrity"].startswith("sha512-")


def test_make_alone_lists_every_command() -> None:
    declared = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert declared
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for command in declared[1].split():
        assert re.search(rf"^make {command} +\S", listed, re.MULTILINE)


def test_the_readme_lists_every_setting() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, field in OPERATOR_SETTINGS.items():
        assert f"| `{name}` | {field.metadata['says']}" in readme


def test_the_full_style_sheet_is_built() -> None:
    if not (ROOT / "static" / "build" / "manifest.json").exists():
        pytest.skip("the style sheet is not built (install npm with Node.js 20 or newer, then make test says why)")


def portal(*arguments: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as an operator does."""
    return subprocess.run(
        [sys.executable, "-m", "portal", *arguments],
        env=operator_environment(data, **environment),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


def operator_environment(data: Path, **environment: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return inherited | {"PORTAL_DATA": str(data)} | environment


BAD_SETTINGS = [
    ("PORTAL_COLOUR", "green"),
    ("PORTAL_BIND", "8000"),
    ("PORTAL_PUBLIC_URL", "safer.example.org"),
    ("PORTAL_DATABASE_URL", "mysql://localhost/portal"),
    ("PORTAL_TRUSTED_PROXIES", "everyone"),
    ("PORTAL_WORKERS", "0"),
    ("PORTAL_ACCESS_LOG", "maybe"),
    ("PORTAL_SETTINGS", "/nowhere/settings.toml"),
    ("PORTAL_DATA", "/dev/null/portal"),
]


@pytest.mark.parametrize(("name", "value"), BAD_SETTINGS)
def test_a_bad_setting_is_named_in_one_sentence(name: str, value: str) -> None:
    with pytest.raises(SettingError) as said:
        read_secrets(read_settings({name: value}).data)
    assert name in str(said.value)
    assert re.fullmatch(r".+\.", str(said.value))


@pytest.mark.dear
@pytest.mark.parametrize(("name", "value"), [BAD_SETTINGS[0], BAD_SETTINGS[-1]])
def test_a_bad_setting_stops_the_start_with_one_sentence_that_names_it(name: str, value: str, tmp_path: Path) -> None:
    result = portal("migrate", data=tmp_path, **{name: value})
    assert result.returncode != 0
    said = (result.stdout + result.stderr).strip()
    assert name in said
    assert said.endswith(".")
    assert len(said.splitlines()) == 1


@pytest.mark.same_on_both
def test_an_argument_that_is_no_text_is_refused_in_one_sentence(tmp_path: Path) -> None:
    done = portal("staff", "rename", "sam", os.fsdecode(b"\xff"), data=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "UTF-8" in done.stderr


@pytest.mark.same_on_both
def test_a_command_that_is_broken_off_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["portal", "staff", "add"])
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(cli_keys, "open_app", lambda: Flask("none"))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert "Broken off." in capsys.readouterr().err


def test_settings_are_read_from_a_file_and_variables_win(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('PORTAL_WORKERS = "3"\nPORTAL_THREADS = "5"\n', encoding="utf-8")
    settings = read_settings({"PORTAL_SETTINGS": str(file), "PORTAL_THREADS": "6"})
    assert (settings.workers, settings.threads) == (3, 6)


def test_a_settings_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("workers: 3", encoding="utf-8")
    with pytest.raises(SettingError, match=re.escape(str(file))):
        read_settings({"PORTAL_SETTINGS": str(file)})


def test_only_the_owner_may_read_the_secrets_and_a_second_start_keeps_them(tmp_path: Path) -> None:
    drawn = read_secrets(tmp_path)
    for path in (tmp_path / "secrets").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert read_secrets(tmp_path) == drawn


def test_a_damaged_secret_stops_the_start(tmp_path: Path) -> None:
    read_secrets(tmp_path)
    (tmp_path / "secrets" / "pepper").write_bytes(b"short")
    with pytest.raises(SettingError, match="pepper is damaged"):
        read_secrets(tmp_path)


def test_a_failure_is_logged_without_the_words_it_carries() -> None:
    try:
        try:
            raise ValueError("they shouted at my neighbour")
        except ValueError as problem:
            raise RuntimeError("1234 5678 9012 3456") from problem
    except RuntimeError:
        said = KindAndPlace().formatException(sys.exc_info())
    assert "RuntimeError" in said
    assert "because of" in said
    assert "ValueError" in said
    assert "test_setup.py" in said
    said_by_failure = [line for line in said.splitlines() if not line.startswith("    ")]  # the rest is our own code
    assert not any("neighbour" in line or "1234" in line for line in said_by_failure)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(data: Path, log: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """`portal serve`, with whatever it started gone at the end."""
    port = free_port()
    with log.open("w") as errors:
        server = subprocess.Popen(
            [sys.executable, "-m", "portal", "serve"],
            env=operator_environment(data, PORTAL_BIND=f"127.0.0.1:{port}", PORTAL_ACCESS_LOG="yes"),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
        try:
            yield port, server
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.communicate()


@pytest.mark.dear
def test_the_server_names_nobody_and_stops_when_told(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "portal.db")
    log = tmp_path / "log"
    with served(tmp_path, log) as (port, server):
        assert server.stdout
        assert server.stdout.readline().strip() == f"Residents: http://127.0.0.1:{port}/"
        assert server.stdout.readline().strip() == f"Staff:     http://127.0.0.1:{port}/staff"

        visitor = HTTPConnection("127.0.0.1", port, timeout=20)
        visitor.request(
            "GET", "/?said=canary-query", headers={"User-Agent": "canary-browser", "X-Forwarded-For": "192.0.2.7"}
        )
        answer = visitor.getresponse()
        assert answer.status == 200
        assert answer.getheader("Server") is None
        answer.read()
        visitor.close()

        with socket.create_connection(("127.0.0.1", port), timeout=20) as broken:
            broken.sendall(b"GET / canary-version\r\nHost: canary-host\r\n\r\n")
            assert b" 400 " in broken.recv(1000)

        server.send_signal(signal.SIGTERM)
        said, _ = server.communicate(timeout=30)
        assert server.returncode == 0
        with pytest.raises(ProcessLookupError):
            os.killpg(server.pid, 0)  # the worker is gone too
        assert '"GET /" 200' in said
        said += log.read_text()
        for trace in ("canary", "127.0.0.1", "192.0.2.7"):
            assert trace not in said


@pytest.mark.dear
def test_a_demonstration_opens_on_this_machine_only(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "portal.db")
    result = portal("serve", data=tmp_path, PORTAL_BIND=f"0.0.0.0:{free_port()}")
    assert result.returncode != 0
    assert "a demonstration opens on this machine only" in result.stderr


@pytest.mark.dear
def test_a_taken_port_is_named(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "portal.db")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        result = portal("serve", data=tmp_path, PORTAL_BIND=bind)
    assert result.returncode != 0
    assert f"PORTAL_BIND is {bind}, where this server cannot listen" in result.stderr


def test_the_app_starts_on_either_database(app: Flask) -> None:
    assert app.test_client().get("/").status_code == 200
