"""Where things happen: parishes and estates under the names that residents use, grouped for statistics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from portal.partnership.place_search import PlaceSearch
from portal.partnership.toml_records import CODE, FILLED, NONE_EMPTY, Check, Wrong, key

MOST_TILES = 12
TILE: Check = (
    lambda tile: not tile or (len(tile) == 2 and all(1 <= at <= MOST_TILES for at in tile)),
    f"be a column and a row from 1 to {MOST_TILES}, like [1, 2]",
)


@dataclass(frozen=True, kw_only=True)
class PlaceGroup:
    """Parishes counted together, so that no figure points at a few people."""

    code: str = key(CODE)
    name: str = key(FILLED)
    tile: tuple[int, ...] = key(TILE, default=())
    """Where it lies on the map of squares: its column from the west and its row from the north, from 1; empty: no map."""


@dataclass(frozen=True, kw_only=True)
class Parish:
    code: str = key(CODE)
    name: str = key(FILLED)
    group: str = key(CODE)
    aliases: tuple[str, ...] = key(NONE_EMPTY, default=())
    """What else people call it: short forms, parts of its name, its name in other letters. Two places may share one."""
    retired: bool = False


@dataclass(frozen=True, kw_only=True)
class Estate:
    """A part of a parish under the name that people who live there use."""

    code: str = key(CODE)
    name: str = key(FILLED)
    parish: str = key(CODE)
    aliases: tuple[str, ...] = key(NONE_EMPTY, default=())
    retired: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """A parish or an estate as the rest of the portal meets it."""

    code: str
    name: str
    parish: str
    parish_name: str
    group: str
    aliases: tuple[str, ...]
    retired: bool


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where things happen: rows keep geography, version and code. A retired place stays readable and is no longer offered."""

    geography: str = key(CODE)
    version: str = key(CODE)
    check: bool = False
    groups: tuple[PlaceGroup, ...]
    parishes: tuple[Parish, ...]
    estates: tuple[Estate, ...] = ()

    @cached_property
    def _by_code(self) -> dict[str, Place]:
        homes: list[tuple[Parish | Estate, Parish]] = [(parish, parish) for parish in self.parishes]
        parishes = {parish.code: parish for parish in self.parishes}
        homes += [(estate, parishes[estate.parish]) for estate in self.estates]
        found = [
            Place(
                code=one.code,
                name=one.name,
                parish=parish.code,
                parish_name=parish.name,
                group=parish.group,
                aliases=one.aliases,
                retired=one.retired,
            )
            for one, parish in homes
        ]
        return {place.code: place for place in found}

    @property
    def all(self) -> tuple[Place, ...]:
        return tuple(self._by_code.values())

    def find(self, code: str) -> Place | None:
        return self._by_code.get(code)

    @cached_property
    def search(self) -> PlaceSearch:
        """Finds an offered place by what people write."""
        return PlaceSearch((place.code, (place.name, *place.aliases)) for place in self.all if not place.retired)

    @cached_property
    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What a select offers: (group's name, [(code, name)]), parishes and estates together by name."""
        offered = sorted((p for p in self._by_code.values() if not p.retired), key=lambda place: place.name.casefold())
        groups = sorted(self.groups, key=lambda group: group.name.casefold())
        return [(group.name, [(p.code, p.name) for p in offered if p.group == group.code]) for group in groups]


def check_groups(places: Places) -> None:
    """Raises Wrong where a group has no parish, or two lie on one tile, or only some are laid out."""
    held = {parish.group for parish in places.parishes}
    for group in places.groups:
        if group.code not in held:
            raise Wrong(f"places.groups.{group.code} has no parish; give it one or take it out")
    tiles = [group.tile for group in places.groups if group.tile]
    if tiles and len(tiles) < len(places.groups):
        raise Wrong("places.groups must all have a tile, or none")
    for number, tile in enumerate(tiles):
        if tile in tiles[:number]:
            raise Wrong(f"places.groups has two groups on the tile {list(tile)}; give each one of its own")
