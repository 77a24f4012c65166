"""The `portal staff` commands for accounts that are there already: other work, a lost phone or passphrase, leaving."""

from __future__ import annotations

import click

from portal.config import settings
from portal.db import LOCAL_TIME, transaction
from portal.reporting.nudges import usable_address
from portal.server.cli_keys import JOINABLE, ask, ask_password, check_roles, open_app, rotate, staff
from portal.staff import account_changes, invitation_mail, joining, oidc
from portal.staff.colleagues import new_display_name
from portal.staff.models import Role
from portal.vault import keyholders, meetings
from portal.vault.keyholders import Keyring, VaultError

MAIL = click.option("--mail", default="", help="Also send the link to this address, which only they read.")


@staff.command(name="list")
def list_accounts() -> None:
    """Everyone with an account: what they may do, and the teams whose keys they hold."""
    with open_app().app_context():
        for each in account_changes.all_accounts():
            state = "" if each.is_open else " (closed)"
            held = ", ".join(each.teams) or "no team"
            click.echo(f"{each.name}{state}: {each.display_name}; {', '.join(each.roles) or 'no work'}; {held}")


@staff.command(name="rename")
@click.argument("name")
@click.argument("display_name")
def rename(name: str, display_name: str) -> None:
    """Change what colleagues see of someone, as after a marriage; the sign-in name stays."""
    with open_app().app_context():
        account_changes.rename(name, display_name)
    click.echo(f"{name} is {new_display_name(display_name)} to colleagues from now on.")


@staff.command(name="roles")
@click.argument("name")
@click.option("--role", "given", type=click.Choice([role.value for role in Role]), multiple=True, required=True)
def set_roles(name: str, given: tuple[str, ...]) -> None:
    """Say what someone works on from now on. Keys are another thing: see add-to-team and remove-from-team."""
    roles = [Role(each) for each in given]
    check_roles(roles)
    with open_app().app_context():
        account_changes.set_roles(name, roles)
    click.echo(f"{name} works on this from now on: {', '.join(sorted(set(given)))}. Their sessions have ended.")


@staff.command(name="reset")
@click.argument("name")
@click.option("--passphrase", is_flag=True, help="The vault passphrase is lost: set a new one. Needs the teams' keys.")
@MAIL
def reset(name: str, passphrase: bool, mail: str) -> None:
    """Make a link with which someone chooses how they sign in anew (a lost phone), or with --passphrase a new passphrase."""
    with open_app().app_context():
        if passphrase:
            if mail:
                raise VaultError("A new passphrase has no link: whoever is to know it types it here.")
            held = _ask_keys()
            account_changes.reset_passphrase(name, ask_password("New vault passphrase"), held)
            click.echo(f"{name} has a new passphrase. The old one opens nothing. Their sessions have ended.")
            return
        _check_mail(mail)
        _say_link(name, joining.reset(name, account_changes.COMMAND_LINE), mail)
        click.echo("Their old password, codes and passkeys are worth nothing any more. Their sessions have ended.")


@staff.command(name="invite")
@click.argument("name")
@click.option("--display-name", help="What colleagues see; the sign-in name where not said.")
@click.option("--role", "given", type=click.Choice([role.value for role in Role]), multiple=True, required=True)
@click.option("--team", "teams", type=click.Choice(JOINABLE), multiple=True, help="Whose key someone there hands them.")
@MAIL
def invite(name: str, display_name: str | None, given: tuple[str, ...], teams: tuple[str, ...], mail: str) -> None:
    """Make an account and a link, good for 72 hours and once, with which they choose how they sign in. Needs no key."""
    roles = [Role(each) for each in given]
    check_roles(roles)
    if Role.PARTNER_AGENCY in roles:
        raise VaultError("Someone of a partner agency is added with `portal staff add --agency CODE`.")
    with open_app().app_context():
        _check_mail(mail)
        secret = joining.invite(name, display_name or name, roles, teams, account_changes.COMMAND_LINE)
        _say_link(name, secret, mail)


@staff.command(name="sessions")
@click.argument("name")
@click.option("--end", is_flag=True, help="End them all.")
def sessions(name: str, end: bool) -> None:
    """Where someone is signed in: since which hour. No address is stored."""
    with open_app().app_context():
        if end:
            account_changes.end_sessions(name)
            click.echo(f"{name} is signed in nowhere any more.")
            return
        found = account_changes.find_account(name)
        if found is None:
            raise VaultError(f"There is nobody called {name}.")
        going_on = account_changes.sessions_of(found.id)
        if not going_on:
            click.echo(f"{name} is signed in nowhere.")
        for each in going_on:
            began = each.began_at.astimezone(LOCAL_TIME) if each.began_at else None
            click.echo(f"since {began:%d %B %Y, %H:%M}" if began else "since an hour that is not known")


class _Team(click.Choice[str]):
    """A team, or a meeting of the MARAC whose page says that nobody at its table opens it any more."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return value if meetings.is_team(value) else super().convert(value, param, ctx)


@staff.command(name="add-to-team")
@click.argument("name")
@click.argument("team", type=_Team(JOINABLE))
def add_to_team(name: str, team: str) -> None:
    """Hand someone the keys of one more team, or of a meeting of the MARAC at whose table they sit (marac:...)."""
    with open_app().app_context():
        if team == meetings.RECORD_TEAM and not meetings.has_record_team():
            with transaction() as db:
                meetings.ensure_record_team(db)
        account_changes.add_to_team(name, team, _ask_keys())
    click.echo(f"{name} opens {team} as soon as they sign in again.")


@staff.command(name="link-oidc")
@click.argument("name")
@click.argument("subject")
def link_oidc(name: str, subject: str) -> None:
    """Let someone sign in with an account of the organisation: SUBJECT is its object ID in Entra ID, elsewhere its `sub`."""
    with open_app().app_context():
        if not settings().oidc_issuer:
            raise VaultError("No provider is set: see PORTAL_OIDC_ISSUER.")
        oidc.link(name, subject)
    click.echo(f"{name} can sign in with that account, and with their password as before. It opens no key.")


@staff.command(name="unlink-oidc")
@click.argument("name")
def unlink_oidc(name: str) -> None:
    """End that: from now on they sign in with their password and code alone. Their sessions end."""
    with open_app().app_context():
        oidc.unlink(name)
    click.echo(f"{name} signs in with their password and code alone. Their sessions have ended.")


@staff.command(name="close")
@click.argument("name")
def close(name: str) -> None:
    """Close an account for good: no sign-in, no keys, their cases are nobody's; then change the keys they may have kept."""
    with open_app().app_context():
        left = account_changes.close_account(name)
        click.echo(f"The account of {name} is closed.")
        for team in account_changes.without_reader(left):
            click.echo(f"Nobody opens {team} any more but the recovery key: add someone.")
        if not left:
            return
        click.echo(f"They may have kept the keys of {', '.join(left)}, so these are changed now.")
        try:
            recovery = ask("Recovery key (empty: change them later): ")
        except EOFError:
            recovery = ""
        if not recovery.strip():
            later = " and ".join(f"`portal vault rotate {team}`" for team in left)
            click.echo(f"As soon as the recovery key is at hand, run {later}.")
            return
        for team in left:
            rotate(team, recovery)


def _check_mail(address: str) -> None:
    """Before anything is stored. Raises VaultError."""
    if address and usable_address(address) is None:
        raise VaultError("That is not one email address, like name@example.com.")
    if address and not invitation_mail.is_possible():
        raise VaultError("No mail can be sent: see PORTAL_SMTP_URL, and PORTAL_MAIL_FROM or the duty address.")


def _say_link(name: str, secret: str, mail: str) -> None:
    """It stays to be copied, whatever becomes of the mail."""
    link = f"{settings().public_url}/staff/invitation?{joining.LINK}={secret}"
    click.echo(f"Give {name} this link. It is shown once and works once, for 72 hours:")
    click.echo(f"    {link}")
    if mail:
        is_sent = invitation_mail.send(usable_address(mail) or "", link)
        click.echo(
            f"It was sent to {mail}." if is_sent else "The mail server did not take it: give it to them another way."
        )


def _ask_keys() -> Keyring:
    """By the recovery key, or by a colleague of the team who is here and types their passphrase. Raises VaultError."""
    given = ask("Recovery key, or the sign-in name of a colleague of that team who is here: ")
    member_id = account_changes.member_of(given.strip())
    if member_id is None:
        return keyholders.open_recovery(given)
    private = keyholders.open_member(member_id, ask("Their vault passphrase: "))
    if private is None:
        raise VaultError("That passphrase does not open their keys.")
    return keyholders.keyring(member_id, private)
