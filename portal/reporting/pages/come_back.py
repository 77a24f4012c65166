"""The pages that a receipt opens: how far a report is, the messages, taking it back, having it deleted."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, render_template, request, session, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal import limits
from portal.files import uploads
from portal.languages.i18n import current_language, languages, long_day
from portal.languages.sentences import safety
from portal.partnership.file import current_partnership
from portal.reporting import (
    contacts,
    conversations,
    counts,
    deletions,
    hand_overs,
    merging,
    nudges,
    promises,
    services,
    translations,
)
from portal.reporting import files as added_files
from portal.reporting.again import Happening
from portal.reporting.closing import Ending, ending_of
from portal.reporting.conversations import Conversation, OpenMessage
from portal.reporting.models import Author, State
from portal.reporting.pages import desks
from portal.reporting.pages.forms import HelpedForm, MessageForm, ReadAloudForm, ReceiptForm
from portal.reporting.pages.outcome_wording import complaining, outcome_for_reporter
from portal.reporting.pages.referral_wording import told_to
from portal.reporting.pages.routes import blueprint, closed, see, see_again
from portal.reporting.pages.series_wording import happening_in_words
from portal.reporting.pages.steps import consents_in_words, partners
from portal.reporting.pages.wording import (
    arrived_in_words,
    is_asked,
    next_steps,
    refusal_for_reporter,
    shown_translations,
    state_for_reporter,
    waiting_in_words,
)
from portal.reporting.partners import partners_of
from portal.reporting.questions.contact import CONSENT
from portal.reporting.translations import Translations
from portal.vault.drafts import Purpose
from portal.vault.sealing import SealError
from portal.web import errors
from portal.web.forms import is_too_long, typed_in
from portal.web.security import chosen_files, file_sender, give_file, takes_files

MAX_GUESSES_PER_HOUR = 20


@blueprint.route("/return", methods=["GET", "POST"])
def come_back() -> AnyResponse | str:
    """I have a receipt. The digits travel in this POST only."""
    form = ReceiptForm()
    if request.method == "POST" and "switch" not in request.form and form.validate():
        with limits.one_at_a_time("receipt"):
            if limits.visits("receipt") >= MAX_GUESSES_PER_HOUR:
                return errors.page(429)
            try:
                visit = conversations.open_with_receipt(form.digits)
            except SealError:
                return errors.damaged()
            if visit is None:
                # Only what fails is counted: a library's visitors share one address.
                limits.count_visit("receipt")
        if visit is not None:
            session["come_back"] = visit.token
            return see(url_for(".conversation"))
        form.receipt.errors = [_("That number does not open a report. Check each digit and try again.")]
    return render_template("reporting/come_back.html", form=form, back_url=url_for("pages.home"), picker_form="step")


@blueprint.route("/return/report", methods=["GET", "POST"])
@takes_files("come_back")
def conversation() -> AnyResponse | str:
    """The report's page: its state in honest words, and the messages both ways."""
    found = conversations.find_conversation(session.get("come_back"))
    if found is None:
        return closed()
    visit, talk = found
    deletion = deletions.find_deletion(talk.report_id)
    form = MessageForm(message=visit.content["typed"], once=uuid.uuid4().hex)
    added = added_files.files_in(visit)
    if request.method == "POST":
        answer, added = _received(form, visit.token, talk, added)
        if answer is not None:
            return answer
    nudges.look(talk.report_id)
    messages = conversations.messages_of(talk, Author.REPORTER)
    if any(message.new for message in messages):
        conversations.mark_seen(talk.report_id, Author.REPORTER)
    owed = promises.owed_to(talk.report_id)
    chosen = partners_of(talk.report_id, talk.key)
    translated = translations.translations_of(talk.report_id, talk.key)
    is_stopped = conversations.is_stopped(talk, deletion)
    is_together = merging.is_together(messages) and not is_stopped
    ending = None if is_stopped else ending_of(talk)
    if ending and merging.was_merged_by(messages, ending.message_id):
        # That was no end: it went on together with another.
        ending = None
    return render_template(
        "reporting/conversation.html",
        form=form,
        talk=talk,
        # The message that closed it stands above, with the outcome.
        thread=[_shown(one, translated) for one in messages if not (ending and one.id == ending.message_id)],
        added=added,
        accept=uploads.ACCEPT,
        state=state_for_reporter(talk.state, deletion, is_request=talk.is_request, is_together=is_together),
        is_together=is_together,
        ending=_shown_ending(ending, messages, translated) if ending else None,
        waiting=waiting_in_words(owed)
        if messages and messages[-1].author is Author.REPORTER and not form.errors
        else None,
        arrived=arrived_in_words(added_files.count_report_files(talk.report_id)),
        deletion=deletion,
        is_stopped=is_stopped,
        refusal=refusal_for_reporter(deletion),
        helped=HelpedForm()
        if talk.state is State.CLOSED and not talk.told_if_it_helped and not talk.is_request and not is_together
        else None,
        has_contact=contacts.has_contact(talk.report_id),
        handed_over=desks.for_reporter(hand_overs.handed_over(talk.report_id, talk.key)),
        asks_partners=bool(partners(chosen.asked)) and not talk.is_request,
        is_choice_kept=chosen.is_kept,
        told_partners=consents_in_words(
            {CONSENT.code: chosen.newest.as_answer()} if chosen.newest else {},
            has_contact=contacts.has_contact(talk.report_id),
        ),
        told_to=told_to(talk, chosen),
        nudge=nudges.status_of(talk.report_id),
        nudge_offered=nudges.is_offered() and not is_stopped,
        is_asked=is_asked(talk, owed, is_together=is_together),
        next_steps=[]
        if deletion and deletion.is_standing
        else next_steps(talk, owed, current_partnership().clocks.update, is_together=is_together),
        back_url=None,
        picker_form="step",
    )


def _received(
    form: MessageForm, token: str, talk: Conversation, held: list[uploads.Added]
) -> tuple[AnyResponse | None, list[uploads.Added]]:
    """Send what was written and added; None, with what was added so far, where something has to be mended first."""
    if "take_out" in request.form:
        added_files.take_out(token, Purpose.COME_BACK, request.form["take_out"])
    visit, refused = added_files.add_files(
        token, Purpose.COME_BACK, chosen_files(form.files.name), file_sender(), originals=form.originals.data
    )
    if visit is None:
        return closed(), []
    added = added_files.files_in(visit)
    form.has_files = bool(added)
    is_right = form.validate()
    form.files.errors = [uploads.refusal_in_words(name, why) for name, why in refused]
    if {"switch", "take_out"} & request.form.keys() and not refused and not is_too_long(form):
        conversations.keep_typed(token, typed=form.message.data or "")
        return see_again(), added
    if not is_right or refused or added_files.has_change_since(held, visit):
        return None, added
    once = conversations.message_id(form.once.data, form.message.data)
    conversations.write_from_visit(token, talk, form.message.data, current_language().code, once)
    return see(url_for(".conversation", _anchor="sent")), []


@blueprint.get("/return/files/<uuid:file_id>")
def message_file(file_id: uuid.UUID) -> AnyResponse:
    """A file of the conversation, for whoever has it open."""
    found = conversations.find_conversation(session.get("come_back"))
    if found is None:
        return closed()
    talk = found[1]
    messages = conversations.messages_of(talk, Author.REPORTER)
    try:
        chosen = added_files.find_file((file for message in messages for file in message.files), file_id)
    except SealError:
        return errors.page(
            500, _("This file cannot be opened"), _("It is damaged. Write to us on the page of your report.")
        )
    if chosen is None:
        abort(404)
    return give_file(chosen.kept.chunks(), chosen.kind.mimetype, chosen.name, chosen.kept.size)


def _shown(message: OpenMessage, translated: Translations) -> dict[str, Any]:
    is_mine = message.author is Author.REPORTER
    happened = Happening.read(message)
    return {
        "mine": is_mine,
        "author": _("You") if is_mine else _("Reporting officer"),
        "day": long_day(message.sent_on),
        "new": message.new,
        "language_tag": message.language,
        "dir": "auto",
        "translations": shown_translations(translated.get(message.id, []), for_staff=False, is_folded=is_mine),
        "translate_url": None,
        "text": message.text if message.text is not None else _("This message cannot be read."),
        "files": [(file, url_for(".message_file", file_id=file.kept.id)) for file in message.files],
        "again": happening_in_words(happened) if happened else [],
        "files_note": safety("A recording, video or PDF that you open is saved on this device.")
        if any(not file.is_shown for file in message.files)
        else "",
    }


def _shown_ending(ending: Ending, messages: list[OpenMessage], translated: Translations) -> dict[str, Any]:
    return {
        "outcome": outcome_for_reporter(ending),
        "on": ending.on,
        "message": next((_shown(one, translated) for one in messages if one.id == ending.message_id), None),
        "complaining": complaining(),
    }


@blueprint.post("/return/close")
def close() -> AnyResponse:
    """Forget the opened report on this device."""
    token = session.pop("come_back", None)
    if token:
        services.forget_draft(token)
    return see(url_for("pages.home"))


@blueprint.route("/return/read-aloud", methods=["GET", "POST"])
def read_aloud() -> AnyResponse | str:
    """They want this read to them: a ready message in their language and in English, for whoever answers."""
    found = conversations.find_conversation(session.get("come_back"))
    if found is None:
        return closed()
    visit, talk = found
    if conversations.is_stopped(talk, deletions.find_deletion(talk.report_id)):
        return see(url_for(".conversation"))
    kept = visit.content.get("reading", {})
    form = ReadAloudForm(language=kept.get("language"), other=kept.get("other"), once=uuid.uuid4().hex)
    form.offer(languages())
    if request.method == "POST":
        if "switch" in request.form:
            if not is_too_long(form):
                conversations.keep_typed(
                    visit.token, reading={name: given[0] for name, given in typed_in(form).items() if given}
                )
                return see_again()
            form.validate()
        elif form.validate():
            text = _asks_to_have_it_read(form.spoken)
            once = conversations.message_id(form.once.data, text)
            language = current_language().code
            conversations.write_message(talk, Author.REPORTER, text, language, once, read_in=form.spoken)
            conversations.keep_typed(visit.token, reading={})
            return see(url_for(".conversation", _anchor="sent"))
    return render_template(
        "reporting/read_aloud.html",
        form=form,
        tags={one.code: one.tag for one in languages()},
        back_url=url_for(".conversation"),
        picker_form="step",
    )


def _asks_to_have_it_read(language: str) -> str:
    mine = _("Please read my report and your messages to me in this language: %(language)s.", language=language)
    with force_locale("en_GB"):
        english = _("Please read my report and your messages to me in this language: %(language)s.", language=language)
    return mine if mine == english else f"{mine}\n\n{english}"


@blueprint.route("/return/contact", methods=["GET", "POST"])
def contact() -> AnyResponse | str:
    """What taking out the contact details does; pressing the button deletes them, for good."""
    found = conversations.find_conversation(session.get("come_back"))
    if found is None:
        return closed()
    report_id = found[1].report_id
    if request.method == "POST":
        contacts.take_out_contact(report_id)
    if request.method == "POST" or not contacts.has_contact(report_id):
        return see(url_for(".conversation"))
    return render_template("reporting/take_out_contact.html", back_url=url_for(".conversation"))


@blueprint.post("/return/helped")
def helped() -> AnyResponse:
    """Two questions about a closed report; what was not answered, or not on offer, is skipped."""
    found = conversations.find_conversation(session.get("come_back"))
    if found is None:
        return closed()
    form = HelpedForm()
    form.validate()
    counts.tell_if_it_helped(
        found[1].report_id,
        {field.name: None if field.errors else field.data or None for field in (form.listened, form.safer)},
    )
    return see(url_for(".conversation"))
