"""What officers see and export of a series: every time in one table, and an evidence pack that anyone can check."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.audit import Action, AuditEntry
from portal.db import session, today, transaction
from portal.reporting.models import Message
from portal.staff.evidence_pack import FONTS
from portal.web import pdf
from tests.support.happening import come_back, report_address, tell_again
from tests.support.people import Officer, Resident
from tests.support.pictures import RECORDING
from tests.support.sending import NARRATIVE, WITH_CONTACT, send_report
from tests.support.stored import overwrite, stored

pytestmark = pytest.mark.same_on_both

URDU = "رات کو پھر بہت شور تھا۔\nدو گھنٹے تک۔"


@pytest.fixture
def told(resident: Resident, officer: Officer) -> str:
    """A report that happened again twice, the second time with words in Urdu and a recording; gives its address."""
    digits = send_report(resident)
    come_back(resident, digits)
    day = today() - timedelta(3)
    tell_again(
        resident, "exact", **{"exact-day": str(day.day), "exact-month": str(day.month), "exact-year": str(day.year)}
    )
    resident.get("/ur/return/again")
    resident.post(
        "/ur/return/again", when="today", at="22:30", lasted="hours", harm=["unwell"], words=URDU,
        files=(io.BytesIO(RECORDING), "note.m4a"),
    )  # fmt: skip
    return report_address(officer)


def pack(officer: Officer, address: str) -> dict[str, Any]:
    officer.get(f"{address}/series")
    answer = officer.post(f"{address}/series/evidence.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def wrong_from(made: dict[str, Any]) -> int | None:
    """The first entry whose checksum is not right, reckoned as docs/evidence-pack.md says and with none of our code."""
    before = "0" * 64
    for number, entry in enumerate(made["entries"], 1):
        content = json.dumps(entry["content"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        before = hashlib.sha256((before + "\n" + content).encode("utf-8")).hexdigest()
        if before != entry["checksum"]:
            return number
    return None


def test_officers_see_each_time_with_the_days_between(officer: Officer, told: str) -> None:
    officer.get(told)
    officer.see("It happened 3 times", "After the one before", "3 days", "About 22:30", "A few hours")
    officer.get(f"{told}/series")
    officer.see(
        NARRATIVE, "رات کو پھر بہت شور تھا۔", "Sound recording 1", "It makes me, or someone, ill or unable to sleep"
    )
    with_one = re.findall(r'<th scope="row">(\d+)</th>', officer.page)
    assert with_one == ["1", "2", "3"]


@pytest.mark.same_on_both
def test_a_report_that_happened_once_has_no_table(resident: Resident, officer: Officer) -> None:
    send_report(resident)
    address = report_address(officer)
    officer.get(address)
    officer.not_see("It happened 1 time", "After the one before")
    officer.get(f"{address}/series")
    officer.see("It happened 1 time")


def test_the_json_pack_is_right_and_every_change_is_noticed(officer: Officer, told: str) -> None:
    made = pack(officer, told)
    assert made["format"] == "evidence-pack/1"
    assert wrong_from(made) is None
    assert [entry["content"]["number"] for entry in made["entries"]] == [1, 2, 3]
    assert made["entries"][2]["content"]["words"] == URDU
    (file,) = made["entries"][2]["content"]["files"]
    assert file["sha256"] == hashlib.sha256(RECORDING).hexdigest()
    assert file["size"] == len(RECORDING)

    def changed(change: Any) -> int | None:
        copy = json.loads(json.dumps(made))
        change(copy["entries"])
        return wrong_from(copy)

    assert changed(lambda entries: entries[0]["content"].update(words="Other words.")) == 1
    assert changed(lambda entries: entries[1]["content"]["when"].update(date="2020-01-01")) == 2
    assert changed(lambda entries: entries[2]["content"]["files"][0].update(size=1)) == 3
    assert changed(lambda entries: entries.pop(1)) == 2
    assert changed(lambda entries: entries.reverse()) == 1


def test_the_program_in_the_document_checks_a_pack_without_the_portal(
    officer: Officer, told: str, tmp_path: Path
) -> None:
    document = (Path(__file__).parent.parent / "docs" / "evidence-pack.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    made = pack(officer, told)
    made["entries"][1]["content"]["lasted"] = "hours"
    (tmp_path / "evidence-pack.json").write_text(json.dumps(made), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, check=True, text=True
    )
    assert ran.stdout == "1 right\n2 WRONG\n3 WRONG\n"


def test_what_is_added_later_leaves_the_checksums_before_as_they_are(
    resident: Resident, officer: Officer, told: str
) -> None:
    before = pack(officer, told)["entries"]
    tell_again(resident, "yesterday", words="Once more.")
    after = pack(officer, told)["entries"]
    assert [entry["checksum"] for entry in after[:3]] == [entry["checksum"] for entry in before]
    assert len(after) == 4


def test_the_pdf_can_be_read_by_everyone_and_has_all_of_it(officer: Officer, told: str) -> None:
    officer.get(f"{told}/series")
    answer = officer.post(f"{told}/series/evidence.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="evidence-pack.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.data
    assert body.startswith(b"%PDF-1.7")
    for sign in (b"/StructTreeRoot", b"/MarkInfo", b"/Lang", b"/Outlines", b"pdfuaid:part", b"/DisplayDocTitle true"):
        assert sign in body, sign


@pytest.mark.same_on_both
def test_the_pdf_says_every_entry_whole_with_its_translation_files_and_checksum(
    officer: Officer, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = pack(officer, told)["entries"]
    officer.get(f"{told}/series")
    (translate,) = re.findall(r'href="(\S+/translate/\S+)">Add a translation<span[^>]*> 3<', officer.page)
    officer.get(translate)
    officer.post(translate, language="en", translation="It was very loud again at night.")
    seen: list[dict[str, Any]] = []
    typeset = pdf.typeset
    monkeypatch.setattr(
        "portal.staff.series.typeset", lambda name, data, *more: seen.append(data) or typeset(name, data, *more)
    )
    officer.get(f"{told}/series")
    assert officer.post(f"{told}/series/evidence.pdf").status_code == 200
    (data,) = seen
    assert [entry["checksum"] for entry in data["entries"]] == [entry["checksum"] for entry in made]
    third = data["entries"][2]
    assert (third["words"], third["lang"], third["rtl"]) == (URDU, "ur", True)
    assert [(one["words"], one["rtl"]) for one in third["translations"]] == [
        ("It was very loud again at night.", False)
    ]
    assert [file["sha256"] for file in third["files"]] == [hashlib.sha256(RECORDING).hexdigest()]
    assert {"About 22:30", "A few hours"} <= set(third["said"])
    assert len(data["rows"]) == 3
    assert officer.name.title() in data["made"]


def test_an_export_is_written_down_first_and_its_entry_names_the_report_only(
    app: Flask, officer: Officer, told: str
) -> None:
    officer.get(f"{told}/series")
    officer.post(f"{told}/series/evidence.pdf")
    with app.app_context():
        found = session.scalars(select(AuditEntry).where(AuditEntry.action == Action.EXPORTED_EVIDENCE)).all()
        assert [(each.actor, each.subject) for each in found] == [(officer.name, told[-36:])]
    officer.get(told)
    officer.see("exported the series")


def test_a_pack_holds_nothing_of_how_the_reporter_may_be_reached(resident: Resident, officer: Officer) -> None:
    come_back(resident, send_report(resident, more=WITH_CONTACT))
    tell_again(resident, words="Once more.")
    made = json.dumps(pack(officer, report_address(officer)))
    assert "Once more." in made
    for told_apart in ("Maryam", "07700", "maryam@mail.test", "my brother"):
        assert told_apart not in made


def test_a_damaged_file_and_a_damaged_message_are_said(app: Flask, officer: Officer, told: str) -> None:
    for name, whole in stored(app).items():
        overwrite(app, name, whole[:100])
    made = pack(officer, told)
    (file,) = made["entries"][2]["content"]["files"]
    assert file["sha256"] is None
    assert made["damaged_messages"] == 0
    with app.app_context(), transaction() as db:
        db.scalars(select(Message).where(Message.position == 1)).one().sealed = bytes(300)
    made = pack(officer, told)
    assert made["damaged_messages"] == 1
    assert len(made["entries"]) == 2
    officer.get(f"{told}/series")
    assert officer.post(f"{told}/series/evidence.pdf").status_code == 200


def test_another_teams_officer_exports_nothing(hire: Any, told: str) -> None:
    other = hire("hate-officer", teams=("hate_team",))
    other.sign_in()
    other.unlock()
    other.get("/staff/reports")
    for address in (f"{told}/series/evidence.pdf", f"{told}/series/evidence.json"):
        other.get("/staff/reports")
        assert other.post(address).status_code == 404
    assert other.get(f"{told}/series").status_code == 404


def test_without_typst_the_page_offers_the_json_file_and_says_why(
    officer: Officer, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "find_spec", lambda _name: None)
    officer.get(f"{told}/series")
    officer.see("The PDF needs the extra “evidence”, which is not installed here.", "Download the JSON file")
    officer.not_see("Download the PDF")
    answer = officer.client.post(f"{told}/series/evidence.pdf", data=officer._hidden(f"{told}/series/evidence.pdf"))
    assert answer.status_code == 500
    assert "Take the JSON file" in answer.text


@pytest.mark.same_on_both
def test_letters_without_a_font_stand_as_numbers_and_a_text_of_them_is_named_by_its_script() -> None:
    texts = ["Fine \U000f0000 words.", "漢字漢字 1", "Tam\u0ba4", {"sha256": None, "size": 3}]
    assert pdf.without_letters(texts, "\U000f0000漢字\u0ba4", lambda scripts: f"[{scripts}]") == [
        "Fine [U+F0000] words.", "[CJK]", "Tam[U+0BA4]", {"sha256": None, "size": 3},
    ]  # fmt: skip
    data = document("Fine \U000f0000 words.", "\U000e0100\U000f0001\U000f0002")
    assert pdf.typeset("staff/evidence.typ", data, FONTS, unreadable_here, 0).startswith(b"%PDF")


def unreadable_here(scripts: str) -> str:
    return f"[No font: {scripts}]"


@pytest.mark.dear
@pytest.mark.same_on_both
@settings(deadline=None, max_examples=40)
@given(words=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60))
def test_whatever_someone_writes_a_pdf_is_made(words: str) -> None:
    made = pdf.typeset("staff/evidence.typ", document(words), FONTS, unreadable_here, 0)
    assert made.startswith(b"%PDF")


def document(*texts: str) -> dict[str, Any]:
    """A pack with an entry for each text."""
    keys = ("facts", "fact", "value", "table", "entries", "files", "checksum", "check")
    return {
        "lang": "en", "rtl": False, "title": "Evidence pack", "made": "By", "missing_note": "Missing.", "damaged_note": "",
        "say": {key: key for key in keys}, "facts": [["Kind", "Noise"]], "headings": list("1234567"),
        "rows": [[words, *"234567"] for words in texts],
        "entries": [
            {"heading": "One", "said": ["An hour"], "words": words, "lang": "ur", "rtl": True, "translations": [],
             "files": [], "checksum": "0" * 64}
            for words in texts
        ],
        "check": ["So."],
    }  # fmt: skip


@pytest.mark.dear
def test_two_hundred_times_are_read_and_exported_in_a_moment(resident: Resident, officer: Officer, told: str) -> None:
    resident.get("/return/again")
    token = resident._hidden("/return/again")["csrf_token"]
    for number in range(197):
        words = {"when": "today", "words": f"{number}: {'loud ' * 100}"}
        resident.client.post("/return/again", data={"csrf_token": token, "once": uuid.uuid4().hex} | words)
    resident.get("/return/again/added")
    resident.see("You have now told us 200 times.")
    began = time.process_time()
    officer.get(told)
    officer.see("It happened 200 times", "The last five:", "169 earlier messages")
    assert officer.page.count('id="new"') == 1
    resident.get("/return/report")
    resident.see("189 earlier messages")
    officer.get(f"{told}/series")
    assert len(re.findall(r'<th scope="row">\d+</th>', officer.page)) == 200
    assert officer.post(f"{told}/series/evidence.pdf").status_code == 200
    assert time.process_time() - began < 4
