"""Large print: every page again under /large, with the same words; the mode stands in the address, as the language does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, request

from portal.languages.i18n import address_in, current_language

PREFIX = "/large"


class LargePrintPrefix:
    """Moves `/large` from the path to SCRIPT_NAME before the language is read: url_for(), the language picker, the cache
    and the frame know a page by where it is mounted, so each keeps the mode unasked. No cookie is needed."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        root, path = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
        environ["portal.site"] = root
        if path == PREFIX or path.startswith(f"{PREFIX}/"):
            environ["SCRIPT_NAME"] = root + PREFIX
            environ["PATH_INFO"] = path.removeprefix(PREFIX) or "/"
        return self.app(environ, start_response)


def is_large() -> bool:
    """Whether the page that is asked for is one in large print."""
    site, root = request.environ.get("portal.site", ""), request.environ.get("portal.root", "")
    return bool(root == site + PREFIX)


def address_in_other_size() -> str:
    """This same page in large print, or out of it."""
    site, root = request.environ.get("portal.site", ""), request.environ.get("portal.root", "")
    other = site if is_large() else site + PREFIX
    return other + address_in(current_language()).removeprefix(root)


def init_app(app: Flask) -> None:
    """Comes after the languages: what is wrapped last sees an address first."""
    app.wsgi_app = LargePrintPrefix(app.wsgi_app)  # type: ignore[method-assign]
    app.jinja_env.globals |= {"is_large": is_large, "address_in_other_size": address_in_other_size}
