"""Has photos made anew by `picture.py`: few at once, no visitor's in the way of another's, none for a visitor who has gone."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from portal import limits
from portal.config import settings
from portal.files import picture
from portal.files.picture import Outcome
from portal.files.store import Incoming
from portal.flock import one_of, one_of_bytes

# Each picture takes a processor for a while, so few are made at once on the machine; a visitor's own one after the other.
MAX_PICTURES_AT_ONCE = 2
# A request with pictures holds a thread of the server meanwhile: most threads stay free for pages.
MAX_UPLOADS_AT_ONCE = 6
MAX_UPLOADS_OF_A_VISITOR = 3
# All pictures of one request together: no thread waits longer than a page may take.
MAX_SECONDS = 15.0
POLL_SECONDS = 0.1
READ_SIZE = 1024 * 1024
PICTURE = str(Path(picture.__file__))


@dataclass(frozen=True)
class Sender:
    """Who sent a request with files, and whether they have closed the connection since."""

    visitor: str
    """See limits.visitor_address(); only a number made of it under the hour's key leaves this process's memory."""
    is_gone: Callable[[], bool] = lambda: False
    ends_at: float = field(default_factory=lambda: time.monotonic() + MAX_SECONDS)

    @property
    def is_over(self) -> bool:
        """Whether work for this request is no longer worth doing."""
        return time.monotonic() > self.ends_at or self.is_gone()

    @property
    def place(self) -> int:
        """Where this visitor's locks lie: one for a picture in work, then those for requests."""
        return limits.visitor_number("upload", self.visitor) * (1 + MAX_UPLOADS_OF_A_VISITOR)


@contextmanager
def place_in_line(sender: Sender) -> Iterator[None]:
    """Held by a request while its pictures are made. Raises TimeoutError, at once, where too many are at it."""
    with (
        one_of_bytes(_data() / "picture-visitors.lock", sender.place + 1, MAX_UPLOADS_OF_A_VISITOR),
        one_of_bytes(_data() / "picture-uploads.lock", 0, MAX_UPLOADS_AT_ONCE),
    ):
        yield


def clean_photo(original: Incoming, clean: Incoming, sender: Sender, longest_side: int | None = None) -> int:
    """Write the photo made anew into `clean`, no larger than that; returns an Outcome or with what else the program ended.

    Raises TimeoutError where the request has no more time or its sender has gone.
    """
    patience = max(0.0, sender.ends_at - time.monotonic())
    locks = [_data() / f"picture-{number}.lock" for number in range(MAX_PICTURES_AT_ONCE)]
    with (
        one_of_bytes(_data() / "picture-visitors.lock", sender.place, 1, patience, sender.is_gone),
        one_of(locks, patience, lambda: sender.is_over),
    ):
        if sender.is_over:
            raise TimeoutError
        ended = _run(original, clean, sender, [str(longest_side)] if longest_side else [])
    return Outcome.TOO_COSTLY if ended == -signal.SIGXCPU else ended


def _data() -> Path:
    path: Path = settings().data
    return path


def _run(original: Incoming, clean: Incoming, sender: Sender, arguments: list[str]) -> int:
    # Nothing of the portal's environment reaches it: no setting, no secret, no open file.
    with subprocess.Popen(  # noqa: S603 (our own program)
        [sys.executable, "-I", PICTURE, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        has_ended, was_stopped = threading.Event(), threading.Event()

        def watch() -> None:
            while not has_ended.wait(POLL_SECONDS):
                if sender.is_over:
                    was_stopped.set()
                    program.kill()
                    return

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            with contextlib.suppress(BrokenPipeError):
                for chunk in original.chunks():
                    program.stdin.write(chunk)
            with contextlib.suppress(BrokenPipeError):
                program.stdin.close()
            while chunk := program.stdout.read(READ_SIZE):
                clean.write(chunk)
            program.wait()
        except BaseException:
            program.kill()
            raise
        finally:
            has_ended.set()
            watcher.join()
    if was_stopped.is_set():
        raise TimeoutError
    return program.returncode
