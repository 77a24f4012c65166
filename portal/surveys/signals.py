"""Signals that a response may not be one person's own answers. They advise and delete nothing; an analyst decides.

None tells who answered: they come from the answers themselves, from how fast these were sent, as yes or no, and from a box
that nobody sees.
"""

from __future__ import annotations

import enum
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import compress, pairwise
from operator import not_
from typing import Any

from portal.surveys.columns import FACTS, FLAGGED, SIGNALS, Value
from portal.surveys.definition import Instrument


class Signal(enum.StrEnum):
    MANY = "many"
    """It came with many others from one visitor in one hour."""
    STRAIGHT = "straight"
    """The same answer to every statement on a page, of MIN_STATEMENTS at least."""
    EMPTY = "empty"
    """Nothing was ticked: words only."""
    FAST = "fast"
    """Sent sooner than anybody can read so many questions."""
    TRAP = "trap"
    """A box was filled in that people neither see nor reach."""
    SAME = "same"
    """The same ticks as another response of the wave, of MIN_SAME at least; derived and not stored."""


# What is stored with a response; the others stand in its own column, or are derived.
STORED = (Signal.STRAIGHT, Signal.EMPTY, Signal.FAST, Signal.TRAP)
# What only a page on a line can have: nobody times a sheet of paper or a tablet without one, and neither has the hidden box.
OF_A_SCREEN = (Signal.FAST, Signal.TRAP)
NOT_WATCHED = frozenset({"paper", "offline"})
"""The modes in which these are not asked."""
MIN_STATEMENTS = 5
MIN_SAME = 8
SECONDS_A_QUESTION = 1.0
"""Of those that were answered. Short questions take a practised reader two seconds and more."""


def signals_of(
    instrument: Instrument, ticked: Mapping[str, Any], seconds: float | None, *, is_trapped: bool
) -> list[str]:
    """What is stored with a response. `seconds`: how long answering took, None where it is not known."""
    found = {
        Signal.STRAIGHT: _is_straight(instrument, ticked),
        Signal.EMPTY: not ticked,
        Signal.FAST: seconds is not None and seconds < SECONDS_A_QUESTION * len(ticked),
        Signal.TRAP: is_trapped,
    }
    return [signal.value for signal in STORED if found[signal]]


def _is_straight(instrument: Instrument, ticked: Mapping[str, Any]) -> bool:
    for page in instrument.questionnaire.pages:
        given: dict[str, list[Any]] = defaultdict(list)
        for question in page.questions:
            if question.type == "scale" and question.code in ticked:
                given[question.scale].append(ticked[question.code])
        if any(len(answers) >= MIN_STATEMENTS and len(set(answers)) == 1 for answers in given.values()):
            return True
    return False


def rows_with(values: Mapping[str, Sequence[Value]], size: int) -> dict[Signal, list[bool]]:
    """For each signal, which responses have it; of a wave that was closed before there were signals, none."""
    stored = values.get(SIGNALS) or [None] * size
    some = set(stored)
    found = {
        signal: list(map({each: isinstance(each, tuple) and signal.value in each for each in some}.__getitem__, stored))
        for signal in STORED
    }
    found[Signal.MANY] = [value == "yes" for value in values.get(FLAGGED) or [None] * size]
    found[Signal.SAME] = _same(values, size)
    return {signal: found[signal] for signal in Signal}


def _same(values: Mapping[str, Sequence[Value]], size: int) -> list[bool]:
    """Of a large wave no row is built but of those that may be alike: all of them together take more room than the file."""
    columns = [column for code, column in values.items() if code not in FACTS]
    if not columns:
        return [False] * size
    hashes = array("q", map(hash, zip(*columns, strict=True)))
    twice = {one for one, other in pairwise(sorted(hashes)) if one == other}
    may_be = list(map(twice.__contains__, hashes))
    times = Counter(compress(zip(*columns, strict=True), may_be))
    same = {
        row: number > 1 and sum(value not in (None, ()) for value in row) >= MIN_SAME for row, number in times.items()
    }
    found = map(same.__getitem__, compress(zip(*columns, strict=True), may_be))
    return [is_candidate and next(found) for is_candidate in may_be]


def kept_rows(values: Mapping[str, Sequence[Value]], size: int, leave_out: Collection[str]) -> list[int]:
    """The responses that have none of these signals."""
    gone = [rows for signal, rows in rows_with(values, size).items() if signal.value in leave_out]
    return list(compress(range(size), map(not_, map(any, zip(*gone, strict=True))))) if gone else list(range(size))


def known(leave_out: Collection[str]) -> list[str]:
    """Of what was asked for the signals that there are, in their order, each once."""
    return [signal.value for signal in Signal if signal.value in leave_out]
