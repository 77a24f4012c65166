"""Locks between this machine's processes that the kernel frees when their holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
def one_of(paths: list[Path]) -> Iterator[None]:
    """Hold any one of these locks: at most `len(paths)` do the work at once."""
    handles = [os.open(path, os.O_RDWR | os.O_CREAT, 0o600) for path in paths]
    try:
        for handle in handles:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                continue
        else:
            fcntl.flock(handles[time.monotonic_ns() % len(handles)], fcntl.LOCK_EX)
        yield
    finally:
        for handle in handles:
            os.close(handle)
