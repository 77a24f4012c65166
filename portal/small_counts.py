"""Which counts of reports are shown: none below ten, and none that would give such a one away by subtraction.

A count of 0 to 9 is small: it could be about someone whom a reader knows, or tell that one of few was reported. What is
shown is exact, so that it agrees with other books. The rules, and why they hold, stand in docs/figures.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

LEAST = 10
"""The "10 threshold rule" of the ONS Longitudinal Study and the Secure Research Service; smaller counts are not shown."""
MOST_HIDDEN = LEAST - 1
MIN_WIDTH = 2
"""From what is shown, no small count can be told more closely than to one of three neighbouring numbers."""
ROUNDED_TO = 5
MONTH, QUARTER, YEAR = 1, 3, 12
_PARTS = {QUARTER: MONTH, YEAR: QUARTER}


def rounded(count: int) -> int:
    """To the nearest 5."""
    return (count + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO


def is_small(count: int) -> bool:
    return count < LEAST


def is_vague(hidden: Sequence[int], *, has_rest: bool = False) -> bool:
    """Whether the sum of these hidden counts may be known.

    Together they must be at least ten, and leave each small one open: one of several numbers would give the same sum. With
    `has_rest` the sum holds also what nobody counts, which can be any number.
    """
    total, large = sum(hidden), [count for count in hidden if not is_small(count)]
    if total == 0 or len(large) == len(hidden):
        return True
    small = len(hidden) - len(large)
    if total < LEAST:
        return False
    if has_rest:
        return True
    if large:
        return min(MOST_HIDDEN, total - LEAST * len(large)) >= MIN_WIDTH and sum(count > 0 for count in hidden) > 1
    return MOST_HIDDEN - max(0, total - MOST_HIDDEN * (small - 1)) >= MIN_WIDTH


def hidden_in_line(counts: Mapping[str, int], hidden: Collection[str], rest: int | None = None) -> set[str]:
    """Which of the counts are hidden beside their known sum: those that must be, and as many more as keep these unknown.

    The more are taken in the order of the counts: to take the smallest would tell that the others are not smaller. Where
    nothing helps, all are hidden. `rest` is how much the known sum holds besides, where it holds more than the counts.
    """
    gone = {answer for answer, count in counts.items() if is_small(count) or answer in hidden}
    if not gone:
        return gone
    beside = [] if rest is None else [rest]
    for more in ["", *(answer for answer in counts if answer not in gone)]:
        gone |= {more} & counts.keys()
        if is_vague([*(counts[answer] for answer in counts if answer in gone), *beside], has_rest=rest is not None):
            return gone
    return set(counts)


@dataclass(frozen=True, order=True)
class Period:
    """A month, a quarter or a year of the calendar, by its first day."""

    first: date
    months: int

    @property
    def next(self) -> date:
        return month_after(self.first, self.months)

    @property
    def parts(self) -> tuple[Period, ...]:
        """The quarters of a year, the months of a quarter; none of a month."""
        size = _PARTS.get(self.months)
        if size is None:
            return ()
        return tuple(Period(month_after(self.first, n), size) for n in range(0, self.months, size))


def month_after(month: date, number: int = 1) -> date:
    """The first day of the month so many later; earlier, where the number is below 0."""
    years, index = divmod(month.year * 12 + month.month - 1 + number, 12)
    return date(years, index + 1, 1)


def months_from(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first = month_after(first)


@dataclass(frozen=True)
class Shown:
    """What is told of a count: its number, or that it is `number` or more, for some of it is not shown."""

    number: int
    is_all: bool

    @property
    def is_known(self) -> bool:
        """Whether anything is told."""
        return self.is_all or self.number > 0


class ShownCounts:
    """What may be shown of one question's counts, month by month, quarter by quarter and year by year.

    A month is decided once it is over, and never anew: nobody learns more by having looked before. A longer period is the sum
    of what its months show. Of a longer period itself is shown only what none of its months showed. So no two numbers that
    are shown differ by a small one that is not.

    `counts` are by month and answer, `answers` in the order in which they are published, `last` the last month that is
    over. Where the answers of a month add up to one count of another table, that is the `whole`; with `has_rest` they add
    up to less, because some gave no answer. Where each of its answers has a count in another table of which this one's is a
    part, beside parts in tables decided before, that table and those are the `bound`: what it leaves for a part that is
    hidden must be no small number either.
    """

    def __init__(
        self,
        counts: Mapping[date, Mapping[str, int]],
        answers: Sequence[str],
        last: date,
        whole: tuple[ShownCounts, str] | None = None,
        *,
        has_rest: bool = False,
        bound: tuple[ShownCounts, Collection[ShownCounts]] | None = None,
    ) -> None:
        self.answers = tuple(answers)
        self._counts = counts
        self._whole = whole
        self._has_rest = has_rest
        self._bound = bound
        self._shown: dict[Period, frozenset[str]] = {}
        first = min((month for month, found in counts.items() if month <= last and any(found.values())), default=None)
        if first is None:
            return
        for months in (MONTH, QUARTER, YEAR):
            # A quarter in which the portal was opened is a whole one: nothing was told before.
            start = date(first.year, (first.month - 1) // months * months + 1, 1)
            while month_after(start, months - 1) <= last:
                period = Period(start, months)
                self._shown[period] = frozenset(self._decide(period))
                start = period.next

    def shows(self, period: Period, answer: str) -> bool:
        """Whether the period itself is shown, and not as the sum of its parts."""
        return answer in self._shown.get(period, ())

    def over(self, first: date, last: date, answer: str) -> Shown:
        """From the first month to the last, made of the periods that are shown."""
        number, is_all, month = 0, True, first
        while month <= last:
            found = next((each for each in _periods(month, last) if self.shows(each, answer)), None)
            number += self.count(found, answer) if found else 0
            is_all = is_all and found is not None
            month = found.next if found else month_after(month)
        return Shown(number, is_all)

    def count(self, period: Period, answer: str) -> int:
        """The exact count, shown or not."""
        months = months_from(period.first, month_after(period.first, period.months - 1))
        return sum(self._counts.get(month, {}).get(answer, 0) for month in months)

    def _decide(self, period: Period) -> set[str]:
        """Of the period itself: a count that its parts show is not shown again."""
        last = month_after(period.first, period.months - 1)
        before = {answer: self._in_parts(period, answer) for answer in self.answers}
        left = {
            answer: self.count(period, answer) - before[answer].number
            for answer in self.answers
            if not before[answer].is_all
        }
        hidden = {answer for answer in left if not self._is_new(period, answer)}
        rest = None
        if self._whole is not None:
            table, answer = self._whole
            if not table.over(period.first, last, answer).is_all or any(self._is_tight(period, each) for each in left):
                return set()
            if self._has_rest:
                rest = table.count(period, answer) - sum(self.count(period, each) for each in self.answers)
            return left.keys() - hidden_in_line(left, hidden, rest)
        return {answer for answer, count in left.items() if not is_small(count)} - hidden

    def _is_tight(self, period: Period, answer: str) -> bool:
        """Whether the bound leaves fewer than ten beside this count and those that were shown before it."""
        if self._bound is None or is_small(self.count(period, answer)):
            return False
        table, before = self._bound
        last = month_after(period.first, period.months - 1)
        shown = [self, *(each for each in before if each.over(period.first, last, answer).is_all)]
        if not table.over(period.first, last, answer).is_all:
            return False
        return is_small(table.count(period, answer) - sum(each.count(period, answer) for each in shown))

    def _in_parts(self, period: Period, answer: str) -> Shown:
        if period.months == MONTH:
            return Shown(0, is_all=False)
        shown = [
            self.count(part, answer) if self.shows(part, answer) else self._in_parts(part, answer)
            for part in period.parts
        ]
        numbers = [each.number if isinstance(each, Shown) else each for each in shown]
        return Shown(sum(numbers), all(not isinstance(each, Shown) or each.is_all for each in shown))

    def _is_new(self, period: Period, answer: str) -> bool:
        """Whether no part of it is shown, and its sum leaves open what each of its parts is."""
        return all(
            not any(self.shows(part, answer) for part in parts)
            and is_vague([self.count(part, answer) for part in parts])
            and sum(self.count(part, answer) > 0 for part in parts) > 1
            for parts in _all_parts(period)
        )


def _all_parts(period: Period) -> Iterator[tuple[Period, ...]]:
    """The quarters of a year and then its months; the months of a quarter."""
    parts = period.parts
    while parts:
        yield parts
        parts = tuple(inner for part in parts for inner in part.parts)


def _periods(month: date, last: date) -> Iterator[Period]:
    """Those that begin with the month and are over with the last, longest first."""
    for months in (YEAR, QUARTER, MONTH):
        if (month.month - 1) % months == 0 and month_after(month, months - 1) <= last:
            yield Period(month, months)
