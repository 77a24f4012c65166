"""What is unfinished of a merged report is asked about, and ends, where the leading one is closed: nobody else would end it."""

from __future__ import annotations

import uuid

import pytest
from flask import Flask

from portal.db import session
from portal.reporting.models import Report, State
from portal.reporting.referral_models import Referral, ReferralState
from tests.support.closing import SAID, agree, close_report
from tests.support.linking import Hire, by_receipt, hired, merge, page_of, reference, tell
from tests.support.people import Officer, Resident
from tests.support.referring import given_id, open_agency, refer
from tests.support.sending import send_report
from tests.test_unfinished import AGREED, POLICE, add_task, part, states, task_days


@pytest.fixture
def two(app: Flask) -> tuple[str, str]:
    """The ids of two reports of one scooter whose reporters agreed that partners are told."""
    (_digits, one), (_leading_digits, leading) = tell(app, ("A red scooter.", "The red scooter again."), more=AGREED)  # type: ignore[arg-type]
    return one, leading


def state_of(app: Flask, report_id: str) -> State:
    with app.app_context():
        return session.get_one(Report, uuid.UUID(report_id)).state


@pytest.mark.dear
def test_closing_the_leading_report_ends_the_merged_ones_tasks_and_asks_about_its_partners(
    app: Flask, officer: Officer, hire: Hire, two: tuple[str, str]
) -> None:
    one, leading = two
    police = open_agency(app, hire, "police")
    add_task(app, officer, page_of(one))
    where = refer(officer, page_of(one), "police", "portal")
    officer.get(f"{page_of(one)}/merge/{leading}")
    officer.see("Its open tasks and partners go on. They are asked about again when you close the leading report.")
    merge(officer, one, leading)
    assert states(app) == [ReferralState.SENT]
    assert task_days(app) == [None]

    merged = f"merged report {reference(app, one)}"
    officer.get(f"{page_of(leading)}/close")
    officer.see(f"Closing ends it: Ring the caretaker ({merged})", f"{POLICE} ({merged}): what happens to their part?")
    close_report(officer, page_of(leading))
    officer.see("Choose if their part goes on or ends.")
    assert state_of(app, leading) is not State.CLOSED
    close_report(officer, page_of(leading), part(where, "ends"))
    assert state_of(app, leading) is State.CLOSED
    assert states(app) == [ReferralState.CLOSED]
    assert None not in task_days(app)
    officer.get(page_of(leading))
    officer.see(f"Part of a partner ended by closing the report: {POLICE} ({merged}) · Sam")
    officer.get(page_of(one))
    officer.see("Task ended by closing the report, not done · Sam", "Ended with the report")
    police.get(f"/staff/referred/{given_id(where)}")
    police.see("your part ended with it.")


def test_a_merged_report_with_nothing_unfinished_is_not_asked_about(
    app: Flask, officer: Officer, two: tuple[str, str]
) -> None:
    one, leading = two
    officer.get(f"{page_of(one)}/merge/{leading}")
    officer.not_see("Its open tasks and partners go on.")
    merge(officer, one, leading)
    close_report(officer, page_of(leading))
    assert state_of(app, leading) is State.CLOSED


def test_a_partner_of_a_merged_report_may_go_on_and_is_watched(
    app: Flask, officer: Officer, two: tuple[str, str]
) -> None:
    one, leading = two
    where = refer(officer, page_of(one), "landlord")
    merge(officer, one, leading)
    close_report(officer, page_of(leading))
    officer.see("Choose if their part goes on or ends.")
    close_report(officer, page_of(leading), part(where, "goes_on"))
    assert state_of(app, leading) is State.CLOSED
    officer.get(where)
    officer.post(where, act="accepted", reference="L-1")
    assert states(app) == [ReferralState.ACCEPTED]


def test_what_came_to_a_merged_report_meanwhile_is_not_ended_unseen(
    app: Flask, officer: Officer, hire: Hire, two: tuple[str, str]
) -> None:
    one, leading = two
    other = hired(hire, "fatima", "hate_team", "asb_team")
    merge(officer, one, leading)
    officer.get(f"{page_of(leading)}/close")
    add_task(app, other, page_of(one))
    officer.post(f"{page_of(leading)}/close", outcome="spoke", message=SAID, language="en")
    officer.see("A task was added meanwhile.", "Ring the caretaker")
    assert state_of(app, leading) is not State.CLOSED
    assert task_days(app) == [None]


def test_one_that_was_opened_again_ends_by_itself(app: Flask, officer: Officer, two: tuple[str, str]) -> None:
    one, leading = two
    add_task(app, officer, page_of(one))
    merge(officer, one, leading)
    officer.get(page_of(one))
    officer.post(f"{page_of(one)}/reopen", written_why="It is another scooter.")
    close_report(officer, page_of(leading))
    assert state_of(app, leading) is State.CLOSED
    assert task_days(app) == [None]


def test_whoever_takes_the_second_look_sees_what_ends_of_a_merged_report(
    app: Flask, officer: Officer, supervisor: Officer
) -> None:
    one, leading = (
        by_receipt(app, send_report(Resident(app.test_client()), kind="hate", address=f"10.0.0.{n}", more=AGREED))
        for n in (1, 2)
    )
    add_task(app, officer, page_of(one))
    where = refer(officer, page_of(one), "police")
    merge(officer, one, leading)
    close_report(officer, page_of(leading), part(where, "ends"))
    assert task_days(app) == [None]
    merged = f"merged report {reference(app, one)}"
    supervisor.get(f"/staff/second-looks/{leading}")
    supervisor.see(
        f"Ring the caretaker ({merged})",
        f"The part of this partner ends: {POLICE} ({merged}). An officer tells them.",
    )
    agree(supervisor, page_of(leading))
    assert state_of(app, leading) is State.CLOSED
    assert None not in task_days(app)
    with app.app_context():
        assert session.get_one(Referral, uuid.UUID(given_id(where))).state is ReferralState.CLOSED
