"""Whom a survey speaks of, in official figures: what its answers are weighted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.languages.words import Words
from portal.partnership.toml_records import CODE, FILLED, Check, key, matching

COMPARED_BY = matching("language|place_group", "be language or place_group")
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
    """How many people speak a language, or live in a group of places; an empty code is everyone else."""

    code: str = ""
    count: int = key(PEOPLE)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Figures that those who answer are held against and not weighted to, for they come from elsewhere."""

    by: str = key(COMPARED_BY)
    source: str = key(FILLED)
    groups: tuple[Group, ...]


@dataclass(frozen=True, kw_only=True)
class Population:
    """Who a survey speaks of, in official figures: its answers are weighted to these."""

    code: str = key(CODE)
    name: Words
    source: str = key(FILLED)
    margins: tuple[Margin, ...]
    compared: tuple[Compared, ...] = ()

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
        }
