"""An attacker who knows the rules and every public number of a wave's releases, and asks which counts of people fit them.

What is published becomes linear constraints on whole numbers of people, solved with HiGHS: of each question how many gave
each answer, apart by the signals of their responses where releases leave some out. Of the weights the least and the most
are known as the release tells them, and 1 where answers are not weighted. An interval of weighted answers is made of the percentage
and the base, so it tells nothing more; in an unweighted wave every interval is taken at its word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count, pairwise
from math import inf
from typing import Any

from scipy.optimize import Bounds, LinearConstraint, milp

from portal.cohesion import disclosure
from portal.cohesion.changes import newcombe
from portal.cohesion.differencing import Sums
from portal.cohesion.estimates import Estimate, wilson
from portal.cohesion.measures import Measured
from portal.cohesion.releases import Earlier, figures_of, weighting_facts
from portal.cohesion.weighting import MAX_WEIGHT, MIN_WEIGHT
from portal.rounded_tables import MIN_CELL
from portal.surveys.definition import Indicator, Instrument

FEW = range(1, MIN_CELL)
MOST = 4000
"""More people than answer any made survey."""
Terms = Mapping[str, float]
Pair = tuple[int, int]
"""A base, and how many in it are on the figure's side."""


def slack() -> int:
    """By how much a rounded number is off at most; nothing where the rule to round was taken away."""
    return 0 if disclosure.rounded(1) else 2


class Program:
    """Linear constraints on whole numbers and on sums of weights."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._whole: list[int] = []
        self._most: list[float] = []
        self._rows: list[tuple[Terms, float, float]] = []
        self._numbers = count()

    def add(self, name: str, most: float = MOST, *, is_whole: bool = True) -> dict[str, float]:
        self._places[name] = len(self._places)
        self._whole.append(int(is_whole))
        self._most.append(most)
        return {name: 1.0}

    def hold(self, terms: Terms, low: float = -inf, high: float = inf) -> None:
        self._rows.append((terms, low, high))

    def is_any_few(self, some: Iterable[Terms]) -> None:
        """At least one of these is 1 to 4."""
        choices = []
        for each in some:
            choice = self.add(f"few {next(self._numbers)}", 1)
            self.hold(added(each, choice, -1), low=0)
            self.hold(added(each, choice, MOST), high=MOST + MIN_CELL - 1)
            choices.append(choice)
        self.hold(added(*((each, 1) for each in choices)), low=1)

    def is_none_or(self, least: int, terms: Terms) -> None:
        choice = self.add(f"some {next(self._numbers)}", 1)
        self.hold(added(terms, choice, -least), low=0)
        self.hold(added(terms, choice, -MOST), high=0)

    def may_be(self, terms: Terms, low: float = -inf, high: float = inf) -> bool:
        return self._solved([(terms, low, high)], {}) is not None

    def range(self, terms: Terms) -> tuple[int, int]:
        """The least and the greatest number that fits all that is known; raises Contradiction where nothing does."""
        ends = [self._solved([], {name: sign * factor for name, factor in terms.items()}) for sign in (1, -1)]
        if ends[0] is None or ends[1] is None:
            raise Contradiction
        return round(ends[0]), round(-ends[1])

    def _solved(self, more: Sequence[tuple[Terms, float, float]], aim: Terms) -> float | None:
        rows = [*self._rows, *more]
        found = milp(
            self._row(aim),
            integrality=self._whole,
            bounds=Bounds(0, self._most),
            constraints=LinearConstraint(
                [self._row(terms) for terms, *_ in rows], [low for _, low, _ in rows], [high for *_, high in rows]
            ),
        )
        return float(found.fun) if found.status == 0 else None

    def _row(self, terms: Terms) -> list[float]:
        row = [0.0] * len(self._places)
        for name, factor in terms.items():
            row[self._places[name]] += factor
        return row


class Contradiction(Exception):
    """What is published cannot all be true under the rules as the attacker knows them."""


def added(*parts: Any) -> dict[str, float]:
    """Of `terms, terms, factor` or of pairs of terms and factor: their sum."""
    pairs = [(parts[0], 1), (parts[1], parts[2])] if len(parts) == 3 and not isinstance(parts[2], tuple) else parts
    found: dict[str, float] = {}
    for terms, factor in pairs:
        for name, each in terms.items():
            found[name] = found.get(name, 0.0) + factor * each
    return found


def total(some: Iterable[Terms]) -> dict[str, float]:
    return added(*((each, 1) for each in some))


@dataclass(frozen=True)
class Told:
    """What one release tells of its wave: the parts of its document that hold numbers."""

    figures: Sequence[Mapping[str, Any]]
    answered: int | None
    leave_out: frozenset[str] = frozenset()
    is_weighted: bool = False
    weights: tuple[float, float] = (1.0, 1.0)
    """The least and the most, as far as they are told."""
    before: Told | None = None
    """The release that its changes are held against."""


def told(measured: Measured, before: tuple[Told, Measured] | None = None, leave_out: Collection[str] = ()) -> Told:
    earlier = []
    if before:
        document = {"indicators": before[0].figures, "wave": {"id": "before", "closes_on": "2026-01-01"}}
        earlier = [Earlier(document, before[1], ("before",))]  # type: ignore[arg-type]
    return Told(
        figures_of(measured, earlier),
        disclosure.answered(measured.size),
        frozenset(leave_out),
        measured.weighting.least != measured.weighting.most,
        between(weighting_facts(measured)),
        before[0] if before else None,
    )


def between(facts: Mapping[str, Any]) -> tuple[float, float]:
    """Between which numbers every weight lies: both are told to a tenth."""
    return max(MIN_WEIGHT, facts["least"] - 0.05), min(MAX_WEIGHT, facts["most"] + 0.05)


@dataclass
class Attack:
    """All releases of one wave, opened against the questionnaire that everybody has."""

    instrument: Instrument
    releases: Sequence[Told]
    program: Program = field(default_factory=Program)
    groups: list[tuple[Terms, int, list[tuple[int, str, str]]]] = field(default_factory=list)
    """The people between two published numbers: how many, in which release, and where the truth counts them."""

    def __post_init__(self) -> None:
        for question in self.questions:
            for atom in self.atoms:
                for code in (*self.options(question), ""):
                    self.program.add(self._cell(question, code, atom))
        for at, release in enumerate(self.releases):
            for question in self.questions:
                self._open_size(at, release, question)
                self._open_question(at, release, question)
            for indicator in self.instrument.questionnaire.indicators:
                if indicator.kind == "score":
                    self._open_score(at, release, indicator)

    @property
    def questions(self) -> list[str]:
        return list(dict.fromkeys(code for each in self.instrument.questionnaire.indicators for code in each.questions))

    @cached_property
    def atoms(self) -> list[frozenset[str]]:
        """Which of the signals that a release leaves out a response can have."""
        signals = sorted({signal for release in self.releases for signal in release.leave_out})
        return [
            frozenset(signal for at, signal in enumerate(signals) if number >> at & 1)
            for number in range(2 ** len(signals))
        ]

    def options(self, question: str) -> list[str]:
        return list(self.instrument.codes_of(self.instrument.questionnaire.questions[question]))

    def texts(self, question: str) -> dict[str, str]:
        """The code of every option, by its words."""
        questionnaire = self.instrument.questionnaire
        return {
            option.text["en"]: option.code for option in questionnaire.options_of(questionnaire.questions[question])
        }

    def people(self, at: int, question: str, code: str) -> dict[str, float]:
        """Who gave this answer, or "" for none, among those who count in a release."""
        kept = [atom for atom in self.atoms if not atom & self.releases[at].leave_out]
        return {self._cell(question, code, atom): 1.0 for atom in kept}

    @staticmethod
    def _cell(question: str, code: str, atom: frozenset[str]) -> str:
        return " ".join([question, code or "-", *sorted(atom)])

    def possible(self, terms: Terms) -> set[int]:
        """Which of 1 to 4 people it can be."""
        return {number for number in FEW if self.program.may_be(terms, number, number)}

    def _open_size(self, at: int, release: Told, question: str) -> None:
        everyone = total(self.people(at, question, code) for code in (*self.options(question), ""))
        if release.answered is None:
            self.program.hold(everyone, high=disclosure.MIN_BASE + MIN_CELL - 1)
        else:
            self.program.hold(everyone, release.answered - slack(), release.answered + slack())

    def shares_of(self, release: Told, question: str) -> Iterator[tuple[Indicator, Mapping[str, Any]]]:
        for indicator, figure in zip(self.instrument.questionnaire.indicators, release.figures, strict=True):
            if indicator.kind == "share" and indicator.questions == (question,) and figure["shown"]:
                yield indicator, figure

    def _open_question(self, at: int, release: Told, question: str) -> None:
        shares = list(self.shares_of(release, question))
        heavy = {
            code: self._weighed(f"{at} {question} {code}", self.people(at, question, code), release)
            for code in self.options(question)
        }
        texts = self.texts(question)
        sets = []
        for indicator, figure in shares:
            counted = [code for code in self.options(question) if code not in indicator.left_out]
            true = [code for code in counted if code in indicator.positive]
            sets += [frozenset(counted), frozenset(true), frozenset(counted) - frozenset(true)]
            base, positive = (total(self.people(at, question, code) for code in some) for some in (counted, true))
            weight = total(heavy[code] for code in counted)
            self._open_figure(release, figure, base, positive, total(heavy[code] for code in true), weight)
            shown = {texts[each["text"]["en"]]: each["percent"] for each in figure["answers"]}
            step = step_of(figure["percent"])
            for code, percent in shown.items():
                if percent is not None:
                    self._hold_share(heavy[code], weight, percent, step)
                    self.program.is_none_or(MIN_CELL, self.people(at, question, code))
            self._open_order(shown, counted, heavy)
            left = {
                tuple(texts[text] for text in each["text"]["en"].split(" + ")): each["count"]
                for each in figure["left_out"]
            }
            named = {code for codes in left for code in codes}
            for codes, number in [*left.items(), *(((code,), 0) for code in indicator.left_out if code not in named)]:
                apart = [self.people(at, question, code) for code in codes]
                self._hold_count(total(apart), number)
                if len(codes) > 1:
                    self.program.is_any_few(apart)
        found = Sums(dict.fromkeys(self.options(question), 0), sets)
        for group in found.groups:
            terms = total(self.people(at, question, code) for code in group)
            self.groups.append((terms, at, [(1, question, code) for code in sorted(group)]))
        for _indicator, figure in shares:
            shown = {texts[each["text"]["en"]]: each["percent"] for each in figure["answers"]}
            for group in found.groups:
                if group & shown.keys() and all(shown.get(code, 0) is None for code in group):
                    self.program.is_any_few([self.people(at, question, code) for code in group])

    def _open_order(self, shown: Mapping[str, Any], counted: Sequence[str], heavy: Mapping[str, Terms]) -> None:
        """Answers that do not stand as the questionnaire has them stand by how many gave them."""
        if shown and list(shown) != list(counted):
            for more, fewer in pairwise(shown):
                self.program.hold(added(heavy[more], heavy[fewer], -1), low=0)

    def _open_score(self, at: int, release: Told, indicator: Indicator) -> None:
        figure = next(each for each in release.figures if each["code"] == indicator.code)
        if not figure["shown"]:
            return
        names = {what: f"{at} {indicator.code} {what}" for what in ("true", "false", "partly")}
        true, false, partly = (self.program.add(name) for name in names.values())
        base = added(true, false, 1)
        for question in indicator.questions:
            given = total(
                self.people(at, question, code) for code in self.options(question) if code in indicator.points
            )  # type: ignore[operator]
            self.program.hold(added(given, base, -1), low=0)
            if any(self.shares_of(release, question)):
                beside = [(1, question, code) for code in indicator.points or ()]
                self.groups.append((added(given, base, -1), at, [*beside, (-1, indicator.code, "base")]))
            everyone = total(self.people(at, question, code) for code in (*self.options(question), ""))
            self.program.hold(added(everyone, total([base, partly]), -1), low=0)
        self._hold_count(partly, figure["partly"])
        self.groups.append((partly, at, [(1, indicator.code, "partly")]))
        heavy = [self._weighed(names[what], terms, release) for what, terms in (("true", true), ("false", false))]
        self._open_figure(release, figure, base, true, heavy[0], total(heavy))

    def _weighed(self, name: str, people: Terms, release: Told) -> Terms:
        if not release.is_weighted:
            return people
        weight = self.program.add(f"weight of {name}", MOST * MAX_WEIGHT, is_whole=False)
        least, most = release.weights
        self.program.hold(added(weight, people, -least), low=0)
        self.program.hold(added(weight, people, -most), high=0)
        return weight

    def _open_figure(
        self, release: Told, figure: Mapping[str, Any], base: Terms, true: Terms, part: Terms, whole: Terms
    ) -> None:
        self._hold_share(part, whole, figure["percent"], step_of(figure["percent"]))
        self.program.is_none_or(MIN_CELL, true)
        self.program.is_none_or(MIN_CELL, added(base, true, -1))
        low, high = bases_of(figure)
        if not release.is_weighted:
            pairs = fitting(figure, release.before)
            if not pairs:
                raise Contradiction(figure["code"])
            low, high = min(base for base, _ in pairs), max(base for base, _ in pairs)
            self.program.hold(true, min(one for _, one in pairs), max(one for _, one in pairs))
        self.program.hold(base, low, high)

    def _hold_share(self, part: Terms, whole: Terms, percent: float, step: float) -> None:
        slack = step / 2 + 1e-9
        self.program.hold(added(part, whole, -(percent + slack) / 100), high=1e-9)
        self.program.hold(added(part, whole, -(percent - slack) / 100), low=-1e-9)

    def _hold_count(self, people: Terms, told: int | None) -> None:
        """As `disclosure.few_or_rounded` tells it."""
        if told is None:
            self.program.hold(people, 1, MIN_CELL - 1)
        elif told:
            self.program.hold(people, max(MIN_CELL, told - slack()), told + slack())
        else:
            self.program.hold(people, 0, 0)


def step_of(percent: float) -> float:
    return 0.1 if isinstance(percent, float) else 1


def bases_of(figure: Mapping[str, Any]) -> tuple[int, int]:
    shown = figure["base"]
    return max(disclosure.MIN_BASE, shown - slack()), shown + slack()


def fitting(figure: Mapping[str, Any], before: Told | None = None, most: int = 250) -> set[Pair]:
    """Of an unweighted figure the pairs that give just what is shown, and that some pair of the figure before goes with.

    `most`: how many the base of one that is not shown can be.
    """
    pairs = set(_alone(figure, most))
    for change in figure.get("changes", ()):
        known = before.figures if before and not before.is_weighted else ()
        earlier = next((each for each in known if each["code"] == figure["code"]), None)
        if earlier is not None:
            pairs = {now for now, _ in going_together(pairs, _alone(earlier, most), change)}
    return pairs


def _alone(figure: Mapping[str, Any], most: int) -> Iterator[Pair]:
    """A figure that is not shown still says that it has 30 answers and few on one side, if it is `enough`."""
    if not figure["shown"]:
        bases = range(disclosure.MIN_BASE, most + 1)
        yield from ((base, side) for base in bases for few in FEW for side in (few, base - few))
        return
    low, high = bases_of(figure)
    for base in range(low, high + 1):
        # A tenth of a percent more than the rounding, and then each is tried.
        lowest, highest = (
            (figure["percent"] + sign * step_of(figure["percent"]) * 0.6) * base / 100 for sign in (-1, 1)
        )
        for true in range(max(0, int(lowest)), min(base, int(highest) + 1) + 1):
            shown = unweighted(base, true)
            if disclosure.is_shown(shown) and _looks(disclosure.shown_figure(shown), figure):
                yield base, true


def _looks(made: Mapping[str, Any], figure: Mapping[str, Any]) -> bool:
    return all(abs(made[name] - figure[name]) < 1e-9 for name in ("percent", "low", "high")) and all(
        made[name] == figure[name] for name in ("base", "unreliable")
    )


def unweighted(base: int, true: int) -> Estimate:
    """What `estimates.estimate` says where every weight is 1."""
    share, size = true / base, float(base - 1 if 0 < true < base else base)
    return Estimate(base, true, share, size, *wilson(share, size))


def going_together(
    now: Iterable[Pair], before: Iterable[Pair], change: Mapping[str, Any]
) -> Iterator[tuple[Pair, Pair]]:
    """The pairs of two waves between which a change would be told as it is."""
    then = [(pair, disclosure.as_published(unweighted(*pair))) for pair in before]
    for pair in now:
        new = disclosure.as_published(unweighted(*pair))
        for other, old in then:
            low, high = newcombe(new, old)
            base = min(pair[0], other[0])
            if all(
                abs(disclosure.percent(end, base) - change[name]) < 1e-9 for name, end in (("low", low), ("high", high))
            ):
                yield pair, other


def leaks(attack: Attack, truth: Sequence[Mapping[str, Counter[str]]]) -> list[str]:
    """The counts that are told more closely than they may be; `truth`: of each release and question the people by answer.

    A count of 1 to 4 must be open to be each of these, and a larger one that is hidden beside it one of four numbers.
    """
    found = []
    for at, release in enumerate(attack.releases):
        hidden = {
            (question, attack.texts(question)[each["text"]["en"]])
            for question in attack.questions
            for _indicator, figure in attack.shares_of(release, question)
            for each in figure["answers"]
            if each["percent"] is None
        }
        for question in attack.questions:
            for code in attack.options(question):
                people, size = attack.people(at, question, code), truth[at][question][code]
                if size in FEW and attack.possible(people) != set(FEW):
                    found.append(f"{at} {question} {code}")
                elif size >= MIN_CELL and (question, code) in hidden:
                    low, high = attack.program.range(people)
                    found += [f"{at} {question} {code}"] if high - low < len(FEW) - 1 else []
    for terms, at, parts in attack.groups:
        size = sum(sign * truth[at][name][code] for sign, name, code in parts)
        if size in FEW and attack.possible(terms) != set(FEW):
            found.append(f"{at} {' '.join(f'{sign:+} {name} {code}' for sign, name, code in parts)}")
    return found
