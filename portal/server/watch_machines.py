"""A program for the web server in front, without dependencies: it asks each machine whether it is well, and tells nginx.

nginx alone notices that a machine is away by a visitor's request, and only after that request has waited. What this writes is
included in its `upstream`: a machine that is not well comes last, after all that are. Where none is well all stand there alike.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

PATH = "/health"
# Answers in a row that are other than before, until they are believed: one that was lost on the way is no reason.
BELIEVED_AFTER = 2


def is_well(machine: str, within: float) -> bool:
    """Whether it says within so many seconds that it can answer pages."""
    host, _, port = machine.rpartition(":")
    connection = HTTPConnection(host.strip("[]"), int(port), timeout=within)
    try:
        connection.request("GET", PATH)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


class Machine:
    """What is believed of one machine."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.is_well = True
        self._others = 0

    def hear(self, *, well: bool) -> None:
        self._others = 0 if well == self.is_well else self._others + 1
        if self._others >= BELIEVED_AFTER:
            self.is_well, self._others = well, 0


def lines(machines: Sequence[Machine]) -> str:
    """For nginx's `upstream`. Without `max_fails=0` it would turn everyone away for seconds once each machine had failed."""
    are_any_well = any(machine.is_well for machine in machines)
    return "".join(
        f"server {machine.address} max_fails=0{' backup' if are_any_well and not machine.is_well else ''};\n"
        for machine in machines
    )


def tell(file: Path, text: str, then: Sequence[str]) -> bool:
    """Write it, whole or not at all, and run the command; False where that failed and is to be tried again."""
    half = file.with_name(f"{file.name}.new")
    try:
        half.write_text(text, encoding="ascii")
        half.replace(file)
        subprocess.run(then, check=True, stdin=subprocess.DEVNULL)  # noqa: S603 (the operator's own)
    except (OSError, subprocess.CalledProcessError) as problem:
        print(f"nginx was not told: {problem}", file=sys.stderr, flush=True)  # noqa: T201
        return False
    return True


def _ask(machine: Machine, every: float, within: float) -> None:
    while True:
        began_at = time.monotonic()
        machine.hear(well=is_well(machine.address, within))
        time.sleep(max(0.0, began_at + every - time.monotonic()))


def read_words(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("machines", nargs="+", metavar="HOST:PORT", help="where `portal serve` listens")
    parser.add_argument("--file", type=Path, required=True, help="the file that nginx's upstream includes")
    parser.add_argument("--then", default="nginx -s reload", help="the command after which nginx has read it")
    parser.add_argument("--every", type=float, default=0.5, help="seconds between two questions to a machine")
    parser.add_argument("--within", type=float, default=2.0, help="seconds that a machine has for its answer")
    return parser.parse_args(words)


def main() -> None:
    """Until it is stopped."""
    given = read_words()
    machines = [Machine(address) for address in given.machines]
    for machine in machines:
        threading.Thread(target=_ask, args=(machine, given.every, given.within), daemon=True).start()
    told = given.file.read_text(encoding="ascii") if given.file.exists() else ""
    with suppress(KeyboardInterrupt):
        while True:
            text = lines(machines)
            if text != told and tell(given.file, text, given.then.split()):
                told = text
                print(text, end="", flush=True)  # noqa: T201
            time.sleep(given.every / 4)


if __name__ == "__main__":
    main()
