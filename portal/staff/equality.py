"""Who reports, month by month: whom the partnership hears from, and whom it does not."""

from __future__ import annotations

from flask import render_template, request, url_for

from portal.languages.i18n import month_name
from portal.reporting import equality
from portal.reporting.models import INCIDENTS
from portal.staff.access import blueprint, only
from portal.staff.forms import KINDS
from portal.staff.models import Role


@blueprint.get("/equality", endpoint="equality")
@only(Role.OFFICER, Role.ANALYST)
def counts() -> str:
    """One month, the newest first; an address that names no month that is there shows the newest."""
    months = equality.counted_months()
    asked = request.args.get("month")
    month = next((one for one in months if one.isoformat() == asked), months[0] if months else None)
    return render_template(
        "staff/equality.html",
        tab_links=[
            (url_for(".equality", month=one.isoformat()), month_name(one), one == month, None) for one in months
        ],
        month=month,
        questions=equality.counts_of(month) if month else [],
        kinds=[KINDS[kind.value] for kind in INCIDENTS],
        least=equality.MIN_SHOWN,
    )
