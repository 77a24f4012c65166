"""Which partners were told, how far each is, and what somebody must do about it."""

from __future__ import annotations

from typing import Any

from portal.marac import referring
from portal.reporting import referrals
from portal.reporting.case import OpenReport
from portal.reporting.pages.steps import agency_in_words
from portal.staff.access import held_keys
from portal.staff.marac_words import CASES
from portal.staff.referral_words import days_in_words, override_in_words, state_tag
from portal.web.forms import Form


def panel(found: OpenReport, _sent: Form | None) -> dict[str, Any]:
    return {
        "marac": [(case, *CASES[case.state.value]) for case in referring.cases_of(found.report.id)],
        "referrals": [
            {
                "one": one,
                "partner": agency_in_words(one.agency),
                "tag": state_tag(one),
                "days": days_in_words(one),
                "override": override_in_words(one.basis.override) if one.basis and one.basis.override else "",
                "is_no_longer_agreed": referrals.is_no_longer_agreed(found, one),
                "is_ended_by_reporter": referrals.is_ended_by_reporter(found, one),
                "is_contact_taken_out": referrals.is_contact_taken_out(found, one),
            }
            for one in referrals.referrals_of(found, held_keys())
        ],
    }
