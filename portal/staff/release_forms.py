"""What a survey manager says when figures take the place of others, or are taken back."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.validators import ValidationError

from portal.cohesion.wording import reason_words
from portal.web.forms import AtMost, Filled, Form, choices

MAX_NOTE = 500
EARLIER, NOTHING = "earlier", "nothing"


class ReplaceForm(Form):
    """Why these figures take the place of those that are public, or are given after all had been taken back."""

    instead_of = HiddenField()
    reason = RadioField(_l("Why do they take the place of the others?"), validators=[Filled(_l("Choose why."))])
    note = TextAreaField(_l("Note for colleagues (you can leave it empty)"), validators=[AtMost(MAX_NOTE)])

    def __init__(self, instead_of: int | None, **named: Any) -> None:
        super().__init__(**named)
        self.number = instead_of
        if not self.is_submitted():
            self.instead_of.data = self.public_now
        self.reason.choices = choices(reason_words())
        if instead_of is None:
            self.reason.label.text = _("Why do you give figures of this wave again?")

    @property
    def public_now(self) -> str:
        """As the form sends it: the number of the release that is public, NOTHING where none is."""
        return NOTHING if self.number is None else str(self.number)

    def validate_instead_of(self, field: HiddenField) -> None:
        if field.data == self.public_now:
            return
        field.data = self.public_now
        if self.number is None:
            raise ValidationError(_l("Somebody has taken the public figures back meanwhile. Look at it again."))
        raise ValidationError(_l("Somebody has published other figures meanwhile. Look at what changes now."))


class WithdrawForm(Form):
    """Why figures are taken back, and what the public sees then; `earlier` is what can come back, if anything."""

    then = RadioField(
        _l("What does the public see then?"),
        validators=[Filled(_l("Choose what the public sees then."))],
    )
    note = TextAreaField(
        _l("Why? For colleagues"), validators=[Filled(_l("Write why, for colleagues.")), AtMost(MAX_NOTE)]
    )

    def __init__(self, earlier: str, **named: Any) -> None:
        super().__init__(**named)
        self.then.choices = choices({EARLIER: earlier, NOTHING: _l("No figures of this wave")})
        if not earlier:
            del self.then

    @property
    def shows_earlier(self) -> bool:
        return self.then is not None and self.then.data == EARLIER
