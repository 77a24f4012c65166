"""The officers' list: what waits, most urgent first, with no free text on it."""

from __future__ import annotations

from flask import render_template, request

from portal import audit, outbox
from portal.audit import Action
from portal.db import today, transaction
from portal.partnership.file import current_partnership
from portal.partnership.priorities import silent_priorities
from portal.reporting import hand_overs, queue
from portal.reporting.models import State
from portal.reporting.pages.steps import in_words, place_in_words
from portal.reporting.references import shown_reference
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.desk_words import PROBLEMS
from portal.staff.forms import JUDGED, KINDS, RECKONED, STATES, source_in_words
from portal.staff.models import Role

PAGE_SIZE = 50
VIEWS = {"open": queue.OPEN_STATES, "closed": (State.CLOSED,), "withdrawn": (State.WITHDRAWN,)}


@blueprint.get("/reports", endpoint="reports")
@only(Role.OFFICER, unlocked=True)
def reports() -> str:
    """One page of the list; it opens what was ticked in the reports that wait, so it is written down."""
    view = request.args.get("view", "open")
    view = view if view in VIEWS else "open"
    number = max(1, request.args.get("page", 1, type=int))
    rows = queue.listed_reports(held_keys(), VIEWS[view], skip=min(number - 1, 10**6) * PAGE_SIZE, most=PAGE_SIZE)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.LISTED_REPORTS, f"{view} page {min(number, 10**6)}")
    return render_template(
        "staff/reports.html",
        rows=rows,
        view=view,
        counts={name: queue.count_reports(states) for name, states in VIEWS.items()},
        number=number,
        page_size=PAGE_SIZE,
        failing=outbox.failing_alerts(),
        silent=silent_priorities(current_partnership().priorities, today()),
        unsent=hand_overs.failing_hand_overs(),
        problem_words=PROBLEMS,
        kind_words=KINDS,
        state_words=STATES,
        judged_words=JUDGED,
        reckoned_words=RECKONED,
        in_words=in_words,
        source_in_words=source_in_words,
        place_in_words=place_in_words,
        shown_reference=shown_reference,
    )
