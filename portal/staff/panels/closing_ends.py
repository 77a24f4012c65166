"""What closing a report does to what is not finished, as officers read it: its open tasks and the partners that have it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.reporting.case import OpenReport
from portal.reporting.pages.steps import agency_in_words
from portal.reporting.queue import references_of
from portal.reporting.referral_models import ReferralWay
from portal.reporting.referral_records import OpenReferral
from portal.reporting.referrals import referrals_about, referrals_named
from portal.reporting.tasks import Task, tasks_of
from portal.reporting.unfinished import PartnerChoice, unfinished_merged
from portal.staff.access import held_keys
from portal.staff.closing_forms import OpenPart
from portal.staff.link_words import isolated_reference


@dataclass(frozen=True)
class EndingTask:
    """`merged` is the reference of the report it belongs to, where that is merged into the one that is closed."""

    task: Task
    merged: str = ""


def open_tasks(found: OpenReport) -> list[EndingTask]:
    """As they are now, and not when the report was opened."""
    return [
        EndingTask(task, reference)
        for report_id, key, reference in _ending(found)
        for task in tasks_of(report_id, key)
        if task.done_on is None
    ]


def open_parts(found: OpenReport) -> dict[str, OpenPart]:
    """Each partner that has the report, or one that is merged into it, by the referral's id."""
    return {
        each.id.hex: OpenPart(_partner(each, reference), each.sent is not None and each.sent.way is ReferralWay.PORTAL)
        for report_id, key, reference in _ending(found)
        for each in referrals_about(report_id, key, held_keys())
        if each.is_open
    }


def _ending(found: OpenReport) -> Iterator[tuple[uuid.UUID, bytes, str]]:
    """The report, and what ends with it: the id, the key, and the reference of what is merged into it."""
    yield found.report.id, found.key, ""
    merged = unfinished_merged(held_keys(), found.report.id, found.key)
    references = references_of(merged)
    for report_id, key in merged.items():
        yield report_id, key, isolated_reference(references[report_id])


def partner_choices_in_words(found: OpenReport, partner_choices: Mapping[str, str]) -> list[str]:
    """Of each partner that has the report what closing it does to that, a sentence each."""
    return [_choice_in_words(part, partner_choices.get(referral)) for referral, part in open_parts(found).items()]


def ended_parts(found: OpenReport, partner_choices: Mapping[str, str]) -> list[str]:
    """The partners whose part these end, whatever became of it since."""
    ended = [uuid.UUID(hex=one) for one, choice in partner_choices.items() if choice == PartnerChoice.ENDS]
    return [
        _partner(each, "" if each.report_id == found.report.id else isolated_reference(reference))
        for each, reference in referrals_named(ended, held_keys())
    ]


def _partner(referral: OpenReferral, merged: str) -> str:
    partner = agency_in_words(referral.agency) if referral.agency else _("A partner (this part is damaged)")
    if not merged:
        return partner
    return _("%(partner)s (merged report %(reference)s)", partner=partner, reference=merged)


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
