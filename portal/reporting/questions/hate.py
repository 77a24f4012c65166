"""What is asked about hate: why, in the nationally monitored strands and the partnership's own beside them, and what was done.

Sources: the police and CPS joint definition of hate crime (2007); the True Vision and police.uk report forms.
"""

from __future__ import annotations

from dataclasses import replace

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from portal.questions.question import Page, Question, box, one, several, when
from portal.reporting.questions.codes import NOT_SURE

MONITORED_STRANDS = {
    "race": _l("Race, skin colour, nationality or where someone is from"),
    "religion": _l("Religion or belief, or having none"),
    "disability": _l("Disability"),
    "sexual_orientation": _l("Being lesbian, gay or bisexual"),
    "transgender": _l("Being transgender"),
}
EXTRA_STRANDS = {
    "sex_gender": _l("Being a woman or a man"),
    "alt_subculture": _l("The way someone dresses, or the music they like"),
    "age": _l("Age"),
    "other": _l("Something else"),
}

BECAUSE = Page(
    code="because",
    title=_l("Why it happened"),
    only_if=when("kind.kind", "hate"),
    questions=(
        several(
            "strands",
            _l("Why do you think it happened?"),
            MONITORED_STRANDS | EXTRA_STRANDS | {NOT_SURE: _l("I am not sure")},
            hint=_l("Choose all that you think it was about. What others believed about the person counts too."),
            hints={
                "race": _l("For example Gypsy, Roma or Traveller people, refugees and people seeking asylum."),
                "disability": _l("A physical, sensory or learning disability, autism or mental health."),
            },
            apart=NOT_SURE,
        ),
        one(
            "religion",
            _l("Against which religion or belief?"),
            {
                "buddhist": lazy_pgettext("hate against", "Buddhist"),
                "christian": lazy_pgettext("hate against", "Christian"),
                "hindu": lazy_pgettext("hate against", "Hindu"),
                "jewish": lazy_pgettext("hate against", "Jewish"),
                "muslim": lazy_pgettext("hate against", "Muslim"),
                "sikh": lazy_pgettext("hate against", "Sikh"),
                "other": _l("Another religion or belief"),
                "none": _l("Having no religion"),
                NOT_SURE: _l("I am not sure"),
            },
            only_if=when("strands", "religion"),
        ),
        box("why", _l("What makes you think so?"), 500, _l("Only if you want to.")),
    ),
    aside=(
        _l("Do I need to prove it?"),
        (
            _l("No. If you, or anyone else, think that it was about who someone is, that is enough."),
            _l("It counts too when the person was mistaken for someone else, or was with someone."),
        ),
    ),
)

HATE_TYPES = Page(
    code="hate_types",
    title=lazy_pgettext("hate", "What was done"),
    only_if=when("kind.kind", "hate"),
    questions=(
        several(
            "types",
            _l("What did they do?"),
            {
                "verbal": _l("Called names, insulted or made offensive jokes"),
                "threats": _l("Threatened or frightened someone"),
                "harassment": _l("Followed someone, or would not leave them alone"),
                "bullying": _l("Bullied someone"),
                "physical": _l("Hit, pushed, kicked or spat"),
                "sexual": _l("Touched someone sexually or made sexual remarks"),
                "damage": _l("Broke or damaged something, or hurt a pet"),
                "graffiti": _l("Wrote or painted on a wall, door or car"),
                "arson": _l("Set something on fire"),
                "theft": _l("Stole something"),
                "online": _l("Wrote or posted something online"),
                "calls": _l("Called, texted or sent letters"),
                "posters": _l("Put up or handed out hateful leaflets or posters"),
                "rubbish": _l("Left rubbish at someone’s home"),
                "complaints": _l("Made false complaints about someone"),
                "refused": _l("Refused to serve someone, or treated them worse"),
                "place": _l("Attacked a place of worship or a community building"),
                "other": _l("Something else"),
            },
            hint=_l("Choose all that happened."),
        ),
        box(
            "words",
            _l("What words did they use?"),
            500,
            _l("Write them as they were said, even if they are ugly. Only the officers read them."),
        ),
    ),
)


def of_partnership(question: Question, extra_strands: tuple[str, ...]) -> Question:
    """Of the strands that are not monitored nationally, those that the partnership asks about."""
    if question is not BECAUSE["strands"]:
        return question
    left_out = EXTRA_STRANDS.keys() - {*extra_strands, "other"}
    return replace(question, options=tuple(option for option in question.options if option.code not in left_out))
