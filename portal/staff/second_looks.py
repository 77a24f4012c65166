"""The second look at a closing: what waits, and one of them with all that is needed to judge it."""

from __future__ import annotations

import uuid

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit, outbox
from portal.audit import Action
from portal.db import transaction
from portal.languages.i18n import language_of, name_for_staff
from portal.partnership.file import current_partnership
from portal.reporting import conversations, second_looks
from portal.reporting.case import OpenReport
from portal.reporting.closing import CannotClose, Obstacle
from portal.reporting.deletions import WorkHasStopped, find_deletion
from portal.reporting.models import Author, State
from portal.reporting.pages.steps import place_in_words
from portal.reporting.references import shown_reference
from portal.reporting.second_looks import Waiting
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.closing_forms import SecondLookForm, ids_in, number_in
from portal.staff.forms import JUDGED, KINDS
from portal.staff.models import Role
from portal.staff.open_report import open_report
from portal.staff.outcome_words import obstacle_in_words, outcome_in_words
from portal.staff.panels import facts
from portal.staff.panels.closing_ends import open_tasks, partner_choices_in_words
from portal.staff.panels.looks import closes_joke, may_agree
from portal.staff.panels.messages import shown_message


@blueprint.get("/second-looks", endpoint="second_looks")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def waiting() -> str:
    """Those that this person's key opens, the longest waiting first."""
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.LISTED_SECOND_LOOKS)
    found = second_looks.waiting_closings(held_keys())
    jokes = [one for one in found if closes_joke(one)]
    rows = [one for one in found if not closes_joke(one)]
    offered = sum(may_agree(one) for one in jokes)
    return render_template(
        "staff/second_looks.html",
        rows=rows,
        jokes=offered,
        others_jokes=len(jokes) - offered,
        others=max(0, second_looks.count_waiting() - len(found)),
        may_agree=may_agree,
        looks_by=current_partnership().closing.second_look_by,
        kind_words=KINDS,
        place_in_words=place_in_words,
        outcome_in_words=outcome_in_words,
        shown_reference=shown_reference,
    )


@blueprint.route("/second-looks/<uuid:report_id>", methods=["GET", "POST"], endpoint="second_look")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def second_look(report_id: uuid.UUID) -> Response | str:
    """Agree, and it is closed and the message goes; or send it back with a note."""
    found = open_report(report_id)
    one = second_looks.waiting_closing(report_id, found.key)
    form = SecondLookForm()
    if request.method == "GET":
        return _page(found, one, form)
    form.sends_back = "send_back" in request.form
    form.unread = number_in(form.read) - one.closing.read if one and one.closing else 0
    if one is None or not may_agree(one):
        form.form_errors.append(obstacle_in_words(Obstacle.IS_GONE if one is None else Obstacle.OWN_CLOSING))
    elif form.validate() and _decide(found, form):
        return redirect(url_for(".second_looks"), 303)
    return _page(found, second_looks.waiting_closing(report_id, found.key), form)


def _decide(found: OpenReport, form: SecondLookForm) -> bool:
    name, report_id = officer().display_name, found.report.id
    try:
        with transaction() as db:
            if form.sends_back:
                audit.record(db, officer().staff.name, Action.SENT_BACK_CLOSING, str(report_id))
                second_looks.send_back(db, report_id, found.key, by=name, note=form.why.data)
            else:
                audit.record(db, officer().staff.name, Action.CLOSED_REPORT, str(report_id))
                second_looks.agree(
                    db,
                    held_keys(),
                    found.conversation,
                    found.key,
                    _id(form.once.data),
                    by=name,
                    by_id=officer().staff.id,
                    read=number_in(form.read),
                    tasks=ids_in(form.tasks),
                )
    except WorkHasStopped:
        form.form_errors.append(
            _("The reporter has stopped work on this report. It was not closed, and nothing was sent.")
        )
        return False
    except CannotClose as cannot:
        form.form_errors.append(obstacle_in_words(cannot.obstacle))
        return False
    return True


def _id(text: str | None) -> uuid.UUID:
    """Which closing was looked at; one that is nobody's where the page was tampered with."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return uuid.UUID(int=0)


def _page(found: OpenReport, one: Waiting | None, form: SecondLookForm) -> str:
    """Showing it is a look at the report."""
    report = found.report
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_REPORT, str(report.id))
    messages = conversations.messages_of(found.conversation, Author.OFFICER)
    closing = one.closing if one else None
    form.read.data = sum(message.author is Author.REPORTER for message in messages)
    form.once.data = closing.once.hex if closing else ""
    ending = open_tasks(found)
    form.tasks.data = " ".join(one.task.id.hex for one in ending)
    return render_template(
        "staff/second_look.html",
        form=form,
        found=found,
        one=one,
        closing=closing,
        ending=ending if closing else [],
        partner_choices=partner_choices_in_words(found, closing.partner_choices) if closing else [],
        said_in=language_of(closing.language) if closing else None,
        said_in_name=name_for_staff(closing.language) if closing else "",
        is_own=closing is not None and closing.by_id == officer().staff.id,
        may_agree=one is not None and may_agree(one),
        is_officer=officer().may(Role.OFFICER),
        is_stopped=conversations.is_stopped(found.conversation, find_deletion(report.id)),
        is_closed=report.state is State.CLOSED,
        alert=outbox.waiting_alert(report.id),
        judged_words=JUDGED,
        thread=[shown_message(found, message, may_translate=False) for message in messages],
        outcome_in_words=outcome_in_words,
        **{name: shown for name, shown in facts.panel(found, None).items() if name != "alert"} | {"report": report},
    )
