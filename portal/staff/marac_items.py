"""One case at one meeting: what each agency knows, the minutes, and the actions with their owners."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action as Act
from portal.db import transaction
from portal.marac import actions, hearing, tables
from portal.marac.hearing import OpenItem
from portal.marac.models import ActionState
from portal.marac.tables import Meeting, NotPossible, Over
from portal.reporting import conversations, deletions
from portal.staff import marac_words
from portal.staff.access import MARAC_ROLES, blueprint, held_keys, officer, only
from portal.staff.marac_door import my_seat, open_item, runs
from portal.staff.marac_forms import ActionForm, KnowledgeForm, MinutesForm, SettleForm
from portal.staff.marac_people import Person, may_do, people_for_tables
from portal.staff.referral_words import override_in_words
from portal.web.forms import Form, choices

ACTS = {"done": ActionState.DONE, "not_done": ActionState.NOT_DONE, "open": ActionState.OPEN}


@blueprint.get("/marac/items/<uuid:item_id>", endpoint="marac_item")
@only(*MARAC_ROLES, unlocked=True)
def one_item(item_id: uuid.UUID) -> str:
    return _show(*open_item(item_id))


@blueprint.post("/marac/items/<uuid:item_id>/knowledge", endpoint="marac_knowledge")
@only(*MARAC_ROLES, unlocked=True)
def say_what_is_known(item_id: uuid.UUID) -> Response | str:
    """An agency's member says it for their own agency and for no other."""
    item, meeting = open_item(item_id)
    seat = my_seat(meeting)
    if seat is None:
        abort(404)
    form = KnowledgeForm()
    if not form.validate():
        return _show(item, meeting, form)
    try:
        with transaction() as db:
            hearing.say(
                db, item, seat.agency, form.written_known.data or "", officer().display_name, form.seen.data or ""
            )
            audit.record(db, officer().staff.name, Act.WROTE_TO_MARAC_CASE, str(item.case.row.id))
    except Over:
        form.form_errors.append(marac_words.over(meeting))
    except NotPossible:
        form.form_errors.append(
            _(
                "Somebody of your agency has written here in the meantime. Copy your words, open the page again and add them."
            )
        )
    else:
        return redirect(url_for(".marac_item", item_id=item_id, _anchor="known"), 303)
    return _show(item, meeting, form)


@blueprint.post("/marac/items/<uuid:item_id>/minutes", endpoint="marac_minutes")
@only(*MARAC_ROLES, unlocked=True)
def write_minutes(item_id: uuid.UUID) -> Response | str:
    """Until they are agreed they are written over; afterwards a new version needs a reason, and the others stay."""
    item, meeting = open_item(item_id)
    if not runs(meeting):
        abort(404)
    form = _minutes_form(item)
    is_right = form.validate()
    is_agreed = meeting.agreed_on is not None
    if is_agreed and not form.written_correction.data:
        form.written_correction.errors = [
            _("The minutes are agreed. A change makes a new version: write why it is needed.")
        ]
        is_right = False
    if not is_right:
        return _show(item, meeting, form)
    risks, said = (form.risk_before.data, form.risk_after.data), form.written_discussion.data or ""
    by, seen = officer().display_name, form.version_seen
    try:
        with transaction() as db:
            if is_agreed:
                hearing.correct_minutes(db, item, said, risks, by, form.written_correction.data or "", seen)
                audit.record(db, officer().staff.name, Act.CORRECTED_MARAC_MINUTES, str(item.case.row.id))
            else:
                hearing.write_minutes(db, item, said, risks, form.review_on.data, by, seen)
                audit.record(db, officer().staff.name, Act.WROTE_TO_MARAC_CASE, str(item.case.row.id))
    except Over:
        form.form_errors.append(marac_words.over(meeting))
    except NotPossible:
        form.form_errors.append(
            _(
                "Somebody else has written these minutes in the meantime. Copy your words, open the page again and add them."
            )
        )
    else:
        return redirect(url_for(".marac_item", item_id=item_id, _anchor="minutes"), 303)
    return _show(item, meeting, form)


@blueprint.post("/marac/items/<uuid:item_id>/actions", endpoint="marac_add_action")
@only(*MARAC_ROLES, unlocked=True)
def add_action(item_id: uuid.UUID) -> Response | str:
    item, meeting = open_item(item_id)
    if not runs(meeting):
        abort(404)
    people = people_for_tables()
    form = _action_form(meeting, people)
    if not form.validate():
        return _show(item, meeting, form)
    text, due_on, owner = form.written_action.data or "", form.due_on.data, people[uuid.UUID(hex=form.owner.data)]
    once = conversations.message_id(form.once.data, f"{owner.id} {due_on} {text}")
    try:
        with transaction() as db:
            actions.add_action(db, item.row, text, owner.as_owner, due_on, officer().display_name, once)
            audit.record(db, officer().staff.name, Act.CHANGED_MARAC_ACTION, str(once))
    except Over:
        form.form_errors.append(marac_words.over(meeting))
        return _show(item, meeting, form)
    return redirect(url_for(".marac_item", item_id=item_id, _anchor="actions"), 303)


@blueprint.route("/marac/actions/<uuid:action_id>", methods=["GET", "POST"], endpoint="marac_action")
@only(*MARAC_ROLES, unlocked=True)
def one_action(action_id: uuid.UUID) -> Response | str:
    """For its owner also once the meeting is closed to them: done, not done with a reason, or given on to somebody."""
    action = actions.find_action(action_id, officer().staff.id, held_keys()) or abort(404)
    people = people_for_tables()
    form, me = SettleForm(), officer().staff.id
    # To its owner it is given again by somebody else: whose passphrase was made anew lost the key of it.
    mine = {me} & {action.row.owner_id}
    others = [one for one in may_do(action, people) if one.id not in mine]
    form.to.choices = choices({"": _("Choose somebody")} | {one.id.hex: one.name for one in others})
    act = request.form.get("act", "")
    if request.method == "POST" and form.validate():
        to = next((one for one in others if one.id.hex == form.to.data), None)
        note, by = form.written_note.data or "", officer().display_name
        if act == "give_on" and to is None:
            form.to.errors = [_("Choose who does it from now on.")]
        elif act in ("not_done", "open") and not note:
            form.written_note.errors = [_("Write why, in a few words.")]
        elif act not in (*ACTS, "give_on"):
            form.form_errors.append(_("Choose one of the buttons."))
        else:
            try:
                with transaction() as db:
                    if to is not None and act == "give_on":
                        actions.give_on(db, action, to.as_owner, to.name, by)
                    else:
                        actions.settle(db, action, ACTS[act], note, by)
                    audit.record(db, officer().staff.name, Act.CHANGED_MARAC_ACTION, str(action_id))
            except NotPossible:
                form.form_errors.append(_("Somebody has changed this action in the meantime. Look at it again."))
            else:
                return redirect(url_for(".marac"), 303)
    owner = people.get(action.row.owner_id)
    return render_template("staff/marac/action.html", action=action, form=form, owner=owner, words=marac_words)


def _minutes_form(item: OpenItem, **how: Any) -> MinutesForm:
    newest = item.versions[0] if item.versions else None
    form = MinutesForm(
        written_discussion=newest.discussion if newest else "",
        risk_before=item.row.risk_before,
        risk_after=item.row.risk_after or item.row.risk_before,
        review_on=item.row.review_on,
        seen=str(newest.number) if newest else "0",
        **how,
    )
    for field in (form.risk_before, form.risk_after):
        field.choices = choices(marac_words.risk_choices())
    return form


def _action_form(meeting: Meeting, people: dict[uuid.UUID, Person], **how: Any) -> ActionForm:
    form = ActionForm(once=uuid.uuid4().hex, **how)
    seated = [people[seat.staff_id] for seat in tables.seats_of(meeting.id) if seat.staff_id in people]
    ready = {one.id.hex: one.name for one in seated if one.active and one.can_unlock}
    # Nobody is chosen beforehand: what is to be done must not land on whoever comes first.
    form.owner.choices = choices({"": _("Choose somebody")} | ready)
    return form


def _show(item: OpenItem, meeting: Meeting, sent: Form | None = None) -> str:
    """`sent` is the form that holds a mistake."""
    people, seat = people_for_tables(), my_seat(meeting)
    ours = item.said_by(seat.agency) if seat else None
    shown: dict[str, Any] = {
        "known": KnowledgeForm(formdata=None, written_known=ours.text if ours else "", seen=ours.mark if ours else ""),
        "minutes": _minutes_form(item, formdata=None),
        "adding": _action_form(meeting, people, formdata=None),
    }
    for name, kind in (("known", KnowledgeForm), ("minutes", MinutesForm), ("adding", ActionForm)):
        if isinstance(sent, kind):
            shown[name] = sent
    return render_template(
        "staff/marac/item.html",
        item=item,
        referral=item.case.referral,
        meeting=meeting,
        is_stopped=item.case.row.report_id is not None and deletions.has_stopped(item.case.row.report_id),
        seat=seat,
        runs=runs(meeting),
        actions=[(one, people.get(one.row.owner_id)) for one in actions.actions_of(item.row.id, held_keys())],
        people=people,
        sent=sent,
        words=marac_words,
        override=override_in_words,
        **shown,
    )
