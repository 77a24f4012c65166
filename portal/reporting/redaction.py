"""Blacking out names, places and numbers in a copy that goes to a partner, in whatever usual spelling they stand there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

BAR = "█████"
_BETWEEN_DIGITS = r"[\s()-]*"
_ALIKE = str.maketrans(
    dict.fromkeys("’‘‛ʼʻ′`´＇", "'")
    | dict.fromkeys("‐‑‒–—―−", "-")
    # Letters that have no accent to take off, and are written without one where a keyboard has none.
    | {"ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ø": "o", "Ø": "o", "ı": "i", "ħ": "h", "Ħ": "h"}
    | {"æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe"}
    # Arabic and Urdu keyboards have letters of their own that look alike or stand for each other.
    | {"ي": "ی", "ى": "ی", "ك": "ک"}
    | dict.fromkeys("هةەۃھ", "ہ")
)
# Letters that nobody sees, beside those that Unicode calls signs of format (Cf).
_INVISIBLE = re.compile("[\u034f\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")


@dataclass(frozen=True)
class _Folded:
    """A text in one spelling, and for each of its letters from which letter of the text it is."""

    letters: str
    origins: list[int]


def blank_out(text: str, hidden: Iterable[str]) -> str:
    """Each of these words or phrases is a black bar, wherever it stands as whole words and however it is usually spelled.

    Capitals, accents, the kind of apostrophe, look-alike letters, invisible ones, and spaces, dashes or brackets between
    digits make no difference. A phrase that ends in `*` hides whatever goes on from it in the same word. A bar is as long
    as any other; all that is not hidden stays as it was.
    """
    folded = _fold(text)
    spans = sorted(span for phrase in set(hidden) for span in _spans(text, folded, phrase))
    made, at = [], 0
    for begins, ends in spans:
        if begins >= at:
            made += [text[at:begins], BAR]
        at = max(at, ends)
    return "".join(made) + text[at:]


def not_found(texts: Collection[str], hidden: Iterable[str]) -> list[str]:
    """Those of the phrases that hide nothing in any of these."""
    folded = [(text, _fold(text)) for text in texts]
    return [
        phrase
        for phrase in dict.fromkeys(hidden)
        if not any(_spans(text, in_one_spelling, phrase) for text, in_one_spelling in folded)
    ]


def _spans(text: str, folded: _Folded, phrase: str) -> list[tuple[int, int]]:
    """Where it stands in the text, from which letter up to which."""
    pattern, is_beginning = _pattern(phrase), phrase.strip().endswith("*")
    letters, found, at = folded.letters, [], 0
    while pattern is not None and (match := pattern.search(letters, at)) is not None:
        begins, ends = match.span()
        while is_beginning and ends < len(letters) and _is_of_a_word(letters[ends]):
            ends += 1
        is_whole = not (begins and _is_of_a_word(letters[begins - 1])) and not (
            ends < len(letters) and _is_of_a_word(letters[ends])
        )
        if is_whole:
            found.append((folded.origins[begins], _end_in(text, folded, ends)))
        at = ends if is_whole else begins + 1
    return found


def _end_in(text: str, folded: _Folded, ends: int) -> int:
    """After the last letter that is hidden, with the accents that stand apart behind it."""
    last = folded.origins[ends - 1] + 1
    following = folded.origins[ends] if ends < len(folded.origins) else len(text)
    marks = [at for at in range(last, following) if unicodedata.category(text[at]).startswith("M")]
    return marks[-1] + 1 if marks else last


def _pattern(phrase: str) -> re.Pattern[str] | None:
    """None where there is nothing to look for."""
    letters = _fold(phrase.strip().rstrip("*")).letters.strip()
    made = ""
    for part in re.findall(r"\d(?:[\s()-]*\d)*|\s+|[^\d\s]+", letters):
        if part[0].isdecimal():
            made += _BETWEEN_DIGITS.join(digit for digit in part if digit.isdecimal())
        else:
            made += r"\s+" if part.isspace() else re.escape(part)
    return re.compile(made) if made else None


def _fold(text: str) -> _Folded:
    letters: list[str] = []
    origins: list[int] = []
    for at, letter in enumerate(text):
        for folded in _fold_letter(letter):
            letters.append(folded)
            origins.append(at)
    return _Folded("".join(letters), origins)


@lru_cache(maxsize=4096)
def _fold_letter(letter: str) -> str:
    """In small letters, without accents, empty where nobody sees it; a digit of any script as 0 to 9."""
    plain = unicodedata.normalize("NFKD", letter.translate(_ALIKE).casefold())
    seen = "".join(each for each in plain if not _is_dropped(each)).translate(_ALIKE)
    return "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in seen)


def _is_dropped(letter: str) -> bool:
    """Accents, the vowel signs of Arabic and Hebrew, and what is invisible; no sign that makes another letter, as in Tamil."""
    position = unicodedata.combining(letter)
    is_accent = position == 1 or 10 <= position <= 36 or position >= 200
    return is_accent or unicodedata.category(letter) == "Cf" or bool(_INVISIBLE.match(letter))


def _is_of_a_word(letter: str) -> bool:
    """Signs that belong to a letter, as in Tamil and Urdu, are of the word too."""
    return unicodedata.category(letter)[0] in "LMN"
