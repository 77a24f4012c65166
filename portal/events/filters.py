"""What someone looks for in the calendar, as an address says it and spelled in one way only."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict

from portal.db import today, utcnow
from portal.events.models import AccessFact, EventKind, ForWhom
from portal.events.searching import folded
from portal.events.services import places
from portal.events.times import midnight, month_ends, week_ends
from portal.languages.i18n import SPOKEN
from portal.partnership.file import current_partnership
from portal.text import one_line

MAX_SEARCH = 80
# An event for everyone is for each of the others; this one is a rule of who may come, and finds only what has that rule.
RESERVED = frozenset({ForWhom.WOMEN})
NOT_RESERVED = frozenset(ForWhom) - RESERVED
# Until when, for what is to come.
SOON: Mapping[str, Callable[[date], datetime]] = {
    "today": lambda day: midnight(day + timedelta(days=1)),
    "week": week_ends,
    "month": month_ends,
}
_MONTH = re.compile(r"(20[0-9]{2})-([0-9]{2})")
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Listed:
    """What an event is looked for by."""

    id: uuid.UUID
    cost: str
    place_code: str | None
    kind: EventKind | None
    organiser: str
    venue: str
    is_place_on_request: bool
    languages: Collection[str]
    for_whom: Collection[str]
    priorities: Collection[str]
    access: frozenset[str]
    """Of the access facts those that hold."""


@dataclass(frozen=True)
class Wanted:
    """What someone looks for. Every access fact must hold; of all else that is named together, one is enough."""

    when: str = ""
    """A word of SOON: what is still to come; YYYY-MM or YYYY-MM-DD: all of that month or day, what is over as well."""
    text: str = ""
    free: bool = False
    access: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    priorities: frozenset[str] = frozenset()
    for_whom: frozenset[str] = frozenset()

    @property
    def chosen(self) -> int:
        """How many boxes are ticked."""
        ticked = (self.access, self.languages, self.groups, self.kinds, self.priorities, self.for_whom)
        return sum(map(len, ticked)) + self.free

    @property
    def since(self) -> datetime:
        """What ended before is not meant."""
        begins = first_day(self.when)
        return midnight(begins) if begins else utcnow()

    @property
    def until(self) -> datetime | None:
        """What begins then or later is not meant."""
        if self.when in SOON:
            return SOON[self.when](today())
        begins = first_day(self.when)
        if begins is None:
            return None
        return month_ends(begins) if is_month(self.when) else midnight(begins + timedelta(days=1))

    @property
    def search_words(self) -> list[str]:
        """Each of them once; accents and capitals do not count."""
        return list(dict.fromkeys(folded(self.text).split()))

    def fails(self, event: Listed) -> list[str]:
        """By what the event's facts are not what is looked for: names of this class's fields."""
        held: dict[str, bool] = {
            "free": not self.free or not event.cost,
            "access": self.access <= event.access,
            "languages": not self.languages or not self.languages.isdisjoint(event.languages),
            "groups": not self.groups or group_of(event.place_code) in self.groups,
            "kinds": not self.kinds or event.kind in self.kinds,
            "priorities": not self.priorities or not self.priorities.isdisjoint(event.priorities),
            "for_whom": not self.for_whom or not self.for_whom.isdisjoint(event.for_whom or NOT_RESERVED),
        }
        return [name for name, holds in held.items() if not holds]


def group_of(place_code: str | None) -> str | None:
    """The group of parishes that a place is in; none where the place is not known or is no more."""
    place = places().find(place_code) if place_code else None
    return place.group if place else None


def wanted_from(args: MultiDict[str, str]) -> Wanted:
    """What an address asks for; what it cannot ask for counts as nothing."""
    when = args.get("when", "")
    return Wanted(
        when=when if when in SOON or first_day(when) else "",
        text=_searched(args.get("q", "")),
        free=args.get("free") == "yes",
        access=_known(args, "access", AccessFact),
        languages=_known(args, "language", SPOKEN),
        groups=_known(args, "area", (group.code for group in places().groups)),
        kinds=_known(args, "kind", EventKind),
        priorities=_known(args, "priority", (one.code for one in current_partnership().priorities)),
        for_whom=_known(args, "for", ForWhom),
    )


def query_of(wanted: Wanted) -> dict[str, Any]:
    """The same as an address says it, for `url_for`: always in one order, and nothing that is not wanted."""
    query: dict[str, Any] = {
        "when": wanted.when,
        "q": wanted.text,
        "free": "yes" if wanted.free else "",
        "access": sorted(wanted.access),
        "language": sorted(wanted.languages),
        "area": sorted(wanted.groups),
        "kind": sorted(wanted.kinds),
        "priority": sorted(wanted.priorities),
        "for": sorted(wanted.for_whom),
    }
    return {name: value for name, value in query.items() if value}


def at_any_time(wanted: Wanted) -> Wanted:
    return replace(wanted, when="")


def is_month(when: str) -> bool:
    return _MONTH.fullmatch(when) is not None


def first_day(when: str) -> date | None:
    """The day that YYYY-MM-DD names, or the first of the month YYYY-MM; none where it is neither."""
    try:
        if found := _MONTH.fullmatch(when):
            return date(int(found[1]), int(found[2]), 1)
        return date.fromisoformat(when) if _DAY.fullmatch(when) else None
    except ValueError:
        return None


def _known(args: MultiDict[str, str], name: str, codes: Iterable[str]) -> frozenset[str]:
    return frozenset(args.getlist(name)) & frozenset(map(str, codes))


def _searched(typed: str) -> str:
    """As it was typed, in one line and not too long; empty where it holds no letter or number to look for."""
    line = one_line(typed[: MAX_SEARCH * 4])[:MAX_SEARCH].strip()
    return line if any(letter.isalnum() for letter in folded(line)) else ""
