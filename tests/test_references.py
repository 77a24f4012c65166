"""A case's reference: read aloud and typed again, it is the same one or none at all."""

from __future__ import annotations

import re

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.db import session
from portal.reporting.models import Report
from portal.reporting.references import check_letter, draw_reference, read_reference, shown_reference
from tests.support.people import Officer, Resident
from tests.support.sending import send_report

digits = st.text("0123456789", min_size=7, max_size=7)


@given(digits)
def test_what_is_shown_is_read_back(number: str) -> None:
    stored = number + check_letter(number)
    assert read_reference(shown_reference(stored)) == read_reference(f" {stored.lower()} ") == stored


@given(digits, st.integers(0, 6), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_noticed(number: str, place: int, other: str) -> None:
    wrong = number[:place] + other + number[place + 1 :]
    assert wrong == number or read_reference(wrong + check_letter(number)) is None


@given(digits, st.integers(0, 5))
def test_two_digits_in_each_others_place_are_noticed(number: str, place: int) -> None:
    wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert wrong == number or read_reference(wrong + check_letter(number)) is None


@given(st.text())
def test_anything_else_is_no_reference(typed: str) -> None:
    found = read_reference(typed)
    assert found is None or read_reference(shown_reference(found)) == found


def test_digits_of_other_scripts_are_read() -> None:
    assert read_reference("۱۲۳ ۴۵۶۷ " + check_letter("1234567")) == "1234567" + check_letter("1234567")


def test_a_drawn_reference_is_one() -> None:
    assert all(read_reference(one) == one for one in (draw_reference() for _ in range(100)))


def test_the_list_and_the_report_name_it_alike(app: Flask, resident: Resident, officer: Officer) -> None:
    send_report(resident)
    with app.app_context():
        reference = shown_reference(session.scalars(select(Report.reference)).one())
    officer.get("/staff/reports")
    officer.see(reference)
    officer.get(re.search(r'href="(/staff/reports/[0-9a-f-]{36})"', officer.page)[1])  # type: ignore[index]
    officer.see(f"Reference {reference}")
