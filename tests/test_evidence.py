"""Photos, recordings and papers that come with a report: clean, sealed, seen by who may see them, and gone with the report."""

from __future__ import annotations

import errno
import io
import os
import random
import re
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pillow_heif
import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import stream_encode_multipart

from portal import disk
from portal.db import session, transaction
from portal.files import picture, picture_jobs, store, sweeping, uploads
from portal.files.store import EvidenceFile
from portal.flock import exclusive
from portal.reporting import deletions
from portal.reporting.models import Report
from portal.server import health
from tests.support.loot import spellings, stolen
from tests.support.people import Officer, Resident, go_on
from tests.support.pictures import CANARY, FILES, RECORDING, begin, bomb, choose, photo
from tests.support.sending import send_report
from tests.support.stored import on_disk, overwrite, stored


def send(resident: Resident) -> None:
    resident.get("/report/check")
    resident.post("/report/check")
    resident.follow()
    resident.see("Your report is sent")


def rows(app: Flask) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(EvidenceFile)) or 0


def open_report(officer: Officer) -> str:
    """Open the first report of the list; gives where it is."""
    officer.get("/staff/reports")
    found = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert found
    officer.get(found[0])
    return found[0]


def addresses(officer: Officer) -> list[str]:
    """Open the first report of the list; gives where its files are."""
    open_report(officer)
    return list(dict.fromkeys(re.findall(r'(?:href|src)="(/staff/reports/[^"]+/files/[^"]+)"', officer.page)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.same_on_both
def test_a_photo_is_upright_and_holds_nothing_but_what_is_seen_on_it(
    resident: Resident, officer: Officer, kind: str
) -> None:
    begin(resident)
    choose(resident, (photo(kind=kind), "IMG_1.jpg"), add=1)
    resident.see("IMG_1.jpg", "Added: Photo", "Take out")
    send(resident)
    (address,) = addresses(officer)
    answer = officer.get(address)
    seen = Image.open(io.BytesIO(answer.data))
    assert (seen.format, seen.size) == ("JPEG", (48, 64))
    assert seen.getpixel((24, 8))[0] > 200
    assert seen.getpixel((24, 56))[2] > 200
    assert CANARY.encode() not in answer.data
    assert not seen.getexif()
    assert not seen.info.keys() - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_phones_heic_is_taken_where_it_can_be_read_and_else_has_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    pillow_heif.register_heif_opener()
    heic = photo(kind="HEIF", turned=False)
    assert uploads.kind_of(heic[:64]) == "heic"
    outcome, clean = picture.clean(heic)
    assert outcome is picture.Outcome.CLEAN
    assert Image.open(io.BytesIO(clean)).size == (64, 48)
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert picture.clean(heic) == (picture.Outcome.NO_HEIC, b"")


@pytest.mark.same_on_both
def test_what_is_taken_and_what_is_not_is_said_of_each_by_its_name(
    app: Flask, resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The good ones of the same form are kept, and so is everything else that was told."""
    begin(resident)
    monkeypatch.setattr(uploads, "MAX_PHOTO_BYTES", 200_000)
    choose(
        resident,
        (photo(), "gate.jpg"),
        (RECORDING, "shouting.mp3"),
        (b"", "nothing.jpg"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "drawing.svg"),
        (b"GIF89a/*\x00\x01\x00\x00*/=1;alert(1)", "moving.jpg"),
        (b"MZ\x90\x00", "/home/secret/letter.pdf"),
        (bomb(), "wall.png"),
        (photo((400, 300))[:1500], "half.jpg"),
        (photo() + bytes(200_000), "huge.jpg"),
        (RECORDING + bytes(uploads.MAX_FILE_BYTES), "long.mp3"),
    )
    resident.see(
        "There is a problem",
        "“nothing.jpg” is empty.",
        "“drawing.svg” is not a photo",
        "“moving.jpg” is not a photo",
        "“letter.pdf” is not a photo",
        "“wall.png” is too big a picture.",
        "“half.jpg” cannot be opened",
        "“huge.jpg” is too large. A photo can have up to 10 MB",
        "“long.mp3” is too large. A recording or a PDF can have up to 25 MB",
        "gate.jpg Added: Photo",
        "shouting.mp3 Added: Sound recording",
    )
    resident.not_see("secret")
    assert resident.page.count('name="take_out"') == 2
    assert len(stored(app)) == rows(app) == 2
    resident.get("/report/check")
    resident.see("They broke the gate.", "gate.jpg", "shouting.mp3")


@pytest.mark.same_on_both
def test_a_page_for_files_alone_that_was_open_before_leaves_the_words_as_they_are(resident: Resident) -> None:
    begin(resident)
    token = resident._hidden(FILES)["csrf_token"]
    for more in ({"add": "1"}, {}, {"skip": "1"}):
        file = {"files": (io.BytesIO(RECORDING), "1.mp3")} if "add" in more else {}
        answer = resident.client.post(FILES, data={"csrf_token": token} | file | more)
        assert answer.status_code == 303
        resident.get(FILES)
        resident.see("They broke the gate.")
    resident.get("/report/check")
    resident.see("They broke the gate.", "1.mp3")


@pytest.mark.same_on_both
def test_a_ninth_file_is_said_and_the_eight_are_kept(app: Flask, resident: Resident) -> None:
    begin(resident)
    choose(resident, *((RECORDING, f"{number}.mp3") for number in range(1, 10)))
    resident.see("“9.mp3” was not added: there can be 8 files.", "8.mp3 Added: Sound recording")
    assert len(stored(app)) == rows(app) == 8
    taken_out = re.search(r'name="take_out" value="([^"]+)"', resident.page)
    assert taken_out
    resident.post(FILES, take_out=taken_out[1])
    assert len(stored(app)) == rows(app) == 7
    resident.get(FILES)
    choose(resident, (RECORDING, "9.mp3"))
    resident.get("/report/check")
    resident.see("9.mp3")


@pytest.mark.same_on_both
def test_too_many_files_from_one_network_are_said_and_the_first_of_every_report_are_taken(
    app: Flask, resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.reporting.files.MAX_FILES_PER_HOUR", 1)
    begin(resident)
    choose(resident, (RECORDING, "one.mp3"), *[(b"", f"{number}.mp3") for number in range(7)])
    resident.see("one.mp3 Added: Sound recording", "“6.mp3” is empty.")
    choose(resident, (RECORDING, "nine.mp3"))
    resident.see("“nine.mp3” was not added: many files came from your network in this hour.")
    neighbour = Resident(app.test_client())
    begin(neighbour)
    choose(neighbour, (RECORDING, "two.mp3"), add=1)
    neighbour.see("two.mp3 Added: Sound recording")


@pytest.mark.dear
@pytest.mark.same_on_both
def test_broken_photos_keep_nobody_waiting(app: Flask, resident: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(resident)
    run = Mock(side_effect=picture_jobs._run)
    monkeypatch.setattr(picture_jobs, "_run", run)
    monkeypatch.setattr(picture_jobs, "MAX_SECONDS", 120.0)  # however busy this machine is
    choose(resident, *[(b"\xff\xd8\xff broken", f"{number}.jpg") for number in range(20)])
    assert run.call_count == 16
    resident.see("“0.jpg” cannot be opened", "“19.jpg” was not added: there can be 8 files.")
    monkeypatch.setattr(picture_jobs, "MAX_SECONDS", 0.1)
    data = app.extensions["settings"].data
    with exclusive(data / "picture-0.lock"), exclusive(data / "picture-1.lock"):
        choose(resident, (photo(), "gate.jpg"))
    resident.see("“gate.jpg” was not added: many people add files just now.")
    monkeypatch.setattr(picture_jobs, "MAX_SECONDS", 15.0)
    choose(resident, (photo(), "gate.jpg"), add=1)
    resident.see("gate.jpg Added: Photo")


@pytest.mark.same_on_both
def test_files_give_way_to_reports_where_the_disk_is_nearly_full(
    app: Flask, resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(resident)
    monkeypatch.setattr(disk, "MIN_FREE_FOR_FILES", 2**60)
    choose(resident, (RECORDING, "1.mp3"))
    resident.see("“1.mp3” was not added: we have no room for files just now. Go on without it.")
    assert stored(app) == {}
    send(resident)


@pytest.mark.same_on_both
def test_what_was_written_beside_files_is_given_back_when_the_visit_has_ended(app: Flask, officer: Officer) -> None:
    send_report(officer)
    address = open_report(officer)
    officer.client.post("/staff/lock", data=officer._hidden("/staff/lock"))
    choose(officer, (RECORDING, "1.mp3"), page=address, message="We have asked for the wall to be cleaned.")
    officer.see("We have asked for the wall to be cleaned.")
    assert stored(app) == {}


@pytest.mark.same_on_both
def test_an_officer_is_told_to_choose_their_files_again(officer: Officer) -> None:
    send_report(officer)
    address = open_report(officer)
    choose(officer, (RECORDING, "1.mp3"), page=address, fill="1", ready="read")
    officer.see("Choose your other files again: they were not kept.")
    choose(officer, (RECORDING, "1.mp3"), (b"", "2.mp3"), page=address, message="Here they are.")
    officer.see("“2.mp3” is empty.", "Choose your other files again: they were not kept.")


@pytest.mark.same_on_both
def test_other_files_from_a_page_that_was_gone_back_to_are_sent_too(app: Flask, resident: Resident) -> None:
    digits = send_report(resident)
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    page = resident.page
    for name in ("one.mp3", "two.mp3"):
        resident.page = page
        choose(resident, (RECORDING, name), page="/return/report", message="Look at this.")
    assert len(set(re.findall(r"/return/files/[0-9a-f-]{36}", resident.page))) == 2


@pytest.mark.same_on_both
def test_what_else_lies_beside_the_files_and_half_a_mark_stop_no_sweep(app: Flask) -> None:
    folder = app.extensions["settings"].data / "evidence"
    (folder / "lost+found").mkdir(parents=True)
    (folder / "vault").write_text("")
    orphan = folder / str(uuid.uuid4())
    orphan.write_bytes(b"x")
    os.utime(orphan, (0, 0))
    with app.app_context():
        assert sweeping.sweep_files() == 1
        assert health.problems() == []
    (folder / "vault").write_text("another's")
    with app.app_context():
        assert "belong to another database" in health.problems()[0]


@pytest.mark.same_on_both
def test_an_upload_that_is_cut_anywhere_leaves_nothing_and_the_draft_is_there(app: Flask, resident: Resident) -> None:
    begin(resident)
    fields = resident._hidden(FILES) | {
        "narrative": "Oh",
        "files": FileStorage(io.BytesIO(RECORDING + bytes(300_000)), "1.mp3"),
    }
    whole, length, boundary = stream_encode_multipart(MultiDict(fields), use_tempfile=False)
    body = whole.read()
    for cut in (*random.sample(range(length - 3), 12), length - 3):
        answer = resident.client.post(
            FILES,
            input_stream=io.BytesIO(body[:cut]),
            content_length=length,
            content_type=f"multipart/form-data; boundary={boundary}",
        )
        assert answer.status_code == 400, cut
        assert (stored(app), rows(app)) == ({}, 0), cut
    resident.get("/report/check")
    resident.see("They broke the gate.")


@pytest.mark.same_on_both
def test_a_full_disk_is_said_and_once_there_is_room_all_goes_on(
    app: Flask, resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(resident)
    page = resident.page

    def full(*_given: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    for where in ("write", "fsync"):
        with monkeypatch.context() as patch:
            patch.setattr(f"portal.files.store.os.{where}", full)
            patch.setattr(resident, "_arrive", lambda _path, response: setattr(resident, "response", response))
            choose(resident, (RECORDING, "1.mp3"), finds=503)
        assert resident.response is not None
        assert "We cannot save anything just now" in resident.response.text
        assert (stored(app), rows(app)) == ({}, 0)
    resident.page = page
    choose(resident, (RECORDING, "1.mp3"))
    assert len(stored(app)) == rows(app) == 1


@pytest.mark.same_on_both
def test_only_the_pages_for_files_take_any_and_from_nobody_who_has_not_begun(app: Flask, resident: Resident) -> None:
    begin(resident)
    for path in ("/report/2", "/report/check", "/report"):
        choose(resident, (RECORDING, "1.mp3"), page=path, finds=400)
    for unasked in ("endpoint", "step", "_scheme", "_anchor", "number"):
        assert resident.get(f"/report/2?{unasked}=x").location == FILES
    resident.get(FILES)
    choose(Resident(app.test_client()), (RECORDING, "1.mp3"), finds=400)
    assert stored(app) == {}


@pytest.mark.same_on_both
def test_the_original_is_kept_only_when_it_is_asked_for_and_is_only_given_out(
    resident: Resident, officer: Officer
) -> None:
    begin(resident)
    resident.see("It can show officers where and when you took it, and with which device.")
    choose(resident, (photo(), "gate.jpg"), originals="y")
    send(resident)
    addresses(officer)
    assert officer.page.count("<img ") == 1
    officer.see("Photo 1", "Original photo 2")
    assert officer.get(addresses(officer)[1]).data == photo()


@pytest.mark.same_on_both
def test_what_a_stranger_sent_is_given_out_so_that_nothing_in_it_runs(resident: Resident, officer: Officer) -> None:
    begin(resident)
    page = b"%PDF-1.7 <script>alert(1)</script>"
    choose(resident, (page, "letter.pdf"))
    send(resident)
    answer = officer.get(addresses(officer)[0])
    assert answer.data == page
    headers = answer.headers
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"] == "attachment; filename=1.pdf"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].endswith("; sandbox")
    assert headers["Cache-Control"] == "no-store"
    addresses(officer)
    officer.see("opened a file")


def test_a_file_is_only_for_the_team_it_came_to(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    begin(resident)
    resident.post("/report/1", kind="hate")
    resident.get(FILES)
    choose(resident, (RECORDING, "1.mp3"))
    send(resident)
    (address,) = addresses(officer)
    other = hire("robin", teams=("asb_team",))
    other.sign_in()
    other.unlock()
    nowhere = address.rsplit("/", 1)[0] + f"/{uuid.uuid4()}"
    for person, path in ((other, address), (other, nowhere), (officer, nowhere)):
        assert person.get(path).status_code == 404


@pytest.mark.same_on_both
def test_a_damaged_file_is_said_and_no_part_of_it_is_given_out(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    begin(resident)
    choose(resident, (RECORDING + bytes(200_000), "1.mp3"))
    send(resident)
    (address,) = addresses(officer)
    ((name, whole),) = stored(app).items()
    for damaged in (whole[: store.SEALED_CHUNK_SIZE], whole[:-1], whole[:-1] + b"x", whole + b"x", b""):
        overwrite(app, name, damaged)
        answer = officer.client.get(address)
        assert answer.status_code == 500
        assert "This report cannot be read" in answer.text
    overwrite(app, name, whole)
    assert officer.get(address).status_code == 200
    with app.app_context(), transaction() as db:
        row = db.scalars(select(EvidenceFile)).one()
        row.sealed = (row.sealed or b"")[:-1]
    assert addresses(officer) == [address]
    officer.see("They broke the gate.", "A file that cannot be read 1")
    assert officer.client.get(address).status_code == 500


@pytest.mark.same_on_both
def test_nothing_of_a_file_lies_in_the_clear_while_it_comes_and_afterwards(
    app: Flask, resident: Resident, officer: Officer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in the data folder nor where programs put what they hold for a while; and no file tells when it came."""
    begin(resident)
    held = tmp_path / "tmp"
    held.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(held))
    seen: list[bytes] = []
    take = uploads.take_in

    def look(*given: object, **named: object) -> object:
        seen.append(stolen(app))
        return take(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(uploads, "take_in", look)
    choose(
        resident, (photo((800, 600)), f"{CANARY}.jpg"), (RECORDING + CANARY.encode() * 50_000, "1.mp3"), originals="y"
    )
    resident.get("/report/check")
    resident.see(f"{CANARY}.jpg")
    loot = seen[0] + stolen(app)
    send(resident)
    for address in addresses(officer):
        officer.get(address)
    loot += stolen(app)
    assert not list(held.iterdir())
    for spelling in spellings(CANARY):
        assert spelling not in loot
    assert len(stored(app)) == 3
    assert app.extensions["database"].is_sqlite == bool(on_disk(app))
    assert {int(path.stat().st_mtime) for path in on_disk(app)} <= {store.FIXED_MTIME}
    assert {path.stat().st_mode & 0o777 for path in on_disk(app)} <= {0o600}
    assert not {len(sealed) % store.SEALED_CHUNK_SIZE for sealed in stored(app).values()} - {0}


def test_a_file_goes_with_its_draft_and_with_its_report(app: Flask, resident: Resident, officer: Officer) -> None:
    begin(resident)
    choose(resident, (RECORDING, "1.mp3"))
    resident.client.post("/leave")
    assert rows(app) == 0
    with app.app_context():
        # On PostgreSQL what was in it went with its row.
        assert sweeping.sweep_files() == app.extensions["database"].is_sqlite
    assert stored(app) == {}
    go_on(resident, "/report")
    begin(resident)
    choose(resident, (RECORDING, "1.mp3"), (photo(), "2.jpg"))
    send(resident)
    with app.app_context():
        assert sweeping.sweep_files() == 0
        report_id = session.scalars(select(Report.id)).one()
    assert len(addresses(officer)) == 2
    with app.app_context():
        assert deletions.delete_report(report_id)
    assert (stored(app), rows(app)) == ({}, 0)


def test_both_sides_see_what_comes_with_a_message(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    digits = send_report(resident)
    home = open_report(officer)
    choose(officer, (photo(), "letter.jpg"), (b"x", "x.exe"), page=home, message="Is it this one?")
    officer.see("“x.exe” is not a photo", "Is it this one?")
    assert "Is it this one?</textarea>" in officer.page
    choose(officer, (photo(), "letter.jpg"), page=home, message="Is it this one?")
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    resident.see("Is it this one?", "Photo 1")
    (theirs,) = set(re.findall(r'src="(/return/files/[^"]+)"', resident.page))
    assert Image.open(io.BytesIO(resident.get(theirs).data)).size == (48, 64)
    resident.get("/return/report")
    choose(resident, (RECORDING, "1.mp3"), (b"", "2.mp3"), page="/return/report", message="Yes. Listen.")
    resident.see("“2.mp3” is empty.", "1.mp3 Added: Sound recording")
    assert "Yes. Listen.</textarea>" in resident.page
    choose(resident, page="/return/report")
    resident.see("Sound recording 1")
    resident.not_see("1.mp3", "Yes. Listen.")
    (mine,) = set(re.findall(r'<a href="(/return/files/[^"]+)">Sound', resident.page))
    assert resident.get(mine).data == RECORDING
    officer.get(home)
    found = set(re.findall(r'"(/staff/reports/[^"]+/files/[^"]+)"', officer.page))
    assert len(found) == 2
    assert RECORDING in [officer.get(path).data for path in found]
    stranger = Resident(app.test_client())
    assert stranger.get(mine).status_code == 410


def test_what_a_killed_server_left_is_swept_and_what_is_being_written_is_not(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is anything by a database to which the files do not belong."""
    with app.app_context():
        with store.Incoming(1000) as incoming:
            incoming.write(b"x" * 500)
            incoming.seek(0)
            left = incoming.keep("mp3")
            assert sweeping.sweep_files() == 0
        assert [path.name for path in on_disk(app)] == [left.id]
        with monkeypatch.context() as patch:
            patch.setattr(sweeping, "find_vault", lambda: Mock(receipt_salt=b"of another database"))
            assert sweeping.sweep_files() == 0
        assert sweeping.sweep_files() == 1
    assert not on_disk(app)


@pytest.mark.dear
@pytest.mark.same_on_both
def test_a_program_that_reads_pictures_is_held_to_its_limits(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither memory nor files nor open files without end; nothing of the portal's environment; and not for ever."""
    for what in (
        "bytearray(230 * 1024**2)",
        "open('written', 'wb', 0).write(b'x')",
        "[open('/dev/null') for _ in range(100)]",
    ):
        asked = f"""
import runpy
try:
    runpy.run_path({picture_jobs.PICTURE!r}, run_name="__main__")
except SystemExit:
    kept = {what}
"""
        ended = subprocess.run([sys.executable, "-c", asked], cwd=tmp_path, input=b"", capture_output=True)
        assert re.search(rb"MemoryError|File too large|Too many open files", ended.stderr), what
    spy = tmp_path / "spy.py"
    spy.write_text(
        f"import os, time; open({str(tmp_path / 'seen')!r}, 'w').write(repr(dict(os.environ)));"
        "os.write(1, b'x'); time.sleep(60)"
    )
    monkeypatch.setattr(picture_jobs, "PICTURE", str(spy))
    monkeypatch.setattr(picture_jobs, "MAX_SECONDS", 2.0)
    monkeypatch.setenv("PORTAL_DATABASE_URL", CANARY)
    with app.app_context(), store.Incoming(10_000) as incoming:
        incoming.write(photo())
        incoming.seek(0)
        sender = picture_jobs.Sender("192.0.2.1")
        assert uploads.take_in([("1.jpg", incoming)], 8, sender) == ([], [("1.jpg", uploads.Refused.BUSY)])
    assert CANARY not in (tmp_path / "seen").read_text()
    assert stored(app) == {}
