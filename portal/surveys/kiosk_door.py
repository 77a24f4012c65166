"""A tablet that was lent for a survey opens that survey and nothing else of the portal, until staff end it."""

from __future__ import annotations

from flask import Blueprint, Flask, current_app, g, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.surveys import kiosks
from portal.surveys.routes import draft_of, see
from portal.web.cookies import SealedCookies

blueprint = Blueprint("kiosk", __name__, url_prefix="/kiosk")
# The pages on which the survey is answered, with a draft only.
ANSWERING = {"surveys.step", "surveys.send", "surveys.thanks"}


def is_kiosk() -> bool:
    """Whether whoever asks for this page holds such a tablet."""
    return bool(g.get("is_kiosk"))


def home_url() -> str:
    """The tablet's first page, which is in every language at once and in the usual size.

    Whoever opens it deletes what was begun.
    """
    return request.environ.get("portal.site", "") + url_for("kiosk.home").removeprefix(request.script_root)


def init_app(app: Flask) -> None:
    """Comes before whatever answers from memory."""

    @app.before_request
    def stay_inside() -> AnyResponse | None:
        token = _token()
        if token is None or request.endpoint == "static":
            return None
        # Said before the database is asked: where that fails, its error page leads nowhere else either.
        g.is_kiosk = True
        g.kiosk = kiosks.find_kiosk(token)
        if g.kiosk is None:
            g.is_kiosk = False
            return None
        endpoint = request.endpoint or ""
        if endpoint.startswith("kiosk."):
            return None
        if endpoint == "surveys.start":
            return see(url_for("kiosk.about"))
        code = (request.view_args or {}).get("code", "")
        return None if endpoint in ANSWERING and draft_of(code) is not None else see(home_url())


def _token() -> str | None:
    visit = session
    if request.path.startswith("/staff"):
        # It has a cookie of its own; this one is looked at there as well.
        cookies = current_app.session_interface
        assert isinstance(cookies, SealedCookies)
        visit = cookies.residents_session(request)
    token: str | None = visit.get("kiosk")
    return token
