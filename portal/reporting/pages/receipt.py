"""The page that shows a receipt number once, and what happens by when: of a report, and of a request."""

from __future__ import annotations

from flask import render_template
from flask_babel import lazy_gettext as _l

from portal.reporting import clocks, nudges
from portal.reporting.models import Promise
from portal.reporting.pages import desks
from portal.reporting.pages.wording import arrived_in_words
from portal.reporting.services import Receipt

# fmt: off
DIGITS = [
    _l("zero"), _l("one"), _l("two"), _l("three"), _l("four"), _l("five"), _l("six"), _l("seven"), _l("eight"), _l("nine"),
]
# fmt: on


def receipt_page(receipt: Receipt) -> str:
    """The number, and what happens by when."""
    due = clocks.first_due(receipt.received_on, immediate_risk=receipt.immediate_risk, is_request=receipt.is_request)
    return render_template(
        "reporting/sent.html",
        receipt=receipt,
        digit_words=DIGITS,
        read_by=due[Promise.READ],
        nudge_offered=nudges.is_offered() and not receipt.is_request,
        desks=desks.after_sending(receipt.desks),
        arrived=arrived_in_words(receipt.files),
        told_by=due[Promise.FORMATS if receipt.is_request else Promise.TELL],
        back_url=None,
    )
