"""How far two coders agree, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from portal.surveys.agreement import Strength

STRENGTHS = {
    Strength.POOR: _l("worse than chance"),
    Strength.SLIGHT: lazy_pgettext("agreement of two coders", "slight"),
    Strength.FAIR: lazy_pgettext("agreement of two coders", "fair"),
    Strength.MODERATE: lazy_pgettext("agreement of two coders", "moderate"),
    Strength.SUBSTANTIAL: lazy_pgettext("agreement of two coders", "substantial"),
    Strength.ALMOST_PERFECT: lazy_pgettext("agreement of two coders", "almost perfect"),
}
