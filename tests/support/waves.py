"""A small survey as the tests know it, and waves of it with the answers that a test gives."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cohesion import services
from portal.db import today
from portal.languages.words import Words
from portal.surveys.definition import AGE_BANDS, Indicator, Option, Page, Question, Questionnaire, Scale
from portal.surveys.models import SampleType, Wave, WaveVersion
from portal.surveys.services import store_response
from portal.surveys.versions import publish_version
from portal.surveys.waves import close_wave, open_wave

AGE_WORDS = {code: Words({"en": code}) for code in AGE_BANDS}
POPULATION = "residents-16-plus"
AGREE = ("definitely_agree", "tend_agree")
NOT_COUNTED = ("dont_know", "too_few", "same_background")


def said(english: str, urdu: str = "") -> Words:
    return Words({"en": english} | ({"ur": urdu} if urdu else {}))


def options(**texts: str) -> tuple[Option, ...]:
    return tuple(Option(code=code, text=said(text)) for code, text in texts.items())


def questionnaire(code: str = "safety", **more: Any) -> Questionnaire:
    agreement = Scale(
        code="agreement",
        options=options(
            definitely_agree="Definitely agree",
            tend_agree="Tend to agree",
            tend_disagree="Tend to disagree",
            definitely_disagree="Definitely disagree",
            dont_know="Don't know",
            too_few="Too few people in local area",
            same_background="All the same background",
        ),
    )
    pages = (
        Page(
            code="area",
            title=said("Your area"),
            questions=(
                Question(
                    code="getting_on",
                    type="scale",
                    scale="agreement",
                    text=said(
                        "To what extent do you agree that people from different backgrounds get on well together?",
                        "کیا مختلف پس منظر کے لوگ مل جل کر رہتے ہیں؟",
                    ),
                ),
                Question(
                    code="knows_where",
                    type="single",
                    options=options(yes="Yes", no="No"),
                    text=said("Do you know where to report hate?"),
                ),
                Question(
                    code="noise", type="single", options=options(big="Very big", small="Not big"), text=said("Noise?")
                ),
                Question(
                    code="litter", type="single", options=options(big="Very big", small="Not big"), text=said("Litter?")
                ),
            ),
        ),
        Page(
            code="you",
            title=said("About you"),
            questions=(
                Question(
                    code="sex",
                    type="single",
                    demographic="sex",
                    options=options(female="Female", male="Male", rather_not="Prefer not to say"),
                    text=said("What is your sex?"),
                ),
                Question(code="age", type="age_band", demographic="age_band", text=said("How old are you?")),
            ),
        ),
    )
    indicators = (
        Indicator(
            code="getting_on",
            primary=True,
            title=said("Getting on well together", "مل جل کر رہنا"),
            sentence=said(
                "of people agree that people from different backgrounds get on well together here.",
                "لوگ متفق ہیں کہ یہاں مختلف پس منظر کے لوگ مل جل کر رہتے ہیں۔",
            ),
            questions=("getting_on",),
            positive=AGREE,
            left_out=NOT_COUNTED,
            source="Community Life Survey",
        ),
        Indicator(
            code="knows_where",
            title=said("Know where to report hate"),
            sentence=said("of people know where to report hate."),
            questions=("knows_where",),
            positive=("yes",),
        ),
        Indicator(
            code="disorder",
            title=said("See noise and litter as a big problem"),
            sentence=said("of people see a big problem."),
            kind="score",
            questions=("noise", "litter"),
            points={"big": 3, "small": 0},
            at_least=3,
            better="lower",
        ),
    )
    return Questionnaire(
        **{
            "code": code,
            "title": said("Safety survey", "حفاظت کا سروے"),
            "about": said("About."),
            "minutes": 3,
            "scales": (agreement,),
            "pages": pages,
            "indicators": indicators,
        }
        | more
    )


def begin_wave(
    db: Session,
    *,
    ended: int = 0,
    population: str = "",
    sample_type: SampleType = SampleType.OPEN_LINK,
    **more: Any,
) -> Wave:
    """A wave that is open; its last day was `ended` days ago."""
    version = publish_version(db, questionnaire(**more), AGE_WORDS, "sam")
    last: date = today() - timedelta(days=ended)
    return open_wave(db, version, last - timedelta(days=20), last, sample_type, population, ["en", "ur"])


def answer(db: Session, wave: Wave, given: Iterable[dict[str, str]]) -> None:
    version_id = db.scalars(select(WaveVersion.version_id).where(WaveVersion.wave_id == wave.id)).one()
    for answers in given:
        store_response(db, wave, version_id, answers, "en")


def closed_wave(db: Session, given: Iterable[dict[str, str]], **more: Any) -> uuid.UUID:
    wave = begin_wave(db, **more)
    answer(db, wave, given)
    db.flush()
    close_wave(db, wave.id)
    return wave.id


def publish_figures(db: Session) -> uuid.UUID:
    """Two waves with public figures, shown and not shown, reliable and not, moved and not; the newest is drafted again."""
    before = [{"getting_on": "tend_agree", "knows_where": "no"}] * 100 + [{"getting_on": "tend_disagree"}] * 100
    now = [{"getting_on": "tend_agree", "sex": "female", "age": "35_49"}] * 160
    now += [{"getting_on": "definitely_agree", "knows_where": "yes"}] * 40
    now += [{"getting_on": "tend_disagree"}] * 40 + [{"getting_on": "definitely_disagree"}] * 3
    now += [{"getting_on": "dont_know"}] * 20 + [{"getting_on": "too_few"}] * 2
    for answers, ended in ((before, 200), (now, 3)):
        wave_id = closed_wave(db, answers, ended=ended, population=POPULATION)
        services.publish_release(db, services.draft_release(db, wave_id, "sam").id, "sam")
    return services.draft_release(db, wave_id, "sam").id
