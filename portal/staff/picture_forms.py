"""What editors choose and write who put a picture beside an event, in each language in which the event is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import FileField, StringField

from portal.events.picture_form import MAX_SAID, keeps_back
from portal.languages.i18n import name_for_staff
from portal.text import one_line
from portal.web.forms import AtMost, Filled, Form


class EventPictureForm(Form):
    picture = FileField(_l("Picture"))

    codes: tuple[str, ...] = ()
    """The languages of the event's words."""

    @property
    def boxes(self) -> list[StringField]:
        return [self[f"said_{code}"] for code in self.codes]

    @property
    def said(self) -> dict[str, str]:
        return {code: self[f"said_{code}"].data for code in self.codes}

    def keeps_back(self, secrets: list[str]) -> bool:
        """Every box is looked at, so that each that tells says so."""
        telling = [box for box in self.boxes if not keeps_back(box, secrets)]
        return not telling


def picture_form(codes: Iterable[str], said: Mapping[str, str]) -> EventPictureForm:
    """With one box for each of these languages, and what is said of the picture that is there."""
    codes = tuple(codes)
    made: dict[str, Any] = {"codes": codes} | {f"said_{code}": _box(code) for code in codes}
    form: EventPictureForm = type("EventPictureForm", (EventPictureForm,), made)(
        data={f"said_{code}": words for code, words in said.items()}
    )
    return form


def _box(code: str) -> StringField:
    return StringField(
        name_for_staff(code),
        filters=[one_line],
        validators=[Filled(_l("Write what can be seen on the picture.")), AtMost(MAX_SAID)],
    )
