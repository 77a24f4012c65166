"""Types of question: each is one module and one template, whoever asks it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, FileSystemLoader

from portal.db import session
from portal.languages.words import Words
from portal.questions import types
from portal.questions.question import Condition, Option, Page, Question, holds
from portal.questions.types import TYPES, type_of
from portal.reporting.pages import steps
from portal.reporting.questions import asked
from portal.surveys.answers import coded_answers
from portal.surveys.models import Wave
from tests.support.asking import close_a_wave
from tests.support.people import Officer, Resident
from tests.support.sending import send_report
from tests.support.surveying import EVERY_TYPE, open_survey, send_answers

LOUD = Page(
    code="loud",
    title="How loud",
    questions=(Question(code="loud", type="rating", text="How loud was it?", least=1, most=5),),
)
RATING = "tests.support.rating"
YEARS = 'type = "number"\nleast = 0\nmost = 120'


@pytest.fixture
def with_rating(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The portal with the module and the template of one more type: nothing else is told of it."""
    import_module(RATING)
    loader = app.jinja_env.loader
    assert loader is not None
    own = FileSystemLoader(Path(__file__).parent / "templates")
    monkeypatch.setattr(app.jinja_env, "loader", ChoiceLoader([loader, own]))
    yield
    del TYPES["rating"], sys.modules[RATING]


def test_a_new_type_is_asked_in_a_report(
    app: Flask, with_rating: None, resident: Resident, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "AFTER_FIRST", (LOUD, *asked.AFTER_FIRST))
    monkeypatch.setattr(asked, "READ", (*asked.READ, LOUD))
    monkeypatch.setitem(asked.QUESTIONS, "loud", LOUD)
    monkeypatch.setitem(steps.PAGES, "loud", LOUD)
    resident.get("/report")
    resident.post("/report")
    resident.get("/report/6")
    resident.see("How loud was it?")
    assert 'class="rating-of-the-tests"' in resident.page
    resident.post("/report/6", loud="9")
    resident.see("Choose one of the answers on this page.")
    send_report(resident, more={"loud": {"loud": "4"}})
    officer.get("/staff/reports")
    officer.get(re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)[0])
    officer.see("How loud", "4 of 5 points")


def test_a_new_type_is_asked_in_a_survey_and_kept_when_its_wave_closes(
    app: Flask, with_rating: None, resident: Resident, tmp_path: Path
) -> None:
    path = tmp_path / EVERY_TYPE.name
    text = EVERY_TYPE.read_text(encoding="utf-8")
    path.write_text(text.replace(YEARS, 'type = "rating"\nleast = 1\nmost = 5', 1), encoding="utf-8")
    wave_id = open_survey(app, path)
    send_answers(resident, changed={5: {"answer_place-named": "Fishermead", "answer_years": "4"}})
    resident.see("Thank you")
    close_a_wave(app, wave_id)
    with app.app_context():
        assert coded_answers(session.get_one(Wave, wave_id)).values["years"] == [4]


@pytest.mark.same_on_both
def test_every_type_has_its_words_for_staff_and_a_template_that_asks(app: Flask) -> None:
    in_folder = {module.name for module in iter_modules(types.__path__)}
    assert in_folder == {code for code, kind in TYPES.items() if type(kind).__module__.startswith(types.__name__)}
    for code, kind in TYPES.items():
        with app.test_request_context(environ_overrides={"portal.language": "en", "portal.root": ""}):
            assert str(kind.name)
            if code != "files":  # its page has an address of its own: it takes files
                assert callable(app.jinja_env.get_template(kind.template).module.ask)


@pytest.mark.same_on_both
@pytest.mark.parametrize("lazy", [False, True], ids=["of a file", "of the catalogues"])
def test_options_that_stand_apart_are_the_last_in_every_language(app: Flask, lazy: bool) -> None:
    def text(said: str) -> object:
        return said if lazy else Words({"en": said, "pl": f"{said} (pl)"})

    options = (Option(code="unsure", text=text("Unsure"), apart=True), Option(code="yes", text=text("Yes")))
    question = Question(code="q", type="single", text=text("Well?"), options=options)
    with app.test_request_context(environ_overrides={"portal.language": "pl", "portal.root": ""}):
        assert [choice.value for choice in types.offered(question)] == ["yes", "unsure"]
        assert type_of(question).words(question, "yes") == ["Yes" if lazy else "Yes (pl)"]
        assert type_of(question).words(question, "gone") == ["gone"]


def test_a_condition_holds_for_one_answer_or_several() -> None:
    condition = (Condition(question="seen", any_of=("hate", "noise")),)
    assert holds(condition, {"seen": "hate"})
    assert holds(condition, {"seen": ["litter", "noise"]})
    assert not holds(condition, {"seen": ["litter"]})
    assert not holds(condition, {"seen": None})
    assert not holds(condition, {})
    assert holds((), {})
