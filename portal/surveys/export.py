"""A table as text: CSV as RFC 4180 has it, with or without the byte order mark that spreadsheets want, or a JSON object a line.

Both are made while they are sent, and their size is known before. What people wrote is in neither.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from portal.surveys.variables import Cell, Cells, Frame, Missing, Raw, Said, Variable
from portal.text import no_formula

MARK = "\ufeff"
END = "\r\n"
BLOCK_ROWS = 500
_NO_ANSWER = {str(kind.value) for kind in Missing}


@dataclass(frozen=True)
class Download:
    """A file that is made while it is sent; `size` in bytes is known before, so that half a file is seen to be one."""

    size: int
    blocks: Iterator[bytes]


def cell(text: str) -> str:
    """The text as a cell that no spreadsheet takes for anything but text."""
    return quoted(no_formula(text))


def quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def as_text(variable: Variable, value: Cell) -> str:
    """What a reader of the CSV finds in a cell. The kinds of no answer stay as they are, in a column of dates too."""
    if not isinstance(value, str):
        return repr(value)
    is_no_answer = variable.is_text and variable.question is not None and value in _NO_ANSWER
    return value if is_no_answer else no_formula(value)


def _csv_cell(variable: Variable, value: Cell) -> str:
    text = as_text(variable, value)
    return text if value == "" or not isinstance(value, str) else quoted(text)


@dataclass(frozen=True)
class _Column:
    """`text` is what stands between the commas for a value."""

    text: Callable[[Raw], str]
    values: Sequence[Raw]
    size: int
    """Of all the texts together, in bytes."""


def table(frame: Frame, form: Cells, said: Said, mark: str = MARK) -> Download:
    """One row for each person under a row of names."""
    columns = _columns(frame, form, said, _csv_cell)
    head = mark + ",".join(cell(variable.name) for variable in frame.variables) + END
    separators = len(frame.order) * (len(columns) - 1 + len(END))
    size = len(head.encode()) + separators + sum(column.size for column in columns)
    return Download(size, _rows(head, frame.order, columns, ",", "", END))


def json_lines(frame: Frame, form: Cells, said: Said) -> Download:
    """One object for each person with every column by its name; null where a cell is empty."""
    columns = _columns(frame, form, said, _json_pair)
    around = len(frame.order) * (len(columns) - 1 + len("{}\n"))
    return Download(around + sum(column.size for column in columns), _rows("", frame.order, columns, ",", "{", "}\n"))


def _json_pair(variable: Variable, value: Cell) -> str:
    return f"{json.dumps(variable.name)}:{'null' if value == '' else json.dumps(value, ensure_ascii=False)}"


def _columns(frame: Frame, form: Cells, said: Said, says: Callable[[Variable, Cell], str]) -> list[_Column]:
    columns = []
    for variable in frame.variables:
        if variable.is_number_of_row:
            text = partial(_of_row, says, variable)
            columns.append(_Column(text, variable.values, sum(len(text(raw)) for raw in variable.values)))
            continue
        texts = {raw: says(variable, value) for raw, value in variable.cells(form, said).items()}
        times = Counter(variable.values)
        size = sum(len(texts[raw].encode()) * number for raw, number in times.items())
        columns.append(_Column(texts.__getitem__, variable.values, size))
    return columns


def _of_row(says: Callable[[Variable, Cell], str], variable: Variable, raw: Raw) -> str:
    """No two are alike, so none is kept."""
    assert isinstance(raw, int)
    return says(variable, raw)


def _rows(
    head: str, order: Sequence[int], columns: Sequence[_Column], between: str, first: str, end: str
) -> Iterator[bytes]:
    if head:
        yield head.encode()
    read = (map(column.text, map(column.values.__getitem__, order)) for column in columns)
    rows = map(between.join, zip(*read, strict=True))
    while block := list(islice(rows, BLOCK_ROWS)):
        yield (first + (end + first).join(block) + end).encode()


def sheet(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[bytes]:
    """A small table of texts, such as the codebook, as CSV."""
    yield (MARK + ",".join(map(cell, head)) + END).encode()
    for row in rows:
        # The numbers of what is missing stay numbers.
        yield (",".join(text if text in _NO_ANSWER else cell(text) for text in row) + END).encode()
