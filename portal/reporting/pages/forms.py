"""The questions of a report: what is asked, what may be answered, and the sentence for each mistake."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, ClassVar

from babel import Locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional, ValidationError

from portal.languages.i18n import Language
from portal.reporting.conversations import TEXT_LIMIT
from portal.reporting.models import Kind
from portal.reporting.questions.contact import BY_CONTACT, CONTACT, NUMBER_OF
from portal.reporting.questions.equality import EQUALITY_QUESTIONS, EqualityQuestion
from portal.reporting.questions.hate import EXTRA_STRANDS
from portal.reporting.questions.question import NOT_SURE, Box, Choice, Question
from portal.vault import receipts
from portal.web.forms import AtMost, Filled, FilledUnlessFiles, Form, MultiCheckboxField, NotWithOthers, choices

LANGUAGE_LIMIT = 60
MOST_CARDS = 5
OTHER = "other"
WRITTEN = "written_"

KINDS = {
    Kind.HATE.value: _l("Hate, because of who someone is"),
    Kind.ASB.value: _l("Anti-social behaviour"),
    Kind.NOT_SURE.value: _l("I am not sure"),
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

    @classmethod
    def as_typed(cls, kept: Mapping[str, Any]) -> dict[str, Any]:
        """The answer that is kept, as the form's fields take it."""
        return dict(kept)

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


class RiskForm(StepForm):
    risk = RadioField(
        _l("Could someone be badly hurt in the next few days?"),
        choices=choices(RISK),
        validators=[Optional(strip_whitespace=False)],
    )


class QuestionForm(StepForm):
    """One of `questions.py`."""

    asked: ClassVar[Question]

    @classmethod
    def as_typed(cls, kept: Mapping[str, Any]) -> dict[str, Any]:
        return {_name_of(part): kept.get(part.code) for part in cls.asked.parts}

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


PHONE_DIGITS = range(9, 16)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class ContactForm(QuestionForm):
    """How they may be reached. What looks wrong is asked about once, and then taken as it is."""

    asked_once = HiddenField()

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        mistakes = self._mistakes()
        doubts = {} if self.asked_once.data else self._doubts()
        for name, sentence in (mistakes | doubts).items():
            self[name].errors = [*self[name].errors, sentence]
        if doubts:
            self.asked_once.data = "yes"
        return is_valid and not mistakes and not doubts

    def answer(self) -> dict[str, Any] | None:
        """Only what they want us to use: what stands in other boxes is forgotten."""
        kept = super().answer() or {}
        kept.pop("asked_once", None)
        if kept.get("reach") != BY_CONTACT:
            return {"reach": kept["reach"]} if "reach" in kept else None
        unused = {*NUMBER_OF.values()} - {NUMBER_OF.get(way) for way in kept.get("ways", ())}
        return {code: given for code, given in kept.items() if code not in unused}

    def _mistakes(self) -> dict[str, str]:
        """By the field's name, what keeps us from reaching them as they said."""
        reach, ways = self["reach"].data, self["ways"].data or ()
        if reach != BY_CONTACT:
            typed = ways or any(self[f"{WRITTEN}{box.code}"].data for box in CONTACT.boxes)
            return {"reach": _("Choose how we may reach you.")} if typed and not reach else {}
        if not ways:
            return {"ways": _("Choose how we may contact you. Or choose “Only on this website”.")}
        wanted = {
            "phone": _("Write the phone number, or untick calls and text messages."),
            "email": _("Write the email address, or untick email."),
            "address": _("Write the postal address, or untick letters."),
        }
        used = {NUMBER_OF.get(way) for way in ways}
        return {
            f"{WRITTEN}{code}": sentence
            for code, sentence in wanted.items()
            if code in used and not self[f"{WRITTEN}{code}"].data
        }

    def _doubts(self) -> dict[str, str]:
        kept = self.answer() or {}
        phone, email = kept.get("phone"), kept.get("email")
        found = {}
        if phone and sum(letter.isdigit() for letter in phone) not in PHONE_DIGITS:
            found[f"{WRITTEN}phone"] = _("Check the phone number. If it is right, press Continue again.")
        if email and not _EMAIL.fullmatch(email):
            found[f"{WRITTEN}email"] = _("Check the email address. If it is right, press Continue again.")
        return found


FORMS = {CONTACT.code: ContactForm}


@lru_cache(maxsize=256)
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
    return type("AskedForm", (FORMS.get(question.code, QuestionForm),), {**fields, "asked": question})


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
    originals = BooleanField(_l("Also keep the original photo"))
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


class AboutYouForm(Form):
    """What someone who has sent a report says of themselves. There is no mistake to make: what is not on offer is skipped."""

    def answers(self) -> dict[str, str]:
        self.validate()
        return {field.name: field.data for field in self if field.data and not field.errors}


def _equality_field(asked: EqualityQuestion) -> Any:
    """Cards to choose from; a list, where there are many of them."""
    offered = [one for group, options in asked.all_groups for one in choices(options, group)]
    if len(offered) <= MOST_CARDS:
        return RadioField(asked.text, choices=offered)
    return SelectField(asked.text, choices=[*choices({"": _l("Choose from the list")}), *offered])


EqualityForm: type[AboutYouForm] = type(
    "EqualityForm", (AboutYouForm,), {asked.code: _equality_field(asked) for asked in EQUALITY_QUESTIONS}
)
EQUALITY_HINTS = {asked.code: asked.hint for asked in EQUALITY_QUESTIONS}
