"""Whether two reports may tell of one thing, and why: it suggests, in words, and a person decides.

Compared are place, days, street, number plates, names online, what was ticked and the words used. What most reports say
weighs nothing, what few say weighs most (inverse document frequency); endings and slips of the pen are read over.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from rapidfuzz import fuzz, process

from portal.reporting.everyday_words import ANY_REPORT, ANY_SENTENCE, AROUND_STREETS, OF_STREETS, STREET_FORMS
from portal.reporting.traces import names_online, number_plates

# At this many points two reports are suggested: see `compare`.
ENOUGH = 4.0
NEAR_DAYS, SAME_SEASON_DAYS = 14, 60
# In hundredths, as rapidfuzz measures: two spellings of one word, of one street, of one text.
SAME_WORD, SAME_STREET, SAME_TEXT = 84, 88, 85
MIN_WORDS = 5
MOST_WORDS_SHOWN = 6
# A word of at most so many reports, or of so small a share of them, is rare; of up to ten times as many, half as telling.
FEW, RARE_SHARE = 3, 0.01

_TOKEN = re.compile(r"(?:[^\W_]|[\u0300-\u036f\u064b-\u0670\u0900-\u0dff\u200c\u200d])+")
_MARKS = re.compile(r"[\u0300-\u036f\u064b-\u0652\u0670\u200c\u200d]")
# Letters that are typed in two ways; of Arabic script those of Urdu keyboards and of Arabic ones.
_ONE_LETTER = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "ي": "ی", "ى": "ی", "ك": "ک", "ه": "ہ", "ة": "ہ"})
_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_STEM = 5


def folded(text: str) -> str:
    """In small letters and without accents, for all scripts alike."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_ONE_LETTER)
    return unicodedata.normalize("NFC", _MARKS.sub("", plain))


def stem(word: str) -> str:
    """What a word has in common with its other forms: `scooter` and `scooters`, `hulajnoga` and `hulajnogę`."""
    return _singular(word)[:_STEM]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


_SAY_NOTHING = frozenset(_singular(folded(word)) for word in (ANY_SENTENCE + ANY_REPORT).split())


def words_of(text: str) -> dict[str, str]:
    """The words that may tell something: by stem, as the text has them first."""
    found: dict[str, str] = {}
    for token in _TOKEN.findall(unicodedata.normalize("NFC", text)):
        # Where no space parts the words, each two signs are taken for one.
        parts = [token[i : i + 2] for i in range(len(token) - 1)] if _WITHOUT_SPACES.search(token) else [token]
        for part in parts:
            flat = folded(part)
            one = stem(flat)
            is_short = len(flat) < (3 if flat.isascii() and not flat.isdecimal() else 2)
            if not is_short and _singular(flat) not in _SAY_NOTHING and one not in found:
                found[one] = part
    return found


@dataclass(frozen=True)
class Account:
    """What one report tells, as far as it is compared. `ticked` are `page:answer`."""

    id: uuid.UUID
    place: str | None
    parish: str | None
    day: date
    text: str
    street: str = ""
    ticked: frozenset[str] = frozenset()

    @cached_property
    def words(self) -> dict[str, str]:
        return words_of(self.text)

    @cached_property
    def sorted_words(self) -> str:
        return " ".join(sorted(self.words))

    @cached_property
    def plates(self) -> frozenset[str]:
        return number_plates(f"{self.text}\n{self.street}")

    @cached_property
    def names(self) -> frozenset[str]:
        return names_online(self.text)

    @cached_property
    def street_words(self) -> tuple[str, ...]:
        tokens = [STREET_FORMS.get(token, token) for token in _TOKEN.findall(folded(self.street))]
        return tuple(token for token in tokens if token not in AROUND_STREETS and not any(c.isdecimal() for c in token))

    @cached_property
    def street_names(self) -> tuple[str, ...]:
        """Those words that are a street's own."""
        return tuple(word for word in self.street_words if word not in OF_STREETS and len(word) > 2)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """House numbers, `12` and `12b`."""
        return frozenset(re.findall(r"(?<![^\W_])\d{1,4}[a-z]?(?![^\W_])", folded(self.street)))


class Rarity:
    """How telling a word is among these reports: from 0, where many have it, to 1."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self.times: Counter[str] = Counter()
        number = 0
        for account in accounts:
            self.times.update(account.words.keys())
            number += 1
        self.rare = max(FEW, number * RARE_SHARE)

    def of(self, word: str) -> float:
        times = self.times[word]
        if times <= self.rare:
            return 1.0
        return 0.5 if times <= 10 * self.rare else 0.0


@dataclass(frozen=True)
class Likeness:
    """Why two reports are alike; `words` are as the first of them has them."""

    points: float
    days_apart: int
    is_same_place: bool = False
    is_same_parish: bool = False
    is_same_street: bool = False
    is_same_number: bool = False
    is_same_text: bool = False
    plates: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    ticked: frozenset[str] = frozenset()

    @property
    def is_near_in_time(self) -> bool:
        return self.days_apart <= SAME_SEASON_DAYS

    @property
    def is_enough(self) -> bool:
        """Never by place, day and ticked answers alone: a noisy parish is not one series."""
        is_told = self.is_same_street or self.is_same_text or self.plates or self.names or len(self.words) > 1
        return bool(is_told) and self.points >= ENOUGH


def compare(one: Account, other: Account, rarity: Rarity) -> Likeness:
    """The same points whichever of the two is `one`.

    One number plate, one name online or one text is enough by itself. So are three rare words that both use and another
    thing beside them; one street, in one parish within a fortnight; one house, at any time.
    """
    days_apart = abs((one.day - other.day).days)
    is_same_place = one.place is not None and one.place == other.place
    is_same_parish = one.parish is not None and one.parish == other.parish
    is_elsewhere = one.parish is not None and other.parish is not None and not is_same_parish
    is_same_street = not is_elsewhere and _is_one_street(one, other)
    is_same_number = is_same_street and not one.numbers.isdisjoint(other.numbers)
    ticked = one.ticked & other.ticked
    plates, names = one.plates & other.plates, one.names & other.names
    points = 1.0 * is_same_parish + 0.5 * bool(ticked) + 2.0 * is_same_street + 1.0 * is_same_number
    points += 1.0 if days_apart <= NEAR_DAYS else 0.5 if days_apart <= SAME_SEASON_DAYS else 0.0
    points += ENOUGH * bool(plates) + ENOUGH * bool(names)
    shared = _shared_words(one, other, rarity, with_slips=points >= 1.0)
    told = sum(weight for _word, weight in shared)
    is_same_text = _is_one_text(one, other, len(shared))
    points += ENOUGH if is_same_text else min(3.0, told)
    return Likeness(
        points=points,
        days_apart=days_apart,
        is_same_place=is_same_place,
        is_same_parish=is_same_parish,
        is_same_street=is_same_street,
        is_same_number=is_same_number,
        is_same_text=is_same_text,
        plates=tuple(sorted(plates)),
        names=tuple(sorted(names)),
        words=tuple(one.words[word] for word, weight in shared if weight)[:MOST_WORDS_SHOWN],
        ticked=ticked,
    )


def _is_one_street(one: Account, other: Account) -> bool:
    if not (one.street_names and other.street_names):
        return False
    if fuzz.token_set_ratio(" ".join(one.street_words), " ".join(other.street_words)) < SAME_STREET:
        return False
    return any(fuzz.ratio(mine, theirs) >= SAME_WORD for mine in one.street_names for theirs in other.street_names)


def _is_one_text(one: Account, other: Account, shared: int) -> bool:
    fewest = min(len(one.words), len(other.words))
    if fewest < MIN_WORDS or 2 * shared < fewest:
        return False
    return fuzz.token_sort_ratio(one.sorted_words, other.sorted_words) >= SAME_TEXT


def _shared_words(one: Account, other: Account, rarity: Rarity, *, with_slips: bool) -> list[tuple[str, float]]:
    """The words that both use, in the order of the first, each with its weight; a slip of the pen counts as the word."""
    both = one.words.keys() & other.words.keys()
    weights = {word: rarity.of(word) for word in both}
    if with_slips:
        weights |= _slips(one.words.keys() - both, other.words.keys() - both, one, other, rarity)
    return [(word, weights[word]) for word in one.words if word in weights]


def _slips(mine: set[str], theirs: set[str], one: Account, other: Account, rarity: Rarity) -> dict[str, float]:
    """Of long words those that are nearly the same, each paired once, the best pair first."""
    left = sorted(word for word in mine if len(one.words[word]) > _STEM and rarity.of(word))
    right = sorted(word for word in theirs if len(other.words[word]) > _STEM and rarity.of(word))
    if not (left and right):
        return {}
    spelt = [folded(other.words[word]) for word in right]
    pairs: list[tuple[float, str, str, str, str]] = []
    for word in left:
        near = process.extract(folded(one.words[word]), spelt, scorer=fuzz.ratio, score_cutoff=SAME_WORD, limit=None)
        for _text, ratio, place in near:
            match = right[place]
            # In an order that is the same from either side.
            pairs.append((-ratio, min(word, match), max(word, match), word, match))
    found: dict[str, float] = {}
    taken: set[str] = set()
    for _ratio, _first, _second, word, match in sorted(pairs):
        if word not in found and match not in taken:
            taken.add(match)
            found[word] = min(rarity.of(word), rarity.of(match))
    return found
