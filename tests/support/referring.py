"""A report referred to a partner agency as an officer does it, and the agency's own account."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask

from portal.db import transaction
from portal.staff.models import Role
from portal.vault import agencies
from tests.support.people import Fields, Officer

FOR_LAW: Fields = {"override": "badly-hurt", "why": "A knife was seen."}


def open_agency(app: Flask, hire: Callable[..., Officer], agency: str = "landlord", name: str = "") -> Officer:
    """Someone of this agency, signed in and unlocked."""
    with app.app_context(), transaction() as db:
        agencies.open_agency(db, agency)
    theirs = hire(name or f"at-{agency}", teams=(agencies.team_of(agency),), roles=(Role.PARTNER_AGENCY,))
    theirs.sign_in()
    theirs.unlock()
    return theirs


def fill(officer: Officer, at: str, agency: str, way: str = "telephone", **more: object) -> None:
    """Choose on the page that refers the report at this address, and look at it as it goes."""
    officer.get(f"{at}/refer")
    fields: Fields = {"agency": agency, "way": way, "facts": ["kind"], "look": "yes"}
    officer.post(f"{at}/refer", fields | more)


def send(officer: Officer, at: str) -> str:
    """Send what is looked at; gives the address of the referral."""
    officer.post(f"{at}/refer", send="yes")
    assert officer.response
    assert officer.response.status_code == 303, officer.text
    location = officer.response.location
    assert location, "it leads nowhere"
    officer.follow()
    return location


def refer(officer: Officer, at: str, agency: str, way: str = "telephone", **more: object) -> str:
    """All of it; gives the address of the referral."""
    fill(officer, at, agency, way, **more)
    officer.see("The reporter reads on their page which partner was told")
    return send(officer, at)


def given_id(address: str) -> str:
    """The referral's id in its address."""
    found = re.search(r"/referrals/([0-9a-f-]{36})", address)
    assert found, address
    return found[1]
