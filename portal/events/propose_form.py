"""What a group fills in: the event as editors do, which group it is, its code, and what it writes to the editors."""

from __future__ import annotations

import uuid
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from portal.events.facts_form import FactsForm, filled_in
from portal.events.proposal_contents import Content
from portal.events.proposals import MAX_MESSAGE
from portal.text import one_line
from portal.web.digits import read_digits
from portal.web.forms import AtMost, Filled, Form, typed_in


class ProposalForm(FactsForm):
    group = StringField(
        _l("Which group are you?"),
        filters=[one_line],
        validators=[Filled(_l("Write which group you are.")), AtMost(80)],
    )
    reach = StringField(
        _l("How can we reach you? A telephone number or a mail address"), filters=[one_line], validators=[AtMost(200)]
    )
    group_number = StringField(_l("Your group’s number"), validators=[AtMost(100)])
    once = HiddenField()
    seen = IntegerField(widget=HiddenInput(), validators=[Optional(strip_whitespace=False)])

    group_digits: str = ""
    """Of the number, where one was typed."""

    def validate_group_number(self, field: StringField) -> None:
        if (field.data or "").strip():
            self.group_digits = _number_in(field)

    @property
    def content(self) -> Content:
        return Content(self.facts(), self.written(self.language.data, self.group.data), self.reach.data)

    @property
    def page_id(self) -> uuid.UUID:
        """What tells this page from every other that was given out."""
        return read_once(self.once)

    def kept(self) -> list[tuple[str, str]]:
        """What was typed, as hidden boxes hold it on the preview."""
        boxes = [(name, value) for name, values in typed_in(self).items() for value in values]
        return boxes if self.seen.data is None else [*boxes, ("seen", str(self.seen.data))]


def read_once(box: HiddenField) -> uuid.UUID:
    try:
        return uuid.UUID(box.data or "")
    except ValueError:
        return uuid.uuid4()


def proposal_filled_in(content: Content) -> dict[str, Any]:
    """A proposal as its form shows it."""
    return filled_in(content.facts, content.written) | {"group": content.group, "reach": content.reach}


def _number_in(field: StringField) -> str:
    """Raises ValidationError."""
    return read_digits(
        field,
        _l("Type the 16 digits only, without letters."),
        lambda typed: ngettext(
            "You typed %(num)s digit. The number has 16.", "You typed %(num)s digits. The number has 16.", typed
        ),
    )


class CodeForm(Form):
    code = StringField(_l("Your number"), validators=[AtMost(100)])

    digits: str = ""

    def validate_code(self, field: StringField) -> None:
        self.digits = _number_in(field)


class ToEditorsForm(Form):
    message = TextAreaField(
        _l("Write to us"),
        validators=[Filled(_l("Write a few words before you press Send.")), AtMost(MAX_MESSAGE)],
    )
    once = HiddenField()

    @property
    def message_id(self) -> uuid.UUID:
        """The same page's same words are one message."""
        return uuid.uuid5(read_once(self.once), self.message.data)
