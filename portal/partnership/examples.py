"""What in a partnership's file still is the example's and not the partnership's own, wherever in it that stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from portal.languages.words import Words

# RFC 2606: names that never lead anywhere.
ADDRESS = re.compile(r"\bexample\.(?:com|net|org|edu)\b|[.@]example\b", re.IGNORECASE)
# In a name or an address the word itself; in prose it is an ordinary one.
WORD = re.compile(r"(?<!for )\bexample\b", re.IGNORECASE)


def examples(record: Any, at: str = "") -> Iterator[str]:
    """The keys of all texts of a dataclass, at any depth, that still are an example, each once."""
    match record:
        case str():
            if ADDRESS.search(record) or WORD.search(record):
                yield at
        case Words() if at.rpartition(".")[2] == "name":
            yield from dict.fromkeys(found for text in record.values() for found in examples(text, at))
        case Words():
            if any(ADDRESS.search(text) for text in record.values()):
                yield at
        case Mapping():
            for name, value in record.items():
                yield from examples(value, f"{at}.{name}")
        case tuple():
            for number, each in enumerate(record, 1):
                code = getattr(each, "code", None)
                yield from examples(each, f"{at}.{code}" if code else f"{at} number {number}")
        case _ if is_dataclass(record):
            for one in fields(record):
                yield from examples(getattr(record, one.name), f"{at}.{one.name}" if at else one.name)
