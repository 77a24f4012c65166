"""What staff did, each entry chained to the one before, so that none can be changed or taken out unseen."""

from __future__ import annotations

import enum
import json
from collections.abc import Collection, Iterator
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, func, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal import keeper
from portal.config import secrets
from portal.db import Base, Word, session, utcnow

# The head's hash in the migration that makes the table.
BEGINNING = bytes(32)
MAX_ACTOR = 80
GROUP = "group "


class Action(enum.StrEnum):
    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    UNLOCKED = "unlocked"
    UNLOCK_REFUSED = "unlock_refused"
    LOCKED = "locked"
    LISTED_REPORTS = "listed_reports"
    SEARCHED_REPORTS = "searched_reports"
    ASSIGNED_REPORT = "assigned_report"
    CLOSED_AS_JOKE = "closed_as_joke"
    OPENED_REPORT = "opened_report"
    READ_REPORT = "read_report"
    SHOWED_CONTACT = "showed_contact"
    OPENED_FILE = "opened_file"
    WROTE_MESSAGE = "wrote_message"
    ADDED_TRANSLATION = "added_translation"
    CHANGED_STATE = "changed_state"
    CLOSED_REPORT = "closed_report"
    PROPOSED_CLOSING = "proposed_closing"
    SENT_BACK_CLOSING = "sent_back_closing"
    TOOK_BACK_CLOSING = "took_back_closing"
    REOPENED_REPORT = "reopened_report"
    LISTED_SECOND_LOOKS = "listed_second_looks"
    PASSED_ON_WITHOUT_CONSENT = "passed_on_without_consent"
    ACKNOWLEDGED_ALERT = "acknowledged_alert"
    REFUSED_DELETION = "refused_deletion"
    PLACED_HOLD = "placed_hold"
    ENDED_HOLD = "ended_hold"
    LISTED_HOLDS = "listed_holds"
    LISTED_CASE_REVIEWS = "listed_case_reviews"
    OPENED_CASE_REVIEW = "opened_case_review"
    ACKNOWLEDGED_CASE_REVIEW = "acknowledged_case_review"
    DECIDED_CASE_REVIEW = "decided_case_review"
    TOOK_DOWN_APPEAL = "took_down_appeal"
    DECIDED_APPEAL = "decided_appeal"
    ANSWERED_CASE_REVIEW = "answered_case_review"
    KEPT_CASE_REVIEW = "kept_case_review"
    LET_GO_CASE_REVIEW = "let_go_case_review"
    ENDED_BY_SCHEDULE = "ended_by_schedule"
    TOOK_REPORT = "took_report"
    JUDGED_RISK = "judged_risk"
    SENT_REFERRAL = "sent_referral"
    OPENED_REFERRAL = "opened_referral"
    PRINTED_REFERRAL = "printed_referral"
    NOTED_ANSWER = "noted_answer"
    ANSWERED_REFERRAL = "answered_referral"
    TOOK_REFERRAL_BACK = "took_referral_back"
    WROTE_TO_PARTNER = "wrote_to_partner"
    STOPPED_HAND_OVER = "stopped_hand_over"
    SENT_HAND_OVER_AGAIN = "sent_hand_over_again"
    EXPORTED_EVIDENCE = "exported_evidence"
    PRINTED_REPORT = "printed_report"
    WROTE_NOTE = "wrote_note"
    CHANGED_OWNER = "changed_owner"
    ADDED_TASK = "added_task"
    CHANGED_TASK = "changed_task"
    COMPARED_REPORTS = "compared_reports"
    LINKED_REPORTS = "linked_reports"
    UNLINKED_REPORTS = "unlinked_reports"
    MERGED_REPORT = "merged_report"
    UNMERGED_REPORT = "unmerged_report"
    WROTE_TO_MERGED = "wrote_to_merged"
    BACKED_UP = "backed_up"
    REHEARSED_RESTORE = "rehearsed_restore"
    RESTORED = "restored"
    VOUCHED_FOR_CLOCK = "vouched_for_clock"
    ADDED_STAFF = "added_staff"
    RENAMED_STAFF = "renamed_staff"
    CHANGED_ROLES = "changed_roles"
    RESET_SIGN_IN = "reset_sign_in"
    RESET_PASSPHRASE = "reset_passphrase"  # noqa: S105 (the name of an act)
    ADDED_TO_TEAM = "added_to_team"
    INVITED_STAFF = "invited_staff"
    ACCEPTED_INVITATION = "accepted_invitation"
    ENDED_SESSIONS = "ended_sessions"
    ENDED_SESSION = "ended_session"
    ASKED_FOR_TEAM = "asked_for_team"
    CHANGED_PASSWORD = "changed_password"  # noqa: S105 (the name of an act)
    FORGOT_PASSPHRASE = "forgot_passphrase"  # noqa: S105 (the name of an act)
    CHANGED_PASSPHRASE = "changed_passphrase"  # noqa: S105 (the name of an act)
    CHANGED_AUTHENTICATOR = "changed_authenticator"
    MADE_RECOVERY_CODES = "made_recovery_codes"
    USED_RECOVERY_CODE = "used_recovery_code"
    SIGNED_IN_ELSEWHERE = "signed_in_elsewhere"
    LINKED_SIGN_IN = "linked_sign_in"
    UNLINKED_SIGN_IN = "unlinked_sign_in"
    ADDED_PASSKEY = "added_passkey"
    REMOVED_PASSKEY = "removed_passkey"
    USED_PASSKEY = "used_passkey"
    CLOSED_ACCOUNT = "closed_account"
    REMOVED_FROM_TEAM = "removed_from_team"
    BEGAN_KEY_CHANGE = "began_key_change"
    ENDED_KEY_CHANGE = "ended_key_change"
    OPENED_AGENCY = "opened_agency"
    CREATED_VAULT = "created_vault"
    UPLOADED_DEFINITION = "uploaded_definition"
    DELETED_DEFINITION = "deleted_definition"
    CHECKED_LANGUAGE = "checked_language"
    ARCHIVED_SURVEY = "archived_survey"
    RESTORED_SURVEY = "restored_survey"
    PUBLISHED_VERSION = "published_version"
    OPENED_WAVE = "opened_wave"
    CHANGED_WAVE = "changed_wave"
    CLOSED_WAVE = "closed_wave"
    MADE_INVITATIONS = "made_invitations"
    WITHDREW_INVITATIONS = "withdrew_invitations"
    STARTED_KIOSK = "started_kiosk"
    ENDED_KIOSK = "ended_kiosk"
    MADE_PAPER_BATCH = "made_paper_batch"
    CHANGED_PAPER_BATCH = "changed_paper_batch"
    TYPED_SHEET = "typed_sheet"
    COMPARED_SHEETS = "compared_sheets"
    OPENED_SHEET = "opened_sheet"
    SETTLED_SHEET = "settled_sheet"
    SENT_SHEET_BACK = "sent_sheet_back"
    VIEWED_RESULTS = "viewed_results"
    READ_WRITTEN_ANSWERS = "read_written_answers"
    CHANGED_CODING_FRAME = "changed_coding_frame"
    BEGAN_CODING = "began_coding"
    HANDED_IN_CODING = "handed_in_coding"
    SETTLED_CODING = "settled_coding"
    COUNTED_CODES = "counted_codes"
    EXPORTED_RESULTS = "exported_results"
    EXPORTED_FIGURES = "exported_figures"
    DRAFTED_RELEASE = "drafted_release"
    WROTE_BOARD_REPORT = "wrote_board_report"
    FROZE_BOARD_REPORT = "froze_board_report"
    PRINTED_BOARD_REPORT = "printed_board_report"
    WROTE_PROFILE = "wrote_profile"
    FROZE_PROFILE = "froze_profile"
    EXPORTED_PROFILE = "exported_profile"
    PLANNED_ACTIVITY = "planned_activity"
    RECORDED_ACTIVITY = "recorded_activity"
    PUBLISHED_RELEASE = "published_release"
    WITHDREW_RELEASE = "withdrew_release"
    ADDED_EVENT = "added_event"
    CHANGED_EVENT = "changed_event"
    PUBLISHED_EVENT = "published_event"
    CANCELLED_EVENT = "cancelled_event"
    TOLD_OF_EVENT = "told_of_event"
    ASKED_GROUP = "asked_group"
    ACCEPTED_PROPOSAL = "accepted_proposal"
    DECLINED_PROPOSAL = "declined_proposal"
    ENDED_PROPOSAL = "ended_proposal"
    ANSWERED_HELP_REQUEST = "answered_help_request"
    DECIDED_HELP_REQUEST = "decided_help_request"
    TOLD_PLACE_OR_LINK = "told_place_or_link"
    LET_IN_CALENDAR = "let_in_calendar"
    CHANGED_CALENDAR = "changed_calendar"
    DELETED_CALENDAR = "deleted_calendar"
    LET_THROUGH_EVENT = "let_through_event"
    TOOK_EVENT_OFF = "took_event_off"
    LEFT_EVENT = "left_event"
    DELETED_DRAFT_EVENT = "deleted_draft_event"
    CHANGED_PICTURE = "changed_picture"
    DELETED_PICTURE = "deleted_picture"
    TRUSTED_GROUP = "trusted_group"
    RENEWED_TRUST = "renewed_trust"
    ENDED_TRUST = "ended_trust"
    GAVE_GROUP_NUMBER = "gave_group_number"
    CONFIRMED_AWARENESS_DATE = "confirmed_awareness_date"
    ADDED_FINDING = "added_finding"
    CHANGED_FINDING = "changed_finding"
    PUBLISHED_FINDING = "published_finding"
    PUBLISHED_CASE_REVIEW_FIGURES = "published_case_review_figures"
    WITHDREW_FINDING = "withdrew_finding"
    DELETED_FINDING = "deleted_finding"
    OPENED_PANEL = "opened_panel"
    ARRANGED_PANEL = "arranged_panel"
    CHANGED_PANEL = "changed_panel"
    RECORDED_CONFLICT = "recorded_conflict"
    TURNED_AWAY_FROM_PANEL = "turned_away_from_panel"
    INVITED_TO_PANEL = "invited_to_panel"
    DID_NOT_INVITE = "did_not_invite"
    TOOK_DOWN_FOR_PANEL = "took_down_for_panel"
    HELD_PANEL = "held_panel"
    OPENED_PANEL_PAPERS = "opened_panel_papers"
    CHANGED_RECOMMENDATION = "changed_recommendation"
    WROTE_PANEL_MINUTES = "wrote_panel_minutes"
    AGREED_PANEL_MINUTES = "agreed_panel_minutes"
    TOLD_OUTCOME = "told_outcome"
    HANDLED_SECOND_LOOK = "handled_second_look"
    REFERRED_TO_MARAC = "referred_to_marac"
    LEFT_OUT_MARAC_CASE = "left_out_marac_case"
    ADDED_MARAC_MEETING = "added_marac_meeting"
    CHANGED_MARAC_MEETING = "changed_marac_meeting"
    MOVED_MARAC_MEETING = "moved_marac_meeting"
    CANCELLED_MARAC_MEETING = "cancelled_marac_meeting"
    ADDED_MARAC_MEMBER = "added_marac_member"
    REMOVED_MARAC_MEMBER = "removed_marac_member"
    OPENED_MARAC_CASE = "opened_marac_case"
    WROTE_TO_MARAC_CASE = "wrote_to_marac_case"
    AGREED_MARAC_MINUTES = "agreed_marac_minutes"
    CORRECTED_MARAC_MINUTES = "corrected_marac_minutes"
    CHANGED_MARAC_ACTION = "changed_marac_action"
    ENDED_MARAC_CASE = "ended_marac_case"
    READ_LOG = "read_log"
    EXPORTED_LOG = "exported_log"
    VERIFIED_LOG = "verified_log"
    PROVED_LOG = "proved_log"
    CUT_LOG = "cut_log"


class AuditEntry(Base):
    """One act. `actor` is a sign-in name or has a space in it, `subject` an id; never anything a resident wrote."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        # What an auditor looks for, the newest first; the patterns let PostgreSQL find what begins with an id.
        Index("ix_audit_entry_at", "at", "id"),
        Index("ix_audit_entry_actor", "actor", "at", "id"),
        Index("ix_audit_entry_action", "action", "at", "id"),
        Index("ix_audit_entry_subject", "subject", "at", postgresql_ops={"subject": "varchar_pattern_ops"}),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(MAX_ACTOR))
    action: Mapped[Action] = mapped_column(Word(Action))
    subject: Mapped[str] = mapped_column(String(120))
    hash: Mapped[bytes]


class AuditHead(Base):
    """The end of the chain: locking its one row, made with the table, puts writers in line."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    last_id: Mapped[int]
    hash: Mapped[bytes]
    anchored_on: Mapped[date | None]


class AuditCheckpoint(Base):
    """Where the log begins since older entries had their time: the last of them, as it was published that day."""

    __tablename__ = "audit_checkpoint"

    day: Mapped[date] = mapped_column(primary_key=True)
    last_id: Mapped[int]
    hash: Mapped[bytes]
    seal: Mapped[bytes]
    """Under this installation's pepper: whoever can write to the database alone cannot take the beginning away unseen."""

    def sealed(self) -> bytes:
        """What its seal must be."""
        said = json.dumps([self.day.isoformat(), self.last_id, self.hash.hex()]).encode()
        return blake2b(said, key=secrets().pepper, person=b"audit checkpoint", digest_size=32).digest()


def newest_checkpoint() -> AuditCheckpoint | None:
    """None while no entry was ever taken out."""
    return session.scalar(select(AuditCheckpoint).order_by(AuditCheckpoint.day.desc()).limit(1))


def actor_of_group(name: str) -> str:
    """Who did what a trusted group does itself: no sign-in name has a space, so it is never taken for somebody's of the staff."""
    return f"{GROUP}{name}"[:MAX_ACTOR]


def record(db: Session, actor: str, action: Action, subject: str = "") -> None:
    """Append inside the caller's transaction: what is not written down did not happen."""
    head = db.get_one(AuditHead, 1, with_for_update=True)
    entry = AuditEntry(id=head.last_id + 1, at=utcnow(), actor=actor, action=action, subject=subject)
    entry.hash = head.hash = _link(head.hash, entry)
    head.last_id = entry.id
    db.add(entry)


def stand_in_line(db: Session) -> None:
    """Before rows are locked, where the act is recorded after them, or many are: everyone locks the log first."""
    db.get_one(AuditHead, 1, with_for_update=True)


def words_of(entry: AuditEntry | Row[Any, Any, Any, Any, Any, Any]) -> list[Any]:
    """What its hash is made of, beside the hash before."""
    return [entry.id, entry.at.isoformat(), entry.actor, entry.action.value, entry.subject]


def _link(before: bytes, entry: AuditEntry | Row[Any, Any, Any, Any, Any, Any]) -> bytes:
    return keeper.link(before, words_of(entry))


def broken_links() -> Iterator[int]:
    """The ids at which the chain does not hold; none in a sound log."""
    # The head is read first: what others append meanwhile comes after it.
    head = session.get_one(AuditHead, 1, populate_existing=True)
    before, expected = BEGINNING, 1
    if (checkpoint := newest_checkpoint()) is not None:
        before, expected = checkpoint.hash, checkpoint.last_id + 1
        if checkpoint.seal != checkpoint.sealed():
            yield checkpoint.last_id
    columns = AuditEntry.id, AuditEntry.at, AuditEntry.actor, AuditEntry.action, AuditEntry.subject, AuditEntry.hash
    chain = select(*columns).where(AuditEntry.id <= head.last_id).order_by(AuditEntry.id)
    for entry in session.execute(chain.execution_options(yield_per=1000)):
        if entry.id != expected or entry.hash != _link(before, entry):
            yield entry.id
        before, expected = entry.hash, entry.id + 1
    if head.hash != before or head.last_id != expected - 1:
        yield head.last_id
    beyond = select(func.min(AuditEntry.id)).where(AuditEntry.id > select(AuditHead.last_id).scalar_subquery())
    if (added := session.scalar(beyond)) is not None:
        yield added


def entries_about(
    subject: str, most: int = 20, *, only: Collection[Action] = (), but: Collection[Action] = ()
) -> list[AuditEntry]:
    """The newest entries about one thing; of some acts only, or of all but some."""
    newest = select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.id.desc()).limit(most)
    if only:
        newest = newest.where(AuditEntry.action.in_(list(only)))
    if but:
        newest = newest.where(AuditEntry.action.not_in(list(but)))
    return list(session.scalars(newest))
