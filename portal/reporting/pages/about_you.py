"""A few questions about whoever has sent a report: asked once, counted, not kept."""

from __future__ import annotations

from flask import render_template, request, session, url_for
from werkzeug.wrappers import Response

from portal.reporting import equality
from portal.reporting.pages.forms import EqualityForm
from portal.reporting.pages.routes import blueprint, see
from portal.reporting.questions.equality import EQUALITY_QUESTIONS


@blueprint.route("/report/about-you", methods=["GET", "POST"])
def about_you() -> Response | str:
    """Any may be left open. Once they are sent, or after 15 minutes, the page says that it is closed."""
    token = session.get("equality")
    if not equality.has_right(token):
        return render_template("reporting/about_you_closed.html", back_url=None)
    form = EqualityForm()
    # In another language the page comes back as it was filled in, and nothing of it is stored meanwhile.
    if request.method == "POST" and "switch" not in request.form:
        equality.count_answers(token, form.answers())
        session.pop("equality")
        return see(url_for(".about_you"))
    return render_template(
        "reporting/about_you.html",
        form=form,
        questions=EQUALITY_QUESTIONS,
        back_url=url_for(".saved"),
        picker_form="step",
    )
