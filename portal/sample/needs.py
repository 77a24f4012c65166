"""Invented requests for help at the first event that is weeks ahead: two wait for an editor, one is answered."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from portal.db import random_id, session, transaction, utcnow
from portal.events.help_answers import answer_request
from portal.events.help_models import HelpRequest, Need, Outcome
from portal.events.help_requests import Asked, ask_for_help
from portal.events.models import Event, EventState, Occurrence
from portal.sample.told import MARK

AHEAD = timedelta(days=14)
ASKED = (
    Asked((Need.STEP_FREE,), "", f"{MARK} I come with a walking frame.", "en"),
    Asked((Need.INTERPRETER,), "pl", "", "pl"),
    Asked((Need.INTERPRETER, Need.QUIET_SPACE), "pl", "", "pl"),
)


def add_needs() -> None:
    one = session.scalars(
        select(Occurrence)
        .join(Event)
        .where(Event.state == EventState.PUBLISHED, ~Occurrence.is_cancelled, Occurrence.starts_at > utcnow() + AHEAD)
        .order_by(Occurrence.starts_at)
        .limit(1)
    ).one()
    for asked in ASKED:
        ask_for_help(random_id(), one.event_id, one.planned_on, asked, held=False)
        if Need.STEP_FREE in asked.needs:
            with transaction() as db:
                request_id = db.scalars(select(HelpRequest.id)).one()
                answer = f"{MARK} Yes: the hall is level, and there is a seat by the door."
                answer_request(db, request_id, 1, answer, {Need.STEP_FREE: Outcome.MET})
