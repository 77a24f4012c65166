"""What calendar editors fill in beside an event's facts, and the words in another language."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField

from portal.db import today
from portal.events.facts_form import FactsForm, WordsForm
from portal.events.times import local
from portal.staff.seen import SeenField


class EventForm(FactsForm):
    checked = BooleanField(_l("I made sure of these facts today"))
    seen = SeenField()
    once = HiddenField()
    past = HiddenField()
    """The day in the past of which the page has told."""

    asks_first = False
    """Whether the page tells of such a day now."""

    def is_sure_of_day(self, stored: datetime | None = None) -> bool:
        """False once for each day in the past, unless the event is stored so: most are slips of the year or the month."""
        day = local(self.starts_at).date()
        if day >= today() or self.starts_at == stored or self.past.data == day.isoformat():
            return True
        self.past.data, self.asks_first = day.isoformat(), True
        return False


class TranslationForm(WordsForm):
    """The words in another language, and of which version of the original."""

    original = SeenField()
    before = SeenField()
