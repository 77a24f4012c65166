"""The place that someone means by what they typed: however it is spelled, in whatever order, in their own letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MAX_FOUND = 5
# How alike two names are, from 0 to 1, and by how many letters one may be longer where it is the same with a slip in it.
# Tried on the example's places: each with every single letter dropped, doubled or swapped, and forty places around them.
MIN_SIMILARITY = 0.68
SURE, LEAD, SLIP = 0.8, 0.2, 2
MAX_LENGTH = 100
# Said or left out as people please.
FILLERS = {"and", "the", "of", "estate"}
# Letters that do not come apart into one of ours and a mark; the Arabic ones are the same letter on different keyboards.
SAME = str.maketrans(
    {"ł": "l", "đ": "d", "ø": "o", "ı": "i", "ي": "ی", "ى": "ی", "ك": "ک", "ه": "ہ", "ة": "ہ", "ھ": "ہ"}
)


@dataclass(frozen=True)
class Found:
    """`sure` is a place that can be nothing else; `near` are those that might be meant, the likeliest first."""

    sure: str | None
    near: tuple[str, ...]


@dataclass(frozen=True)
class _Name:
    code: str
    words: tuple[str, ...]
    pairs: frozenset[str]
    length: int


class PlaceSearch:
    """Names to be found: of each place its code and what it is called, first its own name."""

    def __init__(self, places: Iterable[tuple[str, Iterable[str]]]) -> None:
        self._names = [
            _Name(code, words, _pairs(words), sum(map(len, words)))
            for code, names in places
            for name in names
            if (words := _words(name))
        ]

    @property
    def rules(self) -> dict[str, Any]:
        """All by which `find` goes, as data: static/src/sheet.js finds the same where there is no line."""
        return {
            "names": [(name.code, name.words) for name in self._names],
            "fillers": sorted(FILLERS),
            "same": {chr(letter): other for letter, other in SAME.items()},
            "longest": MAX_LENGTH,
            "most": MAX_FOUND,
            "alike": MIN_SIMILARITY,
            "sure": SURE,
            "lead": LEAD,
            "slip": SLIP,
        }

    def find(self, typed: str) -> Found:
        words = _words(typed[:MAX_LENGTH])
        pairs, length = _pairs(words), sum(map(len, words))
        same = list(dict.fromkeys(name.code for name in self._names if name.words == words)) if words else []
        alike: dict[str, float] = {}
        whole: dict[str, float] = {}
        for name in self._names:
            shared = len(pairs & name.pairs)
            if not shared:
                continue
            # As a whole (Dice), and as a part of the other (overlap): "newport" is a part of Newport Pagnell.
            dice = 2 * shared / (len(pairs) + len(name.pairs))
            overlap = shared / min(len(pairs), len(name.pairs))
            alike[name.code] = max(alike.get(name.code, 0), (dice + overlap) / 2)
            if abs(name.length - length) <= SLIP:
                whole[name.code] = max(whole.get(name.code, 0), dice)
        likely = sorted((code for code in alike if alike[code] >= MIN_SIMILARITY), key=alike.__getitem__, reverse=True)
        near = tuple(dict.fromkeys([*same, *likely]))[:MAX_FOUND]
        if same or not near:
            return Found(same[0] if len(same) == 1 else None, near)
        # A name with a slip in it is that place where no other comes near.
        lead = alike[near[0]] - (alike[near[1]] if len(near) > 1 else 0)
        return Found(near[0] if whole.get(near[0], 0) >= SURE and lead >= LEAD else None, near)


def _words(name: str) -> tuple[str, ...]:
    """In any order, without case, accents, punctuation and what may be left out; "St" is "Saint"."""
    apart = unicodedata.normalize("NFKD", name.casefold()).translate(SAME)
    bare = "".join(letter for letter in apart if unicodedata.category(letter) not in {"Mn", "Cf"})
    found = re.findall(r"\w+", re.sub("['’`]", "", bare))
    kept = [word for word in found if word not in FILLERS] or found
    return tuple(sorted("saint" if word == "st" and len(kept) > 1 else word for word in kept))


def _pairs(words: Iterable[str]) -> frozenset[str]:
    """Letters and neighbouring letters, also at a word's edges: a slip changes a few of them, an order of words none."""
    neighbours = (a + b for word in words for a, b in zip(f" {word}", f"{word} ", strict=True))
    return frozenset(neighbours).union(*words)
