"""What a page shows to someone in danger, or under 18."""

from __future__ import annotations

from typing import Any

from portal.db import today
from portal.languages.i18n import current_language
from portal.partnership.file import current_partnership
from portal.reporting.questions.dangers import dangers_in, is_immediate
from portal.vault.keyholders import is_demonstration


def danger(answers: dict[str, Any]) -> dict[str, Any]:
    """What a page shows of danger: whether there is any, and the help lines for it."""
    partnership = current_partnership().localised(current_language().code)
    dangers = {*dangers_in(answers)}
    shown = partnership.shown_help_lines(today(), is_demonstration()) if dangers else ()
    return {
        "at_risk": is_immediate(answers),
        "help_for": [line for line in shown if dangers.intersection(line.dangers)],
        "today": today(),
    }


def young(answers: dict[str, Any]) -> dict[str, Any]:
    """What a page says to someone under 18, or who helps them. It is calm."""
    partnership = current_partnership().localised(current_language().code)
    is_young = (answers.get("who") or {}).get("under_18") == "yes"
    shown = partnership.shown_help_lines(today(), is_demonstration()) if is_young else ()
    return {"is_young": is_young, "childline": next((line for line in shown if line.code == "childline"), None)}
