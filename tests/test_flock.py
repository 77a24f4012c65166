"""Locks between processes: held by as many as may, handed on, and freed by the kernel when their holder is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from portal import flock
from portal.flock import exclusive, one_of

# The programs take the one module: all of the portal is a second's work for each of them.
ALONE = """
import importlib.util
found = importlib.util.spec_from_file_location("flock", sys.argv.pop(1))
flock = importlib.util.module_from_spec(found)
found.loader.exec_module(flock)
"""
# Several threads of one process: each takes the lock, writes that it is in, waits a little, writes that it is out.
CROWD = f"""
import os, sys, threading, time
from pathlib import Path
{ALONE}
how, log, *locks = sys.argv[1:]
log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def take():
    for _ in range(5):
        with flock.exclusive(Path(locks[0])) if how == "exclusive" else flock.one_of([Path(lock) for lock in locks]):
            os.write(log, b"+")
            time.sleep(0.004)
            os.write(log, b"-")
crowd = [threading.Thread(target=take) for _ in range(4)]
[thread.start() for thread in crowd]
[thread.join() for thread in crowd]
"""
HOLDER = f"""
import sys, time
from pathlib import Path
{ALONE}
with flock.exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def most_at_once(how: str, log: Path, locks: list[Path]) -> int:
    command = [sys.executable, "-c", CROWD, flock.__file__, how, str(log), *map(str, locks)]
    for process in [subprocess.Popen(command) for _ in range(3)]:
        assert process.wait(60) == 0
    inside, most = 0, 0
    for step in log.read_bytes():
        inside += 1 if step == ord("+") else -1
        most = max(most, inside)
    assert log.stat().st_size == 3 * 4 * 5 * 2
    return most


def test_one_at_a_time_holds_the_lock_across_threads_and_processes(tmp_path: Path) -> None:
    assert most_at_once("exclusive", tmp_path / "log", [tmp_path / "lock"]) == 1


def test_two_locks_let_two_work_at_once_and_never_three(tmp_path: Path) -> None:
    assert most_at_once("one_of", tmp_path / "log", [tmp_path / "lock-0", tmp_path / "lock-1"]) == 2


def test_a_killed_holder_frees_the_lock_within_a_second(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, flock.__file__, str(tmp_path / "lock")], stdout=subprocess.PIPE
    )
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    taken = threading.Event()

    def take() -> None:
        with exclusive(tmp_path / "lock"):
            taken.set()

    waiting = threading.Thread(target=take)
    waiting.start()
    assert not taken.wait(0.2)
    os.kill(holder.pid, signal.SIGKILL)
    killed_at = time.monotonic()
    assert taken.wait(10)
    assert time.monotonic() - killed_at < 1
    waiting.join()
    holder.wait()
    holder.stdout.close()


def test_a_failure_inside_frees_the_lock(tmp_path: Path) -> None:
    for lock in (exclusive(tmp_path / "lock"), one_of([tmp_path / "lock"])):
        with pytest.raises(ZeroDivisionError), lock:
            raise ZeroDivisionError
    with one_of([tmp_path / "lock"]), one_of([tmp_path / "other"]):
        pass


def test_only_the_owner_may_read_or_take_a_lock_file(tmp_path: Path) -> None:
    with exclusive(tmp_path / "one"), one_of([tmp_path / "two"]):
        assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("one", "two")] == [0o600, 0o600]


def test_threads_go_in_the_order_in_which_they_came_and_one_that_gave_up_is_passed_over(tmp_path: Path) -> None:
    line, went = flock.Line(), []
    assert line.is_reached(None)

    def go(number: int) -> None:
        if line.is_reached(0.01 if number == 2 else None):
            went.append(number)
            line.leave()

    came = [threading.Thread(target=go, args=(number,)) for number in range(5)]
    for thread, in_line in zip(came, (1, 2, 2, 3, 4), strict=True):
        thread.start()
        if thread is came[2]:
            thread.join()
        while len(line.waiting) < in_line:
            time.sleep(0.001)
    line.leave()
    for thread in came:
        thread.join()
    assert went == [0, 1, 3, 4]
    with exclusive(tmp_path / "lock"), pytest.raises(TimeoutError), exclusive(tmp_path / "lock", 0.01):
        pass
    with exclusive(tmp_path / "lock", 0.01):
        pass
