"""The `portal vault` and `portal staff` commands: who works here, and who holds which key."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Collection
from dataclasses import dataclass
from typing import TextIO

import click
from flask import Flask
from sqlalchemy.orm import Session

from portal import audit, create_app, migrations
from portal.audit import Action
from portal.config import SettingError
from portal.db import transaction
from portal.partnership.file import current_partnership
from portal.partnership.readiness import address_problem, missing_for_live
from portal.reporting.storing import TEAMS as REPORT_TEAMS
from portal.staff import account_changes, accounts, authenticator, passwords
from portal.staff.colleagues import new_display_name, new_sign_in_name
from portal.staff.models import Role
from portal.staff.passwords import Weak
from portal.surveys.versions import SURVEY_TEAM
from portal.vault import agencies, keyholders, meetings, rotation
from portal.vault.keyholders import Mode, VaultError

TEAMS = (*REPORT_TEAMS, SURVEY_TEAM)
# Those of whom somebody can be a member; the last gets its key with the first of them.
JOINABLE = (*TEAMS, meetings.RECORD_TEAM)
VOID = "Nothing was stored, and the recovery key above opens nothing: cross it out and run the command again."


def open_app(*, migrated: bool = True) -> Flask:
    app = create_app()
    engine = app.extensions["database"].engine
    if migrated and not migrations.is_current(engine):
        migrations.refuse_newer(engine)
        raise SettingError("The database is not up to date: run `portal migrate` first.")
    return app


@click.group(name="vault")
def vault_group() -> None:
    """The vault that seals reports."""


@vault_group.command(name="create")
@click.option(
    "--role",
    "given",
    type=click.Choice([role.value for role in Role if not role.stands_alone]),
    multiple=True,
    help="What the first account works on; everything where not said.",
)
def create_vault(given: tuple[str, ...]) -> None:
    """Create the live vault: recovery key, then the first reader."""
    app = open_app()
    with app.app_context():
        if keyholders.find_vault() is not None:
            raise VaultError("This database has a vault already; a live one needs a database of its own.")
        if (problem := address_problem()) is not None:
            raise VaultError(f"{problem} Receipts will bear it, so it is set before there is a vault.")
        private, recovery = keyholders.new_recovery()
        click.echo("The recovery key opens everything when nobody else can. It is shown once and stored nowhere.\n")
        click.echo(f"    {recovery}\n")
        # Everything is asked before anything is stored: a question must not hold up whoever else writes.
        if keyholders.read_recovery_text(ask("Write it down, then type it here: ")) != private:
            raise VaultError(f"That is not what was shown. {VOID}")
        click.echo("Now the first officer, who can read reports.")
        try:
            officer = _ask_officer()
        except VaultError as problem:
            raise VaultError(f"{problem} {VOID}") from None
        with transaction() as db:
            keyholders.create_vault(db, Mode.LIVE, TEAMS, private)
            audit.record(db, "command line", Action.CREATED_VAULT)
            own = tuple(map(Role, given)) or tuple(role for role in Role if not role.stands_alone)
            secret = officer.store(db, keyholders.open_recovery(recovery), own, TEAMS)
        say_secret(officer.name, secret)
        lacking = missing_for_live()
    for missing in lacking:
        click.echo(f"Still missing: {missing}")


@vault_group.command(name="rotate")
@click.argument("team")
def rotate_key(team: str) -> None:
    """Change a team's key for a new one, while everyone works on; asks for the recovery key. Run it again if it was broken off."""
    with open_app().app_context():
        rotate(team, ask("Recovery key: "))


def rotate(team: str, recovery: str) -> None:
    from portal.server.worker import scatter

    for line in rotation.rotate(team, recovery):
        click.echo(line)
    # What was sealed to the old key is to leave the files as well.
    scatter()


@click.group()
def staff() -> None:
    """The people who work here."""


@staff.command(name="add")
@click.option(
    "--role",
    "given",
    type=click.Choice([role.value for role in Role]),
    multiple=True,
    help="What they work on; reports where not said.",
)
@click.option(
    "--team",
    "teams",
    type=click.Choice(JOINABLE),
    multiple=True,
    help="What they can open; all of their roles' teams where not said.",
)
@click.option("--agency", help="The one partner agency whose referrals they see, by its code in partnership.toml.")
def add_staff(given: tuple[str, ...], teams: tuple[str, ...], agency: str | None) -> None:
    """Add someone who works here; asks for the recovery key, which alone can hand out the teams' keys."""
    roles = tuple(map(Role, given)) or ((Role.PARTNER_AGENCY,) if agency else (Role.OFFICER,))
    if (Role.PARTNER_AGENCY in roles or agency) and not (roles == (Role.PARTNER_AGENCY,) and agency and not teams):
        raise VaultError("Someone of a partner agency has --agency CODE, no other role, and no --team.")
    with open_app().app_context():
        if agency:
            check_agency(agency)
            teams = (agencies.team_of(agency),)
        recovery = ask("Recovery key: ")
        keyholders.open_recovery(recovery)
        officer = _ask_officer()
        with transaction() as db:
            for team in teams or _teams_of(roles):
                keyholders.ensure_team(db, team)
            secret = officer.store(db, keyholders.open_recovery(recovery), roles, teams or _teams_of(roles))
        say_secret(officer.name, secret)


def check_roles(roles: Collection[Role]) -> None:
    """Raises VaultError where nobody may have these together."""
    if len(set(roles)) > 1 and any(role.stands_alone for role in roles):
        raise VaultError("Someone of a partner agency, like an auditor, has no other role.")


def _teams_of(roles: tuple[Role, ...]) -> tuple[str, ...]:
    """What someone of these roles usually opens."""
    return (REPORT_TEAMS if {Role.OFFICER, Role.SUPERVISOR} & {*roles} else ()) + (
        (SURVEY_TEAM,) if Role.ANALYST in roles else ()
    )


@click.group(name="agency")
def agency_group() -> None:
    """The partner agencies that have accounts here."""


@agency_group.command(name="open")
@click.argument("code")
def open_agency(code: str) -> None:
    """Give a partner agency a key, to which referrals are sealed; then add its people with `portal staff add --agency`."""
    with open_app().app_context():
        check_agency(code)
        with transaction() as db:
            agencies.open_agency(db, code)
            audit.record(db, "command line", Action.OPENED_AGENCY, code)
        click.echo(f"{code} has a key. Add its people with `portal staff add --agency {code}`.")


def check_agency(code: str) -> None:
    """Raises VaultError where no such agency can have accounts."""
    known = [each.code for each in current_partnership().agencies if not each.retired]
    if code not in known:
        raise VaultError(f"There is no agency {code} in partnership.toml; there are {', '.join(known)}.")
    agencies.check_code(code)


@staff.command(name="remove-from-team")
@click.argument("name")
@click.argument("team")
def remove_from_team(name: str, team: str) -> None:
    """Take a team's keys from someone at once; then change the team's key, which they may have kept."""
    with open_app().app_context():
        account_changes.remove_from_team(name, team)
        click.echo(f"{name} opens nothing of {team} any more. They may have kept its key, so it is changed now.")
        try:
            recovery = ask("Recovery key (empty: change it later): ")
        except EOFError:
            recovery = ""
        if not recovery.strip():
            click.echo(f"As soon as the recovery key is at hand, run `portal vault rotate {team}`.")
            return
        try:
            rotate(team, recovery)
        except VaultError as problem:
            raise VaultError(f"{problem} {name} is removed all the same; run `portal vault rotate {team}`.") from None


@staff.command(name="code")
@click.argument("name")
def code_now(name: str) -> None:
    """The code that a sample officer's authenticator app shows now; in a demonstration only."""
    from portal import sample as sampling

    with open_app().app_context():
        code = sampling.sample_code(name)
    if code is None:
        raise VaultError(f"There is no sample officer called {name}.")
    click.echo(code)


@dataclass(frozen=True)
class NewOfficer:
    """What the command asked about someone, before anything is stored."""

    name: str
    display_name: str
    password: str
    passphrase: str

    def store(self, db: Session, held: keyholders.Keyring, roles: tuple[Role, ...], teams: tuple[str, ...]) -> str:
        """Returns the authenticator's secret, to be shown once."""
        return accounts.add_staff(db, self.name, self.display_name, roles, self.password, self.passphrase, teams, held)


def _ask_officer() -> NewOfficer:
    name = new_sign_in_name(input("Sign-in name: "))
    display_name = new_display_name(input("Name that colleagues see: "))
    if accounts.is_known(name):
        raise VaultError(f"There is someone called {name} already.")
    password = ask_password("Password")
    return NewOfficer(name, display_name, password, ask_password("Vault passphrase (it may be another one)"))


def say_secret(name: str, secret: str) -> None:
    address = authenticator.app_address(name, secret)
    click.echo(f"\nPut this into an authenticator app:\n{address}\n")
    _draw_code(address, sys.stdout)


def _draw_code(address: str, out: TextIO) -> None:
    import segno

    if out.isatty():
        segno.make(address).terminal(out, compact=True)


def ask(prompt: str) -> str:
    """Something secret, unseen on a terminal; from a pipe, one line."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else input(prompt)


_WEAK = {
    Weak.SHORT: "That is too short.",
    Weak.LONG: "That is too long.",
    Weak.COMMON: "That is guessed soon. Four words that have nothing to do with each other are good.",
    Weak.NAMES: "That is built from a name.",
}


def ask_password(what: str) -> str:
    while True:
        first = ask(f"{what}, at least {passwords.SHORTEST} characters: ")
        if weak := passwords.weakness(first):
            click.echo(_WEAK[weak])
        elif ask("Once more: ") == first:
            return first
        else:
            click.echo("They are not the same.")
