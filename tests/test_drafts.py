"""The draft: what was typed lies sealed under a key that only the visitor's cookie holds, for an hour at most."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Connection, event, func, select, text

from portal.db import session, transaction, utcnow
from portal.server import worker
from portal.vault import drafts
from portal.vault.drafts import Purpose, SealedDraft, find_draft, new_draft
from tests.support.loot import shapes, spellings, stolen
from tests.support.people import Resident

CANARY = "کل رات انہوں نے ہمارے دروازے پر لکھا canary-narrative-7431"


def minutes_pass(app: Flask, minutes: float) -> None:
    """Every draft is that much older."""
    with app.app_context(), transaction() as db:
        for row in db.scalars(select(SealedDraft)):
            row.ends_at -= timedelta(minutes=minutes)


def kept(app: Flask) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(SealedDraft)) or 0


@pytest.fixture
def midway(resident: Resident) -> Resident:
    """In the middle of a report: the narrative answered, a street half typed while the language was changed."""
    resident.get("/report")
    resident.post("/report")
    resident.get("/report/2")
    resident.post("/report/2", narrative=CANARY)
    resident.get("/report/4")
    resident.post("/report/4", street="canary-street-9182", switch="ur")
    return resident


def test_nothing_that_was_typed_can_be_read_in_what_is_stored(midway: Resident, app: Flask) -> None:
    midway.get("/report/2")
    midway.see("canary-narrative-7431")
    loot = stolen(app)
    assert b"report" in loot  # the purpose lies in the clear: the search does find what is there
    for canary in (CANARY, "canary-narrative", "canary-street", "دروازے"):
        for spelling in spellings(canary):
            assert spelling not in loot
    for question in (b"narrative", b'"street"', b'"answers"'):
        assert question not in b"".join(row.sealed for row in rows(app))


def rows(app: Flask) -> list[SealedDraft]:
    with app.app_context():
        return list(session.scalars(select(SealedDraft)))


def test_the_database_and_the_secrets_together_hold_no_key_to_a_draft(app: Flask) -> None:
    with app.app_context():
        draft = new_draft(Purpose.REPORT, {"answers": {}})
        with transaction() as db:
            draft.save(db)
        row_id, key = drafts._id_and_key(draft.token)
        assert find_draft(draft.token, Purpose.REPORT)
    loot = stolen(app)
    assert row_id.bytes in loot
    for secret in (key, draft.token.encode()):
        assert not any(shape in loot for shape in shapes(secret))


def test_a_draft_of_a_few_words_and_one_of_many_look_alike(app: Flask) -> None:
    with app.app_context():
        for text_ in ("", "a", "They shout at night." * 20):
            with transaction() as db:
                new_draft(Purpose.REPORT, {"answers": {"narrative": {"narrative": text_}}}).save(db)
    assert len({len(row.sealed) for row in rows(app)}) == 1


def test_a_draft_opens_for_its_own_cookie_and_its_own_purpose_only(app: Flask) -> None:
    with app.app_context():
        mine = new_draft(Purpose.REPORT, {"of": "mine"})
        with transaction() as db:
            mine.save(db)
            new_draft(Purpose.REPORT, {"of": "another"}).save(db)
        found = find_draft(mine.token, Purpose.REPORT)
        assert found
        assert found.content["of"] == "mine"
        assert find_draft(mine.token, Purpose.COME_BACK) is None
        for guess in (None, "", "x", mine.token[:-1], mine.token.swapcase()):
            assert find_draft(guess, Purpose.REPORT) is None


def test_a_draft_put_in_the_place_of_another_does_not_open(app: Flask) -> None:
    """Someone who can write to the database cannot make one visitor see what another typed."""
    with app.app_context():
        mine, another = (new_draft(Purpose.REPORT, {"of": of}) for of in ("mine", "another"))
        with transaction() as db:
            mine.save(db)
            another.save(db)
        with transaction() as db:
            first, second = (db.get_one(SealedDraft, drafts._id_and_key(each.token)[0]) for each in (mine, another))
            first.sealed = second.sealed
        assert find_draft(mine.token, Purpose.REPORT) is None


def test_a_draft_ends_after_sixty_idle_minutes_and_says_so(midway: Resident, app: Flask) -> None:
    minutes_pass(app, 59)
    midway.get("/report/2")
    midway.see("canary-narrative-7431")
    minutes_pass(app, 1.1)
    for path in ("/report/2", "/report/check"):
        assert midway.get(path).status_code == 410
        midway.see("Your report has been cleared")
        midway.not_see("canary-narrative-7431")


def test_each_answer_gives_another_sixty_minutes(midway: Resident, app: Flask) -> None:
    for _ in range(3):
        minutes_pass(app, 50)
        midway.get("/report/3")
        midway.post("/report/3", when="today")
        assert midway.follow().status_code == 200
    midway.get("/report/2")
    midway.see("canary-narrative-7431")


def test_the_worker_deletes_what_has_passed_its_hour_and_nothing_else(
    midway: Resident, app: Flask, make_app: Callable[..., Flask]
) -> None:
    minutes_pass(app, 61)
    late = Resident(app.test_client())
    late.get("/report")
    late.post("/report")
    assert kept(app) == 2
    with app.app_context():
        worker.tidy()
    assert kept(app) == 1
    assert late.get("/report/1").status_code == 200


def test_a_swept_draft_leaves_no_bytes_in_the_file(midway: Resident, app: Flask) -> None:
    (row,) = rows(app)
    assert row.sealed[:40] in stolen(app)
    minutes_pass(app, 61)
    with app.app_context():
        worker.tidy()
        if app.extensions["database"].is_sqlite:
            session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    assert row.sealed[:40] not in stolen(app)


def test_leaving_deletes_the_draft_at_once(midway: Resident, app: Flask) -> None:
    midway.post("/leave")
    assert kept(app) == 0


def test_what_was_sent_is_gone_from_the_draft_and_its_receipt_goes_after_fifteen_minutes(
    midway: Resident, app: Flask
) -> None:
    midway.get("/report/check")
    midway.post("/report/check")
    midway.follow()
    midway.see("receipt")
    (row,) = rows(app)
    left = row.ends_at - utcnow()
    assert timedelta(minutes=14) < left < timedelta(minutes=15, seconds=1)
    with app.app_context():
        cookie_token = next(iter(_tokens(midway)))
        found = find_draft(cookie_token, Purpose.REPORT)
        assert found
        assert found.content.keys() == {"is", "sent"}
    minutes_pass(app, 15.1)
    assert midway.get("/report/sent").status_code == 410


def _tokens(resident: Resident) -> list[str]:
    with resident.client.session_transaction() as visit:
        return [visit["report"]]


def test_what_is_acknowledged_or_deleted_is_on_the_disk_and_only_a_draft_does_not_wait_for_it(
    resident: Resident, app: Flask
) -> None:
    engine = app.extensions["database"].engine
    levels: list[str] = []

    @event.listens_for(engine, "commit")
    def look(connection: Connection) -> None:
        if engine.dialect.name == "sqlite":
            levels.append({1: "NORMAL", 2: "FULL"}[connection.exec_driver_sql("PRAGMA synchronous").scalar()])

    @event.listens_for(engine, "before_cursor_execute")
    def listen(_connection: Connection, _cursor: object, statement: str, *_more: object) -> None:
        # What an operator of PostgreSQL has chosen stands.
        assert engine.dialect.name == "sqlite" or "synchronous" not in statement

    def stored_by(path: str, **fields: object) -> set[str]:
        levels.clear()
        assert resident.post(path, fields).status_code in {200, 303}
        return set(levels)

    draft, acknowledged = ({"NORMAL"}, {"FULL"}) if engine.dialect.name == "sqlite" else (set(), set())
    resident.get("/report")
    assert stored_by("/report") == draft
    for path, fields in {
        "/report/1": {"kind": "asb"},
        "/report/2": {"narrative": CANARY},
        "/report/4": {"street": "half a na", "switch": "ur"},
    }.items():
        resident.get(path)
        assert stored_by(path, **fields) == draft, path
    resident.get("/report/check")
    assert stored_by("/report/check", open_words="y") == acknowledged
    assert resident.follow().status_code == 200
    assert stored_by("/report/sent") == acknowledged
    resident.get("/report")
    assert stored_by("/report") == draft
    assert stored_by("/leave") == acknowledged


def test_a_connection_that_kept_a_draft_stores_a_report_as_safely_as_any(app: Flask) -> None:
    with app.app_context():
        if not app.extensions["database"].is_sqlite:
            with transaction(durable=False) as db:  # it is a right to be quick, not an order
                assert db.scalar(text("SHOW synchronous_commit")) == session.scalar(text("SHOW synchronous_commit"))
            return
        for durable in (False, True, False, True, True):
            with transaction(durable=durable) as db:
                assert db.scalar(text("PRAGMA synchronous")) == (2 if durable else 1)
        with transaction(durable=False):
            pass
        assert session.scalar(text("PRAGMA synchronous")) == 2
