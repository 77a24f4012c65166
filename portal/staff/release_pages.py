"""What every page of one release says: the figures as the public would see them, what keeps them back, and what was done."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import abort
from flask_babel import gettext as _

from portal import audit
from portal.cohesion import services
from portal.cohesion.area_words import hidden_areas
from portal.cohesion.disclosure import Conflict
from portal.cohesion.finding_lists import count_showing
from portal.cohesion.flagged import Beside, read_flagged
from portal.cohesion.modelled_words import modelled_figures
from portal.cohesion.models import ReleaseState
from portal.cohesion.shown_figures import Figure, SurveyFigures
from portal.cohesion.weighting import MAX_WEIGHT, MIN_WEIGHT
from portal.cohesion.wording import reason_words, survey_figures
from portal.staff.access import officer
from portal.staff.models import Role
from portal.staff.result_words import errands
from portal.staff.signal_forms import SIGNALS


def state_words() -> dict[str, str]:
    return {
        ReleaseState.DRAFT: _("Draft: not public"),
        ReleaseState.PUBLISHED: _("Public"),
        ReleaseState.WITHDRAWN: _("Taken back"),
    }


def found_release(release_id: uuid.UUID) -> Any:
    return services.find_release(release_id) or abort(404)


def as_public(release: Any) -> SurveyFigures:
    """What the public would see, with this release in place of its wave's."""
    mine = services.as_published(release)
    wave = mine.document["wave"]
    others = [
        other
        for other in services.published_releases()
        if other.document["survey"] == mine.document["survey"] and other.document["wave"]["number"] < wave["number"]
    ]
    return survey_figures([mine, *others])[0]


@dataclass(frozen=True)
class Replaced:
    """A figure as it is public now and as it would be; empty where it is not shown."""

    title: Any
    before: str
    after: str

    @property
    def moves(self) -> bool:
        return self.before != self.after


def replaced_figures(release: Any, public: Any) -> list[Replaced]:
    """Each figure of the draft beside the public one of the same code, then those that would be gone."""
    now, then = ({figure.code: figure for figure in figures_of(as_public(each))} for each in (release, public))
    codes = dict.fromkeys((*now, *then))
    return [
        Replaced((now.get(code) or then[code]).title, _told(then.get(code)), _told(now.get(code))) for code in codes
    ]


def _told(figure: Figure | None) -> str:
    if figure is None or not figure.shown:
        return ""
    return _("%(percent)s (%(low)s to %(high)s)", percent=figure.now.percent, low=figure.now.low, high=figure.now.high)


def figures_of(survey: SurveyFigures) -> list[Figure]:
    return [figure for figure in (survey.lead, *survey.primary, *survey.others) if figure]


def shown(release: Any) -> dict[str, Any]:
    conflicts = services.conflicts_of(release) if release.state is ReleaseState.DRAFT else []
    survey = as_public(release)
    figures = figures_of(survey)
    compared = read_flagged(release.flagged)
    weighting = survey.weighting
    return {
        "release": release,
        "survey": survey,
        "figures": figures,
        "needs_second_person": release.state is ReleaseState.DRAFT
        and services.needs_second_person(release, officer().staff.name),
        "conflicts": [_conflict_words(conflict) for conflict in conflicts],
        "errands": errands(survey.heard) if survey.heard else [],
        "suppressed": [figure for figure in figures if not figure.shown],
        "unreliable": [figure for figure in figures if figure.shown and figure.now.unreliable],
        "is_uneven": bool(weighting) and not MIN_WEIGHT <= weighting["least"] <= weighting["most"] <= MAX_WEIGHT,
        "state_words": state_words(),
        "may_change": officer().may(Role.SURVEY_MANAGER),
        "left_out_words": [str(SIGNALS[signal]) for signal in survey.left_out_signals],
        "with_and_without": [(figure.title, compared.get(figure.code, Beside())) for figure in figures]
        if compared
        else [],
        "is_flagged_known": release.flagged is not None,
        "area_kept": {"moved": [], "regrouped": []} | release.exact.get("areas", {}),
        "hidden_by_area": hidden_areas(services.read_document(release.document), release.exact),
        "modelled": modelled_figures(services.read_document(release.document), release.modelled),
        "reason_words": reason_words(),
        "looks": audit.entries_about(str(release.id)),
        "pointed_at": count_showing(release.id),
    }


def _conflict_words(conflict: Conflict) -> str:
    named = {"figure": conflict.indicator, "question": conflict.indicator, "number": conflict.release}
    match conflict.what:
        case "answered":
            return _("The number of people who answered differs from release %(number)s by fewer than 10.", **named)
        case "hidden":
            return _("%(figure)s: release %(number)s hid an answer that this one shows.", **named)
        case "beside":
            return _(
                "%(figure)s: with another figure on the same question, in release %(number)s, it would tell of fewer than 10 people.",
                **named,
            )
        case "areas":
            return _(
                "%(figure)s: by group of parishes it differs from release %(number)s by fewer than 10 people. Draft again.",
                **named,
            )
        case "groups":
            return _(
                "%(figure)s by group: beside release %(number)s it would tell of fewer than 10 people. Draft it again.",
                **named,
            )
        case "coded":
            return _(
                "%(question)s: the coded words differ from release %(number)s by fewer than 10 people. Draft without them.",
                **named,
            )
        case _:
            return _("%(figure)s: differs from release %(number)s by fewer than 10 people.", **named)
