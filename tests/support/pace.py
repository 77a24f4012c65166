"""How slow this machine is just now: a limit of time is written for one machine at its best, and neighbours take from it."""

from __future__ import annotations

import time
from urllib.parse import unquote_to_bytes

# Work that nobody here changes and that every form needs: the standard library reads 250 KB of escaped letters.
ESCAPED, TRIES = "%ff" * 83_000, 5
# Seconds of processor that it takes with CPython 3.11 on a core of three gigahertz, for which limits are written.
REFERENCE = 0.018


def slowness() -> float:
    """So many times as long as there that takes here; 1 where it is as quick or quicker."""
    best = float("inf")
    for _ in range(TRIES):
        began = time.process_time()
        unquote_to_bytes(ESCAPED)
        best = min(best, time.process_time() - began)
    return max(1.0, best / REFERENCE)
