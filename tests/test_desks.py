"""The desks of the partnership file: what may stand there, which are shown, and how their page looks in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page

from portal.db import today
from portal.partnership.desks import shown_desks
from portal.partnership.file import EXAMPLE, Partnership, PartnershipError, load
from portal.reporting.questions.check import check_file
from portal.server import health
from portal.vault.keyholders import Mode
from tests.support.browsers import Browse
from tests.support.open311 import GeoReportServer, geo_report_server
from tests.support.people import Resident
from tests.test_hand_overs import DUMPING, come_back, send, to_check, with_open311, work

TEXT = EXAMPLE.read_text(encoding="utf-8")
LIGHTS = '[[desks]]\ncode = "street-lights"'
OPEN311 = """[desks.open311]
endpoint = "https://council.test/open311/v2"
service_codes = {dumping = "FLY"}

"""


@pytest.fixture(scope="module")
def example() -> Partnership:
    return load(EXAMPLE, check_file)


def test_the_example_has_desks_and_none_of_them_is_sent_anything(example: Partnership) -> None:
    assert len(example.desks) >= 4
    assert not [desk.code for desk in example.desks if desk.takes_reports]
    assert all(desk.check and desk.verified_on is None for desk in example.desks)


# fmt: off
MISTAKES = [
    ("a type nobody is asked about", 'types = ["street_light"]', 'types = ["dragons"]', "desks.street-lights.types names dragons"),
    ("two desks of one code", 'code = "street-lights"', 'code = "streets"', "desks has the code streets twice"),
    ("a desk nobody can reach", 'en = "Look for the number on your rent papers. Write to them and keep a copy."', 'en = " "', "desks.landlord.how.en is missing"),
    ("a check without a name", 'types = ["street_light"]', 'types = ["street_light"]\nverified_on = 2026-11-01', "desks.street-lights needs both verified_on and verified_by"),
    ("an endpoint without https", LIGHTS, OPEN311.replace("https://council.test", "http://council.test") + LIGHTS, "desks.streets.open311.endpoint must be an address that begins with https://"),
    ("an endpoint with a password", LIGHTS, OPEN311.replace("council.test", "me:pw@council.test") + LIGHTS, "desks.streets.open311.endpoint must be"),
    ("an endpoint with a question", LIGHTS, OPEN311.replace("v2", "v2?x=1") + LIGHTS, "desks.streets.open311.endpoint must be"),
    ("a service of a type that is not the desk's", LIGHTS, OPEN311.replace("dumping", "noise") + LIGHTS, "names noise, which desks.streets.types does not have"),
    ("no service", LIGHTS, OPEN311.replace('dumping = "FLY"', "") + LIGHTS, "desks.streets.open311.service_codes is empty"),
    ("an empty service", LIGHTS, OPEN311.replace("FLY", " ") + LIGHTS, "desks.streets.open311.service_codes.dumping must not be empty"),
    ("a service in digits", LIGHTS, OPEN311.replace('"FLY"', "5") + LIGHTS, "desks.streets.open311.service_codes must be a text for each name"),
    ("a forgotten endpoint", LIGHTS, OPEN311.replace("endpoint", "#") + LIGHTS, "desks.streets.open311.endpoint is missing"),
]
# fmt: on


@pytest.mark.parametrize(("old", "new", "says"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES])
def test_a_mistake_is_named_in_one_sentence(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = TEXT.replace('verified_on = ""\nverified_by = ""\ncheck = true\n[desks', "check = true\n[desks")
    assert old in text
    path = tmp_path / "partnership.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PartnershipError) as refused:
        load(path, check_file)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "endpoint", ["https://a.test", "http://127.0.0.1:9/x", "http://[::1]:9", "http://localhost/x/"]
)
def test_an_endpoint_is_secure_or_on_this_machine(tmp_path: Path, endpoint: str) -> None:
    path = tmp_path / "partnership.toml"
    path.write_text(
        TEXT.replace(LIGHTS, OPEN311.replace("https://council.test/open311/v2", endpoint) + LIGHTS), "utf-8"
    )
    assert load(path, check_file).desks[0].takes_reports


@pytest.mark.parametrize(
    ("verified_on", "is_shown"), [(date(2026, 11, 1), True), (date(2025, 10, 31), False), (None, False)]
)
def test_a_desk_that_nobody_checked_within_a_year_is_shown_in_a_demonstration_only(
    example: Partnership, verified_on: date | None, is_shown: bool
) -> None:
    desks = [replace(example.desks[0], verified_on=verified_on, verified_by="A. Person")]
    day = date(2026, 11, 27)
    assert bool(shown_desks(desks, ["litter"], day, demonstration=False)) is is_shown
    assert shown_desks(desks, ["litter", "noise"], day, demonstration=True) == desks
    assert shown_desks(desks, ["noise"], day, demonstration=True) == []


@pytest.mark.same_on_both
def test_health_says_when_no_desk_is_left(app: Flask) -> None:
    sentence = "No desk in partnership.toml was checked within 12 months: residents are shown none."
    with app.app_context():
        assert sentence not in health.problems()
        app.extensions["vault_mode"] = Mode.LIVE
        assert sentence in health.problems()
        desks = app.extensions["partnership"].desks
        checked = replace(desks[0], verified_on=today(), verified_by="A. Person")
        app.extensions["partnership"] = replace(app.extensions["partnership"], desks=(checked, *desks[1:]))
        assert sentence not in health.problems()


@pytest.mark.same_on_both
@pytest.mark.parametrize("takes_reports", [True, False])
def test_the_privacy_page_says_that_a_desk_may_get_a_part_where_one_takes_reports(
    app: Flask, resident: Resident, example: Partnership, takes_reports: bool
) -> None:
    if not takes_reports:
        app.extensions["partnership"] = example
    resident.get("/privacy")
    assert ("If you do not choose it, they get nothing." in resident.text) is takes_reports


@pytest.fixture
def council() -> Iterator[GeoReportServer]:
    with geo_report_server("mk.example", "s3cret") as server:
        yield server


@pytest.fixture
def bare_app(make_app: Callable[..., Flask], council: GeoReportServer, tmp_path: Path) -> Flask:
    return with_open311(make_app, tmp_path, council)


@pytest.mark.dear
@pytest.mark.parametrize("prefix", [pytest.param("", marks=pytest.mark.long), "/ur"], ids=["English", "Urdu"])
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_mattresses_are_sent_to_the_council_too_from_a_phone(
    app: Flask, resident: Resident, browse: Browse, live_server: str, council: GeoReportServer,
    axe: Callable[[Page], list[str]], prefix: str, javascript: bool,
) -> None:  # fmt: skip
    """From the page that sends: nothing runs off the narrowest screen, and axe finds nothing wrong."""
    to_check(resident)
    page = browse("/cookies", javascript=javascript)
    page.set_viewport_size({"width": 320, "height": 640})
    page.context.add_cookies(
        [{"name": one.key, "value": one.value, "url": live_server} for one in resident.client._cookies.values()]
    )

    def look() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert not javascript or axe(page) == []

    page.goto(f"{live_server}{prefix}/report/check")
    look()
    page.check("#send-to-streets")
    page.check("#send-words-streets")
    page.click("form#step button[type=submit].app-button--tall")
    page.wait_for_url("**/report/sent")
    look()
    assert work(app) == 1
    (sent,) = council.requests
    assert "In their own words:" in sent["description"]
    digits = "".join(page.inner_text(".app-receipt__digits").split())
    page.goto(f"{live_server}{prefix}/return")
    page.fill("#receipt", digits)
    page.click("form#step button[type=submit]")
    page.wait_for_url("**/return/report")
    assert "12345" in page.inner_text("main")
    look()


def test_in_a_live_installation_an_unchecked_desk_is_neither_shown_nor_sent_anything(
    app: Flask, resident: Resident, council: GeoReportServer
) -> None:
    to_check(resident, DUMPING)
    resident.see("Who can mend this")
    with app.app_context():
        app.extensions["vault_mode"] = Mode.LIVE
    resident.get("/report/check")
    resident.not_see("Who can mend this")
    digits = send(resident)
    work(app)
    come_back(resident, digits)
    resident.not_see("Milton Keynes City Council")
    assert council.requests == []
