"""XLSForms as somebody else's program writes them, and questionnaires as a form and back."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from portal.languages.words import Words
from portal.partnership.file import EXAMPLE, load
from portal.partnership.toml_records import record
from portal.questions.types.age_band import AGES
from portal.surveys.definition import Instrument, Questionnaire, freeze, thaw
from portal.surveys.grids import with_rows_as_questions
from portal.surveys.reading import check, read_definition
from portal.surveys.xlsform_opening import Sheets
from portal.surveys.xlsform_reading import Made, read_xlsform
from portal.surveys.xlsform_writing import write_xlsform, xlsform_of

Rows = list[dict[str, Any]]
BANDS = {code: Words({"en": str(text)}) for code, text in AGES.items()}


def workbook(**sheets: Rows) -> bytes:
    """A cell that begins with = is a formula, as spreadsheets have it."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        columns = [*dict.fromkeys(column for row in rows for column in row)]
        sheet.write_row(0, 0, columns)
        for number, row in enumerate(rows, 1):
            for place, column in enumerate(columns):
                if column in row:
                    sheet.write(number, place, row[column])
    book.close()
    return file.getvalue()


def read_rows(survey: Rows, choices: Sequence[dict[str, Any]] = (), **settings: str) -> Made:
    """As if pyxform had read them."""
    return read_xlsform(Sheets(survey, [*choices], {"form_id": "a-form", "form_title": "A form"} | settings, []))


def questionnaire_in(made: Made) -> Questionnaire:
    """Raises Wrong."""
    found: Questionnaire = with_rows_as_questions(record(Questionnaire, tomllib.loads(made.text), ""))
    check(found)
    return found


def instrument_in(path: Path) -> Instrument:
    return thaw(freeze(read_definition(path), BANDS, load(EXAMPLE).places))


def as_workbook(path: Path) -> bytes:
    file = io.BytesIO()
    write_xlsform(file, xlsform_of(instrument_in(path)))
    return file.getvalue()


def said(made: Made) -> list[str]:
    return [str(finding) for finding in made.findings]
