"""Every error page: in the visitor's language, one sentence on what to do, what they typed given back, two ways on."""

from __future__ import annotations

from flask import Flask, Response, current_app, g, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import ObjectDeletedError
from werkzeug.exceptions import HTTPException, NotFound

from portal.db import NotThere, has_given_up, session
from portal.disk import NoRoom
from portal.files.store import CannotStore
from portal.languages.sentences import safety
from portal.text import plain

# The fields in which somebody may have written for a long time; those of surveys begin with this word.
LONG_FIELDS = ("narrative", "message", "translation", "description", "why", "note", "hand_over_note", "task")
WRITTEN_FIELD = "written_"
# Seconds after which a program may try again what we could not do just now; people read "a minute".
TRY_AGAIN_AFTER = 10
# In the environment of a request that the server could not read to its end: the status it is answered with.
ERROR_STATUS = "portal.error_status"


def words(status: int) -> tuple[str, str]:
    """Heading and sentence of an error page."""
    match status:
        case 400 | 414 | 417 | 431 | 501:
            return _("We could not read that page"), _("Go back, look at the page again and press the button again.")
        case 403:
            return _("You cannot open this page"), _(
                "It is for other people. Sign in with another name, or go to the start."
            )
        case 404 | 410:
            return _("There is no page here"), _("Check the address, or go to the start.")
        case 405:
            return _("This page opens another way"), _("Go to the start and open it from there.")
        case 408:
            return _("That took too long to reach us"), _(
                "Nothing was saved. Go back, wait until your connection is better and press the button again."
            )
        case 413 if request.mimetype == "multipart/form-data":
            return _("These files are too large to send"), _(
                "Choose smaller ones, or send them one by one: a photo of up to 10 MB, a recording or a PDF of up to 25 MB."
            )
        case 413:
            return _("That was too long to send"), _("You can write up to 4,000 letters. Go back and make it shorter.")
        case 429:
            return _("Too many tries"), _("Wait an hour and try again. If you need help now, talk to someone.")
        case 503:
            return _("We cannot save anything just now"), _("Wait a minute and try again. If it is urgent, call 101.")
        case _:
            return _("Something went wrong on our side"), _("Wait a minute and try again. If it is urgent, call 101.")


WaysOn = list[tuple[str, str]]


def page(
    status: int,
    heading: str | None = None,
    sentence: str | None = None,
    ways_on: WaysOn | None = None,
    kept_text: str = "",
) -> Response:
    """An error page with this status; a long text that was being sent is on it, to be copied.

    `kept_text` is what was written on earlier pages and cannot be sent any more.
    """
    usual_heading, usual_sentence = words(status)
    if status >= 500:
        # The database may be what failed: this page asks it nothing.
        g.failed = True
    answer = make_response(
        render_template(
            "error.html",
            heading=heading or usual_heading,
            sentence=sentence or usual_sentence,
            kept_text="\n\n".join(filter(None, (kept_text, typed() if status not in {408, 413} else ""))),
            ways_on=ways_on or [_way_back(), (_("Talk to someone"), url_for("pages.help_lines"))],
        ),
        status,
    )
    if status == 503:
        answer.headers["Retry-After"] = str(TRY_AGAIN_AFTER)
    return answer


def damaged() -> Response:
    """Of a report whose seal does not hold."""
    return page(
        500,
        _("This report cannot be read"),
        _("It was damaged or changed after it was sealed. Tell whoever looks after the portal: a backup may have it."),
    )


def _way_back() -> tuple[str, str]:
    if request.path.startswith("/staff"):
        return _("Staff pages"), url_for("staff.start")
    if request.path.startswith(("/report", "/return")):
        return _("Start again"), url_for("reporting.start")
    if request.path.startswith("/ask"):
        return _("Start again"), url_for("reporting.ask")
    if request.path.startswith("/surveys/"):
        return _("See which surveys are open"), url_for("surveys.index")
    return _("Go to the start"), url_for("pages.home")


def typed() -> str:
    """The long texts that are being sent in this request; empty where none are, or they cannot be read."""
    if request.method != "POST":
        return ""
    try:
        texts = [
            plain(text)
            for name, text in request.form.items(multi=True)
            if name in LONG_FIELDS or name.startswith(WRITTEN_FIELD)
        ]
    except HTTPException:
        return ""
    return "\n\n".join(filter(None, texts))


def init_app(app: Flask) -> None:
    """To be called before what reads a request: some are answered unread."""

    @app.before_request
    def unread() -> Response | None:
        # Nothing has this sign in its name, and PostgreSQL takes no question with it.
        status = request.environ.get(ERROR_STATUS) or (404 if "\0" in request.path else None)
        return page(status) if status else None

    @app.errorhandler(CSRFError)
    def page_too_old(_error: CSRFError) -> Response:
        return page(
            400,
            _("This page was open for too long"),
            _("What is on this page was not sent. Open the page again and press the button again."),
        )

    @app.errorhandler(HTTPException)
    def known(error: HTTPException) -> Response:
        if error.code is None or error.code < 400:
            return make_response(error.get_response())
        try:
            answer = page(error.code)
        except DBAPIError as problem:
            return cannot_save(problem)
        if error.code == 405 and error.get_response().headers.get("Allow"):
            answer.headers["Allow"] = error.get_response().headers["Allow"]
        return answer

    @app.errorhandler(NotThere)
    @app.errorhandler(ObjectDeletedError)
    def gone(_error: NotThere | ObjectDeletedError) -> Response:
        return known(NotFound())

    @app.errorhandler(NoRoom)
    def nothing_new(_error: NoRoom) -> Response:
        return page(
            503,
            _("We cannot take anything new just now"),
            safety(
                "Nothing that you sent is lost. Try again in an hour. If it is urgent, call 101. In danger, call 999."
            ),
            ways_on=[
                (_("Talk to someone"), url_for("pages.help_lines")),
                (_("Go to the start"), url_for("pages.home")),
            ],
        )

    @app.errorhandler(CannotStore)
    @app.errorhandler(PoolTimeout)
    @app.errorhandler(DBAPIError)
    @app.errorhandler(TimeoutError)
    def cannot_save(error: CannotStore | DBAPIError | PoolTimeout | TimeoutError) -> Response:
        current_app.logger.error("%s failed", request.endpoint, exc_info=error)
        session.rollback()
        if has_given_up(error):
            return page(
                503,
                _("That took us too long"),
                _("We stopped, and nothing was saved. Wait a minute and try again. If it is urgent, call 101."),
            )
        return page(503)

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> Response:
        current_app.logger.error("%s failed", request.endpoint, exc_info=error)
        session.rollback()
        return page(500)
