"""Means, the reporting gap and figures elsewhere in the CSV of the public figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.cohesion.register_words import whom
from portal.cohesion.reporting_gap import Told

ELSEWHERE = ("area", "value", "when", "source", "mode")
COLUMNS = ("mean", "scale_least", "scale_most", *(f"elsewhere_{name}" for name in ELSEWHERE))


def of_elsewhere(figure: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The cells of the same figure of another area, if there is one."""
    found = figure.get("comparator")
    if found is None:
        return {}
    area = found["area"].get(language) or found["area"]["en"]
    return {f"elsewhere_{name}": area if name == "area" else found[name] for name in ELSEWHERE}


def rows(document: Mapping[str, Any], language: str, *, is_random: bool) -> Iterator[dict[str, Any]]:
    """A row for each mean, and for each kind of people that were told of hate and each reason why nobody was."""
    between = "likely_19_in_20" if is_random else "chance_alone"
    for each in document.get("means", ()):
        yield {
            "indicator": each["code"],
            "title": each["title"].get(language) or each["title"]["en"],
            "shown": "yes" if each["shown"] else "no",
            "primary": "no",
            **({"range": between} if each["shown"] else {}),
            **{column: each.get(name, "") for column, name in _MEAN.items()},
            "low_reliability": _yes_or_no(each),
            **of_elsewhere(each, language),
        }
    gap = document.get("reporting_gap")
    if gap is None:
        return
    if not gap["shown"]:
        yield {"indicator": "reporting_gap", "shown": "no"}
        return
    words = whom()
    for each in gap["told"]:
        yield {
            "indicator": "reporting_gap",
            "code": each["who"],
            "label": words[Told(each["who"])],
            "shown": "yes",
            "range": between,
            **{name: each[name] for name in ("percent", "low", "high", "base")},
            "low_reliability": _yes_or_no(each),
        }
    for each in gap["reasons"]:
        yield {
            "indicator": "reporting_gap",
            "code": f"why:{each['code']}",
            "label": each["text"].get(language) or each["text"]["en"],
            "shown": "yes",
            "percent": each["percent"],
        }


_MEAN = {"mean": "mean", "low": "low", "high": "high", "base": "base", "scale_least": "least", "scale_most": "most"}


def _yes_or_no(each: Mapping[str, Any]) -> str:
    return {True: "yes", False: "no", None: ""}[each.get("unreliable")]
