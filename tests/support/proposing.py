"""An event as a group without an account tells us about it, and the way back to it."""

from __future__ import annotations

import io
import re
from datetime import timedelta

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import stream_encode_multipart

from portal.db import today
from tests.support.announcing import typed
from tests.support.people import Fields, Officer, Resident

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
    group.see("Preview: nothing is sent yet", str(changed.get("title", TITLE)))
    group.post("/events/propose", send="yes")
    group.see("Your event is sent")
    return shown_number(group)


def comes_back(group: Resident, code: str) -> None:
    group.get("/events/propose/back")
    group.post("/events/propose/back", code=" ".join(code[i : i + 4] for i in range(0, 16, 4)))
    group.follow()


def trusts(editor: Officer, days: int = 100, **changed: object) -> tuple[str, str]:
    """A group that is trusted for so many days: its page, and its number."""
    last = today() + timedelta(days=days)
    given: Fields = {
        "name": "Kite Friends of the park",
        "reason": "We have known them for years.",
        "until-day": last.day,
        "until-month": last.month,
        "until-year": last.year,
    }
    editor.get("/staff/trusted-groups/new")
    editor.post("/staff/trusted-groups/new", given | changed)
    editor.see("The group’s number")
    found = re.search(r"/staff/trusted-groups/[0-9a-f-]{36}", editor.page)
    assert found
    return found[0], shown_number(editor)


def shown_number(person: Resident) -> str:
    return re.sub(r"\D", "", "".join(re.findall(r"<span>(\d{4})</span>", person.page)))


def pictures(person: Resident, page: str, jpeg: bytes, name: str = "kites.jpg", **said: object) -> None:
    """Choose a picture on the page, say what is on it, and press its button."""
    person.get(page)
    fields = MultiDict(person._hidden(page) | said | {"picture": FileStorage(io.BytesIO(jpeg), name)})
    # The test's own client must not be the one who lays files down somewhere.
    body, _length, boundary = stream_encode_multipart(fields, use_tempfile=False)
    answer = person.client.post(page, data=body.read(), content_type=f"multipart/form-data; boundary={boundary}")
    person._arrive(page, answer)
    if answer.status_code == 303:
        person.follow()
