"""A report goes to the desk that mends it, where its reporter chose so: through a real server of ours, whatever that does."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from portal.db import database, session, transaction, utcnow
from portal.reporting import deletions, hand_over_sending, hand_overs, open311
from portal.reporting.models import HandOver, Report, State
from portal.server import health, worker
from portal.vault import worker_key
from tests.support.closing import close_report
from tests.support.loot import spellings, stolen
from tests.support.open311 import LIES, GeoReportServer, geo_report_server
from tests.support.people import Fields, Officer, Resident
from tests.support.sending import NARRATIVE, receipt_block, send_report

STREET = "Canary Walk, behind the garages"
DUMPING: dict[str, Fields] = {
    "/report/2": {"group": "rubbish"},
    "/report/3": {"types": ["dumping", "litter", "other"], "size": "item", "material": ["household", "tyres"]},
}
TOLD = """What it is: Rubbish or furniture dumped; Litter
How much: One thing, like a mattress or a fridge
What was dumped: Bags or things from a home; Tyres or car parts"""
REFERENCE = re.compile(r"Reference: ([B-Z2-9]{4}-[B-Z2-9]{4})\. The same reference twice is one report\.")
SENT_TO = "Send this to Milton Keynes City Council too"


@pytest.fixture
def council() -> Iterator[GeoReportServer]:
    with geo_report_server("mk.example", "s3cret") as server:
        yield server


@pytest.fixture
def bare_app(make_app: Callable[..., Flask], council: GeoReportServer, tmp_path: Path) -> Flask:
    """The app whose council takes reports by Open311; its worker has been started."""
    return with_open311(make_app, tmp_path, council)


def with_open311(make_app: Callable[..., Flask], tmp_path: Path, council: GeoReportServer) -> Flask:
    make_app()
    keys = tmp_path / "keys.toml"
    keys.write_text('streets = "s3cret"\n', "utf-8")
    file = tmp_path / "data" / "partnership.toml"
    open311 = f"""[desks.open311]
endpoint = "{council.endpoint}"
jurisdiction_id = "mk.example"
service_codes = {{dumping = "FLY", litter = "LIT"}}

[[desks]]
code = "street-lights\""""
    file.write_text(file.read_text("utf-8").replace('[[desks]]\ncode = "street-lights"', open311), "utf-8")
    app = make_app(open311_keys=keys)
    with app.app_context():
        worker_key.prepare()
    return app


def to_check(resident: Resident, more: dict[str, Fields] | None = None, **answers: str) -> None:
    """Answer what a report of dumped waste is asked, up to the page that sends."""
    resident.get("/report")
    resident.post("/report")
    where = {"place": answers.get("place", "e-fishermead"), "street": "" if "place" in answers else STREET}
    pages: dict[str, Fields] = {"/report/1": {"kind": "asb"}, **(DUMPING if more is None else more)} | {
        "/report/files": {"narrative": answers.get("narrative", NARRATIVE)},
        "/report/5": {"when": "today"},
        "/report/6": where,
        "/report/7": {"risk": "no"},
    }
    for path, fields in pages.items():
        resident.get(path)
        resident.post(path, fields)
    resident.get("/report/check")


def send(resident: Resident, **ticked: object) -> str:
    """Send it from the page that sends, ticked to go to the council as well; gives the receipt's digits."""
    resident.post("/report/check", {"send_to": "streets"} | ticked)
    resident.follow()
    return "".join(re.findall(r"\d{4}", receipt_block(resident.page)))


def report(resident: Resident, **ticked: object) -> str:
    to_check(resident)
    digits = send(resident, **ticked)
    resident.post("/report/sent")
    return digits


def come_back(resident: Resident, digits: str) -> None:
    resident.get("/return")
    resident.post("/return", {"receipt": digits})
    resident.follow()


def work(app: Flask) -> int:
    with app.app_context():
        return hand_over_sending.send_due_hand_overs()


def hours_pass(app: Flask, hours: float) -> None:
    with app.app_context(), transaction() as db:
        for row in db.scalars(select(HandOver).where(HandOver.due_at.is_not(None))):
            row.due_at -= timedelta(hours=hours)


def days_pass(app: Flask, days: int) -> None:
    hours_pass(app, 24 * days)
    with app.app_context(), transaction() as db:
        for row in db.scalars(select(Report)):
            row.received_on -= timedelta(days=days)


def the_row(app: Flask) -> HandOver:
    with app.app_context():
        return session.scalars(select(HandOver)).one()


def at_report(officer: Officer) -> str:
    officer.get("/staff/reports")
    found = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert found, officer.text
    officer.get(found[0])
    return found[0]


def act_on(app: Flask, officer: Officer, at: str, **fields: str) -> None:
    officer.post(f"{at}/hand-over/{the_row(app).id}", fields)
    officer.follow()


def test_what_was_shown_before_goes_to_the_council_and_nothing_else_and_its_number_comes_back(
    app: Flask, resident: Resident, officer: Officer, council: GeoReportServer
) -> None:
    to_check(resident)
    shown = f"{STREET}, Fishermead, Milton Keynes\n{TOLD}"
    assert shown in resident.page
    resident.see(SENT_TO, "Not your name, contact details, photos or receipt number.", "unless you tick a box below")
    assert not re.search(r'name="send_(to|words)"[^>]* checked', resident.page)
    digits = send(resident)
    resident.see("You chose to send it to them too.")
    resident.post("/report/sent")
    come_back(resident, digits)
    resident.see("It has not gone to them yet.")

    assert work(app) == 1
    assert council.breaches == []
    (sent,) = council.requests
    reference = REFERENCE.search(sent["description"])
    assert reference
    assert sent == {
        "jurisdiction_id": "mk.example",
        "service_code": "FLY",
        "address_string": f"{STREET}, Fishermead, Milton Keynes",
        "description": f"{TOLD}\n{reference[0]}",
        "api_key": "s3cret",
    }
    come_back(resident, digits)
    resident.see("Their number for it: 12345", STREET, "How much: One thing, like a mattress")
    at_report(officer)
    officer.see("Their number: 12345", STREET, f"Reference: {reference[1]}.", "Without the reporter’s own words.")
    officer.see("Asked in this language: English. Version of the words: 1.")
    assert work(app) == 0
    assert len(council.requests) == 1


def test_own_words_go_only_where_the_second_box_was_ticked_and_the_receipt_does_not_open_them(
    app: Flask, resident: Resident, officer: Officer, council: GeoReportServer
) -> None:
    digits = report(resident, send_words="streets")
    work(app)
    assert f"{TOLD}\nIn their own words:\n{NARRATIVE}\nReference: " in council.requests[0]["description"]
    come_back(resident, digits)
    resident.see("And your own words.")
    resident.not_see(NARRATIVE)
    at_report(officer)
    officer.see("With the reporter’s own words.")


def test_a_report_of_which_no_box_was_ticked_goes_nowhere(
    app: Flask, resident: Resident, council: GeoReportServer
) -> None:
    to_check(resident)
    resident.post("/report/check", {"send_words": "streets"})
    resident.follow()
    resident.see("We did not send it to them. You can tell them yourself.", "01908 691691")
    work(app)
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(HandOver)) == 0
    assert council.requests == []


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    "answers", [{"kind": "hate"}, {"kind": "not_sure"}, {"risk": "yes"}], ids=["hate", "not sure", "danger"]
)
def test_hate_what_may_be_hate_and_danger_are_never_offered_and_never_sent(
    app: Flask, resident: Resident, council: GeoReportServer, answers: dict[str, str]
) -> None:
    """Also where the box was ticked before the answer was changed, and where somebody posts it by hand."""
    to_check(resident)
    resident.post("/report/check", {"send_to": "streets", "switch": "ur"})
    number, (field, value) = {"kind": 1, "risk": 7}[next(iter(answers))], next(iter(answers.items()))
    resident.get(f"/report/{number}?change=1")
    resident.post(f"/report/{number}", {field: value})
    resident.get("/report/check")
    resident.not_see("Who can mend this", SENT_TO)
    resident.post("/report/check", {"send_to": "streets", "send_words": "streets"})
    resident.follow()
    work(app)
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Report)) == 1
        assert session.scalar(select(func.count()).select_from(HandOver)) == 0
    assert council.requests == []


@pytest.mark.same_on_both
@pytest.mark.parametrize("place", ["outside", "not_sure"])
def test_without_a_place_there_is_nothing_to_send(resident: Resident, place: str) -> None:
    to_check(resident, place=place)
    resident.see("Who can mend this", "01908 691691")
    resident.not_see(SENT_TO)


@pytest.mark.same_on_both
def test_a_choice_outlives_a_change_of_language_and_is_shown_in_it(resident: Resident) -> None:
    to_check(resident)
    resident.post("/ur/report/check", {"send_to": "streets", "switch": "ur"})
    resident.follow()
    assert re.search(r'name="send_to"[^>]* checked', resident.page)
    assert not re.search(r'name="send_words"[^>]* checked', resident.page)
    assert f"{STREET}, Fishermead, Milton Keynes\n{TOLD}" in resident.page


@pytest.mark.same_on_both
def test_a_desk_of_which_nothing_can_be_sent_is_read_with_how_it_is_reached(resident: Resident) -> None:
    to_check(resident, {"/report/2": {"group": "damage"}, "/report/3": {"types": ["landlord_repair", "street_light"]}})
    resident.see(
        "Who can mend this", "Your landlord", "Look for the number on your rent papers.", "Mends street lights"
    )
    resident.not_see("Send this to", "If you tick it")


@pytest.mark.same_on_both
def test_before_a_worker_was_started_nothing_is_offered(
    make_app: Callable[..., Flask], recovery_key: str, tmp_path: Path
) -> None:
    (tmp_path / "data" / "secrets" / "worker.public").unlink()
    someone = Resident(make_app().test_client())
    to_check(someone)
    someone.see("Who can mend this")
    someone.not_see(SENT_TO)


NOT_THERE = "Their system cannot be reached, or says that it cannot take it now."
NO_SENSE = "Their system gave no answer that we understand. They may have it."
REFUSED = "Their system refuses it."
ANSWERS = {
    **dict.fromkeys(["500", "503"], NOT_THERE),
    **dict.fromkeys(["refused in XML", "refused by a page", "redirect"], REFUSED),
    **dict.fromkeys(["hang up", "slow", "drips its head", "drips its body"], NO_SENSE),
}


@pytest.mark.same_on_both
@pytest.mark.parametrize("mishap", [*LIES, "redirect", "hang up", "slow", "drips its head", "drips its body"])
def test_whatever_the_server_answers_the_officer_reads_it_and_it_is_tried_again(
    app: Flask, resident: Resident, officer: Officer, council: GeoReportServer, mishap: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(open311, "PATIENCE", 0.4 if mishap in {"slow", "drips its head", "drips its body"} else 5.0)
    digits = report(resident)
    council.mishap = mishap
    begun = utcnow()
    assert work(app) == 0
    assert utcnow() - begun < timedelta(seconds=3)
    at = at_report(officer)
    officer.see(ANSWERS.get(mishap, NO_SENSE), "Waits to be sent.")
    if mishap == "503":
        officer.see("They say: Back at noon")
    if mishap == "refused in XML":
        officer.see("They say: Wrong & bad")
    come_back(resident, digits)
    resident.see("It has not gone to them yet.")
    assert work(app) == 0  # not at once again
    assert council.asked_elsewhere == []
    council.mishap = ""
    council.requests.clear()
    monkeypatch.setattr(open311, "PATIENCE", 5.0)
    hours_pass(app, 2)
    assert work(app) == 1
    officer.get(at)
    officer.see("Their number: 12345")
    assert council.breaches == []


def test_a_server_that_is_down_is_asked_again_for_a_week_and_then_an_officer_decides(
    app: Flask, resident: Resident, officer: Officer, council: GeoReportServer
) -> None:
    digits = report(resident)
    council.shutdown()
    council.server_close()
    for _day in range(7):
        assert work(app) == 0
        officer.get("/staff/reports")
        officer.not_see("does not get through")
        days_pass(app, 1)
    work(app)
    officer.get("/staff/reports")
    officer.see("1 report does not get through to another desk.", NOT_THERE)
    with app.app_context():
        assert "Reports that cannot be handed over to a desk: 1 (not_reached)." in health.problems()
    assert the_row(app).for_worker is None
    come_back(resident, digits)
    resident.see("We could not send it to them. Tell them yourself, or write to us here.", "01908 691691")
    at = at_report(officer)
    officer.see("Given up: it was not sent.")
    act_on(app, officer, at)
    officer.see("Stopped: it is not sent.", "stopped sending it to another desk")
    officer.get("/staff/reports")
    officer.not_see("does not get through")


def test_an_officer_sends_again_what_was_given_up_with_the_words_that_were_chosen(
    app: Flask, resident: Resident, officer: Officer, council: GeoReportServer
) -> None:
    report(resident, send_words="streets")
    council.mishap = "503"
    days_pass(app, 7)
    work(app)
    council.mishap = ""
    at = at_report(officer)
    act_on(app, officer, at, again="yes")
    officer.see("Waits to be sent.", "sent it to another desk again")
    assert work(app) == 1
    assert NARRATIVE in council.requests[0]["description"]


def test_after_lost_answers_it_is_sent_three_times_at_most_under_one_reference(
    app: Flask, resident: Resident, officer: Officer, council: GeoReportServer
) -> None:
    digits = report(resident)
    council.mishap = "hang up"
    for _ in range(5):
        work(app)
        hours_pass(app, 13)
    assert len(council.requests) == 3
    assert len({request["description"] for request in council.requests}) == 1
    come_back(resident, digits)
    resident.see("We do not know if they have it.")
    officer.get("/staff/reports")
    officer.see("1 report does not get through to another desk.")


@pytest.mark.same_on_both
def test_a_refusal_is_said_to_staff_at_once(
    app: Flask, resident: Resident, officer: Officer, council: GeoReportServer, tmp_path: Path
) -> None:
    report(resident)
    (tmp_path / "keys.toml").write_text('streets = "wrong"\n', "utf-8")
    work(app)
    assert council.breaches == ["The API key is missing or wrong"]
    officer.get("/staff/reports")
    officer.see("1 report does not get through to another desk.", REFUSED)
    at_report(officer)
    officer.see("They say: The API key is missing or wrong")


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    "keys", [None, "streets = 5", "nonsense", "\xff"], ids=["gone", "digits", "no TOML", "no text"]
)
def test_keys_that_cannot_be_read_are_said_to_staff_and_nothing_is_sent_without_them(
    app: Flask, resident: Resident, officer: Officer, council: GeoReportServer, tmp_path: Path, keys: str | None
) -> None:
    report(resident)
    path = tmp_path / "keys.toml"
    path.unlink() if keys is None else path.write_bytes(keys.encode("latin-1"))
    work(app)
    assert council.breaches == council.requests == []
    officer.get("/staff/reports")
    officer.see("its API key cannot be read")
    with app.app_context():
        assert "The file that PORTAL_OPEN311_KEYS names cannot be read." in health.problems()


@pytest.mark.same_on_both
def test_where_a_token_comes_first_the_number_comes_later(
    app: Flask, resident: Resident, officer: Officer, council: GeoReportServer
) -> None:
    digits = report(resident)
    council.mishap = "token"
    council.gives_digits = True
    work(app)
    come_back(resident, digits)
    resident.see("Their number has not come yet.")
    hours_pass(app, 2)
    work(app)
    resident.get("/return/report")
    resident.see("Their number has not come yet.")
    council.tokens_are_ready = True
    hours_pass(app, 2)
    work(app)
    resident.get("/return/report")
    resident.see("Their number for it: 12345")
    assert council.asked_elsewhere == council.breaches == []
    assert len(council.requests) == 1


@pytest.mark.same_on_both
@pytest.mark.parametrize("is_closed", [False, True], ids=["in work", "closed"])
def test_a_number_that_never_comes_is_waited_for_a_week(
    app: Flask, resident: Resident, officer: Officer, council: GeoReportServer, is_closed: bool
) -> None:
    digits = report(resident)
    council.mishap = "token"
    work(app)
    if is_closed:
        close_report(officer, at_report(officer))
    days_pass(app, 7)
    work(app)
    come_back(resident, digits)
    resident.see("They gave no number.")
    assert the_row(app).due_at is None


@pytest.mark.parametrize("end", ["withdraw", "delete"])
def test_a_report_taken_back_or_to_be_deleted_before_it_went_does_not_go(
    app: Flask, resident: Resident, officer: Officer, council: GeoReportServer, end: str
) -> None:
    digits = report(resident)
    come_back(resident, digits)
    resident.get("/return/ending")
    resident.post(f"/return/{end}")
    assert work(app) == 0
    assert the_row(app).for_worker is None
    resident.get("/return/report")
    resident.see("It was not sent to them.")
    at = at_report(officer) if end == "delete" else None
    if at:  # its reporter may yet keep it: that does not send it
        act_on(app, officer, at, again="yes")
        resident.post("/return/keep")
    assert work(app) == 0
    assert council.requests == []


def test_a_deleted_report_takes_what_was_handed_over_with_it(
    app: Flask, resident: Resident, council: GeoReportServer
) -> None:
    report(resident)
    with app.app_context():
        assert deletions.delete_report(session.scalars(select(Report.id)).one())
        assert session.scalar(select(func.count()).select_from(HandOver)) == 0
    work(app)
    assert council.requests == []


def test_a_restored_database_sends_nothing_before_what_was_deleted_is_gone_again(
    app: Flask, resident: Resident, council: GeoReportServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(resident)
    with app.app_context():
        (app.extensions["settings"].data / "deleted-reports").write_text(
            f"{session.scalars(select(Report.id)).one()}\n"
        )
        shift = worker.Shift()
        with monkeypatch.context() as broken:
            broken.setattr(deletions, "reapply_deletions", lambda: 1 / 0)
            shift.look()
            assert council.requests == []
        shift.look()
        assert session.scalar(select(func.count()).select_from(Report)) == 0
    assert council.requests == []


def test_a_held_report_goes_once_an_officer_has_let_it_through(
    app: Flask, resident: Resident, officer: Officer, council: GeoReportServer
) -> None:
    to_check(resident)
    send(resident, second_check="a program was here")
    assert work(app) == 0
    at = at_report(officer)
    assert work(app) == 0
    close_report(officer, at)
    assert work(app) == 0
    officer.get(at)
    officer.post(f"{at}/reopen", {"written_why": "A real one."})
    assert work(app) == 1
    assert len(council.requests) == 1


def test_an_officer_stops_one_that_has_not_gone(
    app: Flask, resident: Resident, officer: Officer, council: GeoReportServer
) -> None:
    report(resident)
    at = at_report(officer)
    officer.see("Do not send it")
    act_on(app, officer, at)
    officer.see("Stopped: it is not sent.", "stopped sending it to another desk")
    assert work(app) == 0
    assert council.requests == []


def test_what_has_gone_is_not_stopped_and_not_sent_again(
    app: Flask, resident: Resident, officer: Officer, council: GeoReportServer
) -> None:
    report(resident)
    at = at_report(officer)
    work(app)
    for fields in ({}, {"again": "yes"}):
        act_on(app, officer, at, **fields)
        officer.see("Their number: 12345")
        officer.not_see(
            "Do not send it", "Send it again", "Stopped", "stopped sending", "sent it to another desk again"
        )
    assert work(app) == 0
    assert len(council.requests) == 1


@pytest.mark.parametrize("second_check", ["a program was here", ""], ids=["held", "closed"])
def test_what_waits_with_a_report_that_is_held_or_closed_for_a_week_opens_for_the_worker_no_more(
    app: Flask, resident: Resident, officer: Officer, council: GeoReportServer, second_check: str
) -> None:
    to_check(resident)
    send(resident, second_check=second_check, send_words="streets")
    at = at_report(officer)
    if not second_check:
        close_report(officer, at)
    days_pass(app, 6)
    work(app)
    assert the_row(app).for_worker
    days_pass(app, 1)
    work(app)
    assert the_row(app).for_worker is None
    officer.get("/staff/reports")
    officer.not_see("does not get through")
    officer.get(at)
    if second_check:
        officer.post(f"{at}/state", {"state": "looked_at"})
    else:
        officer.post(f"{at}/reopen", {"written_why": "It is there again."})
    officer.get("/staff/reports")
    officer.see("1 report does not get through to another desk.", "The report was held or closed for a week.")
    officer.get(at)
    act_on(app, officer, at, again="yes")
    assert work(app) == 1
    assert len(council.requests) == 1


def test_the_worker_that_is_nowhere_is_missed_after_a_day(app: Flask, resident: Resident, officer: Officer) -> None:
    report(resident)
    officer.get("/staff/reports")
    officer.not_see("does not get through")
    days_pass(app, 2)
    officer.get("/staff/reports")
    officer.see("1 report does not get through to another desk.", "The part that sends it is not running.")


@pytest.mark.same_on_both
def test_a_desk_that_was_taken_out_is_said_to_staff_and_stays_readable(
    make_app: Callable[..., Flask], app: Flask, resident: Resident, officer: Officer, council: GeoReportServer,
    tmp_path: Path,
) -> None:  # fmt: skip
    digits = report(resident)
    file = tmp_path / "data" / "partnership.toml"
    file.write_text(file.read_text("utf-8").replace('code = "streets"', 'code = "new"'), "utf-8")
    changed = make_app(open311_keys=tmp_path / "keys.toml")
    work(changed)
    assert council.requests == []
    someone = Resident(changed.test_client())
    come_back(someone, digits)
    someone.see("Milton Keynes City Council", "It has not gone to them yet.")
    officer.get("/staff/reports")
    officer.see("This desk is no longer set up")


def test_two_workers_at_once_send_it_once(app: Flask, resident: Resident, council: GeoReportServer) -> None:
    report(resident)
    barrier = threading.Barrier(3)
    taken: list[int] = []

    def one() -> None:
        barrier.wait(30)
        taken.append(work(app))

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [0, 0, 1]
    assert len(council.requests) == 1


def test_sent_twice_by_the_reporter_it_is_handed_over_once(
    app: Flask, resident: Resident, council: GeoReportServer
) -> None:
    to_check(resident)
    for _ in range(2):
        resident.post("/report/check", {"send_to": ["streets", "streets", "nobody"]})
    work(app)
    hours_pass(app, 2)
    work(app)
    assert len(council.requests) == 1


@pytest.mark.parametrize("words", ["", "streets"], ids=["without words", "with words"])
def test_a_stolen_database_tells_that_something_goes_to_a_desk_and_no_more(
    app: Flask, resident: Resident, council: GeoReportServer, words: str
) -> None:
    report(resident, send_words=words)
    lengths = {len(the_row(app).sealed), len(the_row(app).for_worker or b"")}
    row = the_row(app)
    assert set(HandOver.__table__.columns.keys()) == {
        "id", "report_id", "state", "problem", "due_at", "locked_key", "for_worker", "sealed",
    }  # fmt: skip
    assert row.due_at is not None
    assert (row.due_at.hour, row.due_at.minute, row.due_at.second, row.due_at.microsecond) == (0, 0, 0, 0)
    assert lengths == {4 * 1024 + 57, 20 * 1024 + 121}, "the lengths tell not whether their own words go too"
    council.mishap = "token"
    work(app)
    council.tokens_are_ready = True
    hours_pass(app, 2)
    work(app)
    found = stolen(app, secrets=False)
    for secret in (
        STREET,
        NARRATIVE,
        "mattress",
        "12345-not",
        REFERENCE.search(council.requests[0]["description"])[1],
    ):  # type: ignore[index]
        assert not [one for one in spellings(secret) if one in found], secret
    assert len(the_row(app).sealed) == 4 * 1024 + 57


def test_what_the_worker_cannot_open_is_given_up_and_said(
    app: Flask, resident: Resident, officer: Officer, council: GeoReportServer
) -> None:
    report(resident)
    with app.app_context():
        (app.extensions["settings"].data / "secrets" / "worker").unlink()
        worker_key.prepare()
    work(app)
    officer.get("/staff/reports")
    officer.see("The part that sends it cannot open it.")
    at = at_report(officer)
    act_on(app, officer, at, again="yes")
    assert work(app) == 1
    assert len(council.requests) == 1


def test_a_damaged_one_hides_nothing_else(app: Flask, resident: Resident, officer: Officer) -> None:
    digits = report(resident)
    with app.app_context(), database().engine.begin() as connection:
        connection.execute(update(HandOver).values(sealed=b"\x01" * 80))
    come_back(resident, digits)
    resident.see("We cannot read what came of it. Write to us here.")
    at_report(officer)
    officer.see("This part is damaged and cannot be read.", NARRATIVE)
    work(app)
    officer.get("/staff/reports")
    officer.see("The part that sends it cannot open it.")


def test_a_hand_over_of_another_report_cannot_be_stopped_through_ones_own(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    report(resident)
    other = the_row(app).id
    send_report(resident, address="127.0.0.2")
    with app.app_context():
        own = session.scalars(select(Report.id).where(Report.id != the_row(app).report_id)).one()
    officer.get(f"/staff/reports/{own}")
    officer.post(f"/staff/reports/{own}/hand-over/{other}")
    assert the_row(app).state == "waiting"


@pytest.mark.same_on_both
def test_long_words_are_cut_to_what_the_specification_takes_and_that_is_said_before(
    app: Flask, resident: Resident, council: GeoReportServer
) -> None:
    to_check(resident, narrative="ہ" * 4_000)
    resident.see("Their system takes only the first part of so long a text.")
    send(resident, send_words="streets")
    assert work(app) == 1
    assert council.breaches == []
    assert 3_800 < len(council.requests[0]["description"]) <= 4_000


def test_every_try_is_on_a_timetable_that_all_of_a_day_share() -> None:
    day = date(2026, 11, 27)
    at = datetime(2026, 11, 27, 9, 12, 44, tzinfo=UTC)
    assert hand_over_sending.next_try(day, at) == datetime(2026, 11, 27, 10, tzinfo=UTC)
    assert hand_over_sending.next_try(day, at.replace(hour=23, minute=59)) == datetime(2026, 11, 28, 1, tzinfo=UTC)
    assert hand_over_sending.next_try(day - timedelta(days=1), at) == datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert hand_over_sending.next_try(day - timedelta(days=4), at.replace(hour=13)) == datetime(
        2026, 11, 28, tzinfo=UTC
    )


@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)), st.integers(0, 10))
def test_the_next_try_is_a_whole_hour_not_at_once_and_within_the_half_day(moment: datetime, age: int) -> None:
    now = moment.replace(tzinfo=UTC)
    due = hand_over_sending.next_try(now.date() - timedelta(days=age), now)
    assert (due.minute, due.second, due.microsecond) == (0, 0, 0)
    assert timedelta(minutes=2) <= due - now <= timedelta(hours=12, minutes=2)


def test_its_states_are_those_in_which_work_goes_on() -> None:
    assert {*State} - {*hand_overs.GOES_IN} == {State.HELD, State.CLOSED, State.WITHDRAWN}
