"""Questionnaires read from surveys/*.toml and checked: each mistake is one sentence with file, place and mend."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from portal.languages.i18n import ENGLISH
from portal.languages.words import Words, texts
from portal.package_data import folder
from portal.partnership.toml_records import Wrong, distinct_codes, known_codes, record
from portal.questions.types import check_options, type_of
from portal.surveys.bank import read_bank
from portal.surveys.definition import Question, Questionnaire
from portal.surveys.grids import with_rows_as_questions
from portal.surveys.indicator_checks import check_indicator, check_primary, check_reporting_gap
from portal.surveys.rules import check_reach, check_rule
from portal.text import plain, unwanted

FOLDER = folder("surveys")
# tomllib takes the square of a key's length in dots: 60,000 of them 50 seconds.
MOST_DOTS = 20
_OPENS = re.compile(r"#|\"\"\"|\"|\'\'\'|\'")
_CLOSES = {
    '"': re.compile(r'(?:[^"\\\n]|\\.)*+"'),
    "'": re.compile(r"[^'\n]*+'"),
    '"""': re.compile(r'(?:[^"\\]|\\.|"(?!""))*+"{3,5}', re.DOTALL),
    "'''": re.compile(r"(?:[^']|'(?!''))*+'{3,5}"),
}
_NO_KEY = re.compile(r"[^\w.-]")


class DefinitionError(Exception):
    """A questionnaire cannot be used; its text is one sentence naming file, place and mend."""


def definition_files() -> list[Path]:
    return sorted(FOLDER.glob("*.toml"))


def read_text(path: Path) -> str:
    """Raises DefinitionError."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        raise DefinitionError(f"{path} cannot be read; put the file there or mend its permissions.") from None
    except UnicodeDecodeError as problem:
        raise DefinitionError(f"{path} is not a text file; mend this: {problem}.") from None


def read_definition(path: Path, *, any_name: bool = False) -> Questionnaire:
    """Read and check one file. Raises DefinitionError."""
    try:
        content = parsed(read_text(path))
    except NotToml as problem:
        raise DefinitionError(f"{path} is not a TOML file; mend this: {problem}.") from None
    try:
        questionnaire = checked(content)
        if questionnaire.code != path.stem and not any_name:
            raise Wrong(f"code must be {path.stem}, as the file is called")
    except Wrong as wrong:
        raise DefinitionError(f"{path}: {wrong}.") from None
    return questionnaire


class NotToml(ValueError):
    """It cannot be taken apart; its text says where and why."""


def parsed(text: str) -> dict[str, Any]:
    """What the text says, before anything in it is judged. Raises NotToml."""
    if _most_dots(text) > MOST_DOTS:
        raise NotToml(f"more than {MOST_DOTS} names joined by dots")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise NotToml("lists or tables stand too deep in one another") from None
    except ValueError as problem:  # of TOML, and of a number of thousands of digits
        raise NotToml(str(problem)) from None


def _most_dots(text: str) -> int:
    """In one key. Strings and comments are passed over; one that does not end stops the parser there as well."""
    pieces, place = [], 0
    while place >= 0 and (opened := _OPENS.search(text, place)):
        pieces.append(text[place : opened.start()])
        if opened[0] == "#":
            place = text.find("\n", opened.end())
        else:
            closed = _CLOSES[opened[0]].match(text, opened.end())
            pieces.append("x")
            place = closed.end() if closed else -1
    if place >= 0:
        pieces.append(text[place:])
    bare = re.sub(r"[ \t]", "", "".join(pieces))
    return max(part.count(".") for part in _NO_KEY.split(bare))


def checked(content: dict[str, Any]) -> Questionnaire:
    """The questionnaire of what was parsed. Raises Wrong at the first mistake."""
    questionnaire = with_rows_as_questions(record(Questionnaire, read_bank().expand(content), ""))
    check(questionnaire)
    return questionnaire


def check(questionnaire: Questionnaire) -> None:
    """What the schema cannot say. Raises Wrong with place and mend."""
    for at, words in texts(questionnaire):
        check_words(words, at)
    distinct_codes("scales", questionnaire.scales)
    distinct_codes("pages", questionnaire.pages)
    if not questionnaire.pages:
        raise Wrong("pages must hold at least one page")
    for scale in questionnaire.scales:
        check_options(scale.options, f"scales.{scale.code}.options")
    everything = [question for page in questionnaire.pages for question in page.questions]
    distinct_codes("questions", everything)
    asked: dict[str, Question] = {}
    for page in questionnaire.pages:
        at = f"pages.{page.code}"
        if not page.questions:
            raise Wrong(f"{at}.questions must hold at least one question")
        check_rule(questionnaire, page.only_if, asked, f"{at}.only_if")
        for question in page.questions:
            here = f"{at}.questions.{question.code}"
            check_question(questionnaire, question, here)
            check_rule(questionnaire, question.only_if, asked, f"{here}.only_if")
            for number, variant in enumerate(question.variants, 1):
                place = f"{here}.variants number {number}.when"
                if not variant.when:
                    raise Wrong(
                        f"{place} must hold a condition; for everyone, write these words as the question's text"
                    )
                check_rule(questionnaire, variant.when, asked, place)
        asked |= {question.code: question for question in page.questions}
    check_reach(questionnaire)
    _check_demographics(everything)
    distinct_codes("indicators", questionnaire.indicators)
    for indicator in questionnaire.indicators:
        check_indicator(questionnaire, indicator)
    check_primary(questionnaire)
    check_reporting_gap(questionnaire)


def check_words(words: Words, at: str) -> None:
    """Somebody sees every text, and reads it as it was written."""
    for code, text in words.items():
        if letter := unwanted(text):
            raise Wrong(
                f"{at}.{code} holds the character U+{ord(letter):04X}, which nobody sees and which can change what is read; "
                "take it out"
            )
        if text and not plain(text):
            mend = "write the text" if code == ENGLISH else "write the text, or take the language out"
            raise Wrong(f"{at}.{code} shows nothing; {mend}")


def check_question(questionnaire: Questionnaire, question: Question, at: str) -> None:
    kind = type_of(question)
    kind.check(question, at)
    if "scale" in kind.takes:
        if not question.scale:
            raise Wrong(f"{at}.scale is missing; name one of scales")
        known_codes([question.scale], {scale.code for scale in questionnaire.scales}, f"{at}.scale", "scales")
    if question.wording == "verified" and not question.source:
        raise Wrong(f"{at}.source must say what the wording was held against")


def _check_demographics(questions: Sequence[Question]) -> None:
    found: dict[str, str] = {}
    for question in questions:
        if not question.demographic:
            continue
        if question.type not in ("single", "age_band"):
            raise Wrong(f"questions.{question.code}.demographic needs the type single or age_band")
        if question.demographic in found:
            raise Wrong(
                f"questions.{question.code}.demographic is {question.demographic}, as {found[question.demographic]} "
                "is already; take one out"
            )
        found[question.demographic] = question.code
