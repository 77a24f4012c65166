"""Texts that say nearly the same, grouped: hundreds that came of one joke are looked at as one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from typing import TypeVar
from zlib import crc32

# How many of all runs of four letters two texts must share (Jaccard), to be alike.
LIKENESS = 0.6
RUN = 4
# Of each text so many runs, those with the smallest numbers, say which other texts to compare it with (MinHash).
SKETCH = 6
# Of texts that share one run of a sketch so many are compared at most, for a run that very many share tells little.
COMPARED = 20

Key = TypeVar("Key", bound=Hashable)


def groups_of(texts: Mapping[Key, str]) -> list[list[Key]]:
    """The keys of folded texts that are alike, the largest group first; one that is like no other is a group of its own.

    A text joins the group of the first one it is like, so all of a group are like its first. The work grows with the number
    of different texts, not with its square.
    """
    same: dict[str, list[Key]] = defaultdict(list)
    for key, text in texts.items():
        same[text].append(key)
    leaders: list[tuple[frozenset[int], list[Key]]] = []
    by_run: dict[int, list[int]] = defaultdict(list)
    for text, keys in same.items():
        runs = _runs(text)
        sketch = sorted(runs)[:SKETCH]
        near = dict.fromkeys(number for run in sketch for number in by_run[run][:COMPARED])
        group = next((number for number in near if _are_alike(runs, leaders[number][0])), None)
        if group is None:
            for run in sketch:
                by_run[run].append(len(leaders))
            leaders.append((runs, list(keys)))
        else:
            leaders[group][1].extend(keys)
    return sorted((keys for _runs_of_it, keys in leaders), key=len, reverse=True)


def _runs(text: str) -> frozenset[int]:
    """By number: a text's own order of them must not decide which are the smallest."""
    letters = f" {' '.join(text.split())} "
    return frozenset(crc32(letters[at : at + RUN].encode()) for at in range(max(1, len(letters) - RUN + 1)))


def _are_alike(one: frozenset[int], other: frozenset[int]) -> bool:
    shared = len(one & other)
    return shared >= LIKENESS * (len(one) + len(other) - shared)
