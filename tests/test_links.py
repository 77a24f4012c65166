"""Which reports belong together: offered to officers by what the reports tell, linked with a reason, sealed for everybody else."""

from __future__ import annotations

import random
import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from portal.audit import Action, AuditEntry
from portal.db import Base, session, today, transaction
from portal.reporting import belonging, deletions, links
from portal.reporting.links import LINKS_PADS, MOST_LINKS, Link, LinkKind, Links
from portal.reporting.models import Kind, Part, Report, ReportPart, State
from portal.reporting.storing import store_report
from portal.reporting.suggestions import COMPARED
from portal.staff.models import StaffMember
from portal.vault import keyholders, receipts, sealing
from tests.support.linking import SCOOTER, Hire, hired, link, page_of, reference, tell
from tests.support.loot import shapes, spellings, stolen
from tests.support.people import Officer


def delete_report(app: Flask, report_id: str) -> None:
    with app.app_context():
        deletions.ask_for_deletion(uuid.UUID(report_id))
        with transaction() as db:
            db.execute(update(deletions.DeletionRequest).values(due_on=today()))
        assert deletions.delete_due_reports() == 1


@pytest.mark.same_on_both
def test_an_officer_is_offered_what_is_alike_and_links_it_with_a_reason(app: Flask, officer: Officer) -> None:
    first, second, third = (report for _digits, report in tell(app))
    other = tell(app, ["Someone smokes at the bus stop and drops ash on the bench."])[0][1]
    officer.get(page_of(third))
    officer.see("Belongs with", "No other report is linked with it.", "Find reports that may belong with it")
    officer.get(f"{page_of(third)}/alike")
    officer.see(
        "2 reports may belong with it",
        f"Link with {reference(app, first)}",
        "Both say: “red”, “electric”, “scooter”, “underpass”",
        "The same place: Fishermead.",
        "On the same day.",
        "Both ticked: Cars, motorbikes or e-scooters driven badly",
        "Compared with 3 reports that you may open",
    )
    officer.not_see(reference(app, other), "%")
    link(officer, third, [first, second])
    officer.follow()
    officer.see(
        f"This is the third of one series since {today():%A}", "One series", "The same red scooter.", f"Sam wrote this on {today():%A}",
        reference(app, first), reference(app, second), "Anti-social behaviour · Fishermead",
    )  # fmt: skip
    # On the other side too, and with what the other belongs with.
    officer.get(page_of(first))
    officer.see(reference(app, third), "1 more hangs together with these", "Belongs with")
    # What is linked is not offered again.
    officer.get(f"{page_of(third)}/alike")
    officer.not_see("Link with")
    officer.see("No report here seems to belong with it.")


@pytest.mark.same_on_both
def test_how_many_come_from_one_place_is_said_in_words(app: Flask, officer: Officer) -> None:
    told = [report for _digits, report in tell(app, [f"{SCOOTER[0]} {number}" for number in range(5)])]
    with app.app_context(), transaction() as db:
        for day, report_id in enumerate(told):
            db.execute(
                update(Report).where(Report.id == uuid.UUID(report_id)).values(received_on=date(2026, 3, 3 + day))
            )
    for report_id in told[1:]:
        link(officer, report_id, [told[0]], kind="place", why="One stairwell.")
    officer.get(page_of(told[4]))
    officer.see("This is the fifth from one place since Tuesday 3 March 2026.")
    officer.get(page_of(told[0]))
    officer.see("This is the first of 5 from one place.")
    officer.get(page_of(told[2]))
    officer.see("This is the third from one place since Tuesday 3 March 2026. 2 came after it.")


@pytest.mark.same_on_both
def test_a_report_is_linked_by_its_reference_as_it_is_heard(app: Flask, officer: Officer) -> None:
    (_, first), (_, second) = tell(app, ["The lift is broken.", "Eggs on my window again."])
    link(officer, first, reference=reference(app, second).lower().replace("-", " "), kind="people", why="The same lad.")
    officer.follow()
    officer.see("The same people", reference(app, second), "The same lad.")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Tick a report, or write the reference of one."),
        ({"reference": "482-9137-K"}, "You can open no report with this reference."),
        ({"reference": "Kevin Smith"}, "You can open no report with this reference."),
        ({"reference": "itself"}, "That is the reference of this report."),
        ({"reference": "other", "kind": ""}, "Choose how they belong together."),
        ({"reference": "other", "kind": "duplicate"}, "Choose one of the answers on this page."),
        ({"reference": "other", "why": " "}, "Write why they belong together."),
        ({"reference": "other", "why": "x" * 201}, "This is 1 letter too long."),
    ],
)
@pytest.mark.same_on_both
def test_what_cannot_be_linked_is_said_and_what_was_typed_is_kept(
    app: Flask, officer: Officer, fields: dict[str, str], sentence: str
) -> None:
    (_, one), (_, other) = tell(app, SCOOTER[:2])
    ids = {"itself": one, "other": other}
    if fields.get("reference") in ids:
        fields = fields | {"reference": reference(app, ids[fields["reference"]])}
    link(officer, one, **({"why": "keptreason"} | fields))
    officer.see(sentence)
    assert fields.get("why", "keptreason") in officer.page
    officer.get(page_of(one))
    officer.see("No other report is linked with it.")


def test_nobody_who_copies_the_database_sees_which_reports_belong_together(app: Flask, officer: Officer) -> None:
    (_, first), (_, second), (_, third) = tell(app)
    with app.app_context():
        before = {(row.part, len(row.sealed)) for row in session.scalars(select(ReportPart))}
    link(officer, first, [second], why=f"stairwellcanary {'x' * 180}")
    with app.app_context():
        after = session.scalars(select(ReportPart)).all()
        assert {(row.part, len(row.sealed)) for row in after} == before
        # All have such a part, linked or not.
        assert len([row for row in after if row.part is Part.LINKS]) == 3
        # The record names one of the two only: that both stood in it at one moment would tell.
        linked = session.scalars(select(AuditEntry.subject).where(AuditEntry.action == Action.LINKED_REPORTS)).all()
    assert linked == [first]
    loot = stolen(app)
    assert not any(trace in loot for trace in spellings("stairwellcanary"))
    # The other's id stands where that of a report without links stands, and nowhere else.
    with app.app_context():
        assert sorted(_where(second)) == sorted(_where(third))


def _where(report_id: str) -> list[tuple[str, str]]:
    """In which columns of the database this id stands, in any shape."""
    traces = [*shapes(uuid.UUID(report_id).bytes), report_id.encode()]
    return [
        (table.name, column)
        for table in Base.metadata.sorted_tables
        for row in session.execute(select(table)).mappings()
        for column, value in row.items()
        for kept in [value if isinstance(value, bytes) else str(value).encode()]
        if any(trace in kept for trace in traces) and table.name != "audit_entry"
    ]


@pytest.mark.same_on_both
def test_another_teams_report_is_neither_offered_nor_linked_nor_named(app: Flask, officer: Officer, hire: Hire) -> None:
    (_, asb) = tell(app, SCOOTER[:1])[0]
    (_, hate) = tell(app, SCOOTER[1:2], kind="hate")[0]
    link(officer, asb, [hate])
    officer.follow()
    officer.see(reference(app, hate))
    neighbour = hired(hire, "nia", "asb_team")
    neighbour.get(page_of(asb))
    neighbour.see("No other report is linked with it.")
    neighbour.not_see(reference(app, hate), "The same red scooter.", "1 more", "This is the")
    neighbour.get(f"{page_of(asb)}/alike")
    neighbour.see("No report here seems to belong with it.")
    neighbour.not_see(reference(app, hate))
    link(neighbour, asb, reference=reference(app, hate))
    neighbour.see("You can open no report with this reference.")
    for path in (f"{page_of(asb)}/unlink/{hate}", f"{page_of(asb)}/merge/{hate}", f"{page_of(hate)}/merge/{asb}"):
        assert neighbour.get(path).status_code == 404
        neighbour.get(page_of(asb))
        assert neighbour.post(path, why="x", message="x").status_code == 404
    link(neighbour, asb, [hate])
    assert neighbour.response.status_code == 404
    link(neighbour, asb, [str(uuid.uuid4())])
    assert neighbour.response.status_code == 404
    link(neighbour, asb, ["1 OR 1=1"])
    assert neighbour.response.status_code == 404
    with app.app_context():
        assert belonging.links_of(_keys(neighbour, app), [uuid.UUID(asb)]) == {}


def _keys(person: Officer, app: Flask) -> keyholders.Keyring:
    """The keys that this person has unlocked."""
    member_id = session.scalar(select(StaffMember.member_id).where(StaffMember.name == person.name))
    private = keyholders.open_member(member_id, person.passphrase)
    assert private
    return keyholders.keyring(member_id, private)


@pytest.mark.same_on_both
def test_the_list_asks_how_many_belong_together(app: Flask, officer: Officer) -> None:
    (_, first), (_, second), (_, third) = tell(app)
    link(officer, first, [second])
    link(officer, second, [third])
    alone = tell(app, ["The lift is broken."])[0][1]
    with app.app_context():
        found = belonging.links_of(_keys(officer, app), [uuid.UUID(each) for each in (first, second, alone)])
    assert found == {uuid.UUID(first): 3, uuid.UUID(second): 3}
    officer.get("/staff/reports")
    assert officer.text.count("3 belong together") == 3


@pytest.mark.same_on_both
def test_a_link_is_taken_away_with_a_reason_that_stays(app: Flask, officer: Officer) -> None:
    (_, first), (_, second), _third = tell(app)
    link(officer, first, [second])
    path = f"{page_of(second)}/unlink/{first}"
    officer.get(path)
    officer.see("Take the link away", "The same red scooter.", reference(app, first))
    officer.post(path, why="")
    officer.see("Write why they do not belong together.")
    officer.post(path, why="Another scooter.")
    officer.follow()
    for one in (first, second):
        officer.get(page_of(one))
        officer.see("No other report is linked with it.", "Links taken away", "Another scooter.")
    officer.get(f"{page_of(first)}/alike")
    officer.see("Sam took this link away: Another scooter.")
    # Pressed again it is gone already.
    assert officer.get(path).status_code == 404


@pytest.mark.dear
def test_two_officers_who_link_and_unlink_at_once_lose_nothing_and_wait_for_nobody(
    app: Flask, officer: Officer, hire: Hire
) -> None:
    told = [report for _digits, report in tell(app, [*SCOOTER, "And the red scooter once more."])]
    other = hired(hire, "olu", "hate_team", "asb_team")

    def act(number: int) -> int:
        person = Officer(app.test_client(), "x", "A" * 32)
        cookie = (officer if number % 2 else other).client.get_cookie("work")
        assert cookie
        person.client.set_cookie("work", cookie.value)
        one, another = told[number % 4], told[(number + 1) % 4]
        if number < 8:
            link(person, one, [another])
        else:
            if person.get(f"{page_of(one)}/unlink/{another}").status_code == 200:
                person.post(f"{page_of(one)}/unlink/{another}", why="x")
        return person.response.status_code if person.response else 0

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(act, range(8))) == {303}
    with app.app_context():
        counted = belonging.links_of(_keys(officer, app), [uuid.UUID(one) for one in told])
    assert set(counted.values()) == {4}
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(act, range(8, 16))) <= {303, 404}
    with app.app_context():
        assert belonging.links_of(_keys(officer, app), [uuid.UUID(one) for one in told]) == {}


@pytest.mark.same_on_both
def test_a_deleted_report_is_named_no_more_and_forgotten_when_the_other_is_opened(app: Flask, officer: Officer) -> None:
    (_, first), (_, second), _third = tell(app)
    link(officer, first, [second], why="deletedcanary")
    delete_report(app, second)
    officer.get(page_of(first))
    officer.see("No other report is linked with it.")
    officer.not_see("deletedcanary")
    with app.app_context():
        keys = keyholders.content_keys(_keys(officer, app), [uuid.UUID(first)])
        assert links.links_in(uuid.UUID(first), keys[uuid.UUID(first)]) == Links()
    assert officer.get(f"{page_of(first)}/unlink/{second}").status_code == 404


@pytest.mark.same_on_both
def test_a_report_that_was_taken_back_is_shown_so_and_is_linked_with_nothing_new(app: Flask, officer: Officer) -> None:
    (_, first), (_, second), (_, third) = tell(app)
    link(officer, first, [second])
    with app.app_context():
        deletions.withdraw_report(uuid.UUID(second))
    officer.get(page_of(first))
    officer.see(reference(app, second), "Reporter took it back")
    officer.get(f"{page_of(third)}/alike")
    officer.not_see(f"Link with {reference(app, second)}")
    link(officer, third, reference=reference(app, second), why="keptreason")
    officer.see("One of these reports was taken back or deleted. Nothing was linked. Choose again.")
    assert "keptreason" in officer.page
    # What was linked can be taken apart all the same.
    officer.get(f"{page_of(first)}/unlink/{second}")
    assert officer.post(f"{page_of(first)}/unlink/{second}", why="Gone.").status_code == 303


@pytest.mark.same_on_both
def test_damaged_links_hide_nothing_else_and_are_made_anew(app: Flask, officer: Officer) -> None:
    (_, first), (_, second), (_, third) = tell(app)
    link(officer, first, [second])
    with app.app_context(), transaction() as db:
        is_first = (ReportPart.report_id == uuid.UUID(first)) & (ReportPart.part == Part.LINKS)
        db.execute(update(ReportPart).where(is_first).values(sealed=bytes(300)))
    officer.get(page_of(first))
    officer.see("What it belongs with is damaged and cannot be read.", SCOOTER[0])
    link(officer, first, [third])
    officer.follow()
    officer.see(reference(app, third))
    officer.not_see("damaged")


@pytest.mark.same_on_both
def test_a_report_from_before_there_were_links_gets_them_with_the_first(app: Flask, officer: Officer) -> None:
    (_, first), (_, second), _third = tell(app)
    with app.app_context(), transaction() as db:
        db.execute(delete(ReportPart).where(ReportPart.part == Part.LINKS))
    officer.get(page_of(first))
    officer.see("No other report is linked with it.")
    link(officer, first, [second])
    for one, its_other in ((first, second), (second, first)):
        officer.get(page_of(one))
        officer.see(reference(app, its_other))


@pytest.mark.same_on_both
def test_a_report_that_is_full_says_to_link_with_one_of_its_own(app: Flask, officer: Officer) -> None:
    (_, first), (_, second), _third = tell(app)
    with app.app_context(), transaction() as db:
        held = _keys(officer, app)
        key = keyholders.content_keys(held, [uuid.UUID(first)])[uuid.UUID(first)]
        many = tuple(Link(uuid.uuid4(), LinkKind.SERIES, "x", "Sam", today()) for _number in range(MOST_LINKS + 1))
        with pytest.raises(links.NoRoom):
            links.keep_links(db, uuid.UUID(first), key, Links(many))
        links.keep_links(db, uuid.UUID(first), key, Links(many[:-1]))
    link(officer, second, [first], why="y" * 200)
    officer.see(f"There is no room for another link at {reference(app, first)}.")
    assert "y" * 200 in officer.page
    officer.get(page_of(second))
    officer.see("No other report is linked with it.")


@pytest.mark.same_on_both
def test_five_hundred_that_hang_together_are_shown_in_part_and_counted(app: Flask, officer: Officer) -> None:
    first = tell(app, SCOOTER[:1])[0][1]
    with app.app_context():
        held = _keys(officer, app)
        with transaction() as db:
            _chain(db, held, uuid.UUID(first), 520)
        assert belonging.links_of(held, [uuid.UUID(first)])[uuid.UUID(first)] >= 500
    officer.get(page_of(first))
    officer.see("This is report number", "more hang together with these")
    assert len(officer.page) < 200_000


def _chain(db: object, held: keyholders.Keyring, first: uuid.UUID, number: int) -> None:
    """Each linked with the one before it, ten and ten with a report in between."""
    report = session.get_one(Report, first)
    keys = {first: keyholders.content_keys(held, [first])[first]}
    ids = [first]
    columns = {column.key: getattr(report, column.key) for column in Report.__table__.columns}
    for place in range(number):
        new = columns | {
            "id": uuid.uuid4(), "reference": f"{place:08d}", "submission_token": uuid.uuid4(),
            "conversation_id": uuid.uuid4(), "receipt_lookup": uuid.uuid4().bytes,
        }  # fmt: skip
        session.add(Report(**new))
        ids.append(new["id"])
        keys[new["id"]] = sealing.new_key()
    session.flush()
    held_links: dict[uuid.UUID, Links] = {each: Links() for each in ids}
    for place, each in enumerate(ids[1:], 1):
        before = ids[(place - 1) // 10]
        held_links[each] = held_links[each].with_link(Link(before, LinkKind.SERIES, "x", "Sam", today()))
        held_links[before] = held_links[before].with_link(Link(each, LinkKind.SERIES, "x", "Sam", today()))
    for each in ids:
        if each != first:
            keyholders.grant(session, each, keys[each], ("asb_team",))
        links.keep_links(session, each, keys[each], held_links[each])


@pytest.mark.same_on_both
@given(st.lists(st.tuples(st.sampled_from(LinkKind), st.text(max_size=200), st.booleans()), max_size=8))
def test_links_are_sealed_to_one_length_and_read_back(told: list[tuple[LinkKind, str, bool]]) -> None:
    each = tuple(Link(uuid.uuid4(), kind, why, "Sam", date(2026, 3, 3), leads) for kind, why, leads in told)
    kept = Links(each, each[:1])
    assert Links.read(kept.as_content()) == kept
    key, row = sealing.new_key(), uuid.uuid4()
    assert len(sealing.seal(kept.as_content(), key, row, "x", row, LINKS_PADS[0])) == len(
        sealing.seal(Links().as_content(), key, row, "x", row, LINKS_PADS[0])
    )


@pytest.mark.same_on_both
def test_nothing_is_kept_of_what_was_only_offered(app: Flask, officer: Officer) -> None:
    first, _second, _third = (report for _digits, report in tell(app))

    def kept() -> list[object]:
        with app.app_context():
            return [session.execute(select(func.count()).select_from(ReportPart)).scalar(), *sorted(
                session.scalars(select(ReportPart.sealed)).all()
            )]  # fmt: skip

    before = kept()
    officer.get(f"{page_of(first)}/alike")
    officer.see("2 reports may belong with it")
    assert kept() == before
    officer.get(page_of(first))
    officer.see("compared it with other reports")


@pytest.mark.same_on_both
def test_whoever_looks_further_back_finds_older_ones(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [report for _digits, report in tell(app)]
    with app.app_context(), transaction() as db:
        db.execute(update(Report).where(Report.id == uuid.UUID(told[0])).values(received_on=date(2026, 1, 5)))
    monkeypatch.setattr("portal.reporting.suggestions.COMPARED", 2)
    officer.get(f"{page_of(told[2])}/alike")
    officer.see("Look further back", "Compared with 1 report")
    found = re.search(r'href="([^"]*from=2)"', officer.page)
    assert found
    officer.get(found[1])
    officer.see("Compared with 1 report that you may open", f"Link with {reference(app, told[0])}")
    officer.not_see("Look further back")
    for wrong in ("-5", "x", "9" * 30):
        officer.get(f"{page_of(told[2])}/alike?from={wrong}")


@pytest.mark.same_on_both
def test_a_request_belongs_with_nothing(app: Flask, officer: Officer) -> None:
    first, second, _third = (report for _digits, report in tell(app))
    with app.app_context(), transaction() as db:
        db.execute(update(Report).where(Report.id == uuid.UUID(first)).values(kind=Kind.REQUEST))
    officer.get(page_of(first))
    officer.not_see("Belongs with")
    for path in ("alike", f"merge/{second}"):
        assert officer.get(f"{page_of(first)}/{path}").status_code == 404
    assert officer.get(f"{page_of(second)}/merge/{first}").status_code == 404
    officer.get(f"{page_of(second)}/alike")
    officer.not_see(reference(app, first))


@pytest.mark.long
def test_two_thousand_reports_are_compared_within_a_second_and_a_half_of_processor(
    app: Flask, officer: Officer
) -> None:
    drawn = random.Random(7)
    words = ["".join(drawn.choices("abcdefghiklmnoprstuw", k=drawn.randint(3, 9))) for _number in range(6_000)]
    weights = [1 / (place + 5) for place in range(len(words))]
    for first in range(0, COMPARED + 1, 100):
        with app.app_context(), transaction() as db:
            for _number in range(first, min(first + 100, COMPARED + 1)):
                text = " ".join(drawn.choices(words, weights, k=drawn.randint(20, 150)))
                answers = {
                    "kind": {"kind": "asb"}, "narrative": {"narrative": text}, "asb_group": {"group": "noise"},
                    "asb_types": {"types": ["noise_home"]},
                    "where": {"place": "e-fishermead", "street": f"{drawn.choice(words).title()} Street"},
                }  # fmt: skip
                content = {"token": uuid.uuid4().hex, "answers": answers, "typed": {}}
                keys = receipts.ReceiptKeys(uuid.uuid4().bytes, sealing.new_key())
                one = store_report(db, content, keys, "en", State.NEW, today()).id
    began = time.process_time()
    officer.get(f"{page_of(str(one))}/alike")
    spent = time.process_time() - began
    officer.see("Compared with 1999 reports")
    assert spent < 1.5


@pytest.mark.same_on_both
def test_two_languages_are_alike_once_somebody_has_translated_one(app: Flask, officer: Officer) -> None:
    (_, english) = tell(app, SCOOTER[:1])[0]
    (_, polish) = tell(app, ["Czerwona hulajnoga elektryczna prawie mnie potrąciła w przejściu podziemnym."])[0]
    officer.get(f"{page_of(english)}/alike")
    officer.see("No report here seems to belong with it.")
    path = f"{page_of(polish)}/translate/{polish}"
    officer.get(path)
    officer.post(path, translation="A red electric scooter nearly hit me in the underpass.", language="en")
    officer.get(f"{page_of(english)}/alike")
    officer.see(f"Link with {reference(app, polish)}", "“red”, “electric”, “scooter”, “underpass”")
