"""After sending: the receipt, shown once, and what follows when its reader says that it is saved."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal import limits
from portal.db import utcnow
from portal.reporting import clocks, conversations, equality, services
from portal.reporting.models import Promise
from portal.reporting.pages.receipt import receipt_page
from portal.reporting.pages.routes import blueprint, perhaps_sent, see
from portal.vault.sealing import SealError
from portal.web import errors


@blueprint.route("/report/sent", methods=["GET", "POST"])
def sent() -> AnyResponse | str:
    """The receipt, shown until it is said to be saved or 15 minutes have passed."""
    draft = services.find_report_draft(session.get("report"))
    receipt = services.sent_receipt(draft)
    if draft is not None and receipt is None:
        # Another page of this browser has begun a new report: that one is not to be forgotten.
        return see(url_for(".saved" if request.method == "POST" else ".check"))
    if request.method == "POST":
        session["saved"] = _to_come_back(receipt) if receipt else None
        right = services.leave_receipt(session.pop("report", ""))
        if right:
            session["equality"] = right.token
        return see(url_for(".saved"))
    return receipt_page(receipt) if receipt else perhaps_sent()


@blueprint.get("/report/saved")
def saved() -> str:
    has_questions = equality.has_right(session.get("equality"))
    kept = session.get("saved") or {}
    if kept and utcnow().timestamp() > kept["until"]:
        # Whoever comes to this device later does not read that a report was sent from it.
        session.pop("saved")
        kept = {}
    return render_template(
        "reporting/saved.html",
        has_questions=has_questions,
        taken=kept.get("taken"),
        come_back_on=date.fromisoformat(kept["on"]) if kept else None,
        is_request=False,
        back_url=None,
    )


def _to_come_back(receipt: services.Receipt) -> dict[str, Any]:
    """What the cleared page repeats: nothing of it tells what was sent."""
    on = clocks.due_after(receipt.received_on, Promise.READ, immediate_risk=receipt.immediate_risk)
    until = (utcnow() + services.RECEIPT_SHOWN_FOR).timestamp()
    return {"on": on.isoformat(), "taken": bool(receipt.taken), "until": until}


@blueprint.post("/report/open")
def open_sent() -> AnyResponse:
    """From the page after sending to the report's own page: to add a photo, or what was forgotten."""
    receipt = services.sent_receipt(services.find_report_draft(session.get("report")))
    if receipt is None:
        return perhaps_sent()
    with limits.one_at_a_time("receipt"):
        try:
            visit = conversations.open_with_receipt(receipt.digits)
        except SealError:
            return errors.damaged()
    if visit is None:
        return perhaps_sent()
    session["come_back"] = visit.token
    return see(url_for(".conversation", _anchor="step"))
