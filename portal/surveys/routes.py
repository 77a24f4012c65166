"""The residents' addresses under which surveys are answered, and what is said where an answer cannot be taken any more."""

from __future__ import annotations

from flask import Blueprint, Response, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from portal.languages.i18n import long_day
from portal.surveys import services, waves
from portal.surveys.services import Answering
from portal.vault.drafts import IDLE, Draft
from portal.web import errors

blueprint = Blueprint("surveys", __name__)
# Wrong codes from one address: more would be guesses.
MAX_GUESSES_PER_HOUR = 20


def draft_of(code: str) -> Draft | None:
    draft = services.find_survey_draft(session.get("survey"))
    return draft if draft is not None and draft.content["survey"] == code else None


def over(draft: Draft) -> str:
    """Where a draft shows what became of its answers."""
    return url_for(".thanks" if "sent" in draft.content else ".saved", code=draft.content["survey"])


def see(address: str) -> AnyResponse:
    # As Flask's redirect(), without the page that security.py would take out of it again.
    return Response(status=303, headers={"Location": address})


def not_open(code: str) -> Response:
    if not waves.is_survey(code):
        return errors.page(404, _("There is no survey here"), _("Check the address, or see which surveys are open."))
    return errors.page(
        410,
        _("This survey is not open now"),
        _("It takes no answers today."),
        ways_on=[(_("See which surveys are open"), url_for(".index")), (_("Go to the start"), url_for("pages.home"))],
    )


def ended(code: str) -> Response:
    """The draft is gone, or was never there: say so plainly, give back what was just typed."""
    if not waves.is_survey(code):
        return not_open(code)
    return errors.page(
        410,
        _("Your answers have been cleared"),
        ngettext(
            "You did not use the survey for %(num)s minute, or you left it. Nothing was sent.",
            "You did not use the survey for %(num)s minutes, or you left it. Nothing was sent.",
            IDLE.seconds // 60,
        ),
        ways_on=[(_("Start the survey"), url_for(".start", code=code)), (_("Go to the start"), url_for("pages.home"))],
    )


def closed(answering: Answering) -> Response:
    """The wave ended while someone was answering: what they wrote is given back."""
    return errors.page(
        410,
        _("This survey has ended"),
        _("It took answers until %(day)s. Your answers were not sent.", day=long_day(answering.wave.closes_on)),
        kept_text=_all_written(answering),
    )


def sent_elsewhere(answering: Answering) -> Response:
    """The code was used in two places, and the other was quicker."""
    services.forget_draft(answering.draft.token)
    return errors.page(
        410,
        _("These answers were sent already"),
        _("They were sent with your code from another device or window. Nothing was sent a second time."),
        kept_text=_all_written(answering),
    )


def _all_written(answering: Answering) -> str:
    return "\n\n".join(dict.fromkeys(filter(None, (answering.written, *_half_typed(answering)))))


def _half_typed(answering: Answering) -> list[str]:
    """What was being written when the language was changed."""
    pages = answering.draft.content["typed"].values()
    return [
        text
        for page in pages
        for name, texts in page.items()
        if name.startswith(errors.WRITTEN_FIELD)
        for text in texts
    ]


def perhaps_sent() -> Response:
    """The draft has ended, or Send was pressed in one that has: only the person knows which."""
    return errors.page(
        410,
        _("This page is closed"),
        _("If you saw “Thank you”, we have your answers. If not, nothing was sent."),
    )
