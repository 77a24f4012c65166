"""Which passwords are taken: long ones that nobody guesses soon, also who knows the person's name and the service's."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from math import prod

from zxcvbn import zxcvbn

from portal.text import normalised

SHORTEST, LONGEST = 12, 200
# Of the scores of zxcvbn (Wheeler, USENIX Security 2016) the one for 10,000,000,000 guesses: a passphrase locks a key that may be stolen.
SAFE = 4
# Shorter parts of names stand in many words that are none.
SHORTEST_NAME = 3
# What follows is not looked at: the time for it grows with the square.
LOOKED_AT = 40
# The signs that zxcvbn tries as a letter. It tries every choice of one sign for each letter, and takes seconds where somebody
# wrote many signs for the same letters on purpose: then those that are no digits count as one that stands for the same.
SIGNS = {"a": "4@", "c": "([{<", "g": "69", "i": "1!|", "l": "1|7", "s": "5$", "t": "7+"}
MOST_CHOICES = 8
ALIKE = str.maketrans("@[{<!|$+", "4(((1157")
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
    without_ours = _without(OURS, looked_at)
    left = _without((*OURS, *names), looked_at)
    if _is_safe(left):
        return None
    return Weak.COMMON if left == without_ours else Weak.NAMES


def _is_safe(password: str) -> bool:
    return bool(password) and zxcvbn(_quick(password))["score"] >= SAFE


def _quick(password: str) -> str:
    """What zxcvbn judges in time, and never as better."""
    choices = prod(len(set(signs) & set(password)) or 1 for signs in SIGNS.values())
    return password.translate(ALIKE) if choices > MOST_CHOICES else password


def _without(names: Iterable[str], password: str) -> str:
    """What is left to guess for whoever tries these names first: whole, in parts and written together."""
    parts = {part.casefold() for name in names for part in (name, *name.split(), "".join(name.split()))}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= SHORTEST_NAME:
            password = password.replace(part, " ")
    return password.strip()
