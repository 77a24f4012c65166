"""What an officer fills in to work on a case: whose it is, notes, tasks."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.db import today
from portal.reporting.notes import MAX_NOTE
from portal.reporting.tasks import MAX_TASK
from portal.web.forms import AtMost, Day, Filled, Form, choices

CHOOSE, NOBODY = "choose", ""
MAX_HAND_OVER = 1000
# Further away is a slip of the keyboard.
LAST_YEARS = 2


def by_name(able: Mapping[uuid.UUID, str]) -> dict[str, str]:
    return {staff_id.hex: name for staff_id, name in able.items()}


class OwnerForm(Form):
    """`to` is offered whoever can open the report, but its owner; nobody where it has one."""

    to = SelectField(_l("Hand it to"), default=CHOOSE)
    hand_over_note = TextAreaField(_l("Note for them"), validators=[AtMost(MAX_HAND_OVER)])

    def validate_to(self, field: SelectField) -> None:
        if field.data == CHOOSE:
            raise ValidationError(_("Choose who owns it from now on."))

    def offer(self, able: Mapping[uuid.UUID, str], owner_id: uuid.UUID | None) -> None:
        others = by_name(able)
        nobody = {NOBODY: _("Nobody: put it back")} if owner_id else {}
        self.to.choices = choices({CHOOSE: pgettext("a colleague", "Choose")} | others | nobody)


class NoteForm(Form):
    note = TextAreaField(
        _l("Write a note"), validators=[Filled(_l("Write the note before you press Keep.")), AtMost(MAX_NOTE)]
    )
    once = HiddenField()


class TaskForm(Form):
    task = StringField(
        _l("What is to be done?"), validators=[Filled(_l("Write what is to be done.")), AtMost(MAX_TASK)]
    )
    task_owner = SelectField(_l("Who does it?"))
    task_due = Day(_l("By which day?"), _l("Choose the day, or write it like 2026-11-30."))
    once = HiddenField()

    def validate_task_due(self, field: Day) -> None:
        day: date | None = field.data
        if day is None:
            # What was written and is no day has been said already.
            if not field.errors:
                raise ValidationError(field.message)
        elif day < today():
            raise ValidationError(_("This day is over. Choose today or a later day."))
        elif day.year > today().year + LAST_YEARS:
            raise ValidationError(_("This day is too far away. Choose one within the next two years."))
