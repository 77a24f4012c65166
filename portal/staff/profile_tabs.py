"""The ways between problem profiles, what is planned because of them, and the reports in numbers."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _

from portal.staff.access import officer
from portal.staff.models import Role

READS, WRITES = (Role.OFFICER, Role.SUPERVISOR, Role.ANALYST), (Role.SUPERVISOR, Role.ANALYST)


def profile_tabs(current: str) -> list[tuple[str, str, bool, None]]:
    pages = [
        ("figures", ".report_figures", _("Reports in numbers"), (Role.OFFICER, Role.ANALYST)),
        ("profiles", ".profiles", _("Problem profiles"), READS),
        ("calendar", ".activity_calendar", _("Calendar of activity"), READS),
    ]
    return [
        (url_for(endpoint), words, code == current, None)
        for code, endpoint, words, roles in pages
        if officer().may(*roles)
    ]
