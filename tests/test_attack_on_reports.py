"""Counts of reports: whoever puts every file of every span of months into one program finds no small count."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from math import inf
from typing import Any

import pytest
from flask import Flask

from portal import small_counts
from portal.db import transaction
from portal.small_counts import LEAST, MIN_WIDTH
from tests.support.attacking import Program, Terms, added, total
from tests.support.people import Officer
from tests.test_report_figures import PAGES, add, address, ago, analyst, downloaded

__all__ = ["analyst"]
pytestmark = pytest.mark.same_on_both

MONTHS = 4
GROUPS = ("g-north", "g-centre", "g-east")
CATEGORIES = ("personal", "nuisance", "environmental")
# Each report has one of these, and one language, one way in which it came, one place.
SPREAD = {"kind": ("hate", "asb", "not_sure"), "language": ("en", "pl", "ur"), "source": ("web", "phone")}
Cell = tuple[date, str, str]
Counts = Mapping[Cell, int]


def months() -> list[date]:
    return [ago(number) for number in range(MONTHS, 0, -1)]


def made(seed: int) -> Counter[Cell]:
    """Reports one by one, many of one kind and few of another: each with its month, kind, category, place, language and way."""
    draw, found = random.Random(seed), Counter[Cell]()
    for month in months():
        for _ in range(draw.choice([14, 30, 45])):
            kind = draw.choices(SPREAD["kind"], [20, 75, 5])[0]
            group = draw.choices(GROUPS, [40, 40, 20])[0]
            found[month, "received", "all"] += 1
            found[month, f"kind in {group}", kind] += 1
            found[month, "place_group", group] += 1
            for question, weights in (("language", [85, 10, 5]), ("source", [80, 20])):
                found[month, question, draw.choices(SPREAD[question], weights)[0]] += 1
            found[month, "kind", kind] += 1
            if kind == "asb":
                category = draw.choices((*CATEGORIES, ""), [20, 50, 25, 5])[0]
                if category:
                    found[month, "asb_category", category] += 1
                    found[month, f"asb_category {category}", group] += 1
    return found


def store(app: Flask, counts: Counts) -> None:
    with app.app_context(), transaction() as db:
        for (month, question, answer), times in counts.items():
            if question in {"language", "source"}:
                add(db, month, question, answer, times, "everywhere")
            elif question.startswith("kind in "):
                add(db, month, "kind", answer, times, question.removeprefix("kind in "))
            elif question.startswith("asb_category "):
                add(db, month, "asb_category", question.removeprefix("asb_category "), times, answer)


Told = list[tuple[list[Cell], int, bool]]
"""Which counts add up to a number, the number, and whether it is all of them or at least so many."""


def fetched(person: Officer) -> Told:
    """Every number in every file, of every span of months that an address can name."""
    found: Told = []
    for start in range(MONTHS):
        for end in range(start, MONTHS):
            span = months()[start : end + 1]
            for row in downloaded(person, address(span[0], span[-1], f"{PAGES[0]}/figures.csv")):
                if row["reports"] != "[c]":
                    cells = [(month, row["question"], row["answer"]) for month in span]
                    found.append((cells, int(row["reports"]), row["told"] == "exact"))
    for row in downloaded(person, f"{PAGES[0]}/asb-by-month.csv"):
        if row["counted"] == "category" and row["place_group"] != "all" and row["reports"] != "[c]":
            cell = (date.fromisoformat(f"{row['month']}-01"), f"asb_category {row['code']}", row["place_group"])
            found.append(([cell], int(row["reports"]), True))
    return found


def program_of(told: Told) -> tuple[Program, dict[Cell, Terms]]:
    """What everybody knows of reports besides: how many there are of each month is how many there are of each thing they have."""
    program, cells = Program(), {}
    for month in months():
        names = [
            ("received", "all"),
            *((question, answer) for question, answers in SPREAD.items() for answer in answers),
        ]
        names += [("place_group", group) for group in GROUPS]
        names += [("asb_category", code) for code in CATEGORIES]
        names += [(f"asb_category {code}", group) for code in CATEGORIES for group in GROUPS]
        for question, answer in names:
            cells[month, question, answer] = program.add(f"{month} {question} {answer}")

        def line(question: str, answers: Any, month: date = month) -> Terms:
            return total(cells[month, question, answer] for answer in answers)

        for question, answers in (*SPREAD.items(), ("place_group", GROUPS)):
            program.hold(added(line(question, answers), cells[month, "received", "all"], -1), 0, 0)
        program.hold(added(line("asb_category", CATEGORIES), cells[month, "kind", "asb"], -1), high=0)
        for code in CATEGORIES:
            program.hold(added(line(f"asb_category {code}", GROUPS), cells[month, "asb_category", code], -1), 0, 0)
        for group in GROUPS:
            of_group = total(cells[month, f"asb_category {code}", group] for code in CATEGORIES)
            program.hold(added(of_group, cells[month, "place_group", group], -1), high=0)
    for some, number, is_all in told:
        known = [cells[cell] for cell in some if cell in cells]
        if known:
            program.hold(total(known), number, number if is_all else inf)
    return program, cells


def closely_told(told: Told, counts: Counts) -> Iterator[str]:
    """The small counts that fewer than three neighbouring numbers would fit."""
    program, cells = program_of(told)
    for cell, terms in cells.items():
        size = counts.get(cell, 0)
        # Who is not sure of the kind says nothing of anybody.
        if 0 < size < LEAST and cell[2] != "not_sure":
            low, high = program.range(terms)
            assert low <= size <= high, cell
            if min(high, LEAST - 1) - low < MIN_WIDTH:
                yield f"{months().index(cell[0])} {cell[1]} {cell[2]}"


@pytest.mark.dear
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_files_of_all_spans_together_leave_a_small_count_open(app: Flask, analyst: Officer, seed: int) -> None:
    counts = made(seed)
    store(app, counts)
    told = fetched(analyst)
    assert len(told) > 30
    assert list(closely_told(told, counts)) == []


def of_one_month(*spread: tuple[str, str, str, int]) -> Counter[Cell]:
    """Of the last month but one: so many reports of a kind, in a group of places and with a category."""
    found, month = Counter[Cell](), ago(2)
    for kind, category, group, times in spread:
        found[month, "received", "all"] += times
        for question, answer in (
            ("kind", kind), (f"kind in {group}", kind), ("place_group", group), ("language", "en"), ("source", "web"),
        ):  # fmt: skip
            found[month, question, answer] += times
        if category:
            found[month, "asb_category", category] += times
            found[month, f"asb_category {category}", group] += times
    return found


@pytest.mark.parametrize(
    "spread",
    [
        # All but one of those who reported anti-social behaviour named the same category: the others named none or another.
        [("asb", "nuisance", "g-north", 30), ("asb", "personal", "g-north", 1), ("hate", "", "g-centre", 60)],
        # All but one of the reports of a place are of one category, which is shown for it.
        [
            ("asb", "nuisance", "g-north", 30), ("asb", "personal", "g-north", 1), ("asb", "personal", "g-centre", 40),
            ("asb", "nuisance", "g-centre", 40), ("asb", "environmental", "g-centre", 30),
        ],
    ],
    ids=["of the kind", "of the place"],
)  # fmt: skip
def test_a_category_is_not_told_by_how_many_reports_could_have_it(
    app: Flask, analyst: Officer, spread: list[tuple[str, str, str, int]]
) -> None:
    counts = of_one_month(*spread)
    store(app, counts)
    assert list(closely_told(fetched(analyst), counts)) == []


def test_planted_rules_that_hide_only_what_is_small_are_found(
    app: Flask, analyst: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 60 reports 12 are in a language beside 45 in English: the three in Urdu follow, and so does one in a category."""
    month = ago(2)
    counts = of_one_month(
        ("asb", "nuisance", "g-north", 20), ("asb", "personal", "g-north", 1), ("hate", "", "g-centre", 39)
    )
    for code, times in (("en", 45), ("pl", 12), ("ur", 3)):
        counts[month, "language", code] = times
    store(app, counts)
    assert list(closely_told(fetched(analyst), counts)) == []
    monkeypatch.setattr(small_counts, "hidden_in_line", only_the_small)
    monkeypatch.setattr(small_counts.ShownCounts, "_is_tight", lambda *_: False)
    found = set(closely_told(fetched(analyst), counts))
    assert {"2 language ur", "2 asb_category personal", "2 asb_category personal g-north"} <= found


def only_the_small(counts: Mapping[str, int], hidden: Collection[str], _rest: int | None = None) -> set[str]:
    return {answer for answer, count in counts.items() if count < LEAST or answer in hidden}
