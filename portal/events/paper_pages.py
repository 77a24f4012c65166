"""The calendar on paper: a month's sheet for a notice board, and a poster of one event, each with a square to scan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import groupby
from urllib.parse import urlsplit
from uuid import UUID

from flask import abort, render_template, request, url_for
from flask_babel import gettext as _

from portal.db import today
from portal.events import facts, feedback, listing, outgoing
from portal.events.filters import Wanted, first_day, is_month, query_of, wanted_from
from portal.events.labels import FOR_WHOM, YES
from portal.events.models import ForWhom
from portal.events.outgoing_words import kind_in_words, where_is
from portal.events.poster_words import LONG_TITLE, ROOM, shortened
from portal.events.routes import blueprint, page_of, public_address
from portal.events.times import local
from portal.languages.i18n import current_language, month_name
from portal.text import unmarked
from portal.web.caching import public
from portal.web.squares import drawn

# Nobody prints what is further away.
MONTHS_AHEAD = 12


def _months() -> list[date]:
    """The first days of this month and of those after it."""
    now = today()
    return [
        date(now.year + (now.month - 1 + ahead) // 12, (now.month - 1 + ahead) % 12 + 1, 1)
        for ahead in range(MONTHS_AHEAD + 1)
    ]


def _wanted() -> Wanted:
    """What the address looks for, in the month that it names; in this month where it names none."""
    wanted = wanted_from(request.args)
    return wanted if is_month(wanted.when) else replace(wanted, when=f"{today():%Y-%m}")


def _used_by_sheet() -> str:
    return urlsplit(url_for("events.sheet", **query_of(wanted_from(request.args)))).query


@blueprint.get("/events/sheet")
@public(used_query=_used_by_sheet)
def sheet() -> str:
    wanted, offered = _wanted(), [f"{month:%Y-%m}" for month in _months()]
    at = offered.index(wanted.when) if wanted.when in offered else None
    beside = {
        "earlier": offered[at - 1] if at else None,
        "later": offered[at + 1] if at is not None and at + 1 < len(offered) else None,
    }
    found = outgoing.times_in(wanted, current_language().code)
    # What began before stands under the first day that the sheet has.
    month = first_day(wanted.when) or today()
    first = max(month, today()) if wanted.when == offered[0] else month
    days = groupby(found.dates, lambda pair: max(local(pair[0].starts_at).date(), first))
    query = query_of(wanted)
    address = public_address("events.calendar", **query)
    return render_template(
        "events/sheet.html",
        month=month_name(month),
        days=[(day, list(of_day)) for day, of_day in days],
        is_cut=found.is_cut,
        beside={name: when and url_for("events.sheet", **query | {"when": when}) for name, when in beside.items()},
        list_address=url_for("events.calendar", **query),
        address=address,
        square=drawn(address),
    )


def _used_by_poster() -> str:
    return "size=a5" if request.args.get("size") == "a5" else ""


@blueprint.get("/events/<uuid:event_id>/poster")
@public(used_query=_used_by_poster)
def poster(event_id: UUID) -> str:
    shown = listing.find_public_event(event_id, current_language().code) or abort(404)
    size = "a5" if request.args.get("size") == "a5" else "a4"
    address = page_of(shown)
    about = facts.about(shown)
    words = shown.words
    return render_template(
        "events/poster.html",
        **about,
        there=[words for _fact, words, answer in about["access"] if answer == YES],
        where=where_is(shown, shown.next),
        kind=kind_in_words(shown),
        whom=[FOR_WHOM[ForWhom(code)] for code in shown.event.for_whom if code in set(ForWhom)],
        size=size,
        is_long=len(words.title) > LONG_TITLE,
        beginning=shortened(unmarked(words.description), ROOM[size]),
        other_size=url_for("events.poster", event_id=event_id, size="a5" if size == "a4" else None),
        has_feedback=feedback.has_sheet(shown),
        other_words=_("Make it A5") if size == "a4" else _("Make it A4"),
        address=address,
        square=drawn(address),
    )
