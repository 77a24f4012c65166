"""Means in a release: beside the shares, in a list of their own, so that nobody takes points for percent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portal.cohesion.means import moved_means, shown_mean
from portal.cohesion.measures import Measure, Measured
from portal.cohesion.register import named

PublicMeans = set[tuple[str, str, float]]
"""By the id of its wave and its code, what is public of a mean."""


def public_means(documents: Iterable[Mapping[str, Any]]) -> PublicMeans:
    return {
        (document["wave"]["id"], each["code"], each["mean"])
        for document in documents
        for each in document.get("means", ())
        if each["shown"]
    }


def released_mean(measured: Measured, measure: Measure) -> dict[str, Any]:
    found = named(measured, measure)
    return found | shown_mean(measure.mean) if measure.mean and found["shown"] else found


def say_what_moved(
    means: Sequence[dict[str, Any]],
    now: Measured,
    before: Measured,
    document: Mapping[str, Any],
    against: Sequence[str],
) -> None:
    """Only where both are shown and measure the same. `document`: the release of `before`."""
    were_shown = {each["code"]: each for each in document.get("means", ()) if each["shown"]}
    then = {measure.definition: measure for measure in before.means}
    pairs = {
        code: (measure.mean, same.mean)
        for measure in now.means
        if (code := measure.indicator.code) in now.shown
        and code in were_shown
        and (same := then.get(measure.definition))
        and same.indicator.code == code
        and measure.mean
        and same.mean
    }
    found = moved_means(pairs)
    for each in means:
        if change := found.get(each["code"]):
            each.setdefault("changes", []).append(
                {
                    "against": list(against),
                    "word": change.word.value,
                    "wave": document["wave"]["id"],
                    "closes_on": document["wave"]["closes_on"],
                    "mean": were_shown[each["code"]]["mean"],
                    "low": round(change.low, 1),
                    "high": round(change.high, 1),
                    "allowed_for": "benjamini_hochberg",
                }
            )
