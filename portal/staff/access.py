"""The staff door: who may pass, and how far."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, g, redirect, session, url_for

from portal.staff.accounts import Officer, find_officer
from portal.vault import Keyring

blueprint = Blueprint("staff", __name__, url_prefix="/staff")

View = Callable[..., Any]


def signed_in(view: View) -> View:
    """For someone whose name, password and code were right; their key may still be locked."""

    @wraps(view)
    def guarded(*given: Any, **named: Any) -> Any:
        g.officer = find_officer(session.get("staff"))
        if g.officer is None:
            session.pop("staff", None)
            return redirect(url_for("staff.sign_in"), 303)
        return view(*given, **named)

    guarded.access = "signed in"  # type: ignore[attr-defined]
    return guarded


def unlocked(view: View) -> View:
    """For someone signed in who has also unlocked their key."""

    @wraps(view)
    def guarded(*given: Any, **named: Any) -> Any:
        if g.officer.keyring is None:
            return redirect(url_for("staff.unlock"), 303)
        return view(*given, **named)

    guard = signed_in(guarded)
    guard.access = "unlocked"  # type: ignore[attr-defined]
    return guard


def officer() -> Officer:
    """Whoever passed the door in this request."""
    found: Officer = g.officer
    return found


def held_keys() -> Keyring:
    held = officer().keyring
    assert held is not None, "the page must be behind `unlocked`"
    return held


@blueprint.context_processor
def at_work() -> dict[str, Any]:
    return {"officer": g.get("officer")}
