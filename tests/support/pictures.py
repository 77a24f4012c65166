"""Photos as phones take them, and what somebody could send in their stead."""

from __future__ import annotations

import io
import zlib

from PIL import Image, PngImagePlugin
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import stream_encode_multipart

from tests.support.people import Resident

FILES = "/report/files"
NARRATIVE = "They broke the gate."
TURNED = 6
CANARY = "canaryinaphoto"
RECORDING = b"ID3\x04" + bytes(1000)


def photo(size: tuple[int, int] = (64, 48), kind: str = "JPEG", *, turned: bool = True) -> bytes:
    """Red on its left, blue on its right; with a canary in everything that can stand beside a picture."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x0112] = TURNED if turned else 1
    exif[0x010F] = CANARY
    exif.get_ifd(0x8825)[29] = CANARY
    written = io.BytesIO()
    beside: dict[str, object] = {"exif": exif, "icc_profile": CANARY.encode(), "xmp": CANARY.encode()}
    if kind == "JPEG":
        beside |= {"comment": CANARY.encode(), "quality": 95}
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", CANARY)
        text.add_itxt("Author", CANARY)
        beside = {"exif": exif, "pnginfo": text}
    picture.save(written, kind, **beside)
    return written.getvalue() + CANARY.encode()


def bomb(width: int = 12_000, height: int = 12_000) -> bytes:
    """A few bytes that say they are a very large picture."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def encoded(picture: Image.Image, kind: str = "PNG", **more: object) -> bytes:
    written = io.BytesIO()
    picture.save(written, kind, **more)
    return written.getvalue()


def many_scans(scans: int, size: tuple[int, int] = (6000, 6000)) -> bytes:
    """A progressive JPEG whose last scan comes again and again: each makes a decoder walk over the whole picture."""
    whole = encoded(Image.new("RGB", size, "blue"), "JPEG", progressive=True, quality=30)
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + last * (scans - 10) + b"\xff\xd9"


def chat(width: int = 1080, height: int = 24_000) -> Image.Image:
    """A scrolling screenshot: lines of dots 12 pixels wide, as strokes of letters are."""
    tile = Image.new("L", (width, 24), 255)
    tile.paste(0, (0, 0, width, 12))
    row = Image.new("L", (24, 24), 255)
    row.paste(0, (0, 0, 12, 12))
    line = Image.new("L", (width, 24), 255)
    for left in range(0, width, 24):
        line.paste(row, (left, 0))
    screen = Image.new("L", (width, height), 255)
    for top in range(0, height, 24):
        screen.paste(line, (0, top))
    return screen


def profile(red: tuple[float, float], green: tuple[float, float], blue: tuple[float, float], gamma: float) -> bytes:
    """An ICC profile (version 2) of a screen with these primaries (CIE xy) and a white of D65."""
    white_65, white_50 = (0.9505, 1.0, 1.089), (0.9642, 1.0, 0.8249)
    columns = [(x / y, 1.0, (1 - x - y) / y) for x, y in (red, green, blue)]
    amounts = _solve(columns, white_65)
    adapted = [
        tuple(value * amount * b / a for value, a, b in zip(column, white_65, white_50, strict=True))
        for column, amount in zip(columns, amounts, strict=True)
    ]

    def number(value: float) -> bytes:
        return round(value * 65536).to_bytes(4, "big", signed=True)

    curve = b"curv" + bytes(4) + (1).to_bytes(4, "big") + round(gamma * 256).to_bytes(2, "big") + bytes(2)
    tags = {
        b"desc": b"desc" + bytes(4) + (5).to_bytes(4, "big") + b"test\x00" + bytes(79),
        b"wtpt": b"XYZ " + bytes(4) + b"".join(map(number, white_50)),
        **{
            name: b"XYZ " + bytes(4) + b"".join(map(number, xyz))
            for name, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), adapted, strict=True)
        },
        b"rTRC": curve, b"gTRC": curve, b"bTRC": curve,
    }  # fmt: skip
    table, bodies, place = b"", b"", 128 + 4 + 12 * len(tags)
    for name, body in tags.items():
        padded = body + bytes(-len(body) % 4)
        table += name + (place + len(bodies)).to_bytes(4, "big") + len(body).to_bytes(4, "big")
        bodies += padded
    size = place + len(bodies)
    head = size.to_bytes(4, "big") + bytes(4) + b"\x02\x10\x00\x00mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28)
    head += b"".join(map(number, white_50)) + bytes(48)
    return head + len(tags).to_bytes(4, "big") + table + bodies


def _solve(columns: list[tuple[float, float, float]], wanted: tuple[float, float, float]) -> list[float]:
    """How much of each column makes what is wanted (Cramer's rule)."""
    whole = _determinant(columns)
    return [_determinant([*columns[:n], wanted, *columns[n + 1 :]]) / whole for n in range(3)]


def _determinant(columns: list[tuple[float, float, float]]) -> float:
    (a, d, g), (b, e, h), (c, f, i) = columns
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def begin(resident: Resident) -> None:
    resident.get("/report")
    resident.post("/report")
    resident.follow()
    resident.get("/report/files")
    resident.post("/report/files", narrative=NARRATIVE)
    resident.get(FILES)


def choose(resident: Resident, *files: tuple[bytes, str], page: str = FILES, finds: int = 0, **more: object) -> None:
    """Choose files on the page that is open and press its button."""
    fields = resident._hidden(page) | ({"narrative": NARRATIVE} if page == FILES else {}) | more
    fields["files"] = [FileStorage(io.BytesIO(content), name) for content, name in files]
    # The test's own client must not be the one who lays files down somewhere.
    body, _length, boundary = stream_encode_multipart(MultiDict(fields), use_tempfile=False)
    answer = resident.client.post(page, data=body.read(), content_type=f"multipart/form-data; boundary={boundary}")
    assert finds in (0, answer.status_code)
    resident._arrive(page, answer)
    if answer.status_code == 303:
        resident.follow()
