"""What a report needs now, in one list above all else; and when the next promise about it is due."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from portal import outbox
from portal.languages.i18n import long_day
from portal.reporting import conversations, deletions
from portal.reporting.case import OpenReport
from portal.reporting.clock_days import clock_days, next_day
from portal.reporting.models import State
from portal.reporting.tasks import Task
from portal.staff.colleagues import who_can_open
from portal.staff.panels.timeline_entry import beginning
from portal.web.forms import Form


def promise_words() -> dict[str, str]:
    """What is promised, as a clock of it is called."""
    return {
        "read": _("Read it"),
        "tell": _("Tell the reporter what we do"),
        "write_again": _("Write to the reporter again"),
        "answer": _("Answer the reporter’s message"),
        "formats": _("Have the other format or the interpreter ready"),
        "acknowledge": _("Look at the immediate risk"),
    }


def panel(found: OpenReport, _sent: Form | None) -> dict[str, Any]:
    """Each with the place where it is done, and whether it is late or urgent."""
    report = found.report
    is_stopped = conversations.is_stopped(found.conversation, deletions.find_deletion(report.id))
    clocks = clock_days(report.id)
    due = None if is_stopped else next_day(report, clocks)
    words = promise_words()
    needs: list[tuple[str, str, bool]] = []
    if outbox.waiting_alert(report.id):
        needs.append((_("Immediate risk: say that you have seen it."), "#alert", True))
    new = sum(message.new for message in found.messages)
    if new:
        told = ngettext("%(num)s new message from the reporter", "%(num)s new messages from the reporter", new)
        needs.append((told, "#new", False))
    if not is_stopped:
        needs += [
            (_("Late: %(what)s, by %(day)s", what=words[one.promise.value], day=long_day(one.due_on)), "#clocks", True)
            for one in clocks
            if one.is_overdue
        ]
        needs += [
            (_task_in_words(task), "#tasks", task.is_overdue)
            for task in found.tasks
            if task.is_overdue or task.is_for_today
        ]
    able = who_can_open(report.id, found.conversation.conversation_id)
    if not is_stopped and report.state is not State.CLOSED and report.assignee_id not in able:
        needs.append((_("Nobody owns this case."), "#owner", False))
    return {
        "needs": needs,
        "next_due": {"what": words[due[0].value], "day": long_day(due[1]), "is_late": due[2]} if due else None,
    }


def _task_in_words(task: Task) -> str:
    words = beginning(task.text) if task.text else _("it cannot be read")
    return _("Task is late: %(task)s", task=words) if task.is_overdue else _("Task for today: %(task)s", task=words)
