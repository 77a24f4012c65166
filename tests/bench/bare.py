"""A bare Flask route on the portal's own server settings: what this machine could do at best."""

from __future__ import annotations

from flask import Flask, redirect, request
from gunicorn.arbiter import Arbiter
from werkzeug.wrappers import Response

from portal.config import read_settings
from portal.server.gunicorn import Server

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    return "hello"


@app.post("/answer")
def answer() -> Response:
    """Read a form and lead on."""
    return redirect(f"/?{len(request.form)}", 303)


class BareServer(Server):
    """The portal's server without the portal's worker."""

    def announce(self, _arbiter: Arbiter) -> None:
        """There is nobody to tell."""

    def begin_answering(self) -> None:
        """It has no database."""

    def run(self) -> None:
        Arbiter(self).run()


if __name__ == "__main__":
    BareServer(app, read_settings(), "").run()
