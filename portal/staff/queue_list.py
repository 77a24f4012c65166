"""The officers' list as every page shows it that ends in it: a view of the queue, one page of it, and what was just done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import render_template, url_for

from portal import audit, outbox
from portal.audit import Action
from portal.db import today, transaction
from portal.partnership.file import current_partnership
from portal.partnership.priorities import silent_priorities
from portal.reporting import bulk, hand_overs, queue, queue_views
from portal.reporting.bulk import Done, Seen
from portal.reporting.pages.steps import in_words, place_in_words
from portal.reporting.pages.ticked import ticked_words
from portal.reporting.queue import QueueRow
from portal.reporting.queue_views import View, Wanted
from portal.reporting.references import shown_reference
from portal.staff import colleagues, queue_words, saved_views
from portal.staff.access import held_keys, officer
from portal.staff.desk_words import PROBLEMS
from portal.staff.forms import JUDGED, KINDS, RECKONED, STATES, source_in_words
from portal.staff.saved_views import MAX_NAME

PAGE_SIZE = 50


def wanted_in(given: Mapping[str, str]) -> tuple[Wanted, dict[str, Any]]:
    """What an address or a form asks for, and what could be asked for."""
    me = officer().staff.id
    choices = queue_words.offered(queue_words.wanted_view(given), colleagues.officers(), me)
    return queue_words.read_wanted(given, choices), choices


def show_list(given: Mapping[str, str], **more: Any) -> str:
    """`more` is what the page says beside it: a mistake, or what was done."""
    staff = officer().staff
    wanted, choices = wanted_in(given)
    found = queue_views.listing(held_keys(), staff.id.bytes, wanted)
    pages = max(1, -(-len(found.entries) // PAGE_SIZE))
    number = min(max(1, _number(given)), pages)
    # Before the rows are read: what a transaction ends is read anew, row by row.
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.LISTED_REPORTS, f"{wanted.view} page {number}")
    listed = len(found.entries)
    # What a template was given lives until the collector comes, which would come for ten thousand entries at every second look.
    found = replace(found, entries=found.entries[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
    rows = queue.rows_of(held_keys(), found.entries)
    shown = {
        "wanted": wanted,
        "found": found,
        "listed": listed,
        "number": number,
        "pages": pages,
        "first": (number - 1) * PAGE_SIZE + 1,
        "filters": queue_words.filters(wanted, choices),
        "words": queue_words,
        "views": View,
        "saved": saved_views.saved_views(staff.id),
        "max_name": MAX_NAME,
        "address": address_of,
        "older": _address_after(wanted, found.stretch.older) if found.stretch and found.stretch.older else "",
        "newest": _address_after(wanted, "") if wanted.after else "",
        "failing": outbox.failing_alerts(),
        "silent": silent_priorities(current_partnership().priorities, today()),
        "unsent": hand_overs.failing_hand_overs(),
        "problem_words": PROBLEMS,
        "closes_jokes": current_partnership().bulk_outcome is not None,
        **of_rows(rows),
    }
    return render_template("staff/reports.html", **shown | {"search_error": "", "typed": "", "view_error": ""} | more)


def left_out(done: Done) -> list[tuple[str, Any]]:
    """The reference of each, and why; none of one that is gone."""
    left = {one: queue_words.WHY[why] for one, why in done.left_out.items()}
    references = queue.references_of(left)
    return [(shown_reference(references[one]) if one in references else "", why) for one, why in left.items()]


def of_rows(rows: list[QueueRow]) -> dict[str, Any]:
    """What a table of reports is drawn with; `tickets` is what a row's box sends back."""
    return {
        "rows": rows,
        "tickets": bulk.tickets([row.report.id for row in rows], Seen.LISTED, officer().staff.id),
        "owners": {one.id: one.name for one in colleagues.officers()},
        "kind_words": KINDS,
        "state_words": STATES,
        "judged_words": JUDGED,
        "reckoned_words": RECKONED,
        "is_draft": bool(current_partnership().risk.questions and not current_partnership().risk.agreed_by),
        "in_words": in_words,
        "ticked_words": ticked_words,
        "source_in_words": source_in_words,
        "place_in_words": place_in_words,
        "shown_reference": shown_reference,
    }


def address_of(wanted: Wanted, page: int = 1) -> str:
    parts: dict[str, Any] = {**wanted.as_address(), **({"page": page} if page > 1 else {})}
    return url_for(".reports", **parts)


def _address_after(wanted: Wanted, after: str) -> str:
    return address_of(replace(wanted, after=after))


def _number(given: Mapping[str, str]) -> int:
    number = given.get("page", "1")
    return int(number) if number.isdecimal() and len(number) < 7 else 1
