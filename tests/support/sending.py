"""A whole report, sent page by page as a resident does it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from tests.support.people import Fields, Resident

NARRATIVE = "They broke the blue gate and shouted until we went in."
# What a resident puts into each page that asks how to reach them, by its code.
WITH_CONTACT: dict[str, Fields] = {
    "contact": {
        "reach": "contact", "ways": ["text", "email"], "leave_message": "no",
        "written_called": "Maryam", "written_phone": "07700 900123", "written_email": "maryam@mail.test",
    },
    "safe_contact": {
        "spoken": "ur", "needs": ["interpreter", "large_print"],
        "written_safe_when": "weekdays after nine", "written_unaware": "my brother",
    },
    "consent": {"partner_police": "what", "partner_landlord": "nothing", "partner_victims-first": "how"},
}  # fmt: skip
# The first pages that a report of each kind is asked, each with the name of its field.
FIRST = {
    "hate": ("kind", "narrative", "when", "where", "because", "hate_types", "risk"),
    "asb": ("kind", "asb_group", "asb_types", "narrative", "when", "where", "risk"),
    "not_sure": ("kind", "narrative", "when", "where", "risk"),
}
FIELDS = {"where": "place", "asb_group": "group", "asb_types": "types", "because": "strands", "hate_types": "types"}


def page_of(resident: Resident, code: str, prefix: str = "") -> str:
    """The address at which this report is asked the question, opened; addresses do not tell it, so they are tried.

    The one that the last answer led to comes first: most people answer in order.
    """
    led_to = re.fullmatch(rf"{prefix}/report/(\d+)", (resident.response and resident.response.location) or "")
    first = int(led_to[1]) if led_to else 1
    for number in (*range(first, 30), *range(1, first)):
        path = f"{prefix}/report/{number}"
        answer = resident.get(path)
        if answer.status_code == 303:
            path = urlsplit(resident.follow().request.url).path
        if f'name="question" value="{code}"' in resident.page:
            return path
    raise AssertionError(f"this report is not asked {code}")


def answer_page(
    resident: Resident, code: str, fields: Fields | None = None, prefix: str = "", **more: object
) -> TestResponse:
    """Open the page that asks it, and answer."""
    return resident.post(page_of(resident, code, prefix), fields, **more)


def send_report(
    resident: Resident,
    *,
    address: str = "127.0.0.1",
    more: dict[str, Fields] | None = None,
    opens_pages: bool = False,
    **answers: str,
) -> str:
    """Answer the first questions, send, read the receipt and say that it is saved; gives the sixteen digits.

    Most tests send a report to look at something else: unless it `opens_pages`, a page is answered without being shown.
    `answers` are by the name of the field; `more` answers later questions: the fields of each by the page's code, or its path.
    """
    given = {
        "kind": "asb", "group": "noise", "narrative": NARRATIVE, "when": "today", "place": "e-fishermead", "risk": "no",
    } | answers  # fmt: skip
    if given["kind"] == "asb":
        given.setdefault("types", "noise")
    resident.client.environ_base["REMOTE_ADDR"] = address
    resident.get("/report")
    token = resident.token
    resident.post("/report")
    for number, code in enumerate(FIRST[given["kind"]], 1):
        field = FIELDS.get(code, code)
        path = "/report/files" if code == "narrative" else f"/report/{number}"
        if opens_pages:
            resident.get(path)
        resident.post(path, token | ({field: given[field]} if field in given else {}))
    for code, fields in (more or {}).items():
        if code.startswith("/"):
            resident.get(code)
            resident.post(code, fields)
        else:
            answer_page(resident, code, fields)
    if opens_pages:
        resident.get("/report/check")
    resident.post("/report/check", token)
    resident.follow()
    digits = "".join(re.findall(r"\d{4}", receipt_block(resident.page)))
    assert len(digits) == 16, resident.text
    resident.post("/report/sent")
    return digits


def receipt_block(page: str) -> str:
    """The part of the page that shows the number to a reader."""
    found = re.search(r"<bdi[^>]*app-receipt__digits[^>]*>(.*?)</bdi>", page, re.DOTALL)
    assert found, "no receipt is shown"
    return re.sub(r"<[^>]*>", " ", found[1])
