"""Finding a report: by its reference, or by words in what was written. What was looked for is written down nowhere."""

from __future__ import annotations

import re

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.languages.i18n import isolated
from portal.reporting import queue
from portal.reporting.queue_entries import entries_of
from portal.reporting.queue_search import MAX_TYPED, find_reference, search
from portal.reporting.references import read_reference
from portal.staff import queue_words
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.models import Role
from portal.staff.queue_list import of_rows, show_list
from portal.text import one_line

# Seven digits and a letter, or something near it: nobody looks for such words.
_REFERENCE = re.compile(r"\d[\d\s-]{4,8}[^\W\d_]|\d{3}-\d{4}-?\w?|\d{7}\w?")


@blueprint.post("/search", endpoint="search")
@only(Role.OFFICER, unlocked=True)
def search_reports() -> Response | str:
    """In the body of a request and not in its address: that stays in browsers and logs."""
    typed = one_line(request.form.get("words"))
    if not typed:
        return _sorry(
            typed, _("Write a reference, like %(reference)s, or words to look for.", reference=isolated("482-9137-K"))
        )
    if len(typed) > MAX_TYPED:
        return _sorry(typed, _("That is too long. Write fewer words."))
    reference = read_reference(typed)
    if reference is not None:
        found = find_reference(held_keys(), reference)
        if found is None:
            return _sorry(typed, _("No report has this reference, or it was deleted. Check each digit."))
        report_id, is_ours = found
        if not is_ours:
            return _sorry(typed, _("The report with this reference is sealed to another team."))
        return redirect(url_for(".report", report_id=report_id), 303)
    if _REFERENCE.fullmatch(typed):
        return _sorry(
            typed, _("That is not a reference: a digit or the letter at its end is wrong. Check each of them.")
        )
    return _show_found(typed, request.form.get("after", ""))


def _sorry(typed: str, why: str) -> str:
    return show_list({}, search_error=why, typed=typed)


def _show_found(typed: str, after: str) -> str:
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.SEARCHED_REPORTS)
    found = search(held_keys(), typed, after)
    order = list(found.found)
    entries = sorted(entries_of(held_keys(), order), key=lambda entry: order.index(entry.report_id))
    rows = queue.rows_of(held_keys(), entries)
    shown = of_rows(rows)
    return render_template(
        "staff/found.html",
        typed=typed,
        searched=found,
        found_in=found.found,
        spelled=found.spelled,
        spelled_words=_spelled_words,
        words=queue_words,
        went_on=bool(after),
        **shown,
    )


def _spelled_words(said: list[str]) -> str:
    # Each is isolated, or in a line of Urdu its quotes would change sides.
    quoted = ", ".join(f"\u2068{_('“%(word)s”', word=word)}\u2069" for word in said)
    return _("Like what you typed. It says: %(words)s", words=quoted)
