"""Published figures as people read them: in their language, with the places of bars and dots computed for its direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from portal.cohesion.area_words import area_figures
from portal.cohesion.change_words import change_since_the_one_before, changes_beside, comparisons
from portal.cohesion.changes import public_figures
from portal.cohesion.disclosure import MIN_BASE, MIN_CELL
from portal.cohesion.group_words import figures_by_group, who_was_heard
from portal.cohesion.lapsed import lapsed_comparisons
from portal.cohesion.models import Reason
from portal.cohesion.register_words import elsewhere, gap_figures, mean_figures
from portal.cohesion.released_means import public_means
from portal.cohesion.selection import RANDOM, if_chosen
from portal.cohesion.services import Published
from portal.cohesion.shares import share_in_words
from portal.cohesion.shown_figures import Answer, CodedWords, Figure, Group, Row, Said, SurveyFigures
from portal.cohesion.shown_figures import said as _said
from portal.cohesion.shown_figures import span as _span
from portal.languages.i18n import (
    ENGLISH,
    current_language,
    in_hundredths,
    in_percent,
    month_name,
)
from portal.surveys.coding_books import OTHER


def survey_figures(releases: Sequence[Published]) -> list[SurveyFigures]:
    """One for each survey, from its newest wave; `releases` come newest first."""
    by_survey: dict[str, list[Published]] = {}
    for release in releases:
        by_survey.setdefault(release.document["survey"], []).append(release)
    return [_survey(of_one) for of_one in by_survey.values()]


def _survey(releases: Sequence[Published]) -> SurveyFigures:
    newest = releases[0]
    document, wave = newest.document, newest.document["wave"]
    figures = [_figure(indicator, releases) for indicator in document["indicators"]]
    shown = [figure for figure in figures if figure.shown]
    lead = next((figure for figure in shown if figure.is_primary), shown[0] if shown else None)
    rest = [figure for figure in figures if figure is not lead]
    recipe, is_weighted = document["recipe"], _is_weighted(document)
    return SurveyFigures(
        title=_said(document["title"]),
        wave=_wave_name(wave),
        opens_on=date.fromisoformat(wave["opens_on"]),
        closes_on=date.fromisoformat(wave["closes_on"]),
        answered=document["answered"],
        is_random=wave["sample_type"] == RANDOM,
        source=recipe["source"] if is_weighted else "",
        weighting=recipe["weighting"] if is_weighted else {},
        published_on=newest.published_on,
        hash=newest.hash,
        file_name=file_name(newest.hash),
        replaced=_reason(newest.reason),
        takes_place=newest.takes_place,
        lapsed=[
            (month_name(date.fromisoformat(one.closes_on)), one.is_taken_back)
            for one in lapsed_comparisons(document, [each.document for each in releases])
        ],
        lead=lead,
        primary=[figure for figure in rest if figure.is_primary],
        others=[figure for figure in rest if not figure.is_primary],
        is_tested_apart=any(figure.is_primary is not None for figure in figures),
        left_out=document.get("left_out", {}).get("count"),
        left_out_signals=document.get("left_out", {}).get("signals", ()),
        flagged=document.get("flagged"),
        is_flagged_known="flagged" in document,
        coded=[_coded(each) for each in document.get("coded", ())],
        scarce=_groups(recipe.get("weighting", {}).get("scarce", ())),
        short=_groups(recipe["weighting"].get("missed", ())) if is_weighted else (),
        gap=gap_figures(document),
        means=mean_figures(document, public_means(release.document for release in releases)),
        areas=area_figures(document),
        groups=figures_by_group(document),
        heard=who_was_heard(document),
    )


def _groups(listed: Sequence[Mapping[str, Any]]) -> list[Group]:
    """Without those that count for too much, and those that the questionnaire has no words for."""
    return [
        Group([_said(text) for text in each["texts"]], in_percent(each["wanted"]) if "wanted" in each else "")
        for each in listed
        if each["texts"] and each.get("is_short", True)
    ]


def survey_title(words: Mapping[str, str]) -> Said:
    return _said(words)


def file_name(check_number: str) -> str:
    """Under which a release's document is saved, and which the command that checks it names."""
    return f"figures-{check_number[:12]}.json"


def reason_words() -> dict[str, str]:
    """Why figures took the place of others, as staff choose it and the public reads it."""
    return {
        Reason.CHOICE: _("We chose again which answers count."),
        Reason.MISTAKE: _("We had made a mistake. It is mended."),
        Reason.METHOD: _("We work the figures out in a better way."),
        Reason.WORDS: _("We changed what we say of what people wrote."),
    }


def _reason(reason: Reason | None) -> str:
    return reason_words()[reason] if reason is not None else ""


def _coded(each: Mapping[str, Any]) -> CodedWords:
    return CodedWords(
        each["code"],
        _said(each["question"]),
        each["base"],
        each["both"],
        date.fromisoformat(each["counted_on"]),
        [
            (
                code_words(code),
                "" if code["percent"] is None else in_percent(code["percent"]),
                "" if code["kappa"] is None else in_hundredths(code["kappa"]),
            )
            for code in each["codes"]
        ],
    )


def code_words(code: Mapping[str, Any]) -> Said:
    """Labels are the analysts', in English; the fixed codes are said in the reader's language."""
    if code["label"]:
        return _said({ENGLISH: code["label"]})
    words = _("Something else") if code["code"] == OTHER else _("Nothing that could be grouped")
    return Said(words, current_language())


def _is_weighted(document: Mapping[str, Any]) -> bool:
    """Where too few people answered for any cell to stand alone, everyone counts the same."""
    weighting = document["recipe"].get("weighting", {})
    return bool(weighting) and weighting["least"] != weighting["most"]


def _figure(indicator: Mapping[str, Any], releases: Sequence[Published]) -> Figure:
    title, questions = _said(indicator["title"]), [_said(text) for text in indicator["questions"]]
    sentence, primary = _said(indicator["sentence"]), indicator.get("primary")
    if not indicator["shown"]:
        return Figure(
            indicator["code"], title, questions, False, sentence, [], enough=indicator["enough"], is_primary=primary,
            least_base=indicator.get("least_base", MIN_BASE), asked_of=_asked_of(indicator),
        )  # fmt: skip
    public = public_figures(release.document for release in releases)
    low, high = indicator["low"], indicator["high"]
    return Figure(
        indicator["code"],
        title,
        questions,
        True,
        sentence,
        rows=[_row(each, release) for release in releases if (each := _same(indicator, release)) is not None],
        is_score=indicator["kind"] == "score",
        in_words=share_in_words(indicator["percent"], is_whole=_is_whole(indicator["base"], releases[0])),
        change=change_since_the_one_before(indicator, public),
        changes=changes_beside(indicator, public),
        comparisons=comparisons(indicator, public),
        is_primary=primary,
        partly=indicator.get("partly", 0),
        left_out=[(_said(each["text"]), each["count"]) for each in indicator["left_out"]],
        answers=_answers(indicator["answers"]),
        sure=_span(0, low),
        unsure=_span(low, high),
        kind=indicator["kind"],
        elsewhere=elsewhere(indicator),
        asked_of=_asked_of(indicator),
    )


def _asked_of(indicator: Mapping[str, Any]) -> tuple[Said, Sequence[Said]] | None:
    found = indicator.get("asked_of")
    return (_said(found["question"]), [_said(text) for text in found["answers"]]) if found else None


def _is_whole(base: int, release: Published) -> bool:
    """Whether 0 and 100% are nobody and everybody: 5 people, the fewest whose share is shown, are not rounded away.

    Weighted they may be, or among 5,000, as shares are told to a tenth of a percent.
    """
    return base < MIN_CELL * 1000 and not _is_weighted(release.document)


def _same(indicator: Mapping[str, Any], release: Published) -> Mapping[str, Any] | None:
    """What this release shows of the same indicator, measured in the same way."""
    for each in release.document["indicators"]:
        if (each["code"], each["definition"]) == (indicator["code"], indicator["definition"]) and each["shown"]:
            found: Mapping[str, Any] = each
            return found
    return None


def _row(indicator: Mapping[str, Any], release: Published) -> Row:
    percent, low, high = indicator["percent"], indicator["low"], indicator["high"]
    is_random = release.document["wave"]["sample_type"] == RANDOM
    # Worked out here, so that a release of before it was kept says it too.
    chosen = None if is_random else if_chosen(percent, indicator["base"])
    return Row(
        wave=_wave_name(release.document["wave"]),
        percent=in_percent(percent),
        low=in_percent(low),
        high=in_percent(high),
        base=indicator["base"],
        unreliable=indicator["unreliable"],
        dot=_span(percent, percent).start,
        line=_span(low, high),
        is_random=is_random,
        if_more=in_percent(chosen["low"]) if chosen else "",
        if_less=in_percent(chosen["high"]) if chosen else "",
    )


def _answers(answers: Sequence[Mapping[str, Any]]) -> list[Answer]:
    last_other = max((place for place, each in enumerate(answers) if not each["positive"]), default=None)
    seen: set[bool] = set()
    found = []
    for place, each in enumerate(answers):
        positive = each["positive"]
        is_strong = positive not in seen if positive else place == last_other
        seen.add(positive)
        found.append(
            Answer(
                _said(each["text"]),
                "" if each["percent"] is None else in_percent(each["percent"]),
                _span(0, each["percent"] or 0),
                f"{'yes' if positive else 'no'}-{'strong' if is_strong else 'mild'}",
            )
        )
    return found


def _wave_name(wave: Mapping[str, Any]) -> str:
    return month_name(date.fromisoformat(wave["closes_on"]))
