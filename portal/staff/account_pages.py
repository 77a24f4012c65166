"""Everyone's own account, and for members of a team the people who wait for its key."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any

import pyotp
from flask import redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import limits
from portal.db import transaction
from portal.partnership.file import current_partnership
from portal.staff import (
    account_changes,
    accounts,
    authenticator,
    joining,
    own_account,
    recovery_codes,
    waiting_for_keys,
)
from portal.staff.access import blueprint, held_keys, officer, signed_in, turned_away
from portal.staff.accounts import TooManyTries
from portal.staff.audit_words import lines_of
from portal.staff.people_forms import ChangeAuthenticatorForm, ChangePassphraseForm, ChangePasswordForm, ProofForm
from portal.staff.proving import proven
from portal.staff.waiting_for_keys import NotTalked
from portal.vault import teams
from portal.vault.keyholders import VaultError
from portal.web import errors
from portal.web.squares import drawn

NEW = "authenticator"
# New passwords and passphrases that are judged for one person: each takes the machine some time.
MOST_AN_HOUR = 60


@blueprint.get("/account", endpoint="account")
@signed_in
def account() -> str:
    staff = officer().staff
    return render_template(
        "staff/account.html",
        left=recovery_codes.count_left(staff),
        has_passphrase=joining.has_passphrase(staff),
        sessions=[
            (each, accounts.is_session(session["staff"], each)) for each in account_changes.sessions_of(staff.id)
        ],
        teams=_teams(),
    )


def _names() -> tuple[str, ...]:
    """What neither a password nor a passphrase is to be made of."""
    staff = officer().staff
    return staff.name, staff.display_name, current_partnership().name


def _are_too_many() -> bool:
    """Before anything is judged."""
    if request.method != "POST":
        return False
    with transaction() as db:
        return limits.count(db, "new password", officer().staff.name) > MOST_AN_HOUR


def _show(what: str, form: ProofForm, **more: Any) -> str:
    return render_template("staff/account_change.html", what=what, form=form, **more)


def _signed_out() -> Response:
    session.clear()
    return redirect(url_for(".sign_in"), 303)


@blueprint.route("/account/password", methods=["GET", "POST"], endpoint="change_password")
@signed_in
def change_password() -> Response | str:
    if _are_too_many():
        return errors.page(429)
    form, staff = ChangePasswordForm(), officer().staff
    form.names = _names()
    try:
        if form.validate_on_submit() and proven(form):
            own_account.change_password(staff.id, form.password.data)
            return _signed_out()
    except TooManyTries:
        return errors.page(429)
    return _show("password", form)


@blueprint.route("/account/passphrase", methods=["GET", "POST"], endpoint="change_passphrase")
@signed_in
def change_passphrase() -> Response | str:
    if _are_too_many():
        return errors.page(429)
    form, staff = ChangePassphraseForm(), officer().staff
    form.names = _names()
    has_one = joining.has_passphrase(staff)
    try:
        if form.validate_on_submit() and proven(form):
            if own_account.change_passphrase(staff.id, form.old_passphrase.data or "", form.passphrase.data):
                return _signed_out()
            form.old_passphrase.errors = [_("That passphrase does not open your key.")]
    except TooManyTries:
        return errors.page(429)
    return _show("passphrase", form, has_passphrase=has_one)


@blueprint.route("/account/authenticator", methods=["GET", "POST"], endpoint="change_authenticator")
@signed_in
def change_authenticator() -> Response | str:
    """The new secret waits in the sealed cookie until a code of it was typed."""
    form, staff = ChangeAuthenticatorForm(), officer().staff
    secret = session.setdefault(NEW, pyotp.random_base32())
    session.modified = True
    try:
        if form.validate_on_submit():
            if authenticator.matching_step(secret, form.new_code.data) is None:
                form.new_code.errors = [
                    _("That is not the code that the app shows now. Wait for the next and type it.")
                ]
            elif proven(form):
                own_account.change_authenticator(staff.id, secret)
                return _signed_out()
    except TooManyTries:
        return errors.page(429)
    typed = " ".join(secret[at : at + 4] for at in range(0, 32, 4))
    return _show("authenticator", form, picture=drawn(authenticator.app_address(staff.name, secret)), typed=typed)


@blueprint.route("/account/codes", methods=["GET", "POST"], endpoint="new_recovery_codes")
@signed_in
def new_recovery_codes() -> Response | str:
    form = ProofForm()
    try:
        if form.validate_on_submit() and proven(form):
            codes = own_account.new_codes(officer().staff.id)
            return render_template("staff/recovery_codes.html", codes=codes, on=url_for(".account"))
    except TooManyTries:
        return errors.page(429)
    return _show("codes", form)


@blueprint.post("/account/end-others", endpoint="end_other_sessions")
@signed_in
def end_other_sessions() -> Response:
    own_account.end_other_sessions(officer().staff.id, session["staff"])
    return redirect(url_for(".account"), 303)


@blueprint.post("/account/end-session", endpoint="end_own_session")
@signed_in
def end_own_session() -> Response:
    with suppress(ValueError):
        own_account.end_session(officer().staff.id, uuid.UUID(request.form.get("which", "")))
    return redirect(url_for(".account"), 303)


def _teams() -> list[str]:
    return teams.teams_of(account_changes.session, officer().staff.member_id)


@blueprint.route("/account/team", methods=["GET", "POST"], endpoint="waiting_for_key")
@signed_in
def waiting_for_key() -> Response | str:
    """Only who holds a team's key sees who waits for it, and can hand it on."""
    if officer().keyring is None:
        return turned_away("staff.unlock")
    mistake = ""
    if request.method == "POST":
        try:
            who, team = uuid.UUID(request.form.get("who", "")), request.form.get("team", "")
            has_talked = request.form.get("talked") == "y"
            waiting_for_keys.hand_on(who, team, held_keys(), officer().staff.name, has_talked=has_talked)
            return redirect(url_for(".waiting_for_key"), 303)
        except NotTalked:
            mistake = _("Talk with them first. Then tick the box.")
        except (ValueError, VaultError):
            mistake = _("They do not wait any more, or have no passphrase yet. Look again.")
    return render_template(
        "staff/waiting_for_key.html", waiting=waiting_for_keys.waiting_for(_teams()), lines_of=lines_of, mistake=mistake
    )
