"""What a group's own calendar says, as our calendar can have it: clean, bounded, and without what is for those who ask."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit

from portal.db import LOCAL_TIME
from portal.events.kept_back import gives_away, kept_back, tells
from portal.events.proposal_contents import Content
from portal.events.services import Facts, Written
from portal.events.source_entries import MAX_ENTRIES, Damaged, DateChange, Entry, Read
from portal.events.source_models import Skipped
from portal.events.source_rules import CannotFollow, Series, horizon_of, quarter_of, series
from portal.events.times import local
from portal.text import one_line, plain, rich, unmarked

MAX_TITLE, MAX_TEXT, MAX_VENUE, MAX_ADDRESS, MAX_WEB = 160, 4000, 120, 200, 400
LONGEST = timedelta(days=31)
_WEB = re.compile(r"https?://[^\s<>\"/?#@]+\.[^\s<>\"/?#@]+([/?#][^\s<>\"]*)?", re.IGNORECASE)
_LINK = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
# Whose addresses are rooms to meet in: whoever has one may walk in.
_ROOMS = (
    "zoom.us", "zoom.com", "teams.microsoft.com", "teams.live.com", "meet.google.com", "webex.com", "gotomeeting.com", "meet.goto.com",
    "whereby.com", "meet.jit.si", "bluejeans.com", "8x8.vc", "join.skype.com", "bigbluebutton.org",
)  # fmt: skip
_ROOM_LINK = re.compile(
    r"(?<![\w.@/-])(?:https?://(?:[\w.-]{1,100}@)?)?(?:[a-z0-9-]{1,63}\.){0,4}(?:"
    + "|".join(map(re.escape, _ROOMS))
    + r")(?:/[^\s<>\"']*|(?=[\s<>\"'?]|$))(?:\?[^\s<>\"']*)?",
    re.IGNORECASE,
)
# What programs write beside such an address.
_KEY_TO_A_ROOM = re.compile(
    r"pass\s?code|passwor[dt]|meeting id|conference id|meeting number|dial[ -]in|join (?:zoom|teams|microsoft|with google)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One event as the calendar has it, or one date alone."""

    key: str
    content: Content
    is_cancelled: bool
    changes: tuple[DateChange, ...] = ()

    @property
    def digest(self) -> bytes:
        """Of all that it says."""
        said = [self.content.as_stored(), self.is_cancelled, [vars(one) for one in self.changes]]
        return blake2b(json.dumps(said, default=str, sort_keys=True).encode(), digest_size=16).digest()

    @property
    def is_complete(self) -> bool:
        """Whether it says where it is: what does not is not made public unseen."""
        return bool(self.content.facts.venue or self.content.facts.online_link)


@dataclass(frozen=True, kw_only=True)
class Source:
    """What is known of the calendar itself."""

    group: str
    language: str
    ask: str
    """What stands for the cost where nothing is said: an empty one would mean that it is free."""


@dataclass
class Understood:
    wanted: list[Wanted] = field(default_factory=list)
    skipped: Counter[Skipped] = field(default_factory=Counter)


def understand(
    read: Read,
    source: Source,
    begun: Callable[[str], date | None],
    now: datetime,
    is_late: Callable[[], bool] = lambda: False,
) -> Understood:
    """What is to come of it, soonest first. `begun` gives the day from which a series is followed already.

    Raises Damaged where `is_late` says so.
    """
    found = Understood(skipped=Counter(read.skipped))
    by_uid: dict[str, list[Entry]] = defaultdict(list)
    for entry in read.entries:
        by_uid[entry.uid].append(entry)
    for uid, entries in by_uid.items():
        if is_late():
            raise Damaged
        alone = [one for one in entries if one.planned_at is not None]
        masters = [one for one in entries if one.planned_at is None]
        try:
            # One that is written twice is what it was written as last.
            found.wanted += _of_one(uid, masters[-1:], alone, source, begun(uid), now, found.skipped)
        except CannotFollow:
            found.skipped[Skipped.RULE] += 1
    found.wanted.sort(key=lambda one: (one.content.facts.starts_at, one.key))
    if len(found.wanted) > MAX_ENTRIES:
        found.skipped[Skipped.TOO_MANY] += len(found.wanted) - MAX_ENTRIES
        del found.wanted[MAX_ENTRIES:]
    return found


def _of_one(
    uid: str,
    masters: list[Entry],
    alone: list[Entry],
    source: Source,
    begun: date | None,
    now: datetime,
    skipped: Counter[Skipped],
) -> list[Wanted]:
    """All that one UID stands for."""
    day, made = local(now).date(), _Making(uid, source, now, skipped)
    if not masters or not (masters[0].rule or masters[0].added):
        for entry in [*masters, *alone]:
            made.add(entry, entry.starts_at, "" if entry.planned_at is None else _name_of(entry.planned_at))
        return made.wanted
    (master,) = masters
    since, horizon = begun or day, horizon_of(day)
    if master.rule:
        try:
            spread = series(master.rule, master.starts_at, since, horizon)
        except CannotFollow:
            # One that has gone on for long is followed from this quarter on.
            spread = series(master.rule, master.starts_at, max(since, quarter_of(day)), horizon)
    else:
        first = master.starts_at.date()
        spread = Series([first] if since <= first <= horizon else [], "")
    planned = {local(one.planned_at).date(): one for one in alone if one.planned_at is not None}
    left_out = {local(one).date() for one in master.left_out}
    if spread.rule and not master.added:
        changes = [_change(found, master, one_day) for one_day, found in planned.items() if one_day in spread.days]
        off = [DateChange(day=one_day) for one_day in left_out & set(spread.days) - planned.keys()]
        made.add_series(master, spread, sorted([*changes, *off], key=lambda one: one.day))
        return made.wanted
    extra = {local(one).date() for one in master.added if since <= local(one).date() <= horizon}
    for one_day in sorted({*spread.days, *extra} - left_out):
        if one_day in planned:
            made.add(planned[one_day], planned[one_day].starts_at, one_day.isoformat())
        else:
            made.add(master, _on(one_day, master.starts_at), one_day.isoformat())
    return made.wanted


def _name_of(planned_at: datetime) -> str:
    return local(planned_at).date().isoformat()


def _on(day: date, starts_at: datetime) -> datetime:
    return datetime.combine(day, local(starts_at).time().replace(fold=0), LOCAL_TIME)


def _change(entry: Entry, master: Entry, day: date) -> DateChange:
    if entry.is_cancelled:
        return DateChange(day=day)
    venue, address, _room = _place(entry)
    is_elsewhere = (venue, address) != _place(master)[:2]
    return DateChange(
        day=day,
        starts_at=entry.starts_at.astimezone(UTC),
        ends_at=entry.ends_at.astimezone(UTC),
        venue=venue if is_elsewhere else "",
        address=address if is_elsewhere and venue else "",
    )


class _Making:
    """What becomes of one UID's entries, and why others are left."""

    def __init__(self, uid: str, source: Source, now: datetime, skipped: Counter[Skipped]) -> None:
        self.uid, self.source, self.now, self.skipped = uid, source, now, skipped
        self.wanted: list[Wanted] = []

    def add(self, entry: Entry, starts_at: datetime, name: str) -> None:
        starts = starts_at.astimezone(UTC)
        self._add(entry, starts, name, {})

    def add_series(self, master: Entry, spread: Series, changes: list[DateChange]) -> None:
        starts = _on(spread.days[0], master.starts_at).astimezone(UTC)
        last = _on(spread.days[-1], master.starts_at) + (master.ends_at - master.starts_at)
        again = {"rule": spread.rule, "last_date": spread.days[-1]}
        if last >= self.now:
            self._add(master, starts, "", again, tuple(changes))

    def _add(
        self, entry: Entry, starts: datetime, name: str, again: dict[str, Any], changes: tuple[DateChange, ...] = ()
    ) -> None:
        length = entry.ends_at - entry.starts_at
        if length > LONGEST:
            self.skipped[Skipped.TOO_LONG] += 1
        elif local(starts).date() > horizon_of(local(self.now).date()):
            self.skipped[Skipped.FAR] += 1
        elif again or starts + length >= self.now:
            title = one_line(entry.title)
            if not title:
                self.skipped[Skipped.NO_TITLE] += 1
                return
            content = content_of(entry, title, starts, starts + length, self.source, again)
            self.wanted.append(
                Wanted(key=f"{self.uid}\n{name}", content=content, is_cancelled=entry.is_cancelled, changes=changes)
            )


def content_of(
    entry: Entry, title: str, starts: datetime, ends: datetime, source: Source, again: dict[str, Any]
) -> Content:
    """One event, clean. What its words say of an online room is taken out of them."""
    venue, address, room = _place(entry)
    title = _room_in(title)[1].strip(" ,;:-") or source.group
    text = plain(unmarked(rich(entry.text[: MAX_TEXT * 4])) if "<" in entry.text else entry.text[: MAX_TEXT * 4])
    web = one_line(entry.web)
    if _is_room(web):
        room, web = room or web, ""
    found, text = _room_in(text)
    room = room or found or _room_in(entry.title)[0]
    text = "\n".join(line for line in text.split("\n") if not _KEY_TO_A_ROOM.search(line))
    web = web if len(web) <= MAX_WEB and _WEB.fullmatch(web) else ""
    facts = Facts(
        starts_at=starts,
        ends_at=ends,
        venue=cut(venue, MAX_VENUE),
        address=cut(address, MAX_ADDRESS),
        place_code=None,
        organiser=source.group,
        contact="",
        web_address=web,
        cost=source.ask if entry.cost is None else cut(one_line(entry.cost), 120),
        languages=[],
        access={},
        is_online=bool(room),
        online_link=room,
        **again,
    )
    written = Written(
        language=source.language,
        title=cut(title, MAX_TITLE),
        typed=cut(plain(text), MAX_TEXT) or title,
        by=source.group,
    )
    return _keeping_back(Content(facts, written))


def _keeping_back(content: Content) -> Content:
    """Whatever still says the way into the room goes, line by line; a title that does is the group's name."""
    facts, written = content.facts, content.written
    if not gives_away(facts, written):
        return content
    secrets = kept_back(online_link=facts.online_link, is_place_on_request=False, venue="", address="")
    title = facts.organiser if tells(written.title, secrets) else written.title
    kept = "\n".join(line for line in written.typed.split("\n") if not tells(line, secrets))
    web = "" if tells(facts.web_address, secrets) else facts.web_address
    words = Written(language=written.language, title=title, typed=plain(kept) or title, by=written.by)
    return Content(Facts(**vars(facts) | {"web_address": web}), words)


def _place(entry: Entry) -> tuple[str, str, str]:
    """Venue, address and online room; a room that was written as the place is no place."""
    lines = [one_line(said) for said in (entry.venue, entry.address)]
    links = [link for line in lines for link in _LINK.findall(line)]
    venue, address = (_LINK.sub("", line).strip(" ,;-") for line in lines)
    said = one_line(entry.room)
    rooms = [one for one in (said, *links) if one.lower().startswith("https://") and len(one) <= MAX_WEB]
    room = next((one for one in rooms if _WEB.fullmatch(one) and (one == said or _is_room(one))), "")
    return cut(venue, MAX_VENUE), cut(address, MAX_ADDRESS), room


def _room_in(text: str) -> tuple[str, str]:
    """The first address of an online room that the text says, with or without https, and the text without any of them."""
    rooms = [link for link in _ROOM_LINK.findall(text) if len(link) <= MAX_WEB]
    room = f"https://{rooms[0].partition('://')[2] or rooms[0]}" if rooms else ""
    return room if _WEB.fullmatch(room) else "", _ROOM_LINK.sub("", text)


def _is_room(link: str) -> bool:
    try:
        host = (urlsplit(link).hostname or "").lower()
    except ValueError:
        return False
    return link.lower().startswith(("https://", "http://")) and any(
        host == one or host.endswith(f".{one}") for one in _ROOMS
    )


def cut(text: str, most: int) -> str:
    """Not longer than `most`, and seen to be cut where it is."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def same_title(title: str) -> str:
    """A title as it is compared: letters and digits alone."""
    return "".join(letter for letter in title.casefold() if letter.isalnum())


def is_same_place(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether two places, each a venue and an address, may be one: where either says nothing, or the one holds the other."""
    first, second = same_title("".join(one)), same_title("".join(other))
    venue, other_venue = same_title(next(iter(one), "")), same_title(next(iter(other), ""))
    return (
        not first
        or not second
        or first in second
        or second in first
        or (bool(venue) and venue in second)
        or (bool(other_venue) and other_venue in first)
    )
