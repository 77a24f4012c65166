"""Who publishes figures, and on which terms anybody may use what is published as data."""

from __future__ import annotations

from dataclasses import dataclass

from portal.partnership.toml_records import FILLED, WEB, key


@dataclass(frozen=True, kw_only=True)
class FigureRules:
    second_person: bool = False
    """Whether figures are published by somebody else than whoever drafted them."""
    licence: str = key(FILLED, default="Open Government Licence v3.0")
    licence_url: str = key(WEB, default="https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/")
    """Where the licence can be read: a link, which no page opens by itself."""


ANYBODY = FigureRules()
