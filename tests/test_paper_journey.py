"""Two typists at the keyboard type in the same sheets, an analyst settles what differs, and the answers are in the file."""

from __future__ import annotations

import csv
import io
import uuid
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.db import session
from portal.surveys.models import SurveyResponse
from portal.surveys.reading import read_definition
from tests.support.asking import close_a_wave, open_a_wave
from tests.support.browsers import Browse, at_work
from tests.support.people import Officer


def type_sheet(page: Page, years: str) -> None:
    """With the keyboard alone, from the first question, where the page puts it, to Save."""
    keys = page.keyboard
    expect(page.locator("[autofocus]")).to_be_focused()
    # From "Nothing ticked", where the last box is, down to the first and the second again.
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Tab")
    keys.press("Space")
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Tab")
    keys.type("Nobody talks.")
    keys.press("Tab")
    keys.type(years)
    keys.press("Enter")  # A slip: it saves nothing.
    keys.press("Tab")
    keys.type("Fishermead")
    keys.press("Tab")
    keys.press("ArrowDown")
    keys.press("Tab")
    keys.press("Tab")
    expect(page.locator("button:focus")).to_have_text("Save this sheet")
    keys.press("Enter")


@pytest.mark.dear
def test_two_typists_by_keyboard_settle_what_differs_and_it_is_in_the_export(
    app: Flask,
    survey_file: Path,
    survey_manager: Officer,
    analyst: Officer,
    browse: Browse,
    tmp_path: Path,
) -> None:
    wave_id: uuid.UUID = open_a_wave(app, read_definition(survey_file))
    mo = at_work(browse, survey_manager, f"/staff/waves/{wave_id}", phone=False)
    mo.get_by_role("link", name="Sheets of paper").click()
    mo.get_by_label("How many sheets").fill("2")
    mo.get_by_role("button", name="Make the batch").click()
    mo.get_by_role("link", name="Type in sheet 1").press("Enter")
    expect(mo.locator("h1")).to_have_text("Sheet 1")
    type_sheet(mo, "7")
    expect(mo.get_by_role("status")).to_have_text("Saved: sheet 1.")
    expect(mo.locator("h1")).to_have_text("Sheet 2")
    type_sheet(mo, "30")
    expect(mo.get_by_role("status")).to_have_text("Your entry is saved.")
    ana = at_work(browse, analyst, f"/staff/waves/{wave_id}/paper/1", phone=False, javascript=False)
    ana.get_by_role("link", name="Type in sheet 1").press("Enter")
    type_sheet(ana, "7")
    expect(ana.locator("h1")).to_have_text("Sheet 2")
    type_sheet(ana, "80")
    ana.get_by_role("button", name="Compare what was typed in").press("Enter")
    expect(ana.get_by_role("status")).to_contain_text("1 sheet was alike and is done.")
    expect(ana.get_by_role("status")).to_contain_text("1 sheet is to be settled.")
    ana.get_by_role("link", name="Settle sheet 2").press("Enter")
    expect(ana.get_by_text("1 answer was typed in differently.")).to_be_visible()
    expect(ana.locator("main")).not_to_contain_text("Nobody talks.")
    # The sheet says 90.
    ana.get_by_label("Something else").press("Space")
    ana.locator("summary", has_text="Write something else").press("Enter")
    ana.locator("#answer_years").type("90")
    ana.get_by_role("button", name="Store this sheet").press("Enter")
    expect(ana.get_by_text("All sheets are done.")).to_be_visible()
    expect(ana.locator("main")).to_contain_text("1 of 14 answers (7.1%)")
    with app.app_context():
        for stored in session.scalars(select(SurveyResponse)):
            assert (stored.answers["home"], stored.answers["worries"]) == ("e-fishermead", ["noise"])
            assert (stored.answers["sex"], "age" in stored.answers) == ("female", False)
    close_a_wave(app, wave_id)
    desk = at_work(browse, analyst, f"/staff/waves/{wave_id}/export", phone=False)
    desk.locator("#purpose").select_option("report")
    desk.locator("form[data-download] summary").click()
    desk.locator("#file-csv").check()
    with desk.expect_download() as got:
        desk.get_by_role("button", name="Download the answers").click()
    got.value.save_as(tmp_path / "answers.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "answers.csv").read_text(encoding="utf-8-sig"))))
    assert [row["mode"] for row in rows] == ["On paper"] * 2
    assert sorted(row["years"] for row in rows) == ["7", "90"]
    assert {row["together"] for row in rows} == {"Disagree"}
