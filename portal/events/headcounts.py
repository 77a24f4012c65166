"""How many people came, as people write it: "about 40", "1,200", "٤٠"."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MOST = 100_000
# In the languages of the portal, and as they are cut short.
ABOUT = (
    "about", "around", "approximately", "approx", "roughly", "some", "circa", "ca", "c",
    "około", "ok", "mniej więcej", "jakieś",
    "aproximativ", "aprox", "cam", "circa", "vreo", "în jur de",
    "تقریباً", "تقریبا", "لگ بھگ", "قریب", "کوئی",
)  # fmt: skip
PEOPLE = (
    "people", "persons", "person",
    "osób", "osoby", "osoba",
    "de persoane", "persoane", "persoană", "de oameni", "oameni",
    "لوگ", "افراد", "لوگوں",
)  # fmt: skip
NOBODY = ("none", "nobody", "no one", "nikt", "nimeni", "کوئی نہیں")


class NotACount(ValueError):
    """It says no number of people."""


class BelowNothing(NotACount):
    """It is below 0."""


class TooMany(NotACount):
    """So many do not come to an event here."""


@dataclass(frozen=True)
class Count:
    number: int
    is_about: bool


def read_count(typed: str) -> Count:
    """The number that is written, and whether it is an estimate. Raises NotACount."""
    said = _plain(typed)
    if said in map(_plain, NOBODY):
        return Count(0, is_about=False)
    is_about = False
    while word := _first_of(ABOUT, said) or _sign(said):
        is_about, said = True, said[len(word) :].lstrip(" .")
    for word in map(_plain, PEOPLE):
        said = said.removesuffix(f" {word}")
    if re.fullmatch(r"[-−–] ?[\d.,' ]+", said):
        raise BelowNothing
    # Groups of three, with one and the same mark between them; what stands after a last other mark is no part of a person.
    grouped = re.fullmatch(r"\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*", said)
    if not said.isascii() or not (said.isdecimal() or grouped):
        raise NotACount
    figures = re.sub(r"\D", "", said).lstrip("0") or "0"
    if len(figures) > len(str(MOST)) or int(figures) > MOST:
        raise TooMany
    return Count(int(figures), is_about)


def _plain(text: str) -> str:
    """In small letters and one spelling: digits of any script as ours, the marks of Arabic numbers and every space too."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    seen = (letter for letter in folded if unicodedata.category(letter) != "Cf")
    spelled = "".join(str(unicodedata.decimal(letter, letter)) for letter in seen)
    return " ".join(spelled.translate(str.maketrans("٬،٫’", ",,.'")).split())


def _first_of(words: tuple[str, ...], said: str) -> str:
    """The longest of the words with which it begins, as a word of its own."""
    found = [word for word in map(_plain, words) if re.match(rf"{re.escape(word)}(?:[ .]|(?=\d))", said)]
    return max(found, key=len, default="")


def _sign(said: str) -> str:
    return said[0] if said[:1] in ("~", "≈", "±") else ""
