"""What is counted of reports, in the words in which it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from portal.reporting.questions.asb import TYPES
from portal.reporting.questions.hate import EXTRA_STRANDS, HATE_TYPES, MONITORED_STRANDS

_WORDS: Mapping[str, Mapping[str, Any]] = {
    "strand": MONITORED_STRANDS,
    "strand_extra": EXTRA_STRANDS,
    "hate_type": HATE_TYPES["types"].texts,
    "asb_category": {
        "personal": lazy_pgettext("category of the National Standard", "Personal"),
        "nuisance": lazy_pgettext("category of the National Standard", "Nuisance"),
        "environmental": lazy_pgettext("category of the National Standard", "Environmental"),
    },
    "asb_type": TYPES,
    "repeat": {"yes": _l("It keeps happening")},
    "online": {"yes": _l("It happened online")},
}


def counted_words(question: str, answer: str) -> Any:
    """By question and answer, as they stand in the count table; the code where nothing is known of it any more."""
    # Every noise is counted as one type, whose words among the answers are "Other noise".
    return _("Noise") if (question, answer) == ("asb_type", "noise") else _WORDS.get(question, {}).get(answer, answer)
