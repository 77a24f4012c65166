"""A referral in the words of officers and agencies: whom it can go to, what can be sent, how far it is."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import force_locale, ngettext, pgettext
from flask_babel import gettext as _

from portal.db import today
from portal.languages.i18n import ENGLISH, Language, current_language, full_day, isolated, language_of, long_day
from portal.partnership.file import current_partnership
from portal.reporting import conversations
from portal.reporting.case import OpenReport
from portal.reporting.pages.steps import agency_in_words, contact_in_words, in_words, read_steps
from portal.reporting.partners import MOST_ASKED_AGAIN, Asking
from portal.reporting.referral_models import ReferralState
from portal.reporting.referral_records import Basis, OpenReferral, Reply, Rows
from portal.reporting.referrals import FROM, given_now, is_contact_taken_out, is_no_longer_agreed
from portal.staff.refer_forms import AnswerForm, new_once
from portal.staff.replies import Ready

APART = {"narrative", "consent", "contact", "safe_contact", "taken"}
# Enough for most partners to act on; all else the officer adds.
LEAST = {"kind", "asb_group", "asb_types", "hate_types", "when", "where"}


def agency_choices(found: OpenReport) -> dict[str, str]:
    """Every partner that is not retired, by its code, with what its reporter agreed to."""
    words = {
        "nothing": _("tell them nothing"),
        "what": _("agreed: what happened"),
        "how": _("agreed: what happened, and how to reach them"),
    }
    given = given_now(found)
    offered = {"": _("Choose a partner")}
    for each in current_partnership().agencies:
        if not each.retired:
            told = words[given[each.code]] if each.code in given else _("not asked, or no answer")
            offered[each.code] = _("%(partner)s (%(told)s)", partner=agency_in_words(each.code), told=told)
    return offered


def fact_rows(found: OpenReport) -> dict[str, tuple[str, str]]:
    """What was ticked, and written to it, by the page's code: its title and the words."""
    steps = [step for step in read_steps(found.answers) if step.code not in APART]
    rows = {step.code: (str(step.page.title), in_words(step.code, found.answers.get(step.code))) for step in steps}
    return {code: row for code, row in rows.items() if row[1]}


def contact_rows(found: OpenReport) -> Rows:
    """How to reach its reporter, and how that is safe: one never goes without the other."""
    told = (found.contact and found.contact.told) or {}
    leave = {"yes": _("Yes"), "no": _("NO: leave no message")}.get(
        told.get("contact", {}).get("leave_message", ""), _("They did not say: leave none")
    )
    rows = [*contact_in_words(told, hidden=True), *contact_in_words(told, hidden=False)]
    safe = [(_("Is it safe to leave a message?"), leave)] if told else []
    return tuple((str(title), str(words)) for title, words in [*safe, *rows])


def words_to_copy(found: OpenReport) -> str:
    """What happened in a language officers read: what a person translated into English, else as it was written."""
    english = next((one.text for one in found.translations.get(None, []) if one.language == ENGLISH and one.text), None)
    return english or found.narrative


def override_choices() -> dict[str, str]:
    return {"": _("Choose a reason of law")} | {
        each.code: f"{each.words.in_(current_language().code)} ({each.law})"
        for each in current_partnership().override_reasons
    }


def override_in_words(code: str) -> str:
    """With its law; the bare code of a reason that is no longer in the file."""
    return override_choices().get(code, code)


def disposition_choices(kept: str = "") -> dict[str, str]:
    """Those that are offered, and the one that was said already."""
    found = {
        each.code: each.words.in_(current_language().code)
        for each in current_partnership().dispositions
        if not each.retired or each.code == kept
    }
    return found if not kept or kept in found else found | {kept: kept}


def state_tag(referral: OpenReferral) -> tuple[str, str]:
    """Words and kind of the tag that says how far it is."""
    if referral.is_late:
        return _("Late: no answer"), "high"
    match referral.state:
        case ReferralState.SENT:
            return pgettext("referral", "Sent"), "new"
        case ReferralState.ACCEPTED:
            return _("Accepted"), "looking"
        case ReferralState.ANSWERED:
            return _("Answered"), "looking"
        case ReferralState.DECLINED:
            return _("Declined"), "closed"
        case ReferralState.ENDED:
            return _("Finished"), "done"
        case ReferralState.TAKEN_BACK:
            return pgettext("referral", "Taken back"), "closed"
        case ReferralState.CLOSED:
            return pgettext("referral", "Ended with the report"), "closed"


def needs_in_words(found: OpenReport, referral: OpenReferral) -> list[tuple[str, bool]]:
    """What an officer should do about it now, at most one sentence, and whether that cannot wait."""
    partner = agency_in_words(referral.agency) if referral.agency else _("it cannot be read")
    if referral.is_news and referral.state is ReferralState.TAKEN_BACK:
        return [(_("Tell this partner that it was taken back: %(partner)s.", partner=partner), True)]
    if referral.is_news and is_contact_taken_out(found, referral):
        said = _("Tell this partner that they may no longer reach the reporter: %(partner)s.", partner=partner)
        return [(said, True)]
    if is_no_longer_agreed(found, referral):
        return [(_("Take this back, and tell the partner: %(partner)s.", partner=partner), True)]
    if referral.is_late:
        return [(_("This partner has not answered. Ask them: %(partner)s.", partner=partner), True)]
    return [(_("News of a partner: %(partner)s.", partner=partner), False)] if referral.is_news else []


def days_in_words(referral: OpenReferral, *, is_own: bool = False) -> list[str]:
    """Its days, one sentence each; `is_own` as its agency reads them."""
    said = [_("Sent on %(day)s.", day=long_day(referral.made_on))]
    if referral.state is ReferralState.SENT and is_own:
        said.append(_("Please say by %(day)s if you take it.", day=long_day(referral.answer_due_on)))
    elif referral.state is ReferralState.SENT:
        due = long_day(referral.answer_due_on)
        said.append(
            _("They should have said by %(day)s if they take it.", day=due)
            if referral.is_late
            else _("They say by %(day)s if they take it.", day=due)
        )
    if referral.answered_on and referral.state is not ReferralState.DECLINED:
        said.append(_("First answered on %(day)s.", day=long_day(referral.answered_on)))
    if referral.ended_on:
        said.append(_("Ended on %(day)s.", day=long_day(referral.ended_on)))
    return said


def basis_in_words(basis: Basis) -> list[str]:
    """On which consent it went, or for which reason of law."""
    if basis.override:
        return [_("Without the reporter’s consent. The reason: %(reason)s.", reason=override_in_words(basis.override))]
    told = {
        "what": _("The reporter agreed to: what happened, without name or contact details."),
        "how": _("The reporter agreed to: what happened, and how to reach them."),
    }.get(basis.told, "")
    since = _(
        "Version of the words: %(version)s. Chosen on %(day)s, read in this language: %(language)s.",
        version=basis.text,
        day=long_day(date.fromisoformat(basis.on)),
        language=language_of(basis.language).name if basis.language else "",
    )
    return [each for each in (told, since) if each]


def shown_replies(referral: OpenReferral, acts: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Each thing that was said: what, by whom and when, in which words; the newest first."""
    replies = referral.came_back.replies if referral.came_back else ()
    return [
        (str(acts[each.act.value]), _("%(name)s, %(day)s", name=isolated(each.by), day=full_day(each.on)), each.text)
        for each in reversed(replies)
    ]


def consent_question(language: Language, agency: str) -> Ready:
    """The message that asks whether a partner may be told, in this language; the English beneath where nobody checked it."""
    english, ours = (_asked_in(each, agency) for each in (language_of(ENGLISH), language))
    if ours == english:
        return Ready(english, ENGLISH, english)
    return Ready(ours if language.reviewed else f"{ours}\n\n{english}", language.code, english)


def asking_in_words(asking: Asking) -> str:
    """Why nobody is asked just now."""
    match asking:
        case Asking.PENDING:
            return _("They were asked about this partner, and have not answered yet. Nobody is asked twice at once.")
        case Asking.OFTEN_ENOUGH:
            return asked_often_enough()
    return _("Write why you ask again: they have answered before.")


def asked_often_enough() -> str:
    return ngettext(
        "They have answered, and were asked again %(num)s time. Nobody asks them about this partner any more, so that they are not worn down.",
        "They have answered, and were asked again %(num)s times. Nobody asks them about this partner any more, so that they are not worn down.",
        MOST_ASKED_AGAIN,
    )


def _asked_in(language: Language, agency: str) -> str:
    found = current_partnership().find_agency(agency)
    name = found.name.in_(language.code) if found else agency
    with force_locale(language.locale):
        page = _("Change whom we may tell")
        return _(
            "May we tell this partner about your report, so that they can help: %(partner)s? Please open “%(page)s” below and choose. You can say no. We tell them nothing unless you say yes there. But if someone may be badly hurt, we must tell the police.",
            partner=name,
            page=page,
        )


def acts_now(one: OpenReferral) -> list[str]:
    """What can be said of it as far as it is; nothing of a damaged one."""
    return [act.value for act, states in FROM.items() if one.state in states] if one.came_back and one.sent else []


def answer_form(one: OpenReferral, acts: list[str], *, is_own: bool, is_empty: bool = False) -> AnswerForm:
    """`is_empty` where another form of its page was posted."""
    posted = {"formdata": None} if is_empty else {}
    kept = one.came_back
    form = AnswerForm(
        reference=kept.reference if kept else "",
        disposition=kept.disposition if kept else "",
        once=new_once(),
        **posted,
    )
    return form.offer(acts, disposition_choices(kept.disposition if kept else ""), is_own=is_own)


def reply(form: AnswerForm, by: str) -> Reply:
    said = f"{form.act.data} {form.reference.data} {form.disposition.data} {form.message.data}"
    once = conversations.message_id(form.once.data, said)
    return Reply(once.hex, ReferralState(form.act.data), today(), by, form.message.data or "")
