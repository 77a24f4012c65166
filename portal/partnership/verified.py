"""Whether a named person has made sure of a fact lately: for twelve months it may be relied on."""

from __future__ import annotations

from datetime import date


def is_verified(verified_on: date | None, verified_by: str, today: date) -> bool:
    """Within the last 12 months; a check on 29 February holds to 28 February."""
    if not verified_on or not verified_by:
        return False
    return verified_on <= today <= a_year_after(verified_on)


def a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)
