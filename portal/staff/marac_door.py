"""A meeting of the MARAC, or one of its cases, opened for whoever may; a page that is not there for anybody else."""

from __future__ import annotations

import uuid

from flask import abort

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.marac import hearing, tables
from portal.marac.hearing import OpenItem
from portal.marac.tables import Meeting, Member
from portal.staff.access import held_keys, officer
from portal.vault import meetings


def is_coordinator() -> bool:
    return meetings.opens_record(held_keys())


def only_coordinators() -> None:
    if not is_coordinator():
        abort(404)


def open_meeting(meeting_id: uuid.UUID) -> Meeting:
    """For those at its table and for coordinators, who see its day and its table even while its cases are closed to them."""
    found = tables.find_meeting(meeting_id) or abort(404)
    if my_seat(found) is None and not is_coordinator():
        abort(404)
    return found


def my_seat(meeting: Meeting) -> Member | None:
    seats = tables.seats_of(meeting.id)
    return next((seat for seat in seats if seat.staff_id == officer().staff.id), None)


def opens_cases(meeting: Meeting) -> bool:
    return tables.opens(meeting, officer().staff.id, held_keys())


def runs(meeting: Meeting) -> bool:
    """Whether this is its chair, its deputy or its coordinator, who write the minutes; nobody, once it is cancelled."""
    if meeting.cancelled_on is not None:
        return False
    ours = (meeting.chair_id, meeting.deputy_id, meeting.coordinator_id)
    return officer().staff.id in ours if meeting.agreed_on is None else is_coordinator()


def may_move(meeting: Meeting) -> bool:
    """Who runs it, and any coordinator: its own may be the one who left. Nothing is opened for it."""
    return not meeting.is_over and (runs(meeting) or is_coordinator())


def open_item(item_id: uuid.UUID) -> tuple[OpenItem, Meeting]:
    """A case at a meeting; looking at it is written down."""
    item = hearing.find_item(item_id, held_keys()) or abort(404)
    meeting = tables.find_meeting(item.row.meeting_id) or abort(404)
    if not opens_cases(meeting):
        abort(404)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_MARAC_CASE, str(item.case.row.id))
    return item, meeting
