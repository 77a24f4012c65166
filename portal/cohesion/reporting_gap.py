"""Of those who faced hate, how many told the police, only others who can help, or nobody; and why not.

It is of the people who answered and never a count of all hate: nothing here is multiplied by a population, and nothing that was
reported to the portal is taken from it. Everybody who said that they faced hate is in the base, those too who did not say whom
they told, or why not. So no share is larger than it is, and nobody can be found by subtracting one base from another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import compress
from typing import Any

from portal.cohesion import differencing, disclosure
from portal.cohesion.differencing import Sides, Sums
from portal.cohesion.estimates import Estimate, estimate_of
from portal.surveys.columns import Value
from portal.surveys.definition import Instrument
from portal.surveys.indicators import ReportingGap


class Told(StrEnum):
    """Whom somebody told: each is one of these. Of the rest, who told only friends or did not say, there is no figure."""

    NOBODY = "nobody"
    POLICE = "police"
    ORGANISATION = "organisation"
    """One that can help, and not the police."""
    REST = "rest"


# The first goes before the others where only one can be shown.
FIGURES = (Told.NOBODY, Told.POLICE, Told.ORGANISATION)


@dataclass(frozen=True)
class Gap:
    """`counts`: how many people are each; `reasons`: of those who told nobody, who ticked which reason."""

    told: str
    questions: frozenset[str]
    why: str
    counts: Mapping[Told, int]
    figures: Mapping[Told, Estimate | None]
    reasons: Mapping[str, Estimate | None]
    beside: Mapping[str, Mapping[tuple[Any, Any], int]]
    """By the code of each indicator with a question in common: how many are where in it and in this."""

    @property
    def base(self) -> int:
        return sum(self.counts.values())

    def sides(self, each: Told) -> Sides:
        return Sides(each, self.questions, frozenset(Told), frozenset([each]), True)

    def shown(self, others: Mapping[str, Sides]) -> tuple[Told, ...]:
        """Those that may stand beside the other shown figures: all, or else the first alone, or none."""
        for chosen in (FIGURES, FIGURES[:1]):
            sides = [self.sides(each) for each in chosen]
            if (
                all(disclosure.is_shown(self.figures[each]) for each in chosen)
                and not (
                    len(chosen) > 1 and Sums(self.counts, [group for each in sides for group in each.sums]).tells_of_few
                )
                and not any(
                    differencing.tell_of_few(others[code], each, people)
                    for code, people in self.beside.items()
                    if code in others
                    for each in sides
                )
            ):
                return chosen
        return ()

    def shown_reasons(self, others: Mapping[str, Sides]) -> dict[str, Estimate]:
        """Of each by itself, as somebody may have ticked several; none beside another figure on the same question."""
        if Told.NOBODY not in self.shown(others) or any(self.why in each.questions for each in others.values()):
            return {}
        return {code: found for code, found in self.reasons.items() if found and disclosure.is_shown(found)}


def measure_gap(
    instrument: Instrument,
    values: Mapping[str, Sequence[Value]],
    weights: Sequence[float],
    others: Iterable[tuple[Sides, Callable[[], Sequence[Any]]]],
) -> Gap | None:
    """None where the questionnaire does not ask it. `others`: each indicator, and where in it each person is."""
    asked = instrument.questionnaire.reporting_gap
    if asked is None:
        return None
    nothing: Sequence[Value] = [None] * len(weights)
    given = list(zip(values.get(asked.faced.question) or nothing, values.get(asked.told) or nothing, strict=True))
    whom = {
        (faced, answer): _told(asked, answer) if faced in asked.faced.any_of else None for faced, answer in set(given)
    }
    told = list(map(whom.__getitem__, given))
    why = values.get(asked.why) or nothing
    reasons = instrument.codes_of(instrument.questionnaire.questions[asked.why]) if asked.why else []
    questions = frozenset([asked.faced.question, asked.told])
    tally = Counter(told)
    people = Counter(zip(weights, told, strict=True))
    silent = Counter(compress(zip(weights, why, strict=True), [one is Told.NOBODY for one in told]))
    return Gap(
        asked.told,
        questions,
        asked.why,
        {each: tally[each] for each in Told},
        {
            each: _share((weight, one is each, count) for (weight, one), count in people.items() if one is not None)
            for each in FIGURES
        },
        {
            code: _share((weight, code in _ticked(answer), count) for (weight, answer), count in silent.items())
            for code in reasons
        },
        {
            sides.code: Counter(zip(where(), told, strict=True))
            for sides, where in others
            if sides.questions & questions
        },
    )


def _share(people: Iterable[tuple[float, bool, int]]) -> Estimate | None:
    """Of so many people with this weight of whom it is true, or not."""
    tally: dict[tuple[float, bool | None], int] = {}
    for weight, is_true, count in people:
        tally[weight, is_true] = tally.get((weight, is_true), 0) + count
    return estimate_of(tally)


def _told(asked: ReportingGap, answer: Value) -> Told:
    ticked = _ticked(answer)
    for each, options in (
        (Told.POLICE, asked.police),
        (Told.ORGANISATION, asked.organisations),
        (Told.NOBODY, asked.nobody),
    ):
        if not ticked.isdisjoint(options):
            return each
    return Told.REST


def _ticked(answer: Value) -> frozenset[str]:
    return frozenset(answer) if isinstance(answer, tuple) else frozenset()


def told_of(gap: Gap, instrument: Instrument, others: Mapping[str, Sides]) -> dict[str, Any]:
    """What a release says of it. Where it is not shown there is nothing but the questions."""
    questionnaire, shown = instrument.questionnaire, gap.shown(others)
    asked = questionnaire.questions
    named = {
        "questions": [dict(asked[code].text) for code in (gap.told, *([gap.why] if gap.why else []))],
        "enough": gap.base >= disclosure.MIN_BASE,
        "shown": bool(shown),
    }
    if not shown:
        return named
    reasons = gap.shown_reasons(others)
    options = {option.code: dict(option.text) for option in questionnaire.options_of(asked[gap.why])} if gap.why else {}
    figures = {each: found for each in shown if (found := gap.figures[each])}
    return named | {
        "told": [{"who": each.value} | disclosure.shown_figure(found) for each, found in figures.items()],
        "reasons": [
            {"code": code, "text": options[code], "percent": disclosure.percent(found.share, found.base)}
            for code, found in reasons.items()
        ],
        "reasons_hidden": len(gap.reasons) - len(reasons),
    }


def exact_gap(gap: Gap, others: Mapping[str, Sides]) -> dict[str, Any]:
    """What is behind it, like the figures of `releases.exact_counts`: a later release of the wave is held against it."""
    shown, reasons = gap.shown(others), gap.shown_reasons(others)
    found = {
        f"reporting_gap.{each}": _exact(gap.questions, gap.figures[each], each in shown, Told, each, gap.counts)
        for each in FIGURES
    }
    of_nobody = gap.questions | {gap.why}
    return found | {
        f"reporting_gap.{code}": _exact(of_nobody, each, code in reasons, (code, f"not {code}"), code, {})
        for code, each in gap.reasons.items()
    }


def _exact(
    questions: Collection[str],
    found: Estimate | None,
    is_shown: bool,
    counted: Iterable[str],
    true: str,
    answers: Mapping[Told, int],
) -> dict[str, Any]:
    return {
        "questions": sorted(questions),
        "base": found.base if found else 0,
        "positive": found.positive if found else 0,
        "answers": {str(code): count for code, count in answers.items()},
        "hidden": [] if is_shown else sorted(map(str, answers)),
        "shown": is_shown,
        "partly": 0,
        "counted": sorted(map(str, counted)),
        "true": [str(true)],
    }
