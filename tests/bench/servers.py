"""The servers under measurement: started on free loopback ports, ended with everything they started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

START_WITHIN = 30
STOP_TIMEOUT = 25


def portal_command(data: Path, *words: str, database: str | None = None) -> None:
    """Run one `portal` command on this data folder."""
    subprocess.run(
        [sys.executable, "-m", "portal", *words],
        env=_environment(data) | ({"PORTAL_DATABASE_URL": database} if database else {}),
        check=True,
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def serving(
    data: Path, *module: str, database: str | None = None, within: tuple[str, ...] = ()
) -> Iterator[tuple[int, int]]:
    """A server run as `python -m MODULE ...` with two workers of eight threads; gives its port and process id.

    `within` is a command that becomes the one it is given, such as `nice`.
    """
    port = free_port()
    environment = _environment(data) | {
        "PORTAL_BIND": f"127.0.0.1:{port}",
        "PORTAL_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PORTAL_WORKERS": "2",
        "PORTAL_THREADS": "8",
    }
    if database is not None:
        environment["PORTAL_DATABASE_URL"] = database
    server = subprocess.Popen(
        [*within, sys.executable, "-m", *module],
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for_answer(server, port)
        yield port, server.pid
    finally:
        server.terminate()
        try:
            server.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            # It leads a session of its own, so this reaches what it started and nothing else.
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def memory(master: int) -> dict[str, float]:
    """Megabytes of the master, of the processes that answer and of `portal worker`.

    Proportional set size where the kernel tells it: pages that the processes share count once.
    """
    answering, others = _children(master)
    return {
        "master": _megabytes(master),
        "answering": sum(map(_megabytes, answering)),
        "worker": sum(map(_megabytes, others)),
    }


def working_memory(master: int) -> float:
    """Megabytes of the processes that answer and of what they have started for the moment."""
    found = 0.0
    for process in _children(master)[0]:
        found += _megabytes(process)
        for started in _started_by(process):
            try:
                found += _megabytes(started)
            except (OSError, StopIteration):  # it has ended meanwhile
                continue
    return found


def _started_by(process: int) -> list[int]:
    threads = Path(f"/proc/{process}/task").iterdir()
    return [int(child) for thread in threads for child in (thread / "children").read_text().split()]


def processor_seconds(master: int) -> float:
    """What the processes that answer have used so far; it stays true on a machine that is busy with something else."""
    used = 0
    for process in _children(master)[0]:
        after_the_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        used += int(after_the_name[11]) + int(after_the_name[12])
    return used / os.sysconf("SC_CLK_TCK")


def answering(master: int) -> list[int]:
    """The processes that answer."""
    return _children(master)[0]


def _children(master: int) -> tuple[list[int], list[int]]:
    """The processes that answer, and `portal worker`."""
    found: tuple[list[int], list[int]] = ([], [])
    for child in Path(f"/proc/{master}/task/{master}/children").read_text().split():
        is_worker = b"worker" in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
        found[is_worker].append(int(child))
    return found


def _megabytes(process: int) -> float:
    shared_once = Path(f"/proc/{process}/smaps_rollup")
    path, label = (shared_once, "Pss:") if shared_once.exists() else (Path(f"/proc/{process}/status"), "VmRSS:")
    return next(int(line.split()[1]) / 1024 for line in path.read_text().splitlines() if line.startswith(label))


def _environment(data: Path) -> dict[str, str]:
    """This process's environment, with none of the operator's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return kept | {"PORTAL_DATA": str(data)}


def free_port() -> int:
    """One that the kernel chooses: two that look at once for the first free one would find the same."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def wait_for_answer(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline and server.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise SystemExit("The server did not start.")
