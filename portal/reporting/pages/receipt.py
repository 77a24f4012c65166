"""The page that shows a receipt number once, and what happens by when: of a report, and of a request."""

from __future__ import annotations

from flask import render_template
from flask_babel import lazy_gettext as _l

from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after
from portal.reporting import nudges
from portal.reporting.pages import desks
from portal.reporting.pages.wording import arrived_in_words
from portal.reporting.services import Receipt
from portal.reporting.storing import read_by

# fmt: off
DIGITS = [
    _l("zero"), _l("one"), _l("two"), _l("three"), _l("four"), _l("five"), _l("six"), _l("seven"), _l("eight"), _l("nine"),
]
# fmt: on


def receipt_page(receipt: Receipt) -> str:
    """The number, and what happens by when."""
    partnership = current_partnership()
    clocks, holidays = partnership.clocks, partnership.bank_holidays
    return render_template(
        "reporting/sent.html",
        receipt=receipt,
        digit_words=DIGITS,
        read_by=read_by(receipt.received_on, immediate_risk=receipt.immediate_risk),
        nudge_offered=nudges.is_offered() and not receipt.is_request,
        desks=desks.after_sending(receipt.desks),
        arrived=arrived_in_words(receipt.files),
        told_by=working_days_after(
            receipt.received_on, clocks.formats_ready if receipt.is_request else clocks.tell_reporter, holidays
        ),
        back_url=None,
    )
