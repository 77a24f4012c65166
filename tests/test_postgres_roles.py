"""On PostgreSQL the pages and the worker have a role that writes rows and makes no tables: with it they do all that they do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ProgrammingError

from portal import audit, create_app, migrations, package_data, sample
from portal.db import Base, session
from portal.server import backup, cli_backup, health, retention, worker
from portal.vault import rotation, streams
from tests.conftest import CHEAP_PASSWORDS
from tests.support import postgres
from tests.support.people import Officer, Resident
from tests.support.pictures import begin, choose, photo

PAGES_OF_A_KIND = 1
DIFFERS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+|(?<=[?&])\w+=[^&]*")


@dataclass
class Roles:
    """The roles of deploy/roles.sql under names of this test's own: those of a server hold for all its databases."""

    server: postgres.Server
    url: str
    prefix: str

    def address(self, role: str = "") -> str:
        found = make_url(self.url).set(
            username=self.prefix + role, password="words" if self.server.url.password else None
        )
        return found.render_as_string(hide_password=False)

    def plain(self, role: str = "") -> str:
        return self.address(role).replace("+psycopg", "")

    def run_file(self) -> None:
        written = (package_data.folder("deploy") / "roles.sql").read_text(encoding="utf-8")
        statements = re.sub(r"\bportal(_owner|_reader)?\b", rf"{self.prefix}\1", written)
        with psycopg.connect(self.url.replace("+psycopg", "")) as connection:
            connection.execute(statements)


@pytest.fixture
def roles(postgres_server: postgres.Server, tmp_path: Path) -> Iterator[Roles]:
    """A database made as docs/operate.md says: roles, tables by their owner, and the roles again as after an upgrade."""
    name = f"portal_test_{uuid.uuid4().hex}"
    made = Roles(postgres_server, postgres_server.create(name), f"pages_{uuid.uuid4().hex[:12]}")
    made.run_file()
    with psycopg.connect(made.url.replace("+psycopg", ""), autocommit=True) as connection:
        for role in ("", "_owner", "_reader"):
            connection.execute(f"ALTER ROLE {made.prefix}{role} PASSWORD 'words'")
    owner = create_app(data=tmp_path / "data", database_url=made.address("_owner"), testing=True, **CHEAP_PASSWORDS)
    migrations.migrate(owner.extensions["database"].engine)
    owner.extensions["database"].engine.dispose()
    made.run_file()
    yield made
    postgres_server.drop(name)
    with psycopg.connect(
        postgres_server.url.set(drivername="postgresql").render_as_string(hide_password=False)
    ) as connection:
        for role in ("", "_owner", "_reader"):
            connection.execute(f"DROP ROLE {made.prefix}{role}")


@pytest.fixture
def served(roles: Roles, tmp_path: Path) -> Iterator[Flask]:
    """The portal under the role of the pages. What is refused to it fails the test, also where a page would make do."""
    _private, public = streams.new_key_pair()
    app = create_app(
        data=tmp_path / "data", database_url=roles.address(), backup_key=public, testing=True, **CHEAP_PASSWORDS
    )
    refused: list[str] = []

    def note(context: ExceptionContext) -> None:
        if isinstance(context.original_exception, psycopg.errors.InsufficientPrivilege):
            refused.append(f"{context.original_exception}: {context.statement}")

    for engine in (app.extensions["database"].engine, app.extensions["database"].beside):
        event.listen(engine, "handle_error", note)
    yield app
    app.extensions["database"].engine.dispose()
    assert not refused


def test_a_migration_under_the_role_of_the_pages_is_refused_in_one_sentence(roles: Roles, tmp_path: Path) -> None:
    with psycopg.connect(roles.plain("_owner"), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    roles.run_file()
    ended = subprocess.run(
        [sys.executable, "-m", "portal", "migrate"],
        env={**os.environ, "PORTAL_DATA": str(tmp_path / "new"), "PORTAL_DATABASE_URL": roles.address()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "work as the owner of the tables" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def walk(person: Resident, start: str, is_wanted: Callable[[str], bool]) -> int:
    """Every page that links lead to from `start`, a few of each kind; how many were opened."""
    waiting, seen, of_a_kind = [start], {start}, dict[str, int]()
    opened = 0
    while waiting:
        path = waiting.pop(0)
        answer = person.get(path)
        opened += 1
        if answer.location and is_wanted(urlsplit(answer.location).path):
            waiting.append(answer.location)
        for found in re.findall(r'href="([^"#]+)', person.page):
            target = urlsplit(urljoin(path, found.replace("&amp;", "&")))
            address = target.path + (f"?{target.query}" if target.query else "")
            kind = DIFFERS.sub("", address)
            if target.netloc or address in seen or not is_wanted(address) or of_a_kind.get(kind, 0) >= PAGES_OF_A_KIND:
                continue
            seen.add(address)
            of_a_kind[kind] = of_a_kind.get(kind, 0) + 1
            waiting.append(address)
    return opened


def is_public(address: str) -> bool:
    return not re.match(r"/(staff|report|return|static|leave|ur|pl|ro|large)\b", address)


@pytest.mark.dear
def test_under_the_role_of_the_pages_every_page_every_duty_and_every_backup_is_done(
    served: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with served.app_context():
        list(sample.fill(again=True))
    resident = Resident(served.test_client())
    begin(resident)
    choose(resident, (photo(), "front door.jpg"))
    assert walk(resident, "/", is_public) > 50
    data: Path = served.extensions["settings"].data
    known = json.loads((data / "secrets" / sample.SIGN_IN).read_text(encoding="utf-8"))
    for one in known["officers"]:
        person = Officer(served.test_client(), one["name"], one["totp"])
        person.password = person.passphrase = one["password"]
        person.come_to_work()
        assert walk(person, "/staff", lambda path: path.startswith("/staff")) > 2, one["name"]
    with served.app_context():
        shift = worker.Shift()
        worker.look_once(shift)
        assert shift.scattered_on
        assert backup.back_up_to_folder(tmp_path / "kept").path
        assert cli_backup._rehearse() >= 0
        list(retention.foretell())
        assert not list(audit.broken_links())
        health.problems(live=True)
        session.rollback()
        list(rotation.rotate("asb_team", known["recovery"]))
        worker.scatter()
    assert "the worker failed at" not in caplog.text


def test_the_role_of_the_pages_makes_changes_and_drops_no_table_and_a_reader_reads_no_report(roles: Roles) -> None:
    with psycopg.connect(roles.plain(), autocommit=True) as pages:
        for words in (
            "CREATE TABLE own (id int)",
            "CREATE TEMPORARY TABLE own (id int)",
            "ALTER TABLE report ADD COLUMN own int",
            "DROP TABLE report",
            "TRUNCATE report",
            "UPDATE alembic_version SET version_num = 'own'",
            "CREATE FUNCTION own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE TRIGGER own BEFORE INSERT ON report FOR EACH ROW EXECUTE FUNCTION own()",
            "SET ROLE " + roles.prefix + "_owner",
        ):
            with pytest.raises(psycopg.Error) as refused:
                pages.execute(words)
            assert isinstance(refused.value, psycopg.errors.InsufficientPrivilege), words
        with pytest.raises(psycopg.Error):
            pages.execute("SELECT rewrite_in_key_order('report USING pk_report; DROP TABLE report; --')")
        assert pages.execute("SELECT count(*) FROM report").fetchone() == (0,)
    reader = create_app(
        database_url=roles.address("_reader") + ("&" if "?" in roles.url else "?") + "target_session_attrs=any",
        testing=True,
    )
    sealed = {
        table.name for table in Base.metadata.sorted_tables if {"sealed", "sealed_key", "wrapped"} & {*table.c.keys()}
    }
    assert "report_part" in sealed
    engine = reader.extensions["database"].engine
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM event")) == 0
        connection.rollback()
        for table in (worker.KEYS_OF_ORDERED_TABLES.keys() - COUNTS) | sealed | {"staff_member", "vault"}:
            with pytest.raises(
                ProgrammingError, match=f"permission denied for table {table}$|permission denied for table {table}\n"
            ):
                connection.execute(text(f"SELECT 1 FROM {table}"))
            connection.rollback()
        with pytest.raises(Exception, match=r"read-only|permission denied"):
            connection.execute(text("DELETE FROM event"))
    engine.dispose()


# Numbers that belong to nobody, some of which public pages show.
COUNTS = {
    "ended_count", "equality_count", "invitation_count", "occasion_count", "report_count", "unsafe_place_count", "wave_count",
    "wave_look",
}  # fmt: skip
