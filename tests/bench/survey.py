"""How long R's package survey takes for the same made wave: one question for everyone and in one place, reckoned up to all."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

SCRIPT = Path(__file__).with_suffix(".R")


def seconds_of_r(
    columns: Sequence[Sequence[object]], margins: Sequence[Mapping[str, float]]
) -> Mapping[str, float] | None:
    """Of the processor: to rake, and to estimate one question for everyone and as often as there are places. None without R.

    `columns`: of each person the cell, the place and 1, 0 or nothing; `margins`: of cells and of places how many there should be.
    """
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        files = [Path(folder, name) for name in ("data.csv", "cells.csv", "places.csv")]
        heads = (("cell", "place", "q"), ("cell", "Freq"), ("place", "Freq"))
        rows = (zip(*columns, strict=True), *(each.items() for each in margins))
        for file, head, some in zip(files, heads, rows, strict=True):
            with file.open("w", encoding="utf-8", newline="") as out:
                csv.writer(out).writerows([head, *some])
        ran = subprocess.run(["Rscript", str(SCRIPT), *map(str, files)], capture_output=True, text=True, check=False)
    found: Mapping[str, float] | None = json.loads(ran.stdout) if ran.returncode == 0 else None
    return found
