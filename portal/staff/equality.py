"""Who reports, as counts by quarter; small ones are not shown."""

from __future__ import annotations

from flask import render_template, request, url_for

from portal.reporting import equality
from portal.reporting.figures import last_month
from portal.reporting.models import INCIDENTS
from portal.small_counts import LEAST
from portal.staff.access import blueprint, only
from portal.staff.figure_words import quarter_in_words, told
from portal.staff.forms import KINDS
from portal.staff.models import Role
from portal.staff.spans import QUARTERS_OFFERED, quarters


@blueprint.get("/equality", endpoint="equality")
@only(Role.OFFICER, Role.ANALYST)
def counts() -> str:
    """One quarter that is over, `?quarter=2026-3`; an address that names none that is there shows the newest."""
    offered = quarters(equality.first_month(), last_month(), QUARTERS_OFFERED)
    asked = request.args.get("quarter")
    span = next((each for each in offered if each.quarter == asked), next(iter(offered), None))
    return render_template(
        "staff/equality.html",
        tab_links=[
            (url_for(".equality", quarter=each.quarter), quarter_in_words(each), each == span, None) for each in offered
        ],
        quarter=quarter_in_words(span) if span else "",
        questions=equality.counts_of(span.first, span.last) if span else [],
        kinds=[KINDS[kind.value] for kind in INCIDENTS],
        told=told,
        least=LEAST,
    )
