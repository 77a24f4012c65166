"""What was queued for a desk's system is sent by the worker, tried again on a timetable, and given up after a week.

GeoReport has no key by which a server knows a request that came before. Where an answer was lost, the request is therefore
posted again, three times at most: a desk that has two with one reference closes one, and one that has none mends nothing.
"""

from __future__ import annotations

import tomllib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from portal.config import settings
from portal.db import session, today, transaction, utcnow
from portal.partnership.desks import find_desk
from portal.partnership.file import current_partnership
from portal.reporting import open311
from portal.reporting.hand_overs import GOES_IN, LABEL, end, seal_content
from portal.reporting.models import HandOver, HandOverProblem, HandOverState, Report
from portal.reporting.open311 import NotTaken, Taken
from portal.vault import sealing, worker_key
from portal.vault.sealing import SealError

GIVE_UP_AFTER = timedelta(days=7)
MAX_UNCLEAR = 3
AT_ONCE = 20


@dataclass(frozen=True)
class _Claimed:
    key: bytes
    content: dict[str, Any]
    words: str
    received_on: date


def send_due_hand_overs() -> int:
    """Send what is due; returns how many were taken. The worker does it.

    Each is claimed right before it is sent, by the hour at which it would be tried again: rather twice than never. After
    one that fails the others wait for the next time: alerts must not wait for a system that answers nobody.
    """
    for hand_over_id in _old_ones():
        _give_up(hand_over_id)
    due = session.scalars(
        select(HandOver.id)
        .join(Report, Report.id == HandOver.report_id)
        .where(HandOver.state == HandOverState.WAITING, HandOver.due_at <= utcnow(), Report.state.in_(GOES_IN))
        .order_by(HandOver.id)
        .limit(AT_ONCE)
    ).all()
    session.rollback()
    taken = 0
    for hand_over_id in due:
        claimed = _claim(hand_over_id)
        if claimed is None:
            continue
        answer = _send(claimed.content, claimed.words)
        _keep(hand_over_id, claimed, answer)
        if isinstance(answer, NotTaken):
            break
        taken += 1
    return taken


def _old_ones() -> Sequence[uuid.UUID]:
    """What waits with a report that has been held or closed too long: the worker must not be able to open it for ever."""
    is_old = Report.received_on <= today() - GIVE_UP_AFTER
    return session.scalars(
        select(HandOver.id)
        .join(Report, Report.id == HandOver.report_id)
        .where(HandOver.state == HandOverState.WAITING, is_old, Report.state.not_in(GOES_IN))
    ).all()


def _give_up(hand_over_id: uuid.UUID) -> None:
    with transaction() as db:
        row = db.get(HandOver, hand_over_id, with_for_update=True)
        if row is None or row.state is not HandOverState.WAITING:
            return
        try:
            has_gone = _open(row)[1].get("sent_on")  # and only its number has not come
        except SealError:
            end(row, HandOverState.GIVEN_UP, HandOverProblem.UNREADABLE)
        else:
            end(row, *((HandOverState.SENT,) if has_gone else (HandOverState.GIVEN_UP, HandOverProblem.HELD_BACK)))


def _open(row: HandOver) -> tuple[bytes, dict[str, Any], str]:
    """The key, the content, and the reporter's own words where they go too. Raises SealError."""
    opened = worker_key.open_as_worker(row.for_worker or b"", row.id.bytes)
    key, words = opened[: sealing.KEY_SIZE], opened[sealing.KEY_SIZE :].decode()
    return key, sealing.unseal(row.sealed, key, LABEL, row.id), words


def _claim(hand_over_id: uuid.UUID) -> _Claimed | None:
    with transaction() as db:
        report_id = db.scalar(select(HandOver.report_id).where(HandOver.id == hand_over_id))
        report = db.get(Report, report_id, with_for_update=True) if report_id else None
        row = db.get(HandOver, hand_over_id, with_for_update=True, populate_existing=True) if report else None
        if row is None or report is None or report.state not in GOES_IN:
            return None
        if row.state is not HandOverState.WAITING or row.due_at is None or row.due_at > utcnow():
            return None  # stopped, or claimed by another worker
        row.due_at = next_try(report.received_on, utcnow())
        try:
            return _Claimed(*_open(row), report.received_on)
        except SealError:
            end(row, HandOverState.GIVEN_UP, HandOverProblem.UNREADABLE)
            return None


def next_try(received_on: date, now: datetime) -> datetime:
    """The next hour of a timetable that all of one day share: it tells nothing of when a report came.

    On the first day every hour, on the second every four, later every twelve.
    """
    age = (now.date() - received_on).days
    hours = 1 if age <= 0 else 4 if age == 1 else 12
    earliest = now + timedelta(minutes=2)  # not while it is still being sent
    midnight = earliest.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(hours=(earliest - midnight) // timedelta(hours=hours) * hours + hours)


def _send(content: Mapping[str, Any], words: str) -> Taken | NotTaken:
    """Outside of any transaction: it takes as long as the other side likes, up to PATIENCE."""
    desk = find_desk(current_partnership().desks, content["desk"])
    service = desk.open311.service_codes.get(content["type"]) if desk else None
    if desk is None or service is None:
        return NotTaken(HandOverProblem.NOT_SET_UP)
    if content.get("token"):
        return open311.ask_token(desk.open311, content["token"])
    try:
        api_key = api_keys().get(desk.code, "")
    except (OSError, ValueError):
        return NotTaken(HandOverProblem.NOT_SET_UP)
    with force_locale("en_GB"):
        lines = [content["told"], *([_("In their own words:"), words] if words else [])]
        lines.append(
            _("Reference: %(reference)s. The same reference twice is one report.", reference=content["reference"])
        )
    fields = {
        "service_code": service,
        "address_string": content["address"],
        "description": "\n".join(lines),
    }
    return open311.post_request(desk.open311, api_key, fields)


def api_keys() -> dict[str, str]:
    """By the desk's code, from the file that PORTAL_OPEN311_KEYS names. Raises OSError, ValueError."""
    path = settings().open311_keys
    keys = tomllib.loads(path.read_text(encoding="utf-8")) if path else {}
    if not all(isinstance(key, str) for key in keys.values()):
        raise ValueError("each API key is text in quotation marks")
    return keys


def _keep(hand_over_id: uuid.UUID, claimed: _Claimed, answer: Taken | NotTaken) -> None:
    """What came of it: also of one that was stopped in that moment, for it may have gone all the same."""
    content = claimed.content
    is_asked = bool(content.get("token"))
    with transaction() as db:
        row = db.get(HandOver, hand_over_id, with_for_update=True)
        if row is None:  # deleted in the meantime
            return
        is_old = today() - claimed.received_on >= GIVE_UP_AFTER
        if isinstance(answer, Taken):
            sent_on = content.get("sent_on") or today().isoformat()
            content = content | {"sent_on": sent_on, "number": answer.number, "token": answer.token, "said": ""}
            row.problem = None
            if answer.number or is_old:
                end(row, HandOverState.SENT)
        elif is_asked:
            # It has gone; only its number is not there yet, and may never be.
            if is_old:
                end(row, HandOverState.SENT)
        else:
            unclear = answer.problem is HandOverProblem.UNCLEAR
            tries = content.get("unclear_tries", 0) + unclear
            may_have_arrived = unclear or content.get("may_have_arrived", False)
            content = content | {"said": answer.said, "unclear_tries": tries, "may_have_arrived": may_have_arrived}
            if row.state is HandOverState.WAITING:
                row.problem = answer.problem
                if is_old or tries >= MAX_UNCLEAR:
                    end(row, HandOverState.GIVEN_UP, answer.problem)
        seal_content(row, claimed.key, content)
