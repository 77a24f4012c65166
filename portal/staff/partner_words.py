"""The partners that a report can be passed on to, as staff choose one."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.partnership.file import current_partnership
from portal.reporting.case import OpenReport
from portal.reporting.pages.steps import agency_in_words


def partner_choices(found: OpenReport) -> list[tuple[str, str]]:
    """Every partner that is not retired, and the one that has it already."""
    kept = found.partners.has_it.agency if found.partners.has_it else ""
    codes = [each.code for each in current_partnership().agencies if not each.retired or each.code == kept]
    return [("", _("Choose a partner")), *((code, agency_in_words(code)) for code in codes)]
