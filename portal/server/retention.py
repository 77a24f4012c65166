"""What ends by the schedule: said beforehand as counts, done by the worker once a day or by the operator now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session

from portal import audit_checkpoint
from portal.case_review import endings as case_reviews
from portal.db import session, today, transaction
from portal.events import help_counts, proposals
from portal.marac import scheduled_ends as marac
from portal.partnership.file import current_partnership
from portal.partnership.retention import AS_OTHERS, RULES, schedule_problems, years_after
from portal.reporting import contacts, deletions, held, nudges
from portal.reporting import scheduled_ends as reports
from portal.surveys import saving
from portal.surveys import scheduled_ends as surveys


def cut_staff_log() -> int:
    """Take out what staff did longer ago than the schedule says; how many entries went. Nothing while nobody agreed it."""
    retention = current_partnership().retention
    if not retention.agreed_by.strip():
        return 0
    with transaction() as db:
        return audit_checkpoint.cut_before(db, years_after(today(), -retention.staff_log_years), "retention")


# Each by itself: what breaks one does not keep the others from ending.
ONCE_A_DAY: dict[str, Callable[[], int]] = {
    "reports": reports.end_due_reports,
    "case reviews": case_reviews.end_due_reviews,
    "cases of the MARAC": marac.end_due_cases,
    "what was written in surveys": surveys.end_due_words,
    "what was ticked in surveys": surveys.end_due_answers,
    "the record of what staff did": cut_staff_log,
}


def _stored(sweep: Callable[[Session], int]) -> Callable[[], int]:
    def swept() -> int:
        with transaction() as db:
            return sweep(db)

    return swept


DUTIES = ONCE_A_DAY | {
    "contact details": contacts.delete_due_contacts,
    "mail addresses for news": nudges.delete_due_nudges,
    "answers that were saved": saving.delete_expired,
    "requests for help at events": _stored(help_counts.sweep_help_requests),
    "what groups proposed": _stored(proposals.sweep_proposals),
}
AHEAD = (0, 30, 90)


def foretell() -> list[str]:
    """One line for each key of the schedule: how many end tonight, within 30 and within 90 days, and where its time is from."""
    days = [today() + timedelta(days=ahead) for ahead in AHEAD]
    counted = {"contact_months": reports.count_contacts_ending(days)}
    counted |= reports.count_ending(days) | surveys.count_ending(days)
    with_marac = zip(counted["high_risk_years"], marac.count_ending(days), strict=True)
    counted["high_risk_years"] = [reports_ending + cases for reports_ending, cases in with_marac]
    counted["saved_answers_days"] = [saving.count_expired(day) for day in days]
    counted["help_request_days"] = [help_counts.count_over(session, day) for day in days]
    counted |= proposals.count_over(session, days)
    retention = current_partnership().retention
    counted["staff_log_years"] = [
        audit_checkpoint.would_be_cut(years_after(day, -retention.staff_log_years)) for day in days
    ]
    lines = schedule_problems(retention)
    for rule in RULES:
        value = getattr(retention, rule.key)
        check = "" if rule.is_checked else " (to be checked)"
        how_long = "as other reports" if value == AS_OTHERS else value
        lines.append(f"{rule.key} = {how_long}: {rule.what}. {rule.source}{check}.")
        if rule.key in counted:
            tonight, month, quarter = counted[rule.key]
            lines.append(f"    tonight {tonight}, within 30 days {month}, within 90 days {quarter}")
    tonight, month, quarter = case_reviews.count_ending(days)
    lines.append(
        "Case reviews that have ended, with their panels: as reports, by the longer of reports_years and hate_years."
    )
    lines.append(f"    tonight {tonight}, within 30 days {month}, within 90 days {quarter}")
    reviews = case_reviews.held_reviews()
    to_look_at = held.count_due_holds() + sum(one.is_due for one in reviews)
    lines.append(
        f"Legal holds, of which nothing ends: {reports.count_held() + len(reviews)}, to be looked at again: {to_look_at}."
    )
    return lines


def hold_problems() -> list[str]:
    due = held.count_due_holds() + sum(one.is_due for one in case_reviews.held_reviews())
    back, reviews_back = deletions.count_held_though_listed(), case_reviews.count_held_though_listed()
    found = []
    if reviews_back:
        found.append(
            "Case reviews that had been deleted before this database was put back, and are under a legal hold in it: "
            f"{reviews_back}. They stay; once the hold is ended, they are emptied again."
        )
    if back:
        found.append(
            f"Reports that had been deleted before this database was put back, and are under a legal hold in it: {back}. "
            "They stay; once the hold is ended, the next night deletes them again."
        )
    if due:
        found.append(
            f"Legal holds whose day of review has come: {due}. They still hold; a supervisor finds them on the page Legal holds."
        )
    return found
