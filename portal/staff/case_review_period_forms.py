"""What a person fills in who publishes the numbers of case reviews."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField

from portal.case_review.period_models import Correction
from portal.web.forms import Form, choices

CORRECTIONS = {
    "": _l("Choose a reason"),
    Correction.ENTERED_LATE.value: _l("Something was entered late"),
    Correction.MISTAKE.value: _l("A number was wrong"),
}


class PublishForm(Form):
    seen = HiddenField()
    correction = SelectField(_l("Why do the numbers change?"), choices=choices(CORRECTIONS), default="")
