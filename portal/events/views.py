"""The calendar: what is on, and one page for each event."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from flask import abort, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from portal.config import settings
from portal.db import today
from portal.events import facts, labels, listing
from portal.events.listing import Found, ShownEvent, Wanted
from portal.events.models import AccessFact
from portal.events.recurrence_words import comes_again
from portal.events.routes import blueprint
from portal.events.services import places
from portal.events.times import clock, local
from portal.languages.i18n import SPOKEN, current_language, day_and_year, direction, long_day, own_name
from portal.text import unmarked
from portal.web.caching import public

PAGE_SIZE = 30
# A page number beyond the last is the last page, whatever it is; this keeps the number of those small.
MAX_PAGE = 1_000


@blueprint.app_context_processor
def whats_on() -> dict[str, Any]:
    """For the door on the home page, which knows no feature."""
    return {"has_upcoming_events": _has_upcoming_events}


def _has_upcoming_events() -> bool:
    try:
        return listing.has_upcoming_events()
    except SQLAlchemyError:
        return False  # the home page also says how to get help: it is shown whatever else is away


def _used_query() -> str:
    """What the address asks for, as the page's own links spell it."""
    number = request.args.get("page", 1, type=int)
    return urlsplit(_address(_wanted(), min(max(1, number), MAX_PAGE))).query


@blueprint.get("/events")
@public(used_query=_used_query)
def calendar() -> str:
    """One page of what is to come, by day; what is looked for stands in the address, so that it can be sent on."""
    wanted = _wanted()
    found = listing.look_for(wanted)
    pages = max(1, -(-len(found.events) // PAGE_SIZE))
    number = min(max(1, request.args.get("page", 1, type=int)), pages)
    feed_address = f"{settings().public_url}{url_for('.feed')}"
    on_page = listing.shown_events(found.events[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], current_language().code)
    return render_template(
        "events/calendar.html",
        days=_by_day(on_page),
        count=len(found.events),
        number=number,
        pages=pages,
        wanted=wanted,
        is_choosing=wanted != Wanted(),
        choices=_choices(wanted, found),
        chosen=len(wanted.access) + len(wanted.languages) + len(wanted.groups) + wanted.free,
        chips=_chips(wanted),
        address=_address,
        facts=[(fact.value, labels.ACCESS[fact]) for fact in facts.LISTED],
        feed=feed_address,
        subscription=f"webcal://{feed_address.partition('://')[2]}",
    )


def _wanted() -> Wanted:
    """What the address asks for; what it cannot ask for counts as nothing."""
    given = request.args
    when = given.get("when", "")
    return Wanted(
        when=when if when in listing.WHEN else "",
        free=given.get("free") == "yes",
        access=frozenset(given.getlist("access")) & frozenset(AccessFact),
        languages=frozenset(given.getlist("language")) & frozenset(SPOKEN),
        groups=frozenset(given.getlist("area")) & {group.code for group in places().groups},
    )


def _address(wanted: Wanted, page: int | None = None) -> str:
    """The list of what is wanted."""
    return url_for(
        ".calendar",
        when=wanted.when or None,
        free="yes" if wanted.free else None,
        access=sorted(wanted.access),
        language=sorted(wanted.languages),
        area=sorted(wanted.groups),
        page=page if page and page > 1 else None,
    )


def _chips(wanted: Wanted) -> list[tuple[str, str, bool]]:
    """(words, address, whether it is chosen)"""
    return [
        (
            words,
            _address(replace(wanted, when=when)),
            when == wanted.when,
        )
        for when, words in (("", _("All to come")), ("week", _("This week")), ("month", _("This month")))
    ]


@dataclass(frozen=True)
class Choice:
    """One thing to tick, and how many events there would be. `lang` marks words that stand as their speakers write them."""

    value: str
    words: Any
    times: int
    is_chosen: bool
    lang: str = ""


def _choices(wanted: Wanted, found: Found) -> list[tuple[str, str, list[Choice]]]:
    """(heading, name in the address, choices). What finds nothing is left out, unless it is ticked."""
    groups = sorted(places().groups, key=lambda group: group.name.casefold())
    sections = [
        (
            _("That I can get into"),
            "access",
            [Choice(f, labels.ACCESS[f], found.access[f], f in wanted.access) for f in AccessFact],
        ),
        (
            _("In my language"),
            "language",
            [Choice(c, own_name(c), found.languages.get(c, 0), c in wanted.languages, c) for c in SPOKEN],
        ),
        (
            _("In this area"),
            "area",
            [Choice(g.code, g.name, found.groups.get(g.code, 0), g.code in wanted.groups, "en") for g in groups],
        ),
        (_("At this price"), "free", [Choice("yes", _("Free"), found.free, wanted.free)]),
    ]
    useful = [
        (heading, name, [one for one in offered if one.times or one.is_chosen]) for heading, name, offered in sections
    ]
    return [section for section in useful if section[2]]


def _by_day(events: Iterable[ShownEvent]) -> list[tuple[str, list[ShownEvent]]]:
    """What began on an earlier day and is still on stands under today."""
    return [
        (_heading(day), list(of_day))
        for day, of_day in groupby(events, lambda one: max(local(one.next.starts_at).date(), today()))
    ]


def _heading(day: date) -> str:
    if day == today():
        return _("Today, %(day)s", day=long_day(day))
    return long_day(day) if day.year == today().year else day_and_year(day)


@blueprint.app_context_processor
def about_languages() -> dict[str, Any]:
    return {"own_name": own_name, "written_in": facts.written_in, "direction_of": direction}


@blueprint.record_once
def add_filters(state: BlueprintSetupState) -> None:
    state.app.jinja_env.filters |= {
        "clock": clock,
        "local_day": lambda moment: local(moment).date(),
        "event_day": day_and_year,
        "unmarked": unmarked,
        "comes_again": comes_again,
    }


@blueprint.get("/events/<uuid:event_id>")
@public
def event(event_id: uuid.UUID) -> str:
    shown = listing.find_public_event(event_id, current_language().code) or abort(404)
    return render_template("events/event.html", is_preview=False, **facts.about(shown))
