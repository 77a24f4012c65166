"""Groups of people in the file of published figures: a row for each group in each figure, and for each that was heard or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

GROUP_COLUMNS = (
    "group_by", "group", "group_label", "everyone_else", "difference_low", "difference_high", "difference",
    "population_percent", "ratio", "more_answers_needed",
)  # fmt: skip


def group_rows(document: Mapping[str, Any], language: str) -> Iterator[dict[str, Any]]:
    """By their columns. Of a group that is not shown there are its names and `shown`: no."""
    groups = document.get("groups", {"figures": {}, "by": ()})
    labels = {
        (kind["code"], group["code"]): _label(group, language) for kind in groups["by"] for group in kind["groups"]
    }
    for indicator, kinds in groups["figures"].items():
        for kind, found in kinds.items():
            for group, each in found.items():
                row = {"indicator": indicator, "group_by": kind, "group": group, "group_label": labels[kind, group]}
                if not each["shown"]:
                    yield row | {"shown": "no"}
                    continue
                yield row | {
                    "shown": "yes",
                    **{name: each[name] for name in ("percent", "low", "high", "base")},
                    "low_reliability": "yes" if each["unreliable"] else "no",
                    "everyone_else": each["others"]["percent"],
                    "difference_low": each["difference_low"],
                    "difference_high": each["difference_high"],
                    "difference": each["word"],
                }
    for kind in document.get("heard", {"by": ()})["by"]:
        for each in kind["groups"]:
            is_told = each["answers"] is not None
            yield {
                "indicator": "heard",
                "group_by": kind["code"],
                "group": each["code"],
                "group_label": _label(each, language),
                "shown": "yes" if is_told else "no",
                "percent": each["percent"] if is_told else "",
                "population_percent": each["expected"],
                "ratio": each["ratio"] if is_told else "",
                "more_answers_needed": each["more"],
            }


def _label(group: Mapping[str, Any], language: str) -> str:
    return "; ".join(text.get(language) or text["en"] for text in group["texts"])
