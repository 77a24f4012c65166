"""One case, several officers: whose it is, what they write for each other, and that nothing either does is overwritten."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from portal import presence
from portal.audit import Action, AuditEntry
from portal.db import session, today, transaction, utcnow
from portal.reporting import case, deletions, tasks
from portal.reporting.case_models import CaseNote, CaseTask
from portal.reporting.models import Author, Message, Report, State
from portal.server import worker
from portal.staff import account_changes, acting
from portal.staff.models import StaffMember, StaffSession
from tests.support.closing import close_report
from tests.support.loot import spellings, stolen
from tests.support.people import Officer, Resident
from tests.support.sending import NARRATIVE, send_report
from tests.test_db import in_threads
from tests.test_deletions import ask_for_deletion, come_back

Hire = Callable[..., Officer]


@pytest.fixture
def digits(resident: Resident) -> str:
    return send_report(resident)


@pytest.fixture
def at(app: Flask, digits: str) -> str:
    """The address of the report's page for officers."""
    with app.app_context():
        return f"/staff/reports/{session.scalars(select(Report.id)).one()}"


@pytest.fixture
def amina(hire: Hire) -> Officer:
    """A colleague in both teams, at work."""
    return at_work(hire, "amina")


def at_work(hire: Hire, name: str, **more: object) -> Officer:
    person = hire(name, **more)
    person.come_to_work()
    return person


def staff_id(app: Flask, name: str) -> uuid.UUID:
    with app.app_context():
        return session.scalars(select(StaffMember.id).where(StaffMember.name == name)).one()


def press(person: Resident, path: str, **fields: object) -> None:
    """Send the form and open what it leads to; the page must have been left for another."""
    assert person.post(path, fields).status_code == 303, person.text
    person.follow()


def count(app: Flask, table: type) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(table)) or 0


def owner_of(app: Flask) -> uuid.UUID | None:
    with app.app_context():
        return session.scalars(select(Report.assignee_id)).one()


@pytest.mark.same_on_both
def test_an_officer_takes_a_case_and_hands_it_over_with_a_note_that_the_new_owner_reads(
    app: Flask, at: str, officer: Officer, amina: Officer, hire: Hire
) -> None:
    hire("hate-only", teams=("hate_team",))
    officer.get(at)
    officer.see("Nobody owns this case.")
    officer.not_see("Hate-Only")  # cannot open it, so is not offered
    press(officer, f"{at}/owner", take="1")
    officer.see("Owner Sam", "Sam (you)", "Taken on")
    officer.not_see("Nobody owns this case.")
    press(officer, f"{at}/owner", to=staff_id(app, "amina").hex, hand_over_note="Ask about the gate.")
    assert owner_of(app) == staff_id(app, "amina")
    amina.get(at)
    amina.see("Owner Amina", "Handed to you by Sam on", "Ask about the gate.", "Handed the case to Amina")
    with app.app_context():
        said = session.scalars(select(AuditEntry.actor).where(AuditEntry.action == Action.CHANGED_OWNER)).all()
    assert said == ["sam", "sam"]
    press(amina, f"{at}/owner", to="")
    amina.see("Owner Nobody", "Put the case back: nobody owns it")


@pytest.mark.same_on_both
@pytest.mark.parametrize("to", ["choose", "x", uuid.UUID(int=1).hex, "other"])
def test_a_case_goes_to_nobody_who_cannot_open_it(app: Flask, at: str, officer: Officer, hire: Hire, to: str) -> None:
    hire("other", teams=("hate_team",))
    officer.get(at)
    sent = staff_id(app, "other").hex if to == "other" else to
    assert officer.post(f"{at}/owner", {"to": sent, "hand_over_note": "Please call."}).status_code == 200
    officer.see("There is a problem", "Please call.")
    assert owner_of(app) is None


@pytest.mark.same_on_both
def test_the_case_of_someone_who_left_the_team_is_nobodys_and_the_page_says_whose_it_was(
    app: Flask, at: str, officer: Officer, amina: Officer
) -> None:
    amina.get(at)
    press(amina, f"{at}/owner", take="1")
    press(amina, f"{at}/tasks", task="Call back", task_owner=staff_id(app, "amina").hex, task_due=str(today()))
    with app.app_context():
        account_changes.remove_from_team("amina", "asb_team")
    assert owner_of(app) is None
    officer.get(at)
    officer.see("Owner Nobody", "Amina had it, but cannot open it any more.")
    officer.see("They cannot open this report any more: take it over.")
    with app.app_context():
        task = session.scalars(select(CaseTask.id)).one()
    press(officer, f"{at}/tasks/{task}", act="take")
    officer.not_see("They cannot open this report any more")


@pytest.mark.same_on_both
def test_whoever_keeps_a_team_that_opens_it_keeps_the_case(app: Flask, at: str, amina: Officer) -> None:
    amina.get(at)
    press(amina, f"{at}/owner", take="1")
    with app.app_context():
        account_changes.remove_from_team("amina", "hate_team")
    assert owner_of(app) == staff_id(app, "amina")


@pytest.mark.same_on_both
def test_a_closed_account_owns_nothing(app: Flask, at: str, officer: Officer, amina: Officer) -> None:
    amina.get(at)
    press(amina, f"{at}/owner", take="1")
    with app.app_context(), transaction() as db:
        db.execute(update(StaffMember).where(StaffMember.name == "amina").values(active=False))
    officer.get(at)
    officer.see("Owner Nobody", "Amina had it, but cannot open it any more.", "Nobody owns this case.")
    with app.app_context():
        worker.tidy()
    assert owner_of(app) is None
    officer.get(at)
    officer.see("Owner Nobody", "Amina had it, but cannot open it any more.")


@pytest.mark.same_on_both
def test_a_note_is_for_officers_pressed_twice_it_is_one_and_the_reporter_never_sees_it(
    app: Flask, at: str, digits: str, officer: Officer, resident: Resident
) -> None:
    officer.get(at)
    officer.see("The person can ask to read this (subject access).", "No notes yet.")
    page = officer.page
    for _ in range(2):
        officer.page, officer.path = page, at
        press(officer, f"{at}/notes", note="The landlord\nhas a camera.")
    officer.see("The landlord has a camera.", "Notes 1", "Wrote a note · Sam")
    assert count(app, CaseNote) == 1
    come_back(resident, digits)
    resident.not_see("camera")
    officer.page, officer.path = page, at
    press(officer, f"{at}/notes", note="Other words from the same page.")
    assert count(app, CaseNote) == 2


def test_notes_and_tasks_lie_nowhere_in_the_clear_at_one_length_and_go_with_the_report(
    app: Flask, at: str, officer: Officer
) -> None:
    words = ("gartenzwerg camera", "zaunkönig patrol", "nachbarin hand-over")
    officer.get(at)
    press(officer, f"{at}/notes", note=words[0] + "அ" * 3_900)
    press(officer, f"{at}/tasks", task=words[1], task_owner=staff_id(app, "sam").hex, task_due=str(today()))
    press(officer, f"{at}/owner", take="1")
    press(officer, f"{at}/owner", to="", hand_over_note=words[2])
    press(officer, f"{at}/state", state="action")
    loot = stolen(app)
    for word in words:
        for spelling in spellings(word):
            assert spelling not in loot, word
    assert set(CaseNote.__table__.columns.keys()) == {"id", "report_id", "position", "sealed"}
    assert set(CaseTask.__table__.columns.keys()) == {"id", "report_id", "owner_id", "due_on", "done_on", "sealed"}
    with app.app_context():
        assert len({len(note.sealed) for note in session.scalars(select(CaseNote))}) == 1
        report_id = session.scalars(select(Report.id)).one()
        with transaction() as db:
            db.execute(delete(Report).where(Report.id == report_id))
    assert (count(app, CaseNote), count(app, CaseTask)) == (0, 0)


@pytest.mark.same_on_both
def test_a_damaged_note_and_a_damaged_task_hide_no_other(app: Flask, at: str, officer: Officer) -> None:
    officer.get(at)
    for number in range(3):
        press(officer, f"{at}/notes", note=f"Note number {number}")
        press(
            officer,
            f"{at}/tasks",
            task=f"Task number {number}",
            task_owner=staff_id(app, "sam").hex,
            task_due=str(today()),
        )
    with app.app_context(), transaction() as db:
        note = db.scalars(select(CaseNote).where(CaseNote.position == 2)).one()
        note.sealed = note.sealed[:-1] + bytes([note.sealed[-1] ^ 1])
        task = db.scalars(select(CaseTask)).first()
        assert task
        task.sealed = b"x" * len(task.sealed)
        broken = task.id
    officer.get(at)
    officer.see("Note number 0", "Note number 2", "This note is damaged and cannot be read.")
    officer.see("This task is damaged and cannot be read.")
    assert len(set(re.findall(r"Task number \d", officer.text))) == 2
    officer.get(f"{at}/print")
    officer.see("This task is damaged and cannot be read.")
    officer.get("/staff/tasks")
    officer.see("This task is damaged and cannot be read.")
    press(officer, f"{at}/tasks/{broken}", act="done", back="tasks")
    officer.not_see("This task is damaged and cannot be read.")


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("note", "said"),
    [("", "Write the note before you press Keep."), ("  \n ", "Write the note"), ("x" * 4_001, "1 letter too long")],
)
def test_a_note_that_cannot_be_kept_says_why_and_keeps_what_was_typed(
    app: Flask, at: str, officer: Officer, note: str, said: str
) -> None:
    officer.get(at)
    assert officer.post(f"{at}/notes", note=note).status_code == 200
    officer.see("There is a problem", said)
    assert note.strip() in officer.page
    assert count(app, CaseNote) == 0


@pytest.mark.same_on_both
def test_a_note_that_was_being_typed_when_the_session_ended_is_given_back(
    app: Flask, at: str, officer: Officer
) -> None:
    officer.get(at)
    with app.app_context(), transaction() as db:
        db.execute(update(StaffSession).values(ends_at=utcnow() - timedelta(minutes=1)))
    for path, field in ((f"{at}/notes", "note"), (f"{at}/owner", "hand_over_note"), (f"{at}/tasks", "task")):
        officer.get("/staff/sign-in")
        assert officer.post(path, {field: "Half a page of thoughts."}).status_code == 403
        officer.see("You were signed out or locked meanwhile", "Half a page of thoughts.")
    assert count(app, CaseNote) == 0


def test_the_second_of_two_officers_is_told_what_came_before_their_message_goes(
    app: Flask, at: str, officer: Officer, amina: Officer
) -> None:
    officer.get(at)
    amina.get(at)
    press(officer, at, message="We will visit on Monday.")
    assert amina.post(at, message="We cannot help.").status_code == 200
    amina.see(
        "Something came while this page was open.", "Sam answered.", "We will visit on Monday.", "We cannot help."
    )
    assert count(app, Message) == 1
    press(amina, at, message="We cannot help before Monday.")  # having read it
    assert count(app, Message) == 2


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (("", {"message": "Hello"}), "Sam answered."),
        (("/notes", {"note": "Do not write to them: he reads along."}), "Sam wrote a note."),
        (("/state", {"state": "looked_at"}), "Sam changed the state to: Being looked at."),
        (("/owner", {"take": "1"}), "Sam took the case."),
    ],
)
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("", {"message": "My words"}),
        ("/state", {"state": "action"}),
        ("/owner", {"to": "", "take": "1"}),
    ],
)
def test_whatever_two_officers_do_at_once_nothing_is_overwritten(
    app: Flask, at: str, officer: Officer, amina: Officer, first: tuple[str, dict[str, object]], said: str,
    path: str, fields: dict[str, object],
) -> None:  # fmt: skip
    officer.get(at)
    amina.get(at)
    press(officer, at + first[0], **first[1])
    with app.app_context():
        before = (
            session.execute(select(Report.state, Report.assignee_id)).one(),
            session.scalar(select(func.count(Message.id))),
        )
    assert amina.post(at + path, fields).status_code == 200
    amina.see("Something came while this page was open.", said)
    with app.app_context():
        after = (
            session.execute(select(Report.state, Report.assignee_id)).one(),
            session.scalar(select(func.count(Message.id))),
        )
        assert after == before
    press(amina, at + path, **fields)  # from the page that said so


@pytest.mark.same_on_both
def test_what_the_reporter_wrote_meanwhile_is_said_before_the_case_moves(
    at: str, digits: str, officer: Officer, resident: Resident
) -> None:
    officer.get(at)
    come_back(resident, digits)
    resident.post("/return/report", message="Please stop, he knows.")
    officer.post(f"{at}/state", state="action")
    officer.see("The reporter wrote.", "Please stop, he knows.", "Being looked at")
    press(officer, f"{at}/state", state="action")


@pytest.mark.same_on_both
def test_an_owner_or_state_that_changed_without_a_note_is_said_too(
    app: Flask, at: str, officer: Officer, amina: Officer
) -> None:
    officer.get(at)
    with app.app_context(), transaction() as db:
        db.execute(update(Report).values(state=State.ACTION, assignee_id=staff_id(app, "amina")))
    officer.post(at, message="Hello")
    officer.see("The state is now: Action taken.", "Amina owns it now.")


@pytest.mark.same_on_both
def test_a_button_pressed_twice_is_no_news_to_whoever_pressed_it(app: Flask, at: str, officer: Officer) -> None:
    for path, fields in (
        ("", {"message": "Hello"}),
        ("/state", {"state": "action"}),
        ("/owner", {"take": "1"}),
    ):
        officer.get(at)
        page = officer.page
        for _ in range(2):
            officer.page, officer.path = page, at
            press(officer, at + path, **fields)
    assert count(app, Message) == 1
    assert count(app, CaseNote) == 2  # the state and the owner


@pytest.mark.same_on_both
@pytest.mark.parametrize("seen", ["", "nonsense", "a.b.c.d", "looked_at..x.0", "closed.9.9.9.9", "\0", "." * 9999])
def test_a_form_whose_mark_cannot_be_read_is_taken_as_it_is(at: str, officer: Officer, seen: str) -> None:
    officer.get(at)
    press(officer, at, message="Hello", seen=seen)
    officer.see("Hello")


@pytest.mark.same_on_both
def test_who_else_has_the_case_open_is_said_until_they_leave(
    app: Flask, at: str, officer: Officer, amina: Officer
) -> None:
    amina.get(at)
    officer.get(at)
    officer.see("Amina has had this open since")
    amina.get(at)
    amina.see("Sam has had this open since")
    officer.get("/staff/tasks")
    amina.get(at)
    amina.not_see("has had this open")
    with app.app_context():
        report_id = at.rsplit("/", 1)[1]
        assert [one.actor for one in presence.present(report_id, timedelta(minutes=5), but="sam")] == ["amina"]
        assert presence.present(report_id, timedelta(0), but="sam") == []  # long ago
        since = presence.present(report_id, timedelta(minutes=5), but="sam")[0].since
        first = session.scalars(
            select(AuditEntry.at).where(AuditEntry.actor == "amina", AuditEntry.subject == report_id)
        ).first()
        assert since == first


@pytest.mark.same_on_both
def test_a_task_is_added_done_and_undone_and_stands_on_its_owners_page(
    app: Flask, at: str, officer: Officer, amina: Officer
) -> None:
    officer.get(at)
    late = today() - timedelta(3)
    page = officer.page
    for _ in range(2):
        officer.page, officer.path = page, at
        press(
            officer,
            f"{at}/tasks",
            task="Ask the landlord",
            task_owner=staff_id(app, "amina").hex,
            task_due=str(today()),
        )
    assert count(app, CaseTask) == 1
    officer.see("Ask the landlord", "Task for today: Ask the landlord", "Task for Amina, by")
    amina.get("/staff/tasks")
    amina.see("My tasks 1", "Ask the landlord", "Anti-social behaviour")
    with app.app_context(), transaction() as db:
        db.execute(update(CaseTask).values(due_on=late))
    amina.get("/staff/tasks")
    amina.see("Late:")
    officer.get(at)
    officer.see("Task is late: Ask the landlord", "Task not done by this day")
    with app.app_context():
        task = session.scalars(select(CaseTask.id)).one()
    amina.get("/staff/tasks")
    press(amina, f"{at}/tasks/{task}", act="done", back="tasks")
    amina.see("You have nothing to do here.")
    officer.get(at)
    officer.see("1 task done", "Task done · Amina")
    officer.not_see("Task is late")
    press(officer, f"{at}/tasks/{task}", act="undo")
    officer.see("Task is late: Ask the landlord")


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("due", "said"),
    [
        ("", "Choose the day"),
        ("tomorrow", "Choose the day"),
        ("2020-01-01", "This day is over."),
        ("9999-12-31", "This day is too far away."),
    ],
)
def test_a_task_without_a_day_that_can_be_kept_is_asked_about(
    app: Flask, at: str, officer: Officer, due: str, said: str
) -> None:
    officer.get(at)
    officer.post(f"{at}/tasks", {"task": "Call them", "task_owner": staff_id(app, "sam").hex, "task_due": due})
    officer.see(said)
    assert 'value="Call them"' in officer.page
    assert count(app, CaseTask) == 0


@pytest.mark.same_on_both
def test_a_task_of_another_team_shows_no_words(app: Flask, at: str, officer: Officer, hire: Hire) -> None:
    officer.get(at)
    press(officer, f"{at}/tasks", task="Send the letter", task_owner=staff_id(app, "sam").hex, task_due=str(today()))
    other = at_work(hire, "other", teams=("hate_team",))
    with app.app_context(), transaction() as db:
        db.execute(update(CaseTask).values(owner_id=staff_id(app, "other")))
    other.get("/staff/tasks")
    other.see("Sealed to another team")
    other.not_see("Send the letter")
    assert other.get(at).status_code == 404


@pytest.mark.same_on_both
def test_where_the_reporter_stopped_work_while_an_officer_typed_their_words_are_given_back(
    app: Flask, at: str, digits: str, officer: Officer, resident: Resident
) -> None:
    for path, fields in (
        ("/tasks", {"task": "Call them back", "task_owner": staff_id(app, "sam").hex, "task_due": str(today())}),
        ("/owner", {"to": "", "hand_over_note": "Call them back"}),
        ("/risk", {"band": "high", "why": "Call them back"}),
    ):
        officer.get(at)
        if path == "/owner":
            press(officer, f"{at}/owner", take="1")
        page = officer.page
        come_back(resident, digits)
        ask_for_deletion(resident)
        officer.page, officer.path = page, at
        assert officer.post(at + path, fields).status_code == 200, path
        officer.see("The reporter has stopped work on this report, so this was not kept.", "Call them back")
        with app.app_context():
            deletions.keep_report(uuid.UUID(at.rsplit("/", 1)[1]))
    assert count(app, CaseTask) == 0
    officer.get(at)
    come_back(resident, digits)
    ask_for_deletion(resident)
    press(officer, f"{at}/notes", note="Why we did nothing.")  # a note can still be kept
    officer.see("Why we did nothing.")


@pytest.mark.same_on_both
def test_a_note_for_a_report_that_was_deleted_meanwhile_is_given_back_on_the_page_that_says_so(
    app: Flask, at: str, officer: Officer
) -> None:
    officer.get(at)
    with app.app_context(), transaction() as db:
        db.execute(delete(Report))
    assert officer.post(f"{at}/notes", note="Half a page of thoughts.").status_code == 404
    officer.see("There is no page here", "Half a page of thoughts.")


@pytest.mark.same_on_both
def test_states_and_judgements_stay_in_the_record_with_their_reasons(at: str, officer: Officer) -> None:
    officer.get(at)
    press(officer, f"{at}/risk", band="high", why="A knife was shown.")
    press(officer, f"{at}/risk", band="medium", why="He has moved away.")
    press(officer, f"{at}/state", state="action")
    officer.see("1 earlier judgement", "A knife was shown.", "Judged: medium", "Changed the state to: Action taken")
    assert officer.text.count("Changed the state") == 1


@pytest.mark.same_on_both
def test_the_timeline_tells_everything_once_in_either_order(
    app: Flask, at: str, digits: str, officer: Officer, resident: Resident
) -> None:
    come_back(resident, digits)
    resident.post("/return/report", message="They came again.")
    officer.get(at)
    press(officer, at, message="We have read it.")
    press(officer, f"{at}/notes", note="A note of the day.")
    newest = officer.text[officer.text.index("Newest first.") :]
    officer.get(f"{at}?timeline=oldest")
    oldest = officer.text[officer.text.index("Oldest first.") :]
    for line in ("The report came in", "The reporter wrote", "Wrote to the reporter · Sam", "Wrote a note · Sam"):
        assert newest.count(line) == 1
        assert oldest.count(line) == 1
    assert oldest.index("The report came in") < oldest.index("The reporter wrote") < oldest.index("Wrote a note")
    assert newest.index("Wrote a note") < newest.index("The reporter wrote") < newest.index("The report came in")
    officer.see("Who has opened it, and when", "Sam opened it 4 times on")


@pytest.mark.same_on_both
def test_what_was_told_stands_in_the_officers_language_first_and_the_original_is_marked(
    app: Flask, at: str, officer: Officer
) -> None:
    with app.app_context(), transaction() as db:
        db.execute(update(Report).values(language="ur"))
    officer.get(at)
    officer.see("Original, in Urdu (اردو). It cannot be changed.", "Add a translation")
    for words in ("They broke a fence.", "They broke the blue fence."):
        officer.get(at)
        officer.get(re.findall(r'href="([^"]*/translate/[^"]*)"', officer.page)[0])
        officer.post(officer.path, {"language": "en", "translation": words})
    officer.get(at)
    told = officer.text[officer.text.index("What happened Translated") :]
    assert told.index("They broke the blue fence.") < told.index("Original, in Urdu") < told.index(NARRATIVE)
    assert told.index(NARRATIVE) < told.index("1 older translation") < told.index("They broke a fence.")


@pytest.mark.same_on_both
def test_the_paper_has_facts_then_words_and_the_mark_of_the_partnership_file_and_nothing_to_press(
    app: Flask, at: str, officer: Officer
) -> None:
    officer.get(at)
    press(officer, at, message="We have read it.")
    press(officer, f"{at}/notes", note="Only for us.")
    officer.get(f"{at}/print")
    officer.see(
        "OFFICIAL-SENSITIVE", NARRATIVE, "We have read it.", "Whom we may tell", "Before you contact this person"
    )
    officer.not_see("Only for us.")
    inside = officer.page[officer.page.index("<main") : officer.page.index("</main")]
    assert "<form" not in inside
    assert "<textarea" not in inside
    with app.app_context():
        assert session.scalar(select(func.count()).where(AuditEntry.action == Action.PRINTED_REPORT)) == 1


def test_two_messages_sent_in_the_same_moment_are_one_and_a_page_that_says_so(
    app: Flask, at: str, officer: Officer, amina: Officer
) -> None:
    people = [officer, amina]
    for person in people:
        person.get(at)
    together = Barrier(2)

    def answer(person: Officer) -> int:
        together.wait()
        return person.post(at, message=f"Words of {person.name}.").status_code

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(answer, people))
    assert sorted(answers) == [200, 303]
    assert count(app, Message) == 1
    second = people[answers.index(200)]
    second.see("Something came while this page was open.", f"Words of {second.name}.")


@pytest.mark.same_on_both
def test_many_tasks_stand_on_several_pages_and_no_page_lies_beyond_the_last(
    app: Flask, at: str, officer: Officer
) -> None:
    with app.app_context(), transaction() as db:
        report_id, sam = db.scalars(select(Report.id)).one(), db.scalars(select(StaffMember.id)).one()
        for number in range(51):
            tasks.add_task(db, report_id, bytes(32), f"Task {number}", sam, today(), "Sam", uuid.uuid4())
    officer.get("/staff/tasks")
    officer.see("My tasks 51", "Showing 1 to 50 of 51.", "Next page")
    for page in ("2", "99999999999"):
        officer.get(f"/staff/tasks?page={page}")
        officer.see("Showing 51 to 51 of 51.", "Previous page")
    with app.app_context():
        assert len({len(task.sealed) for task in session.scalars(select(CaseTask))}) == 1


@pytest.mark.same_on_both
@pytest.mark.parametrize("ended", [False, True], ids=["open", "closed"])
def test_what_came_after_the_page_was_shown_is_not_read_with_it(
    app: Flask, resident: Resident, officer: Officer, ended: bool
) -> None:
    digits = send_report(resident, kind="asb")
    with app.app_context():
        at = f"/staff/reports/{session.scalars(select(Report.id)).one()}"
    if ended:
        close_report(officer, at)
    come_back(resident, digits)
    resident.post("/return/report", message="One thing more.")
    officer.get(at)
    come_back(resident, digits)
    resident.post("/return/report", message="He is at my door.")
    assert officer.post(f"{at}/read").status_code == 200
    officer.see("The reporter wrote", "He is at my door.")
    with app.app_context():
        assert session.scalars(select(Message.seen).where(Message.author == Author.REPORTER)).all()[-2:] == [False] * 2
    press(officer, f"{at}/read")
    with app.app_context():
        assert all(session.scalars(select(Message.seen))) is ended


def test_two_officers_who_read_and_act_at_once_never_wait_for_each_other(
    app: Flask, at: str, officer: Officer, amina: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both lock the audit log first and the report then: in two orders PostgreSQL would end one of them."""
    for person in (officer, amina):
        person.get(at)
    for module, name in ((case, "mark_read"), (acting, "lock_for_work")):
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *given, real=real: (time.sleep(0.2), real(*given), time.sleep(0.2))[1])
    acts = [lambda: officer.post(f"{at}/read"), lambda: amina.post(f"{at}/state", state="action")]
    in_threads(app, lambda: acts.pop()(), 2)
    for person in (officer, amina):
        assert person.response
        assert person.response.status_code in (200, 303)


@pytest.mark.same_on_both
def test_the_tasks_of_a_closed_account_are_on_everybodys_list(
    app: Flask, at: str, officer: Officer, amina: Officer
) -> None:
    officer.get(at)
    press(officer, f"{at}/tasks", task="Send the letter", task_owner=staff_id(app, "sam").hex, task_due=str(today()))
    amina.get("/staff/tasks")
    amina.not_see("Send the letter")
    with app.app_context(), transaction() as db:
        db.execute(update(StaffMember).where(StaffMember.name == "sam").values(active=False))
    amina.get("/staff/tasks")
    amina.see("Send the letter", "Sam no longer works here.")
    amina.get(at)
    amina.see("A task belongs to someone who cannot do it any more. Take it over.")
