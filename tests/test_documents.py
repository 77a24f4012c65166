"""The documents say what is so: each promise names its test, each link leads somewhere, each time kept is the shipped one."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
THREATS = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
TEMPLATES = ("data-protection-impact-assessment.md", "record-of-processing.md")


def promises() -> list[list[str]]:
    """The rows of the table of promises: number, promise, tests."""
    table = THREATS.split("## What is promised")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if re.match(r"\| \d", line)]


def functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


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
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        (found,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == test]
        assert not any("mark.long" in ast.unparse(mark) for mark in found.decorator_list), test


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
