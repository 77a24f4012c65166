"""It happened again: one more time under the same receipt, told once, never lost, and noticed by the officers."""

from __future__ import annotations

import io
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import stream_encode_multipart

from portal.db import session, today, transaction
from portal.reporting import deletions
from portal.reporting.models import Clock, Message, Part, Report, ReportContact, ReportPart, RiskBand, State
from portal.reporting.questions.risk import urgency
from portal.reporting.series import KEPT_DAYS, SERIES_PAD, Series
from portal.vault import sealing
from tests.support.closing import close_report
from tests.support.happening import come_back, report_address, tell_again
from tests.support.loot import spellings, stolen
from tests.support.people import Officer, Resident
from tests.support.pictures import RECORDING
from tests.support.sending import WITH_CONTACT, send_report
from tests.support.stored import stored

CANARY = "drumming-until-three"


def entries(app: Flask) -> int:
    """How many messages there are; a further time is one."""
    with app.app_context():
        return len(session.scalars(select(Message)).all())


def returned(resident: Resident, **answers: str) -> None:
    come_back(resident, send_report(resident, **answers))


def test_another_time_is_added_and_the_page_says_how_often_and_by_when(resident: Resident) -> None:
    returned(resident)
    resident.see("It happened again")
    resident.get("/return/again")
    resident.see("When did it happen again?", "You do not have to keep a diary.")
    assert re.search(r'value="today"\s+checked', resident.page)
    tell_again(resident, at="22:30", lasted="hour", harm=["unwell", "home"], words="The drum again.")
    resident.follow()
    resident.see("Added to your report", "You have now told us 2 times.", "An answer is due by")
    tell_again(resident, "yesterday")
    resident.follow()
    resident.see("You have now told us 3 times.")
    resident.get("/return/report")
    resident.see("It happened again", "About 22:30", "About an hour", "I do not feel safe at home", "The drum again.")


@pytest.mark.same_on_both
def test_nothing_has_to_be_answered(resident: Resident, app: Flask) -> None:
    returned(resident)
    resident.get("/return/again")
    assert resident.post("/return/again").status_code == 303
    tell_again(resident, "not_sure")
    resident.get("/return/report")
    resident.see(f"It happened again {today():%A}", "It happened again Day not known")
    assert entries(app) == 2


def test_today_and_yesterday_are_kept_as_days(resident: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tomorrow they would be others."""
    returned(resident)
    tell_again(resident, "today")
    tell_again(resident, "yesterday")
    resident.get("/return/report")
    for day in (today(), today() - timedelta(1)):
        resident.see(f"{day:%A} {day.day} {day:%B} {day.year}")


def test_pressed_twice_it_is_told_once(resident: Resident, app: Flask) -> None:
    returned(resident)
    resident.get("/return/again")
    for _press in range(3):
        # The same page, as a browser sends it when the button is pressed again.
        resident.client.post("/return/again", data=resident._hidden("/return/again") | {"when": "today", "words": "x"})
    assert entries(app) == 1
    resident.get("/return/again/added")
    resident.see("You have now told us 2 times.")


def test_pressed_at_the_same_moment_it_is_told_once(app: Flask, resident: Resident, officer: Officer) -> None:
    returned(resident)
    resident.get("/return/again")
    fields = resident._hidden("/return/again") | {"when": "today", "words": "The drum."}
    cookie = resident.client.get_cookie("visit")
    assert cookie

    def press(_number: int) -> int:
        client = app.test_client()
        client.set_cookie("visit", cookie.value)
        return client.post("/return/again", data=fields).status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(press, range(6))) == {303}
    assert entries(app) == 1
    officer.get("/staff/reports")
    officer.see("2 times, last on")


def test_a_file_added_by_a_second_press_is_kept_and_counts_as_no_further_time(app: Flask, resident: Resident) -> None:
    returned(resident)
    resident.get("/return/again")
    hidden = resident._hidden("/return/again")
    for _press in range(2):
        data = hidden | {"when": "today", "words": "x", "files": (io.BytesIO(RECORDING), "note.m4a")}
        assert resident.client.post("/return/again", data=data).status_code == 303
    resident.get("/return/again/added")
    resident.see("You have now told us 2 times.")
    resident.get("/return/report")
    assert resident.page.count("/return/files/") == 2


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"when": "exact", "exact-day": "1", "exact-month": "1", "exact-year": "2999"}, "Choose a day that is not in the future."),
        ({"when": "exact", "exact-day": "31", "exact-month": "2", "exact-year": "2026"}, "Write a date that is on the calendar"),
        ({"when": "exact", "exact-day": "1", "exact-month": "1", "exact-year": "1926"}, "That is more than two years ago. Check the year."),
        ({"when": "exact"}, "Write the day, the month and the year"),
        ({"when": "today", "exact-day": "1", "exact-month": "1", "exact-year": str(date.today().year - 1)}, "You wrote a date, and “Today” was chosen."),
        ({"when": "today", "exact-day": "1", "exact-month": "1", "exact-year": "1900"}, "That is more than two years ago."),
        ({"when": "1 January"}, "Choose one of the answers on this page."),
        ({"when": "today", "lasted": "for ever"}, "Choose one of the answers on this page."),
        ({"when": "today", "harm": ["none", "injured"]}, "does not go with other answers"),
        ({"when": "today", "at": "half past drum"}, "Write the time in digits"),
        ({"when": "today", "words": "x" * 4001}, "This is 1 letter too long."),
    ],
)  # fmt: skip
@pytest.mark.same_on_both
def test_what_cannot_be_is_said_and_what_was_typed_is_kept(
    app: Flask, resident: Resident, fields: dict[str, object], sentence: str
) -> None:
    returned(resident)
    resident.get("/return/again")
    assert resident.post("/return/again", {"words": "keptwords"} | fields).status_code == 200
    resident.see(sentence)
    assert "keptwords" in resident.page or "x" * 4001 in resident.page
    assert entries(app) == 0


@pytest.mark.same_on_both
def test_a_date_that_was_written_is_not_lost_to_the_today_that_stood_there(resident: Resident) -> None:
    returned(resident)
    last_week = today() - timedelta(7)
    written = {"exact-day": str(last_week.day), "exact-month": str(last_week.month), "exact-year": str(last_week.year)}
    tell_again(resident, "today", **written)
    assert re.search(r'value="exact"\s+checked', resident.page)
    assert resident.post("/return/again", {"when": "exact"} | written).status_code == 303
    resident.get("/return/report")
    resident.see(f"{last_week:%A} {last_week.day} {last_week:%B} {last_week.year}")


@pytest.mark.same_on_both
def test_when_the_language_is_changed_all_that_was_typed_stays(resident: Resident) -> None:
    returned(resident)
    resident.get("/return/again")
    typed = {"when": "exact", "exact-day": "3", "words": "keptwords", "lasted": "hours", "harm": ["unwell", "avoid"]}
    resident.post("/ur/return/again", typed, switch="ur")
    resident.follow()
    assert "keptwords" in resident.page
    for chosen in ("exact", "unwell", "avoid"):
        assert re.search(f'value="{chosen}"\\s+checked', resident.page), chosen
    assert 'value="hours" selected' in resident.page
    assert 'value="3"' in resident.page


@pytest.mark.same_on_both
def test_a_file_that_was_added_waits_while_something_is_mended(resident: Resident) -> None:
    returned(resident)
    resident.get("/return/again")
    resident.post("/return/again", when="today", at="late", files=(io.BytesIO(RECORDING), "note.m4a"))
    resident.see("Write the time in digits", "note.m4a")
    assert resident.post("/return/again", when="today", at="23").status_code == 303
    resident.get("/return/report")
    resident.see("Sound recording 1")


def test_a_report_that_was_taken_back_or_is_to_be_deleted_takes_none(app: Flask, resident: Resident) -> None:
    returned(resident)
    resident.get("/return/again")
    resident.client.post("/return/delete", data=resident._hidden("/return/delete"))
    assert resident.post("/return/again", when="today").location.endswith("/return/report")
    assert resident.get("/return/again").status_code == 303
    resident.get("/return/report")
    resident.not_see("It happened again")
    assert entries(app) == 0


def test_one_that_is_taken_back_while_somebody_writes_takes_none_either(
    app: Flask, resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    returned(resident)
    resident.get("/return/again")
    resident.client.post("/return/withdraw", data=resident._hidden("/return/withdraw"))
    # It was not yet when the page looked.
    monkeypatch.setattr("portal.reporting.conversations.is_stopped", lambda *_given: False)
    assert resident.post("/return/again", when="today").location.endswith("/return/report")
    assert entries(app) == 0


def test_a_closed_report_is_open_again_with_a_new_promise(app: Flask, resident: Resident, officer: Officer) -> None:
    digits = send_report(resident, more=WITH_CONTACT)
    address = report_address(officer)
    officer.get(address)
    officer.post(address, message="We have spoken to them.", language="en")
    officer.get(address)
    close_report(officer, address)
    long_ago = today() - timedelta(90)
    with app.app_context(), transaction() as db:
        db.execute(update(Report).values(received_on=long_ago, due_on=long_ago))
        db.execute(update(Message).values(sent_on=long_ago))
        assert db.scalars(select(ReportContact.delete_on)).one() is not None
    come_back(resident, digits)
    tell_again(resident)
    resident.follow()
    resident.see("An answer is due by")
    resident.get("/return/report")
    resident.see("Sent", "We have your report. An officer has not read it yet.")
    resident.not_see("Late", "We should have done this by now")
    with app.app_context():
        report = session.scalars(select(Report)).one()
        assert report.state is State.NEW
        assert report.due_on > today()
        assert session.scalars(select(ReportContact.delete_on)).one() is None
    officer.get("/staff/reports")
    officer.see("2 times, last on", "New message")
    officer.not_see("Late")


def test_how_often_it_happened_lies_nowhere_in_the_clear(app: Flask, resident: Resident) -> None:
    returned(resident)
    tell_again(
        resident, "exact", words=CANARY, **{"exact-day": "3", "exact-month": "1", "exact-year": str(today().year)}
    )
    loot = stolen(app)
    for trace in [*spellings(CANARY), f"{today().year}-01-03".encode(), b"hurt_on"]:
        assert trace not in loot
    send_report(resident)
    with app.app_context():
        parts = session.scalars(select(ReportPart.sealed).where(ReportPart.part == Part.SERIES)).all()
    assert len(parts) == 2
    assert len({len(each) for each in parts}) == 1


@given(days=st.lists(st.tuples(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.booleans()), max_size=3 * KEPT_DAYS))
def test_a_series_of_any_length_is_sealed_to_one_length_and_read_back(days: list[tuple[date, bool]]) -> None:
    series = Series()
    for day, is_hurt in days:
        series = series.with_one_more(day, is_hurt=is_hurt)
    assert Series.read(series.as_content()) == series
    assert series.times == len(days)
    assert list(series.days) == sorted(series.days)
    assert series.hurt_on == max((day for day, is_hurt in days if is_hurt), default=None)
    row, key = uuid.uuid4(), sealing.new_key()
    assert len(sealing.seal(series.as_content(), key, row, "x", row, SERIES_PAD)) == len(
        sealing.seal(Series().as_content(), key, row, "x", row, SERIES_PAD)
    )


@pytest.mark.parametrize(
    ("ages", "hurt", "presses"),
    [([0, 1], None, False), ([0, 1, 29], None, True), ([0, 1, 30], None, False), ([40, 41, 42], None, False), ([5], 5, True), ([35], 35, False)],
)  # fmt: skip
def test_three_further_times_in_thirty_days_or_one_hurt_person_press(
    ages: list[int], hurt: int | None, presses: bool
) -> None:
    series = Series()
    for age in ages:
        series = series.with_one_more(date(2026, 11, 20) - timedelta(age), is_hurt=age == hurt)
    assert series.is_pressing(date(2026, 11, 20)) is presses


def test_a_series_raises_by_one_band_however_long_it_is() -> None:
    standard, medium, high = RiskBand
    assert urgency(0, standard, is_late=False, is_pressing=True) == urgency(0, medium, is_late=False)
    assert urgency(0, standard, is_late=False, is_pressing=True) < urgency(0, high, is_late=False)


def test_repeated_times_raise_a_report_in_the_officers_list(app: Flask, resident: Resident, officer: Officer) -> None:
    digits = send_report(resident, narrative="It repeats.")
    repeated = report_address(officer)
    for _other in range(3):
        send_report(resident, address=f"127.0.1.{_other}")
    with app.app_context(), transaction() as db:
        # The others are due before it.
        db.execute(update(Clock).where(Clock.report_id != uuid.UUID(repeated[-36:])).values(due_on=today()))
    come_back(resident, digits)
    for times in (2, 3):
        tell_again(resident, words=str(times))
        assert report_address(officer) != repeated
    tell_again(resident, words="4")
    assert report_address(officer) == repeated
    officer.see("4 times, last on")


def test_a_report_from_before_there_were_series_begins_one(app: Flask, resident: Resident, officer: Officer) -> None:
    digits = send_report(resident)
    with app.app_context(), transaction() as db:
        for part in db.scalars(select(ReportPart).where(ReportPart.part == Part.SERIES)):
            db.delete(part)
    officer.get("/staff/reports")
    assert officer.response
    assert officer.response.status_code == 200
    come_back(resident, digits)
    tell_again(resident)
    officer.get("/staff/reports")
    officer.see("2 times, last on")


def test_a_damaged_count_keeps_nobody_from_telling_and_no_list_from_opening(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    returned(resident)
    tell_again(resident, words="one")
    with app.app_context(), transaction() as db:
        db.execute(update(ReportPart).where(ReportPart.part == Part.SERIES).values(sealed=bytes(300)))
    officer.get("/staff/reports")
    officer.not_see("times, last on")
    tell_again(resident, words="two")
    resident.follow()
    resident.see("You have now told us 3 times.")


def test_the_longest_time_there_can_be_is_sealed_like_a_short_message(app: Flask, resident: Resident) -> None:
    returned(resident)
    resident.post("/return/report", message="Short.")
    everything = {
        "at": "22:30", "part": ["morning", "afternoon", "evening", "night"], "lasted": "half_hour",
        "harm": ["injured", "doctor", "loss", "afraid", "unwell", "avoid", "home", "children"],
    }  # fmt: skip
    for letter in ("😀", "அ", "\\"):
        assert tell_again(resident, words=letter * 4000, **everything).status_code == 303
    with app.app_context():
        sealed = session.scalars(select(Message.sealed)).all()
    assert len(sealed) == 4
    assert len({len(each) for each in sealed}) == 1


def test_deleting_a_report_takes_its_series_with_it(app: Flask, resident: Resident) -> None:
    returned(resident)
    tell_again(resident, files=(io.BytesIO(RECORDING), "note.m4a"))
    resident.get("/return/report")
    resident.client.post("/return/delete", data=resident._hidden("/return/delete"))
    with app.app_context():
        with transaction() as db:
            db.execute(update(deletions.DeletionRequest).values(due_on=today()))
        assert deletions.delete_due_reports() == 1
        assert session.scalars(select(ReportPart)).all() == []
        assert session.scalars(select(Message)).all() == []
    assert stored(app) == {}


@pytest.mark.same_on_both
def test_a_voice_note_cut_off_on_its_way_leaves_nothing_and_what_was_added_before_stays(
    app: Flask, resident: Resident
) -> None:
    returned(resident)
    resident.get("/return/again")
    resident.post("/return/again", when="today", at="late", files=(io.BytesIO(RECORDING), "before.m4a"))
    note = FileStorage(io.BytesIO(RECORDING + bytes(200_000)), "note.m4a")
    fields = resident._hidden("/return/again") | {"when": "today", "words": "The drum.", "files": note}
    whole, length, boundary = stream_encode_multipart(MultiDict(fields), use_tempfile=False)
    body = whole.read()
    for cut in (10, length // 2, length - 3):
        answer = resident.client.post(
            "/return/again",
            input_stream=io.BytesIO(body[:cut]),
            content_length=length,
            content_type=f"multipart/form-data; boundary={boundary}",
        )
        assert answer.status_code == 400, cut
    assert entries(app) == 0
    assert len(stored(app)) == 1
    resident.get("/return/again")
    resident.see("before.m4a")
    assert resident.post("/return/again", when="today").status_code == 303
    assert entries(app) == 1


@pytest.mark.same_on_both
def test_the_noise_page_turns_nobody_away(resident: Resident) -> None:
    answer = resident.get("/noise")
    resident.see("You can always tell us", "No. Dates and times help officers", "Report what happened")
    assert "public" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert "csrf" not in resident.page
