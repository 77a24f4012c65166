"""A wave's results for staff: an open wave shows nobody, two questions are crossed, and fieldwork is told where to go next."""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.db import Base, session, today, transaction
from portal.partnership import file as partnership_file
from portal.partnership.populations import Compared, Group
from portal.staff import result_words
from portal.surveys import completion, demographics, reach, versions, waves
from portal.surveys.definition import Instrument
from portal.surveys.models import Counted, SampleType, WaveCount, WaveLook
from portal.surveys.reading import read_definition
from portal.surveys.services import begin_answers
from portal.surveys.wave_results import share
from portal.surveys.wording import age_words
from tests.support.asking import FILE, answer, close_a_wave, open_a_wave
from tests.support.people import Officer, Resident
from tests.support.surveying import begin_survey, open_survey, send_answers


@pytest.fixture
def wave_id(app: Flask, survey_file: Path) -> uuid.UUID:
    """A running wave that nobody has answered."""
    return open_a_wave(app, read_definition(survey_file))


def test_two_looks_at_an_open_wave_do_not_show_the_one_who_answered_between_them(
    app: Flask, wave_id: uuid.UUID, analyst: Officer
) -> None:
    """Exact counts that follow each answer are the answer: what one look has more than the last is one person."""
    path = f"/staff/waves/{wave_id}/results"
    answer(app, wave_id, times=9)
    analyst.get(path)
    analyst.see("Fewer than 10 people have answered.")
    assert "Disagree" not in analyst.text
    answer(app, wave_id)
    analyst.get(path)
    analyst.see("Disagree 10", "Answered by: 10.", "Preliminary")
    first = analyst.text
    for number in range(9):
        answer(app, wave_id, together="agree", worries=["nothing"], years=50, language="pl", flagged=True)
        analyst.get(path)
        assert analyst.text == first, f"{number + 1} more have answered, and the page says so"
    answer(app, wave_id, together="agree", worries=["nothing"], language="pl")
    analyst.get(path)
    analyst.see("Disagree 10", "Agree 10", "Polski: 10", "Answered by: 20.")


@pytest.mark.same_on_both
def test_while_a_wave_is_open_nothing_is_shown_of_who_people_are_or_where_they_live(
    app: Flask, wave_id: uuid.UUID, analyst: Officer
) -> None:
    answer(app, wave_id, times=40)
    for query in ("", "?all=1", "?group=g-centre", "?language=en", "?view=fieldwork"):
        analyst.get(f"/staff/waves/{wave_id}/results{query}")
        analyst.not_see("Female", "25 to 34", "Central Milton Keynes", "Nobody talks.", "wrote something")
    analyst.get(f"/staff/waves/{wave_id}/results")
    analyst.see("What is your sex? Shown once the wave is closed", "Why not? Read once the wave is closed")
    analyst.get(f"/staff/waves/{wave_id}/results?view=cross&rows=together&columns=sex")
    analyst.see("Questions are crossed once the wave is closed.")
    assert "<select" not in analyst.page.split("<main")[1]
    with app.app_context():
        (kept,) = session.scalars(select(WaveLook))
        assert set(kept.shown["questions"]) == {"together", "worries"}, "the page about the person is the last"
        assert all(n is None or n % 5 == 0 for n in kept.shown["questions"]["worries"]["counts"].values())


def test_what_was_shown_of_an_open_wave_is_gone_when_it_is_closed(
    app: Flask, wave_id: uuid.UUID, analyst: Officer
) -> None:
    answer(app, wave_id, times=12)
    analyst.get(f"/staff/waves/{wave_id}/results")
    with app.app_context():
        assert session.scalars(select(WaveLook)).all()
    close_a_wave(app, wave_id)
    with app.app_context():
        assert not session.scalars(select(WaveLook)).all()


def test_a_question_that_says_who_someone_is_may_be_marked_so_wherever_it_stands(survey_file: Path) -> None:
    marked = FILE.replace(
        'code = "worries"\ntype = "several"', 'code = "worries"\ntype = "several"\nidentifying = "yes"'
    )
    survey_file.write_text(marked, encoding="utf-8")
    questionnaire = read_definition(survey_file)
    instrument = Instrument(questionnaire=questionnaire, geography="g", geography_version="1", places=())
    found = demographics.personal_questions([instrument])
    assert found == {"worries", "why", "years", "home", "sex", "age"}


@pytest.fixture
def closed_id(app: Flask, wave_id: uuid.UUID) -> uuid.UUID:
    """A closed wave of 200: 140 women, of whom 100 disagree, and 60 men, of whom 3 disagree; 60 answered in Polish."""
    answer(app, wave_id, times=60)
    answer(app, wave_id, times=40, language="pl")
    answer(app, wave_id, times=40, together="agree")
    answer(app, wave_id, times=37, together="agree", sex="male")
    answer(app, wave_id, times=20, together="agree", sex="male", language="pl", home="p-olney")
    answer(app, wave_id, times=3, sex="male")
    close_a_wave(app, wave_id)
    return wave_id


@pytest.mark.same_on_both
def test_two_questions_are_crossed_in_an_address_of_codes(app: Flask, closed_id: uuid.UUID, analyst: Officer) -> None:
    analyst.get(f"/staff/waves/{closed_id}/results?view=cross&rows=sex&columns=together")
    analyst.see(
        "Do people get on well together? In the rows: What is your sex?", "Percent of the row; below it, people."
    )
    cross = analyst.text.split("Agree Disagree Don't know People")[1]
    women, men = re.split(r" Female | Male | All ", cross)[1:3]
    assert re.match(r"2\d% 40 7\d% 100 \[c\] 140$", women)
    assert men.count("[c]") >= 2, "three men disagree, and nobody does not know"
    analyst.see("Turn rows and columns round")
    for query in ("rows=sex&columns=sex", "rows=nothing&columns=sex", "rows=why&columns=years", "", "rows=sex"):
        analyst.get(f"/staff/waves/{closed_id}/results?view=cross&{query}")
        analyst.not_see("Turn rows and columns round")
    analyst.get(f"/staff/waves/{closed_id}/results?view=cross&rows=sex&columns=sex")
    analyst.see("Choose two different questions.")


@pytest.mark.same_on_both
def test_filters_stand_in_the_address_and_one_that_tells_of_few_is_refused(
    app: Flask, closed_id: uuid.UUID, analyst: Officer
) -> None:
    path = f"/staff/waves/{closed_id}/results"
    analyst.get(f"{path}?language=pl")
    analyst.see("Answers chosen", "Show everything again", "Answered by: 60.")
    analyst.get(f"{path}?language=pl&group=g-north")
    analyst.see("Answers chosen 20")
    analyst.get(f"{path}?view=cross&rows=sex&columns=together&language=pl")
    analyst.see("Answered in: Polski")
    analyst.get(f"{path}?view=cross&rows=sex&columns=together&language=pl&group=g-north")
    analyst.see("Choose at most one of these filters beside two questions.")
    analyst.get(f"{path}?language=pl&group=g-bletchley")
    analyst.see("This choice is not shown: it holds, or leaves out, fewer than 10 people.")
    analyst.not_see("Answers chosen")
    for odd in ("language=xx", "group=nowhere", "view=nothing", "language=en&language=pl", "q=%00", "q=" + "x" * 5000):
        assert analyst.get(f"{path}?{odd}").status_code == 200


@pytest.mark.same_on_both
def test_questions_are_found_by_their_words_or_their_answers(closed_id: uuid.UUID, analyst: Officer) -> None:
    path = f"/staff/waves/{closed_id}/results"
    analyst.get(f"{path}?q=WELL+get")
    analyst.see("Do people get on well together?")
    analyst.not_see("What worries you?")
    assert re.search(r'<details class="app-result" id="together" open>', analyst.page)
    analyst.get(f"{path}?q=litter")
    analyst.see("What worries you?")
    analyst.get(f"{path}?q=nothing+of+this")
    analyst.see("No question has these words.")
    analyst.get(path)
    assert analyst.page.count('<details class="app-result"') == 6
    assert '" open>' not in analyst.page
    analyst.get(f"{path}?all=1")
    assert analyst.page.count('" open>') == 6


@pytest.mark.same_on_both
def test_the_finding_is_the_share_that_the_survey_measures(app: Flask, survey_file: Path, analyst: Officer) -> None:
    survey_file.write_text(
        FILE + '\n[[indicators]]\ncode = "on"\ntitle = "On"\nsentence = "of people"\nquestions = ["together"]\n'
        'positive = ["agree"]\nleft_out = ["dont_know"]\n',
        encoding="utf-8",
    )
    wave_id = open_a_wave(app, read_definition(survey_file))
    answer(app, wave_id, times=50, together="dont_know")
    answer(app, wave_id, times=30, together="agree")
    answer(app, wave_id, times=10)
    close_a_wave(app, wave_id)
    analyst.get(f"/staff/waves/{wave_id}/results")
    analyst.see("Agree: 75% of 40")


def counted(app: Flask) -> dict[tuple[str, str], int]:
    with app.app_context():
        rows = session.execute(select(WaveCount.what, WaveCount.of, WaveCount.times))
        return {(what.value, of): times for what, of, times in rows}


def test_who_begins_goes_on_and_sends_is_counted_once_and_no_row_or_time_is_kept(
    app: Flask, resident: Resident
) -> None:
    open_survey(app)
    send_answers(resident)
    found = counted(app)
    assert {what: times for (what, _of), times in found.items()} == {"begun": 1, "left": 1, "sent": 1, "minutes": 1}
    assert sum(what == "left" for what, _ in found) >= 5
    assert found["minutes", "0"] == 1
    resident.post("/surveys/every-type/send")
    assert counted(app) == found
    begin_survey(resident)
    for _ in range(2):
        resident.post("/surveys/every-type/1", {"answer_together": "agree_a_bit"})
        resident.get("/surveys/every-type/1")
    first = next(of for what, of in found if what == "left" and counted(app)[what, of] > 1)
    assert counted(app)["left", first] == 2, "back and on again is counted once"
    assert counted(app)["begun", ""] == 2
    columns = {name: set(Base.metadata.tables[name].columns.keys()) for name in ("wave_count", "wave_look")}
    assert columns == {
        "wave_count": {"wave_id", "what", "of", "times"},
        "wave_look": {"wave_id", "part", "size", "shown"},
    }


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("minutes", "band"), [(0, "0"), (2.9, "0"), (3, "3"), (7, "5"), (19, "10"), (55, "20"), (-5, "0")]
)
def test_of_the_time_it_took_a_coarse_band_is_kept(app: Flask, minutes: float, band: str) -> None:
    open_survey(app)
    with app.app_context():
        draft = begin_answers(waves.open_surveys()[0])
        draft.content["began"] = time.time() - 60 * minutes - 1
        with transaction() as db:
            completion.count_sent(db, draft.content)
    assert counted(app)["minutes", band] == 1


def test_the_band_in_the_middle_is_that_of_the_one_in_the_middle() -> None:
    assert completion.middle_band([("0", 10), ("3", 20), ("5", 25), ("10", None)]) == "3"
    assert completion.middle_band([("0", 10), ("3", 10), ("5", 25)]) == "5"
    assert completion.middle_band([("0", None), ("3", 0)]) is None
    assert completion.middle_band([("0", 5), ("3", 20)]) is None, "of few it would be somebody's"


@pytest.mark.same_on_both
def test_fieldwork_sees_where_people_stop(app: Flask, wave_id: uuid.UUID, survey_manager: Officer) -> None:
    path = f"/staff/waves/{wave_id}/results?view=fieldwork"
    survey_manager.get(path)
    survey_manager.see("Fewer than 10 people have begun on the web.")
    with app.app_context(), transaction() as db:
        for what, of, times in [
            (Counted.BEGUN, "", 100), (Counted.LEFT, "living", 80), (Counted.LEFT, "more", 50), (Counted.SENT, "", 50),
            (Counted.MINUTES, "3", 30), (Counted.MINUTES, "5", 20),
        ]:  # fmt: skip
            db.add(WaveCount(wave_id=wave_id, what=what, of=of, times=times))
    survey_manager.get(path)
    survey_manager.see(
        "Began 100",
        "Sent their answers 50 50%",
        "Living here 80 80% 20",
        "More 50 50% 30",
        "Time in the middle: 3 to 5 minutes",
    )
    with app.app_context(), transaction() as db:
        db.get_one(WaveCount, (wave_id, Counted.BEGUN, "")).times = 109
    survey_manager.get(path)
    survey_manager.see("Began 100")


@pytest.mark.same_on_both
def test_the_time_of_the_one_who_sent_among_ten_who_began_does_not_show(
    app: Flask, wave_id: uuid.UUID, survey_manager: Officer
) -> None:
    path = f"/staff/waves/{wave_id}/results?view=fieldwork"

    def look(begun: int, under_3: int, longest: int) -> str:
        counts = {("begun", ""): begun, ("sent", ""): under_3 + longest}
        counts |= {("minutes", "0"): under_3, ("minutes", "20"): longest}
        with app.app_context(), transaction() as db:
            for (what, of), times in counts.items():
                db.merge(WaveCount(wave_id=wave_id, what=Counted(what), of=of, times=times))
        survey_manager.get(path)
        return survey_manager.text.partition("How far people come")[2]

    assert "How long it took" not in look(20, 9, 0)
    survey_manager.see("Sent their answers Fewer than 10")
    before = look(100, 50, 4).partition("Sent their answers")[2]
    survey_manager.see("Under 3 minutes 50", "20 minutes or more [c]", "nobody’s own time")
    # Ten more began, one of them sent, and was the fifth who took so long.
    assert look(110, 50, 5).partition("How long it took")[2] == before.partition("How long it took")[2]
    survey_manager.see("Began 110")
    assert "[c]" not in look(120, 55, 10).partition("20 minutes or more")[2].partition("From the beginning")[0]


@pytest.fixture
def places_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A partnership file that says how many live in the centre and how many elsewhere."""
    real = partnership_file.current_partnership

    def known() -> object:
        found = real()
        (population,) = found.populations
        places = Compared(
            by="place_group",
            source="Made",
            groups=(Group(code="g-centre", count=100_000), Group(code="g-north", count=100_000)),
        )
        return replace(found, populations=(replace(population, compared=(*population.compared, places)),))

    monkeypatch.setattr(result_words, "current_partnership", known)


@pytest.mark.same_on_both
def test_fieldwork_is_told_where_to_go_next_and_in_which_language(
    app: Flask, survey_file: Path, survey_manager: Officer, places_known: None
) -> None:
    with app.app_context(), transaction() as db:
        version = versions.publish_version(db, read_definition(survey_file), age_words(), "nobody")
        day = timedelta(days=1)
        wave_id = waves.open_wave(
            db, version, today() - day, today() + day, SampleType.OPEN_LINK, "residents-16-plus", ["en", "pl"]
        ).id
    path = f"/staff/waves/{wave_id}/results?view=fieldwork"
    answer(app, wave_id, times=90)
    survey_manager.get(path)
    survey_manager.see("By language", "Polish (Polski) [c] – 5 – 1.6%", "Ask in Polish (Polski).")
    survey_manager.not_see("Female, 25 to 34", "Newport Pagnell", "Central Milton Keynes")
    answer(app, wave_id, times=20, home="p-olney")
    answer(app, wave_id, times=40)
    survey_manager.get(path)
    survey_manager.see(
        "Go to Newport Pagnell, Olney and the northern villages, in Polish (Polski).", "By group of places",
        "Female, 25 to 34", "Ask more people who are: Female, 35 to 49.",
    )  # fmt: skip


def test_so_many_more_bring_a_group_to_four_fifths_of_its_share() -> None:
    (few, rest) = reach.reached({"few": 10, "rest": 190}, {"few": 20, "rest": 80})
    assert (few.share, few.expected, few.ratio) == pytest.approx((0.05, 0.2, 0.25))
    assert few.more == 30
    assert (10 + 30) / (200 + 30) >= 0.8 * 0.2 > (10 + 25 - 1) / (200 + 25 - 1) * 0.99
    assert rest.more == 0
    assert reach.furthest_behind([few, rest]) == [few]
    (nobody,) = reach.reached({}, {"few": 20})
    assert (nobody.answers, nobody.more, nobody.ratio) == (None, 0, 0)


def test_a_share_is_made_of_what_is_told_and_of_30_at_least() -> None:
    assert share(15, 30) == 50
    assert share(15, 25) is None
    assert share(None, 100) is None
    assert share(35, 30) == 100
