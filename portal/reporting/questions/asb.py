"""What is asked about anti-social behaviour and environmental crime: who is affected, what it is, what was dumped.

Sources: the National Standard for Incident Recording (April 2011), whose category (who is affected) and types (what it is)
are independent of each other; WasteDataFlow for the sizes and materials of what is dumped.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from portal.questions.question import Page, one, several, when
from portal.reporting.questions.codes import NOT_SURE

AFFECTED = Page(
    code="affected",
    title=_l("Who is affected"),
    only_if=when("kind.kind", "asb"),
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

ASB_TYPES = Page(
    code="asb_types",
    title=_l("What kind of problem"),
    shows_help=True,
    only_if=when("kind.kind", "asb"),
    questions=(
        several(
            "types",
            _l("What kind of problem is it?"),
            {
                "noise": _l("Noise"),
                "neighbours": _l("Neighbours who are loud, rude or threatening"),
                "rowdy": _l("Rowdy people in the street or a park"),
                "vehicle_nuisance": _l("Cars, motorbikes or e-scooters driven badly"),
                "vehicle_abandoned": _l("An abandoned car or van"),
                "dumping": _l("Rubbish or furniture dumped"),
                "litter": _l("Litter"),
                "needles": _l("Needles or other things from drug use"),
                "graffiti": _l("Graffiti"),
                "fly_posting": _l("Posters put up without permission"),
                "dog_fouling": _l("Dog mess"),
                "animals": _l("Animals that are out of control"),
                "smoke": _l("Smoke or bonfires"),
                "fireworks": _l("Fireworks"),
                "street_drinking": _l("Drinking in the street"),
                "drug_dealing": _l("Drug dealing"),
                "cuckooing": lazy_pgettext("kind of problem", "Someone’s home has been taken over by others"),
                "communications": _l("Nasty calls, letters or messages"),
                "trespass": _l("People going where they may not go"),
                "begging": _l("Begging"),
                "sex_work": _l("Sex being sold in the street"),
                "encampment": _l("People camping where they may not"),
                "street_light": _l("A street light that does not work"),
                "landlord_repair": _l("Something that a landlord must mend"),
                "other": _l("Something else"),
            },
            hint=_l("Choose all that fit."),
        ),
    ),
    aside=(
        _l("What is usually not anti-social behaviour"),
        (
            _l("Children playing, the sounds of daily life, cooking smells, or young people meeting, on their own."),
            _l("You can still tell us. If we cannot help, we say who can."),
        ),
    ),
)

DUMPED = Page(
    code="dumped",
    title=_l("What was dumped"),
    only_if=when("asb_types.types", "dumping"),
    questions=(
        one(
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
        ),
        several(
            "material",
            _l("What is it?"),
            {
                "household": _l("Bags or things from a home"),
                "white_goods": _l("Fridges, cookers or washing machines"),
                "construction": _l("Rubble or building waste"),
                "green": _l("Garden waste"),
                "tyres": _l("Tyres or car parts"),
                "asbestos": _l("Asbestos, or it may be"),
                "clinical": _l("Medical waste"),
                "chemical": _l("Oil, paint or chemicals"),
                "other": _l("Something else"),
            },
            hint=_l("Do not touch it. Choose all that you can see."),
        ),
    ),
)
