"""A case review that waits for its panel, and what its coordinator, its members and its applicant do about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from portal.case_review.models import CaseReview, ReviewState
from portal.case_review.panel_pages import VISIT
from portal.db import random_id, session, today, transaction
from portal.staff.models import StaffMember
from portal.vault import keyholders, sealing
from portal.vault.drafts import Purpose, new_draft
from portal.web.cookies import RESIDENT
from tests.support.people import Fields, Officer, Resident
from tests.support.referring import open_agency

WORDS = "They come every night and nobody answers the phone."
PAGE = "/case-review/yours/panel"
PLACE = "Room 2, Civic Offices"
YESTERDAY = timedelta(days=-1)


def accepted_review(app: Flask) -> tuple[str, Resident]:
    """As it is stored once it was accepted, and its applicant, who has opened it."""
    own, talk = sealing.new_key(), sealing.new_key()
    with app.app_context(), transaction() as db:
        review = CaseReview(
            id=random_id(),
            reference=random_id().hex[:12],
            state=ReviewState.ACCEPTED,
            received_on=today(),
            rules_version="mk-2026",
            acknowledge_by=today(),
            decide_by=today(),
            language="en",
            submission_token=random_id(),
            conversation_id=random_id(),
            receipt_lookup=sealing.new_key(),
            conversation_key=b"",
        )
        db.add(review)
        for content_id, key in ((review.id, own), (review.conversation_id, talk)):
            keyholders.grant(db, content_id, key, ("asb_team",))
        visit = new_draft(Purpose.CASE_REVIEW_VISIT, {"review": review.id.hex, "key": talk.hex()})
        visit.save(db)
    applicant = Resident(app.test_client())
    with applicant.client.session_transaction() as cookie:
        cookie[VISIT] = visit.token
    return str(review.id), applicant


@dataclass
class Case:
    """An accepted review with a panel of two: Petra Vale of the police, who is no account, and the landlord's account."""

    app: Flask
    id: str
    officer: Officer
    applicant: Resident
    landlord: Officer
    petra: str = ""
    """The address of her page."""
    at_landlord: str = ""

    def applicants_cookie(self, address: str) -> Any:
        """With which the browser at this address is where the applicant is."""
        cookie = self.applicant.client.get_cookie(RESIDENT)
        assert cookie
        return {"name": RESIDENT, "value": cookie.value, "url": address}

    def at(self, page: str = "") -> str:
        return f"/staff/case-reviews/{self.id}/panel" + (f"/{page}" if page else "")

    def fill(self, page: str, **fields: object) -> None:
        """Fill in a page of the panel; it must lead on."""
        fill(self.officer, page if page.startswith("/") else self.at(page), **fields)

    def refused(self, page: str, sentence: str, **fields: object) -> None:
        """Fill it in; it must stay, and say why."""
        path = page if page.startswith("/") else self.at(page)
        self.officer.get(path)
        self.officer.post(path, dict(fields))
        self.officer.see(sentence)

    def set_day(self, day: date, **more: object) -> None:
        self.fill("meeting", **({"meets_on": day.isoformat(), "starts": "14:30", "place": PLACE} | more))

    def seat_ids(self) -> list[str]:
        """Of those who can be ticked as having been there, the chair first."""
        self.officer.get(self.at("held"))
        return re.findall(r'name="attended" type="checkbox" value="(\w+)"', self.officer.page)

    def hold(self) -> None:
        self.fill("held", attended=self.seat_ids())

    def recommend(self, text: str = "Fit a new door", **more: object) -> str:
        """Gives the address of its page."""
        day = (today() + timedelta(days=14)).isoformat()
        usual: Fields = {"body": "council", "owner": "outside", "owner_name": "Joe Moss", "due_on": day}
        self.fill("recommendations/new", **({"text": text} | usual | more))
        found = re.findall(r'href="([^"]+/recommendations/[0-9a-f-]{36})"', self.officer.page)
        return str(found[-1])


def fill(person: Resident, path: str, **fields: object) -> None:
    """Fill in the page at this address; it must lead on."""
    person.get(path)
    person.post(path, dict(fields))
    assert person.response
    assert person.response.status_code == 303, person.text
    person.follow()


def account_id(app: Flask, name: str) -> str:
    with app.app_context():
        return session.scalars(select(StaffMember.id).where(StaffMember.name == name)).one().hex


def seat(case: Case, shown: str, **who: object) -> str:
    """Add somebody to the panel; gives the address of their page."""
    case.fill("members/new", **who)
    found = re.search(r'href="([^"]+/members/[0-9a-f-]{36})"><bdi>' + re.escape(shown), case.officer.page)
    assert found, case.officer.text
    return found[1]


def convene(app: Flask, officer: Officer, hire: Callable[..., Officer], landlord: str = "at-landlord") -> Case:
    """Members, a day and a chair; nobody is invited yet. `landlord` is the account that is made for it."""
    review_id, applicant = accepted_review(app)
    case = Case(app, review_id, officer, applicant, open_agency(app, hire, name=landlord))
    case.set_day(today() + YESTERDAY)
    case.petra = seat(case, "Petra Vale", who="outside", name="Petra Vale", agency="police", role="Inspector")
    case.at_landlord = seat(case, landlord.title(), who=account_id(app, landlord))
    case.fill(case.petra, act="chair")
    return case
