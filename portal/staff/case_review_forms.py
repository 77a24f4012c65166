"""What staff fill in about a case review: a decision with its reasons, an appeal that was told to them, who steps aside."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.validators import ValidationError

from portal.case_review.deciding import Decision, Verdict
from portal.languages.i18n import languages, name_for_staff
from portal.web.forms import AtMost, Filled, Form, choices

VERDICTS = {
    Verdict.MET.value: _l("Met, by the complaints that count"),
    Verdict.DISCRETION.value: _l("Met, by judgement of persistence, harm or the response"),
    Verdict.NOT_MET.value: _l("Not met: there will be no review"),
}
APPEAL_VERDICTS = {
    Verdict.DISCRETION.value: _l("There will be a review after all"),
    Verdict.NOT_MET.value: _l("It stays: there will be no review"),
}
MAX_REASONS, MAX_ASSESSMENT = 4_000, 1_000


def _language_choices() -> Any:
    return choices({one.code: name_for_staff(one.code) for one in languages()})


class DecideForm(Form):
    verdict = RadioField(_l("Is the threshold met?"), choices=choices(VERDICTS))
    written_persistence = TextAreaField(_l("Persistence: how long and how often?"), validators=[AtMost(MAX_ASSESSMENT)])
    written_harm = TextAreaField(_l("Harm, or the harm it could do"), validators=[AtMost(MAX_ASSESSMENT)])
    written_response = TextAreaField(
        _l("Was the response of the organisations adequate?"), validators=[AtMost(MAX_ASSESSMENT)]
    )
    written_reasons = TextAreaField(
        _l("Reasons, as the applicant reads them"),
        validators=[Filled(_l("Write the reasons. The applicant reads them.")), AtMost(MAX_REASONS)],
    )
    language = SelectField(_l("You wrote this in"), choices=_language_choices)
    written_translation = TextAreaField(_l("The same in the applicant’s language"), validators=[AtMost(MAX_REASONS)])

    def validate_verdict(self, field: RadioField) -> None:
        if field.data not in {code for code, *_rest in field.iter_choices()}:
            raise ValidationError(_("Choose what you decide."))

    def validate(self, extra_validators: Any = None) -> bool:
        """Whoever does not go by the numbers says of all three how they judged."""
        is_valid = bool(super().validate(extra_validators))
        if self.verdict.data in (None, Verdict.MET.value):
            return is_valid
        for field, sentence in (
            (self.written_persistence, _("Write how you judged the persistence: it is decided by it.")),
            (self.written_harm, _("Write how you judged the harm: it is decided by it.")),
            (self.written_response, _("Write how you judged the response: it is decided by it.")),
        ):
            if not field.data:
                field.errors = [*field.errors, sentence]
                is_valid = False
        return is_valid

    @property
    def decision(self) -> Decision:
        return Decision(
            verdict=Verdict(self.verdict.data),
            reasons=self.written_reasons.data,
            language=self.language.data,
            translation=self.written_translation.data or "",
            assessment={
                "persistence": self.written_persistence.data or "",
                "harm": self.written_harm.data or "",
                "response": self.written_response.data or "",
                "verdict": self.verdict.data,
            },
        )


class DecideAppealForm(DecideForm):
    verdict = RadioField(_l("What do you decide?"), choices=choices(APPEAL_VERDICTS))


class TakeDownAppealForm(Form):
    written_appeal = TextAreaField(
        _l("What did they say?"),
        validators=[Filled(_l("Write why it should be looked at again.")), AtMost(MAX_REASONS)],
    )
    appeal_language = SelectField(_l("In this language"), choices=_language_choices)


class AnswerForm(Form):
    message = TextAreaField(
        _l("Write to the applicant"),
        validators=[Filled(_l("Write a few words before you press Send.")), AtMost(MAX_REASONS)],
    )
    message_language = SelectField(_l("In this language"), choices=_language_choices)
    once = HiddenField()


class AsideForm(Form):
    aside = SelectField(_l("Who is named in it, or near to somebody who is?"))
    written_aside = TextAreaField(
        _l("Why?"), validators=[Filled(_l("Write the reason in a few words.")), AtMost(MAX_ASSESSMENT)]
    )

    def offer(self, accounts: Iterable[tuple[uuid.UUID, str]]) -> None:
        self.aside.choices = [(staff_id.hex, name) for staff_id, name in accounts]

    @property
    def staff_id(self) -> uuid.UUID:
        """Of a form that holds."""
        return uuid.UUID(self.aside.data)


class BackForm(Form):
    written_back = TextAreaField(
        _l("Why can they work on it after all?"),
        validators=[Filled(_l("Write the reason in a few words.")), AtMost(MAX_ASSESSMENT)],
    )
