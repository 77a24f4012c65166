"""Problem profiles and what is planned because of them: counts that point at nobody, judgements that say so, gaps that stay gaps."""

from __future__ import annotations

import itertools
import json
import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from hashlib import sha256
from unittest.mock import patch

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page
from sqlalchemy import select

from portal.audit import Action, AuditEntry
from portal.db import session, today, transaction
from portal.profiles.models import About, PlannedActivity, ProblemProfile
from portal.profiles.scopes import CATEGORIES, Scope, counted
from portal.profiles.volt import Season, around, poisson_limit
from portal.reporting import figures
from portal.reporting.figures import Figures, report_figures
from portal.small_counts import Shown, month_after
from portal.staff.models import Role, StaffMember
from tests.support.browsers import Browse
from tests.support.people import Officer
from tests.test_case_browser import open_as
from tests.test_report_figures import add, ago

LIST, CALENDAR = "/staff/profiles", "/staff/profiles/activity"
GROUPS = ("g-north", "g-centre")
KINDS = ("hate", "personal", "nuisance", "other")
Row = tuple[int, ...]
Cell = tuple[int, str, str]


@pytest.fixture
def analyst(hire: Callable[..., Officer]) -> Officer:
    person = hire("ada", roles=(Role.ANALYST,), teams=())
    person.sign_in()
    return person


def profile_fields(**changed: object) -> dict[str, object]:
    return {
        "title": "Bus stops", "problem": "People are insulted at bus stops.", "about": "hate", "place_group": "",
        "first": f"{ago(2):%Y-%m}", "last": f"{ago(1):%Y-%m}", "priority": "C2", **changed,
    }  # fmt: skip


def activity_fields(day: date, **changed: object) -> dict[str, object]:
    return {
        "title": "A night of patrol", "first_on": f"{day}", "last_on": f"{day}", "about": "hate", "place_group": "",
        "direction": "fewer", "agencies": "Police and wardens", "priority": "N2", "profile": "", **changed,
    }  # fmt: skip


def write(person: Officer, **changed: object) -> str:
    """Begin a profile; gives its address."""
    person.get(f"{LIST}/new")
    person.post(person.path, profile_fields(**changed))
    person.follow()
    return person.path


def plan(person: Officer, day: date, **changed: object) -> str:
    person.get(f"{CALENDAR}/new")
    owner = re.search(r'<option value="([0-9a-f-]{36})" selected', person.page)
    assert owner, person.text
    person.post(person.path, activity_fields(day, **{"owner": owner[1], **changed}))
    person.follow()
    return person.path


def freeze(person: Officer, path: str) -> str:
    person.get(path)
    person.post(f"{path}/freeze")
    person.follow()
    person.follow()
    return person.path


@pytest.mark.same_on_both
@settings(deadline=None)
@given(st.floats(0, 300, allow_nan=False), st.sampled_from([95, 99]))
def test_a_surge_is_what_chance_brings_less_often_than_the_rule_says(mean: float, level: int) -> None:
    limit, beyond = poisson_limit(mean, level), Decimal(100 - level) / 200

    def more_than(number: int) -> Decimal:
        # Reckoned once more with fifty digits; e to the minus mean cancels in the ratio of the sums.
        with localcontext(prec=50):
            term, below, whole = Decimal(1), Decimal(0), Decimal(0)
            for each in range(int(mean * 3) + 80):
                below += term if each <= number else 0
                whole += term
                term = term * Decimal(mean) / (each + 1)
            return 1 - below / whole

    assert more_than(limit) <= beyond + Decimal("1e-9")
    assert limit == 0 or more_than(limit - 1) > beyond - Decimal("1e-9")


@pytest.mark.same_on_both
def test_a_surge_needs_five_reports_and_two_years_that_are_told() -> None:
    def surge(now: int, *earlier: Shown) -> int | None:
        return Season(date(2026, 10, 1), Shown(now, is_all=True), earlier).surge

    none, ten, hidden = Shown(0, is_all=True), Shown(10, is_all=True), Shown(3, is_all=False)
    assert (surge(4, none, none), surge(5, none, none)) == (None, 99)
    assert (surge(17, ten, ten), surge(18, ten, ten), surge(19, ten, ten), surge(20, ten, ten)) == (None, 95, 95, 99)
    assert (surge(90, ten, hidden, hidden), surge(90, ten, hidden, ten)) == (None, 99)
    assert Season(date(2026, 10, 1), Shown(90, is_all=False), (ten, ten)).surge is None


@pytest.mark.same_on_both
@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 92))
def test_before_during_and_after_are_as_many_whole_months_and_none_twice(first: date, long: int) -> None:
    last = first + timedelta(days=long)
    found = around(first, last)
    assert found.during == (first.replace(day=1), last.replace(day=1))
    assert [month_after(day, 12) for day in found.year_before] == [*found.during]
    assert found.after[0] == month_after(found.during[1])
    lengths = {(end.year - start.year) * 12 + end.month - start.month for start, end in (found.during, found.after)}
    assert len(lengths) == 1
    assert found.year_before[1] < found.during[0]


def figures_of(app: Flask, months: list[tuple[Row, Row]]) -> Figures:
    """Of made counts: by month and group as many of each kind."""
    counted_, by_group = defaultdict[str, figures.Months](dict), defaultdict[str, figures.Months](dict)
    for number, rows in enumerate(months):
        month = month_after(date(2025, 1, 1), number)
        for group, row in zip(GROUPS, rows, strict=True):
            hate, personal, nuisance, other = row
            asb = personal + nuisance + other
            for question, answer, times in (
                ("kind", "hate", hate), ("kind", "asb", asb),
                ("asb_category", "personal", personal), ("asb_category", "nuisance", nuisance),
            ):  # fmt: skip
                answers = counted_[question].setdefault(month, {})
                answers[answer] = answers.get(answer, 0) + times
                for name in ("kind", f"kind {answer}") if question == "kind" else (f"{question} {answer}",):
                    groups = by_group[name].setdefault(month, {})
                    groups[group] = groups.get(group, 0) + times
    last = month_after(date(2025, 1, 1), len(months) - 1)
    with (
        app.app_context(),
        patch.object(figures, "_counted", return_value=(counted_, by_group)),
        patch.object(figures, "last_month", return_value=last),
    ):
        return report_figures()


SCOPES = [
    (Scope(about, group), frozenset(itertools.product([group] if group else GROUPS, kinds)))
    for about, kinds in {
        About.ALL: KINDS, About.HATE: ("hate",), About.ASB: KINDS[1:], About.PERSONAL: ("personal",), About.NUISANCE: ("nuisance",),
    }.items()
    for group in ("", *GROUPS)
    if Scope(about, group).is_counted
]  # fmt: skip


def told_by_profiles(found: Figures, months: int) -> Iterator[tuple[set[Cell], int]]:
    """What whoever makes every profile there can be reads: each span of months, each kind, each area."""
    for scope, cells in SCOPES:
        for first, last in itertools.combinations_with_replacement(range(months), 2):
            start, end = (month_after(date(2025, 1, 1), number) for number in (first, last))
            shown = counted(found, scope, start, end)
            if shown.is_all:
                yield {(n, *cell) for n in range(first, last + 1) for cell in cells}, shown.number


def follows(known: list[tuple[set[Cell], int]], months: int) -> dict[tuple[int, Scope], int]:
    """The numbers of single months that follow by adding and subtracting, though no profile tells them."""
    cells = list(itertools.product(range(months), GROUPS, KINDS))
    rows = [[Fraction(cell in given) for cell in cells] + [Fraction(total)] for given, total in known]
    basis: list[tuple[int, list[Fraction]]] = []

    def rest_of(row: list[Fraction]) -> list[Fraction]:
        for column, other in basis:
            if row[column]:
                times = row[column]
                row = [a - times * b for a, b in zip(row, other, strict=True)]
        return row

    for row in rows:
        row = rest_of(row)
        column = next((n for n, value in enumerate(row[:-1]) if value), None)
        if column is not None:
            by = row[column]
            basis.append((column, [value / by for value in row]))
    found = {}
    for number, (scope, within) in itertools.product(range(months), SCOPES):
        rest = rest_of([Fraction(cell[0] == number and cell[1:] in within) for cell in cells] + [Fraction(0)])
        if not any(rest[:-1]):
            found[number, scope] = int(-rest[-1])
    return found


count = st.one_of(st.integers(0, 30), st.sampled_from([0, 1, 9, 10, 40]))
month = st.tuples(*[st.tuples(count, count, count, count)] * 2)


@pytest.mark.dear
@pytest.mark.same_on_both
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(month, min_size=1, max_size=4))
def test_no_small_count_follows_from_all_profiles_together(bare_app: Flask, months: list[tuple[Row, Row]]) -> None:
    found = figures_of(bare_app, months)
    known = list(told_by_profiles(found, len(months)))
    small = {key: number for key, number in follows(known, len(months)).items() if 0 < number < 5}
    assert small == {}


@pytest.mark.same_on_both
def test_the_hiding_is_what_keeps_small_counts(bare_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    months = [((40, 30, 3, 20), (40, 30, 30, 20))]
    known = list(told_by_profiles(figures_of(bare_app, months), 1))
    assert known
    assert not {number for number in follows(known, 1).values() if 0 < number < 5}
    monkeypatch.setattr("portal.small_counts.is_small", lambda _count: False)
    assert 3 in follows(list(told_by_profiles(figures_of(bare_app, months), 1)), 1).values()


def test_a_profile_counts_and_judges_and_says_what_it_does_not_know(app: Flask, analyst: Officer) -> None:
    with app.app_context(), transaction() as db:
        for group in GROUPS:
            add(db, ago(2), "kind", "hate", 30, group)
        add(db, ago(2), "strand", "race", 60)
        add(db, ago(2), "kind", "asb", 40)
        add(db, ago(2), "asb_category", "personal", 3)
    analyst.get(LIST)
    analyst.see("There is no profile yet.")
    path = write(analyst, offender="Young men, says one driver.", gaps="Which line it is.")
    analyst.see(
        "Bus stops", "People are insulted at bus stops.", "Hate incident, The whole area 60", "Race", "60",
        "Judgement, not a count: Young men, says one driver.", "what people told us about who did it is sealed",
        "Day of the week and hour are not known", "Which line it is.", "Nothing is planned yet.", "C2",
    )  # fmt: skip
    assert analyst.text.count("Nothing is planned yet.") == 1
    analyst.get(LIST)
    analyst.see("Bus stops", "Draft")
    analyst.get(f"{path}/words")
    # A small number stands nowhere, and one area of all anti-social behaviour is no figure.
    analyst.post(analyst.path, profile_fields(about="asb", place_group=GROUPS[0]))
    analyst.see("anti-social behaviour is counted by category")
    analyst.post(analyst.path, profile_fields(about="asb"))
    analyst.follow()
    analyst.see("Anti-social behaviour, The whole area 40", "By area not known")
    analyst.get(f"{path}/words")
    analyst.post(analyst.path, profile_fields(about="personal"))
    analyst.follow()
    analyst.see("Anti-social behaviour: personal, The whole area not shown")


def test_what_is_frozen_stays_to_the_byte_and_a_new_version_wants_a_reason(app: Flask, analyst: Officer) -> None:
    with app.app_context(), transaction() as db:
        add(db, ago(2), "kind", "hate", 30)
    path = write(analyst)
    frozen = freeze(analyst, path)
    assert frozen == f"{path}/1"
    analyst.see("Frozen by Ada", "Hate incident, The whole area 30")
    first, page = analyst.client.get(f"{frozen}/profile.json").get_data(), analyst.text
    with app.app_context(), transaction() as db:
        add(db, ago(2), "kind", "hate", 30)
    analyst.get(frozen)
    assert analyst.text == page
    assert analyst.client.get(f"{frozen}/profile.json").get_data() == first
    assert sha256(first).hexdigest() in analyst.page
    assert json.loads(first)["title"] == "Bus stops"
    analyst.get(f"{path}/words")
    analyst.see("It is frozen already")
    analyst.get(frozen)
    analyst.post(f"{frozen}/again", reason="\u200b ")
    analyst.see("Write why")
    analyst.post(f"{frozen}/again", reason="A month was missing.")
    analyst.follow()
    analyst.see("This is a draft", "A month was missing.", "Hate incident, The whole area 60")
    analyst.get(frozen)
    analyst.see("There is a newer version.", "Hate incident, The whole area 30")
    with app.app_context():
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.actor == "ada")).all()
    assert {Action.WROTE_PROFILE, Action.FROZE_PROFILE, Action.EXPORTED_PROFILE} <= {*acts}


def test_who_saves_second_is_told_and_a_page_sent_twice_begins_one(app: Flask, analyst: Officer) -> None:
    with app.app_context(), transaction() as db:
        add(db, ago(2), "kind", "hate", 30)
    analyst.get(f"{LIST}/new")
    page = analyst.page
    for _time in range(2):
        analyst.page, analyst.path = page, f"{LIST}/new"
        analyst.post(f"{LIST}/new", profile_fields())
        analyst.follow()
    path = analyst.path
    with app.app_context():
        assert len(session.scalars(select(ProblemProfile)).all()) == 1
    analyst.get(f"{path}/words")
    old = analyst.page
    analyst.post(f"{path}/words", profile_fields(title="Theirs"))
    analyst.page, analyst.path = old, f"{path}/words"
    analyst.post(f"{path}/words", profile_fields(title="Mine"))
    analyst.see("A colleague has changed it meanwhile")
    assert 'value="Mine"' in analyst.page
    analyst.post(f"{path}/words", profile_fields(title="Mine"))
    analyst.follow()
    analyst.see("Mine")
    # Who froze a page of an older edition sees the newer one first.
    stale = analyst.page
    analyst.get(f"{path}/words")
    analyst.post(f"{path}/words", profile_fields(title="Newest"))
    analyst.page, analyst.path = stale, path
    analyst.post(f"{path}/freeze")
    analyst.see("Look at it as it is now", "Newest", "This is a draft")


def test_bad_input_is_said_and_what_was_typed_stays(app: Flask, analyst: Officer) -> None:
    analyst.get(f"{LIST}/new")
    analyst.see("No month in which a report came is over yet.")
    analyst.post(f"{LIST}/new", profile_fields())
    analyst.see("No month in which a report came is over yet.")
    with app.app_context(), transaction() as db:
        add(db, ago(60), "kind", "hate", 30)
    for fields, said in (
        ({"title": "\u200b\u202e"}, "Give it a name."),
        ({"problem": "x" * 401}, "1 letter too long"),
        ({"about": "weather"}, "Choose one of the answers on this page."),
        ({"place_group": "g-moon"}, "Choose one of the answers on this page."),
        ({"first": "2026-13"}, "Choose one of the answers on this page."),
        ({"first": f"{ago(1):%Y-%m}", "last": f"{ago(3):%Y-%m}"}, "must not be before"),
        ({"first": f"{ago(50):%Y-%m}"}, "more than three years"),
    ):
        analyst.get(f"{LIST}/new")
        analyst.post(f"{LIST}/new", profile_fields(**fields))
        analyst.see(said)
        assert "insulted at bus stops" in analyst.page or "problem" in fields
    day = today() + timedelta(days=3)
    for fields, said in (
        ({"first_on": "31/10/2026"}, "write it like 2026-11-30"),
        ({"first_on": "", "last_on": "0000-00-00"}, "write it like 2026-11-30"),
        ({"last_on": f"{today()}"}, "must not be before the first"),
        ({"last_on": f"{day + timedelta(days=93)}"}, "Plan it in parts"),
        ({"first_on": "9999-12-31", "last_on": "9999-12-31"}, "too far away"),
        ({"first_on": "0001-01-01"}, "more than a year ago"),
        ({"owner": str(uuid.uuid4())}, "Choose one of the answers on this page."),
        ({"owner": ""}, "Choose who sees to it."),
        ({"profile": "x"}, "Choose one of the answers on this page."),
        ({"direction": ""}, "Choose one of the answers on this page."),
    ):
        analyst.get(f"{CALENDAR}/new")
        analyst.post(f"{CALENDAR}/new", activity_fields(day, **fields))
        analyst.see(said)
        assert "A night of patrol" in analyst.page
    for query in ("?year=0", "?year=99999&month=x", "?year=2026&month=13", "?year=%D9%A2%D9%A0%D9%A2%D9%A6"):
        assert analyst.get(f"{CALENDAR}{query}").status_code == 200
    assert analyst.get(f"{CALENDAR}/new?day=x&profile=x&to=2026-99-99&title={'x' * 900}").status_code == 200
    assert analyst.get(f"{CALENDAR}/1.ics").status_code == 404


def test_an_activity_is_planned_late_and_recorded_with_the_months_around_it(app: Flask, analyst: Officer) -> None:
    over = ago(3).replace(day=15)
    with app.app_context(), transaction() as db:
        for months, times in ((15, 40), (3, 25), (2, 18)):
            add(db, ago(months), "kind", "hate", times)
    path = write(analyst)
    profile_id = path.rsplit("/", 1)[1]
    at = plan(analyst, over, profile=profile_id)
    analyst.see("It was over more than two weeks ago.", "Bus stops", "Police and wardens", "Ada", "no proof")
    rows = [re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", row)) for row in re.findall(r"<tr>.*?</tr>", analyst.page, re.S)]
    assert [row.strip().rsplit(" ", 1)[1] for row in rows[1:]] == ["40", "25", "18"]
    analyst.get(f"{CALENDAR}?year={over.year}")
    analyst.see("nobody has written what came of it", "A night of patrol")
    analyst.get(at)
    analyst.post(f"{at}/record", state="done", said="")
    analyst.see("Write what was done, or why it was not.")
    analyst.post(f"{at}/record", state="done", said="Two wardens walked.", came="It was calmer.")
    analyst.follow()
    analyst.see("What was done", "Two wardens walked.", "It was calmer.", "Done")
    analyst.not_see("It was over more than two weeks ago.")
    analyst.get(f"{at}/change")
    assert analyst.response is not None
    assert analyst.response.status_code == 409
    # A second one did not happen: what came of it is nothing.
    other = plan(analyst, today(), title="Another night")
    analyst.post(f"{other}/record", state="not_done", said="Nobody was free.", came="Nothing")
    analyst.follow()
    analyst.see("Why it was not done", "Nobody was free.", "not over yet")
    analyst.not_see("What came of it Nothing")
    analyst.get(path)
    analyst.see("A night of patrol", "Done")
    text = analyst.client.get(f"{CALENDAR}/{today().year}.ics").get_data(as_text=True)
    assert "SUMMARY:Another night" in text
    assert f"{today():DTSTART;TZID=Europe/London:%Y%m%dT000000}" in text
    assert "STATUS:CANCELLED" in text


def test_what_lies_ahead_is_changed_and_not_recorded_and_an_owner_who_left_is_said(
    app: Flask, analyst: Officer, officer: Officer
) -> None:
    day = today() + timedelta(days=40)
    at = plan(officer, day)
    officer.not_see("Write down what came of it")
    officer.post(f"{at}/record", state="done", said="x")
    officer.follow()
    officer.get(f"{at}/change")
    old = officer.page
    with app.app_context(), transaction() as db:
        db.scalars(select(StaffMember).where(StaffMember.name == "sam")).one().active = False
    analyst.get(at)
    analyst.see("Has left: choose somebody else")
    analyst.get(f"{CALENDAR}?year={day.year}")
    analyst.see("Has left: choose somebody else")
    analyst.get(f"{at}/change")
    analyst.post(f"{at}/change", activity_fields(day, owner=""))
    analyst.see("Choose who sees to it.")
    with app.app_context():
        mine = session.scalars(select(StaffMember.id).where(StaffMember.name == "ada")).one()
    analyst.post(f"{at}/change", activity_fields(day, owner=str(mine), title="Another title"))
    analyst.follow()
    analyst.see("Another title", "Ada")
    analyst.not_see("Has left")
    seen = re.search(r'name="seen" type="hidden" value="(\d*)"', old)
    assert seen
    analyst.get(f"{at}/change")
    analyst.post(f"{at}/change", activity_fields(day, owner=str(mine), title="Too late", seen=seen[1]))
    analyst.see("A colleague has changed it meanwhile")
    with app.app_context():
        assert session.scalars(select(PlannedActivity)).one().title == "Another title"


@pytest.mark.same_on_both
def test_the_calendar_offers_days_of_the_year_and_months_in_which_more_came(app: Flask, analyst: Officer) -> None:
    year = today().year + 1
    with app.app_context(), transaction() as db:
        for months, times in ((37, 12), (25, 12), (13, 12), (1, 60)):
            add(db, ago(months), "kind", "hate", times)
    analyst.get(f"{CALENDAR}?year={year}&month=10")
    analyst.see("Think of: Halloween", "October")
    analyst.not_see("New Year")
    link = re.search(r'href="([^"]+day=[^"]+)"', analyst.page)
    assert link
    analyst.get(link[1].replace("&amp;", "&"))
    assert f'value="{year}-10-31"' in analyst.page
    assert 'value="Halloween"' in analyst.page
    analyst.get(f"{CALENDAR}?year={year}")
    analyst.see("more came than usual. Hate incident: 60.", "New Year’s Eve")
    write(analyst, first=f"{ago(3):%Y-%m}")
    analyst.see(
        "more than usual. Counted: 60; usual: about 12. Chance alone brings so many less than once in 200 times."
    )


@pytest.mark.same_on_both
def test_an_officer_reads_profiles_and_writes_none(app: Flask, analyst: Officer, officer: Officer) -> None:
    with app.app_context(), transaction() as db:
        add(db, ago(2), "kind", "hate", 30)
    path = write(analyst)
    officer.get(path)
    officer.see("Bus stops", "Plan an activity")
    officer.not_see("Freeze it")
    for address in (f"{path}/words", f"{LIST}/new"):
        assert officer.get(address).status_code == 403
    officer.get(path)
    assert officer.post(f"{path}/freeze").status_code == 403


@pytest.mark.same_on_both
def test_categories_are_those_that_are_counted(bare_app: Flask) -> None:
    found = figures_of(bare_app, [((40, 30, 30, 20), (40, 30, 30, 20))])
    assert {about.value for about in CATEGORIES} == {*found.tables["asb_category"].answers}


@pytest.mark.dear
@pytest.mark.same_on_both
@pytest.mark.parametrize("prefix", [pytest.param("", marks=pytest.mark.long), "/ur"])
def test_from_a_profile_to_a_night_of_activity_and_what_came_of_it(
    browse: Browse, app: Flask, analyst: Officer, axe: Callable[[Page], list[str]], prefix: str
) -> None:
    with app.app_context(), transaction() as db:
        for months in (1, 2, 13):
            add(db, ago(months), "kind", "hate", 30)
    page = open_as(browse, analyst, f"{prefix}{LIST}/new", phone=bool(prefix), javascript=True)
    form = page.locator("main form")

    def looks_well() -> None:
        assert not axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

    form.locator("button").click()
    page.locator(".govuk-error-summary").wait_for()
    looks_well()
    page.locator("#title").fill("Bus stops")
    page.locator("#problem").fill("People are insulted at bus stops.")
    page.locator("#about").select_option("hate")
    form.locator("button").click()
    page.wait_for_url(re.compile(rf"{LIST}/[0-9a-f-]{{36}}$"))
    looks_well()
    page.locator("form[action$=freeze] button").click()
    page.wait_for_url(re.compile(r"/1$"))
    looks_well()
    page.locator("a[href*='activity/new']").click()
    page.wait_for_url(re.compile(r"activity/new"))
    page.locator("#title").fill("A night of patrol")
    for box in ("#first_on", "#last_on"):
        page.locator(box).fill(f"{ago(1)}")
    page.locator("#direction-fewer").check()
    page.locator("#agencies").fill("Police and wardens")
    looks_well()
    form.locator("button").click()
    page.wait_for_url(re.compile(r"activity/[0-9a-f-]{36}$"))
    looks_well()
    page.locator("#state-done").check()
    page.locator("#said").fill("Two wardens walked.")
    page.locator("#came").fill("It was calmer.")
    page.locator("form[action$=record] button").click()
    page.get_by_text("It was calmer.").first.wait_for()
    looks_well()
    page.locator(".govuk-back-link").click()
    page.get_by_text("A night of patrol").first.wait_for()
    looks_well()
    page.locator(".app-views a").nth(1).click()
    page.get_by_text("Bus stops").first.wait_for()
    looks_well()
