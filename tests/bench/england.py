"""A year of every partnership of England, hour by hour, and what it takes of machines, connections, storage and money.

Pure: from the inputs of scale.toml, what costs.py and growth.py measured, and a seed.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy
from numpy.typing import NDArray

SEED = 2026
DAYS, HOURS = 365, 24
# When people write, by the hour of the day: an assumption, low at night and high in the evening.
BY_HOUR = (6, 4, 3, 2, 2, 3, 8, 18, 30, 38, 42, 44, 46, 44, 42, 44, 48, 54, 60, 64, 62, 48, 28, 14)
# A wave's answers on the days after the first fall by this much from one to the next, for four weeks.
WAVE_DAYS, FALL = 28, 0.85
# Reports that growth.py calls one Milton Keynes.
REPORTS = 1000
MB, GB, SECONDS = 1000, 1e6, 3600  # of kilobytes; of an hour
Numbers = NDArray[numpy.float64]
Inputs = Mapping[str, Mapping[str, Any]]


def read_inputs(text: str) -> dict[str, dict[str, Any]]:
    return {part: {name: each["value"] for name, each in of.items()} for part, of in tomllib.loads(text).items()}


def hour_shares() -> Numbers:
    """Of a day's reports or answers, in each of its hours; together one."""
    weights = numpy.array(BY_HOUR, dtype=float)
    shares: Numbers = weights / weights.sum()
    return shares


def day_shares(first: float) -> Numbers:
    """Of a wave's answers, on each of its days; together one."""
    rest = FALL ** numpy.arange(WAVE_DAYS - 1)
    shares: Numbers = numpy.concatenate([[first], (1 - first) * rest / rest.sum()])
    return shares


def populations(inputs: Inputs, seed: int = SEED) -> Numbers:
    """Of every partnership, the largest first; together England's."""
    england = inputs["england"]
    drawn = numpy.random.default_rng(seed).lognormal(0, england["spread"], england["partnerships"])
    shares: Numbers = numpy.sort(drawn)[::-1] / drawn.sum() * england["population"]
    return shares


@dataclass(frozen=True)
class Year:
    """Each a row a partnership and a column an hour."""

    reports: Numbers
    answers: Numbers
    pages: Numbers


def year(inputs: Inputs, seed: int = SEED) -> Year:
    volumes, rng = inputs["volumes"], numpy.random.default_rng(seed)
    people = populations(inputs, seed)
    hours = numpy.tile(hour_shares(), DAYS) / DAYS
    reports = rng.poisson(numpy.outer(people * reports_a_head(inputs), hours))
    pages = rng.poisson(numpy.outer(people * volumes["pages_per_resident"], hours))
    answers = numpy.zeros_like(reports, dtype=float)
    shape = numpy.outer(day_shares(volumes["first_day_share"]), hour_shares()).ravel()
    for row, begins in enumerate(rng.integers(0, DAYS - WAVE_DAYS, len(people))):
        hour = int(begins) * HOURS
        answers[row, hour : hour + len(shape)] = rng.poisson(people[row] * volumes["answers_per_resident"] * shape)
    return Year(reports.astype(float), answers, pages.astype(float))


def reports_a_head(inputs: Inputs) -> float:
    """Of reports a year that come here."""
    volumes = inputs["volumes"]
    told = volumes["hate_crimes"] * volumes["hate_share"] + volumes["asb_incidents"] * volumes["asb_share"]
    return float(told / inputs["england"]["population_with_wales"])


def work(inputs: Inputs, costs: Mapping[str, float], of: Year, where: str) -> Numbers:
    """Seconds of processor in each hour, of the machines that answer (`web`) or of the `database`."""
    volumes = inputs["volumes"]

    def each(name: str) -> float:
        return costs[f"{name}_{where}_ms"] / 1000

    made = volumes["made_share"]
    page = made * each("page_made") + (1 - made) * each("page_given_out")
    staff = volumes["staff_pages_per_report"] * each("staff_page")
    answer = volumes["pages_per_answer"] * each("survey_page")
    found: Numbers = of.reports * (each("report") + staff) + of.answers * answer + of.pages * page
    return found


def waits(servers: int, arriving: float, seconds: float) -> float:
    """The mean seconds for which a request waits for a free core: Erlang's C; infinite where more comes than is done."""
    offered = arriving * seconds
    if offered >= servers:
        return math.inf
    some = sum(offered**n / math.factorial(n) for n in range(servers))
    full = offered**servers / math.factorial(servers) * servers / (servers - offered)
    return full / (some + full) * seconds / (servers - offered)


@dataclass(frozen=True)
class Plan:
    """What England takes on shared machines, from the busiest hour of its year."""

    web_cores: float
    database_cores: float
    web_hosts: int
    hosts_by_memory: int
    clusters: int
    clusters_by_cores: int
    connections: int
    stored_gb: float
    backups_gb: float


def plan(inputs: Inputs, costs: Mapping[str, float], of: Year) -> Plan:
    """Every installation runs on two web hosts, each cluster is a primary and a replica."""
    machines, volumes, count = inputs["machines"], inputs["volumes"], inputs["england"]["partnerships"]
    busiest = {where: work(inputs, costs, of, where).sum(axis=0).max() / SECONDS for where in ("web", "database")}
    cores = {where: seconds * volumes["burst"] for where, seconds in busiest.items()}
    room = machines["cores"] * machines["busy"]
    by_memory = math.ceil(2 * count * costs["memory_mb"] / (machines["memory_gb"] * 1000 * 0.8))
    connections = count * 2 * machines["processes"] * machines["threads"]
    by_cores = math.ceil(cores["database"] / room)
    stored = stored_gb(inputs, costs, float(of.reports.sum()), float(of.answers.sum()))
    rows_gb = stored["reports"] + stored["answers"]
    return Plan(
        web_cores=cores["web"],
        database_cores=cores["database"],
        web_hosts=max(2, math.ceil(cores["web"] / room), by_memory),
        hosts_by_memory=by_memory,
        clusters=max(1, by_cores, math.ceil(connections / machines["connections"])),
        clusters_by_cores=max(1, by_cores),
        connections=connections,
        stored_gb=volumes["kept_years"] * sum(stored.values()),
        backups_gb=volumes["kept_years"] * (machines["backups_kept"] * rows_gb + stored["photos"]),
    )


def stored_gb(inputs: Inputs, costs: Mapping[str, float], reports: float, answers: float) -> dict[str, float]:
    """What so many take."""
    volumes = inputs["volumes"]
    return {
        "reports": reports * costs["postgresql_report_kb"] / GB,
        "answers": answers * costs["postgresql_answer_kb"] / GB,
        "photos": reports * volumes["photo_share"] * volumes["photo_mb"] / MB,
    }


def surge(inputs: Inputs, costs: Mapping[str, float], people: float, *, times: float = 1.0) -> tuple[float, float]:
    """The reports in the busiest hour of the Scottish week in such a place, and the cores of its busiest minute."""
    day = max(inputs["surge"]["days"]) * people / inputs["surge"]["population"] * times
    hour = day * hour_shares().max()
    return float(hour), float(hour * inputs["volumes"]["burst"] * costs["report_web_ms"] / 1000 / SECONDS)


def costs_of(inputs: Inputs, found: Plan) -> dict[str, tuple[float, float]]:
    """Pounds a year and partnership: on shared machines, and with a machine of its own."""
    prices, machines, count = inputs["prices"], inputs["machines"], inputs["england"]["partnerships"]
    machine = machines["cores"] * prices["core"] + machines["memory_gb"] * prices["memory"]
    small = machines["small_cores"] * prices["core"] + 4 * prices["memory"]
    stored, backups = found.stored_gb / count, found.backups_gb / count
    return {
        "web hosts": (found.web_hosts * machine / count, small),
        "databases": (2 * found.clusters_by_cores * machine / count, 0.0),
        "disks": (2 * stored * prices["disk"], stored * prices["disk"]),
        "backups": (backups * prices["backup_disk"], backups * prices["backup_disk"]),
        "an operator's time": (prices["hours"] * prices["hour"], prices["hours_alone"] * prices["hour"]),
    }


HELD_UP = "a writer meanwhile, at most"


def held_up(measured: Mapping[str, Any], reports: float) -> float:
    """Seconds for which the nightly rewriting on SQLite holds a writer up at most, between the sizes at which it was measured."""
    known = [(0.0, 0.0), *((size, costs[HELD_UP]["wall"]) for size, costs in _measured_on_sqlite(measured))]
    return float(numpy.interp(reports, *zip(*known, strict=True)))


def _measured_on_sqlite(measured: Mapping[str, Any]) -> list[tuple[float, Mapping[str, Any]]]:
    """By reports, the sizes at which somebody wrote while the file was rewritten."""
    sizes = measured["growth"]["sqlite"].items()
    return [(REPORTS * float(size), costs) for size, costs in sizes if HELD_UP in costs]


def most_reports(inputs: Inputs, measured: Mapping[str, Any]) -> int:
    """As many as may be kept on SQLite: where the rewriting holds a writer up for too long, or as many as were measured."""
    kept = 100
    largest = max(size for size, _costs in _measured_on_sqlite(measured))
    while kept < largest and held_up(measured, kept + 100) <= inputs["machines"]["waits_at_most"]:
        kept += 100
    return kept


def like_milton_keynes(inputs: Inputs, people: Numbers) -> int:
    """The partnership that is nearest to Milton Keynes in size."""
    return int(numpy.abs(people - inputs["england"]["milton_keynes"]).argmin())
