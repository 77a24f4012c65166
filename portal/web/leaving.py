"""After leaving: whoever presses Back finds an empty page in the place of each of ours, until somebody chooses to go on."""

from __future__ import annotations

from flask import Flask, Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from portal.config import settings

# A fact about the browser and nothing else; it ends with the browser, or where somebody goes on. The script on the
# page sets it as well, because Back may be pressed before the server has answered.
COOKIE = "left"


def cookie_for_script() -> str:
    """What the script writes to `document.cookie`."""
    return f"{COOKIE}=1; path=/; samesite=lax{'; secure' if settings().is_https else ''}"


def remember(answer: AnyResponse) -> None:
    answer.set_cookie(COOKIE, "1", secure=settings().is_https, samesite="Lax")


def forget(answer: AnyResponse) -> None:
    answer.delete_cookie(COOKIE, secure=settings().is_https, samesite="Lax")


def init_app(app: Flask) -> None:
    """Comes before whatever reads a form or answers from memory: every page of ours is empty once someone has left."""

    @app.before_request
    def show_nothing() -> Response | None:
        # Back repeats a form that was sent as well: its answer would give back what was typed. What somebody at work
        # sends is work, and is not lost.
        is_work = request.method == "POST" and request.path.startswith("/staff")
        if is_work or request.endpoint in {"static", "pages.leave"} or COOKIE not in request.cookies:
            return None
        answer = make_response(render_template("pages/left.html"))
        answer.headers["Cache-Control"] = "no-store"
        return answer

    app.jinja_env.globals["exit_cookie"] = cookie_for_script
