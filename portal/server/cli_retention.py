"""The `portal retention` command."""

from __future__ import annotations

import click

from portal.server.cli_keys import open_app


@click.command(name="retention")
@click.option("--dry-run", is_flag=True, help="Only say how much would end, and change nothing.")
@click.option(
    "--clock-is-right", is_flag=True, help="You have looked at this machine's clock: what is over by it may end."
)
def retention(dry_run: bool, clock_is_right: bool) -> None:
    """End what has had its time by [retention] in partnership.toml, as the worker does each night."""
    from portal.server import clock, worker
    from portal.server import retention as ending

    with open_app().app_context():
        if dry_run:
            for line in ending.foretell():
                click.echo(line)
            return
        if clock_is_right:
            clock.vouch()
        clock.check()
        gone = {what: end() for what, end in ending.DUTIES.items()}
        for what, number in gone.items():
            click.echo(f"Ended, {what}: {number}")
        if any(gone.values()):
            # Of what was deleted nothing stays in the files either.
            worker.scatter()
