"""Sheets of paper of the small survey, and the members of staff who type them in."""

from __future__ import annotations

import uuid

from tests.support.people import Fields, Officer

# What stands on a sheet, as the boxes of the form have it.
SHEET: Fields = {
    "answer_together": "disagree",
    "answer_worries": ["noise", "litter"],
    "written_why": "Nobody talks.",
    "answer_years": "7",
    "answer_home": "e-fishermead",
    "answer_sex": "female",
    "answer_age": "25_34",
}


def make_batch(manager: Officer, wave_id: uuid.UUID, sheets: int = 2, **changed: object) -> str:
    """Gives the batch's page."""
    page = f"/staff/waves/{wave_id}/paper"
    manager.get(page)
    version = manager.page.split('name="version"')[1].split('value="')[1].split('"')[0]
    manager.post(page, {"sheets": str(sheets), "language": "en", "version": version} | changed)
    manager.follow()
    return manager.path


def type_in(typist: Officer, batch: str, sheet: int, **changed: object) -> None:
    """Type SHEET in, but for what is changed; None: it was left blank."""
    address = f"{batch}/{sheet}"
    typist.get(address)
    fields = {name: value for name, value in (SHEET | changed).items() if value is not None}
    typist.post(address, fields)


def compare(analyst: Officer, batch: str) -> None:
    analyst.get(batch)
    analyst.post(f"{batch}/compare")
