"""Server processes are killed in the middle of everything: a receipt that was shown opens, and no report is there twice."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPException

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.db import session
from portal.reporting.models import Report
from portal.vault import receipts
from tests.bench import servers
from tests.bench.journeys import Astray, Resident

CLIENTS = 8


@dataclass
class Seen:
    """What the residents saw between them: receipt numbers, and how often the line broke."""

    receipts: list[str] = field(default_factory=list)
    broken: int = 0


def report_until(port: int, is_over: threading.Event, seen: Seen) -> None:
    """Report without a pause; when the line breaks, look whether the report was sent, as the page then says to."""
    resident = Resident(port)
    while not is_over.is_set():
        try:
            seen.receipts.append(resident.report())
        except (Astray, HTTPException, OSError):
            seen.broken += 1
            if found := look_again(resident):
                seen.receipts.append(found)
    resident.connection.close()


def look_again(resident: Resident) -> str | None:
    gives_up_at = time.monotonic() + 10
    while time.monotonic() < gives_up_at:
        try:
            resident.connection.close()
            return resident.shown_receipt()
        except Astray:
            return None
        except (HTTPException, OSError):
            time.sleep(0.1)
    return None


@pytest.mark.dear
@pytest.mark.parametrize(("seconds", "kill_every"), [(6, 1.2), pytest.param(40, 2.0, marks=pytest.mark.long)])
@pytest.mark.usefixtures("full_receipts")
def test_of_what_residents_were_told_is_sent_nothing_is_lost_and_nothing_doubled(
    app: Flask, seconds: int, kill_every: float
) -> None:
    settings = app.extensions["settings"]
    seen, killed = Seen(), 0
    with servers.serving(settings.data, "portal", "serve", database=settings.database) as (port, master):
        ends_at, is_over = time.monotonic() + seconds, threading.Event()
        residents = [threading.Thread(target=report_until, args=(port, is_over, seen)) for _ in range(CLIENTS)]
        for resident in residents:
            resident.start()
        # Until one was at work for somebody when it was killed and enough was sent, if that takes longer.
        while time.monotonic() + kill_every < ends_at + (0 if seen.broken and len(seen.receipts) > seconds else 60):
            time.sleep(kill_every)
            # Children of the server that this test started, and no other process.
            answering = servers.answering(master)
            os.kill(random.choice(answering), signal.SIGKILL)
            killed += 1
        is_over.set()
        for resident in residents:
            resident.join()
    assert killed >= seconds // kill_every - 2
    assert seen.broken
    assert len(seen.receipts) > seconds
    assert len(set(seen.receipts)) == len(seen.receipts)
    with app.app_context():
        stored = session.scalar(select(func.count()).select_from(Report))
        lookups = {receipts.derive(digits).lookup for digits in seen.receipts}
        found = session.scalar(select(func.count()).select_from(Report).where(Report.receipt_lookup.in_(lookups)))
    assert found == len(seen.receipts)
    # Whose line broke after sending, and who could not look again, has a report of which they did not see the receipt.
    assert len(seen.receipts) <= stored <= len(seen.receipts) + seen.broken
