"""Photos as phones take them, and what somebody could send in their stead."""

from __future__ import annotations

import io
import zlib

from PIL import Image, PngImagePlugin

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
