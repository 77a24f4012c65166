"""Two reports of one and the same: one leads, the other is closed and its reporter told; and messages to all of them."""

from __future__ import annotations

import uuid

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import NotThere, today, transaction
from portal.languages.i18n import Language, language_of, name_for_staff
from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after
from portal.reporting import belonging, case, conversations, deletions, links, merging, unfinished
from portal.reporting.case import OpenReport
from portal.reporting.deletions import WorkHasStopped
from portal.reporting.links import LinkKind, NoRoom
from portal.reporting.merging import CannotMerge, Told
from portal.reporting.models import Author, Kind
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.link_forms import MergeForm, ToMergedForm, ToReporterForm, UnmergeForm
from portal.staff.link_words import hindrance_in_words, isolated_reference, no_room_in_words, report_words
from portal.staff.models import Role
from portal.staff.open_report import open_report
from portal.staff.replies import Ready, reply_in

# How many reporters are written to at once, each with a message of their own to be read over; the next page goes on.
WRITTEN_TO_AT_ONCE = 20


@blueprint.route("/reports/<uuid:report_id>/merge/<uuid:leading_id>", methods=["GET", "POST"], endpoint="merge")
@only(Role.OFFICER, unlocked=True)
def merge(report_id: uuid.UUID, leading_id: uuid.UUID) -> Response | str:
    """Close this report as a duplicate of the leading one; its reporter is told why, in their language."""
    found = open_report(report_id)
    leading = belonging.find_openable(held_keys(), leading_id)
    if leading is None or leading_id == report_id or Kind.REQUEST in (found.report.kind, leading.kind):
        abort(404)
    form = MergeForm()
    problem = _hindrance(found, leading_id)
    if request.method == "POST" and form.validate() and not problem:
        try:
            with transaction() as db:
                audit.record(db, officer().staff.name, Action.MERGED_REPORT, str(report_id))
                by = officer().display_name
                merging.merge_report(
                    db, held_keys(), report_id, leading_id, form.why.data, by, _told(form), form.read.data or 0
                )
        except CannotMerge as error:
            problem = hindrance_in_words(error.why)
        except NoRoom as full:
            problem = no_room_in_words(isolated_reference(belonging.reference_of(full.report_id)))
        except (WorkHasStopped, NotThere):
            problem = _("One of these reports was taken back or deleted meanwhile. Nothing was merged.")
        else:
            return redirect(url_for(".report", report_id=leading_id, _anchor="belongs"), 303)
    ready = _made_ready(form, "merged", found)
    unread = [one for one in found.messages if one.new]
    form.read.data = len(unread)
    _look(report_id)
    return render_template(
        "staff/merge.html",
        report=found.report,
        found=found,
        leading=leading,
        form=form,
        ready=ready,
        problem=problem,
        unread=unread,
        has_unfinished=unfinished.has_unfinished(report_id),
        written_in=language_of(found.report.language),
        text_limit=conversations.MAX_TEXT,
        **report_words(),
    )


@blueprint.route("/reports/<uuid:report_id>/unmerge", methods=["GET", "POST"], endpoint="unmerge")
@only(Role.OFFICER, unlocked=True)
def unmerge(report_id: uuid.UUID) -> Response | str:
    """This report goes on by itself again; its reporter is told."""
    found = open_report(report_id)
    if links.links_in(report_id, found.key).led_by is None:
        abort(404)
    form = UnmergeForm()
    problem = _stopped(found)
    if request.method == "POST" and form.validate() and not problem:
        try:
            with transaction() as db:
                audit.record(db, officer().staff.name, Action.UNMERGED_REPORT, str(report_id))
                merging.unmerge_report(db, held_keys(), report_id, form.why.data, officer().display_name, _told(form))
        except WorkHasStopped:
            problem = _stopped(found)
        else:
            return redirect(url_for(".report", report_id=report_id, _anchor="belongs"), 303)
    ready = _made_ready(form, "unmerged", found)
    _look(report_id)
    return render_template(
        "staff/unmerge.html",
        report=found.report,
        form=form,
        ready=ready,
        problem=problem,
        written_in=language_of(found.report.language),
        text_limit=conversations.MAX_TEXT,
        **report_words(),
    )


@blueprint.route("/reports/<uuid:report_id>/merged", methods=["GET", "POST"], endpoint="to_merged")
@only(Role.OFFICER, unlocked=True)
def to_merged(report_id: uuid.UUID) -> Response | str:
    """Write to the reporters of the reports merged into this one: to each a message of their own, to be changed first."""
    found = open_report(report_id)
    belongs = belonging.belonging_of(held_keys(), report_id)
    merged = [one.report for one in belongs.linked if one.link.kind is LinkKind.DUPLICATE and one.link.leads]
    if not merged:
        abort(404)
    merged.sort(key=lambda one: one.reference)
    pages = -(-len(merged) // WRITTEN_TO_AT_ONCE)
    number = min(max(1, request.args.get("page", 1, type=int)), pages)
    first = (number - 1) * WRITTEN_TO_AT_ONCE
    total, merged = len(merged), merged[first : first + WRITTEN_TO_AT_ONCE]
    last = next((one for one in reversed(found.messages) if one.author is Author.OFFICER and one.text), None)
    wishes = deletions.deletions_of([one.id for one in merged])
    to_each = []
    for each in merged:
        form = ToMergedForm(prefix=f"{each.reference}-")
        if request.method == "GET":
            form.message.data, form.once.data = last.text if last else "", uuid.uuid4().hex
            form.language.data = last.language if last else form.language.default
        is_stopped = merging.is_over(each, wishes.get(each.id))
        to_each.append((each, form, is_stopped))
    problem = ""
    if request.method == "POST":
        is_right = not [form for _each, form, _is_stopped in to_each if not form.validate()]
        told = {each.id: _told(form) for each, form, is_stopped in to_each if form.send.data and not is_stopped}
        if is_right and not told:
            problem = _("Tick at least one message to send.")
        elif is_right:
            with transaction() as db:
                audit.record(db, officer().staff.name, Action.WROTE_TO_MERGED, str(report_id))
                not_sent = merging.write_to_merged(db, held_keys(), report_id, officer().display_name, told)
            if not not_sent:
                on = url_for(".to_merged", report_id=report_id, page=number + 1)
                return redirect(
                    on if number < pages else url_for(".report", report_id=report_id, _anchor="messages"), 303
                )
            problem = _(
                "A report was taken back or is merged no more: nothing was sent there. The others have your message."
            )
            for each, form, _is_stopped in to_each:
                form.send.data = each.id in not_sent
    _look(report_id)
    return render_template(
        "staff/to_merged.html",
        report=found.report,
        to_each=to_each,
        number=number,
        pages=pages,
        first=first + 1,
        total=total,
        problem=problem,
        language_names={each.id: name_for_staff(each.language) for each in merged},
        text_limit=conversations.MAX_TEXT,
        **report_words(),
    )


def _look(report_id: uuid.UUID) -> None:
    """What is shown of it is looked at. Of the other report only facts are shown."""
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_REPORT, str(report_id))
        case.still_there(db, report_id)


def _hindrance(found: OpenReport, leading_id: uuid.UUID) -> str:
    """Why it cannot be merged now; empty where it can."""
    if stopped := _stopped(found):
        return stopped
    why = merging.why_not(held_keys(), found.report.id, leading_id)
    return hindrance_in_words(why) if why else ""


def _stopped(found: OpenReport) -> str:
    if conversations.is_stopped(found.conversation, deletions.find_deletion(found.report.id)):
        return _("The reporter has stopped work on this report. You cannot write to them.")
    return ""


def _told(form: ToReporterForm | ToMergedForm) -> Told:
    text = form.message.data
    return Told(text, form.language.data, conversations.message_id(form.once.data, text))


def _made_ready(form: ToReporterForm, code: str, found: OpenReport) -> Ready | None:
    """The ready-made text in the box, in the reporter's language, the first time that the page is shown."""
    if request.method == "POST":
        return None
    language: Language = language_of(found.report.language)
    partnership = current_partnership()
    by = working_days_after(today(), partnership.clocks.update, partnership.bank_holidays)
    ready = reply_in(language, code, by)
    form.message.data, form.language.data, form.once.data = ready.text, ready.language, uuid.uuid4().hex
    return ready
