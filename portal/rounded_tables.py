"""Tables of counts for staff: rounded to 5, with fewer than 5 hidden, so that no hidden count is worked out from the others.

A count is told as one of the two multiples of 5 beside it, and a secret says which: the nearer one more often, for one count
of a wave always the same. So each is known to within 4, however it is asked for, and asking again in other ways tells no
more. A count of 0 to 4 is not told at all. What rows and columns add up to could still tell it: where it would, more is
hidden. Shares are made of what is told, never of the counts behind it. Why this holds stands in docs/results.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from itertools import product

from portal.small_counts import ROUNDED_TO

MIN_CELL = 5
"""Counts below are not told. 4.5 of the domain's rules on statistical disclosure: threshold 5 for staff and partners."""
ALL = ""
"""In place of a code: whatever the answer on that axis."""
MIN_WIDTH = 3
"""The sums, taken one by one, leave a hidden count one of four numbers: then all of them together leave it one of three."""
_ENDLESS = float("inf")

Key = tuple[str, ...]
Told = dict[Key, int | None]
Range = tuple[float, float]
Rounding = Callable[[int], int]


def rounding(secret: bytes) -> Rounding:
    """To one of the two multiples of 5 beside a count, so that on average over secrets nothing is added or lost.

    Chosen by the count alone: two ways of asking for the same people, or for as many, are answered alike.
    """

    @cache
    def rounded(count: int) -> int:
        above = count % ROUNDED_TO
        drawn = int.from_bytes(blake2b(count.to_bytes(8), key=secret, digest_size=8).digest())
        return count - above + (ROUNDED_TO if drawn % ROUNDED_TO < above else 0)

    return rounded


def told(counts: Mapping[Key, int], axes: Sequence[Sequence[str]], adds_up: Sequence[bool], rounded: Rounding) -> Told:
    """What is told of each count, rounded; None where it is hidden.

    A key holds one code for each axis, or ALL. `adds_up` says of each axis whether its codes exclude each other: of those
    the codes' counts add up to that of ALL, and could give a hidden one away.
    """
    keys: list[Key] = list(product(*((*codes, ALL) for codes in axes)))
    lines = list(_lines(axes, adds_up))
    through: dict[Key, list[list[Key]]] = {}
    for line in lines:
        for key in line:
            through.setdefault(key, []).append(line)
    few = [key for key in keys if counts.get(key, 0) < MIN_CELL]
    more: set[Key] = set()
    while (leak := _leak(counts, keys, lines, few, more, rounded)) is not None and len(few) + len(more) < len(keys):
        # Cells before sums, in the published order: to take the smallest would tell that the others are not smaller.
        beside = {key for line in through[leak] for key in line}
        order = sorted(keys, key=lambda key: (key not in beside, key.count(ALL)))
        more.add(next(key for key in order if key not in more and counts.get(key, 0) >= MIN_CELL))
    hidden = more.union(few)
    return {key: None if key in hidden else rounded(counts.get(key, 0)) for key in keys}


def _lines(axes: Sequence[Sequence[str]], adds_up: Sequence[bool]) -> Iterator[list[Key]]:
    """Each sum that holds: first what it comes to, then what is added up."""
    for axis, codes in enumerate(axes):
        if adds_up[axis]:
            others = [(ALL,) if place == axis else (*each, ALL) for place, each in enumerate(axes)]
            for key in product(*others):
                yield [key, *(_with(key, axis, code) for code in codes)]


def _with(key: Key, axis: int, code: str) -> Key:
    return (*key[:axis], code, *key[axis + 1 :])


def _leak(
    counts: Mapping[Key, int],
    keys: list[Key],
    lines: list[list[Key]],
    few: list[Key],
    more: set[Key],
    rounded: Rounding,
) -> Key | None:
    """A small count that all the sums together tell more closely than to one of four numbers."""
    known: dict[Key, Range] = {}
    for key in keys:
        count = counts.get(key, 0)
        if count < MIN_CELL:
            known[key] = (0, MIN_CELL - 1)
        elif key in more:
            # Whoever guesses which were hidden for the others' sake knows that these are not small.
            known[key] = (MIN_CELL, _ENDLESS)
        else:
            known[key] = (max(MIN_CELL, rounded(count) - ROUNDED_TO + 1), rounded(count) + ROUNDED_TO - 1)
    is_narrower = bool(few)
    while is_narrower:
        is_narrower = sum(_narrow(known, line) for line in lines) > 0
    return next((key for key in few if known[key][1] - known[key][0] < MIN_WIDTH), None)


def _narrow(known: dict[Key, Range], line: list[Key]) -> bool:
    """Hold what is known of a sum against what is known of its parts; whether that told anything."""
    total, *parts = line
    ranges = [known[part] for part in parts]
    low, high = sum(least for least, _ in ranges), sum(most for _, most in ranges if most != _ENDLESS)
    endless = sum(most == _ENDLESS for _, most in ranges)
    is_narrower = _cut(known, total, low, _ENDLESS if endless else high)
    least, most = known[total]
    for part, (part_low, part_high) in zip(parts, ranges, strict=True):
        is_endless = part_high == _ENDLESS
        others = high - (0 if is_endless else part_high) if endless == is_endless else _ENDLESS
        is_narrower |= _cut(known, part, least - others, most - (low - part_low))
    return is_narrower


def _cut(known: dict[Key, Range], key: Key, low: float, high: float) -> bool:
    before = known[key]
    known[key] = max(before[0], low), min(before[1], high)
    return known[key] != before
