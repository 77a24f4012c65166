"""One row of an XLSForm as a question of ours: its type, its options, its bounds; and why a row has no counterpart."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from portal.languages.i18n import ENGLISH
from portal.languages.words import Words
from portal.questions.question import missing_of
from portal.questions.types import MAX_OPTIONS, MIN_OPTIONS
from portal.questions.types.age_band import AGE_BANDS
from portal.questions.types.points import MAX_POINTS
from portal.surveys.definition import Option
from portal.surveys.xlsform_conditions import Node, NotTranslated, parsed
from portal.surveys.xlsform_opening import Row
from portal.surveys.xlsform_words import Findings, Texts, legal_code
from portal.surveys.xlsform_writing import PLACES, is_every_band

MAX_NUMBER = 1_000_000
_SELECT = re.compile(
    r"(?:add )?(?P<how>select[_ ]one|select1|select[_ ]multiple|select all that apply|rank)"
    r"(?: prompt using| from)? +(?P<list>\S+)(?P<other> +(?:or[_ ]other|or specify other))?",
    re.IGNORECASE,
)
# Many forms give these numbers for codes, such as -99.
_NO_ANSWER = {
    "dont_know": re.compile(r"(i )?(don't|do not|dont) know|not sure|unsure"),
    "not_said": re.compile(r"(i )?(would )?(prefer|rather) not (to )?(say|answer)|refused?( to answer)?"),
}
_PLACE = "a position on a map tells where somebody is; ask with the type place instead"
_ON_THE_DEVICE = "what a device tells of itself is never kept here"
_NO_FILES = "a survey takes no pictures, sounds or files here"
NO_COUNTERPART = {
    **dict.fromkeys(("geopoint", "geotrace", "geoshape", "start-geopoint", "location"), _PLACE),
    **dict.fromkeys(
        ("start", "end", "today", "deviceid", "subscriberid", "simserial", "phonenumber", "username", "email", "audit",
         "imei", "background-audio", "background-geopoint", "device_id", "start_time", "end_time"),
        _ON_THE_DEVICE,
    ),
    **dict.fromkeys(("image", "photo", "audio", "video", "file", "barcode", "signature", "annotate", "draw"), _NO_FILES),
    **dict.fromkeys(("calculate", "calculation", "hidden"), "nothing is calculated here while somebody answers"),
    "acknowledge": "nobody has to confirm anything here",
    "trigger": "nobody has to confirm anything here",
    **dict.fromkeys(("time", "datetime", "date_time"), "a time of day is not asked here; ask for a date"),
    "csv-external": "options from another file are not read", "xml-external": "options from another file are not read",
    "osm": _PLACE,
}  # fmt: skip


class NoCounterpart(Exception):
    """Why a row is left out."""


@dataclass(frozen=True)
class Choices:
    """A list of options: each name there with its code here, and each code's words."""

    codes: dict[str, str]
    words: dict[str, dict[str, str]]


@dataclass
class Drafted:
    """A question as a file has it, by its keys. `packed`: how its answers are kept; `options`: names there to codes here."""

    values: dict[str, Any]
    packed: str
    options: dict[str, str] = field(default_factory=dict)
    list_name: str = ""


class Lists:
    """The lists of the sheet choices; one is read when a question uses it."""

    def __init__(self, rows: list[Row], texts: Texts, findings: Findings) -> None:
        self.texts, self.findings = texts, findings
        self._rows: dict[str, list[tuple[int, Row]]] = {}
        self._read: dict[str, Choices] = {}
        for number, row in enumerate(rows, 2):
            if name := row.get("list_name", "").strip():
                self._rows.setdefault(name, []).append((number, row))

    def __getitem__(self, name: str) -> Choices:
        """Raises NoCounterpart where there is none."""
        if name not in self._rows:
            raise NoCounterpart(f"the list {name} is not in the sheet choices")
        if name not in self._read:
            self._read[name] = self._choices(self._rows[name])
        return self._read[name]

    def unused(self) -> list[str]:
        return [name for name in self._rows if name not in self._read and name != PLACES]

    def _choices(self, rows: list[tuple[int, Row]]) -> Choices:
        known = Choices({}, {})
        for number, row in rows:
            option = (row.get("name") or row.get("value") or "").strip()
            if not option or option in known.codes:
                why = "the list has this name twice: the second" if option else "an option without a name"
                self.findings.say(number, option, f"{why} is left out", "choices")
                continue
            code = legal_code(option, known.words, first="")
            if code != option:
                self.findings.say(number, option, f"the code here is {code}", "choices")
            known.codes[option] = code
            known.words[code] = self.texts.words(row, "label", number, "choices") or {ENGLISH: option}
            for column in row:
                if column not in ("list_name", "name", "value", "label") and not column.startswith("label::"):
                    self.findings.say(number, "", f"the column {column} is left out", "choices")
        return known


@dataclass
class Questions:
    """Rows made into questions."""

    texts: Texts
    findings: Findings
    lists: Lists
    scales: dict[str, str] = field(default_factory=dict)
    """The lists that are scales here, by their names there."""

    def drafted(self, row: Row, number: int, *, in_grid: bool = False) -> Drafted:
        """The question without its code and without whom it is asked. Raises NoCounterpart."""
        kind, look = row.get("type", "").strip(), row.get("appearance", "").lower().split()
        if found := _SELECT.fullmatch(kind):
            made = self._select(found, look, row, number, in_grid=in_grid)
        else:
            made = self._typed(kind.lower(), look, row, number)
        words = self.texts.words(row, "label", number)
        hint = self.texts.words(row, "hint", number) if "hint" not in made.values else made.values.pop("hint")
        if not words:
            self._say(number, row, "it has no words: its hint or its name stands in their place")
            words, hint = hint or {ENGLISH: row.get("name", "")}, {}
        made.values = {"type": made.values.pop("type"), "text": words} | ({"hint": hint} if hint else {}) | made.values
        return made

    def _say(self, number: int, row: Row, says: str) -> None:
        self.findings.say(number, row.get("name", ""), says)

    def _typed(self, kind: str, look: list[str], row: Row, number: int) -> Drafted:
        match kind:
            case "text" | "string":
                written = "long_text" if "multiline" in look else "short_text"
                return Drafted({"type": written}, "")
            case "integer" | "int" | "decimal":
                if kind == "decimal":
                    self._say(number, row, "only whole numbers are asked here")
                return self._number(row, number)
            case "range":
                return self._range(row, number)
            case "date":
                return self._date(look, row, number)
        if kind.startswith(("select", "rank")):
            raise NoCounterpart("options from another file, or of no list, are not read")
        raise NoCounterpart(NO_COUNTERPART.get(kind, f"the type {kind[:40]} is not known here"))

    def _select(self, found: re.Match[str], look: list[str], row: Row, number: int, *, in_grid: bool) -> Drafted:
        how, name = found["how"].lower().replace(" ", "_"), found["list"]
        if "label" in look:
            raise NoCounterpart("a row that only shows the options above others is not needed")
        if name == PLACES:
            self._say(number, row, "the places are those of this partnership, whatever the list holds")
            return Drafted({"type": "place"}, "one")
        choices = self.lists[name]
        if row.get("choice_filter"):
            self._say(number, row, "choice_filter is left out: every option is offered to everyone")
        packed = {"rank": "ranking"}.get(
            how, "several" if how in ("select_multiple", "select_all_that_apply") else "one"
        )
        is_scale = packed == "one" and (in_grid or "likert" in look or "list-nolabel" in look)
        kind = {"ranking": "ranking", "several": "several"}.get(packed, "scale" if is_scale else "single")
        if kind == "single" and {"minimal", "autocomplete", "search", "quick"} & {*look}:
            kind = "list"
        values: dict[str, Any] = {"type": kind}
        codes = dict(choices.codes)
        if is_scale:
            self._enough([*codes.values()])
            if name not in self.scales:
                self.scales[name] = legal_code(name, self.scales.values())
                if apart := stand_apart([{"code": code, "text": words} for code, words in choices.words.items()]):
                    self._say(
                        number, row, f"{', '.join(apart)} stands apart from the others, as its code or its words say"
                    )
                if self.scales[name] != name:
                    self._say(number, row, f"the list {name} is the scale {self.scales[name]} here")
            values["scale"] = self.scales[name]
            return Drafted(values, packed, codes, name)
        options = [{"code": code, "text": choices.words[code]} for code in codes.values()]
        if found["other"]:
            self._say(number, row, "“Other” is an option here; to let people write what, ask a question after it")
            code = legal_code("other", codes.values(), first="")
            options.append({"code": code, "text": {ENGLISH: "Other"}})
            codes["other"] = code
        if kind == "single" and is_every_band([*codes.values()]):
            values["type"] = "age_band"
            options = options[len(AGE_BANDS) :]
            self._say(number, row, "the age bands come by themselves, in the portal's words")
        else:
            self._enough([*codes.values()])
        if packed != "ranking" and (apart := stand_apart(options)):
            self._say(number, row, f"{', '.join(apart)} stands apart from the others, as its code or its words say")
        if "randomize=true" in row.get("parameters", "").replace(" ", "").lower() and values["type"] != "age_band":
            values["shuffle"] = True
        if packed == "several":
            self._ticks(row, number, values, options, codes)
        elif row.get("constraint"):
            self._not_held(row, number)
        if options:
            values["options"] = options
        return Drafted(values, packed, codes, name)

    def _enough(self, codes: list[str]) -> None:
        if not MIN_OPTIONS <= len(codes) <= MAX_OPTIONS:
            raise NoCounterpart(f"it has {len(codes)} options; a question here has {MIN_OPTIONS} to {MAX_OPTIONS}")

    def _not_held(self, row: Row, number: int) -> None:
        self._say(number, row, f"the constraint “{row['constraint'][:200]}” is left out")

    def _ticks(
        self, row: Row, number: int, values: dict[str, Any], options: list[dict[str, Any]], codes: dict[str, str]
    ) -> None:
        """How many may be ticked, and what excludes the others."""
        try:
            for part in _parts(row.get("constraint", "")):
                match part:
                    case Node("compare", "<=" | "<" as sign, (Node("call", "count-selected", (Node("ref", "."),)), Node("number", most))):  # fmt: skip
                        values["most"] = int(most) - (sign == "<")
                    case Node("call", "not", (Node("and", _, (Node("call", "selected", (Node("ref", "."), Node("text", name))), Node("compare", ">", (Node("call", "count-selected", (Node("ref", "."),)), Node("number", "1"))))),)):  # fmt: skip
                        next(option for option in options if option["code"] == codes[name])["alone"] = True
                    case _:
                        raise NotTranslated("has no counterpart")
        except (NotTranslated, KeyError, ValueError):
            self._not_held(row, number)

    def _number(self, row: Row, number: int) -> Drafted:
        least, most = 0, MAX_NUMBER
        try:
            for part in _parts(row.get("constraint", "")):
                match part:
                    case Node("compare", sign, (Node("ref", "."), Node("number", bound))) if bound.isdecimal():
                        match sign:
                            case ">=" | ">":
                                least = max(least, int(bound) + (sign == ">"))
                            case "<=" | "<":
                                most = min(most, int(bound) - (sign == "<"))
                            case _:
                                raise NotTranslated("has no counterpart")
                    case _:
                        raise NotTranslated("has no counterpart")
            if least >= most:
                raise NotTranslated("leaves no number")
        except NotTranslated:
            least, most = 0, MAX_NUMBER
            self._not_held(row, number)
        if (least, most) == (0, MAX_NUMBER):
            self._say(number, row, f"it has no bounds: numbers from 0 to {MAX_NUMBER} fit")
        return Drafted({"type": "number", "least": least, "most": most}, "number")

    def _range(self, row: Row, number: int) -> Drafted:
        given = dict(re.findall(r"(start|end|step)\s*=\s*([0-9.-]+)", row.get("parameters", "")))
        ends = (given.get("start", "1"), given.get("end", "10"), given.get("step", "1"))
        if not all(one.isdecimal() for one in ends) or not int(ends[0]) < int(ends[1]) <= MAX_NUMBER:
            raise NoCounterpart("a range here has whole numbers from 0 on")
        least, most = int(ends[0]), int(ends[1])
        if ends[2] != "1" or most - least >= MAX_POINTS:
            self._say(number, row, f"the number is typed: points here are {MAX_POINTS} at most, one apart")
            return Drafted({"type": "number", "least": least, "most": most}, "number")
        hint = self.texts.words(row, "hint", number)
        meanings: tuple[dict[str, str], dict[str, str]] = ({}, {})
        for code, text in [*hint.items()]:
            if found := re.search(rf"(?:^|\n){least} = (.+); {most} = (.+)\Z", text):
                meanings[0][code], meanings[1][code] = found[1], found[2]
                hint[code] = text[: found.start()]
        hint = hint if hint.get(ENGLISH) else {}
        if ENGLISH not in meanings[0]:
            self._say(number, row, f"say in ends what {least} and {most} mean: until then the numbers stand there")
            meanings = ({ENGLISH: str(least)}, {ENGLISH: str(most)})
        values = {"type": "points", "least": least, "most": most, "ends": [*meanings], "hint": hint}
        return Drafted(values, "number")

    def _date(self, look: list[str], row: Row, number: int) -> Drafted:
        values: dict[str, Any] = {"type": "date"}
        if {"month-year", "year"} & {*look}:
            values["grain"] = "month"
        try:
            for part in _parts(row.get("constraint", "")):
                match part:
                    case Node("compare", ">=" | "<=" as sign, (Node("ref", "."), day)):
                        values["earliest" if sign == ">=" else "latest"] = _day(day)
                    case _:
                        raise NotTranslated("has no counterpart")
        except NotTranslated:
            self._not_held(row, number)
        return Drafted(values, "date")


def stand_apart(options: list[dict[str, Any]]) -> list[str]:
    """Put what is no answer, as its code or its English words say, below the others; returns these codes."""
    found = []
    for option in options:
        if not missing_of(Option(code=option["code"], text=Words(option["text"]))):
            words = option["text"].get(ENGLISH, "").replace("’", "'").strip(" .").casefold()
            kind = next((kind for kind, pattern in _NO_ANSWER.items() if pattern.fullmatch(words)), "")
            if not kind:
                continue
            option["missing"] = kind
        option["apart"] = True
        found.append(option["code"])
    return found


def _parts(constraint: str) -> list[Node]:
    """What must all hold. Raises NotTranslated."""
    if not constraint.strip():
        return []
    return _unfolded(parsed(constraint))


def _unfolded(node: Node) -> list[Node]:
    match node:
        case Node("group", _, (part,)):
            return _unfolded(part)
        case Node("and", _, parts):
            return [one for part in parts for one in _unfolded(part)]
    return [node]


def _day(node: Node) -> str:
    match node:
        case Node("call", "today", ()):
            return "today"
        case Node("plus" | "minus" as kind, _, (Node("call", "today", ()), Node("number", days))) if days.isdecimal():
            return f"today{'+' if kind == 'plus' else '-'}{days}"
        case Node("call", "date", (Node("text", day),)) if re.fullmatch(r"\d{4}-\d\d-\d\d", day, re.ASCII):
            return day
    raise NotTranslated("has no counterpart")
