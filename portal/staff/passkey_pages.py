"""Your passkeys: adding one, taking one away, and signing in with one."""

from __future__ import annotations

import json
import uuid

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import limits
from portal.staff import passkeys, way_back
from portal.staff.access import blueprint, officer, signed_in
from portal.staff.accounts import TooManyTries
from portal.staff.arriving import come_in
from portal.staff.forms import SignInForm
from portal.staff.passkey_models import Purpose
from portal.staff.passkeys import LastSecondFactor, TooManyPasskeys
from portal.staff.people_forms import AddPasskeyForm, ProofForm
from portal.staff.proving import proven
from portal.web import errors

ASKED = {each.value: each for each in (Purpose.ALONE, Purpose.SECOND)}


@blueprint.app_template_global()
def passkeys_can_be() -> bool:
    return passkeys.site() is not None


def _where_they_can_be() -> None:
    if passkeys.site() is None:
        abort(404)


@blueprint.post("/passkey/ask", endpoint="ask_passkey")
def ask_passkey() -> Response:
    """What the page's script gives to the browser, to be signed by a device."""
    _where_they_can_be()
    purpose = ASKED.get(request.form.get("purpose", "")) or abort(404)
    try:
        asked = passkeys.ask_to_sign_in(purpose, limits.visitor_address())
    except TooManyTries:
        return errors.page(429)
    return Response(json.dumps({"number": asked.number, "options": asked.options}), mimetype="application/json")


@blueprint.post("/sign-in/passkey", endpoint="sign_in_by_passkey")
def sign_in_by_passkey() -> Response | str:
    _where_they_can_be()
    try:
        token = passkeys.sign_in(
            request.form.get("number", ""), request.form.get("answer", ""), limits.visitor_address()
        )
    except TooManyTries:
        return errors.page(429)
    if token:
        return come_in(token, way_back.carried())
    form = SignInForm(formdata=None)
    form.form_errors.append(_("We could not sign you in with this passkey. Use your password and a code."))
    return render_template("staff/sign_in.html", form=form, to=way_back.carried())


@blueprint.route("/account/passkeys", methods=["GET", "POST"], endpoint="passkeys")
@signed_in
def your_passkeys() -> Response | str:
    form = AddPasskeyForm()
    if request.method == "POST":
        _where_they_can_be()
    try:
        if form.validate_on_submit() and proven(form):
            asked = passkeys.ask_for_new(officer().staff.id, form.name.data)
            return render_template("staff/passkey_make.html", asked=asked, name=form.name.data)
    except TooManyTries:
        return errors.page(429)
    except TooManyPasskeys:
        form.form_errors.append(
            _("You have %(number)s passkeys. Remove one before you add another.", number=passkeys.MOST)
        )
    return _list(form)


def _list(form: AddPasskeyForm) -> str:
    return render_template("staff/passkeys.html", form=form, passkeys=passkeys.passkeys_of(officer().staff.id))


@blueprint.post("/account/passkeys/made", endpoint="made_passkey")
@signed_in
def made_passkey() -> Response | str:
    _where_they_can_be()
    if passkeys.add(officer().staff.id, request.form.get("number", ""), request.form.get("answer", "")):
        return redirect(url_for(".passkeys"), 303)
    form = AddPasskeyForm(formdata=None)
    form.form_errors.append(_("This passkey was not added. Begin again, and be done within 5 minutes."))
    return _list(form)


@blueprint.route("/account/passkeys/<uuid:passkey_id>/remove", methods=["GET", "POST"], endpoint="remove_passkey")
@signed_in
def remove_passkey(passkey_id: uuid.UUID) -> Response | str:
    form, staff_id = ProofForm(), officer().staff.id
    passkey = passkeys.find_passkey(staff_id, passkey_id) or abort(404)
    name = passkey.name
    try:
        if form.validate_on_submit() and proven(form):
            passkeys.remove(staff_id, passkey_id)
            return redirect(url_for(".passkeys"), 303)
    except TooManyTries:
        return errors.page(429)
    except LastSecondFactor:
        form.form_errors.append(_("This is your only second factor. Set up an authenticator app first."))
    return render_template("staff/passkey_remove.html", form=form, name=name)
