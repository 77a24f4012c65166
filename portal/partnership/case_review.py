"""The ASB case review as data: the statute, this partnership's rules by day, who takes part, and how people apply.

Anti-social Behaviour, Crime and Policing Act 2014, sections 104 and 105 and Schedule 4. What nobody has looked up yet
says so, key by key, and staff see it until somebody has.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta

from portal.languages.words import NOTHING, Words
from portal.partnership.toml_records import (
    CODE,
    FILLED,
    MAIL_OR_EMPTY,
    WEB,
    Check,
    Wrong,
    distinct_codes,
    key,
    known_codes,
    some_of,
)

ONE_DAY = timedelta(days=1)
OFF = 0
NUMBER: Check = (
    lambda value: 1 <= value <= 3,
    "be 1, 2 or 3: the Act says three, and guidance lets nobody ask for more",
)
MONTHS: Check = (lambda value: 1 <= value <= 36, "be a whole number of months from 1 to 36")
DAYS: Check = (lambda value: 1 <= value <= 120, "be a whole number of working days from 1 to 120")
DAYS_OR_AS_PROMISED: Check = (
    lambda value: 0 <= value <= 90,
    "be a whole number of working days from 1 to 90, or 0: as in [clocks]",
)
NUMBER_OR_OFF: Check = (lambda value: 0 <= value <= 20, "be a whole number up to 20, or 0: this way is not used here")
WAYS = ("online", "phone", "post", "in_person", "somebody")
MOST_MONTHS = 12


@dataclass(frozen=True, kw_only=True)
class ThresholdRules:
    """What one version of the local rule asks for; the version of the day of the application counts."""

    version: str = key(CODE, default="statute")
    valid_from: date = date(2014, 10, 20)
    """The day on which the Act's part began."""
    number: int = key(NUMBER, default=3)
    """So many qualifying complaints: the threshold is then met (s104(4))."""
    behaviour_months: int = key(MONTHS, default=1)
    """Within so many months of what happened somebody was told (s104(11)(a))."""
    complaint_months: int = key(MONTHS, default=6)
    """Within so many months of telling it somebody applied (s104(11)(b))."""
    hate_number: int = key(NUMBER_OR_OFF, default=OFF)
    """So many reports of hate are enough."""
    reporters_number: int = key(NUMBER_OR_OFF, default=OFF)
    """So many people who told of it are enough."""
    acknowledge_working_days: int = key(DAYS_OR_AS_PROMISED, default=0)
    decide_working_days: int = key(DAYS, default=10)
    """From the application to whether the threshold is met."""
    review_working_days: int = key(DAYS, default=20)
    """From that decision to the panel's meeting."""
    tell_working_days: int = key(DAYS, default=5)
    """From the meeting to the letter that says what came of it."""
    appeal_working_days: int = key(DAYS, default=20)
    """For which an applicant can ask that a refusal is looked at again."""
    source: str = ""
    agreed_by: str = ""
    to_check: tuple[str, ...] = ()
    """The keys of this version that nobody has looked up yet."""

    @property
    def promises(self) -> dict[str, int]:
        """The clocks by name, in the order in which they run."""
        return {name: getattr(self, name) for name in CLOCKS}


CLOCKS = (
    "acknowledge_working_days",
    "decide_working_days",
    "review_working_days",
    "tell_working_days",
    "appeal_working_days",
)
RULE_KEYS = frozenset(one.name for one in fields(ThresholdRules)) - {"version", "source", "agreed_by", "to_check"}


@dataclass(frozen=True, kw_only=True)
class StatutePart:
    """What one part of the Act asks, in short; `check`: from general knowledge, to be compared with the Act."""

    code: str = key(CODE)
    text: str = key(FILLED)
    source: str = key(FILLED)
    check: bool = False


@dataclass(frozen=True, kw_only=True)
class Body:
    """One of the relevant bodies, which carry out the review together."""

    code: str = key(CODE)
    name: Words
    check: bool = False


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What the local page asks about besides the Act. Nobody is turned away by it."""

    code: str = key(CODE)
    text: Words
    source: str = key(FILLED)
    check: bool = False


@dataclass(frozen=True, kw_only=True)
class PointOfContact:
    """Whom the Act wants to be named; what is empty is as in [contact]."""

    name: str = ""
    phone: str = ""
    email: str = key(MAIL_OR_EMPTY, default="")
    address: str = ""
    check: bool = False


@dataclass(frozen=True, kw_only=True)
class SecondLook:
    """Whether the local policing body looks at a review again, when its applicant asks."""

    is_on: bool = False
    body: Words = NOTHING
    source: str = ""
    check: bool = False


@dataclass(frozen=True, kw_only=True)
class Period:
    """One reporting period, both days counted: the four numbers are published after it."""

    first: date
    last: date

    @property
    def code(self) -> str:
        """How its address and its row name it; it stays when others are added."""
        return f"{self.first.isoformat()}-{self.last.isoformat()}"


@dataclass(frozen=True, kw_only=True)
class CaseReviewRules:
    statute_name: str = key(FILLED, default="Anti-social Behaviour, Crime and Policing Act 2014, sections 104 and 105")
    statute_url: str = key(WEB, default="https://www.legislation.gov.uk/ukpga/2014/12/section/104")
    statute: tuple[StatutePart, ...] = ()
    rules: tuple[ThresholdRules, ...] = (ThresholdRules(),)
    bodies: tuple[Body, ...] = ()
    conditions: tuple[Condition, ...] = ()
    ways: tuple[str, ...] = key(some_of(*WAYS), default=WAYS)
    contact: PointOfContact = PointOfContact()
    second_look: SecondLook = SecondLook()
    periods: tuple[Period, ...] = ()

    def on(self, day: date, acknowledge: int) -> ThresholdRules:
        """The version that holds on a day; before the first one, the first. `acknowledge` is what [clocks] promises."""
        begun = [one for one in self.rules if one.valid_from <= day] or [
            min(self.rules, key=lambda one: one.valid_from)
        ]
        found = max(begun, key=lambda one: one.valid_from)
        return replace(found, acknowledge_working_days=found.acknowledge_working_days or acknowledge)

    def find_version(self, version: str, acknowledge: int) -> ThresholdRules | None:
        found = next((one for one in self.rules if one.version == version), None)
        return found and replace(found, acknowledge_working_days=found.acknowledge_working_days or acknowledge)

    def period_of(self, day: date) -> Period | None:
        return next((one for one in self.periods if one.first <= day <= one.last), None)

    def ended_periods(self, today: date) -> list[Period]:
        """Those of which every day is over, the newest first."""
        return sorted((one for one in self.periods if one.last < today), key=lambda one: one.first, reverse=True)

    def unchecked(self) -> Iterator[str]:
        """The keys that nobody has looked up yet, as the file names them."""
        for name, records in (
            ("statute", self.statute),
            ("bodies", self.bodies),
            ("conditions", self.conditions),
        ):
            yield from (f"case_review.{name}.{one.code}" for one in records if one.check)
        for version in self.rules:
            yield from (f"case_review.rules.{version.version}.{name}" for name in version.to_check)
        if self.contact.check:
            yield "case_review.contact"
        if self.second_look.check:
            yield "case_review.second_look"


BY_THE_ACT = CaseReviewRules()
"""Of a file that says nothing of it: the Act holds everywhere."""


def months_after(day: date, months: int) -> date:
    """The same day so many calendar months later, or the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def check_case_review(case_review: CaseReviewRules) -> None:
    """Raises Wrong."""
    for name, records in (
        ("case_review.statute", case_review.statute),
        ("case_review.bodies", case_review.bodies),
        ("case_review.conditions", case_review.conditions),
    ):
        distinct_codes(name, records)
    if not case_review.rules:
        raise Wrong(
            "case_review.rules needs at least one version, or take the key out: the Act's own numbers then hold"
        )
    _check_versions(case_review.rules)
    if len(set(case_review.ways)) != len(case_review.ways):
        raise Wrong("case_review.ways names a way twice; take one out")
    if not case_review.ways:
        raise Wrong(f"case_review.ways must name at least one way to apply: {', '.join(WAYS)}")
    if case_review.second_look.is_on and case_review.second_look.body is NOTHING:
        raise Wrong("case_review.second_look.body must name the local policing body, because is_on is true")
    _check_periods(case_review.periods)


def _check_versions(versions: tuple[ThresholdRules, ...]) -> None:
    seen_versions: set[str] = set()
    seen_days: dict[date, str] = {}
    for one in versions:
        at = f"case_review.rules.{one.version}"
        if one.version in seen_versions:
            raise Wrong(f"case_review.rules has the version {one.version} twice; give one of them another name")
        if one.valid_from in seen_days:
            raise Wrong(f"{at}.valid_from is that of {seen_days[one.valid_from]} too; which holds must be plain")
        seen_versions.add(one.version)
        seen_days[one.valid_from] = one.version
        known_codes(one.to_check, set(RULE_KEYS), f"{at}.to_check", "a version of the rules")


def _check_periods(periods: tuple[Period, ...]) -> None:
    before: Period | None = None
    for one in sorted(periods, key=lambda one: one.first):
        at = f"case_review.periods from {one.first.isoformat()}"
        if one.last < one.first:
            raise Wrong(f"{at} ends before it begins; mend first or last")
        if one.last >= months_after(one.first, MOST_MONTHS):
            raise Wrong(f"{at} is longer than 12 months, the most that the Act allows; make two of it")
        if before is not None and one.first <= before.last:
            raise Wrong(f"{at} begins before the one before it is over; each day belongs to one period")
        if before is not None and one.first != before.last + ONE_DAY:
            raise Wrong(f"{at} leaves days out since {before.last.isoformat()}; each day belongs to one period")
        before = one


def case_review_problems(case_review: CaseReviewRules, today: date) -> list[str]:
    """What the operator must know of case reviews; none of it keeps residents from reporting."""
    problems = case_review_missing(case_review, today)
    if unchecked := list(case_review.unchecked()):
        problems.append(f"Look these up in partnership.toml, they are not checked yet: {', '.join(unchecked)}.")
    return problems


def case_review_missing(case_review: CaseReviewRules, today: date) -> list[str]:
    """What is not there at all, one sentence each."""
    problems = []
    if case_review is BY_THE_ACT:
        return [
            "Add [case_review] to partnership.toml: case reviews go by the Act alone, and no local rule is published."
        ]
    if not case_review.contact.name.strip() or case_review.contact.check:
        problems.append("Set [case_review.contact] in partnership.toml: the Act wants a named point of contact.")
    if any(not one.agreed_by.strip() for one in case_review.rules):
        problems.append(
            "Nobody has agreed the case review's rules and days: have [[case_review.rules]] in partnership.toml checked, "
            "and set agreed_by."
        )
    if case_review.period_of(today) is None:
        problems.append("Add the reporting period of today to [[case_review.periods]] in partnership.toml.")
    return problems
