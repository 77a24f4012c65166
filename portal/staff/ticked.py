"""What is done with reports that were ticked in a list: given to someone, or closed as joke reports after they were read."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from flask import render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.languages.i18n import ENGLISH, language_of
from portal.languages.words import in_words
from portal.partnership.file import current_partnership
from portal.reporting import bulk, jokes, queue_views
from portal.reporting.bulk import Done, Seen, report_of
from portal.reporting.closing import needs_second_look
from portal.reporting.jokes import CLOSED_AT_ONCE, Bulk, Checked
from portal.reporting.pages.steps import place_in_words
from portal.reporting.pages.ticked import ticked_words
from portal.reporting.queue import rows_of
from portal.reporting.queue_entries import entries_of
from portal.reporting.references import shown_reference
from portal.staff import colleagues, queue_words
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.closing_forms import JokesForm, ready_text
from portal.staff.colleagues import Colleague
from portal.staff.forms import KINDS
from portal.staff.models import Role
from portal.staff.queue_list import PAGE_SIZE, address_of, left_out, of_rows, show_list, wanted_in


@blueprint.post("/ticked", endpoint="ticked")
@only(Role.OFFICER, unlocked=True)
def ticked() -> Response | str:
    """Take them at once, or show them on a page that asks to whom they go, or whether they are jokes."""
    chosen = _ticked()
    if not chosen:
        return show_list(request.form, bulk_error=_("Tick at least one report first."))
    match request.form.get("do"):
        case "mine":
            return _give(chosen, _me())
        case "give":
            return _ask_to_whom(chosen)
    return show_jokes([one for ticket in chosen if (one := report_of(ticket)) is not None])


def _ticked() -> list[str]:
    """Those of one page at most."""
    given = request.form.getlist("shown" if request.form.get("all") else "report")
    return list(dict.fromkeys(given))[: max(PAGE_SIZE, CLOSED_AT_ONCE)]


def _me() -> Colleague:
    return next(one for one in colleagues.officers() if one.id == officer().staff.id)


def _ask_to_whom(chosen: list[str], wrong: str = "") -> str:
    if not chosen:
        return show_list(request.form, bulk_error=_("Tick at least one report first."))
    ids = [one for ticket in chosen if (one := report_of(ticket)) is not None]
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.LISTED_REPORTS, "ticked")
    rows = rows_of(held_keys(), entries_of(held_keys(), ids))
    others = [one for one in colleagues.officers() if one.active and one.id != officer().staff.id]
    wanted, _choices = wanted_in(request.form)
    return render_template(
        "staff/give_ticked.html",
        chosen=chosen,
        others=others,
        wanted=wanted,
        wrong=wrong,
        words=queue_words,
        **of_rows(rows),
    )


@blueprint.post("/assign", endpoint="assign")
@only(Role.OFFICER, unlocked=True)
def assign() -> Response | str:
    chosen = _ticked()
    to = next((one for one in colleagues.officers() if one.active and one.id.hex == request.form.get("to")), None)
    if to is None:
        return _ask_to_whom(chosen, _("Choose a colleague."))
    return _give(chosen, to)


def _give(chosen: list[str], to: Colleague) -> str:
    staff = officer().staff
    done = bulk.assign_reports(chosen, to.id, to.member_id, staff.id, staff.name)
    return _show_done(done, "given", to.name)


def _show_done(done: Done, what: str, name: str = "") -> str:
    """The list again, with what was done above it; those that were left out are named, each with why."""
    return show_list(request.form, done=done, done_what=what, done_name=name, left_out=left_out(done))


def show_jokes(ids: list[uuid.UUID], *, of: int = 0, form: JokesForm | None = None) -> str:
    """All that was written in them, in full, to be closed or not; `of` how many a group has altogether."""
    staff, outcome = officer().staff, current_partnership().bulk_outcome
    wanted, _choices = wanted_in(request.form)
    if outcome is None:
        return render_template(
            "staff/close_jokes.html", outcome=None, count=0, cannot=[], wanted=wanted, address=address_of
        )
    ours = {entry.report_id for entry in entries_of(held_keys(), ids) if entry.is_ours}
    ids = [one for one in ids if one in ours]
    with transaction() as db:
        for one in ids:
            audit.record(db, staff.name, Action.OPENED_REPORT, str(one))
    # Before they are opened: what comes in between must not count as seen.
    tickets = bulk.tickets(ids, Seen.READ, staff.id)
    checked = jokes.check_jokes(held_keys(), ids)
    can = [one for one in checked if one.why_not is None]
    cannot = [one for one in checked if one.why_not is not None]
    return render_template(
        "staff/close_jokes.html",
        form=form or JokesForm(formdata=None),
        outcome=outcome,
        can=_by_text(can),
        count=len(can),
        cannot=cannot,
        tickets=tickets,
        of=of,
        wanted=wanted,
        address=address_of,
        waiting=sum(needs_second_look(one.report.kind, immediate_risk=one.report.immediate_risk) for one in can),
        message=outcome.text[ENGLISH],
        in_words=in_words,
        words=queue_words,
        kind_words=KINDS,
        ticked_words=ticked_words,
        place_in_words=place_in_words,
        shown_reference=shown_reference,
    )


def _by_text(checked: Iterable[Checked]) -> list[tuple[str, list[Checked]]]:
    """The same words stand once, with the reports that say them."""
    found: dict[str, list[Checked]] = {}
    for one in checked:
        found.setdefault(one.text, []).append(one)
    return list(found.items())


@blueprint.post("/close-jokes", endpoint="close_jokes")
@only(Role.OFFICER, unlocked=True)
def close_jokes() -> Response | str:
    """Close what is still ticked on the page that showed it in full."""
    chosen = _ticked()
    if not chosen:
        return show_list(request.form, bulk_error=_("Tick at least one report first."))
    ids = [one for ticket in chosen if (one := report_of(ticket)) is not None]
    form, outcome = JokesForm(), current_partnership().bulk_outcome
    if outcome is None or not form.validate():
        return show_jokes(ids, form=form)
    ready = {code: ready_text(outcome, language_of(code)) for code in jokes.languages_of(ids)}
    who = Bulk(by_id=officer().staff.id, actor=officer().staff.name, by=officer().display_name)
    messages = {code: (each.text, each.language) for code, each in ready.items()}
    done = jokes.close_jokes(held_keys(), chosen, outcome.code, messages, form.why.data or "", who)
    return _show_done(done, "closed")


@blueprint.route("/alike-words", methods=["GET", "POST"], endpoint="alike_words")
@only(Role.OFFICER, unlocked=True)
def alike() -> Response | str:
    """Reports of a list sorted by their words; POST shows those of one group, some at a time."""
    wanted, _choices = wanted_in(request.values)
    staff = officer().staff
    listed = queue_views.listing(held_keys(), staff.id.bytes, wanted)
    ids = [
        entry.report_id
        for entry in sorted(listed.entries, key=lambda one: (one.received_on, one.id), reverse=True)
        if entry.is_ours
    ]
    sample = _uuid(request.form.get("sample", ""))
    if sample is not None:
        alike_ids = jokes.alike_to(held_keys(), sample, ids)
        if alike_ids:
            return show_jokes(alike_ids[:CLOSED_AT_ONCE], of=len(alike_ids))
    found = jokes.alike_reports(held_keys(), ids)
    with transaction() as db:
        audit.record(db, staff.name, Action.SEARCHED_REPORTS)
        for group in found.groups:
            audit.record(db, staff.name, Action.OPENED_REPORT, str(group.first.report.id))
    return render_template("staff/alike_words.html", sorted=found, wanted=wanted, address=address_of, words=queue_words)


def _uuid(code: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(code)
    except ValueError:
        return None
