"""A release can be checked by anybody, says what was done with flagged answers, and takes no other's place without a word."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import uuid
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.cohesion import services
from portal.cohesion.data_tables import TABLES
from portal.cohesion.flagged import ALL_SIGNALS
from portal.cohesion.models import Reason, Release, ReleaseState
from portal.cohesion.selection import if_chosen
from portal.db import session, transaction
from portal.partnership.figures import FigureRules
from portal.staff.models import Role
from portal.surveys.models import SampleType, SurveyResponse
from portal.surveys.waves import close_wave
from tests.support import waves
from tests.support.people import Officer, Resident
from tests.test_cohesion import close, draft, manager, people, publish, take_back

__all__ = ["manager"]


def only_release(app: Flask) -> Release:
    with app.app_context():
        return session.scalars(select(Release).where(Release.state == ReleaseState.PUBLISHED)).one()


@pytest.mark.parametrize(
    ("shown", "base", "low", "high"), [(75, 200, 71, 79), (50, 200, 44, 56), (0, 200, 0, 0), (100, 200, 100, 100), (75, 1000, 70.6, 78.9)]
)  # fmt: skip
def test_how_far_a_figure_moves_if_five_answer_for_every_four(shown: float, base: int, low: float, high: float) -> None:
    """Of 75%: 0.75 / (0.75 + 1.25 * 0.25) = 0.7059, and 0.75 / (0.75 + 0.8 * 0.25) = 0.7895."""
    assert if_chosen(shown, base) == {"ratio": 1.25, "low": low, "high": high}


def test_an_open_links_range_is_called_chance_alone_and_moves_both_ways_on_the_page_and_in_the_files(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    publish(manager, close(app, people(150, 50), ended=3))
    resident.get("/cohesion")
    resident.see(
        "by chance alone: 69% to 81% if some answer more readily: 71% to 79%",
        "If people who say this are more likely to answer than others, the real figure is about 71%. If less likely, about 79%.",
        "Range by chance alone", "5 people who say this answer for every 4 others",
    )  # fmt: skip
    resident.not_see("true figure", "19 times out of 20", "Likely range", "likely between")
    release = only_release(app)
    (row, *_rest) = csv.DictReader(io.StringIO(resident.get("/cohesion.csv").text.lstrip("\ufeff")))
    assert [row[name] for name in ("range", "if_more_likely_to_answer", "if_less_likely_to_answer")] == [
        "chance_alone", "71", "79",
    ]  # fmt: skip
    document = json.loads(resident.get(f"/cohesion/releases/{release.hash}.json").data)
    assert document["indicators"][0]["if_chosen"] == {"ratio": 1.25, "low": 71, "high": 79}


def test_only_a_random_sample_says_19_times_out_of_20(app: Flask, resident: Resident, manager: Officer) -> None:
    publish(manager, close(app, people(150, 50), ended=3, sample_type=SampleType.INVITED))
    resident.get("/cohesion")
    resident.see("likely between 69% and 81%", "about 19 times out of 20", "Likely range")
    resident.not_see("chance alone", "If people who say this")
    (row, *_rest) = csv.DictReader(io.StringIO(resident.get("/cohesion.csv").text.lstrip("\ufeff")))
    assert [row[name] for name in ("range", "if_more_likely_to_answer")] == ["likely_19_in_20", ""]
    assert "if_chosen" not in json.loads(only_release(app).document)["indicators"][0]


def test_the_check_number_is_that_of_the_file_at_its_address(
    app: Flask, resident: Resident, manager: Officer, tmp_path: Path
) -> None:
    at = publish(manager, close(app, people(150, 50), ended=3))
    resident.get("/cohesion")
    number = only_release(app).hash
    resident.see(number, f"sha256sum figures-{number[:12]}.json", "Download the file (JSON)")
    assert f'href="/cohesion/releases/{number}.json"' in resident.page
    answer = resident.get(f"/cohesion/releases/{number}.json")
    assert answer.mimetype == "application/json"
    assert f"figures-{number[:12]}.json" in answer.headers["Content-Disposition"]
    file = tmp_path / f"figures-{number[:12]}.json"
    file.write_bytes(answer.data)
    tool = shutil.which("sha256sum")
    assert tool, "the tool that the page names"
    said = subprocess.run([tool, file.name], cwd=tmp_path, capture_output=True, check=True, text=True).stdout
    assert said.split()[0] == number
    assert answer.headers["ETag"]
    # In each language it is the same file.
    assert sha256(resident.get(f"/ur/cohesion/releases/{number}.json").data).hexdigest() == number
    assert resident.get(f"/cohesion/releases/{'0' * 64}.json").status_code == 404
    take_back(manager, at)
    assert resident.get(f"/cohesion/releases/{number}.json").status_code == 410
    resident.see("These figures were taken back")


def test_a_draft_has_no_public_address(app: Flask, resident: Resident, manager: Officer) -> None:
    at = draft(manager, close(app, people(150, 50), ended=3))
    with app.app_context():
        number = session.scalars(select(Release.hash)).one()
    manager.see(number)
    manager.not_see("Download the file (JSON)")
    assert resident.get(f"/cohesion/releases/{number}.json").status_code == 404
    assert at


def test_a_score_says_how_many_it_leaves_out(app: Flask, resident: Resident, manager: Officer) -> None:
    given = [{"noise": "big", "litter": "small"}] * 40 + [{"noise": "small"}] * 30 + [{"getting_on": "tend_agree"}] * 10
    publish(manager, close(app, given, ended=3))
    resident.get("/cohesion")
    resident.see("Not counted: about 30 people who answered only some of the questions, or did not know.")
    rows = list(csv.DictReader(io.StringIO(resident.get("/cohesion.csv").text.lstrip("\ufeff"))))
    assert [row["partly_answered"] for row in rows] == ["", "", "30"]


@pytest.fixture
def flagged_wave(app: Flask) -> uuid.UUID:
    """60 who know where to report and 40 who do not; 20 of those who know were sent too fast, and one said trap."""
    with app.app_context(), transaction() as db:
        wave = waves.begin_wave(db)
        given = [{"knows_where": "yes"}] * 60 + [{"knows_where": "no"}] * 40
        waves.answer(db, wave, given)
        db.flush()
        yes = [one for one in db.scalars(select(SurveyResponse)) if one.answers == given[0]]
        for one in yes[:20]:
            one.signals = ["fast"]
        yes[20].signals = ["trap"]
        db.flush()
        close_wave(db, wave.id)
        return wave.id


def test_a_draft_shows_figures_with_and_without_flagged_answers_and_the_public_reads_what_was_done(
    app: Flask, resident: Resident, manager: Officer, flagged_wave: uuid.UUID
) -> None:
    publish(manager, str(flagged_wave))
    manager.see(
        "With and without signals", "About 20 answers have a signal.",
        "Know where to report hate 60% of about 100 answers 49% of about 80 answers",
    )  # fmt: skip
    resident.get("/cohesion")
    resident.see(
        "About 20 answers looked as if a program sent them", "Honest answers can look so too. We counted them."
    )
    resident.not_see("49%")


def test_figures_with_and_without_are_not_side_by_side_where_they_would_tell_of_few(
    app: Flask, manager: Officer, flagged_wave: uuid.UUID
) -> None:
    """Of the draft without the 20 fast ones the one trapped answer would be the difference."""
    manager.get(f"/staff/figures/waves/{flagged_wave}?leave_out=fast")
    manager.post(
        f"/staff/figures/waves/{flagged_wave}",
        {"csrf_token": manager._hidden(manager.path)["csrf_token"], "leave_out": "fast"},
    )
    manager.follow()
    manager.see("Too close: side by side they would tell what a few people said.")
    manager.not_see("49%", "60%")


def test_a_wave_of_whom_nobody_is_flagged_says_so(app: Flask, resident: Resident, manager: Officer) -> None:
    publish(manager, close(app, people(20, 20), ended=3))
    manager.see("No answer has a signal.")
    resident.get("/cohesion")
    resident.see("No answer looked as if a program sent it")
    assert set(ALL_SIGNALS) == {"many", "straight", "empty", "fast", "trap", "same"}


def test_new_figures_take_the_place_of_others_with_a_reason_after_what_changes_was_seen(
    app: Flask, resident: Resident, manager: Officer, flagged_wave: uuid.UUID
) -> None:
    first = publish(manager, str(flagged_wave))
    number = only_release(app).hash
    manager.get("/staff/figures")
    token = manager._hidden("/staff/figures")["csrf_token"]
    manager.post(f"/staff/figures/waves/{flagged_wave}", {"csrf_token": token, "leave_out": ["fast"]})
    manager.follow()
    second = manager.path
    manager.get(f"{second}/publish")
    manager.see(
        "They take the place of release 1",
        "Know where to report hate 60% (50% to 69%) 50% (39% to 61%) No other figure changes.",
    )  # fmt: skip
    manager.post(f"{second}/publish")
    manager.see("Choose why.")
    manager.not_see("Choose one of the answers")
    assert only_release(app).hash == number, "nothing is replaced without a reason"
    manager.post(f"{second}/publish", reason="choice", note="Twenty came from one script.")
    manager.follow()
    manager.see(
        "It took the place of release 1.", "We chose again which answers count.", "Twenty came from one script."
    )
    resident.get("/cohesion")
    resident.see("50%", "They took the place of earlier figures. Why: We chose again which answers count.")
    resident.not_see("one script")
    assert resident.get(f"/cohesion/releases/{number}.json").status_code == 410
    # Taking the second back leaves the wave without figures only if that is said.
    manager.get(f"{second}/withdraw")
    manager.see("What does the public see then?", "Release 1 again", "Know where to report hate 60%")
    manager.post(f"{second}/withdraw", note="Wrong ones.")
    manager.see("Choose what the public sees then.")
    resident.get("/cohesion")
    resident.see("50%")
    take_back(manager, second, then="earlier")
    resident.get("/cohesion")
    resident.see("60%")
    assert resident.get(f"/cohesion/releases/{number}.json").status_code == 200
    manager.get(first)
    manager.see("Public")
    take_back(manager, first)
    resident.get("/cohesion")
    resident.see("We have not published any figures yet.")


def test_nobody_replaces_figures_that_they_have_not_seen(app: Flask, manager: Officer) -> None:
    wave = close(app, people(40, 20), ended=3)
    publish(manager, wave)
    third = draft(manager, wave)
    manager.get(f"{third}/publish")
    seen = manager._hidden(f"{third}/publish")
    with app.app_context(), transaction() as db:
        # A colleague's release comes between, and the draft stays a draft.
        first = db.scalars(select(Release).where(Release.number == 1)).one()
        first.number = 7
    manager.post(f"{third}/publish", seen | {"reason": "method"})
    manager.see("Somebody has published other figures meanwhile. Look at what changes now.", "release 7")
    # Nor by a form that does not say what its page showed.
    manager.client.post(f"{third}/publish", data={"csrf_token": seen["csrf_token"], "reason": "method"})
    with app.app_context():
        states = {one.number: one.state for one in session.scalars(select(Release))}
    assert states == {7: ReleaseState.PUBLISHED, 2: ReleaseState.DRAFT}


def test_of_two_who_publish_at_once_the_second_is_asked_again(app: Flask, manager: Officer) -> None:
    """Both saw no public figures, so neither gave a reason; under the wave's lock the second finds the first one's."""
    wave = close(app, people(40, 20), ended=3)
    publish(manager, wave)
    draft(manager, wave)
    with app.app_context():
        second = session.scalars(select(Release.id).where(Release.state == ReleaseState.DRAFT)).one()
        for why in ((), (Reason.METHOD, "", 7), (None, "", 1)):
            with pytest.raises(services.NeedsReason), transaction() as db:
                services.publish_release(db, second, "nina", *why)
    assert only_release(app).number == 1


def test_a_wave_is_left_without_figures_where_that_is_chosen(app: Flask, resident: Resident, manager: Officer) -> None:
    wave = close(app, people(40, 20), ended=3)
    publish(manager, wave)
    second = publish(manager, wave, reason="method")
    take_back(manager, second, then="nothing")
    resident.get("/cohesion")
    resident.see("We have not published any figures yet.")


def test_figures_are_given_again_after_all_were_taken_back_only_with_a_reason(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    wave = close(app, people(40, 20), ended=3)
    take_back(manager, publish(manager, wave))
    second = draft(manager, wave)
    manager.get(f"{second}/publish")
    manager.see("Earlier figures of this wave were taken back", "Why do you give figures of this wave again?")
    manager.not_see("They take the place of")
    manager.post(f"{second}/publish")
    manager.see("Choose why.")
    manager.not_see("Choose one of the answers")
    resident.get("/cohesion")
    resident.see("We have not published any figures yet.")
    manager.post(f"{second}/publish", reason="mistake", note="The file was of another wave.")
    manager.follow()
    manager.see("Earlier figures had been taken back. Why these came: We had made a mistake. It is mended.")
    manager.not_see("It took the place of release")
    resident.get("/cohesion")
    resident.see(
        "We had taken our earlier figures back. Why we show figures again: We had made a mistake. It is mended."
    )
    resident.not_see("another wave", "They took the place")
    # It took nobody's place, so nothing comes back after it.
    manager.get(f"{second}/withdraw")
    manager.not_see("Release 1 again")


def test_where_earlier_figures_were_corrected_the_later_waves_page_says_so_and_staff_draft_it_anew(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    # 20 of those who agree were sent too fast: without them it is 100 of 200 and not 120 of 220.
    with app.app_context(), transaction() as db:
        wave = waves.begin_wave(db, ended=190)
        waves.answer(db, wave, people(120, 100))
        db.flush()
        agree = [one for one in db.scalars(select(SurveyResponse)) if one.answers == {"getting_on": "tend_agree"}]
        for one in agree[:20]:
            one.signals = ["fast"]
        db.flush()
        close_wave(db, wave.id)
        first = str(wave.id)
    publish(manager, first)
    later = close(app, people(150, 50), ended=3)
    at = publish(manager, later)
    lapsed, anew = "Those were corrected since", "Draft anew"
    resident.get("/cohesion")
    resident.see("Higher than at the start")
    resident.not_see(lapsed)
    manager.get("/staff/figures")
    manager.not_see(anew)
    # Published again with the same figures, nothing lapses.
    publish(manager, first, reason="method")
    manager.get("/staff/figures")
    manager.not_see(anew)
    manager.post(f"/staff/figures/waves/{first}", leave_out="fast")
    manager.follow()
    corrected = manager.path
    manager.get(f"{corrected}/publish")
    manager.see("1 later wave compares with figures that change. Draft it anew afterwards.")
    manager.post(f"{corrected}/publish", reason="choice")
    manager.get("/staff/figures")
    manager.see(anew, "Figures 1")
    assert manager.page.count(">Draft anew<") == 1
    manager.get(at)
    manager.see("Draft this wave anew and publish it.", lapsed)
    resident.get("/cohesion")
    resident.see(lapsed)
    resident.not_see("Higher than at the start")
    changes = csv.DictReader(io.StringIO(resident.get("/cohesion/data/changes.csv").text.lstrip("\ufeff")))
    assert {(row["stands"], row["earlier_percent"], row["change"]) for row in changes} == {("no", "[x]", "[x]")}
    publish(manager, later, reason="method")
    manager.get("/staff/figures")
    manager.not_see(anew, "Figures 1")
    resident.get("/cohesion")
    resident.see("Higher than at the start")
    resident.not_see(lapsed)
    # And where they are taken back, that is said.
    take_back(manager, corrected, then="nothing")
    resident.get("/cohesion")
    resident.see("Those were taken back since, so we do not show that comparison.")


def test_figures_that_were_taken_back_meanwhile_are_not_said_to_be_replaced(app: Flask, manager: Officer) -> None:
    wave = close(app, people(40, 20), ended=3)
    first = publish(manager, wave)
    second = draft(manager, wave)
    manager.get(f"{second}/publish")
    seen = manager._hidden(f"{second}/publish")
    take_back(manager, first)
    manager.post(f"{second}/publish", seen | {"reason": "method"})
    manager.see("Somebody has taken the public figures back meanwhile. Look at it again.")
    manager.post(f"{second}/publish", reason="method")
    manager.follow()
    manager.see("Public", "Earlier figures had been taken back.")


def test_where_the_partnership_wants_a_second_person_the_drafter_does_not_publish(
    app: Flask, hire: Callable[..., Officer], manager: Officer
) -> None:
    app.extensions["partnership"] = replace(app.extensions["partnership"], figures=FigureRules(second_person=True))
    at = draft(manager, close(app, people(40, 20), ended=3))
    manager.see("You drafted these figures. Another survey manager publishes them.")
    manager.not_see("Publish these figures")
    token = manager._hidden("/staff/figures")["csrf_token"]
    assert manager.post(f"{at}/publish", {"csrf_token": token}).location == at
    other = hire("nina", teams=(), roles=(Role.SURVEY_MANAGER,))
    other.sign_in()
    other.get(f"{at}/publish")
    other.post(f"{at}/publish")
    other.follow()
    other.see("Public")


def test_a_release_from_before_all_this_opens_and_says_what_is_true_now(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    """Of its document only what there was then: no primary figures, no flagged answers, one comparison."""
    first = close(app, people(100, 100), ended=200)
    publish(manager, first)
    wave = close(app, people(150, 50), ended=3)
    publish(manager, wave)
    with app.app_context(), transaction() as db:
        release = db.scalars(select(Release).order_by(Release.drafted_at.desc())).first()
        assert release is not None
        document = json.loads(release.document)
        del document["flagged"]
        for each in document["indicators"]:
            for new in ("primary", "if_chosen", "partly"):
                each.pop(new, None)
            changes = each.pop("changes", None)
            if changes:
                each["change"] = {name: changes[0][name] for name in ("word", "wave", "closes_on", "percent")}
        for figure in release.exact["figures"].values():
            for new in ("shown", "partly", "counted", "true"):
                del figure[new]
        old = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        exact = json.loads(json.dumps(release.exact))
        number = sha256(old.encode()).hexdigest()
        db.execute(
            update(Release).where(Release.id == release.id).values(document=old, hash=number, exact=exact, flagged=None)
        )
        at = f"/staff/figures/{release.id}"
        from portal.web import caching

        caching.publish(db)
    resident.get("/cohesion")
    resident.see(
        "75%",
        "by chance alone: 69% to 81%",
        "the real figure is about 71%",
        "Higher than in",
        "2 other things we asked",
    )
    resident.not_see("main figures", "take it as a hint", "looked as if a program")
    assert sha256(resident.get(f"/cohesion/releases/{number}.json").data).hexdigest() == number
    assert resident.get("/cohesion.csv").status_code == 200
    for table in TABLES:
        for path in (f"/cohesion/data/{table.name}.csv", f"/cohesion/data/releases/{number}/{table.name}.csv"):
            assert resident.get(path).status_code == 200, path
    changes = csv.DictReader(io.StringIO(resident.get("/cohesion/data/changes.csv").text.lstrip("\ufeff")))
    assert [(row["against"], row["earlier_percent"], row["change"], row["low"]) for row in changes] == [
        ("before", "50", "higher", "[x]"),
    ]  # fmt: skip
    manager.get(at)
    manager.see("75%")
    manager.not_see("With and without signals")
    # Drafted again it differs from itself in nobody.
    publish(manager, wave, reason="method")
