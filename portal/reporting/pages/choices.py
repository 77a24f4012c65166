"""Whom we may tell, chosen anew by whoever has the report open."""

from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, session, url_for
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from portal.languages.i18n import current_language, long_day
from portal.reporting import contacts, conversations, deletions
from portal.reporting.pages.referral_wording import with_partners
from portal.reporting.pages.routes import blueprint, closed, see, see_again
from portal.reporting.pages.steps import form_of, partners, partners_page
from portal.reporting.partners import choose_partners, partners_of
from portal.reporting.questions.contact import PARTNER
from portal.web.forms import is_too_long, typed_in

# What is said among the messages: that it was changed, and that they were asked and leave it as it is.
SAYS_SO = (
    _l("I have changed whom you may tell."),
    _l("You asked me whom you may tell. I leave it as it is."),
)


@blueprint.route("/return/choices", methods=["GET", "POST"])
def choices() -> AnyResponse | str:
    """The same question as when it was sent; what is chosen here counts from now on."""
    found = conversations.find_conversation(session.get("come_back"))
    if found is None:
        return closed()
    visit, talk = found
    kept = partners_of(talk.report_id, talk.key)
    is_stopped = conversations.is_stopped(talk, deletions.find_deletion(talk.report_id))
    if is_stopped or talk.is_request or not partners(kept.asked):
        return see(url_for(".conversation"))
    page = partners_page(may_be_reached=contacts.has_contact(talk.report_id), also=kept.asked)
    answer = kept.newest.as_answer() if kept.newest else {}
    typed = visit.content.get("choices")
    form = form_of(page)(MultiDict(typed)) if typed and request.method == "GET" else form_of(page)(data=answer)
    if request.method == "POST":
        if "switch" in request.form:
            if not is_too_long(form):
                conversations.keep_typed(visit.token, choices=typed_in(form))
                return see_again()
        elif form.validate():
            given = {code.removeprefix(PARTNER): told for code, told in (form.answer() or {}).items()}
            told, told_same = (_in_both(sentence) for sentence in SAYS_SO)
            choose_partners(talk, given, current_language().code, told, uuid.uuid4(), told_same)
            conversations.keep_typed(visit.token, choices={})
            return see(url_for(".conversation", _anchor="partners"))
    return render_template(
        "reporting/choices.html",
        form=form,
        page=page,
        is_kept=kept.is_kept,
        chosen_on=long_day(kept.newest.on) if kept.newest else "",
        with_partners=with_partners(talk, kept),
        back_url=url_for(".conversation"),
        picker_form="step",
    )


def _in_both(sentence: Any) -> str:
    """As it stands among the messages, in the reporter's language and in the officers'."""
    mine = str(sentence)
    with force_locale("en_GB"):
        english = str(sentence)
    return mine if mine == english else f"{mine}\n\n{english}"
