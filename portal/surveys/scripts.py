"""Scripts that read an export in numbers (CSV without a byte order mark) with its labels: for R, and for SPSS as syntax.

Both end with the published figures made again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from portal.surveys.definition import Indicator
from portal.surveys.possible import groups
from portal.surveys.spss import MAX_VALUE_LABEL, MAX_VARIABLE_LABEL, MISSING, TEXT_MISSING, has_missing, measure, short
from portal.surveys.variables import Frame, Said, Variable


@dataclass(frozen=True)
class Figure:
    """How an indicator is made of the columns: by numbers, whose sum of points must reach `at_least`.

    A share has one column and one point for each answer that counts. `published` in percent; None where it is not shown.
    """

    code: str
    title: str
    points: Mapping[str, Mapping[int, int]]
    at_least: int
    published: float | None


@dataclass(frozen=True)
class Coded:
    """The table beside the answers that counts codes: its file, its columns with the width of each, which hold numbers."""

    file: str
    widths: Mapping[str, int]
    numbers: Collection[str]


def figures_of(
    indicators: Iterable[Indicator], frame: Frame, said: Said, published: Mapping[str, float | None]
) -> list[Figure]:
    """Those that the file's columns give as sums of points: not a mean, any_of, or what only some are asked."""
    columns = {variable.of: variable for variable in frame.variables if variable.kind == "one" and not variable.part}
    found = []
    for indicator in indicators:
        if not all(code in columns for code in indicator.questions) or indicator.base:
            continue
        if indicator.kind not in ("share", "score"):
            continue
        points: dict[str, dict[int, int]] = {}
        for code in indicator.questions:
            worth = indicator.points or {}
            points[columns[code].name] = {
                level.number: worth[level.code] if indicator.kind == "score" else int(level.code in indicator.positive)
                for level in columns[code].levels
                if (level.code in worth if indicator.kind == "score" else level.code not in indicator.left_out)
            }
        at_least = indicator.at_least if indicator.kind == "score" else 1
        title = indicator.title.in_(said.language)
        found.append(Figure(indicator.code, title, points, at_least, published.get(indicator.code)))
    return found


def r_script(frame: Frame, said: Said, figures: Sequence[Figure], file: str, coded: Coded | None = None) -> str:
    """`raw` keeps the numbers, with each kind of missing; `answers` has factors, with NA for all of them."""
    lines = [
        "# Reads the file of the same name with its labels. Run it in the folder where both lie.",
        f'raw <- read.csv({_r(file)}, encoding = "UTF-8", na.strings = "", stringsAsFactors = FALSE)',
        "# In raw: -1 don't know, -2 prefer not to say, -7 left out of this file, -8 not asked, -9 skipped.",
        "answers <- raw",
    ]
    for variable in frame.variables:
        column = f"answers${variable.name}"
        if has_missing(variable) and variable.is_text:
            lines.append(f"{column}[{column} %in% c({', '.join(map(_r, TEXT_MISSING))})] <- NA")
        elif has_missing(variable) and variable.kind in ("number", "rank"):
            lines.append(f"{column}[!is.na({column}) & {column} < 0] <- NA")
        elif variable.levels or variable.kind == "tick":
            lines.append(_r_factor(variable, said))
        lines.append(f'attr({column}, "label") <- {_r(variable.label)}')
    if any(variable.name == "weight" for variable in frame.variables):
        lines += [
            "# The package survey gives margins of error.",
            'if (requireNamespace("survey", quietly = TRUE)) {',
            "  design <- survey::svydesign(ids = ~1, weights = ~weight, data = subset(answers, !is.na(weight)))",
            "}",
            *_r_figures(figures),
        ]
    if coded is not None:
        lines += [
            "# How often codes were given to what people wrote. It counts written answers: no row of it is a person.",
            f'coded_words <- read.csv({_r(coded.file)}, fileEncoding = "UTF-8-BOM", na.strings = "", stringsAsFactors = FALSE)',
        ]
    return "\n".join(lines) + "\n"


def _r_factor(variable: Variable, said: Said) -> str:
    if variable.is_text:
        levels = {_r(level.code): said.word(level.text) for level in variable.levels}
    else:
        levels = {str(number): text for number, text in _answers(variable, said).items()}
    labels = [_r(text) for text in _unlike(levels)]
    ordered = "TRUE" if variable.is_ordered else "FALSE"
    return (
        f"answers${variable.name} <- factor(raw${variable.name}, levels = c({', '.join(levels)}), "
        f"labels = c({', '.join(labels)}), ordered = {ordered})"
    )


def _answers(variable: Variable, said: Said) -> dict[int, str]:
    """What each number means that stands for an answer, in published order."""
    return {number: text for number, text in variable.labels(said).items() if number >= 0}


def _unlike(labels: Mapping[str, str]) -> Iterator[str]:
    """R makes one level of two that read alike."""
    times = Counter(labels.values())
    for number, text in labels.items():
        yield text if times[text] == 1 else f"{text} ({number})"


def _r_figures(figures: Sequence[Figure]) -> Iterator[str]:
    yield "# The published figures: of whom all these questions give points, how many reach the limit, by weight."
    yield "figure <- function(points, at_least) {"
    yield "  got <- sapply(names(points), function(name) unlist(points[[name]])[as.character(raw[[name]])])"
    yield "  sums <- rowSums(matrix(got, nrow = nrow(raw)))"
    yield "  is_in <- !is.na(sums) & !is.na(raw$weight)"
    yield "  100 * sum(raw$weight[is_in] * (sums[is_in] >= at_least)) / sum(raw$weight[is_in])"
    yield "}"
    for each in figures:
        said = "not shown" if each.published is None else f"{each.published:g}%"
        yield f"# {each.code}, published: {said}"
        columns = ", ".join(
            f"{name} = list({', '.join(f'`{number}` = {worth}' for number, worth in points.items())})"
            for name, points in each.points.items()
        )
        yield f'cat({_r(each.code)}, figure(list({columns}), {each.at_least}), "\\n")'


def _r(text: str) -> str:
    """A string that R reads in whatever encoding the file is opened."""
    said = []
    for letter in text:
        code = ord(letter)
        if letter in '\\"':
            said.append(f"\\{letter}")
        elif 32 <= code < 127:
            said.append(letter)
        else:
            said.append(f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return f'"{"".join(said)}"'


def spss_syntax(frame: Frame, said: Said, figures: Sequence[Figure], file: str, coded: Coded | None = None) -> str:
    """Give the file's whole path in it, or set SPSS's folder before with CD."""
    lines = [
        "* Reads the file of the same name with its labels and missing values.",
        "SET UNICODE=ON.",
        "* Where numbers are written with a comma, a weight like 0.98 would be read as nothing.",
        "SET DECIMAL=DOT.",
        f"GET DATA /TYPE=TXT /FILE={_sps(file)} /ENCODING='UTF8' /DELIMITERS=\",\" /QUALIFIER='\"'",
        "  /ARRANGEMENT=DELIMITED /FIRSTCASE=2 /VARIABLES=",
        *(f"  {variable.name} {_format(variable)}" for variable in frame.variables),
        ".",
    ]
    for variable in frame.variables:
        lines.append(f"VARIABLE LABELS {variable.name} {_sps(short(variable.label, MAX_VARIABLE_LABEL))}.")
        lines.append(f"VARIABLE LEVEL {variable.name} ({measure(variable).upper()}).")
        if variable.is_text:
            labels = {_sps(level.code): said.word(level.text) for level in variable.levels}
        else:
            labels = {str(number): text for number, text in variable.labels(said).items()}
        if labels:
            lines.append(f"VALUE LABELS {variable.name}")
            lines += [f"  {code} {_sps(short(text, MAX_VALUE_LABEL))}" for code, text in labels.items()]
            lines.append(".")
        if has_missing(variable):
            values = ", ".join(map(_sps, TEXT_MISSING)) if variable.is_text else f"{MISSING[0]} THRU {MISSING[1]}"
            lines.append(f"MISSING VALUES {variable.name} ({values}).")
    for code, parts in groups(frame.variables):
        lines += _spss_set(code, parts, said)
    lines.append("EXECUTE.")
    if any(variable.name == "weight" for variable in frame.variables):
        lines.append("WEIGHT BY weight.")
        lines.append("* The published figures: the mean of each is the share.")
        names = {variable.name for variable in frame.variables}
        for at, each in enumerate(figures, 1):
            name = f"figure_{at}"
            while name in names:
                name += "x"
            lines += _spss_figure(name, each)
    if coded is not None:
        lines += _spss_coded(coded)
    return "\r\n".join(lines) + "\r\n"


def _spss_set(code: str, parts: Sequence[Variable], said: Said) -> Iterator[str]:
    """The columns of a question with several answers as one set, by which SPSS makes one table of them."""
    question = parts[0].question
    if question is None or len(parts) < 2:
        return
    yield f"MRSETS /MDGROUP NAME=${code} VARIABLES="
    yield from (f"  {part.name}" for part in parts)
    yield f"  VALUE=1 CATEGORYLABELS=VARLABELS LABEL={_sps(short(said.word(question.text), MAX_VARIABLE_LABEL))}."


def _spss_coded(coded: Coded) -> Iterator[str]:
    """As a data set of its own; the answers stay the one that is worked on."""
    yield "* How often codes were given to what people wrote. It counts written answers: no row of it is a person."
    yield "DATASET NAME answers."
    yield f"GET DATA /TYPE=TXT /FILE={_sps(coded.file)} /ENCODING='UTF8' /DELIMITERS=\",\" /QUALIFIER='\"'"
    yield "  /ARRANGEMENT=DELIMITED /FIRSTCASE=2 /VARIABLES="
    for name, width in coded.widths.items():
        yield f"  {name} {'F10.2' if name in coded.numbers else f'A{max(1, width)}'}"
    yield "."
    yield "DATASET NAME coded_words."
    yield "DATASET ACTIVATE answers."


def _spss_figure(name: str, figure: Figure) -> Iterator[str]:
    said = "not shown" if figure.published is None else f"{figure.published:g}%"
    yield f"* {figure.code}, published: {said}."
    # VALUE() takes a number that is declared as missing for what it is: some of them may count.
    for at, (column, points) in enumerate(figure.points.items(), 1):
        yield f"NUMERIC {name}_{at} (F8.0)."
        for number, worth in points.items():
            yield f"IF (VALUE({column}) = {number}) {name}_{at} = {worth}."
    total = " + ".join(f"{name}_{at}" for at in range(1, len(figure.points) + 1))
    yield f"COMPUTE {name} = 100 * (({total}) >= {figure.at_least})."
    yield f"DESCRIPTIVES {name} /STATISTICS=MEAN."


def _format(variable: Variable) -> str:
    if variable.is_text:
        written = [level.code for level in variable.levels] or [
            raw for raw in {*variable.values} if isinstance(raw, str)
        ]
        return f"A{max(map(len, written), default=8)}"
    return "F20.16" if variable.name == "weight" else "F10.0"


def _sps(text: str) -> str:
    """A string of SPSS syntax; a line break would end it."""
    return "'" + " ".join(text.split()).replace("'", "''") + "'"
