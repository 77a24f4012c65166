"""The coming year's awareness days and festivals: a page in plain words, and a feed for people's own calendars."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _

from portal.config import settings
from portal.db import today
from portal.events import awareness_feed, planning
from portal.events.awareness_words import cautions, month_of, when
from portal.events.planning import Coming
from portal.languages.i18n import current_language
from portal.partnership.file import current_partnership
from portal.web.caching import public

blueprint = Blueprint("awareness", __name__)

A_YEAR = timedelta(days=365)
# A rule has no day on which it was written; calendars want one, and the same each time they ask.
RULES_WRITTEN_AT = datetime(2026, 1, 1, tzinfo=UTC)


def _priority() -> str:
    """The priority that the address asks for, if there is one."""
    code = request.args.get("priority", "")
    return code if current_partnership().find_priority(code) else ""


def _used_query() -> str:
    code = _priority()
    return urlencode({"priority": code}) if code else ""


@blueprint.get("/events/awareness")
@public
def year() -> str:
    found = planning.public_coming(today(), today() + A_YEAR)
    address = f"{settings().public_url}{url_for('.feed')}"
    return render_template(
        "events/awareness.html",
        months=[(month, list(of_month)) for month, of_month in groupby(found, lambda one: month_of(one, today()))],
        when=when,
        cautions=cautions,
        feed=address,
        subscription=f"webcal://{address.partition('://')[2]}",
    )


@blueprint.get("/events/awareness.ics")
@public(used_query=_used_query)
def feed() -> Response:
    """From the year's first day, so that no calendar loses what was on last month."""
    first = today().replace(month=1, day=1)
    found = planning.public_coming(first, first.replace(year=first.year + 1, month=12, day=31), _priority())
    name = _("Awareness days and festivals: %(name)s", name=current_partnership().name)
    body = awareness_feed.calendar(map(_entry, found), name, current_language().tag)
    return Response(
        body,
        content_type=awareness_feed.CONTENT_TYPE,
        headers={"Content-Disposition": "inline; filename=awareness.ics"},
    )


def _entry(one: Coming) -> awareness_feed.WholeDays:
    return awareness_feed.WholeDays(
        code=one.day.code,
        year=one.year,
        number=one.number,
        span=one.span or (one.begins, one.begins),
        changed_at=one.confirmed.changed_at if one.confirmed else RULES_WRITTEN_AT,
        sequence=one.confirmed.sequence if one.confirmed else 0,
        title=one.day.name.in_(current_language().code),
        text="\n".join(cautions(one)),
    )
