"""Leave an email address for "there is something new", change it, or take it out; it is never shown again."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse
from wtforms import StringField

from portal import limits
from portal.config import settings
from portal.languages.i18n import current_language
from portal.partnership.file import current_partnership
from portal.reporting import conversations, deletions, nudges
from portal.reporting.nudges import Status
from portal.reporting.pages.routes import blueprint, closed, see, see_again
from portal.vault.sealing import SealError
from portal.web.forms import Form

MAX_CHANGES_PER_HOUR = 10


class NudgeForm(Form):
    """One address, as a mail server takes it."""

    address = StringField(_l("Email address"))
    usable: str = ""

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        self.usable = nudges.usable_address(self.address.data or "") or ""
        if is_valid and not self.usable:
            self.address.errors = [_("Write one email address, like name@example.com.")]
        return is_valid and bool(self.usable)


@blueprint.route("/return/nudge", methods=["GET", "POST"])
def nudge() -> AnyResponse | str:
    """What a mail gives away, before an address is left."""
    found = conversations.find_conversation(session.get("come_back"))
    if found is None:
        return closed()
    visit, talk = found
    report_id = talk.report_id
    back = url_for(".conversation", _anchor="nudge")
    if request.method == "POST" and "take_out" in request.form:
        nudges.take_out_address(report_id)
        return see(back)
    status = nudges.status_of(report_id)
    may_leave = nudges.is_offered() and not conversations.is_stopped(talk, deletions.find_deletion(report_id))
    if not may_leave and status is Status.NONE:
        return see(url_for(".conversation"))
    form = NudgeForm(address=visit.content.get("nudge"))
    if request.method == "POST" and "switch" in request.form:
        if len(form.address.data or "") <= nudges.LONGEST:
            conversations.keep_typed(visit.token, nudge=form.address.data or "")
            return see_again()
        form.validate()
    elif request.method == "POST" and may_leave and form.validate():
        if limits.count_visit("nudge") > MAX_CHANGES_PER_HOUR:
            form.address.errors = [_("The address was changed too often. Wait an hour and try again.")]
        elif _is_left(report_id, form):
            conversations.keep_typed(visit.token, nudge="")
            return see(back)
    return render_template(
        "reporting/nudge.html",
        form=form,
        status=status,
        may_leave=may_leave,
        sender=settings().nudge_from,
        most=nudges.MOST_UNREAD,
        months=current_partnership().retention.contact_months,
        back_url=url_for(".conversation"),
        picker_form="step" if may_leave else None,
    )


def _is_left(report_id: Any, form: NudgeForm) -> bool:
    try:
        nudges.leave_address(report_id, form.usable, current_language().code)
    except SealError:
        form.address.errors = [_("We cannot take an address just now. Try again later.")]
        return False
    return True
