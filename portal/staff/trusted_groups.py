"""Calendar editors trust groups, renew that trust, take it back, and give a new number where one was lost."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import today, transaction
from portal.events import trusted_groups
from portal.events.services import ChangedMeanwhile
from portal.events.trusted_groups import ENDS_SOON, GroupNumber
from portal.staff.access import blueprint, officer, only
from portal.staff.models import Role
from portal.staff.trusted_forms import NumberForm, RenewForm, TrustForm, in_a_year
from portal.vault import receipts
from portal.vault.keyholders import find_vault
from portal.web import errors

ONE = "/trusted-groups/<uuid:group_id>"


def _find(group_id: uuid.UUID) -> Any:
    return trusted_groups.find_group(group_id) or abort(404)


def _record(db: Any, action: Action, group_id: uuid.UUID) -> None:
    audit.record(db, officer().staff.name, action, str(group_id))


def _state(group: Any) -> tuple[str, str]:
    if group.ended_on:
        return _("Taken back"), "closed"
    if not group.is_trusted:
        return _("Ended"), "closed"
    if group.until <= today() + ENDS_SOON:
        return _("Ends soon"), "new"
    return _("Trusted"), "done"


@blueprint.get("/trusted-groups", endpoint="trusted_groups")
@only(Role.CALENDAR_EDITOR)
def groups() -> str:
    return render_template(
        "staff/trusted_groups.html", rows=[(group, *_state(group)) for group in trusted_groups.listed_groups()]
    )


@blueprint.route("/trusted-groups/new", methods=["GET", "POST"], endpoint="trust_group")
@only(Role.CALENDAR_EDITOR)
def trust_group() -> Response | str:
    """Its number is shown once, on the page that answers."""
    if find_vault() is None:
        return errors.page(503)
    form = TrustForm(data={"once": uuid.uuid4().hex, "until": in_a_year()})
    if request.method == "POST" and _is_right(form):
        number = trusted_groups.draw_number(form.page_id)
        try:
            with transaction() as db:
                group_id, is_new = trusted_groups.trust(
                    db, number, form.name.data, form.reason.data, form.last_day, officer().staff.name
                )
                if is_new:
                    _record(db, Action.TRUSTED_GROUP, group_id)
        except IntegrityError:  # the same page sent twice at the same moment: the other one stored it
            stored = trusted_groups.find_by_number(number.digits)
            if stored is None:
                raise
            group_id = stored.id
        return _number_page(group_id, number)
    return render_template("staff/trusted_group_form.html", form=form)


def _is_right(form: RenewForm) -> bool:
    """Both are looked at, so that all that is wrong is said at once."""
    is_valid = form.validate()
    return form.is_bounded() and is_valid


def _number_page(group_id: uuid.UUID, number: GroupNumber) -> str:
    return render_template(
        "staff/trusted_group_number.html", group=_find(group_id), groups=receipts.groups(number.digits)
    )


@blueprint.get(ONE, endpoint="trusted_group")
@only(Role.CALENDAR_EDITOR)
def trusted_group(group_id: uuid.UUID) -> str:
    return _page(group_id)


def _page(group_id: uuid.UUID, form: RenewForm | None = None, mistake: str = "") -> str:
    group = _find(group_id)
    form = form or RenewForm(formdata=None, data={"reason": group.reason, "until": in_a_year()})
    form.seen.show(group.sequence)
    number = NumberForm(formdata=None, data={"once": uuid.uuid4().hex})
    number.seen.show(group.sequence)
    if mistake:
        form.form_errors.append(mistake)
    state, kind = _state(group)
    return render_template(
        "staff/trusted_group.html",
        form=form,
        number=number,
        group=group,
        state=(state, kind),
        entries=audit.entries_about(str(group_id), most=8),
        action_words={
            Action.TRUSTED_GROUP: _("trusted it"),
            Action.RENEWED_TRUST: _("renewed the trust"),
            Action.ENDED_TRUST: _("took the trust back"),
            Action.GAVE_GROUP_NUMBER: _("gave it a new number"),
        },
    )


def _changed_meanwhile() -> str:
    return _("Somebody else changed this after you opened it. Nothing of yours is done yet. Look again.")


def _to(group_id: uuid.UUID) -> Response:
    return redirect(url_for(".trusted_group", group_id=group_id), 303)


@blueprint.post(f"{ONE}/renew", endpoint="renew_trust")
@only(Role.CALENDAR_EDITOR)
def renew_trust(group_id: uuid.UUID) -> Response | str:
    form = RenewForm()
    _find(group_id)
    if not _is_right(form):
        return _page(group_id, form)
    try:
        with transaction() as db:
            trusted_groups.renew(db, group_id, form.seen.data, form.reason.data, form.last_day, officer().staff.name)
            _record(db, Action.RENEWED_TRUST, group_id)
    except ChangedMeanwhile:
        return _page(group_id, form, _changed_meanwhile())
    return _to(group_id)


@blueprint.post(f"{ONE}/number", endpoint="give_group_number")
@only(Role.CALENDAR_EDITOR)
def give_group_number(group_id: uuid.UUID) -> Response | str:
    """Whoever has the old number lets nothing through with it any more."""
    form = NumberForm()
    _find(group_id)
    number = trusted_groups.draw_number(form.page_id)
    try:
        with transaction() as db:
            if trusted_groups.give_number(db, group_id, form.seen.data, number):
                _record(db, Action.GAVE_GROUP_NUMBER, group_id)
    except ChangedMeanwhile:
        return _page(group_id, mistake=_changed_meanwhile())
    return _number_page(group_id, number)


@blueprint.post(f"{ONE}/end", endpoint="end_trust")
@only(Role.CALENDAR_EDITOR)
def end_trust(group_id: uuid.UUID) -> Response:
    """At once, whatever somebody else changed meanwhile: it can be given again."""
    _find(group_id)
    with transaction() as db:
        if trusted_groups.take_back(db, group_id):
            _record(db, Action.ENDED_TRUST, group_id)
    return _to(group_id)
