"""What officers do with some of the invented reports: notes, tasks, hand-overs, closings in doubt, reports that belong together."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import random_id, session, today, utcnow
from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after
from portal.reporting import clocks, links, merging, second_looks, tasks
from portal.reporting.closing import Closing, close_report, needs_second_look
from portal.reporting.conversations import add_message, answer_report, conversation_about
from portal.reporting.links import LinkKind
from portal.reporting.models import Author, Kind, Promise, Report, State
from portal.reporting.notes import NoteKind, add_note
from portal.reporting.owning import give_to
from portal.reporting.queue_views import ME, View, Wanted
from portal.sample.endings import SECOND, message_of
from portal.sample.reports import Owners, store_sample
from portal.sample.told import DANGERS, HATED, HELD, IN_FULL, MARK, PUZZLE, SCOOTERS, SHORT, Told
from portal.staff.models import StaffMember
from portal.staff.saved_views import save_view
from portal.vault import keyholders
from portal.vault.keyholders import Keyring

# More than a reporter has written.
ALL_READ = 100


def add_casework(db: Session, held: Keyring, owners: Owners) -> None:
    """Inside the caller's transaction, on reports of its own from the last two weeks."""
    rng = random.Random("casework")  # noqa: S311 (the same reports each time)
    amina, dev = owners["asb"][:2]

    def store(told: Told, age: int, state: State) -> Report:
        day, hers = today() - timedelta(days=age), dict.fromkeys(owners, (amina,))
        report = store_sample(db, rng, told, day, hers, held, state)
        if state not in (State.NEW, State.HELD):
            report.assignee_id = amina.id
        db.flush()
        return report

    store(HELD, 0, State.HELD)
    # One that nobody read in time, and one that is to be read today.
    store(SHORT[18], 7, State.NEW)
    store(SHORT[0], _due_today(), State.NEW)
    store(next(told for told in IN_FULL if told.again), 22, State.ACTION)
    # Somebody has answered the alerts of the first two.
    for told, age, state in zip(DANGERS, (2, 1, 0), (State.ACTION, State.LOOKED_AT, State.NEW), strict=True):
        store(told, age, state)
    scooters = [store(told, age, State.LOOKED_AT) for told, age in zip(SCOOTERS, (9, 7, 5, 4), strict=True)]
    _belong_together(db, held, scooters)
    talk = conversation_about(scooters[0], _keys(held, scooters[0])[1])
    words = f"{MARK} I saw them again by the shops on Sunday."
    add_message(db, talk, Author.REPORTER, words, "en", random_id())
    _ask(db, held, scooters[1], amina, "Which colour were their jackets? Please answer here.")
    hated = [store(told, age, State.LOOKED_AT) for told, age in zip(HATED, (13, 11, 8), strict=True)]
    if needs_second_look(Kind.HATE, immediate_risk=False):
        _doubt_closings(db, held, hated[:2], amina)
    _note(db, held, hated[2], amina, 2, "Rang Victims First. They can see the family on Thursday.")
    _ask(db, held, hated[2], amina, "May we tell Victims First how to reach you? Please answer here.")
    _work_on(db, held, store(PUZZLE, 10, State.LOOKED_AT), amina, dev)


def _due_today() -> int:
    """How many days ago a report came that is to be read by today; on a day off, by the working day before."""
    return next(age for age in range(20) if clocks.due_after(today() - timedelta(days=age), Promise.READ) <= today())


def add_saved_views(name: str) -> None:
    """Two lists that this officer has named."""
    staff_id = session.scalars(select(StaffMember.id).where(StaffMember.name == name)).one()
    save_view(staff_id, f"{MARK} Mine, overdue", Wanted(view=View.OVERDUE, owner=ME).as_address())
    save_view(staff_id, f"{MARK} Hate reports", Wanted(view=View.TEAM, kind="hate").as_address())


def _keys(held: Keyring, report: Report) -> tuple[bytes, bytes]:
    """The report's own, and its conversation's."""
    keys = keyholders.content_keys(held, [report.id, report.conversation_id])
    return keys[report.id], keys[report.conversation_id]


def _belong_together(db: Session, held: Keyring, scooters: Sequence[Report]) -> None:
    """Of one scooter: the first leads, the last tells of the same evening."""
    first, *others, same = scooters
    why = f"{MARK} The same grey scooter, and the same two boys."
    links.link_reports(db, held, first.id, [each.id for each in others], LinkKind.PEOPLE, why, "Amina K.")
    told = merging.Told(
        f"{MARK} Somebody else has told us of the same evening. We work on both together, and you still read here what we do.",
        "en",
        random_id(),
    )
    why = f"{MARK} The same evening, seen from the other side of the road."
    merging.merge_report(db, held, same.id, first.id, why, "Amina K.", told, ALL_READ)


def _doubt_closings(db: Session, held: Keyring, reports: Sequence[Report], by: StaffMember) -> None:
    """Each waits for a second look; the last of them was sent back."""
    outcome = next((one for one in current_partnership().outcomes if not one.retired), None)
    if outcome is None:
        return
    for report in reports:
        key, talk_key = _keys(held, report)
        text, language = message_of(outcome, report.language)
        closing = Closing(
            outcome=outcome.code, message=text, language=language, reason=f"{MARK} They were asked to stop, and it has.",
            by=by.display_name, once=random_id(), by_id=by.id, read=ALL_READ, on=today(),
        )  # fmt: skip
        close_report(db, held, conversation_about(report, talk_key), key, closing)
    note = f"{MARK} Please ask the bus company for its pictures before you close it."
    second_looks.send_back(db, reports[-1].id, _keys(held, reports[-1])[0], by=SECOND, note=note)


def _ask(db: Session, held: Keyring, report: Report, by: StaffMember, question: str) -> None:
    """What is promised waits for the reporter."""
    talk = conversation_about(report, _keys(held, report)[1])
    answer_report(db, talk, f"{MARK} {question}", "en", random_id(), by.display_name, waits=True)


def _note(db: Session, held: Keyring, report: Report, by: StaffMember, age: int, text: str) -> None:
    at = utcnow() - timedelta(days=age)
    key = _keys(held, report)[0]
    add_note(db, report.id, key, NoteKind.NOTE, f"{MARK} {text}", by.display_name, at=at)


def _work_on(db: Session, held: Keyring, report: Report, amina: StaffMember, dev: StaffMember) -> None:
    """Notes, things to do, and a hand-over to a colleague."""
    key, holidays = _keys(held, report)[0], current_partnership().bank_holidays
    begun, soon = today() - timedelta(days=6), working_days_after(today(), 3, holidays)
    _note(db, held, report, amina, 6, "Walked round the garages with the caretaker. The lock of number 12 is broken.")
    _note(db, held, report, amina, 5, "The landlord says that number 12 has been empty since June.")
    things = (
        (amina, begun + timedelta(days=2), "Ring the landlord about the lock of number 12."),
        (amina, today() - timedelta(days=1), "Ask the caretaker for his list of dates."),
        (amina, today(), "Tell the reporter who visits and when."),
        (dev, soon, "Look at the garages after dark."),
    )
    for number, (owner, due_on, text) in enumerate(things):
        once = random_id()
        words = f"{MARK} {text}"
        tasks.add_task(db, report.id, key, words, owner.id, due_on, amina.display_name, once, on=begun)
        if number == 0:
            tasks.set_done(db, report.id, once, key, amina.display_name, is_done=True)
    words = f"{MARK} I am away next week. The garages are dark: please do not go alone."
    give_to(db, report.id, key, dev.id, dev.display_name, words, amina.display_name)
