"""The pages that an invitation opens: choose a password, set up the authenticator, keep the recovery codes."""

from __future__ import annotations

from flask import redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import limits
from portal.partnership.file import current_partnership
from portal.staff import accounts, authenticator, joining
from portal.staff.access import blueprint
from portal.staff.joining import LINK, Refused
from portal.staff.people_forms import JoinForm
from portal.web import errors
from portal.web.squares import drawn

KEPT = "joining"
MOST_AN_HOUR = 60


@blueprint.get("/invitation", endpoint="open_invitation")
def open_invitation() -> Response | tuple[str, int]:
    """The secret stands in the query, which is never logged, and leaves the address at once."""
    if accounts.find_officer(session.get("staff")):
        return _refuse(_("You are signed in. Sign out first, then open the link again."))
    session.clear()
    session[KEPT] = request.args.get(LINK, "")[:100]
    return redirect(url_for(".join"), 303)


@blueprint.route("/join", methods=["GET", "POST"], endpoint="join")
def join() -> Response | str | tuple[str, int]:
    secret = session.get(KEPT)
    if not secret:
        return _refuse(_said(Refused.UNKNOWN))
    invited = joining.find_invited(secret)
    if isinstance(invited, Refused):
        return _refuse(_said(invited))
    # Before anything is judged: a password takes the machine some time.
    if request.method == "POST" and limits.count_visit("join") > MOST_AN_HOUR:
        return errors.page(429)
    form = JoinForm()
    form.names = (invited.name, invited.display_name, current_partnership().name)
    form.wants_passphrase = invited.wants_passphrase
    if form.validate_on_submit():
        if authenticator.matching_step(invited.totp_secret, form.code.data) is None:
            form.code.errors = [_("That is not the code that the app shows now. Wait for the next and type it.")]
        else:
            codes = joining.accept(secret, form.password.data, form.passphrase.data if invited.wants_passphrase else "")
            session.clear()
            if isinstance(codes, Refused):
                return _refuse(_said(codes))
            return render_template("staff/recovery_codes.html", codes=codes, on=url_for(".sign_in"))
    return render_template(
        "staff/join.html",
        form=form,
        invited=invited,
        picture=drawn(authenticator.app_address(invited.name, invited.totp_secret)),
        typed=" ".join(invited.totp_secret[at : at + 4] for at in range(0, 32, 4)),
    )


def _said(why: Refused) -> str:
    match why:
        case Refused.UNKNOWN:
            return _("This link is not known. Ask whoever invited you for a new one.")
        case Refused.USED:
            return _("This link was used already. If it was not you, tell whoever invited you now.")
        case Refused.LATE:
            return _("This link has ended: it was good for 72 hours. Ask whoever invited you for a new one.")


def _refuse(why: str) -> tuple[str, int]:
    return render_template("staff/join_refused.html", why=why), 403
