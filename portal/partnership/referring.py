"""What the partners agreed about referrals: for which reasons of law one may be told without consent, and how one ends there."""

from __future__ import annotations

from dataclasses import dataclass

from portal.languages.words import Words
from portal.partnership.toml_records import CODE, FILLED, key


@dataclass(frozen=True, kw_only=True)
class OverrideReason:
    """Why an officer may tell a partner what its reporter did not agree to. `check`: nobody has looked the law up yet."""

    code: str = key(CODE)
    words: Words
    law: str = key(FILLED)
    check: bool = False


@dataclass(frozen=True, kw_only=True)
class Disposition:
    """What an agency says became of a referral. Rows keep its code: retire one, never reuse its code."""

    code: str = key(CODE)
    words: Words
    retired: bool = False
