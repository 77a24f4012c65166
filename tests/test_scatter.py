"""Who wrote before whom: neither a row's place in the files nor its transaction number tells it."""

from __future__ import annotations

import importlib
import random
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, time
from pathlib import Path
from time import monotonic

import pytest
from flask import Flask
from sqlalchemy import text

from portal import create_app
from portal.db import LOCAL_TIME, Base, database, session, today, transaction
from portal.reporting.models import State
from portal.reporting.storing import TEAMS, store_report
from portal.server import postgres_rewriting, worker
from portal.vault import keyholders
from portal.vault.keyholders import Mode
from portal.vault.receipts import ReceiptKeys
from tests.conftest import CHEAP_PASSWORDS
from tests.support import postgres
from tests.test_db import in_threads

REPORTS = 200
SEED = 1
# Tables of which a row comes with each report, and the column that says with which.
OF_A_REPORT = {"report": "id", "report_part": "report_id", "message": "report_id", "key_grant": "content_id"}
WITH_LONG_TEXTS = {"report_part", "message"}
# What residents' doings leave; the rest is about staff, who are named in the audit log anyway.
ABOUT_RESIDENTS = {
    "case_review", "case_review_message", "case_review_part", "case_review_used_receipt",
    "case_note", "case_review_minutes", "case_review_panel", "case_review_panel_member", "case_review_panel_words",
    "case_review_policing_body_look", "case_review_recommendation", "case_task", "clock", "deleted_report", "deletion_request", "draft", "earlier_owner", "ended_count", "equality_count", "event_help_count", "event_help_message", "event_help_request", "event_outcome", "event_proposal", "event_proposal_message", "event_proposal_picture", "evidence_chunk", "evidence_file", "hand_over",
    "invitation_code", "invitation_count", "key_grant", "legal_hold", "limit_count", "listed_deletion", "marac_action", "marac_case", "marac_item", "marac_knowledge", "marac_minutes", "message", "nudge", "occasion_count", "outbox_mail", "paper_entry", "queue_index", "referral", "report", "report_contact", "report_count",
    "report_part", "saved_answers", "second_look",
    "survey_response", "translation", "unsafe_place_count", "wave_count", "wave_look", "written_answer",
}  # fmt: skip


@pytest.fixture
def postgres_app(postgres_server: postgres.Server, postgres_template: str, tmp_path: Path) -> Iterator[Flask]:
    name = f"portal_test_{uuid.uuid4().hex}"
    url = postgres_server.create(name, postgres_template)
    app = create_app(data=tmp_path, database_url=url, testing=True, **CHEAP_PASSWORDS)
    yield app
    app.extensions["database"].engine.dispose()
    postgres_server.drop(name)


def send(number: int) -> uuid.UUID:
    """One report in a transaction of its own, as a resident sends it; derived keys would take a minute."""
    answers = {
        "kind": {"kind": ("hate", "asb", "not_sure")[number % 3]},
        "narrative": {"narrative": f"report {number}"},
        "where": {"place": "e-fishermead"},
        "check": {"open_words": True},
    }
    keys = ReceiptKeys(random.randbytes(32), random.randbytes(32))
    with transaction() as db:
        return store_report(db, {"token": uuid.uuid4().hex, "answers": answers}, keys, "en", State.NEW, today()).id


def in_file_order(table: str) -> list[tuple[bytes, int]]:
    """(which report, transaction number) of every row as a thief finds them in the file."""
    column = OF_A_REPORT[table]
    found = session.execute(text(f"SELECT {column}, xmin::text::bigint FROM {table} ORDER BY ctid"))
    return [(bytes(key), number) for key, number in found]


def rank_correlation(values: list[float], others: list[float]) -> float:
    """Spearman's rho; equal values share their rank, and where all are equal there is none to speak of."""

    def ranks(of: list[float]) -> list[float]:
        order = sorted(of)
        first = {value: order.index(value) for value in set(of)}
        return [first[value] + (order.count(value) - 1) / 2 for value in of]

    one, other = ranks(values), ranks(others)
    mean = (len(one) - 1) / 2
    spread = (sum((a - mean) ** 2 for a in one) * sum((b - mean) ** 2 for b in other)) ** 0.5
    return sum((a - mean) * (b - mean) for a, b in zip(one, other, strict=True)) / spread if spread else 0.0


def long_texts(table: str) -> list[tuple[bytes, int]]:
    """(which report, number) of every sealed text that PostgreSQL keeps apart: it numbers them upwards."""
    apart = session.scalar(text(f"SELECT reltoastrelid::regclass::text FROM pg_class WHERE oid = '{table}'::regclass"))
    found = session.execute(
        text(
            f"SELECT report_id, chunk_id::bigint FROM {table} JOIN {apart}"
            " ON chunk_seq = 0 AND chunk_data = substr(sealed, 1, length(chunk_data))"
        )
    )
    return [(bytes(key), number) for key, number in found]


def correlations(table: str, came: dict[bytes, int]) -> tuple[float, ...]:
    """How much the place in the file, the transaction number and a long text's number tell of the order in which reports came."""
    rows = [(came[key], number) for key, number in in_file_order(table) if key in came]
    order = [float(number) for number, _ in rows]
    assert len(rows) >= REPORTS
    told = [
        rank_correlation(order, [float(place) for place in range(len(rows))]),
        rank_correlation(order, [float(number) for _, number in rows]),
    ]
    if table in WITH_LONG_TEXTS:
        apart = [(float(came[key]), float(number)) for key, number in long_texts(table) if key in came]
        assert len(apart) >= REPORTS
        told.append(rank_correlation([one for one, _ in apart], [number for _, number in apart]))
    return tuple(told)


@pytest.fixture
def seeded_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same ids in every run: two hundred drawn afresh lie in order by 0.2 or more once in two hundred measures."""
    drawn = random.Random(SEED)
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=drawn.getrandbits(128), version=4))


@pytest.fixture
def came(postgres_app: Flask, seeded_ids: None) -> dict[bytes, int]:
    """Two hundred reports, and the order in which they came."""
    with postgres_app.app_context():
        with transaction() as db:
            keyholders.create_vault(db, Mode.DEMONSTRATION, TEAMS)
        return {send(number).bytes: number for number in range(REPORTS)}


@pytest.mark.dear
def test_after_the_nightly_scatter_no_table_tells_in_which_order_reports_came(
    postgres_app: Flask, came: dict[bytes, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_rewriting, "ROWS_AT_ONCE", 60)
    with postgres_app.app_context():
        before = {table: correlations(table, came) for table in OF_A_REPORT}
        assert min(min(pair) for pair in before.values()) > 0.9, "the measure finds the order while it is there"
        worker.scatter()
        for table in OF_A_REPORT:
            assert max(map(abs, correlations(table, came))) < 0.2, table


@pytest.mark.dear
def test_scattering_again_and_with_newer_reports_hides_those_too(postgres_app: Flask, came: dict[bytes, int]) -> None:
    with postgres_app.app_context():
        worker.scatter()
        came |= {send(number).bytes: number for number in range(REPORTS, 2 * REPORTS)}
        assert correlations("report", came)[1] > 0.5
        worker.scatter()
        for table in OF_A_REPORT:
            assert max(map(abs, correlations(table, came))) < 0.2, table
            rows = in_file_order(table)
            assert len({number for _, number in rows}) == -(-len(rows) // postgres_rewriting.ROWS_AT_ONCE)


@pytest.mark.dear
def test_no_old_copy_of_a_row_stays_in_the_file(postgres_app: Flask, came: dict[bytes, int]) -> None:
    with postgres_app.app_context():
        worker.scatter()
        session.execute(text("ANALYZE report_part"))
        pages = session.scalar(text("SELECT pg_relation_size('report') / current_setting('block_size')::int"))
        rows = session.scalar(text("SELECT max((ctid::text::point)[0]) FROM report"))
        assert pages == rows + 1
        first = session.scalar(text("SELECT min((ctid::text::point)[0]) FROM report"))
        assert first == 0


@pytest.mark.dear
def test_scattering_loses_and_changes_nothing_while_residents_write(
    postgres_app: Flask, came: dict[bytes, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_rewriting, "ROWS_AT_ONCE", 60)

    def everything() -> dict[str, list[tuple[object, ...]]]:
        return {
            table: sorted(map(repr, session.execute(text(f"SELECT * FROM {table}")).all()))  # type: ignore[misc]
            for table in (*OF_A_REPORT, "report_count")
        }

    with postgres_app.app_context():
        before = everything()
        worker.scatter()
        assert everything() == before
    jobs: Iterator[Callable[[], object]] = iter([worker.scatter] + [lambda: [send(number) for number in range(20)]] * 3)
    in_threads(postgres_app, lambda: next(jobs)(), count=4)
    with postgres_app.app_context():
        assert session.scalar(text("SELECT count(*) FROM report")) == REPORTS + 60


def test_whoever_reads_a_table_for_long_is_waited_for_and_nobody_waits_behind_that(
    postgres_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a backup does, or an export."""
    monkeypatch.setattr(postgres_rewriting, "LOCK_TIMEOUT", 0.02)
    monkeypatch.setattr(postgres_rewriting, "PAUSE", 0.0)
    with postgres_app.app_context():
        with transaction() as db:
            keyholders.create_vault(db, Mode.DEMONSTRATION, TEAMS)
        sent = [send(number) for number in range(3)]
        reader = database().engine.connect()
        reader.execute(text("SET idle_in_transaction_session_timeout = '8s'"))
        reader.execute(text("SELECT count(*) FROM report")).scalar()
        steps, began = worker.scatter_steps(), monotonic()
        for _step in range(len(Base.metadata.tables) + 10):
            next(steps)
        assert monotonic() - began < 8
        assert len({number for _, number in in_file_order("report")}) == 1, "rows are written anew beside who reads"
        sent.append(send(3))
        reader.close()
        list(steps)
        assert [key for key, _ in in_file_order("report")] == sorted(each.bytes for each in sent)


def test_a_large_table_is_left_for_the_night_and_keys_are_not(
    postgres_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_rewriting, "LARGE", 0)
    with postgres_app.app_context():
        with transaction() as db:
            keyholders.create_vault(db, Mode.DEMONSTRATION, TEAMS)
        for number in range(3):
            send(number)

        def numbers(table: str) -> int:
            return len({number for _, number in in_file_order(table)})

        for hour, told_by_reports in ((13, 3), (2, 1)):
            now = datetime.combine(today(), time(hour, 30), LOCAL_TIME)
            monkeypatch.setattr(postgres_rewriting, "utcnow", lambda now=now: now)
            worker.scatter()
            assert (numbers("key_grant"), numbers("report")) == (1, told_by_reports), hour

        send(3)
        file = text("SELECT pg_relation_filenode('report')")
        before = session.scalar(file)
        session.rollback()
        monkeypatch.setattr(postgres_rewriting, "LONGEST", 0.001)
        worker.scatter()
        assert session.scalar(file) == before, "what would take too long is given up"
        assert numbers("report") == 1, "and the rows tell nothing all the same"


def test_every_table_about_residents_has_no_hidden_row_number_on_sqlite(app: Flask) -> None:
    if not app.extensions["database"].is_sqlite:
        with app.app_context():
            files = text("SELECT relname, relfilenode FROM pg_class WHERE relkind = 'r'")
            before = set(session.execute(files))
            worker.scatter()  # on an empty database it is no error either
            left = {name for name, _file in before & set(session.execute(files))}
            assert ABOUT_RESIDENTS & left == {"evidence_chunk"}, "all others are written anew"
        return
    with app.app_context():
        tables = set(session.scalars(text("SELECT name FROM sqlite_schema WHERE type = 'table'")))
        with_rowid = {name for name in tables if _has_rowid(name)}
    assert tables >= ABOUT_RESIDENTS
    assert ABOUT_RESIDENTS & with_rowid == set()
    assert "audit_entry" in with_rowid  # the question does find those that have one


def _has_rowid(table: str) -> bool:
    return bool(session.scalar(text("SELECT wr = 0 FROM pragma_table_list WHERE name = :table"), {"table": table}))


def test_every_table_is_known_to_be_about_residents_or_not() -> None:
    for feature in ("reporting", "surveys", "events", "cohesion", "marac", "staff"):
        importlib.import_module(f"portal.{feature}.models")
    for more in ("portal.staff.export_models", "portal.surveys.definition_models", "portal.surveys.coding_models"):
        importlib.import_module(more)
    for more in ("portal.surveys.paper_models", "portal.cohesion.board_models", "portal.cohesion.finding_models"):
        importlib.import_module(more)
    importlib.import_module("portal.cohesion.activity_models")
    importlib.import_module("portal.case_review.models")
    importlib.import_module("portal.case_review.period_models")
    importlib.import_module("portal.reporting.hold_models")
    importlib.import_module("portal.audit_days")
    importlib.import_module("portal.staff.passkey_models")
    importlib.import_module("portal.profiles.models")
    for more in (
        "proposal_models", "afterwards_models", "help_models", "source_models", "trusted_models", "picture_models",
    ):  # fmt: skip
        importlib.import_module(f"portal.events.{more}")
    about_staff = {
        "audit_checkpoint",
        "audit_day",
        "audit_entry",
        "audit_head",
        "board_report",
        "finding",
        "finding_change",
        "finding_words",
        "keyholder",
        "marac_meeting",  # its day and who agreed it
        "marac_meeting_change",  # when it was to be, and why it is not
        "marac_member",  # who sat at its table
        "marac_quarter",  # numbers that may be told
        "member",
        "membership",
        "organisation_account",  # with which staff sign in
        "planned_activity",  # what partners do, and what came of it
        "problem_profile",  # what staff write of a problem, with counts
        "published_activity",
        "staff_member",
        "staff_role",
        "staff_session",
        "staff_invitation",
        "staff_passkey",
        "staff_passkey_challenge",
        "staff_recovery_code",
        "staff_team_wait",
        "unlock",
        "vault",
    }
    staffs_own_work = {
        "answer_column",
        "archived_survey",
        "awareness_date",
        "case_review_period",  # four numbers that are public
        "coding_frame",
        "coding_part",
        "event",
        "event_occurrence",
        "event_source",  # let through by staff, and what stands in it is public elsewhere
        "event_source_entry",
        "event_picture",
        "event_words",
        "export_chunk",
        "export_job",
        "invitation_batch",
        "kiosk",
        "language_check",
        "offline_key",
        "packed_part",  # a batch of answers in the order of their random ids
        "paper_batch",
        "release",
        "saved_view",
        "limit_key",  # one row an hour, drawn by whoever comes first, and swept with its hour
        "shared_sign",  # what machines tell each other
        "survey",
        "survey_draft",
        "survey_version",
        "trusted_group",
        "wave",
        "wave_packing",
        "wave_version",
    }
    assert Base.metadata.tables.keys() == ABOUT_RESIDENTS | about_staff | staffs_own_work


def test_no_key_of_a_resident_counts_upwards(app: Flask) -> None:
    with app.app_context():
        ids = [send(number).bytes for number in range(100)]
        order = list(map(float, range(100)))
        assert abs(rank_correlation(order, [float(int.from_bytes(one)) for one in ids])) < 0.4
        if app.extensions["database"].is_sqlite:
            # A column that no index has: the table itself is read, in its own order.
            found = [bytes(key) for key, _kind in session.execute(text("SELECT id, kind FROM report NOT INDEXED"))]
            assert found == sorted(ids)
