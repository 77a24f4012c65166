"""Figures elsewhere, the reporting gap and means, as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _

from portal.cohesion.change_words import since_the_last_and_the_first, since_the_one_before
from portal.cohesion.disclosure import MIN_BASE
from portal.cohesion.released_means import PublicMeans
from portal.cohesion.reporting_gap import Told
from portal.cohesion.shown_figures import Elsewhere, GapFigures, GapLine, MeanFigure, said, span
from portal.languages.i18n import in_percent, in_tenths


def elsewhere(indicator: Mapping[str, Any]) -> Elsewhere | None:
    """Of a figure of a release; None where nothing is known, or nobody has read it in its source."""
    found = indicator.get("comparator")
    if found is None:
        return None
    value = in_tenths(found["value"]) if indicator["kind"] == "mean" else in_percent(found["value"])
    return Elsewhere(said(found["area"]), value, found["source"], found["when"], how(found["mode"]))


def how(mode: str) -> str:
    """How a survey elsewhere asked; empty where nobody knows."""
    match mode:
        case "web_or_paper":
            return _("That survey picked people by chance and asked them online or on paper.")
        case "post":
            return _("That survey asked people by post.")
        case "home":
            return _("That survey asked people at home.")
        case "phone":
            return _("That survey asked people by phone.")
        case _:
            return ""


def whom() -> Mapping[Told, str]:
    return {
        Told.NOBODY: _("Told nobody"),
        Told.POLICE: _("Told the police"),
        Told.ORGANISATION: _("Told others who can help, not the police"),
    }


def gap_figures(document: Mapping[str, Any]) -> GapFigures | None:
    """Of a release; None where it has none."""
    found = document.get("reporting_gap")
    if found is None:
        return None
    questions = [said(text) for text in found["questions"]]
    if not found["shown"]:
        return GapFigures(questions, False, found["enough"])
    words = whom()
    reasons = sorted(found["reasons"], key=lambda each: each["percent"], reverse=True)
    first = found["told"][0]
    return GapFigures(
        questions,
        True,
        True,
        first["base"],
        any(each["unreliable"] for each in found["told"]),
        in_percent(first["percent"]),
        tuple(
            GapLine(
                words[Told(each["who"])],
                in_percent(each["percent"]),
                in_percent(each["low"]),
                in_percent(each["high"]),
                span(0, each["percent"]),
                "no-strong" if each["who"] == Told.NOBODY else "yes-strong",
            )
            for each in found["told"]
        ),
        tuple((said(each["text"]), in_percent(each["percent"])) for each in reasons),
        not found["reasons_hidden"],
    )


def mean_figures(document: Mapping[str, Any], public: PublicMeans) -> list[MeanFigure]:
    return [_mean(each, public) for each in document.get("means", ())]


def _mean(found: Mapping[str, Any], public: PublicMeans) -> MeanFigure:
    figure = MeanFigure(
        found["code"],
        said(found["title"]),
        said(found["sentence"]),
        [said(text) for text in found["questions"]],
        found["shown"],
        found["enough"],
        found.get("least_base", MIN_BASE),
    )
    if not figure.shown:
        return figure
    # Else the page would say two things of one wave.
    stands = [one for one in found.get("changes", ()) if (one["wave"], figure.code, one["mean"]) in public]
    return replace(
        figure,
        value=in_tenths(found["mean"]),
        low=in_tenths(found["low"]),
        high=in_tenths(found["high"]),
        least=in_tenths(found["least"]),
        most=in_tenths(found["most"]),
        base=found["base"],
        unreliable=found["unreliable"],
        change=since_the_one_before(stands, _then, is_primary=False),
        changes=since_the_last_and_the_first(stands, _then, is_primary=False),
        elsewhere=elsewhere(found),
    )


def _then(change: Mapping[str, Any]) -> str:
    return in_tenths(change["mean"])
