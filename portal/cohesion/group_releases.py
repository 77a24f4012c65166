"""Groups in a release: how each differs from everybody else, and who was heard, with every word and number frozen in it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Any

from portal.cohesion import gaps, heard
from portal.cohesion.disclosure import Conflict
from portal.cohesion.estimates import outcomes
from portal.cohesion.groupings import Grouping, groupings, kinds, who_answered
from portal.cohesion.measures import Measure, Measured
from portal.partnership.file import current_partnership
from portal.partnership.populations import PLACE_GROUP
from portal.surveys import versions, waves
from portal.surveys.answers import CodedAnswers

Exact = Mapping[str, Any]


def for_release(
    wave_id: uuid.UUID, coded: CodedAnswers, measured: Measured, earlier: Sequence[Exact], areas: Exact
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the document says, and the counts behind it, for nobody's eyes: {"groups": {figure: {grouping: ...}}}.

    `coded`: the answers of those who count. `earlier`: the counts behind the releases of the wave that ever were public. What would tell of few people beside one of
    these is not shown. `areas`: what `area_releases.area_figures` counted for the same release; no group is shown that would
    tell of few people beside a group of parishes.
    """
    wave = waves.find_wave(wave_id)
    assert wave is not None
    instruments = versions.instruments_of(wave_id)
    population = current_partnership().find_population(wave.population) if wave.population else None
    found = groupings(instruments, population, wave.recipe)
    who = who_answered(instruments, coded)
    kind_of = {each.code: kinds(each, who, coded.size) for each in found}
    apart = [each for each in found if each.has_gaps]
    document: dict[str, Any] = {}
    exact: dict[str, Any] = {}
    if apart:
        homes = [str(home) if home else gaps.NO_GROUP for home in who[PLACE_GROUP]]
        columns = [*(kind_of[each.code] for each in apart), homes]
        people = {
            measure.indicator.code: _counted(
                outcomes(measure.indicator, coded.values, coded.size), measured.weighting.weights, columns
            )
            for measure in _figures(measured)
        }
        tallies = {code: [gaps.by_one(counted, at) for at in range(len(apart))] for code, counted in people.items()}
        shown, exact = _shown(
            people, tallies, apart, [each.get("groups", {}) for each in earlier], areas.get("figures", {})
        )
        document["groups"] = _document(tallies, apart, shown, exact)
    compared = [each for each in found if each.is_compared]
    # Beside a release of other answers the rounded numbers would step where those lie that one of them leaves out.
    is_kept_back = bool(compared) and any(each["answered"] != coded.size for each in earlier)
    if compared and not is_kept_back:
        document["heard"] = heard.heard(wave, compared, kind_of, who, coded.size)
    return document, ({"groups": exact} if exact else {}) | ({"heard_kept_back": True} if is_kept_back else {})


def _counted(found: Sequence[bool | None], weights: Sequence[float], kinds: Sequence[Sequence[str]]) -> gaps.People:
    """Those whom the figure counts."""
    is_in = [outcome is not None for outcome in found]
    return [list(compress(column, is_in)) for column in (weights, found, *kinds)]


def _figures(measured: Measured) -> list[Measure]:
    """The primary figures that are shown; of two on one question the first alone, or what lies between them would be told."""
    found: list[Measure] = []
    for measure in measured.measures:
        questions = set(measure.indicator.questions)
        if (
            measure.indicator.code in measured.primary
            and measure.indicator.code in measured.shown
            and not any(questions & set(other.indicator.questions) for other in found)
        ):
            found.append(measure)
    return found


def _shown(
    people: Mapping[str, gaps.People],
    tallies: Mapping[str, Sequence[gaps.Tally]],
    apart: Sequence[Grouping],
    earlier: Sequence[Mapping[str, gaps.Public]],
    areas: Exact,
) -> tuple[dict[str, list[list[str]]], dict[str, dict[str, Any]]]:
    shown, exact = {}, {}
    for code, counted in people.items():
        cells = [
            gaps.cells_of(tally, [group.code for group in each.groups])
            for tally, each in zip(tallies[code], apart, strict=True)
        ]
        where = [area for area, (*_, why) in areas.get(code, {"groups": {}})["groups"].items() if not why]
        found = gaps.shown_groups(counted, cells, where)
        exact[code] = {
            each.code: {"shown": groups, "cells": {group: list(sides) for group, sides in mine.items()}}
            for each, groups, mine in zip(apart, found, cells, strict=True)
        }
        for at, each in enumerate(apart):
            now = exact[code][each.code]
            before = dict(enumerate(then[code][each.code] for then in earlier if each.code in then.get(code, {})))
            if any(gaps.told_by_both(now, then) for then in before.values()) or gaps.told_by_three(now, before):
                now["shown"] = found[at] = []
        shown[code] = found
    return shown, exact


def _document(
    tallies: Mapping[str, Sequence[gaps.Tally]],
    apart: Sequence[Grouping],
    shown: Mapping[str, Sequence[Sequence[str]]],
    exact: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    found = {
        (code, each.code, group): gaps.gap_of(tally, group)
        for code, counted in tallies.items()
        for at, (each, tally) in enumerate(zip(apart, counted, strict=True))
        for group in shown[code][at]
    }
    words = gaps.judged(found)
    return {
        "least": gaps.LEAST,
        "allowed_for": "benjamini_hochberg",
        "by": [
            {
                "code": each.code,
                "title": each.title,
                "groups": [
                    {"code": group.code, "texts": [dict(text) for text in group.texts]} for group in each.groups
                ],
            }
            for each in apart
        ],
        "figures": {
            code: {
                each.code: {
                    group.code: gaps.shown_gap(gap, words[code, each.code, group.code])
                    if (gap := found.get((code, each.code, group.code))) is not None
                    # Not how many there are: only whether it is for want of answers.
                    else {"shown": False, "enough": sum(exact[code][each.code]["cells"][group.code]) >= gaps.LEAST}
                    for group in each.groups
                }
                for each in apart
            }
            for code in tallies
        },
    }


def conflicts(exact: Exact, earlier: Mapping[int, Exact]) -> list[Conflict]:
    """Where the groups of a draft tell of fewer than 10 people beside a release that was published after it was drafted."""
    found = []
    for code, by in exact.get("groups", {}).items():
        for grouping, now in by.items():
            before = {
                number: then
                for number, each in earlier.items()
                if (then := each.get("groups", {}).get(code, {}).get(grouping)) is not None
            }
            numbers = [number for number, then in before.items() if gaps.told_by_both(now, then)]
            found += [Conflict(number, code, "groups") for number in [*numbers, *gaps.told_by_three(now, before)]]
    return list(dict.fromkeys(found))
