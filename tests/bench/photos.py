"""A photo as a phone takes it, and what memory the portal takes to make it anew."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image

from tests.bench import servers

SIZE = (4032, 3024)


def twelve_megapixels() -> bytes:
    """About 3 MB: clouds of colour with some grain, and turned, as a phone held upright does."""
    width, height = SIZE
    clouds = Image.frombytes("RGB", (width // 9, height // 9), os.urandom(width // 9 * (height // 9) * 3))
    exif = Image.Exif()
    exif[0x0112] = 6
    written = io.BytesIO()
    clouds.resize(SIZE, Image.Resampling.BICUBIC).save(written, "JPEG", quality=82, exif=exif)
    return written.getvalue()


@dataclass
class Peak:
    megabytes: float = 0.0


@contextmanager
def watched(master: int) -> Iterator[Peak]:
    """The most memory that the processes which answer, and what they start, take meanwhile beyond what they had."""
    peak, done = Peak(), threading.Event()
    idle = servers.working_memory(master)

    def look() -> None:
        while not done.wait(0.01):
            peak.megabytes = max(peak.megabytes, servers.working_memory(master) - idle)

    watch = threading.Thread(target=look)
    watch.start()
    try:
        yield peak
    finally:
        done.set()
        watch.join()
