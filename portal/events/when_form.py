"""When an event is, as people fill it in: days on the calendar, times on the clock, and how it comes again."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, FormField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Optional

from portal.db import today
from portal.events.recurrence import (
    LAST,
    MAX_OCCURRENCES,
    TooMany,
    days,
    is_last_of_its_month,
    last_of,
    monthly_by_day,
    monthly_by_weekday,
    nth_of,
    weekdays_of,
    weekly,
    weeks_of,
)
from portal.events.times import NotOnTheClock, TwiceOnTheClock, clock, local, moment
from portal.web.dates import read_time
from portal.web.forms import DateForm, Form, choices

YEARS_AHEAD = 3
LONGEST = timedelta(days=31)
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


EVERY_MONTH = ("day", "weekday", "last")
DAY_NAMES = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)
# More digits than any count that is allowed, and few enough to be read as a number at once.
LONGEST_NUMBER = 9


class TimesForm(Form):
    """The day and the times of one date."""

    day = FormField(DateForm, _l("Day"))
    starts = StringField(_l("Starts at"))
    ends = StringField(_l("Ends at"))
    last_day = FormField(DateForm, _l("Last day, if it is a later one"))

    starts_at: datetime
    ends_at: datetime

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
        return True

    def _day(self, boxes: FormField) -> date | None:
        first, last = today().year - 1, today().year + YEARS_AHEAD
        found: date | None = boxes.form.check(_("Write the day, the month and the year."))
        # A series that began long ago can still be changed.
        stored = [boxes.form[name].object_data for name in ("year", "month", "day")]
        if (
            found is None
            or first <= found.year <= last
            or stored == [str(found.year), str(found.month), str(found.day)]
        ):
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

    def _mistake(self, field: Field, sentence: str) -> bool:
        field.errors = [*field.errors, sentence]
        return False


class WhenForm(TimesForm):
    """When an event is, and how it comes again."""

    again = SelectField(
        _l("Does it come again?"), choices=choices(AGAIN), default="", validators=[Optional(strip_whitespace=False)]
    )
    weekdays = SelectMultipleField(
        _l("On several days of the week?"),
        choices=choices({str(number): name for number, name in enumerate(DAY_NAMES)}),
    )
    until = FormField(DateForm, _l("Until which day?"))
    times = StringField(_l("Or how many times?"))

    rule: str
    last_date: date | None
    how_many: int | None

    def _when_holds(self) -> bool:
        return super()._when_holds() and self._comes_again_rightly()

    def _comes_again_rightly(self) -> bool:
        """Whether it is once, or comes again by a rule with an end, each time after the one before is over."""
        self.rule, self.last_date, self.how_many = "", None, None
        if not self.again.data:
            return True
        if self.again.data not in AGAIN or self.weekdays.errors:
            return False  # the field itself says so
        first = local(self.starts_at).date()
        rule = self._rule(first)
        if rule is None:
            return False
        if self.ends_at - self.starts_at > timedelta(days=1):
            return self._mistake(self.again, _("An event that comes again can last up to one day each time."))
        self.rule = rule
        return self._ends_rightly(first)

    def _rule(self, first: date) -> str | None:
        weekdays = sorted({int(one) for one in self.weekdays.data or []})
        if self.again.data in EVERY_MONTH:
            if weekdays:
                self._mistake(self.weekdays, _("Days of the week are for an event that comes every week."))
                return None
            if self.again.data == "day":
                return monthly_by_day(first)
            if self.again.data == "last" and not is_last_of_its_month(first):
                self._mistake(self.again, _("The first day is not the last such weekday of its month."))
                return None
            return monthly_by_weekday(first, last=self.again.data == "last")
        if weekdays and first.weekday() not in weekdays:
            self._mistake(
                self.weekdays,
                _("The first day is a different day of the week. Choose that one too, or change the day."),
            )
            return None
        return weekly(int(self.again.data), weekdays if len(weekdays) > 1 else ())

    def _ends_rightly(self, first: date) -> bool:
        """Whether the rule has one end, and makes more than one date but no more than an event may have."""
        if self.times.data and self.until.form.is_filled:
            return self._mistake(self.times, _("Write the last day or how many times, not both."))
        try:
            return self._ends_by_count(first) if self.times.data else self._ends_by_day(first)
        except TooMany:
            return self._mistake(
                self.times if self.times.data else self.again,
                _("That is too many dates. An event can have up to %(most)s.", most=str(MAX_OCCURRENCES)),
            )

    def _ends_by_day(self, first: date) -> bool:
        until = self._day(self.until)
        if until is None:
            return False
        if len(days(self.rule, first, until)) < 2:
            return self._mistake(
                self.again, _("It comes only once until that day. Write a later day, or choose that it is once.")
            )
        self.last_date = until
        return True

    def _ends_by_count(self, first: date) -> bool:
        typed = self.times.data
        if len(typed) > LONGEST_NUMBER or not typed.isdecimal() or int(typed) < 2:
            return self._mistake(self.times, _("Write how many times as a number, like 10. It must be 2 or more."))
        last = last_of(self.rule, first, int(typed))
        if last.year > today().year + YEARS_AHEAD:
            return self._mistake(
                self.times,
                _(
                    "The last time would be in %(year)s. It can be in %(last)s at the latest.",
                    year=str(last.year),
                    last=str(today().year + YEARS_AHEAD),
                ),
            )
        self.last_date, self.how_many = last, int(typed)
        return True


def when_filled_in(event: Any) -> dict[str, Any]:
    """When an event is, as its form shows it."""
    return times_filled_in(event) | {
        "again": _again(event.rule),
        "weekdays": [str(one) for one in weekdays_of(event.rule)],
        "until": _boxes(None if event.times else event.last_date),
        "times": str(event.times) if event.times else "",
    }


def times_filled_in(one: Any) -> dict[str, Any]:
    """When an event, or one date of it, is."""
    starts, ends = local(one.starts_at), local(one.ends_at)
    return {
        "day": _boxes(starts.date()),
        "starts": clock(starts),
        "ends": clock(ends),
        "last_day": _boxes(ends.date() if ends.date() != starts.date() else None),
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
