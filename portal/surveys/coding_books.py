"""What each coder gave to written answers, and what was settled: sealed to the survey team as one for each, opened together."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import select

from portal.db import session
from portal.surveys.agreement import Agreement, agreement_on
from portal.surveys.coding_models import CodingFrame, CodingPart
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Keyring

OTHER, NOTHING = "other", "nothing_codeable"
FIXED = (OTHER, NOTHING)
FIRST, SECOND, SETTLED = 1, 2, 0
_LABEL = "survey.coding/1"
_PAD = 16 * 1024


@dataclass(frozen=True)
class Book:
    """What one coder gave, opened. `asked`: the answers in the order in which they are shown."""

    row: CodingPart
    asked: Sequence[uuid.UUID] = ()
    codes: Mapping[uuid.UUID, Sequence[str]] = field(default_factory=dict)
    unreadable: frozenset[uuid.UUID] = frozenset()
    """Damaged: nobody can code them, and nothing counts them."""

    @property
    def done(self) -> int:
        return sum(each in self.codes or each in self.unreadable for each in self.asked)

    @property
    def is_done(self) -> bool:
        return self.done == len(self.asked)

    @property
    def is_handed_in(self) -> bool:
        return self.row.handed_in_at is not None

    def left_at(self, page_size: int) -> int:
        """The first page, from 1, with an answer that has no code; the last where all have."""
        open_ones = [n for n, each in enumerate(self.asked) if each not in self.codes and each not in self.unreadable]
        return (open_ones[0] if open_ones else max(0, len(self.asked) - 1)) // page_size + 1


@dataclass(frozen=True)
class Coding:
    """A frame with what its coders gave; whoever shows it keeps a coder from what the other gave until both are done."""

    frame: CodingFrame
    books: Mapping[int, Book]

    def of(self, coder: str) -> Book | None:
        return next((book for book in self.coders if book.row.coder == coder), None)

    @property
    def coders(self) -> list[Book]:
        return [self.books[place] for place in (FIRST, SECOND) if place in self.books]

    @property
    def are_both_in(self) -> bool:
        return len(self.coders) == 2 and all(book.is_handed_in for book in self.coders)

    @cached_property
    def pairs(self) -> dict[uuid.UUID, tuple[Sequence[str], Sequence[str]]]:
        """What both gave to each answer that both coded."""
        first, second = (book.codes for book in self.coders)
        return {each: (first[each], second[each]) for each in second if each in first}

    @cached_property
    def differences(self) -> list[uuid.UUID]:
        return [each for each, (first, second) in self.pairs.items() if set(first) != set(second)]

    @property
    def settled(self) -> Mapping[uuid.UUID, Sequence[str]]:
        return self.books[SETTLED].codes if SETTLED in self.books else {}

    @property
    def unsettled(self) -> list[uuid.UUID]:
        return [each for each in self.differences if each not in self.settled]

    @cached_property
    def final(self) -> dict[uuid.UUID, Sequence[str]]:
        """The first coder's codes, but for what was settled otherwise."""
        return dict(self.books[FIRST].codes) | dict(self.settled)

    def agreement(self) -> dict[str, Agreement]:
        """On each code, by what the coders gave at first."""
        return {code: agreement_on(code, self.pairs.values()) for code in codes_of(self.frame)}


def codes_of(frame: CodingFrame) -> list[str]:
    return [each["code"] for each in frame.codes] + list(FIXED)


def open_coding(held: Keyring, frame: CodingFrame) -> Coding:
    """Raises SealError where what a coder gave is damaged, or this keyring does not open it."""
    parts = session.scalars(select(CodingPart).where(CodingPart.frame_id == frame.id).order_by(CodingPart.place))
    return Coding(frame, {part.place: opened(part, held) for part in parts})


def opened(part: CodingPart, held: Keyring) -> Book:
    content = sealing.unseal(part.sealed, key_of(part, held), _LABEL, part.id)
    return Book(
        part,
        [uuid.UUID(each) for each in content["asked"]],
        {uuid.UUID(each): codes for each, codes in content["codes"].items()},
        frozenset(map(uuid.UUID, content["unreadable"])),
    )


def key_of(part: CodingPart, held: Keyring) -> bytes:
    found = keyholders.content_keys(held, [part.id]).get(part.id)
    if found is None:
        raise sealing.SealError("sealed to another team")
    return found


def seal(part: CodingPart, key: bytes, book: Book) -> None:
    content: dict[str, Any] = {
        "asked": [each.hex for each in book.asked],
        "codes": {each.hex: list(codes) for each, codes in book.codes.items()},
        "unreadable": sorted(each.hex for each in book.unreadable),
    }
    part.sealed = sealing.seal(content, key, part.id, _LABEL, part.id, _PAD)
