"""Locks between this machine's processes that the kernel frees when their holder dies."""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_INTERVAL = 0.05


class Line:
    """Where the threads of one process wait for each other: whoever came first goes first, which a plain lock does not promise."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self.waiting: deque[threading.Lock] = deque()
        self._is_taken = False

    def is_reached(self, timeout: float | None) -> bool:
        """Wait for one's turn; whoever has it must leave."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            turn = threading.Lock()
            turn.acquire()
            self.waiting.append(turn)
        if turn.acquire(timeout=-1 if timeout is None else timeout):
            return True
        with self._guard:
            if turn in self.waiting:
                self.waiting.remove(turn)
                return False
        return True  # it came in the last moment

    def leave(self) -> None:
        with self._guard:
            if self.waiting:
                self.waiting.popleft().release()
            else:
                self._is_taken = False


# One for each file. A child begins with nobody in them.
_lines: dict[Path, Line] = {}
os.register_at_fork(after_in_child=_lines.clear)


@contextmanager
def exclusive(path: Path, timeout: float | None = None) -> Iterator[None]:
    """Hold the one lock at `path`. Raises TimeoutError where it is not free within `timeout` seconds.

    Of the threads of a process only the first asks the kernel: to wait for that is dear, see _wait_in_line.
    """
    line, began_at = _lines.get(path) or _lines.setdefault(path, Line()), time.monotonic()
    if not line.is_reached(timeout):
        raise TimeoutError
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _is_free(handle):
            _wait_in_line(handle, None if timeout is None else max(0, timeout - (time.monotonic() - began_at)))
        try:
            yield
        finally:
            os.close(handle)
    finally:
        line.leave()


@contextmanager
def one_of(
    paths: list[Path], patience: float | None = None, is_given_up: Callable[[], bool] | None = None
) -> Iterator[None]:
    """Hold any one of these locks: at most `len(paths)` do the work at once.

    Raises TimeoutError where none is free within `patience` seconds, or as soon as `is_given_up`.
    """
    handles = [os.open(path, os.O_RDWR | os.O_CREAT, 0o600) for path in paths]
    try:
        if patience is not None:
            _wait_for(lambda: any(map(_is_free, handles)), time.monotonic() + patience, is_given_up)
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


@contextmanager
def one_of_bytes(
    path: Path, first: int, count: int, patience: float = 0, is_given_up: Callable[[], bool] | None = None
) -> Iterator[None]:
    """Hold the lock of one of the `count` bytes from `first` on of a file that stays empty: many locks without a trace.

    Raises TimeoutError where none is free within `patience` seconds, or as soon as `is_given_up`.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait_for(
            lambda: any(_is_byte_free(handle, first + number) for number in range(count)),
            time.monotonic() + patience,
            is_given_up,
        )
        yield
    finally:
        os.close(handle)


def _is_byte_free(handle: int, place: int) -> bool:
    """Take the byte's lock if nobody has it. It is the open file's and not the process's: threads keep each other out too."""
    try:
        fcntl.fcntl(handle, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, place, 1, 0))
    except (BlockingIOError, PermissionError):
        return False
    return True


def _wait_for(is_taken: Callable[[], bool], ends_at: float, is_given_up: Callable[[], bool] | None) -> None:
    while not is_taken():
        if time.monotonic() > ends_at or (is_given_up is not None and is_given_up()):
            raise TimeoutError
        time.sleep(POLL_INTERVAL)
