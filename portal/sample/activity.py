"""What was done in the last quarters, published for the demonstration's public page as a survey manager would."""

from __future__ import annotations

from portal.cohesion.activity import publish_quarter
from portal.db import transaction
from portal.reporting.figures import last_month, report_figures
from portal.staff.activity_figures import activity_document, tells_anything
from portal.staff.spans import last_quarter

QUARTERS = 5


def add_activity(by: str) -> None:
    """Last of all, for it counts what the other samples did."""
    reports, span = report_figures(), last_quarter(last_month())
    documents = []
    for _quarter in range(QUARTERS):
        documents.append(activity_document(span, reports))
        span = span.before
    with transaction() as db:
        for document in documents:
            if tells_anything(document):
                publish_quarter(db, document, by)
