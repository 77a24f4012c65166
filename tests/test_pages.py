"""The pages that are the same for everyone: who helps, what we work on, and what we promise about data."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import escape as html_escape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.db import today
from portal.languages.i18n import LANGUAGES, Language
from portal.partnership.file import EXAMPLE, load
from portal.vault.keyholders import Mode

pytestmark = pytest.mark.same_on_both

ADDRESSES = [
    "/help",
    "/events",
    "/priorities",
    "/priorities/V1",
    "/priorities/C1",
    "/privacy",
    "/cookies",
    "/if-stolen",
    "/accessibility",
    "/contact",
    "/formats",
]
NOT_CHECKED = "Sample, not checked"
NONE_CHECKED = "We have no checked help line here yet."


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
    by_name = html[html.index('id="names"') :]
    assert by_name.count(NOT_CHECKED) == by_name.count("<bdi lang") == len(load(EXAMPLE).help_lines)
    assert html.count(NOT_CHECKED) == html.count('<bdi lang="en">')
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
    assert "app-fold" not in html
    assert "0300 1234 148" not in html
    assert "tel:999" in html
    assert "0808" not in read(client, "/priorities/V1")


def test_where_no_line_is_left_the_partnerships_telephone_stands_only_once_it_is_checked(
    live_client: Callable[..., FlaskClient],
) -> None:
    assert "tel:01908691691" not in read(live_client(), "/help")
    client = live_client(('phone = "01908 691691"\ncheck = true', 'phone = "01908 691691"'))
    assert "tel:01908691691" in read(client, "/help")


def test_a_group_without_a_checked_line_says_the_one_way_on(live_client: Callable[..., FlaskClient]) -> None:
    client = live_client(
        ('verified_on = ""\nverified_by = ""', f'verified_on = {today()}\nverified_by = "A. Khan"'),
    )
    groups = dict(re.findall(r'<details class="app-fold" id="(\w+)">(.*?)</details>', read(client, "/help"), re.DOTALL))
    assert [name for name, group in groups.items() if NONE_CHECKED in group] == ["young", "drugs", "elsewhere"]
    for name in ("hurt", "hate", "home", "names"):
        assert "tel:03001234148" in groups[name]
    assert "by <bdi>A. Khan</bdi>" in groups["hurt"]


def test_what_is_known_of_a_line_is_said_and_nothing_else(live_client: Callable[..., FlaskClient]) -> None:
    told = 'text_relay = "BSL by video"\nlanguages = {en = "200 languages", ur = "200 زبانیں"}\n'
    checked = f'verified_on = {today()}\nverified_by = "A. Khan"'
    client = live_client(('verified_on = ""\nverified_by = ""', told + checked))
    for prefix, words in (
        ("", ["BSL by video", "200 languages", "Cost</dt>"]),
        ("/ur", ["BSL by video", "200 زبانیں"]),
    ):
        html = read(client, f"{prefix}/help")
        for each in words:
            assert each in html
    assert "Open</dt>" not in read(client, "/help")


def test_every_line_of_the_example_stands_under_a_heading(client: FlaskClient) -> None:
    html = read(client, "/help")
    groups = html[: html.index('id="names"')]
    for line in load(EXAMPLE).help_lines:
        assert line.topics, line.code
        assert groups.count(f'<bdi lang="en">{html_escape(line.name).replace("&#x27;", "&#39;")}</bdi>') == len(
            line.topics
        ), line.code


@pytest.mark.parametrize(("days_ago", "is_shown"), [(0, True), (300, True), (400, False)])
def test_a_resident_is_shown_a_number_for_a_year_after_it_was_checked(
    live_client: Callable[..., FlaskClient], days_ago: int, is_shown: bool
) -> None:
    day = today() - timedelta(days=days_ago)
    client = live_client(('verified_on = ""\nverified_by = ""', f'verified_on = {day}\nverified_by = "A. Khan"'))
    html = read(client, "/help")
    assert ("0300 1234 148" in html) is is_shown
    assert ("app-fold" in html) is is_shown
    assert NOT_CHECKED not in html
    assert ("0300 1234 148" in read(client, "/priorities/V1")) is is_shown


def test_each_priority_has_a_page_in_the_readers_words(client: FlaskClient) -> None:
    html = read(client, "/priorities")
    for code, topic in {"V1": "Domestic abuse", "V2": "Gangs", "N2": "Anti-social behaviour", "C2": "Hate"}.items():
        assert f'href="/priorities/{code}">{topic}</a>' in html
        assert f">{topic}</h1>" in read(client, f"/priorities/{code}")
    assert html.count('href="/priorities/') == 10
    assert "گھریلو تشدد" in read(client, "/ur/priorities")
    assert "Przemoc domowa" in read(client, "/pl/priorities/V1")
    assert "Violența domestică" in read(client, "/ro/priorities/V1")


def test_that_the_strategy_has_ended_is_said_once_on_the_index(client: FlaskClient) -> None:
    assert read(client, "/priorities").count("Its time has ended.") == 1
    for code in ("V1", "N1", "C1"):
        assert "2018-2021" not in read(client, f"/priorities/{code}")


def test_a_priority_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    for code in ("V9", "v1", "%00", "V1'--", "x" * 3000):
        assert client.get(f"/priorities/{code}").status_code == 404


def test_a_priority_says_nothing_of_work_that_nobody_wrote_down(client: FlaskClient) -> None:
    assert "What we do, and what came of it" not in read(client, "/priorities/V1")


WORK = """[[priorities.work]]
began_on = 2026-02-01
what = {en = "We meet each month.", ur = "ہم ہر ماہ ملتے ہیں۔"}
[[priorities.work]]
began_on = 2026-09-01
what = "Officers visit <b>schools</b>."
result_on = 2026-11-02
result = "They saw 12 schools."
"""


def test_a_priority_says_what_is_done_since_when_and_what_came_of_it(live_client: Callable[..., FlaskClient]) -> None:
    client = live_client(("[[priorities.signs]]", WORK + "[[priorities.signs]]"))
    html = read(client, "/priorities/V1")
    newest, oldest = (
        html.index("Since 1\u00a0September\u00a02026: Officers visit &lt;b&gt;"),
        html.index("Since 1\u00a0February\u00a02026"),
    )
    assert newest < html.index("What came of it by 2\u00a0November\u00a02026: They saw 12 schools.") < oldest
    assert "ہم ہر ماہ ملتے ہیں۔" in read(client, "/ur/priorities/V1")


def test_the_home_page_has_four_tiles_and_offers_the_languages_once(client: FlaskClient) -> None:
    html = read(client, "/")
    assert html[html.index("app-doors--tiles") :].count('class="app-door app-door--plain"') == 4
    assert html.count('hreflang="ur"') == 1 + html.count('rel="alternate" hreflang="ur"')


def test_what_the_partnership_writes_cannot_become_markup(live_client: Callable[..., FlaskClient]) -> None:
    client = live_client(("Domestic abuse is when", "<script>alert(1)</script>"), ("SaferMK is the", "<b>bold</b>"))
    html = read(client, "/priorities/V1")
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
    assert "the website deletes it by itself" in html


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
        "22\u00a0November\u00a02026",
        "have not tested it yet",
    ):
        assert words in html, words
    assert "22\u00a0listopada\u00a02026" in read(client, "/pl/accessibility")


def test_a_resident_learns_how_to_ask_for_another_format_or_an_interpreter(client: FlaskClient) -> None:
    html = read(client, "/formats")
    for words in ('id="interpreter"', "Large print", "Braille", "Easy Read", "Audio", "mailto:", "اردو"):
        assert words in html, words
