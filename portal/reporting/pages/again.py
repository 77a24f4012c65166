"""It happened again: one more time, told on a page of its own under the same receipt."""

from __future__ import annotations

import uuid

from flask import render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from portal.db import today
from portal.files import uploads
from portal.languages.i18n import current_language, long_day
from portal.reporting import conversations, deletions, promises
from portal.reporting import files as added_files
from portal.reporting.again import Happening, add_happening, count_happenings
from portal.reporting.deletions import WorkHasStopped
from portal.reporting.models import Author, Promise
from portal.reporting.pages.again_form import AgainForm
from portal.reporting.pages.routes import blueprint, closed, see, see_again
from portal.reporting.pages.wording import answer_in_words
from portal.vault.drafts import Draft, Purpose
from portal.web.forms import is_too_long, typed_in
from portal.web.security import chosen_files, file_sender, takes_files


@blueprint.route("/return/again", methods=["GET", "POST"])
@takes_files("come_back")
def again() -> AnyResponse | str:
    """Tell of one more time; only the day is expected, and it is today until they say otherwise."""
    found = conversations.find_conversation(session.get("come_back"))
    if found is None:
        return closed()
    visit, talk = found
    if conversations.is_stopped(talk, deletions.find_deletion(talk.report_id)):
        return see(url_for(".conversation"))
    typed = visit.content.get("again") if request.method == "GET" else None
    form = AgainForm(MultiDict(typed)) if typed else AgainForm(data={"when": "today"})
    added = added_files.files_in(visit)
    if request.method == "POST":
        answer, added = _received(form, visit, talk)
        if answer is not None:
            return answer
    if not form.once.data:
        form.once.data = uuid.uuid4().hex
    return render_template(
        "reporting/again.html",
        form=form,
        added=added,
        accept=uploads.ACCEPT,
        back_url=url_for(".conversation"),
        picker_form="step",
    )


def _received(
    form: AgainForm, visit: Draft, talk: conversations.Conversation
) -> tuple[AnyResponse | None, list[uploads.Added]]:
    """Send what was told and added; None, with what was added so far, where something has to be mended first."""
    token, held = visit.token, added_files.files_in(visit)
    if "take_out" in request.form:
        added_files.take_out(token, Purpose.COME_BACK, request.form["take_out"])
    found, refused = added_files.add_files(
        token, Purpose.COME_BACK, chosen_files(form.files.name), file_sender(), originals=form.originals.data
    )
    if found is None:
        return closed(), []
    added = added_files.files_in(found)
    is_right = form.validate()
    form.files.errors = [uploads.refusal_in_words(name, why) for name, why in refused]
    if {"switch", "take_out"} & request.form.keys() and not refused and not is_too_long(form):
        conversations.keep_typed(token, again=typed_in(form))
        return see_again(), added
    if not is_right or refused or added_files.has_change_since(held, found):
        return None, added
    told = Happening(form.answer(), form.lasted.data or None, tuple(form.harm.data or ()), words=form.words.data or "")
    try:
        add_happening(token, talk, told, current_language().code, form.once.data)
    except WorkHasStopped:
        return see(url_for(".conversation")), []
    return see(url_for(".again_added")), []


@blueprint.get("/return/again/added")
def again_added() -> AnyResponse | str:
    """It has arrived: how often they have told us now, and when an answer is due."""
    found = conversations.find_conversation(session.get("come_back"))
    if found is None:
        return closed()
    talk = found[1]
    messages = conversations.messages_of(talk, Author.REPORTER)
    answer = promises.find_owed(promises.owed_to(talk.report_id), Promise.ANSWER)
    if answer is None or not any(one.again is not None and one.sent_on == today() for one in messages):
        return see(url_for(".conversation"))
    return render_template(
        "reporting/again_added.html",
        times=count_happenings(messages),
        answered=answer_in_words(answer)
        if answer.is_overdue
        else _("An answer is due by %(day)s.", day=long_day(answer.due_on)),
        back_url=url_for(".conversation"),
    )
