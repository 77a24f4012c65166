"""What invented reporters said of themselves, month by month: shares of the residents of Milton Keynes in the Census."""

from __future__ import annotations

import random
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import upsert
from portal.reporting.count_models import EqualityCount, ReportCount
from portal.reporting.models import Kind
from portal.reporting.questions.equality import NOT_SAID, fitting

# Census 2021 (Office for National Statistics, usual residents of Milton Keynes on 21 March 2021), as numbers of people:
# TS007 age, TS008 sex, TS078 gender identity, TS021 ethnic group, TS030 religion, TS077 sexual orientation, TS038
# disability, TS024 main language. Where the census has fewer answers than the question, people are shared out by it.
CENSUS: dict[str, dict[str, int]] = {
    "age": {"under_16": 6_000, "16_24": 27_726, "25_34": 41_044, "35_49": 65_595, "50_64": 50_878, "65_74": 23_402, "75_84": 11_800, "85_over": 4_386},
    "sex": {"female": 145_486, "male": 141_574},
    "gender_identity": {"yes": 209_902, "no": 1_393},
    "ethnic_group": {
        "white_british": 178_568, "white_irish": 2_382, "white_traveller": 156, "white_roma": 578, "white_other": 24_430,
        "mixed_white_caribbean": 3_900, "mixed_white_african": 2_300, "mixed_white_asian": 3_000, "mixed_other": 2_525,
        "asian_indian": 15_348, "asian_pakistani": 7_163, "asian_bangladeshi": 3_189, "asian_chinese": 2_913, "asian_other": 7_032,
        "black_caribbean": 2_975, "black_african": 21_502, "black_other": 3_374, "arab": 1_349, "other": 4_376,
    },
    "religion": {
        "none": 108_953, "christian": 122_935, "buddhist": 1_404, "hindu": 12_911, "jewish": 383, "muslim": 20_484, "sikh": 1_959,
        "other": 1_558,
    },
    "orientation": {"straight": 202_083, "gay_lesbian": 2_757, "bisexual": 2_806, "other": 777},
    "health_condition": {"yes": 60_000, "no": 227_060},
    "health_limits": {"a_lot": 16_941, "a_little": 25_571, "not_at_all": 17_488},
    "main_language": {
        "english": 241_997, "romanian": 5_269, "polish": 4_465, "tamil": 2_776, "urdu": 1_395, "chinese": 1_338, "spanish": 1_334,
        "lithuanian": 1_120, "telugu": 973, "portuguese": 963, "gujarati": 960, "sign": 122, "other": 14_153,
    },
}  # fmt: skip
# In a hundred: who answers at all, and of each question who would rather not say.
ANSWER, WOULD_NOT_SAY = 62, 6


def add_equality(db: Session) -> None:
    """For each report that was counted: some of their senders answer, each question by itself, as strangers to each other."""
    rng = random.Random("equality")  # noqa: S311 (invented figures, the same each time)
    counted = select(ReportCount.month, ReportCount.answer, ReportCount.times).where(ReportCount.question == "kind")
    times: dict[tuple[date, Kind, str, str], int] = {}
    for month, kind, reports in db.execute(
        counted.order_by(ReportCount.month, ReportCount.place_group, ReportCount.answer)
    ):
        for _report in range(reports):
            if rng.randrange(100) >= ANSWER:
                continue
            said = {
                question: NOT_SAID
                if rng.randrange(100) < WOULD_NOT_SAY
                else rng.choices(list(people), list(people.values()))[0]
                for question, people in CENSUS.items()
            }
            for question, option in fitting(said).items():
                key = (month, Kind(kind), question, option)
                times[key] = times.get(key, 0) + 1
    for (month, of_kind, question, option), number in times.items():
        row = {"month": month, "kind": of_kind, "question": question, "option": option}
        upsert(db, EqualityCount, row, {"times": number}, add={"times": number})
