"""What each column of an export is and what each of its codes means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portal.surveys.definition import Instrument
from portal.surveys.possible import where_asked
from portal.surveys.variables import Frame, Said, Variable

HEAD = ("variable", "question", "type", "code", "number", "label", "source", "wording", "asked_if", "asked_as")
TYPES = {"number": "integer"}
"""Of these columns what is no text, as CSVW calls it."""


@dataclass(frozen=True)
class Entry:
    """One column; `answers`: code, number and words of each."""

    name: str
    text: str
    type: str
    answers: Sequence[tuple[str, str, str]]
    source: str = ""
    wording: str = ""
    asked_if: str = ""
    asked_as: str = ""


def entries(frame: Frame, instruments: Sequence[Instrument], said: Said) -> Iterator[Entry]:
    """`instruments`: newest first."""
    for variable in frame.variables:
        answers = list(_answers(variable, said))
        if variable.question is None:
            yield Entry(variable.name, variable.label, "", answers)
            continue
        question = variable.question
        where = where_asked(question, instruments)
        yield Entry(
            variable.name,
            variable.label,
            said.types[question.type],
            answers,
            question.source,
            said.wordings[question.wording],
            said.asked_if(*where),
            said.asked_as(where[0], where[2]),
        )


def _answers(variable: Variable, said: Said) -> Iterator[tuple[str, str, str]]:
    is_written = variable.is_text
    for level in variable.levels:
        yield level.code, "" if is_written else str(level.number), said.word(level.text)
    if variable.kind == "tick":
        yield "0", "0", said.no
        yield "1", "1", said.yes
    for kind in variable.apart:
        yield str(kind.value), str(kind.value), said.missing[kind]


def rows(found: Iterator[Entry]) -> Iterator[tuple[str, ...]]:
    """As a table under HEAD: a row for each answer, or one for a column that has none."""
    for entry in found:
        for code, number, label in entry.answers or [("", "", "")]:
            about = (entry.source, entry.wording, entry.asked_if, entry.asked_as)
            yield entry.name, entry.text, entry.type, code, number, label, *about
