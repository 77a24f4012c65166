"""Locks between this machine's processes that the kernel frees when their holder dies."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOOK_AGAIN = 0.05


@contextmanager
def exclusive(path: Path, timeout: float | None = None) -> Iterator[None]:
    """Hold the one lock at `path`. Raises TimeoutError where it is not free within `timeout` seconds."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if not _is_free(handle):
        _wait_in_line(handle, timeout)
    try:
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


def _wait_in_line(handle: int, timeout: float | None) -> None:
    """The kernel's line is fair and cannot be left, so a thread stands in it, and closes the handle if it came too late."""
    taken, given_up, deciding = threading.Event(), threading.Event(), threading.Lock()

    def stand() -> None:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with deciding:
            if given_up.is_set():
                os.close(handle)
            else:
                taken.set()

    threading.Thread(target=stand, daemon=True).start()
    if not taken.wait(timeout):
        with deciding:
            if not taken.is_set():
                given_up.set()
                raise TimeoutError


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
