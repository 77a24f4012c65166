"""The table of an export: which columns of a wave's answers go into it, and in which order its rows stand."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random, SystemRandom

from portal.questions.types import type_of
from portal.surveys.anonymity import (
    BAND,
    GROUP,
    Blanked,
    Risk,
    blank_small_cells,
    coarsened,
    identifying,
    risk,
    without_rare,
)
from portal.surveys.columns import FACTS, FLAGGED, LANGUAGE, MODE, ORDER, SIGNALS, VERSION, Value
from portal.surveys.definition import Instrument
from portal.surveys.signals import NOT_WATCHED, OF_A_SCREEN, Signal, rows_with
from portal.surveys.variable_names import legal_names
from portal.surveys.variables import (
    Frame,
    Level,
    Missing,
    Raw,
    Said,
    Variable,
    fact,
    grouped_ages,
    grouped_places,
    order_of,
    variables_of,
    with_routing,
)

LANGUAGES = "language"
"""The choice of the columns that tell in which language somebody answered."""
STRATUM, MODES = "stratum", "mode"
# Each file counts its rows from another number: nobody takes the rows of one for those of another.
_FIRST_ROWS = range(10**8, 9 * 10**8)


@dataclass(frozen=True)
class Weights:
    """Of each row the weight and the weighting cell; what each cell holds; the number of the release.

    A row that does not count in the release has no weight, and no cell.
    """

    release: int
    weights: Sequence[float | None]
    strata: Sequence[int | Missing]
    cells: Mapping[int, str]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A closed wave. `versions`: the wave's, by number; `instruments`: the survey's until then; both newest first."""

    number: int
    sample: str
    versions: Mapping[str, Instrument]
    instruments: Sequence[Instrument]
    reviewed: Collection[str]
    """The languages whose translation a person has checked."""
    language_names: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """A wave's answers with the columns that identify which were `chosen`, as `anonymity.choices` names them."""

    source: Source
    size: int
    values: Mapping[str, Sequence[Value]]
    weights: Weights | None
    chosen: Collection[str]
    orders: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    """In which order each person was shown a shuffled question's options, by its code and ORDER."""
    identifies: Mapping[str, Sequence[Raw]] = field(init=False)
    """What tells who somebody is: what was chosen, and the weighting cell."""

    def __post_init__(self) -> None:
        found: dict[str, Sequence[Raw]] = {}
        if LANGUAGES in self.chosen:
            found[LANGUAGES] = without_rare(self.values[LANGUAGE])
        if len(set(self.values[MODE])) > 1:
            # Who answered on a tablet was at one place on one day.
            found[MODES] = without_rare(self.values[MODE])
        for code in self._about_people:
            for choice in (f"{code}{GROUP}", f"{code}{BAND}", code):
                if choice in self.chosen:
                    found[choice] = coarsened(choice, self._raw(code), self.source.instruments)
        if self.weights is not None:
            found[STRATUM] = self.weights.strata
        object.__setattr__(self, "identifies", found)

    @property
    def _about_people(self) -> list[str]:
        return identifying(self.source.instruments)

    def _raw(self, code: str) -> Sequence[Raw]:
        return with_routing(code, self.values, self.source.versions, self.values[VERSION])

    @property
    def risk(self) -> Risk:
        return risk(self.identifies, self.size)

    def blanked(self) -> Blanked:
        return blank_small_cells(self.identifies, last=STRATUM)

    def frame(
        self, said: Said, identifies: Mapping[str, Sequence[Raw]] | None = None, random: Random | None = None
    ) -> Frame:
        """`identifies`: the columns as they go out, where some of them were blanked. The order is drawn anew each time."""
        random = random or SystemRandom()
        order = array("L", range(self.size))
        random.shuffle(order)
        facts = list(self._facts(said, identifies or self.identifies, order, random))
        parts: list[tuple[str, Variable]] = []
        hidden = set(self._about_people)
        for code in (name for name in self.values if name not in FACTS):
            if code in hidden:
                parts += self._identifying(code, identifies or self.identifies, said)
            else:
                parts += variables_of(code, self._raw(code), self.source.instruments, said)
            if f"{code}{ORDER}" in self.orders:
                parts.append(order_of(code, self.orders[f"{code}{ORDER}"], self.source.instruments, said))
        names = legal_names([part for part, _ in parts])
        named = [_named(variable, name) for (_, variable), name in zip(parts, names, strict=True)]
        return Frame((*facts, *named), order)

    def _identifying(self, code: str, columns: Mapping[str, Sequence[Raw]], said: Said) -> list[tuple[str, Variable]]:
        instruments = self.source.instruments
        made: list[tuple[str, Variable]] = []
        if code in columns:
            made += variables_of(code, columns[code], instruments, said)
        if f"{code}{GROUP}" in columns:
            made += grouped_places(code, columns[f"{code}{GROUP}"], instruments, said)
        if f"{code}{BAND}" in columns:
            made += grouped_ages(code, columns[f"{code}{BAND}"], instruments, said)
        return made

    def _facts(
        self, said: Said, columns: Mapping[str, Sequence[Raw]], order: Sequence[int], random: Random
    ) -> Iterable[Variable]:
        size, source = self.size, self.source
        rows, first = array("L", bytes(size * array("L").itemsize)), random.choice(_FIRST_ROWS)
        for at, row in enumerate(order, first):
            rows[row] = at
        yield fact("row", rows, said)
        yield fact("wave", array("I", [source.number]) * size, said)
        numbers = {version: int(str(version)) for version in set(self.values[VERSION])}
        yield fact("version", array("I", (numbers[version] for version in self.values[VERSION])), said)
        samples = tuple(Level(code, number, name) for number, (code, name) in enumerate(said.samples.items(), 1))
        yield fact("sample", [source.sample] * size, said, "text", levels=samples)
        modes = tuple(Level(code, number, name) for number, (code, name) in enumerate(said.modes.items(), 1))
        yield fact(MODES, columns.get(MODES, self.values[MODE]), said, "text", levels=modes)
        if LANGUAGES in columns:
            spoken = columns[LANGUAGES]
            levels = tuple(Level(code, n, name) for n, (code, name) in enumerate(source.language_names.items(), 1))
            yield fact("language", spoken, said, "text", levels=levels)
            reviewed = [
                code if code is None or isinstance(code, Missing) else code in source.reviewed for code in spoken
            ]
            yield fact("reviewed", reviewed, said, "tick")
        yield fact("flagged", bytes(value == "yes" for value in self.values[FLAGGED]), said, "tick")
        is_checked = None not in self.values.get(SIGNALS, ())
        for signal, found in rows_with(self.values, size).items():
            if signal is Signal.MANY:
                continue
            marks: Sequence[Raw] = bytes(found) if is_checked or signal is Signal.SAME else [None] * size
            name = f"signal_{signal.value}"
            if signal in OF_A_SCREEN:
                yield fact(name, self._on_a_screen(marks, columns), said, "tick", misses=(Missing.NOT_ASKED,))
            else:
                yield fact(name, marks, said, "tick")
        if self.weights is None:
            return
        strata = columns[STRATUM]
        kept = [not isinstance(stratum, Missing) for stratum in strata]
        weights = [weight if is_kept else None for weight, is_kept in zip(self.weights.weights, kept, strict=True)]
        yield fact("weight", weights, said)
        yield fact("base_weight", bytes([1]) * size, said)
        cells = tuple(Level(str(number), number, text) for number, text in self.weights.cells.items())
        yield fact("stratum", strata, said, levels=cells)
        yield fact("release", array("I", [self.weights.release]) * size, said)

    def _on_a_screen(self, marks: Sequence[Raw], columns: Mapping[str, Sequence[Raw]]) -> Sequence[Raw]:
        """Not asked of who answered in a way that cannot have the signal; nothing where the file does not say in which way."""
        if not set(self.values[MODE]) & NOT_WATCHED:
            return marks
        return [
            None if told is None or isinstance(told, Missing) else Missing.NOT_ASKED if mode in NOT_WATCHED else mark
            for mark, mode, told in zip(marks, self.values[MODE], columns.get(MODES, self.values[MODE]), strict=True)
        ]


def _named(variable: Variable, name: str) -> Variable:
    return Variable(**{**variable.__dict__, "name": name})


def everything(source: Source, said: Said, choices: Iterable[str], has_weights: bool) -> Frame:
    """All columns that a file of the wave could have, without a row: what the codebook explains."""
    codes = {
        code
        for instrument in source.versions.values()
        for code, question in instrument.questionnaire.questions.items()
        if not type_of(question).is_written
    }
    ordered = [code for i in source.versions.values() for code in i.questionnaire.questions if code in codes]
    values: dict[str, Sequence[Value]] = {name: [] for name in (*FACTS, *ordered)}
    questions = [i.questionnaire.questions for i in source.versions.values()]
    orders: dict[str, Sequence[Value]] = {
        f"{code}{ORDER}": [] for code in ordered if any(code in each and each[code].shuffle for each in questions)
    }
    weights = Weights(1, [], [], {}) if has_weights else None
    return Table(source, 0, values, weights, [LANGUAGES, *choices], orders).frame(said)
