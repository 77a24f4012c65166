"""The text of a questionnaire's file, made of an XLSForm: what is asked of nobody yet stands in it as a comment."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.partnership.toml_records import Wrong, record
from portal.surveys.bank import read_bank
from portal.surveys.cautions import cautions
from portal.surveys.definition import Questionnaire
from portal.surveys.expressions import Expression
from portal.surveys.grids import with_rows_as_questions
from portal.surveys.reading import check
from portal.surveys.xlsform_questions import Choices, stand_apart


@dataclass
class DraftQuestion:
    code: str
    values: dict[str, Any]
    only_if: Expression | None = None
    left_out: str = ""
    """The condition that could not be read: the question is asked of nobody."""


@dataclass
class DraftPage:
    code: str
    title: dict[str, str]
    only_if: Expression | None = None
    left_out: str = ""
    intro: dict[str, str] = field(default_factory=dict)
    questions: list[DraftQuestion] = field(default_factory=list)


def definition_text(
    head: Mapping[str, Any], scales: Mapping[str, Choices], pages: Sequence[DraftPage]
) -> Iterator[str]:
    """`head`: the keys of the survey; `scales`: by their codes here."""
    yield "# Made of an XLSForm. docs/surveys.md explains every key; `portal survey check` reads the file through.\n\n"
    yield _lines(head)
    for code, choices in scales.items():
        yield "\n[[scales]]\n" + _lines({"code": code, "options": _options(choices)})
    for page in pages:
        yield from _page_text(page)


def _page_text(page: DraftPage) -> Iterator[str]:
    values: dict[str, Any] = {"code": page.code, "title": page.title}
    values |= {"intro": page.intro} if page.intro else {}
    values |= {"only_if": str(page.only_if)} if page.only_if else {}
    is_empty = all(question.left_out for question in page.questions)
    head = "\n[[pages]]\n" + _lines(values)
    yield _commented(head, page.left_out) if page.left_out or is_empty else head
    for question in page.questions:
        one: dict[str, Any] = {"code": question.code} | question.values
        one |= {"only_if": str(question.only_if)} if question.only_if else {}
        text = "\n[[pages.questions]]\n" + _lines(one)
        yield _commented(text, question.left_out) if question.left_out or page.left_out else text


def judged(text: str) -> tuple[str, list[str]]:
    """What `portal survey check` says of a questionnaire's text: its mistake, or its warnings."""
    try:
        made = with_rows_as_questions(record(Questionnaire, read_bank().expand(tomllib.loads(text)), ""))
        check(made)
    except (Wrong, tomllib.TOMLDecodeError) as mistake:
        return str(mistake), []
    return "", cautions(made)


def _options(choices: Choices) -> list[dict[str, Any]]:
    options = [{"code": code, "text": words} for code, words in choices.words.items()]
    stand_apart(options)
    return options


def _lines(values: Mapping[str, Any]) -> str:
    return "".join(f"{key} = {toml_value(value)}\n" for key, value in values.items())


def _commented(text: str, condition: str) -> str:
    said = f'\n# Asked of nobody: write whom to ask as only_if, and take the # away. It was: {" ".join(condition.split())}' if condition else ""  # fmt: skip
    return said + "".join(f"\n# {line}" if line else "\n" for line in text.rstrip("\n").split("\n")) + "\n"


def toml_text(text: str) -> str:
    """As TOML's basic string, which JSON's is but for one letter."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Mapping():
            return "{ " + ", ".join(f"{key} = {toml_value(one)}" for key, one in value.items()) + " }"
        case list():
            if value and isinstance(value[0], Mapping):
                return "[\n" + "".join(f"  {toml_value(one)},\n" for one in value) + "]"
            return "[" + ", ".join(map(toml_value, value)) + "]"
    return toml_text(str(value))
