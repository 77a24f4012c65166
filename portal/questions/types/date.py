"""A day of the calendar, or a month, in the boxes that people fill in on paper: digits of any script, months in words too."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import Any

from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FormField

from portal.db import today
from portal.languages.i18n import current_language, day_and_year, formatting_locale
from portal.languages.words import in_words
from portal.partnership.toml_records import Wrong
from portal.questions.question import Question
from portal.questions.types import QuestionType
from portal.web.forms import DateForm

MONTH = "month"
_BOUND = re.compile(r"today(?:(?P<days>[+-]\d{1,5}))?|(?P<day>\d{4}-\d\d-\d\d)", re.ASCII)
_ANSWER = {"": re.compile(r"\d{4}-\d\d-\d\d", re.ASCII), MONTH: re.compile(r"\d{4}-\d\d", re.ASCII)}
# Days by which an answer that was right when it was given may be out once it is sent: midnight has passed.
_SLACK = {"": 1, MONTH: 31}


class Date(QuestionType):
    code = "date"
    name = _l("A date")
    template = "questions/date.html"
    takes = frozenset({"grain", "earliest", "latest"})
    packed = "date"

    def field(self, question: Question) -> Any:
        return DateField(question)

    def typed(self, answer: Any) -> Any:
        """The digits of each box."""
        parts = [str(int(part)) for part in answer.split("-")] if answer else []
        return dict(zip(("year", "month", "day"), parts, strict=False))

    def accepts(self, question: Question, codes: Sequence[str], answer: Any) -> bool:
        if not isinstance(answer, str) or not _ANSWER[question.grain].fullmatch(answer):
            return False
        try:
            day = datetime.date.fromisoformat(answer if question.grain == "" else f"{answer}-01")
        except ValueError:
            return False
        first, last = bounds(question)
        slack = _SLACK[question.grain]
        return (first is None or (first - day).days <= slack) and (last is None or (day - last).days <= slack)

    def words(self, question: Question, answer: Any) -> list[str]:
        if _ANSWER[MONTH].fullmatch(answer):
            return [_in_words(datetime.date.fromisoformat(f"{answer}-01"), MONTH)]
        return [_in_words(datetime.date.fromisoformat(answer), "")]

    def check(self, question: Any, at: str) -> None:
        super().check(question, at)
        if question.grain not in _ANSWER:
            raise Wrong(f"{at}.grain must be month, or left out to ask for a day")
        for name in ("earliest", "latest"):
            bound = getattr(question, name)
            try:
                if bound:
                    _day_of(bound)
            except ValueError:
                raise Wrong(
                    f'{at}.{name} must be a day like "2026-11-30", or "today", "today-30" or "today+30", in days'
                ) from None
        first, last = bounds(question)
        if first and last and first > last:
            raise Wrong(f"{at}.latest comes before earliest; change one of the two")


def bounds(question: Question) -> tuple[datetime.date | None, datetime.date | None]:
    """The first and the last day that may be answered today; of a month its first day."""
    found = [_day_of(bound) if bound else None for bound in (question.earliest, question.latest)]
    if question.grain == MONTH:
        found = [day.replace(day=1) if day else None for day in found]
    return found[0], found[1]


def as_of(bound: str, now: datetime.date) -> str:
    """The bound as a day, where it counts from today and today is `now`; empty where there is none."""
    return _day_of(bound, now).isoformat() if bound else ""


def _day_of(bound: str, now: datetime.date | None = None) -> datetime.date:
    """Raises ValueError."""
    parts = _BOUND.fullmatch(bound)
    if parts is None:
        raise ValueError(bound)
    if parts["day"]:
        return datetime.date.fromisoformat(parts["day"])
    return (now or today()) + datetime.timedelta(days=int(parts["days"] or 0))


def _in_words(day: datetime.date, grain: str) -> str:
    if grain == MONTH:
        return str(format_date(day, "LLLL y", locale=formatting_locale(current_language().locale)))
    return day_and_year(day)


class MonthForm(DateForm):
    """The boxes without the day's."""

    day = None

    @property
    def _day(self) -> int:
        return 1


class DateField(FormField):
    """`data`: the date as 2026-11-30 or 2026-11; None where nothing is written, or no date."""

    def __init__(self, question: Question, **named: Any) -> None:
        super().__init__(MonthForm if question.grain == MONTH else DateForm, in_words(question.text), **named)
        self.question = question

    @property
    def data(self) -> str | None:
        day = self.form.date
        return None if day is None else day.isoformat()[: 7 if self.question.grain == MONTH else 10]

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        is_valid = super().validate(form, extra_validators)
        if not is_valid or not self.form.is_filled:
            return is_valid
        day = self.form.check("")
        if day is None:
            return False
        first, last = bounds(self.question)
        if last and day > last:
            self.form.refuse(self._too_late(last), last)
        elif first and day < first:
            self.form.refuse(self._too_early(first), first)
        return not self.form.errors

    def _too_late(self, last: datetime.date) -> str:
        is_month = self.question.grain == MONTH
        if last == (today().replace(day=1) if is_month else today()):
            return (
                _("Choose a month that is not in the future.")
                if is_month
                else _("Choose a day that is not in the future.")
            )
        return _("Write a date that is not after %(day)s.", day=_in_words(last, self.question.grain))

    def _too_early(self, first: datetime.date) -> str:
        return _("Write a date that is not before %(day)s.", day=_in_words(first, self.question.grain))
