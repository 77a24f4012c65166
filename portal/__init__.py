"""The portal a Community Safety Partnership gives its residents."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

from flask import Flask, g
from flask.templating import Environment
from jinja2 import StrictUndefined
from sqlalchemy.orm import configure_mappers

from portal import db, read_copy
from portal.case_review import apply_pages, checker, figures_pages, panel_pages, procedures, yours
from portal.case_review import routes as case_review_routes
from portal.cohesion import data_pages, finding_pages
from portal.cohesion import views as cohesion_views
from portal.config import read_secrets, read_settings
from portal.events import (
    awareness_pages,
    calendar_pages,
    date_pages,
    feed_pages,
    feedback_pages,
    help_pages,
    paper_pages,
    picture_pages,
    proposing,
    proposing_afterwards,
    proposing_pictures,
    source_pages,
)
from portal.events import views as events_views
from portal.languages import i18n, sentences
from portal.languages.words import in_words
from portal.package_data import folder
from portal.partnership.awareness import load_own_or_shipped
from portal.partnership.file import current_partnership, load_or_create
from portal.questions.types import TYPES
from portal.reporting.pages import about_you, again, ask, check, choices, come_back, ending, nudge, sent, unsafe_places
from portal.reporting.pages import report as reporting_views
from portal.reporting.questions.check import check_file
from portal.staff import access as staff_access
from portal.staff import (
    account_pages,
    audit_log,
    board_reports,
    case_review_conflicts,
    case_review_panel,
    case_review_panel_people,
    case_review_panel_results,
    case_review_panel_seat,
    case_review_periods,
    case_reviews,
    casework,
    closing,
    coding,
    definitions,
    equality,
    event_afterwards,
    event_dates,
    event_help,
    event_pictures,
    event_planning,
    event_proposals,
    event_sources,
    events,
    exports,
    figure_choices,
    figure_register,
    finding,
    hand_over,
    holding,
    invitations,
    joining_pages,
    joke_looks,
    judging,
    keep_signed_in,
    large_exports,
    linking,
    marac,
    marac_items,
    marac_meetings,
    marac_moving,
    marac_refer,
    merging,
    monthly_return,
    noting,
    oidc_pages,
    overview,
    owning,
    paper,
    paper_questionnaires,
    paper_sheets,
    passkey_pages,
    people,
    printing,
    profile_activities,
    profiles,
    publishing,
    refer,
    referral,
    referred,
    release_publishing,
    releases,
    report_figures,
    results,
    second_looks,
    series,
    sign_in,
    states,
    survey_languages,
    tablets,
    take_report,
    ticked,
    translation,
    triage,
    trusted_groups,
    verdicts,
    wave_targets,
    waves,
    xlsforms,
    year_figures,
    you_said,
)
from portal.staff import unsafe_places as unsafe_places_counts
from portal.surveys import coming_back, kiosk_door, kiosk_pages, offline_pages
from portal.surveys import views as surveys_views
from portal.vault import sealing
from portal.vault.keyholders import is_demonstration
from portal.web import (
    assets,
    caching,
    cookies,
    errors,
    frame,
    keep_open,
    large_print,
    leaving,
    numbers,
    pages,
    published_log,
    security,
)

# Importing them puts their pages where they belong: under the residents' addresses, and behind the staff door.
RESIDENTS_PAGES = (
    check,
    come_back,
    choices,
    again,
    ending,
    nudge,
    about_you,
    sent,
    ask,
    unsafe_places,
    coming_back,
    offline_pages,
    calendar_pages,
    feed_pages,
    paper_pages,
    feedback_pages,
    proposing_afterwards,
    proposing_pictures,
    published_log,
    panel_pages,
    procedures,
    checker,
    figures_pages,
    apply_pages,
    yours,
)
STAFF_PAGES = (
    sign_in,
    keep_signed_in,
    noting,
    owning,
    printing,
    triage,
    finding,
    ticked,
    survey_languages,
    take_report,
    casework,
    case_review_conflicts,
    case_review_panel,
    case_review_panel_people,
    case_review_panel_results,
    case_review_panel_seat,
    states,
    closing,
    second_looks,
    joke_looks,
    verdicts,
    judging,
    linking,
    marac,
    marac_items,
    marac_meetings,
    marac_moving,
    marac_refer,
    merging,
    hand_over,
    people,
    joining_pages,
    account_pages,
    oidc_pages,
    passkey_pages,
    holding,
    series,
    translation,
    report_figures,
    monthly_return,
    definitions,
    equality,
    unsafe_places_counts,
    wave_targets,
    waves,
    xlsforms,
    invitations,
    paper,
    paper_questionnaires,
    paper_sheets,
    tablets,
    results,
    coding,
    exports,
    large_exports,
    publishing,
    refer,
    referral,
    referred,
    releases,
    release_publishing,
    figure_choices,
    figure_register,
    board_reports,
    profiles,
    profile_activities,
    overview,
    year_figures,
    you_said,
    events,
    event_dates,
    event_afterwards,
    event_help,
    event_planning,
    event_pictures,
    event_proposals,
    event_sources,
    trusted_groups,
    case_reviews,
    case_review_periods,
    audit_log,
)


class Templates(Environment):
    """Flask's templates, none of which is given words of its own that others do not see."""

    def make_globals(self, given: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """One dict for all: each import of macros compares it, which for Jinja's usual chain is a tenth of a page's work."""
        return super().make_globals(given) if given else self.globals


class Portal(Flask):
    """Flask, for an app in which nothing is asynchronous."""

    jinja_environment = Templates

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Of every view and of all that comes before and after it, on every request, Flask would ask whether it is."""
        return func


def create_app(
    *, spoken: tuple[i18n.Language, ...] = i18n.LANGUAGES, folders: tuple[Path, ...] = (), **overrides: Any
) -> Flask:
    """The application: settings, shared parts, features, the staff door.

    `overrides` are settings by name; `spoken` and `folders` add a language and its words, for tests.
    Raises SettingError or PartnershipError, each with one sentence for the operator.
    """
    settings = read_settings(**overrides)
    secrets = read_secrets(settings.data)
    partnership = load_or_create(settings.data, check_file)
    app = Portal(__name__, static_folder=None, template_folder=str(folder("templates")))
    app.extensions |= {"settings": settings, "secrets": secrets, "partnership": partnership}
    app.extensions["awareness"] = load_own_or_shipped(settings.data, {one.code for one in partnership.priorities})
    app.secret_key = sealing.derive(secrets.cookie, "csrf")
    app.session_interface = cookies.SealedCookies(sealing.derive(secrets.cookie, "cookie"), secure=settings.is_https)
    app.testing = settings.testing
    app.url_map.converters["int"] = numbers.Number
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals["question_types"] = TYPES
    app.jinja_env.filters["in_words"] = in_words
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    db.init_app(app, settings.database, settings.connections)
    read_copy.init_app(app, settings.database_read_url, settings.connections)
    i18n.init_app(app, spoken)
    large_print.init_app(app)
    sentences.init_app(app, (i18n.TRANSLATIONS, *folders))
    errors.init_app(app)
    leaving.init_app(app)
    kiosk_door.init_app(app)
    security.init_app(app, https=settings.is_https, embed_on=settings.embed_on)
    assets.init_app(app)
    frame.init_app(app)
    keep_open.init_app(app)
    caching.init_app(app)
    for part in (
        pages,
        reporting_views,
        surveys_views,
        kiosk_pages,
        events_views,
        date_pages,
        picture_pages,
        proposing,
        help_pages,
        source_pages,
        awareness_pages,
        cohesion_views,
        finding_pages,
        data_pages,
        case_review_routes,
        staff_access,
    ):
        app.register_blueprint(part.blueprint)

    @app.context_processor
    def place() -> dict[str, Any]:
        return {
            "partnership": current_partnership().localised(i18n.current_language().code),
            "demonstration": "failed" not in g and is_demonstration(),
        }

    # Now, or whoever comes first in each process would wait for it.
    configure_mappers()
    return app
