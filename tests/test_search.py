"""A search in what was written finds a name however it was spelled, says where it is only like what was typed, and keeps nothing."""

from __future__ import annotations

import random
import re
import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.db import Base, session, today
from portal.reporting.queue_search import search
from tests.support.flooding import store_many
from tests.support.linking import tell
from tests.support.people import Officer
from tests.support.rotating import held_by

# Seconds of the processor for the reports that one search opens, each of a hundred words.
QUICK = 0.25

TOLD = (
    "Muhammad from the shop was spat at by a boy.",
    "They called Mohammed names again.",
    "The bus driver shouted at Mahmood.",
    "Pani Wiśniewska z Stantonberry boi się wyjść.",
)


def search_for(officer: Officer, words: str) -> list[str]:
    """The rows of what was found, in their order."""
    officer.get("/staff/reports")
    officer.post("/staff/search", words=words)
    rows = re.findall(r"<tr.*?</tr>", officer.page, re.DOTALL)[1:]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


@pytest.mark.same_on_both
def test_a_name_in_another_spelling_is_found_after_the_exact_ones_and_said_to_be_like_it(
    app: Flask, officer: Officer
) -> None:
    tell(app, TOLD)
    exact, alike = search_for(officer, "mohammed")
    officer.see("2 reports found.", "1 says it in another spelling.")
    assert "Like what you typed" not in exact
    assert "What happened Like what you typed. It says: \u2068“Muhammad”\u2069" in alike
    exact, alike = search_for(officer, "Muhammad")
    assert "Like what you typed" not in exact
    assert "It says: \u2068“Mohammed”\u2069" in alike
    # Each of the words has to be there, in whichever spelling.
    (one,) = search_for(officer, "Stantonbury wisniewski pani")
    assert "It says: \u2068“Wiśniewska”\u2069, \u2068“Stantonberry”\u2069" in one
    assert search_for(officer, "Stantonbury Mohammed") == []
    officer.see("0 reports found.", "None of these words stands in them together.")
    # A part of a word is found as before, and only as it is typed.
    (one,) = search_for(officer, "tantonber")
    assert "Like what you typed" not in one
    officer.not_see("another spelling.")


@pytest.mark.same_on_both
def test_a_search_in_other_spellings_changes_no_row_but_the_record(app: Flask, officer: Officer) -> None:
    tell(app, TOLD[:2])

    def rows() -> dict[str, list[str]]:
        with app.app_context():
            return {
                table.name: sorted(str(row) for row in session.execute(select(table)))
                for table in Base.metadata.sorted_tables
                if table.name not in ("audit_entry", "audit_head")
            }

    officer.get("/staff/reports")
    before = rows()
    officer.post("/staff/search", words="Mohamad")
    officer.see("2 reports found.", "2 say it in another spelling.")
    assert {name: kept for name, kept in rows().items() if kept != before[name]} == {}


@pytest.mark.same_on_both
def test_what_one_search_opens_is_compared_quickly(app: Flask, officer: Officer) -> None:
    draw = random.Random(7)
    words = ["".join(draw.choices("etaoinshrdlucm", k=draw.randint(3, 10))) for _number in range(6000)]

    def told(number: int) -> dict[str, Any]:
        text = " ".join([*draw.choices(words, k=100), f"Muhammad{number}" if number else "Muhammad"])
        return {"kind": {"kind": "asb"}, "narrative": {"narrative": text}, "asb_types": {"types": ["rowdy"]}}

    with app.app_context():
        first, *_others = store_many(300, told, day=today(), write_again=False)
        held, used = held_by(officer.name, team=None), []
        for _look in range(3):
            began = time.process_time()
            found = search(held, "mohammed")
            used.append(time.process_time() - began)
    assert found.looked_at == 300
    assert found.spelled[first] == ["Muhammad"]
    assert min(used) < QUICK
