"""Who else can help, and on which of the help pages each stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.languages.words import NOTHING, Words
from portal.partnership.toml_records import CODE, FILLED, WEB_OR_EMPTY, Wrong, key, some_of
from portal.partnership.verified import is_verified

# What someone who looks for help says of themselves, in the order of the help page. The last takes what fits nowhere else.
TOPICS = ("hurt", "hate", "home", "young", "drugs", "elsewhere")
DANGERS = some_of("weapon", "threat_to_life", "child", "self_harm", "cuckooing", "forced_marriage")


@dataclass(frozen=True, kw_only=True)
class HelpLine:
    """An organisation that helps. `check`: its facts come from general knowledge and want looking up."""

    code: str = key(CODE)
    name: str = key(FILLED)
    for_whom: Words
    topics: tuple[str, ...] = key(some_of(*TOPICS), default=())
    """The help pages on which it stands; a line without any stands on the last."""
    numbers: tuple[str, ...] = ()
    hours: Words = NOTHING
    cost: Words = NOTHING
    """What a call costs; empty where nobody knows."""
    text_relay: Words = NOTHING
    """How deaf people and people who cannot speak reach it, beyond 18001 before its number."""
    url: str = key(WEB_OR_EMPTY, default="")
    languages: Words = NOTHING
    area: Words = NOTHING
    dangers: tuple[str, ...] = key(DANGERS, default=())
    """The dangers of which a reporter tells for which this line is named at once."""
    verified_on: date | None = None
    verified_by: str = ""
    """A name or a role: residents read it."""
    check: bool = False

    def is_verified(self, today: date) -> bool:
        """A named person made sure of it within the last 12 months."""
        return is_verified(self.verified_on, self.verified_by, today)

    def is_about(self, topic: str) -> bool:
        return topic in (self.topics or TOPICS[-1:])


def help_line_problems(lines: Sequence[HelpLine], today: date) -> list[str]:
    """What residents miss on the help pages because nobody checked it within 12 months, one sentence each."""
    shown = [line for line in lines if line.is_verified(today)]
    if not shown:
        return [
            "No help line is shown to residents: none was checked within 12 months. "
            "Check them, and set verified_on and verified_by in partnership.toml."
        ]
    empty = [topic for topic in TOPICS if not any(line.is_about(topic) for line in shown)]
    if not empty:
        return []
    return [f"No checked help line stands under {', '.join(empty)}: check one of these topics in partnership.toml."]


def check_help_lines(lines: Sequence[HelpLine]) -> None:
    """Raises Wrong for a line that says half of what it must."""
    for line in lines:
        if bool(line.verified_on) != bool(line.verified_by):
            raise Wrong(f"help_lines.{line.code} needs both verified_on and verified_by, or neither")
        if not line.numbers and not line.url:
            raise Wrong(f"help_lines.{line.code} needs numbers or url, or nobody can reach it")
