"""What an operator copies onto a server: units that are shut in, settings that are read, and one sandbox for all of them."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from portal import package_data
from portal.config import OPERATOR_SETTINGS, read_settings

DEPLOY = package_data.folder("deploy")
UNITS = sorted(DEPLOY.glob("*.service"))
PROGRAM = "/opt/portal/current/bin/portal"
# Of 100, as `systemd-analyze security` counts: 2.0.
MOST_EXPOSED = 20


def sandbox(unit: Path) -> list[str]:
    """The lines that shut a service in; which folders it sees differs."""
    said = unit.read_text(encoding="utf-8").split("UMask=0077\n")[1].split("\n\n[Install]")[0]
    return said.strip().splitlines()


def test_all_services_are_shut_in_alike_and_run_as_the_portals_user() -> None:
    assert len(UNITS) == 6
    for unit in UNITS:
        assert sandbox(unit) == sandbox(DEPLOY / "portal.service"), unit.name
        said = unit.read_text(encoding="utf-8")
        assert "User=portal\n" in said
        assert f"ExecStart={PROGRAM} " in said
        # Only the worker, which it is for, sees the worker's key.
        assert ("InaccessiblePaths=-/var/lib/portal-worker" in said) is (unit.stem != "portal-worker")
    for timer in DEPLOY.glob("*.timer"):
        assert timer.with_suffix(".service").exists()


def test_the_settings_that_are_shipped_are_read_also_those_that_wait_for_a_value() -> None:
    written = (DEPLOY / "settings.toml").read_text(encoding="utf-8")
    assert read_settings({"PORTAL_SETTINGS": str(DEPLOY / "settings.toml")}).is_https
    every = tomllib.loads(re.sub(r"^# (?=PORTAL_)", "", written, flags=re.MULTILINE))
    assert every.keys() <= OPERATOR_SETTINGS.keys()


@pytest.mark.dear
def test_systemd_finds_no_mistake_in_the_units_and_little_exposed(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed (apt install systemd)")
    for unit in (*UNITS, *DEPLOY.glob("*.timer")):
        said = unit.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true")
        (tmp_path / unit.name).write_text(said, encoding="utf-8")
    names = [str(path) for path in sorted(tmp_path.iterdir())]
    checked = subprocess.run(["systemd-analyze", "verify", "--man=no", *names], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    for unit in UNITS:
        words = [
            "systemd-analyze",
            "security",
            "--offline=true",
            f"--threshold={MOST_EXPOSED}",
            str(tmp_path / unit.name),
        ]
        seen = subprocess.run(words, capture_output=True, text=True)
        assert seen.returncode == 0, seen.stdout[-300:]
