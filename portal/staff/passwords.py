"""Which passwords are taken: long ones that are no common word, no row of keys, and no name that anyone here knows."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from itertools import pairwise

from portal.text import normalised

SHORTEST, LONGEST = 12, 200
# Words at the top of the lists of passwords that leaked, and rows of keys: with digits and repeats around them, guessed first.
COMMON = frozenset(
    [
        "abc",
        "abcabc",
        "abcdef",
        "abcdefghi",
        "abcdefghijkl",
        "account",
        "admin",
        "administrator",
        "asdf",
        "asdfgh",
        "asdfghjkl",
        "baseball",
        "batman",
        "changeme",
        "charlie",
        "chelsea",
        "computer",
        "council",
        "dragon",
        "england",
        "football",
        "hallo",
        "hello",
        "iloveyou",
        "internet",
        "letmein",
        "liverpool",
        "login",
        "london",
        "manchester",
        "master",
        "miltonkeynes",
        "monkey",
        "mynameis",
        "nothing",
        "officer",
        "p",
        "passwd",
        "passphrase",
        "passwort",
        "password",
        "police",
        "portal",
        "princess",
        "qazwsx",
        "qazwsxedc",
        "qwer",
        "qwert",
        "qwerty",
        "qwertyui",
        "qwertyuiop",
        "qwertyuiopas",
        "secret",
        "shadow",
        "staff",
        "summer",
        "sunshine",
        "superman",
        "test",
        "testtest",
        "thisismypassword",
        "trustno",
        "user",
        "welcome",
        "winter",
        "zaq",
        "zaqxsw",
        "zxcvbn",
        "zxcvbnm",
        "mypassword",
        "yourpassword",
        "newpassword",
        "passwordis",
        "haslo",
        "parola",
    ]
)
LOOKS_LIKE = str.maketrans("@4301$57!", "aaeoisstl"[:9])
FEWEST_DIFFERENT = 5
# Letters that must be left once names are taken out.
OWN_LETTERS = 8


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
    folded = written.casefold()
    if len(set(folded)) < FEWEST_DIFFERENT or _is_row(folded):
        return Weak.COMMON
    # "P@ssw0rd2026!": the digits behind it are no letters of the word.
    word = re.sub(r"[\W\d_]+$", "", folded)
    if any(_once(re.sub(r"[\W\d_]", "", spelled)) in COMMON for spelled in (folded, word.translate(LOOKS_LIKE))):
        return Weak.COMMON
    left = folded
    for name in sorted({part for each in names for part in (each.casefold(), *each.casefold().split())}, key=len)[::-1]:
        if len(name) > 2:
            left = left.replace(name, "")
    return Weak.NAMES if left != folded and len(re.sub(r"[\W\d_]", "", left)) < OWN_LETTERS else None


def _is_row(folded: str) -> bool:
    """Whether each letter or digit follows from the one before, as in 123456789012."""
    steps = {
        (ord(after) - ord(before)) % 10 if before.isdigit() else ord(after) - ord(before)
        for before, after in pairwise(folded)
    }
    return len(steps) == 1


def _once(word: str) -> str:
    """A word that is repeated, once."""
    found = re.fullmatch(r"(.+?)\1+", word)
    return found[1] if found else word
