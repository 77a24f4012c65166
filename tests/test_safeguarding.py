"""A survey that children may answer is published with the name of the safeguarding lead who agreed, and not without."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.audit import Action, AuditEntry
from portal.db import session, transaction
from portal.surveys import versions
from portal.surveys.models import SurveyVersion
from portal.surveys.reading import FOLDER, read_definition
from portal.surveys.wording import age_words
from tests.support.asking import CODE, FILE
from tests.support.people import Officer

# Without a gap in Polish, which would need a word of its own.
FOR_CHILDREN = FILE.replace("minutes = 2", "minutes = 2\nleast_age = 11").replace(
    '{en = "Male"}', '{en = "Male", pl = "Mężczyzna"}'
)
NAMED = "Safeguarding lead who has agreed to this version"
REFUSED = "Write the name of the safeguarding lead who has agreed."


def published(app: Flask) -> list[tuple[int, str, str]]:
    """Each version's number, who published it, and who agreed."""
    with app.app_context():
        found = session.scalars(select(SurveyVersion).order_by(SurveyVersion.number))
        return [(one.number, one.published_by, one.safeguarding_lead) for one in found]


def preview(manager: Officer, text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8")
    manager.get(f"/staff/surveys/{CODE}/preview")


def test_it_is_refused_without_a_name_and_stored_with_it(
    app: Flask, survey_manager: Officer, survey_file: Path
) -> None:
    manager = survey_manager
    preview(manager, FOR_CHILDREN, survey_file)
    manager.see("People under 16 may answer it.", NAMED, "aged 11 or over")
    for name in ("", "  \u200b ", "x" * 81):
        assert manager.post(f"/staff/surveys/{CODE}/publish", safeguarding_lead=name).status_code == 200
        manager.see(REFUSED if len(name) < 80 else "This is 1 letter too long.", "Preview before publishing")
        assert name[:80].strip("\u200b ") in manager.page
    assert published(app) == []
    manager.post(f"/staff/surveys/{CODE}/publish", safeguarding_lead="  Marta Łuczak-O'Neill ")
    manager.follow()
    manager.see("Version", "Safeguarding lead", "Marta Łuczak-O'Neill", "It is what was published.")
    manager.not_see("To publish it, you need")
    assert [(number, lead) for number, _by, lead in published(app)] == [(1, "Marta Łuczak-O'Neill")]
    with app.app_context():
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == Action.PUBLISHED_VERSION)).all()
    assert [entry.subject for entry in entries] == [f"{CODE} version 1"]


def test_each_version_needs_a_name_of_its_own_and_the_same_file_twice_is_one(
    app: Flask, survey_manager: Officer, survey_file: Path
) -> None:
    manager = survey_manager
    preview(manager, FOR_CHILDREN, survey_file)
    for name in ("Marta L.", "Somebody else"):
        manager.post(f"/staff/surveys/{CODE}/publish", safeguarding_lead=name)
    preview(manager, FOR_CHILDREN.replace("Noise", "Loud noise"), survey_file)
    manager.post(f"/staff/surveys/{CODE}/publish")
    manager.see(REFUSED)
    manager.post(f"/staff/surveys/{CODE}/publish", safeguarding_lead="Idris P.")
    assert [lead for _number, _by, lead in published(app)] == ["Marta L.", "Idris P."]


def test_the_console_says_beforehand_which_survey_needs_one(survey_manager: Officer, survey_file: Path) -> None:
    manager = survey_manager
    for text, needs in (
        (FILE, False),
        (FOR_CHILDREN.replace("= 11", "= 16"), False),
        (FOR_CHILDREN.replace("= 11", "= 15"), True),
    ):
        survey_file.write_text(text, encoding="utf-8")
        for path, words in (
            ("", "Needs a safeguarding lead"),
            (f"/{CODE}", "To publish it, you need"),
            (f"/{CODE}/preview", NAMED),
        ):
            manager.get(f"/staff/surveys{path}")
            (manager.see if needs else manager.not_see)(words)


def test_a_survey_for_grown_ups_keeps_no_name_that_was_sent_along(
    app: Flask, survey_manager: Officer, survey_file: Path
) -> None:
    preview(survey_manager, FILE, survey_file)
    survey_manager.post(f"/staff/surveys/{CODE}/publish", safeguarding_lead="x" * 500, partial="pl")
    assert [lead for _number, _by, lead in published(app)] == [""]


def test_no_other_way_of_publishing_goes_around_it(app: Flask) -> None:
    questionnaire = read_definition(FOLDER / "young-people-11-15.toml")
    with app.app_context(), pytest.raises(versions.NeedsSafeguardingLead), transaction() as db:
        versions.publish_version(db, questionnaire, age_words(), "somebody")
    assert published(app) == []
