"""What an analyst writes of the codes, and what a coder ticks for each written answer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, SelectField, StringField, TextAreaField

from portal.surveys import coding, coding_books
from portal.surveys.spreadsheets import read_as
from portal.surveys.variable_names import FACTS, RESERVED
from portal.web.forms import AtMost, Form, MultiCheckboxField, NotWithOthers, choices

FIXED = {
    coding_books.OTHER: _l("Other"),
    coding_books.NOTHING: _l("Nothing that can be coded"),
}
SHARES = {
    "20": _l("A fifth, drawn at random"),
    "50": _l("Half, drawn at random"),
    "100": _l("All"),
}
# A letter first, then letters, digits and single underscores between them: SPSS, R and spreadsheets take it as it is.
_CODE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_LONGEST = 30
_EMPTY_ROWS = 3


class FrameForm(Form):
    """A row for each code and some empty ones; a row without a word in it is none."""

    second_share = SelectField(_l("How many answers does the second person code?"), choices=choices(SHARES))
    size: ClassVar[int] = 0

    def row(self, number: int) -> tuple[Field, Field, Field]:
        return self[f"code_{number}"], self[f"label_{number}"], self[f"about_{number}"]

    @property
    def rows(self) -> list[tuple[Field, Field, Field]]:
        return [self.row(number) for number in range(self.size)]

    @property
    def codes(self) -> list[dict[str, str]]:
        return [
            {"code": code.data, "label": label.data, "about": about.data}
            for code, label, about in self.rows
            if code.data or label.data or about.data
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        is_right = super().validate(extra_validators)
        seen: set[str] = set()
        for code, label, about in self.rows:
            if not (code.data or label.data or about.data):
                continue
            if wrong := _wrong_with(code.data or "", seen):
                code.errors, is_right = [wrong], False
            if not label.data:
                label.errors, is_right = [_("Write what the code is called.")], False
            elif read_as(label.data):
                label.errors, is_right = [_("A spreadsheet would change this. Write it in words.")], False
            seen.add(code.data or "")
        if not seen and is_right:
            self.row(0)[0].errors, is_right = [_("Write one code at least.")], False
        return is_right


def _wrong_with(code: str, seen: set[str]) -> str | None:
    if not _CODE.fullmatch(code) or len(code) > _LONGEST:
        return _("Use 1 to 30 small letters a to z, digits and _ between them. Begin with a letter, like bus_stops.")
    if code in RESERVED or code in FACTS or read_as(code):
        return _("Another program would change this code. Use another one, like %(code)s.", code=f"about_{code}"[:30])
    if code in coding_books.FIXED:
        return _("This code is there already. Use another one.")
    return _("Two codes are the same. Change one.") if code in seen else None


def frame_form(codes: Sequence[Mapping[str, str]], second_share: int, *, posted: bool) -> FrameForm:
    """Filled with the codes as they are stored, or with what was posted."""
    size = min(coding.MOST_CODES, max(len(codes) + _EMPTY_ROWS, 5))
    fields: dict[str, Any] = {"size": size}
    for number in range(size):
        fields[f"code_{number}"] = StringField(_("Code %(number)s", number=number + 1), validators=[AtMost(40)])
        fields[f"label_{number}"] = StringField(_("What it is called"), validators=[AtMost(80)])
        fields[f"about_{number}"] = TextAreaField(_("What belongs to it"), validators=[AtMost(300)])
    form = type("CodesForm", (FrameForm,), fields)
    if posted:
        return form()
    stored = {
        f"{name}_{number}": each[name] for number, each in enumerate(codes) for name in ("code", "label", "about")
    }
    return form(formdata=None, data=stored | {"second_share": str(second_share)})


class TicksForm(Form):
    """Boxes beside the written answers of one page, by the answer's id."""

    def ticks(self, written: uuid.UUID) -> Field:
        return self[f"codes_{written.hex}"]


def ticks_form(
    written: Sequence[uuid.UUID],
    codes: Mapping[str, str],
    given: Mapping[uuid.UUID, Sequence[str]],
    *,
    first: int,
    posted: bool,
) -> TicksForm:
    """`codes`: what each is called; `first`: the number of the first answer on the page."""
    alone = NotWithOthers({coding_books.NOTHING: codes[coding_books.NOTHING]})
    fields = {
        f"codes_{each.hex}": MultiCheckboxField(
            _("Codes of answer %(number)s", number=number), choices=choices(codes), validators=[alone]
        )
        for number, each in enumerate(written, first)
    }
    form = type("CodesOfPageForm", (TicksForm,), fields)
    return (
        form() if posted else form(formdata=None, data={f"codes_{each.hex}": given.get(each, ()) for each in written})
    )
