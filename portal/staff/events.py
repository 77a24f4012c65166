"""Calendar editors add, change, translate, publish and cancel events."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.events import facts, help_answers, listing, planning, services
from portal.events.afterwards_lists import count_told, count_uncounted
from portal.events.afterwards_shown import lines_of
from portal.events.awareness_words import cautions, when
from portal.events.facts_form import filled_in, stored_otherwise
from portal.events.feedback import open_feedback
from portal.events.kept_back import for_those_who_ask, places_of_dates, telling_translations
from portal.events.models import EventState
from portal.events.proposal_decisions import called_off, count_waiting_proposals
from portal.events.services import VIEWS, ChangedMeanwhile, IsCancelled, IsOver
from portal.events.sources import count_sources_in_trouble
from portal.events.times import local
from portal.languages.i18n import Language, current_language, language_of, languages, name_for_staff
from portal.staff.access import blueprint, officer, only
from portal.staff.event_forms import CANCELLED_MEANWHILE, EventForm, TranslationForm
from portal.staff.models import Role
from portal.staff.planning_forms import begun_with
from portal.staff.seen import SeenForm

PAGE_SIZE = 50
ONE_EVENT = "/events/<uuid:event_id>"
STATES = {
    EventState.DRAFT.value: _l("Draft"),
    EventState.PUBLISHED.value: _l("Public"),
    EventState.CANCELLED.value: _l("Cancelled"),
}


def _find(event_id: uuid.UUID) -> tuple[Any, services.WordsOfEvent]:
    return services.find_event(event_id) or abort(404)


def _record(db: Any, action: Action, event_id: uuid.UUID) -> None:
    audit.record(db, officer().staff.name, action, str(event_id))


def _to(event_id: uuid.UUID) -> Response:
    return redirect(url_for(".event", event_id=event_id), 303)


@blueprint.get("/events", endpoint="events")
@only(Role.CALENDAR_EDITOR)
def events() -> str:
    view = request.args.get("view", VIEWS[0])
    view = view if view in VIEWS else VIEWS[0]
    number = min(max(1, request.args.get("page", 1, type=int)), 10**6)
    return render_template(
        "staff/events.html",
        rows=services.listed_events(view, skip=(number - 1) * PAGE_SIZE, most=PAGE_SIZE),
        view=view,
        tab_links=[
            (url_for(".events", view=name), words, name == view, services.count_events(name))
            for name, words in zip(
                VIEWS, (_("To come"), _("Drafts"), _("Past"), pgettext("events", "Cancelled")), strict=True
            )
        ],
        count=services.count_events(view),
        number=number,
        page_size=PAGE_SIZE,
        spoken=languages(),
        proposals_waiting=count_waiting_proposals(),
        uncounted=count_uncounted(),
        told=count_told(),
        help_waiting=sum(help_answers.count_requests()[name] for name in ("waiting", "held")),
        calendars_in_trouble=count_sources_in_trouble(),
    )


@blueprint.route("/events/new", methods=["GET", "POST"], endpoint="add_event")
@only(Role.CALENDAR_EDITOR)
def add_event() -> Response | str:
    copied = _copied()
    form = EventForm(data=copied | {"once": uuid.uuid4().hex})
    form.offer(services.places(), kept=copied.get("place"))
    if form.validate_on_submit() and form.is_sure_of_day():
        typed, written = form.facts(), form.written(form.language.data, officer().staff.name)
        # The same form sent twice is one event; changed and sent again it is another.
        event_id = uuid.uuid5(uuid.NAMESPACE_OID, f"{form.once.data} {typed} {written}")
        try:
            with transaction() as db:
                if services.add_event(db, event_id, typed, written, checked=form.checked.data):
                    _record(db, Action.ADDED_EVENT, event_id)
        except IntegrityError:
            if services.find_event(event_id) is None:
                raise
        return _to(event_id)
    return render_template("staff/event_form.html", form=form, event=None, otherwise=[])


def _copied() -> dict[str, Any]:
    """What a new event's form begins with: the event in the address without its days, or nothing."""
    copy_of = request.args.get("copy", type=uuid.UUID)
    if copy_of is None:
        return {"language": current_language().code} | begun_with(request.args)
    found = services.find_event(copy_of)
    if found is None:
        return {"language": current_language().code}
    return filled_in(found[0], found[1].original) | {"day": {}, "last_day": {}, "until": {}}


@blueprint.get(ONE_EVENT, endpoint="event")
@only(Role.CALENDAR_EDITOR)
def event(event_id: uuid.UUID) -> str:
    return _overview(event_id, SeenForm(formdata=None))


def _overview(event_id: uuid.UUID, form: SeenForm) -> str:
    found, words = _find(event_id)
    form.seen.show(found.sequence)
    shown = listing.shown(found, words, current_language().code)
    return render_template(
        "staff/event.html",
        form=form,
        event=found,
        words=words,
        shown=shown,
        named=facts.named(shown),
        translations=[
            (one, found_words, words.is_older(found_words))
            for one in languages()
            if one.code != words.original.language
            for found_words in [words.translation(one.code)]
        ],
        state_words=STATES,
        when=when,
        cautions=cautions,
        on_these_days=planning.on_days(
            [(local(one.starts_at).date(), local(one.ends_at).date()) for one in shown.coming]
        ),
        lines=lines_of(shown),
        has_feedback=open_feedback() is not None,
        called_off=called_off(event_id),
        undescribed=shown.picture and {one.language for one in words.newest} - shown.picture.said.keys(),
        entries=audit.entries_about(str(event_id), most=8),
        action_words={
            Action.ADDED_EVENT: _("added it"),
            Action.CHANGED_EVENT: _("changed it"),
            Action.PUBLISHED_EVENT: _("published it"),
            Action.CANCELLED_EVENT: _("cancelled it"),
            Action.TOLD_OF_EVENT: _("wrote what came of it"),
            Action.LET_THROUGH_EVENT: _("sent it with its number"),
            Action.CHANGED_PICTURE: _("changed the picture"),
            Action.DELETED_PICTURE: _("took the picture away"),
        },
    )


@blueprint.route(f"{ONE_EVENT}/change", methods=["GET", "POST"], endpoint="change_event")
@only(Role.CALENDAR_EDITOR)
def change_event(event_id: uuid.UUID) -> Response | str:
    """Save what differs. Whoever saves second sees both, and decides."""
    found, words = _find(event_id)
    if found.state is EventState.CANCELLED and request.method == "GET":
        return _to(event_id)
    form = EventForm(data=filled_in(found, words.original) | {"seen": found.sequence})
    form.offer(services.places(), kept=found.place_code)
    form.dates = places_of_dates(event_id)
    otherwise: list[tuple[str, str]] = []
    if form.validate_on_submit() and _translations_keep_back(form, words) and form.is_sure_of_day(found.starts_at):
        try:
            with transaction() as db:
                written = form.written(form.language.data, officer().staff.name)
                typed = form.facts()
                if services.change_event(db, event_id, form.seen.data, typed, written, checked=form.checked.data):
                    _record(db, Action.CHANGED_EVENT, event_id)
            return _to(event_id)
        except IsCancelled:
            form.form_errors.append(str(CANCELLED_MEANWHILE))
        except ChangedMeanwhile:
            found, words = _find(event_id)
            stored = filled_in(found, words.original)
            otherwise = stored_otherwise(form, stored, services.places())
            form.seen.show(found.sequence)
            form.form_errors.append(
                _("Somebody else saved this event after you opened it. Nothing of yours is stored yet.")
            )
    return render_template("staff/event_form.html", form=form, event=found, otherwise=otherwise)


def _translations_keep_back(form: EventForm, words: services.WordsOfEvent) -> bool:
    """Whether no stored translation says what would be only for those who ask."""
    telling = telling_translations(form.facts(), words, form.dates)
    form.form_errors += [
        _(
            "A translation tells the link or the address that is not public. Change it first: %(language)s",
            language=name_for_staff(code),
        )
        for code in telling
    ]
    return not telling


@blueprint.get(f"{ONE_EVENT}/preview", endpoint="preview_event")
@only(Role.CALENDAR_EDITOR)
def preview_event(event_id: uuid.UUID) -> str:
    """As the public sees it, or will see it, in this page's language."""
    shown = listing.shown(*_find(event_id), current_language().code)
    return render_template("events/event.html", is_preview=True, **facts.about(shown))


@blueprint.post(f"{ONE_EVENT}/publish", endpoint="publish_event")
@only(Role.CALENDAR_EDITOR)
def publish_event(event_id: uuid.UUID) -> Response | str:
    form = SeenForm()
    _find(event_id)
    try:
        with transaction() as db:
            if services.publish_event(db, event_id, form.seen.data):
                _record(db, Action.PUBLISHED_EVENT, event_id)
        return _to(event_id)
    except ChangedMeanwhile:
        form.form_errors.append(_("Somebody else saved this event after you opened it. Look at it, then publish it."))
    except IsOver:
        form.form_errors.append(_("The day of this event has passed. Change the day, then publish it."))
    except IsCancelled:
        form.form_errors.append(str(CANCELLED_MEANWHILE))
    return _overview(event_id, form)


@blueprint.route(f"{ONE_EVENT}/cancel", methods=["GET", "POST"], endpoint="cancel_event")
@only(Role.CALENDAR_EDITOR)
def cancel_event(event_id: uuid.UUID) -> Response | str:
    """Ask first: it cannot be taken back, because calendars are told."""
    found, words = _find(event_id)
    if found.state is not EventState.PUBLISHED:
        return _to(event_id)
    form = SeenForm()
    if form.validate_on_submit():
        with transaction() as db:
            if services.cancel_event(db, event_id):
                _record(db, Action.CANCELLED_EVENT, event_id)
        return _to(event_id)
    return render_template("staff/event_cancel.html", form=form, event=found, words=words)


@blueprint.route(f"{ONE_EVENT}/words/<language>", methods=["GET", "POST"], endpoint="translate_event")
@only(Role.CALENDAR_EDITOR)
def translate_event(event_id: uuid.UUID, language: str) -> Response | str:
    """Write title and description in another language, beside the original."""
    found, words = _find(event_id)
    into = language_of(language)
    if into.code != language or language == words.original.language:
        abort(404)
    if found.state is EventState.CANCELLED and request.method == "GET":
        return _to(event_id)
    form = _translation_form(words, into)
    form.for_those_who_ask = for_those_who_ask(found)
    if form.validate_on_submit():
        try:
            with transaction() as db:
                written = form.written(language, officer().staff.name)
                services.translate_event(db, event_id, (form.original.data, form.before.data), written)
                _record(db, Action.CHANGED_EVENT, event_id)
            return _to(event_id)
        except IsCancelled:
            form.form_errors.append(str(CANCELLED_MEANWHILE))
        except ChangedMeanwhile:
            _found, words = _find(event_id)
            for field, version in zip(
                (form.original, form.before), services.versions_seen(words, language), strict=True
            ):
                field.show(version)
            form.form_errors.append(
                _("Somebody else saved these words after you opened them. Nothing of yours is stored yet.")
            )
    return render_template(
        "staff/event_translation.html",
        form=form,
        event=found,
        words=words,
        into=into,
        stored=words.translation(language),
    )


def _translation_form(words: services.WordsOfEvent, into: Language) -> TranslationForm:
    before = words.translation(into.code)
    original_version, version = services.versions_seen(words, into.code)
    return TranslationForm(
        title=before.title if before else "",
        description=before.typed if before else "",
        original=original_version,
        before=version,
    )
