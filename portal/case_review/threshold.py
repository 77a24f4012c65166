"""Whether the threshold of a case review looks met, which complaints count for it, and why the others do not.

Advice to a person who decides: nobody is refused by it. Anti-social Behaviour, Crime and Policing Act 2014, s104(4) and (11).
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.partnership.case_review import ThresholdRules, months_after


@dataclass(frozen=True)
class Complaint:
    """What somebody told one agency. Told to several, the same occurrence has the same `incident`."""

    incident: str
    """Empty: nothing else was told about the same occurrence."""
    occurred_on: date | None
    """None: nobody knows the day any more."""
    reported_on: date
    is_asb: bool
    is_hate: bool
    reporter: str = ""
    """Who told it; all that name nobody are one person's."""
    told: str = ""


class Reason(enum.StrEnum):
    """Why a complaint does not count."""

    TOO_LATE_REPORTED = "too_late_reported"
    TOO_OLD = "too_old"
    NOT_ASB = "not_asb"
    SAME_INCIDENT = "same_incident"
    DAY_UNKNOWN = "day_unknown"
    IN_THE_FUTURE = "in_the_future"


class Way(enum.StrEnum):
    """By what the threshold is met."""

    STATUTORY = "statutory"
    HATE = "hate"
    SEVERAL_PEOPLE = "several_people"


@dataclass(frozen=True)
class NotCounted:
    complaint: Complaint
    reason: Reason


@dataclass(frozen=True)
class Judgement:
    rules: ThresholdRules
    applied_on: date
    ways: frozenset[Way]
    verdicts: tuple[tuple[Complaint, Reason | None], ...]
    """Every complaint in the order in which it was given; without a reason it counts."""

    @property
    def met(self) -> bool:
        return bool(self.ways)

    @property
    def counted(self) -> tuple[Complaint, ...]:
        """One for each occurrence that counts."""
        return tuple(complaint for complaint, reason in self.verdicts if reason is None)

    @property
    def not_counted(self) -> tuple[NotCounted, ...]:
        return tuple(NotCounted(complaint, reason) for complaint, reason in self.verdicts if reason is not None)

    @property
    def needs_person(self) -> bool:
        """Not met by the days that are known, and somebody has to find out others."""
        return not self.met and any(reason is Reason.DAY_UNKNOWN for _complaint, reason in self.verdicts)

    @property
    def apply_by(self) -> date | None:
        """The last day on which these complaints are still enough by law; None where they are not."""
        if Way.STATUTORY not in self.ways:
            return None
        newest = sorted((one.reported_on for one in self.counted), reverse=True)
        return months_after(newest[self.rules.number - 1], self.rules.complaint_months)

    @property
    def missing(self) -> int:
        """How many complaints more would be enough."""
        return max(0, self.rules.number - len(self.counted))


def judge(complaints: Sequence[Complaint], applied_on: date, rules: ThresholdRules) -> Judgement:
    """The order of the complaints changes nothing, and one more never takes the threshold away."""
    reasons = [_reason(each, applied_on, rules) for each in complaints]
    qualifying = [each for each, reason in zip(complaints, reasons, strict=True) if reason is None]
    hate = {each.incident for each in qualifying if each.is_hate and each.incident}
    for_hate = len(hate) + sum(each.is_hate and not each.incident for each in qualifying)
    _count_each_occurrence_once(complaints, reasons)
    ways = set()
    if reasons.count(None) >= rules.number:
        ways.add(Way.STATUTORY)
    if rules.hate_number and for_hate >= rules.hate_number:
        ways.add(Way.HATE)
    if rules.reporters_number and len({each.reporter for each in qualifying}) >= rules.reporters_number:
        ways.add(Way.SEVERAL_PEOPLE)
    return Judgement(rules, applied_on, frozenset(ways), tuple(zip(complaints, reasons, strict=True)))


def _reason(complaint: Complaint, applied_on: date, rules: ThresholdRules) -> Reason | None:
    """Why it does not count by itself. The last day of a month or of six still is in time."""
    if complaint.reported_on > applied_on:
        return Reason.IN_THE_FUTURE
    if not complaint.is_asb:
        return Reason.NOT_ASB
    if applied_on > months_after(complaint.reported_on, rules.complaint_months):
        return Reason.TOO_OLD
    if complaint.occurred_on is None:
        return Reason.DAY_UNKNOWN
    if complaint.occurred_on > complaint.reported_on:
        return Reason.IN_THE_FUTURE
    if complaint.reported_on > months_after(complaint.occurred_on, rules.behaviour_months):
        return Reason.TOO_LATE_REPORTED
    return None


def _count_each_occurrence_once(complaints: Sequence[Complaint], reasons: list[Reason | None]) -> None:
    """The first telling of an occurrence stands for all; those that would not count by themselves keep why, but for a
    day that nobody knows: another telling gave it.
    """
    first: dict[str, int] = {}
    for place in sorted(range(len(complaints)), key=lambda place: _in_order(complaints[place])):
        incident = complaints[place].incident
        if incident and reasons[place] is None and first.setdefault(incident, place) != place:
            reasons[place] = Reason.SAME_INCIDENT
    for place, complaint in enumerate(complaints):
        if reasons[place] is Reason.DAY_UNKNOWN and complaint.incident in first:
            reasons[place] = Reason.SAME_INCIDENT


def _in_order(complaint: Complaint) -> tuple[date, date, str, str, bool]:
    """Of two that are alike otherwise, the one that tells of hate stands for both."""
    known = complaint.reported_on, complaint.occurred_on or date.min, complaint.told, complaint.reporter
    return *known, not complaint.is_hate
