"""What the simulation of England comes to, as the tables of docs/scale.md."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.bench.england import (
    GB,
    SECONDS,
    SEED,
    Inputs,
    Numbers,
    Plan,
    Year,
    costs_of,
    held_up,
    hour_shares,
    like_milton_keynes,
    most_reports,
    plan,
    populations,
    read_inputs,
    reports_a_head,
    stored_gb,
    surge,
    waits,
    year,
)
from tests.bench.growth import verdict

HERE = Path(__file__).parent
INPUTS, MEASURED = HERE / "scale.toml", HERE / "measured.json"
DOCUMENT = HERE.parents[1] / "docs" / "scale.md"
BLOCK = re.compile(r"<!-- printed: (\w+) -->\n(.*?)<!-- end -->", re.DOTALL)
Rows = list[tuple[str, ...]]


def printed(inputs: Inputs, measured: Mapping[str, Any], seed: int = SEED) -> dict[str, str]:
    """Every block of the document by its name, as Markdown."""
    costs, of = _with_staff(measured), year(inputs, seed)
    people, found = populations(inputs, seed), plan(inputs, costs, of)
    return {
        "answer": _answer(inputs, costs, people, measured, found),
        "load": _table(
            ("In a year", "England", "Milton Keynes", "the largest", "the smallest"), _load(inputs, of, people)
        ),
        "costs": _table(("Measured", ""), [(name.replace("_", " "), f"{value:,.3g}") for name, value in costs.items()]),
        "machines": _table(("England on shared machines", ""), _machines(inputs, found)),
        "storage": _table(("GB", "a year", "kept"), _storage(inputs, costs, of, found)),
        "prices": _table(("Price", "", "source"), _given(("prices",))),
        "money": _table(("Pounds a year and partnership", "shared", "a machine of its own"), _money(inputs, found)),
        "surge": _table(
            (
                "The Scottish week's first day",
                "reports in its busiest hour",
                "cores",
                "a small machine is busy",
                "a neighbour waits, ms",
            ),
            _surges(inputs, costs, people, found),
        ),
        "alone": _table(
            ("One small machine with SQLite", "takes", "of what it can"), _alone(inputs, costs, people, measured)
        ),
        "inputs": _table(("Input", "", "source"), _given(("england", "volumes", "surge", "machines"))),
        **{f"growth_{kind}": _growth(sizes) for kind, sizes in measured["growth"].items()},
    }


def _with_staff(measured: Mapping[str, Any]) -> dict[str, float]:
    """A page at work costs what opening a report does, in the portal of ten times Milton Keynes."""
    page = measured["growth"]["postgresql"]["10"]["opening a report"]
    staff = {
        "staff_page_web_ms": 1000 * page["processor"],
        "staff_page_database_ms": 1000 * (page["wall"] - page["processor"]),
    }
    return measured["costs"] | staff


def _table(head: Sequence[str], rows: Rows) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _given(parts: Sequence[str]) -> Rows:
    read = tomllib.loads(INPUTS.read_text(encoding="utf-8"))
    return [
        (name.replace("_", " "), str(each["value"]), each["source"])
        for part in parts
        for name, each in read[part].items()
    ]


def _load(inputs: Inputs, of: Year, people: Numbers) -> Rows:
    ours = inputs["england"]["milton_keynes"] / inputs["england"]["population"]
    rows = [("people", people.sum(), inputs["england"]["milton_keynes"], people[0], people[-1])]
    for name, each in (("reports", of.reports), ("answers", of.answers), ("public pages", of.pages)):
        rows.append((name, each.sum(), each.sum() * ours, each[0].sum(), each[-1].sum()))
    like = like_milton_keynes(inputs, people)
    for name, each in (("reports", of.reports), ("answers", of.answers)):
        busiest = (each.sum(axis=0).max(), each[like].max(), each[0].max(), each[-1].max())
        rows.append((f"{name} in the busiest hour", *busiest))
    return [(name, *(f"{number:,.0f}" for number in numbers)) for name, *numbers in rows]


def _machines(inputs: Inputs, found: Plan) -> Rows:
    return [
        ("cores of web hosts in the busiest minute", f"{found.web_cores:.1f}"),
        ("cores of databases in the busiest minute", f"{found.database_cores:.1f}"),
        ("web hosts, by memory (each installation on two)", f"{found.hosts_by_memory}"),
        ("web hosts", f"{found.web_hosts}"),
        ("connections at most", f"{found.connections:,}"),
        ("clusters of a primary and a replica, by cores", f"{found.clusters_by_cores}"),
        ("the same without a pooler, by connections", f"{found.clusters}"),
        ("installations on a cluster without a pooler", f"{inputs['england']['partnerships'] // found.clusters}"),
    ]


def _storage(inputs: Inputs, costs: Mapping[str, float], of: Year, found: Plan) -> Rows:
    each = stored_gb(inputs, costs, float(of.reports.sum()), float(of.answers.sum()))
    kept, count = inputs["volumes"]["kept_years"], inputs["england"]["partnerships"]
    rows = [(name, f"{size:,.1f}", f"{size * kept:,.0f}") for name, size in each.items()]
    log = of.reports.sum() * costs["report_log_kb"] / GB
    return [
        *rows,
        ("log of the databases, from reports", f"{log:,.1f}", "until it is archived"),
        ("backups", "", f"{found.backups_gb:,.0f}"),
        ("a partnership's share of what is stored", "", f"{found.stored_gb / count:,.2f}"),
    ]


def _money(inputs: Inputs, found: Plan) -> Rows:
    rows = costs_of(inputs, found)
    together = tuple(sum(side) for side in zip(*rows.values(), strict=True))
    return [(name, *(f"{each:,.0f}" for each in both)) for name, both in [*rows.items(), ("together", together)]]


def _surges(inputs: Inputs, costs: Mapping[str, float], people: Numbers, found: Plan) -> Rows:
    machines, ours = inputs["machines"], inputs["england"]["milton_keynes"]
    usual = found.web_cores / found.web_hosts
    page = costs["page_made_web_ms"] / 1000
    whole = inputs["surge"]["population"] / ours
    rows: Rows = []
    for name, size, times in (
        ("nothing happens", ours, 0.0),
        ("in Milton Keynes, as in Scotland", ours, 1.0),
        ("in the largest, as in Scotland", float(people[0]), 1.0),
        ("all of Scotland's in Milton Keynes", ours, whole),
        ("ten times that", ours, 10 * whole),
    ):
        hour, cores = surge(inputs, costs, size, times=times)
        # Half of it falls on each of the two hosts that a partnership has.
        wait = waits(machines["cores"], (usual + cores / 2) / page, page)
        rows.append(
            (name, f"{hour:,.0f}", f"{cores:.2f}", f"{cores / machines['small_cores']:.0%}", f"{1000 * wait:,.2f}")
        )
    return rows


def _alone(inputs: Inputs, costs: Mapping[str, float], people: Numbers, measured: Mapping[str, Any]) -> Rows:
    machines, volumes = inputs["machines"], inputs["volumes"]
    rows: Rows = []
    for name, size in (("Milton Keynes", float(inputs["england"]["milton_keynes"])), ("the largest", float(people[0]))):
        reports = size * reports_a_head(inputs)
        kept = reports * volumes["kept_years"]
        answers = size * volumes["answers_per_resident"]
        peak = (
            answers * volumes["first_day_share"] * hour_shares().max() * volumes["burst"] * volumes["pages_per_answer"]
        )
        cores = peak * (costs["survey_page_web_ms"] + costs["survey_page_database_ms"]) / 1000 / SECONDS
        disk = kept * costs["sqlite_report_kb"] / GB + answers * volumes["kept_years"] * costs["sqlite_answer_kb"] / GB
        pause = held_up(measured, kept)
        rows += [
            (f"{name}: a wave's first day, cores", f"{cores:.2f}", f"{cores / machines['small_cores']:.0%}"),
            (f"{name}: reports that are kept", f"{kept:,.0f}", f"{kept / most_reports(inputs, measured):.0%}"),
            (f"{name}: a writer waits at night, s", f"{pause:.1f}", f"{pause / machines['waits_at_most']:.0%}"),
            (f"{name}: database, GB", f"{disk:.2f}", ""),
        ]
    return rows


def _answer(
    inputs: Inputs, costs: Mapping[str, float], people: Numbers, measured: Mapping[str, Any], found: Plan
) -> str:
    most = most_reports(inputs, measured)
    size = most / inputs["volumes"]["kept_years"] / reports_a_head(inputs)
    fit = int((people <= size).sum())
    cores = surge(inputs, costs, inputs["england"]["milton_keynes"])[1]
    return (
        f"One machine with {inputs['machines']['small_cores']} cores and SQLite is enough for a partnership of up to "
        f"{size:,.0f} people, which {fit} of {len(people)} are in this simulation: with the {most:,} reports that they "
        f"keep the nightly rewriting holds up whoever sends for {held_up(measured, most):.1f} s at most. Processor "
        f"is not what ends it either: a day like Scotland's in April 2024 takes {cores:.3f} of a core in Milton Keynes. All of "
        f"England takes {found.web_hosts} web hosts, for their memory, and {found.clusters_by_cores} database cluster"
        f"{'s' if found.clusters_by_cores > 1 else ''} behind a pooler, or {found.clusters} without.\n"
    )


def _growth(sizes: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    rows: Rows = []
    for name in next(iter(sizes.values())):
        found = [costs.get(name) for costs in sizes.values()]
        known = [cost for cost in found if cost]
        shown = (f"{cost['wall']:.3f}" if cost else "" for cost in found)
        rows.append((name, *shown, str(known[-1]["queries"]), verdict([cost["wall"] for cost in known])))
    return _table(("Seconds", *(f"{size} times" for size in sizes), "queries", "growth"), rows)


def blocks() -> dict[str, str]:
    inputs = read_inputs(INPUTS.read_text(encoding="utf-8"))
    return printed(inputs, json.loads(MEASURED.read_text(encoding="utf-8")))


def with_blocks(document: str, made: Mapping[str, str]) -> str:
    """The document with each of its blocks made anew."""
    return BLOCK.sub(lambda found: f"<!-- printed: {found[1]} -->\n{made[found[1]]}<!-- end -->", document)


def keep(part: str, found: Mapping[str, Any]) -> None:
    """What was measured, for the next simulation; of growth those kinds of database that it is about."""
    known = json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.exists() else {"costs": {}, "growth": {}}
    if part == "growth":
        known["growth"] |= {
            kind: {
                str(size): {
                    name: {key: round(value, 3) for key, value in asdict(cost).items()} for name, cost in costs.items()
                }
                for size, costs in sizes.items()
            }
            for kind, sizes in found.items()
        }
    else:
        known[part] = found
    MEASURED.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def renew_document() -> None:
    DOCUMENT.write_text(with_blocks(DOCUMENT.read_text(encoding="utf-8"), blocks()), encoding="utf-8")


def say() -> Iterator[str]:
    """What the simulation prints."""
    for name, block in blocks().items():
        yield f"### {name}\n\n{block}"
