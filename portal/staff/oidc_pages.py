"""The pages about signing in with an account of the organisation: the way there and back, and whose account is whose."""

from __future__ import annotations

import hmac
import time
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort, current_app, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import limits
from portal.staff import account_changes, accounts, oidc, oidc_provider, way_back
from portal.staff.access import blueprint, officer, only, signed_in
from portal.staff.accounts import TooManyTries
from portal.staff.arriving import come_in
from portal.staff.models import Role
from portal.staff.oidc import AlreadyLinked, NoSubject, Outcome
from portal.staff.oidc_asking import NotSignedIn, Trouble, turn_of
from portal.staff.oidc_forms import CodeForm, SubjectForm
from portal.staff.people_forms import ProofForm
from portal.staff.proving import proven
from portal.vault.keyholders import VaultError
from portal.web import errors
from portal.web.security import lead_out

# What the sealed cookie carries: the way that was begun, whose code is still to be typed, and who is to be linked.
BEGUN, NAMED, FOUND = "organisation", "organisation named", "organisation found"
LASTS = 600
# An office signs in from one address. Each of these may ask the provider something.
MOST_AN_HOUR = 120
ONE = "/people/<name>/organisation"

View = Callable[..., Any]


def _where_it_is_on(view: View) -> View:
    """For an installation whose operator has named a provider; elsewhere there is no such page."""

    @wraps(view)
    def guarded(*given: Any, **named: Any) -> Any:
        return view(*given, **named) if oidc_provider.is_on() else abort(404)

    return guarded


@blueprint.app_template_global("organisation")
def organisation() -> str:
    """Whose accounts sign in here too; empty where none do."""
    return oidc_provider.name() if oidc_provider.is_on() else ""


@blueprint.get("/sign-in/organisation", endpoint="sign_in_elsewhere")
@_where_it_is_on
def sign_in_elsewhere() -> Any:
    """A link and no form: what a form leads to, and all to which the provider leads on, a page would have to name."""
    if accounts.find_officer(session.get("staff")):
        return redirect(url_for(".start"), 303)
    return _lead("sign in")


def _lead(purpose: str) -> Any:
    if limits.count_visit("organisation") > MOST_AN_HOUR:
        return errors.page(429)
    try:
        with turn_of(limits.visitor_address()):
            begun = oidc_provider.begin()
    except NotSignedIn as failed:
        return _refuse(failed)
    session[BEGUN] = {
        "state": begun.state,
        "nonce": begun.nonce,
        "verifier": begun.verifier,
        "purpose": purpose,
        "until": int(time.time()) + LASTS,
        "root": request.script_root,
        "to": way_back.carried(),
    }
    return lead_out(begun.address)


@blueprint.get(oidc_provider.BACK.removeprefix("/staff"), endpoint="back_from_elsewhere")
@_where_it_is_on
def back_from_elsewhere() -> Any:
    """The one address that the provider knows, in English; who began in another language goes on in it."""
    begun = session.get(BEGUN)
    said = request.args.get("state", "")
    if not begun or begun["until"] < time.time() or not hmac.compare_digest(begun["state"].encode(), said.encode()):
        return _refuse(NotSignedIn(Trouble.OTHER_VISIT, "the answer belongs to no sign-in of this browser"))
    if begun["root"] != request.script_root:
        return redirect(f"{begun['root']}{oidc_provider.BACK}?{request.query_string.decode('latin-1')}", 303)
    del session[BEGUN]
    if limits.count_visit("organisation") > MOST_AN_HOUR:
        return errors.page(429)
    try:
        if "error" in request.args:
            raise NotSignedIn(Trouble.GIVEN_UP, "the provider let nobody through")
        code, issuer = request.args.get("code", ""), request.args.get("iss")
        with turn_of(limits.visitor_address()):
            person = oidc_provider.finish(code, issuer, begun["nonce"], begun["verifier"])
    except NotSignedIn as failed:
        return _refuse(failed)
    if begun["purpose"] == "link":
        session[FOUND] = {"subject": person.subject, "until": int(time.time()) + LASTS}
        return redirect(url_for(".own_organisation_account"), 303)
    outcome = oidc.sign_in(person)
    if isinstance(outcome, Outcome):
        return _turn_away(outcome, person.subject)
    if isinstance(outcome, uuid.UUID):
        session[NAMED] = {
            "who": outcome.hex,
            "subject": person.subject,
            "until": int(time.time()) + LASTS,
            "to": begun["to"],
        }
        return redirect(url_for(".code_after_elsewhere"), 303)
    return come_in(outcome, begun["to"])


@blueprint.route("/sign-in/organisation/code", methods=["GET", "POST"], endpoint="code_after_elsewhere")
@_where_it_is_on
def code_after_elsewhere() -> Any:
    """The portal's own second factor, where the provider says nothing of having asked for one."""
    named = session.get(NAMED)
    if not named or named["until"] < time.time():
        return redirect(url_for(".sign_in"), 303)
    form = CodeForm()
    if form.validate_on_submit():
        try:
            token = oidc.finish_with_code(uuid.UUID(named["who"]), named["subject"], form.code.data)
        except TooManyTries:
            return errors.page(429)
        if token:
            return come_in(token, named["to"])
        form.code.errors = [_("The code is not right. A code works once: wait for the next.")]
    return render_template("staff/organisation_code.html", form=form)


def _refuse(failed: NotSignedIn) -> Any:
    current_app.logger.warning("Nobody was signed in by the organisation's provider: %s", failed.why)
    match failed.trouble:
        case Trouble.SILENT:
            why = _(
                "%(name)s does not answer now. Sign in with your password, or try again in a minute.", name=_whose()
            )
        case Trouble.UNFIT:
            why = _("This portal and %(name)s do not fit together now. Sign in with your password, and tell your administrator.", name=_whose())  # fmt: skip
        case Trouble.REFUSED:
            why = _("We cannot be sure of what %(name)s told us. Nobody was signed in. Start again.", name=_whose())
        case Trouble.OTHER_VISIT:
            why = _("This does not belong to a sign-in that you began here, or it took too long. Start again.")
        case Trouble.GIVEN_UP:
            why = _("%(name)s did not sign you in. Start again, or use your password.", name=_whose())
    return render_template("staff/organisation_refused.html", why=why, subject=""), 403


def _turn_away(outcome: Outcome, subject: str) -> tuple[str, int]:
    match outcome:
        case Outcome.UNKNOWN:
            why = _("%(name)s knows you, but nobody has linked that account to one here yet.", name=_whose())
        case Outcome.CLOSED:
            why, subject = _("Your account here was closed. Talk to your administrator."), ""
        case Outcome.NOT_JOINED:
            why, subject = _("First open the link of your invitation, and choose how you sign in."), ""
    return render_template("staff/organisation_refused.html", why=why, subject=subject), 403


def _whose() -> str:
    return oidc_provider.name()


@blueprint.route("/account/organisation", methods=["GET", "POST"], endpoint="own_organisation_account")
@signed_in
@_where_it_is_on
def own_organisation_account() -> Any:
    """Whose account it is, they say with their password and code: an open screen links nobody else's to it."""
    found, form, staff = session.get(FOUND), ProofForm(), officer().staff
    if found and found["until"] < time.time():
        found = None
    try:
        if found and form.validate_on_submit() and proven(form):
            oidc.link(staff.name, found["subject"], staff.name, session["staff"])
            del session[FOUND]
            return redirect(url_for(".own_organisation_account"), 303)
    except TooManyTries:
        return errors.page(429)
    except AlreadyLinked:
        form.form_errors.append(_("That account is linked to somebody else here. Talk to your administrator."))
    except VaultError:  # reset or closed meanwhile
        return redirect(url_for(".start"), 303)
    return render_template("staff/organisation_own.html", form=form, found=found, linked=oidc.find_link(staff.id))


@blueprint.get("/account/organisation/go", endpoint="link_elsewhere")
@signed_in
@_where_it_is_on
def link_elsewhere() -> Any:
    return _lead("link")


@blueprint.post("/account/organisation/end", endpoint="end_own_organisation_account")
@signed_in
@_where_it_is_on
def end_own_organisation_account() -> Response:
    name = officer().staff.name
    oidc.unlink(name, name, session["staff"])
    return redirect(url_for(".own_organisation_account"), 303)


@blueprint.route(ONE, methods=["GET", "POST"], endpoint="organisation_account")
@only(Role.ADMINISTRATOR)
@_where_it_is_on
def organisation_account(name: str) -> Response | str:
    someone = account_changes.find_account(name) or abort(404)
    if someone.id == officer().staff.id:  # their own they link by proving who they are
        return redirect(url_for(".own_organisation_account"), 303)
    form = SubjectForm()
    if form.validate_on_submit():
        try:
            oidc.link(name, form.subject.data, officer().staff.name)
            return redirect(url_for(".organisation_account", name=name), 303)
        except NoSubject:
            form.subject.errors = [_("Copy it whole, as it stands there: letters, digits and signs, no spaces.")]
        except AlreadyLinked:
            form.subject.errors = [_("That account is linked to somebody here already.")]
        except VaultError:
            form.form_errors.append(_("Their account here was closed."))
    return render_template(
        "staff/organisation_person.html", form=form, person=someone, linked=oidc.find_link(someone.id)
    )


@blueprint.post(f"{ONE}/end", endpoint="end_organisation_account")
@only(Role.ADMINISTRATOR)
@_where_it_is_on
def end_organisation_account(name: str) -> Response:
    if account_changes.find_account(name) is None:
        abort(404)
    try:
        oidc.unlink(name, officer().staff.name)
    except VaultError:  # closed meanwhile: there is nothing to end
        return redirect(url_for(".organisation_account", name=name), 303)
    return redirect(url_for(".organisation_account", name=name), 303)
