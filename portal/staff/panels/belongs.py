"""Which other reports this one belongs with, and what came to those that are merged into it."""

from __future__ import annotations

from typing import Any

from portal.db import transaction
from portal.reporting import belonging, links, merging
from portal.reporting.case import OpenReport
from portal.reporting.deletions import deletions_of, find_deletion
from portal.reporting.links import LinkKind
from portal.reporting.models import Kind, State
from portal.staff.access import held_keys
from portal.staff.link_words import counted_in_words, link_in_words, report_words
from portal.web.forms import Form

MOST_SHOWN = 20


def panel(found: OpenReport, _sent: Form | None) -> dict[str, Any]:
    report = found.report
    belongs = belonging.belonging_of(held_keys(), report.id)
    if belongs.gone:
        with transaction() as db:
            links.forget_gone(db, held_keys(), report.id, belongs.gone)
    there = {one.report.id: one for one in belongs.linked}
    shown = belongs.linked[:MOST_SHOWN]
    leading = next((one for one in belongs.linked if one.report.id == belongs.links.led_by), None)
    merged = [there[each] for each in belongs.links.leads if each in there]
    unread = merging.unread_of([one.report.id for one in merged])
    wishes = deletions_of([one.report.id for one in (*shown, *([leading] if leading else ()))])
    leads = report if merged else leading and leading.report
    if leads and leads.state is not State.CLOSED and not merging.is_over(leads, find_deletion(leads.id)):
        merging.owe_next_word(held_keys(), [one.report for one in merged] if merged else [report])
    return {
        "belonging": belongs,
        "belongs_here": report.kind is not Kind.REQUEST,
        "counted": counted_in_words(belongs, report.id),
        "link_words": link_in_words,
        "linked_shown": shown,
        "most_shown": MOST_SHOWN,
        "undone": belongs.undone,
        "deleted_soon": {each for each, wish in wishes.items() if wish.is_standing},
        "leading": leading,
        "leading_is_over": leading is not None and merging.is_over(leading.report, wishes.get(leading.report.id)),
        "is_untold": leading is not None
        and leading.report.state is State.CLOSED
        and merging.is_together(found.messages),
        "merged": merged,
        "came_at": [(one.report, unread[one.report.id]) for one in merged if one.report.id in unread],
        "duplicate": LinkKind.DUPLICATE,
        **report_words(),
    }
