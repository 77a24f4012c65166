"""Large print: every page again in letters of 18 pt, in one column, with the same words; no link and no form leaves it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from portal.languages.i18n import LANGUAGES, Language
from portal.web import assets
from tests.support.browsers import Browse
from tests.support.people import Officer, Resident
from tests.support.walking import Walk

PUBLIC = (
    "/", "/help", "/surveys", "/events", "/cohesion", "/you-said", "/priorities", "/privacy", "/if-stolen", "/cookies",
    "/accessibility", "/contact", "/formats",
)  # fmt: skip
FORMS = ("/report", "/return")
LINK = re.compile(r'(?:href|action|formaction)="(/[^"]*)"')
# What every element that holds words of its own is written in, where somebody sees it.
SMALLEST = """() => Math.min(...[...document.body.querySelectorAll('*')]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.closest('.govuk-visually-hidden, svg, option'))
  .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
  .map(one => parseFloat(getComputedStyle(one).fontSize)))"""
CUT = """() => [...document.body.querySelectorAll('h1, h2, a, button, summary, label, p, li, td, th, dd')]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.closest('.govuk-visually-hidden, .govuk-skip-link'))
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([one, box]) => box.width && (box.left < -1 || box.right > innerWidth + 1 || one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline' && one.clientWidth))
  .map(([one]) => `${one.tagName} ${one.className}: ${one.innerText.slice(0, 40)}`)"""
BODY, EIGHTEEN_POINTS = 24, 24


@pytest.mark.dear
@pytest.mark.same_on_both
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_every_link_and_form_of_a_page_in_large_print_stays_in_it(client: FlaskClient, language: Language) -> None:
    """Followed from page to page, until nothing new is found; the one way out is the link that says so."""
    begin = f"/large{language.prefix}"
    waiting, seen = [f"{begin}{path}" for path in (*PUBLIC, *FORMS, "/no-such-page")], set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = client.get(path)
        if answer.status_code == 303:
            found = {answer.location}
        elif answer.mimetype == "text/html":
            page = answer.get_data(as_text=True)
            assert 'class="govuk-template app-large"' in page, path
            found = {unescape(one).partition("#")[0] for one in LINK.findall(page)}
            ordinary = path.removeprefix("/large") or "/"
            outside = {one for one in found if not re.match(r"/(large(/|$)|static/)", one)}
            assert outside == {ordinary}, path
        else:
            continue
        waiting += [one for one in found if one.startswith(begin) and "?" not in one]
    assert len(seen) > len(PUBLIC) + len(FORMS)


@pytest.mark.same_on_both
@pytest.mark.parametrize("path", [*PUBLIC, *FORMS])
def test_the_words_are_the_same_and_the_ordinary_page_has_the_way_in(client: FlaskClient, path: str) -> None:
    def words(page: str) -> str:
        return re.sub(r"\s+", " ", re.sub(r"<!--.*?-->|<script.*?</script>|<[^>]+>", " ", page, flags=re.DOTALL))

    ordinary, large = (client.get(prefix + path).get_data(as_text=True) for prefix in ("", "/large"))
    assert words(ordinary).replace("Large print", "Ordinary print", 1) != words(ordinary)
    for either in ("Large print", "Ordinary print", "Read this website in large print", "Go back to ordinary print"):
        ordinary, large = ordinary.replace(either, "SIZE"), large.replace(either, "SIZE")
    # The calendar's feed is told by its whole address.
    assert words(large).replace("/large/", "/") == words(ordinary)
    assert f'"/large{path}"' in ordinary


@pytest.mark.same_on_both
def test_both_sizes_of_a_page_are_kept_apart_and_neither_sets_a_cookie(client: FlaskClient) -> None:
    for _ in range(2):
        for prefix, is_large in [("", False), ("/large", True), ("/ur", False), ("/large/ur", True)]:
            answer = client.get(f"{prefix}/contact")
            assert ("app-large" in answer.get_data(as_text=True)) is is_large
            assert "Set-Cookie" not in answer.headers
            assert "public" in answer.headers["Cache-Control"]


@pytest.mark.same_on_both
@pytest.mark.parametrize("path", ["/larger", "/large/large", "/ur/large", "/large//example.org", "/large/%2F/x"])
def test_an_address_that_only_looks_like_large_print_is_no_page_and_leads_to_no_other_site(
    client: FlaskClient, path: str
) -> None:
    answer = client.get(path)
    assert answer.status_code in {404, 308}
    assert not re.search(r'(href|formaction)="//', answer.get_data(as_text=True))
    assert not answer.headers.get("Location", "").startswith("//")


@pytest.mark.same_on_both
def test_what_was_typed_is_still_there_in_the_other_size_and_in_another_language(resident: Resident) -> None:
    resident.get("/large/report")
    resident.post("/large/report")
    resident.post("/large/report/1", about="asb")
    resident.post("/large/report/2", follow=False, narrative="Mattresses in the alley", switch="en")
    for path in ("/report/2", "/large/ur/report/2", "/large/report/2"):
        resident.post(path, narrative="Mattresses in the alley", switch="en")
        assert "Mattresses in the alley" in resident.page
        assert ("app-large" in resident.page) is path.startswith("/large")


@pytest.mark.same_on_both
def test_an_officer_signs_in_and_works_in_large_print(officer: Officer) -> None:
    officer.get("/large/staff/reports")
    assert "app-large" in officer.page
    assert 'href="/staff/reports"' in officer.page
    assert 'href="/large/staff/events"' in officer.page or 'href="/large/staff/reports"' in officer.page


@pytest.mark.same_on_both
def test_what_a_reader_of_large_print_fetches_weighs_no_more_than_the_ordinary_sheet(app: Flask) -> None:
    if not (made := app.extensions["assets"]).is_built:
        pytest.skip("the style sheets are not built (npm run build)")
    for direction in ("", ".rtl"):
        large, ordinary = (
            len((assets.BUILT / made.names[f"{name}{direction}.css"]).with_suffix(".css.gz").read_bytes())
            for name in ("large", "app")
        )
        assert large <= ordinary < 15_000


def fits(page: Page) -> None:
    page.wait_for_load_state()
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= BODY - 0.1, page.url
    assert page.evaluate(SMALLEST) >= EIGHTEEN_POINTS - 0.1, page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    assert page.evaluate(CUT) == [], page.url


@pytest.mark.dear
@pytest.mark.same_on_both
@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.long), "ur"])
@pytest.mark.parametrize(
    "width", [320, pytest.param(390, marks=pytest.mark.long), pytest.param(1280, marks=pytest.mark.long)]
)
def test_public_pages_in_large_print_fit_and_have_no_small_letters(
    browse: Browse, axe: Callable[[Page], list[str]], language: str, width: int
) -> None:
    prefix = "/large" if language == "en" else f"/large/{language}"
    page = browse(prefix + "/", viewport={"width": width, "height": 800})
    origin = page.url.split("/large")[0]
    for path in (*PUBLIC, *FORMS, "/no-such-page"):
        page.goto(origin + prefix + path)
        fits(page)
        if width == 320:
            assert axe(page) == [], path
    page.emulate_media(media="print")
    page.goto(origin + prefix + "/help")
    fits(page)


@pytest.mark.dear
@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("language", "javascript"),
    [
        pytest.param("en", True, marks=pytest.mark.long),
        pytest.param("en", False, marks=pytest.mark.long),
        ("ur", True),
        ("ur", False),
    ],
)
def test_a_resident_reports_in_large_print_from_the_link_at_the_foot_to_the_receipt(
    browse: Browse, app: Flask, language: str, javascript: bool
) -> None:
    prefix = "" if language == "en" else f"/{language}"
    page = browse(f"{prefix}/", javascript=javascript, viewport={"width": 320, "height": 640})
    walk = Walk(page, app, language)

    def at(path: str) -> None:
        expect(page).to_have_url(re.compile(rf"://[^/]+{path}$"))

    page.locator(".app-footer__size a").click()
    at(f"/large{prefix}/")
    page.locator(".app-door__link").first.click()
    at(f"/large{prefix}/report")
    fits(page)
    walk.press("Yes, carry on with my report")
    walk.choose("I am not sure").press("Continue")
    at(f"/large{prefix}/report/files")
    fits(page)
    page.locator("textarea").fill("Mattresses")
    walk.press("Ordinary print")
    at(f"{prefix}/report/files")
    expect(page.locator("html.app-large")).to_have_count(0)
    expect(page.locator("textarea")).to_have_value("Mattresses")
    walk.press("Large print")
    at(f"/large{prefix}/report/files")
    expect(page.locator("textarea")).to_have_value("Mattresses")
    walk.press("Continue").choose("It keeps happening").press("Continue")
    at(f"/large{prefix}/report/4")
    fits(page)
    page.locator("#written_place").fill("Fishermead")
    walk.press("Continue").choose("No").press("Check and send")
    at(f"/large{prefix}/report/check")
    fits(page)
    walk.press("Send my report")
    at(f"/large{prefix}/report/sent")
    fits(page)
    assert re.fullmatch(r"\d{16}", re.sub(r"\D", "", walk.receipt()))
    # A sheet of A4 between its margins; no paper is as narrow as the phone.
    page.set_viewport_size({"width": 718, "height": 1047})
    page.emulate_media(media="print")
    fits(page)
    assert page.locator(".app-card").evaluate("one => parseFloat(getComputedStyle(one).fontSize)") == EIGHTEEN_POINTS
