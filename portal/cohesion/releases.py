"""A release's document: the figures of one wave as the public sees them, with every word and number frozen in it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.cohesion import disclosure, released_means, reporting_gap
from portal.cohesion.caveats import caveats
from portal.cohesion.changes import Against, moved
from portal.cohesion.measures import Measure, Measured
from portal.cohesion.register import named
from portal.cohesion.selection import RANDOM, if_chosen
from portal.surveys import waves
from portal.surveys.batches import sample_of

FORMAT = 1


@dataclass(frozen=True)
class Earlier:
    """A published wave that a later one is held against: its document, what its answers say, and in what it is compared."""

    document: Mapping[str, Any]
    measured: Measured
    against: Sequence[Against]


def canonical(document: Any) -> str:
    """To the byte what is hashed."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def document_of(
    wave_id: uuid.UUID,
    now: Measured,
    earlier: Sequence[Earlier] = (),
    leave_out: Sequence[str] = (),
    coded: Sequence[Mapping[str, Any]] = (),
    flagged: int = 0,
    areas: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """`earlier`: the published waves that it is held against, to tell what moved.

    `leave_out`: the signals of the responses that `now` is without; `coded`: what `coded.for_release` gives; `flagged`: how
    many responses have any signal, counted or not; `areas`: what `area_releases.area_figures` gives.
    """
    wave = waves.find_wave(wave_id)
    assert wave is not None
    sample = sample_of(wave)
    left_out = {"signals": list(leave_out), "count": disclosure.few_or_rounded((wave.answered or 0) - now.size)}
    means = [released_means.released_mean(now, measure) for measure in now.means]
    for before in earlier:
        released_means.say_what_moved(means, now, before.measured, before.document, before.against)
    return {
        "format": FORMAT,
        "survey": now.instrument.questionnaire.code,
        "title": dict(now.instrument.questionnaire.title),
        "wave": {
            "id": wave.id.hex,
            "number": wave.number,
            "opens_on": wave.opens_on.isoformat(),
            "closes_on": wave.closes_on.isoformat(),
            "sample_type": sample,
            "languages": wave.languages,
        },
        "answered": disclosure.answered(now.size),
        "recipe": wave.recipe | {"weighting": weighting_facts(now)} if wave.recipe else {},
        "indicators": figures_of(now, earlier, is_random=sample == RANDOM),
        "flagged": disclosure.few_or_rounded(flagged),
        # A release in which everybody counts, and without coded words, is to the byte what it was before there were these.
        **({"left_out": left_out} if leave_out else {}),
        **({"coded": list(coded)} if coded else {}),
        **({"means": means} if means else {}),
        **({"reporting_gap": reporting_gap.told_of(now.gap, now.instrument, now.shown)} if now.gap else {}),
        **({"areas": dict(areas)} if areas else {}),
    }


def figures_of(now: Measured, earlier: Sequence[Earlier] = (), *, is_random: bool = False) -> list[dict[str, Any]]:
    """All that a release says of the indicators."""
    indicators = [_indicator(now, measure) for measure in now.measures]
    if not is_random:
        for each in indicators:
            if each["shown"]:
                each["if_chosen"] = if_chosen(each["percent"], each["base"])
    for before in earlier:
        _say_what_moved(indicators, now, before)
    return indicators


def are_alike(wave: Any, document: Mapping[str, Any]) -> bool:
    """Figures of samples that came about in different ways, or are weighted to different people, are not compared."""
    return (sample_of(wave), wave.recipe.get("population")) == (
        document["wave"]["sample_type"],
        document["recipe"].get("population"),
    )


def weighting_facts(measured: Measured) -> dict[str, Any]:
    """How the answers were weighted, for somebody else to do it again, as far as it tells of no few people."""
    weighting = measured.weighting
    # A weight is what a group should be by what it is: to four places it counts the group, and so who is in none.
    places = 4 if measured.version < 3 else 1
    return {
        "iterations": weighting.iterations,
        "least": round(weighting.least, places),
        "most": round(weighting.most, places),
        "design_effect": round(weighting.design_effect, places),
        "joined": [[list(pair) for pair in pairs] for pairs in weighting.joined],
        "is_trimmed": weighting.trimmed > 0,
        # Without a version it is the first, in which weights left the bounds and nothing was said.
        **({"version": measured.version} | caveats(measured.instrument, weighting) if measured.version > 1 else {}),
    }


def version_of(document: Mapping[str, Any]) -> int:
    """The version of the arithmetic that a release was made by."""
    return int(document["recipe"].get("weighting", {}).get("version", 1))


def _indicator(measured: Measured, measure: Measure) -> dict[str, Any]:
    """One figure. Of one that is not shown there is nothing but its name and its questions."""
    indicator, questionnaire = measure.indicator, measured.instrument.questionnaire
    found = named(measured, measure)
    if measure.found is None or not found["shown"]:
        return found
    options = {
        option.code: dict(option.text)
        for option in questionnaire.options_of(questionnaire.questions[indicator.questions[0]])
    }
    hidden = measured.hidden(measure)
    return (
        found
        | disclosure.shown_figure(measure.found)
        | ({"partly": disclosure.few_or_rounded(measure.partly)} if indicator.kind == "score" else {})
        | {
            "left_out": [
                {"text": _joined([options[code] for code in codes]), "count": disclosure.few_or_rounded(count)}
                for codes in disclosure.told_together(measure.left_out)
                if (count := sum(measure.left_out[code] for code in codes))
            ],
            "answers": [
                {
                    "text": options[code],
                    "positive": code in indicator.positive,
                    "percent": None if code in hidden else disclosure.percent(share, measure.found.base),
                }
                for code, share in measure.shares.items()
            ]
            if hidden != set(measure.answers)
            else [],
        }
    )


def _joined(texts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """In every language that all of them have."""
    shared = [language for language in texts[0] if all(language in text for text in texts)]
    return {language: " + ".join(text[language] for text in texts) for language in shared}


def _say_what_moved(indicators: list[dict[str, Any]], now: Measured, earlier: Earlier) -> None:
    """Only where both figures are shown and measure the same."""
    document = earlier.document
    were_shown = {each["code"]: each for each in document["indicators"] if each["shown"]}
    then = {measure.definition: measure for measure in earlier.measured.measures}
    pairs = {}
    for measure in now.measures:
        code, same = measure.indicator.code, then.get(measure.definition)
        is_comparable = same and same.indicator.code == code and code in were_shown and code in now.shown
        if is_comparable and same and same.found and measure.found:
            pairs[code] = (disclosure.as_published(measure.found), disclosure.as_published(same.found))
    found = moved(pairs, now.primary)
    for each in indicators:
        if change := found.get(each["code"]):
            base = min(pair.base for pair in pairs[each["code"]])
            each.setdefault("changes", []).append(
                {
                    "against": list(earlier.against),
                    "word": change.word.value,
                    "wave": document["wave"]["id"],
                    "closes_on": document["wave"]["closes_on"],
                    "percent": were_shown[each["code"]]["percent"],
                    "low": disclosure.percent(change.low, base),
                    "high": disclosure.percent(change.high, base),
                    "allowed_for": "holm" if each["primary"] else "benjamini_hochberg",
                }
            )


def exact_counts(
    measured: Measured, coded: Mapping[str, Any] | None = None, areas: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What is behind the figures, for nobody's eyes: a later release of the wave is held against it."""
    return {
        "answered": measured.size,
        "figures": {
            measure.indicator.code: _exact(measured, measure) for measure in (*measured.measures, *measured.means)
        }
        | (reporting_gap.exact_gap(measured.gap, measured.shown) if measured.gap else {}),
        **({"coded": dict(coded)} if coded else {}),
        **({"areas": dict(areas)} if areas else {}),
    }


def _exact(measured: Measured, measure: Measure) -> dict[str, Any]:
    return {
        "questions": sorted(measure.sides.questions) if measure.indicator.base else list(measure.indicator.questions),
        "base": measure.base,
        "positive": measure.found.positive if measure.found else 0,
        "answers": measure.answers | measure.left_out,
        "hidden": sorted(measured.hidden(measure)),
        "shown": measure.indicator.code in measured.shown,
        "partly": measure.partly,
        "counted": sorted(measure.answers),
        "true": sorted(measure.indicator.positive),
        # A mean may tell how many gave each answer.
        **({"alone": sorted(measure.answers)} if measure.indicator.kind == "mean" else {}),
    }
