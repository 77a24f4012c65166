"""What is published can be fetched as files at addresses that stay, and what is not, or no more, is told by nothing."""

from __future__ import annotations

import csv
import gzip
import io
import json
import uuid
from hashlib import sha256

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cohesion import services
from portal.cohesion.data_tables import TABLES, WHICH
from portal.cohesion.datasets import DATASETS
from portal.cohesion.models import Reason, Release, ReleaseState
from portal.db import session, transaction
from portal.surveys.models import SampleType
from portal.web import caching
from tests.support import waves
from tests.support.people import Officer, Resident
from tests.test_cohesion import close, draft, manager, people, publish, take_back
from tests.test_releases import flagged_wave

__all__ = ["flagged_wave", "manager"]

DATA = "/cohesion/data"


def rows(resident: Resident, name: str, check_number: str = "") -> list[dict[str, str]]:
    at = f"{DATA}/releases/{check_number}/{name}.csv" if check_number else f"{DATA}/{name}.csv"
    answer = resident.get(at)
    assert answer.status_code == 200, at
    return list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))


def numbers(app: Flask, state: ReleaseState = ReleaseState.PUBLISHED) -> list[str]:
    with app.app_context():
        return list(session.scalars(select(Release.hash).where(Release.state == state).order_by(Release.drafted_at)))


def test_every_figure_of_every_wave_is_in_one_table_with_markers_in_place_of_numbers(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    publish(manager, close(app, people(100, 100), ended=200))
    publish(manager, close(app, people(40, 20, {"dont_know": 7, "too_few": 2}), ended=3))
    newest = [row for row in rows(resident, "figures") if row["wave"] == "2"]
    shown, hidden, score = newest
    assert (shown["percent"], shown["base"], shown["marks"], shown["range"]) == ("67", "60", "[u]", "chance_alone")
    assert (shown["title_en"], shown["title_ur"]) == ("Getting on well together", "مل جل کر رہنا")
    assert (shown["hidden_because"], shown["partly_answered"], shown["primary"]) == ("[z]", "[z]", "yes")
    assert {hidden[name] for name in ("percent", "low", "high", "base", "if_more_likely_to_answer")} == {"[c]"}
    assert (hidden["hidden_because"], score["partly_answered"]) == ("fewer_than_30", "[c]")
    assert [(row["answer_en"], row["count"]) for row in rows(resident, "not-counted") if row["wave"] == "2"] == [
        # Of one there are few, so all are one number.
        ("Don't know + Too few people in local area + All the same background", "10"),
    ]  # fmt: skip
    answers = [row for row in rows(resident, "answers") if row["wave"] == "2"]
    assert [(row["answer_en"], row["counts"], row["percent"]) for row in answers[1:3]] == [
        ("Tend to agree", "yes", "67"), ("Tend to disagree", "no", "33"),
    ]  # fmt: skip
    # The same of one release alone.
    assert [row["wave"] for row in rows(resident, "figures", numbers(app)[1])] == ["2", "2", "2"]


def test_of_a_random_sample_no_example_of_those_who_chose_to_answer_is_given(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    publish(manager, close(app, people(150, 50), ended=3, sample_type=SampleType.INVITED))
    shown = rows(resident, "figures")[0]
    assert (shown["range"], shown["if_more_likely_to_answer"]) == ("likely_19_in_20", "[z]")


def test_a_figure_that_the_wave_before_measured_otherwise_breaks_the_series(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    publish(manager, close(app, people(100, 100), ended=200))
    first = waves.questionnaire().indicators[0]
    other = type(first)(**{**first.__dict__, "positive": ("definitely_agree", "tend_agree", "tend_disagree")})
    indicators = (other, *waves.questionnaire().indicators[1:])
    publish(manager, close(app, people(150, 50), ended=3, indicators=indicators))
    assert [row["marks"] for row in rows(resident, "figures") if row["indicator"] == "getting_on"] == ["[b]", ""]


@pytest.mark.same_on_both
def test_a_release_that_others_took_the_place_of_is_said_and_its_number_and_files_are_not_given(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    """With the number of a file in which one figure was mended, that figure could be guessed until the number comes out."""
    wave = close(app, people(40, 20), ended=3)
    publish(manager, wave)
    (old,) = numbers(app)
    # A colleague's drafts in between leave no gap in the versions.
    draft(manager, wave)
    draft(manager, wave)
    second = publish(manager, wave, reason="mistake")
    with app.app_context(), transaction() as db:
        # The same answers make the same document: as if a figure in it had been wrong.
        first = db.scalars(select(Release).where(Release.state == ReleaseState.WITHDRAWN)).one()
        document = json.loads(first.document)
        document["indicators"][0]["percent"] = 61
        first.document = json.dumps(document)
        first.hash = old = sha256(first.document.encode()).hexdigest()
    table = rows(resident, "releases")
    assert [(row["version"], row["standing"], row["reason"]) for row in table] == [
        ("2", "current", "mistake"), ("1", "replaced", "[z]"),
    ]  # fmt: skip
    assert (table[1]["answered"], table[1]["check_number"], table[0]["ended_on"]) == ("[x]", "[x]", "[z]")
    assert table[1]["ended_on"] == table[0]["published_on"]
    for at in (
        f"{DATA}/releases/{old}/figures.csv",
        f"{DATA}/releases/{old}/csv-metadata.json",
        f"/cohesion/releases/{old}.json",
    ):
        assert resident.get(at).status_code == 410
        resident.see("These figures were taken back")
    resident.get(DATA)
    resident.see("Version 2: Stands now.", "We had made a mistake. It is mended.", "Version 1: Others took its place.")
    take_back(manager, second, then="nothing")
    assert [row["standing"] for row in rows(resident, "releases")] == ["taken_back", "taken_back"]
    for path in (*public_files(), DATA, "/cohesion", "/cohesion.csv"):
        assert old not in resident.get(path).text, path
    assert rows(resident, "figures") == []


def public_files() -> list[str]:
    return [
        f"{DATA}/catalogue.json", f"{DATA}/csv-metadata.json", *(f"{DATA}/{table.name}.csv" for table in TABLES),
    ]  # fmt: skip


def all_answers(resident: Resident, unknown: str) -> dict[str, tuple[int, bytes, dict[str, str]]]:
    """Of every public address of the data: status, bytes and headers."""
    paths = [
        DATA, "/cohesion", "/cohesion.csv", *public_files(), f"/cohesion/releases/{unknown}.json",
        f"{DATA}/releases/{unknown}/figures.csv", f"{DATA}/releases/{unknown}/csv-metadata.json",
    ]  # fmt: skip
    found = {}
    for path in paths:
        answer = resident.client.get(path)
        found[path.replace(unknown, "N")] = (
            answer.status_code, answer.data.replace(unknown.encode(), b"N"),
            {name: value for name, value in answer.headers if name not in {"Set-Cookie", "Date"}},
        )  # fmt: skip
    return found


@pytest.mark.same_on_both
def test_a_draft_changes_no_byte_tag_length_or_time_of_anything_public(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    publish(manager, close(app, people(100, 100), ended=200))
    second = close(app, people(150, 50), ended=3)
    before = all_answers(resident, "0" * 64)
    draft(manager, second)
    with app.app_context(), transaction() as db:
        caching.publish(db)  # every page is made anew
    (drafted,) = numbers(app, ReleaseState.DRAFT)
    assert all_answers(resident, drafted) == before
    assert before[f"{DATA}/releases/N/figures.csv"][0] == 404


def test_whoever_has_the_newest_bytes_is_told_so_compressed_or_not_and_a_head_has_no_body(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    at = publish(manager, close(app, people(100, 100), ended=3))
    (number,) = numbers(app)
    client = resident.client
    for path in (*public_files(), f"/cohesion/releases/{number}.json", f"{DATA}/releases/{number}/figures.csv"):
        plain = client.get(path)
        packed = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(packed.data) == plain.data
        assert packed.headers["ETag"] != plain.headers["ETag"]
        for tag in (plain.headers["ETag"], packed.headers["ETag"], f"W/{plain.headers['ETag']}"):
            same = client.get(path, headers={"If-None-Match": tag})
            assert (same.status_code, same.data) == (304, b""), (path, tag)
        assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
        changed = plain.headers["Last-Modified"]
        assert client.get(path, headers={"If-Modified-Since": changed}).status_code == 304
        assert client.get(path, headers={"If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"}).status_code == 200
        # A tag that is sent counts more than a time.
        assert client.get(path, headers={"If-Modified-Since": changed, "If-None-Match": '"other"'}).status_code == 200
        head = client.head(path)
        assert (head.status_code, head.data, head.headers["Content-Length"]) == (200, b"", str(len(plain.data)))
    tag = client.get(f"/cohesion/releases/{number}.json").headers["ETag"]
    take_back(manager, at)
    gone = client.get(f"/cohesion/releases/{number}.json", headers={"If-None-Match": tag})
    assert gone.status_code == 410
    assert "ETag" not in gone.headers
    assert client.head(f"{DATA}/releases/{number}/figures.csv").status_code == 410


def test_the_metadata_name_every_column_of_every_table_and_what_stands_in_place_of_numbers(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    with app.app_context(), transaction() as db:
        waves.publish_figures(db)  # weighted and not, shown and not, compared and not
    publish(manager, close(app, people(40, 20), ended=1, code="other"))
    assert rows(resident, "weighting")
    assert rows(resident, "changes")
    for folder in (DATA, *(f"{DATA}/releases/{number}" for number in numbers(app))):
        found = json.loads(resident.get(f"{folder}/csv-metadata.json").data)
        assert found["@context"][0] == "http://www.w3.org/ns/csvw"
        assert found["dc:license"]["@id"].startswith("https://www.nationalarchives.gov.uk/")
        assert [table["url"] for table in found["tables"]] == [f"{table.name}.csv" for table in TABLES]
        for table in found["tables"]:
            described = table["tableSchema"]["columns"]
            text = resident.get(f"{folder}/{table['url']}").text.lstrip("\ufeff")
            header, *data = csv.reader(io.StringIO(text))
            assert [column["name"] for column in described] == header
            assert len(set(header)) == len(header)
            for row in data:
                for column, cell in zip(described, row, strict=True):
                    assert cell in column["null"] or is_of(column["datatype"], cell), (table["url"], column, cell)


def is_of(datatype: str, cell: str) -> bool:
    match datatype:
        case "integer":
            return cell.isdigit()
        case "decimal":
            return cell.removeprefix("-").replace(".", "", 1).isdigit()
        case "date":
            return len(cell) == 10 and cell[4] == cell[7] == "-"
        case _:
            # What has markers in place of a text says so too.
            return not cell.startswith("[") or "[" not in cell.strip("[ucxzb]")


def test_the_catalogue_leads_to_every_file_and_says_its_check_number_licence_and_days(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    publish(manager, close(app, people(100, 100), ended=200))
    wave = close(app, people(150, 50), ended=3)
    publish(manager, wave)
    publish(manager, wave, reason="method")
    found = json.loads(resident.get(f"{DATA}/catalogue.json").data)
    assert found["@type"] == "dcat:Catalog"
    assert found["dct:issued"] <= found["dct:modified"]
    assert [one["@id"].partition("#")[2] for one in found["dcat:dataset"]] == [
        *(one.code for one in DATASETS), "safety-2-2", "safety-2-1", "safety-1-1",
    ]  # fmt: skip
    site = app.extensions["settings"].public_url
    addresses = [each for one in found["dcat:dataset"] for each in one["dcat:distribution"]]
    for each in addresses:
        at = each["dcat:downloadURL"]["@id"]
        assert at.startswith(f"{site}/")
        answer = resident.client.get(at.removeprefix(site))
        assert answer.status_code == 200, at
        assert answer.mimetype == each["dcat:mediaType"], at
        if checksum := each.get("spdx:checksum"):
            assert sha256(answer.data).hexdigest() == checksum["spdx:checksumValue"]
    replaced = found["dcat:dataset"][len(DATASETS) + 1]
    assert replaced["dct:isReplacedBy"]["@id"].endswith("#safety-2-2")
    assert replaced["dcat:distribution"] == []


def test_the_files_are_the_same_in_every_language_and_the_page_links_to_them_all(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    publish(manager, close(app, people(40, 20), ended=3))
    for path in public_files():
        assert resident.client.get(f"/ur{path}").data == resident.client.get(path).data
    resident.get(DATA)
    for path in public_files():
        assert f'href="{path}"' in resident.page, path
    for table in TABLES:
        resident.see(*(f"{column.name}" for column in (*WHICH, *table.columns)))
    resident.see("[c]", "[u]", "[x]", "[z]", "[b]", "Open Government Licence v3.0", "sha256sum figures-")
    resident.get("/cohesion")
    assert 'rel="alternate" type="application/ld+json" href="/cohesion/data/catalogue.json"' in resident.page
    resident.see("Open data: all figures as files")


def test_before_anything_is_published_the_files_have_headers_and_the_page_says_so(resident: Resident) -> None:
    for table in TABLES:
        assert rows(resident, table.name) == []
    assert json.loads(resident.get(f"{DATA}/catalogue.json").data)["dcat:dataset"]
    resident.get(DATA)
    resident.see("We have not published any figures yet.")
    for path in (f"{DATA}/none.csv", f"{DATA}/releases/{'0' * 64}/figures.csv", f"{DATA}/releases/x/csv-metadata.json"):
        assert resident.get(path).status_code == 404


def test_both_files_say_how_many_were_left_out_and_flagged_and_why_it_was_published_again(
    app: Flask, resident: Resident, flagged_wave: uuid.UUID
) -> None:
    with app.app_context(), transaction() as db:
        for why in ((), (Reason.CHOICE, "", 1)):
            release = services.draft_release(db, flagged_wave, "sam", ["fast"] if why else [])
            services.publish_release(db, release.id, "sam", *why)
    old = next(csv.DictReader(io.StringIO(resident.get("/cohesion.csv").text.lstrip("\ufeff"))))
    assert [old[name] for name in ("left_out", "left_out_signals", "flagged", "reason", "format")] == [
        "20", "fast", "20", "choice", "2",
    ]  # fmt: skip
    assert [rows(resident, "releases")[0][name] for name in ("left_out", "left_out_signals", "flagged", "reason")] == [
        "20", "fast", "20", "choice",
    ]  # fmt: skip
