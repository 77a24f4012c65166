"""How much of a description a poster has room for: the rest is on the event's page, to which its square leads."""

from __future__ import annotations

from dataclasses import dataclass

# A longer title is set smaller.
LONG_TITLE = 80


@dataclass(frozen=True)
class Room:
    """Lines for the description, and how many letters stand in one."""

    lines: int
    letters: int


ROOM = {"a4": Room(14, 75), "a5": Room(9, 65)}


def shortened(text: str, room: Room) -> str | None:
    """Its beginning, to the end of a word, as far as there is room; None where all of it has room."""
    left, kept = room.lines, []
    for line in text.strip().splitlines():
        needed = max(1, -(-len(line) // room.letters))
        if needed > left:
            kept.append(_to_a_word(line[: left * room.letters - 1]))
            return "\n".join(kept).rstrip() + "…"
        kept.append(line)
        left -= needed
    return None


def _to_a_word(line: str) -> str:
    """Without the word that is cut off; one word that fills all of it is cut."""
    whole, blank, _cut = line.rpartition(" ")
    return (whole if blank else line).rstrip(" ,;:–-")
