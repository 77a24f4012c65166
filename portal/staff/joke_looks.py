"""Second looks at many reports that were closed as jokes: what was written in them, in full, and one press for those that are ticked."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from flask import abort, render_template, request
from flask_babel import gettext as _

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.languages.i18n import ENGLISH
from portal.languages.words import in_words
from portal.partnership.file import current_partnership
from portal.reporting import bulk, jokes, second_looks
from portal.reporting.bulk import Done, Seen
from portal.reporting.closing import Closing
from portal.reporting.jokes import CLOSED_AT_ONCE, Bulk, Checked
from portal.reporting.pages.steps import place_in_words
from portal.reporting.pages.ticked import ticked_words
from portal.reporting.references import shown_reference
from portal.staff import queue_words
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.forms import KINDS
from portal.staff.models import Role
from portal.staff.panels.looks import closes_joke, may_agree, may_look
from portal.staff.queue_list import left_out


class Alike(NamedTuple):
    """What stands once, with the reports of which it is true."""

    text: str
    by: str
    reason: str


@blueprint.route("/second-looks/jokes", methods=["GET", "POST"], endpoint="joke_looks")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def joke_looks() -> str:
    """POST agrees to those that are ticked, as far as they are as they were on the page."""
    if request.method == "GET":
        return _page()
    if not may_look():
        abort(403)
    ticked = list(dict.fromkeys(request.form.getlist("report")))
    if not ticked:
        return _page(wrong=_("Tick at least one report first."))
    who = Bulk(by_id=officer().staff.id, actor=officer().staff.name, by=officer().display_name)
    return _page(done=jokes.agree_to_jokes(held_keys(), ticked, who))


def _page(*, done: Done | None = None, wrong: str = "") -> str:
    """Showing what was written in them is a look at each of these reports."""
    found = list(_waiting())
    pages = max(1, -(-len(found) // CLOSED_AT_ONCE))
    number = min(max(1, request.values.get("page", 1, int)), pages)
    shown = found[(number - 1) * CLOSED_AT_ONCE : number * CLOSED_AT_ONCE]
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.LISTED_SECOND_LOOKS)
        for report_id in shown:
            audit.record(db, officer().staff.name, Action.OPENED_REPORT, str(report_id))
    # Before they are opened: what comes in between must not count as seen.
    tickets = bulk.tickets(shown, Seen.CLOSING, officer().staff.id)
    closings = _waiting(shown)
    checked = jokes.check_jokes(held_keys(), list(closings), waits=True)
    can = [one for one in checked if one.why_not is None]
    outcome = current_partnership().bulk_outcome
    return render_template(
        "staff/joke_looks.html",
        can=_alike(can, closings),
        count=len(can),
        cannot=[one for one in checked if one.why_not is not None],
        tickets=tickets,
        number=number,
        pages=pages,
        outcome=outcome,
        message=outcome.text[ENGLISH] if outcome else "",
        done=done,
        wrong=wrong,
        left_out=left_out(done) if done else [],
        in_words=in_words,
        words=queue_words,
        kind_words=KINDS,
        ticked_words=ticked_words,
        place_in_words=place_in_words,
        shown_reference=shown_reference,
    )


def _waiting(of: Collection[uuid.UUID] | None = None) -> dict[uuid.UUID, Closing]:
    """By report the closings that this person may agree to with many others, the longest waiting first."""
    waiting = second_looks.waiting_closings(held_keys(), of)
    return {one.report.id: one.closing for one in waiting if one.closing and closes_joke(one) and may_agree(one)}


def _alike(checked: Iterable[Checked], closings: Mapping[uuid.UUID, Closing]) -> list[tuple[Alike, list[Checked]]]:
    """The same words, closed by the same officer for the same reason, stand once."""
    found: dict[Alike, list[Checked]] = {}
    for one in checked:
        closing = closings[one.report.id]
        found.setdefault(Alike(one.text, closing.by, closing.reason), []).append(one)
    return list(found.items())
