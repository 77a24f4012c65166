"""Under what addresses the calendar stands, and how it is said to those who are elsewhere."""

from __future__ import annotations

from flask import Blueprint

from portal.config import settings

blueprint = Blueprint("events", __name__)


def public_address(path: str) -> str:
    """As residents open it: what a request claims to be asked at is not written into what others are given."""
    return f"{settings().public_url}{path}"
