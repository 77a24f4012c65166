"""A file of anybody's answers, and what is known of the population, read for `portal estimate`; what is wrong is one sentence."""

from __future__ import annotations

import csv
import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import isclose, isfinite
from pathlib import Path
from typing import Any, NoReturn

from portal.cohesion.calibration import Cell

NO, YES, BLANK = 0, 1, 2
# Whoever left blank what the file is divided by.
NOWHERE = -1
# Totals of two margins are the same if they differ by no more than what is lost in writing shares down.
SAME_TOTAL = 1e-6
# Rows read at once: few enough that they stay in the processor's cache, which more than halves the time.
CHUNK = 250

Margins = Mapping[str, Mapping[str, float]]


class DataError(Exception):
    """What cannot be read or met; its text is the sentence for whoever ran the command."""


@dataclass(frozen=True)
class Asked:
    """Which columns of the file are what."""

    questions: Sequence[str]
    margins: Margins
    by: str | None = None
    base_weight: str | None = None


@dataclass(frozen=True)
class DataFile:
    """Of each row in the file's order: the place of its pair in `pairs`, its answers, and its weight where there is one.

    A pair is a cell (the row's category in every margin, in the order of the margins) and a place in `groups` or NOWHERE.
    """

    pairs: list[tuple[Cell, int]]
    pair_of: list[int]
    groups: list[str]
    answers: dict[str, bytes]
    """Of each question NO, YES or BLANK."""
    base: array[float] | None

    @property
    def size(self) -> int:
        return len(self.pair_of)


def read_margins(path: Path) -> dict[str, dict[str, float]]:
    """Of each margin the share of the population in each category, summing to 1. Raises DataError."""
    try:
        # As float, a whole number of any length is read, and one too long to count is refused below with its place.
        found = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_object, parse_int=float)
    except OSError:
        raise DataError(f"{path} cannot be read: put the file there or mend its permissions.") from None
    except RecursionError:
        raise DataError(f"{path} is not JSON in UTF-8 that can be read: it is nested too deeply.") from None
    except ValueError as problem:
        raise DataError(f"{path} is not JSON in UTF-8: {problem}.") from None
    if not isinstance(found, dict) or not all(isinstance(each, dict) and each for each in found.values()):
        raise DataError(f'{path} must be an object of objects, like {{"sex": {{"Female": 115236, "Male": 109595}}}}.')
    for name, counts in found.items():
        for category, count in counts.items():
            if not isinstance(count, float) or not isfinite(count) or count < 0:
                raise DataError(f"{path}: {quoted(category)} of {quoted(name)} must be a count or a share, 0 or more.")
    totals = {name: sum(map(float, counts.values())) for name, counts in found.items()}
    for name, total in totals.items():
        if not total or not isfinite(total):
            raise DataError(f"{path}: the categories of {quoted(name)} must add up to more than 0.")
    # Shares go with counts, but counts of two populations do not go together.
    counted = {name: total for name, total in totals.items() if not isclose(total, 1, rel_tol=SAME_TOTAL)}
    for name, total in counted.items():
        first, expected = next(iter(counted.items()))
        if not isclose(total, expected, rel_tol=SAME_TOTAL):
            raise DataError(
                f"{path}: the totals disagree: {quoted(first)} adds up to {expected:.10g} and {quoted(name)} to {total:.10g}; "
                "give counts of the same people, or shares that add up to 1."
            )
    return {name: {c: count / totals[name] for c, count in counts.items()} for name, counts in found.items()}


def quoted(text: str) -> str:
    """As it stands in a sentence: on one line, and not longer than it helps."""
    return json.dumps(text if len(text) <= 40 else f"{text[:39]}…", ensure_ascii=False)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    twice = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
    if twice:
        raise ValueError(f"{quoted(twice[0])} stands there twice")
    return dict(pairs)


def read_data(path: Path, asked: Asked) -> DataFile:
    """The columns that are asked for; raises DataError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            return _Reading(path, header, asked).read(reader)
    except OSError:
        raise DataError(f"{path} cannot be read: put the file there or mend its permissions.") from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is not in UTF-8: save it as CSV UTF-8.") from None
    except csv.Error as problem:
        raise DataError(f"{path} is not a CSV file: {problem}.") from None


class _Unknown(Exception):
    """Rows hold what nobody can make sense of; `why` says what, of the first value that is so."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class _Places(dict[tuple[str, ...], int]):
    """The place of what a row says of the margins and of its group, found once for all rows that say the same."""

    def __init__(self, margins: Margins, is_grouped: bool) -> None:
        self.margins, self.is_grouped = margins, is_grouped
        self.pairs: dict[tuple[Cell, int], int] = {}
        self.groups: dict[str, int] = {}

    def __missing__(self, said: tuple[str, ...]) -> int:
        cell = []
        for (name, categories), value in zip(self.margins.items(), map(str.strip, said), strict=False):
            if value not in categories:
                found = quoted(value) if value else "blank"
                raise _Unknown(f"{quoted(name)} is {found}, which is no category of the margins")
            cell.append(list(categories).index(value))
        group = said[-1].strip() if self.is_grouped else ""
        pair = (tuple(cell), self.groups.setdefault(group, len(self.groups)) if group else NOWHERE)
        self[said] = self.pairs.setdefault(pair, len(self.pairs))
        return self[said]


class _States(dict[str, int]):
    """What an answer means."""

    def __missing__(self, said: str) -> int:
        state = {"0": NO, "1": YES, "": BLANK, "0.0": NO, "1.0": YES}.get(said.strip())
        if state is None:
            raise _Unknown(f"is {quoted(said)}: write 0 or 1, or leave it blank")
        self[said] = state
        return state


class _Reading:
    """One reading of one file, some rows at a time: the text of a million rows is never held at once."""

    def __init__(self, path: Path, header: Sequence[str], asked: Asked) -> None:
        self.path, self.asked, self.width = path, asked, len(header)
        names = [name.strip() for name in header]
        grouped = [*asked.margins, *([asked.by] if asked.by else [])]
        for name in [*grouped, *asked.questions, *([asked.base_weight] if asked.base_weight else [])]:
            if names.count(name) != 1:
                there = "twice or more" if name in names else "not"
                raise DataError(
                    f"{path}: the column {quoted(name)} is {there} in the first row; name each column once."
                )
        self.grouped = [names.index(name) for name in grouped]
        self.questions = {name: names.index(name) for name in asked.questions}
        self.base_at = names.index(asked.base_weight) if asked.base_weight else None
        self.places = _Places(asked.margins, bool(asked.by))
        self.states = _States()
        self.pair_of: list[int] = []
        self.answers = {name: bytearray() for name in asked.questions}
        self.base: array[float] | None = array("d") if asked.base_weight else None

    def read(self, reader: Iterator[list[str]]) -> DataFile:
        first = 2
        while rows := list(islice(reader, CHUNK)):
            # A blank line says nothing, and its number counts.
            filled = rows if all(rows) else [row for row in rows if row]
            columns = self._columns(filled, rows, first)
            if columns:
                self._take(columns, rows, first)
            first += len(rows)
        if not self.pair_of:
            raise DataError(f"{self.path} has no rows beneath its first.")
        if self.base is not None and not isfinite(sum(self.base)):
            raise DataError(
                f"{self.path}: the weights in {quoted(self.asked.base_weight or '')} add up to more than can be counted."
            )
        groups = sorted(self.places.groups)
        place = {number: groups.index(name) for name, number in self.places.groups.items()} | {NOWHERE: NOWHERE}
        return DataFile(
            [(cell, place[group]) for cell, group in self.places.pairs],
            self.pair_of,
            groups,
            {name: bytes(each) for name, each in self.answers.items()},
            self.base,
        )

    def _columns(self, filled: list[list[str]], rows: list[list[str]], first: int) -> list[tuple[str, ...]]:
        try:
            columns = list(zip(*filled, strict=True))
        except ValueError:
            columns = []
        if filled and len(columns) != self.width:
            at, row = next((at, row) for at, row in enumerate(rows) if row and len(row) != self.width)
            raise DataError(
                f"{self.path}: row {first + at} has {len(row)} columns where the first row has {self.width}."
            )
        return columns

    def _take(self, columns: list[tuple[str, ...]], rows: list[list[str]], first: int) -> None:
        grouped = [columns[at] for at in self.grouped]
        said: Iterable[tuple[str, ...]] = zip(*grouped, strict=True) if grouped else ((),) * len(columns[0])
        try:
            self.pair_of.extend(map(self.places.__getitem__, said))
        except _Unknown as problem:
            self._stop(rows, first, problem.why, self._is_placed)
        for name, at in self.questions.items():
            try:
                self.answers[name].extend(map(self.states.__getitem__, columns[at]))
            except _Unknown as problem:
                self._stop(rows, first, f"{quoted(name)} {problem.why}", lambda row, at=at: self._is_answer(row[at]))
        if self.base is not None and self.base_at is not None:
            base_at = self.base_at
            if not all(map(_is_weight, columns[base_at])):
                why = f"the weight in {quoted(self.asked.base_weight or '')} must be a number above 0"
                self._stop(rows, first, why, lambda row: _is_weight(row[base_at]))
            self.base.extend(map(float, columns[base_at]))

    def _is_placed(self, row: list[str]) -> bool:
        try:
            self.places[tuple(row[at] for at in self.grouped)]
        except _Unknown:
            return False
        return True

    def _is_answer(self, said: str) -> bool:
        try:
            self.states[said]
        except _Unknown:
            return False
        return True

    def _stop(self, rows: list[list[str]], first: int, why: str, is_fine: Any) -> NoReturn:
        at = next(at for at, row in enumerate(rows) if row and not is_fine(row))
        raise DataError(f"{self.path}: row {first + at}: {why}.")


def _is_weight(said: str) -> bool:
    try:
        weight = float(said)
    except ValueError:
        return False
    return 0 < weight < float("inf")
