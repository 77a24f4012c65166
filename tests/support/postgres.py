"""A PostgreSQL server that lives as long as the tests: the newest installed version, in a folder of its own, removed at the end."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

HINT = "PostgreSQL is not installed (apt install postgresql, or set PORTAL_TEST_POSTGRES to the address of a server)"


class Server:
    """Makes and drops databases on the server at `url`; the role there must be allowed to."""

    def __init__(self, url: str, power: Power | None = None) -> None:
        self.url = make_url(url)
        self.power = power
        """None of a server that is not ours."""
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg.connect(plain, autocommit=True)

    def close(self) -> None:
        self._connection.close()

    def address(self, name: str) -> str:
        return self.url.set(database=name).render_as_string(hide_password=False)

    def create(self, name: str, template: str = "template0") -> str:
        # Twice as fast as through the log, where nothing is flushed.
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"), name, template)
        return self.address(name)

    def drop(self, name: str) -> None:
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), name)

    def _run(self, statement: sql.SQL, *names: str) -> None:
        self._connection.execute(statement.format(*map(sql.Identifier, names)))


def newest_programs() -> Path | None:
    """The folder of initdb and pg_ctl: Debian keeps one for each version, elsewhere they are on the path."""
    debian = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if debian:
        return max(debian, key=lambda path: [int(part) for part in re.findall(r"\d+", path.parent.name)])
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def roomy_memory() -> Path | None:
    """A folder in memory, where there is one with room: a database for each test is some 8 MB copied and thrown away."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and shutil.disk_usage(folder).free > 2**30 else None


# Reading waits until the tests end in whatever way, killed too: then the pipe closes, and nothing is left behind.
LIFE = """
set -e
trap 'rm -rf "$1"' EXIT
cd "$1"
"$2/initdb" -D data -U portal -A trust -E UTF8 --locale=C --no-sync >log
"$2/pg_ctl" -D data -w -l log -o "-k $1 -c listen_addresses= -c max_connections=200 $3" start >>log
echo ready
read -r _ || true
"$2/pg_ctl" -D data -w -m immediate stop >>log
"""
NOTHING_FLUSHED = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


@dataclass(frozen=True)
class Power:
    """Stops a throw-away server and starts it again, as its operator does."""

    folder: str
    programs: Path
    as_owner: tuple[str, ...]
    where: str = "-c listen_addresses="

    def stop(self, how: str = "fast") -> None:
        self._control("-m", how, "stop")

    def send(self, what: signal.Signals) -> None:
        """To each of its processes, as a disk that hangs would stop them all."""
        master = int(Path(self.folder, "data", "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        for process in (master, *map(int, children)):
            os.kill(process, what)

    def start(self) -> None:
        options = f"-k {self.folder} {self.where} -c max_connections=200 {NOTHING_FLUSHED}"
        self._control("-l", f"{self.folder}/log", "-o", options, "start")

    def _control(self, *words: str) -> None:
        command = [*self.as_owner, f"{self.programs}/pg_ctl", "-D", f"{self.folder}/data", "-w", *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)


@contextmanager
def throw_away_server(programs: Path, *, on_disk: bool = False) -> Iterator[Server]:
    folder = tempfile.mkdtemp(
        prefix="portal-postgres-", dir=None if on_disk else roomy_memory()
    )  # short: a socket's path may have 107 letters
    as_owner: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_owner = ["runuser", "-u", "postgres", "--"]
    with subprocess.Popen(
        [*as_owner, "sh", "-c", LIFE, "sh", folder, str(programs), NOTHING_FLUSHED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as life:
        assert life.stdin
        assert life.stdout
        assert life.stdout.readline() == "ready\n", "the throw-away PostgreSQL did not start"
        address = URL.create("postgresql+psycopg", "portal", database="postgres", query={"host": folder})
        try:
            power = Power(folder, programs, tuple(as_owner))
            with closing(Server(address.render_as_string(), power)) as server:
                yield server
        finally:
            life.stdin.close()
            life.wait(60)


@contextmanager
def replica_of(server: Server) -> Iterator[tuple[Power, str]]:
    """A streaming replica that answers on loopback; how it is stopped and started, and the address of what `server` has."""
    assert server.power
    main, folder = server.power, tempfile.mkdtemp(prefix="portal-replica-", dir=roomy_memory())
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    copy = [f"{main.programs}/pg_basebackup", "-h", main.folder, "-U", "portal", "-D", f"{folder}/data", "-R"]
    power = Power(folder, main.programs, main.as_owner, f"-c listen_addresses=127.0.0.1 -p {port}")
    subprocess.run([*main.as_owner, *copy, "-c", "fast", "--no-sync"], check=True, cwd=folder)
    try:
        power.start()
        yield power, server.url.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)
    finally:
        with suppress(subprocess.CalledProcessError):
            power.stop("immediate")
        shutil.rmtree(folder)
