"""All answers to one question, packed small: how a closed wave is kept, and what export and figures read.

A packed column is a line of JSON that says how to read it, and then numbers, compressed together. Columns that stand one
behind the other are one column: so a large wave is packed a part at a time. A value is a code, a
tuple of codes, a whole number, a date like 2026-11-30 or 2026-11, or None where nothing was answered. The codes of a
"ranking" are in the order that somebody gave them: of each value the first codes of all, then the second ones, and so on.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from collections.abc import Mapping, Sequence
from typing import Literal

Kind = Literal["one", "several", "ranking", "number", "date"]
Value = str | tuple[str, ...] | int | None

# Facts of a response that stand beside its answers; no question's code begins so.
FACTS = LANGUAGE, VERSION, FLAGGED, MODE, SIGNALS = "_language", "_version", "_flagged", "_mode", "_signals"
# The column that says in which order somebody was shown a shuffled question's options is named after its question.
ORDER = ".order"
_NUMBERS: dict[str, str] = {"one": "H", "several": "Q", "ranking": "H", "number": "q", "date": "q"}
_NOTHING = {"one": 0xFFFF, "several": 0xFFFF_FFFF_FFFF_FFFF, "ranking": 0xFFFF, "number": -1, "date": -1}


def pack(kind: Kind, codes: Sequence[str] | None, values: Sequence[Value]) -> bytes:
    """Raises KeyError where a value is no code of the column, OverflowError for a number below 0 or past 63 bits."""
    column = Column(kind, codes)
    column.add(values)
    return column.packed()


class Column:
    """Values that come a part at a time and are packed together: of each only its number is kept meanwhile.

    Without `codes` they are those that come, in the order of the alphabet.
    """

    def __init__(self, kind: Kind, codes: Sequence[str] | None) -> None:
        self._kind = kind
        self._codes = codes
        self._place = {code: number for number, code in enumerate(codes or ())}
        self._number_of: dict[Value, int]
        if codes is None:
            self._number_of = _AsTheyCome({None: _NOTHING[kind]})
        elif kind == "one":
            self._number_of = {None: _NOTHING[kind]}
            self._number_of.update(self._place)
        else:
            self._number_of = _Looked(kind, self._place)
        self._numbers = array(_NUMBERS[kind])
        self._rankings: list[Value] = []

    def add(self, values: Sequence[Value]) -> None:
        if self._kind == "ranking":
            self._rankings += values
        else:
            # From a list: an array that grows with an iterator takes twice as long.
            self._numbers.fromlist(list(map(self._number_of.__getitem__, values)))

    def packed(self) -> bytes:
        if self._kind == "ranking":
            return _packed(self._kind, self._codes or (), _by_rank(self._place, self._rankings), len(self._rankings))
        if self._codes is not None:
            return _packed(self._kind, self._codes, self._numbers, len(self._numbers))
        codes = sorted(code for code in self._number_of if isinstance(code, str))
        number_of = {self._number_of[code]: number for number, code in enumerate(codes)}
        number_of[_NOTHING[self._kind]] = _NOTHING[self._kind]
        in_order = array(_NUMBERS[self._kind])
        in_order.fromlist(list(map(number_of.__getitem__, self._numbers)))
        return _packed(self._kind, codes, in_order, len(in_order))


class _AsTheyCome(dict[Value, int]):
    """A number for each value, the next one for one that has not come before; None has its own."""

    def __missing__(self, value: Value) -> int:
        number = self[value] = len(self) - 1
        return number


class _Looked(dict[Value, int]):
    """Few values differ: each is looked at once."""

    def __init__(self, kind: Kind, place: Mapping[str, int]) -> None:
        self._kind, self._place = kind, place

    def __missing__(self, value: Value) -> int:
        number = self[value] = _number_of(self._kind, self._place, value)
        return number


def _number_of(kind: Kind, place: Mapping[str, int], value: Value) -> int:
    match value:
        case None:
            return _NOTHING[kind]
        case str() if kind == "date":
            return _number_of_day(value)
        case str():
            return place[value]
        case tuple():
            return sum(1 << place[code] for code in set(value))
        case int() if value < 0:
            raise OverflowError(value)
        case int():
            return value


def _packed(kind: Kind, codes: Sequence[str], numbers: array[int], size: int) -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    head = json.dumps({"format": 1, "kind": kind, "codes": list(codes), "size": size}).encode()
    # A higher level takes three times as long, while somebody waits for a wave to be closed, and saves a tenth.
    return zlib.compress(head + b"\n" + numbers.tobytes(), 3)


def _by_rank(place: Mapping[str, int], values: Sequence[Value]) -> array[int]:
    rankings = [value if isinstance(value, tuple) else () for value in values]
    nothing, longest = _NOTHING["ranking"], max(map(len, rankings), default=0)
    return array(
        _NUMBERS["ranking"],
        (place[value[rank]] if rank < len(value) else nothing for rank in range(longest) for value in rankings),
    )


def _number_of_day(day: str) -> int:
    """20261130 of a day; 20261100 of a month."""
    year, month, number = (int(part) for part in f"{day}-00".split("-")[:3])
    return (year * 100 + month) * 100 + number


def _date_of(number: int) -> str:
    month = f"{number // 10_000:04}-{number // 100 % 100:02}"
    return f"{month}-{number % 100:02}" if number % 100 else month


def unpack(packed: bytes) -> list[Value]:
    """The values in their order, also where one packed column was put behind another. Raises ValueError where damaged."""
    values = []
    while True:
        reader = zlib.decompressobj()
        try:
            plain = reader.decompress(packed)
        except zlib.error as problem:
            raise ValueError("a packed column is damaged") from problem
        if not reader.eof:
            raise ValueError("a packed column is damaged")
        values += _unpacked(plain)
        packed = reader.unused_data
        if not packed:
            return values


def _unpacked(plain: bytes) -> list[Value]:
    head, _, body = plain.partition(b"\n")
    try:
        says = json.loads(head)
        kind, codes, size = says["kind"], says["codes"], says["size"]
        numbers = array(_NUMBERS[kind])
        numbers.frombytes(body)
    except (KeyError, TypeError, ValueError) as problem:
        raise ValueError("a packed column is damaged") from problem
    if sys.byteorder == "big":
        numbers.byteswap()
    if kind == "ranking" and size and len(numbers) % size == 0:
        return _rankings(codes, numbers, size)
    if len(numbers) != size:
        raise ValueError("a packed column is damaged")
    nothing = _NOTHING[kind]
    if kind == "number":
        return [None if number == nothing else number for number in numbers]
    if kind == "date":
        return [None if number == nothing else _date_of(number) for number in numbers]
    read: dict[int, Value] = {nothing: None}
    for number in set(numbers) - {nothing}:
        if kind == "one":
            if number >= len(codes):
                raise ValueError("a packed column is damaged")
            read[number] = codes[number]
        else:
            read[number] = tuple(code for place, code in enumerate(codes) if number >> place & 1)
    return list(map(read.__getitem__, numbers))


def _rankings(codes: Sequence[str], numbers: array[int], size: int) -> list[Value]:
    nothing = _NOTHING["ranking"]
    if any(number >= len(codes) for number in set(numbers) - {nothing}):
        raise ValueError("a packed column is damaged")
    ranks = [numbers[start : start + size] for start in range(0, len(numbers), size)] or [array("H", [nothing]) * size]
    return [tuple(codes[number] for number in one if number != nothing) or None for one in zip(*ranks, strict=True)]
