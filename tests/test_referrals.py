"""A report referred to a partner: on which consent, the least that serves, and an agency that opens nothing else."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import delete, func, select, update

from portal.audit import Action, AuditEntry
from portal.db import session, today, transaction
from portal.outbox import Letter, OutboxMail
from portal.reporting import clocks, contacts, deletions, referrals, referred
from portal.reporting.case import find_report
from portal.reporting.deleted_list import listed_as_deleted
from portal.reporting.models import Promise, Report, State
from portal.reporting.promises import owed_to
from portal.reporting.redaction import BAR
from portal.reporting.referral_models import Referral, ReferralState, ReferralWay
from portal.reporting.referral_records import TOLD, TOLD_KEY, Reply, Sent, seal_told
from portal.reporting.referrals import NotAgreed, NotPossible, WithThemAlready
from portal.server import cli, cli_keys
from portal.staff import colleagues
from portal.staff.models import Role, StaffMember
from portal.vault import agencies, keyholders, rotation, sealing
from portal.vault.keyholders import Grant, Keyholder, Keyring, VaultError
from tests.support.browsers import Browse
from tests.support.closing import close_report
from tests.support.loot import spellings, stolen
from tests.support.people import Officer, Resident
from tests.support.pictures import begin, photo
from tests.support.pictures import choose as choose_files
from tests.support.referring import FOR_LAW, fill, given_id, open_agency, refer, send
from tests.support.sending import NARRATIVE, WITH_CONTACT, answer_page, send_report
from tests.support.walking import Walk, follow
from tests.test_access import WHO_MAY, address, ask, everything, is_behind_the_door, token_of
from tests.test_db import in_threads
from tests.test_deletions import come_back, press
from tests.test_journeys import said_day
from tests.test_partners import NOBODY, at_report, choose

AGREED = {"consent": {"partner_landlord": "what", "partner_police": "nothing"}}
LANDLORD = "Your landlord (council or housing association)"
COPY = "They broke the gate. Ask for Anna."


@pytest.fixture
def landlord(app: Flask, hire: Callable[..., Officer]) -> Officer:
    """Someone of the agency that the reporter of AGREED agreed to."""
    return open_agency(app, hire)


@pytest.mark.same_on_both
def test_refused_for_want_of_consent_asked_given_sent_accepted_answered_and_read(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    police = open_agency(app, hire, "police")
    come_back(resident, send_report(resident, more=AGREED))
    at = at_report(officer)
    officer.see("No partner has been told.")
    fill(officer, at, "police", "portal", has_words="y", narrative=COPY)
    officer.see(
        "There is a problem", "The reporter has not agreed that this partner is told: Thames Valley Police.", COPY
    )
    officer.post(f"{at}/refer", agency="police", ask="yes", written_ask="A patrol walks there every evening.")
    officer.follow()
    officer.see("May we tell this partner about your report, so that they can help: Thames Valley Police?")
    resident.get("/return/report")
    resident.see("May we tell this partner about your report", "1 new")
    choose(resident, partner_police="what", partner_landlord="what")
    where = refer(officer, at, "police", "portal", has_words="y", narrative=COPY, message="A patrol, please.")
    officer.see(
        "Referral to Thames Valley Police", "A patrol, please.", "what happened, without name or contact details"
    )
    resident.get("/return/report")
    resident.see("With a partner", "Thames Valley Police", "They have not answered yet.", "A copy of what you wrote")

    police.get("/staff/referred")
    police.see("Referred to you", f"Sent on {said_day(today())}")
    theirs = f"/staff/referred/{given_id(where)}"
    police.get(theirs)
    police.see("A patrol, please.", "Ask for Anna.", "Anti-social behaviour")
    police.not_see(NARRATIVE, "Fishermead", "No messages yet")
    police.post(theirs, act="accepted", reference="TVP-43 260", disposition="asb-incident")
    police.follow()
    police.see("Accepted", "TVP-43 260")
    police.post(theirs, act="answered", reference="TVP-43 260", message="Two officers walked there.")
    police.follow()

    officer.get("/staff/referrals")
    officer.see("Thames Valley Police", "Answered", "News")
    officer.get(where)
    officer.see("Two officers walked there.", "Their number for it: TVP-43 260", "They answer At-Police")
    officer.get("/staff/referrals")
    officer.see("Nothing waits.")
    resident.get("/return/report")
    resident.see("They answered", "TVP-43 260")
    resident.not_see("walked", "Recorded", "disposition")

    police.get(theirs)
    police.post(theirs, act="ended", reference="TVP-43 260", message="Done.")
    police.follow()
    police.see("Your part has ended, so it cannot be opened here any more.")
    police.not_see("Anna")
    officer.get(at)
    officer.see("Being looked at", "Finished")
    resident.get("/return/report")
    resident.see("They have finished", "An officer has read your report")


@pytest.mark.same_on_both
def test_without_consent_only_for_a_reason_of_law_in_words_which_stays_with_the_report(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    come_back(resident, send_report(resident, more=AGREED))
    at = at_report(officer)
    fill(officer, at, "police")
    officer.see("Without their consent, only for a reason of law", "vital interests")
    for override, why, sentence in (
        ("badly-hurt", "", "Write why this reason holds here."),
        ("", "A knife.", "Choose the reason of law."),
        ("because-i-say-so", "A knife.", "Choose the reason of law."),
    ):
        officer.post(
            f"{at}/refer", agency="police", way="telephone", facts="kind", override=override, why=why, send="y"
        )
        officer.see("There is a problem", sentence)
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Referral)) == 0
    refer(officer, at, "police", **FOR_LAW)
    officer.see("Without the reporter’s consent. The reason: Someone may be badly hurt", "A knife was seen.")
    officer.get(at)
    officer.see("With a partner", "Without the reporter’s consent.", "A knife was seen.")
    officer.see("passed it to a partner without the reporter’s consent")
    resident.get("/return/report")
    resident.see("Thames Valley Police")
    resident.not_see("knife")


@pytest.mark.same_on_both
def test_how_to_reach_the_reporter_goes_only_where_they_agreed_to_that(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    come_back(resident, send_report(resident, more=WITH_CONTACT))
    at = at_report(officer)
    fill(officer, at, "police", has_contact="y")
    officer.see("The reporter has not agreed that this partner learns how to reach them: Thames Valley Police.")
    support = open_agency(app, hire, "victims-first")
    where = refer(officer, at, "victims-first", "portal", has_contact="y")
    officer.see("07700 900123", "NO: leave no message")
    support.get(f"/staff/referred/{given_id(where)}")
    support.see("07700 900123", "weekdays after nine", "NO: leave no message", "my brother")
    resident.get("/return/contact")
    resident.post("/return/contact")
    support.get(f"/staff/referred/{given_id(where)}")
    support.not_see("07700 900123", "weekdays")
    officer.get(where)
    officer.see("that was taken out since")
    officer.not_see("07700 900123")
    officer.get(f"{at}/refer")
    officer.not_see("Send how to reach the reporter")


@pytest.mark.same_on_both
def test_the_copy_is_blacked_out_and_the_original_stays(resident: Resident, officer: Officer) -> None:
    send_report(resident, more=AGREED, narrative="Anna of 12 Oak Road shouts. Annas dog bites.")
    at = at_report(officer)
    officer.get(f"{at}/refer")
    assert "Anna of 12 Oak Road shouts. Annas dog bites.</textarea>" in officer.page
    officer.post(f"{at}/refer", agency="landlord", narrative=COPY, hidden="Ann*\n\n the gate ", blank="yes")
    officer.see(f"They broke {BAR}. Ask for {BAR}.", "Original, cannot be changed", "Annas dog bites.")
    officer.post(
        f"{at}/refer",
        {"agency": "landlord", "way": "telephone", "facts": ["kind", "where"], "look": "y"},
        has_words="y",
        narrative=COPY,
        hidden="anna\nFISHERMEAD",
    )
    officer.see(f"Ask for {BAR}.", BAR)
    officer.not_see("Fishermead", "Anna")
    send(officer, at)
    officer.not_see("Fishermead", "Anna")
    officer.get(at)
    officer.see("Anna of 12 Oak Road shouts.")


@pytest.mark.same_on_both
def test_what_hid_nothing_is_named_before_it_goes(resident: Resident, officer: Officer) -> None:
    send_report(resident, more=AGREED, narrative=COPY)
    at = at_report(officer)
    officer.get(f"{at}/refer")
    officer.post(f"{at}/refer", agency="landlord", narrative=COPY, hidden="Anna\nHannah <b>", blank="yes")
    officer.see("Not found, so nothing was blacked out for these.")
    assert re.findall("<bdi>(.*?)</bdi></li>", officer.page) == ["Hannah &lt;b&gt;"]
    # Anna is a bar in the copy by now, and was found.
    copy = {"has_words": "y", "narrative": f"They broke the gate. Ask for {BAR}.", "hidden": "Anna\nHannah <b>"}
    fill(officer, at, "landlord", **copy)
    officer.see(
        "The reporter reads on their page which partner was told",
        "Not found, so nothing was blacked out for these.",
        BAR,
    )
    assert re.findall("<bdi>(.*?)</bdi></li>", officer.page) == ["Hannah &lt;b&gt;"]
    officer.get(f"{at}/refer")
    fill(officer, at, "landlord", has_words="y", narrative=COPY, hidden="Anna")
    officer.not_see("Not found")


@pytest.mark.dear
@pytest.mark.same_on_both
def test_an_agency_opens_nothing_it_was_not_given(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer, hire: Callable[..., Officer]
) -> None:
    """Not by any route, not by another agency's address, and not with its key."""
    send_report(resident, more={"consent": {"partner_landlord": "what", "partner_police": "what"}})
    at = at_report(officer)
    report_id = at.rsplit("/", 1)[1]
    police = open_agency(app, hire, "police")
    where = refer(officer, at, "police", "portal", has_words="y", narrative=COPY)
    by_phone = refer(officer, at, "landlord", "telephone")
    token = token_of(landlord, "/staff/referred")
    before = everything(app)
    for method, path in (route for route in WHO_MAY if is_behind_the_door(*route)):
        if "partner_agency" in WHO_MAY[method, path] or WHO_MAY[method, path] == "signed in":
            continue
        assert ask(landlord.client, method, address(path, report_id), token, act="ended").status_code == 403, path
    for one in (where, by_phone):
        theirs = f"/staff/referred/{given_id(one)}"
        for method, path in (("GET", theirs), ("POST", theirs), ("GET", f"{theirs}/files/{uuid.UUID(int=0)}")):
            assert ask(landlord.client, method, path, token, act="accepted").status_code == 404, (one, method)
    assert everything(app) == before
    landlord.get("/staff/referred")
    landlord.see("Nothing was referred to you yet.")
    police.get("/staff/referred")
    police.see("Sent on")
    with app.app_context():
        report = session.scalars(select(Report)).one()
        for held in (_keys_of(app, "landlord"), _keys_of(app, "police")):
            assert find_report(report.id, held) is None
            assert not keyholders.content_keys(held, [report.id, report.conversation_id])
        given_to_police = set(agencies.contents_of(_keys_of(app, "police")))
        row = session.get_one(Referral, uuid.UUID(given_id(where)))
        assert given_to_police == {row.id, row.notice_id}
        assert agencies.contents_of(_keys_of(app, "landlord")) == []


def _keys_of(app: Flask, agency: str) -> Keyring:
    """What whoever stole the agency's key holds, by the recovery key's own way to it."""
    everything_held: Keyring = app.extensions["recovered"]
    team = keyholders.keyholders_of(session, agencies.team_of(agency))
    return Keyring({one.id: everything_held.keys[one.id] for one in team})


@pytest.fixture(autouse=True)
def recovered(app: Flask, recovery_key: str) -> None:
    """The keys of all teams, asked for when they are needed: an agency's may be made later."""

    class Later(dict[uuid.UUID, bytes]):
        def __missing__(self, key: uuid.UUID) -> bytes:
            return keyholders.open_recovery(recovery_key).keys[key]

    app.extensions["recovered"] = Keyring(Later())


@pytest.mark.same_on_both
def test_files_go_only_where_they_were_ticked(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer
) -> None:
    begin(resident)
    choose_files(resident, (photo(), "1.jpg"), (photo(), "2.jpg"))
    answer_page(resident, "consent", partner_landlord="what")
    resident.get("/report/check")
    resident.post("/report/check")
    resident.follow()
    resident.see("Your report is sent")
    at = at_report(officer)
    officer.get(f"{at}/refer")
    both = re.findall(r'name="files" type="checkbox" value="([0-9a-f-]{36})"', officer.page)
    assert len(both) == 2
    where = refer(officer, at, "landlord", "portal", facts=[], files=both[0])
    theirs = f"/staff/referred/{given_id(where)}"
    landlord.get(theirs)
    landlord.see("Photo 1")
    assert landlord.client.get(f"{theirs}/files/{both[0]}").data.startswith(b"\xff\xd8")
    assert landlord.client.get(f"{theirs}/files/{both[1]}").status_code == 404
    officer.get(where)
    officer.post(f"{where}/take-back")
    assert landlord.client.get(f"{theirs}/files/{both[0]}").status_code == 404


def test_two_officers_refer_at_once_and_the_agency_is_told_once(
    app: Flask, resident: Resident, officer: Officer, recovery_key: str
) -> None:
    send_report(resident, more=AGREED)
    at_report(officer)
    with app.app_context():
        held = keyholders.open_recovery(recovery_key)
        report_id = session.scalars(select(Report.id)).one()
    refused = []

    def go() -> None:
        found = find_report(report_id, held)
        assert found
        try:
            with transaction() as db:
                sent = Sent("landlord", ReferralWay.TELEPHONE, (("What", "Noise"),))
                referrals.refer(db, found, sent, (), "", "", uuid.uuid4())
        except WithThemAlready:
            refused.append(1)

    in_threads(app, go, count=4)
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Referral)) == 1
    assert len(refused) == 3


@pytest.mark.same_on_both
def test_pressed_twice_it_is_sent_once_and_said_once(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer
) -> None:
    send_report(resident, more=AGREED)
    at = at_report(officer)
    fill(officer, at, "landlord", "portal")
    path, page = officer.path, officer.page
    first = send(officer, at)
    officer.path, officer.page = path, page
    assert send(officer, at) == first
    fill(officer, at, "landlord", "portal", message="Again.")
    officer.post(f"{at}/refer", send="yes")
    officer.see("This partner has the report already. Nothing was sent again.")
    theirs = f"/staff/referred/{given_id(first)}"
    landlord.get(theirs)
    page = landlord.page
    for _press in range(2):
        landlord.page = page
        landlord.post(theirs, act="answered", message="We fixed the gate.")
        assert landlord.response
        assert landlord.response.status_code == 303
    landlord.follow()
    assert landlord.text.count("We fixed the gate.") == 1
    landlord.page = page
    landlord.post(theirs, act="declined", message="No.")
    landlord.see("Choose one.", "No.")


@pytest.mark.same_on_both
def test_declined_needs_a_reason_and_the_report_is_looked_at_again(
    resident: Resident, officer: Officer, landlord: Officer
) -> None:
    come_back(resident, send_report(resident, more=AGREED))
    at = at_report(officer)
    where = refer(officer, at, "landlord", "portal")
    theirs = f"/staff/referred/{given_id(where)}"
    landlord.get(theirs)
    landlord.post(theirs, act="declined", reference="R" * 61)
    landlord.see("There is a problem", "Write why it is not taken.", "This is 1 letter too long. Make it shorter.")
    landlord.post(theirs, act="declined", message="Not our building.")
    landlord.follow()
    landlord.see("Your part has ended")
    officer.get(where)
    officer.see("Declined", "Not our building.")
    officer.get(at)
    officer.see("Being looked at")
    resident.get("/return/report")
    resident.see("They said no", "they said that they cannot help")
    resident.not_see("Not our building")


@pytest.mark.same_on_both
def test_what_an_agency_says_on_the_telephone_is_written_down(resident: Resident, officer: Officer) -> None:
    come_back(resident, send_report(resident, more=AGREED))
    where = refer(officer, at_report(officer), "landlord")
    officer.post(where, act="ended")
    officer.see("There is a problem", "Choose one.")
    officer.post(where, act="accepted", reference="HA/9", disposition="case-opened", message="They send somebody.")
    officer.follow()
    officer.see("Accepted", "HA/9", "A case was opened", "They send somebody.")
    officer.post(where, act="accepted", disposition="invented")
    officer.see("There is a problem", "Choose one of the answers on this page.")
    resident.get("/return/report")
    resident.see("They have it", "HA/9")


@pytest.mark.same_on_both
def test_an_agency_that_never_answers_is_late_where_officers_look(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    send_report(resident, more=AGREED)
    at = at_report(officer)
    where = refer(officer, at, "landlord")
    officer.get("/staff/referrals")
    officer.see("Nothing waits.")
    with app.app_context(), transaction() as db:
        db.execute(update(Referral).values(answer_due_on=today() - timedelta(days=1)))
    officer.get("/staff/referrals")
    officer.see("Late: no answer", LANDLORD)
    officer.get(at)
    officer.see("Late: no answer", "They should have said by")
    officer.post(where, act="accepted")
    officer.get("/staff/referrals")
    officer.not_see("Late")


@pytest.mark.parametrize("ends", ["/return/withdraw", "/return/delete"])
def test_whoever_stops_work_ends_the_agencys_access_at_once_and_both_are_told(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer, ends: str
) -> None:
    come_back(resident, send_report(resident, more=AGREED))
    at = at_report(officer)
    where = refer(officer, at, "landlord", "portal", has_words="y", narrative=COPY)
    theirs = f"/staff/referred/{given_id(where)}"
    landlord.get(theirs)
    landlord.see("Ask for Anna.")
    page = landlord.page
    resident.get("/return/ending")
    press(resident, ends)
    landlord.get(theirs)
    landlord.see("This was taken back. Stop work on it")
    landlord.not_see("Anna")
    landlord.get("/staff/referred")
    landlord.see("Taken back")
    landlord.page = page
    landlord.post(theirs, act="answered", message="We were there.")
    landlord.see("This was taken back.", "We were there.", "This was not saved.")
    officer.get(at)
    officer.see("The reporter has stopped work. Tell this partner: what is on paper there stays with them.")
    officer.get("/staff/referrals")
    officer.see("Taken back", "News")
    with app.app_context():
        row = session.scalars(select(Referral)).one()
        assert row.id not in agencies.contents_of(_keys_of(app, "landlord"))
        assert row.id in listed_as_deleted()
    officer.get(f"{at}/refer")
    assert officer.response
    assert officer.response.status_code == 303


def test_a_deletion_takes_the_referral_and_every_key_of_it_along(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_back(resident, send_report(resident, more=AGREED))
    where = refer(officer, at_report(officer), "landlord", "portal")
    resident.get("/return/ending")
    press(resident, "/return/delete")
    monkeypatch.setattr(deletions, "today", lambda: today() + timedelta(days=14))
    with app.app_context():
        assert deletions.delete_due_reports() == 1
        assert session.scalars(select(Referral)).all() == []
        assert session.scalars(select(Grant)).all() == []
    landlord.get(f"/staff/referred/{given_id(where)}")
    assert landlord.response
    assert landlord.response.status_code == 404
    landlord.get("/staff/referred")
    landlord.see("Nothing was referred to you yet.")


@pytest.mark.same_on_both
def test_a_database_put_back_gives_an_agency_nothing_again_that_had_ended(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer
) -> None:
    send_report(resident, more=AGREED)
    at = at_report(officer)
    where = refer(officer, at, "landlord", "portal")
    with app.app_context():
        kept = [(row.content_id, row.keyholder_id, row.sealed_key) for row in session.scalars(select(Grant))]
    officer.post(f"{where}/take-back")
    with app.app_context(), transaction() as db:  # as it was in the backup
        db.execute(delete(Grant))
        db.add_all(Grant(content_id=content, keyholder_id=holder, sealed_key=key) for content, holder, key in kept)
        db.execute(update(Referral).values(state=ReferralState.SENT, ended_on=None))
        db.execute(update(Report).values(state=State.REFERRED))
    theirs = f"/staff/referred/{given_id(where)}"
    landlord.get(theirs)
    landlord.see("What we tell you")
    with app.app_context():
        assert deletions.reapply_deletions() == 0
    landlord.get(theirs)
    landlord.not_see("What we tell you")
    officer.get(at)
    officer.see("Being looked at")


def test_consent_taken_back_ends_the_agencys_access_at_once_and_both_are_told(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer
) -> None:
    come_back(resident, send_report(resident, more=AGREED))
    at = at_report(officer)
    where = refer(officer, at, "landlord", "portal", has_words="y", narrative=COPY)
    theirs = f"/staff/referred/{given_id(where)}"
    resident.get("/return/choices")
    resident.see(
        f"Your report is with {LANDLORD}. If you now choose to tell them nothing, they can no longer read your report "
        "from then on. What they have already read they may know."
    )
    choose(resident, **NOBODY)
    landlord.get(theirs)
    landlord.see("This was taken back. Stop work on it")
    landlord.not_see("Anna")
    with app.app_context():
        row = session.scalars(select(Referral)).one()
        assert agencies.contents_of(_keys_of(app, "landlord")) == [row.notice_id]
        assert row.id in listed_as_deleted()
    resident.get("/return/report")
    resident.see("Taken back", "What they have read or printed, they know.", "Being looked at")
    officer.get(at)
    officer.see(f"Tell this partner that it was taken back: {LANDLORD}.")
    officer.see("The reporter no longer agrees, and it was taken back. Tell this partner")
    officer.get(where)
    officer.see("The reporter no longer agrees.", "Taken back: the partner cannot open it here any more.")
    officer.get(at)
    officer.not_see("Tell this partner that it was taken back")
    assert officer.client.get(f"{where}/sheet").status_code == 404


@pytest.mark.dear
@pytest.mark.same_on_both
def test_an_agency_reads_no_longer_how_to_reach_a_reporter_who_narrows_what_it_may_know(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    come_back(resident, send_report(resident, more=WITH_CONTACT))
    support = open_agency(app, hire, "victims-first")
    at = at_report(officer)
    where = refer(officer, at, "victims-first", "portal", has_contact="y")
    theirs = f"/staff/referred/{given_id(where)}"
    support.get(theirs)
    support.see("07700 900123")
    with app.app_context():
        sealed = session.scalars(select(Referral.contact)).one()
    choose(resident, **{"partner_victims-first": "what"})
    support.get(theirs)
    support.see("What we tell you")
    support.not_see("07700 900123", "weekdays")
    officer.get(at)
    officer.see("Tell this partner that they may no longer reach the reporter")
    officer.see("The reporter no longer agrees that this partner knows how to reach them.")
    officer.get(where)
    officer.see("Here that was taken out. Tell this partner as well.")
    with app.app_context(), transaction() as db:  # as it was in the backup
        db.execute(update(Referral).values(contact=sealed))
    support.get(theirs)
    support.see("07700 900123")
    with app.app_context():
        assert deletions.reapply_deletions() == 0
    support.get(theirs)
    support.not_see("07700 900123")


@pytest.mark.same_on_both
def test_what_went_for_a_reason_of_law_stays_when_consent_is_taken_back_and_its_record_names_no_reason(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer], recovery_key: str
) -> None:
    come_back(resident, send_report(resident, more=AGREED))
    police = open_agency(app, hire, "police")
    at = at_report(officer)
    theirs = f"/staff/referred/{given_id(refer(officer, at, 'police', 'portal', **FOR_LAW))}"
    choose(resident, **NOBODY)
    police.get(theirs)
    police.see("What we tell you")
    officer.get(at)
    officer.see("With a partner")
    officer.not_see("Tell this partner")
    with app.app_context():
        found = find_report(session.scalars(select(Report.id)).one(), keyholders.open_recovery(recovery_key))
        assert found
        row = session.scalars(select(Referral)).one()
        key = sealing.unlock(row.told_key, found.conversation.key, TOLD_KEY, row.id.bytes)
        told = sealing.unseal(row.told, key, TOLD, row.id)
        assert told == {"is": TOLD, "agency": "police", "parts": ["facts"], "reference": "", "override": True}


@pytest.mark.same_on_both
def test_of_a_referral_that_does_not_say_on_what_it_went_the_officer_decides(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer, recovery_key: str
) -> None:
    """What went for a reason of law must not end because nobody wrote that down in the reporter's record."""
    come_back(resident, send_report(resident, more=AGREED))
    at = at_report(officer)
    where = refer(officer, at, "landlord", "portal")
    with app.app_context():
        found = find_report(session.scalars(select(Report.id)).one(), keyholders.open_recovery(recovery_key))
        assert found
        with transaction() as db:
            row = db.scalars(select(Referral)).one()
            key = sealing.unlock(row.told_key, found.conversation.key, TOLD_KEY, row.id.bytes)
            seal_told(row, key, {"agency": "landlord", "parts": ["facts"], "reference": ""})
    choose(resident, **NOBODY)
    landlord.get(f"/staff/referred/{given_id(where)}")
    landlord.see("What we tell you")
    officer.get("/staff/referrals")
    officer.see("News")
    officer.get(at)
    officer.see(f"Take this back, and tell the partner: {LANDLORD}.")
    for page in (at, where):
        officer.get(page)
        officer.see("The reporter no longer agrees. Tell this partner today, and take it back.")
    officer.post(f"{where}/take-back")
    officer.follow()
    officer.see("Taken back: the partner cannot open it here any more.", "stays with them")


@pytest.mark.same_on_both
def test_to_choose_anew_ends_nothing_that_is_still_agreed(
    resident: Resident, officer: Officer, landlord: Officer
) -> None:
    come_back(resident, send_report(resident, more=AGREED))
    at = at_report(officer)
    where = refer(officer, at, "landlord", "portal")
    choose(resident, partner_landlord="what", partner_police="what")
    landlord.get(f"/staff/referred/{given_id(where)}")
    landlord.see("What we tell you")
    officer.get("/staff/referrals")
    officer.see("Nothing waits.")


@pytest.mark.same_on_both
def test_what_an_agency_says_is_counted_and_stands_where_officers_look(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer, hire: Callable[..., Officer]
) -> None:
    send_report(resident, more=AGREED, kind="asb")
    at = at_report(officer)
    where = refer(officer, at, "landlord", "portal")
    close_report(officer, at)
    officer.get("/staff/reports")
    officer.not_see("News of a partner")
    assert _count_beside_referrals(officer) is None
    theirs = f"/staff/referred/{given_id(where)}"
    landlord.get(theirs)
    landlord.post(theirs, act="declined", message="Not our building.")
    officer.get("/staff/reports")
    officer.see("News of a partner")
    assert _count_beside_referrals(officer) == 1
    stranger = hire("stranger", teams=("hate_team",))
    stranger.sign_in()
    stranger.unlock()
    stranger.get("/staff/reports")
    assert _count_beside_referrals(stranger) is None
    officer.get(at)
    officer.see(f"News of a partner: {LANDLORD}.")
    officer.get(where)
    officer.get("/staff/reports")
    officer.not_see("News of a partner")
    assert _count_beside_referrals(officer) is None


@pytest.mark.same_on_both
def test_a_late_answer_is_overdue_and_the_duty_address_is_reminded(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    send_report(resident, more=AGREED)
    at = at_report(officer)
    where = refer(officer, at, "landlord")
    with app.app_context():
        clocks.remind_of_overdue()
        assert session.scalars(select(OutboxMail.letter)).all() == []
        with transaction() as db:
            db.execute(update(Referral).values(answer_due_on=today() - timedelta(days=1)))
        clocks.remind_of_overdue()
        assert session.scalars(select(OutboxMail.letter)).all() == [Letter.LATE]
    officer.get("/staff/reports?view=overdue")
    officer.see("A partner is late")
    assert _count_beside_referrals(officer) == 1
    officer.get(at)
    officer.see(f"This partner has not answered. Ask them: {LANDLORD}.")
    officer.post(where, act="accepted")
    officer.get("/staff/reports?view=overdue")
    officer.see("Nothing is overdue.")
    officer.get(at)
    officer.not_see("Ask them")


def _count_beside_referrals(person: Officer) -> int | None:
    found = re.search(
        r'href="/staff/referrals"[^>]*>Referrals(?: <span class="app-bar__count">(\d+)</span>)?', person.page
    )
    assert found, person.text
    return int(found[1]) if found[1] else None


@pytest.mark.same_on_both
def test_to_ask_for_consent_leaves_what_waits_unread_and_owed(app: Flask, resident: Resident, officer: Officer) -> None:
    come_back(resident, send_report(resident, more=AGREED))
    at = at_report(officer)
    resident.get("/return/report")
    resident.post("/return/report", message="They came again.")
    officer.get(f"{at}/refer")
    officer.post(f"{at}/refer", agency="police", ask="yes", written_ask="A patrol walks there every evening.")
    officer.get("/staff/reports?view=messages")
    officer.see("New message")
    with app.app_context():
        owed = {clock.promise: clock for clock in owed_to(session.scalars(select(Report.id)).one())}
        assert set(owed) == {Promise.TELL, Promise.ANSWER, Promise.WRITE_AGAIN}
        assert [promise for promise, clock in owed.items() if clock.is_paused] == [Promise.WRITE_AGAIN]
    resident.get("/return/report")
    resident.see("We asked you something", "May we tell this partner")


@pytest.mark.same_on_both
def test_nothing_goes_to_an_account_that_is_closed_or_to_an_agency_without_a_key(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_report(resident, more=AGREED)
    at = at_report(officer)
    fill(officer, at, "landlord", "portal")
    looked_at = officer.page
    with app.app_context(), transaction() as db:
        db.execute(update(StaffMember).where(StaffMember.name == "at-landlord").values(active=False))
    officer.post(f"{at}/refer", send="yes")
    officer.see("Nobody at this partner has an account here. Choose another way.")
    officer.page = looked_at
    # The account is there when the page looks, and its key is gone when it is sent.
    monkeypatch.setattr(colleagues, "has_account", lambda _agency: True)
    with app.app_context(), transaction() as db:
        db.execute(update(Keyholder).where(Keyholder.code == "agency:landlord").values(code="agency:gone"))
    officer.post(f"{at}/refer", send="yes")
    officer.see("Nobody at this partner has an account here. Choose another way.")
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Referral)) == 0


@pytest.mark.same_on_both
def test_a_reason_of_law_that_nobody_was_asked_for_sends_nothing_when_consent_goes_in_that_moment(
    app: Flask, resident: Resident, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was left in the form from before the reporter agreed: no page has checked it."""
    come_back(resident, send_report(resident, more=AGREED))
    at = at_report(officer)
    fill(officer, at, "landlord", override="invented", why="Old words.")
    sending = referrals.refer

    def meanwhile(*given: Any) -> Referral:
        monkeypatch.setattr(referrals, "refusal", lambda *_given, **_named: referrals.Refused.NOT_AGREED)
        return sending(*given)

    monkeypatch.setattr(referrals, "refer", meanwhile)
    officer.post(f"{at}/refer", send="yes")
    officer.see("The reporter has just taken back what they had agreed to. Nothing was sent.")
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Referral)) == 0


@pytest.mark.same_on_both
def test_consent_taken_back_in_that_moment_stops_the_sending(resident: Resident, officer: Officer) -> None:
    come_back(resident, send_report(resident, more=AGREED))
    at = at_report(officer)
    fill(officer, at, "landlord")
    page = officer.page
    choose(resident, **NOBODY)
    officer.page = page
    officer.post(f"{at}/refer", send="yes")
    officer.see("There is a problem", "The reporter has not agreed that this partner is told")


@pytest.mark.same_on_both
def test_contact_details_taken_out_in_that_moment_go_nowhere_whatever_the_reason(
    app: Flask, resident: Resident, officer: Officer, recovery_key: str
) -> None:
    come_back(resident, send_report(resident, more=WITH_CONTACT))
    at_report(officer)
    with app.app_context():
        found = find_report(session.scalars(select(Report.id)).one(), keyholders.open_recovery(recovery_key))
        assert found
        contacts.take_out_contact(found.report.id)
        sent = Sent("police", ReferralWay.TELEPHONE, (("What", "Noise"),))
        with pytest.raises(NotAgreed), transaction() as db:
            referrals.refer(db, found, sent, (("Phone", "07700"),), "badly-hurt", "A knife.", uuid.uuid4())


def test_an_agencys_key_is_changed_like_a_teams_and_what_it_has_opens_still(
    resident: Resident,
    officer: Officer,
    landlord: Officer,
    app: Flask,
    recovery_key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rotation, "SETTLE", 0)
    send_report(resident, more=AGREED)
    theirs = f"/staff/referred/{given_id(refer(officer, at_report(officer), 'landlord', 'portal'))}"
    with app.app_context():
        said = list(rotation.rotate("agency:landlord", recovery_key))
        assert said[0] == "agency:landlord has a new key."
        assert colleagues.has_account("landlord")
    landlord.get(theirs)
    landlord.see("What we tell you")


@pytest.mark.same_on_both
def test_a_partner_that_is_never_asked_about_can_be_asked_about_by_an_officer(
    resident: Resident, officer: Officer
) -> None:
    come_back(resident, send_report(resident, more=AGREED))
    at = at_report(officer)
    resident.get("/return/choices")
    resident.not_see("Fire and Rescue")
    officer.get(f"{at}/refer")
    officer.post(f"{at}/refer", agency="fire", ask="yes")
    resident.get("/return/choices")
    resident.see("Buckinghamshire Fire and Rescue Service")
    choose(resident, partner_fire="what")
    refer(officer, at, "fire")
    officer.see("Referral to Buckinghamshire Fire and Rescue Service")


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"agency": "nobody"}, "Choose the partner."),
        ({"agency": "<script>" * 900}, "Choose the partner."),
        ({"way": "pigeon"}, "Choose how it reaches them."),
        ({"way": "portal"}, "Nobody at this partner has an account here. Choose another way."),
        ({"facts": []}, "Choose at least one thing that they are told."),
        ({"facts": ["narrative"]}, "Choose from the answers on this page."),
        ({"files": str(uuid.UUID(int=0))}, "Choose from the answers on this page."),
        ({"has_words": "y", "narrative": " "}, "Write the copy, or untick"),
        ({"has_words": "y", "narrative": "x" * 4_001}, "This is 1 letter too long. Make it shorter."),
        ({"message": "x" * 1_001}, "This is 1 letter too long. Make it shorter."),
        ({"has_contact": "y"}, "Nobody knows how to reach this reporter. Untick this."),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_and_what_was_typed_is_kept(
    resident: Resident, officer: Officer, fields: dict[str, object], sentence: str
) -> None:
    send_report(resident, more=AGREED)
    at = at_report(officer)
    fill(officer, at, **({"agency": "landlord", "hidden": "typed here"} | fields))  # type: ignore[arg-type]
    officer.see("There is a problem", sentence, "typed here")
    officer.post(f"{at}/refer", {"agency": "landlord", "way": "telephone", "facts": "kind"} | fields, send="yes")
    officer.see(sentence)


def test_an_agency_that_answers_while_it_is_taken_back_is_told_and_nothing_is_half_done(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer, recovery_key: str
) -> None:
    send_report(resident, more=AGREED)
    at = at_report(officer)
    referral_id = uuid.UUID(given_id(refer(officer, at, "landlord", "portal")))
    with app.app_context():
        held, theirs = keyholders.open_recovery(recovery_key), _keys_of(app, "landlord")
        report_id = session.scalars(select(Report.id)).one()
    outcomes: list[str] = []
    turns = iter(["back", "answer", "answer", "back"])

    def go() -> None:
        turn = next(turns)
        try:
            if turn == "answer":
                said = Reply(uuid.uuid4().hex, ReferralState.ANSWERED, today(), "L", "We look.")
                with transaction() as db:
                    referred.answer(db, referral_id, theirs, said, "", "")
            else:
                found = find_report(report_id, held)
                assert found
                with transaction() as db:
                    referrals.take_back(db, found, referral_id)
        except NotPossible:
            turn = "refused"
        outcomes.append(turn)

    in_threads(app, go, count=4)
    with app.app_context():
        row = session.get_one(Referral, referral_id)
        assert row.state is ReferralState.TAKEN_BACK
        assert agencies.are_open([referral_id]) == set()
        assert session.get_one(Report, report_id).state is State.LOOKED_AT
        found = find_report(report_id, held)
        assert found
        (one,) = referrals.referrals_of(found, held)
        assert one.came_back
        assert len(one.came_back.replies) == outcomes.count("answer")


@pytest.mark.same_on_both
def test_addresses_of_others_lead_nowhere(resident: Resident, officer: Officer, app: Flask) -> None:
    send_report(resident, more=AGREED)
    first = at_report(officer)
    where = refer(officer, first, "landlord")
    send_report(Resident(app.test_client()), more=AGREED)
    officer.get("/staff/reports")
    other = next(each for each in re.findall(r"/staff/reports/[0-9a-f-]{36}", officer.page) if each != first)
    token = token_of(officer, other)
    for path in (f"{other}/referrals/{given_id(where)}", f"{first}/referrals/{uuid.uuid4()}"):
        for method, rest in (
            ("GET", ""),
            ("POST", ""),
            ("POST", "/take-back"),
            ("GET", "/sheet"),
            ("POST", "/sheet.pdf"),
        ):
            assert ask(officer.client, method, path + rest, token, act="accepted").status_code == 404


@pytest.mark.same_on_both
def test_a_closed_report_is_not_referred(resident: Resident, officer: Officer) -> None:
    send_report(resident, more=AGREED, kind="asb")
    at = at_report(officer)
    close_report(officer, at)
    officer.get(at)
    officer.not_see("Refer to a partner")
    officer.get(f"{at}/refer")
    assert officer.response
    assert officer.response.location == at


@pytest.mark.dear
@pytest.mark.same_on_both
def test_a_damaged_part_hides_no_other(app: Flask, resident: Resident, officer: Officer, landlord: Officer) -> None:
    come_back(resident, send_report(resident, more=AGREED))
    at = at_report(officer)
    where = refer(officer, at, "landlord", "portal")
    theirs = f"/staff/referred/{given_id(where)}"
    for column in ("sealed", "contact", "came_back", "own", "told", "told_key", "notice"):
        with app.app_context(), transaction() as db:
            whole = db.scalars(select(getattr(Referral, column))).one()
            db.execute(update(Referral).values({column: b"\x01" + bytes(60)}))
        for person, page in (
            (officer, at),
            (officer, where),
            (resident, "/return/report"),
            (landlord, "/staff/referred"),
        ):
            person.get(page)
            assert person.response
            assert person.response.status_code == 200, (column, page)
        landlord.get(theirs)
        assert landlord.response
        assert landlord.response.status_code == 200
        if column in ("sealed", "came_back", "own"):
            officer.get(where)
            officer.see("This part is damaged and cannot be read.")
        if column in ("told", "told_key"):
            resident.see("This part is damaged and cannot be read.")
        with app.app_context(), transaction() as db:
            db.execute(update(Referral).values({column: whole}))


def test_nothing_of_a_referral_lies_in_the_clear_and_no_length_tells_what_went(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    send_report(resident, more=WITH_CONTACT)
    at = at_report(officer)
    refer(officer, at, "victims-first", message="askedword", has_words="y", narrative="copiedword", has_contact="y")
    refer(officer, at, "landlord", **(FOR_LAW | {"why": "lawword " * 100}))
    where = refer(officer, at, "police", has_words="y", narrative="அ" * 4_000)
    officer.post(where, act="accepted", reference="refword", message="saidword", disposition="crime-recorded")
    loot = stolen(app)
    for word in ("askedword", "copiedword", "lawword", "refword", "saidword", "07700 900123", "badly-hurt"):
        clear = word == "badly-hurt"  # the partnership file names every reason
        for trace in [] if clear else spellings(word):
            assert trace not in loot, word
    with app.app_context():
        rows = session.scalars(select(Referral)).all()
        for column in ("sealed", "contact", "came_back", "notice", "own", "told_key", "told"):
            assert len({len(getattr(row, column)) for row in rows}) == 1, column
    assert set(Referral.__table__.columns.keys()) == {
        "id", "report_id", "notice_id", "state", "made_on", "answer_due_on", "answered_on", "ended_on", "is_news",
        "sealed", "contact", "came_back", "notice", "own", "told_key", "told",
    }  # fmt: skip


@pytest.mark.same_on_both
def test_the_sheet_holds_what_goes_under_the_handling_mark_and_nothing_else(
    resident: Resident, officer: Officer, app: Flask
) -> None:
    send_report(resident, more=AGREED)
    at = at_report(officer)
    where = refer(officer, at, "landlord", "sheet", has_words="y", narrative=COPY)
    officer.get(f"{where}/sheet")
    officer.see("OFFICIAL-SENSITIVE", "Ask for Anna.", "Our reference", LANDLORD)
    officer.not_see(NARRATIVE, "Fishermead")
    officer.get(where)
    pdf = officer.client.post(f"{where}/sheet.pdf", data={"csrf_token": token_of(officer, where)})
    assert pdf.data.startswith(b"%PDF-")
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="referral.pdf"'
    with app.app_context():
        printed = session.scalar(
            select(func.count()).select_from(AuditEntry).where(AuditEntry.action == Action.PRINTED_REFERRAL)
        )
    assert printed == 2


@pytest.mark.same_on_both
def test_an_account_without_an_agencys_key_or_with_another_key_sees_nothing(
    app: Flask, hire: Callable[..., Officer], landlord: Officer
) -> None:
    landlord.get("/staff/reports")
    landlord.see("You cannot open this page")
    for name, teams in (("none", ()), ("both", (agencies.team_of("landlord"), "asb_team"))):
        person = hire(name, teams=teams, roles=(Role.PARTNER_AGENCY,))
        person.sign_in()
        person.unlock()
        person.get("/staff/referred")
        assert person.response
        assert person.response.status_code == 403


@pytest.mark.same_on_both
def test_an_agencys_key_is_made_once_and_a_code_that_is_too_long_gets_none(app: Flask) -> None:
    with app.app_context():
        assert not colleagues.has_account("police")
        for _time in range(2):
            with transaction() as db:
                agencies.open_agency(db, "police")
        assert len(keyholders.keyholders_of(session, "agency:police")) == 1
        assert not colleagues.has_account("police")  # the recovery key is nobody who reads
        with pytest.raises(VaultError, match="too long"), transaction() as db:
            agencies.open_agency(db, "x" * 25)


@pytest.mark.same_on_both
def test_an_operator_opens_an_agency_and_adds_its_people_who_belong_to_it_alone(
    app: Flask, recovery_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_keys, "open_app", lambda: app)

    def portal(*arguments: str, typed: str = "") -> str:
        said = CliRunner().invoke(cli.portal, arguments, input=typed)
        assert said.exception is None or isinstance(said.exception, VaultError), said.exception
        return f"{said.output}{said.exception or ''}"

    assert portal("agency", "open", "police").startswith("police has a key.")
    assert "There is no agency council in partnership.toml; there are council-asb, police" in portal(
        "agency", "open", "council"
    )
    typed = (
        "\n".join(
            [recovery_key, "pc-lee", "PC Lee", *["nine otters by a canal"] * 2, *["a lamp above the old bridge"] * 2]
        )
        + "\n"
    )
    wrong = "Someone of a partner agency has --agency CODE, no other role, and no --team."
    for more in (
        ["--role", "partner_agency"],
        ["--agency", "police", "--role", "officer"],
        ["--agency", "police", "--team", "asb_team"],
        ["--agency", "police", "--role", "officer", "--role", "partner_agency"],
    ):
        assert wrong in portal("staff", "add", *more, typed=typed)
    assert "There is no agency moon" in portal("staff", "add", "--agency", "moon", typed=typed)
    assert "authenticator" in portal("staff", "add", "--agency", "police", typed=typed)
    with app.app_context():
        assert colleagues.has_account("police")
        staff = session.scalars(select(StaffMember)).one()
        assert [held.role for held in staff.roles] == [Role.PARTNER_AGENCY]
        held = keyholders.keyring(
            staff.member_id, keyholders.open_member(staff.member_id, "a lamp above the old bridge") or b""
        )
        assert agencies.agency_of(held) == "police"


@pytest.mark.dear
def test_consent_asked_given_sent_accepted_answered_and_read_in_a_browser(
    browse: Browse,
    app: Flask,
    resident: Resident,
    officer: Officer,
    hire: Callable[..., Officer],
    axe: Callable[..., list[str]],
) -> None:
    police = open_agency(app, hire, "police")
    digits = send_report(resident, more=AGREED)
    at = at_report(officer)

    def work_as(person: Officer, path: str) -> Walk:
        page = browse("/staff/sign-in", phone=person is police)
        cookie = person.client.get_cookie("work")
        assert cookie
        page.context.add_cookies([{"name": "work", "value": cookie.value, "domain": "127.0.0.1", "path": "/"}])
        walk = Walk(page, app, "en")
        page.goto(re.match("https?://[^/]+", page.url)[0] + path)  # type: ignore[index]
        return walk

    def look(walk: Walk, name: str) -> None:
        assert axe(walk.page) == [], name

    desk = work_as(officer, at)
    desk.go("Refer to a partner")
    desk.page.locator("#agency").select_option("police")
    desk.page.locator("#way-portal").check()
    look(desk, "refer")
    desk.press("Look at it before it goes").see_words("The reporter has not agreed that this partner is told")
    look(desk, "refused")
    desk.press("Ask the reporter").see_words("May we tell this partner about your report")

    phone = Walk(browse("/return"), app, "en")
    phone.come_back(digits)
    phone.go("Change whom we may tell").at("/return/choices")
    phone.page.locator("#partner_police-what").check()
    phone.press("Save my choices").see("I have changed whom you may tell.")

    desk = work_as(officer, f"{at}/refer")
    desk.page.locator("#agency").select_option("police")
    desk.page.locator("#way-portal").check()
    desk.page.locator("#has_words").check()
    desk.page.locator("#narrative").fill(COPY)
    desk.page.locator("#hidden").fill("Anna")
    desk.press("Black out these words").see_words("The words are blacked out in the copy.")
    assert BAR in desk.page.locator("#narrative").input_value()
    look(desk, "blanked")
    desk.press("Look at it before it goes")
    desk.page.get_by_role("heading", name="Look at it before it goes").wait_for()
    look(desk, "as-it-goes")
    desk.press("Send it").see_words("Referral to Thames Valley Police")
    look(desk, "sent")

    theirs = work_as(police, "/staff/referred")
    look(theirs, "agency-list")
    follow(theirs.page.get_by_role("link", name=re.compile("Sent on")))
    look(theirs, "agency-one")
    theirs.page.locator("#act-answered").check()
    theirs.page.locator("#reference").fill("TVP-1")
    theirs.page.locator("#message").fill("We were there.")
    theirs.press("Save").see_words("We were there.")
    look(theirs, "agency-answered")

    desk = work_as(officer, "/staff/referrals")
    look(desk, "waiting")
    desk.go("Thames Valley Police").see_words("We were there.")
    look(desk, "answered")
    desk.page.goto(desk.page.url + "/sheet")
    look(desk, "sheet")
    phone.page.reload()
    phone.see_words("They answered")
    look(phone, "reporter")
