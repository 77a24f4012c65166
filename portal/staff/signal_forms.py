"""Which signals of responses there are, as staff read them, and which an analyst leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.surveys.signals import Signal
from portal.web.forms import Form, MultiCheckboxField, choices

SIGNALS = {
    Signal.MANY.value: _l("Many from one visitor in one hour"),
    Signal.STRAIGHT.value: _l("The same answer to every statement on a page"),
    Signal.EMPTY.value: _l("Nothing ticked, words only"),
    Signal.FAST.value: _l("Sent faster than anybody can read"),
    Signal.TRAP.value: _l("An invisible box was filled in"),
    Signal.SAME.value: _l("The same answers as somebody else"),
}
HONEST = {
    Signal.MANY.value: _l("A library, a class or a family looks like this too."),
    Signal.STRAIGHT.value: _l("Five or more. Somebody who is content, or upset, may mean it."),
    Signal.EMPTY.value: _l("Some people only want to write."),
    Signal.FAST.value: _l("Under one second for each answer."),
    Signal.TRAP.value: _l("People cannot see or reach it. A program can."),
    Signal.SAME.value: _l("Eight answers or more, all alike. In a big wave this happens by chance."),
}


class ChoiceForm(Form):
    """What goes into figures: without which responses, and with which coded words."""

    leave_out = MultiCheckboxField(_l("Leave out answers with these signals"), choices=choices(SIGNALS), default=[])
    coded = MultiCheckboxField(_l("Coded words to put into the figures"), choices=[], default=[])

    def __init__(self, questions: Mapping[str, str], **named: Any) -> None:
        super().__init__(**named)
        self.coded.choices = choices(questions)
