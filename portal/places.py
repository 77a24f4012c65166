"""Where things happen: parishes and estates under the names that residents use, grouped for statistics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from portal.records import CODE, FILLED, key


@dataclass(frozen=True, kw_only=True)
class PlaceGroup:
    """Parishes counted together, so that no figure points at a few people."""

    code: str = key(CODE)
    name: str = key(FILLED)


@dataclass(frozen=True, kw_only=True)
class Parish:
    code: str = key(CODE)
    name: str = key(FILLED)
    group: str = key(CODE)
    retired: bool = False


@dataclass(frozen=True, kw_only=True)
class Estate:
    """A part of a parish under the name that people who live there use."""

    code: str = key(CODE)
    name: str = key(FILLED)
    parish: str = key(CODE)
    retired: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """A parish or an estate as the rest of the portal meets it."""

    code: str
    name: str
    parish: str
    group: str
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
        group_of = {parish.code: parish.group for parish in self.parishes}
        found = [
            Place(code=p.code, name=p.name, parish=p.code, group=p.group, retired=p.retired) for p in self.parishes
        ]
        found += [
            Place(code=e.code, name=e.name, parish=e.parish, group=group_of[e.parish], retired=e.retired)
            for e in self.estates
        ]
        return {place.code: place for place in found}

    @property
    def all(self) -> tuple[Place, ...]:
        return tuple(self._by_code.values())

    def find(self, code: str) -> Place | None:
        return self._by_code.get(code)

    @cached_property
    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What a select offers: (group's name, [(code, name)]), parishes and estates together by name."""
        offered = sorted((p for p in self._by_code.values() if not p.retired), key=lambda place: place.name.casefold())
        groups = sorted(self.groups, key=lambda group: group.name.casefold())
        return [(group.name, [(p.code, p.name) for p in offered if p.group == group.code]) for group in groups]
