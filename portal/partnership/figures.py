"""Who publishes figures: any survey manager, or another than the one who drafted them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FigureRules:
    second_person: bool = False
    """Whether figures are published by somebody else than whoever drafted them."""


ANYBODY = FigureRules()
