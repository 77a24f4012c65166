"""The awareness year: rules give the days, editors confirm the rest, and plan their events by it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import icalendar
import pytest
from dateutil.easter import EASTER_ORTHODOX
from dateutil.easter import easter as reckoned
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from portal.db import today
from portal.events import planning
from portal.partnership import awareness
from portal.partnership.awareness import Rule, days_of
from portal.partnership.file import PartnershipError
from tests.support.announcing import TITLE, add_event, announce
from tests.support.people import Fields, Officer, Resident

YEARS = st.integers(1970, 2200)


def span_of(code: str, year: int) -> tuple[str, ...]:
    found = awareness.shipped().find(code)
    assert found
    return tuple(day.strftime("%d.%m") for span in found.spans(year) for day in span)


@pytest.mark.parametrize(
    ("code", "year", "expected"),
    [
        ("hate-crime-week", 2016, ("08.10", "15.10")),
        ("hate-crime-week", 2020, ("10.10", "17.10")),
        ("hate-crime-week", 2023, ("14.10", "21.10")),
        ("hate-crime-week", 2026, ("10.10", "17.10")),
        ("fortnight-of-action", 2026, ("10.10", "23.10")),
        ("hope-and-remembrance", 2026, ("17.10", "17.10")),
        ("refugee-week", 2026, ("15.06", "21.06")),
        ("refugee-week", 2027, ("14.06", "20.06")),
        ("sixteen-days", 2026, ("25.11", "10.12")),
        ("inter-faith-week", 2026, ("08.11", "15.11")),
        ("inter-faith-week", 2027, ("14.11", "21.11")),
        ("safer-internet-day", 2017, ("07.02", "07.02")),
        ("safer-internet-day", 2019, ("05.02", "05.02")),
        ("safer-internet-day", 2025, ("11.02", "11.02")),
        ("safer-internet-day", 2026, ("10.02", "10.02")),
        ("safer-internet-day", 2027, ("09.02", "09.02")),
        ("lgbt-history-month", 2028, ("01.02", "29.02")),
        ("great-get-together", 2027, ("19.06", "20.06")),
        ("easter", 2027, ("28.03", "28.03")),
        ("orthodox-easter", 2027, ("02.05", "02.05")),
        ("ramadan", 2030, ("05.01", "02.02", "26.12", "23.01")),
        ("yom-kippur", 2027, ("11.10", "11.10")),
        ("anti-bullying-week", 2026, ()),
        ("diwali", 2031, ()),
    ],
)
def test_rules_give_the_days_that_are_known(code: str, year: int, expected: tuple[str, ...]) -> None:
    assert span_of(code, year) == expected


@given(YEARS)
def test_each_year_has_its_days_in_order(year: int) -> None:
    assert awareness.easter(year) == reckoned(year)
    assert awareness.orthodox_easter(year) == reckoned(year, EASTER_ORTHODOX)
    for day in awareness.shipped().days:
        for first, last in day.spans(year):
            assert first.year == year
            assert first <= last <= first + timedelta(days=31)
    first, last = awareness.hate_crime_week(year)
    assert first.weekday() == last.weekday() == 5
    assert 8 <= first.day <= 14
    assert (last - first).days == 7


@given(YEARS, st.integers(1, 12), st.integers(1, 28))
def test_a_week_holds_its_day_and_a_weekend_is_the_nearest(year: int, month: int, day: int) -> None:
    about = date(year, month, day)
    week = days_of(Rule("week_of", (month, day)), year)
    weekend = days_of(Rule("weekend_near", (month, day)), year)
    assert week
    assert week[0] <= about <= week[1]
    assert week[0].weekday() == 0
    assert weekend
    assert weekend[0].weekday() == 5
    assert min(abs(about - one) for one in weekend) <= timedelta(days=3)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("fixed(2,29)", "is no rule"),
        ("nth(sat,9,10)", "is no rule"),
        ("manual(13)", "is no rule"),
        ("nth(soon,1,10)", "is no rule"),
        ("nth(6,1,10)", "is no rule"),
        ("fixed(sat,2)", "is no rule"),
        ("fixed(,2)", "is no rule"),
        ("fixed(99999999999999999999999,1)", "is no rule"),
        ("table+3", "is no rule"),
        ("every full moon", "must be a rule like"),
        ("table", "or neither"),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence_with_its_place(tmp_path: Path, rule: str, says: str) -> None:
    path = tmp_path / "awareness.toml"
    path.write_text(f'[[days]]\ncode = "x"\nname = "X"\nrule = "{rule}"\npriorities = []\n', encoding="utf-8")
    with pytest.raises(PartnershipError, match=says) as caught:
        awareness.load(path)
    assert "days.x" in str(caught.value)


def test_a_week_that_begins_before_its_year_is_not_missed(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / awareness.FILE_NAME
    path.write_text('[[days]]\ncode = "x"\nname = "X"\nrule = "week_of(1,1)"\npriorities = []\n', encoding="utf-8")
    monkeypatch.setattr(planning, "current_awareness", lambda: awareness.load(path))
    with app.app_context():
        (one,) = planning.coming(date(2027, 12, 20), date(2027, 12, 31))
    assert one.span == (date(2027, 12, 27), date(2028, 1, 2))  # 1 January 2028 is a Saturday


def test_an_operators_own_file_stands_in_place_and_may_name_only_own_priorities(tmp_path: Path) -> None:
    path = tmp_path / awareness.FILE_NAME
    path.write_text('[[days]]\ncode = "x"\nname = "X"\nrule = "month(3)"\npriorities = ["V1"]\n', encoding="utf-8")
    assert [day.code for day in awareness.load_own_or_shipped(tmp_path, {"V1"}).days] == ["x"]
    with pytest.raises(PartnershipError, match=r"days\.x\.priorities names V1"):
        awareness.load_own_or_shipped(tmp_path, {"C1"})


def confirm(editor: Officer, code: str, first: date, last: date | None = None) -> None:
    path = f"/staff/events/planning/{code}/{first.year}"
    editor.get(path)
    boxes = {"first": first, "last": last or first}
    editor.post(
        path, {f"{name}-{part}": getattr(day, part) for name, day in boxes.items() for part in ("day", "month", "year")}
    )


def test_an_editor_confirms_what_an_organiser_announced(editor: Officer, resident: Resident) -> None:
    first = today() + timedelta(days=40)
    resident.get("/events/awareness")
    resident.see("Human Rights Day")
    resident.not_see("MK Pride", "The Great Get Together")
    editor.get("/staff/events/planning")
    editor.see("To be confirmed", "The dates are different each year.", "MK Pride", "Usually: November (in the middle)")
    confirm(editor, "mk-pride", first, first - timedelta(days=1))
    editor.see("The last day must come after the first")
    confirm(editor, "mk-pride", first.replace(year=first.year), first + timedelta(days=1))
    editor.follow()
    editor.see("Confirmed")
    resident.get("/events/awareness")
    resident.see("MK Pride")
    assert editor.get(f"/staff/events/planning/human-rights-day/{first.year}").status_code == 404
    assert editor.get("/staff/events/planning/mk-pride/9999").status_code == 404


def test_of_two_editors_the_second_sees_that_dates_were_saved(editor: Officer) -> None:
    first = today() + timedelta(days=40)
    path = f"/staff/events/planning/mk-pride/{first.year}"
    confirm(editor, "mk-pride", first)
    editor.get(path)
    editor.see("Confirmed by")
    later = first + timedelta(days=1) if (first + timedelta(days=1)).year == first.year else first - timedelta(days=1)
    boxes: Fields = {"first-day": later.day, "first-month": later.month, "first-year": later.year}
    boxes |= dict.fromkeys(("last-day", "last-month", "last-year"), "")
    editor.post(path, boxes | {"seen": "-1"})
    editor.see("Somebody else saved these dates")
    editor.post(path, boxes | {"seen": ""})
    editor.see("Somebody else saved these dates")
    confirm(editor, "mk-pride", later)
    editor.follow()
    editor.see("Plan the year")


def test_the_feed_has_whole_days_with_the_same_names_for_good(resident: Resident) -> None:
    def feed(path: str) -> dict[str, icalendar.Event]:
        answer = resident.get(path)
        assert answer.content_type == "text/calendar; charset=utf-8"
        return {str(one["UID"]): one for one in icalendar.Calendar.from_ical(answer.data).walk("VEVENT")}

    english, polish = feed("/events/awareness.ics"), feed("/pl/events/awareness.ics")
    assert english.keys() == polish.keys()
    week = next(one for one in english.values() if one["SUMMARY"] == "National Hate Crime Awareness Week")
    assert (week["DTEND"].dt - week["DTSTART"].dt).days == 8
    assert polish[str(week["UID"])]["SUMMARY"] == "Krajowy tydzień wiedzy o przestępstwach z nienawiści"
    names = {str(one["SUMMARY"]) for one in feed("/events/awareness.ics?priority=C2").values()}
    assert "National Hate Crime Awareness Week" in names
    assert "Human Rights Day" not in names
    assert feed("/events/awareness.ics?priority=%00nonsense").keys() == english.keys()


def test_the_plan_shows_what_serves_a_week_and_where_nothing_is(app: Flask, editor: Officer) -> None:
    with app.app_context():
        one = next(
            one
            for one in planning.coming(today() + timedelta(days=20), today() + timedelta(days=400), "C2")
            if one.span and one.day.code == "hate-crime-week"
        )
    assert one.span
    editor.get(f"/staff/events/new?awareness=hate-crime-week&day={one.span[0]}")
    assert f'value="{one.span[0].year}"' in editor.page
    assert 'value="hate-crime-week" checked' in editor.page
    editor.get("/staff/events/new?awareness=%E2%80%AE&day=2026-13-99")
    editor.see("Add an event")
    days = (one.span[0] - today()).days
    event_id = add_event(editor, days, awareness=["hate-crime-week"])
    editor.see("On the same days", "National Hate Crime Awareness Week")
    editor.get("/staff/events/planning?priority=C2")
    editor.see(TITLE, "Draft", "Nothing planned for C2 in the next 6 months.", "Not planned yet")
    editor.not_see("Human Rights Day")
    editor.get(f"/staff/events/{event_id}/change")
    assert 'value="hate-crime-week" checked' in editor.page


def test_a_festival_that_begins_in_the_evening_is_said_of_the_day_before(app: Flask) -> None:
    with app.app_context():
        eve = date(2027, 10, 10)
        assert "yom-kippur" in [one.day.code for one in planning.on_days([(eve, eve)])]
        before = eve - timedelta(days=1)
        assert "yom-kippur" not in [one.day.code for one in planning.on_days([(before, before)])]


def test_the_plan_asks_as_little_with_many_events(editor: Officer) -> None:
    asked: list[str] = []

    def questions() -> int:
        asked.clear()
        assert editor.get("/staff/events/planning").status_code == 200
        return len(asked)

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    soon = {"awareness": [day.code for day in awareness.shipped().days]}
    announce(editor, 3, **soon)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        with_one = questions()
        for days in (4, 5, 6):
            announce(editor, days, **soon)
        assert questions() == with_one
    finally:
        event.remove(Engine, "before_cursor_execute", note)
