"""How far it is, and with which partner."""

from __future__ import annotations

from typing import Any

from portal.reporting.case import OpenReport
from portal.staff.forms import StateForm
from portal.staff.partner_words import partner_choices
from portal.web.forms import Form


def panel(found: OpenReport, sent: Form | None) -> dict[str, Any]:
    return {"state_form": sent if isinstance(sent, StateForm) else _empty(found)}


def _empty(found: OpenReport) -> StateForm:
    with_partner = found.partners.has_it
    form = StateForm(formdata=None, state=found.report.state.value, partner=with_partner.agency if with_partner else "")
    form.partner.choices = partner_choices(found)
    return form
