"""What stands in the cells of an XLSForm: its languages, its words in each of them, and names as legal codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from portal.languages.i18n import ENGLISH, LANGUAGES
from portal.surveys.expression_parser import RESERVED
from portal.surveys.xlsform_opening import Row
from portal.surveys.xlsform_writing import NOT_A_REFERENCE
from portal.text import plain

MAX_CODE = 40
_NAMES = {"polish": "pl", "romanian": "ro", "urdu": "ur"} | {one.name.casefold(): one.code for one in LANGUAGES}
_TAG = re.compile(r"\(\s*([A-Za-z]{2,3})(?:-[A-Za-z0-9-]+)?\s*\)\s*$")
_REFERENCE = re.compile(r"\$\{[^{}]*\}")
# A word that would mean something else in a condition.
_NO_CODE = RESERVED | {"to"}


@dataclass(frozen=True)
class Finding:
    """What was made of the form otherwise than it says. `rows`: of the sheet survey, or of `sheet`."""

    rows: tuple[int, ...]
    name: str
    says: str
    sheet: str = "survey"

    @property
    def listed(self) -> str:
        """The rows as people write them, those behind each other as a range."""
        parts: list[list[int]] = []
        for row in self.rows:
            if parts and row == parts[-1][-1] + 1:
                parts[-1].append(row)
            else:
                parts.append([row])
        return ", ".join(f"{one[0]}–{one[-1]}" if len(one) > 2 else ", ".join(map(str, one)) for one in parts)

    def __str__(self) -> str:
        where = self.name
        if self.rows:
            where = f"{'row' if len(self.rows) == 1 else 'rows'} {self.listed}" + (
                f", {self.name}" if self.name else ""
            )
            where = where if self.sheet == "survey" else f"{self.sheet}, {where}"
        return f"{where}: {self.says}" if where else self.says


@dataclass
class Findings:
    """In the order of the rows; what is said of several is said once, with their numbers and names."""

    _found: dict[tuple[str, str], tuple[dict[int, None], dict[str, None]]] = field(default_factory=dict)

    def say(self, row: int, name: str, says: str, sheet: str = "survey") -> None:
        rows, names = self._found.setdefault((sheet, says), ({}, {}))
        if row:
            rows[row] = None
        if name:
            names[name] = None

    def all(self) -> list[Finding]:
        found = [
            Finding(tuple(sorted(rows)), ", ".join(names), says, sheet)
            for (sheet, says), (rows, names) in self._found.items()
        ]
        return sorted(found, key=lambda one: (one.rows[:1] or (0,), one.sheet))


def language_of_column(name: str, default: str) -> str | None:
    """The portal's code of the language after `::`; `default` of a column without one; None of a language it has not."""
    _, colon, written = name.partition("::")
    if not colon:
        return default
    tag = _TAG.search(written)
    code = (tag[1] if tag else written).strip().casefold()
    code = _NAMES.get(code, code.partition("-")[0])
    return code if code in {one.code for one in LANGUAGES} else None


@dataclass
class Texts:
    """The words of rows. `default`: the language of columns that name none."""

    findings: Findings
    default: str
    _unknown: set[str] = field(default_factory=set)

    def words(self, row: Row, column: str, number: int, sheet: str = "survey") -> dict[str, str]:
        """In each language, English first and always there; empty where nothing is written."""
        found: dict[str, str] = {}
        for name, text in row.items():
            if name != column and not name.startswith(f"{column}::"):
                continue
            code = language_of_column(name, self.default)
            if code is None:
                self._say_unknown(name)
            elif said := self._text(text, number, sheet):
                found.setdefault(code, said)
        if found and ENGLISH not in found:
            code, said = next(iter(found.items()))
            self.findings.say(number, "", f"there is no English: the words in {code} stand in its place", sheet)
            found[ENGLISH] = said
        return {one.code: found[one.code] for one in LANGUAGES if one.code in found}

    def _say_unknown(self, column: str) -> None:
        if column not in self._unknown:
            self._unknown.add(column)
            self.findings.say(0, "", f"the column {column} is left out: the portal does not have this language")

    def _text(self, text: str, number: int, sheet: str) -> str:
        said = _REFERENCE.sub("…", text)
        if said != text:
            self.findings.say(number, "", "an earlier answer is named in the words, which stays blank here (…)", sheet)
        return plain(said.replace(NOT_A_REFERENCE, "${"))


def legal_code(name: str, taken: Iterable[str], *, first: str = "q", joint: str = "_") -> str:
    """The name as a code that no other has. `first`: what stands before a digit, where a code begins with a letter."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    code = re.sub(r"[^a-z0-9]+" if joint == "-" else r"[^a-z0-9_]+", joint, letters).strip(
        joint if joint == "-" else ""
    )
    code = code.lstrip("_")
    if first and not code[:1].isalpha():
        code = f"{first}{joint}{code}".rstrip(joint)
    code = code[:MAX_CODE] or "a"
    if code in _NO_CODE:
        code += f"{joint}1"
    known, found, number = {*taken}, code, 2
    while found in known:
        found = f"{code[: MAX_CODE - len(str(number)) - 1]}{joint}{number}"
        number += 1
    return found
