"""What may be shown of a figure so that nobody can be found in it, not even by subtracting one figure from another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

from portal.cohesion.estimates import Estimate, wilson
from portal.rounded_tables import MIN_CELL
from portal.small_counts import rounded

MIN_BASE = 30
RELIABLE_BASE = 100
MAX_WIDTH = 0.20
# Below so many answers a tenth of a percent would say more than is known.
TENTHS_FROM = 1000
MIN_DIFFERENCE = 10


def is_enough(found: Estimate | None) -> bool:
    return found is not None and found.base >= MIN_BASE


def is_shown(found: Estimate | None) -> bool:
    """From 30 answers on; not where 1 to 4 people are all on one side, or the figure would tell what they said."""
    if found is None or not is_enough(found):
        return False
    return not any(0 < side < MIN_CELL for side in (found.positive, found.base - found.positive))


def few_or_rounded(count: int) -> int | None:
    """To the nearest 5; None for 1 to 4."""
    return None if 0 < count < MIN_CELL else rounded(count)


def percent(share: float, base: int) -> float:
    """Whole; with one decimal from a base of 1,000, rounded: how it is written must not tell whether it is of 999 or 1,000."""
    return round(100 * share, 1) if rounded(base) >= TENTHS_FROM else round(100 * share)


def as_published(found: Estimate) -> Estimate:
    """The figure as if its share and base were the rounded ones that are told, for its interval and for a change's.

    Rounded ends of the exact interval are two more cuts through the exact share, and can tell it and its base to the person.
    """
    share = percent(found.share, found.base) / 100
    effective = found.effective * rounded(found.base) / found.base
    low, high = wilson(share, effective)
    return replace(found, share=share, effective=effective, low=low, high=high)


def answered(size: int) -> int | None:
    """To the nearest 5, from 35 on. Of 30 to 32 it would say beside a base of 30 that at most 2 people are not in that."""
    return rounded(size) if size >= MIN_BASE + MIN_CELL else None


def is_unreliable(found: Estimate) -> bool:
    """Shown with a warning: about 100 answers or fewer, as they are told, or a range wider than 20 points."""
    told = as_published(found)
    return rounded(found.base) <= RELIABLE_BASE or told.high - told.low > MAX_WIDTH


def shown_figure(found: Estimate) -> dict[str, Any]:
    """All that is told of a figure's size and sureness."""
    assert is_shown(found)
    told = as_published(found)
    return {
        "percent": percent(found.share, found.base),
        "low": percent(told.low, found.base),
        "high": percent(told.high, found.base),
        "base": rounded(found.base),
        "unreliable": is_unreliable(found),
    }


def hidden_answers(counts: Mapping[str, int], lines: Iterable[Collection[str]]) -> set[str]:
    """Which answers' shares are not shown: each line of them that holds an answer of 1 to 4 people, whole.

    The sum of a line is told (`differencing.lines_of`), so one hidden answer would follow from the others. To hide as few of
    them as keep it open would tell more: which were taken, and above all that none could be, says how many the few are. A line
    that is hidden whole says only that some answer in it has 1 to 4 people.
    """
    return {code for line in lines if any(0 < counts[code] < MIN_CELL for code in line) for code in line}


def told_together(counts: Mapping[str, int]) -> list[list[str]]:
    """Answers that are in no base: each told by itself, or where one of them has 1 to 4 people only all as one number.

    How many they are together follows from the base and from how many answered; with the others told, a few would.
    """
    if any(0 < count < MIN_CELL for count in counts.values()):
        return [list(counts)]
    return [[code] for code in counts]


@dataclass(frozen=True)
class Conflict:
    """Why a release cannot be published: held against an earlier one of its wave, it tells of fewer than 10 people.

    `what` is "answered", "base", "positive", "answers", "hidden", "beside" (another figure on a question of this one),
    "areas" (the figure by group of parishes), "groups" (the figure by group of people) or "coded"; `indicator` is empty for
    the wave as a whole,
    and the question where people's words were coded.
    """

    release: int
    indicator: str
    what: str


def conflicts(exact: Mapping[str, Any], earlier: Mapping[int, Mapping[str, Any]]) -> list[Conflict]:
    """Hold the exact counts behind a release against those behind each earlier one of the wave, by its number."""
    found = []
    for number, before in earlier.items():
        if _tells(exact["answered"], before["answered"]):
            found.append(Conflict(number, "", "answered"))
        now, then = exact["figures"], before["figures"]
        for code, figure in now.items():
            for name, other in then.items():
                if _is_same(figure, other):
                    found += [Conflict(number, code, what) for what in _told_by(figure, other)]
                elif not (_is_as_before(figure, then.get(code)) or _is_as_before(other, now.get(name))):
                    # Else both stand in one release, where they were held against each other person by person.
                    found += [Conflict(number, code, "beside") for _ in _told_beside(figure, other)]
        found += [
            Conflict(number, question, "coded")
            for question, codes in exact.get("coded", {}).items()
            if _are_close(codes, before.get("coded", {}).get(question))
        ]
    found += _told_by_four(exact, earlier)
    return list(dict.fromkeys(found))


def _told_by_four(exact: Mapping[str, Any], earlier: Mapping[int, Mapping[str, Any]]) -> Iterator[Conflict]:
    for number, told in told_by_four(_counts(exact), {at: _counts(release) for at, release in earlier.items()}):
        yield Conflict(number, *told[:2])


def told_by_four(
    now: Mapping[tuple[Any, ...], int], before: Mapping[int, Mapping[tuple[Any, ...], int]]
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Everybody, without one signal, without another, without both: two of them less the others are who has both.

    Of which earlier release, the last of the three, and in which of the numbers that each tells.
    """
    for whole, one, other in permutations(before, 3):
        if one > other:
            continue
        first, second, third = before[whole], before[one], before[other]
        for told in now.keys() & first.keys() & second.keys() & third.keys():
            if 0 < abs(now[told] + first[told] - second[told] - third[told]) < MIN_CELL:
                yield max(whole, one, other), told


def told_by_parts(cells: Mapping[str, tuple[int, int]], shown: Collection[str]) -> dict[tuple[Any, ...], int]:
    """What a figure by groups tells beside the one for everyone: of each that is shown, and of all others together.

    `cells`: of how many people in each group it is true, and of how many not.
    """
    if not shown:
        return {}
    others = [code for code in cells if code not in shown]
    parts = [*([code] for code in shown), others]
    return {
        (*sorted(part), what): sum(cells[code][at] for code in part)
        for part in parts
        for at, what in enumerate(("true", "false"))
    } | {(*sorted(part), "all"): sum(sum(cells[code]) for code in part) for part in parts}


def _counts(exact: Mapping[str, Any]) -> dict[tuple[Any, ...], int]:
    """What of its people a release may tell: by the indicator, in what, and what else must be alike to be held against it."""
    counts: dict[tuple[Any, ...], int] = {("", "answered"): exact["answered"]}
    for code, figure in exact["figures"].items():
        made_of = tuple(tuple(figure.get(name, ())) for name in ("questions", "counted", "true"))
        counts |= {(code, what, made_of): figure[what] for what in ("base", "positive")}
        counts |= {(code, "answers", made_of, answer): count for answer, count in figure["answers"].items()}
    return counts


def _are_close(codes: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    """Whether other codes for the same words came so near that their difference is few people."""
    if before is None:
        return False
    counts, other = codes["counts"], before["counts"]
    return _tells(codes["base"], before["base"]) or any(
        _tells(counts[code], other[code]) for code in counts.keys() & other
    )


def _is_same(figure: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether both are made of the same answers. Of a release that was drafted before this was kept the questions must do."""
    alike = ("counted", "true") if "true" in figure and "true" in other else ()
    return all(figure[name] == other[name] for name in ("questions", *alike))


def _is_as_before(figure: Mapping[str, Any], same: Mapping[str, Any] | None) -> bool:
    """Whether the other release shows it too, with the same numbers."""
    if same is None or not _is_public(same) or not _is_same(figure, same):
        return False
    return all(figure[name] == same[name] for name in ("base", "positive", "answers"))


def _is_public(figure: Mapping[str, Any]) -> bool:
    sides = (figure["positive"], figure["base"] - figure["positive"])
    of_its_own = figure["base"] >= MIN_BASE and not any(0 < side < MIN_CELL for side in sides)
    return bool(figure.get("shown", of_its_own))


def _told_beside(figure: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """Two figures that share a question and are made of different answers: may one be subtracted from the other?"""
    if not (set(figure["questions"]) & set(other["questions"]) and _is_public(figure) and _is_public(other)):
        return
    is_one_question = figure["questions"] == other["questions"] and figure.get("counted") and other.get("counted")
    for mine, size in _sums(figure).items():
        for theirs, number in _sums(other).items():
            if not is_one_question:
                # Nobody knows any more who was in both, so like is held against like.
                is_within, least = mine[0] == theirs[0], MIN_CELL
            else:
                is_within = mine[1] <= theirs[1] or theirs[1] <= mine[1]
                least = MIN_DIFFERENCE if mine[1] == theirs[1] else MIN_CELL
            if is_within and 0 < abs(size - number) < least:
                yield "beside"


def _sums(figure: Mapping[str, Any]) -> dict[tuple[str, frozenset[str]], int]:
    counted, true = frozenset(figure.get("counted", ())), frozenset(figure.get("true", ()))
    return {
        ("base", counted): figure["base"],
        ("true", true): figure["positive"],
        ("false", counted - true): figure["base"] - figure["positive"],
        **{("alone", frozenset([code])): figure["answers"][code] for code in figure.get("alone", ())},
    }


def _told_by(figure: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    yield from (what for what in ("base", "positive") if _tells(figure[what], other[what]))
    counts, before = figure["answers"], other["answers"]
    if any(_tells(counts.get(code, 0), before.get(code, 0)) for code in counts.keys() | before.keys()):
        yield "answers"
    # What was shown and is hidden now tells nothing new.
    no_longer_hidden = set(other["hidden"]) - set(figure["hidden"])
    if any(counts.get(code) == before.get(code) for code in no_longer_hidden):
        yield "hidden"


def _tells(one: int, other: int) -> bool:
    return 0 < abs(one - other) < MIN_DIFFERENCE
