"""The columns of an export: legal names, numbers that stay the same over waves, and each kind of missing answer apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from portal.languages.words import Words
from portal.questions.question import missing_of
from portal.questions.types import type_of
from portal.surveys.columns import ORDER, Value
from portal.surveys.definition import Instrument, Option, Page, Question, Rule
from portal.surveys.expressions import atoms
from portal.surveys.routing import is_met


class Missing(Enum):
    """Why there is no answer, with the number that stands for it; no answer is below 0."""

    DONT_KNOW = -1
    NOT_SAID = -2
    WITHHELD = -7
    """Taken out of this file, or the few who are alike could be found."""
    NOT_ASKED = -8
    SKIPPED = -9


APART = (Missing.WITHHELD, Missing.NOT_ASKED, Missing.SKIPPED)
"""What a question's column may hold beside its own options."""
Raw = Value | float | Missing
"""What a row holds of one column; None of a question: skipped."""
Cell = str | int | float
Cells = Literal["codes", "numbers", "labels"]

AGE_GROUPS = {"16_34": ("16_24", "25_34"), "35_64": ("35_49", "50_64"), "65_over": ("65_74", "75_84", "85_over")}
"""The age bands, fewer of them."""


@dataclass(frozen=True)
class Level:
    """One answer that a column may hold."""

    code: str
    number: int
    text: Words | str


@dataclass(frozen=True)
class Said:
    """What an export says beside the questionnaire's own words, in one language."""

    language: str
    facts: Mapping[str, str]
    missing: Mapping[Missing, str]
    yes: str
    no: str
    samples: Mapping[str, str]
    modes: Mapping[str, str]
    group: str
    """What the second column of a place holds."""
    order: str
    """What the second column of a shuffled question holds."""
    ages: Mapping[str, str]
    """The words of AGE_GROUPS."""
    types: Mapping[str, str]
    wordings: Mapping[str, str]
    asked_if: Callable[[Instrument, Page, Question], str]
    asked_as: Callable[[Instrument, Question], str]

    def word(self, text: Words | str) -> str:
        return text if isinstance(text, str) else text.in_(self.language)


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One column. `of` is its question's code or its fact.

    A tick says whether `option` was among the answers, a rank at which place it was put, from 1.
    """

    name: str
    of: str
    label: str
    kind: Literal["one", "tick", "rank", "number", "text"]
    values: Sequence[Raw]
    question: Question | None = None
    levels: tuple[Level, ...] = ()
    option: str = ""
    part: str = ""
    is_ordered: bool = False
    misses: tuple[Missing, ...] = ()
    """Of a column that no question asks: the kinds of no answer that it says by their numbers; any other is an empty cell."""

    @property
    def apart(self) -> tuple[Missing, ...]:
        """The kinds of no answer that it may hold beside its own values."""
        return APART if self.question is not None else self.misses

    @property
    def is_number_of_row(self) -> bool:
        """Whether no value occurs twice."""
        return self.question is None and self.of == "row"

    @property
    def is_text(self) -> bool:
        """Also where numbers stand for answers: a language is a code in every form, and a date a date."""
        return self.kind == "text"

    def cells(self, form: Cells, said: Said) -> dict[Raw, Cell]:
        """What stands in the file for each value that occurs."""
        codes = {level.code: level for level in self.levels}
        return {raw: self._cell(raw, form, said, codes) for raw in set(self.values)}

    def _cell(self, raw: Raw, form: Cells, said: Said, codes: Mapping[str, Level]) -> Cell:
        if raw is None:
            if self.question is None:
                return ""
            raw = Missing.SKIPPED
        if isinstance(raw, Missing):
            if self.question is None and raw not in self.misses:
                return ""
            if form == "labels":
                return said.missing[raw]
            return str(raw.value) if self.is_text else raw.value
        if self.kind == "tick":
            ticked = self.option in raw if isinstance(raw, tuple) else bool(raw)
            return (said.yes if ticked else said.no) if form == "labels" else int(ticked)
        if self.kind == "rank":
            return raw.index(self.option) + 1 if isinstance(raw, tuple) and self.option in raw else ""
        if isinstance(raw, tuple):
            return ""
        if isinstance(raw, int | float):
            return raw
        level = codes.get(raw)
        if level is None or form == "codes":
            return raw
        if form == "labels":
            return said.word(level.text)
        return raw if self.is_text else level.number

    def labels(self, said: Said) -> dict[int, str]:
        """What each number means; nothing of a column of text."""
        if self.is_text:
            return {}
        found = {level.number: said.word(level.text) for level in self.levels}
        if self.kind == "tick":
            found = {0: said.no, 1: said.yes}
        if self.question is not None:
            found |= {kind.value: said.missing[kind] for kind in APART}
        return found


@dataclass(frozen=True)
class Frame:
    """A table before it is written: `order` says which row of the columns comes first, so that files cannot be laid side by side."""

    variables: tuple[Variable, ...]
    order: Sequence[int]


def family(option: Option) -> Missing | None:
    """Whether the option is no answer."""
    return {"dont_know": Missing.DONT_KNOW, "not_said": Missing.NOT_SAID}.get(missing_of(option))


def asked(code: str, instruments: Iterable[Instrument]) -> Question | None:
    """The question in the newest version that has it; `instruments` are newest first, here and everywhere."""
    return next((i.questionnaire.questions[code] for i in instruments if code in i.questionnaire.questions), None)


def options_of(code: str, instruments: Iterable[Instrument]) -> dict[str, Option]:
    """Every option that any version offered, in the words and the order of the newest."""
    found: dict[str, Option] = {}
    for instrument in instruments:
        question = instrument.questionnaire.questions.get(code)
        for option in instrument.questionnaire.options_of(question) if question else ():
            found.setdefault(option.code, option)
    return found


def levels_of(code: str, instruments: Sequence[Instrument]) -> tuple[Level, ...]:
    """In published order. A number is given once: what a later version adds is numbered after what was there."""
    options = options_of(code, instruments)
    numbers: dict[str, int] = {}
    taken: set[Missing] = set()
    counted = 0
    for instrument in reversed(instruments):
        question = instrument.questionnaire.questions.get(code)
        for option in instrument.questionnaire.options_of(question) if question else ():
            if option.code in numbers:
                continue
            kind = family(options[option.code])
            if kind is not None and kind not in taken:
                taken.add(kind)
                numbers[option.code] = kind.value
            else:
                counted += 1
                numbers[option.code] = counted
    return tuple(Level(option.code, numbers[option.code], option.text) for option in options.values())


def place_levels(instruments: Sequence[Instrument], *, groups: bool = False) -> tuple[Level, ...]:
    """Every place, or every group of places, that any version knew."""
    names: dict[str, str] = {}
    for instrument in reversed(instruments):
        for place in instrument.places:
            names[place.group if groups else place.code] = place.group_name if groups else place.name
    return tuple(Level(code, number, name) for number, (code, name) in enumerate(names.items(), 1))


def age_levels(said: Said, instruments: Sequence[Instrument], code: str) -> tuple[Level, ...]:
    """The fewer age bands, and whatever else could be answered."""
    others = [
        level for level in levels_of(code, instruments) if all(level.code not in bands for bands in AGE_GROUPS.values())
    ]
    bands = [Level(band, number, said.ages[band]) for number, band in enumerate(AGE_GROUPS, 1)]
    more = [
        level if level.number < 0 else Level(level.code, len(bands) + n, level.text)
        for n, level in enumerate(others, 1)
    ]
    return (*bands, *more)


def with_routing(
    code: str, values: Mapping[str, Sequence[Value]], versions: Mapping[str, Instrument], numbers: Sequence[Value]
) -> Sequence[Raw]:
    """The question's answers, and NOT_ASKED where the row's version did not ask it of that person.

    `versions` are the wave's by their number, `numbers` the version of each row. Only counting answers are stored, so a
    condition looks at its own question and no further.
    """
    given = values[code]
    asked_by = {number: _rules(code, instrument) for number, instrument in versions.items()}
    if all(rules == [] for rules in asked_by.values()):
        return given
    names = sorted(
        {atom.question for rules in asked_by.values() for rule in rules or () for atom in atoms(rule.expression)}
    )
    known: dict[tuple[Value, ...], bool] = {}
    looked_at = [values.get(name) or [None] * len(given) for name in names]
    rows: list[Raw] = []
    for answer, number, *before in zip(given, numbers, *looked_at, strict=True):
        if answer is not None:
            rows.append(answer)
            continue
        key = (number, *before)
        if key not in known:
            rules = asked_by.get(str(number))
            counting = {
                name: list(one) if isinstance(one, tuple) else one
                for name, one in zip(names, before, strict=True)
                if one is not None
            }
            known[key] = rules is not None and all(
                is_met(versions[str(number)].questionnaire, rule, counting) for rule in rules
            )
        rows.append(None if known[key] else Missing.NOT_ASKED)
    return rows


def _rules(code: str, instrument: Instrument) -> list[Rule] | None:
    """All that must hold for the question to be asked; None where the version does not have it."""
    for page in instrument.questionnaire.pages:
        for question in page.questions:
            if question.code == code:
                return [rule for rule in (page.only_if, question.only_if) if rule]
    return None


def variables_of(
    code: str, values: Sequence[Raw], instruments: Sequence[Instrument], said: Said
) -> list[tuple[str, Variable]]:
    """The columns of a question, each with the codes that its name is made of."""
    question = asked(code, instruments)
    assert question is not None
    text = question.text.in_(said.language)
    packed = type_of(question).packed
    if packed == "number":
        return [(code, _of(question, "number", values, label=text))]
    if packed == "date":
        return [(code, _of(question, "text", values, label=text))]
    if packed in ("several", "ranking"):
        kind: Literal["tick", "rank"] = "tick" if packed == "several" else "rank"
        return [
            (
                f"{code}.{option.code}",
                _of(question, kind, values, label=f"{text} {option.text.in_(said.language)}", option=option.code),
            )
            for option in options_of(code, instruments).values()
        ]
    levels = place_levels(instruments) if question.type == "place" else levels_of(code, instruments)
    is_ordered = question.type in ("scale", "age_band")
    return [(code, _of(question, "one", values, label=text, levels=levels, is_ordered=is_ordered))]


def grouped_places(
    code: str, values: Sequence[Raw], instruments: Sequence[Instrument], said: Said
) -> list[tuple[str, Variable]]:
    """The group that each place is in."""
    question = asked(code, instruments)
    assert question is not None
    label = f"{question.text.in_(said.language)} ({said.group})"
    levels = place_levels(instruments, groups=True)
    return [(f"{code}.group", _of(question, "one", values, label=label, levels=levels, part="group"))]


def grouped_ages(
    code: str, values: Sequence[Raw], instruments: Sequence[Instrument], said: Said
) -> list[tuple[str, Variable]]:
    """The age in fewer bands."""
    question = asked(code, instruments)
    assert question is not None
    levels = age_levels(said, instruments, code)
    label = question.text.in_(said.language)
    made = _of(question, "one", values, label=label, levels=levels, part="band", is_ordered=True)
    return [(f"{code}.band", made)]


def order_of(code: str, values: Sequence[Raw], instruments: Sequence[Instrument], said: Said) -> tuple[str, Variable]:
    """In which order a shuffled question's options were shown: their codes, a space between; `code` is the question's."""
    question = asked(code, instruments)
    assert question is not None
    label = f"{question.text.in_(said.language)} ({said.order})"
    return f"{code}{ORDER}", Variable(name="", of=f"{code}{ORDER}", label=label, kind="text", values=values)


def _of(
    question: Question, kind: Literal["one", "tick", "rank", "number", "text"], values: Sequence[Raw], **more: object
) -> Variable:
    return Variable(name="", of=question.code, question=question, kind=kind, values=values, **more)  # type: ignore[arg-type]


def fact(
    name: str, values: Sequence[Raw], said: Said, kind: Literal["tick", "number", "text"] = "number", **more: object
) -> Variable:
    """A column that no question asks."""
    return Variable(name=name, of=name, label=said.facts[name], kind=kind, values=values, **more)  # type: ignore[arg-type]
