"""Referring a report: what may be told to whom, the record of what was, what came back, and taking it back."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.db import NotThere, existing, random_id, session, today
from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after
from portal.reporting import agency_mail, case, contacts, nudges
from portal.reporting.case import OpenReport
from portal.reporting.deletions import lock_for_work
from portal.reporting.models import Report, State
from portal.reporting.partners import partners_of
from portal.reporting.questions.contact import CONSENT, HOW_TO_REACH, NOTHING, agreed
from portal.reporting.referral_models import (
    OPEN_REFERRALS,
    Referral,
    ReferralPart,
    ReferralState,
    ReferralWay,
    is_waiting,
)
from portal.reporting.referral_records import (
    CAME_BACK,
    MAX_REPLIES,
    OWN,
    SENT,
    Basis,
    CameBack,
    Keys,
    OpenReferral,
    Reply,
    Rows,
    Sent,
    end,
    has_open,
    opened,
    rows_of,
    say_reference,
    seal_came_back,
    seal_new,
)
from portal.reporting.storing import TEAMS_OF
from portal.vault import agencies, keyholders, sealing
from portal.vault.keyholders import Grant, Keyring, Membership
from portal.vault.sealing import SealError

ROOM_TO_ANSWER = 5
"""So many of all that can be said of a referral are its agency's alone."""


class Refused(enum.StrEnum):
    """Why an agency may not be told that: the reporter did not agree to it."""

    NOT_AGREED = "not_agreed"
    CONTACT_NOT_AGREED = "contact_not_agreed"


class NotAgreed(Exception):
    """The reporter has taken back meanwhile what was agreed."""


class WithThemAlready(Exception):
    """The agency has the report already: somebody else referred it meanwhile."""


class NobodyThere(Exception):
    """The agency has no key by which it could open it here."""


class IsClosed(Exception):
    """A closed report is reopened before it is referred."""


class NotPossible(Exception):
    """What is to be said of the referral cannot be said any more: it has ended, or too much has been said of it."""


def refusal(given: Mapping[str, str], agency: str, *, has_contact: bool) -> Refused | None:
    """Why it may not be told; `given` is what its reporter agreed to, by agency. None where it may."""
    told = given.get(agency, NOTHING)
    if told == NOTHING:
        return Refused.NOT_AGREED
    return Refused.CONTACT_NOT_AGREED if has_contact and told != HOW_TO_REACH else None


def given_now(found: OpenReport) -> dict[str, str]:
    """What its reporter agrees to now, by agency."""
    return agreed(found.answers, has_contact=found.contact is not None)


def refer(
    db: Session, found: OpenReport, sent: Sent, contact: Rows, override: str, why: str, once: uuid.UUID
) -> Referral:
    """Send it, inside the caller's transaction. The same `once` is sent once, however often the button was pressed.

    Raises NotAgreed, WithThemAlready, NobodyThere, IsClosed, WorkHasStopped, NotThere.
    """
    report = lock_for_work(db, found.report.id)
    there = db.get(Referral, once)
    if there is not None and there.report_id == report.id:
        return there
    if report.state is State.CLOSED:
        raise IsClosed
    # What was chosen in this moment counts, and not what stood on the page; what was taken out is not sent for any reason.
    newest = partners_of(report.id, found.conversation.key).newest
    answers = found.answers if newest is None else {CONSENT.code: newest.as_answer()}
    may_be_reached = contacts.has_contact(report.id)
    given = agreed(answers, has_contact=may_be_reached)
    refused = refusal(given, sent.agency, has_contact=bool(contact))
    if (refused is not None and not override) or (contact and not may_be_reached):
        raise NotAgreed
    if any(
        row.state in OPEN_REFERRALS and _agency(row, found.key) == sent.agency
        for row in rows_of(db, report.id, lock=True)
    ):
        raise WithThemAlready
    row = _new_row(once if there is None else random_id(), report.id)
    keys = Keys(report.id, found.key, found.conversation.key)
    basis = _basis(found, given.get(sent.agency, NOTHING), override if refused is not None else "", why)
    seal_new(row, keys, replace(sent, told_key=keys.told), contact, basis, parts_of(sent, contact))
    db.add(row)
    keyholders.grant(db, row.id, keys.own, TEAMS_OF[report.kind])
    if sent.way is ReferralWay.PORTAL:
        for content_id, key in ((row.id, keys.own), (row.notice_id, keys.notice)):
            if not agencies.grant_to(db, content_id, key, sent.agency):
                raise NobodyThere
        agency_mail.tell_holders(db, (row.id,))
    case.change_state(db, report.id, State.REFERRED)
    nudges.mark_due(db, report.id)
    return row


def parts_of(sent: Sent, contact: Rows) -> list[ReferralPart]:
    """Which parts of the report these are."""
    is_told = {
        ReferralPart.FACTS: sent.facts,
        ReferralPart.WORDS: sent.words,
        ReferralPart.FILES: sent.files,
        ReferralPart.CONTACT: contact,
    }
    return [part for part, told in is_told.items() if told]


def _new_row(row_id: uuid.UUID, report_id: uuid.UUID) -> Referral:
    partnership = current_partnership()
    due = working_days_after(today(), partnership.clocks.referral_answer, partnership.bank_holidays)
    return Referral(
        id=row_id,
        report_id=report_id,
        notice_id=random_id(),
        state=ReferralState.SENT,
        made_on=today(),
        answer_due_on=due,
        is_news=False,
    )


def _basis(found: OpenReport, told: str, override: str, why: str) -> Basis:
    answer: Mapping[str, Any] = found.answers.get(CONSENT.code) or {}
    newest = found.partners.newest
    on = newest.on if newest is not None else found.report.received_on
    return Basis(
        told, answer.get("text", 0), answer.get("language", ""), on.isoformat(), override, why if override else ""
    )


def _agency(row: Referral, report_key: bytes) -> str:
    try:
        return str(sealing.unseal(row.own, report_key, OWN, row.id)["agency"])
    except SealError:
        return ""


def referrals_of(found: OpenReport, held: Keyring) -> list[OpenReferral]:
    """All that officers know of each, the newest last."""
    return referrals_about(found.report.id, found.key, held)


def referrals_about(report_id: uuid.UUID, report_key: bytes, held: Keyring) -> list[OpenReferral]:
    """As `referrals_of`, of a report that is not opened otherwise."""
    rows = rows_of(session, report_id)
    keys = keyholders.content_keys(held, [row.id for row in rows])
    return [opened(row, keys.get(row.id), report_key=report_key) for row in rows]


def referrals_named(ids: Collection[uuid.UUID], held: Keyring) -> list[tuple[OpenReferral, str]]:
    """These, of whichever reports, each with its report's reference; the newest last, those that are gone left out."""
    wanted = select(Referral, Report.reference).join(Report, Report.id == Referral.report_id)
    rows = session.execute(wanted.where(Referral.id.in_(ids)).order_by(Referral.made_on, Referral.id)).all()
    keys = keyholders.content_keys(held, [*ids, *(row.report_id for row, _reference in rows)])
    return [(opened(row, keys.get(row.id), report_key=keys.get(row.report_id)), reference) for row, reference in rows]


def is_no_longer_agreed(found: OpenReport, referral: OpenReferral) -> bool:
    """Whether its reporter does not agree any more to what an agency has: somebody must tell that agency."""
    if not referral.is_open or referral.basis is None or referral.basis.override:
        return False
    return refusal(given_now(found), referral.agency, has_contact=bool(referral.contact)) is not None


def is_ended_by_reporter(found: OpenReport, referral: OpenReferral) -> bool:
    """Whether an agency had it that its reporter does not agree to any more: somebody must tell that agency."""
    is_back = referral.state is ReferralState.TAKEN_BACK
    return is_back and _has_consent_only(referral) and _told_now(found, referral) == NOTHING


def is_contact_taken_out(found: OpenReport, referral: OpenReferral) -> bool:
    """Whether an agency knew how to reach its reporter, who does not agree any more that it does."""
    is_out = referral.is_open and referral.contact is None and found.contact is not None
    return is_out and _has_consent_only(referral) and _told_now(found, referral) != HOW_TO_REACH


def _has_consent_only(referral: OpenReferral) -> bool:
    return referral.basis is not None and not referral.basis.override


def _told_now(found: OpenReport, referral: OpenReferral) -> str:
    return given_now(found).get(referral.agency, NOTHING)


def look(db: Session, report_id: uuid.UUID, referral_id: uuid.UUID) -> None:
    """An officer has read what came back, inside the caller's transaction. Raises NotThere."""
    _locked(db, report_id, referral_id).is_news = False


def take_back(db: Session, found: OpenReport, referral_id: uuid.UUID) -> bool:
    """End the agency's access, inside the caller's transaction; False where it had ended. Raises NotThere."""
    row = _locked(db, found.report.id, referral_id)
    if row.state not in OPEN_REFERRALS:
        return False
    end(db, row, ReferralState.TAKEN_BACK)
    follow(db, row)
    return True


def note_answer(
    db: Session, found: OpenReport, held: Keyring, referral_id: uuid.UUID, said: Reply, reference: str, disposition: str
) -> None:
    """What an agency said by telephone or on paper, written down by an officer, inside the caller's transaction.

    Raises NotPossible, SealError, NotThere.
    """
    row = _locked(db, found.report.id, referral_id)
    if hear(db, row, _key(held, row), said, reference, disposition):
        agency_mail.tell_holders(db, (row.id,))


def write_to_agency(db: Session, found: OpenReport, held: Keyring, referral_id: uuid.UUID, said: Reply) -> None:
    """An officer writes to an agency that has it here, inside the caller's transaction.

    Raises NotPossible, WorkHasStopped, SealError, NotThere.
    """
    lock_for_work(db, found.report.id)
    row = _locked(db, found.report.id, referral_id)
    key = _key(held, row)
    came_back = CameBack.read(sealing.unseal(row.came_back, key, CAME_BACK, row.id))
    if any(each.id == said.id for each in came_back.replies):
        return
    # The agency must have room to answer and to end it.
    if not can_write(row.state, came_back) or not agencies.are_open((row.id,)):
        raise NotPossible
    seal_came_back(row, key, replace(came_back, replies=(*came_back.replies, said)))
    agency_mail.tell_holders(db, (row.id,))


def can_write(state: ReferralState, came_back: CameBack) -> bool:
    """Whether the agency still has it, and so little was said that there is room for an answer."""
    return state in OPEN_REFERRALS and len(came_back.replies) < MAX_REPLIES - ROOM_TO_ANSWER


def _locked(db: Session, report_id: uuid.UUID, referral_id: uuid.UUID) -> Referral:
    """The report's row first, as everywhere."""
    existing(db, Report, report_id, with_for_update=True)
    row = existing(db, Referral, referral_id, with_for_update=True)
    if row.report_id != report_id:
        raise NotThere(Referral.__tablename__)
    return row


def _key(held: Keyring, row: Referral) -> bytes:
    found = keyholders.content_keys(held, [row.id]).get(row.id)
    if found is None:
        raise SealError("no key opens it")
    return found


# From which states each may be said.
FROM = {
    ReferralState.ACCEPTED: (ReferralState.SENT,),
    ReferralState.DECLINED: (ReferralState.SENT,),
    ReferralState.ANSWERED: OPEN_REFERRALS,
    ReferralState.ENDED: (ReferralState.ACCEPTED, ReferralState.ANSWERED),
}


def hear(db: Session, row: Referral, key: bytes, said: Reply, reference: str, disposition: str) -> bool:
    """Keep what an agency said of its referral, inside the transaction that has locked report and row.

    False where the same was said already: a button was pressed twice. Raises NotPossible, SealError.
    """
    came_back = CameBack.read(sealing.unseal(row.came_back, key, CAME_BACK, row.id))
    if any(each.id == said.id for each in came_back.replies):
        return False
    if row.state not in FROM[said.act] or len(came_back.replies) >= MAX_REPLIES:
        raise NotPossible
    seal_came_back(row, key, CameBack((*came_back.replies, said), reference, disposition))
    told_key = Sent.read(sealing.unseal(row.sealed, key, SENT, row.id)).told_key
    say_reference(row, told_key, reference)
    row.answered_on = row.answered_on or today()
    if said.act in OPEN_REFERRALS:
        row.state = said.act
    else:
        end(db, row, said.act)
    nudges.mark_due(db, row.report_id)
    follow(db, row)
    return True


def follow(db: Session, row: Referral) -> None:
    """A report of which no agency has anything any more is looked at again."""
    report = existing(db, Report, row.report_id)
    db.flush()
    if report.state is State.REFERRED and not has_open(db, report.id):
        case.change_state(db, report.id, State.LOOKED_AT)


def waiting(held: Keyring) -> list[OpenReferral]:
    """Those that an officer of these teams should look at: late ones and those with news, the one that is due first on top."""
    rows: Sequence[Referral] = session.scalars(
        select(Referral).where(is_waiting(today())).order_by(Referral.answer_due_on, Referral.id)
    ).all()
    keys = keyholders.content_keys(held, [row.id for row in rows])
    return [opened(row, keys[row.id]) for row in rows if row.id in keys]


def count_waiting_for(member_id: uuid.UUID) -> int:
    """How many of those the teams of this member of the vault open; the key may be locked."""
    theirs = select(Membership.keyholder_id).where(Membership.member_id == member_id)
    # Asked of each that waits, on every page: to gather all that they may open would read every report's grants.
    opens = exists().where(Grant.content_id == Referral.id, Grant.keyholder_id.in_(theirs))
    return session.scalar(select(func.count()).select_from(Referral).where(is_waiting(today()), opens)) or 0
