"""What a partnership's file names of the questions that reports are asked: it must be there."""

from __future__ import annotations

from portal.partnership.file import Partnership
from portal.partnership.toml_records import known_codes
from portal.reporting.questions.asb import ASB_TYPES
from portal.reporting.questions.risk import check_answers


def check_file(partnership: Partnership) -> None:
    """Raises Wrong."""
    check_answers(partnership)
    for desk in partnership.desks:
        known_codes(desk.types, {*ASB_TYPES["types"].texts}, f"desks.{desk.code}.types", "the types of problem")
