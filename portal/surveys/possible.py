"""What may stand in a column of a file, and what each of it means: for descriptions that a program checks a file by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from portal.languages.words import Words
from portal.surveys.definition import Instrument, Page, Question
from portal.surveys.export import as_text
from portal.surveys.variables import Cells, Level, Missing, Raw, Said, Variable

SAMPLE, MODE = "sample", "mode"


@dataclass(frozen=True)
class Possible:
    """One value, as it stands in a CSV file, with what it means by language; `missing` where it stands for no answer."""

    cell: str
    code: str
    words: Mapping[str, str]
    missing: Missing | None = None


def possible_values(variable: Variable, form: Cells, saids: Sequence[Said]) -> list[Possible]:
    """In published order; nothing of a column of free numbers or texts but its kinds of no answer.

    `saids`: what exports say, the file's own language first.
    """
    found = [_of_level(level, variable, saids) for level in variable.levels]
    # Of a weighting cell the number stands in every form of the file.
    is_number = variable.kind == "number"
    raws: list[Raw] = [level.number if is_number else level.code for level in variable.levels]
    if variable.kind == "tick":
        raws = [(), (variable.option,)]
        found = [
            Possible("", "0", {said.language: said.no for said in saids}),
            Possible("", "1", {said.language: said.yes for said in saids}),
        ]
    raws += variable.apart
    found += [
        Possible("", str(kind.value), {said.language: said.missing[kind] for said in saids}, kind)
        for kind in variable.apart
    ]
    cells = replace(variable, values=raws).cells(form, saids[0])
    return [replace(each, cell=as_text(variable, cells[raw])) for each, raw in zip(found, raws, strict=True)]


def _of_level(level: Level, variable: Variable, saids: Sequence[Said]) -> Possible:
    """Numbers below 0 are those of the kinds of no answer."""
    words = (
        spoken(level.text)
        if isinstance(level.text, Words)
        else {said.language: _own_words(variable, said).get(level.code, "") for said in saids}
        | {saids[0].language: level.text}
    )
    return Possible("", level.code, spoken(words), Missing(level.number) if level.number < 0 else None)


def _own_words(variable: Variable, said: Said) -> Mapping[str, str]:
    """What exports call the answers that no questionnaire has words for."""
    if variable.part == "band":
        return said.ages
    return {SAMPLE: said.samples, MODE: said.modes}.get(variable.of, {})


def labels(variable: Variable, saids: Sequence[Said]) -> dict[str, str]:
    """What the column is called by language. Where it is a part of a question, only the file's language has the whole."""
    own = {saids[0].language: variable.label}
    if variable.question is None:
        return spoken({said.language: said.facts.get(variable.of, "") for said in saids} | own)
    return own if variable.option or variable.part else spoken(variable.question.text) | own


def spoken(text: Mapping[str, str] | None) -> dict[str, str]:
    """The text by language; nothing for a language that has none of its own."""
    return {language: words for language, words in (text or {}).items() if words}


def number_range(variable: Variable, instruments: Sequence[Instrument]) -> tuple[int, int] | None:
    """The lowest and the highest number that may be an answer in any version, where one is asked for or counts places."""
    asked = [q for i in instruments if (q := i.questionnaire.questions.get(variable.of))]
    if not asked or variable.kind not in ("number", "rank"):
        return None
    if variable.kind == "number":
        return min(question.least for question in asked), max(question.most for question in asked)
    return 1, max(question.most or len(question.options) for question in asked)


def groups(variables: Sequence[Variable]) -> Iterator[tuple[str, list[Variable]]]:
    """The columns of each question with several answers, by its code."""
    found: dict[str, list[Variable]] = {}
    for variable in variables:
        if variable.kind == "tick" and variable.question is not None:
            found.setdefault(variable.of, []).append(variable)
    yield from found.items()


def where_asked(question: Question, instruments: Sequence[Instrument]) -> tuple[Instrument, Page, Question]:
    """The newest version that has the question, and the page it stands on there."""
    return next(
        (instrument, page, found)
        for instrument in instruments
        for page in instrument.questionnaire.pages
        for found in page.questions
        if found.code == question.code
    )
