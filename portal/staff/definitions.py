"""Survey managers upload a definition, compare two, throw a draft away, and put a survey that is over into the archive."""

from __future__ import annotations

import uuid

from flask import Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.db import transaction
from portal.staff import definition_words, questionnaires
from portal.staff.access import blueprint, officer, only
from portal.staff.definition_forms import UploadForm
from portal.staff.models import Role
from portal.staff.one_survey import Definition, all_codes, definitions_of, find_survey
from portal.surveys import archive, definition_drafts, mistakes
from portal.surveys.mistakes import BrokenDefinition, Mistake
from portal.surveys.waves import WaveIsOpen
from portal.web import errors
from portal.web.security import chosen_files, takes_files

LOOK = (Role.SURVEY_MANAGER, Role.ANALYST)


@blueprint.route("/survey-upload", methods=["GET", "POST"], endpoint="upload_survey")
@takes_files("staff")
@only(Role.SURVEY_MANAGER)
def upload_survey() -> AnyResponse | str:
    """Keep a definition as a draft; one with mistakes is kept nowhere, and every mistake is named."""
    form, found = UploadForm(), list[Mistake]()
    if request.method == "POST":
        files = chosen_files("definition")
        if len(files) != 1:
            form.definition.errors = [_("Choose one file.")]
            return render_template("staff/upload_survey.html", form=form, mistakes=found)
        _name, incoming = files[0]
        if incoming.has_no_room:
            form.definition.errors = [_("There is no room for files now. Nothing was kept. Try again later.")]
            return render_template("staff/upload_survey.html", form=form, mistakes=found)
        try:
            mistakes.check_size(incoming.size)
            text = mistakes.text_of(b"".join(incoming.chunks()))
            with transaction() as db:
                draft = definition_drafts.store_draft(db, text, officer().staff.name)
            return redirect(url_for(".survey_draft", code=draft.survey_code, draft_id=draft.id), 303)
        except BrokenDefinition as broken:
            found = broken.mistakes
            form.definition.errors = [_("Mend what is listed below and upload the file again. Nothing was kept.")]
    return render_template("staff/upload_survey.html", form=form, mistakes=found)


@blueprint.get("/surveys/<code>/drafts/<uuid:draft_id>/file", endpoint="draft_file")
@only(*LOOK)
def draft_file(code: str, draft_id: uuid.UUID) -> Response:
    """An upload as it came."""
    return _download(code, (definition_drafts.find_upload(code, draft_id) or abort(404)).text)


@blueprint.get("/surveys/<code>/file", endpoint="definition_file")
@only(*LOOK)
def definition_file(code: str) -> Response:
    """The file that came with the portal, to begin from."""
    return _download(code, questionnaires.file_text(code) or abort(404))


def _download(code: str, text: str) -> Response:
    answer = Response(text, mimetype="text/plain")
    answer.headers["Content-Disposition"] = f'attachment; filename="{code}.toml"'
    return answer


@blueprint.post("/surveys/<code>/drafts/<uuid:draft_id>/delete", endpoint="delete_draft")
@only(Role.SURVEY_MANAGER)
def delete_draft(code: str, draft_id: uuid.UUID) -> AnyResponse:
    with transaction() as db:
        definition_drafts.throw_away(db, code, draft_id, officer().staff.name)
    is_left = code in all_codes()
    return redirect(url_for(".survey", code=code) if is_left else url_for(".surveys"), 303)


@blueprint.get("/surveys/<code>/compare", endpoint="compare_definitions")
@only(*LOOK)
def compare_definitions(code: str) -> str:
    """Two definitions of a survey in words; unless told otherwise, what was published last and what would be next."""
    found, all_of_it = find_survey(code), definitions_of(code)
    usable = [one for one in all_of_it if one.questionnaire]
    old = _chosen(usable, "old") or next((one for one in usable if one.key.startswith("v")), None) or _nth(usable, 1)
    new = _chosen(usable, "new") or _nth([one for one in usable if one is not old], 0)
    return render_template(
        "staff/compare_definitions.html",
        **found,
        definitions=usable,
        old=old,
        new=new,
        compared=definition_words.compared(old.questionnaire, new.questionnaire)
        if old and new and old.questionnaire and new.questionnaire
        else None,
        effect_words=definition_words.effect_words,
        effect_hint=definition_words.effect_hint,
    )


def _chosen(definitions: list[Definition], name: str) -> Definition | None:
    return next((one for one in definitions if one.key == request.args.get(name)), None)


def _nth(definitions: list[Definition], place: int) -> Definition | None:
    return definitions[place] if len(definitions) > place else None


@blueprint.post("/surveys/<code>/archive", endpoint="archive_survey")
@only(Role.SURVEY_MANAGER)
def archive_survey(code: str) -> AnyResponse:
    find_survey(code)
    try:
        with transaction() as db:
            archive.archive_survey(db, code, officer().staff.name)
    except WaveIsOpen:
        return errors.page(
            400,
            _("A wave of this survey is open"),
            _("Close it first. Then the survey can go into the archive."),
            ways_on=[(_("Look at the survey again"), url_for(".survey", code=code))],
        )
    return redirect(url_for(".survey", code=code), 303)


@blueprint.post("/surveys/<code>/restore", endpoint="restore_survey")
@only(Role.SURVEY_MANAGER)
def restore_survey(code: str) -> AnyResponse:
    find_survey(code)
    with transaction() as db:
        archive.restore_survey(db, code, officer().staff.name)
    return redirect(url_for(".survey", code=code), 303)
