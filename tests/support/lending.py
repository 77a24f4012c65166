"""A tablet that a survey manager lends for a wave, and the people who answer on it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from flask import Flask

from portal.db import session, transaction, utcnow
from portal.surveys import kiosks
from portal.surveys.models import SurveyResponse
from portal.surveys.waves import lock_running_wave
from tests.support.people import Officer, Resident
from tests.support.surveying import answer_pages

PIN = "4711"


def lend(manager: Officer, wave_id: uuid.UUID, spoken: Sequence[str] = ("en", "ur")) -> Resident:
    """Start the survey on the manager's tablet; whoever holds it then is a resident with the same browser."""
    path = f"/staff/waves/{wave_id}/tablets"
    manager.get(path)
    manager.post(path, spoken=list(spoken), hours="4", pin=PIN)
    tablet = Resident(manager.client)
    tablet.path, tablet.response = path, manager.response
    tablet.follow()
    return tablet


def lend_now(app: Flask, wave_id: uuid.UUID, spoken: Sequence[str] = ("en", "ur"), hours: float = 4) -> str:
    """As `lend`, without a manager; gives the token of the tablet's cookie."""
    with app.app_context(), transaction() as db:
        wave = lock_running_wave(db, wave_id)
        return kiosks.start_kiosk(db, wave, utcnow() + timedelta(hours=hours), list(spoken), PIN)


def answer_on(tablet: Resident, prefix: str = "") -> None:
    """One person, from the first page to the thanks."""
    tablet.get("/kiosk")
    tablet.get(f"{prefix}/kiosk/about")
    tablet.post(f"{prefix}/kiosk/about")
    tablet.follow()
    answer_pages(tablet)
    tablet.post(tablet.path)
    tablet.follow()


def responses(app: Flask) -> list[SurveyResponse]:
    with app.app_context():
        return list(session.query(SurveyResponse).order_by(SurveyResponse.id))
