"""One answer on a scale that several questions of a questionnaire share."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.questions.types.single import Single


class Scale(Single):
    code = "scale"
    name = _l("One answer on a scale")
    takes = frozenset({"scale"})
