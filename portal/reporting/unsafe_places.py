"""Places that feel unsafe, as counts: what was ticked is added to a month's count of its place and kept nowhere else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from portal import limits
from portal.db import session, today, transaction, upsert
from portal.partnership.file import current_partnership
from portal.partnership.places import Place
from portal.reporting.count_models import UnsafePlaceCount
from portal.reporting.questions.unsafe_places import UNSAFE_PLACE_QUESTIONS
from portal.small_counts import LEAST, rounded

MIN_SHOWN = LEAST
"""Of a place or an answer that fewer gave nothing is published. What is published is rounded: what two looks at moving
twelve months differ by is then nobody's answer."""
MOST_SHOWN = 3
MONTHS = 12
# A household tells of a place from one line; who tells more often in an hour is counted apart.
MAX_OF_A_PLACE_PER_HOUR = 3
MAX_PER_HOUR = 10
TOLD = "told"
"""The question, and its answer, under which each telling counts once, whatever was ticked."""


@dataclass(frozen=True)
class Counted:
    """An answer's words, and how often it was given."""

    words: Any
    times: int


@dataclass(frozen=True)
class Area:
    """What is published of a place; without a name it is all places of its group of which too few told, together.

    `times` and what is in `answers` are rounded. `answers` has, by question, those that 10 gave; of reasons and spots the
    three most given.
    """

    name: str
    times: int
    answers: Mapping[str, Sequence[Counted]]


@dataclass(frozen=True)
class Published:
    """The areas by the name of their group, of the months from `first` to `last`."""

    first: date
    last: date
    groups: Sequence[tuple[str, Sequence[Area]]]


@dataclass(frozen=True)
class MonthOfPlace:
    """A place's exact counts of a month, for staff; `set_aside` is how often one visitor or a program told too much."""

    name: str
    times: int
    set_aside: int
    answers: Mapping[str, Sequence[Counted]]


def tell_of_place(
    place: str, answers: Mapping[str, Sequence[str]], visitor: str, once: str, *, is_trapped: bool = False
) -> None:
    """Add 1 to the place and to each answer; nothing where the same page was sent before about the same place.

    What came too often from this visitor within an hour, or with a box filled in that no person sees, is counted apart.
    """
    with transaction() as db:
        if limits.count(db, "place once", f"{once} {place}") > 1:
            return
        of_place = limits.count(db, "place", f"{visitor} {place}")
        of_all = limits.count(db, "place", visitor)
        is_set_aside = is_trapped or of_place > MAX_OF_A_PLACE_PER_HOUR or of_all > MAX_PER_HOUR
        column = "set_aside" if is_set_aside else "times"
        ticked = [
            (question.code, code)
            for question in UNSAFE_PLACE_QUESTIONS
            for code in question.texts
            if code in answers.get(question.code, ())
        ]
        # Always in the same order: two that are counted at once wait for each other and never in a ring.
        for question, answer in [(TOLD, TOLD), *ticked]:
            key = {"month": today().replace(day=1), "place": place, "question": question, "answer": answer}
            upsert(db, UnsafePlaceCount, key, {"times": 0, "set_aside": 0} | {column: 1}, add={column: 1})


def published() -> Published:
    """The last twelve months that are over. In a month that still runs each look would tell what came since the last."""
    ends = today().replace(day=1)
    first = ends.replace(year=ends.year - 1)
    rows = session.scalars(
        select(UnsafePlaceCount).where(UnsafePlaceCount.month >= first, UnsafePlaceCount.month < ends)
    )
    by_place: dict[str, Counter[tuple[str, str]]] = {}
    for row in rows:
        by_place.setdefault(row.place, Counter())[row.question, row.answer] += row.times
    places = current_partnership().places
    groups = []
    for group in sorted(places.groups, key=lambda group: group.name.casefold()):
        others: Counter[tuple[str, str]] = Counter()
        shown = []
        for place in (place for place in _by_name(by_place) if place.group == group.code):
            if _is_enough(by_place[place.code]):
                shown.append(_area(place.name, by_place[place.code]))
            else:
                others.update(by_place[place.code])
        if _is_enough(others):
            shown.append(_area("", others))
        if shown:
            groups.append((group.name, shown))
    return Published(first, ends - timedelta(days=1), groups)


def _by_name(codes: Iterable[str]) -> list[Place]:
    return sorted(filter(None, map(current_partnership().places.find, codes)), key=lambda place: place.name.casefold())


def _is_enough(counts: Mapping[tuple[str, str], int]) -> bool:
    return counts.get((TOLD, TOLD), 0) >= MIN_SHOWN


def _area(name: str, counts: Mapping[tuple[str, str], int]) -> Area:
    answers = {}
    for question in UNSAFE_PLACE_QUESTIONS:
        given = [
            Counted(words, rounded(counts[question.code, code]))
            for code, words in question.texts.items()
            if counts.get((question.code, code), 0) >= MIN_SHOWN
        ]
        if question.code != "time":
            # By what is shown: the exact order of two that are rounded alike would tell more than they do.
            given = sorted(given, key=lambda one: -one.times)[:MOST_SHOWN]
        answers[question.code] = given
    return Area(name, rounded(counts[TOLD, TOLD]), answers)


def counted_months() -> list[date]:
    """The months that have counts and are over, newest first."""
    ended = select(UnsafePlaceCount.month).where(UnsafePlaceCount.month < today().replace(day=1)).distinct()
    return list(session.scalars(ended.order_by(UnsafePlaceCount.month.desc())))


def places_of(month: date) -> list[MonthOfPlace]:
    """What was told in a month, by the places' names; answers in the order in which they are asked."""
    counts: dict[str, dict[tuple[str, str], UnsafePlaceCount]] = {}
    for row in session.scalars(select(UnsafePlaceCount).where(UnsafePlaceCount.month == month)):
        counts.setdefault(row.place, {})[row.question, row.answer] = row
    return [_month_of(place.name, counts[place.code]) for place in _by_name(counts)]


def _month_of(name: str, rows: Mapping[tuple[str, str], UnsafePlaceCount]) -> MonthOfPlace:
    told = rows[TOLD, TOLD]
    answers = {
        question.code: [
            Counted(words, rows[question.code, code].times)
            for code, words in question.texts.items()
            if (question.code, code) in rows and rows[question.code, code].times
        ]
        for question in UNSAFE_PLACE_QUESTIONS
    }
    return MonthOfPlace(name, told.times, told.set_aside, answers)


def all_counts() -> list[tuple[str, str, str, str, str, int, int]]:
    """Each count of the months that are over: month, place's code and name, question, answer, counted, set aside."""
    places = current_partnership().places
    ended = select(UnsafePlaceCount).where(UnsafePlaceCount.month < today().replace(day=1))
    keys = (
        UnsafePlaceCount.month, UnsafePlaceCount.place, UnsafePlaceCount.question, UnsafePlaceCount.answer,
    )  # fmt: skip
    return [
        (
            f"{row.month:%Y-%m}",
            row.place,
            place.name if (place := places.find(row.place)) else "",
            row.question,
            row.answer,
            row.times,
            row.set_aside,
        )
        for row in session.scalars(ended.order_by(*keys))
    ]
