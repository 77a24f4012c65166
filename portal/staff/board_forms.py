"""What is written into the quarterly report to the board: each priority's words, what is asked, actions, why it is begun again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.cohesion.board_reports import BoardAction, Written
from portal.db import today
from portal.web.forms import AtMost, Day, Filled, Form, choices

MAX_WORDS, MAX_WHAT, MAX_OWNER, MAX_REASON = 3000, 300, 80, 400
# Further away is a slip of the keyboard.
MOST_AHEAD = timedelta(days=3 * 366)


class SeenForm(Form):
    """Made on one edition of the draft."""

    seen = HiddenField()


class WordsForm(SeenForm):
    """`boxes`: the names of the boxes by the priority's code. Made by `words_form`."""

    boxes: Mapping[str, str] = {}
    asked = TextAreaField(_l("What do you ask of the partners?"), validators=[AtMost(MAX_WORDS)])

    def words(self) -> dict[str, str]:
        return {code: self[name].data or "" for code, name in self.boxes.items()}

    def say_what_others_wrote(self, stored: Written) -> None:
        """At each box in which something else stands by now."""
        for code, name in self.boxes.items():
            self._say(name, stored.priorities.get(code, ""))
        self._say("asked", stored.asked)

    def _say(self, name: str, theirs: str) -> None:
        if (self[name].data or "") != theirs:
            self[name].errors = [
                _("A colleague has saved meanwhile. Here stands: %(words)s", words=theirs)
                if theirs
                else _("A colleague has saved meanwhile. Here stands nothing.")
            ]


def words_form(names: Mapping[str, str]) -> type[WordsForm]:
    """A box for each priority; `names`: what each is called, by its code."""
    boxes = {code: f"words_{code}" for code in names}
    fields = {boxes[code]: TextAreaField(names[code], validators=[AtMost(MAX_WORDS)]) for code in boxes}
    return type("BoardWordsForm", (WordsForm,), fields | {"boxes": boxes})


class ActionForm(SeenForm):
    what = StringField(
        _l("What is to be done?"), validators=[Filled(_l("Write what is to be done.")), AtMost(MAX_WHAT)]
    )
    owner = StringField(
        _l("Who does it?"),
        validators=[Filled(_l("Write who does it: a person or an organisation.")), AtMost(MAX_OWNER)],
    )
    due = Day(_l("By which day?"), _l("Choose the day, or write it like 2026-11-30."))

    def validate_due(self, field: Day) -> None:
        if field.data is None:
            if not field.errors:
                raise ValidationError(field.message)
        elif field.data < today():
            raise ValidationError(_("This day is over. Choose today or a later day."))
        elif field.data > today() + MOST_AHEAD:
            raise ValidationError(_("This day is too far away. Choose one within the next three years."))


class SettleForm(SeenForm):
    """What came of one action."""

    state = RadioField(
        _l("What came of it?"),
        choices=choices(
            {
                "done": _l("It is done"),
                "dropped": _l("It is not done, and will not be"),
                "open": _l("It is still to be done"),
            }
        ),
    )
    said = StringField(_l("What was done, or why not"), validators=[AtMost(MAX_WHAT)])

    def validate_said(self, field: StringField) -> None:
        if self.state.data in ("done", "dropped") and not (field.data or "").strip():
            raise ValidationError(_("Write what was done, or why it is not done."))

    @classmethod
    def of(cls, action: BoardAction, seen: str) -> SettleForm:
        return cls(state=action.state, said=action.said, seen=seen)


class AgainForm(SeenForm):
    reason = StringField(
        _l("Why is a new version needed?"),
        validators=[Filled(_l("Write why: it stands in the list of versions.")), AtMost(MAX_REASON)],
    )
