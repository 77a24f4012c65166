"""A wave's data as archives describe it: DDI Codebook 2.5, without a count of any answer.

Elements stand in the order of the schema (ddialliance/ddi-c_2, schemas/codebook.xsd, 2.5.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from portal.languages.words import Words
from portal.surveys.definition import Grid, Instrument, Page, Question
from portal.surveys.possible import groups, labels, number_range, possible_values, spoken, where_asked
from portal.surveys.spss import MISSING, measure
from portal.surveys.variables import Cells, Frame, Missing, Said, Variable

NAMESPACE = "ddi:codebook:2_5"
SCHEMA = "https://ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# What XML 1.0 has no way to write.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# The words that archives use for kinds of no answer.
MISSING_TYPES = {
    Missing.DONT_KNOW: "don't know",
    Missing.NOT_SAID: "refusal",
    Missing.WITHHELD: "withheld",
    Missing.NOT_ASKED: "inap.",
    Missing.SKIPPED: "no answer",
}
_ASKS_FOR = {
    "one": "category",
    "tick": "multiple",
    "rank": "ranking",
    "number": "numeric",
    "text": "datetime",
}


@dataclass(frozen=True, kw_only=True)
class Study:
    """What an archive is told of the wave beside its columns; sentences are in the language of the file.

    `sampling`: what the sample is called and what it is good for; `modes`: how people answered; `rights`: what whoever
    has the file must and must not do; `notes`: headings, each with its sentences.
    """

    code: str
    wave: int
    title: Words
    about: Words
    made_on: date
    first_day: date
    last_day: date
    producer: str
    area: Words
    universe: str
    unit: str
    data_kind: str
    time_method: str
    sampling: tuple[str, str]
    modes: Sequence[str]
    instrument: str
    weights: str
    missing: str
    rights: str
    languages: Sequence[str]
    notes: Sequence[tuple[str, str]] = ()

    @property
    def name(self) -> str:
        return f"{self.code}-wave-{self.wave}"


def ddi_codebook(
    study: Study,
    frame: Frame,
    instruments: Sequence[Instrument],
    form: Cells,
    saids: Sequence[Said],
    file: str,
    others: Mapping[str, str] | None = None,
) -> bytes:
    """`file`: the name of the data file; `others`: those beside it, each with what it holds; `saids`: what exports say, the
    file's own language first; `instruments`: newest first. How many rows there are is told where the frame has any.
    """
    book = Element(
        "codeBook",
        {
            "xmlns": NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{NAMESPACE} {SCHEMA}",
            "version": "2.5",
            "ID": "codebook",
            _LANG: saids[0].language,
        },
    )
    is_weighted = any(variable.name == "weight" for variable in frame.variables)
    _citation(_add(book, "docDscr"), study, saids[0].language)
    _study(book, study, saids[0].language, is_weighted=is_weighted)
    _file(book, study, frame, file)
    for name, holds in (others or {}).items():
        about = _add(_add(book, "fileDscr"), "fileTxt")
        _add(about, "fileName", name)
        _add(about, "fileCont", holds)
        _add(about, "fileType", "CSV", charset="UTF-8")
    described = _add(book, "dataDscr")
    for code, variables in groups(frame.variables):
        ids = " ".join(_id(variable) for variable in variables)
        group = _add(described, "varGrp", ID=f"G_{code}", type="multipleResp", var=ids, name=code)
        assert variables[0].question is not None
        _in_each(group, "labl", variables[0].question.text)
    seen: set[str] = set()
    for place, variable in enumerate(frame.variables, 1):
        _variable(described, variable, place, instruments, form, saids, seen, is_weighted=is_weighted)
    indent(book)
    return tostring(book, encoding="utf-8", xml_declaration=True) + b"\n"


def _add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    found = SubElement(parent, tag, {key: _clean(value) for key, value in attributes.items()})
    if text:
        found.text = _clean(text)
    return found


def _clean(text: str) -> str:
    return _NO_XML.sub("", text)


def _in_each(parent: Element, name: str, text: Words | Mapping[str, str] | None) -> None:
    """Once for each language that has words."""
    for language, words in spoken(text).items():
        _add(parent, name, words).set(_LANG, language)


def _citation(parent: Element, study: Study, language: str) -> None:
    cited = _add(parent, "citation")
    titles = _add(cited, "titlStmt")
    _add(titles, "titl", study.title.in_(language))
    others = {code: words for code, words in spoken(study.title).items() if code != language}
    _in_each(titles, "parTitl", others)
    _add(titles, "IDNo", study.name)
    _add(_add(cited, "rspStmt"), "AuthEnty", study.producer)
    produced = _add(cited, "prodStmt")
    for code in study.languages:
        _add(produced, "language", code, languageCode=code, typeOfLanguageCode="RFC5646")
    _add(produced, "producer", study.producer)
    _add(produced, "prodDate", study.made_on.isoformat(), date=study.made_on.isoformat())
    _add(produced, "software", "Community Safety Portal")
    series = _add(cited, "serStmt")
    _add(series, "serName", study.title.in_(language), abbr=study.code)


def _study(book: Element, study: Study, language: str, *, is_weighted: bool) -> None:
    described = _add(book, "stdyDscr")
    _citation(described, study, language)
    scope = _add(described, "stdyInfo")
    _in_each(scope, "abstract", study.about)
    summed = _add(scope, "sumDscr")
    for event, day in (("start", study.first_day), ("end", study.last_day)):
        _add(summed, "collDate", day.isoformat(), event=event, date=day.isoformat(), cycle=str(study.wave))
    _in_each(summed, "geogCover", study.area)
    _add(summed, "anlyUnit", study.unit)
    _add(summed, "universe", study.universe)
    _add(summed, "dataKind", study.data_kind)
    collected = _add(_add(described, "method"), "dataColl")
    _add(collected, "timeMeth", study.time_method)
    _add(collected, "dataCollector", study.producer)
    sampled = _add(collected, "sampProc")
    _add(sampled, "concept", study.sampling[0])
    _add(sampled, "txt", study.sampling[1])
    for mode in study.modes:
        _add(collected, "collMode", mode)
    _add(collected, "resInstru", study.instrument)
    weighting = _add(collected, "weight", study.weights)
    if is_weighted:
        weighting.set("ID", "W_weight")
    used = _add(_add(described, "dataAccs"), "useStmt")
    _add(used, "restrctn", study.rights)
    for heading, sentences in study.notes:
        _add(described, "notes", sentences, subject=heading)


def _file(book: Element, study: Study, frame: Frame, file: str) -> None:
    about = _add(_add(book, "fileDscr", ID="F_data"), "fileTxt")
    _add(about, "fileName", file)
    _add(about, "fileStrc", type="rectangular")
    size = _add(about, "dimensns")
    if len(frame.order):
        _add(size, "caseQnty", str(len(frame.order)))
    _add(size, "varQnty", str(len(frame.variables)))
    _add(about, "fileType", "CSV", charset="UTF-8")
    _add(about, "format", "delimited (RFC 4180)")
    _add(about, "dataMsng", study.missing)


def _id(variable: Variable) -> str:
    return f"V_{variable.name}"


def _variable(
    parent: Element,
    variable: Variable,
    place: int,
    instruments: Sequence[Instrument],
    form: Cells,
    saids: Sequence[Said],
    seen: set[str],
    *,
    is_weighted: bool,
) -> None:
    said, question = saids[0], variable.question
    values = possible_values(variable, form, saids)
    in_words = {"numbers": (), "codes": ("one",), "labels": ("one", "tick")}[form]
    is_text = variable.is_text or variable.kind in in_words
    about = _add(parent, "var", ID=_id(variable), name=variable.name, files="F_data", **_nature(variable))
    if variable.name == "weight":
        about.set("wgt", "wgt")
        about.set("weight", "W_weight")
    elif question is not None and is_weighted:
        about.set("wgt-var", "V_weight")
    _add(about, "location", StartPos=str(place), fileid="F_data")
    _in_each(about, "labl", labels(variable, saids))
    if question is not None:
        _question(about, variable, question, instruments, seen)
    lowest_to_highest = number_range(variable, instruments)
    if lowest_to_highest is not None:
        low, high = map(str, lowest_to_highest)
        _add(_add(about, "valrng"), "range", UNITS="INT", min=low, max=high)
    if variable.apart:
        invalid = _add(about, "invalrng")
        if form == "numbers" and not variable.is_text:
            _add(invalid, "range", UNITS="INT", min=str(MISSING[0]), max=str(MISSING[1]))
        else:
            for value in values:
                if value.missing is not None:
                    _add(invalid, "item", VALUE=value.cell)
    if question is not None:
        asked_if = said.asked_if(*where_asked(question, instruments))
        if asked_if:
            _add(about, "universe", asked_if)
    for value in values:
        category = _add(about, "catgry")
        if value.missing is not None:
            category.set("missing", "Y")
            category.set("missType", MISSING_TYPES[value.missing])
        _add(category, "catValu", value.cell)
        _in_each(category, "labl", value.words)
    _add(about, "varFormat", type="character" if is_text else "numeric")
    if question is not None:
        _add(about, "notes", said.wordings[question.wording], type="wording")
        if question.source:
            _add(about, "notes", question.source, type="source")
        asked_as = said.asked_as(where_asked(question, instruments)[0], question)
        if asked_as:
            _add(about, "notes", asked_as, type="other wordings")


def _nature(variable: Variable) -> dict[str, str]:
    """How its numbers may be used, and whether it tells a place."""
    kind = measure(variable)
    found = {"nature": "ratio" if kind == "scale" else kind, "intrvl": "contin" if kind == "scale" else "discrete"}
    if variable.question is not None and variable.question.type == "place":
        found["geog"] = "Y"
    return found


def _question(
    about: Element,
    variable: Variable,
    question: Question,
    instruments: Sequence[Instrument],
    seen: set[str],
) -> None:
    """As it was asked, in each language; the columns of one question refer to the first of them."""
    kind = (
        "geographic" if question.type == "place" else "scale" if question.type == "scale" else _ASKS_FOR[variable.kind]
    )
    asked = _add(about, "qstn", responseDomainType=kind)
    name = f"Q_{question.code}"
    if question.code in seen:
        asked.set("qstn", name)
    else:
        asked.set("ID", name)
        seen.add(question.code)
    _instrument, page, _asked = where_asked(question, instruments)
    for text in _before(page, question):
        _in_each(asked, "preQTxt", text)
    _in_each(asked, "qstnLit", question.text)
    _in_each(asked, "postQTxt", question.hint)


def _before(page: Page, question: Question) -> Iterable[Words]:
    """What stands above the question: the page's words, and those of the grid whose row it is."""
    yield page.intro
    grids: Mapping[str, Grid] = {grid.code: grid for grid in page.grids}
    if question.grid in grids:
        yield grids[question.grid].text
