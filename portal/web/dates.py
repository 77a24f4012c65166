"""Months and times of day as people write them: in digits of any script, in words of any of the portal's languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from datetime import time
from functools import cache

from babel import Locale

from portal.languages.i18n import LANGUAGES
from portal.partnership.place_search import SAME

# As people write it: 9, 21:30, 9.30 pm, 21h30, 2130.
_TIME = re.compile(r"(\d{1,2}) ?(?:[:.,h٫]? ?(\d\d))? ?h?(?: ?([ap])\.? ?m\.?)?")
# Of a time or a month: one letter can become eighteen when it is taken apart to be compared.
MAX_WORD = 40


def read_time(typed: str, hours: Container[int] = ()) -> time | None:
    """The time that is meant; None where none is. "9" is the one of its two readings that lies in these hours."""
    if len(typed) > MAX_WORD:
        return None
    digits = (str(unicodedata.decimal(letter, letter)) for letter in typed.casefold())
    found = _TIME.fullmatch(" ".join("".join(digits).split()))
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if hour > 23 or minute > 59 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif 1 <= hour <= 12:
        fits = [each for each in (hour % 12, hour % 12 + 12) if each in hours]
        hour = fits[0] if len(fits) == 1 else hour
    return time(hour, minute)


def read_month(typed: str) -> int | None:
    """The month that is meant, from 1 to 12: a number, a name, or the beginning of names of one month only."""
    if len(typed) > MAX_WORD:
        return None
    try:
        number = int(typed)
    except ValueError:
        word = _folded(typed)
        meant = month_names().get(word) or {
            month for name, months in month_names().items() if name.startswith(word) for month in months
        }
        return next(iter(meant)) if word and len(meant) == 1 else None
    return number if 1 <= number <= 12 else None


@cache
def month_names() -> dict[str, set[int]]:
    """Which month each name means, in full and in short, in every language of the portal (CLDR)."""
    found: dict[str, set[int]] = {}
    for language in LANGUAGES:
        forms = Locale.parse(language.locale).months
        for names in (forms[use][width] for use in ("format", "stand-alone") for width in ("wide", "abbreviated")):
            for month, name in names.items():
                found.setdefault(_folded(name), set()).add(month)
    return found


def _folded(word: str) -> str:
    """Only its letters and digits, without marks, small, and alike from every keyboard."""
    apart = unicodedata.normalize("NFKD", word.casefold()).translate(SAME)
    return "".join(letter for letter in apart if letter.isalnum())
