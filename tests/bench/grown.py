"""A portal that has grown for years: so many reports really sealed, answers, events and entries of the audit log."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice, product
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, insert, select, text, update

from portal import audit, create_app, migrations
from portal.audit import Action, AuditEntry, AuditHead
from portal.db import Base, database, random_id, session, today, transaction, upsert, utcnow
from portal.events.models import Event, EventKind, EventState, EventWords, ForWhom, Occurrence
from portal.events.searching import searchable
from portal.partnership.file import current_partnership
from portal.reporting.count_models import ReportCount
from portal.reporting.models import Clock, Message, Report, State
from portal.sample import TEAMS
from portal.sample.surveys import LANGUAGES, POPULATION, SURVEY, add_surveys
from portal.staff import accounts
from portal.staff.models import Role
from portal.surveys.models import SampleType, Survey, SurveyResponse, SurveyVersion, Wave, WaveState
from portal.surveys.waves import close_wave, open_wave
from portal.vault import keyholders, streams
from portal.vault.keyholders import Mode
from tests.support.flooding import store_many
from tests.support.people import Officer

# What Milton Keynes is taken for: some years of reports that are kept, one wave's answers, some years of events.
REPORTS, ANSWERS, EVENTS, ACTS = 1000, 10_000, 1000, 5000
# One in so many is still open; the others came and were closed in these years.
OPEN_OF, YEARS = 10, 6
CLOSED_AFTER = timedelta(days=9)
# One event in so many is still to come, within half a year.
COMING_OF = 5
LOT = 1000
WORDS = "Practise English with friendly volunteers. All levels are welcome. " * 4
NAME, PASSWORD = "amina", "a password of the measuring"
CHEAP = {"password_ops": 1, "password_memory": 8192}


@dataclass(frozen=True)
class Grown:
    """The app, somebody at work in it whom every door opens to, and the private key of its backups."""

    app: Flask
    officer: Officer
    private: bytes


@contextmanager
def begun(data: Path, database_url: str | None = None) -> Iterator[Grown]:
    """A portal with its questionnaires and their releases, and nothing else yet."""
    private, public = streams.new_key_pair()
    app = create_app(
        data=data, database_url=database_url or f"sqlite:///{data / 'portal.db'}", backup_key=public, **CHEAP
    )
    engine = app.extensions["database"].engine
    try:
        migrations.migrate(engine)
        with app.app_context():
            with transaction() as db:
                recovery = keyholders.create_vault(db, Mode.DEMONSTRATION, TEAMS)
            held = keyholders.open_recovery(recovery)
            roles = (Role.OFFICER, Role.SURVEY_MANAGER, Role.ANALYST, Role.CALENDAR_EDITOR)
            with transaction() as db:
                secret = accounts.add_staff(db, NAME, "Amina K.", roles, PASSWORD, PASSWORD, TEAMS, held)
            add_surveys(NAME, held)
        officer = Officer(app.test_client(), NAME, secret)
        officer.password = officer.passphrase = PASSWORD
        officer.come_to_work()
        yield Grown(app, officer, streams.read_private(private))
    finally:
        engine.dispose()


def grow(app: Flask, before: int, times: int) -> uuid.UUID:
    """From so many times Milton Keynes to so many; gives the open wave, which holds all of its answers anew."""
    more = times - before
    with app.app_context():
        if database().is_sqlite:
            with transaction() as db:
                db.connection().exec_driver_sql("PRAGMA cache_size=-200000")
        _add_reports(REPORTS * more)
        _add_events(EVENTS * more)
        _add_acts(ACTS * more)
        wave_id = _add_wave(ANSWERS * times)
        with database().engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # As PostgreSQL does by itself in a quiet minute; SQLite is never told.
            if not database().is_sqlite:
                connection.execute(text("VACUUM ANALYZE"))
    return wave_id


def _add_reports(count: int) -> None:
    still_open = count // OPEN_OF
    store_many(still_open)
    closed = count - still_open
    lot = max(1, min(LOT, closed // 50))
    lots = [min(lot, closed - first) for first in range(0, closed, lot)]
    for number, size in enumerate(lots):
        day = today() - timedelta(days=61 + number * 365 * YEARS // len(lots))
        ids = store_many(size, state=State.CLOSED, day=day)
        with transaction() as db:
            db.execute(update(Report).where(Report.id.in_(ids)).values(closed_on=day + CLOSED_AFTER))
            db.execute(
                update(Clock).where(Clock.report_id.in_(ids)).values(met_on=day + timedelta(days=1), paused_on=None)
            )
            db.execute(update(Message).where(Message.report_id.in_(ids)).values(seen=True))
            _count(db, day, size)


def _count(db: Any, day: date, size: int) -> None:
    """In every area the kinds, as many as came; there are never more rows than months, areas and answers."""
    groups = [group.code for group in current_partnership().places.groups]
    for group, kind in product(groups, ("asb", "hate")):
        key = {"month": day.replace(day=1), "place_group": group, "question": "kind", "answer": kind}
        times = max(1, size // (2 * len(groups)))
        upsert(db, ReportCount, key, {"times": times}, add={"times": times})


def _add_events(count: int) -> None:
    here = current_partnership().places
    parishes = [parish.code for parish in here.parishes if not parish.retired]
    priorities = [priority.code for priority in current_partnership().priorities]
    now = utcnow().replace(second=0, microsecond=0)
    coming = count // COMING_OF
    for first in range(0, count, LOT):
        rows: dict[type[Base], list[dict[str, Any]]] = {Event: [], Occurrence: [], EventWords: []}
        for number in range(first, min(count, first + LOT)):
            away = (
                timedelta(minutes=60 + number * 182 * 1440 // coming)
                if number < coming
                else -timedelta(minutes=180 + (number - coming) * YEARS * 365 * 1440 // (count - coming))
            )
            starts_at, event_id = now + away, random_id()
            ends_at = starts_at + timedelta(hours=2)
            rows[Event].append(
                {
                    "id": event_id, "state": EventState.PUBLISHED, "starts_at": starts_at, "ends_at": ends_at,
                    "venue": "Bletchley Library", "address": "Westfield Road", "place_geography": here.geography,
                    "place_version": here.version, "place_code": parishes[number % len(parishes)],
                    "organiser": "The library", "contact": "01908 123456", "web_address": "",
                    "cost": "" if number % 4 else "£2", "languages": ["en", "ur"] if number % 3 else ["en"],
                    "kind": list(EventKind)[number % len(EventKind)], "for_whom": list(islice(ForWhom, number % 3)),
                    "priorities": [priorities[number % len(priorities)]], "awareness": [],
                    "access": {"step_free": "yes" if number % 2 else "no"}, "sequence": 1,
                }
            )  # fmt: skip
            rows[Occurrence].append(
                {"event_id": event_id, "planned_on": starts_at.date(), "starts_at": starts_at, "ends_at": ends_at}
            )
            rows[EventWords].append(
                {
                    "event_id": event_id, "language": "en", "version": 1, "title": f"Conversation {number}",
                    "description": f"<p>{WORDS}</p>", "typed": WORDS,
                    "searched": searchable([f"Conversation {number}", WORDS]), "written_by": "bench",
                }
            )  # fmt: skip
        with transaction() as db:
            for model, added in rows.items():
                db.execute(insert(model), added)


def _add_acts(count: int) -> None:
    """Entries of the audit log, chained as all are."""
    ids = [random_id().hex for _number in range(1000)]
    for first in range(0, count, LOT):
        with transaction() as db:
            head = db.get_one(AuditHead, 1, with_for_update=True)
            rows = []
            for number in range(first, min(count, first + LOT)):
                subject = ids[number % len(ids)]
                entry = AuditEntry(
                    id=head.last_id + 1, at=utcnow(), actor=NAME, action=Action.OPENED_REPORT, subject=subject
                )
                entry.hash = head.hash = audit._link(head.hash, entry)
                head.last_id = entry.id
                rows.append(
                    {
                        "id": entry.id,
                        "at": entry.at,
                        "actor": NAME,
                        "action": entry.action,
                        "subject": subject,
                        "hash": entry.hash,
                    }
                )
            db.execute(insert(AuditEntry), rows)


def _add_wave(size: int) -> uuid.UUID:
    """Real answers of the sample copied under new ids: what was ticked is not sealed, so a copy is as dear as another."""
    with transaction() as db:
        survey = select(Survey.id).where(Survey.code == SURVEY).scalar_subquery()
        wave = db.scalar(select(Wave).where(Wave.survey_id == survey, Wave.state == WaveState.OPEN))
        if wave is not None:
            close_wave(db, wave.id)
        version = db.scalars(
            select(SurveyVersion).where(SurveyVersion.survey_id == survey).order_by(SurveyVersion.number.desc())
        ).first()
        assert version
        wave = open_wave(
            db, version, today(), today() + timedelta(days=28), SampleType.OPEN_LINK, POPULATION, LANGUAGES
        )
        db.flush()
        there = db.scalar(
            select(func.count()).select_from(SurveyResponse).where(SurveyResponse.version_id == version.id)
        )
        new_id = "randomblob(16)" if database().is_sqlite else "uuid_send(gen_random_uuid())"
        sample = (
            "SELECT version_id, language, flagged, mode, signals, answers FROM survey_response "
            "WHERE version_id = :version AND wave_id != :wave LIMIT 500"
        )
        copies = (
            "WITH RECURSIVE turn(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM turn WHERE n < :turns) "
            "INSERT INTO survey_response (id, wave_id, version_id, language, flagged, mode, signals, answers) "
            f"SELECT {new_id}, :wave, s.version_id, s.language, s.flagged, s.mode, s.signals, s.answers "
            f"FROM turn CROSS JOIN ({sample}) AS s"
        )
        assert there
        assert there >= 500
        db.execute(text(copies), {"version": version.id.bytes, "wave": wave.id.bytes, "turns": size // 500})
        return wave.id


def some_report(seed: int = 2021) -> uuid.UUID:
    """One of those that are open."""
    return random.Random(seed).choice(list(session.scalars(select(Report.id).where(Report.state == State.NEW))))
