"""What is left of two hundred residents who reported: no word, number, address or browser of theirs, anywhere in the clear."""

from __future__ import annotations

import io
import logging
import re
import secrets
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask, request
from playwright.sync_api import Browser
from sqlalchemy import select, text

from portal.db import session, today
from portal.files.store import EvidenceFile
from portal.reporting.count_models import ReportCount
from portal.reporting.models import (
    INCIDENTS,
    DeletedReport,
    DeletionRequest,
    Message,
    Nudge,
    Report,
    ReportContact,
    ReportPart,
)
from portal.reporting.second_look_models import SecondLook
from portal.server.logs import init_logs
from portal.web.security import csrf
from tests.support.browsers import PHONE
from tests.support.loot import spellings, stolen
from tests.support.people import Fields, Officer, Resident
from tests.support.pictures import RECORDING
from tests.support.sending import answer_page, receipt_block, send_report
from tests.support.stored import stored
from tests.support.walking import Walk

# All that a stolen database may tell of a report.
IN_THE_CLEAR = {
    "id", "kind", "place_geography", "place_version", "place_code", "received_on", "state", "risk_band", "immediate_risk",
    "assignee_id", "due_on", "language", "source", "told_if_it_helped", "closed_on", "reference",
}  # fmt: skip
# Random, or made from the receipt under keys that are not in the database.
SEALED_OR_RANDOM = {"submission_token", "conversation_id", "receipt_lookup", "conversation_key"}


class Canary:
    """One resident whose every word and number can be found again; all have the test's own `mark` in them."""

    def __init__(self, mark: str, number: int) -> None:
        self.word = f"word{mark}{number}"
        self.street = f"street{mark}{number}"
        self.more = f"more{mark}{number}"
        self.called = f"name{mark}{number}"
        self.email = f"mail{mark}{number}@mail.test"
        self.phone = f"+44 {int(mark[:6], 16):08}{number:03}"
        self.message = f"message{mark}{number}"
        self.agent = f"browser{mark}{number}"
        self.address = f"203.0.113.{number}"
        self.forwarded = f"198.51.100.{number}"
        self.digits = ""


def numbers_in(loot: bytes) -> set[str]:
    """Every run of sixteen digits, however they are grouped."""
    found = re.findall(rb"(?=(\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}))", loot)
    return {re.sub(rb"\D", b"", run).decode() for run in found}


def report_as(app: Flask, canary: Canary, kind: str, *, opens: bool) -> None:
    """Write and send a report; who `opens` it again also writes a message and runs into pages that fail."""
    resident = Resident(app.test_client())
    resident.client.environ_base |= {
        "REMOTE_ADDR": canary.address,
        "HTTP_USER_AGENT": canary.agent,
        "HTTP_X_FORWARDED_FOR": f"{canary.forwarded}, 10.0.0.1",
        "HTTP_FORWARDED": f"for={canary.forwarded}",
    }
    resident.get("/report")
    resident.post("/report")
    first: dict[str, list[Fields]] = {
        "hate": [
            {"strands": ["race", "age"], "written_why": canary.more} if opens else {},
            {"types": "verbal", "written_words": canary.more} if opens else {},
        ]
    }
    group: dict[str, list[Fields]] = {
        "asb": [
            {"group": "rubbish"},
            {"types": ["smoke", "dumping"], "size": "bag", "material": "green"} if opens else {},
        ]
    }
    for fields in (
        {"kind": kind},
        *group.get(kind, []),
        {"narrative": f"They said {canary.word}."}
        | ({"files": (io.BytesIO(RECORDING + canary.more.encode()), f"{canary.more}.mp3")} if opens else {}),
        {"when": "yesterday"},
        {"place": "e-fishermead", "written_place": f"{canary.word} market", "street": canary.street},
        *first.get(kind, []),
        {"risk": "not_sure"},
        *(told_more(canary, kind) if opens else [{"finish": "1"}]),
    ):
        resident.follow()
        if resident.response and resident.response.location:  # the page for files has an address of its own
            resident.follow()
        resident.post(resident.path, fields)
    if opens:
        answer_page(resident, "consent", {"partner_police": "what", "partner_victims-first": "how"})
    resident.get("/report/check")
    resident.see(canary.word, canary.street)
    resident.post("/report/check", {"open_words": "y"} if opens else {})
    resident.follow()
    canary.digits = "".join(receipt_block(resident.page).split())
    resident.post("/report/sent")
    if not opens:
        return
    resident.get("/return")
    resident.post("/return", receipt=canary.digits)
    resident.follow()
    resident.post("/return/report", message=canary.message)
    for place in ("mistake", "full"):
        assert resident.client.get(f"/{place}/{canary.word}?said={canary.digits}").status_code >= 500
        assert resident.client.post(f"/{place}/x", data={"narrative": canary.message}).status_code >= 500


def told_more(canary: Canary, kind: str) -> list[Fields]:
    """What someone answers who answers all that is asked."""
    affected: list[Fields] = [{"affected": "nuisance"}]
    return [
        {"dangers": "none"},
        {"who": "me"},
        *(affected if kind == "asb" else []),
        {"often": "weekly", "written_since": canary.more},
        {"setting": "online", "written_site": canary.more},
        {"number": "few", "known": "neighbour", "written_description": canary.more},
        {"harm": ["afraid", "children"], "written_harm_words": canary.more},
        {"risk-linked": "yes", "risk-reputation": "no"},
        {"risk-targeted": "me", "risk-others": "household"},
        {"risk-affected": "a-lot", "risk-harder": ["age", "mind"]},
        {"risk-friends": "alone", "risk-professional": "yes"},
        {"told": "police", "written_reference": canary.more},
        {"wish": ["support", "police"]},
        {
            "reach": "contact",
            "ways": ["text", "email", "letter"],
            "leave_message": "no",
            "written_called": canary.called,
            "written_phone": canary.phone,
            "written_email": canary.email,
            "written_address": canary.more,
        },
        {
            "spoken": "other",
            "written_spoken_other": canary.more,
            "written_safe_when": canary.more,
            "written_unaware": canary.more,
        },
    ]


@pytest.fixture
def server_log(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file to which the server's standard error goes."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    log = tmp_path / "standard error"
    with log.open("w", encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stderr", file)
        init_logs(app)
        yield log
    root.handlers = handlers
    root.setLevel(level)


@pytest.fixture(params=[53, pytest.param(300, marks=pytest.mark.long)])
def reports(request: pytest.FixtureRequest) -> int:
    given: int = request.param
    return given


@pytest.mark.dear
def test_nothing_that_residents_said_or_are_lies_in_the_clear(
    app: Flask, hire: Callable[..., Officer], server_log: Path, reports: int
) -> None:

    @app.route("/mistake/<word>", methods=["GET", "POST"])
    @csrf.exempt
    def mistake(word: str) -> str:
        raise ValueError(f"cannot read {word} {request.form}")

    @app.route("/full/<word>", methods=["GET", "POST"])
    @csrf.exempt
    def full(word: str) -> str:
        session.execute(text("SELECT :said FROM nowhere"), {"said": f"{word} {request.form}"})
        return ""

    kinds = list(INCIDENTS)
    mark = secrets.token_hex(8)
    canaries = [Canary(mark, number) for number in range(1, reports + 1)]
    for number, canary in enumerate(canaries):
        report_as(app, canary, kinds[number % 3].value, opens=number % 5 == 0)
    officer = hire()
    officer.sign_in()
    officer.unlock()
    officer.see(f"Showing 1 to 50 of {reports}")
    officer.not_see(mark)
    for found in re.findall(r"/staff/reports/[0-9a-f-]{36}", officer.page)[:5]:
        officer.get(found)
        officer.see(f"They said word{mark}")
        officer.post(f"{found}/risk", band="high", why=f"reason{mark}")
        officer.follow()
        officer.see(f"reason{mark}")

    assert len(stored(app)) == len(canaries[::5])
    sys.stderr.flush()
    loot = stolen(app) + server_log.read_bytes()
    assert len(loot) > reports * 16_000
    assert loot.count(b"ValueError") >= reports // 5  # the failing pages were logged
    assert loot.count(b"Error\nbecause of\n") >= reports // 5
    for trace in (mark, *(canary.phone for canary in canaries), "203.0.113.", "198.51.100."):
        for spelling in spellings(trace):
            assert spelling not in loot, loot[max(0, loot.index(spelling) - 200) :][:400]
    receipts = {canary.digits for canary in canaries}
    assert len(receipts) == reports
    assert not receipts & numbers_in(loot)
    assert numbers_in(b"1234567890123456 1234-5678-9012-3457") >= {"1234567890123456", "1234567890123457"}

    counts: Counter[tuple[date, str, str]] = Counter()
    with app.app_context():
        assert len(session.scalars(select(Report)).all()) == reports
        for row in session.scalars(select(ReportCount)):
            counts[row.month, row.question, row.answer] += row.times
    month = today().replace(day=1)
    of_all = {kind.value: len(range(number, reports, 3)) for number, kind in enumerate(kinds)}
    told = {kind.value: sum(number % 5 == 0 for number in range(nth, reports, 3)) for nth, kind in enumerate(kinds)}
    hate = {("strand", "race"), ("strand_extra", "age"), ("hate_type", "verbal")}
    asb = {("asb_category", "nuisance"), ("asb_type", "smoke"), ("asb_type", "dumping")}
    assert counts == (
        {(month, "kind", kind): times for kind, times in of_all.items()}
        | {(month, *answer): told["hate"] for answer in hate}
        | {(month, *answer): told["asb"] for answer in asb}
        | {(month, question, "yes"): sum(told.values()) for question in ("repeat", "online")}
        | {(month, "language", "en"): reports, (month, "source", "web"): reports}
    )


def test_what_is_in_the_clear_on_a_report_is_what_was_agreed(app: Flask, resident: Resident) -> None:
    send_report(resident)
    assert set(Report.__table__.columns.keys()) == IN_THE_CLEAR | SEALED_OR_RANDOM
    with app.app_context():
        report = session.scalars(select(Report)).one()
        assert type(report.received_on) is date
        assert type(report.due_on) is date
        for column in SEALED_OR_RANDOM - {"submission_token", "conversation_id"}:
            assert len(getattr(report, column)) >= 32
    for model, clear in (
        (EvidenceFile, {"id", "draft_id", "report_id"}),
        (ReportPart, {"id", "report_id", "part"}),
        (ReportContact, {"id", "report_id", "delete_on"}),
        (SecondLook, {"report_id"}),
        (Nudge, {"id", "report_id", "due_at", "sent_on", "sent_unread", "refusals", "delete_on"}),
        (Message, {"id", "report_id", "position", "author", "language", "sent_on", "seen"}),
    ):
        assert set(model.__table__.columns.keys()) == clear | {"sealed"}
    assert set(DeletionRequest.__table__.columns.keys()) == {
        "report_id", "asked_on", "due_on", "refused_on", "refused_for", "refused_by",
    }  # fmt: skip


def test_what_is_ticked_is_counted_and_kept_nowhere_beside_the_report(app: Flask, resident: Resident) -> None:
    for when in ("keeps_happening", "today", "keeps_happening"):
        send_report(resident, kind="hate", when=when)
    with app.app_context():
        found = {(row.place_group, row.question, row.answer): row.times for row in session.scalars(select(ReportCount))}
        places = app.extensions["partnership"].places
        group = places.find("e-fishermead").group
    # Language and way are counted apart from the place, so that no place is tied to a language.
    everywhere = {("everywhere", "language", "en"): 3, ("everywhere", "source", "web"): 3}
    assert found == {(group, "kind", "hate"): 3, (group, "repeat", "yes"): 2} | everywhere
    assert b"keeps_happening" not in stolen(app)


def test_a_long_text_and_a_short_one_are_sealed_to_one_length(app: Flask, resident: Resident) -> None:
    for narrative in ("Ten letter", "அ" * 4_000, "😀" * 4_000, '"\\' * 2_000):
        digits = send_report(resident, narrative=narrative)
        resident.get("/return")
        resident.post("/return", receipt=digits)
        resident.follow()
        resident.post("/return/report", message=narrative)
    with app.app_context():
        parts = session.execute(select(ReportPart.part, ReportPart.sealed)).all()
        messages = session.scalars(select(Message.sealed)).all()
    assert len(parts) == 24
    assert len({(part, len(sealed)) for part, sealed in parts}) == 6
    assert len(messages) == 4
    assert len({len(sealed) for sealed in messages}) == 1


def test_a_draft_on_disk_tells_nothing_of_what_is_half_typed(app: Flask, resident: Resident) -> None:
    resident.get("/report")
    resident.post("/report")
    resident.follow()
    resident.post("/report/files", narrative="They said halftypedword.")
    resident.get("/report/4")
    resident.post("/ur/report/4", switch="ur", street="halftypedstreet", written_place="halftypedplace")
    loot = stolen(app)
    for trace in [*spellings("halftypedword"), *spellings("halftypedstreet"), *spellings("halftypedplace")]:
        assert trace not in loot
    resident.get("/report/files")
    resident.see("halftypedword")


def test_the_cookie_tells_nothing_and_grows_by_nothing_that_is_typed(resident: Resident) -> None:
    resident.get("/report")
    resident.post("/report")
    resident.follow()
    before = resident.client.get_cookie("visit")
    resident.post("/report/files", narrative="word " * 700)
    resident.get("/report/check")
    after = resident.client.get_cookie("visit")
    assert before
    assert after
    assert len(after.value) == len(before.value) < 400


def test_no_digit_of_the_receipt_is_in_an_address_a_title_or_a_header(resident: Resident) -> None:
    seen = []
    keep = resident._arrive

    def arrive(path: str, response: object) -> object:
        seen.append((path, response))
        return keep(path, response)  # type: ignore[arg-type]

    resident._arrive = arrive  # type: ignore[assignment, method-assign]
    digits = send_report(resident, kind="hate", opens_pages=True)
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    assert len(seen) > 15
    for path, response in seen:
        title = re.findall("<title>(.*?)</title>", response.text, re.DOTALL)
        # A sealed cookie is letters by chance, any three of them.
        headers = re.sub("visit=[^;]+", "", str(response.headers))
        for place in (path, headers, *title):
            assert digits not in re.sub(r"\D", "", place)
            assert not re.search("hate|asb|stones", place, re.IGNORECASE)


def test_the_database_keeps_no_moment_of_sending(app: Flask, resident: Resident) -> None:
    """What is written in the moment of sending is a day, never an hour; the limits' and drafts' hours end with them."""
    send_report(resident)
    with app.app_context():
        for model in (
            EvidenceFile,
            Report,
            ReportPart,
            ReportContact,
            Message,
            ReportCount,
            DeletionRequest,
            DeletedReport,
        ):
            for column in model.__table__.columns:
                assert "time" not in str(column.type).lower(), (model, column)


@pytest.mark.dear
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_a_whole_visit_asks_no_other_site(
    browser: Browser, live_server: str, app: Flask, hire: Callable[..., Officer], javascript: bool, tmp_path: Path
) -> None:
    asked: list[str] = []
    context = browser.new_context(java_script_enabled=javascript, **PHONE)
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    try:
        for path in ("/", "/help", "/privacy", "/ur/", "/nothing", "/report"):
            page.goto(live_server + path)
        walk = Walk(page, app).begin().tell("They threw stones.")
        number = walk.send()
        walk.press("I have saved the number")
        page.goto(live_server + "/return")
        walk.come_back(number)
        page.goto(live_server + "/staff/sign-in")
        account = hire("sam")
        page.get_by_label("Name").fill("sam")
        page.get_by_label("Password").fill(account.password)
        page.get_by_label("Code from your authenticator app").fill(account.next_code())
        walk.press("Sign in").at("/staff/unlock")
        page.get_by_label("Vault passphrase").fill(account.passphrase)
        walk.press("Unlock").at("/staff/reports").go("Hate incident").see_words("They threw stones.")
    finally:
        context.close()
    assert len(asked) > 20
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(live_server).netloc}
