"""What each role sees and does, as one table: nobody does more than their roles say, and keys are another thing."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from portal.staff.models import Role


@dataclass(frozen=True)
class Line:
    role: Role
    does: str
    never: str


def role_table() -> list[Line]:
    key_first = _("A report of a team whose key they do not hold.")
    return [
        Line(Role.OFFICER, _("Reads reports, answers, judges risk, refers and closes."), key_first),
        Line(Role.SUPERVISOR, _("Takes a second look at what officers close."), key_first),
        Line(Role.REPORTING_CENTRE, _("Takes reports for people who come in."), _("Any report after it is sent.")),
        Line(Role.SURVEY_MANAGER, _("Makes surveys and publishes figures."), _("What one person answered.")),
        Line(Role.ANALYST, _("Looks at results and exports them."), _("Reports, or who sent them.")),
        Line(Role.CALENDAR_EDITOR, _("Publishes events."), _("Reports and survey answers.")),
        Line(
            Role.PARTNER_AGENCY,
            _("Reads what was passed on to them, answers, and sits at MARAC meetings."),
            _("Anything else."),
        ),
        Line(Role.ADMINISTRATOR, _("Opens, changes and closes accounts."), _("What residents wrote.")),
        Line(Role.AUDITOR, _("Reads the log of what staff did."), _("What residents wrote.")),
    ]
