"""Reports by the hundred, and the change of a team's key: in this process, in one of its own, and killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import uuid

from flask import Flask
from sqlalchemy import insert, select, text

from portal.db import random_id, session, today, transaction
from portal.reporting.models import Kind, Report, Source, State
from portal.reporting.references import check_letter
from portal.reporting.storing import store_report
from portal.staff import accounts
from portal.vault import keyholders, rotation, sealing
from portal.vault.keyholders import Grant, Keyholder, Keyring
from portal.vault.receipts import ReceiptKeys
from tests.support.people import Officer
from tests.test_setup import ROOT

TEAM = "hate_team"

# The operator's command, without its waiting for other pages; says when it begins, once it has the database: whoever
# kills it is not to kill it on the way there.
ROTATE = """
import sys
from pathlib import Path
from portal import create_app
from portal.db import session
from portal.vault import keyholders, rotation
rotation.BATCH, rotation.SETTLE = int(sys.argv[4]), float(sys.argv[5])
app = create_app(data=Path(sys.argv[1]), database_url=sys.argv[2], testing=True)
with app.app_context():
    assert keyholders.keyholders_of(session, "hate_team")
    print("ready", flush=True)
    for line in rotation.rotate("hate_team", sys.argv[3]):
        print(line, flush=True)
"""


def store(*numbers: int) -> list[uuid.UUID]:
    """Reports to both teams, in one transaction; derived receipts would take a minute."""
    with transaction() as db:
        return [_store(db, number) for number in numbers]


def _store(db: object, number: int) -> uuid.UUID:
    answers = {"kind": {"kind": "not_sure"}, "narrative": {"narrative": f"report {number}"}}
    keys = ReceiptKeys(random.randbytes(32), random.randbytes(32))
    content = {"token": uuid.uuid4().hex, "answers": answers}
    return store_report(db, content, keys, "en", State.NEW, today()).id  # type: ignore[arg-type]


def store_many(count: int) -> dict[uuid.UUID, bytes]:
    """Reports without their sealed texts, which a change of key never touches; gives the key of each content."""
    day, reports, keys = today(), [], {}
    for number in range(count):
        report, conversation, digits = random_id(), random_id(), f"{number:07d}"
        keys |= {report: sealing.new_key(), conversation: sealing.new_key()}
        reports.append(
            {
                "id": report,
                "reference": digits + check_letter(digits),
                "kind": Kind.HATE,
                "place_geography": "parishes",
                "place_version": "1",
                "received_on": day,
                "state": State.NEW,
                "immediate_risk": False,
                "due_on": day,
                "language": "en",
                "source": Source.WEB,
                "submission_token": random_id(),
                "conversation_id": conversation,
                "receipt_lookup": random.randbytes(32),
                "conversation_key": b"",
            }
        )
    (team,) = keys_of_team()
    with transaction() as db:
        db.execute(insert(Report), reports)
        granted = {content: sealing.wrap(key, team.public_key) for content, key in keys.items()}
        db.execute(
            insert(Grant),
            [{"content_id": id_, "keyholder_id": team.id, "sealed_key": sealed} for id_, sealed in granted.items()],
        )
    return keys


def rotate(recovery: str, team: str = TEAM) -> list[str]:
    return list(rotation.rotate(team, recovery))


def keys_of_team(team: str = TEAM) -> list[Keyholder]:
    session.rollback()
    session.expire_all()
    return keyholders.keyholders_of(session, team)


def held_by(name: str, *, team: str | None = TEAM) -> Keyring:
    """What an officer's passphrase opens; of one team only, so that the other team's key helps nobody over a loss."""
    session.rollback()
    session.expire_all()
    member_id = session.scalars(select(accounts.StaffMember.member_id).where(accounts.StaffMember.name == name)).one()
    private = keyholders.open_member(member_id, Officer.passphrase)
    if private is None:
        return Keyring({})
    ours = {keyholder.id for keyholder in keyholders.keyholders_of(session, team)} if team else None
    keys = keyholders.keyring(member_id, private).keys
    return Keyring({id_: key for id_, key in keys.items() if ours is None or id_ in ours})


def unreadable(held: Keyring) -> int:
    """How many reports and conversations this keyring does not open."""
    contents = [id_ for row in session.execute(text("SELECT id, conversation_id FROM report")) for id_ in row]
    ids = [uuid.UUID(bytes=bytes(one)) for one in contents]
    opened = [len(keyholders.content_keys(held, ids[start : start + 500])) for start in range(0, len(ids), 500)]
    return len(ids) - sum(opened)


def begin(recovery: str) -> None:
    """As far as a rotation comes that is killed at once."""
    with transaction() as db:
        assert rotation._begin(db, TEAM, recovery)


def start_rotating(app: Flask, recovery: str, *, batch: int, settle: float = 0.0) -> subprocess.Popen[str]:
    url = app.extensions["database"].engine.url.render_as_string(hide_password=False)
    data = app.extensions["settings"].data
    given = [str(data), url, recovery, str(batch), str(settle)]
    process = subprocess.Popen([sys.executable, "-c", ROTATE, *given], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def rest_of(process: subprocess.Popen[str]) -> str:
    """What it says until it ends. Not by communicate(), which forgets what came along with the first line."""
    assert process.stdout
    with process.stdout:
        said = process.stdout.read()
    process.wait(60)
    return said


def kill_until_broken_off(app: Flask, recovery: str, times: int, *, batch: int, longest: float) -> int:
    """Rotate in a process of its own and kill it at a random moment, again and again; how often it was in the middle."""
    broken_off = 0
    for _ in range(times * 20):
        process = start_rotating(app, recovery, batch=batch)
        time.sleep(random.uniform(0, longest))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        with app.app_context():
            broken_off += len(keys_of_team()) > 1
            assert unreadable(held_by("sam")) == 0
        if broken_off >= times:
            break
    return broken_off
