"""The question bank, surveys/bank/*.toml: official questions and figures that a survey names with `from` instead of copying them.

The words of a banked question are its own: whoever changes them asks another question, which begins a new series. So it is
with how a banked figure counts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from portal.languages.words import Words
from portal.package_data import folder
from portal.partnership.toml_records import FILLED, Wrong, distinct_codes, key, keys_of, known_codes, matching, record
from portal.questions.types import check_options, type_of
from portal.surveys.definition import CODE, Indicator, Question, Scale

FOLDER = folder("surveys") / "bank"
YEAR = matching(r"(\d{4}(/\d{2})?)?", 'be a year like "2021" or "2023/24", or empty where the source names none')
# What a survey may say of a question that it names: whom it asks.
OF_THE_SURVEY = ("only_if",)
# And of a figure: what is decided where the survey is.
OF_THE_FIGURE = ("primary", "owner", "target", "baseline", "least_base", "valid_from")


@dataclass(frozen=True, kw_only=True)
class BankQuestion(Question):
    """A question with where its words come from."""

    source: str = key(FILLED)
    year: str = key(YEAR)
    """Of the source."""
    intro: str = ""
    """Code of the beginning that this question ends: the page that asks it begins so."""


# What the bank says of a question beside what a survey has of it.
OF_THE_BANK = [name for name in keys_of(BankQuestion) if name not in keys_of(Question)]


@dataclass(frozen=True, kw_only=True)
class Intro:
    code: str = key(CODE)
    text: Words = field()


@dataclass(frozen=True, kw_only=True)
class BankFile:
    scales: tuple[Scale, ...] = ()
    intros: tuple[Intro, ...] = ()
    questions: tuple[BankQuestion, ...] = ()
    indicators: tuple[Indicator, ...] = ()


PARTS = tuple(keys_of(BankFile))


@dataclass(frozen=True)
class Bank:
    """Each part as TOML gave it, by code."""

    scales: Mapping[str, Mapping[str, Any]]
    intros: Mapping[str, Mapping[str, Any]]
    questions: Mapping[str, Mapping[str, Any]]
    indicators: Mapping[str, Mapping[str, Any]]

    def expand(self, content: dict[str, Any]) -> dict[str, Any]:
        """A survey's file with each question and figure that it names from the bank written out, and the scales these need.

        Raises Wrong. What is not shaped like a survey is left as it is, for the schema to refuse.
        """
        used: dict[str, Mapping[str, Any]] = {}
        figures = [self._figure(one) for one in _listed(content, "indicators")]
        content = content | {"indicators": figures} if figures else content
        pages = [self._page(page, used) for page in _listed(content, "pages")]
        if not used:
            return content
        scales = {q["scale"]: self.scales[q["scale"]] for q in used.values() if "scale" in q}
        for scale in _listed(content, "scales"):
            # A list, because what stands there may be anything.
            if isinstance(scale, dict) and scale.get("code") in [*scales]:
                raise Wrong(
                    f"scales.{scale['code']} comes from the question bank; take it out, or give yours another code"
                )
        return content | {"pages": pages, "scales": [*scales.values(), *_listed(content, "scales")]}

    def _page(self, page: Any, used: dict[str, Mapping[str, Any]]) -> Any:
        questions = _listed(page, "questions") if isinstance(page, dict) else []
        named = [one for one in questions if isinstance(one, dict) and "from" in one]
        if not named:
            return page
        at, begins = f"pages.{page.get('code', '')}", {"intro": page["intro"]} if "intro" in page else {}
        for asked in named:
            found = self._named(asked, f"{at}.questions")
            used[asked["from"]] = found
            intro = self.intros[found["intro"]]["text"] if "intro" in found else None
            if intro and begins.setdefault("intro", intro) != intro:
                raise Wrong(
                    f"{at}.intro is not how {asked['from']} begins; take it out, the question bank has it, "
                    "or ask that question on another page"
                )
        return page | begins | {"questions": [_asked(one, used) for one in questions]}

    def _figure(self, raw: Any) -> Any:
        if not isinstance(raw, dict) or "from" not in raw:
            return raw
        found = _banked(self.indicators, raw["from"], "indicators")
        for name in raw:
            if name not in ("from", *OF_THE_FIGURE):
                raise Wrong(
                    f"indicators.{raw['from']}.{name} does not go with from, which keeps how the question bank counts; "
                    "take it out, or write a figure of your own with another code, which begins a new series"
                )
        return {**found, **{name: value for name, value in raw.items() if name != "from"}}

    def _named(self, asked: Mapping[str, Any], at: str) -> Mapping[str, Any]:
        code = asked["from"]
        found = _banked(self.questions, code, at)
        for name in asked:
            if name not in ("from", *OF_THE_SURVEY):
                raise Wrong(
                    f"{at}.{code}.{name} does not go with from, which keeps the words and answers of the question bank; "
                    "take it out, or write a question of your own with another code, which begins a new series"
                )
        return found


def _banked(known: Mapping[str, Mapping[str, Any]], code: Any, at: str) -> Mapping[str, Any]:
    found = known.get(code) if isinstance(code, str) else None
    if found is None:
        near = get_close_matches(str(code), known, 1)
        perhaps = f", perhaps to {near[0]}" if near else ""
        raise Wrong(f"{at} names {code} from the question bank, which does not have it; mend the code{perhaps}")
    return found


def _listed(content: Mapping[str, Any], name: str) -> list[Any]:
    found = content.get(name)
    return found if isinstance(found, list) else []


def _asked(question: Any, used: Mapping[str, Mapping[str, Any]]) -> Any:
    if not isinstance(question, dict) or "from" not in question:
        return question
    kept = {name: value for name, value in used[question["from"]].items() if name not in OF_THE_BANK}
    return kept | {name: question[name] for name in OF_THE_SURVEY if name in question}


def read_bank(path: Path = FOLDER) -> Bank:
    """All files of the bank, checked, and read anew once one has changed. Raises Wrong, which names the file or the question."""
    files = tuple(sorted(path.glob("*.toml")))
    return _read(files, tuple(file.stat().st_mtime_ns for file in files))


@lru_cache(maxsize=4)
def _read(files: tuple[Path, ...], _changed_at: tuple[int, ...]) -> Bank:
    found: dict[str, dict[str, Any]] = {part: {} for part in PARTS}
    records: list[BankFile] = []
    for file in files:
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
            records.append(record(BankFile, content, ""))
            for part in PARTS:
                distinct_codes(part, [*getattr(records[-1], part), *(Known(code) for code in found[part])])
                found[part] |= {one["code"]: one for one in content.get(part, [])}
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, Wrong) as wrong:
            raise Wrong(f"the question bank is not fine: {file.name}: {wrong}") from None
    _check([one for each in records for one in each.scales], [q for each in records for q in each.questions], found)
    return Bank(**found)


@dataclass(frozen=True)
class Known:
    """A code that another file of the bank has."""

    code: str


def _check(scales: list[Scale], questions: list[BankQuestion], found: Mapping[str, Mapping[str, Any]]) -> None:
    for scale in scales:
        check_options(scale.options, f"the question bank: scales.{scale.code}.options")
    for question in questions:
        at = f"the question bank: questions.{question.code}"
        type_of(question).check(question, at)
        if question.only_if or question.variants:
            raise Wrong(f"{at} has only_if or variants; the survey that asks it says whom it asks, so take them out")
        if question.type == "scale":
            known_codes([question.scale], {*found["scales"]}, f"{at}.scale", "scales")
        if question.intro:
            known_codes([question.intro], {*found["intros"]}, f"{at}.intro", "intros")
