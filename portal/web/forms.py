"""The base form: every field's words in the visitor's language, every text made plain before it is checked."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import gettext, lazy_gettext, ngettext
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from wtforms import (
    BooleanField,
    DateField,
    Field,
    FormField,
    PasswordField,
    SelectFieldBase,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms import Form as BaseForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation

from portal.text import plain
from portal.web.dates import read_month

# Letters of a box that says no limit of its own, such as a day's.
MAX_LINE = 200

# WTForms has no Urdu: its own sentences are said in ours.
BUILT_IN = {
    "Not a valid choice.": lazy_gettext("Choose one of the answers on this page."),
    "Not a valid integer value.": lazy_gettext("Use digits, like 17."),
    "This field is required.": lazy_gettext("Answer this question."),
    "CSRF token missing": lazy_gettext("This page was open for too long. Press the button again."),
}


class OurWords:
    """The translations WTForms asks for."""

    def gettext(self, sentence: str) -> str:
        return str(BUILT_IN.get(sentence) or gettext("Check this answer."))

    def ngettext(self, one: str, many: str, number: int) -> str:
        return gettext("Check this answer.")


class PlainMeta:
    """Fields whose texts are plain text and whose mistakes are said in our words."""

    def get_translations(self, form: Any) -> OurWords:
        return OurWords()

    def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Field:
        bound = unbound_field.bind(form=form, **options)
        if isinstance(bound, StringField) and not isinstance(bound, PasswordField):
            bound.filters = [*bound.filters, plain]
        return bound


class PlainForm(BaseForm):
    """A group of fields inside a form."""

    class Meta(PlainMeta):
        pass


class Form(FlaskForm):
    """A page's form."""

    class Meta(PlainMeta, FlaskForm.Meta):
        # One check for the whole app stands before every unsafe route: see security.py.
        csrf = False

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Of what was posted the words: files are taken from the request itself, and one in a box for words is none."""
            return request.form if formdata is _Auto and form.is_submitted() else super().wrap_formdata(form, formdata)


def typed_in(form: BaseForm) -> dict[str, list[str]]:
    """What the boxes of a posted form hold, right or wrong, as a draft keeps it: of a text at most its limit, of choices
    those that are offered, and nothing else that was posted.
    """
    return {box.name: kept for box in _boxes(form) if box.raw_data and (kept := _kept(box)) is not None}


def _kept(box: Field) -> list[str] | None:
    if isinstance(box, SelectFieldBase):
        offered = {code for code, *_rest in box.iter_choices()}
        return [value for value in dict.fromkeys(box.raw_data) if value in offered]
    if isinstance(box, StringField):
        return [(box.data or "")[: _limit_of(box)]]
    return ["y"] if isinstance(box, BooleanField) and box.data else None


def is_too_long(form: BaseForm) -> bool:
    """Whether a box holds more than typed_in() keeps: the page is then shown again at once, so that nothing is lost."""
    return any(len(box.data or "") > _limit_of(box) for box in _boxes(form) if isinstance(box, StringField))


def _boxes(form: BaseForm) -> Iterator[Field]:
    for field in form:
        yield from field if isinstance(field, FormField) else [field]


def _limit_of(box: Field) -> int:
    return next((check.limit for check in box.validators if isinstance(check, AtMost)), MAX_LINE)


class DateForm(PlainForm):
    """Three boxes, as people write a date on paper."""

    day = StringField(lazy_gettext("Day"))
    month = StringField(lazy_gettext("Month"))
    year = StringField(lazy_gettext("Year"))

    @property
    def is_filled(self) -> bool:
        return any(self.data.values())

    @property
    def date(self) -> datetime.date | None:
        """The day that is written, or None where it is on no calendar."""
        year, month, day = self._year, self._month, self._day
        if year is None or month is None or day is None:
            return None
        try:
            return datetime.date(year, month, day)
        except ValueError:
            return None

    @property
    def _day(self) -> int | None:
        return _number(self.day, range(1, 32))

    @property
    def _month(self) -> int | None:
        return read_month(self.month.data or "")

    @property
    def _year(self) -> int | None:
        return _number(self.year, range(1900, datetime.MAXYEAR + 1))

    def check(self, missing: str) -> datetime.date | None:
        """The day that is written; where there is none, each wrong box has its sentence, or `missing` stands for all."""
        if not self.is_filled:
            self.form_errors.append(missing)
            return None
        if self._day is None:
            _mark(self.day, gettext("Write the day as a number from 1 to 31."))
        if self._month is None:
            _mark(self.month, gettext("Write the month as a number from 1 to 12, or as a word, like November."))
        if self._year is None:
            _mark(self.year, gettext("Write the year with four digits, like 2026."))
        if self.date is None and not self.errors:
            _mark(self.day, gettext("Write a date that is on the calendar, like 17 11 2026."))
        return self.date

    def refuse(self, sentence: str, other: datetime.date) -> None:
        """Mark the one box in which the day that is written parts from `other`: the year, else the month, else the day."""
        parts = ("year", "month", "day")
        wrong = next((part for part in parts if getattr(self.date, part) != getattr(other, part)), "day")
        _mark(self[wrong], sentence)


def _number(field: Field, allowed: range) -> int | None:
    try:
        number = int(field.data or "")
    except ValueError:
        return None
    return number if number in allowed else None


def _mark(field: Field, sentence: str) -> None:
    field.errors = [*field.errors, sentence]


class Filled:
    """Something must be written or chosen; spaces are nothing. One thing is said of a box, not also that nothing is no choice."""

    field_flags = {"required": True}

    def __init__(self, message: Any) -> None:
        self.message = message

    def __call__(self, form: Any, field: Field) -> None:
        if not field.data:
            if field.errors and any(field.raw_data or ()):
                raise StopValidation
            field.errors = []
            raise StopValidation(self.message)


class FilledUnlessFiles(Filled):
    """Something must be written, but for a form that says that files come in its stead."""

    def __call__(self, form: Any, field: Field) -> None:
        if not form.has_files:
            super().__call__(form, field)


class AtMost:
    """At most `limit` characters, as a person counts them: a line break is one."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, form: Any, field: Field) -> None:
        over = len(field.data or "") - self.limit
        if over > 0:
            raise ValidationError(
                ngettext(
                    "This is %(num)s letter too long. Make it shorter.",
                    "This is %(num)s letters too long. Make it shorter.",
                    over,
                )
            )


class Day(DateField):
    """A day from the browser's calendar, or typed as 2026-11-30; `message` says what to do where it is no day."""

    data: Any

    def __init__(self, label: Any, message: Any, **named: Any) -> None:
        super().__init__(label, **named)
        self.message = message

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
        if self.data is None:
            raise ValueError(self.message)


class MultiCheckboxField(SelectMultipleField):
    """Boxes of which several may be ticked; `data` is in the order in which they stand, each once."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        places = {code: place for place, (code, *_rest) in enumerate(self.iter_choices())}
        self.data = sorted(set(valuelist), key=lambda code: places.get(code, len(places)))

    def pre_validate(self, form: Any) -> None:
        if set(self.data or ()) - {code for code, *_rest in self.iter_choices()}:
            raise ValidationError(gettext("Choose from the answers on this page."))


class NotWithOthers:
    """An answer like "None of these" excludes the others; `alone` are their codes and words."""

    def __init__(self, alone: Mapping[str, str]) -> None:
        self.alone = alone

    def __call__(self, form: Any, field: Field) -> None:
        chosen = set(field.data or ())
        for code, answer in self.alone.items():
            if code in chosen and len(chosen) > 1:
                raise ValidationError(
                    gettext(
                        "“%(answer)s” does not go with other answers. Untick it, or untick the others.", answer=answer
                    )
                )


def choices(words: Mapping[str, Any], group: str | None = None) -> list[SelectChoice]:
    """The answers a field offers, by what they are stored as; under a group's name in a long list."""
    return [SelectChoice(value, text, optgroup=group) for value, text in words.items()]
