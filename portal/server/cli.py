"""The `portal` command: set up, serve, look after."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from portal import disk, migrations, package_data
from portal.case_review import endings as case_review_endings
from portal.config import SettingError
from portal.files import moving
from portal.partnership.file import PartnershipError
from portal.reporting import deletions
from portal.server.backup import BackupError
from portal.server.cli_audit import audit_group
from portal.server.cli_backup import back_up, backup_key, put_back
from portal.server.cli_estimate import estimate
from portal.server.cli_keys import agency_group, open_app, vault_group
from portal.server.cli_retention import retention
from portal.server.cli_staff import staff
from portal.server.cli_xlsforms import survey_group
from portal.server.clock import ClockInDoubt
from portal.vault.keyholders import VaultError, is_demonstration

# How PostgreSQL says that a role may not do something.
NOT_ALLOWED = "42501"


def main() -> None:
    """Run the command; what the operator must know is one sentence, not a traceback."""
    # Such an argument could be neither stored nor shown.
    if any("\udc80" <= letter <= "\udcff" for argument in sys.argv for letter in argument):
        click.echo("portal: Something in this command is no UTF-8, so it can be no name here.", err=True)
        sys.exit(2)
    try:
        portal.main(prog_name="portal", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("\nportal: Broken off.", err=True)
        sys.exit(1)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except (SettingError, PartnershipError, VaultError, BackupError, ClockInDoubt) as problem:
        click.echo(f"portal: {problem}", err=True)
        sys.exit(2)
    except (OperationalError, TimeoutError):
        click.echo(
            "portal: The database cannot be opened or reached, or is held by another program; see PORTAL_DATABASE_URL and PORTAL_DATA.",
            err=True,
        )
        sys.exit(2)
    except ProgrammingError as problem:
        if getattr(problem.orig, "sqlstate", None) != NOT_ALLOWED:
            raise
        click.echo(
            "portal: PostgreSQL does not let the role of PORTAL_DATABASE_URL do this: `portal migrate` and `portal restore` work as the owner of "
            "the tables, and any other command after roles.sql was run again; see docs/operate.md, 3.",
            err=True,
        )
        sys.exit(2)


@click.group()
@click.version_option(package_name="community-safety-portal", message="%(version)s")
def portal() -> None:
    """The community safety portal."""


portal.add_command(vault_group)
portal.add_command(staff)
portal.add_command(agency_group)
portal.add_command(survey_group)
portal.add_command(estimate)
portal.add_command(backup_key)
portal.add_command(back_up)
portal.add_command(put_back)
portal.add_command(retention)
portal.add_command(audit_group)


@portal.command()
def migrate() -> None:
    """Bring the database to the newest shape; in one that was put back, delete again what had been deleted.

    On PostgreSQL the files that still lie on this machine's disk are moved into it.
    """
    app = open_app(migrated=False)
    migrations.migrate(app.extensions["database"].engine)
    with app.app_context():
        if again := deletions.reapply_deletions():
            click.echo(f"Reports deleted again, because their reporters had asked for it: {again}")
        case_review_endings.empty_listed()
        moved = moving.move_into_rows()
        if moved.files:
            click.echo(f"Files that are in the database now: {moved.files}")
        if moved.left:
            click.echo(f"Files that could not be moved, and lie where they were: {moved.left}. Run it again.")


@portal.command()
@click.option(
    "--no-worker", is_flag=True, help="Without the worker that it starts: `portal worker` is a service of its own."
)
def serve(no_worker: bool) -> None:
    """Serve residents and staff."""
    from portal.server import gunicorn

    app = open_app()
    with app.app_context():
        for line in disk.warnings():
            click.echo(line)
    gunicorn.serve(app, with_worker=not no_worker)


@portal.command()
def run() -> None:
    """Migrate, fill an empty database with samples, and serve: what `make run` does."""
    from portal import sample as sampling
    from portal.server import gunicorn

    app = open_app(migrated=False)
    with app.app_context():
        for line in disk.warnings():
            click.echo(line)
    migrations.migrate(app.extensions["database"].engine)
    with app.app_context():
        for line in sampling.fill(again=True):
            click.echo(line)
    gunicorn.serve(app)


@portal.command()
@click.option("--while-parent-lives", is_flag=True, hidden=True)
def worker(while_parent_lives: bool) -> None:
    """Mail alerts and tidy up; `portal serve` starts one by itself."""
    from portal.server import logs
    from portal.server.worker import work

    app = open_app()
    logs.init_logs(app)
    work(app, parent=os.getppid() if while_parent_lives else None)


@portal.command(name="away-pages")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def away_pages(folder: Path) -> None:
    """Write what the web server in front shows while no machine answers, in each language, into FOLDER."""
    from portal.server.away import write_pages

    try:
        written = list(write_pages(open_app(migrated=False), folder))
    except OSError as problem:
        raise SettingError(
            f"{problem.filename or folder} cannot be written: {problem.strerror}. Make the folder for the portal's user first."
        ) from None
    for path in written:
        click.echo(path)


@portal.command(name="deploy-files")
def deploy_files() -> None:
    """Say where the files for a server lie: systemd units, nginx, PostgreSQL roles, a container; see docs/operate.md."""
    click.echo(package_data.folder("deploy"))


@portal.command()
@click.option("--if-empty", is_flag=True, help="Only where there is nothing yet; says the sign-in again otherwise.")
def sample(if_empty: bool) -> None:
    """Fill a demonstration with synthetic, marked records, and say how to sign in."""
    from portal import sample as sampling

    app = open_app()
    with app.app_context():
        for line in sampling.fill(again=if_empty):
            click.echo(line)


@portal.group()
def translate() -> None:
    """The words in other languages."""


@translate.command(name="extract")
def extract_words() -> None:
    """Collect every sentence from code and templates."""
    from portal.languages import catalogues

    catalogues.extract()


@translate.command(name="update")
def update_words() -> None:
    """Bring new sentences into each language's catalogue."""
    from portal.languages import catalogues

    catalogues.extract()
    catalogues.update()


@translate.command(name="compile")
def compile_words() -> None:
    """Make the catalogues that the pages read."""
    from portal.languages import catalogues

    catalogues.compile_all()


@translate.command(name="status")
def status_of_words() -> None:
    """How much of each language is there, and whether a person has checked it."""
    from portal.languages import catalogues

    for line in catalogues.status():
        click.echo(line)


@portal.command()
@click.option("--live", is_flag=True, help="Also name what a live installation still lacks.")
@click.option("--json", "as_json", is_flag=True, help="For a monitor: whether all is well, and what is not.")
def health(live: bool, as_json: bool) -> None:
    """Check database, audit log and mail; exit code 1 where something is wrong."""
    app = open_app(migrated=False)
    with app.app_context():
        from portal.server import health as checking

        problems = checking.waiting_migrations()
        if not problems:  # else its tables are not those that are asked
            problems = checking.problems(live)
            if live and is_demonstration():
                problems.insert(0, "This is a demonstration; create a live vault with `portal vault create`.")
    if as_json:
        click.echo(json.dumps({"well": not problems, "problems": problems}))
    else:
        for problem in problems or ["All well."]:
            click.echo(problem)
    if problems:
        sys.exit(1)
