"""The panel of one case review: what stands in the way, its meeting, and that it was held."""

from __future__ import annotations

import uuid

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.audit import Action
from portal.case_review import (
    panel_meeting,
    panel_members,
    panel_minutes,
    panel_recommendations,
    panel_second_look,
    records,
)
from portal.case_review.models import ReviewPart
from portal.case_review.panel_labels import ACCEPTANCE, ATTENDANCE, OBSTACLES, PROGRESS, body_in_words
from portal.case_review.panel_members import OpenMember
from portal.case_review.panel_rules import why_not_held
from portal.case_review.panel_sealing import MAX_TEXT
from portal.case_review.panel_statements import statements_of
from portal.db import today
from portal.languages.i18n import day_and_year
from portal.staff.access import blueprint, held_keys, only
from portal.staff.case_review_panel_door import PANEL, AtPanel, open_panel, record_look, step
from portal.staff.case_review_panel_forms import HeldForm, MeetingForm, SummaryForm
from portal.staff.colleagues import names_of, whose_work_is_free
from portal.staff.models import Role


@blueprint.get(PANEL, endpoint="case_review_panel")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def panel(review_id: uuid.UUID) -> str:
    """All of it on one page: who sits, what the applicant chose, what is recommended and how far that is."""
    at = open_panel(review_id)
    record_look(review_id)
    members = panel_members.members_of(review_id, at.keys)
    recommendations = panel_recommendations.recommendations_of(review_id, at.keys)
    left = whose_work_is_free()
    look = panel_second_look.look_at(review_id, at.keys)
    return render_template(
        "staff/case_review_panel.html",
        review_id=review_id,
        panel=at.panel,
        members=members,
        names=names_of(one.staff_id for one in members if one.staff_id),
        statements=statements_of(review_id, at.keys),
        obstacle=_obstacle(at, members),
        recommendations=recommendations,
        owners=names_of(one.owner_id for one in recommendations if one.owner_id),
        left=left,
        minutes=panel_minutes.minutes_of(review_id, at.keys),
        look=look,
        look_is_offered=panel_second_look.is_offered(),
        attendance_words=ATTENDANCE,
        progress_words=PROGRESS,
        acceptance_words=ACCEPTANCE,
        body_in_words=body_in_words,
    )


def _obstacle(at: AtPanel, members: list[OpenMember]) -> str:
    """What is still to be done before the meeting can be held; empty where nothing is, or it was."""
    shown = at.panel
    if shown.held_on is not None or not shown.is_open:
        return ""
    seats = [one.seat for one in members]
    found = why_not_held(
        seats,
        [seat.id for seat in seats if seat.sits],
        meets_on=shown.meeting.on if shown.meeting else None,
        is_invited=shown.invited_on is not None or shown.not_invited is not None,
        on=shown.meeting.on if shown.meeting else today(),
    )
    return str(OBSTACLES[found]) if found else ""


@blueprint.route(f"{PANEL}/meeting", methods=["GET", "POST"], endpoint="case_review_meeting")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def meeting(review_id: uuid.UUID) -> Response | str:
    """Its day, hour and place; changed, the applicant is to be invited again."""
    at = open_panel(review_id)
    known = at.panel.meeting
    stored = (
        {"meets_on": known.on, "starts": known.time, "is_online": known.is_online, "place": known.place}
        if known
        else {}
    )
    form = MeetingForm(data=stored)
    if form.validate_on_submit() and step(
        review_id,
        form,
        Action.ARRANGED_PANEL,
        lambda db: panel_meeting.arrange(
            db,
            review_id,
            at.keys,
            on=form.meets_on.data,
            time=f"{form.time:%H:%M}",
            is_online=form.is_online.data,
            place=form.place.data,
        ),
    ):
        return redirect(url_for(".case_review_panel", review_id=review_id), 303)
    hints = {
        "meets_on": None,
        "starts": _("Like 18:30."),
        "place": _("The person who applied reads this once you invite them."),
    }
    return render_template(
        "staff/case_review_panel_form.html",
        heading=_("The meeting of the panel"),
        review_id=review_id,
        form=form,
        hints=hints,
        intro=_("If you change the day, the time or the place, the person who applied must be invited again.")
        if at.panel.invited_on
        else "",
        save=_("Save"),
    )


@blueprint.route(f"{PANEL}/summary", methods=["GET", "POST"], endpoint="case_review_summary")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def summary(review_id: uuid.UUID) -> Response | str:
    """The panel does not open the application: somebody tells it what it needs, and leaves out whom it need not know."""
    at = open_panel(review_id)
    form = SummaryForm(data={"note": _told(review_id) if at.panel.summary is None else at.panel.summary})
    if form.validate_on_submit() and step(
        review_id,
        form,
        Action.CHANGED_PANEL,
        lambda db: panel_meeting.write_summary(db, review_id, at.keys, form.note.data),
    ):
        return redirect(url_for(".case_review_panel", review_id=review_id), 303)
    return render_template(
        "staff/case_review_panel_form.html",
        heading=_("The case in short"),
        review_id=review_id,
        form=form,
        hints={"note": _("Leave out names, addresses and phone numbers that the panel does not need.")},
        intro=_("Everybody who sits on the panel reads this. They do not see the application itself."),
        save=_("Save"),
    )


def _told(review_id: uuid.UUID) -> str:
    """What the application says, to begin with."""
    keys = records.keys_of_staff(review_id, held_keys())
    told = records.readable_part(review_id, keys, ReviewPart.APPLICATION) if keys else None
    words = [(told or {}).get(name) for name in ("happened", "not_done")]
    return "\n\n".join(filter(None, words))[:MAX_TEXT]


@blueprint.route(f"{PANEL}/held", methods=["GET", "POST"], endpoint="case_review_held")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def held(review_id: uuid.UUID) -> Response | str:
    """Tick who was there. Not without a chair, nor before the applicant was invited or it says why not."""
    at = open_panel(review_id)
    members = panel_members.members_of(review_id, at.keys)
    names = names_of(one.staff_id for one in members if one.staff_id)
    form = HeldForm()
    form.attended.choices = [
        (one.id.hex, _said(one, names.get(one.staff_id) if one.staff_id else None)) for one in members if one.sits
    ]
    if form.validate_on_submit() and step(
        review_id,
        form,
        Action.HELD_PANEL,
        lambda db: panel_meeting.hold(db, review_id, {uuid.UUID(each) for each in form.attended.data}),
    ):
        return redirect(url_for(".case_review_panel", review_id=review_id), 303)
    known = at.panel.meeting
    return render_template(
        "staff/case_review_panel_form.html",
        heading=_("The meeting was held"),
        review_id=review_id,
        form=form,
        hints={},
        intro=_("The meeting of %(day)s. This cannot be undone.", day=day_and_year(known.on)) if known else "",
        save=_("It was held"),
    )


def _said(one: OpenMember, name: str | None) -> str:
    """A member with what they are there for, as an answer to tick."""
    called = name or one.name or "?"
    agency = body_in_words(one.agency)
    if one.is_chair:
        return _("%(name)s, %(agency)s, in the chair", name=called, agency=agency)
    return _("%(name)s, %(agency)s", name=called, agency=agency)
