"""A year in numbers for the strategic assessment, and each quarter's numbers made public or taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal import audit
from portal.audit import Action
from portal.cohesion import services
from portal.cohesion.activity import Kept, kept_quarters, publish_quarter, take_quarter_back
from portal.cohesion.activity_rows import activity_rows
from portal.cohesion.activity_words import Line, Table, quarter_tables
from portal.cohesion.data_rows import HIDDEN
from portal.cohesion.shown_figures import Figure
from portal.cohesion.wording import survey_figures
from portal.db import transaction
from portal.reporting.figures import Figures, last_day, last_month, report_figures
from portal.small_counts import month_after
from portal.staff.access import blueprint, officer, only
from portal.staff.activity_figures import Document, activity_document, tells_anything
from portal.staff.figure_words import quarter_in_words
from portal.staff.models import Role
from portal.staff.spans import Span, last_quarter
from portal.text import as_csv

YEARS_OFFERED = 4
COLUMNS = ("year", "period", "part", "item", "told", "value")


@dataclass(frozen=True)
class Quarter:
    span: Span
    document: Document
    kept: Kept | None


@blueprint.get("/figures/years", endpoint="year_figures")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def year_page() -> str:
    """`?year=2026`; an address that names none that is offered shows the newest."""
    offered = _years()
    asked = request.args.get("year", type=int)
    year = asked if asked in offered else offered[0]
    reports = report_figures()
    quarters = _quarters(year, reports)
    whole = _whole_year(year, quarters, reports)
    return render_template(
        "staff/year_figures.html",
        year=year,
        year_links=[(url_for(".year_figures", year=each), str(each), each == year, None) for each in offered],
        quarters=[
            (one, quarter_in_words(one.span), tells_anything(one.document), last_day(one.span.last)) for one in quarters
        ],
        headings=[*(quarter_in_words(one.span) for one in quarters), _("The year so far") if len(quarters) < 4 else _("The year")],
        tables=[*quarter_tables([*(one.document for one in quarters), whole]), *_survey_table(quarters)],
        tells_reports=bool(whole["reports"]),
        may_change=officer().may(Role.SURVEY_MANAGER),
    )  # fmt: skip


@blueprint.get("/figures/years/<int:year>.csv", endpoint="year_figures_csv")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def year_file(year: int) -> Response:
    """The same numbers for a spreadsheet. Written to the audit log."""
    if year not in _years():
        abort(404)
    reports = report_figures()
    quarters = _quarters(year, reports)
    documents = [
        *((one.span.quarter, one.document) for one in quarters),
        (str(year), _whole_year(year, quarters, reports)),
    ]
    rows = [[year, period, *row] for period, document in documents for row in activity_rows(document)]
    rows += [[year, one.span.quarter, *row] for one in quarters for row in _figure_rows(one.span)]
    made = as_csv([[*COLUMNS], *rows])
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.EXPORTED_FIGURES, f"year {year}.csv")
    return Response(
        made,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="year-{year}.csv"'},
    )


@blueprint.post("/figures/quarters/<quarter>/publish", endpoint="publish_activity")
@only(Role.SURVEY_MANAGER)
def publish(quarter: str) -> AnyResponse:
    """For everyone to see; sent twice it is published once."""
    span = _found(quarter)
    document = activity_document(span)
    if not tells_anything(document):
        abort(404)
    with transaction() as db:
        publish_quarter(db, document, officer().display_name)
        audit.record(db, officer().staff.name, Action.PUBLISHED_RELEASE, f"what was done {quarter}")
    return redirect(url_for(".year_figures", year=span.first.year), 303)


@blueprint.post("/figures/quarters/<quarter>/take-back", endpoint="take_activity_back")
@only(Role.SURVEY_MANAGER)
def take_back(quarter: str) -> AnyResponse:
    """From the public page; the numbers stay as they are for the day they are published again."""
    span = _found(quarter)
    with transaction() as db:
        if take_quarter_back(db, quarter):
            audit.record(db, officer().staff.name, Action.WITHDREW_RELEASE, f"what was done {quarter}")
    return redirect(url_for(".year_figures", year=span.first.year), 303)


def _years() -> list[int]:
    """Those of which a quarter is over, newest first."""
    newest = last_quarter(last_month()).first.year
    return [newest - back for back in range(YEARS_OFFERED)]


def _found(quarter: str) -> Span:
    spans = (span for year in _years() for span in _spans(year))
    return next((span for span in spans if span.quarter == quarter), None) or abort(404)


def _spans(year: int) -> list[Span]:
    """The quarters of a year that are over."""
    starts = (date(year, month, 1) for month in (1, 4, 7, 10))
    return [Span(first, month_after(first, 2)) for first in starts if month_after(first, 2) <= last_month()]


def _quarters(year: int, reports: Figures) -> list[Quarter]:
    """Of those that were published once the numbers that were; of the others as they are today."""
    kept = kept_quarters()
    return [
        Quarter(span, dict(before.document) if before else activity_document(span, reports), before)
        for span in _spans(year)
        for before in [kept.get(span.quarter)]
    ]


def _whole_year(year: int, quarters: Sequence[Quarter], reports: Figures) -> Document:
    """Without promises: beside the year's share that of a quarter which is not shown could be worked out."""
    return activity_document(Span(date(year, 1, 1), quarters[-1].span.last), reports) | {"clocks": None}


def _figures_of(span: Span) -> Iterator[Figure]:
    """The figures by which each survey is judged, of the waves that ended in these months."""
    first, last = span.first.isoformat(), last_day(span.last).isoformat()
    releases = [one for one in services.published_releases() if first <= one.document["wave"]["closes_on"] <= last]
    for survey in survey_figures(releases):
        yield from (one for one in (survey.lead, *survey.primary) if one is not None and one.is_primary)


def _survey_table(quarters: Sequence[Quarter]) -> list[Table]:
    shown = [{one.title.text: one for one in _figures_of(each.span)} for each in quarters]
    titles = {title: None for each in shown for title in each}
    lines = [
        Line(
            title,
            [
                *(
                    "–" if title not in each else each[title].now.percent if each[title].shown else _("not shown")
                    for each in shown
                ),
                "–",
            ],
        )
        for title in titles
    ]
    return [Table(_("Main figures of the surveys that ended then"), lines)] if lines else []


def _figure_rows(span: Span) -> Iterator[list[str | int]]:
    for figure in _figures_of(span):
        if figure.shown:
            yield ["primary figures", figure.code, "exact", figure.now.percent]
        else:
            yield ["primary figures", figure.code, "not_shown", HIDDEN]
