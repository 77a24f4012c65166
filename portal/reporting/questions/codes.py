"""Codes of answers that many questions of a report offer."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

NOT_SURE = "not_sure"
NONE = "none"
OTHER = "other"
# Of a place that is none of the partnership's.
OUTSIDE = "outside"
YES_NO = {"yes": _l("Yes"), "no": _l("No")}
