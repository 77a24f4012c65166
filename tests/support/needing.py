"""Somebody asks for an interpreter or other help at an event, and the way back to what they asked."""

from __future__ import annotations

import re

from tests.support.people import Fields, Officer, Resident

NOTE = "I use a red wheelchair named Bess."


def asked(**changed: object) -> Fields:
    """As somebody fills it in who reads the page's own date."""
    fields: Fields = {"needs": ["step_free"], "language": "", "note": NOTE}
    return fields | changed


def asks(person: Resident, event_id: str, day: str = "", prefix: str = "", **changed: object) -> str:
    """Gives the number."""
    path = f"{prefix}/events/ask/{event_id}"
    person.get(path)
    chosen = day or re.findall(r'<option value="(\d{4}-\d\d-\d\d)"', person.page)[0]
    person.post(path, asked(day=chosen, **changed))
    assert person.response is not None
    assert person.response.status_code == 200
    number = number_on(person)
    assert number, person.text
    return number


def number_on(person: Resident) -> str:
    return "".join(re.findall(r"<span>(\d{4})</span>", person.page))


def comes_back(person: Resident, code: str) -> None:
    person.get("/events/ask/back")
    person.post("/events/ask/back", code=" ".join(code[i : i + 4] for i in range(0, 16, 4)))
    person.follow()


def newest(editor: Officer, view: str = "waiting") -> str:
    """Opens the first request of a list; gives its address."""
    editor.get(f"/staff/events/help?view={view}")
    found = re.search(r"/staff/events/help/[0-9a-f-]{36}", editor.page)
    assert found, editor.text
    editor.get(found[0])
    return found[0]


def does(editor: Officer, path: str, act: str, **fields: object) -> None:
    editor.get(path)
    editor.post(f"{path}/{act}", **fields)
    assert editor.response is not None
    if editor.response.status_code == 303:
        editor.follow()
