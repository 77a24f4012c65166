"""The calendar: what is on, one page for each event, and the feed for people's own calendars."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("events", __name__)
