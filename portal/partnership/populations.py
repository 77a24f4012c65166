"""Whom a survey speaks of, in official figures: what its answers are weighted to."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from portal.languages.words import NOTHING, Words
from portal.partnership.toml_records import CODE, FILLED, Check, Wrong, key, matching

LANGUAGE, PLACE_GROUP = "language", "place_group"
COMPARED_BY = matching("[a-z][a-z_]{0,39}", "be a short code of small letters and underlines, like ethnic_group")
USE = matching("both|heard|gaps", "be both, heard or gaps")
ANSWER = re.compile(r"[a-z_]{1,40}\.[a-z0-9_]{1,40}")
PEOPLE: Check = (lambda value: value > 0, "be a whole number of people, at least 1")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """How many people are of these kinds, one for each of the margin's questions; "75_84|85_over" is either."""

    of: tuple[str, ...]
    count: int = key(PEOPLE)


@dataclass(frozen=True, kw_only=True)
class Margin:
    """The population counted by one question, or by several crossed with each other."""

    by: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Group:
    """How many people speak a language, live in a group of places, or are of a kind; an empty code is everyone else.

    `of`: the answers that make somebody one of them, each as question and answer ("health_limits.a_lot"), the question by
    what population figures call it; empty: `code` is an answer to what `by` names, or several with bars between them.
    """

    code: str = ""
    count: int = key(PEOPLE)
    name: Words = NOTHING
    """Empty: as the questionnaire calls the answers."""
    of: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Figures that those who answer are held against and not weighted to, for they come from elsewhere.

    `use`: whether they say who is heard ("heard"), only which groups' figures are told apart ("gaps"), or both.
    """

    by: str = key(COMPARED_BY)
    title: Words = NOTHING
    source: str = key(FILLED)
    use: str = key(USE, default="both")
    groups: tuple[Group, ...]

    @property
    def is_of_people(self) -> bool:
        """Whether it is about what people said of themselves."""
        return self.by not in (LANGUAGE, PLACE_GROUP)


def answers_of(by: str, group: Group) -> frozenset[tuple[str, str]]:
    """Each as what population figures call the question, and the answer's code."""
    if group.of:
        return frozenset((name, code) for name, _, code in (one.partition(".") for one in group.of))
    return frozenset((by, code) for code in group.code.split("|"))


def check_compared(compared: Compared, at: str) -> None:
    """Raises Wrong."""
    if not compared.is_of_people:
        return
    if not any(compared.title.values()):
        raise Wrong(f"{at}.{compared.by}.title is missing; say in a few words what these groups tell apart")
    taken: set[tuple[str, str]] = set()
    for group in compared.groups:
        here = f"{at}.{compared.by}.groups"
        if not group.code:
            raise Wrong(f"{here} must each have a code, the answer that makes somebody one of them")
        for one in group.of:
            if not ANSWER.fullmatch(one):
                raise Wrong(f'{here}.{group.code}.of must name question and answer, like "health_limits.a_lot"')
        answers = answers_of(compared.by, group)
        if twice := answers & taken:
            name, code = min(twice)
            raise Wrong(f"{here} counts {name}.{code} twice; nobody may be in two groups")
        taken |= answers


@dataclass(frozen=True, kw_only=True)
class AreaCount:
    """The cells of the population's first margin once more, of those who live in one group of places."""

    group: str = key(CODE)
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Population:
    """Who a survey speaks of, in official figures: its answers are weighted to these."""

    code: str = key(CODE)
    name: Words
    source: str = key(FILLED)
    margins: tuple[Margin, ...]
    compared: tuple[Compared, ...] = ()
    areas: tuple[AreaCount, ...] = ()
    """Empty: each group of places is taken to have people of the same kinds as the whole."""

    def as_recipe(self) -> dict[str, Any]:
        """The figures as a wave keeps them."""
        return {
            "population": self.code,
            "source": self.source,
            "margins": [
                {
                    "by": list(margin.by),
                    "cells": [{"of": [one.split("|") for one in c.of], "count": c.count} for c in margin.cells],
                }
                for margin in self.margins
            ],
            **({"areas": self._areas_in_order()} if self.areas else {}),
        }

    def _areas_in_order(self) -> dict[str, list[int]]:
        """Of each group of places the count of each cell, in the order of the first margin."""
        counts = {area.group: {cell.of: cell.count for cell in area.cells} for area in self.areas}
        return {group: [each[cell.of] for cell in self.margins[0].cells] for group, each in counts.items()}


def check_areas(population: Population, groups: Collection[str]) -> None:
    """Raises Wrong where the counts by area are not of every group of places, each with the cells of the first margin."""
    at = f"populations.{population.code}.areas"
    if not population.areas:
        return
    if sorted(area.group for area in population.areas) != sorted(groups):
        raise Wrong(f"{at} must count every group of places.groups once")
    wanted = sorted(cell.of for margin in population.margins[:1] for cell in margin.cells)
    for area in population.areas:
        if sorted(cell.of for cell in area.cells) != wanted:
            raise Wrong(f"{at}.{area.group}.cells must be the cells of the first margin, each once")
