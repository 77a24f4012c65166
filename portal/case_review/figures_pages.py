"""How many people asked for a case review and what came of it: the four numbers of each period, as a page and as a file."""

from __future__ import annotations

from flask import Response, render_template
from flask_babel import gettext as _

from portal.case_review.figures import published_periods
from portal.case_review.period_models import Correction
from portal.case_review.routes import blueprint
from portal.text import as_csv
from portal.web.caching import public

COLUMNS = (
    "first_day", "last_day", "applications", "threshold_not_met", "reviews", "reviews_with_recommendations",
    "version", "published_on", "correction",
)  # fmt: skip


def correction_words() -> dict[Correction, str]:
    return {
        Correction.ENTERED_LATE: _("something was entered late"),
        Correction.MISTAKE: _("a number was wrong"),
    }


@blueprint.get("/figures")
@public
def figures() -> str:
    return render_template("case_review/figures.html", periods=published_periods(), correction_words=correction_words())


@blueprint.get("/figures.csv")
@public
def figures_csv() -> Response:
    """The same for a spreadsheet: a row for each period, the newest first. A new column would come last."""
    rows = [
        [
            one.period.first.isoformat(),
            one.period.last.isoformat(),
            one.numbers.applications,
            one.numbers.not_met,
            one.numbers.reviews,
            one.numbers.with_recommendations,
            one.version,
            one.published_on.isoformat(),
            one.correction or "",
        ]
        for one in published_periods()
    ]
    answer = Response(as_csv([COLUMNS, *rows]), content_type="text/csv; charset=utf-8; header=present")
    answer.headers["Content-Disposition"] = 'attachment; filename="case-reviews.csv"'
    return answer
