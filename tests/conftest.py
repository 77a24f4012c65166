"""What every test can ask for: a database of either kind, the app on it, and the people who use it.

Asking for `app`, or for anyone who uses it, runs a test twice with --whole, as `.ci/run` does: on SQLite and on PostgreSQL.
Without it one such test in eight does so, and what is marked `dear` waits for --whole. Browser tests run on SQLite only,
unless they are marked `both_databases`; what hangs on pages and words alone (`same_on_both`) runs on both with --long --whole.
"""

from __future__ import annotations

import gc
import os
import shutil
import socket
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import CodeType
from zlib import crc32

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from portal import create_app, migrations
from portal.db import transaction
from portal.partnership import file
from portal.partnership.file import Partnership
from portal.reporting import suspicion
from portal.reporting.storing import TEAMS
from portal.staff import accounts
from portal.staff.models import Role
from portal.surveys.versions import SURVEY_TEAM
from portal.vault import keyholders, receipts, sealing
from tests.support import postgres
from tests.support.asking import survey_file
from tests.support.browsers import axe, browse, browser, live_server
from tests.support.catalogues import words_of
from tests.support.exporting import published_id, thirteen
from tests.support.people import Officer, Resident

__all__ = ["axe", "browse", "browser", "live_server", "published_id", "survey_file", "thirteen", "words_of"]

# The smallest that Argon2 takes: a test derives many keys, and none of them guards anything.
CHEAP_PASSWORDS = {"password_ops": 1, "password_memory": 8192}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole", action="store_true", help="run what is dear too, and everything on PostgreSQL as well")
    parser.addoption("--long", action="store_true", help="run all that, and what has full figures; -m long: that alone")


def pytest_configure(config: pytest.Config) -> None:
    """The databases of the tests lie in memory where there is room: nothing of them is to outlive a loss of power."""
    memory = postgres.roomy_memory()
    if memory and not os.statvfs(memory).f_flag & os.ST_NOEXEC:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        marked, option = metafunc.definition.get_closest_marker, metafunc.config.getoption
        both = "browser" not in metafunc.fixturenames or marked("both_databases")
        if marked("same_on_both") and not (option("--long") and option("--whole")):
            both = False
        # Picked by its name, so that it is the same few each time, of every part of the portal.
        if not option("--whole") and not option("--long") and crc32(metafunc.definition.nodeid.encode()) % 8:
            both = False
        metafunc.parametrize("database", ["sqlite", "postgresql"] if both else ["sqlite"], indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = set() if config.getoption("--long") else {"long"} if config.getoption("--whole") else {"long", "dear"}
    later = [item for item in items if any(mark.name in left_out for mark in item.iter_markers())]
    if later:
        config.hook.pytest_deselected(items=later)
        items[:] = [item for item in items if item not in set(later)]


def pytest_collection_finish() -> None:
    """What is imported by now stays, and little of what tests leave is garbage: the collector need not look so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.getreports("skipped"))
    for reason, times in reasons.items():
        terminalreporter.write_line(f"{times} skipped: {reason}")
    if reasons and os.environ.get("PORTAL_NO_SKIPS"):
        terminalreporter.write_line("PORTAL_NO_SKIPS is set, so a skipped test fails the run.")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With PORTAL_NO_SKIPS a test that did not run fails the whole run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    not_run = reporter and any(reporter.getreports(state) for state in ("skipped", "xfailed", "xpassed"))
    if os.environ.get("PORTAL_NO_SKIPS") and not_run and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def migrated(url: str, data: Path) -> None:
    engine = create_app(data=data, database_url=url, testing=True).extensions["database"].engine
    migrations.migrate(engine)
    engine.dispose()


@pytest.fixture(scope="session", autouse=True)
def partnership_read_once() -> Iterator[None]:
    """Every test's own app reads the same example: its text is understood once."""
    understood: dict[bytes, Partnership] = {}
    load = file.load

    def load_once(path: Path, check: Callable[[Partnership], None] | None = None) -> Partnership:
        text = path.read_bytes() if path.is_file() else b""
        if text not in understood:
            understood[text] = load(path, check)
        return understood[text]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file, "load", load_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def routes_compiled_once() -> Iterator[None]:
    """Every test's own app has the same routes: what reads and builds a route's addresses is compiled once."""
    compiled: dict[object, dict[str, object]] = {}
    compile_rule = Rule.compile

    def compile_once(rule: Rule) -> None:
        assert rule.map
        key = (rule.rule, rule.subdomain, rule.merge_slashes, rule.map.host_matching, repr(rule.defaults))
        if key not in compiled:
            compile_rule(rule)
            made = ("_parts", "_trace", "_converters", "arguments", "_build", "_build_unknown")
            compiled[key] = {name: getattr(rule, name) for name in made}
        vars(rule).update(compiled[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "compile", compile_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """Every test's own app asks its database the same: each statement is written once for either kind of database."""
    statements: LRUCache[object, object] = LRUCache(2000)
    begin_engine = Engine.__init__

    def share(engine: Engine, *arguments: object, **named: object) -> None:
        begin_engine(engine, *arguments, **named)
        engine._compiled_cache = statements

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "__init__", share)
        # What is written for one is written for all of its kind, whichever engine they belong to.
        patch.setattr(DefaultDialect, "__eq__", lambda one, other: type(one) is type(other))
        patch.setattr(DefaultDialect, "__hash__", lambda one: hash(type(one)))
        yield


stretch_in_full = sealing.stretch


def stretch_cheaply(remembered: str, salt: bytes, *, ops: int, memory: int, size: int = sealing.KEY_SIZE) -> bytes:
    if (ops, memory) == (receipts.OPS, receipts.MEMORY):
        ops, memory = CHEAP_PASSWORDS["password_ops"], CHEAP_PASSWORDS["password_memory"]
    return stretch_in_full(remembered, salt, ops=ops, memory=memory, size=size)


@pytest.fixture(scope="session", autouse=True)
def receipts_derived_cheaply() -> Iterator[None]:
    """What a receipt opens guards nothing here, and every report derives one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "stretch", stretch_cheaply)
        yield


@pytest.fixture
def full_receipts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Receipts derived as outside the tests: asked for where a program that the test starts derives them too."""
    monkeypatch.setattr(sealing, "stretch", stretch_in_full)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests fill in pages faster than people do, and are to pass for people."""
    monkeypatch.setattr(suspicion, "MIN_SECONDS", 0.0)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database to copy: migrating one takes far longer than copying it."""
    folder = tmp_path_factory.mktemp("template")
    migrated(f"sqlite:///{folder / 'portal.db'}", folder)
    return folder / "portal.db"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    if given := os.environ.get("PORTAL_TEST_POSTGRES"):
        with closing(postgres.Server(given)) as server:
            yield server
    elif programs := postgres.newest_programs():
        with postgres.throw_away_server(programs) as server:
            yield server
    else:
        pytest.skip(postgres.HINT)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    name = f"portal_template_{uuid.uuid4().hex}"
    migrated(postgres_server.create(name), tmp_path_factory.mktemp("template"))
    yield name
    postgres_server.drop(name)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database that is this test's own."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "portal.db")
        yield f"sqlite:///{tmp_path / 'portal.db'}"
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    name = f"portal_test_{uuid.uuid4().hex}"
    yield server.create(name, request.getfixturevalue("postgres_template"))
    server.drop(name)


@pytest.fixture
def app_address() -> tuple[str, int]:
    """Where a browser finds the app; known before the app is made, because it writes whole addresses in feeds and mails."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "127.0.0.1", probe.getsockname()[1]


class CompiledTemplates(BytecodeCache):
    """Keeps what templates are compiled to, by their name and their text."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session")
def compiled_templates() -> CompiledTemplates:
    """Templates are compiled once, not again for every test's own app."""
    return CompiledTemplates()


@pytest.fixture
def make_app(
    database: str, tmp_path: Path, app_address: tuple[str, int], compiled_templates: CompiledTemplates
) -> Iterator[Callable[..., Flask]]:
    """Make the app with other settings than usual: `make_app(trusted_proxies=...)`."""
    made: list[Flask] = []

    def make(**settings: object) -> Flask:
        usual = {
            "data": tmp_path / "data",
            "database_url": database,
            "public_url": "http://{}:{}".format(*app_address),
            "testing": True,
            **CHEAP_PASSWORDS,
        }
        app = create_app(**(usual | settings))
        app.jinja_env.bytecode_cache = compiled_templates
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["database"].engine.dispose()


@pytest.fixture
def bare_app(make_app: Callable[..., Flask]) -> Flask:
    """The app before anyone has created its vault."""
    return make_app()


@pytest.fixture
def recovery_key(bare_app: Flask) -> str:
    """The recovery key of the app's vault, which is a demonstration's."""
    with bare_app.app_context(), transaction() as db:
        return keyholders.create_vault(db, keyholders.Mode.DEMONSTRATION, (*TEAMS, SURVEY_TEAM))


@pytest.fixture
def app(bare_app: Flask, recovery_key: str) -> Flask:
    return bare_app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def resident(client: FlaskClient) -> Resident:
    return Resident(client)


@pytest.fixture
def hire(app: Flask, recovery_key: str) -> Callable[..., Officer]:
    """Give someone an account: `hire("fatima", teams=("asb_team",))`. They have not signed in yet."""

    def hire(
        name: str = "sam",
        teams: tuple[str, ...] = TEAMS,
        roles: tuple[Role, ...] = (Role.OFFICER,),
        password: str = Officer.password,
        passphrase: str = Officer.passphrase,
    ) -> Officer:
        with app.app_context(), transaction() as db:
            held = keyholders.open_recovery(recovery_key)
            totp_secret = accounts.add_staff(db, name, name.title(), roles, password, passphrase, teams, held)
        return Officer(app.test_client(), name, totp_secret)

    return hire


@pytest.fixture
def officer(hire: Callable[..., Officer]) -> Officer:
    """Signed in and unlocked, in both teams."""
    officer = hire()
    officer.come_to_work()
    return officer


@pytest.fixture
def editor(hire: Callable[..., Officer]) -> Officer:
    """Signed in; their work is the calendar, and no team's key is theirs."""
    editor = hire("ed", teams=(), roles=(Role.CALENDAR_EDITOR,))
    editor.sign_in()
    return editor


@pytest.fixture
def survey_manager(hire: Callable[..., Officer]) -> Officer:
    """Signed in; runs surveys, and can open no team's key."""
    manager = hire("mo", teams=(), roles=(Role.SURVEY_MANAGER,))
    manager.sign_in()
    return manager


@pytest.fixture
def supervisor(hire: Callable[..., Officer]) -> Officer:
    """Signed in and unlocked, in both teams; no reporting officer."""
    supervisor = hire("uma", roles=(Role.SUPERVISOR,))
    supervisor.come_to_work()
    return supervisor


@pytest.fixture
def analyst(hire: Callable[..., Officer]) -> Officer:
    """Signed in and unlocked, in the survey team."""
    analyst = hire("ana", teams=(SURVEY_TEAM,), roles=(Role.ANALYST,))
    analyst.come_to_work()
    return analyst


@pytest.fixture
def database_before(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[str]:
    """An empty database, of the kind that the test has."""
    if database.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'before.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"portal_test_{uuid.uuid4().hex}"
    yield server.create(name)
    server.drop(name)
