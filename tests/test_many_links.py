"""Hundreds of reports of one series: all are kept, named page by page, merged and taken apart, and nobody waits for it."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from portal.db import session, today, transaction
from portal.reporting import belonging, links
from portal.reporting.links import KEPT_UNDONE, LINKS_PADS, MAX_REASON, MOST_LINKS, Link, LinkKind, Links
from portal.reporting.models import Part, Report, ReportPart, State
from portal.vault import keyholders, sealing
from tests.support.flooding import store_many
from tests.support.linking import Hire, gather, hired, link, merge, page_of, reference
from tests.support.pace import slowness
from tests.support.people import Officer
from tests.support.rotating import held_by

# Seconds of the processor for a case page, at the pace of tests/support/pace.py; see docs/threat-model.md for what the growing part tells.
QUICK = 0.3


def told(number: int) -> dict[str, Any]:
    return {
        "kind": {"kind": "asb"},
        "narrative": {"narrative": f"Somebody banged on door {number} and ran."},
        "where": {"place": "e-fishermead"},
        "asb_types": {"types": ["rowdy"]},
    }


def stored(app: Flask, count: int) -> list[uuid.UUID]:
    with app.app_context():
        return store_many(count, told, day=today(), write_again=False)


def kept_by(app: Flask, officer: Officer, report_id: uuid.UUID) -> Links:
    with app.app_context():
        return links.links_in(
            report_id, keyholders.content_keys(held_by(officer.name, team=None), [report_id])[report_id]
        )


def all_named(officer: Officer, report_id: uuid.UUID) -> list[str]:
    """The references that the pages of what it belongs with name, one after the other."""
    named: list[str] = []
    address: str | None = f"{page_of(str(report_id))}/belongs"
    while address:
        officer.get(address)
        (panel,) = re.findall(r'<section class="app-panel".*?</section>', officer.page, re.DOTALL)
        named += re.findall(r'class="app-reference"[^>]*>([^<]+)<', panel)
        on = re.search(r'<a href="([^"]+)">Next page', officer.page)
        address = on[1].replace("&amp;", "&") if on else None
    return named


def seconds_of(officer: Officer, address: str) -> float:
    """Of the processor, for the quickest of three looks: the first one makes ready what stays."""
    used = []
    for _look in range(3):
        began = time.process_time()
        officer.get(address)
        used.append(time.process_time() - began)
    return min(used)


@pytest.mark.dear
def test_five_hundred_links_are_kept_and_cost_little(app: Flask, officer: Officer) -> None:
    hub, *others = stored(app, 501)
    with app.app_context():
        held = held_by(officer.name, team=None)
        for first in range(0, 500, 50):
            with transaction() as db:
                links.link_reports(db, held, hub, others[first : first + 50], LinkKind.PLACE, "One stairwell", "Sam")
    assert {each.to for each in kept_by(app, officer, hub).links} == set(others)
    assert seconds_of(officer, page_of(str(hub))) < QUICK * slowness()
    # They came on one day: nobody knows which was first.
    officer.see("This is report number 501 from one place since", "All 500 that it belongs with")
    assert officer.page.count("One stairwell") == 20


@pytest.mark.dear
@pytest.mark.same_on_both
def test_five_hundred_links_are_named_in_pages_and_none_is_offered_again(app: Flask, officer: Officer) -> None:
    hub, *others = stored(app, 501)
    with app.app_context():
        gather(held_by(officer.name, team=None), hub, others)
        references = {each.id: each.reference for each in session.scalars(select(Report))}
    page = page_of(str(hub))
    named = all_named(officer, hub)
    officer.see("Showing 451 to 500 of 500.")
    assert len(named) == 500
    assert {re.sub(r"\W", "", each) for each in named} == {references[each] for each in others}
    officer.get(f"{page}/belongs?page=99999999")
    officer.see("Showing 451 to 500 of 500.")
    assert "Page 10 of 10" in officer.page
    # From the other end of one of these links all the others hang together with it.
    assert seconds_of(officer, page_of(str(others[3]))) < QUICK * slowness()
    officer.see("This is report number 501 from one place since", "499 more hang together with these")
    officer.get(f"{page_of(str(others[3]))}/belongs?page=-5")
    officer.see("Showing 1 to 50 of 500.", "Not linked with this report, but with one that it belongs with.")
    # Who looks for more is offered what is not linked yet.
    (new,) = stored(app, 1)
    officer.get(f"{page}/alike")
    officer.see("1 report may belong with it", f"Link with {reference(app, str(new))}")
    link(officer, str(hub), [str(new)], kind="place")
    assert len(kept_by(app, officer, hub).links) == 501


@pytest.mark.dear
@pytest.mark.same_on_both
def test_of_five_hundred_links_one_is_taken_away_another_merged_and_a_deleted_one_forgotten(
    app: Flask, officer: Officer
) -> None:
    hub, *others = stored(app, 501)
    with app.app_context():
        gather(held_by(officer.name, team=None), hub, others)
    page, (away, merged, deleted) = page_of(str(hub)), (str(each) for each in others[:3])
    officer.get(f"{page}/unlink/{away}")
    assert officer.post(f"{page}/unlink/{away}", why="Another house.").status_code == 303
    merge(officer, merged, str(hub))
    with app.app_context(), transaction() as db:
        keyholders.drop_grants(db, [uuid.UUID(deleted)])
        db.delete(db.get_one(Report, uuid.UUID(deleted)))
    officer.get(page)
    officer.see("Write to the reporter of the merged report", "Another house.")
    mine = kept_by(app, officer, hub)
    assert len(mine.links) == 498
    assert [str(each) for each in mine.leads] == [merged]
    officer.get(f"{page_of(merged)}/unmerge")
    officer.post(f"{page_of(merged)}/unmerge", why="Two after all.", message="We go on.", language="en")
    assert len(kept_by(app, officer, hub).links) == 497
    with app.app_context():
        assert session.get_one(Report, uuid.UUID(merged)).state is State.LOOKED_AT


@pytest.mark.dear
@pytest.mark.same_on_both
def test_five_hundred_merged_reports_are_written_to_page_by_page(app: Flask, officer: Officer) -> None:
    leading, *merged = stored(app, 501)
    with app.app_context():
        gather(held_by(officer.name, team=None), leading, merged, LinkKind.DUPLICATE)
        with transaction() as db:
            db.execute(update(Report).where(Report.id.in_(merged)).values(state=State.CLOSED))
    assert seconds_of(officer, page_of(str(leading))) < QUICK * slowness()
    officer.see("Write to the reporters of the 500 merged reports")
    path = f"{page_of(str(leading))}/merged"
    officer.get(path)
    officer.see("These are 1 to 20 of 500.")
    assert len(officer.page) < 300_000
    officer.get(f"{path}?page=24")
    first = re.findall(r'name="(\w+)-message"', officer.page)
    officer.post(
        f"{path}?page=24", {f"{first[0]}-send": "y", f"{first[0]}-message": "It stops.", f"{first[0]}-language": "en"}
    )
    assert officer.response.status_code == 303
    officer.follow()
    officer.see("Showing 481 to 500 of 500.")
    last = re.findall(r'name="(\w+)-message"', officer.page)
    assert len(first) == len(last) == 20
    assert not set(first) & set(last)
    officer.post(
        f"{path}?page=25", {f"{last[0]}-send": "y", f"{last[0]}-message": "It stops.", f"{last[0]}-language": "en"}
    )
    assert officer.response.headers["Location"].startswith(page_of(str(leading)))
    officer.get(f"{page_of(str(leading))}/close")
    officer.see("490 more reports are merged into this one. Write to their reporters too.")
    # Those that are merged no more by their own account are found out and forgotten, however many they are.
    with app.app_context():
        held = held_by(officer.name, team=None)
        keys = keyholders.content_keys(held, merged)
        with transaction() as db:
            for each in merged[:300]:
                links.keep_links(db, each, keys[each], Links())
    officer.get(page_of(str(leading)))
    officer.see("Write to the reporters of the 200 merged reports")
    assert set(kept_by(app, officer, leading).leads) == set(merged[300:])


@pytest.mark.same_on_both
def test_who_may_not_open_them_is_not_told_of_them_on_any_page(app: Flask, officer: Officer, hire: Hire) -> None:
    hub, *others = stored(app, 61)
    with app.app_context():
        (hate,) = store_many(1, lambda number: told(number) | {"kind": {"kind": "hate"}}, day=today())
        gather(held_by(officer.name, team=None), hub, [*others, hate])
    neighbour = hired(hire, "nia", "asb_team")
    assert len(all_named(officer, hub)) == 61
    assert len(all_named(neighbour, hub)) == 60
    neighbour.not_see(reference(app, str(hate)))
    assert neighbour.get(f"{page_of(str(hate))}/belongs").status_code == 404
    alone = stored(app, 1)[0]
    officer.get(f"{page_of(str(alone))}/belongs")
    officer.see("No other report is linked with it.")


def length_of(many: Links) -> int:
    """In bytes, of the part that holds them; as keep_links() makes it."""
    sealed = links._sealed(uuid.uuid4(), uuid.uuid4(), sealing.new_key(), many)
    assert sealed is not None
    return len(sealed) - 17 - sealing.CHUNK_OVERHEAD


def made(number: int, why: str) -> Links:
    return Links(tuple(Link(uuid.uuid4(), LinkKind.SERIES, why, "Sam", today()) for _number in range(number)))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, MOST_LINKS), st.text(max_size=30))
def test_a_part_is_of_one_of_few_lengths_however_many_it_holds(number: int, why: str) -> None:
    length = length_of(made(number, why))
    assert length in LINKS_PADS
    assert length == LINKS_PADS[0] or length > LINKS_PADS[0] >= length // 4 ** LINKS_PADS.index(length)


def test_what_most_reports_have_tells_nothing_and_the_longest_reasons_leave_room_for_five_hundred() -> None:
    assert length_of(Links()) == length_of(made(40, "The same red scooter.")) == LINKS_PADS[0]
    assert length_of(made(160, "The same red scooter.")) == LINKS_PADS[1]
    assert length_of(made(MOST_LINKS, "The same red scooter.")) == LINKS_PADS[-1]
    widest = made(500, "\U0001f6f4" * MAX_REASON)
    full = Links(widest.links, widest.links[:KEPT_UNDONE])
    assert length_of(full) == LINKS_PADS[-1]


@pytest.mark.same_on_both
def test_a_part_that_grew_is_short_again_when_the_links_are_gone(app: Flask, officer: Officer) -> None:
    hub, *others = stored(app, 101)
    with app.app_context():
        held = held_by(officer.name, team=None)
        gather(held, hub, others)

        def length() -> int:
            of_hub = (ReportPart.report_id == hub) & (ReportPart.part == Part.LINKS)
            return len(session.scalars(select(ReportPart.sealed).where(of_hub)).one())

        grown = length()
        for each in others[:80]:
            with transaction() as db:
                links.unlink_reports(db, held, hub, each, "x", "Sam")
        assert length() < grown
        assert len(belonging.belonging_of(held, hub).linked) == 20
