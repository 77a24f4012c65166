"""Survey managers run surveys without a developer: they upload, mend, translate, publish, set targets, compare and archive."""

from __future__ import annotations

import io
import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.audit import Action, AuditEntry
from portal.db import session, today, transaction
from portal.questions.types import TYPES
from portal.staff import definition_words
from portal.surveys import archive, definition_drafts, language_checks, mistakes, targets, versions, waves
from portal.surveys.definition import Questionnaire, thaw
from portal.surveys.definition_models import SurveyDraft
from portal.surveys.differences import Effect
from portal.surveys.mistakes import BrokenDefinition, read_questionnaire, text_of
from portal.surveys.models import SampleType, SurveyVersion, Wave
from portal.surveys.reading import FOLDER
from portal.surveys.wave_results import shown_size
from portal.surveys.wording import age_words
from tests.support.asking import CODE, FILE, answer, close_a_wave, open_a_wave
from tests.support.people import Officer, Resident
from tests.support.walking import said

NEW = "pulse-2027"
WHOLE = FILE.replace('{en = "Male"}', '{en = "Male", pl = "Mężczyzna"}')
MINE = WHOLE.replace('code = "tiny"', f'code = "{NEW}"').replace("A small survey", "Ward pulse 2027")
GAPS = MINE.replace(', pl = "Mężczyzna"', "").replace(', pl = "Hałas"', "")
UPLOAD = "/staff/survey-upload"


def upload(manager: Officer, text: str | bytes, name: str = "pulse.toml") -> None:
    manager.get(UPLOAD)
    raw = text.encode() if isinstance(text, str) else text
    manager.post(UPLOAD, {"definition": (io.BytesIO(raw), name)})


def kept(app: Flask) -> list[str]:
    """The texts of the drafts that are not published, newest first."""
    with app.app_context():
        found = session.scalars(select(SurveyDraft).where(SurveyDraft.version_id.is_(None)))
        return [one.text for one in sorted(found, key=lambda one: one.uploaded_at, reverse=True)]


def acts(app: Flask) -> list[tuple[Action, str]]:
    with app.app_context():
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        mine = ("definition", "language", "survey", "version", "wave")
        return [(one.action, one.subject) for one in entries if any(word in one.action for word in mine)]


@pytest.fixture
def draft_page(survey_manager: Officer, survey_file: Path) -> str:
    """An upload that is open before the manager."""
    upload(survey_manager, MINE)
    survey_manager.follow()
    return survey_manager.path


def test_an_uploaded_definition_is_a_draft_that_is_tried_published_and_downloaded(
    app: Flask, survey_manager: Officer, survey_file: Path
) -> None:
    manager = survey_manager
    upload(manager, "\ufeff" + MINE.replace("\n", "\r\n"))
    manager.follow()
    manager.see("Preview before publishing", "Do people get on well together?", "Polski: All words are there")
    manager.get("/staff/surveys")
    manager.see("Ward pulse 2027", "1 draft was uploaded", "Upload a definition")
    manager.get(f"/staff/surveys/{NEW}")
    manager.see("Uploaded draft", "Not published yet.", "Look at it and publish")
    manager.not_see("The file is gone")
    link = re.search(rf'href="(/staff/surveys/{NEW}/drafts/[\w-]+)"', manager.page)
    assert link
    manager.get(f"{link[1]}/file")
    assert manager.response is not None
    assert manager.response.get_data(as_text=True) == MINE.replace("\n", "\r\n")
    assert manager.response.headers["Content-Disposition"] == f'attachment; filename="{NEW}.toml"'
    manager.get(link[1])
    manager.post(f"/staff/surveys/{NEW}/publish")
    manager.follow()
    manager.see("Version 1", "Open a wave", "Download its definition")
    manager.not_see("Uploaded draft", "The file is gone")
    assert manager.get(link[1]).status_code == 404
    assert manager.get(f"{link[1]}/file").status_code == 200
    assert [act for act, _ in acts(app)] == [Action.UPLOADED_DEFINITION, Action.PUBLISHED_VERSION]


def test_every_mistake_is_named_at_once_with_its_line_and_how_to_mend_it_and_nothing_is_kept(
    app: Flask, survey_manager: Officer, survey_file: Path
) -> None:
    broken = MINE.replace("minutes = 2", "minutes = 0").replace('type = "number"', 'type = "numbre"')
    broken = broken.replace('text = {en = "Why not?", pl = "Dlaczego nie?"}', 'txt = "Why not?"')
    upload(survey_manager, broken)
    survey_manager.see(
        "3 mistakes", "minutes must be a whole number of minutes from 1 to 60.",
        "pages.more.questions.why.txt is not a key of this file. Take it out or write text.",
        "pages.more.questions.years.type must be one of", "Nothing was kept.",
    )  # fmt: skip
    line = broken.split("\n").index('code = "years"') + 1
    survey_manager.see(f"Line {line}")
    assert "<title>Error: " in survey_manager.page
    assert kept(app) == []
    assert acts(app) == []


@pytest.mark.same_on_both
def test_a_draft_that_has_become_wrong_is_said_to_be_so_with_its_mistakes_and_without_a_guess_at_why(
    survey_manager: Officer, draft_page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As an update does that reads definitions more strictly.
    monkeypatch.setitem(TYPES, "numeral", TYPES["number"])
    monkeypatch.delitem(TYPES, "number")
    survey_manager.get(draft_page)
    survey_manager.see(
        "Something is wrong with this draft", "Since then the portal or its question bank has changed.",
        "1 mistake", "pages.more.questions.years", "Line ",
    )  # fmt: skip


HOSTILE = [
    (b"", "the file is empty"),
    (b"\xef\xbb\xbf \r\n", "the file is empty"),
    (b"\x89PNG\r\n\x1a\n\x00\xff", "this is not a text file in UTF-8"),
    (MINE.encode("utf-16"), "this is not a text file in UTF-8"),
    (b"x" * (mistakes.MAX_SIZE + 1), "the file is larger than 256 KB"),
    (b"a = " + b"[" * 100_000, "too deep"),
    (b"a" + b".a" * 60_000 + b" = 1", "names joined by dots"),
    (b"[a" + b" . 'a'" * 20_000 + b"]", "names joined by dots"),
    (MINE.replace('"Sex"', "x").encode() + b'only_if = "' + b"(" * 50_000 + b'"', "mistake"),
    (MINE.encode() + b'only_if = "' + b"not " * 50_000 + b'"', "mistake"),
    (b"[[pages]]\n" * 26_000, "50 mistakes"),
    (
        b"pages = [{questions = ["
        + b'{from = "belong"},' * 8_000
        + b"]}]\nscales = ["
        + b'{code = "a"},' * 8_000
        + b"]",
        "mistake",
    ),
    (b"a = " + b"9" * 5_000, "mistake"),
    (b'code = "a"\ncode = "b"', "Cannot overwrite a value"),
    (b"a = '\x00'", "mistake"),
    (b"pages = 7\nscales = [1, 2]\nindicators = [[]]", "mistakes"),
    (b"pages = [{questions = [1, {from = 7}, {from = []}]}, 7]", "mistakes"),
    (b"[[pages]]\n" * 2_000, "50 mistakes"),
    (b"<script>alert(1)</script>", "mistake"),
]


@pytest.mark.dear
@pytest.mark.same_on_both
@pytest.mark.parametrize(("raw", "says"), HOSTILE, ids=range(len(HOSTILE)))
def test_no_file_breaks_the_checker_and_each_gets_a_sentence(
    app: Flask, survey_manager: Officer, survey_file: Path, raw: bytes, says: str
) -> None:
    upload(survey_manager, raw)
    assert survey_manager.response is not None
    assert survey_manager.response.status_code == 200
    survey_manager.see(says)
    assert "<script>alert" not in survey_manager.page
    assert kept(app) == []


def test_none_or_two_files_are_refused(app: Flask, survey_manager: Officer, survey_file: Path) -> None:
    survey_manager.get(UPLOAD)
    survey_manager.post(UPLOAD)
    survey_manager.see("Choose one file.")
    two = [(io.BytesIO(MINE.encode()), f"{n}.toml") for n in "ab"]
    survey_manager.post(UPLOAD, {"definition": two})
    survey_manager.see("Choose one file.")
    assert kept(app) == []


def test_the_shipped_definitions_have_no_mistake_by_this_way_either() -> None:
    for path in FOLDER.glob("*.toml"):
        assert read_questionnaire(text_of(path.read_bytes())).code == path.stem


def test_a_newer_upload_stands_before_the_older_and_both_stay_until_one_is_published_or_thrown_away(
    app: Flask, survey_manager: Officer, survey_file: Path
) -> None:
    manager, second = survey_manager, MINE.replace("Noise", "Loud noise")
    for text in (MINE, second, second):
        upload(manager, text)
    third = MINE.replace("Noise", "Din")
    assert kept(app) == [second, MINE]
    manager.get(f"/staff/surveys/{NEW}")
    manager.see("1 older draft")
    newest, oldest = dict.fromkeys(re.findall(rf"/staff/surveys/{NEW}/drafts/[0-9a-f-]{{36}}", manager.page))
    manager.post(f"{oldest}/delete")
    manager.follow()
    manager.not_see("older draft")
    manager.post(f"{oldest}/delete")
    assert kept(app) == [second]
    upload(manager, MINE)
    upload(manager, third)
    latest = re.findall(rf"/staff/surveys/{NEW}/drafts/[0-9a-f-]{{36}}", manager.response.location or "")[0]  # type: ignore[union-attr]
    manager.get(newest)
    manager.post(f"/staff/surveys/{NEW}/publish")
    assert kept(app) == [third, MINE]
    manager.get(latest)
    manager.post(f"/staff/surveys/{NEW}/publish")
    assert kept(app) == []
    with app.app_context():
        assert [version.number for version in versions.published_versions(NEW)] == [2, 1]
        assert "Din" in versions.published_versions(NEW)[0].document
    manager.get(f"/staff/surveys/{NEW}")
    assert [act for act, _ in acts(app)] == [
        *[Action.UPLOADED_DEFINITION] * 2, Action.DELETED_DEFINITION, *[Action.UPLOADED_DEFINITION] * 2,
        *[Action.PUBLISHED_VERSION] * 2,
    ]  # fmt: skip


def test_the_last_draft_of_a_survey_that_is_nothing_else_leads_back_to_the_list(
    app: Flask, survey_manager: Officer, draft_page: str
) -> None:
    survey_manager.get(f"/staff/surveys/{NEW}")
    survey_manager.post(f"{draft_page}/delete")
    assert survey_manager.response is not None
    assert survey_manager.response.location == "/staff/surveys"
    assert survey_manager.get(f"/staff/surveys/{NEW}").status_code == 404


def test_a_draft_that_is_gone_or_was_changed_is_not_published(
    app: Flask, survey_manager: Officer, draft_page: str
) -> None:
    seen = re.search(r'name="seen" value="(\w+)"', survey_manager.page)
    token = re.search(r'name="csrf_token" value="([^"]+)"', survey_manager.page)
    assert seen
    assert token
    draft_id = draft_page.rsplit("/", 1)[1]
    survey_manager.get(f"/staff/surveys/{NEW}")
    survey_manager.post(f"{draft_page}/delete")
    for draft in (draft_id, "7", "00000000-0000-0000-0000-000000000000"):
        fields = {"csrf_token": token[1], "seen": seen[1], "draft": draft}
        answered = survey_manager.client.post(f"/staff/surveys/{CODE}/publish", data=fields)
        assert answered.status_code == 400
        assert "This draft is gone" in answered.text
    with app.app_context():
        assert session.scalars(select(SurveyVersion)).all() == []


def test_a_draft_stands_beside_the_file_of_its_survey_and_leaves_it_alone(
    app: Flask, survey_manager: Officer, survey_file: Path
) -> None:
    upload(survey_manager, FILE.replace("Noise", "Loud noise"))
    survey_manager.get(f"/staff/surveys/{CODE}/file")
    assert survey_manager.response is not None
    assert survey_manager.response.get_data(as_text=True) == FILE
    assert survey_manager.get("/staff/surveys/..%2Fx/file").status_code == 404
    survey_manager.get(f"/staff/surveys/{CODE}")
    survey_manager.see("Uploaded draft", "It is fine and can be published.", "Preview and publish")
    survey_manager.get(f"/staff/surveys/{CODE}/preview")
    survey_manager.not_see("Loud noise")
    survey_manager.post(f"/staff/surveys/{CODE}/publish", partial="pl")
    survey_manager.follow()
    survey_manager.see("Version 1", "With gaps in", "Polski")
    assert len(kept(app)) == 1


def test_a_language_with_gaps_is_published_only_by_whoever_says_so(
    app: Flask, survey_manager: Officer, resident: Resident, survey_file: Path
) -> None:
    manager = survey_manager
    upload(manager, GAPS)
    manager.follow()
    page = manager.path
    manager.see("Polski: publish with 2 gaps, shown in English", "Polski: 2 texts are missing")
    manager.not_see("Română: publish", "اردو: publish")
    for ticked in ({}, {"partial": "ro"}, {"partial": ["xx", "ur"]}):
        manager.get(page)
        manager.post(f"/staff/surveys/{NEW}/publish", ticked)
        manager.see("Preview before publishing")
        assert "There is a problem" in manager.text
    with app.app_context():
        assert versions.newest_version(NEW) is None
        questionnaire = read_questionnaire(GAPS)
        with pytest.raises(definition_drafts.HasGaps), transaction() as db:
            definition_drafts.publish_definition(db, questionnaire, age_words(), "mo")
    manager.get(page)
    manager.post(f"/staff/surveys/{NEW}/publish", partial="pl")
    manager.follow()
    manager.see("Version 1")
    assert acts(app)[-1] == (Action.PUBLISHED_VERSION, f"{NEW} version 1 partial pl")
    with app.app_context():
        version = versions.newest_version(NEW)
        assert version is not None
        assert version.partial == ["pl"]
        with transaction() as db:
            waves.open_wave(db, version, today(), today(), SampleType.OPEN_LINK, "", ["en"])
    parts = "Parts of this survey are not in this language yet. They are in English."
    whole = "This survey is not in this language yet. Its questions are in English."
    for prefix, says, hides in (
        ("/pl", said(app, "pl", parts), said(app, "pl", whole)),
        ("/ur", said(app, "ur", whole), said(app, "ur", parts)),
        ("", "Ward pulse 2027", "not in this language"),
    ):
        resident.get(f"{prefix}/surveys/{NEW}")
        resident.not_see(hides)
        resident.see(says)
        resident.post(f"{prefix}/surveys/{NEW}")
        resident.follow()
        resident.not_see(hides)
        resident.post(resident.path, skip="1")
        resident.follow()
        resident.see(says if prefix else "What worries you?")
        if prefix == "/pl":
            assert re.search(r'<span lang="en" dir="ltr">Noise</span>', resident.page)
            assert "Śmieci" in resident.page


def test_a_page_that_is_there_whole_is_not_said_to_have_gaps(app: Flask) -> None:
    noise = MINE.replace(', pl = "Hałas"', "")
    with app.app_context():
        frozen = thaw(versions.document_of(read_questionnaire(noise), age_words())).questionnaire
    for questionnaire in (read_questionnaire(noise), frozen):
        assert questionnaire.lacking_steps["pl"] == {"living.worries"}
        assert questionnaire.lacking_steps["en"] == set()
        assert questionnaire.partial == ("pl",)
    scale = read_questionnaire(MINE.replace(', pl = "Nie wiem"', ""))
    assert scale.lacking_steps["pl"] == {"living.together"}


def test_sentences_stand_beside_each_other_with_what_is_missing_and_who_checked_them(
    app: Flask, survey_manager: Officer, survey_file: Path
) -> None:
    manager = survey_manager
    upload(manager, GAPS)
    with app.app_context():
        draft_id = definition_drafts.drafts_of(NEW)[0].id.hex
    page = f"/staff/surveys/{NEW}/languages/{draft_id}"
    manager.get(page)
    manager.see("2 sentences are missing", "nothing is written in it", "Zgadzam się", "not checked by a person")
    manager.get(f"{page}?language=pl&only=missing")
    manager.see("Noise", "Male", "Missing")
    manager.not_see("Litter", "Female", "Do people get on well together?")
    manager.get(f"{page}?language=pl")
    manager.see("Polski: mark as checked")
    manager.post(page, checked_by=" ")
    manager.see("Write the name of the person who has read every sentence.", "Polski: mark as checked")
    manager.post(page, checked_by="Zofia Łuczak")
    manager.follow()
    manager.see("checked by Zofia Łuczak on")
    manager.not_see("Polski: mark as checked")
    manager.get(f"{page}?language=pl&only=unread")
    manager.see("No sentence is left with this choice.")
    assert acts(app)[-1] == (Action.CHECKED_LANGUAGE, f"{NEW} pl")
    assert manager.post(page, language="xx", checked_by="Z").status_code == 400
    assert manager.get(f"/staff/surveys/{NEW}/languages/v9").status_code == 404
    assert manager.get(f"/staff/surveys/{NEW}/languages/{'0' * 32}").status_code == 404


@pytest.mark.parametrize(
    ("changed", "is_left"),
    [
        (MINE, True),
        (MINE.replace("Hałas", "Zgiełk"), False),
        (MINE.replace('"Litter"', '"Rubbish"'), False),
        (MINE.replace("Life", "Lives"), True),
        (MINE.replace('[{question = "together", any_of = ["disagree"]}]', '"together is disagree"'), True),
    ],
    ids=["same", "translation", "english", "no word", "rule"],
)
def test_a_changed_sentence_takes_the_mark_away_and_only_that_sentence_is_to_be_read_again(
    app: Flask, survey_file: Path, changed: str, is_left: bool
) -> None:
    before, now = read_questionnaire(MINE), read_questionnaire(changed)
    with app.app_context():
        with transaction() as db:
            language_checks.note_check(db, before, "pl", "Zofia", "mo")
        checks = language_checks.Checks(NEW)
        assert (checks.of(now, "pl") is not None) == is_left
        assert checks.of(now, "ro") is None
        unread = [at for at, words in now.sentences if words.get("pl") and not checks.is_read(words, "pl")]
        assert len(unread) == (0 if is_left else 1)


def test_a_mark_holds_for_the_version_that_is_published_of_it_and_goes_into_the_export(
    app: Flask, survey_file: Path
) -> None:
    from portal.staff.export_making import source_of

    questionnaire = read_questionnaire(MINE)
    wave_id = open_a_wave(app, questionnaire)
    with app.app_context():
        assert source_of(wave_id).reviewed == {"en"}
        with transaction() as db:
            language_checks.note_check(db, questionnaire, "pl", "Zofia", "mo")
        assert source_of(wave_id).reviewed == {"en", "pl"}


def compared(changed: str) -> dict[Effect, list[str]]:
    return definition_words.compared(read_questionnaire(FILE), read_questionnaire(changed))


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("old", "new", "effect", "says"),
    [
        ("Do people get on well", "Do neighbours get on well", Effect.ENDS, "together: “Do people get on well together?” is now"),
        ('type = "number"\nleast = 0\nmost = 120', 'type = "short_text"', Effect.ENDS, "years: it is answered in another way."),
        ('  {code = "noise", text = {en = "Noise", pl = "Hałas"}},\n', "", Effect.ENDS, "worries: the answer “Noise” is gone."),
        ('code = "years"', 'code = "how_long"', Effect.ENDS, "years: “How many years have you lived here?” is not asked any more."),
        ('code = "years"', 'code = "how_long"', Effect.BEGINS, "how_long: “How many years have you lived here?” is new."),
        ('  {code = "litter"', '  {code = "dogs", text = "Dogs"},\n  {code = "litter"', Effect.CARE, "worries: the answer “Dogs” is new."),
        ('code = "agree", text', 'code = "agree", text', None, ""),
        ('any_of = ["disagree"]', 'any_of = ["agree"]', Effect.CARE, "why: other people are asked."),
        ("minutes = 2", "minutes = 2\nleast_age = 18", Effect.CARE, "People aged 18 or over may answer; before, 16 or over."),
        ('title = {en = "More"', 'title = {en = "About you"', Effect.KEEPS, "Page more: “More” is now “About you”."),
        ("What it is about.", "Read this.", Effect.KEEPS, "Before the questions: “What it is about.” is now “Read this.”."),
        ("Hałas", "Zgiełk", Effect.KEEPS, "Polski: 1 sentence is translated otherwise."),
    ],
)  # fmt: skip
def test_two_definitions_are_compared_in_words_with_what_it_does_to_the_series(
    app: Flask, old: str, new: str, effect: Effect | None, says: str
) -> None:
    assert old in FILE
    with app.test_request_context():
        found = compared(FILE.replace(old, new))
    if effect is None:
        assert found == {}
    else:
        assert any(sentence.startswith(says) for sentence in found[effect]), found


@pytest.mark.same_on_both
def test_a_question_that_was_moved_is_named_and_those_that_it_passed_are_not(app: Flask) -> None:
    parts = FILE.split("[[pages.questions]]")
    sex = next(n for n, part in enumerate(parts) if '\ncode = "sex"' in part)
    moved = [*parts[:sex], parts[sex + 1].rstrip() + "\n\n", parts[sex].rstrip() + "\n"]
    with app.test_request_context():
        found = compared("[[pages.questions]]".join(moved))
    assert [*found] == [Effect.CARE]
    assert len(found[Effect.CARE]) == 1
    assert "it is asked elsewhere" in found[Effect.CARE][0]


def test_the_page_compares_what_was_published_with_the_draft_and_any_two_others(
    app: Flask, survey_manager: Officer, survey_file: Path
) -> None:
    manager = survey_manager
    manager.get(f"/staff/surveys/{CODE}/compare")
    manager.see("There is only one.")
    manager.get(f"/staff/surveys/{CODE}/preview")
    manager.post(f"/staff/surveys/{CODE}/publish", partial="pl")
    upload(manager, FILE.replace("Noise", "Loud noise"))
    manager.get(f"/staff/surveys/{CODE}")
    manager.see("Compare two definitions in words")
    manager.get(f"/staff/surveys/{CODE}/compare")
    manager.see("1 change ends a series", "worries: the answer “Noise” is now “Loud noise”.")
    manager.get(f"/staff/surveys/{CODE}/compare?old=v1&new=file")
    manager.see("They say the same.")
    assert manager.get(f"/staff/surveys/{CODE}/compare?old=x&new=../..").status_code == 200


def wanted(form: str, **numbers: str) -> dict[str, str]:
    """The fields of the targets' form by the words beside them."""
    names = {
        re.sub(r"\s+", " ", label).strip(): name
        for name, label in re.findall(r'<label[^>]*for="(all|by-\d+-\d+)"[^>]*>(.*?)</label>', form, re.DOTALL)
    }
    return {names[label.replace("_", " ")]: number for label, number in numbers.items()}


def test_targets_stand_beside_the_answers_and_turn_nobody_away(
    app: Flask, survey_manager: Officer, survey_file: Path
) -> None:
    manager = survey_manager
    wave_id = open_a_wave(app, read_questionnaire(FILE))
    page = f"/staff/waves/{wave_id}"
    manager.get(page)
    manager.see("None yet. Say how many answers you want, and of whom.", "Set targets")
    manager.get(f"{page}/targets")
    for wrong in ("many", "-5", "1.5", "1000001", "9" * 40):
        manager.post(f"{page}/targets", {"all": wrong})
        manager.see("Write a whole number of answers up to 1,000,000, or leave it empty.")
        assert f'value="{wrong}"' in manager.page
    manager.get(f"{page}/targets")
    manager.post(f"{page}/targets", wanted(manager.page, Answers_in_all="10", Female="20", Polski="4"))
    manager.follow()
    not_told = "wanted; what there is cannot be shown yet"
    manager.see(f"Answers in all: 10 {not_told}", f"Female: 20 {not_told}", "nobody is turned away")
    answer(app, wave_id, times=30)
    answer(app, wave_id, times=2, language="pl", sex="male")
    with app.app_context():
        size = shown_size(session.get_one(Wave, wave_id))
    manager.get(page)
    # Of an open wave that is not weighted, nothing is told of who people are.
    manager.see(f"Answers in all: {size} of 10 · 100%", f"Female: 20 {not_told}", f"Polski: 4 {not_told}")
    close_a_wave(app, wave_id)
    manager.get(page)
    manager.see("Answers in all: 32 of 10 · 100%", " of 20 · 100%", f"Polski: 4 {not_told}")
    manager.get(f"{page}/targets")
    manager.see("This wave is closed")
    assert acts(app)[-1] == (Action.CHANGED_WAVE, f"{wave_id} targets")


def test_one_more_answer_moves_no_count_before_there_are_ten_more(app: Flask, survey_file: Path) -> None:
    wave_id = open_a_wave(app, read_questionnaire(FILE))
    seen = []
    for _ in range(22):
        answer(app, wave_id)
        with app.app_context():
            seen.append(targets.counted_answers(session.get_one(Wave, wave_id)))
            session.rollback()
    assert seen[:9] == [{}] * 9
    assert [place for place in range(10, 22) if seen[place] != seen[place - 1]] == [19]


def test_groups_of_places_and_sexes_are_told_once_they_are_many(app: Flask, survey_file: Path) -> None:
    with app.app_context(), transaction() as db:
        version = versions.publish_version(db, read_questionnaire(FILE), age_words(), "mo")
        population = app.extensions["partnership"].populations[0].code
        wave_id = waves.open_wave(db, version, today(), today(), SampleType.OPEN_LINK, population, ["en"]).id
    places = app.extensions["partnership"].places
    group = next(place.group for place in places.all if place.code == "e-fishermead")

    def counted() -> dict[str, dict[str, int | None]]:
        with app.app_context():
            found = targets.counted_answers(session.get_one(Wave, wave_id))
            session.rollback()
            return found

    answer(app, wave_id, times=50)
    assert counted()["home"] == counted()["sex"] == {}
    answer(app, wave_id, times=70)
    assert counted()["home"][group] == 120
    assert counted()["sex"]["female"] in (None, 120)


def test_a_survey_that_is_over_leaves_the_lists_and_comes_back_with_all_that_it_had(
    app: Flask, survey_manager: Officer, resident: Resident, survey_file: Path
) -> None:
    manager = survey_manager
    wave_id = open_a_wave(app, read_questionnaire(FILE))
    page = f"/staff/surveys/{CODE}"
    manager.get(page)
    manager.not_see("Put it into the archive")
    assert manager.post(f"{page}/archive").status_code == 400
    manager.see("A wave of this survey is open")
    close_a_wave(app, wave_id)
    manager.get(page)
    for _ in range(2):
        manager.post(f"{page}/archive")
        manager.follow()
    manager.see("This survey is in the archive.", "Wave 1")
    manager.not_see("Open a wave")
    assert manager.get(f"{page}/open").status_code == 303
    manager.get("/staff/surveys")
    manager.not_see("A small survey")
    manager.get("/staff/surveys?archived=1")
    manager.see("A small survey")
    for path in (f"/staff/waves/{wave_id}", f"/staff/waves/{wave_id}/results"):
        assert manager.get(path).status_code == 200
    resident.get("/surveys")
    resident.not_see("A small survey")
    with app.app_context():
        version = versions.newest_version(CODE)
        assert version is not None
        with transaction() as db, pytest.raises(waves.SurveyIsArchived):
            waves.open_wave(db, version, today(), today(), SampleType.OPEN_LINK, "", ["en"])
    manager.get(page)
    manager.post(f"{page}/restore")
    manager.follow()
    manager.see("Open a wave")
    manager.get("/staff/surveys?archived=1")
    manager.see("No survey is in the archive.")
    assert [act for act, _ in acts(app)][-2:] == [Action.ARCHIVED_SURVEY, Action.RESTORED_SURVEY]


def test_a_wave_is_not_opened_in_the_moment_in_which_the_survey_is_archived(app: Flask, survey_file: Path) -> None:
    close_a_wave(app, open_a_wave(app, read_questionnaire(FILE)))
    done: list[str] = []
    together = threading.Barrier(2)

    def archives() -> None:
        with app.app_context():
            together.wait()
            try:
                with transaction() as db:
                    archive.archive_survey(db, CODE, "mo")
                done.append("archived")
            except waves.WaveIsOpen:
                pass

    def opens() -> None:
        with app.app_context():
            version = versions.newest_version(CODE)
            assert version is not None
            together.wait()
            try:
                with transaction() as db:
                    waves.open_wave(db, version, today(), today() + timedelta(days=1), SampleType.OPEN_LINK, "", ["en"])
                done.append("opened")
            except waves.SurveyIsArchived:
                pass

    both = [threading.Thread(target=one) for one in (archives, opens)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(done) == 1


def test_two_who_publish_one_draft_at_once_make_one_version(app: Flask, survey_file: Path) -> None:
    with app.app_context(), transaction() as db:
        draft_id = definition_drafts.store_draft(db, MINE, "mo").id
    questionnaire: Questionnaire = read_questionnaire(MINE)
    done: list[int] = []
    together = threading.Barrier(2)

    def publishes() -> None:
        with app.app_context():
            ages = age_words()
            together.wait()
            try:
                with transaction() as db:
                    version = definition_drafts.publish_definition(db, questionnaire, ages, "mo", draft_id=draft_id)
                done.append(version.number)
            except definition_drafts.DraftIsGone:
                pass

    both = [threading.Thread(target=publishes) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert done == [1]


def test_what_was_fine_when_it_came_and_is_not_any_more_says_so(
    app: Flask, survey_manager: Officer, survey_file: Path, draft_page: str
) -> None:
    with app.app_context(), transaction() as db:
        draft = db.scalars(select(SurveyDraft)).one()
        draft.text = MINE.replace("minutes = 2", "minutes = 0")
    survey_manager.get(draft_page)
    survey_manager.see("Something is wrong with this draft", "minutes must be a whole number")
    assert survey_manager.get(f"/staff/surveys/{NEW}").status_code == 200
    assert survey_manager.get(f"/staff/surveys/{NEW}/compare").status_code == 200


def test_a_hundred_questions_in_four_languages_fit_on_the_pages(
    app: Flask, survey_manager: Officer, survey_file: Path
) -> None:
    words = '{en = "Question %d %s", pl = "Pytanie", ro = "Întrebare", ur = "سوال"}'
    many = "".join(
        f'\n[[pages]]\ncode = "p{n}"\ntitle = {words % (n, "")}\n'
        f'[[pages.questions]]\ncode = "q{n}"\ntype = "number"\nleast = 0\nmost = 9\ntext = {words % (n, "W" * 200)}\n'
        for n in range(100)
    )
    upload(survey_manager, 'code = "long"\ntitle = "Long"\nabout = "About"\nminutes = 60\n' + many)
    survey_manager.follow()
    survey_manager.see("Question 99", "Polski: 2 texts are missing")
    with app.app_context():
        key = definition_drafts.drafts_of("long")[0].id.hex
    survey_manager.get(f"/staff/surveys/long/languages/{key}?only=missing")
    survey_manager.see("202 sentences", "About")
    survey_manager.not_see("Question 50")


def test_a_broken_definition_is_stored_by_no_way(app: Flask) -> None:
    with app.app_context(), pytest.raises(BrokenDefinition) as broken, transaction() as db:
        definition_drafts.store_draft(db, "code = 7", "mo")
    assert broken.value.mistakes[0].says
    assert kept(app) == []
