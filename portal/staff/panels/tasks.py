"""What is to be done about a report, by whom and when, and the form that adds to it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from portal.db import today
from portal.reporting.case import OpenReport
from portal.staff.access import officer
from portal.staff.case_forms import TaskForm, by_name
from portal.staff.colleagues import names_of, who_can_open
from portal.web.forms import Form, choices


def panel(found: OpenReport, sent: Form | None) -> dict[str, Any]:
    able = who_can_open(found.report.id, found.conversation.conversation_id)
    form = sent if isinstance(sent, TaskForm) else _empty()
    offer_owners(form, able)
    names = names_of(task.owner_id for task in found.tasks)
    tasks = [(task, names.get(task.owner_id, ""), task.owner_id in able) for task in found.tasks]
    return {
        "open_tasks": [each for each in tasks if each[0].done_on is None],
        "ended_tasks": [each for each in tasks if each[0].is_ended],
        "done_tasks": [each for each in tasks if each[0].done_on is not None and not each[0].is_ended],
        "me": officer().staff.id,
        "task_form": form,
        "first_day": today().isoformat(),
    }


def _empty() -> TaskForm:
    return TaskForm(formdata=None, once=uuid.uuid4().hex, task_owner=officer().staff.id.hex)


def offer_owners(form: TaskForm, able: Mapping[uuid.UUID, str]) -> None:
    form.task_owner.choices = choices(by_name(able))
