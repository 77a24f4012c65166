"""The `portal backup` and `portal restore` commands."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import IO

import click

from portal.config import SettingError
from portal.db import utcnow
from portal.files import store
from portal.server import backup, backup_record, restore
from portal.server.backup import BackupError
from portal.server.cli_keys import open_app
from portal.shared_signs import Sign
from portal.vault import streams

PIPE = "-"


@click.command(name="backup-key")
@click.argument("file", type=click.Path(path_type=Path))
def backup_key(file: Path) -> None:
    """Make the pair of keys for backups: the private one into FILE, which belongs on another machine; the public one is shown."""
    private, public = streams.new_key_pair()
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(f"{private}\n")
    except OSError as problem:
        raise BackupError(f"{file} cannot be written: {problem.strerror}.") from None
    click.echo(f"{file} opens every backup, and nothing else does. Keep it, and a second copy, away from this machine.")
    click.echo("Set this for the portal:")
    click.echo(f"PORTAL_BACKUP_KEY={public}")


@click.command(name="backup")
@click.argument("target", required=False)
@click.option(
    "--secrets",
    type=click.Path(path_type=Path),
    help="Only the installation's own keys, into this file. Once is enough.",
)
@click.option(
    "--rehearse",
    is_flag=True,
    help="Take a backup of this moment, put it back into a folder, look it through, throw it away.",
)
def back_up(target: str | None, secrets: Path | None, rehearse: bool) -> None:
    """Back up database, files and settings into the folder TARGET, or into a pipe (-), while the portal serves.

    Sealed to PORTAL_BACKUP_KEY. A folder gets an archive a time, and new evidence files only; old archives are destroyed
    after the days in partnership.toml.
    """
    if target == "" or (target is not None) + (secrets is not None) + rehearse != 1:
        raise BackupError("Say one of these: `portal backup FOLDER`, `portal backup -`, --secrets FILE, --rehearse.")
    with open_app().app_context():
        if rehearse:
            click.echo(f"A backup of this moment opens and is whole. Evidence files: {_rehearse()}.")
            return
        backup.public_key()
        if secrets is not None:
            backup.back_up_secrets(secrets)
            click.echo(f"{secrets} holds the secrets. Keep it apart from the backups of the database.")
        elif target == PIPE:
            if sys.stdout.isatty():
                raise BackupError("A backup is no text: send it on, as in `portal backup - > FILE`.")
            done = backup.back_up_to_stream(sys.stdout.buffer)
            click.echo(f"Backed up. Evidence files: {done.files}.", err=True)
        else:
            done = backup.back_up_to_folder(Path(str(target)))
            click.echo(
                f"{done.path}: evidence files {done.files}, new {done.new_files}; old archives destroyed: {done.destroyed}."
            )


def _rehearse() -> int:
    """The number of evidence files. Nobody's key is needed: it is sealed to one of this moment."""
    private, public = streams.new_key_pair()
    with tempfile.TemporaryFile(dir=store.folder().parent) as file:
        names = backup.write_rehearsal(file, streams.read_public(public))
        file.seek(0)
        try:
            restore.check(file, streams.read_private(private), store.folder(), is_wanted=store.is_lost)
        except OSError as problem:
            raise BackupError(f"The rehearsal could not be finished: {problem.strerror}.") from None
    backup_record.note(Sign.REHEARSED, utcnow())
    return len(names)


@click.command(name="restore")
@click.argument("archive")
@click.option(
    "--key", "key_file", type=click.Path(path_type=Path), required=True, help="The file that `portal backup-key` wrote."
)
@click.option(
    "--secrets", type=click.Path(path_type=Path), help="The copy of the secrets, where this machine has none yet."
)
@click.option(
    "--check", "only_check", is_flag=True, help="Only look whether it opens and is whole; nothing is put back."
)
def put_back(archive: str, key_file: Path, secrets: Path | None, only_check: bool) -> None:
    """Put the backup ARCHIVE (a file, or - for a pipe) into an empty PORTAL_DATA and database, of either kind."""
    private = _read_key(key_file)
    evidence = None if archive == PIPE else Path(archive).parent / backup.EVIDENCE
    with closing(_open(archive)) as source:
        if only_check:
            click.echo(f"Whole: the backup of {restore.check(source, private, evidence)}.")
            return
        if secrets is not None:
            with closing(_open(str(secrets))) as kept:
                restore.restore_secrets(kept, private)
        done = restore.restore(source, private, evidence)
    click.echo(f"Put back: the portal as it was at {done.made_at}.")
    if done.deleted_again:
        click.echo(f"Reports deleted again, because their reporters had asked for it: {done.deleted_again}")
    if done.missing_files:
        click.echo(
            f"Evidence files that were not in the backup: {done.missing_files}. Their reports open without them."
        )
    for name in done.stayed:
        click.echo(f"{name} was there already and stayed as it is.")


def _read_key(path: Path) -> bytes:
    try:
        return streams.read_private(path.read_text(encoding="ascii"))
    except OSError as problem:
        raise BackupError(f"{path} cannot be read: {problem.strerror}.") from None
    except ValueError:
        raise SettingError(
            f"{path} is no private key of a backup: it has one line, which begins with {streams.PRIVATE}."
        ) from None


def _open(name: str) -> IO[bytes]:
    if name == PIPE:
        return sys.stdin.buffer
    try:
        return Path(name).open("rb")
    except OSError as problem:
        raise BackupError(f"{name} cannot be read: {problem.strerror}.") from None
