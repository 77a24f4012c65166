"""What the board reads of the MARAC: its figures of the quarter, none of which could tell of one case."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.marac import figures
from portal.partnership.file import current_partnership
from portal.staff.board_figures import Section, as_section, as_table
from portal.staff.figure_words import told
from portal.staff.marac_words import FIGURES
from portal.staff.spans import Span


def marac_sections(span: Span) -> list[Section]:
    """None where there is no MARAC, or nothing of it may be told in this quarter."""
    shown = figures.told_in(span.first) if current_partnership().marac.is_held else {}
    if not any(one.is_known for one in shown.values()):
        return []
    rows = [[str(words), told(shown[figure])] for figure, words in FIGURES.items()]
    title = _("The MARAC in numbers")
    says = [_("Counts below ten are not shown, and none is shown that would give such a one away.")]
    return [as_section("marac", title, says, [as_table("marac", title, [_("What"), _("Number")], rows)])]
