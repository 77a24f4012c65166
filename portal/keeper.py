#!/usr/bin/env python3
"""Keep the daily values of a portal's log, on a computer that is not the portal's, and say when one of them changes.

A program on its own: Python 3.9 or newer, nothing else. Run it once a day:

    python3 keeper.py https://portal.example/log.txt kept.txt
    python3 keeper.py check proof.json kept.txt

The first line keeps every value that the portal ever showed in `kept.txt` and compares. The second checks a proof that
the portal's people gave you against the values that you kept. Each says what it found in a sentence.

Exit status: 0 all is as it was; 1 a value that was shown before was changed, or a day is missing, or a proof does not
hold; 2 it could not be looked up or nothing new came; 3 this program was called wrongly.

How a value is made stands in docs/audit.md, and in the functions below: the portal itself uses them.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import sys
import threading
from datetime import date, datetime, timedelta, timezone
from hashlib import blake2b, sha256
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

WELL, CHANGED, SILENT, MISUSED = 0, 1, 2, 3
# What the first line of the portal's list, and the format of a proof, must be.
LIST_FORMAT, PROOF_FORMAT = "portal-log/1", "portal-log-proof/1"
# Before the first day there is no value.
BEGINNING = "0" * 64
# Reasons for which a day has no value.
MISSED, RESTORED = "missed", "restored"
SHOWN = re.compile(r"(\d{4}-\d\d-\d\d) ([0-9a-f]{64}|none (?:missed|restored))\Z")
# Two hundred years of days are 6 MB; a proof of one day is much smaller.
MOST_BYTES = 8_000_000
MOST_SECONDS = 60
# A list whose newest day is older is not being written any more.
SILENT_AFTER = timedelta(days=2)
# Of one day so many values are kept: whoever shows another each time does not fill your disk.
MOST_VALUES_A_DAY = 5


class Trouble(Exception):
    """It could not be looked up, or what came is not what it should be; says why in a sentence."""


class Opened(NamedTuple):
    """What a proof shows of one leaf under a day's root."""

    secret: bytes
    said: bytes
    place: int
    path: tuple[bytes, ...]


def leaf(secret: bytes, said: bytes) -> bytes:
    """A hash that tells nothing of what it is made of to whoever has not its secret."""
    return sha256(b"portal-log-leaf\n" + secret + said).digest()


def levels(leaves: list[bytes]) -> list[list[bytes]]:
    """The tree over these, whose number is a power of two: the leaves first, its root alone in the last level."""
    found = [leaves]
    while len(found[-1]) > 1:
        below = found[-1]
        found.append([_both(below[at], below[at + 1]) for at in range(0, len(below), 2)])
    return found


def path_to(place: int, tree: list[list[bytes]]) -> tuple[bytes, ...]:
    """The hash beside the leaf at `place`, and the one beside each above it."""
    return tuple(level[(place >> height) ^ 1] for height, level in enumerate(tree[:-1]))


def root_above(opened: Opened) -> bytes:
    """The root under which that leaf stands at that place."""
    found = leaf(opened.secret, opened.said)
    for height, beside in enumerate(opened.path):
        found = _both(beside, found) if opened.place >> height & 1 else _both(found, beside)
    return found


def _both(left: bytes, right: bytes) -> bytes:
    return sha256(b"portal-log-node\n" + left + right).digest()


def value_of(before: str, day: date, root: bytes) -> str:
    """What is published for a day; `before` is the value published last."""
    return sha256(f"portal-log-day\n{before}\n{day.isoformat()}\n{root.hex()}\n".encode()).hexdigest()


def link(before: bytes, entry: list[Any]) -> bytes:
    """How an entry of the log holds on to the one before: number, moment, who, what, about what."""
    return blake2b(before + json.dumps(entry).encode(), digest_size=32).digest()


def read_list(text: str) -> dict[date, str]:
    """The portal's list by day: a value, or `none` and why. Raises Trouble."""
    first, *lines = text.split("\n")
    if first.split(" ")[0] != LIST_FORMAT:
        raise Trouble("The address does not show a portal's log.")
    found: dict[date, str] = {}
    for line in filter(None, lines):
        day, value = _day_and_value(line)
        if found and day <= max(found):
            raise Trouble(f"The portal's list is not in order at {day}.")
        found[day] = value
    return found


def _day_and_value(line: str) -> tuple[date, str]:
    matched = SHOWN.match(line)
    try:
        if matched:
            return date.fromisoformat(matched[1]), matched[2]
    except ValueError:
        pass
    raise Trouble(f"A line is not a day and its value: {line[:90]!r}.")


def compare(kept: dict[date, list[str]], shown: dict[date, str], now: date) -> list[str]:
    """What is not as it was, a sentence each. `kept` is given what is new."""
    found = []
    # A portal whose clock is ahead by a day is not alarming; of later days nothing is kept.
    shown = {day: value for day, value in shown.items() if day <= now + timedelta(days=1)}
    for day in sorted(kept):
        if day not in shown:
            found.append(f"The day {day} is missing: the portal showed a value for it before.")
        elif shown[day] == f"none {RESTORED}" and kept[day][0] != shown[day]:
            found.append(
                f"The value of {day} is gone: the portal says that a backup was put back. Ask what was lost with it."
            )
        elif shown[day] != kept[day][0] or len(kept[day]) > 1:
            found.append(f"The value of {day} was changed after it was shown.")
    days = sorted(shown)
    for day, following in zip(days, days[1:]):  # noqa: B905, RUF007 (Python 3.9)
        if following - day > timedelta(days=1):
            found.append(f"The portal's list has no line between {day} and {following}.")
    for day, value in shown.items():
        values = kept.setdefault(day, [])
        if value not in values and len(values) < MOST_VALUES_A_DAY:
            values.append(value)
    return found


class _StaysThere(HTTPRedirectHandler):
    """No other address is asked: who leads there may have been put in between."""

    def redirect_request(self, *_: Any) -> None:
        raise Trouble("The portal's address leads to another one; give that one, if you trust it.")


def fetch(address: str) -> str:
    """The portal's list. Raises Trouble."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_computer(parts.hostname or "")):
        raise Trouble("The address must begin with https://, or anybody on the way could change what you see.")
    came: list[Any] = []
    # In a thread of its own: a server that sends a letter a minute keeps nobody waiting longer than this.
    asking = threading.Thread(target=_ask, args=(address, came), daemon=True)
    asking.start()
    asking.join(MOST_SECONDS)
    if not came:
        raise Trouble("The portal was too slow.")
    if isinstance(came[0], Trouble):
        raise came[0]
    return str(came[0])


def _ask(address: str, came: list[Any]) -> None:
    """Puts there the list, or the Trouble."""
    request = Request(address, headers={"User-Agent": "portal-keeper/1", "Cache-Control": "no-cache"})  # noqa: S310
    try:
        with build_opener(_StaysThere).open(request, timeout=MOST_SECONDS) as answer:
            body = answer.read(MOST_BYTES + 1)
        came.append(body.decode("ascii") if len(body) <= MOST_BYTES else Trouble("The portal sent too much."))
    except Trouble as trouble:
        came.append(trouble)
    except URLError as problem:
        came.append(Trouble(f"The portal does not answer ({problem.reason})."))
    except UnicodeDecodeError:
        came.append(Trouble("The address does not show a portal's log."))
    except (OSError, ValueError, HTTPException) as problem:
        came.append(Trouble(f"The portal does not answer ({type(problem).__name__})."))


def _is_this_computer(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_kept(path: Path, address: str | None = None) -> dict[date, list[str]]:
    """What was kept by day, the value that was shown first first; nothing where nothing was. Raises Trouble."""
    try:
        text = path.read_text(encoding="ascii") if path.exists() else ""
    except (OSError, ValueError):
        raise Trouble(f"{path} cannot be read.") from None
    found: dict[date, list[str]] = {}
    for number, line in enumerate(filter(None, text.split("\n"))):
        if number == 0:
            if address is not None and line != f"kept of {address}":
                raise Trouble(f"{path} holds the values of another address: {line.replace('kept of ', '', 1)}.")
            continue
        day, value = _day_and_value(line)
        found.setdefault(day, []).append(value)
    return found


def write_kept(path: Path, address: str, kept: dict[date, list[str]]) -> None:
    """Whole or not at all, so that a loss of power leaves what was there. Raises Trouble."""
    lines = [f"{day} {value}\n" for day in sorted(kept) for value in kept[day]]
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with unfinished.open("w", encoding="ascii") as file:
            file.write(f"kept of {address}\n" + "".join(lines))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as problem:
        raise Trouble(f"{path} cannot be written ({problem.strerror}).") from None


def keep(address: str, path: Path) -> tuple[list[str], int]:
    """Look up, compare, keep; what to say, and the exit status."""
    kept = read_kept(path, address)
    shown, now = read_list(fetch(address)), datetime.now(timezone.utc).date()  # noqa: UP017 (Python 3.9)
    found = compare(kept, shown, now)
    if kept:
        write_kept(path, address, kept)
    if found:
        return found, CHANGED
    if not shown or now - max(shown) > SILENT_AFTER:
        newest = max(shown).isoformat() if shown else "never"
        return [f"The portal is silent: its newest day is {newest}."], SILENT
    return [f"All is as it was: {len(kept)} days are kept, to {max(shown)}."], WELL


def check(proof: Any, kept: dict[date, list[str]]) -> tuple[list[str], int]:
    """Whether a proof holds and is about the values that were kept; what to say, and the exit status. Raises Trouble."""
    try:
        if proof["format"] != PROOF_FORMAT:
            raise Trouble("This is not a proof of a portal's log, or one for a newer keeper.")
        before, day = bytes.fromhex(proof["before"]).hex(), date.fromisoformat(proof["day"])
        chain = [(date.fromisoformat(each["day"]), bytes.fromhex(each["root"])) for each in proof["days"]]
        heads = [(date.fromisoformat(each["day"]), _opened(each)) for each in proof["heads"]]
        acts = [(each["entry"], bytes.fromhex(each["before"]), _opened(each)) for each in proof["acts"]]
        said = [
            f"Act {number}, {at}: {actor}, {action}, {subject}." for (number, at, actor, action, subject), *_ in acts
        ]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Trouble("The proof is damaged: it cannot be read.") from None
    if not chain or chain[0][0] != day:
        return [f"The proof does not begin with {day}."], CHANGED
    roots = dict(chain)
    for each, root in chain:
        before = value_of(before, each, root)
        if each not in kept:
            return [f"You kept no value of {each}, so the proof cannot be held against it."], SILENT
        if kept[each][0] != before:
            return [f"The proof does not lead to the value of {each} that you kept."], CHANGED
    missing = [each for each in kept if day < each <= chain[-1][0] and each not in roots and _has_value(kept[each])]
    if missing:
        return [f"The proof leaves {min(missing)} out, of which you kept a value."], CHANGED
    for each, head in heads:
        if head.place != 0 or roots.get(each) != root_above(head):
            return [f"The end of the log that the proof shows is not the one published for {each}."], CHANGED
    if {each for each, _head in heads} != {day, chain[-1][0]}:
        return ["The proof does not show both ends of the log."], CHANGED
    for entry, link_before, opened in acts:
        if opened.said != link(link_before, entry) or root_above(opened) != roots[day]:
            return [f"Act {entry[0]} is not in what was published for {day}."], CHANGED
    whole = f"The proof holds: the log as it was on {day} is what was published, and {chain[-1][0]} goes on from it."
    return [whole, *said], WELL


def _has_value(values: list[str]) -> bool:
    return not values[0].startswith("none")


def _opened(each: dict[str, Any]) -> Opened:
    path = tuple(bytes.fromhex(beside) for beside in each["path"])
    return Opened(bytes.fromhex(each["secret"]), bytes.fromhex(each["said"]), int(each["place"]), path)


def main(given: list[str]) -> int:
    try:
        if len(given) == 3 and given[0] == "check":
            said, status = _check_file(Path(given[1]), Path(given[2]))
        elif len(given) == 2:
            said, status = keep(given[0], Path(given[1]))
        else:
            said, status = ["keeper.py ADDRESS KEPT-FILE, or: keeper.py check PROOF-FILE KEPT-FILE"], MISUSED
    except Trouble as trouble:
        said, status = [str(trouble)], SILENT
    for sentence in said:
        print("".join(c if c.isprintable() else "?" for c in sentence))  # noqa: T201 (a program that says what it found)
    return status


def _check_file(proof: Path, kept: Path) -> tuple[list[str], int]:
    try:
        if proof.stat().st_size > MOST_BYTES:
            raise Trouble("The proof is too large to be one.")
        content = json.loads(proof.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise Trouble(f"{proof} cannot be read.") from None
    if not kept.exists():
        raise Trouble(f"{kept} is not there: nothing was kept yet.")
    return check(content, read_kept(kept))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
