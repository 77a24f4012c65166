"""A whole report, sent page by page as a resident does it."""

from __future__ import annotations

import re

from tests.support.people import Fields, Resident

NARRATIVE = "They broke the blue gate and shouted until we went in."
# What a resident puts into each page of the report, by its number.
# A report about anti-social behaviour or hate has its last questions on these pages.
WITH_CONTACT: dict[str, Fields] = {
    "/report/21": {
        "reach": "contact", "ways": ["text", "email"], "leave_message": "no",
        "written_called": "Maryam", "written_phone": "07700 900123", "written_email": "maryam@mail.test",
    },
    "/report/22": {
        "spoken": "ur", "needs": ["interpreter", "large_print"],
        "written_safe_when": "weekdays after nine", "written_unaware": "my brother",
    },
    "/report/23": {"partner_police": "what", "partner_landlord": "nothing", "partner_victims-first": "how"},
}  # fmt: skip
PAGES = {1: "kind", 2: "narrative", 3: "when", 4: "place", 5: "risk"}


def send_report(
    resident: Resident, *, address: str = "127.0.0.1", more: dict[str, Fields] | None = None, **answers: str
) -> str:
    """Answer the first questions, send, read the receipt and say that it is saved; gives the sixteen digits.

    `more` answers later ones: the fields of each by its path.
    """
    given = {"kind": "asb", "narrative": NARRATIVE, "when": "today", "place": "e-fishermead", "risk": "no"} | answers
    resident.client.environ_base["REMOTE_ADDR"] = address
    resident.get("/report")
    resident.post("/report")
    for number, field in PAGES.items():
        resident.get(f"/report/{number}")
        resident.post(f"/report/{number}", {field: given[field]})
    for path, fields in (more or {}).items():
        resident.get(path)
        resident.post(path, fields)
    resident.get("/report/check")
    resident.post("/report/check")
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
