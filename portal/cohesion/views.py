"""The public figures: only what a person has published."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, g, render_template

from portal.cohesion import register_rows, services
from portal.cohesion.activity import is_any_quarter_public, public_quarters
from portal.cohesion.activity_words import activity_words
from portal.cohesion.area_words import area_cells
from portal.cohesion.caveats import in_one_line
from portal.cohesion.changes import Against, Public, public_figures, still_stands
from portal.cohesion.group_rows import GROUP_COLUMNS, group_rows
from portal.cohesion.selection import RANDOM, if_chosen
from portal.cohesion.wording import code_words, survey_figures
from portal.languages.i18n import current_language
from portal.text import as_csv
from portal.web.caching import public

blueprint = Blueprint("cohesion", __name__)


@blueprint.get("/cohesion")
@public
def figures() -> str:
    return render_template(
        "cohesion/figures.html",
        surveys=survey_figures(services.published_releases()),
        activity=activity_words(public_quarters()),
    )


CHANGE = ("closed_on", "change", "change_low", "change_high")
COLUMNS = (
    "survey", "wave", "opens_on", "closes_on", "sample_type", "indicator", "title", "shown", "percent", "low", "high",
    "base", "low_reliability", "weighted_to", "release", "code", "label", "weighting", "range", "if_more_likely_to_answer",
    "if_less_likely_to_answer", "partly_answered", "primary", *(f"{against}_{what}" for against in Against for what in CHANGE),
    *register_rows.COLUMNS, "area", "area_name", *GROUP_COLUMNS, "left_out", "left_out_signals", "flagged", "reason", "format",
)  # fmt: skip
"""`code` and `label` are of words that two people sorted, of which `indicator` is the question; nobody is weighted there.

`area` and `area_name` are of a group of parishes, GROUP_COLUMNS of groups of people: in figures beside everyone else, and with
the indicator `heard` beside the population. A new column comes last, and `format` counts up: whoever reads the file by place or
by name goes on reading it.
"""
FORMAT = 2


@blueprint.get("/cohesion.csv")
@public
def figures_csv() -> Response:
    """The same figures for a spreadsheet: a row for each indicator and wave, and for each code of what people wrote."""
    releases = services.published_releases()
    public = public_figures(release.document for release in releases)
    rows = [[cells.get(name, "") for name in COLUMNS] for release in releases for cells in _rows(release, public)]
    return Response(as_csv([COLUMNS, *rows]), content_type="text/csv; charset=utf-8")


def _rows(release: services.Published, public: Public) -> Iterator[dict[str, Any]]:
    """By their columns; one that is not there is empty."""
    document, wave, language = release.document, release.document["wave"], current_language().code
    is_random = wave["sample_type"] == RANDOM
    about = {
        "survey": document["survey"],
        "wave": wave["number"],
        **{name: wave[name] for name in ("opens_on", "closes_on", "sample_type")},
        "release": release.hash,
        **_of_release(release),
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
            "partly_answered": _few(indicator["partly"]) if "partly" in indicator else "",
            "primary": _yes_or_no(indicator.get("primary")),
            **_changes(indicator, public),
            **register_rows.of_elsewhere(indicator, language),
        }
    for cells in register_rows.rows(document, language, is_random=is_random):
        yield about | cells
    for cells in area_cells(document):
        yield about | cells | {"weighted_to": document["recipe"].get("population", "")}
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


def _of_release(release: services.Published) -> dict[str, Any]:
    """How many answers it leaves out and how many have a signal, to the nearest 5 or `few`; why it came after others."""
    document = release.document
    left_out = document.get("left_out", {"count": 0, "signals": ()})
    return {
        "left_out": _few(left_out["count"]),
        "left_out_signals": " ".join(left_out["signals"]),
        "flagged": _few(document["flagged"]) if "flagged" in document else "",
        "reason": release.reason.value if release.reason else "",
        "format": FORMAT,
    }


def _few(count: int | None) -> int | str:
    return "few" if count is None else count


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
    return {"has_figures": lambda: "failed" not in g and (services.is_anything_published() or is_any_quarter_public())}
