"""Groups of people in a release, as people read them: how each answered beside everyone else, and who was heard too little."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from portal.cohesion.change_words import in_points
from portal.cohesion.estimates import Change
from portal.cohesion.shown_figures import (
    FigureByGroup,
    FiguresByGroup,
    GroupRow,
    GroupTable,
    Heard,
    HeardRow,
    HeardTable,
    Said,
    said,
)
from portal.languages.i18n import current_language, in_hundredths, in_percent, language_of
from portal.partnership.populations import LANGUAGE

Document = Mapping[str, Any]


def figures_by_group(document: Document) -> FiguresByGroup | None:
    found = document.get("groups")
    if not found or not found["figures"]:
        return None
    indicators = {each["code"]: each for each in document["indicators"]}
    return FiguresByGroup(
        found["least"],
        [
            FigureByGroup(
                code,
                said(indicators[code]["title"]),
                in_percent(indicators[code]["percent"]),
                said(indicators[code]["sentence"]),
                [_group_table(kind, by[kind["code"]]) for kind in found["by"]],
            )
            # In the order in which the questionnaire names them.
            for code in indicators
            if (by := found["figures"].get(code)) is not None
        ],
    )


def _group_table(kind: Mapping[str, Any], groups: Mapping[str, Mapping[str, Any]]) -> GroupTable:
    rows: list[GroupRow] = []
    hidden: dict[bool, list[list[Said]]] = {True: [], False: []}
    for group in kind["groups"]:
        texts, each = [said(text) for text in group["texts"]], groups[group["code"]]
        if not each["shown"]:
            hidden[each["enough"]].append(texts)
            continue
        rows.append(
            GroupRow(
                texts,
                in_percent(each["percent"]),
                in_percent(each["others"]["percent"]),
                in_points(each["difference_low"]),
                in_points(each["difference_high"]),
                _difference(each["word"]),
                each["unreliable"],
            )
        )
    return GroupTable(said(kind["title"]), rows, tuple(hidden[False]), tuple(hidden[True]))


def _difference(word: str) -> str:
    match word:
        case Change.HIGHER:
            return _("Perhaps higher")
        case Change.LOWER:
            return _("Perhaps lower")
        case _:
            return _("No clear difference")


def who_was_heard(document: Document) -> Heard | None:
    found = document.get("heard")
    if not found or not found["by"]:
        return None
    tables = [
        HeardTable(
            _kind(each),
            each["source"],
            [_heard_row(each["code"], group) for group in each["groups"]],
            "" if each["variation"] is None else in_hundredths(each["variation"]),
        )
        for each in found["by"]
    ]
    behind = [row for table in tables for row in table.rows if row.more]
    return Heard(tables, sorted(behind, key=lambda row: row.order), found.get("representativity"))


def _heard_row(by: str, group: Mapping[str, Any]) -> HeardRow:
    is_told = group["answers"] is not None
    return HeardRow(
        by,
        group["code"],
        [said(text) for text in group["texts"]] or [Said(language_of(group["code"]).name, language_of(group["code"]))],
        in_percent(group["percent"]) if is_told else "",
        in_percent(group["expected"]),
        in_hundredths(group["ratio"]) if is_told else "",
        group["more"],
        (group["ratio"] or 0.0, -group["expected"]),
    )


def _kind(each: Mapping[str, Any]) -> Said:
    if each["title"]:
        return said(each["title"])
    words = _("Language of the answers") if each["code"] == LANGUAGE else _("Group of places")
    return Said(words, current_language())
