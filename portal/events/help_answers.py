"""Calendar editors answer those who ask for help at events: what waits and until when, what is met, who is told the place."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from portal.db import existing, random_id, session, today
from portal.events.help_dates import MeantDate, meant_dates
from portal.events.help_models import HelpRequest, HelpState, Need, Outcome
from portal.events.help_requests import OpenRequest, add_message, needs_of, opened, seal_request, unseal_request
from portal.events.services import ChangedMeanwhile
from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after

VIEWS = ("waiting", "held", "answered")
# So many working days after it was sent somebody who asks is answered, and before the day itself.
ANSWERED_WITHIN = 3


class NothingToDecide(Exception):
    """It was taken back, or its date is called off."""


@dataclass(frozen=True)
class Waiting:
    """A request in a list; `due`: the day by which it is to be answered, or none where nothing waits."""

    request: OpenRequest
    due: date | None

    @property
    def is_overdue(self) -> bool:
        return self.due is not None and self.due < today()


def due_day(waits_since: date | None, state: HelpState, meant: MeantDate) -> date | None:
    """By when an editor does something; None where nothing waits.

    Whoever wrote is answered within days, and what was arranged is stopped within days where it was taken back. What was
    answered and not decided is decided before the day comes.
    """
    if meant.is_called_off:
        return None
    before = meant.day - timedelta(days=1)
    if waits_since is not None:
        soon = working_days_after(waits_since, ANSWERED_WITHIN, current_partnership().bank_holidays)
        return min(soon, max(before, waits_since))
    return before if state is HelpState.OPEN else None


def _by_view() -> dict[str, list[tuple[uuid.UUID, date | None]]]:
    """The ids in each list, those first that are due first; nothing is unsealed."""
    rows = session.scalars(select(HelpRequest).options(defer(HelpRequest.sealed))).all()
    meant = meant_dates([(row.event_id, row.planned_on) for row in rows])
    found: dict[str, list[tuple[date, date, uuid.UUID, date | None]]] = {view: [] for view in VIEWS}
    for row in rows:
        of = meant[row.event_id, row.planned_on]
        due = due_day(row.waits_since, row.state, of)
        view = "answered" if due is None else "held" if row.is_held else "waiting"
        found[view].append((due or of.day, of.day, row.id, due))
    return {
        view: [
            (row_id, due)
            for _first, _day, row_id, due in sorted(listed, reverse=view == "answered", key=lambda one: one[:3])
        ]
        for view, listed in found.items()
    }


def count_requests() -> dict[str, int]:
    """How many there are in each list."""
    return {view: len(listed) for view, listed in _by_view().items()}


def count_overdue() -> int:
    """Those that stand apart wait too."""
    return sum(due is not None and due < today() for listed in _by_view().values() for _row_id, due in listed)


def listed_requests(view: str, *, skip: int = 0, most: int = 50) -> list[Waiting]:
    due = dict(_by_view()[view][skip : skip + most])
    found = {one.id: one for one in opened(session.scalars(select(HelpRequest).where(HelpRequest.id.in_(due))))}
    return [Waiting(found[row_id], day) for row_id, day in due.items()]


def due_of(request: OpenRequest) -> date | None:
    return due_day(request.waits_since, request.state, request.meant)


def can_decide(request: OpenRequest) -> bool:
    """Also when the date is over: until the request is destroyed it can be said what was met."""
    return request.state is not HelpState.WITHDRAWN and not request.meant.is_called_off and not request.is_damaged


def answer_request(
    db: Session, request_id: uuid.UUID, seen: int | None, text: str, outcomes: Mapping[Need, Outcome]
) -> bool:
    """Write to the person, and say of each need whether it is met; gives whether a need was decided otherwise than before.

    Raises ChangedMeanwhile, NothingToDecide.
    """
    row = _locked(db, request_id, seen)
    changes = _decide(row, outcomes)
    if text:
        add_message(db, row, text, random_id(), is_from_person=False)
    row.waits_since = None
    return changes


def tell(db: Session, request_id: uuid.UUID, seen: int | None, need: Need) -> None:
    """The person reads the place or the link from now on, wherever that is then. Raises ChangedMeanwhile, NothingToDecide."""
    row = _locked(db, request_id, seen)
    if need not in needs_of(unseal_request(row)):
        raise NothingToDecide
    _decide(row, {need: Outcome.MET})
    if row.state is HelpState.DECIDED:
        row.waits_since = None


def notice(db: Session, request_id: uuid.UUID, seen: int | None) -> None:
    """An editor has seen that it was taken back, and stops what was arranged. Raises ChangedMeanwhile, NothingToDecide."""
    row = existing(db, HelpRequest, request_id, with_for_update=True)
    if row.state is not HelpState.WITHDRAWN or row.waits_since is None:
        raise NothingToDecide
    if row.version != seen:
        raise ChangedMeanwhile
    row.waits_since = None
    row.version += 1


def _locked(db: Session, request_id: uuid.UUID, seen: int | None) -> HelpRequest:
    row = existing(db, HelpRequest, request_id, with_for_update=True)
    if not can_decide(opened([row])[0]):
        raise NothingToDecide
    if row.version != seen:
        raise ChangedMeanwhile
    return row


def _decide(row: HelpRequest, outcomes: Mapping[Need, Outcome]) -> bool:
    """An editor has looked: it is one of many no more."""
    content = unseal_request(row)
    before = needs_of(content)
    needs = {need: outcomes.get(need, outcome) for need, outcome in before.items()}
    row.sealed = seal_request(content | {"needs": needs}, row.id)
    row.state = HelpState.OPEN if Outcome.OPEN in needs.values() else HelpState.DECIDED
    row.is_held, row.changed_on = False, today()
    row.version += 1
    return needs != before
