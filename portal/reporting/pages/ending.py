"""Two ends of a report that its reporter may choose: taking it back, and having it deleted."""

from __future__ import annotations

from flask import render_template, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.db import today
from portal.partnership.file import current_partnership
from portal.reporting import conversations, deletions
from portal.reporting.models import State
from portal.reporting.pages.routes import blueprint, closed, see


@blueprint.get("/return/ending")
def ending() -> AnyResponse | str:
    """What each of the two does, what stays and for how long; pressing a button does it."""
    found = conversations.find_conversation(session.get("come_back"))
    if found is None:
        return closed()
    talk = found[1]
    asked = deletions.find_deletion(talk.report_id)
    if asked and asked.is_standing:
        return see(url_for(".conversation"))
    return render_template(
        "reporting/ending.html",
        is_request=talk.is_request,
        is_withdrawn=talk.state is State.WITHDRAWN,
        backup_days=current_partnership().retention.backup_days,
        delete_on=today() + deletions.DELETED_AFTER,
        back_url=url_for(".conversation"),
    )


@blueprint.get("/return/withdraw")
@blueprint.get("/return/delete")
def either() -> AnyResponse:
    """Each of the two had a page of its own, which may be open still."""
    return see(url_for(".ending")) if conversations.find_conversation(session.get("come_back")) else closed()


@blueprint.post("/return/withdraw")
def withdraw() -> AnyResponse:
    """They take it back, for good."""
    found = conversations.find_conversation(session.get("come_back"))
    if found is None:
        return closed()
    deletions.withdraw_report(found[1].report_id)
    return see(url_for(".conversation"))


@blueprint.post("/return/delete")
def delete() -> AnyResponse:
    """They want it deleted."""
    found = conversations.find_conversation(session.get("come_back"))
    if found is None:
        return closed()
    deletions.ask_for_deletion(found[1].report_id)
    return see(url_for(".conversation"))


@blueprint.post("/return/keep")
def keep() -> AnyResponse:
    """They want it deleted no longer."""
    found = conversations.find_conversation(session.get("come_back"))
    if found is None:
        return closed()
    deletions.keep_report(found[1].report_id)
    return see(url_for(".conversation"))
