"""Why a complaint counts or not, and what a rule asks, in words that anybody reads."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.case_review.threshold import Reason, Way
from portal.partnership.case_review import ThresholdRules


def reason_in_words(reason: Reason | None, rules: ThresholdRules) -> str:
    """To whoever told; without a reason it counts."""
    match reason:
        case None:
            return _("It counts.")
        case Reason.TOO_LATE_REPORTED:
            return ngettext(
                "You told them more than %(num)s month after it happened.",
                "You told them more than %(num)s months after it happened.",
                rules.behaviour_months,
            )
        case Reason.TOO_OLD:
            return ngettext(
                "You told them more than %(num)s month ago.",
                "You told them more than %(num)s months ago.",
                rules.complaint_months,
            )
        case Reason.NOT_ASB:
            return _("It is not about anti-social behaviour or hate.")
        case Reason.SAME_INCIDENT:
            return _("It is the same event as another complaint. The event counts once.")
        case Reason.DAY_UNKNOWN:
            return _("We do not know on which day it happened. A person has to look.")
        case Reason.IN_THE_FUTURE:
            return _("One of its days cannot be right.")


def way_in_words(way: Way, rules: ThresholdRules) -> str:
    """By what the threshold is met."""
    match way:
        case Way.STATUTORY:
            return ngettext(
                "%(num)s complaint counts: that is enough by law.",
                "%(num)s complaints count: that is enough by law.",
                rules.number,
            )
        case Way.HATE:
            return ngettext(
                "%(num)s complaint about hate is enough here.",
                "%(num)s complaints about hate are enough here.",
                rules.hate_number,
            )
        case Way.SEVERAL_PEOPLE:
            return ngettext(
                "%(num)s person told about it: that is enough here.",
                "%(num)s different people told about it: that is enough here.",
                rules.reporters_number,
            )


def rule_in_words(rules: ThresholdRules) -> list[str]:
    """What makes a complaint count, one sentence each."""
    said = [
        ngettext(
            "You told us, the police, the council or a landlord %(num)s time or more.",
            "You told us, the police, the council or a landlord %(num)s times or more.",
            rules.number,
        ),
        ngettext(
            "Each time you told them within %(num)s month of what happened.",
            "Each time you told them within %(num)s months of what happened.",
            rules.behaviour_months,
        ),
        ngettext(
            "You ask for the review within %(num)s month of each time you told them.",
            "You ask for the review within %(num)s months of each time you told them.",
            rules.complaint_months,
        ),
    ]
    if rules.hate_number:
        said.append(
            ngettext(
                "Or: %(num)s time you told them about hate, in the same time.",
                "Or: %(num)s times you told them about hate, in the same time.",
                rules.hate_number,
            )
        )
    if rules.reporters_number:
        said.append(
            ngettext(
                "Or: %(num)s person told them about the same behaviour, in the same time.",
                "Or: %(num)s different people told them about the same behaviour, in the same time.",
                rules.reporters_number,
            )
        )
    return said


def promise_in_words(name: str, days: int) -> str:
    """What is done by when, by the name of its clock."""
    match name:
        case "acknowledge_working_days":
            return ngettext(
                "We write to you that we have it: within %(num)s working day.",
                "We write to you that we have it: within %(num)s working days.",
                days,
            )
        case "decide_working_days":
            return ngettext(
                "We tell you if the threshold is met, and why: within %(num)s working day of your asking.",
                "We tell you if the threshold is met, and why: within %(num)s working days of your asking.",
                days,
            )
        case "review_working_days":
            return ngettext(
                "The panel meets: within %(num)s working day after that.",
                "The panel meets: within %(num)s working days after that.",
                days,
            )
        case "tell_working_days":
            return ngettext(
                "We write to you what it found and what will be done: within %(num)s working day after it met.",
                "We write to you what it found and what will be done: within %(num)s working days after it met.",
                days,
            )
        case "appeal_working_days":
            return ngettext(
                "If we say no, you can ask us to look again: for %(num)s working day.",
                "If we say no, you can ask us to look again: for %(num)s working days.",
                days,
            )
    raise KeyError(name)


def way_to_apply_in_words(way: str) -> str:
    match way:
        case "online":
            return _("Here, on this website")
        case "phone":
            return _("By phone")
        case "post":
            return _("By post or email")
        case "in_person":
            return _("In person")
        case "somebody":
            return _("Somebody you trust asks for you, if you agree")
    raise KeyError(way)
