"""Who may agree to a closing that waits, and which of them are joke reports, to be looked at together."""

from __future__ import annotations

from portal.languages.i18n import language_of
from portal.partnership.file import current_partnership
from portal.partnership.outcomes import SUPERVISOR
from portal.reporting.second_looks import Waiting
from portal.staff.access import officer
from portal.staff.closing_forms import ready_text
from portal.staff.models import Role


def closes_joke(one: Waiting) -> bool:
    """Whether it is one of those that are closed many at once, with the text that goes to all of them."""
    outcome, closing = current_partnership().bulk_outcome, one.closing
    if outcome is None or closing is None or closing.outcome != outcome.code or one.wrote_since:
        return False
    return closing.message == ready_text(outcome, language_of(one.report.language)).text


def may_agree(one: Waiting) -> bool:
    """Never whoever closed it."""
    is_theirs = one.closing is not None and one.closing.by_id == officer().staff.id
    return not is_theirs and may_look()


def may_look() -> bool:
    """A supervisor, where the partnership file says so."""
    return officer().may(Role.SUPERVISOR) or current_partnership().closing.second_look_by != SUPERVISOR
