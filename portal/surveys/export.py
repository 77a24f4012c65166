"""A wave's ticked answers as a table for a spreadsheet or a statistics program, and the codebook that explains it.

Both are CSV as RFC 4180 has it, in UTF-8 with a byte order mark, which spreadsheets want. What people wrote is in neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from portal.languages.words import Words
from portal.questions.types import type_of
from portal.surveys.columns import Value
from portal.surveys.definition import Instrument, Page, Question
from portal.text import no_formula

MARK = "\ufeff"
END = "\r\n"
BLOCK_ROWS = 2000
CODEBOOK_HEAD = ("variable", "question", "type", "code", "label", "source", "wording", "asked_if")


@dataclass(frozen=True)
class Download:
    """A file that is made while it is sent; `size` in bytes is known before, so that half a file is seen to be one."""

    size: int
    blocks: Iterator[bytes]


@dataclass(frozen=True)
class Say:
    """How the table says things: with labels in this language, or with codes where it is empty."""

    language: str
    yes: str = ""
    no: str = ""

    def __call__(self, code: str, words: Words | str | None) -> str:
        if not self.language or words is None:
            return code
        return words if isinstance(words, str) else words.in_(self.language)


def cell(text: str) -> str:
    """The text as a cell that no spreadsheet takes for anything but text."""
    safe = no_formula(text).replace('"', '""')
    return f'"{safe}"'


@dataclass(frozen=True)
class _Column:
    """One question: the heads of its columns, and of each value the text between its commas."""

    heads: tuple[str, ...]
    texts: dict[Value, str]
    values: Sequence[Value]
    size: int
    """Of all the texts together, in bytes."""


def table(size: int, values: Mapping[str, Sequence[Value]], instruments: Sequence[Instrument], say: Say) -> Download:
    """`size` rows; `instruments` are the versions that were asked, newest first: its words go before older ones."""
    columns = [_column(code, values[code], instruments, say) for code in values]
    head = MARK + ",".join(cell(name) for column in columns for name in column.heads) + END
    separators = size * (len(columns) - 1 + len(END))
    return Download(len(head.encode()) + separators + sum(c.size for c in columns), _rows(head, columns))


def _rows(head: str, columns: Sequence[_Column]) -> Iterator[bytes]:
    yield head.encode()
    rows = map(",".join, zip(*(map(c.texts.__getitem__, c.values) for c in columns), strict=True))
    while block := list(islice(rows, BLOCK_ROWS)):
        yield (END.join(block) + END).encode()


def _column(code: str, values: Sequence[Value], instruments: Sequence[Instrument], say: Say) -> _Column:
    times = Counter(values)
    question = asked(code, instruments)
    heads: tuple[str, ...] = (code,)
    if question is None:
        texts = {value: _fact(value, say) for value in times}
    elif type_of(question).packed == "number":
        texts = {value: "" if value is None else str(value) for value in times}
    elif type_of(question).packed == "several":
        options = list(options_of(code, instruments))
        heads = tuple(f"{code}.{option}" for option in options)
        texts = {value: _ticks(options, value) for value in times}
    elif type_of(question).packed == "ranking":
        options = list(options_of(code, instruments))
        heads = tuple(f"{code}.{option}" for option in options)
        texts = {value: _ranks(options, value) for value in times}
    elif question.type == "place":
        heads = (code, f"{code}.group")
        texts = {value: _place(value, instruments, say) for value in times}
    else:
        words = options_of(code, instruments)
        texts = {v: "" if v is None else cell(say(str(v), words.get(str(v)))) for v in times}
    return _Column(heads, texts, values, sum(len(texts[value].encode()) * number for value, number in times.items()))


def _fact(value: Value, say: Say) -> str:
    """Beside the answers: the version is a number, the language a code in either table."""
    text = "" if value is None else str(value)
    if text.isascii() and text.isdigit():
        return text
    return cell({"yes": say.yes, "no": say.no}.get(text, text) if say.language and text else text) if text else ""


def _ticks(options: Sequence[str], value: Value) -> str:
    if not isinstance(value, tuple):
        return "," * (len(options) - 1)
    return ",".join("1" if option in value else "0" for option in options)


def _ranks(options: Sequence[str], value: Value) -> str:
    """1 under what was put first; nothing under what was left out."""
    ranks = {option: str(rank) for rank, option in enumerate(value, 1)} if isinstance(value, tuple) else {}
    return ",".join(ranks.get(option, "") for option in options)


def _place(value: Value, instruments: Sequence[Instrument], say: Say) -> str:
    if value is None:
        return ","
    found = next((place for i in instruments for place in i.places if place.code == value), None)
    if found is None:
        return f"{cell(str(value))},"
    return f"{cell(say(found.code, found.name))},{cell(say(found.group, found.group_name))}"


def asked(code: str, instruments: Iterable[Instrument]) -> Question | None:
    """The question in the newest version that has it."""
    return next((i.questionnaire.questions[code] for i in instruments if code in i.questionnaire.questions), None)


def options_of(code: str, instruments: Iterable[Instrument]) -> dict[str, Words]:
    """Every option that any version offered, in the words of the newest."""
    found: dict[str, Words] = {}
    for instrument in instruments:
        question = instrument.questionnaire.questions.get(code)
        for option in instrument.questionnaire.options_of(question) if question else ():
            found.setdefault(option.code, option.text)
    return found


@dataclass(frozen=True)
class CodebookWords:
    """What the codebook says beside the questionnaire's own words."""

    facts: Mapping[str, str]
    """What a column is that no question asks, by its name."""
    types: Mapping[str, str]
    wordings: Mapping[str, str]
    asked_if: Callable[[Instrument, Page, Question], str]
    ticked: str
    not_ticked: str
    group: str
    """What the second column of a place holds."""


def codebook(
    names: Iterable[str], instruments: Sequence[Instrument], language: str, words: CodebookWords
) -> Iterator[bytes]:
    """One row for each column of the table that has no codes, and one for each code of each other column."""
    yield (MARK + ",".join(map(cell, CODEBOOK_HEAD)) + END).encode()
    for name in names:
        rows = _explained(name, instruments, language, words)
        yield "".join(",".join(map(cell, row)) + END for row in rows).encode()


def _explained(
    name: str, instruments: Sequence[Instrument], language: str, words: CodebookWords
) -> Iterator[tuple[str, ...]]:
    found = next(
        (
            (instrument, page, question)
            for instrument in instruments
            for page in instrument.questionnaire.pages
            for question in page.questions
            if question.code == name
        ),
        None,
    )
    if found is None:
        yield (name, words.facts.get(name, ""), "", "", "", "", "", "")
        return
    _instrument, _page, question = found
    text, kind = question.text.in_(language), words.types[question.type]
    rest = (question.source, words.wordings[question.wording], words.asked_if(*found))
    options = {code: text.in_(language) for code, text in options_of(name, instruments).items()}
    if question.type == "place":
        places = {place.code: place for i in reversed(instruments) for place in i.places}
        groups = {place.group: place.group_name for place in places.values()}
        yield from ((name, text, kind, place.code, place.name, *rest) for place in places.values())
        yield from ((f"{name}.group", text, words.group, code, label, *rest) for code, label in groups.items())
    elif type_of(question).packed == "several":
        for code, label in options.items():
            for ticked, says in (("1", words.ticked), ("0", words.not_ticked)):
                yield (f"{name}.{code}", f"{text} {label}", kind, ticked, says, *rest)
    elif type_of(question).packed == "ranking":
        yield from ((f"{name}.{code}", f"{text} {label}", kind, "", "", *rest) for code, label in options.items())
    elif options:
        yield from ((name, text, kind, code, label, *rest) for code, label in options.items())
    else:
        yield (name, text, kind, "", "", *rest)
