"""What someone chose to add: known by its bytes and not by its name; a photo is made anew, a recording or paper stays as it is."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.files import picture, picture_jobs, virus_check
from portal.files.picture import Outcome
from portal.files.picture_jobs import Sender
from portal.files.store import DAMAGED, Incoming, Kept
from portal.text import one_line

MEGABYTE = 1024 * 1024
MAX_PHOTO_BYTES, MAX_FILE_BYTES = 10 * MEGABYTE, 25 * MEGABYTE
MAX_FILES = 8
# What is beyond a file's own limit is counted and thrown away, so that a sentence can say so; beyond this nothing is read.
MAX_REQUEST_BYTES = 512 * MEGABYTE
MAX_FILES_PER_HOUR = 120
MAX_NAME_LENGTH = 80


@dataclass(frozen=True)
class Kind:
    """What a file can be, and how it is given out."""

    mimetype: str
    ending: str
    words: str

    @property
    def is_photo(self) -> bool:
        return self.mimetype.startswith("image/")


PHOTO, ORIGINAL, SOUND, VIDEO, PAPER = (
    _l("Photo"), _l("Original photo"), _l("Sound recording"), _l("Video"), _l("Paper (PDF)")
)  # fmt: skip
CLEANED = "photo"
KINDS = {
    CLEANED: Kind("image/jpeg", "jpg", PHOTO),
    "jpeg": Kind("image/jpeg", "jpg", ORIGINAL),
    "png": Kind("image/png", "png", ORIGINAL),
    "webp": Kind("image/webp", "webp", ORIGINAL),
    "heic": Kind("image/heic", "heic", ORIGINAL),
    "mp3": Kind("audio/mpeg", "mp3", SOUND),
    "m4a": Kind("audio/mp4", "m4a", SOUND),
    "ogg": Kind("audio/ogg", "ogg", SOUND),
    "wav": Kind("audio/wav", "wav", SOUND),
    "mp4": Kind("video/mp4", "mp4", VIDEO),
    "mov": Kind("video/quicktime", "mov", VIDEO),
    "3gp": Kind("video/3gpp", "3gp", VIDEO),
    "webm": Kind("video/webm", "webm", VIDEO),
    "pdf": Kind("application/pdf", "pdf", PAPER),
    DAMAGED: Kind("application/octet-stream", "bin", _l("A file that cannot be read")),
}
# What the file picker of a browser offers first. Without HEIC: phones then hand over a JPEG of it.
ACCEPT = "image/jpeg,image/png,image/webp,audio/*,video/mp4,video/quicktime,video/3gpp,video/webm,application/pdf"
_BEGINNINGS = (
    (b"\xff\xd8\xff", "jpeg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"ID3", "mp3"), (b"\xff\xfb", "mp3"), (b"\xff\xfa", "mp3"),
    (b"\xff\xf3", "mp3"), (b"\xff\xf2", "mp3"), (b"OggS\x00", "ogg"), (b"%PDF-", "pdf"),
)  # fmt: skip
_BRANDS = {b"M4A ": "m4a", b"M4B ": "m4a", b"qt  ": "mov"} | dict.fromkeys(picture.HEIC_BRANDS, "heic")
_MP4_BRANDS = (b"iso", b"mp4", b"avc", b"M4V", b"das", b"MSN", b"mmp")


class Refused(enum.StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    PHOTO_TOO_LARGE = "photo_too_large"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    TOO_OFTEN = "too_often"
    UNKNOWN = "unknown"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too_many_pixels"
    NO_HEIC = "no_heic"
    NO_ROOM = "no_room"
    BUSY = "busy"
    TOO_COSTLY = "too_costly"
    VIRUS = "virus"


class Change(enum.StrEnum):
    """What of a photo is not in its copy."""

    SMALLER = "smaller"
    FIRST_FRAME = "first_frame"

    @property
    def words(self) -> str:
        match self:
            case Change.SMALLER:
                return _(
                    "This photo is too large for our copy, so the copy is smaller. Can small things in it still be read? To be "
                    "sure, take it out and add it again as several screenshots, or with “Also keep the original photo”."
                )
            case Change.FIRST_FRAME:
                return _(
                    "This photo moves. Our copy shows only how it begins. To give us all of it, take it out and add it again "
                    "with “Also keep the original photo”."
                )


@dataclass(frozen=True)
class Added:
    """A file that was taken, the name its owner knows it by, and what was lost of it where no original is kept."""

    kept: Kept
    name: str
    change: Change | None = None

    @property
    def words(self) -> str:
        return KINDS[self.kept.kind].words


def kind_of(first: bytes) -> str | None:
    """What a file is by its first bytes, of what may come; None for anything else."""
    for beginning, kind in _BEGINNINGS:
        if first.startswith(beginning):
            return kind
    if first[:4] == b"RIFF":
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(first[8:12])
    if first[:4] == b"\x1aE\xdf\xa3":
        return "webm" if b"webm" in first else None
    if first[4:8] == b"ftyp":
        brand = first[8:12]
        return _BRANDS.get(brand) or ("3gp" if brand[:2] == b"3g" else "mp4" if brand[:3] in _MP4_BRANDS else None)
    return None


def name_of(given: str | None) -> str:
    """A file's name to say to whoever chose it; where it lay on their device is left out."""
    name = one_line((given or "").replace("\\", "/").rsplit("/", 1)[-1])
    return name if len(name) <= MAX_NAME_LENGTH else f"{name[: MAX_NAME_LENGTH - 12]}…{name[-10:]}"


def take_in(
    chosen: Sequence[tuple[str, Incoming]], room: int, sender: Sender, *, originals: bool = False
) -> tuple[list[Added], list[tuple[str, Refused]]]:
    """Of what was chosen, what can be kept in `room` more files, and why not the rest, each by its name.

    Of many broken ones not all are looked at: they must not keep the others waiting.
    """
    added: list[Added] = []
    looked_at = room + MAX_FILES
    until = virus_check.deadline()
    refused = [(name, Refused.TOO_MANY) for name, _incoming in chosen[looked_at:]]
    with contextlib.ExitStack() as held:
        is_in_line = not any(_is_photo(incoming) for _name, incoming in chosen)
        if not is_in_line:
            with contextlib.suppress(TimeoutError):
                held.enter_context(picture_jobs.place_in_line(sender))
                is_in_line = True
        for name, incoming in chosen[:looked_at]:
            try:
                if len(added) >= room:
                    raise _Refusal(Refused.TOO_MANY)
                if not is_in_line and _is_photo(incoming):
                    raise _Refusal(Refused.BUSY)
                kept, change = _take(incoming, sender)
            except _Refusal as problem:
                refused.append((name, problem.why))
                continue
            kept = kept if kept.kind == CLEANED else _checked(kept, until)
            has_original = kept.kind == CLEANED and originals and len(added) + 1 < room
            added.append(Added(kept, name, None if has_original else change))
            if has_original:
                added.append(Added(_checked(incoming.keep(str(kind_of(incoming.first))), until), name))
            elif kept.kind == CLEANED and originals:
                refused.append((name, Refused.TOO_MANY))
    return added, refused


def _checked(kept: Kept, until: float) -> Kept:
    """With what the virus scanner says of it: it is kept all the same, sealed, and whoever opens it is told."""
    return replace(kept, check_said=virus_check.check(kept.chunks(), until))


def _is_photo(incoming: Incoming) -> bool:
    kind = kind_of(incoming.first)
    return kind is not None and KINDS[kind].is_photo


class _Refusal(Exception):
    def __init__(self, why: Refused) -> None:
        self.why = why


def _take(incoming: Incoming, sender: Sender) -> tuple[Kept, Change | None]:
    if not incoming.size:
        raise _Refusal(Refused.EMPTY)
    if incoming.has_no_room:
        raise _Refusal(Refused.NO_ROOM)
    kind = kind_of(incoming.first)
    if kind is None:
        raise _Refusal(Refused.UNKNOWN)
    if not KINDS[kind].is_photo:
        if incoming.is_too_large:
            raise _Refusal(Refused.TOO_LARGE)
        return incoming.keep(kind), None
    if incoming.size > MAX_PHOTO_BYTES:
        raise _Refusal(Refused.PHOTO_TOO_LARGE)
    return _clean(incoming, sender)


def _clean(original: Incoming, sender: Sender) -> tuple[Kept, Change | None]:
    clean = original.another(MAX_FILE_BYTES)
    try:
        ended = picture_jobs.clean_photo(original, clean, sender)
    except TimeoutError:
        raise _Refusal(Refused.BUSY) from None
    if ended in CHANGES and clean.size and not clean.is_too_large:
        return clean.keep(CLEANED), CHANGES[ended]
    raise _Refusal(REFUSALS.get(ended, Refused.DAMAGED))


CHANGES: dict[int, Change | None] = {
    Outcome.CLEAN: None,
    Outcome.SMALLER: Change.SMALLER,
    Outcome.FIRST_FRAME: Change.FIRST_FRAME,
}
REFUSALS: dict[int, Refused] = {
    Outcome.TOO_MANY_PIXELS: Refused.TOO_MANY_PIXELS,
    Outcome.NO_HEIC: Refused.NO_HEIC,
    Outcome.TOO_COSTLY: Refused.TOO_COSTLY,
}


def refusal_in_words(name: str, why: Refused) -> str:
    name = f"\u2068{name}\u2069"  # it may be in another direction than the sentence
    match why:
        case Refused.EMPTY:
            return _("“%(name)s” is empty. Choose it again, or leave it out.", name=name)
        case Refused.PHOTO_TOO_LARGE:
            return _(
                "“%(name)s” is too large. A photo can have up to 10 MB: make it smaller, or take a new one.", name=name
            )
        case Refused.TOO_LARGE:
            return _("“%(name)s” is too large. A recording or a PDF can have up to 25 MB: make it shorter.", name=name)
        case Refused.TOO_MANY:
            return _("“%(name)s” was not added: there can be 8 files. Take one out first.", name=name)
        case Refused.TOO_OFTEN:
            return _(
                "“%(name)s” was not added: many files came from your network in this hour. Try again later.", name=name
            )
        case Refused.UNKNOWN:
            return _(
                "“%(name)s” is not a photo, recording or PDF that we can take. A photo of the screen works too.",
                name=name,
            )
        case Refused.DAMAGED:
            return _(
                "“%(name)s” cannot be opened: a part of it may be missing. Choose it again, or take a photo of it.",
                name=name,
            )
        case Refused.TOO_MANY_PIXELS:
            return _("“%(name)s” is too big a picture. Make it smaller, or take a photo of it.", name=name)
        case Refused.NO_ROOM:
            return _("“%(name)s” was not added: we have no room for files just now. Go on without it.", name=name)
        case Refused.BUSY:
            return _(
                "“%(name)s” was not added: many people add files just now. Try again, or go on without it.", name=name
            )
        case Refused.TOO_COSTLY:
            return _(
                "“%(name)s” takes too long to open. Take a photo of it or a screenshot, and add that instead.",
                name=name,
            )
        case Refused.VIRUS:
            return _("“%(name)s” was not added: the virus check found something in it.", name=name)
        case Refused.NO_HEIC:
            return _(
                "“%(name)s” is in a form that we cannot open here (HEIC). Save it as JPEG, or take a photo of the screen.",
                name=name,
            )
