"""The questions of a report: what is asked, what may be answered, and the sentence for each mistake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from babel import Locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import (
    BooleanField,
    Field,
    FormField,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional, ValidationError

from portal import receipts
from portal.db import today
from portal.forms import AtMost, DateForm, Filled, FilledUnlessFiles, Form, MultiCheckboxField, NotWithOthers, choices
from portal.i18n import Language
from portal.reporting.conversations import TEXT_LIMIT
from portal.reporting.hate_questions import EXTRA_STRANDS
from portal.reporting.models import Kind
from portal.reporting.question import NOT_SURE, Box, Choice, Question

PLACE_WORDS_LIMIT = 200
LANGUAGE_LIMIT = 60
OTHER = "other"
OUTSIDE = "outside"
WRITTEN = "written_"

KINDS = {
    Kind.HATE.value: _l("Hate, because of who someone is"),
    Kind.ASB.value: _l("Anti-social behaviour"),
    Kind.NOT_SURE.value: _l("I am not sure"),
}
WHEN = {
    "today": _l("Today"),
    "yesterday": _l("Yesterday"),
    "last_7_days": _l("In the last 7 days"),
    "longer_ago": _l("Longer ago"),
    "keeps_happening": _l("It keeps happening"),
    "exact": _l("I know the date"),
    NOT_SURE: _l("I am not sure"),
}
HELPED = {
    "yes": _l("Yes"),
    "a_little": _l("A little"),
    "no": _l("No"),
    "not_said": _l("Prefer not to say"),
}
RISK = {
    "yes": _l("Yes"),
    "no": _l("No"),
    NOT_SURE: _l("I am not sure"),
}


class StepForm(Form):
    """One question of the report. `answer()` is what is kept, or None where nothing was answered."""

    def answer(self) -> dict[str, Any] | None:
        kept = {name: value for name, value in self.data.items() if value not in (None, "", [])}
        return kept or None


class KindForm(StepForm):
    kind = RadioField(_l("What is it about?"), choices=choices(KINDS), validators=[Optional(strip_whitespace=False)])


class NarrativeForm(StepForm):
    narrative = TextAreaField(
        _l("What happened?"),
        validators=[Filled(_l("Write a few words about what happened.")), AtMost(TEXT_LIMIT)],
    )


class WhenForm(StepForm):
    when = RadioField(_l("When did it happen?"), choices=choices(WHEN), validators=[Optional(strip_whitespace=False)])
    exact = FormField(DateForm, _l("The date"))

    def validate(self, extra_validators: Any = None) -> bool:
        """A date must be on the calendar and not in the future; with any other answer the boxes do not count."""
        is_valid = super().validate(extra_validators)
        mistake = self._mistake() if self._is_exact else None
        if mistake:
            self.exact.form.form_errors.append(mistake)
        return is_valid and not mistake

    @property
    def _is_exact(self) -> bool:
        return self.when.data == "exact" or (not self.when.data and self.exact.form.is_filled)

    def _mistake(self) -> str | None:
        if not self.exact.form.is_filled:
            return _("Write the day, the month and the year, or choose another answer.")
        if self.exact.form.date is None:
            return _("Write a date that is on the calendar, like 17 11 2026.")
        if self.exact.form.date > today():
            return _("Choose a day that is not in the future.")
        return None

    def answer(self) -> dict[str, Any] | None:
        if self._is_exact:
            return {"when": "exact", "date": self.exact.form.date.isoformat()}
        return {"when": self.when.data} if self.when.data else None


class WhereForm(StepForm):
    place = SelectField(_l("Parish, town or estate"), validators=[Optional(strip_whitespace=False)])
    street = StringField(_l("Street or place"), validators=[AtMost(PLACE_WORDS_LIMIT)])

    def offer(self, places: Any) -> None:
        """Put this partnership's places into the list."""
        first = {"": _("Choose from the list"), NOT_SURE: _("I am not sure"), OUTSIDE: _("Somewhere else")}
        self.place.choices = choices(first)
        for group, offered in places.choices:
            self.place.choices += choices(dict(offered), group)


class RiskForm(StepForm):
    risk = RadioField(
        _l("Could someone be badly hurt in the next few days?"),
        choices=choices(RISK),
        validators=[Optional(strip_whitespace=False)],
    )


class QuestionForm(StepForm):
    """One of `questions.py`."""

    asked: ClassVar[Question]

    def part(self, part: Choice | Box) -> Field:
        return self[_name_of(part)]

    def answer(self) -> dict[str, Any] | None:
        """Without the choices that belong to an option that is not chosen; what was written is kept wherever it stands."""
        kept = {code.removeprefix(WRITTEN): given for code, given in (super().answer() or {}).items()}
        first = kept.get(self.asked.choices[0].code) or ()
        chosen = first if isinstance(first, list) else [first]
        for part in self.asked.choices:
            if part.after is not None and part.after not in chosen:
                kept.pop(part.code, None)
        return kept or None


def question_form(question: Question, extra_strands: tuple[str, ...]) -> type[QuestionForm]:
    """The form of this question; of the strands that are not monitored nationally, those the partnership asks about."""
    fields: dict[str, Any] = {}
    for choice in question.choices:
        left_out = EXTRA_STRANDS.keys() - {*extra_strands, "other"} if choice.code == "strands" else ()
        fields[choice.code] = _field(
            choice, {code: text for code, text in choice.options.items() if code not in left_out}
        )
    for box in question.boxes:
        kind = StringField if box.is_line else TextAreaField
        fields[_name_of(box)] = kind(box.text, validators=[AtMost(box.limit)])
    return type("AskedForm", (QuestionForm,), {**fields, "asked": question})


def as_typed(question: Question, answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer that is kept, as the form's fields take it."""
    return {_name_of(part): answer.get(part.code) for part in question.parts}


def _name_of(part: Choice | Box) -> str:
    """What is written has a name that error pages know: they give the text back."""
    return f"{WRITTEN}{part.code}" if isinstance(part, Box) else part.code


def _field(choice: Choice, options: Mapping[str, Any]) -> Any:
    if choice.several:
        alone = {code: options[code] for code in choice.alone}
        return MultiCheckboxField(choice.text, choices=choices(options), validators=[NotWithOthers(alone)])
    return RadioField(choice.text, choices=choices(options), validators=[Optional(strip_whitespace=False)])


class FilesForm(StepForm):
    files = MultipleFileField(_l("Do you have photos, recordings or papers of it?"))
    originals = BooleanField(_l("Also keep the original photo"))


class CheckForm(StepForm):
    open_words = BooleanField(_l("Show my own words when I come back"))
    # Nobody sees it; a program that fills in every box does. The name is one that no browser fills in by itself.
    second_check = StringField(_l("Leave this empty"))

    def answer(self) -> dict[str, Any] | None:
        return {"open_words": True} if self.open_words.data else None

    @property
    def is_trapped(self) -> bool:
        return bool(self.second_check.data)


class ReceiptForm(Form):
    receipt = StringField(_l("Your receipt number"), validators=[AtMost(100)])

    digits: str = ""

    def validate_receipt(self, field: StringField) -> None:
        try:
            self.digits = receipts.read(field.data or "")
        except receipts.NotAReceipt as problem:
            if problem.typed == receipts.DIGITS:
                raise ValidationError(_("Type the 16 digits only, without letters.")) from None
            raise ValidationError(
                ngettext(
                    "You typed %(num)s digit. The receipt number has 16.",
                    "You typed %(num)s digits. The receipt number has 16.",
                    problem.typed,
                )
            ) from None


class MessageForm(Form):
    message = TextAreaField(
        _l("Write back"),
        validators=[FilledUnlessFiles(_l("Write a few words before you press Send.")), AtMost(TEXT_LIMIT)],
    )
    files = MultipleFileField(_l("Photos, recordings or PDFs"))
    has_files = False
    once = HiddenField()


class HelpedForm(Form):
    """About a closed report. Each question may be left open."""

    listened = RadioField(
        _l("Did you feel listened to?"), choices=choices(HELPED), validators=[Optional(strip_whitespace=False)]
    )
    safer = RadioField(
        _l("Do you feel safer now?"), choices=choices(HELPED), validators=[Optional(strip_whitespace=False)]
    )


class ReadAloudForm(Form):
    language = RadioField(_l("Which language?"), validators=[Optional(strip_whitespace=False)])
    other = StringField(_l("Another language: write its name"), validators=[AtMost(LANGUAGE_LIMIT)])
    once = HiddenField()

    def offer(self, spoken: Iterable[Language]) -> None:
        """The portal's languages, each by its own name and in English, which officers read."""
        english = Locale.parse("en")
        self._names = {one.code: english.languages[one.locale.split("_")[0]] for one in spoken}
        offered = {one.code: one.name for one in spoken}
        self.language.choices = choices(offered | {OTHER: _("Another language")})

    @property
    def spoken(self) -> str:
        """The language's name as officers know it, or as it was written."""
        return self._names.get(self.language.data) or self.other.data or ""

    def validate(self, extra_validators: Any = None) -> bool:
        """Whoever writes a language's name need not also choose "another"."""
        is_valid = super().validate(extra_validators)
        if not self.language.data and self.other.data:
            self.language.data = OTHER
        if not self.language.data:
            self.language.errors = [_("Choose a language.")]
        elif self.language.data == OTHER and not self.other.data:
            self.other.errors = [_("Write the name of the language.")]
        else:
            return is_valid
        return False
