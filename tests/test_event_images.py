"""An event has one picture: made anew, described in words, and gone when it has to go."""

from __future__ import annotations

import io
import json
import re

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, text

from portal.db import session, transaction
from portal.events.kept_back import kept_back, tells
from portal.events.models import Event
from portal.events.picture_models import EventPicture
from portal.events.proposal_models import ProposalPicture
from portal.files import store, sweeping
from tests.support.announcing import add_event, announce, cancel, translate, typed
from tests.support.people import Officer, Resident
from tests.support.pictures import CANARY, bomb, photo
from tests.support.proposing import comes_back, kites, pictures, sends
from tests.test_trusted_groups import YOURS, decide, newest

pytestmark = pytest.mark.same_on_both

MINE = f"{YOURS}/picture"


def source(page: str) -> str:
    found = re.search(r'<img src="([^"]+)"[^>]*width="\d+"[^>]*>', page)
    assert found, page
    return found[1]


def test_a_picture_stands_on_the_event_and_each_of_its_dates_small_and_without_a_hidden_word(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    event_id = announce(editor, again="1", times="3")
    translate(editor, event_id, "ur", "کافی", "آئیے")
    page = f"/staff/events/{event_id}/picture"
    pictures(editor, page, photo((3000, 2000)), said_en="Cups on a table")
    editor.see("Write what can be seen on the picture.")
    pictures(editor, page, photo((3000, 2000)), said_en="Cups on a table", said_ur="میز پر پیالیاں")
    editor.see("changed the picture", "Change the picture")
    resident.get(f"/events/{event_id}")
    tag = re.search(r"<img src=[^>]+>", resident.page)
    assert tag
    assert 'width="800" height="1200" loading="lazy" alt="Cups on a table"' in tag[0]
    file = resident.get(source(resident.page))
    assert (file.mimetype, file.headers["Cache-Control"]) == ("image/jpeg", "public, max-age=3600")
    assert CANARY.encode() not in file.data
    shown = Image.open(io.BytesIO(file.data))
    assert (shown.size, dict(shown.getexif())) == ((800, 1200), {})
    assert resident.client.get(resident.path, headers={"If-None-Match": file.headers["ETag"]}).status_code == 304
    resident.get(f"/ur/events/{event_id}")
    assert 'alt="میز پر پیالیاں"' in resident.page
    linked = re.search(r'<script type="application/ld\+json">(.+?)</script>', resident.page)
    assert linked
    image = json.loads(linked[1])["image"]
    assert image["contentUrl"].endswith(source(resident.page).removeprefix("/ur"))
    assert (image["width"], image["caption"]) == (800, "میز پر پیالیاں")
    resident.get("/events")
    assert "<img" not in resident.page
    with app.app_context():
        assert not list(store.folder().iterdir()) or sweeping.OWNER_FILE in {
            one.name for one in store.folder().iterdir()
        }


def test_a_draft_has_no_public_picture_and_one_that_was_taken_away_is_nowhere(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    draft = add_event(editor)
    pictures(editor, f"/staff/events/{draft}/picture", photo(), said_en="Cups")
    with app.app_context():
        row = session.scalars(select(EventPicture)).one()
        address = f"/events/{draft}/picture/{row.id}"
    assert resident.get(address).status_code == 404
    editor.get(f"/staff/events/{draft}/preview")
    assert editor.get(source(editor.page)).mimetype == "image/jpeg"
    editor.get(f"/staff/events/{draft}")
    editor.post(f"/staff/events/{draft}/publish")
    assert resident.get(address).status_code == 200
    cancel(editor, draft)
    editor.get(f"/staff/events/{draft}")
    editor.post(f"/staff/events/{draft}/picture/remove")
    assert resident.get(address).status_code == 404
    resident.get(f"/events/{draft}")
    assert "<img" not in resident.page


def test_what_is_said_of_it_can_be_changed_alone_and_tells_nothing_that_is_kept_back(
    resident: Resident, editor: Officer
) -> None:
    event_id = announce(editor, address="12 Secret Lane", description="Come.", is_place_on_request="y")
    page = f"/staff/events/{event_id}/picture"
    pictures(editor, page, photo(), said_en="The door of 12, Secret Lane")
    editor.see("Everyone reads this. Take out the link or the address that is not public.")
    editor.get(page)
    editor.post(page, said_en="A door")
    editor.see("Choose one picture.")
    pictures(editor, page, photo(), said_en="A door")
    editor.get(page)
    editor.post(page, said_en="A <red> door")
    resident.get(f"/events/{event_id}")
    assert 'alt="A &lt;red&gt; door"' in resident.page


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (b"", "is empty"),
        (b"GIF89a" + bytes(99), "is not a picture that we can take"),
        (b"%PDF-1.4" + bytes(99), "is not a picture that we can take"),
        (b"\xff\xd8\xff" + bytes(999), "cannot be opened"),
        (bomb(), "is too big a picture"),
        (photo() + bytes(11 * 1024 * 1024), "is too large"),
    ],
    ids=["empty", "gif", "pdf", "broken", "bomb", "large"],
)
def test_what_is_no_picture_has_its_sentence_and_keeps_what_was_written(
    resident: Resident, editor: Officer, sent: bytes, says: str
) -> None:
    event_id = add_event(editor)
    pictures(editor, f"/staff/events/{event_id}/picture", sent, "\u202ex.jpg", said_en="Cups \u200b on a table")
    editor.see(says)
    assert 'value="Cups' in editor.page


def test_a_groups_picture_is_sealed_until_an_editor_accepts_it(app: Flask, resident: Resident, editor: Officer) -> None:
    comes_back(resident, sends(resident))
    pictures(resident, MINE, photo((640, 480)), said="")
    resident.see("Write what can be seen on the picture.")
    pictures(resident, MINE, photo((640, 480)), said="Kites over a field")
    resident.see("Look at your picture")
    assert resident.get(f"{MINE}/file").mimetype == "image/jpeg"
    with app.app_context():
        sealed = session.scalars(select(ProposalPicture.sealed)).one()
        assert b"Kites over" not in sealed
        assert b"JFIF" not in sealed
    one = newest(editor)
    editor.see("Kites over a field")
    assert editor.get(f"{one}/picture").mimetype == "image/jpeg"
    decide(editor, one, "accept", publish="yes")
    found = re.search(r"/staff/events/([0-9a-f-]{36})", editor.page)
    assert found
    resident.get(f"/events/{found[1]}")
    assert 'alt="Kites over a field"' in resident.page
    with app.app_context():
        assert session.scalars(select(ProposalPicture)).all() == []

    pictures(resident, MINE, photo(), said="The field again")
    editor.get(one)
    editor.see("A change waits", "The field again")
    decide(editor, one, "decline", why="Too dark.")
    resident.get(f"/events/{found[1]}")
    assert 'alt="Kites over a field"' in resident.page
    pictures(resident, MINE, photo(), said="One more")
    resident.get(MINE)
    resident.post(f"{MINE}/remove")
    with app.app_context(), transaction() as db:
        assert db.scalars(select(ProposalPicture)).all() == []
        db.delete(db.scalars(select(Event)).one())
        db.flush()
        assert db.scalar(text("SELECT count(*) FROM event_picture")) == 0


def test_a_groups_picture_tells_nothing_that_is_kept_back(resident: Resident, editor: Officer) -> None:
    code = sends(resident, description="Come.", address="12 Secret Lane, Bletchley")
    comes_back(resident, code)
    pictures(resident, MINE, photo(), said="The door of 12 Secret Lane")
    resident.get(f"{YOURS}/change")
    kept_back = kites(description="Come.", address="12 Secret Lane, Bletchley") | {"is_place_on_request": "y"}
    resident.post(f"{YOURS}/change", kept_back | {"send": "yes"})
    one = newest(editor)
    decide(editor, one, "accept", publish="yes")
    editor.see("The words say the place or the link that only people who ask are told.")
    pictures(resident, MINE, photo(), said="The door of 12 Secret Lane")
    resident.see("Everyone reads this. Take out the link or the address that is not public.")


def test_a_description_that_tells_a_place_which_is_kept_back_since_is_not_read_by_anyone(
    editor: Officer, resident: Resident
) -> None:
    where = {"venue": "Rosewood House", "address": "12 Quiet Lane, Wolverton"}
    event = announce(editor, 5, description="Come.", **where)
    pictures(editor, f"/staff/events/{event}/picture", photo((600, 400)), said_en="The door of Rosewood House")
    resident.get(f"/events/{event}")
    assert resident.page.count("Rosewood House") > 1
    editor.get(f"/staff/events/{event}/change")
    editor.post(f"/staff/events/{event}/change", typed(5, description="Come.", is_place_on_request="y", **where))
    assert editor.response
    assert editor.response.status_code == 303
    resident.get(f"/events/{event}")
    assert "Rosewood House" not in resident.page
    assert 'loading="lazy"' in resident.page


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    "told", ["We meet at 12 Fellery Street.", "Look for PR7 1EH", "The side door it is", "pr7 1eh"]
)
def test_any_part_of_an_address_that_leads_to_the_door_is_kept_back(told: str) -> None:
    address = "Side door, 12 Fellery Street, Chorley PR7 1EH"
    secrets = kept_back(online_link="", is_place_on_request=True, venue="The House", address=address)
    assert tells(told, secrets)
    assert not tells("Come to Chorley.", secrets)
