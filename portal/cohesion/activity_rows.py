"""What was done in a quarter as rows of a file, the same for the public and for staff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.cohesion.data_rows import HIDDEN

COLUMNS = ("part", "item", "told", "value")
"""`told`: exact, at_least, rounded (to the nearest 5), or not_shown, so that nobody can be found in it."""
ROUNDED = {"attendance"}


def activity_rows(document: Mapping[str, Any]) -> Iterator[list[str | int]]:
    """By COLUMNS. Of a part that is not in use, or of which nothing may be told, there is no row."""
    reports = document["reports"]
    if reports:
        yield ["reports", "all", *_cell(reports["all"])]
        for question in ("kind", "language", "source"):
            for code, count in sorted(reports[question].items()):
                yield [f"reports by {question}", code, *_cell(count)]
    for promise, numbers in (document["clocks"] or {}).items():
        for name, number in numbers.items():
            yield ["clocks", f"{promise} {name}", "exact", number]
    for name, count in (document.get("help") or {}).items():
        yield ["help at events", name, *_cell(count)]
    for part in ("events", "findings"):
        for name, number in (document[part] or {}).items():
            if number is not None:
                told = "rounded" if name in ROUNDED else "exact"
                yield [part, name, told, " ".join(number) if isinstance(number, list) else number]


def _cell(count: Mapping[str, Any] | None) -> list[str | int]:
    if count is None:
        return ["not_shown", HIDDEN]
    return ["exact" if count["is_all"] else "at_least", count["number"]]
