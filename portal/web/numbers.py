"""A number in an address: none is larger than a column of the database, so whoever types one reads that there is no such page."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import IntegerConverter, Map, ValidationError

LARGEST = 2**31 - 1


class Number(IntegerConverter):
    def __init__(self, url_map: Map, *given: Any, **named: Any) -> None:
        super().__init__(url_map, *given, **({"max": LARGEST} | named))

    def to_python(self, value: str) -> Any:
        # Thousands of digits are no number to Python at all.
        if len(value) > len(str(LARGEST)):
            raise ValidationError
        return super().to_python(value)
