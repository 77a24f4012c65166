"""What closing a report does to what is not finished, as officers read it: its open tasks and the partners that have it."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from portal.reporting.case import OpenReport
from portal.reporting.pages.steps import agency_in_words
from portal.reporting.referral_models import ReferralWay
from portal.reporting.referral_records import OpenReferral
from portal.reporting.referrals import referrals_of
from portal.reporting.tasks import Task, tasks_of
from portal.reporting.unfinished import PartnerChoice
from portal.staff.access import held_keys
from portal.staff.closing_forms import OpenPart


def open_tasks(found: OpenReport) -> list[Task]:
    """As they are now, and not when the report was opened."""
    return [task for task in tasks_of(found.report.id, found.key) if task.done_on is None]


def open_parts(found: OpenReport) -> dict[str, OpenPart]:
    """Each partner that has the report, by the referral's id."""
    return {
        each.id.hex: OpenPart(_partner(each), each.sent is not None and each.sent.way is ReferralWay.PORTAL)
        for each in referrals_of(found, held_keys())
        if each.is_open
    }


def partner_choices_in_words(found: OpenReport, partner_choices: Mapping[str, str]) -> list[str]:
    """Of each partner that has the report what closing it does to that, a sentence each."""
    return [_choice_in_words(part, partner_choices.get(referral)) for referral, part in open_parts(found).items()]


def ended_parts(found: OpenReport, partner_choices: Mapping[str, str]) -> list[str]:
    """The partners whose part these end, whatever became of it since."""
    return [
        _partner(each)
        for each in referrals_of(found, held_keys())
        if partner_choices.get(each.id.hex) == PartnerChoice.ENDS
    ]


def _partner(referral: OpenReferral) -> str:
    return agency_in_words(referral.agency) if referral.agency else _("A partner (this part is damaged)")


def _choice_in_words(part: OpenPart, choice: str | None) -> str:
    match choice:
        case PartnerChoice.GOES_ON:
            return _("The part of this partner goes on: %(partner)s.", partner=part.partner)
        case PartnerChoice.ENDS if part.is_here:
            return _(
                "The part of this partner ends: %(partner)s. They can no longer open it here.", partner=part.partner
            )
        case PartnerChoice.ENDS:
            return _("The part of this partner ends: %(partner)s. An officer tells them.", partner=part.partner)
    return _(
        "Nobody has chosen what happens to the part of this partner: %(partner)s. Send the closing back, so that it is chosen.",
        partner=part.partner,
    )
