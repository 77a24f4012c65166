"""Figures are drafted from a closed wave, looked at, and published by a person."""

from __future__ import annotations
