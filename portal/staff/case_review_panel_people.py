"""Who sits on the panel of a case review, who stepped aside, and how the applicant takes part."""

from __future__ import annotations

import uuid

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.audit import Action
from portal.case_review import panel_meeting, panel_members, panel_statements
from portal.case_review.panel_labels import body_in_words
from portal.case_review.panel_members import OpenMember
from portal.languages.i18n import current_language
from portal.staff.access import blueprint, officer, only
from portal.staff.case_review_panel_accounts import PanelAccount, agency_of, panel_accounts
from portal.staff.case_review_panel_door import PANEL, AtPanel, open_panel, step
from portal.staff.case_review_panel_forms import MemberForm, ReasonForm, TakeDownForm, once_of
from portal.staff.colleagues import names_of
from portal.staff.models import Role
from portal.text import one_line


@blueprint.route(f"{PANEL}/members/new", methods=["GET", "POST"], endpoint="case_review_new_member")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def new_member(review_id: uuid.UUID) -> Response | str:
    """An account, which opens the papers from then on, or somebody from outside by name."""
    at = open_panel(review_id)
    accounts = panel_accounts()
    form = MemberForm(once=uuid.uuid4().hex)
    form.offer(accounts.values())
    if form.validate_on_submit():
        chosen = next((one for one in accounts.values() if one.account.staff_id.hex == form.who.data), None)
        if step(
            review_id,
            form,
            Action.CHANGED_PANEL,
            lambda db: panel_members.add_member(
                db,
                review_id,
                at.keys,
                name=chosen.name if chosen else form.name.data,
                agency=form.agency.data or (agency_of(chosen) if chosen else ""),
                role=one_line(form.role.data),
                account=chosen.account if chosen else None,
                once=once_of(form),
            ),
        ):
            return redirect(url_for(".case_review_panel", review_id=review_id), 303)
    return render_template(
        "staff/case_review_panel_form.html",
        heading=_("Somebody for the panel"),
        review_id=review_id,
        form=form,
        hints={
            "who": _("Nobody who is named in the case. Whoever has an account opens the papers of this panel only."),
            "agency": _("Leave it empty for somebody with an account: their agency is known."),
        },
        intro="",
        save=_("Add them"),
    )


@blueprint.route(f"{PANEL}/members/<uuid:member_id>", methods=["GET", "POST"], endpoint="case_review_member")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def member(review_id: uuid.UUID, member_id: uuid.UUID) -> Response | str:
    """Name them as chair, let them step aside or sit again, give them the papers anew."""
    at = open_panel(review_id)
    one = next((each for each in panel_members.members_of(review_id, at.keys) if each.id == member_id), None)
    if one is None:
        abort(404)
    account = panel_accounts().get(one.staff_id) if one.staff_id else None
    form = ReasonForm()
    if request.method == "POST" and _change(at, one, form, account):
        return redirect(url_for(".case_review_panel", review_id=review_id, _anchor="members"), 303)
    names = names_of([one.staff_id] if one.staff_id else [])
    return render_template(
        "staff/case_review_member.html",
        review_id=review_id,
        form=form,
        one=one,
        called=names.get(one.staff_id, one.name) if one.staff_id else one.name,
        body_in_words=body_in_words,
        can_change=at.panel.is_open,
        is_key_stale=account is not None and one.sits and one.wrapped_for != account.account.member_id,
        has_left=one.staff_id is not None and account is None,
    )


def _change(at: AtPanel, one: OpenMember, form: ReasonForm, account: PanelAccount | None) -> bool:
    review_id, keys, own = at.panel.review_id, at.keys, account.account if account else None
    by = officer().display_name
    match request.form.get("act"):
        case "chair":
            return step(
                review_id, form, Action.CHANGED_PANEL, lambda db: panel_members.name_chair(db, review_id, one.id)
            )
        case "papers":
            return step(
                review_id,
                form,
                Action.CHANGED_PANEL,
                lambda db: panel_members.give_papers(db, review_id, keys, one.id, own),
            )
        case "aside" if form.validate():
            return step(
                review_id,
                form,
                Action.RECORDED_CONFLICT,
                lambda db: panel_members.step_aside(db, review_id, keys, one.id, why=form.why.data, by=by),
            )
        case "again" if form.validate():
            return step(
                review_id,
                form,
                Action.RECORDED_CONFLICT,
                lambda db: panel_members.sit_again(db, review_id, keys, one.id, why=form.why.data, by=by, account=own),
            )
    return False


@blueprint.route(f"{PANEL}/invitation", methods=["GET", "POST"], endpoint="case_review_invitation")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def invitation(review_id: uuid.UUID) -> Response | str:
    """Invite the applicant, or write down why not."""
    at = open_panel(review_id)
    form = ReasonForm()
    if request.method == "POST":
        if request.form.get("act") == "invite":
            done = step(review_id, form, Action.INVITED_TO_PANEL, lambda db: panel_meeting.invite(db, review_id))
        else:
            done = form.validate() and step(
                review_id,
                form,
                Action.DID_NOT_INVITE,
                lambda db: panel_meeting.do_not_invite(
                    db, review_id, at.keys, why=form.why.data, by=officer().display_name
                ),
            )
        if done:
            return redirect(url_for(".case_review_panel", review_id=review_id, _anchor="applicant"), 303)
    return render_template("staff/case_review_invitation.html", review_id=review_id, form=form, panel=at.panel)


@blueprint.route(f"{PANEL}/applicant", methods=["GET", "POST"], endpoint="case_review_take_down")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def take_down(review_id: uuid.UUID) -> Response | str:
    """What the applicant said on the telephone: how they take part, and what the panel is to know."""
    at = open_panel(review_id)
    known = at.panel.answer
    stored = {"way": known.way.value, "with_supporter": known.with_supporter, "needs": known.needs} if known else {}
    form = TakeDownForm(data={"once": uuid.uuid4().hex, "language": current_language().code} | stored)
    form.offer()
    if form.validate_on_submit() and step(
        review_id, form, Action.TOOK_DOWN_FOR_PANEL, lambda db: _take_down(db, review_id, at, form)
    ):
        return redirect(url_for(".case_review_panel", review_id=review_id, _anchor="applicant"), 303)
    return render_template(
        "staff/case_review_panel_form.html",
        heading=_("What the person who applied told you"),
        review_id=review_id,
        form=form,
        hints={
            "needs": _("For example an interpreter, a ramp, a break, or somebody not to be met."),
            "note": _("In their own words. Everybody who sits on the panel reads it."),
        },
        intro="",
        save=_("Save"),
    )


def _take_down(db: Session, review_id: uuid.UUID, at: AtPanel, form: TakeDownForm) -> None:
    by = officer().display_name
    if form.chosen:
        panel_meeting.answer_invitation(
            db,
            review_id,
            at.keys,
            form.chosen,
            with_supporter=form.with_supporter.data,
            needs=form.needs.data,
            by=by,
        )
    if form.note.data:
        once = uuid.uuid5(once_of(form), form.note.data)
        panel_statements.add_statement(db, review_id, at.keys, form.note.data, form.language.data, once, by=by)
