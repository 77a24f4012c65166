"""What calendar editors fill in; each mistake has a sentence, and what was typed stays."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import HiddenInput

from portal.db import today
from portal.events.facts import ACCESS, ANSWERS, NOT_KNOWN
from portal.events.models import AccessFact
from portal.events.recurrence import (
    LAST,
    days,
    is_last_of_its_month,
    monthly_by_day,
    monthly_by_weekday,
    nth_of,
    weekly,
    weeks_of,
)
from portal.events.services import Facts, Written
from portal.events.times import NotOnTheClock, TwiceOnTheClock, clock, local, moment
from portal.languages.i18n import SPOKEN, language_of, languages, name_for_staff
from portal.partnership.places import Places
from portal.text import one_line
from portal.web.dates import read_time
from portal.web.forms import AtMost, DateForm, Filled, Form, PlainForm, choices

MAX_TITLE, MAX_DESCRIPTION = 160, 4000
YEARS_AHEAD = 3
LONGEST = timedelta(days=31)
_WEB = re.compile(r"https?://[^\s<>\"/?#@]+\.[^\s<>\"/?#@]+([/?#][^\s<>\"]*)?", re.IGNORECASE)


AGAIN = {
    "": _l("No, it is once"),
    "1": _l("Every week"),
    "2": _l("Every 2 weeks"),
    "3": _l("Every 3 weeks"),
    "4": _l("Every 4 weeks"),
    "day": _l("Every month, on the same day, like the 15th"),
    "weekday": _l("Every month, on the same weekday, like the second Tuesday"),
    "last": _l("Every month, on the last such weekday, like the last Friday"),
}


class SeenField(IntegerField):
    """Which version an editor's page shows: it comes back unseen, and tells whether somebody else saved meanwhile."""

    widget = HiddenInput()

    def __init__(self, **named: Any) -> None:
        super().__init__(validators=[Optional(strip_whitespace=False)], **named)

    def show(self, version: int) -> None:
        """The page shows this one now, whatever came back."""
        self.data, self.raw_data = version, None


class AccessForm(PlainForm):
    """Yes, no or not known, for each access fact; filled in below."""


for _fact, _words in ACCESS.items():
    _offered = choices({NOT_KNOWN: ANSWERS[NOT_KNOWN]} | ANSWERS)
    setattr(
        AccessForm,
        _fact,
        SelectField(_words, choices=_offered, default=NOT_KNOWN, validators=[Optional(strip_whitespace=False)]),
    )


def _line(label: Any, limit: int, missing: Any = None) -> StringField:
    must = [Filled(missing)] if missing else []
    return StringField(label, filters=[one_line], validators=[*must, AtMost(limit)])


class WordsForm(Form):
    """A title and a description in one language."""

    title = _line(_l("Title"), MAX_TITLE, _l("Write a title."))
    description = TextAreaField(
        _l("Description"),
        validators=[Filled(_l("Write what will happen, in a few words.")), AtMost(MAX_DESCRIPTION)],
    )

    def written(self, language: str, by: str) -> Written:
        return Written(language=language, title=self.title.data, typed=self.description.data, by=by)


class EventForm(WordsForm):
    language = SelectField(_l("Which language do you write in?"))
    day = FormField(DateForm, _l("Day"))
    starts = StringField(_l("Starts at"))
    ends = StringField(_l("Ends at"))
    last_day = FormField(DateForm, _l("Last day, if it is a later one"))
    again = SelectField(
        _l("Does it come again?"), choices=choices(AGAIN), default="", validators=[Optional(strip_whitespace=False)]
    )
    until = FormField(DateForm, _l("Until which day?"))
    venue = _line(_l("Where? The name of the place"), 120, _l("Write where it is."))
    address = _line(_l("Street, and how to find it"), 200)
    place = SelectField(_l("Parish, town or estate"), validators=[Optional(strip_whitespace=False)])
    organiser = _line(_l("Who runs it?"), 120, _l("Write who runs it."))
    contact = _line(_l("Mail address or telephone for questions"), 200)
    web_address = _line(_l("Web address"), 400)
    cost = _line(_l("What does it cost?"), 120)
    languages = SelectMultipleField(
        _l("Languages spoken or interpreted there"), validators=[Optional(strip_whitespace=False)]
    )
    access = FormField(AccessForm, _l("Can I get in?"))
    checked = BooleanField(_l("I made sure of these facts today"))
    seen = SeenField()
    once = HiddenField()

    starts_at: datetime
    ends_at: datetime
    rule: str
    last_date: date | None

    def offer(self, places: Places, kept: str | None = None) -> None:
        """Put the languages and this partnership's places into the lists; `kept` is a place that is no longer offered."""
        self.language.choices = [(one.code, one.name) for one in languages()]
        self.languages.choices = [(code, name_for_staff(code)) for code in SPOKEN]
        self.place.choices = choices({"": _("Choose from the list")})
        for group, offered in places.choices:
            self.place.choices += choices(dict(offered), group)
        known = {choice.value for choice in self.place.choices}
        place = places.find(kept) if kept else None
        if kept and kept not in known:
            self.place.choices += choices({kept: place.name if place else kept})

    def validate_web_address(self, field: StringField) -> None:
        if field.data and not _WEB.fullmatch(field.data):
            raise ValidationError(_("Write a web address that begins with https://, like https://example.org."))

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        return self._when_holds() and is_valid

    def _when_holds(self) -> bool:
        """Whether both moments are on the calendar and on the clock, the second after the first."""
        day = self._day(self.day)
        last_day = self._day(self.last_day) if self.last_day.form.is_filled else day
        starts = self._time(self.starts, _("Write when it starts, like 18:30."))
        ends = self._time(self.ends, _("Write when it ends, like 20:00."))
        if day is None or last_day is None or starts is None or ends is None:
            return False
        starts_at, ends_at = self._moment(self.starts, day, starts), self._moment(self.ends, last_day, ends)
        if starts_at is None or ends_at is None:
            return False
        if ends_at <= starts_at:
            return self._mistake(
                self.ends, _("The end must come after the start. If it ends on a later day, write that day.")
            )
        if ends_at - starts_at > LONGEST:
            self.last_day.form.refuse(_("An event can last up to 31 days."), day)
            return False
        self.starts_at, self.ends_at = starts_at, ends_at
        return self._comes_again_rightly(day, ends_at - starts_at)

    def _comes_again_rightly(self, first: date, length: timedelta) -> bool:
        """Whether it is once, or comes again by a rule with an end, each time after the one before is over."""
        self.rule, self.last_date = "", None
        match self.again.data:
            case "" | None:
                return True
            case other if other not in AGAIN:
                return False  # the field itself says so
            case "day":
                self.rule = monthly_by_day(first)
            case "last" if not is_last_of_its_month(first):
                return self._mistake(self.again, _("The first day is not the last such weekday of its month."))
            case "weekday" | "last" as chosen:
                self.rule = monthly_by_weekday(first, last=chosen == "last")
            case weeks:
                self.rule = weekly(int(weeks))
        if length > timedelta(days=1):
            return self._mistake(self.again, _("An event that comes again can last up to one day each time."))
        until = self._day(self.until)
        if until is None:
            return False
        if len(days(self.rule, first, until)) < 2:
            return self._mistake(
                self.again, _("It comes only once until that day. Write a later day, or choose that it is once.")
            )
        self.last_date = until
        return True

    def _day(self, boxes: FormField) -> date | None:
        first, last = today().year - 1, today().year + YEARS_AHEAD
        found: date | None = boxes.form.check(_("Write the day, the month and the year."))
        if found is None or first <= found.year <= last:
            return found
        nearest = found.replace(year=min(max(found.year, first), last), day=1)
        boxes.form.refuse(_("Write a year from %(first)s to %(last)s.", first=str(first), last=str(last)), nearest)
        return None

    def _time(self, field: StringField, sentence: str) -> time | None:
        found = read_time(field.data or "")
        if found is None:
            self._mistake(field, sentence)
        return found

    def _moment(self, field: StringField, day: date, at: time) -> datetime | None:
        try:
            return moment(day, at)
        except NotOnTheClock:
            self._mistake(
                field, _("The clocks go forward in that night, so this hour does not exist. Write another time.")
            )
        except TwiceOnTheClock:
            self._mistake(field, _("The clocks go back in that night, so this hour comes twice. Write another time."))
        return None

    def _mistake(self, field: StringField, sentence: str) -> bool:
        field.errors = [*field.errors, sentence]
        return False

    def facts(self) -> Facts:
        return Facts(
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            venue=self.venue.data,
            address=self.address.data,
            place_code=self.place.data or None,
            organiser=self.organiser.data,
            contact=self.contact.data,
            web_address=self.web_address.data,
            cost=self.cost.data,
            languages=[code for code in SPOKEN if code in self.languages.data],
            access={fact: answer for fact, answer in self.access.data.items() if answer},
            rule=self.rule,
            last_date=self.last_date,
        )


def filled_in(event: Any, original: Any) -> dict[str, Any]:
    """An event as its form shows it."""
    starts, ends = local(event.starts_at), local(event.ends_at)
    kept = ("venue", "address", "organiser", "contact", "web_address", "cost", "languages")
    return {name: getattr(event, name) for name in kept} | {
        "language": original.language,
        "title": original.title,
        "description": original.typed,
        "day": _boxes(starts.date()),
        "starts": clock(starts),
        "ends": clock(ends),
        "last_day": _boxes(ends.date() if ends.date() != starts.date() else None),
        "again": _again(event.rule),
        "until": _boxes(event.last_date),
        "place": event.place_code or "",
        "access": {fact.value: event.access.get(fact, NOT_KNOWN) for fact in ACCESS},
        "seen": event.sequence,
    }


def _again(rule: str) -> str:
    """The choice that made this rule."""
    if not rule:
        return ""
    weeks, nth = weeks_of(rule), nth_of(rule)
    if weeks is not None:
        return str(weeks)
    return "day" if nth is None else "last" if nth == LAST else "weekday"


def _boxes(day: date | None) -> dict[str, str]:
    return {name: str(getattr(day, name)) if day else "" for name in ("day", "month", "year")}


def stored_otherwise(form: EventForm, stored: dict[str, Any], places: Places) -> list[tuple[str, str]]:
    """What is stored where something else is typed: (label, words)."""
    differing = [name for name in stored if name != "seen" and form[name].data != stored[name]]
    return [(form[name].label.text, _in_words(name, stored[name], places)) for name in differing]


def _in_words(name: str, value: Any, places: Places) -> str:
    match name, value:
        case "access", dict():
            return ", ".join(f"{ACCESS[AccessFact(fact)]}: {ANSWERS[answer]}" for fact, answer in value.items())
        case _, dict():
            return " ".join(filter(None, value.values())) or _("Nothing")
        case "languages", list():
            return ", ".join(map(name_for_staff, value)) or _("Nothing")
        case "again", str():
            return str(AGAIN[value])
        case "language", str():
            return language_of(value).name
        case "place", str() if place := places.find(value):
            return place.name
    return str(value) or _("Nothing")


class TranslationForm(WordsForm):
    """The words in another language, and of which version of the original."""

    original = SeenField()
    before = SeenField()


class SeenForm(Form):
    """A button of one event's page: what the page showed."""

    seen = SeenField()
