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
from wtforms import BooleanField, HiddenField, MultipleFileField, RadioField, StringField, TextAreaField
from wtforms.validators import Optional

from portal.languages.i18n import Language
from portal.questions.question import Page, Question, holds
from portal.questions.types import type_of
from portal.reporting.conversations import MAX_TEXT
from portal.reporting.questions.codes import OTHER
from portal.reporting.questions.contact import BY_CONTACT, CONTACT, NUMBER_OF
from portal.reporting.questions.equality import EQUALITY_QUESTIONS
from portal.reporting.questions.first import NARRATIVE
from portal.reporting.questions.formats import FORMATS
from portal.reporting.questions.hate import of_partnership
from portal.reporting.questions.helped import HELPED, HELPED_QUESTIONS
from portal.web.digits import read_digits
from portal.web.forms import AtMost, FilledUnlessFiles, Form, choices

MAX_LANGUAGE = 60
WRITTEN = "written_"


class StepForm(Form):
    """One page of the report. `answer()` is what is kept, or None where nothing was answered."""

    page: ClassVar[Page]

    @classmethod
    def as_typed(cls, kept: Mapping[str, Any]) -> dict[str, Any]:
        """The answer that is kept, as the form's fields take it."""
        return dict(kept)

    def field_of(self, question: Question) -> Any:
        """What shows the question: its field, or the form where the question takes the whole page."""
        return self

    def answer(self) -> dict[str, Any] | None:
        kept = {name: value for name, value in self.data.items() if value not in (None, "", [])}
        return kept or None


class QuestionForm(StepForm):
    """The questions of a page, each with its own field."""

    @classmethod
    def as_typed(cls, kept: Mapping[str, Any]) -> dict[str, Any]:
        return {
            _name_of(cls.page, question): type_of(question).typed(kept.get(question.code))
            for question in cls.page.questions
        }

    def field_of(self, question: Question) -> Any:
        return self[_name_of(self.page, question)]

    def answer(self) -> dict[str, Any] | None:
        """Without what belongs to an option that is not chosen; what was written is kept wherever it stands."""
        given = {each.code: type_of(each).answer(self.field_of(each).data) for each in self.page.questions}
        kept = {code: answer for code, answer in given.items() if answer not in (None, "", [])}
        for question in self.page.questions:
            if not type_of(question).is_written and not holds(question.only_if, kept):
                kept.pop(question.code, None)
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
        if kept.get("reach") != BY_CONTACT:
            return {"reach": kept["reach"]} if "reach" in kept else None
        unused = {*NUMBER_OF.values()} - {NUMBER_OF.get(way) for way in kept.get("ways", ())}
        return {code: given for code, given in kept.items() if code not in unused}

    def _mistakes(self) -> dict[str, str]:
        """By the field's name, what keeps us from reaching them as they said."""
        reach, ways = self["reach"].data, self["ways"].data or ()
        if reach != BY_CONTACT:
            boxes = [question for question in self.page.questions if type_of(question).is_written]
            typed = ways or any(self.field_of(box).data for box in boxes)
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
        if (
            phone
            and not self[f"{WRITTEN}phone"].errors
            and sum(letter.isdigit() for letter in phone) not in PHONE_DIGITS
        ):
            found[f"{WRITTEN}phone"] = _("Check the phone number. If it is right, press Continue again.")
        # The pattern takes the square of a text's length: only one that is not too long is held against it.
        if email and not self[f"{WRITTEN}email"].errors and not _EMAIL.fullmatch(email):
            found[f"{WRITTEN}email"] = _("Check the email address. If it is right, press Continue again.")
        return found


class NarrativeForm(QuestionForm):
    """What happened, and what shows it."""

    files = MultipleFileField(_l("Photos, recordings or papers"))
    originals = BooleanField(_l("Also keep the original photo"))


class FormatsForm(QuestionForm):
    """What is needed: chosen, or in their own words."""

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        kept = self.answer() or {}
        if is_valid and not kept.get("formats") and not kept.get("format_words"):
            self["formats"].errors = [_("Choose what you need, or write it in your own words.")]
            return False
        return is_valid


FORMS = {CONTACT.code: ContactForm, NARRATIVE.code: NarrativeForm, FORMATS.code: FormatsForm}


@lru_cache(maxsize=256)
def question_form(page: Page, extra_strands: tuple[str, ...]) -> type[StepForm]:
    """The form of this page; of the strands that are not monitored nationally, those the partnership asks about."""
    form, fields = FORMS.get(page.code, QuestionForm), {}
    for question in page.questions:
        kind = type_of(question)
        if kind.is_composite:
            form = kind.form
        else:
            fields[_name_of(page, question)] = kind.field(of_partnership(question, extra_strands))
    return type("PageForm", (form,), {**fields, "page": page})


def _name_of(page: Page, question: Question) -> str:
    """What is written beside the page's own question has a name that error pages know: they give the text back."""
    is_beside = type_of(question).is_written and question is not page.questions[0]
    return f"{WRITTEN}{question.code}" if is_beside else question.code


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
        self.digits = read_digits(
            field,
            _l("Type the 16 digits only, without letters."),
            lambda typed: ngettext(
                "You typed %(num)s digit. The receipt number has 16.",
                "You typed %(num)s digits. The receipt number has 16.",
                typed,
            ),
        )


class MessageForm(Form):
    message = TextAreaField(
        _l("Write back"),
        validators=[FilledUnlessFiles(_l("Write a few words before you press Send.")), AtMost(MAX_TEXT)],
    )
    files = MultipleFileField(_l("Photos, recordings or PDFs"))
    originals = BooleanField(_l("Also keep the original photo"))
    has_files = False
    once = HiddenField()


class HelpedForm(Form):
    """About a closed report. Each question may be left open."""

    listened = RadioField(
        HELPED_QUESTIONS["listened"], choices=choices(HELPED), validators=[Optional(strip_whitespace=False)]
    )
    safer = RadioField(
        HELPED_QUESTIONS["safer"], choices=choices(HELPED), validators=[Optional(strip_whitespace=False)]
    )


class ReadAloudForm(Form):
    language = RadioField(_l("Which language?"), validators=[Optional(strip_whitespace=False)])
    other = StringField(_l("Another language: write its name"), validators=[AtMost(MAX_LANGUAGE)])
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


EqualityForm: type[AboutYouForm] = type(
    "EqualityForm",
    (AboutYouForm,),
    {question.code: type_of(question).field(question) for question in EQUALITY_QUESTIONS},
)
