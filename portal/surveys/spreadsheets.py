"""Which codes and labels a spreadsheet would change: Excel or LibreOffice Calc, set to English, opening an export."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from portal.questions.types import type_of
from portal.surveys.definition import Option, Questionnaire
from portal.surveys.export import cell

# From so many digits on Excel shows a power of ten, and past 15 both lose digits.
MAX_DIGITS = 11
_DAY, _YEAR, _BETWEEN = r"(?:0?[1-9]|[12]\d|3[01])", r"\d{1,4}", r"[\s/.-]*"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_MONTH_NUMBER = r"(?:0?[1-9]|1[0-2])"
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)?(?:(?<=\d)\.\d*|\.\d+)?(?<=[\d.])"
_PLAIN_NUMBER = re.compile(rf"(?=.*\d){_NUMBER}", re.ASCII)


def _kind(*ways: str) -> re.Pattern[str]:
    return re.compile("|".join(ways), re.ASCII)


_KINDS = {
    "a number": _kind(
        r"(?:\d[\d,]*\.?\d*|\.\d+)e[+-]?\d+\.?",
        rf"\({_NUMBER}\)",
        rf"{_NUMBER}\s*[+%£$€-]",
        rf"[£$€]\s*{_NUMBER}",
        r"\d+\s+\d+/\d+",
    ),
    "true or false": _kind("true|false"),
    "an error": _kind(r"#(?:n/a|ref!|name\?|value!|div/0!|null!|num!)"),
    "a time": _kind(r"\d+\s*:\d*(?::\d*(?:\.\d+)?)?(?:\s*[ap]m?)?", r"(?:0?\d|1[0-2])(?:\s+[ap]|\s*[ap]m)"),
    "a date": _kind(
        rf"{_DAY}\s*[/-]\s*{_MONTH_NUMBER}",
        rf"{_MONTH_NUMBER}\s*[/-]\s*(?:\d{{1,2}}|\d{{4}})",
        r"\d{1,4}([/-])\d{1,2}\1\d{1,4}",
        rf"\d{{4}}[/-]{_MONTH_NUMBER}",
        rf"{_DAY}{_BETWEEN}{_MONTH}(?:{_BETWEEN}{_YEAR})?",
        rf"{_MONTH}{_BETWEEN}{_YEAR}",
        rf"{_MONTH}{_BETWEEN}{_DAY}(?:[\s/.,-]+{_YEAR})?",
    ),
}


def read_as(text: str) -> str | None:
    """What a spreadsheet makes of a cell with this text; None where it stays as it is."""
    if cell(text) != '"{}"'.format(text.replace('"', '""')):
        return "a formula, so that the export puts an apostrophe before it"
    bare = " ".join(text.split()).casefold()
    if _PLAIN_NUMBER.fullmatch(bare):
        shown = f"{Decimal(bare.replace(',', '')).normalize():f}"
        if len(shown.replace(".", "")) > MAX_DIGITS:
            return "a number with so many digits that some are not shown"
        return f"the number {shown}" if shown != text else None
    return next((kind for kind, pattern in _KINDS.items() if pattern.fullmatch(bare)), None)


def warnings(questionnaire: Questionnaire) -> list[str]:
    """A sentence for each code and label that would be changed: its place, what becomes of it, and how to mend it."""
    return list(_warnings(questionnaire))


def _warnings(questionnaire: Questionnaire) -> Iterator[str]:
    for scale in questionnaire.scales:
        yield from _of_options(scale.options, f"scales.{scale.code}.options", are_cells=True)
    for page in questionnaire.pages:
        for question in page.questions:
            at = f"pages.{page.code}.questions.{question.code}"
            yield from _of_code(question.code, at)
            # Of several and of a ranking each option has a column, whose name begins with the question's code.
            are_cells = type_of(question).packed not in ("several", "ranking")
            yield from _of_options(question.options, f"{at}.options", are_cells=are_cells)


def _of_options(options: tuple[Option, ...], at: str, *, are_cells: bool) -> Iterator[str]:
    for option in options if are_cells else ():
        yield from _of_code(option.code, f"{at}.{option.code}")
        for language, label in option.text.items():
            if made := read_as(label):
                yield (
                    f'{at}.{option.code}.text.{language} is "{label}", which a spreadsheet takes for {made}; '
                    'write it in words, like "1 to 2"'
                )


def _of_code(code: str, at: str) -> Iterator[str]:
    if made := read_as(code):
        yield f'{at}.code is "{code}", which a spreadsheet takes for {made}; write letters that are no month, like "o_{code}"'
