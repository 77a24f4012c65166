"""Survey managers say what people told the partnership and what came of it, and see what is late."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.cohesion import finding_lists, findings
from portal.cohesion.finding_figures import offered_figures
from portal.cohesion.finding_lists import VIEWS, shown_findings
from portal.cohesion.finding_models import ActionState, FindingAct, FindingState
from portal.cohesion.finding_words import ACTIONS, SOURCES
from portal.cohesion.findings import ChangedMeanwhile, facts_of, versions_seen
from portal.db import transaction
from portal.languages.i18n import Language, current_language, full_day, language_of, languages
from portal.partnership.file import current_partnership
from portal.staff.access import blueprint, officer, only
from portal.staff.models import Role
from portal.staff.seen import SeenForm
from portal.staff.you_said_forms import FindingForm, TranslationForm, WithdrawForm, filled_in, stored_otherwise

PAGE_SIZE = 50
ONE = "/you-said/<uuid:finding_id>"
STATES = {
    FindingState.DRAFT.value: _l("Draft"),
    FindingState.PUBLISHED.value: _l("Public"),
    FindingState.WITHDRAWN.value: _l("Taken back"),
}
FACTS = {
    "source": _l("Where they said it"),
    "priority": _l("Priority"),
    "action": _l("How it stands"),
    "owner": _l("Who does it"),
    "found_on": _l("When they said it"),
    "due_on": _l("By which day"),
    "answered_on": _l("When it was done or decided"),
    "release_id": _l("Figure"),
    "indicator": _l("Which figure"),
}


def _find(finding_id: uuid.UUID) -> tuple[Any, findings.WordsOfFinding]:
    return findings.find_finding(finding_id) or abort(404)


def _by() -> str:
    name: str = officer().staff.name
    return name


def _to(finding_id: uuid.UUID) -> Response:
    return redirect(url_for(".finding", finding_id=finding_id), 303)


def _priorities() -> dict[str, str]:
    return {one.code: one.title for one in current_partnership().localised(current_language().code).priorities}


@blueprint.get("/you-said", endpoint="findings")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def list_findings() -> str:
    given, titles = request.args, _priorities()
    view = given.get("view", VIEWS[0])
    view = view if view in VIEWS else VIEWS[0]
    chosen = {
        "priority": given.get("priority", "") if given.get("priority") in titles else "",
        "action": given.get("action", "") if given.get("action") in set(ActionState) else "",
    }
    count = finding_lists.count_findings(view, **chosen)
    number = min(max(1, given.get("page", 1, type=int)), max(1, -(-count // PAGE_SIZE)))
    words = (
        _("Public"),
        pgettext("what is done about it", "Late"),
        _("Figure taken back"),
        _("Drafts"),
        _("Taken back"),
    )
    return render_template(
        "staff/findings.html",
        rows=finding_lists.listed_findings(
            view, current_language().code, **chosen, skip=(number - 1) * PAGE_SIZE, most=PAGE_SIZE
        ),
        view=view,
        chosen=chosen,
        titles=titles,
        actions=ACTIONS,
        tab_links=[
            (url_for(".findings", view=name), said, name == view, finding_lists.count_findings(name))
            for name, said in zip(VIEWS, words, strict=True)
        ],
        count=count,
        number=number,
        page_size=PAGE_SIZE,
        spoken=languages(),
        may_change=officer().may(Role.SURVEY_MANAGER),
    )


@blueprint.route("/you-said/new", methods=["GET", "POST"], endpoint="add_finding")
@only(Role.SURVEY_MANAGER)
def add_finding() -> Response | str:
    form = FindingForm(once=uuid.uuid4().hex, language=current_language().code, action=ActionState.PLANNED)
    _offer(form)
    if form.validate_on_submit():
        facts, written = form.facts(), form.written(_by())
        # The same form sent twice is one finding; changed and sent again it is another.
        finding_id = uuid.uuid5(uuid.NAMESPACE_OID, f"{form.once.data} {facts} {written}")
        try:
            with transaction() as db:
                if findings.add_finding(db, finding_id, facts, written):
                    audit.record(db, _by(), Action.ADDED_FINDING, str(finding_id))
        except IntegrityError:
            if findings.find_finding(finding_id) is None:
                raise
        return _to(finding_id)
    return render_template("staff/finding_form.html", form=form, finding=None, otherwise=[])


def _offer(form: FindingForm, kept: findings.Facts | None = None) -> None:
    priorities = current_partnership().localised(current_language().code).priorities
    form.offer(priorities, offered_figures(), kept)


@blueprint.get(ONE, endpoint="finding")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def finding(finding_id: uuid.UUID) -> str:
    return _overview(finding_id, SeenForm(formdata=None))


def _overview(finding_id: uuid.UUID, form: SeenForm) -> str:
    found, words = _find(finding_id)
    (shown,) = shown_findings([found], current_language().code)
    form.seen.show(found.sequence)
    return render_template(
        "staff/finding.html",
        form=form,
        shown=shown,
        finding=found,
        words=words,
        translations=[
            (one, translation, words.is_older(translation))
            for one in languages()
            if one.code != words.original.language
            for translation in [words.translation(one.code)]
        ],
        priority=_priorities().get(found.priority, found.priority),
        state_words=STATES,
        history=[(past, _changes(past.change.facts)) for past in findings.history_of(finding_id)],
        acts={
            FindingAct.ADDED: _("added it"),
            FindingAct.CHANGED: _("changed it"),
            FindingAct.TRANSLATED: _("translated it"),
            FindingAct.PUBLISHED: _("published it"),
            FindingAct.WITHDREW: _("took it back"),
        },
        may_change=officer().may(Role.SURVEY_MANAGER),
    )


def _changes(facts: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Of each fact that was changed: what it is called, what it was and what it became."""
    return [
        (str(FACTS[name]), _fact_words(name, before), _fact_words(name, after))
        for name, (before, after) in facts.items()
        if name != "indicator"
    ]


def _fact_words(name: str, value: str) -> str:
    if not value:
        return pgettext("what was changed", "nothing")
    match name:
        case "action":
            return str(ACTIONS[value])
        case "source":
            return str(SOURCES[value])
        case "release_id":
            return _("a published figure")
        case "found_on" | "due_on" | "answered_on":
            return full_day(date.fromisoformat(value))
    return value


@blueprint.route(f"{ONE}/change", methods=["GET", "POST"], endpoint="change_finding")
@only(Role.SURVEY_MANAGER)
def change_finding(finding_id: uuid.UUID) -> Response | str:
    """Save what differs. Whoever saves second sees both, and decides."""
    found, words = _find(finding_id)
    form = FindingForm(data=filled_in(facts_of(found), words, found.sequence))
    _offer(form, facts_of(found))
    otherwise: list[tuple[str, str]] = []
    if form.validate_on_submit():
        try:
            with transaction() as db:
                facts, written = form.facts(), form.written(_by())
                if findings.change_finding(db, finding_id, form.seen.data, facts, written):
                    audit.record(db, _by(), Action.CHANGED_FINDING, str(finding_id))
            return _to(finding_id)
        except ChangedMeanwhile:
            found, words = _find(finding_id)
            otherwise = stored_otherwise(form, filled_in(facts_of(found), words, found.sequence))
            form.seen.show(found.sequence)
            form.form_errors.append(_("Somebody else saved this after you opened it. Nothing of yours is stored yet."))
    return render_template("staff/finding_form.html", form=form, finding=found, otherwise=otherwise)


@blueprint.post(f"{ONE}/publish", endpoint="publish_finding")
@only(Role.SURVEY_MANAGER)
def publish_finding(finding_id: uuid.UUID) -> Response | str:
    form = SeenForm()
    _find(finding_id)
    try:
        with transaction() as db:
            if findings.publish_finding(db, finding_id, form.seen.data, _by()):
                audit.record(db, _by(), Action.PUBLISHED_FINDING, str(finding_id))
        return _to(finding_id)
    except ChangedMeanwhile:
        form.form_errors.append(_("Somebody else saved this after you opened it. Look at it, then publish it."))
    return _overview(finding_id, form)


@blueprint.route(f"{ONE}/withdraw", methods=["GET", "POST"], endpoint="withdraw_finding")
@only(Role.SURVEY_MANAGER)
def withdraw_finding(finding_id: uuid.UUID) -> Response | str:
    found, words = _find(finding_id)
    if found.state is FindingState.WITHDRAWN:
        return _to(finding_id)
    form = WithdrawForm()
    if form.validate_on_submit():
        with transaction() as db:
            if findings.withdraw_finding(db, finding_id, form.reason.data, _by()):
                audit.record(db, _by(), Action.WITHDREW_FINDING, str(finding_id))
        return _to(finding_id)
    return render_template("staff/finding_withdraw.html", form=form, finding=found, words=words)


@blueprint.route(f"{ONE}/delete", methods=["GET", "POST"], endpoint="delete_finding")
@only(Role.SURVEY_MANAGER)
def delete_finding(finding_id: uuid.UUID) -> Response | str:
    """For a text by which somebody could be known: nothing of it stays."""
    found, words = _find(finding_id)
    if found.state is not FindingState.WITHDRAWN:
        return _to(finding_id)
    form = SeenForm(seen=found.sequence)
    if form.validate_on_submit():
        try:
            with transaction() as db:
                findings.delete_finding(db, finding_id, form.seen.data)
                audit.record(db, _by(), Action.DELETED_FINDING, str(finding_id))
            return redirect(url_for(".findings", view="withdrawn"), 303)
        except ChangedMeanwhile:
            return _to(finding_id)
    return render_template("staff/finding_delete.html", form=form, finding=found, words=words)


@blueprint.route(f"{ONE}/words/<language>", methods=["GET", "POST"], endpoint="translate_finding")
@only(Role.SURVEY_MANAGER)
def translate_finding(finding_id: uuid.UUID, language: str) -> Response | str:
    """Write the texts in another language, each beside its original."""
    found, words = _find(finding_id)
    into = language_of(language)
    if into.code != language:
        abort(404)
    # Where the original has come to be in this language while somebody translated, what they typed is shown again.
    if language == words.original.language and request.method == "GET":
        return _to(finding_id)
    form = _translation_form(words, into)
    if form.validate_on_submit():
        try:
            with transaction() as db:
                written = form.written(language, _by())
                seen = (form.original.data, form.before.data)
                if findings.translate_finding(db, finding_id, seen, written):
                    audit.record(db, _by(), Action.CHANGED_FINDING, str(finding_id))
            return _to(finding_id)
        except ChangedMeanwhile:
            found, words = _find(finding_id)
            for field, version in zip((form.original, form.before), versions_seen(words, language), strict=True):
                field.show(version)
            form.form_errors.append(
                _("Somebody else saved these words after you opened them. Nothing of yours is stored yet.")
            )
    return render_template(
        "staff/finding_translation.html",
        form=form,
        finding=found,
        original=words.original,
        into=into,
        stored=words.translation(language),
    )


def _translation_form(words: findings.WordsOfFinding, into: Language) -> TranslationForm:
    before = words.translation(into.code)
    original_version, version = versions_seen(words, into.code)
    form = TranslationForm(
        said=before.said if before else "",
        did=before.did if before else "",
        outcome=before.outcome if before else "",
        # Whoever checked it has not seen what the original became since.
        checked=before is not None and before.is_checked and not words.is_older(before),
        original=original_version,
        before=version,
    )
    form.keep_what_there_is(words.original)
    return form
