"""Thousands of reports at once, each with its real sealed parts: stored as one insert a table, for the measuring tests."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any

from sqlalchemy import insert, select

from portal.db import Base, random_id, today, transaction
from portal.reporting.conversations import LONG_TEXT_PAD, MESSAGE
from portal.reporting.models import Author, Kind, Part, Promise, Source, State
from portal.reporting.questions.dangers import is_immediate
from portal.reporting.references import check_letter
from portal.reporting.series import SERIES, SERIES_PAD, Series
from portal.reporting.storing import DETAILS, NARRATIVE, SUMMARY, SUMMARY_PAD, TEAMS_OF
from portal.vault import sealing
from portal.vault.keyholders import Keyholder

# What a report tells, by its number.
Told = Callable[[int], dict[str, Any]]
AT_ONCE = 1000
PLACES = ("e-fishermead", "e-conniburrow", "e-netherfield", "p-olney", "p-bradwell", "p-woburn-sands", None)


def usual(number: int) -> dict[str, Any]:
    """Of both kinds, with all there is to weigh; every fifth has written again, every hundredth happened again."""
    is_hate = number % 3 == 0
    return {
        "kind": {"kind": "hate" if is_hate else "asb"},
        "narrative": {"narrative": f"They shouted at us by the shop again, for the {number}th time. " * 3},
        "where": {"place": PLACES[number % len(PLACES)]},
        "when": {"when": "today"},
        "often": {"often": ("first", "weekly", "daily")[number % 3]},
        "because": {"strands": ["race", "religion"][: 1 + number % 2]} if is_hate else None,
        "hate_types": {"types": ["verbal", "threats"]} if is_hate else None,
        "asb_types": None if is_hate else {"types": ["rowdy", "litter"][: 1 + number % 2]},
    }


def store_many(
    count: int, told: Told = usual, *, state: State = State.NEW, day: date | None = None, write_again: bool = True
) -> list[uuid.UUID]:
    """The ids, in the order of their numbers. `day` is when they came, or each comes on another of the last sixty."""
    made: list[uuid.UUID] = []
    with transaction() as db:
        teams = {row.code: row for row in db.scalars(select(Keyholder))}
        for first in range(0, count, AT_ONCE):
            rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
            made += [
                _add(
                    rows,
                    number,
                    told(number),
                    teams,
                    state,
                    day or today() - timedelta(number % 60),
                    write_again=write_again,
                )
                for number in range(first, min(count, first + AT_ONCE))
            ]
            for table, added in rows.items():
                db.execute(insert(Base.metadata.tables[table]), added)
    return made


def _add(
    rows: dict[str, list[dict[str, Any]]],
    number: int,
    answers: dict[str, Any],
    teams: dict[str, Keyholder],
    state: State,
    day: date,
    *,
    write_again: bool,
) -> uuid.UUID:
    report, talk, key, talk_key = random_id(), random_id(), sealing.new_key(), sealing.new_key()
    kind = Kind(answers["kind"]["kind"])
    again, wrote = write_again and number % 100 == 1, write_again and number % 5 == 1
    rows["report"].append(
        {
            "id": report, "reference": _reference(), "kind": kind,
            "place_geography": "parishes", "place_version": "1", "place_code": (answers.get("where") or {}).get("place"),
            "received_on": day, "state": state, "risk_band": None, "immediate_risk": is_immediate(answers),
            "assignee_id": None, "due_on": day + timedelta(2), "language": ("en", "pl", "ur")[number % 3],
            "source": Source.WEB, "told_if_it_helped": False, "submission_token": random_id(), "conversation_id": talk,
            "receipt_lookup": random.randbytes(32), "conversation_key": random.randbytes(64),
        }
    )  # fmt: skip
    ticked = {page: answer for page, answer in answers.items() if page != "narrative"}
    series = Series()
    if again:
        for days in range(4):
            series = series.with_one_more(day - timedelta(days), is_hurt=False)
    parts = (
        (Part.SUMMARY, {"answers": ticked}, SUMMARY, SUMMARY_PAD, key, report),
        (Part.NARRATIVE, {"text": answers["narrative"]["narrative"]}, NARRATIVE, LONG_TEXT_PAD, key, report),
        (Part.DETAILS, {"written": {}}, DETAILS, LONG_TEXT_PAD, key, report),
        (Part.SERIES, series.as_content(), SERIES, SERIES_PAD, talk_key, talk),
    )
    for part, content, label, pad, under, key_id in parts:
        row = random_id()
        sealed = sealing.seal(content, under, key_id, label, row, pad)
        rows["report_part"].append({"id": row, "report_id": report, "part": part, "sealed": sealed})
    if again or wrote:
        row = random_id()
        words = {"text": f"Is there any news of number {number}?", "by": "", "read_in": ""}
        sealed = sealing.seal(words, talk_key, talk, MESSAGE, row, LONG_TEXT_PAD)
        rows["message"].append(
            {"id": row, "report_id": report, "position": 1, "author": Author.REPORTER, "language": "en",
             "sent_on": day, "seen": number % 2 == 0, "sealed": sealed}
        )  # fmt: skip
    for promise, days in ((Promise.READ, 2), (Promise.TELL, 9)):
        rows["clock"].append(
            {"id": random_id(), "report_id": report, "promise": promise, "started_on": day,
             "due_on": day + timedelta(days), "met_on": None, "ended_on": None,
             "paused_on": day if number % 50 == 2 else None, "days_paused": 0}
        )  # fmt: skip
    for content_id, content_key in ((report, key), (talk, talk_key)):
        for team in TEAMS_OF[kind]:
            sealed_key = sealing.wrap(content_key, teams[team].public_key)
            rows["key_grant"].append(
                {"content_id": content_id, "keyholder_id": teams[team].id, "sealed_key": sealed_key}
            )
    return report


# Each once, for a step that shares no factor with their number leaves none out; not in the order in which reports come.
_FIRST = random.SystemRandom().randrange(10**7)
_numbers: Iterator[int] = ((_FIRST + 6_180_339 * turn) % 10**7 for turn in count())


def _reference() -> str:
    digits = f"{next(_numbers):07d}"
    return digits + check_letter(digits)
