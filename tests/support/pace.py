"""How slow this machine is just now: a limit of time is written for one machine at its best, and neighbours take from it."""

from __future__ import annotations

import time

STEPS, TRIES = 2_000_000, 5
# Seconds of processor that the steps take with CPython 3.11 on a core of three gigahertz, for which limits are written.
REFERENCE = 0.08


def slowness() -> float:
    """So many times as long as there a calculation takes here that nobody changes; 1 where it is as quick or quicker."""
    best = float("inf")
    for _ in range(TRIES):
        began, total = time.process_time(), 0
        for number in range(STEPS):
            total += number
        best = min(best, time.process_time() - began)
    return max(1.0, best / REFERENCE)
