"""What goes wrong meanwhile: sessions end, rows are damaged, pages are left open; nothing is lost and nothing is hidden."""

from __future__ import annotations

import io
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from nacl.secret import Aead
from sqlalchemy import select

from portal.db import database, session, transaction
from portal.reporting import conversations
from portal.reporting.models import Message, Report
from portal.server import worker
from portal.vault import receipts
from portal.vault.drafts import SealedDraft
from portal.vault.keyholders import Grant
from tests.support.people import Officer, Resident
from tests.support.sending import send_report


def flipped(sealed: bytes) -> bytes:
    return sealed[:-1] + bytes([sealed[-1] ^ 1])


@pytest.mark.same_on_both
def test_a_reply_written_while_the_key_was_locked_is_given_back_to_copy(
    resident: Resident, officer: Officer, app: Flask
) -> None:
    send_report(resident)
    with app.app_context():
        address = f"/staff/reports/{session.scalar(select(Report.id))}"
    officer.get(address)
    written = dict(officer._hidden(address)) | {"message": "We have asked for the wall to be cleaned."}
    officer.client.post("/staff/lock", data={"csrf_token": written["csrf_token"]})
    answer = officer.client.post(address, data=written)
    assert answer.status_code == 403
    assert "We have asked for the wall to be cleaned." in answer.get_data(as_text=True)


@pytest.mark.same_on_both
def test_a_file_where_words_belong_is_refused_before_any_of_it_is_stored(resident: Resident) -> None:
    resident.get("/report")
    resident.post("/report")
    resident.follow()
    token = resident._hidden("/report/1")["csrf_token"]
    answer = resident.client.post(
        "/report/2",
        data={"csrf_token": token, "narrative": (io.BytesIO(b"x" * 400_000), "words.txt")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 400


@pytest.mark.same_on_both
def test_a_file_where_words_belong_beside_files_is_no_words(resident: Resident) -> None:
    digits = send_report(resident)
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    resident.post("/return/report", message=(io.BytesIO(b"x" * 4_000), "words.txt"))
    resident.see("Write a few words before you press Send.")
    resident.get("/report")
    resident.post("/report")
    resident.follow()
    resident.post("/report/files", narrative=(io.BytesIO(b"x" * 4_000), "words.txt"))
    resident.see("Write a few words about what happened.")


@pytest.mark.same_on_both
def test_once_the_receipt_page_has_ended_no_page_says_that_nothing_was_sent(resident: Resident) -> None:
    send_report(resident)
    resident.get("/report/sent")
    assert resident.response is not None
    assert resident.response.status_code == 410
    resident.see("If you saw a receipt number, your report is with us")


@pytest.mark.same_on_both
def test_before_there_is_a_vault_the_form_is_closed(bare_app: Flask) -> None:
    visitor = Resident(bare_app.test_client())
    visitor.get("/report")
    visitor.see("You cannot report here yet", "999")
    visitor.get("/return")
    visitor.post("/return", receipt="1234 5678 9012 3456")
    visitor.see("That number does not open a report.")


def test_one_damaged_grant_does_not_hide_the_other_reports(
    resident: Resident, hire: Callable[..., Officer], app: Flask
) -> None:
    for _ in range(2):
        send_report(resident)
    with app.app_context(), transaction() as db:
        first = db.scalars(select(Report.id)).first()
        for grant in db.scalars(select(Grant).where(Grant.content_id == first)):
            grant.sealed_key = flipped(grant.sealed_key)
    officer = hire("robin")
    officer.sign_in()
    officer.unlock()
    officer.get("/staff/reports")
    officer.see("Showing 1 to 2 of 2")
    assert officer.page.count('href="/staff/reports/') == 1


def test_one_damaged_message_does_not_hide_the_others(resident: Resident, app: Flask) -> None:
    receipt = send_report(resident)
    resident.get("/return")
    resident.post("/return", receipt=receipt)
    resident.follow()
    for words in ("The first thing", "The second thing"):
        resident.post("/return/report", message=words)
        resident.follow()
    with app.app_context(), transaction() as db:
        message = db.scalar(select(Message).order_by(Message.position.desc()).limit(1))
        assert message is not None
        message.sealed = flipped(message.sealed)
    resident.get("/return/report")
    resident.see("The first thing", "This message cannot be read.")


def test_a_damaged_draft_is_none(resident: Resident, app: Flask) -> None:
    resident.get("/report")
    resident.post("/report")
    with app.app_context(), transaction() as db:
        draft = db.scalar(select(SealedDraft))
        assert draft is not None
        draft.sealed = flipped(draft.sealed)
    resident.get("/report")
    resident.see("Yes, carry on with my report")


def test_wrong_guesses_of_a_neighbour_are_counted_and_right_receipts_are_not(resident: Resident) -> None:
    receipt = send_report(resident)
    for _ in range(25):
        resident.get("/return")
        assert resident.post("/return", receipt=receipt).status_code == 303


def test_a_conversations_key_moved_to_another_report_does_not_open_there(resident: Resident, app: Flask) -> None:
    """Whoever can write to the database cannot give one reporter's receipt to another's report."""
    receipt, other = send_report(resident), send_report(Resident(app.test_client()))
    with app.app_context(), transaction() as db:
        first, second = db.scalars(select(Report))
        moved = [(each.receipt_lookup, each.conversation_key) for each in (second, first)]
        for report, number in ((first, b"1"), (second, b"2")):
            report.receipt_lookup = number
        db.flush()
        for report, (lookup, key) in zip((first, second), moved, strict=True):
            report.receipt_lookup, report.conversation_key = lookup, key
    for digits in (receipt, other):
        visitor = Resident(app.test_client())
        visitor.get("/return")
        answer = visitor.client.post("/return", data=visitor._hidden("/return") | {"receipt": digits})
        assert answer.status_code == 500
        assert "This report cannot be read" in answer.get_data(as_text=True)
        visitor.get("/return/report", follow_redirects=False)
        visitor.see("Your report has been closed on this device")


def test_a_receipt_from_before_keys_were_bound_to_their_report_opens_it(resident: Resident, app: Flask) -> None:
    receipt = send_report(resident)
    with app.app_context():
        keys = receipts.derive(receipt.replace(" ", ""))
        with transaction() as db:
            report = db.scalars(select(Report)).one()
            key = conversations.unlock_conversation(report, keys)
            report.conversation_key = bytes(Aead(keys.key).encrypt(key, b"lock/1"))
    resident.get("/return")
    resident.post("/return", receipt=receipt)
    resident.follow()
    resident.see("We have your report.")


def order_told_by(path: Path, order: list[uuid.UUID]) -> float:
    """Spearman's rank correlation of the order of sending with the places of the narratives in the file."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    narratives = connection.execute("SELECT report_id, sealed FROM report_part WHERE part = 'narrative'").fetchall()
    connection.close()
    content = path.read_bytes()
    places = {uuid.UUID(bytes=report_id): content.index(sealed[5000:5064]) for report_id, sealed in narratives}
    ranks = sorted(order, key=places.__getitem__)
    apart = sum((order.index(one) - ranks.index(one)) ** 2 for one in order)
    return 1 - 6 * apart / (len(order) * (len(order) ** 2 - 1))


@pytest.mark.dear
def test_after_the_nightly_rewrite_a_file_of_sqlite_does_not_tell_who_wrote_first(
    resident: Resident, app: Flask
) -> None:
    """Long sealed texts lie on pages of their own, which SQLite hands out in the order in which they are asked for."""
    with app.app_context():
        if not database().is_sqlite:  # PostgreSQL: tests/test_scatter.py
            return
        path = Path(str(database().engine.url.database))
    order: list[uuid.UUID] = []
    for _ in range(40):
        send_report(resident)
        with app.app_context():
            order += [one for one in session.scalars(select(Report.id)) if one not in order]
    assert order_told_by(path, order) > 0.9
    with app.app_context():
        worker.scatter()
    assert abs(order_told_by(path, order)) < 0.6
