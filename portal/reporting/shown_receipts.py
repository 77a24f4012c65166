"""A report of which somebody shows the receipt for another purpose: that there is such a report, and nothing told in it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.db import session
from portal.reporting.models import INCIDENTS, Kind, Report
from portal.vault import receipts


@dataclass(frozen=True)
class ShownReport:
    id: uuid.UUID
    received_on: date
    is_hate: bool
    is_asb: bool
    """Also where its reporter was not sure."""
    reference: str


def report_shown(digits: str) -> ShownReport | None:
    """None where these digits open no report of an incident. The report itself learns nothing of it."""
    lookup = receipts.derive(digits).lookup
    report = session.scalar(select(Report).where(Report.receipt_lookup == lookup, Report.kind.in_(INCIDENTS)))
    return _shown(report) if report else None


def reports_shown(report_ids: list[uuid.UUID]) -> dict[uuid.UUID, ShownReport]:
    """Those of them that are still there."""
    return {one.id: _shown(one) for one in session.scalars(select(Report).where(Report.id.in_(report_ids)))}


def _shown(report: Report) -> ShownReport:
    return ShownReport(
        id=report.id,
        received_on=report.received_on,
        is_hate=report.kind is Kind.HATE,
        is_asb=report.kind in INCIDENTS,
        reference=report.reference,
    )
