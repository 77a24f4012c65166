"""A case's reference: what staff and partners call a report by, aloud and on paper. It opens nothing and means nothing."""

from __future__ import annotations

import secrets
import unicodedata

DIGITS = 7
# 23 is prime, so one wrong digit, or two neighbours in each other's place, always give another letter. Without I, O and Z,
# which are taken for digits.
CHECK_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXY"


def draw_reference() -> str:
    """Seven random digits and their check letter, as it is stored."""
    digits = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    return digits + check_letter(digits)


def check_letter(digits: str) -> str:
    return CHECK_LETTERS[int(digits) % len(CHECK_LETTERS)]


def read_reference(typed: str) -> str | None:
    """What was typed or heard, as it is stored; None where it cannot be a reference: a digit or the letter is wrong.

    Spaces, dashes, small letters and the digits of other scripts are taken as they are meant.
    """
    kept = [c for c in unicodedata.normalize("NFKC", typed).upper() if c.isalnum()]
    if len(kept) != DIGITS + 1 or not all(c.isdecimal() for c in kept[:-1]):
        return None
    digits = "".join(str(unicodedata.decimal(c)) for c in kept[:-1])
    return digits + kept[-1] if kept[-1] == check_letter(digits) else None


def shown_reference(stored: str) -> str:
    """In groups that can be read aloud: 482-9137-K."""
    return f"{stored[:3]}-{stored[3:DIGITS]}-{stored[DIGITS:]}"
