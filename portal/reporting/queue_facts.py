"""What the list knows of sealed parts: how urgent the answers are, whether it happened again, which strands and types it is of."""

from __future__ import annotations

import json
import random
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from hashlib import blake2b
from typing import Any, TypeVar

from sqlalchemy import select

from portal.db import session
from portal.partnership.file import current_partnership
from portal.partnership.risk_questions import RiskQuestions
from portal.reporting import queue_index
from portal.reporting.models import Part, ReportPart
from portal.reporting.questions.asb import TYPES as ASB_TYPES
from portal.reporting.questions.asked import WRITTEN_CODES
from portal.reporting.questions.hate import BECAUSE, HATE_TYPES
from portal.reporting.questions.risk import BANDS, score, weight
from portal.reporting.queue_index import Facts, Found
from portal.reporting.series import MANY, WINDOW, Series, series_of
from portal.reporting.storing import SUMMARY
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Grant, Keyring
from portal.vault.sealing import SealError

_Id = TypeVar("_Id", uuid.UUID, bytes)

# How many a question to the database names at once: it takes tens of thousands at most.
BATCH_SIZE = 500
# How many summaries one page opens at most; the next goes on. Some 0.3 ms each.
OPENED_AT_ONCE = 1500
# Of one whose turn to be opened has not come: it must not stand behind those that are known.
UNKNOWN = Facts(told=-1, weight=len(BANDS) - 1, pressing_until=0, times=0, ticked=0)

STRANDS = tuple(BECAUSE["strands"].texts)
HATE = tuple(f"hate-{code}" for code in HATE_TYPES["types"].texts)
ASB = tuple(f"asb-{code}" for code in ASB_TYPES)
# As what an officer filters by, each with its bit.
BITS = {code: 1 << number for number, code in enumerate((*(f"strand-{code}" for code in STRANDS), *HATE, *ASB))}


def bits_of(answers: Mapping[str, Any]) -> int:
    """Which strands and types were ticked. One that is asked no longer has no bit, and nobody can filter by it."""
    bits = 0
    for prefix, page, question in (
        ("strand", "because", "strands"),
        ("hate", "hate_types", "types"),
        ("asb", "asb_types", "types"),
    ):
        for code in (answers.get(page) or {}).get(question) or ():
            bits |= BITS.get(f"{prefix}-{code}", 0)
    return bits


@lru_cache(maxsize=8)
def edition(risk: RiskQuestions) -> str:
    """Changes with whatever the facts hang on besides the report: the risk questions, and which bits there are."""
    said = json.dumps([asdict(risk), list(BITS)], default=str, sort_keys=True)
    return blake2b(said.encode(), digest_size=8).hexdigest()


def facts_of(held: Keyring, ids: Sequence[bytes], told: Mapping[bytes, int]) -> Found:
    """Of these reports what this keyring opens. `told` says how many messages their reporters have written, where any.

    What the index does not have is opened, so many at once, and saved; the others are UNKNOWN. A damaged one has none.
    """
    of = edition(current_partnership().risk)
    indexed = queue_index.load(held, of)
    known = zip(ids, map(indexed.get, ids), strict=True)
    found = {one: facts for one, facts in known if facts is not None and facts.told == told.get(one, 0)}
    if len(found) < len(ids):
        missing = [one for one in ids if one not in found]
        # Not always the same first: damaged ones, which nothing is saved of, must not keep the others from their turn.
        some = random.sample(missing, min(OPENED_AT_ONCE, len(missing)))
        new = _found_out(held, {uuid.UUID(bytes=one): told.get(one, 0) for one in some})
        if new:
            queue_index.save(held, of, new, frozenset(ids))
        found |= dict.fromkeys(set(missing).difference(some), UNKNOWN)
        for opened in new.values():
            found |= opened
    return found


def _found_out(held: Keyring, told: Mapping[uuid.UUID, int]) -> dict[uuid.UUID, Found]:
    """By keyholder: its grant is what opened them."""
    new: dict[uuid.UUID, Found] = defaultdict(dict)
    risk = current_partnership().risk
    for some in batches(list(told)):
        opened = open_summaries(held, some)
        series = series_of(held, [one for one in some if told[one]])
        granted = select(Grant.content_id, Grant.keyholder_id).where(
            Grant.content_id.in_(some), Grant.keyholder_id.in_(list(held.keys))
        )
        for report_id, keyholder_id in session.execute(granted):
            answers, _damaged = opened[report_id]
            if answers is not None:
                again = series.get(report_id, Series())
                new[keyholder_id][report_id.bytes] = Facts(
                    told=told[report_id],
                    weight=weight(score(answers, risk)),
                    pressing_until=pressing_until(again),
                    times=again.times,
                    ticked=bits_of(answers),
                )
    return new


def pressing_until(series: Series) -> int:
    """See Series.is_pressing, which asks of one day."""
    ends = [day + WINDOW for day in sorted(series.days)[-MANY:][:1] if len(series.days) >= MANY]
    ends += [series.hurt_on + WINDOW] if series.hurt_on else []
    return max((end.toordinal() for end in ends), default=0)


def batches(ids: Sequence[_Id]) -> Iterable[Sequence[_Id]]:
    return (ids[first : first + BATCH_SIZE] for first in range(0, len(ids), BATCH_SIZE))


def open_summaries(held: Keyring, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[dict[str, Any] | None, bool]]:
    """By report what was ticked, and whether it is damaged; None where it is another team's."""
    found: dict[uuid.UUID, tuple[dict[str, Any] | None, bool]] = {}
    for some in batches(ids):
        keys = keyholders.content_keys(held, some)
        of_these = select(ReportPart.report_id, ReportPart.id, ReportPart.sealed).where(
            ReportPart.report_id.in_(keys), ReportPart.part == Part.SUMMARY
        )
        summaries = {row.report_id: row for row in session.execute(of_these)}
        found |= {one: _answers_or_damage(summaries.get(one), keys.get(one)) for one in some}
    return found


def _answers_or_damage(summary: Any, key: bytes | None) -> tuple[dict[str, Any] | None, bool]:
    """One damaged report must not hide the others; without its key it is another team's, not damaged."""
    if key is None or summary is None:
        return None, key is not None
    try:
        return _without_words(ticked_answers(summary, key)), False
    except SealError:
        return None, True


def _without_words(answers: dict[str, Any]) -> dict[str, Any]:
    """Older reports have the street among what was ticked."""
    return {
        question: {code: given for code, given in (answer or {}).items() if code not in WRITTEN_CODES}
        for question, answer in answers.items()
    }


def ticked_answers(part: Any, key: bytes) -> dict[str, Any]:
    found: dict[str, Any] = sealing.unseal(part.sealed, key, SUMMARY, part.id)["answers"]
    return found
