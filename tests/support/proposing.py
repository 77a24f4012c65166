"""An event as a group without an account tells us about it, and the way back to it."""

from __future__ import annotations

import re

from tests.support.announcing import typed
from tests.support.people import Fields, Resident

TITLE, GROUP = "Kite making in the park", "Wolverton Kite Friends"


def kites(days: int = 5, **changed: object) -> Fields:
    own: Fields = {"title": TITLE, "venue": "Fishermead field", "place": "", "organiser": "Kite Friends"}
    given = typed(days, **own | changed)
    del given["checked"]
    return given | {"group": GROUP}


def sends(group: Resident, **changed: object) -> str:
    """Through the preview, as a person does; gives the code."""
    group.get("/events/propose")
    group.post("/events/propose", kites(**changed))
    group.see("Preview: nothing is sent yet", TITLE)
    group.post("/events/propose", send="yes")
    group.see("Your event is sent")
    return re.sub(r"\D", "", "".join(re.findall(r"<span>(\d{4})</span>", group.page)))


def comes_back(group: Resident, code: str) -> None:
    group.get("/events/propose/back")
    group.post("/events/propose/back", code=" ".join(code[i : i + 4] for i in range(0, 16, 4)))
    group.follow()
