"""Words that are one word spelled in two ways: names as they are heard, and slips of the pen. Which, tests/test_spelled_alike.py lists."""

from __future__ import annotations

import re
from collections.abc import Collection

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

# Shorter words differ by a letter and are others: `hat` and `hate`.
MIN_LETTERS = 4
# In hundredths, as rapidfuzz measures: words that sound alike have as much in common in writing too, `khan` and `ken` do not.
SOUNDS_ALIKE = 68
# Of a word that is so long one letter may be wrong, missing, too many, or changed places with its neighbour; not its first.
MAY_HAVE_A_SLIP = 7

# What is written in several ways and heard as one, in names of Arabic, South Asian, Polish, Romanian and English use: one after
# the other. A word is folded before, see `folded` in portal/reporting/texts.py; of other scripts than ours it stays as it is.
_HEARD_AS = [
    (re.compile(written), heard)
    for written, heard in (
        (r"b[eou]rr?[iy]$", "bary"),  # Stantonbury, Stantonberry
        (r"b[ou]r(?:ough|row|o)$", "baro"),  # Conniburrow, Conniborough
        (r"[ao]ugh", "o"),
        (r"tch|cz", "ch"),
        (r"ph|f", "v"),
        (r"ck|qu(?=[aeiou])|q|kh|c(?!h)", "k"),
        (r"gh", "g"),
        (r"th", "t"),
        (r"dh", "d"),
        (r"w", "v"),
        (r"z", "s"),
        (r"j", "y"),
        (r"x", "ks"),
        (r"(?<=.)h(?![aeiouy])", ""),
        # Two classes of vowels, so that Mohammed and Muhammad are one and Mahmood is another.
        (r"o[uvy]*|u[uv]*", "o"),
        (r"[aeiy]+", "a"),
        (r"(.)\1+", r"\1"),
    )
]


def alike_among(word: str, others: Collection[str]) -> set[str]:
    """Those of the others, all folded, that are this word in another spelling; none of a word with a digit in it."""
    if not _is_compared(word):
        return set()
    # The ratio of one wrong letter among seven is above this too; so the costly questions are asked of few.
    near = process.extract(word, others, scorer=fuzz.ratio, score_cutoff=SOUNDS_ALIKE, limit=None)
    heard = _heard(word)
    return {
        other
        for other, _ratio, _key in near
        if _is_compared(other) and (_heard(other) == heard or _is_slip(word, other))
    }


def _is_compared(word: str) -> bool:
    return len(word) >= MIN_LETTERS and not any(sign.isdigit() for sign in word)


def _is_slip(word: str, other: str) -> bool:
    is_long = min(len(word), len(other)) >= MAY_HAVE_A_SLIP
    return is_long and word[0] == other[0] and OSA.distance(word, other, score_cutoff=1) <= 1


def _heard(word: str) -> str:
    for written, heard in _HEARD_AS:
        word = written.sub(heard, word)
    return word
