"""Which places people said feel unsafe, month by month, with what was counted apart; and all of it for a spreadsheet."""

from __future__ import annotations

from flask import Response, render_template, request, url_for

from portal.languages.i18n import month_name
from portal.reporting import unsafe_places
from portal.staff.access import blueprint, only
from portal.staff.models import Role
from portal.text import as_csv

COLUMNS = ("month", "place", "name", "question", "answer", "times", "set_aside")


@blueprint.get("/places", endpoint="unsafe_places")
@only(Role.OFFICER, Role.ANALYST)
def counts() -> str:
    """One month, the newest first; an address that names no month that is there shows the newest."""
    months = unsafe_places.counted_months()
    asked = request.args.get("month")
    month = next((one for one in months if one.isoformat() == asked), months[0] if months else None)
    return render_template(
        "staff/unsafe_places.html",
        tab_links=[
            (url_for(".unsafe_places", month=one.isoformat()), month_name(one), one == month, None) for one in months
        ],
        month=month,
        places=unsafe_places.places_of(month) if month else [],
        least=unsafe_places.MIN_SHOWN,
    )


@blueprint.get("/places.csv", endpoint="unsafe_places_csv")
@only(Role.OFFICER, Role.ANALYST)
def counts_csv() -> Response:
    """A row for each month, place and answer; the row of the question "told" counts the tellings."""
    return Response(
        as_csv([COLUMNS, *unsafe_places.all_counts()]),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="places.csv"'},
    )
