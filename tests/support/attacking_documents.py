"""An attacker who has every document of a wave: groups, areas, who was heard, means and whom people told, in one program.

Each grouping spreads the same people, so its cells add up to the same sums: how many count in the figure on either side, and
how many do not. Crosses of two groupings are not published, and whatever the sums of two are, some cross has both. Where a
wave was published twice, people are apart by whether the later release leaves them out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

from portal.cohesion import disclosure
from portal.cohesion.changes import newcombe
from portal.cohesion.estimates import Z
from portal.cohesion.reporting_gap import FIGURES
from portal.rounded_tables import MIN_CELL
from tests.support.attacking import (
    FEW,
    Contradiction,
    Pair,
    Program,
    Terms,
    added,
    bases_of,
    between,
    fitting,
    slack,
    step_of,
    total,
    unweighted,
)

SIDES = ("true", "false", "out")
Document = Mapping[str, Any]
AREAS, NOBODY = "areas", ""
OPEN_TO = len(FEW)
"""Of how many numbers a count of 1 to 4 must be one, and one that is hidden beside it."""


@dataclass
class Wave:
    """The documents of one wave as they came over the network, oldest first; the later ones leave out whoever has a signal."""

    documents: Sequence[Document]
    indicator: str
    program: Program = field(default_factory=Program)
    cells: dict[str, dict[str, dict[tuple[str, str], Terms]]] = field(default_factory=dict)
    """By grouping and group, on each side and in each part of the people: how many."""

    def __post_init__(self) -> None:
        groupings = {
            each["code"]: [group["code"] for group in each["groups"]]
            for document in self.documents
            for each in document.get("groups", {}).get("by", ())
        }
        groupings |= {
            f"heard {each['code']}": [group["code"] for group in each["groups"]]
            for document in self.documents
            for each in document.get("heard", {}).get("by", ())
            if each["code"] not in groupings
        }
        for document in self.documents:
            if "areas" in document:
                groupings[AREAS] = [group["code"] for group in document["areas"]["groups"]]
        sums: dict[tuple[str, str], Terms] = {
            (side, part): self.program.add(f"{side} {part}") for side in SIDES for part in self.parts
        }
        self.sums = sums
        for grouping, groups in groupings.items():
            mine = self.cells[grouping] = {
                group: {
                    (side, part): self.program.add(f"{grouping} {group} {side} {part}")
                    for side in SIDES
                    for part in self.parts
                }
                for group in (*groups, NOBODY)
            }
            for key, terms in sums.items():
                self.program.hold(added(total(mine[group][key] for group in mine), terms, -1), 0, 0)
        for at, document in enumerate(self.documents):
            self._open(at, document)

    @property
    def parts(self) -> tuple[str, ...]:
        return ("kept", "flagged") if len(self.documents) > 1 else ("kept",)

    def counted(self, at: int) -> tuple[str, ...]:
        """Which parts count in a release."""
        return self.parts[: len(self.parts) - at]

    def people(self, at: int, grouping: str, group: str, *sides: str) -> Terms:
        return total(self.cells[grouping][group][side, part] for side in sides for part in self.counted(at))

    def everyone(self, at: int, *sides: str) -> Terms:
        return total(self.sums[side, part] for side in sides for part in self.counted(at))

    def _open(self, at: int, document: Document) -> None:
        size = self.everyone(at, *SIDES)
        if document["answered"] is None:
            self.program.hold(size, high=disclosure.MIN_BASE + MIN_CELL - 1)
        else:
            self.program.hold(size, document["answered"] - slack(), document["answered"] + slack())
        figure = next(each for each in document["indicators"] if each["code"] == self.indicator)
        if not figure["shown"]:
            return
        weighting = document["recipe"].get("weighting", {})
        self.is_weighted = bool(weighting) and weighting["least"] != weighting["most"]
        self.weights = between(weighting) if self.is_weighted else (1.0, 1.0)
        whole = self._fitting(figure)
        self._hold(whole, self.everyone(at, "true", "false"), self.everyone(at, "true"))
        for grouping, groups in document.get("groups", {}).get("figures", {}).get(self.indicator, {}).items():
            for group, told in groups.items():
                both = self.people(at, grouping, group, "true", "false")
                if told["shown"]:
                    pairs = self._fitting(told) if self.is_weighted else set(_beside(told, whole))
                    self._hold(pairs, both, self.people(at, grouping, group, "true"))
                else:
                    self.program.hold(both, *((100, inf) if told["enough"] else (0, 99)))
        for table in document.get("areas", {}).get("figures", ()):
            for told in table["groups"] if table["indicator"] == self.indicator else ():
                if told["shown"]:
                    both = self.people(at, AREAS, told["code"], "true", "false")
                    self._hold(self._fitting(told), both, self.people(at, AREAS, told["code"], "true"))
        for by in document.get("heard", {}).get("by", ()):
            for told in by["groups"]:
                grouping = by["code"] if by["code"] in self.cells else f"heard {by['code']}"
                everybody = self.people(at, grouping, told["code"], *SIDES)
                number = told["answers"]
                if number is not None:
                    # One that is small or no multiple of 5 has not been rounded.
                    is_exact = number < MIN_CELL or number % 5
                    ends = (number, number) if is_exact else (max(MIN_CELL, number - 4), number + 4)
                    self.program.hold(everybody, *ends)

    def _fitting(self, told: Mapping[str, Any]) -> set[Pair]:
        """Of weighted people a reader knows how many there are, that 1 to 4 of them are on no side, and what weights allow."""
        if not self.is_weighted:
            return fitting(told)
        low, high = bases_of(told)
        least, most = self.weights
        shares = [(told["percent"] + sign * step_of(told["percent"]) / 2) / 100 for sign in (-1, 1)]
        return {
            (base, true)
            for base in range(low, high + 1)
            for true in range(base + 1)
            if true not in FEW
            and base - true not in FEW
            and true * most * (1 - shares[0]) >= (base - true) * least * shares[0] - 1e-9
            and true * least * (1 - shares[1]) <= (base - true) * most * shares[1] + 1e-9
        }

    def _hold(self, pairs: Collection[Pair], base: Terms, true: Terms) -> None:
        if not pairs:
            raise Contradiction
        self.program.hold(base, min(one for one, _ in pairs), max(one for one, _ in pairs))
        self.program.hold(true, min(one for _, one in pairs), max(one for _, one in pairs))
        against = {base - true for base, true in pairs}
        self.program.hold(added(base, true, -1), min(against), max(against))


def _beside(told: Mapping[str, Any], whole: Collection[Pair]) -> Iterator[Pair]:
    """The pairs of a group with which everybody else, the difference and the figure for all are what is told."""
    others = {pair for pair in _others(told["others"]) if disclosure.is_shown(unweighted(*pair))}
    for base, true in fitting(told):
        for other in others:
            if (base + other[0], true + other[1]) not in whole:
                continue
            one, two = (disclosure.as_published(unweighted(*pair)) for pair in ((base, true), other))
            ends = newcombe(one, two)
            least = min(base, other[0])
            if all(
                abs(disclosure.percent(end, least) - told[name]) < 1e-9
                for end, name in zip(ends, ("difference_low", "difference_high"), strict=True)
            ):
                yield base, true
                break


def _others(told: Mapping[str, Any]) -> Iterator[Pair]:
    for base in range(told["base"] - slack(), told["base"] + slack() + 1):
        for true in range(base + 1):
            found = unweighted(base, true)
            shown = disclosure.as_published(found)
            if all(
                abs(disclosure.percent(share, base) - told[name]) < 1e-9
                for share, name in ((found.share, "percent"), (shown.low, "low"), (shown.high, "high"))
            ):
                yield base, true


def closely_told(wave: Wave, truth: Mapping[tuple[str, str], Mapping[tuple[str, str], int]]) -> list[str]:
    """What of the truth, by grouping and group and then by side and part, is told more closely than it may be.

    Of each group and of those in none: of each part of the people, and of all that count in a release. One of 1 to 4 people
    must be open to be each of these; a group that is hidden, one of so many numbers on either side.
    """
    found = []
    for (grouping, group), counts in truth.items():
        for at, document in enumerate(wave.documents):
            for side in ("true", "false"):
                size = sum(counts[side, part] for part in wave.counted(at))
                terms = wave.people(at, grouping, group, side)
                if size in FEW:
                    found += [f"{at} {grouping} {group} {side}"] * (possible(wave.program, terms) != set(FEW))
                elif size and group not in shown_groups(wave, document, grouping):
                    low, high = wave.program.range(terms)
                    found += [f"{at} {grouping} {group} {side}"] * (high - low < OPEN_TO - 1)
            size = sum(counts[side, part] for side in SIDES for part in wave.counted(at))
            terms = wave.people(at, grouping, group, *SIDES)
            found += [f"{at} {grouping} {group}"] * (size in FEW and possible(wave.program, terms) != set(FEW))
        for side in SIDES:
            if "flagged" in wave.parts and counts[side, "flagged"] in FEW:
                terms = wave.cells[grouping][group][side, "flagged"]
                found += [f"flagged {grouping} {group} {side}"] * (possible(wave.program, terms) != set(FEW))
    return found


def shown_groups(wave: Wave, document: Document, grouping: str) -> set[str]:
    if grouping == AREAS:
        tables = document.get("areas", {}).get("figures", ())
        return {
            each["code"]
            for table in tables
            if table["indicator"] == wave.indicator
            for each in table["groups"]
            if each["shown"]
        }
    groups = document.get("groups", {}).get("figures", {}).get(wave.indicator, {}).get(grouping, {})
    return {code for code, told in groups.items() if told["shown"]}


def possible(program: Program, terms: Terms) -> set[int]:
    return {number for number in FEW if program.may_be(terms, number, number)}


def left_out_of_a_mean(document: Document, code: str, options: Mapping[str, int]) -> set[int]:
    """How many of 1 to 4 people can be in no mean, of all that answered; `options`: the points of each answer."""
    figure = next(each for each in document["means"] if each["code"] == code)
    program = Program()
    people = {option: program.add(option) for option in options}
    out = program.add("out")
    base = total(people.values())
    program.hold(base, max(disclosure.MIN_BASE, figure["base"] - slack()), figure["base"] + slack())
    everyone = added(base, out, 1)
    program.hold(everyone, document["answered"] - slack(), document["answered"] + slack())
    for terms in people.values():
        program.is_none_or(MIN_CELL, terms)
    step = _step(figure["mean"])
    points = added(*((people[option], number) for option, number in options.items()))
    for end, sign in ((figure["mean"] - step / 2, 1), (figure["mean"] + step / 2, -1)):
        program.hold(added(points, base, -end), **({"low": -1e-6} if sign > 0 else {"high": 1e-6}))
    _hold_spread(program, figure, people, options)
    return possible(program, out)


def _hold_spread(
    program: Program, figure: Mapping[str, Any], people: Mapping[str, Terms], options: Mapping[str, int]
) -> None:
    """The width of the interval tells how far the answers lie apart: from the standard error back to the sum of squares."""
    if figure["high"] >= figure["most"] or figure["low"] <= figure["least"]:
        return
    value, step = figure["mean"], _step(figure["high"])
    errors = [(figure["high"] - value + sign * step) / Z for sign in (-1, 1)]
    bases = [figure["base"] - slack(), figure["base"] + slack()]
    apart = added(*((people[option], (number - value) ** 2) for option, number in options.items()))
    # error² · rounded base / base = base / (base - 1) · squares / base²
    ends = [error * error * figure["base"] / base * base * (base - 1) for error in errors for base in bases]
    program.hold(apart, min(ends) - bases[1] * step * step / 4, max(ends) + bases[1] * step * step / 4)


def _step(number: float) -> float:
    return 0.1 if abs(number * 10 - round(number * 10)) < 1e-9 else 0.0001


def told_of_hate(gap: Mapping[str, Any]) -> dict[str, set[int]]:
    """By everyone whom somebody told, and by the rest, how many people that can be: every whole number is tried."""
    shown = {each["who"]: fitting({**each, "shown": True}) for each in gap["told"]}
    found: dict[str, set[int]] = {}
    for base in set.intersection(*({base for base, _ in pairs} for pairs in shown.values())):
        sides = {who: {true for one, true in pairs if one == base} for who, pairs in shown.items()}
        sums = {0}
        for numbers in sides.values():
            sums = {one + number for one in sums for number in numbers}
        for who, numbers in sides.items():
            found.setdefault(who, set()).update(numbers)
        if len(sides) == len(FIGURES):
            found.setdefault("rest", set()).update(base - one for one in sums if one <= base)
    return found


def reasons_of(gap: Mapping[str, Any], reason: str) -> set[int]:
    """How many of those who told nobody can have ticked one reason, as far as its share and their number tell it."""
    nobody = told_of_hate(gap)["nobody"]
    percent = next(each["percent"] for each in gap["reasons"] if each["code"] == reason)
    return {
        number
        for base in nobody
        if base
        for number in range(base + 1)
        if abs(disclosure.percent(number / base, base) - percent) < 1e-9
    }
