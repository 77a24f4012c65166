"""What looks like a machine and not like a person: such a report is held for someone to look at first, and never refused."""

from __future__ import annotations

import re

# Eight pages at the least are opened, read and answered.
MIN_SECONDS = 12.0
# Someone who tells of hate online may well name two pages.
MAX_LINKS = 2
HELD_FROM = 2
_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)


def looks_automatic(*, seconds: float, is_trapped: bool, text: str) -> bool:
    """`seconds` from beginning to sending; `is_trapped` where a box was filled in that no person sees."""
    return score(seconds=seconds, is_trapped=is_trapped, text=text) >= HELD_FROM


def score(*, seconds: float, is_trapped: bool, text: str) -> int:
    """Two points for each sign that hardly a person gives, one for each link beyond the usual, three at most."""
    links = len(_LINK.findall(text)) - MAX_LINKS
    return 2 * is_trapped + 2 * (seconds < MIN_SECONDS) + min(max(links, 0), 3)
