"""A whole sheet of paper as one form: what is ticked or written on it, by picking or by typing codes, also what only paper allows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, FormField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional, StopValidation, ValidationError

from portal.languages.words import in_words
from portal.questions.question import Option, Question
from portal.questions.types import offered, type_of
from portal.questions.types.date import DateField
from portal.questions.types.number import Whole
from portal.questions.types.ranking import most_of
from portal.surveys.definition import Instrument
from portal.surveys.paper_entries import TypedSheet
from portal.surveys.paper_marks import SEVERAL_TICKED, UNREADABLE, Sheet
from portal.web.forms import AtMost, Form, MultiCheckboxField, PlainForm, choices

MARKS = {UNREADABLE: _l("Cannot be read"), SEVERAL_TICKED: _l("More than one ticked")}
# A question mark as it is typed from right to left.
QUESTION_MARKS = (UNREADABLE, "\u061f")
ONE_BOX = ("single", "scale", "age_band", "points")
FROM_LIST = ("list", "place")
LONGEST = 4_000
NOTHING, NEITHER = "nothing", "neither"


def with_options(instrument: Instrument, code: str) -> Question:
    """The question with all that can be chosen: the options of its scale, or the places of the version."""
    question = instrument.questionnaire.questions[code]
    options: Sequence[Option] = instrument.questionnaire.options_of(question)
    if question.type == "place":
        places = instrument.place_choices
        options = [Option(code=code, text=name, group=group) for group, found in places for code, name in found]
    changed: dict[str, Any] = {"options": tuple(options)}
    return replace(question, **changed)


def mark_in_words(instrument: Instrument, code: str, mark: Any) -> list[str]:
    """What somebody typed in of a question, each part a line."""
    if mark is None:
        return [_("Nothing")]
    if isinstance(mark, str) and mark in MARKS:
        return [str(MARKS[mark])]
    question = with_options(instrument, code)
    return type_of(question).words(question, mark)


def is_unreadable(text: str | None) -> bool:
    return (text or "").strip() in QUESTION_MARKS


class SheetForm(Form):
    """A field for each question; `marks` is what somebody read on the sheet."""

    instrument: ClassVar[Instrument]
    asked: ClassVar[Mapping[str, Question]]
    by_codes: ClassVar[bool]

    def field_of(self, code: str) -> Field:
        return self[name_of(self.asked[code])]

    def mark_of(self, code: str) -> Any:
        """None where nothing stands there."""
        question, field = self.asked[code], self.field_of(code)
        data = field.mark if isinstance(field, CodesField) else field.data
        if question.type == "points" and data and data not in MARKS:
            return int(data)
        if question.type == "number" and data and not is_unreadable(data):
            return int(data)
        if isinstance(data, str) and is_unreadable(data):
            return UNREADABLE
        if isinstance(data, list) and UNREADABLE in data:
            return UNREADABLE
        return data or None

    @property
    def marks(self) -> Sheet:
        found = {code: self.mark_of(code) for code in self.asked}
        return {code: mark for code, mark in found.items() if mark is not None}


def name_of(question: Question) -> str:
    """What was written has a name that error pages know: they give a long text back."""
    return f"{'written' if type_of(question).is_written else 'answer'}_{question.code}"


def sheet_form(
    instrument: Instrument, codes: Iterable[str] | None = None, *, by_codes: bool = False
) -> type[SheetForm]:
    """The form of the whole sheet, or of these questions only."""
    questions = instrument.questionnaire.questions
    asked = {code: with_options(instrument, code) for code in (questions if codes is None else codes)}
    fields = {name_of(question): _field(question, by_codes=by_codes) for question in asked.values()}
    return type(
        "FieldsOfSheetForm", (SheetForm,), {**fields, "instrument": instrument, "asked": asked, "by_codes": by_codes}
    )


def _field(question: Question, *, by_codes: bool) -> Any:
    label = in_words(question.text)
    if by_codes and question.type in (*ONE_BOX, "list", "several"):
        return CodesField(label, codes=_codes(question), is_one=question.type != "several")
    if question.type in ONE_BOX:
        offers = _points(question) if question.type == "points" else offered(question)
        return RadioField(label, choices=[*offers, *choices({**MARKS, "": _l("Nothing ticked")})], default="")
    if question.type in FROM_LIST:
        unreadable = {UNREADABLE: _l("Cannot be read, or is not in the list")} if question.type == "place" else MARKS
        return SelectField(
            label,
            choices=[*choices({"": _l("Nothing"), **unreadable}), *offered(question)],
            default="",
            validators=[Optional(strip_whitespace=False)],
        )
    match question.type:
        case "several":
            return MultiCheckboxField(
                label,
                choices=[*offered(question), *choices({UNREADABLE: MARKS[UNREADABLE]})],
                validators=[AloneIfUnreadable()],
            )
        case "ranking":
            return RanksField(question)
        case "number":
            return StringField(label, validators=[AtMost(40), NumberOnSheet(question)])
        case "date":
            return SheetDateField(question)
    limit = getattr(type_of(question), "limit", LONGEST)
    return (TextAreaField if question.type == "long_text" else StringField)(label, validators=[AtMost(limit)])


def _codes(question: Question) -> list[str]:
    if question.type == "points":
        return [str(number) for number in range(question.least, question.most + 1)]
    return [option.code for option in question.options]


def _points(question: Question) -> list[Any]:
    return choices({number: number for number in _codes(question)})


class AloneIfUnreadable:
    def __call__(self, form: Any, field: Field) -> None:
        if UNREADABLE in (field.data or ()) and len(field.data) > 1:
            raise ValidationError(_("Tick what you can read, or “Cannot be read”: not both."))


class NumberOnSheet:
    """A whole number within bounds, as online; or that it cannot be read."""

    def __init__(self, question: Question) -> None:
        self.question = question

    def __call__(self, form: Any, field: Field) -> None:
        if not (field.data or "").strip() or is_unreadable(field.data):
            raise StopValidation
        field.data = field.data.strip()
        try:
            Whole(self.question.least, self.question.most)(form, field)
        except ValidationError as wrong:
            raise ValidationError(_with_way_out(str(wrong))) from None


def _with_way_out(sentence: str) -> str:
    return _("%(sentence)s If the sheet says something else, type ?.", sentence=sentence)


class SheetDateField(DateField):
    """The boxes of a date; a question mark in one of them says that it cannot be read."""

    @property
    def data(self) -> str | None:
        return UNREADABLE if self._is_unreadable else super().data

    @property
    def _is_unreadable(self) -> bool:
        return any(is_unreadable(part.data) for part in self.form)

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        if self._is_unreadable:
            return True
        is_right = super().validate(form, extra_validators)
        for part in self.form:
            part.errors = [_with_way_out(str(error)) for error in part.errors]
        return is_right


class CodesField(StringField):
    """Codes with spaces between them; of a code so much as tells it from the others. `mark`: what that is on the sheet."""

    def __init__(self, label: Any, *, codes: Sequence[str], is_one: bool, **named: Any) -> None:
        super().__init__(label, validators=[AtMost(LONGEST)], **named)
        self.codes = codes
        self.is_one = is_one

    @property
    def _words(self) -> list[str]:
        return [word for word in re.split(r"[\s,;\u060c]+", (self.data or "")[:LONGEST].casefold()) if word]

    @property
    def mark(self) -> Any:
        words = self._words
        if len(words) == 1 and is_unreadable(words[0]):
            return UNREADABLE
        if words == [SEVERAL_TICKED] and self.is_one:
            return SEVERAL_TICKED
        found = {fitting[0] for word in words if len(fitting := self._fitting(word)) == 1}
        if self.is_one:
            return SEVERAL_TICKED if len(found) > 1 else next(iter(found), None)
        return [code for code in self.codes if code in found] or None

    def _fitting(self, word: str) -> list[str]:
        return [word] if word in self.codes else [code for code in self.codes if code.startswith(word)]

    def pre_validate(self, form: Any) -> None:
        if len(self._words) == 1 and isinstance(self.mark, str) and self.mark in MARKS:
            return
        for word in self._words:
            fitting = self._fitting(word)
            if not fitting:
                raise ValidationError(_("“%(word)s” is no code of this question.", word=word[:40]))
            if len(fitting) > 1:
                codes = ", ".join(fitting[:5])
                raise ValidationError(
                    _("“%(word)s” begins more than one code: %(codes)s. Type more of it.", word=word, codes=codes)
                )


class RanksField(FormField):
    """A box for a number beside each option. `data`: the codes in their order; None where no box is filled in."""

    def __init__(self, question: Question, **named: Any) -> None:
        boxes = {
            f"of_{option.code}": StringField(in_words(option.text), validators=[AtMost(10)])
            for option in question.options
        }
        super().__init__(type("RanksForm", (PlainForm,), boxes), in_words(question.text), **named)
        self.question = question

    @property
    def _numbers(self) -> dict[str, str]:
        """By code, what stands in the boxes that are filled in."""
        found = {box.short_name.removeprefix("of_"): (box.data or "").strip() for box in self.form}
        return {code: typed for code, typed in found.items() if typed}

    @property
    def data(self) -> Any:
        numbers = self._numbers
        if any(is_unreadable(typed) for typed in numbers.values()):
            return UNREADABLE
        if not numbers or not self._is_order(numbers):
            return None
        return sorted(numbers, key=lambda code: int(numbers[code]))

    def _is_order(self, numbers: Mapping[str, str]) -> bool:
        """1, 2, 3 and so on, each once, and no more than are asked for."""
        if len(numbers) > most_of(self.question) or not all(typed.isdecimal() for typed in numbers.values()):
            return False
        return sorted(int(typed) for typed in numbers.values()) == list(range(1, len(numbers) + 1))

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        if not super().validate(form, extra_validators):
            return False
        if self._numbers and self.data is None:
            first = next(iter(self.form))
            sentence = _("Type 1, 2, 3 and so on, each once, up to %(most)s.", most=most_of(self.question))
            first.errors = [_with_way_out(sentence)]
            return False
        return True


class SettleForm(SheetForm):
    """For each difference whose entry is right, or a field for what the sheet says instead."""

    seen = HiddenField()
    """The codes of what is known not to count, with spaces between them: asked once before it is left out."""
    known_by = HiddenField()
    """Which entries were looked at."""

    def choice_of(self, code: str) -> RadioField:
        return self[f"right_{code}"]

    def choices_made(self, typed: TypedSheet) -> dict[str, Any]:
        entries: dict[Any, Sheet] = {"first": typed.entries[0], "second": typed.entries[-1], NOTHING: {}}
        return {
            code: self.mark_of(code) if (of := self.choice_of(code).data) == NEITHER else entries[of].get(code)
            for code in self.asked
        }

    def validate(self, extra_validators: Any = None) -> bool:
        """Something else is written exactly where it is chosen: neither is what was written dropped, nor nothing stored for it."""
        is_right: bool = super().validate(extra_validators)
        for code in self.asked:
            choice = self.choice_of(code)
            if choice.errors or self.field_of(code).errors:
                # What is wrong may be no mark at all, such as words where a number is asked.
                continue
            has_other = self.mark_of(code) is not None
            if has_other == (choice.data == NEITHER):
                continue
            is_right = False
            choice.errors = [
                _("You wrote what the sheet says instead. Choose “Something else”, or take it out.")
                if has_other
                else _("Write what the sheet says instead.")
            ]
        return is_right


def settle_form(typed: TypedSheet) -> type[SettleForm]:
    base = sheet_form(typed.instrument, typed.differences)
    fields: dict[str, Any] = {}
    for code, question in base.asked.items():
        said = [", ".join(mark_in_words(typed.instrument, code, entry.get(code))) for entry in typed.entries]
        # Offered only where neither entry says so.
        nothing = {NOTHING: _l("Nothing stands there")} if all(code in entry for entry in typed.entries) else {}
        fields[f"right_{code}"] = RadioField(
            in_words(question.text),
            choices=choices({"first": said[0], "second": said[-1], **nothing, NEITHER: _l("Something else")}),
            validators=[Chosen()],
        )
    return type("SettleSheetForm", (SettleForm, base), fields)


class Chosen:
    def __call__(self, form: Any, field: Field) -> None:
        if not field.data or field.data == "None":
            field.errors = []
            raise StopValidation(_("Look at the sheet and choose what it says."))
