"""Locks between this machine's processes that the kernel frees when their holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOOK_AGAIN = 0.05


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait in line for the one lock at `path`."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def one_of(paths: list[Path], patience: float | None = None) -> Iterator[None]:
    """Hold any one of these locks: at most `len(paths)` do the work at once.

    Raises TimeoutError where none is free within `patience` seconds.
    """
    handles = [os.open(path, os.O_RDWR | os.O_CREAT, 0o600) for path in paths]
    try:
        if patience is not None:
            _wait_for(handles, time.monotonic() + patience)
        elif not any(map(_is_free, handles)):
            fcntl.flock(handles[time.monotonic_ns() % len(handles)], fcntl.LOCK_EX)
        yield
    finally:
        for handle in handles:
            os.close(handle)


def _is_free(handle: int) -> bool:
    """Take the lock if nobody has it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for(handles: list[int], ends_at: float) -> None:
    while not any(map(_is_free, handles)):
        if time.monotonic() > ends_at:
            raise TimeoutError
        time.sleep(LOOK_AGAIN)
