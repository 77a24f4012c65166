"""The file of an export: the table in the form that was asked for, with what explains it.

Text is made while it is sent. What must be whole before lies in a folder of its own under PORTAL_DATA until it is sent.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from time import time
from typing import IO

from flask import Response
from flask_babel import force_locale

from portal.config import settings
from portal.languages.i18n import language_of
from portal.staff import export_forms as forms
from portal.staff.coding_words import CODED, about_counts
from portal.staff.coding_words import TYPES as CODED_TYPES
from portal.staff.export_words import SHEETS
from portal.surveys import codebook, csvw, ddi, export, scripts, spss, workbooks
from portal.surveys.ddi import Study
from portal.surveys.definition import Instrument
from portal.surveys.export import Download
from portal.surveys.scripts import Coded, Figure
from portal.surveys.variables import Cells, Frame, Said

# Beyond so many rows a workbook or an SPSS file would keep the page waiting: the worker makes it.
AT_ONCE = 20_000
SLOW = (forms.XLSX, forms.SAV)
BLOCK = 64 * 1024
_FOLDER = "export-"
_LEFT_OVER = 3600.0
MIME_TYPES = {
    forms.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    forms.CSV: "text/csv",
    forms.PLAIN_CSV: "text/csv",
    forms.SAV: "application/x-spss-sav",
    forms.SCRIPTS: "application/zip",
    forms.DESCRIBED: "application/zip",
    forms.JSON_LINES: "application/jsonl",
    forms.CODED: "text/csv",
}
_ENDINGS = {forms.PLAIN_CSV: "csv", forms.DESCRIBED: "zip", forms.CODED: "csv"}
_CODED_FILE, _DDI_FILE = "coded-words.csv", "ddi-codebook.xml"


@dataclass(frozen=True, kw_only=True)
class Content:
    """What goes into a file: the table and what explains it. `name` is that of the file, without its ending."""

    frame: Frame
    instruments: list[Instrument]
    said: Said
    title: str
    name: str
    notes: list[tuple[str, str]]
    figures: list[Figure] = field(default_factory=list)
    coded: list[tuple[str, ...]] = field(default_factory=list)
    """How often codes were given to what people wrote, under a row of headings; empty where nothing is counted."""
    study: Study
    saids: Sequence[Said]
    """What exports say in every language, `said` first."""

    def explained(self) -> Iterator[tuple[str, ...]]:
        return codebook.rows(codebook.entries(self.frame, self.instruments, self.said))


def offered(rows: int, most: int, *, has_coded: bool) -> dict[str, object]:
    """The files that can be made of so many rows, and of codes where some are counted."""
    too_many = SLOW if rows > most else ()
    missing = () if spss.is_installed() else (forms.SAV,)
    uncounted = () if has_coded else (forms.CODED,)
    return {kind: words for kind, words in forms.FILES.items() if kind not in (*too_many, *missing, *uncounted)}


def is_slow(kind: str, rows: int) -> bool:
    """Whether the worker makes it."""
    return kind in SLOW and rows > AT_ONCE


def has_spss() -> bool:
    return spss.is_installed()


def response(made: Download, kind: str, name: str) -> Response:
    """The file under its name; whoever receives less than its length sees that it is not whole."""
    holds = "coded-words" if kind == forms.CODED else "answers"
    headers = {"Content-Disposition": f'attachment; filename="{name}-{holds}.{_ENDINGS.get(kind, kind)}"'}
    sent = Response(made.blocks, mimetype=MIME_TYPES[kind], headers=headers)
    sent.content_length = made.size
    return sent


def made(kind: str, content: Content, form: Cells, tell: Callable[[int], None]) -> Download:
    """`tell` hears how much of it is made, in percent."""
    match kind:
        case forms.CSV:
            return export.table(content.frame, form, content.said)
        case forms.PLAIN_CSV:
            return export.table(content.frame, form, content.said, mark="")
        case forms.JSON_LINES:
            return export.json_lines(content.frame, form, content.said)
    _sweep()
    with TemporaryDirectory(prefix=_FOLDER, dir=settings().data) as folder:
        path = Path(folder) / f"{content.name}.{_ENDINGS.get(kind, kind)}"
        if kind == forms.SAV:
            spss.write_sav(str(path), content.frame, content.said, content.title, _documents(content))
        elif kind == forms.XLSX:
            with path.open("wb") as file:
                _write_workbook(file, content, form, folder, tell)
        else:
            with path.open("wb") as file:
                _write_package(file, content, form, with_scripts=kind == forms.SCRIPTS)
        # Open it outlives its name; nothing of it is found under one from here on.
        return _sent(path.open("rb"))


def _sent(file: IO[bytes]) -> Download:
    size = file.seek(0, 2)
    file.seek(0)

    def blocks() -> Iterator[bytes]:
        with file:
            while block := file.read(BLOCK):
                yield block

    return Download(size, blocks())


@contextmanager
def as_file(made: Download) -> Iterator[IO[bytes]]:
    """What was made, to be read; nothing of it has a name on the disk."""
    with TemporaryFile(dir=settings().data) as file:
        for block in made.blocks:
            file.write(block)
        file.seek(0)
        yield file


def _sweep() -> None:
    """What a server left that was switched off in the middle."""
    for folder in settings().data.glob(f"{_FOLDER}*"):
        if folder.stat().st_mtime < time() - _LEFT_OVER:
            shutil.rmtree(folder, ignore_errors=True)


def _write_workbook(file: IO[bytes], content: Content, form: Cells, folder: str, tell: Callable[[int], None]) -> None:
    with force_locale(language_of(content.said.language).locale):
        data, book, notes, coded = (str(name) for name in (*SHEETS, CODED))
    workbooks.write_workbook(
        file,
        content.frame,
        form,
        content.said,
        names=(data, book, notes),
        codebook=[codebook.HEAD, *content.explained()],
        notes=content.notes,
        more={coded: content.coded} if content.coded else {},
        folder=folder,
        tell=tell,
    )


def whole(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Download:
    """A small table as a file of its own."""
    blocks = list(export.sheet(head, rows))
    return Download(sum(map(len, blocks)), iter(blocks))


def _documents(content: Content) -> Iterator[str]:
    """What an SPSS file says of itself: the notes, and how often each code was given, which has no place in its one table."""
    for title, text in content.notes:
        yield f"{title}: {text}"
    if any(variable.name == "weight" for variable in content.frame.variables):
        yield "WEIGHT BY weight."
    for row in content.coded:
        yield " | ".join(row)


def _write_package(file: IO[bytes], content: Content, form: Cells, *, with_scripts: bool) -> None:
    """The table, what describes it to programs and to archives, and what explains it; what reads it in R and SPSS."""
    name, said = content.name, content.said
    table_file = f"{name}.csv"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        with package.open(table_file, "w", force_zip64=True) as table:
            for block in export.table(content.frame, form, said, mark="").blocks:
                table.write(block)
        if with_scripts:
            given = (content.frame, said, content.figures, table_file, _coded_table(content))
            package.writestr(f"{name}.R", scripts.r_script(*given))
            package.writestr(f"{name}.sps", export.MARK + scripts.spss_syntax(*given))
        others = {_CODED_FILE: about_counts()} if content.coded else {}
        described = (content.frame, content.instruments, form, content.saids, table_file, others)
        package.writestr(_DDI_FILE, ddi.ddi_codebook(content.study, *described))
        package.writestr(csvw.NAME, _metadata(content, form, table_file))
        package.writestr("codebook.csv", b"".join(export.sheet(codebook.HEAD, content.explained())))
        if content.coded:
            package.writestr(_CODED_FILE, b"".join(export.sheet(content.coded[0], content.coded[1:])))
        package.writestr("notes.txt", "".join(f"{title}\n{text}\n\n" for title, text in content.notes))


def _metadata(content: Content, form: Cells, table_file: str) -> bytes:
    tables = [
        csvw.answers_table(table_file, content.frame, content.instruments, form, content.saids),
        csvw.small_table("codebook.csv", codebook.HEAD, codebook.TYPES),
    ]
    if content.coded:
        tables.append(csvw.small_table(_CODED_FILE, content.coded[0], CODED_TYPES))
    return csvw.csvw_metadata(content.study, tables, content.said.language)


def _coded_table(content: Content) -> Coded | None:
    """How a statistics program reads the counts of codes."""
    if not content.coded:
        return None
    head = content.coded[0]
    widths = {name: max(len(row[at].encode()) for row in content.coded[1:]) for at, name in enumerate(head)}
    return Coded(_CODED_FILE, widths, [name for name in head if CODED_TYPES.get(name) in ("integer", "decimal")])
