"""All the times that something happened, in one table, and exported as an evidence pack."""

from __future__ import annotations

import json
import uuid

from flask import Response, render_template
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal import audit
from portal.audit import Action
from portal.db import session, transaction, utcnow
from portal.reporting import case
from portal.reporting.case import OpenReport
from portal.reporting.chronology import Link, chained, chronology
from portal.reporting.pages.series_wording import series_rows
from portal.reporting.pages.steps import place_in_words
from portal.reporting.pages.wording import shown_translations
from portal.staff.access import blueprint, officer, only
from portal.staff.evidence_pack import FONTS, as_json, pack_in_words, unreadable
from portal.staff.forms import KINDS
from portal.staff.models import Role
from portal.staff.open_report import open_report
from portal.web import errors
from portal.web.pdf import CannotTypeset, can_typeset, typeset

# Other than the template, nothing about it is known before it is made.
NAME = "evidence-pack"


@blueprint.get("/reports/<uuid:report_id>/series", endpoint="series")
@only(Role.OFFICER, unlocked=True)
def series(report_id: uuid.UUID) -> str:
    """Each time with all that was told of it, on one page that can be printed."""
    found = open_report(report_id)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_REPORT, str(report_id))
    rows = series_rows(found)
    for row in rows:
        made = found.translations.get(row["entry"].message_id, [])
        row["translations"] = shown_translations(made, for_staff=True)
    return render_template(
        "staff/series.html",
        report=found.report,
        rows=rows,
        kind=KINDS[found.report.kind.value],
        place=place_in_words(found.report.place_code),
        can_typeset=can_typeset(),
    )


@blueprint.post("/reports/<uuid:report_id>/series/evidence.pdf", endpoint="evidence_pdf")
@only(Role.OFFICER, unlocked=True)
def evidence_pdf(report_id: uuid.UUID) -> AnyResponse:
    """The pack to be read and printed, in the language of the officer's page."""
    found, links = _exported(report_id)
    at = utcnow()
    data = pack_in_words(found, links, officer().display_name, at)
    try:
        made = typeset("staff/evidence.typ", data, FONTS, unreadable, int(at.timestamp()))
    except CannotTypeset:
        return errors.page(
            500,
            _("The PDF cannot be made here"),
            _("Take the JSON file: it has everything, checksums included. And tell whoever looks after the portal."),
        )
    return _download(made, "application/pdf", "pdf")


@blueprint.post("/reports/<uuid:report_id>/series/evidence.json", endpoint="evidence_json")
@only(Role.OFFICER, unlocked=True)
def evidence_json(report_id: uuid.UUID) -> Response:
    """What the checksums were taken of, for a program to check them."""
    found, links = _exported(report_id)
    pack = as_json(found, links, officer().display_name, utcnow())
    return _download(json.dumps(pack, ensure_ascii=False, indent=1).encode(), "application/json", "json")


def _exported(report_id: uuid.UUID) -> tuple[OpenReport, list[Link]]:
    """The report and its chain; written down before anything is given out."""
    found = open_report(report_id)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.EXPORTED_EVIDENCE, str(report_id))
        case.still_there(db, report_id)
    # Large files take seconds to be read, and who holds the database meanwhile holds up PostgreSQL's nightly rewriting.
    session.expunge(found.report)
    session.rollback()
    return found, chained(report_id, chronology(found))


def _download(made: bytes, mimetype: str, ending: str) -> Response:
    """Its name tells nothing of what it is about."""
    headers = {"Content-Disposition": f'attachment; filename="{NAME}.{ending}"'}
    return Response(made, mimetype=mimetype, headers=headers)
