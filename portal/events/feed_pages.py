"""What other programs fetch of the calendar, the page on how to have it in one's own, and the list within another site."""

from __future__ import annotations

from urllib.parse import quote, urlencode
from uuid import UUID

from flask import Response, abort, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.config import settings
from portal.events import atom, event_json, labels, listing, outgoing
from portal.events.calendars import as_calendar
from portal.events.entries import entry_of
from portal.events.facts import LISTED
from portal.events.filters import Wanted, query_of, wanted_from
from portal.events.listing import ShownEvent
from portal.events.outgoing_words import where_is
from portal.events.routes import address_of, blueprint, page_of, picture_of, public_address, used_filters
from portal.events.times import clock, local
from portal.languages.i18n import current_language, day_and_year
from portal.partnership.file import current_partnership
from portal.web.caching import public
from portal.web.security import framed_by_named_sites

ATOM = "application/atom+xml; charset=utf-8"
JSON = "application/json; charset=utf-8"


@blueprint.record_once
def add_filters(state: BlueprintSetupState) -> None:
    state.app.jinja_env.filters |= {
        "linked_data": lambda shown: event_json.linked_data(shown, page_of(shown), picture_of(shown)),
        "where_is": where_is,
    }
    state.app.jinja_env.globals["with_these_filters"] = with_these_filters


def with_these_filters(endpoint: str) -> str:
    """Another page of the calendar, for what this one's address looks for."""
    return url_for(endpoint, **query_of(wanted_from(request.args)))


def _kept(wanted: Wanted) -> tuple[list[ShownEvent], str]:
    """The feed's events, and its name, which says where it does not hold all."""
    kept = outgoing.kept_events(wanted, current_language().code)
    name = current_partnership().localised(current_language().code).name
    if kept.is_cut:
        first = len(kept.events)
        cut = ngettext(
            "What is on: %(name)s (%(num)s event)", "What is on: %(name)s (the first %(num)s events)", first, name=name
        )
        return kept.events, cut
    if wanted != Wanted():
        return kept.events, _("What is on (your choice): %(name)s", name=name)
    return kept.events, _("What is on: %(name)s", name=name)


@blueprint.get("/events.ics")
@public(used_query=used_filters)
def feed() -> Response:
    events, name = _kept(wanted_from(request.args))
    return as_calendar(events, name, "events.ics")


@blueprint.get("/events/<uuid:event_id>.ics")
@public
def event_feed(event_id: UUID) -> Response:
    shown = listing.find_public_event(event_id, current_language().code) or abort(404)
    return as_calendar([shown], shown.words.title, "event.ics")


@blueprint.get("/events.atom")
@public(used_query=used_filters)
def atom_feed() -> Response:
    wanted = wanted_from(request.args)
    events, name = _kept(wanted)
    body = atom.feed(
        [(entry_of(shown, None, address_of(shown.event.id)), _in_one_line(shown)) for shown in events],
        name=name,
        author=current_partnership().localised(current_language().code).name,
        language=current_language().tag,
        own_address=public_address("events.atom_feed", **query_of(wanted)),
        page=public_address("events.calendar", **query_of(wanted)),
    )
    return Response(body, content_type=ATOM)


def _in_one_line(shown: ShownEvent) -> str:
    at = local(shown.next.starts_at)
    day, time, where = day_and_year(at.date()), clock(at), where_is(shown, shown.next).in_one_line
    if not where:
        return _("%(day)s, %(time)s", day=day, time=time)
    return _("%(day)s, %(time)s. %(place)s", day=day, time=time, place=where)


@blueprint.get("/events.json")
@public(used_query=used_filters)
def json_feed() -> Response:
    wanted = wanted_from(request.args)
    events, name = _kept(wanted)
    body = event_json.feed(
        [(shown, page_of(shown)) for shown in events],
        name=name,
        language=current_language().tag,
        page=public_address("events.calendar", **query_of(wanted)),
    )
    return Response(body, content_type=JSON)


@blueprint.get("/events/subscribe")
@public(used_query=used_filters)
def subscribe() -> str:
    """How to have the calendar in one's own. Nothing here asks another site anything before a link is pressed."""
    wanted = wanted_from(request.args)
    address = public_address("events.feed", **query_of(wanted))
    name = current_partnership().localised(current_language().code).name
    webcal = f"webcal://{address.partition('://')[2]}"
    for_outlook = urlencode({"url": address, "name": _("What is on: %(name)s", name=name)}, quote_via=quote)
    return render_template(
        "events/subscribe.html",
        is_choosing=wanted != Wanted(),
        wanted=wanted,
        list_address=url_for("events.calendar", **query_of(wanted)),
        address=address,
        webcal=webcal,
        calendars=[
            ("Apple", webcal),
            ("Google", f"https://calendar.google.com/calendar/render?{urlencode({'cid': webcal})}"),
            ("Outlook.com", f"https://outlook.live.com/calendar/0/addfromweb?{for_outlook}"),
            ("Microsoft 365", f"https://outlook.office.com/calendar/0/addfromweb?{for_outlook}"),
        ],
        atom_address=public_address("events.atom_feed", **query_of(wanted)),
        json_address=public_address("events.json_feed", **query_of(wanted)),
        embed_address=public_address("events.embed", **query_of(wanted)) if settings().embed_on else "",
    )


@blueprint.get("/events/embed")
@framed_by_named_sites
@public(used_query=used_filters)
def embed() -> str:
    """The list for another site's page: no script, no cookie, and every link opens the portal itself."""
    wanted = wanted_from(request.args)
    return render_template(
        "events/embed.html",
        found=outgoing.embedded_events(wanted, current_language().code),
        facts=[(fact.value, labels.ACCESS[fact]) for fact in LISTED],
        list_address=url_for("events.calendar", **query_of(wanted)),
    )
