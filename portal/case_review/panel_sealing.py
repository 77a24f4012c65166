"""The two keys of a panel: one for what it keeps to itself, one for what it and the applicant both read.

Both follow from the review's keys and lead back to neither: who is given a panel's keys opens its papers, and of the
review nothing else.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from portal.vault import sealing
from portal.vault.sealing import SealError

# What 4,000 characters of any script take: a long text and a short one are one length.
LONG_PAD = 16 * 1024
# A name, an agency, a place, a reason.
SHORT_PAD = 4 * 1024
# A long text with its translation.
TRANSLATED_PAD = 2 * LONG_PAD
MAX_TEXT = 4_000
MAX_REASON = 1_000
MAX_LINE = 200


@dataclass(frozen=True)
class PanelKeys:
    shared: bytes
    """The applicant's as well."""
    papers: bytes = b""
    """Nothing inside for the applicant."""


def of_staff(review_id: uuid.UUID, own: bytes, talk: bytes) -> PanelKeys:
    """For whoever holds the review's own key and that of the talk with the applicant."""
    return PanelKeys(of_applicant(review_id, talk).shared, sealing.derive(own, "case review papers", review_id.bytes))


def of_applicant(review_id: uuid.UUID, talk: bytes) -> PanelKeys:
    return PanelKeys(sealing.derive(talk, "case review panel", review_id.bytes))


def wrap(keys: PanelKeys, public: bytes) -> bytes:
    """For one member alone."""
    return sealing.wrap(keys.shared + keys.papers, public)


def unwrap(wrapped: bytes, private: bytes) -> PanelKeys:
    """Raises SealError."""
    both = sealing.unwrap(wrapped, private)
    return PanelKeys(both[: sealing.KEY_SIZE], both[sealing.KEY_SIZE :])


def seal(content: dict[str, Any], key: bytes, label: str, row: uuid.UUID, review_id: uuid.UUID, pad: int) -> bytes:
    return sealing.seal(content, key, review_id, f"case_review.{label}/1", row, pad)


def opened(blob: bytes | None, key: bytes, label: str, row: uuid.UUID) -> dict[str, Any] | None:
    """None where there is nothing, or it is damaged: one damaged part hides no other."""
    if blob is None:
        return None
    try:
        return sealing.unseal(blob, key, f"case_review.{label}/1", row)
    except SealError:
        return None
