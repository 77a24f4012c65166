"""What is asked about a place that feels unsafe, as data: ticks only, so that nobody can write of a person."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.questions.question import several

UNSAFE_PLACE_QUESTIONS = (
    several(
        "time",
        _l("When does it feel unsafe?"),
        {
            "day": _l("By day"),
            "dark": _l("After dark"),
        },
    ),
    several(
        "spot",
        _l("Where in this area?"),
        {
            "street": _l("A street or road"),
            "path": _l("A path or a redway"),
            "underpass": _l("An underpass or a bridge"),
            "stop": _l("A bus stop or a station"),
            "car_park": _l("A car park or garages"),
            "park": _l("A park, a play area or by the water"),
            "shops": _l("At the shops"),
            "building": _l("A stairwell, hallway or lift"),
            "other": _l("Somewhere else"),
        },
    ),
    several(
        "reason",
        _l("What makes it feel unsafe?"),
        {
            "light": _l("Poor light"),
            "nobody": _l("Nobody is about"),
            "hidden": _l("Bushes or corners where someone could hide"),
            "groups": _l("Groups of people"),
            "looks": _l("How people look at me or speak to me"),
            "traffic": _l("Traffic"),
            "damage": _l("Damage or litter"),
            "drugs": _l("Drug use or drinking"),
            "before": _l("Things that happened there before"),
            "other": _l("Something else"),
        },
    ),
)
