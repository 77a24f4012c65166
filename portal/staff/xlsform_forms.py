"""The workbook that a survey manager brings, and the questionnaire's text that was made of it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import FileField, StringField, TextAreaField
from wtforms.validators import Length, Regexp

from portal.web.forms import Form

# In bytes: longer ones would not come back with a form.
MAX_TEXT = 240 * 1024


class XlsFormForm(Form):
    workbook = FileField(_l("The XLSForm (.xlsx)"))


class DefinitionForm(Form):
    code = StringField(validators=[Regexp(r"[a-z][a-z0-9-]{0,39}\Z")])
    text = TextAreaField(validators=[Length(min=1, max=MAX_TEXT)])
