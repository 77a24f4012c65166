"""The portal a Community Safety Partnership gives its residents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, g
from jinja2 import StrictUndefined

from portal import assets, caching, cookies, db, errors, i18n, pages, sealing, security, vault
from portal.cohesion import views as cohesion_views
from portal.config import OWN_CAPTCHA_KEYS, Secrets, Settings, read_secrets, read_settings
from portal.events import views as events_views
from portal.partnership import Partnership, load_or_create
from portal.reporting import about_you, returning, risk, sent
from portal.reporting import views as reporting_views
from portal.staff import access as staff_access
from portal.staff import (
    casework,
    equality,
    moderation,
    releases,
    results,
    sign_in,
    taking,
    translation,
    triage,
    waves,
)
from portal.surveys import views as surveys_views

# Importing them puts their pages where they belong: under the residents' addresses, and behind the staff door.
RESIDENTS_PAGES = (returning, about_you, sent)
STAFF_PAGES = (sign_in, triage, taking, casework, translation, equality, waves, results, releases, moderation)

ROOT = Path(__file__).parent.parent


@dataclass
class Portal:
    """What the parts of one installation share."""

    settings: Settings
    secrets: Secrets
    partnership: Partnership
    _mode: vault.Mode | None = None

    @property
    def has_vault(self) -> bool:
        return self.mode is not None

    @property
    def is_demonstration(self) -> bool:
        """Until a live vault is there."""
        return self.mode is not vault.Mode.LIVE

    @property
    def mode(self) -> vault.Mode | None:
        """What a vault was born as it stays, so it is looked up once."""
        if self._mode is None:
            found = vault.find_vault()
            self._mode = found.mode if found else None
        return self._mode

    @property
    def takes_reports(self) -> bool:
        """A live installation that lacks something shows who can help instead of the form."""
        return self.has_vault and (self.is_demonstration or not self.missing_for_live())

    def missing_for_live(self) -> list[str]:
        """What still keeps a live installation from taking reports, one sentence each."""
        missing = self.partnership.missing_for_live()
        if not self.settings.is_https:
            missing.append("Set PORTAL_PUBLIC_URL to the https:// address that residents open.")
        if not self.settings.trusted_proxies:
            missing.append("Set PORTAL_TRUSTED_PROXIES to the server in front: without it all visitors count as one.")
        if not self.settings.smtp_url:
            missing.append("Set PORTAL_SMTP_URL to the mail server that carries alerts to the duty address.")
        if self.settings.has_captcha_test_keys:
            missing.append(OWN_CAPTCHA_KEYS)
        return missing


def create_app(
    *, spoken: tuple[i18n.Language, ...] = i18n.LANGUAGES, folders: tuple[Path, ...] = (), **overrides: Any
) -> Flask:
    """The application: settings, shared parts, features, the staff door.

    `overrides` are settings by name; `spoken` and `folders` add a language and its words, for tests.
    Raises SettingError or PartnershipError, each with one sentence for the operator.
    """
    settings = read_settings(**overrides)
    portal = Portal(settings, read_secrets(settings.data), load_or_create(settings.data, risk.check_answers))
    app = Flask(__name__, static_folder=None, template_folder=str(ROOT / "templates"))
    app.extensions["portal"] = portal
    app.secret_key = sealing.derive(portal.secrets.cookie, "csrf")
    app.session_interface = cookies.SealedCookies(
        sealing.derive(portal.secrets.cookie, "cookie"), secure=settings.is_https
    )
    app.testing = settings.testing
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    db.init_app(app, settings.database, settings.threads)
    i18n.init_app(app, spoken, (i18n.TRANSLATIONS, *folders))
    security.init_app(app, https=settings.is_https)
    assets.init_app(app)
    caching.init_app(app)
    errors.init_app(app)
    for part in (pages, reporting_views, surveys_views, events_views, cohesion_views, staff_access):
        app.register_blueprint(part.blueprint)

    @app.context_processor
    def place() -> dict[str, Any]:
        return {
            "partnership": portal.partnership.localised(i18n.current_language().code),
            "demonstration": "failed" not in g and portal.is_demonstration,
        }

    return app
