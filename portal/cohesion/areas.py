"""What a wave's answers say of each group of parishes, and which of it may stand beside the figures for everyone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from portal.cohesion.calibration import Cell
from portal.cohesion.disclosure import MIN_DIFFERENCE, RELIABLE_BASE, told_by_parts
from portal.cohesion.estimates import Estimate, counted, estimate_of
from portal.rounded_tables import MIN_CELL
from portal.surveys.columns import Value
from portal.surveys.definition import Instrument

FOR_EACH_HIDDEN = 8
"""So many people on each side for every hidden group, and whatever number from 1 to 4 one is, the others make up for it.

Found by making every table of up to four groups: with 5 or 6, whoever knows the rules tells some of them more closely.
"""

Side = tuple[int, int]
"""How many people are in a base, and of how many of them the figure is true."""


class Why(StrEnum):
    """Why nothing is shown of a group of parishes."""

    FEW = "few"
    """Fewer than 100 answers."""
    SIDE = "side"
    """1 to 4 people are on one side."""
    BESIDE = "beside"
    """With it, another group's could be worked out from the figure for everyone."""
    EARLIER = "earlier"
    """Held against an earlier release of the wave it would tell of few."""


@dataclass(frozen=True)
class AreaTable:
    """One indicator by group of parishes. `rest`: people who named no place."""

    found: Mapping[str, Estimate | None]
    rest: Side
    by_kind: Mapping[tuple[str, Cell], Side]
    """The same people by group and by what kind of person they are."""

    @property
    def sides(self) -> dict[str, Side]:
        return {code: (each.base, each.positive) if each else (0, 0) for code, each in self.found.items()}


@dataclass(frozen=True)
class Areas:
    """`groups`: their names by their codes; `moved`: places that the wave's versions put in different groups.

    Where a place moved there are no tables: nobody knows which group somebody meant.
    """

    groups: Mapping[str, str]
    moved: tuple[str, ...]
    tables: Mapping[str, AreaTable]

    def in_order(self, codes: Iterable[str]) -> Areas:
        """With the groups in the order of these; those that are not among them come last."""
        order = [code for code in dict.fromkeys([*codes, *self.groups]) if code in self.groups]
        tables = {
            code: AreaTable({group: each.found[group] for group in order}, each.rest, each.by_kind)
            for code, each in self.tables.items()
        }
        return Areas({code: self.groups[code] for code in order}, self.moved, tables)


def measure_areas(
    instruments: Sequence[Instrument],
    values: Mapping[str, Sequence[Value]],
    weights: Sequence[float],
    outcomes: Mapping[str, Sequence[bool | None]],
    kinds: Sequence[Cell],
    *,
    is_capped: bool,
) -> Areas | None:
    """By the groups that the versions froze, newest first; None where no question asks for the place.

    `outcomes`: of each indicator's code whether it is true of each person. The weights are those of the whole wave: they make
    everyone together look like the population, and no group by itself. `kinds`: of each person by what the model tells people apart.
    """
    asked = [q.code for i in instruments for q in i.questionnaire.questions.values() if q.type == "place"]
    question = next((code for code in asked if code in values), None)
    if question is None:
        return None
    groups = {place.group: place.group_name for i in reversed(instruments) for place in i.places}
    order = dict.fromkeys(place.group for i in instruments for place in i.places)
    lies_in: dict[Value, str] = {}
    moved = {}
    for instrument in instruments:
        for place in instrument.places:
            if lies_in.setdefault(place.code, place.group) != place.group:
                moved[place.code] = place.name
    tables = {}
    if not moved:
        places = list(map(lies_in.get, values[question]))
        tables = {code: _table(order, places, weights, found, kinds, is_capped) for code, found in outcomes.items()}
    return Areas({code: groups[code] for code in order}, tuple(moved.values()), tables)


def _table(
    order: Mapping[str, None],
    places: Sequence[str | None],
    weights: Sequence[float],
    outcomes: Sequence[bool | None],
    kinds: Sequence[Cell],
    is_capped: bool,
) -> AreaTable:
    members: dict[str | None, dict[tuple[float, bool | None], int]] = {code: {} for code in (*order, None)}
    for (place, weight, outcome), count in Counter(zip(places, weights, outcomes, strict=True)).items():
        members[place][weight, outcome] = count
    rest = counted(members[None])
    together = Counter(zip(places, kinds, outcomes, strict=True))
    by_kind = {
        (place, kind): (together[place, kind, True] + together[place, kind, False], together[place, kind, True])
        for place, kind, outcome in together
        if place is not None and outcome is not None
    }
    found = {code: estimate_of(counted(members[code]), is_capped) for code in order}
    of_rest = sum(rest.values()), sum(count for (_, is_true), count in rest.items() if is_true)
    return AreaTable(found, of_rest, by_kind)


def hidden_areas(counts: Mapping[str, Side], rest: Side) -> dict[str, Why]:
    """Of which groups nothing is shown beside the figure for everyone, and why.

    What all that are hidden and the rest come to follows from what is shown, so that must be many people on each side: then
    each hidden side of 1 to 4 people could be any of these numbers. More are hidden in the order of the counts: to take the
    smallest would tell that the others are not smaller. Where nothing helps, all are.
    """
    gone = {code: why for code, side in counts.items() if (why := _alone(side))}
    for more in ["", *(code for code in counts if code not in gone)]:
        if more:
            gone[more] = Why.BESIDE
        if is_open([counts[code] for code in gone], rest):
            return {code: gone[code] for code in counts if code in gone}
    return {code: gone.get(code, Why.BESIDE) for code in counts}


def _sides(side: Side) -> tuple[int, int]:
    base, positive = side
    return positive, base - positive


def _alone(side: Side) -> Why | None:
    if side[0] < RELIABLE_BASE:
        return Why.FEW
    return Why.SIDE if any(0 < people < MIN_CELL for people in _sides(side)) else None


def is_open(hidden: Sequence[Side], rest: Side) -> bool:
    if not hidden:
        # Then the rest follows: whoever named no place.
        return not any(0 < people < MIN_CELL for people in _sides(rest))
    together = map(sum, zip(*map(_sides, [*hidden, rest]), strict=True))
    return len(hidden) > 1 and all(people >= FOR_EACH_HIDDEN * len(hidden) for people in together)


Exact = Mapping[str, Any]
"""Of one indicator, as a release keeps it: {"groups": {code: [base, positive, why]}, "rest": [base, positive]}."""


def exact_table(table: AreaTable, hidden: Mapping[str, Why]) -> dict[str, Any]:
    groups = {code: [*side, hidden[code].value if code in hidden else ""] for code, side in table.sides.items()}
    return {"groups": groups, "rest": list(table.rest)}


def tells_beside(now: Exact, then: Exact) -> bool:
    """Whether one release's table, held against another's of the same indicator and wave, tells of fewer than 10 people."""
    groups, before = now["groups"], then["groups"]
    if not (shows_any(now) and shows_any(then)):
        # Of a table that is hidden whole nobody learns anything.
        return False
    hidden_in_both: list[tuple[Side, Side]] = [(tuple(now["rest"]), tuple(then["rest"]))]
    for code in groups.keys() | before:
        base, positive, why = groups.get(code, [0, 0, Why.FEW])
        old_base, old_positive, old_why = before.get(code, [0, 0, Why.FEW])
        differences = list(_differences((base, positive), (old_base, old_positive)))
        if why and old_why:
            hidden_in_both.append(((base, positive), (old_base, old_positive)))
        elif bool(why) != bool(old_why):
            # Hidden in one and shown in the other: it must be other people.
            if any(difference < MIN_DIFFERENCE for difference in differences):
                return True
        elif any(0 < difference < MIN_DIFFERENCE for difference in differences):
            return True
    mine, theirs = (tuple(map(sum, zip(*each, strict=True))) for each in zip(*hidden_in_both, strict=True))
    return any(
        0 < difference < MIN_DIFFERENCE for difference in _differences((mine[0], mine[1]), (theirs[0], theirs[1]))
    )


def _differences(one: Side, other: Side) -> Iterator[int]:
    return (abs(mine - theirs) for mine, theirs in zip(_sides(one), _sides(other), strict=True))


def shows_any(table: Exact) -> bool:
    return any(not why for *_, why in table["groups"].values())


def told_by(table: Exact) -> dict[tuple[Any, ...], int]:
    """Of how many people it tells; see `disclosure.told_by_four`."""
    sides = {code: (positive, base - positive) for code, (base, positive, _) in table["groups"].items()}
    base, positive = table["rest"]
    shown = [code for code, (*_, why) in table["groups"].items() if not why]
    return told_by_parts(sides | {"": (positive, base - positive)}, shown)
