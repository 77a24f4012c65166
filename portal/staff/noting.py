"""An officer writes an internal note, or a task, and says what is done; and all their tasks on one page."""

from __future__ import annotations

import math
import uuid

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.reporting import conversations, notes, tasks
from portal.reporting.deletions import WorkHasStopped
from portal.reporting.notes import NoteKind
from portal.reporting.references import shown_reference
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.case_forms import NoteForm, TaskForm
from portal.staff.colleagues import who_can_open, whose_work_is_free
from portal.staff.forms import KINDS, STATES
from portal.staff.models import Role
from portal.staff.open_report import open_report
from portal.staff.panels.page import show_report
from portal.staff.panels.tasks import offer_owners

PAGE_SIZE = 50


@blueprint.post("/reports/<uuid:report_id>/notes", endpoint="write_note")
@only(Role.OFFICER, unlocked=True)
def write_note(report_id: uuid.UUID) -> Response | str:
    """For whoever works on it; nothing on the reporter's page tells of it."""
    found = open_report(report_id)
    form = NoteForm(once=uuid.uuid4().hex)
    if not form.validate():
        return show_report(found, form)
    text = form.note.data
    once = conversations.message_id(form.once.data, text)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.WROTE_NOTE, str(report_id))
        notes.add_note(db, report_id, found.key, NoteKind.NOTE, text, officer().display_name, once=once)
    return redirect(url_for(".report", report_id=report_id, _anchor="notes"), 303)


@blueprint.post("/reports/<uuid:report_id>/tasks", endpoint="add_task")
@only(Role.OFFICER, unlocked=True)
def add_task(report_id: uuid.UUID) -> Response | str:
    found = open_report(report_id)
    form = TaskForm(once=uuid.uuid4().hex)
    offer_owners(form, who_can_open(report_id, found.conversation.conversation_id))
    if not form.validate():
        return show_report(found, form)
    text, owner, due_on = form.task.data, form.task_owner.data, form.task_due.data
    once = conversations.message_id(form.once.data, f"{owner} {due_on} {text}")
    # Where the reporter stopped work meanwhile, nothing is done, and the report's page says why.
    try:
        with transaction() as db:
            audit.record(db, officer().staff.name, Action.ADDED_TASK, str(report_id))
            tasks.add_task(db, report_id, found.key, text, uuid.UUID(owner), due_on, officer().display_name, once)
    except WorkHasStopped:
        return show_report(open_report(report_id), form)
    return redirect(url_for(".report", report_id=report_id, _anchor="tasks"), 303)


@blueprint.post("/reports/<uuid:report_id>/tasks/<uuid:task_id>", endpoint="change_task")
@only(Role.OFFICER, unlocked=True)
def change_task(report_id: uuid.UUID, task_id: uuid.UUID) -> Response:
    """Done, not done after all, or taken over."""
    found = open_report(report_id)
    what = request.form.get("act", "")
    if what not in ("done", "undo", "take"):
        abort(400)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.CHANGED_TASK, str(report_id))
        if what == "take":
            tasks.take_task(db, report_id, task_id, officer().staff.id)
        else:
            tasks.set_done(db, report_id, task_id, found.key, officer().display_name, is_done=what == "done")
    if request.form.get("back") == "tasks":
        return redirect(url_for(".tasks"), 303)
    return redirect(url_for(".report", report_id=report_id, _anchor="tasks"), 303)


@blueprint.get("/tasks", endpoint="tasks")
@only(Role.OFFICER, unlocked=True)
def my_tasks() -> str:
    """What is to be done by whoever looks, or by nobody any more; the earliest day first, whatever the case's state."""
    owners = {officer().staff.id: "", **whose_work_is_free()}
    all_of_them = tasks.count_open_tasks(owners)
    last_page = max(1, math.ceil(all_of_them / PAGE_SIZE))
    number = min(max(1, request.args.get("page", 1, type=int)), last_page)
    rows = tasks.open_tasks(held_keys(), owners, skip=(number - 1) * PAGE_SIZE, most=PAGE_SIZE)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.LISTED_REPORTS, f"tasks page {number}")
    return render_template(
        "staff/tasks.html",
        rows=rows,
        owners=owners,
        all=all_of_them,
        number=number,
        page_size=PAGE_SIZE,
        kind_words=KINDS,
        state_words=STATES,
        shown_reference=shown_reference,
    )
