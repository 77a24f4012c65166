"""All that happened to a report, on one list by day and month: every part of the portal adds the lines it knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

from flask import request
from flask_babel import ngettext

from portal import audit
from portal.db import LOCAL_TIME
from portal.languages.i18n import clock_time, day_and_year, isolated, long_day, month_name
from portal.reporting.case import OpenReport
from portal.staff.colleagues import display_names
from portal.staff.panels import timeline_lines
from portal.staff.panels.timeline_entry import TimelineEntry, TimelineSource
from portal.web.forms import Form

# Where to add a part's lines: a function that takes the opened report and gives its entries.
SOURCES: list[TimelineSource] = [
    timeline_lines.told,
    timeline_lines.sent_to_desks,
    timeline_lines.decided,
    timeline_lines.planned,
    timeline_lines.parts_ended,
    timeline_lines.promised,
    timeline_lines.deletion_asked,
    timeline_lines.recorded,
]
# Up to here all is open; of a longer one the months but the newest are folded.
MOST_OPEN = 30
MOST_LOOKS = 1000
NEWEST_FIRST, OLDEST_FIRST = "newest", "oldest"


def panel(found: OpenReport, _sent: Form | None) -> dict[str, Any]:
    order = OLDEST_FIRST if request.args.get("timeline") == OLDEST_FIRST else NEWEST_FIRST
    entries = timeline(found)
    return {
        "timeline": by_month(entries, newest_first=order == NEWEST_FIRST),
        "timeline_size": len(entries),
        "timeline_order": order,
        "looks": looks_in_words(found),
    }


def timeline(found: OpenReport) -> list[TimelineEntry]:
    """Every source's entries, the oldest first. Within a day stands first what has no hour: what residents do has none."""
    entries = [entry for source in SOURCES for entry in source(found)]
    return sorted(entries, key=lambda entry: (entry.on, entry.at.timestamp() if entry.at else 0))


def by_month(entries: Sequence[TimelineEntry], *, newest_first: bool) -> list[dict[str, Any]]:
    """Months with their days; `entries` are the oldest first."""
    ordered = list(reversed(entries)) if newest_first else list(entries)
    last = entries[-1].on if entries else date.min
    months = []
    for _, of_month in groupby(ordered, key=lambda entry: (entry.on.year, entry.on.month)):
        found = list(of_month)
        first = found[0].on
        is_newest = (first.year, first.month) == (last.year, last.month)
        days = [
            {"day": long_day(day), "lines": [(entry, clock_time(entry.at) if entry.at else "") for entry in of_day]}
            for day, of_day in groupby(found, key=lambda entry: entry.on)
        ]
        months.append(
            {
                "name": month_name(first),
                "size": len(found),
                "days": days,
                "is_folded": len(entries) > MOST_OPEN and not is_newest,
            }
        )
    return months


def looks_in_words(found: OpenReport) -> list[str]:
    """Who opened it, by day, the newest first."""
    looks = audit.entries_about(str(found.report.id), MOST_LOOKS, only=timeline_lines.LOOKS)
    names = display_names(look.actor for look in looks)
    times: dict[tuple[date, str], list[Any]] = {}
    for look in looks:
        times.setdefault((look.at.astimezone(LOCAL_TIME).date(), look.actor), []).append(look.at)
    return [
        ngettext(
            "%(name)s opened it on %(day)s at %(time)s.",
            "%(name)s opened it %(num)s times on %(day)s, last at %(time)s.",
            len(moments),
            name=isolated(names.get(actor, actor)),
            day=day_and_year(day),
            time=clock_time(moments[0]),
        )
        for (day, actor), moments in times.items()
    ]
