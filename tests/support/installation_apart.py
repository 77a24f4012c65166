"""The portal on hosts apart: two that serve it, PostgreSQL with a streaming replica, and nginx before them."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psycopg

from portal.server import lead
from tests.bench import servers
from tests.support import nginx_apart
from tests.support.hosts_apart import Host, Network

PORT = 8000
STARTS_WITHIN = 60.0
NAME = "portal"
DATABASE_SETTINGS = "-c max_connections=200 -c wal_level=replica -c max_wal_senders=8 -c hot_standby=on"

PASSING_ON = f"""
table ip passing {{
  chain in {{
    type nat hook prerouting priority -100;
    iifname eth0 tcp dport {PORT} dnat to 127.0.0.1:{PORT}
  }}
}}
"""


def wait_for(is_so: Callable[[], bool], seconds: float, what: str) -> float:
    """Until it is so; the seconds that it took."""
    began_at = time.monotonic()
    while not is_so():
        assert time.monotonic() - began_at < seconds, what
        time.sleep(0.1)
    return time.monotonic() - began_at


class Postgres:
    """One server, on a host of its own; asked from here through its socket, whatever the network is like."""

    def __init__(self, host: Host, programs: Path) -> None:
        self.host, self.programs = host, programs
        self.data = host.folder / "data"
        owner = pwd.getpwnam("postgres")
        os.chown(host.folder, owner.pw_uid, owner.pw_gid)

    def run(self, program: str, *words: str) -> None:
        command = ["runuser", "-u", "postgres", "--", str(self.programs / program), *words]
        subprocess.run(self.host.command(*command), check=True, stdout=subprocess.DEVNULL, cwd=self.host.folder)

    def make(self) -> None:
        self.run("initdb", "-D", str(self.data), "-U", NAME, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        with (self.data / "pg_hba.conf").open("a", encoding="ascii") as file:
            file.write("host all all 10.77.0.0/24 trust\nhost replication all 10.77.0.0/24 trust\n")

    def copy(self, primary: Postgres) -> None:
        self.run(
            "pg_basebackup",
            "-h",
            primary.host.address,
            "-U",
            NAME,
            "-D",
            str(self.data),
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
        )

    def start(self) -> None:
        settings = f"-k {self.host.folder} -c listen_addresses={self.host.address} {DATABASE_SETTINGS}"
        self.run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.host.folder / "log"), "-o", settings, "start")

    def restart(self) -> None:
        self.run("pg_ctl", "-D", str(self.data), "-w", "-m", "fast", "-l", str(self.host.folder / "log"), "restart")

    def kill(self) -> None:
        """As a machine that loses its power: no process of it has a moment left."""
        found = subprocess.run(["ip", "netns", "pids", self.host.namespace], check=True, capture_output=True, text=True)
        for process in found.stdout.split():
            with suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)

    def ask(self, question: str, **given: Any) -> Any:
        with psycopg.connect(host=str(self.host.folder), user=NAME, dbname=NAME, autocommit=True) as connection:
            row = connection.execute(question, given).fetchone()
            return row[0] if row else None

    @property
    def address(self) -> str:
        return f"postgresql+psycopg://{NAME}@{self.host.address}/{NAME}"


class Machine:
    """`portal serve` on one host. A demonstration opens on loopback only, so the host passes on there what reaches its port."""

    def __init__(self, host: Host, environment: dict[str, str]) -> None:
        self.host = host
        self.data = host.folder / "data"
        self.environment = (
            servers._environment(self.data)
            | {
                "PORTAL_BIND": f"127.0.0.1:{PORT}",
                "PORTAL_WORKERS": "2",
                "PORTAL_THREADS": "8",
            }
            | environment
        )
        self.process: subprocess.Popen[bytes] | None = None
        self.started: list[subprocess.Popen[bytes]] = []
        host.run("sysctl", "-q", "-w", "net.ipv4.conf.all.route_localnet=1")
        host.run("nft", "-f", "-", said=PASSING_ON)

    def command(self, *words: str) -> None:
        """Run one `portal` command on this host."""
        command = self.host.command(sys.executable, "-m", "portal", *words)
        subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def start(self) -> None:
        with (self.host.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.host.command(sys.executable, "-m", "portal", "serve"),
                env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.started.append(self.process)
        wait_for(self.answers, STARTS_WITHIN, f"{self.host.name} does not start")

    def answers(self) -> bool:
        """Asked on the host itself."""

        def ask() -> bool:
            connection = HTTPConnection("127.0.0.1", PORT, timeout=5)
            try:
                connection.request("GET", "/health")
                return connection.getresponse().status == 200
            except (OSError, HTTPException):
                return False
            finally:
                connection.close()

        return self.host.within(ask)

    def kill(self) -> None:
        """All of its processes at once; it leads a session of its own, so this reaches what it started and nothing else."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Installation:
    """All of it, at work."""

    def __init__(self, network: Network, programs: Path) -> None:
        self.network, hosts = network, network.hosts
        self.primary, self.replica = Postgres(hosts["db"], programs), Postgres(hosts["replica"], programs)
        environment = {
            "PORTAL_DATABASE_URL": self.primary.address,
            "PORTAL_DATABASE_READ_URL": self.replica.address,
            "PORTAL_PUBLIC_URL": f"http://{hosts['nginx'].address}",
            "PORTAL_TRUSTED_PROXIES": hosts["nginx"].address,
        }
        self.machines = [Machine(hosts[name], environment) for name in ("web-1", "web-2")]
        self.front = nginx_apart.Front(hosts["nginx"], [f"{one.host.address}:{PORT}" for one in self.machines])

    def start(self) -> None:
        self.primary.make()
        self.primary.start()
        self.primary.run("createdb", "-h", str(self.primary.host.folder), "-U", NAME, NAME)
        first, second = self.machines
        first.command("migrate")
        first.command("sample")
        self.replica.copy(self.primary)
        self.replica.start()
        first.start()
        # Its worker draws a key of its own, which the other machine's is to have too.
        wait_for((first.data / "secrets" / "worker.public").exists, STARTS_WITHIN, "the worker draws no key")
        second.data.mkdir()
        shutil.copytree(first.data / "secrets", second.data / "secrets")
        second.start()
        first.command("away-pages", str(self.front.host.folder / "away"))
        self.front.start()
        self.network.bring_visitors(self.network.hosts["visitors"], self.front.host)

    def end(self) -> None:
        """When the hosts are gone."""
        for process in (*self.front.processes, *(process for one in self.machines for process in one.started)):
            process.wait(10)

    def at_work(self) -> Machine | None:
        """The machine whose worker has the lead."""
        address = self.primary.ask(
            "SELECT host(client_addr) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE locktype = 'advisory' AND classid = 0 AND objid = %(lock)s AND granted",
            lock=lead.WORKER_LOCK,
        )
        return next((machine for machine in self.machines if machine.host.address == address), None)

    def is_waiting(self, machine: Machine) -> bool:
        """Whether its worker asks for the lead; a machine that was just started takes a while until it has one."""
        return bool(
            self.primary.ask(
                "SELECT count(*) FROM pg_stat_activity WHERE host(client_addr) = %(address)s AND query LIKE %(asked)s",
                address=machine.host.address,
                asked="SELECT pg_terminate_backend(pid) FROM pg_locks%",
            )
        )

    def other(self, machine: Machine) -> Machine:
        return next(one for one in self.machines if one is not machine)

    def publish(self) -> None:
        """As whoever publishes something does: every machine makes its public pages anew."""
        mark = os.urandom(16)
        with suppress(psycopg.Error):  # it is being restarted
            self.primary.ask(
                "UPDATE shared_sign SET mark = %(mark)s WHERE name = 'published' RETURNING name", mark=mark
            )

    def is_replicated(self) -> bool:
        """Whether the replica has all that the primary has, a moment ago."""
        return bool(
            self.primary.ask(
                "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sent_lsn = replay_lsn"
            )
        )
