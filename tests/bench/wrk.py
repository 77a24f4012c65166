"""A public page under steady load, as wrk sees it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

CONNECTIONS = 8
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Load:
    """Requests a second, the 99th percentile in milliseconds, and how many answers were not the page."""

    rate: float
    p99: float
    failures: int


def press(url: str, seconds: int, *headers: str, script: Path | None = None) -> Load:
    said = subprocess.run(
        [
            "wrk",
            "-t1",
            f"-c{CONNECTIONS}",
            f"-d{seconds}s",
            "--latency",
            *_asking("Accept-Encoding: gzip", *headers),
            *(("-s", str(script)) if script else ()),
            url,
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()
    failures = sum(int(count) for count in re.findall(r"(?:Non-2xx.*: |connect |read |write |timeout )(\d+)", said))
    return Load(float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), float(number) * UNITS[unit], failures)


def _asking(*headers: str) -> list[str]:
    return [word for header in headers for word in ("-H", header)]


def best(loads: list[Load]) -> Load:
    """The run with the highest rate: connections that come in one instant often all fall to one of the two processes."""
    fastest = max(loads, key=lambda load: load.rate)
    return replace(fastest, failures=sum(load.failures for load in loads))
