"""Who was heard, held against the population: of each group its part of the answers and of the people, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from portal.cohesion.disclosure import MIN_BASE
from portal.cohesion.groupings import Grouping
from portal.cohesion.weighting import OUTSIDE, cells_of
from portal.partnership.populations import LANGUAGE
from portal.rounded_tables import ALL, Key, Rounding, told
from portal.surveys.columns import Value
from portal.surveys.reach import Reached, known_to_lack, r_indicator, reached, variation
from portal.surveys.wave_results import rounding_when_closed

REST = "_rest"
"""Of the population those whom the figures name in no group."""


def heard(
    wave: Any,
    compared: Sequence[Grouping],
    kind_of: Mapping[str, Sequence[str]],
    who: Mapping[str, Sequence[Value]],
    size: int,
) -> dict[str, Any]:
    """What a release says of it. Counts are told as on the pages of a wave's results: rounded, by the same secret, none below 5."""
    rounded = rounding_when_closed(wave)
    compared = [_in_languages(each, wave.languages) for each in compared]
    lines = {each.code: _lines(each, kind_of[each.code], rounded) for each in compared}
    return {
        "by": [
            {
                "code": each.code,
                "title": dict(each.title),
                "source": each.source,
                "groups": [
                    _group(line, [dict(text) for text in group.texts])
                    for group, line in zip(each.groups, lines[each.code], strict=False)
                ],
                "variation": _hundredths(variation(lines[each.code])),
            }
            for each in compared
            if sum(line.answers or 0 for line in lines[each.code]) >= MIN_BASE
        ],
        **_representativity(wave, who, size, rounded),
    }


def _in_languages(grouping: Grouping, offered: Sequence[str]) -> Grouping:
    """Nobody could answer in a language that the wave did not offer."""
    if grouping.code != LANGUAGE:
        return grouping
    return replace(grouping, groups=tuple(group for group in grouping.groups if group.code in offered))


def _lines(grouping: Grouping, kinds: Sequence[str], rounded: Rounding) -> list[Reached]:
    """Of each group; then of everyone else, where the figures count more people than the groups hold."""
    people = {group.code: group.people or 0 for group in grouping.groups}
    rest = (grouping.everyone or 0) - sum(people.values())
    counts = Counter(kinds)
    if rest:
        # As with languages that the survey did not offer: they are of the population, and no answer is theirs.
        people[REST] = rest
    found = _told({code: counts[code] for code in people}, rounded)
    return known_to_lack(reached(found, people))


def _told(counts: Mapping[str, int], rounded: Rounding) -> dict[str, int | None]:
    table: dict[Key, int] = {(ALL,): sum(counts.values())}
    table |= {(code,): count for code, count in counts.items()}
    found = told(table, [list(counts)], [True], rounded)
    return {code: found[code,] for code in counts}


def _group(line: Reached, texts: list[dict[str, str]]) -> dict[str, Any]:
    is_told = line.answers is not None
    return {
        "code": line.code,
        "texts": texts,
        "answers": line.answers,
        "percent": round(100 * line.share) if is_told else None,
        "expected": round(100 * line.expected, 1),
        "ratio": round(line.ratio, 2) if is_told else None,
        "more": line.more,
    }


def _representativity(wave: Any, who: Mapping[str, Sequence[Value]], size: int, rounded: Rounding) -> dict[str, Any]:
    """By the first margin that the wave is weighted to. Nothing where a cell of it is not told."""
    for margin in wave.recipe.get("margins", ())[:1]:
        answers = {name: [one if isinstance(one, str) else None for one in who.get(name, ())] for name in margin["by"]}
        counts = Counter(cells_of(margin, answers, size))
        people = {str(place): cell["count"] for place, cell in enumerate(margin["cells"])}
        del counts[OUTSIDE]
        lines = reached(_told({code: counts[int(code)] for code in people}, rounded), people)
        varies = variation(lines)
        answered, everyone = sum(line.answers or 0 for line in lines), sum(people.values())
        if varies is not None and answered >= MIN_BASE:
            return {
                "representativity": {
                    "by": list(margin["by"]),
                    "answers": answered,
                    "people": everyone,
                    "variation": _hundredths(varies),
                    "r_indicator": round(r_indicator(varies, answered / everyone), 4),
                }
            }
    return {}


def _hundredths(number: float | None) -> float | None:
    return None if number is None else round(number, 2)
