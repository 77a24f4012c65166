"""What a survey manager says of a batch of sheets of paper: how many, of which version and language, and whether one person is enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import ValidationError

from portal import text
from portal.languages.i18n import languages
from portal.surveys.paper_batches import MOST_SHEETS
from portal.web.forms import AtMost, Form


def _whole(typed: str | None) -> int:
    """A number of sheets; 0 where it is none."""
    typed = (typed or "").strip()
    found = text.digits(typed)
    return int(found) if found and len(found) == len(typed) <= len(str(MOST_SHEETS)) else 0


class SheetsForm(Form):
    """What can be changed later as well."""

    sheets = StringField(_l("How many sheets"), validators=[AtMost(20)])
    is_single = BooleanField(_l("One person is enough"))
    note = StringField(_l("Why one person is enough"), validators=[AtMost(200)])

    @property
    def number(self) -> int:
        return _whole(self.sheets.data)

    @property
    def single_because(self) -> str:
        return " ".join((self.note.data or "").split()) if self.is_single.data else ""

    def validate_sheets(self, field: StringField) -> None:
        if not 1 <= self.number <= MOST_SHEETS:
            raise ValidationError(_("Write a number from %(least)s to %(most)s.", least=1, most=MOST_SHEETS))

    def validate_note(self, field: StringField) -> None:
        if self.is_single.data and not self.single_because:
            raise ValidationError(_("Write why one person is enough."))


class SheetNumberForm(Form):
    """Which sheet of a batch lies in front of somebody."""

    sheet = StringField(_l("Number on the sheet"), validators=[AtMost(20)])

    def __init__(self, sheets: int, **named: Any) -> None:
        super().__init__(**named)
        self.sheets = sheets

    @property
    def number(self) -> int:
        return _whole(self.sheet.data)

    def validate_sheet(self, field: StringField) -> None:
        if not 1 <= self.number <= self.sheets:
            raise ValidationError(_("Write a number from %(least)s to %(most)s.", least=1, most=self.sheets))


class PaperBatchForm(SheetsForm):
    version = SelectField(_l("Version, as it stands at the foot of a sheet"))
    language = SelectField(_l("Language of the sheets"))
    once = HiddenField()

    def __init__(self, numbers: Mapping[Any, int], **named: Any) -> None:
        super().__init__(**named)
        self.version.choices = [(version.hex, str(number)) for version, number in numbers.items()]
        # A sheet is printed in every language; where words are missing, English stands on it.
        self.language.choices = [(one.code, one.name) for one in languages()]
