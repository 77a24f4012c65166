"""The pages that are the same for everyone: who helps, what we work on, and what we promise about data."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.db import today
from portal.languages.i18n import LANGUAGES, Language
from portal.partnership.file import EXAMPLE
from portal.vault.keyholders import Mode

pytestmark = pytest.mark.same_on_both

ADDRESSES = ["/help", "/events", "/priorities", "/privacy", "/cookies", "/accessibility", "/contact", "/formats"]
NOT_CHECKED = "Sample, not checked"
NONE_CHECKED = "More help lines will be listed here when a named person has checked them."


def read(client: FlaskClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.text


@pytest.mark.parametrize("address", ["/", *ADDRESSES])
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_every_page_is_there_in_every_language(client: FlaskClient, language: Language, address: str) -> None:
    html = read(client, language.prefix + address)
    assert f'lang="{language.tag}" dir="{language.dir}"' in html
    assert len(re.findall("<h1", html)) == 1
    assert not re.search(r"Words\(|Localised|{{|%\(", html)


def test_every_page_has_a_title_of_its_own(client: FlaskClient) -> None:
    titles = [re.findall("<title>(.*?)</title>", read(client, address), re.DOTALL)[0] for address in ["/", *ADDRESSES]]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_to_read_sets_no_cookie(client: FlaskClient, address: str) -> None:
    assert "Set-Cookie" not in client.get(address).headers


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_link_within_the_pages_leads_somewhere(client: FlaskClient, address: str) -> None:
    for page, anchor in re.findall(r'href="(/(?!static|assets)[^"#]*)(?:#([^"]*))?"', read(client, address)):
        answer = client.get(page)
        if page.removeprefix("/pl").removeprefix("/ro").removeprefix("/ur") in ADDRESSES:
            assert answer.status_code == 200
            assert not anchor or f'id="{anchor}"' in answer.text, f"{page}#{anchor}"


def test_a_resident_in_danger_reads_first_how_to_get_help(client: FlaskClient) -> None:
    html = read(client, "/help")
    emergency = html.index('id="emergency"')
    assert emergency < html.index("Help lines")
    for words in ("tel:999", "press 55", "18000", "999bsl.co.uk", "REGISTER", "tel:101", "18001 101"):
        assert words in html[emergency:]


def test_a_resident_who_reads_urdu_has_the_english_beneath_what_could_hurt_them(client: FlaskClient) -> None:
    html = read(client, "/ur/help")
    beneath = '<span class="app-beneath" lang="en" dir="ltr">Call 999 now if someone is hurt'
    assert beneath in html
    assert beneath not in read(client, "/help")


def test_a_telephone_number_keeps_its_order_in_urdu(client: FlaskClient) -> None:
    html = read(client, "/ur/help")
    assert '<bdi dir="ltr">18001 101</bdi>' in html
    assert '<a href="tel:03001234148"><bdi dir="ltr">0300 1234 148</bdi></a>' in html


def test_a_demonstration_marks_every_help_line_as_a_sample(client: FlaskClient) -> None:
    html = read(client, "/help")
    assert html.count(NOT_CHECKED) == html.count('class="app-panel"') > 15
    assert NONE_CHECKED not in html


@pytest.fixture
def live_client(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., FlaskClient]:
    """A visitor of an installation that is no demonstration; `edits` are made in its partnership file."""

    def visit(*edits: tuple[str, str]) -> FlaskClient:
        text = EXAMPLE.read_text(encoding="utf-8")
        for old, new in edits:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / "partnership.toml").write_text(text, encoding="utf-8")
        app = make_app()
        app.extensions["vault_mode"] = Mode.LIVE
        return app.test_client()

    return visit


def test_a_resident_is_never_shown_a_number_that_nobody_checked(live_client: Callable[..., FlaskClient]) -> None:
    client = live_client()
    html = read(client, "/help")
    assert NONE_CHECKED in html
    assert "0300 1234 148" not in html
    assert "tel:999" in html
    assert "Who can help" not in read(client, "/priorities")


@pytest.mark.parametrize(("days_ago", "is_shown"), [(0, True), (300, True), (400, False)])
def test_a_resident_is_shown_a_number_for_a_year_after_it_was_checked(
    live_client: Callable[..., FlaskClient], days_ago: int, is_shown: bool
) -> None:
    day = today() - timedelta(days=days_ago)
    client = live_client(('verified_on = ""\nverified_by = ""', f'verified_on = {day}\nverified_by = "A. Khan"'))
    html = read(client, "/help")
    assert ("0300 1234 148" in html) is is_shown
    assert (NONE_CHECKED not in html) is is_shown
    assert NOT_CHECKED not in html
    assert ("#victims-first" in read(client, "/priorities")) is is_shown


def test_the_priorities_say_what_is_planned_in_the_readers_words(client: FlaskClient) -> None:
    html = read(client, "/priorities")
    for code in ["V1", "V2", "V3", "V4", "V5", "N1", "N2", "N3", "C1", "C2"]:
        assert f'id="{code}"' in html
    for topic in ("Domestic abuse", "Gangs", "Prevent", "FGM", "Modern slavery", "Violence", "Burglary", "Hate"):
        assert topic in html
    assert "گھریلو تشدد" in read(client, "/ur/priorities")
    assert "Przemoc domowa" in read(client, "/pl/priorities")
    assert "Violența domestică" in read(client, "/ro/priorities")


def test_what_the_partnership_writes_cannot_become_markup(live_client: Callable[..., FlaskClient]) -> None:
    client = live_client(("Domestic abuse is when", "<script>alert(1)</script>"), ("SaferMK is the", "<b>bold</b>"))
    html = read(client, "/priorities")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_the_privacy_page_keeps_to_the_law_and_to_the_truth(client: FlaskClient) -> None:
    html = read(client, "/privacy")
    for words in (
        "Article 6(1)(e)",
        "Article 9(2)(g)",
        "Schedule 1",
        "section 115",
        "60 minutes",
        "6 years after we close it",
        "has still to agree",
        "within 30 days",
        "ico.org.uk",
        "Our server can read your report while you send it",
        "only way back",
        "But if someone may be badly hurt, we must tell them, even if you did not say yes.",
        "dpo@example.org",
    ):
        assert words in html, words


def test_the_times_of_the_privacy_page_are_those_of_the_partnership(live_client: Callable[..., FlaskClient]) -> None:
    client = live_client(
        ("reports_years = 6", "reports_years = 1"), ('agreed_by = ""\n\n# For', 'agreed_by = "The board"\n\n# For')
    )
    html = read(client, "/privacy")
    assert "1 year after we close it" in html
    assert "has still to agree" not in html


def test_the_cookies_page_names_the_cookies_there_are(client: FlaskClient) -> None:
    html = read(client, "/cookies")
    for name in ("visit", "work", "__Host-"):
        assert f">{name}</bdi>" in html


def test_the_accessibility_statement_has_the_parts_the_law_wants(client: FlaskClient) -> None:
    html = read(client, "/accessibility")
    assert "<p>This accessibility statement applies to " in html
    for words in (
        "partially compliant with the Web Content Accessibility Guidelines version 2.2 AA",
        "Equality and Human Rights Commission",
        "Equality Advisory and Support Service",
        "Disproportionate burden",
        "Not within the scope",
        "22 November 2026",
        "have not tested it yet",
    ):
        assert words in html, words
    assert "22 listopada 2026" in read(client, "/pl/accessibility")


def test_a_resident_learns_how_to_ask_for_another_format_or_an_interpreter(client: FlaskClient) -> None:
    html = read(client, "/formats")
    for words in ('id="interpreter"', "Large print", "Braille", "Easy Read", "Audio", "mailto:", "اردو"):
        assert words in html, words
