"""What a thief of this system would have about whoever used it: of every column of the database, what it holds and how.

A test holds this table against the real one: a column that is added without its words fails it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator

from portal.languages.sentences import LazyMarkup, safety


class Visitor(enum.StrEnum):
    """What somebody did here."""

    REPORTED = "reported"
    ANSWERED = "answered"
    PROPOSED = "proposed"
    ASKED_FOR_HELP = "asked_for_help"
    LOOKED = "looked"


class How(enum.StrEnum):
    """How a thing lies on the disk."""

    CLEAR = "clear"
    SEALED = "sealed"
    """Nothing on this machine opens it."""
    LOCKED_HERE = "locked_here"
    """The key lies on the same machine, beside the database."""


class Holds(enum.Enum):
    """What a column holds, in a resident's words; those of staff and of what is public anyway are on no page."""

    # Each with how it lies there, and its words; none where it tells nothing of a resident.
    NUMBER = (How.CLEAR, "")
    """Drawn at random, or a hash of one that only the person has."""
    KEYS = (How.SEALED, "")
    """A key that is itself locked."""
    OURS = (None, "")
    """Staff, their work, or what is published."""

    KIND = (How.CLEAR, LazyMarkup(lambda: safety("what it is about: hate, noise and nuisance, not sure, or a request")))
    AREA = (How.CLEAR, LazyMarkup(lambda: safety("the area it was about, not the address")))
    DAY = (How.CLEAR, LazyMarkup(lambda: safety("the day it came, not the time")))
    PROGRESS = (
        How.CLEAR,
        LazyMarkup(
            lambda: safety("how far it is, how urgent it is, which officer has it, and the days of what we promised")
        ),
    )
    LANGUAGE = (How.CLEAR, LazyMarkup(lambda: safety("the language")))
    CAME_BY = (How.CLEAR, LazyMarkup(lambda: safety("if it came by website, by telephone or in person")))
    HOW_MANY = (
        How.CLEAR,
        LazyMarkup(lambda: safety("how many messages, translations, notes, tasks and files there are, and their days")),
    )
    PARTNER_DAYS = (
        How.CLEAR,
        LazyMarkup(lambda: safety("that partners or another desk were told, on which days, and how far that is")),
    )
    IS_REACHABLE = (How.CLEAR, LazyMarkup(lambda: safety("that you left a way to reach you, and when we delete it")))
    WISHES = (How.CLEAR, LazyMarkup(lambda: safety("that you asked us to delete it, or that the law makes us keep it")))
    REPORT_COUNTS = (How.CLEAR, LazyMarkup(lambda: safety("sums by month, with no report behind them")))
    LOOKS = (How.CLEAR, LazyMarkup(lambda: safety("which officer opened or changed it, and when")))
    TOLD = (How.SEALED, LazyMarkup(lambda: safety("everything you wrote or ticked, and what we wrote to you")))
    FILES = (How.SEALED, LazyMarkup(lambda: safety("your photos, recordings and other files")))
    CONTACT = (How.SEALED, LazyMarkup(lambda: safety("your name, phone number and address, if you gave them")))
    CASE = (How.SEALED, LazyMarkup(lambda: safety("what officers wrote about it, and what partners were told")))
    NEWS_ADDRESS = (How.LOCKED_HERE, LazyMarkup(lambda: safety("an email address for news only, if you left one")))
    TO_DESK = (How.LOCKED_HERE, LazyMarkup(lambda: safety("what you sent to another desk, until it has gone")))
    BEGUN = (How.SEALED, LazyMarkup(lambda: safety("what you began and have not sent, for 60 minutes")))

    TICKED = (How.CLEAR, LazyMarkup(lambda: safety("what you ticked, with nothing that says who you are")))
    SIGNS = (How.CLEAR, LazyMarkup(lambda: safety("signs that a program or one person answered many times")))
    CARD = (How.CLEAR, LazyMarkup(lambda: safety("that the code of your card was used, not by which answers")))
    SURVEY_COUNTS = (How.CLEAR, LazyMarkup(lambda: safety("sums of how people answered")))
    WRITTEN = (How.SEALED, LazyMarkup(lambda: safety("what you wrote")))
    SAVED = (
        How.SEALED,
        LazyMarkup(lambda: safety("answers that you saved to come back to: only your code opens them")),
    )

    PROPOSAL_STATE = (How.CLEAR, LazyMarkup(lambda: safety("how far it is, and on which days something was written")))
    PROPOSAL = (
        How.LOCKED_HERE,
        LazyMarkup(
            lambda: safety("what you proposed, the picture, how we can reach you, and what we wrote to each other")
        ),
    )

    HELP_STATE = (How.CLEAR, LazyMarkup(lambda: safety("for which event you asked, and how far it is")))
    HELP_COUNTS = (How.CLEAR, LazyMarkup(lambda: safety("sums of which help people needed")))
    HELP = (How.LOCKED_HERE, LazyMarkup(lambda: safety("which help you asked for, and what we wrote to each other")))

    # With one machine its key is in memory only; several share it, sealed, for its hour: the page says what holds for both.
    VISITS = (
        How.LOCKED_HERE,
        LazyMarkup(
            lambda: safety(
                "a code made of your IP address, for about an hour: whoever took everything in that hour might work it out"
            )
        ),
    )

    def __init__(self, how: How | None, words: object) -> None:
        self.how = how
        self.words = words


Columns = dict[Holds, str]
H, V = Holds, Visitor
TABLES: dict[str, tuple[Visitor | None, Columns]] = {
    "report": (V.REPORTED, {
        H.NUMBER: "id reference submission_token conversation_id receipt_lookup", H.KIND: "kind",
        H.AREA: "place_geography place_version place_code", H.DAY: "received_on",
        H.PROGRESS: "state risk_band immediate_risk assignee_id due_on told_if_it_helped closed_on",
        H.LANGUAGE: "language", H.CAME_BY: "source", H.KEYS: "conversation_key",
    }),
    "clock": (V.REPORTED, {
        H.NUMBER: "id report_id", H.PROGRESS: "promise started_on due_on met_on ended_on paused_on days_paused",
    }),
    "report_part": (V.REPORTED, {H.NUMBER: "id report_id", H.HOW_MANY: "part", H.TOLD: "sealed"}),
    "message": (V.REPORTED, {
        H.NUMBER: "id report_id", H.HOW_MANY: "position author language sent_on seen", H.TOLD: "sealed",
    }),
    "translation": (V.REPORTED, {
        H.NUMBER: "id report_id message_id", H.HOW_MANY: "position language made_on", H.TOLD: "sealed",
    }),
    "evidence_file": (V.REPORTED, {H.NUMBER: "id draft_id report_id", H.FILES: "sealed"}),
    "evidence_chunk": (V.REPORTED, {H.NUMBER: "file_id", H.HOW_MANY: "number", H.FILES: "sealed"}),
    "report_contact": (V.REPORTED, {H.NUMBER: "id report_id", H.CONTACT: "sealed", H.IS_REACHABLE: "delete_on"}),
    "nudge": (V.REPORTED, {
        H.NUMBER: "id report_id", H.NEWS_ADDRESS: "sealed",
        H.IS_REACHABLE: "due_at sent_on sent_unread refusals delete_on",
    }),
    "hand_over": (V.REPORTED, {
        H.NUMBER: "id report_id", H.PARTNER_DAYS: "state problem due_at", H.KEYS: "locked_key",
        H.TO_DESK: "for_worker", H.CASE: "sealed",
    }),
    "referral": (V.REPORTED, {
        H.NUMBER: "id report_id notice_id", H.KEYS: "told_key",
        H.PARTNER_DAYS: "state made_on answer_due_on answered_on ended_on is_news",
        H.CASE: "sealed came_back notice own told", H.CONTACT: "contact",
    }),
    "marac_case": (V.REPORTED, {
        H.NUMBER: "id report_id", H.PARTNER_DAYS: "state referred_on is_repeat review_on", H.PROGRESS: "risk_before",
        H.CASE: "sealed",
    }),
    "marac_item": (V.REPORTED, {
        H.NUMBER: "id meeting_id case_id", H.PROGRESS: "risk_before risk_after",
        H.PARTNER_DAYS: "position minutes is_heard review_on",
    }),
    "marac_knowledge": (V.REPORTED, {H.NUMBER: "id item_id", H.PARTNER_DAYS: "agency written_on", H.CASE: "sealed"}),
    "marac_minutes": (V.REPORTED, {H.NUMBER: "id item_id", H.PARTNER_DAYS: "number written_on", H.CASE: "sealed"}),
    "marac_action": (V.REPORTED, {
        H.NUMBER: "id item_id", H.PROGRESS: "owner_id due_on state settled_on", H.CASE: "sealed", H.KEYS: "for_owner",
    }),
    "case_note": (V.REPORTED, {H.NUMBER: "id report_id", H.HOW_MANY: "position", H.CASE: "sealed"}),
    "case_task": (V.REPORTED, {H.NUMBER: "id report_id", H.PROGRESS: "owner_id due_on done_on", H.CASE: "sealed"}),
    "earlier_owner": (V.REPORTED, {H.NUMBER: "report_id", H.LOOKS: "staff_id"}),
    "second_look": (V.REPORTED, {H.NUMBER: "report_id", H.CASE: "sealed"}),
    "queue_index": (V.REPORTED, {H.NUMBER: "keyholder_id bucket", H.TOLD: "sealed"}),
    "deletion_request": (V.REPORTED, {
        H.NUMBER: "report_id", H.WISHES: "asked_on due_on refused_on refused_for refused_by",
    }),
    "legal_hold": (V.REPORTED, {H.NUMBER: "report_id", H.WISHES: "since review_on placed_by"}),
    "deleted_report": (V.REPORTED, {H.NUMBER: "report_id", H.WISHES: "deleted_on"}),
    "listed_deletion": (V.REPORTED, {H.NUMBER: "id"}),
    "outbox_mail": (V.REPORTED, {H.NUMBER: "id subject_id", H.PROGRESS: "letter due_at times_sent problem"}),
    "report_count": (V.REPORTED, {H.REPORT_COUNTS: "month place_group question answer times"}),
    "equality_count": (V.REPORTED, {H.REPORT_COUNTS: "month kind question option times"}),
    "unsafe_place_count": (V.REPORTED, {H.REPORT_COUNTS: "month place question answer times set_aside"}),
    "ended_count": (V.REPORTED, {H.REPORT_COUNTS: "month kind times"}),
    "draft": (V.REPORTED, {H.NUMBER: "id purpose ends_at", H.BEGUN: "sealed"}),
    "audit_entry": (V.REPORTED, {H.LOOKS: "at actor action subject", H.OURS: "id hash"}),
    "key_grant": (V.REPORTED, {H.NUMBER: "content_id keyholder_id", H.KEYS: "sealed_key"}),
    "survey_response": (V.ANSWERED, {
        H.NUMBER: "id wave_id version_id", H.LANGUAGE: "language", H.SIGNS: "flagged mode signals", H.TICKED: "answers",
    }),
    "answer_column": (V.ANSWERED, {H.NUMBER: "wave_id question", H.TICKED: "packed"}),
    "packed_part": (V.ANSWERED, {H.NUMBER: "wave_id after question", H.TICKED: "packed"}),
    "written_answer": (V.ANSWERED, {H.NUMBER: "id wave_id question", H.LANGUAGE: "language", H.WRITTEN: "sealed"}),
    "coding_part": (V.ANSWERED, {H.NUMBER: "id frame_id place", H.OURS: "coder handed_in_at", H.WRITTEN: "sealed"}),
    "paper_entry": (V.ANSWERED, {H.NUMBER: "id batch_id sheet place", H.OURS: "entered_by", H.WRITTEN: "sealed"}),
    "saved_answers": (V.ANSWERED, {H.NUMBER: "id last_day", H.SAVED: "sealed"}),
    "invitation_code": (V.ANSWERED, {H.NUMBER: "id batch_id", H.CARD: "is_used"}),
    "invitation_count": (V.ANSWERED, {H.NUMBER: "batch_id", H.SURVEY_COUNTS: "used sent"}),
    "occasion_count": (V.ANSWERED, {H.NUMBER: "wave_id occasion", H.SURVEY_COUNTS: "sent"}),
    "wave_count": (V.ANSWERED, {H.NUMBER: "wave_id", H.SURVEY_COUNTS: "what of times"}),
    "wave_look": (V.ANSWERED, {H.NUMBER: "wave_id part", H.SURVEY_COUNTS: "size shown"}),
    "event_proposal": (V.PROPOSED, {
        H.NUMBER: "id lookup event_id group_id",
        H.PROPOSAL_STATE: "state waits_for_editor is_held version is_let_through sent_on changed_on",
        H.PROPOSAL: "sealed sealed_before sealed_declined",
    }),
    "event_proposal_message": (V.PROPOSED, {
        H.NUMBER: "id proposal_id", H.PROPOSAL_STATE: "position is_from_group sent_on", H.PROPOSAL: "sealed",
    }),
    "event_proposal_picture": (V.PROPOSED, {H.NUMBER: "proposal_id id", H.PROPOSAL: "sealed"}),
    "event_outcome": (V.PROPOSED, {
        H.OURS: "event_id planned_on came is_about text language is_public sequence changed_on", H.PROPOSAL: "sealed",
    }),
    "event_source": (V.PROPOSED, {
        H.NUMBER: "id lookup", H.PROPOSAL: "sealed",
        H.OURS: "language rhythm is_trusted is_stopped version let_in_by let_in_on due_at etag modified read_at good_at "
        "trouble trouble_since found skipped",
    }),
    "event_source_entry": (V.PROPOSED, {
        H.NUMBER: "source_id key digest twin proposal_id same_as_id", H.PROPOSAL: "sealed_dates",
        H.OURS: "is_pending is_for_editors is_gone begins_on ends_at dates",
    }),
    "event_help_request": (V.ASKED_FOR_HELP, {
        H.NUMBER: "id lookup", H.HELP_STATE: "event_id planned_on state waits_since is_held version changed_on",
        H.HELP: "sealed",
    }),
    "event_help_message": (V.ASKED_FOR_HELP, {
        H.NUMBER: "id request_id", H.HELP_STATE: "position is_from_person sent_on", H.HELP: "sealed",
    }),
    "case_review_panel": (V.REPORTED, {
        H.NUMBER: "review_id", H.PROGRESS: "meets_on invited_on answered_on held_on told_on",
        H.TOLD: "sealed_meeting sealed_answer sealed_outcome", H.CASE: "sealed_reason sealed_summary",
    }),
    "case_review_panel_member": (V.REPORTED, {
        H.NUMBER: "id review_id wrapped_for", H.PROGRESS: "staff_id standing is_chair attended", H.CASE: "sealed",
        H.KEYS: "sealed_keys",
    }),
    "case_review_panel_words": (V.REPORTED, {H.NUMBER: "id review_id", H.HOW_MANY: "position", H.TOLD: "sealed"}),
    "case_review_recommendation": (V.REPORTED, {
        H.NUMBER: "id review_id", H.HOW_MANY: "position", H.CASE: "sealed_owner", H.TOLD: "sealed",
        H.PROGRESS: "owner_id due_on progress settled_on acceptance is_from_second_look",
    }),
    "case_review_minutes": (V.REPORTED, {
        H.NUMBER: "id review_id", H.HOW_MANY: "version", H.PROGRESS: "agreed_on", H.CASE: "sealed",
    }),
    "case_review_policing_body_look": (V.REPORTED, {
        H.NUMBER: "review_id", H.PROGRESS: "asked_on passed_on answered_on", H.TOLD: "sealed_request sealed_answer",
    }),
    "case_review": (V.REPORTED, {
        H.NUMBER: "id reference submission_token conversation_id receipt_lookup rules_version", H.DAY: "received_on",
        H.PROGRESS: "state acknowledge_by acknowledged_on decide_by decided_on is_met ways decided_by_id appealed_on "
        "appeal_decided_on has_recommendations ended_on is_held",
        H.WISHES: "keep_until kept_since kept_by", H.LANGUAGE: "language", H.KEYS: "conversation_key",
    }),
    "case_review_part": (V.REPORTED, {H.NUMBER: "id review_id", H.HOW_MANY: "part", H.TOLD: "sealed"}),
    "case_review_message": (V.REPORTED, {
        H.NUMBER: "id review_id", H.HOW_MANY: "position is_from_applicant is_seen sent_on", H.TOLD: "sealed",
    }),
    "case_review_used_receipt": (V.REPORTED, {H.NUMBER: "mark review_id"}),
    "event_help_count": (V.ASKED_FOR_HELP, {H.HELP_COUNTS: "event_id held_on need language outcome times"}),
    "limit_count": (V.LOOKED, {H.NUMBER: "what times ends_at", H.VISITS: "id"}),
}  # fmt: skip
# Of staff and their work, and of what is published: nothing here is about a resident.
OF_STAFF = {
    "archived_survey": "survey_code archived_by archived_at",
    "audit_checkpoint": "last_id day hash seal", "audit_day": "day standing value root salt head last_id",
    "audit_head": "id last_id hash anchored_on",
    "awareness_date": "code year first last confirmed_by confirmed_on sequence changed_at",
    "board_report": "id quarter number edition written document hash reason changed_at changed_by frozen_at frozen_by",
    "case_review_period": "code version first last applications not_met reviews with_recommendations correction published_at "
    "published_by",
    "coding_frame": "id wave_id question number codes second_share counted counted_at changed_at",
    "event": "id state starts_at ends_at venue address place_geography place_version place_code organiser contact "
    "web_address cost languages kind for_whom priorities awareness booking food is_online online_link "
    "is_place_on_request help_until access checked_on rule last_date times sequence created_at changed_at",
    "event_occurrence": "event_id planned_on starts_at ends_at is_cancelled moved_from venue address",
    "event_picture": "event_id id width height said added_by jpeg",
    "event_words": "id event_id language version translates title description typed searched written_by written_at",
    "export_chunk": "file_id number sealed",
    "export_job": "id staff_id wave_id chosen state percent size sealed_key asked_at begun_at ends_at",
    "finding": "id state source priority action owner found_on due_on answered_on release_id indicator sequence "
    "created_at changed_at",
    "finding_change": "finding_id number at by act facts words_version reason",
    "finding_words": "id finding_id language version translates said did outcome is_checked written_by written_at",
    "invitation_batch": "id wave_id number audience place made is_withdrawn",
    "limit_key": "hour sealed ends_at",
    "keyholder": "id code public_key created_at retired_from exposed_at",
    "kiosk": "id wave_id number languages ends_at pin wrong_pins ticket",
    "language_check": "id survey_code language checked_by checked_on noted_by noted_at sentences",
    "marac_meeting": "id held_on begins chair_id deputy_id coordinator_id agreed_on agreed_by cancelled_on",
    "marac_meeting_change": "meeting_id number was_on was_at reason changed_on changed_by",
    "marac_member": "meeting_id staff_id agency was_there",
    "marac_quarter": "first frozen_on told",
    "member": "id public_key created_at", "membership": "keyholder_id member_id sealed_key",
    "offline_key": "wave_id public sealed",
    "organisation_account": "staff_id issuer subject_hash linked_on is_theirs",
    "paper_batch": "id wave_id version_id number language sheets is_single note made_by states counted unsettled",
    "planned_activity": "id profile_id title first_on last_on about place_group direction agencies owner_id priority state said "
    "came edition changed_at changed_by",
    "problem_profile": "id profile_id number edition about place_group first last written document hash reason changed_at "
    "changed_by frozen_at frozen_by",
    "published_activity": "quarter document published_at published_by is_public",
    "release": "id wave_id number state document hash exact drafted_at drafted_by published_at published_by ended_at "
    "flagged modelled takes_place_of reason note",
    "saved_view": "id staff_id sealed",
    "shared_sign": "name mark at",
    "staff_invitation": "staff_id secret_hash ends_at used_at",
    "staff_member": "id name display_name password_hash totp_secret totp_step member_id active created_at signed_in_on",
    "staff_passkey": "id staff_id credential_id public_key user_handle sign_count name added_on used_on",
    "staff_passkey_challenge": "id challenge purpose ends_at staff_id user_handle name",
    "staff_recovery_code": "staff_id code_hash",
    "staff_role": "staff_id role", "staff_session": "id staff_id locked_key began_at ends_at",
    "staff_team_wait": "staff_id team", "survey": "id code created_at",
    "survey_draft": "id survey_code text uploaded_by uploaded_at version_id",
    "survey_version": "id survey_id number document hash published_at published_by safeguarding_lead partial",
    "trusted_group": "id lookup name reason given_by given_on until number_on ended_on sequence",
    "unlock": "id member_id method salt ops memory wrapped",
    "vault": "id mode receipt_salt recovery_member_id created_at",
    "wave": "id survey_id number state opens_on closes_on sample_type population languages recipe targets closed_at "
    "answered words_ended_on answers_ended_on tablet_parts_left_out",
    "wave_packing": "wave_id done last", "wave_version": "wave_id version_id position",
}  # fmt: skip
TABLES |= {table: (None, {H.OURS: columns}) for table, columns in OF_STAFF.items()}


def described_columns() -> Iterator[tuple[str, str, Holds]]:
    """(table, column, what it holds) of every column there is."""
    for table, (_visitor, columns) in TABLES.items():
        for holds, names in columns.items():
            yield from ((table, name, holds) for name in names.split())


def about(visitor: Visitor, how: How) -> list[object]:
    """What a thief finds of such a visitor that lies there like this, each thing once, in words."""
    found = {
        holds: None
        for of, columns in TABLES.values()
        if of is visitor
        for holds in columns
        if holds.how is how and holds.words
    }
    return [holds.words for holds in found]
