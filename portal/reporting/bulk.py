"""Many reports at once: only such as they were when an officer ticked them, each recorded on its own.

What is ticked says what the officer saw of it and in which state it was, under a seal of this installation: whatever
somebody else changed since is left out, and nothing is done to a report that was not on the screen.
"""

from __future__ import annotations

import enum
import hmac
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action
from portal.config import secrets
from portal.db import NotThere, existing, session, transaction
from portal.reporting.deletions import WorkHasStopped, is_stopped
from portal.reporting.models import Message, Report
from portal.reporting.owning import hand_on
from portal.reporting.second_look_models import SecondLook
from portal.vault import sealing
from portal.vault.keyholders import Grant, Membership

# A transaction takes some hundred milliseconds, for which others who write wait.
BATCH = 20


class Why(enum.StrEnum):
    """Why a report is left out."""

    CHANGED = "changed"
    """By somebody else, since it was on this officer's screen; or it is gone."""
    STOPPED = "stopped"
    CANNOT_OPEN = "cannot_open"
    IMMEDIATE = "immediate"
    RISK = "risk"
    CHILD = "child"
    CONTACT = "contact"
    FILES = "files"
    WROTE = "wrote"
    AT_WORK = "at_work"
    LONG = "long"
    WAITS = "waits"
    """A closing of it waits for a second look."""
    OWN_CLOSING = "own_closing"


@dataclass
class Done:
    """What came of it: the reports that were changed, and those left out."""

    changed: list[uuid.UUID] = field(default_factory=list)
    left_out: dict[uuid.UUID, Why] = field(default_factory=dict)
    waiting: set[uuid.UUID] = field(default_factory=set)
    """Those of the changed ones whose closing waits for a second look."""


class Seen(enum.StrEnum):
    """What of a report was on the screen: its row in the list, all that was written in it, or that and the closing that waits."""

    LISTED = "listed"
    READ = "read"
    CLOSING = "closing"


def tickets(ids: Collection[uuid.UUID], seen: Seen, by: uuid.UUID) -> dict[uuid.UUID, str]:
    """For each report what its box on the page sends back: which it is, and that `by` has seen it as it is now."""
    return {
        one: f"{one.hex}.{_mark(one, as_it_is, seen, by)}" for one, as_it_is in _as_they_are(session, ids, seen).items()
    }


def report_of(ticket: str) -> uuid.UUID | None:
    """None where no page gave it."""
    try:
        return uuid.UUID(ticket.partition(".")[0])
    except ValueError:
        return None


def _mark(report_id: uuid.UUID, as_it_is: str, seen: Seen, by: uuid.UUID) -> str:
    given = (seen.value.encode(), by.bytes, report_id.bytes, as_it_is.encode())
    return sealing.derive(secrets().pepper, "seen in the queue", *given).hex()[:32]


def _as_they_are(db: Session, ids: Collection[uuid.UUID], seen: Seen) -> dict[uuid.UUID, str]:
    messages = select(func.count()).where(Message.report_id == Report.id).scalar_subquery()
    columns = Report.id, Report.state, Report.assignee_id, Report.risk_band, messages.label("messages")
    rows = db.execute(select(*columns).where(Report.id.in_(list(ids))))
    found = {row.id: f"{row.state}|{row.assignee_id}|{row.risk_band}|{row.messages}" for row in rows}
    if seen is Seen.CLOSING:
        waiting = db.execute(select(SecondLook.report_id, SecondLook.sealed).where(SecondLook.report_id.in_(found)))
        # Sealed anew it reads otherwise: another closing, even with the same words, is not the one that was seen.
        for row in waiting:
            found[row.report_id] += f"|{blake2b(row.sealed, digest_size=16).hexdigest()}"
    return found


def ticket_batches(ticked: Iterable[str]) -> Iterable[dict[uuid.UUID, str]]:
    known = {one: ticket for ticket in ticked if (one := report_of(ticket)) is not None}
    ids = sorted(known)  # one order for all, so that two never wait for each other
    return ({one: known[one] for one in ids[first : first + BATCH]} for first in range(0, len(ids), BATCH))


def each_as_seen(
    db: Session,
    batch: Mapping[uuid.UUID, str],
    seen: Seen,
    by: uuid.UUID,
    act: Callable[[Report], Why | None],
    done: Done,
) -> None:
    """Inside the caller's transaction; whatever is not as it was seen is left out."""
    audit.stand_in_line(db)
    for report_id, ticket in batch.items():
        try:
            report = existing(db, Report, report_id, with_for_update=True, populate_existing=True)
            as_it_is = _as_they_are(db, [report_id], seen)[report_id]
            if not hmac.compare_digest(ticket, f"{report_id.hex}.{_mark(report_id, as_it_is, seen, by)}"):
                why: Why | None = Why.CHANGED
            else:
                why = act(report)
        except NotThere:
            why = Why.CHANGED
        except WorkHasStopped:
            why = Why.STOPPED
        if why is None:
            done.changed.append(report_id)
        else:
            done.left_out[report_id] = why


def assign_reports(ticked: Sequence[str], to: uuid.UUID, member: uuid.UUID, by: uuid.UUID, actor: str) -> Done:
    """Give these to the member of staff `to`, whose vault member opens them; what they cannot open is left out."""
    done = Done()
    for batch in ticket_batches(ticked):
        opens = _opened_by(member, batch)
        with transaction() as db:

            def give(report: Report, db: Session = db, opens: Collection[uuid.UUID] = opens) -> Why | None:
                if report.id not in opens:
                    return Why.CANNOT_OPEN
                if is_stopped(db, report):
                    return Why.STOPPED
                if report.assignee_id != to:
                    hand_on(db, report, to)
                    audit.record(db, actor, Action.ASSIGNED_REPORT, str(report.id))
                return None

            each_as_seen(db, batch, Seen.LISTED, by, give, done)
    return done


def _opened_by(member: uuid.UUID, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    theirs = select(Membership.keyholder_id).where(Membership.member_id == member)
    return set(
        session.scalars(select(Grant.content_id).where(Grant.content_id.in_(list(ids)), Grant.keyholder_id.in_(theirs)))
    )
