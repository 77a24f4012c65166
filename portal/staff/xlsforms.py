"""Survey managers take a questionnaire away as an XLSForm, and read one that they bring, which they may keep as a draft."""

from __future__ import annotations

import io

from flask import Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.db import transaction
from portal.staff import questionnaires
from portal.staff.access import blueprint, officer, only
from portal.staff.definition_forms import UploadForm
from portal.staff.models import Role
from portal.staff.xlsform_forms import MAX_TEXT, DefinitionForm, XlsFormForm
from portal.surveys import definition_drafts, versions
from portal.surveys.definition import thaw
from portal.surveys.mistakes import BrokenDefinition
from portal.surveys.wording import age_words
from portal.surveys.xlsform_file import judged
from portal.surveys.xlsform_opening import TOO_LARGE, NotAnXlsForm, is_installed, open_xlsform
from portal.surveys.xlsform_reading import Made, read_xlsform
from portal.surveys.xlsform_sheets import MAX_BYTES
from portal.surveys.xlsform_writing import XlsForm, write_xlsform, xlsform_of
from portal.web.security import chosen_files, takes_files

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILE, VERSION = "file", "version"
LOOK = (Role.SURVEY_MANAGER, Role.ANALYST)


def _form_of(code: str, of: str) -> tuple[XlsForm, int | None]:
    """The file as it would be published, or what was published last; 404 where there is none."""
    if of == VERSION:
        newest = versions.newest_version(code) or abort(404)
        return xlsform_of(thaw(newest.document), newest.number), newest.number
    found = questionnaires.read_file(code) if of == FILE else None
    if found is None or found.questionnaire is None:
        abort(404)
    return xlsform_of(thaw(versions.document_of(found.questionnaire, age_words()))), None


@blueprint.get("/surveys/<code>/xlsform/<of>", endpoint="xlsform")
@only(*LOOK)
def xlsform(code: str, of: str) -> str:
    """What an XLSForm of it cannot hold, before it is taken away."""
    form, number = _form_of(code, of)
    return render_template("staff/xlsform.html", code=code, of=of, number=number, notes=form.notes)


@blueprint.get("/surveys/<code>/xlsform/<of>/file", endpoint="xlsform_file")
@only(*LOOK)
def xlsform_file(code: str, of: str) -> Response:
    form, number = _form_of(code, of)
    made = io.BytesIO()
    write_xlsform(made, form)
    name = f"{code}-version-{number}.xlsx" if number else f"{code}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made.getvalue(), mimetype=XLSX, headers=headers)


@blueprint.route("/survey-xlsform", methods=["GET", "POST"], endpoint="read_xlsform")
@takes_files("staff")
@only(Role.SURVEY_MANAGER)
def read_xlsform_page() -> str:
    """Make a questionnaire's file of a workbook; says by row what was made otherwise."""
    form = XlsFormForm()
    if request.method == "GET" or not form.validate():
        return _page(form)
    chosen = chosen_files("workbook")
    if len(chosen) != 1:
        form.workbook.errors = [_("Choose one file.")]
        return _page(form)
    name, incoming = chosen[0]
    if incoming.has_no_room:
        form.workbook.errors = [_("There is no room for files just now. Nothing was stored. Try again later.")]
        return _page(form)
    try:
        if incoming.size > MAX_BYTES:
            raise NotAnXlsForm(TOO_LARGE)
        made = read_xlsform(open_xlsform(b"".join(incoming.chunks())), _stem(name))
    except NotAnXlsForm as problem:
        form.workbook.errors = [
            _("“%(name)s” was not read: %(why)s.", name=f"\u2068{name}\u2069", why=f"\u2068{problem}\u2069")
        ]
        return _page(form)
    return _page(form, made)


def _stem(name: str) -> str:
    return name.rsplit(".", 1)[0]


def _page(form: XlsFormForm, made: Made | None = None) -> str:
    mistake, warned = judged(made.text) if made else ("", [])
    return render_template(
        "staff/read_xlsform.html",
        form=form,
        made=made,
        mistake=mistake,
        warned=warned,
        is_too_long=made is not None and len(made.text.encode()) > MAX_TEXT,
        is_installed=is_installed(),
    )


@blueprint.post("/survey-xlsform/definition", endpoint="xlsform_definition")
@only(Role.SURVEY_MANAGER)
def xlsform_definition() -> AnyResponse | str:
    """The questionnaire's file that was made of an XLSForm: kept as a draft, or downloaded."""
    form = DefinitionForm()
    if not form.validate():
        return _page(XlsFormForm(formdata=None))
    if "keep" in request.form:
        try:
            with transaction() as db:
                draft = definition_drafts.store_draft(db, form.text.data or "", officer().staff.name)
        except BrokenDefinition as broken:
            return render_template("staff/upload_survey.html", form=UploadForm(), mistakes=broken.mistakes)
        return redirect(url_for(".survey_draft", code=draft.survey_code, draft_id=draft.id), 303)
    headers = {"Content-Disposition": f'attachment; filename="{form.code.data}.toml"'}
    return Response(form.text.data, mimetype="application/toml", headers=headers)
