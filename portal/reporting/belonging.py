"""What reports belong with, as far as an officer may open it: who hangs together, how many they are, which can be linked."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import exists, select

from portal.db import session
from portal.reporting.links import LINKED_BY, Link, LinkKind, Links, read_links
from portal.reporting.models import Kind, Part, Report, ReportPart
from portal.reporting.references import read_reference
from portal.vault import keyholders
from portal.vault.keyholders import Grant, Keyring

# Where so many are known to hang together no more are asked what they belong with: a larger group is shown in part. But all that
# a report itself is linked with is named, however many they are: that opens nothing of them.
MAX_GROUP = 500
BATCH_SIZE = 500
# How many at a time are asked what they belong with; the answer may be that there are enough of them.
ASKED_AT_ONCE = 100


@dataclass(frozen=True)
class Linked:
    """A report that another belongs with, and the link that says so."""

    report: Report
    link: Link


@dataclass(frozen=True)
class Belonging:
    """What a report belongs with, as far as its officer may open it."""

    links: Links
    linked: list[Linked]
    groups: dict[LinkKind, list[Report]]
    """By kind of link all that hang together by it, this report among them, by the day they came; none alone."""
    more: list[Report]
    """Not linked to it, but to something that it belongs with."""
    undone: list[Linked]
    """Links that were taken away, the newest first."""
    gone: frozenset[uuid.UUID] = field(default_factory=frozenset)
    """Deleted since, or merged into it no more: to be forgotten, see `forget_gone` in portal/reporting/links.py."""


def belonging_of(held: Keyring, report_id: uuid.UUID) -> Belonging:
    """What a report that this keyring opens belongs with.

    Of a report that it does not open nothing is said, not even that there is one: that a neighbour's complaint goes with
    a hate report would tell who it is about.
    """
    opened, reports = _opened_from(held, [report_id])
    mine = opened.get(report_id, Links())
    opened |= _open_links(held, [each for each in mine.leads if each not in opened][:MAX_GROUP])
    loose = _loose(report_id, opened)
    mine = opened[report_id] = _without(mine, loose)
    linked = [Linked(reports[each.to], each) for each in mine.links if each.to in reports]
    linked.sort(key=lambda one: _by_day(one.report), reverse=True)
    groups = {}
    for kind in LINKED_BY:
        together = [reports[each] for each in _together(report_id, opened, (kind,)) if each in reports]
        if len(together) > 1:
            groups[kind] = sorted(together, key=_by_day)
    direct = {report_id, *(one.report.id for one in linked)}
    further = _together(report_id, opened, tuple(LinkKind)) - direct
    more = sorted((reports[each] for each in further if each in reports), key=_by_day, reverse=True)
    named = {each.to for each in (*mine.links, *mine.undone)}
    gone = named - set(session.scalars(select(Report.id).where(Report.id.in_(list(named)))))
    theirs = _named(held, [each.to for each in mine.undone])
    undone = [Linked(theirs[each.to], each) for each in reversed(mine.undone) if each.to in theirs]
    return Belonging(mine, linked, groups, more, undone, frozenset(gone | loose))


def links_of(held: Keyring, report_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Of these reports those that belong with others, and how many belong together, itself counted: for a page of the list.

    As far as this keyring opens them.
    """
    found, reports = _opened_from(held, report_ids)
    opened = {each: _without(links, _loose(each, found)) for each, links in found.items()}
    counted = {
        each: len(_together(each, opened, tuple(LinkKind)) & reports.keys()) for each in report_ids if each in opened
    }
    return {each: number for each, number in counted.items() if number > 1}


def openable(held: Keyring, report_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these that this keyring opens and that can be linked: a request for a format belongs with nothing."""
    found = _reports(held, list(report_ids))
    return {each for each, report in found.items() if report.kind is not Kind.REQUEST}


def find_openable(held: Keyring, report_id: uuid.UUID) -> Report | None:
    """Its facts, where this keyring opens it."""
    return _reports(held, [report_id]).get(report_id)


def find_by_reference(held: Keyring, typed: str) -> uuid.UUID | None:
    """The report that is called so, as it was heard or typed, where this keyring opens it."""
    reference = read_reference(typed)
    found = session.scalar(select(Report.id).where(Report.reference == reference)) if reference else None
    return found if found is not None and openable(held, [found]) else None


def reference_of(report_id: uuid.UUID) -> str:
    return session.scalar(select(Report.reference).where(Report.id == report_id)) or ""


def _loose(report_id: uuid.UUID, opened: Mapping[uuid.UUID, Links]) -> set[uuid.UUID]:
    """What it still holds to be merged into it, and what is not by its own account."""
    leads = opened[report_id].leads if report_id in opened else ()
    return {each for each in leads if each in opened and not opened[each].is_led_by(report_id)}


def _without(links: Links, loose: Collection[uuid.UUID]) -> Links:
    return replace(links, links=tuple(each for each in links.links if each.to not in loose))


def _by_day(report: Report) -> tuple[date, str]:
    return report.received_on, report.reference


def _reports(held: Keyring, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Report]:
    """Those that this keyring opens."""
    keys = keyholders.content_keys(held, ids)
    return {report.id: report for report in session.scalars(select(Report).where(Report.id.in_(keys)))}


def _named(held: Keyring, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Report]:
    """Those that are sealed to one of its keys, for their facts in the clear: no key is unwrapped for it."""
    granted = exists().where(Grant.content_id == Report.id, Grant.keyholder_id.in_(list(held.keys)))
    return {report.id: report for report in session.scalars(select(Report).where(Report.id.in_(list(ids)), granted))}


def _opened_from(held: Keyring, start: Collection[uuid.UUID]) -> tuple[dict[uuid.UUID, Links], dict[uuid.UUID, Report]]:
    """The links of these reports, of those that they lead to, and so on; and all these reports, where the keyring opens them."""
    opened: dict[uuid.UUID, Links] = {}
    met, next_ones = set(start), list(start)
    while next_ones and len(met) < MAX_GROUP + len(start):
        some, next_ones = next_ones[:ASKED_AT_ONCE], next_ones[ASKED_AT_ONCE:]
        found = _open_links(held, some)
        opened |= found
        for links in found.values():
            further = [each.to for each in links.links if each.to not in met]
            met.update(further)
            next_ones += further
    return opened, _named(held, met)


def _open_links(held: Keyring, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Links]:
    keys = keyholders.content_keys(held, ids)
    rows = session.execute(
        select(ReportPart.report_id, ReportPart.id, ReportPart.sealed).where(
            ReportPart.report_id.in_(keys), ReportPart.part == Part.LINKS
        )
    )
    return {row.report_id: read_links(row, keys[row.report_id]) for row in rows}


def _together(start: uuid.UUID, opened: Mapping[uuid.UUID, Links], kinds: Collection[LinkKind]) -> set[uuid.UUID]:
    """All that hang together with it by links of these kinds."""
    found, left = {start}, [start]
    while left:
        links = opened.get(left.pop(), Links())
        further = {each.to for each in links.links if each.kind in kinds} - found
        found |= further
        left += further
    return found
