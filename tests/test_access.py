"""Who may open what: every page and every button is in a table, and each is tried by everyone it is not for."""

from __future__ import annotations

import gc
import re
import uuid
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.db import Base, session, today
from portal.languages.i18n import LANGUAGES
from portal.reporting import deletions
from portal.staff.models import Role
from portal.surveys.reading import read_definition
from tests.support.announcing import add_event, announce
from tests.support.asking import open_a_wave
from tests.support.feeding import let_through
from tests.support.needing import asks
from tests.support.people import Fields, Officer, Resident, sent_to
from tests.support.pictures import photo
from tests.support.proposing import comes_back, pictures, sends, trusts
from tests.support.sending import NARRATIVE, WITH_CONTACT, send_report
from tests.support.surveying import open_survey

pytestmark = pytest.mark.same_on_both

EVERYONE, DRAFT, RECEIPT, SIGNED_IN, UNLOCKED = "everyone", "draft", "receipt", "signed in", "officer, unlocked"
EDITOR, TAKES_REPORTS = "calendar_editor", "officer or reporting_centre"
OFFICER_OR_ANALYST = "officer or analyst"
LOOKS_TWICE, SEES_VERDICTS = "officer or supervisor, unlocked", "officer or supervisor or analyst"
LOOKS_AT_SURVEYS, MANAGER, ANALYST, READER = (
    "survey_manager or analyst",
    "survey_manager",
    "analyst",
    "analyst, unlocked",
)
REPORT = "/staff/reports/<uuid:report_id>"
REFERRAL, REFERRED = f"{REPORT}/referrals/<uuid:referral_id>", "/staff/referred/<uuid:referral_id>"
AGENCY = "partner_agency, unlocked"
EVENT = "/staff/events/<uuid:event_id>"
PROPOSAL = "/staff/event-proposals/<uuid:proposal_id>"
HELP = "/staff/events/help/<uuid:help_id>"
CASE_REVIEW = "/staff/case-reviews/<uuid:review_id>"
CALENDAR = "/staff/event-calendars/<uuid:source_id>"
PERSON, ADMINISTRATOR = "/staff/people/<name>", "administrator"
TRUSTED = "/staff/trusted-groups/<uuid:group_id>"
SURVEY, WAVE = "/staff/surveys/<code>", "/staff/waves/<uuid:wave_id>"
PAPER_BATCH = f"{WAVE}/paper/<int:number>"
DRAFT_OF_SURVEY = f"{SURVEY}/drafts/<uuid:draft_id>"
RELEASE = "/staff/figures/<uuid:release_id>"
BOARD = "/staff/figures/board-reports/<quarter>"
FINDING = "/staff/you-said/<uuid:finding_id>"
PROFILE, ACTIVITY = "/staff/profiles/<uuid:profile_id>", "/staff/profiles/activity"
READS_PROFILES, WRITES_PROFILES = "officer or supervisor or analyst", "supervisor or analyst"
PANEL = "/staff/case-reviews/<uuid:review_id>/panel"
SITS_ON_PANEL = "officer or supervisor or partner_agency, unlocked"
MARAC, AT_TABLE = "/staff/marac", "officer or supervisor or partner_agency, unlocked"
MEETING, ITEM = f"{MARAC}/meetings/<uuid:meeting_id>", f"{MARAC}/items/<uuid:item_id>"
# Every route: its address and method, and who may use it. A route that is not here fails.
WHO_MAY = {
    ("GET", "/"): EVERYONE,
    ("GET", "/help"): EVERYONE,
    ("GET", "/health"): EVERYONE,
    ("GET", "/priorities"): EVERYONE,
    ("GET", "/priorities/<code>"): EVERYONE,
    ("GET", "/noise"): EVERYONE,
    ("GET", "/case-review"): EVERYONE,
    ("GET", "/case-review/check"): EVERYONE,
    ("POST", "/case-review/check"): EVERYONE,
    ("GET", "/case-review/apply"): EVERYONE,
    ("POST", "/case-review/apply"): EVERYONE,
    ("GET", "/case-review/apply/<int:number>"): DRAFT,
    ("POST", "/case-review/apply/<int:number>"): DRAFT,
    ("GET", "/case-review/apply/check"): DRAFT,
    ("POST", "/case-review/apply/check"): DRAFT,
    ("GET", "/case-review/apply/sent"): DRAFT,
    ("POST", "/case-review/apply/sent"): DRAFT,
    ("GET", "/case-review/back"): EVERYONE,
    ("POST", "/case-review/back"): EVERYONE,
    ("GET", "/case-review/yours"): RECEIPT,
    ("POST", "/case-review/yours"): RECEIPT,
    ("GET", "/case-review/yours/appeal"): RECEIPT,
    ("POST", "/case-review/yours/appeal"): RECEIPT,
    ("GET", "/case-review/yours/take-back"): RECEIPT,
    ("POST", "/case-review/yours/take-back"): RECEIPT,
    ("POST", "/case-review/yours/close"): EVERYONE,
    ("GET", "/case-review/figures"): EVERYONE,
    ("GET", "/case-review/figures.csv"): EVERYONE,
    ("GET", "/staff/case-reviews"): "officer or supervisor",
    ("GET", CASE_REVIEW): LOOKS_TWICE,
    ("POST", f"{CASE_REVIEW}/acknowledge"): LOOKS_TWICE,
    ("POST", f"{CASE_REVIEW}/decide"): LOOKS_TWICE,
    ("POST", f"{CASE_REVIEW}/appeal"): LOOKS_TWICE,
    ("POST", f"{CASE_REVIEW}/decide-appeal"): LOOKS_TWICE,
    ("POST", f"{CASE_REVIEW}/answer"): LOOKS_TWICE,
    ("POST", f"{CASE_REVIEW}/keep"): UNLOCKED,
    ("POST", f"{CASE_REVIEW}/let-go"): UNLOCKED,
    ("POST", f"{CASE_REVIEW}/aside"): LOOKS_TWICE,
    ("POST", f"{CASE_REVIEW}/aside/<uuid:member_id>"): LOOKS_TWICE,
    ("GET", "/staff/case-reviews/periods"): "survey_manager or analyst or supervisor",
    ("POST", "/staff/case-reviews/periods/<code>/publish"): "survey_manager or supervisor",
    ("GET", "/staff/case-reviews/rules"): "officer or supervisor or survey_manager or administrator",
    ("GET", "/privacy"): EVERYONE,
    ("GET", "/if-stolen"): EVERYONE,
    ("GET", "/cookies"): EVERYONE,
    ("GET", "/accessibility"): EVERYONE,
    ("GET", "/contact"): EVERYONE,
    ("GET", "/formats"): EVERYONE,
    ("GET", "/log"): EVERYONE,
    ("GET", "/log.json"): EVERYONE,
    ("GET", "/log.txt"): EVERYONE,
    ("GET", "/log/keeper.py"): EVERYONE,
    ("GET", "/staff/log"): "auditor",
    ("POST", "/staff/log/verify"): "auditor",
    ("POST", "/staff/log/log.<kind>"): "auditor",
    ("GET", "/events"): EVERYONE,
    ("GET", "/events/month/<month>"): EVERYONE,
    ("GET", "/events/past"): EVERYONE,
    ("GET", "/events/<uuid:event_id>"): EVERYONE,
    ("GET", "/events/<uuid:event_id>.ics"): EVERYONE,
    ("GET", "/events/<uuid:event_id>/picture/<uuid:picture_id>"): EVERYONE,
    ("GET", "/events/<uuid:event_id>/<day>"): EVERYONE,
    ("GET", "/events/<uuid:event_id>/<day>.ics"): EVERYONE,
    ("GET", "/events.ics"): EVERYONE,
    ("GET", "/events/propose"): EVERYONE,
    ("POST", "/events/propose"): EVERYONE,
    ("GET", "/events/propose/back"): EVERYONE,
    ("POST", "/events/propose/back"): EVERYONE,
    ("GET", "/events/propose/yours"): RECEIPT,
    ("POST", "/events/propose/yours"): RECEIPT,
    ("GET", "/events/propose/yours/change"): RECEIPT,
    ("POST", "/events/propose/yours/change"): RECEIPT,
    ("GET", "/events/propose/yours/withdraw"): RECEIPT,
    ("POST", "/events/propose/yours/withdraw"): RECEIPT,
    ("GET", "/events/propose/yours/afterwards/<day>"): RECEIPT,
    ("POST", "/events/propose/yours/afterwards/<day>"): RECEIPT,
    ("GET", "/events/propose/yours/picture"): RECEIPT,
    ("POST", "/events/propose/yours/picture"): RECEIPT,
    ("GET", "/events/propose/yours/picture/file"): RECEIPT,
    ("POST", "/events/propose/yours/picture/remove"): RECEIPT,
    ("POST", "/events/propose/close"): EVERYONE,
    ("GET", "/events/ask/<uuid:event_id>"): EVERYONE,
    ("POST", "/events/ask/<uuid:event_id>"): EVERYONE,
    ("GET", "/events/ask/back"): EVERYONE,
    ("POST", "/events/ask/back"): EVERYONE,
    ("GET", "/events/ask/yours"): RECEIPT,
    ("POST", "/events/ask/yours"): RECEIPT,
    ("GET", "/events/ask/yours/take-back"): RECEIPT,
    ("POST", "/events/ask/yours/take-back"): RECEIPT,
    ("POST", "/events/ask/close"): EVERYONE,
    ("GET", "/events/your-calendar"): RECEIPT,
    ("POST", "/events/your-calendar/close"): EVERYONE,
    ("GET", "/events/awareness"): EVERYONE,
    ("GET", "/events/awareness.ics"): EVERYONE,
    ("GET", "/events.atom"): EVERYONE,
    ("GET", "/events.json"): EVERYONE,
    ("GET", "/events/subscribe"): EVERYONE,
    ("GET", "/events/embed"): EVERYONE,
    ("GET", "/events/sheet"): EVERYONE,
    ("GET", "/events/<uuid:event_id>/poster"): EVERYONE,
    ("GET", "/events/<uuid:event_id>/feedback"): EVERYONE,
    ("GET", "/events/<uuid:event_id>/<day>/feedback"): EVERYONE,
    ("GET", "/cohesion"): EVERYONE,
    ("GET", "/cohesion.csv"): EVERYONE,
    ("GET", "/you-said"): EVERYONE,
    ("GET", "/you-said/data.csv"): EVERYONE,
    ("GET", "/you-said/data.json"): EVERYONE,
    ("GET", "/cohesion/releases/<check_number>.json"): EVERYONE,
    ("GET", "/cohesion/data"): EVERYONE,
    ("GET", "/cohesion/data/catalogue.json"): EVERYONE,
    ("GET", "/cohesion/data/csv-metadata.json"): EVERYONE,
    ("GET", "/cohesion/data/<name>.csv"): EVERYONE,
    ("GET", "/cohesion/data/what-we-did.csv"): EVERYONE,
    ("GET", "/cohesion/data/releases/<check_number>/<name>.csv"): EVERYONE,
    ("GET", "/cohesion/data/releases/<check_number>/csv-metadata.json"): EVERYONE,
    ("GET", "/static/<name>"): EVERYONE,
    ("POST", "/leave"): EVERYONE,
    ("GET", "/keep-open/<int:number>"): EVERYONE,
    ("POST", "/keep-open/<int:number>"): EVERYONE,
    ("GET", "/report"): EVERYONE,
    ("POST", "/report"): EVERYONE,
    ("GET", "/report/<int:number>"): DRAFT,
    ("POST", "/report/<int:number>"): DRAFT,
    ("GET", "/report/files"): DRAFT,
    ("POST", "/report/files"): DRAFT,
    ("GET", "/report/check"): DRAFT,
    ("POST", "/report/check"): DRAFT,
    ("POST", "/report/open"): DRAFT,
    ("GET", "/report/person"): DRAFT,
    ("POST", "/report/person"): DRAFT,
    ("GET", "/report/sent"): DRAFT,
    ("POST", "/report/sent"): EVERYONE,
    ("GET", "/report/saved"): EVERYONE,
    ("GET", "/ask"): EVERYONE,
    ("POST", "/ask"): EVERYONE,
    ("GET", "/ask/<int:number>"): DRAFT,
    ("POST", "/ask/<int:number>"): DRAFT,
    ("GET", "/ask/sent"): DRAFT,
    ("POST", "/ask/sent"): EVERYONE,
    ("GET", "/ask/saved"): EVERYONE,
    ("GET", "/report/about-you"): EVERYONE,
    ("POST", "/report/about-you"): EVERYONE,
    ("GET", "/places"): EVERYONE,
    ("GET", "/places/tell"): EVERYONE,
    ("POST", "/places/tell"): EVERYONE,
    ("GET", "/places/told"): EVERYONE,
    ("GET", "/return"): EVERYONE,
    ("POST", "/return"): EVERYONE,
    ("GET", "/return/again"): RECEIPT,
    ("POST", "/return/again"): RECEIPT,
    ("GET", "/return/again/added"): RECEIPT,
    ("GET", "/return/report"): RECEIPT,
    ("POST", "/return/report"): RECEIPT,
    ("GET", "/return/files/<uuid:file_id>"): RECEIPT,
    ("POST", "/return/close"): EVERYONE,
    ("GET", "/return/read-aloud"): RECEIPT,
    ("POST", "/return/read-aloud"): RECEIPT,
    ("GET", "/return/choices"): RECEIPT,
    ("POST", "/return/choices"): RECEIPT,
    ("GET", "/return/ending"): RECEIPT,
    ("GET", "/return/withdraw"): RECEIPT,
    ("POST", "/return/withdraw"): RECEIPT,
    ("GET", "/return/contact"): RECEIPT,
    ("POST", "/return/contact"): RECEIPT,
    ("GET", "/return/nudge"): RECEIPT,
    ("POST", "/return/nudge"): RECEIPT,
    ("GET", "/return/delete"): RECEIPT,
    ("POST", "/return/delete"): RECEIPT,
    ("POST", "/return/keep"): RECEIPT,
    ("POST", "/return/helped"): RECEIPT,
    ("GET", "/surveys"): EVERYONE,
    ("GET", "/surveys/<code>"): EVERYONE,
    ("POST", "/surveys/<code>"): EVERYONE,
    ("GET", "/surveys/<code>/<int:number>"): DRAFT,
    ("POST", "/surveys/<code>/<int:number>"): DRAFT,
    ("GET", "/surveys/<code>/send"): DRAFT,
    ("POST", "/surveys/<code>/send"): DRAFT,
    ("GET", "/surveys/<code>/thanks"): DRAFT,
    ("GET", "/surveys/<code>/save"): DRAFT,
    ("POST", "/surveys/<code>/save"): DRAFT,
    ("GET", "/surveys/<code>/saved"): DRAFT,
    ("POST", "/surveys/<code>/saved"): DRAFT,
    ("GET", "/kiosk"): DRAFT,
    ("GET", "/kiosk/about"): DRAFT,
    ("POST", "/kiosk/about"): DRAFT,
    ("GET", "/kiosk/still"): DRAFT,
    ("GET", "/kiosk/end"): DRAFT,
    ("POST", "/kiosk/end"): DRAFT,
    ("GET", "/kiosk/ended"): EVERYONE,
    ("GET", "/kiosk/offline"): DRAFT,
    ("GET", "/kiosk/offline/<language>"): DRAFT,
    ("POST", "/kiosk/offline/<uuid:wave_id>"): EVERYONE,
    ("POST", "/kiosk/offline/<uuid:wave_id>/state"): EVERYONE,
    ("GET", "/kiosk/worker.js"): EVERYONE,
    ("GET", "/saved-survey"): EVERYONE,
    ("POST", "/saved-survey"): EVERYONE,
    ("GET", "/staff/sign-in"): EVERYONE,
    ("POST", "/staff/sign-in"): EVERYONE,
    ("POST", "/staff/sign-out"): EVERYONE,
    ("GET", "/staff/keep-open"): EVERYONE,
    ("POST", "/staff/keep-open"): EVERYONE,
    ("GET", "/staff/"): SIGNED_IN,
    ("GET", "/staff/unlock"): SIGNED_IN,
    ("POST", "/staff/unlock"): SIGNED_IN,
    ("POST", "/staff/lock"): SIGNED_IN,
    ("GET", "/staff/take-a-report"): TAKES_REPORTS,
    ("POST", "/staff/take-a-report"): TAKES_REPORTS,
    ("GET", "/staff/equality"): OFFICER_OR_ANALYST,
    ("GET", "/staff/report-figures"): OFFICER_OR_ANALYST,
    ("GET", "/staff/report-figures/now"): "officer",
    ("GET", "/staff/report-figures/quarter"): OFFICER_OR_ANALYST,
    ("GET", "/staff/report-figures/<name>.csv"): OFFICER_OR_ANALYST,
    ("GET", "/staff/places"): OFFICER_OR_ANALYST,
    ("GET", "/staff/places.csv"): OFFICER_OR_ANALYST,
    ("GET", "/staff/reports"): UNLOCKED,
    ("GET", "/staff/tasks"): UNLOCKED,
    ("POST", f"{REPORT}/owner"): UNLOCKED,
    ("POST", f"{REPORT}/notes"): UNLOCKED,
    ("POST", f"{REPORT}/tasks"): UNLOCKED,
    ("POST", f"{REPORT}/tasks/<uuid:task_id>"): UNLOCKED,
    ("GET", f"{REPORT}/print"): UNLOCKED,
    ("GET", "/staff/search"): UNLOCKED,
    ("GET", "/staff/ticked"): UNLOCKED,
    ("GET", "/staff/assign"): UNLOCKED,
    ("GET", "/staff/close-jokes"): UNLOCKED,
    ("GET", "/staff/saved-views"): UNLOCKED,
    ("POST", "/staff/search"): UNLOCKED,
    ("POST", "/staff/ticked"): UNLOCKED,
    ("POST", "/staff/assign"): UNLOCKED,
    ("POST", "/staff/close-jokes"): UNLOCKED,
    ("GET", "/staff/alike-words"): UNLOCKED,
    ("POST", "/staff/alike-words"): UNLOCKED,
    ("POST", "/staff/saved-views"): UNLOCKED,
    ("POST", "/staff/saved-views/<uuid:view_id>"): UNLOCKED,
    ("GET", REPORT): UNLOCKED,
    ("GET", f"{REPORT}/series"): UNLOCKED,
    ("POST", f"{REPORT}/series/evidence.pdf"): UNLOCKED,
    ("POST", f"{REPORT}/series/evidence.json"): UNLOCKED,
    ("GET", f"{REPORT}/files/<uuid:file_id>"): LOOKS_TWICE,
    ("POST", f"{REPORT}/files/<uuid:file_id>"): LOOKS_TWICE,
    ("GET", "/staff/holds"): "officer or supervisor",
    ("GET", "/staff/second-looks"): LOOKS_TWICE,
    ("GET", "/staff/second-looks/jokes"): LOOKS_TWICE,
    ("POST", "/staff/second-looks/jokes"): LOOKS_TWICE,
    ("GET", "/staff/second-looks/<uuid:report_id>"): LOOKS_TWICE,
    ("POST", "/staff/second-looks/<uuid:report_id>"): LOOKS_TWICE,
    ("GET", "/staff/verdicts"): SEES_VERDICTS,
    ("POST", f"{REPORT}/refuse-deletion"): UNLOCKED,
    ("POST", f"{REPORT}/hold"): UNLOCKED,
    ("POST", f"{REPORT}/end-hold"): UNLOCKED,
    ("POST", f"{REPORT}/read"): UNLOCKED,
    ("POST", f"{REPORT}/contact"): UNLOCKED,
    ("POST", REPORT): UNLOCKED,
    ("POST", f"{REPORT}/state"): UNLOCKED,
    ("GET", f"{REPORT}/close"): UNLOCKED,
    ("POST", f"{REPORT}/close"): UNLOCKED,
    ("POST", f"{REPORT}/close/take-back"): UNLOCKED,
    ("POST", f"{REPORT}/reopen"): UNLOCKED,
    ("POST", f"{REPORT}/risk"): UNLOCKED,
    ("POST", f"{REPORT}/alert"): UNLOCKED,
    ("GET", f"{REPORT}/refer"): UNLOCKED,
    ("POST", f"{REPORT}/refer"): UNLOCKED,
    ("GET", REFERRAL): UNLOCKED,
    ("POST", REFERRAL): UNLOCKED,
    ("POST", f"{REFERRAL}/take-back"): UNLOCKED,
    ("GET", f"{REFERRAL}/sheet"): UNLOCKED,
    ("POST", f"{REFERRAL}/sheet.pdf"): UNLOCKED,
    ("GET", "/staff/referrals"): UNLOCKED,
    **{(method, f"{at}/marac/refer"): UNLOCKED for at in (REPORT, "/staff") for method in ("GET", "POST")},
    ("GET", MARAC): AT_TABLE,
    ("GET", f"{MARAC}/figures"): "officer or supervisor",
    **{
        (method, f"{MARAC}/{page}"): LOOKS_TWICE
        for page in ("new", "cases/<uuid:case_id>")
        for method in ("GET", "POST")
    },
    ("GET", MEETING): AT_TABLE,
    **{("POST", f"{MEETING}/{act}"): AT_TABLE for act in ("members", "presence", "agenda", "agree")},
    **{(method, f"{MEETING}/{act}"): AT_TABLE for act in ("move", "cancel") for method in ("GET", "POST")},
    ("POST", f"{MEETING}/members/<uuid:person_id>"): AT_TABLE,
    ("GET", ITEM): AT_TABLE,
    **{("POST", f"{ITEM}/{act}"): AT_TABLE for act in ("knowledge", "minutes", "actions")},
    ("GET", f"{MARAC}/actions/<uuid:action_id>"): AT_TABLE,
    ("POST", f"{MARAC}/actions/<uuid:action_id>"): AT_TABLE,
    ("GET", "/staff/referred"): AGENCY,
    ("GET", REFERRED): AGENCY,
    ("POST", REFERRED): AGENCY,
    ("GET", f"{REFERRED}/files/<uuid:file_id>"): AGENCY,
    ("POST", f"{REFERRED}/files/<uuid:file_id>"): AGENCY,
    ("GET", f"{REPORT}/alike"): UNLOCKED,
    ("POST", f"{REPORT}/alike"): UNLOCKED,
    ("GET", f"{REPORT}/belongs"): UNLOCKED,
    ("GET", f"{REPORT}/unlink/<uuid:other_id>"): UNLOCKED,
    ("POST", f"{REPORT}/unlink/<uuid:other_id>"): UNLOCKED,
    ("GET", f"{REPORT}/merge/<uuid:leading_id>"): UNLOCKED,
    ("POST", f"{REPORT}/merge/<uuid:leading_id>"): UNLOCKED,
    ("GET", f"{REPORT}/unmerge"): UNLOCKED,
    ("POST", f"{REPORT}/unmerge"): UNLOCKED,
    ("GET", f"{REPORT}/merged"): UNLOCKED,
    ("POST", f"{REPORT}/merged"): UNLOCKED,
    ("POST", f"{REPORT}/hand-over/<uuid:hand_over_id>"): UNLOCKED,
    ("GET", f"{REPORT}/translate/<uuid:original_id>"): UNLOCKED,
    ("POST", f"{REPORT}/translate/<uuid:original_id>"): UNLOCKED,
    ("GET", "/staff/events"): EDITOR,
    ("GET", "/staff/events/planning"): EDITOR,
    ("GET", "/staff/events/planning/<code>/<int:year>"): EDITOR,
    ("POST", "/staff/events/planning/<code>/<int:year>"): EDITOR,
    ("GET", "/staff/events/afterwards"): EDITOR,
    ("GET", "/staff/events/new"): EDITOR,
    ("GET", "/staff/events/help"): EDITOR,
    ("GET", HELP): EDITOR,
    ("POST", f"{HELP}/answer"): EDITOR,
    ("POST", f"{HELP}/tell"): EDITOR,
    ("POST", f"{HELP}/notice"): EDITOR,
    ("GET", "/staff/events/help/figures"): "calendar_editor or survey_manager or analyst",
    ("GET", f"{EVENT}/help"): EDITOR,
    ("GET", "/staff/event-proposals"): EDITOR,
    ("GET", PROPOSAL): EDITOR,
    ("GET", f"{PROPOSAL}/preview"): EDITOR,
    ("GET", f"{PROPOSAL}/picture"): EDITOR,
    ("POST", f"{PROPOSAL}/accept"): EDITOR,
    ("POST", f"{PROPOSAL}/ask"): EDITOR,
    ("POST", f"{PROPOSAL}/decline"): EDITOR,
    ("POST", f"{PROPOSAL}/call-off"): EDITOR,
    ("GET", "/staff/event-calendars"): EDITOR,
    ("GET", "/staff/event-calendars/new"): EDITOR,
    ("POST", "/staff/event-calendars/new"): EDITOR,
    ("GET", CALENDAR): EDITOR,
    ("GET", f"{CALENDAR}/change"): EDITOR,
    ("POST", f"{CALENDAR}/change"): EDITOR,
    ("POST", f"{CALENDAR}/read"): EDITOR,
    ("POST", f"{CALENDAR}/number"): EDITOR,
    ("POST", f"{CALENDAR}/delete"): EDITOR,
    ("POST", f"{PROPOSAL}/leave"): EDITOR,
    ("POST", f"{PROPOSAL}/take-off"): EDITOR,
    ("GET", "/staff/trusted-groups"): EDITOR,
    ("GET", "/staff/trusted-groups/new"): EDITOR,
    ("POST", "/staff/trusted-groups/new"): EDITOR,
    ("GET", TRUSTED): EDITOR,
    ("POST", f"{TRUSTED}/renew"): EDITOR,
    ("POST", f"{TRUSTED}/number"): EDITOR,
    ("POST", f"{TRUSTED}/end"): EDITOR,
    ("GET", f"{EVENT}/picture"): EDITOR,
    ("POST", f"{EVENT}/picture"): EDITOR,
    ("GET", f"{EVENT}/picture/file"): EDITOR,
    ("POST", f"{EVENT}/picture/remove"): EDITOR,
    ("POST", "/staff/events/new"): EDITOR,
    ("GET", EVENT): EDITOR,
    ("GET", f"{EVENT}/change"): EDITOR,
    ("POST", f"{EVENT}/change"): EDITOR,
    ("GET", f"{EVENT}/preview"): EDITOR,
    ("POST", f"{EVENT}/publish"): EDITOR,
    ("GET", f"{EVENT}/cancel"): EDITOR,
    ("POST", f"{EVENT}/cancel"): EDITOR,
    ("GET", f"{EVENT}/dates/<day>/cancel"): EDITOR,
    ("POST", f"{EVENT}/dates/<day>/cancel"): EDITOR,
    ("GET", f"{EVENT}/dates/<day>/move"): EDITOR,
    ("POST", f"{EVENT}/dates/<day>/move"): EDITOR,
    ("POST", f"{EVENT}/dates/<day>/move-back"): EDITOR,
    ("GET", f"{EVENT}/dates/<day>/afterwards"): EDITOR,
    ("POST", f"{EVENT}/dates/<day>/afterwards"): EDITOR,
    ("POST", f"{EVENT}/dates/<day>/afterwards/leave-out"): EDITOR,
    ("GET", f"{EVENT}/words/<language>"): EDITOR,
    ("POST", f"{EVENT}/words/<language>"): EDITOR,
    ("GET", "/staff/surveys"): LOOKS_AT_SURVEYS,
    ("GET", SURVEY): LOOKS_AT_SURVEYS,
    ("GET", f"{SURVEY}/preview"): LOOKS_AT_SURVEYS,
    ("GET", f"{SURVEY}/version"): LOOKS_AT_SURVEYS,
    ("GET", f"{SURVEY}/paper"): LOOKS_AT_SURVEYS,
    ("GET", f"{SURVEY}/xlsform/<of>"): LOOKS_AT_SURVEYS,
    ("GET", f"{SURVEY}/xlsform/<of>/file"): LOOKS_AT_SURVEYS,
    ("GET", "/staff/survey-xlsform"): MANAGER,
    ("POST", "/staff/survey-xlsform"): MANAGER,
    ("POST", "/staff/survey-xlsform/definition"): MANAGER,
    ("POST", f"{SURVEY}/publish"): MANAGER,
    ("GET", "/staff/survey-upload"): MANAGER,
    ("POST", "/staff/survey-upload"): MANAGER,
    ("GET", DRAFT_OF_SURVEY): LOOKS_AT_SURVEYS,
    ("GET", f"{DRAFT_OF_SURVEY}/file"): LOOKS_AT_SURVEYS,
    ("POST", f"{DRAFT_OF_SURVEY}/delete"): MANAGER,
    ("GET", f"{SURVEY}/file"): LOOKS_AT_SURVEYS,
    ("GET", f"{SURVEY}/compare"): LOOKS_AT_SURVEYS,
    ("GET", f"{SURVEY}/languages/<key>"): LOOKS_AT_SURVEYS,
    ("POST", f"{SURVEY}/languages/<key>"): MANAGER,
    ("POST", f"{SURVEY}/archive"): MANAGER,
    ("POST", f"{SURVEY}/restore"): MANAGER,
    ("GET", f"{WAVE}/targets"): MANAGER,
    ("POST", f"{WAVE}/targets"): MANAGER,
    ("GET", f"{SURVEY}/open"): MANAGER,
    ("POST", f"{SURVEY}/open"): MANAGER,
    ("GET", WAVE): LOOKS_AT_SURVEYS,
    ("GET", f"{WAVE}/results"): LOOKS_AT_SURVEYS,
    ("POST", f"{WAVE}/last-day"): MANAGER,
    ("POST", f"{WAVE}/version"): MANAGER,
    ("GET", f"{WAVE}/invitations"): LOOKS_AT_SURVEYS,
    ("POST", f"{WAVE}/invitations"): MANAGER,
    ("POST", f"{WAVE}/invitations/<uuid:batch_id>/withdraw"): MANAGER,
    ("GET", f"{WAVE}/close"): MANAGER,
    ("POST", f"{WAVE}/close"): MANAGER,
    ("GET", f"{WAVE}/written/<question>"): READER,
    ("GET", f"{WAVE}/coding"): LOOKS_AT_SURVEYS,
    ("GET", f"{WAVE}/coding/<question>"): READER,
    ("POST", f"{WAVE}/coding/<question>"): READER,
    ("POST", f"{WAVE}/coding/<question>/version"): READER,
    ("POST", f"{WAVE}/coding/<question>/begin"): READER,
    ("GET", f"{WAVE}/coding/<question>/words"): READER,
    ("POST", f"{WAVE}/coding/<question>/words"): READER,
    ("POST", f"{WAVE}/coding/<question>/hand-in"): READER,
    ("GET", f"{WAVE}/coding/<question>/differences"): READER,
    ("POST", f"{WAVE}/coding/<question>/differences"): READER,
    ("POST", f"{WAVE}/coding/<question>/count"): READER,
    ("GET", f"{WAVE}/export"): ANALYST,
    ("POST", f"{WAVE}/answers"): ANALYST,
    ("GET", f"{WAVE}/tablets"): MANAGER,
    ("POST", f"{WAVE}/tablets"): MANAGER,
    ("POST", f"{WAVE}/tablets/<int:number>/end"): MANAGER,
    ("GET", f"{WAVE}/paper"): LOOKS_AT_SURVEYS,
    ("POST", f"{WAVE}/paper"): MANAGER,
    ("GET", PAPER_BATCH): LOOKS_AT_SURVEYS,
    ("POST", PAPER_BATCH): MANAGER,
    ("GET", f"{PAPER_BATCH}/open"): LOOKS_AT_SURVEYS,
    ("POST", f"{PAPER_BATCH}/compare"): READER,
    ("GET", f"{PAPER_BATCH}/<int:sheet>"): LOOKS_AT_SURVEYS,
    ("POST", f"{PAPER_BATCH}/<int:sheet>"): LOOKS_AT_SURVEYS,
    ("GET", f"{PAPER_BATCH}/<int:sheet>/settle"): READER,
    ("POST", f"{PAPER_BATCH}/<int:sheet>/settle"): READER,
    ("POST", f"{PAPER_BATCH}/<int:sheet>/again"): READER,
    ("GET", f"{WAVE}/codebook"): ANALYST,
    ("POST", f"{WAVE}/codebook.csv"): ANALYST,
    ("POST", f"{WAVE}/codebook.xml"): ANALYST,
    ("GET", "/staff/exports"): ANALYST,
    ("POST", "/staff/exports/<uuid:job_id>/file"): READER,
    ("POST", "/staff/exports/<uuid:job_id>/delete"): ANALYST,
    ("GET", "/staff/figures"): LOOKS_AT_SURVEYS,
    ("GET", "/staff/figures/overview"): "officer or supervisor or calendar_editor or survey_manager or analyst",
    ("GET", "/staff/figures/years"): LOOKS_AT_SURVEYS,
    ("GET", "/staff/figures/years/<int:year>.csv"): LOOKS_AT_SURVEYS,
    ("POST", "/staff/figures/quarters/<quarter>/publish"): MANAGER,
    ("POST", "/staff/figures/quarters/<quarter>/take-back"): MANAGER,
    ("GET", "/staff/figures/waves/<uuid:wave_id>"): LOOKS_AT_SURVEYS,
    ("POST", "/staff/figures/waves/<uuid:wave_id>"): MANAGER,
    ("GET", "/staff/figures/register"): LOOKS_AT_SURVEYS,
    ("GET", "/staff/figures/board-reports"): LOOKS_AT_SURVEYS,
    ("GET", BOARD): LOOKS_AT_SURVEYS,
    ("GET", f"{BOARD}/<int:number>"): LOOKS_AT_SURVEYS,
    ("GET", f"{BOARD}/<int:number>/report.<ending>"): LOOKS_AT_SURVEYS,
    ("GET", f"{BOARD}/words"): MANAGER,
    ("POST", f"{BOARD}/words"): MANAGER,
    ("GET", f"{BOARD}/actions"): MANAGER,
    ("POST", f"{BOARD}/actions"): MANAGER,
    ("GET", f"{BOARD}/actions/<action_id>"): MANAGER,
    ("POST", f"{BOARD}/actions/<action_id>"): MANAGER,
    ("POST", f"{BOARD}/freeze"): MANAGER,
    ("GET", f"{BOARD}/again"): MANAGER,
    ("POST", f"{BOARD}/again"): MANAGER,
    ("GET", "/staff/profiles"): READS_PROFILES,
    **{(method, "/staff/profiles/new"): WRITES_PROFILES for method in ("GET", "POST")},
    ("GET", PROFILE): READS_PROFILES,
    **{(method, f"{PROFILE}/words"): WRITES_PROFILES for method in ("GET", "POST")},
    ("POST", f"{PROFILE}/freeze"): WRITES_PROFILES,
    ("GET", f"{PROFILE}/<int:number>"): READS_PROFILES,
    ("GET", f"{PROFILE}/<int:number>/profile.json"): READS_PROFILES,
    ("POST", f"{PROFILE}/<int:number>/again"): WRITES_PROFILES,
    ("GET", ACTIVITY): READS_PROFILES,
    ("GET", f"{ACTIVITY}/<int:year>.ics"): READS_PROFILES,
    **{(method, f"{ACTIVITY}/new"): READS_PROFILES for method in ("GET", "POST")},
    ("GET", f"{ACTIVITY}/<uuid:activity_id>"): READS_PROFILES,
    **{(method, f"{ACTIVITY}/<uuid:activity_id>/change"): READS_PROFILES for method in ("GET", "POST")},
    ("POST", f"{ACTIVITY}/<uuid:activity_id>/record"): READS_PROFILES,
    ("GET", RELEASE): LOOKS_AT_SURVEYS,
    ("GET", f"{RELEASE}/publish"): MANAGER,
    ("POST", f"{RELEASE}/publish"): MANAGER,
    ("GET", f"{RELEASE}/withdraw"): MANAGER,
    ("POST", f"{RELEASE}/withdraw"): MANAGER,
    ("GET", "/staff/you-said"): LOOKS_AT_SURVEYS,
    ("GET", "/staff/you-said/new"): MANAGER,
    ("POST", "/staff/you-said/new"): MANAGER,
    ("GET", FINDING): LOOKS_AT_SURVEYS,
    ("GET", f"{FINDING}/change"): MANAGER,
    ("POST", f"{FINDING}/change"): MANAGER,
    ("POST", f"{FINDING}/publish"): MANAGER,
    ("GET", f"{FINDING}/withdraw"): MANAGER,
    ("POST", f"{FINDING}/withdraw"): MANAGER,
    ("GET", f"{FINDING}/delete"): MANAGER,
    ("POST", f"{FINDING}/delete"): MANAGER,
    ("GET", f"{FINDING}/words/<language>"): MANAGER,
    ("POST", f"{FINDING}/words/<language>"): MANAGER,
    ("GET", "/case-review/yours/panel"): RECEIPT,
    ("POST", "/case-review/yours/panel"): RECEIPT,
    ("GET", "/case-review/yours/second-look"): RECEIPT,
    ("POST", "/case-review/yours/second-look"): RECEIPT,
    ("GET", "/staff/case-review-panels"): SITS_ON_PANEL,
    ("GET", f"{PANEL}/papers"): SITS_ON_PANEL,
    ("GET", "/staff/case-reviews/recommendations"): LOOKS_TWICE,
    ("GET", PANEL): LOOKS_TWICE,
    **{
        (method, f"{PANEL}/{page}"): LOOKS_TWICE
        for page in (
            "meeting",
            "summary",
            "held",
            "members/new",
            "members/<uuid:member_id>",
            "invitation",
            "applicant",
            "recommendations/new",
            "recommendations/<uuid:row_id>",
            "minutes",
            "outcome",
            "second-look",
        )
        for method in ("GET", "POST")
    },
    ("GET", "/staff/invitation"): EVERYONE,
    ("GET", "/staff/join"): EVERYONE,
    ("POST", "/staff/join"): EVERYONE,
    ("GET", "/staff/sign-in/organisation"): EVERYONE,
    ("GET", "/staff/sign-in/organisation/back"): EVERYONE,
    ("GET", "/staff/sign-in/organisation/code"): EVERYONE,
    ("POST", "/staff/sign-in/organisation/code"): EVERYONE,
    ("GET", "/staff/account/organisation"): SIGNED_IN,
    ("POST", "/staff/account/organisation"): SIGNED_IN,
    ("GET", "/staff/account/organisation/go"): SIGNED_IN,
    ("POST", "/staff/account/organisation/end"): SIGNED_IN,
    ("GET", f"{PERSON}/organisation"): ADMINISTRATOR,
    ("POST", f"{PERSON}/organisation"): ADMINISTRATOR,
    ("POST", f"{PERSON}/organisation/end"): ADMINISTRATOR,
    ("POST", "/staff/passkey/ask"): EVERYONE,
    ("POST", "/staff/sign-in/passkey"): EVERYONE,
    ("POST", "/staff/account/passkeys/made"): SIGNED_IN,
    ("GET", "/staff/account/passkeys/<uuid:passkey_id>/remove"): SIGNED_IN,
    ("POST", "/staff/account/passkeys/<uuid:passkey_id>/remove"): SIGNED_IN,
    ("GET", "/staff/account"): SIGNED_IN,
    ("POST", "/staff/account/end-others"): SIGNED_IN,
    ("POST", "/staff/account/end-session"): SIGNED_IN,
    ("GET", "/staff/people"): ADMINISTRATOR,
    ("GET", "/staff/people/roles"): ADMINISTRATOR,
    ("POST", f"{PERSON}/forget-passphrase"): ADMINISTRATOR,
    ("GET", "/staff/people/invite"): ADMINISTRATOR,
    ("POST", "/staff/people/invite"): ADMINISTRATOR,
    ("GET", PERSON): ADMINISTRATOR,
    **{
        ("POST", f"{PERSON}/{act}"): ADMINISTRATOR
        for act in ("rename", "roles", "reset", "end-sessions", "end-session", "close", "join-team", "leave-team")
    },
    **{
        (method, f"/staff/account/{page}"): SIGNED_IN
        for page in ("password", "passphrase", "authenticator", "codes", "team", "passkeys")
        for method in ("GET", "POST")
    },
}
ONE_REPORT = [route for route in WHO_MAY if route[1].startswith(REPORT)]
WITHOUT_TOKEN = {"/leave", "/kiosk/offline/<uuid:wave_id>", "/kiosk/offline/<uuid:wave_id>/state"}
PUBLIC = [
    "/", "/help", "/surveys", "/events", "/events/awareness", "/cohesion", "/cohesion/data", "/you-said", "/priorities", "/privacy", "/if-stolen", "/cookies",
    "/accessibility", "/contact", "/formats", "/log", "/priorities/V1", "/places", "/events/subscribe", "/events/sheet",
    "/case-review", "/case-review/figures",
]  # fmt: skip
REPORT_PAGES = [
    "/report",
    "/report/1",
    "/report/files",
    "/report/3",
    "/report/4",
    "/report/5",
    "/report/check",
    "/return",
]
# What counting visits and keeping drafts may change without anybody having done anything.
MAY_CHANGE = {"limit_count", "limit_key", "draft"}


def routes(app: Flask) -> Iterator[tuple[str, Rule]]:
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield method, rule


def address(
    path: str,
    report_id: object = None,
    *,
    event_id: object = None,
    proposal_id: object = None,
    help_id: object = None,
    source_id: object = None,
    group_id: object = None,
    wave_id: object = None,
    code: str = "every-type",
) -> str:
    """The route's address with its parts filled in."""
    filled = {
        "<uuid:report_id>": str(report_id or uuid.uuid4()),
        "<uuid:file_id>": str(uuid.UUID(int=0)),
        "<uuid:review_id>": str(uuid.UUID(int=0)),
        "<uuid:member_id>": str(uuid.UUID(int=0)),
        "<uuid:row_id>": str(uuid.UUID(int=0)),
        "<uuid:event_id>": str(event_id or uuid.uuid4()),
        "<uuid:proposal_id>": str(proposal_id or uuid.UUID(int=0)),
        "<uuid:help_id>": str(help_id or uuid.UUID(int=0)),
        "<uuid:source_id>": str(source_id or uuid.UUID(int=0)),
        "<uuid:group_id>": str(group_id or uuid.UUID(int=0)),
        "<uuid:picture_id>": str(uuid.UUID(int=0)),
        "<day>": "2026-01-01",
        "<uuid:wave_id>": str(wave_id or uuid.uuid4()),
        "<uuid:release_id>": str(uuid.uuid4()),
        "<uuid:finding_id>": str(uuid.uuid4()),
        "<uuid:profile_id>": str(uuid.UUID(int=0)),
        "<uuid:activity_id>": str(uuid.UUID(int=0)),
        "<uuid:batch_id>": str(uuid.UUID(int=0)),
        "<uuid:hand_over_id>": str(uuid.UUID(int=0)),
        "<uuid:referral_id>": str(uuid.UUID(int=0)),
        "<uuid:task_id>": str(uuid.UUID(int=0)),
        **{f"<uuid:{one}_id>": str(uuid.UUID(int=0)) for one in ("case", "meeting", "item", "person", "action")},
        "<uuid:view_id>": str(uuid.UUID(int=0)),
        "<uuid:passkey_id>": str(uuid.UUID(int=0)),
        "<uuid:original_id>": str(report_id or uuid.uuid4()),
        "<uuid:other_id>": str(uuid.UUID(int=0)),
        "<uuid:leading_id>": str(uuid.UUID(int=0)),
        "<uuid:draft_id>": str(uuid.UUID(int=0)),
        "<key>": "file",
        "<quarter>": "2026-1",
        "<int:year>": str(today().year),
        "<ending>": "csv",
        "<action_id>": "0",
        "<uuid:job_id>": str(uuid.UUID(int=0)),
        "<of>": "version",
        "<language>": "pl",
        "<code>": code,
        "<question>": "why",
        "<int:number>": "2",
        "<int:sheet>": "1",
        "<name>": "none.css",
        "<secret>": "none",
    }
    for part, value in filled.items():
        path = path.replace(part, value)
    return path


def ask(client: FlaskClient, method: str, path: str, token: str | None = None, **fields: object) -> TestResponse:
    data: Fields | None = {"csrf_token": token, **fields} if method == "POST" and token else fields or None
    return client.open(path, method=method, data=data)


def token_of(person: Resident, path: str) -> str:
    """The token that this person's pages carry."""
    person.get(path)
    found = re.search(r'name="csrf_token" value="([^"]+)"', person.page)
    assert found, person.text
    return found[1]


def everything(app: Flask) -> str:
    """A hash of all that is stored, but for what may change by itself."""
    state = blake2b(digest_size=16)
    with app.extensions["database"].engine.connect() as connection:
        for table in sorted(set(Base.metadata.tables) - MAY_CHANGE):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()
            state.update(repr((table, sorted(map(repr, rows)))).encode())
    return state.hexdigest()


@pytest.fixture
def report_id(resident: Resident, officer: Officer) -> str:
    """A report about anti-social behaviour that an officer has read."""
    send_report(resident, kind="asb", risk="yes", more=WITH_CONTACT)
    officer.get("/staff/reports")
    found = re.search(r"/staff/reports/([0-9a-f-]{36})", officer.page)
    assert found
    officer.get(f"/staff/reports/{found[1]}")
    officer.see(NARRATIVE)
    return found[1]


def test_every_route_is_in_the_table_and_the_table_has_no_other(bare_app: Flask) -> None:
    assert {(method, rule.rule) for method, rule in routes(bare_app)} == set(WHO_MAY)


def test_nothing_is_asked_for_by_other_methods_than_get_and_post(bare_app: Flask) -> None:
    assert {method for rule in bare_app.url_map.iter_rules() for method in rule.methods or ()} == {
        "GET", "HEAD", "OPTIONS", "POST",
    }  # fmt: skip


def test_every_staff_page_names_its_guard(bare_app: Flask) -> None:
    for method, rule in routes(bare_app):
        if rule.endpoint.startswith("staff."):
            guard = getattr(bare_app.view_functions[rule.endpoint], "access", EVERYONE)
            assert guard == WHO_MAY[method, rule.rule], rule


def is_behind_the_door(method: str, path: str) -> bool:
    return path.startswith("/staff/") and WHO_MAY[method, path] != EVERYONE


def for_whom(*who: str) -> list[tuple[str, str]]:
    return [route for route, may in WHO_MAY.items() if may in who]


@pytest.mark.dear
def test_a_stranger_is_sent_to_sign_in(app: Flask, report_id: str) -> None:
    stranger = Resident(app.test_client())
    token = token_of(stranger, "/staff/sign-in")
    before = everything(app)
    for method, path in (route for route in WHO_MAY if is_behind_the_door(*route)):
        answer = ask(stranger.client, method, address(path, report_id), token, state="closed")
        assert (answer.status_code, sent_to(answer)) == (303, "/staff/sign-in"), (method, path)
    assert everything(app) == before


def test_an_officer_whose_key_is_locked_is_sent_to_unlock(
    app: Flask, report_id: str, hire: Callable[..., Officer]
) -> None:
    locked = hire("locked")
    locked.sign_in()
    token = token_of(locked, "/staff/unlock")
    before = everything(app)
    for method, path in for_whom(UNLOCKED):
        answer = ask(locked.client, method, address(path, report_id), token, state="closed")
        assert (answer.status_code, sent_to(answer)) == (303, "/staff/unlock"), (method, path)
    assert everything(app) == before


@pytest.mark.dear
def test_nobody_does_the_work_of_another_role(
    app: Flask, hire: Callable[..., Officer], editor: Officer, survey_file: Path
) -> None:
    wave_id, event_id = open_a_wave(app, read_definition(survey_file)), add_event(editor)
    for role in Role:
        person = hire(role.value, teams=(), roles=(role,))
        person.sign_in()
        token = token_of(person, "/staff/unlock")
        before = everything(app)
        tried = 0
        for method, path in (route for route in WHO_MAY if is_behind_the_door(*route)):
            roles, _, unlocked = WHO_MAY[method, path].partition(", ")
            if WHO_MAY[method, path] == SIGNED_IN or (role in roles.split(" or ") and not unlocked):
                continue
            here = address(path, wave_id=wave_id, event_id=event_id)
            answer = ask(person.client, method, here, token, closes_on="2099-01-01", title="x")
            if role in roles.split(" or "):
                assert (answer.status_code, sent_to(answer)) == (303, "/staff/unlock"), (role, method, path)
            else:
                assert answer.status_code == 403, (role, method, path)
                assert "You cannot open this page" in answer.text
            tried += 1
        assert tried > 5
        assert everything(app) == before


def test_another_teams_report_looks_like_one_that_is_not_there(
    app: Flask, report_id: str, hire: Callable[..., Officer]
) -> None:
    other = hire("other", teams=("hate_team",))
    other.sign_in()
    other.unlock()
    token = token_of(other, "/staff/reports")
    before = everything(app)
    nowhere = str(uuid.uuid4())
    for method, path in ONE_REPORT:
        theirs, none = (
            ask(other.client, method, address(path, one), token, message="x", state="closed", reason="at_risk")
            for one in (report_id, nowhere)
        )
        assert (theirs.status_code, none.status_code) == (404, 404), (method, path)
        assert theirs.data.replace(report_id.encode(), b"ID") == none.data.replace(nowhere.encode(), b"ID")
        assert list(theirs.headers) == list(none.headers)
    assert everything(app) == before


@pytest.mark.dear
def test_an_officer_of_the_team_may(app: Flask, officer: Officer, report_id: str) -> None:
    with app.app_context():
        deletions.ask_for_deletion(uuid.UUID(report_id))
    token = token_of(officer, "/staff/reports")
    for method, path in for_whom(SIGNED_IN, UNLOCKED):
        if (
            path == "/staff/lock" or "file_id" in path or "hand_over_id" in path or "view_id" in path
        ):  # there is none: see test_evidence.py, test_hand_overs.py, test_queue.py
            continue
        if "referral_id" in path or path.endswith(
            "/refer"
        ):  # none of a report that is to be deleted: see test_referrals.py
            continue
        if "/passkeys" in path:
            continue  # browsers make none for a number: see test_passkeys.py
        if "/organisation" in path:
            continue  # no provider is named: see test_oidc.py
        if path.endswith(("/<uuid:other_id>", "/<uuid:leading_id>", "/unmerge", "/merged")):
            continue  # it belongs with none: see test_links.py, test_merging.py
        before = everything(app)
        fields = {
            "message": "x",
            "translation": "x",
            "state": "closed",
            "reason": "at_risk",
            "passphrase": officer.passphrase,
            "act": "done",
        }
        answer = ask(officer.client, method, address(path, report_id), token, **fields)
        assert answer.status_code in {200, 303}, (method, path)
        assert answer.location not in {"/staff/sign-in", "/staff/unlock"}
        # What asks for the password and a code first changes nothing without them: see test_people.py.
        assert method == "GET" or path.startswith("/staff/account/") or everything(app) != before, path
    assert ask(officer.client, "POST", "/staff/lock", token).location == "/staff/unlock"


@pytest.mark.dear
def test_a_calendar_editor_may(app: Flask, editor: Officer) -> None:
    event_id = add_event(editor)
    group = Resident(app.test_client())
    comes_back(group, sends(group))
    pictures(group, "/events/propose/yours/picture", photo(), said="Kites")
    pictures(editor, f"/staff/events/{event_id}/picture", photo(), said_en="Coffee")
    group_id = trusts(editor)[0].rsplit("/", 1)[1]
    asks(Resident(app.test_client()), announce(editor, 20))
    with app.app_context():
        proposal_id = uuid.UUID(bytes=session.scalar(text("SELECT id FROM event_proposal")))
        help_id = uuid.UUID(bytes=session.scalar(text("SELECT id FROM event_help_request")))
    source_id = let_through(editor)
    for method, path in for_whom(EDITOR):
        here = address(
            path,
            event_id=event_id,
            proposal_id=proposal_id,
            help_id=help_id,
            source_id=source_id,
            group_id=group_id,
            code="race-equality-week",
        )
        answer = ask(editor.client, method, here, token_of(editor, "/staff/events/new"))
        assert answer.status_code in {200, 303}, (method, path)


def test_the_list_tells_another_team_nothing_of_what_was_ticked(
    resident: Resident, hire: Callable[..., Officer]
) -> None:
    send_report(resident, kind="asb", when="keeps_happening")
    other = hire("other", teams=("hate_team",))
    other.sign_in()
    other.unlock()
    other.see("Anti-social behaviour", "Sealed to another team")
    other.not_see("It keeps happening")


def test_without_a_draft_or_a_receipt_there_is_nothing_to_open(app: Flask, client: FlaskClient) -> None:
    open_survey(app)
    token = token_of(Resident(client), "/return")
    before = everything(app)
    for method, path in for_whom(DRAFT, RECEIPT):
        answer = ask(client, method, address(path), token, narrative="x", message="x")
        assert answer.status_code == 410, (method, path)
    assert everything(app) == before


def test_a_receipt_opens_its_own_report_and_no_other(app: Flask, resident: Resident) -> None:
    first = send_report(resident, narrative="the first")
    other = Resident(app.test_client())
    send_report(other, narrative="the second")
    visitor = Resident(app.test_client())
    visitor.get("/return")
    visitor.post("/return", receipt=first)
    visitor.follow()
    visitor.post("/return/report", message="only mine")
    other.get("/return/report")
    other.not_see("only mine")


def test_a_residents_cookie_opens_nothing_of_the_staffs(app: Flask, officer: Officer, report_id: str) -> None:
    work = officer.client.get_cookie("work")
    assert work
    thief = app.test_client()
    thief.set_cookie("visit", work.value)
    assert sent_to(thief.get("/staff/reports")) == "/staff/sign-in"
    assert thief.get("/report/check").status_code == 410


@pytest.mark.dear
@pytest.mark.parametrize("token", [None, "forged", "of another visitor"])
def test_every_button_refuses_a_form_that_did_not_come_from_this_visitors_pages(
    app: Flask, officer: Officer, resident: Resident, report_id: str, token: str | None
) -> None:
    digits = send_report(resident)
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.get("/report")
    resident.post("/report")
    if token == "of another visitor":
        token = token_of(Resident(app.test_client()), "/return")
    before = everything(app)
    tried = 0
    for method, rule in routes(app):
        if method != "POST" or rule.rule in WITHOUT_TOKEN:
            continue
        client = officer.client if rule.rule.startswith("/staff") else resident.client
        fields = {"message": "x", "state": "closed", "narrative": "x", "receipt": digits}
        for prefix in ("", "/ur"):
            answer = ask(client, "POST", prefix + address(rule.rule, report_id), token, **fields)
            assert answer.status_code == 400, rule
            assert "<h1" in answer.text
            tried += 1
    assert tried == 2 * (len([route for route in WHO_MAY if route[0] == "POST"]) - len(WITHOUT_TOKEN))
    assert everything(app) == before


@pytest.mark.dear
def test_looking_at_pages_changes_nothing(app: Flask, client: FlaskClient, resident: Resident) -> None:
    send_report(resident)
    before = everything(app)
    for method, path in WHO_MAY:
        if method == "GET":
            for verb in ("GET", "HEAD", "OPTIONS"):
                assert client.open(address(path), method=verb).status_code < 500
    assert everything(app) == before


HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


# The warning before a visit ends stands within the portal's own pages; a page that holds it loads no other frame.
IS_FRAMED = re.compile(r"(/\w\w)?(/staff/keep-open|/keep-open/\d+)")
POLICY = HEADERS["Content-Security-Policy"]
HELD_FRAME = {"Content-Security-Policy": f"{POLICY}; frame-src 'self'"}
FRAMED = {
    "Content-Security-Policy": POLICY.replace("ancestors 'none'", "ancestors 'self'"),
    "X-Frame-Options": "SAMEORIGIN",
}


def assert_safe(answer: TestResponse) -> None:
    expected = HEADERS
    if IS_FRAMED.fullmatch(answer.request.path):
        expected = HEADERS | FRAMED
    elif answer.status_code == 200 and answer.mimetype == "text/html" and "app-keep__frame" in answer.text:
        expected = HEADERS | HELD_FRAME
    for name, value in expected.items():
        assert answer.headers.getlist(name) == [value], (answer.request.path, name)
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert "Server" not in answer.headers
    assert "X-Powered-By" not in answer.headers
    assert "Cache-Control" in answer.headers
    answer.close()


@pytest.fixture
def failing_app(app: Flask) -> Flask:
    """The app with two pages that fail, as a page fails that has a mistake and one whose database is full."""

    @app.get("/report/mistake")
    def mistake() -> str:
        raise ZeroDivisionError

    @app.get("/report/full")
    def full() -> str:
        with app.extensions["database"].engine.connect() as connection:
            connection.execute(text("SELECT nothing FROM nowhere"))
        return ""

    return app


def test_a_visitor_who_leaves_while_a_file_is_sent_leaves_nothing_open(client: FlaskClient) -> None:
    name = next(iter(client.application.extensions["assets"].files))
    answer = client.get(f"/static/{name}", buffered=False)
    del answer
    gc.collect()  # an open file would warn here, and warnings are errors


def test_every_answer_carries_the_headers_that_protect_its_reader(
    failing_app: Flask, officer: Officer, report_id: str
) -> None:
    client = officer.client
    built = next(iter(failing_app.extensions["assets"].files))
    tried = {
        200: [
            "/",
            "/help",
            "/report",
            "/return",
            "/staff/reports",
            "/staff/keep-open",
            "/keep-open/1",
            "/ur/keep-open/2",
            f"/staff/reports/{report_id}",
            f"/static/{built}",
            "/ur/",
        ],
        303: ["/staff/"],
        308: ["/staff"],
        404: ["/nothing", "/static/nothing.css", f"/staff/reports/{uuid.uuid4()}", "/ur/nothing", "/xx/report"],
        405: ["/leave", "/return/close"],
        410: ["/report/check", "/return/report"],
        500: ["/report/mistake"],
        503: ["/report/full"],
    }
    for status, paths in tried.items():
        for path in paths:
            answer = client.get(path)
            assert answer.status_code == status, path
            assert_safe(answer)
    too_long = client.post("/return", data={"receipt": "1" * 600_000})
    assert too_long.status_code == 413
    assert_safe(too_long)
    refused = client.post("/return", data={"receipt": "1"})
    assert refused.status_code == 400
    assert_safe(refused)
    assert_safe(client.options("/return"))
    assert_safe(client.head("/"))
    unchanged = client.get("/", headers={"If-None-Match": client.get("/").headers["ETag"]})
    assert unchanged.status_code == 304
    assert_safe(unchanged)


def test_private_pages_are_never_kept_by_anyone(failing_app: Flask, officer: Officer, report_id: str) -> None:
    for path in [*REPORT_PAGES, "/report/mistake", "/report/full", "/nothing", "/staff", "/staff/", "/staff/sign-in",
                 "/staff/reports", f"/staff/reports/{report_id}", "/return/report", "/leave"]:  # fmt: skip
        assert officer.client.get(path).headers["Cache-Control"] == "no-store", path


def test_a_browser_is_told_to_stay_with_https_only_where_there_is_https(
    make_app: Callable[..., Flask], client: FlaskClient
) -> None:
    assert "Strict-Transport-Security" not in client.get("/").headers
    secure = make_app(public_url="https://safer.example.org").test_client()
    for path in ("/", "/report", "/nothing", "/staff"):
        age = re.match(r"max-age=(\d+)", secure.get(path).headers["Strict-Transport-Security"])
        assert age
        assert int(age[1]) >= 365 * 24 * 3600


@pytest.mark.parametrize(
    ("public_url", "path", "name", "rest"),
    [
        ("http://127.0.0.1:8000", "/report", "visit", {"HttpOnly", "Path=/", "SameSite=Lax"}),
        ("http://127.0.0.1:8000", "/staff/sign-in", "work", {"HttpOnly", "Path=/", "SameSite=Lax"}),
        ("https://safer.example.org", "/report", "__Host-visit", {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}),
        ("https://safer.example.org", "/ur/report", "__Host-visit", {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}),
        (
            "https://safer.example.org",
            "/staff/sign-in",
            "__Host-work",
            {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"},
        ),
    ],
)
def test_a_cookie_is_for_this_site_only_and_no_script_reads_it(
    make_app: Callable[..., Flask], app: Flask, public_url: str, path: str, name: str, rest: set[str]
) -> None:
    set_cookie = make_app(public_url=public_url).test_client().get(path).headers.getlist("Set-Cookie")
    assert len(set_cookie) == 1
    value, *flags = set_cookie[0].split("; ")
    assert value.startswith(f"{name}=")
    assert set(flags) == rest


def test_signing_in_and_leaving_give_a_new_cookie(officer: Officer, resident: Resident) -> None:
    before = officer.client.get_cookie("work")
    officer.post("/staff/sign-out")
    officer.get("/staff/sign-in")
    officer.client.set_cookie("work", before.value)  # a thief's copy
    assert sent_to(officer.get("/staff/reports")) == "/staff/sign-in"


def test_a_public_page_is_the_same_for_everyone(app: Flask, officer: Officer, resident: Resident) -> None:
    resident.get("/report")
    resident.post("/report")
    stranger = {"Accept-Language": "pl", "User-Agent": "other", "Cookie": "visit=x; work=y; lang=ro"}
    for path in [language.prefix + path for path in PUBLIC for language in LANGUAGES]:
        seen = [
            app.test_client().get(path),
            officer.client.get(path),
            resident.client.get(path),
            app.test_client(use_cookies=False).get(path, headers=stranger),
        ]
        assert len({answer.data for answer in seen}) == 1, path
        for answer in seen:
            assert answer.status_code == 200
            assert "Set-Cookie" not in answer.headers
            age = re.fullmatch(r"public, max-age=(\d+)", answer.headers["Cache-Control"])
            assert age
            assert int(age[1]) <= 300
            # For the browser's own cache: whoever has left is shown an empty page.
            assert answer.headers["Vary"] == "Accept-Encoding, Cookie"
            assert "csrf_token" not in answer.text


def test_the_length_of_a_report_page_tells_little_and_it_is_not_compressed(resident: Resident) -> None:
    resident.get("/report")
    resident.post("/report")
    resident.follow()
    resident.post("/report/files", narrative="x")
    resident.get("/report/check")
    resident.see("Check before you send")
    lengths = set()
    for path in [*REPORT_PAGES, "/report/sent", "/return/report", "/nothing", "/report/77"]:
        for prefix in ("", "/ur"):
            answer = resident.client.get(prefix + path, headers={"Accept-Encoding": "gzip, br, deflate"})
            assert "Content-Encoding" not in answer.headers
            assert len(answer.data) % 4096 == 0 or answer.status_code == 303, path
            lengths.add(len(answer.data))
    assert len(lengths) > 1


def test_an_answer_that_differs_by_one_choice_has_the_same_length(resident: Resident) -> None:
    lengths = set()
    for kind in ("hate", "asb", "not_sure"):
        resident.get("/report")
        resident.post("/report", again="1")
        resident.get("/report/1")
        resident.post("/report/1", kind=kind)
        lengths.add(len(resident.get("/report/1").data))
    assert len(lengths) == 1
