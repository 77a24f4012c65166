"""The frame of a page is made once a language: no visitor finds another's page, language or installation in it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from itertools import product
from types import FrameType

import pytest
from flask import Flask, redirect, render_template_string, request
from flask.testing import FlaskClient
from jinja2 import ChoiceLoader, DictLoader
from jinja2.exceptions import UndefinedError

from portal.languages.i18n import LANGUAGES
from portal.vault.keyholders import Mode
from tests.support.people import Officer, Resident
from tests.support.surveying import ANSWERS, begin_survey, open_survey

PATHS = (
    "/",
    "/help",
    "/report",
    "/report/1",
    "/report/files",
    "/report/files?change=1",
    "/return",
    "/surveys",
    "/no-such-page",
    "/large/report/2",
    "/large/help",
)
TOKEN = re.compile(r'(name="csrf_token" value=")([^"]+)')


def pages(resident: Resident, before_each: Callable[[], None]) -> dict[str, str]:
    """Each page in each language, its token and what pads it apart."""
    shown = {}
    for language, path in product(LANGUAGES, PATHS):
        before_each()
        resident.client.get(f"{language.prefix}{path}")
        page = resident.client.get(f"{language.prefix}{path}").get_data(as_text=True)
        shown[f"{language.prefix}{path}"] = TOKEN.sub(r"\1", page).rpartition("<!--")[0]
    return shown


@pytest.mark.same_on_both
def test_a_page_is_the_same_whatever_was_made_for_others_before(app: Flask, resident: Resident) -> None:
    resident.get("/report")
    resident.post("/report")
    alone = pages(resident, app.extensions["frame"].clear)
    Resident(app.test_client()).get("/report")
    among_others = pages(resident, lambda: None)
    assert among_others == alone
    assert 'href="/report/1"' in alone["/report/files"]
    assert 'href="/ur/report/check"' in alone["/ur/report/files?change=1"]
    for language in LANGUAGES:
        page = alone[f"{language.prefix}/report/files"]
        assert f'aria-current="true" lang="{language.code}"' in page
        assert re.findall(r'formaction="([^"]*)"', page) == [
            *(f"{other.prefix}/report/files" for other in LANGUAGES if other != language),
            f"/large{language.prefix}/report/files",
        ]


@pytest.mark.same_on_both
def test_nothing_of_a_visitor_or_an_officer_is_kept(app: Flask, resident: Resident, officer: Officer) -> None:
    tokens = set()
    for who in (resident, Resident(app.test_client())):
        for language in LANGUAGES:
            who.get(f"{language.prefix}/report")
            who.post(f"{language.prefix}/report")
            who.get(f"{language.prefix}/report/files")
            tokens |= {token for _, token in TOKEN.findall(who.page)}
    officer.get("/staff/reports")
    assert officer.name.title() in officer.page
    tokens |= {token for _, token in TOKEN.findall(officer.page)}
    kept = "".join(app.extensions["frame"].values())
    assert len(tokens) > 2
    assert "app-exit" in kept
    assert not [token for token in tokens if token in kept]
    for of_one in ("csrf_token", "/report/", "govuk-back-link", "aria-current", "/staff", officer.name.title()):
        assert of_one not in kept


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    "asked_for",
    [
        "csrf_token()",
        "request.path",
        "session.report",
        "g.admitted",
        "get_flashed_messages()",
        "back_url",
        "picker",
        "form",
    ],
)
def test_a_part_of_the_frame_that_asks_for_the_visitor_is_not_made(app: Flask, asked_for: str) -> None:
    part = DictLoader({"frame/curious.html": f"{{{{ {asked_for} }}}}"})
    app.jinja_env.loader = ChoiceLoader([part, app.jinja_env.loader])
    with (
        app.test_request_context("/", environ_overrides={"portal.root": "", "portal.language": "en"}),
        pytest.raises((UndefinedError, TypeError)),
    ):
        render_template_string('{{ frame("curious") }}', back_url="/report/1", form="a form")
    assert not [key for key in app.extensions["frame"] if "curious" in key]


@pytest.mark.same_on_both
def test_a_frame_ends_with_the_demonstration_and_with_the_partnership_it_was_made_for(
    make_app: Callable[..., Flask], app: Flask, client: FlaskClient
) -> None:
    def page() -> str:
        return client.get("/report", headers={"Cookie": ""}).get_data(as_text=True)

    assert "app-demonstration" in page()
    app.extensions["vault_mode"] = Mode.LIVE
    assert "app-demonstration" not in page()
    app.extensions["vault_mode"] = Mode.DEMONSTRATION
    assert "app-demonstration" in page()
    file = app.extensions["settings"].data / "partnership.toml"
    text = file.read_text()
    name = app.extensions["partnership"].name
    file.write_text(text.replace(f'"{name}"', '"Safer Elsewhere"', 1))
    app.extensions["partnership"] = make_app().extensions["partnership"]
    assert '<strong class="app-brand__name">Safer Elsewhere</strong>' in page()
    assert f'<strong class="app-brand__name">{name}</strong>' not in page()


def calls_of(client: FlaskClient, path: str, form: dict[str, str] | None = None) -> int:
    """How many calls of functions one answer takes, whatever else the machine does; what is made once is made before."""

    def ask() -> int:
        return (client.get(path) if form is None else client.post(path, data=form)).status_code

    for _ in range(2):
        assert ask() == (200 if form is None else 303)
    calls, before = 0, sys.getprofile()

    def count(_frame: FrameType, what: str, _which: object) -> None:
        nonlocal calls
        calls += what in {"call", "c_call"}

    sys.setprofile(count)
    try:
        ask()
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("path", "most"), [("/report", 7), ("/report/1", 9.5), ("/report/3", 15.5), ("/ur/report/3", 15.5)]
)
def test_a_page_of_a_report_is_no_more_work_than_some_bare_pages(resident: Resident, path: str, most: float) -> None:
    """Processor time differs threefold between a quiet machine and a busy one; the calls it goes into do not differ.

    The pages took 6.4, 8.5, 14.1 and 14.0 bare ones when this was written; 1.5 of them find out when the visit ends.
    """
    bare = Flask("bare")
    bare.add_url_rule("/", view_func=lambda: "hello")
    resident.get("/report")
    resident.post("/report")
    ours, theirs = calls_of(resident.client, path), calls_of(bare.test_client(), "/")
    assert ours < most * theirs, f"{ours / theirs:.1f} bare pages"


@pytest.mark.same_on_both
def test_a_page_of_a_survey_that_is_sent_is_no_more_work_than_some_bare_forms(app: Flask, resident: Resident) -> None:
    """Most of what hundreds at once do on the days of a survey. It took 2.7 bare ones when this was written, before 3.1."""
    bare = Flask("bare")
    bare.add_url_rule("/", view_func=lambda: redirect(f"/?{len(request.form)}", 303), methods=["POST"])
    open_survey(app)
    begin_survey(resident)
    sent = {name: str(value) for name, value in (resident.token | ANSWERS[1]).items()}
    ours, theirs = calls_of(resident.client, resident.path, sent), calls_of(bare.test_client(), "/", sent)
    assert ours < 2.9 * theirs, f"{ours / theirs:.1f} bare forms"
