"""Which reports belong together: sealed in each of them, so that only who opens a report learns what it belongs with."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import random_id, session, today
from portal.reporting.deletions import lock_for_work
from portal.reporting.models import Part, Report, ReportPart
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError

LINKS = "report.links/1"
# Every report has a part of the first of these lengths, in bytes. It holds some forty links, fewer where the reasons are long;
# a part that holds more is of the next length, so its length tells that there are more than about 40, 160 or 640 of them.
LINKS_PADS = tuple(8 * 1024 * 4**step for step in range(4))
MOST_LINKS = 2_000
MAX_REASON = 200
KEPT_UNDONE = 8


class LinkKind(enum.StrEnum):
    SERIES = "series"
    PEOPLE = "people"
    PLACE = "place"
    DUPLICATE = "duplicate"
    """They tell of one and the same: see portal/reporting/merging.py."""


# What an officer links by; two reports become duplicates by being merged.
LINKED_BY = (LinkKind.SERIES, LinkKind.PEOPLE, LinkKind.PLACE)


class NoRoom(Exception):
    """A report holds as many links as it can: `report_id` says which."""

    def __init__(self, report_id: uuid.UUID) -> None:
        super().__init__(str(report_id))
        self.report_id = report_id


@dataclass(frozen=True)
class Link:
    """One report belongs with another: who said so, on which day and why."""

    to: uuid.UUID
    kind: LinkKind
    why: str
    by: str
    on: date
    leads: bool = False
    """Of duplicates: whether the report that has this link is the one that is worked on."""

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Self:
        return cls(
            uuid.UUID(content["to"]),
            LinkKind(content["is"]),
            content["why"],
            content["by"],
            date.fromisoformat(content["on"]),
            content.get("leads", False),
        )

    def as_content(self) -> dict[str, Any]:
        content = {"to": self.to.hex, "is": self.kind.value, "why": self.why, "by": self.by, "on": self.on.isoformat()}
        return content | ({"leads": True} if self.leads else {})


@dataclass(frozen=True)
class Links:
    """All that a report belongs with; `undone` are links that were taken away: by whom, when and why."""

    links: tuple[Link, ...] = ()
    undone: tuple[Link, ...] = ()
    is_damaged: bool = False

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Self:
        links, undone = (tuple(Link.read(each) for each in content[name]) for name in ("links", "undone"))
        return cls(links, undone)

    def as_content(self) -> dict[str, Any]:
        return {
            "links": [each.as_content() for each in self.links],
            "undone": [each.as_content() for each in self.undone],
        }

    def find(self, to: uuid.UUID) -> Link | None:
        return next((each for each in self.links if each.to == to), None)

    def with_link(self, link: Link) -> Self:
        return replace(self, links=(*(each for each in self.links if each.to != link.to), link))

    def without(self, undone: Link) -> Self:
        """`undone` is the link with the reason for which it goes."""
        kept = tuple(each for each in self.links if each.to != undone.to)
        return replace(self, links=kept, undone=(*self.undone, undone)[-KEPT_UNDONE:])

    def forgetting(self, gone: Collection[uuid.UUID]) -> Self:
        """Without what is gone, but for the report that this one is merged into: an officer has to end that first."""
        links = tuple(each for each in self.links if each.to not in gone or each.to == self.led_by)
        return replace(self, links=links, undone=tuple(each for each in self.undone if each.to not in gone))

    def is_led_by(self, leading: uuid.UUID) -> bool:
        """Whether it is merged into that one by its own account: somebody else may have ended that. Damaged, who knows."""
        return self.is_damaged or self.led_by == leading

    @property
    def led_by(self) -> uuid.UUID | None:
        """The report that this one is merged into."""
        return next((each.to for each in self.links if each.kind is LinkKind.DUPLICATE and not each.leads), None)

    @property
    def leads(self) -> tuple[uuid.UUID, ...]:
        """The reports that are merged into this one."""
        return tuple(each.to for each in self.links if each.kind is LinkKind.DUPLICATE and each.leads)


def begin_links(db: Session, report_id: uuid.UUID, key: bytes) -> None:
    """Every report has them from the beginning, inside the caller's transaction: that there are some tells nothing."""
    keep_links(db, report_id, key, Links())


def links_in(report_id: uuid.UUID, key: bytes) -> Links:
    """What this report belongs with; where that is damaged it must not hide the rest."""
    return read_links(session.scalar(_part_of(report_id)), key)


def keep_links(db: Session, report_id: uuid.UUID, key: bytes, links: Links) -> None:
    """Inside the caller's transaction, which has locked the report. What was undone long ago makes room. Raises NoRoom."""
    row = db.scalar(_part_of(report_id)) or ReportPart(id=random_id(), report_id=report_id, part=Part.LINKS)
    while (sealed := _sealed(report_id, row.id, key, links)) is None:
        if not links.undone:
            raise NoRoom(report_id)
        links = replace(links, undone=links.undone[1:])
    row.sealed = sealed
    db.add(row)


def _sealed(report_id: uuid.UUID, row_id: uuid.UUID, key: bytes, links: Links) -> bytes | None:
    """Of the smallest length that holds them; None where none does."""
    if len(links.links) > MOST_LINKS:
        return None
    for pad in LINKS_PADS:
        sealed = sealing.seal(links.as_content(), key, report_id, LINKS, row_id, pad)
        if len(sealed) < 2 * pad:
            return sealed
    return None


def _part_of(report_id: uuid.UUID) -> Any:
    wanted = select(ReportPart).where(ReportPart.report_id == report_id, ReportPart.part == Part.LINKS)
    return wanted.execution_options(populate_existing=True)  # it may have been read before the report was locked


def read_links(row: Any, key: bytes) -> Links:
    """Reports that came before there were links have none yet."""
    if row is None or not row.sealed:
        return Links()
    try:
        return Links.read(sealing.unseal(row.sealed, key, LINKS, row.id))
    except SealError:
        return Links(is_damaged=True)


def link_reports(
    db: Session, held: Keyring, report_id: uuid.UUID, others: Iterable[uuid.UUID], kind: LinkKind, why: str, by: str
) -> None:
    """Link it with each of the others, on both sides, inside the caller's transaction; what is linked already stays so.

    All of them open with this keyring. They are locked in the order of their ids, so two officers never wait for each
    other. Raises WorkHasStopped, NotThere, NoRoom.
    """
    ids = sorted({report_id, *others})
    for each in ids:
        lock_for_work(db, each)
    keys = keyholders.content_keys(held, ids)
    mine = links_in(report_id, keys[report_id])
    for other in ids:
        if other == report_id or mine.find(other):
            continue
        mine = mine.with_link(Link(other, kind, why, by, today()))
        theirs = links_in(other, keys[other])
        keep_links(db, other, keys[other], theirs.with_link(Link(report_id, kind, why, by, today())))
    keep_links(db, report_id, keys[report_id], mine)


def unlink_reports(db: Session, held: Keyring, report_id: uuid.UUID, other: uuid.UUID, why: str, by: str) -> None:
    """Take the link away on both sides, inside the caller's transaction. Not one that merged them; gone already, it is gone.

    A report that its reporter has taken back may be unlinked too. What the other side cannot be told it forgets when met.
    """
    pair = sorted({report_id, other})
    there = [each for each in pair if db.get(Report, each, with_for_update=True) is not None]
    keys = keyholders.content_keys(held, there)
    for each, its_other in ((report_id, other), (other, report_id)):
        if each not in keys:
            continue
        links = links_in(each, keys[each])
        found = links.find(its_other)
        if found is not None and found.kind is not LinkKind.DUPLICATE:
            keep_links(db, each, keys[each], links.without(replace(found, why=why, by=by, on=today())))


def forget_gone(db: Session, held: Keyring, report_id: uuid.UUID, gone: Collection[uuid.UUID]) -> None:
    """Drop what a report still holds of others that were deleted, or are merged into it no more, inside the caller's transaction.

    Nobody who could open it was there then: it is done when an officer opens it the next time.
    """
    if db.get(Report, report_id, with_for_update=True) is None:
        return
    keys = keyholders.content_keys(held, [report_id, *gone])
    still_there = set(db.scalars(select(Report.id).where(Report.id.in_(list(gone)))))
    links = links_in(report_id, keys[report_id])
    kept = {
        each
        for each in still_there
        if each not in keys or each not in links.leads or links_in(each, keys[each]).is_led_by(report_id)
    }
    if not links.is_damaged:
        keep_links(db, report_id, keys[report_id], links.forgetting(set(gone) - kept))
