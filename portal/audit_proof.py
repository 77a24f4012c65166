"""A proof for an outsider: that what was published for a day is of the log, and that today's log goes on from it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import select

from portal import audit, keeper
from portal.audit import AuditEntry
from portal.audit_days import AuditDay, drawn_before, first_id, secret_of, tree_of
from portal.db import session


class NoProof(Exception):
    """It cannot be proved; says why in a sentence."""


def proof_of(day: date, acts: Collection[int] = ()) -> dict[str, Any]:
    """What `keeper.py check` reads. Of the entries only those in `acts` are shown. Raises NoProof."""
    found = session.get(AuditDay, day)
    if found is None or found.value is None:
        raise NoProof(f"No value was published for {day}.")
    before = drawn_before(day)
    checkpoint = audit.newest_checkpoint()
    if checkpoint is not None and day <= checkpoint.day:
        raise NoProof(f"The entries of {day} have had their time and are gone: it can be proved for later days only.")
    later = select(AuditDay).where(AuditDay.value.is_not(None), AuditDay.day >= day).order_by(AuditDay.day)
    days = list(session.scalars(later))
    tree, newest = _tree(found), days[-1]
    return {
        "format": keeper.PROOF_FORMAT,
        "day": day.isoformat(),
        "before": (before.value if before else None) or keeper.BEGINNING,
        "days": [{"day": each.day.isoformat(), "root": _root(each).hex()} for each in days],
        "heads": [_head(each) for each in ([found, newest] if newest is not found else [found])],
        "acts": [_act(found, before, tree, number) for number in acts],
    }


def _root(day: AuditDay) -> bytes:
    assert day.root is not None, "every day with a value has one"
    return day.root


def _tree(day: AuditDay) -> list[list[bytes]]:
    found = tree_of(day, drawn_before(day.day))
    if found[-1][0] != day.root:
        raise NoProof(f"The log is not the one that was published on {day.day}: run `portal audit verify`.")
    return found


def _opened(day: AuditDay, tree: list[list[bytes]], place: int, said: bytes) -> dict[str, Any]:
    return {
        "secret": secret_of(day, place).hex(),
        "said": said.hex(),
        "place": place,
        "path": [each.hex() for each in keeper.path_to(place, tree)],
    }


def _head(day: AuditDay) -> dict[str, Any]:
    assert day.head is not None, "every day with a value has one"
    return {"day": day.day.isoformat()} | _opened(day, _tree(day), 0, day.head)


def _act(day: AuditDay, before: AuditDay | None, tree: list[list[bytes]], number: int) -> dict[str, Any]:
    entry = session.get(AuditEntry, number)
    if entry is None or day.last_id is None or not first_id(before) <= number <= day.last_id:
        raise NoProof(f"Act {number} is not among those that were new in what was published on {day.day}.")
    place = number - first_id(before) + 1
    shown = {"entry": audit.words_of(entry), "before": _hash_before(number).hex()}
    return shown | _opened(day, tree, place, entry.hash)


def _hash_before(number: int) -> bytes:
    entry = session.get(AuditEntry, number - 1)
    checkpoint = audit.newest_checkpoint()
    return entry.hash if entry else checkpoint.hash if checkpoint else audit.BEGINNING


def day_of(number: int) -> date | None:
    """The day with which that act was published; None where it was not yet."""
    drawn = select(AuditDay.day).where(AuditDay.value.is_not(None), AuditDay.last_id >= number)
    return session.scalar(drawn.order_by(AuditDay.day).limit(1))
