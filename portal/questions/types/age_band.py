"""An age band of the census; options that a questionnaire adds, like "prefer not to say", stand behind the bands."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from portal.partnership.toml_records import Wrong, distinct_codes
from portal.questions.types import QuestionType
from portal.questions.types.single import Single

# Census 2021 and the Government Statistical Service's harmonised bands.
AGES = {
    "16_24": _l("16 to 24"),
    "25_34": _l("25 to 34"),
    "35_49": _l("35 to 49"),
    "50_64": _l("50 to 64"),
    "65_74": _l("65 to 74"),
    "75_84": _l("75 to 84"),
    "85_over": _l("85 or over"),
}
AGE_BANDS = tuple(AGES)


class AgeBand(Single):
    code = "age_band"
    name = _l("An age band")
    takes = frozenset({"options"})

    def check(self, question: Any, at: str) -> None:
        QuestionType.check(self, question, at)
        distinct_codes(f"{at}.options", question.options)
        if any(option.code in AGE_BANDS for option in question.options):
            raise Wrong(f"{at}.options repeats an age band; the bands come by themselves, so take it out")
