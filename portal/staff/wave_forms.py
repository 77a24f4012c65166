"""What survey managers and analysts fill in."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import ValidationError

from portal.db import today
from portal.surveys.models import Mode, SampleType
from portal.surveys.waves import LONGEST
from portal.text import one_line
from portal.web.forms import AtMost, Day, Filled, Form, MultiCheckboxField, choices

SAMPLES = {
    SampleType.OPEN_LINK.value: _l("Open link"),
    SampleType.INVITED.value: _l("Invited people"),
    SampleType.ASSISTED.value: _l("With a helper"),
}
MODES = {
    Mode.WEB.value: _l("On a device of their own"),
    Mode.KIOSK.value: _l("On a tablet of ours"),
    Mode.OFFLINE.value: _l("On a tablet of ours without internet"),
    Mode.PAPER.value: _l("On paper"),
}
SAMPLE_HINTS = {
    SampleType.OPEN_LINK.value: _l("Anyone can answer. Figures are only an indication, not a random sample."),
    SampleType.INVITED.value: _l(
        "People drawn one by one at random were asked. Figures speak for everyone, with a margin of error. Cards for streets or groups make them only an indication."
    ),
    SampleType.ASSISTED.value: _l("Staff or volunteers fill it in with people. Say so wherever the figures are used."),
}


class SafeguardingForm(Form):
    """What publishing needs where children may answer."""

    safeguarding_lead = StringField(
        _l("Safeguarding lead who has agreed to this version"),
        filters=[one_line],
        validators=[Filled(_l("Write the name of the safeguarding lead who has agreed.")), AtMost(80)],
    )


class PublishForm(SafeguardingForm):
    """What publishing needs besides: a tick for each language with gaps, by its code and words."""

    partial = MultiCheckboxField(_l("Languages with gaps"))

    def __init__(self, gaps: dict[str, str], *, needs_lead: bool, **named: Any) -> None:
        super().__init__(**named)
        self.partial.choices = choices(gaps)
        if not gaps:
            del self.partial
        if not needs_lead:
            del self.safeguarding_lead

    def validate_partial(self, field: MultiCheckboxField) -> None:
        if {code for code, *_rest in field.iter_choices()} - set(field.data or ()):
            raise ValidationError(_l("Tick each language that may have gaps, or fill its gaps first."))


class LastDayForm(Form):
    closes_on = Day(_l("Last day"), _l("Choose the last day, or write it like 2026-11-30."))

    def validate_closes_on(self, field: Day) -> None:
        if field.data and field.data < today():
            raise ValidationError(_l("That day is over. Choose today or a later day."))


class WaveForm(LastDayForm):
    opens_on = Day(_l("First day"), _l("Choose the first day, or write it like 2026-11-30."))
    sample_type = RadioField(_l("Who is asked"), choices=choices(SAMPLES))
    population = SelectField(_l("Weight the answers to"))

    def __init__(self, populations: dict[str, str], **named: Any) -> None:
        super().__init__(**named)
        self.population.choices = choices({"": _l("Nobody: do not weight"), **populations})

    def validate_closes_on(self, field: Day) -> None:
        super().validate_closes_on(field)
        first = self.opens_on.data
        if first and field.data and field.data < first:
            raise ValidationError(_l("The last day comes before the first. Change one of them."))
        if first and field.data and field.data - first > LONGEST:
            raise ValidationError(_l("A wave lasts a year at most. Choose an earlier last day."))
