"""What staff did with a report, as its page lists it."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.audit import Action


def action_words() -> dict[str, str]:
    """What was done to a report, as its page says it."""
    return {
        Action.OPENED_REPORT: _("opened it"),
        Action.SHOWED_CONTACT: _("looked at the contact details"),
        Action.OPENED_FILE: _("opened a file"),
        Action.WROTE_MESSAGE: _("wrote a message"),
        Action.ADDED_TRANSLATION: _("added a translation"),
        Action.CHANGED_STATE: _("changed the state"),
        Action.ASSIGNED_REPORT: _("gave it to a colleague, or took it"),
        Action.CLOSED_AS_JOKE: _("closed it as a joke report"),
        Action.PASSED_ON_WITHOUT_CONSENT: _("passed it to a partner without the reporter’s consent"),
        Action.ACKNOWLEDGED_ALERT: _("answered the alert"),
        Action.REFUSED_DELETION: _("refused to delete it"),
        Action.JUDGED_RISK: _("judged how urgent it is"),
        Action.STOPPED_HAND_OVER: _("stopped sending it to another desk"),
        Action.SENT_HAND_OVER_AGAIN: _("sent it to another desk again"),
        Action.EXPORTED_EVIDENCE: _("exported the series"),
    }
