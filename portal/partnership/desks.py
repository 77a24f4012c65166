"""The desks that mend what others must mend: who, how they are reached, and whether a report can go there by Open311."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from portal.languages.words import NOTHING, Words
from portal.partnership.toml_records import CODE, WEB_OR_EMPTY, Wrong, key, matching
from portal.partnership.verified import is_verified

# In the clear only to this machine: an endpoint is told where something happened, and an API key.
ENDPOINT = matching(
    r"(https://[^\s<>\"/@?#]+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?)(/[^\s<>\"?#]*)?",
    "be an address that begins with https://, without a question mark; http:// only on this machine",
)


@dataclass(frozen=True, kw_only=True)
class Open311:
    """A desk's system that takes reports by Open311 GeoReport v2 (https://wiki.open311.org/GeoReport_v2/)."""

    endpoint: str = key(ENDPOINT)
    """The address before `/requests.json`."""
    jurisdiction_id: str = ""
    service_codes: Mapping[str, str]
    """What that system calls it, by the code of the type of problem."""


NO_OPEN311 = Open311(endpoint="", service_codes=MappingProxyType({}))


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Someone other than the partnership's officers who mends a thing. `check`: its facts want looking up."""

    code: str = key(CODE)
    name: Words
    mends: Words
    types: tuple[str, ...]
    """The types of problem, by their codes, of which it is the desk."""
    numbers: tuple[str, ...] = ()
    hours: Words = NOTHING
    url: str = key(WEB_OR_EMPTY, default="")
    how: Words = NOTHING
    """How they are reached where no number is the same for everyone, as a landlord's is not."""
    open311: Open311 = field(default=NO_OPEN311)
    verified_on: date | None = None
    verified_by: str = ""
    check: bool = False

    @property
    def takes_reports(self) -> bool:
        return bool(self.open311.endpoint)

    def is_verified(self, today: date) -> bool:
        """A named person made sure of it within the last 12 months."""
        return is_verified(self.verified_on, self.verified_by, today)


def find_desk(desks: Iterable[Desk], code: str) -> Desk | None:
    return next((desk for desk in desks if desk.code == code), None)


def shown_desks(desks: Iterable[Desk], types: Collection[str], today: date, *, demonstration: bool) -> list[Desk]:
    """Those that mend one of these types of problem and may be relied on; a demonstration shows unchecked ones too."""
    return [
        desk for desk in desks if not {*types}.isdisjoint(desk.types) and (demonstration or desk.is_verified(today))
    ]


def check_desks(desks: Sequence[Desk]) -> None:
    """Raises Wrong."""
    for desk in desks:
        at = f"desks.{desk.code}"
        if bool(desk.verified_on) != bool(desk.verified_by):
            raise Wrong(f"{at} needs both verified_on and verified_by, or neither")
        if not (desk.numbers or desk.url or desk.how["en"]):
            raise Wrong(f"{at} needs numbers, url or how, or nobody can reach it")
        for code, service in desk.open311.service_codes.items():
            if code not in desk.types:
                raise Wrong(f"{at}.open311.service_codes names {code}, which {at}.types does not have")
            if not service.strip():
                raise Wrong(f"{at}.open311.service_codes.{code} must not be empty")
        if desk.takes_reports and not desk.open311.service_codes:
            raise Wrong(f"{at}.open311.service_codes is empty; name the service of at least one type")
