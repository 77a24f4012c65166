"""Closing a report as an officer does it, and the second look at it."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask
from werkzeug.test import TestResponse

from tests.support.people import Fields, Officer

SAID = "We spoke to the neighbours on Monday, and the noise has stopped."


def close_report(officer: Officer, at: str, fields: Fields | None = None, **more: object) -> TestResponse:
    """Fill in the closing page of the report at this address and send it."""
    officer.get(f"{at}/close")
    return officer.post(f"{at}/close", {"outcome": "spoke", "message": SAID, "language": "en"} | (fields or {}), **more)


def agree(supervisor: Officer, at: str, **more: object) -> TestResponse:
    """Take the second look at it and agree."""
    looks = at.replace("/reports/", "/second-looks/")
    supervisor.get(looks)
    return supervisor.post(looks, **more)


def set_rules(app: Flask, **rules: object) -> None:
    """What the partnership file says under [closing], in this app from now on."""
    partnership = app.extensions["partnership"]
    app.extensions["partnership"] = replace(partnership, closing=replace(partnership.closing, **rules))
