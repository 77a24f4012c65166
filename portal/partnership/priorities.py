"""What the partnership's strategy aims at, what is done for it, and what came of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.languages.words import NOTHING, Words
from portal.partnership.toml_records import CODE, FILLED, Wrong, key, matching, some_of
from portal.partnership.verified import a_year_after

# What the board's report can tell of a priority: the survey's figures, or a table of what was reported (docs/figures.md).
FIGURES = some_of(
    "survey", "reporting_gap", "kind", "place_group", "strand", "strand_extra", "hate_type", "asb_category", "asb_type", "course",
    "language", "source", "outcome",
)  # fmt: skip
THEME = matching("vulnerable|neighbourhoods|cohesion", "be vulnerable, neighbourhoods or cohesion")


@dataclass(frozen=True, kw_only=True)
class Work:
    """One thing that the partnership does for a priority, since when; and what came of it, once that is known."""

    what: Words
    began_on: date
    result: Words = NOTHING
    result_on: date | None = None

    @property
    def said_on(self) -> date:
        """The last day of which it speaks."""
        return max(self.began_on, self.result_on or self.began_on)


@dataclass(frozen=True, kw_only=True)
class Priority:
    """One aim of the partnership's strategy: `official` in its own words, the rest in plain ones."""

    code: str = key(CODE)
    theme: str = key(THEME)
    official: str = key(FILLED)
    title: Words
    explanation: Words
    signs: tuple[Words, ...] = ()
    planned: tuple[Words, ...]
    """What the strategy itself says."""
    work: tuple[Work, ...] = ()
    help_lines: tuple[str, ...] = ()
    figures: tuple[str, ...] = key(FIGURES, default=())
    """What the portal counts for it, in the board's report."""

    @property
    def latest_work(self) -> tuple[Work, ...]:
        """The newest first."""
        return tuple(sorted(self.work, key=lambda one: one.said_on, reverse=True))


def silent_priorities(priorities: Sequence[Priority], today: date) -> list[Priority]:
    """Of which residents read nothing new: nothing was written, or nothing in the last 12 months."""
    return [one for one in priorities if not any(a_year_after(work.said_on) >= today for work in one.work)]


def priority_problems(priorities: Sequence[Priority], today: date) -> list[str]:
    """The one sentence that health says of them, or none."""
    silent = [one.code for one in silent_priorities(priorities, today)]
    if not silent:
        return []
    return [
        f"Not yet written for {', '.join(silent)}: what is done this year and what came of it. "
        "Add it as work to these priorities in partnership.toml; residents read nothing of it until then."
    ]


def check_priorities(priorities: Sequence[Priority]) -> None:
    """Raises Wrong for a result without its day, or a day without its result."""
    for priority in priorities:
        for number, work in enumerate(priority.work, 1):
            if bool(work.result_on) != bool(work.result.in_("en")):
                raise Wrong(
                    f"priorities.{priority.code}.work number {number} needs both result and result_on, or neither"
                )
            if work.result_on and work.result_on < work.began_on:
                raise Wrong(f"priorities.{priority.code}.work number {number}.result_on must not be before began_on")
