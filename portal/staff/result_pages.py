"""The three pages of a wave's results: question by question, two questions crossed, and the fieldwork."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.languages.i18n import current_language, language_of
from portal.questions.types import type_of
from portal.small_counts import ROUNDED_TO
from portal.staff import result_words as words
from portal.staff import rule_words
from portal.staff.wave_forms import SAMPLES
from portal.surveys import answers, waves
from portal.surveys.completion import middle_band
from portal.surveys.definition import Instrument, Question
from portal.surveys.demographics import personal_questions
from portal.surveys.looks import RENEWED_AFTER
from portal.surveys.models import WaveState
from portal.surveys.wave_results import (
    AXES,
    MIN_BASE,
    Results,
    ShownCompletion,
    TellsOfFew,
    Told,
    TooManyAtOnce,
    codes_of,
    open_results,
    share,
    shown_completion,
)

VIEWS = ("questions", "cross", "fieldwork")
KEPT_BETWEEN_WAVES = {"view", "rows", "columns", "q", "language", "group", "mode", "signal"}
# So few questions that were looked for are shown unfolded.
FEW_FOUND = 3


def show(wave: Any, code: str, versions: Sequence[Any], instruments: list[Instrument], **more: Any) -> str:
    """The page that the address names; a word or code that it gets wrong counts as not given."""
    return render_template(**_Page(wave, code, versions, instruments).values(), **more)


class _Page:
    def __init__(self, wave: Any, code: str, versions: Sequence[Any], instruments: list[Instrument]) -> None:
        self.wave, self.code, self.versions, self.instruments = wave, code, versions, instruments
        self.is_open = wave.state is WaveState.OPEN
        self.given = {name: value for name, value in request.args.items() if value}
        self.view = self.given.get("view", VIEWS[0])
        if self.view not in VIEWS:
            self.view = VIEWS[0]
        # The words of the version that is chosen go before those of the others.
        shown = next(
            (i for v, i in zip(versions, instruments, strict=True) if str(v.number) == self.given.get("version")), None
        )
        self.worded = [shown, *instruments] if shown is not None else instruments
        self.questions = {q.code: q for i in reversed(self.worded) for q in i.questionnaire.questions.values()}
        numbers = [version.number for version in versions]
        self.axes = {axis: words.axis_names(axis, wave, instruments, numbers) for axis in AXES}
        if not any(q.type == "place" for q in self.questions.values()):
            del self.axes["group"]
        if len(versions) == 1:
            del self.axes["version"]
        self.chosen: dict[str, str] = {}
        if not self.is_open:
            self.chosen = {a: self.given[a] for a in self.axes if self.given.get(a) in dict(self.axes[a])}
        self.refused = ""

    def values(self) -> dict[str, Any]:
        """All that the page's template says."""
        own = {"questions": self._questions, "cross": self._cross, "fieldwork": self._fieldwork}[self.view]()
        return {
            "template_name_or_list": f"staff/results/{self.view}.html",
            "wave": self.wave,
            "is_open": self.is_open,
            "view": self.view,
            "tab_links": self._tabs(),
            "wave_links": self._waves(),
            "axes": self.axes,
            "axis_words": words.axis_words(),
            "chosen": self.chosen,
            "refused": self.refused,
            "renewed_after": RENEWED_AFTER,
            "rounded_to": ROUNDED_TO,
            "asked_as": lambda question: rule_words.asked_as(self.worded[0], question, current_language().code),
            "min_base": MIN_BASE,
        } | own

    def _address(self, **changed: str | None) -> str:
        kept = {name: self.given[name] for name in ("view", "rows", "columns", "q", *AXES) if name in self.given}
        named: dict[str, Any] = {name: value for name, value in (kept | changed).items() if value}
        return url_for(".results", wave_id=self.wave.id, **named)

    def _tabs(self) -> list[tuple[str, str, bool, None]]:
        names = {"questions": _("By question"), "cross": _("Two questions crossed"), "fieldwork": _("Who answers")}
        return [
            (self._address(view=None if view == VIEWS[0] else view), said, view == self.view, None)
            for view, said in names.items()
        ]

    def _waves(self) -> list[tuple[str, int, Any, bool]]:
        """The survey's waves with the same choice: address, number, how people came to answer, whether it is this one."""
        kept: dict[str, Any] = {name: value for name, value in self.given.items() if name in KEPT_BETWEEN_WAVES}
        return [
            (
                url_for(".results", **kept | {"wave_id": one.id}),
                one.number,
                SAMPLES[one.sample_type.value],
                one.id == self.wave.id,
            )
            for one in waves.waves_of(self.code)
        ]

    def _results(self) -> tuple[Results | None, Told | None]:
        """What may be shown; nothing where it tells of too few, with the sentence why in `refused`."""
        if self.is_open:
            found = open_results(self.wave, self.instruments)
            if found is None:
                self.refused = ngettext(
                    "Fewer than %(num)s person has answered. Counts stand here from then on.",
                    "Fewer than %(num)s people have answered. Counts stand here from then on.",
                    RENEWED_AFTER,
                )
            return found, None
        opened = Told(self.wave, self.instruments)
        if {AXES[axis] for axis in self.chosen} & set(opened.damaged):
            self.refused = _("These answers are damaged and cannot be shown.")
            return None, opened
        try:
            return opened.results(self.chosen), opened
        except TellsOfFew:
            self.refused = self._tells_of_few()
        except TooManyAtOnce:
            self.refused = _("Choose at most two of these filters at once.")
        return None, opened

    def _tells_of_few(self) -> str:
        return _(
            "This choice is not shown: it holds, or leaves out, fewer than 10 people. "
            "Held against the others, it would tell what those few said. Choose less narrowly."
        )

    def _questions(self) -> dict[str, Any]:
        found, opened = self._results()
        asked = self.given.get("q", "")[:100]
        missing = dict.fromkeys(self.questions, _("Damaged: cannot be read"))
        if self.is_open:
            missing |= dict.fromkeys(personal_questions(self.instruments), _("Shown once the wave is closed"))
        written = {code for code, q in self.questions.items() if type_of(q).is_written}
        counts = answers.count_written(self.wave.id) if written and not self.is_open else {}
        missing |= {code: self._written(counts.get(code, 0), opened) for code in written}
        pages = []
        for page in self.worded[0].questionnaire.pages if found is not None else ():
            shown = list(words.lines(page, found.questions, self.worded, missing)) if found is not None else []
            if asked:
                shown = [line for line in shown if words.is_about(line.question, self.worded, asked)]
            if shown:
                pages.append((page, shown))
        number = sum(len(shown) for _page, shown in pages)
        return {
            "found": found,
            "pages": pages,
            "number": number,
            "asked": asked,
            "written": {code for code in written if counts.get(code)},
            "is_unfolded": "all" in self.given or (bool(asked) and number <= FEW_FOUND),
            "unfold_url": self._address(all="1"),
            "whole_url": self._address(q=None, **dict.fromkeys(AXES)),
            "damaged": found.damaged if found is not None else (),
            "languages_used": [(language_of(c), n) for c, n in found.languages.items()] if found is not None else [],
        }

    def _written(self, count: int, opened: Told | None) -> str:
        if opened is None:
            return _("Read once the wave is closed")
        if not count:
            return _("Nobody wrote anything")
        told = opened.one(count)
        if told is None:
            return _("Fewer than 5 people wrote something")
        return ngettext("About %(num)s person wrote something", "About %(num)s people wrote something", told)

    def _cross(self) -> dict[str, Any]:
        offered = [
            (page, [q for q in page.questions if words.can_be_crossed(q)])
            for page in self.worded[0].questionnaire.pages
        ]
        by_code = {q.code: q for _page, questions in offered for q in questions}
        rows, columns = (by_code.get(self.given.get(name, "")) for name in ("rows", "columns"))
        lines: list[words.CrossLine] = []
        if self.is_open:
            self.refused = _("Questions are crossed once the wave is closed. Else two looks could show one person.")
        elif rows is not None and rows is columns:
            self.refused = _("Choose two different questions.")
        elif rows is not None and columns is not None:
            lines = self._crossed(rows, columns)
        return {
            "offered": [(page, questions) for page, questions in offered if questions],
            "rows": rows,
            "columns": columns,
            "column_words": self._names(columns) if columns is not None and lines else [],
            "lines": lines,
            "can_tick_more": [q for q in (rows, columns) if q is not None and type_of(q).packed == "several"],
            "turned_url": self._address(rows=columns.code, columns=rows.code) if rows and columns else "",
        }

    def _crossed(self, rows: Question, columns: Question) -> list[words.CrossLine]:
        opened = Told(self.wave, self.instruments)
        if {rows.code, columns.code, *(AXES[axis] for axis in self.chosen)} & set(opened.damaged):
            self.refused = _("These answers are damaged and cannot be shown.")
            return []
        try:
            table = opened.cross(rows.code, columns.code, self.chosen)
        except TellsOfFew:
            self.refused = self._tells_of_few()
        except TooManyAtOnce:
            self.refused = _("Choose at most one of these filters beside two questions.")
        else:
            across, down = codes_of(columns, self.instruments), codes_of(rows, self.instruments)
            return words.cross_lines(table, down, across, words.labels(rows, self.worded))
        return []

    def _names(self, question: Question) -> list[Any]:
        known = words.labels(question, self.worded)
        return [known.get(code, code) for code in codes_of(question, self.instruments)]

    def _fieldwork(self) -> dict[str, Any]:
        self.chosen = {}
        found, _opened = self._results()
        tables = words.reach_tables(self.wave, self.worded, found.languages, found.margins) if found is not None else []
        done = shown_completion(self.wave)
        pages = self._pages_left(done) if done is not None else []
        return {
            "found": found,
            "steps": words.next_steps(tables),
            "tables": tables,
            "done": done,
            "done_pages": pages,
            "sent_share": share(done.sent, done.begun) if done is not None else None,
            "minutes": [(said, done.minutes.get(band)) for band, said in words.MINUTES.items()]
            if done is not None
            else [],
            "middle": words.MINUTES.get(middle_band(done.minutes.items()) or "") if done is not None else None,
            "has_population": bool(self.wave.population),
            "lacks_places": not any(table.by == "place_group" for table in tables),
        }

    def _pages_left(self, done: ShownCompletion) -> list[dict[str, Any]]:
        """Each page with how many went on from it, and how many fewer than from the one before; all from what is told."""
        found, before = [], done.begun
        for page in self.worded[0].questionnaire.pages:
            left = done.left.get(page.code)
            lost = before - left if before and left and not page.only_if else 0
            found.append({"page": page, "left": left, "share": share(left, done.begun), "lost": max(0, lost)})
            if left and not page.only_if:
                before = left
        return found
