"""Tables of counts for staff: rounded to 5, with fewer than 5 hidden, so that no hidden count is worked out from the others.

A count is told as one of the two multiples of 5 beside it, and a secret says which: the nearer one more often, for one count
of a wave always the same. So each is known to within 4, however it is asked for, and asking again in other ways tells no
more. A count of 0 to 4 is not told at all. What rows and columns add up to could still tell it: where it would, counts beside
it are told as their other multiple. What is shown is thus free of such sums, and says nothing of what was turned; only where
turning does not help, all of the table is hidden. Shares are made of what is told, never of the counts behind it. Why this holds stands in docs/results.md.
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
MAX_TURNS = 200

Key = tuple[str, ...]
Told = dict[Key, int | None]
Range = tuple[int, int]
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
    """What is told of each count, rounded; None where it is hidden, which is everything where nothing else helps.

    A key holds one code for each axis, or ALL. `adds_up` says of each axis whether its codes exclude each other: of those
    the codes' counts add up to that of ALL, and could give a hidden one away.
    """
    keys: list[Key] = list(product(*((*codes, ALL) for codes in axes)))
    lines = list(_lines(axes, adds_up))
    through: dict[Key, list[list[Key]]] = {}
    for line in lines:
        for key in line:
            through.setdefault(key, []).append(line)
    shown: Told = {key: None if counts.get(key, 0) < MIN_CELL else rounded(counts[key]) for key in keys}
    few = [key for key in keys if shown[key] is None]
    for turn in range(MAX_TURNS):
        leak = _leak(shown, lines, few)
        if leak is None:
            return shown
        beside = {key for line in through[leak] for key in line if shown[key] is not None}
        turned = [key for key in keys if key in beside and counts[key] % ROUNDED_TO]
        if not turned:
            break
        # Any order that does not run in a circle will do.
        key = turned[(turn * turn + turn // 7) % len(turned)]
        shown[key] = 2 * (counts[key] - counts[key] % ROUNDED_TO) + ROUNDED_TO - (shown[key] or 0)
    return dict.fromkeys(keys)


def _lines(axes: Sequence[Sequence[str]], adds_up: Sequence[bool]) -> Iterator[list[Key]]:
    """Each sum that holds: first what it comes to, then what is added up."""
    for axis, codes in enumerate(axes):
        if adds_up[axis]:
            others = [(ALL,) if place == axis else (*each, ALL) for place, each in enumerate(axes)]
            for key in product(*others):
                yield [key, *(_with(key, axis, code) for code in codes)]


def _with(key: Key, axis: int, code: str) -> Key:
    return (*key[:axis], code, *key[axis + 1 :])


def _leak(shown: Told, lines: list[list[Key]], few: list[Key]) -> Key | None:
    """A small count that the sums tell more closely than to one of four numbers; by what is shown and nothing else."""
    known: dict[Key, Range] = {
        key: (0, MIN_CELL - 1) if count is None else (max(MIN_CELL, count - ROUNDED_TO + 1), count + ROUNDED_TO - 1)
        for key, count in shown.items()
    }
    is_narrower = bool(few)
    while is_narrower:
        is_narrower = sum(_narrow(known, line) for line in lines) > 0
    return next((key for key in few if known[key][1] - known[key][0] < MIN_WIDTH), None)


def _narrow(known: dict[Key, Range], line: list[Key]) -> bool:
    """Hold what is known of a sum against what is known of its parts; whether that told anything."""
    total, *parts = line
    ranges = [known[part] for part in parts]
    low, high = sum(least for least, _ in ranges), sum(most for _, most in ranges)
    is_narrower = _cut(known, total, low, high)
    least, most = known[total]
    for part, (part_low, part_high) in zip(parts, ranges, strict=True):
        is_narrower |= _cut(known, part, least - (high - part_high), most - (low - part_low))
    return is_narrower


def _cut(known: dict[Key, Range], key: Key, low: int, high: int) -> bool:
    before = known[key]
    known[key] = max(before[0], low), min(before[1], high)
    return known[key] != before
