"""A wave that is closed shuts its door at once and packs its answers after: nothing is lost, doubled or added."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal.audit import Action, AuditEntry
from portal.db import session, transaction
from portal.server import worker
from portal.staff import waves as wave_pages
from portal.staff.models import Role
from portal.surveys import answers, columns, packing, waves
from portal.surveys.answers import CodedAnswers
from portal.surveys.models import AnswerColumn, PackedPart, SurveyResponse, Wave, WavePacking
from portal.surveys.reading import read_definition
from tests.bench import closing
from tests.support.asking import answer, open_a_wave
from tests.support.people import Officer, Resident
from tests.support.surveying import answer_pages, begin_survey, open_survey

FEW = 4
CODES = ["a", "b", "c"]
# A process that packs and is killed: in the middle of storing its second batch, or after that, before the next.
KILLED = """
import os, pathlib, signal, sys, uuid
from portal import create_app
from portal.surveys import packing

data, database, wave_id, at = sys.argv[1:]
times, act = 0, getattr(packing, at)

def act_and_die(*given):
    global times
    done, times = act(*given), times + 1
    if times == (2 if at == "_store" else 3):
        os.kill(os.getpid(), signal.SIGKILL)
    return done

setattr(packing, at, act_and_die)
packing.BATCH = 4
with create_app(data=pathlib.Path(data), database_url=database).app_context():
    packing.pack_wave(uuid.UUID(wave_id))
"""


@pytest.fixture
def wave_id(app: Flask, survey_file: Path, monkeypatch: pytest.MonkeyPatch) -> uuid.UUID:
    """An open wave that eleven people answered, no two alike; a batch is four of them."""
    monkeypatch.setattr(packing, "BATCH", FEW)
    wave_id = open_a_wave(app, read_definition(survey_file))
    for years in range(11):
        answer(app, wave_id, years=years)
    return wave_id


def gathered(app: Flask, wave_id: uuid.UUID) -> CodedAnswers:
    with app.app_context():
        return answers.coded_answers(session.get_one(Wave, wave_id))


def shut(app: Flask, wave_id: uuid.UUID) -> None:
    with app.app_context(), transaction() as db:
        waves.shut_wave(db, wave_id)


def packed_so_far(app: Flask, wave_id: uuid.UUID) -> int | None:
    with app.app_context():
        return packing.progress_of(session.get_one(Wave, wave_id))


def press_close(manager: Officer, wave_id: uuid.UUID) -> None:
    manager.get(f"/staff/waves/{wave_id}/close")
    manager.post(f"/staff/waves/{wave_id}/close")
    manager.follow()


@pytest.mark.dear
@pytest.mark.parametrize(("dies_at", "stored"), [("_store", 4), ("_read", 8)])
def test_whoever_is_killed_while_packing_is_followed_by_another_who_goes_on_there(
    app: Flask, wave_id: uuid.UUID, dies_at: str, stored: int
) -> None:
    before = gathered(app, wave_id)
    shut(app, wave_id)
    settings = app.extensions["settings"]
    names = [str(settings.data), settings.database, str(wave_id), dies_at]
    assert subprocess.run([sys.executable, "-c", KILLED, *names]).returncode == -signal.SIGKILL
    assert packed_so_far(app, wave_id) == stored
    with app.app_context():
        worker.Shift().look()
    assert packed_so_far(app, wave_id) is None
    assert gathered(app, wave_id) == before
    with app.app_context():
        assert session.get_one(Wave, wave_id).answered == 11
        assert session.scalar(select(func.count()).select_from(WavePacking)) == 0


@pytest.mark.parametrize("batch", [1, 3, 11, 12])
def test_the_size_of_a_batch_changes_nothing_of_what_is_stored(
    app: Flask, wave_id: uuid.UUID, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "BATCH", batch)
    before = gathered(app, wave_id)
    assert sorted(map(str, before.values["years"])) == sorted(map(str, range(11)))
    shut(app, wave_id)
    assert gathered(app, wave_id) == before, "while it is packed as well"
    with app.app_context():
        packing.pack_wave(wave_id)
    assert gathered(app, wave_id) == before


def test_a_batch_that_two_have_read_is_stored_once(app: Flask, wave_id: uuid.UUID) -> None:
    before = gathered(app, wave_id)
    shut(app, wave_id)
    with app.app_context():
        asked = packing.instruments_of(wave_id)
        batch = packing._read(session, wave_id, None, asked, packing.BATCH)
        for _ in range(2):
            with transaction() as db:
                packing._store(db, wave_id, None, batch)
        assert packing.progress_of(session.get_one(Wave, wave_id)) == FEW
        packing.pack_wave(wave_id)
    assert gathered(app, wave_id) == before


def test_several_who_pack_at_once_pack_once(app: Flask, wave_id: uuid.UUID) -> None:
    before = gathered(app, wave_id)
    shut(app, wave_id)

    def pack() -> None:
        with app.app_context():
            packing.pack_wave(wave_id)

    at_once([pack] * 4)
    assert packed_so_far(app, wave_id) is None
    assert gathered(app, wave_id) == before


def test_when_two_managers_press_at_once_it_is_closed_once(
    app: Flask, wave_id: uuid.UUID, hire: Callable[..., Officer], survey_manager: Officer
) -> None:
    before = gathered(app, wave_id)
    other = hire("other", teams=(), roles=(Role.SURVEY_MANAGER,))
    other.sign_in()
    people = [survey_manager, other]
    for person in people:
        person.get(f"/staff/waves/{wave_id}/close")
    at_once([lambda person=person: person.post(f"/staff/waves/{wave_id}/close") for person in people])
    with app.app_context():
        packing.pack_closed_waves()
        closings = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == Action.CLOSED_WAVE)
        assert session.scalar(closings) == 1
    for person in people:
        person.follow()
        person.see("Wave 1")
    assert gathered(app, wave_id) == before


def test_while_answers_are_packed_others_answer_and_are_not_in_the_wave_that_was_closed(
    app: Flask, wave_id: uuid.UUID, survey_manager: Officer, resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_id = open_survey(app)
    late = Resident(app.test_client())
    late.get("/surveys/tiny")
    late.post("/surveys/tiny")
    late.follow()
    read, sent = packing._read, []

    def read_while_others_send(*given: Any) -> Any:
        batch = read(*given)
        if not sent:
            at_once([lambda: sent.extend(answered_meanwhile())])
        return batch

    def answered_meanwhile() -> list[str]:
        begin_survey(resident)
        answer_pages(resident)
        resident.post(resident.path)
        resident.follow()
        late.post(late.path, answer_together="agree")
        return [resident.path, late.text]

    monkeypatch.setattr(packing, "_read", read_while_others_send)
    press_close(survey_manager, wave_id)
    survey_manager.see("Ended")
    assert sent[0] == "/surveys/every-type/thanks"
    assert "This survey has ended" in sent[1], sent[1]
    assert gathered(app, wave_id).size == 11
    with app.app_context():
        others = select(func.count()).select_from(SurveyResponse).where(SurveyResponse.wave_id == other_id)
        assert session.scalar(others) == 1


def test_staff_see_how_far_it_is_and_make_nothing_of_it_before_it_is_done(
    app: Flask, wave_id: uuid.UUID, survey_manager: Officer, analyst: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wave_pages, "PACKED_MEANWHILE", 0.0)
    press_close(survey_manager, wave_id)
    page = f"/staff/waves/{wave_id}"
    survey_manager.see("Being closed", "Nobody can answer any more.", "0 of 11 answers stored.", "Look again")
    survey_manager.not_see("Close this wave", "What people wrote, in codes", "Preliminary results")
    for path in ("results", "results?view=fieldwork", "coding", "export"):
        analyst.get(f"{page}/{path}")
        analyst.see("The wave is being closed", "Its answers are being stored for good.")
    analyst.get(f"/staff/figures/waves/{wave_id}")
    analyst.see("The wave is being closed")
    survey_manager.get("/staff/figures")
    survey_manager.not_see("tiny")
    # Nothing is left to close, and it is not open either.
    survey_manager.get("/staff/figures/overview")
    survey_manager.not_see("tiny")
    survey_manager.post(f"/staff/figures/waves/{wave_id}")
    survey_manager.see("The wave is being closed")
    for path in (f"{page}/paper", "/staff/surveys/tiny"):
        assert survey_manager.get(path).status_code == 200

    with app.app_context():
        batch = packing._read(session, wave_id, None, packing.instruments_of(wave_id), packing.BATCH)
        with transaction() as db:
            packing._store(db, wave_id, None, batch)
    survey_manager.get(page)
    survey_manager.see("Being closed", "4 of 11 answers stored.")
    with app.app_context():
        worker.Shift().look()
    survey_manager.get(page)
    survey_manager.see("Ended", "What people wrote, in codes")
    survey_manager.not_see("Look again")
    analyst.get(f"{page}/export")
    analyst.see("Export")


def test_a_wave_that_nobody_answered_is_closed_too(app: Flask, survey_file: Path, survey_manager: Officer) -> None:
    wave_id = open_a_wave(app, read_definition(survey_file))
    press_close(survey_manager, wave_id)
    survey_manager.see("Ended")
    assert gathered(app, wave_id).size == 0
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(AnswerColumn))


@pytest.mark.long
def test_a_hundred_thousand_answers_are_packed_in_three_seconds() -> None:
    with closing.answered_wave(100_000) as wave_id:
        taken, reading = closing.seconds_of_packing(wave_id), closing.seconds_of_reading()
        assert answers.coded_answers(session.get_one(Wave, wave_id)).size == 100_000
    # More on a slower or busier machine: to read their JSON alone takes 0.6 s where three are wanted.
    assert taken < 3 * max(1, reading / 0.6)


@given(st.data())
def test_values_that_come_a_few_at_a_time_are_packed_to_the_byte_as_all_together(data: st.DataObject) -> None:
    """Beside the plain way: every value looked up by itself, and the codes that come put in order first."""
    kind = data.draw(st.sampled_from(["one", "several", "ranking", "number", "date", "as they come"]))
    known = st.sampled_from(CODES)
    values = data.draw(st.lists(st.none() | {
        "one": known, "several": st.lists(known).map(tuple), "ranking": st.permutations(CODES).map(tuple),
        "number": st.integers(0, 2**63 - 1), "date": st.dates().map(str), "as they come": st.text(max_size=3),
    }[kind], max_size=60))  # fmt: skip
    codes = sorted({str(value) for value in values if value is not None}) if kind == "as they come" else CODES
    column = columns.Column("one" if kind == "as they come" else kind, None if kind == "as they come" else CODES)  # type: ignore[arg-type]
    left = values
    while left:
        few = data.draw(st.integers(1, len(left)))
        column.add(left[:few])
        left = left[few:]
    assert column.packed() == plainly_packed("one" if kind == "as they come" else kind, codes, values)


def plainly_packed(kind: str, codes: list[str], values: list[Any]) -> bytes:
    head = {"format": 1, "kind": kind, "codes": codes, "size": len(values)}
    size, nothing = {"one": (2, 0xFFFF), "ranking": (2, 0xFFFF)}.get(kind, (8, 2**64 - 1))

    def number_of(value: Any) -> int:
        match kind:
            case "one":
                return codes.index(value)
            case "several":
                return sum(1 << at for at, code in enumerate(codes) if code in value)
            case "date":
                return int(value.replace("-", ""))
        return int(value)

    if kind == "ranking":
        ranked = [value or () for value in values]
        rows = range(max(map(len, ranked), default=0))
        numbers = [codes.index(value[at]) if at < len(value) else nothing for at in rows for value in ranked]
    else:
        numbers = [nothing if value is None else number_of(value) for value in values]
    body = b"".join(number.to_bytes(size, "little") for number in numbers)
    return zlib.compress(json.dumps(head).encode() + b"\n" + body, 3)


def test_batches_stand_apart_until_the_last_and_none_of_them_is_left(app: Flask, wave_id: uuid.UUID) -> None:
    shut(app, wave_id)
    with app.app_context():
        with transaction() as db:
            packing._store(
                db, wave_id, None, packing._read(session, wave_id, None, packing.instruments_of(wave_id), FEW)
            )
        assert session.scalar(select(func.count()).select_from(PackedPart))
        assert not session.scalar(select(func.count()).select_from(AnswerColumn))
        packing.pack_wave(wave_id)
        session.expire_all()
        assert not session.scalar(select(func.count()).select_from(PackedPart))
        assert session.get(AnswerColumn, (wave_id, "years"))


PARTS = st.lists(st.lists(st.none() | st.sampled_from(CODES), max_size=20), min_size=1, max_size=5)


@given(PARTS)
def test_packed_columns_that_stand_one_behind_the_other_are_one_column(parts: list[list[str | None]]) -> None:
    for kind, values in (
        ("one", parts),
        ("several", [[one and (one,) for one in part] for part in parts]),
        ("ranking", [[one and (one, "a" if one != "a" else "b") for one in part] for part in parts]),
        ("number", [[one and CODES.index(one) for one in part] for part in parts]),
    ):
        packed = b"".join(columns.pack(kind, CODES, part) for part in values)  # type: ignore[arg-type]
        assert columns.unpack(packed) == [value for part in values for value in part]
        for damaged in (packed[:-1], packed + b"?", b""):
            with pytest.raises(ValueError, match="damaged"):
                columns.unpack(damaged)


def at_once(acts: list[Callable[[], Any]]) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
