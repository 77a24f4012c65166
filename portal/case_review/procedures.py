"""What a case review is, who can ask for one and what happens by when: the procedures that the Act wants published."""

from __future__ import annotations

from flask import render_template

from portal.case_review.reason_words import promise_in_words, rule_in_words, way_to_apply_in_words
from portal.case_review.routes import blueprint
from portal.case_review.rules import rules_on
from portal.db import today
from portal.languages.i18n import current_language
from portal.partnership.file import current_partnership
from portal.reporting.pages.outcome_wording import complaining
from portal.web.caching import public


@blueprint.get("")
@public
def procedures() -> str:
    rules = rules_on(today())
    partnership = current_partnership()
    case_review = partnership.localised(current_language().code).case_review
    contact, usual = case_review.contact, partnership.contact
    return render_template(
        "case_review/procedures.html",
        rules=rules,
        complaining=complaining(),
        asked=rule_in_words(rules),
        promises=[promise_in_words(name, days) for name, days in rules.promises.items()],
        ways=[(way, way_to_apply_in_words(way)) for way in case_review.ways],
        case_review=case_review,
        contact_name=contact.name,
        phone=contact.phone or usual.phone,
        email=contact.email or usual.email,
        address=contact.address or usual.address,
    )
