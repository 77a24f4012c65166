"""The figures by group of parishes as a release freezes them, and the counts behind them that no page shows."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from portal.cohesion import disclosure
from portal.cohesion.areas import Areas, Why, exact_table, hidden_areas, shows_any, tells_beside, told_by
from portal.cohesion.disclosure import Conflict, told_by_four
from portal.cohesion.measures import Measured
from portal.partnership.file import current_partnership
from portal.surveys import versions


def area_figures(
    wave_id: uuid.UUID, measured: Measured, public_before: Collection[Mapping[str, Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What stands in the document, and what is kept apart; both empty where nobody was asked for a place.

    Of the primary figures that are shown, one for each question: two on one question could be subtracted, group by group.
    `public_before`: the counts behind every release of the wave that ever was public; a table that would tell of few people
    beside one or three of these is hidden whole.
    """
    if measured.areas is None:
        return {}, {}
    areas = measured.areas.in_order(group.code for group in current_partnership().places.groups)
    figures, exact = [], {}
    asked = {each.indicator.code: {*each.indicator.questions} for each in measured.measures}
    for code in _chosen(measured, areas):
        table = areas.tables[code]
        hidden = hidden_areas(table.sides, table.rest)
        kept = exact_table(table, hidden)
        before = {at: told_by(table_of(each, code)) for at, each in enumerate(public_before)}
        if any(_tells(code, kept, asked[code], each) for each in public_before) or any(
            told_by_four(told_by(kept), before)
        ):
            hidden = dict.fromkeys(table.found, Why.EARLIER)
            kept = exact_table(table, hidden)
        exact[code] = kept
        figures.append(
            {
                "indicator": code,
                "groups": [
                    {"code": group, "shown": group not in hidden}
                    | (disclosure.shown_figure(found) if found and group not in hidden else {})
                    for group, found in table.found.items()
                ],
            }
        )
    regrouped, tiles = _as_it_is_now(wave_id, areas)
    document = {
        "groups": [{"code": code, "name": name, "tile": tiles.get(code)} for code, name in areas.groups.items()],
        "figures": figures,
    }
    return (
        document if figures else {},
        {"figures": exact, "moved": list(areas.moved), "regrouped": regrouped},
    )


def _chosen(measured: Measured, areas: Areas) -> list[str]:
    found: list[str] = []
    asked: set[str] = set()
    for measure in measured.measures:
        indicator = measure.indicator
        if indicator.code in areas.tables and indicator.code in measured.shown and not asked & {*indicator.questions}:
            found.append(indicator.code)
            asked |= {*indicator.questions}
    return found


def _as_it_is_now(wave_id: uuid.UUID, areas: Areas) -> tuple[list[str], dict[str, list[int]]]:
    """Places that the partnership's file puts in another group now, and where each group's tile lies.

    No tiles where the file is of other places by now, or does not lay all of the groups out.
    """
    places = current_partnership().places
    newest = versions.instruments_of(wave_id)[0]
    now = {place.code: place.group for place in places.all}
    regrouped = [place.name for place in newest.places if now.get(place.code, place.group) != place.group]
    tiles = {group.code: list(group.tile) for group in places.groups if group.tile}
    if regrouped or newest.geography != places.geography or not areas.groups.keys() <= tiles.keys():
        return regrouped, {}
    return regrouped, tiles


def table_of(exact: Mapping[str, Any], indicator: str) -> Mapping[str, Any]:
    """One indicator's counts of a release; of one that has none, or is of before there were these, a table of nobody."""
    found: Mapping[str, Any] = exact.get("areas", {}).get("figures", {}).get(indicator, {"groups": {}, "rest": [0, 0]})
    return found


def _tells(code: str, table: Mapping[str, Any], questions: Collection[str], before: Mapping[str, Any]) -> bool:
    """Whether the table tells of few beside those of an earlier release, of which none may be of another on its question."""
    others = before.get("areas", {}).get("figures", {}).keys() - {code}
    beside = [other for other in others if {*before["figures"][other]["questions"]} & {*questions}]
    return tells_beside(table, table_of(before, code)) or any(
        shows_any(table) and shows_any(table_of(before, other)) for other in beside
    )


def area_conflicts(exact: Mapping[str, Any], earlier: Mapping[int, Mapping[str, Any]]) -> list[Conflict]:
    """As disclosure.conflicts: for a release that became public after this one was drafted."""
    return [
        Conflict(number, code, "areas")
        for number, before in earlier.items()
        for code, table in exact.get("areas", {}).get("figures", {}).items()
        if _tells(code, table, exact["figures"][code]["questions"], before)
    ] + [
        Conflict(number, code, "areas")
        for code, table in exact.get("areas", {}).get("figures", {}).items()
        for number, _told in told_by_four(
            told_by(table), {at: told_by(table_of(before, code)) for at, before in earlier.items()}
        )
    ]
