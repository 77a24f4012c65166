"""A group that editors trust is public at once, under their eyes; and what became of a proposal has an end."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from portal import audit
from portal.audit import Action
from portal.db import session, today, transaction
from portal.events import letting_through, proposing, trusted_groups
from portal.events.models import Event, Occurrence
from portal.events.proposal_models import Proposal, ProposalMessage
from portal.events.proposals import count_over, sweep_proposals
from portal.events.trusted_models import TrustedGroup
from portal.partnership import awareness
from portal.server import health
from portal.staff.models import Role
from tests.support.announcing import announce, cancel
from tests.support.needing import asks
from tests.support.needing import comes_back as help_comes_back
from tests.support.people import Officer, Resident
from tests.support.proposing import TITLE, comes_back, kites, sends, shown_number, trusts
from tests.test_retention import agree

pytestmark = pytest.mark.same_on_both

YOURS = "/events/propose/yours"


def newest(editor: Officer, view: str = "waiting") -> str:
    editor.get(f"/staff/event-proposals?view={view}")
    found = re.search(r"/staff/event-proposals/[0-9a-f-]{36}", editor.page)
    assert found, editor.text
    editor.get(found[0])
    return found[0]


def decide(editor: Officer, path: str, act: str, **fields: object) -> None:
    editor.get(path)
    editor.post(f"{path}/{act}", **fields)
    if editor.response is not None and editor.response.status_code == 303:
        editor.follow()


def changes(group: Resident, **changed: object) -> None:
    group.get(f"{YOURS}/change")
    group.post(f"{YOURS}/change", kites(**changed))
    group.post(f"{YOURS}/change", send="yes")


def acts(app: Flask) -> list[str]:
    with app.app_context():
        return list(session.scalars(select(audit.AuditEntry.action).order_by(audit.AuditEntry.id)))


def test_what_comes_with_a_number_is_public_at_once_and_an_editor_takes_it_off_with_one_press(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    announce(editor, 5, title="Drums", venue="Fishermead field", place="")
    _group, number = trusts(editor)
    sends(resident, group_number=number)
    resident.see("Everyone can see it now.")
    resident.get("/events")
    resident.see(TITLE)
    one = newest(editor)
    editor.see("Public, to be looked at", "Kite Friends of the park", "Same place, at the same time: Drums")
    decide(editor, one, "take-off")
    editor.see("New", "took it off the calendar", "Accept and publish")
    resident.get("/events")
    resident.not_see(TITLE)
    with app.app_context():
        assert [words for (words,) in session.execute(text("SELECT title FROM event_words"))] == ["Drums"]
    decide(editor, one, "take-off")
    editor.see("Nothing of yours is done yet.")
    decide(editor, one, "accept", publish="yes")
    resident.get("/events")
    resident.see(TITLE)
    done = acts(app)
    assert {Action.TRUSTED_GROUP, Action.LET_THROUGH_EVENT, Action.TOOK_EVENT_OFF} <= set(done)


def test_a_group_that_is_called_like_one_of_the_staff_is_not_taken_for_them_in_the_log(
    resident: Resident, editor: Officer, hire: Callable[..., Officer]
) -> None:
    _page, number = trusts(editor, name=editor.name)
    sends(resident, group_number=number)
    auditor = hire("edith", teams=(), roles=(Role.AUDITOR,))
    auditor.sign_in()
    done = f"{editor.name} (a group) put an event on the calendar"
    auditor.get("/staff/log?act=let_through_event")
    auditor.see(done)
    auditor.get(f"/staff/log?act=let_through_event&person={editor.name}")
    auditor.see("There are no acts like these in the log.")
    auditor.not_see(done)


def test_what_people_asked_for_help_at_is_cancelled_and_not_taken_off(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    """Else nobody who asked would hear of it, and an interpreter would come for nothing."""
    _page, number = trusts(editor)
    resident.get("/events/propose")
    resident.post("/events/propose", kites(20) | {"group_number": number})
    resident.post("/events/propose", send="yes")
    with app.app_context():
        event = str(session.scalars(select(Event.id)).one())
    code = asks(resident, event)
    decide(editor, newest(editor), "take-off")
    editor.see("People asked for help at this event, or came to it.")
    cancel(editor, event)
    help_comes_back(resident, code)
    resident.see("It will not take place")


def test_an_editor_leaves_it_public_and_then_changes_wait_as_with_any_group(
    resident: Resident, editor: Officer
) -> None:
    code = sends(resident, group_number=" ".join(re.findall("....", trusts(editor)[1])))
    one = newest(editor)
    decide(editor, one, "leave")
    editor.see("Accepted", "looked at it and left it public")
    editor.not_see("Take it off the calendar")
    comes_back(resident, code)
    changes(resident, venue="The pavilion")
    resident.get("/events")
    resident.see("Fishermead field")
    resident.not_see("The pavilion")
    editor.get(one)
    editor.see("A change waits", "Now: The pavilion")


def test_what_is_sent_with_no_number_or_with_a_wrong_or_ended_one_is_not_public(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    page, number = trusts(editor)
    refused = "We do not know this number, or it has ended."
    resident.get("/events/propose")
    resident.post("/events/propose", kites(group_number="1" * 16))
    resident.see(refused)
    assert f'value="{TITLE}"' in resident.page
    decide(editor, page, "end")
    editor.see("Taken back", "took the trust back")
    resident.post("/events/propose", kites(group_number=number))
    resident.see(refused)
    resident.post("/events/propose", kites(group_number="\u202e12 x"))
    resident.see("You typed 2 digits. The number has 16.")
    editor.get(page)
    editor.post(f"{page}/renew", {"reason": "They wrote.", **boxes(today() - timedelta(days=1))})
    editor.see("Choose a day from today to")
    editor.post(f"{page}/renew", {"reason": "They wrote.", **boxes(today())})
    editor.follow()
    editor.see("Ends soon", "renewed the trust")
    with app.app_context(), transaction() as db:
        db.execute(update(TrustedGroup).values(until=today() - timedelta(days=1)))
    resident.post("/events/propose", kites(group_number=number))
    resident.see(refused)
    sends(resident)
    resident.get("/events")
    resident.not_see(TITLE)


def boxes(day: date) -> dict[str, object]:
    return {"until-day": day.day, "until-month": day.month, "until-year": day.year}


def test_a_number_that_leaked_is_replaced_with_one_press_and_cannot_be_guessed_or_flood(
    resident: Resident, editor: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, leaked = trusts(editor)
    monkeypatch.setattr(letting_through, "MAX_PER_HOUR", 1)
    sends(resident, group_number=leaked)
    sends(resident, group_number=leaked, title="A second one", starts="09:00")
    resident.get("/events")
    resident.see(TITLE)
    resident.not_see("A second one")
    editor.get(page)
    editor.post(f"{page}/number")
    number = shown_number(editor)
    assert len(number) == 16
    assert number != leaked
    monkeypatch.setattr(proposing, "MAX_GUESSES_PER_HOUR", 1)
    resident.get("/events/propose")
    resident.post("/events/propose", kites(group_number=leaked))
    resident.see("We do not know this number")
    resident.post("/events/propose", kites(group_number=number))
    resident.see("Too many wrong numbers came from your network.")


def test_what_a_trusted_group_sends_is_cleaned_and_checked_like_all_else(resident: Resident, editor: Officer) -> None:
    number = trusts(editor)[1]
    resident.get("/events/propose")
    telling = kites(group_number=number, description="Come to 12 Secret Lane.", address="12 Secret Lane, Bletchley")
    resident.post("/events/propose", telling | {"is_place_on_request": "y", "send": "yes"})
    resident.see("Everyone reads this. Take out the link or the address that is not public.")
    resident.post("/events/propose", kites(-9, group_number=number) | {"send": "yes"})
    resident.see("Your event is sent", "An editor looks at it.")
    resident.get("/events/propose")
    hostile = kites(group_number=number, title="<b>Kites</b>", description="<script>alert(1)</script>")
    resident.post("/events/propose", hostile | {"send": "yes"})
    found = re.search(r'href="(/events/[0-9a-f-]{36})"', resident.page)
    assert found
    resident.get(found[1])
    assert "<script>alert" not in resident.page
    resident.see("<b>Kites</b>")


def test_whoever_reads_the_database_finds_no_number_and_no_way_to_reach_a_group(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    number = trusts(editor)[1]
    sends(resident, group_number=number, reach="07700 900123")
    newest(editor)
    editor.see("07700 900123")
    for page in ("/events", "/events.json", "/events.ics", "/events.atom"):
        assert b"900123" not in resident.get(page).data
    with app.app_context():
        for table in ("event_proposal", "event", "event_words", "trusted_group", "audit_entry"):
            stored = str(session.execute(text(f"SELECT * FROM {table}")).all())
            assert "900123" not in stored
            assert number not in stored


def test_a_draft_that_its_group_called_off_is_deleted_and_the_group_reads_so(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    code = sends(resident)
    one = newest(editor)
    decide(editor, one, "accept", draft="yes")
    found = re.search(r"/staff/events/[0-9a-f-]{36}", editor.page)
    assert found
    comes_back(resident, code)
    resident.get(f"{YOURS}/withdraw")
    resident.post(f"{YOURS}/withdraw")
    resident.follow()
    resident.see("Nobody has seen it in the calendar.")
    editor.get(found[0])
    editor.see("The group says that it will not take place.")
    editor.get(one)
    editor.see("Delete the draft")
    decide(editor, one, "call-off")
    editor.see("Withdrawn")
    resident.get(YOURS)
    resident.see("It does not become public.")
    with app.app_context():
        assert session.scalars(select(Event)).all() == []
    assert Action.DELETED_DRAFT_EVENT in acts(app)


def test_a_change_that_was_declined_stays_with_its_group_to_be_mended(resident: Resident, editor: Officer) -> None:
    code = sends(resident)
    one = newest(editor)
    decide(editor, one, "accept", publish="yes")
    comes_back(resident, code)
    changes(resident, venue="The pavillion", cost="Five pounds")
    decide(editor, one, "decline", why="Nobody should pay.")
    resident.get(YOURS)
    resident.see("It is kept for you to mend.", "Nobody should pay.", "Fishermead field")
    resident.get(f"{YOURS}/change")
    resident.see("This is your change that we did not take.")
    assert 'value="Five pounds"' in resident.page
    resident.get(f"{YOURS}/change?accepted=yes")
    assert 'value="Five pounds"' not in resident.page
    changes(resident, venue="The pavilion")
    decide(editor, one, "accept", publish="yes")
    resident.get(f"{YOURS}/change")
    resident.not_see("This is your change that we did not take.")
    resident.get("/events")
    resident.see("The pavilion")


def test_a_proposal_that_cannot_be_opened_keeps_nobody_from_the_others(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    sends(resident, title="Whole")
    code = sends(resident, starts="09:00", title="Broken")
    with app.app_context(), transaction() as db:
        rows = {bytes(row.sealed): row for row in db.scalars(select(Proposal))}
        broken = next(row for row in rows.values() if row.lookup == proposing.receipts.derive(code, "proposal").lookup)
        broken.sealed = broken.sealed[:-1] + b"?"
        db.add(ProposalMessage(proposal_id=broken.id, position=1, is_from_group=True, sealed=b"damaged"))
        path = f"/staff/event-proposals/{broken.id}"
    editor.get("/staff/event-proposals")
    editor.see("Cannot be opened", "Whole")
    editor.get(path)
    editor.see("Cannot be opened", "This message cannot be opened.")
    decide(editor, path, "accept", publish="yes", seen="1")
    editor.see("nothing of it can become public")
    editor.get(f"{path}/preview")
    for page in (YOURS, f"{YOURS}/change", f"{YOURS}/withdraw", f"{YOURS}/picture"):
        comes_back(resident, code)
        resident.get(page)
        resident.see("We cannot open your event")
    decide(editor, path, "decline", why="We could not read it.")
    editor.see("Declined")


@pytest.mark.parametrize(("days_since", "is_kept"), [(59, True), (61, False)])
def test_what_was_accepted_is_deleted_so_long_after_its_last_date(
    app: Flask, resident: Resident, editor: Officer, days_since: int, is_kept: bool
) -> None:
    agree(app, proposal_days=60)
    code = sends(resident, reach="07700 900123")
    decide(editor, newest(editor), "accept", publish="yes")
    comes_back(resident, code)
    resident.see("What you sent is deleted 60 days after the last date of your event.")
    with app.app_context(), transaction() as db:
        db.execute(update(Proposal).values(changed_on=today() - timedelta(days=3_000)))
        sweep_proposals(db)
        assert len(db.scalars(select(Proposal)).all()) == 1
        ago = timedelta(days=5 + days_since)
        for one in db.scalars(select(Occurrence)):
            one.starts_at, one.ends_at = one.starts_at - ago, one.ends_at - ago
        db.flush()
        assert count_over(db, [today()])["proposal_days"] == [not is_kept]
        sweep_proposals(db)
        assert bool(db.scalars(select(Proposal)).all()) is is_kept
        assert len(db.scalars(select(Event)).all()) == 1


def test_a_group_that_is_long_not_trusted_is_forgotten(app: Flask, editor: Officer) -> None:
    trusts(editor)
    trusts(editor, 300)
    with app.app_context(), transaction() as db:
        one = db.scalars(select(TrustedGroup)).first()
        assert one is not None
        one.ended_on = today() - timedelta(days=trusted_groups.KEPT_DAYS + 1)
        db.flush()
        trusted_groups.sweep_groups(db)
        assert len(db.scalars(select(TrustedGroup)).all()) == 1


def test_a_year_before_the_tables_of_festivals_end_the_planner_and_the_operator_are_told(
    app: Flask, editor: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = [day for day in awareness.shipped().days if day.on]
    last = min(max(day.year for day in one.on) for one in tables)
    for year, is_told in ((last - 2, False), (last, True)):
        monkeypatch.setattr(health, "today", lambda year=year: date(year, 1, 2))
        with app.app_context():
            found = [problem for problem in health.problems() if "awareness.toml" in problem]
        assert bool(found) is is_told
    monkeypatch.setattr("portal.staff.event_planning.today", lambda: date(last - 3, 1, 2))
    editor.get("/staff/events/planning")
    editor.not_see("Of these we know no later dates.")
    monkeypatch.setattr("portal.staff.event_planning.today", lambda: date(last, 1, 2))
    editor.get("/staff/events/planning")
    editor.see("Of these we know no later dates.", f"until {last}")
