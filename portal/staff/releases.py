"""Figures are drafted from a closed wave, looked at, and published by a person."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.cohesion import services
from portal.cohesion.disclosure import Conflict
from portal.cohesion.models import ReleaseState
from portal.cohesion.weighting import MAX_WEIGHT, MIN_WEIGHT, NotConverged
from portal.cohesion.wording import SurveyFigures, survey_figures
from portal.db import transaction
from portal.staff.access import blueprint, officer, only
from portal.staff.models import Role
from portal.staff.one_wave import cannot_be_worked_out
from portal.staff.signal_forms import SIGNALS
from portal.surveys import signals
from portal.surveys.answers import DamagedAnswers


def state_words() -> dict[str, str]:
    return {
        ReleaseState.DRAFT: _("Draft: not public"),
        ReleaseState.PUBLISHED: _("Public"),
        ReleaseState.WITHDRAWN: _("Taken back"),
    }


@blueprint.get("/figures", endpoint="releases")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def releases() -> str:
    return render_template(
        "staff/releases.html",
        waves=services.closed_waves(),
        state_words=state_words(),
        may_change=officer().may(Role.SURVEY_MANAGER),
    )


@blueprint.post("/figures/waves/<uuid:wave_id>", endpoint="draft_release")
@only(Role.SURVEY_MANAGER)
def draft_release(wave_id: uuid.UUID) -> Response:
    """With everybody's ticks and without coded words, unless it is chosen otherwise: see figure_choices."""
    leave_out = signals.known(request.form.getlist("leave_out"))
    try:
        with transaction() as db:
            coded = request.form.getlist("coded")
            release = services.draft_release(db, wave_id, officer().display_name, leave_out, coded)
            audit.record(db, officer().staff.name, Action.DRAFTED_RELEASE, str(release.id))
            if leave_out:
                without = f"{release.id} without {','.join(leave_out)}"
                audit.record(db, officer().staff.name, Action.DRAFTED_RELEASE, without)
    except services.WaveNotClosed:
        abort(404)
    except (NotConverged, DamagedAnswers) as problem:
        return cannot_be_worked_out(problem)
    return redirect(url_for(".release", release_id=release.id), 303)


def _found(release_id: uuid.UUID) -> Any:
    return services.find_release(release_id) or abort(404)


def _as_public(release: Any) -> SurveyFigures:
    """What the public would see, with this release in place of its wave's."""
    mine = services.as_published(release)
    wave = mine.document["wave"]
    others = [
        other
        for other in services.published_releases()
        if other.document["survey"] == mine.document["survey"] and other.document["wave"]["number"] < wave["number"]
    ]
    return survey_figures([mine, *others])[0]


@blueprint.get("/figures/<uuid:release_id>", endpoint="release")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def release(release_id: uuid.UUID) -> str:
    found = _found(release_id)
    return render_template("staff/release.html", **_shown(found))


def _shown(release: Any) -> dict[str, Any]:
    conflicts = services.conflicts_of(release) if release.state is ReleaseState.DRAFT else []
    survey = _as_public(release)
    figures = [figure for figure in (survey.lead, *survey.others) if figure]
    weighting = survey.weighting
    return {
        "release": release,
        "survey": survey,
        "figures": figures,
        "conflicts": [_conflict_words(conflict) for conflict in conflicts],
        "suppressed": [figure for figure in figures if not figure.shown],
        "unreliable": [figure for figure in figures if figure.shown and figure.now.unreliable],
        "is_uneven": bool(weighting) and not MIN_WEIGHT <= weighting["least"] <= weighting["most"] <= MAX_WEIGHT,
        "state_words": state_words(),
        "may_change": officer().may(Role.SURVEY_MANAGER),
        "left_out_words": [str(SIGNALS[signal]) for signal in survey.left_out_signals],
        "looks": audit.entries_about(str(release.id)),
    }


def _conflict_words(conflict: Conflict) -> str:
    match conflict.what:
        case "answered":
            return _(
                "The number of people who answered differs from release %(number)s by fewer than 10.",
                number=conflict.release,
            )
        case "hidden":
            return _(
                "%(figure)s: release %(number)s hid an answer that this one shows, or the other way round.",
                figure=conflict.indicator,
                number=conflict.release,
            )
        case "beside":
            return _(
                "%(figure)s: with another figure on the same question, in release %(number)s, it would tell of fewer than 10 people.",
                figure=conflict.indicator,
                number=conflict.release,
            )
        case "coded":
            return _(
                "%(question)s: the coded words differ from release %(number)s by fewer than 10 people. Draft without them.",
                question=conflict.indicator,
                number=conflict.release,
            )
        case _:
            return _(
                "%(figure)s: differs from release %(number)s by fewer than 10 people.",
                figure=conflict.indicator,
                number=conflict.release,
            )


@blueprint.route("/figures/<uuid:release_id>/publish", methods=["GET", "POST"], endpoint="publish_release")
@only(Role.SURVEY_MANAGER)
def publish_release(release_id: uuid.UUID) -> Any:
    return _confirmed(release_id, ReleaseState.DRAFT, "staff/release_publish.html", _publish)


def _publish(release_id: uuid.UUID) -> None:
    with transaction() as db:
        name = officer().staff.name
        replaced = services.publish_release(db, release_id, officer().display_name)
        audit.record(db, name, Action.PUBLISHED_RELEASE, str(release_id))
        if replaced is not None:
            audit.record(db, name, Action.WITHDREW_RELEASE, str(replaced.id))


@blueprint.route("/figures/<uuid:release_id>/withdraw", methods=["GET", "POST"], endpoint="withdraw_release")
@only(Role.SURVEY_MANAGER)
def withdraw_release(release_id: uuid.UUID) -> Any:
    return _confirmed(release_id, ReleaseState.PUBLISHED, "staff/release_withdraw.html", _withdraw)


def _withdraw(release_id: uuid.UUID) -> None:
    with transaction() as db:
        if services.withdraw_release(db, release_id):
            audit.record(db, officer().staff.name, Action.WITHDREW_RELEASE, str(release_id))


def _confirmed(release_id: uuid.UUID, expected: ReleaseState, template: str, act: Callable[[uuid.UUID], None]) -> Any:
    """Ask first. Where its state has changed meanwhile, or something blocks it, its own page says so."""
    found = _found(release_id)
    if found.state is expected:
        if request.method == "GET":
            shown = _shown(found)
            if not shown["conflicts"]:
                return render_template(template, **shown)
        else:
            with suppress(services.NotADraft, services.TellsTooMuch):
                act(release_id)
    return redirect(url_for(".release", release_id=release_id), 303)
