"""What a wave has brought in: counts while it runs and after; once it is closed, written words for those who may read them, and a table that is whole."""

from __future__ import annotations

import csv
import io
import re
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from werkzeug.test import TestResponse

from portal.audit import Action, AuditEntry
from portal.db import session, transaction
from portal.staff.models import Role
from portal.surveys import export
from portal.surveys.anonymity import MIN_ALIKE
from portal.surveys.models import AnswerColumn, Mode, WrittenAnswer
from portal.surveys.reading import read_definition
from portal.vault.keyholders import Grant
from tests.support.asking import CODE, FILE, answer, close_a_wave, open_a_wave
from tests.support.exporting import ASKED
from tests.support.people import Officer, sent_to
from tests.support.walking import said

BLANK = {"together": None, "worries": None, "why": None, "years": None, "home": None, "sex": None, "age": None}


@pytest.fixture
def wave_id(app: Flask, survey_file: Path) -> uuid.UUID:
    """A running wave: two like ANSWERS, one of them in Polish and flagged; one other; one who only sent it."""
    wave_id = open_a_wave(app, read_definition(survey_file))
    answer(app, wave_id)
    answer(app, wave_id, language="pl", flagged=True, why="Nikt nie rozmawia.")
    answer(app, wave_id, together="agree", worries=["nothing"], years=30, age=None)
    answer(app, wave_id, **BLANK)
    return wave_id


@pytest.fixture
def closed_id(app: Flask, wave_id: uuid.UUID) -> uuid.UUID:
    """The same wave, closed."""
    close_a_wave(app, wave_id)
    return wave_id


def last_entry(app: Flask) -> tuple[Action, str]:
    with app.app_context():
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        return entry.action, entry.subject


def download(analyst: Officer, wave_id: uuid.UUID, what: str = "answers", **chosen: object) -> list[dict[str, str]]:
    analyst.get(f"/staff/waves/{wave_id}/export")
    path = f"/staff/waves/{wave_id}/{'answers' if what == 'answers' else 'codebook.csv'}"
    analyst.post(path, ASKED | {"columns": ["language", "home", "sex", "age"], "rare": "keep"} | chosen)
    got = analyst.response
    assert got is not None
    assert (got.status_code, got.mimetype) == (200, "text/csv")
    assert got.data.startswith("\ufeff".encode())
    return list(csv.DictReader(io.StringIO(got.data.decode("utf-8-sig"), newline="")))


def test_results_say_how_many_answered_what_and_every_look_is_written_down(
    app: Flask, wave_id: uuid.UUID, analyst: Officer, survey_manager: Officer
) -> None:
    answer(app, wave_id, times=36)
    answer(app, wave_id, times=60, together="agree", worries=["litter"], years=9)
    close_a_wave(app, wave_id)
    for person in (analyst, survey_manager):
        person.get(f"/staff/waves/{wave_id}/results")
        told = dict(re.findall(r"(Agree|Disagree|Noise) (\d+) \d+%", person.text))
        assert {word: abs(int(told[word]) - n) < 5 for word, n in (("Agree", 61), ("Disagree", 38), ("Noise", 38))} == {
            "Agree": True, "Disagree": True, "Noise": True,
        }  # fmt: skip
        assert all(int(count) % 5 == 0 for count in told.values())
        person.see(
            "Most often: Agree,", "Don't know [c] –", "Polski: [c]", "Flagged: [c]", "People could tick more than one.",
            "Half said 9 or less", "A quarter said at least 9", "Most often: Central Milton Keynes",
        )  # fmt: skip
        person.not_see("Preliminary", "Fishermead")
        assert last_entry(app) == (Action.VIEWED_RESULTS, str(wave_id))
    survey_manager.not_see("Read what they wrote", "Export")


def test_single_answers_and_words_are_served_only_once_the_wave_is_closed(
    app: Flask, wave_id: uuid.UUID, analyst: Officer
) -> None:
    """Whoever looked before and after one person answered would have that person's ticks beside their words."""
    wave = f"/staff/waves/{wave_id}"

    def ask_for_each() -> Iterator[TestResponse]:
        yield analyst.get(f"{wave}/export")
        yield analyst.get(f"{wave}/written/why")
        analyst.get(wave)
        yield analyst.post(f"{wave}/answers", ASKED | {"columns": "home", "rare": "keep"})
        analyst.get(wave)
        yield analyst.post(f"{wave}/answers", cells="not a choice")

    analyst.get(wave)
    before = last_entry(app)
    for got in ask_for_each():
        assert (got.status_code, got.mimetype) == (403, "text/html")
        assert "Content-Disposition" not in got.headers
        analyst.see("The wave is still open", "Look at the counts")
        analyst.not_see("Nobody talks.", "Nikt nie rozmawia.", "Download the answers", "e-fishermead", "Fishermead")
        assert f'href="{wave}/results"' in analyst.page
    assert last_entry(app) == before, "nothing was read, and the log does not say so either"
    assert analyst.get(f"{wave}/written/nothing").status_code == 404
    close_a_wave(app, wave_id)
    *served, refused = ask_for_each()
    assert [got.status_code for got in served] == [200, 200, 200]
    assert [got.mimetype for got in served] == ["text/html", "text/html", "text/csv"]
    assert "Download the answers" in served[0].text
    assert "Nobody talks." in served[1].text
    assert "e-fishermead" in served[2].text
    assert refused.mimetype == "text/html"
    analyst.see("There is a problem")


def test_written_words_open_for_the_survey_team_and_every_look_is_written_down(
    app: Flask, closed_id: uuid.UUID, analyst: Officer, hire: Callable[..., Officer]
) -> None:
    page = f"/staff/waves/{closed_id}/written/why"
    analyst.get(page)
    analyst.see("Nobody talks.", "Nikt nie rozmawia.", "Showing 1 to 2 of 2.")
    assert '<p class="app-lines" lang="pl" dir="auto">Nikt nie rozmawia.</p>' in analyst.page
    assert last_entry(app) == (Action.READ_WRITTEN_ANSWERS, f"{closed_id} why page 1")
    with app.app_context(), transaction() as db:
        damaged = db.scalars(select(WrittenAnswer.id).where(WrittenAnswer.language == "pl")).one()
        db.execute(update(WrittenAnswer).where(WrittenAnswer.id == damaged).values(sealed=b"x" * 99))
    analyst.get(page)
    analyst.see("Nobody talks.", "Damaged: cannot be read")
    with app.app_context(), transaction() as db:
        db.execute(delete(Grant))  # without its key an answer is as lost as a damaged one, and as little passed over
    analyst.get(page)
    assert analyst.text.count("Damaged: cannot be read") == 2
    for odd in ("?page=999999999999999999999", "?page=-1", "?page=x"):
        assert analyst.get(page + odd).status_code == 200
    for none in ("together", "a%00b", "nothing"):
        assert analyst.get(f"/staff/waves/{closed_id}/written/{none}").status_code == 404

    outside = hire("out", teams=("hate_team",), roles=(Role.ANALYST,))
    outside.sign_in()
    assert sent_to(outside.get(page)) == "/staff/unlock"
    outside.unlock()
    before = last_entry(app)
    outside.get(page)
    outside.see("These answers are sealed to the survey team, and you are not in it.")
    outside.not_see("Nobody talks.")
    assert last_entry(app) == before


@pytest.mark.same_on_both
def test_what_many_wrote_is_shown_a_page_at_a_time(app: Flask, wave_id: uuid.UUID, analyst: Officer) -> None:
    answer(app, wave_id, times=50, why="Again.")
    close_a_wave(app, wave_id)
    page = f"/staff/waves/{wave_id}/written/why"
    analyst.get(page)
    analyst.see("Showing 1 to 50 of 52.", "Again.")
    told = Counter(re.findall(r"Again\.|Nobody talks\.|Nikt nie rozmawia\.", analyst.text))
    analyst.get(f"{page}?page=2")
    analyst.see("Showing 51 to 52 of 52.")
    assert last_entry(app) == (Action.READ_WRITTEN_ANSWERS, f"{wave_id} why page 2")
    told.update(re.findall(r"Again\.|Nobody talks\.|Nikt nie rozmawia\.", analyst.text))
    assert told == {"Again.": 50, "Nobody talks.": 1, "Nikt nie rozmawia.": 1}


def test_the_table_has_a_row_for_each_person_and_a_column_for_each_question(
    app: Flask, closed_id: uuid.UUID, analyst: Officer
) -> None:
    rows = download(analyst, closed_id, columns=["language", "home.group", "home", "sex", "age"])
    assert list(rows[0]) == [
        "row", "wave", "version", "sample", "mode", "language", "reviewed", "flagged",
        "signal_straight", "signal_empty", "signal_fast", "signal_trap", "signal_same", "together", "worries__noise", "worries__litter",
        "worries__nothing", "years", "home", "home__group", "sex", "age",
    ]  # fmt: skip
    assert sorted(tuple(row.values())[1:] for row in rows) == [
        ("1", "1", "open_link", "web", "", "", "0", "0", "0", "0", "0", "0", "agree", "0", "0", "1", "30", "e-fishermead", "g-centre", "female", "-9"),
        ("1", "1", "open_link", "web", "", "", "0", "0", "0", "0", "0", "0", "disagree", "1", "1", "0", "7", "e-fishermead", "g-centre", "female", "25_34"),
        ("1", "1", "open_link", "web", "", "", "0", "0", "1", "0", "0", "0", "-9", "-9", "-9", "-9", "-9", "-9", "-9", "-9", "-9"),
        ("1", "1", "open_link", "web", "", "", "1", "0", "0", "0", "0", "0", "disagree", "1", "1", "0", "7", "e-fishermead", "g-centre", "female", "25_34"),
    ]  # fmt: skip
    assert b"Nobody talks" not in analyst.response.data  # type: ignore[union-attr]
    headers = analyst.response.headers  # type: ignore[union-attr]
    assert headers["Content-Disposition"] == 'attachment; filename="tiny-wave-1-answers.csv"'
    assert headers["Cache-Control"] == "no-store"
    age = said(app, "pl", "25 to 34")
    labelled = download(analyst, closed_id, cells="labels", language="pl")
    assert {
        (row["together"], row["home"], row["age"], row["flagged"][:1]) for row in labelled if row["years"] == "7"
    } == {
        ("Nie zgadzam się", "Fishermead", age, "N"),
        ("Nie zgadzam się", "Fishermead", age, "T"),
    }


def test_on_paper_and_without_a_line_haste_and_the_hidden_box_are_not_asked(
    app: Flask, wave_id: uuid.UUID, analyst: Officer
) -> None:
    """And where the file does not say how few people answered, these columns do not say it either."""
    answer(app, wave_id, times=MIN_ALIKE)
    answer(app, wave_id, times=MIN_ALIKE + 2, mode=Mode.PAPER)
    answer(app, wave_id, times=MIN_ALIKE + 1, mode=Mode.OFFLINE)
    # Too few, so their mode is blank, and that of as many others as hide them.
    answer(app, wave_id, times=MIN_ALIKE - 1, mode=Mode.KIOSK)
    close_a_wave(app, wave_id)
    rows = download(analyst, wave_id)
    told = Counter((row["mode"], row["signal_fast"], row["signal_trap"], row["signal_straight"]) for row in rows)
    assert told == {
        ("web", "0", "0", "0"): MIN_ALIKE + 4, ("paper", "-8", "-8", "0"): MIN_ALIKE + 2,
        ("", "", "", "0"): 2 * MIN_ALIKE,
    }  # fmt: skip
    labelled = download(analyst, wave_id, cells="labels")
    assert sum(row["signal_fast"] == "Not asked" for row in labelled) == MIN_ALIKE + 2
    codebook = [row for row in download(analyst, wave_id, "codebook") if row["variable"] == "signal_trap"]
    assert ("-8", "Not asked") in {(row["code"], row["label"]) for row in codebook}


@pytest.mark.same_on_both
def test_a_language_that_few_people_used_is_left_out_of_the_table(
    app: Flask, wave_id: uuid.UUID, analyst: Officer
) -> None:
    """Else the one row in it would lead to the words that are written in it, or be known by being blank."""
    # With the three and the one of `wave_id`: just enough in English, one too few in Polish.
    answer(app, wave_id, times=MIN_ALIKE - 3)
    answer(app, wave_id, times=MIN_ALIKE - 2, language="pl")
    answer(app, wave_id, times=MIN_ALIKE + 2, language="ur")
    close_a_wave(app, wave_id)
    for cells, urdu in (("codes", "ur"), ("numbers", "ur"), ("labels", "اردو")):
        rows = download(analyst, wave_id, cells=cells)
        assert Counter(row["language"] for row in rows) == {urdu: 12, "": 19}
        assert all(row["version"] == "1" for row in rows)
    analyst.get(f"/staff/waves/{wave_id}/results")
    analyst.see("English: 10", "Polski: ")


@pytest.mark.same_on_both
def test_the_codebook_explains_every_column_and_every_code_of_the_table(
    app: Flask, closed_id: uuid.UUID, analyst: Officer
) -> None:
    table = download(analyst, closed_id)
    book = download(analyst, closed_id, "codebook")
    assert last_entry(app) == (Action.EXPORTED_RESULTS, f"{closed_id} codebook en")
    headers = analyst.response.headers  # type: ignore[union-attr]
    assert headers["Content-Disposition"] == 'attachment; filename="tiny-wave-1-codebook.csv"'
    assert {row["variable"] for row in book} >= set(table[0])
    explained = {(row["variable"], row["code"]) for row in book}
    told = {"row", "wave", "version"}
    cells = {(name, cell) for row in table for name, cell in row.items() if cell and name not in told}
    assert {(name, cell) for name, cell in cells if name != "years" or cell.startswith("-")} <= explained
    rows = {(row["variable"], row["code"]): row for row in book}
    assert rows["together", "agree"] == {
        "variable": "together", "question": "Do people get on well together?", "type": "One answer on a scale",
        "code": "agree", "number": "1", "label": "Agree", "source": "Community Life Survey", "wording": "Wording verified", "asked_if": "", "asked_as": "",
    }  # fmt: skip
    assert rows["worries__noise", "1"]["question"] == "What worries you? Noise"
    polish = download(analyst, closed_id, "codebook", language="pl")
    assert {row["label"] for row in polish if row["variable"] == "sex" and row["number"] in "12"} == {"Kobieta", "Male"}


def test_damaged_columns_are_named_and_the_others_still_shown(app: Flask, wave_id: uuid.UUID, analyst: Officer) -> None:
    close_a_wave(app, wave_id)
    with app.app_context(), transaction() as db:
        mine = (AnswerColumn.wave_id == wave_id,)
        db.execute(update(AnswerColumn).where(*mine, AnswerColumn.question == "worries").values(packed=b"x" * 50))
        db.execute(delete(AnswerColumn).where(*mine, AnswerColumn.question == "sex"))
    analyst.get(f"/staff/waves/{wave_id}/results")
    analyst.see(
        "Some answers are damaged and cannot be shown.", "worries, sex", "Disagree [c]", "Damaged: cannot be read"
    )
    analyst.get(f"/staff/waves/{wave_id}/export")
    refused = analyst.client.post(
        f"/staff/waves/{wave_id}/answers",
        data=analyst._hidden(f"/staff/waves/{wave_id}/answers") | ASKED,
    )
    assert refused.status_code == 500
    assert "The answers to these questions are damaged: worries, sex." in refused.text
    assert "text/csv" not in refused.headers["Content-Type"]


@pytest.mark.same_on_both
def test_a_forged_choice_exports_nothing(app: Flask, closed_id: uuid.UUID, analyst: Officer) -> None:
    page = f"/staff/waves/{closed_id}"
    for forged in (
        {"cells": "=1+1"}, {"language": "../en"}, {"file": "exe"}, {"audience": "all"}, {"purpose": "fun"},
        {"columns": ["sex", "why"]}, {"columns": "../sex"},
    ):  # fmt: skip
        analyst.get(f"{page}/export")
        analyst.post(f"{page}/answers", ASKED | forged)
        analyst.see("There is a problem")
        assert re.search("Choose (one of|from) the answers on this page.", analyst.text), forged
    analyst.get(f"{page}/codebook")
    analyst.post(f"{page}/codebook.csv", language="../en")
    analyst.see("There is a problem", "Choose one of the answers on this page.")
    with app.app_context():
        assert Action.EXPORTED_RESULTS not in set(session.scalars(select(AuditEntry.action)))


@pytest.mark.same_on_both
def test_only_an_analyst_reads_and_exports(wave_id: uuid.UUID, survey_manager: Officer, officer: Officer) -> None:
    for person in (survey_manager, officer):
        for path in (f"/staff/waves/{wave_id}/written/why", f"/staff/waves/{wave_id}/export"):
            assert person.get(path).status_code == 403
            person.see("You cannot open this page")
        for what in ("answers", "codebook.csv"):
            person.get("/staff/")
            person.follow()
            person.post(f"/staff/waves/{wave_id}/{what}", ASKED)
            assert person.response is not None
            assert person.response.status_code == 403


def test_answers_to_two_versions_stand_in_one_table(
    app: Flask, wave_id: uuid.UUID, analyst: Officer, survey_manager: Officer, survey_file: Path
) -> None:
    survey_file.write_text(
        FILE.replace('{code = "noise", text = {en = "Noise", pl = "Hałas"}}', '{code = "cars", text = "Cars"}'),
        encoding="utf-8",
    )
    survey_manager.get(f"/staff/surveys/{CODE}/preview")
    survey_manager.post(f"/staff/surveys/{CODE}/publish", partial="pl")
    survey_manager.get(f"/staff/waves/{wave_id}")
    survey_manager.post(f"/staff/waves/{wave_id}/version")
    answer(app, wave_id, worries=["cars"])
    close_a_wave(app, wave_id)
    rows = download(analyst, wave_id)
    ticks = [(row["version"], row["worries__cars"], row["worries__noise"]) for row in rows]
    assert sorted(ticks) == [("1", "-9", "-9"), ("1", "0", "0"), ("1", "0", "1"), ("1", "0", "1"), ("2", "1", "0")]
    analyst.get(f"/staff/waves/{wave_id}/results")
    analyst.see("Cars [c]", "Noise [c]", "Version 2", "Version 1")
    analyst.get(f"/staff/waves/{wave_id}/results?version=1")
    analyst.see("This choice is not shown: it holds, or leaves out, fewer than 10 people.")
    for odd in ("?version=7", "?version=x"):
        assert analyst.get(f"/staff/waves/{wave_id}/results{odd}").status_code == 200


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_given: object) -> None:
        pass


def test_a_table_whose_sending_breaks_off_does_not_look_whole(
    app: Flask, closed_id: uuid.UUID, analyst: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent by a server that, like many, ends what it was sending without a word."""
    monkeypatch.setattr(export, "BLOCK_ROWS", 1)
    rows = export._rows

    def breaking(*given: object) -> object:
        sent = rows(*given)  # type: ignore[arg-type]
        yield next(sent)
        yield next(sent)

    monkeypatch.setattr(export, "_rows", breaking)
    analyst.get(f"/staff/waves/{closed_id}/export")
    fields = analyst._hidden(f"/staff/waves/{closed_id}/answers") | ASKED
    body = "&".join(f"{name}={value}" for name, value in fields.items())
    cookie = analyst.client.get_cookie("work")
    assert cookie
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        connection = HTTPConnection("127.0.0.1", server.server_port, timeout=20)
        head = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"work={cookie.value}"}
        connection.request("POST", f"/staff/waves/{closed_id}/answers", body, head)
        got = connection.getresponse()
        assert got.status == 200
        with pytest.raises(IncompleteRead):
            got.read()
        connection.close()
        thread.join()


def test_the_table_is_made_while_it_is_sent(
    closed_id: uuid.UUID, analyst: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BLOCK_ROWS", 1)
    analyst.get(f"/staff/waves/{closed_id}/export")
    path = f"/staff/waves/{closed_id}/answers"
    sent = analyst.client.post(path, data=analyst._hidden(path) | ASKED, buffered=False)
    blocks = list(sent.response)
    assert len(blocks) == 1 + 4
    assert sent.content_length == sum(map(len, blocks))
    assert "Content-Encoding" not in sent.headers
    sent.close()


@pytest.mark.same_on_both
def test_what_was_answered_by_nobody_is_a_table_of_heads(app: Flask, survey_file: Path, analyst: Officer) -> None:
    wave_id = open_a_wave(app, read_definition(survey_file))
    analyst.get(f"/staff/waves/{wave_id}/results")
    analyst.see("Fewer than 10 people have answered.")
    close_a_wave(app, wave_id)
    assert download(analyst, wave_id) == []
    analyst.get(f"/staff/waves/{wave_id}/results")
    analyst.see("Too few answers to say", "Answered by: [c].")
