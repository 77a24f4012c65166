"""A sample MARAC: one meeting whose minutes are agreed, one that was moved and comes with two cases, one case that waits, and figures."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import random_id, session, today, transaction
from portal.marac import actions, agreeing, hearing, moving, referring, tables
from portal.marac.hearing import OpenItem
from portal.marac.models import ActionState, ChangeReason, MaracQuarter
from portal.marac.referring import Referral
from portal.marac.tables import Seat
from portal.sample.told import MARK
from portal.small_counts import month_after
from portal.staff.models import StaffMember
from portal.vault import keyholders
from portal.vault.keyholders import Keyring

# Who sits at the sample tables, and for whom.
SEATS = (("amina", ""), ("nadia", "police"), ("dev", "council-asb"), ("harriet", "landlord"))
CASES = (
    ("Case A", "high", "He shouts at night, and the family next door has stopped going out. Two partners know them."),
    ("Case B", "very-high", "She is blamed for each broken window, and was followed home twice this month."),
    ("Case C", "medium", "Young people gather by the flats of older tenants, who are afraid to open their doors."),
    ("Case D", "high", "A man who lives alone is visited by people who take his money and stay for days."),
)

# Quarters before the sample, by how long ago: each number is all of it, or that many and more.
QUARTERS = {
    3: {"referred": (16, True), "heard": (11, True), "actions": (10, False)},
    2: {"referred": (23, True), "heard": (19, True), "actions": (31, True), "in_time": (18, True)},
    1: {
        "referred": (31, True), "first": (20, True), "repeat": (11, True), "heard": (24, True), "lower": (13, True),
        "actions": (41, True), "in_time": (29, True),
    },
}  # fmt: skip


def add_marac(recovery: str) -> None:
    """In transactions of its own; each gives keys that the next one opens with."""
    held = keyholders.open_recovery(recovery)
    people = {one.name: one for one in session.scalars(select(StaffMember))}
    seats = [Seat(people[name].id, people[name].member_id, agency) for name, agency in SEATS]
    amina = people["amina"]
    days_ago = (40, 12, 9, 3)
    with transaction() as db:
        db.add_all(_counted(ago, numbers) for ago, numbers in QUARTERS.items())
        cases = [_refer(db, *told, ago) for told, ago in zip(CASES, days_ago, strict=True)]
        past, coming = (
            tables.create(db, today() + timedelta(days=days), "10:00", amina.id, amina.id, seats, held, random_id())
            for days in (-14, 5)
        )
        seen, to = f"{today() + timedelta(days=5)} 10:00", (today() + timedelta(days=7), "10:00")
        moving.move(db, coming, to, ChangeReason.TOO_FEW, amina.id, held, seen)
        tables.put_on_agenda(db, past, cases[0], 20, held)
        for case_id in cases[1:3]:
            tables.put_on_agenda(db, coming, case_id, 15, held)
    item_id = tables.agenda(past)[0].id
    held = keyholders.open_recovery(recovery)
    with transaction() as db:
        item = _open(item_id, held)
        hearing.say(db, item, "police", f"{MARK} Four calls in two months, none with an arrest.", "Nadia S.")
        hearing.say(db, item, "landlord", f"{MARK} The tenancy began in spring. There was one warning.", "Harriet B.")
        hearing.write_minutes(
            db, item, f"{MARK} The landlord visits, the police call in the evenings.", ("high", "medium"), None,
            "Amina K.", 0,
        )  # fmt: skip
        due = today() - timedelta(days=4)
        for text, name in (
            ("Visit the tenant and explain the warning.", "harriet"),
            ("Call in the evenings.", "nadia"),
        ):
            owner = people[name].id, people[name].member_id
            actions.add_action(db, item.row, f"{MARK} {text}", owner, due, "Amina K.", random_id())
        tables.set_present(db, past, {seat.staff_id for seat in seats}, None)
        agreeing.agree(db, past, amina.id, held, {amina.id})
    done = next(one for one in actions.actions_of(item_id, held) if one.row.owner_id == people["harriet"].id)
    with transaction() as db:
        actions.settle(db, done, ActionState.DONE, f"{MARK} Done; they listened.", "Harriet B.")


def _counted(quarters: int, numbers: dict[str, tuple[int, bool]]) -> MaracQuarter:
    """A quarter of before the sample, as it was counted when it was over: what is not in it was a small count."""
    this = today().replace(month=(today().month - 1) // 3 * 3 + 1, day=1)
    told = {figure: [number, int(is_all)] for figure, (number, is_all) in numbers.items()}
    first = month_after(this, -3 * quarters)
    return MaracQuarter(first=first, frozen_on=month_after(first, 3), told=told)


def _refer(db: Session, title: str, risk: str, reason: str, days_ago: int) -> uuid.UUID:
    criteria = ("vulnerable", "significant-risk", "several-agencies")
    referral = Referral(title, f"{MARK} {reason}", criteria, risk, agreed=True, by="Amina K.")
    day = today() - timedelta(days=days_ago)
    return referring.refer(db, referral, random_id(), is_repeat=False, on=day).id


def _open(item_id: uuid.UUID, held: Keyring) -> OpenItem:
    found = hearing.find_item(item_id, held)
    assert found is not None
    return found
