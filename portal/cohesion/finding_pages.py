"""You said, we did: what people told the partnership and what came of it, as a page and as open data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from portal.cohesion import finding_lists
from portal.cohesion.finding_lists import ShownFinding, Wanted
from portal.cohesion.finding_models import ActionState
from portal.cohesion.finding_words import ACTIONS, SOURCES, figure_words
from portal.languages.i18n import ENGLISH, current_language, languages
from portal.partnership.file import current_partnership
from portal.text import as_csv
from portal.web.caching import public

blueprint = Blueprint("findings", __name__)

PAGE_SIZE = 20
FORMAT = 1


def _address(wanted: Wanted, page: int = 1) -> str:
    return url_for(
        "findings.you_said",
        action=wanted.action or None,
        about=wanted.priority or None,
        page=page if page > 1 else None,
    )


def _wanted() -> Wanted:
    """What the address asks for; what it cannot ask for counts as nothing."""
    action, priority = request.args.get("action", ""), request.args.get("about", "")
    return Wanted(
        action if action in set(ActionState) else "",
        priority if current_partnership().find_priority(priority) else "",
    )


def _page_number() -> int:
    return min(max(1, request.args.get("page", 1, type=int)), 1_000)


def _used_query() -> str:
    return urlsplit(_address(_wanted(), _page_number())).query


@blueprint.get("/you-said")
@public(used_query=_used_query)
def you_said() -> str:
    wanted, everything = _wanted(), finding_lists.public_findings()
    found = wanted.of(everything)
    pages = max(1, -(-len(found) // PAGE_SIZE))
    number = min(_page_number(), pages)
    on_page = finding_lists.shown_findings(
        found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], current_language().code
    )
    return render_template(
        "findings/you_said.html",
        groups=_by_priority(on_page),
        has_any=bool(everything),
        number=number,
        pages=pages,
        wanted=wanted,
        address=_address,
        chips=_chips(wanted, everything),
        subjects=_subjects(wanted, everything),
    )


def _by_priority(shown: Iterable[ShownFinding]) -> list[tuple[str, list[ShownFinding]]]:
    """By the priority's title in the page's language; those of none, or of one that is no more, come last."""
    titles = _titles()
    grouped = groupby(shown, lambda one: one.finding.priority if one.finding.priority in titles else "")
    return [(titles.get(code) or _("Other things"), list(of_one)) for code, of_one in grouped]


def _titles() -> dict[str, str]:
    return {one.code: one.title for one in current_partnership().localised(current_language().code).priorities}


Choice = tuple[str, str, bool, int]
"""Words, address, whether it is chosen, how many there are."""


def _chips(wanted: Wanted, everything: Sequence[Any]) -> list[Choice]:
    offered = {"": _("All")} | {str(action): str(words) for action, words in ACTIONS.items()}
    return [_choice(words, wanted, replace(wanted, action=action), everything) for action, words in offered.items()]


def _subjects(wanted: Wanted, everything: Sequence[Any]) -> list[Choice]:
    """Each priority about which something was said."""
    found = [_choice(title, wanted, replace(wanted, priority=code), everything) for code, title in _titles().items()]
    return [one for one in found if one[3]]


def _choice(words: str, wanted: Wanted, other: Wanted, everything: Sequence[Any]) -> Choice:
    return words, _address(other), other == wanted, len(other.of(everything))


@blueprint.app_context_processor
def about_findings() -> dict[str, Any]:
    """For the home page, the figures and the priorities, which know no findings."""
    return {
        "has_findings": _has_findings,
        "finding_actions": ACTIONS,
        "finding_sources": SOURCES,
        "figure_words": figure_words,
    }


def _has_findings(priority: str = "") -> bool:
    try:
        return "failed" not in g and finding_lists.has_public_findings(priority)
    except SQLAlchemyError:
        return False  # the home page also says how to get help: it is shown whatever else is away


def _entries() -> Iterator[dict[str, Any]]:
    """Each finding as data: codes as they are stored, texts by language."""
    for shown in finding_lists.shown_findings(finding_lists.public_findings(), ENGLISH):
        finding, figure = shown.finding, shown.figure
        texts = {
            one.code: {
                "said": words.said,
                "did": words.did,
                "outcome": words.outcome,
                "checked": words.is_checked,
                "older": shown.words.is_older(words),
            }
            for one in languages()
            if (words := shown.words.in_(one.code)).language == one.code
        }
        yield {
            "id": str(finding.id),
            "priority": finding.priority,
            "source": finding.source.value,
            "found_on": finding.found_on.isoformat(),
            "action": finding.action.value,
            "owner": finding.owner,
            "due_on": finding.due_on.isoformat() if finding.due_on else None,
            "answered_on": finding.answered_on.isoformat() if finding.answered_on else None,
            "late": shown.is_late,
            "original_language": shown.words.original.language,
            "texts": texts,
            "figure": {
                "indicator": figure.indicator,
                "percent": figure.percent,
                "low": figure.low,
                "high": figure.high,
                "base": figure.base,
                "random_sample": figure.is_random,
                "closed_on": figure.closed_on.isoformat(),
                "published_on": figure.published_on.isoformat(),
                "release": figure.hash,
            }
            if figure
            else None,
        }


@blueprint.get("/you-said/data.json")
@public
def data_json() -> Response:
    body = json.dumps({"format": FORMAT, "findings": list(_entries())}, ensure_ascii=False, indent=1)
    return Response(body + "\n", content_type="application/json")


FACTS = (
    "id",
    "priority",
    "source",
    "found_on",
    "action",
    "owner",
    "due_on",
    "answered_on",
    "late",
    "original_language",
)
TEXTS = ("said", "did", "outcome", "checked", "older")
FIGURE = ("indicator", "percent", "low", "high", "base", "random_sample", "closed_on", "published_on", "release")


@blueprint.get("/you-said/data.csv")
@public
def data_csv() -> Response:
    """The same for a spreadsheet: a row for each finding, its texts in a column for each language."""
    codes = [one.code for one in languages()]
    rows: list[list[Any]] = [[*FACTS, *(f"{name}_{code}" for code in codes for name in TEXTS), *FIGURE]]
    for entry in _entries():
        cells = [entry[name] for name in FACTS]
        cells += [entry["texts"].get(code, {}).get(name) for code in codes for name in TEXTS]
        cells += [(entry["figure"] or {}).get(name) for name in FIGURE]
        rows.append(list(map(_cell, cells)))
    return Response(as_csv(rows), content_type="text/csv; charset=utf-8")


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value
