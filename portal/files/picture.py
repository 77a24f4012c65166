"""Makes a photo anew, so that only what can be seen on it is left: run as a program of its own, which does nothing else.

It reads a file and writes a JPEG without place, time, device or any other word in it. It reads what strangers send, so it
runs with no setting and no key of the portal, and the kernel ends it when it takes too much.
"""

from __future__ import annotations

import enum
import io
import resource
import sys
import warnings

MOST_PIXELS = 40_000_000
# Most phones take photos of 4,032 by 3,024 points: those stay as large as they are.
LONGEST_SIDE = 4_096
QUALITY = 88
MEMORY = 1024**3
SECONDS = 20


class Outcome(enum.IntEnum):
    """With what the program ends."""

    CLEAN = 0
    NO_PICTURE = 3
    TOO_MANY_PIXELS = 4
    NO_HEIC = 5


def set_limits() -> None:
    """Before a byte is read: no file is written, no program is started, and neither memory nor time is without end."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (most, most))


def clean(original: bytes) -> bytes | Outcome:
    """The picture as a JPEG, upright and without what a file says beside it; or why there is none."""
    from PIL import Image, ImageOps

    readable = ["JPEG", "PNG", "WEBP"]
    if is_heic(original):
        try:
            from pillow_heif import register_heif_opener
        except ImportError:
            return Outcome.NO_HEIC
        register_heif_opener(thumbnails=False)
        readable = ["HEIF"]
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        picture: Image.Image = Image.open(io.BytesIO(original), formats=readable)
        if picture.width * picture.height > MOST_PIXELS:
            return Outcome.TOO_MANY_PIXELS
        # A JPEG is decoded in a half or a quarter of its size where that is enough.
        picture.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
        picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Outcome.TOO_MANY_PIXELS
    except Exception:  # noqa: BLE001 (what a decoder raises over broken bytes is of every kind)
        return Outcome.NO_PICTURE
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    ImageOps.exif_transpose(picture, in_place=True)
    written = io.BytesIO()
    # Another picture with the same points: what the first one carried beside them stays behind.
    seen = picture.convert("RGB") if picture.mode != "RGB" else picture
    if picture.has_transparency_data:
        seen = Image.new("RGB", picture.size, "white")
        seen.paste(picture.convert("RGB"), mask=picture.convert("RGBA").getchannel("A"))
    seen.info = {}
    seen.save(written, "JPEG", quality=QUALITY, exif=b"", comment=b"")
    return written.getvalue()


def is_heic(original: bytes) -> bool:
    """What phones with an apple on them take photos in."""
    return original[4:8] == b"ftyp" and original[8:12] in HEIC_BRANDS


HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


if __name__ == "__main__":
    set_limits()
    result = clean(sys.stdin.buffer.read())
    if isinstance(result, Outcome):
        sys.exit(result)
    sys.stdout.buffer.write(result)
