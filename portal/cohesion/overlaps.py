"""Whether groups of one kind hold all people of some groups of another kind, and 1 to 4 people more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from portal.rounded_tables import MIN_CELL

Joint = Mapping[tuple[str, str], int]
"""How many people are where in two groupings at once."""


def overlap_tells(joint: Joint) -> bool:
    """In either direction: neither grouping may hold some groups of the other and 1 to 4 people more."""
    return any(_holds_few_more(_Table(pairs)) for pairs in (joint, {(b, a): n for (a, b), n in joint.items()}))


class _Table:
    """The people by row and by column; only where there is anybody."""

    def __init__(self, joint: Joint) -> None:
        self.of_row: dict[str, dict[str, int]] = defaultdict(dict)
        self.of_column: dict[str, dict[str, int]] = defaultdict(dict)
        for (row, column), count in joint.items():
            if count:
                self.of_row[row][column] = count
                self.of_column[column][row] = count


def _holds_few_more(table: _Table) -> bool:
    """Whether some rows hold 1 to 4 people beside all the columns that lie in them whole.

    Columns that nobody in any other part shares tie rows together, and each such part can be looked at by itself. Of a part
    some rows and not all always leave somebody; how few at least, is a minimum cut: whoever takes a column whole must take all
    its rows, and of a row that is taken the people in every other column are left over. There are as many ways to choose rows
    as subsets of them, and only two cuts for each row.
    """
    seen: set[str] = set()
    for first in sorted(table.of_row):
        if first in seen:
            continue
        part = _reached(table, first, 1)
        seen |= part
        # Through 5 people and more nothing can be cut, so most rows need no second look.
        forth = _reached(table, first, MIN_CELL)
        for other in sorted(part - {first}):
            if other not in forth and _is_cut_by_few(table, first, other):
                return True
            if first not in _reached(table, other, MIN_CELL) and _is_cut_by_few(table, other, first):
                return True
    return False


def _reached(table: _Table, start: str, least: int) -> set[str]:
    """The rows that are taken with one row, where a column is taken whole for `least` people that share it."""
    found, ahead, columns = {start}, [start], set()
    while ahead:
        for column, count in table.of_row[ahead.pop()].items():
            if count >= least and column not in columns:
                columns.add(column)
                ahead += table.of_column[column].keys() - found
                found |= table.of_column[column].keys()
    return found


def _is_cut_by_few(table: _Table, inside: str, outside: str) -> bool:
    """Whether rows with the one and without the other can leave 1 to 4 people: no more flows between them (Ford, Fulkerson)."""
    left = {row: dict(columns) for row, columns in table.of_row.items()}
    flown = 0
    while way := _way(table, left, inside, outside):
        most = min(left[row][column] for row, column, _ in way)
        for row, column, after in way:
            left[row][column] -= most
            left[after][column] += most
        flown += most
        if flown >= MIN_CELL:
            return False
    return True


def _way(
    table: _Table, left: Mapping[str, Mapping[str, int]], start: str, end: str
) -> list[tuple[str, str, str]] | None:
    """A way on which more can flow, from row through column to row."""
    came: dict[str, tuple[str, str]] = {}
    ahead, rows, columns = [start], {start}, set()
    for row in ahead:
        for column, some in left[row].items():
            if some > 0 and column not in columns:
                columns.add(column)
                for after in table.of_column[column]:
                    if after not in rows:
                        rows.add(after)
                        ahead.append(after)
                        came[after] = row, column
        if end in rows:
            way = []
            while end != start:
                before, column = came[end]
                way.append((before, column, end))
                end = before
            return way[::-1]
    return None
