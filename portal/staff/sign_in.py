"""Signing in and unlocking: two steps, because the first proves who someone is and the second opens what they may read."""

from __future__ import annotations

from flask import abort, redirect, render_template, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import limits
from portal.staff import accounts
from portal.staff.access import blueprint, officer, signed_in, workplaces
from portal.staff.accounts import Officer, TooManyTries
from portal.staff.forms import SignInForm, UnlockForm
from portal.staff.models import Role
from portal.web import errors


@blueprint.route("/sign-in", methods=["GET", "POST"], endpoint="sign_in")
def sign_in() -> Response | str:
    form = SignInForm()
    if form.validate_on_submit():
        try:
            token = accounts.sign_in(form.name.data, form.password.data, form.code.data, limits.visitor_address())
        except TooManyTries:
            return errors.page(429)
        if token:
            earlier = session.get("staff")
            if earlier:
                accounts.sign_out(earlier)
            session.clear()
            session["staff"] = token
            return _to_work(_officer(token))
        form.form_errors.append(
            _("The name, the password or the code is not right. A code works once: wait for the next.")
        )
    return render_template("staff/sign_in.html", form=form)


@blueprint.route("/unlock", methods=["GET", "POST"], endpoint="unlock")
@signed_in
def unlock() -> Response | str:
    form = UnlockForm()
    if form.validate_on_submit():
        try:
            token = accounts.unlock(session["staff"], form.passphrase.data, limits.visitor_address())
        except TooManyTries:
            return errors.page(429)
        if token:
            session["staff"] = token
            return _to_work(_officer(token))
        if accounts.find_officer(session["staff"]) is None:  # it ended meanwhile
            return redirect(url_for(".start"), 303)
        form.passphrase.errors = [_("That passphrase does not open your key.")]
    return render_template("staff/unlock.html", form=form)


@blueprint.post("/lock", endpoint="lock")
@signed_in
def lock() -> Response:
    accounts.lock(session["staff"])
    return redirect(url_for(".unlock"), 303)


@blueprint.post("/sign-out", endpoint="sign_out")
def sign_out() -> Response:
    token = session.pop("staff", None)
    if token:
        accounts.sign_out(token)
    session.clear()
    return redirect(url_for(".sign_in"), 303)


@blueprint.get("/", endpoint="start")
@signed_in
def start() -> Response:
    return _to_work(officer())


def _officer(token: str) -> Officer:
    found = accounts.find_officer(token)
    return found if found is not None else abort(403)


def _to_work(someone: Officer) -> Response:
    """To the first part of the staff pages in which they work; reports want an open key."""
    if someone.may(Role.OFFICER, Role.SUPERVISOR, Role.PARTNER_AGENCY) and someone.keyring is None:
        return redirect(url_for(".unlock"), 303)
    endpoint, _name = next(iter(workplaces(someone)), (".unlock", ""))
    return redirect(url_for(endpoint), 303)
