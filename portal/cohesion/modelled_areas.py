"""What the model says of each group of parishes, for staff: of which it may, and counted up over whose people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import repeat
from typing import Any

from portal.cohesion.areas import Areas, Side, Why, is_open
from portal.cohesion.calibration import Cell
from portal.cohesion.disclosure import MIN_BASE, percent
from portal.cohesion.modelled import Answers, Modelled, model
from portal.cohesion.weighting import Margin
from portal.rounded_tables import MIN_CELL
from portal.small_counts import rounded

# A model of one area, or of two, has nothing to learn from how areas differ.
FEWEST_AREAS = 3


def kinds_of(margins: Sequence[Margin], who: Mapping[str, Sequence[str | None]], size: int) -> list[Cell]:
    """Of each person the category in each question of the first margin; the last one is of those whom it does not count."""
    columns = []
    for name, categories in _categories(margins).items():
        places: dict[str | None, int] = {code: at for at, codes in enumerate(categories) for code in codes}
        columns.append(list(map(places.get, who.get(name) or [None] * size, repeat(len(categories)))))
    return list(zip(*columns, strict=True)) if columns else [()] * size


def _categories(margins: Sequence[Margin]) -> dict[str, list[tuple[str, ...]]]:
    """Of each question of the first margin its categories, as the margin puts answers together."""
    return {
        name: list(dict.fromkeys(tuple(cell["of"][at]) for cell in margin["cells"]))
        for margin in margins[:1]
        for at, name in enumerate(margin["by"])
    }


def modelled_figures(areas: Areas | None, kept: Mapping[str, Any], recipe: Mapping[str, Any]) -> dict[str, Any]:
    """As a release keeps them. `kept`: what `area_figures` counted, with why a group is hidden; `recipe`: the wave's.

    Empty where nothing may be shown of any group.
    """
    margins, counts = recipe.get("margins", []), recipe.get("areas", {})
    categories = [len(each) + 1 for each in _categories(margins).values()]
    figures = {}
    for code, exact in kept.get("figures", {}).items():
        assert areas is not None, "figures by area are counted from areas"
        table = areas.tables[code]
        whys = {group: why for group, (*_, why) in exact["groups"].items() if why}
        population = {group: _population(margins, counts, group) for group in table.found}
        if found := modelled_table(
            table.by_kind, table.sides, table.rest, whys, categories, population, is_counted=bool(counts)
        ):
            figures[code] = found
    return {"figures": figures, "is_counted": bool(counts)} if figures else {}


def modelled_table(
    by_kind: Mapping[tuple[str, Cell], Side],
    sides: Mapping[str, Side],
    rest: Side,
    whys: Mapping[str, str],
    categories: Sequence[int],
    population: Mapping[str, Mapping[Cell, float]],
    *,
    is_counted: bool,
) -> dict[str, dict[str, Any]]:
    """Of each group of which something may be told; empty where these are too few."""
    hidden = hidden_from_model(sides, rest, whys)
    shown = [group for group in sides if group not in hidden]
    if len(shown) < FEWEST_AREAS:
        return {}
    # Whoever lives in a group that is hidden is not in the model: then nothing of it tells of them.
    answers = [
        Answers(shown.index(group), kind, people, yes)
        for (group, kind), (people, yes) in sorted(by_kind.items())
        if group not in hidden
    ]
    found = model(answers, categories, [population[group] for group in shown], is_counted=is_counted)
    return {group: told(each, sides[group][0]) for group, each in zip(shown, found, strict=True)}


def told(found: Modelled, base: int) -> dict[str, Any]:
    """In whole percent, and the base to the nearest 5."""
    share, low, high = (percent(each, MIN_BASE) for each in (found.share, found.low, found.high))
    return {"percent": share, "low": low, "high": high, "base": rounded(base)}


def hidden_from_model(counts: Mapping[str, Side], rest: Side, whys: Mapping[str, str]) -> Collection[str]:
    """The groups of which it says nothing. `whys`: those that have no figure of their own, and why.

    What the model says of a group counts as if its figure were shown: so it needs 30 answers, 1 to 4 people on no side, and what
    is then still hidden must stay as open as it is among figures of their own. A group that has one of its own can hide nothing.
    """
    if Why.EARLIER in whys.values():
        return list(counts)
    gone = [code for code, side in counts.items() if code in whys and not _is_enough(side)]
    for more in ["", *(code for code in counts if code in whys and code not in gone)]:
        gone += [more] if more else []
        if is_open([counts[code] for code in gone], rest):
            return gone
    return list(counts)


def _is_enough(side: Side) -> bool:
    base, yes = side
    return base >= MIN_BASE and not any(0 < people < MIN_CELL for people in (yes, base - yes))


def _population(margins: Sequence[Margin], areas: Mapping[str, Sequence[int]], group: str) -> dict[Cell, float]:
    """How many people of each kind live in the group; without counts of it, as many of each as in the whole population."""
    if not margins:
        return {(): 1.0}
    places = [{codes: at for at, codes in enumerate(each)} for each in _categories(margins).values()]
    cells = margins[0]["cells"]
    counts = areas.get(group) or [cell["count"] for cell in cells]
    return {
        tuple(of[tuple(codes)] for of, codes in zip(places, cell["of"], strict=True)): float(count)
        for cell, count in zip(cells, counts, strict=True)
    }
