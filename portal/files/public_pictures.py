"""A picture for a public page: made anew like every photo that comes, small, and handed on instead of stored."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from portal.files import picture, picture_jobs
from portal.files.picture_jobs import Sender
from portal.files.store import Incoming
from portal.files.uploads import CHANGES, KINDS, MAX_PHOTO_BYTES, REFUSALS, Refused, kind_of, refusal_in_words

# As wide as a page shows it on a sharp screen, and no file that a phone pays for.
LONGEST_SIDE = 1200
MAX_BYTES = 2 * 1024 * 1024
ACCEPT = "image/jpeg,image/png,image/webp"


@dataclass(frozen=True)
class Picture:
    jpeg: bytes
    width: int
    height: int


class NotTaken(Exception):
    """Why it is no picture that can be shown."""

    def __init__(self, why: Refused) -> None:
        super().__init__(why)
        self.why = why


def take_picture(chosen: Incoming, sender: Sender) -> Picture:
    """What can be seen on it, and nothing else that the file says. Raises NotTaken."""
    kind = kind_of(chosen.first)
    if not chosen.size:
        raise NotTaken(Refused.EMPTY)
    if chosen.has_no_room:
        raise NotTaken(Refused.NO_ROOM)
    if kind is None or not KINDS[kind].is_photo:
        raise NotTaken(Refused.UNKNOWN)
    if chosen.size > MAX_PHOTO_BYTES:
        raise NotTaken(Refused.PHOTO_TOO_LARGE)
    made = chosen.another(MAX_BYTES)
    try:
        with picture_jobs.place_in_line(sender):
            ended = picture_jobs.clean_photo(chosen, made, sender, LONGEST_SIDE)
    except TimeoutError:
        raise NotTaken(Refused.BUSY) from None
    if ended not in CHANGES or not made.size or made.is_too_large:
        raise NotTaken(REFUSALS.get(ended, Refused.DAMAGED))
    made.seek(0)
    jpeg = b"".join(made.chunks())
    frame = picture.jpeg_frame(jpeg)
    return Picture(jpeg, frame.width, frame.height)


def in_words(name: str, why: Refused) -> str:
    if why is Refused.UNKNOWN:
        return _(
            "“%(name)s” is not a picture that we can take. Choose a JPEG, PNG or WebP.", name=f"\u2068{name}\u2069"
        )
    return refusal_in_words(name, why)
