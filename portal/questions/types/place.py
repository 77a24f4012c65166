"""A place of the partnership, from the list that was frozen with a questionnaire's version."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.questions.types.list import List


class Place(List):
    code = "place"
    name = _l("A place")
    takes = frozenset()
