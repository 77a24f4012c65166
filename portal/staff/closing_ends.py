"""What closing a report does to what is not finished, as officers read it: its open tasks and the partners that have it."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from portal.reporting.case import OpenReport
from portal.reporting.pages.steps import agency_in_words
from portal.reporting.referral_records import OpenReferral
from portal.reporting.referrals import referrals_of
from portal.reporting.tasks import Task, tasks_of
from portal.reporting.unfinished import Fate
from portal.staff.access import held_keys


def open_tasks(found: OpenReport) -> list[Task]:
    """As they are now, and not when the report was opened."""
    return [task for task in tasks_of(found.report.id, found.key) if task.done_on is None]


def open_parts(found: OpenReport) -> dict[str, str]:
    """Each partner that has the report, by the referral's id."""
    return {each.id.hex: _partner(each) for each in referrals_of(found, held_keys()) if each.is_open}


def fates_in_words(found: OpenReport, fates: Mapping[str, str]) -> list[str]:
    """Of each partner that has the report what closing it does to that, a sentence each."""
    return [_fate_in_words(partner, fates.get(referral)) for referral, partner in open_parts(found).items()]


def ended_parts(found: OpenReport, fates: Mapping[str, str]) -> list[str]:
    """The partners whose part these end, whatever became of it since."""
    return [_partner(each) for each in referrals_of(found, held_keys()) if fates.get(each.id.hex) == Fate.ENDS]


def _partner(referral: OpenReferral) -> str:
    return agency_in_words(referral.agency) if referral.agency else _("A partner (this part is damaged)")


def _fate_in_words(partner: str, fate: str | None) -> str:
    match fate:
        case Fate.GOES_ON:
            return _("The part of %(partner)s goes on.", partner=partner)
        case Fate.ENDS:
            return _("The part of %(partner)s ends: they can no longer open it here.", partner=partner)
    return _(
        "%(partner)s has it, and nobody has chosen what happens to that. Send the closing back, so that it is chosen.",
        partner=partner,
    )
