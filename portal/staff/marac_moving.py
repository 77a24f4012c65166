"""A meeting of the MARAC is moved to another day, or cancelled: with a reason that everybody at its table reads."""

from __future__ import annotations

import uuid

from flask import abort, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.marac import moving, tables
from portal.marac.models import ChangeReason
from portal.marac.moving import HasBegun, Moved
from portal.marac.tables import NotPossible, Over
from portal.staff import marac_words
from portal.staff.access import MARAC_ROLES, blueprint, held_keys, officer, only
from portal.staff.marac_door import may_move, open_meeting, opens_cases
from portal.staff.marac_forms import CancelForm, MoveForm
from portal.vault.keyholders import VaultError
from portal.web.forms import choices


@blueprint.route("/marac/meetings/<uuid:meeting_id>/move", methods=["GET", "POST"], endpoint="marac_move")
@only(*MARAC_ROLES, unlocked=True)
def move(meeting_id: uuid.UUID) -> Response | str:
    """Its table, its agenda and its key stay as they are."""
    meeting = open_meeting(meeting_id)
    if not may_move(meeting):
        return _back(meeting_id) if meeting.is_over else abort(404)
    form = MoveForm(held_on=meeting.held_on, begins=meeting.begins, seen=moving.planned_for(meeting))
    form.why_moved.choices = _reasons()
    if form.validate_on_submit():
        me, to, seen = officer().staff, (form.held_on.data, form.begins.data), form.seen.data or ""
        try:
            with transaction() as db:
                if moving.move(db, meeting_id, to, ChangeReason(form.why_moved.data), me.id, held_keys(), seen):
                    audit.record(db, me.name, Action.MOVED_MARAC_MEETING, f"{meeting_id} {form.why_moved.data}")
        except NotPossible:
            form.held_on.errors = [_("It is on this day and at this time already.")]
        except Moved:
            meeting = _moved_meanwhile(meeting_id, form)
        except Over:
            return _back(meeting_id)
        else:
            return _back(meeting_id)
    return render_template("staff/marac/move.html", meeting=meeting, form=form, words=marac_words)


@blueprint.route("/marac/meetings/<uuid:meeting_id>/cancel", methods=["GET", "POST"], endpoint="marac_cancel")
@only(*MARAC_ROLES, unlocked=True)
def cancel(meeting_id: uuid.UUID) -> Response | str:
    """Its cases go to another meeting that is still to come, or wait again."""
    meeting = open_meeting(meeting_id)
    if not may_move(meeting):
        return _back(meeting_id) if meeting.is_over else abort(404)
    coming = [each for each in tables.coming_meetings() if each.id != meeting_id and opens_cases(each)]
    items = tables.agenda(meeting_id)
    form = CancelForm(seen=moving.planned_for(meeting))
    form.to.choices = choices(
        {"": _("Back to the cases that wait")} | {each.id.hex: marac_words.meeting(each) for each in coming}
    )
    form.why_cancelled.choices = _reasons()
    if form.validate_on_submit():
        to = next((each.id for each in coming if each.id.hex == form.to.data), None)
        if form.to.data and to is None:
            form.to.errors = [_("Choose a meeting from the list.")]
        else:
            me, seen = officer().staff, form.seen.data or ""
            try:
                with transaction() as db:
                    moving.cancel(db, meeting_id, ChangeReason(form.why_cancelled.data), me.id, held_keys(), seen, to)
                    said = f"{meeting_id} {form.why_cancelled.data}"
                    audit.record(db, me.name, Action.CANCELLED_MARAC_MEETING, said)
            except HasBegun:
                return redirect(url_for(".marac_cancel", meeting_id=meeting_id), 303)
            except Moved:
                meeting = _moved_meanwhile(meeting_id, form)
            except NotPossible:
                form.to.errors = [_("Choose a meeting from the list.")]
            except VaultError:
                form.form_errors.append(marac_words.not_your_key())
            except Over:
                return _back(meeting_id)
            else:
                return _back(meeting_id)
    return render_template(
        "staff/marac/cancel.html",
        meeting=meeting,
        form=form,
        items=items,
        words=marac_words,
        has_begun=moving.has_begun(items),
    )


def _moved_meanwhile(meeting_id: uuid.UUID, form: MoveForm | CancelForm) -> tables.Meeting:
    """As it is planned now: sent again, the form was thought of for that day."""
    meeting = open_meeting(meeting_id)
    form.seen.data = moving.planned_for(meeting)
    form.form_errors.append(
        _(
            "Somebody else has moved this meeting in the meantime. Look at the new day, then send this again if it is still right."
        )
    )
    return meeting


def _back(meeting_id: uuid.UUID) -> Response:
    """To its page, which says what was done with it."""
    return redirect(url_for(".marac_meeting", meeting_id=meeting_id), 303)


def _reasons() -> list[tuple[str, str]]:
    return choices({"": _("Choose a reason")} | marac_words.REASONS)
