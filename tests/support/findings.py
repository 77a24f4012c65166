"""What people said and what came of it, as a survey manager types it, and the way to have it on the public page."""

from __future__ import annotations

from datetime import date, timedelta

from portal.db import today
from tests.support.people import Fields, Officer

SAID = "The redway behind the shops is too dark."
WILL_DO = "We will put up ten new lights."
CHANGED = "Nine in ten lamps work now."


def days_ago(days: int) -> date:
    return today() - timedelta(days=days)


def planned(**changed: object) -> Fields:
    """A plan for thirty days from now."""
    fields: Fields = {
        "language": "en",
        "said": SAID,
        "source": "survey",
        "found_on": days_ago(60).isoformat(),
        "priority": "C1",
        "figure": "",
        "action": "planned",
        "did": WILL_DO,
        "due_on": days_ago(-30).isoformat(),
        "outcome": "",
        "answered_on": "",
        "owner": "Highways team",
    }
    return fields | changed


def done(**changed: object) -> Fields:
    """Something that came of it three days ago."""
    usual = planned(action="done", outcome=CHANGED, answered_on=days_ago(3).isoformat())
    return usual | changed


def no_action(**changed: object) -> Fields:
    """Something that nothing is done about, decided three days ago."""
    usual = planned(action="no_action", did="", due_on="", outcome="The road is not ours.")
    return usual | {"answered_on": days_ago(3).isoformat()} | changed


def add_finding(manager: Officer, fields: Fields | None = None) -> str:
    """A draft; gives its id."""
    manager.get("/staff/you-said/new")
    manager.post("/staff/you-said/new", fields or planned())
    manager.follow()
    return manager.path.rsplit("/", 1)[1]


def publish_finding(manager: Officer, finding_id: str) -> str:
    manager.get(f"/staff/you-said/{finding_id}")
    manager.post(f"/staff/you-said/{finding_id}/publish")
    manager.follow()
    return finding_id


def say(manager: Officer, fields: Fields | None = None) -> str:
    """On the public page; gives its id."""
    return publish_finding(manager, add_finding(manager, fields))


def change(manager: Officer, finding_id: str, fields: Fields) -> None:
    manager.get(f"/staff/you-said/{finding_id}/change")
    manager.post(f"/staff/you-said/{finding_id}/change", fields)
    manager.follow()


def translate(manager: Officer, finding_id: str, language: str, **texts: str) -> None:
    manager.get(f"/staff/you-said/{finding_id}/words/{language}")
    manager.post(f"/staff/you-said/{finding_id}/words/{language}", dict(texts))
    manager.follow()


def take_back(manager: Officer, finding_id: str, reason: str = "It named a street wrongly.") -> None:
    manager.get(f"/staff/you-said/{finding_id}/withdraw")
    manager.post(f"/staff/you-said/{finding_id}/withdraw", reason=reason)
    manager.follow()
