"""How far a figure would move if those of whom it is true came to answer more readily than others, or less."""

from __future__ import annotations

from typing import Any

from portal.cohesion.disclosure import percent

RATIO = 1.25
"""Five of the ones for every four of the others: no more than what is common where people choose whether to answer."""
RANDOM = "invited"
"""The one type of sample in which people do not choose themselves: `SampleType.INVITED`."""


def if_chosen(shown: float, base: int) -> dict[str, Any]:
    """The share among all people, in percent, if the shown one came about so: `low` if they answered more readily.

    Made of the shown share, so it tells no more than that.
    """
    share = shown / 100
    low, high = (share / (share + ratio * (1 - share)) for ratio in (RATIO, 1 / RATIO))
    return {"ratio": RATIO, "low": percent(low, base), "high": percent(high, base)}
