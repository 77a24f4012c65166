"""The calendar: the list of what is on, a month of it at a glance, and what is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from flask import abort, render_template, request, url_for
from flask_babel import gettext as _

from portal.db import today
from portal.events import facts, listing, months
from portal.events.afterwards_shown import what_came_of
from portal.events.choices import sections
from portal.events.filters import Wanted, at_any_time, first_day, is_month, query_of, wanted_from
from portal.events.finding import Found
from portal.events.labels import ACCESS
from portal.events.listing import ShownEvent
from portal.events.routes import blueprint, public_address
from portal.events.times import local
from portal.languages.i18n import current_language, day_and_year, long_day, month_name
from portal.web.caching import public

PAGE_SIZE = 30
# A page number beyond the last is the last page, whatever it is; this keeps the number of those small.
MAX_PAGE = 1_000


def _used_query() -> str:
    """What the address asks for, as the page's own links spell it."""
    return urlsplit(_address(wanted_from(request.args), min(_page(), MAX_PAGE))).query


def _used_in_a_month() -> str:
    """The same where the address says the month."""
    return urlsplit(_address(at_any_time(wanted_from(request.args)))).query


def _used_of_what_is_over() -> str:
    number = min(_page(), MAX_PAGE)
    return f"page={number}" if number > 1 else ""


def _page() -> int:
    return max(1, request.args.get("page", 1, type=int))


@blueprint.get("/events")
@public(used_query=_used_query)
def calendar() -> str:
    """One page of what is to come, by day; what is looked for stands in the address, so that it can be sent on."""
    wanted = wanted_from(request.args)
    found = listing.look_for(wanted)
    number, pages = _within(_page(), len(found.ids))
    on_page = listing.events_in_order(found.ids[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
    feed_address = public_address("events.feed")
    return render_template(
        "events/calendar.html",
        days=_by_day(listing.shown_events(on_page, current_language().code, wanted), first_day(wanted.when) or today()),
        count=len(found.ids),
        number=number,
        pages=pages,
        is_choosing=wanted != Wanted(),
        chips=_chips(wanted),
        address=_address,
        month=_month_address(wanted, _with_events(first_day(wanted.when) or today())),
        everything=_everything(wanted) if not found.ids else None,
        feed=feed_address,
        subscription=f"webcal://{feed_address.partition('://')[2]}",
        **_offered(wanted, found),
    )


@blueprint.get("/events/month/<month>")
@public(used_query=_used_in_a_month)
def month(month: str) -> str:
    """Every time at which something takes place in a month, day by day."""
    first = first_day(month) if is_month(month) else None
    earliest, last = months.months_with_events()
    if first is None or not earliest <= first <= last:
        abort(404)
    wanted = at_any_time(wanted_from(request.args))
    shown = months.look_at(first, wanted, current_language().code)
    before, after = months.month_before(first), months.next_month(first)
    return render_template(
        "events/month.html",
        first=first,
        month=shown,
        weekdays=months.any_week(first),
        before=(before, _month_address(wanted, before)) if before >= earliest else None,
        after=(after, _month_address(wanted, after)) if after <= last else None,
        day_address=lambda day: _address(replace(wanted, when=f"{day:%Y-%m-%d}")),
        as_list=_address(replace(wanted, when=month)),
        all_of_it=url_for(".month", month=month) if wanted != Wanted() else None,
        **_offered(wanted, shown.found),
    )


@blueprint.get("/events/past")
@public(used_query=_used_of_what_is_over)
def past() -> str:
    """What is over, the newest first."""
    count = listing.count_earlier()
    number, pages = _within(_page(), count)
    events = listing.shown_events(listing.earlier_events((number - 1) * PAGE_SIZE, PAGE_SIZE), current_language().code)
    return render_template(
        "events/past.html",
        days=_by_day(events),
        came=what_came_of(events),
        count=count,
        number=number,
        pages=pages,
        facts=_listed_facts(),
    )


def _within(number: int, count: int) -> tuple[int, int]:
    """The number of a page that there is, and how many there are."""
    pages = max(1, -(-count // PAGE_SIZE))
    return min(number, pages), pages


def _address(wanted: Wanted, page: int | None = None) -> str:
    """The list of what is wanted."""
    return url_for(".calendar", **query_of(wanted), page=page if page and page > 1 else None)


def _with_events(day: date) -> date:
    """The first of its month, or of the nearest month that has a page."""
    earliest, last = months.months_with_events()
    return min(max(day.replace(day=1), earliest), last)


def _month_address(wanted: Wanted, first: date) -> str:
    return url_for(".month", month=f"{first:%Y-%m}", **query_of(at_any_time(wanted)))


def _offered(wanted: Wanted, found: Found) -> dict[str, Any]:
    """What can be chosen on a list and on a month."""
    return {
        "wanted": wanted,
        "query": query_of(wanted),
        "sections": sections(wanted, found),
        "facts": _listed_facts(),
    }


def _listed_facts() -> list[tuple[str, Any]]:
    return [(fact.value, ACCESS[fact]) for fact in facts.LISTED]


def _chips(wanted: Wanted) -> list[tuple[str, str, bool]]:
    """(words, address, whether it is chosen)"""
    times = [("today", _("Today")), ("week", _("This week")), ("month", _("This month")), ("", _("All to come"))]
    if day := first_day(wanted.when):
        times.append((wanted.when, month_name(day) if is_month(wanted.when) else day_and_year(day)))
    return [(words, _address(replace(wanted, when=when)), when == wanted.when) for when, words in times]


def _everything(wanted: Wanted) -> tuple[str, str] | None:
    """Where nothing is found: the name and the list of a month that has something, whatever is looked for."""
    day = first_day(wanted.when)
    there = listing.first_event_day(day.replace(day=1) if day else today()) or listing.first_event_day(today())
    return (month_name(there), _address(Wanted(when=f"{there:%Y-%m}"))) if there else None


@dataclass(frozen=True)
class OfDay:
    heading: str
    events: list[ShownEvent]
    month: str
    """The name of the month that begins with this day; empty where it is the month of what stands before."""


def _by_day(events: Iterable[ShownEvent], first: date = date.min) -> Iterator[OfDay]:
    """What began before the first day and is still on stands under that."""
    before = today() if first == date.min else first
    for day, of_day in groupby(events, lambda one: max(local(one.next.starts_at).date(), first)):
        is_new = (day.year, day.month) != (before.year, before.month)
        yield OfDay(_heading(day), list(of_day), month_name(day) if is_new else "")
        before = day


def _heading(day: date) -> str:
    if day == today():
        return _("Today, %(day)s", day=long_day(day))
    return long_day(day) if day.year == today().year else day_and_year(day)
