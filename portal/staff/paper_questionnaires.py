"""A survey on paper: the same questions with the same codes, in the page's language and size, to be printed and filled in."""

from __future__ import annotations

from flask import abort, render_template, request

from portal.languages.i18n import picker
from portal.questions.types import type_of
from portal.staff.access import blueprint, only
from portal.staff.models import Role
from portal.staff.paper_words import sections_of
from portal.surveys import versions
from portal.surveys.definition import thaw


@blueprint.get("/surveys/<code>/paper", endpoint="paper_questionnaire")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def paper_questionnaire(code: str) -> str:
    """The newest version, or `?version=`, in the language and size of the page."""
    number = request.args.get("version", type=int)
    published = versions.published_versions(code)
    version = next((one for one in published if number in (None, one.number)), None) or abort(404)
    instrument = thaw(version.document)
    return render_template(
        "staff/paper_questionnaire.html",
        code=code,
        version=version,
        survey=instrument.questionnaire,
        sections=sections_of(instrument),
        has_words=any(type_of(one).is_written for one in instrument.questionnaire.questions.values()),
        language_links=picker(),
    )
