"""An officer's queue: what needs them first, in views and filters of closed words, found by reference or by words."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from portal.audit import Action, AuditEntry
from portal.db import random_id, session, today, transaction
from portal.reporting import deletions, queue_facts, queue_index, queue_views
from portal.reporting.models import Clock, DeletionRequest, Promise, Report, State
from portal.reporting.queue_index import QueueIndex
from portal.reporting.queue_views import View, Wanted
from portal.reporting.series import Series
from portal.reporting.texts import folded
from portal.staff.models import StaffMember
from portal.vault import sealing
from tests.support.flooding import store_many
from tests.support.people import Officer, Resident
from tests.support.rotating import held_by, rotate
from tests.support.sending import send_report
from tests.test_risk import places_in, stored


def ids_in(officer: Officer) -> list[str]:
    return re.findall(r'href="/staff/reports/([0-9a-f-]{36})"', officer.page)


def only_report() -> Report:
    return session.scalars(select(Report)).one()


def counts_in(officer: Officer) -> dict[str, int]:
    """How many each link to a view says that there are."""
    links = re.findall(r'href="/staff/reports(?:\?view=(\w+))?"[^>]*>(.*?)</a>', officer.page, re.DOTALL)
    return {view: int(re.findall(r"\d+", words)[-1]) for view, words in links if re.search(r"\d", words)}


def clock(report_id: uuid.UUID, **more: date) -> None:
    with transaction() as db:
        db.add(Clock(report_id=report_id, promise=Promise.TELL, started_on=today(), **({"due_on": today()} | more)))


def report_at(place: str) -> uuid.UUID:
    return session.scalars(select(Report.id).where(Report.place_code == place)).one()


@pytest.mark.same_on_both
def test_each_view_holds_what_its_count_says(app: Flask, hire: Callable[..., Officer]) -> None:
    stored(app, "e-fishermead", days=30)
    stored(app, "e-conniburrow", state=State.HELD, risk={"risk": "yes"})
    stored(app, "e-netherfield", state=State.LOOKED_AT)
    stored(app, "p-olney", state=State.CLOSED)
    stored(app, "p-bradwell", "hate", days=30)
    officer = hire("fatima", teams=("asb_team",))
    officer.sign_in()
    officer.unlock()
    with app.app_context():
        clock(report_at("e-netherfield"), paused_on=today())
        mine = session.scalars(select(StaffMember.id)).one()
        with transaction() as db:
            db.execute(update(Report).where(Report.place_code == "e-netherfield").values(assignee_id=mine))
    officer.get("/staff/reports")
    officer.see("1 is overdue", "0 are due today", "1 with immediate risk", "2 with nobody", "Why this order")
    expected = {
        "first": ["Conniburrow", "Fishermead", "Netherfield", "Bradwell"],
        "overdue": ["Fishermead"], "today": [], "immediate": ["Conniburrow"], "messages": [],
        "unassigned": ["Conniburrow", "Fishermead"], "new": ["Fishermead"], "mine": ["Netherfield"],
        "team": ["Conniburrow", "Fishermead", "Netherfield"], "waiting": ["Netherfield"], "held": ["Conniburrow"],
        "series": [], "closed": ["Olney"], "withdrawn": [],
    }  # fmt: skip
    assert counts_in(officer) == {view: len(places) for view, places in expected.items()}
    assert expected.keys() == set(View)
    for view, places in expected.items():
        officer.get(f"/staff/reports?view={view}")
        assert places_in(officer) == places, view
    officer.get("/staff/reports?view=waiting")
    officer.see("Waits for the reporter", "Me")


@pytest.mark.same_on_both
def test_filters_narrow_a_view_also_by_sealed_answers_and_each_can_be_taken_off(app: Flask, officer: Officer) -> None:
    stored(app, "e-fishermead", "hate", because={"strands": ["race"]}, hate_types={"types": ["verbal"]})
    stored(app, "e-conniburrow", "hate", because={"strands": ["religion"]}, hate_types={"types": ["verbal"]})
    stored(app, "e-netherfield", asb_types={"types": ["litter"]}, days=40)
    for address, places in {
        "kind=asb": ["Netherfield"],
        "strand=religion": ["Conniburrow"],
        "type=hate-verbal&sort=newest": ["Fishermead", "Conniburrow"],
        "type=asb-litter": ["Netherfield"],
        "place=e-fishermead": ["Fishermead"],
        "language=pl": [],
        "source=phone": [],
        f"month={today():%Y-%m}&strand=race": ["Fishermead"],
        "state=held": [],
        "owner=nobody&kind=hate&strand=race": ["Fishermead"],
        "owner=me": [],
    }.items():
        officer.get(f"/staff/reports?{address}")
        assert sorted(places_in(officer)) == sorted(places), address
    officer.see("No report matches.", "With whom: Me")
    officer.get("/staff/reports?view=team&strand=race&kind=hate&sort=due")
    (without_kind,) = (
        href for href in re.findall(r'class="app-chip[^"]*" href="([^"]+)"', officer.page) if "kind" not in href
    )
    assert parse_qs(urlsplit(without_kind.replace("&amp;", "&")).query) == {
        "view": ["team"], "strand": ["race"], "sort": ["due"]
    }  # fmt: skip
    # What is not offered is passed over, however long or odd it is.
    officer.get(f"/staff/reports?kind={'x' * 5000}&view=%00&owner=zz&month=2026-99&page=99999999999&place=group-none")
    assert len(places_in(officer)) == 3


@pytest.mark.same_on_both
def test_a_group_of_parishes_holds_its_estates(app: Flask, officer: Officer) -> None:
    stored(app, "e-fishermead")
    stored(app, "p-olney")
    place = app.extensions["partnership"].places.find("e-fishermead")
    for code in (f"group-{place.group}", place.parish):
        officer.get(f"/staff/reports?place={code}")
        assert "Fishermead" in places_in(officer)
        assert "Olney" not in places_in(officer)


@pytest.mark.dear
@pytest.mark.same_on_both
def test_a_list_is_saved_under_a_name_opened_and_deleted_by_its_owner_only(
    app: Flask, officer: Officer, hire: Callable[..., Officer]
) -> None:
    officer.get("/staff/reports?view=team&kind=hate")
    officer.post("/staff/saved-views", name="")
    officer.see("Error: Write a name for this list")
    officer.post("/staff/saved-views", name="x" * 41)
    officer.see("Write a name for this list, of a few words at most.")
    officer.post("/staff/saved-views", name="Hate, mine to read")
    officer.follow()
    assert 'href="/staff/reports?view=team&amp;kind=hate"><bdi>Hate, mine to read' in officer.page
    found = re.search(r"/staff/saved-views/[0-9a-f-]{36}", officer.page)
    assert found
    other = hire("dev")
    other.sign_in()
    other.unlock()
    other.get("/staff/reports")
    other.not_see("Hate, mine to read")
    other.post(found[0])
    officer.get("/staff/reports")
    officer.see("Hate, mine to read")
    with app.extensions["database"].engine.connect() as connection:
        (row,) = connection.execute(text("SELECT * FROM saved_view")).all()
        assert not any(b"Hate" in bytes(each) or b"hate" in bytes(each) for each in row)
    officer.post(found[0])
    officer.follow()
    officer.not_see("Hate, mine to read")
    for number in range(12):
        officer.post("/staff/saved-views", name=f"List {number}")
        officer.follow()
    officer.post("/staff/saved-views", name="One more")
    officer.see("You have as many saved lists as there can be.")
    officer.post("/staff/saved-views", name="list 3")  # in the place of the one with this name
    assert officer.response
    assert officer.response.status_code == 303


@pytest.mark.same_on_both
def test_a_reference_leads_to_its_case_and_a_wrong_letter_is_told_so(
    app: Flask, officer: Officer, resident: Resident, hire: Callable[..., Officer]
) -> None:
    send_report(resident)
    with app.app_context():
        report_id, reference = only_report().id, only_report().reference
    officer.get("/staff/reports")
    officer.post("/staff/search", words=f"{reference[:3]} {reference[3:7]} {reference[7:].lower()}")
    assert officer.response
    assert officer.response.location == f"/staff/reports/{report_id}"
    officer.get("/staff/reports")
    wrong = f"{reference[:7]}{'A' if reference[7] != 'A' else 'B'}"
    officer.post("/staff/search", words=wrong)
    officer.see("That is not a reference: a digit or the letter at its end is wrong.")
    assert f'value="{wrong}"' in officer.page
    officer.post("/staff/search", words="0000000A" if reference != "0000000A" else "0000001B")
    officer.see("No report has this reference")
    officer.post("/staff/search", words=" ")
    officer.see("Write a reference, like 482-9137-K, or words to look for.")
    officer.post("/staff/search", words="x" * 5000)
    officer.see("That is too long. Write fewer words.")
    other = hire("fatima", teams=("hate_team",))
    other.sign_in()
    other.unlock()
    other.get("/staff/reports")
    other.post("/staff/search", words=reference)
    other.see("The report with this reference is sealed to another team.")


@pytest.mark.same_on_both
def test_words_are_found_in_every_text_and_nothing_of_it_is_kept(
    app: Flask, officer: Officer, resident: Resident, caplog: pytest.LogCaptureFixture
) -> None:
    send_report(resident, narrative="Sie riefen: Łódź! شور بہت ہے")
    resident.get("/return")
    officer.get("/staff/reports")
    (report_id,) = ids_in(officer)
    officer.post("/staff/search", words="LODZ riefen")
    officer.see("1 report found.")
    assert 'data-label="Found in">What happened' in officer.page
    officer.not_see("riefen: ")
    assert 'value="LODZ riefen"' in officer.page
    officer.post("/staff/search", words="شور بهت")  # another keyboard's letters
    officer.see("1 report found.")
    officer.post("/staff/search", words="riefen nowhere")
    officer.see("0 reports found.", "None of these words stands in them together.")
    officer.get(f"/staff/reports/{report_id}")
    officer.post(f"/staff/reports/{report_id}", message="We look at the zebra.", language="en")
    officer.get("/staff/reports")
    officer.post("/staff/search", words="zebr")
    assert 'data-label="Found in">A message' in officer.page
    with app.app_context():
        searched = session.scalars(select(AuditEntry).where(AuditEntry.action == Action.SEARCHED_REPORTS)).all()
        assert {entry.subject for entry in searched} == {""}
        assert len(searched) == 4
    assert "zebr" not in caplog.text


def goes_on(officer: Officer) -> str:
    (after,) = re.findall(r'name="after" value="([^"]+)"', officer.page)
    return after


@pytest.mark.same_on_both
def test_a_search_goes_on_in_older_reports(app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.reporting.queue_search.OPENED_AT_ONCE", 4)
    with app.app_context():
        store_many(10)
    officer.get("/staff/reports")
    officer.post("/staff/search", words="9th time")
    officer.see("0 reports found. Looked through 4 reports, back to")
    officer.post("/staff/search", words="9th time", after=goes_on(officer))
    officer.see("0 reports found. Looked through 4 reports")
    officer.post("/staff/search", words="9th time", after=goes_on(officer))
    officer.see("1 report found. Looked through 2 reports", "There are no older ones.")


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing_more(written: str) -> None:
    once = folded(written)
    assert folded(once) == once or not once.isascii()
    assert folded(f"  {written}\n") == once


@given(
    st.lists(st.integers(0, 90), max_size=8),
    st.none() | st.integers(0, 90),
    st.integers(0, 90),
)
def test_until_when_a_series_presses_is_what_it_says_of_each_day(ages: list[int], hurt: int | None, ahead: int) -> None:
    day = date(2026, 11, 20)
    series = Series(
        len(ages),
        tuple(sorted(day - timedelta(age) for age in ages)),
        day - timedelta(hurt) if hurt is not None else None,
    )
    asked = day + timedelta(ahead)
    assert (asked.toordinal() < queue_facts.pressing_until(series)) is series.is_pressing(asked)


def index_of(app: Flask, name: str = "sam") -> queue_index.Found:
    with app.app_context():
        risk = app.extensions["partnership"].risk
        return queue_index.load(held_by(name, team=None), queue_facts.edition(risk))


@pytest.mark.same_on_both
def test_the_index_is_saved_once_and_made_again_where_it_is_damaged_or_of_other_questions(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        store_many(20)
    officer.get("/staff/reports")
    before, order = index_of(app), places_in(officer)
    assert len(before) == 20
    opened: list[int] = []
    really = queue_facts._found_out
    monkeypatch.setattr(queue_facts, "_found_out", lambda held, told: opened.append(len(told)) or really(held, told))
    officer.get("/staff/reports")
    assert opened == []
    with app.app_context(), transaction() as db:
        rows = db.scalars(select(QueueIndex)).all()
        assert {len(row.sealed) % queue_index.PAD for row in rows} == {len(rows[0].sealed) % queue_index.PAD}
        lost = {id_ for id_ in before if queue_index.bucket_of(id_) == rows[0].bucket}
        rows[0].sealed = rows[0].sealed[:-1] + bytes([rows[0].sealed[-1] ^ 1])
    officer.get("/staff/reports")
    assert places_in(officer) == order
    assert sum(opened) >= 1
    assert sum(opened) <= len(lost)
    assert index_of(app) == before
    from dataclasses import replace

    partnership = app.extensions["partnership"]
    changed = replace(partnership, risk=replace(partnership.risk, high_from=3, medium_from=1))
    monkeypatch.setitem(app.extensions, "partnership", changed)
    opened.clear()
    officer.get("/staff/reports")
    assert opened == [20]


def test_a_deleted_report_leaves_the_index_with_it(app: Flask, officer: Officer) -> None:
    with app.app_context():
        first, *_others = store_many(5)
    officer.get("/staff/reports")
    assert first.bytes in index_of(app)
    with app.app_context():
        deletions.ask_for_deletion(first)
        with transaction() as db:
            db.execute(update(DeletionRequest).values(due_on=today()))
        assert deletions.delete_due_reports() == 1
    assert first.bytes not in index_of(app)
    with app.app_context():
        # One who listed before it was deleted cannot bring it back.
        held = held_by("sam", team=None)
        keyholder = next(iter(held.keys))
        facts = queue_index.Facts(0, 0, 0, 0, 0)
        edition = queue_facts.edition(app.extensions["partnership"].risk)
        queue_index.save(held, edition, {keyholder: {first.bytes: facts}}, {first.bytes})
    assert first.bytes not in index_of(app)


def test_two_who_list_at_once_lose_nothing_of_each_other(app: Flask, officer: Officer) -> None:
    with app.app_context():
        ids = store_many(6)
        held = held_by("sam", team=None)
        keyholder = next(iter(held.keys))
        edition = queue_facts.edition(app.extensions["partnership"].risk)
        listed = {one.bytes for one in ids}
        for one in ids:
            queue_index.save(held, edition, {keyholder: {one.bytes: queue_index.Facts(0, 1, 0, 0, 0)}}, listed)
    assert index_of(app).keys() == listed


def test_after_the_teams_key_is_changed_the_index_is_the_new_keys(
    app: Flask, officer: Officer, recovery_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.vault.rotation.SETTLE", 0.0)
    with app.app_context():
        store_many(6)
    officer.get("/staff/reports")
    order, before = places_in(officer), index_of(app)
    with app.app_context():
        rotate(recovery_key)
        rotate(recovery_key, "asb_team")
        assert session.scalars(select(QueueIndex)).all() == []
    officer.get("/staff/reports")
    assert places_in(officer) == order
    assert index_of(app) == before


@pytest.mark.same_on_both
def test_what_is_not_sorted_yet_stands_with_the_high_ones_and_says_so(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_facts, "OPENED_AT_ONCE", 3)
    with app.app_context():
        store_many(5, day=today())
        held = held_by("sam", team=None)
        found = queue_views.listing(held, random_id().bytes, Wanted())
        assert found.unknown == 2
        assert all(entry.facts is queue_facts.UNKNOWN for entry in found.entries[:2])
    officer.get("/staff/reports")
    officer.not_see("still to be sorted")  # the second look opened the others


@pytest.mark.same_on_both
def test_a_stolen_database_does_not_tell_what_the_index_holds(app: Flask, officer: Officer) -> None:
    with app.app_context():
        ids = store_many(30)
    officer.get("/staff/reports")
    with app.app_context():
        rows = session.scalars(select(QueueIndex)).all()
        blobs = [bytes(row.sealed) for row in rows]
        assert rows
        assert len({len(blob) for blob in blobs}) == 1
        for needle in [*(one.bytes for one in ids), *(one.hex.encode() for one in ids), b"strand", b"reports"]:
            assert not any(needle in blob for blob in blobs)
        for keyholder_id, private in held_by("sam", team=None).keys.items():
            for row in rows:
                if row.keyholder_id != keyholder_id:
                    with pytest.raises(sealing.SealError):
                        sealing.unseal(
                            row.sealed,
                            queue_index._key(private),
                            queue_index.INDEX,
                            queue_index._place(row.keyholder_id, row.bucket),
                        )


@pytest.mark.same_on_both
def test_a_clock_that_runs_out_makes_a_report_overdue_and_a_paused_one_does_not(app: Flask, officer: Officer) -> None:
    stored(app, "e-fishermead", state=State.LOOKED_AT)
    stored(app, "e-conniburrow", state=State.LOOKED_AT)
    yesterday = today() - timedelta(1)
    with app.app_context():
        clock(report_at("e-fishermead"), due_on=yesterday)
        clock(report_at("e-conniburrow"), due_on=yesterday, paused_on=yesterday)
    officer.get("/staff/reports?view=overdue")
    assert places_in(officer) == ["Fishermead"]
    officer.see("Late: ", "1 is overdue")
    with app.app_context(), transaction() as db:
        db.execute(update(Clock).values(met_on=today()))
    officer.get("/staff/reports?view=overdue")
    officer.see("Nothing is overdue.")
