"""Whether the threshold of a case review looks met: calendar months, each occurrence once, and a reason for all else."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.case_review.threshold import Complaint, Reason, Way, judge
from portal.partnership.case_review import ThresholdRules, months_after

pytestmark = pytest.mark.same_on_both

RULES = ThresholdRules()
EVERY_WAY = ThresholdRules(hate_number=1, reporters_number=3)
DAY = date(2026, 11, 29)
# Few days, most of them in time: what is random alone hardly ever counts.
TOLD_ON = st.sampled_from([DAY - timedelta(days=days) for days in (-1, 0, 3, 40, 100, 180, 200)])
DAYS_BEFORE = st.sampled_from([0, 0, 1, 20, 40, -1])
COMPLAINTS = st.lists(
    st.builds(
        lambda reported_on, before, **more: Complaint(
            occurred_on=None if before is None else reported_on - timedelta(days=before),
            reported_on=reported_on,
            **more,
        ),
        incident=st.sampled_from(["", "1", "2", "3"]),
        reported_on=TOLD_ON,
        before=st.none() | DAYS_BEFORE,
        is_asb=st.sampled_from([True, True, True, False]),
        is_hate=st.booleans(),
        reporter=st.sampled_from(["", "a", "b"]),
        told=st.sampled_from(["", "police", "council"]),
    ),
    max_size=8,
)


def told(reported_on: date, occurred_on: date | None = None, incident: str = "", **more: object) -> Complaint:
    given: dict[str, object] = {"is_asb": True, "is_hate": False} | more
    return Complaint(incident, occurred_on or reported_on, reported_on, **given)  # type: ignore[arg-type]


@given(COMPLAINTS, st.randoms(use_true_random=False), st.sampled_from([RULES, EVERY_WAY]))
def test_the_order_of_the_complaints_changes_nothing(
    complaints: list[Complaint], chance: object, rules: ThresholdRules
) -> None:
    mixed = list(complaints)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = judge(complaints, DAY, rules), judge(mixed, DAY, rules)
    assert one.ways == other.ways
    assert sorted(map(repr, one.counted)) == sorted(map(repr, other.counted))
    assert sorted(map(repr, one.not_counted)) == sorted(map(repr, other.not_counted))


@given(COMPLAINTS, COMPLAINTS, st.sampled_from([RULES, EVERY_WAY]))
def test_one_complaint_more_never_takes_the_threshold_away(
    complaints: list[Complaint], more: list[Complaint], rules: ThresholdRules
) -> None:
    assert judge(complaints, DAY, rules).ways <= judge([*complaints, *more], DAY, rules).ways


@given(COMPLAINTS)
def test_each_complaint_counts_or_has_its_reason_and_an_occurrence_counts_once(complaints: list[Complaint]) -> None:
    found = judge(complaints, DAY, RULES)
    assert [complaint for complaint, _reason in found.verdicts] == complaints
    assert len(found.counted) + len(found.not_counted) == len(complaints)
    incidents = [one.incident for one in found.counted if one.incident]
    assert len(incidents) == len(set(incidents))
    assert found.met == (len(found.counted) >= 3)


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.integers(0, 40))
def test_months_are_of_the_calendar(day: date, months: int) -> None:
    later = months_after(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("occurred", "reported", "applied", "reason"),
    [
        (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 1), None),
        (date(2026, 1, 31), date(2026, 3, 1), date(2026, 3, 1), Reason.TOO_LATE_REPORTED),
        (date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 1), None),
        (date(2028, 2, 29), date(2028, 3, 29), date(2028, 9, 29), None),
        (date(2028, 2, 29), date(2028, 3, 30), date(2028, 9, 29), Reason.TOO_LATE_REPORTED),
        (date(2027, 8, 31), date(2027, 8, 31), date(2028, 2, 29), None),
        (date(2027, 8, 31), date(2027, 8, 31), date(2028, 3, 1), Reason.TOO_OLD),
        (None, date(2026, 11, 1), DAY, Reason.DAY_UNKNOWN),
        (date(2026, 11, 3), date(2026, 11, 2), DAY, Reason.IN_THE_FUTURE),
        (date(2026, 11, 3), date(2026, 11, 30), DAY, Reason.IN_THE_FUTURE),
    ],
)
def test_the_last_day_is_in_time_and_the_next_is_not(
    occurred: date | None, reported: date, applied: date, reason: Reason | None
) -> None:
    complaint = Complaint("", occurred, reported, is_asb=True, is_hate=False)
    assert judge([complaint], applied, RULES).verdicts == ((complaint, reason),)


def test_the_same_occurrence_told_to_three_agencies_counts_once() -> None:
    day = DAY - timedelta(days=20)
    thrice = [told(day, incident="1", told=agency) for agency in ("police", "council", "landlord")]
    found = judge(thrice, DAY, RULES)
    assert (found.met, found.missing, len(found.counted)) == (False, 2, 1)
    assert {one.reason for one in found.not_counted} == {Reason.SAME_INCIDENT}
    others = [told(day, incident="2"), told(day - timedelta(days=1))]
    assert judge([*thrice, *others], DAY, RULES).ways == {Way.STATUTORY}


def test_hate_and_several_people_are_ways_only_where_the_partnership_says_so() -> None:
    hate = told(DAY, is_hate=True)
    people = [told(DAY, incident="1", reporter=name) for name in ("a", "b", "c")]
    assert not judge([hate, *people], DAY, RULES).ways
    assert judge([hate], DAY, EVERY_WAY).ways == {Way.HATE}
    assert judge(people, DAY, EVERY_WAY).ways == {Way.SEVERAL_PEOPLE}


def test_a_day_that_nobody_knows_is_for_a_person_to_find_out() -> None:
    unknown = Complaint("", None, DAY, is_asb=True, is_hate=False)
    assert judge([unknown], DAY, RULES).needs_person
    assert not judge([unknown, told(DAY), told(DAY), told(DAY)], DAY, RULES).needs_person
    same = Complaint("1", None, DAY, is_asb=True, is_hate=False)
    assert judge([same, told(DAY, incident="1")], DAY, RULES).verdicts[0][1] is Reason.SAME_INCIDENT


@given(COMPLAINTS)
def test_the_day_by_which_to_apply_is_the_last_on_which_it_is_enough(complaints: list[Complaint]) -> None:
    three = [told(DAY - timedelta(days=days)) for days in (10, 30, 20)]
    assert judge(three, DAY, RULES).apply_by == months_after(DAY - timedelta(days=30), 6)
    found = judge(complaints, DAY, RULES)
    if found.apply_by is not None:
        assert judge(found.counted, found.apply_by, RULES).met
        assert not judge(found.counted, found.apply_by + timedelta(days=1), RULES).met
