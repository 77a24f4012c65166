"""Survey managers run surveys: a file is published, a wave opened, changed and closed, and nothing in it is lost."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from portal.audit import Action, AuditEntry
from portal.db import session, today, transaction
from portal.languages.i18n import short_day
from portal.questions.types import MAX_OPTIONS
from portal.server import cli, cli_keys
from portal.staff.models import Role
from portal.surveys import answers, services, versions, waves
from portal.surveys.models import SampleType, Wave, WaveState
from portal.surveys.reading import read_definition
from portal.vault import keyholders
from tests.support.asking import ANSWERS, CODE, FILE, answer, close_a_wave, open_a_wave
from tests.support.people import Officer


def done(app: Flask) -> list[Action]:
    """What the audit log says was done, but for signing in."""
    with app.app_context():
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [
            one.action for one in entries if "survey" in one.action or "wave" in one.action or "version" in one.action
        ]


def last_day(app: Flask, wave_id: uuid.UUID) -> date:
    with app.app_context():
        return session.get_one(Wave, wave_id).closes_on


def publish(manager: Officer) -> None:
    manager.get(f"/staff/surveys/{CODE}/preview")
    manager.post(f"/staff/surveys/{CODE}/publish", partial="pl")
    manager.follow()


def wave_form(**changed: str) -> dict[str, str]:
    days = {"opens_on": str(today()), "closes_on": str(today() + timedelta(days=20))}
    return days | {"sample_type": "open_link", "population": "residents-16-plus"} | changed


def open_wave(manager: Officer) -> str:
    manager.get(f"/staff/surveys/{CODE}/open")
    manager.post(f"/staff/surveys/{CODE}/open", wave_form())
    manager.follow()
    return manager.path


def test_a_survey_is_published_asked_prolonged_renewed_and_closed(
    app: Flask, survey_manager: Officer, survey_file: Path
) -> None:
    manager = survey_manager
    manager.get("/staff/surveys")
    manager.see("A small survey", "Fine", "Not yet")
    manager.get(f"/staff/surveys/{CODE}/preview")
    manager.see(
        "Do people get on well together?", "Wording verified", "Community Life Survey",
        "Only if “Do people get on well together?” was answered: Disagree.", "Wording to be checked", "0 to 120",
        "16 to 24", "Polski: 1 text is missing and shown in English", "English: All words are there",
    )  # fmt: skip
    manager.post(f"/staff/surveys/{CODE}/publish", partial="pl")
    manager.follow()
    manager.see("Version 1", "It is what was published.", "Nobody has been asked yet.")
    page = open_wave(manager)
    manager.see("Wave 1", "Taking answers", "Residents aged 16 and over", "Anyone can answer.")
    manager.get(f"/staff/surveys/{CODE}/open")
    assert manager.response.location == f"/staff/surveys/{CODE}"  # type: ignore[union-attr]

    last = today() + timedelta(days=40)
    manager.get(page)
    manager.post(f"{page}/last-day", closes_on=str(last))
    manager.follow()
    assert f'value="{last}"' in manager.page

    survey_file.write_text(FILE.replace("Do people get on well", "Do neighbours get on well"), encoding="utf-8")
    manager.get(f"/staff/surveys/{CODE}")
    manager.see("It differs from what was published.")
    publish(manager)
    manager.get(page)
    manager.see("Version 2", "Ask this version from now on")
    manager.post(f"{page}/version")
    manager.follow()
    manager.see("Versions 2 · 1")
    manager.not_see("Ask this version from now on")

    survey_file.write_text(FILE, encoding="utf-8")
    manager.get(f"/staff/surveys/{CODE}")
    manager.see("It is version 1 again.")
    manager.get(f"{page}/close")
    manager.see("This cannot be undone.", "All answers so far are stored for good.", "people could still answer")
    for _ in range(2):
        manager.post(f"{page}/close")
        manager.follow()
        manager.see("Ended")
        manager.not_see("Close this wave")
    assert done(app) == ["published_version", "opened_wave", "changed_wave", "published_version", "changed_wave", "closed_wave"]  # fmt: skip
    manager.post(f"{page}/last-day", closes_on=str(last))
    manager.see("This wave is closed", "It cannot be changed any more.")
    assert manager.post(f"{page}/version").status_code == 400


@pytest.mark.same_on_both
def test_whoever_may_only_look_sees_no_button_and_presses_none(
    analyst: Officer, officer: Officer, app: Flask, survey_file: Path
) -> None:
    wave_id = open_a_wave(app, read_definition(survey_file))
    for path in (
        "/staff/surveys",
        f"/staff/surveys/{CODE}",
        f"/staff/surveys/{CODE}/version",
        f"/staff/waves/{wave_id}",
    ):
        assert analyst.get(path).status_code == 200
        assert "Lock" in analyst.text
        for word in ("Open a wave", "Publish", "Close this wave", "Change the last day"):
            analyst.not_see(f"{word} ")
        assert officer.get(path).status_code == 403
        officer.see("You cannot open this page")
    officer.get("/staff/reports")
    officer.not_see("Surveys")


MISTAKES = [
    ({"opens_on": ""}, "Choose the first day, or write it like 2026-11-30."),
    ({"opens_on": "2026-02-30"}, "Choose the first day, or write it like 2026-11-30."),
    ({"closes_on": "\0\u202e"}, "Choose the last day, or write it like 2026-11-30."),
    ({"closes_on": "2020-01-01"}, "That day is over. Choose today or a later day."),
    ({"opens_on": "2098-01-02", "closes_on": "2098-01-01"}, "The last day comes before the first."),
    ({"closes_on": "9999-12-31"}, "A wave lasts a year at most."),
    ({"sample_type": "everyone"}, "Choose one of the answers on this page."),
    ({"population": "martians"}, "Choose one of the answers on this page."),
]


@pytest.mark.same_on_both
def test_a_wave_is_not_opened_with_a_mistake(app: Flask, survey_manager: Officer, survey_file: Path) -> None:
    publish(survey_manager)
    for changed, says in MISTAKES:
        survey_manager.get(f"/staff/surveys/{CODE}/open")
        survey_manager.post(f"/staff/surveys/{CODE}/open", wave_form(**changed))
        survey_manager.see("There is a problem", says)
    with app.app_context():
        assert waves.waves_of(CODE) == []


def test_a_wave_that_would_end_before_it_began_keeps_its_last_day(
    app: Flask, survey_manager: Officer, survey_file: Path
) -> None:
    publish(survey_manager)
    survey_manager.get(f"/staff/surveys/{CODE}/open")
    first, last = today() + timedelta(days=5), today() + timedelta(days=9)
    survey_manager.post(f"/staff/surveys/{CODE}/open", wave_form(opens_on=str(first), closes_on=str(last)))
    survey_manager.follow()
    survey_manager.see("Opens later")
    page = survey_manager.path
    for day, says in (
        (today(), "comes before the first"),
        ("x", "Choose the last day, or write it like 2026-11-30."),
        (today() - timedelta(days=1), "is over"),
        (first + timedelta(days=367), "A wave lasts a year at most. Choose an earlier last day."),
    ):
        survey_manager.post(f"{page}/last-day", closes_on=str(day))
        survey_manager.see(says)
    with app.app_context():
        assert [wave.closes_on for wave in waves.waves_of(CODE)] == [last]


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("first", "last", "says"),
    [(1, 2, "Opens later"), (0, 0, "Taking answers"), (-2, 0, "Taking answers"), (-2, -1, "Over: close it")],
)
def test_a_wave_says_where_it_stands_today(
    app: Flask, survey_manager: Officer, survey_file: Path, first: int, last: int, says: str
) -> None:
    publish(survey_manager)
    page = open_wave(survey_manager)
    with app.app_context(), transaction() as db:
        days = {"opens_on": today() + timedelta(days=first), "closes_on": today() + timedelta(days=last)}
        db.execute(update(Wave).values(**days))
    for path in (page, "/staff/surveys", f"/staff/surveys/{CODE}"):
        survey_manager.get(path)
        survey_manager.see(says)
    survey_manager.get(f"{page}/close")
    assert ("people could still answer" in survey_manager.text) is (last >= 0)


@pytest.mark.same_on_both
def test_a_running_wave_is_prolonged_to_a_year_and_no_further(
    app: Flask, survey_manager: Officer, survey_file: Path
) -> None:
    wave_id = open_a_wave(app, read_definition(survey_file))
    page = f"/staff/waves/{wave_id}"
    year = today() - timedelta(days=1) + timedelta(days=366)
    for day in (year + timedelta(days=1), "9999-12-31"):
        survey_manager.get(page)
        survey_manager.post(f"{page}/last-day", closes_on=str(day))
        survey_manager.see("A wave lasts a year at most. Choose an earlier last day.")
        assert last_day(app, wave_id) == today() + timedelta(days=1)
    survey_manager.post(f"{page}/last-day", closes_on=str(year))
    survey_manager.follow()
    survey_manager.not_see("A wave lasts a year at most.")
    assert last_day(app, wave_id) == year


def test_a_wave_closed_before_its_last_day_shows_today_as_its_last_day(
    app: Flask, survey_manager: Officer, survey_file: Path
) -> None:
    publish(survey_manager)
    page = open_wave(survey_manager)
    with app.test_request_context(environ_overrides={"portal.language": "en", "portal.root": ""}):
        days = (today() + timedelta(days=20), today())
        planned, now = (short_day(day).replace("\xa0", " ") for day in days)
    survey_manager.see(f"Last day {planned}")
    survey_manager.get(f"{page}/close")
    survey_manager.post(f"{page}/close")
    survey_manager.follow()
    survey_manager.see("Ended", f"First day {now}", f"Last day {now}")
    survey_manager.not_see(planned)
    assert last_day(app, uuid.UUID(page.rsplit("/", 1)[1])) == today()


def test_a_wave_closed_after_its_last_day_keeps_it(app: Flask, survey_file: Path) -> None:
    wave_id = open_a_wave(app, read_definition(survey_file))
    yesterday = today() - timedelta(days=1)
    with app.app_context(), transaction() as db:
        waves.change_last_day(db, waves.lock_running_wave(db, wave_id), yesterday)
    close_a_wave(app, wave_id)
    assert last_day(app, wave_id) == yesterday


@pytest.mark.same_on_both
def test_a_population_that_the_survey_cannot_tell_apart_is_not_offered(
    survey_manager: Officer, survey_file: Path
) -> None:
    survey_file.write_text(FILE.replace('demographic = "sex"\n', ""), encoding="utf-8")
    publish(survey_manager)
    survey_manager.get(f"/staff/surveys/{CODE}/open")
    survey_manager.not_see("Residents aged 16 and over")
    survey_manager.post(f"/staff/surveys/{CODE}/open", wave_form())
    survey_manager.see("Choose one of the answers on this page.")


@pytest.mark.same_on_both
def test_a_file_that_went_wrong_or_changed_since_the_preview_is_not_published(
    app: Flask, survey_manager: Officer, survey_file: Path
) -> None:
    manager = survey_manager
    manager.get(f"/staff/surveys/{CODE}/preview")
    survey_file.write_text(FILE.replace("Noise", "Loud noise"), encoding="utf-8")
    assert manager.post(f"/staff/surveys/{CODE}/publish").status_code == 400
    manager.see("The file has changed since you looked", "Nothing was published.")
    manager.get(f"/staff/surveys/{CODE}/preview")
    survey_file.write_text(FILE.replace('type = "number"', 'type = "numbers"'), encoding="utf-8")
    assert manager.post(f"/staff/surveys/{CODE}/publish").status_code == 400
    manager.see("The file is not fine any more")
    manager.get("/staff/surveys")
    manager.see("Something is wrong")
    manager.get(f"/staff/surveys/{CODE}")
    manager.see("surveys/tiny.toml: pages.more.questions.years.type must be one of")
    manager.not_see(str(survey_file.parent.parent))
    assert manager.get(f"/staff/surveys/{CODE}/preview").status_code == 404
    survey_file.unlink()
    for path in (CODE, "a%00b", "..%2F..", "x" * 300):
        assert manager.get(f"/staff/surveys/{path}").status_code == 404
    with app.app_context():
        assert versions.newest_version(CODE) is None


def test_a_published_survey_whose_file_is_gone_stays(survey_manager: Officer, survey_file: Path) -> None:
    publish(survey_manager)
    survey_file.unlink()
    survey_manager.get("/staff/surveys")
    survey_manager.see("A small survey", "Version 1")
    survey_manager.get(f"/staff/surveys/{CODE}")
    survey_manager.see("The file is gone. What was published stays.")


MEASURED = """
[[indicators]]
code = "together"
title = "Getting on well"
sentence = "of people agree"
questions = ["together"]
positive = ["agree"]
left_out = ["no_view"]
"""


def test_a_version_whose_answers_would_not_fit_into_the_running_wave_is_not_asked(
    app: Flask, survey_manager: Officer, survey_file: Path
) -> None:
    publish(survey_manager)
    page = open_wave(survey_manager)
    # Together with those of the first version these are more options than a column holds.
    many = ",\n".join(f'  {{code = "o{n}", text = "Option {n}"}}' for n in range(MAX_OPTIONS - 1))
    for changed in (
        FILE.replace('type = "number"\nleast = 0\nmost = 120', 'type = "place"'),
        FILE.replace('type = "several"', 'type = "single"').replace(", alone = true", ""),
        re.sub('  {code = "noise".*?alone = true}', many, FILE, flags=re.DOTALL),
        # What "don't know" counts as is nowhere said any more, so its answers would count as a "no".
        FILE.replace('code = "dont_know"', 'code = "no_view"') + MEASURED,
    ):
        survey_file.write_text(changed, encoding="utf-8")
        publish(survey_manager)
        survey_manager.get(page)
        survey_manager.post(f"{page}/version")
        survey_manager.see("in another way than before")
    with app.app_context():
        assert len(versions.versions_of(uuid.UUID(page.rsplit("/", 1)[1]))) == 1


def test_one_wave_runs_at_a_time_also_when_two_managers_press_at_once(
    app: Flask, hire: Callable[..., Officer], survey_manager: Officer, survey_file: Path
) -> None:
    other = hire("other", teams=(), roles=(Role.SURVEY_MANAGER,))
    other.sign_in()
    publish(survey_manager)
    people = [survey_manager, other]
    for person in people:
        person.get(f"/staff/surveys/{CODE}/open")
    threads = [
        threading.Thread(target=person.post, args=(f"/staff/surveys/{CODE}/open", wave_form())) for person in people
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for person in people:
        person.follow()
        person.see("A small survey")
    with app.app_context():
        assert len(waves.waves_of(CODE)) == 1


def test_answers_that_arrive_while_the_wave_closes_are_in_it_or_refused(app: Flask, survey_file: Path) -> None:
    wave_id = open_a_wave(app, read_definition(survey_file))
    stored, refused, failed = [], [], []
    begun = threading.Event()

    def keep_answering() -> None:
        try:
            with app.app_context():
                for _ in range(200):
                    survey = waves.find_open_survey(CODE)
                    if survey is None:
                        raise services.WaveClosed
                    draft = services.begin_answers(survey)
                    services.keep_answers(services.answering_with(draft), "living", ANSWERS)
                    with app.test_request_context():
                        stored.append(services.record_response(draft.token, "en", "somebody"))
                    if len(stored) > 8:
                        begun.set()
        except services.WaveClosed:
            refused.append("closed")
        except Exception as problem:  # noqa: BLE001 (whatever it is, the test shows it)
            failed.append(problem)

    threads = [threading.Thread(target=keep_answering) for _ in range(3)]
    for thread in threads:
        thread.start()
    begun.wait(20)
    with app.app_context():
        with transaction() as db:
            waves.close_wave(db, wave_id)
        for thread in threads:
            thread.join(20)
        session.rollback()
        assert failed == []
        assert len(refused) == 3
        wave = session.get_one(Wave, wave_id)
        coded = answers.coded_answers(wave)
        assert (wave.state, wave.answered, coded.size) == (WaveState.CLOSED, len(stored), len(stored))
        assert coded.values["years"] == [7] * len(stored)
        assert answers.count_written(wave_id) == {"why": len(stored)}
        with transaction() as db:
            assert waves.close_wave(db, wave_id) == len(stored)


def test_a_survey_can_begin_in_a_vault_that_was_born_before_there_were_surveys(
    bare_app: Flask, survey_file: Path
) -> None:
    with bare_app.app_context():
        with transaction() as db:
            keyholders.create_vault(db, keyholders.Mode.DEMONSTRATION, ("hate_team",))
        wave_id = open_a_wave(bare_app, read_definition(survey_file))
    answer(bare_app, wave_id)
    with bare_app.app_context():
        assert answers.count_written(wave_id) == {"why": 1}
        assert session.get_one(Wave, wave_id).sample_type is SampleType.OPEN_LINK


def test_the_command_line_adds_people_with_the_work_and_the_keys_they_need(
    bare_app: Flask, tmp_path: Path, survey_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in a vault that was born before there were surveys, and before anyone has published one."""
    with bare_app.app_context(), transaction() as db:
        recovery = keyholders.create_vault(db, keyholders.Mode.DEMONSTRATION, ("hate_team",))
    monkeypatch.setattr(cli_keys, "open_app", lambda: bare_app)

    def add(name: str, *given: str) -> Officer:
        answers = [recovery, name, name.title(), *[Officer.password] * 2, *[Officer.passphrase] * 2]
        said = CliRunner().invoke(cli.portal, ["staff", "add", *given], input="\n".join(answers) + "\n")
        assert said.exit_code == 0, (said.output, said.exception)
        officer = Officer(bare_app.test_client(), name, said.output.split("secret=")[1].split("&")[0].split()[0])
        officer.sign_in()
        return officer

    analyst = add("ana", "--role", "analyst")
    analyst.unlock()
    analyst.see("Surveys", "Ana · Analyst")
    wave_id = open_a_wave(bare_app, read_definition(survey_file))
    answer(bare_app, wave_id)
    close_a_wave(bare_app, wave_id)
    analyst.get(f"/staff/waves/{wave_id}/written/why")
    analyst.see("Nobody talks.")
    both = add("mo", "--role", "survey_manager", "--role", "calendar_editor")
    both.see("Mo · Survey manager · Calendar editor")
    with bare_app.app_context():
        held = session.scalars(select(keyholders.Membership.member_id)).all()
        assert len(held) == 2 + 1, "the recovery key holds both teams, the analyst one, the manager none"


BUTTONS = [*(f"/staff/surveys/{CODE}/{one}" for one in ("publish", "open")),
           *(f"/staff/waves/{wave}/{one}" for wave in ("OPEN", "CLOSED") for one in ("last-day", "version", "close", "answers", "codebook.csv"))]  # fmt: skip
NAMES = st.sampled_from(["opens_on", "closes_on", "sample_type", "population", "cells", "language", "seen", "version"])
VALUES = st.one_of(
    st.sampled_from(["2026-11-30", "9999-12-31", "0000-00-00", "open_link", "codes", "labels", "en", "\0", "\u202e", "=1+1", "x" * 9999]),
    st.text(max_size=9),
)  # fmt: skip


@pytest.mark.dear
@pytest.mark.same_on_both
@settings(
    max_examples=100,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    button=st.sampled_from(BUTTONS),
    prefix=st.sampled_from(["", "/ur"]),
    form=st.lists(st.tuples(NAMES, VALUES), max_size=5),
)
@example(button="/staff/waves/OPEN/answers", prefix="", form=[("cells", "codes"), ("language", "en")])
@example(button="/staff/waves/OPEN/answers", prefix="/ur", form=[])
@example(button="/staff/waves/CLOSED/answers", prefix="/ur", form=[("cells", "labels"), ("language", "en")])
def test_any_form_to_any_button_gets_a_page_or_a_table(
    app: Flask,
    both: tuple[Officer, uuid.UUID],
    survey_file: Path,
    button: str,
    prefix: str,
    form: list[tuple[str, str]],
) -> None:
    """Only the table and the codebook of a wave that is still open are refused: to whatever form."""
    person, closed_id = both
    open_id = running_wave(app) or open_a_wave(app, read_definition(survey_file))
    if button.endswith("/open"):
        close_a_wave(app, open_id)  # else there is no form
    person.get("/staff/unlock")
    path = prefix + button.replace("OPEN", str(open_id)).replace("CLOSED", str(closed_id))
    pairs = [("csrf_token", str(person._hidden("/staff/unlock")["csrf_token"])), *form]
    body = urlencode([(name, value.encode("utf-8", "surrogatepass")) for name, value in pairs])
    got = person.client.post(path, data=body, content_type="application/x-www-form-urlencoded")
    if button in {"/staff/waves/OPEN/answers", "/staff/waves/OPEN/codebook.csv"}:
        assert (got.status_code, got.mimetype) == (403, "text/html"), (path, body)
    else:
        assert got.status_code in {200, 303, 400}, (path, body)
    assert got.location or got.mimetype == "text/csv" or "<h1" in got.text


@pytest.fixture
def both(app: Flask, hire: Callable[..., Officer], survey_file: Path) -> tuple[Officer, uuid.UUID]:
    """Someone who does everything with surveys, and a closed wave."""
    person = hire("both", teams=(), roles=(Role.SURVEY_MANAGER, Role.ANALYST))
    person.sign_in()
    closed_id = open_a_wave(app, read_definition(survey_file))
    answer(app, closed_id)
    close_a_wave(app, closed_id)
    return person, closed_id


def running_wave(app: Flask) -> uuid.UUID | None:
    with app.app_context():
        return next((wave.id for wave in waves.waves_of(CODE) if wave.state is WaveState.OPEN), None)
