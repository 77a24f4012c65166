"""The pages that are the same for everyone: home, help, privacy and so on; and the way out."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from sqlalchemy import literal, select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from portal.config import settings
from portal.db import session as session_of_database
from portal.db import today, transaction
from portal.languages.i18n import current_language
from portal.partnership.file import current_partnership
from portal.vault.drafts import drop_draft
from portal.web import challenge, leaving
from portal.web.caching import public
from portal.web.security import csrf
from portal.web.stolen import How, Visitor, about

blueprint = Blueprint("pages", __name__)
# Seconds for which whoever leaves waits for the database: what they had open ends by itself.
LEAVE_TIMEOUT = 0.5


@blueprint.get("/")
@public
def home() -> str:
    return render_template("pages/home.html")


@blueprint.get("/health")
def health() -> AnyResponse:
    """For a load balancer: whether this machine can answer pages. It tells nothing else, and asks for nothing but a row."""
    try:
        well = session_of_database.scalar(select(literal(1))) == 1
    except (SQLAlchemyError, TimeoutError):
        well = False
    return Response("ok\n" if well else "not ok\n", 200 if well else 503, content_type="text/plain; charset=utf-8")


@blueprint.get("/help")
@public
def help_lines() -> str:
    return render_template("pages/help_lines.html", today=today())


@blueprint.get("/noise")
@public
def noise() -> str:
    """What is everyday sound, what is a nuisance, and what helps first."""
    return render_template("pages/noise.html")


@blueprint.get("/priorities")
@public
def priorities() -> str:
    return render_template("pages/priorities.html")


@blueprint.get("/priorities/<code>")
@public
def priority(code: str) -> str:
    partnership = current_partnership().localised(current_language().code)
    found = partnership.find_priority(code) or abort(404)
    return render_template("pages/priority.html", priority=found, today=today())


@blueprint.get("/privacy")
@public
def privacy() -> str:
    return render_template("pages/privacy.html", has_bot_check=challenge.is_on())


@blueprint.get("/if-stolen")
@public
def stolen() -> str:
    """What a thief of this system would have about whoever used it, from the table of all that is stored."""
    return render_template("pages/stolen.html", about=about, how=How, visitors=Visitor)


@blueprint.get("/cookies")
@public
def cookies() -> str:
    return render_template("pages/cookies.html")


@blueprint.get("/accessibility")
@public
def accessibility() -> str:
    return render_template("pages/accessibility.html", address=settings().public_url)


@blueprint.get("/contact")
@public
def contact() -> str:
    return render_template("pages/contact.html")


@blueprint.get("/formats")
@public
def formats() -> str:
    return render_template("pages/formats.html")


@blueprint.post("/leave")
@csrf.exempt
def leave() -> AnyResponse:
    """Forget everything this device has open, and show a neutral site.

    It needs no token and no live session: whoever must leave leaves. It answers with a page that refreshes itself and
    has a link, because browsers hold a form's redirect to another site against `form-action 'self'`.
    Until they go on, Back shows empty pages (`portal.web.leaving`).
    """
    is_ours = request.headers.get("Sec-Fetch-Site") != "cross-site"
    if is_ours and "again" in request.form:
        onwards = redirect(url_for(".home"), 303)
        leaving.forget(onwards)
        return onwards
    # Another site's page must not be able to end someone's report; it has no cookie to name a draft by either.
    tokens = []
    if is_ours:
        tokens = [
            session.pop(name, None)
            for name in ("report", "ask", "come_back", "survey", "equality", "case_review", "case_review_visit")
        ]
        session.clear()
    try:
        _forget([token for token in tokens if token])
    except (SQLAlchemyError, TimeoutError) as error:
        current_app.logger.error("a draft could not be deleted; it ends by itself", exc_info=error)
    answer = make_response(render_template("pages/leave.html"))
    answer.headers["Cache-Control"] = "no-store"
    if is_ours:
        leaving.remember(answer)
    return answer


def _forget(tokens: list[str]) -> None:
    if tokens:
        with transaction(timeout=LEAVE_TIMEOUT) as db:
            for token in tokens:
                drop_draft(db, token)
