"""What figures tell of each other where they share a question: whoever subtracts one from another must not see a few people.

Here every published share counts as an exact number of people, which is more than a reader knows. The answers to a question
fall into groups that all published numbers hold whole; a group's size is told where sums and differences of them give it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

from portal.rounded_tables import MIN_CELL

Codes = frozenset[Any]
MAX_GROUPS = 12
"""Of more groups not every sum is tried; then the figure that would make them is not shown."""


@dataclass(frozen=True)
class Sides:
    """A figure by the answers it is made of: who counts, and of whom it is true. Of a score the answers are True and False."""

    code: str
    questions: Codes
    base: Codes
    true: Codes
    is_share: bool
    alone: tuple[Codes, ...] = ()
    """Other groups that it may tell: a mean may tell how many gave each answer."""

    @property
    def sums(self) -> tuple[Codes, ...]:
        """The groups of people whose number it tells."""
        return (self.base, self.true, self.base - self.true, *self.alone)


class Sums:
    """What follows from knowing how many people gave one of each set of answers to a question."""

    def __init__(self, counts: Mapping[Any, int], known: Iterable[Codes]) -> None:
        self._sets = list(dict.fromkeys(known))
        held: dict[tuple[bool, ...], list[Any]] = {}
        for code in counts:
            held.setdefault(tuple(code in each for each in self._sets), []).append(code)
        self.groups = [frozenset(codes) for inside, codes in held.items() if any(inside)]
        self._sizes = [sum(counts[code] for code in group) for group in self.groups]
        self._rows: list[list[Fraction]] = []
        for each in self._sets:
            self._learn([Fraction(group <= each) for group in self.groups])

    @property
    def tells_all_groups(self) -> bool:
        return all(self._follows([at]) for at in range(len(self.groups)))

    @property
    def tells_of_few(self) -> bool:
        """Whether the number of 1 to 4 people follows. A sum of nobody tells that each of its parts is nobody."""
        if len(self.groups) > MAX_GROUPS:
            return True
        places = range(len(self.groups))
        some = [each for size in places for each in combinations(places, size + 1)]
        before = -1
        while before != len(self._rows):
            before = len(self._rows)
            for each in some:
                if not self._size(each) and self._follows(each):
                    for at in each:
                        self._learn(self._unit([at]))
        return any(0 < self._size(each) < MIN_CELL and self._follows(each) for each in some)

    def _size(self, places: Sequence[int]) -> int:
        return sum(self._sizes[at] for at in places)

    def _unit(self, places: Sequence[int]) -> list[Fraction]:
        return [Fraction(at in places) for at in range(len(self.groups))]

    def _follows(self, places: Sequence[int]) -> bool:
        return not any(self._reduced(self._unit(places)))

    def _reduced(self, row: list[Fraction]) -> list[Fraction]:
        """What is left of it without what the known sums give (Gauss)."""
        for known in self._rows:
            first = next(at for at, value in enumerate(known) if value)
            if row[first]:
                row = [value - row[first] / known[first] * other for value, other in zip(row, known, strict=True)]
        return row

    def _learn(self, row: list[Fraction]) -> None:
        left = self._reduced(row)
        if any(left):
            self._rows.append(left)


def shown_together(
    figures: Sequence[Sides],
    alone: Collection[str],
    counts: Mapping[str, Mapping[Any, int]],
    together: Mapping[tuple[str, str], Mapping[tuple[Any, Any], int]],
) -> set[str]:
    """The codes of those that may be shown side by side: of the shares of one question all, or else the first alone.

    Were that one shown that can be, this would say which cannot, and so how many are few. Two that overlap and of which
    neither holds the other never stand together; nor do two of which one counts an answer that the other leaves out, for
    what is told of left out answers, rounded, adds up with both bases to more than either tells.

    `alone`: those that may be shown by themselves. `counts`: of a share's code, how many gave each answer to its question.
    `together`: of two figures' codes, how many are where in both; wanted where they share a question and are not shares of
    the same.
    """
    shown: list[Sides] = []
    for family in _families(figures):
        others = [each for each in shown if each.questions & family[0].questions]
        for chosen in (family, family[:1]):
            sums = Sums(counts.get(chosen[0].code, {}), [group for each in chosen for group in each.sums])
            if (
                all(each.code in alone and each.base == chosen[0].base for each in chosen)
                and not any(_overlap(*pair) for pair in combinations(chosen, 2))
                and not (len(chosen) > 1 and sums.tells_of_few)
                and not any(tell_of_few(one, each, together[one.code, each.code]) for one in others for each in chosen)
            ):
                shown += chosen
                break
    return {figure.code for figure in shown}


def _overlap(one: Sides, other: Sides) -> bool:
    rest = (one.base | other.base) - one.true - other.true
    return all((one.true & other.true, one.true - other.true, other.true - one.true, rest))


def _families(figures: Sequence[Sides]) -> list[list[Sides]]:
    found: list[list[Sides]] = []
    for figure in figures:
        family = next((each for each in found if is_same_question(each[0], figure)), None)
        if family is None:
            found.append([figure])
        else:
            family.append(figure)
    return found


def is_same_question(one: Sides, other: Sides) -> bool:
    return one.is_share and other.is_share and one.questions == other.questions


def lines_of(figure: Sides, shown: Collection[Sides], counts: Mapping[Any, int]) -> list[Codes] | None:
    """Its answers in groups of which each is shown whole or not at all; None where none can be shown beside the others.

    Whatever is moved within a group changes no number that is told: so what is hidden in it stays open.
    """
    if any(each.questions & figure.questions and not is_same_question(each, figure) for each in shown):
        return None
    alike = [each for each in shown if is_same_question(each, figure)]
    found = Sums(counts, [group for each in alike for group in each.sums])
    return [group & figure.base for group in found.groups if group & figure.base] if found.tells_all_groups else None


def tell_of_few(one: Sides, other: Sides, people: Mapping[tuple[Any, Any], int]) -> bool:
    """Whether all people of one number are in another that is larger by 1 to 4."""
    for mine in one.sums:
        for theirs in other.sums:
            first = sum(count for (a, _), count in people.items() if a in mine)
            second = sum(count for (_, b), count in people.items() if b in theirs)
            both = sum(count for (a, b), count in people.items() if a in mine and b in theirs)
            if both == min(first, second) and 0 < abs(first - second) < MIN_CELL:
                return True
    return False
