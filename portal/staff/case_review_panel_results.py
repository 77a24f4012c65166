"""What came of a panel: recommendations and how far they are, the minutes, the outcome, the second look."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.audit import Action
from portal.case_review import panel_meeting, panel_minutes, panel_recommendations, panel_second_look
from portal.case_review.panel_labels import ACCEPTANCE, PROGRESS, body_in_words, policing_body
from portal.case_review.panel_minutes import NEW
from portal.case_review.panel_models import Acceptance, Progress
from portal.case_review.panel_recommendations import OpenRecommendation
from portal.languages.i18n import current_language, name_for_staff
from portal.reporting.references import shown_reference
from portal.staff.access import blueprint, officer, only
from portal.staff.case_review_panel_accounts import PanelAccount, panel_accounts
from portal.staff.case_review_panel_door import PANEL, AtPanel, open_panel, step
from portal.staff.case_review_panel_forms import (
    OUTSIDE,
    AcceptanceForm,
    LookForm,
    MinutesForm,
    OutcomeForm,
    OwnerFields,
    RecommendationForm,
    SettleForm,
    once_of,
)
from portal.staff.colleagues import names_of, whose_work_is_free
from portal.staff.models import Role
from portal.web.forms import Form


@blueprint.route(f"{PANEL}/recommendations/new", methods=["GET", "POST"], endpoint="case_review_new_recommendation")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def new_recommendation(review_id: uuid.UUID) -> Response | str:
    """The panel's own; once the applicant was told, one that the second look makes."""
    at = open_panel(review_id)
    accounts = list(panel_accounts().values())
    form = RecommendationForm(once=uuid.uuid4().hex)
    form.offer(accounts)
    if form.validate_on_submit() and step(
        review_id,
        form,
        Action.CHANGED_RECOMMENDATION,
        lambda db: panel_recommendations.add_recommendation(
            db,
            review_id,
            at.keys,
            text=form.text.data,
            translation=form.translation.data or "",
            body=form.chosen_body,
            owner=form.owner_in(accounts),
            due_on=form.due_on.data,
            once=once_of(form),
            is_from_second_look=not at.panel.is_open,
        ),
    ):
        return redirect(url_for(".case_review_panel", review_id=review_id, _anchor="recommendations"), 303)
    return render_template(
        "staff/case_review_panel_form.html",
        heading=_("A recommendation"),
        review_id=review_id,
        form=form,
        hints={
            "text": _("The person who applied reads it, with the body and the day, never who answers for it."),
            "translation": _they_read(at),
            "owner": _("One person who can say whether it was done."),
        },
        intro="" if at.panel.is_open else _("It is added as one of the second look."),
        save=_("Add it"),
    )


def _they_read(at: AtPanel) -> str:
    language = name_for_staff(at.panel.language)
    return _("They read: %(language)s. What you wrote stays the original.", language=language)


@blueprint.get("/case-reviews/recommendations", endpoint="case_review_recommendations")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def recommendations() -> str:
    """Of every review what is still to be done, the late ones first; those whose owner has left say so."""
    rows = panel_recommendations.open_everywhere()
    return render_template(
        "staff/case_review_recommendations.html",
        rows=rows,
        owners=names_of(one.owner_id for one in rows if one.owner_id),
        left=whose_work_is_free(),
        shown_reference=shown_reference,
    )


@blueprint.route(
    f"{PANEL}/recommendations/<uuid:row_id>", methods=["GET", "POST"], endpoint="case_review_recommendation"
)
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def recommendation(review_id: uuid.UUID, row_id: uuid.UUID) -> Response | str:
    """What the body said to it, whether it was done, and who answers for it from now on."""
    at = open_panel(review_id)
    found = panel_recommendations.recommendations_of(review_id, at.keys)
    one = next((each for each in found if each.id == row_id), None) or abort(404)
    accounts = list(panel_accounts().values())
    act = request.form.get("act", "")
    forms = _forms(one, act)
    forms.give.offer(accounts)
    if request.method == "POST" and (acted := forms.named(act)) is not None and acted.validate():
        action = Action.CHANGED_RECOMMENDATION
        if step(review_id, acted, action, lambda db: _change(db, at, one, act, forms, accounts)):
            return redirect(url_for(".case_review_panel", review_id=review_id, _anchor="recommendations"), 303)
    left = whose_work_is_free()
    return render_template(
        "staff/case_review_recommendation.html",
        review_id=review_id,
        one=one,
        forms=forms,
        acted=forms.named(act),
        owner=names_of([one.owner_id]).get(one.owner_id, one.owner) if one.owner_id else one.owner,
        has_left=one.owner_id in left,
        progress_words=PROGRESS,
        acceptance_words=ACCEPTANCE,
        body_in_words=body_in_words,
        hints=dict.fromkeys(("settled_translation", "acceptance_translation"), _they_read(at)),
    )


@dataclass(frozen=True)
class _Forms:
    """The three forms of one page; only the one whose button was pressed reads what was sent."""

    accept: AcceptanceForm
    settle: SettleForm
    give: OwnerFields

    def named(self, act: str) -> Form | None:
        return {"accept": self.accept, "settle": self.settle, "give": self.give}.get(act)


def _forms(one: OpenRecommendation, act: str) -> _Forms:
    def how(name: str, **stored: Any) -> dict[str, Any]:
        return {"data": stored} if name == act else {"data": stored, "formdata": None}

    return _Forms(
        AcceptanceForm(
            **how(
                "accept",
                acceptance=one.acceptance.value,
                acceptance_why=one.acceptance_why,
                acceptance_translation=one.acceptance_translation,
            )
        ),
        SettleForm(
            **how(
                "settle",
                progress=one.progress.value,
                settled_why=one.why,
                settled_translation=one.why_translation,
            )
        ),
        OwnerFields(
            **how(
                "give",
                owner=one.owner_id.hex if one.owner_id else OUTSIDE,
                owner_name="" if one.owner_id else one.owner,
                due_on=one.due_on,
            )
        ),
    )


def _change(
    db: Session, at: AtPanel, one: OpenRecommendation, act: str, forms: _Forms, accounts: list[PanelAccount]
) -> None:
    review_id = at.panel.review_id
    if act == "accept":
        acceptance = Acceptance(forms.accept.acceptance.data)
        said = forms.accept.acceptance_why.data, forms.accept.acceptance_translation.data
        panel_recommendations.note_acceptance(db, review_id, at.keys, one.id, acceptance, *said)
    elif act == "settle":
        progress = Progress(forms.settle.progress.data)
        said = forms.settle.settled_why.data, forms.settle.settled_translation.data
        panel_recommendations.settle(db, review_id, at.keys, one.id, progress, *said, left=whose_work_is_free())
    else:
        owner = forms.give.owner_in(accounts)
        panel_recommendations.give_on(db, review_id, at.keys, one.id, owner, forms.give.due_on.data)


@blueprint.route(f"{PANEL}/minutes", methods=["GET", "POST"], endpoint="case_review_minutes")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def minutes(review_id: uuid.UUID) -> Response | str:
    """Written until they are agreed; after that a new version with its reason, and both stay."""
    at = open_panel(review_id)
    versions = panel_minutes.minutes_of(review_id, at.keys)
    newest = versions[0] if versions else None
    form = MinutesForm(data={"note": newest.text if newest else ""})
    if request.method == "POST":
        seen, by = form.seen.data or NEW, officer().display_name
        if request.form.get("act") == "agree":
            done = step(
                review_id,
                form,
                Action.AGREED_PANEL_MINUTES,
                lambda db: panel_minutes.agree_minutes(db, review_id, at.keys, by=by, seen=seen),
            )
        else:
            done = form.validate() and step(
                review_id,
                form,
                Action.WROTE_PANEL_MINUTES,
                lambda db: panel_minutes.write_minutes(
                    db, review_id, at.keys, text=form.note.data, by=by, seen=seen, why=form.why.data or ""
                ),
            )
        if done:
            return redirect(url_for(".case_review_minutes", review_id=review_id), 303)
        versions = panel_minutes.minutes_of(review_id, at.keys)
        newest = versions[0] if versions else None
    form.seen.data = newest.seen if newest else NEW
    return render_template(
        "staff/case_review_minutes.html",
        review_id=review_id,
        form=form,
        panel=at.panel,
        versions=versions,
        newest=newest,
    )


@blueprint.route(f"{PANEL}/outcome", methods=["GET", "POST"], endpoint="case_review_outcome")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def outcome(review_id: uuid.UUID) -> Response | str:
    """The applicant reads it at once, with every recommendation; the review is then done."""
    at = open_panel(review_id)
    form = OutcomeForm(language=current_language().code)
    form.offer()
    if form.validate_on_submit() and step(
        review_id,
        form,
        Action.TOLD_OUTCOME,
        lambda db: panel_meeting.tell_outcome(
            db,
            review_id,
            at.keys,
            text=form.message.data,
            language=form.language.data,
            translation=form.translation.data or "",
            by=officer().display_name,
        ),
    ):
        return redirect(url_for(".case_review_panel", review_id=review_id), 303)
    count = len(panel_recommendations.recommendations_of(review_id, at.keys))
    return render_template(
        "staff/case_review_panel_form.html",
        heading=_("Tell the outcome"),
        review_id=review_id,
        form=form,
        hints={
            "message": _("Say in plain words what the panel found, and what happens now."),
            "translation": _they_read(at),
        },
        intro=ngettext(
            "The person who applied reads this at once, with %(num)s recommendation. It cannot be changed after that.",
            "The person who applied reads this at once, with %(num)s recommendations. It cannot be changed after that.",
            count,
        ),
        save=_("Tell them"),
    )


@blueprint.route(f"{PANEL}/second-look", methods=["GET", "POST"], endpoint="case_review_second_look")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def second_look(review_id: uuid.UUID) -> Response | str:
    """What the applicant asks the policing body, that it was passed on, and what it answered."""
    at = open_panel(review_id)
    look = panel_second_look.look_at(review_id, at.keys)
    form = LookForm()
    if request.method == "POST":
        act = request.form.get("act")
        if act == "passed":
            done = step(
                review_id, form, Action.HANDLED_SECOND_LOOK, lambda db: panel_second_look.pass_on(db, review_id)
            )
        else:
            done = form.validate() and step(
                review_id,
                form,
                Action.HANDLED_SECOND_LOOK,
                lambda db: _record_look(db, at, form, is_answer=act == "answer"),
            )
        if done:
            return redirect(url_for(".case_review_second_look", review_id=review_id), 303)
    return render_template(
        "staff/case_review_second_look.html",
        review_id=review_id,
        form=form,
        panel=at.panel,
        look=look,
        is_offered=panel_second_look.is_offered(),
        body=policing_body(),
        they_read=_they_read(at),
    )


def _record_look(db: Session, at: AtPanel, form: LookForm, *, is_answer: bool) -> None:
    """As the button said: a request that is sent again is never taken for the answer to it."""
    review_id = at.panel.review_id
    if is_answer:
        panel_second_look.record_answer(db, review_id, at.keys, form.message.data, form.translation.data or "")
    else:
        panel_second_look.ask_for_look(db, review_id, at.keys, form.message.data, by=officer().display_name)
