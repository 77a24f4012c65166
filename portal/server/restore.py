"""A backup is put back: into an empty place, whole or not at all, and what was deleted since is deleted again."""

from __future__ import annotations

import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy import text

from portal import audit, create_app, disk, migrations
from portal.audit import Action
from portal.case_review import endings as case_review_endings
from portal.config import Settings, read_secrets, read_settings
from portal.db import Database, transaction
from portal.files import moving
from portal.files.store import FIXED_MTIME
from portal.partnership.file import EXAMPLE
from portal.partnership.file import FILE_NAME as PARTNERSHIP
from portal.reporting import deletions
from portal.reporting.deleted_list import ids_in
from portal.server import backup, database_copy
from portal.server.backup import DATABASE, DELETED, EVIDENCE, MANIFEST, OPERATORS_FILES, SECRETS, BackupError
from portal.vault import streams
from portal.vault.sealing import SealError

WORKING = "restoring-"
KNOWN = re.compile(
    "|".join(map(re.escape, (MANIFEST, DATABASE, DELETED, *OPERATORS_FILES)))
    + f"|{EVIDENCE}/[0-9a-f-]{{36}}|{SECRETS}/[a-z.]+"
)


@dataclass(frozen=True)
class Restored:
    """What was put back: the moment it is of, reports deleted again, evidence files that were not in the backup."""

    made_at: str
    deleted_again: int
    missing_files: int
    stayed: list[str]
    """The operator's own files that were there already."""


def restore(source: IO[bytes], private: bytes, evidence: Path | None) -> Restored:
    """Put a backup into PORTAL_DATA and PORTAL_DATABASE_URL, which must be empty but for `secrets/` and `deleted-reports`.

    `evidence`: the folder of the evidence files that lie beside the archive, None where they are in it. The database comes
    last: where this is broken off, nothing serves, and it can be begun again. Into PostgreSQL the files are moved then, which
    `portal migrate` finishes. Raises BackupError.
    """
    settings = read_settings()
    _check_place(settings)
    target = Database(settings.database, threads=1)
    try:
        with _opened(source, private, settings.data) as (folder, manifest):
            if manifest["secrets"] != _mark_of(settings):
                raise BackupError(
                    f"{settings.data / SECRETS} is of another installation: with it nobody could sign in, and no receipt opens."
                )
            missing = _put_evidence(folder / EVIDENCE, evidence, settings.data / EVIDENCE, manifest["files"])
            stayed = _put_beside(folder, settings.data)
            _put_database(folder / DATABASE, target, settings.data)
    finally:
        target.engine.dispose()
    app = create_app()
    with app.app_context():
        again = deletions.reapply_deletions()
        case_review_endings.empty_listed()
        moving.move_into_rows()
        with transaction() as db:
            audit.record(db, "command line", Action.RESTORED, manifest["made_at"])
    app.extensions["database"].engine.dispose()
    return Restored(manifest["made_at"], again, missing, stayed)


def restore_secrets(source: IO[bytes], private: bytes) -> None:
    """Put the installation's own keys back, where there are none but these, as after a restore that was broken off.

    Raises BackupError.
    """
    data = read_settings().data
    _make_place(data)
    with tempfile.TemporaryDirectory(prefix=WORKING, dir=data) as working, _in_sentences():
        _unpack(source, private, Path(working))
        kept = Path(working) / SECRETS
        if not kept.is_dir():
            raise BackupError("There are no secrets in it: that is a backup of a database.")
        if not (data / SECRETS).exists():
            kept.rename(data / SECRETS)
            backup.sync_folder(data)
        elif not _has_all_of(kept, data / SECRETS):
            raise BackupError(
                f"{data / SECRETS} is there already, with other keys: nothing was written over. "
                "If no portal served from that folder, empty it and run this again."
            )


def _has_all_of(kept: Path, there: Path) -> bool:
    return all(
        (there / each.name).is_file() and (there / each.name).read_bytes() == each.read_bytes()
        for each in kept.iterdir()
    )


def _make_place(data: Path) -> None:
    """Raises BackupError where this user may not make it or write into it."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            pass
    except OSError as problem:
        raise BackupError(
            f"{data} cannot be written: {problem.strerror}. Make that folder for the portal's user first."
        ) from None


def check(
    source: IO[bytes], private: bytes, evidence: Path | None, is_wanted: Callable[[str], bool] = lambda _name: True
) -> str:
    """Put a backup back into a folder that is thrown away, and look whether all is whole; when it was made.

    `is_wanted`: whether an evidence file that is missing should be there.

    Raises BackupError naming what is wrong.
    """
    data = read_settings().data
    with _opened(source, private, data) as (folder, manifest):
        found = evidence or folder / EVIDENCE
        missing = [name for name in manifest["files"] if not (found / name).exists() and is_wanted(name)]
        if missing:
            raise BackupError(f"Evidence files that the backup wants and that are not beside it: {len(missing)}.")
        app = create_app(data=folder, database_url=f"sqlite:///{folder / DATABASE}")
        with app.app_context():
            broken = list(audit.broken_links())
        app.extensions["database"].engine.dispose()
        if broken:
            raise BackupError(f"The audit log in it does not hold together at entry {broken[0]}.")
        made_at: str = manifest["made_at"]
        return made_at


def _check_place(settings: Settings) -> None:
    if not (settings.data / SECRETS / "pepper").exists():
        raise BackupError(
            f"{settings.data / SECRETS} is missing: put it back first, or name its copy with --secrets. Without it nothing opens."
        )
    place = Database(settings.database, threads=1)
    try:
        file = place.engine.url.database
        is_there = not place.is_sqlite or (file is not None and Path(file).exists())
        if is_there and not database_copy.is_empty(place):
            raise BackupError("There is a database with reports already: a backup is put back into an empty one only.")
    finally:
        place.engine.dispose()


def _mark_of(settings: Settings) -> str:
    return backup.mark_of(read_secrets(settings.data))


@contextmanager
def _opened(source: IO[bytes], private: bytes, data: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """What is in the archive, in a folder for the time being; its database is whole and has the newest shape."""
    _make_place(data)
    for left_over in data.glob(f"{WORKING}*/"):
        shutil.rmtree(left_over)
    with tempfile.TemporaryDirectory(prefix=WORKING, dir=data) as working, _in_sentences():
        folder = Path(working)
        _unpack(source, private, folder)
        if not (folder / MANIFEST).exists() or not (folder / DATABASE).exists():
            raise BackupError("There is no database in it.")
        manifest = backup.read_manifest((folder / MANIFEST).read_bytes())
        file = Database(f"sqlite:///{folder / DATABASE}", threads=1)
        try:
            if not migrations.is_known(manifest["revision"], file.engine):
                raise BackupError(backup.NEWER)
            _check_database(file)
            migrations.migrate(file.engine)
        finally:
            file.engine.dispose()
        yield folder, manifest


@contextmanager
def _in_sentences() -> Iterator[None]:
    """What the disk says, as a sentence."""
    try:
        yield
    except OSError as problem:
        where = f"{problem.filename}: " if problem.filename else ""
        raise BackupError(
            f"The backup cannot be put back: {where}{problem.strerror}. Mend that, and run the same command again."
        ) from None


def _unpack(source: IO[bytes], private: bytes, folder: Path) -> None:
    try:
        opened = streams.OpeningReader(source, private)
        with tarfile.open(fileobj=opened, mode="r|") as archive:
            for member in archive:
                _take_out(archive, member, folder)
        opened.read()  # to its end: what was cut off there is no backup either
    except streams.NotThisKey:
        raise BackupError("This key does not open this backup: it was sealed to another one.") from None
    except (SealError, tarfile.TarError):
        raise BackupError("This backup is damaged or was cut off: take an older one.") from None


def _take_out(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Only what a backup holds, and only where it belongs."""
    content = archive.extractfile(member) if KNOWN.fullmatch(member.name) else None
    if content is None:
        raise BackupError("There is something in it that no backup holds.")
    place = folder / member.name
    place.parent.mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        shutil.copyfileobj(content, out, disk.MEGABYTE)


def _check_database(file: Database) -> None:
    with file.engine.connect() as connection:
        answer = connection.scalar(text("PRAGMA integrity_check"))
        astray = connection.execute(text("PRAGMA foreign_key_check")).first()
    if answer != "ok" or astray is not None:
        raise BackupError("The database in this backup is damaged: take an older one.")


def _put_evidence(inside: Path, beside: Path | None, target: Path, names: list[str]) -> int:
    """How many of these files are nowhere."""
    target.mkdir(mode=0o700, exist_ok=True)
    missing = 0
    for name in names:
        source = (inside if inside.is_dir() else beside or inside) / name
        if (target / name).exists():
            continue
        if not source.exists():
            missing += 1
            continue
        unfinished = target / f"{name}{backup.UNFINISHED}"
        shutil.copyfile(source, unfinished)
        unfinished.chmod(0o600)
        os.utime(unfinished, (FIXED_MTIME, FIXED_MTIME))
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.replace(target / name)
    backup.sync_folder(target)
    return missing


def _is_example(path: Path) -> bool:
    """Whether a command put it there by itself and nobody edited it: then the backup's own goes over it."""
    return path.name == PARTNERSHIP and path.read_bytes() == EXAMPLE.read_bytes()


def _put_beside(folder: Path, data: Path) -> list[str]:
    """The operator's files that were there already. Of the two lists of what was deleted, none loses an id."""
    deleted = {*ids_in(folder / DELETED), *ids_in(data / DELETED)}
    if deleted:
        (folder / DELETED).write_text("".join(f"{each}\n" for each in sorted(map(str, deleted))), encoding="ascii")
    stayed = [name for name in OPERATORS_FILES if (data / name).exists() and not _is_example(data / name)]
    for name in {DELETED, *OPERATORS_FILES} - {*stayed}:
        if (folder / name).exists():
            (folder / name).chmod(0o600)
            (folder / name).replace(data / name)
    return stayed


def _put_database(file: Path, target: Database, data: Path) -> None:
    if not target.is_sqlite:
        database_copy.copy_from_file(file, target)
        return
    place = Path(str(target.engine.url.database))
    target.engine.dispose()
    for old in (place, place.with_name(f"{place.name}-wal"), place.with_name(f"{place.name}-shm")):
        with suppress(FileNotFoundError):
            old.unlink()  # it was empty
    file.chmod(0o600)
    with file.open("rb") as whole:
        os.fsync(whole.fileno())
    if place.parent.stat().st_dev == data.stat().st_dev:
        file.replace(place)
    else:
        shutil.move(file, place)
    backup.sync_folder(place.parent)
