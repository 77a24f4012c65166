"""Where the public pages of the calendar are, and their addresses as others are given them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, request, url_for

from portal.config import settings
from portal.events.filters import query_of, wanted_from
from portal.events.listing import ShownEvent

blueprint = Blueprint("events", __name__)


def used_filters() -> str:
    """What the address looks for, in one spelling."""
    return urlsplit(url_for("events.feed", **query_of(wanted_from(request.args)))).query


def public_address(endpoint: str, **values: Any) -> str:
    """As residents open it: what a request claims to be asked at is not written into what others are given."""
    return f"{settings().public_url}{url_for(endpoint, **values)}"


def page_of(shown: ShownEvent) -> str:
    return public_address("events.event", event_id=shown.event.id)
