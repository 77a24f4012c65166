"""Backups: the whole portal at one moment, taken while it serves, sealed to a key that its operator keeps elsewhere."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select, text

from portal import disk, migrations
from portal.config import Secrets, SettingError, secrets, settings
from portal.db import Database, database, session, utcnow
from portal.files import store
from portal.files.store import EvidenceFile
from portal.flock import exclusive
from portal.partnership import awareness
from portal.partnership.file import current_partnership
from portal.reporting import deleted_list
from portal.server import backup_record, clock, database_copy
from portal.shared_signs import Sign
from portal.vault import sealing, streams

FORMAT = 1
MANIFEST, DATABASE, DELETED = "manifest.json", "portal.db", "deleted-reports"
# What the operator wrote; it stays where it is there already.
OPERATORS_FILES = ("partnership.toml", awareness.FILE_NAME)
EVIDENCE, SECRETS = "evidence", "secrets"
# The file in a folder of backups that says whose they are.
OWNER_FILE = "installation"
ARCHIVE_NAME = "portal-%Y-%m-%d-%H%M%S.backup"
ARCHIVE = re.compile(r"portal-\d{4}-\d\d-\d\d-\d{6}\.backup")
UNFINISHED = ".unfinished"
# Whatever the clock says: a wrong one must not destroy them all.
ALWAYS_KEPT = 2
NEWER = "This backup was made by a newer portal: install that version, then restore."
WORKING = "backup-"
# As in portal/server/lead.py.
BACKUP_LOCK = 1403


class BackupError(Exception):
    """Why no backup was made or put back: one sentence for the operator."""


@dataclass(frozen=True)
class Done:
    """What a backup came to: its file (None of a stream), evidence files in all and new ones, archives destroyed."""

    path: Path | None
    files: int
    new_files: int
    destroyed: int


def public_key() -> bytes:
    """Raises SettingError where the operator has named none."""
    if not settings().backup_key:
        raise SettingError(
            "PORTAL_BACKUP_KEY is not set: make a pair of keys with `portal backup-key FILE`, on another machine if you can."
        )
    return streams.read_public(settings().backup_key)


def back_up_to_folder(folder: Path) -> Done:
    """A sealed archive in the folder, and beside it the evidence files that are not there yet, sealed as they are.

    Archives of more than the promised days are destroyed, and the files that none of the rest can name. Raises
    BackupError; then what lay there before lies there still.
    """
    folder = folder.expanduser().resolve()
    if folder.is_relative_to(settings().data):
        raise BackupError(
            f"{folder} is inside PORTAL_DATA: what happens to that folder would happen to the backup too."
        )
    made_at = utcnow().replace(microsecond=0)
    path = folder / made_at.strftime(ARCHIVE_NAME)
    with _alone(), _copied() as (copy, names), _in_sentences():
        _take_folder(folder)
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        # The files first: an archive that is there has all that it names.
        new = [name for name in names if _keep_file(folder / EVIDENCE, name, made_at)]
        there = [name for name in names if (folder / EVIDENCE / name).exists()]  # but what was deleted in this moment
        with _whole_file(path) as out:
            _write_archive(out, copy, there, made_at, with_files=False)
        destroyed = _destroy_old(folder, made_at)
        backup_record.note(Sign.BACKED_UP, made_at)
    return Done(path, len(there), len(new), destroyed)


def _take_folder(folder: Path) -> None:
    """Clear away what a killed backup left. Raises BackupError where this folder is somebody else's."""
    for each in (folder, folder / EVIDENCE):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    mine, mark = mark_of(secrets()), folder / OWNER_FILE
    if not mark.exists():
        # What is old in there will be destroyed.
        if any((folder / EVIDENCE).iterdir()):
            raise BackupError(f"{folder / EVIDENCE} has something else in it: a backup has a folder of its own.")
        with _whole_file(mark) as file:
            file.write(mine.encode())
    if mark.read_bytes() != mine.encode():
        raise BackupError(f"{folder} has another installation's backups: each needs a folder of its own.")
    for left_over in (*folder.glob(f"portal-*{UNFINISHED}"), *(folder / EVIDENCE).glob(f"*{UNFINISHED}")):
        left_over.unlink()


def back_up_to_stream(out: IO[bytes]) -> Done:
    """Everything in one sealed stream, for a pipe: files included. Raises BackupError."""
    made_at = utcnow().replace(microsecond=0)
    with _alone(), _copied() as (copy, names), _in_sentences():
        _write_archive(out, copy, names, made_at, with_files=True)
        backup_record.note(Sign.BACKED_UP, made_at)
    return Done(None, len(names), len(names), 0)


def back_up_secrets(path: Path) -> None:
    """The installation's own keys, sealed to the same key. They never change: once is enough. Raises BackupError."""
    public = public_key()
    with _in_sentences(), _whole_file(path.expanduser().resolve()) as out, _sealed_tar(out, public) as archive:
        for each in sorted((settings().data / SECRETS).iterdir()):
            _add(archive, f"{SECRETS}/{each.name}", each.read_bytes())


def write_rehearsal(out: IO[bytes], public: bytes) -> list[str]:
    """An archive of this moment to a key of this moment; the names of the evidence files that it wants."""
    # The archive lies beside the copy, and then beside the database that was opened out of it.
    with _alone(), _copied(times=2) as (copy, names), _in_sentences():
        _write_archive(out, copy, names, utcnow(), with_files=False, public=public)
    return names


def mark_of(keys: Secrets) -> str:
    """Tells whether a database and these secrets belong together, and nothing of the secrets."""
    return sealing.derive(keys.pepper, "backup")[:16].hex()


@contextmanager
def _alone() -> Iterator[None]:
    """One backup at a time, on whichever machine; what a killed one left is cleared away."""
    try:
        with exclusive(settings().data / "backup.lock", timeout=0), _alone_on_all_machines():
            for left_over in settings().data.glob(f"{WORKING}*/"):
                shutil.rmtree(left_over)
            yield
    except TimeoutError:
        raise BackupError("Another backup is being made at this moment.") from None


@contextmanager
def _alone_on_all_machines() -> Iterator[None]:
    if database().is_sqlite:
        yield
        return
    with database().beside.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": BACKUP_LOCK}):
            raise TimeoutError
        yield


@contextmanager
def _copied(times: int = 1) -> Iterator[tuple[Path, list[str]]]:
    """The database in a file, as it is at this moment, and the names of its evidence files.

    `times`: how often all of it lies in PORTAL_DATA at once.
    """
    size, free = times * _size_of_database(), shutil.disk_usage(settings().data).free
    if free - size < disk.MIN_FREE_FOR_DRAFTS:
        raise BackupError(
            f"A backup needs room for a copy of the database ({size // disk.MEGABYTE} MB) in {settings().data} that leaves "
            f"{disk.MIN_FREE_FOR_DRAFTS // disk.MEGABYTE} MB to residents; {free // disk.MEGABYTE} MB are free."
        )
    with tempfile.TemporaryDirectory(prefix=WORKING, dir=settings().data) as working:
        copy = Path(working) / DATABASE
        with _in_sentences():
            database_copy.copy_to_file(database(), copy)
        file = Database(f"sqlite:///{copy}", threads=1)
        try:
            with file.engine.connect() as connection:
                names = [str(name) for name in connection.scalars(select(EvidenceFile.id))]
        finally:
            file.engine.dispose()
        yield copy, names


def _size_of_database() -> int:
    if database().is_sqlite:
        pages, size = (session.scalar(text(f"PRAGMA {name}")) or 0 for name in ("page_count", "page_size"))
        return int(pages) * int(size)
    beside = " - ".join(f"pg_total_relation_size('{name}')" for name in database_copy.ELSEWHERE)
    return int(session.scalar(text(f"SELECT pg_database_size(current_database()) - {beside}")) or 0)


def _write_archive(
    out: IO[bytes], copy: Path, names: list[str], made_at: datetime, *, with_files: bool, public: bytes | None = None
) -> None:
    engine = Database(f"sqlite:///{copy}", threads=1).engine
    manifest = {
        "format": FORMAT,
        "made_at": made_at.isoformat(),
        "revision": migrations.revision(engine),
        "secrets": mark_of(secrets()),
        "rows": database_copy.count_rows(engine),
        "files": names,
    }
    engine.dispose()
    with _sealed_tar(out, public or public_key()) as archive:
        _add(archive, MANIFEST, json.dumps(manifest).encode())
        _add(archive, DELETED, deleted_list.as_written(deleted_list.listed_as_deleted()))
        for beside in OPERATORS_FILES:
            if (settings().data / beside).exists():
                _add(archive, beside, (settings().data / beside).read_bytes())
        with copy.open("rb") as whole:
            _add_file(archive, DATABASE, whole)
        for name in names if with_files else ():
            with tempfile.TemporaryFile(dir=copy.parent) as file:
                if _write_sealed(file, name):  # else it was deleted in this moment
                    _add_file(archive, f"{EVIDENCE}/{name}", file)


@contextmanager
def _sealed_tar(out: IO[bytes], public: bytes) -> Iterator[tarfile.TarFile]:
    sealed = streams.SealingWriter(out, public)
    with tarfile.open(fileobj=sealed, mode="w|") as archive:
        yield archive
    sealed.finish()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def _add_file(archive: tarfile.TarFile, name: str, file: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size = file.seek(0, os.SEEK_END)
    file.seek(0)
    archive.addfile(member, file)


@contextmanager
def _whole_file(path: Path, *, replaced: bool = False) -> Iterator[IO[bytes]]:
    """A new file that is there whole, on the disk, or not at all. Raises FileExistsError."""
    if path.exists() and not replaced:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    unfinished = path.with_name(path.name + UNFINISHED)
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        sync_folder(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have on the disk which files are in it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_sealed(out: IO[bytes], name: str) -> int:
    """An evidence file as it is stored, wherever it lies; how many bytes of it there were."""
    return sum(out.write(piece) for piece in store.sealed_pieces(uuid.UUID(name)))


def _keep_file(folder: Path, name: str, made_at: datetime) -> bool:
    """Whether it had to be copied. Its time says which backup was the last that may name it."""
    size, there = store.sealed_size(uuid.UUID(name)), folder / name
    is_new = size > 0 and (not there.exists() or there.stat().st_size != size)
    if is_new:
        with suppress(FileNotFoundError), _whole_file(there, replaced=True) as out:
            if _write_sealed(out, name) != size:
                raise FileNotFoundError(name)  # it was deleted meanwhile
    if there.exists():
        os.utime(there, (made_at.timestamp(), made_at.timestamp()))
    return is_new


def _destroy_old(folder: Path, made_at: datetime) -> int:
    """How many archives were too old; with them go the files that no archive which stays can name."""
    archives = sorted(path for path in folder.iterdir() if ARCHIVE.fullmatch(path.name))
    oldest = made_at - timedelta(days=current_partnership().retention.backup_days)
    too_old = [path for path in archives[:-ALWAYS_KEPT] if _made_at(path) < oldest and not clock.doubt()]
    for path in too_old:
        path.unlink()
    kept_from = min(map(_made_at, archives[len(too_old) :])).timestamp()
    for path in (folder / EVIDENCE).glob("*"):
        if path.stat().st_mtime < kept_from:
            path.unlink()
    return len(too_old)


def _made_at(path: Path) -> datetime:
    return datetime.strptime(path.name, ARCHIVE_NAME).replace(tzinfo=UTC)


@contextmanager
def _in_sentences() -> Iterator[None]:
    """What the disk says, as a sentence. A pipe that closes is no disk."""
    try:
        yield
    except FileExistsError as problem:
        raise BackupError(f"{problem.filename} is there already: nothing was written over.") from None
    except BrokenPipeError:
        raise BackupError("Whatever the backup was given to stopped taking it: there is no backup.") from None
    except OSError as problem:
        if problem.errno == errno.ENOSPC:
            raise BackupError(
                "The disk is full: there is no backup of this moment; those before are as they were."
            ) from None
        where = f"{problem.filename}: " if problem.filename else ""
        raise BackupError(f"The backup cannot be written: {where}{problem.strerror}.") from None


def read_manifest(content: bytes) -> dict[str, Any]:
    """Raises BackupError where it is of a kind that this portal does not know."""
    manifest: dict[str, Any] = json.loads(content)
    if manifest["format"] != FORMAT:
        raise BackupError(NEWER)
    return manifest
