"""Reading a code of digits that somebody typed: each form says in its own words what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wtforms import Field
from wtforms.validators import ValidationError

from portal.vault import receipts


def read_digits(field: Field, letters: Any, counted: Callable[[int], str], length: int = receipts.DIGITS) -> str:
    """Its so many digits; none where another check refused it already, which may be for being too long to look at.

    `letters` is said where something else stands among the right number of digits, `counted` where there are more or fewer.
    Raises ValidationError.
    """
    if field.errors:
        return ""
    try:
        return receipts.read(field.data or "", length)
    except receipts.NotAReceipt as problem:
        raise ValidationError(letters if problem.typed == length else counted(problem.typed)) from None
