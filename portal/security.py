"""What every answer carries, errors and static files included: headers, the CSRF check, caching and padding rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NoReturn

from flask import Flask, Request, Response, g, request
from flask_wtf import CSRFProtect
from werkzeug.exceptions import BadRequest

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


def _header(policy: Mapping[str, str]) -> str:
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


HEADERS = {
    "Content-Security-Policy": _header(CONTENT_SECURITY_POLICY),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
TLS_ONLY = "max-age=63072000; includeSubDomains"
PAD_TO = 4096

csrf = CSRFProtect()


class FormsOnly(Request):
    """A request without files: no page takes one, and a large one would lie in the clear in a temporary file."""

    def _get_file_stream(self, *_given: object, **_named: object) -> NoReturn:
        raise BadRequest


def init_app(app: Flask, *, https: bool) -> None:
    app.request_class = FormsOnly
    app.config |= {
        "WTF_CSRF_TIME_LIMIT": None,  # it ends with the cookie it belongs to
        "WTF_CSRF_SSL_STRICT": False,  # there is no Referer to compare: we ask browsers not to send one
        "MAX_CONTENT_LENGTH": 512 * 1024,
        "MAX_FORM_MEMORY_SIZE": 256 * 1024,
        "MAX_FORM_PARTS": 200,
    }
    csrf.init_app(app)

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        if "admitted" in g and response.status_code == 200:  # a page that failed halfway is another page
            response.headers["Content-Security-Policy"] = _header(CONTENT_SECURITY_POLICY | g.admitted)
        if response.location:
            # Every redirect stays on this site; the name and scheme that a request claims for it are not repeated.
            response.location = re.sub("^[a-z]+://[^/]*", "", response.location)
            response.set_data("")
        if https:
            response.headers["Strict-Transport-Security"] = TLS_ONLY
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
            _pad(response)
        return response


def admit(directives: Iterable[str], hosts: Iterable[str]) -> None:
    """Let the page that is being made load from these hosts too; no other answer is any laxer for it."""
    more = " ".join(hosts)
    g.admitted = {name: f"{CONTENT_SECURITY_POLICY.get(name, '')} {more}".strip() for name in directives}


def _pad(response: Response) -> None:
    """A private page's length on the wire tells nothing of what is on it."""
    if response.mimetype != "text/html" or response.direct_passthrough or request.method == "HEAD":
        return
    body = response.get_data()
    missing = -(len(body) + len(b"<!---->")) % PAD_TO
    response.set_data(body + b"<!--" + b" " * missing + b"-->")
