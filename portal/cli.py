"""The `portal` command: set up, serve, look after."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import click
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal import Portal, audit, create_app, migrations, vault
from portal.audit import Action
from portal.config import SettingError
from portal.db import transaction
from portal.partnership import PartnershipError
from portal.reporting import endings
from portal.reporting.services import TEAMS as REPORT_TEAMS
from portal.staff import accounts
from portal.staff.models import Role
from portal.surveys.reading import DefinitionError, definition_files, read_definition
from portal.surveys.waves import SURVEY_TEAM
from portal.vault import Mode, VaultError

TEAMS = (*REPORT_TEAMS, SURVEY_TEAM)
VOID = "Nothing was stored, and the recovery key above opens nothing: cross it out and run the command again."


def main() -> None:
    """Run the command; what the operator must know is one sentence, not a traceback."""
    try:
        portal.main(prog_name="portal", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(1)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except (SettingError, PartnershipError, VaultError) as problem:
        click.echo(f"portal: {problem}", err=True)
        sys.exit(2)
    except OperationalError:
        click.echo(
            "portal: The database cannot be opened or reached; see PORTAL_DATABASE_URL and PORTAL_DATA.", err=True
        )
        sys.exit(2)


@click.group()
def portal() -> None:
    """The community safety portal."""


def _app(*, migrated: bool = True) -> Flask:
    app = create_app()
    if migrated and not migrations.is_current(app.extensions["database"].engine):
        raise SettingError("The database is not up to date: run `portal migrate` first.")
    return app


def _shared(app: Flask) -> Portal:
    found: Portal = app.extensions["portal"]
    return found


@portal.command()
def migrate() -> None:
    """Bring the database to the newest shape; in one that was put back, delete again what had been deleted."""
    app = _app(migrated=False)
    migrations.migrate(app.extensions["database"].engine)
    with app.app_context():
        if again := endings.reapply_deletions():
            click.echo(f"Reports deleted again, because their reporters had asked for it: {again}")


@portal.command()
def serve() -> None:
    """Serve residents and staff."""
    from portal import serving

    serving.serve(_app())


@portal.command()
def run() -> None:
    """Migrate, fill an empty database with samples, and serve: what `make run` does."""
    from portal import sample as sampling
    from portal import serving

    app = _app(migrated=False)
    migrations.migrate(app.extensions["database"].engine)
    with app.app_context():
        for line in sampling.fill(again=True):
            click.echo(line)
    serving.serve(app)


@portal.command()
@click.option("--while-parent-lives", is_flag=True, hidden=True)
def worker(while_parent_lives: bool) -> None:
    """Mail alerts and tidy up; `portal serve` starts one by itself."""
    from portal import logs
    from portal.worker import work

    app = _app()
    logs.init_logs(app)
    work(app, parent=os.getppid() if while_parent_lives else None)


@portal.group(name="vault")
def vault_group() -> None:
    """The vault that seals reports."""


@vault_group.command(name="create")
def create_vault() -> None:
    """Give birth to the live vault: recovery key, then the first reader."""
    app = _app()
    with app.app_context():
        if vault.find_vault() is not None:
            raise VaultError("This database has a vault already; a live one needs a database of its own.")
        private, recovery = vault.new_recovery()
        click.echo("The recovery key opens everything when nobody else can. It is shown once and stored nowhere.\n")
        click.echo(f"    {recovery}\n")
        # Everything is asked before anything is stored: a question must not hold up whoever else writes.
        if vault.read_recovery_text(_ask("Write it down, then type it here: ")) != private:
            raise VaultError(f"That is not what was shown. {VOID}")
        click.echo("Now the first officer, who can read reports.")
        try:
            officer = _ask_officer()
        except VaultError as problem:
            raise VaultError(f"{problem} {VOID}") from None
        with transaction() as db:
            vault.create_vault(db, Mode.LIVE, TEAMS, private)
            audit.record(db, "command line", Action.CREATED_VAULT)
            secret = officer.store(db, vault.open_recovery(recovery), tuple(Role), TEAMS)
        _say_secret(officer.name, secret)
    for missing in _shared(app).missing_for_live():
        click.echo(f"Still missing: {missing}")


@portal.group()
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
    type=click.Choice(TEAMS),
    multiple=True,
    help="What they can open; all of their roles' teams where not said.",
)
def add_staff(given: tuple[str, ...], teams: tuple[str, ...]) -> None:
    """Add someone who works here; asks for the recovery key, which alone can hand out the teams' keys."""
    roles = tuple(map(Role, given)) or (Role.OFFICER,)
    with _app().app_context():
        recovery = _ask("Recovery key: ")
        vault.open_recovery(recovery)
        officer = _ask_officer()
        with transaction() as db:
            for team in teams or _teams_of(roles):
                vault.ensure_team(db, team)
            secret = officer.store(db, vault.open_recovery(recovery), roles, teams or _teams_of(roles))
        _say_secret(officer.name, secret)


def _teams_of(roles: tuple[Role, ...]) -> tuple[str, ...]:
    """What someone of these roles usually opens."""
    return (REPORT_TEAMS if Role.OFFICER in roles else ()) + ((SURVEY_TEAM,) if Role.ANALYST in roles else ())


@staff.command(name="code")
@click.argument("name")
def code_now(name: str) -> None:
    """The code that a sample officer's authenticator app shows now; in a demonstration only."""
    from portal import sample as sampling

    with _app().app_context():
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

    def store(self, db: Session, held: vault.Keyring, roles: tuple[Role, ...], teams: tuple[str, ...]) -> str:
        """Returns the authenticator's secret, to be shown once."""
        return accounts.add_staff(db, self.name, self.display_name, roles, self.password, self.passphrase, teams, held)


def _ask_officer() -> NewOfficer:
    name = input("Sign-in name: ").strip()
    display_name = input("Name that colleagues see: ").strip()
    if not name or not display_name or len(name) > 40 or len(display_name) > 80:
        raise VaultError("A sign-in name of up to 40 letters and a name of up to 80 are needed.")
    if accounts.is_known(name):
        raise VaultError(f"There is someone called {name} already.")
    password = _ask_twice("Password")
    return NewOfficer(name, display_name, password, _ask_twice("Vault passphrase (it may be another one)"))


def _say_secret(name: str, secret: str) -> None:
    address = accounts.totp_address(name, secret)
    click.echo(f"\nPut this into an authenticator app:\n{address}\n")
    _draw_code(address, sys.stdout)


def _draw_code(address: str, out: TextIO) -> None:
    import segno

    if out.isatty():
        segno.make(address).terminal(out, compact=True)


def _ask(prompt: str) -> str:
    """Something secret, unseen on a terminal; from a pipe, one line."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else input(prompt)


def _ask_twice(what: str) -> str:
    while True:
        first = _ask(f"{what}, at least {accounts.LEAST_PASSWORD} characters: ")
        if len(first) < accounts.LEAST_PASSWORD:
            click.echo("That is too short.")
        elif _ask("Once more: ") == first:
            return first
        else:
            click.echo("They are not the same.")


@portal.command()
@click.option("--if-empty", is_flag=True, help="Only where there is nothing yet; says the sign-in again otherwise.")
def sample(if_empty: bool) -> None:
    """Fill a demonstration with synthetic, marked records, and say how to sign in."""
    from portal import sample as sampling

    app = _app()
    with app.app_context():
        for line in sampling.fill(again=if_empty):
            click.echo(line)


@portal.group()
def translate() -> None:
    """The words in other languages."""


@translate.command(name="extract")
def extract_words() -> None:
    """Collect every sentence from code and templates."""
    from portal import translating

    translating.extract()


@translate.command(name="update")
def update_words() -> None:
    """Bring new sentences into each language's catalogue."""
    from portal import translating

    translating.extract()
    translating.update()


@translate.command(name="compile")
def compile_words() -> None:
    """Make the catalogues that the pages read."""
    from portal import translating

    translating.compile_all()


@translate.command(name="status")
def status_of_words() -> None:
    """How much of each language is there, and whether a person has checked it."""
    from portal import translating

    for line in translating.status():
        click.echo(line)


@portal.group(name="survey")
def survey_group() -> None:
    """The questionnaires in surveys/."""


@survey_group.command(name="check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def check_surveys(files: tuple[Path, ...]) -> None:
    """Say of each questionnaire that it is fine or what to mend; exit code 1 where anything is wrong."""
    wrong = 0
    for path in files or definition_files():
        try:
            read_definition(path)
        except DefinitionError as problem:
            wrong += 1
            click.echo(problem)
        else:
            click.echo(f"{path}: fine.")
    if wrong:
        sys.exit(1)


@portal.command()
@click.option("--live", is_flag=True, help="Also name what a live installation still lacks.")
def health(live: bool) -> None:
    """Check database, audit log and mail; exit code 1 where something is wrong."""
    app = _app()
    with app.app_context():
        from portal import health as checking

        problems = checking.problems() + (_shared(app).missing_for_live() if live else [])
        if live and _shared(app).is_demonstration:
            problems.insert(0, "This is a demonstration; create a live vault with `portal vault create`.")
    for problem in problems:
        click.echo(problem)
    if problems:
        sys.exit(1)
    click.echo("All well.")
