"""One meeting of the MARAC: its day, its table and its agenda, and the moment at which its minutes are agreed."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.marac import agreeing, moving, referring, tables
from portal.marac.agreeing import CannotAgree
from portal.marac.tables import Meeting, Member, NotPossible, Over
from portal.reporting import conversations
from portal.staff import marac_words
from portal.staff.access import MARAC_ROLES, blueprint, held_keys, officer, only
from portal.staff.marac_door import (
    is_coordinator,
    may_move,
    my_seat,
    only_coordinators,
    open_meeting,
    opens_cases,
    runs,
)
from portal.staff.marac_forms import MOST_MINUTES, MeetingForm, MemberForm, PresenceForm, number_in
from portal.staff.marac_people import Person, at_work, people_for_tables
from portal.staff.models import Role
from portal.vault import meetings
from portal.vault.keyholders import VaultError
from portal.web.forms import choices

MOST_IN_AGENDA = 99


@blueprint.route("/marac/new", methods=["GET", "POST"], endpoint="marac_new")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def new_meeting() -> Response | str:
    """A coordinator plans one; the others come to its table on its own page."""
    only_coordinators()
    people = _ready(people_for_tables())
    form = MeetingForm(once=uuid.uuid4().hex)
    form.chair.choices = choices({"": _("Choose somebody")} | {one.id.hex: one.name for one in people.values()})
    if form.is_submitted():
        chair = next((one for one in people.values() if one.id.hex == form.chair.data), None)
        is_right = form.validate()
        if chair is None:
            form.chair.errors = [_("Choose who is in the chair.")]
        elif is_right:
            me = people[officer().staff.id]
            seats = {one.id: one.seat("") for one in (me, chair)}
            once = conversations.message_id(form.once.data, f"{form.held_on.data} {form.begins.data} {chair.id}")
            with transaction() as db:
                tables.create(
                    db, form.held_on.data, form.begins.data, chair.id, me.id, seats.values(), held_keys(), once
                )
                audit.record(db, officer().staff.name, Action.ADDED_MARAC_MEETING, str(once))
            return redirect(url_for(".marac_meeting", meeting_id=once), 303)
    return render_template("staff/marac/new.html", form=form)


@blueprint.get("/marac/meetings/<uuid:meeting_id>", endpoint="marac_meeting")
@only(*MARAC_ROLES, unlocked=True)
def one_meeting(meeting_id: uuid.UUID) -> str:
    """For those at its table, and for coordinators."""
    return _show(open_meeting(meeting_id))


@blueprint.post("/marac/meetings/<uuid:meeting_id>/members", endpoint="marac_members")
@only(*MARAC_ROLES, unlocked=True)
def add_member(meeting_id: uuid.UUID) -> Response | str:
    """The coordinator lets somebody to the table; any member who has the key hands it on to somebody who lost it."""
    meeting = open_meeting(meeting_id)
    people = people_for_tables()
    form = _member_form(meeting, people)
    person = next((one for one in _ready(people).values() if one.id.hex == form.person.data), None)
    seats = {seat.staff_id: seat.agency for seat in tables.seats_of(meeting_id)}
    if not runs(meeting) and (person is None or person.id not in seats):
        abort(404)
    if person is None:
        form.person.errors = [_("Choose somebody who has an account and a passphrase.")]
        return _show(meeting, member=form)
    if not person.agency and form.agency.data not in marac_words.agency_choices():
        form.agency.errors = [_("Choose an agency from the list.")]
        return _show(meeting, member=form)
    seat = person.seat(seats.get(person.id, form.agency.data or ""))
    try:
        with transaction() as db:
            tables.add_member(db, meeting_id, seat, held_keys())
            audit.record(db, officer().staff.name, Action.ADDED_MARAC_MEMBER, f"{meeting_id} {person.id}")
    except (Over, VaultError) as why:
        return _refused(meeting_id, why)
    return redirect(url_for(".marac_meeting", meeting_id=meeting_id), 303)


@blueprint.post("/marac/meetings/<uuid:meeting_id>/members/<uuid:person_id>", endpoint="marac_member")
@only(*MARAC_ROLES, unlocked=True)
def remove_member(meeting_id: uuid.UUID, person_id: uuid.UUID) -> Response | str:
    """They open nothing of it any more, and its key is another from then on."""
    meeting = open_meeting(meeting_id)
    person = people_for_tables().get(person_id)
    if not runs(meeting) or person is None:
        abort(404)
    try:
        with transaction() as db:
            tables.remove_member(db, meeting_id, person.seat(""), held_keys())
            audit.record(db, officer().staff.name, Action.REMOVED_MARAC_MEMBER, f"{meeting_id} {person_id}")
    except NotPossible:
        return _show(meeting, problem=_("The chair and the coordinator stay at the table."))
    except (Over, VaultError) as why:
        return _refused(meeting_id, why)
    return redirect(url_for(".marac_meeting", meeting_id=meeting_id), 303)


@blueprint.post("/marac/meetings/<uuid:meeting_id>/presence", endpoint="marac_presence")
@only(*MARAC_ROLES, unlocked=True)
def set_presence(meeting_id: uuid.UUID) -> Response | str:
    meeting = open_meeting(meeting_id)
    if not runs(meeting):
        abort(404)
    form = _presence_form(meeting, people_for_tables())
    if not form.validate():
        return _show(meeting, presence=form)
    deputy = uuid.UUID(hex=form.deputy.data) if form.deputy.data else None
    try:
        with transaction() as db:
            tables.set_present(db, meeting_id, {uuid.UUID(hex=one) for one in form.present.data}, deputy)
            audit.record(db, officer().staff.name, Action.CHANGED_MARAC_MEETING, str(meeting_id))
    except NotPossible:
        form.deputy.errors = [_("The deputy must have been there.")]
        return _show(meeting, presence=form)
    except Over as why:
        return _refused(meeting_id, why)
    return redirect(url_for(".marac_meeting", meeting_id=meeting_id), 303)


@blueprint.post("/marac/meetings/<uuid:meeting_id>/agenda", endpoint="marac_agenda")
@only(*MARAC_ROLES, unlocked=True)
def change_agenda(meeting_id: uuid.UUID) -> Response | str:
    """The order of the cases and how long each is talked about; or one is taken off."""
    meeting = open_meeting(meeting_id)
    if not runs(meeting):
        abort(404)
    items = tables.agenda(meeting_id)
    places: dict[uuid.UUID, tuple[int, int]] = {}
    for item in items:
        place = number_in(request.form.get(f"place-{item.id.hex}"), MOST_IN_AGENDA)
        minutes = number_in(request.form.get(f"minutes-{item.id.hex}"), MOST_MINUTES)
        if place is None or minutes is None:
            wrong = _("Write places and minutes as numbers. Nothing was changed.")
            return _show(meeting, problem=wrong)
        places[item.id] = place, minutes
    taken_off = next((item for item in items if item.id.hex == request.form.get("off")), None)
    try:
        with transaction() as db:
            if taken_off is not None:
                tables.take_off(db, taken_off.id)
            else:
                tables.order_agenda(db, meeting_id, places)
            audit.record(db, officer().staff.name, Action.CHANGED_MARAC_MEETING, str(meeting_id))
    except NotPossible:
        return _show(meeting, problem=_("Somebody has written about this case already, so it stays on the agenda."))
    except Over as why:
        return _refused(meeting_id, why)
    return redirect(url_for(".marac_meeting", meeting_id=meeting_id), 303)


@blueprint.post("/marac/meetings/<uuid:meeting_id>/agree", endpoint="marac_agree")
@only(*MARAC_ROLES, unlocked=True)
def agree(meeting_id: uuid.UUID) -> Response | str:
    """From then on the table opens nothing more; the coordinators keep the record."""
    meeting = open_meeting(meeting_id)
    if not opens_cases(meeting) and not meeting.is_over:
        abort(404)
    working = at_work(people_for_tables())
    try:
        with transaction() as db:
            agreeing.agree(db, meeting_id, officer().staff.id, held_keys(), working)
            audit.record(db, officer().staff.name, Action.AGREED_MARAC_MINUTES, str(meeting_id))
    except CannotAgree as cannot:
        return _show(meeting, problem=marac_words.why_not_yet(cannot.why))
    except (Over, VaultError) as why:
        return _refused(meeting_id, why)
    return redirect(url_for(".marac_meeting", meeting_id=meeting_id), 303)


def _refused(meeting_id: uuid.UUID, why: Exception) -> str:
    meeting = open_meeting(meeting_id)
    return _show(meeting, problem=marac_words.over(meeting) if isinstance(why, Over) else marac_words.not_your_key())


def _ready(people: dict[uuid.UUID, Person]) -> dict[uuid.UUID, Person]:
    return {one.id: one for one in people.values() if one.active and one.can_unlock}


def _member_form(meeting: Meeting, people: dict[uuid.UUID, Person], **how: Any) -> MemberForm:
    form = MemberForm(**how)
    seated = {seat.staff_id for seat in tables.seats_of(meeting.id)}
    others = {one.id.hex: _named(one) for one in _ready(people).values() if one.id not in seated}
    form.person.choices = choices({"": _("Choose somebody")} | others)
    form.agency.choices = choices(marac_words.agency_choices())
    return form


def _named(person: Person) -> str:
    if not person.agency:
        return person.name
    return _("%(name)s, for %(agency)s", name=person.name, agency=marac_words.agency(person.agency))


def _presence_form(meeting: Meeting, people: dict[uuid.UUID, Person], **how: Any) -> PresenceForm:
    seats = tables.seats_of(meeting.id)
    present = [seat.staff_id.hex for seat in seats if seat.was_there]
    form = PresenceForm(present=present, deputy=meeting.deputy_id.hex if meeting.deputy_id else "", **how)
    names = {seat.staff_id.hex: people[seat.staff_id].name for seat in seats if seat.staff_id in people}
    form.present.choices = choices(names)
    others = {staff_id: name for staff_id, name in names.items() if staff_id != meeting.chair_id.hex}
    form.deputy.choices = choices({"": _("No deputy")} | others)
    return form


def _show(
    meeting: Meeting, *, problem: str = "", member: MemberForm | None = None, presence: PresenceForm | None = None
) -> str:
    people, seats, items = people_for_tables(), tables.seats_of(meeting.id), tables.agenda(meeting.id)
    opens, holders = opens_cases(meeting), meetings.holders(meeting.id)
    cases = referring.open_cases(tables.case_rows([item.case_id for item in items]), held_keys()) if opens else []
    not_yet = agreeing.not_yet(meeting, officer().staff.id, at_work(people)) if not meeting.is_over else None
    shown: dict[str, Any] = {
        "meeting": meeting,
        "problem": problem,
        "sent": member or presence,
        "seats": [
            (seat, people.get(seat.staff_id), _holds(people.get(seat.staff_id), holders))
            for seat in _in_order(meeting, seats, people)
        ],
        "items": items,
        "cases": {case.row.id: case for case in cases},
        "opens": opens,
        "runs": runs(meeting) and opens and not meeting.is_over,
        "may_move": may_move(meeting),
        "changes": moving.changes_of(meeting.id),
        "coordinates": is_coordinator(),
        "is_lost": not meeting.is_over and not any(_holds(people.get(s.staff_id), holders) for s in seats),
        "team": meetings.team_of(meeting.id),
        "member": member or _member_form(meeting, people, formdata=None),
        "presence": presence or _presence_form(meeting, people, formdata=None),
        "not_yet": marac_words.why_not_yet(not_yet) if not_yet else "",
        "my_seat": my_seat(meeting),
        "words": marac_words,
        "people": people,
    }
    return render_template("staff/marac/meeting.html", **shown)


def _in_order(meeting: Meeting, seats: list[Member], people: dict[uuid.UUID, Person]) -> list[Member]:
    """The chair first, then the coordinator, then the others as their names go."""
    first = (meeting.chair_id, meeting.coordinator_id)
    names = list(people)
    by_name = sorted(seats, key=lambda seat: names.index(seat.staff_id) if seat.staff_id in people else len(names))
    return sorted(by_name, key=lambda seat: first.index(seat.staff_id) if seat.staff_id in first else len(first))


def _holds(person: Person | None, holders: set[uuid.UUID]) -> bool:
    return person is not None and person.active and person.can_unlock and person.member_id in holders
