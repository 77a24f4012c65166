"""The public figures: only what a person has published."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, abort, g, render_template, url_for
from flask_babel import gettext as _

from portal.cohesion import services
from portal.cohesion.caveats import in_one_line
from portal.cohesion.changes import Against, Public, public_figures, still_stands
from portal.cohesion.group_rows import GROUP_COLUMNS, group_rows
from portal.cohesion.models import ReleaseState
from portal.cohesion.selection import RANDOM, if_chosen
from portal.cohesion.wording import code_words, file_name, survey_figures
from portal.languages.i18n import current_language
from portal.text import as_csv
from portal.web import errors
from portal.web.caching import public

blueprint = Blueprint("cohesion", __name__)


@blueprint.get("/cohesion")
@public
def figures() -> str:
    return render_template("cohesion/figures.html", surveys=survey_figures(services.published_releases()))


CHANGE = ("closed_on", "change", "change_low", "change_high")
COLUMNS = (
    "survey", "wave", "opens_on", "closes_on", "sample_type", "indicator", "title", "shown", "percent", "low", "high",
    "base", "low_reliability", "weighted_to", "release", "code", "label", "weighting", "range", "if_more_likely_to_answer",
    "if_less_likely_to_answer", "partly_answered", "primary", *(f"{against}_{what}" for against in Against for what in CHANGE),
    *GROUP_COLUMNS,
)  # fmt: skip
"""The last are of groups of people: in figures beside everyone else, and with the indicator `heard` beside the population. `code` and `label` are of words that two people sorted, of which `indicator` is the question; nobody is weighted there."""


@blueprint.get("/cohesion.csv")
@public
def figures_csv() -> Response:
    """The same figures for a spreadsheet: a row for each indicator and wave, and for each code of what people wrote."""
    releases = services.published_releases()
    public = public_figures(release.document for release in releases)
    rows = [[cells.get(name, "") for name in COLUMNS] for release in releases for cells in _rows(release, public)]
    return Response(as_csv([COLUMNS, *rows]), content_type="text/csv; charset=utf-8")


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


def _rows(release: services.Published, public: Public) -> Iterator[dict[str, Any]]:
    """By their columns; one that is not there is empty."""
    document, wave, language = release.document, release.document["wave"], current_language().code
    is_random = wave["sample_type"] == RANDOM
    about = {
        "survey": document["survey"],
        "wave": wave["number"],
        **{name: wave[name] for name in ("opens_on", "closes_on", "sample_type")},
        "release": release.hash,
    }
    for indicator in document["indicators"]:
        shown = indicator["shown"]
        chosen = {} if is_random or not shown else if_chosen(indicator["percent"], indicator["base"])
        yield about | {
            "indicator": indicator["code"],
            "title": indicator["title"].get(language) or indicator["title"]["en"],
            "shown": _yes_or_no(shown),
            **{name: indicator.get(name, "") for name in ("percent", "low", "high", "base")},
            "low_reliability": _yes_or_no(indicator.get("unreliable")),
            "weighted_to": document["recipe"].get("population", ""),
            "weighting": in_one_line(document["recipe"].get("weighting", {})),
            "range": ("likely_19_in_20" if is_random else "chance_alone") if shown else "",
            "if_more_likely_to_answer": chosen.get("low", ""),
            "if_less_likely_to_answer": chosen.get("high", ""),
            "partly_answered": ("few" if indicator["partly"] is None else indicator["partly"])
            if "partly" in indicator
            else "",
            "primary": _yes_or_no(indicator.get("primary")),
            **_changes(indicator, public),
        }
    yield from (about | cells for cells in group_rows(document, language))
    for question in document.get("coded", ()):
        for code in question["codes"]:
            yield about | {
                "indicator": question["code"],
                "title": question["question"].get(language) or question["question"]["en"],
                "shown": _yes_or_no(code["percent"] is not None),
                "percent": "" if code["percent"] is None else code["percent"],
                "base": "" if question["base"] is None else question["base"],
                "code": code["code"],
                "label": code_words(code).text,
            }


def _yes_or_no(value: bool | None) -> str:
    return {True: "yes", False: "no", None: ""}[value]


def _changes(indicator: Mapping[str, Any], public: Public) -> dict[str, Any]:
    """Since figures that are still public as they were then."""
    cells: dict[str, Any] = {}
    for against in Against:
        found = next((each for each in indicator.get("changes", ()) if against in each["against"]), None)
        if found and still_stands(indicator, found, public):
            named = zip(CHANGE, ("closes_on", "word", "low", "high"), strict=True)
            cells |= {f"{against}_{what}": found[name] for what, name in named}
    return cells


@blueprint.app_context_processor
def menu() -> dict[str, Callable[[], bool]]:
    """Whether the menu leads to the figures; asked only where a menu is drawn."""
    return {"has_figures": lambda: "failed" not in g and services.is_anything_published()}
