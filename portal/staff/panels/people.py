"""Whom it is about and whom we may tell: how to reach the reporter, what they agreed to, which partner has it."""

from __future__ import annotations

from typing import Any

from portal.languages.i18n import language_of, long_day
from portal.reporting import hand_overs
from portal.reporting.case import OpenReport
from portal.reporting.contacts import Contact
from portal.reporting.pages.steps import agency_in_words, consents_in_words, contact_in_words
from portal.staff.consent_words import consent_history
from portal.staff.desk_words import shown_hand_overs
from portal.web.forms import Form


def panel(found: OpenReport, _sent: Form | None) -> dict[str, Any]:
    return contact_rules(found.contact) | {
        "consents": consents_in_words(found.answers, has_contact=found.contact is not None),
        "consent_history": consent_history(found),
        "consent_in": language_of((found.answers.get("consent") or {}).get("language")),
        "passed_on": [(agency_in_words(each.agency), long_day(each.on), each.why) for each in found.partners.passed_on],
        "handed_over": shown_hand_overs(hand_overs.handed_over(found.report.id, found.conversation.key)),
        "read_in": next((message.read_in for message in reversed(found.messages) if message.read_in), ""),
    }


def contact_rules(contact: Contact | None) -> dict[str, Any]:
    """What an officer must know before contacting the reporter: no name and no number."""
    told = (contact and contact.told) or {}
    return {
        "contact": contact,
        "contact_rules": contact_in_words(told, hidden=False),
        "leave_message": told.get("contact", {}).get("leave_message"),
    }
