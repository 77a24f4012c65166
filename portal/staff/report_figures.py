"""Reports in numbers: what came in some months, how long people waited, how it ended; and what an officer has before them."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from portal.db import today
from portal.languages.i18n import month_name
from portal.reporting.durations import kept_promises, waiting_times
from portal.reporting.figures import ALL, Figures, last_day, report_figures
from portal.reporting.workload import workload
from portal.small_counts import LEAST, month_after, months_from
from portal.staff.access import blueprint, officer, only
from portal.staff.figure_words import KEPT, WAITED, compared, quarter_in_words, received, span_in_words, tables, told
from portal.staff.forms import KINDS
from portal.staff.models import Role
from portal.staff.spans import QUARTERS_OFFERED, Span, asked_span, default_span, last_quarter, quarters

# A month is not seen alone; with more bars than three years have nothing is seen.
MONTHS_IN_CHART, MOST_MONTHS_IN_CHART = 12, 36


@blueprint.get("/report-figures", endpoint="report_figures")
@only(Role.OFFICER, Role.ANALYST)
def figures_of_months() -> str:
    """The months that the address names, `?from=2026-07&to=2026-09`; else the last quarter that is over."""
    found = report_figures()
    asked = asked_span(request.args, found.first, found.last)
    span = asked or default_span(found.first, found.last)
    return render_template(
        "staff/report_figures.html",
        tab_links=_tabs("figures"),
        is_wrong=asked is None and bool(request.args.get("from") or request.args.get("to")),
        span=span,
        months=_choices(found),
        quick_links=[
            (url_for(".report_figures", **dict[str, Any](each.address)), words, each == span)
            for words, each in _quick(found.last)
        ],
        **_told(found, span),
    )


@blueprint.get("/report-figures/now", endpoint="workload")
@only(Role.OFFICER)
def workload_now() -> str:
    """What waits today, and how the last months went."""
    found = report_figures()
    return render_template(
        "staff/workload.html",
        tab_links=_tabs("now"),
        load=workload(),
        day=today(),
        **_told(found, Span(month_after(found.last, -2), found.last)),
    )


@blueprint.get("/report-figures/quarter", endpoint="quarterly_report")
@only(Role.OFFICER, Role.ANALYST)
def quarterly_report() -> str:
    """What the partnership is told of a quarter that is over, on a page to be printed: `?quarter=2026-3`; else the last."""
    found = report_figures()
    offered = quarters(found.first, found.last, QUARTERS_OFFERED)
    asked = request.args.get("quarter", "")
    span = next((each for each in offered if each.quarter == asked), next(iter(offered), None))
    return render_template(
        "staff/quarterly_report.html",
        tab_links=_tabs("quarter"),
        quarter_links=[
            (url_for(".quarterly_report", quarter=each.quarter), quarter_in_words(each), each == span, None)
            for each in offered
        ],
        quarter=quarter_in_words(span) if span else "",
        day=today(),
        by=officer().display_name,
        **(_told(found, span) if span else {}),
    )


def _told(found: Figures, span: Span) -> dict[str, Any]:
    """What a page says of these months."""
    all_reports = received(found, span)
    first, last = span.first, last_day(span.last)
    waited, kept = waiting_times(first, last), kept_promises(first, last)
    return {
        "span_words": span_in_words(span),
        "before_words": span_in_words(span.before),
        "ago_words": span_in_words(span.year_ago),
        "received": all_reports,
        "received_words": told(all_reports.now),
        "compared": compared(all_reports.now, all_reports.before, all_reports.year_ago),
        "chart": _chart(found, span),
        "kind_names": [KINDS[kind] for kind in found.tables["kind"].answers],
        "tables": list(tables(found, span)),
        "waited": [(words, waited[code]) for code, words in WAITED.items() if code in waited],
        "kept": [(words, kept[code]) for code, words in KEPT.items()],
        "told": told,
        "least": LEAST,
        "csv_address": span.address,
    }


def _chart(found: Figures, span: Span) -> list[dict[str, Any]]:
    """By month what came, and of each kind; at least a year of months, so that one is not seen alone."""
    start = min(span.first, month_after(span.last, 1 - MONTHS_IN_CHART))
    months = [month for month in months_from(start, span.last) if found.first and month >= found.first]
    rows = [(month, found.received.over(month, month, ALL)) for month in months[-MOST_MONTHS_IN_CHART:]]
    most = max((shown.number for _month, shown in rows), default=0)
    return [
        {
            "month": month_name(month),
            "shown": shown,
            "length": round(100 * shown.number / most) if most else 0,
            "kinds": [found.tables["kind"].over(month, month, kind) for kind in found.tables["kind"].answers],
        }
        for month, shown in rows
    ]


def _tabs(current: str) -> list[tuple[str, str, bool, None]]:
    pages = [
        ("overview", ".overview", _("At a glance"), (Role.OFFICER, Role.ANALYST)),
        ("now", ".workload", _("Today"), (Role.OFFICER,)),
        ("figures", ".report_figures", _("Month by month"), (Role.OFFICER, Role.ANALYST)),
        ("quarter", ".quarterly_report", _("Quarterly report"), (Role.OFFICER, Role.ANALYST)),
        ("profiles", ".profiles", _("Problem profiles"), (Role.OFFICER, Role.ANALYST)),
    ]
    return [
        (url_for(endpoint), words, code == current, None)
        for code, endpoint, words, roles in pages
        if officer().may(*roles)
    ]


def _choices(found: Figures) -> list[tuple[str, str]]:
    months = reversed(list(months_from(found.first, found.last))) if found.first else []
    return [(f"{month:%Y-%m}", month_name(month)) for month in months]


def _quick(last: date) -> list[tuple[str, Span]]:
    return [
        (_("Last month"), Span(last, last)),
        (_("Last quarter"), last_quarter(last)),
        (_("This year so far"), Span(date(last.year, 1, 1), last)),
        (_("Twelve months"), Span(month_after(last, -11), last)),
    ]
