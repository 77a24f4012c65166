"""`portal serve`: answers residents and staff, and keeps the worker alive that sends mail and tidies up."""

from __future__ import annotations

import gc
import signal
import socket
import subprocess
import sys
import time
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.http.wsgi import Response

from portal.config import OWN_CAPTCHA_KEYS, SettingError, Settings
from portal.db import Database, limit_statements
from portal.server.logs import KindAndPlace, init_logs
from portal.shared_signs import are_installations
from portal.vault.keyholders import is_demonstration
from portal.web import caching

RESTART_DELAY = 5.0
STOP_TIMEOUT = 20.0
# Seconds that PostgreSQL works at most for one question of a page: the web server in front gives up after 30, and whoever
# asked should read our sentence before that.
LONGEST_STATEMENT = 20.0
# New objects after which garbage is looked for. At Python's own 700 a list of ten thousand reports, whose tuples are no
# garbage, is looked through again and again while it is made: a fifth of the whole answer.
GARBAGE_AFTER = 50_000


def serve(app: Flask, *, with_worker: bool = True) -> None:
    """Serve until stopped; without its worker where `portal worker` is a service of its own.

    Raises SettingError where that must not or cannot be.
    """
    settings: Settings = app.extensions["settings"]
    with app.app_context():
        demonstration = is_demonstration()
    if demonstration and not settings.is_loopback:
        raise SettingError(
            f"PORTAL_BIND is {settings.bind}, but a demonstration opens on this machine only: take 127.0.0.1:8000, "
            "or create a live vault with `portal vault create`."
        )
    if not demonstration and settings.has_captcha_test_keys:
        raise SettingError(OWN_CAPTCHA_KEYS)
    database: Database = app.extensions["database"]
    if not database.is_sqlite and not are_installations(database.engine, app.extensions["secrets"]):
        raise SettingError(
            f"The keys in {settings.data / 'secrets'} are not those of the machine that first served this database: "
            "copy that machine's folder of secrets here."
        )
    _check_free(settings.bind)
    _compile_templates(app)
    # The processes that answer are copies of this one, and a copied database connection breaks.
    database.engine.dispose()
    init_logs(app)
    address = f"http://{settings.bind}" if demonstration else settings.public_url
    Server(app, settings, address, with_worker=with_worker).run()


def _compile_templates(app: Flask) -> None:
    """The largest pages that residents open first: else the first who asks a process for one waits twice as long."""
    for name in app.jinja_env.list_templates(
        filter_func=lambda name: name.startswith(("base", "components", "events/"))
    ):
        app.jinja_env.get_template(name)


def _check_free(bind: str) -> None:
    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    try:
        socket.create_server((host, int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as problem:
        raise SettingError(f"PORTAL_BIND is {bind}, where this server cannot listen ({problem.strerror}).") from None


class Server(BaseApplication):
    """gunicorn with the portal's settings: it reads no configuration of its own."""

    def __init__(self, app: Flask, settings: Settings, address: str, *, with_worker: bool = True) -> None:
        self.app = app
        self.with_worker = with_worker
        self.settings = settings
        self.address = address
        super().__init__()

    def load_config(self) -> None:
        chosen: dict[str, Any] = {
            "bind": self.settings.bind,
            "worker_class": "portal.server.connections.ConnectionWorker",
            "workers": self.settings.workers,
            "threads": self.settings.threads,
            "worker_connections": 500,
            # On SQLite the key of the rate limits is drawn once, before the processes part; see portal/limit_keys.py.
            "preload_app": True,
            "timeout": 60,
            "graceful_timeout": 20,
            "keepalive": 5,
            "limit_request_line": 4094,
            "limit_request_fields": 64,
            "limit_request_field_size": 8190,
            # Only the portal decides which proxies it believes: PORTAL_TRUSTED_PROXIES.
            "forwarded_allow_ips": "",
            "secure_scheme_headers": {},
            "control_socket_disable": True,
            "logger_class": QuietLogger,
            # gunicorn's one warning about a bad request carries the visitor's address.
            "loglevel": "error",
            "accesslog": "-" if self.settings.access_log else None,
            "access_log_format": '%(t)s "%(m)s %(U)s" %(s)s',
            "when_ready": self.announce,
            "post_fork": lambda _arbiter, _worker: self.begin_answering(),
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.app

    def announce(self, _arbiter: Arbiter) -> None:
        print(f"Residents: {self.address}/\nStaff:     {self.address}/staff", flush=True)  # noqa: T201

    def begin_answering(self) -> None:
        collect_garbage_rarely()
        database: Database = self.app.extensions["database"]
        if not database.is_sqlite:
            limit_statements(database.engine, LONGEST_STATEMENT)
        caching.follow(self.app)

    def run(self) -> None:
        Master(self).run()


def collect_garbage_rarely() -> None:
    """In each process that answers: what the app consists of is never looked through, nor every short-lived tuple."""
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER, 10, 10)


class Master(Arbiter):
    """The process above those that answer; it also starts `portal worker`, and starts it again when it dies."""

    def __init__(self, app: Server) -> None:
        super().__init__(app)
        self.with_worker = app.with_worker
        self.worker: subprocess.Popen[bytes] | None = None
        self.worker_started = 0.0

    def manage_workers(self) -> None:
        super().manage_workers()
        is_running = self.worker is not None and self.worker.poll() is None
        if self.with_worker and not is_running and time.monotonic() - self.worker_started > RESTART_DELAY:
            self.worker_started = time.monotonic()
            self.worker = subprocess.Popen(
                [sys.executable, "-m", "portal", "worker", "--while-parent-lives"],
                stdin=subprocess.DEVNULL,
                preexec_fn=_ignore_interrupt,
            )

    def stop(self, graceful: bool = True) -> None:
        if self.worker is not None:
            self.worker.terminate()
        super().stop(graceful)
        if self.worker is not None:
            try:
                self.worker.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self.worker.kill()


def _ignore_interrupt() -> None:
    """Ctrl-C reaches every process of a terminal; the worker is stopped by the one above it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class QuietLogger(Logger):
    """gunicorn's logger, without the address and the query that it adds to a failure."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(KindAndPlace())

    def exception(self, _msg: str, *_args: object, **_kwargs: object) -> None:
        self.error_log.error("A request failed outside the portal's own code", exc_info=True)


_default_headers = Response.default_headers


def _unnamed_headers(response: Response) -> list[str]:
    """The first lines of an answer, without the one that names the server."""
    return [line for line in _default_headers(response) if not line.startswith("Server:")]


Response.default_headers = _unnamed_headers
