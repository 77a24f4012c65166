"""After sending: the receipt, shown once, and what follows when its reader says that it is saved."""

from __future__ import annotations

from flask import render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.reporting import equality, services
from portal.reporting.pages.receipt import receipt_page
from portal.reporting.pages.routes import blueprint, perhaps_sent, see


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
    return receipt_page(receipt) if receipt else perhaps_sent()


@blueprint.get("/report/saved")
def saved() -> str:
    has_questions = equality.has_right(session.get("equality"))
    return render_template(
        "reporting/saved.html", has_questions=has_questions, taken=session.get("taken"), is_request=False, back_url=None
    )
