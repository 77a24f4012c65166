"""The two questions about a closed report: whether its reporter felt listened to, and whether they feel safer."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

HELPED = {
    "yes": _l("Yes"),
    "a_little": _l("A little"),
    "no": _l("No"),
    "not_said": _l("Prefer not to say"),
}
HELPED_QUESTIONS = {
    "listened": _l("Did you feel listened to?"),
    "safer": _l("Do you feel safer now?"),
}
