"""What is asked about anti-social behaviour and environmental crime: a first choice, what it is, how much, who is affected.

Sources: the National Standard for Incident Recording (April 2011), whose category (who is affected) and types (what it is)
are independent of each other; WasteDataFlow for the sizes and materials of what is dumped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from portal.questions.question import Page, Question, one, several, when
from portal.reporting.questions.codes import NOT_SURE, OTHER

TYPES = {
    "noise_home": _l("Music, parties or shouting from a home"),
    "noise_animals": _l("A dog that barks, or other animals that are loud"),
    "noise_business": _l("A pub, a shop, a business or building work that is loud"),
    "noise_alarm": _l("An alarm that does not stop"),
    "noise_vehicles": _l("Engines or car music"),
    "noise": lazy_pgettext("kind of noise", "Other noise"),
    "neighbours": _l("Neighbours who are loud, rude or threatening"),
    "rowdy": _l("Rowdy people in the street or a park"),
    "vehicle_nuisance": _l("Cars, motorbikes or e-scooters driven badly"),
    "vehicle_abandoned": _l("An abandoned car or van"),
    "dumping": _l("Rubbish or furniture dumped"),
    "litter": _l("Litter"),
    "needles": _l("Needles or other things from drug use"),
    "graffiti": _l("Graffiti"),
    "fly_posting": _l("Posters put up without permission"),
    "damage": _l("Something was broken or burnt"),
    "street_light": _l("A street light that does not work"),
    "dog_fouling": _l("Dog mess"),
    "animals": _l("Animals that are out of control"),
    "smoke": _l("Smoke or bonfires"),
    "fireworks": _l("Fireworks"),
    "street_drinking": _l("Drinking in the street"),
    "drug_dealing": _l("Drug dealing"),
    "drug_use": _l("People taking drugs"),
    "cuckooing": lazy_pgettext("kind of problem", "Someone’s home has been taken over by others"),
    "communications": _l("Nasty calls, letters or messages"),
    "trespass": _l("People going where they may not go"),
    "begging": _l("Begging"),
    "sex_work": _l("Sex being sold in the street"),
    "encampment": _l("People camping where they may not"),
    "landlord_repair": _l("Something that a landlord must mend"),
    OTHER: _l("Something else"),
}
# Types of the National Standard that are asked more finely: counted as the one that it knows.
COUNTED_AS = {
    "noise_home": "noise",
    "noise_animals": "noise",
    "noise_business": "noise",
    "noise_alarm": "noise",
    "noise_vehicles": "noise",
}
# Where a place suffers and nobody is picked on: what, how much, where and a photo are all that mends it.
ENVIRONMENTAL = frozenset(
    {"dumping", "litter", "needles", "graffiti", "fly_posting", "dog_fouling", "vehicle_abandoned", "street_light"}
)
# Of these somebody may be hurt by what lies there.
HAZARDS = frozenset({"needles", "asbestos", "clinical", "chemical"})

GROUPS = {
    "noise": (_l("Noise"), ("noise_home", "noise_animals", "noise_business", "noise_alarm", "noise_vehicles", "fireworks", "noise")),
    "neighbours": (_l("Neighbours"), ("neighbours", "communications", "trespass", "smoke", "landlord_repair", "cuckooing", OTHER)),
    "vehicles": (_l("Cars, motorbikes or e-scooters"), ("vehicle_nuisance", "noise_vehicles", "vehicle_abandoned", OTHER)),
    "rubbish": (_l("Rubbish and dumping"), ("dumping", "litter", "needles", "dog_fouling", "smoke", OTHER)),
    "drugs": (_l("Drugs or drinking"), ("drug_dealing", "drug_use", "needles", "street_drinking", "cuckooing", OTHER)),
    "animals": (lazy_pgettext("kind of problem", "Animals"), ("animals", "dog_fouling", "noise_animals", OTHER)),
    "groups": (_l("People in the street or a park"), ("rowdy", "street_drinking", "begging", "encampment", "sex_work", "fireworks", OTHER)),
    "damage": (_l("Damage, graffiti or broken things"), ("damage", "graffiti", "fly_posting", "street_light", "landlord_repair", OTHER)),
    OTHER: (_l("Something else"), ("communications", "trespass", "encampment", "sex_work", "fireworks", "smoke", OTHER)),
}  # fmt: skip

# Of a report that was begun before there was a first choice, and whose types are of several groups.
ANY_GROUP = "any"

ASB_GROUP = Page(
    code="asb_group",
    title=_l("What kind of problem"),
    only_if=when("kind.kind", "asb"),
    questions=(
        one("group", _l("What kind of problem is it?"), {code: words for code, (words, _few) in GROUPS.items()}),
    ),
    makes_stale=("asb_types",),
    aside=(
        _l("What is usually not anti-social behaviour"),
        (
            _l("Children playing, the sounds of daily life, cooking smells, or young people meeting, on their own."),
            _l("You can still tell us. If we cannot help, we say who can."),
        ),
    ),
)

SIZE = one(
    "size",
    _l("How much was dumped?"),
    {
        "bag": _l("One bag"),
        "item": _l("One thing, like a mattress or a fridge"),
        "car_boot": _l("As much as fills the boot of a car"),
        "small_van": _l("As much as fills a small van"),
        "large_van": _l("As much as fills a large van"),
        "lorry": _l("A lorry load"),
        "many_loads": _l("Several lorry loads"),
        NOT_SURE: _l("I am not sure"),
    },
    apart=NOT_SURE,
)
MATERIAL = several(
    "material",
    _l("What was dumped?"),
    {
        "household": _l("Bags or things from a home"),
        "white_goods": _l("Fridges, cookers or washing machines"),
        "construction": _l("Rubble or building waste"),
        "green": _l("Garden waste"),
        "tyres": _l("Tyres or car parts"),
        "asbestos": _l("Asbestos, or it may be"),
        "clinical": _l("Medical waste"),
        "chemical": _l("Oil, paint or chemicals"),
        OTHER: _l("Something else"),
    },
    hint=_l("Do not touch it. Choose all that you can see."),
)


def _types(codes: tuple[str, ...]) -> Question:
    return several("types", _l("What is it?"), {code: TYPES[code] for code in codes}, hint=_l("Choose all that fit."))


def _of_dumping(question: Question) -> Question:
    return replace(question, only_if=when("types", "dumping"))


# As it is read; it is asked as one of FEW.
ASB_TYPES = Page(
    code="asb_types",
    title=_l("What it is"),
    shows_help=True,
    only_if=when("asb_group.group", *GROUPS, ANY_GROUP),
    questions=(_types(tuple(TYPES)), _of_dumping(MATERIAL), _of_dumping(SIZE)),
)
FEW = {
    group: replace(
        ASB_TYPES,
        questions=(_types(few), *((_of_dumping(MATERIAL), _of_dumping(SIZE)) if "dumping" in few else ())),
    )
    for group, (_words, few) in GROUPS.items()
}
# Reports that came before have what was dumped on a page of its own.
DUMPED = Page(code="dumped", title=_l("What was dumped"), questions=(SIZE, MATERIAL))

AFFECTED = Page(
    code="affected",
    title=_l("Who is affected"),
    only_if=when("about", "asb"),
    questions=(
        one(
            "affected",
            _l("Who is affected most?"),
            {
                "personal": _l("A person, a family or a group they pick on"),
                "nuisance": _l("Everyone who lives here or passes by"),
                "environmental": _l("The place itself: streets, parks or buildings"),
                NOT_SURE: _l("I am not sure"),
            },
            apart=NOT_SURE,
        ),
    ),
)


def is_environmental(types: Mapping[str, Any] | None) -> bool:
    """Whether all that was ticked on the page of types is something that only a place suffers from."""
    given = set((types or {}).get("types") or ())
    return bool(given) and given <= ENVIRONMENTAL


def is_hazardous(types: Mapping[str, Any] | None) -> bool:
    given = types or {}
    return not HAZARDS.isdisjoint([*(given.get("types") or ()), *(given.get("material") or ())])
