"""A questionnaire as it stands on a sheet of paper: its questions with their numbers; and why something on it does not count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from string import ascii_lowercase
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.languages.i18n import current_language
from portal.questions.question import Option
from portal.staff import rule_words
from portal.surveys.definition import Grid, Instrument, Page, Question
from portal.surveys.paper_marks import Lost


@dataclass(frozen=True)
class Item:
    """A question as it stands on the sheet. `asked_if`: who answers it, in words; `kind`: which boxes it has."""

    number: str
    question: Any
    kind: str
    how: str
    asked_if: str
    asked_as: Sequence[str]
    options: Sequence[Option]


@dataclass(frozen=True)
class Part:
    """A question, or a grid with its rows."""

    number: str
    grid: Grid | None
    items: Sequence[Item]


def sections_of(instrument: Instrument) -> list[tuple[Page, list[Part]]]:
    """Each page with its parts, numbered through the whole sheet; the rows of a grid by letters."""
    parts = _parts(instrument)
    return [(page, [next(parts) for _ in range(_size(page))]) for page in instrument.questionnaire.pages]


def items_of(instrument: Instrument) -> dict[str, Item]:
    """By the question's code, in the sheet's order."""
    return {item.question.code: item for part in _parts(instrument) for item in part.items}


def _size(page: Page) -> int:
    return sum(1 for _ in groupby(page.questions, lambda question: question.grid or question.code))


def _parts(instrument: Instrument) -> Iterator[Part]:
    number = 0
    for page in instrument.questionnaire.pages:
        grids = {grid.code: grid for grid in page.grids}
        for code, questions in groupby(page.questions, lambda question: question.grid or question.code):
            number += 1
            asked = list(questions)
            letters = list(ascii_lowercase) if code in grids else [""]
            items = [
                _item(instrument, page, question, f"{number}{letter}")
                for question, letter in zip(asked, letters, strict=False)
            ]
            yield Part(str(number), grids.get(code), items)


def _item(instrument: Instrument, page: Page, question: Question, number: str) -> Item:
    language = current_language().code
    kind = "lines" if question.type == "place" else _KINDS.get(question.type, "boxes")
    return Item(
        number,
        question,
        kind,
        _how(question),
        rule_words.asked_if(instrument, page, question, language),
        rule_words.asked_as(instrument, question, language),
        () if kind == "lines" else instrument.questionnaire.options_of(question),
    )


_KINDS = {
    "number": "number",
    "points": "points",
    "date": "date",
    "ranking": "ranking",
    "short_text": "lines",
    "long_text": "lines",
}


def _how(question: Question) -> str:
    """What to do with the pen."""
    match question.type:
        case "several" if question.most:
            return ngettext("Tick up to %(num)s box.", "Tick up to %(num)s boxes.", question.most)
        case "several":
            return _("Tick all that fit.")
        case "ranking" if question.most and question.most < len(question.options):
            return ngettext(
                "Write 1 in the box of your first choice. Number up to %(num)s box.",
                "Write 1 in the box of your first choice, 2 in the next. Number up to %(num)s boxes.",
                question.most,
            )
        case "ranking":
            return _("Write 1 in the box of your first choice, 2 in the next, and so on.")
        case "number":
            return _("Write a number from %(least)s to %(most)s.", least=question.least, most=question.most)
        case "date" if question.grain == "month":
            return _("Write the month and the year in digits.")
        case "date":
            return _("Write the day, the month and the year in digits.")
        case "place":
            return _("Write the name of your parish, estate or village. No street and no house number.")
        case "short_text" | "long_text":
            return _("Write nothing that shows who you are.")
    return _("Tick one box.")


LOST = {
    Lost.UNREADABLE: _l("it cannot be read"),
    Lost.SEVERAL_TICKED: _l("more than one box is ticked"),
    Lost.TOO_MANY: _l("more boxes are ticked than are allowed"),
    Lost.ALONE: _l("a box is ticked that goes with no other"),
    Lost.UNFIT: _l("the question has no such answer"),
    Lost.NOT_ASKED: _l("the question is not for whoever gave the other answers"),
}
