"""An officer says which reports belong together: suggested by what they tell, and decided by a person with a reason."""

from __future__ import annotations

import uuid

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import NotThere, transaction
from portal.reporting import belonging, case, deletions, links, suggestions
from portal.reporting.case import OpenReport
from portal.reporting.deletions import WorkHasStopped
from portal.reporting.links import LinkKind, NoRoom
from portal.reporting.models import Kind
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.link_forms import MAX_AT_ONCE, LinkForm, UnlinkForm
from portal.staff.link_words import (
    counted_in_words,
    isolated_reference,
    link_in_words,
    no_room_in_words,
    reasons,
    report_words,
)
from portal.staff.models import Role
from portal.staff.open_report import open_report

MAX_SKIP = 10**6
PAGE_SIZE = 50


@blueprint.route("/reports/<uuid:report_id>/alike", methods=["GET", "POST"], endpoint="alike")
@only(Role.OFFICER, unlocked=True)
def alike(report_id: uuid.UUID) -> Response | str:
    """Reports that may belong with it, each with why; POST links those that were ticked, or one by its reference."""
    found = open_report(report_id)
    if found.report.kind is Kind.REQUEST:
        abort(404)
    form = LinkForm()
    ticked = _ticked()
    if request.method == "POST" and _link(found, form, ticked):
        return redirect(url_for(".report", report_id=report_id, _anchor="belongs"), 303)
    return _show_alike(found, form, ticked)


def _ticked() -> list[uuid.UUID]:
    """The ids that were ticked; a report that is not there, or another team's, is no report of this page."""
    try:
        ids = list(dict.fromkeys(uuid.UUID(each) for each in request.form.getlist("also")[: MAX_AT_ONCE + 1]))
    except ValueError:
        abort(404)
    if len(ids) > MAX_AT_ONCE or belonging.openable(held_keys(), ids) != set(ids):
        abort(404)
    return ids


def _link(found: OpenReport, form: LinkForm, ticked: list[uuid.UUID]) -> bool:
    """Link them; where one of them cannot be, say so beside what was written, and link none."""
    is_right = form.validate()
    others = {*ticked, *_by_reference(found, form)} - {found.report.id}
    if not others and not form.reference.errors:
        form.reference.errors = [_("Tick a report, or write the reference of one.")]
    if not is_right or form.reference.errors:
        return False
    report_id = found.report.id
    try:
        with transaction() as db:
            audit.record(db, officer().staff.name, Action.LINKED_REPORTS, str(report_id))
            by = officer().display_name
            links.link_reports(db, held_keys(), report_id, others, LinkKind(form.kind.data), form.why.data, by)
    except NoRoom as full:
        form.reference.errors = [no_room_in_words(isolated_reference(belonging.reference_of(full.report_id)))]
        return False
    except (WorkHasStopped, NotThere):
        form.reference.errors = [_("One of these reports was taken back or deleted. Nothing was linked. Choose again.")]
        return False
    return True


def _by_reference(found: OpenReport, form: LinkForm) -> list[uuid.UUID]:
    """The report whose reference was typed; one of another team looks like one that is not there."""
    typed = form.reference.data
    if not typed or form.reference.errors:
        return []
    other = belonging.find_by_reference(held_keys(), typed)
    if other is None:
        form.reference.errors = [_("You can open no report with this reference. Check each digit and the letter.")]
        return []
    if other == found.report.id:
        form.reference.errors = [_("That is the reference of this report. Write the other one.")]
        return []
    return [other]


def _show_alike(found: OpenReport, form: LinkForm, ticked: list[uuid.UUID]) -> str:
    skip = min(max(0, request.args.get("from", 0, type=int)), MAX_SKIP)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.COMPARED_REPORTS, str(found.report.id))
        case.still_there(db, found.report.id)
    mine = links.links_in(found.report.id, found.key)
    linked = {each.to for each in mine.links}
    compared = suggestions.suggestions_for(held_keys(), found.report.id, linked, skip=skip)
    return render_template(
        "staff/alike.html",
        report=found.report,
        form=form,
        compared=compared,
        reasons=reasons,
        ticked=ticked,
        skip=skip,
        undone={each.to: each for each in mine.undone},
        **report_words(),
    )


@blueprint.get("/reports/<uuid:report_id>/belongs", endpoint="belongs")
@only(Role.OFFICER, unlocked=True)
def belongs(report_id: uuid.UUID) -> str:
    """All that it belongs with, so many a page: first what it is linked with, then what hangs together with these."""
    found = open_report(report_id)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_REPORT, str(report_id))
        case.still_there(db, report_id)
    belongs = belonging.belonging_of(held_keys(), report_id)
    rows = [(one.report, one.link) for one in belongs.linked] + [(each, None) for each in belongs.more]
    pages = max(1, -(-len(rows) // PAGE_SIZE))
    number = min(max(1, request.args.get("page", 1, type=int)), pages)
    first = (number - 1) * PAGE_SIZE
    shown = rows[first : first + PAGE_SIZE]
    wishes = deletions.deletions_of([each.id for each, _link in shown])
    return render_template(
        "staff/belongs.html",
        report=found.report,
        counted=counted_in_words(belongs, report_id),
        shown=shown,
        total=len(rows),
        first=first,
        number=number,
        pages=pages,
        deleted_soon={each for each, wish in wishes.items() if wish.is_standing},
        link_words=link_in_words,
        duplicate=LinkKind.DUPLICATE,
        **report_words(),
    )


@blueprint.route("/reports/<uuid:report_id>/unlink/<uuid:other_id>", methods=["GET", "POST"], endpoint="unlink")
@only(Role.OFFICER, unlocked=True)
def unlink(report_id: uuid.UUID, other_id: uuid.UUID) -> Response | str:
    """They do not belong together after all; the reason is kept."""
    found = open_report(report_id)
    belongs = belonging.belonging_of(held_keys(), report_id)
    linked = next((one for one in belongs.linked if one.report.id == other_id), None)
    if linked is None or linked.link.kind is LinkKind.DUPLICATE:
        abort(404)
    form = UnlinkForm()
    if request.method == "POST" and form.validate():
        with transaction() as db:
            audit.record(db, officer().staff.name, Action.UNLINKED_REPORTS, str(report_id))
            links.unlink_reports(db, held_keys(), report_id, other_id, form.why.data, officer().display_name)
        return redirect(url_for(".report", report_id=report_id, _anchor="belongs"), 303)
    return render_template(
        "staff/unlink.html", report=found.report, linked=linked, form=form, link_words=link_in_words, **report_words()
    )
