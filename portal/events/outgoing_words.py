"""An event as it leaves the calendar: never with a place that is for those who ask, never with the link to an online room."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from portal.events.labels import KINDS
from portal.events.listing import ShownEvent
from portal.events.models import Occurrence
from portal.events.services import places


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


def where_is(shown: ShownEvent, one: Occurrence | None = None) -> Where:
    """Of one date, which may be elsewhere, or of all that have no place of their own."""
    event = shown.event
    found = places().find(event.place_code) if event.place_code else None
    hidden = event.is_place_on_request
    name, address = shown.place_of(one)
    return Where(
        name="" if hidden else name,
        address=address,
        place=(found.parish_name if hidden else found.name) if found else "",
        is_on_request=hidden,
        is_online=event.is_online,
    )


def kind_in_words(shown: ShownEvent) -> str:
    return str(KINDS[shown.event.kind]) if shown.event.kind else ""


def title_in_words(shown: ShownEvent, *, is_cancelled: bool) -> str:
    """Many calendars do not show that an event is cancelled unless its title says so."""
    title = shown.words.title
    return _("Cancelled: %(title)s", title=title) if is_cancelled else title
