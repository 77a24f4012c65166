"""An event as it leaves the calendar: never with a place that is for those who ask, never with the link to an online room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from portal.events.feeds import Entry, OtherTime
from portal.events.labels import KINDS
from portal.events.listing import ShownEvent
from portal.events.recurrence import moments
from portal.events.services import places
from portal.events.times import local
from portal.text import unmarked


@dataclass(frozen=True)
class Where:
    """What anyone may be told of where it is; every part may be empty."""

    name: str
    address: str
    place: str
    """The parish or estate."""
    is_on_request: bool
    is_online: bool

    @property
    def in_one_line(self) -> str:
        if self.is_on_request and self.place:
            return _("%(place)s. Ask for the address.", place=self.place)
        if self.is_on_request:
            return _("Ask for the address.")
        return ", ".join(filter(None, (self.name, self.address))) or (_("Online") if self.is_online else self.place)


def where_is(shown: ShownEvent) -> Where:
    event = shown.event
    found = places().find(event.place_code) if event.place_code else None
    hidden = event.is_place_on_request
    return Where(
        name="" if hidden else event.venue,
        address="" if hidden else event.address,
        place=found.name if found else "",
        is_on_request=hidden,
        is_online=event.is_online,
    )


def kind_in_words(shown: ShownEvent) -> str:
    return str(KINDS[shown.event.kind]) if shown.event.kind else ""


def title_in_words(shown: ShownEvent, *, is_cancelled: bool) -> str:
    """Many calendars do not show that an event is cancelled unless its title says so."""
    title = shown.words.title
    return _("Cancelled: %(title)s", title=title) if is_cancelled else title


def entry_of(shown: ShownEvent, url: str) -> Entry:
    event = shown.event
    times, others, further = _by_rule(shown)
    return Entry(
        uid=str(event.id),
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        created_at=event.created_at,
        changed_at=event.changed_at,
        sequence=event.sequence,
        is_cancelled=shown.is_cancelled,
        title=title_in_words(shown, is_cancelled=shown.is_cancelled),
        # Many calendars show no other web address.
        text=f"{unmarked(shown.words.description)}\n\n{url}",
        html=shown.words.description,
        language=shown.words.language,
        location=where_is(shown).in_one_line,
        category=kind_in_words(shown),
        url=url,
        rule=event.rule,
        times=times,
        exceptions=others,
        further=further,
        cancelled_title=title_in_words(shown, is_cancelled=True) if others else "",
    )


def _by_rule(shown: ShownEvent) -> tuple[int, list[OtherTime], list[datetime]]:
    """How often its rule gives a day, which of these are otherwise, and what is on other days."""
    event = shown.event
    if not event.rule:
        return 1, [], []
    planned = {
        local(starts).date(): (starts, ends)
        for starts, ends in moments(event.rule, event.last_date, event.starts_at, event.ends_at)
    }
    others = [
        OtherTime(planned[one.planned_on][0], one.starts_at, one.ends_at, one.is_cancelled)
        for one in shown.occurrences
        if one.planned_on in planned and (one.is_cancelled or (one.starts_at, one.ends_at) != planned[one.planned_on])
    ]
    further = [one.starts_at for one in shown.occurrences if one.planned_on not in planned and not one.is_cancelled]
    return len(planned), others, further
