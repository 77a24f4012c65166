"""Two reports of one and the same are worked on as one: each keeps its receipt, its messages and its files."""

from __future__ import annotations

import enum
import random
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal import outbox
from portal.db import existing, session, today, transaction
from portal.partnership.file import current_partnership
from portal.reporting import clocks, closing, contacts, nudges
from portal.reporting.closing import Decided, end_report
from portal.reporting.conversations import Conversation, OpenMessage, add_message, conversation_about, messages_of
from portal.reporting.deletions import Deletion, deletions_of, find_deletion, is_stopped, lock_for_work
from portal.reporting.links import Link, LinkKind, Links, keep_links, links_in
from portal.reporting.models import Author, Clock, Message, Part, Promise, Report, ReportPart, RiskBand, State
from portal.reporting.questions.risk import score
from portal.reporting.queue_facts import ticked_answers
from portal.reporting.second_look_models import SecondLook
from portal.reporting.storing import TEAMS_OF
from portal.vault import keyholders
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError

# Of how many reports one look asks whether their reporters are owed a word. About half a millisecond each.
LOOKED_AT_ONCE = 50


class Hindrance(enum.StrEnum):
    """Why a report cannot be merged into another."""

    MERGED_ALREADY = "merged_already"
    LEADS_OTHERS = "leads_others"
    """Others are merged into it: merging it would make a chain, or a circle."""
    LEADING_IS_MERGED = "leading_is_merged"
    ALERT = "alert"
    """Nobody has said yet that they have seen its alert."""
    MORE_URGENT = "more_urgent"
    """It tells of immediate risk and the leading one does not: that must not sink."""
    NEW_MESSAGE = "new_message"
    """Its reporter wrote something that the officer who merges it has not read."""
    HIGHER_RISK = "higher_risk"
    """Its risk was judged or reckoned to be high, and that of the leading one was not: nor must that."""
    LEADING_HAS_ENDED = "leading_has_ended"
    """Nobody works on the leading one any more, so nobody would work on this one."""
    OTHER_READERS = "other_readers"
    """Not all who work on the leading one could read it."""


class CannotMerge(Exception):
    """`why` says which rule forbids it."""

    def __init__(self, why: Hindrance) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True)
class Told:
    """What its reporter is told: sent once for each `once`."""

    text: str
    language: str
    once: uuid.UUID


def merge_report(
    db: Session,
    held: Keyring,
    report_id: uuid.UUID,
    leading_id: uuid.UUID,
    why: str,
    by: str,
    told: Told,
    read: int,
) -> None:
    """Close the report as a duplicate of the leading one and tell its reporter, inside the caller's transaction.

    `read` is how many new messages the officer was shown: one that came since must not be closed unread. Both open with this keyring. Raises CannotMerge, WorkHasStopped, NotThere, NoRoom.
    """
    report, leading, keys = _locked(db, held, report_id, leading_id)
    hindrance = find_hindrance(report, leading, keys[report_id], keys[leading_id])
    if hindrance is not None:
        raise CannotMerge(hindrance)
    if unread_of([report_id]).get(report_id, 0) > read:
        raise CannotMerge(Hindrance.NEW_MESSAGE)
    for each, other, leads in ((leading_id, report_id, True), (report_id, leading_id, False)):
        link = Link(other, LinkKind.DUPLICATE, why, by, today(), leads)
        keep_links(db, each, keys[each], links_in(each, keys[each]).with_link(link))
    talk = _conversation(held, report)
    # No second look, whatever the partnership wants of closings: nothing ends, it is worked on under the leading one.
    db.execute(delete(SecondLook).where(SecondLook.report_id == report_id))
    decided = Decided(
        outcome=duplicate_outcome(), message=told.text, language=told.language, reason=why, by=by, once=told.once
    )
    end_report(db, report, talk, keys[report_id], decided, None)


def unmerge_report(db: Session, held: Keyring, report_id: uuid.UUID, why: str, by: str, told: Told) -> None:
    """The report goes on by itself again, and its reporter is told; inside the caller's transaction.

    Where it goes on by itself already, nothing happens. Raises WorkHasStopped, NotThere, NoRoom.
    """
    key = keyholders.content_keys(held, [report_id])[report_id]
    leading_id = links_in(report_id, key).led_by
    if leading_id is None:
        return
    # The leading one may be gone, taken back or another team's by now: it keeps nobody from going on by itself.
    for each in sorted({report_id, leading_id}):
        db.get(Report, each, with_for_update=True)
    report = lock_for_work(db, report_id)
    keys = keyholders.content_keys(held, [report_id, leading_id])
    for each, other in ((leading_id, report_id), (report_id, leading_id)):
        links = links_in(each, keys[each]) if each in keys else Links()
        found = links.find(other)
        if found is not None and found.kind is LinkKind.DUPLICATE and db.get(Report, each) is not None:
            keep_links(db, each, keys[each], links.without(replace(found, why=why, by=by, on=today())))
    if report.state is State.CLOSED:
        closing.reopen_report(db, report_id, key, by, why)
    _write(db, held, report, told, by, merged=False)


def duplicate_outcome() -> str:
    """The code of the partnership's own outcome for it; empty where its file has none."""
    outcomes = [each for each in current_partnership().outcomes if each.group == "duplicate"]
    return next((each.code for each in outcomes if not each.retired), "")


def why_not(held: Keyring, report_id: uuid.UUID, leading_id: uuid.UUID) -> Hindrance | None:
    """As `find_hindrance`, for the page that asks; both open with this keyring."""
    keys = keyholders.content_keys(held, [report_id, leading_id])
    report, leading = session.get_one(Report, report_id), session.get_one(Report, leading_id)
    return find_hindrance(report, leading, keys[report_id], keys[leading_id])


def find_hindrance(report: Report, leading: Report, key: bytes, leading_key: bytes) -> Hindrance | None:
    """Why this report cannot be merged into that one now; None where it can."""
    mine, theirs = links_in(report.id, key), links_in(leading.id, leading_key)
    if mine.led_by is not None:
        return Hindrance.MERGED_ALREADY
    if mine.leads:
        return Hindrance.LEADS_OTHERS
    if theirs.led_by is not None:
        return Hindrance.LEADING_IS_MERGED
    if leading.state is State.CLOSED or is_over(leading, find_deletion(leading.id)):
        return Hindrance.LEADING_HAS_ENDED
    if outbox.waiting_alert(report.id):
        return Hindrance.ALERT
    if report.immediate_risk and not leading.immediate_risk:
        return Hindrance.MORE_URGENT
    if _is_high(report, key) and not (leading.immediate_risk or _is_high(leading, leading_key)):
        return Hindrance.HIGHER_RISK
    if not set(TEAMS_OF[leading.kind]) <= set(TEAMS_OF[report.kind]):
        return Hindrance.OTHER_READERS
    return None


def write_to_merged(
    db: Session, held: Keyring, leading_id: uuid.UUID, by: str, told: dict[uuid.UUID, Told]
) -> list[uuid.UUID]:
    """Write to reporters of reports merged into this one, to each by itself, inside the caller's transaction.

    Once the leading one is closed they read that theirs is closed too, and are owed no further word. Those whose reporter has stopped work meanwhile, or that are merged no more, get nothing: their ids are given back.
    """
    is_open = existing(db, Report, leading_id).state is not State.CLOSED
    not_sent = []
    for report_id in sorted(told):
        report = db.get(Report, report_id, with_for_update=True)
        key = keyholders.content_keys(held, [report_id]).get(report_id)
        is_merged = key is not None and links_in(report_id, key).led_by == leading_id
        if report is None or not is_merged or is_stopped(db, report):
            not_sent.append(report_id)
            continue
        _write(db, held, report, told[report_id], by, merged=is_open)
        # How to reach them is kept as long as the leading one is worked on, and some months longer.
        contacts.follow_state(db, report)
        nudges.follow_state(db, report)
    return not_sent


def _write(db: Session, held: Keyring, report: Report, told: Told, by: str, *, merged: bool) -> None:
    """Not as an answer: what its reporter wrote was not shown here, and stays new."""
    talk = _conversation(held, report)
    if add_message(db, talk, Author.OFFICER, told.text, told.language, told.once, by, merged=merged):
        goes_on = merged or report.state is not State.CLOSED
        clocks.officer_wrote(db, report, today(), is_answer=False, goes_on=goes_on)
        nudges.mark_due(db, report.id)


def owe_next_word(held: Keyring, reports: Collection[Report]) -> None:
    """Of these, which are merged into one that is in work, those that were merged before that was a promise: their reporters
    are owed the next word, counted from the last message to them.

    Whether a report is merged is sealed, so no worker can tell: it is done where an officer opens one of them.
    """
    closed = {each.id: each for each in reports if each.state is State.CLOSED}
    is_next_word = Clock.report_id.in_(list(closed)), Clock.promise == Promise.WRITE_AGAIN, clocks.is_owed()
    without = set(closed).difference(session.scalars(select(Clock.report_id).where(*is_next_word)) if closed else ())
    # Not always the same first: those that are owed nothing must not keep the others from their turn.
    some = random.sample(sorted(without), min(LOOKED_AT_ONCE, len(without)))
    wishes = deletions_of(some)
    for report in (closed[each] for each in some):
        if is_over(report, wishes.get(report.id)):
            continue
        messages = messages_of(_conversation(held, report), Author.OFFICER)
        if not is_together(messages):
            continue
        told_on = max(each.sent_on for each in messages if each.author is Author.OFFICER)
        with transaction() as db:
            locked = db.get(Report, report.id, with_for_update=True)
            if locked is not None and not is_stopped(db, locked):
                due_on = clocks.due_after(told_on, Promise.WRITE_AGAIN)
                clocks.begin(db, report.id, Promise.WRITE_AGAIN, told_on, due_on)


def _is_high(report: Report, key: bytes) -> bool:
    """What an officer judged counts before what the answers say; where these are damaged they say nothing."""
    if report.risk_band is not None:
        return report.risk_band is RiskBand.HIGH
    risk = current_partnership().risk
    part = session.scalar(select(ReportPart).where(ReportPart.report_id == report.id, ReportPart.part == Part.SUMMARY))
    if part is None or not risk.questions:
        return False
    try:
        return score(ticked_answers(part, key), risk).band is RiskBand.HIGH
    except SealError:
        return False


def unread_of(report_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Of these reports those to which messages came that no officer has answered, and how many."""
    unseen = select(Message.report_id, func.count()).where(
        Message.report_id.in_(list(report_ids)), Message.author == Author.REPORTER, Message.seen.is_(False)
    )
    return dict(session.execute(unseen.group_by(Message.report_id)).all())


def is_over(report: Report, wish: Deletion | None) -> bool:
    """Whether its reporter has stopped work: nobody writes to them."""
    return report.state is State.WITHDRAWN or (wish is not None and wish.is_standing)


def is_together(messages: Sequence[OpenMessage]) -> bool:
    """Whether its reporter was last told that it goes on together with another, and not that this is over."""
    told = [message.merged for message in messages if message.merged is not None]
    return bool(told) and bool(told[-1])


def was_merged_by(messages: Sequence[OpenMessage], message_id: uuid.UUID) -> bool:
    """Whether this message told its reporter that it goes on together with another."""
    return any(message.id == message_id and message.merged for message in messages)


def _locked(
    db: Session, held: Keyring, report_id: uuid.UUID, leading_id: uuid.UUID
) -> tuple[Report, Report, dict[uuid.UUID, bytes]]:
    """Both in the order of their ids, so two officers never wait for each other."""
    locked = {each: lock_for_work(db, each) for each in sorted({report_id, leading_id})}
    return locked[report_id], locked[leading_id], keyholders.content_keys(held, locked)


def _conversation(held: Keyring, report: Report) -> Conversation:
    return conversation_about(report, keyholders.content_keys(held, [report.conversation_id])[report.conversation_id])
