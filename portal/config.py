"""Every setting of the portal: its name, its default and its PORTAL_... variable; a bad one stops the start with one clear sentence."""

from __future__ import annotations

import ipaddress
import os
import re
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from secrets import token_bytes
from typing import Any
from urllib.parse import SplitResult, urlsplit

from flask import current_app
from nacl.pwhash import argon2id
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from portal import oidc_settings

# What hCaptcha publishes for trying it out.
CAPTCHA_TEST_KEY = re.compile(r"[123]0000000-ffff-ffff-ffff-00000000000[123]")
CAPTCHA_TEST_SECRET = re.compile(r"0x0+", re.IGNORECASE)
OWN_CAPTCHA_KEYS = "Set PORTAL_HCAPTCHA_SITEKEY and PORTAL_HCAPTCHA_SECRET to keys of your own: with hCaptcha's test keys everyone passes."

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingError(Exception):
    """A setting is missing, unknown or malformed; its text is one sentence for the operator."""


def _parts(value: str) -> SplitResult | None:
    """The parts of a web or mail server's address, or None where it has no host or an impossible port."""
    try:
        parts = urlsplit(value)
        _ = parts.port  # reading it is what checks it
    except ValueError:
        return None
    return parts if parts.hostname else None


def _path(value: str) -> Path:
    return Path(value).expanduser().resolve()


def _address(value: str) -> str:
    parts = _parts(value)
    if not parts or parts.scheme not in {"http", "https"} or parts.path not in {"", "/"} or parts.query:
        raise ValueError("an address like https://safer.example.org")
    return value.rstrip("/")


def _database(value: str) -> str:
    says = "sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
    if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError(says)
    try:
        make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError(says) from None
    return value


def _read_database(value: str) -> str:
    if value and not value.startswith("postgresql+psycopg://"):
        raise ValueError("postgresql+psycopg://USER@HOST/NAME, a copy that follows the one of PORTAL_DATABASE_URL")
    return _database(value) if value else value


def _bind(value: str) -> str:
    host, _, port = value.rpartition(":")
    is_number = port.isascii() and port.isdigit() and 0 < int(port) < 65536
    if not host or not is_number or host.startswith("[") != host.endswith("]"):
        raise ValueError("HOST:PORT, like 127.0.0.1:8000 or [::1]:8000")
    return value


def _count(value: str) -> int:
    if not (value.isascii() and value.isdigit()) or not 0 < int(value) <= 512:
        raise ValueError("a whole number from 1 to 512")
    return int(value)


def _switch(value: str) -> bool:
    if value.lower() not in {"yes", "no"}:
        raise ValueError("yes or no")
    return value.lower() == "yes"


def _networks(value: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip())
    except ValueError:
        raise ValueError("addresses or networks with commas between, like 10.0.0.0/8,127.0.0.1") from None


def _sites(value: str) -> tuple[str, ...]:
    """Each as a browser names it, for they go into a header: a scheme, a host, perhaps a port."""
    sites = tuple(dict.fromkeys(value.lower().split()))
    host = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
    if not all(_parts(site) and re.fullmatch(rf"https://{host}(\.{host})*(:[0-9]{{1,5}})?", site) for site in sites):
        raise ValueError("addresses with spaces between, like https://www.example.org https://council.example.org")
    return sites


def _mail_server(value: str) -> str:
    parts = _parts(value)
    if value and (not parts or parts.scheme not in {"smtp", "smtps"}):
        raise ValueError("smtp://USER:PASSWORD@HOST:PORT or smtps://...")
    return value


def _scanner(value: str) -> str:
    """Only on this machine: what residents add does not travel in the clear."""
    kind, _, place = value.partition(":")
    host, _, port = place.rpartition(":")
    is_port = port.isascii() and port.isdigit() and 0 < int(port) < 65536
    if value and not (
        (kind == "unix" and place.startswith("/")) or (kind == "tcp" and host in {"127.0.0.1", "[::1]"} and is_port)
    ):
        raise ValueError("unix:/run/clamav/clamd.ctl or tcp:127.0.0.1:3310, on this machine")
    return value


def _mail_address(value: str) -> str:
    if value and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+", value):
        raise ValueError("a mail address like portal@example.org")
    return value


def _backup_key(value: str) -> str:
    if value and not re.fullmatch(r"backup-public-[A-Za-z0-9_-]{43}", value):
        raise ValueError("the public key that `portal backup-key` shows; the private one stays away from this machine")
    return value


def _sitekey(value: str) -> str:
    if value and not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value):
        raise ValueError("a site key like 01234567-89ab-cdef-0123-456789abcdef")
    return value.lower()


def _captcha_secret(value: str) -> str:
    if value and not re.fullmatch(r"[!-~]{16,200}", value):
        raise ValueError("the secret that hCaptcha shows beside the site key, without spaces")
    return value


def setting(default: Any, read: Callable[[str], Any], says: str) -> Any:
    return field(default=default, metadata={"read": read, "says": says})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the operator may set. `says` is the line shown in the README's table."""

    data: Path = setting(
        Path("data").resolve(), _path, "Folder of the database, evidence, secrets and partnership file"
    )
    database_url: str = setting("", _database, "Database, in PostgreSQL or a file of SQLite")
    database_read_url: str = setting(
        "", _read_database, "A streaming replica, from which public pages are read while it is up to date"
    )
    public_url: str = setting("http://127.0.0.1:8000", _address, "Address that residents open")
    bind: str = setting("127.0.0.1:8000", _bind, "Where the server listens")
    workers: int = setting(2, _count, "Server processes")
    threads: int = setting(8, _count, "Threads in each server process")
    trusted_proxies: tuple[Network, ...] = setting((), _networks, "Proxies whose X-Forwarded-For is believed")
    access_log: bool = setting(False, _switch, "Log requests (never an address, a browser or a query)")
    smtp_url: str = setting("", _mail_server, "Mail server for alerts to the duty address, and for nudges")
    mail_from: str = setting("", _mail_address, "Sender of those alerts")
    nudge_from: str = setting(
        "", _mail_address, "Neutral sender of “there is something new” to reporters who ask for it"
    )
    audit_anchor: Path | None = setting(
        None, _path, "File on another host's disk that receives the audit log's daily head"
    )
    backup_key: str = setting("", _backup_key, "Public key to which backups are sealed, from `portal backup-key`")
    worker_key: Path | None = setting(
        None, _path, "File of the worker's own key, where the pages shall not be able to read it"
    )
    open311_keys: Path | None = setting(
        None, _path, "TOML file with the API keys of the desks that take reports by Open311, by the desk's code"
    )
    clamd: str = setting(
        "", _scanner, "Virus scanner on this machine that is asked about papers and recordings (ClamAV)"
    )
    embed_on: tuple[str, ...] = setting((), _sites, "Sites that may show the list of events within their own pages")
    hcaptcha_sitekey: str = setting("", _sitekey, "Site key of the bot check by hCaptcha")
    hcaptcha_secret: str = setting("", _captcha_secret, "Secret that belongs to that site key")
    oidc_issuer: str = setting("", oidc_settings.issuer, "Issuer of the accounts with which staff may sign in too")
    oidc_client_id: str = setting("", oidc_settings.client_id, "What that provider calls this portal")
    oidc_client_secret: str = setting("", oidc_settings.client_secret, "Secret that belongs to that client id")
    oidc_client_secret_file: Path | None = setting(None, _path, "File that holds that secret, in place of it")
    oidc_name: str = setting("", oidc_settings.name, "Whose accounts these are, as the button says it")
    oidc_second_factor: str = setting(
        "", oidc_settings.second_factor, "What that provider says when it asked for a second factor, like `amr=mfa`"
    )
    hcaptcha_verify_url: str = field(default="https://hcaptcha.com/siteverify")
    feeds_on_loopback: bool = field(default=False)
    feeds_within: float = field(default=15.0)
    testing: bool = field(default=False)
    password_ops: int = field(default=argon2id.OPSLIMIT_INTERACTIVE)
    password_memory: int = field(default=argon2id.MEMLIMIT_INTERACTIVE)

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data / 'portal.db'}"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def has_captcha_test_keys(self) -> bool:
        """With them everyone passes the bot check."""
        return bool(
            CAPTCHA_TEST_KEY.fullmatch(self.hcaptcha_sitekey) or CAPTCHA_TEST_SECRET.fullmatch(self.hcaptcha_secret)
        )

    @property
    def connections(self) -> int:
        """Threads of a server process that may ask the database at once."""
        return self.threads + upload_threads(self.threads)

    @property
    def is_loopback(self) -> bool:
        host = self.bind.rpartition(":")[0].strip("[]")
        return host == "localhost" or host.startswith("127.") or host == "::1"


def upload_threads(threads: int) -> int:
    """Threads that receive what is large, beside `threads` that answer pages."""
    return max(1, threads // 2)


OPERATOR_SETTINGS = {f"PORTAL_{f.name.upper()}": f for f in fields(Settings) if f.metadata}
FILE_SETTING = "PORTAL_SETTINGS"
# Read by the tests and the Makefile, not by the portal.
KNOWN_ELSEWHERE = {"PORTAL_TEST_POSTGRES", "PORTAL_TEST_CHROMIUM", "PORTAL_NO_SKIPS"}


def read_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Settings from PORTAL_... variables, or from the TOML file that PORTAL_SETTINGS names (variables win).

    Raises SettingError naming the setting that is unknown or malformed.
    """
    environ = os.environ if environ is None else environ
    given = _from_file(environ[FILE_SETTING]) if environ.get(FILE_SETTING) else {}
    given |= {
        name: value
        for name, value in environ.items()
        if name.startswith("PORTAL_") and name != FILE_SETTING and name not in KNOWN_ELSEWHERE
    }
    values: dict[str, Any] = {}
    for name, text in given.items():
        if name not in OPERATOR_SETTINGS:
            raise SettingError(f"{name} is not a setting of the portal; see the table in README.md.")
        known = OPERATOR_SETTINGS[name]
        try:
            values[known.name] = known.metadata["read"](text)
        except ValueError as problem:
            raise SettingError(f"{name} must be {problem}.") from None
    settings = Settings(**(values | overrides))
    _check_pair(settings)
    if settings.database_read_url and settings.database.startswith("sqlite"):
        raise SettingError(
            "PORTAL_DATABASE_READ_URL works only together with PORTAL_DATABASE_URL, and with PostgreSQL."
        )
    return settings


def _check_pair(settings: Settings) -> None:
    """Some settings work only together: with one of the bot check's keys nothing is checked, though it looks switched on."""
    given = {"PORTAL_HCAPTCHA_SITEKEY": settings.hcaptcha_sitekey, "PORTAL_HCAPTCHA_SECRET": settings.hcaptcha_secret}
    missing = [name for name, value in given.items() if not value]
    if len(missing) == 1:
        (set_one,) = given.keys() - missing
        raise SettingError(f"{missing[0]} is missing: {set_one} works only together with it.")
    if wrong := oidc_settings.mistake({name: getattr(settings, f.name) for name, f in OPERATOR_SETTINGS.items()}):
        raise SettingError(wrong)


def _from_file(name: str) -> dict[str, str]:
    try:
        content = tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except OSError:
        raise SettingError(f"{FILE_SETTING} names {name}, which cannot be read.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SettingError(f"{name} is not a TOML file: {problem}.") from None
    for key, value in content.items():
        if not isinstance(value, str):
            raise SettingError(f"{key} in {name} must be text in quotation marks.")
    return content


@dataclass(frozen=True)
class Secrets:
    """Random keys of this installation, kept outside the database: without them a copy of the database opens nothing.

    Each is 32 bytes. `cookie` seals cookies, `pepper` goes into every key that is derived from something a person holds.
    """

    cookie: bytes
    pepper: bytes


def settings() -> Settings:
    """The settings of the running portal."""
    found: Settings = current_app.extensions["settings"]
    return found


def secrets() -> Secrets:
    """The keys of the running portal."""
    found: Secrets = current_app.extensions["secrets"]
    return found


def read_secrets(data: Path) -> Secrets:
    """Open PORTAL_DATA/secrets, made with mode 0600 on the first start. Raises SettingError."""
    folder = data / "secrets"
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(exist_ok=True, mode=0o700)
        return Secrets(**{f.name: _read_or_draw(folder / f.name) for f in fields(Secrets)})
    except OSError as problem:
        raise SettingError(f"PORTAL_DATA: {problem.filename} cannot be written or read ({problem.strerror}).") from None


def _read_or_draw(path: Path) -> bytes:
    if not path.exists():
        # Whole or not there, also for a second process that starts in the same moment.
        handle, drawn = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(drawn, path)
        Path(drawn).unlink()
    key = path.read_bytes()
    if len(key) != 32:
        raise SettingError(f"{path} is damaged: it must hold 32 bytes; restore it from the backup.")
    return key
