"""What every answer carries, errors and static files included: headers, the CSRF check, caching and padding rules."""

from __future__ import annotations

import re
import select
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import IO, TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl

from flask import Flask, Request, Response, current_app, g, redirect, request, session
from flask_wtf import CSRFProtect
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.wrappers import Response as BaseResponse

from portal import limits
from portal.files.picture_jobs import Sender
from portal.files.store import Incoming
from portal.files.uploads import MAX_FILE_BYTES, MAX_REQUEST_BYTES, name_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
FRAMED = {"frame-ancestors": "'self'"}


def _header(policy: Mapping[str, str]) -> str:
    return "; ".join(f"{directive} {sources}".strip() for directive, sources in policy.items())


HEADERS = {
    "Content-Security-Policy": _header(CONTENT_SECURITY_POLICY),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# Where the request says which of these are others in its answer; None: left out.
OTHER_HEADERS = "portal.other_headers"
TLS_ONLY = "max-age=63072000; includeSubDomains"
PAD_TO = 4096
# Bytes of a form without files: five texts of 4,000 letters in any script. A page of a survey has some hundred boxes.
MAX_FORM_SIZE = 256 * 1024
MAX_FORM_FIELDS = 1_000
# gunicorn takes no longer line; see portal/server/gunicorn.py.
MAX_HEADER_SIZE = 8190

csrf = CSRFProtect()


Shown = TypeVar("Shown", bound=Callable[..., Any])


class WithHeaders:
    """Adds the headers that every answer carries. Here they are one list: Flask looks at each several times."""

    def __init__(self, app: WSGIApplication, usual: Mapping[str, str]) -> None:
        self.app = app
        self.usual = usual

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *failed: Any) -> Any:
            others = environ.get(OTHER_HEADERS)
            carried = self.usual.items() if others is None else (self.usual | others).items()
            return start_response(status, [*headers, *(each for each in carried if each[1] is not None)], *failed)

        return self.app(environ, start)


def takes_files(opened: str) -> Callable[[Shown], Shown]:
    """Mark a view to which files may be sent by whoever has `opened` in their cookie.

    Of anyone else the words beside them are read and nothing of the files is stored; every other view refuses them.
    """

    def mark(view: Shown) -> Shown:
        view.takes_files = opened  # type: ignore[attr-defined]
        return view

    return mark


def framed_by_own_pages(view: Shown) -> Shown:
    """Mark a view that stands within another page of this site. No other answer may be framed by anyone."""
    view.is_framed = True  # type: ignore[attr-defined]
    return view


def framed_by_named_sites(view: Shown) -> Shown:
    """Mark a view that the sites named in PORTAL_EMBED_ON may show within their pages; where none is named, nobody may."""
    view.is_embedded = True  # type: ignore[attr-defined]
    return view


def _takes_files_of(asked: Request) -> str | None:
    """Whose files the view takes; None where it takes none."""
    view = current_app.view_functions.get(asked.endpoint or "")
    found: str | None = getattr(view, "takes_files", None)
    return found


def _takes_files(asked: Request) -> bool:
    return _takes_files_of(asked) in session


class Unread:
    """Where a file goes that was sent after the visit to which it belongs has ended: nowhere. The words beside it are read."""

    def write(self, data: bytes) -> int:
        return len(data)

    def seek(self, _place: int, _from: int = 0) -> int:
        return 0

    def close(self) -> None:
        pass


class BoundedForm(FormDataParser):
    """A form without files is looked at before it is taken apart: Werkzeug bounds only one with files."""

    def _parse_urlencoded(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]
    ) -> Any:
        body = stream.read()
        if len(body) > MAX_FORM_SIZE or body.count(b"&") >= MAX_FORM_FIELDS:
            raise RequestEntityTooLarge
        # Werkzeug's own way with bytes that are no UTF-8 calls Python for each of them.
        items = parse_qsl(body.decode(errors="replace"), keep_blank_values=True, errors="replace")
        return stream, self.cls(items), self.cls()


class SealingRequest(Request):
    """A request whose files are sealed while they come in: none lies in the clear in a temporary file, not even in part."""

    form_data_parser_class = BoundedForm

    def __init__(self, environ: WSGIEnvironment, *given: Any, **named: Any) -> None:
        # Longer than one line may be: many of one name put together, as no browser sends them. As if it were not there.
        for name in [name for name in environ if name[:5] == "HTTP_" and len(environ[name]) > MAX_HEADER_SIZE]:
            del environ[name]
        super().__init__(environ, *given, **named)
        self._incoming: list[Incoming] = []

    def _get_file_stream(self, *_given: object, **_named: object) -> Any:
        if _takes_files_of(self) is None:
            raise BadRequest
        if not _takes_files(self):
            return Unread()
        self._incoming.append(Incoming(MAX_FILE_BYTES))
        return self._incoming[-1]

    def close(self) -> None:
        for incoming in self._incoming:
            incoming.close()
        super().close()


def chosen_files(field: str) -> list[tuple[str, Incoming]]:
    """The files that were chosen in this field, each with its name; an empty field sends one without a name."""
    chosen: Iterable[Any] = request.files.getlist(field)
    return [(name_of(each.filename), each.stream) for each in chosen if each.filename]


def file_sender() -> Sender:
    """Who sent this request."""
    return Sender(limits.visitor_address(), partial(_is_closed, request.environ.get("gunicorn.socket")))


def _is_closed(connection: socket.socket | None) -> bool:
    """Whether the other side has closed it; what else comes on it is left there."""
    if connection is None:
        return False
    try:
        asked = select.poll()
        asked.register(connection, select.POLLIN)
        return bool(asked.poll(0)) and not connection.recv(1, socket.MSG_PEEK)
    except (OSError, ValueError):
        return True


def init_app(app: Flask, *, https: bool, embed_on: Sequence[str] = ()) -> None:
    app.request_class = SealingRequest
    app.config |= {
        "WTF_CSRF_TIME_LIMIT": None,  # it ends with the cookie it belongs to
        "WTF_CSRF_SSL_STRICT": False,  # there is no Referer to compare: we ask browsers not to send one
        "MAX_CONTENT_LENGTH": 512 * 1024,
        "MAX_FORM_MEMORY_SIZE": MAX_FORM_SIZE,
        "MAX_FORM_PARTS": 200,
    }

    @app.before_request
    def admit_files() -> None:
        if _takes_files_of(request) is not None:
            request.max_content_length = MAX_REQUEST_BYTES if _takes_files(request) else MAX_FILE_BYTES

    # After that: it reads the form.
    csrf.init_app(app)

    usual = HEADERS | ({"Strict-Transport-Security": TLS_ONLY} if https else {})
    app.wsgi_app = WithHeaders(app.wsgi_app, usual)  # type: ignore[method-assign]

    @app.after_request
    def protect(response: Response) -> Response:
        other: dict[str, str | None] = {}
        if "admitted" in g and response.status_code == 200:  # a page that failed halfway is another page
            other["Content-Security-Policy"] = _header(CONTENT_SECURITY_POLICY | g.admitted)
        view = current_app.view_functions.get(request.endpoint or "")
        if getattr(view, "is_framed", False):
            other["Content-Security-Policy"] = _header(CONTENT_SECURITY_POLICY | FRAMED)
            other["X-Frame-Options"] = "SAMEORIGIN"
        if embed_on and getattr(view, "is_embedded", False):
            named = {"frame-ancestors": " ".join(embed_on)}
            other["Content-Security-Policy"] = _header(CONTENT_SECURITY_POLICY | named)
            other["X-Frame-Options"] = None  # it can name no site
        if other:
            request.environ[OTHER_HEADERS] = other
        if location := response.headers.get("Location"):
            # Every other redirect stays on this site; the name and scheme that a request claims for it are not repeated.
            response.headers["Location"] = g.get("leads_to") or re.sub("^[a-z]+://[^/]*", "", location)
            response.set_data("")
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
            _pad(response)
        return response


def admit(directives: Iterable[str], hosts: Iterable[str]) -> None:
    """Let the page that is being made load from these hosts too; no other answer is any laxer for it."""
    admitted = g.setdefault("admitted", {})
    for name in directives:
        so_far = admitted.get(name, CONTENT_SECURITY_POLICY.get(name, ""))
        admitted[name] = " ".join(dict.fromkeys((*so_far.split(), *hosts)))


def lead_out(address: str) -> BaseResponse:
    """A redirect that leaves this site: to the provider that the operator named, for staff who sign in there."""
    g.leads_to = address
    return redirect(address, 303)


def give_file(chunks: Iterable[bytes], mimetype: str, name: str, size: int) -> Response:
    """A file from a stranger: it is saved and not opened, and wherever it is opened nothing in it runs or loads."""
    g.admitted = {"sandbox": ""}
    answer = Response(chunks, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    answer.content_length = size
    return answer


def _pad(response: Response) -> None:
    """A private page's length on the wire tells nothing of what is on it."""
    if response.mimetype != "text/html" or response.direct_passthrough or request.method == "HEAD":
        return
    body = response.get_data()
    missing = -(len(body) + len(b"<!---->")) % PAD_TO
    response.set_data(body + b"<!--" + b" " * missing + b"-->")
