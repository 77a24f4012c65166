"""The panel of a case review: who sits on it, who steps aside, the applicant's part in it, and what is done in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page
from sqlalchemy import select, text, update

from portal.audit import Action, AuditEntry
from portal.case_review.models import CaseReview
from portal.case_review.panel_models import OF_THE_PANEL, Panel, PanelMember, Recommendation
from portal.case_review.panel_rules import Obstacle, Seat, why_not_held
from portal.db import Base, session, today, transaction
from portal.staff import account_changes
from portal.staff.models import Role
from tests.support.browsers import Browse, at_work
from tests.support.panels import PAGE, PLACE, WORDS, YESTERDAY, Case, account_id, convene, fill, seat
from tests.support.people import Fields, Officer

NEXT_WEEK = timedelta(days=7)
STEPS_ASIDE = "You stepped aside from this case"


@pytest.fixture
def case(app: Flask, officer: Officer, hire: Callable[..., Officer]) -> Case:
    return convene(app, officer, hire)


def test_a_panel_from_its_invitation_to_what_was_done(case: Case) -> None:
    """The applicant joins online, is heard, reads the outcome and what became of each recommendation."""
    case.set_day(today() + NEXT_WEEK)
    case.applicant.get(PAGE)
    case.applicant.see("We invite you here when the day is set.")
    case.applicant.not_see(PLACE, "How do you want to take part?")
    case.fill("invitation", act="invite")
    case.applicant.get("/case-review/yours")
    case.applicant.see("The panel talks about your case on", "Say how you want to take part.")
    fill(case.applicant, PAGE, way="online", with_supporter="y", needs="An interpreter", message=WORDS)
    case.applicant.see("You chose: I join online", "Somebody comes with me", WORDS, PLACE)
    case.fill("summary", note="Doors are kicked in at night.")
    case.landlord.get(case.at("papers"))
    case.landlord.see(
        "Doors are kicked in at night.", WORDS, "They join online", PLACE, "Petra Vale · Thames Valley Police Chair"
    )
    case.refused("held", "The day of the meeting is still to come.", attended=case.seat_ids())
    case.set_day(today() + YESTERDAY)
    case.officer.see("The person who applied was not invited.")  # another day wants another invitation
    case.fill("invitation", act="invite")
    case.refused("recommendations/new", "The meeting was not held yet.", text="x", body="council", owner="outside",
                 owner_name="x", due_on=today().isoformat())  # fmt: skip
    case.applicant.get(PAGE)
    form = case.applicant.page
    case.hold()
    case.applicant.page = form
    case.applicant.post(PAGE, message="One thing more", way="in_person")
    case.applicant.see("The meeting was held. This cannot be changed any more.", "One thing more")
    case.applicant.get(PAGE)
    case.applicant.not_see("One thing more")
    page = case.recommend("Fit a new door", translation="Nowe drzwi")
    case.recommend("Visit every week", body="police", owner=account_id(case.app, "at-landlord"))
    case.applicant.get(PAGE)
    case.applicant.not_see("Fit a new door")
    case.fill("outcome", message="You were right.", language="en", translation="To była prawda.")
    case.refused(page, "Write the reason in a few words.", act="accept", acceptance="accepted",
                 acceptance_translation="Tak")  # fmt: skip
    case.refused(page, "Write a few words.", act="settle", progress="done", settled_translation="Zrobione")
    case.fill(page, act="accept", acceptance="not_accepted", acceptance_why="No money this year",
              acceptance_translation="Brak pieniędzy")  # fmt: skip
    case.fill(page, act="settle", progress="not_done", settled_why="The house is empty now",
              settled_translation="Dom jest pusty")  # fmt: skip
    case.officer.get(page)
    case.officer.see("In the applicant’s language: Brak pieniędzy", "In the applicant’s language: Dom jest pusty")
    assert case.officer.text.count("They read: English. What you wrote stays the original.") == 2
    case.applicant.get(PAGE)
    case.applicant.see(
        "To była prawda.", "This is a translation.", "You were right.", "Nowe drzwi", "Fit a new door", "Milton Keynes City Council", "Will not be done",
        "Dom jest pusty This is a translation. What was written first stands below. The house is empty now",
        "They said no",
        "Brak pieniędzy This is a translation. What was written first stands below. No money this year", "Visit every week", "Thames Valley Police", "Not done yet",
    )  # fmt: skip
    case.applicant.not_see("Joe Moss", "At-Landlord")
    with case.app.app_context():
        done = set(session.scalars(select(AuditEntry.action).where(AuditEntry.subject == case.id)))
    assert done >= {
        Action.OPENED_PANEL, Action.ARRANGED_PANEL, Action.CHANGED_PANEL, Action.INVITED_TO_PANEL, Action.HELD_PANEL,
        Action.OPENED_PANEL_PAPERS, Action.CHANGED_RECOMMENDATION, Action.TOLD_OUTCOME,
    }  # fmt: skip


def test_whoever_is_named_in_the_case_steps_aside(case: Case, hire: Callable[..., Officer]) -> None:
    """They cannot sit, take the chair or open anything, whichever key they hold; and it can have been a mistake."""
    colleague = hire("noor")
    colleague.come_to_work()
    theirs = seat(case, "Noor", who=account_id(case.app, "noor"))
    case.fill("invitation", act="invite")
    there = case.seat_ids()
    case.refused(theirs, "Write the reason in a few words.", act="aside")
    for member in (theirs, case.at_landlord):
        case.fill(member, act="aside", why="His brother is the neighbour")
    case.officer.see("Stepped aside", "1 person sits on the panel.")
    for person, page in ((colleague, ""), (colleague, "papers"), (colleague, "minutes"), (case.landlord, "papers")):
        assert person.get(case.at(page)).status_code == 403
        person.see(STEPS_ASIDE)
        person.not_see(PLACE)
    assert colleague.get(f"/staff/case-reviews/{case.id}").status_code == 403
    case.refused(theirs, "cannot sit, take the chair or open the papers", act="chair")
    case.refused(theirs, "cannot sit, take the chair or open the papers", act="papers")
    case.refused("held", "Choose from the answers on this page.", attended=there)
    case.landlord.get("/staff/case-review-panels")
    case.landlord.see("Stepped aside")
    case.fill(case.at_landlord, act="again", why="It was another man of that name")
    case.officer.get(case.at_landlord)
    case.officer.see("His brother is the neighbour", "It was another man of that name")
    assert case.landlord.get(case.at("papers")).status_code == 200
    with case.app.app_context():
        done = list(session.scalars(select(AuditEntry.action).where(AuditEntry.subject == case.id)))
    assert done.count(Action.RECORDED_CONFLICT) == 3
    assert Action.TURNED_AWAY_FROM_PANEL in done
    case.hold()
    case.fill("outcome", message="You were right.", language="en")
    case.fill(case.at_landlord, act="aside", why="He was told only now")
    assert case.landlord.get(case.at("papers")).status_code == 403
    case.refused(case.at_landlord, "The person who applied was told the outcome", act="again", why="x")


def test_a_meeting_is_not_held_without_its_chair_nor_before_the_applicant_was_asked(case: Case) -> None:
    case.refused("held", "Tick who was there.")
    case.refused("held", "The person who applied was not invited.", attended=case.seat_ids())
    case.refused("invitation", "Write the reason in a few words.", act="not", why=" \u200b ")
    case.fill("invitation", act="not", why="They asked us not to write to them")
    case.officer.see("Not invited:", "They asked us not to write to them")
    case.applicant.get(PAGE)
    case.applicant.see("The panel talks about your case without you.", "You can also ask us why.")
    case.applicant.not_see("They asked us not to write to them", "We invite you here")
    chair, other = case.seat_ids()
    case.refused("held", "The chair was not there.", attended=[other])
    case.refused("held", "One person is no panel.", attended=[chair])
    case.fill(case.petra, act="aside", why="She took the first report")
    case.officer.see("Nobody chairs the panel.")
    case.refused("held", "Nobody chairs the panel.", attended=[other])
    seat(case, "Ann Lee", who="outside", name="Ann Lee", agency="Help at Home")
    case.fill(case.at_landlord, act="chair")
    case.fill("held", attended=case.seat_ids())
    case.officer.see("Help at Home", "Was there")
    for page in ("meeting", "members/new", "invitation", "applicant"):
        fields = {"meets_on": "2026-11-30", "starts": "10:00", "place": "x", "who": "outside", "name": "x", "agency": "x",
                  "act": "invite", "note": "x", "language": "en"}  # fmt: skip
        case.refused(page, "The meeting was held. This cannot be changed any more.", **fields)


def test_a_panel_that_meets_late_or_tells_late_is_said_to_be_late_on_both_sides(case: Case) -> None:
    def decided(day: date) -> None:
        with case.app.app_context(), transaction() as db:
            db.execute(update(CaseReview).values(decided_on=day))

    def both_see(applicant: str, staff: str) -> None:
        case.applicant.get("/case-review/yours")
        case.applicant.see(applicant)
        case.officer.get("/staff/case-reviews")
        if staff:
            case.officer.see(staff)
        else:
            case.officer.not_see("Late: ", "Nothing is due here")

    decided(today())
    both_see("the panel talks about your case.", "")
    decided(today() - timedelta(days=90))
    both_see("We are late: this was to be done by", "Late: ")
    case.fill("invitation", act="invite")
    case.hold()
    both_see("we write to you here what the panel found.", "")
    with case.app.app_context(), transaction() as db:
        db.execute(update(Panel).values(held_on=today() - timedelta(days=60)))
    both_see("We are late: this was to be done by", "Late: ")
    case.fill("outcome", message="You were right.", language="en")
    case.applicant.get("/case-review/yours")
    case.applicant.see("The panel talked about your case.", "We told you what the panel found.")
    case.applicant.not_see("We are late")


def test_what_is_sent_twice_is_done_once_and_blames_nobody(case: Case) -> None:
    """A double click, and a page that was gone back to after the outcome was told."""
    case.fill("invitation", act="invite")
    day = (today() + NEXT_WEEK).isoformat()
    recommended = {
        "text": "Fit a new door",
        "body": "council",
        "owner": "outside",
        "owner_name": "Joe Moss",
        "due_on": day,
    }
    steps: list[tuple[str, Fields]] = [
        ("held", {"attended": case.seat_ids()}),
        ("recommendations/new", recommended),
        ("outcome", {"message": "You were right.", "language": "en"}),
    ]
    gone_back_to = []
    for path, fields in steps:
        case.officer.get(case.at(path))
        gone_back_to.append((path, fields, case.officer.page))
        for _press in range(2):
            case.officer.page = gone_back_to[-1][2]
            assert case.officer.post(case.at(path), fields).status_code == 303
    for path, fields, page in gone_back_to[1:]:
        case.officer.path, case.officer.page = case.at(path), page
        assert case.officer.post(case.at(path), fields).status_code == 303
    case.officer.follow()
    assert case.officer.text.count("Fit a new door") == 1
    case.officer.path, case.officer.page = case.at("outcome"), gone_back_to[2][2]
    case.officer.post(case.at("outcome"), message="You were wrong.", language="en")
    case.officer.see("The person who applied was told the outcome.", "You were wrong.")


def test_agreed_minutes_are_never_changed(case: Case) -> None:
    case.fill("invitation", act="invite")
    case.refused("minutes", "The meeting was not held yet.", act="write", note="x")
    case.hold()
    case.officer.get(case.at("minutes"))
    before = case.officer.page
    for _press in range(2):  # a double click says nothing of somebody else
        case.officer.page = before
        assert case.officer.post(case.at("minutes"), act="write", note="We met in the rain.").status_code == 303
    case.officer.get(case.at("minutes"))
    before = case.officer.page
    case.fill("minutes", act="write", note="We met in the sun.")
    case.officer.page = before  # somebody who still looks at the rain
    for act in ("write", "agree"):
        case.officer.page = before
        case.officer.post(case.at("minutes"), act=act, note="We met in the snow.")
        case.officer.see("Somebody else changed this while you wrote.", "We met in the snow.")
    case.landlord.get(case.at("papers"))
    case.landlord.see("We met in the sun.")
    case.officer.get(case.at("minutes"))
    before = case.officer.page
    for _press in range(2):
        case.officer.page = before
        assert case.officer.post(case.at("minutes"), act="agree").status_code == 303
    case.refused("minutes", "These minutes are agreed and stay as they are.", act="write", note="We met in the fog.")
    case.officer.see("We met in the fog.")
    case.fill("minutes", act="write", note="We met in the fog.", why="It was foggy")
    case.officer.see("Version 1", "We met in the sun.", "Version 2", "We met in the fog.", "It was foggy", "Agreed on")
    assert case.landlord.get(case.at("papers")).status_code == 403
    case.landlord.see("The panel has done its work")


def test_an_action_whose_owner_has_left_is_given_on(case: Case) -> None:
    case.fill("invitation", act="invite")
    case.hold()
    page = case.recommend(owner=account_id(case.app, "at-landlord"))
    with case.app.app_context():
        account_changes.close_account("at-landlord")
    case.officer.get(case.at())
    case.officer.see("Nobody: give it to somebody")
    case.refused(page, "Whoever had this does not work here any more.", act="settle", progress="done")
    case.officer.see("Nobody answers for it: At-Landlord does not work here any more.")
    day = (today() + NEXT_WEEK).isoformat()
    case.refused(page, "Write the name of this person.", act="give", owner="outside", owner_name="\u200b", due_on=day)
    case.fill(page, act="give", owner=account_id(case.app, "sam"), due_on=day)
    case.officer.get(page)
    case.officer.see("Who answers for it: Sam", "Before: At-Landlord")
    case.fill(page, act="settle", progress="done", settled_why="")
    case.officer.see("Done")
    case.fill("outcome", message="It is done.", language="en")
    with case.app.app_context(), transaction() as db:
        late = {"due_on": today() + YESTERDAY, "progress": "open", "settled_on": None}
        db.execute(update(Recommendation).values(**late))
    case.applicant.get(PAGE)
    case.applicant.see("and is late.")
    case.officer.get("/staff/case-reviews/recommendations")
    case.officer.see("Late: ", "Sam")


def test_the_policing_body_takes_a_second_look_where_that_is_switched_on(case: Case) -> None:
    case.fill("invitation", act="invite")
    case.hold()
    case.fill("outcome", message="We did all we could.", language="en")
    case.applicant.get(PAGE)
    case.applicant.not_see("A second look")
    case.refused("second-look", "A second look cannot be asked for here.", message="x")
    partnership = case.app.extensions["partnership"]
    rules = partnership.case_review
    case.app.extensions["partnership"] = replace(
        partnership, case_review=replace(rules, second_look=replace(rules.second_look, is_on=True))
    )
    case.applicant.get(PAGE)
    case.applicant.see("the Police and Crime Commissioner for Thames Valley", "Ask for a second look")
    case.applicant.get("/case-review/yours/second-look")
    form = case.applicant.page
    told_on(case.app, today() - timedelta(days=60))
    case.applicant.post("/case-review/yours/second-look", message="Nobody asked me anything.")
    case.applicant.follow()
    case.applicant.not_see("You asked for it")
    told_on(case.app, today())
    case.applicant.page = form
    case.applicant.post("/case-review/yours/second-look", message="\u200b")
    case.applicant.see("Write in a few words why you ask.")
    case.applicant.post("/case-review/yours/second-look", message="Nobody asked me anything.")
    case.applicant.follow()
    case.applicant.see("You asked for it on", "We pass it on.")
    case.officer.get(case.at("second-look"))
    case.officer.see("Nobody asked me anything.")
    case.refused("second-look", "A second look was asked for already.", act="ask", message="She asks on the phone.")
    case.applicant.get(PAGE)
    case.applicant.not_see("She asks on the phone.")  # a request that crossed another is no answer to it
    case.fill("second-look", act="passed")
    case.fill("second-look", act="answer", message="They must be asked.", translation="Trzeba ich zapytać.")
    case.recommend("Ask the person who applied", body="outside", other_body="Fernhill Homes")
    case.officer.see("From the second look", "Fernhill Homes")
    case.applicant.get(PAGE)
    case.applicant.see(
        "Trzeba ich zapytać. This is a translation. What was written first stands below. They must be asked.",
        "Ask the person who applied",
    )


def told_on(app: Flask, day: date) -> None:
    with app.app_context(), transaction() as db:
        db.execute(update(Panel).values(told_on=day))


def test_an_agency_at_a_panel_opens_that_panel_and_no_other(
    case: Case, hire: Callable[..., Officer], supervisor: Officer
) -> None:
    other = convene(case.app, case.officer, hire, "elsewhere")
    case.landlord.get(case.at("papers"))
    case.landlord.see(PLACE)
    nowhere = "/staff/case-reviews/00000000-0000-0000-0000-000000000000/panel/papers"
    theirs, none = case.landlord.get(other.at("papers")), case.landlord.get(nowhere)
    assert (theirs.status_code, none.status_code) == (404, 404)
    case.landlord.get("/staff/case-review-panels")
    assert case.landlord.page.count("/panel/papers") == 1
    pages = ["", "meeting", "held", "members/new", "invitation", "applicant", "recommendations/new", "minutes", "outcome",
             "second-look"]  # fmt: skip
    for page in pages:
        assert case.landlord.get(case.at(page)).status_code == 403, page
        assert supervisor.get(case.at(page)).status_code == 200, page
    assert supervisor.get(case.at("papers")).status_code == 404  # no seat
    stranger = hire("hal", teams=("hate_team",))
    stranger.come_to_work()
    token = stranger.token
    for page in pages:
        assert stranger.get(case.at(page)).status_code == 404, page
        assert stranger.post(case.at(page), token, act="invite", why="x", message="x").status_code in (404, 405), page
    auditor = hire("edith", teams=(), roles=(Role.AUDITOR,))
    auditor.sign_in()
    assert {auditor.get(case.at(page)).status_code for page in (*pages, "papers")} == {403}


def test_nothing_that_was_typed_lies_in_the_clear(case: Case) -> None:
    secret = "Zanzibar"
    case.set_day(today() + YESTERDAY, place=f"{secret} room")
    seat(case, f"{secret} Poe", who="outside", name=f"{secret} Poe", agency=secret, role=secret)
    case.fill("summary", note=secret)
    case.fill("invitation", act="invite")
    fill(case.applicant, PAGE, way="in_person", needs=secret, message=secret)
    case.fill("applicant", way="online", needs=secret, note=secret, language="en")
    case.fill(case.at_landlord, act="aside", why=secret)
    case.hold()
    page = case.recommend(secret, body="outside", other_body=secret, owner_name=secret)
    case.fill("minutes", act="write", note=secret)
    case.fill("minutes", act="agree")
    case.fill("minutes", act="write", note=secret, why=secret)
    case.fill("outcome", message=secret, language="en")
    case.fill(page, act="settle", progress="not_done", settled_why=secret)
    case.fill(page, act="accept", acceptance="in_part", acceptance_why=secret)
    with case.app.extensions["database"].engine.connect() as connection:
        for table in Base.metadata.tables:
            stored = repr(connection.execute(text(f"SELECT * FROM {table}")).all())
            assert secret not in stored, table


def test_a_review_that_is_taken_back_takes_its_panel_with_it(case: Case) -> None:
    case.fill("invitation", act="invite")
    fill(case.applicant, PAGE, way="online", message=WORDS)
    fill(case.applicant, "/case-review/yours/take-back")
    with case.app.app_context():
        assert not [table for table in OF_THE_PANEL if session.scalars(select(table.review_id)).all()]
    assert case.officer.get(case.at()).status_code == 404
    assert case.landlord.get(case.at("papers")).status_code == 404
    case.applicant.get(PAGE)
    case.applicant.see("There is no meeting about your case review.")


def test_bad_input_has_its_sentence_and_keeps_what_was_typed(case: Case) -> None:
    case.refused(
        "meeting", "Choose the day, or write it like 2026-11-30.", meets_on="soon", starts="14:30", place="Hall"
    )
    case.officer.see("Hall")
    case.refused("meeting", "This day is too far away.", meets_on="2999-01-01", starts="14:30", place="Hall")
    case.refused("meeting", "Write when it starts, like 18:30.", meets_on="2026-11-30", starts="25:99", place="Hall")
    case.refused("meeting", "1 letter too long", meets_on="2026-11-30", starts="14:30", place="x" * 1001)
    case.refused("members/new", "Write the name of this person.", who="outside", name="\u202e\u200b\u2067", agency="x")
    case.refused("members/new", "Choose one of the answers on this page.", who="f" * 32)
    case.refused("members/new", "This person is on the panel already.", who=account_id(case.app, "at-landlord"))
    case.refused("members/new", "letters too long", who="outside", name="x" * 5000, agency="x", once="not a number")
    case.refused("applicant", "Choose how they take part, or write", language="en")
    case.refused("applicant", "The person who applied was not invited.", way="online", language="en")
    case.applicant.get(PAGE)
    case.applicant.post(PAGE, message="", way="online")
    case.applicant.see("Write what the panel is to know.")
    case.fill("invitation", act="invite")
    case.applicant.get(PAGE)
    for fields, sentence in (
        ({"way": "by boat", "message": WORDS}, "Choose one of the answers on this page."),
        ({"needs": "A ramp"}, "Choose how you want to take part."),
        ({"message": "\u200f\u202e"}, "Choose how you want to take part, or write"),
        ({"message": "ß" * 4001}, "1 letter too long"),
    ):
        case.applicant.post(PAGE, fields)
        case.applicant.see(sentence, *(words for words in (fields.get("needs"),) if words))
    case.applicant.get(PAGE)
    form = case.applicant.page
    for _ in range(3):
        case.applicant.page = form
        case.applicant.post(PAGE, message=f"{WORDS}\u202e")
    case.applicant.get(PAGE)
    assert case.applicant.text.count(WORDS) == 1


def test_papers_are_given_again_after_a_members_key_was_changed(case: Case) -> None:
    with case.app.app_context(), transaction() as db:
        broken = session.scalars(select(PanelMember).where(PanelMember.staff_id.is_not(None))).one()
        db.execute(
            update(PanelMember)
            .where(PanelMember.id == broken.id)
            .values(sealed_keys=broken.sealed_keys[::-1], wrapped_for=broken.id)
        )
    assert case.landlord.get(case.at("papers")).status_code == 403
    case.landlord.see("Your key was changed since you got them.")
    case.officer.get(case.at_landlord)
    case.officer.see("They cannot open the papers")
    case.fill(case.at_landlord, act="papers")
    assert case.landlord.get(case.at("papers")).status_code == 200


SEATS = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=6)


@given(seats=SEATS, there=st.sets(st.integers(0, 7)), days=st.integers(-3, 3), is_invited=st.booleans())
def test_only_a_meeting_with_its_chair_and_the_applicant_asked_counts_as_held(
    seats: list[tuple[bool, bool]], there: set[int], days: int, is_invited: bool
) -> None:
    sitting = [Seat(number, sits, is_chair) for number, (sits, is_chair) in enumerate(seats)]
    found = why_not_held(
        sitting, there, meets_on=date(2026, 11, 29) + timedelta(days), is_invited=is_invited, on=date(2026, 11, 29)
    )
    by_id = {one.id: one for one in sitting}
    is_right = (
        days <= 0
        and is_invited
        and there <= by_id.keys()
        and len(there) > 1
        and all(by_id[one].sits for one in there)
        and any(by_id[one].is_chair for one in there)
    )
    assert (found is None) == is_right
    assert why_not_held(sitting, there, meets_on=None, is_invited=True, on=date.max) is Obstacle.NO_MEETING


@pytest.mark.dear
@pytest.mark.same_on_both
@pytest.mark.parametrize("prefix", [pytest.param("", marks=pytest.mark.long), "/ur"])
def test_a_panel_in_chromium_from_the_invitation_to_what_was_done(
    case: Case, browse: Browse, axe: Callable[[Page], list[str]], prefix: str
) -> None:
    """Attended online, recommendations done and told; every page is for everyone."""
    review = f"{prefix}{case.at()}"
    desk = at_work(browse, case.officer, f"{review}/invitation", phone=False)
    phone = browse(f"{prefix}/case-review")
    phone.context.add_cookies([case.applicants_cookie("/".join(phone.url.split("/")[:3]))])
    here = phone.url.split("/case-review")[0]

    def look(page: Page) -> None:
        assert not axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    look(desk)
    desk.locator("button[value=invite]").click()
    desk.wait_for_url("**/panel#applicant")
    look(desk)
    phone.goto(f"{here}{PAGE}")
    look(phone)
    phone.locator("#way-online").check()
    phone.locator("#message").fill(WORDS)
    phone.locator("#step button").last.click()
    phone.get_by_text(WORDS).wait_for()
    look(phone)
    for page in ("held", "members/new", "meeting", "summary", "applicant", "minutes", "second-look"):
        desk.goto(f"{here}{case.at(page)}")
        look(desk)
    case.hold()
    recommendation = case.recommend("Fit a new door")
    desk.goto(here + recommendation)
    look(desk)
    desk.locator("#progress-done").check()
    desk.locator("#settled_why").fill("The new door is in.")
    desk.locator("button[value=settle]").click()
    desk.wait_for_url("**/panel#recommendations")
    look(desk)
    desk.goto(f"{here}{case.at('minutes')}")
    desk.locator("#note").fill("All were there.")
    desk.locator("button[value=write]").click()
    desk.locator("button[value=agree]").click()
    desk.locator("#why").wait_for()
    look(desk)
    desk.goto(f"{here}{case.at('outcome')}")
    desk.locator("#message").fill("You were right.")
    look(desk)
    desk.locator("form:has(#message) button").click()
    desk.wait_for_url("**/panel")
    desk.goto(f"{here}/staff/case-reviews/recommendations")
    look(desk)
    phone.reload()
    phone.get_by_text("The new door is in.").wait_for()
    phone.get_by_text("You were right.").wait_for()
    look(phone)
    member = at_work(browse, case.landlord, f"{prefix}/staff/case-review-panels")
    look(member)
