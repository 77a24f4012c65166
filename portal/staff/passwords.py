"""Which passwords are taken: long ones that nobody guesses soon, also who knows the person's name and the service's."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from zxcvbn import zxcvbn

from portal.text import normalised

SHORTEST, LONGEST = 12, 200
# Of the scores of zxcvbn (Wheeler, USENIX Security 2016) the one for 10,000,000,000 guesses: a passphrase locks a key that may be stolen.
SAFE = 4
# Shorter parts of names stand in many words that are none.
SHORTEST_NAME = 3
# What follows is not looked at: the time for it grows with the square.
LOOKED_AT = 64
# Words that stand for the service in many passwords of its staff, beside its own name.
OURS = ("council", "community safety", "portal")


class Weak(enum.StrEnum):
    SHORT = "short"
    LONG = "long"
    COMMON = "common"
    NAMES = "names"


def weakness(password: str, names: Iterable[str] = ()) -> Weak | None:
    """Why it is not taken; None where it is. `names`: the person's and the service's."""
    written = normalised(password)
    if len(written) < SHORTEST:
        return Weak.SHORT
    if len(written) > LONGEST:
        return Weak.LONG
    looked_at = written.casefold()[:LOOKED_AT]
    if not _is_safe(_without(OURS, looked_at)):
        return Weak.COMMON
    return None if _is_safe(_without((*OURS, *names), looked_at)) else Weak.NAMES


def _is_safe(password: str) -> bool:
    return bool(password) and zxcvbn(password)["score"] >= SAFE


def _without(names: Iterable[str], password: str) -> str:
    """What is left to guess for whoever tries these names first: whole, in parts and written together."""
    parts = {part.casefold() for name in names for part in (name, *name.split(), "".join(name.split()))}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= SHORTEST_NAME:
            password = password.replace(part, " ")
    return password.strip()
