"""What an officer fills in to say which reports belong together."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from portal.languages.i18n import ENGLISH, SPOKEN, name_for_staff
from portal.reporting.conversations import MAX_TEXT
from portal.reporting.links import MAX_REASON, LinkKind
from portal.web.forms import AtMost, Filled, Form, choices

KINDS_OF_LINK = {
    LinkKind.SERIES.value: _l("One series: it happens again and again"),
    LinkKind.PEOPLE.value: _l("The same people do it"),
    LinkKind.PLACE.value: _l("One place: a stairwell, a shop, a path"),
}
# A posted form that ticks more was made by hand.
MAX_AT_ONCE = 50


def _spoken() -> list[object]:
    return [*choices({code: name_for_staff(code) for code in SPOKEN})]


class LinkForm(Form):
    """Ticked suggestions come beside it, by their ids; or one report by its reference."""

    reference = StringField(_l("Another report, by its reference"), validators=[AtMost(40)])
    kind = SelectField(_l("How do they belong together?"), choices=choices({"": _l("Choose")} | KINDS_OF_LINK))
    why = TextAreaField(
        _l("Why do you think so?"), validators=[Filled(_l("Write why they belong together.")), AtMost(MAX_REASON)]
    )

    def validate_kind(self, field: SelectField) -> None:
        Filled(_l("Choose how they belong together."))(self, field)


class UnlinkForm(Form):
    why = TextAreaField(
        _l("Why do they not belong together?"),
        validators=[Filled(_l("Write why they do not belong together.")), AtMost(MAX_REASON)],
    )


class ToReporterForm(Form):
    """A message that has to be there."""

    message = TextAreaField(
        _l("Message to the reporter"),
        validators=[Filled(_l("Write what the reporter is told.")), AtMost(MAX_TEXT)],
    )
    language = SelectField(_l("Language of this message"), choices=_spoken, default=ENGLISH)
    once = HiddenField()


class MergeForm(ToReporterForm):
    """`read` counts the new messages that stood on the page."""

    read = IntegerField(widget=HiddenInput(), validators=[Optional()])
    why = TextAreaField(
        _l("Why are they one and the same?"),
        validators=[Filled(_l("Write why they are one and the same.")), AtMost(MAX_REASON)],
    )


class UnmergeForm(ToReporterForm):
    why = TextAreaField(
        _l("Why are they two after all?"),
        validators=[Filled(_l("Write why they are two after all.")), AtMost(MAX_REASON)],
    )


class ToMergedForm(Form):
    """The message to one of several reporters: sent only where it is ticked."""

    send = BooleanField(_l("Send this message"))
    message = TextAreaField(_l("Message to the reporter"), validators=[AtMost(MAX_TEXT)])
    language = SelectField(_l("Language of this message"), choices=_spoken, default=ENGLISH)
    once = HiddenField()

    def validate_message(self, field: TextAreaField) -> None:
        if self.send.data:
            Filled(_l("Write what the reporter is told."))(self, field)
