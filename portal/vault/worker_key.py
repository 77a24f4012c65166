"""What only the worker opens, because it must act when nobody is signed in: the pages seal to its key and cannot read back."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from portal.config import settings
from portal.vault import sealing
from portal.vault.sealing import KEY_SIZE, SealError

PRIVATE, PUBLIC = "worker", "worker.public"
LABEL = "worker.secret"


def prepare() -> None:
    """Draw the worker's pair of keys where there is none. Raises OSError.

    The private one lies at PORTAL_WORKER_KEY, which the pages need not be able to read, else with the other secrets; the
    public one with those, always as the private one wants it.
    """
    path = _private_path()
    if not path.exists():
        _write(path, sealing.new_pair()[0])
    public = sealing.public_of(path.read_bytes())
    if _public() != public:
        _write(_public_path(), public, is_replaced=True)


def is_ready() -> bool:
    """Whether anything can be sealed for the worker: it has been started at least once."""
    return _public() is not None


def seal_for_worker(secret: bytes, row: bytes, pad_to: int = 256) -> bytes:
    """A secret that the worker alone opens, for this row only; its length tells nothing finer than `pad_to` bytes.

    Raises SealError where no worker has been started yet.
    """
    public = _public()
    if public is None:
        raise SealError("the worker has no key yet")
    padded = len(secret).to_bytes(4, "big") + secret
    padded += b"\x00" * (-len(padded) % pad_to)
    key = sealing.new_key()
    return sealing.wrap(key, public) + sealing.lock(padded, key, LABEL, row)


def open_as_worker(sealed: bytes, row: bytes) -> bytes:
    """Raises SealError: it was sealed for another row or another worker, or this process may not read the key."""
    try:
        private = _private_path().read_bytes()
    except OSError:
        raise SealError("the worker's key cannot be read") from None
    wrapped, locked = sealed[: KEY_SIZE + sealing.WRAP_OVERHEAD], sealed[KEY_SIZE + sealing.WRAP_OVERHEAD :]
    padded = sealing.unlock(locked, sealing.unwrap(wrapped, private), LABEL, row)
    return padded[4 : 4 + int.from_bytes(padded[:4], "big")]


def _private_path() -> Path:
    return settings().worker_key or settings().data / "secrets" / PRIVATE


def _public_path() -> Path:
    return settings().data / "secrets" / PUBLIC


def _public() -> bytes | None:
    try:
        found = _public_path().read_bytes()
    except OSError:
        return None
    return found if len(found) == KEY_SIZE else None


def _write(path: Path, key: bytes, *, is_replaced: bool = False) -> None:
    """Whole or not at all; of two processes that start in the same moment the first one's key stays."""
    handle, drawn = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    if is_replaced:
        Path(drawn).replace(path)
        return
    with suppress(FileExistsError):
        os.link(drawn, path)
    Path(drawn).unlink()
