"""What the model says of each group of parishes, as staff read it beside the group's own figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.cohesion.modelled_coverage import CHECKED_ON, LEAST, MOST, SURVEYS, Checked, most_like
from portal.cohesion.shown_figures import Said, said
from portal.languages.i18n import in_percent


@dataclass(frozen=True)
class ModelledRow:
    """`own`: the group's figure without the model; empty where the release shows none."""

    name: str
    percent: str
    low: str
    high: str
    base: int
    own: str


@dataclass(frozen=True)
class ModelledFigure:
    """`covered`: how often the range held in made surveys like this one; where that is not sound there are no rows."""

    title: Said
    rows: Sequence[ModelledRow]
    checked: Checked
    covered: str
    least: str
    most: str
    surveys: int = SURVEYS
    checked_on: date = CHECKED_ON


def modelled_figures(document: Mapping[str, Any], modelled: Mapping[str, Any] | None) -> list[ModelledFigure]:
    """None of a release from before there were such."""
    if not modelled:
        return []
    titles = {each["code"]: each["title"] for each in document["indicators"]}
    own = {
        (figure["indicator"], group["code"]): in_percent(group["percent"])
        for figure in document["areas"]["figures"]
        for group in figure["groups"]
        if group["shown"]
    }
    found = []
    for code, groups in modelled["figures"].items():
        answers = sum(each["base"] for each in groups.values()) // len(groups)
        share = sum(each["percent"] for each in groups.values()) / len(groups) / 100
        checked = most_like(len(groups), answers, share, is_counted=modelled["is_counted"])
        rows = [
            _row(group["name"], groups[group["code"]], own.get((code, group["code"]), ""))
            for group in document["areas"]["groups"]
            if group["code"] in groups and checked.is_sound
        ]
        held = in_percent(checked.covered)
        found.append(ModelledFigure(said(titles[code]), rows, checked, held, in_percent(LEAST), in_percent(MOST)))
    return found


def _row(name: str, found: Mapping[str, Any], own: str) -> ModelledRow:
    share, low, high = (in_percent(found[each]) for each in ("percent", "low", "high"))
    return ModelledRow(name, share, low, high, found["base"], own)
