"""The cookie: sealed, so that whoever sees it reads nothing; one for residents, another for staff."""

from __future__ import annotations

import base64
import json
from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict
from werkzeug.wrappers import Response as AnyResponse

from portal.vault import sealing
from portal.vault.sealing import SealError

RESIDENT = "visit"
STAFF = "work"


class SealedSession(CallbackDict[str, Any], SessionMixin):
    """What the cookie carries: random tokens, never anything a person typed."""

    def __init__(self, initial: dict[str, Any] | None = None) -> None:
        super().__init__(initial, lambda changed: setattr(changed, "modified", True))
        self.modified = False


class SealedCookies(SessionInterface):
    """Flask's session in a sealed cookie.

    Lax, not Strict: Strict is not sent when someone comes from another site, such as an officer from their mail, and the
    answer would overwrite the report or the work they are in the middle of. Every unsafe route asks for a CSRF token.
    """

    def __init__(self, key: bytes, secure: bool) -> None:
        self.key = key
        self.secure = secure

    def cookie_name(self, asked: Request) -> str:
        return self._named(STAFF if asked.path == "/staff" or asked.path.startswith("/staff/") else RESIDENT)

    def _named(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name

    def open_session(self, app: Flask, request: Request) -> SealedSession:
        return self._open(self.cookie_name(request), request)

    def residents_session(self, request: Request) -> SealedSession:
        """What this browser has open on the residents' pages, seen from a staff page."""
        return self._open(self._named(RESIDENT), request)

    def keep_residents_session(self, session: SessionMixin, response: AnyResponse) -> None:
        """Carry it along with the answer of a staff page."""
        self._keep(self._named(RESIDENT), session, response)

    def _open(self, name: str, request: Request) -> SealedSession:
        sent = request.cookies.get(name)
        if not sent:
            return SealedSession()
        try:
            sealed = base64.urlsafe_b64decode(sent)
            if base64.urlsafe_b64encode(sealed).decode() != sent:  # spelled in another way than we do
                return SealedSession()
            opened = sealing.unlock(sealed, self.key, f"cookie.{name}")
        except (SealError, ValueError):
            return SealedSession()
        return SealedSession(json.loads(opened))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session.modified:
            self._keep(self.cookie_name(request), session, response)

    def _keep(self, name: str, session: SessionMixin, response: AnyResponse) -> None:
        path = "/"
        if not session:
            response.delete_cookie(name, path=path, secure=self.secure, httponly=True, samesite="Lax")
            return
        sealed = sealing.lock(json.dumps(dict(session)).encode(), self.key, f"cookie.{name}")
        value = base64.urlsafe_b64encode(sealed).decode()
        response.set_cookie(name, value, path=path, secure=self.secure, httponly=True, samesite="Lax")
