"""What somebody chooses and writes who adds a picture to an event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FileField, StringField

from portal.events.kept_back import tells
from portal.files.picture_jobs import Sender
from portal.files.public_pictures import NotTaken, Picture, in_words, take_picture
from portal.files.store import Incoming
from portal.text import one_line
from portal.web.forms import AtMost, Filled, Form

MAX_SAID = 200


class PictureForm(Form):
    picture = FileField(_l("Picture"))
    said = StringField(
        _l("What can be seen on it?"),
        filters=[one_line],
        validators=[Filled(_l("Write what can be seen on the picture.")), AtMost(MAX_SAID)],
    )


def keeps_back(field: StringField, secrets: Iterable[str]) -> bool:
    if not tells(field.data or "", secrets):
        return True
    field.errors = [*field.errors, _("Everyone reads this. Take out the link or the address that is not public.")]
    return False


def take(field: Any, chosen: list[tuple[str, Incoming]], sender: Sender) -> Picture | None:
    if len(chosen) != 1:
        field.errors = [_("Choose one picture.")]
        return None
    name, incoming = chosen[0]
    try:
        return take_picture(incoming, sender)
    except NotTaken as problem:
        field.errors = [in_words(name, problem.why)]
        return None
