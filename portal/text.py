"""What people write, made safe to keep and to show: words stay as they were written, invisible tricks go."""

from __future__ import annotations

import re
import unicodedata

# C0 and C1 controls but tab and newline, lone surrogates, and the overrides that make a line read backwards.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\ufeff]")


def plain(written: str | None) -> str:
    """Plain text as typed: one kind of line break, nothing a reader cannot see that changes what they read."""
    text = (written or "").replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNWANTED.sub("", text)).strip()
