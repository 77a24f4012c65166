"""The public figures: only what a person has published."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, render_template

from portal.cohesion import services
from portal.cohesion.caveats import in_one_line
from portal.cohesion.wording import survey_figures
from portal.languages.i18n import current_language
from portal.text import no_formula
from portal.web.caching import public

blueprint = Blueprint("cohesion", __name__)


@blueprint.get("/cohesion")
@public
def figures() -> str:
    return render_template("cohesion/figures.html", surveys=survey_figures(services.published_releases()))


COLUMNS = (
    "survey", "wave", "opens_on", "closes_on", "sample_type", "indicator", "title", "shown", "percent", "low", "high",
    "base", "low_reliability", "weighted_to", "weighting", "release",
)  # fmt: skip


@blueprint.get("/cohesion.csv")
@public
def figures_csv() -> Response:
    """The same figures for a spreadsheet: a row for each indicator and wave."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for release in services.published_releases():
        for row in _rows(release):
            writer.writerow([no_formula(cell) if isinstance(cell, str) else cell for cell in row])
    # The mark at the start tells a spreadsheet that this is UTF-8.
    return Response("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")


def _rows(release: services.Published) -> list[list[Any]]:
    document, wave, language = release.document, release.document["wave"], current_language().code
    return [
        [
            document["survey"],
            wave["number"],
            wave["opens_on"],
            wave["closes_on"],
            wave["sample_type"],
            indicator["code"],
            indicator["title"].get(language) or indicator["title"]["en"],
            "yes" if indicator["shown"] else "no",
            *(indicator.get(name, "") for name in ("percent", "low", "high", "base")),
            {True: "yes", False: "no"}.get(indicator.get("unreliable"), ""),
            document["recipe"].get("population", ""),
            in_one_line(document["recipe"].get("weighting", {})),
            release.hash,
        ]
        for indicator in document["indicators"]
    ]


@blueprint.app_context_processor
def menu() -> dict[str, Callable[[], bool]]:
    """Whether the menu leads to the figures; asked only where a menu is drawn."""
    return {"has_figures": lambda: "failed" not in g and services.is_anything_published()}
