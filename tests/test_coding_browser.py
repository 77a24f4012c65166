"""Two analysts in their browsers: both code, they settle what differs, kappa is shown, and the counts are in the file."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from portal.staff.models import Role
from portal.surveys.versions import SURVEY_TEAM
from tests.support.browsers import Browse, at_work
from tests.support.coding import written_wave
from tests.support.people import Officer

WORDS = [f"The bus stop is dark {n}" for n in range(22)] + [f"They shout at us {n}" for n in range(12)]


def code_pages(page: Page, odd: str = "") -> None:
    """Tick what fits, page by page, until all have a code; the answer that says `odd` gets another one."""
    while "/words" in page.url:
        for panel in page.locator(".app-written > li").all():
            words = panel.locator(".app-lines").inner_text()
            called = "Other" if words == odd else "Bus stops" if "bus" in words else "Neighbours"
            panel.get_by_label(called, exact=True).check()
        before = page.url
        page.get_by_role("button", name="Save and go on").click()
        page.wait_for_url(lambda url, before=before: url != before)  # type: ignore[misc]
    page.get_by_role("button", name="Hand in my part").click()
    page.get_by_text("handed in").first.wait_for()


@pytest.mark.dear
def test_two_coders_settle_what_differs_and_the_counts_are_in_the_file(
    app: Flask,
    survey_file: Path,
    analyst: Officer,
    hire: Callable[..., Officer],
    browse: Browse,
    tmp_path: Path,
) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    second = hire("bea", teams=(SURVEY_TEAM,), roles=(Role.ANALYST,))
    second.sign_in()
    second.unlock()
    wave_id: uuid.UUID = written_wave(app, survey_file, WORDS)
    ana = at_work(browse, analyst, f"/staff/waves/{wave_id}", phone=False)
    ana.get_by_role("link", name="What people wrote, in codes").click()
    ana.get_by_role("link", name="Draft the codes").click()
    for number, (code, label) in enumerate({"bus_stops": "Bus stops", "neighbours": "Neighbours"}.items()):
        ana.locator(f"#code_{number}").fill(code)
        ana.locator(f"#label_{number}").fill(label)
    ana.get_by_role("button", name="Save the codes").click()
    ana.get_by_role("button", name="Code all answers").click()
    ana.wait_for_url("**/words")
    code_pages(ana)
    bea = at_work(browse, second, f"/staff/waves/{wave_id}/coding/why", javascript=False)
    bea.get_by_role("button", name="Code them").click()
    bea.wait_for_url("**/words")
    code_pages(bea, odd="The bus stop is dark 3")
    bea.get_by_role("link", name="Settle the differences").click()
    expect(bea.locator(".app-written > li")).to_have_count(1)
    bea.get_by_label("Bus stops", exact=True).check()
    bea.get_by_role("button", name="Save and go on").click()
    bea.get_by_role("button", name="Count the codes").click()
    bea.get_by_text("The codes are counted.").wait_for()
    row = bea.locator("tr", has_text="Bus stops").first
    assert "almost perfect" in row.inner_text()
    ana.goto(ana.url.split("/coding")[0] + "/export")
    ana.locator("#purpose").select_option("report")
    with ana.expect_download() as got:
        ana.get_by_role("button", name="Download the answers").click()
    got.value.save_as(tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["Coded words"]
    counted = {row[4].value: (row[8].value, row[10].value, row[12].value) for row in sheet.iter_rows(min_row=2)}
    assert counted["bus_stops"] == ("20", "35", "0.94")
    assert counted["neighbours"] == ("10", "35", "1.00")
