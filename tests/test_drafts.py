"""The draft: what was typed lies sealed under a key that only the visitor's cookie holds, for an hour at most."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Connection, event, func, select, text

from portal import disk
from portal.db import session, transaction, utcnow
from portal.reporting.pages.steps import MAX_STEPS
from portal.reporting.questions.asked import QUESTIONS
from portal.server import health, worker
from portal.vault import drafts
from portal.vault.drafts import Purpose, SealedDraft, find_draft, new_draft
from tests.support.loot import shapes, spellings, stolen
from tests.support.people import Resident
from tests.support.sending import send_report
from tests.support.surveying import ANSWERS, begin_survey, open_survey

CANARY = "کل رات انہوں نے ہماری دہلیز پر لکھا canary-narrative-7431"


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
    resident.get("/report/files")
    resident.post("/report/files", narrative=CANARY)
    resident.get("/report/4")
    resident.post("/report/4", street="canary-street-9182", switch="ur")
    return resident


def test_nothing_that_was_typed_can_be_read_in_what_is_stored(midway: Resident, app: Flask) -> None:
    midway.get("/report/files")
    midway.see("canary-narrative-7431")
    loot = stolen(app)
    assert b"report" in loot  # the purpose lies in the clear: the search does find what is there
    for canary in (CANARY, "canary-narrative", "canary-street", "دہلیز"):
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
    midway.get("/report/files")
    midway.see("canary-narrative-7431")
    minutes_pass(app, 1.1)
    for path in ("/report/files", "/report/check"):
        assert midway.get(path).status_code == 410
        midway.see("Your report has been cleared")
        midway.not_see("canary-narrative-7431")


def test_each_answer_gives_another_sixty_minutes(midway: Resident, app: Flask) -> None:
    for _ in range(3):
        minutes_pass(app, 50)
        midway.get("/report/3")
        midway.post("/report/3", when="today")
        assert midway.follow().status_code == 200
    midway.get("/report/files")
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


# Bytes of the largest draft: every box of a report filled to its limit with the longest letters, and of a survey.
MAX_DRAFT_SIZE = 64 * 1024
LONGEST = "\U0001f600"


@pytest.mark.same_on_both
def test_a_draft_holds_no_more_than_its_boxes_take_whatever_is_posted(resident: Resident, app: Flask) -> None:
    resident.get("/report")
    resident.post("/report")
    resident.get("/report/files")
    token = resident._hidden("/report/files")["csrf_token"]
    limits = {"narrative": 4_000, "written_place": 100, "street": 200, "at": 20, "exact-day": 200, "exact-year": 200}
    limits |= {f"written_{box.code}": box.limit for page in QUESTIONS.values() for box in page.questions if box.limit}
    longest = {name: LONGEST * limit for name, limit in limits.items()}
    largest = 0
    for number in range(1, MAX_STEPS):
        page = resident.client.get(f"/report/{number}", follow_redirects=True)
        names = set(re.findall(r' name="([^"]+)"', page.text)) if page.status_code == 200 else set()
        much = "x" * (200_000 // (2 * len(names) + 2))
        junk = {name: [much, f"y{much}"] for name in (names - {"question"}) | {"made_up"}}
        boxes = {name: text for name, text in longest.items() if name in names}
        for fields in (boxes, {"kind": "hate", "ways": "phone"} | boxes | {"switch": "ur"}, junk | {"switch": "ur"}):
            resident.client.post(page.request.path, data={**fields, "csrf_token": token})
            largest = max(largest, *(len(row.sealed) for row in rows(app)))
    assert 2 * len(LONGEST.encode()) * 4_000 < largest < MAX_DRAFT_SIZE


@pytest.mark.same_on_both
def test_a_draft_of_a_survey_holds_no_more_than_its_boxes_take(resident: Resident, app: Flask) -> None:
    open_survey(app)
    begin_survey(resident)
    largest = 0
    for number in range(1, 8):
        path = f"/surveys/every-type/{number}"
        resident.get(path)
        names = set(re.findall(r'name="((?:answer|written)_\w+)"', resident.page))
        token = resident._hidden(path)["csrf_token"]
        for name in names:
            for typed in (LONGEST * 4_000, LONGEST * 200, [f"{n}{3_900 * 'z'}" for n in range(60)]):
                resident.client.post(path, data={name: typed, "csrf_token": token, "switch": "ur"})
                largest = max(largest, *(len(row.sealed) for row in rows(app)))
        resident.client.post(path, data=ANSWERS.get(number, {}) | {"csrf_token": token})
    assert len(LONGEST.encode()) * 4_000 < largest < 20 * 1024


@pytest.mark.same_on_both
def test_what_a_box_does_not_take_is_not_kept_in_a_draft(resident: Resident, app: Flask) -> None:
    resident.get("/report")
    resident.post("/report")
    resident.get("/report/1")
    resident.post("/report/1", kind="x" * 5_000, other="y" * 5_000, switch="ur")
    (row,) = rows(app)
    assert len(row.sealed) < 2_048


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("number", "box", "length"), [("files", "narrative", 4_600), (3, "exact-year", 300), (4, "street", 260)]
)
def test_a_text_that_is_too_long_is_still_there_in_the_other_language(
    resident: Resident, app: Flask, number: object, box: str, length: int
) -> None:
    """It is not kept, so it is not cut either: the page comes back at once, with what was typed and how much is too much."""
    resident.get("/report")
    resident.post("/report")
    typed = "ab" * (length // 2)
    resident.get(f"/report/{number}")
    resident.post(f"/ur/report/{number}", {box: typed, "csrf_token": resident._hidden("/x")["csrf_token"]}, switch="ur")
    assert resident.response
    assert resident.response.status_code == 200
    assert 'lang="ur"' in resident.page
    assert typed in resident.page
    assert max(len(row.sealed) for row in rows(app)) < 2_048


@pytest.mark.same_on_both
def test_a_message_that_is_too_long_is_still_there_in_the_other_language(resident: Resident, app: Flask) -> None:
    digits = send_report(resident)
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    size = max(len(row.sealed) for row in rows(app))
    typed = "ab" * 2_300
    resident.post("/return/report", message=typed, switch="ur")
    assert resident.response
    assert resident.response.status_code == 200
    assert typed in resident.page
    assert max(len(row.sealed) for row in rows(app)) == size
    resident.get("/return/read-aloud")
    resident.post("/return/read-aloud", language="x" * 5_000, other=typed, switch="ur")
    assert typed in resident.page
    assert max(len(row.sealed) for row in rows(app)) == size


def test_many_drafts_that_have_passed_their_hour_are_deleted_a_few_at_a_time(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "SWEPT_AT_ONCE", 10_000)
    swept: list[int] = []
    sweep = drafts._sweep
    monkeypatch.setattr(drafts, "_sweep", lambda ids: (swept.append(len(ids)), sweep(ids)))
    with app.app_context():
        with transaction() as db:
            for number in range(25):
                new_draft(Purpose.REPORT, {"x": "x" * 3_000}).save(db, idle=timedelta(minutes=-1 if number else 9))
        worker.tidy()
    assert swept == [4] * 6
    assert kept(app) == 1


def test_where_the_disk_is_nearly_full_nothing_new_is_begun_and_what_has_begun_is_sent(
    midway: Resident, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_survey(app)
    monkeypatch.setattr(disk, "MIN_FREE_FOR_DRAFTS", 2**60)
    monkeypatch.setattr(disk, "MIN_SHARE_FOR_DRAFTS", 2.0)
    monkeypatch.setattr(disk, "RESERVE_SIZE", 2**60)
    late = app.test_client()
    for path in ("/report", "/surveys/every-type"):
        token = re.search(r'name="csrf_token" value="([^"]+)"', late.get(path).text)
        assert token
        answer = late.post(path, data={"csrf_token": token[1]})
        assert answer.status_code == 503
        assert "We cannot take anything new just now" in answer.text
        assert "Nothing that you sent is lost." in answer.text
    midway.get("/report/files")
    midway.post("/report/files", narrative=CANARY)
    midway.get("/report/check")
    midway.post("/report/check")
    midway.follow()
    midway.see("receipt")
    with app.app_context():
        assert disk.warnings()[0].endswith("nobody can begin a report or add files until there is room.")
        said = disk.warnings()[0].split(" free in ")[1]  # another megabyte is taken meanwhile
        assert any(line.endswith(said) for line in health.problems())
    monkeypatch.undo()
    assert late.post("/report", data={"csrf_token": token[1]}).status_code == 303


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
        "/report/files": {"narrative": CANARY},
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
            session.scalars(text("SELECT 1")).all()  # what only reads asks for nothing and changes nothing
