"""Many reports at once: given to a colleague, or closed as jokes after they were read, and nobody real among them unseen."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from portal.audit import Action, AuditEntry
from portal.db import session, today, transaction
from portal.languages.words import Words
from portal.partnership.outcomes import ClosingRules, Outcome, check_bulk_outcome
from portal.partnership.toml_records import Wrong
from portal.reporting import bulk, jokes
from portal.reporting.alike_words import groups_of
from portal.reporting.bulk import Why
from portal.reporting.count_models import ReportCount
from portal.reporting.models import Clock, Message, Report, RiskBand, State
from portal.reporting.second_look_models import SecondLook
from portal.reporting.texts import folded
from portal.staff.models import StaffMember
from tests.support.closing import close_report, set_rules
from tests.support.flooding import store_many
from tests.support.people import Officer, Resident
from tests.support.rotating import held_by
from tests.support.sending import WITH_CONTACT, send_report
from tests.test_risk import stored

JOKE = "haha the whole school smells of cheese"


def joke(number: int) -> dict[str, Any]:
    return {
        "kind": {"kind": "asb"},
        "narrative": {"narrative": f"{JOKE}{'!' * (number % 3)}"},
        "where": {"place": "e-fishermead"},
        "asb_types": {"types": ["rowdy"]},
    }


def tickets_in(officer: Officer) -> list[str]:
    return re.findall(r'type="checkbox" name="report" value="([^"]+)"', officer.page)


def states(app: Flask) -> dict[State, int]:
    with app.app_context():
        counted = select(Report.state, func.count()).group_by(Report.state)
        return {row[0]: row[1] for row in session.execute(counted)}


def audited(app: Flask, action: Action) -> list[str]:
    with app.app_context():
        return list(session.scalars(select(AuditEntry.subject).where(AuditEntry.action == action)))


@pytest.mark.same_on_both
def test_ticked_reports_are_taken_or_given_and_each_is_recorded(
    app: Flask, officer: Officer, hire: Callable[..., Officer]
) -> None:
    hire("amina", teams=("hate_team",))
    stored(app, "e-fishermead", "hate")
    stored(app, "e-conniburrow")
    officer.get("/staff/reports")
    officer.post("/staff/ticked", do="mine")
    officer.see("Tick at least one report first.")
    officer.post("/staff/ticked", do="mine", all="y", shown=tickets_in(officer))
    officer.see("2 reports are now with Sam.")
    assert len(audited(app, Action.ASSIGNED_REPORT)) == 2
    officer.get("/staff/reports?view=mine")
    officer.post("/staff/ticked", do="give", report=tickets_in(officer))
    officer.see("Give 2 reports to a colleague", "A report that they cannot open is left out.")
    ticked = re.findall(r'name="report" value="([^"]+)"', officer.page)
    officer.post("/staff/assign", to="", report=ticked)
    officer.see("Error: Choose a colleague.", "Give 2 reports to a colleague")
    with app.app_context():
        amina = session.scalars(select(StaffMember.id).where(StaffMember.name == "amina")).one().hex
    officer.post("/staff/assign", to=amina, report=ticked)
    officer.see("1 report is now with Amina.", "1 was left out:", "It is sealed to another team, or damaged.")
    with app.app_context():
        hate = session.scalars(select(Report).where(Report.kind == "hate")).one()
        assert hate.assignee_id is not None
        assert hate.assignee_id.hex == amina


@pytest.mark.same_on_both
def test_what_another_changed_meanwhile_is_left_out_and_said(
    app: Flask, officer: Officer, hire: Callable[..., Officer]
) -> None:
    for place in ("e-fishermead", "e-conniburrow"):
        stored(app, place)
    officer.get("/staff/reports")
    ticked = tickets_in(officer)
    other = hire("dev")
    other.sign_in()
    other.unlock()
    other.get("/staff/reports")
    other.post("/staff/ticked", do="mine", report=tickets_in(other)[:1])
    officer.post("/staff/ticked", do="mine", report=ticked)
    officer.see("1 report is now with Sam.", "1 was left out:", "Somebody changed it meanwhile, or it is gone.")
    # Nor does what no page gave, or gave to somebody else, do anything.
    officer.post("/staff/ticked", do="mine", report=["x", "", f"{ticked[0][:32]}.{'0' * 32}", *tickets_in(other)])
    officer.see("0 reports are now with Sam.")
    assert len(audited(app, Action.ASSIGNED_REPORT)) == 2


@pytest.mark.same_on_both
def test_jokes_are_closed_after_they_were_on_the_screen_with_a_message_in_each_language(
    app: Flask, officer: Officer
) -> None:
    with app.app_context():
        store_many(6, joke, state=State.HELD, day=today(), write_again=False)
    officer.get("/staff/reports?view=held")
    officer.see("Held 6")
    from_list = tickets_in(officer)
    officer.post("/staff/ticked", do="jokes", report=from_list)
    officer.see("Are these 6 reports jokes?", JOKE, "Each reporter reads this, in their language:")
    shown = tickets_in(officer)
    assert len(audited(app, Action.OPENED_REPORT)) == 6
    officer.post("/staff/close-jokes", report=from_list)  # that they stood in a list is not that they were read
    officer.see("0 reports are closed", "6 were left out:")
    officer.post("/staff/close-jokes", report=shown[:-1])
    officer.see("5 reports are closed, with a message to each reporter.")
    assert states(app) == {State.HELD: 1, State.CLOSED: 5}
    assert len(audited(app, Action.CLOSED_AS_JOKE)) == 5
    officer.post("/staff/close-jokes", report=shown)  # pressed twice
    officer.see("1 report is closed", "5 were left out:")
    with app.app_context():
        assert set(session.scalars(select(Message.language))) >= {"en", "pl", "ur"}
        (first, *_more) = session.scalars(select(Report.id).where(Report.state == State.CLOSED)).all()
    officer.get(f"/staff/reports/{first}")
    officer.see("It looks to us as if it did not happen", "closed it as a joke report")
    officer.post(f"/staff/reports/{first}/reopen", written_why="It was real.")
    assert states(app)[State.LOOKED_AT] == 1


@pytest.mark.same_on_both
def test_the_reporter_reads_why_and_can_write_back(app: Flask, officer: Officer, resident: Resident) -> None:
    digits = send_report(resident, narrative=JOKE)
    officer.get("/staff/reports")
    officer.post("/staff/ticked", do="jokes", report=tickets_in(officer))
    officer.post("/staff/close-jokes", report=tickets_in(officer))
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    resident.see("It looks to us as if it did not happen, so we are closing it.")
    resident.post("/return/report", message="It did happen.")
    officer.get("/staff/reports?view=messages")
    officer.see("New message")


@pytest.mark.same_on_both
def test_what_may_be_real_is_never_closed_with_many_others(app: Flask, officer: Officer, resident: Resident) -> None:
    real: list[tuple[Why, dict[str, Any]]] = [
        (Why.IMMEDIATE, {"risk": "yes"}),
        (Why.IMMEDIATE, {"more": {"dangers": {"dangers": ["child"]}}}),
        (Why.CHILD, {"more": {"who": {"who": "me", "under_18": "yes"}}}),
        (Why.CONTACT, {"more": WITH_CONTACT}),
        (Why.LONG, {"narrative": "haha " * 200}),
    ]
    held = None
    for why, how in real:
        kind = "hate" if "dangers" in how.get("more", {}) else "asb"
        with app.app_context():
            before = set(session.scalars(select(Report.id)))
        send_report(resident, **{"narrative": JOKE, "kind": kind} | how)
        with app.app_context():
            held = held or held_by("sam", team=None)
            (new,) = set(session.scalars(select(Report.id))) - before
            (found,) = jokes.check_jokes(held, [new])
            assert found.why_not is why, how
    with app.app_context():
        (one, two, three) = store_many(3, joke, day=today(), write_again=False)
        with transaction() as db:
            db.execute(update(Report).where(Report.id == one).values(risk_band=RiskBand.MEDIUM))
            db.execute(update(Report).where(Report.id == two).values(state=State.REFERRED))
        found_out = {each.report.id: each.why_not for each in jokes.check_jokes(held, [one, two, three])}
        assert found_out == {one: Why.RISK, two: Why.AT_WORK, three: None} | {
            two: Why.WROTE if found_out[two] is Why.WROTE else Why.AT_WORK
        }
    officer.get("/staff/reports")
    officer.post("/staff/ticked", do="jokes", all="y", shown=tickets_in(officer))
    officer.see("7 are not closed here", "Its reporter can be reached.", "It is about a child.")
    officer.post("/staff/close-jokes", report=tickets_in(officer))
    assert states(app)[State.CLOSED] == 1


@pytest.mark.same_on_both
def test_a_message_that_comes_while_the_officer_reads_keeps_a_report_open(
    app: Flask, officer: Officer, resident: Resident
) -> None:
    digits = send_report(resident, narrative=JOKE)
    officer.get("/staff/reports")
    officer.post("/staff/ticked", do="jokes", report=tickets_in(officer))
    shown = tickets_in(officer)
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    resident.post("/return/report", message="They are here now.")
    officer.post("/staff/close-jokes", report=shown)
    officer.see("0 reports are closed", "1 was left out:")
    assert State.CLOSED not in states(app)


def hate_joke(number: int) -> dict[str, Any]:
    return joke(number) | {"kind": {"kind": "hate"}, "asb_types": None, "hate_types": {"types": ["verbal"]}}


def close_all(officer: Officer, **more: object) -> None:
    """Everything that may be a joke on the first page of the list."""
    officer.get("/staff/reports")
    officer.post("/staff/ticked", do="jokes", all="y", shown=tickets_in(officer))
    officer.post("/staff/close-jokes", report=tickets_in(officer), **more)


def count_of(app: Flask, what: Any) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(what)) or 0


@pytest.mark.same_on_both
def test_a_joke_ends_as_every_report_does_with_an_outcome_a_reason_and_no_running_clock(
    app: Flask, officer: Officer, resident: Resident
) -> None:
    digits = send_report(resident, narrative=JOKE)
    with app.app_context():
        store_many(2, joke, day=today(), write_again=False)
    close_all(officer, why="")
    officer.see("Error: Write why you close them.", "Are these 3 reports jokes?")
    assert states(app) == {State.NEW: 3}
    officer.post("/staff/close-jokes", report=tickets_in(officer), why="A dare at the school.")
    officer.see("3 reports are closed, with a message to each reporter.")
    with app.app_context():
        assert set(session.scalars(select(Report.closed_on))) == {today()}
        counted = session.scalars(select(ReportCount).where(ReportCount.question == "outcome")).all()
        assert {row.answer for row in counted} == {"joke"}
        assert sum(row.times for row in counted) == 3
        assert None not in {row.met_on or row.ended_on for row in session.scalars(select(Clock))}
        (one,) = session.scalars(select(Report.id).where(Report.source == "web", Report.language == "pl"))
    officer.get(f"/staff/reports/{one}")
    officer.see("It looks as if it did not happen", "A dare at the school.", "Sam closed it on")
    # Words that nobody has checked go with the English beneath.
    officer.see("Wydaje się nam, że to się nie wydarzyło", "It looks to us as if it did not happen")
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    resident.see("Our answer", "It looks as if it did not happen", "Was it any help?")
    resident.not_see("A dare", "Sam")


@pytest.mark.same_on_both
def test_without_an_outcome_for_them_many_are_not_closed_together_and_the_page_says_why(
    app: Flask, officer: Officer
) -> None:
    with app.app_context():
        store_many(3, joke, day=today(), write_again=False)
    officer.get("/staff/reports")
    listed = tickets_in(officer)
    officer.post("/staff/ticked", do="jokes", report=listed)
    shown = tickets_in(officer)
    set_rules(app, bulk_outcome="")
    officer.get("/staff/reports")
    officer.not_see("Close ticked as jokes")
    officer.post("/staff/ticked", do="jokes", report=listed)
    officer.see("partnership.toml names no bulk_outcome under [closing].")
    assert not tickets_in(officer)
    officer.post("/staff/close-jokes", report=shown)
    officer.see("partnership.toml names no bulk_outcome under [closing].")
    assert states(app) == {State.NEW: 3}


@pytest.mark.same_on_both
def test_where_a_second_look_is_needed_jokes_wait_and_a_second_person_agrees_to_many_they_have_read(
    app: Flask, officer: Officer, supervisor: Officer, resident: Resident
) -> None:
    digits = send_report(resident, narrative=JOKE, kind="hate")
    with app.app_context():
        store_many(2, joke, day=today(), write_again=False)
    close_all(officer)
    officer.see("2 reports are closed, with a message to each reporter. 1 waits for a second look.")
    with app.app_context():
        store_many(4, hate_joke, state=State.HELD, day=today(), write_again=False)
    officer.get("/staff/reports?view=held")
    officer.post("/staff/ticked", do="jokes", report=tickets_in(officer))
    officer.see("4 of them wait for a second look.")
    tickets = tickets_in(officer)
    officer.post("/staff/close-jokes", report=tickets)
    officer.see("4 wait for a second look. Their reporters read nothing until then.")
    officer.not_see("0 reports are closed")
    officer.post("/staff/close-jokes", report=tickets)
    officer.see("0 reports are closed", "4 were left out:")
    assert (count_of(app, SecondLook), count_of(app, Message)) == (5, 2)
    assert len(audited(app, Action.PROPOSED_CLOSING)) == 5
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    resident.not_see("It looks as if it did not happen", "Closed")
    # Nobody agrees to their own, nor does it stand in a group again.
    officer.get("/staff/second-looks")
    officer.see("5 joke reports wait for somebody else to look.")
    officer.get("/staff/alike-words")
    officer.see("0 reports were opened to compare their words.")

    supervisor.get("/staff/second-looks")
    supervisor.not_see(JOKE)
    supervisor.get("/staff/second-looks/jokes")
    supervisor.see("Are these 5 reports jokes?", JOKE, "Reason given by Sam:", "It looks to us as if it did not happen")
    supervisor.post("/staff/second-looks/jokes")
    supervisor.see("Tick at least one report first.")
    shown = tickets_in(supervisor)
    opened = len(audited(app, Action.OPENED_REPORT))
    # What stood on the officer's page does not agree to anything, nor what was ticked in another's name.
    supervisor.post("/staff/second-looks/jokes", report=tickets)
    assert states(app)[State.CLOSED] == 2
    assert len(audited(app, Action.OPENED_REPORT)) == opened + 5
    supervisor.post("/staff/second-looks/jokes", report=shown[1:])
    supervisor.see("4 reports are closed, with a message to each reporter.", "Is this 1 report a joke?")
    assert states(app)[State.CLOSED] == 6
    assert len(audited(app, Action.CLOSED_REPORT)) == 4
    supervisor.post("/staff/second-looks/jokes", report=shown)
    supervisor.see("1 report is closed", "4 were left out:", "No joke report waits for you.")
    assert count_of(app, SecondLook) == 0
    resident.get("/return/report")
    resident.see("Closed", "It looks as if it did not happen")
    with app.app_context():
        hate = session.scalars(select(Report.id).where(Report.kind == "hate")).first()
    officer.get(f"/staff/reports/{hate}")
    officer.see("Sam closed it. Uma agreed on")


@pytest.mark.same_on_both
def test_what_changed_while_the_second_person_reads_goes_on_waiting(
    app: Flask, officer: Officer, supervisor: Officer, resident: Resident
) -> None:
    digits = send_report(resident, narrative=JOKE, kind="hate")
    with app.app_context():
        wrote = session.scalars(select(Report.id)).one()
        again, judged, kept = store_many(3, hate_joke, day=today(), write_again=False)
    close_all(officer)
    officer.see("4 wait for a second look.")
    supervisor.get("/staff/second-looks/jokes")
    shown = tickets_in(supervisor)
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    resident.post("/return/report", message="They are here now.")
    # Taken back, and closed anew with the same words: it is another closing.
    officer.get(f"/staff/second-looks/{again}")
    officer.post(f"/staff/reports/{again}/close/take-back")
    officer.get("/staff/reports")
    one = [ticket for ticket in tickets_in(officer) if ticket.startswith(again.hex)]
    officer.post("/staff/ticked", do="jokes", report=one)
    officer.post("/staff/close-jokes", report=tickets_in(officer))
    officer.see("1 waits for a second look.")
    with app.app_context(), transaction() as db:
        db.execute(update(Report).where(Report.id == judged).values(risk_band=RiskBand.HIGH))
    supervisor.post("/staff/second-looks/jokes", report=shown)
    supervisor.see("1 report is closed", "3 were left out:", "Somebody changed it meanwhile", "Look at 1 by itself")
    supervisor.see("Its risk is not standard.", "Is this 1 report a joke?")
    with app.app_context():
        assert set(session.scalars(select(Report.id).where(Report.state == State.CLOSED))) == {kept}
        assert set(session.scalars(select(SecondLook.report_id))) == {wrote, again, judged}
    # Whose reporter has written stands with the others that are looked at one by one.
    supervisor.get("/staff/second-looks")
    supervisor.see("The reporter has written since")


@pytest.mark.same_on_both
def test_a_closing_that_is_gone_once_the_page_begins_to_show_it_is_not_on_it(
    app: Flask, officer: Officer, supervisor: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        store_many(3, hate_joke, day=today(), write_again=False)
    close_all(officer)
    mark = bulk.tickets

    def taken_back_before(*given: Any) -> dict[Any, str]:
        with transaction() as db:
            db.execute(delete(SecondLook))
        return mark(*given)

    monkeypatch.setattr(bulk, "tickets", taken_back_before)
    supervisor.get("/staff/second-looks/jokes")
    supervisor.see("No joke report waits for you.")
    supervisor.not_see(JOKE)


@pytest.mark.same_on_both
def test_only_who_may_look_agrees_and_never_to_their_own_or_to_other_words(
    app: Flask, officer: Officer, supervisor: Officer, hire: Callable[..., Officer]
) -> None:
    with app.app_context():
        first, *_more = store_many(3, hate_joke, day=today(), write_again=False)
    close_report(officer, f"/staff/reports/{first}", outcome="joke", message="Stop this.", why="A dare.")
    close_all(officer)
    officer.see("2 wait for a second look.")
    supervisor.get("/staff/second-looks/jokes")
    supervisor.see("Are these 2 reports jokes?")
    supervisor.get("/staff/second-looks")
    supervisor.see("It looks as if it did not happen", "Look at 2 joke reports together")
    other = hire("dev")
    other.sign_in()
    other.unlock()
    other.get("/staff/second-looks/jokes")
    other.see("No joke report waits for you.")
    assert (
        other.client.post(
            "/staff/second-looks/jokes", data={"csrf_token": other._hidden("/staff/second-looks")["csrf_token"]}
        ).status_code
        == 403
    )
    set_rules(app, second_look_by="officer")
    officer.get("/staff/second-looks/jokes")
    officer.see("No joke report waits for you.")
    with app.app_context():
        ids = set(session.scalars(select(SecondLook.report_id))) - {first}
        sam = session.scalars(select(StaffMember.id).where(StaffMember.name == "sam")).one()
        theirs = list(bulk.tickets(ids, bulk.Seen.CLOSING, sam).values())
    officer.post("/staff/second-looks/jokes", report=theirs)
    officer.see("0 reports are closed", "2 were left out:", "You have closed it yourself: somebody else must look.")
    other.get("/staff/second-looks/jokes")
    other.post("/staff/second-looks/jokes", report=tickets_in(other))
    other.see("2 reports are closed, with a message to each reporter.")


@pytest.mark.same_on_both
def test_more_than_a_page_of_jokes_is_agreed_to_page_by_page(
    app: Flask, officer: Officer, supervisor: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        store_many(7, hate_joke, day=today(), write_again=False)
    close_all(officer)
    monkeypatch.setattr("portal.staff.joke_looks.CLOSED_AT_ONCE", 4)
    supervisor.get("/staff/second-looks/jokes")
    supervisor.see("Are these 4 reports jokes?", "Page 1 of 2")
    first = tickets_in(supervisor)
    supervisor.get("/staff/second-looks/jokes?page=2")
    supervisor.see("Are these 3 reports jokes?")
    assert not {*first} & {*tickets_in(supervisor)}
    supervisor.post("/staff/second-looks/jokes", report=tickets_in(supervisor))
    supervisor.see("3 reports are closed", "Are these 4 reports jokes?")
    supervisor.get("/staff/second-looks/jokes?page=x")
    supervisor.see("Are these 4 reports jokes?")


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"code": "other"}, "must be the code of one of the outcomes that is not retired"),
        ({"retired": True}, "must be the code of one of the outcomes that is not retired"),
        ({"text": Words({"en": "We saw [what]."})}, "must be an outcome whose text has nothing to fill in"),
    ],
)
def test_an_outcome_that_could_not_close_many_is_named(how: dict[str, Any], says: str) -> None:
    outcome = Outcome(code="joke", group="done", name=Words({"en": "Joke"}), text=Words({"en": "A joke."}))
    rules = ClosingRules(bulk_outcome="joke")
    check_bulk_outcome([outcome], rules)
    check_bulk_outcome([], ClosingRules())
    with pytest.raises(Wrong, match=re.escape(says)):
        check_bulk_outcome([replace(outcome, **how)], rules)


@pytest.mark.same_on_both
def test_alike_reports_are_sorted_by_their_words_and_what_may_be_real_stands_apart(
    app: Flask, officer: Officer, resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.staff.ticked.CLOSED_AT_ONCE", 4)
    send_report(resident, narrative=JOKE, risk="yes")
    send_report(resident, narrative="Someone is shouting at my mother on the bus every day.")
    with app.app_context():
        store_many(7, joke, state=State.NEW, day=today(), write_again=False)
    officer.get("/staff/reports")
    officer.get("/staff/alike-words")
    officer.see("9 reports were opened to compare their words.", "7 reports say this, or nearly this", JOKE)
    officer.see("1 stands in no group: someone in it may need us.")
    officer.not_see("my mother")
    officer.post("/staff/alike-words")
    officer.see("Are these 4 reports jokes?", "The group has more than these")
    officer.post("/staff/close-jokes", report=tickets_in(officer))
    assert states(app)[State.CLOSED] == 4
    officer.get("/staff/alike-words")
    officer.see("3 reports say this, or nearly this")


@given(
    st.lists(st.sampled_from(["a cat sat on the mat", "a cat sat on a mat", "noise all night", "x", ""]), max_size=20)
)
def test_each_text_is_in_one_group_and_equal_ones_are_together(texts: list[str]) -> None:
    given_texts = dict(enumerate(texts))
    groups = groups_of(given_texts)
    assert sorted(key for group in groups for key in group) == sorted(given_texts)
    assert [len(group) for group in groups] == sorted(map(len, groups), reverse=True)
    for text in set(texts):
        assert len({number for number, group in enumerate(groups) for key in group if given_texts[key] == text}) == 1


def test_a_text_with_other_words_stands_in_another_group() -> None:
    told = {
        1: "my neighbour threatened to burn our house down again last night",
        2: "haha the whole school smells of cheese",
        3: "haha the whole school smells of cheese lol",
        4: "they painted a swastika on the door of the mosque",
    }
    groups = groups_of({key: folded(words) for key, words in told.items()})
    assert sorted(map(sorted, groups)) == [[1], [2, 3], [4]]
