"""Eighteen months of invented reports, each marked as a sample: their words, their days, and what was written since."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from secrets import token_bytes
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy.orm import Session

from portal.db import random_id, today
from portal.files import store
from portal.files.store import Kept
from portal.files.uploads import CLEANED, MAX_FILE_BYTES
from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after
from portal.reporting.conversations import unlock_conversation
from portal.reporting.models import Report, Source, State
from portal.reporting.storing import store_report
from portal.sample.endings import add_ending
from portal.sample.progress import add_clocks, give_owner, over_since, state_of, tell_if_it_helped
from portal.sample.talk import add_talk, draw_turns
from portal.sample.told import AND, IN_FULL, MARK, REPLIES, SHORT, Told
from portal.small_counts import month_after, months_from
from portal.staff.models import StaffMember
from portal.vault import receipts
from portal.vault.keyholders import Keyring

Owners = Mapping[str, Sequence[StaffMember]]
"""By kind of report, the officers who work on it."""

# The months that are over and have reports, so that a quarter can be held against the same one a year ago.
MONTHS = 18
# Reports in a month: a year has its seasons, and each year more people know of the portal.
SEASON = (0.8, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.2, 1.1, 1.1, 0.9, 0.8)
FEWEST, MOST = 19, 30
# How many in a hundred tell of each kind, and how they come.
KINDS = {"hate": 26, "asb": 66, "not_sure": 8}
SOURCES = {"web": 82, "phone": 9, "in_person": 3, "centre": 6}
LANGUAGES = {"en": 78, "ro": 8, "pl": 8, "ur": 6}
PLACES = {
    "e-fishermead": 9, "e-netherfield": 8, "e-conniburrow": 6, "p-central-milton-keynes": 11, "e-coffee-hall": 5, "e-beanhill": 5,
    "p-wolverton-greenleys": 9, "p-stony-stratford": 4, "p-new-bradwell": 4, "p-bletchley-fenny-stratford": 14,
    "p-great-linford": 6, "e-bradville": 4, "e-bancroft": 2, "e-broughton": 4, "p-kents-hill-monkston": 3,
    "p-loughton-great-holm": 3, "e-bradwell-common": 3, "p-hanslope": 1, None: 8,
}  # fmt: skip
# Of the newest, so many are told in full.
IN_FULL_SHARE = 0.35
# How many days ago those reports came whose receipts are printed, and how far they are: one has an answer, one is new.
PRINTED = ((12, State.ACTION), (0, State.NEW), (58, State.CLOSED))
# In a hundred, of those that are closed; of open ones see portal/sample/casework.py.
IMMEDIATE_RISK = 5
PHOTO_DAYS = 60
OPEN_WORDS = 0.12
WHEN = ("today", "yesterday", "last_7_days", "longer_ago", "keeps_happening", "not_sure")


def add_reports(db: Session, owners: Owners, held: Keyring) -> list[str]:
    """Eighteen months of reports, older ones further along; returns the receipts of those in PRINTED."""
    rng = random.Random(2018)  # noqa: S311 (the same reports each time)
    days = _days(rng)
    for number, day in enumerate(days):
        state, closed_on = state_of(rng, day)
        told = _told(rng, number >= len(days) - len(IN_FULL) * 3)
        store_sample(db, rng, told, day, owners, held, state, closed_on=closed_on)
    printed = []
    for age, state in PRINTED:
        day = today() - timedelta(days=age)
        closed_on = working_days_after(day, 20, current_partnership().bank_holidays)
        printed.append(receipts.draw())
        told, over = replace(IN_FULL[0], open_words=True), closed_on if state is State.CLOSED else None
        store_sample(db, rng, told, day, owners, held, state, closed_on=over, digits=printed[-1])
    return printed


def _days(rng: random.Random) -> list[date]:
    """Day by day, oldest first, up to today."""
    first = month_after(today().replace(day=1), -MONTHS)
    found = []
    for number, month in enumerate(months_from(first, today())):
        reports = round((FEWEST + (MOST - FEWEST) * number / MONTHS) * SEASON[month.month - 1] * rng.uniform(0.9, 1.1))
        length = (month_after(month) - month).days
        found += [month + timedelta(days=rng.randrange(length)) for _report in range(reports)]
    return sorted(day for day in found if day <= today())


def _told(rng: random.Random, is_recent: bool) -> Told:
    """In full, or shortly with a sentence more, so that two that tell of the same seldom say the same."""
    if is_recent and rng.random() < IN_FULL_SHARE:
        return rng.choice(IN_FULL)
    kind, language = _chosen(rng, KINDS), _chosen(rng, LANGUAGES)
    fitting = [one for one in SHORT if (one.kind, one.language) == (kind, language)]
    one = rng.choice(fitting or [one for one in SHORT if one.kind == kind])
    text = f"{one.text} {rng.choice(AND[one.language])}"
    reply = rng.choice(REPLIES[kind])
    return replace(one, text=text, reply=reply, open_words=rng.random() < OPEN_WORDS)


def _chosen(rng: random.Random, shares: Mapping[Any, int]) -> Any:
    return rng.choices(list(shares), list(shares.values()))[0]


def _photo() -> Kept:
    """A drawing of bags and a fridge by a garage door, which nobody takes for a photo of a real place."""
    with store.Incoming(MAX_FILE_BYTES) as written:
        picture = Image.new("RGB", (800, 600), "#cfc4b2")
        draw = ImageDraw.Draw(picture)
        draw.rectangle((0, 430, 800, 600), "#6b7678")
        draw.rectangle((80, 130, 520, 430), "#e2efed", "#4a5759", 4)
        for height in range(180, 430, 50):
            draw.line((80, height, 520, height), "#4a5759", 3)
        draw.rounded_rectangle((560, 210, 700, 470), 12, "#ffffff", "#4a5759", 4)
        for left in (240, 330, 440):
            draw.ellipse((left, 390, left + 120, 520), "#1f2a2c")
        draw.text((30, 20), MARK, "#1f2a2c", font_size=40)
        drawn = io.BytesIO()
        picture.save(drawn, "JPEG")
        written.write(drawn.getvalue())
        return written.keep(CLEANED)


def store_sample(
    db: Session,
    rng: random.Random,
    told: Told,
    day: date,
    owners: Owners,
    held: Keyring,
    state: State,
    *,
    closed_on: date | None = None,
    digits: str = "",
) -> Report:
    """One report of that day and all that has come of it since. `digits` is its receipt, where somebody has that."""
    age = (today() - day).days
    is_at_risk = closed_on is not None and rng.randrange(100) < IMMEDIATE_RISK
    answers: dict[str, Any] = {
        "kind": {"kind": told.kind},
        "narrative": {"narrative": f"{MARK} {told.text}"},
        "when": {"when": rng.choice(WHEN)},
        "where": {"place": _chosen(rng, PLACES)},
        "risk": {"risk": "yes" if is_at_risk and not digits else rng.choice(("no", "not_sure"))},
        "check": {"open_words": told.open_words},
    } | told.more
    source = _chosen(rng, SOURCES)
    if source != Source.WEB and not digits:
        centre = f"{MARK} Orchid Centre" if source == Source.CENTRE else ""
        answers["taken"] = {"source": Source.IN_PERSON.value if centre else source, "centre": centre}
    # Nobody has the receipts of the others: to derive a key from one takes longer than all the rest.
    keys = receipts.derive(digits) if digits else receipts.ReceiptKeys(token_bytes(32), token_bytes(32))
    files = [asdict(_photo())] if told.has_photo and age < PHOTO_DAYS else []
    content = {"token": random_id().hex, "answers": answers, "files": files}
    report = store_report(db, content, keys, told.language, state, day)
    key = unlock_conversation(report, keys)
    db.flush()
    # What has come since goes into the database at once, which is much quicker than one by one.
    with db.no_autoflush:
        owner = give_owner(db, rng, report, owners[report.kind.value])
        turns = draw_turns(rng, report, told, over_since(report, closed_on))
        add_talk(db, report, key, told, turns, owner.display_name)
        add_clocks(db, rng, report, closed_on, turns)
        if closed_on is not None:
            add_ending(db, rng, report, key, held, owner.display_name, closed_on, len(turns) + 2)
            if not digits:
                tell_if_it_helped(db, rng, report, closed_on)
    return report
