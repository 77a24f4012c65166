"""Signing in and unlocking: two steps, because the first proves who someone is and the second opens what they may read."""

from __future__ import annotations

from flask import redirect, render_template, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import limits
from portal.staff import accounts, joining, passkeys, way_back
from portal.staff.access import blueprint, officer, signed_in, turned_away
from portal.staff.accounts import TooManyTries
from portal.staff.arriving import come_in, officer_of, to_work
from portal.staff.forms import SignInForm, UnlockForm
from portal.web import errors


@blueprint.route("/sign-in", methods=["GET", "POST"], endpoint="sign_in")
def sign_in() -> Response | str:
    form = SignInForm()
    if form.validate_on_submit():
        try:
            instead = passkeys.in_place_of_code(form.number.data, form.answer.data)
            token = accounts.sign_in(
                form.name.data, form.password.data, form.code.data or "", limits.visitor_address(), instead
            )
        except TooManyTries:
            return errors.page(429)
        if token:
            return come_in(token, way_back.carried())
        form.form_errors.append(
            _("The name, the password or the passkey is not right.")
            if instead
            else _("The name, the password or the code is not right. A code works once: wait for the next.")
        )
    return render_template("staff/sign_in.html", form=form, to=way_back.carried())


@blueprint.route("/unlock", methods=["GET", "POST"], endpoint="unlock")
@signed_in
def unlock() -> Response | str:
    if not joining.has_passphrase(officer().staff):  # it was lost: they choose another one first
        return redirect(url_for(".change_passphrase"), 303)
    form = UnlockForm()
    if form.validate_on_submit():
        try:
            token = accounts.unlock(session["staff"], form.passphrase.data, limits.visitor_address())
        except TooManyTries:
            return errors.page(429)
        if token:
            session["staff"] = token
            return to_work(officer_of(token), way_back.carried())
        if accounts.find_officer(session["staff"]) is None:  # it ended meanwhile
            return turned_away("staff.sign_in")
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
    return to_work(officer())
