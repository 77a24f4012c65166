"""After sending: the receipt, shown once, and what follows when its reader says that it is saved."""

from __future__ import annotations

from flask import render_template, request, session, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse

from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after
from portal.reporting import equality, nudges, services
from portal.reporting.pages.routes import blueprint, perhaps_sent, see
from portal.reporting.storing import read_by

# fmt: off
DIGITS = [
    _l("zero"), _l("one"), _l("two"), _l("three"), _l("four"), _l("five"), _l("six"), _l("seven"), _l("eight"), _l("nine"),
]
# fmt: on


@blueprint.route("/report/sent", methods=["GET", "POST"])
def sent() -> AnyResponse | str:
    """The receipt, shown until it is said to be saved or 15 minutes have passed."""
    draft = services.find_report_draft(session.get("report"))
    receipt = services.sent_receipt(draft)
    if draft is not None and receipt is None:
        # Another page of this browser has begun a new report: that one is not to be forgotten.
        return see(url_for(".saved" if request.method == "POST" else ".check"))
    if request.method == "POST":
        session["taken"] = bool(receipt and receipt.taken)
        right = services.leave_receipt(session.pop("report", ""))
        if right:
            session["equality"] = right.token
        return see(url_for(".saved"))
    if receipt is None:
        return perhaps_sent()
    partnership = current_partnership()
    clocks, holidays = partnership.clocks, partnership.bank_holidays
    return render_template(
        "reporting/sent.html",
        receipt=receipt,
        digit_words=DIGITS,
        read_by=read_by(receipt.received_on, immediate_risk=receipt.immediate_risk),
        told_by=working_days_after(receipt.received_on, clocks.tell_reporter, holidays),
        nudge_offered=nudges.is_offered(),
        back_url=None,
    )


@blueprint.get("/report/saved")
def saved() -> str:
    has_questions = equality.has_right(session.get("equality"))
    return render_template(
        "reporting/saved.html", has_questions=has_questions, taken=session.get("taken"), back_url=None
    )
