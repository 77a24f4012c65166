"""An administrator's pages about who works here: accounts, never what residents wrote."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.staff import account_changes, invitation_mail, joining, waiting_for_keys
from portal.staff.access import blueprint, officer, only, role_words, team_words
from portal.staff.account_changes import LastReader
from portal.staff.colleagues import NameTaken
from portal.staff.joining import LINK
from portal.staff.models import Role
from portal.staff.people_forms import InviteForm, MailForm, RenameForm, RolesForm
from portal.staff.role_table import role_table
from portal.text import plain
from portal.vault import teams
from portal.vault.keyholders import VaultError, find_vault
from portal.web import errors

ONE = "/people/<name>"
ON_A_PAGE = 50


def _offered() -> list[tuple[str, str]]:
    """People of partner agencies are added where the agency's key is: by the operator."""
    return [(role.value, role_words(role)) for role in Role if role is not Role.PARTNER_AGENCY]


@blueprint.get("/people", endpoint="people")
@only(Role.ADMINISTRATOR)
def people() -> str:
    sought = plain(request.args.get("q", ""))[:80]
    wanted = sought.casefold()
    found = [
        each
        for each in account_changes.all_accounts()
        if any(
            wanted in said.casefold()
            for said in (each.name, each.display_name, *map(role_words, each.roles), *map(team_words, each.teams))
        )
    ]
    pages = max(1, -(-len(found) // ON_A_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    return render_template(
        "staff/people.html",
        rows=found[(page - 1) * ON_A_PAGE : page * ON_A_PAGE],
        role_words=role_words,
        sought=sought,
        page=page,
        pages=pages,
        count=len(found),
    )


@blueprint.get("/people/roles", endpoint="people_roles")
@only(Role.ADMINISTRATOR)
def roles() -> str:
    return render_template("staff/people_roles.html", lines=role_table(), role_words=role_words)


@blueprint.route("/people/invite", methods=["GET", "POST"], endpoint="invite_person")
@only(Role.ADMINISTRATOR)
def invite_person() -> Response | str:
    """The link is shown once, on the page that answers."""
    if find_vault() is None:
        return errors.page(503)
    form = InviteForm()
    form.roles.choices = _offered()
    form.teams.choices = [(team, team_words(team)) for team in waiting_for_keys.all_teams()]
    if form.validate_on_submit() and _may_stand_together(form):
        name = form.name.data.casefold()
        try:
            secret = joining.invite(
                name, form.display_name.data, [Role(each) for each in form.roles.data], form.teams.data, _me()
            )
        except NameTaken:
            form.name.errors = [_("Someone has this name, or had it. Choose another one.")]
        except VaultError:
            form.name.errors = [
                _("Use up to 40 letters, digits, dots and dashes, and no spaces. Begin with a letter or digit.")
            ]
        else:
            return _link_page(name, secret, form.address())
    return render_template("staff/people_invite.html", form=form, can_mail=invitation_mail.is_possible())


def _may_stand_together(form: RolesForm) -> bool:
    given = [Role(each) for each in form.roles.data]
    if len(given) > 1 and any(role.stands_alone for role in given):
        form.roles.errors = [_("An auditor has no other work.")]
        return False
    return True


def _link_page(name: str, secret: str, mailed_to: str) -> str:
    """It stays to be copied, whatever becomes of the mail."""
    link = url_for(".open_invitation", **{LINK: secret}, _external=True)
    is_mailed = bool(mailed_to) and invitation_mail.is_possible() and invitation_mail.send(mailed_to, link)
    return render_template("staff/people_link.html", name=name, link=link, mailed_to=mailed_to, is_mailed=is_mailed)


@blueprint.get(ONE, endpoint="person")
@only(Role.ADMINISTRATOR)
def person(name: str) -> str:
    return _page(name)


def _find(name: str) -> Any:
    return account_changes.find_account(name) or abort(404)


def _page(
    name: str,
    *,
    rename: RenameForm | None = None,
    roles: RolesForm | None = None,
    mail: MailForm | None = None,
    mistake: str = "",
) -> str:
    someone = _find(name)
    rename = rename or RenameForm(formdata=None, data={"display_name": someone.display_name})
    if roles is None:
        roles = RolesForm(formdata=None, data={"roles": [held.role.value for held in someone.roles]})
        roles.roles.choices = _offered()
    if mistake:
        rename.form_errors.append(mistake)
    held = teams.teams_of(account_changes.session, someone.member_id)
    waits = waiting_for_keys.waits_of(someone.id)
    return render_template(
        "staff/person.html",
        person=someone,
        rename=rename,
        form=next((each for each in (roles, mail) if each and each.errors), rename),
        roles_form=roles,
        mail_form=mail or MailForm(formdata=None),
        can_mail=invitation_mail.is_possible(),
        teams=held,
        waits=waits,
        offered=[team for team in waiting_for_keys.all_teams() if team not in {*held, *waits}],
        sessions=account_changes.sessions_of(someone.id),
        is_me=someone.name == _me(),
        has_passphrase=joining.has_passphrase(someone),
    )


def _me() -> str:
    return officer().staff.name


def _to(name: str) -> Response:
    return redirect(url_for(".person", name=name), 303)


@blueprint.post(f"{ONE}/rename", endpoint="rename_person")
@only(Role.ADMINISTRATOR)
def rename_person(name: str) -> Response | str:
    form = RenameForm()
    _find(name)
    if not form.validate():
        return _page(name, rename=form)
    return _do(name, lambda: account_changes.rename(name, form.display_name.data, _me()))


@blueprint.post(f"{ONE}/roles", endpoint="change_roles")
@only(Role.ADMINISTRATOR)
def change_roles(name: str) -> Response | str:
    form = RolesForm()
    form.roles.choices = _offered()
    _find(name)
    if not form.validate() or not _may_stand_together(form):
        return _page(name, roles=form)
    return _do(name, lambda: account_changes.set_roles(name, [Role(each) for each in form.roles.data], _me()))


@blueprint.post(f"{ONE}/reset", endpoint="reset_person")
@only(Role.ADMINISTRATOR)
def reset_person(name: str) -> str:
    _find(name)
    if name.casefold() == _me():
        return _page(name, mistake=_("Change your own sign-in under “Your account”."))
    form = MailForm()
    if not form.validate():
        return _page(name, mail=form)
    try:
        return _link_page(name, joining.reset(name, _me()), form.address())
    except VaultError:
        return _page(name, mistake=_refused())


@blueprint.post(f"{ONE}/forget-passphrase", endpoint="forget_passphrase")
@only(Role.ADMINISTRATOR)
def forget_passphrase(name: str) -> Response | str:
    _find(name)
    try:
        return _do(name, lambda: account_changes.forget_passphrase(name, _me()))
    except LastReader:
        return _page(
            name,
            mistake=_("Nobody else holds the key of one of their teams. The operator helps with the recovery key."),
        )


@blueprint.post(f"{ONE}/end-sessions", endpoint="end_sessions")
@only(Role.ADMINISTRATOR)
def end_sessions(name: str) -> Response | str:
    _find(name)
    return _do(name, lambda: account_changes.end_sessions(name, _me()))


@blueprint.post(f"{ONE}/end-session", endpoint="end_session")
@only(Role.ADMINISTRATOR)
def end_session(name: str) -> Response | str:
    _find(name)
    try:
        which = uuid.UUID(request.form.get("which", ""))
    except ValueError:
        return _to(name)
    return _do(name, lambda: account_changes.end_session(name, which, _me()))


@blueprint.post(f"{ONE}/close", endpoint="close_account")
@only(Role.ADMINISTRATOR)
def close_account(name: str) -> Response | str:
    _find(name)
    return _do(name, lambda: account_changes.close_account(name, _me()))


@blueprint.post(f"{ONE}/join-team", endpoint="ask_for_team")
@only(Role.ADMINISTRATOR)
def ask_for_team(name: str) -> Response | str:
    """No key is given by this: someone in the team hands it over."""
    _find(name)
    team = request.form.get("team", "")
    if team not in waiting_for_keys.all_teams():
        return _page(name, mistake=_("Choose a team."))
    return _do(name, lambda: waiting_for_keys.ask_for_team(name, team, _me()))


@blueprint.post(f"{ONE}/leave-team", endpoint="leave_team")
@only(Role.ADMINISTRATOR)
def leave_team(name: str) -> Response | str:
    _find(name)
    team = plain(request.form.get("team"))
    return _do(name, lambda: account_changes.remove_from_team(name, team, _me()))


def _do(name: str, act: Any) -> Response | str:
    try:
        act()
    except LastReader:
        raise
    except VaultError:
        return _page(name, mistake=_refused())
    return _to(name)


def _refused() -> str:
    return _(
        "This cannot be done. The account may be closed, they may be the last administrator, or it may be your own."
    )
