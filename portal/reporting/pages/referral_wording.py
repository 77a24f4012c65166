"""To whom a report went, what of it, and how far that is, in the words in which its reporter reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext

from portal.languages.i18n import current_language, long_day
from portal.languages.sentences import safety
from portal.partnership.file import current_partnership
from portal.reporting.conversations import Conversation
from portal.reporting.models import State
from portal.reporting.partners import Partners
from portal.reporting.referral_models import OPEN_REFERRALS, ReferralPart, ReferralState
from portal.reporting.referral_records import Told, told_referrals


@dataclass(frozen=True)
class ToldTo:
    """One partner, as a card on the page of the report."""

    partner: str
    tag: str
    tag_kind: str
    how_far: Any
    parts: list[Any]
    reference: str = ""


def part_words(part: ReferralPart) -> Any:
    """A part of a report, as its reporter knows it."""
    match part:
        case ReferralPart.FACTS:
            return safety("Some of the answers that you ticked or wrote")
        case ReferralPart.WORDS:
            return safety("A copy of what you wrote about what happened. An officer may have made it shorter.")
        case ReferralPart.FILES:
            return safety("Photos or files that you added")
        case ReferralPart.CONTACT:
            return safety("How to reach you")


def told_to(talk: Conversation, kept: Partners) -> list[ToldTo]:
    """Each partner that was told, the newest last; and of before referrals were records the one that has it."""
    found = told_referrals(talk.report_id, talk.key)
    passed = kept.has_it
    if not found and passed and talk.state is State.REFERRED:
        partner = _name(passed.agency)
        since = _("With %(partner)s since %(day)s.", partner=partner, day=long_day(passed.on))
        return [ToldTo(partner, _("With a partner"), "looking", since, [])]
    return [_shown(each) for each in found]


def _shown(told: Told) -> ToldTo:
    if told.agency is None:
        return ToldTo("", *_tag(told.state), _("This part is damaged and cannot be read."), [])
    partner = _name(told.agency)
    return ToldTo(partner, *_tag(told.state), _how_far(told), [part_words(part) for part in told.parts], told.reference)


def _tag(state: ReferralState) -> tuple[str, str]:
    match state:
        case ReferralState.SENT:
            return pgettext("referral", "Sent"), "new"
        case ReferralState.ACCEPTED:
            return _("They have it"), "looking"
        case ReferralState.ANSWERED:
            return _("They answered"), "looking"
        case ReferralState.DECLINED:
            return _("They said no"), "closed"
        case ReferralState.ENDED:
            return _("They have finished"), "done"
        case ReferralState.TAKEN_BACK:
            return pgettext("referral", "Taken back"), "closed"
        case ReferralState.CLOSED:
            return pgettext("referral", "Their part has ended"), "closed"


def _how_far(told: Told) -> Any:
    made, ended = told.made_on, told.ended_on or told.made_on
    answered = told.answered_on or made
    match told.state:
        case ReferralState.SENT:
            return _("We told them on %(day)s. They have not answered yet.", day=long_day(made))
        case ReferralState.ACCEPTED:
            return _(
                "We told them on %(day)s. On %(answered)s they said yes.",
                day=long_day(made),
                answered=long_day(answered),
            )
        case ReferralState.ANSWERED:
            return _(
                "We told them on %(day)s. They have answered us. We write to you here about what they do.",
                day=long_day(made),
            )
        case ReferralState.DECLINED:
            return _(
                "We told them on %(day)s. On %(ended)s they said that they cannot help. We write to you here about what we do now.",
                day=long_day(made),
                ended=long_day(ended),
            )
        case ReferralState.ENDED:
            return _(
                "We told them on %(day)s. On %(ended)s they said that they have finished.",
                day=long_day(made),
                ended=long_day(ended),
            )
        case ReferralState.TAKEN_BACK:
            return safety(
                "We told them on %(day)s and took it back on %(ended)s. They cannot open it here any more. What they have read or printed, they know.",
                day=made,
                ended=ended,
            )
        case ReferralState.CLOSED:
            return safety(
                "We told them on %(day)s. On %(ended)s we closed your report, and their part ended. They cannot open it here any more. What they have read or printed, they know.",
                day=made,
                ended=ended,
            )


def with_partners(talk: Conversation, kept: Partners) -> list[Any]:
    """Of each partner that has the report now what choosing otherwise does, a sentence each."""
    found = told_referrals(talk.report_id, talk.key)
    passed = kept.has_it
    if not found and passed and talk.state is State.REFERRED:
        return [_what_choosing_does(_name(passed.agency), is_override=None)]
    still_open = [each for each in found if each.agency and each.state in OPEN_REFERRALS]
    return [_what_choosing_does(_name(each.agency or ""), is_override=each.is_override) for each in still_open]


def _what_choosing_does(partner: str, *, is_override: bool | None) -> Any:
    """A refusal ends what hangs on consent, and nothing else; where nobody can tell, an officer ends it."""
    if is_override:
        return safety(
            "Your report is with %(partner)s. The law let us tell them without asking you, so saying no here does not end that.",
            partner=partner,
        )
    if is_override is None:
        return safety(
            "Your report is with %(partner)s already. If you choose otherwise now, we tell them. We cannot take back what they know.",
            partner=partner,
        )
    return safety(
        "Your report is with %(partner)s. If you now choose to tell them nothing, they can no longer read your report from then on. What they have already read they may know.",
        partner=partner,
    )


def _name(code: str) -> str:
    """In the page's language; the bare code of a partner that is no longer in the file."""
    found = current_partnership().find_agency(code)
    return found.name.in_(current_language().code) if found else code
