"""Somebody asks for a case review, page by page."""

from __future__ import annotations

import re
from datetime import date, timedelta

from flask import Flask
from sqlalchemy import select

from portal.case_review.models import CaseReview
from portal.db import session, today
from tests.support.people import Fields, Officer, Resident

STORY = "Bins are set on fire below my window each week."
NOT_DONE = "Nobody came. Nobody wrote to me."
NAME = "Halina Nowak-Ahmed"
DISCRETION: Fields = {
    "written_persistence": "Each week since June.",
    "written_harm": "She cannot sleep.",
    "written_response": "No visit by anybody.",
}


def days_of(name: str, day: date) -> Fields:
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


def complaints(*ago: int, **more: object) -> Fields:
    """Told to the police so many days ago, each a day after it happened."""
    fields: Fields = {}
    for number, days in enumerate(ago, 1):
        fields |= days_of(f"happened_{number}", today() - timedelta(days=days + 1))
        fields |= days_of(f"told_on_{number}", today() - timedelta(days=days))
        fields |= {f"told_{number}": "police", f"kind_{number}": "asb"}
    return fields | more


def fills_in(person: Resident, *ago: int, prefix: str = "", who: Fields | None = None) -> None:
    """Up to the page on which receipts are shown."""
    base = f"{prefix}/case-review/apply"
    person.get(base)
    token = person.token
    person.post(base)
    person.post(f"{base}/1", token | (who or {"for_whom": "me"}))
    contact: Fields = {"name": NAME, "phone": "07700 900777", "needs": ["interpreter"], "safe": "Only in the morning."}
    person.post(f"{base}/2", token | contact)
    person.post(f"{base}/3", token | {"happened": STORY, "not_done": NOT_DONE})
    answer = person.post(f"{base}/4", token | complaints(*(ago or (5, 20, 40))))
    assert answer.location == f"{base}/5", person.text
    person.follow()


def shows(person: Resident, digits: str, **more: object) -> None:
    person.get("/case-review/apply/5")
    person.post("/case-review/apply/5", receipt=digits, agree="y", **more)
    if person.response is not None and person.response.status_code == 303:
        person.follow()


def sends(person: Resident, prefix: str = "") -> str:
    """Agree, send, and read the number."""
    person.get(f"{prefix}/case-review/apply/check")
    person.post(f"{prefix}/case-review/apply/check", agree="y")
    person.follow()
    found = re.search(r"\d{4} \d{4} \d{4} \d{4}", person.text)
    assert found, person.text
    return found[0]


def applies(person: Resident, *ago: int, prefix: str = "") -> str:
    fills_in(person, *ago, prefix=prefix)
    return sends(person, prefix)


def opens(person: Resident, number: str) -> None:
    person.get("/case-review/back")
    person.post("/case-review/back", code=number)
    person.follow()


def page_of_review(app: Flask) -> str:
    """The staff's page of the one review that there is."""
    with app.app_context():
        return f"/staff/case-reviews/{session.scalars(select(CaseReview.id)).one()}"


def decides(person: Officer, page: str, verdict: str, reasons: str, act: str = "decide", **more: object) -> None:
    person.get(page)
    given = {"verdict": verdict, "written_reasons": reasons, "language": "en"} | DISCRETION | more
    if person.post(f"{page}/{act}", given).status_code == 303:
        person.follow()
