"""When and where it happened: as exactly as someone knows, in their own way of writing a day, a time or a place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from wtforms import FormField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import Optional

from portal.db import today
from portal.languages.i18n import day_and_year
from portal.partnership.file import current_partnership
from portal.partnership.place_search import MAX_LENGTH
from portal.partnership.places import Places
from portal.questions.question import Question
from portal.questions.types import QuestionType
from portal.reporting.pages.forms import StepForm
from portal.reporting.questions.codes import NONE, NOT_SURE, OUTSIDE
from portal.web.dates import read_time
from portal.web.forms import AtMost, DateForm, MultiCheckboxField, choices

MAX_PLACE = 200
MAX_TIME = 20

WHEN = {
    "today": _l("Today"),
    "yesterday": _l("Yesterday"),
    "last_7_days": _l("In the last 7 days"),
    "longer_ago": _l("Longer ago"),
    "keeps_happening": _l("It keeps happening"),
    "exact": _l("I know the date"),
    "between": _l("Between two days"),
    NOT_SURE: _l("I am not sure"),
}
PARTS_OF_DAY = {
    "morning": _l("In the morning"),
    "afternoon": _l("In the afternoon"),
    "evening": _l("In the evening"),
    "night": _l("At night"),
}
HOURS = {
    "morning": range(5, 12),
    "afternoon": range(12, 18),
    "evening": range(17, 23),
    "night": (*range(20, 24), *range(6)),
}


class WhenForm(StepForm):
    when = RadioField(_l("When did it happen?"), choices=choices(WHEN), validators=[Optional(strip_whitespace=False)])
    exact = FormField(DateForm, _l("The date"))
    at = StringField(_l("About what time?"), validators=[AtMost(MAX_TIME)])
    first = FormField(DateForm, _l("The first day"))
    last = FormField(DateForm, _l("The last day"))
    part = MultiCheckboxField(_l("What part of the day?"), choices=choices(PARTS_OF_DAY))

    @classmethod
    def as_typed(cls, kept: Mapping[str, Any]) -> dict[str, Any]:
        days = {"exact": kept.get("date"), "first": kept.get("from"), "last": kept.get("to")}
        return {**kept, "at": kept.get("time"), **{box: _in_boxes(day) for box, day in days.items() if day}}

    def validate(self, extra_validators: Any = None) -> bool:
        """A day must be on the calendar and not in the future; with another answer its boxes do not count."""
        is_valid = super().validate(extra_validators)
        days = [day for box in self._days if (day := _day_in(box))]
        is_valid = is_valid and len(days) == len(self._days)
        if is_valid and days != sorted(days):
            self.last.form.refuse(_("The last day is before the first day. Change one of the two."), days[0])
            is_valid = False
        if self.at.data and not self.at.errors and not self._time:
            self.at.errors = [_("Write the time in digits, like 21:30 or 9 pm, or leave it empty.")]
            is_valid = False
        return is_valid

    @property
    def _chosen(self) -> str | None:
        """The answer; where none was chosen, that which the boxes that are filled in belong to."""
        boxes = {"exact": (self.exact,), "between": (self.first, self.last)}
        filled = [when for when, fields in boxes.items() if any(field.form.is_filled for field in fields)]
        return self.when.data or next(iter(filled), NOT_SURE if self.part.data or self.at.data else None)

    @property
    def _days(self) -> list[DateForm]:
        fields = {"exact": [self.exact], "between": [self.first, self.last]}.get(self._chosen or "", [])
        return [field.form for field in fields]

    @property
    def _time(self) -> time | None:
        return read_time(self.at.data or "", {hour for part in self.part.data or [] for hour in HOURS.get(part, ())})

    def answer(self) -> dict[str, Any] | None:
        kept: dict[str, Any] = {"when": self._chosen}
        days = [form.date.isoformat() for form in self._days if form.date]
        if self._chosen == "exact":
            kept["date"] = days[0]
        if self._chosen == "between":
            kept |= {"from": days[0], "to": days[1]}
        kept |= {"time": self._time.isoformat("minutes") if self._time else None, "part": self.part.data}
        return {name: value for name, value in kept.items() if value} or None


class When(QuestionType):
    code = "when"
    name = _l("A day and a time")
    template = "questions/when.html"
    form = WhenForm

    def words(self, question: Question, answer: Any) -> list[str]:
        """The day or days, then what is known of the hour."""
        match answer:
            case {"date": day}:
                lines = [_day(day)]
            case {"from": first, "to": last}:
                lines = [_("Between %(first)s and %(last)s", first=_day(first), last=_day(last))]
            case _:
                lines = [str(WHEN[answer["when"]])]
        if "time" in answer:
            lines.append(_("About %(time)s", time=answer["time"]))
        return [*lines, *(str(PARTS_OF_DAY[part]) for part in answer.get("part", ()))]


def _day(iso: str) -> str:
    return day_and_year(date.fromisoformat(iso))


def _in_boxes(day: str) -> dict[str, str]:
    year, month, number = (str(int(part)) for part in day.split("-"))
    return {"day": number, "month": month, "year": year}


def _day_in(box: DateForm) -> date | None:
    """The day that is written, unless it is in the future; else its boxes say what is wrong."""
    found = box.check(_("Write the day, the month and the year, or choose another answer."))
    if found is None or found <= today():
        return found
    box.refuse(_("Choose a day that is not in the future."), today())
    return None


class WhereForm(StepForm):
    """A name that is surely one place's is taken for it; another is asked about once, and its words are kept."""

    written_place = StringField(_l("Estate, town or village"), validators=[AtMost(MAX_LENGTH)])
    asked = HiddenField()
    near = RadioField(_l("Which place do you mean?"), validate_choice=False)
    place = SelectField(_l("Parish, town or estate"), validators=[Optional(strip_whitespace=False)])
    street = StringField(_l("Street or place"), validators=[AtMost(MAX_PLACE)])

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        first = {"": _("Choose from the list"), NOT_SURE: _("I am not sure"), OUTSIDE: _("Somewhere else")}
        self.place.choices = choices(first)
        for group, offered in _places().choices:
            self.place.choices += choices(dict(offered), group)
        self.found = _places().search.find(self.written_place.data or "")
        near = [place for code in self.found.near if (place := _places().find(code))]
        others = {
            OUTSIDE: _("Somewhere else"),
            NONE: pgettext("places", "None of these") if near else _("Keep what I wrote"),
        }
        self.near.choices = choices({place.code: place.name for place in near} | others)
        self.hints = {place.code: place.parish_name for place in near if place.parish_name != place.name}
        self.hints |= {OUTSIDE: _("Outside our area. We still take your report.")}
        if near:
            self.hints |= {NONE: _("We keep what you wrote.")}
        else:
            self.near.choices.reverse()
            self.near.label.text = _("We do not know this name. That is all right.")
        if not self.is_asking:
            # It was another name that was asked about. Of one that is known nowhere the words are what is kept.
            self.near.data = None if near else NONE

    @classmethod
    def as_typed(cls, kept: Mapping[str, Any]) -> dict[str, Any]:
        """A place stands in the box by its name, unless that name alone does not tell it."""
        place = _places().find(kept.get("place") or "")
        if place is None or _places().search.find(place.name).sure != place.code:
            return dict(kept)
        return {**kept, "place": "", "written_place": place.name}

    @property
    def is_asking(self) -> bool:
        return bool(self.asked.data) and self.asked.data == self.written_place.data

    @property
    def _is_open(self) -> bool:
        """A name is written that is not surely one place's, and none is chosen from the list."""
        return bool(self.written_place.data) and not self.place.data and self.found.sure is None

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if self._is_open and not self.is_asking:
            self.asked.data = self.written_place.data
            return False
        if self._is_open and self.near.data not in {code for code, *_more in self.near.iter_choices()}:
            self.near.errors = [_("Choose one of these, or “None of these”.")]
            return False
        if self._code in {self.found.sure, *self.found.near}:
            return True
        # Their words for it are kept where words are kept.
        if self.is_asking and self.near.data == OUTSIDE:
            self.place.data = self.place.data or OUTSIDE
        self.street.data = ", ".join(filter(None, [self.written_place.data, self.street.data]))
        self.written_place.data = ""
        return bool(self.street.validate(self))

    @property
    def _code(self) -> str | None:
        """A place from the list; but a name that is surely one place's comes before "not sure" and "somewhere else"."""
        named = self.found.sure if self.place.data in {None, "", NOT_SURE, OUTSIDE} else None
        return named or self.place.data or (self.near.data if self.is_asking else None)

    def answer(self) -> dict[str, Any] | None:
        kept = {"place": self._code, "street": self.street.data}
        return {name: value for name, value in kept.items() if value} or None


class Where(QuestionType):
    code = "where"
    name = _l("A place and a street")
    template = "questions/where.html"
    form = WhereForm

    def words(self, question: Question, answer: Any) -> list[str]:
        place, street = place_in_words(answer.get("place")), answer.get("street", "")
        return [_("%(street)s, %(place)s", street=street, place=place) if place and street else place or street]


def place_in_words(code: str | None) -> str:
    """A place's name; what a resident chose in its stead; the bare code of a place that was taken off the list."""
    if code in (None, "", NOT_SURE):
        return _("Not sure") if code else ""
    if code == OUTSIDE:
        return _("Somewhere else")
    place = current_partnership().places.find(code)
    return place.name if place else str(code)


def _places() -> Places:
    places: Places = current_partnership().places
    return places
