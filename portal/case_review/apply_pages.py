"""The pages on which somebody asks for a case review: named for the first time, and told so before they begin."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal import limits
from portal.case_review import applying
from portal.case_review.applying import Application, ShownAlready, TooMany, UsedBefore
from portal.case_review.applying_form import (
    HOW,
    NEEDS,
    OTHER,
    WHOM,
    ContactForm,
    SendForm,
    ShownReceiptForm,
    StoryForm,
    WhoForm,
)
from portal.case_review.checker_form import MOST, CheckerForm
from portal.case_review.reason_words import rule_in_words
from portal.case_review.records import as_complaint
from portal.case_review.routes import blueprint
from portal.case_review.rules import rules_on
from portal.case_review.threshold import judge
from portal.db import today
from portal.languages.i18n import current_language, full_day
from portal.vault.drafts import IDLE, Draft
from portal.vault.keyholders import find_vault
from portal.web import errors
from portal.web.forms import Form, typed_in

COOKIE = "case_review"
MAX_GUESSES_PER_HOUR = 20
FORMS: dict[int, tuple[str, type[Any]]] = {
    1: ("who", WhoForm),
    2: ("contact", ContactForm),
    3: ("story", StoryForm),
    4: ("complaints", CheckerForm),
}
RECEIPTS = 5


def _is_sent() -> bool:
    """Whether a form was sent, and not only its language changed."""
    return request.method == "POST" and "switch" not in request.form


def _see(endpoint: str, **named: Any) -> Response:
    return redirect(url_for(endpoint, **named), 303)


def _ended() -> Response:
    return errors.page(
        410,
        _("What you wrote has been cleared"),
        ngettext(
            "You did not use it for %(num)s minute, or you left it. Nothing was sent.",
            "You did not use it for %(num)s minutes, or you left it. Nothing was sent.",
            IDLE.seconds // 60,
        ),
        ways_on=[(_("Ask for a case review"), url_for(".apply"))],
    )


@blueprint.route("/apply", methods=["GET", "POST"])
def apply() -> Response | str:
    """That it cannot be anonymous is said before anything is asked."""
    if find_vault() is None:
        return errors.page(503)
    draft = applying.find_application(session.get(COOKIE))
    is_begun = draft is not None and "sent" not in draft.content
    if request.method == "POST":
        if not is_begun:
            session[COOKIE] = applying.begin_application().token
        return _see(".step", number=1)
    return render_template(
        "case_review/apply.html",
        is_begun=is_begun,
        is_shown=applying.sent_application(draft) is not None,
        asked=rule_in_words(rules_on(today())),
        back_url=url_for(".procedures"),
    )


@blueprint.route("/apply/<int:number>", methods=["GET", "POST"])
def step(number: int) -> Response | str:
    """One page of it. What was written there is kept; what is wrong is said."""
    draft = applying.find_application(session.get(COOKIE))
    if draft is None:
        return _ended()
    if "sent" in draft.content:
        return _see(".sent")
    if number == RECEIPTS:
        return _show_receipts(draft)
    if number not in FORMS:
        abort(404)
    name = FORMS[number][0]
    form = _form_of(number, draft, is_posted=request.method == "POST")
    if request.method == "POST" and "more" in request.form:
        form.show_more()
    elif _is_sent() and form.validate():
        if applying.keep_typed(draft.token, name, typed_in(form)) is None:
            return _ended()
        return _see(".check_application") if "change" in request.args else _see(".step", number=number + 1)
    if isinstance(form, CheckerForm):
        form.shown.data = str(form.shown_now)
    return render_template(
        f"case_review/apply_{name}.html",
        form=form,
        number=number,
        of=RECEIPTS,
        can_add=isinstance(form, CheckerForm) and form.shown_now < MOST,
        back_url=_back(number),
        picker_form="step",
    )


def _back(number: int) -> str:
    if "change" in request.args:
        return url_for(".check_application")
    return url_for(".step", number=number - 1) if number > 1 else url_for(".apply")


def _form_of(number: int, draft: Draft, *, is_posted: bool = False) -> Any:
    """As it is sent just now, or as it was left."""
    name, kind = FORMS[number]
    typed = draft.content["typed"].get(name)
    form: Form = kind() if is_posted else kind(formdata=MultiDict(typed) if typed else None)
    if isinstance(form, CheckerForm):
        form.offer(rules_on(today()))
    return form


def _show_receipts(draft: Draft) -> Response | str:
    """Reports of their own, of which they show the receipts; the digits travel in this POST only."""
    form: Any = ShownReceiptForm()
    if "take_out" in request.form:
        applying.take_out_report(draft.token, request.form["take_out"])
        return _see(".step", number=RECEIPTS)
    if _is_sent():
        if "go_on" in request.form:
            return _see(".check_application")
        if form.validate():
            answer = _take_receipt(draft, form)
            if answer is not None:
                return answer
    return render_template(
        "case_review/apply_receipts.html",
        form=form,
        reports=_shown(draft),
        number=RECEIPTS,
        of=RECEIPTS,
        back_url=_back(RECEIPTS),
        picker_form="step",
    )


def _take_receipt(draft: Draft, form: Any) -> Response | None:
    """None, with a sentence on the form, where it cannot be taken. A wrong number counts as one to find a report by."""
    try:
        with limits.one_at_a_time("receipt"):
            if limits.visits("receipt") >= MAX_GUESSES_PER_HOUR:
                return errors.page(429)
            if not applying.show_receipt(draft.token, form.digits, form.happened.form.date):
                limits.count_visit("receipt")
                form.receipt.errors = [_("That number does not open a report. Check each digit and try again.")]
                return None
    except UsedBefore as used:
        form.receipt.errors = [_used_before(used)]
        return None
    except ShownAlready:
        form.receipt.errors = [_("You have added this report already.")]
        return None
    except TooMany:
        form.receipt.errors = [_("No more reports fit here. Write about the others in your own words.")]
        return None
    return _see(".step", number=RECEIPTS, _anchor="added")


def _used_before(used: UsedBefore) -> str:
    return _(
        "This number was already used for a request of %(day)s. Open that request with its own number, or go on with another report.",
        day=full_day(used.day),
    )


def _shown(draft: Draft) -> list[dict[str, Any]]:
    return [
        {"id": one["report"], "complaint": as_complaint(one["complaint"])} for one in draft.content.get("reports", [])
    ]


@blueprint.route("/apply/check", methods=["GET", "POST"])
def check_application() -> Response | str:
    """All of it once more, what the threshold looks like, and the button that sends it."""
    draft = applying.find_application(session.get(COOKIE))
    if draft is None:
        return _ended()
    if "sent" in draft.content:
        return _see(".sent")
    forms = {name: _form_of(number, draft) for number, (name, _kind) in FORMS.items()}
    for number, (name, _kind) in FORMS.items():
        if not forms[name].validate():
            return _see(".step", number=number)
    form: Any = SendForm()
    if _is_sent() and form.validate():
        try:
            sent = applying.send_application(
                draft.token, _application(forms), current_language().code, limits.visitor_address()
            )
            return _see(".sent") if sent else _ended()
        except UsedBefore as used:
            form.form_errors.append(_used_before(used))
    complaints = [complaint for _number, complaint in forms["complaints"].complaints]
    complaints += [one["complaint"] for one in _shown(draft)]
    rules = rules_on(today())
    return render_template(
        "case_review/apply_check.html",
        form=form,
        who=forms["who"],
        contact=forms["contact"],
        story=forms["story"],
        whom_words=WHOM,
        how_words=HOW,
        needs=[NEEDS[need] for need in forms["contact"].needs.data or ()],
        is_for_other=forms["who"].for_whom.data == OTHER,
        written=len(forms["complaints"].complaints),
        reports=_shown(draft),
        judgement=judge(complaints, today(), rules),
        rules=rules,
        back_url=url_for(".step", number=RECEIPTS),
        picker_form="step",
    )


def _application(forms: dict[str, Any]) -> Application:
    who, contact, story = forms["who"], forms["contact"], forms["story"]
    is_for_other = who.for_whom.data == OTHER
    return Application(
        told={
            "for_whom": who.for_whom.data,
            "agreed": who.how.data if is_for_other else "",
            "happened": story.happened.data,
            "not_done": story.not_done.data,
            "language": current_language().code,
        },
        contact={
            "name": contact.name.data,
            "victim": who.victim.data if is_for_other else "",
            "relation": who.relation.data if is_for_other else "",
            **{name: contact[name].data or "" for name in ("phone", "email", "address", "safe", "needs_more")},
            "needs": contact.needs.data or [],
        },
        complaints=[complaint for _number, complaint in forms["complaints"].complaints],
    )


@blueprint.route("/apply/sent", methods=["GET", "POST"])
def sent() -> Response | str:
    """The number, shown until it is said to be saved or 15 minutes have passed."""
    draft = applying.find_application(session.get(COOKIE))
    found = applying.sent_application(draft)
    if draft is not None and found is None:
        return _see(".check_application")
    if found is None:
        return errors.page(
            410,
            _("This page is clear"),
            _("If you saved your number, you can open your case review with it."),
            ways_on=[(_("Open my case review"), url_for(".back"))],
        )
    if request.method == "POST":
        applying.forget_application(session.pop(COOKIE, ""))
        return _see(".back")
    return render_template("case_review/apply_sent.html", sent=found, back_url=None)
