"""What a reporter may say of themselves after sending, as data: the Government Statistical Service's questions, no free text.

The English is that of surveys/community-safety.toml, where each question names its source. "Write in" boxes are left out.
A code is stored for good: one is retired by no longer offering it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from portal.questions.question import Option, Question
from portal.reporting.questions.codes import YES_NO

NOT_SAID = "not_said"
UNDER_16 = "under_16"


# On the page stand cards; a list, where there are more of them.
MAX_CARDS = 5


def _asked(code: str, text: Any, texts: Mapping[str, Any], hint: Any = None) -> Question:
    return _asked_in_groups(code, text, ((None, texts),), hint)


def _asked_in_groups(
    code: str, text: Any, groups: tuple[tuple[Any, Mapping[str, Any]], ...], hint: Any = None
) -> Question:
    """That one does not want to say can be said everywhere."""
    offered = (
        *(Option(code=code, text=said, group=group) for group, texts in groups for code, said in texts.items()),
        Option(code=NOT_SAID, text=_l("Prefer not to say"), apart=True),
    )
    return Question(
        code=code, type="single" if len(offered) <= MAX_CARDS else "list", text=text, options=offered, hint=hint
    )


EQUALITY_QUESTIONS = (
    _asked(
        "age",
        _l("Which age group are you in?"),
        {
            UNDER_16: _l("Under 16"),
            "16_24": _l("16 to 24"),
            "25_34": _l("25 to 34"),
            "35_49": _l("35 to 49"),
            "50_64": _l("50 to 64"),
            "65_74": _l("65 to 74"),
            "75_84": _l("75 to 84"),
            "85_over": _l("85 or over"),
        },
    ),
    # Sex first, gender identity apart from it: they are two protected characteristics.
    _asked("sex", _l("What is your sex?"), {"female": _l("Female"), "male": _l("Male")}),
    _asked(
        "gender_identity",
        _l("Is the gender you identify with the same as your sex registered at birth?"),
        YES_NO,
        _l("Only if you are 16 or over."),
    ),
    _asked_in_groups(
        "ethnic_group",
        _l("What is your ethnic group?"),
        (
            (
                _l("White"),
                {
                    "white_british": _l("English, Welsh, Scottish, Northern Irish or British"),
                    "white_irish": _l("Irish"),
                    "white_traveller": _l("Gypsy or Irish Traveller"),
                    "white_roma": _l("Roma"),
                    "white_other": _l("Any other White background"),
                },
            ),
            (
                _l("Mixed or Multiple ethnic groups"),
                {
                    "mixed_white_caribbean": _l("White and Black Caribbean"),
                    "mixed_white_african": _l("White and Black African"),
                    "mixed_white_asian": _l("White and Asian"),
                    "mixed_other": _l("Any other Mixed or Multiple ethnic background"),
                },
            ),
            (
                _l("Asian or Asian British"),
                {
                    "asian_indian": _l("Indian"),
                    "asian_pakistani": _l("Pakistani"),
                    "asian_bangladeshi": _l("Bangladeshi"),
                    "asian_chinese": _l("Chinese"),
                    "asian_other": _l("Any other Asian background"),
                },
            ),
            (
                _l("Black, Black British, Caribbean or African"),
                {
                    "black_caribbean": _l("Caribbean"),
                    "black_african": _l("African"),
                    "black_other": _l("Any other Black, Black British, or Caribbean background"),
                },
            ),
            (_l("Other ethnic group"), {"arab": _l("Arab"), "other": _l("Any other ethnic group")}),
        ),
    ),
    _asked(
        "religion",
        _l("What is your religion?"),
        {
            "none": _l("No religion"),
            "christian": _l(
                "Christian (including Church of England, Catholic, Protestant and all other Christian denominations)"
            ),
            "buddhist": lazy_pgettext("own religion", "Buddhist"),
            "hindu": lazy_pgettext("own religion", "Hindu"),
            "jewish": lazy_pgettext("own religion", "Jewish"),
            "muslim": lazy_pgettext("own religion", "Muslim"),
            "sikh": lazy_pgettext("own religion", "Sikh"),
            "other": _l("Any other religion"),
        },
    ),
    _asked(
        "orientation",
        _l("Which of the following best describes your sexual orientation?"),
        {
            "straight": _l("Straight or Heterosexual"),
            "gay_lesbian": _l("Gay or Lesbian"),
            "bisexual": _l("Bisexual"),
            "other": _l("Other sexual orientation"),
        },
        _l("Only if you are 16 or over."),
    ),
    _asked(
        "health_condition",
        _l(
            "Do you have any physical or mental health conditions or illnesses lasting or expected to last for 12 months or more?"
        ),
        YES_NO,
    ),
    _asked(
        "health_limits",
        _l("Do any of your conditions or illnesses reduce your ability to carry out day-to-day activities?"),
        {"a_lot": _l("Yes, a lot"), "a_little": _l("Yes, a little"), "not_at_all": _l("Not at all")},
        _l("Only if you said yes to the question before."),
    ),
    _asked(
        "main_language",
        _l("What is your main language?"),
        {
            "english": _l("English"),
            "romanian": _l("Romanian"),
            "polish": _l("Polish"),
            "tamil": _l("Tamil"),
            "urdu": _l("Urdu"),
            "chinese": _l("Chinese (Cantonese, Mandarin or other)"),
            "spanish": _l("Spanish"),
            "lithuanian": _l("Lithuanian"),
            "telugu": _l("Telugu"),
            "portuguese": _l("Portuguese"),
            "gujarati": _l("Gujarati"),
            "sign": _l("British Sign Language"),
            "other": _l("Another language"),
        },
        _l("The language you use most naturally. It may be the one you use at home."),
    ),
)


def fitting(answers: Mapping[str, str]) -> dict[str, str]:
    """The answers without those that are asked only of others: what grown-ups are asked, what follows from a yes."""
    gone = set()
    if answers.get("age") == UNDER_16:
        gone |= {"gender_identity", "orientation"}
    if answers.get("health_condition") != "yes":
        gone.add("health_limits")
    return {question: option for question, option in answers.items() if question not in gone}
