"""An invented problem profile, a draft, with what is planned because of it: one night that is over, and one to come."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from sqlalchemy import select

from portal.db import random_id, session, today, transaction
from portal.partnership.file import current_partnership
from portal.profiles.activities import Plan, plan_activity, record_activity
from portal.profiles.models import About, ActivityState, Direction
from portal.profiles.scopes import Scope
from portal.profiles.services import Content, Written, write_profile
from portal.reporting.figures import report_figures
from portal.sample.told import MARK
from portal.small_counts import month_after
from portal.staff.models import StaffMember

AGENCIES = "Police, council wardens, youth workers"
SCOPE = Scope(About.ASB)


def add_profiles(by: str) -> None:
    """A draft, so that it can be frozen; none where no report is counted yet."""
    figures = report_figures()
    if figures.first is None:
        return
    written = Written(
        title=f"{MARK} Trouble on autumn evenings",
        problem="In autumn more people tell us of noise, fireworks and damage in the evening.",
        victim="People who live near parks say that they stay at home. We know it from two meetings.",
        location="Parks and bus stops, say the wardens.",
        time="Halloween and Bonfire Night, say the wardens.",
        gaps="Who it is. Youth workers could ask at the youth clubs by January.",
        priority="N2" if current_partnership().find_priority("N2") else "",
    )
    content = Content(SCOPE, max(figures.first, month_after(figures.last, -11)), figures.last, written)
    owner = session.scalars(select(StaffMember).where(StaffMember.name == by)).one()
    profile_id, over_id = random_id(), random_id()
    # Some weeks ago, so that what came of it is known; and the next New Year's Eve.
    over, coming = today() - timedelta(days=75), date(today().year, 12, 31)
    with transaction() as db:
        write_profile(db, profile_id, "0.0", content, owner.display_name)
        plan_activity(
            db, over_id, _plan(f"{MARK} Evening patrol", over, owner.id, profile_id, written), owner.display_name
        )
        record_activity(
            db, over_id, 0, ActivityState.DONE,
            "Two wardens and a youth worker walked from the station to the park from 18:00 to 23:00.",
            "They spoke with about 40 young people. Shopkeepers said it was calmer.", owner.display_name,
        )  # fmt: skip
        plan_activity(
            db, random_id(), _plan(f"{MARK} New Year’s Eve patrol", coming, owner.id, profile_id, written), owner.display_name
        )  # fmt: skip


def _plan(title: str, day: date, owner_id: uuid.UUID, profile_id: uuid.UUID, written: Written) -> Plan:
    return Plan(
        title=title, first_on=day, last_on=day, scope=SCOPE, direction=Direction.FEWER, agencies=AGENCIES,
        owner_id=owner_id, profile_id=profile_id, priority=written.priority,
    )  # fmt: skip
