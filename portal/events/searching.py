"""How the words of events are compared with what someone looks for: in small letters and without accents."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from portal.partnership.place_search import SAME


def searchable(texts: Iterable[str]) -> str:
    """What a search reads of these: nothing that is looked for stands over the end of one."""
    return "\n".join(map(folded, texts))


# Kept: most events have the same few organisers and venues, and every search reads those of all.
@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """In small letters and without accents, so that "Cafe" finds "café"."""
    if text.isascii():
        return text.casefold()
    # Apart before as well: a letter of mathematics has no small one, but is the form of a letter that has.
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(SAME)
    # Not all marks: those of Tamil and Bengali are vowels.
    return "".join(one for one in apart if not unicodedata.combining(one) and unicodedata.category(one) != "Cf")
