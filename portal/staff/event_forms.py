"""What calendar editors fill in beside an event's facts, and the words in another language."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField

from portal.db import today
from portal.events.afterwards_form import ToldForm
from portal.events.facts_form import FactsForm, WordsForm
from portal.events.one_date import Moved
from portal.events.times import local
from portal.events.when_form import TimesForm
from portal.staff.seen import SeenField
from portal.text import one_line
from portal.web.forms import AtMost

CANCELLED_MEANWHILE = _l("This event is cancelled, so it cannot be changed any more.")


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


class AfterwardsForm(ToldForm):
    is_public = BooleanField(_l("Everyone may read this"))


class TranslationForm(WordsForm):
    """The words in another language, and of which version of the original."""

    original = SeenField()
    before = SeenField()


class MoveForm(TimesForm):
    """When one date is, and where if it is elsewhere than its event."""

    venue = StringField(_l("Place"), filters=[one_line], validators=[AtMost(120)])
    address = StringField(_l("Address"), filters=[one_line], validators=[AtMost(200)])
    seen = SeenField()

    def _when_holds(self) -> bool:
        has_place = bool(self.venue.data) or not self.address.data
        if not has_place:
            self._mistake(self.venue, _("Write the place that this address belongs to."))
        return super()._when_holds() and has_place

    def moved(self) -> Moved:
        return Moved(
            starts_at=self.starts_at, ends_at=self.ends_at, venue=self.venue.data or "", address=self.address.data or ""
        )
