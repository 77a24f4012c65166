"""Invented answers: three closed waves of the community safety survey with their releases, and three surveys that are open."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.cohesion.services import draft_release, publish_release
from portal.db import LOCAL_TIME, today, transaction
from portal.questions.types import type_of
from portal.questions.types.date import bounds
from portal.sample.coding import QUESTION, add_coding
from portal.sample.told import MARK
from portal.surveys import completion
from portal.surveys.definition import Indicator, Instrument, Question, thaw
from portal.surveys.indicators import ReportingGap
from portal.surveys.models import Counted, SampleType, SurveyVersion, Wave
from portal.surveys.reading import FOLDER, read_definition
from portal.surveys.services import store_response
from portal.surveys.versions import publish_version
from portal.surveys.waves import close_wave, open_wave
from portal.surveys.wording import age_words
from portal.vault.keyholders import Keyring

SURVEY = "community-safety"
POPULATION = "residents-16-plus"
# How many days ago a wave began, how many answered it, and whether it has been closed.
WAVES = ((400, 590, True), (220, 605, True), (70, 612, True), (5, 43, False))
FIELDWORK_DAYS = 28
# Shorter surveys with one wave, which is open: how many days ago it began, and how many answered it.
OTHERS = {"ward-pulse": (12, 96), "event-feedback": (3, 27)}
# The share of positive answers that each indicator comes to in the first wave, and how much it moves with each later one.
SHARES = {
    "getting_on": (0.66, 0.03),
    "belonging": (0.58, 0.01),
    "influence": (0.27, 0.005),
    "satisfaction": (0.71, 0.0),
    "pulling_together": (0.6, 0.02),
    "trust": (0.41, -0.005),
    "dealing_with_problems": (0.31, 0.02),
    "being_asked": (0.28, 0.04),
    "lack_of_respect": (0.34, -0.01),
    "high_asb": (0.42, -0.02),
    "safe_after_dark": (0.49, -0.01),
    "safe_by_day": (0.86, 0.0),
    "knowing_where": (0.38, 0.06),
    "partnership_known": (0.24, 0.03),
    "facing_hate": (0.11, 0.005),
    "chatting": (0.7, 0.005),
    "loneliness": (0.08, 0.0),
    "would_report": (0.55, 0.02),
    "feeling_welcome": (0.88, 0.0),
    "meeting_others": (0.64, 0.0),
    "coming_again": (0.79, 0.0),
    "access_met": (0.7, 0.0),
}
# Against the census: too many women and too few of the young, as open links get them.
SKEW: dict[str, dict[str, float]] = {
    "sex": {"female": 60, "male": 37},
    "ethnic_group": {"white": 75, "asian": 10, "black": 6, "mixed": 3, "other": 2, "not_said": 4},
    "religion": {
        "none": 40,
        "christian": 41,
        "muslim": 5,
        "hindu": 4,
        "sikh": 1,
        "buddhist": 1,
        "other": 2,
        "not_said": 6,
    },
    "main_language": {
        "english": 84,
        "romanian": 4,
        "polish": 4,
        "urdu": 2,
        "tamil": 1,
        "chinese": 1,
        "other": 3,
        "not_said": 1,
    },
    "health_condition": {"yes": 30, "no": 66, "not_said": 4},
    "health_limits": {"a_lot": 20, "a_little": 45, "not_at_all": 33, "not_said": 2},
    "age_band": {"16_24": 4, "25_34": 11, "35_49": 27, "50_64": 28, "65_74": 19, "75_84": 8, "85_over": 2},
}
# Groups of parishes of which enough people answer to be shown, and how many times as often.
CROWDED = {"g-centre": 3, "g-bletchley": 3, "g-east": 2}
LANGUAGES = {"en": 82, "ro": 7, "pl": 7, "ur": 4}
MINUTES = {"0": 4, "3": 17, "5": 44, "10": 27, "20": 8}
BLANK, NO_OPINION, WRITES = 0.03, 0.05, 0.18
# Of those who faced hate: told nobody, the police, others who can help.
WHOM = (55, 20, 25)
# Most who come to an event need nothing to take part.
LEFT_OUT = {"access_met": 0.6}
WORDS = {
    "en": (
        "Better lights on the redway behind the shops.",
        "A place for young people to go in the evening.",
        "More events where neighbours can meet.",
        "The bus stop does not feel safe at night.",
    ),
    "pl": ("Więcej światła na ścieżkach.", "Spotkania sąsiadów na osiedlu."),
    "ro": ("Mai multe lumini în parcare.", "Cursuri de engleză la bibliotecă."),
    "ur": ("پارک میں شام کو روشنی ہونی چاہیے۔", "محلے کے لوگوں کے لیے مل بیٹھنے کی جگہ۔"),
}
EVENT_WORDS = {
    "en": (
        "More chairs near the stage.",
        "Start later, so that people can come after work.",
        "Name badges would help.",
    ),
    "pl": ("Więcej zajęć dla dzieci.",),
    "ro": ("Mai multă umbră și apă de băut.",),
    "ur": ("کھانے کی چیزوں پر لکھا ہو کہ ان میں کیا ہے۔",),
}


@dataclass(frozen=True)
class Mood:
    """How someone sees their area, from -1 to 1, and which wave they answer: it makes one person's answers hang together."""

    view: float
    wave: int

    def gives(self, rng: random.Random, indicator: Indicator) -> bool:
        """Whether their answer counts for the indicator."""
        share, step = SHARES[indicator.code]
        leaning = self.view if indicator.better == "higher" else -self.view
        return rng.random() < min(0.97, max(0.03, share + step * self.wave + 0.25 * leaning))


def add_surveys(by: str, held: Keyring | None = None) -> None:
    """Publish the questionnaires and fill their waves, the past ones to the end.

    With the survey team's key in `held`, what was written in the newest closed wave is coded and among its figures.
    """
    rng = random.Random(2021)  # noqa: S311 (the same answers each time)
    with transaction() as db:
        version = _publish(db, SURVEY, today() - timedelta(days=WAVES[0][0] + 7), by)
    newest_closed = max(number for number, (_days_ago, _size, is_closed) in enumerate(WAVES) if is_closed)
    for number, (days_ago, size, is_closed) in enumerate(WAVES):
        opens_on = today() - timedelta(days=days_ago)
        with transaction() as db:
            wave_id = _fill_wave(db, rng, version, number, opens_on, size)
            if is_closed:
                close_wave(db, wave_id)
        if is_closed:
            # As if it had been closed and published a week after its end.
            moment = datetime.combine(opens_on + timedelta(days=FIELDWORK_DAYS + 7), time(10), LOCAL_TIME)
            coded = [QUESTION] if held is not None and number == newest_closed else []
            if held is not None and coded:
                with transaction() as db:
                    add_coding(db, held, wave_id, moment)
            _release(wave_id, moment, by, coded)
    for code, (days_ago, size) in OTHERS.items():
        opens_on = today() - timedelta(days=days_ago)
        with transaction() as db:
            version = _publish(db, code, opens_on - timedelta(days=2), by)
            _fill_wave(db, rng, version, 0, opens_on, size, population="")


def _publish(db: Session, code: str, day: date, by: str) -> SurveyVersion:
    version = publish_version(db, read_definition(FOLDER / f"{code}.toml"), age_words(), by)
    version.published_at = datetime.combine(day, time(10), LOCAL_TIME)
    return version


def _fill_wave(
    db: Session,
    rng: random.Random,
    version: SurveyVersion,
    number: int,
    opens_on: date,
    size: int,
    population: str = POPULATION,
) -> Any:
    """Weighted to a population only where the survey asks what its figures are told apart by."""
    closes_on = opens_on + timedelta(days=FIELDWORK_DAYS)
    wave = open_wave(db, version, opens_on, closes_on, SampleType.OPEN_LINK, population, LANGUAGES)
    instrument = thaw(version.document)
    for _ in range(size):
        language = _weighted(rng, LANGUAGES)
        store_response(db, wave, version.id, _answers(rng, instrument, number, language), language)
    _count_completion(db, wave.id, instrument, size)
    return wave.id


def _count_completion(db: Session, wave_id: Any, instrument: Instrument, size: int) -> None:
    """One in five who begins stops on the way, most of them on the first page."""
    begun = size * 5 // 4
    completion.add(db, wave_id, Counted.BEGUN, "", begun)
    pages = instrument.questionnaire.pages
    for number, page in enumerate(pages, 1):
        on_the_way = size + (begun - size) * (len(pages) - number) // (2 * len(pages))
        completion.add(db, wave_id, Counted.LEFT, page.code, on_the_way // 6 if page.only_if else on_the_way)
    completion.add(db, wave_id, Counted.SENT, "", size)
    for band, hundredths in MINUTES.items():
        completion.add(db, wave_id, Counted.MINUTES, band, size * hundredths // 100)


def _release(wave_id: Any, moment: datetime, by: str, coded: Sequence[str]) -> None:
    """Closed and published at this moment, with what was written in answer to the questions that are `coded`."""
    with transaction() as db:
        release = draft_release(db, wave_id, by, coded_questions=coded)
        publish_release(db, release.id, by)
        db.get_one(Wave, wave_id).closed_at = moment
        release.published_at = moment


def _answers(rng: random.Random, instrument: Instrument, wave: int, language: str) -> dict[str, Any]:
    """What one invented person answers; routing drops what they would not have been asked."""
    mood = Mood(rng.uniform(-1, 1), wave)
    measures = {code: each for each in instrument.questionnaire.indicators for code in each.questions}
    gap = instrument.questionnaire.reporting_gap
    answers = {}
    for code, question in instrument.questionnaire.questions.items():
        if rng.random() < BLANK:
            continue
        answer = (
            _words(rng, EVENT_WORDS if code == "make_better" else WORDS, language)
            if type_of(question).is_written
            else _measured(rng, instrument, question, measures[code], mood)
            if code in measures
            else _whom(rng, gap)
            if gap and code == gap.told
            else _plain(rng, instrument, question)
        )
        if answer is not None:
            answers[code] = answer
    return answers


def _whom(rng: random.Random, gap: ReportingGap) -> list[str]:
    """Whom they told of hate: most of them nobody."""
    options = rng.choices((gap.nobody, gap.police, gap.organisations), WHOM)[0]
    return [rng.choice(options)]


def _words(rng: random.Random, words: Mapping[str, Sequence[str]], language: str) -> str | None:
    return f"{MARK} {rng.choice(words[language])}" if rng.random() < WRITES else None


def _measured(rng: random.Random, instrument: Instrument, question: Question, indicator: Indicator, mood: Mood) -> str:
    """An option that counts for the indicator or one that does not, as the mood has it."""
    options = [option.code for option in instrument.questionnaire.options_of(question)]
    counts = set(indicator.positive) or {code for code, points in (indicator.points or {}).items() if points > 1}
    if indicator.left_out and rng.random() < LEFT_OUT.get(indicator.code, NO_OPINION):
        return rng.choice(indicator.left_out)
    positive = mood.gives(rng, indicator)
    return rng.choice([code for code in options if (code in counts) == positive and code not in indicator.left_out])


def _plain(rng: random.Random, instrument: Instrument, question: Question) -> str | int | list[str] | None:
    """Any answer: the first options are the more usual ones, as questionnaires list them."""
    if type_of(question).packed == "number":
        return rng.randint(question.least, question.most)
    if type_of(question).packed == "date":
        first, last = bounds(question)
        day = (last or today()) - timedelta(days=rng.randint(0, ((last or today()) - first).days if first else 365))
        return day.isoformat()[: 7 if question.grain else 10]
    if question.type == "place":
        offered = [place for place in instrument.places if not place.retired]
        return rng.choices(offered, [CROWDED.get(place.group, 1) for place in offered])[0].code
    options = instrument.questionnaire.options_of(question)
    usual: dict[str, float] = SKEW.get(question.demographic) or {
        option.code: (0.03 if option.apart else 1 / (rank + 1) ** 1.5) for rank, option in enumerate(options)
    }
    if type_of(question).packed == "ranking":
        return rng.sample([option.code for option in options], question.most or len(options))
    if question.type == "several":
        alone = {option.code for option in options if option.alone}
        chosen = {_weighted(rng, usual) for _ in range(rng.randint(1, 2))}
        return sorted(chosen) if not chosen & alone else [next(iter(chosen & alone))]
    return _weighted(rng, usual)


def _weighted(rng: random.Random, weights: dict[str, Any]) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]
