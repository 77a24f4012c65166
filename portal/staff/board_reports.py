"""Each quarter the partnership's board gets a report: staff write it, agree actions, freeze it, and print or download it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from flask import Response, abort, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal import audit
from portal.audit import Action
from portal.cohesion import board_reports
from portal.cohesion.board_reports import MOST_ACTIONS, BoardAction, ChangedMeanwhile, Written
from portal.db import LOCAL_TIME, session, today, transaction
from portal.languages.i18n import current_language
from portal.partnership.file import current_partnership
from portal.reporting.figures import last_month
from portal.small_counts import month_after
from portal.staff.access import blueprint, officer, only
from portal.staff.board_document import action_state, board_document, rows_of
from portal.staff.board_forms import ActionForm, AgainForm, SeenForm, SettleForm, WordsForm, words_form
from portal.staff.evidence_pack import FONTS
from portal.staff.figure_words import quarter_in_words
from portal.staff.models import Role
from portal.staff.spans import Span, last_quarter
from portal.text import as_csv
from portal.web import errors
from portal.web.pdf import CannotTypeset, can_typeset, typeset

OFFERED = 8
ONE = "/figures/board-reports/<quarter>"
VERSION = f"{ONE}/<int:number>"


def _quarters() -> list[Span]:
    """Those that are over, newest first."""
    found = [last_quarter(last_month())]
    while len(found) < OFFERED:
        found.append(found[-1].before)
    return found


def _found(quarter: str) -> tuple[Span, list[Any]]:
    """The months and versions of a quarter that is offered, or of which there is a report already."""
    versions = board_reports.versions_of(quarter)
    if versions:
        end = date(int(quarter[:4]), 3 * int(quarter[5:]), 1)
        return Span(month_after(end, -2), end), versions
    return next((span for span in _quarters() if span.quarter == quarter), None) or abort(404), versions


def _scripts(names: str) -> str:
    """What stands for a text that no font here has letters for: alike for readers of every language."""
    return f"[{names}]"


@blueprint.get("/figures/board-reports", endpoint="board_reports")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def board_reports_page() -> str:
    """The quarters that are over; those that are long past only where there is a report."""
    written = board_reports.versions_by_quarter()
    offered = {span.quarter: quarter_in_words(span) for span in _quarters()}
    older = {
        code: _("Q%(quarter)s %(year)s", quarter=code[5:], year=code[:4]) for code in written if code not in offered
    }
    return render_template(
        "staff/board_reports.html",
        quarters=[(code, words, written.get(code, [])) for code, words in (offered | older).items()],
    )


@blueprint.get(ONE, endpoint="board_report")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def draft(quarter: str) -> AnyResponse | str:
    """The draft as the board would see it now; a frozen report leads to its page."""
    span, versions = _found(quarter)
    if versions and versions[0].is_frozen:
        return redirect(url_for(".frozen_board_report", quarter=quarter, number=versions[0].number), 303)
    return _draft_page(span, versions)


def _draft_page(span: Span, versions: list[Any], *, changed: bool = False) -> str:
    written = board_reports.written_of(span.quarter, versions)
    seen = board_reports.edition_of(versions)
    return render_template(
        "staff/board_report.html",
        quarter=span.quarter,
        quarter_words=quarter_in_words(span),
        document=board_document(span, written, officer().display_name, today(), versions[0].number if versions else 1),
        version=versions[0] if versions else None,
        unwritten=[one.code for one in current_partnership().priorities if not written.priorities.get(one.code)],
        form=SeenForm(formdata=None, seen=seen),
        changed=changed,
        may_change=officer().may(Role.SURVEY_MANAGER),
        can_freeze=bool(versions),
    )


@blueprint.route(f"{ONE}/words", methods=["GET", "POST"], endpoint="write_board_report")
@only(Role.SURVEY_MANAGER)
def words(quarter: str) -> AnyResponse | str:
    """What each priority's owner says, and what is asked of the partners."""
    span, versions = _found(quarter)
    priorities = current_partnership().localised(current_language().code).priorities
    stored = board_reports.written_of(quarter, versions)
    if versions and versions[0].is_frozen:
        return _frozen_meanwhile()
    of_form = words_form({one.code: f"{one.code}: {one.title}" for one in priorities})
    filled = {of_form.boxes[code]: stored.priorities.get(code, "") for code in of_form.boxes}
    form: WordsForm = of_form(data=filled | {"asked": stored.asked, "seen": board_reports.edition_of(versions)})
    if form.validate_on_submit():
        # Words of a priority that the file does not name any more stay.
        said = {**stored.priorities, **form.words()}
        if _wrote(quarter, form.seen.data, Written(said, form.asked.data or "", stored.actions)):
            return redirect(url_for(".board_report", quarter=quarter), 303)
        versions = _again(quarter)
        form.say_what_others_wrote(board_reports.written_of(quarter, versions))
        form.seen.data = board_reports.edition_of(versions)
    return render_template(
        "staff/board_words.html",
        form=form,
        quarter=quarter,
        quarter_words=quarter_in_words(span),
        priorities=priorities,
    )


def _wrote(quarter: str, seen: str | None, written: Written) -> bool:
    """Whether it is kept: not where a colleague was quicker."""
    try:
        with transaction() as db:
            board_reports.write(db, quarter, seen or "", written, officer().display_name)
            audit.record(db, officer().staff.name, Action.WROTE_BOARD_REPORT, quarter)
    except ChangedMeanwhile:
        return False
    return True


def _again(quarter: str) -> list[Any]:
    """The versions as they are now."""
    session.expire_all()
    return board_reports.versions_of(quarter)


def _frozen_meanwhile() -> AnyResponse:
    return errors.page(
        409,
        _("It is frozen already"),
        _("What is frozen does not change. Begin a new version, and say why."),
        ways_on=[(_("Reports to the board"), url_for(".board_reports"))],
    )


@blueprint.route(f"{ONE}/actions", methods=["GET", "POST"], endpoint="board_actions")
@only(Role.SURVEY_MANAGER)
def actions(quarter: str) -> AnyResponse | str:
    """All actions of the draft, and one more."""
    span, versions = _found(quarter)
    if versions and versions[0].is_frozen:
        return _frozen_meanwhile()
    stored = board_reports.written_of(quarter, versions)
    form = ActionForm(seen=board_reports.edition_of(versions))
    is_full = len(stored.actions) >= MOST_ACTIONS
    if form.validate_on_submit() and not is_full:
        new = BoardAction(
            board_reports.new_action_id(), form.what.data or "", form.owner.data or "", form.due.data.isoformat()
        )
        if _wrote(quarter, form.seen.data, replace(stored, actions=(*stored.actions, new))):
            return redirect(url_for(".board_actions", quarter=quarter), 303)
        stored, changed = _changed(quarter, form)
    else:
        changed = False
    return render_template(
        "staff/board_actions.html",
        form=form,
        quarter=quarter,
        quarter_words=quarter_in_words(span),
        actions=[(one, date.fromisoformat(one.due), action_state(one, today())) for one in stored.actions],
        is_full=is_full,
        changed=changed,
    )


def _changed(quarter: str, form: SeenForm) -> tuple[Written, bool]:
    versions = _again(quarter)
    form.seen.data = board_reports.edition_of(versions)
    return board_reports.written_of(quarter, versions), True


@blueprint.route(f"{ONE}/actions/<action_id>", methods=["GET", "POST"], endpoint="settle_board_action")
@only(Role.SURVEY_MANAGER)
def settle(quarter: str, action_id: str) -> AnyResponse | str:
    """Done, not done because, or still to be done."""
    span, versions = _found(quarter)
    if versions and versions[0].is_frozen:
        return _frozen_meanwhile()
    stored = board_reports.written_of(quarter, versions)
    action = next((one for one in stored.actions if one.id == action_id), None) or abort(404)
    form, changed = SettleForm.of(action, board_reports.edition_of(versions)), False
    if form.validate_on_submit():
        settled = replace(action, state=form.state.data, said="" if form.state.data == "open" else form.said.data or "")
        kept = tuple(settled if one.id == action_id else one for one in stored.actions)
        if _wrote(quarter, form.seen.data, replace(stored, actions=kept)):
            return redirect(url_for(".board_actions", quarter=quarter), 303)
        _stored, changed = _changed(quarter, form)
    return render_template(
        "staff/board_action.html",
        form=form,
        quarter=quarter,
        quarter_words=quarter_in_words(span),
        action=action,
        due_on=date.fromisoformat(action.due),
        changed=changed,
    )


@blueprint.post(f"{ONE}/freeze", endpoint="freeze_board_report")
@only(Role.SURVEY_MANAGER)
def freeze(quarter: str) -> AnyResponse | str:
    """Keep it as it is now, for good."""
    (span, versions), form = _found(quarter), SeenForm()
    if not versions or versions[0].is_frozen:
        return redirect(url_for(".board_report", quarter=quarter), 303)
    written = board_reports.written_of(quarter, versions)
    document = board_document(span, written, officer().display_name, today(), versions[0].number)
    try:
        with transaction() as db:
            report = board_reports.freeze(db, quarter, form.seen.data or "", document, officer().display_name)
            audit.record(db, officer().staff.name, Action.FROZE_BOARD_REPORT, f"{quarter} {report.number}")
    except ChangedMeanwhile:
        return _draft_page(span, _again(quarter), changed=True)
    return redirect(url_for(".board_report", quarter=quarter), 303)


@blueprint.route(f"{ONE}/again", methods=["GET", "POST"], endpoint="begin_board_report_again")
@only(Role.SURVEY_MANAGER)
def begin_again(quarter: str) -> AnyResponse | str:
    """A new version of a frozen report, with a reason."""
    span, versions = _found(quarter)
    if not versions or not versions[0].is_frozen:
        return redirect(url_for(".board_report", quarter=quarter), 303)
    form = AgainForm(seen=board_reports.edition_of(versions))
    if form.validate_on_submit():
        try:
            with transaction() as db:
                name, why = officer().display_name, form.reason.data or ""
                board_reports.begin_again(db, quarter, form.seen.data or "", why, name)
                audit.record(db, officer().staff.name, Action.WROTE_BOARD_REPORT, f"{quarter} again")
        except ChangedMeanwhile:
            # Whoever was quicker has begun it.
            session.expire_all()
        return redirect(url_for(".board_report", quarter=quarter), 303)
    return render_template(
        "staff/board_again.html", form=form, quarter=quarter, quarter_words=quarter_in_words(span), last=versions[0]
    )


def _frozen(quarter: str, number: int) -> Any:
    found = board_reports.find_version(quarter, number)
    return found if found is not None and found.is_frozen else abort(404)


@blueprint.get(VERSION, endpoint="frozen_board_report")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def frozen(quarter: str, number: int) -> str:
    """Exactly what was frozen."""
    found = _frozen(quarter, number)
    return render_template(
        "staff/board_frozen.html",
        report=found,
        document=board_reports.read_document(found.document),
        versions=board_reports.versions_of(quarter),
        quarter=quarter,
        frozen_on=found.frozen_at.astimezone(LOCAL_TIME).date(),
        can_typeset=can_typeset(),
        may_change=officer().may(Role.SURVEY_MANAGER),
    )


@blueprint.get(f"{VERSION}/report.<ending>", endpoint="board_report_file")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def as_file(quarter: str, number: int, ending: str) -> AnyResponse:
    """The document itself, its tables, or the PDF: of one version always the same bytes."""
    found = _frozen(quarter, number)
    document = board_reports.read_document(found.document)
    match ending:
        case "json":
            body, kind = found.document.encode(), "application/json"
        case "csv":
            body, kind = as_csv(rows_of(document)).encode(), "text/csv; charset=utf-8"
        case "pdf":
            data, at = document | {"hash": found.hash}, found.frozen_at
            session.rollback()
            try:
                body = typeset("staff/board_report.typ", data, FONTS, _scripts, int(at.timestamp()))
            except CannotTypeset:
                return errors.page(500, _("The PDF cannot be made here"), _("Print the page instead."))
            kind = "application/pdf"
        case _:
            abort(404)
    name = f"board-report-{quarter}-{number}.{ending}"
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.PRINTED_BOARD_REPORT, f"{quarter} {number} {ending}")
    return Response(body, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
