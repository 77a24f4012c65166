"""Whether it helped: what reporters of closed reports answered, quarter by quarter, from 10 answers on."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_babel import gettext as _

from portal.languages.i18n import month_name
from portal.reporting import verdicts
from portal.reporting.unsafe_places import MIN_SHOWN
from portal.staff.access import blueprint, only
from portal.staff.forms import KINDS
from portal.staff.models import Role


@blueprint.get("/verdicts", endpoint="verdicts")
@only(Role.OFFICER, Role.SUPERVISOR, Role.ANALYST)
def counts() -> str:
    """One quarter, the newest first; an address that names no quarter that is there shows the newest."""
    quarters = verdicts.quarters()
    asked = request.args.get("quarter")
    quarter = next((one for one in quarters if one.isoformat() == asked), quarters[0] if quarters else None)
    return render_template(
        "staff/verdicts.html",
        tab_links=[
            (
                url_for(".verdicts", quarter=one.isoformat()),
                _("%(first)s to %(last)s", first=month_name(one), last=month_name(one.replace(month=one.month + 2))),
                one == quarter,
                None,
            )
            for one in quarters
        ],
        quarter=quarter,
        found=verdicts.verdicts_of(quarter) if quarter else {},
        questions=verdicts.HELPED_QUESTIONS,
        answers=verdicts.HELPED,
        kind_words=KINDS,
        least=MIN_SHOWN,
    )
