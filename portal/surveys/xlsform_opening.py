"""Opens a workbook that somebody sent as an XLSForm: xlsform_sheets.py reads it apart from the portal, within bounds of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from portal.surveys import xlsform_sheets
from portal.surveys.xlsform_sheets import MAX_BYTES, READ, REFUSED

MAX_SECONDS = 30.0
MAX_ANSWER = 40 * 1024 * 1024
PROGRAM = str(Path(xlsform_sheets.__file__))
TOO_LARGE = f"it is larger than {MAX_BYTES // 1024 // 1024} MB; take pictures and other sheets out of it"
Row = dict[str, str]
# Columns as older forms name them, which pyxform still takes: "bind:relevant" for relevant.
_OTHER_NAMES = {"caption": "label", "command": "type", "tag": "name"}
_PARTS_OF_AN_XFORM = {"bind", "control", "body"}
_OF_THOSE = {"relevant", "constraint", "required", "appearance"}
# A workbook in work holds memory and a processor: one after the other, in each process of the server.
_one_at_a_time = threading.Lock()


class NotAnXlsForm(Exception):
    """It cannot be read; its text says why and what to do, and begins with "it"."""


@dataclass(frozen=True)
class Sheets:
    """The rows of each sheet by their columns; the first stands in row 2. `formulas`: where some stand."""

    survey: list[Row]
    choices: list[Row]
    settings: Row
    formulas: list[str]


def is_installed() -> bool:
    return find_spec("pyxform") is not None


def open_xlsform(content: bytes) -> Sheets:
    """Raises NotAnXlsForm."""
    if not is_installed():
        raise NotAnXlsForm(
            "it cannot be read here: the extra for XLSForms is missing (pip install 'community-safety-portal[xlsform]')"
        )
    if len(content) > MAX_BYTES:
        raise NotAnXlsForm(TOO_LARGE)
    if not _one_at_a_time.acquire(timeout=MAX_SECONDS):
        raise NotAnXlsForm("it has to wait: others are being read just now; send it again in a minute")
    try:
        # Nothing of the portal's environment reaches it: no setting, no secret, no open file.
        ended = subprocess.run(  # noqa: S603 (our own program)
            [sys.executable, "-I", PROGRAM],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            timeout=MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotAnXlsForm("it takes too long to read; copy the three sheets into a new workbook") from None
    finally:
        _one_at_a_time.release()
    if ended.returncode not in (READ, REFUSED) or len(ended.stdout) > MAX_ANSWER:
        raise NotAnXlsForm("it cannot be read; copy the three sheets into a new workbook and save it as .xlsx")
    found = json.loads(ended.stdout)
    if ended.returncode == REFUSED:
        raise NotAnXlsForm(found["refused"])
    settings = found["settings"][0] if found["settings"] else {}
    return Sheets(_named(found["survey"]), _named(found["choices"]), _named([settings])[0], found["formulas"])


def _named(rows: list[Row]) -> list[Row]:
    """With the names of columns as they are looked up: small letters, but a language as it was written."""
    return [{_column(name): str(value) for name, value in row.items() if value is not None} for row in rows]


def _column(name: str) -> str:
    kind, colon, language = name.partition(":")
    kind = kind.strip().lower().replace(" ", "_")
    kind, language = _OTHER_NAMES.get(kind, kind), language.strip(" :")
    if kind in _PARTS_OF_AN_XFORM and language.lower() in _OF_THOSE:
        return language.lower()
    return f"{kind}::{language}" if colon else kind
