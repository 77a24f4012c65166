"""One survey as the staff pages find it: its file, its drafts, what was published of it, its waves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort
from flask_babel import gettext as _

from portal.languages.i18n import language_of, short_moment
from portal.staff import questionnaires
from portal.staff.questionnaires import File
from portal.surveys import archive, definition_drafts, versions, waves
from portal.surveys.definition import Questionnaire, thaw
from portal.surveys.mistakes import BrokenDefinition, Mistake, read_questionnaire
from portal.surveys.models import WaveState
from portal.surveys.wording import age_words


def all_codes() -> list[str]:
    return sorted({*questionnaires.file_codes(), *definition_drafts.draft_codes(), *waves.survey_codes()})


def find_survey(code: str, of_draft: Any = None) -> dict[str, Any]:
    """What there is of one survey, 404 where there is nothing; `draft` is the document of its file, or of this draft."""
    if code not in all_codes():
        abort(404)
    drafts = definition_drafts.drafts_of(code)
    file, newest = questionnaires.read_file(code), versions.newest_version(code)
    shown = _file_of(of_draft) if of_draft else file
    draft = versions.document_of(shown.questionnaire, age_words()) if shown and shown.questionnaire else ""
    instrument = thaw(newest.document) if newest else None
    published = versions.find_version(code, draft) if draft else None
    running = waves.waves_of(code)
    named = shown or (_file_of(drafts[0]) if drafts and newest is None else None)
    return {
        "code": code,
        "title": questionnaires.titled(named, instrument),
        "file": shown,
        "newest": newest,
        "gaps": [language_of(one).name for one in newest.partial] if newest else [],
        "instrument": instrument,
        "draft": draft,
        "of_draft": of_draft,
        "drafts": drafts,
        "source": definition_drafts.source_of(newest.id) if newest else None,
        "published": published,
        "differs": bool(draft) and published is None,
        "needs_lead": questionnaires.needs_safeguarding_lead(named, instrument),
        "waves": running,
        "open_wave": next((wave for wave in running if wave.state is WaveState.OPEN), None),
        "archived": archive.archived_surveys().get(code),
    }


def _file_of(draft: Any) -> File:
    questionnaire, mistakes = read_draft(draft)
    return File(questionnaire, "; ".join(" ".join(filter(None, (m.place, m.says, m.mend))) for m in mistakes))


@dataclass(frozen=True)
class Definition:
    """One definition of a survey: `key` stands in addresses; `questionnaire` is None where it has become wrong."""

    key: str
    name: str
    questionnaire: Questionnaire | None


def definitions_of(code: str) -> list[Definition]:
    """Drafts, the file and the versions, the newest of each first."""
    found = [
        Definition(
            draft.id.hex,
            _("Draft of %(when)s", when=short_moment(draft.uploaded_at)),
            read_draft(draft)[0],
        )
        for draft in definition_drafts.drafts_of(code)
    ]
    file = questionnaires.read_file(code)
    if file:
        found.append(Definition("file", _("File that came with the portal"), file.questionnaire))
    found += [
        Definition(
            f"v{version.number}",
            _("Version %(number)s", number=version.number),
            thaw(version.document).questionnaire,
        )
        for version in versions.published_versions(code)
    ]
    return found


def read_draft(draft: Any) -> tuple[Questionnaire | None, list[Mistake]]:
    """A draft was fine when it was uploaded; the question bank or the portal may have changed since."""
    try:
        return read_questionnaire(draft.text), []
    except BrokenDefinition as broken:
        return None, broken.mistakes
