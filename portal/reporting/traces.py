"""What a text names that leads to one vehicle or one account online: number plates, handles and addresses of pages."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from portal.reporting.everyday_words import SHORT_WORDS

# DVLA, INF104: since 2001 two letters, two digits and three letters; from 1983 a letter, one to three digits and three
# letters; from 1963 the other way round; Northern Ireland has three letters of which one is a Z or an I, and digits.
_NOW = re.compile(r"(?<![^\W_])([A-Z0]{2})([ -]?)([0-9OI]{2})([ -]?)([A-Z01]{3})(?![^\W_])", re.IGNORECASE)
_FROM_1983 = re.compile(r"(?<![^\W_])([A-Z])()([1-9][0-9]{0,2})([ -]?)([A-Z]{3})(?![^\W_])", re.IGNORECASE)
_FROM_1963 = re.compile(r"(?<![^\W_])([A-Z]{3})([ -]?)([0-9]{1,3})()([A-Z])(?![^\W_])", re.IGNORECASE)
_NORTHERN_IRELAND = re.compile(r"(?<![^\W_])([A-Z]{2}Z)([ -]?)([0-9]{3,4})()()(?![^\W_])", re.IGNORECASE)
_AS_LETTERS, _AS_DIGITS = str.maketrans("01", "OI"), str.maketrans("OI", "01")

_HANDLE = re.compile(r"(?<![\w.@/])@([\w][\w.]{1,28}[\w])(?!@)")
_ADDRESS = re.compile(
    r"(?<![@\w.])(?:https?://)?((?:[a-z0-9-]{1,60}\.){1,4}(?:com|co\.uk|uk|org|net|me|tv|gg|app|io|pl|ro|ru|info))(/[^\s<>\"'“”‘’]{1,200})",
    re.IGNORECASE,
)
# Where the first part of the path is whose page it is.
_NETWORKS = frozenset(
    {"facebook.com", "instagram.com", "snapchat.com", "threads.net", "tiktok.com", "twitter.com", "vk.com", "x.com", "youtube.com"}
)  # fmt: skip
_NOT_A_NAME = frozenset(
    {"add", "channel", "groups", "hashtag", "p", "profile.php", "reel", "share", "user", "video", "watch"}
)
# Pages that anybody names.
_OF_EVERYONE = ("gov.uk", "police.uk", "nhs.uk")


def number_plates(text: str) -> frozenset[str]:
    """UK registrations, without spaces and in capitals; O and 0, I and 1 are read as their place demands."""
    found = set()
    for letters, first_gap, digits, second_gap, more in _NOW.findall(text):
        if digits.isalpha() or not _is_written_as_one(letters, first_gap, second_gap, more):
            continue
        found.add(
            letters.upper().translate(_AS_LETTERS)
            + digits.upper().translate(_AS_DIGITS)
            + more.upper().translate(_AS_LETTERS)
        )
    for pattern in (_FROM_1983, _FROM_1963, _NORTHERN_IRELAND):
        for letters, first_gap, digits, second_gap, more in pattern.findall(text):
            if _is_written_as_one(letters, first_gap, second_gap, more):
                found.add((letters + digits + more).upper())
    return frozenset(found)


def _is_written_as_one(letters: str, first_gap: str, second_gap: str, more: str) -> bool:
    """Not the road, postcode or hour in "the A421 and", "in MK12 the bus" or "at 10 the": apart it is written in one case,
    and in capitals where its first gap is one too.
    """
    if not first_gap and not second_gap:
        return True
    written = letters + more
    if {letters.casefold(), more.casefold()} & SHORT_WORDS:
        return False
    if len(letters) == 2 and not first_gap:
        return written.isupper() or written.islower()
    return written.isupper()


def names_online(text: str) -> frozenset[str]:
    """Handles as `@name`, and addresses of pages without what may differ between two who copy them."""
    found = {f"@{name.casefold().rstrip('.')}" for name in _HANDLE.findall(text)}
    for host, path in _ADDRESS.findall(text):
        site = re.sub(r"^(www|m|mobile|en-gb|old)\.", "", host.casefold())
        parts = [part for part in urlsplit(path.rstrip(".,;:!?)]")).path.split("/") if part]
        if not parts or site.endswith(_OF_EVERYONE):
            continue
        owner = parts[0].casefold().removeprefix("@")
        if site in _NETWORKS and len(parts) == 1 and owner not in _NOT_A_NAME:
            found.add(f"@{owner}")
        else:
            found.add("/".join([site, *parts]).casefold())
    return frozenset(found)
