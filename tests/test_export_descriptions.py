"""What describes a file to programs and archives: DDI Codebook by its schema, CSVW by reading the file as it says."""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask

from portal.languages.i18n import LANGUAGES
from portal.languages.words import Words
from portal.staff.export_making import saids_of
from portal.surveys import csvw, ddi, export
from portal.surveys.columns import Value
from portal.surveys.ddi import Study, ddi_codebook
from portal.surveys.definition import Instrument, Question
from portal.surveys.variables import Cells, Frame
from tests.support.exporting import entries, fetch
from tests.support.people import Officer
from tests.test_export import HOSTILE, frame_of, instrument, options

pytestmark = pytest.mark.same_on_both

XML = "{http://www.w3.org/XML/1998/namespace}"
# The children of each element in the order of the schema, "*" where they may be repeated, "!" where one must be there
# (ddialliance/ddi-c_2, schemas/codebook.xsd, 2.5.1).
CHILDREN = {
    "codeBook": "docDscr* stdyDscr*! fileDscr* dataDscr* otherMat*",
    "docDscr": "citation guide* docStatus* docSrc* controlledVocabUsed* notes*",
    "stdyDscr": "citation*! studyAuthorization* stdyInfo* studyDevelopment* method* dataAccs* othrStdyMat* notes*",
    "citation": "titlStmt! rspStmt prodStmt distStmt serStmt* verStmt* biblCit* holdings* notes*",
    "titlStmt": "titl! subTitl* altTitl* parTitl* IDNo*",
    "rspStmt": "AuthEnty* othId*",
    "prodStmt": "language* producer* copyright* prodDate* prodPlac* software* fundAg* grantNo*",
    "serStmt": "serName* serInfo*",
    "stdyInfo": "studyBudget* subject* abstract* sumDscr* qualityStatement notes* exPostEvaluation*",
    "sumDscr": "timePrd* collDate* nation* geogCover* geogUnit* geoBndBox boundPoly* anlyUnit* universe* dataKind*",
    "method": "dataColl* notes* anlyInfo stdyClas* dataProcessing* codingInstructions*",
    "dataColl": "timeMeth* dataCollector* collectorTraining* frequenc* sampProc* sampleFrame* targetSampleSize* deviat* "
    "collMode* resInstru* instrumentDevelopment* sources collSitu* actMin* ConOps* weight* cleanOps*",
    "dataAccs": "setAvail* useStmt* notes*",
    "useStmt": "confDec* specPerm* restrctn* contact* citReq* deposReq* conditions* disclaimer*",
    "fileDscr": "fileTxt* locMap notes*",
    "fileTxt": "fileName* fileCitation dataFingerprint* fileCont fileStrc dimensns fileType* format* filePlac* dataChck* "
    "ProcStat* dataMsng* software* verStmt*",
    "fileStrc": "recGrp* notes*",
    "dimensns": "caseQnty* varQnty* logRecL* recPrCas* recNumTot*",
    "dataDscr": "varGrp* nCubeGrp* var* nCube* notes*",
    "varGrp": "labl* txt* concept* defntn* universe* notes*",
    "var": "location* labl* imputation* security* embargo* respUnit* anlysUnit* qstn* valrng* invalrng* undocCod* universe* "
    "TotlResp* sumStat* txt* stdCatgry* catgryGrp* catgry* codInstr* verStmt* concept* derivation varFormat geoMap* "
    "catLevel* notes*",
    "catgry": "catValu labl* txt* catStat* mrow",
}  # fmt: skip
# Of these the order is free.
ANY_ORDER = {
    "qstn": {"preQTxt", "qstnLit", "postQTxt", "forward", "backward", "ivuInstr"},
    "sampProc": {"concept", "txt"},
    "valrng": {"item", "range"},
    "invalrng": {"item", "range"},
}
ATTRIBUTES = {
    "codeBook": "version xsi:schemaLocation", "language": "languageCode typeOfLanguageCode", "prodDate": "date",
    "serName": "abbr", "collDate": "event date cycle", "fileStrc": "type", "fileType": "charset",
    "varGrp": "type var name", "location": "StartPos fileid", "range": "UNITS min max", "item": "VALUE",
    "var": "name wgt wgt-var weight files intrvl nature geog", "qstn": "qstn responseDomainType", "varFormat": "type",
    "catgry": "missing missType", "notes": "type subject",
}  # fmt: skip
ALLOWED = {
    "event": "start end single", "type": "rectangular multipleResp numeric character wording source",
    "wgt": "wgt not-wgt", "intrvl": "contin discrete", "nature": "nominal ordinal interval ratio percent other",
    "geog": "Y N", "missing": "Y N", "UNITS": "INT REAL",
    "responseDomainType": "numeric category datetime multiple ranking geographic scale",
}  # fmt: skip
REFERENCES = {"var": {"wgt-var", "weight", "files"}, "varGrp": {"var"}, "location": {"fileid"}, "qstn": {"qstn"}}


def mistakes(document: bytes) -> list[str]:
    """What the schema would refuse, as far as the elements go that are written here."""
    book = ElementTree.fromstring(document)
    found = [] if book.tag == f"{{{ddi.NAMESPACE}}}codeBook" and book.get("version") == "2.5" else ["the root"]
    known = [element.get("ID") for element in book.iter() if element.get("ID")]
    found += [f"the ID {name} twice" for name in {*known} if known.count(name) > 1]
    found += [f"the ID {name}" for name in known if not re.fullmatch(r"[A-Za-z_][\w.-]*", name or "", re.ASCII)]
    for element in book.iter():
        tag, children = plain(element), [plain(child) for child in element]
        if children and tag not in CHILDREN and tag not in ANY_ORDER:
            found.append(f"{tag} holds elements")
        if tag in ANY_ORDER and (not {*children} <= ANY_ORDER[tag] or (tag.endswith("valrng") and not children)):
            found.append(f"{tag} holds {children}")
        if tag in CHILDREN:
            order = [part.rstrip("*!") for part in CHILDREN[tag].split()]
            if [name for name in order for child in children if child == name] != children:
                found.append(f"{tag} holds {children}")
            for part in CHILDREN[tag].split():
                times = children.count(part.rstrip("*!"))
                if (times == 0 and "!" in part) or (times > 1 and "*" not in part):
                    found.append(f"{tag} has {times} of {part}")
        for name, value in element.attrib.items():
            if name.startswith("{http://www.w3.org/2001/XMLSchema-instance}") or name in ("ID", f"{XML}lang"):
                continue
            if name not in ATTRIBUTES.get(tag, "").split():
                found.append(f"{tag} has the attribute {name}")
            if name in REFERENCES.get(tag, ()):
                found += [f"{name} names {one}" for one in value.split() if one not in known]
            if name in ALLOWED and value not in ALLOWED[name].split() and value != "other wordings":
                found.append(f"{name} is {value}")
    return found


def plain(element: ElementTree.Element) -> str:
    return element.tag.removeprefix(f"{{{ddi.NAMESPACE}}}")


def all_of(document: bytes, path: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(document).findall(path, {"": ddi.NAMESPACE})


class Refused(Exception):
    """A file is not as its metadata says."""


def read(metadata: Mapping[str, Any], file: str, content: bytes) -> list[dict[str, Any]]:
    """The rows of the file by the rules of its metadata: None for what is null there. Raises Refused.

    Model for Tabular Data and Metadata on the Web (W3C 2015), 6.4 and 8; encoding, line ends and pattern as ECMAScript has
    them, as far as they are used here.
    """
    dialect = metadata["dialect"]
    (table,) = (each for each in metadata["tables"] if each["url"] == file)
    text = content.decode(dialect["encoding"] + "-sig")
    assert dialect["lineTerminators"] == ["\r\n"]
    lines = list(
        csv.reader(
            io.StringIO(text, newline=""),
            delimiter=dialect["delimiter"],
            quotechar=dialect["quoteChar"],
            doublequote=dialect["doubleQuote"],
            strict=True,
        )
    )
    columns, keys = table["tableSchema"]["columns"], set()
    for head, column in zip(lines[0], columns, strict=True):
        titles = column["titles"]
        if head != column["name"] or head not in ([titles] if isinstance(titles, str) else [titles["und"]]):
            raise Refused(f"{head} is called {titles}")
    rows = []
    for line in lines[1:]:
        row = {column["name"]: valid(column, cell) for column, cell in zip(columns, line, strict=True)}
        key = row.get(table["tableSchema"].get("primaryKey", ""))
        if "primaryKey" in table["tableSchema"] and (key is None or key in keys):
            raise Refused(f"{key} is no key")
        keys.add(key)
        rows.append(row)
    return rows


def valid(column: Mapping[str, Any], cell: str) -> Any:
    if cell in column.get("null", [""]):
        if column.get("required"):
            raise Refused(f"{column['name']} is required")
        return None
    kind = column["datatype"]
    kind = {"base": kind} if isinstance(kind, str) else kind
    name, pattern = column["name"], kind.get("format", "")
    try:
        match kind["base"]:
            case "string":
                if pattern and not re.search(pattern, cell):
                    raise Refused(f"{name} holds {cell!r}, not {pattern}")
                return cell
            case "boolean":
                return {pattern.split("|")[0]: True, pattern.split("|")[1]: False}[cell]
            case "integer":
                number = int(cell)
                if not kind.get("minimum", number) <= number <= kind.get("maximum", number):
                    raise Refused(f"{name} holds {number}, not {kind}")
                return number
            case "double" | "decimal":
                return float(cell)
            case "date":
                return date.fromisoformat(cell)
    except (ValueError, KeyError) as problem:
        raise Refused(f"{name} holds {cell!r}, no {kind}") from problem
    raise Refused(f"{name} is of no kind that is known here: {kind}")


def study(**changed: Any) -> Study:
    given = {
        "code": "q", "wave": 1, "title": Words({"en": "T"}), "about": Words({"en": "About"}), "made_on": date(2026, 3, 1),
        "first_day": date(2026, 1, 1), "last_day": date(2026, 1, 31), "producer": "P", "area": Words({"en": "A"}),
        "universe": "U", "unit": "One", "data_kind": "K", "time_method": "M", "sampling": ("Open link", "Anyone"),
        "modes": ["Web"], "instrument": "I", "weights": "W", "missing": "-9", "rights": "R", "languages": ["en"],
    }  # fmt: skip
    return Study(**given | changed)


def kinds() -> tuple[dict[str, list[Value]], Instrument]:
    """A question of every kind that a file can hold, with somebody who answers, skips and declines."""
    two = options(["a", "b"]).options
    asked = [
        Question(code="one", type="single", text=Words({"en": "One?", "pl": "Jeden?"}), options=two),
        Question(code="some", type="several", text=Words({"en": "Some?"}), options=two),
        Question(code="first", type="ranking", text=Words({"en": "First?"}), options=two),
        Question(code="years", type="number", text=Words({"en": "Years?"}), least=1, most=99),
        Question(code="when", type="date", text=Words({"en": "When?"})),
    ]
    values: dict[str, list[Value]] = {
        "one": ["o0", "o1", None], "some": [("o0",), ("o0", "o1"), None], "first": [("o1", "o0"), ("o0",), None],
        "years": [1, 99, None], "when": ["2024-11-07", "1999-02", None],
    }  # fmt: skip
    return values, instrument(*asked)


def both(frame: Frame, whole: Instrument, form: Cells) -> tuple[bytes, dict[str, Any]]:
    """The DDI and the CSVW of a file."""
    saids = saids_of("en")
    book = ddi_codebook(study(), frame, [whole], form, saids, "q.csv")
    return book, json.loads(
        csvw.csvw_metadata(study(), [csvw.answers_table("q.csv", frame, [whole], form, saids)], "en")
    )


@pytest.fixture
def in_app(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


@pytest.mark.parametrize("form", ["numbers", "codes", "labels"])
@pytest.mark.usefixtures("in_app")
def test_a_file_of_every_kind_of_question_is_as_its_descriptions_say(form: Cells) -> None:
    values, whole = kinds()
    frame = frame_of(values, whole, chosen=["when", "years"])
    book, metadata = both(frame, whole, form)
    assert mistakes(book) == []
    said = saids_of("en")[0]
    rows = read(metadata, "q.csv", b"".join(export.table(frame, form, said, mark="").blocks))
    assert len({row["row"] for row in rows}) == 3
    assert [row["years"] for row in rows] == [1, 99, None]
    assert [row["when"] for row in rows] == ["2024-11-07", "1999-02", None]
    assert [row["some__o1"] for row in rows] == [False, True, None]
    assert [row["first__o1"] for row in rows] == [1, None, None]
    assert [row["one"] for row in rows] == [[1, 2, None], ["o0", "o1", None], ["a", "b", None]][
        ["numbers", "codes", "labels"].index(form)
    ]


@pytest.mark.usefixtures("in_app")
def test_a_file_that_is_not_as_its_metadata_say_is_refused() -> None:
    values, whole = kinds()
    frame = frame_of(values, whole, chosen=["when", "years"])
    _book, metadata = both(frame, whole, "numbers")
    file = b"".join(export.table(frame, "numbers", saids_of("en")[0], mark="").blocks).decode()
    assert len(read(metadata, "q.csv", file.encode())) == 3
    for wrong in (
        file.replace(",99,", ",100,"),
        file.replace("1999-02", "1999"),
        file.replace('"one"', '"won"'),
        re.sub(r"\n\d+", "\n7", file),
    ):
        assert wrong != file
        with pytest.raises(Refused):
            read(metadata, "q.csv", wrong.encode())


@pytest.mark.parametrize("form", ["numbers", "labels"])
@pytest.mark.usefixtures("in_app")
def test_hostile_words_neither_break_a_description_nor_make_a_cell_invalid(form: Cells) -> None:
    texts = [*HOSTILE, "</labl><script>", "a|b", "(x)[y]{z}^$.*+?/\\", "&amp;", "\x0c\ufffe", "]]>"]
    asked = options(texts)
    frame = frame_of({"q": [f"o{n}" for n in range(len(texts))]}, instrument(asked))
    book, metadata = both(frame, instrument(asked), form)
    assert mistakes(book) == []
    assert len(all_of(book, ".//var[@name='q']/catgry[catValu]")) == len(texts) + 3
    rows = read(metadata, "q.csv", b"".join(export.table(frame, form, saids_of("en")[0], mark="").blocks))
    assert None not in {row["q"] for row in rows}


def package_of(analyst: Officer, wave_id: uuid.UUID, **chosen: object) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(fetch(analyst, wave_id, **chosen)))


@pytest.mark.dear
def test_the_packages_of_the_community_survey_are_as_they_describe_themselves(
    published_id: uuid.UUID, analyst: Officer
) -> None:
    name = "community-safety-wave-1"
    for chosen in (
        {"file": "zip"},
        {"file": "csvw", "cells": "codes"},
        {"file": "csvw", "cells": "labels", "language": "ur"},
    ):
        package = package_of(analyst, published_id, **chosen, columns=["age.band", "place.group"], rare="blank")
        assert (f"{name}.R" in package.namelist()) is (chosen["file"] == "zip")
        metadata = json.loads(package.read("csv-metadata.json"))
        rows = read(metadata, f"{name}.csv", package.read(f"{name}.csv"))
        assert len(rows) == 612
        assert abs(sum(row["weight"] for row in rows) / 612 - 1) < 1e-9
        assert None in {row["age__band"] for row in rows}, "blanked or skipped"
        assert read(metadata, "codebook.csv", package.read("codebook.csv"))
        assert {table["url"] for table in metadata["tables"]} == {f"{name}.csv", "codebook.csv"}
        book = package.read("ddi-codebook.xml")
        assert mistakes(book) == []
        names = [variable.get("name") for variable in all_of(book, ".//var")]
        assert names == next(csv.reader(io.StringIO(package.read(f"{name}.csv").decode())))
        assert not all_of(book, ".//catStat"), "an archive shows it to everybody: no answer is counted in it"


@pytest.mark.dear
def test_the_description_of_a_file_says_who_was_asked_what_and_how(published_id: uuid.UUID, analyst: Officer) -> None:
    package = package_of(analyst, published_id, file="zip", columns=["age.band"], rare="blank")
    book, metadata = package.read("ddi-codebook.xml"), json.loads(package.read("csv-metadata.json"))

    def text(path: str) -> list[str]:
        return [each.text or "" for each in all_of(book, path)]

    assert text("stdyDscr/citation/titlStmt/titl") == ["Community safety survey"]
    assert {each.get(f"{XML}lang") for each in all_of(book, "stdyDscr/citation/titlStmt/parTitl")} == {"pl", "ro", "ur"}
    assert text(".//sampProc/concept") == ["Open link"]
    assert text(".//sampProc/txt") == ["Anyone can answer. Figures are only an indication, not a random sample."]
    assert text(".//collMode") == ["On a device of their own"]
    assert text(".//sumDscr/universe") == ["People aged 16 or over in the partnership’s area."]
    assert text(".//dimensns/caseQnty") == ["612"]
    assert text(".//dataColl/weight")[0].startswith("Weights: those of release 1, published on")
    weight, safe = (all_of(book, f".//var[@name='{name}']")[0] for name in ("weight", "safe_dark"))
    assert (weight.get("wgt"), weight.get("weight"), safe.get("wgt-var")) == ("wgt", "W_weight", "V_weight")
    asked = {each.get(f"{XML}lang"): each.text for each in all_of(book, ".//var[@name='safe_dark']/qstn/qstnLit")}
    assert asked.keys() == {language.code for language in LANGUAGES}
    youngest = all_of(book, ".//var[@name='age__band']/catgry")[0]
    band = {each.get(f"{XML}lang"): each.text for each in youngest.findall("{*}labl")}
    assert (band["en"], band.keys()) == ("16 to 34", asked.keys())
    weighed = {
        each.get("nature") for each in all_of(book, ".//var[@name='row']") + all_of(book, ".//var[@name='release']")
    }
    assert (weighed, weight.get("nature"), safe.get("nature")) == ({"nominal"}, "ratio", "ordinal")
    assert len(all_of(book, ".//var[@name='weight']/labl")) == len(LANGUAGES)
    kinds_of_none = {
        each.get("missType"): each.findtext("{*}catValu")
        for each in all_of(book, ".//var[@name='safe_dark']/catgry[@missing='Y']")
    }
    assert kinds_of_none == {"don't know": "-1", "withheld": "-7", "inap.": "-8", "no answer": "-9"}
    assert any("Only if" in each for each in text(".//var/universe"))
    (several,) = (each for each in all_of(book, ".//varGrp[@type='multipleResp']") if each.get("name") == "told")
    assert len((several.get("var") or "").split()) > 3
    column = next(each for each in metadata["tables"][0]["tableSchema"]["columns"] if each["name"] == "safe_dark")
    assert column["titles"].keys() == {"und", *(language.code for language in LANGUAGES)}
    assert column["null"] == ["", "-1", "-7", "-8", "-9"]
    assert {"column": "safe_dark", "value": "-8", "missing": "not_asked"}.items() <= next(
        note for note in metadata["tables"][0]["notes"] if (note["column"], note["value"]) == ("safe_dark", "-8")
    ).items()
    assert metadata["dc:created"]["@value"] == date.today().isoformat()


def test_an_analyst_takes_the_codebook_for_an_archive_in_one_language(
    app: Flask, thirteen: uuid.UUID, analyst: Officer
) -> None:
    analyst.get(f"/staff/waves/{thirteen}/codebook")
    analyst.see("Download for an archive (DDI)")
    analyst.post(f"/staff/waves/{thirteen}/codebook.xml", {"language": "pl"})
    got = analyst.response
    assert got is not None
    assert got.headers["Content-Disposition"] == 'attachment; filename="tiny-wave-1-ddi-codebook.xml"'
    assert mistakes(got.data) == []
    assert not all_of(got.data, ".//caseQnty"), "no answer was read for it"
    assert all_of(got.data, ".//var[@name='home__group']")
    assert not all_of(got.data, ".//var[@name='weight']"), "no figures are published"
    assert entries(app) == ["ddi pl"]
    analyst.get(f"/staff/waves/{thirteen}/codebook")
    analyst.post(f"/staff/waves/{thirteen}/codebook.xml", {"language": "../x"})
    analyst.see("There is a problem")
