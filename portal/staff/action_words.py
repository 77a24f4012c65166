"""What staff did with a report, as its page lists it."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.audit import Action


def action_words() -> dict[str, str]:
    """What was done to a report, as its page says it."""
    return {
        Action.OPENED_REPORT: _("opened it"),
        Action.READ_REPORT: _("read it"),
        Action.SHOWED_CONTACT: _("looked at the contact details"),
        Action.OPENED_FILE: _("opened a file"),
        Action.WROTE_MESSAGE: _("wrote a message"),
        Action.ADDED_TRANSLATION: _("added a translation"),
        Action.CHANGED_STATE: _("changed the state"),
        Action.CLOSED_REPORT: _("closed it"),
        Action.PROPOSED_CLOSING: _("asked for a second look at closing it"),
        Action.SENT_BACK_CLOSING: _("sent the closing back"),
        Action.TOOK_BACK_CLOSING: _("took the closing back"),
        Action.REOPENED_REPORT: _("opened it again"),
        Action.ASSIGNED_REPORT: _("gave it to a colleague, or took it"),
        Action.CLOSED_AS_JOKE: _("closed it as a joke report"),
        Action.PASSED_ON_WITHOUT_CONSENT: _("passed it to a partner without the reporter’s consent"),
        Action.ACKNOWLEDGED_ALERT: _("answered the alert"),
        Action.REFUSED_DELETION: _("refused to delete it"),
        Action.JUDGED_RISK: _("judged how urgent it is"),
        Action.SENT_REFERRAL: _("referred it to a partner"),
        Action.OPENED_REFERRAL: _("opened a referral"),
        Action.PRINTED_REFERRAL: _("printed or downloaded a referral"),
        Action.NOTED_ANSWER: _("wrote down a partner’s answer"),
        Action.ANSWERED_REFERRAL: _("answered a referral, as a partner"),
        Action.TOOK_REFERRAL_BACK: _("took a referral back"),
        Action.WROTE_TO_PARTNER: _("wrote to a partner"),
        Action.STOPPED_HAND_OVER: _("stopped sending it to another desk"),
        Action.SENT_HAND_OVER_AGAIN: _("sent it to another desk again"),
        Action.EXPORTED_EVIDENCE: _("exported the series"),
        Action.PRINTED_REPORT: _("opened it to print"),
        Action.COMPARED_REPORTS: _("compared it with other reports"),
        Action.LINKED_REPORTS: _("linked it"),
        Action.UNLINKED_REPORTS: _("took a link away"),
        Action.MERGED_REPORT: _("merged it into another"),
        Action.UNMERGED_REPORT: _("ended the merging"),
        Action.WROTE_TO_MERGED: _("wrote to the reporters of the reports merged into it"),
    }
