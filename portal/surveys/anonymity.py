"""Whether somebody could be found in an export by what they are: k-anonymity over the columns that identify.

Sweeney, k-anonymity: a model for protecting privacy, International Journal of Uncertainty 10 (2002).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from portal.questions.types import type_of
from portal.surveys.columns import Value
from portal.surveys.definition import Instrument, Question
from portal.surveys.expressions import atoms
from portal.surveys.variables import AGE_GROUPS, Missing, Raw, asked, family, options_of

# As for published tables: disclosure.MIN_CELL.
K = 5
MIN_ALIKE = 10
GROUP, BAND = ".group", ".band"
Key = tuple[Raw, ...]


def identifying(instruments: Sequence[Instrument]) -> list[str]:
    """The questions that say who or where somebody is; `instruments` are newest first.

    A question says so itself by `identifying`. Else it is one on a place, an age or what a population is counted by,
    one that people may decline to answer, or one that is asked only after such a question.
    """
    found: dict[str, None] = {}
    for instrument in reversed(instruments):
        for page in instrument.questionnaire.pages:
            for question in page.questions:
                newest = asked(question.code, instruments) or question
                rules = page.only_if, question.only_if
                hangs_on = {atom.question for rule in rules for atom in atoms(rule.expression)}
                if type_of(question).is_written or newest.identifying == "no":
                    continue
                if newest.identifying == "yes" or hangs_on & found.keys() or _is_about_a_person(newest, instruments):
                    found[question.code] = None
    return list(found)


def _is_about_a_person(question: Question, instruments: Sequence[Instrument]) -> bool:
    return (
        question.type in ("place", "age_band")
        or bool(question.demographic)
        or any(family(option) is Missing.NOT_SAID for option in options_of(question.code, instruments).values())
    )


def choices(instruments: Sequence[Instrument]) -> Iterator[tuple[str, Question]]:
    """What may be put into a file of the columns that identify: ("home.group", question), the coarser form first."""
    for code in identifying(instruments):
        question = asked(code, instruments)
        assert question is not None
        if question.type == "place":
            yield f"{code}{GROUP}", question
        if question.type == "age_band":
            yield f"{code}{BAND}", question
        yield code, question


def coarsened(choice: str, values: Sequence[Raw], instruments: Sequence[Instrument]) -> Sequence[Raw]:
    """The answers as the choice tells them: a group for a place, a wide band for an age."""
    wide: dict[str, str] = {}
    if choice.endswith(GROUP):
        wide = {place.code: place.group for i in reversed(instruments) for place in i.places}
    elif choice.endswith(BAND):
        wide = {band: group for group, bands in AGE_GROUPS.items() for band in bands}
    else:
        return values
    return [wide.get(value, value) if isinstance(value, str) else value for value in values]


@dataclass(frozen=True)
class Risk:
    """`unique`: rows like no other in the columns that identify; `few`: rows that fewer than K are alike with, these included."""

    rows: int
    unique: int
    few: int


def risk(columns: Mapping[str, Sequence[Raw]], size: int) -> Risk:
    if not columns:
        return Risk(size, 0, 0)
    times = Counter(zip(*columns.values(), strict=True)).values()
    return Risk(size, sum(n for n in times if n == 1), sum(n for n in times if n < K))


@dataclass(frozen=True)
class Blanked:
    """The columns with WITHHELD in the rows that too few were alike with; in `last_rows` of them also in the last column to go."""

    columns: dict[str, Sequence[Raw]]
    rows: int
    last_rows: int


def blank_small_cells(columns: Mapping[str, Sequence[Raw]], last: str = "") -> Blanked:
    """Blank what identifies until each row is like at least K - 1 others.

    `last` is the column that figures need most: a row loses it only where too few rows share it. Where the rows that are
    blank are themselves few, the next smallest cell goes with them, or they would be known by being blank. Fewer than K
    rows in all are blank and still few.
    """
    if not columns:
        return Blanked({}, 0, 0)
    names = list(columns)
    before: list[Key] = list(zip(*columns.values(), strict=True))
    keeps = names.index(last) if last in columns else None
    hidden = (Missing.WITHHELD,) * len(names)

    def all_but_last(key: Key) -> Key:
        return tuple(value if at == keeps else Missing.WITHHELD for at, value in enumerate(key))

    after = before
    if keeps is not None:
        after = _join(after, all_but_last)
    after = _join(after, lambda _key: hidden)
    rows = sum(one != other for one, other in zip(before, after, strict=True))
    lost = 0 if keeps is None else sum(key[keeps] is Missing.WITHHELD for key in after)
    return Blanked({name: [key[at] for key in after] for at, name in enumerate(names)}, rows, lost)


def _join(rows: list[Key], blank: Callable[[Key], Key]) -> list[Key]:
    """The rows in small cells blanked, with as many next smallest cells as make K rows of each that are blank alike."""
    sizes = Counter(rows)
    cells: dict[Key, list[Key]] = defaultdict(list)
    for cell in sizes:
        cells[blank(cell)].append(cell)
    to: dict[Key, Key] = {}
    for target, found in cells.items():
        ordered = sorted(found, key=lambda cell: (sizes[cell], repr(cell)))
        if sizes[ordered[0]] >= K:
            continue
        gathered = sizes[target]
        for cell in ordered:
            if sizes[cell] >= K and gathered >= K:
                break
            if cell != target:
                to[cell] = target
                gathered += sizes[cell]
    return [to.get(row, row) for row in rows]


def without_rare(values: Sequence[Value]) -> list[Value]:
    """Languages without those that fewer than 10 used: such a row would lead to the words that are written in it.

    The same of ways in which answers came. Where the rows that are left blank are themselves few, the next rarest goes
    too, or they would be known by being blank.
    """
    hidden: set[Value] = set()
    blank = 0
    for code, times in sorted(Counter(values).items(), key=lambda each: each[1]):
        if times < MIN_ALIKE or 0 < blank < MIN_ALIKE:
            hidden.add(code)
            blank += times
    return [None if code in hidden else code for code in values]
