"""The first questions that reports are asked: with those about hate or anti-social behaviour they are enough to act on."""

from __future__ import annotations

from dataclasses import replace

from flask_babel import lazy_gettext as _l

from portal.languages.sentences import LazyMarkup, safety
from portal.questions.question import Page, Question, one, when
from portal.reporting.models import Kind
from portal.reporting.questions.codes import NOT_SURE, YES_NO

# What a report is about follows from its answers: see portal/reporting/questions/asked.py.
OF_PEOPLE = when("about", "hate", "asb", "not_sure")

KIND = Page(
    code="kind",
    title=_l("What it is about"),
    questions=(
        one(
            "kind",
            _l("What is it about?"),
            {
                Kind.HATE.value: _l("Hate, because of who someone is"),
                Kind.ASB.value: _l("Anti-social behaviour"),
                Kind.NOT_SURE.value: _l("I am not sure"),
            },
            apart=NOT_SURE,
            hints={
                Kind.HATE.value: _l(
                    "Someone was hurt, insulted or treated badly because of their race, religion, disability, sexuality, gender or who others think they are."
                ),
                Kind.ASB.value: _l("Noise, damage, threats, drugs, rubbish or people making your area feel unsafe."),
            },
        ),
    ),
)
IN_OWN_WORDS = Question(
    code="narrative",
    type="long_text",
    text=_l("What happened?"),
    hint=_l(
        "Use your own words, in any language. One sentence is enough. If someone said something, write their words if you can."
    ),
    required=_l("Write a few words about what happened."),
)
NARRATIVE = Page(code="narrative", title=_l("What happened"), questions=(IN_OWN_WORDS,))
# Of what was ticked everything is known but how it looks.
PHOTO = replace(
    NARRATIVE,
    questions=(
        replace(
            IN_OWN_WORDS,
            text=_l("Do you have a photo, or something to add?"),
            hint=_l("A photo helps most. You can also write where exactly it lies. Skip what you do not have."),
            required=None,
        ),
    ),
)
WHEN = Page(
    code="when",
    title=_l("When"),
    only_if=OF_PEOPLE,
    questions=(Question(code="when", type="when", text=_l("When did it happen?")),),
)
WHERE = Page(
    code="where",
    title=_l("Where"),
    questions=(
        Question(
            code="where",
            type="where",
            text=_l("Where did it happen?"),
            hint=_l("We do not need your address. The estate or street helps us find a pattern."),
        ),
    ),
)
WHERE_IT_LIES = replace(
    WHERE,
    questions=(
        replace(
            WHERE["where"],
            text=_l("Where exactly is it?"),
            hint=_l("So that those who mend it can find it. We do not need your address."),
        ),
    ),
)
OF_PLACES = {page.code: page for page in (PHOTO, WHERE_IT_LIES)}
RISK = Page(
    code="risk",
    title=_l("Could someone be badly hurt soon"),
    only_if=when("may_hurt", "yes"),
    questions=(
        one(
            "risk",
            _l("Could someone be badly hurt in the next few days?"),
            YES_NO | {NOT_SURE: _l("I am not sure")},
            apart=NOT_SURE,
            hint=LazyMarkup(
                lambda: safety(
                    "You, a child, or anyone else. If you say yes, our officers get an alert when you send your report, but they may see it only the next working day. It is not the same as calling 999."
                )
            ),
        ),
    ),
    shows_help=True,
)
