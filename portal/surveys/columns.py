"""All answers to one question, packed small: how a closed wave is kept, and what export and figures read.

A packed column is a line of JSON that says how to read it, and then numbers, compressed together. A value is a code, a
tuple of codes, a whole number, or None where nothing was answered.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from collections.abc import Sequence
from typing import Literal

Kind = Literal["one", "several", "number"]
Value = str | tuple[str, ...] | int | None

# Facts of a response that stand beside its answers; no question's code begins so.
LANGUAGE, VERSION, FLAGGED, SIGNALS = FACTS = "_language", "_version", "_flagged", "_signals"
_NUMBERS: dict[str, str] = {"one": "H", "several": "Q", "number": "q"}
_NOTHING = {"one": 0xFFFF, "several": 0xFFFF_FFFF_FFFF_FFFF, "number": -1}


def pack(kind: Kind, codes: Sequence[str], values: Sequence[Value]) -> bytes:
    """Raises KeyError where a value is no code of the column, OverflowError for a number below 0 or past 63 bits."""
    place = {code: number for number, code in enumerate(codes)}
    numbers = array(_NUMBERS[kind])
    for value in values:
        match value:
            case None:
                numbers.append(_NOTHING[kind])
            case str():
                numbers.append(place[value])
            case tuple():
                numbers.append(sum(1 << place[code] for code in set(value)))
            case int() if value < 0:
                raise OverflowError(value)
            case int():
                numbers.append(value)
    if sys.byteorder == "big":
        numbers.byteswap()
    head = json.dumps({"format": 1, "kind": kind, "codes": list(codes), "size": len(numbers)}).encode()
    return zlib.compress(head + b"\n" + numbers.tobytes(), 6)


def unpack(packed: bytes) -> list[Value]:
    """The values in their order. Raises ValueError where it is damaged."""
    try:
        head, _, body = zlib.decompress(packed).partition(b"\n")
        says = json.loads(head)
        kind, codes, size = says["kind"], says["codes"], says["size"]
        numbers = array(_NUMBERS[kind])
        numbers.frombytes(body)
    except (zlib.error, KeyError, TypeError, ValueError) as problem:
        raise ValueError("a packed column is damaged") from problem
    if sys.byteorder == "big":
        numbers.byteswap()
    if len(numbers) != size:
        raise ValueError("a packed column is damaged")
    nothing = _NOTHING[kind]
    if kind == "number":
        return [None if number == nothing else number for number in numbers]
    read: dict[int, Value] = {nothing: None}
    for number in set(numbers) - {nothing}:
        if kind == "one":
            if number >= len(codes):
                raise ValueError("a packed column is damaged")
            read[number] = codes[number]
        else:
            read[number] = tuple(code for place, code in enumerate(codes) if number >> place & 1)
    return [read[number] for number in numbers]
