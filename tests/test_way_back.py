"""Whoever was turned away at the door comes to the page that they wanted, and nowhere outside the staff pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.staff import accounts, way_back
from portal.staff.models import Role
from tests.support.people import Officer, Resident, forms_of, sent_to
from tests.support.sending import send_report

QUEUE = "/staff/reports"


def door(wanted: str, name: str = "unlock") -> str:
    return f"/staff/{name}?to={quote(wanted)}"


def unlocked_at(someone: Officer, address: str) -> str:
    """Where unlocking leads to from there."""
    someone.get(address)
    return str(someone.post(address, passphrase=someone.passphrase).location)


def form_of(someone: Officer) -> str:
    """Where the form with the password leads to."""
    (to,) = (action for action, _fields in forms_of(someone.page) if action.startswith("/staff/sign-in?"))
    return to


@pytest.fixture
def locked(hire: Callable[..., Officer]) -> Officer:
    locked = hire("locked")
    locked.sign_in()
    return locked


@pytest.mark.same_on_both
def test_signing_in_and_unlocking_lead_to_the_report_that_was_asked_for(
    resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    send_report(resident)
    officer.get(QUEUE)
    found = re.search(rf"{QUEUE}/[0-9a-f-]{{36}}", officer.page)
    assert found
    report = found[0]
    late = hire("late")
    to_door = late.get(report).location
    assert to_door == door(report, "sign-in")
    late.get(to_door)
    late.post(form_of(late), name=late.name, password="wrong", code="000000")
    came = late.post(form_of(late), name=late.name, password=late.password, code=late.next_code())
    assert came.location == door(report)
    late.get(door(report))
    late.post(door(report), passphrase="wrong")
    late.see("That passphrase does not open your key.")
    assert unlocked_at(late, door(report)) == report
    assert late.get(report).status_code == 200


def test_what_was_chosen_in_a_list_stays_chosen(locked: Officer) -> None:
    wanted = f"{QUEUE}?view=closed&kind=hate"
    assert unlocked_at(locked, locked.get(wanted).location) == wanted


def test_it_is_the_page_in_the_language_that_was_chosen_at_the_door(locked: Officer) -> None:
    assert unlocked_at(locked, f"/large/ur{door(QUEUE)}") == f"/large/ur{QUEUE}"


def test_the_door_that_ends_meanwhile_still_knows_the_page(app: Flask, locked: Officer) -> None:
    locked.get(door(QUEUE))
    with locked.client.session_transaction("/staff/") as kept, app.app_context():
        accounts.sign_out(kept["staff"])
    assert locked.post(door(QUEUE), passphrase=locked.passphrase).location == door(QUEUE, "sign-in")


def test_nobody_is_led_to_what_was_sent_or_to_a_page_that_is_not_theirs(locked: Officer) -> None:
    sent = locked.post("/staff/search", words="a word that nobody else should read")
    assert sent.location == "/staff/unlock"
    for wanted in ("/staff/people", "/staff/log", "/staff/unlock", "/staff/sign-out"):
        assert unlocked_at(locked, door(wanted)) == QUEUE, wanted
        locked.post("/staff/lock")


@pytest.mark.parametrize(
    "wanted",
    [
        "https://example.org/", "//example.org/staff/reports", "//staff/reports", "/\\staff/reports", "/\\example.org", "\\\\example.org", "javascript:alert(1)",
        "/staff//example.org", "/staff/../../example.org", "/staff/reports/../../report", "/staff/reports\r\nSet-Cookie: a=b",
        "/staff/reports\x00", "/report", "/", "?", "staff/reports", " /staff/reports", "/staff/reports/" + "a" * 5000,
        "/ur/staff/reports", "/staff/reports/no-such-id", "/staff/reports#//example.org",
    ],
)  # fmt: skip
def test_an_address_that_somebody_else_made_leads_to_the_usual_page(locked: Officer, wanted: str) -> None:
    assert unlocked_at(locked, door(wanted)) == QUEUE


PIECES = st.lists(st.sampled_from(["/", "\\", "staff", "events", "..", "@", ":", "a.org", "?", "#", "&", "to=", "%2f", "\r\n", "\t", "\u202e", "ä"]))  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=PIECES, after=PIECES | st.lists(st.text()))
def test_whatever_is_asked_for_is_one_of_the_staff_pages_or_nothing(
    app: Flask, locked: Officer, before: list[str], after: list[str]
) -> None:
    wanted = "".join([*before, "/staff/reports", *after])
    with locked.client.session_transaction("/staff/") as kept:
        token = kept["staff"]
    with app.test_request_context("/staff/unlock"):
        someone = accounts.find_officer(token)
        assert someone
        address = way_back.address_of(wanted, someone)
    if address is not None:
        parts = urlsplit(address)
        assert not parts.scheme
        assert not parts.netloc
        assert parts.path.startswith("/staff/")
        assert address.isascii()
        assert address.isprintable()


def test_somebody_else_who_signs_in_there_comes_to_their_own_work(hire: Callable[..., Officer]) -> None:
    editor = hire("editor", teams=(), roles=(Role.CALENDAR_EDITOR,))
    to_door = door(f"{QUEUE}/figures", "sign-in")
    editor.get(to_door)
    came = editor.post(to_door, name=editor.name, password=editor.password, code=editor.next_code())
    assert sent_to(came) == "/staff/events"
