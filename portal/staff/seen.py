"""Which version an editor's page shows: it comes back unseen, and tells whether somebody else saved meanwhile."""

from __future__ import annotations

from typing import Any

from wtforms import IntegerField
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from portal.web.forms import Form


class SeenField(IntegerField):
    widget = HiddenInput()

    def __init__(self, **named: Any) -> None:
        super().__init__(validators=[Optional(strip_whitespace=False)], **named)

    def show(self, version: int) -> None:
        """The page shows this one now, whatever came back."""
        self.data, self.raw_data = version, None


class SeenForm(Form):
    """A button of one thing's page: what the page showed."""

    seen = SeenField()
