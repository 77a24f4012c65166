"""A case review in words for staff: what the check advises of each complaint, and why something cannot be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from portal.case_review.checker_form import TOLD
from portal.case_review.deciding import Obstacle
from portal.case_review.reason_words import reason_in_words, way_in_words
from portal.case_review.threshold import Judgement, Reason


@dataclass(frozen=True)
class ComplaintLine:
    occurred_on: date | None
    reported_on: date
    told: Any
    is_hate: bool
    is_own_report: bool
    """One that they showed by its receipt."""
    counts: bool
    why: str


def lines_of(judgement: Judgement) -> list[ComplaintLine]:
    return [
        ComplaintLine(
            occurred_on=complaint.occurred_on,
            reported_on=complaint.reported_on,
            told=TOLD.get(complaint.told, complaint.told),
            is_hate=complaint.is_hate,
            is_own_report=complaint.incident.startswith("report "),
            counts=reason is None,
            why=_reason_for_staff(reason, judgement),
        )
        for complaint, reason in judgement.verdicts
    ]


def _reason_for_staff(reason: Reason | None, judgement: Judgement) -> str:
    if reason is Reason.DAY_UNKNOWN:
        return _("Nobody wrote on which day it happened. Find it out.")
    return reason_in_words(reason, judgement.rules)


def advice_in_words(judgement: Judgement) -> list[str]:
    """What the check says of all of them; it decides nothing."""
    if judgement.met:
        return [way_in_words(way, judgement.rules) for way in sorted(judgement.ways)]
    if judgement.needs_person:
        return [_("Not met by the days that are known. Some days are not known: find them out.")]
    return [_("Not met by the numbers. Judge the persistence, the harm and the response.")]


def obstacle_in_words(obstacle: Obstacle) -> str:
    match obstacle:
        case Obstacle.DECIDED_ALREADY:
            return _("Somebody has decided it meanwhile. Read the decision on this page.")
        case Obstacle.DECIDED_BY_YOU:
            return _("You have decided it already. What you decided stands on this page and is not changed.")
        case Obstacle.WITHDRAWN:
            return _("The applicant took it back. Nothing was done.")
        case Obstacle.NO_REFUSAL:
            return _("It was not refused, so there is nothing to appeal against.")
        case Obstacle.NO_APPEAL:
            return _("No appeal waits for a decision.")
        case Obstacle.OWN_REFUSAL:
            return _("You refused it yourself: somebody else must decide on the appeal.")
        case Obstacle.NAMED:
            return _("You are named in this case, or near to somebody who is: somebody else must decide.")
        case Obstacle.OWN_REPORT:
            return _("A report that this case is about is yours to work on, or was: somebody else must decide.")


def nobody_else() -> str:
    """What to do where whoever could decide is kept from it."""
    return _(
        "Nobody else here can decide on it. Ask an administrator to give somebody from another service an account in a team that opens it: they decide."
    )
