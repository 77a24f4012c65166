"""A PostgreSQL server that lives as long as the tests: the newest installed version, in a folder of its own, removed at the end."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

HINT = "PostgreSQL is not installed (apt install postgresql, or set PORTAL_TEST_POSTGRES to the address of a server)"


class Server:
    """Makes and drops databases on the server at `url`; the role there must be allowed to."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)

    def address(self, name: str) -> str:
        return self.url.set(database=name).render_as_string(hide_password=False)

    def create(self, name: str, template: str = "template0") -> str:
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}"), name, template)
        return self.address(name)

    def drop(self, name: str) -> None:
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), name)

    def _run(self, statement: sql.SQL, *names: str) -> None:
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement.format(*map(sql.Identifier, names)))


def newest_programs() -> Path | None:
    """The folder of initdb and pg_ctl: Debian keeps one for each version, elsewhere they are on the path."""
    debian = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if debian:
        return max(debian, key=lambda path: [int(part) for part in re.findall(r"\d+", path.parent.name)])
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def throw_away_server(programs: Path) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="portal-postgres-"))  # short: a socket's path may have 107 letters
    as_owner: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_owner = ["runuser", "-u", "postgres", "--"]

    def run(program: str, *arguments: str) -> None:
        command = [*as_owner, str(programs / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    # Nothing here outlives the tests, so nothing is flushed to disk.
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
    try:
        run("initdb", "-U", "portal", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield Server(
                URL.create(
                    "postgresql+psycopg", "portal", database="postgres", query={"host": str(folder)}
                ).render_as_string()
            )
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
