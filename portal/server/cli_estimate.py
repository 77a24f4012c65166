"""The command that runs the portal's survey arithmetic on any file, so that a statistician can hold it against their own."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click

from portal.cohesion.calibration import Bounds
from portal.cohesion.data_file import Asked, DataError, read_data, read_margins
from portal.cohesion.file_estimates import estimates_of


@click.command(name="estimate")
@click.argument("data", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--margins",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help='JSON: of each column the population in each category, like {"sex": {"Female": 115236, "Male": 109595}}.',
)
@click.option("--questions", required=True, help="Columns of 0, 1 or blank, with commas between them.")
@click.option("--by", help="A column whose groups get figures of their own.")
@click.option("--base-weight", help="A column of the weights before calibration.")
@click.option(
    "--bounds", help="How far a weight may be changed, like 0.3,3: calibration with logit bounds, not raking."
)
def estimate(
    data: Path, margins: Path, questions: str, by: str | None, base_weight: str | None, bounds: str | None
) -> None:
    """Weight the rows of the file DATA (CSV) to the margins, and print weights and shares as one JSON object.

    What cannot be met is one sentence, with exit code 2. docs/figures.md says how each number comes about.
    """
    try:
        known = read_margins(margins)
        asked = Asked(_names(questions), known, by, base_weight)
        within = _bounds(bounds) if bounds is not None else None
        _print(estimates_of(read_data(data, asked), known, within))
    except DataError as problem:
        click.echo(f"portal: {problem}", err=True)
        sys.exit(2)


def _names(questions: str) -> list[str]:
    names = [name.strip() for name in questions.split(",")]
    twice = [name for name, times in Counter(names).items() if times > 1]
    if not all(names) or twice:
        raise DataError("--questions takes each column once, like --questions q1,q2.")
    return names


def _bounds(said: str) -> Bounds:
    try:
        low, high = map(float, said.split(","))
    except ValueError:
        low = high = 1.0
    if not 0 <= low < 1 < high < float("inf"):
        raise DataError("--bounds takes a number below 1 and one above it, like --bounds 0.3,3.")
    return low, high


def _print(found: dict[str, Any]) -> None:
    """A million weights are many repeated few: each is written out once."""
    said: dict[float, str] = {}
    for weight in found["weights"]:
        if weight not in said:
            said[weight] = repr(weight)
    weights = ", ".join(map(said.__getitem__, found["weights"]))
    before, after = json.dumps(found | {"weights": []}, ensure_ascii=False).split('"weights": []', 1)
    click.echo(f'{before}"weights": [{weights}]{after}')
