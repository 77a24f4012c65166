"""A year of invented counts of places that feel unsafe."""

from __future__ import annotations

import random
from datetime import timedelta

from sqlalchemy.orm import Session

from portal.db import today, upsert
from portal.reporting.count_models import UnsafePlaceCount
from portal.reporting.questions.unsafe_places import UNSAFE_PLACE_QUESTIONS
from portal.reporting.unsafe_places import TOLD

MONTHS = 12
# By place, how often in a month somebody might tell of it, and of each answer how likely that somebody ticks it.
TOLD_A_MONTH = {"e-fishermead": 5, "e-netherfield": 4, "e-conniburrow": 3, "e-fullers-slade": 1, "e-greenleys": 1}
LIKELY = {
    "dark": 0.8, "day": 0.3, "underpass": 0.5, "path": 0.4, "car_park": 0.2, "light": 0.7, "nobody": 0.5, "groups": 0.3,
    "hidden": 0.3,
}  # fmt: skip
RARELY = 0.08


def add_unsafe_places(db: Session) -> None:
    rng = random.Random("unsafe places")  # noqa: S311 (invented figures, the same each time)
    month = today().replace(day=1)
    for _month in range(MONTHS):
        month = (month - timedelta(days=1)).replace(day=1)
        for place, often in TOLD_A_MONTH.items():
            for _telling in range(rng.randint(often - 1, often + 2)):
                ticked = [
                    (question.code, code)
                    for question in UNSAFE_PLACE_QUESTIONS
                    for code in question.texts
                    if rng.random() < LIKELY.get(code, RARELY)
                ]
                for question, answer in [(TOLD, TOLD), *ticked]:
                    key = {"month": month, "place": place, "question": question, "answer": answer}
                    upsert(db, UnsafePlaceCount, key, {"times": 1, "set_aside": 0}, add={"times": 1})
