"""You said, we did: staff say what people told them and what came of it, and everyone reads it in their language."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page
from sqlalchemy import select

from portal.audit import AuditEntry
from portal.cohesion import finding_lists, findings
from portal.cohesion.finding_models import ActionState, Finding, FindingChange, FindingWords
from portal.db import session, today, transaction
from portal.languages.catalogues import catalogue
from portal.languages.i18n import LANGUAGES
from portal.staff.models import Role
from portal.surveys.models import SampleType
from tests.support.browsers import DESK, Browse
from tests.support.findings import (
    CHANGED,
    SAID,
    WILL_DO,
    add_finding,
    change,
    days_ago,
    done,
    no_action,
    planned,
    publish_finding,
    say,
    take_back,
    translate,
)
from tests.support.people import Officer, Resident
from tests.support.walking import follow
from tests.test_case_browser import open_as
from tests.test_cohesion import close, draft, people
from tests.test_cohesion import publish as publish_release

PAGE = "/you-said"


def test_a_plan_becomes_public_when_it_is_published_and_says_who_does_it_by_when(
    resident: Resident, survey_manager: Officer
) -> None:
    resident.get(PAGE)
    resident.see("There is nothing here yet.")
    finding_id = add_finding(survey_manager)
    survey_manager.see("Draft", SAID, WILL_DO)
    resident.get(PAGE)
    resident.not_see(SAID)
    resident.get("/")
    resident.not_see("You said, we did")
    publish_finding(survey_manager, finding_id)
    resident.get("/")
    resident.see("You said, we did")
    resident.get(PAGE)
    resident.see("Planned", "You said " + SAID, "We will do " + WILL_DO, "Who does it: Highways team.", "By ")
    resident.not_see("Late", "We did")
    for path in ("/cohesion", "/priorities/C1"):
        resident.get(path)
        assert "/you-said" in resident.page, path


def test_what_was_done_says_what_changed_and_where_nothing_is_done_why(
    resident: Resident, survey_manager: Officer
) -> None:
    say(survey_manager, done(said="First", did="We put up lights."))
    say(survey_manager, no_action(said="Second"))
    resident.get(PAGE)
    resident.see("Done", "We did We put up lights.", "What changed " + CHANGED, "Done on ")
    resident.see(
        "No action", "We will do nothing, because The road is not ours.", "Decided on ", "Who decided: Highways"
    )


def test_the_form_says_what_is_missing_or_does_not_go_together_and_keeps_what_was_typed(
    survey_manager: Officer,
) -> None:
    for fields, sentence in [
        (planned(said=""), "Write what people said"),
        (planned(said="x" * 301), "1 letter too long"),
        (planned(did=""), "Write what you will do."),
        (planned(due_on=""), "Choose the day by which it is to be done."),
        (planned(due_on="soon"), "Choose the day, or write it like 2026-11-30."),
        (planned(due_on=days_ago(61).isoformat()), "Choose a day from"),
        (planned(due_on="9999-01-01"), "Choose a day from"),
        (planned(outcome="Better"), "It is only planned. Leave this empty until it is done."),
        (planned(answered_on=days_ago(1).isoformat()), "Leave this day empty until it is done."),
        (planned(found_on=""), "Choose the day, or write it like 2026-11-30."),
        (planned(found_on=days_ago(-1).isoformat()), "Choose a day from"),
        (planned(owner=" "), "Write which team or organisation"),
        (planned(source="gossip"), "Choose one of the answers on this page."),
        (planned(priority="Z9"), "Choose one of the answers on this page."),
        (planned(figure="x:y"), "Choose one of the answers on this page."),
        (planned(language="tlh"), "Choose one of the answers on this page."),
        (done() | {"did": ""}, "Write what you did."),
        (done() | {"outcome": ""}, "Write what changed."),
        (done() | {"answered_on": ""}, "Choose the day on which it was done."),
        (done() | {"answered_on": days_ago(-1).isoformat()}, "Choose a day from"),
        (no_action() | {"outcome": ""}, "Write why nothing is done."),
        (no_action() | {"did": "Something"}, "You chose “No action”."),
        (no_action() | {"answered_on": ""}, "Choose the day on which it was decided."),
    ]:
        survey_manager.get("/staff/you-said/new")
        survey_manager.post("/staff/you-said/new", fields)
        survey_manager.see("There is a problem", sentence)
        for typed in filter(None, (fields["did"], fields["outcome"])):
            assert str(typed) in survey_manager.page
    survey_manager.post("/staff/you-said/new", {"once": "x"})
    survey_manager.see("There is a problem")
    survey_manager.get("/staff/you-said?view=drafts")
    survey_manager.see("There is nothing in this list.")


def test_the_same_form_sent_twice_is_one_finding(app: Flask, survey_manager: Officer) -> None:
    survey_manager.get("/staff/you-said/new")
    fields = survey_manager._hidden("/staff/you-said/new") | planned()
    for _ in range(2):
        assert survey_manager.client.post("/staff/you-said/new", data=fields).status_code == 303
    with app.app_context():
        assert len(session.scalars(select(Finding)).all()) == 1


def in_polish(sentence: str) -> str:
    """What the catalogue has for it."""
    polish = next(one for one in LANGUAGES if one.code == "pl")
    with catalogue(polish).open("rb") as file:
        found = read_po(file).get(sentence)
    assert found
    assert found.string
    return str(found.string)


def test_a_missing_translation_shows_the_original_marked_and_a_machines_draft_says_it_is_not_checked(
    resident: Resident, survey_manager: Officer
) -> None:
    finding_id = say(survey_manager)
    resident.get(f"/pl{PAGE}")
    assert f'<bdi class="app-lines app-break" lang="en" dir="ltr">{SAID}</bdi>' in resident.page
    translate(survey_manager, finding_id, "pl", said="Za ciemno.", did="Dodamy lampy.")
    survey_manager.see("Not checked", "translated it")
    resident.get(f"/pl{PAGE}")
    resident.see("Za ciemno.", "Dodamy lampy.", in_polish("Translation not checked"))
    assert f'<p class="app-lines app-break">{SAID}</p>' in resident.page
    translate(survey_manager, finding_id, "pl", said="Za ciemno.", did="Dodamy lampy.", checked="y")
    resident.get(f"/pl{PAGE}")
    resident.see("Za ciemno.")
    resident.not_see(in_polish("Translation not checked"), SAID)
    resident.get(f"/ur{PAGE}")
    resident.see(SAID)


def test_what_came_of_it_since_the_translation_stands_in_the_original_and_staff_see_that_it_is_older(
    resident: Resident, survey_manager: Officer
) -> None:
    finding_id = say(survey_manager)
    translate(survey_manager, finding_id, "pl", said="Za ciemno.", did="Dodamy lampy.", checked="y")
    change(survey_manager, finding_id, done())
    survey_manager.see("Older than the original")
    resident.get(f"/pl{PAGE}")
    changed_since = in_polish("The text was changed after it was translated. The days above are right.")
    resident.see("Za ciemno.", CHANGED, changed_since)
    assert f'<bdi class="app-lines app-break" lang="en" dir="ltr">{CHANGED}</bdi>' in resident.page
    survey_manager.get(f"/staff/you-said/{finding_id}/words/pl")
    assert " checked" not in re.findall(r'<input[^>]*name="checked"[^>]*>', survey_manager.page)[0]
    survey_manager.post(f"/staff/you-said/{finding_id}/words/pl", said="Za ciemno.", did="Dodano lampy.")
    survey_manager.see("Translate this as well.")
    assert "Dodano lampy." in survey_manager.page
    # What changed must not come to stand as the reason for doing nothing, nor stay where it is only planned again.
    translate(survey_manager, finding_id, "pl", said="Za ciemno.", did="Dodano lampy.", outcome="Jasno.", checked="y")
    resident.get(f"/pl{PAGE}")
    resident.see("Jasno.")
    resident.not_see(changed_since)
    for fields, said in ((no_action(), "The road is not ours."), (planned(), WILL_DO)):
        change(survey_manager, finding_id, fields)
        resident.get(f"/pl{PAGE}")
        resident.see("Za ciemno.", said)
        resident.not_see("Jasno.")
    resident.not_see(in_polish("What changed"))


def test_an_original_in_another_language_is_marked_for_those_who_read_english(
    resident: Resident, survey_manager: Officer
) -> None:
    say(survey_manager, planned(language="ur", said="راستہ بہت تاریک ہے۔"))
    resident.get(PAGE)
    resident.see("In Urdu")
    assert '<bdi class="app-lines app-break" lang="ur" dir="rtl">راستہ بہت تاریک ہے۔</bdi>' in resident.page


def test_what_is_late_is_said_in_public_counted_for_staff_and_listed_longest_first(
    resident: Resident, survey_manager: Officer
) -> None:
    survey_manager.get("/staff/you-said")
    assert "app-bar__count" not in survey_manager.page
    say(survey_manager, planned(said="Yesterday", due_on=days_ago(1).isoformat()))
    say(survey_manager, planned(said="Long ago", due_on=days_ago(40).isoformat()))
    say(survey_manager, planned(said="Today", due_on=today().isoformat()))
    say(survey_manager, done(said="Answered") | {"due_on": days_ago(40).isoformat()})
    add_finding(survey_manager, planned(said="Only a draft", due_on=days_ago(5).isoformat()))
    resident.get(PAGE)
    assert resident.text.count("We are late.") == 2
    survey_manager.get("/staff/you-said?view=late")
    assert '<span class="app-bar__count">2</span>' in survey_manager.page
    assert re.findall(r'<bdi class="app-lines app-break">(.*?)</bdi></a>', survey_manager.page) == [
        "Long ago",
        "Yesterday",
    ]


def test_the_staffs_list_can_be_narrowed_and_says_when_nothing_is_found(survey_manager: Officer) -> None:
    say(survey_manager, planned(said="About cohesion"))
    say(survey_manager, done(said="About violence", priority="V1"))
    survey_manager.get("/staff/you-said?priority=V1")
    survey_manager.see("About violence")
    survey_manager.not_see("About cohesion")
    survey_manager.get("/staff/you-said?action=planned&priority=nonsense&view=nonsense&page=99")
    survey_manager.see("About cohesion")
    survey_manager.not_see("About violence")
    survey_manager.get("/staff/you-said?action=no_action")
    survey_manager.see("Nothing matches.", "Show the whole list")


def test_findings_stand_in_the_order_of_the_priorities_and_can_be_chosen_from(
    resident: Resident, survey_manager: Officer
) -> None:
    say(survey_manager, planned(said="Older C1", found_on=days_ago(90).isoformat()))
    say(survey_manager, done(said="Of none", priority=""))
    say(survey_manager, done(said="Newer C1"))
    say(survey_manager, planned(said="Of V1", priority="V1"))
    resident.get(PAGE)
    order = ["Of V1", "Newer C1", "Older C1", "Of none"]
    assert re.findall(r'__title"><bdi class="app-lines app-break">(.*?)</bdi>', resident.page) == order
    resident.see("Other things", "All 4", "Planned 2", "Done 2")
    resident.not_see("No action")
    resident.get(f"{PAGE}?action=done&about=C1&page=7&more=x")
    assert re.findall(r'__title"><bdi class="app-lines app-break">(.*?)</bdi>', resident.page) == ["Newer C1"]
    resident.get(f"{PAGE}?action=no_action")
    resident.see("Nothing matches.")
    resident.get(f"{PAGE}?action=gossip&about=Z9&page=-1")
    resident.see(*order)


def test_two_who_save_at_once_lose_nothing_and_the_second_sees_both(
    app: Flask, hire: Callable[..., Officer], survey_manager: Officer
) -> None:
    finding_id = say(survey_manager)
    other = hire("mira", teams=(), roles=(Role.SURVEY_MANAGER,))
    other.sign_in()
    path = f"/staff/you-said/{finding_id}/change"
    other.get(path)
    change(survey_manager, finding_id, planned(owner="Parks team"))
    other.post(path, planned(did="We will ask for lights."))
    other.see("Somebody else saved this after you opened it.", "What is stored now", "Parks team", WILL_DO)
    assert "We will ask for lights." in other.page
    other.post(path, planned(did="We will ask for lights.", owner="Parks team"))
    other.follow()
    other.see("We will ask for lights.", "Parks team")
    # A form that does not say what its page showed replaces nothing.
    for seen, said in (("", "Nothing of yours is stored yet."), ("x", "There is a problem")):
        other.get(path)
        other.post(path, planned(did="Blind") | {"seen": seen})
        other.see(said)
    # One translates while the other changes the original: the translator is told.
    words = f"/staff/you-said/{finding_id}/words/pl"
    other.get(words)
    change(survey_manager, finding_id, planned(said="It is dark.", owner="Parks team"))
    other.post(words, said="Ciemno.", did="Lampy.")
    other.see("Somebody else saved these words", "It is dark.")
    assert "Ciemno." in other.page
    # Whoever publishes what somebody changed since looks at it first.
    draft = add_finding(survey_manager)
    other.get(f"/staff/you-said/{draft}")
    change(survey_manager, draft, planned(said="Otherwise"))
    other.post(f"/staff/you-said/{draft}/publish")
    other.see("Look at it, then publish it.", "Otherwise")


def test_an_original_that_came_to_be_in_the_translators_language_keeps_what_they_typed(
    hire: Callable[..., Officer], survey_manager: Officer
) -> None:
    finding_id = say(survey_manager)
    other = hire("mira", teams=(), roles=(Role.SURVEY_MANAGER,))
    other.sign_in()
    words = f"/staff/you-said/{finding_id}/words/pl"
    other.get(words)
    change(survey_manager, finding_id, planned(language="pl", said="Za ciemno."))
    other.post(words, said="Bardzo ciemno.", did="Lampy.")
    other.see("Nothing of yours is stored yet.")
    assert "Bardzo ciemno." in other.page
    assert other.get(words).location == f"/staff/you-said/{finding_id}"
    assert other.get(words.replace("pl", "xx")).status_code == 404


def test_the_same_moment_of_saving_stores_one_and_tells_the_other(app: Flask, survey_manager: Officer) -> None:
    finding_id = say(survey_manager)
    path = f"/staff/you-said/{finding_id}/change"
    survey_manager.get(path)
    hidden = survey_manager._hidden(path)
    cookie = survey_manager.client.get_cookie("work")
    answers: list[int] = []

    def save(owner: str) -> None:
        client = app.test_client()
        if cookie:
            client.set_cookie("work", cookie.value)
        answers.append(client.post(path, data=hidden | planned(owner=owner)).status_code)

    threads = [threading.Thread(target=save, args=(f"Team {number}",)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 303]


def test_the_history_tells_who_changed_what_and_keeps_every_word(app: Flask, survey_manager: Officer) -> None:
    finding_id = say(survey_manager)
    later = days_ago(-60)
    change(survey_manager, finding_id, planned(due_on=later.isoformat(), did="We will put up five lights."))
    take_back(survey_manager, finding_id)
    survey_manager.see("Taken back", "mo, added it", "mo, published it", "mo, changed it", "mo, took it back",
                       "By which day: from", "It named a street wrongly.", WILL_DO, "We will put up five lights.")  # fmt: skip
    with app.app_context():
        acts = [
            entry.action.value for entry in session.scalars(select(AuditEntry).where(AuditEntry.subject == finding_id))
        ]
        assert acts == ["added_finding", "published_finding", "changed_finding", "withdrew_finding"]
        assert len(session.scalars(select(FindingWords)).all()) == 2
    # Saved again without a change it is none.
    change(survey_manager, finding_id, planned(due_on=later.isoformat(), did="We will put up five lights."))
    assert survey_manager.text.count("mo, changed it") == 1


def test_what_is_taken_back_leaves_the_page_and_the_data_and_may_come_again(
    resident: Resident, survey_manager: Officer
) -> None:
    finding_id = say(survey_manager)
    survey_manager.get(f"/staff/you-said/{finding_id}/withdraw")
    survey_manager.post(f"/staff/you-said/{finding_id}/withdraw", reason="")
    survey_manager.see("Write why you take it back.")
    take_back(survey_manager, finding_id)
    for path in (PAGE, f"{PAGE}/data.json", f"{PAGE}/data.csv"):
        assert SAID not in resident.get(path).get_data(as_text=True), path
    assert survey_manager.get(f"/staff/you-said/{finding_id}/withdraw").status_code == 303
    survey_manager.get("/staff/you-said?view=withdrawn")
    survey_manager.see(SAID)
    publish_finding(survey_manager, finding_id)
    resident.get(PAGE)
    resident.see(SAID)


def test_what_was_taken_back_can_be_deleted_with_every_word_and_what_is_public_cannot(
    app: Flask, survey_manager: Officer
) -> None:
    finding_id = say(survey_manager)
    path = f"/staff/you-said/{finding_id}/delete"
    hidden = survey_manager._hidden(path)
    assert survey_manager.get(path).location == f"/staff/you-said/{finding_id}"
    assert survey_manager.client.post(path, data=hidden).location == f"/staff/you-said/{finding_id}"
    with app.app_context(), pytest.raises(findings.ChangedMeanwhile), transaction() as db:
        findings.delete_finding(db, uuid.UUID(finding_id), 1)
    take_back(survey_manager, finding_id)
    survey_manager.get(path)
    hidden = survey_manager._hidden(path)
    # Somebody publishes it, and takes it back again, while another is about to delete it.
    publish_finding(survey_manager, finding_id)
    take_back(survey_manager, finding_id)
    assert survey_manager.client.post(path, data=hidden).location == f"/staff/you-said/{finding_id}"
    survey_manager.get(path)
    survey_manager.post(path)
    survey_manager.follow()
    survey_manager.see("There is nothing in this list.")
    assert survey_manager.get(f"/staff/you-said/{finding_id}").status_code == 404
    with app.app_context():
        assert not session.scalars(select(Finding)).all()
        assert not session.scalars(select(FindingWords)).all()
        assert not session.scalars(select(FindingChange)).all()
        newest = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert newest
        assert (newest.action.value, newest.subject) == ("deleted_finding", finding_id)


def test_beside_it_only_a_random_samples_figure_is_likely_within_its_range(
    app: Flask, resident: Resident, survey_manager: Officer
) -> None:
    publish_release(survey_manager, close(app, people(40, 20), ended=3, sample_type=SampleType.INVITED))
    survey_manager.get("/staff/you-said/new")
    (key,) = set(re.findall(r'<option value="([0-9a-f]{32}:getting_on)"', survey_manager.page))
    say(survey_manager, planned(figure=key))
    resident.get(PAGE)
    resident.see("likely between 54% and 78%")
    resident.not_see("by chance alone", "not a random sample")


def test_whoever_puts_figures_in_the_place_of_others_reads_which_entries_lose_theirs(
    app: Flask, resident: Resident, survey_manager: Officer
) -> None:
    wave = close(app, people(40, 20), ended=3)
    publish_release(survey_manager, wave)
    survey_manager.get("/staff/you-said/new")
    (key,) = set(re.findall(r'<option value="([0-9a-f]{32}:getting_on)"', survey_manager.page))
    say(survey_manager, planned(figure=key))
    at = draft(survey_manager, wave)
    survey_manager.get(f"{at}/publish")
    survey_manager.see("1 entry of “You said, we did” shows a figure of release 1. It will be without.")
    survey_manager.post(f"{at}/publish", reason="method")
    resident.get(PAGE)
    resident.see(SAID)
    resident.not_see("67%")
    # Nothing points at the new ones.
    survey_manager.get(f"{draft(survey_manager, wave)}/publish")
    survey_manager.see("release 2")
    survey_manager.not_see("It will be without.")


def test_a_figure_stands_beside_it_as_it_was_published_and_goes_with_its_release(
    app: Flask, resident: Resident, survey_manager: Officer
) -> None:
    at = publish_release(survey_manager, close(app, people(40, 20), ended=3))
    survey_manager.get("/staff/you-said/new")
    (key,) = set(re.findall(r'<option value="([0-9a-f]{32}:getting_on)"', survey_manager.page))
    finding_id = say(survey_manager, planned(figure=key))
    say(survey_manager, planned(said="Without a figure"))
    resident.get(PAGE)
    resident.see("67% in ", "by chance alone 54% to 78%", "From about 60 answers.", "Indicative, not a random sample.",
                 "Published on ")  # fmt: skip
    assert resident.page.count("by chance alone") == 1
    resident.not_see("likely between")
    survey_manager.get(f"{at}/withdraw")
    survey_manager.see("1 entry of “You said, we did” shows a figure of this release. It will be without.")
    survey_manager.post(f"{at}/withdraw", note="They were drafted too early.")
    resident.get(PAGE)
    resident.see(SAID)
    resident.not_see("67%", "by chance alone")
    survey_manager.get("/staff/you-said?view=figure")
    assert '<span class="app-bar__count">1</span>' in survey_manager.page
    survey_manager.see("Its figure was taken back", SAID)
    survey_manager.not_see("Without a figure")
    survey_manager.get(f"/staff/you-said/{finding_id}")
    survey_manager.see("The figure beside it was taken back, so nobody sees it any more.")
    # What else there is can be changed without losing where it pointed; without the figure it is no matter any more.
    change(survey_manager, finding_id, planned(figure=key, owner="Parks team"))
    survey_manager.see("The figure beside it was taken back")
    change(survey_manager, finding_id, planned(owner="Parks team"))
    survey_manager.not_see("The figure beside it was taken back")
    survey_manager.see("Figure: from a published figure to nothing")
    assert "app-bar__count" not in survey_manager.page


def test_the_open_data_tell_the_same_in_every_language_that_there_is(
    resident: Resident, survey_manager: Officer
) -> None:
    resident.get(f"{PAGE}/data.json")
    finding_id = say(survey_manager, done(said="=1+1"))
    translate(survey_manager, finding_id, "pl", said="Za ciemno.", did="Lampy.", outcome="Jasno.")
    change(survey_manager, finding_id, done(said="=1+1", outcome="Ten lamps work."))
    answer = resident.get(f"{PAGE}/data.json")
    assert answer.content_type == "application/json"
    (entry,) = json.loads(answer.data)["findings"]
    assert entry["id"] == finding_id
    assert (entry["priority"], entry["action"], entry["late"], entry["figure"]) == ("C1", "done", False, None)
    assert entry["texts"] == {
        "en": {"said": "=1+1", "did": WILL_DO, "outcome": "Ten lamps work.", "checked": True, "older": False},
        "pl": {"said": "Za ciemno.", "did": "Lampy.", "outcome": "Jasno.", "checked": False, "older": True},
    }
    assert "mo" not in json.dumps(list(entry)).split('"')
    (row,) = csv.DictReader(io.StringIO(resident.get(f"{PAGE}/data.csv").data.decode("utf-8-sig")))
    assert (row["said_en"], row["said_pl"], row["said_ur"], row["checked_pl"]) == ("'=1+1", "Za ciemno.", "", "no")
    assert row["answered_on"] == days_ago(3).isoformat()


def test_markup_that_is_typed_is_text(resident: Resident, survey_manager: Officer) -> None:
    finding_id = say(survey_manager, planned(said="<script>alert(1)</script>\n<b>x</b>", owner="<i>me</i>"))
    resident.get(PAGE)
    resident.see("<script>alert(1)</script>", "<i>me</i>")
    take_back(survey_manager, finding_id, "<b>because</b>")
    survey_manager.see("<b>because</b>")


def test_an_analyst_looks_and_changes_nothing(hire: Callable[..., Officer], survey_manager: Officer) -> None:
    finding_id = say(survey_manager)
    analyst = hire("ana", teams=(), roles=(Role.ANALYST,))
    analyst.sign_in()
    analyst.get("/staff/you-said")
    analyst.see(SAID)
    analyst.not_see("Add what people said")
    analyst.get(f"/staff/you-said/{finding_id}")
    analyst.see(SAID)
    analyst.not_see("Change it", "Take it back", "Translate")


def test_a_quarter_tells_what_was_found_answered_and_late_as_it_stood_on_its_last_day(
    app: Flask, survey_manager: Officer
) -> None:
    with app.app_context():
        empty = finding_lists.summary(session, date(2026, 1, 1), date(2026, 3, 31))
        assert (empty.all_found, empty.all_answered, list(empty.late)) == (0, 0, [])

    def at(month: int, day: int) -> str:
        return date(today().year - 1, month, day).isoformat()

    say(
        survey_manager,
        planned(said="before, answered in it", found_on=at(1, 5), due_on=at(4, 1))
        | {"action": "done", "outcome": "x", "answered_on": at(5, 1)},
    )
    say(survey_manager, planned(said="in it, late", found_on=at(4, 1), due_on=at(6, 29)))
    say(
        survey_manager,
        planned(said="in it, late then and answered since", found_on=at(4, 2), due_on=at(5, 1))
        | {"action": "done", "outcome": "x", "answered_on": at(8, 1)},
    )
    say(survey_manager, planned(said="due on its last day", found_on=at(6, 30), due_on=at(6, 30)))
    say(survey_manager, planned(said="after", found_on=at(7, 1), due_on=at(7, 2)))
    add_finding(survey_manager, planned(said="a draft", found_on=at(5, 5), due_on=at(5, 6)))
    with app.app_context():
        told = finding_lists.summary(session, date(today().year - 1, 4, 1), date(today().year - 1, 6, 30))
        words = {
            one.id: finding_lists.shown_findings([one], "en")[0].said.text
            for one in (*told.found, *told.late, *told.answered)
        }
    assert [words[one.id] for one in told.found] == [
        "in it, late",
        "in it, late then and answered since",
        "due on its last day",
    ]
    assert [words[one.id] for one in told.answered] == ["before, answered in it"]
    assert (told.all_found, told.all_answered) == (4, 1)
    assert [words[one.id] for one in told.late] == ["in it, late then and answered since", "in it, late"]


DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 9))


@given(due=st.none() | DAYS, answered=st.none() | DAYS, day=DAYS)
def test_late_is_open_on_a_day_after_the_one_that_was_promised(
    due: date | None, answered: date | None, day: date
) -> None:
    finding = Finding(action=ActionState.PLANNED, due_on=due, answered_on=answered)
    is_late = finding_lists.is_late(finding, day)
    assert is_late == (due is not None and due < day and not (answered is not None and answered <= day))
    # What is late stays so until it is answered.
    if is_late and answered is None:
        assert finding_lists.is_late(finding, day + timedelta(days=1))


@pytest.mark.dear
@pytest.mark.same_on_both
@pytest.mark.parametrize("prefix", [pytest.param("", marks=pytest.mark.long), "/ur"])
def test_fifty_findings_can_be_read_on_a_small_phone_without_a_script_and_by_everyone(
    app: Flask, browse: Browse, survey_manager: Officer, axe: Callable[[Page], list[str]], prefix: str
) -> None:
    finding_id = say(survey_manager, planned(said="Wort" * 75, did="x" * 600, due_on=days_ago(3).isoformat()))
    translate(survey_manager, finding_id, "ur", said="راستہ بہت تاریک ہے۔", did="ہم روشنیاں لگائیں گے۔")
    with app.app_context(), transaction() as db:
        kept = db.get_one(Finding, uuid.UUID(finding_id))
        words = db.scalars(select(FindingWords).where(FindingWords.translates.is_(None))).one()
        facts = {name: getattr(kept, name) for name in ("state", "source", "action", "owner", "due_on", "indicator")}
        for number in range(49):
            one = Finding(id=uuid.uuid4(), **facts, priority=("C1", "V1", "")[number % 3], found_on=days_ago(number))
            db.add(one)
            db.flush()
            db.add(FindingWords(finding_id=one.id, language="en", version=1, said=f"Thing {number}", did=words.did[:90],
                                outcome="", is_checked=True, written_by="mo"))  # fmt: skip
    page = browse(f"{prefix}{PAGE}", javascript=False, viewport={"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.locator("article").count() == 20
    assert page.evaluate("document.documentElement.scrollHeight") < 20_000
    follow(page.locator(".app-pages a").last)
    assert page.locator("article").count() == 20
    follow(page.locator(".app-pages a").last)
    assert page.locator("article").count() == 10
    assert not axe(browse(f"{prefix}{PAGE}", viewport={"width": 320, "height": 640}))


@pytest.mark.dear
@pytest.mark.same_on_both
def test_the_staffs_pages_fit_a_small_phone_and_break_no_rule_of_accessibility(
    browse: Browse, survey_manager: Officer, axe: Callable[[Page], list[str]]
) -> None:
    finding_id = say(survey_manager, done())
    translate(survey_manager, finding_id, "ur", said="تاریک", did="روشنیاں", outcome="روشن")
    put_away = add_finding(survey_manager)
    take_back(survey_manager, put_away)
    for viewport in ({"width": 320, "height": 640}, DESK["viewport"]):
        page = open_as(browse, survey_manager, "/staff/you-said", viewport=viewport)
        home = page.url.removesuffix("/staff/you-said")
        for path in ("", "?view=late&action=done", "/new", f"/{finding_id}", f"/{finding_id}/change",
                     f"/{finding_id}/words/ur", f"/{finding_id}/withdraw", f"/{put_away}/delete"):  # fmt: skip
            page.goto(f"{home}/staff/you-said{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
            assert not axe(page), path
