"""A public page is kept no longer than what it says stays true: to the end of the day, or of the next event."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.db import LOCAL_TIME, next_midnight, transaction, utcnow
from portal.events import filters, listing
from portal.events.models import Event, Occurrence
from portal.web import caching
from tests.support.announcing import announce
from tests.support.people import Officer, Resident

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@pytest.mark.same_on_both
@given(MOMENTS, st.timedeltas(timedelta(), timedelta(days=1)))
def test_no_page_is_kept_into_another_day(made: datetime, later: timedelta) -> None:
    ends = next_midnight(made)
    assert ends > made
    is_same_day = (made + later).astimezone(LOCAL_TIME).date() == made.astimezone(LOCAL_TIME).date()
    assert is_same_day == (made + later < ends)


def test_a_page_that_says_what_is_on_ends_with_what_is_on(
    app: Flask, editor: Officer, resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = announce(editor)
    now = utcnow()
    with app.app_context(), transaction() as db:
        event = db.get_one(Event, uuid.UUID(event_id))
        (one,) = db.query(Occurrence).filter_by(event_id=event.id)
        for each in (event, one):
            each.starts_at, each.ends_at = now - timedelta(hours=1), now + timedelta(seconds=100)
        caching.publish(db)
    page, all_of_it = f"/events/{event_id}", "/events"
    for path in (page, all_of_it, "/events.ics"):
        age = re.search(r"max-age=(\d+)", resident.get(path).headers["Cache-Control"])
        assert age
        assert int(age[1]) <= 100
    assert "This event is over." not in resident.get(page).text
    assert event_id in resident.get(all_of_it).text
    for module in (caching, filters, listing):
        monkeypatch.setattr(module, "utcnow", lambda: now + timedelta(seconds=101))
    assert "This event is over." in resident.get(page).text
    assert event_id not in resident.get(all_of_it).text
    monkeypatch.undo()


@pytest.mark.same_on_both
def test_what_stands_in_no_address_is_no_query(editor: Officer, resident: Resident) -> None:
    announce(editor)
    for path in ("/events", "/events.ics", "/events/subscribe", "/events/past"):
        assert resident.get(f"{path}?utm_source=x").data == resident.get(path).data, path
