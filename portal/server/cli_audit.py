"""The `portal audit` commands: does the log hold, and a proof of it for somebody outside."""

from __future__ import annotations

import json
import sys
from datetime import date

import click

from portal import audit, audit_checking, audit_proof
from portal.audit import Action
from portal.audit_checking import Break, Kind
from portal.db import transaction
from portal.server.cli_keys import open_app

COMMAND_LINE = "command line"


@click.group(name="audit")
def audit_group() -> None:
    """The log of what staff did."""


@audit_group.command(name="verify")
def verify() -> None:
    """Walk the whole log and say whether it holds, and where it breaks; exit code 1 where it does."""
    with open_app().app_context():
        found = audit_checking.breaks()
        with transaction() as db:
            audit.record(db, COMMAND_LINE, Action.VERIFIED_LOG, f"breaks: {len(found)}")
    for each in found:
        click.echo(_in_words(each))
    if found:
        sys.exit(1)
    click.echo("The log holds: no entry was changed, taken out or put in, and it is the one that was published.")


@audit_group.command(name="prove")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.option(
    "--act", "acts", type=click.IntRange(1, 2**31 - 1), multiple=True, help="Show this entry too, by its number."
)
def prove(day: date, acts: tuple[int, ...]) -> None:
    """Write a proof that what was published for DAY is of the log, for `keeper.py check` at a partner's."""
    asked = date(day.year, day.month, day.day)
    with open_app().app_context():
        try:
            proof = audit_proof.proof_of(asked, dict.fromkeys(acts))
        except audit_proof.NoProof as problem:
            published_with = [audit_proof.day_of(number) for number in acts]
            for number, its_day in zip(acts, published_with, strict=True):
                if its_day not in (None, asked):
                    click.echo(f"Act {number} was published on {its_day}.", err=True)
            raise click.ClickException(str(problem)) from None
        with transaction() as db:
            audit.record(db, COMMAND_LINE, Action.PROVED_LOG, f"{asked} {' '.join(map(str, acts))}".strip()[:120])
    click.echo(json.dumps(proof, indent=1))


def _in_words(found: Break) -> str:
    match found.kind:
        case Kind.ENTRY:
            return f"The log does not hold at entry {found.at}: it was changed, taken out or put in."
        case Kind.DAY:
            return f"What was published for {found.at} is not what the log says."
        case Kind.ANCHOR:
            return f"The log was written anew: entry {found.at} is not the one whose hash left this host."
        case Kind.UNREADABLE:
            return f"The hashes that left this host cannot be read in {found.at} (PORTAL_AUDIT_ANCHOR)."
