"""Names of columns that SPSS and R take as they are, the same in every wave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

# SPSS (Command Syntax Reference, "Variable Names") and R (?Reserved); both in capitals or not, SPSS takes them for one.
RESERVED = frozenset(
    [
        "all",
        "and",
        "by",
        "eq",
        "ge",
        "gt",
        "le",
        "lt",
        "ne",
        "not",
        "or",
        "to",
        "with",
        "if",
        "else",
        "repeat",
        "while",
        "function",
        "for",
        "next",
        "break",
        "true",
        "false",
        "null",
        "inf",
        "nan",
        "na",
        "in",
    ]
)
MAX_NAME = 64
FACTS = (
    "row", "wave", "version", "sample", "mode", "language", "reviewed", "flagged",
    "signal_straight", "signal_empty", "signal_fast", "signal_trap", "signal_same", "weight", "base_weight", "stratum", "release",
)  # fmt: skip
"""Columns that no question asks."""


def legal_names(parts: Sequence[str]) -> list[str]:
    """A name for each column that SPSS and R take, from "question" or "question.option"; the same in every wave.

    Where a name would be too long, reserved, a fact's or another's, the end of it is eight digits made of the codes.
    """
    plain = [part.replace(".", "__") for part in parts]
    times = Counter(plain)
    names = []
    for part, name in zip(parts, plain, strict=True):
        is_fine = len(name) <= MAX_NAME and name not in RESERVED and name not in FACTS and not name.endswith("_")
        if not is_fine or times[name] > 1:
            name = f"{name[: MAX_NAME - 9]}_{blake2b(part.encode(), digest_size=4).hexdigest()}"
        names.append(name)
    return names
