"""Where the public pages of the calendar are, and their addresses as others are given them."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, request, url_for

from portal.config import settings
from portal.events import listing
from portal.events.entries import Address
from portal.events.filters import query_of, wanted_from
from portal.events.listing import ShownEvent
from portal.web.caching import true_until

blueprint = Blueprint("events", __name__)


@blueprint.before_request
def true_until_something_ends() -> None:
    """For the pages that are made: what is over leaves the lists, and its own page says so."""
    if (ends_at := listing.next_end()) is not None:
        true_until(ends_at)


def used_filters() -> str:
    """What the address looks for, in one spelling."""
    return urlsplit(url_for("events.feed", **query_of(wanted_from(request.args)))).query


def public_address(endpoint: str, **values: Any) -> str:
    """As residents open it: what a request claims to be asked at is not written into what others are given."""
    return f"{settings().public_url}{url_for(endpoint, **values)}"


def page_of(shown: ShownEvent) -> str:
    """The address of an event, or of the one date that is looked at by itself."""
    return address_of(shown.event.id)(shown.one.planned_on if shown.one else None)


def picture_of(shown: ShownEvent) -> str | None:
    """The address of an event's picture, where it has one."""
    if shown.picture is None:
        return None
    return public_address("event_pictures.picture", event_id=shown.event.id, picture_id=shown.picture.id)


def address_of(event_id: uuid.UUID) -> Address:
    """The addresses of an event and of its dates."""

    def address(day: date | None) -> str:
        if day is None:
            return public_address("events.event", event_id=event_id)
        return public_address("event_dates.date", event_id=event_id, day=day)

    return address
