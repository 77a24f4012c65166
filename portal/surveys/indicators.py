"""What is measured: how an indicator is made of answers, and its register: owner, target, where it began, what to hold it against.

The register is what people decide or look up. It enters no figure: another owner or target leaves every release as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.languages.words import Words
from portal.partnership.toml_records import FILLED, Check, key, matching

CODE = matching(r"[a-z][a-z0-9_]{0,39}", "be a short code of small letters, digits and underlines")
KIND = matching("share|score|mean|any_of", "be share, score, mean or any_of")
BETTER = matching("higher|lower", "be higher or lower")
CHECKED = matching("verified|to_check", "be verified or to_check")
MODE = matching(
    "(web_or_paper|post|home|phone)?", "be web_or_paper, post, home or phone, or left out where nobody knows"
)
_WHEN = r"\d{4}(/\d{2}|-\d{2}(-\d{2})?)?"
_SAYS_WHEN = 'be a year, a month or a day like "2024/25", "2026-05" or "2026-05-21"'
WHEN = matching(_WHEN, _SAYS_WHEN)
WHEN_OR_EMPTY = matching(f"({_WHEN})?", _SAYS_WHEN)
VALUE: Check = (lambda value: -1000 <= value <= 1000, "be a number from -1000 to 1000")
YEAR: Check = (lambda value: 2000 <= value <= 2100, "be a year from 2000 to 2100, like 2028")
# A figure of fewer answers is never shown, whatever a questionnaire says.
LEAST_BASE: Check = (lambda value: 30 <= value <= 10_000, "be a whole number of answers from 30 to 10000")
# What an indicator says of itself besides how it counts.
REGISTER = ("source", "least_base", "owner", "target", "baseline", "comparator", "valid_from")


@dataclass(frozen=True, kw_only=True)
class Base:
    """Only who gave one of these answers to another question counts."""

    question: str = key(CODE)
    any_of: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Target:
    """What the partnership means to reach, in the unit of the figure, and by the end of which year."""

    value: float = key(VALUE)
    year: int = key(YEAR)


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """Where it began, before this survey or in a wave of it. `wording`: whether somebody has read the value in its source."""

    value: float = key(VALUE)
    when: str = key(WHEN)
    source: str = key(FILLED)
    wording: str = key(CHECKED, default="to_check")


@dataclass(frozen=True, kw_only=True)
class Comparator:
    """The same figure of another area. `mode` is how that survey asks; only a "verified" one is shown to the public."""

    value: float = key(VALUE)
    area: Words
    when: str = key(WHEN)
    source: str = key(FILLED)
    mode: str = key(MODE, default="")
    wording: str = key(CHECKED, default="to_check")


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """What is measured: the only link between a question and a metric. By the few `primary` ones a survey is judged.

    `sentence` says how many, like "of people agree that ...". In a share: of those who gave any answer that is not
    `left_out`, who gave a `positive` one. In any_of: of those who gave such an answer to any of the questions, who gave a
    positive one to any. In a score: of those who answered all, who reached `at_least` points. In a mean, which is no share:
    how many points people give on average. With `base` only some count.
    """

    code: str = key(CODE)
    title: Words
    sentence: Words
    questions: tuple[str, ...]
    primary: bool = False
    kind: str = key(KIND, default="share")
    positive: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    points: Mapping[str, int] | None = None
    at_least: int = 0
    base: Base | None = None
    better: str = key(BETTER, default="higher")
    source: str = ""
    least_base: int = key(LEAST_BASE, default=30)
    owner: str = ""
    """A team or an organisation: who answers for it to the partnership."""
    target: Target | None = None
    baseline: Baseline | None = None
    comparator: Comparator | None = None
    valid_from: str = key(WHEN_OR_EMPTY, default="")
    """Since when it is measured so."""


@dataclass(frozen=True, kw_only=True)
class ReportingGap:
    """Which questions tell whom people told of hate: of those who `faced` it, who ticked what in `told`.

    Of options that are in none of the lists, like friends, nothing is said. `why`: the question to those who told nobody.
    """

    faced: Base
    told: str = key(CODE)
    police: tuple[str, ...]
    organisations: tuple[str, ...]
    nobody: tuple[str, ...]
    why: str = key(matching(r"([a-z][a-z0-9_]{0,39})?", "be the code of a question, or empty"), default="")
