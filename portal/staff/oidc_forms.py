"""What is filled in about accounts of the organisation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField

from portal.staff.people_forms import CODE
from portal.text import one_line
from portal.web.forms import AtMost, Filled, Form


class CodeForm(Form):
    code = StringField(CODE, validators=[Filled(_l("Write the 6 digits that the app shows.")), AtMost(60)])


class SubjectForm(Form):
    subject = StringField(
        _l("Their number over there"),
        validators=[Filled(_l("Write the number that they have over there.")), AtMost(255)],
        filters=[one_line],
    )
