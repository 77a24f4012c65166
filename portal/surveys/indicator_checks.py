"""What a questionnaire says of its figures, checked: each mistake is one sentence with its place and its mend."""

from __future__ import annotations

from collections.abc import Sequence

from portal.partnership.toml_records import Wrong, known_codes
from portal.surveys.definition import Questionnaire
from portal.surveys.indicators import Base, Indicator

MAX_PRIMARY = 5
TAKES: dict[str, Sequence[str]] = {"any_of": ("single", "scale", "several")}
CHOSEN_ONCE = ("single", "scale")


def check_primary(questionnaire: Questionnaire) -> None:
    """Of many that are judged together none is clearly higher or lower any more."""
    if sum(indicator.primary for indicator in questionnaire.indicators) > MAX_PRIMARY:
        raise Wrong(f"indicators must have primary = true in {MAX_PRIMARY} at most; take it out of the others")


def check_indicator(questionnaire: Questionnaire, indicator: Indicator) -> None:
    at = f"indicators.{indicator.code}"
    if not indicator.questions:
        raise Wrong(f"{at}.questions must name at least one question")
    known_codes(indicator.questions, set(questionnaire.questions), f"{at}.questions", "the questionnaire")
    takes = TAKES.get(indicator.kind, CHOSEN_ONCE)
    for code in indicator.questions:
        question = questionnaire.questions[code]
        if question.type not in takes:
            raise Wrong(f"{at}.questions names {code}, of which one option is not chosen; use {_in_words(takes)}")
        options = _options(questionnaire, code)
        known_codes(indicator.left_out, options, f"{at}.left_out", code)
        if indicator.kind in ("share", "any_of"):
            known_codes(indicator.positive, options, f"{at}.positive", code)
        elif not indicator.points or set(indicator.points) | set(indicator.left_out) != options:
            raise Wrong(f"{at}.points must give points to each option of {code} that is not in left_out")
    _check_kind(indicator, at)
    if set(indicator.positive) & set(indicator.left_out) or set(indicator.points or ()) & set(indicator.left_out):
        raise Wrong(f"{at}.left_out holds an option that counts as well; take it out of one of them")
    if indicator.base is not None:
        check_base(questionnaire, indicator.base, f"{at}.base")
        if indicator.base.question in indicator.questions:
            raise Wrong(f"{at}.base.question is asked by the figure itself; name what does not count in left_out")
    _check_register(indicator, at)


def _check_kind(indicator: Indicator, at: str) -> None:
    match indicator.kind:
        case "share" | "any_of":
            if indicator.kind == "share" and len(indicator.questions) != 1:
                raise Wrong(f"{at}.questions must name one question; only a score adds up several")
            if not indicator.positive:
                raise Wrong(f"{at}.positive must hold at least one option")
            if indicator.points or indicator.at_least:
                raise Wrong(f"{at} has points or at_least, which go with the kind score only; take them out")
        case _ if indicator.positive:
            raise Wrong(f"{at}.positive goes with the kind share only; take it out")
        case "score":
            if indicator.at_least < 1:
                raise Wrong(f"{at}.at_least must be the points from which someone counts")
        case "mean":
            if len(indicator.questions) != 1:
                raise Wrong(f"{at}.questions must name one question; a mean of several would hide who is behind it")
            if len(set((indicator.points or {}).values())) < 2:
                raise Wrong(f"{at}.points must differ; an average of equal points says nothing")
            if indicator.at_least:
                raise Wrong(f"{at}.at_least goes with the kind score only; take it out")
            if indicator.primary:
                raise Wrong(f"{at}.primary does not go with a mean; judge a survey by shares of people")


def _check_register(indicator: Indicator, at: str) -> None:
    """A target, baseline or comparator that the figure can never reach is in another unit."""
    points = (indicator.points or {}).values()
    low, high = (min(points), max(points)) if indicator.kind == "mean" and points else (0, 100)
    unit = f"points from {low} to {high}" if indicator.kind == "mean" else "percent, from 0 to 100"
    for name in ("target", "baseline", "comparator"):
        found = getattr(indicator, name)
        if found is not None and not low <= found.value <= high:
            raise Wrong(f"{at}.{name}.value must be in the unit of the figure: {unit}")


def check_base(questionnaire: Questionnaire, base: Base, at: str) -> None:
    known_codes([base.question], set(questionnaire.questions), f"{at}.question", "the questionnaire")
    if questionnaire.questions[base.question].type not in CHOSEN_ONCE:
        raise Wrong(f"{at}.question names {base.question}, of which one option is not chosen; use single or scale")
    if not base.any_of:
        raise Wrong(f"{at}.any_of must hold at least one option of {base.question}")
    known_codes(base.any_of, _options(questionnaire, base.question), f"{at}.any_of", base.question)


def check_reporting_gap(questionnaire: Questionnaire) -> None:
    gap = questionnaire.reporting_gap
    if gap is None:
        return
    check_base(questionnaire, gap.faced, "reporting_gap.faced")
    _check_ticked(questionnaire, gap.told, "reporting_gap.told")
    if gap.why:
        _check_ticked(questionnaire, gap.why, "reporting_gap.why")
    options, seen = _options(questionnaire, gap.told), set[str]()
    for name in ("police", "organisations", "nobody"):
        found = getattr(gap, name)
        if not found:
            raise Wrong(f"reporting_gap.{name} must hold at least one option of {gap.told}")
        known_codes(found, options, f"reporting_gap.{name}", gap.told)
        if twice := sorted(seen & set(found)):
            raise Wrong(
                f"reporting_gap.{name} holds {twice[0]}, which another list holds too; take it out of one of them"
            )
        seen |= set(found)


def _check_ticked(questionnaire: Questionnaire, code: str, at: str) -> None:
    known_codes([code], set(questionnaire.questions), at, "the questionnaire")
    if questionnaire.questions[code].type != "several":
        raise Wrong(f"{at} names {code}, of which several options cannot be ticked; use several")


def _options(questionnaire: Questionnaire, code: str) -> set[str]:
    return {option.code for option in questionnaire.options_of(questionnaire.questions[code])}


def _in_words(types: Sequence[str]) -> str:
    return f"{', '.join(types[:-1])} or {types[-1]}"
