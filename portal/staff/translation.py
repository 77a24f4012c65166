"""What a person made of a message or of the first words in another language, beside the original."""

from __future__ import annotations

import uuid

from flask import abort, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.reporting import conversations
from portal.reporting.deletions import WorkHasStopped
from portal.reporting.models import Author
from portal.reporting.translations import Original, add_translation
from portal.staff.access import blueprint, officer, only
from portal.staff.forms import TranslationForm
from portal.staff.models import Role
from portal.staff.open_report import open_report


@blueprint.route(
    "/reports/<uuid:report_id>/translate/<uuid:original_id>", methods=["GET", "POST"], endpoint="translate"
)
@only(Role.OFFICER, unlocked=True)
def translate(report_id: uuid.UUID, original_id: uuid.UUID) -> Response | str:
    """Write down what a person made of one message, or (the report's own id) of the first words, in another language."""
    original = open_report(report_id).original(original_id) or abort(404)
    form = TranslationForm(once=uuid.uuid4().hex)
    if form.validate_on_submit() and _add_translation(original, form):
        return redirect(
            url_for(".report", report_id=report_id, _anchor="messages" if original.message_id else "what"), 303
        )
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_REPORT, str(report_id))
    return render_template(
        "staff/translate.html",
        form=form,
        original=original,
        reaches_reporter=original.author is Author.OFFICER,
        text_limit=conversations.MAX_TEXT,
    )


def _add_translation(original: Original, form: TranslationForm) -> bool:
    """Keep it; where it would reach a reporter who has stopped all contact, say so beside what was written."""
    text = form.translation.data
    once = conversations.message_id(form.once.data, text)
    try:
        with transaction() as db:
            audit.record(db, officer().staff.name, Action.ADDED_TRANSLATION, str(original.report_id))
            add_translation(db, original, text, form.language.data, once, officer().display_name)
    except WorkHasStopped:
        form.translation.errors = [_("The reporter has stopped work on this report. This was not saved.")]
        return False
    return True
