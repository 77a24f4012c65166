"""A table as an SPSS file (.sav), where the extra `spss` is installed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any

from portal.surveys.variables import APART, Frame, Missing, Said, Variable

# IBM SPSS Statistics, "Variable labels" and "Value labels"; in bytes of UTF-8.
MAX_VARIABLE_LABEL = 255
MAX_VALUE_LABEL = 120
MAX_DOCUMENT_LINE = 80
# All that stand for no answer; nothing else is below 0.
MISSING = (min(kind.value for kind in Missing), max(kind.value for kind in Missing))
# Of a column of text, such as a date, in which nobody can decline to answer.
TEXT_MISSING: list[Any] = [str(kind.value) for kind in APART]
_WEIGHTS = ("weight", "base_weight")


def is_installed() -> bool:
    return all(find_spec(name) is not None for name in ("pandas", "pyreadstat"))


def short(text: str, most: int) -> str:
    """The text, cut to so many bytes and not within a letter; what is cut ends in three dots."""
    raw = text.encode()
    return text if len(raw) <= most else raw[: most - 3].decode(errors="ignore") + "..."


def measure(variable: Variable) -> str:
    """How SPSS calls what may be done with the numbers."""
    if variable.kind == "number" and not variable.levels:
        # A row, a wave, a version and a release only have a number for a name.
        return "scale" if variable.question is not None or variable.name in _WEIGHTS else "nominal"
    return "ordinal" if variable.is_ordered or variable.kind == "rank" else "nominal"


def has_missing(variable: Variable) -> bool:
    return bool(variable.apart)


def document_lines(text: str) -> Iterator[str]:
    """The text cut between words into lines as long as SPSS keeps them."""
    line = ""
    for word in text.split():
        while len(word.encode()) > MAX_DOCUMENT_LINE:
            piece = word.encode()[:MAX_DOCUMENT_LINE].decode(errors="ignore")
            yield from (line, piece) if line else (piece,)
            line, word = "", word[len(piece) :]
        if line and len(f"{line} {word}".encode()) > MAX_DOCUMENT_LINE:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        yield line


def write_sav(path: str, frame: Frame, said: Said, title: str, notes: Iterable[str] = ()) -> None:
    """Numbers with their labels, what stands for no answer declared as missing. SPSS shows `notes` by DISPLAY DOCUMENTS."""
    import pandas as pd
    import pyreadstat

    columns: dict[str, Any] = {}
    labels: dict[str, dict[Any, str]] = {}
    for variable in frame.variables:
        cells: dict[Any, Any] = dict(variable.cells("numbers", said))
        if variable.is_text:
            labels[variable.name] = {x.code: short(said.word(x.text), MAX_VALUE_LABEL) for x in variable.levels}
        else:
            cells = {raw: float("nan") if cell == "" else float(cell) for raw, cell in cells.items()}
            labels[variable.name] = {n: short(text, MAX_VALUE_LABEL) for n, text in variable.labels(said).items()}
        values = list(map(cells.__getitem__, map(variable.values.__getitem__, frame.order)))
        columns[variable.name] = pd.Series(values, dtype="object" if variable.is_text else "float64")
    lowest, highest = MISSING
    pyreadstat.write_sav(
        pd.DataFrame(columns),
        path,
        file_label=short(title, 64),
        column_labels={v.name: short(v.label, MAX_VARIABLE_LABEL) for v in frame.variables},
        variable_value_labels={name: found for name, found in labels.items() if found},
        missing_ranges={
            v.name: TEXT_MISSING if v.is_text else [{"lo": lowest, "hi": highest}]
            for v in frame.variables
            if has_missing(v)
        },
        variable_measure={v.name: measure(v) for v in frame.variables},
        variable_format={v.name: "F12.6" if v.name == "weight" else "F8.0" for v in frame.variables if not v.is_text},
        note=[line for note in notes for line in document_lines(note)] or None,
        row_compress=True,
    )
