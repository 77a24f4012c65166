"""Reports that tell of one thing, and an officer who links and merges them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable

from flask import Flask
from sqlalchemy import select

from portal.db import session, today, transaction
from portal.reporting import links
from portal.reporting.links import Link, LinkKind, Links
from portal.reporting.models import Report
from portal.reporting.references import shown_reference
from portal.vault import keyholders, receipts
from portal.vault.keyholders import Keyring
from tests.support.people import Fields, Officer, Resident
from tests.support.sending import send_report

SCOOTER = (
    "A red electric scooter tears through the underpass every day and nearly hit my pram.",
    "Somebody on a red scooter nearly knocked me over in the underpass.",
    "The red electric scooter in the underpass again. It frightens my grandmother.",
)


def by_receipt(app: Flask, digits: str) -> str:
    """The id of the report that this receipt opens."""
    with app.app_context():
        return str(session.scalar(select(Report.id).where(Report.receipt_lookup == receipts.derive(digits).lookup)))


def reference(app: Flask, report_id: str) -> str:
    with app.app_context():
        return shown_reference(session.get_one(Report, uuid.UUID(report_id)).reference)


def tell(app: Flask, texts: Iterable[str] = SCOOTER, **more: str) -> list[tuple[str, str]]:
    """Residents report one after the other; gives each one's receipt and id."""
    told = []
    for number, text in enumerate(texts):
        answers = {"group": "vehicles", "types": "vehicle_nuisance", "narrative": text} | more
        digits = send_report(Resident(app.test_client()), address=f"10.0.0.{number + 1}", **answers)
        told.append((digits, by_receipt(app, digits)))
    return told


def page_of(report_id: str) -> str:
    return f"/staff/reports/{report_id}"


def link(officer: Officer, report_id: str, others: Iterable[str] = (), **more: object) -> None:
    """Tick the others and link them, with a reason."""
    officer.get(f"{page_of(report_id)}/alike")
    fields: Fields = {"also": list(others), "kind": "series", "why": "The same red scooter."} | more
    officer.post(f"{page_of(report_id)}/alike", fields)


def gather(held: Keyring, hub: uuid.UUID, others: Iterable[uuid.UUID], kind: LinkKind = LinkKind.PLACE) -> None:
    """Each of the others is linked with the hub, or merged into it, on both sides."""
    others = list(others)
    keys = keyholders.content_keys(held, [hub, *others])
    is_merged = kind is LinkKind.DUPLICATE
    said = "One stairwell, third floor", "Sam", today()
    with transaction() as db:
        links.keep_links(db, hub, keys[hub], Links(tuple(Link(each, kind, *said, is_merged) for each in others)))
        for each in others:
            links.keep_links(db, each, keys[each], Links((Link(hub, kind, *said),)))


def merge(officer: Officer, report_id: str, leading_id: str, **more: object) -> None:
    """Merge the report into the leading one with the message that stands ready."""
    path = f"{page_of(report_id)}/merge/{leading_id}"
    officer.get(path)
    officer.post(path, {"why": "One ride told twice.", "message": ready_message(officer), "language": "en"} | more)


def ready_message(officer: Officer) -> str:
    """What stands in the box for the reporter."""
    found = re.search(r"<textarea[^>]*name=\"message\"[^>]*>\n?(.*?)</textarea>", officer.page, re.DOTALL)
    assert found, officer.text
    return found[1]


Hire = Callable[..., Officer]


def hired(hire: Hire, name: str, *teams: str) -> Officer:
    """Someone of these teams, signed in and unlocked."""
    person = hire(name, teams=teams)
    person.come_to_work()
    return person
