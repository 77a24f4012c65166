"""Whatever is typed, forged, cut off or sent twice: a clear sentence in the reader's language, and nothing of theirs is lost."""

from __future__ import annotations

import html
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import ngettext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse
from wtforms.fields.core import UnboundField

from portal.db import session, today, transaction, utcnow
from portal.reporting.models import Message, Report
from portal.reporting.pages.come_back import MAX_GUESSES_PER_HOUR
from portal.reporting.pages.forms import question_form
from portal.reporting.pages.steps import MAX_STEPS
from portal.reporting.questions.asked import QUESTIONS
from portal.staff.models import Role
from portal.text import plain
from portal.vault.drafts import SealedDraft
from portal.web.forms import Form
from tests.support.browsers import Browse
from tests.support.people import Officer, Resident, read
from tests.support.sending import receipt_block, send_report
from tests.support.walking import Walk, said
from tests.test_access import WHO_MAY, address

ROOT = Path(__file__).parent.parent
LANGUAGES = ["en", "ur"]
WORDS = "They threw stones at our window, again."


def begin(resident: Resident, prefix: str = "") -> None:
    resident.get(f"{prefix}/report")
    resident.post(f"{prefix}/report")
    resident.follow()


def ready_to_send(resident: Resident) -> None:
    begin(resident)
    resident.post("/report/files", narrative=WORDS)
    resident.get("/report/check")


def send(client: FlaskClient, path: str, token: str, body: bytes) -> TestResponse:
    """A form whose bytes are exactly these."""
    return client.post(
        path, data=b"csrf_token=" + token.encode() + b"&" + body, content_type="application/x-www-form-urlencoded"
    )


def token_on(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def stored(app: Flask, model: type) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(model)) or 0


def end_all_drafts(app: Flask) -> None:
    """An hour goes by in which nobody types."""
    with app.app_context(), transaction() as db:
        db.execute(update(SealedDraft).values(ends_at=utcnow() - timedelta(seconds=1)))


def assert_said(app: Flask, resident: Resident, language: str, *sentences: str, **named: object) -> None:
    """The page says the sentence in its own language and is marked as being in that language."""
    assert f'<html class="govuk-template" lang="{language}"' in resident.page
    for sentence in sentences:
        resident.see(said(app, language, sentence, **named))


def assert_mistake(app: Flask, resident: Resident, language: str, sentence: str) -> None:
    """The sentence stands in the summary and at the field, and the title says that something is wrong."""
    assert resident.response is not None
    assert resident.response.status_code == 200
    assert_said(app, resident, language, "There is a problem", sentence)
    assert resident.text.count(said(app, language, sentence)) == 2
    title = html.unescape(resident.page.split("<title>")[1].split("</title>")[0])
    assert title.startswith(said(app, language, "Error: %(title)s", title="")[:4])


@pytest.mark.same_on_both
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("number", "fields", "sentence", "kept"),
    [
        (1, {"kind": "murder"}, "Choose one of the answers on this page.", ""),
        ("files", {"narrative": ""}, "Write a few words about what happened.", ""),
        ("files", {"narrative": "\u2800\u3164\u200b\u0301\ufe0f"}, "Write a few words about what happened.", ""),
        ("files", {"narrative": " \r\n\t\x00 "}, "Write a few words about what happened.", ""),
        ("files", {}, "Write a few words about what happened.", ""),
        (3, {"when": "2026"}, "Choose one of the answers on this page.", ""),
        (3, {"when": "exact"}, "Write the day, the month and the year, or choose another answer.", ""),
        (4, {"place": "atlantis", "street": "By the lake"}, "Choose one of the answers on this page.", "By the lake"),
        (5, {"risk": "<script>"}, "Choose one of the answers on this page.", ""),
    ],
)
def test_a_mistake_is_said_in_the_readers_language_and_what_they_typed_stays(
    app: Flask, resident: Resident, language: str, number: object, fields: dict[str, str], sentence: str, kept: str
) -> None:
    prefix = "" if language == "en" else f"/{language}"
    begin(resident, prefix)
    resident.get(f"{prefix}/report/{number}")
    resident.post(f"{prefix}/report/{number}", fields)
    assert_mistake(app, resident, language, sentence)
    assert kept in resident.page
    assert "<script>" not in resident.page.replace('<script src="', "")


WRONG_DAY = "Write the day as a number from 1 to 31."
WRONG_MONTH = "Write the month as a number from 1 to 12, or as a word, like November."
WRONG_YEAR = "Write the year with four digits, like 2026."
NO_SUCH_DAY = "Write a date that is on the calendar, like 17 11 2026."


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("day", "month", "year", "sentence"),
    [
        ("29", "2", "2026", NO_SUCH_DAY),
        ("31", "4", "2026", NO_SUCH_DAY),
        ("0", "1", "2026", WRONG_DAY),
        ("1", "13", "2026", WRONG_MONTH),
        ("1", "1", "0", WRONG_YEAR),
        ("1", "1", "26", WRONG_YEAR),
        ("-1", "1", "2026", WRONG_DAY),
        ("last", "Tuesday", "evening", WRONG_DAY),
        ("1", "1", "", WRONG_YEAR),
        ("1.5", "1", "2026", WRONG_DAY),
        ("9" * 400, "1", "2026", WRONG_DAY),
        ("1", "1", "9" * 5_000, WRONG_YEAR),
        ("²", "½", "Ⅳ", WRONG_DAY),
    ],
)
def test_a_date_that_is_on_no_calendar_is_given_back_to_be_mended(
    app: Flask, resident: Resident, day: str, month: str, year: str, sentence: str
) -> None:
    begin(resident)
    resident.post("/report/3", {"when": "exact", "exact-day": day, "exact-month": month, "exact-year": year})
    assert_mistake(app, resident, "en", sentence)
    for part in (day, month, year):
        assert f'value="{part}"' in resident.page


@pytest.mark.same_on_both
def test_a_day_in_the_future_has_a_sentence_of_its_own(app: Flask, resident: Resident) -> None:
    tomorrow = today() + timedelta(days=1)
    begin(resident, "/ur")
    fields = {"exact-day": tomorrow.day, "exact-month": tomorrow.month, "exact-year": tomorrow.year}
    resident.post("/ur/report/3", fields, when="exact")
    assert_mistake(app, resident, "ur", "Choose a day that is not in the future.")


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("day", "month", "year"), [("۲۹", "۲", "۲۰۲۴"), ("٢٩", "٠٢", "٢٠٢٤"), (" 29", "02 ", "2024"), ("௨௯", "2", "2024")]
)
def test_a_date_may_be_typed_in_any_digits(resident: Resident, day: str, month: str, year: str) -> None:
    begin(resident)
    resident.post("/report/files", narrative=WORDS)
    resident.follow()
    resident.post("/report/3", {"when": "exact", "exact-day": day, "exact-month": month, "exact-year": year})
    resident.get("/report/check")
    resident.see("Thursday 29 February 2024")


@pytest.mark.same_on_both
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["a" * 4_001, "அ" * 4_001, "x\n" * 2_001, "ab " * 66_666])
def test_a_text_that_is_too_long_is_given_back_whole(app: Flask, resident: Resident, language: str, text: str) -> None:
    prefix = "" if language == "en" else f"/{language}"
    begin(resident, prefix)
    resident.get(f"{prefix}/report/files")
    resident.post(f"{prefix}/report/files", narrative=text.replace("\n", "\r\n"))
    over = len(text.strip()) - 4_000
    with app.test_request_context(environ_overrides={"portal.language": language, "portal.root": ""}):
        one, many = (
            "This is %(num)s letter too long. Make it shorter.",
            "This is %(num)s letters too long. Make it shorter.",
        )
        resident.see(ngettext(one, many, over))
    assert f">\n{text.strip()}</textarea>" in resident.page


def test_four_thousand_letters_of_any_script_are_not_too_long(resident: Resident) -> None:
    begin(resident)
    for text in ("a" * 4_000, "அ" * 4_000, "😀" * 4_000, "x\r\n" * 1_999 + "xx"):
        resident.get("/report/files")
        resident.post("/report/files", narrative=text)
        assert resident.response is not None
        assert resident.response.status_code == 303


# Emoji of several code points, Urdu with its marks in both forms, line breaks, invisible controls and spaces around it.
COUNTED = [
    "a",
    "😀",
    "👩\u200d👧",
    "🇵🇱",
    "1\ufe0f\u20e3",
    "ہے",
    "اُردُو",
    "آ",
    "ا\u0653",
    "ئ",
    "ی\u0654",
    "é",
    "e\u0301",
    "\n",
    "\u202e",
    "\ufeff",
]


@pytest.mark.dear
@pytest.mark.same_on_both
@pytest.mark.parametrize(
    "pieces", [["y".join(COUNTED)], pytest.param(COUNTED, marks=pytest.mark.long)], ids=["together", "apart"]
)
def test_the_counter_in_the_browser_says_what_the_server_says(
    browse: Browse, app: Flask, resident: Resident, pieces: list[str]
) -> None:
    page = browse("/report")
    Walk(page, app).begin().choose("Hate, because of who someone is").press("Continue")
    box, counter = page.locator("textarea"), page.locator(".app-limit[role=status]")
    begin(resident)
    # The page counts a second after the last letter, so each day counts them all in one text.
    for piece in pieces:
        begins = f"y{piece * 40}x"
        for over in (0, 1):
            text = f" \n{begins}{'x' * (4_000 - len(plain(begins)) + over)}\n "
            box.fill(text)
            expect(counter).to_have_text(f"Letters too many: {over}" if over else "Letters left: 0")
            resident.get("/report/files")
            resident.post("/report/files", narrative=text.replace("\n", "\r\n"))
            assert resident.response is not None
            assert resident.response.status_code == (200 if over else 303), ascii(piece)
            if over:
                resident.see("This is 1 letter too long. Make it shorter.")


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    "body",
    [
        b"narrative=%00They+threw%00+stones%07%1b%7f",
        b"narrative=They+threw+stones%ED%A0%80",
        b"narrative=They+threw+stones%FF%FE%C0%AF",
        b"narrative=%E2%80%AEThey+threw%E2%80%AC+stones",
        b"narrative=%EF%BB%BFThey+threw+stones",
        b"narrative=They+threw+stones&narrative=and+more&=&&&==&%",
    ],
    ids=["controls", "surrogate", "not UTF-8", "written backwards", "byte order mark", "odd form"],
)
def test_letters_that_nobody_can_see_do_no_harm(app: Flask, resident: Resident, officer: Officer, body: bytes) -> None:
    ready_to_send(resident)
    answer = send(resident.client, "/report/files", token_on(resident.page), body)
    assert answer.status_code == 303
    resident.get("/report/check")
    resident.see("They threw stones")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e\ufeff]", resident.page)
    resident.post("/report/check")
    officer.get("/staff/reports")
    officer.get(re.findall(r"/staff/reports/[0-9a-f-]{36}", officer.page)[0])
    officer.see("They threw stones")


@pytest.mark.same_on_both
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_typed_into_an_ended_draft_is_shown_to_be_copied(
    app: Flask, resident: Resident, language: str
) -> None:
    prefix = "" if language == "en" else f"/{language}"
    begin(resident, prefix)
    end_all_drafts(app)
    resident.get(f"{prefix}/report/1")
    resident.client.get("/report")
    resident.post(f"{prefix}/report/files", csrf_token=token_on(resident.client.get("/report").text), narrative=WORDS)
    assert resident.response is not None
    assert resident.response.status_code == 410
    assert_said(
        app,
        resident,
        language,
        "Your report has been cleared",
        "What you wrote was not sent. Copy it from here to keep it.",
    )
    assert re.search(rf"<textarea[^>]* readonly[^>]*>{WORDS}</textarea>", resident.page)


@pytest.mark.same_on_both
def test_what_was_typed_into_a_report_that_has_closed_is_shown_to_be_copied(app: Flask, resident: Resident) -> None:
    digits = send_report(resident)
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    end_all_drafts(app)
    resident.post("/return/report", message=WORDS)
    resident.see("Your report has been closed on this device", WORDS)


@pytest.mark.same_on_both
def test_a_form_without_its_token_gives_the_text_back(resident: Resident) -> None:
    begin(resident)
    answer = resident.client.post("/report/files", data={"narrative": WORDS, "csrf_token": "old"})
    assert answer.status_code == 400
    assert "This page was open for too long" in answer.text
    assert WORDS in answer.text


def test_a_double_click_a_reload_and_back_then_send_make_one_report(app: Flask, resident: Resident) -> None:
    ready_to_send(resident)
    page = resident.page
    pages = []
    for _ in range(3):
        resident.page = page
        resident.post("/report/check")
        resident.follow()
        pages.append(receipt_block(resident.page))
        resident.get("/report/sent")
        pages.append(receipt_block(resident.page))
    assert len(set(pages)) == 1
    assert stored(app, Report) == 1


def test_going_back_after_the_receipt_was_saved_sends_nothing_again(app: Flask, resident: Resident) -> None:
    ready_to_send(resident)
    page = resident.page
    resident.post("/report/check")
    resident.follow()
    resident.post("/report/sent")
    resident.page = page
    resident.post("/report/check")
    assert resident.response is not None
    assert resident.response.status_code in {400, 410}
    assert stored(app, Report) == 1


def test_two_tabs_of_one_browser_write_one_report(app: Flask, resident: Resident) -> None:
    begin(resident)
    other = Resident(resident.client)
    other.get("/report")
    other.see("Carry on with the report you began")
    other.post("/report")
    other.follow()
    resident.post("/report/files", narrative=WORDS)
    other.get("/report/check")
    other.see(WORDS)
    resident.get("/report/check")
    resident.post("/report/check")
    other.post("/report/check")
    other.follow()
    resident.follow()
    assert receipt_block(resident.page) == receipt_block(other.page)
    assert stored(app, Report) == 1


@pytest.mark.same_on_both
def test_saying_saved_in_one_tab_does_not_delete_what_the_other_has_begun(resident: Resident) -> None:
    ready_to_send(resident)
    resident.post("/report/check")
    resident.follow()
    receipt_page = resident.page
    other = Resident(resident.client)
    begin(other)
    other.post("/report/files", narrative="a second report")
    resident.page = receipt_page
    resident.post("/report/sent")
    other.get("/report/check")
    other.see("a second report")


@pytest.mark.same_on_both
def test_a_look_at_the_receipt_page_before_sending_leads_back_and_loses_nothing(resident: Resident) -> None:
    ready_to_send(resident)
    resident.get("/report/sent")
    resident.follow()
    assert resident.path == "/report/check"
    resident.see(WORDS)


def test_the_same_message_pressed_twice_is_one_and_other_words_are_another(app: Flask, resident: Resident) -> None:
    digits = send_report(resident)
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    page = resident.page
    for text in ("first words", "first words", "other words"):
        resident.page = page
        resident.post("/return/report", message=text)
    resident.get("/return/report")
    assert stored(app, Message) == 2
    assert resident.text.count("first words") == resident.text.count("other words") == 1


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("/xx/report", "en"), ("/en/report", "en"), ("/EN", "en"), ("/ur/xx", "ur"), ("/ur/ur/report", "ur"),
        ("/report/99", "en"), ("/report/0", "en"), ("/report/-1", "en"), ("/report/1.0", "en"), ("/ur/report/" + "9" * 400, "ur"),
        ("/%00", "en"), ("/%ff%fe", "en"), ("/" + "a" * 3_000, "en"), ("/report/%2e%2e/staff", "en"), ("/static/../portal.db", "en"),
        ("/static/%2e%2e%2fportal.db", "en"), ("/staff/reports/1", "en"), ("/wp-login.php", "en"), ("/.env", "en"),
    ],
)  # fmt: skip
def test_an_address_that_is_none_says_so_in_the_language_of_the_address(
    app: Flask, resident: Resident, path: str, language: str
) -> None:
    assert resident.get(path).status_code == 404
    assert_said(app, resident, language, "There is no page here", "Check the address, or go to the start.")


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    "path", ["//evil.example", "/ur//evil.example", "/ur//evil.example/%2f..", "/pl/\\evil.example"]
)
def test_no_link_or_redirect_leads_to_another_site(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert not answer.location or re.match("/(?![/\\\\])", answer.location)
    for link in re.findall(r'(?:href|action|formaction)="([^"]*)"', answer.text):
        assert re.match(r"(/(?![/\\])|#|tel:)", html.unescape(link)), link


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:99999", "a b", "<x>", "[::1", "127.0.0.1.", "", "ü.example"]
)
def test_the_name_a_request_claims_for_this_site_is_repeated_nowhere(client: FlaskClient, host: str) -> None:
    headers = {
        "Host": host.encode("utf-8").decode("latin-1"),
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
    }
    for path in ("/", "/report", "/staff", "/nothing", "/ur/help"):
        answer = client.get(path, headers=headers)
        assert answer.status_code < 500
        assert "evil" not in answer.text + str(answer.headers)
        assert not answer.location or answer.location.startswith("/")


@pytest.mark.same_on_both
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_that_is_asked_for_in_the_wrong_way_says_so(app: Flask, resident: Resident, language: str) -> None:
    prefix = "" if language == "en" else f"/{language}"
    for method, path in (
        ("PUT", "/report"),
        ("DELETE", "/report/1"),
        ("PATCH", "/"),
        ("POST", "/help"),
        ("TRACE", "/"),
        ("GET", "/leave"),
    ):
        answer = resident._arrive(path, resident.client.open(prefix + path, method=method))
        assert answer.status_code == 405, (method, path)
        assert "Allow" in answer.headers
        assert_said(app, resident, language, "This page opens another way")


@pytest.mark.same_on_both
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_that_is_far_too_large_is_refused_with_a_sentence(app: Flask, resident: Resident, language: str) -> None:
    prefix = "" if language == "en" else f"/{language}"
    begin(resident, prefix)
    path, token = f"{prefix}/report/files", token_on(resident.page)
    parts = "".join(f'--b\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\nx\r\n' for n in range(300))
    words, files = "That was too long to send", "These files are too large to send"
    for body, kind, sentence in (
        (
            b"csrf_token=" + token.encode() + b"&narrative=" + quote("அ" * 200_000).encode(),
            "application/x-www-form-urlencoded",
            words,
        ),
        (b"narrative=" + b"a" * 600_000, "application/x-www-form-urlencoded", words),
        (f"{parts}--b--".encode(), "multipart/form-data; boundary=b", files),
    ):
        resident._arrive(path, resident.client.post(path, data=body, content_type=kind))
        assert resident.response is not None
        assert resident.response.status_code == 413, kind
        assert_said(app, resident, language, sentence)
    resident.get(f"{prefix}/report/files")
    assert resident.response.status_code == 200


@pytest.mark.same_on_both
def test_of_a_form_with_many_fields_only_what_was_asked_is_kept_and_one_with_too_many_is_refused(
    app: Flask, resident: Resident
) -> None:
    begin(resident)
    many = "&".join(f"field{n}=x" for n in range(900)).encode()
    token = token_on(resident.page)
    answer = send(resident.client, "/ur/report/files", token, b"switch=ur&narrative=stones&" + many)
    assert answer.status_code == 303
    answer = send(resident.client, "/ur/report/files", token, b"switch=ur&narrative=glass&" + many * 2)
    assert answer.status_code == 413
    resident.get("/ur/report/files")
    assert "stones</textarea>" in resident.page
    with app.app_context():
        assert len(session.scalars(select(SealedDraft.sealed)).one()) < 2_000


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--b\r\n" * 100, "multipart/form-data; boundary=b"),
        (b"--b\r\nContent-Disposition: form-data; name=narrative\r\n\r\nno end", "multipart/form-data; boundary=b"),
        (b"x", "multipart/form-data"),
        (b"narrative=They+threw+stones\xff\xfe", "application/x-www-form-urlencoded"),
        (
            b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n--c--\r\n--b--",
            "multipart/form-data; boundary=b",
        ),
        (b'{"narrative": "x"}', "application/json"),
        (b"\x1f\x8b\x08\x00bomb", "application/x-www-form-urlencoded"),
        (b"narrative=x", "text/plain; charset=utf-99"),
    ],
)
def test_a_form_that_is_none_is_refused_with_a_page(resident: Resident, body: bytes, kind: str) -> None:
    begin(resident)
    answer = resident.client.post("/report/files", data=body, content_type=kind)
    assert answer.status_code in {400, 413}
    assert "<h1" in answer.text


@pytest.mark.same_on_both
def test_a_receipt_with_a_digit_missing_is_told_how_many_were_typed(app: Flask, resident: Resident) -> None:
    for typed, sentence in (
        ("1234 5678 9012 345", "You typed 15 digits. The receipt number has 16."),
        ("1234 5678 9012 3456 7", "You typed 17 digits. The receipt number has 16."),
        ("7", "You typed 1 digit. The receipt number has 16."),
        ("", "You typed 0 digits. The receipt number has 16."),
        ("my number is 1234 5678 9012 3456", "Type the 16 digits only, without letters."),
        ("<b>1</b>", "You typed 1 digit. The receipt number has 16."),
    ):
        resident.get("/return")
        resident.post("/return", receipt=typed)
        resident.see(sentence)
        assert f'value="{html.escape(typed)}"' in resident.page


def unlike_only_in_what_was_typed(page: str, typed: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page).replace(typed, "TYPED")


@pytest.mark.same_on_both
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_that_opens_nothing_gets_the_same_page(app: Flask, resident: Resident, language: str) -> None:
    digits = send_report(resident)
    path = "/return" if language == "en" else f"/{language}/return"
    pages = set()
    almost = f"{digits[:-1]}{(int(digits[-1]) + 1) % 10}"
    for typed in ("0000000000000000", "1234567890123456", almost):
        resident.get(path)
        resident.post(path, receipt=typed)
        assert_said(app, resident, language, "That number does not open a report. Check each digit and try again.")
        pages.add(unlike_only_in_what_was_typed(resident.page, typed))
    assert len(pages) == 1


def test_guessing_receipts_ends_with_a_page_and_locks_nobody_else_out(app: Flask, resident: Resident) -> None:
    digits = send_report(resident)
    guesser = Resident(app.test_client())
    guesser.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    guesser.get("/ur/return")
    page = guesser.page
    statuses = []
    for n in range(MAX_GUESSES_PER_HOUR + 2):
        guesser.page = page
        statuses.append(guesser.post("/ur/return", receipt=f"{n:016d}").status_code)
    assert statuses == [200] * MAX_GUESSES_PER_HOUR + [429] * 2
    assert_said(app, guesser, "ur", "Too many tries")
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    assert resident.path == "/return/report"


def at_once(times: int, act: Callable[[], str]) -> list[str]:
    """What `act` gives when it is done so often in the same moment."""
    start, given = threading.Barrier(times), []

    def run() -> None:
        start.wait()
        given.append(act())

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


def sending_with(app: Flask, cookie: str, token: str) -> Callable[[], str]:
    """Press Send with this cookie; gives the receipt that is then shown."""

    def act() -> str:
        client = app.test_client()
        client.set_cookie("visit", cookie)
        answer = client.post("/report/check", data={"csrf_token": token}, follow_redirects=True)
        return "".join(receipt_block(answer.text).split())

    return act


def test_ten_presses_in_the_same_moment_make_one_report(app: Flask, resident: Resident) -> None:
    ready_to_send(resident)
    cookie = resident.client.get_cookie("visit")
    assert cookie
    shown = at_once(10, sending_with(app, cookie.value, token_on(resident.page)))
    assert len(shown) == 10
    assert len(set(shown)) == 1
    assert stored(app, Report) == 1


OTHER_SERVER = """
import sys
from portal import create_app
from tests.test_bad_input import at_once, sending_with

app = create_app()
print("ready", flush=True)
cookie, token = sys.stdin.readline().split()
print(" ".join(at_once(5, sending_with(app, cookie, token))))
"""


@pytest.mark.dear
def test_presses_that_reach_two_server_processes_make_one_report(app: Flask, resident: Resident) -> None:
    ready_to_send(resident)
    cookie = resident.client.get_cookie("visit")
    assert cookie
    ours = app.extensions["settings"]
    environment = {
        "PORTAL_DATA": str(ours.data),
        "PORTAL_DATABASE_URL": ours.database,
        "PATH": "",
        "PYTHONPATH": str(ROOT),
    }
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", OTHER_SERVER],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for server in servers:
        assert server.stdout
        assert server.stdout.readline() == "ready\n"
    for server in servers:
        assert server.stdin
        server.stdin.write(f"{cookie.value} {token_on(resident.page)}\n")
        server.stdin.flush()
    shown = [receipt for server in servers for receipt in server.communicate(timeout=60)[0].split()]
    assert len(shown) == 10
    assert len(set(shown)) == 1
    assert stored(app, Report) == 1


def test_a_line_that_breaks_after_sending_still_ends_on_the_receipt(
    app: Flask, live_server: str, app_address: tuple[str, int], resident: Resident
) -> None:
    ready_to_send(resident)
    cookie = resident.client.get_cookie("visit")
    assert cookie
    body = f"csrf_token={quote(token_on(resident.page))}"
    with socket.create_connection(app_address) as line:
        line.sendall(
            f"POST /report/check HTTP/1.1\r\nHost: x\r\nCookie: visit={cookie.value}\r\nContent-Length: {len(body)}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}".encode()
        )
    for _ in range(100):
        if stored(app, Report):
            break
        time.sleep(0.05)
    resident.get("/report/sent")
    first = receipt_block(resident.page)
    resident.get("/report/check")
    resident.follow()
    assert receipt_block(resident.page) == first
    assert stored(app, Report) == 1


@pytest.mark.same_on_both
@pytest.mark.parametrize("path", ["/", "/nothing", "/report", "/ur/return"])
def test_a_database_that_is_away_is_said_on_a_page_that_nobody_keeps(
    make_app: Callable[..., Flask], path: str, tmp_path: Path
) -> None:
    away = make_app(database_url=f"sqlite:///{tmp_path / 'no folder' / 'portal.db'}")
    answer = away.test_client().get(path)
    assert answer.status_code == 503
    assert said(away, "ur" if path.startswith("/ur") else "en", "We cannot save anything just now") in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def names_of_all_fields() -> list[str]:
    """What any form of the portal asks for, its parts apart, and what buttons are called."""
    found = {"csrf_token", "finish", "question", "skip", "switch", "again", ""}
    found |= {f"{day}-{part}" for day in ("exact", "first", "last") for part in ("day", "month", "year")}
    forms = [*Form.__subclasses__(), *(question_form(question, ()) for question in QUESTIONS.values())]
    for form in forms:
        forms += form.__subclasses__()
        found |= {name for name in dir(form) if isinstance(getattr(form, name), UnboundField)}
    return sorted(found)


FIELDS = names_of_all_fields()
OPTIONS = sorted(
    {code for question in QUESTIONS.values() for asked in question.questions for code in asked.texts} | QUESTIONS.keys()
)
NASTY = [
    b"\x00", b"\xed\xa0\x80", b"\xff", b"'\"><script>alert(1)</script>", b"{{7*7}}", b"%s%n%(x)s", b"1e400", b"NaN",
    b"9" * 5_000, b"-1", "\u202e".encode(), "۱۲۳۴۵۶۷۸۹۰۱۲۳۴۵۶".encode(), b"1234567890123456", b"a" * 70_000, b"\r\nSet-Cookie: x=y",
    b"exact", b"hate", b"keeps_happening", b"e-fishermead", b"between", b"Bletchly", b"yes", b"closed", b"held", b"ur",
]  # fmt: skip
VALUE = st.one_of(
    st.sampled_from(NASTY),
    st.sampled_from(OPTIONS).map(str.encode),
    st.binary(max_size=40),
    st.text(max_size=40).map(lambda t: t.encode("utf-8", "surrogatepass")),
)
FORM = st.lists(st.tuples(st.one_of(st.sampled_from(FIELDS), st.text(max_size=5)), VALUE), max_size=8)
BUTTONS = [path for method, path in WHO_MAY if method == "POST"]


# What ends a visit is pressed by somebody else: the others would find nothing open any more.
ENDS_A_VISIT = {"/leave", "/return/close", "/staff/sign-out", "/staff/lock"}


@dataclass
class Anyone:
    """One browser for everything: staff of every kind, unlocked, who also has a draft and an opened report."""

    client: FlaskClient
    report: str
    staff_token: str
    visitor_token: str

    def press(
        self, button: str, number: object, prefix: str, form: list[tuple[str, bytes]], *, has_token: bool
    ) -> None:
        """Send this form to this button: a page comes back, or the way to one."""
        client, token = self.client, self.staff_token if button.startswith("/staff") else self.visitor_token
        if button in ENDS_A_VISIT:
            client = client.application.test_client()
            token = token_on(client.get("/return").text)
        elif button.startswith("/report"):
            client.post("/report", data={"csrf_token": token})
        fields = [(name.encode("utf-8", "surrogatepass"), value) for name, value in form]
        fields += [(b"csrf_token", token.encode())] * has_token
        body = "&".join(f"{quote(name)}={quote(value)}" for name, value in fields)
        path = prefix + address(button.replace("<int:number>", str(number)), self.report)
        answer = client.post(path, data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code < 500, (path, body)
        if answer.location:
            assert re.match("/(?![/\\\\])", answer.location)
        elif answer.mimetype == "text/html":
            # The frame that warns before a visit ends is a line on another page, and no page.
            assert re.search(r"<h1[\s>]", answer.text) or "keep-open" in button
            assert read(answer.text).text
            assert "<script>alert" not in answer.text
        assert "x=y" not in str(answer.headers)


@pytest.fixture
def anyone(hire: Callable[..., Officer]) -> Anyone:
    person = hire(roles=tuple(Role))
    person.sign_in()
    person.unlock()
    digits = send_report(person)
    person.get("/return")
    visitor_token = token_on(person.page)
    person.post("/return", receipt=digits)
    person.get("/staff/reports")
    report = re.findall(r"/staff/reports/([0-9a-f-]{36})", person.page)[0]
    return Anyone(person.client, report, token_on(person.page), visitor_token)


ANYTHING = {
    "button": st.sampled_from(BUTTONS),
    "number": st.integers(1, MAX_STEPS),
    "prefix": st.sampled_from(["", "/pl", "/ro", "/ur"]),
    "form": FORM,
    "has_token": st.sampled_from([True, True, True, False]),
}
FUZZ = settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.dear
@pytest.mark.same_on_both
@settings(FUZZ, max_examples=300)
@given(**ANYTHING)
def test_any_form_to_any_button_gets_a_page(anyone: Anyone, **anything: Any) -> None:
    anyone.press(**anything)


@pytest.mark.long
@settings(FUZZ, max_examples=2_000, derandomize=False)
@given(**ANYTHING)
def test_any_of_two_thousand_new_forms_gets_a_page(anyone: Anyone, **anything: Any) -> None:
    anyone.press(**anything)


@pytest.mark.same_on_both
@settings(FUZZ, max_examples=100)
@given(path=st.text(max_size=30), query=st.binary(max_size=30))
def test_any_address_gets_a_page(client: FlaskClient, path: str, query: bytes) -> None:
    for start in ("/", "/ur/report/", "/staff/reports/"):
        answer = client.get(start + quote(path.encode("utf-8", "surrogatepass")), query_string=quote(query))
        assert answer.status_code < 500
        assert answer.location or "<h1" in answer.text


@pytest.mark.same_on_both
@pytest.mark.parametrize("space", [" ", "\u00a0", "\x1c"])
def test_a_space_is_no_choice_and_the_report_can_still_be_sent(resident: Resident, space: str) -> None:
    resident.get("/report")
    resident.post("/report")
    for number, field in ((1, "kind"), (3, "when"), (4, "place"), (5, "risk")):
        resident.get(f"/report/{number}")
        resident.post(f"/report/{number}", {field: space})
        resident.see("There is a problem", "Choose one of the answers on this page.")
    assert send_report(resident)
