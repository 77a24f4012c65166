"""The public figures: only what a person has published."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, abort, g, render_template, url_for
from flask_babel import gettext as _

from portal.cohesion import services
from portal.cohesion.changes import Against
from portal.cohesion.models import ReleaseState
from portal.cohesion.selection import RANDOM, if_chosen
from portal.cohesion.wording import file_name, survey_figures
from portal.languages.i18n import current_language
from portal.text import no_formula
from portal.web import errors
from portal.web.caching import public

blueprint = Blueprint("cohesion", __name__)


@blueprint.get("/cohesion")
@public
def figures() -> str:
    return render_template("cohesion/figures.html", surveys=survey_figures(services.published_releases()))


COLUMNS = (
    "survey", "wave", "opens_on", "closes_on", "sample_type", "indicator", "title", "shown", "percent", "low", "high",
    "base", "low_reliability", "weighted_to", "release", "range", "if_more_likely_to_answer", "if_less_likely_to_answer",
    "partly_answered", "primary",
    *(f"{against}_{what}" for against in Against for what in ("closed_on", "change", "change_low", "change_high")),
)  # fmt: skip


@blueprint.get("/cohesion.csv")
@public
def figures_csv() -> Response:
    """The same figures for a spreadsheet: a row for each indicator and wave."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    releases = services.published_releases()
    public = {release.document["wave"]["id"] for release in releases}
    for release in releases:
        for row in _rows(release, public):
            writer.writerow([no_formula(cell) if isinstance(cell, str) else cell for cell in row])
    # The mark at the start tells a spreadsheet that this is UTF-8.
    return Response("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")


@blueprint.get("/cohesion/releases/<check_number>.json")
@public
def release_document(check_number: str) -> Response:
    """A release's document as it was frozen, to the byte: the SHA-256 of the file is the check number on the page."""
    release = services.find_document(check_number)
    if release is None:
        abort(404)
    if release.state is not ReleaseState.PUBLISHED:
        return errors.page(
            410,
            _("These figures were taken back"),
            _("We took them back, or put others in their place."),
            ways_on=[(_("See the figures that stand now"), url_for("cohesion.figures"))],
        )
    answer = Response(release.document.encode(), content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name(check_number)}"'
    return answer


def _rows(release: services.Published, public: Collection[str]) -> list[list[Any]]:
    document, wave, language = release.document, release.document["wave"], current_language().code
    is_random = wave["sample_type"] == RANDOM
    rows = []
    for indicator in document["indicators"]:
        shown = indicator["shown"]
        chosen = {} if is_random or not shown else if_chosen(indicator["percent"], indicator["base"])
        rows.append(
            [
                document["survey"],
                wave["number"],
                wave["opens_on"],
                wave["closes_on"],
                wave["sample_type"],
                indicator["code"],
                indicator["title"].get(language) or indicator["title"]["en"],
                "yes" if shown else "no",
                *(indicator.get(name, "") for name in ("percent", "low", "high", "base")),
                _yes_or_no(indicator.get("unreliable")),
                document["recipe"].get("population", ""),
                release.hash,
                ("likely_19_in_20" if is_random else "chance_alone") if shown else "",
                chosen.get("low", ""),
                chosen.get("high", ""),
                ("few" if indicator["partly"] is None else indicator["partly"]) if "partly" in indicator else "",
                _yes_or_no(indicator.get("primary")),
                *_changes(indicator, public),
            ]
        )
    return rows


def _yes_or_no(value: bool | None) -> str:
    return {True: "yes", False: "no", None: ""}[value]


def _changes(indicator: Mapping[str, Any], public: Collection[str]) -> Iterator[Any]:
    """Since waves whose figures are still public."""
    for against in Against:
        found = next((each for each in indicator.get("changes", ()) if against in each["against"]), None)
        names = ("closes_on", "word", "low", "high")
        yield from [found[name] for name in names] if found and found["wave"] in public else [""] * len(names)


@blueprint.app_context_processor
def menu() -> dict[str, Callable[[], bool]]:
    """Whether the menu leads to the figures; asked only where a menu is drawn."""
    return {"has_figures": lambda: "failed" not in g and services.is_anything_published()}
