"""A program of its own that reads an XLSForm from its input and writes what is in it as JSON: bounded, with nothing of the portal.

A workbook is a stranger's archive of XML. So it is taken apart where it can take no more than its share of memory and time, and
has no setting, no secret and no open file. pyxform reads it and judges it; no formula is ever worked out.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
import zipfile
from typing import Any

MEGABYTE = 1024 * 1024
MAX_BYTES = 2 * MEGABYTE
MAX_ENTRIES, MAX_UNPACKED = 200, 40 * MEGABYTE
MAX_MEMORY, MAX_ADDRESS_SPACE = 512 * MEGABYTE, 1024 * MEGABYTE
MAX_CPU_SECONDS = 20
MAX_ROWS, MAX_CHOICES = 2000, 5000
MAX_FORMULAS = 20
SHEETS = ("survey", "choices", "settings")
# How it ends; anything else is a crash.
READ, REFUSED = 0, 3
# What begins the file of an older Excel, and of a workbook with a password.
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_DOCTYPE = re.compile(rb"<\0?!\0?D\0?O\0?C\0?T\0?Y\0?P\0?E", re.IGNORECASE)


class Refused(Exception):
    """The file is no XLSForm that can be read; its text says what to do."""


def _bound() -> None:
    for what, most in (
        (resource.RLIMIT_DATA, MAX_MEMORY),
        (resource.RLIMIT_AS, MAX_ADDRESS_SPACE),
        (resource.RLIMIT_CPU, MAX_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (most, most))


def check_archive(content: bytes) -> None:
    """Look at the archive before anything in it is read. Raises Refused."""
    if len(content) > MAX_BYTES:
        raise Refused(f"it is larger than {MAX_BYTES // MEGABYTE} MB; take pictures and other sheets out of it")
    if content.startswith(_OLD_EXCEL):
        raise Refused("it is an older Excel workbook (.xls) or has a password; save it as .xlsx without one")
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Refused("it is not an Excel workbook (.xlsx); save the form as one") from None
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise Refused("unpacked it is far too large for a form; copy the three sheets into a new workbook")
    if any(entry.filename.lower().endswith("vbaproject.bin") for entry in entries):
        raise Refused("it holds macros; save it as .xlsx without them")
    if "xl/workbook.xml" not in {entry.filename for entry in entries}:
        raise Refused("it is not an Excel workbook (.xlsx); save the form as one")
    _check_entries(content, entries)


def _check_entries(content: bytes, entries: list[zipfile.ZipInfo]) -> None:
    left = MAX_UNPACKED
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in entries:
            try:
                with archive.open(entry) as opened:
                    # What the archive says of its own size is not believed.
                    unpacked = opened.read(left + 1)
            except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError, ValueError):
                raise Refused("a part of it is damaged; save it again") from None
            left -= len(unpacked)
            if left < 0:
                raise Refused("unpacked it is far too large for a form; copy the three sheets into a new workbook")
            if entry.filename.lower().endswith((".xml", ".rels")) and _DOCTYPE.search(unpacked):
                raise Refused(
                    "it holds a document type, which no form needs; copy the three sheets into a new workbook"
                )


def read(content: bytes) -> dict[str, Any]:
    """The rows of each sheet, the first of which stands in row 2, and what else is to be said. Raises Refused."""
    check_archive(content)
    from pyxform.builder import create_survey_element_from_dict
    from pyxform.errors import PyXFormError
    from pyxform.xls2json import workbook_to_json
    from pyxform.xls2json_backends import get_xlsform, xlsx_to_dict

    try:
        sheets = xlsx_to_dict(io.BytesIO(content))
    except PyXFormError as problem:
        raise Refused(_sentence(problem)) from None
    # Copied, because pyxform takes rows apart while it looks at them.
    found = {name: [dict(row) for row in sheets.get(name) or []] for name in SHEETS}
    if not found["survey"]:
        raise Refused("it has no sheet called survey with rows in it; see docs.getodk.org/xlsform")
    if len(found["survey"]) > MAX_ROWS or len(found["choices"]) > MAX_CHOICES:
        raise Refused(f"it has more than {MAX_ROWS} rows or {MAX_CHOICES} choices; make several forms of it")
    if not any("type" in {str(name).lower() for name in row} for row in found["survey"]):
        raise Refused("its sheet survey has no column called type")
    try:
        # As its own convert() does, which writes a file meanwhile.
        create_survey_element_from_dict(workbook_to_json(get_xlsform(sheets), form_name="form")).xml()
    except PyXFormError as problem:
        raise Refused(f"pyxform, which checks XLSForms, says: {_sentence(problem)}") from None
    except RecursionError:
        raise Refused("its groups stand too deep in one another") from None
    return found | {"formulas": _formulas(content)}


def _sentence(problem: Exception) -> str:
    return " ".join(str(problem).split())[:600]


def _formulas(content: bytes) -> list[str]:
    """Where formulas stand, like "survey C4": of them the text is taken that was worked out when the file was saved."""
    from openpyxl import load_workbook

    book, found = load_workbook(io.BytesIO(content), read_only=True), []
    try:
        for sheet in book.worksheets:
            if sheet.title.lower() in SHEETS:
                for row in sheet.iter_rows(max_row=MAX_CHOICES + 60, max_col=200):
                    found += [f"{sheet.title} {cell.coordinate}" for cell in row if cell.data_type == "f"]
                    if len(found) > MAX_FORMULAS:
                        return found[:MAX_FORMULAS]
    finally:
        book.close()
    return found


def main() -> int:
    _bound()
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        answer, ended = read(content), READ
    except Refused as problem:
        answer, ended = {"refused": str(problem)}, REFUSED
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False, default=str).encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
    return ended


if __name__ == "__main__":
    sys.exit(main())
