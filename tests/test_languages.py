"""Every word a person reads is in their language: found by a make-believe language in which each translated sentence stands in brackets."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from flask import Flask
from flask_babel import force_locale
from markupsafe import Markup
from sqlalchemy import delete, select, update
from werkzeug.test import TestResponse

from portal import outbox
from portal.db import session, today, transaction, utcnow
from portal.events.help_models import Need
from portal.events.source_models import EventSource, Skipped, Trouble
from portal.files.uploads import Refused, refusal_in_words
from portal.languages.catalogues import KEYWORDS, SAFETY, is_translated
from portal.languages.i18n import LANGUAGES, OWN_NAMES, SPOKEN, Language, name_in_cldr, own_name
from portal.languages.sentences import safety, say
from portal.languages.words import Words
from portal.package_data import folder
from portal.profiles.models import ProblemProfile
from portal.reporting import deletions
from portal.reporting.case_models import CaseNote, CaseTask
from portal.reporting.count_models import ReportCount
from portal.reporting.models import DeletionRequest, Refusal, Report, State
from portal.server import worker
from portal.small_counts import month_after
from portal.staff import account_changes
from portal.staff.models import Role, StaffMember
from portal.surveys.models import AnswerColumn, SampleType, Wave, WaveState
from portal.surveys.reading import read_definition
from portal.surveys.versions import SURVEY_TEAM
from portal.vault import meetings
from tests.support import announcing, feeding, findings, needing, proposing, waves
from tests.support.applying import DISCRETION, NAME, NOT_DONE, STORY, applies, decides, page_of_review
from tests.support.asking import CODE, FILE, answer, open_a_wave
from tests.support.catalogues import every_sentence, named, sentences
from tests.support.panels import PAGE, RESIDENT, account_id, convene, fill
from tests.support.people import UNSEEN, VOID, Officer, Resident
from tests.support.pictures import RECORDING, bomb, photo
from tests.support.sending import receipt_block, send_report
from tests.support.surveying import EVERY_TYPE, answer_pages, begin_survey, open_survey
from tests.support.typing_in import make_batch, type_in
from tests.test_access import PUBLIC

pytestmark = pytest.mark.same_on_both

MAKE_BELIEVE = Language("eo", "Esperanto", "ltr", "eo", reviewed=False)
WORDY = {"alt", "aria-label", "placeholder", "title"}
# What scripts read from a page and nobody hears.
SILENT = {
    "data-copy",
    "data-exit",
    "data-exit-cookie",
    "data-exit-status",
    "data-exit-url",
    "data-focus",
    "data-limit",
    "data-print",
    "data-reveal",
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%")
NARRATIVE = "Usersays"


# Those that officers and editors choose from, each by its own name and by the reader's.
NAMES_OF_LANGUAGES = {
    words
    for code in SPOKEN
    for words in (own_name(code), Locale.parse(MAKE_BELIEVE.locale).languages.get(code))
    if words
}


class Bare(HTMLParser):
    """What stands on a page outside the brackets, with what it stands in; marked parts and what users typed are left out."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._text: list[str] = []
        self.feed(html)
        self.found.append(outside("".join(self._text)))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        marked = given.get("lang", MAKE_BELIEVE.tag) != MAKE_BELIEVE.tag
        typed = tag in {"textarea", "bdi"} or (given.get("dir") == "auto" and tag not in {"input", "textarea"})
        if tag not in VOID:
            self._open.append((tag, marked or typed or tag in UNSEEN - {"head"}))
        if not marked:
            words = [
                value
                for name, value in given.items()
                if name in WORDY or (name.startswith("data-") and name not in SILENT)
            ]
            self.found += [outside(value) for value in words]
        self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        while any(opened == tag for opened, _ in self._open):
            if self._open.pop()[0] == tag:
                break
        self._text.append(" ")

    def handle_data(self, data: str) -> None:
        if not any(unseen for _, unseen in self._open):
            self._text.append(data)


def outside(text: str) -> str:
    """The text without what is in brackets, which may stand in each other."""
    kept, depth = [], 0
    for letter in text:
        if letter == "⟦":
            depth += 1
        elif letter == "⟧":
            depth -= 1
        elif not depth:
            kept.append(letter)
    assert depth == 0, text
    return "".join(kept)


def said_by(record: object) -> Iterator[str]:
    """Every text of the partnership's own file."""
    if isinstance(record, str):
        yield record
    elif isinstance(record, Words):
        yield from record.values()
    elif isinstance(record, tuple | list):
        for each in record:
            yield from said_by(each)
    elif is_dataclass(record):
        for one in fields(record):
            yield from said_by(getattr(record, one.name))


class Reader(Resident):
    """Someone who reads the make-believe language and points at every word that is not in it."""

    def __init__(self, app: Flask, officer: Officer | None = None) -> None:
        super().__init__(officer.client if officer else app.test_client())
        texts = set(said_by(app.extensions["partnership"])) | set(said_by(read_definition(EVERY_TYPE)))
        locale = Locale.parse(MAKE_BELIEVE.locale)
        dates = [
            word
            for names in (locale.months, locale.days)
            for width in names["format"].values()
            for word in width.values()
        ]
        known = sorted(
            {*texts, *dates, "la", "-a de", "Sam", "sam", *(one.name for one in LANGUAGES), MAKE_BELIEVE.name},
            key=len,
            reverse=True,
        )
        self.known = re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in known if text.strip()))
        self.bare: dict[str, set[str]] = {}
        self.pages = 0

    def knows(self, *named: str) -> None:
        ours = "|".join(map(re.escape, sorted(named, key=len, reverse=True)))
        self.known = re.compile(f"(?<!\\w)({ours})(?!\\w)|{self.known.pattern}")

    def _arrive(self, path: str, response: TestResponse) -> TestResponse:
        arrived = super()._arrive(path, response)
        if self.page and not arrived.location and path.startswith("/eo"):
            self.pages += 1
            assert '<html class="govuk-template" lang="eo" dir="ltr">' in self.page or "http-equiv" in self.page
            for text in Bare(self.page).found:
                words = re.sub(r"\b\d{3}-\d{4}-[A-Z]\b", " ", " ".join(text.split()))  # a report's reference
                rest = self.known.sub(" ", words)
                if re.search(r"[^\W\d_]", rest):
                    self.bare.setdefault(path, set()).add(rest.strip())
        return arrived


@pytest.fixture(scope="session")
def make_believe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the catalogue of the make-believe language."""
    words = Catalog(locale=MAKE_BELIEVE.locale, charset="utf-8")
    for message in every_sentence():
        if message.id:
            ids = message.id if isinstance(message.id, tuple | list) else [message.id]
            said = [f"⟦{one}⟧" for one in ids]
            words.add(message.id, tuple(said) if len(said) > 1 else said[0], context=message.context)
    folder = tmp_path_factory.mktemp("make-believe")
    place = folder / MAKE_BELIEVE.locale / "LC_MESSAGES"
    place.mkdir(parents=True)
    with (place / "messages.mo").open("wb") as file:
        write_mo(file, words)
    return folder


@pytest.fixture
def told(app: Flask, make_app: Callable[..., Flask], make_believe: Path) -> Flask:
    """The portal, with the make-believe language as well."""
    return make_app(spoken=(*LANGUAGES, MAKE_BELIEVE), folders=(make_believe,))


@pytest.mark.dear
def test_residents_find_no_word_that_cannot_be_translated(told: Flask) -> None:
    reader = Reader(told)
    for path in PUBLIC:
        reader.get(f"/eo{path}")
    for path in ("/nothing", "/leave", "/report/check", "/return/report"):
        reader.get(f"/eo{path}")
    reader.get("/eo/report")
    reader.post("/eo/report")
    reader.follow()
    for fields_ in ({"kind": "x"}, {"kind": "hate"}):
        reader.post("/eo/report/1", fields_)
    reader.follow()
    for text in ("", "x" * 4_001, NARRATIVE):
        reader.post("/eo/report/files", narrative=text)
    reader.follow()
    for fields_ in (
        {"when": "exact"},
        {"when": "exact", "exact-day": "31", "exact-month": "2", "exact-year": "2026"},
        {"when": "exact", "exact-day": "1", "exact-month": "2", "exact-year": "2926"},
        {"when": "exact", "exact-day": "1", "exact-month": "2", "exact-year": "2026", "at": "noon"},
        {"when": "between", "first-day": "2", "first-month": "2", "first-year": "2026"},
        {"when": "exact", "exact-day": "1", "exact-month": "2", "exact-year": "2026", "at": "9", "part": "evening"},
    ):
        reader.post("/eo/report/3", fields_)
    reader.follow()
    for fields_ in (
        {"place": "x"},
        {"street": "x" * 201},
        {"written_place": "xxxx"},
        {"written_place": "Bletchley"},
        {"written_place": "Bletchley", "asked": "Bletchley"},
        {"place": "e-fishermead", "street": ""},
    ):
        reader.post("/eo/report/4", fields_)
    reader.follow()
    reader.get("/eo/report")
    reader.get("/eo/report/5")
    reader.post("/eo/report/5", risk="yes")
    reader.known = re.compile(f"{reader.known.pattern}|{NARRATIVE}")
    reader.follow()
    for content in (photo(), RECORDING, bomb(), b"", b"x", photo()[:99]):
        reader.post("/eo/report/files", files=(io.BytesIO(content), NARRATIVE))
        reader.get("/eo/report/files")
    with told.test_request_context(environ_overrides={"portal.language": "eo", "portal.root": ""}):
        assert all(refusal_in_words("", why).startswith("\u27e6") for why in Refused)
    reader.post("/eo/report/check", open_words="y")
    reader.follow()
    digits = receipt_block(reader.page)
    reader.get("/eo/report")
    reader.get("/eo/report/sent")
    reader.post("/eo/report/sent")
    reader.follow()
    reader.get("/eo/return")
    for typed in ("", "12", "a" * 101, "1" * 15 + "x", "0" * 16, digits):
        reader.post("/eo/return", receipt=typed)
    reader.follow()
    reader.post("/eo/return/report", message="")
    reader.post("/eo/return/report", message=NARRATIVE)
    reader.follow()
    reader.get("/eo/return/read-aloud")
    for fields_ in ({}, {"language": "x"}, {"language": "other"}, {"other": "x" * 61}, {"language": "pl"}):
        reader.post("/eo/return/read-aloud", fields_)
    reader.follow()
    with told.app_context(), transaction() as db:
        db.execute(update(Report).values(state=State.CLOSED))
    reader.get("/eo/return/report")
    for page, button in (("ending", "delete"), ("report", "keep"), ("ending", "delete")):
        reader.get(f"/eo/return/{page}")
        reader.post(f"/eo/return/{button}")
        reader.follow()
    for reason in Refusal:
        with told.app_context(), transaction() as db:
            db.execute(update(DeletionRequest).values(refused_on=today(), refused_for=reason))
        reader.get("/eo/return/report")
    reader.get("/eo/return/ending")
    with told.app_context(), transaction() as db:
        db.execute(update(DeletionRequest).values(refused_on=None, due_on=today()))
    reader.get("/eo/return/report")
    with told.app_context(), transaction() as db:
        db.execute(delete(DeletionRequest))
    reader.get("/eo/return/ending")
    reader.post("/eo/return/withdraw")
    reader.follow()
    reader.client.post("/eo/return/report", data={"message": NARRATIVE})
    reader._arrive("/eo/return/report", reader.client.post("/eo/return/report", data={"message": NARRATIVE}))
    reader._arrive("/eo/return", reader.client.post("/eo/return", data={"receipt": "1" * 600_000}))
    reader.get("/eo/case-review/check")
    reader.post("/eo/case-review/check")
    told_on = {
        "told_on_1-day": "1",
        "told_on_1-month": "2",
        "told_on_1-year": str(today().year - 1),
        "told_1": "police",
    }
    for fields_ in (told_on | {"told_on_1-year": "2926"}, told_on | {"told_2": "council", "same_2": "3"}, told_on):
        reader.post("/eo/case-review/check", fields_)
    reader.post("/eo/leave")
    assert reader.pages > 40
    assert reader.bare == {}


@pytest.mark.dear
def test_whoever_answers_a_survey_finds_no_word_that_cannot_be_translated(told: Flask) -> None:
    reader = Reader(told)
    reader.get("/eo/surveys")
    open_survey(told)
    for path in (
        "/eo/",
        "/eo/surveys",
        "/eo/surveys/none",
        "/eo/surveys/every-type/1",
        "/eo/surveys/every-type/thanks",
    ):
        reader.get(path)
    begin_survey(reader, "/eo")
    reader.get("/eo/surveys/every-type/send")
    for number, fields_ in (
        (1, {"answer_together": "x"}),
        (2, {"answer_seen": ["x"]}),
        (2, {"answer_seen": ["none", "hate"]}),
        (4, {"written_good": "x" * 201}),
        (5, {"answer_years": "x"}),
        (5, {"answer_years": "999"}),
        (6, {}),
    ):
        path = f"/eo/surveys/every-type/{number}"
        reader.get(path)
        reader.post(path, fields_)
    reader.known = re.compile(f"{reader.known.pattern}|{NARRATIVE}")
    begin_survey(reader, "/eo")
    answer_pages(reader, {4: {"written_why_not": NARRATIVE}})
    reader.post(reader.path, save="1")
    reader.follow()
    reader.post(reader.path)
    reader.follow()
    code = receipt_block(reader.page)
    for typed in ("", "1", "1" * 12, "x" * 12 + "1" * 12, "1" * 300, code):
        reader.get("/eo/saved-survey")
        reader.post("/eo/saved-survey", code=typed)
    reader.follow()
    reader.post(reader.path, save="1")
    reader.follow()
    reader.post(reader.path)
    reader.follow()
    reader.post(reader.path, go_on="1")
    reader.follow()
    reader.get("/eo/surveys/every-type/saved")
    reader.get("/eo/surveys/every-type/send")
    reader.post(reader.path)
    reader.follow()
    reader.get("/eo/surveys/every-type")
    begin_survey(reader, "/eo")
    reader.get("/eo/surveys/every-type")
    invited = Reader(told)
    with told.app_context(), transaction() as db:
        db.execute(update(Wave).values(sample_type=SampleType.INVITED))
    invited.get("/eo/surveys")
    for typed in ("", "x", "347347347"):
        invited.get("/eo/surveys/every-type")
        invited.post("/eo/surveys/every-type", invitation=typed)
    invited.get("/eo/surveys/every-type/saved")
    with told.app_context(), transaction() as db:
        db.execute(update(Wave).values(state=WaveState.CLOSED))
    for path in ("/eo/surveys/every-type", "/eo/surveys/every-type/1", "/eo/surveys/every-type/thanks"):
        reader.get(path)
    reader.post("/eo/leave")
    assert reader.pages > 25
    assert reader.bare == invited.bare == {}


def reader_list(reader: Reader) -> str:
    reader.get("/eo/staff/reports")
    return reader.page


def close_in_every_way(told: Flask, reader: Reader, hire: Callable[..., Officer], reports: list[str]) -> None:
    """Every page and every mistake on the way to a closed report and back."""
    boss = hire("uma", teams=("hate_team",), roles=(Role.SUPERVISOR,))
    boss.client = told.test_client()
    boss.sign_in()
    boss.unlock()
    second = Reader(told, boss)
    for person in (reader, second):
        person.knows(*NAMES_OF_LANGUAGES, "uma", "Uma", NARRATIVE)
    for report in reports[:2]:
        looks = report.replace("/reports/", "/second-looks/")
        reader.get(f"{report}/close")
        for outcome in ("", "no-power"):
            reader.post(f"{report}/close", fill="1", outcome=outcome)
        for fields_ in ({}, {"outcome": "no-power", "message": "[what was done]"}):
            reader.post(f"{report}/close", fields_)
        for decision in ("take-back", "send-back", "agree", "agree"):
            reader.get(f"{report}/close")
            reader.post(f"{report}/close", outcome="spoke", message=NARRATIVE, why=NARRATIVE, answered="y")
            reader.get(f"{report}/close")
            for path in (report, looks, "/eo/staff/second-looks"):
                reader.get(path)
                second.get(path)
            if decision == "take-back":
                reader.get(looks)
                reader.post(f"{report}/close/take-back")
                reader.post(f"{report}/close/take-back")
            elif decision == "send-back":
                second.get(looks)
                second.post(looks, send_back="1")
                second.post(looks, send_back="1", why=NARRATIVE)
            else:
                second.get(looks)
                second.post(looks)
                second.post(looks, answered="y")
                second.post(looks, answered="y")
                reader.get(report)
                reader.post(f"{report}/reopen", written_why="")
                reader.post(f"{report}/reopen", written_why=NARRATIVE)
    for fields_ in ({"review_on": "soon"}, {}, {"hold_reason": NARRATIVE, "review_on": f"{today() + timedelta(100)}"}):
        reader.get(reports[0])
        reader.post(f"{reports[0]}/hold", fields_)
        reader.get(reports[0])
        second.get("/eo/staff/holds")
    reader.post(f"{reports[0]}/end-hold", end_reason="")
    reader.post(f"{reports[0]}/end-hold", end_reason=NARRATIVE)
    reader.get(reports[0])
    second.get("/eo/staff/holds")
    second.get("/eo/staff/second-looks")
    month = (today() - timedelta(100)).replace(day=1)
    with told.app_context(), transaction() as db:
        for question, answer, times in (("listened", "yes", 12), ("listened", "no", 3), ("listened.hate", "yes", 12)):
            row = {"month": month, "place_group": "x", "question": question, "answer": answer, "times": times}
            db.add(ReportCount(**row))
    second.get("/eo/staff/verdicts")
    assert second.bare == {}


def refers(reader: Reader, report: str) -> None:
    """Refer it, with every mistake, and take it back."""
    reader.get(f"{report}/refer")
    for agency in ("", "police"):
        reader.post(f"{report}/refer", agency=agency, look="y")
    reader.post(f"{report}/refer", agency="police", narrative=NARRATIVE, hidden="They", blank="y")
    chosen = {
        "agency": "police",
        "way": "telephone",
        "has_words": "y",
        "narrative": NARRATIVE,
        "override": "badly-hurt",
    }
    reader.post(f"{report}/refer", chosen, why=NARRATIVE, look="y")
    reader.post(f"{report}/refer", chosen, why=NARRATIVE, send="y")
    if reader.response.status_code == 303:  # type: ignore[union-attr]
        reader.follow()
        one = reader.path
        for act in ("", "declined", "accepted"):
            reader.post(one, act=act)
        reader.get(one)
        reader.get(f"{one}/sheet")
        reader.get(report)
        reader.post(f"{one}/take-back")
        reader.get(one)
    reader.get("/eo/staff/referrals")


@pytest.mark.dear
def test_staff_find_no_word_that_cannot_be_translated(
    told: Flask, hire: Callable[..., Officer], resident: Resident
) -> None:

    for risk in ("yes", "no"):
        digits = send_report(resident, kind="hate", risk=risk, narrative=NARRATIVE, when="keeps_happening")
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    resident.post("/return/report", message=NARRATIVE)
    send_report(resident, kind="asb")
    with told.app_context():
        outbox.send_due_mail()
    officer = hire("sam", teams=("hate_team",))
    officer.client = told.test_client()
    reader = Reader(told, officer)
    reader.knows(*NAMES_OF_LANGUAGES)
    reader.get("/eo/staff/sign-in")
    reader.post("/eo/staff/sign-in", name="", password="", code="")
    reader.post("/eo/staff/sign-in", name="x", password="x", code="x")
    officer.sign_in()
    reader.get("/eo/staff/unlock")
    for passphrase in ("", "x"):
        reader.post("/eo/staff/unlock", passphrase=passphrase)
    officer.unlock()
    reader.get("/eo/staff/reports?view=closed")
    reader.get("/eo/staff/reports")
    for report in re.findall(r"/eo/staff/reports/[0-9a-f-]{36}", reader.page):
        with told.app_context():
            deletions.ask_for_deletion(uuid.UUID(report[-36:]))
        reader.get(report)
        for reason in ("", "x", "referred"):
            reader.post(f"{report}/refuse-deletion", reason=reason)
        reader.get(report)
        reader.post(report, message="")
        for ready in ("", "x", "read"):
            reader.post(report, fill="1", ready=ready)
        reader.post(report, message=NARRATIVE)
        reader.follow()
        translate = re.findall(rf"{report}/translate/[0-9a-f-]+", reader.page)
        for original in (translate[0], translate[0], translate[-1]):
            reader.get(original)
            for text in ("", NARRATIVE):
                reader.post(original, language="pl", translation=text)
        reader.follow()
        reader.post(f"{report}/alert")
        reader.follow()
        refers(reader, report)
        for state in ("referred", "action", "closed", "x"):
            reader.post(f"{report}/state", state=state)
            if reader.response.location:  # type: ignore[union-attr]
                reader.follow()
    close_in_every_way(told, reader, hire, re.findall(r"/eo/staff/reports/[0-9a-f-]{36}", reader_list(reader)))
    reader.get("/eo/staff/reports?view=closed")
    for view in ("withdrawn", "withdrawn", "open"):
        reader.get(f"/eo/staff/reports?view={view}")
        with told.app_context():
            deletions.ask_for_deletion(uuid.UUID(report[-36:]))
            deletions.withdraw_report(uuid.UUID(report[-36:]))
    reader.get(report)
    reader.post(report, message=NARRATIVE)
    assert reader.pages > 15
    assert reader.bare == {}


@pytest.mark.dear
def test_the_record_of_a_case_has_no_word_that_cannot_be_translated(
    told: Flask, hire: Callable[..., Officer], resident: Resident
) -> None:
    send_report(resident, kind="hate", narrative=NARRATIVE)
    officers = [hire(name, teams=("hate_team",)) for name in ("sam", "kim")]
    for officer in officers:
        officer.client = told.test_client()
        officer.sign_in()
        officer.unlock()
    with told.app_context():
        at = f"/eo/staff/reports/{session.scalars(select(Report.id)).one()}"
        sam, kim = (
            session.scalars(select(StaffMember.id).where(StaffMember.name == one)).one() for one in ("sam", "kim")
        )
    reader = Reader(told, officers[0])
    reader.knows(*NAMES_OF_LANGUAGES, "Kim", "Sam")
    reader.get(at)
    seen = reader.page
    for path, given in (
        ("notes", {}),
        ("notes", {"note": NARRATIVE}),
        ("owner", {"take": "1"}),
        ("owner", {"to": "choose"}),
        ("owner", {"to": kim.hex, "hand_over_note": NARRATIVE}),
        ("owner", {"to": ""}),
        ("tasks", {}),
        ("tasks", {"task": NARRATIVE, "task_owner": sam.hex, "task_due": "2020-01-01"}),
        ("tasks", {"task": NARRATIVE, "task_owner": sam.hex, "task_due": "9999-01-01"}),
        ("tasks", {"task": NARRATIVE, "task_owner": sam.hex, "task_due": str(today())}),
        ("risk", {"band": "high", "why": NARRATIVE}),
        ("risk", {"band": "high", "why": NARRATIVE + NARRATIVE}),
        ("state", {"state": "action"}),
    ):
        reader.get(at)
        if reader.post(f"{at}/{path}", given).status_code == 303:
            reader.follow()
    officers[1].get(at.removeprefix("/eo"))
    reader.page, reader.path = seen, at
    assert reader.post(f"{at}/state", state="closed").status_code == 200  # what came meanwhile is said
    with told.app_context():
        task = session.scalars(select(CaseTask.id)).one()
    reader.get("/eo/staff/tasks")
    for act in ("done", "undo"):
        reader.post(f"{at}/tasks/{task}", act=act)
        reader.follow()
    with told.app_context(), transaction() as db:
        db.execute(update(CaseNote).where(CaseNote.position == 1).values(sealed=b"x"))
        db.execute(update(CaseTask).values(owner_id=kim, due_on=today() - timedelta(2)))
    with told.app_context():
        account_changes.remove_from_team("kim", "hate_team")
    for path in (at, f"{at}/print", f"{at}?timeline=oldest", "/eo/staff/tasks"):
        reader.get(path)
    assert reader.pages > 15
    assert reader.bare == {}


@pytest.mark.dear
def test_calendar_editors_and_their_readers_find_no_word_that_cannot_be_translated(
    told: Flask, editor: Officer
) -> None:
    draft = announcing.add_event(editor)
    on_request: dict[str, object] = {"is_online": "y", "is_place_on_request": "y", "priorities": ["C1"], "kind": "talk"}
    off = announcing.announce(editor, description=NARRATIVE, for_whom=["women"], **on_request)
    series = announcing.announce(editor, description=NARRATIVE, again="1", times="3")
    editor.client = told.test_client()
    editor.sign_in()
    reader = Reader(told, editor)
    reader.knows(*NAMES_OF_LANGUAGES, announcing.TITLE, NARRATIVE, "Bletchley Library", "The library", "Ed", "ed")
    reader.knows("Westfield Road", "https://example.org/coffee", "01908 123456")
    reader.get("/eo/staff/events/new")
    reader.get("/eo/staff/events/planning")
    reader.get(f"/eo/staff/events/planning/mk-pride/{today().year}")
    for changed in ({}, {"title": ""}, {"day-day": "31", "day-month": "2"}, {"day-year": "1"}, {"starts": "x", "ends": "x"},
                    {"starts": "20:00"}, {"web_address": "x"}, {"last_day-day": "x"}, {"day-year": str(today().year - 1)},
                    {"again": "1", "times": "x"}, {"again": "1", "times": "999"}, {"again": "day", "times": "2", "weekdays": ["1"]},
                    {"online_link": "https://x.example", "help_until": "x"}, {"is_place_on_request": "y", "venue": ""}):  # fmt: skip
        reader.post("/eo/staff/events/new", announcing.typed(**{"description": NARRATIVE} | changed) if changed else {})
    for path in ("", "/change", "/preview", "/words/pl", "/words/ur"):
        reader.get(f"/eo/staff/events/{draft}{path}")
    reader.post(f"/eo/staff/events/{draft}/words/pl", title="")
    reader.get(f"/eo/staff/events/{off}/change")
    reader.post(f"/eo/staff/events/{off}/change", announcing.typed(title="Changed") | {"seen": "0"})
    reader.post(f"/eo/staff/events/{off}/publish", seen="0")
    for path in (
        f"/eo/events/{off}",
        "/eo/events",
        "/eo/events/awareness",
        "/eo/events?free=yes&access=quiet_space",
        f"/eo/events/month/{today():%Y-%m}",
        "/eo/events/past",
        f"/eo/staff/events/{off}/cancel",
    ):
        reader.get(path)
    first = today() + timedelta(days=3)
    one = f"/eo/staff/events/{series}/dates/{first}"
    reader.get(f"{one}/move")
    for changed in (
        {"day-day": "x"},
        {"day-year": "2000"},
        {"venue": "", "address": "Westfield Road"},
        {"starts": "09:00"},
    ):
        reader.post(f"{one}/move", announcing.typed(**changed))
    for path in (f"/eo/events/{series}", f"/eo/events/{series}/{first}", f"/eo/staff/events/{series}", f"{one}/cancel"):
        reader.get(path)
    reader.post(f"/eo/staff/events/{off}/cancel")
    reader.follow()
    over = announcing.add_event(editor)
    after = f"/eo/staff/events/{over}/dates/{announcing.hold(told, over)}/afterwards"
    open_survey(told, folder("surveys") / "event-feedback.toml")
    reader.knows("How was the event?")
    for path in (after, f"{one}/afterwards", "/eo/staff/events/afterwards", "/eo/staff/events"):
        reader.get(path)
    for changed in (
        {"came": "x"},
        {"came": "-5"},
        {"came": "999999"},
        {"came": ""},
        {"came": "about 40", "is_public": "y"},
    ):
        reader.get(after)
        reader.post(after, changed | {"language": "en", "text": NARRATIVE if changed["came"] else ""})
    reader.post(after, {"came": "40", "language": "en", "seen": "0"})
    for path in (f"/eo/staff/events/{over}", f"/eo/events/{over}", f"/eo/events/{over}/feedback", "/eo/events/past"):
        reader.get(path)
    for path in (f"/eo/events/{off}", "/eo/events?free=yes", "/eo/staff/events", "/eo/staff/events?view=cancelled"):
        reader.get(path)
    reader.knows(proposing.TITLE, proposing.GROUP, "Fishermead field", "Kite Friends", "Is there a toilet?", "Not now.")
    reader.get("/eo/events/propose")
    for given in (
        proposing.kites(description=NARRATIVE) | {"title": "", "group": ""},
        proposing.kites(description=NARRATIVE),
        proposing.kites(description=NARRATIVE) | {"send": "yes"},
    ):
        reader.post("/eo/events/propose", given)
    code = "".join(re.findall(r"<span>(\d{4})</span>", reader.page))
    reader.get("/eo/events/propose/back")
    reader.post("/eo/events/propose/back", code="1" * 16)
    reader.post("/eo/events/propose/back", code=code)
    for path in ("", "/change", "/withdraw"):
        reader.get(f"/eo/events/propose/yours{path}")
    reader.get("/eo/staff/event-proposals")
    one = re.search(r"/eo/staff/event-proposals/[0-9a-f-]{36}", reader.page)
    assert one
    for path in ("", "/preview"):
        reader.get(f"{one[0]}{path}")
    reader.get(one[0])
    reader.post(f"{one[0]}/ask", message="Is there a toilet?")
    reader.post(
        "/eo/events/propose/yours/change",
        proposing.kites(description=NARRATIVE, venue="Bletchley Library") | {"seen": "2", "send": "yes"},
    )
    for path in (one[0], "/eo/events/propose/yours", "/eo/staff/events"):
        reader.get(path)
    reader.get(one[0])
    reader.post(f"{one[0]}/decline", why="")
    reader.post(f"{one[0]}/decline", why="Not now.")
    for path in (one[0], "/eo/events/propose/yours", "/eo/staff/event-proposals?view=held"):
        reader.get(path)
    _read_of_help(reader, editor, on_request, off)
    reader.knows(feeding.GROUP, "https://bakers.example.org/calendar.ics")
    reader.get("/eo/staff/event-calendars")
    reader.get("/eo/staff/event-calendars/new")
    for address in ("", "https://localhost/", "https://bakers.example.org/calendar.ics"):
        reader.post("/eo/staff/event-calendars/new", address=address, group=feeding.GROUP, language="en")
    calendar = re.search(r"/eo/staff/event-calendars/[0-9a-f-]{36}", reader.page)
    assert calendar
    code = feeding.number_on(reader.page)
    with told.app_context(), transaction() as db:
        in_trouble = {"trouble": Trouble.DAMAGED, "trouble_since": utcnow(), "skipped": dict.fromkeys(Skipped, 2)}
        db.execute(update(EventSource).values(in_trouble))
    reader.get("/eo/events/propose/back")
    reader.post("/eo/events/propose/back", code=code)
    for path in (
        calendar[0],
        f"{calendar[0]}/change",
        "/eo/staff/event-calendars",
        "/eo/staff/events",
        "/eo/events/your-calendar",
    ):
        reader.get(path)
    reader.knows("Kite Friends of the park", "We have known them for years.", "2100", "07700 900123", "Kites")
    trusted, number = proposing.trusts(editor)
    for path in ("/staff/trusted-groups", "/staff/trusted-groups/new", trusted):
        reader.get(f"/eo{path}")
    reader.post(f"/eo{trusted}/renew", {"reason": "", "until-year": "2100", "until-day": "1", "until-month": "1"})
    reader.post("/eo/staff/trusted-groups/new", name="", once="x")
    reader.get("/eo/events/propose")
    lets: dict[str, object] = {"group_number": number, "reach": "07700 900123", "send": "yes", "title": proposing.GROUP}
    for given in (lets | {"group_number": "1"}, lets | {"group_number": "1" * 16}, lets):
        reader.post("/eo/events/propose", proposing.kites(description=NARRATIVE) | given)
    reader.get("/eo/events/propose/yours/picture")
    reader.post("/eo/events/propose/yours/picture", said="Kites")
    reader.get(f"/eo/staff/events/{series}/picture")
    reader.post(f"/eo/staff/events/{series}/picture", said_en="Kites")
    reader.get("/eo/staff/event-proposals")
    one = re.search(r"/eo/staff/event-proposals/[0-9a-f-]{36}", reader.page)
    assert one
    reader.get(one[0])
    reader.post(f"{one[0]}/take-off")
    reader.get(one[0])
    assert reader.pages > 20
    assert reader.bare == {}


def _read_of_help(reader: Reader, editor: Officer, on_request: dict[str, object], off: str) -> None:
    """Somebody asks for help at an event, is answered, and takes it back."""
    reader.knows(needing.NOTE, "There are only stairs.", "I can wait.", "+44", "01908")
    event_id = announcing.announce(editor, 20, **on_request)
    late = announcing.announce(editor, 2)
    for path in (event_id, late, off):
        reader.get(f"/eo/events/ask/{path}")
    path, day = f"/eo/events/ask/{event_id}", (today() + timedelta(days=20)).isoformat()
    every = [need.value for need in Need]
    for changed in ({"needs": []}, {"needs": ["interpreter"]}, {"needs": ["other"], "note": ""}):
        reader.get(path)
        reader.post(path, needing.asked(day=day, **changed))
    code = needing.asks(reader, event_id, day, "/eo", needs=every, language="pl")
    needing.asks(reader, event_id, day, "/eo", needs=every, language="other", note="I can wait.")
    reader.get("/eo/events/ask/back")
    reader.post("/eo/events/ask/back", code="1" * 16)
    reader.post("/eo/events/ask/back", code=code)
    reader.get("/eo/events/ask/yours")
    reader.post("/eo/events/ask/yours", message="I can wait.")
    for path in ("/eo/staff/events", "/eo/staff/figures/overview", f"/eo/staff/events/{event_id}/help"):
        reader.get(path)
    for view in ("held", "answered", "waiting"):
        reader.get(f"/eo/staff/events/help?view={view}")
    for one in set(re.findall(r"/eo/staff/events/help/[0-9a-f-]{36}", reader.page)):
        for filled in (
            {"outcomes-captions": "not_met"},
            {},
            {"outcomes-captions": "met", "message": "There are only stairs."},
        ):
            reader.get(one)
            reader.post(f"{one}/answer", filled)
        reader.get(one)
        reader.post(f"{one}/tell", place="yes")
        reader.get(one)
        reader.post(f"{one}/tell", link="yes", seen="0")
    for path in ("/eo/staff/events/help/figures", "/eo/events/ask/yours", "/eo/events/ask/yours/take-back"):
        reader.get(path)
    reader.post("/eo/events/ask/yours/take-back")
    reader.get("/eo/events/ask/yours")
    reader.get("/eo/staff/events/help")
    for one in set(re.findall(r"/eo/staff/events/help/[0-9a-f-]{36}", reader.page)):
        reader.get(one)
        reader.post(f"{one}/notice", seen="0")


def test_a_case_review_has_no_word_that_cannot_be_translated(told: Flask, hire: Callable[..., Officer]) -> None:
    reader = Reader(told)
    reader.knows(
        NAME, STORY, NOT_DONE, "Only in the morning.", "mk-2026", *DISCRETION.values(), "One counts.", "Again."
    )
    reader.knows(*filter(None, whom(told)))
    base = "/eo/case-review/apply"
    reader.get(base)
    reader.post(base)
    for number in range(1, 6):
        reader.get(f"{base}/{number}")
        reader.post(f"{base}/{number}")
    reader.get(f"{base}/1")
    reader.post(f"{base}/1", for_whom="other", agreed="no")
    code = applies(reader, prefix="/eo")
    reader.post(f"{base}/sent")
    reader.get("/eo/case-review/back")
    reader.post("/eo/case-review/back", code="12")
    reader.post("/eo/case-review/back", code=code)
    for path in ("yours", "yours/take-back"):
        reader.get(f"/eo/case-review/{path}")
    officer = hire("sam")
    officer.client = told.test_client()
    officer.come_to_work()
    staff = Reader(told, officer)
    staff.knows("angla", "pola", "rumana", "urduo")
    staff.knows(NAME, STORY, NOT_DONE, "Only in the morning.", "mk-2026", *DISCRETION.values(), "One counts.", "Again.")
    staff.get("/eo/staff/case-reviews")
    staff.get("/eo/staff/case-reviews?view=ended")
    page = page_of_review(told)
    staff.get(f"/eo{page}")
    staff.post(f"/eo{page}/decide")
    staff.post(f"/eo{page}/keep")
    staff.post(f"/eo{page}/aside")
    named = hire("uma")
    named.client = told.test_client()
    named.come_to_work()
    named.get(page)
    named.post(f"{page}/aside", aside=account_id(told, "uma"), written_aside="Again.")
    turned_away = Reader(told, named)
    turned_away.get(f"/eo{page}")
    turned_away.get("/eo/staff/case-reviews")
    staff.knows("Uma", "Sam")
    staff.get(f"/eo{page}")
    officer.get(page)
    decides(officer, page, "not_met", "One counts.")
    for path in ("yours", "yours/appeal"):
        reader.get(f"/eo/case-review/{path}")
    reader.post("/eo/case-review/yours/appeal", message="Again.")
    reader.get("/eo/case-review/yours")
    staff.get(f"/eo{page}")
    assert reader.pages > 15
    assert staff.pages > 5
    assert reader.bare == staff.bare == turned_away.bare == {}


def whom(app: Flask) -> list[str]:
    """Whom to appeal to, as the partnership file says it."""
    partnership = app.extensions["partnership"]
    contact = partnership.case_review.contact
    return [contact.name, contact.email, partnership.contact.email]


def test_the_figures_have_no_word_that_cannot_be_translated(told: Flask, hire: Callable[..., Officer]) -> None:
    reader = Reader(told)
    reader.get("/eo/cohesion")
    with told.app_context(), transaction() as db:
        draft = waves.publish_figures(db)
    reader.get("/eo/cohesion")
    reader.get("/eo/cohesion/data")
    manager = hire("sam", teams=(), roles=(Role.SURVEY_MANAGER,))
    manager.client = told.test_client()
    manager.sign_in()
    staff = Reader(told, manager)
    for part in ("overview", "register", "years"):
        staff.get(f"/eo/staff/figures/{part}")
    staff.get("/eo/staff/figures")
    for part in ("periods", "rules"):
        staff.get(f"/eo/staff/case-reviews/{part}")
    for path in dict.fromkeys(re.findall(r"/eo/staff/figures/[0-9a-f-]{36}", staff.page)):
        staff.get(path)
        if staff.response and staff.response.status_code == 200:
            staff.get(f"{path}/withdraw")
    staff.get(f"/eo/staff/figures/{draft}/publish")
    assert reader.pages + staff.pages > 7
    assert reader.bare == staff.bare == {}


def test_problem_profiles_have_no_word_that_cannot_be_translated(told: Flask, hire: Callable[..., Officer]) -> None:
    analyst = hire("sam", teams=(), roles=(Role.ANALYST,))
    analyst.client = told.test_client()
    analyst.sign_in()
    staff = Reader(told, analyst)
    staff.knows(NARRATIVE, "Sam")
    at, last = "/eo/staff/profiles", month_after(today().replace(day=1), -1)
    for path in (at, f"{at}/new", f"{at}/activity", f"{at}/activity?month=10", f"{at}/activity/new"):
        staff.get(path)
    with told.app_context(), transaction() as db:
        for months, times in ((0, 60), (12, 12), (24, 12)):
            for question, answer in (("kind", "hate"), ("strand", "race")):
                month = month_after(last, -months)
                db.add(ReportCount(month=month, place_group="g-north", question=question, answer=answer, times=times))
    words = dict.fromkeys(("title", "problem", "victim", "offender", "location", "time", "gaps"), NARRATIVE)
    months = {"first": f"{month_after(last, -3):%Y-%m}", "last": f"{last:%Y-%m}"}
    for chosen in (
        {"about": "asb", "place_group": "g-north"},
        {"about": "all", "first": months["last"], "last": months["first"]},
        {"about": "all", "first": f"{month_after(last, -24):%Y-%m}"},
        {"about": "hate", "place_group": "g-north"},
        {"about": "asb"},
    ):
        staff.get(f"{at}/new")
        staff.post(f"{at}/new", words | months | {"place_group": "", "priority": "C2"} | chosen)
        if staff.response and staff.response.location:
            staff.follow()
    profile = staff.path
    staff.post(f"{profile}/freeze")
    with told.app_context():
        staff.knows(*session.scalars(select(ProblemProfile.hash).where(ProblemProfile.hash != "")))
    staff.get(f"{profile}/1")
    staff.post(f"{profile}/1/again", reason="")
    staff.get(f"{profile}/words")
    for day in (f"{today()}", "", "0001-01-01", f"{today() - timedelta(days=30)}"):
        staff.get(f"{at}/activity/new")
        owner = re.search(r'<option value="([0-9a-f-]{36})" selected', staff.page)
        assert owner
        fields_ = {"first_on": day, "last_on": day, "owner": owner[1], "direction": "fewer", "about": "hate"}
        staff.post(
            f"{at}/activity/new",
            fields_
            | {
                "title": NARRATIVE if day else "",
                "agencies": NARRATIVE if day else "",
                "priority": "N2",
                "place_group": "",
            },
        )
    staff.follow()
    activity = staff.path
    staff.post(f"{activity}/record", said="", state="done")
    staff.post(f"{activity}/change", title="")
    staff.post(f"{activity}/record", said=NARRATIVE, state="done", came=NARRATIVE, seen="9")
    for path in (f"{at}/activity", f"{at}/activity?month={last.month}&year={last.year}", activity, at):
        staff.get(path)
    assert staff.pages > 25
    assert staff.bare == {}


@pytest.mark.dear
def test_the_panel_of_a_case_review_has_no_word_that_cannot_be_translated(
    told: Flask, officer: Officer, hire: Callable[..., Officer]
) -> None:
    case = convene(told, officer, hire)
    coordinator = hire("uma")
    coordinator.client = told.test_client()
    coordinator.come_to_work()
    staff, applicant, here = Reader(told, coordinator), Reader(told), f"/eo{case.at()}"
    staff.knows("Petra Vale", "At-Landlord", "Uma", "Joe Moss", "Police and Crime Commissioner")
    applicant.client.set_cookie(RESIDENT, case.applicants_cookie("")["value"])

    def walk() -> None:
        staff.get(here)
        pages = (
            "meeting",
            "held",
            "summary",
            "members/new",
            "invitation",
            "applicant",
            "recommendations/new",
            "minutes",
        )
        for path in [f"{here}/{page}" for page in (*pages, "outcome", "second-look")]:
            staff.get(path)
            staff.post(path, act="write")
        for path in (
            "/eo/staff/case-reviews/recommendations",
            "/eo/staff/case-review-panels",
            "/eo/staff/case-reviews",
        ):
            staff.get(path)
        for path in (case.petra, case.at_landlord):
            staff.get(f"/eo{path}")
            staff.post(f"/eo{path}", act="aside")
        applicant.get(f"/eo{PAGE}")
        applicant.post(f"/eo{PAGE}", way="by boat")

    walk()
    case.fill("invitation", act="not", why=NARRATIVE)
    staff.get(here)
    case.fill("invitation", act="invite")
    walk()
    fill(case.applicant, PAGE, way="supporter", with_supporter="y", needs=NARRATIVE, message=NARRATIVE)
    staff.get(here)
    case.hold()
    pages = [case.recommend(NARRATIVE), case.recommend(NARRATIVE, owner=account_id(told, "sam"))]
    case.fill("minutes", act="write", note=NARRATIVE)
    walk()
    case.fill("minutes", act="agree")
    case.fill("outcome", message=NARRATIVE, language="pl")
    for page in pages:
        staff.get(f"/eo{page}")
        for act in ("settle", "accept", "give"):
            staff.post(f"/eo{page}", act=act, progress="not_done", acceptance="not_accepted", owner="outside")
    case.fill(pages[0], act="settle", progress="not_done", settled_why=NARRATIVE)
    case.fill(pages[0], act="accept", acceptance="in_part", acceptance_why=NARRATIVE)
    walk()
    assert staff.pages > 40
    assert staff.bare == applicant.bare == {}


def test_the_marac_has_no_word_that_cannot_be_translated(told: Flask, hire: Callable[..., Officer]) -> None:
    with told.app_context(), transaction() as db:
        meetings.ensure_record_team(db)
    cora = hire("cora", teams=("hate_team", "asb_team", meetings.RECORD_TEAM))
    cora.client = told.test_client()
    cora.come_to_work()
    hire("polly")
    staff = Reader(told, cora)
    staff.knows(
        NARRATIVE, "Cora", "Polly", "Hate Crime and Community Tension MARAC", "Case A", "portal staff add-to-team NAME"
    )
    at, rules = "/eo/staff/marac", told.extensions["partnership"].marac
    staff.knows(*{each.source for each in rules.criteria})
    staff.get(at)
    staff.get(f"{at}/refer")
    for said in ({"domestic": "y"}, {"consent": "without", "ground": ""}, {"written_title": "x" * 200, "risk": "no"}):
        staff.post(f"{at}/refer", said)
    for title in ("Case A", "Case A."):
        staff.get(f"{at}/refer")
        staff.post(
            f"{at}/refer", written_title=title, written_reason=NARRATIVE, risk="high", consent="without",
            ground="badly-hurt", written_why=NARRATIVE, criteria=["high"],
        )  # fmt: skip
    staff.follow()
    cases = re.findall(r"/eo/staff/marac/cases/[0-9a-f-]+", staff.page)
    staff.get(f"{at}/new")
    staff.post(f"{at}/new", held_on="soon", begins="25", chair="")
    people = {}
    with told.app_context():
        people = {one.name: one.id.hex for one in session.scalars(select(StaffMember))}
    staff.post(f"{at}/new", held_on=str(today()), begins="14:30", chair=people["cora"])
    staff.follow()
    meeting = staff.path
    for path in cases:
        staff.get(path)
        staff.post(path, leave_out="yes", written_not_taken="")
    staff.post(cases[1], leave_out="yes", written_not_taken=NARRATIVE)
    staff.get(cases[1])
    staff.post(cases[0], meeting="x", minutes="x")
    staff.post(cases[0], meeting=meeting[-36:].replace("-", ""), minutes="20")
    staff.follow()
    item = re.findall(r"/eo/staff/marac/items/[0-9a-f-]+", staff.page)[0]
    staff.get(item)
    for part in ("knowledge", "minutes", "actions"):
        staff.post(f"{item}/{part}")
    staff.get(item)
    staff.post(f"{item}/knowledge", written_known=NARRATIVE)
    staff.get(item)
    staff.post(f"{item}/actions", written_action=NARRATIVE, owner=people["cora"], due_on=str(today()))
    staff.get(item)
    staff.post(f"{item}/minutes", written_discussion=NARRATIVE, risk_before="high", risk_after="low")
    staff.get(item)
    action = re.findall(r"/eo/staff/marac/actions/[0-9a-f-]+", staff.page)[0]
    staff.get(action)
    for act in ("", "not_done", "give_on", "done"):
        staff.post(action, act=act)
    staff.get(action)
    staff.post(action, act="open", written_note=NARRATIVE)
    staff.get(action)
    staff.get(at)
    staff.get(meeting)
    staff.post(f"{meeting}/members", person="")
    staff.post(f"{meeting}/members", person=people["polly"], agency="police")
    staff.get(meeting)
    staff.post(f"{meeting}/members/{uuid.UUID(hex=people['cora'])}")
    staff.post(f"{meeting}/agenda")
    staff.post(f"{meeting}/presence", present=[people["cora"]], deputy=people["polly"])
    staff.post(f"{meeting}/agree")
    for act, wrong in (
        ("move", {"held_on": "soon", "begins": "25"}),
        ("cancel", {"to": "x", "why_cancelled": "chair"}),
    ):
        staff.get(f"{meeting}/{act}")
        staff.post(f"{meeting}/{act}", wrong)
        staff.post(f"{meeting}/{act}", held_on=str(today()), begins="14:30", why_moved="chair", why_cancelled="chair")
    staff.get(f"{meeting}/move")
    staff.post(f"{meeting}/move", held_on=str(today()), begins="15:30", why_moved="no_room")
    staff.follow()
    staff.get(f"{at}/new")
    staff.post(f"{at}/new", held_on=str(today()), begins="14:30", chair=people["cora"])
    staff.follow()
    empty = staff.path
    staff.get(f"{empty}/cancel")
    staff.post(f"{empty}/cancel", why_cancelled="too_few")
    staff.get(empty)
    staff.get(at)
    staff.get(f"{at}/figures")
    assert staff.pages > 50
    assert staff.bare == {}


def test_the_log_has_no_word_that_cannot_be_translated(told: Flask, hire: Callable[..., Officer]) -> None:
    auditor = hire("edith", teams=(), roles=(Role.AUDITOR,))
    auditor.client = told.test_client()
    auditor.sign_in()
    staff, reader = Reader(told, auditor), Reader(told)
    staff.knows("edith", "Edith")
    reader.get("/eo/log")
    with told.app_context():
        worker.publish_log()
    reader.get("/eo/log")
    for path in ("/eo/staff/log", "/eo/staff/log?about=edith", "/eo/staff/log?first=x", "/eo/staff/log?person=nobody"):
        staff.get(path)
    staff.post("/eo/staff/log/verify")
    assert reader.pages + staff.pages > 6
    assert reader.bare == staff.bare == {}


@pytest.mark.dear
def test_what_people_said_and_what_came_of_it_has_no_word_that_cannot_be_translated(
    told: Flask, survey_manager: Officer
) -> None:
    late = findings.say(survey_manager, findings.planned(due_on=findings.days_ago(2).isoformat()))
    draft = findings.add_finding(survey_manager)
    survey_manager.client = told.test_client()
    survey_manager.sign_in()
    reader = Reader(told, survey_manager)
    reader.knows(
        findings.SAID, findings.WILL_DO, findings.CHANGED, "Highways team", "The road is not ours.", "Mo", "mo"
    )
    new = "/eo/staff/you-said/new"
    reader.get(new)
    for given in (
        {},
        findings.planned(outcome="x", found_on="x"),
        findings.done(answered_on=""),
        findings.no_action(did="x"),
    ):
        reader.post(new, given)
    for given in (findings.done(), findings.no_action()):
        reader.get(new)
        reader.post(new, given)
        reader.follow()
        reader.post(f"{reader.path}/publish")
    one = f"/eo/staff/you-said/{late}"
    for path in ("", "/change", "/withdraw", "/words/pl"):
        reader.get(one + path)
    reader.post(f"{one}/words/pl", said="")
    reader.post(f"{one}/words/pl", said=findings.SAID, did=findings.WILL_DO)
    reader.post(f"{one}/change", findings.planned(action="done", outcome=findings.CHANGED) | {"seen": "0"})
    reader.post(f"{one}/change", findings.done(owner="Highways team") | {"seen": "1"})
    reader.get(one)
    reader.post(f"/eo/staff/you-said/{draft}/publish", seen="7")
    for path in ("", "?action=done", "?action=planned&about=V1", "?page=2"):
        reader.get(f"/eo/you-said{path}")
    reader.get(f"{one}/withdraw")
    reader.post(f"{one}/withdraw", reason="")
    reader.post(f"{one}/withdraw", reason=findings.SAID)
    reader.get(one)
    reader.get(f"{one}/delete")
    for view in ("public", "late", "figure", "drafts", "withdrawn&priority=V1"):
        reader.get(f"/eo/staff/you-said?view={view}")
    assert reader.pages > 20
    assert reader.bare == {}


def read_the_console(reader: Reader, survey: str, wave: str) -> None:
    """Every page and mistake of uploading, comparing, languages, targets and the archive."""
    upload = "/eo/staff/survey-upload"
    reader.get(upload)
    reader.post(upload)
    for text in (
        "code = 7",
        FILE.replace(', pl = "Nic"', "").replace("Litter", "Rubbish"),
        FILE.replace("Litter", "Bins"),
    ):
        reader.get(upload)
        reader.post(upload, {"definition": (io.BytesIO(text.encode()), "x.toml")})
    reader.follow()
    reader.get(survey)
    for path in (
        "compare",
        "compare?old=v1&new=v1",
        "languages/v1",
        "languages/v1?language=pl",
        "languages/file?only=missing",
    ):
        reader.get(f"{survey}/{path}")
    for name in ("", "Zofia"):
        reader.get(f"{survey}/languages/v1?language=pl")
        reader.post(f"{survey}/languages/v1", language="pl", checked_by=name)
    reader.get(f"{survey}/languages/v1?language=pl&only=unread")
    reader.get(f"{wave}/targets")
    for number in ("x", "7"):
        reader.post(f"{wave}/targets", {"all": number})
    reader.get(wave)
    reader.post(f"{survey}/archive")
    reader.post(f"{survey}/publish", draft="x")


def test_an_administrator_finds_no_word_that_cannot_be_translated(told: Flask, hire: Callable[..., Officer]) -> None:
    admin = hire("priya", teams=("asb_team",), roles=(Role.ADMINISTRATOR,))
    admin.client = told.test_client()
    reader = Reader(told, admin)
    reader.knows("Priya", "Kim P.", "priya", "kim")
    admin.sign_in()
    for path in ("/people", "/people?q=nobody%20fits", "/people/roles", "/people/priya", "/account"):
        reader.get(f"/eo/staff{path}")
    reader.get("/eo/staff/people/invite")
    reader.post("/eo/staff/people/invite", name="a b", roles=["officer"])
    for page in ("password", "passphrase", "authenticator", "codes", "passkeys"):
        reader.get(f"/eo/staff/account/{page}")
        reader.post(f"/eo/staff/account/{page}", current="x")
    reader.get("/eo/staff/invitation?link=none")
    reader.get("/eo/staff/join")


@pytest.mark.dear
def test_staff_find_no_word_about_surveys_that_cannot_be_translated(
    told: Flask, hire: Callable[..., Officer], survey_file: Path
) -> None:
    broken = survey_file.with_name("broken.toml")
    broken.write_text("code = 7", encoding="utf-8")
    officer = hire("sam", teams=(SURVEY_TEAM,), roles=(Role.SURVEY_MANAGER, Role.ANALYST))
    officer.client = told.test_client()
    reader = Reader(told, officer)
    reader.known = re.compile(f"A small survey|broken|{reader.known.pattern}")  # a survey's own title
    officer.sign_in()
    wave_id = open_a_wave(told, read_definition(survey_file))
    wave, survey = f"/eo/staff/waves/{wave_id}", f"/eo/staff/surveys/{CODE}"
    reader.get("/eo/staff/surveys")
    reader.get("/eo/staff/surveys/broken")
    reader.get(f"{wave}/written/why")
    reader.follow()
    officer.unlock()
    answer(told, wave_id)
    survey_file.write_text(FILE.replace("Noise", "Loud noise"), encoding="utf-8")
    reader.get(survey)
    reader.post(f"{survey}/publish", seen="x")
    reader.get(f"{survey}/preview")
    reader.post(f"{survey}/publish")
    reader.get(f"{survey}/preview")
    reader.post(f"{survey}/publish", partial="pl")
    reader.get(wave)
    reader.post(f"{wave}/version")
    reader.get(wave)
    for day in ("x", "2020-01-01"):
        reader.post(f"{wave}/last-day", closes_on=day)
    read_the_console(reader, survey, wave)
    for path in (
        "",
        "/results",
        "/results?view=cross",
        "/results?view=fieldwork",
        "/written/why",
        "/written/why?page=9",
        "/export",
        "/close",
    ):
        reader.get(wave + path)
    with told.app_context(), transaction() as db:
        db.execute(update(Wave).values(sample_type=SampleType.INVITED))
    for size in ("x", "10"):
        reader.get(f"{wave}/invitations")
        reader.post(f"{wave}/invitations", audience="street", size=size, first_language="eo")
    reader.post(f"{wave}/answers", cells="x")
    reader.get(f"{wave}/close")
    reader.post(f"{wave}/close")
    reader.get(wave)
    reader.post(f"{wave}/last-day", closes_on="2099-01-01")
    with told.app_context(), transaction() as db:
        db.execute(update(AnswerColumn).where(AnswerColumn.question == "sex").values(packed=b""))
    for query in (
        "",
        "?q=xyz",
        "?language=pl",
        "?view=fieldwork",
        "?view=cross",
        "?view=cross&rows=together&columns=home",
    ):
        reader.get(f"{wave}/results{query}")
    for path in (survey, f"{survey}/version", f"{survey}/open", "/eo/staff/surveys"):
        reader.get(path)
    reader.post(f"{survey}/archive")
    for path in (survey, "/eo/staff/surveys", "/eo/staff/surveys?archived=1"):
        reader.get(path)
    reader.get(survey)
    reader.post(f"{survey}/restore")
    reader.post(f"{survey}/open", {"opens_on": "x"})
    reader.post(f"{survey}/open", {"opens_on": "2098-01-02", "closes_on": "2098-01-01"})
    reader.post(f"{survey}/open", {"opens_on": "2098-01-02", "closes_on": "2999-01-01"})
    assert reader.pages > 25
    assert reader.bare == {}


@pytest.mark.dear
def test_whoever_types_sheets_of_paper_in_finds_no_word_that_cannot_be_translated(
    told: Flask, hire: Callable[..., Officer], survey_manager: Officer, survey_file: Path
) -> None:
    officer = hire("sam", teams=(SURVEY_TEAM,), roles=(Role.SURVEY_MANAGER, Role.ANALYST))
    officer.client = told.test_client()
    asked = read_definition(survey_file)
    reader = Reader(told, officer)
    codes = {code for _, *found in re.findall(r'(code) = "(\w+)"', survey_file.read_text()) for code in found}
    ages = {option.code for option in asked.options_of(asked.questions["age"])}
    # What people typed, their names, and the codes that stand on the sheet.
    reader.knows(*filter(None, said_by(asked)), *codes, *ages, "Nobody talks.", "xyz", "mo", "sam", "Only sam is here.")
    officer.sign_in()
    officer.unlock()
    wave_id = open_a_wave(told, asked)
    sheets = f"/eo/staff/waves/{wave_id}/paper"
    batch = f"{sheets}/1"
    reader.get(sheets)
    reader.post(sheets, sheets="x", is_single="y")
    make_batch(survey_manager, wave_id, 4)
    odd = {"answer_together": "agree", "answer_worries": ["noise", "nothing"]}
    for number, changed in ((1, {}), (2, odd), (3, {}), (4, {"answer_sex": "*"})):
        type_in(survey_manager, batch.removeprefix("/eo"), number, **changed)
    for path in ("", "/open?sheet=9", "/1", "/2?by=codes", "/3"):
        reader.get(batch + path)
    reader.get(f"{batch}/1?by=codes")
    reader.post(f"{batch}/1?by=codes", answer_together="d", answer_sex="xyz", answer_years="many")
    reader.post(f"{batch}/1", answer_worries=["noise", "?"], answer_years="700")
    type_in(officer, batch.removeprefix("/eo"), 1, answer_sex="male", answer_years="?")
    type_in(officer, batch.removeprefix("/eo"), 2, **odd)
    type_in(officer, batch.removeprefix("/eo"), 4, answer_sex="*")
    reader.get(batch)
    reader.post(f"{batch}/compare")
    reader.post(f"{batch}/compare")
    for path in ("/1/settle", "/2/settle", "/3/settle", "/1", ""):
        reader.get(batch + path)
    reader.get(f"{batch}/1/settle")
    reader.post(f"{batch}/1/settle", right_sex="first", right_years="neither")
    reader.post(f"{batch}/1/settle", right_sex="neither", right_years="first", answer_years="9")
    reader.post(f"{batch}/1/settle", known_by="another")
    reader.get(batch)
    reader.post(batch, sheets="2")
    reader.get(batch)
    reader.post(batch, sheets="4", is_single="y", note="Only sam is here.")
    reader.get(batch)
    reader.get(f"/eo/staff/waves/{wave_id}/close")
    reader.post(f"/eo/staff/waves/{wave_id}/close")
    for path in (batch, sheets, f"{batch}/3"):
        reader.get(path)
    assert reader.pages > 28
    assert reader.bare == {}


def test_the_mail_to_the_duty_address_can_be_translated(told: Flask) -> None:
    with told.app_context(), force_locale(MAKE_BELIEVE.locale):
        for letter in outbox.Letter:
            for words in outbox._words(letter, "https://safer.example.org/staff/reports"):
                assert outside(words).strip() == ""


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


def test_every_sentence_is_translated(words_of: Catalog) -> None:
    known = {named(message) for message in sentences(words_of) if is_translated(message) and not message.fuzzy}
    missing = [named(message) for message in sentences(every_sentence()) if named(message) not in known]
    assert missing == []


def test_a_translation_keeps_every_placeholder(words_of: Catalog) -> None:
    for message in sentences(words_of):
        if not is_translated(message):
            continue
        if isinstance(message.id, tuple | list):
            one, many = message.id
            assert len(message.string) == words_of.num_plurals, message.id
            assert placeholders(message.string[-1]) == placeholders(many), message.id
            for form in message.string[:-1]:
                assert set(placeholders(form)) <= set(placeholders(one)) | set(placeholders(many)), message.id
        else:
            assert placeholders(message.string) == placeholders(message.id), message.id


def test_a_catalogue_marks_the_sentences_about_safety(words_of: Catalog) -> None:
    marked, wanted = (
        {named(message) for message in sentences(words) if SAFETY in message.auto_comments}
        for words in (words_of, every_sentence())
    )
    assert marked == wanted
    assert len(wanted) > 20


@pytest.mark.dear
def test_a_sentence_about_safety_is_said_by_safety_everywhere() -> None:
    """Said elsewhere by the plain word, it would stand there without the English beneath."""
    safe = {message.id for message in sentences(every_sentence()) if SAFETY in message.auto_comments}
    options = {"**.html": {"trimmed": "true", "silent": "false"}}
    said = extract_from_dir(folder("templates"), [("**.html", "jinja2")], options, keywords=KEYWORDS)
    assert sorted(f"{file}:{line}" for file, line, sentence, *_ in said if sentence in safe) == []


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_the_sentences_about_safety_carry_the_english_beneath_until_a_person_has_checked_them(
    app: Flask, language: Language
) -> None:
    client = app.test_client()
    about_safety = {
        message.id
        for message in sentences(every_sentence())
        if SAFETY in message.auto_comments and "%" not in "".join(message.id)
    }
    beneath = 0
    for path in ("/", "/report", "/return", "/help", "/privacy", "/report/saved"):
        english, page = Resident(client), Resident(client)
        english.get(path)
        page.get(language.prefix + path)
        beneath += len(re.findall(r'<span class="app-beneath" lang="en" dir="ltr">.*?</span>', page.page, re.DOTALL))
        read, meant = page.text, english.text
        if not language.reviewed:
            assert [said for said in about_safety if said in meant and said not in read] == [], path
    assert bool(beneath) is not language.reviewed


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_every_page_says_its_language_and_its_direction(resident: Resident, language: Language) -> None:
    begin = f"{language.prefix}/report"
    resident.get(begin)
    resident.post(begin)
    for path in [*PUBLIC, "/report", "/report/1", "/report/files", "/report/3", "/report/4", "/report/5", "/return", "/nothing",
                 "/leave", "/staff/sign-in", "/return/report"]:  # fmt: skip
        resident.get(language.prefix + path)
        assert f'<html class="govuk-template" lang="{language.tag}" dir="{language.dir}">' in resident.page, path
        assert ("app.rtl" in resident.page) is (language.dir == "rtl"), path
        for other in LANGUAGES:
            if "app-strip" in resident.page:
                assert f'lang="{other.tag}" dir="{other.dir}"' in resident.page, path


def test_a_page_keeps_its_language_while_something_in_english_is_written(app: Flask) -> None:
    """The first sentence of all may be said then: what is kept of it must be the page's."""
    with app.test_request_context(environ_overrides={"portal.language": "ur"}), force_locale("en_GB"):
        assert {say("Continue"), say("Continue")} == {"جاری رکھیں"}
        assert "یہ" in safety("This is not an emergency service.")


def test_what_is_put_into_a_sentence_is_escaped_each_time_anew(app: Flask) -> None:
    with app.test_request_context(environ_overrides={"portal.language": "en"}):
        assert [say("%(name)s staff", name=name) for name in ("<b>", "MK", Markup("<b>"))] == [
            "&lt;b&gt; staff",
            "MK staff",
            "<b> staff",
        ]


@pytest.mark.same_on_both
def test_a_language_bears_the_name_that_its_speakers_give_it() -> None:
    assert {code: name_in_cldr(code) for code in SPOKEN} == OWN_NAMES
