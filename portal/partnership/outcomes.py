"""How a report can end, as the partnership words it; which ends need a second look, and to whom a reporter complains."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from portal.languages.words import NOTHING, Words
from portal.partnership.toml_records import CODE, Wrong, key, matching, some_of

GROUPS = ("done", "no_further_action", "duplicate", "outside_area", "another_body", "taken_back")
GROUP = matching("|".join(GROUPS), f"be one of {', '.join(GROUPS)}")
IMMEDIATE_RISK, HATE = "immediate_risk", "hate"
SUPERVISOR, OFFICER = "supervisor", "officer"
MAX_LETTERS = 1500
# What an officer fills in: [what we did]. Nothing that stands in square brackets goes to a reporter.
BLANK = re.compile(r"\[[^\[\]]+\]")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One way in which a report ends. Rows keep its code: retire one, never reuse its code."""

    code: str = key(CODE)
    group: str = key(GROUP)
    name: Words
    """One short sentence: staff choose by it, and it is the first thing that the reporter reads."""
    text: Words
    """What is ready for the reporter, to be edited; square brackets hold what an officer must fill in."""
    reason: bool = False
    """Whether an officer must write down why, for the partnership alone."""
    retired: bool = False

    @property
    def blanks(self) -> frozenset[str]:
        """What must not be left in a message, in any language."""
        return frozenset(blank for text in self.text.values() for blank in BLANK.findall(text))


@dataclass(frozen=True, kw_only=True)
class ClosingRules:
    """Which closings a second person looks at before the reporter reads them, and what an unhappy reporter can do."""

    second_look: tuple[str, ...] = key(some_of(IMMEDIATE_RISK, HATE), default=())
    second_look_by: str = key(matching(f"{SUPERVISOR}|{OFFICER}", f"be {SUPERVISOR} or {OFFICER}"), default=SUPERVISOR)
    """A supervisor, or any officer; never the one who closes it."""
    bulk_outcome: str = ""
    """The outcome with which many joke reports are closed at once; while it is empty each is closed on its own page."""
    complain: Words = NOTHING
    case_review: Words = NOTHING
    """About the right to a review of an anti-social behaviour case; nothing is said of it while this is empty."""


NO_RULES = ClosingRules()


def check_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Raises Wrong for a text that could not be sent, and where nothing could be chosen."""
    for outcome in outcomes:
        for language, text in outcome.text.items():
            at = f"outcomes.{outcome.code}.text.{language}"
            if not text.strip():
                raise Wrong(f"{at} must not be empty; take the language out, and the English stands in for it")
            if len(text) > MAX_LETTERS:
                raise Wrong(f"{at} must be at most {MAX_LETTERS} letters, so that officers can add to it")
            if len(BLANK.findall(text)) != text.count("[") or text.count("[") != text.count("]"):
                raise Wrong(f"{at} must close each square bracket: [what we did]")
            if bool(BLANK.search(text)) != bool(BLANK.search(outcome.text["en"])):
                raise Wrong(f"{at} must have what to fill in, in square brackets, where the English text has it")
    if outcomes and all(outcome.retired for outcome in outcomes):
        raise Wrong("outcomes are all retired; leave one that officers can choose")


def check_bulk_outcome(outcomes: Sequence[Outcome], rules: ClosingRules) -> None:
    """Raises Wrong where many reports could not be closed with it as it stands: nobody edits its text for each of them."""
    if not rules.bulk_outcome:
        return
    outcome = next((each for each in outcomes if each.code == rules.bulk_outcome), None)
    if outcome is None or outcome.retired:
        raise Wrong(
            f"closing.bulk_outcome must be the code of one of the outcomes that is not retired, or left out; {rules.bulk_outcome} is none"
        )
    if outcome.blanks:
        raise Wrong(
            f"closing.bulk_outcome must be an outcome whose text has nothing to fill in; {rules.bulk_outcome} has square brackets"
        )


def outcome_problems(outcomes: Sequence[Outcome], rules: ClosingRules, *, has_supervisor: bool) -> list[str]:
    """What keeps officers from closing reports, one sentence each."""
    problems = []
    if not outcomes:
        problems.append(
            "No report can be closed: partnership.toml has no [[outcomes]]. "
            "Copy them from the example that comes with the portal, and edit them."
        )
    if rules.second_look and rules.second_look_by == SUPERVISOR and not has_supervisor:
        problems.append(
            "Nobody can take the second look at a closing: add a supervisor with `portal staff add --role supervisor`, "
            'or set second_look_by = "officer" under [closing] in partnership.toml.'
        )
    if not rules.complain.in_("en"):
        problems.append(
            "Reporters do not read to whom they can complain: set complain under [closing] in partnership.toml."
        )
    return problems
