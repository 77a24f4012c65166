"""The first questions of a report, which every report is asked: they are enough to act on."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.languages.sentences import LazyMarkup, safety
from portal.questions.question import Page, Question, one
from portal.reporting.models import Kind
from portal.reporting.questions.codes import NOT_SURE, YES_NO

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
NARRATIVE = Page(
    code="narrative",
    title=_l("What happened"),
    questions=(
        Question(
            code="narrative",
            type="long_text",
            text=_l("What happened?"),
            hint=_l(
                "Use your own words, in any language. One sentence is enough. If someone said something, write their words if you can."
            ),
            required=_l("Write a few words about what happened."),
        ),
    ),
)
WHEN = Page(
    code="when",
    title=_l("When"),
    questions=(Question(code="when", type="when", text=_l("When did it happen?")),),
)
WHERE = Page(
    code="where",
    title=_l("Where"),
    questions=(Question(code="where", type="where", text=_l("Where did it happen?")),),
)
RISK = Page(
    code="risk",
    title=_l("Could someone be badly hurt soon"),
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
FIRST = (KIND, NARRATIVE, WHEN, WHERE, RISK)
