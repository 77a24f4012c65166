"""What weighting could not mend, as a release freezes it: groups of whom too few answered, and groups that count for too little."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from portal.cohesion.disclosure import MIN_CELL
from portal.cohesion.weighting import MAX_WEIGHT, Weighting
from portal.surveys.definition import Instrument

# A missed share is told in steps of so many percent.
STEPS = (1, 5, 10, 25)


def caveats(instrument: Instrument, weighting: Weighting) -> dict[str, Any]:
    """Codes for whoever counts and texts for whoever reads; shares in percent of the people in the margin."""
    size = len(weighting.weights)
    return {
        "scarce": [
            {
                "by": each.by,
                "kinds": [list(codes) for codes in each.kinds],
                "texts": _texts(instrument, {each.by: [code for codes in each.kinds for code in codes]}),
            }
            for each in weighting.scarce
        ],
        "missed": [
            {
                "by": list(each.by),
                "kinds": [list(codes) for codes in each.kinds],
                "texts": _texts(instrument, dict(zip(each.by, each.kinds, strict=True))),
                "is_short": each.reached < each.wanted,
                "wanted": round(100 * each.wanted, 1),
                "reached": in_steps(100 * each.reached, size),
            }
            for each in weighting.missed
        ],
    }


def in_steps(percent: float, size: int) -> int:
    """A share that weights at their bound have made tells how many people it is of, unless it is told in steps.

    Each step is of 5 people or more: a group of 20 is at its upper bound only where 60 or more answered.
    """
    step = next((step for step in STEPS if size * step >= 100 * MIN_CELL * MAX_WEIGHT), STEPS[-1])
    return round(percent / step) * step


def _texts(instrument: Instrument, kinds: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """How the questionnaire calls them; nothing for what it does not ask."""
    questionnaire, texts = instrument.questionnaire, {}
    for question in questionnaire.questions.values():
        if question.demographic in kinds:
            for option in questionnaire.options_of(question):
                texts[question.demographic, option.code] = dict(option.text)
    return [texts[name, code] for name, codes in kinds.items() for code in codes if (name, code) in texts]


def in_one_line(weighting: Mapping[str, Any]) -> str:
    """Of a release's weighting, for a column of its file: `fewer than 20: sex=male; at the bound: age_band=16_24 counts for too little (about 10% for 14.2%)`."""
    return "; ".join(_said(weighting))


def _said(weighting: Mapping[str, Any]) -> Iterator[str]:
    for each in weighting.get("scarce", ()):
        yield f"fewer than 20: {each['by']}={', '.join(map('|'.join, each['kinds']))}"
    for each in weighting.get("missed", ()):
        kinds = " ".join(f"{name}={'|'.join(codes)}" for name, codes in zip(each["by"], each["kinds"], strict=True))
        counts = "too little" if each.get("is_short", True) else "too much"
        yield f"at the bound: {kinds} counts for {counts} (about {each['reached']}% for {each['wanted']:g}%)"
