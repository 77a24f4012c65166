"""The documents say what is so: each promise names its test, each link leads somewhere, each time kept is the shipped one."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from portal.vault import receipts

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
THREATS = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
TEMPLATES = ("data-protection-impact-assessment.md", "record-of-processing.md")


def promises() -> list[list[str]]:
    """The rows of the table of promises: number, promise, tests."""
    table = THREATS.split("## What is promised")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if re.match(r"\| \d", line)]


@cache
def functions_of(file: str) -> dict[str, ast.FunctionDef]:
    """By name. Many promises name the same file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_promise_names_a_test_that_there_is() -> None:
    rows = promises()
    assert [int(number) for number, _, _ in rows] == list(range(1, len(rows) + 1))
    for _, promise, named in rows:
        tests = re.findall(r"`(tests/test_\w+\.py)::(test_\w+)`", named)
        assert len(tests) == named.count("::") > 0, promise
        for file, test in tests:
            assert test in functions_of(file), f"{promise}: {file} has no {test}"


def test_no_promise_rests_on_a_test_that_runs_with_full_figures_only() -> None:
    for file, test in re.findall(r"`(tests/test_\w+\.py)::(test_\w+)`", THREATS):
        marks = functions_of(file)[test].decorator_list
        assert not any("mark.long" in ast.unparse(mark) for mark in marks), test


def test_what_guessing_costs_is_reckoned_with_what_a_receipt_costs() -> None:
    said = " ".join(THREATS.split("## What guessing receipts costs a thief")[1].split("\n## ")[0].split())
    assert f"one Argon2id with {receipts.MEMORY // 2**20} MiB and two passes" in said
    assert receipts.OPS == 2
    numbers = 10**receipts.DIGITS
    a_second, pounds_an_hour, a_year = 10_000, 0.5, 365.25 * 24 * 3600
    rows = {1: ("5 × 10^15", "16,000", "69 million"), 100: ("10^14", "310", "1.4 million")}
    rows |= {1_000: ("10^13", "32", "140,000"), 10_000: ("10^12", "3.2", "14,000")}
    for reports, (guesses, years, pounds) in rows.items():
        assert f"| {guesses} | {years} years | £{pounds} |" in said
        factor, _, power = guesses.rpartition("10^")
        wanted = numbers / (reports + 1)
        assert float(factor.removesuffix(" × ") or 1) * 10 ** int(power) == pytest.approx(wanted, rel=0.02)
        assert float(years.replace(",", "")) == pytest.approx(wanted / a_second / a_year, rel=0.02)
        price = float(pounds.replace(",", "").removesuffix(" million")) * (10**6 if "million" in pounds else 1)
        assert price == pytest.approx(wanted / a_second / 3600 * pounds_an_hour, rel=0.02)

    def work(mebibytes: int, passes: int) -> int:
        return mebibytes * (3 * passes - 1)

    for measured, (mebibytes, passes), ours in [(1667, (64, 3), 9_000), (11_434, (16, 3), 15_000)]:
        assert measured * work(mebibytes, passes) / work(19, 2) == pytest.approx(ours, rel=0.04)
    assert a_second * work(19, 2) / work(64, 2) == pytest.approx(3_000, rel=0.02)
    assert 7776**4 / 2 / 3_000 / a_year == pytest.approx(19_000, rel=0.02)
    assert 10**10 / 2 / a_second / 86_400 == pytest.approx(6, rel=0.05)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_in_a_document_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8")):
        assert "://" in target or (document.parent / target).exists(), target


@pytest.mark.parametrize("document", [ROOT / "README.md", ROOT / "docs" / "going-live.md"], ids=lambda path: path.name)
def test_whoever_sets_it_up_is_led_to_what_is_protected_and_to_the_templates(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for name in ("threat-model.md", *TEMPLATES):
        assert re.search(rf"\]\((docs/)?{name}\)", text), name


def test_the_record_of_processing_names_the_times_that_the_partnership_sets() -> None:
    text = (ROOT / "docs" / "record-of-processing.md").read_text(encoding="utf-8")
    shipped = tomllib.loads((ROOT / "portal" / "partnership" / "partnership.toml").read_text(encoding="utf-8"))[
        "retention"
    ]
    named = {key: int(years) for key, years in re.findall(r"\| `(\w+_(?:years|months))` \| (\d+) \|", text)}
    assert named == {key: value for key, value in shipped.items() if key.endswith(("_years", "_months"))}
