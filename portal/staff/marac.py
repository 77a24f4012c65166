"""The MARAC's first page: meetings, cases that wait, what somebody has to do; a case before it is heard; the figures."""

from __future__ import annotations

import uuid

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.marac import actions, figures, moving, referring, tables
from portal.marac.referring import Settled
from portal.marac.tables import NotPossible, Over
from portal.partnership.file import current_partnership
from portal.reporting import deletions
from portal.staff import marac_words
from portal.staff.access import MARAC_ROLES, blueprint, held_keys, officer, only
from portal.staff.figure_words import told
from portal.staff.marac_door import is_coordinator, only_coordinators, opens_cases
from portal.staff.marac_forms import MOST_MINUTES, AgendaForm, LeaveOutForm, number_in
from portal.staff.marac_people import at_work, people_for_tables
from portal.staff.models import Role
from portal.staff.referral_words import override_in_words
from portal.vault import meetings
from portal.web.forms import choices


@blueprint.get("/marac", endpoint="marac")
@only(*MARAC_ROLES, unlocked=True)
def overview() -> str:
    """Of a member their own meetings and actions; of a coordinator all meetings, and the cases that wait."""
    if not current_partnership().marac.is_held:
        abort(404)
    coordinates, me, people = is_coordinator(), officer().staff.id, people_for_tables()
    seen = tables.meetings_seen(me, is_coordinator=coordinates)
    moved = moving.moved_among([each.id for each in seen])
    return render_template(
        "staff/marac/overview.html",
        coordinates=coordinates,
        was_referred=request.args.get("referred") == "yes",
        meetings=[
            (each, len(tables.agenda(each.id)), not each.is_over and not _anyone_opens(each.id), each.id in moved)
            for each in seen
        ],
        waiting=referring.waiting_cases(held_keys()) if coordinates else [],
        closed=actions.count_closed(me, held_keys()),
        mine=actions.my_actions(me, held_keys()),
        ownerless=actions.ownerless(at_work(people), held_keys()) if coordinates else [],
        has_coordinator=bool(meetings.coordinators()),
        words=marac_words,
    )


def _anyone_opens(meeting_id: uuid.UUID) -> bool:
    active = {one.member_id for one in people_for_tables().values() if one.active and one.can_unlock}
    return bool(meetings.holders(meeting_id) & active)


@blueprint.route("/marac/cases/<uuid:case_id>", methods=["GET", "POST"], endpoint="marac_case")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def one_case(case_id: uuid.UUID) -> Response | str:
    """A coordinator reads what was referred, and puts it on an agenda or leaves it out with a reason."""
    only_coordinators()
    case = referring.find_case(case_id, held_keys()) or abort(404)
    leaves_out = request.method == "POST" and "leave_out" in request.form
    form = AgendaForm(formdata=None) if leaves_out else AgendaForm()
    leaving = LeaveOutForm()
    coming = [each for each in tables.coming_meetings() if opens_cases(each)]
    form.meeting.choices = choices({each.id.hex: marac_words.meeting(each) for each in coming})
    problem = ""
    if leaves_out and leaving.validate():
        try:
            with transaction() as db:
                referring.leave_out(db, case_id, held_keys(), leaving.written_not_taken.data or "")
                audit.record(db, officer().staff.name, Action.LEFT_OUT_MARAC_CASE, str(case_id))
        except Settled:
            problem = _("Somebody has decided about this case in the meantime. Look at it again.")
        else:
            return redirect(url_for(".marac"), 303)
    elif request.method == "POST" and not leaves_out:
        chosen = next((each for each in coming if each.id.hex == form.meeting.data), None)
        if chosen is None:
            form.validate()
            form.meeting.errors = [_("Choose a meeting from the list.")]
        elif form.validate():
            try:
                with transaction() as db:
                    minutes = number_in(form.minutes.data, MOST_MINUTES) or tables.USUAL_MINUTES
                    tables.put_on_agenda(db, chosen.id, case_id, minutes, held_keys())
                    audit.record(db, officer().staff.name, Action.CHANGED_MARAC_MEETING, str(chosen.id))
            except (Over, NotPossible):
                problem = _("Somebody has decided about this case in the meantime. Look at it again.")
            else:
                return redirect(url_for(".marac_meeting", meeting_id=chosen.id), 303)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_MARAC_CASE, str(case_id))
    return render_template(
        "staff/marac/case.html",
        case=case,
        form=form,
        leaving=leaving,
        sent=leaving if leaves_out else form,
        problem=problem,
        words=marac_words,
        override=override_in_words,
        coming=coming,
        is_stopped=case.row.report_id is not None and deletions.has_stopped(case.row.report_id),
    )


@blueprint.get("/marac/figures", endpoint="marac_figures")
@only(Role.OFFICER, Role.SUPERVISOR)
def quarterly_figures() -> str:
    """Counts by quarter, none of which could tell of one case."""
    if not current_partnership().marac.is_held:
        abort(404)
    return render_template("staff/marac/figures.html", quarters=figures.quarterly(), told=told, words=marac_words)
