"""An XLSForm as a questionnaire's file: what it asks in the same order under the same codes, and by row what was made otherwise.

The safe way is taken where something has no counterpart: a question whose condition cannot be read is asked of nobody. It stands in
the file as a comment, with the condition as it was, until somebody writes whom to ask.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from portal.languages.i18n import ENGLISH
from portal.questions.types.grid import MAX_ROWS, MIN_ROWS
from portal.surveys.expressions import All, Expression, atoms
from portal.surveys.xlsform_conditions import Asked, NotTranslated, from_xpath
from portal.surveys.xlsform_file import DraftPage, DraftQuestion, definition_text
from portal.surveys.xlsform_opening import Row, Sheets
from portal.surveys.xlsform_questions import Drafted, Lists, NoCounterpart, Questions
from portal.surveys.xlsform_words import Finding, Findings, Texts, language_of_column, legal_code
from portal.surveys.xlsform_writing import ABOUT, GRID, INTRO, PAGE

SECONDS_A_QUESTION = 15
# Columns that are read, and those that only say how a form looks.
_READ = {
    "type",
    "name",
    "label",
    "hint",
    "relevant",
    "relevance",
    "constraint",
    "appearance",
    "parameters",
    "choice_filter",
}
_NOT_REQUIRED = "required is left out: every question can be skipped"


@dataclass
class _Group:
    """A group that is open, with the conditions of those around it; `left_out`: the one that could not be read."""

    name: str
    title: dict[str, str]
    rule: Expression | None
    left_out: str = ""


@dataclass(frozen=True)
class Made:
    """A questionnaire's file and what was made otherwise than the form has it."""

    code: str
    text: str
    findings: list[Finding]


def read_xlsform(sheets: Sheets, called: str = "survey") -> Made:
    """`called`: the file's name, for a form that has none."""
    return _Reader(sheets, called).made()


class _Reader:
    def __init__(self, sheets: Sheets, called: str) -> None:
        self.sheets, self.findings = sheets, Findings()
        settings = sheets.settings
        named = settings.get("default_language", "")
        default = language_of_column(f"label::{named}", ENGLISH) if named else ENGLISH
        if default is None:
            default = ENGLISH
            self.findings.say(
                0, "", f"the portal does not have the language {named[:40]}: its words stand as the English ones"
            )
        self.texts = Texts(self.findings, default)
        self.lists = Lists(sheets.choices, self.texts, self.findings)
        self.questions = Questions(self.texts, self.findings, self.lists)
        self.code = legal_code(settings.get("form_id") or called, (), first="survey", joint="-")
        self.title = {ENGLISH: settings.get("form_title") or settings.get("form_id") or called}
        self.about: dict[str, str] = {}
        self.pages: list[DraftPage] = []
        self.page: DraftPage | None = None
        self.groups: list[_Group] = []
        self.intro: tuple[int, dict[str, str]] | None = None
        self.asked: dict[str, Asked] = {}
        self.left_out: set[str] = set()
        self.page_of: dict[str, DraftPage] = {}
        self.names = {row["name"] for row in sheets.survey if row.get("name")}
        self.codes: set[str] = set()
        self.page_codes: set[str] = set()
        if self.code != settings.get("form_id"):
            self.findings.say(0, "", f"the survey's code here is {self.code}")
        for cell in sheets.formulas:
            self.findings.say(
                0, cell, "it holds a formula, which is never worked out: the text it was saved with is taken"
            )

    # The rows

    def made(self) -> Made:
        rows = list(enumerate(self.sheets.survey, 2))
        self._other_columns()
        at = 0
        while at < len(rows):
            number, row = rows[at]
            kind = row.get("type", "").strip().lower().replace("_", " ")
            if kind.startswith("begin"):
                at = self._begin(rows, at, kind)
            elif kind.startswith("end"):
                if self.groups:
                    self.groups.pop()
                self.page = None
            elif kind == "note":
                self._note(number, row)
            elif kind:
                self._ask(number, row)
            at += 1
        self._no_page_for_intro()
        for name in self.lists.unused():
            self.findings.say(0, "", f"the list {name} is left out: no question that is kept uses it")
        return Made(self.code, "".join(self._text()), self.findings.all())

    def _other_columns(self) -> None:
        for number, row in enumerate(self.sheets.survey, 2):
            for column, value in row.items():
                kind = column.partition("::")[0]
                if kind == "required":
                    if value.strip().lower() not in ("no", "false", "false()", "0"):
                        self.findings.say(number, "", _NOT_REQUIRED)
                elif kind not in _READ and not _is_left_out_with(row, kind):
                    self.findings.say(number, "", f"the column {column} is left out")

    def _begin(self, rows: list[tuple[int, Row]], at: int, kind: str) -> int:
        """Open a group; returns the row that was read last."""
        number, row = rows[at]
        name, end = row.get("name", ""), _end_of(rows, at)
        if "group" not in kind:
            inner = sum(1 for _n, one in rows[at + 1 : end] if one.get("name"))
            self.findings.say(number, name, f"a repeat has no counterpart: it and the {inner} rows in it are left out")
            return end
        if self._grid(rows[at + 1 : end], number, row):
            return end
        rule, left_out = self._rule(number, row, name)
        outer = self.groups[-1] if self.groups else None
        title = self.texts.words(row, "label", number) or (outer.title if outer else self.title)
        inherited = outer.rule if outer else None
        joined = All((inherited, rule)) if inherited and rule else inherited or rule
        self.groups.append(
            _Group(name.removeprefix(PAGE), title, joined, left_out or (outer.left_out if outer else ""))
        )
        self.page = None
        return at

    def _rule(self, number: int, row: Row, name: str) -> tuple[Expression | None, str]:
        """Whom it is asked, and the condition where it cannot be read."""
        text = (row.get("relevant") or row.get("relevance") or "").strip()
        if text in ("", "true()"):
            return None, ""
        try:
            return from_xpath(text, self._looked_at), ""
        except NotTranslated as why:
            says = f"its condition “{text[:200]}” {why}: it is asked of nobody, and stands in the file as a comment"
            self.findings.say(number, name, says)
            return None, text

    def _looked_at(self, name: str) -> Asked:
        found = self.asked.get(name)
        if found is None:
            where = "is asked later or in a circle" if name in self.names else "the form does not ask"
            raise NotTranslated(f"looks at {name[:40]}, which {'is left out' if name in self.left_out else where}")
        return found

    def _note(self, number: int, row: Row) -> None:
        words, name = self.texts.words(row, "label", number), row.get("name", "")
        if not words:
            self.findings.say(number, name, "a note without words is left out")
        elif row.get("relevant") or row.get("relevance"):
            self.findings.say(
                number, name, "a note for some is left out: write it as other words of a question (variants)"
            )
        elif not self.groups and not self.pages and not self.about and not self.page:
            self.about = words
            if name != ABOUT:
                self.findings.say(number, name, "the note is what people see before they start (about)")
        else:
            self._no_page_for_intro()
            self.intro = (number, words)
            if not (self.groups and name.startswith(INTRO) and self.page is None):
                self.findings.say(number, name, "the note is the beginning of a page of its own (intro)")
            self.page = None

    def _no_page_for_intro(self) -> None:
        """A note that no question follows."""
        if self.intro is not None:
            self.findings.say(self.intro[0], "", "the note is left out: no question stands under it")
            self.intro = None

    # Questions

    def _ask(self, number: int, row: Row) -> None:
        name = row.get("name", "")
        try:
            made = self.questions.drafted(row, number)
        except NoCounterpart as why:
            self.left_out.add(name)
            self.findings.say(number, name, f"it is left out: {why}")
            return
        rule, left_out = self._rule(number, row, name)
        code = self._code(name, number)
        question = DraftQuestion(code, made.values, rule, left_out)
        self._add(question, number)
        self._know(name, code, made, question)

    def _know(self, name: str, code: str, made: Drafted, question: DraftQuestion) -> None:
        group = self.groups[-1] if self.groups else None
        if question.left_out or (group and group.left_out):
            self.left_out.add(name)
        else:
            self.asked[name] = Asked(code, made.packed, made.options)

    def _code(self, name: str, number: int) -> str:
        code = legal_code(name, self.codes)
        self.codes.add(code)
        if code != name:
            self.findings.say(number, name, f"the code here is {code}")
        return code

    def _add(self, question: DraftQuestion, number: int) -> None:
        looks_at = {atom.question for atom in atoms(question.only_if)} if question.only_if else set()
        if self.page is not None and any(self.page_of.get(code) is self.page for code in looks_at):
            self.findings.say(number, question.code, "it hangs on a question of its page, so another page begins here")
            self.page = None
        if self.page is None:
            self._open_page(question)
        assert self.page is not None
        self.page.questions.append(question)
        self.page_of[question.code] = self.page
        if not self.groups:
            self.page = None

    def _open_page(self, question: DraftQuestion) -> None:
        group = self.groups[-1] if self.groups else None
        code = legal_code(group.name if group and group.name else question.code, self.page_codes, first="page")
        self.page_codes.add(code)
        self.page = (
            DraftPage(code, self.title) if group is None else DraftPage(code, group.title, group.rule, group.left_out)
        )
        if self.intro is not None:
            self.page.intro, self.intro = self.intro[1], None
        self.pages.append(self.page)

    def _grid(self, rows: list[tuple[int, Row]], number: int, row: Row) -> bool:
        """Statements on one scale, if that is what the group holds: as a table, or under a row that shows the options."""
        rows = [(n, one) for n, one in rows if one.get("type", "").strip()]
        head = rows[0] if rows and _looks(rows[0][1], "label") else None
        if not _looks(row, "table-list") and head is None:
            return False
        lists = {one["type"].split()[-1] for _n, one in rows}
        is_one = all(one["type"].lower().startswith(("select_one ", "select one ")) for _n, one in rows)
        if len(lists) != 1 or not is_one or any(one.get("relevant") or one.get("relevance") for _n, one in rows):
            return False
        rows = rows[1:] if head else rows
        if not MIN_ROWS <= len(rows) <= MAX_ROWS:
            return False
        try:
            drafts = [(n, one, self.questions.drafted(one, n, in_grid=True)) for n, one in rows]
        except NoCounterpart:
            return False
        if any(made.values["type"] != "scale" for _n, _row, made in drafts):
            return False
        name = row.get("name", "").removeprefix(GRID)
        rule, left_out = self._rule(number, row, name)
        code = legal_code(name, self.codes)
        self.codes.add(code)
        words, hint = self.texts.words(row, "label", number), self.texts.words(row, "hint", number)
        if head and (above := self.texts.words(head[1], "label", head[0])):
            if words:
                self.findings.say(
                    number, name, "its words are left out: the statements stand under those of the next row"
                )
            words, hint = above, self.texts.words(head[1], "hint", head[0])
        if not words:
            self.findings.say(number, name, "the grid has no words: its name stands in their place")
        values: dict[str, Any] = {"type": "grid", "text": words or {ENGLISH: name}} | ({"hint": hint} if hint else {})
        values |= {"scale": drafts[0][2].values["scale"], "rows": []}
        question = DraftQuestion(code, values, rule, left_out)
        self._add(question, number)
        page = self.page_of[code]
        for n, one, made in drafts:
            if made.values.get("hint"):
                self.findings.say(n, one["name"], "its hint is left out: a statement of a grid has none")
            its = self._code(one["name"], n)
            values["rows"].append({"code": its, "text": made.values["text"]})
            self.page_of[its] = page
            self._know(one["name"], its, made, question)
        return True

    def _text(self) -> Iterator[str]:
        asked = [question for page in self.pages for question in page.questions]
        if not self.about:
            self.about = self.title
            self.findings.say(0, "", "nothing says what the survey is about: its title stands there, so write about")
        minutes = min(60, max(1, math.ceil(len(asked) * SECONDS_A_QUESTION / 60)))
        self.findings.say(0, "", f"minutes = {minutes} is reckoned from the number of questions: try it and mend it")
        head = {"code": self.code, "title": self.title, "about": self.about, "minutes": minutes}
        scales = {code: self.lists[name] for name, code in self.questions.scales.items()}
        return definition_text(head, scales, self.pages)


def _is_left_out_with(row: Row, column: str) -> bool:
    """Whether it says nothing but what the row is, which is said to be left out."""
    kind = row.get("type", "").strip().lower()
    return kind.startswith({"calculation": "calculate", "repeat_count": "begin"}.get(column, " "))


def _looks(row: Row, how: str) -> bool:
    return how in row.get("appearance", "").lower().split()


def _end_of(rows: list[tuple[int, Row]], at: int) -> int:
    """Where the group or repeat that begins here ends."""
    open_ones = 0
    for place in range(at, len(rows)):
        kind = rows[place][1].get("type", "").strip().lower()
        open_ones += kind.startswith("begin") - kind.startswith("end")
        if not open_ones:
            return place
    return len(rows) - 1
