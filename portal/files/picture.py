"""Makes a photo anew, so that only what can be seen on it is left: run as a program of its own, which does nothing else.

It reads a file and writes an sRGB JPEG without place, time, device or any other word in it. It reads what strangers send,
so it runs with no setting and no key of the portal, after everything else, and the kernel ends it when it takes too much.
"""

from __future__ import annotations

import enum
import io
import math
import os
import re
import resource
import sys
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image, ImageCms

# Phones take 48 to 50 megapixels, some 108. Whether so many fit into memory depends on the format: see _decode_size().
MAX_PIXELS = 110_000_000
# The copy's area: four thirds of a 12-megapixel photo. Width and height are free, so a long screenshot stays readable.
MAX_COPY_PIXELS = 4096 * 4096
# JPEG writes a side in 16 bits.
MAX_COPY_SIDE = 65_500
# Cameras and encoders write a progressive JPEG in about 10 scans; each costs a walk over the whole picture.
MAX_SCANS = 40
QUALITY = 88
# Of 255: what rounding on the way through a colour profile changes.
MAX_UNSEEN_CHANGE = 2
STRIP_ROWS = 256

MEGABYTE = 1024 * 1024
MAX_MEMORY = 225 * MEGABYTE  # what the program allocates; its code and libraries take up to 25 MB more
MAX_ADDRESS_SPACE = 1024 * MEGABYTE
MAX_CPU_SECONDS = 3
NICENESS = 19
# Of MAX_MEMORY: what a decoder may hold beside the file, and what the decoded picture may take beside its copy.
MAX_DECODER_MEMORY = 195 * MEGABYTE
MAX_DECODED_MEMORY = 110 * MEGABYTE
# Pillow keeps a pixel in four bytes, but for these modes.
SMALL_PIXELS = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2, "I;16N": 2}
# libwebp holds the animation's canvas twice and Pillow the frame as bytes and as a picture; libheif its planes as well.
DECODER_BYTES_A_PIXEL = {"WEBP": 15, "HEIF": 8}
# A marker, but not a byte of the pixels (0), a restart within a scan (D0 to D7) or a fill byte.
MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]", re.DOTALL)
START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
COEFFICIENT_BYTES = 2
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
ORIENTATION = 0x0112


class Outcome(enum.IntEnum):
    """With what the program ends."""

    CLEAN = 0
    NO_PICTURE = 3
    TOO_MANY_PIXELS = 4
    NO_HEIC = 5
    SMALLER = 6
    """Clean, with fewer pixels than the original."""
    FIRST_FRAME = 7
    """Clean, of an animation's first frame."""
    TOO_COSTLY = 8
    """More scans or memory than a picture needs; too much processor time ends the program by SIGXCPU instead."""


def set_limits() -> None:
    """Before a byte is read: no file is written, no program is started, and neither memory nor time is without end."""
    os.nice(NICENESS)
    for what, most in (
        (resource.RLIMIT_DATA, MAX_MEMORY),
        (resource.RLIMIT_AS, MAX_ADDRESS_SPACE),
        (resource.RLIMIT_CPU, MAX_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (most, most))


def clean(original: bytes, longest_side: int = MAX_COPY_SIDE) -> tuple[Outcome, bytes]:
    """The picture as a JPEG, upright and without what a file says beside it; or why there is none."""
    frame = jpeg_frame(original)
    if frame.scans > MAX_SCANS:
        return Outcome.TOO_COSTLY, b""
    try:
        return _clean(original, frame, longest_side)
    except MemoryError:
        return Outcome.TOO_COSTLY, b""


def _clean(original: bytes, frame: JpegFrame, longest_side: int) -> tuple[Outcome, bytes]:
    from PIL import Image

    readable = ["JPEG", "PNG", "WEBP"]
    if is_heic(original):
        try:
            import pillow_heif
        except ImportError:
            return Outcome.NO_HEIC, b""
        pillow_heif.options.DECODE_THREADS = 1
        pillow_heif.register_heif_opener(thumbnails=False)
        readable = ["HEIF"]
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        picture: Image.Image = Image.open(io.BytesIO(original), formats=readable)
        whole = picture.size
        decoded = _decode_size(picture, frame)
        if decoded is None:
            return Outcome.TOO_MANY_PIXELS, b""
        picture.draft(None, decoded)
        # A JPEG may hold further pictures for other screens or for depth: those are no animation.
        is_animation = picture.format in {"PNG", "WEBP"} and getattr(picture, "is_animated", False)
        picture.load()
        # A PNG may say it after its pixels.
        orientation = picture.getexif().get(ORIENTATION, 1)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Outcome.TOO_MANY_PIXELS, b""
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (what a decoder raises over broken bytes is of every kind)
        return Outcome.NO_PICTURE, b""
    # Only the pixels stay: the decoder and the file give their memory back.
    info, profile = picture.info, picture.info.get("icc_profile")
    bare = Image.Image()._new(picture.im)
    bare.info = {"transparency": info["transparency"]} if "transparency" in info else {}
    if "P" in picture.mode:
        bare.palette = picture.palette
    del picture, info
    copy = as_seen(bare, copy_size(*bare.size, longest_side), profile)
    del bare
    if orientation in UPRIGHT:
        copy = copy.transpose(Image.Transpose(UPRIGHT[orientation]))
    written = io.BytesIO()
    copy.save(written, "JPEG", quality=QUALITY, exif=b"", comment=b"")
    is_smaller = copy.width * copy.height < whole[0] * whole[1]
    return (
        Outcome.FIRST_FRAME if is_animation else Outcome.SMALLER if is_smaller else Outcome.CLEAN
    ), written.getvalue()


# EXIF's numbers (JEITA CP-3451, 4.6.4): how to turn what is stored, as Image.Transpose.
UPRIGHT = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}


@dataclass(frozen=True)
class JpegFrame:
    """What a JPEG's markers say of it, read without decoding; no scans where it is none."""

    scans: int = 0
    coefficient_bytes: int = 0
    """What libjpeg holds beside the decoded picture: all of its coefficients, where it comes in more than one scan."""
    width: int = 0
    height: int = 0


def jpeg_frame(original: bytes) -> JpegFrame:
    """Walk from marker to marker (ITU-T T.81, B.1.1): a length leads over a segment, the next marker ends a scan."""
    scans = coefficients = components = width = height = 0
    is_buffered = False
    place = 2 if original.startswith(b"\xff\xd8") else len(original)
    while marker := MARKER.search(original, place):
        code, place = original[marker.end() - 1], marker.end()
        if code == END_OF_IMAGE:
            break
        segment = original[place : place + max(2, int.from_bytes(original[place : place + 2], "big"))]
        place += len(segment)
        if code == START_OF_SCAN:
            scans += 1
            is_buffered = is_buffered or scans > 1 or segment[2:3] < bytes([components])
        elif code in START_OF_FRAME and len(segment) > 8:
            height, width = (int.from_bytes(segment[at : at + 2], "big") for at in (3, 5))
            components = segment[7]
            sampling = [(each >> 4, each & 15) for each in segment[9::3][:components]]
            largest = max(across for across, _down in sampling) * max(down for _across, down in sampling)
            blocks = sum(across * down for across, down in sampling) / max(1, largest)
            coefficients = int(width * height * COEFFICIENT_BYTES * blocks)
            is_buffered = code in PROGRESSIVE
    return JpegFrame(scans, coefficients if is_buffered else 0, width, height)


def is_heic(original: bytes) -> bool:
    """Whether it is a HEIC, by its brand (ISO/IEC 14496-12, 4.3)."""
    return original[4:8] == b"ftyp" and original[8:12] in HEIC_BRANDS


def _decode_size(picture: Image.Image, frame: JpegFrame) -> tuple[int, int] | None:
    """The size to decode in: the whole, or where the format can, a half, a quarter or an eighth; None where none fits."""
    pixels = picture.width * picture.height
    if pixels > MAX_PIXELS:
        return None
    for part in (1, 2, 4, 8) if frame.scans else (1,):
        decoded = pixels * SMALL_PIXELS.get(picture.mode, 4) // part**2
        held = frame.coefficient_bytes + max(decoded, pixels * DECODER_BYTES_A_PIXEL.get(picture.format or "", 0))
        if decoded <= MAX_DECODED_MEMORY and held <= MAX_DECODER_MEMORY:
            return max(1, picture.width // part), max(1, picture.height // part)
    return None


def copy_size(width: int, height: int, longest_side: int = MAX_COPY_SIDE) -> tuple[int, int]:
    """The largest size of this shape that a copy may have."""
    scale = min(1.0, math.sqrt(MAX_COPY_PIXELS / (width * height)), longest_side / max(width, height))
    return max(1, int(width * scale)), max(1, int(height * scale))


def as_seen(picture: Image.Image, size: tuple[int, int], profile: bytes | None = None) -> Image.Image:
    """The picture as a screen shows it on a white page: in RGB as sRGB means it, scaled to `size`.

    It is made strip by strip: a second whole picture in between would not fit into memory.
    """
    from PIL import Image

    is_plain = picture.mode == "RGB" and size == picture.size and not picture.has_transparency_data
    if is_plain and _transform(profile, "RGB") is None:  # as most phones write it
        return picture
    copy = Image.new("RGB", size)
    lightness = _lightness(picture)
    in_srgb = _to_srgb(profile)
    scale = picture.height / size[1]
    margin = math.ceil(3 * scale) + 1  # a filter looks at three pixels of the copy to each side
    for top in range(0, size[1], STRIP_ROWS):
        bottom = min(top + STRIP_ROWS, size[1])
        first = max(0, int(top * scale) - margin)
        last = min(picture.height, math.ceil(bottom * scale) + margin)
        strip = picture.crop((0, first, picture.width, last))
        strip.info = picture.info
        strip = _opaque(strip, lightness, in_srgb)
        if size == picture.size:
            strip = strip.crop((0, top - first, size[0], bottom - first))
        else:
            box = (0, top * scale - first, picture.width, min(bottom * scale - first, strip.height))
            strip = strip.resize((size[0], bottom - top), Image.Resampling.LANCZOS, box)
        copy.paste(strip, (0, top))
    return copy


def _opaque(
    strip: Image.Image,
    lightness: Callable[[Image.Image], Image.Image] | None,
    in_srgb: Callable[[Image.Image], Image.Image],
) -> Image.Image:
    """In RGB, with white behind what is transparent."""
    from PIL import Image

    if lightness is not None:
        return in_srgb(lightness(strip))
    if strip.mode in {"La", "RGBa"}:
        strip = strip.convert({"La": "LA", "RGBa": "RGBA"}[strip.mode])
    if not strip.has_transparency_data:
        return in_srgb(strip)
    if strip.mode not in {"LA", "RGBA"}:
        strip = strip.convert("RGBA")
    seen = in_srgb(strip.convert(strip.mode[:-1]))
    white = Image.new("RGB", strip.size, "white")
    white.paste(seen, mask=strip.getchannel("A"))
    return white


def _lightness(picture: Image.Image) -> Callable[[Image.Image], Image.Image] | None:
    """For greys of more than 8 bits: how to make them 8, since Pillow makes all above 255 white. None for all else."""
    if picture.mode.startswith("I;16"):
        low, high = 0.0, 65535.0
    elif picture.mode in {"I", "F"}:
        low, high = _range(*picture.getextrema(), is_whole=picture.mode == "I")
    else:
        return None
    # 0.5, since Pillow cuts a fraction off.
    factor = 255 / (high - low)
    return lambda strip: _floats(strip).point(lambda value: value * factor + (0.5 - low * factor)).convert("L")


def _floats(strip: Image.Image) -> Image.Image:
    return strip if strip.mode == "F" else strip.convert("I").convert("F")


def _range(least: float, most: float, *, is_whole: bool) -> tuple[float, float]:
    """What is black and what is white: the smallest usual range that holds all values, else the values' own."""
    for white in (255.0, 65535.0) if is_whole else (1.0, 255.0, 65535.0):
        if least >= 0 and most <= white:
            return 0.0, white
    return least, most


def _to_srgb(profile: bytes | None) -> Callable[[Image.Image], Image.Image]:
    """From what a profile says the numbers mean to sRGB; without one, or with one that fits no pixel, they are sRGB."""
    from PIL import ImageCms

    transforms: dict[str, ImageCms.ImageCmsTransform | None] = {}

    def in_srgb(strip: Image.Image) -> Image.Image:
        if strip.mode in {"1", "P", "PA", "RGBX"}:
            strip = strip.convert("L" if strip.mode == "1" else "RGB")
        if strip.mode not in transforms:
            transforms[strip.mode] = _transform(profile, strip.mode)
        transform = transforms[strip.mode]
        if transform is None:
            return strip.convert("RGB")
        return ImageCms.applyTransform(strip, transform) or strip  # None only where it works in place

    return in_srgb


def _transform(profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From the profile's numbers to sRGB's; None where there is nothing to change."""
    from PIL import ImageCms

    if not profile or mode not in PROFILE_SPACES:
        return None
    try:
        meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if meant.profile.xcolor_space != PROFILE_SPACES[mode]:
            return None
        found = ImageCms.buildTransform(
            meant, ImageCms.createProfile("sRGB"), mode, "RGB", flags=ImageCms.Flags.BLACKPOINTCOMPENSATION
        )
        return None if mode == "RGB" and _changes_nothing(found) else found
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether it is one of the many spellings of sRGB: no colour of a cube of them changes by more than an eye sees."""
    from PIL import Image, ImageChops, ImageCms

    steps = range(0, 256, 15)
    cube = bytes(level for red in steps for green in steps for blue in steps for level in (red, green, blue))
    colours = Image.frombytes("RGB", (len(steps) ** 2, len(steps)), cube)
    changed = ImageCms.applyTransform(colours, transform) or colours
    return max(max(band.tobytes()) for band in ImageChops.difference(colours, changed).split()) <= MAX_UNSEEN_CHANGE


PROFILE_SPACES = {"L": "GRAY", "RGB": "RGB ", "CMYK": "CMYK"}


if __name__ == "__main__":
    set_limits()
    outcome, cleaned = clean(sys.stdin.buffer.read(), *map(int, sys.argv[1:]))
    sys.stdout.buffer.write(cleaned)
    sys.stdout.buffer.flush()
    sys.exit(outcome)
