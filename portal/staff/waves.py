"""Survey managers publish a questionnaire, open a wave and close it."""

from __future__ import annotations
