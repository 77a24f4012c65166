"""The package as it is installed on another machine: all that it shows is in it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from gettext import GNUTranslations
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.test_setup import ROOT, free_port

FOLDERS = ("deploy", "static", "surveys", "templates", "translations")


def build(tree: Path, into: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(into)]
    return subprocess.run(command, cwd=tree, env=away(), capture_output=True, text=True, timeout=60)


def away(**more: str) -> dict[str, str]:
    """The environment of someone who knows nothing of this repository."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "PYTHON"))}
    return kept | more


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A fresh environment with the built wheel; the packages that it needs are lent by this one."""
    folder = tmp_path_factory.mktemp("elsewhere")
    made = build(ROOT, folder)
    assert made.returncode == 0, made.stderr
    (wheel,) = folder.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True, timeout=60)
    python = folder / "venv" / "bin" / "python"
    # As the other machine's would be, but for the network.
    install = ["install", "--quiet", "--no-index", "--no-deps", "--disable-pip-version-check", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), *install], env=away(), check=True, timeout=60)
    (site_packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    lent = [path for path in sys.path if path.endswith("site-packages")]
    (site_packages / "lent.pth").write_text("\n".join(lent), encoding="utf-8")
    (folder / "work").mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.mark.dear
def test_the_wheel_carries_all_that_is_shown(installed: Path) -> None:
    (wheel,) = installed.glob("*.whl")
    carried = set(zipfile.ZipFile(wheel).namelist())
    shown = {path.relative_to(ROOT) for name in FOLDERS for path in (ROOT / name).rglob("*") if path.is_file()}
    assert {f"portal/_data/{path}" for path in shown} == {name for name in carried if name.startswith("portal/_data/")}
    assert {path.suffix for path in shown} >= {".html", ".mo", ".po", ".toml", ".css"}
    code = {path.relative_to(ROOT) for path in (ROOT / "portal").rglob("*") if path.is_file()}
    code = {path for path in code if "__pycache__" not in path.parts}
    assert {str(path) for path in code} == {
        name for name in carried if name.startswith("portal/") and not name.startswith("portal/_data/")
    }


@pytest.mark.dear
def test_installed_elsewhere_it_serves_its_pages_in_urdu_with_their_styles(installed: Path, tmp_path: Path) -> None:
    port = free_port()
    environment = away(PORTAL_DATA=str(tmp_path / "data"), PORTAL_BIND=f"127.0.0.1:{port}", PORTAL_WORKERS="1")
    portal = str(installed / "venv" / "bin" / "portal")
    subprocess.run([portal, "migrate"], cwd=installed / "work", env=environment, check=True, timeout=60)
    server = subprocess.Popen(
        [portal, "serve"],
        cwd=installed / "work",
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )

    def get(path: str) -> tuple[int, str]:
        visitor = HTTPConnection("127.0.0.1", port, timeout=20)
        visitor.request("GET", path)
        answer = visitor.getresponse()
        said = answer.read().decode()
        visitor.close()
        return answer.status, said

    try:
        ends = time.monotonic() + 30
        while server.poll() is None and time.monotonic() < ends:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        assert server.poll() is None
        status, page = get("/ur/")
        assert status == 200
        assert 'lang="ur" dir="rtl"' in page
        with (ROOT / "translations" / "ur" / "LC_MESSAGES" / "messages.mo").open("rb") as compiled:
            heading = GNUTranslations(compiled).gettext("Report what happened")
        assert re.search("[\u0600-\u06ff]", heading)
        assert heading in page
        styles = re.findall(r'href="(?:/ur)?(/static/[^"]+\.css)"', page)
        assert styles
        for style in styles:
            status, sheet = get(style)
            assert status == 200
            assert "{" in sheet
        built = (ROOT / "static" / "build" / "manifest.json").exists()
        assert built is any(re.search(r"\.[0-9a-f]{10}\.css$", style) for style in styles)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


@pytest.mark.dear
def test_installed_elsewhere_it_finds_the_questionnaires(installed: Path, tmp_path: Path) -> None:
    portal = [str(installed / "venv" / "bin" / "portal"), "survey", "check"]
    checked = subprocess.run(
        portal, cwd=installed / "work", env=away(), capture_output=True, text=True, timeout=60, check=True
    )
    said = checked.stdout.splitlines()
    assert len(said) == len(list((ROOT / "surveys").glob("*.toml")))
    assert all(str(installed) in line and line.endswith(": fine.") for line in said)
    assert list((installed / "work").iterdir()) == []


def test_a_wheel_that_would_speak_english_only_is_not_built(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("portal", *FOLDERS):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("*.mo", "__pycache__"))
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    made = build(tree, tmp_path)
    assert made.returncode != 0
    assert "The translations are not compiled" in made.stderr
    assert not list(tmp_path.glob("*.whl"))
