"""Files of many designs, made by chance that is the same every time, and R's figures of them."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
VALUES = HERE / "values.json"
DESIGNS = 32
# What estimates.R ends with where a package that it needs is not installed.
NO_PACKAGE = 3
# Of a slow machine: R reads its packages in some seconds and counts in two.
LONGEST = 120


@dataclass(frozen=True)
class Design:
    """Rows as a file holds them: of each its category in every margin, its group, its weight and its answer."""

    margins: Mapping[str, Mapping[str, float]]
    rows: Sequence[Mapping[str, Any]]
    bounds: tuple[float, float] | None = None
    is_weighted: bool = False

    def as_json(self) -> dict[str, Any]:
        """As estimates.R reads it: columns, null for blank."""
        columns: dict[str, list[Any]] = {
            name: [row[name] if row[name] != "" else None for row in self.rows] for name in [*self.margins, "by", "q"]
        }
        columns["weight"] = [row["weight"] if self.is_weighted else 1 for row in self.rows]
        return {"rows": columns, "margins": self.margins, "bounds": self.bounds}

    @property
    def digest(self) -> str:
        return sha256(json.dumps(self.as_json()).encode()).hexdigest()[:16]


def made(seed: int) -> Design:
    """One of many designs: up to three margins, with empty crossings, blanks, weights, bounds, and shares near 0 and 1."""
    rng = random.Random(seed)
    margins = {
        f"m{at}": {chr(97 + place): 0.0 for place in range(rng.randint(2, 5))} for at in range(rng.randint(1, 3))
    }
    names = list(margins)
    # Whoever is "a" in the first margin is never "b" in the last: a crossing that nobody fell in.
    is_hollow = seed % 3 == 0 and len(names) > 1
    likely = rng.choice([0.5, 0.2, 0.03, 0.97])
    rows: list[dict[str, Any]] = []
    while len(rows) < rng.choice([60, 150, 400]):
        row: dict[str, Any] = {name: rng.choice(list(margins[name])) for name in names}
        if is_hollow and row[names[0]] == "a" and row[names[-1]] == "b":
            continue
        row["by"] = rng.choice(["east", "north", "west"])
        row["weight"] = rng.choice([0.5, 1, 1.25, 3]) if seed % 2 else rng.uniform(0.4, 2.5)
        row["q"] = rng.choices([1, 0, ""], [likely, 1 - likely, 0.1 * (seed % 4 == 0)])[0]
        # The group "west" lacks a category of the first margin altogether.
        if row["by"] == "west" and row[names[0]] == "a" and seed % 5 == 0:
            row["by"] = "east"
        rows.append(row)
    for name in names:
        there = {category: sum(row[name] == category for row in rows) for category in margins[name]}
        margins[name] = {c: count * rng.uniform(0.75, 1.3) for c, count in there.items() if count}
        total = sum(margins[name].values())
        margins[name] = {c: count / total * 224_831 for c, count in margins[name].items()}
    return Design(margins, rows, (0.3, 3.0) if seed % 4 > 1 else None, bool(seed % 7 % 2))


def values_of_r(at: Path) -> dict[str, Any] | None:
    """What R prints of all designs, asked once; None where it, or a package that it needs, is not installed."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    designs = [made(seed) for seed in range(DESIGNS)]
    given = at / "designs.json"
    given.write_text(json.dumps([each.as_json() for each in designs]), encoding="utf-8")
    done = subprocess.run(
        [rscript, "--vanilla", str(HERE / "estimates.R"), str(given)],
        capture_output=True,
        encoding="utf-8",
        timeout=LONGEST,
        check=False,
    )
    if done.returncode == NO_PACKAGE:
        return None
    done.check_returncode()
    found: dict[str, Any] = json.loads(done.stdout)
    for design, figures in zip(designs, found["designs"], strict=True):
        figures["design"] = design.digest
    return found
