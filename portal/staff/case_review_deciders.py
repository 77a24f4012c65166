"""Who can decide on a case review: at work, with a key that opens it, and free of what it is about."""

from __future__ import annotations

import uuid

from portal.case_review import deciding, panel_members
from portal.case_review.records import Review, ReviewKeys
from portal.staff.colleagues import who_can_open
from portal.staff.models import Role

WHO = (Role.OFFICER, Role.SUPERVISOR)


def others_who_decide(review: Review, keys: ReviewKeys | None, but: uuid.UUID) -> list[str]:
    """Besides this account. Without keys nobody knows whose the reports are, so that is not asked."""
    out = {staff_id for _review_id, staff_id in panel_members.kept_out_of([review.id])} | {but}
    if keys is not None:
        out |= deciding.who_worked_on_reports(review.id, keys)
    if review.decided_by_id:
        out.add(review.decided_by_id)
    can = who_can_open(review.id, review.conversation_id, roles=WHO)
    return [name for staff_id, name in can.items() if staff_id not in out]
