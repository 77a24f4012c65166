"""What an analyst says before answers leave: what for, for whom, as which file, and which columns that identify."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField
from wtforms.validators import ValidationError

from portal.languages.i18n import languages
from portal.staff.signal_forms import SIGNALS
from portal.surveys.variables import Cells
from portal.web.forms import Form, MultiCheckboxField, choices

PURPOSES = {
    "figures": _l("Make or check figures"),
    "report": _l("Write a report for the partnership"),
    "quality": _l("See how well the survey works"),
    "research": _l("Research under an agreement"),
    "request": _l("Answer a request that the law allows"),
}
ANALYST, PARTNER = "analyst", "partner"
AUDIENCES = {
    ANALYST: _l("Analysts of this partnership"),
    PARTNER: _l("A partner under a data sharing agreement"),
}
XLSX, CSV, PLAIN_CSV, SAV, SCRIPTS, JSON_LINES = "xlsx", "csv", "csv-plain", "sav", "zip", "jsonl"
DESCRIBED, CODED = "csvw", "coded"
FILES = {
    XLSX: _l("Excel workbook (.xlsx)"),
    CSV: _l("CSV for a spreadsheet"),
    PLAIN_CSV: _l("CSV for a program"),
    SCRIPTS: _l("CSV with scripts for R and SPSS (.zip)"),
    DESCRIBED: _l("CSV with a description for programs and archives (.zip)"),
    SAV: _l("SPSS file (.sav)"),
    JSON_LINES: _l("JSON lines (.jsonl)"),
    CODED: _l("Coded words, counted (.csv)"),
}
FILE_HINTS = {
    XLSX: _l("With the codebook and notes on sheets of their own."),
    CSV: _l("UTF-8 with a byte order mark."),
    PLAIN_CSV: _l("UTF-8 without a byte order mark."),
    SCRIPTS: _l("In numbers, with labels, missing values, the codebook and notes."),
    DESCRIBED: _l("With CSVW and DDI Codebook, in words, codes or numbers."),
    SAV: _l("In numbers, with labels and missing values."),
    CODED: _l("How often each code was given to what people wrote. No row is a person."),
}
ALWAYS_NUMBERS = (SCRIPTS, SAV)
CODES: Cells = "codes"
NUMBERS: Cells = "numbers"
LABELS: Cells = "labels"
CELLS: dict[str, Any] = {
    LABELS: _l("Words"),
    CODES: _l("Codes"),
    NUMBERS: _l("Numbers, for a statistics program"),
}
BLANK, KEEP = "blank", "keep"
RARE = {
    BLANK: _l("Blank the columns in those rows"),
    KEEP: _l("Leave those rows as they are"),
}


class CodebookForm(Form):
    language = SelectField(_l("Language of the words"))

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        self.language.choices = [(one.code, one.name) for one in languages()]


class ExportForm(CodebookForm):
    purpose = SelectField(_l("What is it for?"), choices=choices({"": _l("Choose")} | PURPOSES), default="")
    audience = RadioField(_l("Who gets it?"), choices=choices(AUDIENCES), default=ANALYST)
    file = RadioField(_l("Which file?"))
    cells = RadioField(_l("What stands in the cells?"), choices=choices(CELLS), default=LABELS)
    columns = MultiCheckboxField(_l("Which columns that can show who somebody is?"), choices=[], default=[])
    leave_out = MultiCheckboxField(
        _l("Which answers should not be in it?"), choices=choices(SIGNALS), default=[], validators=[]
    )
    rare = RadioField(_l("What should happen with those rows?"), choices=choices(RARE), validate_choice=False)

    def __init__(self, files: Mapping[str, Any], columns: Mapping[str, str], **named: Any) -> None:
        super().__init__(**named)
        self.file.choices = choices(files)
        self.columns.choices = list(columns.items())
        # They were read before it was known in which order they stand.
        self.columns.process_formdata(self.columns.data or [])
        if self.is_for_partner:
            self.rare.choices = choices({BLANK: RARE[BLANK]})
        if not self.is_submitted():
            self.file.data = next(iter(files))

    def validate_purpose(self, field: SelectField) -> None:
        if not field.data:
            raise ValidationError(_l("Choose what the file is for."))

    @property
    def is_for_partner(self) -> bool:
        return bool(self.audience.data == PARTNER)

    @property
    def is_settled(self) -> bool:
        """Whether it was said what happens with rows that too few are alike with."""
        return self.rare.data in ((BLANK,) if self.is_for_partner else (BLANK, KEEP))
