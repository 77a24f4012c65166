"""What a server is given: units that are closed in, an nginx that takes its files, and a container that names what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from portal import create_app
from portal.config import read_settings
from portal.package_data import folder
from portal.partnership.readiness import address_problem
from portal.server import watch_machines
from portal.server.cli import portal
from tests.support.slow import ROOT

DEPLOY = folder("deploy")
UNITS = sorted(DEPLOY.glob("*.service"))
MOST_EXPOSED = "20"  # tenths: of 10, where 10 is a service that nothing holds
OPERATE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.same_on_both


def systemd_analyze(*words: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed (apt install systemd)")
    return subprocess.run([program, *words], capture_output=True, text=True, timeout=60)


def sandbox(unit: Path) -> list[str]:
    """The lines that close a service in; which folders it sees differs."""
    said = unit.read_text(encoding="utf-8").split("UMask=0077\n")[1].split("\n\n[Install]")[0]
    return said.strip().splitlines()


def test_all_services_are_closed_in_alike_and_the_worker_alone_sees_its_key() -> None:
    assert len(UNITS) == 6
    for unit in UNITS:
        assert sandbox(unit) == sandbox(DEPLOY / "portal.service"), unit.name
        said = unit.read_text(encoding="utf-8")
        assert "User=portal\n" in said
        assert ("InaccessiblePaths=-/var/lib/portal-worker" in said) is (unit.stem != "portal-worker")
    for timer in DEPLOY.glob("*.timer"):
        assert timer.with_suffix(".service").exists()


def test_the_watcher_beside_nginx_is_closed_in_and_started_with_words_that_it_knows() -> None:
    watch = DEPLOY / "watch"
    unit = watch / "portal-watch.service"
    assert sandbox(unit) == sandbox(DEPLOY / "portal.service")
    wrong = systemd_analyze("verify", *map(str, watch.iterdir())).stderr.splitlines()
    assert not [line for line in wrong if "portal" in line and "is not executable" not in line]
    (command,) = re.findall(r"^ExecStart=\S+ \S+portal-watch.py (.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
    (place,) = re.findall(
        r"^PathChanged=(.*)$", (watch / "portal-watch.path").read_text(encoding="utf-8"), re.MULTILINE
    )
    given = watch_machines.read_words(command.replace("$PORTAL_MACHINES", "10.0.0.11:8000 10.0.0.12:8000").split())
    assert (str(given.file), given.then) == (place, "true")
    assert given.machines == ["10.0.0.11:8000", "10.0.0.12:8000"]


@pytest.mark.parametrize("unit", [*UNITS, *(DEPLOY / "watch").glob("*.service")], ids=lambda unit: unit.name)
def test_each_service_is_closed_in(unit: Path) -> None:
    said = systemd_analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", str(unit))
    assert said.returncode == 0, said.stdout[-400:] + said.stderr


def test_systemd_understands_every_line_of_the_units() -> None:
    said = systemd_analyze("verify", *map(str, [*UNITS, *DEPLOY.glob("*.timer")])).stderr
    # That the portal is not installed here is no fault of theirs.
    wrong = [line for line in said.splitlines() if "is not executable" not in line and "portal" in line]
    assert not wrong


@pytest.mark.parametrize("file", [*UNITS, DEPLOY / "Containerfile"], ids=lambda file: file.name)
def test_what_is_started_is_a_command_with_options_that_there_are(file: Path) -> None:
    started = re.findall(r"^(?:ExecStart=|CMD \[\"sh).*", file.read_text(encoding="utf-8"), re.MULTILINE)
    called = [each.split() for line in started for each in re.findall(r"portal ([a-z-]+(?: --[a-z-]+)*)", line)]
    assert called
    for name, *options in called:
        known = {word for parameter in portal.commands[name].params for word in parameter.opts}
        assert set(options) <= known, name


def test_the_guide_names_each_file_and_each_file_is_there() -> None:
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            stem = path.name.removesuffix(".timer").removesuffix(".service")
            assert stem in OPERATE, path.name
    for named in re.findall(r"\$deploy/([\w./-]*\w)", OPERATE):
        assert (DEPLOY / named).exists(), named


def test_the_settings_that_are_copied_are_read_and_no_vault_is_made_with_them_as_they_are(tmp_path: Path) -> None:
    words = (DEPLOY / "settings.toml").read_text(encoding="utf-8")
    everything = re.sub(r"^# (PORTAL_\w+ = )", r"\1", words, flags=re.MULTILINE).replace(
        "backup-public-...", "backup-public-" + "A" * 43
    )
    for written in (words, everything):
        (tmp_path / "settings.toml").write_text(written, encoding="utf-8")
        settings = read_settings(environ={"PORTAL_SETTINGS": str(tmp_path / "settings.toml")})
        assert settings.trusted_proxies
        with create_app(data=tmp_path / "data", public_url=settings.public_url).app_context():
            assert address_problem()
