"""The register of figures: who answers for each, what it should reach, where it began, and what it may be held against."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template
from flask_babel import gettext as _

from portal.cohesion.register_words import how
from portal.cohesion.shown_figures import Said, said
from portal.languages.i18n import in_percent, in_tenths
from portal.staff.access import blueprint, only
from portal.staff.models import Role
from portal.surveys import versions, waves
from portal.surveys.definition import Questionnaire
from portal.surveys.indicators import Indicator


@dataclass(frozen=True)
class Value:
    """A value from somewhere. `is_checked`: whether somebody has read it in its source."""

    says: str
    source: str
    how: str
    is_checked: bool


@dataclass(frozen=True)
class Entry:
    """One figure of the newest published version of a survey; what is empty nobody has decided, or nobody knows."""

    title: Said
    kind: str
    is_primary: bool
    is_lower_better: bool
    source: str
    is_checked: bool
    """Whether somebody has read the words of all its questions in their source."""
    is_own: bool
    """Whether they are the partnership's own."""
    owner: str
    target: str
    baseline: Value | None
    comparator: Value | None
    least_base: int
    valid_from: str


@dataclass(frozen=True)
class Register:
    title: str
    version: int
    entries: tuple[Entry, ...]


@blueprint.get("/figures/register", endpoint="figure_register")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def figure_register() -> str:
    return render_template("staff/figure_register.html", registers=registers())


def registers() -> list[Register]:
    """Of each published survey that measures something, the primary figures first."""
    found = []
    for code in waves.survey_codes():
        version = versions.newest_version(code)
        if version is None:
            continue
        questionnaire = versions.instrument_of(version.id).questionnaire
        in_order = sorted(questionnaire.indicators, key=lambda one: not one.primary)
        if in_order:
            entries = tuple(_entry(questionnaire, one) for one in in_order)
            found.append(Register(said(questionnaire.title).text, version.number, entries))
    return found


def _entry(questionnaire: Questionnaire, indicator: Indicator) -> Entry:
    wordings = {questionnaire.questions[code].wording for code in indicator.questions}
    target, began, other = indicator.target, indicator.baseline, indicator.comparator
    return Entry(
        said(indicator.title),
        _kind(indicator),
        indicator.primary,
        indicator.better == "lower",
        indicator.source,
        wordings == {"verified"},
        wordings == {"own"},
        indicator.owner,
        _("%(value)s by the end of %(year)s", value=_value(indicator, target.value), year=target.year)
        if target
        else "",
        Value(
            _("%(value)s in %(when)s", value=_value(indicator, began.value), when=began.when),
            began.source,
            "",
            began.wording == "verified",
        )
        if began
        else None,
        Value(
            _(
                "%(area)s: %(value)s in %(when)s",
                area=said(other.area).text,
                value=_value(indicator, other.value),
                when=other.when,
            ),
            other.source,
            how(other.mode),
            other.wording == "verified",
        )
        if other
        else None,
        indicator.least_base,
        indicator.valid_from,
    )


def _kind(indicator: Indicator) -> str:
    kind = {
        "share": _("Share of people"),
        "any_of": _("Share of people, any of several questions"),
        "score": _("Share of people, by points"),
        "mean": _("Average points"),
    }[indicator.kind]
    return _("%(kind)s; only of some", kind=kind) if indicator.base else kind


def _value(indicator: Indicator, value: float) -> str:
    return in_tenths(value) if indicator.kind == "mean" else in_percent(value)
