"""What came of the demonstration's past events: invented counts, and a sentence of some; the newest are yet to be counted."""

from __future__ import annotations

import random

from sqlalchemy import select

from portal.db import session, transaction
from portal.events.afterwards import Stand, Told, record, stand_of
from portal.events.models import Event, Occurrence
from portal.events.occurrences import occurrences_of

UNCOUNTED = 3
SENTENCES = (
    ("en", "Two neighbours who met here now walk together every week."),
    ("en", "People asked for better lights on the redway. We passed it on."),
    ("pl", "Kilka osób zapisało się na bezpłatne lekcje angielskiego."),
    ("ur", "کئی لوگوں نے پہلی بار کونسل کے عملے سے بات کی۔"),
)


def add_afterwards() -> None:
    """Of every date that was held but the newest: how many came, and of one in four a sentence that everyone reads."""
    rng = random.Random(2026)  # noqa: S311 (the same counts each time)
    with transaction() as db:
        newest_first = select(Event, Occurrence).join(Occurrence).order_by(Occurrence.starts_at.desc(), Event.id)
        rows = [(event, one) for event, one in session.execute(newest_first)]
        there = occurrences_of({event.id for event, _one in rows})
        held = [(event, one) for event, one in rows if stand_of(event, there[event.id], one) is Stand.HELD]
        for number, (event, one) in enumerate(held[UNCOUNTED:]):
            language, text = SENTENCES[number // 4 % len(SENTENCES)] if number % 4 == 0 else ("", "")
            told = Told(came=rng.randint(8, 60), is_about=rng.random() < 1 / 3, text=text, language=language)
            record(db, event.id, one.planned_on, 0, told, is_public=True)
