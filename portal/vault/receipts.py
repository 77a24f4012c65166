"""Codes of digits that are the only way back: a report's receipt, and that to a survey's saved answers.

They are drawn, read as typed, and turned into two keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from secrets import choice

from portal import text
from portal.config import secrets, settings
from portal.flock import one_of
from portal.vault import sealing
from portal.vault.keyholders import Vault, VaultError, find_vault

DIGITS = 16
GROUP = 4
# OWASP ASVS 5.0 6.5.2: a lookup secret under 112 bits needs a password hash; 53 bits and 19 MiB, two passes.
OPS = 2
MEMORY = 19 * 2**20
MAX_DERIVATIONS = 2


class NotAReceipt(ValueError):
    """What was typed cannot be a receipt number; `typed` is how many digits it has."""

    def __init__(self, typed: int) -> None:
        super().__init__(f"{typed} digits")
        self.typed = typed


@dataclass(frozen=True)
class ReceiptKeys:
    """`lookup` finds the report, `key` opens its conversation. Neither tells the digits, nor each other."""

    lookup: bytes
    key: bytes


def draw(length: int = DIGITS) -> str:
    """So many random digits."""
    return "".join(choice("0123456789") for _ in range(length))


def digits_of(drawn: bytes) -> str:
    """The code that these bytes, which only one page can work out, stand for."""
    return str(int.from_bytes(drawn) % 10**DIGITS).zfill(DIGITS)


def groups(digits: str) -> list[str]:
    return [digits[i : i + GROUP] for i in range(0, len(digits), GROUP)]


def read(typed: str, length: int = DIGITS) -> str:
    """The so many digits of what a person typed: any script's digits, with whatever stands between them.

    Raises NotAReceipt.
    """
    found = text.digits(typed)
    if len(found) != length or re.search(r"[^\W\d_]", typed):
        raise NotAReceipt(len(found))
    return found


def derive(digits: str, use: str = "receipt") -> ReceiptKeys:
    """The keys for one use only. Argon2id under the installation's salt, then its pepper: a stolen database alone cannot be searched.

    Two at once on the whole machine, so that guessing cannot fill its memory.
    """
    vault: Vault | None = find_vault()
    if vault is None:
        raise VaultError("There is no vault yet.")
    with one_of([settings().data / f"derive-{n}.lock" for n in range(MAX_DERIVATIONS)]):
        stretched = sealing.stretch(digits, vault.receipt_salt, ops=OPS, memory=MEMORY, size=64)
    pepper = secrets().pepper
    return ReceiptKeys(
        lookup=sealing.derive(pepper, f"{use} lookup", stretched), key=sealing.derive(pepper, f"{use} key", stretched)
    )
