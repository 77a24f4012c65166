"""What the officers' list opens of a report is what was ticked: no word that somebody wrote is in it."""

from __future__ import annotations

import io
import uuid
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.db import session, transaction
from portal.reporting import queue
from portal.reporting.models import Part, Report, ReportPart
from portal.reporting.queue_entries import entries_of
from portal.reporting.storing import DETAILS, SUMMARY, SUMMARY_PAD
from portal.vault import keyholders, sealing
from tests.support.people import Fields, Officer, Resident
from tests.support.pictures import RECORDING
from tests.support.rotating import held_by
from tests.support.sending import send_report

CANARY = "canary"
TIME = "21:30"


class Boxes(HTMLParser):
    """The fields of a page, filled in by somebody who writes into every box and ticks all that can be ticked."""

    LEADS_TO_BOXES = ("contact", "online", "someone", "other", "yesterday")
    ALONE = ("none", "not_sure")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, Any] = {}
        self.written: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, kind, value = given.get("name", ""), given.get("type", "text"), given.get("value", "")
        if tag == "textarea" or (tag == "input" and kind in ("text", "email", "tel")):
            self.fields[name] = CANARY
            self.written.add(name)
        elif tag == "input" and kind == "radio" and (name not in self.fields or value in self.LEADS_TO_BOXES):
            self.fields[name] = value
        elif tag == "input" and kind == "checkbox" and value not in self.ALONE:
            self.fields.setdefault(name, []).append(value)


def opened(app: Flask, officer: Officer) -> tuple[uuid.UUID, dict[Part, Any], dict[str, Any]]:
    """The one report's id, what is sealed in its summary and its details, and what the list has of it."""
    with app.app_context():
        held = held_by(officer.name, team=None)
        report_id = session.scalars(select(Report.id)).one()
        key = keyholders.content_keys(held, [report_id])[report_id]
        parts = {part.part: part for part in session.scalars(select(ReportPart))}
        found = {
            part: sealing.unseal(parts[part].sealed, key, label, parts[part].id)
            for part, label in ((Part.SUMMARY, SUMMARY), (Part.DETAILS, DETAILS))
        }
        (row,) = queue.rows_of(held, entries_of(held, [report_id]))
        assert row.answers
        return report_id, found, row.answers


@pytest.mark.same_on_both
@pytest.mark.parametrize("kind", ["hate", "asb", "not_sure"])
def test_no_word_written_in_any_box_is_in_what_the_list_opens(
    app: Flask, resident: Resident, officer: Officer, kind: str
) -> None:
    resident.get("/report")
    resident.post("/report")
    resident.follow()
    written: set[str] = set()
    while resident.path != "/report/check":
        page = Boxes(resident.page)
        fields: Fields = page.fields | {"unknown": CANARY}
        match resident.path:
            case "/report/1":
                fields["kind"] = kind
            case "/report/2" if kind == "asb":
                fields["group"] = "noise"
            case "/report/3" | "/report/5" if "exact-day" in resident.page:
                fields = {"when": "yesterday", "at": TIME, "unknown": CANARY}
            case "/report/4" | "/report/6" if "written_place" in resident.page:
                fields |= {"near": "none", "place": ""}
            case "/report/files":
                fields["files"] = (io.BytesIO(RECORDING), f"{CANARY}.mp3")
        if resident.post(resident.path, fields).status_code != 303:  # what looks wrong is asked about once
            assert resident.post(resident.path, fields).status_code == 303, resident.text
        written |= page.written
        resident.follow()
        if resident.response and resident.response.location:  # the page for files has an address of its own
            resident.follow()
    assert {"narrative", "written_place", "street", "written_since", "written_site", "written_phone"} < written
    resident.see(f"{CANARY}, {CANARY}")
    resident.post("/report/check")
    report_id, sealed, listed = opened(app, officer)
    assert sealed[Part.DETAILS]["written"]["where"] == {"street": f"{CANARY}, {CANARY}"}
    assert sealed[Part.SUMMARY]["answers"]["when"] == {"when": "yesterday", "time": TIME}
    assert CANARY not in str(sealed[Part.SUMMARY])
    assert CANARY not in str(listed)
    officer.get(f"/staff/reports/{report_id}")
    officer.see(f"{CANARY}, {CANARY}")


def test_the_street_of_an_older_report_is_on_its_page_and_not_in_the_list(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    """It was sealed among what was ticked."""
    send_report(resident)
    with app.app_context():
        held = held_by(officer.name, team=None)
        with transaction() as db:
            report_id = db.scalars(select(Report.id)).one()
            key = keyholders.content_keys(held, [report_id])[report_id]
            part = db.scalars(select(ReportPart).where(ReportPart.part == Part.SUMMARY)).one()
            content = sealing.unseal(part.sealed, key, SUMMARY, part.id)
            content["answers"]["where"]["street"] = "By the lake"
            part.sealed = sealing.seal(content, key, report_id, SUMMARY, part.id, SUMMARY_PAD)
    report_id, sealed, listed = opened(app, officer)
    assert sealed[Part.SUMMARY]["answers"]["where"] == {"place": "e-fishermead", "street": "By the lake"}
    assert listed["where"] == {"place": "e-fishermead"}
    officer.get(f"/staff/reports/{report_id}")
    officer.see("By the lake, Fishermead")
