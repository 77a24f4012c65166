"""Of two worlds that differ in one person who is hidden everything published is alike: bytes, size, tag, order and work."""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, event

from portal.cohesion import areas, services
from portal.cohesion.data_tables import TABLES
from portal.cohesion.models import Release
from portal.db import session, today, transaction, utcnow
from portal.reporting.figures import last_day
from portal.staff.models import Role
from portal.staff.spans import Span, last_quarter
from portal.surveys import columns
from portal.surveys.columns import Value
from portal.surveys.models import AnswerColumn
from tests.support.people import Officer, Resident
from tests.test_attack_on_documents import begin, few_everywhere
from tests.test_report_figures import ago

pytestmark = pytest.mark.same_on_both

PUBLIC = (
    "/", "/cohesion", "/ur/cohesion", "/large/pl/cohesion", "/cohesion.csv", "/ro/cohesion.csv", "/cohesion/data",
    "/ur/cohesion/data", "/cohesion/data/catalogue.json", "/cohesion/data/csv-metadata.json", "/priorities",
    *(f"/cohesion/data/{table.name}.csv" for table in TABLES),
)  # fmt: skip
OF_A_RELEASE = (
    "/cohesion/releases/{}.json",
    "/cohesion/data/releases/{}/csv-metadata.json",
    *(f"/cohesion/data/releases/{{}}/{table.name}.csv" for table in TABLES),
)
Seen = dict[str, tuple[Any, ...]]


def everything(app: Flask, resident: Resident, board: Officer, quarter: Span) -> Seen:
    """What comes from every address: bytes, compressed and not, their tags, all other headers, and how often the database was asked."""
    number = newest_number(resident)
    asked: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    engine = app.extensions["database"].engine
    found: Seen = {}
    event.listen(engine, "before_cursor_execute", listen)
    try:
        for path in (*PUBLIC, *(each.format(number) for each in OF_A_RELEASE)):
            for how in ({}, {"Accept-Encoding": "gzip"}):
                asked.clear()
                answer = resident.client.get(path, headers=how)
                assert answer.status_code == 200, path
                found[f"{path} {how}"] = (answer.data, sorted(answer.headers), list(asked))
        asked.clear()
        report = board.client.get(f"/staff/figures/board-reports/{quarter.quarter}")
        found["board"] = (re.sub(rb'value="[^"]{40,}"', b"", report.data), len(asked))
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    return found


def newest_number(resident: Resident) -> str:
    rows = csv.DictReader(io.StringIO(resident.client.get("/cohesion.csv").text.lstrip("\ufeff")))
    return next(rows)["release"]


def publish_at(app: Flask, wave_id: uuid.UUID, moment: datetime, question: str, values: Sequence[Value]) -> None:
    """Published at that moment, were these the answers to one question."""
    with app.app_context(), transaction() as db:
        column = db.get_one(AnswerColumn, (wave_id, question))
        column.packed = columns.pack("one", sorted({str(each) for each in values if each}), list(values))
        db.execute(delete(Release))
    with app.app_context(), transaction() as db:
        release = services.draft_release(db, wave_id, "sam")
        services.publish_release(db, release.id, "sam")
        release.drafted_at = release.published_at = moment


@pytest.mark.dear
def test_of_worlds_that_differ_in_one_hidden_person_everything_is_alike_in_bytes_size_tag_order_and_work(
    app: Flask, resident: Resident, hire: Callable[..., Officer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody of few moves to another parish, another age, another sex, or knows no answer: no address tells."""
    quarter = last_quarter(ago(1))
    board = hire("grace", roles=(Role.SURVEY_MANAGER,), teams=())
    board.sign_in()
    wave_id, _stored = begin(app, few_everywhere(), (today() - last_day(quarter.last)).days)
    with app.app_context():
        moment = utcnow()
        answers = {
            question: columns.unpack(session.get_one(AnswerColumn, (wave_id, question)).packed)
            for question in ("place", "age", "sex", "mood", "getting_on")
        }
    # What a process works out once, it has worked out before.
    for _ in range(2):
        publish_at(app, wave_id, moment, "place", answers["place"])
        first = everything(app, resident, board, quarter)
    swaps = [
        ("place", "p-great-linford", "e-fishermead"), ("age", "35_49", "75_84"), ("sex", "rather_not", None),
        ("mood", "unsure", None),
    ]  # fmt: skip
    for question, before, after in swaps:
        values = list(answers[question])
        values[values.index(before)] = after
        publish_at(app, wave_id, moment, question, values)
        seen = everything(app, resident, board, quarter)
        assert [path for path in first if seen[path] != first[path]] == [], question
        publish_at(app, wave_id, moment, question, answers[question])
    # Ten people who change their minds are on every page of figures.
    values = ["tend_disagree" if at < 10 else each for at, each in enumerate(sorted(answers["getting_on"], key=str))]
    publish_at(app, wave_id, moment, "getting_on", values)
    seen = everything(app, resident, board, quarter)
    assert {"/cohesion {}", "/cohesion.csv {}", "board"} <= {path for path in first if seen.get(path) != first[path]}
    # Nor would an order by size pass: the areas that are not shown would change places.
    monkeypatch.setattr(areas.Areas, "in_order", by_size)
    values = list(answers["place"])
    publish_at(app, wave_id, moment, "place", values)
    first = everything(app, resident, board, quarter)
    values[values.index("p-great-linford")] = "e-fishermead"
    publish_at(app, wave_id, moment, "place", values)
    seen = everything(app, resident, board, quarter)
    assert {"/cohesion {}", "/cohesion.csv {}"} <= {path for path in first if seen.get(path) != first[path]}


def by_size(found: areas.Areas, _order: object) -> areas.Areas:
    sides = next(iter(found.tables.values())).sides
    codes = sorted(found.groups, key=lambda code: sides[code][0])
    tables = {
        name: areas.AreaTable({code: table.found[code] for code in codes}, table.rest, table.by_kind)
        for name, table in found.tables.items()
    }
    return areas.Areas({code: found.groups[code] for code in codes}, found.moved, tables)
