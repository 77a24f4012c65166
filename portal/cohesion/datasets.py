"""What there is as open data: a registry of data sets, and the catalogue and metadata by which programs find their way.

A feature that publishes data adds one entry to DATASETS; its own views answer at the addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.cohesion.data_tables import FORMAT, TABLES, WHICH, Table, languages_of
from portal.cohesion.release_history import Standing, Version
from portal.languages.i18n import ENGLISH
from portal.partnership.file import Partnership
from portal.surveys.csvw import small_table, table_group

CSV, JSON, CSVW = "text/csv", "application/json", "application/csvm+json"
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
}


@dataclass(frozen=True)
class DataFile:
    """One file at an address that stays: an endpoint and its values."""

    title: Any
    endpoint: str
    media_type: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dataset:
    code: str
    title: Any
    about: Any
    files: Sequence[DataFile]


DATASETS: tuple[Dataset, ...] = (
    Dataset(
        "figures",
        _l("Figures of our surveys"),
        _l("Every figure that is public now, of every wave, and which versions there were."),
        (
            *(DataFile(table.title, "open_data.table", CSV, {"name": table.name}) for table in TABLES),
            DataFile(_l("What the columns hold, for programs"), "open_data.metadata", CSVW),
        ),
    ),
    Dataset(
        "what-we-did",
        _l("What we did"),
        _l("Reports, promises, events and findings of each quarter that is public, counted."),
        (DataFile(_l("One row for each number"), "open_data.what_we_did", CSV),),
    ),
    Dataset(
        "you-said",
        _l("You said, we did"),
        _l("What people told us, who acts on it by when, and what came of it."),
        (
            DataFile(_l("One row for each entry"), "findings.data_csv", CSV),
            DataFile(_l("The same for programs"), "findings.data_json", JSON),
        ),
    ),
    Dataset(
        "case-reviews",
        _l("Case reviews in numbers"),
        _l("How many people asked for a review of their case, and what came of it."),
        (DataFile(_l("One row for each period"), "case_review.figures_csv", CSV),),
    ),
)

Address = Callable[..., str]
"""Of an endpoint and its values: the whole address, as others open it."""


def metadata(
    partnership: Partnership, versions: Sequence[Version], tables: Iterable[Table], language: str = ENGLISH
) -> bytes:
    """CSV on the Web of the tables as they stand beside it in one folder."""
    spoken = languages_of(versions)
    about: dict[str, Any] = {
        "dc:title": f"{partnership.name}: what people told us",
        "dc:publisher": partnership.name,
        "dc:license": {"@id": partnership.figures.licence_url},
        "dc:rights": partnership.figures.licence,
        "dc:conformsTo": f"format {FORMAT}",
    }
    return table_group(about, [_described(table, spoken) for table in tables], language)


def _described(table: Table, spoken: Sequence[str]) -> dict[str, Any]:
    found = small_table(f"{table.name}.csv", table.header(spoken), {})
    columns = iter(found["tableSchema"]["columns"])
    for column in (*WHICH, *table.columns):
        for name in column.names(spoken):
            one = next(columns)
            one |= {"datatype": column.datatype, "null": ["", *column.marks], "dc:description": str(column.about)}
            if column.by_language:
                one["lang"] = name.rpartition("_")[2]
    return found | {"dc:title": str(table.title)}


def catalogue(partnership: Partnership, versions: Sequence[Version], changed: datetime | None, address: Address) -> Any:
    """The data sets as DCAT (W3C, version 3) in JSON-LD, then each version of each wave as a data set of its own."""
    licence = {"@id": partnership.figures.licence_url}
    whole = {
        "@context": CONTEXT,
        "@id": address("open_data.page"),
        "@type": "dcat:Catalog",
        "dct:title": f"{partnership.name}: open data",
        "dct:description": str(_l("All our figures as files.")),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": partnership.name},
        "dct:license": licence,
        "dct:rights": partnership.figures.licence,
        "dct:conformsTo": f"format {FORMAT}",
    }
    first = min((one.published_at for one in versions), default=None)
    dates = {"dct:issued": first, "dct:modified": changed}
    days = {name: moment.isoformat(timespec="seconds") for name, moment in dates.items() if moment}
    return whole | days | {"dcat:dataset": [*_sets(licence, days, address), *_versions(licence, versions, address)]}


def _sets(licence: Mapping[str, str], days: Mapping[str, str], address: Address) -> Iterator[dict[str, Any]]:
    for one in DATASETS:
        yield {
            "@id": f"{address('open_data.page')}#{one.code}",
            "@type": "dcat:Dataset",
            "dct:title": str(one.title),
            "dct:description": str(one.about),
            "dct:license": licence,
            **(days if one.code == "figures" else {}),
            "dcat:distribution": [
                _distribution(str(file.title), address(file.endpoint, **file.values), file.media_type)
                for file in one.files
            ],
        }


def name_of(version: Version) -> str:
    """How addresses and the catalogue name it: survey, wave and version."""
    return f"{version.survey}-{version.wave['number']}-{version.number}"


def _versions(licence: Mapping[str, str], versions: Iterable[Version], address: Address) -> Iterator[dict[str, Any]]:
    page = address("open_data.page")
    current = {(one.survey, one.wave["number"]): name_of(one) for one in versions if one.is_current}
    for one in versions:
        found: dict[str, Any] = {
            "@id": f"{page}#{name_of(one)}",
            "@type": "dcat:Dataset",
            "dct:title": one.title[ENGLISH],
            "dct:description": f"Wave {one.wave['number']}, version {one.number}: {one.standing.value}",
            "dct:issued": one.published_at.isoformat(timespec="seconds"),
            "dct:modified": (one.ended_at or one.published_at).isoformat(timespec="seconds"),
            "dct:license": licence,
            "dct:temporal": {
                "@type": "dct:PeriodOfTime",
                "dcat:startDate": one.wave["opens_on"],
                "dcat:endDate": one.wave["closes_on"],
            },
            "dcat:version": str(one.number),
            "dcat:distribution": [],
        }
        if one.standing is Standing.REPLACED:
            found["dct:isReplacedBy"] = {"@id": f"{page}#{current[one.survey, one.wave['number']]}"}
        if one.is_current:
            checksum = {"@type": "spdx:Checksum", "spdx:algorithm": "sha256", "spdx:checksumValue": one.hash}
            document = _distribution("JSON", address("open_data.release_document", check_number=one.hash), JSON)
            found["dcat:distribution"] = [
                document | {"spdx:checksum": checksum},
                *(
                    _distribution(
                        str(table.title),
                        address("open_data.release_table", check_number=one.hash, name=table.name),
                        CSV,
                    )
                    for table in TABLES
                ),
                _distribution("CSVW", address("open_data.release_metadata", check_number=one.hash), CSVW),
            ]
        yield found


def _distribution(title: str, address: str, media_type: str) -> dict[str, Any]:
    return {
        "@type": "dcat:Distribution",
        "dct:title": title,
        "dcat:downloadURL": {"@id": address},
        "dcat:mediaType": media_type,
    }
