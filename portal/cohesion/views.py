"""The public figures: only what a person has published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import Blueprint, Response, g, render_template

from portal.cohesion import services
from portal.cohesion.caveats import in_one_line
from portal.cohesion.wording import code_words, survey_figures
from portal.languages.i18n import current_language
from portal.text import as_csv
from portal.web.caching import public

blueprint = Blueprint("cohesion", __name__)


@blueprint.get("/cohesion")
@public
def figures() -> str:
    return render_template("cohesion/figures.html", surveys=survey_figures(services.published_releases()))


COLUMNS = (
    "survey", "wave", "opens_on", "closes_on", "sample_type", "indicator", "title", "shown", "percent", "low", "high",
    "base", "low_reliability", "weighted_to", "release", "code", "label", "weighting",
)  # fmt: skip
"""`code` and `label` are of words that two people sorted, of which `indicator` is the question; nobody is weighted there."""


@blueprint.get("/cohesion.csv")
@public
def figures_csv() -> Response:
    """The same figures for a spreadsheet: a row for each indicator and wave, and for each code of what people wrote."""
    rows = [row for release in services.published_releases() for row in _rows(release)]
    return Response(as_csv([COLUMNS, *rows]), content_type="text/csv; charset=utf-8")


def _rows(release: services.Published) -> Iterator[list[Any]]:
    document, wave, language = release.document, release.document["wave"], current_language().code
    about = [document["survey"], wave["number"], wave["opens_on"], wave["closes_on"], wave["sample_type"]]
    for indicator in document["indicators"]:
        yield [
            *about,
            indicator["code"],
            indicator["title"].get(language) or indicator["title"]["en"],
            "yes" if indicator["shown"] else "no",
            *(indicator.get(name, "") for name in ("percent", "low", "high", "base")),
            {True: "yes", False: "no"}.get(indicator.get("unreliable"), ""),
            document["recipe"].get("population", ""),
            release.hash,
            "",
            "",
            in_one_line(document["recipe"].get("weighting", {})),
        ]
    for question in document.get("coded", ()):
        title = question["question"].get(language) or question["question"]["en"]
        base = "" if question["base"] is None else question["base"]
        for code in question["codes"]:
            share = ["no", ""] if code["percent"] is None else ["yes", code["percent"]]
            called = code_words(code).text
            yield [
                *about,
                question["code"],
                title,
                *share,
                "",
                "",
                base,
                "",
                "",
                release.hash,
                code["code"],
                called,
                "",
            ]


@blueprint.app_context_processor
def menu() -> dict[str, Callable[[], bool]]:
    """Whether the menu leads to the figures; asked only where a menu is drawn."""
    return {"has_figures": lambda: "failed" not in g and services.is_anything_published()}
