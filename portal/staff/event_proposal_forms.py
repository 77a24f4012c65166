"""What calendar editors write to a group about the event that it proposes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from portal.events.proposals import MAX_MESSAGE
from portal.staff.seen import SeenField
from portal.web.forms import AtMost, Filled, Form


class QuestionForm(Form):
    message = TextAreaField(
        _l("What do you ask the group?"), validators=[Filled(_l("Write your question.")), AtMost(MAX_MESSAGE)]
    )
    seen = SeenField()


class DeclineForm(Form):
    why = TextAreaField(
        _l("Why not? The group reads this"), validators=[Filled(_l("Write why, in a few words.")), AtMost(MAX_MESSAGE)]
    )
    seen = SeenField()
