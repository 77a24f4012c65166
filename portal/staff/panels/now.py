"""What a report needs now, in one list above all else; and which promise about it is due next."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal import outbox
from portal.languages.i18n import isolated, long_day
from portal.reporting import conversations, deletions
from portal.reporting.case import OpenReport
from portal.reporting.models import Promise, State
from portal.reporting.promises import clocks_of, next_owed
from portal.reporting.referrals import referrals_of
from portal.reporting.tasks import Task
from portal.staff.access import held_keys
from portal.staff.clock_words import owed_next_in_words, promise_in_words
from portal.staff.colleagues import who_can_open
from portal.staff.panels.timeline_entry import beginning
from portal.staff.referral_words import needs_in_words
from portal.web.forms import Form


def panel(found: OpenReport, _sent: Form | None) -> dict[str, Any]:
    """Each with the place where it is done, and whether it is late or urgent."""
    report = found.report
    is_stopped = conversations.is_stopped(found.conversation, deletions.find_deletion(report.id))
    clocks = clocks_of(report.id)
    due = next_owed(clocks)
    needs: list[tuple[str, str, bool]] = []
    if outbox.waiting_alert(report.id):
        needs.append((_("Immediate risk: say that you have seen it."), "#alert", True))
    new = sum(message.new for message in found.messages)
    if new:
        told = ngettext("%(num)s new message from the reporter", "%(num)s new messages from the reporter", new)
        needs.append((told, "#new", False))
    needs += [
        (words, url_for("staff.referral", report_id=report.id, referral_id=one.id), is_urgent)
        for one in referrals_of(found, held_keys())
        for words, is_urgent in needs_in_words(found, one)
    ]
    # To read it stands beside its press, and the immediate risk above.
    needs += [
        (owed_next_in_words(one).sentence, "#messages", True)
        for one in clocks
        if one.is_overdue and one.promise not in (Promise.READ, Promise.ACKNOWLEDGE)
    ]
    if not is_stopped:
        needs += [
            (_task_in_words(task), "#tasks", task.is_overdue)
            for task in found.tasks
            if task.is_overdue or task.is_for_today
        ]
    able = who_can_open(report.id, found.conversation.conversation_id)
    if any(task.done_on is None and task.owner_id not in able for task in found.tasks):
        needs.append((_("A task belongs to someone who cannot do it any more. Take it over."), "#tasks", False))
    if not is_stopped and report.state is not State.CLOSED and report.assignee_id not in able:
        needs.append((_("Nobody owns this case."), "#owner", False))
    return {
        "needs": needs,
        "next_due": {"what": promise_in_words(due), "day": long_day(due.due_on), "is_late": due.is_overdue}
        if due
        else None,
    }


def _task_in_words(task: Task) -> str:
    words = beginning(task.text) if task.text else _("it cannot be read")
    return (
        _("Task is late: %(task)s", task=isolated(words))
        if task.is_overdue
        else _("Task for today: %(task)s", task=isolated(words))
    )
