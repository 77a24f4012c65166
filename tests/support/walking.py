"""The way through the pages as people go it in Chromium: in any language, with or without JavaScript."""

from __future__ import annotations

import re
from typing import Self

from flask import Flask
from flask_babel import gettext, pgettext
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.support.pictures import photo


def said(app: Flask, language: str, sentence: str, context: str | None = None, **named: object) -> str:
    """The sentence as the pages say it in this language; `context` where its English has several meanings."""
    with app.test_request_context(environ_overrides={"portal.language": language, "portal.root": ""}):
        return gettext(sentence, **named) if context is None else pgettext(context, sentence, **named)


def follow(way: Locator) -> None:
    """Press a button or a link, and look on only once the page that it leads to has come."""
    with way.page.expect_navigation():
        way.click()


class Walk:
    """Someone at an open page, who looks for what it says in their language and presses that."""

    def __init__(self, page: Page, app: Flask, language: str = "en") -> None:
        self.page = page
        self.app = app
        self.language = language

    def said(self, sentence: str, context: str | None = None, **named: object) -> str:
        """The sentence as this reader's pages say it."""
        return said(self.app, self.language, sentence, context, **named)

    def press(self, sentence: str) -> Self:
        self.page.get_by_role("button", name=self.said(sentence), exact=True).click()
        return self

    def go(self, sentence: str) -> Self:
        """Follow a link."""
        self.page.get_by_role("link", name=self.said(sentence)).first.click()
        return self

    def choose(self, sentence: str, context: str | None = None) -> Self:
        self.page.get_by_label(self.said(sentence, context), exact=True).check()
        return self

    def see(self, *sentences: str, context: str | None = None, **named: object) -> Self:
        for sentence in sentences:
            expect(self.page.locator("body")).to_contain_text(self.said(sentence, context, **named))
        return self

    def see_words(self, *texts: str) -> Self:
        """What somebody wrote, in whatever language."""
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text)
        return self

    def not_see(self, *texts: str) -> Self:
        for text in texts:
            expect(self.page.locator("body")).not_to_contain_text(text)
        return self

    def at(self, path: str) -> Self:
        prefix = "" if self.language == "en" else f"/{self.language}"
        # A door's address names the page that was asked for.
        expect(self.page).to_have_url(re.compile(rf"://[^/]+{re.escape(prefix + path)}(\?to=[^&]*)?$"))
        self.page.wait_for_load_state("domcontentloaded")
        return self

    def switch_to(self, code: str) -> Self:
        """Press another language in the strip of a page with a form."""
        self.page.locator(f'button[name="switch"][value="{code}"]').click()
        self.language = code
        expect(self.page.locator("html")).to_have_attribute("lang", code)
        return self

    @property
    def heading(self) -> Locator:
        return self.page.locator("h1")

    def begin(self) -> Self:
        return self.press("Yes, carry on with my report").at("/report/1")

    def tell(self, narrative: str, *, place: str = "Fishermead", risk: str = "No") -> Self:
        """Answer the first questions, up to the page where everything is checked."""
        self.choose("Hate, because of who someone is").press("Continue").at("/report/files")
        self.page.locator("textarea").fill(narrative)
        self.press("Continue").at("/report/3")
        self.choose("It keeps happening").press("Continue").at("/report/4")
        self.page.locator("#written_place").fill(place)
        self.press("Continue").at("/report/5").press("Continue").at("/report/6").press("Continue").at("/report/7")
        return self.choose(risk).press("Check and send").at("/report/check")

    def add_photos(self, *names: str) -> Self:
        """Choose them, as the browser's own window would."""
        chosen = [FilePayload(name=name, mimeType="image/jpeg", buffer=photo()) for name in names]
        self.page.locator("#files").set_input_files(chosen)
        return self

    def send(self) -> str:
        """Send what was checked; gives the receipt number as it stands there."""
        self.press("Send my report").at("/report/sent")
        return self.receipt()

    def receipt(self) -> str:
        return self.page.locator("section[aria-labelledby=receipt] bdi").inner_text()

    def come_back(self, number: str) -> Self:
        self.page.locator("#receipt").fill(number)
        return self.press("Open my report").at("/return/report")
