"""What a form says of passkeys: with one, no code has to be typed."""

from __future__ import annotations

from typing import Any

from wtforms import Field

from portal.web.forms import Filled


class FilledUnlessPasskey(Filled):
    """Something must be written, but for a form that carries the answer of a device."""

    def __call__(self, form: Any, field: Field) -> None:
        if not form.answer.data:
            super().__call__(form, field)
