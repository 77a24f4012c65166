"""Figures by group of parishes as people read them: a map of squares, and a table of the same numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from portal.cohesion.areas import Why
from portal.cohesion.selection import RANDOM
from portal.cohesion.shown_figures import Said, said
from portal.languages.i18n import in_percent

# Of the map, in its own units.
WIDTH, HEIGHT, GAP = 100, 84, 8


@dataclass(frozen=True)
class Square:
    """A group's place on the map, and how far it is filled; `low` and `high` are the ends of its range, from the top."""

    x: int
    y: int
    full: float
    low: float
    high: float


@dataclass(frozen=True)
class AreaRow:
    """One group of parishes. `percent` is empty where nothing is shown of it."""

    number: int
    name: str
    percent: str = ""
    low: str = ""
    high: str = ""
    base: int = 0
    unreliable: bool = False
    square: Square | None = None


@dataclass(frozen=True)
class AreaFigure:
    code: str
    title: Said
    rows: Sequence[AreaRow]

    @property
    def is_any_shown(self) -> bool:
        return any(row.percent for row in self.rows)


@dataclass(frozen=True)
class AreaFigures:
    """`width` and `height` are of the whole map, 0 where there is none; `west` and `east` the middles of its outer columns."""

    figures: Sequence[AreaFigure]
    is_random: bool
    width: int
    height: int
    west: int
    east: int

    @property
    def is_any_shown(self) -> bool:
        return any(figure.is_any_shown for figure in self.figures)


def area_figures(document: Mapping[str, Any]) -> AreaFigures | None:
    """None of a release that has none by area."""
    areas = document.get("areas")
    if areas is None:
        return None
    tiles = [group["tile"] for group in areas["groups"] if group["tile"]]
    columns, rows = (max((tile[at] for tile in tiles), default=0) for at in (0, 1))
    titles = {each["code"]: each for each in document["indicators"]}
    return AreaFigures(
        [_figure(each, titles[each["indicator"]], areas["groups"]) for each in areas["figures"]],
        document["wave"]["sample_type"] == RANDOM,
        columns * (WIDTH + GAP) - GAP if tiles else 0,
        rows * (HEIGHT + GAP) - GAP if tiles else 0,
        _middle(1),
        _middle(columns),
    )


def _middle(column: int) -> int:
    return (column - 1) * (WIDTH + GAP) + WIDTH // 2


def _figure(figure: Mapping[str, Any], indicator: Mapping[str, Any], groups: Sequence[Mapping[str, Any]]) -> AreaFigure:
    found = {each["code"]: each for each in figure["groups"]}
    return AreaFigure(
        figure["indicator"],
        said(indicator["title"]),
        [_row(number, group, found[group["code"]]) for number, group in enumerate(groups, 1)],
    )


def _row(number: int, group: Mapping[str, Any], found: Mapping[str, Any]) -> AreaRow:
    square = _square(group["tile"], found) if group["tile"] else None
    if not found["shown"]:
        return AreaRow(number, group["name"], square=square)
    return AreaRow(
        number,
        group["name"],
        in_percent(found["percent"]),
        in_percent(found["low"]),
        in_percent(found["high"]),
        found["base"],
        found["unreliable"],
        square,
    )


def _square(tile: Sequence[int], found: Mapping[str, Any]) -> Square:
    """West is on the left in every language: unlike a chart, a map that is mirrored is another town."""
    column, row = tile
    full, low, high = (round(HEIGHT * found.get(name, 0) / 100, 1) for name in ("percent", "low", "high"))
    return Square((column - 1) * (WIDTH + GAP), (row - 1) * (HEIGHT + GAP), full, HEIGHT - low, HEIGHT - high)


def area_cells(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A row of the CSV for each figure and group, by its columns."""
    areas = document.get("areas", {"figures": ()})
    titles = {each["code"]: each for each in document["indicators"]}
    for figure in areas["figures"]:
        names = {group["code"]: group["name"] for group in areas["groups"]}
        for each in figure["groups"]:
            yield {
                "indicator": figure["indicator"],
                "title": said(titles[figure["indicator"]]["title"]).text,
                "shown": "yes" if each["shown"] else "no",
                **{name: each.get(name, "") for name in ("percent", "low", "high", "base")},
                "low_reliability": {True: "yes", False: "no", None: ""}[each.get("unreliable")],
                "area": each["code"],
                "area_name": names[each["code"]],
            }


@dataclass(frozen=True)
class HiddenArea:
    """What staff read of a figure: the groups of which nothing is shown, and why."""

    title: Said
    hidden: Sequence[tuple[str, str]]


def hidden_areas(document: Mapping[str, Any], exact: Mapping[str, Any]) -> list[HiddenArea]:
    """Without the counts behind them."""
    tables = exact.get("areas", {}).get("figures", {})
    titles = {each["code"]: each["title"] for each in document["indicators"]}
    words = why_words()
    return [
        HiddenArea(
            said(titles[figure["indicator"]]),
            [
                (group["name"], words[why])
                for group in document["areas"]["groups"]
                if (why := tables[figure["indicator"]]["groups"][group["code"]][2])
            ],
        )
        for figure in document.get("areas", {"figures": ()})["figures"]
    ]


def why_words() -> dict[str, str]:
    return {
        Why.FEW: _("fewer than 100 answers"),
        Why.SIDE: _("1 to 4 people gave one of the answers"),
        Why.BESIDE: _("so that nobody works out another group’s figure"),
        Why.EARLIER: _("too close to an earlier release of this wave"),
    }
