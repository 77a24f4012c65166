"""What editors fill in when they plan: the dates that an organiser announced, and the beginnings of an event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FormField

from portal.partnership.awareness import Span, current_awareness
from portal.staff.seen import SeenField
from portal.web.forms import DateForm, Form

LONGEST = timedelta(days=62)


class AwarenessDatesForm(Form):
    first = FormField(DateForm, _l("First day"))
    last = FormField(DateForm, _l("Last day, if it is a later one"))
    seen = SeenField()

    span: Span

    def is_right_for(self, year: int) -> bool:
        """Whether it is a first day in this year and a last day that is not before it; `span` then holds both."""
        first = self.first.form.check(_("Write the day, the month and the year."))
        last = self.last.form.check("") if self.last.form.is_filled else first
        if first is None or last is None:
            return False
        if first.year != year:
            self.first.form.refuse(_("Write a day in %(year)s.", year=str(year)), first.replace(year=year, day=1))
            return False
        if not first <= last <= first + LONGEST:
            self.last.form.refuse(_("The last day must come after the first, and at most 2 months later."), first)
            return False
        self.span = first, last
        return True


def boxes(day: date | None) -> dict[str, str]:
    return {name: str(getattr(day, name)) if day else "" for name in ("day", "month", "year")}


def begun_with(given: Mapping[str, str]) -> dict[str, Any]:
    """What a new event's form begins with, where its address names an awareness day or a day; nonsense is left out."""
    found = current_awareness().find(given.get("awareness", ""))
    begun: dict[str, Any] = {"awareness": [found.code], "priorities": list(found.priorities)} if found else {}
    try:
        day = date.fromisoformat(given.get("day", ""))
    except ValueError:
        return begun
    return begun | {"day": boxes(day)}
