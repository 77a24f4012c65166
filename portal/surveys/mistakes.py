"""Everything that is wrong in a definition, each with its place: what `portal survey check` says, and not only the first.

The checker stops at a mistake. Here each page, question, scale and indicator is checked by itself, so that whoever writes a
definition mends all of these at once; what hangs together, like the conditions, is checked once they are fine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.languages.words import texts
from portal.partnership.toml_records import Wrong, element, keys_of, record
from portal.questions.types import check_options
from portal.surveys.bank import read_bank
from portal.surveys.definition import Indicator, Page, Question, Questionnaire, Scale
from portal.surveys.grids import with_rows_as_questions
from portal.surveys.indicator_checks import check_indicator, check_primary, check_reporting_gap
from portal.surveys.reading import NotToml, check_question, check_words, checked, parsed

MOST = 50
"""More than these nobody mends at one sitting, and one slip can make hundreds."""
MAX_SIZE = 256 * 1024
"""Bytes. The longest survey that ships has 32 KB in four languages."""
PARTS: Mapping[str, Any] = {"scales": Scale, "pages": Page, "indicators": Indicator}
_PLACE = re.compile(r"((?:[\w-]+(?: number \d+)?)(?:\.[\w-]+(?: number \d+)?)*) (.+)", re.DOTALL)
_AT_LINE = re.compile(r" ?\(at line (\d+), column \d+\)")


@dataclass(frozen=True)
class Mistake:
    """`place` in the definition, empty where it is none; `line` from 1, 0 where it is not known; `mend` may be empty."""

    says: str
    mend: str = ""
    place: str = ""
    line: int = 0


class BrokenDefinition(Exception):
    """It cannot be used."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__(mistakes)
        self.mistakes = mistakes


def check_size(size: int) -> None:
    """Before a file is read. Raises BrokenDefinition."""
    if size > MAX_SIZE:
        raise BrokenDefinition([Mistake("the file is larger than 256 KB", "a survey is text only; make it shorter")])


def text_of(raw: bytes) -> str:
    """The text of an uploaded file, without a byte order mark. Raises BrokenDefinition."""
    check_size(len(raw))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BrokenDefinition(
            [Mistake("this is not a text file in UTF-8", 'save it as plain text, "UTF-8"')]
        ) from None
    if not text.strip():
        raise BrokenDefinition([Mistake("the file is empty", "choose the file with the questions")])
    return text


def read_questionnaire(text: str) -> Questionnaire:
    """Raises BrokenDefinition with up to 50 mistakes."""
    try:
        content = parsed(text)
    except NotToml as problem:
        found = _AT_LINE.search(str(problem))
        says = _AT_LINE.sub("", str(problem))
        mend = "look there, and just before, for a quotation mark, comma or bracket that is missing"
        raise BrokenDefinition([Mistake(says, mend, line=int(found[1]) if found else 0)]) from None
    try:
        return checked(content)
    except RecursionError:
        raise BrokenDefinition(
            [Mistake("something stands too deep in one another", "write it in fewer parentheses")]
        ) from None
    except Wrong as first:
        sentences = dict.fromkeys([*_of_records(content)] or [*_of_parts(content)] or [str(first)])
        raise BrokenDefinition([_mistake(one, text) for one in [*sentences][:MOST]]) from None


def _wrong(check: Callable[..., Any], *given: Any) -> Iterator[str]:
    try:
        check(*given)
    except Wrong as wrong:
        yield str(wrong)


def _of_records(content: dict[str, Any]) -> Iterator[str]:
    """What a part of the definition has that its kind does not allow."""
    bank = read_bank()
    for page in _listed(content, "pages"):
        for question in _listed(page, "questions"):
            if isinstance(question, dict) and "from" in question:
                yield from _wrong(bank.expand, {"pages": [{**page, "questions": [question]}]})
    for figure in _listed(content, "indicators"):
        yield from _wrong(bank.expand, {"indicators": [figure]})
    try:
        content = bank.expand(content)
    except Wrong:
        return
    yield from _wrong(
        record, Questionnaire, content | {part: [] for part in PARTS if isinstance(content.get(part), list)}, ""
    )
    for part, kind in PARTS.items():
        for number, raw in enumerate(_listed(content, part), 1):
            at = element(part, number, raw)
            questions = _listed(raw, "questions") if kind is Page else []
            yield from _wrong(record, kind, raw | {"questions": []} if questions else raw, at)
            for place, question in enumerate(questions, 1):
                yield from _wrong(record, Question, question, element(f"{at}.questions", place, question))


def _of_parts(content: dict[str, Any]) -> Iterator[str]:
    """What a part says that cannot be."""
    try:
        questionnaire = with_rows_as_questions(record(Questionnaire, read_bank().expand(content), ""))
    except Wrong as wrong:
        yield str(wrong)
        return
    for at, words in texts(questionnaire):
        yield from _wrong(check_words, words, at)
    for scale in questionnaire.scales:
        yield from _wrong(check_options, scale.options, f"scales.{scale.code}.options")
    for page in questionnaire.pages:
        for question in page.questions:
            yield from _wrong(check_question, questionnaire, question, f"pages.{page.code}.questions.{question.code}")
    for indicator in questionnaire.indicators:
        yield from _wrong(check_indicator, questionnaire, indicator)
    yield from _wrong(check_primary, questionnaire)
    yield from _wrong(check_reporting_gap, questionnaire)


def _listed(content: Any, name: str) -> list[Any]:
    found = content.get(name) if isinstance(content, dict) else None
    return found if isinstance(found, list) else []


def _mistake(sentence: str, text: str) -> Mistake:
    found = _PLACE.fullmatch(sentence)
    place, says = (found[1], found[2]) if found else ("", sentence)
    if not place or place.split(".")[0].split(" ")[0] not in {*keys_of(Questionnaire), "questions"}:
        place, says = "", sentence
    says, _, mend = says.partition("; ")
    return Mistake(says, mend, place, _line_of(place, text))


def _line_of(place: str, text: str) -> int:
    """Where the innermost part stands that has a code of its own; else where the key is."""
    for part in reversed(re.sub(r" number \d+", "", place).split(".")):
        found = re.search(rf"""\b(?:code|from)\s*=\s*["']{re.escape(part)}["']""", text)
        if found:
            return text.count("\n", 0, found.start()) + 1
    found = re.search(rf"(?m)^\s*{re.escape(place)}\s*=", text) if place and "." not in place else None
    return text.count("\n", 0, found.end()) + 1 if found else 0
