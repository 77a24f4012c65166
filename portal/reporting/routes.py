"""What the residents' pages hang on, and how one page leads to the next."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

blueprint = Blueprint("reporting", __name__)


def see(address: str) -> Response:
    return redirect(address, 303)


def see_again() -> Response:
    """This same page, in the language it was asked in."""
    return see(f"{request.script_root}{request.full_path}".removesuffix("?"))
