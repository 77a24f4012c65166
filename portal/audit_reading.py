"""The log as an auditor reads it: by person, act, thing and period, the newest first, however long it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, or_, select, tuple_

from portal.audit import Action, AuditEntry
from portal.db import LOCAL_TIME, database, session

PAGE = 500
# A file is made in parts of so many, and nothing of the database is held between them.
PART = 2000
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@dataclass(frozen=True)
class Wanted:
    """What of the log is asked for; what is None is not asked."""

    actor: str | None = None
    action: Action | None = None
    subject: str | None = None
    """A thing, by its id or name: of what is said beside it ("... without", "... draft") everything counts."""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Page:
    """`more`: the entry after which the next page goes on, None where this is the last one."""

    entries: list[AuditEntry]
    more: int | None


def page(wanted: Wanted, after: int | None = None, most: int = PAGE) -> Page:
    """The newest entries, or those that follow upon that one; an entry that is not there begins at the newest."""
    found = list(session.scalars(_following(_asked_for(wanted), after).limit(most + 1)))
    return Page(found[:most], found[most - 1].id if len(found) > most else None)


def whole(wanted: Wanted, newest: int) -> Iterator[AuditEntry]:
    """Everything asked for, the newest first, up to the entry with that number."""
    after: int | None = None
    while True:
        query = _following(_asked_for(wanted).where(AuditEntry.id <= newest), after).limit(PART)
        part = list(session.scalars(query))
        # Whoever reads slowly keeps no page of the database from being written anew.
        session.expunge_all()
        session.rollback()
        yield from part
        if len(part) < PART:
            return
        after = part[-1].id


def others_named(subject: str) -> list[str]:
    """The ids that the log names beside what stands first, such as a wave's sheet or a survey's draft."""
    return _ID.findall(subject)[1:] if _ID.match(subject) else _ID.findall(subject)


def thing_of(subject: str) -> str:
    """What an act was about: the first word, which is an id or a name."""
    return subject.partition(" ")[0]


def _asked_for(wanted: Wanted) -> Select[AuditEntry]:
    query: Select[AuditEntry] = select(AuditEntry)
    if wanted.actor is not None:
        query = query.where(AuditEntry.actor == wanted.actor)
    if wanted.action is not None:
        query = query.where(AuditEntry.action == wanted.action)
    if wanted.subject is not None:
        query = query.where(or_(AuditEntry.subject == wanted.subject, _begins_with(f"{wanted.subject} ")))
    if wanted.first is not None:
        query = query.where(AuditEntry.at >= _midnight(wanted.first))
    if wanted.last is not None:
        query = query.where(AuditEntry.at < _midnight(wanted.last + timedelta(days=1)))
    return query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc())


def _following(query: Select[AuditEntry], after: int | None) -> Select[AuditEntry]:
    entry = session.get(AuditEntry, after) if after is not None else None
    return query.where(tuple_(AuditEntry.at, AuditEntry.id) < (entry.at, entry.id)) if entry is not None else query


def _begins_with(beginning: str) -> Any:
    """Each kind of database by the comparison for which it uses the index."""
    if database().is_sqlite:
        return (AuditEntry.subject >= beginning) & (AuditEntry.subject < beginning[:-1] + chr(ord(beginning[-1]) + 1))
    return AuditEntry.subject.startswith(beginning, autoescape=True)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL_TIME)
