"""What could be seen in a picture can be seen in its copy, and no picture costs more than its limits."""

from __future__ import annotations

import contextlib
import io
import json
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable
from functools import cache
from http.client import HTTPConnection
from pathlib import Path

import pillow_heif
import pytest
from flask import Flask
from PIL import Image, ImageChops, ImageCms, ImageStat
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import stream_encode_multipart

from portal.files import picture, picture_jobs, store, uploads
from portal.files.picture import Outcome
from portal.flock import one_of_bytes
from portal.web import security
from tests.bench import journeys, servers
from tests.support.people import Resident
from tests.support.pictures import FILES, begin, bomb, chat, choose, encoded, many_scans, photo, profile

RAMP = Image.linear_gradient("L").resize((256, 64)).rotate(90, expand=True)
SCENE = Image.merge(
    "RGB", [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.linear_gradient("L").rotate(90)]
)
ADOBE = profile((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), 2.2)
DISPLAY_P3 = profile((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), 2.2)
# What /usr/bin/time would say of the program alone, however large the process is that runs the tests.
MEASURED = """
import json, resource, subprocess, sys
ended = subprocess.run([sys.executable, "-I", sys.argv[1]], env={}, cwd="/", capture_output=True, stdin=sys.stdin)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([ended.returncode, len(ended.stdout), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""


def seen(original: bytes) -> Image.Image:
    _outcome, copy = picture.clean(original)
    return Image.open(io.BytesIO(copy)).convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures are from each other, from 0 to 255 in the middle, as seen from afar."""
    small = [each.convert("RGB").resize((32, 32), Image.Resampling.BOX) for each in (one, other)]
    return max(ImageStat.Stat(ImageChops.difference(*small)).mean)


def measured(original: bytes) -> tuple[int, int, float, float]:
    """With what the program ended, how much it wrote, its seconds of processor and megabytes of memory at most."""
    ended = subprocess.run([sys.executable, "-c", MEASURED, picture_jobs.PICTURE], input=original, capture_output=True)
    code, written, seconds, megabytes = json.loads(ended.stdout)
    return code, written, seconds, megabytes


def on_white(with_alpha: Image.Image) -> Image.Image:
    white = Image.new("RGBA", with_alpha.size, "white")
    return Image.alpha_composite(white, with_alpha.convert("RGBA")).convert("RGB")


CLEAR = Image.merge("RGBA", [*SCENE.split(), Image.linear_gradient("L")])
GREY_CLEAR = Image.merge("LA", [SCENE.getchannel("G"), Image.linear_gradient("L")])
PALETTE = SCENE.quantize(256)
MODES: dict[str, tuple[Image.Image, Image.Image]] = {
    "1": (SCENE.convert("1"), SCENE.convert("1")),
    **{mode: (SCENE.convert(mode), SCENE) for mode in ("RGB", "RGBX", "CMYK", "YCbCr", "HSV")},
    "LAB": (
        ImageCms.profileToProfile(SCENE, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB")
        or SCENE,
        SCENE,
    ),
    "P": (PALETTE, PALETTE.convert("RGB")),
    "L": (SCENE.convert("L"), SCENE.convert("L")),
    "RGBA": (CLEAR, on_white(CLEAR)),
    "RGBa": (CLEAR.convert("RGBa"), on_white(CLEAR)),
    "LA": (GREY_CLEAR, on_white(GREY_CLEAR)),
    "La": (GREY_CLEAR.convert("La"), on_white(GREY_CLEAR)),
    "PA": (PALETTE.convert("PA"), PALETTE.convert("RGB")),
    "I": (RAMP.convert("I").point(lambda value: value * 257), RAMP),
    "F": (RAMP.convert("F").point(lambda value: value / 255 + 0), RAMP),
    **{
        mode: (
            Image.frombytes(mode, RAMP.size, b"".join(bytes([value, value]) for value in RAMP.tobytes())),
            RAMP,
        )
        for mode in ("I;16", "I;16L", "I;16B")
    },
}  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("part", [1, 2])
def test_a_picture_of_every_mode_is_seen_as_it_was(mode: str, part: int) -> None:
    original, wanted = MODES[mode]
    assert original.mode == mode
    copy = picture.as_seen(original, (original.width // part, original.height // part))
    assert copy.mode == "RGB"
    assert difference(copy, wanted) < 3


def test_a_grey_picture_of_16_bits_keeps_its_shades() -> None:
    grey = MODES["I;16"][0]
    assert difference(seen(encoded(grey)), RAMP) < 3


@pytest.mark.dear
def test_a_long_screenshot_stays_readable() -> None:
    """Strokes of 12 pixels are still black on white, and no seam lies between the strips in which it is made."""
    outcome, copy = picture.clean(encoded(chat(), compress_level=1))
    small = Image.open(io.BytesIO(copy)).convert("L")
    assert outcome is Outcome.SMALLER
    assert small.width > 860
    assert abs(small.width * small.height - picture.MAX_COPY_PIXELS) < 40_000
    for top in (0, small.height // 2, small.height - 300):
        least, most = small.crop((0, top, small.width, top + 300)).getextrema()
        assert least < 30
        assert most > 225
    wanted = chat().resize(small.size, Image.Resampling.LANCZOS)
    assert max(ImageStat.Stat(ImageChops.difference(small, wanted)).mean) < 3


@pytest.mark.parametrize("meant", [ADOBE, DISPLAY_P3], ids=["Adobe RGB", "Display P3"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_colour_profile_is_applied_and_left_behind(meant: bytes, kind: str) -> None:
    srgb = ImageCms.createProfile("sRGB")
    muted = SCENE.point(lambda value: 70 + value * 100 // 255)
    stored = ImageCms.profileToProfile(muted, srgb, ImageCms.ImageCmsProfile(io.BytesIO(meant)))
    assert stored is not None
    assert difference(stored, muted) > 4, "without its profile it looks otherwise"
    more = {} if kind == "PNG" else {"quality": 95}
    copy = picture.clean(encoded(stored, kind, icc_profile=meant, **more))[1]
    assert difference(Image.open(io.BytesIO(copy)), muted) < 3
    assert "icc_profile" not in Image.open(io.BytesIO(copy)).info


@pytest.mark.parametrize(
    ("meant", "is_same"),
    [(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), True), (DISPLAY_P3, False), (ADOBE, False)],
)
def test_only_a_profile_that_is_srgb_in_its_own_words_spares_the_way_through_it(meant: bytes, is_same: bool) -> None:
    assert (picture._transform(meant, "RGB") is None) is is_same


def test_a_profile_that_is_broken_or_of_another_kind_of_picture_keeps_nothing_from_being_seen() -> None:
    for wrong in (b"broken", ADOBE[:200]):
        assert difference(seen(encoded(SCENE, icc_profile=wrong)), SCENE) < 3
    assert difference(seen(encoded(SCENE.convert("L"), icc_profile=ADOBE)), SCENE.convert("L")) < 3


def test_what_is_transparent_lies_on_white_in_every_way_to_say_so() -> None:
    clear = CLEAR.resize((128, 128))
    assert difference(seen(encoded(clear)), on_white(clear)) < 3
    assert difference(seen(encoded(clear, "WEBP", lossless=True)), on_white(clear)) < 3
    palette = SCENE.quantize(16)
    some = encoded(palette, transparency=bytes([0] * 8 + [255] * 8))
    assert difference(seen(some), on_white(Image.open(io.BytesIO(some)).convert("RGBA"))) < 3
    one = encoded(Image.new("RGB", (32, 32), (1, 2, 3)), transparency=(1, 2, 3))
    assert seen(one).getpixel((16, 16)) == (255, 255, 255)


def test_a_photo_is_upright_in_all_eight_ways_to_hold_a_camera() -> None:
    for way, turn in picture.UPRIGHT.items():
        exif = Image.Exif()
        exif[picture.ORIENTATION] = way
        for kind in ("JPEG", "PNG", "WEBP"):
            stored = encoded(SCENE, kind, exif=exif)
            assert difference(seen(stored), SCENE.transpose(Image.Transpose(turn))) < 3, (way, kind)


def test_an_animation_is_said_to_be_one_and_a_photo_in_cmyk_is_seen() -> None:
    other = Image.new("RGB", SCENE.size, "red")
    for kind in ("PNG", "WEBP"):
        outcome, copy = picture.clean(encoded(SCENE, kind, save_all=True, append_images=[other]))
        assert outcome is Outcome.FIRST_FRAME
        assert difference(Image.open(io.BytesIO(copy)), SCENE) < 3
    assert difference(seen(encoded(SCENE.convert("CMYK"), "JPEG", quality=95)), SCENE) < 4


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_of_which_a_part_is_missing_is_no_picture(kind: str) -> None:
    whole = encoded(SCENE, kind)
    for part in (0.1, 0.5, 0.9):
        assert picture.clean(whole[: int(len(whole) * part)]) == (Outcome.NO_PICTURE, b"")


def test_scans_are_counted_without_decoding() -> None:
    assert picture.jpeg_frame(photo()).scans == 1
    assert picture.jpeg_frame(many_scans(10, (64, 64))).scans == 10
    assert picture.jpeg_frame(many_scans(3000, (64, 64))).scans == 3000
    assert picture.jpeg_frame(encoded(SCENE)).scans == 0
    hidden = photo()[:2] + b"\xff\xe1\x00\x06\xff\xda\xff\xda" + photo()[2:]
    assert picture.jpeg_frame(hidden).scans == 1, "what lies within a segment is no scan"


def test_a_jpeg_that_repeats_its_scans_costs_next_to_nothing_and_an_honest_one_is_taken() -> None:
    code, written, seconds, megabytes = measured(many_scans(3000))
    assert (code, written) == (Outcome.TOO_COSTLY, 0)
    assert seconds < 0.5
    assert megabytes < 60
    assert measured(many_scans(10, (400, 300)))[0] == Outcome.CLEAN


def with_chunk(name: bytes, body: bytes) -> bytes:
    """A PNG with one more chunk before its pixels."""
    whole = encoded(SCENE)
    chunk = len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
    return whole[:33] + chunk + whole[33:]


@cache
def zeros() -> bytes:
    """Few bytes that unpack to 200 MB."""
    return zlib.compress(bytes(200 * 1024 * 1024), 1)


BOMBS: dict[str, Callable[[], bytes]] = {
    "a text that unpacks to 200 MB": lambda: with_chunk(b"zTXt", b"a\x00\x00" + zeros()),
    "a profile that unpacks to 200 MB": lambda: with_chunk(b"iCCP", b"a\x00\x00" + zeros()),
    "40 megapixels with transparency": lambda: encoded(Image.new("RGBA", (6324, 6324))),
    "a size without pixels": lambda: bomb(60_000, 60_000),
    "a WebP of 20 megapixels": lambda: encoded(Image.new("RGB", (5000, 4000)), "WEBP", method=0),
    "36 megapixels in full colour, progressive": lambda: encoded(
        Image.new("RGB", (6000, 6000)), "JPEG", progressive=True, subsampling=0
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_picture_that_unpacks_to_far_more_than_it_was_stays_within_its_limits(name: str) -> None:
    code, _written, seconds, megabytes = measured(BOMBS[name]())
    assert code in set(Outcome)
    assert megabytes < 250
    assert seconds < 3.1


def clouds(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width // 16, height // 16), 90).convert("RGB").resize((width, height))


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "size", "more", "least"),
    [
        ("JPEG", (4032, 3024), {}, (4032, 3024)),
        ("JPEG", (4032, 3024), {"progressive": True}, (4032, 3024)),
        ("JPEG", (8160, 6120), {}, (4080, 3060)),
        ("JPEG", (8160, 6120), {"progressive": True}, (4080, 3060)),
        ("JPEG", (12_000, 9_000), {"quality": 50}, (3000, 2250)),
        ("PNG", (4032, 3024), {"compress_level": 6}, (4032, 3024)),
        ("PNG", (5300, 5300), {"compress_level": 1}, (4000, 4000)),
        ("WEBP", (4032, 3024), {"method": 0}, (4032, 3024)),
        ("HEIF", (4032, 3024), {"quality": 40}, (4032, 3024)),
        ("HEIF", (5712, 4284), {"quality": 40}, (4000, 3000)),
    ],
)
def test_pictures_of_todays_phones_are_taken_within_3_seconds_and_250_megabytes(
    kind: str, size: tuple[int, int], more: dict[str, object], least: tuple[int, int]
) -> None:
    if kind == "HEIF":
        pillow_heif.register_heif_opener()
    original = encoded(clouds(*size), kind, **more)
    code, _written, seconds, megabytes = measured(original)
    print(f"{kind} {size} {more}: {len(original) / 1e6:.1f} MB, {seconds:.2f} s, {megabytes:.0f} MB")  # noqa: T201
    assert code in {Outcome.CLEAN, Outcome.SMALLER}
    assert seconds < 3
    assert megabytes < 250
    outcome, copy = picture.clean(original)
    found = Image.open(io.BytesIO(copy)).size
    assert found >= least
    assert (outcome is Outcome.SMALLER) == (found != size)


def begun(app: Flask) -> Resident:
    resident = Resident(app.test_client())
    begin(resident)
    return resident


@pytest.mark.dear
@pytest.mark.same_on_both
def test_whoever_sends_a_picture_too_large_for_our_copy_reads_so_and_can_keep_the_original(app: Flask) -> None:
    screenshot = encoded(Image.new("L", (1000, 17_500), 77))
    resident = begun(app)
    choose(resident, (screenshot, "chat.png"))
    resident.see("chat.png Added: Photo", "the copy is smaller.", "“Also keep the original photo”")
    choose(resident)
    resident.not_see("chat.png")  # having read it, they go on
    resident.get(FILES)
    choose(resident, (photo(), "gate.jpg"))
    resident.not_see("gate.jpg")  # nor are they stopped by another
    other = begun(app)
    choose(other, (screenshot, "chat.png"), originals="y", add=1)
    other.see("Added: Original photo")
    other.not_see("the copy is smaller.")


@pytest.mark.same_on_both
def test_one_visitor_with_many_uploads_waits_for_themselves_and_not_a_neighbour(app: Flask) -> None:
    with app.app_context(), contextlib.ExitStack() as held:
        busy, neighbour = picture_jobs.Sender("192.0.2.1"), picture_jobs.Sender("192.0.2.2")
        for _upload in range(picture_jobs.MAX_UPLOADS_OF_A_VISITOR):
            held.enter_context(picture_jobs.place_in_line(busy))
        with pytest.raises(TimeoutError):
            held.enter_context(picture_jobs.place_in_line(busy))
        held.enter_context(picture_jobs.place_in_line(neighbour))
        data = app.extensions["settings"].data
        held.enter_context(one_of_bytes(data / "picture-visitors.lock", busy.place, 1))
        soon = time.monotonic() + 0.2
        assert take(photo(), picture_jobs.Sender("192.0.2.1", ends_at=soon)) == uploads.Refused.BUSY
        assert take(photo(), neighbour) is None
        assert not b"".join(path.read_bytes() for path in data.glob("picture*"))


def take(content: bytes, sender: picture_jobs.Sender) -> uploads.Refused | None:
    with store.Incoming(10**7) as incoming:
        incoming.write(content)
        incoming.seek(0)
        refused = uploads.take_in([("1.jpg", incoming)], 8, sender)[1]
        return refused[0][1] if refused else None


@pytest.mark.same_on_both
def test_the_work_for_a_visitor_who_has_gone_is_stopped(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text(f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    monkeypatch.setattr(picture_jobs, "PICTURE", str(slow))
    ours, theirs = socket.socketpair()
    sender = picture_jobs.Sender("192.0.2.1", lambda: security._is_closed(ours))
    with app.app_context():
        theirs.sendall(b"the next request")
        assert not sender.is_gone()
        ours.recv(100)
        closing = threading.Timer(0.7, theirs.close)
        closing.start()
        began = time.monotonic()
        assert take(photo(), sender) == uploads.Refused.BUSY
        assert 0.5 < time.monotonic() - began < 5
        assert not Path("/proc", (tmp_path / "pid").read_text()).exists()
        began = time.monotonic()
        assert take(photo(), sender) == uploads.Refused.BUSY
        assert time.monotonic() - began < 0.5
    ours.close()


class Uploader(journeys.Resident):
    """Somebody at another address of this machine, who sends several pictures at once and may not wait for the answer."""

    def __init__(self, port: int, address: str, patience: float) -> None:
        super().__init__(port)
        self.connection = HTTPConnection("127.0.0.1", port, timeout=patience, source_address=(address, 0))

    def upload(self, pictures: list[bytes]) -> str:
        """Where it leads, or `gone` where they had no more patience."""
        try:
            self.get("/report")
            self.post("/report", "/report/1")
            self.get("/report/1")
            self.post("/report/1", "/report/2", kind="asb")
            self.get(FILES)
            token = journeys.TOKEN.search(self.page)
            assert token
            fields: dict[str, object] = {"csrf_token": token[1].decode(), "narrative": "They broke the gate."}
            fields["files"] = [FileStorage(io.BytesIO(each), f"{number}.jpg") for number, each in enumerate(pictures)]
            body, _length, boundary = stream_encode_multipart(MultiDict(fields), use_tempfile=False)
            return self._ask("POST", FILES, body.read(), f"multipart/form-data; boundary={boundary}")[1]
        except OSError:
            return "gone"
        finally:
            self.connection.close()


PAGES = ("/", "/report", "/return")


def pictures_in_work(master: int) -> int:
    return sum(len(servers._started_by(process)) for process in servers._children(master)[0])


@pytest.mark.dear
@pytest.mark.parametrize(
    ("uploaders", "patience"), [(6, 3.0), pytest.param(24, 20.0, marks=pytest.mark.long)], ids=["small", "large"]
)
@pytest.mark.same_on_both
def test_many_uploads_of_costly_pictures_from_one_address_stop_neither_pages_nor_a_neighbours_photo(
    app: Flask, uploaders: int, patience: float
) -> None:
    """Each of them sends 8 pictures, and goes; the work for them ends with them."""
    costly = encoded(Image.new("L", (10_000, 10_000), 77))
    attack = ([costly] * 4 + [many_scans(3000, (2000, 2000))] * 4) if uploaders > 6 else [costly] * 8
    settings = app.extensions["settings"]
    with servers.serving(settings.data, "portal", "serve", database=settings.database) as (port, master):
        threads = [
            threading.Thread(target=Uploader(port, "127.0.0.3", patience).upload, args=(attack,))
            for _ in range(uploaders)
        ]
        reader = journeys.Resident(port)
        for path in PAGES * 8:  # each process compiles its templates
            reader.get(path)
        reader.times.clear()
        for thread in threads:
            thread.start()
        led_to: list[str] = []

        def send_beside() -> None:
            led_to.append(Uploader(port, "127.0.0.2", 20.0).upload([photo((4032, 3024))]))

        neighbour = threading.Thread(target=send_beside)
        while any(thread.is_alive() for thread in threads):
            for path in PAGES:
                reader.get(path)
            if neighbour.ident is None and pictures_in_work(master):
                neighbour.start()
            time.sleep(0.05)
        reader.connection.close()
        honest = sorted(reader.times)
        neighbour.join()
        gone_at = time.monotonic()
        while pictures_in_work(master) and time.monotonic() < gone_at + 10:
            time.sleep(0.05)
        stopped_after = time.monotonic() - gone_at
    p95 = honest[int(len(honest) * 0.95)]
    figures = f"p50 {honest[len(honest) // 2]:.3f} s, p95 {p95:.3f} s, slowest {honest[-1]:.3f} s"
    print(f"{uploaders} x 8: {len(honest)} pages, {figures}; stopped after {stopped_after:.1f} s")  # noqa: T201
    assert led_to[0].startswith("/report/")
    assert p95 < 1
    assert stopped_after < 2
