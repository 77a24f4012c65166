"""A questionnaire as an XLSForm, the workbook that ODK, KoboToolbox and Ona read; what has no counterpart there is said by row.

XLSForm: https://xlsform.org/en/ . Conditions are written by xlsform_conditions.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

import xlsxwriter

from portal.languages.i18n import ENGLISH, LANGUAGES, Language
from portal.languages.words import Words
from portal.questions.question import missing_of
from portal.questions.types import type_of
from portal.questions.types.age_band import AGE_BANDS
from portal.surveys.cautions import texts
from portal.surveys.definition import Grid, Instrument, Option, Page, Question, Rule
from portal.surveys.xlsform_conditions import to_xpath

ABOUT = "about_survey"
PAGE = "page_"
GRID = "grid_"
INTRO = "intro_"
PLACES = "partnership_places"
# What a form's root is called; no question can be, because hyphens are in no code.
ROOT = "portal-survey"
NOT_A_REFERENCE = "$ {"
_TEXT_STAYS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_SURVEY = ("type", "name", "relevant", "constraint", "appearance", "parameters")
_WIDTH = 24


@dataclass(frozen=True)
class Note:
    """What the XLSForm cannot say. `row`: of the sheet survey, 0 for the whole form; `name`: the question."""

    row: int
    name: str
    says: str

    def __str__(self) -> str:
        where = ", ".join(part for part in (f"row {self.row}" if self.row else "", self.name) if part)
        return f"{where}: {self.says}" if where else self.says


Row = dict[str, str]


@dataclass
class XlsForm:
    """Three sheets as rows by their columns, and what has no counterpart."""

    languages: Sequence[Language]
    survey: list[Row] = field(default_factory=list)
    choices: list[Row] = field(default_factory=list)
    settings: Row = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def columns(self) -> tuple[list[str], list[str]]:
        """Of the sheets survey and choices."""
        label, hint = ([f"{name}::{called(one)}" for one in self.languages] for name in ("label", "hint"))
        return [*_SURVEY[:2], *label, *hint, *_SURVEY[2:]], ["list_name", "name", *label]


def called(language: Language) -> str:
    return f"{language.name} ({language.code})"


def xlsform_of(instrument: Instrument, version: int | None = None) -> XlsForm:
    """`instrument`: a published version, or a file as it would be published."""
    return _Writer(instrument, version).form


class _Writer:
    def __init__(self, instrument: Instrument, version: int | None) -> None:
        self.instrument, self.whole = instrument, instrument.questionnaire
        spoken = {code for _at, words in texts(self.whole) for code, text in words.items() if text}
        self.form = XlsForm([one for one in LANGUAGES if one.code == ENGLISH or one.code in spoken])
        self.kinds = {code: type_of(question).packed for code, question in self.whole.questions.items()}
        self.lists: set[str] = set()
        self.names = {*self.whole.questions}
        self.lacking: Counter[str] = Counter()
        english = next(one for one in LANGUAGES if one.code == ENGLISH)
        self.form.settings = {
            "form_title": _text(self.whole.title[ENGLISH]),
            "form_id": self.whole.code,
            "version": str(version or ""),
            "default_language": called(english),
            "name": ROOT,
        }
        self._whole()
        self._row({"type": "note", "name": self._free(ABOUT)}, self.whole.about)
        for page in self.whole.pages:
            self._page(page)
        for language in self.form.languages:
            if self.lacking[language.code]:
                self._note(
                    0,
                    "",
                    f"{self.lacking[language.code]} texts are missing in {called(language)}; the English stands there",
                )

    def _note(self, row: int, name: str, says: str) -> None:
        self.form.notes.append(Note(row, name, says))

    def _row(self, row: Row, label: Words | None = None, hint: Words | None = None) -> int:
        """Add a row; its number in the sheet, which begins with a row of names."""
        self.form.survey.append(row | self._said("label", label) | self._said("hint", hint))
        return len(self.form.survey) + 1

    def _said(self, column: str, words: Words | None) -> Row:
        if words is None or not words[ENGLISH]:
            return {}
        found = {}
        for language in self.form.languages:
            self.lacking[language.code] += not words.get(language.code)
            found[f"{column}::{called(language)}"] = _text(words.in_(language.code))
        return found

    def _whole(self) -> None:
        said = [code for code, text in self.whole.title.items() if text and code != ENGLISH]
        if said:
            self._note(0, "", f"a form has its title in one language: it is left out in {', '.join(said)}")
        self._note(0, "", f"minutes = {self.whole.minutes} and least_age = {self.whole.least_age} are left out")
        if any(type_of(question).is_written for question in self.whole.questions.values()):
            self._note(
                0, "", "what people write is not sealed there, as it is here: it lies beside their other answers"
            )
        for indicator in self.whole.indicators:
            self._note(0, "", f"the indicator {indicator.code} is not in it: a form holds no figures")
        if self.whole.reporting_gap:
            self._note(0, "", "the reporting gap is not in it: a form holds no figures")

    def _free(self, name: str) -> str:
        """A name that no question has and no other row."""
        while name in self.names:
            name += "_"
        self.names.add(name)
        return name

    def _relevant(self, rule: Rule) -> Row:
        if not rule:
            return {}
        return {"relevant": to_xpath(rule.expression, self.whole.orders, self.kinds)}

    def _page(self, page: Page) -> None:
        name = self._free(f"{PAGE}{page.code}")
        self._row(
            {"type": "begin_group", "name": name, "appearance": "field-list"} | self._relevant(page.only_if), page.title
        )
        if page.intro[ENGLISH]:
            self._row({"type": "note", "name": self._free(f"{INTRO}{page.code}")}, page.intro)
        grids, opened = {grid.code: grid for grid in page.grids}, ""
        for question in page.questions:
            if opened and question.grid != opened:
                self._row({"type": "end_group"})
            if question.grid and question.grid != opened:
                self._grid(grids[question.grid], question)
            opened = question.grid
            self._question(question)
        for _open in range(2 if opened else 1):
            self._row({"type": "end_group"})

    def _grid(self, grid: Grid, row: Question) -> None:
        begins = {"type": "begin_group", "name": self._free(f"{GRID}{grid.code}"), "appearance": "table-list"}
        self._row(begins | self._relevant(row.only_if), grid.text, grid.hint)

    def _question(self, question: Question) -> None:
        made = {"name": question.code} | (self._relevant(question.only_if) if not question.grid else {})
        row = len(self.form.survey) + 2
        hint = question.hint
        match question.type:
            case "single":
                made["type"] = f"select_one {self._options(question, row)}"
            case "list":
                made |= {"type": f"select_one {self._options(question, row)}", "appearance": "minimal"}
            case "age_band":
                made["type"] = f"select_one {self._options(question, row)}"
                self._note(row, question.code, "the age bands, which come by themselves here, are written out")
            case "scale":
                made["type"] = f"select_one {self._scale(question.scale, row, question.code)}"
                if not question.grid:
                    made["appearance"] = "likert"
            case "several":
                made["type"] = f"select_multiple {self._options(question, row)}"
                made |= _ticks(question)
            case "ranking":
                made["type"] = f"rank {self._options(question, row)}"
                if question.most:
                    self._note(
                        row, question.code, f"all options are put in order there, not the first {question.most} of them"
                    )
            case "place":
                made |= {"type": f"select_one {self._places()}", "appearance": "minimal"}
                self._note(
                    row,
                    question.code,
                    "a place is chosen from a list there: its name cannot be typed in other spellings",
                )
            case "number":
                made |= {"type": "integer", "constraint": f". >= {question.least} and . <= {question.most}"}
            case "points":
                made |= {"type": "range", "parameters": f"start={question.least} end={question.most} step=1"}
                hint = _with_ends(question)
                self._note(row, question.code, "what the first and the last point mean stands in the hint there")
            case "date":
                made |= {"type": "date"} | _days(question)
            case "long_text":
                made |= {"type": "text", "appearance": "multiline"}
            case _:
                made["type"] = "text"
        if question.shuffle:
            made["parameters"] = "randomize=true"
            if question.apart:
                self._note(row, question.code, f"shuffled there, {_listed(question.apart)} is not always the last")
        self._row(made, question.text, hint)
        self._aside(question, row)

    def _aside(self, question: Question, row: int) -> None:
        for number, variant in enumerate(question.variants, 1):
            self._note(
                row, question.code, f"other words {number}, “{variant.text[ENGLISH]}” where {variant.when.expression}, are left out: everyone is asked in the first words"
            )  # fmt: skip
        for key in ("demographic", "identifying", "source"):
            if getattr(question, key):
                self._note(row, question.code, f"{key} = “{getattr(question, key)}” is left out")
        if question.wording != "own":
            self._note(row, question.code, f"wording = “{question.wording}” is left out")

    def _options(self, question: Question, row: int) -> str:
        scales = {scale.code for scale in self.whole.scales}
        name = f"{question.code}_options" if question.code in scales else question.code
        self._choices(name, sorted(question.options, key=lambda option: option.apart), row, question.code)
        return name

    def _scale(self, code: str, row: int, name: str) -> str:
        if code not in self.lists:
            self._choices(code, next(scale.options for scale in self.whole.scales if scale.code == code), row, name)
        return code

    def _choices(self, name: str, options: Sequence[Option], row: int, question: str) -> None:
        self.lists.add(name)
        for option in options:
            self.form.choices.append({"list_name": name, "name": option.code} | self._said("label", option.text))
        # Of "don't know" and "prefer not to say" the code says it, here too when the form is read back.
        apart = [option.code for option in options if option.apart and not missing_of(_by_code(option))]
        if apart:
            self._note(row, question, f"{_listed(apart)} stands among the others there, not apart")
        for option in options:
            if option.missing:
                self._note(row, question, f"{option.code}: missing = “{option.missing}” is left out")

    def _places(self) -> str:
        if PLACES not in self.lists:
            self.lists.add(PLACES)
            for _group, places in self.instrument.place_choices:
                for code, name in places:
                    said = self._said("label", Words({one.code: name for one in self.form.languages}))
                    self.form.choices.append({"list_name": PLACES, "name": code} | said)
        return PLACES


def _by_code(option: Option) -> Option:
    return Option(code=option.code, text=option.text)


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(codes)


def _text(text: str) -> str:
    """As a form shows it: what would be taken for the name of a question is none."""
    return text.replace("${", NOT_A_REFERENCE)


def _ticks(question: Question) -> Row:
    """How many may be ticked, and what excludes the others."""
    held = [f"count-selected(.) <= {question.most}"] if question.most else []
    held += [
        f"not(selected(., '{option.code}') and count-selected(.) > 1)" for option in question.options if option.alone
    ]
    return {"constraint": " and ".join(held)} if held else {}


def _with_ends(question: Question) -> Words:
    first, last = question.ends
    spoken = {code for words in (first, last) for code in words}
    return Words(
        {
            code: "\n".join(
                filter(None, [question.hint.in_(code), ends_in_hint(question, first.in_(code), last.in_(code))])
            )
            for code in sorted(spoken | {ENGLISH})
        }
    )


def ends_in_hint(question: Question, first: str, last: str) -> str:
    return f"{question.least} = {first}; {question.most} = {last}"


def _days(question: Question) -> Row:
    found: Row = {"appearance": "month-year"} if question.grain else {}
    held = [f". {sign} {_day(day)}" for sign, day in ((">=", question.earliest), ("<=", question.latest)) if day]
    return found | ({"constraint": " and ".join(held)} if held else {})


def _day(bound: str) -> str:
    if not bound.startswith("today"):
        return f"date('{bound}')"
    days = bound.removeprefix("today")
    return f"today() {days[0]} {int(days[1:])}" if days else "today()"


def sheets(form: XlsForm) -> Iterator[tuple[str, list[str], list[Row]]]:
    """(name, columns, rows) of each."""
    survey, choices = form.columns()
    yield "survey", survey, form.survey
    yield "choices", choices, form.choices
    yield "settings", [*form.settings], [form.settings]
    notes = [{"row": str(note.row or ""), "name": note.name, "note": note.says} for note in form.notes]
    yield "notes", ["row", "name", "note"], notes


def write_xlsform(file: IO[bytes], form: XlsForm) -> None:
    """The workbook; every cell is text, so that no formula is in it."""
    book = xlsxwriter.Workbook(file, _TEXT_STAYS_TEXT | {"in_memory": True})
    bold = book.add_format({"bold": True})
    for name, columns, rows in sheets(form):
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, _WIDTH)
        for column, title in enumerate(columns):
            sheet.write_string(0, column, title, bold)
        for number, row in enumerate(rows, 1):
            for column, title in enumerate(columns):
                if row.get(title):
                    sheet.write_string(number, column, row[title])
    book.close()


def is_every_band(codes: Sequence[str]) -> bool:
    """Whether the options are the age bands that come by themselves, and perhaps others after them."""
    return list(codes[: len(AGE_BANDS)]) == list(AGE_BANDS)
