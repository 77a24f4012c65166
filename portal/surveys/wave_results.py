"""A wave's answers as staff may see them: rounded, none below 5, and of an open wave only what tells of nobody."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from portal.config import secrets
from portal.questions.types import type_of
from portal.rounded_tables import ALL, Key, Rounding, rounding, told
from portal.surveys.answers import CodedAnswers, DamagedAnswers, coded_answers, count_responses
from portal.surveys.columns import FLAGGED, LANGUAGE, MODE, VERSION, Value
from portal.surveys.completion import Completion, completion_of
from portal.surveys.definition import Instrument, Question
from portal.surveys.demographics import demographics, personal_questions
from portal.surveys.looks import RENEWED_AFTER, shown_of
from portal.surveys.models import Wave
from portal.surveys.signals import rows_with
from portal.surveys.tallies import Quarters, crossed, quarters, tells_of_few
from portal.surveys.versions import instruments_of
from portal.vault.sealing import derive

# Below so many answers no share is told: domain.md 4.5.
MIN_BASE = 30
# While a wave is open nothing of who people are is told, not even of how many are heard, below so many answers.
MIN_OPEN_MARGIN = 100
NOT_GIVEN = "_none"
# A date is counted by these first digits of it.
YEAR = len("2026")
MAX_AXES = 3
# What answers are chosen by, and what that is called here: no question's code begins so.
GROUP, SIGNAL = "_group", "_signal"
AXES = {"language": LANGUAGE, "version": VERSION, "group": GROUP, "mode": MODE, "signal": SIGNAL}
# With and without flagged answers.
NO_SIGNAL, ANY_SIGNAL = "none", "any"


class TellsOfFew(Exception):
    """What was chosen, or what it leaves out, is fewer than 10 people."""


class TooManyAtOnce(Exception):
    """More than three things crossed with each other."""


@dataclass(frozen=True)
class Result:
    """One question. Counts are rounded; None is fewer than 5, or hidden so that such a one stays hidden."""

    base: int | None
    counts: dict[str, int | None] = field(default_factory=dict)
    quarters: Quarters | None = None

    def percent(self, code: str) -> int | None:
        """Of those who answered, of whom there are at least 30; made of what is told, so it tells no more."""
        return share(self.counts[code], self.base)


def share(part: int | None, base: int | None) -> int | None:
    """A whole percentage of at least 30, made of rounded counts."""
    return None if part is None or base is None or base < MIN_BASE else min(100, round(100 * part / base))


def codes_of(question: Question, instruments: Sequence[Instrument]) -> list[str]:
    """The answers by which a question is counted, in order; a place by its group, for a parish may be a few streets."""
    if question.type == "place":
        return list(dict.fromkeys(place.group for i in instruments for place in i.places))
    asked = [
        (i, i.questionnaire.questions[question.code]) for i in instruments if question.code in i.questionnaire.questions
    ]
    return list(dict.fromkeys(code for i, each in asked for code in i.codes_of(each)))


@dataclass(frozen=True)
class Results:
    """A wave, or the part of it that was chosen. `margins` are in the order of the wave's recipe, then by group of places."""

    size: int | None
    languages: dict[str, int | None]
    flagged: int | None
    questions: dict[str, Result]
    margins: dict[str, dict[str, int | None]]
    damaged: tuple[str, ...] = ()


class Told:
    """A wave's answers, opened once, from which a page is made."""

    def __init__(self, wave: Wave, instruments: Sequence[Instrument]) -> None:
        self.wave, self.instruments = wave, instruments
        self.damaged: tuple[str, ...] = ()
        try:
            self.coded: CodedAnswers = coded_answers(wave)
        except DamagedAnswers as problem:
            self.coded, self.damaged = problem.sound, tuple(problem.questions)
        # A wave's last look and its closing may be one person apart: each moment rounds in its own way.
        self.rounded: Rounding = _rounding(wave, "closed" if wave.closed_at else str(self.coded.size))

    def results(self, chosen: Mapping[str, str], *, without: Collection[str] = ()) -> Results:
        """Every question that `without` does not name, of those who are `chosen` on AXES. Raises TellsOfFew, TooManyAtOnce."""
        chosen = {AXES[axis]: code for axis, code in chosen.items()}
        self._check(chosen, 1)
        questions = {}
        for code, question in self._ticked().items():
            if code in self.coded.values and code not in without:
                questions[code] = self._result(question, chosen)
        languages = self._table([LANGUAGE], {}) if LANGUAGE in self.coded.values else {}
        flagged = self._table([*chosen, FLAGGED], chosen) if FLAGGED in self.coded.values else {}
        return Results(
            flagged.get((ALL,)),
            {code: count for (code,), count in languages.items() if code != ALL},
            flagged.get(("yes",)),
            questions,
            {} if chosen else self._margins(),
            self.damaged,
        )

    def cross(self, rows: str, columns: str, chosen: Mapping[str, str]) -> dict[Key, int | None]:
        """What is told of each row and column, ALL for their sums. Raises TellsOfFew, TooManyAtOnce."""
        chosen = {AXES[axis]: code for axis, code in chosen.items()}
        self._check(chosen, 2)
        return self._table([*chosen, rows, columns], chosen)

    def one(self, count: int) -> int | None:
        """What is told of a count that stands alone."""
        return _one(count, self.rounded)

    def _check(self, chosen: Mapping[str, str], questions: int) -> None:
        if len(chosen) + questions > MAX_AXES:
            raise TooManyAtOnce
        if chosen and tells_of_few([self._column(axis) for axis in chosen], tuple(chosen.values())):
            raise TellsOfFew

    def _ticked(self) -> dict[str, Question]:
        return {
            code: question
            for i in reversed(self.instruments)
            for code, question in i.questionnaire.questions.items()
            if not type_of(question).is_written
        }

    def _place(self) -> str | None:
        return next(
            (code for code, q in self._ticked().items() if q.type == "place" and code in self.coded.values), None
        )

    def _column(self, axis: str) -> Sequence[Value]:
        """What each person is on an axis: one of those of AXES, or a question's code."""
        if axis == GROUP:
            place = self._place()
            return [group or NOT_GIVEN for group in self._groups(self.coded.values[place])] if place else []
        if axis == SIGNAL:
            return self._signals
        values = self.coded.values[axis]
        question = self._ticked().get(axis)
        if question is not None and type_of(question).packed == "date":
            return [None if value is None else str(value)[:YEAR] for value in values]
        return self._groups(values) if question is not None and question.type == "place" else values

    @cached_property
    def _signals(self) -> Sequence[Value]:
        found = rows_with(self.coded.values, self.coded.size).values()
        return [ANY_SIGNAL if any(signals) else NO_SIGNAL for signals in zip(*found, strict=True)]

    def _groups(self, values: Sequence[Value]) -> list[Value]:
        groups: dict[Value, Value] = {p.code: p.group for i in reversed(self.instruments) for p in i.places}
        return [groups.get(value) for value in values]

    def _table(self, axes: Sequence[str], chosen: Mapping[str, str]) -> dict[Key, int | None]:
        """The table of these axes, of which the first are held at what is chosen; without them in its keys."""
        ticked = self._ticked()
        columns = [self._column(axis) for axis in axes]
        counts = crossed(columns)
        codes = [
            codes_of(ticked[axis], self.instruments)
            if axis in ticked and type_of(ticked[axis]).packed != "date"
            # Also where nobody who is there answered the question.
            else sorted({str(value) for value in column if value is not None})
            for axis, column in zip(axes, columns, strict=True)
        ]
        adds_up = [axis not in ticked or type_of(ticked[axis]).packed not in ("several", "ranking") for axis in axes]
        held = tuple(chosen.values())
        found = told(counts, codes, adds_up, self.rounded)
        return {key[len(held) :]: count for key, count in found.items() if key[: len(held)] == held}

    def _result(self, question: Question, chosen: Mapping[str, str]) -> Result:
        if type_of(question).packed == "number":
            held = tuple(chosen.values())
            everyone = zip(*(self._column(axis) for axis in chosen), strict=True) if held else ()
            values = self.coded.values[question.code]
            size, found = quarters(
                [v for v, mine in zip(values, everyone, strict=True) if mine == held] if held else values
            )
            return Result(self.one(size), quarters=found)
        table = self._table([*chosen, question.code], chosen)
        return Result(table[ALL,], {code: count for (code,), count in table.items() if code != ALL})

    def _margins(self) -> dict[str, dict[str, int | None]]:
        """How many are in each cell of what the wave is weighted to, and in each group of places."""
        found: dict[str, dict[str, int | None]] = {}
        who = demographics(self.instruments, self.coded.values, self.coded.size)
        for number, margin in enumerate(self.wave.recipe.get("margins", ())):
            columns = [who.get(name) or [None] * self.coded.size for name in margin["by"]]
            given = crossed(columns)
            cells: dict[Key, int] = {
                (str(place),): sum(
                    count
                    for key, count in given.items()
                    if all(code in codes for code, codes in zip(key, cell["of"], strict=True))
                )
                for place, cell in enumerate(margin["cells"])
            }
            codes = [code for (code,) in cells]
            counts = told(cells | {(ALL,): sum(cells.values())}, [codes], [True], self.rounded)
            found[f"margin {number}"] = {code: count for (code,), count in counts.items()}
        if self._place():
            found["place_group"] = {code: count for (code,), count in self._table([GROUP], {}).items()}
        return found


def open_results(wave: Wave, instruments: Sequence[Instrument]) -> Results | None:
    """What is shown of an open wave, made anew when 10 more have answered: no place, nothing of who people are; None below 10."""

    def make() -> tuple[int, dict[str, Any]]:
        opened = Told(wave, instruments)
        found = opened.results({}, without=personal_questions(instruments))
        margins = {name: counts for name, counts in found.margins.items() if (counts.get(ALL) or 0) >= MIN_OPEN_MARGIN}
        return opened.coded.size, {
            "size": found.size,
            "languages": found.languages,
            "flagged": found.flagged,
            "margins": margins,
            "questions": {
                code: {
                    "base": each.base,
                    "counts": each.counts,
                    "quarters": each.quarters and [each.quarters.low, each.quarters.middle, each.quarters.high],
                }
                for code, each in found.questions.items()
            },
        }

    kept = shown_of(wave.id, "answers", count_responses(wave), make)
    if kept is None:
        return None
    questions = {
        code: Result(each["base"], each["counts"], each["quarters"] and Quarters(*each["quarters"]))
        for code, each in kept["questions"].items()
    }
    return Results(kept["size"], kept["languages"], kept["flagged"], questions, kept["margins"])


def shown_size(wave: Wave) -> int | None:
    """How many have answered: exactly once the wave is closed; of an open one as its results tell it, None below 10."""
    if wave.answered is not None:
        return wave.answered
    found = open_results(wave, instruments_of(wave.id))
    return found.size if found is not None else None


@dataclass(frozen=True)
class ShownCompletion:
    """Rounded; None is fewer than 5, and while the wave is open fewer than 10 who sent."""

    begun: int | None
    left: dict[str, int | None]
    sent: int | None = None
    minutes: dict[str, int | None] = field(default_factory=dict)


def shown_completion(wave: Wave) -> ShownCompletion | None:
    """How far people come and how long they take; None where fewer than 10 have begun.

    Of an open wave made anew when 10 more have begun, and what is told of those who sent when 10 more have sent: else the
    time of the one who sent among ten who began would show.
    """
    exact = completion_of(wave.id)
    if wave.closed_at:
        rounded = _rounding(wave, "closed")
        found = ShownCompletion(**_begun(exact, rounded), **_sent(exact, rounded))
        return found if exact.begun >= RENEWED_AFTER else None

    def make_begun() -> tuple[int, dict[str, Any]]:
        return exact.begun, _begun(exact, _rounding(wave, f"begun {exact.begun}"))

    def make_sent() -> tuple[int, dict[str, Any]]:
        return exact.sent, _sent(exact, _rounding(wave, f"sent {exact.sent}"))

    begun = shown_of(wave.id, "begun", exact.begun, make_begun)
    sent = shown_of(wave.id, "sent", exact.sent, make_sent)
    return ShownCompletion(**begun, **(sent or {})) if begun is not None else None


def rounding_when_closed(wave: Wave) -> Rounding:
    """By which every count of a closed wave is told: one count is told alike wherever it stands."""
    return _rounding(wave, "closed")


def _rounding(wave: Wave, moment: str) -> Rounding:
    return rounding(derive(secrets().pepper, "rounded counts", wave.id.bytes, moment.encode()))


def _begun(exact: Completion, rounded: Rounding) -> dict[str, Any]:
    return {"begun": _one(exact.begun, rounded), "left": {page: _one(n, rounded) for page, n in exact.left.items()}}


def _sent(exact: Completion, rounded: Rounding) -> dict[str, Any]:
    bands: dict[Key, int] = {(ALL,): sum(exact.minutes.values())}
    bands |= {(band,): times for band, times in exact.minutes.items()}
    minutes = told(bands, [list(exact.minutes)], [True], rounded)
    return {"sent": _one(exact.sent, rounded), "minutes": {band: minutes[band,] for band in exact.minutes}}


def _one(count: int, rounded: Rounding) -> int | None:
    return told({(): count}, (), (), rounded)[()]
