"""Residents are asked one thing at a time: a question or a grid, unless the file keeps the questions of a page together."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest
from flask import Flask

from portal.surveys.reading import FOLDER, read_definition
from tests.support.people import Resident
from tests.support.surveying import open_survey

pytestmark = pytest.mark.same_on_both

FILE = """
code = "street"
title = "Your street"
about = "A few questions about your street."
minutes = 4

[[scales]]
code = "agree"
options = [{code = "yes", text = "Agree"}, {code = "no", text = "Disagree"}]

[[pages]]
code = "home"
title = "Your home"

[[pages.questions]]
code = "years"
type = "number"
least = 0
most = 99
text = "How many years have you lived here?"

[[pages.questions]]
code = "street"
type = "grid"
scale = "agree"
text = "Do you agree?"
rows = [{code = "clean", text = "It is clean."}, {code = "calm", text = "It is calm."}]

[[pages.questions]]
code = "words"
type = "short_text"
text = "What is good here?"

[[pages]]
code = "visit"
title = "Visitors"
only_if = "years is at least 5"
TOGETHER

[[pages.questions]]
code = "visitors"
type = "number"
least = 0
most = 9
text = "How many people visited you?"

[[pages.questions]]
code = "often"
type = "scale"
scale = "agree"
text = "Do they come often?"
"""


@pytest.fixture(params=["", "together = true", 'intro = "In the last year:"'])
def together(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def wave_id(app: Flask, tmp_path: Path, together: str) -> uuid.UUID:
    path = tmp_path / "street.toml"
    path.write_text(FILE.replace("TOGETHER", together), encoding="utf-8")
    return open_survey(app, path)


def fields(resident: Resident) -> set[str]:
    return set(re.findall(r'name="((?:answer|written)_\w+)"', resident.page))


def test_each_page_asks_one_thing_and_a_page_kept_together_all_of_it(
    resident: Resident, wave_id: uuid.UUID, together: str
) -> None:
    resident.get("/surveys/street")
    resident.post("/surveys/street")
    resident.follow()
    visit = [{"answer_visitors", "answer_often"}] if together else [{"answer_visitors"}, {"answer_often"}]
    steps = [{"answer_years"}, {"answer_clean", "answer_calm"}, {"written_words"}, *visit]
    for number, asked in enumerate(steps, 1):
        assert resident.path == f"/surveys/street/{number}"
        assert fields(resident) == asked
        assert ("You can skip any question." in resident.text) == (len(asked) > 1)
        resident.post(resident.path, {"answer_years": "7"} if number == 1 else {})
        resident.follow()
        if number == 1:
            resident.see(f"Page 2 of about {len(steps)}")
    assert resident.path == "/surveys/street/send"
    headings = re.findall(r"<h2[^>]*>([^<]+)</h2>", resident.page)
    assert [one for one in headings if one in ("Your home", "Visitors")] == ["Your home", "Visitors"]
    ways = re.findall(r'href="(/surveys/street/\d+\?change=1)"', resident.page)
    assert ways == [f"/surveys/street/{n}?change=1" for n in ([1, 2, 2, 3, 4, 4] if together else [1, 2, 2, 3, 4, 5])]
    resident.get(ways[0])
    resident.post(ways[0], answer_years="3")
    resident.follow()
    resident.not_see("Visitors", "Do they come often?")
    assert resident.path == "/surveys/street/send"


def test_what_was_typed_on_one_of_a_pages_questions_stands_on_no_other(resident: Resident, wave_id: uuid.UUID) -> None:
    resident.get("/surveys/street")
    resident.post("/surveys/street")
    resident.follow()
    resident.post("/surveys/street/1", answer_years="many", switch="ur")
    resident.get("/surveys/street/3")
    assert "many" not in resident.page
    resident.get("/surveys/street/1")
    assert 'value="many"' in resident.page
    resident.get("/surveys/street/6")
    assert resident.response is not None
    assert resident.response.status_code == 404


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_each_shipped_survey_is_asked_one_thing_at_a_time(path: Path) -> None:
    questionnaire = read_definition(path)
    steps = questionnaire.steps
    assert [code for step in steps for code in (each.code for each in step.questions)] == list(questionnaire.questions)
    assert len({step.code for step in steps}) == len(steps)
    for step in steps:
        parts = {question.grid or question.code for question in step.questions}
        assert len(parts) == 1 or step.page.together or any(step.page.intro.values())
