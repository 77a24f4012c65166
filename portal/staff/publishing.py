"""Survey managers look at a definition, from a file or an upload, and publish it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from portal.db import transaction
from portal.languages.i18n import current_language, language_of
from portal.staff import questionnaires, rule_words
from portal.staff.access import blueprint, officer, only
from portal.staff.models import Role
from portal.staff.one_survey import find_survey, read_draft
from portal.staff.wave_forms import PublishForm
from portal.surveys import definition_drafts
from portal.surveys.definition import Instrument, hash_of, thaw
from portal.surveys.wording import age_words
from portal.web import errors

LOOK = (Role.SURVEY_MANAGER, Role.ANALYST)


@blueprint.get("/surveys/<code>/preview", endpoint="preview")
@only(*LOOK)
def preview(code: str) -> str:
    """The file as it would be published: everything on it, before anyone says that it is right."""
    found = find_survey(code)
    if not found["draft"]:
        abort(404)
    return _shown(found, thaw(found["draft"]), is_draft=True, form=_form(found, formdata=None))


@blueprint.get("/surveys/<code>/drafts/<uuid:draft_id>", endpoint="survey_draft")
@only(*LOOK)
def survey_draft(code: str, draft_id: uuid.UUID) -> str:
    """An upload as it would be published; one that has become wrong says so on the survey's page."""
    draft = definition_drafts.find_draft(code, draft_id) or abort(404)
    found = find_survey(code, draft)
    if not found["draft"]:
        return render_template("staff/broken_draft.html", **found, mistakes=read_draft(draft)[1])
    return _shown(found, thaw(found["draft"]), is_draft=True, form=_form(found, formdata=None))


@blueprint.get("/surveys/<code>/version", endpoint="version")
@only(*LOOK)
def version(code: str) -> str:
    """What was published last."""
    found = find_survey(code)
    return _shown(found, found["instrument"] or abort(404), is_draft=False)


def _form(found: dict[str, Any], **named: Any) -> PublishForm:
    """What has to be said before this is published: nothing where it was published already."""
    questionnaire = found["file"].questionnaire
    gaps = {
        code: ngettext(
            "%(language)s: publish with %(num)s gap, shown in English",
            "%(language)s: publish with %(num)s gaps, shown in English",
            questionnaire.lacking[code],
            language=language_of(code).name,
        )
        for code in questionnaire.partial
    }
    return PublishForm(
        gaps if found["differs"] else {},
        needs_lead=found["differs"] and questionnaire.needs_safeguarding_lead,
        **named,
    )


def _shown(found: dict[str, Any], instrument: Instrument, *, is_draft: bool, form: PublishForm | None = None) -> str:
    return render_template(
        "staff/preview.html",
        **found,
        is_draft=is_draft,
        key=(found["of_draft"].id.hex if found["of_draft"] else "file") if is_draft else f"v{found['newest'].number}",
        draft_hash=hash_of(found["draft"]),
        breaks=questionnaires.breaks(found["instrument"], instrument) if is_draft else [],
        shown=instrument,
        form=form,
        pages=instrument.questionnaire.pages,
        completeness=questionnaires.completeness(instrument.questionnaire),
        asked_if=lambda page, question: rule_words.asked_if(instrument, page, question, current_language().code),
        asked_as=lambda question: rule_words.asked_as(instrument, question, current_language().code),
        wording_words=questionnaires.WORDINGS,
    )


@blueprint.post("/surveys/<code>/publish", endpoint="publish_version")
@only(Role.SURVEY_MANAGER)
def publish_version(code: str) -> Response | str:
    """Publish what the preview showed, and nothing else: the file may have changed since.

    Where children may answer, the name of the safeguarding lead who agreed is stored with the version; where languages
    have gaps, these are ticked.
    """
    draft = _posted_draft(code)
    found = find_survey(code, draft)
    back = [(_("Look at the survey again"), url_for(".survey", code=code))]
    if "draft" in request.form and draft is None:
        gone = _("Somebody published it or threw it away meanwhile. Nothing was published now.")
        return errors.page(400, _("This draft is gone"), gone, ways_on=back)
    if not found["draft"]:
        return errors.page(400, _("The file is not fine any more"), _("Nothing was published."), ways_on=back)
    if request.form.get("seen") != hash_of(found["draft"]):
        changed = _("Nothing was published. Look at the preview again.")
        return errors.page(400, _("The file has changed since you looked"), changed, ways_on=back)
    form = _form(found)
    if not form.validate():
        return _shown(found, thaw(found["draft"]), is_draft=True, form=form)
    try:
        with transaction() as db:
            definition_drafts.publish_definition(
                db,
                found["file"].questionnaire,
                age_words(),
                officer().staff.name,
                safeguarding_lead=form.safeguarding_lead.data if "safeguarding_lead" in form else "",
                partial=form.partial.data if "partial" in form else (),
                draft_id=draft.id if draft else None,
            )
    except (IntegrityError, definition_drafts.DraftIsGone):
        # A colleague published in the same moment: the page says what.
        current_app.logger.info("a survey was published twice at once")
    return redirect(url_for(".survey", code=code), 303)


def _posted_draft(code: str) -> Any:
    try:
        return definition_drafts.find_draft(code, uuid.UUID(request.form.get("draft", "")))
    except ValueError:
        return None
