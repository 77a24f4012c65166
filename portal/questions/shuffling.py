"""Options in an order of each person's own, so that what stands first is not chosen more often for standing there.

The orders are those of a balanced Latin square (Williams, 1949) and the same backwards: over all of them each option stands
in each place equally often, and beside each other one equally often. A question with n options has 2n orders, so many people
share each, and which one somebody had tells nothing of who they are.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from portal.questions.question import Option, Question

# All the shuffled questions of one person follow from one draw among so many: together they are no fingerprint either.
DRAWS = 60
# Of an order that nobody knows: it is recorded as none.
UNKNOWN = -1


def draw_of(token: uuid.UUID) -> int:
    """A number below DRAWS, the same whenever the same person looks, from which the token cannot be worked out."""
    return int.from_bytes(sha256(b"order of options" + token.bytes).digest()[:8]) % DRAWS


def shuffled(options: Sequence[Option], draw: int) -> list[Option]:
    """The options in the order of this draw; those that stand apart stay the last, as they were."""
    mixed = [option for option in options if not option.apart]
    return [mixed[place] for place in _order(len(mixed), draw)] + [option for option in options if option.apart]


def as_shown(question: Question, draw: int) -> Question:
    """The question with its options in the order in which this person is shown them."""
    return replace(question, options=tuple(shuffled(question.options, draw))) if question.shuffle else question


def _order(size: int, draw: int) -> list[int]:
    if size == 0:
        return []
    turn, is_backwards = draw % size, draw // size % 2
    # 0, n-1, 1, n-2, ...: each step differs from every other, so that each turn of it has other neighbours.
    first = [place // 2 if place % 2 == 0 else size - 1 - place // 2 for place in range(size)]
    found = [(place + turn) % size for place in first]
    return found[::-1] if is_backwards else found
