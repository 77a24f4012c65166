"""What the columns of a CSV file hold, for programs: metadata as the W3C's CSV on the Web has it (csv-metadata.json).

Titles stand by language, each kind of no answer among the column's nulls, valid codes as a pattern or as bounds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from portal.surveys.ddi import Study
from portal.surveys.definition import Instrument
from portal.surveys.possible import Possible, labels, number_range, possible_values, spoken
from portal.surveys.variables import Cells, Frame, Said, Variable

CONTEXT = "http://www.w3.org/ns/csvw"
NAME = "csv-metadata.json"
"""Where a program that is given one file of the folder looks for what describes it."""
_DATE = r"^\d{4}-\d{2}(-\d{2})?$"
# What has a meaning in a pattern (ECMAScript), and nothing else: a pattern may not escape what needs none.
_SPECIAL = re.compile(r"[\\^$.*+?()\[\]{}|/]")


def csvw_metadata(study: Study, tables: Iterable[Mapping[str, Any]], language: str) -> bytes:
    """What `tables`, as `answers_table` and `small_table` give them, have in common, and each of them."""
    about = {
        "dc:title": _by_language(study.title),
        "dc:description": _by_language(study.about),
        "dc:identifier": study.name,
        "dc:publisher": study.producer,
        "dc:created": {"@value": study.made_on.isoformat(), "@type": "xsd:date"},
        "dc:temporal": f"{study.first_day.isoformat()}/{study.last_day.isoformat()}",
        "dc:rights": study.rights,
    }
    return table_group(about, tables, language)


def table_group(about: Mapping[str, Any], tables: Iterable[Mapping[str, Any]], language: str) -> bytes:
    """The metadata of `tables`, CSV files as the portal writes them, and what is said `about` them all."""
    group = {
        "@context": [CONTEXT, {"@language": language}],
        **about,
        "dialect": {
            "encoding": "utf-8",
            "lineTerminators": ["\r\n"],
            "delimiter": ",",
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
        },
        "tables": list(tables),
    }
    return json.dumps(group, ensure_ascii=False, indent=1).encode() + b"\n"


def answers_table(
    file: str, frame: Frame, instruments: Sequence[Instrument], form: Cells, saids: Sequence[Said]
) -> dict[str, Any]:
    """A row for each person. `saids`: what exports say, the file's own language first; `instruments`: newest first."""
    columns: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for variable in frame.variables:
        values = possible_values(variable, form, saids)
        columns.append(_column(variable, values, instruments, form, saids))
        notes += _meanings(variable.name, values)
    return {
        "url": file,
        "tableSchema": {"columns": columns, "primaryKey": "row"},
        "notes": notes,
    }


def small_table(file: str, head: Sequence[str], types: Mapping[str, Any]) -> dict[str, Any]:
    """A table beside the answers, such as the codebook; a column that has no type is of text."""
    columns = [{"name": name, "titles": name, "datatype": types.get(name, "string")} for name in head]
    return {"url": file, "tableSchema": {"columns": columns}}


def _column(
    variable: Variable,
    values: Sequence[Possible],
    instruments: Sequence[Instrument],
    form: Cells,
    saids: Sequence[Said],
) -> dict[str, Any]:
    nulls = dict.fromkeys(["", *(value.cell for value in values if value.missing is not None)])
    if variable.is_number_of_row:
        nulls = {}
    found: dict[str, Any] = {
        "name": variable.name,
        # The head of the column is its name, whatever the language of who reads.
        "titles": {"und": variable.name, **labels(variable, saids)},
        "datatype": _datatype(variable, [value for value in values if value.missing is None], instruments, form),
        "null": list(nulls),
    }
    if variable.is_number_of_row:
        found["required"] = True
    return found


def _datatype(
    variable: Variable, valid: Sequence[Possible], instruments: Sequence[Instrument], form: Cells
) -> str | dict[str, Any]:
    if variable.kind == "tick":
        no, yes = (value.cell for value in valid)
        return {"base": "boolean", "format": f"{yes}|{no}"}
    if valid and (variable.kind == "number" or (form == "numbers" and not variable.is_text)):
        numbers = [int(value.cell) for value in valid]
        return {"base": "integer", "minimum": min(numbers), "maximum": max(numbers)}
    if valid:
        return {"base": "string", "format": _one_of(value.cell for value in valid)}
    bounds = number_range(variable, instruments)
    if bounds is not None:
        return {"base": "integer", "minimum": bounds[0], "maximum": bounds[1]}
    if variable.is_text:
        return {"base": "string", "format": _DATE} if variable.question is not None else "string"
    return "double" if variable.name == "weight" else "integer"


def _one_of(cells: Iterable[str]) -> str:
    written = (_SPECIAL.sub(r"\\\g<0>", cell) for cell in cells)
    return f"^({'|'.join(dict.fromkeys(written))})$"


def _meanings(column: str, values: Sequence[Possible]) -> Iterator[dict[str, Any]]:
    for value in values:
        about = {"column": column, "value": value.cell, "code": value.code, "means": dict(value.words)}
        yield about if value.missing is None else about | {"missing": value.missing.name.lower()}


def _by_language(text: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"@value": words, "@language": language} for language, words in spoken(text).items()]
