"""A table as an Excel workbook: the data, the codebook and the notes, written row by row without growing memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO

import xlsxwriter

from portal.surveys.variables import Cells, Frame, Said

# No text becomes a formula, a link or a number.
_TEXT_STAYS_TEXT = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_WIDTH = 16
_WIDE = 60
_TELLS_EVERY = 5000
MAX_CELL = 32_767


def write_workbook(
    file: IO[bytes],
    frame: Frame,
    form: Cells,
    said: Said,
    *,
    names: tuple[str, str, str],
    codebook: Iterable[Sequence[str]],
    notes: Iterable[tuple[str, str]],
    folder: str,
    more: Mapping[str, Iterable[Sequence[str]]] | None = None,
    tell: Callable[[int], None] = lambda _percent: None,
) -> None:
    """`names` are those of the three sheets; `folder` is where parts of it lie meanwhile. The first row of `codebook` is its
    head, and so is that of each sheet in `more`, by its name.

    `tell` hears how much of the data is written, in percent.
    """
    book = xlsxwriter.Workbook(file, _TEXT_STAYS_TEXT | {"tmpdir": folder})
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    data = book.add_worksheet(names[0])
    data.freeze_panes(1, 1)
    data.set_column(0, max(0, len(frame.variables) - 1), _WIDTH)
    for column, variable in enumerate(frame.variables):
        data.write_string(0, column, variable.name, bold)
    read = []
    for variable in frame.variables:
        cells = variable.cells(form, said)
        read.append(map(cells.__getitem__, map(variable.values.__getitem__, frame.order)))
    for number, row in enumerate(zip(*read, strict=True), 1):
        if number % _TELLS_EVERY == 0:
            tell(100 * number // len(frame.order))
        for column, value in enumerate(row):
            if not isinstance(value, str):
                data.write_number(number, column, value)
            elif value:
                data.write_string(number, column, value[:MAX_CELL])
    for name, lines in {names[1]: codebook, **(more or {})}.items():
        explained = book.add_worksheet(name)
        explained.freeze_panes(1, 1)
        explained.set_column(0, 0, 24)
        explained.set_column(1, 1, _WIDE, wrapped)
        explained.set_column(2, 9, 20)
        for number, line in enumerate(lines):
            for column, text in enumerate(line):
                explained.write_string(number, column, text[:MAX_CELL], bold if number == 0 else None)
    noted = book.add_worksheet(names[2])
    noted.set_column(0, 0, 32, wrapped)
    noted.set_column(1, 1, _WIDE, wrapped)
    for number, (title, text) in enumerate(notes):
        noted.write_string(number, 0, title, bold)
        noted.write_string(number, 1, text[:MAX_CELL], wrapped)
    book.close()
