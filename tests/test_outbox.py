"""The alert: mailed through a real server, saying nothing of what it is about, until someone says they have seen it."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from sqlalchemy import select

from portal import outbox
from portal.db import session, transaction, utcnow
from portal.outbox import OutboxMail
from portal.server import health
from tests.support.people import Officer, Resident
from tests.support.sending import NARRATIVE, send_report
from tests.test_setup import ROOT, operator_environment

DUTY = "duty@north.example"


class MailServer(socketserver.ThreadingTCPServer):
    """As much of SMTP (RFC 5321) as a sender needs. `says` gives another answer to a command than usual."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.mails: list[EmailMessage] = []
        self.heard: list[str] = []
        self.says: dict[str, str] = {}
        self.slow = 0.0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class Talk(socketserver.StreamRequestHandler):
    server: MailServer
    usual = {
        "EHLO": "250-here\r\n250 8BITMIME",
        "MAIL": "250 go on",
        "RCPT": "250 go on",
        "DATA": "354 write",
        "RSET": "250 forgotten",
        "QUIT": "221 bye",
        "AUTH": "235 welcome",
    }

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline():
            command = line.decode(errors="replace").strip()
            word, rest = command[:4].upper(), command[4:]
            self.server.heard.append(word + rest)
            answer = self.server.says.get(word) or self.usual.get(word, "500 what?")
            if answer == "hang up":
                return
            self.say(answer)
            if answer.startswith("354"):
                self.read_mail()
            if word == "QUIT":
                return

    def read_mail(self) -> None:
        body = b""
        while (line := self.rfile.readline()) != b".\r\n":
            body += line.removeprefix(b".")
        time.sleep(self.server.slow)
        answer = self.server.says.get("BODY", "250 taken")
        if answer.startswith("250"):
            self.server.mails.append(message_from_bytes(body, policy=policy.default))  # type: ignore[arg-type]
        self.say(answer)

    def say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def bare_app(make_app: Callable[..., Flask], mail_server: MailServer, tmp_path: Path) -> Flask:
    """The app with a duty address and a mail server."""
    make_app()
    file = tmp_path / "data" / "partnership.toml"
    file.write_text(file.read_text("utf-8").replace('duty_address = ""', f'duty_address = "{DUTY}"'), "utf-8")
    return make_app(smtp_url=mail_server.url)


def send_due_mail(app: Flask) -> int:
    with app.app_context():
        return outbox.send_due_mail()


def minutes_pass(app: Flask, minutes: float) -> None:
    """Every alert is due that much sooner."""
    with app.app_context(), transaction() as db:
        for mail in db.scalars(select(OutboxMail)):
            mail.due_at -= timedelta(minutes=minutes)


def the_report(officer: Officer) -> str:
    """The address of the one report in the list."""
    officer.get("/staff/reports")
    found = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert found, officer.text
    return found[0]


def test_a_report_of_immediate_risk_reaches_the_duty_address_and_the_mail_says_nothing_of_it(
    app: Flask, resident: Resident, mail_server: MailServer
) -> None:
    digits = send_report(resident, risk="yes", kind="hate", place="e-fishermead")
    assert send_due_mail(app) == 1
    (mail,) = mail_server.mails
    assert mail["To"] == DUTY
    assert f"RCPT TO:<{DUTY}>" in mail_server.heard
    assert f"{app.extensions['settings'].public_url}/staff/reports" in mail.get_content()

    told = f"{mail.as_string()}\n{mail.get_content()}".casefold()
    groups = [digits[i : i + 4] for i in range(0, 16, 4)]
    assert "blue gate" in NARRATIVE
    given = [
        "broke",
        "blue",
        "gate",
        "shouted",
        "fishermead",
        "campbell",
        "hate",
        "anti-social",
        "asb",
        "risk",
        "resident",
    ]
    for secret in [*given, digits, " ".join(groups), "-".join(groups)]:
        assert secret not in told, f"the mail says {secret!r}"
    with app.app_context():
        waiting = session.scalars(select(OutboxMail)).one()
        assert waiting.subject_id.hex not in told.replace("-", "")


@pytest.mark.same_on_both
def test_the_mail_has_the_headers_that_servers_ask_for(app: Flask, resident: Resident, mail_server: MailServer) -> None:
    send_report(resident, risk="yes")
    send_due_mail(app)
    (mail,) = mail_server.mails
    assert abs(parsedate_to_datetime(mail["Date"]) - utcnow()) < timedelta(minutes=1)
    assert re.fullmatch(r"<[^@\s]+@127\.0\.0\.1>", mail["Message-ID"])
    assert socket.gethostname() not in mail["Message-ID"]
    assert mail["From"] == DUTY


@pytest.mark.parametrize("risk", ["no", "not_sure"])
def test_a_report_without_immediate_risk_mails_nobody(
    app: Flask, resident: Resident, mail_server: MailServer, risk: str
) -> None:
    send_report(resident, risk=risk)
    assert send_due_mail(app) == 0
    assert mail_server.mails == []


def test_the_alert_comes_again_every_thirty_minutes_until_someone_answers(
    app: Flask, resident: Resident, officer: Officer, mail_server: MailServer
) -> None:
    send_report(resident, risk="yes")
    for sent in (1, 2, 3):
        assert send_due_mail(app) == 1
        assert send_due_mail(app) == 0
        minutes_pass(app, 29.5)
        assert send_due_mail(app) == 0
        minutes_pass(app, 0.6)
        assert len(mail_server.mails) == sent
    address = the_report(officer)
    officer.get(address)
    officer.post(f"{address}/alert")
    minutes_pass(app, 60)
    assert send_due_mail(app) == 0
    assert len(mail_server.mails) == 3
    with app.app_context():
        assert session.scalars(select(OutboxMail)).all() == []


def test_opening_the_report_alone_does_not_stop_the_alert(
    app: Flask, resident: Resident, officer: Officer, mail_server: MailServer
) -> None:
    send_report(resident, risk="yes")
    officer.get(the_report(officer))
    assert send_due_mail(app) == 1


REFUSALS = {
    "refuses the sender": {"MAIL": "550 no"},
    "refuses the duty address": {"RCPT": "550 nobody here"},
    "refuses the mail": {"BODY": "554 no"},
    "hangs up": {"DATA": "hang up"},
    "greets nobody": {"EHLO": "421 closed", "HELO": "421 closed"},
    "talks nonsense": {"MAIL": "banana"},
}


@pytest.mark.dear
@pytest.mark.same_on_both
def test_a_failing_mail_server_is_said_to_staff_until_the_mail_gets_through(
    app: Flask, resident: Resident, officer: Officer, mail_server: MailServer
) -> None:
    send_report(resident, risk="yes")
    for refusal, answers in REFUSALS.items():
        officer.get("/staff/reports")
        officer.not_see("could not be mailed")
        mail_server.says = answers
        assert send_due_mail(app) == 0, refusal
        officer.get("/staff/reports")
        officer.see("1 alert could not be mailed to the duty address.", "The mail server did not take it.")
        mail_server.says = {}
        assert send_due_mail(app) == 0  # not at once again
        minutes_pass(app, 2.1)
        assert send_due_mail(app) == 1
        minutes_pass(app, 30.1)


@pytest.mark.same_on_both
def test_a_mail_server_that_cannot_be_reached_is_said_to_staff(
    make_app: Callable[..., Flask], officer: Officer, resident: Resident
) -> None:
    send_report(resident, risk="yes")
    for url in ("smtp://127.0.0.1:9", "smtp://127.0.0.1:99999"):
        assert send_due_mail(make_app(smtp_url=url)) == 0
        officer.get("/staff/reports")
        officer.see("The mail server did not take it.")
        minutes_pass(make_app(smtp_url=""), 2.1)


@pytest.mark.same_on_both
def test_without_a_mail_server_staff_are_told_so(
    make_app: Callable[..., Flask], officer: Officer, resident: Resident
) -> None:
    send_report(resident, risk="yes")
    send_due_mail(make_app(smtp_url=""))
    officer.get("/staff/reports")
    officer.see("No mail server is set")


@pytest.mark.same_on_both
def test_without_a_duty_address_staff_are_told_so(
    make_app: Callable[..., Flask], officer: Officer, resident: Resident, mail_server: MailServer, tmp_path: Path
) -> None:
    send_report(resident, risk="yes")
    file = tmp_path / "data" / "partnership.toml"
    file.write_text(file.read_text("utf-8").replace(DUTY, ""), "utf-8")
    send_due_mail(make_app(smtp_url=mail_server.url))
    officer.get("/staff/reports")
    officer.see("No duty address is set")


@pytest.mark.same_on_both
def test_a_password_is_never_said_in_the_clear_to_a_server_that_offers_encryption(
    make_app: Callable[..., Flask], app: Flask, resident: Resident, mail_server: MailServer
) -> None:
    send_report(resident, risk="yes")
    mail_server.says = {"EHLO": "250-here\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS", "STAR": "454 not now"}
    secure = make_app(smtp_url=mail_server.url.replace("://", "://portal:secret@"))
    assert send_due_mail(secure) == 0
    assert "STARTTLS" in mail_server.heard
    assert not [line for line in mail_server.heard if line.startswith(("AUTH", "MAIL"))]


@pytest.mark.same_on_both
def test_a_mail_server_that_asks_for_a_name_and_password_gets_them(
    make_app: Callable[..., Flask], app: Flask, resident: Resident, mail_server: MailServer
) -> None:
    send_report(resident, risk="yes")
    mail_server.says = {"EHLO": "250-here\r\n250 AUTH PLAIN"}
    assert send_due_mail(make_app(smtp_url=mail_server.url.replace("://", "://portal:p%40ss@"))) == 1
    assert "AUTH PLAIN AHBvcnRhbABwQHNz" in mail_server.heard  # \0portal\0p@ss


def test_two_that_send_at_once_send_it_once(app: Flask, resident: Resident, mail_server: MailServer) -> None:
    send_report(resident, risk="yes")
    mail_server.slow = 0.3
    barrier = threading.Barrier(4)
    sent: list[int] = []

    def send() -> None:
        barrier.wait(30)
        sent.append(send_due_mail(app))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == [0, 0, 0, 1]
    assert len(mail_server.mails) == 1


def test_a_sender_that_dies_after_claiming_leaves_the_mail_to_be_sent_again(
    app: Flask, resident: Resident, mail_server: MailServer
) -> None:
    send_report(resident, risk="yes")
    with app.app_context(), transaction() as db:  # claimed as send_due_mail() does it, and then nothing
        for mail in db.scalars(select(OutboxMail)):
            mail.due_at = utcnow() + outbox.SEND_WITHIN
    assert send_due_mail(app) == 0
    minutes_pass(app, 5.1)
    assert send_due_mail(app) == 1


def test_an_alert_answered_while_it_is_being_sent_does_not_come_back(
    app: Flask, resident: Resident, mail_server: MailServer
) -> None:
    send_report(resident, risk="yes")
    mail_server.slow = 0.5
    sender = threading.Thread(target=send_due_mail, args=(app,))
    sender.start()
    patience = time.monotonic() + 20
    while "DATA" not in mail_server.heard and time.monotonic() < patience:
        time.sleep(0.01)
    with app.app_context(), transaction() as db:
        for mail in db.scalars(select(OutboxMail)):
            outbox.acknowledge(db, mail.subject_id)
    sender.join()
    with app.app_context():
        assert session.scalars(select(OutboxMail)).all() == []


def _hears_when_told(worker: subprocess.Popen[str]) -> bool:
    """Whether it has begun: before, a signal to stop ends any process."""
    status = Path(f"/proc/{worker.pid}/status").read_text(encoding="ascii")
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.dear
def test_two_worker_processes_mail_the_alert_once_and_stop_when_told(
    app: Flask, database: str, resident: Resident, mail_server: MailServer
) -> None:
    send_report(resident, risk="yes")
    settings = app.extensions["settings"]
    given = {"PORTAL_DATABASE_URL": database, "PORTAL_SMTP_URL": mail_server.url}
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "portal", "worker"],
            env=operator_environment(settings.data, **given),
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        patience = time.monotonic() + 30
        while not (mail_server.mails and all(map(_hears_when_told, workers))) and time.monotonic() < patience:
            time.sleep(0.05)
        time.sleep(1)  # the other has looked by now
        assert len(mail_server.mails) == 1
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        said = sorted(worker.communicate(timeout=20)[1] for worker in workers)
        assert [worker.returncode for worker in workers] == [0, 0]
        assert said[0] == ""
        # On PostgreSQL whoever waits says nothing: it may be a machine that is there to take over.
        waits = "another worker is at work here: this one waits\n" if database.startswith("sqlite") else ""
        assert said[1].endswith(waits)
        assert said[1].count("\n") == waits.count("\n")
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()


@pytest.mark.same_on_both
def test_an_operator_is_told_what_is_wrong_with_the_mail_server(
    make_app: Callable[..., Flask], mail_server: MailServer
) -> None:
    mail_server.says = {"EHLO": "250-here\r\n250 AUTH PLAIN", "AUTH": "235 welcome"}
    with make_app(smtp_url=mail_server.url.replace("//", "//portal:secret@")).app_context():
        assert outbox.mail_server_problem() is None
        mail_server.says["AUTH"] = "535 no"
        assert outbox.mail_server_problem() == (
            "The mail server does not take the name and password in PORTAL_SMTP_URL."
        )
        mail_server.says["EHLO"] = "hang up"
        assert "does not answer as one" in (outbox.mail_server_problem() or "")


@contextlib.contextmanager
def by_tls(folder: Path, name: str, days: int) -> Iterator[str]:
    """The address of a mail server whose certificate is of a known authority, for this name, and ends in so many days."""
    key, now = ec.generate_private_key(ec.SECP256R1()), utcnow()
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "mail.pem"
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(certificate.public_bytes(Encoding.PEM) + plain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with MailServer() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"smtps://localhost:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("name", "days", "said"),
    [
        ("localhost", 60, None),
        ("localhost", 7, "certificate ends on"),
        ("localhost", -1, "certificate is not accepted: certificate has expired."),
        ("mail.example", 60, "certificate is not accepted: Hostname mismatch"),
        ("stranger", 60, "certificate is not accepted: self-signed certificate"),
    ],
)
def test_health_says_in_a_sentence_what_is_wrong_with_the_mail_servers_certificate(
    name: str,
    days: int,
    said: str | None,
    make_app: Callable[..., Flask],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with by_tls(tmp_path, name, days) as url:
        if name != "stranger":
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "mail.pem"))
        with make_app(smtp_url=url).app_context():
            found = [line for line in health.problems(live=True) if "mail server" in line]
    assert [said in line for line in found] == ([True] if said else []), found
